"""Shares: what an amount is worth, what each party bears, and whether the shares are equal."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

import msgspec

from pipir.features.agreements.rules.life import US, Facts, Stage, listed
from pipir.kernel.calendar import show_day
from pipir.kernel.currencies import HOME, currencies, in_dollars
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.money import Dollars, NotDollars
from pipir.statute.lookup import number
from pipir.statute.model import Statute

# What is weighed for equity; work and results are shown beside it.
WEIGHED: Final = ("cost", "in kind")
EQUAL: Final = "equal-shares"
_MOST_DIGITS: Final = 15


class Worth(msgspec.Struct, frozen=True):
    """An amount as it is stored: exact, with its rate and its dollars."""

    amount: Decimal
    rate: Decimal
    dollars: Dollars


def worth(amount: str, currency: str, rate: str | None, rate_on: date | None, rate_source: str | None) -> Worth:
    """An amount of a currency in dollars; dollars are dollars, every other currency has its rate, day and source."""
    known = currencies().get(currency)
    mistakes = []
    if known is None:
        mistakes.append(Mistake("currency", "Expected a code of ISO 4217, such as JPY.", currency[:60]))
    value = _number(amount, places=known.digits if known else 3)
    if value is None:
        digits = known.digits if known else 3
        expected = f"Expected an amount of zero or more with at most {digits} decimals, such as 1250000."
        mistakes.append(Mistake("amount", expected, amount[:60]))
    dollars_of_one = Decimal(1)
    if currency == HOME:
        mistakes += [
            Mistake(name, "Leave it blank: an amount in dollars has no rate.")
            for name, given in (("rate", rate), ("rate_on", rate_on), ("rate_source", rate_source))
            if given is not None
        ]
    else:
        found = _number(rate, places=9) if rate is not None else None
        if found is None or not found:
            mistakes.append(
                Mistake("rate", "Expected dollars for one unit above zero, such as 0.0067.", (rate or "")[:60])
            )
        else:
            dollars_of_one = found
        if rate_on is None:
            mistakes.append(Mistake("rate_on", "Say of which day the rate is."))
        if rate_source is None:
            mistakes.append(Mistake("rate_source", "Say where the rate comes from."))
    if not mistakes and value is not None:
        try:
            return Worth(value, dollars_of_one, in_dollars(value, dollars_of_one))
        except NotDollars as wrong:
            mistakes.append(Mistake("amount", str(wrong.detail), amount[:60]))
    raise Invalid("The share needs correcting.", mistakes=tuple(mistakes))


def borne(facts: Facts, stage: Stage) -> Mapping[int | None, Dollars]:
    """What each party bears of cost and in kind at a stage, in dollars; None is the United States."""
    found: dict[int | None, Dollars] = {}
    for each in facts.shares:
        if each.stage == stage and each.kind in WEIGHED:
            found[each.participant_id] = found.get(each.participant_id, Dollars.zero()) + each.dollars
    return found


def are_equal(amounts: tuple[Dollars, ...], statute: Statute) -> bool:
    """Whether the smallest is within the office's percentage of the largest."""
    if not amounts:
        return True
    short = Decimal(100 - number(statute, EQUAL, "percent")) / 100
    return min(amounts).amount >= max(amounts).amount * short


def lacking_shares(facts: Facts, statute: Statute, on: date) -> tuple[tuple[str, str], ...]:
    """What an equitable sharing lacks, each as a sentence with its way out."""
    if facts.paper("unequal shares", on) is not None:
        return ()
    agreed = borne(facts, "agreed")
    names: dict[int | None, str] = {None: US, **{each.participant_id: each.name for each in facts.parties}}
    without = [name for number_, name in names.items() if number_ not in agreed]
    if without:
        return (
            (
                f"No agreed share of {listed(without)} is recorded, so whether cost is shared equitably is not known.",
                "Record each party's agreed share, or the written determination on unequal shares.",
            ),
        )
    if not are_equal(tuple(agreed[each] for each in names), statute):
        return (
            (
                "The agreed shares are unequal by more than the office's percentage, and no written determination on "
                f"them by {show_day(on)} is recorded ({statute.citation(EQUAL)}, convention).",
                "Record the written determination: who made it, on which day, in which document.",
            ),
        )
    return ()


def _number(text: str, *, places: int) -> Decimal | None:
    """A plain decimal number of zero or more with so many places at most, or None."""
    bare = text.strip().replace(",", "")
    whole, _, part = bare.partition(".")
    plain = all(each.isascii() and each.isdigit() for each in (whole, part or "0"))
    if not plain or len(whole) > _MOST_DIGITS or len(part.rstrip("0")) > places or bare.endswith("."):
        return None
    return Decimal(bare)
