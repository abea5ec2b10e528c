"""A spreadsheet program for tests: it opens a workbook, lets one edit its grids, and writes it anew in its own way."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import httpx
import xlsxwriter
from python_calamine import CalamineWorkbook

from pipir.features.people.tables import SERVICE
from pipir.features.workbooks import commands, queries, rules
from pipir.features.workbooks.compose import workbook
from pipir.features.workbooks.tables import WorkbookId
from pipir.kernel.ids import MilestoneId, ProjectId
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from tests.conftest import Browser, Service
from tests.features.projects.situations import GOVERNMENT, plan, propose

Grid = list[list[Any]]
Edit = Callable[[dict[str, Grid]], None]
PROJECTS, MILESTONES, RECORD = "Projects", "Milestones", "record"


@dataclass(frozen=True)
class Ground:
    """Two projects, the first with two milestones; nobody has edited anything."""

    first: ProjectId
    second: ProjectId
    tooling: MilestoneId
    trial: MilestoneId


async def ground(db: Database, **more: Any) -> Ground:
    """Enter them."""
    first = await propose(db, name="Radar repair", **more)
    second = await propose(db, name="Ship depot", description="One depot for two types.")
    tooling = await plan(db, first, "Tooling", date(2027, 3, 1))
    trial = await plan(db, first, "Trial", date(2027, 9, 1), forecast_on=date(2027, 10, 1))
    return Ground(first, second, tooling, trial)


async def export(db: Database, reader: Reader = GOVERNMENT, **which: Any) -> bytes:
    """The workbook of the projects."""
    async with db.read() as session:
        asked = queries.ProjectFilter(**which)
        return workbook(await queries.exported(session, reader, (SERVICE, "Service"), asked, asked="q=all"))


def edited(source: bytes, *edits: Edit) -> bytes:
    """The workbook as another program writes it after the edits: values only, every sheet in its order."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(source))
    grids = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    for edit in edits:
        edit(grids)
    target = io.BytesIO()
    made = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_numbers": False})
    day = made.add_format({"num_format": "yyyy-mm-dd"})
    for name, grid in grids.items():
        page = made.add_worksheet(name)
        for line, row in enumerate(grid):
            for number, cell in enumerate(row):
                if isinstance(cell, Formula):
                    page.write_formula(line, number, cell.text, None, cell.value)
                elif isinstance(cell, (datetime, date)):
                    page.write_datetime(line, number, datetime(cell.year, cell.month, cell.day), day)
                elif cell is not None and cell != "":
                    page.write(line, number, cell)
    made.close()
    return target.getvalue()


@dataclass(frozen=True)
class Formula:
    """A cell that a program computes, with the value that it stored."""

    text: str
    value: Any = 0


def put(sheet: str, number: str, column: str, value: Any) -> Edit:
    """Type a value into the row of a record's number, in the column of that title."""

    def edit(grids: dict[str, Grid]) -> None:
        place = next(i for i, title in enumerate(grids[sheet][0]) if str(title).startswith(column))
        row = next(row for row in grids[sheet][1:] if _text(row[0]) == number)
        row[place] = value

    return edit


def swapped(sheet: str) -> Edit:
    """Turn the rows and the columns of a sheet around."""

    def edit(grids: dict[str, Grid]) -> None:
        head, *rows = grids[sheet]
        grids[sheet] = [[*line[::-1]] for line in (head, *rows[::-1])]

    return edit


def _text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) else str(cell)


async def bring(db: Database, source: bytes, *, actor: int = SERVICE) -> WorkbookId:
    """Import a workbook in a write of its own."""
    content = commands.Content("projects.xlsx", "0" * 64, rules.read_book(source))
    async with db.write(actor=actor, command=commands.import_workbook.name) as session:
        return await commands.import_workbook(session, commands.ImportWorkbook(), content=content)


async def ids(db: Database, number: WorkbookId) -> list[int]:
    """The changes of a workbook, in the order of its rows."""
    async with db.read() as session:
        return [each.id for each in await queries.changes_of(session, GOVERNMENT, number)]


async def accept(db: Database, actor: int, number: WorkbookId, chosen: list[int]) -> None:
    """Take changes as a person."""
    async with db.write(actor=actor, command=commands.accept_changes.name) as session:
        await commands.accept_changes(session, number, commands.AcceptChanges(chosen))


async def upload(client: httpx.AsyncClient, source: bytes, **fields: str) -> httpx.Response:
    """The answer of the JSON door to a workbook."""
    return await client.post(
        "/api/v1/workbooks", data=fields, files={"file": ("projects.xlsx", source, "application/octet-stream")}
    )


async def sent(browser: Browser, source: bytes, **fields: str) -> httpx.Response:
    """The answer of the page to a workbook."""
    return await browser.client.post(
        "/workbooks/new",
        data={"_csrf": browser.csrf, **fields},
        files={"file": ("projects.xlsx", source, "application/octet-stream")},
    )


def second(service: Service) -> int:
    """The person who reviews what the service itself has imported."""
    return service.people["program-office"]
