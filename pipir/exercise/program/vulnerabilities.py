"""The invented vulnerabilities of the register, their steps, and the projects that address them."""

from datetime import date, timedelta
from typing import Final, NamedTuple

from sqlalchemy import select

from pipir.exercise import words
from pipir.exercise.days import LAST, after
from pipir.exercise.program.course import PERSONS, PRIME, Act, Program, version_of
from pipir.features.vulnerabilities import commands as vulnerabilities
from pipir.features.vulnerabilities.rules import Confidence, Kind, Severity, Status
from pipir.features.vulnerabilities.tables import LinkId, Vulnerability, VulnerabilityId, VulnerabilityProject
from pipir.kernel.command import Command
from pipir.store.doors import WriteSession


class _Step(NamedTuple):
    """A step of status with its reason; an acceptance has who decided it."""

    on: date
    status: Status
    because: str
    accepted_by: str | None = None


class _Weakness(NamedTuple):
    """A vulnerability as entered, and its course."""

    on: date
    title: str
    kind: Kind
    countries: str
    articles: str
    severity: Severity
    rationale: str
    confidence: Confidence
    mitigation: str
    review_on: date
    objectives: tuple[str, ...] = ("1253.b.2", "1253.b.3")
    marking: str = "CUI"
    projects: tuple[int, ...] = ()
    steps: tuple[_Step, ...] = ()
    rated: tuple[date, Severity, str] | None = None


_WORK: Final = "A project on record works on it."
_WEAK: Final = (
    _Weakness(
        date(2026, 3, 6), "One qualified maker of ammonium perchlorate", "single source", "USA, AUS, JPN", "6810, 1340",
        "critical", "Every rocket motor of three countries waits for one plant.", "confirmed",
        "Qualification of a second plant, and a reserve for two years of need.", date(2028, 9, 29),
        projects=(0, 1), steps=(_Step(date(2026, 6, 5), "being mitigated", _WORK),),
    ),
    _Weakness(
        date(2026, 4, 10), "Permanent magnets from one region", "foreign dependence", "USA, JPN, KOR", "5999",
        "high", "Four fifths of the sintered magnets come from outside of the Partnership.", "confirmed",
        "Separation and sintering at a partner's site; recycling of scrap.", date(2028, 8, 4),
        projects=(2,), steps=(_Step(date(2026, 9, 4), "being mitigated", _WORK),),
        rated=(date(2027, 10, 8), "critical", "An export control of November 2027 stopped two shipments."),
    ),
    _Weakness(
        date(2026, 8, 7), "Forge capacity for large titanium parts", "capacity", "USA, AUS, GBR", "1560, 9525",
        "high", "Two presses serve all airframes; the queue is fourteen months.", "probable", "", date(2028, 7, 7),
        steps=(), marking="CUI//REL TO USA, AUS, GBR",
    ),
    _Weakness(
        date(2026, 10, 9), "Traveling-wave tubes of an older radar", "obsolescence", "JPN, PHL", "5960",
        "moderate", "The last line closed; spares last until 2030 at the present rate.", "probable",
        "Life-of-type buy; a solid-state replacement is being tried.", date(2028, 6, 1),
        projects=(3,), steps=(_Step(date(2027, 2, 5), "being mitigated", _WORK),),
    ),
    _Weakness(
        date(2027, 1, 15), "Certified welders for naval hulls", "workforce", "USA, KOR, AUS", "1905",
        "high", "A third of the certified welders retire before 2030.", "confirmed",
        "Common curriculum and exchange of instructors.", date(2028, 10, 20), ("1253.b.2",),
        projects=(4,), steps=(
            _Step(date(2027, 4, 9), "being mitigated", _WORK),
            _Step(date(2028, 5, 5), "mitigated", "Two classes are certified; the gap closes by 2029."),
        ),
    ),
    _Weakness(
        date(2027, 3, 12), "Shared design data on a supplier's open network", "cyber", "USA, JPN", "7030, 5895",
        "critical", "Drawings of two programs could be read from outside for weeks.", "possible", "", date(2028, 6, 30),
        marking="CUI//NOFORN",
    ),
    _Weakness(
        date(2027, 6, 11), "No regional repair of rotary-wing engines", "logistics", "PHL, SGP, THA", "2840",
        "moderate", "Engines travel eleven weeks to the one depot and back.", "confirmed",
        "A partner's depot is being qualified.", date(2028, 12, 1),
        projects=(5,), steps=(_Step(date(2027, 9, 10), "being mitigated", _WORK),),
    ),
    _Weakness(
        date(2027, 8, 6), "Specialty glass for one family of seekers", "single source", "USA, FRA", "6650",
        "low", "Stocks last for three years; a substitute was tried.", "doubtful", "", date(2028, 11, 3),
        steps=(
            _Step(
                date(2027, 12, 3), "accepted", "A second maker would cost more than the stock is worth.",
                "Deputy program officer, OUSD(A&S)",
            ),
        ),
    ),
    _Weakness(
        date(2026, 5, 8), "Test stands for small turbojet engines", "other", "AUS, CAN", "4920",
        "low", "One stand in each country; both were down in the same month.", "possible",
        "A third stand was taken into use.", date(2028, 3, 3), ("1253.b.6",),
        steps=(
            _Step(date(2026, 11, 6), "being mitigated", "A third stand is being built."),
            _Step(date(2027, 7, 9), "mitigated", "The third stand runs."),
            _Step(date(2028, 2, 4), "closed", "Three stands have run for half a year without a gap."),
        ),
    ),
)  # fmt: skip


def plan_vulnerabilities(program: Program) -> None:
    for weak in _WEAK:
        program.at(weak.on, "office", _enter(program, weak))
        for place in dict.fromkeys(each % len(program.projects) for each in weak.projects):
            project = program.projects[place]
            linked = max(after(weak.on, 28), after(project.proposed_on, 14))
            if linked < LAST:
                program.at(linked, "office", _link(program, weak, project.name, linked))
        for step in weak.steps:
            body = vulnerabilities.ChangeVulnerabilityStatus(
                step.status, step.because, step.accepted_by, step.on if step.accepted_by else None
            )
            program.at(step.on, "office", _change(weak, vulnerabilities.change_status, body))
        if weak.rated:
            on, severity, why = weak.rated
            rating = vulnerabilities.RateVulnerability(severity, why)
            program.at(on, "office", _change(weak, vulnerabilities.rate_vulnerability, rating))
    ended = max(date(2028, 4, 7), after(program.projects[1 % len(program.projects)].proposed_on, 28))
    if ended < LAST:
        program.at(ended, "office", _unlink(_WEAK[0], ended))


def _enter(program: Program, weak: _Weakness) -> Act:
    async def act(session: WriteSession) -> None:
        body = vulnerabilities.EnterVulnerability(
            title=weak.title,
            kind=weak.kind,
            objectives=list(weak.objectives),
            countries=[weak.countries],
            articles=[weak.articles],
            severity=weak.severity,
            severity_rationale=weak.rationale,
            source=words.SOURCE,
            confidence=weak.confidence,
            mitigation=weak.mitigation,
            owner_office_id=program.offices[PRIME],
            owner_person_id=program.people[PERSONS["office"]],
            review_on=max(weak.review_on, session.today + timedelta(days=90)),
            marking=weak.marking,
        )
        await vulnerabilities.enter_vulnerability(session, body)

    return act


def _link(program: Program, weak: _Weakness, project: str, on: date) -> Act:
    async def act(session: WriteSession) -> None:
        body = vulnerabilities.LinkProject(program.project_ids[project], on)
        await vulnerabilities.link_project(session, await _number(session, weak), body)

    return act


def _unlink(weak: _Weakness, on: date) -> Act:
    async def act(session: WriteSession) -> None:
        links = select(VulnerabilityProject).where(
            VulnerabilityProject.vulnerability_id == await _number(session, weak), VulnerabilityProject.until.is_(None)
        )
        found = (await session.scalars(links.order_by(VulnerabilityProject.id))).all()
        if len(found) > 1:
            body = vulnerabilities.UnlinkProject(on, "The project turned to another part of the supply chain.")
            await vulnerabilities.unlink_project(session, LinkId(found[-1].id), body, version=found[-1].version)

    return act


def _change(weak: _Weakness, command: Command[..., None], body: object) -> Act:
    async def act(session: WriteSession) -> None:
        number = await _number(session, weak)
        await command(session, number, body, version=await version_of(session, Vulnerability, number))

    return act


async def _number(session: WriteSession, weak: _Weakness) -> VulnerabilityId:
    found = select(Vulnerability.id).where(Vulnerability.title == weak.title, Vulnerability.exercise)
    return VulnerabilityId((await session.execute(found)).scalar_one())
