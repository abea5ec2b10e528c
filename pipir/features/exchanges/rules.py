"""What is allowed of technical exchanges: what each hangs on, its days, and the disclosure that stands behind it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, Literal, get_args

import msgspec

from pipir.kernel.calendar import show_day
from pipir.kernel.countries import countries
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.statute.model import Statute

Kind = Literal["visit", "expert exchange", "workshop", "test or demonstration"]
State = Literal["planned", "no outcome recorded", "held", "cancelled"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
STATES: Final[tuple[State, ...]] = get_args(State)
HOME: Final = "USA"
DISCLOSURE: Final = "disclosure.decision"


class Decision(msgspec.Struct, frozen=True):
    """A disclosure decision as these rules see it."""

    id: int
    country: str
    outcome: str | None
    since: date
    until: date | None


def check_entry(
    *,
    group_id: int | None,
    project_id: int | None,
    starts_on: date,
    ends_on: date,
    delegations: Iterable[str],
    outcome: str | None,
    today: date,
) -> tuple[str, ...]:
    """The codes of the delegations; an exchange hangs on one group or project, and ends on or after it begins."""
    mistakes = []
    if (group_id is None) == (project_id is None):
        mistakes.append(Mistake("group_id", "Expected a group or a project, one of the two."))
    if ends_on < starts_on:
        mistakes.append(Mistake("ends_on", f"Expected a day on or after {show_day(starts_on)}.", ends_on.isoformat()))
    codes = sorted(set(delegations))
    mistakes += [
        Mistake("delegations", "Expected codes of the country register, such as AUS, JPN.", code[:60])
        for code in codes
        if code not in countries()
    ][:5]
    if not codes:
        mistakes.append(Mistake("delegations", "Name at least one delegation by its country's code."))
    if outcome is not None and starts_on > today:
        mistakes.append(Mistake("outcome", "Expected no outcome before the exchange has begun."))
    if mistakes:
        raise Invalid("The exchange needs correcting.", mistakes=tuple(mistakes))
    return tuple(codes)


def may_disclose(
    delegations: Sequence[str],
    decisions: Sequence[Decision],
    nothing_because: str | None,
    on: date,
    *,
    statute: Statute,
) -> None:
    """Where partners take part, a granted decision stands for each on the first day, or the entry says why none is."""
    partners = [code for code in delegations if code != HOME]
    if nothing_because is not None:
        if decisions:
            raise Invalid(
                "A decision is named, and that nothing is disclosed.",
                mistakes=(Mistake("nothing_disclosed_because", "Expected nothing here where a decision is named."),),
            )
        return
    stray = [each for each in decisions if each.country not in partners]
    if stray:
        expected = "Expected decisions for countries that take part."
        raise Invalid(
            "A decision is for a country that takes no part.",
            mistakes=tuple(Mistake("decision_ids", expected, f"{each.id} ({each.country})") for each in stray),
        )
    missing = [code for code in partners if not any(_stands(each, code, on) for each in decisions)]
    if missing:
        names = ", ".join(countries()[code].name for code in missing)
        raise Refused(
            f"No disclosure decision that is granted and in force on {show_day(on)} is named for: {names}.",
            citation=statute.citation(DISCLOSURE),
            way_out="Enter the decision under foreign disclosure and name it here, or say why nothing is disclosed.",
            way_out_href="/disclosure",
        )


def may_change(code: str, cancelled_because: str | None) -> None:
    """A cancelled exchange stays as it is."""
    if cancelled_because is not None:
        raise Refused(f"The exchange {code} was cancelled; it stays as it was then.", way_out="Enter a new one.")


def may_cancel(code: str, cancelled_because: str | None, outcome: str | None) -> None:
    """An exchange is cancelled once, and not where it has an outcome."""
    may_change(code, cancelled_because)
    if outcome is not None:
        raise Refused(f"The exchange {code} has an outcome on record; what took place is not cancelled.")


def state_of(ends_on: date, outcome: str | None, cancelled_because: str | None, today: date) -> State:
    """How an exchange stands: its outcome is owed once it is over."""
    if cancelled_because is not None:
        return "cancelled"
    if outcome is not None:
        return "held"
    return "no outcome recorded" if ends_on < today else "planned"


def split(texts: Iterable[str]) -> tuple[str, ...]:
    """Codes that were sent one by one, or several in a text separated by commas, in capitals."""
    return tuple(code.upper() for text in texts for code in text.replace(",", " ").split())


def _stands(decision: Decision, code: str, on: date) -> bool:
    in_force = decision.since <= on and (decision.until is None or on <= decision.until)
    return decision.country == code and decision.outcome == "granted" and in_force
