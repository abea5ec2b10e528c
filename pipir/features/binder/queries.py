"""What can be asked of a record's binder: what lies with it beside its own fields."""

import msgspec

from pipir.features.notes import queries as notes
from pipir.features.notes.commands import write_note
from pipir.features.notes.queries import NoteView
from pipir.features.search.queries import Named, record
from pipir.kernel.access import Caller
from pipir.store.doors import ReadSession


class Binder(msgspec.Struct, frozen=True):
    """What lies with a record: its notes that hold, the newest first, and how many were ended."""

    record: Named
    notes: tuple[NoteView, ...]
    ended_notes: int
    may_write_notes: bool


async def binder(session: ReadSession, caller: Caller, kind: str, key: int) -> Binder:
    """The binder of the record of a kind (its name in the trail) and number, or NotFound."""
    named = await record(session, caller.reader, kind, key)
    written = await notes.of_record(session, caller.reader, kind, key)
    living = tuple(each for each in written if each.ended_on is None)
    return Binder(
        record=named,
        notes=living,
        ended_notes=len(written) - len(living),
        may_write_notes=caller.may(write_note.permission),
    )
