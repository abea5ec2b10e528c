"""What can change in notes."""

import msgspec
from sqlalchemy import select

from pipir.features.notes import queries, rules
from pipir.features.notes.tables import Note
from pipir.features.people.queries import reader_of
from pipir.features.search.queries import record
from pipir.kernel.command import command
from pipir.kernel.ids import NoteId, RecordNumber
from pipir.kernel.marking import read_marking
from pipir.kernel.text import Line, Reason
from pipir.store.doors import WriteSession


class WriteNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A note as written, on the record of a kind (its name in the trail) and number."""

    kind: Line
    record_id: RecordNumber
    text: Reason
    marking: Line = "CUI"


class ReviseNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a note."""

    text: Reason
    marking: Line = "CUI"


class EndNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a note holds no longer."""

    because: Reason


@command("note.write", permission="notes.write", sunset="goes on")
async def write_note(session: WriteSession, body: WriteNote) -> NoteId:
    """Write a note on a record, under a marking not wider than the record's."""
    reader = await reader_of(session, session.actor)
    rules.may_note(body.kind)
    on = await record(session, reader, body.kind, body.record_id)
    marking = read_marking(body.marking, reader)
    rules.may_mark(marking, on.audience, on.marking)
    note = Note(
        record_kind=body.kind,
        record_id=body.record_id,
        text=body.text,
        written_by_id=session.actor,
        written_at=session.now,
    )
    note.mark(marking)
    session.add(note)
    await session.flush()
    return NoteId(note.id)


@command("note.revise", permission="notes.write", sunset="goes on")
async def revise_note(session: WriteSession, note_id: NoteId, body: ReviseNote, *, version: int) -> None:
    """Correct a note that one wrote."""
    note = await _note(session, note_id, version)
    reader = await reader_of(session, session.actor)
    rules.may_revise(note.written_by_id, session.actor, note.ended_on)
    on = await record(session, reader, note.record_kind, note.record_id)
    marking = read_marking(body.marking, reader)
    rules.may_mark(marking, on.audience, on.marking)
    note.text, note.revised_at = body.text, session.now
    note.mark(marking)
    await session.flush()


@command("note.end", permission="notes.write", sunset="goes on")
async def end_note(session: WriteSession, note_id: NoteId, body: EndNote, *, version: int) -> None:
    """Say why a note holds no longer; it stays in the record."""
    note = await _note(session, note_id, version)
    rules.may_end(note.ended_on)
    note.ended_on, note.ended_because = session.today, body.because
    await session.flush()


async def _note(session: WriteSession, note_id: NoteId, version: int) -> Note:
    """The note, locked; NotFound where the actor may not read it or its record."""
    await queries.note(session, await reader_of(session, session.actor), note_id)
    note = (await session.scalars(select(Note).where(Note.id == note_id).with_for_update())).one()
    session.check_version(note, version, title="The note")
    return note
