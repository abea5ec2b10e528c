"""The JSON door of action items and of what they changed."""

from typing import Final

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.groups import commands, queries
from pipir.kernel.access import Caller
from pipir.kernel.ids import ActionChangeId, ActionItemId, MeetingId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


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
    decision: FromQuery[int | None] = None,
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
            decision_id=decision,
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


@get("/actions/{action_id:int}/changes", opt=allow("groups.read"))
async def changes_of_action(
    action_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> tuple[queries.ChangeView, ...]:
    """The records that an action changed."""
    async with db.read() as session:
        await queries.action(session, caller.reader, ActionItemId(action_id))
        return await queries.changes(session, caller.reader, action_id=ActionItemId(action_id))


@post("/actions/{action_id:int}/changes", opt=allow(commands.name_change))
async def name_change(
    action_id: FromPath[RecordNumber],
    data: JSONBody[commands.NameChange],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ChangeView]:
    """Name a record that a finished action changed."""
    async with db.write(actor=caller.id, command=commands.name_change.name, once=once) as session:
        number = await commands.name_change(session, ActionItemId(action_id), data)
        view = await queries.change(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/action-changes/{number}")
    return answer


@get("/action-changes/{change_id:int}", opt=allow("groups.read"))
async def show_change(
    change_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ChangeView]:
    """One change."""
    async with db.read() as session:
        return shown(await queries.change(session, caller.reader, ActionChangeId(change_id)))


@patch("/action-changes/{change_id:int}/withdraw", opt=allow(commands.withdraw_change))
async def withdraw_change(
    change_id: FromPath[RecordNumber],
    data: JSONBody[commands.WithdrawChange],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ChangeView]:
    """Take back that an action changed a record."""
    async with db.write(actor=caller.id, command=commands.withdraw_change.name) as session:
        await commands.withdraw_change(session, ActionChangeId(change_id), data, version=version)
        view = await queries.change(session, caller.reader, ActionChangeId(change_id))
    return changed(view)


HANDLERS: Final = (
    list_actions,
    assign_action,
    show_action,
    revise_action,
    report_action_done,
    verify_action,
    drop_action,
    changes_of_action,
    name_change,
    show_change,
    withdraw_change,
)
