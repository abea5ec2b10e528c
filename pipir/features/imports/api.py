"""The JSON door of imports; a file comes with its fields as multipart/form-data."""

from typing import Any, Final

from litestar import Request, Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.imports import commands, queries
from pipir.features.imports.rules import ADVICE, LARGEST_FILE
from pipir.features.imports.tables import ImportId, SourceId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown
from pipir.web.files import XLSX, attachment
from pipir.web.uploads import reading

READ: Final = "ledger.import"


@get("/ledger/import-sources", opt=allow(READ))
async def list_sources(db: NamedDependency[Database], ended: FromQuery[bool] = False) -> tuple[queries.SourceView, ...]:
    """The sources of files with their mappings."""
    async with db.read() as session:
        return await queries.list_sources(session, ended=ended)


@post("/ledger/import-sources", opt=allow(commands.enter_source))
async def enter_source(
    data: JSONBody[commands.SetSource],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.SourceView]:
    """Enter a source of files with its mapping."""
    async with db.write(actor=caller.id, command=commands.enter_source.name, once=once) as session:
        number = await commands.enter_source(session, data)
        view = await queries.one_source(session, number)
        answer = created(session, view, f"/api/v1/ledger/import-sources/{number}")
    return answer


@get("/ledger/import-sources/{source_id:int}", opt=allow(READ))
async def show_source(source_id: FromPath[RecordNumber], db: NamedDependency[Database]) -> Response[queries.SourceView]:
    """One source with its mapping."""
    async with db.read() as session:
        return shown(await queries.one_source(session, SourceId(source_id)))


@put("/ledger/import-sources/{source_id:int}", opt=allow(commands.revise_source))
async def revise_source(
    source_id: FromPath[RecordNumber],
    data: JSONBody[commands.SetSource],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.SourceView]:
    """Change a source's mapping."""
    async with db.write(actor=caller.id, command=commands.revise_source.name) as session:
        await commands.revise_source(session, SourceId(source_id), data, version=version)
        view = await queries.one_source(session, SourceId(source_id))
    return changed(view)


@put("/ledger/import-sources/{source_id:int}/end", opt=allow(commands.end_source))
async def end_source(
    source_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndSource],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.SourceView]:
    """Say that nothing more comes from a source."""
    async with db.write(actor=caller.id, command=commands.end_source.name) as session:
        await commands.end_source(session, SourceId(source_id), data, version=version)
        view = await queries.one_source(session, SourceId(source_id))
    return changed(view)


@get("/ledger/imports", opt=allow(READ))
async def list_imports(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    status: FromQuery[str | None] = None,
    sort: FromQuery[str] = "-number",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.ImportedFile]:
    """The files, a page at a time."""
    async with db.read() as session:
        return await queries.list_imports(
            session, caller.reader, text_in=q, state=status, sort=sort, cursor=cursor, limit=limit
        )


@post("/ledger/imports", opt=allow(commands.upload_file, upload=True), request_max_body_size=None)
async def upload_import(
    request: Request[Any, Any, Any], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ImportedFile]:
    """Store a file of at most 300 MB: multipart/form-data, source_id and marking first, then the field `file`."""
    async with reading(request, commands.UploadFile, largest=LARGEST_FILE, advice=ADVICE) as upload:
        body, content = await upload.read(commands.examined)
        async with db.write(actor=caller.id, command=commands.upload_file.name, once=upload.once) as session:
            number = await commands.upload_file(session, body, content=content)
            view = await queries.one_import(session, caller.reader, number)
            answer = created(session, view, f"/api/v1/ledger/imports/{number}")
    return answer


@get("/ledger/imports/{import_id:int}", opt=allow(READ))
async def show_import(
    import_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ImportedFile]:
    """One import: its state, and what its last check has come to."""
    async with db.read() as session:
        return shown(await queries.one_import(session, caller.reader, ImportId(import_id)))


@get("/ledger/imports/{import_id:int}/findings", opt=allow(READ))
async def list_findings(
    import_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    what: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> tuple[queries.FindingView, ...]:
    """The first things that are said of the rows; the workbook has all of them."""
    async with db.read() as session:
        await queries.one_import(session, caller.reader, ImportId(import_id))
        found, _ = await queries.findings_of(session, ImportId(import_id), what=what, limit=limit)
    return found


@get("/ledger/imports/{import_id:int}/findings.xlsx", opt=allow(READ), media_type=XLSX)
async def findings_workbook(
    import_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Everything that is said of the rows, as a workbook."""
    content = await queries.findings_workbook(db, caller.reader, ImportId(import_id))
    return attachment(f"import-{import_id}-findings.xlsx", content, XLSX)


@get("/ledger/imports/{import_id:int}/rest.xlsx", opt=allow(READ), media_type=XLSX)
async def rest_workbook(
    import_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The rows that are not taken, as they came, each with its reason."""
    content = await queries.rest_workbook(db, caller.reader, ImportId(import_id))
    return attachment(f"import-{import_id}-rest.xlsx", content, XLSX)


@get("/ledger/imports/{import_id:int}/history", opt=allow(READ))
async def import_history(
    import_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """What became of an import, newest first."""
    async with db.read() as session:
        await queries.one_import(session, caller.reader, ImportId(import_id))
        return await history(session, caller.reader, "ledger_import", import_id)


@post("/ledger/imports/{import_id:int}/check", opt=allow(commands.ask_check), status_code=202)
async def check_import(
    import_id: FromPath[RecordNumber],
    data: JSONBody[commands.CheckImport],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> queries.ImportedFile:
    """Have a file checked; nothing is posted. The job's number stands in the answer."""
    async with db.write(actor=caller.id, command=commands.ask_check.name, once=once) as session:
        await commands.ask_check(session, ImportId(import_id), data)
        view = await queries.one_import(session, caller.reader, ImportId(import_id))
    return view


@post("/ledger/imports/{import_id:int}/publish", opt=allow(commands.ask_publish), status_code=202)
async def publish_import(
    import_id: FromPath[RecordNumber],
    data: JSONBody[commands.PublishImport],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> queries.ImportedFile:
    """Have a checked file posted, whole or its good rows. The job's number stands in the answer."""
    async with db.write(actor=caller.id, command=commands.ask_publish.name, once=once) as session:
        await commands.ask_publish(session, ImportId(import_id), data)
        view = await queries.one_import(session, caller.reader, ImportId(import_id))
    return view


@post("/ledger/imports/{import_id:int}/abandon", opt=allow(commands.abandon_import), status_code=200)
async def abandon_import(
    import_id: FromPath[RecordNumber],
    data: JSONBody[commands.AbandonImport],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> queries.ImportedFile:
    """Give a file up."""
    async with db.write(actor=caller.id, command=commands.abandon_import.name, once=once) as session:
        await commands.abandon_import(session, ImportId(import_id), data)
        view = await queries.one_import(session, caller.reader, ImportId(import_id))
    return view


def routes() -> Router:
    """Every JSON route of imports."""
    return Router(
        path="/api/v1",
        tags=["imports"],
        route_handlers=[
            list_sources,
            enter_source,
            show_source,
            revise_source,
            end_source,
            list_imports,
            upload_import,
            show_import,
            list_findings,
            findings_workbook,
            rest_workbook,
            import_history,
            check_import,
            publish_import,
            abandon_import,
        ],
    )
