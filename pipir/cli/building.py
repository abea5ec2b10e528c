"""The build of a report's files into a folder."""

import argparse
from pathlib import Path

from pipir.build import build_report
from pipir.cli.installation import with_doors
from pipir.cli.words import Bar, say
from pipir.document.render import Makers
from pipir.features.people.tables import SERVICE
from pipir.kernel.marking import Reader
from pipir.package import write_out
from pipir.store.doors import Database
from pipir.store.migrate import Installation


def build(options: argparse.Namespace, by: Makers) -> int:
    """Build the report of a year into a folder, by what is getting ready to make its files."""

    async def run(db: Database, installation: Installation) -> tuple[Path, ...]:
        reader = Reader(kind="us-government")
        built = await build_report(db, options.year, actor=SERVICE, reader=reader, progress=Bar("Report"), by=by)
        return write_out(built.files, options.out)

    for path in with_doors(options, run):
        say(str(path))
    return 0
