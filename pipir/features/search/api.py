"""The JSON door of search."""

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from pipir.features.search import queries
from pipir.kernel.access import Caller
from pipir.kernel.paging import Limit
from pipir.store.doors import Database
from pipir.web.access import allow


@get("/search", opt=allow("search.use"))
async def search(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    kind: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> queries.Found:
    """Everything that holds the words, some of each kind; with a kind, all of that kind a page at a time."""
    async with db.read() as session:
        return await queries.search(session, caller, q, kind=kind, cursor=cursor, limit=limit)


def routes() -> Router:
    """Every JSON route of search."""
    return Router(path="/api/v1", tags=["search"], route_handlers=[search])
