"""What can change in groups."""

from datetime import date
from typing import Literal

import msgspec
from sqlalchemy import select

from pipir.features.groups import rules
from pipir.features.groups.tables import ActionItem, Meeting, WorkingGroup
from pipir.features.law import queries as law
from pipir.features.law.rules import Act
from pipir.features.people.queries import reader_of
from pipir.features.people.tables import Person
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import ActionItemId, GroupId, MeetingId, RecordNumber
from pipir.kernel.marking import Reader, read_marking
from pipir.kernel.text import Line, Prose, Reason, SourceText
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession

GroupKind = Literal["workstream", "working group"]


class EstablishGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A workstream or working group as entered; `program_authority` None where it rests on office policy alone."""

    name: Line
    kind: GroupKind
    established_on: date
    source: SourceText
    charter: Prose | None = None
    program_authority: Line | None = None
    marking: Line = "CUI"
    continuation_id: RecordNumber | None = None
    late_because: Reason | None = None
    late_document: Line | None = None


class ReviseGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a group."""

    name: Line
    kind: GroupKind
    established_on: date
    source: SourceText
    charter: Prose | None = None
    program_authority: Line | None = None
    marking: Line = "CUI"
    continuation_id: RecordNumber | None = None
    late_because: Reason | None = None
    late_document: Line | None = None


class EndGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of a group, and why it ends."""

    until: date
    because: Reason


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


class AssignAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody is to do by a day: a person of this record, or somebody named in words."""

    title: Line
    due_on: date
    owner_person_id: RecordNumber | None = None
    owner_text: Line | None = None


class ReviseAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of an open action item."""

    title: Line
    due_on: date
    owner_person_id: RecordNumber | None = None
    owner_text: Line | None = None


class ReportActionDone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day an action was done, and what shows it."""

    done_on: date
    evidence: Reason


class VerifyAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing but the word of the second person."""


class DropAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an action is not done."""

    because: Reason


@command("group.establish", permission="groups.change", sunset="group")
async def establish_group(session: WriteSession, body: EstablishGroup) -> GroupId:
    """Enter a workstream or working group."""
    marking = read_marking(body.marking, await reader_of(session, session.actor))
    await law.basis_of(session, _charter(body, on=body.established_on), continuation_id=body.continuation_id)
    group = WorkingGroup(
        name=body.name,
        kind=body.kind,
        charter=body.charter,
        program_authority=body.program_authority,
        established_on=body.established_on,
        source=body.source,
        decided_on=body.established_on,
        continuation_id=body.continuation_id,
        late_because=body.late_because,
        late_document=body.late_document,
    )
    group.mark(marking)
    session.add(group)
    await session.flush()
    return GroupId(group.id)


@command("group.revise", permission="groups.change", sunset="group")
async def revise_group(session: WriteSession, group_id: GroupId, body: ReviseGroup, *, version: int) -> None:
    """Correct what is recorded of a group."""
    reader = await reader_of(session, session.actor)
    group = await _group(session, group_id, reader, version)
    marking = read_marking(body.marking, reader)
    rules.may_establish_on(body.established_on, group.until)
    # What was in force when it was entered stays; only a change of what it rests on, or of its day, is judged again.
    continued = body.continuation_id not in (None, group.continuation_id)
    if continued or (body.program_authority, body.established_on) != (group.program_authority, group.established_on):
        act = _charter(body, group_id, on=session.today if body.continuation_id else body.established_on)
        await law.basis_of(session, act, continuation_id=body.continuation_id)
        group.acts, group.decided_on = group.acts + 1, act.on
        group.continuation_id = body.continuation_id
        group.late_because, group.late_document = body.late_because, body.late_document
    group.name, group.kind, group.charter = body.name, body.kind, body.charter
    group.program_authority, group.established_on = body.program_authority, body.established_on
    group.source = body.source
    group.mark(marking)
    await session.flush()


@command("group.end", permission="groups.change", sunset="goes on")
async def end_group(session: WriteSession, group_id: GroupId, body: EndGroup, *, version: int) -> None:
    """Say a group's last day and why; it stays in the record."""
    group = await _group(session, group_id, await reader_of(session, session.actor), version)
    rules.may_end(group.name, group.until)
    rules.may_last(group.established_on, body.until)
    group.until, group.ended_because = body.until, body.because
    await session.flush()


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
    meeting = await _meeting(session, meeting_id, reader)
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
    meeting = await _meeting(session, meeting_id, await reader_of(session, session.actor))
    session.check_version(meeting, version, title=f"The meeting {meeting.name}")
    rules.may_cancel(meeting.cancelled_because, meeting.outcome)
    meeting.cancelled_because = body.because
    await session.flush()


@command("action.assign", permission="groups.change", sunset="goes on")
async def assign_action(session: WriteSession, meeting_id: MeetingId, body: AssignAction) -> ActionItemId:
    """Enter what a meeting asks of somebody by a day."""
    meeting = await _meeting(session, meeting_id, await reader_of(session, session.actor))
    rules.may_change_meeting(meeting.cancelled_because)
    await _check_owner(session, body.owner_person_id, body.owner_text)
    action = ActionItem(
        meeting_id=meeting_id,
        title=body.title,
        owner_person_id=body.owner_person_id,
        owner_text=body.owner_text,
        due_on=body.due_on,
        state="open",
    )
    session.add(action)
    await session.flush()
    return ActionItemId(action.id)


@command("action.revise", permission="groups.change", sunset="goes on")
async def revise_action(session: WriteSession, action_id: ActionItemId, body: ReviseAction, *, version: int) -> None:
    """Change an open action item's words, owner or day."""
    action = await _action(session, action_id, version)
    rules.may_revise_action(action.state)
    await _check_owner(session, body.owner_person_id, body.owner_text)
    action.title, action.due_on = body.title, body.due_on
    action.owner_person_id, action.owner_text = body.owner_person_id, body.owner_text
    await session.flush()


@command("action.report-done", permission="groups.change", sunset="goes on")
async def report_action_done(
    session: WriteSession, action_id: ActionItemId, body: ReportActionDone, *, version: int
) -> None:
    """Report an action item done, with the day and the evidence; a second person then verifies it."""
    action = await _action(session, action_id, version)
    rules.may_report_done(action.state, body.done_on, session.today)
    action.state, action.done_on, action.done_evidence = "done", body.done_on, body.evidence
    action.reported_by_id = session.actor
    await session.flush()


@command("action.verify", permission="groups.change", sunset="goes on")
async def verify_action(session: WriteSession, action_id: ActionItemId, body: VerifyAction, *, version: int) -> None:
    """Verify as the second person that an action item is done."""
    action = await _action(session, action_id, version)
    rules.may_verify(action.state, action.reported_by_id, session.actor)
    action.state, action.verified_on, action.verified_by_id = "verified", session.today, session.actor
    await session.flush()


@command("action.drop", permission="groups.change", sunset="goes on")
async def drop_action(session: WriteSession, action_id: ActionItemId, body: DropAction, *, version: int) -> None:
    """Say why an action item is not done; it stays in the record."""
    action = await _action(session, action_id, version)
    rules.may_drop(action.state)
    action.state, action.dropped_on, action.dropped_because = "dropped", session.today, body.because
    await session.flush()


def _charter(body: EstablishGroup | ReviseGroup, group_id: GroupId | None = None, *, on: date) -> Act:
    return Act(
        kind="group",
        on=on,
        authority=body.program_authority,
        record_id=group_id,
        title=body.name,
        late_because=body.late_because,
        late_document=body.late_document,
    )


async def _group(session: WriteSession, group_id: GroupId, reader: Reader, version: int) -> WorkingGroup:
    group = await session.scalar(
        select(WorkingGroup)
        .where(WorkingGroup.id == group_id, visible_to(reader, WorkingGroup))
        .with_for_update(of=WorkingGroup)
    )
    if group is None:
        raise NotFound("There is no group with this number.")
    session.check_version(group, version, title=f"The group {group.name}")
    return group


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


async def _meeting(session: WriteSession, meeting_id: MeetingId, reader: Reader) -> Meeting:
    meeting = await session.scalar(
        select(Meeting).where(Meeting.id == meeting_id, visible_to(reader, Meeting)).with_for_update(of=Meeting)
    )
    if meeting is None:
        raise NotFound("There is no meeting with this number.")
    return meeting


async def _action(session: WriteSession, action_id: ActionItemId, version: int) -> ActionItem:
    action = await session.scalar(
        select(ActionItem)
        .join(Meeting, Meeting.id == ActionItem.meeting_id)
        .where(ActionItem.id == action_id, visible_to(await reader_of(session, session.actor), Meeting))
        .with_for_update(of=ActionItem)
    )
    if action is None:
        raise NotFound("There is no action item with this number.")
    session.check_version(action, version, title="The action item")
    return action


async def _check_owner(session: WriteSession, owner_person_id: int | None, owner_text: str | None) -> None:
    rules.has_owner(owner_person_id, owner_text)
    if owner_person_id is None:
        return
    known = await session.scalar(select(Person.id).where(Person.id == owner_person_id, Person.kind == "person"))
    if known is None:
        raise Invalid(
            "There is no person with this number.",
            mistakes=(Mistake("owner_person_id", "Expected the number of a person.", str(owner_person_id)),),
        )
