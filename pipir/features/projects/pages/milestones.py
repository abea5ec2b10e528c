"""The milestones of a project: planned, revised, met, cancelled."""

from typing import Any, Final, cast

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.features.projects import commands, queries, rules
from pipir.features.projects.pages.forms import Field, FormWords, form_page, project_to_change, read_project
from pipir.features.projects.rules import Kind
from pipir.features.projects.rules.phases import phase_names
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_day
from pipir.kernel.ids import MilestoneId, ProjectId, RecordNumber
from pipir.kernel.once import Once
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame


@get("/projects/{project_id:int}/milestones/new", opt=allow(commands.plan_milestone))
async def new_milestone(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The empty form of a milestone."""
    view = await project_to_change(db, caller, project_id)
    rules.may_detail(view.in_classified_annex)
    return _plan_form(frame, Form(commands.PlanMilestone), view)


@post("/projects/{project_id:int}/milestones/new", opt=allow(commands.plan_milestone), status_code=303)
async def plan_milestone(
    project_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Add a milestone to a project's plan."""
    form = await read_form(request, commands.PlanMilestone)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.plan_milestone.name, once=once) as session:
            await commands.plan_milestone(session, ProjectId(project_id), body)
            answer = see_other(session, f"/projects/{project_id}#milestones")
        return answer
    return _plan_form(frame, form, await read_project(db, caller, project_id))


def _plan_form(frame: Frame, form: Form[Any], view: queries.ProjectView) -> Response[bytes]:
    words = FormWords(
        "Plan a milestone", view.name, f"/projects/{view.id}/milestones/new", f"/projects/{view.id}", "Add to the plan"
    )
    fields = (
        Field("text", "name", "Milestone", required=True),
        Field("date", "planned_on", "Planned for", required=True),
        Field("date", "forecast_on", "Forecast", "Only where it differs from the plan already."),
        _phase(view),
        Field("text", "position", "Position", "Left blank: last."),
    )
    return form_page(frame, form, words, fields, view=view)


def _phase(view: queries.ProjectView, kept: str | None = None) -> Field:
    names = phase_names(cast("Kind", view.kind))
    also = (kept,) if kept is not None and kept not in names else ()
    options = tuple((name, name) for name in (*names, *also))
    return Field("select", "phase", "Phase", "Of the project's kind; left blank: none.", options=options)


@get("/milestones/{milestone_id:int}/revise", opt=allow(commands.revise_milestone))
async def milestone_to_revise(
    milestone_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The filled form of a milestone."""
    step, view = await _milestone_to_change(db, caller, milestone_id)
    return _milestone_form(frame, Form.of(commands.ReviseMilestone, step), step, view)


@post("/milestones/{milestone_id:int}/revise", opt=allow(commands.revise_milestone), status_code=303)
async def revise_milestone(
    milestone_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Change a milestone."""
    form = await read_form(request, commands.ReviseMilestone)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_milestone.name) as session:
            step = await queries.milestone(session, caller.reader, MilestoneId(milestone_id))
            await commands.revise_milestone(session, MilestoneId(milestone_id), body, version=form.version)
        return see_other(None, f"/projects/{step.project_id}#milestones")
    return _milestone_form(frame, form, *await _read_milestone(db, caller, milestone_id))


def _milestone_form(
    frame: Frame, form: Form[Any], step: queries.MilestoneView, view: queries.ProjectView
) -> Response[bytes]:
    words = FormWords(
        f"Change {step.name}",
        f"{view.name}. A changed date needs a reason.",
        f"/milestones/{step.id}/revise",
        f"/projects/{view.id}",
    )
    fields = (
        Field("text", "name", "Milestone", required=True),
        Field("date", "planned_on", "Planned for", required=True),
        Field("date", "forecast_on", "Forecast"),
        Field("area", "reason", "Reason for a changed date"),
        _phase(view, step.phase),
        Field("text", "position", "Position"),
    )
    met = ("Record it as met" if step.actual_on is None else "Correct the actual day", f"/milestones/{step.id}/meet")
    asides = (met,) if step.actual_on is not None else (met, ("Cancel it", f"/milestones/{step.id}/cancel"))
    return form_page(frame, form, words, fields, view=view, version=step.version, asides=asides)


@get("/milestones/{milestone_id:int}/meet", opt=allow(commands.meet_milestone))
async def milestone_to_meet(
    milestone_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that records a milestone as met."""
    step, view = await _milestone_to_change(db, caller, milestone_id)
    return _meet_form(frame, Form.of(commands.MeetMilestone, step), step, view)


@post("/milestones/{milestone_id:int}/meet", opt=allow(commands.meet_milestone), status_code=303)
async def meet_milestone(
    milestone_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Record the day on which a milestone was met."""
    form = await read_form(request, commands.MeetMilestone)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.meet_milestone.name) as session:
            step = await queries.milestone(session, caller.reader, MilestoneId(milestone_id))
            await commands.meet_milestone(session, MilestoneId(milestone_id), body, version=form.version)
        return see_other(None, f"/projects/{step.project_id}#milestones")
    return _meet_form(frame, form, *await _read_milestone(db, caller, milestone_id))


def _meet_form(
    frame: Frame, form: Form[Any], step: queries.MilestoneView, view: queries.ProjectView
) -> Response[bytes]:
    words = FormWords(
        f"{step.name}: met",
        f"{view.name}. Planned for {show_day(step.planned_on)}.",
        f"/milestones/{step.id}/meet",
        f"/projects/{view.id}",
        "Record it as met",
    )
    fields = (
        Field("date", "actual_on", "Met on", required=True),
        Field("area", "reason", "Reason", "Required where a day that was recorded before changes."),
    )
    return form_page(frame, form, words, fields, view=view, version=step.version)


@get("/milestones/{milestone_id:int}/cancel", opt=allow(commands.cancel_milestone))
async def milestone_to_cancel(
    milestone_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that drops a milestone from the plan."""
    step, view = await _milestone_to_change(db, caller, milestone_id)
    rules.may_cancel(step.actual_on)
    return _cancel_form(frame, Form(commands.CancelMilestone), step, view)


@post("/milestones/{milestone_id:int}/cancel", opt=allow(commands.cancel_milestone), status_code=303)
async def cancel_milestone(
    milestone_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Drop a milestone from the plan."""
    form = await read_form(request, commands.CancelMilestone)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.cancel_milestone.name) as session:
            step = await queries.milestone(session, caller.reader, MilestoneId(milestone_id))
            await commands.cancel_milestone(session, MilestoneId(milestone_id), body, version=form.version)
        return see_other(None, f"/projects/{step.project_id}#milestones")
    return _cancel_form(frame, form, *await _read_milestone(db, caller, milestone_id))


def _cancel_form(
    frame: Frame, form: Form[Any], step: queries.MilestoneView, view: queries.ProjectView
) -> Response[bytes]:
    words = FormWords(
        f"Cancel {step.name}",
        f"{view.name}. The milestone stays in the record with its reason.",
        f"/milestones/{step.id}/cancel",
        f"/projects/{view.id}",
        "Cancel the milestone",
    )
    return form_page(
        frame, form, words, (Field("area", "because", "Reason", required=True),), view=view, version=step.version
    )


async def _read_milestone(
    db: Database, caller: Caller, milestone_id: int
) -> tuple[queries.MilestoneView, queries.ProjectView]:
    async with db.read() as session:
        step = await queries.milestone(session, caller.reader, MilestoneId(milestone_id))
        return step, await queries.project(session, caller.reader, ProjectId(step.project_id))


async def _milestone_to_change(
    db: Database, caller: Caller, milestone_id: int
) -> tuple[queries.MilestoneView, queries.ProjectView]:
    step, view = await _read_milestone(db, caller, milestone_id)
    rules.may_change(view.code, view.until)
    rules.may_change_milestone(step.until)
    return step, view


HANDLERS: Final = (
    new_milestone,
    plan_milestone,
    milestone_to_revise,
    revise_milestone,
    milestone_to_meet,
    meet_milestone,
    milestone_to_cancel,
    cancel_milestone,
)
