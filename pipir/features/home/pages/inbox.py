"""The inbox: all that waits for a person, and the forms that decide it there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from pipir.features.concurrence import commands
from pipir.features.concurrence.pages.shared import ANSWER, ROLE_NAMES, TypedAnswers, answer_of, choices
from pipir.features.concurrence.tables import ConditionId
from pipir.features.home import queries
from pipir.features.notices.rules import LADDER, Ladder, Waiting, ladder
from pipir.kernel.access import Caller
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.parsing import parse
from pipir.kernel.text import Reason
from pipir.statute.load import the_statute
from pipir.statute.model import Provision
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.acts import Act, Field, drawn
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

# An item of a list reads like a message: what was recorded as done is gone from the page that it comes back to.
_HERE: Final = "/inbox"
_ANSWER: Final = Act(
    commands.answer_many,
    "Answer those that are ticked",
    "Answer",
    "One answer for all that you tick. Each is judged by itself; where one cannot be answered, none is.",
    ANSWER,
)
_DECIDE: Final = Act(
    commands.decide_many,
    "Decide those that are ticked",
    "Decide",
    "One decision with one reason for all that you tick. Where one cannot be decided, none is.",
    (
        Field("decision", "Decision", "select", choices="decisions"),
        Field("reason", "Reason", "area"),
    ),
)


class MeetConditions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The conditions that are met, as number and version, and what shows it."""

    conditions_met: list[str]
    evidence: Reason


# The fields of the boxes beside the items.
_TICKED: Final = ("asked_ids", "escalation_ids", "conditions_met")
_MEET: Final = (Field("evidence", "Evidence", "area", "The same for all that you tick.", required=True),)


@dataclass(frozen=True)
class _Block:
    """One form of the inbox: what is ticked above it is decided in it."""

    form: Form[Any]
    title: str
    lead: str
    button: str
    fields: tuple[Field, ...]
    action: str


@dataclass(frozen=True)
class _InboxPage:
    inbox: queries.Inbox
    dated: tuple[Waiting, ...]
    form: Form[Any]
    answer: _Block
    decide: _Block
    meet: _Block
    roles: Mapping[str, str]
    ladder: Provision
    steps: Ladder


@get("/inbox", opt=allow("notices.own"))
async def inbox(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """What waits for the person who asks."""
    return await _page(frame, db, caller)


@post("/inbox/answers", opt=allow(commands.answer_many), status_code=303)
async def answer_ticked(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Give everything that is ticked one answer."""
    form = await read_form(request, TypedAnswers)
    with form:
        typed = form.value()
        if not typed.asked_ids:
            raise Invalid("Nothing is ticked.", mistakes=(Mistake("asked_ids", "Tick what is answered."),))
        said = answer_of(typed)
        body = parse(commands.AnswerMany, {"asked_ids": typed.asked_ids, **msgspec.to_builtins(said)})
        async with db.write(actor=caller.id, command=commands.answer_many.name, once=once) as session:
            await commands.answer_many(session, body)
            answer = see_other(session, _HERE)
        return answer
    return await _page(frame, db, caller, form)


@post("/inbox/decisions", opt=allow(commands.decide_many), status_code=303)
async def decide_ticked(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Make one decision on everything that is ticked."""
    form = await read_form(request, commands.DecideMany)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.decide_many.name, once=once) as session:
            await commands.decide_many(session, body)
            answer = see_other(session, _HERE)
        return answer
    return await _page(frame, db, caller, form)


@post("/inbox/conditions", opt=allow(commands.meet_condition), status_code=303)
async def meet_ticked(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Say that every condition that is ticked is met."""
    form = await read_form(request, MeetConditions)
    with form:
        body = form.value()
        ticked = [parse(_Ticked, dict(zip(("id", "version"), each.split("."), strict=False)), lenient=True)
                  for each in body.conditions_met]  # fmt: skip
        if not ticked:
            raise Invalid("Nothing is ticked.", mistakes=(Mistake("conditions_met", "Tick what is met."),))
        async with db.write(actor=caller.id, command=commands.meet_condition.name, once=once) as session:
            for each in ticked:
                said = commands.MeetCondition(body.evidence)
                await commands.meet_condition(session, ConditionId(each.id), said, version=each.version)
            answer = see_other(session, _HERE)
        return answer
    return await _page(frame, db, caller, form)


class _Ticked(msgspec.Struct, frozen=True):
    """A record that is ticked, with the version that the page showed."""

    id: RecordNumber
    version: int


async def _page(frame: Frame, db: Database, caller: Caller, posted: Form[Any] | None = None) -> Response[bytes]:
    """The inbox, with what was typed where a form came back."""
    async with db.read() as session:
        law = the_statute()
        found = await queries.inbox(session, caller)
        options = await choices(session)

        def block(kind: type[msgspec.Struct], act: str, title: str, lead: str, button: str, fields: Any) -> _Block:
            form = posted if posted is not None and posted.kind is kind else Form(kind)
            # The summary stands above the cards: it calls the fields as they are called further down.
            form.labels |= {field.name: field.label for field in fields} | dict.fromkeys(_TICKED, "What is ticked")
            return _Block(form, title, lead, button, fields, f"{_HERE}/{act}")

        page = _InboxPage(
            inbox=found,
            dated=found.days,
            form=posted if posted is not None else Form(TypedAnswers),
            answer=block(TypedAnswers, "answers", _ANSWER.title, _ANSWER.lead, _ANSWER.button, drawn(_ANSWER, options)),
            decide=block(
                commands.DecideMany, "decisions", _DECIDE.title, _DECIDE.lead, _DECIDE.button, drawn(_DECIDE, options)
            ),
            meet=block(
                MeetConditions,
                "conditions",
                "Say that those ticked are met",
                "Each is met with evidence.",
                "They are met",
                _MEET,
            ),
            roles=ROLE_NAMES,
            ladder=law.provision(LADDER),
            steps=ladder(law, session.today),
        )
        status = posted.status if posted is not None else 200
        return frame.show("home/inbox.html", page, now=session.now, status=status)


HANDLERS: Final = (inbox, answer_ticked, decide_ticked, meet_ticked)
