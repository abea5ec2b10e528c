"""What can change of groups: they are established, corrected and ended, and so are memberships in them."""

from datetime import date
from typing import Literal

import msgspec
from sqlalchemy import func, select

from pipir.features.groups import rules
from pipir.features.groups.commands.shared import Part, check_delegation, the_group
from pipir.features.groups.tables import GroupMember, WorkingGroup
from pipir.features.law import queries as law
from pipir.features.law.rules import Act
from pipir.features.people.queries import reader_of
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import GroupId, GroupMemberId, RecordNumber
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
    workstream_id: RecordNumber | None = None
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
    workstream_id: RecordNumber | None = None
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


class AddMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A delegation of a country or an office of ours in a group; a co-chair with the office or role that it is."""

    part: Part
    since: date
    participant_id: RecordNumber | None = None
    office_id: RecordNumber | None = None
    role: Line | None = None


class ReviseMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a membership; another delegation or part is a membership of its own."""

    since: date
    role: Line | None = None


class EndMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of a membership, and why it ends."""

    until: date
    because: Reason


@command("group.establish", permission="groups.change", sunset="group")
async def establish_group(session: WriteSession, body: EstablishGroup) -> GroupId:
    """Enter a workstream or working group."""
    reader = await reader_of(session, session.actor)
    marking = read_marking(body.marking, reader)
    rules.may_belong(body.kind, body.workstream_id)
    await _check_workstream(session, body.workstream_id, reader)
    await law.basis_of(session, _charter(body, on=body.established_on), continuation_id=body.continuation_id)
    group = WorkingGroup(
        name=body.name,
        kind=body.kind,
        workstream_id=body.workstream_id,
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
    rules.may_belong(body.kind, body.workstream_id)
    if body.kind != group.kind:
        rules.may_become(body.kind, await _working_groups(session, group_id))
    if body.workstream_id != group.workstream_id:
        await _check_workstream(session, body.workstream_id, reader)
    # What was in force when it was entered stays; only a change of what it rests on, or of its day, is judged again.
    continued = body.continuation_id not in (None, group.continuation_id)
    if continued or (body.program_authority, body.established_on) != (group.program_authority, group.established_on):
        act = _charter(body, group_id, on=session.today if body.continuation_id else body.established_on)
        await law.basis_of(session, act, continuation_id=body.continuation_id)
        group.acts, group.decided_on = group.acts + 1, act.on
        group.continuation_id = body.continuation_id
        group.late_because, group.late_document = body.late_because, body.late_document
    group.name, group.kind, group.charter = body.name, body.kind, body.charter
    group.workstream_id = body.workstream_id
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


@command("group.add-member", permission="groups.change", sunset="goes on")
async def add_member(session: WriteSession, group_id: GroupId, body: AddMember) -> GroupMemberId:
    """Enter a delegation or an office of ours as co-chair, member or observer of a group."""
    reader = await reader_of(session, session.actor)
    group = await the_group(session, group_id, reader)
    rules.is_of_one(body.participant_id, body.office_id)
    rules.may_join(body.part, body.role, body.since, group.name, group.established_on, group.until)
    await check_delegation(session, reader, body.participant_id, body.office_id)
    member = GroupMember(
        group_id=group_id,
        part=body.part,
        participant_id=body.participant_id,
        office_id=body.office_id,
        role=body.role,
        since=body.since,
    )
    session.add(member)
    await session.flush()
    return GroupMemberId(member.id)


@command("group.revise-member", permission="groups.change", sunset="goes on")
async def revise_member(session: WriteSession, member_id: GroupMemberId, body: ReviseMember, *, version: int) -> None:
    """Correct a membership's first day, or the office or role behind it."""
    member, group = await _member(session, member_id, version)
    rules.may_change_member(member.until)
    rules.may_join(member.part, body.role, body.since, group.name, group.established_on, group.until)
    member.since, member.role = body.since, body.role
    await session.flush()


@command("group.end-member", permission="groups.change", sunset="goes on")
async def end_member(session: WriteSession, member_id: GroupMemberId, body: EndMember, *, version: int) -> None:
    """Say a membership's last day and why; it stays in the record."""
    member, _ = await _member(session, member_id, version)
    rules.may_leave(member.since, member.until, body.until)
    member.until, member.ended_because = body.until, body.because
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
    group = await the_group(session, group_id, reader)
    session.check_version(group, version, title=f"The group {group.name}")
    return group


async def _check_workstream(session: WriteSession, workstream_id: int | None, reader: Reader) -> None:
    if workstream_id is None:
        return
    statement = select(WorkingGroup.id).where(
        WorkingGroup.id == workstream_id, WorkingGroup.kind == "workstream", visible_to(reader, WorkingGroup)
    )
    if await session.scalar(statement) is None:
        raise Invalid(
            "There is no workstream with this number.",
            mistakes=(Mistake("workstream_id", "Expected a workstream of this record.", str(workstream_id)),),
        )


async def _working_groups(session: WriteSession, workstream_id: int) -> int:
    counted = select(func.count()).select_from(WorkingGroup).where(WorkingGroup.workstream_id == workstream_id)
    return await session.scalar(counted) or 0


async def _member(session: WriteSession, member_id: GroupMemberId, version: int) -> tuple[GroupMember, WorkingGroup]:
    missing = "There is no membership with this number."
    member = await session.get(GroupMember, member_id, with_for_update=True)
    if member is None:
        raise NotFound(missing)
    reader = await reader_of(session, session.actor)
    group = await session.scalar(
        select(WorkingGroup).where(WorkingGroup.id == member.group_id, visible_to(reader, WorkingGroup))
    )
    if group is None:
        raise NotFound(missing)
    try:
        await check_delegation(session, reader, member.participant_id, None)
    except Invalid:
        raise NotFound(missing) from None
    session.check_version(member, version, title="The membership")
    return member, group
