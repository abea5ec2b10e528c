"""Work outlives a request, a restart of the database, and an end that is asked for."""

import asyncio

from sqlalchemy import text

from pipir.features.people.tables import SERVICE
from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer
from pipir.store.jobs import JobView, Run, job
from pipir.store.queue import driver_arguments, enqueue, work

URL_ROLE = "pipir_app"


async def ended(db: Database, job_id: int) -> JobView:
    """The job when it is over; fails after a while."""
    async with asyncio.timeout(20):
        while True:
            async with db.read() as session:
                view = await job(session, job_id)
            if view.over:
                return view
            await asyncio.sleep(0.02)


async def ask(db: Database) -> int:
    async with db.write(actor=SERVICE, command="test.ask") as session:
        return await enqueue(session, "test", {})


async def done(run: Run) -> str:
    """A job that does nothing but end."""
    return f"/jobs/{run.id}"


def test_a_worker_reads_an_address_as_the_pool_does() -> None:
    """A password with an escaped character, a socket folder, and TLS as sslmode of the settings becomes ssl."""
    url = "postgresql+asyncpg://some%20one:p%40ss%2Fword@db.example:5433/pipir?ssl=verify-full"
    assert driver_arguments(url) == {
        "host": "db.example", "port": 5433, "user": "some one", "password": "p@ss/word", "database": "pipir",
        "ssl": "verify-full",
    }  # fmt: skip
    socket = driver_arguments("postgresql+asyncpg://pipir_app@/pipir?host=/run/postgresql&port=5433")
    assert socket == {"host": "/run/postgresql", "port": 5433, "user": "pipir_app", "database": "pipir"}


async def test_a_worker_that_lost_its_connection_goes_on_with_the_next_one(
    db: Database, server: EmbeddedServer, database: str
) -> None:
    """trust.md: ready again after the database was away"""
    stop = asyncio.Event()
    working = asyncio.create_task(work(db, server.url(URL_ROLE, database), {"test": done}, stop=stop))
    try:
        assert (await ended(db, await ask(db))).state == "done"
        cut = (
            "select count(pg_terminate_backend(pid)) from pg_stat_activity "
            "where datname = current_database() and application_name = '' and backend_type = 'client backend' "
            "and usename = 'pipir_app'"
        )
        assert int(await asyncio.to_thread(server.psql, cut, database=database)) >= 1
        assert (await ended(db, await ask(db))).state == "done"
    finally:
        stop.set()
        await asyncio.wait_for(working, 20)


async def test_a_job_that_was_asked_for_in_a_transaction_that_failed_does_not_run(db: Database) -> None:
    """trust.md: nothing of a failed write is kept"""
    job_id = 0
    try:
        async with db.write(actor=SERVICE, command="test.ask") as session:
            job_id = await enqueue(session, "test", {})
            raise LookupError
    except LookupError:
        pass
    async with db.read() as session:
        assert await session.scalar(text("select count(*) from job where id = :id"), {"id": job_id}) == 0
        assert await session.scalar(text("select count(*) from pgqueuer")) == 0
