"""Orders that are placed with another agency, from files too."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a staged row name the law of its order."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("alter table import_row add column order_law text")


def downgrade() -> None:
    """Take the column away."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("alter table import_row drop column order_law")
