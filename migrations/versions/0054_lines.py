"""The totals by the lines of a report: quarter by quarter, by all that a line names at once."""

from importlib import import_module

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

ledger = import_module("migrations.versions.0031_ledger")

_MEASURES = (
    "sum(authority) as authority, sum(ordered) as ordered, sum(committed) as committed, sum(obligated) as obligated, "
    "sum(obligated_1253) as obligated_1253, sum(obligated_continuing) as obligated_continuing, "
    "sum(expended) as expended, sum(contributed) as contributed, sum(count) as count"
)
# What of the function that makes the totals says otherwise, in order.
_CHANGES = (
    # Whose money it is has to be known as long as the documents are.
    (
        "as on_order, d.*,",
        "as on_order, coalesce(f.source_of_authority = 'partner advance', false) as advanced, d.*,",
    ),
    (
        "served, fiscal_year, quarter, month, posted_month, audience, exercise,\n                   sum(authority)",
        "served, fiscal_year, quarter, month, posted_month, audience, exercise, continues, advanced,\n"
        "                   sum(authority)",
    ),
    (
        "from moved group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13\n",
        "from moved group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n",
    ),
    (
        "            from months group by 1, 2, 3, 4, 5, 6, 7, 8, 9\n        ) w;",
        f"""            from months group by 1, 2, 3, 4, 5, 6, 7, 8, 9
            union all
            -- The month of a line is its quarter's first; the authority comes last, whatever letters it has.
            select 'line', '-infinity'::date, date_trunc('quarter', month::timestamp)::date,
                   concat_ws('|', coalesce(project_id::text, ''), coalesce(participant_id::text, ''), advanced::text,
                             continues::text, coalesce(program_authority, '')),
                   account_id, fiscal_year, quarter, audience, exercise, {_MEASURES}
            from measured group by 1, 2, 3, 4, 5, 6, 7, 8, 9
        ) w;""",
    ),
)


def upgrade() -> None:
    """Make them with the others from now on, and add up once what was folded before."""
    op.execute("set local lock_timeout = '2s'")
    _change(_CHANGES)
    op.execute("set local work_mem = '128MB'")
    op.execute(f"select pg_advisory_xact_lock({ledger._FOLD})")
    op.execute("""
    insert into public.ledger_total (dimension, posted_month, month, key, account_id, fiscal_year, quarter, audience,
        exercise, authority, ordered, committed, obligated, obligated_1253, obligated_continuing, expended, contributed,
        count)
    with counted as (
        -- Once for each group: cents once for each of millions of sums take longer than to add them.
        select funding_document_id, project_id, participant_id, program_authority, continues, fiscal_year, quarter,
               date_trunc('quarter', month::timestamp)::date as month, kind, audience, exercise,
               (sum(amount) * 100)::bigint as cents, (sum(drawn) * 100)::bigint as drawn, sum(count) as count
        from public.ledger_sum group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    ), moved as (
        select s.*, f.account_id, coalesce(f.source_of_authority = 'partner advance', false) as advanced,
               s.audience & coalesce(f.audience, -1) & coalesce(p.audience, -1) & coalesce(c.audience, -1) as sight,
               case when s.kind in ('reimbursable order', 'partner advance') then s.cents
                    when s.kind = 'closing' and f.source_of_authority in ('reimbursable order', 'partner advance')
                    then -s.cents else 0 end as ordered,
               case when s.kind in ('authority received', 'transfer in', 'reprogramming in') then s.cents
                    when s.kind in ('authority withdrawn', 'transfer out', 'reprogramming out')
                         or (s.kind = 'closing'
                             and f.source_of_authority not in ('reimbursable order', 'partner advance'))
                    then -s.cents else 0 end as authority,
               case s.kind when 'commitment' then s.cents when 'decommitment' then -s.cents
                    when 'obligation' then -s.drawn else 0 end as committed,
               case when s.kind in ('obligation', 'upward adjustment') then s.cents
                    when s.kind = 'deobligation' then -s.cents when s.kind = 'closing' then -s.drawn else 0 end
                   as obligated,
               case s.kind when 'expenditure' then s.cents when 'refund' then -s.cents else 0 end as expended,
               case when s.kind = 'partner contribution' then s.cents else 0 end as contributed
        from counted s
        left join public.funding_document f on f.id = s.funding_document_id
        left join public.project p on p.id = s.project_id
        left join public.participant c on c.id = s.participant_id
    )
    select 'line', '-infinity'::date, month,
           concat_ws('|', coalesce(project_id::text, ''), coalesce(participant_id::text, ''), advanced::text,
                     continues::text, coalesce(program_authority, '')),
           account_id, fiscal_year, quarter, sight, exercise, sum(authority), sum(ordered), sum(committed),
           sum(obligated), sum(case when program_authority like '1253.%' then obligated else 0 end),
           sum(case when continues then obligated else 0 end), sum(expended), sum(contributed), sum(count)
    from moved group by 1, 2, 3, 4, 5, 6, 7, 8, 9
    """)


def downgrade() -> None:
    """Make them no longer."""
    op.execute("set local lock_timeout = '2s'")
    op.execute(f"select pg_advisory_xact_lock({ledger._FOLD})")
    _change(tuple((put, found) for found, put in _CHANGES))
    op.execute("delete from public.ledger_total where dimension = 'line'")


def _change(changes: tuple[tuple[str, str], ...]) -> None:
    """Put the function that makes the totals anew with other words for some; its rights stay."""
    told = "".join(
        f"""
            if position($found${found}$found$ in body) = 0 then
                raise exception 'The function that makes the totals is not the one that is changed.';
            end if;
            body := replace(body, $found${found}$found$, $put${put}$put$);
        """
        for found, put in changes
    )
    op.execute(f"""
        do $change$ declare
            body text := pg_get_functiondef('app.totals_of'::regproc);
        begin
            {told}
            execute body;
        end $change$
        """)
