"""The plan of a project from the template of its kind: proposed with days, changed as wanted, then stored."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final, cast

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.projects import commands, queries, rules
from pipir.features.projects.pages.forms import project_to_change
from pipir.features.projects.rules import Kind, phases
from pipir.kernel.access import Caller
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.ids import ProjectId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.text import Line
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

# The start where the days of a template do not matter.
_ANY: Final = date(2000, 1, 1)


@dataclass(frozen=True)
class _Place:
    """A milestone by its place in the template, and whether the plan has one of its name."""

    number: int
    known: bool


@dataclass(frozen=True)
class _PlanPage:
    project: queries.ProjectView
    form: Form[Any]
    # Each phase with what it is for, and its milestones.
    phases: tuple[tuple[str, str, tuple[_Place, ...]], ...]
    starts_on: str
    convention: str
    crumbs: tuple[tuple[str, str], ...]


@get("/projects/{project_id:int}/plan", opt=allow(commands.plan_project))
async def plan_to_take(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    starts_on: FromQuery[date | None] = None,
) -> Response[bytes]:
    """The template's milestones with the days that follow from a start day, to be changed before they are stored."""
    view = await project_to_change(db, caller, project_id)
    rules.may_detail(view.in_classified_annex)
    kind = cast("Kind", view.kind)
    async with db.read() as session:
        starts = starts_on or session.today
        known = await _known(session, caller, view)
    phases.may_take_template(kind, known)
    values: dict[str, str | list[str]] = {}
    for step in phases.proposed(kind, starts):
        values[f"name_{step.place}"] = step.name
        # What the plan has already is left out, unless somebody gives it another day.
        values[f"planned_on_{step.place}"] = "" if step.name in known else step.planned_on.isoformat()
    return _plan_form(frame, Form(_form_of(kind), values), view, known, starts)


@post("/projects/{project_id:int}/plan", opt=allow(commands.plan_project), status_code=303)
async def take_plan(
    project_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Store the milestones that were left with a day."""
    view = await project_to_change(db, caller, project_id)
    kind = cast("Kind", view.kind)
    form = await read_form(request, _form_of(kind))
    with form:
        body = form.value()
        taken = [
            commands.PlannedStep(name=name, planned_on=day, phase=step.phase)
            for step in phases.proposed(kind, _ANY)
            if (day := getattr(body, f"planned_on_{step.place}")) is not None
            and (name := getattr(body, f"name_{step.place}")) is not None
        ]
        if not taken:
            expected = "Give at least one milestone a name and a day."
            raise Invalid("Nothing is chosen.", mistakes=(Mistake("planned_on_0", expected),))
        async with db.write(actor=caller.id, command=commands.plan_project.name, once=once) as session:
            await commands.plan_project(session, ProjectId(project_id), commands.TakeTemplate(taken))
            answer = see_other(session, f"/projects/{project_id}#milestones")
        return answer
    async with db.read() as reading:
        return _plan_form(frame, form, view, await _known(reading, caller, view), None)


@cache
def _form_of(kind: Kind) -> type[msgspec.Struct]:
    """The fields of a template's milestones; one without a name or a day is left out of the plan."""
    fields: list[tuple[str, Any, Any]] = []
    for step in phases.proposed(kind, _ANY):
        fields += [(f"name_{step.place}", Line | None, None), (f"planned_on_{step.place}", date | None, None)]
    return msgspec.defstruct("PlanForm", fields, frozen=True, forbid_unknown_fields=True)


def _plan_form(
    frame: Frame, form: Form[Any], view: queries.ProjectView, known: Container[str], starts_on: date | None
) -> Response[bytes]:
    kind = cast("Kind", view.kind)
    steps = phases.proposed(kind, _ANY)
    page = _PlanPage(
        project=view,
        form=form,
        phases=tuple(
            (
                each.name,
                each.says,
                tuple(_Place(step.place, step.name in known) for step in steps if step.phase == each.name),
            )
            for each in phases.templates()[kind]
        ),
        starts_on=starts_on.isoformat() if starts_on else "",
        convention=phases.CONVENTION,
        crumbs=(
            ("Dashboard", "/"),
            ("Projects", "/projects"),
            (view.name, f"/projects/{view.id}"),
            ("Take the template", ""),
        ),
    )
    return frame.show("projects/plan.html", page, status=form.status, marking=view.marking)


async def _known(session: ReadSession, caller: Caller, view: queries.ProjectView) -> frozenset[str]:
    """The names of the milestones that the plan has, but for cancelled ones."""
    steps = await queries.milestones(session, caller.reader, ProjectId(view.id))
    return frozenset(each.name for each in steps if each.until is None)


HANDLERS: Final = (
    plan_to_take,
    take_plan,
)
