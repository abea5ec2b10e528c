"""Action items: those of a list, one with what it comes from and what it changed, and the dates they are due on."""

from datetime import date

import msgspec
from sqlalchemy import ColumnElement, RowMapping, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from pipir.features.groups.queries.meetings import meeting_entries
from pipir.features.groups.tables import ActionChange, ActionItem, Meeting, MeetingDecision, WorkingGroup
from pipir.features.notices.rules import Entry
from pipir.features.people.tables import Person
from pipir.features.search.rules import KINDS, called, href
from pipir.features.search.tables import SearchEntry
from pipir.kernel.dated import Dated
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import ActionChangeId, ActionItemId, DecisionId, MeetingId
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page


class ActionView(msgspec.Struct, frozen=True):
    """An action item as shown; `decision` is the number (D-n) of the one that it comes from.

    `overdue` is judged by the program's day.
    """

    id: int
    version: int
    meeting_id: int
    meeting: str
    group_id: int | None
    decision_id: int | None
    decision: str | None
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


class ChangeView(msgspec.Struct, frozen=True):
    """A record that an action changed, as the record is called now, with its page; of records the reader may see."""

    id: int
    version: int
    action_item_id: int
    action: str
    record_kind: str
    record_id: int
    record_label: str
    record: str
    record_href: str
    what: str
    withdrawn_because: str | None
    marking: str
    exercise: bool


_Owner = aliased(Person)
_Reporter = aliased(Person)
_Verifier = aliased(Person)
_owner_name = func.coalesce(_Owner.name, ActionItem.owner_text, "")

_ACTION_SORTS: Sorts = {
    "due": ((ActionItem.due_on, date),),
    "title": ((func.lower(ActionItem.title), str),),
    "owner": ((func.lower(_owner_name), str), (ActionItem.due_on, date)),
    "state": ((ActionItem.state, str), (ActionItem.due_on, date)),
}


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
    decision_id: int | None = None,
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
    if decision_id is not None:
        statement = statement.where(ActionItem.decision_id == decision_id)
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
    """Every action item that was not dropped, and every meeting, as a calendar shows them."""
    rows = await session.execute(
        _actions(reader, session.today).where(ActionItem.state != "dropped").order_by(ActionItem.due_on, ActionItem.id)
    )
    items = tuple(_entry(_action_view(row)) for row in rows.mappings())
    return (*items, *await meeting_entries(session, reader))


async def dated(session: ReadSession, reader: Reader) -> tuple[Dated, ...]:
    """The action items that are open, and the meetings that lie ahead."""
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


async def changes(
    session: ReadSession,
    reader: Reader,
    *,
    action_id: ActionItemId | None = None,
    decision_id: DecisionId | None = None,
) -> tuple[ChangeView, ...]:
    """What an action changed, or all the actions of a decision; without what was withdrawn."""
    statement = _changes(reader).where(ActionChange.withdrawn_because.is_(None))
    if action_id is not None:
        statement = statement.where(ActionChange.action_item_id == action_id)
    if decision_id is not None:
        statement = statement.where(ActionItem.decision_id == decision_id)
    rows = await session.execute(statement.order_by(ActionChange.action_item_id, ActionChange.id))
    return tuple(_change_view(row) for row in rows.mappings())


async def change(session: ReadSession, reader: Reader, change_id: ActionChangeId) -> ChangeView:
    """One change, withdrawn or not, or NotFound where the reader may not see the action or the record."""
    row = (await session.execute(_changes(reader).where(ActionChange.id == change_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no change with this number.")
    return _change_view(row)


def _is_overdue(today: date) -> ColumnElement[bool]:
    return and_(ActionItem.state == "open", ActionItem.due_on < today)


def _actions(reader: Reader, today: date) -> AnySelect:
    return (
        select(
            ActionItem.id,
            ActionItem.version,
            ActionItem.meeting_id,
            Meeting.name.label("meeting"),
            WorkingGroup.id.label("group_id"),
            ActionItem.decision_id,
            MeetingDecision.code.label("decision"),
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
        .outerjoin(WorkingGroup, and_(WorkingGroup.id == Meeting.group_id, visible_to(reader, WorkingGroup)))
        .outerjoin(MeetingDecision, MeetingDecision.id == ActionItem.decision_id)
        .outerjoin(_Owner, _Owner.id == ActionItem.owner_person_id)
        .outerjoin(_Reporter, _Reporter.id == ActionItem.reported_by_id)
        .outerjoin(_Verifier, _Verifier.id == ActionItem.verified_by_id)
        .where(visible_to(reader, Meeting))
    )


def _changes(reader: Reader) -> AnySelect:
    return (
        select(
            ActionChange.id,
            ActionChange.version,
            ActionChange.action_item_id,
            ActionItem.title.label("action"),
            ActionChange.record_kind,
            ActionChange.record_id,
            SearchEntry.title.label("record"),
            SearchEntry.key,
            ActionChange.what,
            ActionChange.withdrawn_because,
            SearchEntry.marking,
            ActionChange.exercise,
        )
        .join(ActionItem, ActionItem.id == ActionChange.action_item_id)
        .join(Meeting, and_(Meeting.id == ActionItem.meeting_id, visible_to(reader, Meeting)))
        .join(
            SearchEntry,
            and_(
                SearchEntry.kind == ActionChange.record_kind,
                SearchEntry.record_id == ActionChange.record_id,
                visible_to(reader, SearchEntry),
            ),
        )
    )


def _action_view(row: RowMapping) -> ActionView:
    return ActionView(**{name: row[name] for name in ActionView.__struct_fields__})


def _change_view(row: RowMapping) -> ChangeView:
    given = {name: row[name] for name in ChangeView.__struct_fields__ if name in row and name != "record"}
    return ChangeView(
        **given,
        record=called(row["record"]),
        record_label=KINDS[row["record_kind"]].one,
        record_href=href(row["record_kind"], row["key"]),
    )


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
        group_id=view.group_id,
        note=f"Asked for by {view.meeting}. Owner: {view.owner}.",
    )
