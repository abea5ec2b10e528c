"""The JSON door of groups and of who belongs to them."""

from typing import Final

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.groups import commands, queries
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import GroupId, GroupMemberId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


@get("/groups", opt=allow("groups.read"))
async def list_groups(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    kind: FromQuery[str | None] = None,
    workstream: FromQuery[int | None] = None,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "name",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.GroupView]:
    """Workstreams and working groups, a page at a time."""
    async with db.read() as session:
        return await queries.list_groups(
            session,
            caller.reader,
            text_in=q,
            kind=kind,
            workstream_id=workstream,
            ended=ended,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@post("/groups", opt=allow(commands.establish_group))
async def establish_group(
    data: JSONBody[commands.EstablishGroup],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.GroupView]:
    """Enter a workstream or working group."""
    async with db.write(actor=caller.id, command=commands.establish_group.name, once=once) as session:
        group_id = await commands.establish_group(session, data)
        view = await queries.group(session, caller.reader, group_id)
        answer = created(session, view, f"/api/v1/groups/{group_id}")
    return answer


@get("/groups/{group_id:int}", opt=allow("groups.read"))
async def show_group(
    group_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.GroupView]:
    """One group."""
    async with db.read() as session:
        return shown(await queries.group(session, caller.reader, GroupId(group_id)))


@get("/groups/{group_id:int}/history", opt=allow("groups.read"))
async def group_history(
    group_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a group, newest first."""
    async with db.read() as session:
        await queries.group(session, caller.reader, GroupId(group_id))
        return await history(session, caller.reader, "working_group", group_id)


@put("/groups/{group_id:int}", opt=allow(commands.revise_group))
async def revise_group(
    group_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseGroup],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.GroupView]:
    """Correct what is recorded of a group."""
    async with db.write(actor=caller.id, command=commands.revise_group.name) as session:
        await commands.revise_group(session, GroupId(group_id), data, version=version)
        view = await queries.group(session, caller.reader, GroupId(group_id))
    return changed(view)


@patch("/groups/{group_id:int}/end", opt=allow(commands.end_group))
async def end_group(
    group_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndGroup],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.GroupView]:
    """Say a group's last day and why."""
    async with db.write(actor=caller.id, command=commands.end_group.name) as session:
        await commands.end_group(session, GroupId(group_id), data, version=version)
        view = await queries.group(session, caller.reader, GroupId(group_id))
    return changed(view)


@get("/groups/{group_id:int}/members", opt=allow("groups.read"))
async def list_members(
    group_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> tuple[queries.MemberView, ...]:
    """Who belongs to a group, co-chairs first, those who have left last."""
    async with db.read() as session:
        await queries.group(session, caller.reader, GroupId(group_id))
        return await queries.members(session, caller.reader, group_id=group_id)


@post("/groups/{group_id:int}/members", opt=allow(commands.add_member))
async def add_member(
    group_id: FromPath[RecordNumber],
    data: JSONBody[commands.AddMember],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.MemberView]:
    """Enter a delegation or an office of ours into a group."""
    async with db.write(actor=caller.id, command=commands.add_member.name, once=once) as session:
        number = await commands.add_member(session, GroupId(group_id), data)
        view = await queries.member(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/group-members/{number}")
    return answer


@get("/group-members/{member_id:int}", opt=allow("groups.read"))
async def show_member(
    member_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.MemberView]:
    """One membership."""
    async with db.read() as session:
        return shown(await queries.member(session, caller.reader, GroupMemberId(member_id)))


@put("/group-members/{member_id:int}", opt=allow(commands.revise_member))
async def revise_member(
    member_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseMember],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.MemberView]:
    """Correct a membership."""
    async with db.write(actor=caller.id, command=commands.revise_member.name) as session:
        await commands.revise_member(session, GroupMemberId(member_id), data, version=version)
        view = await queries.member(session, caller.reader, GroupMemberId(member_id))
    return changed(view)


@patch("/group-members/{member_id:int}/end", opt=allow(commands.end_member))
async def end_member(
    member_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndMember],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.MemberView]:
    """Say a membership's last day and why."""
    async with db.write(actor=caller.id, command=commands.end_member.name) as session:
        await commands.end_member(session, GroupMemberId(member_id), data, version=version)
        view = await queries.member(session, caller.reader, GroupMemberId(member_id))
    return changed(view)


HANDLERS: Final = (
    list_groups,
    establish_group,
    show_group,
    group_history,
    revise_group,
    end_group,
    list_members,
    add_member,
    show_member,
    revise_member,
    end_member,
)
