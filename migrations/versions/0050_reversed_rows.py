"""A row of a file may reverse an earlier row of its own file."""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give it the place of the row that it reverses."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("alter table import_row add column reverses_place integer")


def downgrade() -> None:
    """Take it away again."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("alter table import_row drop column reverses_place")
