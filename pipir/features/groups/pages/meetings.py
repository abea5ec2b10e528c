"""Meetings: list and file, one meeting with all that it recorded, and its forms."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.groups import commands, queries, rules
from pipir.features.groups.pages.shared import (
    STATE_NAMES,
    group_choices,
)
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import MeetingId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.statute.load import the_statute
from pipir.statute.lookup import objective_names
from pipir.store.doors import Database
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.exports import export_file, fields, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

_MEETING_SORTS: Final = ("starts", "name", "place")
_COLUMNS: Final = fields(
    "id", "group", "name", "place", "starts_on", "ends_on", "outcome", "source", "cancelled_because", "minutes",
    "minutes_state", "minutes_agreed_on", "minutes_because", "actions", "open_actions", "decisions", "marking",
    "exercise",
)  # fmt: skip


@dataclass(frozen=True)
class _MeetingsPage:
    list: ListView[queries.MeetingView]
    groups: tuple[tuple[str, str], ...]
    may_change: bool


@dataclass(frozen=True)
class _MeetingPage:
    meeting: queries.MeetingView
    agenda: tuple[queries.AgendaView, ...]
    attendance: tuple[queries.AttendanceView, ...]
    persons: int
    decisions: tuple[queries.DecisionView, ...]
    objectives: dict[str, str]
    actions: tuple[queries.ActionView, ...]
    states: dict[str, str]
    history: tuple[TrailView, ...]
    binder: Binder
    has_begun: bool
    may_change: bool
    cancel_form: Form[commands.CancelMeeting]


@dataclass(frozen=True)
class _MeetingFormPage:
    form: Form[Any]
    meeting: queries.MeetingView | None
    groups: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str


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
        choices = await group_choices(session, caller)
        view = frame.list_view(
            found,
            noun=("meeting", "meetings"),
            sort=sort,
            sorts=_MEETING_SORTS,
            chosen={"q": q, "group": group, "held": held},
            labels=dict(choices) | {"true": "without cancelled ones"},
            columns=_COLUMNS,
        )
        page = _MeetingsPage(view, choices, caller.may("groups.change"))
        return frame.show("groups/meetings.html", page, now=session.now)


@get(file_paths("/meetings/export"), opt=allow("groups.read"))
async def export_meetings(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    group: FromQuery[int | None] = None,
    held: FromQuery[bool] = False,
    sort: FromQuery[str] = "-starts",
) -> Response[bytes]:
    """Exactly the meetings of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_meetings(
                session,
                caller.reader,
                text_in=q or None,
                group_id=group,
                cancelled=not held,
                sort=sort,
                cursor=cursor,
                limit=AT_ONCE,
            )
        )
    return await export_file(request, "meetings", _COLUMNS, found)


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
    """One meeting: agenda, attendance, minutes, decisions, action items and history."""
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
    rules.may_change_meeting(view.cancelled_because)
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
        attended = await queries.attendance(session, caller.reader, meeting_id)
        page = _MeetingPage(
            meeting=view,
            agenda=await queries.agenda(session, caller.reader, meeting_id),
            attendance=attended,
            persons=sum(each.persons for each in attended if each.withdrawn_because is None),
            decisions=await queries.decisions_of(session, caller.reader, meeting_id),
            objectives=dict(objective_names(the_statute())),
            actions=await queries.actions_of(session, caller.reader, meeting_id),
            states=STATE_NAMES,
            history=await history(session, caller.reader, "meeting", meeting_id),
            binder=await binder(session, caller, "meeting", meeting_id),
            has_begun=view.starts_on <= session.today,
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
            groups=await group_choices(session, caller),
            action=f"/meetings/{view.id}/revise" if view else "/meetings/new",
            cancel_href=f"/meetings/{view.id}" if view else "/meetings",
        )
        return frame.show("groups/meeting_form.html", page, now=session.now, status=form.status)


HANDLERS: Final = (
    meetings,
    export_meetings,
    new_meeting,
    record_meeting,
    meeting,
    meeting_to_revise,
    revise_meeting,
    cancel_meeting,
)
