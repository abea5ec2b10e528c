"""What can change of action items: asked for, done, verified or dropped; and what a finished one changed."""

from datetime import date

import msgspec
from sqlalchemy import select

from pipir.features.groups import rules
from pipir.features.groups.commands.shared import the_meeting
from pipir.features.groups.tables import ActionChange, ActionItem, Meeting, MeetingDecision
from pipir.features.people.queries import reader_of
from pipir.features.people.tables import Person
from pipir.features.search.queries import record
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import ActionChangeId, ActionItemId, MeetingId, RecordNumber
from pipir.kernel.text import Line, Reason
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession


class AssignAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody is to do by a day: a person of this record, or somebody named in words;
    `decision_id` is the decision of the meeting that it comes from, if any.
    """

    title: Line
    due_on: date
    owner_person_id: RecordNumber | None = None
    owner_text: Line | None = None
    decision_id: RecordNumber | None = None


class ReviseAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of an open action item."""

    title: Line
    due_on: date
    owner_person_id: RecordNumber | None = None
    owner_text: Line | None = None
    decision_id: RecordNumber | None = None


class ReportActionDone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day an action was done, and what shows it."""

    done_on: date
    evidence: Reason


class VerifyAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing but the word of the second person."""


class DropAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an action is not done."""

    because: Reason


class NameChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record that a finished action changed, by kind (its name in the trail) and number, and what changed of it."""

    changed_kind: Line
    changed_id: RecordNumber
    what: Line


class WithdrawChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a record was named as changed by mistake."""

    because: Reason


@command("action.assign", permission="groups.change", sunset="goes on")
async def assign_action(session: WriteSession, meeting_id: MeetingId, body: AssignAction) -> ActionItemId:
    """Enter what a meeting asks of somebody by a day."""
    meeting = await the_meeting(session, meeting_id, await reader_of(session, session.actor))
    rules.may_change_meeting(meeting.cancelled_because)
    await _check_owner(session, body.owner_person_id, body.owner_text)
    await _check_decision(session, meeting_id, body.decision_id)
    action = ActionItem(
        meeting_id=meeting_id,
        decision_id=body.decision_id,
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
    if body.decision_id != action.decision_id:
        await _check_decision(session, action.meeting_id, body.decision_id)
    action.title, action.due_on, action.decision_id = body.title, body.due_on, body.decision_id
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


@command("action.name-change", permission="groups.change", sunset="goes on")
async def name_change(session: WriteSession, action_id: ActionItemId, body: NameChange) -> ActionChangeId:
    """Name a record that a finished action changed; the record's page then says what it follows from."""
    action = await _action(session, action_id, None)
    rules.may_name_change(action.state, body.changed_kind)
    try:
        await record(session, await reader_of(session, session.actor), body.changed_kind, body.changed_id)
    except NotFound as wrong:
        raise Invalid(wrong.detail, mistakes=(Mistake("changed_id", wrong.detail, str(body.changed_id)),)) from None
    change = ActionChange(
        action_item_id=action_id, record_kind=body.changed_kind, record_id=body.changed_id, what=body.what
    )
    session.add(change)
    await session.flush()
    return ActionChangeId(change.id)


@command("action.withdraw-change", permission="groups.change", sunset="goes on")
async def withdraw_change(
    session: WriteSession, change_id: ActionChangeId, body: WithdrawChange, *, version: int
) -> None:
    """Take back that an action changed a record; it stays in the trail."""
    missing = "There is no change with this number."
    change = await session.get(ActionChange, change_id, with_for_update=True)
    if change is None:
        raise NotFound(missing)
    try:
        await _action(session, change.action_item_id, None)
        await record(session, await reader_of(session, session.actor), change.record_kind, change.record_id)
    except NotFound:
        raise NotFound(missing) from None
    session.check_version(change, version, title="The change")
    rules.may_change_part("The change", change.withdrawn_because)
    change.withdrawn_because = body.because
    await session.flush()


async def _action(session: WriteSession, action_id: int, version: int | None) -> ActionItem:
    action = await session.scalar(
        select(ActionItem)
        .join(Meeting, Meeting.id == ActionItem.meeting_id)
        .where(ActionItem.id == action_id, visible_to(await reader_of(session, session.actor), Meeting))
        .with_for_update(of=ActionItem)
    )
    if action is None:
        raise NotFound("There is no action item with this number.")
    if version is not None:
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


async def _check_decision(session: WriteSession, meeting_id: int, decision_id: int | None) -> None:
    if decision_id is None:
        return
    row = (
        await session.execute(
            select(MeetingDecision.meeting_id, MeetingDecision.withdrawn_because).where(
                MeetingDecision.id == decision_id
            )
        )
    ).one_or_none()
    rules.may_come_from(
        meeting_id, row.meeting_id if row else None, row.withdrawn_because if row else None, decision_id
    )
