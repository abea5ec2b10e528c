"""${message}."""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say here what changes for a person."""
    op.execute("set local lock_timeout = '2s'")


def downgrade() -> None:
    """Undo it."""
    op.execute("set local lock_timeout = '2s'")
