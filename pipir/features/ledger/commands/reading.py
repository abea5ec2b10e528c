"""What a posting is judged by, asked of the driver: one question that locks, and one for each thread that it holds."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec

from pipir.features.law.queries import LAW_CHANGES, law_from
from pipir.features.ledger import rules
from pipir.features.ledger.commands.known import Known
from pipir.features.ledger.rules import DaySum, Funding, SignedMonth
from pipir.features.ledger.tables import FundingDocument, TreasuryAccount
from pipir.features.people.queries import READER, reader_from
from pipir.kernel.calendar import washington_day
from pipir.kernel.marking import Reader, reader_bits
from pipir.kernel.money import Dollars
from pipir.statute.model import Statute
from pipir.store.doors import ReadSession, WriteSession

_KNOWN: Final = """
    e.id, e.kind, e.reversed_kind, e.amount, e.funding_document_id, e.project_id, e.participant_id,
    e.program_authority, e.other_authority, e.continuation_id, e.adjusts_entry_id, e.effective_on, e.incurred,
    e.closed_account_id, e.counter_entry_id, e.transfer_law, e.outside_account
"""
# The columns of a funding document that the rules need; after them its account's symbol, day of closing and title.
_FUNDING: Final = (
    *("number", "level_of_control", "source_of_authority", "through_on", "cr_amount", "order_law"),
    *("order_accepted_on", "excepted_basis", "period_from", "period_until", "received_on", "until", "participant_id"),
)
# What an entry takes from the one that it names is looked up with it.
# The signatures of an account's months from a day on that no later one supersedes. What a warning says stands with its
# entry: only of signatures that every reader of the document may read.
_SIGNED: Final = """
    select m.account_id, m.month_on, m.source_name, m.signed_at, coalesce(o.symbol, p.name) as office, m.audience
    from reconciled_month m
    join person p on p.id = m.signed_by
    left join person_office w on w.person_id = p.id and (m.signed_at at time zone 'America/New_York')::date >= w.since
         and (w.until is null or (m.signed_at at time zone 'America/New_York')::date <= w.until)
    left join office o on o.id = w.office_id
    where not exists (select from reconciled_month l where l.supersedes_id = m.id)
"""
_LOOKED_UP: Final = f"""
    named as materialized (
        select {_KNOWN}, e.audience & coalesce(f.audience, -1) & coalesce(p.audience, -1) & coalesce(c.audience, -1)
                   as audience
        from ledger_entry e
        left join funding_document f on f.id = e.funding_document_id
        left join project p on p.id = e.project_id
        left join participant c on c.id = e.participant_id
        where e.id in (select unnest($2::bigint[]))
    ),
"""


def _ground(*, naming: bool) -> str:
    """The question; most postings name no entry, and what then looks for none takes a sixth of its time."""

    def taken(column: str) -> str:
        return f" union select {column} from named" if naming else ""

    # The documents are locked in one order and before anything is summed, those of accounts that a publication holds
    # apart: nobody waits for those. What a posting asks from then on is planned once for a connection: planning anew
    # for each number takes longer than the answer.
    return f"""
    with {_LOOKED_UP if naming else ""} asked as materialized (
        select unnest($3::bigint[]) as id{taken("funding_document_id")}
    ), free as materialized (
        select a.id, pg_try_advisory_xact_lock_shared($7::integer, a.id::integer) as got
        from treasury_account a
        where a.id in (select f.account_id from funding_document f where f.id in (select id from asked))
    ), locked as materialized (
        select f.id, f.audience, {", ".join(f"f.{name}" for name in _FUNDING)}, a.symbol, a.closed_on, a.title,
               array(select row(s.month_on, s.source_name, s.signed_at, s.office) from ({_SIGNED}) s
                     where s.account_id = a.id and s.month_on >= $8 and f.audience & ~s.audience = 0
                     order by s.month_on, s.source_name) as signed
        from funding_document f join treasury_account a on a.id = f.account_id join free on free.id = a.id
        where f.id in (select id from asked) and free.got
        order by f.id for no key update of f
    )
    select app.now() as now, reader.reader_kind, reader.nationality, law.adopted, law.enacted,
           {"array(select row(n.*) from named n)" if naming else "$2::bigint[]"} as named,
           array(select row(l.*) from locked l) as fundings,
           array(select row(p.id, p.audience) from project p
                 where p.id in (select unnest($4::bigint[]){taken("project_id")})) as projects,
           array(select row(c.id, c.audience) from participant c
                 where c.id in (select unnest($5::bigint[]){taken("participant_id")})) as participants,
           array(select row(d.*) from app.ledger_days(array(select id from locked),
                                                      array(select $8::date from locked)) d) as days,
           array(select nextval('ledger_entry_id_seq') from generate_series(1, $6::integer)) as numbers,
           set_config('plan_cache_mode', 'force_generic_plan', true)
    from ({LAW_CHANGES}) law left join ({READER}) reader on true
    """


_GROUND: Final = {naming: _ground(naming=naming) for naming in (True, False)}
_REVERSALS: Final = """
    select reverses_entry_id, id from ledger_entry where reverses_entry_id in (select unnest($1::bigint[]))
"""
# What took authority out, and the entry that brings it in; one that was reversed brings in nothing.
_BROUGHT_IN: Final = """
    select e.counter_entry_id, e.id from ledger_entry e
    where e.counter_entry_id in (select unnest($1::bigint[]))
      and not exists (select from ledger_entry r where r.reverses_entry_id = e.id)
"""
_DAYS: Final = "select * from app.ledger_days($1, $2)"
# An index answers each of it, however large the ledger has grown, and the plan that is made once serves one posting and
# fifty thousand.
_THREADS: Final = f"""
    select distinct on (e.id) e.*
    from unnest($1::bigint[]) n (id) cross join lateral (
        {
    " union all ".join(
        f"select {_KNOWN}, e.reverses_entry_id from ledger_entry e where e.{column} = n.id"
        for column in ("id", "adjusts_entry_id", "reverses_entry_id")
    )
}
    ) e
    order by e.id
"""
_KEPT: Final = """
    select a.symbol from treasury_account a
    where a.symbol in (select unnest($1::text[]))
      and exists (select from funding_document f where f.account_id = a.id and f.audience & $2::bigint = $2::bigint)
"""
_NAMED_ACCOUNTS: Final = """
    select id, symbol, closed_on, title from treasury_account where id in (select unnest($1::bigint[]))
"""
# The first of the two keys of an advisory lock on an account; the second is the account's number.
ACCOUNTS: Final = 1253


class Ground(msgspec.Struct, frozen=True):
    """What entries name, as their poster may see it, the law as it stands, and a number for each entry.

    `fundings` are locked until the transaction ends; one that is asked for and lacks is hidden, absent or held. `days`
    are their sums: all days until the first of the entries as that day's, then every later day.
    """

    reader: Reader
    law: Statute
    named: Mapping[int, Known]
    fundings: Mapping[int, Funding]
    audiences: Mapping[tuple[str, int], int]
    days: Mapping[int, Sequence[DaySum]]
    numbers: tuple[int, ...]


async def ground_of(
    session: WriteSession,
    *,
    entries: Collection[int],
    documents: Collection[int],
    projects: Collection[int],
    participants: Collection[int],
    count: int,
    since: date,
) -> Ground:
    """Read and lock what `count` entries from a day on rest on, and what is taken from the `entries` that they name."""
    named = (list(each) for each in (entries, documents, projects, participants))
    row = await session.driver.fetchrow(_GROUND[bool(entries)], session.actor, *named, count, ACCOUNTS, since)
    session.hear(row["now"])
    reader = reader_from((row["reader_kind"], row["nationality"]) if row["reader_kind"] else None)
    bits = reader_bits(reader)
    audiences = {
        (name, number): audience
        for name, found in (
            ("funding", ((each[0], each[1]) for each in row["fundings"])),
            ("project", row["projects"]),
            ("participant", row["participants"]),
        )
        for number, audience in found
        if audience & bits == bits
    }
    return Ground(
        reader=reader,
        law=law_from(row["adopted"], row["enacted"]),
        named={each[0]: _known(each) for each in row["named"] if each[-1] & bits == bits},
        fundings={
            number: _funding(columns) for number, _, *columns in row["fundings"] if ("funding", number) in audiences
        },
        audiences=audiences,
        days=_by_document(row["days"]),
        numbers=tuple(row["numbers"]),
    )


async def reversals_of(session: ReadSession, entries: Collection[int]) -> dict[int, int]:
    """Which entry reversed each of these, where one did."""
    return dict(await session.driver.fetch(_REVERSALS, list(entries))) if entries else {}


async def brought_in(session: ReadSession, entries: Collection[int]) -> dict[int, int]:
    """Which standing entry brings in what each of these took out, where one does."""
    return dict(await session.driver.fetch(_BROUGHT_IN, list(entries))) if entries else {}


async def kept_accounts(session: ReadSession, reader: Reader, symbols: Collection[str | None]) -> frozenset[str]:
    """Those of these accounts that have a funding document which the reader may see."""
    if not symbols:
        return frozenset()
    bits = reader_bits(reader)
    return frozenset(row[0] for row in await session.driver.fetch(_KEPT, list(symbols), bits))


async def accounts_by_number(session: ReadSession, numbers: Iterable[int | None]) -> dict[int, rules.ClosedAccount]:
    """The accounts that charges name as closed ones; whether they are is for the rules to say."""
    wanted = {each for each in numbers if each is not None}
    rows = await session.driver.fetch(_NAMED_ACCOUNTS, list(wanted)) if wanted else ()
    return {
        number: rules.ClosedAccount(rules.Account(rules.parse_symbol(symbol), closed_on), title)
        for number, symbol, closed_on, title in rows
    }


async def days_of(session: ReadSession, since: Mapping[int, date]) -> defaultdict[int, list[DaySum]]:
    """The sums of each document: all days until its first harmful one as that day's, then every later day."""
    return _by_document(await session.driver.fetch(_DAYS, list(since), list(since.values())))


async def thread_rows(session: ReadSession, ids: Collection[int]) -> list[tuple[Known, int | None, rules.Effect]]:
    """The stored entries that belong to these obligations and commitments, what each reverses, and what it does."""
    if not ids:
        return []
    found: list[tuple[Known, int | None, rules.Effect]] = []
    for row in await session.driver.fetch(_THREADS, list(ids)):
        known = _known(row)
        amount = rules.cents(known.amount)
        draws = known.adjusts_entry_id is not None
        backwards = known.kind == rules.REVERSAL
        found.append((known, row[-1], rules.effect(known.base_kind, amount, reversal=backwards, draws=draws)))
    return found


def facts(document: FundingDocument, account: TreasuryAccount, signed: Iterable[Any] = ()) -> Funding:
    """What the rules need to know of a funding document; `signed` are the account's rows of signatures()."""
    own = (getattr(document, name) for name in _FUNDING)
    readable = ([*row[1:5]] for row in signed if document.audience & ~row[5] == 0)
    return _funding([*own, account.symbol, account.closed_on, account.title, readable])


async def signatures(session: ReadSession) -> dict[int, list[Any]]:
    """The signatures that stand, by account: number, month, source, moment, office and who may read it."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in await session.driver.fetch(f"{_SIGNED} order by m.month_on, m.source_name, m.id"):
        found[row["account_id"]].append(row)
    return dict(found)


def _funding(columns: Any) -> Funding:
    (
        number, level, source, through_on, cr_amount, order_law, order_accepted_on, excepted_basis, period_from,
        period_until, received_on, until, participant_id, symbol, closed_on, title, signed,
    ) = columns  # fmt: skip
    return Funding(
        number=number,
        account=rules.Account(rules.parse_symbol(symbol), closed_on),
        level=level,
        source=source,
        through_on=through_on,
        cr_amount=None if cr_amount is None else Dollars(cr_amount),
        order_law=order_law,
        order_accepted_on=order_accepted_on,
        excepted_basis=excepted_basis,
        period_from=period_from,
        period_until=period_until,
        received_on=received_on,
        until=until,
        participant_id=participant_id,
        account_title=title,
        signed=tuple(
            SignedMonth(month, source_name, washington_day(at), office) for month, source_name, at, office in signed
        ),
    )


def _by_document(rows: Iterable[Any]) -> defaultdict[int, list[DaySum]]:
    days: defaultdict[int, list[DaySum]] = defaultdict(list)
    for document, *sums in rows:
        days[document].append(DaySum(*sums))
    return days


def _known(row: Any) -> Known:
    number, kind, reversed_kind, amount, *rest = row[: len(Known.__struct_fields__)]
    return Known(number, kind, reversed_kind, Dollars(amount), *rest)
