"""The risks of projects, their judgments, and the matrix of likelihood and impact."""

from datetime import date
from typing import Final

import msgspec
from sqlalchemy import RowMapping, SQLColumnExpression, and_, func, or_, select

from pipir.features.people.tables import Office, Person
from pipir.features.projects.queries.listing import goes_on
from pipir.features.projects.rules import risks as rules
from pipir.features.projects.rules.risks import RiskStatus
from pipir.features.projects.tables import Project, ProjectRisk, RiskAssessment, RiskId
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import ProjectId, RecordNumber
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, LARGEST_LIMIT, Page
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page


class RiskFilter(msgspec.Struct, frozen=True):
    """Which risks are asked for; of several values any fits, of several filters all do."""

    text: str | None = None
    statuses: tuple[RiskStatus, ...] = ()
    likelihood: int | None = None
    impact: int | None = None
    office_id: RecordNumber | None = None
    project_id: RecordNumber | None = None
    overdue: bool = False
    closed: bool = False


class RiskView(msgspec.Struct, frozen=True):
    """A risk as last judged; `score` is likelihood times impact, `band` its name."""

    id: int
    version: int
    project_id: int
    project_code: str
    project: str
    title: str
    likelihood: int
    impact: int
    status: str
    mitigation: str
    owner_office_id: int
    owner_office: str
    owner_person_id: int | None
    owner_person: str | None
    review_on: date
    marking: str
    exercise: bool
    score: int
    band: str
    overdue: bool


class AssessmentView(msgspec.Struct, frozen=True):
    """One judgment of a risk."""

    likelihood: int
    impact: int
    status: str
    review_on: date
    because: str
    on_day: date
    by: str
    score: int
    band: str


class RiskCell(msgspec.Struct, frozen=True):
    """How many risks have a likelihood and an impact."""

    likelihood: int
    impact: int
    band: str
    risks: int


_score = ProjectRisk.likelihood * ProjectRisk.impact
_title = (func.lower(ProjectRisk.title), str)
_SORTS: Sorts = {
    "title": (_title,),
    # The worst first, as people look at them.
    "score": ((-_score, int), (ProjectRisk.review_on, date)),
    "likelihood": ((ProjectRisk.likelihood, int), _title),
    "impact": ((ProjectRisk.impact, int), _title),
    "review": ((ProjectRisk.review_on, date), _title),
    "project": ((func.lower(Project.name), str), _title),
}
RISK_SORTS: Final = tuple(_SORTS)


async def list_risks(
    session: ReadSession,
    reader: Reader,
    which: RiskFilter = RiskFilter(),  # noqa: B008  a frozen struct is a value, as a string is
    *,
    sort: str = "score",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[RiskView]:
    """The risks of projects, without closed ones and those of ended projects unless asked for."""
    return await list_page(
        session,
        _risks(reader).where(*_conditions(which, session.today)),
        row_id=ProjectRisk.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _view(row, session.today),
    )


async def risks_of(session: ReadSession, reader: Reader, project_id: ProjectId) -> tuple[RiskView, ...]:
    """The risks of a project, the worst first, closed ones last."""
    which = RiskFilter(project_id=project_id, closed=True)
    found = await list_risks(session, reader, which, limit=LARGEST_LIMIT)
    return tuple(sorted(found.items, key=lambda each: each.status == "closed"))


async def risk(session: ReadSession, reader: Reader, risk_id: RiskId) -> RiskView:
    """One risk, or NotFound."""
    row = (await session.execute(_risks(reader).where(ProjectRisk.id == risk_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no risk of a project with this number.")
    return _view(row, session.today)


async def assessments(session: ReadSession, reader: Reader, risk_id: RiskId) -> tuple[AssessmentView, ...]:
    """The judgments of a risk, the latest first."""
    names = ("likelihood", "impact", "status", "review_on", "because", "on_day")
    rows = await session.execute(
        select(*(getattr(RiskAssessment, name) for name in names), Person.name.label("by"))
        .join(Person, Person.id == RiskAssessment.person_id)
        .join(Project, and_(Project.id == RiskAssessment.project_id, visible_to(reader, Project)))
        .where(RiskAssessment.risk_id == risk_id)
        .order_by(RiskAssessment.id.desc())
    )
    return tuple(
        AssessmentView(
            **row,
            score=row["likelihood"] * row["impact"],
            band=rules.band(row["likelihood"], row["impact"]),
        )
        for row in rows.mappings()
    )


async def risk_matrix(
    session: ReadSession, reader: Reader, project_id: ProjectId | None = None
) -> tuple[tuple[RiskCell, ...], ...]:
    """Likelihoods, the highest first, against impacts: how many risks that are not closed; the empty cells too."""
    which = RiskFilter(project_id=project_id)
    rows = await session.execute(
        select(ProjectRisk.likelihood, ProjectRisk.impact, func.count())
        .join(Project, and_(Project.id == ProjectRisk.project_id, visible_to(reader, Project)))
        .where(*_conditions(which, session.today))
        .group_by(ProjectRisk.likelihood, ProjectRisk.impact)
    )
    counted = {(likelihood, impact): count for likelihood, impact, count in rows}
    return tuple(
        tuple(
            RiskCell(likelihood, impact, rules.band(likelihood, impact), counted.get((likelihood, impact), 0))
            for impact in rules.GRADES
        )
        for likelihood in reversed(rules.GRADES)
    )


def _risks(reader: Reader) -> AnySelect:
    joined = {
        "project_code": Project.code,
        "project": Project.name,
        "owner_office": Office.symbol,
        "owner_person": Person.name,
        "marking": Project.marking,
    }
    return (
        select(*(joined[name].label(name) if name in joined else getattr(ProjectRisk, name) for name in _STORED))
        .join(Project, and_(Project.id == ProjectRisk.project_id, visible_to(reader, Project)))
        .join(Office, Office.id == ProjectRisk.owner_office_id)
        .outerjoin(Person, Person.id == ProjectRisk.owner_person_id)
    )


def _conditions(which: RiskFilter, today: date) -> list[SQLColumnExpression[bool]]:
    found: list[SQLColumnExpression[bool]] = []
    if which.statuses:
        found.append(ProjectRisk.status.in_(which.statuses))
    elif not which.closed:
        found.append(ProjectRisk.status != "closed")
    if which.project_id is not None:
        found.append(ProjectRisk.project_id == which.project_id)
    elif not which.closed:
        found.append(goes_on(today))
    if which.likelihood is not None:
        found.append(ProjectRisk.likelihood == which.likelihood)
    if which.impact is not None:
        found.append(ProjectRisk.impact == which.impact)
    if which.office_id is not None:
        found.append(ProjectRisk.owner_office_id == which.office_id)
    if which.overdue:
        found += [ProjectRisk.status != "closed", ProjectRisk.review_on < today]
    if which.text:
        columns = (ProjectRisk.title, ProjectRisk.mitigation, Project.name, Project.code)
        found.append(or_(*(each.icontains(which.text, autoescape=True) for each in columns)))
    return found


_STORED: Final = tuple(name for name in RiskView.__struct_fields__ if name not in ("score", "band", "overdue"))


def _view(row: RowMapping, today: date) -> RiskView:
    return RiskView(
        **{name: row[name] for name in _STORED},
        score=row["likelihood"] * row["impact"],
        band=rules.band(row["likelihood"], row["impact"]),
        overdue=row["status"] != "closed" and row["review_on"] < today,
    )
