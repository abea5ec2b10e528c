"""What can change of meetings: their agenda, who attended, their minutes and their decisions."""

from datetime import date
from typing import Annotated, TypeVar

import msgspec
from sqlalchemy import func, select

from pipir.features.groups import rules
from pipir.features.groups.commands.shared import check_delegation, the_meeting
from pipir.features.groups.tables import AgendaItem, Attendance, Meeting, MeetingDecision, WorkingGroup
from pipir.features.people.queries import reader_of
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import AgendaItemId, AttendanceId, DecisionId, MeetingId, RecordNumber
from pipir.kernel.marking import Reader, read_marking
from pipir.kernel.text import Line, Prose, Reason, SourceText
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession

T = TypeVar("T", AgendaItem, Attendance, MeetingDecision)
Position = Annotated[int, msgspec.Meta(ge=1, le=1_000, description="The place on the agenda.")]
Persons = Annotated[int, msgspec.Meta(ge=1, le=999, description="How many persons of a delegation attended.")]


class RecordMeeting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A meeting as entered; without `group_id` it is one of the forum itself, without `outcome` none is public."""

    name: Line
    place: Line
    starts_on: date
    ends_on: date
    source: SourceText
    group_id: RecordNumber | None = None
    outcome: Prose | None = None
    marking: Line = "CUI"


class ReviseMeeting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a meeting."""

    name: Line
    place: Line
    starts_on: date
    ends_on: date
    source: SourceText
    group_id: RecordNumber | None = None
    outcome: Prose | None = None
    marking: Line = "CUI"


class CancelMeeting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a meeting does not take place."""

    because: Reason


class AddAgendaItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A point of the agenda; without a position it stands last."""

    title: Line
    presenter: Line | None = None
    position: Position | None = None


class ReviseAgendaItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a point of the agenda."""

    title: Line
    position: Position
    presenter: Line | None = None


class WithdrawAgendaItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a point is taken from the agenda."""

    because: Reason


class RecordAttendance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many persons of a country's delegation, or of an office of ours, attended; led by which office or role."""

    persons: Persons
    participant_id: RecordNumber | None = None
    office_id: RecordNumber | None = None
    head: Line | None = None


class ReviseAttendance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a delegation's attendance."""

    persons: Persons
    head: Line | None = None


class WithdrawAttendance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an attendance was recorded by mistake."""

    because: Reason


class WriteMinutes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text of the minutes; agreed ones are opened again with a reason only, and are a draft then."""

    minutes: Annotated[Prose, msgspec.Meta(min_length=3)]
    because: Reason | None = None


class AgreeMinutes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which the delegations agreed to the minutes."""

    agreed_on: date


class RecordDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a meeting decided: in one line, in its words, the objective that it serves, and who agreed by code."""

    title: Line
    text: Reason
    agreed_by: Annotated[list[Line], msgspec.Meta(max_length=100, description="Codes such as AUS.")]
    objective: Line | None = None


class ReviseDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be corrected of a decision; its number stays."""

    title: Line
    text: Reason
    agreed_by: Annotated[list[Line], msgspec.Meta(max_length=100, description="Codes such as AUS.")]
    objective: Line | None = None


class WithdrawDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a decision was recorded by mistake, or was taken back."""

    because: Reason


@command("meeting.record", permission="groups.change", sunset="goes on")
async def record_meeting(session: WriteSession, body: RecordMeeting) -> MeetingId:
    """Enter a meeting of the forum or of a group, held or planned."""
    reader = await reader_of(session, session.actor)
    marking = read_marking(body.marking, reader)
    rules.may_meet(body.starts_on, body.ends_on)
    await _check_group(session, body.group_id, body.starts_on, reader)
    meeting = Meeting(
        group_id=body.group_id,
        name=body.name,
        place=body.place,
        starts_on=body.starts_on,
        ends_on=body.ends_on,
        outcome=body.outcome,
        source=body.source,
    )
    meeting.mark(marking)
    session.add(meeting)
    await session.flush()
    return MeetingId(meeting.id)


@command("meeting.revise", permission="groups.change", sunset="goes on")
async def revise_meeting(session: WriteSession, meeting_id: MeetingId, body: ReviseMeeting, *, version: int) -> None:
    """Correct what is recorded of a meeting, or add its outcome."""
    reader = await reader_of(session, session.actor)
    meeting = await the_meeting(session, meeting_id, reader)
    session.check_version(meeting, version, title=f"The meeting {meeting.name}")
    rules.may_change_meeting(meeting.cancelled_because)
    marking = read_marking(body.marking, reader)
    rules.may_meet(body.starts_on, body.ends_on)
    if (body.group_id, body.starts_on) != (meeting.group_id, meeting.starts_on):
        await _check_group(session, body.group_id, body.starts_on, reader)
    meeting.group_id, meeting.name, meeting.place = body.group_id, body.name, body.place
    meeting.starts_on, meeting.ends_on = body.starts_on, body.ends_on
    meeting.outcome, meeting.source = body.outcome, body.source
    meeting.mark(marking)
    await session.flush()


@command("meeting.cancel", permission="groups.change", sunset="goes on")
async def cancel_meeting(session: WriteSession, meeting_id: MeetingId, body: CancelMeeting, *, version: int) -> None:
    """Say why a meeting does not take place; it stays in the record."""
    meeting = await the_meeting(session, meeting_id, await reader_of(session, session.actor))
    session.check_version(meeting, version, title=f"The meeting {meeting.name}")
    rules.may_cancel(meeting.cancelled_because, meeting.outcome, await _recorded(session, meeting))
    meeting.cancelled_because = body.because
    await session.flush()


@command("agenda.add", permission="groups.change", sunset="goes on")
async def add_agenda_item(session: WriteSession, meeting_id: MeetingId, body: AddAgendaItem) -> AgendaItemId:
    """Put a point on a meeting's agenda."""
    await _open_meeting(session, meeting_id)
    last = await session.scalar(select(func.max(AgendaItem.position)).where(AgendaItem.meeting_id == meeting_id))
    item = AgendaItem(
        meeting_id=meeting_id,
        position=body.position or (last or 0) + 1,
        title=body.title,
        presenter=body.presenter,
    )
    session.add(item)
    await session.flush()
    return AgendaItemId(item.id)


@command("agenda.revise", permission="groups.change", sunset="goes on")
async def revise_agenda_item(
    session: WriteSession, item_id: AgendaItemId, body: ReviseAgendaItem, *, version: int
) -> None:
    """Change a point of the agenda, or its place."""
    item, _ = await _of_meeting(session, AgendaItem, item_id, version, "point of an agenda")
    item.title, item.presenter, item.position = body.title, body.presenter, body.position
    await session.flush()


@command("agenda.withdraw", permission="groups.change", sunset="goes on")
async def withdraw_agenda_item(
    session: WriteSession, item_id: AgendaItemId, body: WithdrawAgendaItem, *, version: int
) -> None:
    """Take a point from the agenda, with the reason; it stays in the record."""
    item, _ = await _of_meeting(session, AgendaItem, item_id, version, "point of an agenda")
    item.withdrawn_because = body.because
    await session.flush()


@command("attendance.record", permission="groups.change", sunset="goes on")
async def record_attendance(session: WriteSession, meeting_id: MeetingId, body: RecordAttendance) -> AttendanceId:
    """Record who attended a meeting, by delegation."""
    meeting = await _open_meeting(session, meeting_id)
    rules.has_begun(meeting.starts_on, session.today, "attendance")
    rules.is_of_one(body.participant_id, body.office_id)
    reader = await reader_of(session, session.actor)
    await check_delegation(session, reader, body.participant_id, body.office_id)
    attendance = Attendance(
        meeting_id=meeting_id,
        participant_id=body.participant_id,
        office_id=body.office_id,
        persons=body.persons,
        head=body.head,
    )
    session.add(attendance)
    await session.flush()
    return AttendanceId(attendance.id)


@command("attendance.revise", permission="groups.change", sunset="goes on")
async def revise_attendance(
    session: WriteSession, attendance_id: AttendanceId, body: ReviseAttendance, *, version: int
) -> None:
    """Correct how many persons of a delegation attended, or who led them."""
    attendance = await _attendance(session, attendance_id, version)
    attendance.persons, attendance.head = body.persons, body.head
    await session.flush()


@command("attendance.withdraw", permission="groups.change", sunset="goes on")
async def withdraw_attendance(
    session: WriteSession, attendance_id: AttendanceId, body: WithdrawAttendance, *, version: int
) -> None:
    """Take back an attendance that was recorded by mistake; it stays in the record."""
    attendance = await _attendance(session, attendance_id, version)
    attendance.withdrawn_because = body.because
    await session.flush()


@command("minutes.write", permission="groups.change", sunset="goes on")
async def write_minutes(session: WriteSession, meeting_id: MeetingId, body: WriteMinutes, *, version: int) -> None:
    """Write a meeting's minutes as a draft; agreed ones become a draft again, with the reason."""
    meeting = await _open_meeting(session, meeting_id)
    session.check_version(meeting, version, title=f"The meeting {meeting.name}")
    rules.has_begun(meeting.starts_on, session.today, "what its minutes say")
    rules.may_write_minutes(meeting.minutes_state, body.because)
    if meeting.minutes_state == "agreed":
        meeting.minutes_because = body.because
    meeting.minutes, meeting.minutes_state, meeting.minutes_agreed_on = body.minutes, "draft", None
    await session.flush()


@command("minutes.agree", permission="groups.change", sunset="goes on")
async def agree_minutes(session: WriteSession, meeting_id: MeetingId, body: AgreeMinutes, *, version: int) -> None:
    """Record the day on which the delegations agreed to the minutes."""
    meeting = await _open_meeting(session, meeting_id)
    session.check_version(meeting, version, title=f"The meeting {meeting.name}")
    rules.may_agree_minutes(meeting.minutes_state, meeting.ends_on, body.agreed_on, session.today)
    meeting.minutes_state, meeting.minutes_agreed_on = "agreed", body.agreed_on
    await session.flush()


@command("decision.record", permission="groups.change", sunset="goes on")
async def record_decision(session: WriteSession, meeting_id: MeetingId, body: RecordDecision) -> DecisionId:
    """Record what a meeting decided, under its next number."""
    meeting = await _open_meeting(session, meeting_id)
    rules.has_begun(meeting.starts_on, session.today, "what it decides")
    codes = rules.agreed(body.agreed_by)
    rules.serves(body.objective, the_statute())
    # The meeting is locked: two decisions at a time take two numbers.
    last = await session.scalar(
        select(func.max(MeetingDecision.number)).where(MeetingDecision.meeting_id == meeting_id)
    )
    number = (last or 0) + 1
    decision = MeetingDecision(
        meeting_id=meeting_id,
        number=number,
        code=f"D-{number}",
        title=body.title,
        text=body.text,
        objective=body.objective,
        agreed_by=codes,
    )
    session.add(decision)
    await session.flush()
    return DecisionId(decision.id)


@command("decision.revise", permission="groups.change", sunset="goes on")
async def revise_decision(
    session: WriteSession, decision_id: DecisionId, body: ReviseDecision, *, version: int
) -> None:
    """Correct how a decision is recorded."""
    decision, _ = await _of_meeting(session, MeetingDecision, decision_id, version, "decision")
    codes = rules.agreed(body.agreed_by)
    rules.serves(body.objective, the_statute())
    decision.title, decision.text = body.title, body.text
    decision.objective, decision.agreed_by = body.objective, codes
    await session.flush()


@command("decision.withdraw", permission="groups.change", sunset="goes on")
async def withdraw_decision(
    session: WriteSession, decision_id: DecisionId, body: WithdrawDecision, *, version: int
) -> None:
    """Say why a decision stands no longer; it stays in the record under its number."""
    decision, _ = await _of_meeting(session, MeetingDecision, decision_id, version, "decision")
    decision.withdrawn_because = body.because
    await session.flush()


async def _check_group(session: WriteSession, group_id: int | None, starts_on: date, reader: Reader) -> None:
    if group_id is None:
        return
    row = (
        await session.execute(
            select(WorkingGroup.name, WorkingGroup.established_on, WorkingGroup.until).where(
                WorkingGroup.id == group_id, visible_to(reader, WorkingGroup)
            )
        )
    ).one_or_none()
    if row is None:
        raise Invalid(
            "There is no group with this number.",
            mistakes=(Mistake("group_id", "Expected the number of a group of this record.", str(group_id)),),
        )
    rules.may_meet_in_group(row.name, row.established_on, row.until, starts_on)


async def _open_meeting(session: WriteSession, meeting_id: MeetingId) -> Meeting:
    """The meeting, locked, unless it was cancelled."""
    meeting = await the_meeting(session, meeting_id, await reader_of(session, session.actor))
    rules.may_change_meeting(meeting.cancelled_because)
    return meeting


async def _of_meeting(session: WriteSession, table: type[T], number: int, version: int, noun: str) -> tuple[T, Meeting]:
    """What hangs on a meeting, locked with it, in the version that the caller read, unless it was withdrawn."""
    missing = f"There is no {noun} with this number."
    found = await session.get(table, number, with_for_update=True)
    if found is None:
        raise NotFound(missing)
    meeting = await the_meeting(session, found.meeting_id, await reader_of(session, session.actor), missing)
    session.check_version(found, version, title=f"The {noun}")
    rules.may_change_meeting(meeting.cancelled_because)
    rules.may_change_part(f"The {noun}", found.withdrawn_because)
    return found, meeting


async def _attendance(session: WriteSession, attendance_id: AttendanceId, version: int) -> Attendance:
    noun = "attendance"
    found, _ = await _of_meeting(session, Attendance, attendance_id, version, noun)
    try:
        await check_delegation(session, await reader_of(session, session.actor), found.participant_id, None)
    except Invalid:
        raise NotFound(f"There is no {noun} with this number.") from None
    return found


async def _recorded(session: WriteSession, meeting: Meeting) -> int:
    """How much came of a meeting: its minutes, the attendance and the decisions that stand."""
    counted = [
        select(func.count())
        .select_from(table)
        .where(table.meeting_id == meeting.id, table.withdrawn_because.is_(None))
        .scalar_subquery()
        for table in (Attendance, MeetingDecision)
    ]
    return (await session.scalar(select(counted[0] + counted[1])) or 0) + (meeting.minutes is not None)
