"""The trail's triggers, in one place: what a migration calls for each table that it makes."""

from alembic import op


def follow(table: str, *, subject: str | None = None, by: str | None = None, hide: tuple[str, ...] = ()) -> None:
    """Write a trail row for each changed row of `table`.

    `subject` and `by` name the record on whose page the change is shown, where that is not the row itself: a milestone's
    changes stand in its project's history. Columns in `hide` (hashes of secrets) never enter the trail.
    """
    arguments = f"'{subject or table}', '{by or 'id'}', '{','.join(hide)}'"
    op.execute(
        f"create trigger trail_{table} after insert or update or delete on {table} "
        f"for each row execute function app.follow_row({arguments})"
    )
    op.execute(f"alter table {table} enable always trigger trail_{table}")


def follow_appended(table: str) -> None:
    """Write one trail row per INSERT statement of an append-only table: count, id range, sha256 of the rows in id order."""
    op.execute(
        f"create trigger trail_{table} after insert on {table} referencing new table as appended "
        f"for each statement execute function app.follow_statement()"
    )
    op.execute(f"alter table {table} enable always trigger trail_{table}")
    op.execute(
        f"create trigger trail_{table}_kept before update or delete or truncate on {table} "
        f"for each statement execute function app.refuse_change()"
    )
    op.execute(f"alter table {table} enable always trigger trail_{table}_kept")


def grant(table: str, rights: str = "select, insert, update") -> None:
    """Give the service's role its rights on a table; it owns nothing and deletes nothing unless a migration says so."""
    op.execute(f"grant {rights} on {table} to pipir_app")
