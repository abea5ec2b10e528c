"""What can be asked of notes."""

from datetime import date, datetime

import msgspec
from sqlalchemy import RowMapping, and_, select
from sqlalchemy.orm import aliased

from pipir.features.notes import rules
from pipir.features.notes.tables import Note
from pipir.features.people.tables import Person
from pipir.features.search.rules import KINDS, called, href
from pipir.features.search.tables import SearchEntry
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import NoteId
from pipir.kernel.marking import Reader
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect

# The entry of the note itself, whose mask is the note's and its record's together, and that of the record.
_Own = aliased(SearchEntry)
_On = aliased(SearchEntry)


class NoteView(msgspec.Struct, frozen=True):
    """A note as shown; `record` is what its record is called, `record_href` the record's page."""

    id: int
    version: int
    record_kind: str
    record_id: int
    record_label: str
    record: str
    record_href: str
    text: str
    written_by_id: int
    written_by: str
    written_at: datetime
    revised_at: datetime | None
    ended_on: date | None
    ended_because: str | None
    marking: str
    exercise: bool


async def of_record(session: ReadSession, reader: Reader, kind: str, key: int) -> tuple[NoteView, ...]:
    """The notes on a record that the reader may see, ended ones too, the newest first."""
    rows = await session.execute(
        _notes(reader)
        .where(Note.record_kind == kind, Note.record_id == key)
        .order_by(Note.written_at.desc(), Note.id.desc())
    )
    return tuple(_view(row) for row in rows.mappings())


async def note(session: ReadSession, reader: Reader, note_id: NoteId) -> NoteView:
    """One note, or NotFound."""
    row = (await session.execute(_notes(reader).where(Note.id == note_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no note with this number.")
    return _view(row)


def _notes(reader: Reader) -> AnySelect:
    return (
        select(
            Note.id,
            Note.version,
            Note.record_kind,
            Note.record_id,
            _On.title.label("record"),
            _On.key,
            Note.text,
            Note.written_by_id,
            Person.name.label("written_by"),
            Note.written_at,
            Note.revised_at,
            Note.ended_on,
            Note.ended_because,
            Note.marking,
            Note.exercise,
        )
        .join(Person, Person.id == Note.written_by_id)
        .join(_Own, and_(_Own.kind == rules.NOTE, _Own.record_id == Note.id))
        .join(_On, and_(_On.kind == Note.record_kind, _On.record_id == Note.record_id))
        .where(visible_to(reader, _Own))
    )


def _view(row: RowMapping) -> NoteView:
    return NoteView(
        **{name: row[name] for name in NoteView.__struct_fields__ if name in row and name != "record"},
        record=called(row["record"]),
        record_label=KINDS[row["record_kind"]].one,
        record_href=href(row["record_kind"], row["key"]),
    )
