"""Memory for the sums of many entries, so that nothing of a large file is sorted on the disk."""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_WAS = "set_config(''work_mem'', ''64MB'', true)"
# Of a million entries the sums are grouped in some 100 MB, and the trail's text of them is put in order in some 200.
_IS = "set_config(''work_mem'', case when census.rows > 100000 then ''256MB'' else ''64MB'' end, true)"
_REPLACED = """
    do $$ declare
        body text := pg_get_functiondef('app.sum_ledger()'::regprocedure);
    begin
        if position('{found}' in body) = 0 then
            raise exception 'The function that sums the ledger is not the one that is changed.';
        end if;
        execute replace(body, '{found}', '{put}');
    end $$
"""


def upgrade() -> None:
    """Give a statement of more than 100,000 entries four times as much."""
    op.execute(_REPLACED.format(found=_WAS, put=_IS))


def downgrade() -> None:
    """Give every statement of many entries the same."""
    op.execute(_REPLACED.format(found=_IS, put=_WAS))
