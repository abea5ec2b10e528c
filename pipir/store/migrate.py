"""Brings a database to this program's schema, as the role that owns it; makes installations, moves clocks."""

import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from pipir.kernel.errors import Refused, Unavailable
from pipir.store.conflicts import translated
from pipir.store.doors import Database, ReadSession

Kind = Literal["production", "exercise", "rehearsal"]
ROOT = Path(__file__).resolve().parents[2]
_INSTALLATION = (
    "select kind, made_at, clock_offset = interval '0' and clock_frozen_at is null as real from app.installation"
)
# Any two migrators of one database wait for each other here.
_LOCK = 1253


class Clock(msgspec.Struct, frozen=True):
    """Where a program clock stands: at this instant now, ticking on, or `frozen` there."""

    at: datetime
    frozen: bool = False


class Installation(msgspec.Struct, frozen=True):
    """What a database is: its kind, fixed when it was made; when that was (real time); whose time its clock shows."""

    kind: Kind
    made_at: datetime
    keeps_real_time: bool


class Here(msgspec.Struct, frozen=True):
    """The database behind the service: its revision and this program's, its kind, and in words whose time it shows."""

    revision: str
    newest: str
    kind: Kind
    clock: str


@functools.cache
def newest_revision() -> str:
    """The revision that this program expects: that of its last migration, whose file is called after it."""
    return max(each.name for each in (ROOT / "migrations" / "versions").glob("[0-9]*.py")).partition("_")[0]


async def migrate(url: str, *, to: str = "head") -> None:
    """Apply the migrations that are missing, or take back those after `to`; two migrators wait for each other."""
    async with _owner(url) as connection:
        await connection.run_sync(_run, to)
        await connection.commit()


def _run(connection: Connection, to: str) -> None:
    here = connection.scalar(text("select to_regclass('public.alembic_version')"))
    current = connection.scalar(text("select version_num from alembic_version")) if here else None
    connection.rollback()
    if to == "head" and current == newest_revision():
        return
    if to == "head" and current is not None and current > newest_revision():
        raise Refused(
            f"This database has the schema {current}; this program knows none after {newest_revision()}.",
            way_out="Use the newer program that brought it there, or restore a backup into another database.",
        )
    from pipir.store.revisions import downgrade, upgrade  # noqa: PLC0415 - a schema is rarely another than is needed

    (downgrade if to != "head" and current is not None and to < current else upgrade)(connection, to)


async def make_installation(url: str, kind: Kind | None, clock: Clock | None = None) -> Installation:
    """Say what a new database is (an exercise where nothing is said); raise Refused where it is of another kind."""
    async with _owner(url) as connection:
        found = await _find(connection)
        if found is None:
            await connection.execute(
                text(
                    "insert into app.installation (kind, clock_offset, clock_frozen_at) values (:kind, "
                    "coalesce(cast(:ticking as timestamptz) - clock_timestamp(), interval '0'), :frozen)"
                ),
                {"kind": kind or "exercise", **_clock_values(clock)},
            )
            found = await _find(connection)
            await connection.commit()
        assert found is not None
        if kind is not None and found.kind != kind:
            raise Refused(
                f"This database is an installation of the kind {found.kind}, fixed when it was made; "
                f"it cannot be run as {kind}.",
                way_out="Name another PIPIR_HOME, or another database, for another kind.",
            )
        return found


async def move_clock(url: str, clock: Clock) -> None:
    """Move a rehearsal's clock to a later instant, ticking or frozen; Refused for any other installation."""
    async with _owner(url) as connection:
        found = await _find(connection)
        if found is None or found.kind != "rehearsal":
            raise Refused("Only the clock of a rehearsal can be moved; this is no rehearsal.")
        now = await connection.scalar(text("select app.now()"))
        if now is not None and clock.at < now:
            raise Refused(
                f"A program clock only moves later; this one stands at {now.isoformat()}.",
                way_out="Start without --rehearse to go on from there, or rehearse in a new PIPIR_HOME.",
            )
        await connection.execute(
            text(
                "update app.installation set clock_frozen_at = :frozen, "
                "clock_offset = coalesce(cast(:ticking as timestamptz) - clock_timestamp(), interval '0')"
            ),
            _clock_values(clock),
        )
        await connection.commit()


async def installation_of(url: str) -> Installation | None:
    """What the database is, or None where it is not set up."""
    async with _owner(url) as connection:
        return await _find(connection)


async def clock_of(url: str) -> datetime:
    """Where the program clock stands now."""
    async with _owner(url) as connection:
        now = await connection.scalar(text("select app.now()"))
        assert isinstance(now, datetime)
        return now


async def ready_made(db: Database) -> Installation:
    """The installation that others have set up, as the service sees it; Unavailable where it is not as needed."""
    async with db.read() as session:
        there = await session.scalar(text("select to_regclass('public.alembic_version') is not null"))
        revision = await session.scalar(text("select version_num from alembic_version")) if there else None
        row = (await session.execute(text(_INSTALLATION))).one_or_none() if there else None
    if row is None or revision != newest_revision():
        raise Unavailable(
            f"The database is at revision {revision or 'none'}; this program needs {newest_revision()}.",
            way_out="Run pipir setup first, as the role that owns the database.",
        )
    return Installation(*row)


async def database_of(session: ReadSession) -> Here:
    """What a session's database is, as the service sees it."""
    row = (
        await session.execute(
            text(
                "select (select version_num from alembic_version) as revision, kind, "
                "case when clock_frozen_at is not null then 'stands still' "
                "when clock_offset = interval '0' then 'shows real time' "
                "else 'ticks at another time than the real one' "
                "end as clock from app.installation"
            )
        )
    ).one()
    return Here(row.revision, newest_revision(), row.kind, row.clock)


async def refuse_unsafe(db: Database) -> None:
    """Refuse to serve from a server that may lose what it has acknowledged."""
    async with db.read() as session:
        off = [
            name
            for name in ("fsync", "full_page_writes", "synchronous_commit")
            if await session.scalar(text("select current_setting(:name)"), {"name": name}) == "off"
        ]
    if off:
        raise Refused(
            f"The PostgreSQL server runs with {', '.join(off)} off: it may lose what it has acknowledged.",
            way_out="Switch them on in the server's configuration.",
        )


def _clock_values(clock: Clock | None) -> dict[str, Any]:
    if clock is None:
        return {"ticking": None, "frozen": None}
    return {"ticking": None if clock.frozen else clock.at, "frozen": clock.at if clock.frozen else None}


async def _find(connection: AsyncConnection) -> Installation | None:
    if await connection.scalar(text("select to_regclass('app.installation')")) is None:
        return None
    row = (await connection.execute(text(_INSTALLATION))).one_or_none()
    return Installation(*row) if row is not None else None


@asynccontextmanager
async def _owner(url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        with translated():
            connection = await engine.connect()
        try:
            await connection.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
            await connection.commit()
            yield connection
        finally:
            await connection.close()
    finally:
        await engine.dispose()
