"""What can be asked of backups: the last run of each kind."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from pipir.features.backups.tables import BackupRun
from pipir.store.doors import ReadSession


class RunView(msgspec.Struct, frozen=True):
    """A backup, a drill or a restore as shown; `at` is program time."""

    kind: str
    at: datetime
    file_name: str
    sha256: str
    size: int
    rows_count: int
    passed: bool
    outcome: str
    exercise: bool


async def last_runs(session: ReadSession) -> dict[str, RunView]:
    """The last run of each kind that this record knows of."""
    names = RunView.__struct_fields__
    rows = await session.execute(
        select(*(getattr(BackupRun, name) for name in names))
        .ext(distinct_on(BackupRun.kind))
        .order_by(BackupRun.kind, BackupRun.id.desc())
    )
    return {row.kind: RunView(*row) for row in rows}
