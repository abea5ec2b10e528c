"""What can be asked of all jobs; one's own is asked of the store."""

from datetime import datetime

import msgspec
from sqlalchemy import column, func, select, table

from pipir.features.jobs.tables import JobRow
from pipir.store.doors import ReadSession

# Jobs stand below people: of the person who asked only the name is read.
_asker = table("person", column("id"), column("name"))


async def count_failed(session: ReadSession) -> int:
    """How many jobs have failed."""
    return await session.scalar(select(func.count()).select_from(JobRow).where(JobRow.state == "failed")) or 0


class JobLine(msgspec.Struct, frozen=True):
    """A job as a list shows it."""

    id: int
    name: str
    asked_by: str
    asked_at: datetime
    state: str
    message: str


async def list_jobs(session: ReadSession, *, state: str | None = None, limit: int = 200) -> tuple[JobLine, ...]:
    """The jobs of everybody, the latest first; those in a state where one is named."""
    statement = (
        select(JobRow.id, JobRow.name, _asker.c.name, JobRow.asked_at, JobRow.state, JobRow.message)
        .join(_asker, _asker.c.id == JobRow.actor)
        .order_by(JobRow.id.desc())
        .limit(limit)
    )
    if state is not None:
        statement = statement.where(JobRow.state == state)
    return tuple(JobLine(*row) for row in await session.execute(statement))
