"""The database judges by a copy of the law's windows; the service starts with no other."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from pipir.features.law.queries import check_copied_law
from pipir.kernel.errors import Unavailable
from pipir.store.doors import Database


async def test_the_copy_is_that_of_the_laws_files(db: Database) -> None:
    async with db.read() as session:
        await check_copied_law(session)


@pytest.mark.parametrize(
    "change",
    [
        "update app.law_window set until = '2031-01-31' where slug = '1253.g'",
        "update app.law_window set edge = 'day-begins' where slug = '1253.g'",
        "delete from app.law_act where slug = 'assistance'",
    ],
)
async def test_a_copy_that_differs_stops_the_start(db: Database, owner_url: str, change: str) -> None:
    engine = create_async_engine(owner_url, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.execute(text(change))
    await engine.dispose()
    async with db.read() as session:
        with pytest.raises(Unavailable, match="differs"):
            await check_copied_law(session)
