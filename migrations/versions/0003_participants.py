"""The tables of participants."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.execute("set local lock_timeout = '2s'")


def downgrade() -> None:
    """Remove them."""
    op.execute("set local lock_timeout = '2s'")
