"""What is allowed in projects, and how late a milestone is; pure functions of facts, statute and day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal

import msgspec

from pipir.features.law.rules import TERMINATION, WAY_OUT, is_under_section
from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.money import Dollars
from pipir.statute import lookup
from pipir.statute.lookup import in_force
from pipir.statute.model import Provision, Statute

Kind = Literal[
    "joint R&D",
    "co-development",
    "co-production",
    "co-sustainment",
    "standardization",
    "supply chain",
    "workforce",
]
Status = Literal["exploratory", "announced", "planned", "active", "suspended", "completed", "cancelled"]
Rating = Literal["green", "amber", "red"]
Precision = Literal["day", "month"]
MilestoneState = Literal["met", "met late", "overdue", "slipping", "on plan", "cancelled"]

# Which status may follow which. Work that was completed or cancelled in error, or is taken up again, has one way back.
STEPS: Final[Mapping[Status, tuple[Status, ...]]] = {
    "exploratory": ("announced", "planned", "active", "suspended", "cancelled"),
    "announced": ("exploratory", "planned", "active", "suspended", "cancelled"),
    "planned": ("announced", "active", "suspended", "cancelled"),
    "active": ("suspended", "completed", "cancelled"),
    "suspended": ("exploratory", "announced", "planned", "active", "completed", "cancelled"),
    "completed": ("active",),
    "cancelled": ("exploratory",),
}
CLOSED: Final[tuple[Status, ...]] = ("completed", "cancelled")
# What a project comes to be by its approval; taken up again after a suspension, it is approved anew.
APPROVED: Final[tuple[Status, ...]] = ("planned", "active")

# What offices agree to of a project, as text by name, and the field of the forms that holds it.
AGREED_FIELDS: Final[Mapping[str, str]] = {
    "name": "name",
    "kind": "kind",
    "objectives": "objectives",
    "authority": "program_authority",
    "planned total": "planned_total",
    "description": "description",
    "classified annex": "in_classified_annex",
    "marking": "marking",
    "status": "status",
}

_AUTHORITIES: Final = ("1253.e", "")


class MilestoneDates(msgspec.Struct, frozen=True):
    """The three days of a milestone that was not cancelled."""

    planned_on: date
    forecast_on: date | None = None
    actual_on: date | None = None


class Extent(msgspec.Struct, frozen=True):
    """What an approval covers."""

    objectives: tuple[str, ...]
    planned_total: Dollars | None
    program_authority: str | None


def lateness(milestone: MilestoneDates, today: date) -> int:
    """Days behind plan, negative where ahead: of the actual day, else of the forecast, or of today once past it."""
    if milestone.actual_on is not None:
        return (milestone.actual_on - milestone.planned_on).days
    # Today takes the expected day's place once that is past: what is overdue grows later day by day.
    expected = max(milestone.forecast_on or milestone.planned_on, today)
    return (expected - milestone.planned_on).days


def milestone_state(milestone: MilestoneDates, today: date, *, cancelled: bool = False) -> MilestoneState:
    """What a milestone's days come to on a day."""
    if cancelled:
        return "cancelled"
    late = lateness(milestone, today) > 0
    if milestone.actual_on is not None:
        return "met late" if late else "met"
    if today > (milestone.forecast_on or milestone.planned_on):
        return "overdue"
    return "slipping" if late else "on plan"


def authorities(statute: Statute) -> tuple[Provision, ...]:
    """The authorities that a project may name: the paragraphs of section 1253(e), then those of other law."""
    return tuple(
        row
        for slug, row in statute.provisions.items()
        if row.kind == "authority"
        and slug.rpartition(".")[0] in _AUTHORITIES
        and statute.instrument(slug).status == "law"
    )


def check_objectives(named: Sequence[str], statute: Statute) -> None:
    """A project serves one or more objectives of section 1253(b), each named once."""
    mistakes = lookup.objective_mistakes(named, statute)
    if mistakes:
        raise Invalid("The objectives need correcting.", mistakes=tuple(mistakes))


def is_approved(status: str) -> bool:
    """Whether a project of this status has been approved, and is not over."""
    return status in APPROVED


def is_widened(status: str, before: Extent, after: Extent) -> bool:
    """Whether an approved project comes to more than was approved: objectives, planned total, or what it rests on."""
    if status not in (*APPROVED, "suspended"):
        return False
    # A total where none stood counts too: else one would be cleared first, and then set higher.
    more = after.planned_total is not None and (
        before.planned_total is None or after.planned_total > before.planned_total
    )
    return (
        not set(after.objectives) <= set(before.objectives)
        or more
        or (after.program_authority is not None and after.program_authority != before.program_authority)
    )


def may_rest_on(authority: str | None, statute: Statute, on: date) -> None:
    """A project newly rests only on an authority that is known and in force; None says that it is not public."""
    if authority is None:
        return
    if authority not in {row.slug for row in authorities(statute)}:
        raise Invalid(
            "The program authority is not known.",
            mistakes=(
                Mistake(
                    "program_authority",
                    "Expected an authority that the law's files hold, such as 1253.e.1.",
                    authority[:60],
                ),
            ),
        )
    if not in_force(statute, authority, on):
        of_section = is_under_section(authority)
        raise Refused(
            f"{statute.citation(authority)} is not in force on {show_day(on)}, so nothing new rests on it.",
            citation=statute.citation(TERMINATION if of_section else authority),
            way_out=WAY_OUT if of_section else "Name an authority that is in force on the day.",
        )


def may_step(now: Status, wanted: Status) -> None:
    """A status is followed only by those that STEPS names."""
    if wanted == now:
        raise Refused(f"The project is {now} already.")
    if wanted not in STEPS[now]:
        raise Refused(
            f"A project that is {now} does not become {wanted}.",
            way_out=f"It may become {_listed(STEPS[now])}.",
        )


def may_change(code: str, until: date | None) -> None:
    """An ended project stays as it is."""
    if until is not None:
        raise Refused(f"The project {code} ended on {show_day(until)}; it stays as it was then.")


def may_end(status: Status, until: date, today: date) -> None:
    """A project ends once its work is completed or cancelled, and not on a day to come."""
    may_close(status)
    not_after(until, today, "until")


def may_close(status: Status) -> None:
    """Only work that is completed or cancelled lets its project end."""
    if status not in CLOSED:
        raise Refused(
            f"The project is {status}; its record ends once it is completed or cancelled.",
            way_out="Change the status first, with its reason.",
        )


def check_rating(rating: Rating | None, rationale: str | None, review_on: date | None, today: date) -> None:
    """A rating has a rationale and a day to come on which it is looked at again; no rating has neither."""
    mistakes = []
    if rating is None:
        if rationale is not None:
            mistakes.append(Mistake("rationale", "A project without a rating has no rationale."))
        if review_on is not None:
            mistakes.append(Mistake("review_on", "A project without a rating has no day of review."))
    else:
        if rationale is None:
            mistakes.append(Mistake("rationale", "Say why the project is rated so."))
        if review_on is None:
            mistakes.append(Mistake("review_on", "Say on which day the rating is looked at again."))
        elif review_on <= today:
            mistakes.append(
                Mistake("review_on", f"Expected a day after {show_day(today)}, today.", review_on.isoformat())
            )
    if mistakes:
        raise Invalid("The rating needs correcting.", mistakes=tuple(mistakes))


def check_annex(in_classified_annex: bool, description: str, planned_total: Dollars | None) -> None:
    """A project described in the classified annex has a neutral title and no detail here."""
    if not in_classified_annex:
        return
    mistakes = []
    if description:
        mistakes.append(Mistake("description", "A project described in the classified annex has no description here."))
    if planned_total is not None:
        mistakes.append(Mistake("planned_total", "A project described in the classified annex shows no amount here."))
    if mistakes:
        raise Invalid("What stands in the classified annex is not repeated here.", mistakes=tuple(mistakes))


def may_detail(in_classified_annex: bool) -> None:
    """Partners and milestones are detail, which a project described in the classified annex does not show."""
    if in_classified_annex:
        raise Refused("This project is described in the classified annex; no detail of it is recorded here.")


def may_move_to_annex(details: int) -> None:
    """A project that shows detail already cannot become one described in the classified annex."""
    if details:
        raise Refused(
            "The project has partners or milestones here, and its history would keep showing them.",
            way_out="End it, and enter a new project under a neutral title.",
        )


def check_planned_total(planned_total: Dollars | None) -> None:
    """A planned total is zero or more."""
    if planned_total is not None and planned_total < Dollars.zero():
        raise Invalid(
            "The planned total needs correcting.",
            mistakes=(Mistake("planned_total", "Expected an amount of zero or more.", str(planned_total)),),
        )


def check_reported(reported: bool, source: str | None) -> None:
    """A role that is only reported names the source of the report."""
    if reported and source is None:
        raise Invalid(
            "A reported role names its source.", mistakes=(Mistake("source", "Say who reported the role, and when."),)
        )


def may_redate(before: MilestoneDates, planned_on: date, forecast_on: date | None, reason: str | None) -> bool:
    """Whether the days change; a changed day needs a reason, and a met milestone keeps its plan and forecast."""
    if (before.planned_on, before.forecast_on) == (planned_on, forecast_on):
        return False
    if before.actual_on is not None:
        raise Refused(
            f"The milestone was met on {show_day(before.actual_on)}; its plan and forecast stay.",
            way_out="Correct the actual day instead, with its reason.",
        )
    if reason is None:
        raise Invalid("A changed date needs a reason.", mistakes=(Mistake("reason", "Say why the date changes."),))
    return True


def may_meet(before: MilestoneDates, actual_on: date, reason: str | None, today: date) -> None:
    """A milestone is met on a day that has come; the day once recorded changes only with a reason."""
    not_after(actual_on, today, "actual_on")
    if before.actual_on is not None and before.actual_on != actual_on and reason is None:
        raise Invalid(
            "A changed date needs a reason.", mistakes=(Mistake("reason", "Say why the actual day changes."),)
        )


def may_change_milestone(cancelled_on: date | None) -> None:
    """A cancelled milestone stays as it is."""
    if cancelled_on is not None:
        raise Refused(
            f"The milestone was cancelled on {show_day(cancelled_on)}; it stays as it was then.",
            way_out="Plan a new milestone.",
        )


def may_cancel(actual_on: date | None) -> None:
    """A milestone that was met is not cancelled."""
    if actual_on is not None:
        raise Refused(f"The milestone was met on {show_day(actual_on)}; what was met is not cancelled.")


def may_end_part(until: date | None) -> None:
    """A part in a project ends once."""
    if until is not None:
        raise Refused(f"This part in the project ended on {show_day(until)} already.")


def may_change_effort(name: str, until: date | None) -> None:
    """An ended related effort stays as it is."""
    if until is not None:
        raise Refused(f"The related effort {name} ended on {show_day(until)}; it stays as it was then.")


def not_after(day: date, today: date, field: str) -> None:
    """Refuse a day that has not come yet."""
    if day > today:
        raise Invalid(
            "The day has not come yet.",
            mistakes=(Mistake(field, f"Expected a day up to {show_day(today)}, today.", day.isoformat()),),
        )


def not_before(day: date, first: date | None, field: str) -> None:
    """Refuse an end before its beginning."""
    if first is not None and day < first:
        raise Invalid(
            "The end lies before the beginning.",
            mistakes=(Mistake(field, f"Expected a day on or after {show_day(first)}.", day.isoformat()),),
        )


def to_precision(day: date, precision: Precision) -> date:
    """A day known to the month only is stored as the first of it."""
    return day if precision == "day" else day.replace(day=1)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " or " + names[-1] if len(names) > 1 else "".join(names)
