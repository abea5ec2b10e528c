"""The three doors to PostgreSQL: read, write and snapshot. Nothing else begins or commits."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
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
_NOW = text("select app.now()")
_BEGUN = text(
    "select set_config('app.actor', :actor, true), set_config('app.command', :command, true), "
    "set_config('app.exercise', :exercise, true), app.now() as now"
)


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
        reading = _pool(url, settings | {"default_transaction_read_only": "on"} | _ALIKE, size)
        self.readers = reading.execution_options(isolation_level="AUTOCOMMIT")
        self._snapshots = self.engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadSession]:
        """Ask questions; PostgreSQL refuses any write."""
        async with self._reading(self.readers, heard=clock.heard()) as session:
            yield session

    async def first(self, question: str, *asked: object) -> asyncpg.Record | None:
        """The one row that answers a request's first question, or None; its column `heard_now` says the time."""
        with translated():
            async with self.readers.connect() as connection:
                row = await _driver_of(connection).fetchrow(question, *asked)
        if row is not None:
            clock.note(row["heard_now"])
        return row

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[ReadSession]:
        """Ask many questions of one unmoving state (repeatable read, read only)."""
        # Its state is that of its first statement, which asks for the time of then.
        async with self._reading(self._snapshots) as session:
            yield session

    @asynccontextmanager
    async def beside(self, session: ReadSession) -> AsyncIterator[ReadSession]:
        """Ask at the same time as a snapshot's session, of the very state and instant that it sees."""
        seen = await session.scalar(text("select pg_export_snapshot()"))
        async with self._reading(self._snapshots, seen=seen, heard=session.now) as another:
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
            async with WriteSession(self.engine, expire_on_commit=False) as session, session.begin():
                session.actor, session.command, session.exercise = actor, command, exercise
                connection = await session.connection()
                said = {"actor": str(actor), "command": command, "exercise": "on" if exercise else ""}
                session.now = (await connection.execute(_BEGUN, said)).one().now
                # Only after a first statement: then SQLAlchemy has begun the transaction that it will end.
                session.driver = _driver_of(connection)
                clock.note(session.now)
                if exercise_now is not None:
                    session.now = exercise_now
                if once is not None:
                    await claim(session, once)
                yield session
                if once is not None and session.answer is not None:
                    await keep(session, once, session.answer)

    @asynccontextmanager
    async def _reading(
        self, engine: AsyncEngine, *, heard: datetime | None = None, seen: str | None = None
    ) -> AsyncIterator[ReadSession]:
        with translated():
            async with ReadSession(engine, expire_on_commit=False, autoflush=False) as session:
                connection = await session.connection()
                if seen is not None:
                    # Before any question: from then on a transaction sees what it saw first.
                    await connection.exec_driver_sql(f"set transaction snapshot '{seen}'")
                session.now = heard or (await connection.execute(_NOW)).scalar_one()
                session.driver = _driver_of(connection)
                yield session

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()
        await self.readers.dispose()


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
        # An error ends up in a log, and what people typed does not.
        hide_parameters=True,
        connect_args={"server_settings": settings, "timeout": 5},
    )
    event.listen(engine.sync_engine, "checkout", _renew_closed)
    return engine


def _renew_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    # What the server has closed is seen without asking it, also where the first question goes to the driver: SQLAlchemy
    # hears nothing of that one's end.
    if connection.driver_connection.is_closed():
        raise DisconnectionError
