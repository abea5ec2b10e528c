"""Two workbooks of the program: one that was taken by the second person, and one that waits for a review."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from pipir.exercise.program.course import PERSONS, Act, Program
from pipir.features.projects.queries import ProjectFilter
from pipir.features.workbooks import commands, queries, rules
from pipir.features.workbooks.compose import workbook
from pipir.features.workbooks.tables import WorkbookId, WorkbookImport
from pipir.kernel.marking import Reader
from pipir.store.doors import WriteSession

_TAKEN: Final = "milestones-may.xlsx"
_TAKEN_ON: Final = date(2028, 5, 30)
_WAITS_SINCE: Final = date(2028, 6, 13)
_EDITED: Final = 2


def plan_workbooks(program: Program) -> None:
    program.at(_TAKEN_ON, "office", _import(program, _TAKEN, days=14))
    program.at(_TAKEN_ON, "second", _accept(_TAKEN))
    program.at(_WAITS_SINCE, "office", _import(program, "milestones-june.xlsx", days=21))


def _import(program: Program, name: str, *, days: int) -> Act:
    """Export the projects, move the forecasts of a few milestones that lie ahead, and import the workbook."""

    async def act(session: WriteSession) -> None:
        by = (program.people[PERSONS["office"]], PERSONS["office"])
        exported = await queries.exported(session, Reader("us-government"), by, ProjectFilter())
        content = workbook(exported)
        book = rules.read_book(content)
        # Those that are late already: how many of the program's milestones are late stays as it is planned.
        ahead = {
            each.number: each.forecast_on + timedelta(days=days)
            for each in exported.milestones
            if each.actual_on is None and each.forecast_on is not None and each.forecast_on > each.planned_on
        }
        moved = dict(list(ahead.items())[:_EDITED])
        if not moved:
            return
        rows = tuple(
            replace(
                row,
                values={
                    **row.values,
                    "forecast_on": moved[row.number].isoformat(),
                    "reason": "The supplier reported a later delivery (exercise)",
                },
            )
            if row.kind == "milestone" and row.number in moved
            else row
            for row in book.rows
        )
        read = commands.Content(name, hashlib.sha256(content).hexdigest(), replace(book, rows=rows))
        body = commands.ImportWorkbook("Forecasts as the suppliers reported them (exercise)")
        await commands.import_workbook(session, body, content=read)

    return act


def _accept(name: str) -> Act:
    async def act(session: WriteSession) -> None:
        imported = await session.scalar(
            select(WorkbookImport.id).where(WorkbookImport.exercise, WorkbookImport.filename == name)
        )
        if imported is not None:
            number = WorkbookId(imported)
            changes = await queries.changes_of(session, Reader("us-government"), number)
            body = commands.AcceptChanges([each.id for each in changes if each.state == "waiting"])
            await commands.accept_changes(session, number, body)

    return act
