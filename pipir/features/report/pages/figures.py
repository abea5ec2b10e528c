"""The HTML door to why a figure stands in a report, and to what came too late for it."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.document.model import Fact
from pipir.features.report import queries, rules
from pipir.features.report.compose.why import Why, cells_of, columns_of
from pipir.features.report.queries.figures import figure_of, frozen_build
from pipir.features.report.queries.late import KnownTotal, LateFacts, known_totals, late_facts
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.exports import Columns, Export, export_file, file_paths
from pipir.web.pages import Frame

# A page shows so many rows; the file has them all.
_SHOWN = 20


@dataclass(frozen=True)
class _FiguresPage:
    year: int
    build: queries.BuildView
    figures: tuple[Fact, ...]


@dataclass(frozen=True)
class _FigurePage:
    year: int
    build: queries.BuildView
    why: Why
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    export: Export


@dataclass(frozen=True)
class _LatePage:
    year: int
    build: queries.BuildView
    late: LateFacts


@dataclass(frozen=True)
class _KnownPage:
    year: int
    build: queries.BuildView
    by: rules.Dimension
    dimensions: tuple[rules.Dimension, ...]
    rows: tuple[KnownTotal, ...]


@get("/reports/{year:int}/builds/{build_id:int}/figures", opt=allow("reports.read"))
async def show_figures(
    year: FromPath[int],
    build_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Every figure of a build."""
    async with db.read() as session:
        found = await frozen_build(session, caller.reader, year, build_id)
        page = _FiguresPage(year, found.build, found.document.facts)
        return frame.show("report/figures.html", page, now=session.now)


@get("/reports/{year:int}/builds/{build_id:int}/figures/{name:str}", opt=allow("reports.read"))
async def show_figure(
    year: FromPath[int],
    build_id: FromPath[RecordNumber],
    name: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Why a figure stands in the report."""
    async with db.read() as session:
        found = await frozen_build(session, caller.reader, year, build_id)
        answer, rows = figure_of(found, name)
        page = _FigurePage(
            year,
            found.build,
            answer,
            columns_of(rows),
            tuple(tuple("" if cell is None else str(cell) for cell in cells_of(row)) for row in rows[:_SHOWN]),
            Export(f"/reports/{year}/builds/{build_id}/figures/{name}/rows", columns_of(rows)),
        )
        return frame.show("report/figure.html", page, now=session.now)


@get(
    file_paths("/reports/{year:int}/builds/{build_id:int}/figures/{name:str}/rows"),
    opt=allow("reports.read"),
)
async def export_rows(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    build_id: FromPath[RecordNumber],
    name: FromPath[str],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The rows behind a figure, as a file."""
    async with db.read() as session:
        _, rows = figure_of(await frozen_build(session, caller.reader, year, build_id), name)
    return await export_file(request, f"report-{year}-build-{build_id}-rows", Columns(columns_of(rows), cells_of), rows)


@get("/reports/{year:int}/builds/{build_id:int}/late", opt=allow("reports.read"))
async def show_late(
    year: FromPath[int],
    build_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    entries_after: FromQuery[str | None] = None,
    changes_after: FromQuery[str | None] = None,
) -> Response[bytes]:
    """What is not in a report, for it came after the reading."""
    async with db.snapshot() as session:
        found = await frozen_build(session, caller.reader, year, build_id)
        late = await late_facts(
            session,
            caller.reader,
            build_id,
            found.snapshot,
            entries_after=entries_after,
            changes_after=changes_after,
        )
        return frame.show("report/late.html", _LatePage(year, found.build, late), now=session.now)


@get("/reports/{year:int}/builds/{build_id:int}/ledger", opt=allow("reports.read"))
async def show_known(
    year: FromPath[int],
    build_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    by: FromQuery[rules.Dimension] = "fiscal_year",
) -> Response[bytes]:
    """What the ledger came to when a build was frozen."""
    async with db.read() as session:
        build = await queries.build(session, build_id, reader=caller.reader)
        rows = await known_totals(session, caller.reader, year, build_id, by)
        page = _KnownPage(year, build, by, rules.DIMENSIONS, rows)
        return frame.show("report/known.html", page, now=session.now)


HANDLERS = (show_figures, show_figure, export_rows, show_late, show_known)
