"""Differences between the ledger and official accounting: their kinds, their answers, and the signature of a month."""

from datetime import date, timedelta
from typing import Final, Literal, get_args

from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.money import Dollars, dollars
from pipir.statute.model import Statute

Stage = Literal["obligation", "expenditure"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
# The document that a source keeps its expenditures under: that of the obligation, or the voucher's own.
Under = Literal["the obligation", "the payment"]
UNDERS: Final[tuple[Under, ...]] = get_args(Under)
Difference = Literal["amount differs", "only in the ledger", "only in official accounting"]
DIFFERENCES: Final[tuple[Difference, ...]] = get_args(Difference)
Answered = Literal["timing", "error in the ledger", "error in the source"]
ANSWERED: Final[tuple[Answered, ...]] = get_args(Answered)
ITEM_STATUSES: Final = ("open", *ANSWERED, "settled")


def may_answer_item(status: str, answer: Answered, corrected_by: int | None) -> None:
    """What is settled takes no answer; an error in the ledger, and it alone, names the entry that corrects it."""
    if status == "settled":
        raise Refused("This difference is settled: a later extract agrees.", way_out="Look at the latest extract.")
    if answer == "error in the ledger" and corrected_by is None:
        expected = "Expected the number of the entry that corrects it."
        raise Invalid("The answer needs correcting.", mistakes=(Mistake("corrected_by_entry_id", expected),))
    if answer != "error in the ledger" and corrected_by is not None:
        expected = "Expected nothing here: only an error in the ledger is corrected by an entry."
        raise Invalid(
            "The answer needs correcting.",
            mistakes=(Mistake("corrected_by_entry_id", expected, str(corrected_by)),),
        )


def check_as_of(as_of: date, today: date, latest: date | None) -> None:
    """An extract is of a day that has come, and not of one before the latest that was read."""
    if as_of > today:
        expected = f"Expected a day until {show_day(today)}, today."
        raise Invalid("The extract needs correcting.", mistakes=(Mistake("as_of", expected, as_of.isoformat()),))
    if latest is not None and as_of < latest:
        raise Refused(
            f"An extract as of {show_day(latest)} was read already; an older one would open again what it settled.",
            way_out=f"Read an extract as of {show_day(latest)} or later.",
        )


def may_sign(
    month_on: date,
    today: date,
    *,
    stated: Dollars,
    difference: Dollars,
    supersedes: bool,
    because: str | None,
    statute: Statute,
) -> None:
    """A month is signed when it is over, to its last day, its difference stated exact; a second time with a reason."""
    mistakes = []
    if (month_on + timedelta(days=1)).day != 1:
        mistakes.append(Mistake("month_on", "Expected the last day of a month.", month_on.isoformat()))
    elif month_on > today:
        mistakes.append(Mistake("month_on", "Expected a month that is over.", month_on.isoformat()))
    if stated != difference:
        mistakes.append(
            Mistake("difference", f"Expected the difference as it stands now: {dollars(difference)}.", dollars(stated))
        )
    if supersedes and because is None:
        mistakes.append(Mistake("because", "Expected why the signature that stands is superseded."))
    if not supersedes and because is not None:
        mistakes.append(Mistake("because", "Expected nothing here: no signature of this month stands.", because[:60]))
    if mistakes:
        raise Invalid(
            f"The signature needs correcting ({statute.citation('reconciliation')}).", mistakes=tuple(mistakes)
        )
