"""Projects in lists, with their partners' tags and next milestone."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import (
    Date,
    Select,
    SQLColumnExpression,
    Text,
    and_,
    any_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from pipir.features.agreements.tables import Agreement
from pipir.features.groups.tables import WorkingGroup
from pipir.features.law import queries as law
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office
from pipir.features.projects import rules
from pipir.features.projects.rules import Kind, MilestoneDates, Status
from pipir.features.projects.rules.staleness import check_step, last_fresh_day, stale_for, stale_steps
from pipir.features.projects.tables import (
    KINDS,
    RATINGS,
    STATUSES,
    Milestone,
    Project,
    ProjectFreshness,
    ProjectPartner,
)
from pipir.kernel.calendar import WASHINGTON, end_of_day
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AT_ONCE, AnySelect, Sorts, every_row, list_page

NOT_RATED: Final = "none"
RatingFilter = Literal["green", "amber", "red", "none"]


class ProjectFilter(msgspec.Struct, frozen=True):
    """Which projects are asked for; of several values any fits, of several filters all do."""

    text: str | None = None
    statuses: tuple[Status, ...] = ()
    kinds: tuple[Kind, ...] = ()
    ratings: tuple[RatingFilter, ...] = ()
    workstream_id: RecordNumber | None = None
    agreement_id: RecordNumber | None = None
    country: str | None = None
    objective: str | None = None
    late: bool = False
    # So many days without an update, of those that the office keeps.
    stale: int | None = None
    ended: bool = False


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
    # The day of a person's last change of the project or of what hangs on it, and the days of the office's convention
    # that have gone by since; None where it is fresh, closed or ended.
    updated_on: date
    stale: int | None = None
    countries: tuple[ProjectCountry, ...] = ()
    next_milestone: NextMilestone | None = None
    # The words beside work that goes on under another authority, or was recorded late; blank otherwise.
    label: str = ""


def _order(column: Any, names: Sequence[str]) -> SQLColumnExpression[int]:
    # The order of life, not of the alphabet.
    return case({name: place for place, name in enumerate(names)}, value=column, else_=len(names))


expected_on = func.coalesce(Milestone.forecast_on, Milestone.planned_on)
is_open = and_(Milestone.actual_on.is_(None), Milestone.until.is_(None))
# One pass over all milestones; where a list is in another order PostgreSQL leaves the join out.
_next = (
    select(Milestone.project_id, func.min(expected_on).label("on_day"))
    .where(is_open)
    .group_by(Milestone.project_id)
    .subquery()
)
updated_on = cast(func.timezone(WASHINGTON.key, ProjectFreshness.updated_at), Date)
# The day stands in the text, not as a parameter: an index has this order only for the expression itself.
announced_or_never: SQLColumnExpression[date] = func.coalesce(Project.announced_on, literal_column("'-infinity'::date"))
_name = (func.lower(Project.name), str)
_SORTS: Sorts = {
    "name": (_name,),
    "code": ((Project.number, int),),
    "status": ((_order(Project.status, STATUSES), int), _name),
    "kind": ((_order(Project.kind, KINDS), int), _name),
    "rating": ((_order(Project.rating, RATINGS[::-1]), int), _name),
    "milestone": ((func.coalesce(_next.c.on_day, date.max), date), _name),
    # Many share a day or have none: their numbers order them, since small letters of names cost a fifth of the query.
    "announced": ((announced_or_never, date), (Project.number, int)),
    "updated": ((updated_on, date), _name),
}
SORTS = tuple(_SORTS)


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
    steps = stale_days(session)
    if which.stale is not None:
        check_step(which.stale, steps)
    today = session.today
    return await list_page(
        session,
        _listed(reader, which, today),
        row_id=Project.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        count=_counted(reader, which, today),
        view=lambda row: ProjectLine(
            **{name: row[name] for name in _LINE},
            stale=stale_for(row["updated_on"], row["status"], row["until"], today, steps),
            label=law.label_of_row(row),
            countries=_read_countries(row["partners"]) if row["partners"] else (),
            next_milestone=_next_of(row["following"], today),
        ),
    )


async def every_project(
    session: ReadSession, reader: Reader, which: ProjectFilter, *, sort: str = "name"
) -> tuple[ProjectLine, ...]:
    """All rows of a list, for an export."""
    return await every_row(
        lambda cursor: list_projects(session, reader, which, sort=sort, cursor=cursor, limit=AT_ONCE)
    )


@lru_cache(maxsize=128)
def _listed(reader: Reader, which: ProjectFilter, today: date) -> AnySelect:
    return (
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
            updated_on.label("updated_on"),
            *law.label_columns(Project),
            _countries(reader).label("partners"),
            _next_milestone().label("following"),
        )
        .outerjoin(ProjectFreshness, ProjectFreshness.project_id == Project.id)
        .outerjoin(WorkingGroup, seen_workstream(reader))
        .outerjoin(_next, _next.c.project_id == Project.id)
        .where(*_where(reader, which, today))
    )


@lru_cache(maxsize=128)
def _counted(reader: Reader, which: ProjectFilter, today: date) -> Select[int]:
    # Without what hangs on a row: an index alone answers it.
    found = select(func.count()).select_from(Project).where(*_where(reader, which, today))
    return found.join(ProjectFreshness, ProjectFreshness.project_id == Project.id) if which.stale is not None else found


def _where(reader: Reader, which: ProjectFilter, today: date) -> list[SQLColumnExpression[bool]]:
    return [visible_to(reader, Project), *_conditions(which, reader, today)]


def goes_on(today: date) -> SQLColumnExpression[bool]:
    return or_(Project.until.is_(None), Project.until >= today)


def is_late(today: date) -> SQLColumnExpression[bool]:
    # rules.lateness in SQL, for what is open: behind plan by its forecast, or by today.
    return and_(is_open, or_(expected_on > Milestone.planned_on, Milestone.planned_on < today))


def is_stale(days: int, today: date) -> SQLColumnExpression[bool]:
    # rules.stale_for in SQL, of projects that have not ended.
    return and_(
        ProjectFreshness.updated_at < end_of_day(last_fresh_day(days, today)),
        Project.status.not_in(rules.CLOSED),
        Project.until.is_(None),
    )


def stale_days(session: ReadSession) -> tuple[int, ...]:
    """The numbers of days without an update after which the office looks at a project, the least first."""
    # A convention of the files: no enacted amendment changes it.
    return stale_steps(the_statute(), session.today)


def seen_workstream(reader: Reader) -> SQLColumnExpression[bool]:
    return and_(WorkingGroup.id == Project.workstream_id, visible_to(reader, WorkingGroup))


def _conditions(which: ProjectFilter, reader: Reader, today: date) -> list[SQLColumnExpression[bool]]:
    found: list[SQLColumnExpression[bool]] = []
    if not which.ended:
        found.append(goes_on(today))
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
        named = seen_workstream(reader) & (WorkingGroup.id == which.workstream_id)
        found.append(exists(select(literal(1)).select_from(WorkingGroup).where(named).correlate(Project)))
    if which.agreement_id is not None:
        found.append(
            exists(
                select(literal(1)).where(
                    Agreement.id == which.agreement_id,
                    Agreement.id == Project.agreement_id,
                    visible_to(reader, Agreement),
                )
            )
        )
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
        found.append(exists(select(literal(1)).where(Milestone.project_id == Project.id, is_late(today))))
    if which.stale is not None:
        found.append(is_stale(which.stale, today))
    return found


def _countries(reader: Reader) -> SQLColumnExpression[str]:
    """The partners of the statement's project as JSON: what a page shows comes with its rows, in one question."""
    each = (
        select(Participant.code, Participant.name, ProjectPartner.lead)
        .join(Participant, Participant.id == ProjectPartner.participant_id)
        .where(
            ProjectPartner.project_id == Project.id,
            ProjectPartner.until.is_(None),
            visible_to(reader, Participant),
        )
        .correlate(Project)
        .subquery()
    )
    order = aggregate_order_by(func.to_json(each.table_valued()), each.c.lead.desc(), each.c.code)
    return cast(select(func.json_agg(order)).scalar_subquery(), Text)


def _next_milestone() -> SQLColumnExpression[str]:
    """The first open milestone of the statement's project as JSON: its number, name, plan and forecast."""
    first = (
        select(Milestone.id, Milestone.name, Milestone.planned_on, Milestone.forecast_on)
        .where(Milestone.project_id == Project.id, is_open)
        .order_by(expected_on, Milestone.position, Milestone.id)
        .limit(1)
        .correlate(Project)
        .subquery()
    )
    return cast(select(func.to_json(first.table_valued())).scalar_subquery(), Text)


class _Milestone(msgspec.Struct, frozen=True):
    id: int
    name: str
    planned_on: date
    forecast_on: date | None


_read_countries: Final = msgspec.json.Decoder(tuple[ProjectCountry, ...]).decode
_read_milestone: Final = msgspec.json.Decoder(_Milestone).decode


def _next_of(found: str | None, today: date) -> NextMilestone | None:
    if found is None:
        return None
    each = _read_milestone(found)
    late = rules.lateness(MilestoneDates(each.planned_on, each.forecast_on), today)
    return NextMilestone(each.id, each.name, each.forecast_on or each.planned_on, late)


_ADDED: Final = ("countries", "next_milestone", "label", "stale")
_LINE = [name for name in ProjectLine.__struct_fields__ if name not in _ADDED]
