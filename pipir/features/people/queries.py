"""What can be asked of people."""

from datetime import date, datetime
from typing import Literal, cast

import msgspec
from sqlalchemy import RowMapping, func, or_, select, update
from sqlalchemy.orm import aliased

from pipir.features.people import rules
from pipir.features.people.tables import ApiToken, Office, Person, SignIn
from pipir.kernel.access import Caller, Credentials
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import OfficeId, PersonId
from pipir.kernel.marking import Reader, ReaderKind
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.doors import Database, ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page


class OfficeView(msgspec.Struct, frozen=True):
    """An office as shown."""

    id: int
    version: int
    symbol: str
    name: str
    department: str
    since: date
    until: date | None
    exercise: bool


class PersonView(msgspec.Struct, frozen=True):
    """A person as shown, with the office."""

    id: int
    version: int
    name: str
    title: str
    office_id: int
    office: str
    roles: list[str]
    reader_kind: str
    email: str | None
    since: date
    until: date | None
    exercise: bool


class TokenView(msgspec.Struct, frozen=True):
    """A token without its secret."""

    id: int
    name: str
    made_at: datetime
    ends_at: datetime
    revoked_at: datetime | None


_PEOPLE_SORTS: Sorts = {
    "name": ((func.lower(Person.name), str),),
    "office": ((func.lower(Office.symbol), str), (func.lower(Person.name), str)),
    "since": ((Person.since, date),),
}
_OFFICE_SORTS: Sorts = {
    "symbol": ((func.lower(Office.symbol), str),),
    "name": ((func.lower(Office.name), str),),
    "department": ((Office.department, str), (func.lower(Office.symbol), str)),
}


async def list_people(
    session: ReadSession,
    *,
    text_in: str | None = None,
    office_id: int | None = None,
    role: str | None = None,
    ended: bool = False,
    sort: str = "name",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[PersonView]:
    """People, without those whose time has ended unless `ended`."""
    statement = _people().where(Person.kind == "person")
    if text_in:
        statement = statement.where(
            or_(Person.name.icontains(text_in, autoescape=True), Person.title.icontains(text_in, autoescape=True))
        )
    if office_id is not None:
        statement = statement.where(Person.office_id == office_id)
    if role is not None:
        statement = statement.where(Person.roles.contains([role]))
    if not ended:
        statement = statement.where(or_(Person.until.is_(None), Person.until >= session.today))
    return await list_page(
        session,
        statement,
        row_id=Person.id,
        sorts=_PEOPLE_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_person_view,
    )


async def person(session: ReadSession, person_id: PersonId) -> PersonView:
    """One person, or NotFound."""
    row = (
        (await session.execute(_people().where(Person.id == person_id, Person.kind == "person")))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise NotFound("There is no person with this number.")
    return _person_view(row)


async def list_offices(
    session: ReadSession,
    *,
    department: str | None = None,
    ended: bool = False,
    sort: str = "symbol",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[OfficeView]:
    """Offices, without those that have ended unless `ended`."""
    statement = _offices().where(Office.symbol != "pipir")
    if department is not None:
        statement = statement.where(Office.department == department)
    if not ended:
        statement = statement.where(or_(Office.until.is_(None), Office.until >= session.today))
    return await list_page(
        session,
        statement,
        row_id=Office.id,
        sorts=_OFFICE_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_office_view,
    )


async def office(session: ReadSession, office_id: OfficeId) -> OfficeView:
    """One office, or NotFound."""
    row = (await session.execute(_offices().where(Office.id == office_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no office with this number.")
    return _office_view(row)


async def tokens_of(session: ReadSession, person_id: PersonId) -> tuple[TokenView, ...]:
    """The tokens that act as a person, newest first."""
    rows = await session.execute(
        select(ApiToken.id, ApiToken.name, ApiToken.made_at, ApiToken.ends_at, ApiToken.revoked_at)
        .where(ApiToken.person_id == person_id)
        .order_by(ApiToken.id.desc())
    )
    return tuple(TokenView(*row) for row in rows)


async def identify(db: Database, credentials: Credentials) -> Caller | None:
    """The caller behind a cookie or a token that is in force, or None; keeps a browser session awake."""
    if credentials.token is not None:
        return await _by_token(db, credentials.token)
    if credentials.cookie is not None:
        return await _by_cookie(db, credentials.cookie)
    return None


async def _by_token(db: Database, token: str) -> Caller | None:
    async with db.read() as session:
        row = (
            (
                await session.execute(
                    _callers()
                    .join(ApiToken, ApiToken.person_id == Person.id)
                    .where(
                        ApiToken.token_hash == rules.hash_of(token),
                        ApiToken.revoked_at.is_(None),
                        ApiToken.ends_at > func.clock_timestamp(),
                    )
                )
            )
            .mappings()
            .one_or_none()
        )
    return _caller(row, via="token") if row is not None else None


async def _by_cookie(db: Database, cookie: str) -> Caller | None:
    before = aliased(SignIn)
    last = (
        select(func.max(before.made_at))
        .where(before.person_id == SignIn.person_id, before.id < SignIn.id)
        .scalar_subquery()
    )
    async with db.read() as session:
        row = (
            (
                await session.execute(
                    _callers()
                    .add_columns(
                        SignIn.id.label("session_id"),
                        SignIn.csrf,
                        (func.clock_timestamp() - SignIn.last_seen_at).label("rested"),
                        last.label("last_sign_in"),
                    )
                    .join(SignIn, SignIn.person_id == Person.id)
                    .where(
                        SignIn.token_hash == rules.hash_of(cookie),
                        SignIn.revoked_at.is_(None),
                        SignIn.ends_at > func.clock_timestamp(),
                    )
                )
            )
            .mappings()
            .one_or_none()
        )
    if row is None or row["rested"] > rules.idle_limit(row["roles"]):
        return None
    if row["rested"] > rules.NOTED_EVERY:
        async with db.write(actor=row["id"], command="people.note-use") as writing:
            await writing.execute(
                update(SignIn).where(SignIn.id == row["session_id"]).values(last_seen_at=func.clock_timestamp())
            )
    return _caller(row, via="session")


async def reader_of(session: ReadSession, person_id: int) -> Reader:
    """As whom a person reads: what one may not see, one cannot change or have reported, whichever door one came by."""
    row = (
        await session.execute(select(Person.reader_kind, Person.nationality).where(Person.id == person_id))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no person with this number.")
    return Reader(kind=cast("ReaderKind", row.reader_kind), nationality=row.nationality)


def _callers() -> AnySelect:
    return (
        select(Person.id, Person.name, Person.roles, Person.reader_kind, Person.nationality, Office.symbol)
        .join(Office, Office.id == Person.office_id)
        .where(Person.kind == "person", or_(Person.until.is_(None), Person.until >= func.app.today()))
    )


def _people() -> AnySelect:
    return select(
        Person.id,
        Person.version,
        Person.name,
        Person.title,
        Person.office_id,
        Office.symbol.label("office"),
        Person.roles,
        Person.reader_kind,
        Person.email,
        Person.since,
        Person.until,
        Person.exercise,
    ).join(Office, Office.id == Person.office_id)


def _offices() -> AnySelect:
    return select(
        Office.id,
        Office.version,
        Office.symbol,
        Office.name,
        Office.department,
        Office.since,
        Office.until,
        Office.exercise,
    )


def _person_view(row: RowMapping) -> PersonView:
    return PersonView(**{name: row[name] for name in PersonView.__struct_fields__})


def _office_view(row: RowMapping) -> OfficeView:
    return OfficeView(**{name: row[name] for name in OfficeView.__struct_fields__})


def _caller(row: RowMapping, *, via: Literal["session", "token"]) -> Caller:
    return Caller(
        id=row["id"],
        name=row["name"],
        office=row["symbol"],
        roles=tuple(row["roles"]),
        reader=Reader(kind=row["reader_kind"], nationality=row["nationality"]),
        via=via,
        session_id=row.get("session_id"),
        csrf=row.get("csrf", ""),
        last_sign_in=row.get("last_sign_in"),
    )


async def may_answer_for(session: ReadSession, actor: int, office_id: int) -> bool:
    """Whether a person speaks for an office today: it is their own, and they are here."""
    found = await session.scalar(
        select(Person.id).where(
            Person.id == actor,
            Person.office_id == office_id,
            or_(Person.until.is_(None), Person.until >= session.today),
        )
    )
    return found is not None
