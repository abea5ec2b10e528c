"""The JSON door of data calls."""

from litestar import Response, Router, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.data_calls import commands, queries
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import AddresseeId, DataCallId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


@get("/data-calls", opt=allow("calls.read"))
async def list_calls(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    year: FromQuery[int | None] = None,
    office: FromQuery[int | None] = None,
    closed: FromQuery[bool] = True,
    overdue: FromQuery[bool] = False,
    stale: FromQuery[bool] = False,
    sort: FromQuery[str] = "-due",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.CallView]:
    """Data calls, a page at a time."""
    async with db.read() as session:
        return await queries.list_calls(
            session,
            caller.reader,
            text_in=q,
            report_year=year,
            office_id=office,
            closed=closed,
            overdue=overdue,
            stale=stale,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@post("/data-calls", opt=allow(commands.issue_call))
async def issue_call(
    data: JSONBody[commands.IssueCall],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.CallView]:
    """Ask offices and groups for something by a day."""
    async with db.write(actor=caller.id, command=commands.issue_call.name, once=once) as session:
        number = await commands.issue_call(session, data)
        view = await queries.call(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/data-calls/{number}")
    return answer


@get("/data-calls/{call_id:int}", opt=allow("calls.read"))
async def show_call(
    call_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.CallView]:
    """One data call."""
    async with db.read() as session:
        return shown(await queries.call(session, caller.reader, DataCallId(call_id)))


@get("/data-calls/{call_id:int}/history", opt=allow("calls.read"))
async def call_history(
    call_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a call and of what its addressees returned, newest first."""
    async with db.read() as session:
        await queries.call(session, caller.reader, DataCallId(call_id))
        return await history(session, caller.reader, "data_call", call_id)


@put("/data-calls/{call_id:int}", opt=allow(commands.revise_call))
async def revise_call(
    call_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseCall],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.CallView]:
    """Change an open call."""
    async with db.write(actor=caller.id, command=commands.revise_call.name) as session:
        await commands.revise_call(session, DataCallId(call_id), data, version=version)
        view = await queries.call(session, caller.reader, DataCallId(call_id))
    return changed(view)


@patch("/data-calls/{call_id:int}/closed", opt=allow(commands.close_call))
async def close_call(
    call_id: FromPath[RecordNumber],
    data: JSONBody[commands.CloseCall],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.CallView]:
    """Close a call."""
    async with db.write(actor=caller.id, command=commands.close_call.name) as session:
        await commands.close_call(session, DataCallId(call_id), data, version=version)
        view = await queries.call(session, caller.reader, DataCallId(call_id))
    return changed(view)


@patch("/data-calls/{call_id:int}/reopened", opt=allow(commands.reopen_call))
async def reopen_call(
    call_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReopenCall],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.CallView]:
    """Open a closed call again."""
    async with db.write(actor=caller.id, command=commands.reopen_call.name) as session:
        await commands.reopen_call(session, DataCallId(call_id), data, version=version)
        view = await queries.call(session, caller.reader, DataCallId(call_id))
    return changed(view)


@get("/data-calls/{call_id:int}/addressees", opt=allow("calls.read"))
async def list_addressees(
    call_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.AddresseeView, ...]:
    """The addressees of a call, with what each has returned."""
    async with db.read() as session:
        await queries.call(session, caller.reader, DataCallId(call_id))
        return await queries.addressees_of(session, caller.reader, DataCallId(call_id))


@post("/data-calls/{call_id:int}/addressees", opt=allow(commands.add_addressee))
async def add_addressee(
    call_id: FromPath[RecordNumber],
    data: JSONBody[commands.AddAddressee],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.AddresseeView]:
    """Send an open call to one more office or group."""
    async with db.write(actor=caller.id, command=commands.add_addressee.name, once=once) as session:
        number = await commands.add_addressee(session, DataCallId(call_id), data)
        view = await queries.addressee(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/data-call-addressees/{number}")
    return answer


@get("/data-call-addressees/{addressee_id:int}", opt=allow("calls.read"))
async def show_addressee(
    addressee_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.AddresseeView]:
    """One addressee of a call."""
    async with db.read() as session:
        return shown(await queries.addressee(session, caller.reader, AddresseeId(addressee_id)))


@patch("/data-call-addressees/{addressee_id:int}/answered", opt=allow(commands.answer_call))
async def answer_call(
    addressee_id: FromPath[RecordNumber],
    data: JSONBody[commands.AnswerCall],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AddresseeView]:
    """Answer a call for one's own office, or revise the answer."""
    async with db.write(actor=caller.id, command=commands.answer_call.name) as session:
        await commands.answer_call(session, AddresseeId(addressee_id), data, version=version)
        view = await queries.addressee(session, caller.reader, AddresseeId(addressee_id))
    return changed(view)


@patch("/data-call-addressees/{addressee_id:int}/nil", opt=allow(commands.return_nil))
async def return_nil(
    addressee_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReturnNil],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AddresseeView]:
    """Say that there is nothing to return, and why."""
    async with db.write(actor=caller.id, command=commands.return_nil.name) as session:
        await commands.return_nil(session, AddresseeId(addressee_id), data, version=version)
        view = await queries.addressee(session, caller.reader, AddresseeId(addressee_id))
    return changed(view)


@patch("/data-call-addressees/{addressee_id:int}/released", opt=allow(commands.release_addressee))
async def release_addressee(
    addressee_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReleaseAddressee],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AddresseeView]:
    """Say why an addressee need not return anything."""
    async with db.write(actor=caller.id, command=commands.release_addressee.name) as session:
        await commands.release_addressee(session, AddresseeId(addressee_id), data, version=version)
        view = await queries.addressee(session, caller.reader, AddresseeId(addressee_id))
    return changed(view)


def routes() -> Router:
    """Every JSON route of data calls."""
    return Router(
        path="/api/v1",
        tags=["data calls"],
        route_handlers=[
            list_calls,
            issue_call,
            show_call,
            call_history,
            revise_call,
            close_call,
            reopen_call,
            list_addressees,
            add_addressee,
            show_addressee,
            answer_call,
            return_nil,
            release_addressee,
        ],
    )
