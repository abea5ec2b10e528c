"""What can be asked of vulnerabilities: the register, one entry with its steps and projects, counts, dates."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import msgspec
from sqlalchemy import RowMapping, SQLColumnExpression, and_, any_, case, func, literal, or_, select

from pipir.features.notices.rules import Entry
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office, Person
from pipir.features.projects.tables import Project
from pipir.features.vulnerabilities import rules
from pipir.features.vulnerabilities.rules import Confidence, Kind, Severity, Status
from pipir.features.vulnerabilities.tables import (
    LinkId,
    Vulnerability,
    VulnerabilityId,
    VulnerabilityProject,
    VulnerabilityStep,
)
from pipir.kernel.dated import Dated
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AT_ONCE, AnySelect, Sorts, every_row, list_page

DATED_KIND: Final = "Review of a vulnerability"


class VulnerabilityFilter(msgspec.Struct, frozen=True):
    """Which vulnerabilities are asked for; of several values any fits, of several filters all do."""

    text: str | None = None
    kinds: tuple[Kind, ...] = ()
    severities: tuple[Severity, ...] = ()
    confidences: tuple[Confidence, ...] = ()
    statuses: tuple[Status, ...] = ()
    country: str | None = None
    article: str | None = None
    objective: str | None = None
    office_id: RecordNumber | None = None
    project_id: RecordNumber | None = None
    overdue: bool = False
    closed: bool = False


class VulnerabilityLink(msgspec.Struct, frozen=True):
    """A project that addresses a vulnerability, or did until a day."""

    id: int
    version: int
    vulnerability_id: int
    project_id: int
    code: str
    name: str
    since: date
    until: date | None
    ended_because: str | None
    exercise: bool


class VulnerabilityStepView(msgspec.Struct, frozen=True):
    """A step of severity or status as it was taken."""

    what: str
    value: str
    because: str
    on_day: date
    by: str


class VulnerabilityView(msgspec.Struct, frozen=True):
    """A vulnerability as shown; `overdue` says that its review was due before today."""

    id: int
    version: int
    code: str
    title: str
    kind: str
    description: str
    objectives: list[str]
    countries: list[str]
    articles: list[str]
    severity: str
    severity_rationale: str
    source: str
    confidence: str
    mitigation: str
    status: str
    status_because: str
    accepted_by: str | None
    accepted_on: date | None
    owner_office_id: int
    owner_office: str
    owner_person_id: int | None
    owner_person: str | None
    review_on: date
    marking: str
    exercise: bool
    overdue: bool = False
    projects: tuple[VulnerabilityLink, ...] = ()


class MatrixCell(msgspec.Struct, frozen=True):
    """How many vulnerabilities of a kind have a severity."""

    kind: str
    severity: str
    count: int


class Counts(msgspec.Struct, frozen=True):
    """Figures of the register, of what the reader may see and is not closed."""

    living: int
    severe: int
    unreduced: int
    overdue: int
    exercise: bool


def _order(column: Any, names: Sequence[str]) -> SQLColumnExpression[int]:
    return case({name: place for place, name in enumerate(names)}, value=column, else_=len(names))


_title = (func.lower(Vulnerability.title), str)
_SORTS: Sorts = {
    "code": ((Vulnerability.number, int),),
    "title": (_title,),
    "kind": ((_order(Vulnerability.kind, rules.KINDS), int), _title),
    "severity": ((_order(Vulnerability.severity, rules.SEVERITIES[::-1]), int), (Vulnerability.review_on, date)),
    "confidence": ((_order(Vulnerability.confidence, rules.CONFIDENCES), int), _title),
    "status": ((_order(Vulnerability.status, rules.STATUSES), int), _title),
    "review": ((Vulnerability.review_on, date), _title),
    "owner": ((func.lower(Office.symbol), str), _title),
}
SORTS: Final = tuple(_SORTS)


async def list_vulnerabilities(
    session: ReadSession,
    reader: Reader,
    which: VulnerabilityFilter = VulnerabilityFilter(),  # noqa: B008  a frozen struct is a value, as a string is
    *,
    sort: str = "severity",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[VulnerabilityView]:
    """The register with the projects that address each, without what is closed unless asked for."""
    page = await list_page(
        session,
        _select(reader).where(*_conditions(which, reader, session.today)),
        row_id=Vulnerability.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _view(row, session.today),
    )
    return msgspec.structs.replace(page, items=await _with_links(session, reader, page.items))


async def every_vulnerability(
    session: ReadSession, reader: Reader, which: VulnerabilityFilter, *, sort: str = "severity"
) -> tuple[VulnerabilityView, ...]:
    """All rows of the register under the filters, for an export or a report."""
    return await every_row(
        lambda cursor: list_vulnerabilities(session, reader, which, sort=sort, cursor=cursor, limit=AT_ONCE)
    )


async def vulnerability(session: ReadSession, reader: Reader, number: VulnerabilityId) -> VulnerabilityView:
    """One vulnerability with every project that addresses it or did, or NotFound."""
    row = (await session.execute(_select(reader).where(Vulnerability.id == number))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no vulnerability with this number.")
    return (await _with_links(session, reader, (_view(row, session.today),), ended=True))[0]


async def steps(session: ReadSession, reader: Reader, number: VulnerabilityId) -> tuple[VulnerabilityStepView, ...]:
    """The steps of severity and status, the latest first."""
    rows = await session.execute(
        select(
            VulnerabilityStep.what,
            VulnerabilityStep.value,
            VulnerabilityStep.because,
            VulnerabilityStep.on_day,
            Person.name.label("by"),
        )
        .join(Person, Person.id == VulnerabilityStep.person_id)
        .join(Vulnerability, Vulnerability.id == VulnerabilityStep.vulnerability_id)
        .where(VulnerabilityStep.vulnerability_id == number, visible_to(reader, Vulnerability))
        .order_by(VulnerabilityStep.id.desc())
    )
    return tuple(VulnerabilityStepView(**row) for row in rows.mappings())


async def link(session: ReadSession, reader: Reader, link_id: LinkId) -> VulnerabilityLink:
    """One link to a project, or NotFound."""
    row = (await session.execute(_links(reader).where(VulnerabilityProject.id == link_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no link of a vulnerability to a project with this number.")
    return VulnerabilityLink(**row)


async def matrix(session: ReadSession, reader: Reader) -> tuple[MatrixCell, ...]:
    """Every kind against every severity, of what is not closed; the empty cells too."""
    rows = await session.execute(
        select(Vulnerability.kind, Vulnerability.severity, func.count())
        .where(visible_to(reader, Vulnerability), _lives())
        .group_by(Vulnerability.kind, Vulnerability.severity)
    )
    counted = {(kind, severity): count for kind, severity, count in rows}
    return tuple(
        MatrixCell(kind, severity, counted.get((kind, severity), 0))
        for kind in rules.KINDS
        for severity in rules.SEVERITIES
    )


async def counts(session: ReadSession, reader: Reader) -> Counts:
    """The figures of the register."""
    row = (
        await session.execute(
            select(
                func.count(),
                func.count().filter(Vulnerability.severity.in_(("high", "critical"))),
                func.count().filter(Vulnerability.status == "open"),
                func.count().filter(Vulnerability.review_on < session.today),
                func.coalesce(func.bool_or(Vulnerability.exercise), False),
            ).where(visible_to(reader, Vulnerability), _lives())
        )
    ).one()
    return Counts(*row)


async def countries(session: ReadSession, reader: Reader) -> tuple[str, ...]:
    """The codes of the countries that the register names, of what the reader may see."""
    named = func.unnest(Vulnerability.countries).column_valued("named", joins_implicitly=True)
    rows = await session.scalars(
        select(named).select_from(Vulnerability).where(visible_to(reader, Vulnerability)).distinct().order_by(named)
    )
    return tuple(rows)


async def participants(session: ReadSession, reader: Reader) -> dict[str, int]:
    """The numbers of the participants that the reader may see, by their codes."""
    rows = await session.execute(select(Participant.code, Participant.id).where(visible_to(reader, Participant)))
    return {row.code: row.id for row in rows}


async def entries(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """The reviews of what is not closed, as a calendar shows them."""
    rows = await session.execute(_select(reader).where(_lives()).order_by(Vulnerability.review_on, Vulnerability.id))
    return tuple(
        Entry(
            Dated(
                kind=DATED_KIND,
                slug=f"vulnerability-{row['id']}",
                title=f"Review {row['code']}: {row['title']}",
                due_on=row["review_on"],
                office_id=row["owner_office_id"],
                person_id=row["owner_person_id"],
                href=f"/vulnerabilities/{row['id']}",
                marking=row["marking"],
                exercise=row["exercise"],
            ),
            sequence=row["version"],
        )
        for row in rows.mappings()
    )


_STORED: Final = tuple(
    name
    for name in VulnerabilityView.__struct_fields__
    if name not in ("owner_office", "owner_person", "overdue", "projects")
)


def _select(reader: Reader) -> AnySelect:
    return (
        select(
            *(getattr(Vulnerability, name) for name in _STORED),
            Office.symbol.label("owner_office"),
            Person.name.label("owner_person"),
        )
        .join(Office, Office.id == Vulnerability.owner_office_id)
        .outerjoin(Person, Person.id == Vulnerability.owner_person_id)
        .where(visible_to(reader, Vulnerability))
    )


def _view(row: RowMapping, today: date) -> VulnerabilityView:
    fields = {name: row[name] for name in (*_STORED, "owner_office", "owner_person")}
    return VulnerabilityView(**fields, overdue=row["status"] in rules.LIVING and row["review_on"] < today)


def _lives() -> SQLColumnExpression[bool]:
    return Vulnerability.status.in_(rules.LIVING)


def _links(reader: Reader) -> AnySelect:
    return (
        select(
            VulnerabilityProject.id,
            VulnerabilityProject.version,
            VulnerabilityProject.vulnerability_id,
            VulnerabilityProject.project_id,
            Project.code,
            Project.name,
            VulnerabilityProject.since,
            VulnerabilityProject.until,
            VulnerabilityProject.ended_because,
            VulnerabilityProject.exercise,
        )
        .join(Project, and_(Project.id == VulnerabilityProject.project_id, visible_to(reader, Project)))
        .join(
            Vulnerability,
            and_(Vulnerability.id == VulnerabilityProject.vulnerability_id, visible_to(reader, Vulnerability)),
        )
    )


async def _with_links(
    session: ReadSession, reader: Reader, views: Sequence[VulnerabilityView], *, ended: bool = False
) -> tuple[VulnerabilityView, ...]:
    statement = _links(reader).where(VulnerabilityProject.vulnerability_id.in_([each.id for each in views]))
    if not ended:
        statement = statement.where(VulnerabilityProject.until.is_(None))
    found: dict[int, list[VulnerabilityLink]] = {}
    ordered = statement.order_by(VulnerabilityProject.until.is_not(None), Project.number, VulnerabilityProject.id)
    for row in (await session.execute(ordered)).mappings():
        found.setdefault(row["vulnerability_id"], []).append(VulnerabilityLink(**row))
    return tuple(msgspec.structs.replace(each, projects=tuple(found.get(each.id, ()))) for each in views)


def _conditions(which: VulnerabilityFilter, reader: Reader, today: date) -> list[SQLColumnExpression[bool]]:
    found: list[SQLColumnExpression[bool]] = []
    if not which.closed and "closed" not in which.statuses:
        found.append(_lives())
    if which.text:
        columns = (Vulnerability.title, Vulnerability.code, Vulnerability.description, Vulnerability.mitigation)
        found.append(or_(*(each.icontains(which.text, autoescape=True) for each in columns)))
    for column, values in (
        (Vulnerability.kind, which.kinds),
        (Vulnerability.severity, which.severities),
        (Vulnerability.confidence, which.confidences),
        (Vulnerability.status, which.statuses),
    ):
        if values:
            found.append(column.in_(values))
    for value, listed in (
        (which.country, Vulnerability.countries),
        (which.article, Vulnerability.articles),
        (which.objective, Vulnerability.objectives),
    ):
        if value:
            found.append(literal(value) == any_(listed))
    if which.office_id is not None:
        found.append(Vulnerability.owner_office_id == which.office_id)
    if which.project_id is not None:
        linked = select(VulnerabilityProject.vulnerability_id).join(
            Project, and_(Project.id == VulnerabilityProject.project_id, visible_to(reader, Project))
        )
        found.append(
            Vulnerability.id.in_(linked.where(VulnerabilityProject.until.is_(None), Project.id == which.project_id))
        )
    if which.overdue:
        found.append(and_(_lives(), Vulnerability.review_on < today))
    return found
