"""The HTML door of the register of vulnerabilities: list and file, matrix, one entry, the forms of its changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.people.queries import office_choices, person_choices
from pipir.features.projects import queries as projects
from pipir.features.trail.queries import TrailView, history
from pipir.features.vulnerabilities import commands, queries, rules
from pipir.features.vulnerabilities.tables import LinkId, VulnerabilityId
from pipir.kernel.access import Caller
from pipir.kernel.articles import SOURCE, articles
from pipir.kernel.calendar import show_day
from pipir.kernel.countries import countries
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.statute.model import Provision
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Field, Options, act_of, choices_of, drawn, joined, words
from pipir.web.api import see_other
from pipir.web.exports import Columns, exercise, export_file, file_paths
from pipir.web.forms import Form, read_filter, read_form
from pipir.web.pages import Frame, ListView

CHANGE: Final = "vulnerabilities.change"
_TRAIL: Final = ("Vulnerabilities", "/vulnerabilities")
_PILLS: Final = {"low": "info", "moderate": "watch", "high": "risk", "critical": "late"}
_STATES: Final = {
    "open": "waiting",
    "being mitigated": "watch",
    "mitigated": "ok",
    "accepted": "neutral",
    "closed": "done",
}
_CODES: Final = ("countries", "articles")
_FIELDS: Final = (
    Field("title", "Title"),
    Field("kind", "Kind", "select", choices="kinds"),
    Field("description", "What is weak, and what follows when it fails", "area"),
    Field("objectives", "Objectives of 1253(b) that it touches", "checks", choices="objectives"),
    Field("countries", "Countries", hint="Codes of the country register with commas between, such as AUS, JPN, USA."),
    Field("articles", "Articles", hint="Product or service codes with commas between, such as 1310, 6810."),
)
_SEVERITY: Final = (
    Field("severity", "Severity", "select", choices="severities"),
    Field("severity_rationale", "Why this severity", "area"),
)
_REST: Final = (
    Field("source", "Source"),
    Field("confidence", "How sure the source makes us", "select", choices="confidences"),
    Field("mitigation", "Mitigation", "area", "What reduces it, or would; blank where nothing is known."),
    Field("owner_office_id", "Office that owns it", "select", choices="offices"),
    Field("owner_person_id", "Person who looks after it", "select", choices="people", empty="Nobody named"),
    Field("review_on", "Looked at again on", "date"),
    Field("marking", "Marking", hint="Such as UNCLASSIFIED, CUI or CUI//NOFORN."),
)
_BECAUSE: Final = Field("because", "Why", "area")
_ENTER: Final = Act(
    commands.enter_vulnerability,
    "Enter a vulnerability",
    "Enter it",
    "A weak point that the industrial bases of partners share. It is open until somebody takes a step.",
    (*_FIELDS, *_SEVERITY, *_REST),
)
_ACTS: Final[Mapping[str, Act]] = {
    "status": Act(
        commands.change_status,
        "Change the status",
        "Change it",
        "Each step has its reason and stays in the history.",
        (
            Field("status", "Status", "select", choices="statuses"),
            _BECAUSE,
            Field("accepted_by", "Who accepted it", hint="Only of an acceptance: office and position."),
            Field("accepted_on", "Accepted on", "date", "Only of an acceptance."),
        ),
    ),
    "rate": Act(
        commands.rate_vulnerability,
        "Change the severity",
        "Change it",
        "Each change has its rationale and stays in the history.",
        (_SEVERITY[0], Field("because", "Why this severity", "area")),
    ),
    "projects": Act(
        commands.link_project,
        "Link a project that addresses it",
        "Link it",
        "The link has its first day, and once it ends its last one with the reason.",
        (
            Field("project_id", "Project", "select", choices="projects"),
            Field("since", "Since", "date", "Left blank: today."),
        ),
    ),
    "revise": Act(
        commands.revise_vulnerability,
        "Change the vulnerability",
        "Save",
        "Severity and status are changed by steps of their own.",
        (*_FIELDS, _SEVERITY[1], *_REST),
    ),
}
_UNLINK: Final = Act(
    commands.unlink_project,
    "End the link to a project",
    "End it",
    "The link stays in the record with its last day and the reason.",
    (Field("until", "Last day", "date"), _BECAUSE),
)
_COLUMNS: Final = Columns[queries.VulnerabilityView](
    (
        "Code", "Title", "Marking", "Exercise data", "Kind", "Countries", "Articles", "Objectives", "Severity",
        "Why this severity", "Confidence", "Source", "Mitigation", "Projects", "Status", "Why this status",
        "Owner", "Review on", "Review overdue",
    ),
    lambda each: (
        each.code, each.title, each.marking, exercise(each), each.kind,
        " ".join(each.countries), " ".join(each.articles), " ".join(each.objectives), each.severity,
        each.severity_rationale, each.confidence, each.source, each.mitigation,
        " ".join(link.code for link in each.projects), each.status, each.status_because, each.owner_office,
        each.review_on, "overdue" if each.overdue else "",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.VulnerabilityView]
    matrix: tuple[tuple[str, tuple[queries.MatrixCell, ...]], ...]
    severities: tuple[str, ...]
    counts: queries.Counts
    pills: dict[str, str]
    states: dict[str, str]
    names: dict[str, str]
    choices: dict[str, Options]
    may_change: bool


@dataclass(frozen=True)
class _Page:
    entry: queries.VulnerabilityView
    pill: str
    state: str
    says: Mapping[str, Mapping[str, str]]
    countries: tuple[tuple[str, str, str], ...]
    articles: tuple[tuple[str, str], ...]
    article_source: str
    objectives: tuple[Provision, ...]
    element: Provision
    steps: tuple[queries.VulnerabilityStepView, ...]
    acts: tuple[tuple[str, str], ...]
    history: tuple[TrailView, ...]
    binder: Binder
    may_change: bool


@get("/vulnerabilities", opt=allow("vulnerabilities.read"))
async def vulnerabilities(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "severity",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """The register: the matrix of kinds and severities, and the list."""
    which = _which(request)
    async with db.read() as session:
        found = await queries.list_vulnerabilities(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)
        named = tuple((code, countries()[code].name) for code in await queries.countries(session, caller.reader))
        known = {
            "countries": named,
            "objectives": lookup.objective_names(the_statute()),
            "offices": await office_choices(session),
        }
        choices = {**_lists(), **known}
        labels = {name: text for options in choices.values() for name, text in options}
        view = frame.list_view(
            found,
            noun=("vulnerability", "vulnerabilities"),
            sort=sort,
            sorts=queries.SORTS,
            chosen=_chosen(which),
            labels=labels | {"overdue": "Review overdue", "closed": "With closed ones"},
            columns=_COLUMNS,
        )
        cells = await queries.matrix(session, caller.reader)
        page = _ListPage(
            list=view,
            matrix=tuple((kind, tuple(each for each in cells if each.kind == kind)) for kind in rules.KINDS),
            severities=rules.SEVERITIES,
            counts=await queries.counts(session, caller.reader),
            pills=_PILLS,
            states=_STATES,
            names={code: each.name for code, each in countries().items()},
            choices=choices,
            may_change=caller.may(CHANGE),
        )
        return frame.show("vulnerabilities/vulnerabilities.html", page, now=session.now)


@get(file_paths("/vulnerabilities/export"), opt=allow("vulnerabilities.read"))
async def export_vulnerabilities(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "severity",
) -> Response[bytes]:
    """Exactly the vulnerabilities of the list."""
    async with db.read() as session:
        found = await queries.every_vulnerability(session, caller.reader, _which(request), sort=sort)
    return await export_file(request, "vulnerabilities", _COLUMNS, found)


@get("/vulnerabilities/new", opt=allow(commands.enter_vulnerability))
async def new_vulnerability(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The empty form of a vulnerability."""
    form = Form(commands.EnterVulnerability, {"marking": "CUI", "objectives": ["1253.b.3"]})
    async with db.read() as session:
        return await _form(frame, session, caller, form, _ENTER)


@post("/vulnerabilities/new", opt=allow(commands.enter_vulnerability), status_code=303)
async def enter_vulnerability(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a vulnerability."""
    form = await read_form(request, commands.EnterVulnerability)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.enter_vulnerability.name, once=once) as session:
            number = await commands.enter_vulnerability(session, body)
            answer = see_other(session, f"/vulnerabilities/{number}")
        return answer
    async with db.read() as reading:
        return await _form(frame, reading, caller, form, _ENTER)


@get("/vulnerabilities/{vulnerability_id:int}", opt=allow("vulnerabilities.read"))
async def vulnerability(
    vulnerability_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One vulnerability: what is weak, how much, how sure, and what is done about it."""
    number = VulnerabilityId(vulnerability_id)
    async with db.read() as session:
        view = await queries.vulnerability(session, caller.reader, number)
        known = await queries.participants(session, caller.reader)
        names = articles()
        page = _Page(
            entry=view,
            pill=_PILLS[view.severity],
            state=_STATES[view.status],
            says=rules.SAYS,
            countries=tuple(
                (code, countries()[code].name, f"/participants/{known[code]}" if code in known else "")
                for code in view.countries
            ),
            articles=tuple((code, names.get(code, "not in the list of today")) for code in view.articles),
            article_source=SOURCE,
            objectives=tuple(the_statute().provision(slug) for slug in view.objectives),
            element=the_statute().provision("1253.f.1.B.i"),
            steps=await queries.steps(session, caller.reader, number),
            acts=_open(view) if caller.may(CHANGE) else (),
            history=await history(session, caller.reader, "vulnerability", vulnerability_id),
            binder=await binder(session, caller, "vulnerability", vulnerability_id),
            may_change=caller.may(CHANGE),
        )
        return frame.show("vulnerabilities/vulnerability.html", page, now=session.now, marking=view.marking)


@get("/vulnerabilities/{vulnerability_id:int}/{act:str}", opt=allow(CHANGE))
async def vulnerability_to_change(
    vulnerability_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a vulnerability."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.vulnerability(session, caller.reader, VulnerabilityId(vulnerability_id))
        if act != "status":
            rules.may_change(view.code, view.status)
        filled = Form.of(chosen.command.body, view)
        if act != "revise":
            # A step is stated anew, so that nobody repeats the reason of the last one.
            filled = Form(chosen.command.body)
        return await _form(frame, session, caller, filled, chosen, view, act)


@post("/vulnerabilities/{vulnerability_id:int}/{act:str}", opt=allow(CHANGE), status_code=303)
async def change_vulnerability(
    vulnerability_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Make one change of a vulnerability, and go back to it."""
    chosen, number = act_of(_ACTS, act), VulnerabilityId(vulnerability_id)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        named = {"version": form.version} if chosen.command.versioned else {}
        async with db.write(actor=caller.id, command=chosen.command.name, once=once) as session:
            await chosen.command(session, number, body, **named)
            answer = see_other(session, f"/vulnerabilities/{vulnerability_id}")
        return answer
    async with db.read() as reading:
        view = await queries.vulnerability(reading, caller.reader, number)
        return await _form(frame, reading, caller, form, chosen, view, act)


@get("/vulnerability-links/{link_id:int}/end", opt=allow(commands.unlink_project))
async def link_to_end(
    link_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that ends a link to a project."""
    return await _link_form(frame, db, caller, LinkId(link_id), Form(commands.UnlinkProject))


@post("/vulnerability-links/{link_id:int}/end", opt=allow(commands.unlink_project), status_code=303)
async def end_link(
    link_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """End a link to a project, and go back to its vulnerability."""
    form = await read_form(request, commands.UnlinkProject)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.unlink_project.name) as session:
            await commands.unlink_project(session, LinkId(link_id), body, version=form.version)
            view = await queries.link(session, caller.reader, LinkId(link_id))
        return see_other(None, f"/vulnerabilities/{view.vulnerability_id}#projects")
    return await _link_form(frame, db, caller, LinkId(link_id), form)


async def _link_form(
    frame: Frame, db: Database, caller: Caller, link_id: LinkId, form: Form[commands.UnlinkProject]
) -> Response[bytes]:
    async with db.read() as session:
        link = await queries.link(session, caller.reader, link_id)
        view = await queries.vulnerability(session, caller.reader, VulnerabilityId(link.vulnerability_id))
        here = f"/vulnerabilities/{view.id}"
        page = ActPage(
            form=form,
            title=_UNLINK.title,
            lead=_UNLINK.lead,
            button=_UNLINK.button,
            fields=drawn(_UNLINK, {}),
            trail=(_TRAIL, (view.title, here)),
            action=f"/vulnerability-links/{link_id}/end",
            cancel_href=here,
            version=link.version,
            about="The link",
            facts=(("Project", f"{link.code} {link.name}"), ("Since", show_day(link.since))),
        )
        return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


async def _form(
    frame: Frame,
    session: ReadSession,
    caller: Caller,
    form: Form[Any],
    chosen: Act,
    view: queries.VulnerabilityView | None = None,
    act: str = "",
) -> Response[bytes]:
    here = f"/vulnerabilities/{view.id}" if view is not None else "/vulnerabilities"
    page = ActPage(
        form=joined(form, *_CODES),
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, await _choices(session, caller, chosen, view)),
        trail=(_TRAIL, *(((view.title, here),) if view is not None else ())),
        action=f"{here}/{act}" if view is not None else "/vulnerabilities/new",
        cancel_href=here,
        version=view.version if view is not None and chosen.command.versioned else None,
        about="What the words mean",
        facts=tuple(
            (each.slug.capitalize(), each.says) for name in _told(chosen) for each in getattr(rules.LISTS, name)
        ),
    )
    marking = view.marking if view is not None else "CUI"
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=marking)


def _told(chosen: Act) -> tuple[str, ...]:
    """The closed lists whose words a form explains."""
    fields = {each.name for each in chosen.fields}
    return tuple(name for name in ("severity", "confidence", "status") if name in fields)


async def _choices(
    session: ReadSession, caller: Caller, chosen: Act, view: queries.VulnerabilityView | None
) -> dict[str, Options]:
    needed = choices_of(chosen.fields)
    found = _lists() | {"objectives": lookup.objective_names(the_statute())}
    if view is not None:
        steps = rules.STEPS[view.status]  # type: ignore[index]  # the table's own constraint
        found["statuses"] = words(steps)
    if "offices" in needed:
        found["offices"] = await office_choices(session)
    if "people" in needed:
        found["people"] = await person_choices(session)
    if "projects" in needed:
        known = await projects.names(session, caller.reader)
        found["projects"] = tuple((str(number), f"{code} {name}") for number, code, name in known)
    return found


def _lists() -> dict[str, Options]:
    return {
        name: words(values)
        for name, values in (
            ("kinds", rules.KINDS),
            ("severities", rules.SEVERITIES),
            ("confidences", rules.CONFIDENCES),
            ("statuses", rules.STATUSES),
        )
    }


def _open(view: queries.VulnerabilityView) -> tuple[tuple[str, str], ...]:
    names = tuple(_ACTS) if view.status in rules.LIVING else ("status",)
    return tuple((name, _ACTS[name].title) for name in names)


def _which(request: Request[Any, Any, Any]) -> queries.VulnerabilityFilter:
    return read_filter(
        request,
        queries.VulnerabilityFilter,
        many={
            "kinds": "kind",
            "severities": "severity",
            "confidences": "confidence",
            "statuses": "status",
        },
        one={
            "text": "q",
            "country": "country",
            "article": "article",
            "objective": "objective",
            "office_id": "office",
            "project_id": "project",
        },
        checks=(
            "overdue",
            "closed",
        ),
    )


def _chosen(which: queries.VulnerabilityFilter) -> dict[str, Any]:
    return {
        "q": which.text or "",
        "kind": list(which.kinds),
        "severity": list(which.severities),
        "confidence": list(which.confidences),
        "status": list(which.statuses),
        "country": which.country or "",
        "article": which.article or "",
        "objective": which.objective or "",
        "office": str(which.office_id or ""),
        "project": str(which.project_id or ""),
        "overdue": "overdue" if which.overdue else "",
        "closed": "closed" if which.closed else "",
    }


def routes() -> Router:
    """Every page of vulnerabilities."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[
            vulnerabilities,
            export_vulnerabilities,
            new_vulnerability,
            enter_vulnerability,
            vulnerability,
            vulnerability_to_change,
            change_vulnerability,
            link_to_end,
            end_link,
        ],
    )
