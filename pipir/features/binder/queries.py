"""What can be asked of a record's binder: what lies with it beside its own fields."""

from urllib.parse import urlencode

import msgspec

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
from pipir.store.doors import ReadSession

# What a record's page names of what hangs on it, since the features of these stand above the record's own.
HANGING = ("technical_exchange", "assistance")


class Binder(msgspec.Struct, frozen=True):
    """What lies with a record, the newest first; None is what the caller's roles do not read.

    `ended_notes` counts the notes that hold no longer. An address is "" where the caller may not add.
    """

    record: Named
    documents: tuple[DocumentView, ...] | None
    requests: tuple[RequestView, ...] | None
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
