"""What a partner makes available in advance: a source of funding documents, and a kind of entry."""

from importlib import import_module

from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

ledger = import_module("migrations.versions.0031_ledger")

_KINDS = ledger._KINDS.replace("'reimbursable order'", "'reimbursable order', 'partner advance'")
_SOURCES = "'regular act', 'continuing resolution', 'reimbursable order', 'none'"
# Each function that names the kinds or the sources that give authority, and what it says of a partner's advance.
_GIVES = ("'reprogramming in', 'reimbursable order'", "'reprogramming in', 'reimbursable order', 'partner advance'")
_CHANGES = {
    "sum_ledger": (_GIVES,),
    "totals_of": (
        _GIVES,
        ("m.kind = 'reimbursable order'", "m.kind in ('reimbursable order', 'partner advance')"),
        (
            "f.source_of_authority = 'reimbursable order'",
            "f.source_of_authority in ('reimbursable order', 'partner advance')",
        ),
    ),
    "hold_closed_share": (
        (
            "f.source_of_authority <> 'reimbursable order'",
            "f.source_of_authority not in ('reimbursable order', 'partner advance')",
        ),
    ),
    "posting_rules": (
        (
            "('reimbursable order'::text,4221,4610)",
            "('reimbursable order'::text,4221,4610), ('partner advance'::text,4222,4610)",
        ),
    ),
}


def upgrade() -> None:
    """Take advances in; what stands is as it was."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("""
    alter table funding_document
        add column participant_id bigint constraint fk_funding_document_participant_id references participant,
        drop constraint ck_funding_document_source,
        add constraint ck_funding_document_source check (source_of_authority in (
            'regular act', 'continuing resolution', 'reimbursable order', 'partner advance', 'none')),
        drop constraint ck_funding_document_order,
        add constraint ck_funding_document_order check (
            (source_of_authority in ('reimbursable order', 'partner advance')) = (order_law is not null)),
        drop constraint ck_funding_document_ordered,
        add constraint ck_funding_document_ordered check (
            order_method is null or source_of_authority = 'reimbursable order'),
        add constraint ck_funding_document_advance check (
            (source_of_authority = 'partner advance') = (participant_id is not null)),
        add constraint ck_funding_document_advance_level check (
            source_of_authority <> 'partner advance' or level_of_control <> 'target')
    """)
    op.execute(f"""
    alter table ledger_entry
        drop constraint ck_ledger_entry_kind,
        drop constraint ck_ledger_entry_reversed_kind,
        add constraint ck_ledger_entry_kind check (kind in ({_KINDS}, 'reversal')),
        add constraint ck_ledger_entry_reversed_kind check (reversed_kind in ({_KINDS})),
        add constraint ck_ledger_entry_advance check (
            kind <> 'partner advance' or (participant_id is not null and receipt_law is not null))
    """)
    for function, changes in _CHANGES.items():
        _change(function, changes)


def downgrade() -> None:
    """Take them out; a record that holds one stays as it is."""
    op.execute("set local lock_timeout = '2s'")
    for function, changes in _CHANGES.items():
        _change(function, tuple((put, found) for found, put in changes))
    op.execute(f"""
    alter table ledger_entry
        drop constraint ck_ledger_entry_advance,
        drop constraint ck_ledger_entry_kind,
        drop constraint ck_ledger_entry_reversed_kind,
        add constraint ck_ledger_entry_kind check (kind in ({ledger._KINDS}, 'reversal')),
        add constraint ck_ledger_entry_reversed_kind check (reversed_kind in ({ledger._KINDS}))
    """)
    op.execute(f"""
    alter table funding_document
        drop column participant_id,
        drop constraint ck_funding_document_advance_level,
        drop constraint ck_funding_document_source,
        add constraint ck_funding_document_source check (source_of_authority in ({_SOURCES})),
        drop constraint ck_funding_document_order,
        add constraint ck_funding_document_order check (
            (source_of_authority = 'reimbursable order') = (order_law is not null)),
        drop constraint ck_funding_document_ordered,
        add constraint ck_funding_document_ordered check (order_method is null or order_law is not null)
    """)


def _change(function: str, changes: tuple[tuple[str, str], ...]) -> None:
    """Put a function anew with other words for some; its triggers and rights stay."""
    told = "".join(
        f"""
            if position($found${found}$found$ in body) = 0 then
                raise exception 'The function {function} is not the one that is changed.';
            end if;
            body := replace(body, $found${found}$found$, $put${put}$put$);
        """
        for found, put in changes
    )
    op.execute(f"""
        do $change$ declare
            body text := pg_get_functiondef('app.{function}'::regproc);
        begin
            {told}
            execute body;
        end $change$
        """)
