"""The tables of jobs."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.execute("set local lock_timeout = '2s'")


def downgrade() -> None:
    """Remove them."""
    op.execute("set local lock_timeout = '2s'")
