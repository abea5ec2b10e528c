"""Who is behind a request, through whose eyes they look, and whether they have been away for too long to come in."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Dialect, ScalarSelect, and_, func, literal_column, not_, or_, select, update
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import aliased

from pipir.features.people import rules
from pipir.features.people.tables import ApiToken, Office, Person, SignIn
from pipir.kernel.access import Caller, Credentials
from pipir.kernel.calendar import washington_day
from pipir.kernel.errors import NotSignedIn
from pipir.kernel.marking import Reader
from pipir.statute.load import the_statute
from pipir.store.doors import Database, ReadSession
from pipir.store.listing import AnySelect


async def identify(db: Database, credentials: Credentials) -> Caller | None:
    """The caller behind a cookie or a token that is in force, or None; keeps a browser session awake.

    NotSignedIn where the person is disabled, with the sentence that says so: who holds the secret may know.
    """
    if credentials.token is not None:
        return await _by_token(db, credentials.token)
    if credentials.cookie is not None:
        return await _by_cookie(db, credentials.cookie)
    return None


async def is_disabled(session: ReadSession, person_id: int) -> bool:
    """Whether a person is disabled now."""
    found = await session.scalar(select(disabled(session.today)).where(Person.id == person_id))
    return bool(found)


async def real_now(session: ReadSession) -> datetime:
    """Real time: sign-ins and tokens live in it, so that a program clock moved years ahead ends nobody's session."""
    now = await session.scalar(select(func.clock_timestamp()))
    assert isinstance(now, datetime)
    return now


def last_sign_in() -> ScalarSelect[datetime]:
    """When the person of the statement's row last signed in, in real time; null where never."""
    each = aliased(SignIn)
    return select(func.max(each.made_at)).where(each.person_id == Person.id).correlate(Person).scalar_subquery()


def disabled(today: date) -> ColumnElement[bool]:
    """Whether the person of the statement's row is disabled: derived, so that no sweep can be late.

    Persons of the exercise program are nobody's accounts and stay. Where every administrator would be disabled, the one
    who was here last is not: the installation would be locked.
    """
    days = rules.idle_days(the_statute(), today)
    return and_(
        not_(Person.exercise),
        Person.kind == "person",
        func.greatest(Person.enabled_at, last_sign_in()) < func.clock_timestamp() - timedelta(days=days),
        Person.id != func.coalesce(_administrator_here_last(), 0),
    )


def _administrator_here_last() -> ScalarSelect[int]:
    each, sign_in = aliased(Person), aliased(SignIn)
    last = select(func.max(sign_in.made_at)).where(sign_in.person_id == each.id).correlate(each).scalar_subquery()
    return (
        select(each.id)
        .where(
            each.kind == "person",
            each.roles.contains(["administrator"]),
            or_(each.until.is_(None), each.until >= func.app.today()),
        )
        .order_by(each.exercise.desc(), func.greatest(each.enabled_at, last).desc(), each.id)
        .limit(1)
        .scalar_subquery()
    )


async def _by_token(db: Database, token: str) -> Caller | None:
    row = await db.first(_text(_of_token, db.engine.dialect), rules.hash_of(token))
    if row is None:
        return None
    await _refuse_disabled(db, row)
    return _caller(row, via="token")


async def _by_cookie(db: Database, cookie: str) -> Caller | None:
    row = await db.first(_text(_of_cookie, db.engine.dialect), rules.hash_of(cookie))
    if row is None or row["rested"] > rules.idle_limit(row["roles"]):
        return None
    await _refuse_disabled(db, row)
    if row["rested"] > rules.NOTED_EVERY:
        async with db.write(actor=row["id"], command="people.note-use") as writing:
            await writing.execute(
                update(SignIn).where(SignIn.id == row["session_id"]).values(last_seen_at=func.clock_timestamp())
            )
    return _caller(row, via="session")


# Asked with every request, so it goes to the driver as text: SQLAlchemy takes longer over it than the database.
@cache
def _text(statement: Callable[[], AnySelect], dialect: Dialect) -> str:
    return str(statement().compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


_SECRET: Final = literal_column("$1", BYTEA)


def _of_token() -> AnySelect:
    return (
        _callers()
        .join(ApiToken, ApiToken.person_id == Person.id)
        .where(
            ApiToken.token_hash == _SECRET,
            ApiToken.revoked_at.is_(None),
            ApiToken.ends_at > func.clock_timestamp(),
        )
    )


def _of_cookie() -> AnySelect:
    before = aliased(SignIn)
    last = (
        select(func.max(before.made_at))
        .where(before.person_id == SignIn.person_id, before.id < SignIn.id)
        .scalar_subquery()
    )
    return (
        _callers()
        .add_columns(
            SignIn.id.label("session_id"),
            SignIn.csrf,
            SignIn.see_as_kind,
            SignIn.see_as_nationality,
            (func.clock_timestamp() - SignIn.last_seen_at).label("rested"),
            last.label("last_sign_in"),
        )
        .join(SignIn, SignIn.person_id == Person.id)
        .where(
            SignIn.token_hash == _SECRET,
            SignIn.revoked_at.is_(None),
            SignIn.ends_at > func.clock_timestamp(),
        )
    )


def _callers() -> AnySelect:
    return (
        select(
            Person.id,
            Person.name,
            Person.roles.label("roles"),
            Person.reader_kind,
            Person.nationality,
            Office.symbol,
            (func.clock_timestamp() - func.greatest(Person.enabled_at, last_sign_in())).label("away"),
            func.app.now().label("heard_now"),
        )
        .select_from(Person)
        .join(Office, Office.id == Person.office_id)
        .where(
            Person.kind == "person",
            Person.since <= func.app.today(),
            or_(Person.until.is_(None), Person.until >= func.app.today()),
        )
    )


async def _refuse_disabled(db: Database, row: Mapping[str, Any]) -> None:
    # How long somebody was away comes with every request; whether it disables them is asked of the few that it may.
    days = rules.idle_days(the_statute(), washington_day(row["heard_now"]))
    if row["away"] <= timedelta(days=days):
        return
    async with db.read() as session:
        if await is_disabled(session, row["id"]):
            raise NotSignedIn(rules.disabled_sentence(row["name"], days), way_out=rules.WAY_BACK)


def _caller(row: Mapping[str, Any], *, via: Literal["session", "token"]) -> Caller:
    own = Reader(kind=row["reader_kind"], nationality=row["nationality"])
    kind = row.get("see_as_kind")
    chosen = Reader(kind=kind, nationality=row["see_as_nationality"], within=own) if kind is not None else None
    return Caller(
        id=row["id"],
        name=row["name"],
        office=row["symbol"],
        roles=tuple(row["roles"]),
        reader=chosen or own,
        via=via,
        session_id=row.get("session_id"),
        csrf=row.get("csrf", ""),
        last_sign_in=row.get("last_sign_in"),
        seeing_as=chosen,
    )
