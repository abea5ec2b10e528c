"""What can be asked of projects; every question asks for what the reader may see, counts included."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import (
    RowMapping,
    SQLColumnExpression,
    and_,
    any_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on

from pipir.features.groups.tables import WorkingGroup
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office
from pipir.features.projects import rules
from pipir.features.projects.rules import Kind, MilestoneDates, Status
from pipir.features.projects.tables import (
    KINDS,
    RATINGS,
    STATUSES,
    Milestone,
    PartnerId,
    Project,
    ProjectPartner,
    RelatedEffort,
    RelatedEffortId,
)
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import MilestoneId, ProjectId, RecordNumber
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.kernel.paging import DEFAULT_LIMIT, LARGEST_LIMIT, Page
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page

NOT_RATED: Final = "none"
RatingFilter = Literal["green", "amber", "red", "none"]


class ProjectFilter(msgspec.Struct, frozen=True):
    """Which projects are asked for; of several values any fits, of several filters all do."""

    text: str | None = None
    statuses: tuple[Status, ...] = ()
    kinds: tuple[Kind, ...] = ()
    ratings: tuple[RatingFilter, ...] = ()
    workstream_id: RecordNumber | None = None
    country: str | None = None
    objective: str | None = None
    late: bool = False
    ended: bool = False


class ProjectLaw(msgspec.Struct, frozen=True):
    """A provision as a page shows it: citation, standing, our sentence."""

    slug: str
    citation: str
    standing: str
    title: str
    statement: str


class ProjectCountry(msgspec.Struct, frozen=True):
    """A partner in a list: code, name, and whether it leads."""

    code: str
    name: str
    lead: bool


class NextMilestone(msgspec.Struct, frozen=True):
    """The first milestone that is neither met nor cancelled; `on` is its forecast, else its plan."""

    id: int
    name: str
    on: date
    days_late: int


class ProjectLine(msgspec.Struct, frozen=True):
    """A project in a list."""

    id: int
    version: int
    code: str
    name: str
    kind: str
    workstream_id: int | None
    workstream: str | None
    status: str
    rating: str | None
    announced_on: date | None
    in_classified_annex: bool
    marking: str
    until: date | None
    exercise: bool
    countries: tuple[ProjectCountry, ...] = ()
    next_milestone: NextMilestone | None = None


class ProjectView(msgspec.Struct, frozen=True):
    """A project as shown; None is "not public", and a rating of None "not rated"."""

    id: int
    version: int
    code: str
    name: str
    kind: str
    workstream_id: int | None
    workstream: str | None
    announced_on: date | None
    status: str
    status_reason: str | None
    rating: str | None
    rating_rationale: str | None
    rating_review_on: date | None
    description: str
    objectives: list[str]
    program_authority: str | None
    classified_by: str
    source: str
    lead_office_id: int | None
    lead_office: str | None
    in_classified_annex: bool
    planned_total: Dollars | None
    marking: str
    until: date | None
    ended_because: str | None
    exercise: bool


class PartnerView(msgspec.Struct, frozen=True):
    """A participant's part in a project; `reported` says that it is neither standing nor membership."""

    id: int
    version: int
    project_id: int
    participant_id: int
    code: str
    name: str
    role: str
    lead: bool
    reported: bool
    source: str | None
    since: date | None
    until: date | None
    ended_because: str | None
    exercise: bool


class MilestoneView(msgspec.Struct, frozen=True):
    """A milestone as shown, with its state and its days behind plan on the program's day (negative: ahead)."""

    id: int
    version: int
    project_id: int
    project: str
    position: int
    name: str
    planned_on: date
    forecast_on: date | None
    actual_on: date | None
    date_reason: str | None
    until: date | None
    ended_because: str | None
    exercise: bool
    state: str
    days_late: int | None


class RelatedEffortView(msgspec.Struct, frozen=True):
    """An effort that is not a Partnership project; with the precision "month", `on_day` is the first of it."""

    id: int
    version: int
    name: str
    relation: str
    on_day: date
    precision: str
    description: str
    source: str
    until: date | None
    ended_because: str | None
    exercise: bool


class ProjectCount(msgspec.Struct, frozen=True):
    """How many projects fall under a name; None stands for "not public" or "not rated"."""

    name: str | None
    projects: int


class ProjectCounts(msgspec.Struct, frozen=True):
    """Figures of the projects that have not ended, of what the reader may see."""

    projects: int
    by_status: tuple[ProjectCount, ...]
    by_rating: tuple[ProjectCount, ...]
    by_workstream: tuple[ProjectCount, ...]
    milestones: int
    milestones_met: int
    milestones_met_on_time: int
    milestones_late: int
    # From 0 to 1; None where no milestone was met yet.
    on_time_share: float | None


class CoverageCell(msgspec.Struct, frozen=True):
    """How many projects serve an objective with a country; 0 is an empty cell of the map."""

    code: str
    name: str
    projects: int


class CoverageRow(msgspec.Struct, frozen=True):
    """One objective of section 1253(b) against every country."""

    objective: str
    citation: str
    title: str
    projects: int
    cells: tuple[CoverageCell, ...]


class ReportedProject(msgspec.Struct, frozen=True):
    """A project with all that hangs on it, for a report."""

    project: ProjectView
    partners: tuple[PartnerView, ...]
    milestones: tuple[MilestoneView, ...]


def _order(column: Any, names: Sequence[str]) -> SQLColumnExpression[int]:
    # The order of life, not of the alphabet.
    return case({name: place for place, name in enumerate(names)}, value=column, else_=len(names))


_expected = func.coalesce(Milestone.forecast_on, Milestone.planned_on)
_open = and_(Milestone.actual_on.is_(None), Milestone.until.is_(None))
_next_on = (
    select(func.min(_expected)).where(Milestone.project_id == Project.id, _open).correlate(Project).scalar_subquery()
)
_name = (func.lower(Project.name), str)
_SORTS: Sorts = {
    "name": (_name,),
    "code": ((Project.number, int),),
    "status": ((_order(Project.status, STATUSES), int), _name),
    "kind": ((_order(Project.kind, KINDS), int), _name),
    "rating": ((_order(Project.rating, RATINGS[::-1]), int), _name),
    "milestone": ((func.coalesce(_next_on, date.max), date), _name),
    "announced": ((func.coalesce(Project.announced_on, date.min), date), _name),
}
SORTS = tuple(_SORTS)
_RELATED_SORTS: Sorts = {
    "name": ((func.lower(RelatedEffort.name), str),),
    "day": ((RelatedEffort.on_day, date), (func.lower(RelatedEffort.name), str)),
}


# ---- the law beside a project


def objectives() -> tuple[ProjectLaw, ...]:
    """The objectives that a project may serve."""
    return tuple(law_line(row.slug) for row in rules.objectives(the_statute()))


def authorities() -> tuple[ProjectLaw, ...]:
    """The authorities that a project may name."""
    return tuple(law_line(row.slug) for row in rules.authorities(the_statute()))


def law_line(slug: str) -> ProjectLaw:
    """One provision with its citation and standing."""
    row = the_statute().provision(slug)
    return ProjectLaw(row.slug, row.citation, row.standing_label, row.title, row.statement)


# ---- projects


async def list_projects(
    session: ReadSession,
    reader: Reader,
    which: ProjectFilter = ProjectFilter(),  # noqa: B008  a frozen struct is a value, as a string is
    *,
    sort: str = "name",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ProjectLine]:
    """Projects with their partners' tags and next milestone, without ended ones unless asked for."""
    statement = (
        select(
            Project.id,
            Project.version,
            Project.code,
            Project.name,
            Project.kind,
            WorkingGroup.id.label("workstream_id"),
            WorkingGroup.name.label("workstream"),
            Project.status,
            Project.rating,
            Project.announced_on,
            Project.in_classified_annex,
            Project.marking,
            Project.until,
            Project.exercise,
        )
        .outerjoin(WorkingGroup, _seen_workstream(reader))
        .where(visible_to(reader, Project), *_conditions(which, reader, session.today))
    )
    page = await list_page(
        session,
        statement,
        row_id=Project.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: ProjectLine(**{name: row[name] for name in _LINE}),
    )
    ids = [line.id for line in page.items]
    countries = await _countries(session, reader, ids)
    following = await _next_milestones(session, ids)
    items = tuple(
        msgspec.structs.replace(line, countries=countries.get(line.id, ()), next_milestone=following.get(line.id))
        for line in page.items
    )
    return msgspec.structs.replace(page, items=items)


async def every_project(
    session: ReadSession, reader: Reader, which: ProjectFilter, *, sort: str = "name"
) -> tuple[ProjectLine, ...]:
    """All rows of a list, for an export."""
    found: list[ProjectLine] = []
    cursor: str | None = None
    while True:
        page = await list_projects(session, reader, which, sort=sort, cursor=cursor, limit=LARGEST_LIMIT)
        found.extend(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return tuple(found)


async def recent(session: ReadSession, reader: Reader, *, limit: int = 5) -> tuple[ProjectLine, ...]:
    """The projects announced last."""
    return (await list_projects(session, reader, sort="-announced", limit=limit)).items


async def at_risk(session: ReadSession, reader: Reader, *, limit: int = 6) -> tuple[ProjectLine, ...]:
    """Projects rated red or amber, those with the nearest milestone first."""
    which = ProjectFilter(ratings=("red", "amber"))
    return (await list_projects(session, reader, which, sort="milestone", limit=limit)).items


async def project(session: ReadSession, reader: Reader, project_id: ProjectId) -> ProjectView:
    """One project, or NotFound."""
    row = (await session.execute(_projects(reader).where(Project.id == project_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no project with this number.")
    return _project_view(row)


async def project_by_name(session: ReadSession, reader: Reader, name: str) -> ProjectView | None:
    """The project of that name, if the reader may see one."""
    row = (await session.execute(_projects(reader).where(Project.name == name))).mappings().one_or_none()
    return _project_view(row) if row is not None else None


async def names(session: ReadSession, reader: Reader) -> tuple[tuple[int, str, str], ...]:
    """(id, code, name) of each project that has not ended, by code: the choices of a form."""
    rows = await session.execute(
        select(Project.id, Project.code, Project.name)
        .where(visible_to(reader, Project), Project.until.is_(None))
        .order_by(Project.number)
    )
    return tuple((row.id, row.code, row.name) for row in rows)


# ---- what hangs on a project


async def partners(
    session: ReadSession, reader: Reader, project_id: ProjectId, *, ended: bool = False
) -> tuple[PartnerView, ...]:
    """The partners of a project, the lead first; ended parts too where asked for."""
    statement = _partners(reader).where(ProjectPartner.project_id == project_id)
    if not ended:
        statement = statement.where(ProjectPartner.until.is_(None))
    return tuple(_partner_view(row) for row in (await session.execute(statement)).mappings())


async def partner(session: ReadSession, reader: Reader, partner_id: PartnerId) -> PartnerView:
    """One part in a project, or NotFound."""
    row = (await session.execute(_partners(reader).where(ProjectPartner.id == partner_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no part in a project with this number.")
    return _partner_view(row)


async def participant_choices(session: ReadSession, reader: Reader) -> tuple[tuple[int, str, str], ...]:
    """(id, code, name) of each country that may be given a part, by name."""
    rows = await session.execute(
        select(Participant.id, Participant.code, Participant.name)
        .where(visible_to(reader, Participant), Participant.until.is_(None))
        .order_by(Participant.name, Participant.id)
    )
    return tuple((row.id, row.code, row.name) for row in rows)


async def milestones(session: ReadSession, reader: Reader, project_id: ProjectId) -> tuple[MilestoneView, ...]:
    """The milestones of a project in their order, cancelled ones too."""
    rows = await session.execute(_milestones(reader).where(Milestone.project_id == project_id))
    return tuple(_milestone_view(row, session.today) for row in rows.mappings())


async def milestone(session: ReadSession, reader: Reader, milestone_id: MilestoneId) -> MilestoneView:
    """One milestone, or NotFound."""
    row = (await session.execute(_milestones(reader).where(Milestone.id == milestone_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no milestone with this number.")
    return _milestone_view(row, session.today)


# ---- figures


async def counts(session: ReadSession, reader: Reader) -> ProjectCounts:
    """Projects by status, rating and workstream, and how their milestones were met."""
    rows = (
        await session.execute(
            select(
                Project.status, Project.rating, WorkingGroup.name.label("workstream"), func.count().label("projects")
            )
            .outerjoin(WorkingGroup, _seen_workstream(reader))
            .where(visible_to(reader, Project), _goes_on(session.today))
            .group_by(Project.status, Project.rating, WorkingGroup.name)
        )
    ).all()
    met = Milestone.actual_on.is_not(None)
    steps = (
        await session.execute(
            select(
                func.count(),
                func.count().filter(met),
                func.count().filter(met, Milestone.actual_on <= Milestone.planned_on),
                func.count().filter(_is_late(session.today)),
            )
            .join(Project, Project.id == Milestone.project_id)
            .where(visible_to(reader, Project), _goes_on(session.today), Milestone.until.is_(None))
        )
    ).one()

    def by(column: str, order: Sequence[str | None]) -> tuple[ProjectCount, ...]:
        found: dict[str | None, int] = dict.fromkeys(order, 0)
        for row in rows:
            name = row._mapping[column]
            found[name] = found.get(name, 0) + row.projects
        return tuple(ProjectCount(name, count) for name, count in found.items())

    workstreams = sorted({row.workstream for row in rows if row.workstream is not None})
    return ProjectCounts(
        projects=sum(row.projects for row in rows),
        by_status=by("status", STATUSES),
        by_rating=by("rating", (*RATINGS, None)),
        by_workstream=by("workstream", workstreams),
        milestones=steps[0],
        milestones_met=steps[1],
        milestones_met_on_time=steps[2],
        milestones_late=steps[3],
        on_time_share=steps[2] / steps[1] if steps[1] else None,
    )


async def by_country(session: ReadSession, reader: Reader) -> tuple[CoverageCell, ...]:
    """How many projects each country has a part in, all countries, by name."""
    part = and_(ProjectPartner.participant_id == Participant.id, ProjectPartner.until.is_(None))
    seen = and_(Project.id == ProjectPartner.project_id, visible_to(reader, Project), _goes_on(session.today))
    rows = await session.execute(
        select(Participant.code, Participant.name, func.count(Project.id.distinct()))
        .outerjoin(ProjectPartner, part)
        .outerjoin(Project, seen)
        .where(visible_to(reader, Participant), Participant.until.is_(None))
        .group_by(Participant.id)
        .order_by(Participant.name, Participant.id)
    )
    return tuple(CoverageCell(*row) for row in rows)


async def coverage(session: ReadSession, reader: Reader) -> tuple[CoverageRow, ...]:
    """Every objective against every country, the empty cells too."""
    served = func.unnest(Project.objectives).column_valued("served", joins_implicitly=True)
    shown = (visible_to(reader, Project), _goes_on(session.today))
    per_objective = await session.execute(
        select(served, func.count(Project.id.distinct())).where(*shown).group_by(served)
    )
    per_cell = await session.execute(
        select(served, Participant.code, func.count(Project.id.distinct()))
        .select_from(Project)
        .join(ProjectPartner, and_(ProjectPartner.project_id == Project.id, ProjectPartner.until.is_(None)))
        .join(Participant, and_(Participant.id == ProjectPartner.participant_id, visible_to(reader, Participant)))
        .where(*shown)
        .group_by(served, Participant.code)
    )
    totals = {row[0]: row[1] for row in per_objective}
    cells = {(row[0], row[1]): row[2] for row in per_cell}
    countries = await participant_choices(session, reader)
    return tuple(
        CoverageRow(
            objective=line.slug,
            citation=line.citation,
            title=line.title,
            projects=totals.get(line.slug, 0),
            cells=tuple(CoverageCell(code, name, cells.get((line.slug, code), 0)) for _, code, name in countries),
        )
        for line in objectives()
    )


async def all_for_report(session: ReadSession, reader: Reader) -> tuple[ReportedProject, ...]:
    """Every project that the reader may see, ended ones too, by code, with partners and milestones."""
    found = (await session.execute(_projects(reader).order_by(Project.number))).mappings().all()
    parts: dict[int, list[PartnerView]] = {}
    for row in (await session.execute(_partners(reader))).mappings():
        parts.setdefault(row["project_id"], []).append(_partner_view(row))
    steps: dict[int, list[MilestoneView]] = {}
    for row in (await session.execute(_milestones(reader))).mappings():
        steps.setdefault(row["project_id"], []).append(_milestone_view(row, session.today))
    return tuple(
        ReportedProject(_project_view(row), tuple(parts.get(row["id"], ())), tuple(steps.get(row["id"], ())))
        for row in found
    )


# ---- related efforts


async def list_related_efforts(
    session: ReadSession,
    *,
    ended: bool = False,
    sort: str = "-day",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[RelatedEffortView]:
    """Efforts that are not Partnership projects, without those that have ended unless `ended`."""
    statement = _related()
    if not ended:
        statement = statement.where(or_(RelatedEffort.until.is_(None), RelatedEffort.until >= session.today))
    return await list_page(
        session,
        statement,
        row_id=RelatedEffort.id,
        sorts=_RELATED_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_related_view,
    )


async def related_effort(session: ReadSession, effort_id: RelatedEffortId) -> RelatedEffortView:
    """One related effort, or NotFound."""
    row = (await session.execute(_related().where(RelatedEffort.id == effort_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no related effort with this number.")
    return _related_view(row)


async def related_effort_by_name(session: ReadSession, name: str) -> RelatedEffortView | None:
    """The related effort of that name, if there is one."""
    row = (await session.execute(_related().where(RelatedEffort.name == name))).mappings().one_or_none()
    return _related_view(row) if row is not None else None


def _goes_on(today: date) -> SQLColumnExpression[bool]:
    return or_(Project.until.is_(None), Project.until >= today)


def _is_late(today: date) -> SQLColumnExpression[bool]:
    # rules.lateness in SQL, for what is open: behind plan by its forecast, or by today.
    return and_(_open, or_(_expected > Milestone.planned_on, Milestone.planned_on < today))


def _seen_workstream(reader: Reader) -> SQLColumnExpression[bool]:
    return and_(WorkingGroup.id == Project.workstream_id, visible_to(reader, WorkingGroup))


def _conditions(which: ProjectFilter, reader: Reader, today: date) -> list[SQLColumnExpression[bool]]:
    found: list[SQLColumnExpression[bool]] = []
    if not which.ended:
        found.append(_goes_on(today))
    if which.text:
        office = select(Office.id).where(Office.symbol.icontains(which.text, autoescape=True))
        found.append(
            or_(
                Project.name.icontains(which.text, autoescape=True),
                Project.code.icontains(which.text, autoescape=True),
                Project.lead_office_id.in_(office),
            )
        )
    if which.statuses:
        found.append(Project.status.in_(which.statuses))
    if which.kinds:
        found.append(Project.kind.in_(which.kinds))
    if which.ratings:
        rated = Project.rating.in_([each for each in which.ratings if each != NOT_RATED])
        found.append(or_(rated, Project.rating.is_(None)) if NOT_RATED in which.ratings else rated)
    if which.workstream_id is not None:
        found.append(WorkingGroup.id == which.workstream_id)
    if which.country:
        found.append(
            exists(
                select(literal(1))
                .select_from(ProjectPartner)
                .join(Participant, Participant.id == ProjectPartner.participant_id)
                .where(
                    ProjectPartner.project_id == Project.id,
                    ProjectPartner.until.is_(None),
                    Participant.code == which.country,
                    visible_to(reader, Participant),
                )
            )
        )
    if which.objective:
        found.append(literal(which.objective) == any_(Project.objectives))
    if which.late:
        found.append(exists(select(literal(1)).where(Milestone.project_id == Project.id, _is_late(today))))
    return found


async def _countries(session: ReadSession, reader: Reader, ids: Sequence[int]) -> dict[int, tuple[ProjectCountry, ...]]:
    rows = await session.execute(
        select(ProjectPartner.project_id, Participant.code, Participant.name, ProjectPartner.lead)
        .join(Participant, Participant.id == ProjectPartner.participant_id)
        .where(ProjectPartner.project_id.in_(ids), ProjectPartner.until.is_(None), visible_to(reader, Participant))
        .order_by(ProjectPartner.lead.desc(), Participant.code)
    )
    found: dict[int, tuple[ProjectCountry, ...]] = {}
    for row in rows:
        found[row.project_id] = (*found.get(row.project_id, ()), ProjectCountry(row.code, row.name, row.lead))
    return found


async def _next_milestones(session: ReadSession, ids: Sequence[int]) -> dict[int, NextMilestone]:
    rows = await session.execute(
        select(
            Milestone.project_id,
            Milestone.id,
            Milestone.name,
            Milestone.planned_on,
            Milestone.forecast_on,
        )
        .ext(distinct_on(Milestone.project_id))
        .where(Milestone.project_id.in_(ids), _open)
        .order_by(Milestone.project_id, _expected, Milestone.position, Milestone.id)
    )
    return {
        row.project_id: NextMilestone(
            row.id,
            row.name,
            row.forecast_on or row.planned_on,
            rules.lateness(MilestoneDates(row.planned_on, row.forecast_on), session.today),
        )
        for row in rows
    }


def _projects(reader: Reader) -> AnySelect:
    joined = {
        "workstream_id": WorkingGroup.id,
        "workstream": WorkingGroup.name,
        "lead_office": Office.symbol,
    }
    return (
        select(*(joined[name].label(name) if name in joined else getattr(Project, name) for name in _VIEW))
        .outerjoin(WorkingGroup, _seen_workstream(reader))
        .outerjoin(Office, Office.id == Project.lead_office_id)
        .where(visible_to(reader, Project))
    )


def _partners(reader: Reader) -> AnySelect:
    joined = {"code": Participant.code, "name": Participant.name}
    return (
        select(*(joined[name] if name in joined else getattr(ProjectPartner, name) for name in _PARTNER))
        .join(Participant, and_(Participant.id == ProjectPartner.participant_id, visible_to(reader, Participant)))
        .join(Project, and_(Project.id == ProjectPartner.project_id, visible_to(reader, Project)))
        .order_by(ProjectPartner.until.is_not(None), ProjectPartner.lead.desc(), Participant.name, ProjectPartner.id)
    )


def _milestones(reader: Reader) -> AnySelect:
    stored = [name for name in MilestoneView.__struct_fields__ if name not in ("project", "state", "days_late")]
    return (
        select(*(getattr(Milestone, name) for name in stored), Project.name.label("project"))
        .join(Project, and_(Project.id == Milestone.project_id, visible_to(reader, Project)))
        .order_by(Milestone.project_id, Milestone.position, Milestone.id)
    )


def _related() -> AnySelect:
    return select(*(getattr(RelatedEffort, name) for name in RelatedEffortView.__struct_fields__))


_LINE = [name for name in ProjectLine.__struct_fields__ if name not in ("countries", "next_milestone")]
_VIEW = ProjectView.__struct_fields__
_PARTNER = PartnerView.__struct_fields__


def _project_view(row: RowMapping) -> ProjectView:
    return ProjectView(**{name: row[name] for name in _VIEW})


def _partner_view(row: RowMapping) -> PartnerView:
    return PartnerView(**{name: row[name] for name in _PARTNER})


def _milestone_view(row: RowMapping, today: date) -> MilestoneView:
    dates = MilestoneDates(row["planned_on"], row["forecast_on"], row["actual_on"])
    cancelled = row["until"] is not None
    return MilestoneView(
        **row,
        state=rules.milestone_state(dates, today, cancelled=cancelled),
        days_late=None if cancelled else rules.lateness(dates, today),
    )


def _related_view(row: RowMapping) -> RelatedEffortView:
    return RelatedEffortView(**{name: row[name] for name in RelatedEffortView.__struct_fields__})
