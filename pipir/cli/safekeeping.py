"""`pipir backup`, `pipir restore` and `pipir drill`."""

import argparse
import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from pipir import safekeeping
from pipir.cli.installation import Addresses, database, doors, settings_of
from pipir.cli.words import require_writable, say
from pipir.kernel.errors import Refused
from pipir.settings import read_settings
from pipir.store.backup import CHECKSUM, MANIFEST, Manifest, read_manifest
from pipir.store.doors import JOB, Database


def backup(options: argparse.Namespace) -> int:
    """Write the whole database into a file."""
    out: Path = options.out.absolute()
    manifest = _keep(
        options,
        lambda addresses, db: safekeeping.take_backup(
            addresses.owner, out, note=db, named=settings_of(options).pg_bin, say=say
        ),
    )
    say(f"The backup holds {safekeeping.told(manifest)}")
    for ending in ("", CHECKSUM, MANIFEST):
        print(f"{out}{ending}")
    return 0


def drill(options: argparse.Namespace) -> int:
    """Back up, restore beside, and compare."""
    if options.folder is not None:
        require_writable(options.folder, "--folder")
    manifest = _keep(
        options,
        lambda addresses, db: safekeeping.drill(
            addresses.owner,
            options.folder,
            maker=addresses.maker,
            note=db,
            named=settings_of(options).pg_bin,
            say=say,
        ),
    )
    for name, table in sorted(manifest.tables.items()):
        print(f"{name:40} {table.rows:>12,} {table.sha256}")
    say(f"Every table came back the same: {safekeeping.told(manifest)} The scratch database is gone.")
    return 0


def _keep(options: argparse.Namespace, run: Callable[[Addresses, Database], Coroutine[Any, Any, Manifest]]) -> Manifest:
    """Run on a database as it is: a backup is taken before a new version changes anything, too."""

    async def whole(addresses: Addresses) -> Manifest:
        async with doors(addresses, JOB) as db:
            return await run(addresses, db)

    with database(options) as addresses:
        return asyncio.run(whole(addresses))


def restore(options: argparse.Namespace) -> int:
    """Restore a backup and compare."""
    settings = settings_of(options)
    # Before a server is started or a home is made for it.
    read_manifest(options.file)
    if options.into is not None:
        owner = read_settings(over={"DATABASE_URL": options.into}).database_url
        assert owner is not None
        manifest = asyncio.run(safekeeping.bring_back(options.file, owner, named=settings.pg_bin))
    elif not settings.embedded:
        raise Refused(
            "DATABASE_URL names a server of its own, and --fresh restores into the embedded one.",
            way_out="Restore with --into and the address of the role that owns an empty database there.",
        )
    else:
        with database(options) as addresses:
            manifest = asyncio.run(safekeeping.bring_back(options.file, addresses.owner, named=settings.pg_bin))
    say(f"Restored and compared, each table the same by count and sha256: {safekeeping.told(manifest)}")
    return 0
