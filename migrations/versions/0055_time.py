"""What time and the document allow of an entry, held by the database as well as by the commands."""

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_GIVES = "'authority received', 'transfer in', 'reprogramming in', 'reimbursable order', 'partner advance'"
_TAKES = "'authority withdrawn', 'transfer out', 'reprogramming out'"
_MOVES = "'transfer in', 'transfer out', 'reprogramming in', 'reprogramming out'"
_NO_APPROPRIATION = "'reimbursable order', 'partner advance'"
# Each case as the rules of the ledger judge it (`rules/judgement.py`); five years after its last one an account closes
# (31 U.S.C. 1552(a)). What was incurred already is recorded whatever it broke, but not before it happened.
_HELD = f"""
        select case
            when a.effective_on > greatest(w.on_day, today)
                then format('The entry is dated %s, after today', a.effective_on)
            when a.incurred then null
            when w.kind = 'closing' and (w.closes is null or w.on_day <= w.closes or a.effective_on <> w.closes)
                then format('Balances of account %s are cancelled on the day on which it closes, not on %s',
                            t.symbol, a.effective_on)
            when w.kind <> 'closing' and greatest(a.effective_on, w.on_day) > w.closes
                then format('Account %s closed with %s and takes no entry', t.symbol, w.closes)
            when a.fiscal_year < t.begin_year and w.kind not in ({_GIVES}, {_TAKES})
                then format('Account %s is not yet available on %s', t.symbol, a.effective_on)
            when w.fresh and a.fiscal_year > t.end_year
                then format('Account %s expired before %s', t.symbol, a.effective_on)
            when w.fresh and not a.effective_on between coalesce(f.period_from, '-infinity')
                                                     and coalesce(f.period_until, 'infinity')
                then format('The entry is dated %s, outside of the period of %s', a.effective_on, f.number)
            when a.effective_on > f.until and (w.fresh or w.kind in ({_GIVES}))
                then format('Funding document %s ended on %s', f.number, f.until)
            when a.kind in ({_GIVES}) and f.source_of_authority = 'none'
                then format('%s stands for a lapse of appropriations; no authority is received on it', f.number)
            when a.kind in ('authority received', {_NO_APPROPRIATION})
                 and a.kind <> case when f.source_of_authority in ({_NO_APPROPRIATION}) then f.source_of_authority
                                    else 'authority received' end
                then format('The authority of %s, whose source is a %s, is not entered as %s', f.number,
                            f.source_of_authority, a.kind)
            when (w.fresh or a.kind = 'partner advance') and f.source_of_authority = 'partner advance'
                 and a.participant_id <> f.participant_id
                then format('%s holds the advance of another partner', f.number)
            when a.kind in ({_MOVES}, 'authority withdrawn') and f.source_of_authority in ({_NO_APPROPRIATION})
                then format('%s is no appropriation; its authority neither moves nor is withdrawn', f.number)
            when a.kind <> 'obligation' then null
            when f.source_of_authority = 'none' and f.excepted_basis is null
                then format('%s stands for a lapse of appropriations and names no excepted basis', f.number)
            when f.source_of_authority = 'continuing resolution' and a.effective_on > f.through_on
                then format('The continuing resolution behind %s runs through %s', f.number, f.through_on)
            when f.source_of_authority = 'reimbursable order'
                 and coalesce(f.order_accepted_on, 'infinity') > a.effective_on
                then format('The order %s was not accepted on %s', f.number, a.effective_on)
            end as said
        into broken
        from appended a
        left join public.funding_document f on f.id = a.funding_document_id
        left join public.treasury_account t on t.id = f.account_id
        cross join lateral (
            select coalesce(a.reversed_kind, a.kind) as kind, a.kind in ('commitment', 'obligation') as fresh,
                   coalesce(t.closed_on, make_date(t.end_year + 5, 9, 30)) as closes,
                   -- An exercise is played at the hours that its rows say.
                   case when a.exercise then (a.posted_at at time zone 'America/New_York')::date else today end
                       as on_day) w
        order by said limit 1;
        if broken.said is not null then
            raise exception '%; nothing was stored.', broken.said
                using errcode = '23514', constraint = 'ledger_time';
        end if;
"""
_CHANGES = (
    (
        "order by f.id for no key update;\n",
        f"order by f.id for no key update;\n{_HELD}",
    ),
    ("        added integer;\n    begin", "        added integer;\n        today date := app.today();\n    begin"),
)


def upgrade() -> None:
    """Hold it from now on; what stands was judged by the commands."""
    op.execute("set local lock_timeout = '2s'")
    _change(_CHANGES)


def downgrade() -> None:
    """Leave it to the commands again."""
    op.execute("set local lock_timeout = '2s'")
    _change(tuple((put, found) for found, put in _CHANGES))


def _change(changes: tuple[tuple[str, str], ...]) -> None:
    """Put the function that follows each entry anew with other words for some; its triggers and rights stay."""
    told = "".join(
        f"""
            if position($found${found}$found$ in body) = 0 then
                raise exception 'The function that follows each entry is not the one that is changed.';
            end if;
            body := replace(body, $found${found}$found$, $put${put}$put$);
        """
        for found, put in changes
    )
    op.execute(f"""
        do $change$ declare
            body text := pg_get_functiondef('app.sum_ledger'::regproc);
        begin
            {told}
            execute body;
        end $change$
        """)
