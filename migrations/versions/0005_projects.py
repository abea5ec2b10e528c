"""The tables of projects."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.execute("set local lock_timeout = '2s'")


def downgrade() -> None:
    """Remove them."""
    op.execute("set local lock_timeout = '2s'")
