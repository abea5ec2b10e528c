"""What the charts of execution draw: obligations by quarter against plan, and funds over their period."""

from datetime import date, timedelta

import msgspec
from sqlalchemy import func, select

from pipir.features.execution import rules
from pipir.features.execution.queries import money
from pipir.features.execution.queries.plans import Signed
from pipir.features.execution.queries.review import Document
from pipir.features.ledger.rules import from_cents
from pipir.features.ledger.tables import LedgerTotal
from pipir.kernel.calendar import fiscal_quarter
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.base import holds
from pipir.store.doors import ReadSession


class Quarter(msgspec.Struct, frozen=True):
    """What was obligated and spent in a fiscal quarter, and what the plan in force has for it; None: no plan."""

    fiscal_year: int
    quarter: int
    obligated: Dollars
    expended: Dollars
    planned: Dollars | None


class Course(msgspec.Struct, frozen=True):
    """What a funding document obligated and spent by the end of each month, and what its plan or an even pace has."""

    document_id: int
    number: str
    by: str
    months: tuple[date, ...]
    obligated: tuple[Dollars, ...]
    expended: tuple[Dollars, ...]
    planned: tuple[Dollars, ...]


async def quarters(
    session: ReadSession, reader: Reader, versions: tuple[Signed, ...], document_ids: frozenset[int], on: date
) -> tuple[Quarter, ...]:
    """What some documents obligated by quarter until a day, and what signed plans have for them, in order.

    Of each whole document the plan, or where there is none the forecast; planned quarters to come stand too.
    """
    planned: dict[tuple[int, int], Dollars] = {}
    for version in whole_plans(versions):
        for line in version.lines:
            key = fiscal_quarter(line.month)
            planned[key] = planned.get(key, Dollars.zero()) + line.obligations
    statement = (
        select(
            LedgerTotal.fiscal_year,
            LedgerTotal.quarter,
            func.sum(LedgerTotal.obligated).label("obligated"),
            func.sum(LedgerTotal.expended).label("expended"),
        )
        .where(
            *money.monthly("document"),
            LedgerTotal.key.in_([str(number) for number in document_ids]),
            holds(LedgerTotal.audience, reader),
        )
        .group_by(LedgerTotal.fiscal_year, LedgerTotal.quarter)
    )
    zero = Dollars.zero()
    running = zero, zero
    if not await money.is_whole(session, on):
        statement = statement.where(LedgerTotal.month < on.replace(day=1))
        days = await money.between(session, reader, on.replace(day=1), on, "document")
        moved = sum((each for number, each in days.items() if number in document_ids), money.NONE)
        running = moved.obligated, moved.expended
    came = {
        (row.fiscal_year, row.quarter): (from_cents(int(row.obligated)), from_cents(int(row.expended)))
        for row in await session.execute(statement)
    }
    if any(running):
        had = came.get(fiscal_quarter(on), (zero, zero))
        came[fiscal_quarter(on)] = had[0] + running[0], had[1] + running[1]
    return tuple(
        Quarter(key[0], key[1], *came.get(key, (zero, zero)), planned=planned.get(key) if planned else None)
        for key in sorted(came.keys() | planned.keys())
    )


def whole_plans(versions: tuple[Signed, ...]) -> tuple[Signed, ...]:
    """Of each whole document its plan, or its forecast where there is no plan."""
    taken: dict[int, Signed] = {}
    for each in versions:
        if each.project_id is None and (each.funding_document_id not in taken or each.kind == "plan"):
            taken[each.funding_document_id] = each
    return tuple(taken.values())


async def course(session: ReadSession, reader: Reader, document: Document, plan: Signed | None, on: date) -> Course:
    """A document's months from its first to the end of its period, with actuals until the day."""
    # One that came after the day has entries until then: the day's month is the latest that it can begin with.
    since = min(document.received_on, on)
    first = rules.first_of(max(document.first or since, since))
    last = document.last or (plan.lines[-1].month if plan and plan.lines else on)
    months = rules.months_between(first, max(last, on))[: rules.MOST_MONTHS]
    ends = [rules.next_month(each) - timedelta(days=1) for each in months]
    moved = await money.by_month(session, reader, document.id, None, on)
    before = sum((each for month, each in moved.items() if month < first), money.NONE)
    obligated, expended = [], []
    running = before
    for month in months:
        if month > on:
            break
        running = running + moved.get(month, money.NONE)
        obligated.append(running.obligated)
        expended.append(running.expended)
    if plan is not None:
        planned = tuple(rules.planned_by(plan.lines, end)[0] for end in ends)
        by = plan.name
    elif document.last is not None:
        planned = rules.straight(document.figures.whole, first, document.last, ends)
        by = "Even pace"
    else:
        planned, by = (), ""
    return Course(document.id, document.number, by, tuple(ends), tuple(obligated), tuple(expended), planned)
