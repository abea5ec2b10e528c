"""The program's groups, their meetings, and what became of the meetings' actions."""

from datetime import date, timedelta
from typing import cast

from pipir.exercise import words
from pipir.exercise.days import FIRST, TODAY
from pipir.exercise.meetings import WORKING_GROUPS, WORKSTREAMS, PlannedAction, PlannedGroup, PlannedMeeting
from pipir.exercise.program.course import PERSONS, PRIME, Act, Program, version_of
from pipir.exercise.program.proceedings import name_what_changed, plan_minutes, record_proceedings
from pipir.features.groups import commands as groups
from pipir.features.groups.commands.shared import Part
from pipir.features.groups.tables import ActionItem, Meeting
from pipir.kernel.ids import ActionItemId, GroupId, MeetingId
from pipir.store.doors import WriteSession


def plan_groups(program: Program) -> None:
    for name in WORKSTREAMS:
        program.at(FIRST, "office", _establish(program, name, None, FIRST, None))
    for group in WORKING_GROUPS:
        program.at(
            group.established_on,
            "office",
            _establish(program, group.name, group.charter, group.established_on, "1253.e.2", group.workstream),
        )
        program.at(group.established_on, "office", _add_members(program, group))


def _establish(
    program: Program, name: str, charter: str | None, day: date, authority: str | None, workstream: str | None = None
) -> Act:
    async def act(session: WriteSession) -> None:
        # The workstreams stand in the public record where it was loaded.
        if name not in program.groups:
            body = groups.EstablishGroup(
                name=name,
                kind="working group" if authority else "workstream",
                established_on=day,
                source=words.SOURCE,
                charter=charter,
                program_authority=authority,
                workstream_id=program.groups[workstream] if workstream else None,
            )
            program.groups[name] = await groups.establish_group(session, body)

    return act


def _add_members(program: Program, group: PlannedGroup) -> Act:
    """The office and the partners that lead the group, and two that only look on."""

    async def act(session: WriteSession) -> None:
        number, since = GroupId(program.groups[group.name]), group.established_on
        ours = groups.AddMember("co-chair", since, office_id=program.offices[PRIME], role="Director (exercise)")
        await groups.add_member(session, number, ours)
        for code in group.chairs:
            body = groups.AddMember(
                "co-chair", since, participant_id=program.countries[code], role="Ministry of defense (exercise)"
            )
            await groups.add_member(session, number, body)
        for code, part in (("NZL", "member"), ("GBR", "observer")):
            seat = groups.AddMember(cast("Part", part), since, participant_id=program.countries[code])
            await groups.add_member(session, number, seat)

    return act


def plan_meeting(program: Program, meeting: PlannedMeeting) -> None:
    if meeting.starts_on > TODAY:
        return

    async def record(session: WriteSession) -> None:
        await record_meeting(program, session, meeting)

    async def cancel(session: WriteSession) -> None:
        number = MeetingId(program.meeting_ids[meeting.name, meeting.starts_on])
        assert meeting.cancelled_because is not None
        body = groups.CancelMeeting(meeting.cancelled_because)
        await groups.cancel_meeting(session, number, body, version=await version_of(session, Meeting, number))

    if meeting.cancelled_because:
        # A new group announces no meeting before it stands.
        stands = next((each.established_on for each in WORKING_GROUPS if each.name == meeting.group), FIRST)
        program.at(max(meeting.starts_on - timedelta(days=28), stands), "office", record)
        program.at(meeting.starts_on - timedelta(days=7), "office", cancel)
    else:
        program.at(meeting.ends_on, "office", record)
        plan_minutes(program, meeting)
    for action in meeting.actions:
        _plan_action(program, meeting, action)


async def record_meeting(program: Program, session: WriteSession, meeting: PlannedMeeting) -> None:
    body = groups.RecordMeeting(
        name=meeting.name,
        place=meeting.place,
        starts_on=meeting.starts_on,
        ends_on=meeting.ends_on,
        source=words.SOURCE,
        group_id=program.groups[meeting.group] if meeting.group else None,
        outcome=meeting.outcome,
        marking=meeting.marking,
    )
    number = await groups.record_meeting(session, body)
    program.meeting_ids[meeting.name, meeting.starts_on] = number
    decision = await record_proceedings(program, session, meeting, number)
    for place, action in enumerate(meeting.actions):
        assigned = groups.AssignAction(
            title=action.title,
            due_on=action.due_on,
            owner_person_id=program.people[PERSONS["office"]] if action.own else None,
            owner_text=None if action.own else f"Delegation of {action.owner} (exercise)",
            decision_id=decision if place == 0 else None,
        )
        program.actions[number, action.title] = await groups.assign_action(session, number, assigned)


def _plan_action(program: Program, meeting: PlannedMeeting, action: PlannedAction) -> None:
    def number() -> ActionItemId:
        return ActionItemId(program.actions[program.meeting_ids[meeting.name, meeting.starts_on], action.title])

    async def report_done(session: WriteSession) -> None:
        assert action.ended_on is not None
        body = groups.ReportActionDone(action.ended_on, "Paper sent to the members of the group (exercise).")
        version = await version_of(session, ActionItem, number())
        await groups.report_action_done(session, number(), body, version=version)

    async def verify(session: WriteSession) -> None:
        version = await version_of(session, ActionItem, number())
        await groups.verify_action(session, number(), groups.VerifyAction(), version=version)
        if action is meeting.actions[0]:
            await name_what_changed(program, session, meeting, number())

    async def drop(session: WriteSession) -> None:
        body = groups.DropAction("Overtaken by a later decision of the group.")
        version = await version_of(session, ActionItem, number())
        await groups.drop_action(session, number(), body, version=version)

    if action.ended_on is None:
        return
    program.at(action.ended_on, "office", drop if action.end == "dropped" else report_done)
    if action.verified_on is not None:
        program.at(action.verified_on, "second", verify)
