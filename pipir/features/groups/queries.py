"""What can be asked of groups; each question is answered as one reader may see."""

from datetime import date

import msgspec
from sqlalchemy import ColumnElement, RowMapping, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from pipir.features.groups.tables import ActionItem, Meeting, WorkingGroup
from pipir.features.law import queries as law
from pipir.features.notices.rules import Entry
from pipir.features.people.tables import Person
from pipir.kernel.dated import Dated
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import ActionItemId, GroupId, MeetingId
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page


class GroupView(msgspec.Struct, frozen=True):
    """A group as shown; meetings and open actions are those that the reader may see."""

    id: int
    version: int
    name: str
    kind: str
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


class MeetingView(msgspec.Struct, frozen=True):
    """A meeting as shown; `group` is None for the forum itself, and where the reader may not see the group."""

    id: int
    version: int
    group_id: int | None
    group: str | None
    name: str
    place: str
    starts_on: date
    ends_on: date
    outcome: str | None
    source: str
    cancelled_because: str | None
    marking: str
    exercise: bool
    actions: int
    open_actions: int


class ActionView(msgspec.Struct, frozen=True):
    """An action item as shown, with its meeting and the persons' names; `overdue` by the program's day."""

    id: int
    version: int
    meeting_id: int
    meeting: str
    title: str
    owner: str
    owner_person_id: int | None
    owner_text: str | None
    due_on: date
    state: str
    overdue: bool
    done_on: date | None
    done_evidence: str | None
    reported_by_id: int | None
    reported_by: str | None
    verified_on: date | None
    verified_by_id: int | None
    verified_by: str | None
    dropped_on: date | None
    dropped_because: str | None
    marking: str
    exercise: bool


class ActionCounts(msgspec.Struct, frozen=True):
    """How many action items are open, how many of them past their day, and how many wait for the second person."""

    open: int
    overdue: int
    to_verify: int


_Owner = aliased(Person)
_Reporter = aliased(Person)
_Verifier = aliased(Person)
_owner_name = func.coalesce(_Owner.name, ActionItem.owner_text, "")

_GROUP_SORTS: Sorts = {
    "name": ((func.lower(WorkingGroup.name), str),),
    "kind": ((WorkingGroup.kind, str), (func.lower(WorkingGroup.name), str)),
    "established": ((WorkingGroup.established_on, date),),
}
_MEETING_SORTS: Sorts = {
    "starts": ((Meeting.starts_on, date),),
    "name": ((func.lower(Meeting.name), str), (Meeting.starts_on, date)),
    "place": ((func.lower(Meeting.place), str), (Meeting.starts_on, date)),
}
_ACTION_SORTS: Sorts = {
    "due": ((ActionItem.due_on, date),),
    "title": ((func.lower(ActionItem.title), str),),
    "owner": ((func.lower(_owner_name), str), (ActionItem.due_on, date)),
    "state": ((ActionItem.state, str), (ActionItem.due_on, date)),
}


async def list_groups(
    session: ReadSession,
    reader: Reader,
    *,
    text_in: str | None = None,
    kind: str | None = None,
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


async def list_meetings(
    session: ReadSession,
    reader: Reader,
    *,
    text_in: str | None = None,
    group_id: int | None = None,
    since: date | None = None,
    until: date | None = None,
    cancelled: bool = True,
    sort: str = "-starts",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[MeetingView]:
    """Meetings that touch the days from `since` to `until`, the latest first."""
    statement = _meetings(reader)
    if text_in:
        statement = statement.where(
            or_(
                Meeting.name.icontains(text_in, autoescape=True),
                Meeting.place.icontains(text_in, autoescape=True),
                Meeting.outcome.icontains(text_in, autoescape=True),
            )
        )
    if group_id is not None:
        statement = statement.where(Meeting.group_id == group_id)
    if since is not None:
        statement = statement.where(Meeting.ends_on >= since)
    if until is not None:
        statement = statement.where(Meeting.starts_on <= until)
    if not cancelled:
        statement = statement.where(Meeting.cancelled_because.is_(None))
    return await list_page(
        session,
        statement,
        row_id=Meeting.id,
        sorts=_MEETING_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_meeting_view,
    )


async def meeting(session: ReadSession, reader: Reader, meeting_id: MeetingId) -> MeetingView:
    """One meeting, or NotFound."""
    row = (await session.execute(_meetings(reader).where(Meeting.id == meeting_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no meeting with this number.")
    return _meeting_view(row)


async def meeting_by_name(session: ReadSession, reader: Reader, name: str, starts_on: date) -> MeetingView | None:
    """The meeting of that name that began on the day, if the reader may see it."""
    row = (
        (await session.execute(_meetings(reader).where(Meeting.name == name, Meeting.starts_on == starts_on)))
        .mappings()
        .one_or_none()
    )
    return _meeting_view(row) if row is not None else None


async def list_actions(
    session: ReadSession,
    reader: Reader,
    *,
    text_in: str | None = None,
    state: str | None = None,
    overdue: bool = False,
    owner_person_id: int | None = None,
    group_id: int | None = None,
    meeting_id: int | None = None,
    sort: str = "due",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ActionView]:
    """Action items, the earliest due first; `overdue` leaves those that are open and past their day."""
    statement = _actions(reader, session.today)
    if text_in:
        statement = statement.where(
            or_(ActionItem.title.icontains(text_in, autoescape=True), _owner_name.icontains(text_in, autoescape=True))
        )
    if state is not None:
        statement = statement.where(ActionItem.state == state)
    if overdue:
        statement = statement.where(_is_overdue(session.today))
    if owner_person_id is not None:
        statement = statement.where(ActionItem.owner_person_id == owner_person_id)
    if group_id is not None:
        statement = statement.where(Meeting.group_id == group_id)
    if meeting_id is not None:
        statement = statement.where(ActionItem.meeting_id == meeting_id)
    return await list_page(
        session,
        statement,
        row_id=ActionItem.id,
        sorts=_ACTION_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_action_view,
    )


async def actions_of(session: ReadSession, reader: Reader, meeting_id: MeetingId) -> tuple[ActionView, ...]:
    """Every action item of a meeting, by day."""
    rows = await session.execute(
        _actions(reader, session.today)
        .where(ActionItem.meeting_id == meeting_id)
        .order_by(ActionItem.due_on, ActionItem.id)
    )
    return tuple(_action_view(row) for row in rows.mappings())


async def open_actions(
    session: ReadSession, reader: Reader, *, owner_person_id: int | None = None, limit: int = 10
) -> tuple[ActionView, ...]:
    """Open action items, the earliest due first: of one owner, or of all."""
    statement = _actions(reader, session.today).where(ActionItem.state == "open")
    if owner_person_id is not None:
        statement = statement.where(ActionItem.owner_person_id == owner_person_id)
    rows = await session.execute(statement.order_by(ActionItem.due_on, ActionItem.id).limit(limit))
    return tuple(_action_view(row) for row in rows.mappings())


async def actions_to_verify(
    session: ReadSession, reader: Reader, *, person_id: int, limit: int = 10
) -> tuple[ActionView, ...]:
    """Action items that others reported done and that this person may verify."""
    rows = await session.execute(
        _actions(reader, session.today)
        .where(ActionItem.state == "done", ActionItem.reported_by_id != person_id)
        .order_by(ActionItem.done_on, ActionItem.id)
        .limit(limit)
    )
    return tuple(_action_view(row) for row in rows.mappings())


async def entries(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """Every action item that was not dropped, as a calendar shows it."""
    rows = await session.execute(
        _actions(reader, session.today).where(ActionItem.state != "dropped").order_by(ActionItem.due_on, ActionItem.id)
    )
    return tuple(_entry(_action_view(row)) for row in rows.mappings())


async def dated(session: ReadSession, reader: Reader) -> tuple[Dated, ...]:
    """The action items that are open."""
    return tuple(entry.dated for entry in await entries(session, reader) if entry.open)


async def count_actions(session: ReadSession, reader: Reader) -> ActionCounts:
    """The figures for a dashboard, of what the reader may see."""
    row = (
        await session.execute(
            select(
                func.count().filter(ActionItem.state == "open"),
                func.count().filter(_is_overdue(session.today)),
                func.count().filter(ActionItem.state == "done"),
            )
            .select_from(ActionItem)
            .join(Meeting, Meeting.id == ActionItem.meeting_id)
            .where(visible_to(reader, Meeting))
        )
    ).one()
    return ActionCounts(*row)


async def action(session: ReadSession, reader: Reader, action_id: ActionItemId) -> ActionView:
    """One action item, or NotFound."""
    row = (
        (await session.execute(_actions(reader, session.today).where(ActionItem.id == action_id)))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise NotFound("There is no action item with this number.")
    return _action_view(row)


def _goes_on(today: date) -> ColumnElement[bool]:
    return or_(WorkingGroup.until.is_(None), WorkingGroup.until >= today)


def _is_overdue(today: date) -> ColumnElement[bool]:
    return and_(ActionItem.state == "open", ActionItem.due_on < today)


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
    return select(
        WorkingGroup.id,
        WorkingGroup.version,
        WorkingGroup.name,
        WorkingGroup.kind,
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
    ).where(visible_to(reader, WorkingGroup))


def _meetings(reader: Reader) -> AnySelect:
    items = select(func.count()).select_from(ActionItem).where(ActionItem.meeting_id == Meeting.id).correlate(Meeting)
    return (
        select(
            Meeting.id,
            Meeting.version,
            # A group that the reader may not see is not told of by its meeting either.
            WorkingGroup.id.label("group_id"),
            WorkingGroup.name.label("group"),
            Meeting.name,
            Meeting.place,
            Meeting.starts_on,
            Meeting.ends_on,
            Meeting.outcome,
            Meeting.source,
            Meeting.cancelled_because,
            Meeting.marking,
            Meeting.exercise,
            items.scalar_subquery().label("actions"),
            items.where(ActionItem.state == "open").scalar_subquery().label("open_actions"),
        )
        .outerjoin(WorkingGroup, and_(WorkingGroup.id == Meeting.group_id, visible_to(reader, WorkingGroup)))
        .where(visible_to(reader, Meeting))
    )


def _actions(reader: Reader, today: date) -> AnySelect:
    return (
        select(
            ActionItem.id,
            ActionItem.version,
            ActionItem.meeting_id,
            Meeting.name.label("meeting"),
            ActionItem.title,
            _owner_name.label("owner"),
            ActionItem.owner_person_id,
            ActionItem.owner_text,
            ActionItem.due_on,
            ActionItem.state,
            case((_is_overdue(today), True), else_=False).label("overdue"),
            ActionItem.done_on,
            ActionItem.done_evidence,
            ActionItem.reported_by_id,
            _Reporter.name.label("reported_by"),
            ActionItem.verified_on,
            ActionItem.verified_by_id,
            _Verifier.name.label("verified_by"),
            ActionItem.dropped_on,
            ActionItem.dropped_because,
            Meeting.marking,
            ActionItem.exercise,
        )
        .join(Meeting, Meeting.id == ActionItem.meeting_id)
        .outerjoin(_Owner, _Owner.id == ActionItem.owner_person_id)
        .outerjoin(_Reporter, _Reporter.id == ActionItem.reported_by_id)
        .outerjoin(_Verifier, _Verifier.id == ActionItem.verified_by_id)
        .where(visible_to(reader, Meeting))
    )


def _group_view(row: RowMapping) -> GroupView:
    names = [name for name in GroupView.__struct_fields__ if name not in law.LABEL_FIELDS]
    return GroupView(**{name: row[name] for name in names}, **law.labels_of_row(row))


def _meeting_view(row: RowMapping) -> MeetingView:
    return MeetingView(**{name: row[name] for name in MeetingView.__struct_fields__})


def _action_view(row: RowMapping) -> ActionView:
    return ActionView(**{name: row[name] for name in ActionView.__struct_fields__})


def _entry(view: ActionView) -> Entry:
    return Entry(
        Dated(
            kind="Action item",
            slug=f"action-{view.id}",
            title=view.title,
            due_on=view.due_on,
            office_id=None,
            person_id=view.owner_person_id,
            href=f"/actions/{view.id}",
            marking=view.marking,
            exercise=view.exercise,
        ),
        done_on=view.done_on if view.state != "open" else None,
        sequence=view.version,
        note=f"Asked for by {view.meeting}. Owner: {view.owner}.",
    )
