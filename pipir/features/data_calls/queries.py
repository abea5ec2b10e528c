"""What can be asked of data calls; each question is answered as one reader may see."""

from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select

from pipir.features.data_calls import rules
from pipir.features.data_calls.tables import DataCall, DataCallAddressee
from pipir.features.groups.tables import WorkingGroup
from pipir.features.notices.rules import Entry
from pipir.features.people.tables import Office, Person
from pipir.kernel.dated import Dated
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import AddresseeId, DataCallId
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page


class CallView(msgspec.Struct, frozen=True):
    """A data call as shown; its counts are of the addressees that the reader may see and that were not released."""

    id: int
    version: int
    title: str
    asked: str
    purpose: str
    report_year: int | None
    issued_on: date
    due_on: date
    closed_on: date | None
    closed_because: str | None
    reopened_because: str | None
    addressees: int
    answered: int
    nil: int
    unanswered: int
    days_past_due: int
    marking: str
    exercise: bool


class AddresseeView(msgspec.Struct, frozen=True):
    """One addressee as shown: the return, the days past due where none came, the days since it where one did."""

    id: int
    version: int
    call_id: int
    call: str
    asked: str
    office_id: int | None
    group_id: int | None
    addressee: str
    returned: str | None
    answer: str | None
    nil_because: str | None
    answered_on: date | None
    answered_by: str | None
    released_because: str | None
    due_on: date
    closed: bool
    days_past_due: int
    days_since: int | None
    stale: bool
    marking: str
    exercise: bool


_SORTS: Sorts = {
    "due": ((DataCall.due_on, date),),
    "issued": ((DataCall.issued_on, date),),
    "title": ((func.lower(DataCall.title), str),),
    "purpose": ((func.lower(DataCall.purpose), str), (DataCall.due_on, date)),
}


async def list_calls(
    session: ReadSession,
    reader: Reader,
    *,
    text_in: str | None = None,
    report_year: int | None = None,
    office_id: int | None = None,
    closed: bool = True,
    overdue: bool = False,
    stale: bool = False,
    sort: str = "-due",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[CallView]:
    """Data calls, the latest due first; `overdue`: past their day, a return missing; `stale`: with an aged answer."""
    statement = _calls(reader)
    if text_in:
        columns = (DataCall.title, DataCall.asked, DataCall.purpose)
        statement = statement.where(or_(*(each.icontains(text_in, autoescape=True) for each in columns)))
    if report_year is not None:
        statement = statement.where(DataCall.report_year == report_year)
    if office_id is not None:
        statement = statement.where(
            select(DataCallAddressee.id)
            .where(DataCallAddressee.call_id == DataCall.id, DataCallAddressee.office_id == office_id)
            .exists()
        )
    if not closed or overdue:
        statement = statement.where(DataCall.closed_on.is_(None))
    if stale:
        _, stale_after = rules.staleness(the_statute(), session.today)
        old = DataCallAddressee.answered_on < session.today - timedelta(days=stale_after)
        aged = _of_call(reader).where(DataCallAddressee.returned == "answer", old).correlate(DataCall).scalar_subquery()
        statement = statement.where(aged > 0)
    if overdue:
        missing = _of_call(reader).where(_is_missing()).correlate(DataCall).scalar_subquery()
        statement = statement.where(DataCall.due_on < session.today, missing > 0)
    return await list_page(
        session,
        statement,
        row_id=DataCall.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _call_view(row, session.today),
    )


async def call(session: ReadSession, reader: Reader, call_id: DataCallId) -> CallView:
    """One data call, or NotFound."""
    row = (await session.execute(_calls(reader).where(DataCall.id == call_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no data call with this number.")
    return _call_view(row, session.today)


async def addressees_of(session: ReadSession, reader: Reader, call_id: DataCallId) -> tuple[AddresseeView, ...]:
    """The addressees of a call by name, with what each has returned."""
    statement = _addressees(reader).where(DataCallAddressee.call_id == call_id)
    rows = await session.execute(statement.order_by(func.lower(_name()), DataCallAddressee.id))
    return tuple(_addressee_view(row, session.today) for row in rows.mappings())


async def addressee(session: ReadSession, reader: Reader, addressee_id: AddresseeId) -> AddresseeView:
    """One addressee of a call, or NotFound."""
    statement = _addressees(reader).where(DataCallAddressee.id == addressee_id)
    row = (await session.execute(statement)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no addressee of a data call with this number.")
    return _addressee_view(row, session.today)


async def entries(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """Every return that was made or that an open call still awaits, the earliest due first; a group's has no office."""
    # What a closed call went without is awaited no more.
    statement = _addressees(reader).where(
        DataCallAddressee.released_because.is_(None),
        or_(DataCall.closed_on.is_(None), DataCallAddressee.returned.is_not(None)),
    )
    rows = await session.execute(statement.order_by(DataCall.due_on, DataCallAddressee.id))
    return tuple(
        Entry(
            Dated(
                kind="data call",
                slug=f"data-call-return-{row['id']}",
                title=f"{row['addressee']}: {row['call']}",
                due_on=row["due_on"],
                office_id=row["office_id"],
                person_id=None,
                href=f"/data-calls/{row['call_id']}",
                marking=row["marking"],
                exercise=row["exercise"],
            ),
            done_on=row["answered_on"],
            sequence=row["version"],
        )
        for row in rows.mappings()
    )


async def dated(session: ReadSession, reader: Reader) -> tuple[Dated, ...]:
    """Every return that an open call still awaits, the earliest due first; a group's has no office."""
    return tuple(entry.dated for entry in await entries(session, reader) if entry.open)


def _is_missing() -> ColumnElement[bool]:
    return and_(DataCallAddressee.returned.is_(None), DataCallAddressee.released_because.is_(None))


def _name() -> ColumnElement[str]:
    return func.coalesce(Office.symbol, WorkingGroup.name)


def _seen(reader: Reader) -> ColumnElement[bool]:
    """A group that the reader may not see is not told of by a call either."""
    return or_(DataCallAddressee.group_id.is_(None), visible_to(reader, WorkingGroup))


def _of_call(reader: Reader) -> AnySelect:
    return (
        select(func.count())
        .select_from(DataCallAddressee)
        .outerjoin(WorkingGroup, WorkingGroup.id == DataCallAddressee.group_id)
        .where(DataCallAddressee.call_id == DataCall.id, _seen(reader))
    )


def _calls(reader: Reader) -> AnySelect:
    every = _of_call(reader)
    return select(
        DataCall.id,
        DataCall.version,
        DataCall.title,
        DataCall.asked,
        DataCall.purpose,
        DataCall.report_year,
        DataCall.issued_on,
        DataCall.due_on,
        DataCall.closed_on,
        DataCall.closed_because,
        DataCall.reopened_because,
        *(
            every.where(condition).correlate(DataCall).scalar_subquery().label(name)
            for name, condition in (
                ("addressees", DataCallAddressee.released_because.is_(None)),
                ("answered", DataCallAddressee.returned == "answer"),
                ("nil", DataCallAddressee.returned == "nil"),
                ("unanswered", _is_missing()),
            )
        ),
        DataCall.marking,
        DataCall.exercise,
    ).where(visible_to(reader, DataCall))


def _addressees(reader: Reader) -> AnySelect:
    return (
        select(
            DataCallAddressee.id,
            DataCallAddressee.version,
            DataCallAddressee.call_id,
            DataCall.title.label("call"),
            DataCall.asked,
            DataCallAddressee.office_id,
            DataCallAddressee.group_id,
            _name().label("addressee"),
            DataCallAddressee.returned,
            DataCallAddressee.answer,
            DataCallAddressee.nil_because,
            DataCallAddressee.answered_on,
            Person.name.label("answered_by"),
            DataCallAddressee.released_because,
            DataCall.due_on,
            DataCall.closed_on.is_not(None).label("closed"),
            DataCall.marking,
            DataCallAddressee.exercise,
        )
        .join(DataCall, DataCall.id == DataCallAddressee.call_id)
        .outerjoin(Office, Office.id == DataCallAddressee.office_id)
        .outerjoin(WorkingGroup, WorkingGroup.id == DataCallAddressee.group_id)
        .outerjoin(Person, Person.id == DataCallAddressee.answered_by_id)
        .where(visible_to(reader, DataCall), _seen(reader))
    )


def _call_view(row: RowMapping, today: date) -> CallView:
    waits = row["closed_on"] is None and row["unanswered"] > 0
    values: dict[str, Any] = dict(row)
    values["days_past_due"] = rules.days_past_due(row["due_on"], today) if waits else 0
    return CallView(**{name: values[name] for name in CallView.__struct_fields__})


def _addressee_view(row: RowMapping, today: date) -> AddresseeView:
    waits = not row["closed"] and row["returned"] is None and row["released_because"] is None
    # A clock that was set back may stand before the day of a return, which then has no age.
    returned_on: date | None = row["answered_on"]
    since = (today - returned_on).days if returned_on is not None and returned_on <= today else None
    _, stale_after = rules.staleness(the_statute(), today)
    values: dict[str, Any] = dict(row)
    values["days_past_due"] = rules.days_past_due(row["due_on"], today) if waits else 0
    values["days_since"] = since
    values["stale"] = row["returned"] == "answer" and since is not None and since > stale_after
    return AddresseeView(**{name: values[name] for name in AddresseeView.__struct_fields__})
