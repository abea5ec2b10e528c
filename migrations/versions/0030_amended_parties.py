"""Agreements rest on a second law where they name one, and amendments change parties and agreed shares too."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_BEFORE = "'name', 'kind', 'purpose', 'expires_on', 'program_authority'"
_PLAIN = f"{_BEFORE}, 'also_authority'"
_PARTS = "^(party:[0-9]+|share:(us|[0-9]+):(cost|in kind|work|results))$"


def upgrade() -> None:
    """Add the second law, and let an amendment's change name a party or a share."""
    op.execute("alter table agreement add column also_authority text")
    op.execute(
        "alter table agreement add constraint ck_agreement_also_authority check (also_authority is null or "
        "(program_authority is not null and also_authority <> program_authority))"
    )
    op.execute("alter table amendment_change drop constraint ck_amendment_change_field")
    op.execute(
        f"alter table amendment_change add constraint ck_amendment_change_field "
        f"check (field in ({_PLAIN}) or field ~ '{_PARTS}')"
    )


def downgrade() -> None:
    """Take both back; changes of parties and shares that were proposed meanwhile keep it from being undone."""
    op.execute("alter table amendment_change drop constraint ck_amendment_change_field")
    op.execute(f"alter table amendment_change add constraint ck_amendment_change_field check (field in ({_BEFORE}))")
    op.execute("alter table agreement drop constraint ck_agreement_also_authority")
    op.execute("alter table agreement drop column also_authority")
