"""Fifty walks of ten thousand steps beside a ledger in plain Python, and 64 writers racing for one document."""

import asyncio
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import _served
import _setup

from pipir import logs
from pipir.store.doors import JOB, Database
from pipir.store.embedded import EmbeddedServer, prepare
from pipir.store.migrate import Clock, make_installation, migrate
from proofs.finding import Finding, Work

SEEDS = 50
STEPS = 10_000
DOCUMENT_EVERY = 10
ALL_EVERY = 1_000
WRITERS = 64
EACH = 40


@dataclass(frozen=True)
class _Walked:
    """What one walk did; `wrong` says where the two ledgers differed."""

    seed: int
    made: dict[str, int]
    refused: int
    wrong: str = ""


async def _database(server: EmbeddedServer, size: int) -> Database:
    from tests.makers import NOW  # noqa: PLC0415

    prepare(server)
    owner = server.url("pipir_owner", "pipir")
    await migrate(owner)
    await make_installation(owner, "exercise", Clock(NOW))
    return Database(server.url("pipir_app", "pipir"), limits=JOB, size=size)


def _walk(home: Path, seed: int) -> _Walked:
    sys.path.insert(0, str(_setup.CHECKOUT))
    from tests.features.ledger.walk import Walk  # noqa: PLC0415 -- the tests stand beside the scripts

    logs.set_up("error")

    async def walked(server: EmbeddedServer) -> _Walked:
        db = await _database(server, 2)
        walk = await Walk.begin(db, seed)
        wrong = ""
        try:
            for number in range(1, STEPS + 1):
                await walk.step()
                if number % DOCUMENT_EVERY == 0:
                    await walk.check_document()
                if number % ALL_EVERY == 0:
                    await walk.check()
        except AssertionError as failed:
            wrong = f"step {number}: {failed}"[:300]
        await db.close()
        return _Walked(seed, dict(walk.made), sum(walk.refused.values()), wrong)

    with EmbeddedServer.start(home, durable=False) as server:
        found = asyncio.run(walked(server))
    _served.remove(home)
    return found


async def _race(server: EmbeddedServer) -> tuple[int, int, int, str]:
    """Made, refused, cents obligated, and what the verification found."""
    from pipir.features.ledger import queries  # noqa: PLC0415
    from pipir.kernel.errors import Problem  # noqa: PLC0415
    from pipir.kernel.money import Dollars  # noqa: PLC0415
    from tests.features.ledger.makers import obligation, post, receive  # noqa: PLC0415
    from tests.features.ledger.walk import OFFICE  # noqa: PLC0415

    db = await _database(server, WRITERS)
    document = await receive(db, amount=Dollars("1000.00"))
    counted = {"made": 0, "refused": 0}

    async def writer(which: int) -> None:
        for number in range(EACH):
            try:
                await post(db, obligation(document, f"{1 + (which * 7 + number * 13) % 5}.00"))
                counted["made"] += 1
            except Problem:
                counted["refused"] += 1

    await asyncio.gather(*(writer(which) for which in range(WRITERS)))
    async with db.snapshot() as session:
        total = await queries.total(session, OFFICE)
        verified = await queries.verify(session)
    await db.close()
    wrong = ", ".join(each.name for each in verified.checks if each.wrong)
    return counted["made"], counted["refused"], int(total.obligated.amount * 100), wrong


def prove(work: Work) -> list[Finding]:
    sys.path.insert(0, str(_setup.CHECKOUT))
    from tests.features.ledger.walk import ADDS  # noqa: PLC0415

    kept = work.folder / "walks.jsonl"
    done = {}
    if kept.exists():
        done = {each["seed"]: _Walked(**each) for each in map(json.loads, kept.read_text().splitlines())}
    rest = [seed for seed in range(SEEDS) if seed not in done]
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=get_context("spawn")) as pool:
        for walked in as_completed([pool.submit(_walk, work.folder / f"home-{seed}", seed) for seed in rest]):
            found = walked.result()
            done[found.seed] = found
            with kept.open("a") as out:
                out.write(json.dumps(asdict(found)) + "\n")
            work.say(f"seed {found.seed}: {sum(found.made.values()):,} made, {found.refused:,} refused {found.wrong}")
    home = work.folder / "race"
    logs.set_up("error")
    with EmbeddedServer.start(home, durable=False) as server:
        made, refused, obligated, wrong = asyncio.run(_race(server))
    _served.remove(home)
    differ = [each for each in done.values() if each.wrong]
    total = sum(sum(each.made.values()) for each in done.values())
    kinds = {name for each in done.values() for name in each.made}
    unwalked = sorted({*ADDS, *(f"reversal of {kind}" for kind in ADDS)} - kinds)
    refusals = sum(each.refused for each in done.values())
    return [
        Finding(
            f"walks of {STEPS:,} steps beside a ledger in plain Python ({total:,} entries made, of {len(kinds)} kinds "
            f"with their reversals; {refusals:,} refused by both), those that differed by a cent or a refusal, and "
            "kinds that none has made",
            f"{len(done)}, {len(differ)}{': ' + differ[0].wrong if differ else ''}, {', '.join(unwalked) or 'none'}",
            f"{SEEDS}, 0, none",
            len(done) == SEEDS and not differ and not unwalked,
        ),
        Finding(
            f"{WRITERS} writers posting {EACH} obligations each on one document of $1,000.00: obligated in all "
            f"({made:,} made, {refused:,} refused), and checks of the verification that fail",
            f"${obligated / 100:,.2f}, {wrong or 'none'}",
            "more than $995.00 and at most $1,000.00, none",
            99_500 < obligated <= 100_000 and not wrong,
        ),
    ]
