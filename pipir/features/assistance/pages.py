"""The HTML door of technical assistance: list and file, one with its conditions, the forms of its changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.assistance import commands, queries, rules
from pipir.features.assistance.rules import Condition
from pipir.features.assistance.tables import AssistanceId, UnitId
from pipir.features.binder.queries import Binder, binder
from pipir.features.concurrence.queries import agreed
from pipir.features.law.queries import papers_for
from pipir.features.participants.queries import participant_choices
from pipir.features.people.queries import office_choices
from pipir.features.projects import queries as projects
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_days
from pipir.kernel.ids import RecordNumber
from pipir.kernel.money import dollars
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.statute.model import Provision
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Field, LawLine, Options, act_of, drawn, words
from pipir.web.api import see_other
from pipir.web.exports import Columns, exercise, export_file, file_paths
from pipir.web.forms import Form, filled, read_filter, read_form
from pipir.web.pages import Frame, ListView

READ: Final = "assistance.read"
CHANGE: Final = "assistance.change"
_TRAIL: Final = (("Engagement", "/engagements"), ("Technical assistance", "/assistance"))
_PILLS: Final = {"planned": "info", "begun": "ok", "suspended": "watch", "completed": "done", "ended": "neutral"}
_RESULTS: Final = {"pending": "waiting", "cleared": "ok", "not cleared": "late"}
_STAGES: Final = ("planned", "begun", "completed")
_BECAUSE: Final = Field("because", "Why", "area")
_FIELDS: Final = (
    Field("name", "Name"),
    Field("participant_id", "Partner", "select", choices="partners"),
    Field("purpose", "Purpose", "area"),
    Field("objectives", "Objectives of 1253(b) that it serves", "checks", choices="objectives"),
    Field(
        "uses", "Authority of title 10 that it uses", "select", "Always named; its conditions follow.", choices="uses"
    ),
    Field("starts_on", "First day", "date"),
    Field("ends_on", "Last day", "date"),
    Field("planned_cost", "Planned cost", hint="In dollars, such as 1,250,000.00; a plan is no obligation."),
    Field("project_id", "Project", "select", "By which the ledger knows its cost.", choices="projects"),
    Field("lead_office_id", "Office that leads it", "select", choices="offices"),
    Field("source", "Source"),
    Field("marking", "Marking", hint="Such as UNCLASSIFIED, CUI or CUI//NOFORN."),
)
_PLAN: Final = Act(
    commands.plan_assistance,
    "Plan assistance",
    "Plan it",
    "Help for a partner under an authority of title 10. It begins once that authority's own conditions are met.",
    _FIELDS,
)
_ACTS: Final[Mapping[str, Act]] = {
    "begin": Act(
        commands.begin_assistance,
        "Begin the assistance",
        "Begin it",
        "Refused until every condition of the authority is met; each that is missing is named.",
        (
            Field("begun_on", "Begun on", "date", "Left blank: today."),
            Field(
                "program_authority",
                "Program authority",
                "select",
                "Left blank: section 1253(e)(3).",
                choices="authorities",
                empty="Section 1253(e)(3)",
            ),
            Field(
                "continuation_id",
                "Continuation determination",
                "select",
                "After the termination of 1253(g): one that concerns this assistance.",
                choices="determinations",
            ),
            Field(
                "late_because", "Why it is recorded late", "area", "Of a beginning before the end, recorded after it."
            ),
            Field("late_document", "Document that shows it"),
        ),
    ),
    "conditions": Act(
        commands.record_condition,
        "Record what shows a condition",
        "Record it",
        "What stood before stays in the record, as replaced.",
        (
            Field("condition", "Condition", "select", choices="conditions"),
            Field("met_on", "Met on", "date", "Of a notice: the day on which it was given."),
            Field("evidence", "What shows it", "area"),
            Field("document", "Document"),
        ),
    ),
    "units": Act(
        commands.name_unit,
        "Name a unit",
        "Name it",
        "A unit of the partner that is to be helped; its vetting is pending until a result is recorded.",
        (Field("name", "Name of the unit"),),
    ),
    "status": Act(
        commands.change_status,
        "Change the status",
        "Change it",
        "Suspend it, take it up again, complete or end it.",
        (Field("status", "Status", "select", choices="steps"), Field("on_day", "Day", "date"), _BECAUSE),
    ),
    "revise": Act(
        commands.revise_assistance,
        "Change the assistance",
        "Save",
        "Partner and authority change only while it is planned.",
        _FIELDS,
    ),
}
_UNIT_ACTS: Final[Mapping[str, Act]] = {
    "vet": Act(
        commands.vet_unit,
        "Record the vetting",
        "Record it",
        "A unit that is not cleared receives nothing; it is taken out before anything begins.",
        (
            Field("result", "Result", "select", choices="results"),
            Field("vetted_on", "Vetted on", "date"),
            Field("reference", "Reference", hint="Where the result stands."),
        ),
    ),
    "out": Act(
        commands.take_out_unit,
        "Take the unit out",
        "Take it out",
        "It stays in the record with the reason.",
        (_BECAUSE,),
    ),
}
_COLUMNS: Final = Columns[queries.AssistanceView](
    (
        "Code", "Name", "Marking", "Label", "Exercise data", "Partner", "Purpose", "Objectives", "Authority used",
        "Program authority", "First day", "Last day", "Cost", "Project", "Lead office", "Status", "Begun on",
        "Why", "Source",
    ),
    lambda each: (
        each.code, each.name, each.marking, each.label, exercise(each), each.partner,
        each.purpose, " ".join(each.objectives), each.uses_citation, each.program_authority or rules.AUTHORITY,
        each.starts_on, each.ends_on, each.planned_cost, each.project, each.lead_office, each.status, each.begun_on,
        each.status_because, each.source,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.AssistanceView]
    pills: dict[str, str]
    choices: dict[str, Options]
    may_change: bool


@dataclass(frozen=True)
class _Page:
    assistance: queries.AssistanceView
    period: str
    pill: str
    stages: tuple[tuple[str, ...], int]
    conditions: tuple[Condition, ...]
    evidence: tuple[queries.EvidenceView, ...]
    units: tuple[queries.UnitView, ...]
    results: dict[str, str]
    money: queries.AssistanceMoney | None
    objectives: tuple[Provision, ...]
    law: tuple[Provision, ...]
    acts: tuple[tuple[str, str], ...]
    may_vet: bool
    history: tuple[TrailView, ...]
    binder: Binder


@get("/assistance", opt=allow(READ))
async def assistance_list(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "-starts",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """Every technical assistance."""
    which = _which(request)
    async with db.read() as session:
        found = await queries.list_assistance(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)
        choices = _lists() | {
            "countries": await queries.countries(session, caller.reader),
            "offices": await office_choices(session),
        }
        view = frame.list_view(
            found,
            noun=("assistance", "assistance"),
            sort=sort,
            sorts=queries.SORTS,
            chosen=_chosen(which),
            labels={value: text for options in choices.values() for value, text in options},
            columns=_COLUMNS,
        )
        page = _ListPage(list=view, pills=_PILLS, choices=choices, may_change=caller.may(CHANGE))
        return frame.show("assistance/assistance_list.html", page, now=session.now)


@get(file_paths("/assistance/export"), opt=allow(READ))
async def export_assistance(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "-starts",
) -> Response[bytes]:
    """Exactly the assistance of the list."""
    async with db.read() as session:
        found = await queries.every_assistance(session, caller.reader, _which(request), sort=sort)
    return await export_file(request, "assistance", _COLUMNS, found)


@get("/assistance/new", opt=allow(commands.plan_assistance))
async def new_assistance(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The empty form of a plan."""
    async with db.read() as session:
        return await _form(frame, session, caller, Form(commands.PlanAssistance, {"marking": "CUI"}), _PLAN)


@post("/assistance/new", opt=allow(commands.plan_assistance), status_code=303)
async def plan_assistance(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Plan assistance."""
    form = await read_form(request, commands.PlanAssistance)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.plan_assistance.name, once=once) as session:
            number = await commands.plan_assistance(session, body)
            answer = see_other(session, f"/assistance/{number}")
        return answer
    async with db.read() as reading:
        return await _form(frame, reading, caller, form, _PLAN)


@get("/assistance/{assistance_id:int}", opt=allow(READ))
async def assistance(
    assistance_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One assistance: for whom, under what, whether its conditions are met, and what it costs."""
    async with db.read() as session:
        view = await queries.assistance(session, caller.reader, AssistanceId(assistance_id))
        law = the_statute()
        reads_money = caller.may("ledger.read") and view.project_id is not None
        page = _Page(
            assistance=view,
            period=show_days(view.starts_on, view.ends_on),
            pill=_PILLS[view.status],
            stages=_stages(view.status),
            conditions=await queries.conditions(session, caller.reader, view.id, view.begun_on or session.today),
            evidence=await queries.evidence(session, view.id),
            units=await queries.units(session, view.id),
            results=_RESULTS,
            money=await queries.money(session, caller.reader, view.project_id or 0) if reads_money else None,
            objectives=tuple(law.provision(slug) for slug in view.objectives),
            law=tuple(law.provision(slug) for slug in (view.program_authority or rules.AUTHORITY, view.uses)),
            acts=_open(view) if caller.may(CHANGE) else (),
            may_vet=caller.may(CHANGE) and view.status == "planned",
            history=await history(session, caller.reader, "assistance", assistance_id),
            binder=await binder(session, caller, "assistance", assistance_id),
        )
        return frame.show("assistance/assistance.html", page, now=session.now, marking=view.marking)


@get("/assistance/{assistance_id:int}/{act:str}", opt=allow(CHANGE))
async def assistance_to_change(
    assistance_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    coordination: FromQuery[RecordNumber | None] = None,
) -> Response[bytes]:
    """The form of one change of assistance; a beginning to which offices have agreed is filled from their request."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.assistance(session, caller.reader, AssistanceId(assistance_id))
        form = Form.of(chosen.command.body, view) if act == "revise" else Form(chosen.command.body)
        if act == "begin" and coordination is not None:
            asked = await agreed(session, caller.reader, coordination, rules.ACT, "assistance", view.id)
            form = filled(chosen.command.body, asked.typed)
        return await _form(frame, session, caller, form, chosen, view, act)


@post("/assistance/{assistance_id:int}/{act:str}", opt=allow(CHANGE), status_code=303)
async def change_assistance(
    assistance_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Make one change of assistance, and go back to it."""
    chosen, number = act_of(_ACTS, act), AssistanceId(assistance_id)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        named = {"version": form.version} if chosen.command.versioned else {}
        async with db.write(actor=caller.id, command=chosen.command.name, once=once) as session:
            await chosen.command(session, number, body, **named)
            answer = see_other(session, f"/assistance/{assistance_id}")
        return answer
    async with db.read() as reading:
        view = await queries.assistance(reading, caller.reader, number)
        return await _form(frame, reading, caller, form, chosen, view, act)


@get("/assistance-units/{unit_id:int}/{act:str}", opt=allow(CHANGE))
async def unit_to_change(
    unit_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a unit."""
    chosen = act_of(_UNIT_ACTS, act)
    async with db.read() as session:
        unit = await queries.unit(session, caller.reader, UnitId(unit_id))
        view = await queries.assistance(session, caller.reader, AssistanceId(unit.assistance_id))
        return await _form(frame, session, caller, Form.of(chosen.command.body, unit), chosen, view, act, unit)


@post("/assistance-units/{unit_id:int}/{act:str}", opt=allow(CHANGE), status_code=303)
async def change_unit(
    unit_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of a unit, and go back to its assistance."""
    chosen, number = act_of(_UNIT_ACTS, act), UnitId(unit_id)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, number, body, version=form.version)
            unit = await queries.unit(session, caller.reader, number)
        return see_other(None, f"/assistance/{unit.assistance_id}#units")
    async with db.read() as reading:
        unit = await queries.unit(reading, caller.reader, number)
        view = await queries.assistance(reading, caller.reader, AssistanceId(unit.assistance_id))
        return await _form(frame, reading, caller, form, chosen, view, act, unit)


async def _form(
    frame: Frame,
    session: ReadSession,
    caller: Caller,
    form: Form[Any],
    chosen: Act,
    view: queries.AssistanceView | None = None,
    act: str = "",
    unit: queries.UnitView | None = None,
) -> Response[bytes]:
    back = f"/assistance/{view.id}" if view is not None else "/assistance"
    here = f"/assistance-units/{unit.id}" if unit is not None else back
    version = unit.version if unit is not None else view.version if view is not None else None
    facts: tuple[tuple[str, str | None], ...] = ()
    if unit is not None:
        facts = (("Unit", unit.name), ("Result", unit.result))
    elif view is not None:
        cost = dollars(view.planned_cost) if view.planned_cost is not None else None
        facts = (("Partner", view.partner), ("Authority used", view.uses_citation), ("Planned cost", cost))
    page = ActPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, await _choices(session, caller, view)),
        trail=(*_TRAIL, *(((view.name, back),) if view is not None else ())),
        action=f"{here}/{act}" if view is not None else "/assistance/new",
        cancel_href=back,
        version=version if chosen.command.versioned else None,
        about="The law" if view is None else "The assistance",
        facts=facts,
        law=_law_lines(view),
    )
    marking = view.marking if view is not None else "CUI"
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=marking)


def _law_lines(view: queries.AssistanceView | None) -> tuple[LawLine, ...]:
    law = the_statute()
    rows = rules.authorities(law) if view is None else (law.provision(view.uses),)
    lines = [(row.citation, row.standing_label, row.statement) for row in rows]
    if view is not None:
        standing = law.provision(view.uses).standing_label
        lines += [(each.citation, standing, each.statement) for each in law.provision(view.uses).requirement]
    return tuple(lines)


async def _choices(session: ReadSession, caller: Caller, view: queries.AssistanceView | None) -> dict[str, Options]:
    found = _lists()
    partners = await participant_choices(session, caller.reader)
    found["partners"] = tuple((str(number), f"{name} ({code})") for number, code, name in partners)
    known = await projects.names(session, caller.reader)
    found["projects"] = tuple((str(number), f"{code} {name}") for number, code, name in known)
    found["offices"] = await office_choices(session)
    found |= {"conditions": (), "steps": (), "determinations": ()}
    if view is not None:
        needs = the_statute().provision(view.uses).requirement
        found["conditions"] = tuple(
            (each.slug, each.statement) for each in needs if each.shown_by in ("evidence", "notice")
        )
        found["steps"] = words(rules.STEPS[view.status])
        papers = await papers_for(session, caller, "assistance", subject_id=view.id, title=view.name)
        found["determinations"] = papers.choices
    return found


def _lists() -> dict[str, Options]:
    law = the_statute()
    return {
        "statuses": words(rules.STATUSES),
        "results": words(rules.RESULTS),
        "uses": tuple((row.slug, f"{row.citation}: {row.title}") for row in rules.authorities(law)),
        "authorities": tuple((row.slug, f"{row.short_citation}: {row.title}") for row in lookup.authorities(law)),
        "objectives": lookup.objective_names(law),
    }


def _open(view: queries.AssistanceView) -> tuple[tuple[str, str], ...]:
    if view.status in rules.OVER:
        return ()
    needs = the_statute().provision(view.uses).requirement
    planned = view.status == "planned"
    shown = {
        "begin": planned,
        "conditions": planned and any(each.shown_by in ("evidence", "notice") for each in needs),
        "units": planned and any(each.shown_by == "vetting" for each in needs),
    }
    return tuple((name, each.title) for name, each in _ACTS.items() if shown.get(name, True))


def _stages(status: str) -> tuple[tuple[str, ...], int]:
    names = {"suspended": ("planned", "suspended", "taken up or ended"), "ended": ("planned", "ended")}.get(
        status, _STAGES
    )
    return tuple(name.capitalize() for name in names), names.index(status)


def _which(request: Request[Any, Any, Any]) -> queries.AssistanceFilter:
    return read_filter(
        request,
        queries.AssistanceFilter,
        many={"statuses": "status"},
        one={
            "text": "q",
            "uses": "uses",
            "country": "country",
            "objective": "objective",
            "project_id": "project",
            "office_id": "office",
        },
    )


def _chosen(which: queries.AssistanceFilter) -> dict[str, Any]:
    return {
        "q": which.text or "",
        "status": list(which.statuses),
        "uses": which.uses or "",
        "country": which.country or "",
        "objective": which.objective or "",
        "project": str(which.project_id or ""),
        "office": str(which.office_id or ""),
    }


def routes() -> Router:
    """Every page of technical assistance."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[
            assistance_list,
            export_assistance,
            new_assistance,
            plan_assistance,
            assistance,
            assistance_to_change,
            change_assistance,
            unit_to_change,
            change_unit,
        ],
    )
