"""What can be asked of persons: who is here, in which office and with which roles, as whom they read."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, cast

import msgspec
from sqlalchemy import RowMapping, func, or_, select
from sqlalchemy.orm import aliased

from pipir.features.people.queries.signing import disabled, last_sign_in
from pipir.features.people.tables import Absence, ApiToken, Office, Person, PersonOffice, RoleAssignment
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import PersonId
from pipir.kernel.marking import HOME, Reader, ReaderKind
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page

# Of a person by number, for whoever asks more by the same question.
READER: Final = "select reader_kind, nationality from person where id = $1"


class PersonView(msgspec.Struct, frozen=True):
    """A person as shown, with the office and the roles of today, and who stands in where they are away."""

    id: int
    version: int
    name: str
    title: str
    office_id: int
    office: str
    roles: list[str]
    reader_kind: str
    nationality: str
    email: str | None
    since: date
    until: date | None
    last_sign_in: datetime | None
    disabled: bool
    enabled_because: str | None
    away_until: date | None
    stand_in_id: int | None
    stand_in: str | None
    exercise: bool


class TimeInOffice(msgspec.Struct, frozen=True):
    """A time in an office."""

    office_id: int
    symbol: str
    name: str
    since: date
    until: date | None


class RoleView(msgspec.Struct, frozen=True):
    """A role with its days; `state` is held, ended or to come."""

    id: int
    version: int
    role: str
    since: date
    until: date | None
    state: str


class TokenView(msgspec.Struct, frozen=True):
    """A token without its secret."""

    id: int
    name: str
    made_at: datetime
    ends_at: datetime
    revoked_at: datetime | None


_SORTS: Sorts = {
    "name": ((func.lower(Person.name), str),),
    "office": ((func.lower(Office.symbol), str), (func.lower(Person.name), str)),
    "since": ((Person.since, date),),
}
_StandIn = aliased(Person)


async def list_people(
    session: ReadSession,
    *,
    text_in: str | None = None,
    office_id: int | None = None,
    role: str | None = None,
    reader: str | None = None,
    status: str | None = None,
    ended: bool = False,
    sort: str = "name",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[PersonView]:
    """People, without those whose time has ended unless `ended`.

    `reader` is a kind of employer, whose US nationals it finds, or a country's code; `status` is disabled or away.
    """
    statement = _people(session.today).where(Person.kind == "person")
    if text_in:
        statement = statement.where(
            or_(
                Person.name.icontains(text_in, autoescape=True),
                Person.title.icontains(text_in, autoescape=True),
                Office.symbol.icontains(text_in, autoescape=True),
                Office.name.icontains(text_in, autoescape=True),
            )
        )
    if office_id is not None:
        statement = statement.where(Person.office_id == office_id)
    if role is not None:
        statement = statement.where(Person.roles.contains([role]))
    if reader in ("us-government", "contractor"):
        statement = statement.where(Person.nationality == HOME, Person.reader_kind == reader)
    elif reader is not None:
        statement = statement.where(Person.nationality == reader)
    if status == "disabled":
        statement = statement.where(disabled(session.today))
    elif status == "away":
        statement = statement.where(Absence.id.is_not(None))
    if not ended:
        statement = statement.where(or_(Person.until.is_(None), Person.until >= session.today))
    return await list_page(
        session,
        statement,
        row_id=Person.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_view,
    )


async def person_choices(session: ReadSession) -> tuple[tuple[str, str], ...]:
    """Every person whose time has not ended, as a form offers them: number, and name with the office."""
    rows = await session.execute(
        select(Person.id, Person.name, Office.symbol)
        .join(Office, Office.id == Person.office_id)
        .where(Person.kind == "person", or_(Person.until.is_(None), Person.until >= session.today))
        .order_by(func.lower(Person.name), Person.id)
    )
    return tuple((str(row.id), f"{row.name} ({row.symbol})") for row in rows)


async def person(session: ReadSession, person_id: PersonId) -> PersonView:
    """One person, or NotFound."""
    statement = _people(session.today).where(Person.id == person_id, Person.kind == "person")
    row = (await session.execute(statement)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no person with this number.")
    return _view(row)


async def offices_of(session: ReadSession, person_id: int) -> tuple[TimeInOffice, ...]:
    """A person's times in offices, the latest first, without those that were taken back before they began."""
    rows = await session.execute(
        select(PersonOffice.office_id, Office.symbol, Office.name, PersonOffice.since, PersonOffice.until)
        .join(Office, Office.id == PersonOffice.office_id)
        .where(
            PersonOffice.person_id == person_id,
            or_(PersonOffice.until.is_(None), PersonOffice.until >= PersonOffice.since),
        )
        .order_by(PersonOffice.since.desc(), PersonOffice.id)
    )
    return tuple(TimeInOffice(*row) for row in rows)


async def roles_of(session: ReadSession, person_id: int) -> tuple[RoleView, ...]:
    """A person's roles with their days, those held or to come first, without those taken back before they began."""
    rows = await session.execute(
        select(
            RoleAssignment.id,
            RoleAssignment.version,
            RoleAssignment.role,
            RoleAssignment.since,
            RoleAssignment.until,
        )
        .where(
            RoleAssignment.person_id == person_id,
            or_(RoleAssignment.until.is_(None), RoleAssignment.until >= RoleAssignment.since),
        )
        .order_by(
            func.coalesce(RoleAssignment.until < session.today, False),
            RoleAssignment.since.desc(),
            RoleAssignment.id,
        )
    )
    today = session.today

    def state(since: date, until: date | None) -> str:
        if until is not None and until < today:
            return "ended"
        return "to come" if since > today else "held"

    return tuple(RoleView(*row, state(row.since, row.until)) for row in rows)


async def tokens_of(session: ReadSession, person_id: PersonId) -> tuple[TokenView, ...]:
    """The tokens that act as a person, newest first."""
    rows = await session.execute(
        select(ApiToken.id, ApiToken.name, ApiToken.made_at, ApiToken.ends_at, ApiToken.revoked_at)
        .where(ApiToken.person_id == person_id)
        .order_by(ApiToken.id.desc())
    )
    return tuple(TokenView(*row) for row in rows)


async def reader_of(session: ReadSession, person_id: int) -> Reader:
    """As whom a person reads: what one may not see, one cannot change or have reported, whichever door one came by."""
    return reader_from(await session.driver.fetchrow(READER, person_id))


def reader_from(row: Sequence[str] | None) -> Reader:
    """The reader of a row of READER; NotFound where there is none."""
    if row is None:
        raise NotFound("There is no person with this number.")
    return Reader(kind=cast("ReaderKind", row[0]), nationality=row[1])


def _people(today: date) -> AnySelect:
    return (
        select(
            Person.id,
            Person.version,
            Person.name,
            Person.title,
            Person.office_id,
            Office.symbol.label("office"),
            Person.roles,
            Person.reader_kind,
            Person.nationality,
            Person.email,
            Person.since,
            Person.until,
            last_sign_in().label("last_sign_in"),
            disabled(today).label("disabled"),
            Person.enabled_because,
            Absence.until.label("away_until"),
            Absence.stand_in_id,
            _StandIn.name.label("stand_in"),
            Person.exercise,
        )
        .select_from(Person)
        .join(Office, Office.id == Person.office_id)
        .outerjoin(Absence, (Absence.person_id == Person.id) & (Absence.since <= today) & (Absence.until >= today))
        .outerjoin(_StandIn, _StandIn.id == Absence.stand_in_id)
    )


def _view(row: RowMapping) -> PersonView:
    return PersonView(**{name: row[name] for name in PersonView.__struct_fields__})
