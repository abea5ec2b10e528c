"""Participants, groups and projects, from the first invitation to the eve of the end."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from pipir.features.groups import commands as groups
from pipir.features.groups.tables import ActionItem, Meeting, WorkingGroup
from pipir.features.participants import commands as participants
from pipir.features.participants.tables import Participant
from pipir.features.projects import commands as projects
from pipir.features.projects.rules import Kind
from pipir.features.projects.tables import Milestone, Project
from pipir.kernel.ids import ParticipantId
from pipir.kernel.money import Dollars
from tests.exercise.lived.life import PRIME, Life

COUNTRIES = (("Japan", "JPN"), ("Australia", "AUS"), ("Republic of Korea", "KOR"), ("Singapore", "SGP"))
COURSE = ("under consideration", "coordination with State", "invited", "accepted", "participating")
# Invited in the last weeks of the authority, and accepts after it; considered only, and never invited.
LATE_COUNTRY, NEVER_INVITED = ("India", "IND"), ("Thailand", "THA")
GROUPS = ("Sustainment", "Production", "Supply Chain Resilience", "Policy and Optimization")
CONTINUING_GROUP, ENDED_GROUPS = GROUPS[0], GROUPS[2:]
SECTION_GROUP = GROUPS[1]


@dataclass(frozen=True)
class Plan:
    """A project of the life: what it rests on, and how much of it is planned."""

    name: str
    kind: Kind
    objective: str
    authority: str
    other_authority: str | None = None
    planned: int = 40_000_000


_KINDS = (
    Plan("Shared repair of engines", "co-sustainment", "1253.b.2", "1253.e.1"),
    Plan("Common list of parts", "supply chain", "1253.b.3", "1253.e.4"),
    Plan("Research on coatings", "joint R&D", "1253.b.4", "10-usc-2350a"),
    Plan("Courses for inspectors", "workforce", "1253.b.2", "1253.e.3", "10-usc-332"),
)
# The first goes on after the end; the second is completed before it.
CONTINUING, COMPLETED = _KINDS[0].name, _KINDS[1].name
NEVER_APPROVED = "Second line for batteries"


def plans(count: int) -> tuple[Plan, ...]:
    """So many projects: the four kinds in turn."""
    found = [_KINDS[place % 4] for place in range(count)]
    return tuple(
        each if place < 4 else replace(each, name=f"{each.name}, increment {place // 4}")
        for place, each in enumerate(found)
    )


def plan_work(life: Life, count: int) -> None:
    """Put participants, groups and projects on the agenda."""
    _plan_countries(life)
    for name in GROUPS:
        life.at(date(2026, 3, 9), lambda name=name: _charter(life, name))  # type: ignore[misc]
    for place, plan in enumerate(plans(count)):
        _plan_project(life, plan, timedelta(days=7 * (place // 4 % 4)))
    life.at(date(2030, 6, 3), lambda: propose(life, Plan(NEVER_APPROVED, "co-production", "1253.b.5", "1253.e.4")))


# ---- participants


def _plan_countries(life: Life) -> None:
    for place, (name, code) in enumerate(COUNTRIES):
        first = date(2026, 1, 20) + timedelta(days=14 * place)
        life.at(first, lambda name=name, code=code: _enter(life, name, code))  # type: ignore[misc]
        for step, standing in enumerate(COURSE):
            _stands(life, code, standing, first + timedelta(days=35 * step))
    life.at(date(2030, 6, 3), lambda: _enter(life, *LATE_COUNTRY))
    _stands(life, LATE_COUNTRY[1], "under consideration", date(2030, 6, 3))
    _stands(life, LATE_COUNTRY[1], "invited", date(2030, 11, 5))
    # What follows on an invitation of the authority's time is no new decision under (d).
    _stands(life, LATE_COUNTRY[1], "accepted", date(2031, 1, 21))
    life.at(date(2030, 6, 3), lambda: _enter(life, *NEVER_INVITED))
    _stands(life, NEVER_INVITED[1], "under consideration", date(2030, 6, 3))


async def _enter(life: Life, name: str, code: str) -> None:
    body = participants.EnterParticipant(code, name, "Indo-Pacific", marking="CUI")
    life.numbers[code] = await life.do("liaison", participants.enter_participant, body)


def _stands(life: Life, code: str, standing: Any, on: date) -> None:
    async def stand() -> None:
        body = participants.RecordStanding(standing, life.today, "Cable of the day")
        await life.do(
            "liaison", participants.record_standing, body, of=(Participant, ParticipantId(life.numbers[code]))
        )

    life.at(on, stand)


# ---- groups


async def _charter(life: Life, name: str) -> None:
    body = groups.EstablishGroup(name, "workstream", life.today, "Charter", program_authority="1253.e.2")
    life.numbers[name] = await life.do("office", groups.establish_group, body)
    day = life.today + timedelta(days=60)
    while day.year < 2031:
        life.at(day, lambda: _meet(life, name))
        day += timedelta(days=180)
    if name in ENDED_GROUPS:
        life.at(date(2030, 12, 20), lambda: _end_group(life, name))


async def _meet(life: Life, name: str) -> None:
    """A meeting with an action item: reported done, and verified by the second person; each third one is dropped."""
    body = groups.RecordMeeting(
        f"{name}, meeting", "Tokyo", life.today, life.today, "Minutes", life.numbers[name], "A list was agreed."
    )
    meeting = await life.do("office", groups.record_meeting, body)
    assigned = groups.AssignAction("Compare the lists", life.today + timedelta(days=40), life.people["office"])
    action = await life.do("office", groups.assign_action, assigned, of=(Meeting, meeting))
    of = (ActionItem, action)

    async def report_done() -> None:
        await life.do("office", groups.report_action_done, groups.ReportActionDone(life.today, "The list"), of=of)

    async def verify() -> None:
        await life.do("second", groups.verify_action, groups.VerifyAction(), of=of)

    async def drop() -> None:
        await life.do("office", groups.drop_action, groups.DropAction("Another group does it."), of=of)

    if action % 3:
        life.at(life.today + timedelta(days=30), report_done)
        life.at(life.today + timedelta(days=35), verify)
    else:
        life.at(life.today + timedelta(days=30), drop)


async def _end_group(life: Life, name: str) -> None:
    body = groups.EndGroup(life.today, "Its actions are closed; nothing of it goes on after the authority.")
    await life.do("office", groups.end_group, body, of=(WorkingGroup, life.numbers[name]))


# ---- projects


async def propose(life: Life, plan: Plan) -> None:
    """Enter a project that nobody has approved yet."""
    body = projects.ProposeProject(
        name=plan.name,
        kind=plan.kind,
        objectives=[plan.objective],
        classified_by="The office",
        source="The office",
        workstream_id=life.numbers[GROUPS[0]],
        program_authority=plan.authority,
        lead_office_id=life.offices[PRIME],
        planned_total=Dollars(plan.planned),
    )
    life.numbers[plan.name] = await life.do("office", projects.propose_project, body)


def widened(life: Life, plan: Plan, **more: Any) -> projects.ReviseProject:
    """The project with another objective, which widens what was approved."""
    said: dict[str, Any] = {
        "name": plan.name,
        "kind": plan.kind,
        "objectives": [plan.objective, "1253.b.6"],
        "classified_by": "The office",
        "source": "The office",
        "workstream_id": life.numbers[GROUPS[0]],
        "program_authority": plan.authority,
        "lead_office_id": life.offices[PRIME],
        "planned_total": Dollars(plan.planned),
    }
    return projects.ReviseProject(**{**said, **more})


async def add_partner(life: Life, name: str, code: str, **more: Any) -> None:
    """A country's part in a project, from today on."""
    body = projects.AddPartner(life.numbers[code], "Maker", since=life.today, **more)
    await life.do("office", projects.add_partner, body, of=(Project, life.numbers[name]))


def _plan_project(life: Life, plan: Plan, later: timedelta) -> None:
    def of() -> tuple[type[Project], int]:
        return (Project, life.numbers[plan.name])

    def status(wanted: Any) -> None:
        steps[wanted] = lambda: life.do(
            "office", projects.change_status, projects.ChangeStatus(wanted, "Decided by the office."), of=of()
        )

    async def milestones() -> None:
        for name, planned_on in (
            ("Plan agreed", date(2027, 3, 31)),
            ("Line ready", date(2028, 9, 29)),
            ("First delivery", date(2030, 6, 28)),
            *([("Second delivery", date(2031, 9, 30))] if plan.name == CONTINUING else []),
        ):
            body = projects.PlanMilestone(name, planned_on)
            life.numbers[f"{plan.name}: {name}"] = await life.do("office", projects.plan_milestone, body, of=of())

    async def meet(name: str, reason: str | None = None) -> None:
        body = projects.MeetMilestone(life.today, reason)
        of_milestone = (Milestone, life.numbers[f"{plan.name}: {name}"])
        await life.do("office", projects.meet_milestone, body, of=of_milestone)

    async def slip() -> None:
        body = projects.ReviseMilestone(
            "Line ready", date(2028, 9, 29), forecast_on=date(2028, 11, 30), reason="The tools came late."
        )
        await life.do(
            "office", projects.revise_milestone, body, of=(Milestone, life.numbers[f"{plan.name}: Line ready"])
        )

    async def rate() -> None:
        body = projects.RateProject("amber", "One milestone slips.", life.today + timedelta(days=90))
        await life.do("office", projects.rate_project, body, of=of())

    async def widen() -> None:
        await life.do("office", projects.revise_project, widened(life, plan), of=of())

    async def end() -> None:
        body = projects.EndProject(life.today, "The list is handed over.")
        await life.do("office", projects.end_project, body, of=of())

    steps: dict[str, Any] = {}
    for wanted in ("announced", "planned", "active", "completed"):
        status(wanted)
    life.at(date(2026, 3, 16) + later, lambda: propose(life, plan))
    life.at(date(2026, 3, 16) + later, milestones)
    life.at(date(2026, 4, 20) + later, lambda: add_partner(life, plan.name, "JPN"))
    life.at(date(2026, 5, 4) + later, steps["announced"])
    life.at(date(2026, 6, 8) + later, steps["planned"])
    life.at(date(2026, 7, 6) + later, steps["active"])
    # A country that joins work which is approved already is a covered act of its own.
    life.at(date(2026, 11, 9) + later, lambda: add_partner(life, plan.name, "AUS"))
    life.at(date(2027, 3, 24) + later, lambda: meet("Plan agreed", "Agreed in its own week."))
    life.at(date(2028, 3, 15) + later, widen)
    life.at(date(2028, 8, 1) + later, slip)
    life.at(date(2028, 8, 2) + later, rate)
    life.at(date(2028, 11, 28) + later, lambda: meet("Line ready", "The tools came late."))
    life.at(date(2030, 6, 10) + later, lambda: meet("First delivery"))
    if plan.name == COMPLETED:
        life.at(date(2030, 9, 16), steps["completed"])
        life.at(date(2030, 12, 2), end)
