"""`pipir exercise`."""

import argparse

from pipir.cli.installation import Wish, with_doors
from pipir.cli.words import Bar, say
from pipir.exercise.program import START, enter_program
from pipir.store.doors import Database
from pipir.store.migrate import Clock, Installation


def exercise(options: argparse.Namespace) -> int:
    """Enter the exercise program."""

    async def run(db: Database, installation: Installation) -> None:
        await enter_program(
            db, projects=options.projects, entries=options.entries, seed=options.seed, progress=Bar("Exercise program")
        )

    with_doors(options, run, wish=Wish("exercise", Clock(START), program=False))
    say("The exercise program is in the record; its rows say EXERCISE DATA.")
    return 0
