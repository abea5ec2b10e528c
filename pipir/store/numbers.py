"""The numbers that records are called by, such as the 12 of P-0012."""

from sqlalchemy import func, select, text
from sqlalchemy.orm import InstrumentedAttribute

from pipir.store.doors import WriteSession


async def next_number(session: WriteSession, number: InstrumentedAttribute[int]) -> int:
    """The next number of a table's column, which this write alone takes.

    Others wait for its end, so that numbers follow each other without gaps, also after a refusal.
    """
    lock = text("select pg_advisory_xact_lock(hashtextextended(:column, 7))")
    await session.execute(lock, {"column": str(number)})
    return (await session.scalar(select(func.coalesce(func.max(number), 0))) or 0) + 1
