"""What can be asked of offices: which there are, what they were called, who belonged to one on a day."""

from datetime import date

import msgspec
from sqlalchemy import RowMapping, exists, func, or_, select
from sqlalchemy.orm import aliased

from pipir.features.people.tables import Office, OfficeName, Person, PersonOffice
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import OfficeId
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page


class OfficeView(msgspec.Struct, frozen=True):
    """An office as shown; a `since` that is None is not known."""

    id: int
    version: int
    symbol: str
    name: str
    department: str
    since: date | None
    until: date | None
    successor_id: int | None
    successor: str | None
    source: str | None
    people: int
    exercise: bool


class FormerName(msgspec.Struct, frozen=True):
    """What an office was called, and until when."""

    symbol: str
    name: str
    since: date | None
    until: date


class Member(msgspec.Struct, frozen=True):
    """A person in an office on a day, with the days of their time in it."""

    id: int
    name: str
    title: str
    roles: list[str]
    since: date
    until: date | None
    exercise: bool


_SORTS: Sorts = {
    "symbol": ((func.lower(Office.symbol), str),),
    "name": ((func.lower(Office.name), str),),
    "department": ((Office.department, str), (func.lower(Office.symbol), str)),
}
_Successor = aliased(Office)


async def list_offices(
    session: ReadSession,
    *,
    text_in: str | None = None,
    department: str | None = None,
    ended: bool = False,
    sort: str = "symbol",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[OfficeView]:
    """Offices, without those that have ended unless `ended`; a text is sought in names, former names and its people."""
    statement = _offices(session.today).where(Office.symbol != "pipir")
    if text_in:
        statement = statement.where(
            or_(
                Office.symbol.icontains(text_in, autoescape=True),
                Office.name.icontains(text_in, autoescape=True),
                exists().where(
                    OfficeName.office_id == Office.id,
                    or_(
                        OfficeName.symbol.icontains(text_in, autoescape=True),
                        OfficeName.name.icontains(text_in, autoescape=True),
                    ),
                ),
                _members_on(session.today)
                .where(PersonOffice.office_id == Office.id, Person.name.icontains(text_in, autoescape=True))
                .exists(),
            )
        )
    if department is not None:
        statement = statement.where(Office.department == department)
    if not ended:
        statement = statement.where(or_(Office.until.is_(None), Office.until >= session.today))
    return await list_page(
        session,
        statement,
        row_id=Office.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_view,
    )


async def office_choices(session: ReadSession) -> tuple[tuple[str, str], ...]:
    """Every office that has not ended, as a form offers it: number and name, by its symbol."""
    rows = await session.execute(
        select(Office.id, Office.symbol, Office.name)
        .where(Office.symbol != "pipir", or_(Office.until.is_(None), Office.until >= session.today))
        .order_by(func.lower(Office.symbol), Office.id)
    )
    return tuple((str(row.id), f"{row.symbol}: {row.name}") for row in rows)


async def office(session: ReadSession, office_id: OfficeId) -> OfficeView:
    """One office, or NotFound."""
    statement = _offices(session.today).where(Office.id == office_id)
    row = (await session.execute(statement)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no office with this number.")
    return _view(row)


async def office_called(session: ReadSession, symbol: str) -> OfficeView | None:
    """The office that has this symbol, or had it before, or None."""
    former = select(OfficeName.office_id).where(OfficeName.symbol == symbol)
    statement = _offices(session.today).where(or_(Office.symbol == symbol, Office.id.in_(former)))
    rows = (await session.execute(statement.order_by(Office.symbol != symbol, Office.id).limit(1))).mappings()
    row = rows.one_or_none()
    return _view(row) if row is not None else None


async def names_of(session: ReadSession, office_id: int) -> tuple[FormerName, ...]:
    """The former names of an office, the latest first."""
    rows = await session.execute(
        select(OfficeName.symbol, OfficeName.name, OfficeName.since, OfficeName.until)
        .where(OfficeName.office_id == office_id)
        .order_by(OfficeName.until.desc(), OfficeName.id)
    )
    return tuple(FormerName(*row) for row in rows)


async def predecessors_of(session: ReadSession, office_id: int) -> tuple[tuple[int, str, date], ...]:
    """(id, symbol, last day) of the offices that this one succeeded, the latest first."""
    rows = await session.execute(
        select(Office.id, Office.symbol, Office.until)
        .where(Office.successor_id == office_id)
        .order_by(Office.until.desc(), Office.id)
    )
    return tuple((number, symbol, until) for number, symbol, until in rows if until is not None)


async def members_of(session: ReadSession, office_id: int, on: date) -> tuple[Member, ...]:
    """Who belonged to an office on a day, by name; the roles are those of today."""
    rows = await session.execute(
        _members_on(on).where(PersonOffice.office_id == office_id).order_by(func.lower(Person.name), Person.id)
    )
    return tuple(Member(*row) for row in rows)


def _members_on(on: date) -> AnySelect:
    return (
        select(
            Person.id,
            Person.name,
            Person.title,
            Person.roles,
            PersonOffice.since,
            PersonOffice.until,
            Person.exercise,
        )
        .select_from(Person)
        .join(PersonOffice, PersonOffice.person_id == Person.id)
        .where(
            Person.kind == "person",
            PersonOffice.since <= on,
            or_(PersonOffice.until.is_(None), PersonOffice.until >= on),
        )
    )


def _offices(today: date) -> AnySelect:
    people = _members_on(today).where(PersonOffice.office_id == Office.id).with_only_columns(func.count(Person.id))
    return select(
        Office.id,
        Office.version,
        Office.symbol,
        Office.name,
        Office.department,
        Office.since,
        Office.until,
        Office.successor_id,
        _Successor.symbol.label("successor"),
        Office.source,
        people.correlate(Office).scalar_subquery().label("people"),
        Office.exercise,
    ).outerjoin(_Successor, _Successor.id == Office.successor_id)


def _view(row: RowMapping) -> OfficeView:
    return OfficeView(**{name: row[name] for name in OfficeView.__struct_fields__})
