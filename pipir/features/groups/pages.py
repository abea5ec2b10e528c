"""The HTML door of groups, meetings and action items."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.groups import commands, queries
from pipir.features.groups.tables import ACTION_STATES, GROUP_KINDS
from pipir.features.people.queries import list_people
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.errors import Refused
from pipir.kernel.ids import ActionItemId, GroupId, MeetingId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.sheets import Cell, csv_bytes
from pipir.statute.load import the_statute
from pipir.statute.lookup import authorities
from pipir.statute.model import Provision
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView, show_day

LARGEST_EXPORT: Final = 10_000
_GROUP_SORTS: Final = ("name", "kind", "established")
_MEETING_SORTS: Final = ("starts", "name", "place")
_ACTION_SORTS: Final = ("due", "title", "owner", "state")
_STATE_NAMES: Final = {
    "open": "open",
    "done": "reported done",
    "verified": "verified",
    "dropped": "dropped",
}


@dataclass(frozen=True)
class _Event:
    title: str
    href: str
    sub: str


@dataclass(frozen=True)
class _GroupsPage:
    list: ListView[queries.GroupView]
    kinds: tuple[str, ...]
    counts: queries.ActionCounts
    timeline: tuple[_Event, ...]
    may_change: bool


@dataclass(frozen=True)
class _GroupPage:
    group: queries.GroupView
    authority: Provision | None
    meetings: tuple[queries.MeetingView, ...]
    actions: tuple[queries.ActionView, ...]
    history: tuple[TrailView, ...]
    may_change: bool
    end_form: Form[commands.EndGroup]


@dataclass(frozen=True)
class _GroupFormPage:
    form: Form[Any]
    group: queries.GroupView | None
    kinds: tuple[str, ...]
    authorities: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str


@dataclass(frozen=True)
class _MeetingsPage:
    list: ListView[queries.MeetingView]
    groups: tuple[tuple[str, str], ...]
    may_change: bool


@dataclass(frozen=True)
class _MeetingPage:
    meeting: queries.MeetingView
    actions: tuple[queries.ActionView, ...]
    states: dict[str, str]
    history: tuple[TrailView, ...]
    may_change: bool
    cancel_form: Form[commands.CancelMeeting]


@dataclass(frozen=True)
class _MeetingFormPage:
    form: Form[Any]
    meeting: queries.MeetingView | None
    groups: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str


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
    done_form: Form[commands.ReportActionDone]
    verify_form: Form[commands.VerifyAction]
    drop_form: Form[commands.DropAction]


@dataclass(frozen=True)
class _ActionFormPage:
    form: Form[Any]
    meeting: queries.MeetingView
    action_item: queries.ActionView | None
    people: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str


# ---- groups


@get("/groups", opt=allow("groups.read"))
async def groups(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "kind",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Workstreams and working groups, and the meetings as a line in time."""
    async with db.read() as session:
        found = await queries.list_groups(
            session,
            caller.reader,
            text_in=q or None,
            kind=kind or None,
            ended=ended,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        meetings = await queries.list_meetings(session, caller.reader, limit=12)
        view = frame.list_view(
            found,
            noun=("group", "groups"),
            sort=sort,
            sorts=_GROUP_SORTS,
            chosen={"q": q, "kind": kind, "ended": ended},
            labels={"true": "with ended groups"},
            export="/groups/export.csv",
        )
        page = _GroupsPage(
            list=view,
            kinds=GROUP_KINDS,
            counts=await queries.count_actions(session, caller.reader),
            timeline=tuple(_event(each) for each in meetings.items),
            may_change=caller.may("groups.change"),
        )
        return frame.show("groups/groups.html", page, now=session.now)


@get("/groups/export.csv", opt=allow("groups.read"))
async def export_groups(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "kind",
) -> Response[bytes]:
    """The groups under the same filters, as a file."""
    async with db.read() as session:
        found = await queries.list_groups(
            session,
            caller.reader,
            text_in=q or None,
            kind=kind or None,
            ended=ended,
            sort=sort,
            limit=LARGEST_EXPORT,
        )
    return _file("groups.csv", queries.GroupView.__struct_fields__, found.items, more=found.next_cursor)


@get("/groups/new", opt=allow(commands.establish_group))
async def new_group(frame: NamedDependency[Frame]) -> Response[bytes]:
    """The empty form of a group."""
    return _group_form(frame, Form(commands.EstablishGroup, {"marking": "CUI"}), None)


@post("/groups/new", opt=allow(commands.establish_group), status_code=303)
async def establish_group(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a workstream or working group."""
    form = await read_form(request, commands.EstablishGroup)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.establish_group.name, once=once) as session:
            group_id = await commands.establish_group(session, body)
            answer = see_other(session, f"/groups/{group_id}")
        return answer
    return _group_form(frame, form, None)


@get("/groups/{group_id:int}", opt=allow("groups.read"))
async def group(
    group_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One group, its meetings, open actions and history."""
    return await _group_page(frame, db, caller, GroupId(group_id))


@get("/groups/{group_id:int}/revise", opt=allow(commands.revise_group))
async def group_to_revise(
    group_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The filled form of a group."""
    async with db.read() as session:
        view = await queries.group(session, caller.reader, GroupId(group_id))
    return _group_form(frame, Form.of(commands.ReviseGroup, view), view)


@post("/groups/{group_id:int}/revise", opt=allow(commands.revise_group), status_code=303)
async def revise_group(
    group_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Correct what is recorded of a group."""
    form = await read_form(request, commands.ReviseGroup)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_group.name) as session:
            await commands.revise_group(session, GroupId(group_id), body, version=form.version)
        return see_other(None, f"/groups/{group_id}")
    async with db.read() as session:
        view = await queries.group(session, caller.reader, GroupId(group_id))
    return _group_form(frame, form, view)


@post("/groups/{group_id:int}/end", opt=allow(commands.end_group), status_code=303)
async def end_group(
    group_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say a group's last day and why."""
    form = await read_form(request, commands.EndGroup)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.end_group.name) as session:
            await commands.end_group(session, GroupId(group_id), body, version=form.version)
        return see_other(None, f"/groups/{group_id}")
    return await _group_page(frame, db, caller, GroupId(group_id), end_form=form, status=form.status)


async def _group_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    group_id: GroupId,
    *,
    end_form: Form[commands.EndGroup] | None = None,
    status: int = 200,
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.group(session, caller.reader, group_id)
        meetings = await queries.list_meetings(session, caller.reader, group_id=group_id, limit=100)
        actions = await queries.list_actions(session, caller.reader, group_id=group_id, state="open", limit=100)
        page = _GroupPage(
            group=view,
            authority=the_statute().provision(view.program_authority) if view.program_authority else None,
            meetings=meetings.items,
            actions=actions.items,
            history=await history(session, caller.reader, "working_group", group_id),
            may_change=caller.may("groups.change"),
            end_form=end_form or Form(commands.EndGroup),
        )
        return frame.show("groups/group.html", page, now=session.now, status=status, marking=view.marking)


def _group_form(frame: Frame, form: Form[Any], view: queries.GroupView | None) -> Response[bytes]:
    page = _GroupFormPage(
        form=form,
        group=view,
        kinds=GROUP_KINDS,
        authorities=tuple((row.slug, f"{row.citation}: {row.title}") for row in authorities(the_statute())),
        action=f"/groups/{view.id}/revise" if view else "/groups/new",
        cancel_href=f"/groups/{view.id}" if view else "/groups",
    )
    return frame.show("groups/group_form.html", page, status=form.status)


# ---- meetings


@get("/meetings", opt=allow("groups.read"))
async def meetings(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    group: FromQuery[int | None] = None,
    held: FromQuery[bool] = False,
    sort: FromQuery[str] = "-starts",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Every meeting, of the forum and of groups."""
    async with db.read() as session:
        found = await queries.list_meetings(
            session,
            caller.reader,
            text_in=q or None,
            group_id=group,
            cancelled=not held,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        choices = await _group_choices(session, caller)
        view = frame.list_view(
            found,
            noun=("meeting", "meetings"),
            sort=sort,
            sorts=_MEETING_SORTS,
            chosen={"q": q, "group": group, "held": held},
            labels=dict(choices) | {"true": "without cancelled ones"},
            export="/meetings/export.csv",
        )
        page = _MeetingsPage(view, choices, caller.may("groups.change"))
        return frame.show("groups/meetings.html", page, now=session.now)


@get("/meetings/export.csv", opt=allow("groups.read"))
async def export_meetings(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    group: FromQuery[int | None] = None,
    held: FromQuery[bool] = False,
    sort: FromQuery[str] = "-starts",
) -> Response[bytes]:
    """The meetings under the same filters, as a file."""
    async with db.read() as session:
        found = await queries.list_meetings(
            session,
            caller.reader,
            text_in=q or None,
            group_id=group,
            cancelled=not held,
            sort=sort,
            limit=LARGEST_EXPORT,
        )
    return _file("meetings.csv", queries.MeetingView.__struct_fields__, found.items, more=found.next_cursor)


@get("/meetings/new", opt=allow(commands.record_meeting))
async def new_meeting(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    group: FromQuery[int | None] = None,
) -> Response[bytes]:
    """The empty form of a meeting, of the group that the page came from."""
    filled: dict[str, str | list[str]] = {"marking": "CUI", "group_id": str(group) if group else ""}
    return await _meeting_form(frame, db, caller, Form(commands.RecordMeeting, filled), None)


@post("/meetings/new", opt=allow(commands.record_meeting), status_code=303)
async def record_meeting(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a meeting, held or planned."""
    form = await read_form(request, commands.RecordMeeting)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.record_meeting.name, once=once) as session:
            meeting_id = await commands.record_meeting(session, body)
            answer = see_other(session, f"/meetings/{meeting_id}")
        return answer
    return await _meeting_form(frame, db, caller, form, None)


@get("/meetings/{meeting_id:int}", opt=allow("groups.read"))
async def meeting(
    meeting_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One meeting, its action items and history."""
    return await _meeting_page(frame, db, caller, MeetingId(meeting_id))


@get("/meetings/{meeting_id:int}/revise", opt=allow(commands.revise_meeting))
async def meeting_to_revise(
    meeting_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The filled form of a meeting."""
    async with db.read() as session:
        view = await queries.meeting(session, caller.reader, MeetingId(meeting_id))
    return await _meeting_form(frame, db, caller, Form.of(commands.ReviseMeeting, view), view)


@post("/meetings/{meeting_id:int}/revise", opt=allow(commands.revise_meeting), status_code=303)
async def revise_meeting(
    meeting_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Correct what is recorded of a meeting, or add its outcome."""
    form = await read_form(request, commands.ReviseMeeting)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_meeting.name) as session:
            await commands.revise_meeting(session, MeetingId(meeting_id), body, version=form.version)
        return see_other(None, f"/meetings/{meeting_id}")
    async with db.read() as session:
        view = await queries.meeting(session, caller.reader, MeetingId(meeting_id))
    return await _meeting_form(frame, db, caller, form, view)


@post("/meetings/{meeting_id:int}/cancel", opt=allow(commands.cancel_meeting), status_code=303)
async def cancel_meeting(
    meeting_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say why a meeting does not take place."""
    form = await read_form(request, commands.CancelMeeting)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.cancel_meeting.name) as session:
            await commands.cancel_meeting(session, MeetingId(meeting_id), body, version=form.version)
        return see_other(None, f"/meetings/{meeting_id}")
    return await _meeting_page(frame, db, caller, MeetingId(meeting_id), cancel_form=form, status=form.status)


async def _meeting_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    meeting_id: MeetingId,
    *,
    cancel_form: Form[commands.CancelMeeting] | None = None,
    status: int = 200,
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.meeting(session, caller.reader, meeting_id)
        page = _MeetingPage(
            meeting=view,
            actions=await queries.actions_of(session, caller.reader, meeting_id),
            states=_STATE_NAMES,
            history=await history(session, caller.reader, "meeting", meeting_id),
            may_change=caller.may("groups.change"),
            cancel_form=cancel_form or Form(commands.CancelMeeting),
        )
        return frame.show("groups/meeting.html", page, now=session.now, status=status, marking=view.marking)


async def _meeting_form(
    frame: Frame, db: Database, caller: Caller, form: Form[Any], view: queries.MeetingView | None
) -> Response[bytes]:
    async with db.read() as session:
        page = _MeetingFormPage(
            form=form,
            meeting=view,
            groups=await _group_choices(session, caller),
            action=f"/meetings/{view.id}/revise" if view else "/meetings/new",
            cancel_href=f"/meetings/{view.id}" if view else "/meetings",
        )
        return frame.show("groups/meeting_form.html", page, now=session.now, status=form.status)


# ---- action items


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
        choices = await _group_choices(session, caller)
        view = frame.list_view(
            found,
            noun=("action item", "action items"),
            sort=sort,
            sorts=_ACTION_SORTS,
            chosen={"q": q, "status": status, "overdue": overdue, "group": group},
            labels=dict(choices) | _STATE_NAMES | {"true": "past their day"},
            export="/actions/export.csv",
        )
        page = _ActionsPage(view, tuple((each, _STATE_NAMES[each]) for each in ACTION_STATES), _STATE_NAMES, choices)
        return frame.show("groups/actions.html", page, now=session.now)


@get("/actions/export.csv", opt=allow("groups.read"))
async def export_actions(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    status: FromQuery[str] = "",
    overdue: FromQuery[bool] = False,
    group: FromQuery[int | None] = None,
    sort: FromQuery[str] = "due",
) -> Response[bytes]:
    """The action items under the same filters, as a file."""
    async with db.read() as session:
        found = await queries.list_actions(
            session,
            caller.reader,
            text_in=q or None,
            state=status or None,
            overdue=overdue,
            group_id=group,
            sort=sort,
            limit=LARGEST_EXPORT,
        )
    return _file("actions.csv", queries.ActionView.__struct_fields__, found.items, more=found.next_cursor)


@get("/meetings/{meeting_id:int}/actions/new", opt=allow(commands.assign_action))
async def new_action(
    meeting_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The empty form of an action item."""
    return await _action_form(frame, db, caller, Form(commands.AssignAction), MeetingId(meeting_id), None)


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
            states=_STATE_NAMES,
            may_change=caller.may("groups.change"),
            is_second_person=view.reported_by_id != caller.id,
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
        people = await list_people(session, limit=200)
        page = _ActionFormPage(
            form=form,
            meeting=await queries.meeting(session, caller.reader, meeting_id),
            action_item=view,
            people=tuple((str(each.id), f"{each.name} ({each.office})") for each in people.items),
            action=f"/actions/{view.id}/revise" if view else f"/meetings/{meeting_id}/actions/new",
            cancel_href=f"/actions/{view.id}" if view else f"/meetings/{meeting_id}",
        )
        return frame.show("groups/action_form.html", page, now=session.now, status=form.status)


async def _group_choices(session: ReadSession, caller: Caller) -> tuple[tuple[str, str], ...]:
    found = await queries.list_groups(session, caller.reader, ended=True, limit=200)
    return tuple((str(each.id), each.name) for each in found.items)


def _event(meeting: queries.MeetingView) -> _Event:
    days = show_day(meeting.starts_on)
    if meeting.ends_on != meeting.starts_on:
        days += f" to {show_day(meeting.ends_on)}"
    cancelled = " · cancelled" if meeting.cancelled_because else ""
    exercise = " · EXERCISE DATA" if meeting.exercise else ""
    return _Event(
        title=meeting.name,
        href=f"/meetings/{meeting.id}",
        sub=f"{days} · {meeting.place} · {meeting.group or 'the forum'}{cancelled}{exercise}",
    )


def _file(name: str, columns: Sequence[str], views: Sequence[Any], *, more: str | None) -> Response[bytes]:
    if more is not None:
        raise Refused(f"A file holds at most {LARGEST_EXPORT:,} rows.", way_out="Narrow the list by its filters.")
    rows: list[tuple[Cell, ...]] = [tuple(getattr(view, column) for column in columns) for view in views]
    return Response(
        csv_bytes(columns, rows),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def routes() -> Router:
    """Every page of groups."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[
            groups,
            export_groups,
            new_group,
            establish_group,
            group,
            group_to_revise,
            revise_group,
            end_group,
            meetings,
            export_meetings,
            new_meeting,
            record_meeting,
            meeting,
            meeting_to_revise,
            revise_meeting,
            cancel_meeting,
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
        ],
    )
