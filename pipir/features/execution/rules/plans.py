"""Plans and forecasts: their months, what differs from the version before, and when a version may be signed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal, get_args

import msgspec

from pipir.kernel.calendar import fiscal_year, show_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.money import Dollars, dollars
from pipir.statute.lookup import number
from pipir.statute.model import Statute

Kind = Literal["plan", "forecast"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
State = Literal["draft", "signed", "superseded", "withdrawn"]
STATES: Final[tuple[State, ...]] = get_args(State)
MOST_MONTHS: Final = 120
PRE_DECISIONAL: Final = "pre-decisional"


class PlanLine(msgspec.Struct, frozen=True):
    """What is planned for one month, by its first day."""

    month: date
    obligations: Dollars
    outlays: Dollars
    because: str | None = None
    other_authority: str | None = None


class Compared(msgspec.Struct, frozen=True):
    """A month as planned, as the version before planned it, and as it came; None where there is no such side."""

    month: date
    fiscal_year: int
    obligations: Dollars
    outlays: Dollars
    before_obligations: Dollars | None
    before_outlays: Dollars | None
    obligations_moved: Dollars | None
    outlays_moved: Dollars | None
    needs_reason: bool
    because: str | None
    other_authority: str | None
    actual_obligations: Dollars | None
    actual_outlays: Dollars | None
    pre_decisional: bool
    after_the_end: bool


def first_of(day: date) -> date:
    """The first day of the day's month, by which the month is known."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def months_between(first: date, last: date) -> tuple[date, ...]:
    """The months from the one that holds the first day to the one that holds the last."""
    found, month = [], first_of(first)
    while month <= first_of(last):
        found.append(month)
        month = next_month(month)
    return tuple(found)


def check_span(first: date, last: date) -> None:
    """A version plans one month to ten years."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    if not 1 <= count <= MOST_MONTHS:
        expected = f"Expected a month on or after the first, and at most {MOST_MONTHS} of them."
        raise Invalid("The months need correcting.", mistakes=(Mistake("last_month", expected, show_day(last)),))


def name_of(kind: str, number: int) -> str:
    """What a version is called: Plan 1, Forecast 3."""
    return f"{kind.capitalize()} {number}"


def is_pre_decisional(month: date, covered: int | None) -> bool:
    """Whether the month lies beyond the last fiscal year that a submitted President's Budget covers (None: no year)."""
    return covered is None or fiscal_year(month) > covered


def compare(
    lines: Iterable[PlanLine],
    before: Iterable[PlanLine] | None,
    actual: Mapping[date, tuple[Dollars, Dollars]],
    *,
    tolerance: Dollars,
    through: date,
    covered: int | None,
    ends_on: date | None,
) -> tuple[Compared, ...]:
    """Every month of the version and of the one before, in order; a month that a side leaves out plans nothing there.

    `actual` has obligations and outlays by month up to the day `through`; `ends_on` is the last day of the Initiative.
    """
    own = {each.month: each for each in lines}
    old = {each.month: each for each in before} if before is not None else None
    zero = Dollars.zero()
    found = []
    for month in sorted(own.keys() | (old or {}).keys()):
        line = own.get(month, PlanLine(month, zero, zero))
        was = None if old is None else old.get(month, PlanLine(month, zero, zero))
        came = actual.get(month, (zero, zero)) if month <= through else None
        moved = None if was is None else (line.obligations - was.obligations, line.outlays - was.outlays)
        found.append(
            Compared(
                month,
                fiscal_year(month),
                line.obligations,
                line.outlays,
                was.obligations if was else None,
                was.outlays if was else None,
                moved[0] if moved else None,
                moved[1] if moved else None,
                moved is not None and max(abs(each) for each in moved) > tolerance,
                line.because,
                line.other_authority,
                came[0] if came else None,
                came[1] if came else None,
                is_pre_decisional(month, covered),
                ends_on is not None and month > ends_on,
            )
        )
    return tuple(found)


def wrong_tolerance(tolerance: Dollars, statute: Statute) -> tuple[Mistake, ...]:
    """A tolerance is stricter than the law's number or equal to it: whoever drafts sets none that hides what moved."""
    if tolerance.amount < 0:
        return (Mistake("tolerance", "Expected zero or more.", str(tolerance)),)
    most = Dollars(number(statute, "execution-review", "tolerance"))
    if tolerance > most:
        citation = statute.citation("execution-review")
        expected = f"Expected at most {dollars(most)}: what moves by more says why ({citation})."
        return (Mistake("tolerance", expected, str(tolerance)),)
    return ()


def beside_authority(
    called: str, document: str, *, planned: Dollars, earlier: Dollars, authority: Dollars, statute: Statute
) -> tuple[str, ...]:
    """What to say of a version that plans more obligations than its funding document holds; it may be signed.

    `earlier` is what was obligated before its first month. More authority may come, so nothing is refused.
    """
    if planned.amount <= 0 or planned + earlier <= authority:
        return ()
    beside = f", beside {dollars(earlier)} obligated before its first month" if earlier.amount > 0 else ""
    return (
        f"{called} plans obligations of {dollars(planned)}{beside}; the authority of {document} is "
        f"{dollars(authority)} today. What lies above it is not obligated before more is received "
        f"({statute.citation('antideficiency')}).",
    )


def may_change(state: str, called: str) -> None:
    """Only a draft changes; what was signed or withdrawn stays as it is."""
    if state != "draft":
        raise Refused(
            f"{called} is {state}: it never changes.",
            citation="Convention: signed versions stay",
            way_out="Draft the next version.",
        )


def check_lines(lines: Sequence[PlanLine], authorities: Iterable[str]) -> None:
    """Each month stands once, by its first day, with an authority that the law's files know; all mistakes at once."""
    mistakes = []
    known = set(authorities)
    seen: set[date] = set()
    for place, line in enumerate(lines):
        if line.month.day != 1:
            mistakes.append(
                Mistake(f"lines.{place}.month", "Expected the first day of a month.", line.month.isoformat())
            )
        elif line.month in seen:
            mistakes.append(Mistake(f"lines.{place}.month", "Expected each month once.", line.month.isoformat()))
        seen.add(line.month)
        if line.other_authority is not None and line.other_authority not in known:
            expected = "Expected the slug of an authority, such as 10-usc-2350a; or nothing."
            mistakes.append(Mistake(f"lines.{place}.other_authority", expected, line.other_authority[:60]))
    if not lines:
        mistakes.append(Mistake("lines", "Expected at least one month."))
    if mistakes:
        raise Invalid("Some of the months need correcting.", mistakes=tuple(mistakes))


def may_sign(compared: Sequence[Compared], *, called: str, available_until: date | None, statute: Statute) -> None:
    """A version is signed when it plans something, explains what moved, and obligates nothing new after expiry."""
    mistakes = []
    for place, each in enumerate(compared):
        if each.needs_reason and each.because is None:
            mistakes.append(
                Mistake(
                    f"lines.{place}.because",
                    f"Say why {each.month:%B %Y} moved by {_moved(each)} from the version before.",
                )
            )
    if mistakes:
        raise Invalid(f"{called} cannot be signed yet: some lines need a reason.", mistakes=tuple(mistakes))
    if not any(each.obligations or each.outlays for each in compared):
        raise Refused(
            f"{called} plans nothing, so there is nothing to sign.",
            citation=statute.citation("execution-review"),
            way_out="Enter what is planned, or withdraw the draft.",
        )
    late = [each for each in compared if available_until is not None and each.month > available_until]
    wrong = next((each for each in late if each.obligations.amount > 0), None)
    if wrong is not None and available_until is not None:
        raise Refused(
            f"{called} plans obligations of {dollars(wrong.obligations)} for {wrong.month:%B %Y}; the account takes "
            f"new obligations until {show_day(available_until)}.",
            citation=statute.citation("expired-account"),
            way_out="Plan them in months in which the account is available, or under another funding document.",
        )


def planned_by(lines: Iterable[PlanLine], day: date) -> tuple[Dollars, Dollars]:
    """What a version plans to have obligated and spent by the end of a day: whole months, of the day's its share.

    The share of a month is that of its days, to the cent, half-even.
    """
    obligations = outlays = Decimal(0)
    for line in lines:
        ends = next_month(line.month)
        days = (ends - line.month).days
        passed = min(max((day - line.month).days + 1, 0), days)
        obligations += line.obligations.amount * passed / days
        outlays += line.outlays.amount * passed / days
    return cents(obligations), cents(outlays)


def cents(amount: Decimal) -> Dollars:
    """An amount to the cent, half-even."""
    return Dollars(amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN))


def _moved(each: Compared) -> str:
    parts = [
        f"{dollars(amount)} in {what}"
        for amount, what in ((each.obligations_moved, "obligations"), (each.outlays_moved, "outlays"))
        if amount
    ]
    return " and ".join(parts)
