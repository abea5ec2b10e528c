"""The trial balance over the stored legs, and the verification that everything derived equals the entries."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final

import msgspec
from sqlalchemy import func, select, text

from pipir.features.ledger import rules
from pipir.features.ledger.queries.figures import Statement, statement_of
from pipir.features.ledger.queries.filters import Chosen
from pipir.features.ledger.tables import LedgerEntry, LedgerLeg, TreasuryAccount
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import ReadSession


class ControlBalance(msgspec.Struct, frozen=True):
    """What the legs of one Treasury account come to in one control account; `balance` is on its normal side."""

    account_id: int
    symbol: str
    control: int
    title: str
    debits: Dollars
    credits: Dollars
    balance: Dollars


class TrialBalance(msgspec.Struct, frozen=True):
    """The balances by Treasury account and control account; each account's debits equal its credits, or it is named."""

    rows: tuple[ControlBalance, ...]
    debits: Dollars
    credits: Dollars
    unbalanced: tuple[str, ...]
    chart: str
    statement: Statement


class Check(msgspec.Struct, frozen=True):
    """One thing that was verified: what it says, how many rows were looked at, and what was found wrong."""

    name: str
    rows: int
    wrong: int
    examples: tuple[str, ...] = ()


class Verification(msgspec.Struct, frozen=True):
    """What was verified of the whole ledger."""

    checks: tuple[Check, ...]
    entries: int

    @property
    def holds(self) -> bool:
        """Whether nothing was found wrong."""
        return all(each.wrong == 0 for each in self.checks)


async def trial_balance(
    session: ReadSession, *, account_id: int | None = None, effective_on: date | None = None
) -> TrialBalance:
    """The trial balance of all entries, whoever may see them; of one account, or as effective on a day, where asked."""
    statement = (
        select(
            LedgerLeg.account_id,
            LedgerLeg.control,
            func.coalesce(func.sum(LedgerLeg.amount).filter(~LedgerLeg.credit), 0).label("debits"),
            func.coalesce(func.sum(LedgerLeg.amount).filter(LedgerLeg.credit), 0).label("credits"),
        )
        .group_by(LedgerLeg.account_id, LedgerLeg.control)
        .order_by(LedgerLeg.account_id, LedgerLeg.control)
    )
    if account_id is not None:
        statement = statement.where(LedgerLeg.account_id == account_id)
    if effective_on is not None:
        statement = statement.join(LedgerEntry, LedgerEntry.id == LedgerLeg.entry_id).where(
            LedgerEntry.effective_on <= effective_on
        )
    symbols = {row.id: row.symbol for row in await session.execute(select(TreasuryAccount.id, TreasuryAccount.symbol))}
    named = {each.number: each for each in rules.CONTROLS}
    rows = []
    for found in await session.execute(statement):
        account, number, debits, credits = found
        control = named.get(number)
        debits, credits = Dollars(str(debits)), Dollars(str(credits))
        on_debit = control is None or control.debit
        rows.append(
            ControlBalance(
                account_id=account,
                symbol=symbols.get(account, f"account {account}"),
                control=number,
                title=control.title if control is not None else "No control account of the ledger",
                debits=debits,
                credits=credits,
                balance=debits - credits if on_debit else credits - debits,
            )
        )
    rows.sort(key=lambda row: (row.symbol, row.control))
    zero = Dollars.zero()
    of_account: dict[str, Dollars] = {}
    for row in rows:
        of_account[row.symbol] = of_account.get(row.symbol, zero) + row.debits - row.credits
    return TrialBalance(
        rows=tuple(rows),
        debits=sum((row.debits for row in rows), zero),
        credits=sum((row.credits for row in rows), zero),
        unbalanced=tuple(symbol for symbol, rest in of_account.items() if rest != zero),
        chart=rules.CHART_SOURCE,
        # All of it is added up, as the US government reads it.
        statement=await statement_of(session, Reader("us-government"), Chosen(account_id=account_id)),
    )


Told = Callable[[str], None]


async def verify(session: ReadSession, told: Told = lambda name: None) -> Verification:
    """Hold everything that is derived from the entries against them, and their fingerprints against the trail.

    `told` hears the name of each check before it begins. It reads the whole ledger in a few passes inside of
    PostgreSQL; nothing is gathered here. Ask it in a snapshot, so that postings meanwhile are no differences.
    """
    await session.execute(text("set local work_mem = '64MB'"))
    entries = await session.scalar(select(func.count()).select_from(LedgerEntry))
    checks = []
    for name, ask in _CHECKS:
        told(name)
        checks.append(await ask(session, name))
    return Verification(tuple(checks), entries or 0)


# What an entry adds, from the entry alone: written apart from the trigger that keeps the sums.
_SIGNED: Final = """
    select e.id, e.funding_document_id, e.project_id, e.participant_id, e.program_authority, e.effective_on,
           e.audience, e.exercise, e.continuation_id is not null as continues, e.fiscal_year,
           date_trunc('month', e.posted_at at time zone 'UTC')::date as posted_month,
           coalesce(e.reversed_kind, e.kind) as kind, e.adjusts_entry_id is not null as names,
           case when e.kind = 'reversal' then -e.amount else e.amount end as signed
    from ledger_entry e
"""
_LEGS: Final = """
    with expected as (
        select e.id, f.account_id, e.amount,
               case when e.kind = 'reversal' then r.credit else r.debit end as debit,
               case when e.kind = 'reversal' then r.debit else r.credit end as credit
        from ledger_entry e
        join funding_document f on f.id = e.funding_document_id
        join app.posting_rules() r on r.kind = coalesce(e.reversed_kind, e.kind)
             and r.draws = (e.adjusts_entry_id is not null)
    ), stored as (
        select l.entry_id, count(*) as count, max(l.account_id) as account_id, min(l.account_id) as other_account,
               max(l.amount) as amount, min(l.amount) as other_amount,
               max(l.control) filter (where not l.credit) as debit, max(l.control) filter (where l.credit) as credit
        from ledger_leg l group by l.entry_id
    )
    select count(*) as rows,
           count(*) filter (where wrong) as wrong,
           (array_agg(id order by id) filter (where wrong))[1:5] as examples
    from (
        select coalesce(e.id, s.entry_id) as id,
               (e.id is null or s.entry_id is null or s.count <> 2 or s.account_id <> e.account_id
                or s.other_account <> e.account_id or s.amount <> e.amount or s.other_amount <> e.amount
                or s.debit is distinct from e.debit or s.credit is distinct from e.credit) as wrong
        from expected e full join stored s on s.entry_id = e.id
    ) compared
"""
_BALANCED: Final = """
    select count(*) as rows, count(*) filter (where debits <> credits) as wrong,
           (array_agg(account_id order by account_id) filter (where debits <> credits))[1:5] as examples
    from (select account_id, coalesce(sum(amount) filter (where not credit), 0) as debits,
                 coalesce(sum(amount) filter (where credit), 0) as credits
          from ledger_leg group by account_id) each
"""
_DAYS: Final = f"""
    with expected as (
        select s.funding_document_id, s.effective_on,
               coalesce(sum(s.signed) filter (where s.kind in ('authority received', 'transfer in', 'reprogramming in',
                                                      'reimbursable order')), 0)
               - coalesce(sum(s.signed) filter (where s.kind in ('authority withdrawn', 'transfer out',
                                                        'reprogramming out', 'closing')), 0) as authority,
               coalesce(sum(s.signed) filter (where s.kind = 'commitment'), 0)
               - coalesce(sum(s.signed) filter (where s.kind = 'decommitment' or (s.kind = 'obligation' and s.names)),
                          0) as committed,
               coalesce(sum(s.signed) filter (where s.kind in ('obligation', 'upward adjustment')), 0)
               - coalesce(sum(s.signed) filter (where s.kind = 'deobligation' or (s.kind = 'closing' and s.names)), 0)
                   as obligated,
               coalesce(sum(s.signed) filter (where s.kind = 'expenditure'), 0)
               - coalesce(sum(s.signed) filter (where s.kind = 'refund'), 0) as expended
        from ({_SIGNED}) s where s.funding_document_id is not null
        group by s.funding_document_id, s.effective_on
    )
    select count(*) as rows, count(*) filter (where wrong) as wrong,
           (array_agg(funding_document_id || ' on ' || effective_on) filter (where wrong))[1:5] as examples
    from (
        select coalesce(e.funding_document_id, d.funding_document_id) as funding_document_id,
               coalesce(e.effective_on, d.effective_on) as effective_on,
               (e.authority, e.committed, e.obligated, e.expended)
               is distinct from (d.authority, d.committed, d.obligated, d.expended) as wrong
        from expected e full join ledger_day d
             on d.funding_document_id = e.funding_document_id and d.effective_on = e.effective_on
    ) compared
"""  # noqa: S608  made of constants
_GRAIN: Final = (
    "funding_document_id, project_id, participant_id, program_authority, workstream_id, served, month, posted_month, "
    "kind, audience, exercise, continues"
)
_SUMS: Final = f"""
    with expected as (
        select s.funding_document_id, s.project_id, s.participant_id, s.program_authority, a.workstream_id,
               coalesce(a.served, 0) as served, date_trunc('month', s.effective_on)::date as month, s.posted_month,
               s.kind, s.audience, s.exercise, s.continues, sum(s.signed) as amount,
               coalesce(sum(s.signed) filter (where s.names and s.kind in ('obligation', 'closing')), 0) as drawn,
               count(*) as count
        from ({_SIGNED}) s
        left join project_attribute a on a.project_id = s.project_id and s.effective_on >= a.from_on
             and s.effective_on < a.until_on
        group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
    ), stored as (
        select {_GRAIN}, sum(amount) as amount, sum(drawn) as drawn, sum(count) as count from ledger_sum_now
        group by {_GRAIN}
    )
    select (select count(*) from stored) as rows, count(*) as wrong,
           (array_agg(each::text))[1:5] as examples
    from (
        (select {_GRAIN}, amount, drawn from expected where (amount, drawn) <> (0, 0)
         except all select {_GRAIN}, amount, drawn from stored where (amount, drawn) <> (0, 0))
        union all
        (select {_GRAIN}, amount, drawn from stored where (amount, drawn) <> (0, 0)
         except all select {_GRAIN}, amount, drawn from expected where (amount, drawn) <> (0, 0))
    ) each
"""  # noqa: S608  made of constants
_SUMMED: Final = ", ".join(
    f"sum({name}) as {name}"
    for name in (
        *("authority", "ordered", "committed", "obligated", "obligated_1253", "obligated_continuing"),
        *("expended", "contributed"),
    )
)
# Each dimension's totals add up to the finest sums of those who may see them; an amount of several objectives stands
# under each.
_TOTALS: Final = f"""
    with seen as (
        select s.*, f.account_id,
               s.audience & coalesce(f.audience, -1) & coalesce(p.audience, -1) & coalesce(c.audience, -1) as sight
        from ledger_sum_now s
        left join funding_document f on f.id = s.funding_document_id
        left join project p on p.id = s.project_id
        left join participant c on c.id = s.participant_id
    ), measured as (
        select seen.*,
               100 * (case when kind in ('authority received', 'transfer in', 'reprogramming in') then amount
                           when kind in ('authority withdrawn', 'transfer out', 'reprogramming out', 'closing')
                           then -amount else 0 end) as authority,
               100 * (case kind when 'commitment' then amount when 'decommitment' then -amount
                           when 'obligation' then -drawn else 0 end) as committed,
               100 * (case when kind in ('obligation', 'upward adjustment') then amount when kind = 'deobligation'
                           then -amount when kind = 'closing' then -drawn else 0 end) as obligated,
               100 * (case kind when 'expenditure' then amount when 'refund' then -amount else 0 end) as expended,
               100 * (case kind when 'partner contribution' then amount else 0 end) as contributed,
               100 * (case kind when 'reimbursable order' then amount else 0 end) as ordered
        from seen
    ), expected as (
        select k.dimension, k.key, m.month, m.posted_month, m.account_id, m.sight, m.exercise,
               sum(m.authority) as authority, sum(m.ordered) as ordered, sum(m.committed) as committed,
               sum(m.obligated) as obligated,
               coalesce(sum(m.obligated) filter (where m.program_authority like '1253.%'), 0) as obligated_1253,
               coalesce(sum(m.obligated) filter (where m.continues), 0) as obligated_continuing,
               sum(m.expended) as expended, sum(m.contributed) as contributed
        from measured m, lateral (
            select * from (values
                ('all', ''), ('document', coalesce(m.funding_document_id::text, '')),
                ('authority', coalesce(m.program_authority, '')), ('participant', coalesce(m.participant_id::text, '')),
                ('project', coalesce(m.project_id::text, '')), ('workstream', coalesce(m.workstream_id::text, ''))) v
            union all
            select 'objective', (b + 1)::text from generate_series(0, 30) b where (m.served >> b) & 1 = 1
            union all select 'objective', '' where m.served = 0) k (dimension, key)
        group by 1, 2, 3, 4, 5, 6, 7
    ), posted as (
        select dimension, key, month, posted_month, account_id, audience as sight, exercise, {_SUMMED}
        from ledger_total_now where posted_month > '-infinity' group by 1, 2, 3, 4, 5, 6, 7
    ), months as (
        select dimension, key, month, account_id, audience, exercise, fiscal_year, quarter, {_SUMMED},
               sum(count) as count
        from ledger_total_now where posted_month > '-infinity' group by 1, 2, 3, 4, 5, 6, 7, 8
    ), stored_months as (
        select dimension, key, month, account_id, audience, exercise, fiscal_year, quarter, {_SUMMED},
               sum(count) as count
        from ledger_total_now where posted_month = '-infinity' and month > '-infinity' group by 1, 2, 3, 4, 5, 6, 7, 8
    ), years as (
        select dimension, key, fiscal_year, account_id, audience, exercise, {_SUMMED}, sum(count) as count
        from ledger_total_now where posted_month > '-infinity' group by 1, 2, 3, 4, 5, 6
    ), stored as (
        select dimension, key, fiscal_year, account_id, audience, exercise, {_SUMMED}, sum(count) as count
        from ledger_total_now where posted_month = '-infinity' and month = '-infinity' group by 1, 2, 3, 4, 5, 6
    ), wrong as (
        select dimension, key, to_char(month, 'YYYY-MM') as span from (
            (select * from expected
             where (authority, ordered, committed, obligated, expended, contributed) <> (0, 0, 0, 0, 0, 0)
             except all select * from posted)
            union all
            (select * from posted
             where (authority, ordered, committed, obligated, obligated_1253, obligated_continuing, expended,
                    contributed) <> (0, 0, 0, 0, 0, 0, 0, 0)
             except all select * from expected)) m
        union all
        select dimension, key, to_char(month, 'YYYY-MM') from (
            (select * from months except all select * from stored_months)
            union all
            (select * from stored_months except all select * from months)) m
        union all
        select dimension, key, 'FY' || fiscal_year from (
            (select * from years except all select * from stored)
            union all
            (select * from stored except all select * from years)) y
    )
    select (select count(*) from ledger_total_now) as rows, count(*) as wrong,
           (array_agg(concat_ws(' ', dimension, key, span) order by dimension, key, span))[1:5] as examples
    from wrong
"""  # noqa: S608  made of constants
# The numbers of two statements may be mixed where they were taken at the same moment: such a row is not counted wrong
# as long as its actor's entries in the range are more than it says.
_TRAIL: Final = """
    with blocks as (
        select t.id, t.row_count, t.rows_sha256, e.id / 10000 as block, count(*) as count,
               sha256(convert_to(string_agg(app.entry_text(e), E'\\n' order by e.id), 'UTF8')) as digest
        from trail t
        join ledger_entry e on e.id between t.first_id and t.last_id and e.posted_by = t.actor
        where t.table_name = 'ledger_entry' and t.operation = 'append' and t.rows_form is not null
        group by t.id, t.row_count, t.rows_sha256, e.id / 10000
    ), hashed as (
        select id, row_count, rows_sha256, sum(count) as count, sha256(string_agg(digest, ''::bytea order by block))
                   as digest
        from blocks group by id, row_count, rows_sha256
    )
    select (select count(*) from trail t where t.table_name = 'ledger_entry' and t.rows_form is not null) as rows,
           count(*) filter (where wrong) as wrong, (array_agg(id order by id) filter (where wrong))[1:5] as examples
    from (
        select t.id, (h.id is null or h.count < t.row_count
                      or (h.count = t.row_count and h.digest <> t.rows_sha256)) as wrong
        from trail t left join hashed h on h.id = t.id
        where t.table_name = 'ledger_entry' and t.operation = 'append' and t.rows_form is not null
    ) compared
"""


def _asked(statement: str) -> Callable[[ReadSession, str], Awaitable[Check]]:
    async def ask(session: ReadSession, name: str) -> Check:
        row = (await session.execute(text(statement))).mappings().one()
        return Check(name, row["rows"], row["wrong"], tuple(str(each) for each in row["examples"] or ()))

    return ask


_CHECKS: Final = (
    ("Each dollar entry has two legs of its amount, over the control accounts of its kind", _asked(_LEGS)),
    ("Each Treasury account's debits equal its credits", _asked(_BALANCED)),
    ("The sums of each funding document's days equal its entries", _asked(_DAYS)),
    ("The finest sums equal the entries", _asked(_SUMS)),
    ("The totals by each dimension, month and year equal the finest sums", _asked(_TOTALS)),
    ("The entries are those whose fingerprints the trail holds", _asked(_TRAIL)),
)
