"""The JSON door of meetings: agenda, attendance, minutes, decisions."""

from datetime import date
from typing import Final

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.groups import commands, queries
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import AgendaItemId, AttendanceId, DecisionId, MeetingId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


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


@put("/meetings/{meeting_id:int}/minutes", opt=allow(commands.write_minutes))
async def write_minutes(
    meeting_id: FromPath[RecordNumber],
    data: JSONBody[commands.WriteMinutes],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.MeetingView]:
    """Write a meeting's minutes as a draft."""
    async with db.write(actor=caller.id, command=commands.write_minutes.name) as session:
        await commands.write_minutes(session, MeetingId(meeting_id), data, version=version)
        view = await queries.meeting(session, caller.reader, MeetingId(meeting_id))
    return changed(view)


@patch("/meetings/{meeting_id:int}/minutes/agreed", opt=allow(commands.agree_minutes))
async def agree_minutes(
    meeting_id: FromPath[RecordNumber],
    data: JSONBody[commands.AgreeMinutes],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.MeetingView]:
    """Record the day on which the minutes were agreed."""
    async with db.write(actor=caller.id, command=commands.agree_minutes.name) as session:
        await commands.agree_minutes(session, MeetingId(meeting_id), data, version=version)
        view = await queries.meeting(session, caller.reader, MeetingId(meeting_id))
    return changed(view)


@get("/meetings/{meeting_id:int}/agenda", opt=allow("groups.read"))
async def agenda_of_meeting(
    meeting_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> tuple[queries.AgendaView, ...]:
    """The points of a meeting's agenda in their order."""
    async with db.read() as session:
        await queries.meeting(session, caller.reader, MeetingId(meeting_id))
        return await queries.agenda(session, caller.reader, MeetingId(meeting_id))


@post("/meetings/{meeting_id:int}/agenda", opt=allow(commands.add_agenda_item))
async def add_agenda_item(
    meeting_id: FromPath[RecordNumber],
    data: JSONBody[commands.AddAgendaItem],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.AgendaView]:
    """Put a point on a meeting's agenda."""
    async with db.write(actor=caller.id, command=commands.add_agenda_item.name, once=once) as session:
        number = await commands.add_agenda_item(session, MeetingId(meeting_id), data)
        view = await queries.agenda_item(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/agenda-items/{number}")
    return answer


@get("/agenda-items/{item_id:int}", opt=allow("groups.read"))
async def show_agenda_item(
    item_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AgendaView]:
    """One point of an agenda."""
    async with db.read() as session:
        return shown(await queries.agenda_item(session, caller.reader, AgendaItemId(item_id)))


@put("/agenda-items/{item_id:int}", opt=allow(commands.revise_agenda_item))
async def revise_agenda_item(
    item_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseAgendaItem],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AgendaView]:
    """Change a point of an agenda."""
    async with db.write(actor=caller.id, command=commands.revise_agenda_item.name) as session:
        await commands.revise_agenda_item(session, AgendaItemId(item_id), data, version=version)
        view = await queries.agenda_item(session, caller.reader, AgendaItemId(item_id))
    return changed(view)


@patch("/agenda-items/{item_id:int}/withdraw", opt=allow(commands.withdraw_agenda_item))
async def withdraw_agenda_item(
    item_id: FromPath[RecordNumber],
    data: JSONBody[commands.WithdrawAgendaItem],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AgendaView]:
    """Take a point from an agenda."""
    async with db.write(actor=caller.id, command=commands.withdraw_agenda_item.name) as session:
        await commands.withdraw_agenda_item(session, AgendaItemId(item_id), data, version=version)
        view = await queries.agenda_item(session, caller.reader, AgendaItemId(item_id))
    return changed(view)


@get("/meetings/{meeting_id:int}/attendance", opt=allow("groups.read"))
async def attendance_of_meeting(
    meeting_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> tuple[queries.AttendanceView, ...]:
    """Who attended a meeting, by delegation."""
    async with db.read() as session:
        await queries.meeting(session, caller.reader, MeetingId(meeting_id))
        return await queries.attendance(session, caller.reader, MeetingId(meeting_id))


@post("/meetings/{meeting_id:int}/attendance", opt=allow(commands.record_attendance))
async def record_attendance(
    meeting_id: FromPath[RecordNumber],
    data: JSONBody[commands.RecordAttendance],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.AttendanceView]:
    """Record the attendance of a delegation."""
    async with db.write(actor=caller.id, command=commands.record_attendance.name, once=once) as session:
        number = await commands.record_attendance(session, MeetingId(meeting_id), data)
        view = await queries.attendance_row(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/attendance/{number}")
    return answer


@get("/attendance/{attendance_id:int}", opt=allow("groups.read"))
async def show_attendance(
    attendance_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AttendanceView]:
    """The attendance of one delegation."""
    async with db.read() as session:
        return shown(await queries.attendance_row(session, caller.reader, AttendanceId(attendance_id)))


@put("/attendance/{attendance_id:int}", opt=allow(commands.revise_attendance))
async def revise_attendance(
    attendance_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseAttendance],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AttendanceView]:
    """Correct the attendance of a delegation."""
    async with db.write(actor=caller.id, command=commands.revise_attendance.name) as session:
        await commands.revise_attendance(session, AttendanceId(attendance_id), data, version=version)
        view = await queries.attendance_row(session, caller.reader, AttendanceId(attendance_id))
    return changed(view)


@patch("/attendance/{attendance_id:int}/withdraw", opt=allow(commands.withdraw_attendance))
async def withdraw_attendance(
    attendance_id: FromPath[RecordNumber],
    data: JSONBody[commands.WithdrawAttendance],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AttendanceView]:
    """Take back an attendance that was recorded by mistake."""
    async with db.write(actor=caller.id, command=commands.withdraw_attendance.name) as session:
        await commands.withdraw_attendance(session, AttendanceId(attendance_id), data, version=version)
        view = await queries.attendance_row(session, caller.reader, AttendanceId(attendance_id))
    return changed(view)


@get("/meetings/{meeting_id:int}/decisions", opt=allow("groups.read"))
async def decisions_of_meeting(
    meeting_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> tuple[queries.DecisionView, ...]:
    """What a meeting decided, by number."""
    async with db.read() as session:
        await queries.meeting(session, caller.reader, MeetingId(meeting_id))
        return await queries.decisions_of(session, caller.reader, MeetingId(meeting_id))


@post("/meetings/{meeting_id:int}/decisions", opt=allow(commands.record_decision))
async def record_decision(
    meeting_id: FromPath[RecordNumber],
    data: JSONBody[commands.RecordDecision],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.DecisionView]:
    """Record what a meeting decided."""
    async with db.write(actor=caller.id, command=commands.record_decision.name, once=once) as session:
        number = await commands.record_decision(session, MeetingId(meeting_id), data)
        view = await queries.decision(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/decisions/{number}")
    return answer


@get("/decisions/{decision_id:int}", opt=allow("groups.read"))
async def show_decision(
    decision_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DecisionView]:
    """One decision."""
    async with db.read() as session:
        return shown(await queries.decision(session, caller.reader, DecisionId(decision_id)))


@put("/decisions/{decision_id:int}", opt=allow(commands.revise_decision))
async def revise_decision(
    decision_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseDecision],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DecisionView]:
    """Correct how a decision is recorded."""
    async with db.write(actor=caller.id, command=commands.revise_decision.name) as session:
        await commands.revise_decision(session, DecisionId(decision_id), data, version=version)
        view = await queries.decision(session, caller.reader, DecisionId(decision_id))
    return changed(view)


@patch("/decisions/{decision_id:int}/withdraw", opt=allow(commands.withdraw_decision))
async def withdraw_decision(
    decision_id: FromPath[RecordNumber],
    data: JSONBody[commands.WithdrawDecision],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DecisionView]:
    """Say why a decision stands no longer."""
    async with db.write(actor=caller.id, command=commands.withdraw_decision.name) as session:
        await commands.withdraw_decision(session, DecisionId(decision_id), data, version=version)
        view = await queries.decision(session, caller.reader, DecisionId(decision_id))
    return changed(view)


@get("/decisions", opt=allow("groups.read"))
async def list_decisions(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    group: FromQuery[int | None] = None,
    objective: FromQuery[str | None] = None,
    country: FromQuery[str | None] = None,
    idle: FromQuery[bool] = False,
    withdrawn: FromQuery[bool] = False,
    sort: FromQuery[str] = "-day",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.DecisionView]:
    """Decisions of meetings, a page at a time; `idle` finds those from which no action came."""
    async with db.read() as session:
        return await queries.list_decisions(
            session,
            caller.reader,
            text_in=q,
            group_id=group,
            objective=objective,
            country=country,
            without_action=idle,
            withdrawn=withdrawn,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


HANDLERS: Final = (
    list_meetings,
    record_meeting,
    show_meeting,
    meeting_history,
    revise_meeting,
    cancel_meeting,
    write_minutes,
    agree_minutes,
    agenda_of_meeting,
    add_agenda_item,
    show_agenda_item,
    revise_agenda_item,
    withdraw_agenda_item,
    attendance_of_meeting,
    record_attendance,
    show_attendance,
    revise_attendance,
    withdraw_attendance,
    decisions_of_meeting,
    record_decision,
    show_decision,
    revise_decision,
    withdraw_decision,
    list_decisions,
)
