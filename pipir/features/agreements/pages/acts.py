"""The forms of agreements: one for each act, declared by its fields, open where the table of steps lets it be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.agreements import commands, queries, rules
from pipir.features.agreements.pages.forms import ACTS, NEW, PARTS, TAKEN_OVER
from pipir.features.agreements.pages.shared import (
    CHANGES,
    acts_open,
    authorities,
    law_lines,
    notices_open,
    steps_open,
)
from pipir.features.agreements.rules import Lack
from pipir.features.concurrence.queries import agreed
from pipir.features.law.queries import Papers, delegations, papers_for
from pipir.features.participants.queries import participant_choices
from pipir.features.people.queries import office_choices
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_day
from pipir.kernel.currencies import currencies
from pipir.kernel.errors import Refused
from pipir.kernel.ids import AgreementAmendmentId, AgreementId, NoticeId, PartyId, RecordNumber, ShareId
from pipir.kernel.once import Once
from pipir.statute.load import the_statute
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import Act, Field, LawLine, Options, act_of, drawn, words
from pipir.web.api import see_other
from pipir.web.forms import Form, filled, read_form
from pipir.web.pages import Frame

_TRAIL: Final = ("Agreements", "/agreements")
_ONE: Final[Mapping[str, Any]] = {
    "parties": lambda session, reader, number: queries.party(session, reader, PartyId(number)),
    "notices": lambda session, reader, number: queries.notice(session, reader, NoticeId(number)),
    "amendments": lambda session, reader, number: queries.amendment(session, reader, AgreementAmendmentId(number)),
    "shares": lambda session, reader, number: queries.share(session, reader, ShareId(number)),
}


@dataclass(frozen=True)
class _FormPage:
    """What templates/agreements/act.html reads; `version` None: a record that is made anew."""

    form: Form[Any]
    title: str
    lead: str
    button: str
    fields: tuple[Field, ...]
    trail: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str
    version: int | None = None
    papers: Papers | None = None
    facts: tuple[tuple[str, str | None], ...] = ()
    law: tuple[LawLine, ...] = ()
    lacks: tuple[Lack, ...] = ()
    asides: tuple[tuple[str, str], ...] = ()


@get("/agreements/new", opt=allow(commands.enter_agreement))
async def new_agreement(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The empty form of an agreement."""
    return await _entry_page(frame, db, caller, NEW, Form(NEW.command.body, {"marking": "CUI"}), "new")


@post("/agreements/new", opt=allow(commands.enter_agreement), status_code=303)
async def enter_agreement(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter an agreement."""
    return await _enter(request, frame, db, caller, once, NEW, "new")


@get("/agreements/taken-over", opt=allow(commands.take_over_agreement))
async def new_taken_over(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The empty form of an older agreement."""
    form = Form(TAKEN_OVER.command.body, {"marking": "CUI"})
    return await _entry_page(frame, db, caller, TAKEN_OVER, form, "taken-over")


@post("/agreements/taken-over", opt=allow(commands.take_over_agreement), status_code=303)
async def take_over(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter an older agreement as it stands."""
    return await _enter(request, frame, db, caller, once, TAKEN_OVER, "taken-over")


@get("/agreements/{agreement_id:int}/{act:str}", opt=allow(CHANGES))
async def agreement_to_change(
    agreement_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    choose: FromQuery[str] = "",
    coordination: FromQuery[RecordNumber | None] = None,
) -> Response[bytes]:
    """The form of one act, where the agreement's state lets it be; `choose` fills its first choice.

    A signature to which offices have agreed is filled from their request.
    """
    chosen = act_of(ACTS, act)
    async with db.read() as session:
        view = await queries.agreement(session, caller.reader, AgreementId(agreement_id))
        standing = await queries.standing(session, caller.reader, view)
        if act not in acts_open(view, standing, caller):
            raise Refused(
                f"“{chosen.title}” is not open while the agreement {view.code} is {view.state}.",
                way_out="The agreement's page lists what may be done now.",
                way_out_href=f"/agreements/{agreement_id}",
            )
        form = Form.of(chosen.command.body, view) if act == "revise" else Form(chosen.command.body)
        if act == "sign" and coordination is not None:
            asked = await agreed(session, caller.reader, coordination, queries.SIGNATURE, "agreement", view.id)
            form = filled(chosen.command.body, asked.typed)
        first = chosen.fields[0]
        if choose and first.kind == "select":
            form.values[first.name] = choose
        return await _act_page(frame, session, caller, form, view, standing, act)


@post("/agreements/{agreement_id:int}/{act:str}", opt=allow(CHANGES), status_code=303)
async def change_agreement(
    agreement_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Do one act on an agreement, and go back to it."""
    chosen, number = act_of(ACTS, act), AgreementId(agreement_id)
    form = await read_form(request, chosen.command.body)
    with form:
        body, place = form.value(), f"/agreements/{agreement_id}"
        async with db.write(actor=caller.id, command=chosen.command.name, once=once) as session:
            if chosen.command.versioned:
                await chosen.command(session, number, body, version=form.version)
            else:
                await chosen.command(session, number, body)
            answer = see_other(session, place)
        return answer
    async with db.read() as reading:
        view = await queries.agreement(reading, caller.reader, number)
        standing = await queries.standing(reading, caller.reader, view)
        return await _act_page(frame, reading, caller, form, view, standing, act)


@get("/agreement-parts/{kind:str}/{number:int}/{act:str}", opt=allow(CHANGES))
async def part_to_change(
    kind: FromPath[str],
    number: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    coordination: FromQuery[RecordNumber | None] = None,
) -> Response[bytes]:
    """The form of one act on what hangs on an agreement; a signature is filled as offices have agreed to it."""
    chosen = act_of(PARTS.get(kind, {}), act)
    async with db.read() as session:
        part = await _ONE[kind](session, caller.reader, number)
        form = (
            Form.of(chosen.command.body, part) if act in ("class", "receipt", "redraft") else Form(chosen.command.body)
        )
        if act == "redraft":
            form.values |= _redrafted(part)
        if act == "sign" and coordination is not None:
            asked = await agreed(session, caller.reader, coordination, queries.AMENDMENT, "agreement_amendment", number)
            form = filled(chosen.command.body, asked.typed)
        return await _part_page(frame, session, caller, form, part, kind, act)


@post("/agreement-parts/{kind:str}/{number:int}/{act:str}", opt=allow(CHANGES), status_code=303)
async def change_part(
    kind: FromPath[str],
    number: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Do one act on what hangs on an agreement, and go back to the agreement."""
    chosen = act_of(PARTS.get(kind, {}), act)
    form = await read_form(request, chosen.command.body)
    async with db.read() as session:
        part = await _ONE[kind](session, caller.reader, number)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as writing:
            await chosen.command(writing, number, body, version=form.version)
        return see_other(None, f"/agreements/{part.agreement_id}#{kind}")
    async with db.read() as reading:
        part = await _ONE[kind](reading, caller.reader, number)
        return await _part_page(frame, reading, caller, form, part, kind, act)


async def _enter(
    request: Request[Any, Any, Any],
    frame: Frame,
    db: Database,
    caller: Caller,
    once: Once | None,
    act: Act,
    place: str,
) -> Response[bytes]:
    form = await read_form(request, act.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=act.command.name, once=once) as session:
            number = await act.command(session, body)
            answer = see_other(session, f"/agreements/{number}")
        return answer
    return await _entry_page(frame, db, caller, act, form, place)


async def _entry_page(
    frame: Frame, db: Database, caller: Caller, act: Act, form: Form[Any], place: str
) -> Response[bytes]:
    async with db.read() as session:
        other = ("Take over an older agreement", "/agreements/taken-over")
        page = _FormPage(
            form=form,
            title=act.title,
            lead=act.lead,
            button=act.button,
            fields=drawn(act, await _choices(session, caller)),
            trail=(_TRAIL,),
            action=f"/agreements/{place}",
            cancel_href="/agreements",
            asides=(other,) if place == "new" else (("Enter an agreement that is drafted", "/agreements/new"),),
        )
        return frame.show("agreements/act.html", page, now=session.now, status=form.status)


async def _act_page(
    frame: Frame,
    session: ReadSession,
    caller: Caller,
    form: Form[Any],
    view: queries.AgreementView,
    standing: queries.Standing,
    act: str,
) -> Response[bytes]:
    chosen, address = ACTS[act], f"/agreements/{view.id}"
    lacks = {"sign": standing.before_signature, "step": standing.before_certified + standing.before_effect}
    page = _FormPage(
        form=form,
        title=f"{chosen.title} {view.code}" if act == "revise" else chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, await _choices(session, caller, view, standing)),
        trail=(_TRAIL, (view.name, address)),
        action=f"{address}/{act}",
        cancel_href=address,
        version=view.version if chosen.command.versioned else None,
        papers=await papers_for(session, caller, "agreement", subject_id=view.id, title=view.name)
        if act == "sign"
        else None,
        facts=(("Agreement", f"{view.code} {view.name}"), ("State", view.state)),
        law=_law(view),
        lacks=lacks.get(act, ()),
    )
    marking = view.marking
    return frame.show("agreements/act.html", page, now=session.now, status=form.status, marking=marking)


async def _part_page(
    frame: Frame, session: ReadSession, caller: Caller, form: Form[Any], part: Any, kind: str, act: str
) -> Response[bytes]:
    chosen = PARTS[kind][act]
    view = await queries.agreement(session, caller.reader, AgreementId(part.agreement_id))
    standing = await queries.standing(session, caller.reader, view)
    address = f"/agreements/{view.id}"
    page = _FormPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, await _choices(session, caller, view, standing) | {"changes": _changes(part)}),
        trail=(_TRAIL, (view.name, address)),
        action=f"/agreement-parts/{kind}/{part.id}/{act}",
        cancel_href=f"{address}#{kind}",
        version=part.version,
        papers=await papers_for(session, caller, "agreement", subject_id=view.id, title=view.name)
        if act == "sign"
        else None,
        facts=(("Agreement", f"{view.code} {view.name}"), ("About", _called(part))),
        law=_law(view),
    )
    marking = view.marking
    return frame.show("agreements/act.html", page, now=session.now, status=form.status, marking=marking)


async def _choices(
    session: ReadSession,
    caller: Caller,
    view: queries.AgreementView | None = None,
    standing: queries.Standing | None = None,
) -> dict[str, Options]:
    offices = await office_choices(session)
    statute = the_statute()
    found: dict[str, Options] = {
        "kinds": words(rules.KINDS),
        "authorities": authorities(),
        "characters": words(rules.CHARACTERS),
        "papers": words(rules.PAPERS),
        "classes": words(rules.CLASSES),
        "share_kinds": words(rules.SHARE_KINDS),
        "stages": words(rules.STAGES),
        "items": tuple((each.slug, f"{each.title}: {each.statement}") for each in statute.certification_items),
        "currencies": tuple((code, f"{code}: {each.name}") for code, each in currencies().items()),
        "signatories": words(("Secretary of Defense", "an official on a delegation")),
        "fields": tuple(rules.TITLES.items()),
        "offices": offices,
        "above": tuple(
            (str(number), f"{code}: {name}")
            for number, code, name in await queries.names(session, caller.reader)
            if view is None or number != view.id
        ),
        "countries": tuple(
            (str(number), f"{name} ({code})")
            for number, code, name in await participant_choices(session, caller.reader)
        ),
        "delegations": tuple(
            (said, said)
            for each in await delegations(session, function="sign an agreement", on=session.today)
            for said in [f"{each.instrument} of {show_day(each.instrument_on)} ({each.citation}), to {each.to_office}"]
        ),
    }
    if view is not None and standing is not None:
        open_notices = notices_open(standing)
        found |= {
            "steps": words(steps_open(standing)),
            "notices": words(open_notices),
            "addressees": tuple(
                (each.slug, f"{each.name} ({what}, {each.citation})")
                for what in open_notices
                for each in rules.addressed(statute, what)
                if each.slug not in standing.facts.told(what)
            ),
            "partners": tuple((str(each.participant_id), each.name) for each in standing.facts.parties),
        }
    return found


def _redrafted(part: queries.AmendmentView) -> dict[str, str | list[str]]:
    """The form of an amendment as it was drafted last."""
    fields = [each for each in part.changes if each.field in rules.FIELDS]
    called = {"program_authority": "rests_on", "also_authority": "also_rests_on"}
    values: dict[str, str | list[str]] = {called.get(each.field, each.field): each.proposed or "" for each in fields}
    return values | {"fields": [each.field for each in fields]}


def _changes(part: Any) -> Options:
    return tuple((each.field, each.title) for each in getattr(part, "changes", ()))


def _law(view: queries.AgreementView) -> tuple[LawLine, ...]:
    return law_lines(view)


def _called(part: Any) -> str:
    for name in ("title", "name", "description"):
        if hasattr(part, name):
            return str(getattr(part, name))
    return ""


HANDLERS: Final = (
    new_agreement,
    enter_agreement,
    new_taken_over,
    take_over,
    agreement_to_change,
    change_agreement,
    part_to_change,
    change_part,
)
