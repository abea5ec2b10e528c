"""The HTML door of notes: those of a record, one note, and the forms to write, revise and end."""

from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.features.notes import commands, queries, rules
from pipir.features.notes.queries import NoteView
from pipir.features.search.queries import Named, record
from pipir.features.search.rules import KINDS
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import NoteId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.text import Line, Reason
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame


class NoteForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A note as a page asks for it; the record stands in the address."""

    text: Reason
    marking: Line = "CUI"


@dataclass(frozen=True)
class _NotesPage:
    record: Named
    label: str
    notes: tuple[NoteView, ...]
    may_write: bool
    form: Form[NoteForm]


@dataclass(frozen=True)
class _NotePage:
    note: NoteView
    history: tuple[TrailView, ...]
    may_revise: bool
    may_end: bool
    revise_form: Form[commands.ReviseNote]
    end_form: Form[commands.EndNote]


@get("/notes/of/{kind:str}/{key:int}", opt=allow("notes.read"))
async def notes(
    kind: FromPath[str],
    key: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The notes on a record."""
    return await _notes_page(frame, db, caller, kind, key)


@post("/notes/of/{kind:str}/{key:int}", opt=allow(commands.write_note))
async def write_note(
    kind: FromPath[str],
    key: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Write a note; back to the record's page."""
    form = await read_form(request, NoteForm)
    with form:
        typed = form.value()
        body = commands.WriteNote(kind=kind, record_id=key, text=typed.text, marking=typed.marking)
        async with db.write(actor=caller.id, command=commands.write_note.name, once=once) as session:
            await commands.write_note(session, body)
            on = await record(session, caller.reader, kind, key)
            answer = see_other(session, f"{on.href}#notes")
        return answer
    return await _notes_page(frame, db, caller, kind, key, form=form, status=form.status)


@get("/notes/{note_id:int}", opt=allow("notes.read"))
async def note(
    note_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One note."""
    return await _note_page(frame, db, caller, NoteId(note_id))


@post("/notes/{note_id:int}/revise", opt=allow(commands.revise_note))
async def revise_note(
    note_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Correct a note that one wrote."""
    form = await read_form(request, commands.ReviseNote)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_note.name) as session:
            await commands.revise_note(session, NoteId(note_id), body, version=form.version)
        return see_other(None, f"/notes/{note_id}")
    return await _note_page(frame, db, caller, NoteId(note_id), revise_form=form, status=form.status)


@post("/notes/{note_id:int}/end", opt=allow(commands.end_note))
async def end_note(
    note_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say why a note holds no longer."""
    form = await read_form(request, commands.EndNote)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.end_note.name) as session:
            await commands.end_note(session, NoteId(note_id), body, version=form.version)
        return see_other(None, f"/notes/{note_id}")
    return await _note_page(frame, db, caller, NoteId(note_id), end_form=form, status=form.status)


async def _notes_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    kind: str,
    key: int,
    *,
    form: Form[NoteForm] | None = None,
    status: int = 200,
) -> Response[bytes]:
    async with db.read() as session:
        on = await record(session, caller.reader, kind, key)
        page = _NotesPage(
            record=on,
            label=KINDS[kind].one,
            notes=await queries.of_record(session, caller.reader, kind, key),
            may_write=caller.may(commands.write_note.permission) and kind in rules.TAKE_NOTES,
            form=form or Form(NoteForm, {"marking": on.marking or "CUI"}),
        )
        return frame.show("notes/notes.html", page, now=session.now, status=status, marking=on.marking or "CUI")


async def _note_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    note_id: NoteId,
    *,
    revise_form: Form[commands.ReviseNote] | None = None,
    end_form: Form[commands.EndNote] | None = None,
    status: int = 200,
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.note(session, caller.reader, note_id)
        may_write = caller.may(commands.write_note.permission) and view.ended_on is None
        page = _NotePage(
            note=view,
            history=await history(session, caller.reader, rules.NOTE, note_id),
            may_revise=may_write and view.written_by_id == caller.id,
            may_end=may_write,
            revise_form=revise_form or Form.of(commands.ReviseNote, view),
            end_form=end_form or Form(commands.EndNote),
        )
        return frame.show("notes/note.html", page, now=session.now, status=status, marking=view.marking)


def routes() -> Router:
    """Every page of notes."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[notes, write_note, note, revise_note, end_note],
    )
