"""The queue of jobs, on pgqueuer: a job is asked for in a transaction, and run by a worker through every restart."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import asyncpg
import msgspec
import structlog
from pgqueuer import AsyncpgDriver, Job, PgQueuer, Queries
from sqlalchemy import make_url, text

from pipir.kernel.errors import Problem, Unavailable
from pipir.store.conflicts import translated
from pipir.store.doors import Database, WriteSession
from pipir.store.jobs import Cancelled, JobFunction, JobView, Run, State, job

log = structlog.get_logger("pipir.jobs")
_ENTRY = "job"
# How long a worker waits before it asks a database again that went away.
_AGAIN_SECONDS = 0.5
_TRIES = 240
T = TypeVar("T")


async def enqueue(session: WriteSession, name: str, body: dict[str, Any]) -> int:
    """Ask for a job in the caller's transaction: it runs only if the transaction commits. Returns its number."""
    job_id = await session.scalar(
        text("insert into job (name, body, actor) values (:name, cast(:body as jsonb), :actor) returning id"),
        {"name": name, "body": msgspec.json.encode(body).decode(), "actor": session.actor},
    )
    assert isinstance(job_id, int)
    connection = await session.connection()
    raw = (await connection.get_raw_connection()).driver_connection
    assert isinstance(raw, asyncpg.Connection)
    await Queries(AsyncpgDriver(raw)).enqueue(_ENTRY, str(job_id).encode())
    return job_id


async def work(
    db: Database, url: str, functions: Mapping[str, JobFunction], *, stop: asyncio.Event, role: str | None = None
) -> None:
    """Run jobs until `stop` is set, through every restart of the database.

    A job that was running when a worker died is run again by the next one. Raises Unavailable where the database
    cannot be reached at the beginning.
    """
    with translated():
        connection = await _connect(url, role)
    while True:
        try:
            await _work_on(connection, db, functions, stop)
        finally:
            connection.terminate()
        if stop.is_set():
            return
        log.warning("the worker lost the database and waits for it")
        while connection.is_closed() and not stop.is_set():
            try:
                connection = await _connect(url, role)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                await asyncio.sleep(_AGAIN_SECONDS)


async def _connect(url: str, role: str | None) -> asyncpg.Connection:
    return await asyncpg.connect(**driver_arguments(url), server_settings={"role": role} if role else None)


async def _work_on(
    connection: asyncpg.Connection, db: Database, functions: Mapping[str, JobFunction], stop: asyncio.Event
) -> None:
    """Run jobs until `stop` is set or the connection is lost; the queue library itself would wait on a dead one."""
    queue = PgQueuer(AsyncpgDriver(connection))
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())

    @queue.entrypoint(_ENTRY)
    async def run(waiting: Job) -> None:
        assert waiting.payload is not None
        await run_job(db, int(waiting.payload), functions)

    running = asyncio.create_task(queue.run())
    asked = asyncio.create_task(stop.wait())
    gone = asyncio.create_task(lost.wait())
    try:
        await asyncio.wait((running, asked, gone), return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set() and not lost.is_set():
            queue.shutdown.set()
            await running
        elif not lost.is_set() and not connection.is_closed():
            await running  # it ended by itself: whatever it raised is ours to hear
    finally:
        for each in (running, asked, gone):
            each.cancel()
        await asyncio.gather(running, asked, gone, return_exceptions=True)


async def run_job(db: Database, job_id: int, functions: Mapping[str, JobFunction]) -> None:
    """Run one job to its end, whatever that is; what went wrong stands in the job, never in the air."""
    view = await _patiently(lambda: _view(db, job_id))
    # One that was cancelled while it waited stays so, also in the moment between the look above and this write.
    if not await _set(db, view, "running", ""):
        return
    try:
        result = await functions[view.name](Run(db, job_id, view.actor, view.body))
    except Cancelled:
        await _set(db, view, "cancelled", "Cancelled at somebody's wish before its last step.")
    except Problem as problem:
        await _set(db, view, "failed", problem.detail)
    except Exception:
        incident = os.urandom(6).hex()
        log.exception("job failed", job=job_id, name=view.name, incident=incident)
        await _set(db, view, "failed", f"Something went wrong on our side. Incident {incident}.")
    else:
        await _set(db, view, "done", "", result)


async def _set(db: Database, view: JobView, state: State, message: str, result: str = "") -> bool:
    """Move a job that is not over yet; whether it was moved."""
    return await _patiently(lambda: _moved(db, view, state, message, result))


async def _moved(db: Database, view: JobView, state: State, message: str, result: str) -> bool:
    async with db.write(actor=view.actor, command=f"job.{state}") as session:
        moved = await session.scalar(
            text(
                "update job set state = :state, message = :message, result = :result, "
                "ended_at = case when :over then app.now() end "
                "where id = :id and state in ('waiting', 'running') returning id"
            ),
            {"state": state, "message": message, "result": result, "over": state != "running", "id": view.id},
        )
    return moved is not None


async def _view(db: Database, job_id: int) -> JobView:
    async with db.read() as reading:
        return await job(reading, job_id)


async def _patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask again while the database is away: a job that nobody can begin or end would stand still for ever."""
    for left in reversed(range(_TRIES)):
        try:
            return await ask()
        except Unavailable:
            if not left:
                raise
            await asyncio.sleep(_AGAIN_SECONDS)
    raise AssertionError


def driver_arguments(url: str) -> dict[str, Any]:
    """What asyncpg takes of an address as the pool's own connections read it: escapes, socket folder and TLS too."""
    address = make_url(url)
    _, named = address.get_dialect()().create_connect_args(address)
    return dict(named)
