"""`pipir report build`."""

import argparse
from pathlib import Path

from pipir.build import build_report
from pipir.cli.installation import with_doors
from pipir.cli.words import Bar, require_writable, say
from pipir.features.people.tables import SERVICE
from pipir.kernel.marking import Reader
from pipir.package import write_out
from pipir.store.doors import Database
from pipir.store.migrate import Installation


def build(options: argparse.Namespace) -> int:
    """Build the report of a year into a folder."""

    async def run(db: Database, installation: Installation) -> tuple[Path, ...]:
        built = await build_report(
            db, options.year, actor=SERVICE, reader=Reader(kind="us-government"), progress=Bar("Report")
        )
        return write_out(built.files, options.out)

    require_writable(options.out)
    for path in with_doors(options, run):
        say(str(path))
    return 0
