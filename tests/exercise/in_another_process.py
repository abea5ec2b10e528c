"""Enters the exercise program into the database given, interrupted twice, and prints the rows' hashes."""

import asyncio
import json
import sys

from pipir.exercise.program import enter_program
from pipir.load import PUBLIC_RECORD, load_bundle
from pipir.store.doors import JOB, Database
from tests.exercise.rows import hashes


class Interrupted(Exception):
    """The process would have been killed here."""


async def main(url: str, count: int, entries: int) -> None:
    """Load the record, enter the program in three goes, print one hash for each table."""
    db = Database(url, limits=JOB, size=3)
    await load_bundle(db, PUBLIC_RECORD)
    for stop in (40, 160, None):

        async def progress(done: int, total: int, message: str, stop: int | None = stop) -> None:
            if done == stop:
                raise Interrupted

        try:
            await enter_program(db, projects=count, entries=entries, progress=progress)
        except Interrupted:
            continue
    print(json.dumps(await hashes(db)))
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
