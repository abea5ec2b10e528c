"""The plan of a project from the template of its kind."""

from datetime import date
from typing import Annotated, cast

import msgspec
from sqlalchemy import func, select

from pipir.features.projects.commands.shared import detailed_project
from pipir.features.projects.rules import Kind, phases
from pipir.features.projects.tables import Milestone
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.ids import MilestoneId, ProjectId
from pipir.kernel.text import Line
from pipir.store.doors import WriteSession


class PlannedStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A milestone of a plan, and the phase that it stands in."""

    name: Line
    planned_on: date
    phase: Line | None = None


class TakeTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The milestones that are taken of a template, with the days that they are planned for, in their order."""

    steps: Annotated[list[PlannedStep], msgspec.Meta(max_length=40)]


@command("project.plan", permission="projects.change", sunset="goes on")
async def plan_project(session: WriteSession, project_id: ProjectId, body: TakeTemplate) -> tuple[MilestoneId, ...]:
    """Add the milestones of a template to a project's plan, as they were chosen and dated."""
    project = await detailed_project(session, project_id)
    if not body.steps:
        raise Invalid("Nothing is chosen.", mistakes=(Mistake("steps", "Give at least one milestone a day."),))
    for place, step in enumerate(body.steps):
        phases.check_phase(step.phase, cast("Kind", project.kind), field=f"steps.{place}.phase")
    last = await session.scalar(select(func.max(Milestone.position)).where(Milestone.project_id == project_id)) or 0
    made = [
        Milestone(
            project_id=project_id, position=last + place, phase=step.phase, name=step.name, planned_on=step.planned_on
        )
        for place, step in enumerate(body.steps, 1)
    ]
    session.add_all(made)
    await session.flush()
    return tuple(MilestoneId(each.id) for each in made)
