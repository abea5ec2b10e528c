"""The coverage map as a page and as files; an empty cell leads to the form of a project that would fill it."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency

from pipir.features.home import queries
from pipir.kernel.access import Caller
from pipir.sheets import Cell
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.exports import Columns, Export, exercise, export_file, file_paths
from pipir.web.pages import Frame

_COLUMNS: Final = Columns[tuple[Cell, ...]](
    (
        "Country", "Code", "Objective", "Citation", "Projects", "Planned", "Without a planned total", "Obligated",
        "Counts", "Exercise data", "As of", "Source",
    )
)  # fmt: skip


@dataclass(frozen=True)
class _CoveragePage:
    map: queries.Coverage
    may_enter: bool
    export: Export


@get("/coverage", opt=allow("ledger.read"))
async def coverage(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Countries against objectives: projects, what is planned, what is obligated, and what is empty."""
    async with db.read() as session:
        found = await queries.coverage(session, caller.reader)
        page = _CoveragePage(found, caller.may("projects.change"), Export("/coverage/export", _COLUMNS.titles))
        return frame.show("home/coverage.html", page, now=session.now)


@get(file_paths("/coverage/export"), opt=allow("ledger.read"))
async def export_coverage(
    request: Request[Any, Any, Any], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The map, a line for each cell and each sum."""
    async with db.read() as session:
        found = await queries.coverage(session, caller.reader)
    return await export_file(request, "coverage", _COLUMNS, _lines(found))


def _lines(found: queries.Coverage) -> list[tuple[Cell, ...]]:
    named = {each.slug: each for each in found.objectives}
    as_of, source = found.statement.as_of, f"{found.statement.source_system}; {found.statement.reconciled}"

    def line(
        country: str, code: str, objective: str, citation: str, sums: queries.Sums, counts: str
    ) -> tuple[Cell, ...]:
        mark = exercise(sums)
        return (country, code, objective, citation, sums.projects, sums.planned, sums.unplanned, sums.obligated,
                counts, mark, as_of, source)  # fmt: skip

    lines = []
    for row in found.rows:
        for cell in row.cells:
            each = named[cell.objective]
            counts = "each project of the pair" if cell.sums.projects else "empty"
            lines.append(line(row.name, row.code, each.title, each.citation, cell.sums, counts))
        lines.append(line(row.name, row.code, "All objectives", "", row.sums, "each project once"))
        lines.append(line(row.name, row.code, "All objectives", "", row.again, "counted again in the cells"))
    for each in found.objectives:
        lines.append(line("All countries", "", each.title, each.citation, each.sums, "each project once"))
        lines.append(line("All countries", "", each.title, each.citation, each.again, "counted again in the cells"))
    lines.append(line("All countries", "", "All objectives", "", found.total, "each project once"))
    return lines


HANDLERS: Final = (coverage, export_coverage)
