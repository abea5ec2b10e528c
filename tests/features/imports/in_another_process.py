"""Runs a check or a publication in a process of its own, which the test kills: python -m ... URL check|publish ID."""

import asyncio
import sys

from pipir.features.imports import commands
from pipir.features.imports.tables import ImportId
from pipir.features.people.tables import SERVICE
from pipir.store.doors import JOB, Database


async def _run(url: str, what: str, number: int) -> None:
    db = Database(url, limits=JOB, size=3)

    async def say(done: int, total: int, message: str) -> None:
        print(message, flush=True)

    work = commands.check_file if what == "check" else commands.publish_file
    await work(db, ImportId(number), actor=SERVICE, progress=say)
    await db.close()


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1], sys.argv[2], int(sys.argv[3])))
