"""`pipir report build`: what makes the files gets ready while this process loads what reads the record."""

import argparse

from pipir.cli import loaded
from pipir.cli.words import require_writable
from pipir.document.render import makers


def build(options: argparse.Namespace) -> int:
    """Build the report of a year into a folder."""
    require_writable(options.out)
    with makers() as by:
        return loaded("building.build")(options, by)
