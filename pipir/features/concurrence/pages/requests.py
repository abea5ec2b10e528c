"""One request: asking, its page, and what the asking office changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.concurrence import commands, queries, rules
from pipir.features.concurrence.pages.shared import (
    OFFICES,
    ROLE_NAMES,
    TypedValue,
    choices,
    filled_offices,
)
from pipir.features.concurrence.tables import RequestId
from pipir.features.people.queries import may_answer_for
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.parsing import parse
from pipir.statute.load import the_statute
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Field, act_of, drawn
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

_VALUE_HINT: Final = 'One "field: text" a line. The answers count for exactly this; what is changed is asked anew.'
_BASIS: Final = (
    Field(
        "provision",
        "Law that gives a role",
        "select",
        "Where it names an official, that department's offices have the role that it gives.",
        choices="laws",
    ),
    Field(
        "policy_citation",
        "Office policy that gives the other roles",
        hint="Needed where neither law nor a policy in force does.",
    ),
    Field("decider_id", "Decision maker", "select", "Where a coordinating office does not concur.", choices="deciders"),
    Field("marking", "Marking", hint="No wider than the subject's."),
)
_ASK: Final = Act(
    commands.ask,
    "Ask for coordination",
    "Ask",
    "An act and the value that it gives a record, put to offices. What they answer counts for this value alone. "
    "On a record's own page the link “Ask for coordination” leads here with the record filled in.",
    (
        Field("act", "Act", "select", choices="acts"),
        Field("title", "Title"),
        Field(
            "subject_kind", "Kind of record", hint="Such as participant, project or report; process for the process."
        ),
        Field("subject_id", "Number of the record", hint="Left blank where it is still to be made."),
        Field("subject_href", "Page of the record", hint="Such as /participants/3."),
        Field("question", "What is asked", "area"),
        Field("before", "Value before", "area", 'One "field: text" a line.'),
        Field("after", "Value after", "area", _VALUE_HINT),
        Field("due_on", "Answer by", "date"),
        *OFFICES,
        *_BASIS,
        Field("typed", "What the act's form holds", "hidden"),
    ),
)
_ACTS: Final[Mapping[str, Act]] = {
    "revise": Act(
        commands.revise,
        "Change the proposal",
        "Ask anew",
        "A changed value begins a new round: every former answer is void and stays as history.",
        (
            Field("after", "Value after", "area", _VALUE_HINT),
            Field("because", "Why it is changed", "area"),
            Field("due_on", "Answer by", "date"),
            *OFFICES,
            *_BASIS,
        ),
    ),
    "settle": Act(
        commands.settle,
        "Settle the request",
        "Settle it",
        "As the answers stand. A missing concurrence is never taken as given.",
        (Field("because", "Note", "area"),),
    ),
    "withdraw": Act(
        commands.withdraw,
        "Withdraw the request",
        "Withdraw it",
        "Nothing is asked any more; the request stays in the record.",
        (Field("because", "Why", "area"),),
    ),
    "reopen": Act(
        commands.reopen,
        "Reopen the request",
        "Reopen it",
        "The answers given are void, and stay as history; the offices answer anew.",
        (Field("because", "Why", "area"), Field("due_on", "Answer by", "date")),
    ),
    "undo-reopening": Act(
        commands.undo_reopening,
        "Undo the reopening",
        "Undo it",
        "Before anybody has answered again, the former answers are in force once more.",
        (Field("because", "Note", "area"),),
    ),
    "decider": Act(
        commands.name_decider,
        "Name the decision maker",
        "Name them",
        "Who decides where a coordinating office does not concur: neither who asks nor who did not concur.",
        (Field("decider_id", "Decision maker", "select", choices="deciders"),),
    ),
}


@dataclass(frozen=True)
class _RequestPage:
    request: queries.RequestView
    rounds: tuple[queries.RoundView, ...]
    conditions: tuple[tuple[queries.ConditionView, tuple[tuple[str, str], ...]], ...]
    answers: Mapping[int, tuple[tuple[str, str], ...]]
    roles: Mapping[str, str]
    decide: tuple[tuple[str, str], ...]
    acts: tuple[tuple[str, str], ...]
    # The form that does the act as agreed, for who may; blank where it may not be done, or not here.
    act_href: str
    history: tuple[TrailView, ...]


@get("/concurrence/new", opt=allow(commands.ask))
async def new_request(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    act: FromQuery[str] = "",
    title: FromQuery[str] = "",
    subject_kind: FromQuery[str] = "",
    subject_id: FromQuery[str] = "",
    subject_href: FromQuery[str] = "",
    before: FromQuery[str] = "",
    after: FromQuery[str] = "",
    marking: FromQuery[str] = "CUI",
    typed: FromQuery[str] = "",
) -> Response[bytes]:
    """The form of a request, filled with what a refused act told of itself."""
    async with db.read() as session:
        filled: dict[str, str | list[str]] = {
            "act": act,
            "title": title,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "subject_href": subject_href,
            "before": before,
            "after": after,
            "marking": marking,
            "typed": typed,
        }
        offices = filled_offices(await queries.offices_to_ask(session, act))
        filled |= {name: each for name, each in offices.items() if each}
        return await _ask_form(frame, session, Form(commands.AskOffices, filled))


@post("/concurrence/new", opt=allow(commands.ask), status_code=303)
async def ask_offices(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Put an act to offices."""
    form = await read_form(request, commands.AskOffices)
    with form:
        body = _valued(form)
        async with db.write(actor=caller.id, command=commands.ask.name, once=once) as session:
            number = await commands.ask(session, body)
            answer = see_other(session, f"/concurrence/{number}")
        return answer
    async with db.read() as reading:
        return await _ask_form(frame, reading, form)


@get("/concurrence/{request_id:int}", opt=allow("concurrence.read"))
async def request_page(
    request_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One request: who was asked as what, what they answered, its rounds, conditions and history."""
    number = RequestId(request_id)
    async with db.read() as session:
        view = await queries.request(session, caller.reader, number)
        own = view.asked_by_id == caller.id or await may_answer_for(session, caller.id, view.office_id)
        page = _RequestPage(
            request=view,
            rounds=await queries.rounds_of(session, caller.reader, number),
            conditions=tuple(
                [
                    (each, await _of_condition(session, caller, each))
                    for each in await queries.conditions_of(session, caller.reader, number)
                ]
            ),
            answers={each.id: await _of_asked(session, caller, view, each) for each in view.offices},
            roles=ROLE_NAMES,
            decide=_decisions(view, caller),
            acts=_acts(view) if own and caller.may(commands.ask.permission) else (),
            act_href=view.act_href if caller.may(rules.ACTS[view.act].permission) else "",
            history=await history(session, caller.reader, "concurrence_request", number),
        )
        return frame.show("concurrence/request.html", page, now=session.now, marking=view.marking)


@get("/concurrence/{request_id:int}/{act:str}", opt=allow(commands.ask))
async def request_to_change(
    request_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a request."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.request(session, caller.reader, RequestId(request_id))
        if act not in dict(_acts(view)):
            raise Refused(
                f"The request is {view.state}: “{chosen.title}” cannot be done with it as it stands.",
                way_out="See what can be done on its page.",
                way_out_href=f"/concurrence/{request_id}",
            )
        form: Form[Any] = Form(chosen.command.body)
        if act == "revise":
            form.values |= {
                "after": rules.lines_of(view.value_after),
                "provision": view.provision or "",
                "decider_id": str(view.decider_id or ""),
                "marking": view.marking,
                "policy_citation": next(
                    (each.citation for each in view.offices if each.standing == rules.OFFICE_POLICY), ""
                ),
                **filled_offices(view.offices),
            }
        return await _act_form(frame, session, form, view, act)


@post("/concurrence/{request_id:int}/{act:str}", opt=allow(commands.ask), status_code=303)
async def change_request(
    request_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Make one change of a request, and go back to it."""
    chosen, number = act_of(_ACTS, act), RequestId(request_id)
    form = await read_form(request, chosen.command.body)
    with form:
        body = _valued(form) if act == "revise" else form.value()
        async with db.write(actor=caller.id, command=chosen.command.name, once=once) as session:
            await chosen.command(session, number, body, version=form.version)
            answer = see_other(session, f"/concurrence/{number}")
        return answer
    async with db.read() as reading:
        view = await queries.request(reading, caller.reader, number)
        return await _act_form(frame, reading, form, view, act)


def _valued(form: Form[Any]) -> Any:
    """The typed body with its values read line by line, or Invalid with every mistake of both."""
    mistakes: list[Mistake] = []
    values: dict[str, Any] = {}
    names = {each.encode_name for each in msgspec.structs.fields(form.kind)}
    typed: dict[str, Any] = {name: form.values.get(name, "") for name in ("before", "after") if name in names}
    try:
        prose = parse(TypedValue, typed)
        values = {name: rules.read_lines(getattr(prose, name), name) for name in typed}
    except Invalid as wrong:
        mistakes += wrong.mistakes
    if "typed" in names:
        values["typed"] = _kept(form.values.get("typed", ""))
        typed["typed"] = ""
    bare: Form[Any] = Form(form.kind, {**form.values, **dict.fromkeys(typed, "")})
    raw: dict[str, Any] = {}
    for each in msgspec.structs.fields(form.kind):
        said = bare.values.get(each.encode_name, "")
        if said not in ("", []):
            raw[each.encode_name] = [said] if isinstance(said, str) and _is_list(each.encode_name) else said
    try:
        body = parse(form.kind, raw | {name: values.get(name, {}) for name in typed}, lenient=True)
    except Invalid as wrong:
        mistakes += wrong.mistakes
    if mistakes:
        raise Invalid("Some of what was sent needs correcting.", mistakes=tuple(mistakes))
    return body


def _kept(typed: str | list[str]) -> dict[str, str]:
    """What the act's form held; a text that nobody's browser makes of a refusal holds nothing."""
    try:
        return msgspec.convert(msgspec.json.decode(str(typed)), commands.Typed)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError, RecursionError):
        return {}


def _is_list(name: str) -> bool:
    return name in {rules.field_of(role) for role in rules.ROLES}


async def _ask_form(frame: Frame, session: ReadSession, form: Form[commands.AskOffices]) -> Response[bytes]:
    kept = ", ".join(name.replace("_id", "").replace("_", " ") for name in _kept(form.values.get("typed", "")))
    page = ActPage(
        form=form,
        title=_ASK.title,
        lead=_ASK.lead,
        button=_ASK.button,
        fields=drawn(_ASK, await choices(session)),
        trail=(("Coordination", "/concurrence"),),
        action="/concurrence/new",
        cancel_href="/concurrence",
        about="What gives a role",
        facts=(("Kept until it is agreed", f"What you filled in: {kept}."),) if kept else (),
        law=_laws(),
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status)


async def _act_form(
    frame: Frame, session: ReadSession, form: Form[Any], view: queries.RequestView, act: str
) -> Response[bytes]:
    chosen, here = _ACTS[act], f"/concurrence/{view.id}"
    page = ActPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, await choices(session)),
        trail=(("Coordination", "/concurrence"), (view.title, here)),
        action=f"{here}/{act}",
        cancel_href=here,
        version=view.version,
        about="The request",
        facts=(("Title", view.title), ("State", view.state), ("How it stands", view.says)),
        law=_laws() if act == "revise" else (),
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


def _laws() -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (each.citation, each.standing_label, "; ".join(f"{who.office}: {who.role}" for who in each.office) + ".")
        for each in rules.law_with_roles(the_statute())
    )


def _acts(view: queries.RequestView) -> tuple[tuple[str, str], ...]:
    names: tuple[str, ...] = ()
    if view.state == "open":
        names = ("revise", "settle", "decider", "withdraw")
        untouched = all(each.answer is None for each in view.offices)
        names = ("undo-reopening", *names) if view.began == "reopened" and untouched else names
    elif view.state == "sent back":
        names = ("revise", "withdraw")
    elif view.state in rules.SETTLED and view.used_on is None:
        names = ("reopen",)
    return tuple((name, _ACTS[name].title) for name in names)


async def _of_asked(
    session: ReadSession, caller: Caller, view: queries.RequestView, asked: queries.AskedView
) -> tuple[tuple[str, str], ...]:
    """What the caller may do for an asked office, as (address, label)."""
    if not caller.may(commands.answer.permission) or view.asked_by_id == caller.id:
        return ()
    if not await may_answer_for(session, caller.id, asked.office_id):
        return ()
    here = f"/concurrence/asked/{asked.id}"
    if view.state == "open":
        return (
            (f"{here}/answer", "Answer" if asked.answer is None else "Answer anew"),
            (f"{here}/send-back", "Send back"),
        )
    return ((f"{here}/answer", "Acknowledge"),) if queries.awaits_answer(view, asked) else ()


async def _of_condition(
    session: ReadSession, caller: Caller, each: queries.ConditionView
) -> tuple[tuple[str, str], ...]:
    if each.state != "open" or not each.in_force or not caller.may(commands.meet_condition.permission):
        return ()
    found = []
    owns = each.owner_person_id == caller.id or (
        each.owner_office_id is not None and await may_answer_for(session, caller.id, each.owner_office_id)
    )
    if owns:
        found.append((f"/concurrence/conditions/{each.id}/met", "Say that it is met"))
    if await may_answer_for(session, caller.id, each.office_id):
        found.append((f"/concurrence/conditions/{each.id}/waived", "Waive"))
    return tuple(found)


def _decisions(view: queries.RequestView, caller: Caller) -> tuple[tuple[str, str], ...]:
    if view.state != "open" or not caller.may(commands.decide.permission):
        return ()
    return tuple(
        (f"/concurrence/escalations/{each.escalation.id}/decide", f"Decide on the non-concurrence of {each.office}")
        for each in view.offices
        if each.escalation and each.escalation.decision is None and each.escalation.decider_id == caller.id
    )


HANDLERS: Final = (new_request, ask_offices, request_page, request_to_change, change_request)
