"""Documents: list and file, one document, the documents of a record, and their forms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar import HttpMethod, Request, Response, get, post, route
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.documents import commands, queries, rules
from pipir.features.documents.tables import SCANS
from pipir.features.people.queries import office_choices
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.files import LARGEST_FILE
from pipir.kernel.ids import DocumentId, RecordNumber
from pipir.kernel.paging import Limit
from pipir.scanner import Scanner
from pipir.store.doors import Database, ReadSession
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.exports import export_file, fields, file_paths
from pipir.web.files import stored_file
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView
from pipir.web.uploads import reading

_SORTS: Final = ("title", "record", "size", "stored")
_KINDS: Final = tuple((kind, kind.replace("_", " ").capitalize()) for kind in rules.RECORD_KINDS)
_TYPES: Final = tuple(rules.TITLES.items())
_ACCEPT: Final = ",".join(f".{ending}" for ending in rules.ENDINGS)
_TAKEN: Final = (
    f"PDF, Word, Excel, PowerPoint, PNG, JPEG, TIFF, plain text, CSV or a mail message (.eml), at most "
    f"{LARGEST_FILE // 1_000_000} MB. The kind is recognized by the content."
)
_COLUMNS: Final = fields(
    "id", "title", "record_kind", "record_id", "record", "dated_on", "source", "office", "latest", "filename",
    "media_type", "size", "sha256", "scan", "removed", "stored_at", "stored_by", "ended_on", "ended_because",
    "marking", "exercise",
)  # fmt: skip


@dataclass(frozen=True)
class _DocumentsPage:
    list: ListView[queries.DocumentView]
    kinds: tuple[tuple[str, str], ...]
    types: tuple[tuple[str, str], ...]
    scans: tuple[tuple[str, str], ...]
    may_replace: bool


@dataclass(frozen=True)
class _DocumentPage:
    document: queries.DocumentView
    versions: tuple[queries.VersionView, ...]
    history: tuple[TrailView, ...]
    may_change: bool
    version_form: Form[commands.AddVersion]
    end_form: Form[commands.EndDocument]
    accept: str
    taken: str


@dataclass(frozen=True)
class _OfRecordPage:
    form: Form[commands.AttachDocument]
    record: queries.RecordView
    documents: tuple[queries.DocumentView, ...]
    offices: tuple[tuple[str, str], ...]
    may_change: bool
    accept: str
    taken: str


@dataclass(frozen=True)
class _RevisePage:
    form: Form[commands.ReviseDocument]
    document: queries.DocumentView
    offices: tuple[tuple[str, str], ...]


@get("/documents", opt=allow("documents.read"))
async def documents(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    record: FromQuery[str] = "",
    type: FromQuery[str] = "",
    scan: FromQuery[str] = "",
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "-stored",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Every document that the caller may see."""
    async with db.read() as session:
        found = await queries.list_documents(
            session,
            caller.reader,
            text_in=q or None,
            record_kind=kind or None,
            record_id=_number(record),
            media_type=type or None,
            scan=scan or None,
            ended=ended,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        view = frame.list_view(
            found,
            noun=("document", "documents"),
            sort=sort,
            sorts=_SORTS,
            chosen={"q": q, "kind": kind, "record": record, "type": type, "scan": scan, "ended": ended},
            labels={"ended=true": "with ended documents", **dict(_KINDS), **dict(_TYPES)},
            columns=_COLUMNS,
        )
        page = _DocumentsPage(
            list=view,
            kinds=_KINDS,
            types=_TYPES,
            scans=tuple((each, each) for each in SCANS),
            may_replace=caller.may("documents.replace-spilled"),
        )
        return frame.show("documents/documents.html", page, now=session.now)


@get(file_paths("/documents/export"), opt=allow("documents.read"))
async def export_documents(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    record: FromQuery[str] = "",
    type: FromQuery[str] = "",
    scan: FromQuery[str] = "",
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "-stored",
) -> Response[bytes]:
    """Exactly the documents of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_documents(
                session,
                caller.reader,
                text_in=q or None,
                record_kind=kind or None,
                record_id=_number(record),
                media_type=type or None,
                scan=scan or None,
                ended=ended,
                sort=sort,
                cursor=cursor,
                limit=AT_ONCE,
            )
        )
    return await export_file(request, "documents", _COLUMNS, found)


@get("/documents/of/{kind:str}/{key:int}", opt=allow("documents.read"))
async def documents_of_record(
    kind: FromPath[str],
    key: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The documents of a record, and the form that attaches one."""
    return await _of_record(frame, db, caller, kind, key)


@post(
    "/documents/of/{kind:str}/{key:int}",
    opt=allow(commands.attach_document, upload=True),
    status_code=303,
    request_max_body_size=None,
)
async def attach_document(
    kind: FromPath[str],
    key: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    scanner: NamedDependency[Scanner | None],
) -> Response[bytes]:
    """Store a document and attach it to the record."""
    async with reading(request, commands.AttachDocument) as upload:
        form = upload.form
        with form:
            body, content = await upload.read(lambda file: commands.examined(file, scanner, person=caller.id))
            async with db.write(actor=caller.id, command=commands.attach_document.name, once=upload.once) as session:
                document_id = await commands.attach_document(session, body, content=content)
                answer = see_other(session, f"/documents/{document_id}")
            return answer
    return await _of_record(frame, db, caller, kind, key, form=form)


@get("/documents/{document_id:int}", opt=allow("documents.read"))
async def document(
    document_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One document with its versions and history."""
    return await _document_page(frame, db, caller, DocumentId(document_id))


@post(
    "/documents/{document_id:int}/versions",
    opt=allow(commands.add_version, upload=True),
    status_code=303,
    request_max_body_size=None,
)
async def add_version(
    document_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    scanner: NamedDependency[Scanner | None],
) -> Response[bytes]:
    """Store a new version of a document."""
    async with reading(request, commands.AddVersion) as upload:
        form = upload.form
        with form:
            body, content = await upload.read(lambda file: commands.examined(file, scanner, person=caller.id))
            async with db.write(actor=caller.id, command=commands.add_version.name) as session:
                await commands.add_version(
                    session, DocumentId(document_id), body, version=form.version, content=content
                )
            return see_other(None, f"/documents/{document_id}")
    return await _document_page(frame, db, caller, DocumentId(document_id), version_form=form, status=form.status)


@route(
    "/documents/{document_id:int}/versions/{number:int}/content",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    opt=allow("documents.read"),
)
async def download(
    document_id: FromPath[RecordNumber],
    number: FromPath[int],
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[Any]:
    """The bytes of a version, to be saved and never shown by the browser."""
    async with db.read() as session:
        found = await queries.version(session, caller.reader, DocumentId(document_id), number)
    return stored_file(
        request,
        lambda: queries.bytes_of(db, found.id),
        name=found.filename,
        media_type=found.media_type,
        size=found.size,
        sha256=found.sha256,
    )


@get("/documents/{document_id:int}/revise", opt=allow(commands.revise_document))
async def document_to_revise(
    document_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The filled form of a document."""
    async with db.read() as session:
        view = await queries.document(session, caller.reader, DocumentId(document_id))
        return await _revise_page(frame, session, Form.of(commands.ReviseDocument, view), view)


@post("/documents/{document_id:int}/revise", opt=allow(commands.revise_document), status_code=303)
async def revise_document(
    document_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Correct what is recorded of a document."""
    form = await read_form(request, commands.ReviseDocument)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_document.name) as session:
            await commands.revise_document(session, DocumentId(document_id), body, version=form.version)
        return see_other(None, f"/documents/{document_id}")
    async with db.read() as session:
        view = await queries.document(session, caller.reader, DocumentId(document_id))
        return await _revise_page(frame, session, form, view)


@post("/documents/{document_id:int}/end", opt=allow(commands.end_document), status_code=303)
async def end_document(
    document_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say why a document no longer counts."""
    form = await read_form(request, commands.EndDocument)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.end_document.name) as session:
            await commands.end_document(session, DocumentId(document_id), body, version=form.version)
        return see_other(None, f"/documents/{document_id}")
    return await _document_page(frame, db, caller, DocumentId(document_id), end_form=form, status=form.status)


async def _of_record(
    frame: Frame,
    db: Database,
    caller: Caller,
    kind: str,
    key: int,
    *,
    form: Form[commands.AttachDocument] | None = None,
) -> Response[bytes]:
    async with db.read() as session:
        record = await queries.record(session, caller.reader, kind, key)
        page = _OfRecordPage(
            form=form or Form(commands.AttachDocument, {"marking": record.marking or "CUI"}),
            record=record,
            documents=await queries.of_record(session, caller.reader, kind, key),
            offices=await office_choices(session),
            may_change=caller.may(commands.attach_document.permission),
            accept=_ACCEPT,
            taken=_TAKEN,
        )
        return frame.show(
            "documents/of_record.html",
            page,
            now=session.now,
            status=form.status if form else 200,
            marking=record.marking or "CUI",
        )


async def _document_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    document_id: DocumentId,
    *,
    version_form: Form[commands.AddVersion] | None = None,
    end_form: Form[commands.EndDocument] | None = None,
    status: int = 200,
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.document(session, caller.reader, document_id)
        page = _DocumentPage(
            document=view,
            versions=await queries.versions(session, caller.reader, document_id),
            history=await history(session, caller.reader, "document", document_id),
            may_change=caller.may("documents.change") and view.ended_on is None,
            version_form=version_form or Form(commands.AddVersion),
            end_form=end_form or Form(commands.EndDocument),
            accept=_ACCEPT,
            taken=_TAKEN,
        )
        return frame.show("documents/document.html", page, now=session.now, status=status, marking=view.marking)


async def _revise_page(
    frame: Frame, session: ReadSession, form: Form[commands.ReviseDocument], view: queries.DocumentView
) -> Response[bytes]:
    page = _RevisePage(form, view, await office_choices(session))
    return frame.show("documents/document_form.html", page, now=session.now, status=form.status, marking=view.marking)


def _number(typed: str) -> int | None:
    if not typed:
        return None
    if typed.isascii() and typed.isdigit() and 1 <= len(typed) <= 18:
        return int(typed)
    raise Invalid("The filters cannot be read.", mistakes=(Mistake("record", "Expected a whole number.", typed[:60]),))


HANDLERS: Final[Sequence[Any]] = (
    documents,
    export_documents,
    documents_of_record,
    attach_document,
    document,
    add_version,
    download,
    document_to_revise,
    revise_document,
    end_document,
)
