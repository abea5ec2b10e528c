"""The results of projects: their list and file, one result with its values, and the forms of its changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.projects import commands, queries
from pipir.features.projects import rules as project_rules
from pipir.features.projects.pages.forms import project_to_change
from pipir.features.projects.pages.parts import CHANGE, act_page
from pipir.features.projects.rules import results as rules
from pipir.features.projects.tables import ResultId
from pipir.features.trail.queries import TrailView, row_history
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_day
from pipir.kernel.ids import ProjectId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.store.doors import Database, ReadSession
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.acts import Act, Field, Options, act_of
from pipir.web.api import see_other
from pipir.web.exports import Columns, exercise, export_file, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

_FIELDS: Final = (
    Field("indicator", "Indicator", hint="What is counted or measured."),
    Field("unit", "Unit", hint="Such as items a month, days, percent."),
    Field("direction", "Which way is better", "select", choices="directions"),
    Field("baseline", "Baseline", hint="Where it stood before, such as 1250 or 12.5."),
    Field("baseline_on", "Day of the baseline", "date"),
    Field("target", "Target"),
    Field("target_on", "Day of the target", "date"),
    Field("source", "Source", hint="Who says so, with the date."),
)
_SET: Final = Act(
    commands.set_result,
    "Set a result",
    "Set it",
    "What the project is to come to: an indicator from its baseline to its target.",
    _FIELDS,
)
_ACTS: Final[Mapping[str, Act]] = {
    "record": Act(
        commands.record_actual,
        "Record a value",
        "Record it",
        "A value stays as it was read; a later one of the same day takes its place and says why.",
        (
            Field("value", "Value"),
            Field("on_day", "Read on", "date"),
            Field("source", "Source", hint="Who read it, or where it stands."),
            Field("because", "Why it takes the place of a former one", "area", "Only where the day has a value."),
        ),
    ),
    "revise": Act(
        commands.revise_result,
        "Change the result",
        "Save",
        "Another baseline, target or day of theirs needs a reason.",
        (*_FIELDS, Field("reason", "Why the baseline or the target changes", "area")),
    ),
    "end": Act(
        commands.end_result,
        "End the result",
        "End it",
        "It is no longer pursued, and stays in the record with its values.",
        (Field("until", "Last day", "date"), Field("because", "Why", "area")),
    ),
}
_COLUMNS: Final = Columns[queries.ResultView](
    (
        "Project", "Project name", "Indicator", "Unit", "Better", "Baseline", "Baseline on", "Target", "Target on",
        "Actual", "Actual on", "Percent of the way", "Reached", "Source", "Marking", "Exercise data", "Until",
        "Why",
    ),
    lambda each: (
        each.project_code, each.project, each.indicator, each.unit, each.direction, each.baseline, each.baseline_on,
        each.target, each.target_on, each.actual or "not read", each.actual_on,
        each.progress.percent if each.progress else "not read",
        "reached" if each.progress and each.progress.reached else "", each.source, each.marking,
        exercise(each), each.until, each.ended_because,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.ResultView]


@dataclass(frozen=True)
class _Page:
    result: queries.ResultView
    project: queries.ProjectView
    says: str
    actuals: tuple[queries.ActualView, ...]
    acts: tuple[tuple[str, str], ...]
    history: tuple[TrailView, ...]
    binder: Binder


@get("/results", opt=allow("projects.read"))
async def results(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    past: FromQuery[str] = "",
    ended: FromQuery[str] = "",
    sort: FromQuery[str] = "target",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """The results of all projects."""
    which = _which(q, past, ended)
    async with db.read() as session:
        found = await queries.list_results(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)
        view = frame.list_view(
            found,
            noun=("result", "results"),
            sort=sort,
            sorts=queries.RESULT_SORTS,
            chosen={"q": q, "past": "past" if which.past else "", "ended": "ended" if which.ended else ""},
            labels={"past": "Day of the target has passed", "ended": "With ended ones"},
            columns=_COLUMNS,
        )
        return frame.show("projects/results.html", _ListPage(view), now=session.now)


@get(file_paths("/results/export"), opt=allow("projects.read"))
async def export_results(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    past: FromQuery[str] = "",
    ended: FromQuery[str] = "",
    sort: FromQuery[str] = "target",
) -> Response[bytes]:
    """Exactly the results of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_results(
                session, caller.reader, _which(q, past, ended), sort=sort, cursor=cursor, limit=AT_ONCE
            )
        )
    return await export_file(request, "results", _COLUMNS, found)


@get("/projects/{project_id:int}/results/new", opt=allow(commands.set_result))
async def new_result(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The empty form of a result."""
    view = await project_to_change(db, caller, project_id)
    project_rules.may_detail(view.in_classified_annex)
    async with db.read() as session:
        return _new_form(frame, session, Form(commands.SetResult), view)


@post("/projects/{project_id:int}/results/new", opt=allow(commands.set_result), status_code=303)
async def set_result(
    project_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Say what a project is to come to."""
    form = await read_form(request, commands.SetResult)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.set_result.name, once=once) as session:
            number = await commands.set_result(session, ProjectId(project_id), body)
            answer = see_other(session, f"/results/{number}")
        return answer
    async with db.read() as reading:
        view = await queries.project(reading, caller.reader, ProjectId(project_id))
        return _new_form(frame, reading, form, view)


@get("/results/{result_id:int}", opt=allow("projects.read"))
async def result(
    result_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One result: how far it has come, by which values, and what lies with it."""
    async with db.read() as session:
        view = await queries.result(session, caller.reader, ResultId(result_id))
        project = await queries.project(session, caller.reader, ProjectId(view.project_id))
        may_change = caller.may(CHANGE) and project.until is None and view.until is None
        page = _Page(
            result=view,
            project=project,
            says=rules.SAYS[view.direction],  # type: ignore[index]  # the table's own constraint
            actuals=await queries.actuals(session, caller.reader, ResultId(result_id)),
            acts=tuple((name, act.title) for name, act in _ACTS.items()) if may_change else (),
            history=await row_history(session, caller.reader, "project_result", result_id),
            binder=await binder(session, caller, "project_result", result_id),
        )
        return frame.show("projects/result.html", page, now=session.now, marking=view.marking)


@get("/results/{result_id:int}/{act:str}", opt=allow(CHANGE))
async def result_to_change(
    result_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a result."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.result(session, caller.reader, ResultId(result_id))
        project = await queries.project(session, caller.reader, ProjectId(view.project_id))
        project_rules.may_change(project.code, project.until)
        rules.may_change_result(view.indicator, view.until)
        form = Form.of(chosen.command.body, view) if act == "revise" else Form(chosen.command.body)
        return _change_form(frame, session, form, act, view, project)


@post("/results/{result_id:int}/{act:str}", opt=allow(CHANGE), status_code=303)
async def change_result(
    result_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Make one change of a result, and go back to it."""
    chosen, number = act_of(_ACTS, act), ResultId(result_id)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        named = {"version": form.version} if chosen.command.versioned else {}
        async with db.write(actor=caller.id, command=chosen.command.name, once=once) as session:
            await chosen.command(session, number, body, **named)
            answer = see_other(session, f"/results/{result_id}")
        return answer
    async with db.read() as reading:
        view = await queries.result(reading, caller.reader, number)
        project = await queries.project(reading, caller.reader, ProjectId(view.project_id))
        return _change_form(frame, reading, form, act, view, project)


def _new_form(frame: Frame, session: ReadSession, form: Form[Any], view: queries.ProjectView) -> Response[bytes]:
    action, back = f"/projects/{view.id}/results/new", f"/projects/{view.id}#results"
    return act_page(frame, session, form, _SET, view, action=action, back=back, choices=_choices())


def _change_form(
    frame: Frame,
    session: ReadSession,
    form: Form[Any],
    act: str,
    view: queries.ResultView,
    project: queries.ProjectView,
) -> Response[bytes]:
    return act_page(
        frame,
        session,
        form,
        _ACTS[act],
        project,
        action=f"/results/{view.id}/{act}",
        back=f"/results/{view.id}",
        choices=_choices(),
        version=view.version,
        trail=((view.indicator, f"/results/{view.id}"),),
        about=view.indicator,
        facts=(
            ("Baseline", f"{view.baseline} {view.unit} on {show_day(view.baseline_on)}"),
            ("Target", f"{view.target} {view.unit} by {show_day(view.target_on)}"),
            ("Latest value", f"{view.actual} on {show_day(view.actual_on)}" if view.actual else "none read yet"),
        ),
    )


def _choices() -> dict[str, Options]:
    return {"directions": tuple((name, says.capitalize()) for name, says in rules.SAYS.items())}


def _which(q: str, past: str, ended: str) -> queries.ResultFilter:
    return queries.ResultFilter(
        text=q.strip() or None, past=past not in ("", "false", "0"), ended=ended not in ("", "false", "0")
    )


HANDLERS: Final = (
    results,
    export_results,
    new_result,
    set_result,
    result,
    result_to_change,
    change_result,
)
