"""Jobs: each ends in a state that a person can read, and is followed by whoever asked."""

import asyncio

import pytest
from sqlalchemy import text

from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Refused
from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer
from pipir.store.jobs import JobView, Run, cancel, job
from pipir.store.queue import enqueue, run_job, work
from tests.conftest import Service


async def _ask(db: Database, actor: int = SERVICE) -> int:
    async with db.write(actor=actor, command="test") as session:
        return await enqueue(session, "test", {"n": 3})


async def _view(db: Database, number: int) -> JobView:
    async with db.read() as session:
        return await job(session, number)


async def _three_steps(run: Run) -> str:
    for step in range(run.body["n"]):
        await run.progress(step, run.body["n"], f"step {step}")
    return "/made"


async def _refused(run: Run) -> str:
    raise Refused("A rule does not allow it.")


async def _broken(run: Run) -> str:
    raise ZeroDivisionError("inside")


async def test_a_job_says_how_far_it_is_and_what_it_made(db: Database) -> None:
    """Progress and result."""
    number = await _ask(db)
    assert (await _view(db, number)).state == "waiting"
    await run_job(db, number, {"test": _three_steps})
    view = await _view(db, number)
    assert (view.state, view.result, view.done, view.total, view.over) == ("done", "/made", 2, 3, True)


async def test_a_job_that_is_refused_says_the_rule_and_one_that_breaks_an_incident(db: Database) -> None:
    """Nothing of the inside reaches a person."""
    refused, broken = await _ask(db), await _ask(db)
    await run_job(db, refused, {"test": _refused})
    await run_job(db, broken, {"test": _broken})
    assert (await _view(db, refused)).message == "A rule does not allow it."
    view = await _view(db, broken)
    assert (view.state, "Incident" in view.message, "inside" in view.message) == ("failed", True, False)


async def test_a_job_is_cancelled_while_it_waits_and_at_its_next_step(db: Database) -> None:
    """Cancel."""
    waiting, running = await _ask(db), await _ask(db)
    async with db.write(actor=SERVICE, command="test") as session:
        await cancel(session, waiting)
    await run_job(db, waiting, {"test": _three_steps})
    assert (await _view(db, waiting)).state == "cancelled"

    async def cancels_itself(run: Run) -> str:
        async with db.write(actor=SERVICE, command="test") as session:
            await cancel(session, run.id)
        return await _three_steps(run)

    await run_job(db, running, {"test": cancels_itself})

    async def too_late(run: Run) -> str:
        async with db.write(actor=SERVICE, command="test") as session:
            await cancel(session, run.id)
        await run.progress(3, 3, "Done")
        return "/made"

    late = await _ask(db)
    await run_job(db, late, {"test": too_late})
    assert (await _view(db, late)).state == "done"
    view = await _view(db, running)
    assert (view.state, view.done) == ("cancelled", 0)


async def test_a_job_runs_only_if_its_transaction_commits(db: Database) -> None:
    """Enqueued with the rows that it is about."""
    with pytest.raises(Refused):
        async with db.write(actor=SERVICE, command="test") as session:
            await enqueue(session, "test", {})
            raise Refused("No.")
    async with db.read() as session:
        assert await session.scalar(text("select count(*) from job")) == 0
        assert await session.scalar(text("select count(*) from pgqueuer")) == 0


async def test_a_worker_takes_what_is_asked_for_and_stops_when_told(
    db: Database, server: EmbeddedServer, database: str
) -> None:
    """The queue itself."""
    number = await _ask(db)
    stop, ran = asyncio.Event(), asyncio.Event()

    async def tells(run: Run) -> str:
        ran.set()
        return "/made"

    working = asyncio.create_task(work(db, server.url("pipir_app", database), {"test": tells}, stop=stop))
    async with asyncio.timeout(10):
        await ran.wait()
    stop.set()
    async with asyncio.timeout(10):
        await working
    assert (await _view(db, number)).state == "done"


async def test_a_job_is_followed_by_its_asker_alone(service: Service) -> None:
    """To others it does not exist; an administrator sees all."""
    number = await _ask(service.db, service.people["comptroller"])
    for role, status in (("comptroller", 200), ("administrator", 200), ("auditor", 404)):
        async with service.api(role) as client:  # type: ignore[arg-type]
            assert (await client.get(f"/api/v1/jobs/{number}")).status_code == status, role
    browser = await service.browser("auditor")
    assert (await browser.get(f"/jobs/{number}")).status_code == 404
    assert (await browser.post(f"/jobs/{number}/cancel")).status_code == 404
    own = await service.browser("comptroller")
    assert "Waiting for the worker" in (await own.get(f"/jobs/{number}")).text
    assert (await own.post(f"/jobs/{number}/cancel")).status_code == 303
    assert "Cancelled" in (await own.get(f"/jobs/{number}")).text


@pytest.mark.parametrize("function", [_three_steps, _refused])
async def test_the_page_of_a_job_says_how_it_ended(service: Service, function: object) -> None:
    """Done, with the way to what it made; or failed, with the reason."""
    number = await _ask(service.db, service.people["comptroller"])
    await run_job(service.db, number, {"test": function})  # type: ignore[dict-item]
    page = await (await service.browser("comptroller")).get(f"/jobs/{number}")
    assert ('href="/made"' in page.text) is (function is _three_steps)
    assert ("A rule does not allow it." in page.text) is (function is _refused)


async def test_a_job_over_json_is_cancelled(service: Service) -> None:
    """The JSON door."""
    number = await _ask(service.db, service.people["comptroller"])
    async with service.api("comptroller") as client:
        answer = await client.post(f"/api/v1/jobs/{number}/cancellation", json={})
    assert answer.json()["state"] == "cancelled"
