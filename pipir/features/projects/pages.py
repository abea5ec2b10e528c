"""The HTML door of projects: list, detail with its plan drawn as lines, forms, and related efforts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.groups.queries import workstreams
from pipir.features.people.queries import list_offices
from pipir.features.projects import commands, queries, rules
from pipir.features.projects.tables import KINDS, STATUSES, PartnerId, RelatedEffortId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import MilestoneId, ProjectId, RecordNumber
from pipir.kernel.money import short_dollars
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.kernel.parsing import parse
from pipir.sheets import csv_bytes
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView, show_day

# A rating as people read it: the kind of its pill, and its words.
RATINGS: Final = {"green": ("ok", "On track"), "amber": ("watch", "Watch"), "red": ("risk", "At risk")}
NOT_RATED: Final = ("neutral", "Not rated")
_STATES: Final = {
    "met": ("ok", "Met"),
    "met late": ("ok", "Met late"),
    "overdue": ("late", "Overdue"),
    "slipping": ("waiting", "Slipping"),
    "on plan": ("info", "On plan"),
    "cancelled": ("neutral", "Cancelled"),
}
_PLAIN_STAGES: Final = ("exploratory", "announced", "planned", "active", "completed")
# A project may be suspended or cancelled from any stage: the bar then claims no stage that was not recorded.
_OTHER_STAGES: Final = {
    "suspended": ("entered", "suspended", "taken up or closed"),
    "cancelled": ("entered", "cancelled"),
}
_LINE_WIDTH: Final = 250
_LINE_EDGE: Final = 8
_Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class _Tick:
    x: float
    label: str


@dataclass(frozen=True)
class _Axis:
    width: int
    ticks: tuple[_Tick, ...]
    today: float


@dataclass(frozen=True)
class _PlanRow:
    """A milestone with where its days stand on its line; `reached` is the actual day or the expected one."""

    milestone: queries.MilestoneView
    plan: float
    reached: float | None
    tone: str
    slip: str
    pill: tuple[str, str]


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.ProjectLine]
    ratings: dict[str, tuple[str, str]]
    not_rated: tuple[str, str]
    rating_choices: _Choices
    status_choices: _Choices
    kind_choices: _Choices
    workstream_choices: _Choices
    country_choices: _Choices
    objective_choices: _Choices
    related: tuple[queries.RelatedEffortView, ...]
    may_change: bool


@dataclass(frozen=True)
class _DetailPage:
    project: queries.ProjectView
    rating: tuple[str, str]
    stages: tuple[tuple[str, ...], int]
    figures: tuple[tuple[str, str, str], ...]
    axis: _Axis
    plan: tuple[_PlanRow, ...]
    partners: tuple[queries.PartnerView, ...]
    former_partners: tuple[queries.PartnerView, ...]
    objectives: tuple[queries.ProjectLaw, ...]
    authority: queries.ProjectLaw | None
    others: tuple[queries.ProjectLine, ...]
    history: tuple[TrailView, ...]
    may_change: bool
    may_end: bool


@dataclass(frozen=True)
class _EffortPage:
    effort: queries.RelatedEffortView
    day: str
    history: tuple[TrailView, ...]
    may_change: bool


@dataclass(frozen=True)
class _Field:
    """A field of a form by the macro that draws it."""

    kind: Literal["text", "area", "date", "money", "select", "checks", "check"]
    name: str
    label: str
    hint: str = ""
    required: bool = False
    options: _Choices = ()


@dataclass(frozen=True)
class _FormPage:
    form: Form[Any]
    title: str
    lead: str
    crumbs: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str
    submit: str
    fields: tuple[_Field, ...]
    version: int | None
    asides: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _FormWords:
    """What a form page says around its fields."""

    title: str
    lead: str
    action: str
    back: str
    submit: str = "Save"


# ---- list


@get("/projects", opt=allow("projects.read"))
async def projects(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "milestone",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """The projects of the Partnership, and apart from them the related efforts."""
    which = _which(request)
    async with db.read() as session:
        found = await queries.list_projects(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)
        streams = tuple((str(each.id), each.name) for each in await workstreams(session, reader=caller.reader))
        countries = tuple((code, name) for _, code, name in await queries.participant_choices(session, caller.reader))
        goals = _objective_choices()
        ratings = (*((name, f"{words} ({name})") for name, (_, words) in RATINGS.items()), ("none", NOT_RATED[1]))
        view = frame.list_view(
            found,
            noun=("project", "projects"),
            sort=sort,
            sorts=queries.SORTS,
            chosen=_chosen(which),
            labels={name: name.capitalize() for name in STATUSES}
            | dict((*_kind_choices(), *ratings, *streams, *countries, *goals))
            | {"late": "Late milestones", "ended": "With ended projects"},
            export="/projects/export.csv",
        )
        related = await queries.list_related_efforts(session, limit=200)
        page = _ListPage(
            list=view,
            ratings=RATINGS,
            not_rated=NOT_RATED,
            rating_choices=ratings,
            status_choices=tuple((name, name.capitalize()) for name in STATUSES),
            kind_choices=_kind_choices(),
            workstream_choices=streams,
            country_choices=countries,
            objective_choices=goals,
            related=related.items,
            may_change=caller.may("projects.change"),
        )
        return frame.show("projects/projects.html", page, now=session.now)


@get("/projects/export.csv", opt=allow("projects.read"))
async def export_projects(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "milestone",
) -> Response[bytes]:
    """Exactly the projects of the list, as CSV."""
    async with db.read() as session:
        found = await queries.every_project(session, caller.reader, _which(request), sort=sort)
    body = csv_bytes(
        (
            "Code",
            "Name",
            "Marking",
            "Exercise data",
            "Kind",
            "Workstream",
            "Status",
            "Rating",
            "Announced",
            "Partners",
            "Next milestone",
            "Next milestone on",
            "Days late",
        ),
        (
            (
                line.code,
                line.name,
                line.marking,
                "EXERCISE DATA" if line.exercise else "",
                line.kind,
                line.workstream or "not public",
                line.status,
                line.rating or "not rated",
                line.announced_on or "not public",
                " ".join(each.code for each in line.countries),
                line.next_milestone.name if line.next_milestone else "",
                line.next_milestone.on if line.next_milestone else None,
                line.next_milestone.days_late if line.next_milestone else None,
            )
            for line in found
        ),
    )
    return Response(
        body,
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="projects.csv"'},
    )


def _which(request: Request[Any, Any, Any]) -> queries.ProjectFilter:
    """The filters in the address, without those left blank; Invalid with every mistake."""
    asked = request.query_params
    raw: dict[str, Any] = {
        name: [each for each in asked.getall(param, []) if each]
        for name, param in (("statuses", "status"), ("kinds", "kind"), ("ratings", "rating"))
    }
    for name, param in (
        ("text", "q"),
        ("workstream_id", "workstream"),
        ("country", "country"),
        ("objective", "objective"),
    ):
        value = asked.get(param, "").strip()
        if value:
            raw[name] = value
    for name in ("late", "ended"):
        raw[name] = asked.get(name, "") not in ("", "false", "0")
    return parse(queries.ProjectFilter, raw, lenient=True)


def _chosen(which: queries.ProjectFilter) -> dict[str, Any]:
    return {
        "q": which.text or "",
        "rating": list(which.ratings),
        "status": list(which.statuses),
        "kind": list(which.kinds),
        "workstream": str(which.workstream_id or ""),
        "country": which.country or "",
        "objective": which.objective or "",
        # Not "on": two checks that are both "on" could not be told apart in the chips.
        "late": "late" if which.late else "",
        "ended": "ended" if which.ended else "",
    }


# ---- a project


@get("/projects/{project_id:int}", opt=allow("projects.read"))
async def project(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One project with its plan, partners, objectives and history."""
    number = ProjectId(project_id)
    async with db.read() as session:
        view = await queries.project(session, caller.reader, number)
        parts = await queries.partners(session, caller.reader, number, ended=True)
        steps = await queries.milestones(session, caller.reader, number)
        axis, plan = _plan(steps, session.today)
        partners = tuple(each for each in parts if each.until is None)
        page = _DetailPage(
            project=view,
            rating=RATINGS.get(view.rating or "", NOT_RATED),
            stages=_stages(view.status),
            figures=_figures(view, partners, steps),
            axis=axis,
            plan=plan,
            partners=partners,
            former_partners=tuple(each for each in parts if each.until is not None),
            objectives=tuple(queries.law_line(slug) for slug in view.objectives),
            authority=queries.law_line(view.program_authority) if view.program_authority else None,
            others=await _others(session, caller, view),
            history=await history(session, caller.reader, "project", project_id),
            may_change=caller.may("projects.change") and view.until is None,
            may_end=view.status in rules.CLOSED,
        )
        return frame.show("projects/project.html", page, now=session.now, marking=_banner(view.marking))


async def _others(session: ReadSession, caller: Caller, view: queries.ProjectView) -> tuple[queries.ProjectLine, ...]:
    if view.workstream_id is None:
        return ()
    which = queries.ProjectFilter(workstream_id=view.workstream_id)
    found = await queries.list_projects(session, caller.reader, which, sort="milestone", limit=6)
    return tuple(line for line in found.items if line.id != view.id)[:5]


def _banner(marking: str) -> str:
    # The page itself stands in a CUI service: a public record never lowers the bars around it.
    return marking if marking.startswith("CUI") else "CUI"


def _stages(status: str) -> tuple[tuple[str, ...], int]:
    names = _OTHER_STAGES.get(status, _PLAIN_STAGES)
    return tuple(name.capitalize() for name in names), names.index(status)


def _figures(
    view: queries.ProjectView, partners: Sequence[queries.PartnerView], steps: Sequence[queries.MilestoneView]
) -> tuple[tuple[str, str, str], ...]:
    planned = [each for each in steps if each.until is None]
    met = [each for each in planned if each.actual_on is not None]
    still = sorted(
        (each for each in planned if each.actual_on is None), key=lambda each: (_expected(each), each.position)
    )
    late = sum(1 for each in still if (each.days_late or 0) > 0)
    following = still[0] if still else None
    return (
        (
            "Next milestone",
            show_day(_expected(following)) if following else "None",
            following.name if following else "every milestone is met" if met else "no milestone is planned",
        ),
        (
            "Milestones met",
            f"{len(met)} of {len(planned)}" if planned else "None",
            (f"{late} of the others late" if late else "none of the others late") if still else "",
        ),
        (
            "Partners",
            str(len(partners)) if partners else "Not public",
            ", ".join(each.name for each in partners[:4]) + (" and others" if len(partners) > 4 else ""),
        ),
        (
            "Planned total",
            short_dollars(view.planned_total) if view.planned_total is not None else "Not public",
            "plan, not an obligation" if view.planned_total is not None else "no public source states it",
        ),
    )


def _expected(milestone: queries.MilestoneView) -> date:
    return milestone.actual_on or milestone.forecast_on or milestone.planned_on


def _plan(steps: Sequence[queries.MilestoneView], today: date) -> tuple[_Axis, tuple[_PlanRow, ...]]:
    """The line of time that all milestones share, and where each stands on it."""
    days = [today, *(each.planned_on for each in steps), *(_expected(each) for each in steps)]
    first, last = min(days), max(days)
    span = max((last - first).days, 60)
    # Room at both ends, so that no dot is cut; days are numbers here, since a date may lie at the calendar's end.
    start, length = first.toordinal() - span * 0.04, span * 1.08

    def x(day: date) -> float:
        share = (day.toordinal() - start) / length
        return round(_LINE_EDGE + share * (_LINE_WIDTH - 2 * _LINE_EDGE), 1)

    ticks = _ticks(first, last, x)
    rows = tuple(
        _PlanRow(
            milestone=each,
            plan=x(each.planned_on),
            reached=None
            if each.until is not None or (each.actual_on is None and each.forecast_on is None)
            else x(_expected(each)),
            tone="quiet" if each.until else _tone(each),
            slip=_slip(each),
            pill=_STATES[each.state],
        )
        for each in steps
    )
    return _Axis(_LINE_WIDTH, ticks, x(today)), rows


def _ticks(first: date, last: date, x: Any) -> tuple[_Tick, ...]:
    years = [date(year, 1, 1) for year in range(first.year, last.year + 1) if date(year, 1, 1) >= first]
    if len(years) > 1:
        step = -(-len(years) // 5)
        return tuple(_Tick(x(day), str(day.year)) for day in years[::step])
    # Within a year or so months say more than one lone year.
    months: list[date] = []
    day = first.replace(day=1)
    while day <= last and len(months) < 24:
        if day >= first:
            months.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    step = max(-(-len(months) // 4), 1)
    return tuple(_Tick(x(day), f"{day:%b %Y}") for day in months[::step])


def _tone(milestone: queries.MilestoneView) -> str:
    late = (milestone.days_late or 0) > 0
    if milestone.actual_on is not None:
        return "late-met" if late else "met"
    return "late" if late else "coming"


def _slip(milestone: queries.MilestoneView) -> str:
    days = milestone.days_late
    if days is None:
        return ""
    if days == 0:
        return "on plan"
    unit = "day" if abs(days) == 1 else "days"
    return f"{days:,} {unit} late" if days > 0 else f"{-days:,} {unit} early"


# ---- forms of a project


@get("/projects/new", opt=allow(commands.propose_project))
async def new_project(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    objective: FromQuery[str] = "",
) -> Response[bytes]:
    """The empty form of a project; the coverage map names an objective in the address."""
    values: dict[str, str | list[str]] = {"status": "exploratory", "marking": "CUI"}
    if objective:
        values["objectives"] = [objective]
    return await _project_form(frame, db, caller, Form(commands.ProposeProject, values), None)


@post("/projects/new", opt=allow(commands.propose_project), status_code=303)
async def propose_project(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a project."""
    form = await read_form(request, commands.ProposeProject)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.propose_project.name, once=once) as session:
            project_id = await commands.propose_project(session, body)
            answer = see_other(session, f"/projects/{project_id}")
        return answer
    return await _project_form(frame, db, caller, form, None)


@get("/projects/{project_id:int}/revise", opt=allow(commands.revise_project))
async def project_to_revise(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The filled form of a project."""
    view = await _read_project(db, caller, project_id)
    return await _project_form(frame, db, caller, Form.of(commands.ReviseProject, view), view)


@post("/projects/{project_id:int}/revise", opt=allow(commands.revise_project), status_code=303)
async def revise_project(
    project_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Change a project."""
    form = await read_form(request, commands.ReviseProject)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_project.name) as session:
            await commands.revise_project(session, ProjectId(project_id), body, version=form.version)
        return see_other(None, f"/projects/{project_id}")
    return await _project_form(frame, db, caller, form, await _read_project(db, caller, project_id))


async def _project_form(
    frame: Frame, db: Database, caller: Caller, form: Form[Any], view: queries.ProjectView | None
) -> Response[bytes]:
    async with db.read() as session:
        offices = await list_offices(session, limit=200)
        streams = tuple((str(each.id), each.name) for each in await workstreams(session, reader=caller.reader))
    status = _Field(
        "select", "status", "Status", required=True, options=tuple((name, name.capitalize()) for name in STATUSES)
    )
    fields = (
        _Field("text", "name", "Name", "A neutral title where the project stands in the classified annex.", True),
        _Field("select", "kind", "Kind", required=True, options=_kind_choices()),
        *(() if view else (status,)),
        _Field("select", "workstream_id", "Workstream", "Left blank: not public.", options=streams),
        _Field("checks", "objectives", "Objectives served", "At least one.", True, _objective_choices()),
        _Field("text", "classified_by", "Kind and objectives classified by", "Who says so, if not the source.", True),
        _Field("text", "source", "Source", "Where the facts come from, with the date.", True),
        _Field("area", "description", "Description"),
        _Field("date", "announced_on", "Announced", "Left blank: not public."),
        _Field("select", "program_authority", "Program authority", "Left blank: not public.", options=_authorities()),
        _Field(
            "select",
            "lead_office_id",
            "Lead office",
            "Left blank: not public.",
            options=tuple((str(each.id), f"{each.symbol}: {each.name}") for each in offices.items),
        ),
        _Field("money", "planned_total", "Planned total", "What is planned, not what is obligated; blank: not public."),
        _Field("check", "in_classified_annex", "Described in the classified annex", "No detail is recorded here then."),
        _Field("text", "marking", "Marking", "Such as CUI or CUI//REL TO USA, AUS, JPN.", True),
    )
    words = (
        _FormWords(
            f"Change {view.code}",
            "Status, rating, partners and milestones have forms of their own.",
            f"/projects/{view.id}/revise",
            f"/projects/{view.id}",
        )
        if view
        else _FormWords(
            "Enter a project", "The service gives it the next code.", "/projects/new", "/projects", "Enter the project"
        )
    )
    return _form(frame, form, words, fields, view=view, version=view.version if view else None)


@get("/projects/{project_id:int}/status", opt=allow(commands.change_status))
async def status_to_change(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of a project's next status."""
    return _status_form(frame, Form(commands.ChangeStatus), await _read_project(db, caller, project_id))


@post("/projects/{project_id:int}/status", opt=allow(commands.change_status), status_code=303)
async def change_status(
    project_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Move a project to its next status."""
    form = await read_form(request, commands.ChangeStatus)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.change_status.name) as session:
            await commands.change_status(session, ProjectId(project_id), body, version=form.version)
        return see_other(None, f"/projects/{project_id}")
    return _status_form(frame, form, await _read_project(db, caller, project_id))


def _status_form(frame: Frame, form: Form[Any], view: queries.ProjectView) -> Response[bytes]:
    steps = rules.STEPS[view.status]  # type: ignore[index]  # the database holds the same list
    words = _FormWords(
        "Change the status", f"{view.name} is {view.status}.", f"/projects/{view.id}/status", f"/projects/{view.id}"
    )
    fields = (
        _Field(
            "select", "status", "New status", required=True, options=tuple((step, step.capitalize()) for step in steps)
        ),
        _Field("area", "reason", "Reason", "It stands in the project's history.", True),
    )
    return _form(frame, form, words, fields, view=view, version=view.version)


@get("/projects/{project_id:int}/rate", opt=allow(commands.rate_project))
async def rating_to_change(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of a project's rating."""
    view = await _read_project(db, caller, project_id)
    values: dict[str, str | list[str]] = {"rating": view.rating or "", "rationale": view.rating_rationale or ""}
    return _rating_form(frame, Form(commands.RateProject, values), view)


@post("/projects/{project_id:int}/rate", opt=allow(commands.rate_project), status_code=303)
async def rate_project(
    project_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Rate a project, or take its rating back."""
    form = await read_form(request, commands.RateProject)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.rate_project.name) as session:
            await commands.rate_project(session, ProjectId(project_id), body, version=form.version)
        return see_other(None, f"/projects/{project_id}")
    return _rating_form(frame, form, await _read_project(db, caller, project_id))


def _rating_form(frame: Frame, form: Form[Any], view: queries.ProjectView) -> Response[bytes]:
    words = _FormWords(
        "Rate the project",
        f"{view.name}. A rating is an office's judgment, with its reason and the day of the next look.",
        f"/projects/{view.id}/rate",
        f"/projects/{view.id}",
    )
    fields = (
        _Field(
            "select",
            "rating",
            "Rating",
            "Left blank with the rest: not rated.",
            options=tuple((name, f"{words} ({name})") for name, (_, words) in RATINGS.items()),
        ),
        _Field("area", "rationale", "Rationale"),
        _Field("date", "review_on", "Look at it again on"),
    )
    return _form(frame, form, words, fields, view=view, version=view.version)


@get("/projects/{project_id:int}/end", opt=allow(commands.end_project))
async def project_to_end(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that closes a project's record."""
    return _end_form(frame, Form(commands.EndProject), await _read_project(db, caller, project_id))


@post("/projects/{project_id:int}/end", opt=allow(commands.end_project), status_code=303)
async def end_project(
    project_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Close the record of a project."""
    form = await read_form(request, commands.EndProject)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.end_project.name) as session:
            await commands.end_project(session, ProjectId(project_id), body, version=form.version)
        return see_other(None, f"/projects/{project_id}")
    return _end_form(frame, form, await _read_project(db, caller, project_id))


def _end_form(frame: Frame, form: Form[Any], view: queries.ProjectView) -> Response[bytes]:
    words = _FormWords(
        "End the record",
        f"{view.name} is {view.status}. An ended project stays readable and no longer changes.",
        f"/projects/{view.id}/end",
        f"/projects/{view.id}",
        "End the record",
    )
    fields = (_Field("date", "until", "Last day", required=True), _Field("area", "because", "Reason", required=True))
    return _form(frame, form, words, fields, view=view, version=view.version)


# ---- partners


@get("/projects/{project_id:int}/partners/new", opt=allow(commands.add_partner))
async def new_partner(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The empty form of a partner."""
    return await _partner_form(frame, db, caller, Form(commands.AddPartner), project_id)


@post("/projects/{project_id:int}/partners/new", opt=allow(commands.add_partner), status_code=303)
async def add_partner(
    project_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Record a participant's part in a project."""
    form = await read_form(request, commands.AddPartner)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.add_partner.name, once=once) as session:
            await commands.add_partner(session, ProjectId(project_id), body)
            answer = see_other(session, f"/projects/{project_id}#partners")
        return answer
    return await _partner_form(frame, db, caller, form, project_id)


async def _partner_form(
    frame: Frame, db: Database, caller: Caller, form: Form[Any], project_id: int
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.project(session, caller.reader, ProjectId(project_id))
        countries = await queries.participant_choices(session, caller.reader)
    words = _FormWords(
        "Add a partner",
        f"{view.name}. A reported role is neither standing under section 1253(d) nor membership.",
        f"/projects/{view.id}/partners/new",
        f"/projects/{view.id}",
        "Add the partner",
    )
    fields = (
        _Field(
            "select",
            "participant_id",
            "Country",
            required=True,
            options=tuple((str(number), f"{name} ({code})") for number, code, name in countries),
        ),
        _Field("text", "role", "Role", "Such as host of the repair capability.", True),
        _Field("check", "lead", "Leads the project"),
        _Field("check", "reported", "Only reported", "Check it where a press report is all that stands behind it."),
        _Field("text", "source", "Source", "Required for a reported role."),
        _Field("date", "since", "Since", "Left blank: not public."),
    )
    return _form(frame, form, words, fields, view=view)


@get("/partners/{partner_id:int}/end", opt=allow(commands.remove_partner))
async def partner_to_remove(
    partner_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that ends a participant's part in a project."""
    return await _remove_form(frame, db, caller, Form(commands.RemovePartner), partner_id)


@post("/partners/{partner_id:int}/end", opt=allow(commands.remove_partner), status_code=303)
async def remove_partner(
    partner_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """End a participant's part in a project."""
    form = await read_form(request, commands.RemovePartner)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.remove_partner.name) as session:
            view = await queries.partner(session, caller.reader, PartnerId(partner_id))
            await commands.remove_partner(session, PartnerId(partner_id), body, version=form.version)
        return see_other(None, f"/projects/{view.project_id}#partners")
    return await _remove_form(frame, db, caller, form, partner_id)


async def _remove_form(frame: Frame, db: Database, caller: Caller, form: Form[Any], partner_id: int) -> Response[bytes]:
    async with db.read() as session:
        partner = await queries.partner(session, caller.reader, PartnerId(partner_id))
        view = await queries.project(session, caller.reader, ProjectId(partner.project_id))
    words = _FormWords(
        f"End the part of {partner.name}",
        f"{view.name}: {partner.role}. The part stays in the record with its last day.",
        f"/partners/{partner.id}/end",
        f"/projects/{view.id}",
        "End the part",
    )
    fields = (_Field("date", "until", "Last day", required=True), _Field("area", "because", "Reason", required=True))
    return _form(frame, form, words, fields, view=view, version=partner.version)


# ---- milestones


@get("/projects/{project_id:int}/milestones/new", opt=allow(commands.plan_milestone))
async def new_milestone(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The empty form of a milestone."""
    return _plan_form(frame, Form(commands.PlanMilestone), await _read_project(db, caller, project_id))


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
    return _plan_form(frame, form, await _read_project(db, caller, project_id))


def _plan_form(frame: Frame, form: Form[Any], view: queries.ProjectView) -> Response[bytes]:
    words = _FormWords(
        "Plan a milestone", view.name, f"/projects/{view.id}/milestones/new", f"/projects/{view.id}", "Add to the plan"
    )
    fields = (
        _Field("text", "name", "Milestone", required=True),
        _Field("date", "planned_on", "Planned for", required=True),
        _Field("date", "forecast_on", "Forecast", "Only where it differs from the plan already."),
        _Field("text", "position", "Position", "Left blank: last."),
    )
    return _form(frame, form, words, fields, view=view)


@get("/milestones/{milestone_id:int}/revise", opt=allow(commands.revise_milestone))
async def milestone_to_revise(
    milestone_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The filled form of a milestone."""
    step, view = await _read_milestone(db, caller, milestone_id)
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
    words = _FormWords(
        f"Change {step.name}",
        f"{view.name}. A changed date needs a reason.",
        f"/milestones/{step.id}/revise",
        f"/projects/{view.id}",
    )
    fields = (
        _Field("text", "name", "Milestone", required=True),
        _Field("date", "planned_on", "Planned for", required=True),
        _Field("date", "forecast_on", "Forecast"),
        _Field("area", "reason", "Reason for a changed date"),
        _Field("text", "position", "Position"),
    )
    asides = (("Record it as met", f"/milestones/{step.id}/meet"), ("Cancel it", f"/milestones/{step.id}/cancel"))
    return _form(frame, form, words, fields, view=view, version=step.version, asides=asides)


@get("/milestones/{milestone_id:int}/meet", opt=allow(commands.meet_milestone))
async def milestone_to_meet(
    milestone_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that records a milestone as met."""
    step, view = await _read_milestone(db, caller, milestone_id)
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
    words = _FormWords(
        f"{step.name}: met",
        f"{view.name}. Planned for {show_day(step.planned_on)}.",
        f"/milestones/{step.id}/meet",
        f"/projects/{view.id}",
        "Record it as met",
    )
    fields = (
        _Field("date", "actual_on", "Met on", required=True),
        _Field("area", "reason", "Reason", "Required where a day that was recorded before changes."),
    )
    return _form(frame, form, words, fields, view=view, version=step.version)


@get("/milestones/{milestone_id:int}/cancel", opt=allow(commands.cancel_milestone))
async def milestone_to_cancel(
    milestone_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that drops a milestone from the plan."""
    return _cancel_form(frame, Form(commands.CancelMilestone), *await _read_milestone(db, caller, milestone_id))


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
    words = _FormWords(
        f"Cancel {step.name}",
        f"{view.name}. The milestone stays in the record with its reason.",
        f"/milestones/{step.id}/cancel",
        f"/projects/{view.id}",
        "Cancel the milestone",
    )
    return _form(
        frame, form, words, (_Field("area", "because", "Reason", required=True),), view=view, version=step.version
    )


# ---- related efforts


@get("/related-efforts/new", opt=allow(commands.enter_related_effort))
async def new_related_effort(frame: NamedDependency[Frame]) -> Response[bytes]:
    """The empty form of a related effort."""
    return _effort_form(frame, Form(commands.EnterRelatedEffort, {"precision": "day"}), None)


@post("/related-efforts/new", opt=allow(commands.enter_related_effort), status_code=303)
async def enter_related_effort(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter an effort that is not a Partnership project."""
    form = await read_form(request, commands.EnterRelatedEffort)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.enter_related_effort.name, once=once) as session:
            effort_id = await commands.enter_related_effort(session, body)
            answer = see_other(session, f"/related-efforts/{effort_id}")
        return answer
    return _effort_form(frame, form, None)


@get("/related-efforts/{effort_id:int}", opt=allow("projects.read"))
async def related_effort(
    effort_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One related effort and its history."""
    async with db.read() as session:
        view = await queries.related_effort(session, RelatedEffortId(effort_id))
        page = _EffortPage(
            effort=view,
            day=show_effort_day(view),
            history=await history(session, caller.reader, "related_effort", effort_id),
            may_change=caller.may("projects.change") and view.until is None,
        )
        return frame.show("projects/related_effort.html", page, now=session.now)


@get("/related-efforts/{effort_id:int}/revise", opt=allow(commands.revise_related_effort))
async def related_effort_to_revise(
    effort_id: FromPath[RecordNumber], frame: NamedDependency[Frame], db: NamedDependency[Database]
) -> Response[bytes]:
    """The filled form of a related effort."""
    view = await _read_effort(db, effort_id)
    return _effort_form(frame, Form.of(commands.ReviseRelatedEffort, view), view)


@post("/related-efforts/{effort_id:int}/revise", opt=allow(commands.revise_related_effort), status_code=303)
async def revise_related_effort(
    effort_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Change a related effort."""
    form = await read_form(request, commands.ReviseRelatedEffort)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_related_effort.name) as session:
            await commands.revise_related_effort(session, RelatedEffortId(effort_id), body, version=form.version)
        return see_other(None, f"/related-efforts/{effort_id}")
    return _effort_form(frame, form, await _read_effort(db, effort_id))


@get("/related-efforts/{effort_id:int}/end", opt=allow(commands.end_related_effort))
async def related_effort_to_end(
    effort_id: FromPath[RecordNumber], frame: NamedDependency[Frame], db: NamedDependency[Database]
) -> Response[bytes]:
    """The form that ends a related effort."""
    return _effort_end_form(frame, Form(commands.EndRelatedEffort), await _read_effort(db, effort_id))


@post("/related-efforts/{effort_id:int}/end", opt=allow(commands.end_related_effort), status_code=303)
async def end_related_effort(
    effort_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say when a related effort ended."""
    form = await read_form(request, commands.EndRelatedEffort)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.end_related_effort.name) as session:
            await commands.end_related_effort(session, RelatedEffortId(effort_id), body, version=form.version)
        return see_other(None, f"/related-efforts/{effort_id}")
    return _effort_end_form(frame, form, await _read_effort(db, effort_id))


def show_effort_day(view: queries.RelatedEffortView) -> str:
    """The day as far as it is known: 22 Jul 2025, or May 2024."""
    return show_day(view.on_day) if view.precision == "day" else f"{view.on_day:%b %Y}"


def _effort_form(frame: Frame, form: Form[Any], view: queries.RelatedEffortView | None) -> Response[bytes]:
    words = _FormWords(
        f"Change {view.name}" if view else "Enter a related effort",
        "An effort beside the Partnership that is not one of its projects.",
        f"/related-efforts/{view.id}/revise" if view else "/related-efforts/new",
        f"/related-efforts/{view.id}" if view else "/projects#related",
    )
    fields = (
        _Field("text", "name", "Name", required=True),
        _Field("text", "relation", "How it relates", "Such as: separate DoD initiative.", True),
        _Field("date", "on_day", "Day", required=True),
        _Field(
            "select",
            "precision",
            "Known to the",
            required=True,
            options=(("day", "Day"), ("month", "Month only")),
        ),
        _Field("area", "description", "Description"),
        _Field("text", "source", "Source", required=True),
    )
    return _form(frame, form, words, fields, version=view.version if view else None)


def _effort_end_form(frame: Frame, form: Form[Any], view: queries.RelatedEffortView) -> Response[bytes]:
    words = _FormWords(
        f"End {view.name}",
        "It stays in the record with its last day.",
        f"/related-efforts/{view.id}/end",
        f"/related-efforts/{view.id}",
        "Record the end",
    )
    fields = (_Field("date", "until", "Last day", required=True), _Field("area", "because", "Reason", required=True))
    return _form(frame, form, words, fields, version=view.version)


# ---- what the forms share


def _form(
    frame: Frame,
    form: Form[Any],
    words: _FormWords,
    fields: tuple[_Field, ...],
    *,
    view: queries.ProjectView | None = None,
    version: int | None = None,
    asides: tuple[tuple[str, str], ...] = (),
) -> Response[bytes]:
    above = ((view.name, f"/projects/{view.id}"),) if view else ()
    page = _FormPage(
        form=form,
        title=words.title,
        lead=words.lead,
        crumbs=(("Dashboard", "/"), ("Projects", "/projects"), *above, (words.title, "")),
        action=words.action,
        cancel_href=words.back,
        submit=words.submit,
        fields=fields,
        version=version,
        asides=asides,
    )
    marking = _banner(view.marking) if view else "CUI"
    return frame.show("projects/form.html", page, status=form.status, marking=marking)


async def _read_project(db: Database, caller: Caller, project_id: int) -> queries.ProjectView:
    async with db.read() as session:
        return await queries.project(session, caller.reader, ProjectId(project_id))


async def _read_milestone(
    db: Database, caller: Caller, milestone_id: int
) -> tuple[queries.MilestoneView, queries.ProjectView]:
    async with db.read() as session:
        step = await queries.milestone(session, caller.reader, MilestoneId(milestone_id))
        return step, await queries.project(session, caller.reader, ProjectId(step.project_id))


async def _read_effort(db: Database, effort_id: int) -> queries.RelatedEffortView:
    async with db.read() as session:
        return await queries.related_effort(session, RelatedEffortId(effort_id))


def _kind_choices() -> _Choices:
    return tuple((name, name[0].upper() + name[1:]) for name in KINDS)


def _objective_choices() -> _Choices:
    return tuple((line.slug, _short(line)) for line in queries.objectives())


def _authorities() -> _Choices:
    return tuple((line.slug, _short(line)) for line in queries.authorities())


def _short(line: queries.ProjectLaw) -> str:
    """A provision in a list of choices: the citation without its public law, and the title."""
    return f"{line.citation.partition(', ')[0]}: {line.title}"


def routes() -> Router:
    """Every page of projects."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[
            projects,
            export_projects,
            new_project,
            propose_project,
            project,
            project_to_revise,
            revise_project,
            status_to_change,
            change_status,
            rating_to_change,
            rate_project,
            project_to_end,
            end_project,
            new_partner,
            add_partner,
            partner_to_remove,
            remove_partner,
            new_milestone,
            plan_milestone,
            milestone_to_revise,
            revise_milestone,
            milestone_to_meet,
            meet_milestone,
            milestone_to_cancel,
            cancel_milestone,
            new_related_effort,
            enter_related_effort,
            related_effort,
            related_effort_to_revise,
            revise_related_effort,
            related_effort_to_end,
            end_related_effort,
        ],
    )
