"""The JSON door of documents; a file comes with its fields as multipart/form-data."""

from typing import Any

from litestar import HttpMethod, Request, Response, Router, get, patch, post, put, route
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.documents import commands, queries
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import DocumentId, RecordNumber, SpillageId
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.scanner import Scanner
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown
from pipir.web.files import stored_file
from pipir.web.uploads import reading


@get("/documents", opt=allow("documents.read"))
async def list_documents(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    kind: FromQuery[str | None] = None,
    record: FromQuery[RecordNumber | None] = None,
    type: FromQuery[str | None] = None,
    scan: FromQuery[str | None] = None,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "-stored",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.DocumentView]:
    """Documents, a page at a time."""
    async with db.read() as session:
        return await queries.list_documents(
            session,
            caller.reader,
            text_in=q,
            record_kind=kind,
            record_id=record,
            media_type=type,
            scan=scan,
            ended=ended,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@post("/documents", opt=allow(commands.attach_document, upload=True), request_max_body_size=None)
async def attach_document(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    scanner: NamedDependency[Scanner | None],
) -> Response[queries.DocumentView]:
    """Store a document and attach it to a record: multipart/form-data with the fields title, record_kind, record_id,
    source, and optionally dated_on, office_id, marking and note, then the file in the field `file`."""
    async with reading(request, commands.AttachDocument) as upload:
        body, content = await upload.read(lambda file: commands.examined(file, scanner, person=caller.id))
        async with db.write(actor=caller.id, command=commands.attach_document.name, once=upload.once) as session:
            document_id = await commands.attach_document(session, body, content=content)
            view = await queries.document(session, caller.reader, document_id)
            answer = created(session, view, f"/api/v1/documents/{document_id}")
    return answer


@get("/documents/{document_id:int}", opt=allow("documents.read"))
async def show_document(
    document_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.DocumentView]:
    """One document."""
    async with db.read() as session:
        return shown(await queries.document(session, caller.reader, DocumentId(document_id)))


@get("/documents/{document_id:int}/history", opt=allow("documents.read"))
async def document_history(
    document_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a document and its versions, newest first."""
    async with db.read() as session:
        await queries.document(session, caller.reader, DocumentId(document_id))
        return await history(session, caller.reader, "document", document_id)


@get("/documents/{document_id:int}/versions", opt=allow("documents.read"))
async def list_versions(
    document_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.VersionView, ...]:
    """Every version of a document, the latest first."""
    async with db.read() as session:
        await queries.document(session, caller.reader, DocumentId(document_id))
        return await queries.versions(session, caller.reader, DocumentId(document_id))


@post(
    "/documents/{document_id:int}/versions",
    opt=allow(commands.add_version, upload=True),
    request_max_body_size=None,
)
async def add_version(
    document_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    scanner: NamedDependency[Scanner | None],
) -> Response[queries.DocumentView]:
    """Store a new version of a document: multipart/form-data, an optional note, then the file in the field `file`."""
    async with reading(request, commands.AddVersion) as upload:
        body, content = await upload.read(lambda file: commands.examined(file, scanner, person=caller.id))
        async with db.write(actor=caller.id, command=commands.add_version.name, once=upload.once) as session:
            number = await commands.add_version(
                session, DocumentId(document_id), body, version=version, content=content
            )
            view = await queries.document(session, caller.reader, DocumentId(document_id))
            answer = created(session, view, f"/api/v1/documents/{document_id}/versions/{number}/content")
    return answer


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
    """The bytes of a version, to be saved."""
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


@put("/documents/{document_id:int}", opt=allow(commands.revise_document))
async def revise_document(
    document_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseDocument],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DocumentView]:
    """Correct what is recorded of a document."""
    async with db.write(actor=caller.id, command=commands.revise_document.name) as session:
        await commands.revise_document(session, DocumentId(document_id), data, version=version)
        view = await queries.document(session, caller.reader, DocumentId(document_id))
    return changed(view)


@patch("/documents/{document_id:int}/end", opt=allow(commands.end_document))
async def end_document(
    document_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndDocument],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DocumentView]:
    """Say why a document no longer counts."""
    async with db.write(actor=caller.id, command=commands.end_document.name) as session:
        await commands.end_document(session, DocumentId(document_id), data, version=version)
        view = await queries.document(session, caller.reader, DocumentId(document_id))
    return changed(view)


@get("/spillages", opt=allow("documents.replace-spilled"))
async def list_spillages(
    db: NamedDependency[Database],
    sort: FromQuery[str] = "-number",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.SpillageView]:
    """Replacements of spilled values, a page at a time."""
    async with db.read() as session:
        return await queries.list_spillages(session, sort=sort, cursor=cursor, limit=limit)


@post("/spillages", opt=allow(commands.propose_replacement))
async def propose_replacement(
    data: JSONBody[commands.ProposeReplacement],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.SpillageView]:
    """Propose to replace a value everywhere; the value itself is not stored."""
    async with db.write(actor=caller.id, command=commands.propose_replacement.name, once=once) as session:
        spillage_id = await commands.propose_replacement(session, data)
        view = await queries.spillage(session, spillage_id)
        answer = created(session, view, f"/api/v1/spillages/{spillage_id}")
    return answer


@get("/spillages/{spillage_id:int}", opt=allow("documents.replace-spilled"))
async def show_spillage(
    spillage_id: FromPath[RecordNumber], db: NamedDependency[Database]
) -> Response[queries.SpillageView]:
    """One replacement."""
    async with db.read() as session:
        return shown(await queries.spillage(session, SpillageId(spillage_id)))


@patch("/spillages/{spillage_id:int}/confirmed", opt=allow(commands.confirm_replacement))
async def confirm_replacement(
    spillage_id: FromPath[RecordNumber],
    data: JSONBody[commands.ConfirmReplacement],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.SpillageView]:
    """Confirm as the second administrator with the value once more, and replace it everywhere."""
    async with db.write(actor=caller.id, command=commands.confirm_replacement.name) as session:
        await commands.confirm_replacement(session, SpillageId(spillage_id), data, version=version)
        view = await queries.spillage(session, SpillageId(spillage_id))
    return changed(view)


@patch("/spillages/{spillage_id:int}/withdrawn", opt=allow(commands.withdraw_replacement))
async def withdraw_replacement(
    spillage_id: FromPath[RecordNumber],
    data: JSONBody[commands.WithdrawReplacement],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.SpillageView]:
    """Say why a proposal is not carried out."""
    async with db.write(actor=caller.id, command=commands.withdraw_replacement.name) as session:
        await commands.withdraw_replacement(session, SpillageId(spillage_id), data, version=version)
        view = await queries.spillage(session, SpillageId(spillage_id))
    return changed(view)


def routes() -> Router:
    """Every JSON route of documents."""
    return Router(
        path="/api/v1",
        tags=["documents"],
        route_handlers=[
            list_documents,
            attach_document,
            show_document,
            document_history,
            list_versions,
            add_version,
            download,
            revise_document,
            end_document,
            list_spillages,
            propose_replacement,
            show_spillage,
            confirm_replacement,
            withdraw_replacement,
        ],
    )
