"""One project, its partners and its milestones."""

from collections.abc import Container, Sequence
from datetime import date
from typing import cast

import msgspec
from sqlalchemy import RowMapping, and_, select

from pipir.features.agreements.tables import Agreement
from pipir.features.groups.tables import WorkingGroup
from pipir.features.law import queries as law
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office
from pipir.features.projects import rules
from pipir.features.projects.queries.listing import seen_workstream, updated_on
from pipir.features.projects.rules import Kind, MilestoneDates
from pipir.features.projects.rules.phases import PhaseStanding, Step, line_of_phases
from pipir.features.projects.rules.staleness import stale_for, stale_steps
from pipir.features.projects.tables import Milestone, PartnerId, Project, ProjectFreshness, ProjectPartner
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import MilestoneId, ProjectId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect


class ProjectView(msgspec.Struct, frozen=True):
    """A project as shown; None is "not public", and a rating of None "not rated"."""

    id: int
    version: int
    code: str
    name: str
    kind: str
    workstream_id: int | None
    workstream: str | None
    # The agreement that the work is done under, as far as the reader may see it.
    agreement_id: int | None
    agreement: str | None
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
    # The day of a person's last change of the project or of what hangs on it, and the days of the office's convention
    # that have gone by since; None where it is fresh, closed or ended.
    updated_on: date
    stale: int | None = None
    # The words beside work that goes on under another authority, or was recorded late; blank otherwise.
    label: str = ""
    # Why the latest act was recorded late, and the document that shows it.
    recorded_late: str | None = None
    recorded_late_document: str | None = None


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
    # The words beside a part that goes on under another authority, or was recorded late; blank otherwise.
    label: str = ""
    # Why the latest act was recorded late, and the document that shows it.
    recorded_late: str | None = None
    recorded_late_document: str | None = None


class MilestoneView(msgspec.Struct, frozen=True):
    """A milestone as shown, with its state and its days behind plan on the program's day (negative: ahead)."""

    id: int
    version: int
    project_id: int
    project: str
    position: int
    phase: str | None
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


class PlanView(msgspec.Struct, frozen=True):
    """Milestones of a plan, with the version of their project."""

    version: int
    project_id: int
    milestones: tuple[MilestoneView, ...]


async def project(session: ReadSession, reader: Reader, project_id: ProjectId) -> ProjectView:
    """One project, or NotFound."""
    row = (await session.execute(select_projects(reader).where(Project.id == project_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no project with this number.")
    return project_view(row, session.today)


async def project_by_name(session: ReadSession, reader: Reader, name: str) -> ProjectView | None:
    """The project of that name, if the reader may see one."""
    row = (await session.execute(select_projects(reader).where(Project.name == name))).mappings().one_or_none()
    return project_view(row, session.today) if row is not None else None


async def names(session: ReadSession, reader: Reader) -> tuple[tuple[int, str, str], ...]:
    """(id, code, name) of each project that has not ended, by code: the choices of a form."""
    rows = await session.execute(
        select(Project.id, Project.code, Project.name)
        .where(visible_to(reader, Project), Project.until.is_(None))
        .order_by(Project.number)
    )
    return tuple((row.id, row.code, row.name) for row in rows)


async def partners(
    session: ReadSession, reader: Reader, project_id: ProjectId, *, ended: bool = False
) -> tuple[PartnerView, ...]:
    """The partners of a project, the lead first; ended parts too where asked for."""
    statement = select_partners(reader).where(ProjectPartner.project_id == project_id)
    if not ended:
        statement = statement.where(ProjectPartner.until.is_(None))
    return tuple(partner_view(row) for row in (await session.execute(statement)).mappings())


async def partner(session: ReadSession, reader: Reader, partner_id: PartnerId) -> PartnerView:
    """One part in a project, or NotFound."""
    row = (
        (await session.execute(select_partners(reader).where(ProjectPartner.id == partner_id))).mappings().one_or_none()
    )
    if row is None:
        raise NotFound("There is no part in a project with this number.")
    return partner_view(row)


async def milestones(session: ReadSession, reader: Reader, project_id: ProjectId) -> tuple[MilestoneView, ...]:
    """The milestones of a project in their order, cancelled ones too."""
    rows = await session.execute(select_milestones(reader).where(Milestone.project_id == project_id))
    return tuple(milestone_view(row, session.today) for row in rows.mappings())


async def plan_of(
    session: ReadSession, reader: Reader, project_id: ProjectId, only: Container[MilestoneId]
) -> PlanView:
    """Some milestones of a project, in the order of its plan."""
    view = await project(session, reader, project_id)
    steps = await milestones(session, reader, project_id)
    return PlanView(view.version, project_id, tuple(each for each in steps if each.id in only))


async def milestone(session: ReadSession, reader: Reader, milestone_id: MilestoneId) -> MilestoneView:
    """One milestone, or NotFound."""
    row = (
        (await session.execute(select_milestones(reader).where(Milestone.id == milestone_id))).mappings().one_or_none()
    )
    if row is None:
        raise NotFound("There is no milestone with this number.")
    return milestone_view(row, session.today)


def select_projects(reader: Reader) -> AnySelect:
    joined = {
        "workstream_id": WorkingGroup.id,
        "workstream": WorkingGroup.name,
        "agreement_id": Agreement.id,
        "agreement": Agreement.name,
        "lead_office": Office.symbol,
        "updated_on": updated_on,
    }
    return (
        select(
            *(joined[name].label(name) if name in joined else getattr(Project, name) for name in _VIEW),
            *law.label_columns(Project),
        )
        .outerjoin(ProjectFreshness, ProjectFreshness.project_id == Project.id)
        .outerjoin(WorkingGroup, seen_workstream(reader))
        .outerjoin(Agreement, and_(Agreement.id == Project.agreement_id, visible_to(reader, Agreement)))
        .outerjoin(Office, Office.id == Project.lead_office_id)
        .where(visible_to(reader, Project))
    )


def select_partners(reader: Reader) -> AnySelect:
    joined = {"code": Participant.code, "name": Participant.name}
    return (
        select(
            *(joined[name] if name in joined else getattr(ProjectPartner, name) for name in _PARTNER),
            *law.label_columns(ProjectPartner),
        )
        .join(Participant, and_(Participant.id == ProjectPartner.participant_id, visible_to(reader, Participant)))
        .join(Project, and_(Project.id == ProjectPartner.project_id, visible_to(reader, Project)))
        .order_by(ProjectPartner.until.is_not(None), ProjectPartner.lead.desc(), Participant.name, ProjectPartner.id)
    )


def select_milestones(reader: Reader) -> AnySelect:
    stored = [name for name in MilestoneView.__struct_fields__ if name not in ("project", "state", "days_late")]
    return (
        select(*(getattr(Milestone, name) for name in stored), Project.name.label("project"))
        .join(Project, and_(Project.id == Milestone.project_id, visible_to(reader, Project)))
        .order_by(Milestone.project_id, Milestone.position, Milestone.id)
    )


_VIEW = [name for name in ProjectView.__struct_fields__ if name not in (*law.LABEL_FIELDS, "stale")]
_PARTNER = [name for name in PartnerView.__struct_fields__ if name not in law.LABEL_FIELDS]


def project_view(row: RowMapping, today: date) -> ProjectView:
    stale = stale_for(row["updated_on"], row["status"], row["until"], today, stale_steps(the_statute(), today))
    return ProjectView(**{name: row[name] for name in _VIEW}, stale=stale, **law.labels_of_row(row))


def partner_view(row: RowMapping) -> PartnerView:
    return PartnerView(**{name: row[name] for name in _PARTNER}, **law.labels_of_row(row))


def milestone_view(row: RowMapping, today: date) -> MilestoneView:
    dates = MilestoneDates(row["planned_on"], row["forecast_on"], row["actual_on"])
    cancelled = row["until"] is not None
    return MilestoneView(
        **row,
        state=rules.milestone_state(dates, today, cancelled=cancelled),
        days_late=None if cancelled else rules.lateness(dates, today),
    )


def phases_of(view: ProjectView, steps: Sequence[MilestoneView]) -> tuple[PhaseStanding, ...]:
    """The phases of a project in order, each with where it stands by its milestones."""
    taken = [Step(each.phase, each.actual_on is not None, each.until is not None) for each in steps]
    return line_of_phases(cast("Kind", view.kind), taken)
