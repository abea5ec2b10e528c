"""The JSON door of technical exchanges."""

from litestar import Response, Router, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.exchanges import commands, queries
from pipir.features.exchanges.rules import Kind, State
from pipir.features.exchanges.tables import ExchangeId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown

READ = "groups.read"


@get("/exchanges", opt=allow(READ))
async def list_exchanges(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    kind: FromQuery[list[Kind] | None] = None,
    status: FromQuery[list[State] | None] = None,
    country: FromQuery[str | None] = None,
    group: FromQuery[RecordNumber | None] = None,
    project: FromQuery[RecordNumber | None] = None,
    sort: FromQuery[str] = "-starts",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.ExchangeView]:
    """Technical exchanges, a page at a time."""
    which = queries.ExchangeFilter(
        text=q,
        kinds=tuple(kind or ()),
        states=tuple(status or ()),
        country=country,
        group_id=group,
        project_id=project,
    )
    async with db.read() as session:
        return await queries.list_exchanges(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)


@post("/exchanges", opt=allow(commands.enter_exchange))
async def enter_exchange(
    data: JSONBody[commands.EnterExchange],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ExchangeView]:
    """Enter a technical exchange; the service gives its code."""
    async with db.write(actor=caller.id, command=commands.enter_exchange.name, once=once) as session:
        number = await commands.enter_exchange(session, data)
        view = await queries.exchange(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/exchanges/{number}")
    return answer


@get("/exchanges/{exchange_id:int}", opt=allow(READ))
async def show_exchange(
    exchange_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ExchangeView]:
    """One technical exchange."""
    async with db.read() as session:
        return shown(await queries.exchange(session, caller.reader, ExchangeId(exchange_id)))


@get("/exchanges/{exchange_id:int}/history", opt=allow(READ))
async def exchange_history(
    exchange_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of an exchange, newest first."""
    async with db.read() as session:
        await queries.exchange(session, caller.reader, ExchangeId(exchange_id))
        return await history(session, caller.reader, "technical_exchange", exchange_id)


@put("/exchanges/{exchange_id:int}", opt=allow(commands.revise_exchange))
async def revise_exchange(
    exchange_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseExchange],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ExchangeView]:
    """Correct what is recorded of an exchange, or add its outcome."""
    async with db.write(actor=caller.id, command=commands.revise_exchange.name) as session:
        await commands.revise_exchange(session, ExchangeId(exchange_id), data, version=version)
        view = await queries.exchange(session, caller.reader, ExchangeId(exchange_id))
    return changed(view)


@patch("/exchanges/{exchange_id:int}/cancel", opt=allow(commands.cancel_exchange))
async def cancel_exchange(
    exchange_id: FromPath[RecordNumber],
    data: JSONBody[commands.CancelExchange],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ExchangeView]:
    """Say why an exchange does not take place."""
    async with db.write(actor=caller.id, command=commands.cancel_exchange.name) as session:
        await commands.cancel_exchange(session, ExchangeId(exchange_id), data, version=version)
        view = await queries.exchange(session, caller.reader, ExchangeId(exchange_id))
    return changed(view)


def routes() -> Router:
    """Every JSON route of technical exchanges."""
    return Router(
        path="/api/v1",
        tags=["exchanges"],
        route_handlers=[
            list_exchanges,
            enter_exchange,
            show_exchange,
            exchange_history,
            revise_exchange,
            cancel_exchange,
        ],
    )
