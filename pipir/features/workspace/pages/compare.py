"""This year's report against last year's: as a page, and as a Word file with tracked changes."""

import asyncio
from dataclasses import dataclass
from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.document.compare import FigureChange
from pipir.document.redline import render_redline
from pipir.features.report import queries as reports
from pipir.features.report.compose.comparison import change_of
from pipir.features.workspace.queries.compared import Compared, compared, documents
from pipir.kernel.access import Caller
from pipir.kernel.errors import NotFound
from pipir.kernel.marking import Reader
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.files import attachment
from pipir.web.pages import Frame

_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# Rows of one table that the page shows; all of them stand in the JSON.
_MOST_ROWS: Final = 40


@dataclass(frozen=True)
class _ComparePage:
    year: int
    # Whether the reader sees a build of this year, and whether there is a year before.
    built: bool
    first: bool
    found: Compared | None
    changes: tuple[tuple[FigureChange, str], ...]
    most_rows: int


@get("/reports/{year:int}/compare", opt=allow("reports.read"))
async def show_compare(
    year: FromPath[int],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """What differs from last year's report."""
    _known(year)
    async with db.snapshot() as session:
        found = await compared(session, caller.reader, year)
        page = _ComparePage(
            year=year,
            built=bool(await reports.count_builds(session, year, reader=caller.reader)),
            first=year == lookup.report_years(the_statute())[0],
            found=found,
            changes=tuple((each, change_of(each)) for each in found.comparison.figures) if found else (),
            most_rows=_MOST_ROWS,
        )
        return frame.show("workspace/compare.html", page, now=session.now)


@get("/reports/{year:int}/compare/redline.docx", opt=allow("reports.read"))
async def download_redline(
    year: FromPath[int], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The same as a Word file with tracked changes."""
    _known(year)
    name, body = await redline(db, caller.reader, year)
    return attachment(name, body, _WORD)


async def redline(db: Database, reader: Reader, year: int) -> tuple[str, bytes]:
    """The file's name and its bytes, or NotFound where the reader may not see both builds."""
    async with db.read() as session:
        found = await documents(session, reader, year)
    if found is None:
        raise NotFound("There are no two reports that you may see to compare.")
    (_, last, _), (side, this, _) = found
    body = await asyncio.to_thread(render_redline, last, this, author="pipir", at=this.frozen_at)
    return f"redline-{year}-build-{side.build_id}.docx", body


HANDLERS: Final = (show_compare, download_redline)


def _known(year: int) -> None:
    if year not in lookup.report_years(the_statute()):
        raise NotFound("No report is due in this year.")
