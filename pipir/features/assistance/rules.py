"""What is allowed of technical assistance: its conditions, its beginning, its life."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, Literal, get_args

import msgspec

from pipir.kernel.calendar import days_after, show_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.money import Dollars
from pipir.statute import lookup
from pipir.statute.model import Provision, Requirement, Statute

Status = Literal["planned", "begun", "suspended", "completed", "ended"]
Step = Literal["begun", "suspended", "completed", "ended"]
Result = Literal["pending", "cleared", "not cleared"]
ShownBy = Literal["concurrence", "notice", "vetting", "evidence"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
RESULTS: Final[tuple[Result, ...]] = get_args(Result)
OVER: Final[tuple[Status, ...]] = ("completed", "ended")
ACT: Final = "assistance-beginning"
AUTHORITY: Final = "1253.e.3"
CONVENTION: Final = "Register of assistance (office convention)"

# Which status may follow which; the beginning is an act of its own.
STEPS: Final[Mapping[Status, tuple[Step, ...]]] = {
    "planned": ("ended",),
    "begun": ("suspended", "completed", "ended"),
    "suspended": ("begun", "completed", "ended"),
    "completed": (),
    "ended": (),
}


class Evidence(msgspec.Struct, frozen=True):
    """What shows that a condition is met, since which day."""

    slug: str
    met_on: date
    evidence: str
    document: str | None = None


class Unit(msgspec.Struct, frozen=True):
    """A unit that is helped, and what its vetting came to."""

    name: str
    result: str
    vetted_on: date | None = None


class Agreed(msgspec.Struct, frozen=True):
    """How the coordination of the beginning stands: a sentence, the request where there is one, or where to ask."""

    stands: bool
    says: str
    href: str = ""


class Condition(msgspec.Struct, frozen=True):
    """One condition of the authority that is used: whether it is met on a day, in a sentence, and the way out."""

    slug: str
    shown_by: ShownBy
    statement: str
    citation: str
    met: bool
    says: str
    way_out: str = ""
    href: str = ""


def authorities(statute: Statute) -> tuple[Provision, ...]:
    """The authorities of title 10 that assistance may use: those whose own conditions the law's files hold."""
    return tuple(row for row in lookup.authorities(statute) if row.requirement)


def check_plan(
    objectives: Iterable[str],
    uses: str,
    starts_on: date,
    ends_on: date,
    planned_cost: Dollars | None,
    *,
    statute: Statute,
) -> None:
    """Objectives of 1253(b), an authority of title 10 that is known, an end on or after the beginning, a cost."""
    mistakes = lookup.objective_mistakes(tuple(objectives), statute)
    usable = [row.slug for row in authorities(statute)]
    if uses not in usable:
        expected = f"Expected an authority of title 10, one of: {', '.join(usable)} ({statute.citation(AUTHORITY)})."
        mistakes.append(Mistake("uses", expected, uses[:60]))
    if ends_on < starts_on:
        mistakes.append(Mistake("ends_on", f"Expected a day on or after {show_day(starts_on)}.", ends_on.isoformat()))
    if planned_cost is not None and planned_cost < Dollars.zero():
        mistakes.append(Mistake("planned_cost", "Expected an amount of zero or more.", str(planned_cost)))
    if mistakes:
        raise Invalid("The assistance needs correcting.", mistakes=tuple(mistakes))


def conditions(
    statute: Statute,
    uses: str,
    on: date,
    *,
    evidence: Sequence[Evidence],
    units: Sequence[Unit],
    agreed: Agreed,
) -> tuple[Condition, ...]:
    """The conditions of an authority, each judged as of a day."""
    shown = {each.slug: each for each in evidence}
    return tuple(
        _judged(each, statute, uses, on, shown.get(each.slug), units, agreed)
        for each in statute.provision(uses).requirement
    )


def may_begin(status: str, found: Sequence[Condition], statute: Statute, uses: str) -> None:
    """Assistance begins once, when every condition of its authority is met; each missing one is named."""
    if status != "planned":
        raise Refused(f"The assistance is {status}; only what is planned begins.")
    missing = [each for each in found if not each.met]
    if missing:
        linked = next((each for each in missing if each.href), None)
        raise Refused(
            f"The assistance may not begin: {len(missing)} of {len(found)} conditions of "
            f"{statute.citation(uses)} are not met.",
            citation="; ".join(dict.fromkeys(each.citation for each in missing)),
            mistakes=tuple(Mistake(each.slug, f"{each.says} {each.way_out} ({each.citation})") for each in missing),
            way_out=linked.way_out if linked else " ".join(dict.fromkeys(each.way_out for each in missing)),
            way_out_href=linked.href if linked else "",
        )


def may_step(now: Status, wanted: Step, begun_on: date | None, on: date, today: date) -> None:
    """A status is followed by those of STEPS, on a day from the beginning up to today."""
    if wanted not in STEPS[now]:
        listed = " or ".join(STEPS[now])
        raise Refused(
            f"Assistance that is {now} does not become {wanted}.",
            way_out=f"It may become {listed}." if listed else "Plan new assistance.",
        )
    if on > today or (begun_on is not None and on < begun_on):
        first = f"from {show_day(begun_on)} " if begun_on is not None else ""
        expected = f"Expected a day {first}up to {show_day(today)}, today."
        raise Invalid("The day does not fit.", mistakes=(Mistake("on_day", expected, on.isoformat()),))


def may_revise(code: str, status: str, *, changes_ground: bool) -> None:
    """What is over stays; the partner and the authority of what has begun stay too."""
    if status in OVER:
        raise Refused(f"The assistance {code} is {status}; it stays as it is.", way_out="Plan new assistance.")
    if status != "planned" and changes_ground:
        raise Refused(
            f"The assistance {code} has begun for its partner under its authority; neither changes.",
            citation=CONVENTION,
            way_out="End it, and plan new assistance.",
        )


def may_record(slug: str, status: str, statute: Statute, uses: str, met_on: date, today: date) -> None:
    """Evidence is of a condition that evidence shows, on a day that has come, as long as nothing has begun."""
    if status != "planned":
        raise Refused(f"The assistance is {status}; its conditions stay as they were at the beginning.")
    shown = {each.slug: each for each in statute.provision(uses).requirement}
    found = shown.get(slug)
    if found is None or found.shown_by not in ("evidence", "notice"):
        takes = ", ".join(each.slug for each in shown.values() if each.shown_by in ("evidence", "notice"))
        expected = f"Expected one of: {takes}." if takes else "This authority has no condition that evidence shows."
        raise Invalid("The condition is not known.", mistakes=(Mistake("condition", expected, slug[:60]),))
    _not_after(met_on, today, "met_on")


def may_vet(status: str, until: date | None, result: Result, vetted_on: date | None, today: date) -> None:
    """A unit is vetted on a day that has come, before anything begins; a result has its day."""
    may_add_unit(status)
    if until is not None:
        raise Refused(f"The unit was taken out on {show_day(until)}.")
    if (result == "pending") != (vetted_on is None):
        expected = "Expected no day while the vetting is pending." if result == "pending" else "Say on which day."
        raise Invalid("The vetting needs correcting.", mistakes=(Mistake("vetted_on", expected),))
    if vetted_on is not None:
        _not_after(vetted_on, today, "vetted_on")


def may_add_unit(status: str) -> None:
    """Units are named before anything begins."""
    if status != "planned":
        raise Refused(
            f"The assistance is {status}; its units stay as they were vetted.",
            citation="10 U.S.C. 362",
            way_out="Plan new assistance for further units.",
        )


def may_take_out(status: str, until: date | None) -> None:
    """A unit is taken out once, at any time: help for it ends."""
    if status in OVER:
        raise Refused(f"The assistance is {status}; nothing of it changes any more.")
    if until is not None:
        raise Refused(f"The unit was taken out on {show_day(until)} already.")


def _judged(
    need: Requirement,
    statute: Statute,
    uses: str,
    on: date,
    shown: Evidence | None,
    units: Sequence[Unit],
    agreed: Agreed,
) -> Condition:
    if need.shown_by == "concurrence":
        way_out = "Ask the Department of State for its concurrence in the coordination room."
        return _said(need, agreed.stands, agreed.says, way_out, agreed.href)
    if need.shown_by == "vetting":
        return _said(need, *_vetted(units, on))
    if shown is None:
        return _said(need, False, "Nothing on record shows it.", "Record what shows it, with the day.")
    if need.shown_by == "notice":
        days = lookup.number(statute, uses, "days", on)
        first = days_after(shown.met_on, days)
        says = f"Notice was given on {show_day(shown.met_on)}; {days} calendar days later is {show_day(first)}."
        return _said(need, on >= first, says, f"Begin on {show_day(first)} or later.")
    says = f"On record since {show_day(shown.met_on)}: {shown.evidence}"
    return _said(need, shown.met_on <= on, says, f"Begin on {show_day(shown.met_on)} or later.")


def _vetted(units: Sequence[Unit], on: date) -> tuple[bool, str, str]:
    if not units:
        return False, "No unit is named.", "Name each unit that is helped, and record its vetting."
    open_ones = [each.name for each in units if each.result == "pending" or (each.vetted_on or on) > on]
    barred = [each.name for each in units if each.result == "not cleared"]
    if barred:
        return False, f"Not cleared: {', '.join(barred)}.", "Take the unit out; it receives nothing."
    if open_ones:
        return False, f"Vetting is pending: {', '.join(open_ones)}.", "Record the result of the vetting with its day."
    return True, f"Cleared: {', '.join(each.name for each in units)}.", ""


def _said(need: Requirement, met: bool, says: str, way_out: str = "", href: str = "") -> Condition:
    return Condition(need.slug, need.shown_by, need.statement, need.citation, met, says, "" if met else way_out, href)


def _not_after(day: date, today: date, field: str) -> None:
    if day > today:
        expected = f"Expected a day up to {show_day(today)}, today."
        raise Invalid("The day has not come yet.", mistakes=(Mistake(field, expected, day.isoformat()),))
