"""What can be asked of documents; nobody is told of one whose record they may not see."""

import tempfile
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import BinaryIO, cast

import msgspec
from sqlalchemy import (
    RowMapping,
    and_,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import aliased

from pipir.features.documents import rules
from pipir.features.documents.tables import Document, DocumentChunk, DocumentVersion, Spillage
from pipir.features.people.tables import Office, Person
from pipir.features.trail.rules import address
from pipir.kernel.errors import Gone, NotFound
from pipir.kernel.ids import DocumentId, SpillageId
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.base import holds, visible_to
from pipir.store.doors import Database, ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page
from pipir.store.records import entry, is_entry_of


class DocumentView(msgspec.Struct, frozen=True):
    """A document as shown with its latest version; `record` is what the record is called, `href` where it stands."""

    id: int
    version: int
    title: str
    record_kind: str
    record_id: int
    record: str
    dated_on: date | None
    source: str
    office_id: int | None
    office: str | None
    latest: int
    filename: str
    media_type: str
    size: int
    sha256: str
    scan: str
    removed: bool
    stored_at: datetime
    stored_by: str
    ended_on: date | None
    ended_because: str | None
    marking: str
    exercise: bool

    @property
    def kind(self) -> str:
        """What kind of file it is, as people say it."""
        return rules.TITLES.get(self.media_type, self.media_type)

    @property
    def record_href(self) -> str:
        """Where the record stands that it is attached to."""
        return address(self.record_kind, self.record_id)


class VersionView(msgspec.Struct, frozen=True):
    """A version as shown; `spillage_id` names the spillage that took its bytes."""

    id: int
    document_id: int
    number: int
    sha256: str
    size: int
    media_type: str
    filename: str
    note: str | None
    scan: str
    stored_at: datetime
    stored_by: str
    spillage_id: int | None

    @property
    def kind(self) -> str:
        """What kind of file it is, as people say it."""
        return rules.TITLES.get(self.media_type, self.media_type)


class RecordView(msgspec.Struct, frozen=True):
    """A record that documents are attached to: what it is called, its marking where it has one, and who may read it."""

    kind: str
    id: int
    title: str
    marking: str | None
    audience: int

    @property
    def href(self) -> str:
        """Where it stands."""
        return address(self.kind, self.id)


class PlaceView(msgspec.Struct, frozen=True):
    """How many rows of a table hold a spilled value, and what becomes of them."""

    table: str
    handling: str
    places: int


class SpillageView(msgspec.Struct, frozen=True):
    """The replacement of a spilled value, without the value."""

    id: int
    version: int
    state: str
    value_sha256: str
    value_length: int
    because: str
    met_where: str
    named_versions: str | None
    proposed_by_id: int
    proposed_by: str
    proposed_on: date
    found: tuple[PlaceView, ...]
    confirmed_by_id: int | None
    confirmed_by: str | None
    replaced_on: date | None
    replaced: tuple[PlaceView, ...]
    withdrawn_on: date | None
    withdrawn_because: str | None
    exercise: bool

    @property
    def signed(self) -> int:
        """How many builds of signed reports hold the value and are not touched."""
        return sum(each.places for each in self.replaced or self.found if each.handling.startswith("signed"))


_Proposer = aliased(Person)
_Confirmer = aliased(Person)
_SPILLAGE_SORTS: Sorts = {"number": ((Spillage.id, int),)}


async def list_documents(
    session: ReadSession,
    reader: Reader,
    *,
    text_in: str | None = None,
    record_kind: str | None = None,
    record_id: int | None = None,
    media_type: str | None = None,
    scan: str | None = None,
    ended: bool = False,
    sort: str = "-stored",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[DocumentView]:
    """Documents, those stored last first, without those that were ended unless `ended`."""
    statement = _documents(reader)
    if text_in:
        statement = statement.where(
            or_(
                Document.title.icontains(text_in, autoescape=True),
                DocumentVersion.filename.icontains(text_in, autoescape=True),
                entry.c.title.icontains(text_in, autoescape=True),
            )
        )
    if record_kind is not None:
        statement = statement.where(Document.record_kind == record_kind)
    if record_id is not None:
        statement = statement.where(Document.record_id == record_id)
    if media_type is not None:
        statement = statement.where(DocumentVersion.media_type == media_type)
    if scan is not None:
        statement = statement.where(DocumentVersion.scan == scan)
    if not ended:
        statement = statement.where(Document.ended_on.is_(None))
    sorts: Sorts = {
        "stored": ((DocumentVersion.stored_at, datetime),),
        "title": ((func.lower(Document.title), str),),
        "record": ((Document.record_kind, str), (func.lower(entry.c.title), str)),
        "size": ((DocumentVersion.size, int),),
    }
    return await list_page(
        session, statement, row_id=Document.id, sorts=sorts, sort=sort, cursor=cursor, limit=limit, view=_document_view
    )


async def of_record(session: ReadSession, reader: Reader, kind: str, key: int) -> tuple[DocumentView, ...]:
    """The documents of a record that the reader may see, those stored last first; ended ones are left out."""
    rows = await session.execute(
        _documents(reader)
        .where(Document.record_kind == kind, Document.record_id == key, Document.ended_on.is_(None))
        .order_by(DocumentVersion.stored_at.desc(), Document.id.desc())
    )
    return tuple(_document_view(row) for row in rows.mappings())


async def document(session: ReadSession, reader: Reader, document_id: DocumentId) -> DocumentView:
    """One document, or NotFound."""
    row = (await session.execute(_documents(reader).where(Document.id == document_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no document with this number.")
    return _document_view(row)


async def versions(session: ReadSession, reader: Reader, document_id: DocumentId) -> tuple[VersionView, ...]:
    """Every version of a document, the latest first; none where the reader may not see the document."""
    rows = await session.execute(
        _versions(reader).where(Document.id == document_id).order_by(DocumentVersion.number.desc())
    )
    return tuple(VersionView(**row) for row in rows.mappings())


async def version(session: ReadSession, reader: Reader, document_id: DocumentId, number: int) -> VersionView:
    """One version whose bytes can be had; NotFound, or Gone where a spillage took them."""
    found = _versions(reader).where(Document.id == document_id, DocumentVersion.number == number)
    row = (await session.execute(found)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no such version of a document.")
    view = VersionView(**row)
    if view.spillage_id is not None:
        raise Gone(
            f"The bytes of this version were removed under spillage {view.spillage_id}; its hash and its size stay.",
            way_out="Ask the office that sent it for a version without the removed value.",
        )
    return view


async def bytes_of(db: Database, version_id: int) -> AsyncIterator[bytes]:
    """The bytes of a version that the reader may have, a part at a time.

    Each part is read in a transaction of its own: who takes them slowly holds no connection.
    """
    place = 0
    while True:
        async with db.read() as session:
            part = await _part(session, version_id, place)
        if part is None:
            return
        yield part
        place += 1


async def record(session: ReadSession, reader: Reader, kind: str, key: int) -> RecordView:
    """The record of that kind and number, or NotFound where there is none that the reader may see."""
    found = select(entry.c.title, entry.c.marking, entry.c.audience).where(
        is_entry_of(kind, key), holds(entry.c.audience, reader)
    )
    row = (await session.execute(found)).one_or_none()
    if row is None or kind not in rules.RECORD_KINDS:
        raise NotFound("There is no such record that documents could be attached to.")
    return RecordView(kind, key, row.title, row.marking or None, row.audience)


async def same_bytes(session: ReadSession, reader: Reader, kind: str, key: int, sha256: str) -> VersionView | None:
    """A version with these bytes that is attached to the record already."""
    rows = await session.execute(
        _versions(reader)
        .where(
            Document.record_kind == kind,
            Document.record_id == key,
            Document.ended_on.is_(None),
            DocumentVersion.sha256 == sha256,
            DocumentVersion.spillage_id.is_(None),
        )
        .order_by(DocumentVersion.id)
        .limit(1)
    )
    row = rows.mappings().one_or_none()
    return VersionView(**row) if row is not None else None


async def list_spillages(
    session: ReadSession, *, sort: str = "-number", cursor: str | None = None, limit: int = DEFAULT_LIMIT
) -> Page[SpillageView]:
    """Replacements of spilled values, the latest first."""
    return await list_page(
        session,
        _spillages(),
        row_id=Spillage.id,
        sorts=_SPILLAGE_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_spillage_view,
    )


async def spillage(session: ReadSession, spillage_id: SpillageId) -> SpillageView:
    """One of them, or NotFound."""
    row = (await session.execute(_spillages().where(Spillage.id == spillage_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no spillage with this number.")
    return _spillage_view(row)


async def numbers_of(session: ReadSession, named: tuple[tuple[int, int], ...]) -> dict[tuple[int, int], int]:
    """The row of each document and version that there is."""
    rows = await session.execute(
        select(DocumentVersion.document_id, DocumentVersion.number, DocumentVersion.id).where(
            or_(
                *(
                    and_(DocumentVersion.document_id == document_id, DocumentVersion.number == number)
                    for document_id, number in named
                )
            )
        )
    )
    return {(row.document_id, row.number): row.id for row in rows}


async def packed_with(session: ReadSession, value: str) -> tuple[int, ...]:
    """The versions that hold the value packed or encoded, where the database cannot see it."""
    rows = await session.execute(
        select(DocumentVersion.id, DocumentVersion.media_type)
        .where(DocumentVersion.media_type.in_(rules.LOOKED_INTO), DocumentVersion.spillage_id.is_(None))
        .order_by(DocumentVersion.id)
    )
    found = []
    for version_id, media_type in rows.all():
        with tempfile.SpooledTemporaryFile(max_size=1 << 20) as body:
            place = 0
            while (part := await _part(session, version_id, place)) is not None:
                body.write(part)
                place += 1
            if rules.holds(cast("BinaryIO", body), media_type, value):
                found.append(version_id)
    return tuple(found)


async def places_of(session: ReadSession, value: str, named: tuple[int, ...]) -> tuple[PlaceView, ...]:
    """How many rows of each table hold the value; `named` are versions whose bytes go in any case."""
    rows = await session.execute(
        text("select table_name, handling, places from app.spilled_places(:value, :named) order by 1, 2"),
        {"value": value, "named": list(named)},
    )
    return tuple(PlaceView(*row) for row in rows)


async def _part(session: ReadSession, version_id: int, place: int) -> bytes | None:
    return await session.scalar(
        select(DocumentChunk.body).where(DocumentChunk.version_id == version_id, DocumentChunk.place == place)
    )


def _documents(reader: Reader) -> AnySelect:
    return (
        select(
            Document.id,
            Document.version,
            Document.title,
            Document.record_kind,
            Document.record_id,
            entry.c.title.label("record"),
            Document.dated_on,
            Document.source,
            Document.office_id,
            Office.symbol.label("office"),
            Document.latest,
            DocumentVersion.filename,
            DocumentVersion.media_type,
            DocumentVersion.size,
            DocumentVersion.sha256,
            DocumentVersion.scan,
            DocumentVersion.spillage_id.is_not(None).label("removed"),
            DocumentVersion.stored_at,
            Person.name.label("stored_by"),
            Document.ended_on,
            Document.ended_because,
            Document.marking,
            Document.exercise,
        )
        .join(
            DocumentVersion,
            and_(DocumentVersion.document_id == Document.id, DocumentVersion.number == Document.latest),
        )
        .join(entry, is_entry_of(Document.record_kind, Document.record_id))
        .join(Person, Person.id == DocumentVersion.stored_by_id)
        .outerjoin(Office, Office.id == Document.office_id)
        .where(visible_to(reader, Document), holds(entry.c.audience, reader))
    )


def _versions(reader: Reader) -> AnySelect:
    return (
        select(
            DocumentVersion.id,
            DocumentVersion.document_id,
            DocumentVersion.number,
            DocumentVersion.sha256,
            DocumentVersion.size,
            DocumentVersion.media_type,
            DocumentVersion.filename,
            DocumentVersion.note,
            DocumentVersion.scan,
            DocumentVersion.stored_at,
            Person.name.label("stored_by"),
            DocumentVersion.spillage_id,
        )
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(entry, is_entry_of(Document.record_kind, Document.record_id))
        .join(Person, Person.id == DocumentVersion.stored_by_id)
        .where(visible_to(reader, Document), holds(entry.c.audience, reader))
    )


def _spillages() -> AnySelect:
    return (
        select(
            *Spillage.__table__.c,
            _Proposer.name.label("proposed_by"),
            _Confirmer.name.label("confirmed_by"),
        )
        .join(_Proposer, _Proposer.id == Spillage.proposed_by_id)
        .outerjoin(_Confirmer, _Confirmer.id == Spillage.confirmed_by_id)
    )


def _document_view(row: RowMapping) -> DocumentView:
    return DocumentView(**{name: row[name] for name in DocumentView.__struct_fields__})


def _spillage_view(row: RowMapping) -> SpillageView:
    said = {name: row[name] for name in SpillageView.__struct_fields__}
    for name in ("found", "replaced"):
        said[name] = tuple(PlaceView(**each) for each in row[name] or ())
    return SpillageView(**said)
