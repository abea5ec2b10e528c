"""What staged rows are to the limits: which of them harm what, their sums by day, the threads that may be broken."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from pipir.features.ledger import rules as money
from pipir.features.ledger.rules import DaySum

OF_OBLIGATION: Final = "('upward adjustment', 'deobligation', 'expenditure', 'refund', 'closing')"
OF_COMMITMENT: Final = "('obligation', 'decommitment')"
STANDING: Final = "import_id = :i and not left_out"

# What a row is: its kind, and of a reversal what it reverses.
WHAT: Final = "case when kind = 'reversal' then 'reversal of ' || reversed_kind else kind end"
BASE: Final = "coalesce(reversed_kind, kind)"


def _whats(harms: Callable[[money.Effect, str], bool]) -> tuple[str, ...]:
    """What rows may be that do harm, by what a dollar of each does."""
    found = []
    for kind in money.KINDS:
        for name, reversal in ((kind, False), (f"reversal of {kind}", True)):
            # An obligation may draw on a commitment, which harms nothing that it does not harm otherwise.
            each = money.effect(kind, 1, reversal=reversal, draws=kind == "closing")
            if harms(each, name):
                found.append(name)
    return tuple(found)


# What each check holds against the rows: what harms, and the kinds that go when what they name goes.
AUTHORITY: Final = (_whats(lambda each, _: each.obligated > 0 or each.authority < 0), OF_OBLIGATION)
# What a closed account reserved lapses with it; its closing is held to the obligations alone.
RESERVED: Final = (
    _whats(lambda each, name: each.committed > 0 or (each.authority < 0 and name != "closing")),
    OF_COMMITMENT,
)
# What takes of the authority that others have reserved, but for an obligation that draws on a commitment of its own.
UNCOMMITTED: Final = (_whats(lambda each, _: each.obligated > 0 and each.obligated > each.authority), "")
# What brings expenditures back, what else is held against an obligation, and what is held against a commitment.
RETURNS: Final = _whats(lambda each, _: each.expended < 0)
LOWERS: Final = _whats(lambda each, name: each.obligated < 0 or (each.expended > 0 and name != "expenditure"))
TAKES: Final = _whats(lambda each, name: each.authority < 0 and name != "closing")
DRAWS: Final = ("obligation", *_whats(lambda each, _: each.committed < 0))


class StagedSum(NamedTuple):
    """The rows of a document that are of one kind on one day: their sum, their number and the last of their places."""

    document: int
    effective_on: date
    kind: str
    reversed_kind: str | None
    draws: bool
    amount: Decimal
    rows: int
    last: int


def staged_days(
    sums: Iterable[StagedSum], kinds: Sequence[str], *, drawn: bool = True
) -> dict[int, tuple[list[DaySum], tuple[date | None, int, int, int]]]:
    """What rows add on each day by document, and of those that harm: first day, sum, count, last place.

    Without `drawn`, an obligation that draws on a commitment harms nothing.
    """
    found: dict[int, tuple[list[DaySum], tuple[date | None, int, int, int]]] = {}
    for row in sums:
        cents, on, reverses = cents_of(row.amount), row.effective_on, row.reversed_kind
        each = money.effect(reverses or row.kind, cents, reversal=reverses is not None, draws=row.draws)
        days, bad = found.get(row.document, ([], (None, 0, 0, 0)))
        days.append(DaySum(on, each.authority, each.committed, each.obligated, each.expended))
        draws = row.draws and row.kind == "obligation"
        if (f"reversal of {reverses}" if reverses else row.kind) in kinds and (drawn or not draws):
            first = on if bad[0] is None else min(bad[0], on)
            bad = (first, bad[1] + cents, bad[2] + row.rows, max(bad[3], row.last))
        found[row.document] = (days, bad)
    return found


class StagedRow(msgspec.Struct):
    """A row of a thread, as the limits look at it."""

    place: int
    line: int
    # What it counts as, and what it is: of a reversal, what it reverses.
    kind: str
    what: str
    effective_on: date
    amount: Decimal
    adjusts_place: int | None
    adjusts_entry_id: int | None
    reverses_entry_id: int | None
    reverses_place: int | None
    flag: str | None

    @property
    def day(self) -> DaySum:
        """What the row does on its day."""
        draws = self.adjusts_place is not None or self.adjusts_entry_id is not None
        reversal = self.kind != self.what
        each = money.effect(self.kind, cents_of(self.amount), reversal=reversal, draws=draws)
        return DaySum(self.effective_on, each.authority, each.committed, each.obligated, each.expended)


def last_of(rows: Sequence[StagedRow], *whats: str) -> StagedRow | None:
    """The latest row that is one of these, if any is."""
    return max((each for each in rows if each.what in whats), key=lambda each: each.place, default=None)


def line_of(rows: Sequence[StagedRow], place: int | None) -> int:
    """The line of the file on which the row of a place stands."""
    return next((each.line for each in rows if each.place == place), place or 0)


def cents_of(amount: Decimal) -> int:
    """A staged amount in whole cents."""
    return int(amount.scaleb(2))


# The threads that may be broken on some day; the rules themselves then say whether and by what. Each dependent row of
# the file brings its root in, and with it what is stored of the root.
#
# In a thread that lies in the file alone no row lies before its root: where all that the rows take away, on whatever
# day, is not more than the root gives, and nothing is returned or reversed, no day breaks it. That is one sum for each
# root; only the threads that are left are looked at day by day. A row that is flagged counts in none of them, and
# neither does its reversal.
BROKEN_THREADS: Final = f"""
    with taking as (
        select adjusts_place as place, sum(amount) filter (where kind not in ('upward adjustment', 'refund')) as taken,
               bool_or(kind in ('refund', 'reversal')) as returned
        from import_row
        where import_id = :i and not left_out and flag is null and adjusts_place is not null
        group by 1
        union all
        select reverses_place, amount, true from import_row
        where import_id = :i and not left_out and reverses_place is not null
              and reversed_kind in ('obligation', 'commitment')
    ), flagged as (
        select f.place from import_row f where f.import_id = :i and f.flag is not null
    ), suspect as materialized (
        select t.place from taking t
        left join import_row r on r.import_id = :i and r.place = t.place and not r.left_out
        where t.returned or r.place is null or t.taken > r.amount
    ), mine as materialized (
        select case when {BASE} in {OF_COMMITMENT} then 'c' else 'o' end as of, adjusts_place as place,
               adjusts_entry_id as entry, effective_on, {BASE} as base,
               case when kind = 'reversal' then -amount else amount end as signed
        from import_row
        where import_id = :i and not left_out and flag is null
          and (adjusts_place in (select s.place from suspect s) or adjusts_entry_id is not null)
          and (reverses_place is null or reverses_place not in (select f.place from flagged f))
        union all
        select case reversed_kind when 'obligation' then 'o' else 'c' end, reverses_place, reverses_entry_id,
               effective_on, reversed_kind, -amount
        from import_row
        where import_id = :i and not left_out and reversed_kind in ('obligation', 'commitment')
    ), stored as (
        select distinct m.of, m.entry from mine m where m.entry is not null
    ), moves as (
        select of, place, entry, effective_on, base, signed from mine
        union all
        select case r.kind when 'obligation' then 'o' else 'c' end, r.place, null, r.effective_on, r.kind, r.amount
        from import_row r
        where r.import_id = :i and not r.left_out and r.kind in ('obligation', 'commitment')
          and r.place in (select m.place from mine m where m.place is not null)
        union all
        select s.of, null, s.entry, e.effective_on, coalesce(e.reversed_kind, e.kind),
               case when e.kind = 'reversal' then -e.amount else e.amount end
        from stored s join ledger_entry e on e.id = s.entry
        union all
        select s.of, null, s.entry, e.effective_on, coalesce(e.reversed_kind, e.kind),
               case when e.kind = 'reversal' then -e.amount else e.amount end
        from stored s join ledger_entry e on e.adjusts_entry_id = s.entry
        union all
        select s.of, null, s.entry, e.effective_on, e.reversed_kind, -e.amount
        from stored s join ledger_entry e on e.reverses_entry_id = s.entry
    ), days as (
        select of, place, entry, effective_on,
               sum(case when base in ('obligation', 'upward adjustment') then signed
                        when base in ('deobligation', 'closing') then -signed else 0 end) as obligated,
               sum(case base when 'expenditure' then signed when 'refund' then -signed else 0 end) as expended,
               sum(case when base = 'commitment' then signed
                        when base in {OF_COMMITMENT} then -signed else 0 end) as committed
        from moves group by 1, 2, 3, 4
    ), running as (
        select of, place, entry,
               sum(obligated) over since as obligated, sum(expended) over since as expended,
               sum(committed) over since as committed
        from days window since as (partition by of, place, entry order by effective_on)
    )
    select distinct of, place, entry from running
    where (of = 'o' and (expended > obligated or expended < 0)) or (of = 'c' and committed < 0)
    order by 1, 2, 3
"""
