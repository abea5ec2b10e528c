"""What a project comes to: an indicator from its baseline to its target, and how far it has come, exactly."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Final, Literal, get_args

import msgspec

from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, Refused

Direction = Literal["more", "less"]
DIRECTIONS: Final[tuple[Direction, ...]] = get_args(Direction)
SAYS: Final[Mapping[Direction, str]] = {"more": "more is better", "less": "less is better"}

# What numeric(18,4) holds, as people type it.
_NUMBER: Final = re.compile(r"-?([0-9]{1,3}(,[0-9]{3}){1,4}|[0-9]{1,14})(\.[0-9]{1,4})?")
_MOST: Final = Decimal(10) ** 14


class Measure(msgspec.Struct, frozen=True):
    """What an indicator begins at and is to reach, and which way is better."""

    baseline: Decimal
    baseline_on: date
    target: Decimal
    target_on: date
    direction: Direction


class Progress(msgspec.Struct, frozen=True):
    """How far an indicator has come: `percent` of the way, never rounded up, so that 100 is said of what is reached."""

    percent: str
    gained: str
    needed: str
    reached: bool


def measure(
    *,
    direction: Direction,
    baseline: str,
    baseline_on: date,
    target: str,
    target_on: date,
    today: date,
) -> Measure:
    """What was typed as a measure, or Invalid with every mistake."""
    mistakes: list[Mistake] = []
    start, aim = _number(baseline, "baseline", mistakes), _number(target, "target", mistakes)
    if start is not None and aim is not None:
        if aim == start:
            mistakes.append(Mistake("target", "Expected another number than the baseline.", target[:60]))
        elif (aim > start) != (direction == "more"):
            side = "above" if direction == "more" else "below"
            expected = f"Expected a number {side} the baseline: {SAYS[direction]}."
            mistakes.append(Mistake("target", expected, target[:60]))
    if baseline_on > today:
        expected = f"Expected a day up to {show_day(today)}, today."
        mistakes.append(Mistake("baseline_on", expected, baseline_on.isoformat()))
    if target_on <= baseline_on:
        expected = f"Expected a day after that of the baseline, {show_day(baseline_on)}."
        mistakes.append(Mistake("target_on", expected, target_on.isoformat()))
    if mistakes:
        raise Invalid("The result needs correcting.", mistakes=tuple(mistakes))
    assert start is not None
    assert aim is not None
    return Measure(start, baseline_on, aim, target_on, direction)


def number(text: str, field: str) -> Decimal:
    """A number as it was typed, with at most 14 digits and four decimals."""
    mistakes: list[Mistake] = []
    value = _number(text, field, mistakes)
    if value is None:
        raise Invalid("The number needs correcting.", mistakes=tuple(mistakes))
    return value


def progress(of: Measure, value: Decimal) -> Progress:
    """How far a value lies on the way from the baseline to the target."""
    sign = 1 if of.direction == "more" else -1
    gained, needed = sign * (value - of.baseline), sign * (of.target - of.baseline)
    tenths = floor(Fraction(gained) / Fraction(needed) * 1000)
    whole, tenth = divmod(abs(tenths), 10)
    return Progress(
        percent=f"{'-' if tenths < 0 else ''}{whole}.{tenth}",
        gained=written(gained),
        needed=written(needed),
        reached=gained >= needed,
    )


def written(value: Decimal) -> str:
    """A number in its shortest form: 12.5, never 12.5000 or 1E+3."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def may_remeasure(before: Measure, after: Measure, unit_changes: bool, *, actuals: int, reason: str | None) -> bool:
    """Whether the measure changes; a changed number or day needs a reason, and what was read keeps its unit."""
    if unit_changes and actuals:
        raise Refused(
            "Values are recorded in this unit; it stays.",
            way_out="End this result, and set one in the other unit.",
        )
    if before == after and not unit_changes:
        return False
    if reason is None:
        raise Invalid(
            "A changed baseline or target needs a reason.",
            mistakes=(Mistake("reason", "Say why the baseline, the target or a day of theirs changes."),),
        )
    return True


def may_record(of: Measure, on_day: date, *, recorded: bool, because: str | None, today: date) -> None:
    """A value is read on a day from the baseline's up to today; a second one of the same day says why."""
    mistakes = []
    if not of.baseline_on <= on_day <= today:
        expected = f"Expected a day from {show_day(of.baseline_on)} to {show_day(today)}, today."
        mistakes.append(Mistake("on_day", expected, on_day.isoformat()))
    elif recorded and because is None:
        mistakes.append(Mistake("because", "A value of this day is recorded: say why another one takes its place."))
    if mistakes:
        raise Invalid("The value needs correcting.", mistakes=tuple(mistakes))


def may_change_result(indicator: str, until: date | None) -> None:
    """A result that is no longer pursued stays as it was."""
    if until is not None:
        raise Refused(f"The result {indicator} ended on {show_day(until)}; it stays as it was then.")


def _number(text: str, field: str, mistakes: list[Mistake]) -> Decimal | None:
    typed = text.strip().replace("\N{MINUS SIGN}", "-")
    if _NUMBER.fullmatch(typed) is None or abs(value := Decimal(typed.replace(",", ""))) >= _MOST:
        expected = "Expected a number such as 1250 or 12.5, with at most 14 digits and four decimals."
        mistakes.append(Mistake(field, expected, text[:60]))
        return None
    return value + 0 if value else Decimal(0)
