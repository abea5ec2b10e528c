"""`pipir ledger import` and `pipir ledger accounts load`: files that go into the ledger."""

import argparse

from pipir.cli.actor import person_of
from pipir.cli.installation import with_doors
from pipir.cli.words import Bar, say
from pipir.features.imports import commands as imports
from pipir.features.ledger import commands as ledger_commands
from pipir.store.doors import Database
from pipir.store.migrate import Installation


def import_file(options: argparse.Namespace) -> int:
    """Check a file of entries, and post it where that is asked; 1 where it is not good."""

    async def run(db: Database, installation: Installation) -> imports.Outcome:
        actor = await person_of(db, options.as_person, needs="ledger.import", installation=installation)
        return await imports.import_file(
            db,
            options.file,
            source=options.source,
            actor=actor,
            publish=options.publish or options.good_rows,
            good_only=options.good_rows,
            progress=Bar("Import"),
        )

    outcome: imports.Outcome = with_doors(options, run)
    for line in outcome.lines:
        print(line)
    return 0 if outcome.good else 1


def load_accounts(options: argparse.Namespace) -> int:
    """Load the Treasury's list of account symbols."""

    async def run(db: Database, installation: Installation) -> ledger_commands.ListLoaded:
        return await ledger_commands.load_list_file(db, options.file, options.as_of)

    for line in with_doors(options, run).lines():
        say(line)
    return 0
