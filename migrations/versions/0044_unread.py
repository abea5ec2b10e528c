"""What of a file is not read, said beside what is wrong with its rows."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_BEFORE = "'mistake', 'rule', 'limit', 'names', 'exception', 'duplicate'"


def upgrade() -> None:
    """Let a finding say which columns and sheets are left aside."""
    op.execute("set local lock_timeout = '2s'")
    _said(f"{_BEFORE}, 'unread'")


def downgrade() -> None:
    """Forget what was said of them."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("delete from import_finding where what = 'unread'")
    _said(_BEFORE)


def _said(words: str) -> None:
    op.execute(
        "alter table import_finding drop constraint ck_import_finding_what, "
        f"add constraint ck_import_finding_what check (what in ({words}))"
    )
