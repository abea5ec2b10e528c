"""What can change in documents, and how a spilled value is replaced."""

import hashlib
import io
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

import msgspec
import structlog
from sqlalchemy import insert, select, text

from pipir.features.documents import queries, rules
from pipir.features.documents.tables import Document, DocumentChunk, DocumentVersion, Spillage
from pipir.features.people.queries import reader_of
from pipir.features.people.tables import Office
from pipir.kernel.command import command
from pipir.kernel.errors import Conflict, Invalid, Mistake, NotFound, Unavailable
from pipir.kernel.files import Incoming
from pipir.kernel.ids import DocumentId, RecordNumber, SpillageId
from pipir.kernel.marking import read_marking
from pipir.kernel.text import Line, Prose, Reason, SourceText
from pipir.scanner import NotAnswering, Scanner, signature_in
from pipir.store.doors import WriteSession

log = structlog.get_logger("pipir.documents")

CHUNK: Final = 1 << 20
# Longer than a web request's statement: the walk reads every table.
_PATIENCE: Final = "120s"

Spilled = Annotated[
    str,
    msgspec.Meta(max_length=2_000, description="The value as it stands in the record, 4 to 2,000 characters."),
]


@dataclass(frozen=True)
class Content:
    """A file whose kind was recognized and that the scanner, where there is one, found clean."""

    file: Incoming
    media_type: str
    scan: str


class AttachDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document as entered with its file; `record_kind` and `record_id` name what it is attached to."""

    title: Line
    record_kind: Line
    record_id: RecordNumber
    source: SourceText
    dated_on: date | None = None
    office_id: RecordNumber | None = None
    marking: Line = "CUI"
    note: Prose | None = None


class AddVersion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a new version of a document changes, in words; the file comes with it."""

    note: Prose | None = None


class ReviseDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a document without a new version."""

    title: Line
    source: SourceText
    dated_on: date | None = None
    office_id: RecordNumber | None = None
    marking: Line = "CUI"


class EndDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a document no longer counts."""

    because: Reason


class ProposeReplacement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value that must not stand in the record; only its hash and length are kept.

    `named_versions` are documents that hold it where no program can read it, such as 12/1, 12/2.
    """

    spilled_value: Spilled
    because: Reason
    met_where: SourceText
    named_versions: Line | None = None


class ConfirmReplacement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The value once more, as the second administrator knows it."""

    spilled_value: Spilled


class WithdrawReplacement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a proposal is not carried out."""

    because: Reason


async def examined(file: Incoming, scanner: Scanner | None, *, person: int) -> Content:
    """The file with its kind and the scanner's verdict; Invalid where it is not taken, Unavailable where none comes."""
    rules.check_size(file.size)
    media_type = rules.recognized(file.body, file.name)
    if scanner is None:
        return Content(file, media_type, "not scanned")
    try:
        signature = await signature_in(scanner, file.body)
    except NotAnswering as wrong:
        log.warning("the scanner gave no verdict", sha256=file.sha256, cause=str(wrong)[:200])
        raise Unavailable(
            "The scanner for malware does not answer, so the document was not stored.",
            way_out="Try again in a few minutes; if it lasts, tell the administrator of the installation.",
        ) from wrong
    if signature is not None:
        log.warning("a document was refused by the scanner", sha256=file.sha256, signature=signature, person=person)
        raise Invalid(
            f"The scanner found malware in the file ({signature}); it was not stored.",
            mistakes=(Mistake("file", f"The scanner found {signature}. Report it to your security office."),),
        )
    return Content(file, media_type, "clean")


def content_of(name: str, body: bytes) -> Content:
    """A file that the program makes itself, as if it had been sent; nobody scans it."""
    file = Incoming(io.BytesIO(body), name, len(body), hashlib.sha256(body).hexdigest())
    return Content(file, rules.recognized(file.body, name), "not scanned")


@command("document.attach", permission="documents.change", sunset="goes on")
async def attach_document(session: WriteSession, body: AttachDocument, *, content: Content) -> DocumentId:
    """Store a document and attach it to a record."""
    reader = await reader_of(session, session.actor)
    marking = read_marking(body.marking, reader)
    try:
        record = await queries.record(session, reader, body.record_kind, body.record_id)
    except NotFound as wrong:
        raise Invalid(
            wrong.detail,
            mistakes=(
                Mistake("record_id", "Expected the kind and number of a record that you may see.", str(body.record_id)),
            ),
        ) from wrong
    rules.may_mark(marking, record.marking, record.audience)
    await _check_office(session, body.office_id)
    await _take_turn(session, body.record_kind, body.record_id)
    await _check_new(session, body.record_kind, body.record_id, content)
    document = Document(
        title=body.title,
        record_kind=body.record_kind,
        record_id=body.record_id,
        dated_on=body.dated_on,
        source=body.source,
        office_id=body.office_id,
        latest=1,
    )
    document.mark(marking)
    session.add(document)
    await session.flush()
    await _store(session, document.id, 1, body.note, content)
    return DocumentId(document.id)


@command("document.add-version", permission="documents.change", sunset="goes on")
async def add_version(
    session: WriteSession, document_id: DocumentId, body: AddVersion, *, version: int, content: Content
) -> int:
    """Store a new version of a document; the earlier ones stay."""
    document = await _document(session, document_id, version)
    await _take_turn(session, document.record_kind, document.record_id)
    await _check_new(session, document.record_kind, document.record_id, content)
    number = document.latest + 1
    document.latest = number
    await session.flush()
    await _store(session, document_id, number, body.note, content)
    return number


@command("document.revise", permission="documents.change", sunset="goes on")
async def revise_document(
    session: WriteSession, document_id: DocumentId, body: ReviseDocument, *, version: int
) -> None:
    """Correct what is recorded of a document."""
    reader = await reader_of(session, session.actor)
    document = await _document(session, document_id, version)
    marking = read_marking(body.marking, reader)
    record = await queries.record(session, reader, document.record_kind, document.record_id)
    rules.may_mark(marking, record.marking, record.audience)
    await _check_office(session, body.office_id)
    document.title, document.source = body.title, body.source
    document.dated_on, document.office_id = body.dated_on, body.office_id
    document.mark(marking)
    await session.flush()


@command("document.end", permission="documents.change", sunset="goes on")
async def end_document(session: WriteSession, document_id: DocumentId, body: EndDocument, *, version: int) -> None:
    """Say why a document no longer counts; it stays in the record."""
    document = await _document(session, document_id, version)
    document.ended_on, document.ended_because = session.today, body.because
    await session.flush()


@command("spillage.propose", permission="documents.replace-spilled", sunset="goes on")
async def propose_replacement(session: WriteSession, body: ProposeReplacement) -> SpillageId:
    """Propose to replace a value everywhere; it is looked for, and only its hash and length are kept."""
    value = body.spilled_value.strip()
    rules.check_value(value, body.because, body.met_where, body.named_versions or "")
    await _be_patient(session)
    found = await _places(session, value, body.named_versions)
    spillage = Spillage(
        state="proposed",
        value_sha256=rules.hash_of(value),
        value_length=len(value),
        because=body.because,
        met_where=body.met_where,
        named_versions=body.named_versions,
        proposed_by_id=session.actor,
        proposed_on=session.today,
        found=found,
    )
    session.add(spillage)
    await session.flush()
    return SpillageId(spillage.id)


@command("spillage.confirm", permission="documents.replace-spilled", sunset="goes on")
async def confirm_replacement(
    session: WriteSession, spillage_id: SpillageId, body: ConfirmReplacement, *, version: int
) -> None:
    """Confirm as the second administrator, and replace the value everywhere in one transaction."""
    spillage = await _spillage(session, spillage_id, version)
    rules.may_confirm(spillage.state, spillage.proposed_by_id, session.actor)
    value = body.spilled_value.strip()
    rules.same_value(value, spillage.value_sha256, spillage.value_length)
    await _be_patient(session)
    named = await _named(session, value, spillage.named_versions)
    spillage.state, spillage.confirmed_by_id = "confirmed", session.actor
    await session.flush()
    await session.execute(
        text("select app.replace_spilled(:number, :value, :named)"),
        {"number": spillage_id, "value": value, "named": list(named)},
    )


@command("spillage.withdraw", permission="documents.replace-spilled", sunset="goes on")
async def withdraw_replacement(
    session: WriteSession, spillage_id: SpillageId, body: WithdrawReplacement, *, version: int
) -> None:
    """Say why a proposal is not carried out."""
    spillage = await _spillage(session, spillage_id, version)
    rules.may_withdraw(spillage.state, body.because, spillage.value_sha256, spillage.value_length)
    spillage.state, spillage.withdrawn_on, spillage.withdrawn_because = "withdrawn", session.today, body.because
    await session.flush()


async def _store(session: WriteSession, document_id: int, number: int, note: str | None, content: Content) -> None:
    stored = DocumentVersion(
        document_id=document_id,
        number=number,
        sha256=content.file.sha256,
        size=content.file.size,
        media_type=content.media_type,
        filename=content.file.name,
        note=note,
        scan=content.scan,
        stored_at=session.now,
        stored_by_id=session.actor,
    )
    session.add(stored)
    await session.flush()
    content.file.body.seek(0)
    place = 0
    while part := content.file.body.read(CHUNK):
        await session.execute(insert(DocumentChunk).values(version_id=stored.id, place=place, body=part))
        place += 1


async def _document(session: WriteSession, document_id: DocumentId, version: int) -> Document:
    """The document, locked for the change; only who may see it and its record changes it."""
    await queries.document(session, await reader_of(session, session.actor), document_id)
    document = await session.scalar(select(Document).where(Document.id == document_id).with_for_update())
    assert document is not None
    session.check_version(document, version, title=f"The document {document.title}")
    rules.may_change(document.title, document.ended_because)
    return document


async def _take_turn(session: WriteSession, kind: str, key: int) -> None:
    """One upload to a record at a time: the same file sent twice at once is seen by the second."""
    await session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:record, 13))"), {"record": f"{kind} {key}"}
    )


async def _check_new(session: WriteSession, kind: str, key: int, content: Content) -> None:
    reader = await reader_of(session, session.actor)
    same = await queries.same_bytes(session, reader, kind, key, content.file.sha256)
    if same is not None:
        place = f"version {same.number} of document {same.document_id}"
        told = f"The same bytes are attached to this record already, as {place}."
        raise Conflict(
            told,
            mistakes=(Mistake("file", told, same.filename[:60]),),
            way_out=f"Look at /documents/{same.document_id}; end it first where it was attached by mistake.",
        )


async def _check_office(session: WriteSession, office_id: int | None) -> None:
    known = office_id is None or await session.scalar(select(Office.id).where(Office.id == office_id))
    if not known:
        raise Invalid(
            "There is no office with this number.",
            mistakes=(Mistake("office_id", "Expected the number of an office.", str(office_id)),),
        )


async def _spillage(session: WriteSession, spillage_id: SpillageId, version: int) -> Spillage:
    spillage = await session.scalar(select(Spillage).where(Spillage.id == spillage_id).with_for_update())
    if spillage is None:
        raise NotFound("There is no spillage with this number.")
    session.check_version(spillage, version, title=f"Spillage {spillage_id}")
    return spillage


async def _be_patient(session: WriteSession) -> None:
    await session.execute(text(f"set local statement_timeout = '{_PATIENCE}'"))


async def _places(session: WriteSession, value: str, named_versions: str | None) -> list[dict[str, object]]:
    named = await _named(session, value, named_versions)
    return [msgspec.structs.asdict(each) for each in await queries.places_of(session, value, named)]


async def _named(session: WriteSession, value: str, typed: str | None) -> tuple[int, ...]:
    """The versions that the administrators named, and those that hold the value packed."""
    pairs = rules.named_versions(typed) if typed else ()
    known = await queries.numbers_of(session, pairs) if pairs else {}
    missing = [pair for pair in pairs if pair not in known]
    if missing:
        raise Invalid(
            "There is no such version of a document.",
            mistakes=tuple(
                Mistake("named_versions", "Expected a document and a version that there is.", f"{document}/{number}")
                for document, number in missing
            ),
        )
    return tuple(sorted({*known.values(), *await queries.packed_with(session, value)}))
