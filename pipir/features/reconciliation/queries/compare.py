"""The ledger beside an extract, by account, document, line and stage: what agrees, and what does not."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import msgspec
from sqlalchemy import RowMapping, text

from pipir.kernel.money import Dollars
from pipir.store.doors import ReadSession, WriteSession

# What an entry stands under: the document of the obligation that it belongs to, through the entry that it reverses
# where it is a reversal; or its own, where the source keeps payments under their vouchers.
_COMPARED: Final = """
    entries as (
        select e.id, e.audience, e.funding_document_id, e.project_id, a.symbol,
               coalesce(e.reversed_kind, e.kind) in ('expenditure', 'refund') as paid,
               case when (e.kind = 'reversal')
                         <> (coalesce(e.reversed_kind, e.kind) in ('deobligation', 'refund', 'closing'))
                    then -e.amount else e.amount end as signed,
               o.document_number as of_obligation, o.document_line as line_of_obligation,
               coalesce(r.document_number, e.document_number) as own,
               case when r.document_number is not null then r.document_line else e.document_line end as own_line
        from ledger_entry e
        join funding_document f on f.id = e.funding_document_id
        join treasury_account a on a.id = f.account_id
        left join ledger_entry r on r.id = e.reverses_entry_id
        left join ledger_entry o on o.id = e.adjusts_entry_id and coalesce(e.reversed_kind, e.kind) <> 'obligation'
        where a.symbol = any(:symbols) and e.effective_on <= :as_of
          and (coalesce(e.reversed_kind, e.kind) in
                   ('obligation', 'upward adjustment', 'deobligation', 'expenditure', 'refund')
               or coalesce(e.reversed_kind, e.kind) = 'closing' and e.adjusts_entry_id is not null)
    ),
    placed as (
        select id, audience, funding_document_id, project_id, symbol, signed,
               case when paid then 'expenditure' else 'obligation' end as stage,
               case when of_obligation is null or (paid and :own_payments and own is not null)
                    then coalesce(own, '') else of_obligation end as document_number,
               case when of_obligation is null or (paid and :own_payments and own is not null)
                    then coalesce(own_line, '') else coalesce(line_of_obligation, '') end as document_line
        from entries
    ),
    ledger as (
        select symbol, document_number, case when :lines then document_line else '' end as document_line, stage,
               sum(signed) as amount, min(id) as entry_id, bit_and(audience) as audience,
               array_agg(distinct funding_document_id) as document_ids,
               coalesce(array_agg(distinct project_id) filter (where project_id is not null), '{}') as project_ids
        from placed group by 1, 2, 3, 4
    ),
    official as (
        select symbol, document_number, document_line, stage, sum(amount) as amount
        from official_line where extract_id = :extract and symbol = any(:symbols) group by 1, 2, 3, 4
    ),
    compared as (
        select symbol, document_number, document_line, stage,
               coalesce(l.amount, 0) as amount, coalesce(o.amount, 0) as official_amount,
               l.entry_id, coalesce(l.audience, -1) as audience,
               coalesce(l.document_ids, '{}') as document_ids, coalesce(l.project_ids, '{}') as project_ids,
               case when coalesce(l.amount, 0) = coalesce(o.amount, 0) then 'matched'
                    when l.amount is null then 'only in official accounting'
                    when o.amount is null then 'only in the ledger'
                    else 'amount differs' end as kind
        from ledger l full join official o using (symbol, document_number, document_line, stage)
    )
"""
_SUMMED: Final = """
    select count(*) filter (where c.kind = 'matched'),
           count(*) filter (where c.kind = 'amount differs'),
           count(*) filter (where c.kind = 'only in the ledger'),
           count(*) filter (where c.kind = 'only in official accounting'),
           coalesce(sum(c.amount) filter (where c.stage = 'obligation'), 0),
           coalesce(sum(c.official_amount) filter (where c.stage = 'obligation'), 0),
           coalesce(sum(c.amount) filter (where c.stage = 'obligation' and c.kind = 'matched'), 0),
           coalesce(sum(c.amount) filter (where c.stage = 'expenditure'), 0),
           coalesce(sum(c.official_amount) filter (where c.stage = 'expenditure'), 0),
           coalesce(sum(abs(c.amount - c.official_amount)), 0)
"""
_SAME: Final = """i.source_id = :source and i.settled_on is null and i.symbol = d.symbol
    and i.document_number = d.document_number and i.document_line = d.document_line and i.stage = d.stage"""
_FIELDS: Final = "amount, official_amount, entry_id, audience, document_ids, project_ids, project_id"
_LINES: Final = text(
    f"with {_COMPARED} select symbol, document_number, document_line, stage, amount from ledger l "  # noqa: S608  constants
    "where amount <> 0 order by symbol, document_number, document_line, stage"
)
_COMPARE: Final = text(f"with {_COMPARED} {_SUMMED} from compared c")
_SETTLE: Final = text(f"""
    with {_COMPARED},
    different as (select * from compared where kind <> 'matched'),
    settled as (
        update reconciliation_item i
        set status = 'settled', settled_on = :today, extract_id = :extract, version = i.version + 1
        where i.source_id = :source and i.settled_on is null
          and not exists (select from different d where {_SAME})
        returning 1
    ),
    kept as (
        update reconciliation_item i
        set extract_id = :extract, kind = d.kind, version = i.version + 1,
            status = case when (i.amount, i.official_amount) = (d.amount, d.official_amount) then i.status
                          else 'open' end,
            ({_FIELDS}) = (d.amount, d.official_amount, d.entry_id, d.audience, d.document_ids, d.project_ids,
                            d.project_ids[1])
        from different d where {_SAME}
        returning 1
    ),
    opened as (
        insert into reconciliation_item (version, source_id, found_extract_id, extract_id, symbol, document_number,
                                         document_line, stage, kind, found_on, owner_person_id, status, {_FIELDS})
        select 1, :source, :extract, :extract, d.symbol, d.document_number, d.document_line, d.stage, d.kind,
               :today, :owner, 'open', d.amount, d.official_amount, d.entry_id, d.audience, d.document_ids,
               d.project_ids, d.project_ids[1]
        from different d
        where not exists (select from reconciliation_item i where {_SAME})
        order by d.symbol, d.document_number, d.document_line, d.stage
        returning 1
    )
    {_SUMMED}, (select count(*) from settled) from compared c
""")  # noqa: S608  constants of this module
_SLOWEST: Final = text("set local statement_timeout = '600s'")
_LAST: Final = text("select coalesce(max(id), 0) from ledger_entry")


class Compared(msgspec.Struct, frozen=True):
    """How an extract compares with the ledger; `difference` adds up by how much each document line differs."""

    matched: int
    differing: int
    only_ledger: int
    only_official: int
    obligated: Dollars
    obligated_official: Dollars
    obligated_matched: Dollars
    expended: Dollars
    expended_official: Dollars
    difference: Dollars
    settled: int = 0

    @property
    def differences(self) -> int:
        """The document lines that do not agree."""
        return self.differing + self.only_ledger + self.only_official


class Extract(msgspec.Struct, frozen=True):
    """What is compared: an extract of a source as of a day, and how the source keeps its lines."""

    source: int
    extract: int
    as_of: date
    symbols: tuple[str, ...]
    own_payments: bool
    lines: bool


async def compare(session: ReadSession, what: Extract) -> Compared:
    """The extract beside the ledger as it stands; whoever asks, all of it is compared.

    Ask in a snapshot or a write: of millions of entries it takes longer than a page's statements may.
    """
    await session.execute(_SLOWEST)
    return _compared((await session.execute(_COMPARE, _given(what))).one())


async def ledger_lines(session: ReadSession, what: Extract) -> Sequence[RowMapping]:
    """The ledger's own lines by account, document, line and stage, as an extract would hold them."""
    return (await session.execute(_LINES, _given(what))).mappings().all()


async def settle(session: WriteSession, what: Extract, *, today: date, owner: int) -> Compared:
    """The same, and each difference of the source opened, kept or settled by it; for a command alone."""
    await session.execute(_SLOWEST)
    given = _given(what) | {"source": what.source, "today": today, "owner": owner}
    return _compared((await session.execute(_SETTLE, given)).one())


async def last_entry(session: ReadSession) -> int:
    """The number of the last entry that stands."""
    return int(await session.scalar(_LAST) or 0)


def _given(what: Extract) -> dict[str, Any]:
    return {
        "extract": what.extract,
        "as_of": what.as_of,
        "symbols": list(what.symbols),
        "own_payments": what.own_payments,
        "lines": what.lines,
    }


def _compared(row: Any) -> Compared:
    counts, sums, rest = row[:4], row[4:10], row[10:]
    return Compared(*counts, *(Dollars(each) for each in sums), *rest)
