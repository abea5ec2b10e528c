"""What can change in the coordination room."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, cast

import msgspec
from sqlalchemy import Select, func, select

from pipir.features.concurrence import queries, rules
from pipir.features.concurrence.rules import AnswerKind, DecisionKind, State
from pipir.features.concurrence.tables import (
    AskedId,
    ConcurrenceAnswer,
    ConcurrenceAsked,
    ConcurrenceCondition,
    ConcurrenceEscalation,
    ConcurrencePolicy,
    ConcurrencePolicyOffice,
    ConcurrenceRequest,
    ConcurrenceRound,
    ConcurrenceSendBack,
    ConditionId,
    EscalationId,
    PolicyId,
    RequestId,
)
from pipir.features.people.queries import may_answer_for, reader_of
from pipir.features.people.tables import Office, Person
from pipir.kernel.access import PERMISSIONS
from pipir.kernel.calendar import show_day
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound, Problem, Refused
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Marking, audience_of, may_read, read_marking
from pipir.kernel.text import Line, Prose, Reason, SourceText
from pipir.statute.load import the_statute
from pipir.statute.model import Provision, Role
from pipir.store.doors import WriteSession

SubjectKind = Annotated[
    str,
    msgspec.Meta(
        min_length=2, max_length=60, pattern=r"^[a-z_]+$(?!\n)", description="Such as participant or project."
    ),
]
Typed = Annotated[
    dict[Line, Prose],
    msgspec.Meta(max_length=rules.FIELDS_AT_MOST, description="The fields of the act's form, as they were filled."),
]
_DECIDES = tuple(role for role, held in PERMISSIONS.items() if "concurrence.decide" in held)


class _Offices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a request asks in which role; what gives the roles is law (`provision`), a policy in force, or stated."""

    consult: list[RecordNumber] = []
    coordinate: list[RecordNumber] = []
    concur: list[RecordNumber] = []
    notify: list[RecordNumber] = []
    provision: Line | None = None
    policy_citation: SourceText | None = None
    decider_id: RecordNumber | None = None
    marking: Line = "CUI"

    @property
    def by_role(self) -> Mapping[Role, Sequence[int]]:
        """The offices of each role."""
        return {
            "consult": self.consult,
            "coordinate": self.coordinate,
            "concur": self.concur,
            "be-notified": self.notify,
        }


class AskOffices(_Offices, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An act on a subject as it is put to offices; a value is a flat object of field and text."""

    act: Line
    subject_kind: SubjectKind
    title: Line
    subject_href: Line
    question: Reason
    after: dict[str, str]
    due_on: date
    before: dict[str, str] = {}
    subject_id: RecordNumber | None = None
    # What the act's form holds, given back once the value is agreed; a list has one entry a line.
    typed: Typed = {}


class ReviseProposal(_Offices, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The changed value, and whom it is put to; every former answer is void."""

    after: dict[str, str]
    due_on: date
    because: Reason


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


class NameDecider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who decides where an office that coordinates does not concur."""

    decider_id: RecordNumber


class Decide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The decision on a non-concurrence, and why."""

    decision: DecisionKind
    reason: Reason


class DecideMany(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One decision, with one reason, on several non-concurrences."""

    escalation_ids: Annotated[list[RecordNumber], msgspec.Meta(min_length=1, max_length=100)]
    decision: DecisionKind
    reason: Reason


class SettleRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is settled though not everybody has answered."""

    because: Reason | None = None


class WithdrawRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why nothing is asked any more."""

    because: Reason


class ReopenRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a settled request is opened again, and by when the offices answer anew."""

    because: Reason
    due_on: date


class UndoReopening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the request was not to be reopened after all."""

    because: Reason | None = None


class MeetCondition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What shows that a condition is met."""

    evidence: Reason


class WaiveCondition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the office that set a condition does without it."""

    because: Reason


class EnterPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An office policy: from a day on an act needs these offices; changes of low-risk fields alone need nobody."""

    act: Line
    title: Line
    citation: SourceText
    since: date
    until: date | None = None
    consult: list[RecordNumber] = []
    coordinate: list[RecordNumber] = []
    concur: list[RecordNumber] = []
    notify: list[RecordNumber] = []
    low_risk: list[Line] = []


class EndPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of a policy, and why."""

    until: date
    because: Reason


# ---- the gate of other features' commands


async def permit(session: WriteSession, proposal: queries.Proposal) -> None:
    """Refuse an act that a policy in force puts to offices and that they have not agreed to with this value.

    An agreement is to one act: this one uses it up, with whatever else the caller's transaction stores.
    """
    # Of two acts at once only one finds the agreement unused.
    await session.execute(
        select(ConcurrenceRequest.id)
        .where(
            ConcurrenceRequest.subject_kind == proposal.kind,
            ConcurrenceRequest.subject_id.is_not_distinct_from(proposal.number),
            ConcurrenceRequest.act == proposal.act,
        )
        .order_by(ConcurrenceRequest.id)
        .with_for_update()
    )
    found = await queries.standing_of(session, proposal)
    if not found.allowed:
        raise queries.refusal(found, proposal)
    if found.request_id is None:
        return
    request = await session.get_one(ConcurrenceRequest, found.request_id, populate_existing=True)
    round_ = await session.scalar(
        select(ConcurrenceRound)
        .where(ConcurrenceRound.request_id == request.id, ConcurrenceRound.ended_on.is_(None))
        .with_for_update()
    )
    assert round_ is not None
    if request.state == "open":
        await _settle(session, request, round_, "agreed", "The act was done as the answers stood.")
    round_.used_on = session.today
    await session.flush()


# ---- asking


@command("concurrence.ask", permission="concurrence.ask", sunset="goes on")
async def ask(session: WriteSession, body: AskOffices) -> RequestId:
    """Put an act to offices, each in the role that law or policy gives it."""
    rules.check_subject(body.act, body.subject_kind, body.subject_href)
    rules.check_due(body.due_on, session.today)
    before, after = rules.check_value(body.before, "before"), rules.check_value(body.after, "after")
    _has_fields(after)
    marking = await _marking(session, body.marking, body.subject_kind, body.subject_id)
    offices = await _offices(session, body, body.act)
    await _check_decider(session, body.decider_id, marking, asker=session.actor)
    person = await session.get_one(Person, session.actor)
    request = ConcurrenceRequest(
        subject_kind=body.subject_kind,
        subject_id=body.subject_id,
        title=body.title,
        subject_href=body.subject_href,
        act=body.act,
        question=body.question,
        provision=body.provision,
        asked_by_id=session.actor,
        office_id=person.office_id,
        decider_id=body.decider_id,
        state="open",
        state_since=session.today,
    )
    request.mark(marking)
    session.add(request)
    await session.flush()
    await _begin(session, request, 1, "asked", before, after, body.due_on, offices, typed=body.typed)
    return RequestId(request.id)


@command("concurrence.revise", permission="concurrence.ask", sunset="goes on")
async def revise(session: WriteSession, request_id: RequestId, body: ReviseProposal, *, version: int) -> None:
    """Change the proposal: a new round begins, and every answer to the former value is void."""
    request, former = await _own_request(session, request_id, version)
    after = rules.check_value(body.after, "after")
    _has_fields(after)
    rules.may_revise(cast("State", request.state), same=after == rules.flat(former.value_after))
    rules.check_due(body.due_on, session.today)
    marking = await _marking(session, body.marking, request.subject_kind, request.subject_id)
    offices = await _offices(session, body, request.act)
    await _check_decider(session, body.decider_id, marking, asker=request.asked_by_id)
    await _end_round(session, former, "revised")
    if request.state != "open":
        _step(request, "open", session.today, None)
    request.decider_id, request.provision = body.decider_id, body.provision
    request.mark(marking)
    before = cast("Mapping[str, str]", former.value_before)
    await _begin(
        session,
        request,
        await _next_number(session, request),
        "revised",
        before,
        after,
        body.due_on,
        offices,
        because=body.because,
    )


@command("concurrence.withdraw", permission="concurrence.ask", sunset="goes on")
async def withdraw(session: WriteSession, request_id: RequestId, body: WithdrawRequest, *, version: int) -> None:
    """Ask nothing any more; the request stays in the record."""
    request, round_ = await _own_request(session, request_id, version)
    _step(request, "withdrawn", session.today, body.because)
    await session.flush()
    await _end_round(session, round_, "withdrawn")


@command("concurrence.settle", permission="concurrence.ask", sunset="goes on")
async def settle(session: WriteSession, request_id: RequestId, body: SettleRequest, *, version: int) -> None:
    """Settle a request as the answers stand, where nobody is needed who has not answered."""
    request, round_ = await _own_request(session, request_id, version)
    if request.state != "open":
        raise Refused(f"The request is {request.state}; only an open one is settled.")
    if not _is_in_force(round_):
        raise Refused(rules.REMOVED, way_out="Revise the proposal.")
    state = rules.may_settle(await _facts(session, round_), due_on=round_.due_on, today=session.today)
    await _settle(session, request, round_, state, body.because)


@command("concurrence.reopen", permission="concurrence.ask", sunset="goes on")
async def reopen(session: WriteSession, request_id: RequestId, body: ReopenRequest, *, version: int) -> None:
    """Open a settled request again: the answers given are void, and stay in its history."""
    request, former = await _own_request(session, request_id, version)
    rules.may_reopen(cast("State", request.state), used=former.used_on is not None)
    rules.check_due(body.due_on, session.today)
    offices = [
        (each.office_id, cast("Role", each.role), rules.Basis(each.citation, each.standing))
        for each in await session.scalars(select(ConcurrenceAsked).where(ConcurrenceAsked.round_id == former.id))
    ]
    await _end_round(session, former, "reopened")
    _step(request, "open", session.today, body.because)
    number = await _next_number(session, request)
    await _begin(
        session,
        request,
        number,
        "reopened",
        former.value_before,
        former.value_after,
        body.due_on,
        offices,
        because=body.because,
        typed=former.typed,
    )


@command("concurrence.undo-reopening", permission="concurrence.ask", sunset="goes on")
async def undo_reopening(session: WriteSession, request_id: RequestId, body: UndoReopening, *, version: int) -> None:
    """Take a reopening back before anybody has acted on it; the former answers are in force again."""
    request, round_ = await _own_request(session, request_id, version)
    answered = await session.scalar(select(func.count()).where(ConcurrenceAnswer.round_id == round_.id))
    rules.may_undo(cast("State", request.state), reopened=round_.began == "reopened", touched=bool(answered))
    former = await session.scalar(
        select(ConcurrenceRound)
        .where(ConcurrenceRound.request_id == request.id, ConcurrenceRound.ended == "reopened")
        .order_by(ConcurrenceRound.number.desc())
        .limit(1)
        .with_for_update()
    )
    assert former is not None
    assert former.settled is not None
    await _end_round(session, round_, "undone")
    former.ended, former.ended_on = None, None
    await session.flush()
    _step(request, cast("State", former.settled), former.settled_on or session.today, body.because)
    await session.flush()


@command("concurrence.name-decider", permission="concurrence.ask", sunset="goes on")
async def name_decider(session: WriteSession, request_id: RequestId, body: NameDecider, *, version: int) -> None:
    """Name who decides where an office that coordinates does not concur."""
    request, round_ = await _own_request(session, request_id, version)
    if request.state != "open":
        raise Refused(f"The request is {request.state}; there is nothing to decide.")
    marking = read_marking(request.marking, await reader_of(session, session.actor))
    await _check_decider(session, body.decider_id, marking, asker=request.asked_by_id)
    waiting = await session.execute(
        select(ConcurrenceEscalation, ConcurrenceAnswer.answered_by_id)
        .join(ConcurrenceAnswer, ConcurrenceAnswer.id == ConcurrenceEscalation.answer_id)
        .where(
            ConcurrenceAnswer.round_id == round_.id,
            ConcurrenceAnswer.replaced_on.is_(None),
            ConcurrenceEscalation.decision.is_(None),
        )
        .with_for_update(of=ConcurrenceEscalation)
    )
    for escalation, answerer in waiting:
        rules.may_name_decider(decides=True, is_asker=False, is_answerer=answerer == body.decider_id, decided=False)
        escalation.decider_id = body.decider_id
    request.decider_id = body.decider_id
    await session.flush()


# ---- answering


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
    _step(request, "sent back", session.today, body.note)
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


# ---- policies


@command("concurrence.enter-policy", permission="concurrence.policy", sunset="goes on")
async def enter_policy(session: WriteSession, body: EnterPolicy) -> PolicyId:
    """Put an act under an office policy from a day on."""
    rules.check_policy(body.act, body.since, body.until)
    asked: Mapping[Role, Sequence[int]] = {
        "consult": body.consult,
        "coordinate": body.coordinate,
        "concur": body.concur,
        "be-notified": body.notify,
    }
    rules.check_asked(asked)
    for role, offices in asked.items():
        for office_id in offices:
            await _office(session, office_id, rules.field_of(role))
    policy = ConcurrencePolicy(
        act=body.act,
        title=body.title,
        citation=body.citation,
        since=body.since,
        until=body.until,
        low_risk=sorted(set(body.low_risk)),
    )
    session.add(policy)
    await session.flush()
    session.add_all(
        ConcurrencePolicyOffice(policy_id=policy.id, office_id=office_id, role=role)
        for role, offices in asked.items()
        for office_id in offices
    )
    await session.flush()
    return PolicyId(policy.id)


@command("concurrence.end-policy", permission="concurrence.policy", sunset="goes on")
async def end_policy(session: WriteSession, policy_id: PolicyId, body: EndPolicy, *, version: int) -> None:
    """Say a policy's last day and why; it stays in the record."""
    policy = await session.get(ConcurrencePolicy, policy_id, with_for_update=True)
    if policy is None:
        raise NotFound("There is no coordination policy with this number.")
    session.check_version(policy, version, title=f"The policy {policy.title}")
    rules.may_end_policy(policy.since, policy.until, body.until)
    policy.until, policy.ended_because = body.until, body.because
    await session.flush()


# ---- what the commands share


async def _answer(session: WriteSession, asked_id: AskedId, body: Answer) -> None:
    asked, request, round_ = await _asked(session, asked_id)
    role, office = cast("Role", asked.role), await session.get_one(Office, asked.office_id)
    rules.may_answer(
        role,
        body.answer,
        body.comment,
        len(body.conditions),
        state=cast("State", request.state),
        in_force=_is_in_force(round_),
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
    await _settle_where_whole(session, request, round_)


async def _decide(session: WriteSession, escalation_id: EscalationId, body: Decide) -> None:
    missing = "There is no escalation with this number."
    found = await session.get(ConcurrenceEscalation, escalation_id)
    if found is None:
        raise NotFound(missing)
    request = await _request(session, RequestId(found.request_id), missing)
    await session.refresh(found, with_for_update=True)
    given = await session.get_one(ConcurrenceAnswer, found.answer_id)
    round_ = await session.get_one(ConcurrenceRound, given.round_id)
    rules.may_decide(
        named=found.decider_id == session.actor,
        decided=found.decision is not None,
        in_force=_is_in_force(round_) and given.replaced_on is None,
        state=cast("State", request.state),
    )
    found.decision, found.reason, found.decided_on = body.decision, body.reason, session.today
    await session.flush()
    if body.decision == "change":
        _step(request, "sent back", session.today, body.reason)
        await session.flush()
    else:
        await _settle_where_whole(session, request, round_)


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


async def _settle_where_whole(session: WriteSession, request: ConcurrenceRequest, round_: ConcurrenceRound) -> None:
    if request.state != "open":
        return
    state = rules.settles(await _facts(session, round_), due_on=round_.due_on, today=session.today)
    if state is not None:
        await _settle(session, request, round_, state, None)


async def _settle(
    session: WriteSession, request: ConcurrenceRequest, round_: ConcurrenceRound, state: State, because: str | None
) -> None:
    _step(request, state, session.today, because)
    round_.settled, round_.settled_on = state, session.today
    await session.flush()


def _step(request: ConcurrenceRequest, state: State, on: date, because: str | None) -> None:
    rules.may_step(cast("State", request.state), state, title=request.title)
    request.state, request.state_since, request.state_because = state, on, because


def _is_in_force(round_: ConcurrenceRound) -> bool:
    """Whether answers to a round count: it has not ended, and its value is the one that was asked about."""
    return round_.ended_on is None and rules.is_as_asked(round_.value_after, round_.value_hash)


async def _facts(session: WriteSession, round_: ConcurrenceRound) -> tuple[rules.Asked, ...]:
    return queries.facts((await queries.asked_in(session, [round_.id])).get(round_.id, ()))


async def _begin(
    session: WriteSession,
    request: ConcurrenceRequest,
    number: int,
    began: rules.RoundBegan,
    before: rules.Value,
    after: rules.Value,
    due_on: date,
    offices: Sequence[tuple[int, Role, rules.Basis]],
    *,
    because: str | None = None,
    typed: Mapping[str, str] | None = None,
) -> None:
    round_ = ConcurrenceRound(
        request_id=request.id,
        number=number,
        began=began,
        because=because,
        asked_on=session.today,
        due_on=due_on,
        value_before=dict(before),
        value_after=dict(after),
        value_hash=rules.hash_of(after),
        typed=dict(typed or {}),
    )
    session.add(round_)
    await session.flush()
    session.add_all(
        ConcurrenceAsked(
            request_id=request.id,
            round_id=round_.id,
            office_id=office_id,
            role=role,
            citation=basis.citation,
            standing=basis.kind,
        )
        for office_id, role, basis in offices
    )
    await session.flush()


async def _end_round(session: WriteSession, round_: ConcurrenceRound, ended: rules.RoundEnded) -> None:
    round_.ended, round_.ended_on = ended, session.today
    await session.flush()


async def _next_number(session: WriteSession, request: ConcurrenceRequest) -> int:
    latest = await session.scalar(
        select(func.max(ConcurrenceRound.number)).where(ConcurrenceRound.request_id == request.id)
    )
    return (latest or 0) + 1


async def _request(session: WriteSession, request_id: RequestId, missing: str) -> ConcurrenceRequest:
    """The request, held while it changes; every command takes it first."""
    reader = await reader_of(session, session.actor)
    request = await session.scalar(
        select(ConcurrenceRequest)
        .where(ConcurrenceRequest.id == request_id, queries.seen_by(reader))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if request is None:
        raise NotFound(missing)
    return request


async def _own_request(
    session: WriteSession, request_id: RequestId, version: int
) -> tuple[ConcurrenceRequest, ConcurrenceRound]:
    request = await _request(session, request_id, "There is no request for coordination with this number.")
    session.check_version(request, version, title=f"The request “{request.title}”")
    office = await session.get_one(Office, request.office_id)
    rules.of_asking_office(
        own=request.asked_by_id == session.actor or await may_answer_for(session, session.actor, request.office_id),
        office=office.symbol,
    )
    round_ = await session.scalar(
        select(ConcurrenceRound)
        .where(ConcurrenceRound.request_id == request.id, ConcurrenceRound.ended_on.is_(None))
        .with_for_update()
    )
    if round_ is None:
        raise Refused(f"The request is {request.state}; nothing is asked any more.", way_out="Ask anew.")
    return request, round_


async def _asked(
    session: WriteSession, asked_id: AskedId
) -> tuple[ConcurrenceAsked, ConcurrenceRequest, ConcurrenceRound]:
    missing = "There is no office asked under this number."
    asked = await session.get(ConcurrenceAsked, asked_id)
    if asked is None:
        raise NotFound(missing)
    request = await _request(session, RequestId(asked.request_id), missing)
    round_ = await session.get_one(ConcurrenceRound, asked.round_id, populate_existing=True)
    return asked, request, round_


async def _condition(
    session: WriteSession, condition_id: ConditionId, version: int
) -> tuple[ConcurrenceCondition, int]:
    missing = "There is no condition with this number."
    condition = await session.get(ConcurrenceCondition, condition_id)
    if condition is None:
        raise NotFound(missing)
    await _request(session, RequestId(condition.request_id), missing)
    await session.refresh(condition, with_for_update=True)
    session.check_version(condition, version, title="The condition")
    office_id = await session.scalar(
        select(ConcurrenceAsked.office_id)
        .join(ConcurrenceAnswer, ConcurrenceAnswer.asked_id == ConcurrenceAsked.id)
        .where(ConcurrenceAnswer.id == condition.answer_id)
    )
    assert office_id is not None
    return condition, office_id


def _has_fields(after: rules.Value) -> None:
    if not after:
        raise Invalid(
            "There is nothing to agree to.",
            mistakes=(Mistake("after", "Expected at least one field with its value after the act."),),
        )


async def _marking(session: WriteSession, text: str, kind: str, number: int | None) -> Marking:
    """The marking of a request: one that its asker may read, seen by nobody who may not see the subject."""
    reader = await reader_of(session, session.actor)
    marking = read_marking(text, reader)
    if number is None:
        return marking
    unknown = Invalid(
        "There is no such record.",
        mistakes=(Mistake("subject_id", f"Expected the number of a {kind.replace('_', ' ')} of this record."),),
    )
    try:
        audience = await queries.subject_audience(session, reader, kind, number)
    except NotFound:
        # One that the asker may not see is told of in the same words as one that is not there.
        raise unknown from None
    rules.check_audience(audience_of(marking), audience)
    return marking


async def _offices(session: WriteSession, body: _Offices, act: str) -> list[tuple[int, Role, rules.Basis]]:
    rules.check_asked(body.by_role)
    provision = _provision(body.provision)
    by_policy = {
        office.office_id: rules.Basis(each.citation, rules.OFFICE_POLICY)
        for each in await queries.policies_in_force(session, act)
        for office in each.offices
    }
    found: list[tuple[int, Role, rules.Basis]] = []
    mistakes: list[Mistake] = []
    for role, offices in body.by_role.items():
        for office_id in offices:
            try:
                office = await _office(session, office_id, rules.field_of(role))
                basis = rules.basis_of(
                    office.symbol,
                    office.department,
                    role,
                    provision=provision,
                    policy=by_policy.get(office_id),
                    stated=body.policy_citation,
                )
            except Invalid as wrong:
                mistakes += wrong.mistakes
            else:
                found.append((office_id, role, basis))
    if mistakes:
        raise Invalid("The offices to ask need correcting.", mistakes=tuple(dict.fromkeys(mistakes)))
    return found


def _provision(slug: str | None) -> Provision | None:
    if slug is None:
        return None
    known = {each.slug: each for each in rules.law_with_roles(the_statute())}
    if slug not in known:
        raise Invalid(
            "The law that is named gives no official a part here.",
            mistakes=(Mistake("provision", "Expected one of: " + ", ".join(known) + ".", slug[:60]),),
        )
    return known[slug]


async def _office(session: WriteSession, office_id: int, where: str) -> Office:
    office = await session.get(Office, office_id)
    if office is None or (office.until is not None and office.until < session.today):
        raise Invalid(
            "The office is not known.",
            mistakes=(Mistake(where, "Expected the number of an office of this record.", str(office_id)),),
        )
    return office


async def _check_condition(session: WriteSession, condition: NewCondition, where: str) -> None:
    rules.check_condition_owner(condition.owner_person_id, condition.owner_office_id, where)
    rules_due = f"{where}.due_on"
    if condition.due_on < session.today:
        raise Invalid(
            "A condition is due today or later.",
            mistakes=(Mistake(rules_due, f"Expected a day on or after {show_day(session.today)}."),),
        )
    if condition.owner_office_id is not None:
        await _office(session, condition.owner_office_id, f"{where}.owner_office_id")
    if condition.owner_person_id is not None:
        await _person(session, condition.owner_person_id, f"{where}.owner_person_id")


async def _person(session: WriteSession, person_id: int, where: str) -> Person:
    person = await session.get(Person, person_id)
    if person is None or person.kind != "person" or (person.until is not None and person.until < session.today):
        raise Invalid(
            "There is no person with this number.",
            mistakes=(Mistake(where, "Expected the number of a person.", str(person_id)),),
        )
    return person


async def _check_decider(session: WriteSession, decider_id: int | None, marking: Marking, *, asker: int) -> None:
    if decider_id is None:
        return
    person = await _person(session, decider_id, "decider_id")
    sees = may_read(marking, await reader_of(session, decider_id))
    rules.may_name_decider(
        decides=bool(set(person.roles) & set(_DECIDES)) and sees,
        is_asker=decider_id == asker,
        is_answerer=False,
        decided=False,
    )
