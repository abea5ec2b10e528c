"""Closings of customers' orders lower what was ordered; signatures are found by month; transfers name who is outside."""

from importlib import import_module

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

ledger = import_module("migrations.versions.0031_ledger")

# What the totals take from authority as ordered, each time it is said; and where they see the document.
_CHANGES = (
    (
        "case when m.kind = 'reimbursable order' then m.cents else 0 end",
        "case when m.kind = 'reimbursable order' then m.cents when m.kind = 'closing' and m.on_order then -m.cents "
        "else 0 end",
    ),
    (
        "select f.account_id, d.*,",
        "select f.account_id, f.source_of_authority = 'reimbursable order' as on_order, d.*,",
    ),
)
# What an entry that names none is hashed as stays what it was.
_HASHED = (
    (
        "coalesce({0}.transfer_law, '')",
        "coalesce({0}.transfer_law, '') || coalesce(chr(31) || {0}.outside_account, '')",
    ),
    ("num_nonnulls({0}.reverses_entry_id,", "num_nonnulls({0}.outside_account, {0}.reverses_entry_id,"),
)


def _hash(*, outside: bool) -> None:
    for each in import_module("migrations.versions.0051_shorter_text")._functions(now=True):
        text = each
        for alias, was, instead in ((a, *pair) for a in "ae" for pair in _HASHED):
            if outside:
                text = text.replace(was.format(alias), instead.format(alias))
        if text.count("outside_account") != (len(_HASHED) if outside else 0):
            raise RuntimeError("The functions that hash an entry are not those that are replaced.")
        op.execute(text)


def upgrade() -> None:
    """Ask of a closing whose document it closes, tell those posted before anew, and make room for the rest."""
    op.execute("set local lock_timeout = '2s'")
    for table in ("ledger_entry", "import_row"):
        op.execute(f"alter table {table} add column outside_account text")
    op.execute("""
    alter table ledger_entry add constraint ck_ledger_entry_outside check (
        outside_account is null or (kind in ('transfer out', 'transfer in') and counter_entry_id is null))
    """)
    _hash(outside=True)
    op.execute("create index ix_reconciled_month_month on reconciled_month (account_id, month_on)")
    _tell(-1)
    _change(_CHANGES)
    _tell(1)


def downgrade() -> None:
    """Take every closing from authority again, and the rest away."""
    op.execute("set local lock_timeout = '2s'")
    _hash(outside=False)
    for table in ("ledger_entry", "import_row"):
        op.execute(f"alter table {table} drop column outside_account")
    op.execute("drop index ix_reconciled_month_month")
    _tell(-1)
    _change(tuple((put, found) for found, put in _CHANGES))
    _tell(1)


def _change(changes: tuple[tuple[str, str], ...]) -> None:
    for found, put in changes:
        was, instead = (text.replace("'", "''") for text in (found, put))
        op.execute(f"""
        do $$ declare
            body text := pg_get_functiondef('app.totals_of'::regproc);
        begin
            if position('{was}' in body) = 0 then
                raise exception 'The function that makes the totals is not the one that is changed.';
            end if;
            execute replace(body, '{was}', '{instead}');
        end $$
        """)


def _tell(sign: int) -> None:
    """Add the closings of orders to the totals, or take them out, as the function of this moment counts them."""
    row = ", ".join(f"s.{name}" for name in ledger._GRAIN.split(", "))
    op.execute(f"""
    do $$ declare
        deltas app.ledger_delta[];
    begin
        perform pg_advisory_xact_lock({ledger._FOLD});
        select array_agg(row({row}, {sign} * s.amount, {sign} * s.drawn, {sign} * s.count)::app.ledger_delta)
        into deltas from public.ledger_sum s join public.funding_document f on f.id = s.funding_document_id
        where s.kind = 'closing' and f.source_of_authority = 'reimbursable order';
        if deltas is not null then
            perform app.add_totals(app.seen_deltas(deltas));
        end if;
    end $$
    """)
