"""Loads a program bundle: a folder of CSV files, checked as a whole, written in one transaction or not at all."""

from pathlib import Path
from typing import Final

from sqlalchemy import text

from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Mistake
from pipir.load.mistakes import refusal_of
from pipir.load.reading import read_bundle
from pipir.load.result import LoadResult
from pipir.load.writing import Writer
from pipir.store.doors import Database

__all__ = ["PUBLIC_RECORD", "LoadResult", "load_bundle", "read_bundle"]


PUBLIC_RECORD: Final = Path(__file__).resolve().parents[1] / "data" / "public-record"


class _NotKept(Exception):
    """Ends a dry run: what it wrote is taken back."""


async def load_bundle(db: Database, folder: Path, *, actor: int = SERVICE, dry_run: bool = False) -> LoadResult:
    """Bring the record to what the folder says, or raise Invalid with every mistake and write nothing.

    A line that the record already holds changes nothing. What the folder does not name stays as it is: a load ends
    no record, except that a reported role that reads otherwise now takes the place of the former.
    """
    bundle = read_bundle(folder)
    result = LoadResult()
    mistakes: list[Mistake] = []
    try:
        async with db.write(actor=actor, command="record.load") as session:
            # Two loads at once would each miss what the other adds.
            await session.execute(text("select pg_advisory_xact_lock(hashtextextended('record.load', 7))"))
            await Writer(session, result, mistakes).write(bundle)
            if mistakes:
                raise refusal_of(mistakes)
            if dry_run:
                raise _NotKept
    except _NotKept:
        pass
    return result
