"""`pipir trace` and `pipir trace sheet`."""

import argparse
import sys
from pathlib import Path

import msgspec

from pipir.cli.installation import with_doors
from pipir.cli.words import require_writable, say
from pipir.document.model import Document
from pipir.document.pdf import render_pdf
from pipir.features.trace import queries as trace
from pipir.features.trace.rules import Traced
from pipir.kernel.marking import Reader
from pipir.package import write_out
from pipir.store.doors import Database
from pipir.store.migrate import Installation


def show(options: argparse.Namespace) -> int:
    """Tell the state of each paragraph of the section."""

    async def run(db: Database, installation: Installation) -> tuple[Traced, ...]:
        async with db.read() as session:
            return await trace.list_traced(session, Reader(kind="us-government"))

    rows: tuple[Traced, ...] = with_doors(options, run)
    if options.json:
        sys.stdout.buffer.write(msgspec.json.encode(rows) + b"\n")
        return 0
    for row in rows:
        mark = " EXERCISE DATA" if row.exercise else ""
        print(f"{row.short_citation:26} {row.state:26} {row.title}{mark}")
    return 0


def sheet(options: argparse.Namespace) -> int:
    """Write the compliance sheet."""

    async def run(db: Database, installation: Installation) -> Document:
        async with db.snapshot() as session:
            return await trace.sheet_of(session, Reader(kind="us-government"))

    out: Path = options.out
    require_writable(out.parent)
    write_out({out.name: render_pdf(with_doors(options, run))}, out.parent)
    say(str(out))
    return 0
