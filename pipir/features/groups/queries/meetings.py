"""Meetings: those of a list, one with its agenda, who attended, and what it decided."""

from datetime import date

import msgspec
from sqlalchemy import RowMapping, and_, any_, func, literal, or_, select

from pipir.features.groups.queries.shared import delegation_columns, seen_delegation
from pipir.features.groups.tables import ActionItem, AgendaItem, Attendance, Meeting, MeetingDecision, WorkingGroup
from pipir.features.notices.rules import Entry
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office
from pipir.kernel.dated import Dated
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import AgendaItemId, AttendanceId, DecisionId, MeetingId
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page


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
    minutes: str | None
    minutes_state: str | None
    minutes_agreed_on: date | None
    minutes_because: str | None
    marking: str
    exercise: bool
    actions: int
    open_actions: int
    decisions: int


class AgendaView(msgspec.Struct, frozen=True):
    """A point of an agenda as shown."""

    id: int
    version: int
    meeting_id: int
    meeting: str
    position: int
    title: str
    presenter: str | None
    withdrawn_because: str | None
    marking: str
    exercise: bool


class AttendanceView(msgspec.Struct, frozen=True):
    """The attendance of a country's delegation or of an office of ours, with the office or role that led it."""

    id: int
    version: int
    meeting_id: int
    meeting: str
    participant_id: int | None
    office_id: int | None
    code: str | None
    who: str
    persons: int
    head: str | None
    withdrawn_because: str | None
    marking: str
    exercise: bool


class DecisionView(msgspec.Struct, frozen=True):
    """A decision as shown, with its meeting; `group` is None for the forum itself, or where it is not to be seen."""

    id: int
    version: int
    meeting_id: int
    meeting: str
    decided_on: date
    group_id: int | None
    group: str | None
    code: str
    number: int
    title: str
    text: str
    objective: str | None
    agreed_by: list[str]
    actions: int
    open_actions: int
    withdrawn_because: str | None
    marking: str
    exercise: bool


_MEETING_SORTS: Sorts = {
    "starts": ((Meeting.starts_on, date),),
    "name": ((func.lower(Meeting.name), str), (Meeting.starts_on, date)),
    "place": ((func.lower(Meeting.place), str), (Meeting.starts_on, date)),
}
_DECISION_SORTS: Sorts = {
    "day": ((Meeting.ends_on, date), (MeetingDecision.number, int)),
    "title": ((func.lower(MeetingDecision.title), str),),
    "objective": ((func.coalesce(MeetingDecision.objective, ""), str), (Meeting.ends_on, date)),
    "meeting": ((func.lower(Meeting.name), str), (MeetingDecision.number, int)),
}


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
                Meeting.minutes.icontains(text_in, autoescape=True),
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


async def agenda(session: ReadSession, reader: Reader, meeting_id: MeetingId) -> tuple[AgendaView, ...]:
    """The points of a meeting's agenda in their order, withdrawn ones last."""
    rows = await session.execute(_agenda(reader).where(AgendaItem.meeting_id == meeting_id))
    return tuple(AgendaView(**row) for row in rows.mappings())


async def agenda_item(session: ReadSession, reader: Reader, item_id: AgendaItemId) -> AgendaView:
    """One point of an agenda, or NotFound."""
    row = (await session.execute(_agenda(reader).where(AgendaItem.id == item_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no point of an agenda with this number.")
    return AgendaView(**row)


async def attendance(session: ReadSession, reader: Reader, meeting_id: MeetingId) -> tuple[AttendanceView, ...]:
    """Who attended a meeting, the countries by name and then offices of ours; withdrawn rows last."""
    rows = await session.execute(_attendance(reader).where(Attendance.meeting_id == meeting_id))
    return tuple(AttendanceView(**row) for row in rows.mappings())


async def attendance_row(session: ReadSession, reader: Reader, attendance_id: AttendanceId) -> AttendanceView:
    """The attendance of one delegation, or NotFound."""
    row = (await session.execute(_attendance(reader).where(Attendance.id == attendance_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no attendance with this number.")
    return AttendanceView(**row)


async def list_decisions(
    session: ReadSession,
    reader: Reader,
    *,
    text_in: str | None = None,
    group_id: int | None = None,
    objective: str | None = None,
    country: str | None = None,
    without_action: bool = False,
    withdrawn: bool = False,
    sort: str = "-day",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[DecisionView]:
    """Decisions, the latest first; `country` is the code of one that agreed, `without_action`: it led nowhere."""
    statement = _decisions(reader)
    if text_in:
        statement = statement.where(
            or_(
                MeetingDecision.title.icontains(text_in, autoescape=True),
                MeetingDecision.text.icontains(text_in, autoescape=True),
            )
        )
    if group_id is not None:
        statement = statement.where(WorkingGroup.id == group_id)
    if objective is not None:
        statement = statement.where(MeetingDecision.objective == objective)
    if country is not None:
        statement = statement.where(literal(country) == any_(MeetingDecision.agreed_by))
    if without_action:
        statement = statement.where(
            ~select(ActionItem.id)
            .where(ActionItem.decision_id == MeetingDecision.id, ActionItem.state != "dropped")
            .exists()
        )
    if not withdrawn:
        statement = statement.where(MeetingDecision.withdrawn_because.is_(None))
    return await list_page(
        session,
        statement,
        row_id=MeetingDecision.id,
        sorts=_DECISION_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_decision_view,
    )


async def decisions_of(session: ReadSession, reader: Reader, meeting_id: MeetingId) -> tuple[DecisionView, ...]:
    """What a meeting decided, by number, withdrawn decisions too."""
    rows = await session.execute(
        _decisions(reader).where(MeetingDecision.meeting_id == meeting_id).order_by(MeetingDecision.number)
    )
    return tuple(_decision_view(row) for row in rows.mappings())


async def decision(session: ReadSession, reader: Reader, decision_id: DecisionId) -> DecisionView:
    """One decision, or NotFound."""
    row = (await session.execute(_decisions(reader).where(MeetingDecision.id == decision_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no decision with this number.")
    return _decision_view(row)


async def meeting_entries(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """Every meeting that was not cancelled, as a calendar shows it; it lies ahead until its last day is past."""
    rows = await session.execute(
        _meetings(reader).where(Meeting.cancelled_because.is_(None)).order_by(Meeting.starts_on, Meeting.id)
    )
    return tuple(_meeting_entry(_meeting_view(row), session.today) for row in rows.mappings())


def _meetings(reader: Reader) -> AnySelect:
    items = select(func.count()).select_from(ActionItem).where(ActionItem.meeting_id == Meeting.id).correlate(Meeting)
    decided = (
        select(func.count())
        .select_from(MeetingDecision)
        .where(MeetingDecision.meeting_id == Meeting.id, MeetingDecision.withdrawn_because.is_(None))
        .correlate(Meeting)
    )
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
            Meeting.minutes,
            Meeting.minutes_state,
            Meeting.minutes_agreed_on,
            Meeting.minutes_because,
            Meeting.marking,
            Meeting.exercise,
            items.scalar_subquery().label("actions"),
            items.where(ActionItem.state == "open").scalar_subquery().label("open_actions"),
            decided.scalar_subquery().label("decisions"),
        )
        .outerjoin(WorkingGroup, and_(WorkingGroup.id == Meeting.group_id, visible_to(reader, WorkingGroup)))
        .where(visible_to(reader, Meeting))
    )


def _agenda(reader: Reader) -> AnySelect:
    return (
        select(
            AgendaItem.id,
            AgendaItem.version,
            AgendaItem.meeting_id,
            Meeting.name.label("meeting"),
            AgendaItem.position,
            AgendaItem.title,
            AgendaItem.presenter,
            AgendaItem.withdrawn_because,
            Meeting.marking,
            AgendaItem.exercise,
        )
        .join(Meeting, and_(Meeting.id == AgendaItem.meeting_id, visible_to(reader, Meeting)))
        .order_by(AgendaItem.withdrawn_because.is_not(None), AgendaItem.position, AgendaItem.id)
    )


def _attendance(reader: Reader) -> AnySelect:
    return (
        select(
            Attendance.id,
            Attendance.version,
            Attendance.meeting_id,
            Meeting.name.label("meeting"),
            Attendance.participant_id,
            Attendance.office_id,
            *delegation_columns(),
            Attendance.persons,
            Attendance.head,
            Attendance.withdrawn_because,
            Meeting.marking,
            Attendance.exercise,
        )
        .join(Meeting, and_(Meeting.id == Attendance.meeting_id, visible_to(reader, Meeting)))
        .outerjoin(Participant, Participant.id == Attendance.participant_id)
        .outerjoin(Office, Office.id == Attendance.office_id)
        .where(seen_delegation(reader, Attendance.office_id))
        .order_by(
            Attendance.withdrawn_because.is_not(None),
            Attendance.office_id.is_not(None),
            func.lower(func.coalesce(Participant.name, Office.symbol)),
            Attendance.id,
        )
    )


def _decisions(reader: Reader) -> AnySelect:
    items = (
        select(func.count())
        .select_from(ActionItem)
        .where(ActionItem.decision_id == MeetingDecision.id)
        .correlate(MeetingDecision)
    )
    return (
        select(
            MeetingDecision.id,
            MeetingDecision.version,
            MeetingDecision.meeting_id,
            Meeting.name.label("meeting"),
            Meeting.ends_on.label("decided_on"),
            WorkingGroup.id.label("group_id"),
            WorkingGroup.name.label("group"),
            MeetingDecision.code,
            MeetingDecision.number,
            MeetingDecision.title,
            MeetingDecision.text,
            MeetingDecision.objective,
            MeetingDecision.agreed_by,
            items.scalar_subquery().label("actions"),
            items.where(ActionItem.state == "open").scalar_subquery().label("open_actions"),
            MeetingDecision.withdrawn_because,
            Meeting.marking,
            MeetingDecision.exercise,
        )
        .join(Meeting, and_(Meeting.id == MeetingDecision.meeting_id, visible_to(reader, Meeting)))
        .outerjoin(WorkingGroup, and_(WorkingGroup.id == Meeting.group_id, visible_to(reader, WorkingGroup)))
    )


def _meeting_view(row: RowMapping) -> MeetingView:
    return MeetingView(**{name: row[name] for name in MeetingView.__struct_fields__})


def _decision_view(row: RowMapping) -> DecisionView:
    return DecisionView(**{name: row[name] for name in DecisionView.__struct_fields__})


def _meeting_entry(view: MeetingView, today: date) -> Entry:
    return Entry(
        Dated(
            kind="Meeting",
            slug=f"meeting-{view.id}",
            title=view.name,
            due_on=view.starts_on,
            office_id=None,
            person_id=None,
            href=f"/meetings/{view.id}",
            marking=view.marking,
            exercise=view.exercise,
        ),
        done_on=view.ends_on if view.ends_on < today else None,
        sequence=view.version,
        note=f"Place: {view.place}. Of: {view.group or 'the forum'}.",
        until=view.ends_on,
        group_id=view.group_id,
    )
