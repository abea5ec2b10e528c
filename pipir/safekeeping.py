"""Backup, restore and drill of an installation: each done, compared, and noted in the record."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from pipir.features.backups.commands import note_run
from pipir.features.backups.rules import Kind
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Conflict
from pipir.store.backup import Manifest, back_up, restore, scratch_beside
from pipir.store.doors import JOB, Database
from pipir.store.migrate import newest_revision

Say = Callable[[str], None]


async def take_backup(owner: str, out: Path, *, note: Database, named: Path | None, say: Say) -> Manifest:
    """Back the database up into a file, and note it in the record."""
    manifest = await back_up(owner, out, named=named)
    said = told(manifest)
    if manifest.revision == newest_revision():
        await _note(note, "backup", manifest, passed=True, outcome=said)
    else:
        say(f"The database is at revision {manifest.revision}: the backup is taken, and not noted in the record.")
    return manifest


async def bring_back(file: Path, owner: str, *, named: Path | None) -> Manifest:
    """Restore a backup into an empty database, compare, and note in it where it came from."""
    manifest = await restore(file, owner, named=named)
    db = Database(owner, limits=JOB, size=1)
    try:
        await _note(db, "restore", manifest, passed=True, outcome=f"Restored and compared: {told(manifest)}")
    finally:
        await db.close()
    return manifest


async def drill(
    owner: str, folder: Path | None, *, maker: str | None, note: Database, named: Path | None, say: Say
) -> Manifest:
    """Back up, restore into a scratch database, compare each table, drop it, and note how it went.

    `maker` is the address of a role that may make databases, where the owner may not.
    """
    with tempfile.TemporaryDirectory(prefix="pipir-drill-", dir=folder) as place:
        file = Path(place) / "drill.dump"
        say("Backing up.")
        manifest = await back_up(owner, file, named=named)
        say(f"Restoring {told(manifest)}")
        try:
            async with scratch_beside(owner, maker) as scratch:
                await restore(file, scratch, named=named)
        except Conflict as wrong:
            first = "; ".join(f"{each.where}: {each.expected}" for each in wrong.mistakes[:3])
            await _note(note, "drill", manifest, passed=False, outcome=f"The copy differs. {first}")
            raise
    same = f"Restored and compared, each table the same by count and sha256: {told(manifest)}"
    await _note(note, "drill", manifest, passed=True, outcome=same)
    return manifest


def told(manifest: Manifest) -> str:
    """A backup in one sentence."""
    return (
        f"{manifest.rows:,} rows of {len(manifest.tables)} tables, {manifest.size:,} bytes, "
        f"the trail through number {manifest.last_trail_id:,}."
    )


async def _note(db: Database, kind: Kind, manifest: Manifest, *, passed: bool, outcome: str) -> None:
    async with db.write(actor=SERVICE, command=f"backup.{kind}") as session:
        await note_run(session, kind, manifest, passed=passed, outcome=outcome)
