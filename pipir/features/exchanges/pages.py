"""The HTML door of technical exchanges: list and file, one exchange, the forms of its changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.disclosure import queries as disclosure
from pipir.features.exchanges import commands, queries, rules
from pipir.features.exchanges.tables import ExchangeId
from pipir.features.groups import queries as groups
from pipir.features.people.queries import office_choices
from pipir.features.projects import queries as projects
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_day, show_days
from pipir.kernel.countries import countries
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.statute.load import the_statute
from pipir.statute.model import Provision
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Field, Options, act_of, drawn, joined, words
from pipir.web.api import see_other
from pipir.web.exports import Columns, exercise, export_file, file_paths
from pipir.web.forms import Form, read_filter, read_form
from pipir.web.pages import Frame, ListView

CHANGE: Final = "groups.change"
_TRAIL: Final = (("Groups", "/groups"), ("Technical exchanges", "/exchanges"))
_PILLS: Final = {"planned": "info", "no outcome recorded": "waiting", "held": "ok", "cancelled": "done"}
_FIELDS: Final = (
    Field("title", "Title"),
    Field("kind", "Kind", "select", choices="kinds"),
    Field("group_id", "Group that it hangs on", "select", "A group or a project, one of the two.", choices="groups"),
    Field("project_id", "Project that it hangs on", "select", choices="projects"),
    Field("starts_on", "First day", "date"),
    Field("ends_on", "Last day", "date"),
    Field("place", "Place"),
    Field("topic", "Topic", "area"),
    Field("delegations", "Delegations", hint="Codes of the country register with commas between, such as AUS, USA."),
    Field("offices", "Offices that take part", hint="By their names; no private persons."),
    Field("lead_office_id", "Office that leads it", "select", choices="offices"),
    Field(
        "decision_ids",
        "Disclosure decisions",
        "checks",
        "Where partners take part: one that is granted and in force for each.",
        choices="decisions",
    ),
    Field("nothing_disclosed_because", "Why nothing is disclosed", "area", "Instead of a decision."),
    Field("outcome", "Outcome", "area", "Once it has begun."),
    Field("source", "Source"),
    Field("marking", "Marking", hint="Such as UNCLASSIFIED, CUI or CUI//NOFORN."),
)
_ENTER: Final = Act(
    commands.enter_exchange,
    "Enter a technical exchange",
    "Enter it",
    "A visit or an exchange of experts, planned or held, of a group or a project.",
    _FIELDS,
)
_ACTS: Final[Mapping[str, Act]] = {
    "revise": Act(
        commands.revise_exchange,
        "Change the exchange or add its outcome",
        "Save",
        "The outcome is owed once the exchange is over.",
        _FIELDS,
    ),
    "cancel": Act(
        commands.cancel_exchange,
        "Cancel the exchange",
        "Cancel it",
        "It stays in the record with the reason.",
        (Field("because", "Why it does not take place", "area"),),
    ),
}
_COLUMNS: Final = Columns[queries.ExchangeView](
    (
        "Code", "Title", "Marking", "Exercise data", "Kind", "Hangs on", "First day", "Last day", "Place", "Topic",
        "Delegations", "Offices", "Lead office", "Disclosure decisions", "Nothing disclosed because", "Outcome",
        "State", "Cancelled because", "Source",
    ),
    lambda each: (
        each.code, each.title, each.marking, exercise(each), each.kind, each.hangs_on,
        each.starts_on, each.ends_on, each.place, each.topic, " ".join(each.delegations), each.offices,
        each.lead_office, " ".join(str(one) for one in each.decision_ids), each.nothing_disclosed_because,
        each.outcome, each.state, each.cancelled_because, each.source,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.ExchangeView]
    pills: dict[str, str]
    names: dict[str, str]
    choices: dict[str, Options]
    may_change: bool


@dataclass(frozen=True)
class _Page:
    exchange: queries.ExchangeView
    days: str
    pill: str
    countries: tuple[tuple[str, str], ...]
    partners: bool
    disclosure: Provision
    law: Provision
    acts: tuple[tuple[str, str], ...]
    history: tuple[TrailView, ...]
    binder: Binder


@get("/exchanges", opt=allow("groups.read"))
async def exchanges(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "-starts",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """Every technical exchange, of groups and projects."""
    which = _which(request)
    async with db.read() as session:
        found = await queries.list_exchanges(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)
        named = tuple((code, countries()[code].name) for code in await queries.countries(session, caller.reader))
        choices: dict[str, Options] = {**_lists(), "countries": named, **await _hooks(session, caller)}
        labels = {value: text for name in ("kinds", "states", "countries") for value, text in choices[name]}
        labels |= {f"{name[:-1]}={value}": text for name in ("groups", "projects") for value, text in choices[name]}
        view = frame.list_view(
            found,
            noun=("technical exchange", "technical exchanges"),
            sort=sort,
            sorts=queries.SORTS,
            chosen=_chosen(which),
            labels=labels,
            columns=_COLUMNS,
        )
        page = _ListPage(
            list=view,
            pills=_PILLS,
            names={code: each.name for code, each in countries().items()},
            choices=choices,
            may_change=caller.may(CHANGE),
        )
        return frame.show("exchanges/exchanges.html", page, now=session.now)


@get(file_paths("/exchanges/export"), opt=allow("groups.read"))
async def export_exchanges(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "-starts",
) -> Response[bytes]:
    """Exactly the exchanges of the list."""
    async with db.read() as session:
        found = await queries.every_exchange(session, caller.reader, _which(request), sort=sort)
    return await export_file(request, "exchanges", _COLUMNS, found)


@get("/exchanges/new", opt=allow(commands.enter_exchange))
async def new_exchange(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    group: FromQuery[int | None] = None,
    project: FromQuery[int | None] = None,
) -> Response[bytes]:
    """The empty form of an exchange, of the group or project that the page came from."""
    filled: dict[str, str | list[str]] = {
        "marking": "CUI",
        "group_id": str(group or ""),
        "project_id": str(project or ""),
    }
    async with db.read() as session:
        return await _form(frame, session, caller, Form(commands.EnterExchange, filled), _ENTER)


@post("/exchanges/new", opt=allow(commands.enter_exchange), status_code=303)
async def enter_exchange(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a technical exchange."""
    form = await read_form(request, commands.EnterExchange)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.enter_exchange.name, once=once) as session:
            number = await commands.enter_exchange(session, body)
            answer = see_other(session, f"/exchanges/{number}")
        return answer
    async with db.read() as reading:
        return await _form(frame, reading, caller, form, _ENTER)


@get("/exchanges/{exchange_id:int}", opt=allow("groups.read"))
async def exchange(
    exchange_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One technical exchange: who, where, about what, under which disclosure, and what came of it."""
    async with db.read() as session:
        view = await queries.exchange(session, caller.reader, ExchangeId(exchange_id))
        page = _Page(
            exchange=view,
            days=show_days(view.starts_on, view.ends_on),
            pill=_PILLS[view.state],
            countries=tuple((code, countries()[code].name) for code in view.delegations),
            partners=any(code != rules.HOME for code in view.delegations),
            disclosure=the_statute().provision(rules.DISCLOSURE),
            law=the_statute().provision("1253.e.2"),
            acts=_open(view) if caller.may(CHANGE) else (),
            history=await history(session, caller.reader, "technical_exchange", exchange_id),
            binder=await binder(session, caller, "technical_exchange", exchange_id),
        )
        return frame.show("exchanges/exchange.html", page, now=session.now, marking=view.marking)


@get("/exchanges/{exchange_id:int}/{act:str}", opt=allow(CHANGE))
async def exchange_to_change(
    exchange_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of an exchange."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.exchange(session, caller.reader, ExchangeId(exchange_id))
        rules.may_change(view.code, view.cancelled_because)
        return await _form(frame, session, caller, Form.of(chosen.command.body, view), chosen, view, act)


@post("/exchanges/{exchange_id:int}/{act:str}", opt=allow(CHANGE), status_code=303)
async def change_exchange(
    exchange_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of an exchange, and go back to it."""
    chosen = act_of(_ACTS, act)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, ExchangeId(exchange_id), body, version=form.version)
        return see_other(None, f"/exchanges/{exchange_id}")
    async with db.read() as reading:
        view = await queries.exchange(reading, caller.reader, ExchangeId(exchange_id))
        return await _form(frame, reading, caller, form, chosen, view, act)


async def _form(
    frame: Frame,
    session: ReadSession,
    caller: Caller,
    form: Form[Any],
    chosen: Act,
    view: queries.ExchangeView | None = None,
    act: str = "",
) -> Response[bytes]:
    here = f"/exchanges/{view.id}" if view is not None else "/exchanges"
    choices = _lists() | await _hooks(session, caller)
    choices["offices"] = await office_choices(session)
    decisions = await disclosure.decisions(session, caller.reader)
    choices["decisions"] = tuple(
        (str(each.id), f"{countries()[each.country].name}: {each.subject}, from {show_day(each.since)}")
        for each in decisions
        if each.outcome == "granted"
    )
    law = the_statute().provision(rules.DISCLOSURE)
    page = ActPage(
        form=joined(form, "delegations"),
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, choices),
        trail=(*_TRAIL, *(((view.title, here),) if view is not None else ())),
        action=f"{here}/{act}" if view is not None else "/exchanges/new",
        cancel_href=here,
        version=view.version if view is not None else None,
        about="Foreign disclosure",
        law=((law.citation, law.standing_label, law.statement),),
    )
    marking = view.marking if view is not None else "CUI"
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=marking)


async def _hooks(session: ReadSession, caller: Caller) -> dict[str, Options]:
    """What an exchange can hang on."""
    found = await groups.group_choices(session, caller.reader)
    known = await projects.names(session, caller.reader)
    return {
        "groups": tuple((str(number), name) for number, name, _ in found),
        "projects": tuple((str(number), f"{code} {name}") for number, code, name in known),
    }


def _lists() -> dict[str, Options]:
    return {
        "kinds": words(rules.KINDS),
        "states": words(rules.STATES),
    }


def _open(view: queries.ExchangeView) -> tuple[tuple[str, str], ...]:
    if view.cancelled_because is not None:
        return ()
    return tuple((name, each.title) for name, each in _ACTS.items() if name == "revise" or view.outcome is None)


def _which(request: Request[Any, Any, Any]) -> queries.ExchangeFilter:
    return read_filter(
        request,
        queries.ExchangeFilter,
        many={"kinds": "kind", "states": "status"},
        one={"text": "q", "country": "country", "group_id": "group", "project_id": "project"},
    )


def _chosen(which: queries.ExchangeFilter) -> dict[str, Any]:
    return {
        "q": which.text or "",
        "kind": list(which.kinds),
        "status": list(which.states),
        "country": which.country or "",
        "group": str(which.group_id or ""),
        "project": str(which.project_id or ""),
    }


def routes() -> Router:
    """Every page of technical exchanges."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[
            exchanges,
            export_exchanges,
            new_exchange,
            enter_exchange,
            exchange,
            exchange_to_change,
            change_exchange,
        ],
    )
