"""`pipir load`."""

import argparse

from pipir.cli.installation import with_doors
from pipir.cli.words import say
from pipir.load import LoadResult, load_bundle


def load(options: argparse.Namespace) -> int:
    """Load a program bundle."""
    result = with_doors(options, lambda db, _: load_bundle(db, options.folder, dry_run=options.dry_run))
    _show_load(result, dry_run=options.dry_run)
    return 0


def _show_load(result: LoadResult, *, dry_run: bool) -> None:
    for name, counts in result.files.items():
        say(f"{name}: {counts.added} added, {counts.changed} changed, {counts.unchanged} unchanged")
    if dry_run:
        say("Dry run: nothing was written.")
