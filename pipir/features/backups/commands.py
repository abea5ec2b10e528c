"""What can change in backups: a run is noted by the command line that did it, under the service's name."""

from pipir.features.backups.rules import Kind
from pipir.features.backups.tables import BackupRun
from pipir.store.backup import Manifest
from pipir.store.doors import WriteSession


async def note_run(session: WriteSession, kind: Kind, manifest: Manifest, *, passed: bool, outcome: str) -> None:
    """Note a backup, a drill or a restore."""
    session.add(
        BackupRun(
            kind=kind,
            at=session.now,
            file_name=manifest.file,
            sha256=manifest.sha256,
            size=manifest.size,
            revision=manifest.revision,
            tables_count=len(manifest.tables),
            rows_count=manifest.rows,
            last_trail_id=manifest.last_trail_id,
            passed=passed,
            outcome=outcome,
        )
    )
    await session.flush()
