"""Action items: list and file, one item, and its forms."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.groups import commands, queries, rules
from pipir.features.groups.pages.shared import STATE_NAMES, group_choices
from pipir.features.groups.tables import ACTION_STATES
from pipir.features.people.queries import person_choices
from pipir.kernel.access import Caller
from pipir.kernel.ids import ActionItemId, MeetingId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.store.doors import Database
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.exports import export_file, fields, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

_ACTION_SORTS: Final = ("due", "title", "owner", "state")
_COLUMNS: Final = fields(
    "id", "title", "meeting", "decision", "owner", "due_on", "state", "overdue", "done_on", "done_evidence",
    "reported_by", "verified_on", "verified_by", "dropped_on", "dropped_because", "marking", "exercise",
)  # fmt: skip


@dataclass(frozen=True)
class _ActionsPage:
    list: ListView[queries.ActionView]
    states: tuple[tuple[str, str], ...]
    state_names: dict[str, str]
    groups: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _ActionPage:
    action: queries.ActionView
    states: dict[str, str]
    may_change: bool
    is_second_person: bool
    changes: tuple[queries.ChangeView, ...]
    done_form: Form[commands.ReportActionDone]
    verify_form: Form[commands.VerifyAction]
    drop_form: Form[commands.DropAction]


@dataclass(frozen=True)
class _ActionFormPage:
    form: Form[Any]
    meeting: queries.MeetingView
    action_item: queries.ActionView | None
    people: tuple[tuple[str, str], ...]
    decisions: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str


@get("/actions", opt=allow("groups.read"))
async def actions(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    status: FromQuery[str] = "",
    overdue: FromQuery[bool] = False,
    group: FromQuery[int | None] = None,
    sort: FromQuery[str] = "due",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Every action item that came out of a meeting."""
    async with db.read() as session:
        found = await queries.list_actions(
            session,
            caller.reader,
            text_in=q or None,
            state=status or None,
            overdue=overdue,
            group_id=group,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        choices = await group_choices(session, caller)
        view = frame.list_view(
            found,
            noun=("action item", "action items"),
            sort=sort,
            sorts=_ACTION_SORTS,
            chosen={"q": q, "status": status, "overdue": overdue, "group": group},
            labels=dict(choices) | STATE_NAMES | {"true": "past their day"},
            columns=_COLUMNS,
        )
        page = _ActionsPage(view, tuple((each, STATE_NAMES[each]) for each in ACTION_STATES), STATE_NAMES, choices)
        return frame.show("groups/actions.html", page, now=session.now)


@get(file_paths("/actions/export"), opt=allow("groups.read"))
async def export_actions(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    status: FromQuery[str] = "",
    overdue: FromQuery[bool] = False,
    group: FromQuery[int | None] = None,
    sort: FromQuery[str] = "due",
) -> Response[bytes]:
    """Exactly the action items of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_actions(
                session,
                caller.reader,
                text_in=q or None,
                state=status or None,
                overdue=overdue,
                group_id=group,
                sort=sort,
                cursor=cursor,
                limit=AT_ONCE,
            )
        )
    return await export_file(request, "actions", _COLUMNS, found)


@get("/meetings/{meeting_id:int}/actions/new", opt=allow(commands.assign_action))
async def new_action(
    meeting_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    decision: FromQuery[int | None] = None,
) -> Response[bytes]:
    """The empty form of an action item, of the decision whose page led here, if one did."""
    async with db.read() as session:
        rules.may_change_meeting(
            (await queries.meeting(session, caller.reader, MeetingId(meeting_id))).cancelled_because
        )
    form = Form(commands.AssignAction, {"decision_id": str(decision or "")})
    return await _action_form(frame, db, caller, form, MeetingId(meeting_id), None)


@post("/meetings/{meeting_id:int}/actions/new", opt=allow(commands.assign_action), status_code=303)
async def assign_action(
    meeting_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter what a meeting asks of somebody by a day."""
    form = await read_form(request, commands.AssignAction)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.assign_action.name, once=once) as session:
            await commands.assign_action(session, MeetingId(meeting_id), body)
            answer = see_other(session, f"/meetings/{meeting_id}#actions")
        return answer
    return await _action_form(frame, db, caller, form, MeetingId(meeting_id), None)


@get("/actions/{action_id:int}", opt=allow("groups.read"))
async def action(
    action_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One action item, and what may be done with it next."""
    return await _action_page(frame, db, caller, ActionItemId(action_id))


@get("/actions/{action_id:int}/revise", opt=allow(commands.revise_action))
async def action_to_revise(
    action_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The filled form of an action item."""
    async with db.read() as session:
        view = await queries.action(session, caller.reader, ActionItemId(action_id))
    rules.may_revise_action(view.state)
    form: Form[Any] = Form.of(commands.ReviseAction, view)
    return await _action_form(frame, db, caller, form, MeetingId(view.meeting_id), view)


@post("/actions/{action_id:int}/revise", opt=allow(commands.revise_action), status_code=303)
async def revise_action(
    action_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Change an open action item."""
    form = await read_form(request, commands.ReviseAction)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_action.name) as session:
            await commands.revise_action(session, ActionItemId(action_id), body, version=form.version)
        return see_other(None, f"/actions/{action_id}")
    async with db.read() as session:
        view = await queries.action(session, caller.reader, ActionItemId(action_id))
    return await _action_form(frame, db, caller, form, MeetingId(view.meeting_id), view)


@post("/actions/{action_id:int}/report-done", opt=allow(commands.report_action_done), status_code=303)
async def report_action_done(
    action_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Report an action item done."""
    form = await read_form(request, commands.ReportActionDone)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.report_action_done.name) as session:
            await commands.report_action_done(session, ActionItemId(action_id), body, version=form.version)
        return see_other(None, f"/actions/{action_id}")
    return await _action_page(frame, db, caller, ActionItemId(action_id), done_form=form, status=form.status)


@post("/actions/{action_id:int}/verify", opt=allow(commands.verify_action), status_code=303)
async def verify_action(
    action_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Verify as the second person that an action item is done."""
    form = await read_form(request, commands.VerifyAction)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.verify_action.name) as session:
            await commands.verify_action(session, ActionItemId(action_id), body, version=form.version)
        return see_other(None, f"/actions/{action_id}")
    return await _action_page(frame, db, caller, ActionItemId(action_id), verify_form=form, status=form.status)


@post("/actions/{action_id:int}/drop", opt=allow(commands.drop_action), status_code=303)
async def drop_action(
    action_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say why an action item is not done."""
    form = await read_form(request, commands.DropAction)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.drop_action.name) as session:
            await commands.drop_action(session, ActionItemId(action_id), body, version=form.version)
        return see_other(None, f"/actions/{action_id}")
    return await _action_page(frame, db, caller, ActionItemId(action_id), drop_form=form, status=form.status)


async def _action_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    action_id: ActionItemId,
    *,
    done_form: Form[commands.ReportActionDone] | None = None,
    verify_form: Form[commands.VerifyAction] | None = None,
    drop_form: Form[commands.DropAction] | None = None,
    status: int = 200,
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.action(session, caller.reader, action_id)
        page = _ActionPage(
            action=view,
            states=STATE_NAMES,
            may_change=caller.may("groups.change"),
            is_second_person=view.reported_by_id != caller.id,
            changes=await queries.changes(session, caller.reader, action_id=action_id),
            done_form=done_form or Form(commands.ReportActionDone),
            verify_form=verify_form or Form(commands.VerifyAction),
            drop_form=drop_form or Form(commands.DropAction),
        )
        return frame.show("groups/action.html", page, now=session.now, status=status, marking=view.marking)


async def _action_form(
    frame: Frame,
    db: Database,
    caller: Caller,
    form: Form[Any],
    meeting_id: MeetingId,
    view: queries.ActionView | None,
) -> Response[bytes]:
    async with db.read() as session:
        people = await person_choices(session)
        decided = await queries.decisions_of(session, caller.reader, meeting_id)
        page = _ActionFormPage(
            form=form,
            meeting=await queries.meeting(session, caller.reader, meeting_id),
            action_item=view,
            people=people,
            decisions=tuple(
                (str(each.id), f"{each.code}: {each.title}")
                for each in decided
                if each.withdrawn_because is None or (view is not None and each.id == view.decision_id)
            ),
            action=f"/actions/{view.id}/revise" if view else f"/meetings/{meeting_id}/actions/new",
            cancel_href=f"/actions/{view.id}" if view else f"/meetings/{meeting_id}",
        )
        return frame.show("groups/action_form.html", page, now=session.now, status=form.status)


HANDLERS: Final = (
    actions,
    export_actions,
    new_action,
    assign_action,
    action,
    action_to_revise,
    revise_action,
    report_action_done,
    verify_action,
    drop_action,
)
