"""The execution review: rates against plan and benchmark, what is left against what of the period, burn, ages."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Final

import msgspec

from pipir.features.execution.rules.plans import cents
from pipir.kernel.calendar import days_after, fiscal_year, fiscal_year_bounds
from pipir.kernel.money import Dollars
from pipir.statute.lookup import number
from pipir.statute.model import Statute

REVIEW: Final = "execution-review"
BENCHMARKS: Final = "execution-benchmarks"
NO_OBLIGATION: Final = "no obligation in {days} days"
NO_SPENDING: Final = "no spending in {days} days"
# What was spent on no obligation, or on one that is not shown here: it belongs to no age, and to the total.
UNMATCHED: Final = "on no obligation shown here"
_TENTH: Final = Decimal("0.1")
_BENCHMARK: Final = re.compile(r"(?P<kind>[a-z]+)-(?P<stage>obligated|expended)-(?P<months>[0-9]+)")
_KINDS: Final[Mapping[str, str]] = {"O&M": "om", "RDT&E": "rdte", "Procurement": "procurement"}
_MONTHS_OF_YEAR: Final = 12


class Benchmark(msgspec.Struct, frozen=True):
    """What percentage of the funds is obligated and spent on a day by convention; None: no benchmark is known."""

    obligated: Decimal | None
    expended: Decimal | None


class Burn(msgspec.Struct, frozen=True):
    """When an amount is used up at the mean of the last days; `case` says why there is no day."""

    per_day: Dollars
    on: date | None
    case: str


class Period(msgspec.Struct, frozen=True):
    """The days in which an account takes new obligations, and how many percent of them are left after a day."""

    first: date
    last: date
    left: Decimal
    days_left: int


class Resolution(msgspec.Struct, frozen=True):
    """A continuing resolution by day: what an even pace lets be obligated until now, and what is left until its end."""

    apportioned: Dollars
    through_on: date
    by_today: Dollars
    obligated: Dollars
    left_by_today: Dollars
    left: Dollars
    days_left: int
    ended: bool


class Age(msgspec.Struct, frozen=True):
    """The unliquidated balance of obligations of an age, and how many they are."""

    label: str
    first_days: int | None
    last_days: int | None
    unliquidated: Dollars
    count: int


def share(part: Dollars, whole: Dollars) -> Decimal | None:
    """Percent to a tenth, half-even; None of nothing."""
    ratio = part.share_of(whole)
    return None if ratio is None else (ratio * 100).quantize(_TENTH, rounding=ROUND_HALF_EVEN)


def benchmark(statute: Statute, kind: str, available_from: date | None, on: date) -> Benchmark:
    """The benchmark of a kind of appropriation on a day, in a straight line between the year ends that are known.

    The day counts as passed; a no-year account, and a kind that no row names, has none.
    """
    if available_from is None or on < available_from:
        return Benchmark(None, None)
    curves: dict[str, dict[int, int]] = {"obligated": {}, "expended": {}}
    for row in statute.provision(BENCHMARKS).value:
        found = _BENCHMARK.fullmatch(row.name)
        if found and found["kind"] == _KINDS.get(kind) and row.number is not None:
            curves[found["stage"]][int(found["months"])] = row.number
    passed = _months(available_from, on)
    return Benchmark(_at(curves["obligated"], passed), _at(curves["expended"], passed))


def _months(since: date, on: date) -> Decimal:
    """Months since the funds became available: whole fiscal years, and of the running one the share of its days."""
    years = fiscal_year(on) - fiscal_year(since)
    first, last = fiscal_year_bounds(fiscal_year(on))
    part = Decimal((on - first).days + 1) / ((last - first).days + 1)
    return (years + part) * _MONTHS_OF_YEAR


def _at(curve: Mapping[int, int], passed: Decimal) -> Decimal | None:
    if not curve:
        return None
    month, value = 0, 0
    for after, percent in sorted(curve.items()):
        if passed <= after:
            rise = (passed - month) / (after - month) * (percent - value)
            return (value + rise).quantize(_TENTH, rounding=ROUND_HALF_EVEN)
        month, value = after, percent
    return Decimal(value).quantize(_TENTH)


def period(first: date | None, last: date | None, on: date) -> Period | None:
    """The period of availability on a day; None where no end is fixed."""
    if first is None or last is None:
        return None
    days = (last - first).days + 1
    left = min(max((last - on).days, 0), days)
    return Period(first, last, (Decimal(left) * 100 / days).quantize(_TENTH, rounding=ROUND_HALF_EVEN), left)


def per_day(used: Dollars, days: int) -> Dollars:
    """The mean of a day, to the cent."""
    return cents(used.amount / days)


def burn(left: Dollars, used: Dollars, days: int, on: date, *, idle: str) -> Burn:
    """When `left` is used up if each day uses what the mean of the last `days` did; `idle` names the case of none."""
    mean = per_day(used, days)
    if left.amount <= 0:
        return Burn(mean, None, "nothing left")
    if used.amount <= 0:
        return Burn(mean, None, idle.format(days=days))
    # Of the exact mean, not of the cents that are shown.
    need = int((left.amount * days / used.amount).to_integral_value(rounding=ROUND_CEILING))
    if need > (date.max - on).days:
        return Burn(mean, None, "beyond the calendar")
    return Burn(mean, days_after(on, need), "")


def resolution(apportioned: Dollars, since: date, through_on: date, obligated: Dollars, on: date) -> Resolution:
    """A continuing resolution on a day: its amount spread evenly from the day it was received to its last one."""
    days = max((through_on - since).days + 1, 1)
    passed = min(max((on - since).days + 1, 0), days)
    by_today = cents(apportioned.amount * passed / days)
    return Resolution(
        apportioned,
        through_on,
        by_today,
        obligated,
        by_today - obligated,
        apportioned - obligated,
        max((through_on - on).days, 0),
        on > through_on,
    )


def bounds(statute: Statute) -> tuple[int, ...]:
    """The upper ends of the ages of unliquidated balances, in days."""
    names = sorted(row.name for row in statute.provision(REVIEW).value if row.name.startswith("age-bound-"))
    return tuple(number(statute, REVIEW, name) for name in names)


def since_of_ages(statute: Statute, on: date) -> tuple[tuple[date | None, date | None], ...]:
    """Each age as the days on which its obligations were made: first and last; None: any before, or any after."""
    ends = bounds(statute)
    found: list[tuple[date | None, date | None]] = []
    youngest: date | None = None
    for end in ends:
        oldest = on - timedelta(days=end)
        found.append((oldest, youngest))
        youngest = oldest - timedelta(days=1)
    return (*found, (None, youngest))


def age_labels(statute: Statute) -> tuple[tuple[str, int | None, int | None], ...]:
    """Each age in words, with its first and last day; the oldest has no last one."""
    found: list[tuple[str, int | None, int | None]] = []
    first = 0
    for end in bounds(statute):
        found.append((f"{first:,} to {end:,} days", first, end))
        first = end + 1
    return (*found, (f"{first:,} days and more", first, None))


def ages(statute: Statute, balances: Iterable[tuple[int | None, Dollars, int]]) -> tuple[Age, ...]:
    """Balances by the number of their age (None: on no obligation) as the whole table; its sum is theirs."""
    sums: dict[int | None, tuple[Dollars, int]] = {}
    for place, amount, count in balances:
        had = sums.get(place, (Dollars.zero(), 0))
        sums[place] = (had[0] + amount, had[1] + count)
    none = (Dollars.zero(), 0)
    table = [
        Age(label, first, last, *sums.get(place, none))
        for place, (label, first, last) in enumerate(age_labels(statute))
    ]
    if None in sums and sums[None] != none:
        table.append(Age(UNMATCHED, None, None, *sums[None]))
    return tuple(table)


def age_of(statute: Statute, days: int) -> int:
    """The number of the age that holds so many days."""
    return next((place for place, end in enumerate(bounds(statute)) if days <= end), len(bounds(statute)))


def ends_with_year(last: date | None, on: date) -> bool:
    """Whether an account stops taking new obligations with the fiscal year that holds the day."""
    return last is not None and last == fiscal_year_bounds(fiscal_year(on))[1] and on <= last


def has_expired_by_year_end(last: date, on: date) -> bool:
    """Whether funds with this last day have expired, or will by the end of the fiscal year that holds the day."""
    return last <= fiscal_year_bounds(fiscal_year(on))[1]


def straight(authority: Dollars, first: date, last: date, month_ends: Sequence[date]) -> tuple[Dollars, ...]:
    """The authority in even steps over a period, at the end of each month."""
    days = (last - first).days + 1
    return tuple(cents(authority.amount * min(max((each - first).days + 1, 0), days) / days) for each in month_ends)
