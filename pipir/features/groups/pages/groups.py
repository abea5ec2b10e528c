"""Groups and workstreams: list and files, one group with who belongs to it, and its forms."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.groups import commands, queries
from pipir.features.groups.tables import GROUP_KINDS
from pipir.features.law.queries import Papers, papers_for
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_day
from pipir.kernel.ids import GroupId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.statute.load import the_statute
from pipir.statute.lookup import authorities
from pipir.statute.model import Provision
from pipir.store.doors import Database, ReadSession
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.exports import Export, export_file, fields, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

_GROUP_SORTS: Final = ("name", "kind", "workstream", "established")
_COLUMNS: Final = fields(
    "id", "name", "kind", "workstream", "charter", "program_authority", "established_on", "source", "until",
    "ended_because", "meetings", "open_actions", "label", "recorded_late", "recorded_late_document", "marking",
    "exercise",
)  # fmt: skip
_MEMBERS: Final = fields(
    "group", "part", "code", "who", "role", "since", "until", "ended_because", "marking", "exercise",
)  # fmt: skip


@dataclass(frozen=True)
class _Event:
    title: str
    href: str
    sub: str


@dataclass(frozen=True)
class _GroupsPage:
    list: ListView[queries.GroupView]
    kinds: tuple[str, ...]
    workstreams: tuple[tuple[str, str], ...]
    counts: queries.ActionCounts
    timeline: tuple[_Event, ...]
    may_change: bool


@dataclass(frozen=True)
class _GroupPage:
    group: queries.GroupView
    authority: Provision | None
    working_groups: tuple[queries.GroupView, ...]
    members: tuple[queries.MemberView, ...]
    members_export: Export
    meetings: tuple[queries.MeetingView, ...]
    actions: tuple[queries.ActionView, ...]
    history: tuple[TrailView, ...]
    binder: Binder
    may_change: bool
    end_form: Form[commands.EndGroup]


@dataclass(frozen=True)
class _GroupFormPage:
    form: Form[Any]
    group: queries.GroupView | None
    kinds: tuple[str, ...]
    workstreams: tuple[tuple[str, str], ...]
    authorities: tuple[tuple[str, str], ...]
    papers: Papers
    action: str
    cancel_href: str


@get("/groups", opt=allow("groups.read"))
async def groups(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    workstream: FromQuery[int | None] = None,
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
            workstream_id=workstream,
            ended=ended,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        meetings = await queries.list_meetings(session, caller.reader, limit=12)
        streams = await _workstreams(session, caller)
        view = frame.list_view(
            found,
            noun=("group", "groups"),
            sort=sort,
            sorts=_GROUP_SORTS,
            chosen={"q": q, "kind": kind, "workstream": workstream, "ended": ended},
            labels=dict(streams) | {"true": "with ended groups"},
            columns=_COLUMNS,
        )
        page = _GroupsPage(
            list=view,
            kinds=GROUP_KINDS,
            workstreams=streams,
            counts=await queries.count_actions(session, caller.reader),
            timeline=tuple(_event(each) for each in meetings.items),
            may_change=caller.may("groups.change"),
        )
        return frame.show("groups/groups.html", page, now=session.now)


@get(file_paths("/groups/export"), opt=allow("groups.read"))
async def export_groups(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    workstream: FromQuery[int | None] = None,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "kind",
) -> Response[bytes]:
    """Exactly the groups of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_groups(
                session,
                caller.reader,
                text_in=q or None,
                kind=kind or None,
                workstream_id=workstream,
                ended=ended,
                sort=sort,
                cursor=cursor,
                limit=AT_ONCE,
            )
        )
    return await export_file(request, "groups", _COLUMNS, found)


@get(file_paths("/groups/members"), opt=allow("groups.read"))
async def export_members(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    group: FromQuery[int | None] = None,
) -> Response[bytes]:
    """Who belongs to the groups, or to one, as a file: delegations and offices, no persons."""
    async with db.read() as session:
        found = await queries.members(session, caller.reader, group_id=group)
    return await export_file(request, "members", _MEMBERS, found)


@get("/groups/new", opt=allow(commands.establish_group))
async def new_group(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The empty form of a group."""
    return await _group_form(frame, db, caller, Form(commands.EstablishGroup, {"marking": "CUI"}), None)


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
    return await _group_form(frame, db, caller, form, None)


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
    return await _group_form(frame, db, caller, Form.of(commands.ReviseGroup, view), view)


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
    return await _group_form(frame, db, caller, form, view)


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
        below = await queries.list_groups(session, caller.reader, workstream_id=group_id, ended=True, limit=100)
        page = _GroupPage(
            group=view,
            authority=the_statute().provision(view.program_authority) if view.program_authority else None,
            working_groups=below.items,
            members=await queries.members(session, caller.reader, group_id=group_id),
            members_export=Export("/groups/members", _MEMBERS.titles, (("group", str(group_id)),)),
            meetings=meetings.items,
            actions=actions.items,
            history=await history(session, caller.reader, "working_group", group_id),
            binder=await binder(session, caller, "working_group", group_id),
            may_change=caller.may("groups.change"),
            end_form=end_form or Form(commands.EndGroup),
        )
        return frame.show("groups/group.html", page, now=session.now, status=status, marking=view.marking)


async def _group_form(
    frame: Frame, db: Database, caller: Caller, form: Form[Any], view: queries.GroupView | None
) -> Response[bytes]:
    async with db.read() as session:
        number, name = (view.id, view.name) if view else (None, None)
        papers = await papers_for(session, caller, "group", subject_id=number, title=name)
        streams = await _workstreams(session, caller)
    page = _GroupFormPage(
        form=form,
        group=view,
        kinds=GROUP_KINDS,
        workstreams=tuple(each for each in streams if each[0] != str(number)),
        authorities=tuple((row.slug, f"{row.citation}: {row.title}") for row in authorities(the_statute())),
        papers=papers,
        action=f"/groups/{view.id}/revise" if view else "/groups/new",
        cancel_href=f"/groups/{view.id}" if view else "/groups",
    )
    return frame.show("groups/group_form.html", page, status=form.status)


async def _workstreams(session: ReadSession, caller: Caller) -> tuple[tuple[str, str], ...]:
    found = await queries.workstreams(session, caller.reader, ended=True)
    return tuple((str(each.id), each.name) for each in found)


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


HANDLERS: Final = (
    groups,
    export_groups,
    export_members,
    new_group,
    establish_group,
    group,
    group_to_revise,
    revise_group,
    end_group,
)
