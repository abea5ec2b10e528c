"""The tables of report."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.execute("set local lock_timeout = '2s'")


def downgrade() -> None:
    """Remove them."""
    op.execute("set local lock_timeout = '2s'")
