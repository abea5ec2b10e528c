"""The three doors to PostgreSQL: read, write and snapshot. Nothing else begins or commits."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from pipir.kernel import clock
from pipir.kernel.calendar import washington_day
from pipir.kernel.errors import Stale
from pipir.kernel.once import Answer, Once
from pipir.store.base import Record, load_tables
from pipir.store.conflicts import translated
from pipir.store.once import claim, keep

T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """How long a statement, a wait for a lock and an idle transaction may take, in milliseconds; 0 is no limit."""

    name: str
    statement_ms: int
    lock_ms: int
    idle_ms: int


WEB = Limits("web", statement_ms=5_000, lock_ms=2_000, idle_ms=10_000)
# Jobs and the command line work longer, under limits of their own.
JOB = Limits("job", statement_ms=600_000, lock_ms=5_000, idle_ms=60_000)

# From here on the search takes a word for a misspelled one: its index asks the connection, not the statement.
_ALIKE = {"pg_trgm.word_similarity_threshold": "0.4"}
_NOW = "select app.now()"
_UNMOVING = "begin isolation level repeatable read, read only"


class ReadSession(AsyncSession):
    """Questions on a connection of which PostgreSQL takes no write; `now` is the program's time at their start.

    `driver` is the same connection without SQLAlchemy, within the same transaction: for the few questions that every
    posting or page asks, where building and mapping a statement takes longer than answering it.
    """

    now: datetime
    driver: asyncpg.Connection

    @property
    def today(self) -> date:
        """The program's day in Washington, where statutory days are counted."""
        return washington_day(self.now)


class WriteSession(ReadSession):
    """A transaction with an actor and a command; it commits at the end of its block, or nothing of it is stored."""

    actor: int
    command: str
    # Whether the exercise program writes: years in one go, each act on its own day.
    exercise: bool = False
    answer: Answer | None = None

    def hear(self, now: datetime) -> None:
        """Go by this time from here on, unless an exercise write is judged at a time of its own."""
        clock.note(now)
        if getattr(self, "now", None) is None:
            self.now = now

    def recorded_on(self, day: date) -> date:
        """The day on which an act of a day counts as recorded: today, and for the exercise program the day itself."""
        return min(self.today, day) if self.exercise else self.today

    def check_version(self, record: Record, version: int, *, title: str) -> None:
        """Refuse the change of a record that has moved on since the caller read it."""
        if record.version != version:
            raise Stale(
                f"{title} is now at version {record.version}; you changed version {version}. "
                "Nothing was stored. Read it again and make your change once more."
            )


S = TypeVar("S", bound=ReadSession)


class Database:
    """A pool of connections as one role, and the three doors that use it."""

    def __init__(self, url: str, *, role: str | None = None, limits: Limits = WEB, size: int = 8) -> None:
        settings = {
            "application_name": f"pipir-{limits.name}",
            "statement_timeout": str(limits.statement_ms),
            "lock_timeout": str(limits.lock_ms),
            "idle_in_transaction_session_timeout": str(limits.idle_ms),
            "timezone": "UTC",
        }
        if role is not None:
            settings["role"] = role
        self.engine = _pool(url, settings, size)
        # Questions see what is committed, each by itself: a transaction around them would be two more ways to the
        # server and back. That they write nothing is the connection's own setting.
        self.readers = _pool(url, settings | {"default_transaction_read_only": "on"} | _ALIKE, size)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadSession]:
        """Ask questions; PostgreSQL refuses any write."""
        with translated():
            async with _lent(self.readers) as connection, _of(ReadSession, connection) as session:
                session.now = clock.heard() or await session.driver.fetchval(_NOW)
                yield session

    async def first(self, question: str, *asked: object) -> asyncpg.Record | None:
        """The one row that answers a request's first question, or None; its column `heard_now` says the time."""
        with translated():
            async with _lent(self.readers) as connection:
                row = await _driver_of(connection).fetchrow(question, *asked)
        if row is not None:
            clock.note(row["heard_now"])
        return row

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[ReadSession]:
        """Ask many questions of one unmoving state (repeatable read, read only)."""
        async with self._unmoving(_UNMOVING) as session:
            yield session

    @asynccontextmanager
    async def beside(self, session: ReadSession) -> AsyncIterator[ReadSession]:
        """Ask at the same time as a snapshot's session, of the very state and instant that it sees."""
        seen = await session.scalar(text("select pg_export_snapshot()"))
        # Before any question: from then on a transaction sees what it saw first.
        beginning = f"{_UNMOVING}; set transaction snapshot '{seen}'"
        async with self._unmoving(beginning, heard=session.now) as another:
            yield another

    @asynccontextmanager
    async def write(
        self,
        *,
        actor: int,
        command: str,
        once: Once | None = None,
        exercise: bool = False,
        exercise_now: datetime | None = None,
        timed: bool = True,
    ) -> AsyncIterator[WriteSession]:
        """Change records as `actor` under the name of `command`; commits when the block ends, before any answer.

        `once` is the sender's idempotency key: a repetition raises Replayed with the stored answer. `exercise` marks
        every row that is inserted as made by the exercise program; its commands may be judged at `exercise_now`, since
        a program that covers years is written in one go.
        """
        if exercise_now is not None and not exercise:
            raise ValueError("Only an exercise write may be judged at another time than now.")
        # What is stored may refer to a table of a feature that nothing else has loaded here.
        load_tables()
        with translated():
            async with (
                _lent(self.engine) as connection,
                _transaction(connection, _signed(actor, command, exercise=exercise)),
                _of(WriteSession, connection) as session,
            ):
                session.actor, session.command, session.exercise = actor, command, exercise
                if exercise_now is not None:
                    session.now = exercise_now
                elif timed:
                    session.hear(await session.driver.fetchval(_NOW))
                if once is not None:
                    await claim(session, once)
                yield session
                if once is not None and session.answer is not None:
                    await keep(session, once, session.answer)
                # A session that nothing was asked of but its driver has begun nothing.
                if session.in_transaction():
                    await session.flush()

    @asynccontextmanager
    async def _unmoving(self, beginning: str, *, heard: datetime | None = None) -> AsyncIterator[ReadSession]:
        with translated():
            async with (
                _lent(self.engine) as connection,
                _transaction(connection, beginning),
                _of(ReadSession, connection) as session,
            ):
                # Its state is that of its first statement, which asks for the time of then.
                session.now = heard or await session.driver.fetchval(_NOW)
                yield session

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()
        await self.readers.dispose()


@asynccontextmanager
async def _lent(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection of the pool; SQLAlchemy's own block would make a task of giving it back."""
    connection = await engine.connect()
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def _of(kind: type[S], connection: AsyncConnection) -> AsyncIterator[S]:
    session = kind(connection, expire_on_commit=False, autoflush=kind is WriteSession)
    session.driver = _driver_of(connection)
    try:
        yield session
    finally:
        if session.in_transaction():
            await session.close()


@asynccontextmanager
async def _transaction(connection: AsyncConnection, beginning: str) -> AsyncIterator[None]:
    """One transaction by the driver's own words: committed at the end of the block, or nothing of it is stored."""
    driver = _driver_of(connection)
    try:
        await driver.execute(beginning)
        yield
    except BaseException:
        # Of a connection that was lost there is nothing to take back, and the first error says more than the second.
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
            await driver.execute("rollback")
        raise
    # A transaction that an error has ended, though somebody caught it, answers ROLLBACK, and nothing is stored.
    if await driver.execute("commit") != "COMMIT":
        raise asyncpg.InFailedSQLTransactionError("The transaction had failed before it was committed.")


def _signed(actor: int, command: str, *, exercise: bool) -> str:
    """The beginning of a write with its settings, in one way to the server."""
    said = {"actor": str(actor), "command": command.replace("'", "''"), "exercise": "on" if exercise else ""}
    return "begin" + "".join(f"; set local app.{name} = '{value}'" for name, value in said.items())


@asynccontextmanager
async def meanwhile(ask: Coroutine[Any, Any, T]) -> AsyncIterator["asyncio.Task[T]"]:
    """Ask on a session of its own while the block goes on, which takes the answer; it does not outlive the block."""
    asked = asyncio.create_task(ask)
    try:
        yield asked
    finally:
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)


def _driver_of(connection: AsyncConnection) -> asyncpg.Connection:
    driver = connection.sync_connection.connection.driver_connection  # type: ignore[union-attr]
    assert isinstance(driver, asyncpg.Connection)
    return driver


def _pool(url: str, settings: dict[str, str], size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=3,
        pool_pre_ping=False,
        # SQLAlchemy begins and ends nothing: a write does so itself (`_transaction`), which costs a third of it.
        isolation_level="AUTOCOMMIT",
        # An error ends up in a log, and what people typed does not.
        hide_parameters=True,
        connect_args={"server_settings": settings, "timeout": 5},
    )
    event.listen(engine.sync_engine, "checkout", _renew_closed)
    event.listen(engine.sync_engine, "checkin", _keep_no_transaction)
    return engine


def _renew_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    # What the server has closed is seen without asking it, also where the first question goes to the driver: SQLAlchemy
    # hears nothing of that one's end.
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _keep_no_transaction(connection: Any, record: Any) -> None:
    # Of a write whose rollback was itself interrupted: its locks would last until somebody asks this connection again.
    if connection is not None and connection.driver_connection.is_in_transaction():
        record.invalidate()
