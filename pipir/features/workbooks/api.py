"""The JSON door of workbooks; a file comes with its fields as multipart/form-data."""

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.projects.pages.listing import which_asked
from pipir.features.trail.queries import TrailView, history
from pipir.features.workbooks import commands, queries
from pipir.features.workbooks.compose import workbook
from pipir.features.workbooks.tables import WorkbookId
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import created, shown
from pipir.web.files import XLSX, attachment
from pipir.web.uploads import reading


@get("/workbooks", opt=allow("workbooks.read"))
async def list_imports(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    waiting: FromQuery[bool] = False,
    sort: FromQuery[str] = "-number",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.ImportView]:
    """The workbooks that came back, a page at a time."""
    async with db.read() as session:
        return await queries.list_imports(
            session, caller.reader, text_in=q, waiting=waiting, sort=sort, cursor=cursor, limit=limit
        )


@get("/workbooks/export", opt=allow("workbooks.read"), media_type=XLSX)
async def export_workbook(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "name",
) -> Response[bytes]:
    """The projects under the filters of their list, with their milestones, as a workbook (.xlsx) to be edited."""
    which = which_asked(request)
    asked = "&".join(f"{name}={value}" for name, value in request.query_params.multi_items() if value)
    async with db.snapshot() as session:
        exported = await queries.exported(
            session, caller.reader, (caller.id, caller.name), which, sort=sort, asked=asked[:500]
        )
    return attachment("projects.xlsx", workbook(exported), XLSX)


@post("/workbooks", opt=allow(commands.import_workbook, upload=True), request_max_body_size=None)
async def import_workbook(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ImportView]:
    """Queue what a workbook changes: multipart/form-data, an optional remark, then the file in the field `file`."""
    async with reading(request, commands.ImportWorkbook) as upload:
        body, content = await upload.read(commands.examined)
        async with db.write(actor=caller.id, command=commands.import_workbook.name, once=upload.once) as session:
            number = await commands.import_workbook(session, body, content=content)
            view = await queries.one_import(session, caller.reader, number)
            answer = created(session, view, f"/api/v1/workbooks/{number}")
    return answer


@get("/workbooks/{import_id:int}", opt=allow("workbooks.read"))
async def show_import(
    import_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ImportView]:
    """One workbook."""
    async with db.read() as session:
        return shown(await queries.one_import(session, caller.reader, WorkbookId(import_id)))


@get("/workbooks/{import_id:int}/changes", opt=allow("workbooks.read"))
async def list_changes(
    import_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.ChangeView, ...]:
    """What a workbook changes, field by field, with what became of each."""
    async with db.read() as session:
        await queries.one_import(session, caller.reader, WorkbookId(import_id))
        return await queries.changes_of(session, caller.reader, WorkbookId(import_id))


@get("/workbooks/{import_id:int}/history", opt=allow("workbooks.read"))
async def import_history(
    import_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """What became of a workbook, newest first."""
    async with db.read() as session:
        await queries.one_import(session, caller.reader, WorkbookId(import_id))
        return await history(session, caller.reader, "workbook_import", import_id)


@post("/workbooks/{import_id:int}/accept", opt=allow(commands.accept_changes), status_code=200)
async def accept_changes(
    import_id: FromPath[RecordNumber],
    data: JSONBody[commands.AcceptChanges],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> queries.ImportView:
    """Take changes as the second person; where one of them cannot be taken, none is."""
    async with db.write(actor=caller.id, command=commands.accept_changes.name, once=once) as session:
        await commands.accept_changes(session, WorkbookId(import_id), data)
        view = await queries.one_import(session, caller.reader, WorkbookId(import_id))
    return view


@post("/workbooks/{import_id:int}/refuse", opt=allow(commands.refuse_changes), status_code=200)
async def refuse_changes(
    import_id: FromPath[RecordNumber],
    data: JSONBody[commands.RefuseChanges],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> queries.ImportView:
    """Refuse changes as the second person, with the reason."""
    async with db.write(actor=caller.id, command=commands.refuse_changes.name, once=once) as session:
        await commands.refuse_changes(session, WorkbookId(import_id), data)
        view = await queries.one_import(session, caller.reader, WorkbookId(import_id))
    return view


@post("/workbooks/{import_id:int}/withdraw", opt=allow(commands.withdraw_workbook), status_code=200)
async def withdraw_workbook(
    import_id: FromPath[RecordNumber],
    data: JSONBody[commands.WithdrawWorkbook],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> queries.ImportView:
    """Withdraw what still waits of one's own workbook."""
    async with db.write(actor=caller.id, command=commands.withdraw_workbook.name, once=once) as session:
        await commands.withdraw_workbook(session, WorkbookId(import_id), data)
        view = await queries.one_import(session, caller.reader, WorkbookId(import_id))
    return view


def routes() -> Router:
    """Every JSON route of workbooks."""
    return Router(
        path="/api/v1",
        tags=["workbooks"],
        route_handlers=[
            list_imports,
            export_workbook,
            import_workbook,
            show_import,
            list_changes,
            import_history,
            accept_changes,
            refuse_changes,
            withdraw_workbook,
        ],
    )
