"""What can be asked of all jobs; one's own is asked of the store."""

from sqlalchemy import func, select

from pipir.features.jobs.tables import JobRow
from pipir.store.doors import ReadSession


async def count_failed(session: ReadSession) -> int:
    """How many jobs have failed."""
    return await session.scalar(select(func.count()).select_from(JobRow).where(JobRow.state == "failed")) or 0
