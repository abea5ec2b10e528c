"""What is allowed of engagements: their days, codes of organizations, promises, and the reminder of a solicitation."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final, Literal, get_args

from pipir.kernel.calendar import show_day
from pipir.kernel.countries import countries
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.statute import lookup
from pipir.statute.model import Statute

Kind = Literal["meeting", "event", "round table", "site visit", "call for views"]
OrganizationKind = Literal["industry", "capital provider", "academia", "other stakeholder"]
Side = Literal["the office", "the organization"]
Outcome = Literal["open", "late", "kept", "withdrawn"]
Settled = Literal["late", "kept", "withdrawn"]
State = Literal["planned", "held", "cancelled"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
ORGANIZATION_KINDS: Final[tuple[OrganizationKind, ...]] = get_args(OrganizationKind)
SIDES: Final[tuple[Side, ...]] = get_args(Side)
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
SETTLED: Final[tuple[Settled, ...]] = get_args(Settled)
STATES: Final[tuple[State, ...]] = get_args(State)
# What is owed still.
PENDING: Final[tuple[Outcome, ...]] = ("open", "late")
AUTHORITY: Final = "1253.e.4"
INTEGRITY: Final = "integrity.procurement"
CONFLICT: Final = "integrity.conflict"

_UEI: Final = re.compile(r"(?!.*[0-9]{9})[A-HJ-NP-Z1-9][A-HJ-NP-Z0-9]{11}")
_CAGE: Final = re.compile(r"[0-9][A-HJ-NP-Z0-9]{3}[0-9]")
_NCAGE: Final = re.compile(r"(?![0-9].{3}[0-9])[A-HJ-NP-Z0-9]{5}")
# Canada has codes of its own form, and older ones of the form of the United States that stay valid.
_FORMS: Final = {"USA": (_CAGE,), "CAN": (_CAGE, _NCAGE)}
_UEI_RULE: Final = (
    "Expected 12 letters and digits without O and I, the first no zero, nowhere nine digits in a row (SAM.gov, Unique "
    "Entity ID; FAR 2.101)."
)
_CAGE_RULE: Final = (
    "Expected 5 letters and digits without O and I; in the United States a digit first and last, elsewhere a letter at "
    "one end at least, in Canada either (DLA CAGE, NATO NCAGE; FAR 4.1801)."
)


def check_entry(
    objectives: Iterable[str],
    starts_on: date,
    ends_on: date,
    outcome: str | None,
    *,
    statute: Statute,
    today: date,
) -> None:
    """Objectives of 1253(b), an end on or after the beginning, and an outcome only once it has begun."""
    mistakes = lookup.objective_mistakes(tuple(objectives), statute)
    if ends_on < starts_on:
        mistakes.append(Mistake("ends_on", f"Expected a day on or after {show_day(starts_on)}.", ends_on.isoformat()))
    if outcome is not None and starts_on > today:
        mistakes.append(Mistake("outcome", "Expected no outcome before the engagement has begun."))
    if mistakes:
        raise Invalid("The engagement needs correcting.", mistakes=tuple(mistakes))


def check_solicitation(is_open: bool, number: str | None, acknowledged: bool, *, statute: Statute) -> None:
    """Where a solicitation is open it is named, and who enters the engagement has acknowledged the reminder."""
    if not is_open:
        if number is not None:
            raise Invalid(
                "A solicitation is named, and none is open.",
                mistakes=(Mistake("solicitation_number", "Expected nothing here where no solicitation is open."),),
            )
        return
    mistakes = []
    if number is None:
        mistakes.append(Mistake("solicitation_number", "Say which solicitation is open, by its number."))
    if not acknowledged:
        cited = f"{statute.citation(INTEGRITY)}; {statute.citation(CONFLICT)}"
        mistakes.append(Mistake("reminder_acknowledged", f"Read the reminder and acknowledge it ({cited})."))
    if mistakes:
        raise Invalid(
            "An open solicitation asks for care.",
            citation=f"{statute.citation(INTEGRITY)}; {statute.citation(CONFLICT)}",
            mistakes=tuple(mistakes),
        )


def check_organization(country: str, uei: str | None, cage: str | None) -> None:
    """A country of the register, and codes in the form that their publishers give, which proves nothing more.

    UEI (General Services Administration, Unique Entity ID of SAM.gov; FAR 2.101): twelve characters without the letters
    O and I, which look like digits; the first is no zero, which spreadsheets drop; nine digits never stand in a row,
    which would read as a taxpayer's or an older number. CAGE (Defense Logistics Agency; FAR 4.1801): five characters
    without O and I, a digit first and last. NCAGE (NATO Codification System, AC/135, table of country codes): every
    other country's has a letter at one end at least; Canada's older ones have the form of the United States.
    """
    mistakes = []
    if country not in countries():
        mistakes.append(Mistake("country", "Expected a code of the country register, such as AUS.", country[:60]))
    if uei is not None and not _UEI.fullmatch(uei):
        mistakes.append(Mistake("uei", _UEI_RULE, uei[:60]))
    if cage is not None and not any(form.fullmatch(cage) for form in _FORMS.get(country, (_NCAGE,))):
        mistakes.append(Mistake("cage", _CAGE_RULE, cage[:60]))
    if mistakes:
        raise Invalid("The organization needs correcting.", mistakes=tuple(mistakes))


def may_change(code: str, cancelled_because: str | None) -> None:
    """A cancelled engagement stays as it is."""
    if cancelled_because is not None:
        raise Refused(f"The engagement {code} was cancelled; it stays as it was then.", way_out="Enter a new one.")


def may_cancel(code: str, cancelled_because: str | None, outcome: str | None) -> None:
    """An engagement is cancelled once, and not where it has an outcome."""
    may_change(code, cancelled_because)
    if outcome is not None:
        raise Refused(f"The engagement {code} has an outcome on record; what took place is not cancelled.")


def may_leave(until: date | None) -> None:
    """An organization is taken out of an engagement once."""
    if until is not None:
        raise Refused(f"This organization was taken out on {show_day(until)} already.")


def check_commitment(owed_by: Side, organization_id: int | None, made_on: date, due_on: date) -> None:
    """A promise of an organization names it; every promise is due on or after the day it was made."""
    mistakes = []
    if owed_by == "the organization" and organization_id is None:
        mistakes.append(Mistake("organization_id", "Say which organization owes it."))
    if due_on < made_on:
        mistakes.append(Mistake("due_on", f"Expected a day on or after {show_day(made_on)}.", due_on.isoformat()))
    if mistakes:
        raise Invalid("The commitment needs correcting.", mistakes=tuple(mistakes))


def may_revise(outcome: str) -> None:
    """A commitment that is settled stays as it is."""
    if outcome not in PENDING:
        raise Refused(f"The commitment is {outcome}; it stays as it is.", way_out="Enter a new one.")


def may_settle(outcome: str, wanted: Settled, made_on: date, due_on: date, on: date, today: date) -> None:
    """A commitment is kept, withdrawn or stated late once, from the day it was made up to today; late only past due."""
    may_revise(outcome)
    if outcome == wanted:
        raise Refused("The commitment is stated late already.", way_out="Record that it was kept, or withdrawn.")
    if not made_on <= on <= today:
        expected = f"Expected a day from {show_day(made_on)} to {show_day(today)}, today."
        raise Invalid("The day does not fit.", mistakes=(Mistake("on_day", expected, on.isoformat()),))
    if wanted == "late" and on <= due_on:
        raise Refused(
            f"The commitment is due on {show_day(due_on)}; nothing of it is late on {show_day(on)}.",
            way_out="State it late after its day, or change its day with the other side.",
        )


def state_of(ends_on: date, outcome: str | None, cancelled_because: str | None, today: date) -> State:
    """Whether an engagement is ahead, behind, or does not take place."""
    if cancelled_because is not None:
        return "cancelled"
    return "held" if outcome is not None or ends_on < today else "planned"
