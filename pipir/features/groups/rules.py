"""What is allowed in groups: days, who may say that an action is done."""

from datetime import date

from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, Refused


def may_last(established_on: date, until: date | None) -> None:
    """A group ends on or after the day it was established."""
    if until is not None and until < established_on:
        raise Invalid(
            "The end lies before the beginning.",
            mistakes=(Mistake("until", f"Expected a day on or after {show_day(established_on)}.", until.isoformat()),),
        )


def may_end(name: str, until: date | None) -> None:
    """A group ends once."""
    if until is not None:
        raise Refused(f"{name} ended on {show_day(until)} already.")


def may_establish_on(established_on: date, until: date | None) -> None:
    """A corrected first day does not pass the recorded last day."""
    if until is not None and established_on > until:
        raise Invalid(
            "The beginning lies after the end.",
            mistakes=(
                Mistake(
                    "established_on", f"Expected a day on or before {show_day(until)}.", established_on.isoformat()
                ),
            ),
        )


def may_meet(starts_on: date, ends_on: date) -> None:
    """A meeting ends on or after the day it began."""
    if ends_on < starts_on:
        raise Invalid(
            "The end lies before the beginning.",
            mistakes=(Mistake("ends_on", f"Expected a day on or after {show_day(starts_on)}.", ends_on.isoformat()),),
        )


def may_meet_in_group(name: str, established_on: date, until: date | None, starts_on: date) -> None:
    """A group meets from the day it was established to its last day."""
    if starts_on < established_on:
        raise Refused(f"{name} was established on {show_day(established_on)} and could not meet before.")
    if until is not None and starts_on > until:
        raise Refused(
            f"{name} ended on {show_day(until)} and meets no more.",
            way_out="Record the meeting of the forum, or of a group that continues the work.",
        )


def may_change_meeting(cancelled_because: str | None) -> None:
    """A cancelled meeting stays as it is."""
    if cancelled_because is not None:
        raise Refused("The meeting was cancelled; nothing of it changes any more.")


def may_cancel(cancelled_because: str | None, outcome: str | None) -> None:
    """A meeting is cancelled once, and not after it has an outcome."""
    may_change_meeting(cancelled_because)
    if outcome is not None:
        raise Refused(
            "The meeting has a recorded outcome, so it took place.",
            way_out="Correct the outcome first where it was recorded by mistake.",
        )


def has_owner(owner_person_id: int | None, owner_text: str | None) -> None:
    """An action item has an owner: a person of this record, or somebody named in words."""
    if owner_person_id is None and owner_text is None:
        raise Invalid(
            "An action item has an owner.",
            mistakes=(Mistake("owner_text", "Name the owner in words, or choose a person."),),
        )


def may_revise_action(state: str) -> None:
    """Only what is still open changes."""
    _expect(state, ("open",), "Only an open action item can be changed")


def may_report_done(state: str, done_on: date, today: date) -> None:
    """An open action item is reported done, on a day that has come."""
    _expect(state, ("open",), "Only an open action item can be reported done")
    if done_on > today:
        raise Invalid(
            "The day lies in the future.",
            mistakes=(Mistake("done_on", f"Expected a day on or before {show_day(today)}.", done_on.isoformat()),),
        )


def may_verify(state: str, reported_by: int | None, verifier: int) -> None:
    """A second person verifies what the first has reported done."""
    _expect(state, ("done",), "Only an action item that was reported done can be verified")
    if reported_by == verifier:
        raise Refused(
            "You reported this action item done; a second person verifies it.",
            citation="Two-person rule of the program office (convention)",
            way_out="Ask a colleague who may change groups to verify it.",
        )


def may_drop(state: str) -> None:
    """What is verified or dropped stays."""
    _expect(state, ("open", "done"), "Only an open or reported action item can be dropped")


def _expect(state: str, allowed: tuple[str, ...], sentence: str) -> None:
    if state not in allowed:
        raise Refused(f"{sentence}; this one is {state}.")


def _expected(text: str) -> str:
    return f"Expected {text}."
