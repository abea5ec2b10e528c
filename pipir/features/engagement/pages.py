"""The HTML door of engagement: list and file, one engagement, its organizations and commitments, the summary."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.engagement import commands, queries, rules
from pipir.features.engagement.tables import CommitmentId, EngagementId, OrganizationId
from pipir.features.people.queries import office_choices, person_choices
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_days
from pipir.kernel.countries import countries
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import LARGEST_LIMIT, Limit
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.statute.model import Provision
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Field, LawLine, Options, act_of, choices_of, drawn, words
from pipir.web.api import see_other
from pipir.web.exports import Columns, Export, exercise, export_file, file_paths
from pipir.web.forms import Form, read_filter, read_form
from pipir.web.pages import Frame, ListView

READ: Final = "engagement.read"
CHANGE: Final = "engagement.change"
_TRAIL: Final = (("Engagement", "/engagements"),)
_PILLS: Final = {"planned": "info", "held": "ok", "cancelled": "done"}
_OUTCOMES: Final = {"open": "waiting", "late": "late", "kept": "ok", "withdrawn": "done"}
_YES: Final = ("true", "Yes")
_FIELDS: Final = (
    Field("name", "Name"),
    Field("kind", "Kind", "select", choices="kinds"),
    Field("starts_on", "First day", "date"),
    Field("ends_on", "Last day", "date"),
    Field("place", "Place"),
    Field("topic", "Topic", "area"),
    Field("objectives", "Objectives of 1253(b) that it serves", "checks", choices="objectives"),
    Field("lead_office_id", "Office that leads it", "select", choices="offices"),
    Field("outcome", "Outcome", "area", "Once it has begun."),
    Field("source", "Source"),
    Field("solicitation_open", "A solicitation is open that concerns who comes", "select", choices="yes", empty="No"),
    Field("solicitation_number", "Number of the solicitation", hint="Where one is open."),
    Field(
        "reminder_acknowledged",
        "I have read the reminder beside this form",
        "select",
        "Needed where a solicitation is open; your name and the day are kept.",
        choices="yes",
        empty="No",
    ),
    Field("marking", "Marking", hint="Such as UNCLASSIFIED, CUI or CUI//NOFORN."),
)
_PROMISE: Final = (
    Field("title", "Short title"),
    Field("what", "What was promised", "area"),
    Field("owed_by", "Owed by", "select", choices="sides"),
    Field("organization_id", "Organization", "select", "Where it owes the promise.", choices="organizations"),
    Field("made_on", "Made on", "date"),
    Field("due_on", "Due on", "date"),
    Field("owner_office_id", "Office that looks after it", "select", choices="offices"),
    Field("owner_person_id", "Person who looks after it", "select", choices="people", empty="Nobody named"),
)
_ENTER: Final = Act(
    commands.enter_engagement,
    "Enter an engagement",
    "Enter it",
    "An event or meeting with industry, capital providers, academia or others. No private persons are named.",
    _FIELDS,
)
_ACTS: Final[Mapping[str, Act]] = {
    "revise": Act(
        commands.revise_engagement,
        "Change the engagement or add its outcome",
        "Save",
        "Organizations and commitments are entered on the page of the engagement.",
        _FIELDS,
    ),
    "organizations": Act(
        commands.add_organization,
        "Add an organization",
        "Add it",
        "UEI and CAGE are checked for their form alone; that they exist is for their registers to say.",
        (
            Field("name", "Name"),
            Field("kind", "Kind", "select", choices="organization_kinds"),
            Field("country", "Country", "select", choices="all_countries"),
            Field("uei", "Unique Entity ID", hint="12 letters and digits, without O and I."),
            Field("cage", "CAGE or NCAGE code", hint="5 letters and digits, without O and I."),
        ),
    ),
    "commitments": Act(
        commands.enter_commitment,
        "Enter a commitment",
        "Enter it",
        "A promise of either side, which stands in the calendar and the inbox of who looks after it.",
        _PROMISE,
    ),
    "cancel": Act(
        commands.cancel_engagement,
        "Cancel the engagement",
        "Cancel it",
        "It stays in the record with the reason.",
        (Field("because", "Why it does not take place", "area"),),
    ),
}
_TAKE_OUT: Final = Act(
    commands.take_out_organization,
    "Take the organization out",
    "Take it out",
    "It stays in the record with the day and the reason.",
    (Field("because", "Why", "area"),),
)
_PROMISE_ACTS: Final[Mapping[str, Act]] = {
    "settle": Act(
        commands.settle_commitment,
        "Record what became of it",
        "Record it",
        "Kept or withdrawn settles it. Stated late, it is owed still.",
        (
            Field("outcome", "Outcome", "select", choices="settled"),
            Field("on_day", "Day", "date"),
            Field("evidence", "Evidence", "area", "What shows it, so that another person finds it."),
        ),
    ),
    "revise": Act(
        commands.revise_commitment, "Change the commitment", "Save", "Only one that is owed still changes.", _PROMISE
    ),
}
_COLUMNS: Final = Columns[queries.EngagementView](
    (
        "Code", "Name", "Marking", "Exercise data", "Kind", "First day", "Last day", "Place", "Topic", "Objectives",
        "Organizations", "Lead office", "Outcome", "State", "Commitments", "Owed", "Solicitation",
        "Reminder acknowledged by", "Acknowledged on", "Cancelled because", "Source",
    ),
    lambda each: (
        each.code, each.name, each.marking, exercise(each), each.kind, each.starts_on,
        each.ends_on, each.place, each.topic, " ".join(each.objectives),
        "; ".join(one.name for one in each.organizations if one.until is None), each.lead_office, each.outcome,
        each.state, each.commitments, each.owed, each.solicitation_number, each.acknowledged_by,
        each.acknowledged_on, each.cancelled_because, each.source,
    ),
)  # fmt: skip
_SUMMARY: Final = Columns[queries.ObjectiveSummary](
    (
        "Objective", "Citation", "In our words", "Engagements", "Organizations", "Commitments open", "Late", "Kept",
        "Withdrawn", "Exercise data",
    ),
    lambda each: (
        each.objective, each.citation, each.title, each.engagements, each.organizations, each.open, each.late,
        each.kept, each.withdrawn, exercise(each),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.EngagementView]
    pills: dict[str, str]
    choices: dict[str, Options]
    owed: tuple[queries.CommitmentView, ...]
    owed_total: int
    outcomes: dict[str, str]
    may_change: bool


@dataclass(frozen=True)
class _Page:
    engagement: queries.EngagementView
    days: str
    pill: str
    commitments: tuple[queries.CommitmentView, ...]
    outcomes: dict[str, str]
    names: dict[str, str]
    objectives: tuple[Provision, ...]
    law: Provision
    reminder: tuple[Provision, ...]
    acts: tuple[tuple[str, str], ...]
    history: tuple[TrailView, ...]
    binder: Binder


@dataclass(frozen=True)
class _CommitmentPage:
    commitment: queries.CommitmentView
    pill: str
    acts: tuple[tuple[str, str], ...]
    history: tuple[TrailView, ...]


@dataclass(frozen=True)
class _SummaryPage:
    rows: tuple[queries.ObjectiveSummary, ...]
    law: Provision
    exercise: bool
    export: Export


@get("/engagements", opt=allow(READ))
async def engagements(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "-starts",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """Every engagement, and what is owed of them next."""
    which = _which(request)
    async with db.read() as session:
        found = await queries.list_engagements(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)
        named = tuple((code, countries()[code].name) for code in await queries.countries(session, caller.reader))
        choices = _lists() | {"countries": named, "offices": await office_choices(session)}
        labels = {value: text for options in choices.values() for value, text in options}
        view = frame.list_view(
            found,
            noun=("engagement", "engagements"),
            sort=sort,
            sorts=queries.SORTS,
            chosen=_chosen(which),
            labels=labels | {"open": "Open solicitation", "owed": "With promises owed"},
            columns=_COLUMNS,
        )
        owed = await queries.list_commitments(session, caller.reader, outcomes=rules.PENDING, limit=8)
        page = _ListPage(
            list=view,
            pills=_PILLS,
            choices=choices,
            owed=owed.items,
            owed_total=owed.total or 0,
            outcomes=_OUTCOMES,
            may_change=caller.may(CHANGE),
        )
        return frame.show("engagement/engagements.html", page, now=session.now)


@get(file_paths("/engagements/export"), opt=allow(READ))
async def export_engagements(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "-starts",
) -> Response[bytes]:
    """Exactly the engagements of the list."""
    async with db.read() as session:
        found = await queries.every_engagement(session, caller.reader, _which(request), sort=sort)
    return await export_file(request, "engagements", _COLUMNS, found)


@get("/engagements/summary", opt=allow(READ))
async def engagement_summary(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """What engagement did for each objective."""
    async with db.read() as session:
        rows = await queries.summary(session, caller.reader)
        page = _SummaryPage(
            rows,
            the_statute().provision(rules.AUTHORITY),
            any(each.exercise for each in rows),
            Export("/engagements/summary", _SUMMARY.titles),
        )
        return frame.show("engagement/summary.html", page, now=session.now)


@get(file_paths("/engagements/summary"), opt=allow(READ))
async def export_summary(
    request: Request[Any, Any, Any], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The summary by objective."""
    async with db.read() as session:
        rows = await queries.summary(session, caller.reader)
    return await export_file(request, "engagement-by-objective", _SUMMARY, rows)


@get("/engagements/new", opt=allow(commands.enter_engagement))
async def new_engagement(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The empty form of an engagement."""
    async with db.read() as session:
        form = Form(commands.EnterEngagement, {"marking": "CUI"})
        return await _form(frame, session, form, _ENTER, action="/engagements/new", back="/engagements")


@post("/engagements/new", opt=allow(commands.enter_engagement), status_code=303)
async def enter_engagement(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter an engagement."""
    form = await read_form(request, commands.EnterEngagement)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.enter_engagement.name, once=once) as session:
            number = await commands.enter_engagement(session, body)
            answer = see_other(session, f"/engagements/{number}")
        return answer
    async with db.read() as reading:
        return await _form(frame, reading, form, _ENTER, action="/engagements/new", back="/engagements")


@get("/engagements/{engagement_id:int}", opt=allow(READ))
async def engagement(
    engagement_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One engagement: who came, about what, for which objectives, and what either side promised."""
    async with db.read() as session:
        view = await queries.engagement(session, caller.reader, EngagementId(engagement_id))
        owed = await queries.list_commitments(session, caller.reader, engagement_id=engagement_id, limit=LARGEST_LIMIT)
        law = the_statute()
        page = _Page(
            engagement=view,
            days=show_days(view.starts_on, view.ends_on),
            pill=_PILLS[view.state],
            commitments=owed.items,
            outcomes=_OUTCOMES,
            names={code: each.name for code, each in countries().items()},
            objectives=tuple(law.provision(slug) for slug in view.objectives),
            law=law.provision(rules.AUTHORITY),
            reminder=tuple(law.provision(slug) for slug in (rules.INTEGRITY, rules.CONFLICT)),
            acts=_open(view) if caller.may(CHANGE) else (),
            history=await history(session, caller.reader, "engagement", engagement_id),
            binder=await binder(session, caller, "engagement", engagement_id),
        )
        return frame.show("engagement/engagement.html", page, now=session.now, marking=view.marking)


@get("/engagements/{engagement_id:int}/{act:str}", opt=allow(CHANGE))
async def engagement_to_change(
    engagement_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of an engagement."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.engagement(session, caller.reader, EngagementId(engagement_id))
        rules.may_change(view.code, view.cancelled_because)
        form = Form.of(chosen.command.body, view) if act == "revise" else Form(chosen.command.body)
        if act == "revise" and view.acknowledged_on is not None:
            form.values["reminder_acknowledged"] = "true"
        return await _change_form(frame, session, form, view, act)


@post("/engagements/{engagement_id:int}/{act:str}", opt=allow(CHANGE), status_code=303)
async def change_engagement(
    engagement_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Make one change of an engagement, and go back to it."""
    chosen, number = act_of(_ACTS, act), EngagementId(engagement_id)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        named = {"version": form.version} if chosen.command.versioned else {}
        async with db.write(actor=caller.id, command=chosen.command.name, once=once) as session:
            await chosen.command(session, number, body, **named)
            answer = see_other(session, f"/engagements/{engagement_id}")
        return answer
    async with db.read() as reading:
        view = await queries.engagement(reading, caller.reader, number)
        return await _change_form(frame, reading, form, view, act)


@get("/engagement-organizations/{organization_id:int}/out", opt=allow(commands.take_out_organization))
async def organization_to_take_out(
    organization_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that takes an organization out of an engagement."""
    async with db.read() as session:
        form = Form(commands.TakeOutOrganization)
        return await _organization_form(frame, session, caller, OrganizationId(organization_id), form)


@post("/engagement-organizations/{organization_id:int}/out", opt=allow(CHANGE), status_code=303)
async def take_out_organization(
    organization_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Take an organization out of an engagement, and go back to it."""
    number = OrganizationId(organization_id)
    form = await read_form(request, commands.TakeOutOrganization)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.take_out_organization.name) as session:
            await commands.take_out_organization(session, number, body, version=form.version)
            view = await queries.organization(session, caller.reader, number)
        return see_other(None, f"/engagements/{view.engagement_id}#organizations")
    async with db.read() as reading:
        return await _organization_form(frame, reading, caller, number, form)


@get("/commitments/{commitment_id:int}", opt=allow(READ))
async def commitment(
    commitment_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One commitment: what, by whom, until when, and what became of it."""
    async with db.read() as session:
        view = await queries.commitment(session, caller.reader, CommitmentId(commitment_id))
        owed = view.outcome in rules.PENDING and caller.may(CHANGE)
        page = _CommitmentPage(
            commitment=view,
            pill=_OUTCOMES[view.outcome],
            acts=tuple((name, each.title) for name, each in _PROMISE_ACTS.items()) if owed else (),
            history=await history(session, caller.reader, "engagement", view.engagement_id),
        )
        return frame.show("engagement/commitment.html", page, now=session.now, marking=view.marking)


@get("/commitments/{commitment_id:int}/{act:str}", opt=allow(CHANGE))
async def commitment_to_change(
    commitment_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a commitment."""
    chosen = act_of(_PROMISE_ACTS, act)
    async with db.read() as session:
        view = await queries.commitment(session, caller.reader, CommitmentId(commitment_id))
        rules.may_revise(view.outcome)
        form = Form.of(chosen.command.body, view) if act == "revise" else Form(chosen.command.body)
        return await _commitment_form(frame, session, caller, form, view, act)


@post("/commitments/{commitment_id:int}/{act:str}", opt=allow(CHANGE), status_code=303)
async def change_commitment(
    commitment_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of a commitment, and go back to it."""
    chosen, number = act_of(_PROMISE_ACTS, act), CommitmentId(commitment_id)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, number, body, version=form.version)
        return see_other(None, f"/commitments/{commitment_id}")
    async with db.read() as reading:
        view = await queries.commitment(reading, caller.reader, number)
        return await _commitment_form(frame, reading, caller, form, view, act)


async def _change_form(
    frame: Frame, session: ReadSession, form: Form[Any], view: queries.EngagementView, act: str
) -> Response[bytes]:
    here = f"/engagements/{view.id}"
    chosen = _ACTS[act]
    return await _form(
        frame,
        session,
        form,
        chosen,
        action=f"{here}/{act}",
        back=here,
        above=((view.name, here),),
        version=view.version if chosen.command.versioned else None,
        marking=view.marking,
        organizations=view.organizations,
    )


async def _commitment_form(
    frame: Frame, session: ReadSession, caller: Caller, form: Form[Any], view: queries.CommitmentView, act: str
) -> Response[bytes]:
    of = await queries.engagement(session, caller.reader, EngagementId(view.engagement_id))
    here = f"/commitments/{view.id}"
    return await _form(
        frame,
        session,
        form,
        _PROMISE_ACTS[act],
        action=f"{here}/{act}",
        back=here,
        above=((of.name, f"/engagements/{of.id}"), (view.title, here)),
        version=view.version,
        marking=view.marking,
        organizations=of.organizations,
        facts=(("The promise", view.what), ("Owed by", view.organization or "the office")),
    )


async def _organization_form(
    frame: Frame, session: ReadSession, caller: Caller, number: OrganizationId, form: Form[Any]
) -> Response[bytes]:
    view = await queries.organization(session, caller.reader, number)
    of = await queries.engagement(session, caller.reader, EngagementId(view.engagement_id))
    here = f"/engagements/{of.id}"
    return await _form(
        frame,
        session,
        form,
        _TAKE_OUT,
        action=f"/engagement-organizations/{number}/out",
        back=here,
        above=((of.name, here),),
        version=view.version,
        marking=of.marking,
        facts=(("Organization", view.name),),
    )


async def _form(
    frame: Frame,
    session: ReadSession,
    form: Form[Any],
    chosen: Act,
    *,
    action: str,
    back: str,
    above: tuple[tuple[str, str], ...] = (),
    version: int | None = None,
    marking: str = "CUI",
    organizations: tuple[queries.OrganizationView, ...] = (),
    facts: tuple[tuple[str, str | None], ...] = (),
) -> Response[bytes]:
    needed = choices_of(chosen.fields)
    choices = _lists()
    choices["organizations"] = tuple((str(each.id), each.name) for each in organizations if each.until is None)
    if "offices" in needed:
        choices["offices"] = await office_choices(session)
    if "people" in needed:
        choices["people"] = await person_choices(session)
    reminds = any(each.name == "reminder_acknowledged" for each in chosen.fields)
    page = ActPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, choices),
        trail=(*_TRAIL, *above),
        action=action,
        cancel_href=back,
        version=version,
        about="Reminder: while a solicitation is open" if reminds else "The record",
        facts=facts,
        law=_reminder() if reminds else (),
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=marking)


def _reminder() -> tuple[LawLine, ...]:
    rows = (the_statute().provision(slug) for slug in (rules.INTEGRITY, rules.CONFLICT))
    return tuple((row.citation, row.standing_label, row.statement) for row in rows)


def _lists() -> dict[str, Options]:
    named = {
        "kinds": rules.KINDS,
        "states": rules.STATES,
        "organization_kinds": rules.ORGANIZATION_KINDS,
        "sides": rules.SIDES,
        "settled": rules.SETTLED,
    }
    return {
        **{name: words(values) for name, values in named.items()},
        "yes": (_YES,),
        "all_countries": tuple((code, each.name) for code, each in countries().items()),
        "objectives": lookup.objective_names(the_statute()),
    }


def _open(view: queries.EngagementView) -> tuple[tuple[str, str], ...]:
    if view.cancelled_because is not None:
        return ()
    return tuple((name, each.title) for name, each in _ACTS.items() if name != "cancel" or view.outcome is None)


def _which(request: Request[Any, Any, Any]) -> queries.EngagementFilter:
    return read_filter(
        request,
        queries.EngagementFilter,
        many={"kinds": "kind", "states": "status", "organizations": "organization"},
        one={
            "text": "q",
            "country": "country",
            "objective": "objective",
            "office_id": "office",
        },
        checks=(
            "solicitation",
            "owed",
        ),
    )


def _chosen(which: queries.EngagementFilter) -> dict[str, Any]:
    return {
        "q": which.text or "",
        "kind": list(which.kinds),
        "status": list(which.states),
        "organization": list(which.organizations),
        "country": which.country or "",
        "objective": which.objective or "",
        "office": str(which.office_id or ""),
        "solicitation": "open" if which.solicitation else "",
        "owed": "owed" if which.owed else "",
    }


def routes() -> Router:
    """Every page of engagement."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[
            engagements,
            export_engagements,
            engagement_summary,
            export_summary,
            new_engagement,
            enter_engagement,
            engagement,
            engagement_to_change,
            change_engagement,
            organization_to_take_out,
            take_out_organization,
            commitment,
            commitment_to_change,
            change_commitment,
        ],
    )
