"""The risks of projects: their matrix, list and file, one risk with its judgments, and the forms of its changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.people.queries import office_choices
from pipir.features.projects import commands, queries
from pipir.features.projects import rules as project_rules
from pipir.features.projects.pages.forms import project_to_change
from pipir.features.projects.pages.parts import CHANGE, act_page, owners
from pipir.features.projects.rules import risks as rules
from pipir.features.projects.tables import RiskId
from pipir.features.trail.queries import TrailView, row_history
from pipir.kernel.access import Caller
from pipir.kernel.ids import ProjectId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.store.doors import Database, ReadSession
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.acts import Act, Field, Options, act_of, words
from pipir.web.api import see_other
from pipir.web.exports import Columns, exercise, export_file, file_paths
from pipir.web.forms import Form, read_filter, read_form
from pipir.web.pages import Frame, ListView

BANDS: Final = {"low": "info", "moderate": "watch", "high": "risk", "very high": "late"}
STATES: Final = {"open": "waiting", "accepted": "neutral", "closed": "done"}
_LEVELS: Final = (
    Field("likelihood", "Likelihood", "select", choices="likelihoods"),
    Field("impact", "Impact", "select", choices="impacts"),
)
_OWNER: Final = (
    Field("owner_office_id", "Office that owns it", "select", choices="offices"),
    Field("owner_person_id", "Person who looks after it", "select", choices="people", empty="Nobody named"),
)
_MITIGATION: Final = Field("mitigation", "Mitigation", "area", "What reduces it, or would; blank: nothing is known.")
_ENTER: Final = Act(
    commands.enter_risk,
    "Enter a risk",
    "Enter it",
    "What may keep the project from its end. It is open until somebody judges it anew.",
    (
        Field("title", "Risk", hint="What may happen, and what then."),
        *_LEVELS,
        Field("because", "Why it is judged so", "area"),
        _MITIGATION,
        *_OWNER,
        Field("review_on", "Looked at again on", "date"),
    ),
)
_ACTS: Final[Mapping[str, Act]] = {
    "judge": Act(
        commands.judge_risk,
        "Judge the risk anew",
        "Record the judgment",
        "Each judgment has its reason and stays in the history, also where nothing but the day of review changes.",
        (
            *_LEVELS,
            Field("status", "Status", "select", choices="statuses"),
            Field("because", "Why", "area"),
            Field("review_on", "Looked at again on", "date", "A closed risk needs none."),
        ),
    ),
    "revise": Act(
        commands.revise_risk,
        "Change the risk",
        "Save",
        "Likelihood, impact and status are judged in a form of their own.",
        (Field("title", "Risk"), _MITIGATION, *_OWNER),
    ),
}
_COLUMNS: Final = Columns[queries.RiskView](
    (
        "Project", "Project name", "Risk", "Likelihood", "Impact", "Score", "Level", "Status", "Mitigation",
        "Owner", "Person", "Review on", "Review overdue", "Marking", "Exercise data",
    ),
    lambda each: (
        each.project_code, each.project, each.title, each.likelihood, each.impact, each.score, each.band, each.status,
        each.mitigation, each.owner_office, each.owner_person or "", each.review_on,
        "overdue" if each.overdue else "", each.marking, exercise(each),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.RiskView]
    matrix: tuple[tuple[queries.RiskCell, ...], ...]
    likelihoods: Mapping[int, rules.Level]
    impacts: Mapping[int, rules.Level]
    bands: tuple[rules.Named, ...]
    pills: dict[str, str]
    states: dict[str, str]
    convention: str
    choices: dict[str, Options]


@dataclass(frozen=True)
class _Page:
    risk: queries.RiskView
    project: queries.ProjectView
    pill: str
    state: str
    likelihood: rules.Level
    impact: rules.Level
    band: str
    convention: str
    assessments: tuple[queries.AssessmentView, ...]
    pills: dict[str, str]
    acts: tuple[tuple[str, str], ...]
    history: tuple[TrailView, ...]
    binder: Binder


@get("/risks", opt=allow("projects.read"))
async def risks(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "score",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """The risks of all projects: the matrix, and the list."""
    which = _which(request)
    async with db.read() as session:
        found = await queries.list_risks(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)
        choices = _levels() | {"offices": await office_choices(session)}
        view = frame.list_view(
            found,
            noun=("risk", "risks"),
            sort=sort,
            sorts=queries.RISK_SORTS,
            chosen=_chosen(which),
            labels=dict((*choices["statuses"], *choices["offices"]))
            | {f"likelihood={value}": f"Likelihood {name}" for value, name in choices["likelihoods"]}
            | {f"impact={value}": f"Impact {name}" for value, name in choices["impacts"]}
            | {f"project={which.project_id}": "One project"}
            | {"overdue": "Review overdue", "closed": "With closed ones"},
            columns=_COLUMNS,
        )
        page = _ListPage(
            list=view,
            matrix=await queries.risk_matrix(session, caller.reader),
            likelihoods=rules.LIKELIHOODS,
            impacts=rules.IMPACTS,
            bands=rules.LISTS.band,
            pills=BANDS,
            states=STATES,
            convention=rules.CONVENTION,
            choices=choices,
        )
        return frame.show("projects/risks.html", page, now=session.now)


@get(file_paths("/risks/export"), opt=allow("projects.read"))
async def export_risks(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "score",
) -> Response[bytes]:
    """Exactly the risks of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_risks(
                session, caller.reader, _which(request), sort=sort, cursor=cursor, limit=AT_ONCE
            )
        )
    return await export_file(request, "risks", _COLUMNS, found)


@get("/projects/{project_id:int}/risks/new", opt=allow(commands.enter_risk))
async def new_risk(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The empty form of a risk."""
    view = await project_to_change(db, caller, project_id)
    project_rules.may_detail(view.in_classified_annex)
    values: dict[str, str | list[str]] = {"owner_office_id": str(view.lead_office_id or "")}
    async with db.read() as session:
        return await _new_form(frame, session, Form(commands.EnterRisk, values), view)


@post("/projects/{project_id:int}/risks/new", opt=allow(commands.enter_risk), status_code=303)
async def enter_risk(
    project_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a risk of a project."""
    form = await read_form(request, commands.EnterRisk)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.enter_risk.name, once=once) as session:
            number = await commands.enter_risk(session, ProjectId(project_id), body)
            answer = see_other(session, f"/risks/{number}")
        return answer
    async with db.read() as reading:
        view = await queries.project(reading, caller.reader, ProjectId(project_id))
        return await _new_form(frame, reading, form, view)


@get("/risks/{risk_id:int}", opt=allow("projects.read"))
async def risk(
    risk_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One risk: how it is judged, how it was judged, and what lies with it."""
    async with db.read() as session:
        view = await queries.risk(session, caller.reader, RiskId(risk_id))
        project = await queries.project(session, caller.reader, ProjectId(view.project_id))
        may_change = caller.may(CHANGE) and project.until is None
        names = tuple(_ACTS) if view.status != "closed" else ("judge",)
        page = _Page(
            risk=view,
            project=project,
            pill=BANDS[view.band],
            state=STATES[view.status],
            likelihood=rules.LIKELIHOODS[view.likelihood],
            impact=rules.IMPACTS[view.impact],
            band=next(each.says for each in rules.LISTS.band if each.name == view.band),
            convention=rules.CONVENTION,
            assessments=await queries.assessments(session, caller.reader, RiskId(risk_id)),
            pills=BANDS,
            acts=tuple((name, _ACTS[name].title) for name in names) if may_change else (),
            history=await row_history(session, caller.reader, "project_risk", risk_id),
            binder=await binder(session, caller, "project_risk", risk_id),
        )
        return frame.show("projects/risk.html", page, now=session.now, marking=view.marking)


@get("/risks/{risk_id:int}/{act:str}", opt=allow(CHANGE))
async def risk_to_change(
    risk_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a risk."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.risk(session, caller.reader, RiskId(risk_id))
        project = await queries.project(session, caller.reader, ProjectId(view.project_id))
        project_rules.may_change(project.code, project.until)
        if act == "revise":
            rules.may_revise_risk(view.title, view.status)
        form = Form.of(chosen.command.body, view)
        # The day of the next look is given anew, so that nobody repeats the last one.
        form.values.pop("review_on", None)
        return await _change_form(frame, session, form, act, view, project)


@post("/risks/{risk_id:int}/{act:str}", opt=allow(CHANGE), status_code=303)
async def change_risk(
    risk_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of a risk, and go back to it."""
    chosen, number = act_of(_ACTS, act), RiskId(risk_id)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, number, body, version=form.version)
        return see_other(None, f"/risks/{risk_id}")
    async with db.read() as reading:
        view = await queries.risk(reading, caller.reader, number)
        project = await queries.project(reading, caller.reader, ProjectId(view.project_id))
        return await _change_form(frame, reading, form, act, view, project)


async def _new_form(frame: Frame, session: ReadSession, form: Form[Any], view: queries.ProjectView) -> Response[bytes]:
    return act_page(
        frame,
        session,
        form,
        _ENTER,
        view,
        action=f"/projects/{view.id}/risks/new",
        back=f"/projects/{view.id}#risks",
        choices=_levels() | await owners(session),
        about="What the levels mean",
        facts=_told(),
    )


async def _change_form(
    frame: Frame,
    session: ReadSession,
    form: Form[Any],
    act: str,
    view: queries.RiskView,
    project: queries.ProjectView,
) -> Response[bytes]:
    steps = (view.status, *rules.RISK_STEPS[view.status])  # type: ignore[index]  # the table's own constraint
    found = _levels() | {"statuses": words(steps)}
    return act_page(
        frame,
        session,
        form,
        _ACTS[act],
        project,
        action=f"/risks/{view.id}/{act}",
        back=f"/risks/{view.id}",
        choices=found | await owners(session),
        version=view.version,
        trail=((view.title, f"/risks/{view.id}"),),
        about="What the levels mean" if act == "judge" else "",
        facts=_told() if act == "judge" else (),
    )


def _told() -> tuple[tuple[str, str | None], ...]:
    return tuple(
        (f"{title} {each.level}: {each.name}", each.says)
        for title, levels in (("Likelihood", rules.LISTS.likelihood), ("Impact", rules.LISTS.impact))
        for each in levels
    )


def _levels() -> dict[str, Options]:
    return {
        "likelihoods": tuple((str(each.level), f"{each.level}: {each.name}") for each in rules.LISTS.likelihood),
        "impacts": tuple((str(each.level), f"{each.level}: {each.name}") for each in rules.LISTS.impact),
        "statuses": words(rules.RISK_STATUSES),
    }


def _which(request: Request[Any, Any, Any]) -> queries.RiskFilter:
    return read_filter(
        request,
        queries.RiskFilter,
        many={"statuses": "status"},
        one={
            "text": "q",
            "likelihood": "likelihood",
            "impact": "impact",
            "office_id": "office",
            "project_id": "project",
        },
        checks=("overdue", "closed"),
    )


def _chosen(which: queries.RiskFilter) -> dict[str, Any]:
    return {
        "q": which.text or "",
        "status": list(which.statuses),
        "likelihood": str(which.likelihood or ""),
        "impact": str(which.impact or ""),
        "office": str(which.office_id or ""),
        "project": str(which.project_id or ""),
        "overdue": "overdue" if which.overdue else "",
        "closed": "closed" if which.closed else "",
    }


HANDLERS: Final = (
    risks,
    export_risks,
    new_risk,
    enter_risk,
    risk,
    risk_to_change,
    change_risk,
)
