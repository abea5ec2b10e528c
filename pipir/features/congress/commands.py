"""What can change of briefings, congressional contacts and promises."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from sqlalchemy import select

from pipir.features.congress import rules
from pipir.features.congress.tables import (
    Briefing,
    BriefingQuestion,
    CommitteeBriefing,
    CongressionalContact,
    Promise,
)
from pipir.features.law.queries import law_of
from pipir.features.people.queries import may_answer_for, reader_of
from pipir.features.people.tables import Office, Person
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import (
    BriefingId,
    BriefingQuestionId,
    CommitteeBriefingId,
    ContactId,
    PromiseId,
    RecordNumber,
)
from pipir.kernel.marking import Reader, read_marking
from pipir.kernel.text import Line, Prose, Reason, SourceText
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession

ContactKind = Literal["congressional question", "question for the record", "notification package", "informal hold"]
PromiseSource = Literal["report", "briefing", "contact", "other"]
Words = Annotated[Prose, msgspec.Meta(min_length=3)]
Year = Annotated[int, msgspec.Meta(ge=2000, le=2100)]
Days = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class PrepareBriefing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The package of a briefing: of the statute's `duty`, such as briefing-2026, or one that somebody asked for."""

    title: Line
    office_id: RecordNumber
    duty: Line | None = None
    requested_by: Line | None = None
    briefer_role: Line | None = None
    briefer_id: RecordNumber | None = None
    marking: Line = "CUI"


class ReviseBriefing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a briefing's package; what it rests on stays."""

    title: Line
    office_id: RecordNumber
    briefer_role: Line | None = None
    briefer_id: RecordNumber | None = None
    marking: Line = "CUI"


class CallOffBriefing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a briefing on request is not given."""

    because: Reason


class AddCommittee(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A committee of a briefing: a slug of the statute's recipients, or for a briefing on request its name in words."""

    committee: Line
    planned_on: date | None = None
    place: Line | None = None


class PlanCommittee(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which a committee is to be briefed, and where or in which form; blank is not planned."""

    planned_on: date | None = None
    place: Line | None = None


class RecordGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which a committee was briefed, where or in which form, and who attended, by office."""

    given_on: date
    place: Line
    attendees: Reason


class ReopenCommittee(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the given day of a committee does not stand."""

    because: Reason


class TakeQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question that a committee asked in a briefing, the office that answers, and by when."""

    committee: Line
    question: Reason
    office_id: RecordNumber
    due_on: date | None = None


class ReviseQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of an open question."""

    committee: Line
    question: Reason
    office_id: RecordNumber
    due_on: date | None = None


class AnswerQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer to a question of a briefing, its day, and the office that gave it."""

    answered_on: date
    answer: Words
    answering_office_id: RecordNumber


class WithdrawQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which a committee withdrew its question, and why, or what shows it."""

    withdrawn_on: date
    because: Reason


class ReopenQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a question of a briefing is open again."""

    because: Reason


class EnterContact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question, package or hold: from which committee or member's office, and by when an answer is due (suspense)."""

    kind: ContactKind
    title: Line
    asked: Words
    received_on: date
    office_id: RecordNumber
    committee: Line | None = None
    member_office: Line | None = None
    tasking_number: Line | None = None
    due_on: date | None = None
    marking: Line = "CUI"


class ReviseContact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of an entry that is open, or of a hold that is placed."""

    kind: ContactKind
    title: Line
    asked: Words
    received_on: date
    office_id: RecordNumber
    committee: Line | None = None
    member_office: Line | None = None
    tasking_number: Line | None = None
    due_on: date | None = None
    marking: Line = "CUI"


class AnswerContact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was answered, on which day, and what shows it."""

    answered_on: date
    answer: Words
    evidence: Reason


class WithdrawContact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which who asked took it back, and why, or what shows it."""

    withdrawn_on: date
    because: Reason


class ReleaseHold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which a hold was released, and why, or what shows it."""

    released_on: date
    because: Reason


class ReopenContact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an entry that was settled is open again."""

    because: Reason


class EnterPromise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A forward statement made to Congress: its words, where and when it was made, and who owes it by when."""

    title: Line
    words: Words
    made_in: PromiseSource
    made_on: date
    due_on: date
    office_id: RecordNumber
    report_year: Year | None = None
    briefing_id: RecordNumber | None = None
    contact_id: RecordNumber | None = None
    source: SourceText | None = None
    person_id: RecordNumber | None = None
    marking: Line = "CUI"


class RevisePromise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a promise that is still owed."""

    title: Line
    words: Words
    made_in: PromiseSource
    made_on: date
    due_on: date
    office_id: RecordNumber
    report_year: Year | None = None
    briefing_id: RecordNumber | None = None
    contact_id: RecordNumber | None = None
    source: SourceText | None = None
    person_id: RecordNumber | None = None
    marking: Line = "CUI"


class KeepPromise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which a promise was kept, and what shows it."""

    kept_on: date
    evidence: Reason


class StatePromiseLate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The owner's statement that a promise is late, and by how many days."""

    late_days: Days
    statement: Reason


class DropPromise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which a promise was dropped, why, and who was told."""

    dropped_on: date
    because: Reason
    told: Reason


class ReopenPromise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a promise that was settled or stated late is open again."""

    because: Reason


@command("briefing.prepare", permission="congress.change", sunset="goes on")
async def prepare_briefing(session: WriteSession, body: PrepareBriefing) -> BriefingId:
    """Open the package of a briefing; a statutory one begins with every addressee of its provision."""
    marking = read_marking(body.marking, await reader_of(session, session.actor))
    rules.has_basis(body.duty, body.requested_by)
    rules.has_briefer(body.briefer_role, body.briefer_id)
    statute = await law_of(session)
    rules.may_prepare(statute, body.duty)
    await _check_office(session, body.office_id)
    await _check_person(session, body.briefer_id, "briefer_id")
    briefing = Briefing(
        duty=body.duty,
        requested_by=body.requested_by,
        title=body.title,
        office_id=body.office_id,
        briefer_role=body.briefer_role,
        briefer_id=body.briefer_id,
    )
    briefing.mark(marking)
    session.add(briefing)
    await session.flush()
    for each in lookup.recipients(statute, rules.PROVISION) if body.duty is not None else ():
        session.add(CommitteeBriefing(briefing_id=briefing.id, committee=each.slug))
    await session.flush()
    return BriefingId(briefing.id)


@command("briefing.revise", permission="congress.change", sunset="goes on")
async def revise_briefing(
    session: WriteSession, briefing_id: BriefingId, body: ReviseBriefing, *, version: int
) -> None:
    """Correct a briefing's title, office, briefer or marking."""
    reader = await reader_of(session, session.actor)
    briefing = await _briefing(session, briefing_id, reader)
    session.check_version(briefing, version, title=f"The briefing {briefing.title}")
    rules.may_change_briefing(briefing.called_off_on)
    marking = read_marking(body.marking, reader)
    rules.has_briefer(body.briefer_role, body.briefer_id)
    await _check_office(session, body.office_id)
    await _check_person(session, body.briefer_id, "briefer_id")
    briefing.title, briefing.office_id = body.title, body.office_id
    briefing.briefer_role, briefing.briefer_id = body.briefer_role, body.briefer_id
    briefing.mark(marking)
    await session.flush()


@command("briefing.call-off", permission="congress.change", sunset="goes on")
async def call_off_briefing(
    session: WriteSession, briefing_id: BriefingId, body: CallOffBriefing, *, version: int
) -> None:
    """Say why a briefing on request is not given; it stays in the record."""
    briefing = await _briefing(session, briefing_id, await reader_of(session, session.actor))
    session.check_version(briefing, version, title=f"The briefing {briefing.title}")
    rules.may_change_briefing(briefing.called_off_on)
    given = await session.scalar(
        select(CommitteeBriefing.id).where(
            CommitteeBriefing.briefing_id == briefing.id, CommitteeBriefing.given_on.is_not(None)
        )
    )
    rules.may_call_off(rules.briefing_duty(await law_of(session), briefing.duty), given=given is not None)
    briefing.called_off_on, briefing.called_off_because = session.today, body.because
    await session.flush()


@command("briefing.add-committee", permission="congress.change", sunset="goes on")
async def add_committee(session: WriteSession, briefing_id: BriefingId, body: AddCommittee) -> CommitteeBriefingId:
    """Enter a committee that is to be briefed; a statutory briefing goes to the addressees of its provision alone."""
    briefing = await _briefing(session, briefing_id, await reader_of(session, session.actor))
    rules.may_change_briefing(briefing.called_off_on)
    rules.may_address(the_statute(), briefing.duty, body.committee)
    row = CommitteeBriefing(
        briefing_id=briefing.id, committee=body.committee, planned_on=body.planned_on, place=body.place
    )
    session.add(row)
    await session.flush()
    return CommitteeBriefingId(row.id)


@command("briefing.plan-committee", permission="congress.change", sunset="goes on")
async def plan_committee(
    session: WriteSession, committee_briefing_id: CommitteeBriefingId, body: PlanCommittee, *, version: int
) -> None:
    """Change the day, the place or the form that is planned for a committee."""
    row, _ = await _committee(session, committee_briefing_id, version)
    rules.may_replan(row.given_on)
    row.planned_on, row.place = body.planned_on, body.place
    await session.flush()


@command("briefing.record-given", permission="congress.change", sunset="goes on")
async def record_given(
    session: WriteSession, committee_briefing_id: CommitteeBriefingId, body: RecordGiven, *, version: int
) -> None:
    """Record that a committee was briefed: on which day, where or in which form, and who attended."""
    row, briefing = await _committee(session, committee_briefing_id, version)
    statute = the_statute()
    rules.may_record_given(
        row.given_on,
        body.given_on,
        session.today,
        since=statute.instrument(rules.PROVISION).enacted if briefing.duty is not None else None,
        citation=statute.citation(rules.PROVISION) if briefing.duty is not None else "",
    )
    row.given_on, row.place, row.attendees, row.reopened_because = body.given_on, body.place, body.attendees, None
    await session.flush()


@command("briefing.reopen-committee", permission="congress.change", sunset="goes on")
async def reopen_committee(
    session: WriteSession, committee_briefing_id: CommitteeBriefingId, body: ReopenCommittee, *, version: int
) -> None:
    """Take back the given day of a committee, for a reason; the trail keeps what stood before."""
    row, _ = await _committee(session, committee_briefing_id, version)
    rules.may_reopen_given(row.given_on)
    row.given_on, row.attendees, row.reopened_because = None, None, body.because
    await session.flush()


@command("briefing.take-question", permission="congress.change", sunset="goes on")
async def take_question(session: WriteSession, briefing_id: BriefingId, body: TakeQuestion) -> BriefingQuestionId:
    """Enter a question that a committee asked in the briefing."""
    briefing = await _briefing(session, briefing_id, await reader_of(session, session.actor))
    rules.may_change_briefing(briefing.called_off_on)
    await _check_asker(session, briefing.id, body.committee, body.due_on)
    await _check_office(session, body.office_id)
    question = BriefingQuestion(
        briefing_id=briefing.id,
        committee=body.committee,
        question=body.question,
        office_id=body.office_id,
        due_on=body.due_on,
    )
    session.add(question)
    await session.flush()
    return BriefingQuestionId(question.id)


@command("briefing.revise-question", permission="congress.change", sunset="goes on")
async def revise_question(
    session: WriteSession, question_id: BriefingQuestionId, body: ReviseQuestion, *, version: int
) -> None:
    """Change an open question's words, committee, office or day."""
    question = await _question(session, question_id, version)
    rules.may_change_question(question.answered_on, question.withdrawn_on)
    await _check_asker(session, question.briefing_id, body.committee, body.due_on)
    await _check_office(session, body.office_id)
    question.committee, question.question = body.committee, body.question
    question.office_id, question.due_on = body.office_id, body.due_on
    await session.flush()


@command("briefing.answer-question", permission="congress.change", sunset="goes on")
async def answer_question(
    session: WriteSession, question_id: BriefingQuestionId, body: AnswerQuestion, *, version: int
) -> None:
    """Record the answer to a question of a briefing."""
    question = await _question(session, question_id, version)
    rules.may_change_question(question.answered_on, question.withdrawn_on)
    since = await _given_on(session, question.briefing_id, question.committee)
    rules.happened_between("answered_on", body.answered_on, since=since, today=session.today)
    await _check_office(session, body.answering_office_id, "answering_office_id")
    question.answered_on, question.answer = body.answered_on, body.answer
    question.answering_office_id = body.answering_office_id
    await session.flush()


@command("briefing.withdraw-question", permission="congress.change", sunset="goes on")
async def withdraw_question(
    session: WriteSession, question_id: BriefingQuestionId, body: WithdrawQuestion, *, version: int
) -> None:
    """Record that a committee withdrew its question."""
    question = await _question(session, question_id, version)
    rules.may_change_question(question.answered_on, question.withdrawn_on)
    since = await _given_on(session, question.briefing_id, question.committee)
    rules.happened_between("withdrawn_on", body.withdrawn_on, since=since, today=session.today)
    question.withdrawn_on, question.withdrawn_because = body.withdrawn_on, body.because
    await session.flush()


@command("briefing.reopen-question", permission="congress.change", sunset="goes on")
async def reopen_question(
    session: WriteSession, question_id: BriefingQuestionId, body: ReopenQuestion, *, version: int
) -> None:
    """Open a question again, for a reason; the trail keeps the former answer."""
    question = await _question(session, question_id, version)
    rules.may_reopen_question(question.answered_on, question.withdrawn_on)
    question.answered_on = question.answer = question.answering_office_id = None
    question.withdrawn_on = question.withdrawn_because = None
    question.reopened_because = body.because
    await session.flush()


@command("contact.enter", permission="congress.change", sunset="goes on")
async def enter_contact(session: WriteSession, body: EnterContact) -> ContactId:
    """Enter a question, a notification package or an informal hold."""
    marking = read_marking(body.marking, await reader_of(session, session.actor))
    await _check_contact(session, body)
    contact = CongressionalContact(status="placed" if body.kind == rules.HOLD else "open")
    _set_contact(contact, body)
    contact.mark(marking)
    session.add(contact)
    await session.flush()
    return ContactId(contact.id)


@command("contact.revise", permission="congress.change", sunset="goes on")
async def revise_contact(session: WriteSession, contact_id: ContactId, body: ReviseContact, *, version: int) -> None:
    """Correct what is recorded of an entry that is open."""
    reader = await reader_of(session, session.actor)
    contact = await _contact(session, contact_id, reader, version)
    rules.may_change_contact(contact.status)
    rules.may_keep_kind(contact.kind, body.kind)
    marking = read_marking(body.marking, reader)
    await _check_contact(session, body)
    _set_contact(contact, body)
    contact.mark(marking)
    await session.flush()


@command("contact.answer", permission="congress.change", sunset="goes on")
async def answer_contact(session: WriteSession, contact_id: ContactId, body: AnswerContact, *, version: int) -> None:
    """Record what was answered, on which day and by what evidence."""
    contact = await _contact(session, contact_id, await reader_of(session, session.actor), version)
    rules.may_answer_contact(contact.kind, contact.status)
    rules.happened_between("answered_on", body.answered_on, since=contact.received_on, today=session.today)
    contact.status, contact.answered_on = "answered", body.answered_on
    contact.answer, contact.evidence = body.answer, body.evidence
    await session.flush()


@command("contact.withdraw", permission="congress.change", sunset="goes on")
async def withdraw_contact(
    session: WriteSession, contact_id: ContactId, body: WithdrawContact, *, version: int
) -> None:
    """Record that who asked took it back."""
    contact = await _contact(session, contact_id, await reader_of(session, session.actor), version)
    rules.may_withdraw_contact(contact.kind, contact.status)
    rules.happened_between("withdrawn_on", body.withdrawn_on, since=contact.received_on, today=session.today)
    contact.status, contact.withdrawn_on, contact.withdrawn_because = "withdrawn", body.withdrawn_on, body.because
    await session.flush()


@command("contact.release-hold", permission="congress.change", sunset="goes on")
async def release_hold(session: WriteSession, contact_id: ContactId, body: ReleaseHold, *, version: int) -> None:
    """Record that an informal hold was released."""
    contact = await _contact(session, contact_id, await reader_of(session, session.actor), version)
    rules.may_release_hold(contact.kind, contact.status)
    rules.happened_between("released_on", body.released_on, since=contact.received_on, today=session.today)
    contact.status, contact.released_on, contact.released_because = "released", body.released_on, body.because
    await session.flush()


@command("contact.reopen", permission="congress.change", sunset="goes on")
async def reopen_contact(session: WriteSession, contact_id: ContactId, body: ReopenContact, *, version: int) -> None:
    """Open a settled entry again, for a reason; the trail keeps what stood before."""
    contact = await _contact(session, contact_id, await reader_of(session, session.actor), version)
    rules.may_reopen_contact(contact.status)
    contact.status, contact.reopened_because = "placed" if contact.kind == rules.HOLD else "open", body.because
    contact.answered_on = contact.answer = contact.evidence = None
    contact.withdrawn_on = contact.withdrawn_because = None
    contact.released_on = contact.released_because = None
    await session.flush()


@command("promise.enter", permission="congress.change", sunset="goes on")
async def enter_promise(session: WriteSession, body: EnterPromise) -> PromiseId:
    """Enter a forward statement that was made to Congress."""
    reader = await reader_of(session, session.actor)
    marking = read_marking(body.marking, reader)
    await _check_promise(session, body, reader)
    promise = Promise(outcome="open")
    _set_promise(promise, body)
    promise.mark(marking)
    session.add(promise)
    await session.flush()
    return PromiseId(promise.id)


@command("promise.revise", permission="congress.change", sunset="goes on")
async def revise_promise(session: WriteSession, promise_id: PromiseId, body: RevisePromise, *, version: int) -> None:
    """Correct what is recorded of a promise that is still owed."""
    reader = await reader_of(session, session.actor)
    promise = await _promise(session, promise_id, reader, version)
    rules.may_change_promise(promise.outcome)
    rules.may_move_due_day(promise.outcome, promise.due_on, body.due_on)
    marking = read_marking(body.marking, reader)
    await _check_promise(session, body, reader)
    _set_promise(promise, body)
    promise.mark(marking)
    await session.flush()


@command("promise.keep", permission="congress.change", sunset="goes on")
async def keep_promise(session: WriteSession, promise_id: PromiseId, body: KeepPromise, *, version: int) -> None:
    """Record that a promise was kept, on which day and by what evidence; a statement of lateness stays."""
    promise = await _promise(session, promise_id, await reader_of(session, session.actor), version)
    rules.may_change_promise(promise.outcome)
    rules.happened_between("kept_on", body.kept_on, since=promise.made_on, today=session.today)
    promise.outcome, promise.kept_on, promise.evidence = "kept", body.kept_on, body.evidence
    await session.flush()


@command("promise.state-late", permission="congress.change", sunset="goes on")
async def state_promise_late(
    session: WriteSession, promise_id: PromiseId, body: StatePromiseLate, *, version: int
) -> None:
    """State, for the office that owes the promise, that it is late and by how many days."""
    promise = await _promise(session, promise_id, await reader_of(session, session.actor), version)
    person = await session.get_one(Person, session.actor)
    stands_in = await may_answer_for(session, session.actor, promise.office_id)
    rules.may_state_late(
        promise.outcome,
        body.late_days,
        promise.due_on,
        session.today,
        owner_office=promise.office_id,
        stating_office=promise.office_id if stands_in else person.office_id,
    )
    promise.outcome, promise.late_days, promise.late_statement = "late", body.late_days, body.statement
    promise.late_stated_on, promise.late_stated_by_id = session.today, person.id
    await session.flush()


@command("promise.drop", permission="congress.change", sunset="goes on")
async def drop_promise(session: WriteSession, promise_id: PromiseId, body: DropPromise, *, version: int) -> None:
    """Record that a promise is not kept: the day, the reason, and who was told."""
    promise = await _promise(session, promise_id, await reader_of(session, session.actor), version)
    rules.may_change_promise(promise.outcome)
    rules.happened_between("dropped_on", body.dropped_on, since=promise.made_on, today=session.today)
    promise.outcome, promise.dropped_on = "dropped", body.dropped_on
    promise.dropped_because, promise.told = body.because, body.told
    await session.flush()


@command("promise.reopen", permission="congress.change", sunset="goes on")
async def reopen_promise(session: WriteSession, promise_id: PromiseId, body: ReopenPromise, *, version: int) -> None:
    """Owe a promise again, for a reason; the trail keeps what stood before."""
    promise = await _promise(session, promise_id, await reader_of(session, session.actor), version)
    rules.may_reopen_promise(promise.outcome)
    promise.outcome, promise.reopened_because = "open", body.because
    promise.kept_on = promise.evidence = None
    promise.late_days = promise.late_statement = promise.late_stated_on = promise.late_stated_by_id = None
    promise.dropped_on = promise.dropped_because = promise.told = None
    await session.flush()


async def _briefing(session: WriteSession, briefing_id: int, reader: Reader) -> Briefing:
    briefing = await session.scalar(
        select(Briefing).where(Briefing.id == briefing_id, visible_to(reader, Briefing)).with_for_update(of=Briefing)
    )
    if briefing is None:
        raise NotFound("There is no briefing with this number.")
    return briefing


async def _committee(
    session: WriteSession, committee_briefing_id: CommitteeBriefingId, version: int
) -> tuple[CommitteeBriefing, Briefing]:
    row = await session.get(CommitteeBriefing, committee_briefing_id)
    if row is None:
        raise NotFound("There is no committee of a briefing with this number.")
    # The briefing is locked first: it may be called off at the same time.
    briefing = await _briefing(session, row.briefing_id, await reader_of(session, session.actor))
    await session.refresh(row, with_for_update=True)
    session.check_version(row, version, title=f"The entry of {rules.committee_name(the_statute(), row.committee)}")
    rules.may_change_briefing(briefing.called_off_on)
    return row, briefing


async def _question(session: WriteSession, question_id: BriefingQuestionId, version: int) -> BriefingQuestion:
    question = await session.scalar(
        select(BriefingQuestion)
        .join(Briefing, Briefing.id == BriefingQuestion.briefing_id)
        .where(BriefingQuestion.id == question_id, visible_to(await reader_of(session, session.actor), Briefing))
        .with_for_update(of=BriefingQuestion)
    )
    if question is None:
        raise NotFound("There is no question of a briefing with this number.")
    session.check_version(question, version, title="The question")
    return question


async def _contact(session: WriteSession, contact_id: ContactId, reader: Reader, version: int) -> CongressionalContact:
    contact = await session.scalar(
        select(CongressionalContact)
        .where(CongressionalContact.id == contact_id, visible_to(reader, CongressionalContact))
        .with_for_update(of=CongressionalContact)
    )
    if contact is None:
        raise NotFound("There is no congressional contact with this number.")
    session.check_version(contact, version, title=f"The entry {contact.title}")
    return contact


async def _promise(session: WriteSession, promise_id: PromiseId, reader: Reader, version: int) -> Promise:
    promise = await session.scalar(
        select(Promise).where(Promise.id == promise_id, visible_to(reader, Promise)).with_for_update(of=Promise)
    )
    if promise is None:
        raise NotFound("There is no promise with this number.")
    session.check_version(promise, version, title=f"The promise {promise.title}")
    return promise


def _set_contact(contact: CongressionalContact, body: EnterContact | ReviseContact) -> None:
    contact.kind, contact.title, contact.asked = body.kind, body.title, body.asked
    contact.committee, contact.member_office = body.committee, body.member_office
    contact.tasking_number, contact.office_id = body.tasking_number, body.office_id
    contact.received_on, contact.due_on = body.received_on, body.due_on


def _set_promise(promise: Promise, body: EnterPromise | RevisePromise) -> None:
    promise.title, promise.words, promise.made_in = body.title, body.words, body.made_in
    promise.report_year, promise.briefing_id, promise.contact_id = body.report_year, body.briefing_id, body.contact_id
    promise.source, promise.made_on, promise.due_on = body.source, body.made_on, body.due_on
    promise.office_id, promise.person_id = body.office_id, body.person_id


async def _check_contact(session: WriteSession, body: EnterContact | ReviseContact) -> None:
    rules.known_committee(the_statute(), body.committee)
    rules.check_contact(body.kind, body.committee, body.member_office, body.received_on, body.due_on, session.today)
    await _check_office(session, body.office_id)


async def _check_promise(session: WriteSession, body: EnterPromise | RevisePromise, reader: Reader) -> None:
    rules.check_promise(
        await law_of(session),
        made_in=body.made_in,
        report_year=body.report_year,
        briefing_id=body.briefing_id,
        contact_id=body.contact_id,
        source=body.source,
        made_on=body.made_on,
        due_on=body.due_on,
        today=session.today,
    )
    for where, table, number in (
        ("briefing_id", Briefing, body.briefing_id),
        ("contact_id", CongressionalContact, body.contact_id),
    ):
        known = number is None or await session.scalar(
            select(table.id).where(table.id == number, visible_to(reader, table))
        )
        if not known:
            raise Invalid(
                "The promise names a source that is not in this record.",
                mistakes=(Mistake(where, "Expected the number of one of this record.", str(number)),),
            )
    await _check_office(session, body.office_id)
    await _check_person(session, body.person_id, "person_id")


async def _given_on(session: WriteSession, briefing_id: int, committee: str) -> date | None:
    return await session.scalar(
        select(CommitteeBriefing.given_on).where(
            CommitteeBriefing.briefing_id == briefing_id, CommitteeBriefing.committee == committee
        )
    )


async def _check_asker(session: WriteSession, briefing_id: int, committee: str, due_on: date | None) -> None:
    rows = await session.execute(
        select(CommitteeBriefing.committee, CommitteeBriefing.given_on)
        .where(CommitteeBriefing.briefing_id == briefing_id)
        .order_by(CommitteeBriefing.id)
    )
    given = {row.committee: row.given_on for row in rows}
    rules.may_take_question(tuple(given), given.get(committee), committee, due_on)


async def _check_office(session: WriteSession, office_id: int, where: str = "office_id") -> None:
    if await session.get(Office, office_id) is None:
        raise Invalid(
            "The office is not known.",
            mistakes=(Mistake(where, "Expected the number of an office of this record.", str(office_id)),),
        )


async def _check_person(session: WriteSession, person_id: int | None, where: str) -> None:
    if person_id is None:
        return
    known = await session.scalar(select(Person.id).where(Person.id == person_id, Person.kind == "person"))
    if known is None:
        raise Invalid(
            "There is no person with this number.",
            mistakes=(Mistake(where, "Expected the number of a person.", str(person_id)),),
        )
