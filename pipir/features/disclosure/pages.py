"""The HTML door of foreign disclosure: what stands for a country, the four registers, and the forms of each."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.disclosure import commands, queries, rules
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_day
from pipir.kernel.countries import countries
from pipir.kernel.errors import Invalid, Mistake, NotAllowed, NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.statute.load import the_statute
from pipir.statute.model import Provision
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Field, LawLine, Options, drawn, words
from pipir.web.api import see_other
from pipir.web.exports import Columns, Export, export_file, fields, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

_READ: Final = "disclosure.read"
_TRAIL: Final = (("Participants", "/participants"), ("Foreign disclosure", "/disclosure"))
_LAW: Final = (rules.MARKING, rules.DECISION, rules.EXPORT, rules.AGREEMENT)

_COUNTRY: Final = Field("country", "Country", "select", choices="countries")
_RECORD: Final = (
    Field("record_kind", "Kind of record", "select", "Where it is a record of this service.", choices="kinds"),
    Field("record_id", "Number of the record", hint="As it stands in the record's address."),
)
_LATEST: Final = "The latest that stands"
_DAYS: Final = (
    Field("since", "In force from", "date"),
    Field("until", "Last day", "date", "Blank where no end is known."),
)
_MARKING: Final = Field("marking", "Marking of this entry", hint="Such as UNCLASSIFIED, CUI or CUI//NOFORN.")
_END: Final = (Field("until", "Last day", "date"), Field("because", "Why", "area"))
_DECISIONS: Final = fields(
    "id", "country", "subject", "record_kind", "record_id", "authority_office", "categories", "conditions",
    "document", "since", "until", "ended_because", "proposed_by", "proposed_on", "outcome", "decided_by",
    "decided_on", "marking", "exercise",
)  # fmt: skip
_BASES: Final = fields(
    "id", "country", "subject", "record_kind", "record_id", "kind", "reference", "reason", "document", "since",
    "until", "ended_because", "marking", "exercise",
)  # fmt: skip
_AGREEMENTS: Final = fields(
    "id", "country", "title", "source", "since", "until", "ended_because", "marking", "exercise",
)  # fmt: skip
_RELEASES: Final = fields(
    "id", "country", "subject", "record_kind", "record_id", "released_on", "means", "decision_id",
    "export_basis_id", "agreement_id", "recorded_by", "marking", "exercise",
)  # fmt: skip


@dataclass(frozen=True)
class _Register:
    """One of the four: how it is called, its questions, and the acts on it."""

    noun: str
    title: str
    all: Callable[..., Awaitable[tuple[Any, ...]]]
    one: Callable[..., Awaitable[Any]]
    table: str
    columns: Columns[Any]
    enter: Act
    acts: Mapping[str, Act]


_REGISTERS: Final[Mapping[str, _Register]] = {
    "decisions": _Register(
        "disclosure decision",
        "Disclosure decisions",
        queries.decisions,
        queries.decision,
        "disclosure_decision",
        _DECISIONS,
        Act(
            commands.enter_disclosure,
            "Enter a disclosure for decision",
            "Enter it",
            "What is to be disclosed to a country. Another person decides; until then it is no decision.",
            (
                _COUNTRY,
                Field("subject", "Subject"),
                *_RECORD,
                Field("authority_office", "Office with disclosure authority"),
                Field("categories", "CUI categories", hint="Those that it covers, such as SP-EXPT, PROCURE."),
                Field("conditions", "Conditions", "area"),
                Field("document", "Document"),
                *_DAYS,
                _MARKING,
            ),
        ),
        {
            "decide": Act(
                commands.decide_disclosure,
                "Decide the disclosure",
                "Record the decision",
                "By another person than the one who entered it.",
                (
                    Field("outcome", "Decision", "select", choices="outcomes"),
                    Field("decided_on", "Decided on", "date", "Nothing released before this day stands on it."),
                ),
            ),
            "end": Act(
                commands.end_disclosure,
                "End the decision",
                "Record the end",
                "Today or later: what was released under it stays released.",
                _END,
            ),
        },
    ),
    "export-bases": _Register(
        "export license or exemption",
        "Export licenses and exemptions",
        queries.export_bases,
        queries.export_basis,
        "export_basis",
        _BASES,
        Act(
            commands.enter_export_basis,
            "Enter an export license or exemption",
            "Enter it",
            "A license by its number, an exemption by its citation, or the reason why neither is required.",
            (
                _COUNTRY,
                Field("subject", "Subject"),
                *_RECORD,
                Field("kind", "Kind", "select", choices="export_kinds"),
                Field("reference", "License number or citation", hint="Such as the section of the ITAR."),
                Field("reason", "Why none is required", "area"),
                Field("document", "Document"),
                *_DAYS,
                _MARKING,
            ),
        ),
        {"end": Act(commands.end_export_basis, "End it", "Record the end", "Expired, revoked or used up.", _END)},
    ),
    "agreements": _Register(
        "information-security agreement",
        "Information-security agreements",
        queries.agreements,
        queries.agreement,
        "security_agreement",
        _AGREEMENTS,
        Act(
            commands.enter_agreement,
            "Enter an information-security agreement",
            "Enter it",
            "Such as a general security of military information agreement, and the days on which it is in force.",
            (_COUNTRY, Field("title", "Title"), Field("source", "Source"), *_DAYS, _MARKING),
        ),
        {"end": Act(commands.end_agreement, "End it", "Record the end", "Terminated, expired or replaced.", _END)},
    ),
    "releases": _Register(
        "release",
        "Releases",
        queries.releases,
        queries.release,
        "release",
        _RELEASES,
        Act(
            commands.record_release,
            "Record a release",
            "Record the release",
            rules.NOT_ENOUGH,
            (
                _COUNTRY,
                Field("released_on", "Released on", "date"),
                *_RECORD,
                Field("subject", "What was released", hint="In words, where it is no record of this service."),
                Field("marking", "Its marking", hint="Of words only; a record is released under its own."),
                Field("means", "How", hint="Such as by hand at the meeting, or through the embassy."),
                Field("decision_id", "Disclosure decision", "select", choices="decisions", empty=_LATEST),
                Field("export_basis_id", "Export license or exemption", "select", choices="bases", empty=_LATEST),
                Field("agreement_id", "Information-security agreement", "select", choices="agreements", empty=_LATEST),
            ),
        ),
        {},
    ),
}


@dataclass(frozen=True)
class _OverviewPage:
    country: str
    on: date
    countries: Options
    standing: queries.CountryStanding | None
    decisions: tuple[queries.DecisionView, ...]
    export_bases: tuple[queries.ExportView, ...]
    agreements: tuple[queries.AgreementView, ...]
    releases: tuple[queries.ReleaseView, ...]
    # The file of each register, by its name.
    exports: Mapping[str, Export]
    names: Mapping[str, str]
    law: tuple[Provision, ...]
    not_enough: str
    may_change: bool


@dataclass(frozen=True)
class _EntryPage:
    address: str
    noun: str
    register: str
    title: str
    country: str
    country_code: str
    marking: str
    exercise: bool
    pill: tuple[str, str]
    facts: tuple[tuple[str, str | None], ...]
    links: tuple[tuple[str, str], ...]
    not_enough: str
    acts: tuple[tuple[str, str], ...]
    history: tuple[TrailView, ...]


@get("/disclosure", opt=allow(_READ))
async def overview(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    country: FromQuery[str] = "",
    on: FromQuery[str] = "",
) -> Response[bytes]:
    """The four registers, and what stands for one country on a day."""
    day, chosen = _day(on), country or None
    async with db.read() as session:
        reader = caller.reader
        page = _OverviewPage(
            country=country,
            on=day or session.today,
            countries=_countries(),
            standing=await queries.standing(session, reader, country, day or session.today) if country else None,
            decisions=await queries.decisions(session, reader, country=chosen),
            export_bases=await queries.export_bases(session, reader, country=chosen),
            agreements=await queries.agreements(session, reader, country=chosen),
            releases=await queries.releases(session, reader, country=chosen),
            exports={
                name: Export(
                    f"/disclosure/{name}/export", each.columns.titles, (("country", country),) if country else ()
                )
                for name, each in _REGISTERS.items()
            },
            names={code: each.name for code, each in countries().items()},
            law=tuple(the_statute().provision(slug) for slug in _LAW),
            not_enough=rules.NOT_ENOUGH,
            may_change=caller.may(commands.record_release.permission),
        )
        return frame.show("disclosure/overview.html", page, now=session.now)


@get(file_paths("/disclosure/{kind:str}/export"), opt=allow(_READ))
async def export(
    request: Request[Any, Any, Any],
    kind: FromPath[str],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    country: FromQuery[str] = "",
) -> Response[bytes]:
    """One of the registers as a file."""
    register = _register(kind)
    async with db.read() as session:
        found = await register.all(session, caller.reader, country=country or None)
    return await export_file(request, kind, register.columns, found)


@get("/disclosure/{kind:str}/new", opt=allow(commands.record_release))
async def new_entry(
    kind: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    country: FromQuery[str] = "",
    record_kind: FromQuery[str] = "",
    record_id: FromQuery[str] = "",
) -> Response[bytes]:
    """The empty form of one of the registers."""
    register = _register(kind)
    given = {"country": country, "record_kind": record_kind, "record_id": record_id}
    form = Form(register.enter.command.body, {})
    form.values |= {name: value for name, value in given.items() if name in form.values}
    if kind != "releases":
        form.values["marking"] = "UNCLASSIFIED" if kind == "agreements" else "CUI"
    async with db.read() as session:
        return await _enter_page(frame, session, caller, form, kind)


@post("/disclosure/{kind:str}/new", opt=allow(commands.record_release), status_code=303)
async def enter(
    kind: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter into one of the registers."""
    command = _register(kind).enter.command
    form = await read_form(request, command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=command.name, once=once) as session:
            number = await command(session, body)
            answer = see_other(session, f"/disclosure/{kind}/{number}")
        return answer
    async with db.read() as reading:
        return await _enter_page(frame, reading, caller, form, kind)


@get("/disclosure/{kind:str}/{number:int}", opt=allow(_READ))
async def entry(
    kind: FromPath[str],
    number: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One entry of a register, and its history."""
    register = _register(kind)
    async with db.read() as session:
        view = await register.one(session, caller.reader, number)
        page = _EntryPage(
            address=f"/disclosure/{kind}/{number}",
            noun=register.noun,
            register=register.title,
            title=_title(view),
            country=countries()[view.country].name,
            country_code=view.country,
            marking=view.marking,
            exercise=view.exercise,
            pill=_pill(view, session.today),
            facts=_facts(view),
            links=_links(view),
            not_enough=rules.NOT_ENOUGH,
            acts=_open_acts(register, view, caller),
            history=await history(session, caller.reader, register.table, number),
        )
        return frame.show("disclosure/entry.html", page, now=session.now, marking=view.marking)


@get("/disclosure/{kind:str}/{number:int}/{act:str}", opt=allow(_READ))
async def entry_to_change(
    kind: FromPath[str],
    number: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of an entry, for who may make it."""
    chosen = _act(kind, act, caller)
    async with db.read() as session:
        view = await _register(kind).one(session, caller.reader, number)
        return _act_page(frame, session, Form(chosen.command.body), view, kind, act, chosen)


@post("/disclosure/{kind:str}/{number:int}/{act:str}", opt=allow(_READ), status_code=303)
async def change(
    kind: FromPath[str],
    number: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of an entry, and go back to it."""
    chosen = _act(kind, act, caller)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, number, body, version=form.version)
        return see_other(None, f"/disclosure/{kind}/{number}")
    async with db.read() as reading:
        view = await _register(kind).one(reading, caller.reader, number)
        return _act_page(frame, reading, form, view, kind, act, chosen)


async def _enter_page(
    frame: Frame, session: ReadSession, caller: Caller, form: Form[Any], kind: str
) -> Response[bytes]:
    register = _register(kind)
    choices = _choices() | (await _papers(session, caller) if kind == "releases" else {})
    page = ActPage(
        form=form,
        title=register.enter.title,
        lead=register.enter.lead,
        button=register.enter.button,
        fields=drawn(register.enter, choices),
        trail=_TRAIL,
        action=f"/disclosure/{kind}/new",
        cancel_href="/disclosure",
        law=_law_lines(),
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status)


def _act_page(
    frame: Frame, session: ReadSession, form: Form[Any], view: Any, kind: str, act: str, chosen: Act
) -> Response[bytes]:
    address = f"/disclosure/{kind}/{view.id}"
    page = ActPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, _choices()),
        trail=(*_TRAIL, (_title(view), address)),
        action=f"{address}/{act}",
        cancel_href=address,
        version=view.version,
        about=_register(kind).noun.capitalize(),
        facts=_facts(view),
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


def _register(kind: str) -> _Register:
    if kind not in _REGISTERS:
        raise NotFound("There is no such register of foreign disclosure.")
    return _REGISTERS[kind]


def _act(kind: str, name: str, caller: Caller) -> Act:
    """The act of an address, where the caller may make it: each has a permission of its own."""
    acts = _register(kind).acts
    if name not in acts:
        raise NotFound("There is no such change.")
    if not caller.may(acts[name].command.permission):
        raise NotAllowed("Your roles do not allow this change.")
    return acts[name]


def _open_acts(register: _Register, view: Any, caller: Caller) -> tuple[tuple[str, str], ...]:
    decided = getattr(view, "outcome", "granted")
    is_open = {
        "decide": decided is None and getattr(view, "proposed_by_id", None) != caller.id,
        "end": decided is not None and getattr(view, "ended_because", None) is None,
    }
    return tuple(
        (name, act.title) for name, act in register.acts.items() if is_open[name] and caller.may(act.command.permission)
    )


def _title(view: Any) -> str:
    return str(view.subject if hasattr(view, "subject") else view.title)


def _pill(view: Any, today: date) -> tuple[str, str]:
    if isinstance(view, queries.ReleaseView):
        return ("done", f"released on {show_day(view.released_on)}")
    if isinstance(view, queries.DecisionView) and view.outcome != "granted":
        return ("waiting", "waits for a decision") if view.outcome is None else ("late", "denied")
    if view.since > today:
        return ("waiting", "not in force yet")
    return ("done", "no longer in force") if view.until is not None and view.until < today else ("ok", "in force today")


def _facts(view: Any) -> tuple[tuple[str, str | None], ...]:
    """What a page says of an entry, by its own columns; blank ones are left out."""
    shown = [("Country", countries()[view.country].name)]
    for name in view.__struct_fields__:
        value = getattr(view, name)
        if name not in _QUIET and value not in (None, "", []):
            shown.append(
                (
                    _NAMES.get(name, name.replace("_", " ").capitalize()),
                    show_day(value) if isinstance(value, date) else str(_cell(value)),
                )
            )
    return tuple(shown)


def _links(view: Any) -> tuple[tuple[str, str], ...]:
    found = [("Country", f"/disclosure?country={view.country}")]
    if getattr(view, "record_id", None) is not None:
        found.append(
            (f"The {view.record_kind} that it is about", queries.record_address(view.record_kind, view.record_id))
        )
    if isinstance(view, queries.ReleaseView):
        found += [
            ("Its disclosure decision", f"/disclosure/decisions/{view.decision_id}"),
            ("Its export license or exemption", f"/disclosure/export-bases/{view.export_basis_id}"),
            ("Its information-security agreement", f"/disclosure/agreements/{view.agreement_id}"),
        ]
    return tuple(found)


_QUIET: Final = frozenset(
    {"id", "version", "exercise", "country", "record_kind", "record_id", "proposed_by_id", "decision_id",
     "export_basis_id", "agreement_id"}
)  # fmt: skip
_NAMES: Final = {
    "since": "In force from",
    "until": "Last day",
    "authority_office": "Office with disclosure authority",
    "proposed_by": "Entered by",
    "proposed_on": "Entered on",
    "categories": "CUI categories",
}


def _cell(value: object) -> Any:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(each) for each in value)
    if isinstance(value, bool):
        return "EXERCISE DATA" if value else ""
    return "" if value is None else value


def _countries() -> Options:
    return tuple((each.code, f"{each.name} ({each.code})") for each in countries().values() if each.code != rules.HOME)


def _choices() -> dict[str, Options]:
    return {
        "countries": _countries(),
        "kinds": words(rules.RECORD_KINDS),
        "export_kinds": words(rules.EXPORT_KINDS),
        "outcomes": words(rules.OUTCOMES),
    }


async def _papers(session: ReadSession, caller: Caller) -> dict[str, Options]:
    """What a release can name: decisions that were granted, export bases, agreements, each with its country."""
    decisions = await queries.decisions(session, caller.reader)
    bases = await queries.export_bases(session, caller.reader)
    agreements = await queries.agreements(session, caller.reader)
    return {
        "decisions": tuple(_option(each, each.subject) for each in decisions if each.outcome == "granted"),
        "bases": tuple(_option(each, each.title) for each in bases),
        "agreements": tuple(_option(each, each.title) for each in agreements),
    }


def _option(view: Any, title: str) -> tuple[str, str]:
    until = f" until {show_day(view.until)}" if view.until is not None else ""
    return (str(view.id), f"{view.country}: {title}, from {show_day(view.since)}{until}")


def _law_lines() -> tuple[LawLine, ...]:
    rows = (the_statute().provision(slug) for slug in _LAW)
    return tuple((row.citation, row.standing_label, row.statement) for row in rows)


def _day(typed: str) -> date | None:
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise Invalid(
            "The record cannot be asked for that day.",
            mistakes=(Mistake("on", "Expected a date such as 2027-03-01.", typed[:60]),),
        ) from None


def routes() -> Router:
    """Every page of foreign disclosure."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[overview, export, new_entry, enter, entry, entry_to_change, change],
    )
