"""Plans that would outlive the section's own authority, and under which other authority, if any, they go on."""

from datetime import date
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Result, and_, exists, func, or_, select

from pipir.features.agreements.queries import state_of
from pipir.features.agreements.rules import OVER
from pipir.features.agreements.tables import Agreement
from pipir.features.assistance.queries import AssistanceFilter, every_assistance
from pipir.features.assistance.rules import AUTHORITY
from pipir.features.duties import rules
from pipir.features.groups.tables import ActionItem, Meeting, WorkingGroup
from pipir.features.law.queries import law_of, reviewed_determinations
from pipir.features.law.rules import Determination, end_of, is_determined
from pipir.features.ledger.queries import totals
from pipir.features.projects.rules import CLOSED
from pipir.features.projects.tables import Milestone, Project
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.statute.lookup import SECTION, in_force
from pipir.statute.model import Statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession


class OutlivingMilestone(msgspec.Struct, frozen=True):
    """A milestone that is still open and is planned, or forecast, for a day that the authority does not reach."""

    id: int
    name: str
    on: date
    forecast: bool
    exercise: bool


class OutlivingProject(msgspec.Struct, frozen=True):
    """A project with such milestones; `not_yet_obligated` None: without a planned total it is not computable."""

    id: int
    code: str
    name: str
    status: str
    program_authority: str | None
    last_on: date
    milestones: tuple[OutlivingMilestone, ...]
    planned_total: Dollars | None
    obligated: Dollars
    not_yet_obligated: Dollars | None
    exercise: bool


class OutlivingGroup(msgspec.Struct, frozen=True):
    """A group without a recorded end that rests on the section."""

    id: int
    name: str
    kind: str
    program_authority: str
    open_actions: int
    exercise: bool


class OutlivingAgreement(msgspec.Struct, frozen=True):
    """An agreement that rests on the section alone; in force it goes on by its own terms, unsigned it is not signed.

    `expires_on` None: it says no day on which it expires.
    """

    id: int
    code: str
    name: str
    state: str
    signed_on: date | None
    expires_on: date | None
    exercise: bool


class OutlivingAssistance(msgspec.Struct, frozen=True):
    """Assistance under 1253(e)(3) whose last day the section does not reach; `uses` is its authority of title 10.

    What has begun goes on under that authority while `in_force` there; a beginning after the end needs a determination.
    """

    id: int
    code: str
    name: str
    partner: str
    status: str
    uses: str
    uses_citation: str
    starts_on: date
    ends_on: date
    exercise: bool
    in_force: bool = True


class Outliving(msgspec.Struct, frozen=True):
    """What would go on after the last day, of what the reader may see; `first_day` None: the law sets no end.

    `not_yet_obligated` sums the planned totals of the projects less what is obligated; `money_unknown` counts the
    projects that no planned total is recorded of, and `unplanned` those that no open milestone is recorded of.
    """

    last_day: date | None
    first_day: date | None
    projects: tuple[OutlivingProject, ...]
    groups: tuple[OutlivingGroup, ...]
    milestones: int
    not_yet_obligated: Dollars
    money_unknown: int
    unplanned: int
    agreements: tuple[OutlivingAgreement, ...]
    assistance: tuple[OutlivingAssistance, ...]


class Plans(msgspec.Struct, frozen=True):
    """What is planned under the section from a day on, before a law has judged it."""

    projects: tuple[OutlivingProject, ...]
    groups: tuple[OutlivingGroup, ...]
    determinations: tuple[Determination, ...]
    unplanned: int
    agreements: tuple[OutlivingAgreement, ...] = ()
    assistance: tuple[OutlivingAssistance, ...] = ()


async def outliving(session: ReadSession, reader: Reader) -> Outliving:
    """The plans that would outlive the authority by the law as it stands."""
    law = await law_of(session)
    return judged(await plans_after(session, reader, (law,)), law)


async def plans_after(session: ReadSession, reader: Reader, laws: tuple[Statute, ...]) -> Plans:
    """What is planned beyond the end by any of the laws."""
    ends = [day for law in laws if (day := rules.first_day_after(law)) is not None]
    if not ends:
        return Plans((), (), (), 0)
    return Plans(
        await _projects(session, reader, min(ends)),
        await _groups(session, reader),
        await reviewed_determinations(session, ("project", "group", "agreement", "assistance")),
        await session.scalar(select(func.count(Project.id)).where(*_under_section(reader), ~_has_open_milestone()))
        or 0,
        await _agreements(session, reader),
        await _assistance(session, reader, min(ends)),
    )


def judged(plans: Plans, law: Statute) -> Outliving:
    """Which of the plans outlive the authority by a law: nothing in force carries their days."""
    first_day = rules.first_day_after(law)
    projects = tuple(
        found for each in plans.projects if first_day and (found := _uncarried(each, plans, law, first_day)) is not None
    )
    groups = tuple(each for each in plans.groups if first_day and not _carried(plans, "group", each.id, first_day, law))
    return Outliving(
        last_day=end_of(law).last_day,
        first_day=first_day,
        projects=projects,
        groups=groups,
        milestones=sum(len(each.milestones) for each in projects),
        not_yet_obligated=sum((each.not_yet_obligated or Dollars.zero() for each in projects), Dollars.zero()),
        money_unknown=sum(each.not_yet_obligated is None for each in projects),
        unplanned=plans.unplanned,
        agreements=tuple(
            each
            for each in plans.agreements
            if first_day
            and (each.expires_on is None or each.expires_on > first_day)
            and not _carried(plans, "agreement", each.id, first_day, law)
        ),
        assistance=tuple(
            msgspec.structs.replace(each, in_force=in_force(law, each.uses, first_day))
            for each in plans.assistance
            if first_day and each.ends_on >= first_day and not _carried(plans, "assistance", each.id, first_day, law)
        ),
    )


def _uncarried(project: OutlivingProject, plans: Plans, law: Statute, first_day: date) -> OutlivingProject | None:
    milestones = tuple(
        each
        for each in project.milestones
        if each.on >= first_day and not _carried(plans, "project", project.id, each.on, law)
    )
    if not milestones:
        return None
    return msgspec.structs.replace(project, milestones=milestones, last_on=max(each.on for each in milestones))


def _carried(plans: Plans, kind: str, record_id: int, on: date, law: Statute) -> bool:
    return any(
        each.subject_kind == kind and each.subject_id == record_id and is_determined(each, on, law)
        for each in plans.determinations
    )


async def _projects(session: ReadSession, reader: Reader, first_day: date) -> tuple[OutlivingProject, ...]:
    on = func.coalesce(Milestone.forecast_on, Milestone.planned_on)
    rows = (
        await session.execute(
            select(
                Project.id,
                Project.code,
                Project.name,
                Project.status,
                Project.program_authority,
                Project.planned_total,
                Project.exercise,
                Milestone.id.label("milestone_id"),
                Milestone.name.label("milestone"),
                Milestone.exercise.label("milestone_exercise"),
                Milestone.forecast_on.is_not(None).label("forecast"),
                on.label("on"),
            )
            .join(Milestone, Milestone.project_id == Project.id)
            .where(*_under_section(reader), _is_open(), on >= first_day)
            .order_by(Project.code, Project.id, on, Milestone.id)
        )
    ).all()
    if not rows:
        return ()
    money = await totals(session, reader, "project")
    obligated = {row.key: row.figures.obligated for row in money.rows}
    milestones: dict[int, list[OutlivingMilestone]] = {}
    for row in rows:
        milestones.setdefault(row.id, []).append(
            OutlivingMilestone(row.milestone_id, row.milestone, row.on, row.forecast, row.milestone_exercise)
        )
    return tuple(
        OutlivingProject(
            id=row.id,
            code=row.code,
            name=row.name,
            status=row.status,
            program_authority=row.program_authority,
            last_on=milestones[row.id][-1].on,
            milestones=tuple(milestones[row.id]),
            planned_total=row.planned_total,
            obligated=(spent := obligated.get(str(row.id), Dollars.zero())),
            not_yet_obligated=None if row.planned_total is None else max(row.planned_total - spent, Dollars.zero()),
            exercise=row.exercise,
        )
        for row in {row.id: row for row in rows}.values()
    )


async def _agreements(session: ReadSession, reader: Reader) -> tuple[OutlivingAgreement, ...]:
    """Those whose sole basis is the section, and that are not over today."""
    state = state_of(session.today)
    rows: Result[Any] = await session.execute(
        select(
            Agreement.id,
            Agreement.code,
            Agreement.name,
            state.label("state"),
            Agreement.signed_on,
            Agreement.expires_on,
            Agreement.exercise,
        )
        .where(
            visible_to(reader, Agreement),
            state.not_in(OVER),
            Agreement.also_authority.is_(None),
            or_(
                Agreement.program_authority == SECTION,
                Agreement.program_authority.startswith(SECTION + ".", autoescape=True),
            ),
        )
        .order_by(Agreement.number)
    )
    return tuple(OutlivingAgreement(**row) for row in rows.mappings())


async def _assistance(session: ReadSession, reader: Reader, first_day: date) -> tuple[OutlivingAssistance, ...]:
    """What rests on 1253(e)(3) and is planned for a day from the first one after the end on, unless it is over."""
    which = AssistanceFilter(statuses=("planned", "begun", "suspended"))
    same = [name for name in OutlivingAssistance.__struct_fields__ if name != "in_force"]
    return tuple(
        OutlivingAssistance(**{name: getattr(each, name) for name in same})
        for each in await every_assistance(session, reader, which, sort="code")
        if each.ends_on >= first_day and (each.program_authority or AUTHORITY).partition(".")[0] == SECTION
    )


async def _groups(session: ReadSession, reader: Reader) -> tuple[OutlivingGroup, ...]:
    open_actions = (
        select(func.count(ActionItem.id))
        .join(Meeting, Meeting.id == ActionItem.meeting_id)
        .where(Meeting.group_id == WorkingGroup.id, ActionItem.state == "open", visible_to(reader, Meeting))
        .scalar_subquery()
    )
    rows = await session.execute(
        select(
            WorkingGroup.id,
            WorkingGroup.name,
            WorkingGroup.kind,
            WorkingGroup.program_authority,
            open_actions.label("open_actions"),
            WorkingGroup.exercise,
        )
        .where(
            visible_to(reader, WorkingGroup),
            WorkingGroup.until.is_(None),
            or_(
                WorkingGroup.program_authority == SECTION,
                WorkingGroup.program_authority.startswith(SECTION + ".", autoescape=True),
            ),
        )
        .order_by(func.lower(WorkingGroup.name), WorkingGroup.id)
    )
    return tuple(OutlivingGroup(**row) for row in rows.mappings())


def _under_section(reader: Reader) -> tuple[ColumnElement[bool], ...]:
    return (
        visible_to(reader, Project),
        Project.until.is_(None),
        Project.status.not_in(CLOSED),
        or_(
            Project.program_authority.is_(None),
            Project.program_authority == SECTION,
            Project.program_authority.startswith(SECTION + ".", autoescape=True),
        ),
    )


def _is_open() -> ColumnElement[bool]:
    return and_(Milestone.actual_on.is_(None), Milestone.until.is_(None))


def _has_open_milestone() -> ColumnElement[bool]:
    return exists(select(Milestone.id).where(Milestone.project_id == Project.id, _is_open()))
