"""Whether an order is a direct cite or reimbursable."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let an order say it; those that stand do not."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("""
    alter table funding_document
        add column order_method text,
        add constraint ck_funding_document_order_method check (order_method in ('direct cite', 'reimbursable')),
        add constraint ck_funding_document_ordered check (order_method is null or order_law is not null)
    """)


def downgrade() -> None:
    """Take the column away, with its constraints."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("alter table funding_document drop column order_method")
