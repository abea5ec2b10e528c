"""The JSON door of notes."""

from litestar import Response, Router, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from pipir.features.notes import commands, queries, rules
from pipir.features.search.queries import record
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import NoteId, RecordNumber
from pipir.kernel.once import Once
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


@get("/notes/of/{kind:str}/{key:int}", opt=allow("notes.read"))
async def notes_of_record(
    kind: FromPath[str], key: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.NoteView, ...]:
    """The notes on a record, ended ones too, the newest first."""
    async with db.read() as session:
        await record(session, caller.reader, kind, key)
        return await queries.of_record(session, caller.reader, kind, key)


@post("/notes", opt=allow(commands.write_note))
async def write_note(
    data: JSONBody[commands.WriteNote],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.NoteView]:
    """Write a note on a record."""
    async with db.write(actor=caller.id, command=commands.write_note.name, once=once) as session:
        note_id = await commands.write_note(session, data)
        view = await queries.note(session, caller.reader, note_id)
        answer = created(session, view, f"/api/v1/notes/{note_id}")
    return answer


@get("/notes/{note_id:int}", opt=allow("notes.read"))
async def show_note(
    note_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.NoteView]:
    """One note."""
    async with db.read() as session:
        return shown(await queries.note(session, caller.reader, NoteId(note_id)))


@get("/notes/{note_id:int}/history", opt=allow("notes.read"))
async def note_history(
    note_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a note, newest first."""
    async with db.read() as session:
        await queries.note(session, caller.reader, NoteId(note_id))
        return await history(session, caller.reader, rules.NOTE, note_id)


@put("/notes/{note_id:int}", opt=allow(commands.revise_note))
async def revise_note(
    note_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseNote],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.NoteView]:
    """Correct a note that one wrote."""
    async with db.write(actor=caller.id, command=commands.revise_note.name) as session:
        await commands.revise_note(session, NoteId(note_id), data, version=version)
        view = await queries.note(session, caller.reader, NoteId(note_id))
    return changed(view)


@patch("/notes/{note_id:int}/end", opt=allow(commands.end_note))
async def end_note(
    note_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndNote],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.NoteView]:
    """Say why a note holds no longer."""
    async with db.write(actor=caller.id, command=commands.end_note.name) as session:
        await commands.end_note(session, NoteId(note_id), data, version=version)
        view = await queries.note(session, caller.reader, NoteId(note_id))
    return changed(view)


def routes() -> Router:
    """Every JSON route of notes."""
    return Router(
        path="/api/v1",
        tags=["notes"],
        route_handlers=[notes_of_record, write_note, show_note, note_history, revise_note, end_note],
    )
