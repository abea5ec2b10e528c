"""Ten thousand random steps over agreements: no state without its trail, no clock lost, no step past the table."""

import asyncio
import sys

import _served
import _setup

from pipir import logs
from pipir.store.doors import JOB, Database
from pipir.store.embedded import EmbeddedServer, prepare
from pipir.store.migrate import Clock, make_installation, migrate
from proofs.finding import Finding, Work

STEPS = 10_000
CHECKED_EVERY = 25
SEED = 1253
KINDS = 16


def prove(work: Work) -> list[Finding]:
    sys.path.insert(0, str(_setup.CHECKOUT))
    from tests.features.agreements.walk import Walk  # noqa: PLC0415 -- the tests stand beside the scripts
    from tests.makers import NOW  # noqa: PLC0415

    logs.set_up("error")
    home = work.folder / "home"

    async def walked(server: EmbeddedServer) -> tuple[Walk, int]:
        owner = server.url("pipir_owner", "pipir")
        await migrate(owner)
        await make_installation(owner, "exercise", Clock(NOW))
        db = Database(server.url("pipir_app", "pipir"), limits=JOB, size=2)
        walk = await Walk.begin(db, SEED)
        checks = 0
        for number in range(1, STEPS + 1):
            await walk.step()
            if number % CHECKED_EVERY == 0:
                await walk.check()
                checks += 1
            if number % 1_000 == 0:
                work.say(f"{number:,} steps ...")
        await db.close()
        return walk, checks

    with EmbeddedServer.start(home, durable=False) as server:
        prepare(server)
        walk, checks = asyncio.run(walked(server))
    _served.remove(home)
    done, refused = sum(walk.done.values()), sum(walk.refused.values())
    kinds = ", ".join(f"{count:,} {name}" for name, count in walk.done.most_common())
    reached = ", ".join(f"{count:,} {name}" for name, count in walk.reached.most_common())
    return [
        Finding(
            "random steps over agreements, each through the commands: made, refused",
            f"{done:,} made ({kinds}), {refused:,} refused",
            f"{STEPS:,} in all, each kind made",
            done + refused == STEPS and len(walk.done) == KINDS,
        ),
        Finding(
            "states that were reached, each by a step of the table",
            reached,
            "every state of the table but the first",
            len(walk.reached) == 11,
        ),
        Finding(
            "times that every row was held against its trail, and each state, clock and amendment against its events",
            f"{checks:,}",
            f"{STEPS // CHECKED_EVERY:,}, nothing without its trail, no clock lost, no step that the table lacks",
            checks == STEPS // CHECKED_EVERY,
        ),
    ]
