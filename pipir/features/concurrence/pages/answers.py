"""What an asked office, a decision maker or the owner of a condition does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.features.concurrence import commands, queries
from pipir.features.concurrence.pages.shared import (
    ANSWER,
    ROLE_NAMES,
    TypedAnswer,
    answer_of,
    choices,
)
from pipir.features.concurrence.tables import AskedId, ConditionId, EscalationId
from pipir.kernel.access import Caller
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import Act, Field, Options, drawn, words
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

_ANSWER: Final = Act(
    commands.answer,
    "Answer for the office",
    "Answer",
    "The answer counts for the value shown here, and for no other.",
    ANSWER,
)
_SEND_BACK: Final = Act(
    commands.send_back,
    "Send the request back",
    "Send it back",
    "The asking office changes the proposal; a new round begins, and every office answers anew.",
    (
        Field("fields", "Fields", "checks", choices="fields", required=True),
        Field("reasons", "Reasons", "checks", choices="reasons", required=True),
        Field("note", "Note", "area"),
    ),
)
_DECIDE: Final = Act(
    commands.decide,
    "Decide on a non-concurrence",
    "Decide",
    "An office that coordinates does not concur. That is no veto: the decision maker decides, and says why.",
    (Field("decision", "Decision", "select", choices="decisions"), Field("reason", "Reason", "area")),
)
_CONDITIONS: Final[Mapping[str, Act]] = {
    "met": Act(
        commands.meet_condition,
        "Say that a condition is met",
        "It is met",
        "Its owner says so, and what shows it.",
        (Field("evidence", "Evidence", "area"),),
    ),
    "waived": Act(
        commands.waive_condition,
        "Waive a condition",
        "Waive it",
        "The office that set it does without it.",
        (Field("because", "Why", "area"),),
    ),
}


@dataclass(frozen=True)
class _ActPage:
    form: Form[Any]
    title: str
    lead: str
    button: str
    fields: tuple[Field, ...]
    request: queries.RequestView
    roles: Mapping[str, str]
    action: str
    version: int | None = None
    facts: tuple[tuple[str, str | None], ...] = ()


@get("/concurrence/asked/{asked_id:int}/answer", opt=allow(commands.answer))
async def answer_to_give(
    asked_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of an answer, beside the value before and after."""
    async with db.read() as session:
        return await _of_asked(frame, session, caller, Form(TypedAnswer), AskedId(asked_id), _ANSWER, "answer")


@post("/concurrence/asked/{asked_id:int}/answer", opt=allow(commands.answer), status_code=303)
async def give_answer(
    asked_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Answer for an office."""
    number = AskedId(asked_id)
    form = await read_form(request, TypedAnswer)
    with form:
        body = answer_of(form.value())
        async with db.write(actor=caller.id, command=commands.answer.name, once=once) as session:
            await commands.answer(session, number, body)
            view, _ = await queries.asked(session, caller.reader, number)
            answer = see_other(session, f"/concurrence/{view.id}")
        return answer
    async with db.read() as reading:
        return await _of_asked(frame, reading, caller, form, number, _ANSWER, "answer")


@get("/concurrence/asked/{asked_id:int}/send-back", opt=allow(commands.send_back))
async def request_to_send_back(
    asked_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that names fields and reasons."""
    async with db.read() as session:
        form = Form(commands.SendBack)
        return await _of_asked(frame, session, caller, form, AskedId(asked_id), _SEND_BACK, "send-back")


@post("/concurrence/asked/{asked_id:int}/send-back", opt=allow(commands.send_back), status_code=303)
async def send_request_back(
    asked_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Send a request back for fields and reasons."""
    number = AskedId(asked_id)
    form = await read_form(request, commands.SendBack)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.send_back.name, once=once) as session:
            await commands.send_back(session, number, body)
            view, _ = await queries.asked(session, caller.reader, number)
            answer = see_other(session, f"/concurrence/{view.id}")
        return answer
    async with db.read() as reading:
        return await _of_asked(frame, reading, caller, form, number, _SEND_BACK, "send-back")


@get("/concurrence/escalations/{escalation_id:int}/decide", opt=allow(commands.decide))
async def decision_to_make(
    escalation_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of a decision, beside what the office said."""
    async with db.read() as session:
        return await _of_escalation(frame, session, caller, Form(commands.Decide), EscalationId(escalation_id))


@post("/concurrence/escalations/{escalation_id:int}/decide", opt=allow(commands.decide), status_code=303)
async def make_decision(
    escalation_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Decide as the named decision maker."""
    number = EscalationId(escalation_id)
    form = await read_form(request, commands.Decide)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.decide.name, once=once) as session:
            await commands.decide(session, number, body)
            view, _ = await queries.escalation(session, caller.reader, number)
            answer = see_other(session, f"/concurrence/{view.id}")
        return answer
    async with db.read() as reading:
        return await _of_escalation(frame, reading, caller, form, number)


@get("/concurrence/conditions/{condition_id:int}/{act:str}", opt=allow(commands.meet_condition))
async def condition_to_close(
    condition_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that closes a condition."""
    form: Form[Any] = Form(_closing(act).command.body)
    async with db.read() as session:
        return await _of_condition(frame, session, caller, form, ConditionId(condition_id), act)


@post("/concurrence/conditions/{condition_id:int}/{act:str}", opt=allow(commands.meet_condition), status_code=303)
async def close_condition(
    condition_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say that a condition is met, or waive it."""
    chosen, number = _closing(act), ConditionId(condition_id)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, number, body, version=form.version)
            view = await queries.condition(session, caller.reader, number)
        return see_other(None, f"/concurrence/{view.request_id}#conditions")
    async with db.read() as reading:
        return await _of_condition(frame, reading, caller, form, number, act)


async def _of_asked(
    frame: Frame, session: ReadSession, caller: Caller, form: Form[Any], number: AskedId, chosen: Act, act: str
) -> Response[bytes]:
    view, asked = await queries.asked(session, caller.reader, number)
    options: dict[str, Options] = await choices(session)
    options["fields"] = words(view.value_after)
    options["answers"] = tuple(
        (value, label)
        for value, label in options["answers"]
        if (value == "acknowledged") == (asked.role == "be-notified")
    )
    form_fields = chosen.fields if asked.role != "be-notified" else chosen.fields[:2]
    page = _ActPage(
        form=form,
        title=f"{chosen.title}: {asked.office}",
        lead=chosen.lead,
        button=chosen.button,
        fields=_fields(chosen, form_fields, options),
        request=view,
        roles=ROLE_NAMES,
        action=f"/concurrence/asked/{number}/{act}",
        facts=(
            ("Office", asked.office),
            ("Role", ROLE_NAMES[asked.role]),
            ("By", f"{asked.citation} ({asked.standing})"),
            ("Answered so far", asked.answer or "no answer"),
        ),
    )
    return frame.show("concurrence/act.html", page, now=session.now, status=form.status, marking=view.marking)


async def _of_escalation(
    frame: Frame, session: ReadSession, caller: Caller, form: Form[Any], number: EscalationId
) -> Response[bytes]:
    view, asked = await queries.escalation(session, caller.reader, number)
    page = _ActPage(
        form=form,
        title=_DECIDE.title,
        lead=_DECIDE.lead,
        button=_DECIDE.button,
        fields=drawn(_DECIDE, await choices(session)),
        request=view,
        roles=ROLE_NAMES,
        action=f"/concurrence/escalations/{number}/decide",
        facts=(
            ("Office", asked.office),
            ("Answer", asked.answer or "no answer"),
            ("What it says", asked.comment or ""),
        ),
    )
    return frame.show("concurrence/act.html", page, now=session.now, status=form.status, marking=view.marking)


async def _of_condition(
    frame: Frame, session: ReadSession, caller: Caller, form: Form[Any], number: ConditionId, act: str
) -> Response[bytes]:
    chosen = _closing(act)
    each = await queries.condition(session, caller.reader, number)
    view = (await queries.requests_by_id(session, caller.reader, [each.request_id]))[each.request_id]
    page = _ActPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, {}),
        request=view,
        roles=ROLE_NAMES,
        action=f"/concurrence/conditions/{number}/{act}",
        version=each.version,
        facts=(("Condition", each.title), ("Set by", each.office), ("Owner", each.owner), ("State", each.state)),
    )
    return frame.show("concurrence/act.html", page, now=session.now, status=form.status, marking=view.marking)


def _fields(chosen: Act, fields: tuple[Field, ...], options: Mapping[str, Options]) -> tuple[Field, ...]:
    names = {each.name for each in fields}
    return tuple(each for each in drawn(chosen, options) if each.name in names)


def _closing(name: str) -> Act:
    if name not in _CONDITIONS:
        raise NotFound("There is no such change of a condition.")
    return _CONDITIONS[name]


HANDLERS: Final = (
    answer_to_give,
    give_answer,
    request_to_send_back,
    send_request_back,
    decision_to_make,
    make_decision,
    condition_to_close,
    close_condition,
)
