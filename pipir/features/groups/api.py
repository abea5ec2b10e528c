"""The JSON door of groups, meetings and action items."""

from datetime import date

from litestar import Response, Router, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.groups import commands, queries
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import ActionItemId, GroupId, MeetingId, RecordNumber
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
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "name",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.GroupView]:
    """Workstreams and working groups, a page at a time."""
    async with db.read() as session:
        return await queries.list_groups(
            session, caller.reader, text_in=q, kind=kind, ended=ended, sort=sort, cursor=cursor, limit=limit
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


@get("/meetings", opt=allow("groups.read"))
async def list_meetings(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    group: FromQuery[int | None] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    cancelled: FromQuery[bool] = True,
    sort: FromQuery[str] = "-starts",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.MeetingView]:
    """Meetings of the forum and of groups, a page at a time."""
    async with db.read() as session:
        return await queries.list_meetings(
            session,
            caller.reader,
            text_in=q,
            group_id=group,
            since=since,
            until=until,
            cancelled=cancelled,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@post("/meetings", opt=allow(commands.record_meeting))
async def record_meeting(
    data: JSONBody[commands.RecordMeeting],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.MeetingView]:
    """Enter a meeting, held or planned."""
    async with db.write(actor=caller.id, command=commands.record_meeting.name, once=once) as session:
        meeting_id = await commands.record_meeting(session, data)
        view = await queries.meeting(session, caller.reader, meeting_id)
        answer = created(session, view, f"/api/v1/meetings/{meeting_id}")
    return answer


@get("/meetings/{meeting_id:int}", opt=allow("groups.read"))
async def show_meeting(
    meeting_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.MeetingView]:
    """One meeting."""
    async with db.read() as session:
        return shown(await queries.meeting(session, caller.reader, MeetingId(meeting_id)))


@get("/meetings/{meeting_id:int}/history", opt=allow("groups.read"))
async def meeting_history(
    meeting_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a meeting and of its action items, newest first."""
    async with db.read() as session:
        await queries.meeting(session, caller.reader, MeetingId(meeting_id))
        return await history(session, caller.reader, "meeting", meeting_id)


@put("/meetings/{meeting_id:int}", opt=allow(commands.revise_meeting))
async def revise_meeting(
    meeting_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseMeeting],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.MeetingView]:
    """Correct what is recorded of a meeting, or add its outcome."""
    async with db.write(actor=caller.id, command=commands.revise_meeting.name) as session:
        await commands.revise_meeting(session, MeetingId(meeting_id), data, version=version)
        view = await queries.meeting(session, caller.reader, MeetingId(meeting_id))
    return changed(view)


@patch("/meetings/{meeting_id:int}/cancel", opt=allow(commands.cancel_meeting))
async def cancel_meeting(
    meeting_id: FromPath[RecordNumber],
    data: JSONBody[commands.CancelMeeting],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.MeetingView]:
    """Say why a meeting does not take place."""
    async with db.write(actor=caller.id, command=commands.cancel_meeting.name) as session:
        await commands.cancel_meeting(session, MeetingId(meeting_id), data, version=version)
        view = await queries.meeting(session, caller.reader, MeetingId(meeting_id))
    return changed(view)


@get("/actions", opt=allow("groups.read"))
async def list_actions(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    status: FromQuery[str | None] = None,
    overdue: FromQuery[bool] = False,
    owner: FromQuery[int | None] = None,
    group: FromQuery[int | None] = None,
    meeting: FromQuery[int | None] = None,
    sort: FromQuery[str] = "due",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.ActionView]:
    """Action items, a page at a time."""
    async with db.read() as session:
        return await queries.list_actions(
            session,
            caller.reader,
            text_in=q,
            state=status,
            overdue=overdue,
            owner_person_id=owner,
            group_id=group,
            meeting_id=meeting,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@post("/meetings/{meeting_id:int}/actions", opt=allow(commands.assign_action))
async def assign_action(
    meeting_id: FromPath[RecordNumber],
    data: JSONBody[commands.AssignAction],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ActionView]:
    """Enter what a meeting asks of somebody by a day."""
    async with db.write(actor=caller.id, command=commands.assign_action.name, once=once) as session:
        action_id = await commands.assign_action(session, MeetingId(meeting_id), data)
        view = await queries.action(session, caller.reader, action_id)
        answer = created(session, view, f"/api/v1/actions/{action_id}")
    return answer


@get("/actions/{action_id:int}", opt=allow("groups.read"))
async def show_action(
    action_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ActionView]:
    """One action item; its changes stand in the history of its meeting."""
    async with db.read() as session:
        return shown(await queries.action(session, caller.reader, ActionItemId(action_id)))


@put("/actions/{action_id:int}", opt=allow(commands.revise_action))
async def revise_action(
    action_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseAction],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ActionView]:
    """Change an open action item."""
    async with db.write(actor=caller.id, command=commands.revise_action.name) as session:
        await commands.revise_action(session, ActionItemId(action_id), data, version=version)
        view = await queries.action(session, caller.reader, ActionItemId(action_id))
    return changed(view)


@patch("/actions/{action_id:int}/done", opt=allow(commands.report_action_done))
async def report_action_done(
    action_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReportActionDone],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ActionView]:
    """Report an action item done."""
    async with db.write(actor=caller.id, command=commands.report_action_done.name) as session:
        await commands.report_action_done(session, ActionItemId(action_id), data, version=version)
        view = await queries.action(session, caller.reader, ActionItemId(action_id))
    return changed(view)


@patch("/actions/{action_id:int}/verified", opt=allow(commands.verify_action))
async def verify_action(
    action_id: FromPath[RecordNumber],
    data: JSONBody[commands.VerifyAction],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ActionView]:
    """Verify as the second person that an action item is done."""
    async with db.write(actor=caller.id, command=commands.verify_action.name) as session:
        await commands.verify_action(session, ActionItemId(action_id), data, version=version)
        view = await queries.action(session, caller.reader, ActionItemId(action_id))
    return changed(view)


@patch("/actions/{action_id:int}/dropped", opt=allow(commands.drop_action))
async def drop_action(
    action_id: FromPath[RecordNumber],
    data: JSONBody[commands.DropAction],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ActionView]:
    """Say why an action item is not done."""
    async with db.write(actor=caller.id, command=commands.drop_action.name) as session:
        await commands.drop_action(session, ActionItemId(action_id), data, version=version)
        view = await queries.action(session, caller.reader, ActionItemId(action_id))
    return changed(view)


def routes() -> Router:
    """Every JSON route of groups."""
    return Router(
        path="/api/v1",
        tags=["groups"],
        route_handlers=[
            list_groups,
            establish_group,
            show_group,
            group_history,
            revise_group,
            end_group,
            list_meetings,
            record_meeting,
            show_meeting,
            meeting_history,
            revise_meeting,
            cancel_meeting,
            list_actions,
            assign_action,
            show_action,
            revise_action,
            report_action_done,
            verify_action,
            drop_action,
        ],
    )
