"""The text that an entry is hashed as is made of fewer pieces; it stays the same text."""

from importlib import import_module
from typing import Final

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

# What few entries say, in the order of the text: where an entry says nothing of it, its part stands written already.
_RARE: Final = (
    (
        "other_authority, continuation_id, late_because, late_document",
        "coalesce({0}.other_authority, ''), coalesce({0}.continuation_id, 0), "
        "coalesce({0}.late_because, ''), coalesce({0}.late_document, '')",
        "|0||",
    ),
    (
        "performance_from, performance_until",
        "coalesce({0}.performance_from, 'infinity'), coalesce({0}.performance_until, 'infinity')",
        "infinity|infinity",
    ),
    (
        "reverses_entry_id, counter_entry_id, transfer_law, approval, closed_account_id, closed_document, order_law, "
        "order_method, because, contribution_kind, receipt_law",
        "coalesce({0}.reverses_entry_id, 0), coalesce({0}.counter_entry_id, 0), coalesce({0}.transfer_law, ''), "
        "coalesce({0}.approval, ''), coalesce({0}.closed_account_id, 0), coalesce({0}.closed_document, ''), "
        "coalesce({0}.order_law, '') || coalesce(chr(31) || {0}.order_method, ''), "
        "coalesce({0}.because, ''), coalesce({0}.contribution_kind, ''), coalesce({0}.receipt_law, '')",
        "0|0|||0|||||",
    ),
)
_FLAGS: Final = "{0}.new_start, {0}.incurred, coalesce({0}.flag, ''), coalesce({0}.evidence, ''), array_to_string({0}.warnings, '|')"
_NO_FLAGS: Final = "not {0}.new_start and not {0}.incurred and {0}.flag is null and {0}.evidence is null"
_WAS: Final = (*(text for _, text, _ in _RARE), _FLAGS)
_IS: Final = (
    *(
        "case when num_nonnulls({0}."
        + columns.replace(", ", ", {0}.")
        + f") = 0 then '{nothing}' else concat_ws('|', {text}) end"
        for columns, text, nothing in _RARE
    ),
    f"case when {_NO_FLAGS} and {{0}}.warnings = '{{{{}}}}' then 'f|f|||' else concat_ws('|', {_FLAGS}) end",
)


def _functions(*, now: bool) -> list[str]:
    found = []
    for each in import_module("migrations.versions.0047_placed_orders")._functions(now=True):
        text = each
        for alias, was, will_be in ((a, *pair) for a in "ae" for pair in zip(_WAS, _IS, strict=True)):
            if now:
                text = text.replace(was.format(alias), will_be.format(alias))
        found.append(text)
    if any(each.count("concat_ws(") != (len(_IS) + 1 if now else 1) for each in found):
        raise RuntimeError("The functions that hash an entry are not those that are replaced.")
    return found


def upgrade() -> None:
    """Write what an entry does not say in one piece."""
    op.execute("set local lock_timeout = '2s'")
    for each in _functions(now=True):
        op.execute(each)


def downgrade() -> None:
    """Write each column by itself again."""
    op.execute("set local lock_timeout = '2s'")
    for each in _functions(now=False):
        op.execute(each)
