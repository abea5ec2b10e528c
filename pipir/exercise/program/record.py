"""What hangs on some of the exercise's projects: articles, risks judged and judged anew, results with their values."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from pipir.exercise import words
from pipir.exercise.days import LAST, TODAY, after
from pipir.exercise.program.course import PERSONS, PRIME, Act, Program, version_of
from pipir.exercise.projects import PlannedProject
from pipir.features.agreements.tables import Agreement
from pipir.features.projects import commands as projects
from pipir.features.projects.rules import Kind
from pipir.features.projects.rules.phases import phase_names
from pipir.features.projects.rules.risks import RiskStatus
from pipir.features.projects.tables import ProjectRisk, ResultId, RiskId
from pipir.kernel.ids import ProjectId
from pipir.store.doors import WriteSession

# One project in so many shows them: what there is more of teaches nobody more.
_ONE_IN: Final = 4
# What is made, by kind: its name, its code, its stock number, and the tag of one of the lists of export control.
_ARTICLES: Final[Mapping[Kind, tuple[str, str, str | None, str | None, str | None]]] = {
    "joint R&D": ("Composite test panel", "9330", None, None, "1C210"),
    "co-development": ("Surveillance radar demonstrator", "5840", None, "XI(a)(3)", None),
    "co-production": ("Projectile body", "1320", "1320-00-999-0001", "III(d)(1)", None),
    "co-sustainment": ("Radar line replaceable unit", "5840", "5840-00-999-0002", "XI(c)", None),
    "standardization": ("Common power converter", "6130", None, None, "EAR99"),
    "supply chain": ("Microcircuit for guidance", "5962", "5962-00-999-0003", None, "3A611.a"),
    "workforce": ("Training rig for welders", "6910", None, None, "EAR99"),
}
# The agreement that the work of a kind is done under, where it was drafted before the project.
_AGREEMENTS: Final[Mapping[Kind, str]] = {
    "joint R&D": "Composite repair methods",
    "co-sustainment": "Composite repair methods",
    "co-development": "Radar power modules",
    "supply chain": "Supply chain mapping",
    "workforce": "Exchange of workforce curricula",
}
_RISKS: Final = (
    ("The one maker of a part falls behind", "A second maker is being qualified.", 3, 4),
    ("Export approvals come later than planned", "The request was filed early; its state is asked for.", 4, 3),
    ("Trained people leave", "", 2, 3),
)
# Indicator, unit, better, baseline, target.
_RESULTS: Final[Mapping[Kind, tuple[str, str, str, str, str]]] = {
    "joint R&D": ("Joint findings published", "findings", "more", "0", "6"),
    "co-development": ("Requirements met by the common design", "percent", "more", "40", "95"),
    "co-production": ("Bodies made a month", "items a month", "more", "0", "1200"),
    "co-sustainment": ("Turnaround of a repair", "days", "less", "240", "60"),
    "standardization": ("Partners that work by the standard", "partners", "more", "0", "5"),
    "supply chain": ("Qualified makers of the part", "makers", "more", "1", "3"),
    "workforce": ("Graduates at work", "people", "more", "0", "150"),
}


def plan_record(program: Program, place: int, project: PlannedProject) -> None:
    if place % _ONE_IN:
        return
    first = after(project.proposed_on, 40)
    if first > LAST:
        return
    program.at(first, "office", _begin(program, project, place))
    later = first + timedelta(days=120)
    if later <= LAST:
        program.at(after(later, 0), "office", _go_on(program, project, place))


def phase_of(kind: Kind, place: int, count: int) -> str:
    """The phase of its kind in which a milestone stands, by its place among so many."""
    names = phase_names(kind)
    return names[place * len(names) // count]


async def agreement_of(session: WriteSession, kind: Kind) -> int | None:
    """The agreement that a project of a kind is entered with."""
    return await session.scalar(select(Agreement.id).where(Agreement.name == _AGREEMENTS.get(kind)))


def _begin(program: Program, project: PlannedProject, place: int) -> Act:
    """An article, two risks and a result."""
    title, psc, nsn, usml, eccn = _ARTICLES[project.kind]
    indicator, unit, better, baseline, target = _RESULTS[project.kind]

    async def act(session: WriteSession) -> None:
        number = ProjectId(program.project_ids[project.name])
        article = projects.NameArticle(title, words.SOURCE, psc=psc, nsn=nsn, usml=usml, eccn=eccn)
        await projects.name_article(session, number, article)
        for at in (place % 3, (place + 1) % 3):
            name, mitigation, likelihood, impact = _RISKS[at]
            risk = projects.EnterRisk(
                title=name,
                likelihood=likelihood,
                impact=impact,
                because="As the partners see it at the start (exercise).",
                owner_office_id=program.offices[PRIME],
                owner_person_id=program.people[PERSONS["second"]],
                review_on=after(max(session.today, TODAY), 20 + 5 * at),
                mitigation=mitigation,
            )
            program.risks[project.name, name] = await projects.enter_risk(session, number, risk)
        result = projects.SetResult(
            indicator=indicator,
            unit=unit,
            direction="more" if better == "more" else "less",
            baseline=baseline,
            baseline_on=session.today,
            target=target,
            target_on=date(2029, 9, 28),
            source=words.SOURCE,
        )
        program.results[project.name] = await projects.set_result(session, number, result)

    return act


def _go_on(program: Program, project: PlannedProject, place: int) -> Act:
    """The first risk judged anew, and a first value of the result."""
    _, _, _, baseline, target = _RESULTS[project.kind]
    way = int(target) - int(baseline)
    risk, _, likelihood, impact = _RISKS[place % 3]
    status: RiskStatus = "accepted" if place % 3 == 1 else "open"

    async def act(session: WriteSession) -> None:
        number = RiskId(program.risks[project.name, risk])
        judged = projects.JudgeRisk(
            likelihood=max(1, likelihood - 1),
            impact=impact,
            status=status,
            because="What reduces it has begun to work (exercise).",
            # Some reviews are past their day.
            review_on=after(max(session.today, TODAY - timedelta(days=30)), 10 + place % 40),
        )
        await projects.judge_risk(session, number, judged, version=await version_of(session, ProjectRisk, number))
        value = projects.RecordActual(str(int(baseline) + way * (1 + place % 4) // 5), session.today, words.SOURCE)
        await projects.record_actual(session, ResultId(program.results[project.name]), value)

    return act
