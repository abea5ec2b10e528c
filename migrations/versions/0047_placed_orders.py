"""Whether an order that is placed with another agency is a direct cite or reimbursable."""

from importlib import import_module
from typing import Final

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_HASHED: Final = ("create function app.entry_text(", "create function app.follow_entries()")
# What an entry that says nothing of it is hashed as stays what it was.
_WAS: Final = "coalesce({0}.order_law, '')"
_IS: Final = f"{_WAS} || coalesce(chr(31) || {{0}}.order_method, '')"


def _functions(*, now: bool) -> list[str]:
    found = []
    for each in import_module("migrations.versions.0031_ledger")._UP:
        if each.strip().startswith(_HASHED):
            text = each.replace("create function", "create or replace function", 1)
            for alias in ("a", "e"):
                text = text.replace(_WAS.format(alias), _IS.format(alias)) if now else text
            found.append(text)
    if len(found) != len(_HASHED) or any(("order_method" in each) is not now for each in found):
        raise RuntimeError("The functions that hash an entry are not those that are replaced.")
    return found


def upgrade() -> None:
    """Let an obligation say it, and a staged row; those that stand do not."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("""
    alter table ledger_entry
        add column order_method text,
        add constraint ck_ledger_entry_order_method check (order_method in ('direct cite', 'reimbursable')),
        add constraint ck_ledger_entry_ordered check (order_method is null or order_law is not null)
    """)
    op.execute("alter table import_row add column order_method text")
    for each in _functions(now=True):
        op.execute(each)


def downgrade() -> None:
    """Take the columns away, with their constraints."""
    op.execute("set local lock_timeout = '2s'")
    for each in _functions(now=False):
        op.execute(each)
    op.execute("alter table import_row drop column order_method")
    op.execute("alter table ledger_entry drop column order_method")
