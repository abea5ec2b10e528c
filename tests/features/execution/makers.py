"""Makers for tests of execution: a document with some course of money, and versions of its plan."""

from datetime import date
from typing import Any

from pipir.features.execution import commands, queries
from pipir.features.execution.commands import MonthPlan
from pipir.features.execution.tables import PlanId
from pipir.features.people.tables import SERVICE
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import Database

US = Reader("us-government")
TODAY = date(2026, 11, 20)


def draft(document: int, **values: Any) -> commands.DraftPlan:
    """A plan of October 2026 to December 2026."""
    given: dict[str, Any] = {
        "funding_document_id": document,
        "kind": "plan",
        "as_of": date(2026, 10, 1),
        "first_month": date(2026, 10, 1),
        "last_month": date(2026, 12, 31),
    }
    return commands.DraftPlan(**(given | values))


def month(year: int, number: int, obligations: str = "0", outlays: str = "0", **values: Any) -> MonthPlan:
    """A month as planned."""
    return MonthPlan(date(year, number, 1), Dollars(obligations), Dollars(outlays), **values)


async def make_draft(db: Database, document: int, **values: Any) -> PlanId:
    """A draft."""
    async with db.write(actor=SERVICE, command="plan.draft") as session:
        return await commands.draft_plan(session, draft(document, **values))


async def version_of(db: Database, number: PlanId) -> int:
    """The version of a plan as it stands."""
    async with db.read() as session:
        return (await queries.plan(session, US, number)).version


async def enter(db: Database, number: PlanId, *lines: MonthPlan) -> None:
    """All the months of a draft."""
    version = await version_of(db, number)
    async with db.write(actor=SERVICE, command="plan.enter-months") as session:
        await commands.enter_months(session, number, commands.EnterMonths(list(lines)), version=version)


async def sign(db: Database, number: PlanId) -> None:
    """A signature."""
    version = await version_of(db, number)
    async with db.write(actor=SERVICE, command="plan.sign") as session:
        await commands.sign_plan(session, number, commands.SignPlan(confirm=True), version=version)


async def signed(db: Database, document: int, *lines: MonthPlan, **values: Any) -> PlanId:
    """A version with its months, signed."""
    number = await make_draft(db, document, **values)
    await enter(db, number, *lines)
    await sign(db, number)
    return number


async def record_budget(db: Database, year: int) -> int:
    """A submitted budget."""
    async with db.write(actor=SERVICE, command="budget.record") as session:
        return await commands.record_budget(
            session, commands.RecordBudget(year, date(2026, 2, 2), "Budget of the U.S.")
        )
