"""The days of the exercise program: where it begins and stands, its working days, and how counts are shared out."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final, TypeVar

from pipir.kernel.calendar import WASHINGTON

# Where the program's clock is started: the exercise never asks for the real date.
START: Final = datetime(2028, 6, 15, 9, tzinfo=WASHINGTON).astimezone(UTC)
TODAY: Final = date(2028, 6, 15)
# The day of enactment, on which the exercise begins.
FIRST: Final = date(2025, 12, 18)
# The last day on which the exercise records something as done.
LAST: Final = date(2028, 6, 14)

T = TypeVar("T")


def working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() >= 5 else day


def last_working_day(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def after(day: date, days: int) -> date:
    """The working day that many days later, or the next one."""
    return working_day(day + timedelta(days=days))


def week_of(day: date) -> date:
    """The Friday on which an office enters what the week up to it brought; of the last week, the program's own day."""
    return min(day + timedelta(days=(4 - day.weekday()) % 7), TODAY)


def close_of(week: date) -> datetime:
    """The instant at which a week's entries are made: Friday at five, and in the last week the program's own time."""
    return START if week >= TODAY else datetime.combine(week, time(17), WASHINGTON).astimezone(UTC)


def allot(total: int, shares: Mapping[T, float]) -> list[T]:
    """`total` values in the given shares by largest remainders; each at least once where there are enough."""
    names = list(shares)
    if total < len(names):
        return names[:total]
    whole = sum(shares.values())
    exact = {name: total * share / whole for name, share in shares.items()}
    counts = {name: max(1, int(exact[name])) for name in names}
    while sum(counts.values()) > total:
        spare = [name for name in names if counts[name] > 1]
        counts[max(spare, key=lambda name: (counts[name] - exact[name], -names.index(name)))] -= 1
    while sum(counts.values()) < total:
        counts[max(names, key=lambda name: (exact[name] - counts[name], -names.index(name)))] += 1
    return [name for name in names for _ in range(counts[name])]


def shuffled(rng: Random, values: Sequence[T]) -> list[T]:
    """The values in a drawn order."""
    found = list(values)
    rng.shuffle(found)
    return found


def some(rng: Random, weights: Mapping[T, float]) -> T:
    """One value by its weight."""
    return rng.choices(list(weights), list(weights.values()))[0]
