"""What the asked offices and the decision makers do: answers, conditions, sending back, decisions."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, cast

import msgspec
from sqlalchemy import Select, select

from pipir.features.concurrence import queries, rules
from pipir.features.concurrence.commands.rounds import (
    is_in_force,
    locked_request,
    open_office,
    present_person,
    settle_where_whole,
    take_step,
)
from pipir.features.concurrence.rules import AnswerKind, DecisionKind, State
from pipir.features.concurrence.tables import (
    AskedId,
    ConcurrenceAnswer,
    ConcurrenceAsked,
    ConcurrenceCondition,
    ConcurrenceEscalation,
    ConcurrenceRequest,
    ConcurrenceRound,
    ConcurrenceSendBack,
    ConditionId,
    EscalationId,
    RequestId,
)
from pipir.features.people.queries import may_answer_for, reader_of
from pipir.features.people.tables import Office
from pipir.kernel.calendar import show_day
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound, Problem
from pipir.kernel.ids import RecordNumber
from pipir.kernel.text import Line, Reason
from pipir.statute.model import Role
from pipir.store.doors import WriteSession


class NewCondition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a concurrence depends on: an office or a person owes it by a day."""

    title: Line
    due_on: date
    owner_office_id: RecordNumber | None = None
    owner_person_id: RecordNumber | None = None


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an office answers."""

    answer: AnswerKind
    comment: Reason | None = None
    conditions: list[NewCondition] = []


class AnswerMany(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer, with one comment, to several requests."""

    asked_ids: Annotated[list[RecordNumber], msgspec.Meta(min_length=1, max_length=100)]
    answer: AnswerKind
    comment: Reason | None = None
    conditions: list[NewCondition] = []


class SendBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which fields of the proposal, and why; the reasons are of the list."""

    fields: list[Line]
    reasons: list[Line]
    note: Reason | None = None


class Decide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The decision on a non-concurrence, and why."""

    decision: DecisionKind
    reason: Reason


class DecideMany(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One decision, with one reason, on several non-concurrences."""

    escalation_ids: Annotated[list[RecordNumber], msgspec.Meta(min_length=1, max_length=100)]
    decision: DecisionKind
    reason: Reason


class MeetCondition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What shows that a condition is met."""

    evidence: Reason


class WaiveCondition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the office that set a condition does without it."""

    because: Reason


@command("concurrence.answer", permission="concurrence.answer", sunset="goes on")
async def answer(session: WriteSession, asked_id: AskedId, body: Answer) -> None:
    """Answer for an office what it is asked; an answer that it gave before is replaced, and stays in the history."""
    await _answer(session, asked_id, body)


@command("concurrence.answer-many", permission="concurrence.answer", sunset="goes on")
async def answer_many(session: WriteSession, body: AnswerMany) -> None:
    """Give several requests one answer: each is judged singly, and where one cannot be answered none is."""
    said = Answer(body.answer, body.comment, body.conditions)

    async def one(number: int) -> None:
        await _answer(session, AskedId(number), said)

    await _each(session, body.asked_ids, one, "asked_ids", _title_of_asked)


@command("concurrence.send-back", permission="concurrence.answer", sunset="goes on")
async def send_back(session: WriteSession, asked_id: AskedId, body: SendBack) -> None:
    """Send a request back for fields and reasons; the asking office revises it, and a new round begins."""
    asked, request, round_ = await _asked(session, asked_id)
    state = cast("State", request.state)
    office = await session.get_one(Office, asked.office_id)
    rules.may_answer(
        "consult",
        "concur",
        None,
        0,
        state=state,
        in_force=round_.ended_on is None,
        own=await may_answer_for(session, session.actor, asked.office_id),
        asker=request.asked_by_id == session.actor,
        office=office.symbol,
    )
    rules.check_send_back(body.fields, body.reasons, cast("Mapping[str, str]", round_.value_after))
    session.add(
        ConcurrenceSendBack(
            request_id=request.id,
            round_id=round_.id,
            office_id=asked.office_id,
            fields=body.fields,
            reasons=body.reasons,
            note=body.note,
            sent_on=session.today,
            sent_by_id=session.actor,
        )
    )
    take_step(request, "sent back", session.today, body.note)
    await session.flush()


@command("concurrence.decide", permission="concurrence.decide", sunset="goes on")
async def decide(session: WriteSession, escalation_id: EscalationId, body: Decide) -> None:
    """Decide as the named decision maker whether the act goes on though an office did not concur."""
    await _decide(session, escalation_id, body)


@command("concurrence.decide-many", permission="concurrence.decide", sunset="goes on")
async def decide_many(session: WriteSession, body: DecideMany) -> None:
    """Make one decision on several non-concurrences: each is judged singly, and where one cannot be decided none is."""
    said = Decide(body.decision, body.reason)

    async def one(number: int) -> None:
        await _decide(session, EscalationId(number), said)

    await _each(session, body.escalation_ids, one, "escalation_ids", _title_of_escalation)


@command("concurrence.meet-condition", permission="concurrence.answer", sunset="goes on")
async def meet_condition(
    session: WriteSession, condition_id: ConditionId, body: MeetCondition, *, version: int
) -> None:
    """Say as its owner that a condition is met, and by what."""
    condition, _ = await _condition(session, condition_id, version)
    own = condition.owner_person_id == session.actor or (
        condition.owner_office_id is not None
        and await may_answer_for(session, session.actor, condition.owner_office_id)
    )
    rules.may_close_condition(
        cast("rules.ConditionState", condition.state), allowed=own, who="the owner of the condition"
    )
    condition.state, condition.evidence = "met", body.evidence
    condition.closed_on, condition.closed_by_id = session.today, session.actor
    await session.flush()


@command("concurrence.waive-condition", permission="concurrence.answer", sunset="goes on")
async def waive_condition(
    session: WriteSession, condition_id: ConditionId, body: WaiveCondition, *, version: int
) -> None:
    """Do without a condition, as the office that set it."""
    condition, office_id = await _condition(session, condition_id, version)
    own = await may_answer_for(session, session.actor, office_id)
    rules.may_close_condition(
        cast("rules.ConditionState", condition.state), allowed=own, who="the office that set the condition"
    )
    condition.state, condition.waived_because = "waived", body.because
    condition.closed_on, condition.closed_by_id = session.today, session.actor
    await session.flush()


async def _answer(session: WriteSession, asked_id: AskedId, body: Answer) -> None:
    asked, request, round_ = await _asked(session, asked_id)
    role, office = cast("Role", asked.role), await session.get_one(Office, asked.office_id)
    rules.may_answer(
        role,
        body.answer,
        body.comment,
        len(body.conditions),
        state=cast("State", request.state),
        in_force=is_in_force(round_),
        own=await may_answer_for(session, session.actor, asked.office_id),
        asker=request.asked_by_id == session.actor,
        office=office.symbol,
    )
    for place, each in enumerate(body.conditions):
        await _check_condition(session, each, f"conditions.{place}")
    former = await session.scalar(
        select(ConcurrenceAnswer)
        .where(ConcurrenceAnswer.asked_id == asked.id, ConcurrenceAnswer.replaced_on.is_(None))
        .with_for_update()
    )
    if former is not None:
        former.replaced_on = session.today
        await session.flush()
    given = ConcurrenceAnswer(
        request_id=request.id,
        round_id=round_.id,
        asked_id=asked.id,
        value_hash=round_.value_hash,
        answer=body.answer,
        comment=body.comment,
        answered_on=session.today,
        answered_by_id=session.actor,
    )
    session.add(given)
    await session.flush()
    session.add_all(
        ConcurrenceCondition(
            request_id=request.id,
            answer_id=given.id,
            title=each.title,
            due_on=each.due_on,
            owner_office_id=each.owner_office_id,
            owner_person_id=each.owner_person_id,
            state="open",
        )
        for each in body.conditions
    )
    if rules.escalates(role, body.answer):
        # Nobody judges their own non-concurrence: then the asking office names another decision maker.
        decider = request.decider_id if request.decider_id != session.actor else None
        session.add(
            ConcurrenceEscalation(
                request_id=request.id, answer_id=given.id, decider_id=decider, escalated_on=session.today
            )
        )
    await session.flush()
    await settle_where_whole(session, request, round_)


async def _decide(session: WriteSession, escalation_id: EscalationId, body: Decide) -> None:
    missing = "There is no escalation with this number."
    found = await session.get(ConcurrenceEscalation, escalation_id)
    if found is None:
        raise NotFound(missing)
    request = await locked_request(session, RequestId(found.request_id), missing)
    await session.refresh(found, with_for_update=True)
    given = await session.get_one(ConcurrenceAnswer, found.answer_id)
    round_ = await session.get_one(ConcurrenceRound, given.round_id)
    rules.may_decide(
        named=found.decider_id == session.actor,
        decided=found.decision is not None,
        in_force=is_in_force(round_) and given.replaced_on is None,
        state=cast("State", request.state),
    )
    found.decision, found.reason, found.decided_on = body.decision, body.reason, session.today
    await session.flush()
    if body.decision == "change":
        take_step(request, "sent back", session.today, body.reason)
        await session.flush()
    else:
        await settle_where_whole(session, request, round_)


async def _each(
    session: WriteSession,
    numbers: Sequence[int],
    one: Callable[[int], Awaitable[None]],
    where: str,
    title_of: Callable[[WriteSession, int], Awaitable[str]],
) -> None:
    """Do each, and raise Invalid that names those that cannot be done: then the caller's transaction stores none."""
    mistakes: list[Mistake] = []
    for number in dict.fromkeys(numbers):
        try:
            await one(number)
        except Problem as wrong:
            title = await title_of(session, number)
            said = " ".join(dict.fromkeys([wrong.detail, *(each.expected for each in wrong.mistakes)]))
            mistakes.append(Mistake(where, f"{title}: {said}", str(number)))
    if mistakes:
        count = len(mistakes)
        raise Invalid(
            f"{'One of them' if count == 1 else f'{count} of them'} cannot be done, so nothing was stored.",
            mistakes=tuple(mistakes),
        )


async def _title_of_asked(session: WriteSession, number: int) -> str:
    return await _title(session, select(ConcurrenceAsked.request_id).where(ConcurrenceAsked.id == number), number)


async def _title_of_escalation(session: WriteSession, number: int) -> str:
    asked = select(ConcurrenceEscalation.request_id).where(ConcurrenceEscalation.id == number)
    return await _title(session, asked, number)


async def _title(session: WriteSession, request_id: Select[int], number: int) -> str:
    reader = await reader_of(session, session.actor)
    title = await session.scalar(
        select(ConcurrenceRequest.title).where(ConcurrenceRequest.id.in_(request_id), queries.seen_by(reader))
    )
    return title or f"Number {number}"


async def _asked(
    session: WriteSession, asked_id: AskedId
) -> tuple[ConcurrenceAsked, ConcurrenceRequest, ConcurrenceRound]:
    missing = "There is no office asked under this number."
    asked = await session.get(ConcurrenceAsked, asked_id)
    if asked is None:
        raise NotFound(missing)
    request = await locked_request(session, RequestId(asked.request_id), missing)
    round_ = await session.get_one(ConcurrenceRound, asked.round_id, populate_existing=True)
    return asked, request, round_


async def _condition(
    session: WriteSession, condition_id: ConditionId, version: int
) -> tuple[ConcurrenceCondition, int]:
    missing = "There is no condition with this number."
    condition = await session.get(ConcurrenceCondition, condition_id)
    if condition is None:
        raise NotFound(missing)
    await locked_request(session, RequestId(condition.request_id), missing)
    await session.refresh(condition, with_for_update=True)
    session.check_version(condition, version, title="The condition")
    office_id = await session.scalar(
        select(ConcurrenceAsked.office_id)
        .join(ConcurrenceAnswer, ConcurrenceAnswer.asked_id == ConcurrenceAsked.id)
        .where(ConcurrenceAnswer.id == condition.answer_id)
    )
    assert office_id is not None
    return condition, office_id


async def _check_condition(session: WriteSession, condition: NewCondition, where: str) -> None:
    rules.check_condition_owner(condition.owner_person_id, condition.owner_office_id, where)
    if condition.due_on < session.today:
        raise Invalid(
            "A condition is due today or later.",
            mistakes=(Mistake(f"{where}.due_on", f"Expected a day on or after {show_day(session.today)}."),),
        )
    if condition.owner_office_id is not None:
        await open_office(session, condition.owner_office_id, f"{where}.owner_office_id")
    if condition.owner_person_id is not None:
        await present_person(session, condition.owner_person_id, f"{where}.owner_person_id")
