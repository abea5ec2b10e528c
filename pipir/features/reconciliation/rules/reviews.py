"""The periodic review of obligations that lie still: what is asked, what is answered, the second look."""

from datetime import date, timedelta
from typing import Final, Literal, get_args

from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.money import Dollars, dollars
from pipir.statute.lookup import number
from pipir.statute.model import Statute

Answer = Literal["valid and needed", "deobligate", "needs research"]
ANSWERS: Final[tuple[Answer, ...]] = get_args(Answer)
Look = Literal["agreed", "sent back"]
LOOKS: Final[tuple[Look, ...]] = get_args(Look)
State = Literal["unanswered", "answered", "sent back", "agreed", "to be posted"]


def dormant_days(statute: Statute) -> int:
    """After so many days without an expenditure an obligation is looked at again."""
    return number(statute, "dormant-review", "days")


def answer_days(statute: Statute) -> int:
    """So many days a reviewer has, by the office's convention."""
    return number(statute, "dormant-answer", "days")


def wrong_opening(as_of: date, due_on: date, days: int, least: Dollars, today: date) -> list[Mistake]:
    """A review looks at a day that has come, and leaves time to answer."""
    mistakes = []
    if as_of > today:
        mistakes.append(Mistake("as_of", f"Expected a day until {show_day(today)}, today.", as_of.isoformat()))
    if due_on < today or due_on < as_of:
        mistakes.append(Mistake("due_on", f"Expected a day from {show_day(today)} on.", due_on.isoformat()))
    if not 1 <= days <= _LONGEST:
        mistakes.append(Mistake("days", f"Expected 1 to {_LONGEST:,} days.", str(days)))
    if least <= Dollars.zero():
        mistakes.append(Mistake("least", "Expected an amount above zero.", str(least)))
    return mistakes


def may_answer(
    answer: Answer,
    *,
    looked: str | None,
    closed: bool,
    unliquidated: Dollars,
    needed_until: date | None,
    deobligate: Dollars | None,
    evidence: str | None,
    today: date,
) -> None:
    """An answer states what its kind asks for and no more; once agreed to, or closed, it stands."""
    if closed:
        raise Refused("This review is closed.", way_out="Open another one.")
    if looked == "agreed":
        raise Refused("The second look has agreed to this answer; it stands.", way_out="Open another review.")
    mistakes = wrong_answer(
        answer,
        unliquidated=unliquidated,
        needed_until=needed_until,
        deobligate=deobligate,
        evidence=evidence,
        today=today,
    )
    if mistakes:
        raise Invalid("The answer needs correcting.", mistakes=tuple(mistakes))


def wrong_answer(
    answer: Answer,
    *,
    unliquidated: Dollars | None,
    needed_until: date | None,
    deobligate: Dollars | None,
    evidence: str | None,
    today: date,
) -> list[Mistake]:
    """What an answer lacks or states too much; `unliquidated` is None where nothing is known of the obligation yet."""
    mistakes = []
    if answer == "valid and needed":
        if needed_until is None:
            mistakes.append(Mistake("needed_until", "Expected the day until which it is needed."))
        elif not today <= needed_until <= today + timedelta(days=_LONGEST):
            expected = f"Expected a day from {show_day(today)} on, within ten years."
            mistakes.append(Mistake("needed_until", expected, needed_until.isoformat()))
        if evidence is None:
            mistakes.append(Mistake("evidence", "Expected what shows that it is valid, such as a delivery or a bill."))
    elif needed_until is not None:
        expected = "Expected nothing here: only what is valid and needed has this day."
        mistakes.append(Mistake("needed_until", expected, needed_until.isoformat()))
    if answer == "deobligate":
        most = unliquidated if unliquidated is not None else deobligate
        if deobligate is None or most is None or not Dollars.zero() < deobligate <= most:
            up_to = f", up to the {dollars(unliquidated)} that are not liquidated" if unliquidated is not None else ""
            expected = f"Expected an amount above zero{up_to}."
            mistakes.append(Mistake("deobligate", expected, dollars(deobligate) if deobligate is not None else ""))
    elif deobligate is not None:
        expected = "Expected nothing here: only a deobligation has an amount."
        mistakes.append(Mistake("deobligate", expected, dollars(deobligate)))
    return mistakes


def may_look(
    answer: str | None, looked: str | None, answered_by: int | None, actor: int, *, wanted: Look, because: str | None
) -> None:
    """The second look is at an answer, once, by another person; what is sent back says why."""
    if answer is None:
        raise Refused("This obligation has no answer yet.", way_out="Wait for the answer, or assign another reviewer.")
    if looked is not None:
        raise Refused(f"This answer was {looked} already." if looked == "sent back" else "This answer was agreed to.")
    if answered_by == actor:
        raise Refused("Nobody takes the second look at their own answer.", way_out="Another comptroller looks at it.")
    if wanted == "sent back" and because is None:
        raise Invalid(
            "The second look needs correcting.",
            mistakes=(Mistake("because", "Expected why the answer is sent back."),),
        )


def state_of(answer: str | None, looked: str | None, deobligate: Dollars | None, posted: Dollars) -> State:
    """Where an obligation of a review stands; agreed to be deobligated, it waits until that is posted."""
    if answer is None:
        return "unanswered"
    if looked == "sent back":
        return "sent back"
    if looked is None:
        return "answered"
    return "to be posted" if deobligate is not None and posted < deobligate else "agreed"


_LONGEST: Final = 3_660
