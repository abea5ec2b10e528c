"""The sunset's triggers, in one place: what a migration calls for each table whose changes can be a covered act."""

from alembic import op


def govern(table: str, act: str, *, on: str, inserted: str = "", updated: str = "") -> None:
    """Hold a table's covered acts to the authority that they name, and enter each in the register.

    `inserted` and `updated` are the conditions under which an insert or update is the covered act `act` ("true" where
    each one is); The act's day is `decided_on`, or else what the column `on` holds. The register's own triggers judge, at the statement and
    again as the last thing before the commit.
    """
    for event, condition in (("insert", inserted), ("update", updated)):
        if condition:
            name = f"sunset_{table}_{event}"
            op.execute(
                f"create trigger {name} after {event} on {table} for each row when ({condition}) "
                f"execute function app.govern('{act}', '{on}')"
            )
            op.execute(f"alter table {table} enable always trigger {name}")
