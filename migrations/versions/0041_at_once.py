"""What a large statement asks of the database: whole threads judged in one pass, and fewer passes over its entries."""

from importlib import import_module
from typing import Final

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

posting = import_module("migrations.versions.0038_posting")
_BEFORE: Final = posting._UP[0]
# In place of what stood there; each stands once.
_INSTEAD: Final = (
    # The lock beside a join would carry every entry whole.
    (
        "where f.id in (select a.funding_document_id from appended a) order by f.id for no key update;",
        "where f.id = any (array(select distinct a.funding_document_id from appended a)) "
        "order by f.id for no key update;",
    ),
    # A thread that came whole, is drawn on from its obligation's day on, and for no more than the obligation: no day
    # of it needs to be looked at.
    (
        f"""
                select case when coalesce(a.reversed_kind, a.kind) = 'obligation'
                            then coalesce(a.reverses_entry_id, a.id) else a.adjusts_entry_id end as id,
                       min(a.effective_on) as since
                from appended a
                where {posting._DRAWS}
                group by 1
        """,
        f"""
                select a.thread as id, min(a.effective_on) filter (where a.harms) as since
                from (select case when coalesce(a.reversed_kind, a.kind) = 'obligation'
                                  then coalesce(a.reverses_entry_id, a.id) else a.adjusts_entry_id end as thread,
                             a.effective_on, a.amount, a.kind = 'obligation' as opens, {posting._DRAWS} as harms,
                             a.kind in ('deobligation', 'expenditure', 'closing')
                             or a.reversed_kind in ('obligation', 'upward adjustment', 'refund') as draws
                      from appended a) a
                where a.thread is not null
                group by a.thread
                having bool_or(a.harms)
                   and (max(a.effective_on) filter (where a.opens) <= min(a.effective_on) filter (where a.draws)
                        and sum(a.amount) filter (where a.opens) >= sum(a.amount) filter (where a.draws)) is not true
        """,
    ),
    # A day becomes a month without the clock of a place.
    ("date_trunc('month', a.effective_on)::date", "date_trunc('month', a.effective_on::timestamp)::date"),
)


def _now() -> str:
    found = _BEFORE
    for was, instead in _INSTEAD:
        if was.strip() not in found:
            raise RuntimeError(f"The function that is replaced has no such part: {was.strip()[:60]}")
        found = found.replace(was.strip(), instead.strip())
    return found


def upgrade() -> None:
    """Put the function in the place of the earlier one."""
    op.execute("set local lock_timeout = '2s'")
    op.execute(_now())


def downgrade() -> None:
    """Bring the earlier function back."""
    op.execute("set local lock_timeout = '2s'")
    op.execute(_BEFORE)
