"""The trial balance over the stored legs, and the verification that everything derived equals the entries."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
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


async def apart(session: ReadSession) -> tuple[tuple[str, Dollars], ...]:
    """What entries come to beyond the finest sums, by kind and year, whoever may see them; none where all agree.

    Much less than verify(), but every entry is read: some seconds for ten million. The legs, of which no figure of a
    report is made, are verify()'s.
    """
    await session.execute(_PATIENTLY)
    return tuple(
        (f"the entries of {row.kind} in FY{row.fiscal_year}", Dollars(str(row.more)))
        for row in await session.execute(_ENTRIES_ADDED)
    )


Told = Callable[[str], None]


async def verify(session: ReadSession, *others: ReadSession, told: Told = lambda name: None) -> Verification:
    """Hold everything that is derived from the entries against them, and their fingerprints against the trail.

    `told` hears the name of each check before it begins. It reads the whole ledger in a few passes inside of
    PostgreSQL; nothing is gathered here. Ask it in a snapshot, so that postings meanwhile are no differences; with
    `others` of the same snapshot (`Database.beside`) as many checks are made at a time.
    """
    rest = list(reversed(_CHECKS))
    found: dict[str, Check] = {}

    async def work(each: ReadSession) -> None:
        await each.execute(text("set local work_mem = '64MB'"))
        # How many groups there will be the server cannot guess; put in order they take half as long again as counted.
        await each.execute(text("set local enable_sort = off"))
        while rest:
            name, ask = rest.pop()
            told(name)
            found[name] = await ask(each, name)

    async with asyncio.TaskGroup() as group:
        for each in (session, *others):
            group.create_task(work(each))
    entries = await session.scalar(select(func.count()).select_from(LedgerEntry))
    return Verification(tuple(found[name] for name, _ in _CHECKS), entries or 0)


# What an entry adds, from the entry alone: written apart from the trigger that keeps the sums.
_SIGNED: Final = """
    select e.id, e.funding_document_id, e.project_id, e.participant_id, e.program_authority, e.effective_on,
           e.audience, e.exercise, e.continuation_id is not null as continues, e.fiscal_year, e.posted_at,
           coalesce(e.reversed_kind, e.kind) as kind, e.adjusts_entry_id is not null as names,
           case when e.kind = 'reversal' then -e.amount else e.amount end as signed
    from ledger_entry e
"""
_PATIENTLY: Final = text("set local statement_timeout = '600s'")
_ENTRIES_ADDED: Final = text(
    f"""
    select kind, fiscal_year, sum(amount) as more
    from (select s.kind, s.fiscal_year, sum(s.signed) as amount from ({_SIGNED}) s group by 1, 2
          union all select kind, fiscal_year, -sum(amount) from ledger_sum_now group by 1, 2) sides
    group by kind, fiscal_year having sum(amount) <> 0 order by fiscal_year, kind
    """  # noqa: S608  made of constants
)
# Block by block, so that what is compared stays in memory; as one, both sides would go through files.
_LEGS: Final = """
    with block as (
        select b * 100000 as low, b * 100000 + 99999 as high
        from generate_series(0, greatest((select max(id) from ledger_entry), (select max(entry_id) from ledger_leg), 0)
                                / 100000) b
    )
    select count(*) as rows, count(*) filter (where wrong) as wrong,
           (array_agg(id) filter (where wrong))[1:5] as examples
    from block cross join lateral (
        select coalesce(e.id, s.id) as id,
               (s.debited, s.debit, s.amount, s.credited, s.credit, s.credit_amount)
               is distinct from (e.account_id, e.debit, e.amount, e.account_id, e.credit, e.amount) as wrong
        from (
            select e.id, f.account_id, e.amount,
                   case when e.kind = 'reversal' then r.credit else r.debit end as debit,
                   case when e.kind = 'reversal' then r.debit else r.credit end as credit
            from ledger_entry e
            join funding_document f on f.id = e.funding_document_id
            join app.posting_rules() r on r.kind = coalesce(e.reversed_kind, e.kind)
                 and r.draws = (e.adjusts_entry_id is not null)
            where e.id between block.low and block.high
        ) e
        full join (
            select coalesce(d.entry_id, c.entry_id) as id, d.account_id as debited, d.control as debit, d.amount,
                   c.account_id as credited, c.control as credit, c.amount as credit_amount
            from (select * from ledger_leg where not credit and entry_id between block.low and block.high) d
            full join (select * from ledger_leg where credit and entry_id between block.low and block.high) c
                 on c.entry_id = d.entry_id
        ) s on s.id = e.id
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
                                                      'reimbursable order', 'partner advance')), 0)
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
# What the entries come to and what is stored, taken from each other grain by grain. A grain holds the month of posting:
# month by month all its sums stay in memory, where those of the whole ledger would go through files. The months are
# looked for one after another, so that no day, however odd, makes more of them than there are.
_SUMS: Final = f"""
    with recursive month as (
        select date_trunc('month', min(e.posted_at) at time zone 'UTC') as since from ledger_entry e
        union
        select date_trunc('month', (select min(e.posted_at) at time zone 'UTC' from ledger_entry e
                                    where e.posted_at >= (m.since + interval '1 month') at time zone 'UTC'))
        from month m where m.since is not null
    ), differences as (
        select {_GRAIN}, sum(amount) as amount, sum(drawn) as drawn
        from (
            select posted.* from month cross join lateral (
                select s.funding_document_id, s.project_id, s.participant_id, s.program_authority, a.workstream_id,
                       coalesce(a.served, 0) as served,
                       date_trunc('month', s.effective_on::timestamp)::date as month,
                       month.since::date as posted_month, s.kind, s.audience, s.exercise, s.continues,
                       sum(s.signed) as amount,
                       sum(case when s.names and s.kind in ('obligation', 'closing') then s.signed else 0 end) as drawn
                from ({_SIGNED}) s
                left join project_attribute a on a.project_id = s.project_id and s.effective_on >= a.from_on
                     and s.effective_on < a.until_on
                where s.posted_at >= month.since at time zone 'UTC'
                  and s.posted_at < (month.since + interval '1 month') at time zone 'UTC'
                group by 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12
            ) posted
            union all select {_GRAIN}, -amount, -drawn from ledger_sum_now
        ) sides
        group by {_GRAIN}
    )
    select count(*) as rows, count(*) filter (where wrong) as wrong,
           (array_agg(differences::text) filter (where wrong))[1:5] as examples
    from (select differences, (amount, drawn) <> (0, 0) as wrong from differences) each
"""  # noqa: S608  made of constants
_MEASURES: Final = (
    *("authority", "ordered", "committed", "obligated", "obligated_1253", "obligated_continuing"),
    *("expended", "contributed"),
)


def _added(names: Sequence[str]) -> str:
    return ", ".join(f"sum({name}) as {name}" for name in names)


def _taken(names: Sequence[str]) -> str:
    return ", ".join(f"-{name}" for name in names)


def _any(names: Sequence[str]) -> str:
    return f"({', '.join(f'sum({name})' for name in names)}) <> ({', '.join('0' for name in names)})"


_COUNTED: Final = (*_MEASURES, "count")
# Each dimension's totals add up to the finest sums of those who may see them; an amount of several objectives stands
# under each. The totals of months and years add up to those of the months in which entries were posted; the lines of
# reports to the finest sums.
_TOTALS: Final = f"""
    with seen as (
        select s.*, f.account_id, f.source_of_authority in ('reimbursable order', 'partner advance') as on_order,
               coalesce(f.source_of_authority = 'partner advance', false) as advanced,
               s.audience & coalesce(f.audience, -1) & coalesce(p.audience, -1) & coalesce(c.audience, -1) as sight
        from ledger_sum_now s
        left join funding_document f on f.id = s.funding_document_id
        left join project p on p.id = s.project_id
        left join participant c on c.id = s.participant_id
    ), measured as (
        select seen.*,
               cast(100 * case when kind in ('authority received', 'transfer in', 'reprogramming in') then amount
                           when kind in ('authority withdrawn', 'transfer out', 'reprogramming out')
                                or (kind = 'closing' and not on_order) then -amount else 0 end as bigint) as authority,
               cast(100 * case kind when 'commitment' then amount when 'decommitment' then -amount
                           when 'obligation' then -drawn else 0 end as bigint) as committed,
               cast(100 * case when kind in ('obligation', 'upward adjustment') then amount when kind = 'deobligation'
                           then -amount when kind = 'closing' then -drawn else 0 end as bigint) as obligated,
               cast(100 * case kind when 'expenditure' then amount when 'refund' then -amount else 0 end as bigint)
                   as expended,
               cast(100 * case kind when 'partner contribution' then amount else 0 end as bigint) as contributed,
               cast(100 * case when kind in ('reimbursable order', 'partner advance') then amount
                           when kind = 'closing' and on_order then -amount else 0 end as bigint) as ordered
        from seen
    ), stages as (
        -- All kinds and the documents' sums of a grain in one row, before it stands under each dimension.
        select funding_document_id, account_id, project_id, participant_id, program_authority, workstream_id, served,
               month, posted_month, sight, exercise, continues, advanced, fiscal_year, quarter,
               sum(authority) as authority, sum(ordered) as ordered,
               sum(committed) as committed, sum(obligated) as obligated,
               coalesce(sum(obligated) filter (where program_authority like '1253.%'), 0) as obligated_1253,
               coalesce(sum(obligated) filter (where continues), 0) as obligated_continuing,
               sum(expended) as expended, sum(contributed) as contributed, sum(count) as count
        from measured group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    ), posted as (
        select dimension, key, month, posted_month, account_id, audience, exercise, fiscal_year, quarter,
               {", ".join(_COUNTED)}
        from ledger_total_now where posted_month > '-infinity'
    ), wrong as (
        select dimension, key, to_char(month, 'YYYY-MM') as span from (
            select k.dimension, k.key, s.month, s.posted_month, s.account_id, s.sight, s.exercise, {_added(_MEASURES)}
            from stages s, lateral (
                select * from (values
                    ('all', ''), ('document', coalesce(s.funding_document_id::text, '')),
                    ('authority', coalesce(s.program_authority, '')),
                    ('participant', coalesce(s.participant_id::text, '')),
                    ('project', coalesce(s.project_id::text, '')),
                    ('workstream', coalesce(s.workstream_id::text, ''))) v
                union all
                select 'objective', (b + 1)::text from generate_series(0, 30) b where (s.served >> b) & 1 = 1
                union all select 'objective', '' where s.served = 0) k (dimension, key)
            group by 1, 2, 3, 4, 5, 6, 7
            union all
            select dimension, key, month, posted_month, account_id, audience, exercise, {_taken(_MEASURES)} from posted
        ) sides
        group by dimension, key, month, posted_month, account_id, sight, exercise having {_any(_MEASURES)}
        union all
        select dimension, key, to_char(month, 'YYYY-MM') from (
            select dimension, key, month, account_id, audience, exercise, fiscal_year, quarter, {", ".join(_COUNTED)}
            from posted
            union all
            select dimension, key, month, account_id, audience, exercise, fiscal_year, quarter, {_taken(_COUNTED)}
            from ledger_total_now where posted_month = '-infinity' and month > '-infinity' and dimension <> 'line'
        ) sides
        group by dimension, key, month, account_id, audience, exercise, fiscal_year, quarter having {_any(_COUNTED)}
        union all
        select 'line', key, to_char(month, 'YYYY-MM') from (
            select concat_ws('|', coalesce(project_id::text, ''), coalesce(participant_id::text, ''), advanced::text,
                             continues::text, coalesce(program_authority, '')) as key,
                   date_trunc('quarter', month::timestamp)::date as month, account_id, sight, exercise, fiscal_year,
                   quarter, {", ".join(_COUNTED)}
            from stages
            union all
            select key, month, account_id, audience, exercise, fiscal_year, quarter, {_taken(_COUNTED)}
            from ledger_total_now where dimension = 'line'
        ) sides
        group by key, month, account_id, sight, exercise, fiscal_year, quarter having {_any(_COUNTED)}
        union all
        select dimension, key, 'FY' || fiscal_year from (
            select dimension, key, fiscal_year, account_id, audience, exercise, {", ".join(_COUNTED)} from posted
            union all
            select dimension, key, fiscal_year, account_id, audience, exercise, {_taken(_COUNTED)}
            from ledger_total_now where posted_month = '-infinity' and month = '-infinity'
        ) sides
        group by dimension, key, fiscal_year, account_id, audience, exercise having {_any(_COUNTED)}
    )
    select (select count(*) from ledger_total_now) as rows, count(*) as wrong,
           (array_agg(concat_ws(' ', dimension, key, span) order by dimension, key, span))[1:5] as examples
    from wrong
"""  # noqa: S608  made of constants
# Block by block, each read in the order of its numbers. The numbers of two statements may be mixed where they were
# taken at the same moment: such a row is not counted wrong as long as its actor's entries in the range are more than
# it says.
_TRAIL: Final = """
    with followed as (
        select id, actor, row_count, rows_sha256, first_id, last_id from trail
        where table_name = 'ledger_entry' and operation = 'append' and rows_form is not null
    ), hashed as (
        select t.id, t.row_count, t.rows_sha256, sum(b.count) as count,
               sha256(string_agg(b.digest, ''::bytea order by g.block)) as digest
        from followed t
        cross join lateral generate_series(t.first_id / 10000, t.last_id / 10000) g (block)
        cross join lateral (
            select count(*) as count,
                   sha256(convert_to(string_agg(app.entry_text(e), E'\\n' order by e.id), 'UTF8')) as digest
            from ledger_entry e
            where e.id between greatest(t.first_id, g.block * 10000) and least(t.last_id, g.block * 10000 + 9999)
              and e.posted_by = t.actor
        ) b
        group by t.id, t.row_count, t.rows_sha256
    )
    select count(*) as rows, count(*) filter (where wrong) as wrong,
           (array_agg(id order by id) filter (where wrong))[1:5] as examples
    from (
        select id, (count < row_count or (count = row_count and digest is distinct from rows_sha256)) as wrong
        from hashed
    ) compared
"""


def _asked(statement: str) -> Callable[[ReadSession, str], Awaitable[Check]]:
    async def ask(session: ReadSession, name: str) -> Check:
        row = (await session.execute(text(statement))).mappings().one()
        return Check(name, row["rows"], row["wrong"], tuple(str(each) for each in row["examples"] or ()))

    return ask


# The long ones first, so that those who work side by side end at about the same time.
_CHECKS: Final = (
    ("The finest sums equal the entries", _asked(_SUMS)),
    ("Each dollar entry has two legs of its amount, over the control accounts of its kind", _asked(_LEGS)),
    ("The entries are those whose fingerprints the trail holds", _asked(_TRAIL)),
    ("The totals by each dimension, month and year equal the finest sums", _asked(_TOTALS)),
    ("The sums of each funding document's days equal its entries", _asked(_DAYS)),
    ("Each Treasury account's debits equal its credits", _asked(_BALANCED)),
)
