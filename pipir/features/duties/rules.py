"""What is allowed of duties, and how the state of one is said: a day that has passed proves nothing by itself."""

from datetime import date
from typing import Final, Literal

import msgspec

from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.ids import DutyId
from pipir.statute import lookup
from pipir.statute.model import Deadline, Statute, UnknownProvision

NOTICE: Final = "notice-of-designation"
NOTICE_PROVISION: Final = "1253.c.2"

PillKind = Literal["ok", "watch", "late", "info", "neutral", "done", "waiting"]
_PILLS: Final[dict[str, PillKind]] = {
    "not started": "neutral",
    "in work": "info",
    "done": "done",
    "late": "late",
    "extension pending": "waiting",
    "not public": "neutral",
}
# Where a status may still be set by hand; the others come from what was recorded.
PLAIN: Final = ("not started", "in work", "not public")


class State(msgspec.Struct, frozen=True):
    """How a duty stands in words: the pill's kind and label, and what has to be said with it."""

    kind: PillKind
    label: str
    says: str


def state_of(
    deadline: Deadline, status: str | None, today: date, *, done_on: date | None, late_days: int | None
) -> State:
    """The state as shown; only the owner's statement or the day of its evidence says late, never the calendar."""
    passed = deadline.statutory_day < today
    if deadline.kind == "termination":
        return State("neutral", "By law", "It takes effect by itself; nobody owes it.")
    if status is None:
        if passed:
            return State("neutral", "Not public", "No evidence recorded here; not public.")
        return State("neutral", "Nothing recorded", "")
    label = status.capitalize()
    if status == "done" and done_on is not None:
        after = (done_on - deadline.statutory_day).days
        return State(_PILLS[status], label, f"Done {_days(after)} after the statutory day." if after > 0 else "")
    if status == "late" and late_days is not None:
        return State(_PILLS[status], f"Late by {_days(late_days)}", "As its owner has stated.")
    if passed:
        return State(_PILLS[status], label, "The day has passed; no evidence recorded here; not public.")
    return State(_PILLS[status], label, "")


def recorded(entry_id: int | None, citation: str) -> DutyId:
    """The number of the entry that a change is made of; refused where nobody has taken the duty up."""
    if entry_id is None:
        raise Refused(
            "Nothing is recorded of this duty yet, so there is nothing to change.",
            citation=citation,
            way_out="Take the duty up first.",
        )
    return DutyId(entry_id)


def may_take_up(deadline: Deadline) -> None:
    """Refuse an entry about the termination, which is owed by nobody."""
    if deadline.kind == "termination":
        raise Refused(
            "The end of the authority takes effect by itself; nobody owes it, and nothing is recorded about it.",
            citation=deadline.citation,
        )


def may_set_status(before: str, after: str) -> None:
    """A duty that is done, late or waiting for an extension is reopened first, with a reason."""
    if after != before and before not in PLAIN:
        raise Refused(
            f"The duty is recorded as {before}; its status is not set by hand.",
            way_out="Reopen the duty with a reason, then set the status.",
        )


def may_record_done(deadline: Deadline, status: str, done_on: date, today: date, *, since: date | None) -> None:
    """What is done was done by today, not before the law or the event that asks for it, and is recorded once."""
    if status == "done":
        raise Refused(
            "The duty is recorded as done already.",
            citation=deadline.citation,
            way_out="Reopen it with a reason to record other evidence.",
        )
    _not_later(done_on, today, "done_on", "Nothing is done on a day that has not come.", deadline.citation)
    if since is not None and done_on < since:
        raise Invalid(
            "The duty cannot have been done before it arose.",
            citation=deadline.citation,
            mistakes=(Mistake("done_on", f"Expected a day on or after {since.isoformat()}.", done_on.isoformat()),),
        )


def may_state_late(
    deadline: Deadline, status: str, days: int, today: date, *, owner_office: int | None, stating_office: int
) -> None:
    """The office that owns the duty states lateness, once the day has passed, with no more days than have passed."""
    if status == "done":
        raise Refused(
            "The duty is recorded as done; the day of its evidence says whether it was late.",
            citation=deadline.citation,
        )
    if owner_office is None:
        raise Refused(
            "Lateness is stated by the duty's owner, and no owning office is recorded.",
            citation=deadline.citation,
            way_out="Record the office that owns the duty first.",
        )
    if owner_office != stating_office:
        raise Refused(
            "Lateness is stated by the duty's owner; you belong to another office.",
            citation=deadline.citation,
            way_out="Ask a person of the owning office to state it.",
        )
    passed = (today - deadline.statutory_day).days
    if passed < 1:
        raise Refused("The statutory day has not passed; nothing can be late yet.", citation=deadline.citation)
    if days > passed:
        raise Invalid(
            "The statement names more days than have passed.",
            citation=deadline.citation,
            mistakes=(Mistake("late_days", f"Expected at most {passed}.", str(days)),),
        )


def may_ask_extension(deadline: Deadline, status: str, asked_on: date, today: date) -> None:
    """An extension is asked for while the duty is open, by today."""
    if status == "done":
        raise Refused("The duty is recorded as done; there is nothing to extend.", citation=deadline.citation)
    _not_later(asked_on, today, "asked_on", "Nobody has asked on a day that has not come.", deadline.citation)


def may_reopen(status: str) -> None:
    """Only what was closed or settled is opened again."""
    if status in PLAIN:
        raise Refused(f"The duty is recorded as {status}; there is nothing to reopen.")


def may_change(ended_on: date | None) -> None:
    """An ended entry stays as it is."""
    if ended_on is not None:
        raise Refused(f"The entry has ended on {ended_on.isoformat()}; it stays as it is.")


def may_end(deadline: Deadline, *, is_notice: bool, ended_on: date, triggered_on: date | None, today: date) -> None:
    """Only the entry of a notice ends; a date that the statute sets moves or falls by an enacted amendment alone."""
    if not is_notice:
        raise Refused(
            "A date that the statute sets does not end by an entry.",
            citation=deadline.citation,
            way_out="Only an enacted amendment moves or removes it.",
        )
    _not_later(ended_on, today, "ended_on", "An entry ends on a day that has come.", deadline.citation)
    if triggered_on is not None and ended_on < triggered_on:
        raise Invalid(
            "The entry cannot end before its event.",
            mistakes=(
                Mistake("ended_on", f"Expected a day on or after {triggered_on.isoformat()}.", ended_on.isoformat()),
            ),
        )


def notice_for(statute: Statute, triggered_on: date, today: date) -> Deadline:
    """The notice that a designation or change on the day sets off; one set off before the end stays due after it."""
    citation = statute.citation(NOTICE_PROVISION)
    _not_later(triggered_on, today, "triggered_on", "An event that has not happened sets off nothing.", citation)
    due = lookup.notice_due(statute, triggered_on)
    if due is None:
        raise Refused(
            f"No notice is owed for an event of {triggered_on.isoformat()}, when the paragraph was not in force.",
            citation=f"{citation}; {statute.citation('1253.g')}",
            way_out="A change after the end of the authority is recorded, and puts no new duty on anyone.",
        )
    return due


def deadline_of(
    statute: Statute, slug: str, notice: str | None = None, triggered_on: date | None = None
) -> Deadline | None:
    """The deadline behind an entry or an address: the statute's own, or the one counted from the event."""
    if notice is not None and triggered_on is not None:
        return lookup.triggered(statute, notice, triggered_on)
    try:
        found = lookup.deadline(statute, slug)
    except UnknownProvision:
        return None
    return found if statute.instrument_of[found.provision] == lookup.SECTION else None


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


def _not_later(day: date, today: date, where: str, sentence: str, citation: str) -> None:
    if day > today:
        raise Invalid(
            sentence,
            citation=citation,
            mistakes=(Mistake(where, f"Expected a day on or before {today.isoformat()}.", day.isoformat()),),
        )
