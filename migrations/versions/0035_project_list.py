"""The list of projects by announcement: its order as an index, and the count of what lists mostly ask for."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("create index ix_project_announced on project (coalesce(announced_on, '-infinity'::date), number, id)")
    op.execute("create index ix_project_status on project (status, rating, until, audience)")


def downgrade() -> None:
    """Remove the indexes."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("drop index ix_project_status")
    op.execute("drop index ix_project_announced")
