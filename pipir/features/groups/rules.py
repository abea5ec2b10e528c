"""What is allowed in groups: days, members, what a meeting may record when, who may say that an action is done."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from pipir.features.search.rules import KINDS, PARAGRAPH
from pipir.kernel.calendar import show_day
from pipir.kernel.countries import countries
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.statute.lookup import objectives
from pipir.statute.model import Statute

# What an action may name as changed by it: any record but remarks, the law, and what actions come from themselves.
CHANGEABLE: Final = tuple(
    kind for kind in KINDS if kind not in (PARAGRAPH, "note", "action_change", "action_item", "meeting_decision")
)


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


def may_belong(kind: str, workstream_id: int | None) -> None:
    """A working group belongs to a workstream; a workstream belongs to no other."""
    if workstream_id is not None and kind == "workstream":
        raise Invalid(
            "A workstream belongs to no other.",
            mistakes=(Mistake("workstream_id", "Expected nothing for a workstream.", str(workstream_id)),),
        )


def may_become(kind: str, working_groups: int) -> None:
    """A workstream stays one as long as working groups belong to it."""
    if kind != "workstream" and working_groups:
        raise Refused(
            f"{working_groups} working group{'s belong' if working_groups > 1 else ' belongs'} to this workstream.",
            way_out="Give them another workstream first, or none.",
        )


def is_of_one(participant_id: int | None, office_id: int | None) -> None:
    """A delegation of a country or an office of ours, one of the two."""
    if (participant_id is None) == (office_id is None):
        expected = "Choose a country, or an office of ours: one of the two."
        raise Invalid(
            "A delegation or an office?",
            mistakes=(Mistake("participant_id", expected), Mistake("office_id", expected)),
        )


def may_join(part: str, role: str | None, since: date, group: str, established_on: date, until: date | None) -> None:
    """A co-chair is named by office or role; a member joins while the group lasts."""
    if part == "co-chair" and role is None:
        raise Invalid(
            "A co-chair is named by office or role.",
            mistakes=(Mistake("role", "Name the office or role by which it co-chairs, never a person."),),
        )
    if since < established_on:
        raise Invalid(
            "The membership begins before the group.",
            mistakes=(Mistake("since", f"Expected a day on or after {show_day(established_on)}.", since.isoformat()),),
        )
    if until is not None:
        raise Refused(f"{group} ended on {show_day(until)} and takes no members any more.")


def may_leave(since: date, ended_on: date | None, until: date) -> None:
    """A membership ends once, on or after its first day."""
    may_change_member(ended_on)
    if until < since:
        raise Invalid(
            "The end lies before the beginning.",
            mistakes=(Mistake("until", f"Expected a day on or after {show_day(since)}.", until.isoformat()),),
        )


def may_change_member(ended_on: date | None) -> None:
    """A membership that has ended stays as it was."""
    if ended_on is not None:
        raise Refused(f"This membership ended on {show_day(ended_on)}; it stays as it was then.")


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


def has_begun(starts_on: date, today: date, what: str) -> None:
    """What comes of a meeting is recorded from the day on which it began."""
    if starts_on > today:
        raise Refused(
            f"The meeting begins on {show_day(starts_on)}; {what} is recorded from that day on.",
            way_out="Put what is planned on its agenda.",
        )


def may_change_part(what: str, withdrawn_because: str | None) -> None:
    """What was withdrawn stays as it was."""
    if withdrawn_because is not None:
        raise Refused(f"{what} was withdrawn; nothing of it changes any more.")


def may_write_minutes(state: str | None, because: str | None) -> None:
    """Agreed minutes are opened again only with a reason."""
    if state == "agreed" and because is None:
        raise Invalid(
            "The minutes are agreed.",
            mistakes=(Mistake("because", "Say why they are opened again; they are a draft then."),),
        )


def may_agree_minutes(state: str | None, ends_on: date, agreed_on: date, today: date) -> None:
    """A draft is agreed, on a day from the end of the meeting to today."""
    if state is None:
        raise Refused("The meeting has no minutes yet.", way_out="Write them first.")
    if state == "agreed":
        raise Refused("The minutes are agreed already.")
    if not ends_on <= agreed_on <= today:
        expected = f"Expected a day from {show_day(ends_on)}, the last of the meeting, to {show_day(today)}."
        raise Invalid(
            "Minutes are agreed after the meeting.",
            mistakes=(Mistake("agreed_on", expected, agreed_on.isoformat()),),
        )


def agreed(codes: Sequence[str]) -> list[str]:
    """Who agreed, by codes of the country register, each once."""
    mistakes = [
        Mistake("agreed_by", "Expected codes of the country register, such as AUS, USA.", code[:60])
        for code in codes
        if code not in countries()
    ]
    if not codes:
        mistakes.append(Mistake("agreed_by", "Name who agreed, by their countries' codes."))
    if mistakes:
        raise Invalid("Who agreed cannot be read.", mistakes=tuple(mistakes))
    return sorted(set(codes))


def serves(objective: str | None, statute: Statute) -> None:
    """A decision serves one of the objectives, or none that is named."""
    if objective is not None and objective not in {row.slug for row in objectives(statute)}:
        raise Invalid(
            "There is no such objective.",
            mistakes=(Mistake("objective", "Expected an objective such as 1253.b.2.", objective[:60]),),
        )


def may_come_from(meeting_id: int, of_meeting: int | None, withdrawn_because: str | None, decision_id: int) -> None:
    """An action comes from a decision of its own meeting that stands."""
    if of_meeting != meeting_id or withdrawn_because is not None:
        raise Invalid(
            "This is no decision of the meeting.",
            mistakes=(Mistake("decision_id", "Expected a decision of the meeting that stands.", str(decision_id)),),
        )


def may_name_change(state: str, kind: str) -> None:
    """An action that is done names records that it changed."""
    _expect(state, ("done", "verified"), "Only an action item that is done names what it changed")
    if kind not in CHANGEABLE:
        expected = "Expected one of: " + ", ".join(CHANGEABLE) + "."
        raise Invalid(
            "No action changes a record of this kind.", mistakes=(Mistake("changed_kind", expected, kind[:60]),)
        )


def may_cancel(cancelled_because: str | None, outcome: str | None, recorded: int) -> None:
    """A meeting is cancelled once, and not after it has an outcome, or anything else that came of it."""
    may_change_meeting(cancelled_because)
    if recorded:
        raise Refused(
            "Attendance, minutes or decisions of the meeting are recorded, so it took place.",
            way_out="Withdraw first what was recorded by mistake.",
        )
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
