"""What the program's offices remark on records."""

from collections.abc import Callable
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import select

from pipir.exercise.meetings import WORKING_GROUPS
from pipir.exercise.program.course import Act, Program
from pipir.features.notes import commands as notes
from pipir.features.notes.tables import Note
from pipir.kernel.ids import NoteId
from pipir.store.doors import WriteSession


class _Note(NamedTuple):
    """A note: when, by whom, on which record, and why it was ended later, if it was."""

    on: date
    role: str
    kind: str
    record: Callable[[Program], int]
    text: str
    ended_on: date | None = None
    because: str = ""


def _project(place: int) -> Callable[[Program], int]:
    return lambda program: program.project_ids[program.projects[place % len(program.projects)].name]


_NOTES: Final = (
    _Note(
        date(2028, 5, 3),
        "office",
        "project",
        _project(0),
        "The partner asks for the next review in Canberra time; send both times with the invitation.",
    ),
    _Note(
        date(2028, 5, 17),
        "liaison",
        "project",
        _project(0),
        "The embassy named a new point of contact; the letter is with the desk.",
    ),
    _Note(
        date(2028, 3, 8),
        "comptroller",
        "project",
        _project(1),
        "Wait for the supplier's invoice of February before the next commitment.",
        date(2028, 4, 12),
        "The invoice came on 10 April 2028.",
    ),
    _Note(
        date(2028, 2, 9),
        "writer",
        "duty",
        lambda program: program.duties["report-2028"],
        "Committee staff asked for shorter tables next year.",
    ),
    _Note(
        date(2028, 5, 24),
        "office",
        "working_group",
        lambda program: program.groups[WORKING_GROUPS[0].name],
        "Two participants would rather meet in writing until the autumn.",
    ),
)


def plan_notes(program: Program) -> None:
    for each in _NOTES:
        program.at(each.on, each.role, _write(program, each))
        if each.ended_on is not None:
            program.at(each.ended_on, each.role, _end(program, each))


def _write(program: Program, note: _Note) -> Act:
    async def act(session: WriteSession) -> None:
        body = notes.WriteNote(kind=note.kind, record_id=note.record(program), text=note.text)
        await notes.write_note(session, body)

    return act


def _end(program: Program, note: _Note) -> Act:
    async def act(session: WriteSession) -> None:
        # Found by its words, since the program may have been interrupted in between.
        number, version = (
            await session.execute(
                select(Note.id, Note.version).where(
                    Note.record_kind == note.kind, Note.record_id == note.record(program), Note.text == note.text
                )
            )
        ).one()
        await notes.end_note(session, NoteId(number), notes.EndNote(note.because), version=version)

    return act
