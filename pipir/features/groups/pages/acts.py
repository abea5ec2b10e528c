"""Forms of one act each: who belongs to a group, what a meeting records, what an action changed."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.features.groups import commands, queries, rules
from pipir.features.groups.pages.forms import (
    ADD_MEMBER,
    NAME_CHANGE,
    OF_MEETING,
    OF_MEMBER,
    OF_PART,
    WITHDRAW_CHANGE,
)
from pipir.features.groups.tables import PARTS
from pipir.features.participants.queries import participant_choices
from pipir.features.people.queries import office_choices
from pipir.features.search.rules import KINDS
from pipir.kernel.access import Caller
from pipir.kernel.countries import countries
from pipir.kernel.ids import (
    ActionChangeId,
    ActionItemId,
    AgendaItemId,
    AttendanceId,
    DecisionId,
    GroupId,
    GroupMemberId,
    MeetingId,
    RecordNumber,
)
from pipir.kernel.marking import HOME
from pipir.kernel.once import Once
from pipir.statute.load import the_statute
from pipir.statute.lookup import objective_names
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Options, act_of, choices_of, drawn, words
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

_CHANGE: Final = "groups.change"
_GROUPS: Final = ("Groups", "/groups")
_MEETINGS: Final = ("Meetings", "/meetings")
_ANCHORS: Final = {"agreed": "minutes", "decision": "decisions"}


@get("/groups/{group_id:int}/members/new", opt=allow(commands.add_member))
async def new_member(
    group_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The empty form of a membership."""
    return await _member_new(frame, db, caller, group_id, Form(commands.AddMember, {"part": "member"}))


@post("/groups/{group_id:int}/members/new", opt=allow(commands.add_member), status_code=303)
async def add_member(
    group_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a delegation or an office of ours into the group."""
    form = await read_form(request, commands.AddMember)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.add_member.name, once=once) as session:
            await commands.add_member(session, GroupId(group_id), body)
            answer = see_other(session, f"/groups/{group_id}#members")
        return answer
    return await _member_new(frame, db, caller, group_id, form)


@get("/group-members/{member_id:int}/{act:str}", opt=allow(commands.revise_member))
async def member_to_change(
    member_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a membership."""
    return await _member_page(frame, db, caller, member_id, act)


@post("/group-members/{member_id:int}/{act:str}", opt=allow(commands.revise_member), status_code=303)
async def change_member(
    member_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of a membership, and go back to its group."""
    chosen = act_of(OF_MEMBER, act)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, GroupMemberId(member_id), body, version=form.version)
            view = await queries.member(session, caller.reader, GroupMemberId(member_id))
        return see_other(None, f"/groups/{view.group_id}#members")
    return await _member_page(frame, db, caller, member_id, act, form)


@get("/meetings/{meeting_id:int}/record/{part:str}", opt=allow(_CHANGE))
async def to_record(
    meeting_id: FromPath[RecordNumber],
    part: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form by which a meeting records a point of its agenda, an attendance, its minutes or a decision."""
    return await _meeting_page(frame, db, caller, meeting_id, part)


@post("/meetings/{meeting_id:int}/record/{part:str}", opt=allow(_CHANGE), status_code=303)
async def record(
    meeting_id: FromPath[RecordNumber],
    part: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Record it, and go back to the meeting."""
    chosen, number = act_of(OF_MEETING, part), MeetingId(meeting_id)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name, once=once) as session:
            if chosen.command.versioned:
                await chosen.command(session, number, body, version=form.version)
            else:
                await chosen.command(session, number, body)
            answer = see_other(session, f"/meetings/{meeting_id}#{_ANCHORS.get(part, part)}")
        return answer
    return await _meeting_page(frame, db, caller, meeting_id, part, form)


@get("/meeting-parts/{part:str}/{number:int}/{act:str}", opt=allow(_CHANGE))
async def part_to_change(
    part: FromPath[str],
    number: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of what a meeting recorded."""
    return await _part_page(frame, db, caller, part, number, act)


@post("/meeting-parts/{part:str}/{number:int}/{act:str}", opt=allow(_CHANGE), status_code=303)
async def change_part(
    part: FromPath[str],
    number: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Change what a meeting recorded, and go back to the meeting."""
    chosen = act_of(OF_PART, (part, act))
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, number, body, version=form.version)
            view = await _part(session, caller, part, number)
        return see_other(None, f"/meetings/{view.meeting_id}#{_ANCHORS.get(part, part)}")
    return await _part_page(frame, db, caller, part, number, act, form)


@get("/actions/{action_id:int}/changes/new", opt=allow(commands.name_change))
async def new_change(
    action_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The empty form of a record that an action changed."""
    return await _change_new(frame, db, caller, action_id, Form(commands.NameChange, {"changed_kind": "project"}))


@post("/actions/{action_id:int}/changes/new", opt=allow(commands.name_change), status_code=303)
async def name_change(
    action_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Name a record that the action changed."""
    form = await read_form(request, commands.NameChange)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.name_change.name, once=once) as session:
            await commands.name_change(session, ActionItemId(action_id), body)
            answer = see_other(session, f"/actions/{action_id}#changes")
        return answer
    return await _change_new(frame, db, caller, action_id, form)


@get("/action-changes/{change_id:int}/withdraw", opt=allow(commands.withdraw_change))
async def change_to_withdraw(
    change_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that takes back what an action changed."""
    return await _change_page(frame, db, caller, change_id, Form(commands.WithdrawChange))


@post("/action-changes/{change_id:int}/withdraw", opt=allow(commands.withdraw_change), status_code=303)
async def withdraw_change(
    change_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Take back what the action changed."""
    form = await read_form(request, commands.WithdrawChange)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.withdraw_change.name) as session:
            await commands.withdraw_change(session, ActionChangeId(change_id), body, version=form.version)
            view = await queries.change(session, caller.reader, ActionChangeId(change_id))
        return see_other(None, f"/actions/{view.action_item_id}#changes")
    return await _change_page(frame, db, caller, change_id, form)


async def _member_new(frame: Frame, db: Database, caller: Caller, group_id: int, form: Form[Any]) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.group(session, caller.reader, GroupId(group_id))
        page = _act_page(
            form,
            ADD_MEMBER,
            await _choices(session, caller, ADD_MEMBER),
            trail=(_GROUPS, (view.name, f"/groups/{group_id}")),
            action=f"/groups/{group_id}/members/new",
        )
        return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


async def _member_page(
    frame: Frame, db: Database, caller: Caller, member_id: int, act: str, form: Form[Any] | None = None
) -> Response[bytes]:
    chosen = act_of(OF_MEMBER, act)
    async with db.read() as session:
        view = await queries.member(session, caller.reader, GroupMemberId(member_id))
        rules.may_change_member(view.until)
        form = form or Form.of(chosen.command.body, view)
        page = _act_page(
            form,
            chosen,
            {},
            trail=(_GROUPS, (view.group, f"/groups/{view.group_id}")),
            action=f"/group-members/{member_id}/{act}",
            version=view.version,
            facts=(("Group", view.group), ("Who", view.who), ("Part", view.part)),
        )
        return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


async def _meeting_page(
    frame: Frame, db: Database, caller: Caller, meeting_id: int, part: str, form: Form[Any] | None = None
) -> Response[bytes]:
    chosen, number = act_of(OF_MEETING, part), MeetingId(meeting_id)
    async with db.read() as session:
        view = await queries.meeting(session, caller.reader, number)
        rules.may_change_meeting(view.cancelled_because)
        attended = await queries.attendance(session, caller.reader, number) if part == "decision" else ()
        codes = sorted({each.code or HOME for each in attended if each.withdrawn_because is None})
        if form is None:
            form = Form(chosen.command.body, {"agreed_by": list(codes)} if part == "decision" else {})
            if part == "minutes":
                form.values["minutes"] = view.minutes or ""
        page = _act_page(
            form,
            chosen,
            await _choices(session, caller, chosen, tuple(codes)),
            trail=(_MEETINGS, (view.name, f"/meetings/{meeting_id}")),
            action=f"/meetings/{meeting_id}/record/{part}",
            version=view.version if chosen.command.versioned else None,
        )
        return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


async def _part_page(
    frame: Frame, db: Database, caller: Caller, part: str, number: int, act: str, form: Form[Any] | None = None
) -> Response[bytes]:
    chosen = act_of(OF_PART, (part, act))
    async with db.read() as session:
        view = await _part(session, caller, part, number)
        rules.may_change_part("This", view.withdrawn_because)
        form = form or Form.of(chosen.command.body, view)
        named = view.who if isinstance(view, queries.AttendanceView) else view.title
        codes: list[str] = []
        if isinstance(view, queries.DecisionView):
            attended = await queries.attendance(session, caller.reader, MeetingId(view.meeting_id))
            codes = sorted({*view.agreed_by, *(each.code or HOME for each in attended)})
        page = _act_page(
            form,
            chosen,
            await _choices(session, caller, chosen, tuple(codes)),
            trail=(_MEETINGS, (view.meeting, f"/meetings/{view.meeting_id}")),
            action=f"/meeting-parts/{part}/{number}/{act}",
            version=view.version,
            facts=(("Meeting", view.meeting), ("What is changed", named)),
        )
        return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


async def _change_new(frame: Frame, db: Database, caller: Caller, action_id: int, form: Form[Any]) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.action(session, caller.reader, ActionItemId(action_id))
        page = _act_page(
            form,
            NAME_CHANGE,
            await _choices(session, caller, NAME_CHANGE),
            trail=(("Action items", "/actions"), (view.title, f"/actions/{action_id}")),
            action=f"/actions/{action_id}/changes/new",
        )
        return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


async def _change_page(frame: Frame, db: Database, caller: Caller, change_id: int, form: Form[Any]) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.change(session, caller.reader, ActionChangeId(change_id))
        page = _act_page(
            form,
            WITHDRAW_CHANGE,
            {},
            trail=(("Action items", "/actions"), (view.action, f"/actions/{view.action_item_id}")),
            action=f"/action-changes/{change_id}/withdraw",
            version=view.version,
            facts=(("Action", view.action), ("Record", view.record), ("What changed", view.what)),
        )
        return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


async def _part(
    session: ReadSession, caller: Caller, part: str, number: int
) -> queries.AgendaView | queries.AttendanceView | queries.DecisionView:
    if part == "agenda":
        return await queries.agenda_item(session, caller.reader, AgendaItemId(number))
    if part == "attendance":
        return await queries.attendance_row(session, caller.reader, AttendanceId(number))
    return await queries.decision(session, caller.reader, DecisionId(number))


def _act_page(
    form: Form[Any],
    act: Act,
    choices: dict[str, Options],
    *,
    trail: tuple[tuple[str, str], ...],
    action: str,
    version: int | None = None,
    facts: tuple[tuple[str, str | None], ...] = (),
) -> ActPage:
    return ActPage(
        form=form,
        title=act.title,
        lead=act.lead,
        button=act.button,
        fields=drawn(act, choices),
        trail=trail,
        action=action,
        cancel_href=trail[-1][1],
        version=version,
        about="What this is about" if facts else "",
        facts=facts,
    )


async def _choices(session: ReadSession, caller: Caller, act: Act, codes: tuple[str, ...] = ()) -> dict[str, Options]:
    """The lists that the fields of an act are chosen from; `codes` are of those who may have agreed."""
    needed = choices_of(act.fields)
    found: dict[str, Options] = {
        "parts": words(PARTS),
        "kinds": tuple((each, KINDS[each].one) for each in rules.CHANGEABLE),
        "objectives": objective_names(the_statute()),
    }
    if needed & {"countries", "agreed"}:
        known = await participant_choices(session, caller.reader)
        found["countries"] = tuple((str(number), name) for number, _, name in known)
        named = codes or tuple(sorted({HOME, *(code for _, code, _ in known)}))
        found["agreed"] = tuple((code, f"{countries()[code].name} ({code})") for code in named if code in countries())
    if "offices" in needed:
        found["offices"] = await office_choices(session)
    return found


HANDLERS: Final = (
    new_member,
    add_member,
    member_to_change,
    change_member,
    to_record,
    record,
    part_to_change,
    change_part,
    new_change,
    name_change,
    change_to_withdraw,
    withdraw_change,
)
