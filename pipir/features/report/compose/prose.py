"""How the report writes days, amounts and counts, and how an editor's text becomes blocks."""

import re
from collections.abc import Collection, Iterable
from datetime import date

from msgspec import UnsetType

from pipir.document import markup
from pipir.document.model import Block, Text
from pipir.kernel.money import Dollars, dollars

NOT_PUBLIC = "not public"
WITHHELD = "withheld: beyond the submitted budget"
OF_THOSE_GIVEN = "of those that are given"
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
# What somebody may have meant as a figure, misspelled ones among them.
_MEANT = re.compile(r"\{(\s*[A-Za-z0-9][A-Za-z0-9._-]{0,59}\s*)\}")
_FACT = re.compile(r"\{([a-z0-9][a-z0-9.-]{0,59})\}")
_MILLION, _BILLION = 1_000_000, 1_000_000_000


def long_day(day: date) -> str:
    """A day in prose: March 1, 2027."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def short_day(day: date | None, unknown: str = NOT_PUBLIC) -> str:
    """A day in a table: Mar 1, 2027."""
    return f"{_MONTHS[day.month - 1][:3]} {day.day}, {day.year}" if day else unknown


def days_of(first: date, last: date) -> str:
    """A day, or the days from first to last: Oct 6 to 7, 2027; what both share is said once."""
    if first == last:
        return short_day(first)
    if first.year != last.year:
        return f"{short_day(first)} to {short_day(last)}"
    until = f"{last.day}, {last.year}" if first.month == last.month else short_day(last)
    return f"{short_day(first).partition(',')[0]} to {until}"


def listed(values: Iterable[str], most: int = 12) -> str:
    """The values in a row for a cell of a table; of many the first, and how many more there are."""
    found = tuple(values)
    if len(found) <= most:
        return ", ".join(found)
    return f"{', '.join(found[:most])} and {len(found) - most:,} more"


def ended(sentence: str) -> str:
    """A sentence of a record as part of another: without the full stop at its end."""
    return sentence.strip().removesuffix(".")


def money_in_prose(amount: Dollars) -> str:
    """An amount as a sentence carries it: $238.6 million; below a million all its cents."""
    size = abs(amount.amount)
    for unit, word in ((_BILLION, "billion"), (_MILLION, "million")):
        if size >= unit:
            return f"{'-' if amount.amount < 0 else ''}${size / unit:,.1f} {word}"
    return dollars(amount)


def money_in_table(amount: Dollars) -> str:
    """An amount under a column that says dollars: exact, so that tables tie to the cent."""
    return f"{amount.amount:,.2f}"


def plan_in_table(amount: Dollars | None, withheld: bool | UnsetType, unknown: str) -> str:
    """A planned amount as a table has it: exact, or that it is withheld, or what stands where none is stated."""
    if withheld:
        return WITHHELD
    return unknown if amount is None else money_in_table(amount)


def words(text: str) -> Text:
    """Words that come from a record: names, days and citations keep their digits."""
    return Text(text, literal=True)


def blocks_of(narrative: str, facts: Collection[str]) -> tuple[Block, ...]:
    """An editor's text in the markup of reports, as blocks."""
    return markup.blocks(narrative, facts)


def points_of(narrative: str) -> tuple[str, ...]:
    """The points that an editor's text makes: its bullets, or its paragraphs where it has none; no figure is printed.

    A text of an earlier report is told in this way: its figures were those of its own day.
    """
    parts = [part for part in re.split(r"\n\s*\n", narrative.strip()) if part.strip()]
    lines = [line.strip()[2:] for line in narrative.splitlines() if line.strip().startswith("- ")]
    found = lines or [" ".join(part.split()) for part in parts]
    return tuple(_FACT.sub("[a figure of that report]", each) for each in found)


def unknown_facts(narrative: str, facts: Collection[str]) -> tuple[str, ...]:
    """The figures that an editor's text names and the report does not have."""
    return tuple(dict.fromkeys(name.strip() for name in _MEANT.findall(narrative) if name not in facts))
