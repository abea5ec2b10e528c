"""The JSON door of the trace."""

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.trace import queries
from pipir.features.trace.rules import Traced
from pipir.kernel.access import Caller
from pipir.statute.lookup import SECTION
from pipir.store.doors import Database
from pipir.web.access import allow


@get("/trace", opt=allow("duties.read"))
async def list_traced(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    instrument: FromQuery[str] = SECTION,
    kind: FromQuery[str | None] = None,
    status: FromQuery[str | None] = None,
) -> tuple[Traced, ...]:
    """The paragraphs of an instrument in its own order: what keeps each, and the evidence that you may see."""
    async with db.read() as session:
        return await queries.list_traced(session, caller.reader, instrument=instrument, kind=kind, status=status)


@get("/trace/comparison", opt=allow("duties.read"))
async def comparison() -> tuple[queries.Compared, ...]:
    """Section 1253 beside the bill before it, which is not law."""
    return queries.comparison()


@get("/trace/{slug:str}", opt=allow("duties.read"))
async def show_paragraph(slug: FromPath[str], db: NamedDependency[Database], caller: NamedDependency[Caller]) -> Traced:
    """One paragraph."""
    async with db.read() as session:
        return await queries.paragraph(session, caller.reader, slug)


@get("/trace/records/{kind:str}/{key:str}", opt=allow("duties.read"))
async def served_by(
    kind: FromPath[str], key: FromPath[str], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> queries.RecordTrace:
    """The paragraphs that a record serves; the key is its number, of a report its year, of a duty its slug."""
    async with db.read() as session:
        return await queries.served_by(session, caller.reader, kind, key)


def routes() -> Router:
    """Every JSON route of the trace."""
    return Router(path="/api/v1", tags=["trace"], route_handlers=[list_traced, comparison, show_paragraph, served_by])
