"""Spend plans of the main funding documents, two signed forecasts of each, and a third in work."""

from datetime import date
from typing import Final

from pipir.exercise import words
from pipir.exercise.money import MONTHS, PlannedDocument
from pipir.exercise.program.course import Act, Program
from pipir.features.execution import commands as execution
from pipir.features.execution.commands import MonthPlan
from pipir.features.execution.rules import Kind, months_between
from pipir.features.ledger.rules import from_cents
from pipir.store.doors import WriteSession

# Each planned document with the last month that its versions plan; the last one's outlays go on after the Initiative.
_PLANNED: Final = {
    "EX-27-02": date(2028, 9, 1),
    "EX-28-02": date(2028, 9, 1),
    "EX-28-03": date(2029, 9, 1),
    "EX-28-04": date(2031, 2, 1),
}
_BUDGETS: Final = ((2028, date(2027, 2, 8)), (2029, date(2028, 2, 7)))
# What the exercise charges to them is charged by this month.
_OBLIGATED_UNTIL: Final = date(2028, 7, 1)
_PLANNED_PERCENT: Final = 98
_SPENT_PERCENT: Final = 85
_OUTLAYS_LATER: Final = 1
# What a forecast expects of a document that received an increment after its plan, in percent of the plan.
_WITH_INCREMENT: Final = 155
_INCREMENT: Final = "Exercise: the increment that was received after the plan is obligated as well."
_REASON: Final = "Exercise: the award slipped to a later month, as the contracting office reported."


def plan_execution(program: Program) -> None:
    """Submitted budgets, a plan of each document after it was received, and its forecasts."""
    for year, day in _BUDGETS:
        program.at(day, "comptroller", _record_budget(year, day))
    for document in program.money.documents:
        if document.number not in _PLANNED:
            continue
        begun = document.received_on
        program.at(begun, "comptroller", _version(program, document, "plan", begun, moved=0))
        for place, day in enumerate((date(2028, 3, 10), date(2028, 5, 12)), 1):
            program.at(day, "comptroller", _version(program, document, "forecast", day, moved=place))
    first = next(each for each in program.money.documents if each.number == "EX-28-02")
    day = date(2028, 6, 9)
    program.at(day, "comptroller", _version(program, first, "forecast", day, moved=3, signed=False))


def _record_budget(year: int, day: date) -> Act:
    async def act(session: WriteSession) -> None:
        await execution.record_budget(session, execution.RecordBudget(year, day, words.SOURCE))

    return act


def _version(
    program: Program, document: PlannedDocument, kind: Kind, day: date, *, moved: int, signed: bool = True
) -> Act:
    async def act(session: WriteSession) -> None:
        lines = _lines(document, moved)
        body = execution.DraftPlan(
            funding_document_id=program.documents[document.number],
            kind=kind,
            as_of=day,
            first_month=lines[0].month,
            last_month=lines[-1].month,
        )
        number = await execution.draft_plan(session, body)
        await execution.enter_months(session, number, execution.EnterMonths(lines), version=1)
        if signed:
            await execution.sign_plan(session, number, execution.SignPlan(confirm=True), version=2)

    return act


def _lines(document: PlannedDocument, moved: int) -> list[MonthPlan]:
    """The document's months; with each version a further month gives half of what it had to the one after it."""
    months = months_between(document.received_on, _PLANNED[document.number])
    weights = [MONTHS[month.month] if month <= _OBLIGATED_UNTIL else 0 for month in months]
    whole = document.amount * _PLANNED_PERCENT // 100
    because: dict[int, str] = {}
    if moved and document.increment_on is not None:
        whole = whole * _WITH_INCREMENT // 100
        because = dict.fromkeys(range(len(months)), _INCREMENT)
    # In whole thousands of dollars, as a plan is written.
    obligations = [int(whole * weight / sum(weights)) // 100_000 * 100_000 for weight in weights]
    outlays = [
        obligations[place - _OUTLAYS_LATER] * _SPENT_PERCENT // 100 if place >= _OUTLAYS_LATER else 0
        for place in range(len(months))
    ]
    if _PLANNED[document.number] > date(2030, 12, 31):
        outlays[-1] = 25_000_000
    for place in range(2, 2 + moved):
        half = obligations[place] // 200_000 * 100_000
        obligations[place] -= half
        obligations[place + 1] += half
        because[place], because[place + 1] = _REASON, _REASON
    return [
        MonthPlan(month, from_cents(obligations[place]), from_cents(outlays[place]), because.get(place))
        for place, month in enumerate(months)
    ]
