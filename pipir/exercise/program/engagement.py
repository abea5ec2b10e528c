"""The invented engagements and assistance of the program: who came, what was promised, what was helped."""

from datetime import date
from typing import Any, Final

from sqlalchemy import select

from pipir.exercise import words
from pipir.exercise.program.course import PERSONS, PRIME, Act, Program, version_of
from pipir.features.assistance import commands as assistance
from pipir.features.assistance import queries as plans
from pipir.features.assistance.tables import Assistance, AssistanceId, AssistanceUnit, UnitId
from pipir.features.concurrence import commands as concurrence
from pipir.features.concurrence.tables import AskedId, ConcurrenceAsked, ConcurrenceRequest
from pipir.features.engagement import commands as engagement
from pipir.features.engagement.tables import (
    CommitmentId,
    Engagement,
    EngagementCommitment,
    EngagementId,
    EngagementOrganization,
)
from pipir.kernel.money import Dollars
from pipir.kernel.parsing import parse
from pipir.store.doors import WriteSession

_STATE: Final = "State PM"
# Day, days, name, kind, place, objectives, organizations (name, kind, country, UEI, CAGE), outcome, solicitation.
_ENGAGEMENTS: Final[tuple[tuple[Any, ...], ...]] = (
    (date(2026, 5, 12), 2, "Energetics suppliers' forum", "event", "Huntsville", ("1253.b.2", "1253.b.3"),
     (("Exercise Energetics Company", "industry", "USA", "EXC2RC1SE1A1", "1EXC2"),
      ("Exercise Propellant Works of Australia", "industry", "AUS", None, "ZEX11")),
     "Four makers named what keeps them from a second shift."),
    (date(2026, 10, 20), 1, "Capital for allied foundries", "round table", "Tokyo", ("1253.b.2",),
     (("Exercise Castings Fund", "capital provider", "JPN", None, None),
      ("Exercise Export Credit Agency", "capital provider", "KOR", None, None)),
     "Two funds look for projects of more than forty million dollars."),
    (date(2027, 6, 8), 1, "Curricula for welders", "meeting", "Busan", ("1253.b.2", "1253.b.6"),
     (("Exercise Maritime University", "academia", "KOR", None, None),
      ("Exercise Welding Institute", "other stakeholder", "USA", None, None)),
     "One curriculum is compared with three national ones."),
    (date(2028, 3, 14), 1, "Makers of thermal imagers", "site visit", "Adelaide", ("1253.b.5",),
     (("Exercise Optics Company", "industry", "AUS", None, "ZEX22"),), "The line can take a second product in a year."),
    (date(2028, 10, 17), 2, "Industry day on repair in the region", "event", "Singapore", ("1253.b.2", "1253.b.5"),
     (("Exercise Aero Engines", "industry", "SGP", None, None),), None),
)  # fmt: skip
# Of which engagement, title, what, whose (None: the office's), made, due, outcome, its day, evidence.
_PROMISES: Final[tuple[tuple[Any, ...], ...]] = (
    (0, "List of test standards in force", "The office sends the list of accepted tests to all who came.", None,
     date(2026, 5, 13), date(2026, 7, 10), "kept", date(2026, 7, 3), "Letter of 3 July 2026 (exercise)."),
    (0, "Figures on a second shift", "Workers, machines and months that a second shift needs.",
     "Exercise Energetics Company", date(2026, 5, 13), date(2026, 9, 30), "late", date(2026, 11, 6),
     "The company wrote that its plant manager changed (exercise)."),
    (1, "Outline of four projects", "The office sends an outline of projects that look for capital.", None,
     date(2026, 10, 20), date(2027, 1, 29), "withdrawn", date(2027, 1, 22),
     "Counsel advised to publish it for everybody instead (exercise)."),
    (2, "Draft of a common curriculum", "A first draft for comment by the partners.", "Exercise Maritime University",
     date(2027, 6, 8), date(2028, 6, 30), "open", None, None),
    (3, "Answer on export questions", "The office names the desk that answers questions on licenses.", None,
     date(2028, 3, 14), date(2028, 7, 14), "open", None, None),
)  # fmt: skip
# Day of planning, name, country, purpose, authority used, from, until, cost.
_PLANS: Final[tuple[tuple[Any, ...], ...]] = (
    (date(2026, 6, 12), "Advisers for an acquisition office", "PHL", "Help the ministry set up an office that buys in "
     "years, not in months.", "10-usc-332", date(2026, 9, 7), date(2028, 9, 1), "2400000.00"),
    (date(2027, 4, 16), "Maintenance training of a radar battalion", "PHL", "Train two units to keep their radars.",
     "10-usc-333", date(2027, 8, 2), date(2028, 12, 15), "6100000.00"),
    (date(2028, 4, 7), "Use of a partner's test range", "AUS", "Fire twelve rounds on an instrumented range.",
     "10-usc-2350l", date(2028, 9, 4), date(2028, 10, 13), "850000.00"),
    # Its last day lies after the termination: it goes on under the authority that it uses.
    (date(2028, 5, 19), "Advisers for a quality office of shipyards", "PHL", "Help yards to accept each other's "
     "inspections.", "10-usc-332", date(2030, 10, 7), date(2031, 9, 30), "1900000.00"),
)  # fmt: skip


def plan_engagement(program: Program) -> None:
    for first, days, *said in _ENGAGEMENTS:
        last = date.fromordinal(first.toordinal() + days - 1)
        entered = min(last, date(2028, 6, 2))
        program.at(entered, "office", _engage(program, first, last, said))
    for place, *promise in _PROMISES:
        name = str(_ENGAGEMENTS[place][2])
        program.at(promise[3], "office", _promise(program, name, promise))
        if promise[5] != "open":
            program.at(promise[6], "office", _settle(promise))
    for planned, *plan in _PLANS:
        program.at(planned, "office", _plan(program, plan))
    advisers, training = str(_PLANS[0][1]), str(_PLANS[1][1])
    program.at(
        date(2026, 8, 21), "office", _show(advisers, "counsel-confirms", date(2026, 8, 19), "Opinion (exercise).")
    )
    program.at(date(2026, 9, 11), "office", _begin(advisers, date(2026, 9, 7)))
    program.at(date(2027, 5, 7), "office", _ask(program, training))
    program.at(date(2027, 6, 4), "liaison", _concur(training))
    program.at(date(2027, 7, 9), "office", _show(training, "notice", date(2027, 7, 6), "Letters to four committees."))
    program.at(date(2027, 7, 16), "office", _vet(training, ("First exercise battalion", "Second exercise battalion")))
    program.at(date(2027, 8, 6), "office", _begin(training, date(2027, 8, 2)))
    body = assistance.ChangeAssistanceStatus("suspended", date(2028, 2, 9), "The school is closed after a storm.")
    program.at(date(2028, 2, 11), "office", _change(training, body))


def _engage(program: Program, first: date, last: date, said: list[Any]) -> Act:
    async def act(session: WriteSession) -> None:
        name, kind, place, objectives, came, outcome = said
        is_open = outcome is None
        body = engagement.EnterEngagement(
            name=name,
            kind=kind,
            starts_on=first,
            ends_on=last,
            place=place,
            topic=f"{name} (exercise)",
            objectives=list(objectives),
            lead_office_id=program.offices[PRIME],
            source=words.SOURCE,
            outcome=outcome,
            solicitation_open=is_open,
            solicitation_number="EXERCISE-28-R-0001" if is_open else None,
            reminder_acknowledged=is_open,
        )
        number = await engagement.enter_engagement(session, body)
        for called, sort, country, uei, cage in came:
            await engagement.add_organization(
                session, number, engagement.AddOrganization(called, sort, country, uei, cage)
            )

    return act


def _promise(program: Program, name: str, promise: list[Any]) -> Act:
    async def act(session: WriteSession) -> None:
        title, what, whose, made_on, due_on, *_ = promise
        found = select(Engagement.id).where(Engagement.name == name, Engagement.exercise)
        number = EngagementId((await session.execute(found)).scalar_one())
        owing = select(EngagementOrganization.id).where(
            EngagementOrganization.engagement_id == number, EngagementOrganization.name == whose
        )
        body = engagement.EnterCommitment(
            title=title,
            what=what,
            owed_by="the organization" if whose else "the office",
            made_on=made_on,
            due_on=due_on,
            owner_office_id=program.offices[PRIME],
            organization_id=(await session.execute(owing)).scalar_one() if whose else None,
            owner_person_id=program.people[PERSONS["office"]],
        )
        await engagement.enter_commitment(session, number, body)

    return act


def _settle(promise: list[Any]) -> Act:
    async def act(session: WriteSession) -> None:
        title, outcome, on_day, evidence = promise[0], *promise[5:]
        found = select(EngagementCommitment.id).where(EngagementCommitment.title == title)
        number = CommitmentId((await session.execute(found)).scalar_one())
        body = engagement.SettleCommitment(outcome, on_day, evidence)
        version = await version_of(session, EngagementCommitment, number)
        await engagement.settle_commitment(session, number, body, version=version)

    return act


def _plan(program: Program, plan: list[Any]) -> Act:
    async def act(session: WriteSession) -> None:
        name, country, purpose, uses, first, last, cost = plan
        body = assistance.PlanAssistance(
            name=name,
            participant_id=program.countries[country],
            purpose=purpose,
            objectives=["1253.b.2"],
            uses=uses,
            starts_on=first,
            ends_on=last,
            lead_office_id=program.offices[PRIME],
            source=words.SOURCE,
            planned_cost=Dollars(cost),
        )
        await assistance.plan_assistance(session, body)

    return act


def _show(name: str, condition: str, met_on: date, evidence: str) -> Act:
    async def act(session: WriteSession) -> None:
        body = assistance.RecordCondition(condition, met_on, evidence, "Exercise paper")
        await assistance.record_condition(session, await _number(session, name), body)

    return act


def _ask(program: Program, name: str) -> Act:
    async def act(session: WriteSession) -> None:
        wanted = await plans.proposal(session, await _number(session, name))
        said: dict[str, Any] = {
            "act": wanted.act,
            "subject_kind": wanted.kind,
            "subject_id": wanted.number,
            "subject_href": wanted.href,
            "title": wanted.title,
            "question": "Does the Secretary of State concur with the beginning?",
            "before": wanted.before,
            "after": wanted.after,
            "due_on": date(2027, 6, 18),
            "concur": [program.offices[_STATE]],
            "provision": "10-usc-333",
        }
        await concurrence.ask(session, parse(concurrence.AskOffices, said))

    return act


def _concur(name: str) -> Act:
    async def act(session: WriteSession) -> None:
        asked = select(ConcurrenceAsked.id).join(
            ConcurrenceRequest, ConcurrenceRequest.id == ConcurrenceAsked.request_id
        )
        found = asked.where(
            ConcurrenceRequest.subject_kind == "assistance", ConcurrenceRequest.title == f"Begin {name}"
        )
        number = AskedId((await session.execute(found)).scalar_one())
        await concurrence.answer(session, number, concurrence.Answer("concur"))

    return act


def _vet(name: str, named: tuple[str, ...]) -> Act:
    async def act(session: WriteSession) -> None:
        for each in named:
            unit = UnitId(await assistance.name_unit(session, await _number(session, name), assistance.NameUnit(each)))
            body = assistance.VetUnit("cleared", date(2027, 7, 14), "Vetting case (exercise)")
            version = await version_of(session, AssistanceUnit, unit)
            await assistance.vet_unit(session, unit, body, version=version)

    return act


def _begin(name: str, on: date) -> Act:
    async def act(session: WriteSession) -> None:
        number = await _number(session, name)
        version = await version_of(session, Assistance, number)
        await assistance.begin_assistance(session, number, assistance.BeginAssistance(on), version=version)

    return act


def _change(name: str, body: assistance.ChangeAssistanceStatus) -> Act:
    async def act(session: WriteSession) -> None:
        number = await _number(session, name)
        version = await version_of(session, Assistance, number)
        await assistance.change_status(session, number, body, version=version)

    return act


async def _number(session: WriteSession, name: str) -> AssistanceId:
    found = select(Assistance.id).where(Assistance.name == name, Assistance.exercise)
    return AssistanceId((await session.execute(found)).scalar_one())
