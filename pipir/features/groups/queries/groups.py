"""Groups: those of a list, one with its workstream, and who belongs to it."""

from datetime import date

import msgspec
from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select
from sqlalchemy.orm import aliased

from pipir.features.groups.queries.shared import delegation_columns, seen_delegation
from pipir.features.groups.tables import ActionItem, GroupMember, Meeting, WorkingGroup
from pipir.features.law import queries as law
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import GroupId, GroupMemberId
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.base import holds, visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page


class GroupView(msgspec.Struct, frozen=True):
    """A group as shown; workstream, meetings and open actions are those that the reader may see."""

    id: int
    version: int
    name: str
    kind: str
    workstream_id: int | None
    workstream: str | None
    charter: str | None
    program_authority: str | None
    established_on: date
    source: str
    until: date | None
    ended_because: str | None
    marking: str
    exercise: bool
    meetings: int
    open_actions: int
    # The words beside work that goes on under another authority, or was recorded late; blank otherwise.
    label: str = ""
    # Why the latest act was recorded late, and the document that shows it.
    recorded_late: str | None = None
    recorded_late_document: str | None = None


class MemberView(msgspec.Struct, frozen=True):
    """A membership as shown: a country's delegation or an office of ours, by office or role and never by a person."""

    id: int
    version: int
    group_id: int
    group: str
    part: str
    participant_id: int | None
    office_id: int | None
    code: str | None
    who: str
    role: str | None
    since: date
    until: date | None
    ended_because: str | None
    marking: str
    exercise: bool


_Workstream = aliased(WorkingGroup)

_GROUP_SORTS: Sorts = {
    "name": ((func.lower(WorkingGroup.name), str),),
    "kind": ((WorkingGroup.kind, str), (func.lower(WorkingGroup.name), str)),
    "workstream": ((func.lower(func.coalesce(_Workstream.name, "")), str), (func.lower(WorkingGroup.name), str)),
    "established": ((WorkingGroup.established_on, date),),
}


async def list_groups(
    session: ReadSession,
    reader: Reader,
    *,
    text_in: str | None = None,
    kind: str | None = None,
    workstream_id: int | None = None,
    ended: bool = False,
    sort: str = "name",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[GroupView]:
    """Groups, without those that have ended unless `ended`."""
    statement = _groups(reader)
    if text_in:
        statement = statement.where(
            or_(
                WorkingGroup.name.icontains(text_in, autoescape=True),
                WorkingGroup.charter.icontains(text_in, autoescape=True),
            )
        )
    if kind is not None:
        statement = statement.where(WorkingGroup.kind == kind)
    if workstream_id is not None:
        statement = statement.where(_Workstream.id == workstream_id)
    if not ended:
        statement = statement.where(_goes_on(session.today))
    return await list_page(
        session,
        statement,
        row_id=WorkingGroup.id,
        sorts=_GROUP_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_group_view,
    )


async def group_choices(
    session: ReadSession, reader: Reader, *, ended: bool = False
) -> tuple[tuple[int, str, str], ...]:
    """(number, name, kind) of every group and workstream, as forms and filters offer them, by kind and name."""
    statement = select(WorkingGroup.id, WorkingGroup.name, WorkingGroup.kind).where(visible_to(reader, WorkingGroup))
    if not ended:
        statement = statement.where(_goes_on(session.today))
    rows = await session.execute(
        statement.order_by(WorkingGroup.kind.desc(), func.lower(WorkingGroup.name), WorkingGroup.id)
    )
    return tuple((row.id, row.name, row.kind) for row in rows)


async def workstreams(session: ReadSession, reader: Reader, *, ended: bool = False) -> tuple[GroupView, ...]:
    """The workstreams by name, without those that have ended unless `ended`."""
    statement = _groups(reader).where(WorkingGroup.kind == "workstream")
    if not ended:
        statement = statement.where(_goes_on(session.today))
    rows = await session.execute(statement.order_by(func.lower(WorkingGroup.name), WorkingGroup.id))
    return tuple(_group_view(row) for row in rows.mappings())


async def group(session: ReadSession, reader: Reader, group_id: GroupId) -> GroupView:
    """One group, or NotFound."""
    row = (await session.execute(_groups(reader).where(WorkingGroup.id == group_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no group with this number.")
    return _group_view(row)


async def group_by_name(session: ReadSession, reader: Reader, name: str) -> GroupView | None:
    """The group of that name, ended or not, if the reader may see it."""
    row = (await session.execute(_groups(reader).where(WorkingGroup.name == name))).mappings().one_or_none()
    return _group_view(row) if row is not None else None


async def members(session: ReadSession, reader: Reader, *, group_id: int | None = None) -> tuple[MemberView, ...]:
    """Who belongs to the groups, or to one: co-chairs first, those who have left last."""
    statement = _members(reader)
    if group_id is not None:
        statement = statement.where(GroupMember.group_id == group_id)
    return tuple(_member_view(row) for row in (await session.execute(statement)).mappings())


async def member(session: ReadSession, reader: Reader, member_id: GroupMemberId) -> MemberView:
    """One membership, or NotFound."""
    row = (await session.execute(_members(reader).where(GroupMember.id == member_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no membership with this number.")
    return _member_view(row)


def _goes_on(today: date) -> ColumnElement[bool]:
    return or_(WorkingGroup.until.is_(None), WorkingGroup.until >= today)


def _groups(reader: Reader) -> AnySelect:
    meetings = (
        select(func.count())
        .select_from(Meeting)
        .where(Meeting.group_id == WorkingGroup.id, visible_to(reader, Meeting))
        .correlate(WorkingGroup)
        .scalar_subquery()
    )
    actions = (
        select(func.count())
        .select_from(ActionItem)
        .join(Meeting, Meeting.id == ActionItem.meeting_id)
        .where(Meeting.group_id == WorkingGroup.id, ActionItem.state == "open", visible_to(reader, Meeting))
        .correlate(WorkingGroup)
        .scalar_subquery()
    )
    return (
        select(
            WorkingGroup.id,
            WorkingGroup.version,
            WorkingGroup.name,
            WorkingGroup.kind,
            _Workstream.id.label("workstream_id"),
            _Workstream.name.label("workstream"),
            WorkingGroup.charter,
            WorkingGroup.program_authority,
            WorkingGroup.established_on,
            WorkingGroup.source,
            WorkingGroup.until,
            WorkingGroup.ended_because,
            WorkingGroup.marking,
            WorkingGroup.exercise,
            meetings.label("meetings"),
            actions.label("open_actions"),
            *law.label_columns(WorkingGroup),
        )
        .outerjoin(_Workstream, and_(_Workstream.id == WorkingGroup.workstream_id, holds(_Workstream.audience, reader)))
        .where(visible_to(reader, WorkingGroup))
    )


def _members(reader: Reader) -> AnySelect:
    return (
        select(
            GroupMember.id,
            GroupMember.version,
            GroupMember.group_id,
            WorkingGroup.name.label("group"),
            GroupMember.part,
            GroupMember.participant_id,
            GroupMember.office_id,
            *delegation_columns(),
            GroupMember.role,
            GroupMember.since,
            GroupMember.until,
            GroupMember.ended_because,
            WorkingGroup.marking,
            GroupMember.exercise,
        )
        .join(WorkingGroup, WorkingGroup.id == GroupMember.group_id)
        .outerjoin(Participant, Participant.id == GroupMember.participant_id)
        .outerjoin(Office, Office.id == GroupMember.office_id)
        .where(visible_to(reader, WorkingGroup), seen_delegation(reader, GroupMember.office_id))
        .order_by(
            func.lower(WorkingGroup.name),
            GroupMember.until.is_not(None),
            # Co-chairs, then members, then observers, as the alphabet has them too.
            GroupMember.part,
            func.lower(func.coalesce(Participant.name, Office.symbol)),
            GroupMember.id,
        )
    )


def _group_view(row: RowMapping) -> GroupView:
    names = [name for name in GroupView.__struct_fields__ if name not in law.LABEL_FIELDS]
    return GroupView(**{name: row[name] for name in names}, **law.labels_of_row(row))


def _member_view(row: RowMapping) -> MemberView:
    return MemberView(**{name: row[name] for name in MemberView.__struct_fields__})
