"""What the asking office does: a request and its rounds, from the asking to the undoing of a reopening."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, cast

import msgspec
from sqlalchemy import func, select

from pipir.features.concurrence import queries, rules
from pipir.features.concurrence.commands.rounds import (
    OfficesToAsk,
    check_decider,
    end_round,
    facts_of,
    is_in_force,
    locked_request,
    offices_asked,
    settle_as,
    take_step,
)
from pipir.features.concurrence.rules import State
from pipir.features.concurrence.tables import (
    ConcurrenceAnswer,
    ConcurrenceAsked,
    ConcurrenceEscalation,
    ConcurrenceRequest,
    ConcurrenceRound,
    RequestId,
)
from pipir.features.people.queries import may_answer_for, reader_of
from pipir.features.people.tables import Office, Person
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound, Refused
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Marking, audience_of, read_marking
from pipir.kernel.text import Line, Prose, Reason
from pipir.statute.model import Role
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


class AskOffices(OfficesToAsk, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class ReviseProposal(OfficesToAsk, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The changed value, and whom it is put to; every former answer is void."""

    after: dict[str, str]
    due_on: date
    because: Reason


class NameDecider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who decides where an office that coordinates does not concur."""

    decider_id: RecordNumber


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


@command("concurrence.ask", permission="concurrence.ask", sunset="goes on")
async def ask(session: WriteSession, body: AskOffices) -> RequestId:
    """Put an act to offices, each in the role that law or policy gives it."""
    rules.check_subject(body.act, body.subject_kind, body.subject_href)
    rules.check_due(body.due_on, session.today)
    before, after = rules.check_value(body.before, "before"), rules.check_value(body.after, "after")
    _has_fields(after)
    marking = await _marking(session, body.marking, body.subject_kind, body.subject_id)
    offices = await offices_asked(session, body, body.act)
    await check_decider(session, body.decider_id, marking, asker=session.actor)
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
    offices = await offices_asked(session, body, request.act)
    await check_decider(session, body.decider_id, marking, asker=request.asked_by_id)
    await end_round(session, former, "revised")
    if request.state != "open":
        take_step(request, "open", session.today, None)
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
    take_step(request, "withdrawn", session.today, body.because)
    await session.flush()
    await end_round(session, round_, "withdrawn")


@command("concurrence.settle", permission="concurrence.ask", sunset="goes on")
async def settle(session: WriteSession, request_id: RequestId, body: SettleRequest, *, version: int) -> None:
    """Settle a request as the answers stand, where nobody is needed who has not answered."""
    request, round_ = await _own_request(session, request_id, version)
    if request.state != "open":
        raise Refused(f"The request is {request.state}; only an open one is settled.")
    if not is_in_force(round_):
        raise Refused(rules.REMOVED, way_out="Revise the proposal.")
    state = rules.may_settle(await facts_of(session, round_), due_on=round_.due_on, today=session.today)
    await settle_as(session, request, round_, state, body.because)


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
    await end_round(session, former, "reopened")
    take_step(request, "open", session.today, body.because)
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
    await end_round(session, round_, "undone")
    former.ended, former.ended_on = None, None
    await session.flush()
    take_step(request, cast("State", former.settled), former.settled_on or session.today, body.because)
    await session.flush()


@command("concurrence.name-decider", permission="concurrence.ask", sunset="goes on")
async def name_decider(session: WriteSession, request_id: RequestId, body: NameDecider, *, version: int) -> None:
    """Name who decides where an office that coordinates does not concur."""
    request, round_ = await _own_request(session, request_id, version)
    if request.state != "open":
        raise Refused(f"The request is {request.state}; there is nothing to decide.")
    marking = read_marking(request.marking, await reader_of(session, session.actor))
    await check_decider(session, body.decider_id, marking, asker=request.asked_by_id)
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


async def _next_number(session: WriteSession, request: ConcurrenceRequest) -> int:
    latest = await session.scalar(
        select(func.max(ConcurrenceRound.number)).where(ConcurrenceRound.request_id == request.id)
    )
    return (latest or 0) + 1


async def _own_request(
    session: WriteSession, request_id: RequestId, version: int
) -> tuple[ConcurrenceRequest, ConcurrenceRound]:
    request = await locked_request(session, request_id, "There is no request for coordination with this number.")
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
