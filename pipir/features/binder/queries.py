"""What can be asked of a record's binder: what lies with it beside its own fields."""

from urllib.parse import urlencode

import msgspec
from sqlalchemy import BigInteger, Boolean, Text, and_, column, select, table

from pipir.features.concurrence import queries as concurrence
from pipir.features.concurrence.commands import ask
from pipir.features.concurrence.queries import RequestView
from pipir.features.documents import queries as documents
from pipir.features.documents.commands import attach_document
from pipir.features.documents.queries import DocumentView
from pipir.features.notes import queries as notes
from pipir.features.notes.commands import write_note
from pipir.features.notes.queries import NoteView
from pipir.features.search.queries import Named, hanging_on, record
from pipir.features.search.rules import KINDS
from pipir.kernel.access import Caller
from pipir.kernel.marking import Reader
from pipir.store.base import holds
from pipir.store.doors import ReadSession
from pipir.store.records import entry, is_entry_of

# Groups stand above the binder, since their pages show one; all that it needs of them is what a record follows from.
_change = table(
    "action_change",
    column("id", BigInteger),
    column("action_item_id", BigInteger),
    column("record_kind", Text),
    column("record_id", BigInteger),
    column("what", Text),
    column("withdrawn_because", Text),
    column("exercise", Boolean),
)
_action = table(
    "action_item",
    column("id", BigInteger),
    column("meeting_id", BigInteger),
    column("decision_id", BigInteger),
    column("title", Text),
)
_decision = table("meeting_decision", column("id", BigInteger), column("code", Text))
_meeting = table("meeting", column("id", BigInteger), column("name", Text), column("marking", Text))


class Origin(msgspec.Struct, frozen=True):
    """An action that changed a record, with the decision (D-n, None for none) and the meeting that it came from."""

    what: str
    action_id: int
    action: str
    decision_id: int | None
    decision: str | None
    meeting_id: int
    meeting: str
    marking: str
    exercise: bool


# What a record's page names of what hangs on it, since the features of these stand above the record's own.
HANGING = ("technical_exchange", "assistance")


class Binder(msgspec.Struct, frozen=True):
    """What lies with a record, the newest first; None is what the caller's roles do not read.

    `ended_notes` counts the notes that hold no longer. An address is "" where the caller may not add.
    """

    record: Named
    documents: tuple[DocumentView, ...] | None
    requests: tuple[RequestView, ...] | None
    follows_from: tuple[Origin, ...]
    notes: tuple[NoteView, ...] | None
    # Records of higher features that hang on this one, each with the name of its kind.
    hanging: tuple[tuple[str, Named], ...]
    ended_notes: int
    attach_href: str
    ask_href: str
    write_href: str

    @property
    def place(self) -> str:
        """The kind and number, as the addresses of what lies with the record end."""
        return f"{self.record.kind}/{self.record.record_id}"


async def binder(session: ReadSession, caller: Caller, kind: str, key: int) -> Binder:
    """The binder of the record of a kind (its name in the trail) and number, or NotFound."""
    named = await record(session, caller.reader, kind, key)
    reader = caller.reader
    written = await notes.of_record(session, reader, kind, key) if caller.may("notes.read") else None
    subject = {"subject_kind": kind, "subject_id": str(key), "subject_href": named.href, "title": named.title}
    return Binder(
        record=named,
        documents=await documents.of_record(session, reader, kind, key) if caller.may("documents.read") else None,
        requests=await concurrence.of_record(session, reader, kind, key) if caller.may("concurrence.read") else None,
        follows_from=await _follows_from(session, reader, kind, key) if caller.may("groups.read") else (),
        notes=None if written is None else tuple(each for each in written if each.ended_on is None),
        hanging=tuple(
            (KINDS[each.kind].one, each) for each in await hanging_on(session, reader, kind, key, _of(caller))
        ),
        ended_notes=sum(each.ended_on is not None for each in written or ()),
        attach_href=f"/documents/of/{kind}/{key}" if caller.may(attach_document.permission) else "",
        ask_href=f"/concurrence/new?{urlencode(subject)}" if caller.may(ask.permission) else "",
        write_href=f"/notes/of/{kind}/{key}" if caller.may(write_note.permission) else "",
    )


def _of(caller: Caller) -> tuple[str, ...]:
    return tuple(kind for kind in HANGING if caller.may(KINDS[kind].permission))


async def _follows_from(session: ReadSession, reader: Reader, kind: str, key: int) -> tuple[Origin, ...]:
    """What a record follows from, of the actions that the reader may see, the oldest first."""
    rows = await session.execute(
        select(
            _change.c.what,
            _action.c.id,
            _action.c.title,
            _action.c.decision_id,
            _decision.c.code,
            _meeting.c.id,
            _meeting.c.name,
            _meeting.c.marking,
            _change.c.exercise,
        )
        .select_from(_change)
        .join(_action, _action.c.id == _change.c.action_item_id)
        .join(_meeting, _meeting.c.id == _action.c.meeting_id)
        .outerjoin(_decision, _decision.c.id == _action.c.decision_id)
        .join(entry, and_(is_entry_of("action_item", _action.c.id), holds(entry.c.audience, reader)))
        .where(_change.c.record_kind == kind, _change.c.record_id == key, _change.c.withdrawn_because.is_(None))
        .order_by(_change.c.id)
    )
    return tuple(Origin(*row) for row in rows)
