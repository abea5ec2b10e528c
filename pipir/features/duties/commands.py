"""What can change in duties."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from pipir.features.duties import rules
from pipir.features.duties.queries import triggers
from pipir.features.duties.tables import Duty
from pipir.features.law.queries import law_of
from pipir.features.people.queries import may_answer_for
from pipir.features.people.tables import Office, Person
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import DutyId, RecordNumber
from pipir.kernel.text import Line, Prose, Reason
from pipir.statute.load import the_statute
from pipir.statute.model import Deadline
from pipir.store.doors import WriteSession

PlainStatus = Literal["not started", "in work", "not public"]
DutySlug = Annotated[
    str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)", max_length=60, description="Such as report-2027.")
]


class TakeUpDuty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first entry about a date of the statute, by its slug: where it stands and which office owns it."""

    slug: DutySlug
    status: PlainStatus = "in work"
    owner_office_id: RecordNumber | None = None
    note: Prose | None = None


class ReviseDuty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of an entry; without a status it keeps the one it has."""

    owner_office_id: RecordNumber | None = None
    note: Prose | None = None
    status: PlainStatus | None = None


class RecordDone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which the duty was done, and what shows it."""

    done_on: date
    evidence: Reason


class StateLate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The owner's statement that the duty is late, and by how many days."""

    late_days: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    statement: Reason


class AskExtension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who asked for more time, and when; granting it is for those who were asked."""

    asked_by: Line
    asked_on: date


class ReopenDuty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a duty that was done, late or waiting is in work again."""

    because: Reason


class EnterNotice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A designation of the senior official, or a change of it, that sets off a notice to Congress."""

    event: Line
    triggered_on: date
    owner_office_id: RecordNumber | None = None
    note: Prose | None = None


class EndDuty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which the entry of a notice ends, and why."""

    ended_on: date
    because: Reason


@command("duty.take-up", permission="duties.change", sunset="goes on")
async def take_up(session: WriteSession, body: TakeUpDuty) -> DutyId:
    """Record for the first time how a duty of the statute stands."""
    statute = await law_of(session)
    deadline = rules.deadline_of(statute, body.slug)
    trigger = next((each for each in await triggers(session, statute) if each.deadline.slug == body.slug), None)
    if deadline is None and trigger is not None:
        deadline = trigger.deadline
    if deadline is None:
        raise NotFound("The statute sets no date with this name.")
    rules.may_take_up(deadline.kind, deadline.citation)
    await _existing_office(session, body.owner_office_id)
    duty = Duty(
        slug=body.slug,
        notice=rules.NOTICE if trigger else None,
        event=trigger.event if trigger else None,
        triggered_on=trigger.on if trigger else None,
        status=body.status,
        owner_office_id=body.owner_office_id,
        note=body.note or None,
    )
    session.add(duty)
    await session.flush()
    return DutyId(duty.id)


@command("duty.enter-notice", permission="duties.change", sunset="goes on")
async def enter_notice(session: WriteSession, body: EnterNotice) -> DutyId:
    """Enter the notice that a designation or a change of it sets off; its day follows from the law."""
    deadline = rules.notice_for(await law_of(session), body.triggered_on, session.today)
    await _existing_office(session, body.owner_office_id)
    duty = Duty(
        slug=deadline.slug,
        notice=rules.NOTICE,
        event=body.event,
        triggered_on=body.triggered_on,
        status="not started",
        owner_office_id=body.owner_office_id,
        note=body.note or None,
    )
    session.add(duty)
    await session.flush()
    return DutyId(duty.id)


@command("duty.revise", permission="duties.change", sunset="goes on")
async def revise(session: WriteSession, duty_id: DutyId, body: ReviseDuty, *, version: int) -> None:
    """Change the owning office, the note, or the status of a duty that is open."""
    duty, _ = await _duty(session, duty_id, version)
    await _existing_office(session, body.owner_office_id)
    if body.status is not None:
        rules.may_set_status(duty.status, body.status)
        duty.status = body.status
    duty.owner_office_id, duty.note = body.owner_office_id, body.note or None
    await session.flush()


@command("duty.record-done", permission="duties.change", sunset="goes on")
async def record_done(session: WriteSession, duty_id: DutyId, body: RecordDone, *, version: int) -> None:
    """Record that a duty was done, on which day and by what evidence; an earlier statement of lateness stays."""
    duty, deadline = await _duty(session, duty_id, version)
    since = duty.triggered_on or the_statute().instrument(deadline.provision).enacted
    rules.may_record_done(deadline, duty.status, body.done_on, session.today, since=since)
    duty.status, duty.done_on, duty.evidence = "done", body.done_on, body.evidence
    await session.flush()


@command("duty.state-late", permission="duties.change", sunset="goes on")
async def state_late(session: WriteSession, duty_id: DutyId, body: StateLate, *, version: int) -> None:
    """State, for the office that owns the duty, that it is late and by how many days."""
    duty, deadline = await _duty(session, duty_id, version)
    person = await session.get(Person, session.actor)
    if person is None:
        raise NotFound("There is no person with this number.")
    owner = duty.owner_office_id
    stands_in = owner is not None and await may_answer_for(session, session.actor, owner)
    rules.may_state_late(
        deadline,
        duty.status,
        body.late_days,
        session.today,
        owner_office=owner,
        stating_office=owner if owner is not None and stands_in else person.office_id,
    )
    duty.status, duty.late_days, duty.late_statement = "late", body.late_days, body.statement
    duty.late_stated_on, duty.late_stated_by_id = session.today, person.id
    await session.flush()


@command("duty.ask-extension", permission="duties.change", sunset="goes on")
async def ask_extension(session: WriteSession, duty_id: DutyId, body: AskExtension, *, version: int) -> None:
    """Record that more time was asked for, by whom and when; the statutory day stays as it is."""
    duty, deadline = await _duty(session, duty_id, version)
    rules.may_ask_extension(deadline, duty.status, body.asked_on, session.today)
    duty.status, duty.extension_asked_by, duty.extension_asked_on = "extension pending", body.asked_by, body.asked_on
    await session.flush()


@command("duty.reopen", permission="duties.change", sunset="goes on")
async def reopen(session: WriteSession, duty_id: DutyId, body: ReopenDuty, *, version: int) -> None:
    """Take a duty that was done, late or waiting up again, for a reason; the trail keeps what stood before."""
    duty, _ = await _duty(session, duty_id, version)
    rules.may_reopen(duty.status)
    duty.status, duty.reopened_because = "in work", body.because
    duty.done_on = duty.evidence = None
    duty.late_days = duty.late_statement = duty.late_stated_on = duty.late_stated_by_id = None
    duty.extension_asked_by = duty.extension_asked_on = None
    await session.flush()


@command("duty.end", permission="duties.change", sunset="goes on")
async def end(session: WriteSession, duty_id: DutyId, body: EndDuty, *, version: int) -> None:
    """End the entry of a notice that is not owed after all; it stays in the record."""
    duty, deadline = await _duty(session, duty_id, version)
    rules.may_end(
        deadline,
        is_notice=duty.notice is not None,
        ended_on=body.ended_on,
        triggered_on=duty.triggered_on,
        today=session.today,
    )
    duty.ended_on, duty.ended_because = body.ended_on, body.because
    await session.flush()


async def _duty(session: WriteSession, duty_id: DutyId, version: int) -> tuple[Duty, Deadline]:
    duty = await session.get(Duty, duty_id, with_for_update=True)
    deadline = None
    if duty is not None:
        deadline = rules.deadline_of(await law_of(session), duty.slug, duty.notice, duty.triggered_on)
    if duty is None or deadline is None:
        raise NotFound("There is no entry of a duty with this number.")
    session.check_version(duty, version, title=f"The entry of the duty {duty.slug}")
    rules.may_change(duty.ended_on)
    return duty, deadline


async def _existing_office(session: WriteSession, office_id: int | None) -> None:
    if office_id is not None and await session.get(Office, office_id) is None:
        raise Invalid(
            "The owning office is not known.",
            mistakes=(Mistake("owner_office_id", "Expected the number of an office of this record.", str(office_id)),),
        )
