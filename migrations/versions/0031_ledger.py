"""The ledger at ten million entries: legs over control accounts, sums by day and by what is asked, more kinds."""

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Remove the tables."""
