"""The rows of a database as hashes, one for each table, without what lives in real time."""

from sqlalchemy import text

from pipir.store.base import Base, load_tables
from pipir.store.doors import Database

# The trail with what follows from it, the register of acts, the steps of a bundle and the days of a person say real
# time; sign-ins and tokens are no part of it.
REAL_TIME = {"trail", "project_freshness", "sign_in", "api_token", "idempotency_key"}


async def hashes(db: Database) -> dict[str, str]:
    """Table name to the sha256 of its rows in the order of their text; tables of the program alone.

    What was visible to a reading is told by the numbers of the database's own transactions, which no two share.
    """
    load_tables()
    found = {}
    async with db.read() as session:
        for table in sorted(Base.metadata.tables):
            if table not in REAL_TIME and not table.startswith(("procrastinate", "job")):
                found[table] = await session.scalar(
                    text(
                        "select encode(sha256(convert_to(coalesce(string_agg("
                        "(to_jsonb(r) - 'recorded_at' - 'recorded_on' - 'enabled_at' - 'seen' - 'trail_id')::text, "
                        "E'\\n' order by (to_jsonb(r) - 'seen' - 'trail_id')::text), ''), 'UTF8')), 'hex') "
                        f"from {table} r"
                    )
                )
    return found
