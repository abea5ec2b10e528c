"""The three doors: what they let through, what they refuse, and that a failing commit always reaches the caller."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from pipir.features.people.tables import SERVICE, Office
from pipir.kernel.clock import one_time
from pipir.kernel.errors import Conflict, Refused, Unavailable
from pipir.kernel.once import Answer, Once, Replayed
from pipir.store.doors import Database, Limits, meanwhile
from pipir.store.embedded import EmbeddedServer
from pipir.store.migrate import ROOT, Clock, make_installation, migrate, move_clock


def _office(symbol: str = "X1") -> Office:
    return Office(symbol=symbol, name="An office", department="Other", since=date(2026, 1, 1))


async def _offices(db: Database) -> int:
    async with db.read() as session:
        return int(await session.scalar(text("select count(*) from office")) or 0)


async def test_a_read_cannot_write(db: Database) -> None:
    """PostgreSQL enforces it."""
    with pytest.raises(DBAPIError, match="read-only transaction"):
        async with db.read() as session:
            await session.execute(text("update office set name = 'x'"))


async def test_a_snapshot_cannot_write_and_does_not_move(db: Database) -> None:
    """Repeatable read, read only."""
    async with db.snapshot() as session:
        before = await session.scalar(text("select count(*) from office"))
        async with db.write(actor=SERVICE, command="test") as writing:
            writing.add(_office())
        assert await session.scalar(text("select count(*) from office")) == before
    with pytest.raises(DBAPIError, match="read-only transaction"):
        async with db.snapshot() as session:
            await session.execute(text("update office set name = 'x'"))


async def test_a_snapshot_does_not_move_for_its_driver_either(db: Database) -> None:
    """What is asked past SQLAlchemy is asked within the same transaction, from the first question on."""
    async with db.snapshot() as session:
        before = await session.driver.fetchval("select count(*) from office")
        async with db.write(actor=SERVICE, command="test") as writing:
            writing.add(_office())
        assert await session.driver.fetchval("select count(*) from office") == before
        async with db.beside(session) as another:
            assert await another.driver.fetchval("select count(*) from office") == before


async def test_a_write_may_learn_the_time_from_its_first_question(db: Database) -> None:
    """Untimed, it knows none until then; the time that an exercise write is judged at stays."""
    told = datetime(2026, 11, 3, tzinfo=UTC)
    async with db.write(actor=SERVICE, command="test", timed=False) as session:
        with pytest.raises(AttributeError):
            _ = session.today
        session.hear(told)
        assert session.now == told
    judged = datetime(2026, 2, 1, tzinfo=UTC)
    async with db.write(actor=SERVICE, command="test", exercise=True, exercise_now=judged, timed=False) as session:
        session.hear(told)
        assert session.now == judged


async def test_a_write_signs_with_its_command_as_it_is(db: Database) -> None:
    """The settings are said as text: a quotation mark in a name ends none of them."""
    command = "test.o'clock', true"
    async with db.write(actor=SERVICE, command=command) as session:
        session.add(_office())
        await session.flush()
        said = await session.scalar(text("select command from trail order by id desc limit 1"))
    assert said == command


async def test_what_has_failed_is_never_taken_for_committed(db: Database) -> None:
    """PostgreSQL answers the COMMIT of a failed transaction by a ROLLBACK, without an error."""
    before = await _offices(db)
    with pytest.raises(asyncpg.InFailedSQLTransactionError):
        async with db.write(actor=SERVICE, command="test") as session:
            session.add(_office())
            await session.flush()
            with pytest.raises(DBAPIError):
                await session.execute(text("select 1 / 0"))
    assert await _offices(db) == before


async def test_no_connection_is_lent_with_a_transaction_of_another(server: EmbeddedServer, database: str) -> None:
    """A write whose rollback was interrupted leaves none of its locks behind."""
    small = Database(server.url("pipir_app", database), size=1)
    async with small.write(actor=SERVICE, command="test") as session:
        left = session.driver
    async with small.engine.connect() as connection:
        await connection.exec_driver_sql("begin")
        assert left.is_in_transaction()
    async with small.write(actor=SERVICE, command="test") as session:
        assert session.driver is not left
    await small.close()


async def test_a_request_goes_by_one_time(db: Database) -> None:
    """What it reads goes by what the clock said with its first question, and after a write by what it said then."""
    with one_time():
        first = await db.first("select app.now() as heard_now")
        assert first is not None
        async with db.read() as session:
            assert session.now == first["heard_now"]
        async with db.write(actor=SERVICE, command="test") as writing:
            assert writing.now > first["heard_now"]
        async with db.read() as session:
            assert session.now == writing.now
    async with db.read() as session:
        assert session.now > writing.now


async def test_a_connection_that_the_server_closed_is_renewed(db: Database) -> None:
    """What went away between two questions is seen before it is used again: nobody's question meets it."""
    closed = asyncio.Event()
    async with db.read() as session:
        gone = session.driver
    gone.add_termination_listener(lambda _: closed.set())
    with pytest.raises((asyncpg.PostgresError, ConnectionError)):
        await gone.execute("select pg_terminate_backend(pg_backend_pid())")
    await asyncio.wait_for(closed.wait(), 10)
    assert await db.first("select app.now() as heard_now") is not None


async def test_a_write_without_an_actor_fails_in_the_database(db: Database) -> None:
    """Nothing changes unsigned."""
    with pytest.raises(DBAPIError, match="Nothing changes unsigned"):
        async with db.engine.begin() as connection:
            await connection.execute(text("update office set name = 'x' where id = 1"))


async def test_a_refusal_inside_of_the_block_stores_nothing(db: Database) -> None:
    """All or nothing."""
    before = await _offices(db)
    with pytest.raises(Refused):
        async with db.write(actor=SERVICE, command="test") as session:
            session.add(_office())
            await session.flush()
            raise Refused("No.")
    assert await _offices(db) == before


async def test_a_commit_that_fails_reaches_the_caller(db: Database, owner_url: str) -> None:
    """No answer without a stored row: a deferred constraint fires at COMMIT."""
    owner = create_async_engine(owner_url, poolclass=NullPool)
    async with owner.begin() as connection:
        await connection.execute(
            text(
                "create function app.refuse_late() returns trigger language plpgsql as "
                "$$ begin raise exception 'Refused at the last moment.' "
                "using errcode = '23514', detail = 'Sec. X'; end $$"
            )
        )
        await connection.execute(
            text(
                "create constraint trigger late after insert on office deferrable initially deferred "
                "for each row execute function app.refuse_late()"
            )
        )
    await owner.dispose()
    before = await _offices(db)
    with pytest.raises(Refused, match="Refused at the last moment") as caught:
        async with db.write(actor=SERVICE, command="test") as session:
            session.add(_office())
    assert caught.value.citation == "Sec. X"
    assert await _offices(db) == before


async def test_a_server_that_goes_away_at_commit_is_told(db: Database, server: EmbeddedServer) -> None:
    """Backend gone: 503, never silence."""
    superuser = create_async_engine(server.url("postgres", "postgres"), poolclass=NullPool)
    before = await _offices(db)
    with pytest.raises(Unavailable):
        async with db.write(actor=SERVICE, command="test") as session:
            session.add(_office())
            await session.flush()
            pid = await session.scalar(text("select pg_backend_pid()"))
            async with superuser.connect() as connection:
                await connection.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
    await superuser.dispose()
    assert await _offices(db) == before


async def test_a_pool_without_free_connections_says_so(server: EmbeddedServer, database: str) -> None:
    """503 with a retry, never 500."""
    small = Database(server.url("pipir_app", database), size=1)
    small.readers.pool._timeout = 0.05  # type: ignore[attr-defined]
    async with small.read():
        with pytest.raises(Unavailable):
            async with small.read():
                pass
    await small.close()


async def test_a_lock_that_is_held_is_waited_for_within_its_limit(server: EmbeddedServer, database: str) -> None:
    """lock_timeout answers 503."""
    hasty = Database(server.url("pipir_app", database), limits=Limits("web", 5000, 50, 5000), size=2)
    async with hasty.write(actor=SERVICE, command="test") as first:
        await first.execute(text("select 1 from office where id = 1 for update"))
        with pytest.raises(Unavailable, match="holds this record"):
            async with hasty.write(actor=SERVICE, command="test") as second:
                await second.execute(text("select 1 from office where id = 1 for update"))
    await hasty.close()


async def test_the_version_counts_changes(db: Database) -> None:
    """Optimistic concurrency."""
    async with db.write(actor=SERVICE, command="test") as session:
        office = _office()
        session.add(office)
        await session.flush()
        assert office.version == 1
        office.name = "Another name"
        await session.flush()
        assert office.version == 2


async def test_a_constraint_speaks_in_its_sentence(db: Database) -> None:
    """Errors are sentences."""
    with pytest.raises(Conflict, match="There is an office with this symbol already"):
        async with db.write(actor=SERVICE, command="test") as session:
            session.add(_office("X1"))
            session.add(_office("X1"))


async def test_the_same_key_twice_in_parallel_is_served_once(db: Database) -> None:
    """Idempotency-Key: one row, whoever comes first."""
    once = Once(person=SERVICE, route="POST /x", key="k", fingerprint=b"f")

    async def attempt() -> str:
        try:
            async with db.write(actor=SERVICE, command="test", once=once) as session:
                session.add(_office("ONCE"))
                await session.flush()
                await asyncio.sleep(0)
                session.answer = Answer(201, "application/json", {}, b"{}")
        except Replayed:
            return "replayed"
        except Conflict as wrong:
            return "busy" if "still being served" in wrong.detail else wrong.detail
        return "done"

    before = await _offices(db)
    outcomes = [outcome for _ in range(10) for outcome in await asyncio.gather(*(attempt() for _ in range(5)))]
    assert outcomes.count("done") == 1
    assert set(outcomes) <= {"done", "busy", "replayed"}
    assert await _offices(db) == before + 1


async def test_a_form_that_is_sent_twice_at_once_is_answered_twice_alike(db: Database) -> None:
    """A second press waits for the first; other content under the same key is told in words for a person."""
    once = Once(person=SERVICE, route="POST /x", key="form", fingerprint=b"f", of_form=True)

    async def attempt(key: Once) -> str:
        try:
            async with db.write(actor=SERVICE, command="test", once=key) as session:
                session.add(_office("FORM"))
                await session.flush()
                await asyncio.sleep(0)
                session.answer = Answer(303, "text/html", {}, b"")
        except Replayed:
            return "replayed"
        return "done"

    before = await _offices(db)
    assert sorted(await asyncio.gather(*(attempt(once) for _ in range(3)))) == ["done", "replayed", "replayed"]
    assert await _offices(db) == before + 1
    with pytest.raises(Conflict, match="stored already, with other content"):
        await attempt(replace(once, fingerprint=b"g"))


async def test_the_trail_tells_who_did_what(db: Database) -> None:
    """Written by triggers in the same transaction."""
    async with db.write(actor=SERVICE, command="test.trail") as session:
        office = _office("TRAIL")
        session.add(office)
        await session.flush()
        office.name = "Changed"
    async with db.read() as session:
        rows = (
            await session.execute(
                text("select operation, before, after, actor from trail where command = 'test.trail' order by id")
            )
        ).all()
    assert [row.operation for row in rows] == ["insert", "update"]
    assert rows[1].before["name"] == "An office"
    assert rows[1].after["name"] == "Changed"


async def test_nobody_rewrites_the_trail(db: Database, owner_url: str) -> None:
    """Not the service, and not the role that owns it either."""
    with pytest.raises(DBAPIError, match="permission denied"):
        async with db.write(actor=SERVICE, command="test") as session:
            await session.execute(text("delete from trail"))
    owner = create_async_engine(owner_url, poolclass=NullPool)
    with pytest.raises(DBAPIError, match="never changed or deleted"):
        async with owner.begin() as connection:
            await connection.execute(text("update trail set actor = 2"))
    await owner.dispose()


WHEN = datetime(2030, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


async def _fresh(server: EmbeddedServer, name: str) -> str:
    engine = create_async_engine(server.url("postgres", "postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"drop database if exists {name} with (force)"))
        await connection.execute(text(f"create database {name} owner pipir_owner"))
    await engine.dispose()
    url = server.url("pipir_owner", name)
    await migrate(url)
    return url


async def test_a_rehearsal_is_frozen_to_the_microsecond_and_moves_only_later(server: EmbeddedServer) -> None:
    """Installations and clocks."""
    url = await _fresh(server, "rehearsal")
    await make_installation(url, "rehearsal", Clock(WHEN, frozen=True))
    doors = Database(server.url("pipir_app", "rehearsal"), size=1)
    async with doors.read() as session:
        assert session.now == WHEN
    with pytest.raises(Refused, match="only moves later"):
        await move_clock(url, Clock(WHEN.replace(year=2029)))
    later = WHEN.replace(year=2031)
    await move_clock(url, Clock(later, frozen=True))
    async with doors.read() as session:
        assert session.now == later
    await doors.close()


@pytest.mark.parametrize("kind", ["production", "exercise"])
async def test_no_other_clock_is_moved(server: EmbeddedServer, kind: str) -> None:
    """Only a rehearsal's; the database holds it against its owner too."""
    url = await _fresh(server, f"clock_{kind}")
    await make_installation(url, kind)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="Only the clock of a rehearsal"):
        await move_clock(url, Clock(WHEN))
    engine = create_async_engine(url, poolclass=NullPool)
    for change in ("clock_offset = interval '1 day'", "clock_frozen_at = clock_timestamp()", "kind = 'rehearsal'"):
        with pytest.raises(DBAPIError):
            async with engine.begin() as connection:
                await connection.execute(text(f"update app.installation set {change}"))
    await engine.dispose()


async def test_a_production_installation_has_no_other_clock_and_no_exercise_rows(server: EmbeddedServer) -> None:
    """In production no setting moves the clock, and no row is invented."""
    url = await _fresh(server, "clock_real")
    with pytest.raises(DBAPIError, match="production_keeps_real_time"):
        await make_installation(url, "production", Clock(WHEN))
    await make_installation(url, "production")
    doors = Database(server.url("pipir_app", "clock_real"), size=1)
    with pytest.raises(Refused, match="takes no exercise rows"):
        async with doors.write(actor=SERVICE, command="test", exercise=True) as session:
            session.add(_office())
    with pytest.raises(DBAPIError, match="permission denied"):
        async with doors.write(actor=SERVICE, command="test") as session:
            await session.execute(text("update app.installation set clock_offset = interval '1 day'"))
    await doors.close()


async def test_an_installation_stays_what_it_is(owner_url: str) -> None:
    """Fixed when its database is made."""
    with pytest.raises(Refused, match="installation of the kind exercise"):
        await make_installation(owner_url, "production")


async def test_beside_a_snapshot_the_same_is_seen_at_the_same_instant(db: Database) -> None:
    """Both speak of one state, also around midnight."""
    async with db.snapshot() as session:
        async with db.write(actor=SERVICE, command="test") as writing:
            writing.add(_office())
        count = text("select count(*) from office")
        async with db.beside(session) as another:
            assert another.now == session.now
            assert await another.scalar(count) == await session.scalar(count)
        assert await session.scalar(count) == await _offices(db) - 1


async def test_what_is_asked_meanwhile_does_not_outlive_its_block(db: Database) -> None:
    """Nor does what went wrong in the block turn into anything else."""

    async def ask(answer: int, seconds: float) -> int:
        await asyncio.sleep(seconds)
        return answer

    async with meanwhile(ask(7, 0)) as asked:
        assert await asked == 7
    with pytest.raises(Refused):
        async with meanwhile(ask(7, 600)) as asked:
            raise Refused("No.")
    assert asked.cancelled()


def test_who_writes_knows_every_table(server: EmbeddedServer, database: str) -> None:
    """A row may refer to a table of a feature of which nothing else is loaded."""
    program = f"""
import asyncio
from pipir.features.notices import tables
from pipir.features.people.tables import SERVICE
from pipir.store.base import Base
from pipir.store.doors import Database

async def main():
    db = Database({server.url("pipir_app", database)!r})
    async with db.write(actor=SERVICE, command="test"):
        print(len([key.column for table in Base.metadata.tables.values() for key in table.foreign_keys]))
    await db.close()

asyncio.run(main())
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert said.returncode == 0, said.stderr
    assert int(said.stdout) > 100
