"""The JSON door of home."""

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from pipir.features.home import queries
from pipir.kernel.access import Caller
from pipir.store.doors import Database
from pipir.web.access import allow


@get("/home", opt=allow("home.read"))
async def show_home(db: NamedDependency[Database], caller: NamedDependency[Caller]) -> queries.Dashboard:
    """The dashboard's figures, of what the caller may see; null is what is not public."""
    async with db.read() as session:
        dashboard, _ = await queries.dashboard(session, caller)
    return dashboard


@get("/coverage", opt=allow("ledger.read"))
async def show_coverage(db: NamedDependency[Database], caller: NamedDependency[Caller]) -> queries.Coverage:
    """Countries against objectives: projects, what is planned, what is obligated; the empty cells too."""
    async with db.read() as session:
        return await queries.coverage(session, caller.reader)


@get("/desk", opt=allow("home.read"))
async def show_desk(
    db: NamedDependency[Database], caller: NamedDependency[Caller], role: FromQuery[str | None] = None
) -> queries.Desk:
    """The desk of a role of the caller's own: each number with the list that it counts."""
    async with db.read() as session:
        return await queries.desk_of(session, caller, role)


@get("/inbox", opt=allow("notices.own"))
async def show_inbox(db: NamedDependency[Database], caller: NamedDependency[Caller]) -> queries.Inbox:
    """What waits for the caller, each with its day, its rule and the reminder that it has reached."""
    async with db.read() as session:
        return await queries.inbox(session, caller)


def routes() -> Router:
    """Every JSON route of home."""
    return Router(path="/api/v1", tags=["home"], route_handlers=[show_home, show_coverage, show_desk, show_inbox])
