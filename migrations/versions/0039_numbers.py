"""Statistics by which the planner knows how few lines a report has of the ledger's millions of sums."""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without them it takes the groups for as many as the rows, and reads with one process what two could share.
    op.execute("""
        create statistics ledger_sum_numbers (ndistinct)
            on fiscal_year, quarter, project_id, participant_id, funding_document_id, program_authority, continues, kind
            from ledger_sum
    """)


def downgrade() -> None:
    op.execute("drop statistics ledger_sum_numbers")
