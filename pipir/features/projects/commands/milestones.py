"""The milestones of a project: planned, revised, met, cancelled."""

from datetime import date
from typing import Annotated, cast

import msgspec
from sqlalchemy import func, select

from pipir.features.projects import rules
from pipir.features.projects.commands.shared import detailed_project, visible_project
from pipir.features.projects.rules import Kind, MilestoneDates, phases
from pipir.features.projects.tables import (
    Milestone,
    Project,
)
from pipir.kernel.command import command
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import MilestoneId, ProjectId
from pipir.kernel.text import Line, Reason
from pipir.store.doors import WriteSession

Position = Annotated[int, msgspec.Meta(ge=1, le=10_000, description="The milestone's place in the project's plan.")]


class PlanMilestone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step of a project; without a position it stands last."""

    name: Line
    planned_on: date
    forecast_on: date | None = None
    position: Position | None = None
    phase: Line | None = None


class ReviseMilestone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a milestone; a changed date needs a reason."""

    name: Line
    planned_on: date
    forecast_on: date | None = None
    position: Position | None = None
    phase: Line | None = None
    reason: Reason | None = None


class MeetMilestone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which a milestone was met; changing that day later needs a reason."""

    actual_on: date
    reason: Reason | None = None


class CancelMilestone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a milestone is dropped from the plan."""

    because: Reason


@command("milestone.plan", permission="projects.change", sunset="goes on")
async def plan_milestone(session: WriteSession, project_id: ProjectId, body: PlanMilestone) -> MilestoneId:
    """Add a milestone to a project's plan."""
    project = await detailed_project(session, project_id)
    phases.check_phase(body.phase, cast("Kind", project.kind))
    last = await session.scalar(select(func.max(Milestone.position)).where(Milestone.project_id == project_id))
    milestone = Milestone(
        project_id=project_id,
        position=body.position or (last or 0) + 1,
        phase=body.phase,
        name=body.name,
        planned_on=body.planned_on,
        forecast_on=body.forecast_on,
    )
    session.add(milestone)
    await session.flush()
    return MilestoneId(milestone.id)


@command("milestone.revise", permission="projects.change", sunset="goes on")
async def revise_milestone(
    session: WriteSession, milestone_id: MilestoneId, body: ReviseMilestone, *, version: int
) -> None:
    """Change a milestone's name, place, phase, plan or forecast; a changed date needs a reason."""
    milestone, project = await _milestone(session, milestone_id, version)
    phases.check_phase(body.phase, cast("Kind", project.kind), milestone.phase)
    if rules.may_redate(_dates(milestone), body.planned_on, body.forecast_on, body.reason):
        milestone.planned_on, milestone.forecast_on = body.planned_on, body.forecast_on
        milestone.date_reason = body.reason
    milestone.name, milestone.phase = body.name, body.phase
    milestone.position = body.position or milestone.position
    await session.flush()


@command("milestone.meet", permission="projects.change", sunset="goes on")
async def meet_milestone(
    session: WriteSession, milestone_id: MilestoneId, body: MeetMilestone, *, version: int
) -> None:
    """Record the day on which a milestone was met, or correct it with a reason."""
    milestone, _ = await _milestone(session, milestone_id, version)
    rules.may_meet(_dates(milestone), body.actual_on, body.reason, session.today)
    milestone.actual_on = body.actual_on
    if body.reason is not None:
        milestone.date_reason = body.reason
    await session.flush()


@command("milestone.cancel", permission="projects.change", sunset="goes on")
async def cancel_milestone(
    session: WriteSession, milestone_id: MilestoneId, body: CancelMilestone, *, version: int
) -> None:
    """Drop a milestone from the plan, today; it stays in the record with its reason."""
    milestone, _ = await _milestone(session, milestone_id, version)
    rules.may_cancel(milestone.actual_on)
    milestone.until, milestone.ended_because = session.today, body.because
    await session.flush()


async def _milestone(session: WriteSession, milestone_id: MilestoneId, version: int) -> tuple[Milestone, Project]:
    milestone = await session.get(Milestone, milestone_id, with_for_update=True)
    if milestone is None:
        raise NotFound("There is no milestone with this number.")
    project = await visible_project(session, milestone.project_id, "There is no milestone with this number.")
    session.check_version(milestone, version, title=f"The milestone {milestone.name}")
    rules.may_change(project.code, project.until)
    rules.may_change_milestone(milestone.until)
    return milestone, project


def _dates(milestone: Milestone) -> MilestoneDates:
    return MilestoneDates(milestone.planned_on, milestone.forecast_on, milestone.actual_on)
