"""What is allowed of duties, and how the state of one is said: a day that has passed proves nothing by itself."""

from datetime import date, timedelta
from typing import Final, Literal

import msgspec

from pipir.features.law.rules import TERMINATION, YEARS_AHEAD, end_of
from pipir.kernel.calendar import show_day, washington_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.ids import DutyId, RecordNumber
from pipir.statute import lookup
from pipir.statute.amendments import adopting, amendable, amended
from pipir.statute.model import Amendment, Deadline, Statute, UnknownProvision, standing_label

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


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change to ask about; `on` is the new last day, `amendment` the number of one that was entered."""

    what: Literal["no change", "extended", "repealed", "stricter reading", "amendment"] = "no change"
    on: date | None = None
    amendment: RecordNumber | None = None


class Note(msgspec.Struct, frozen=True):
    """What has to be said with a scenario, and whose word it is."""

    says: str
    citation: str
    standing: str


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


def may_take_up(kind: str, citation: str) -> None:
    """Refuse an entry about the termination, which is owed by nobody."""
    if kind == "termination":
        raise Refused(
            "The end of the authority takes effect by itself; nobody owes it, and nothing is recorded about it.",
            citation=citation,
        )


def not_open(change: str, state: str, citation: str) -> Refused:
    """What is said where a form is asked for that the duty's state does not let pass."""
    return Refused(
        f"The change “{change}” is not open to this duty now; it stands as: {state}.",
        citation=citation,
        way_out="Go back to the duty: it lists the changes that are open to it.",
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
            mistakes=(Mistake("done_on", f"Expected a day on or after {show_day(since)}.", done_on.isoformat()),),
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
        raise Refused(f"The entry has ended on {show_day(ended_on)}; it stays as it is.")


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
                Mistake("ended_on", f"Expected a day on or after {show_day(triggered_on)}.", ended_on.isoformat()),
            ),
        )


def notice_for(statute: Statute, triggered_on: date, today: date) -> Deadline:
    """The notice that a designation or change on the day sets off; one set off before the end stays due after it."""
    citation = statute.citation(NOTICE_PROVISION)
    _not_later(triggered_on, today, "triggered_on", "An event that has not happened sets off nothing.", citation)
    due = lookup.notice_due(statute, triggered_on)
    if due is None:
        raise Refused(
            f"No notice is owed for an event of {show_day(triggered_on)}, when the paragraph was not in force.",
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


def first_day_after(statute: Statute) -> date | None:
    """The first day on which no act can rest on the section, by the adopted reading; None: the law sets no end."""
    refused = end_of(statute).first_refused
    return washington_day(refused) if refused is not None else None


def law_if(asked: Scenario, base: Statute, enacted: tuple[Amendment, ...], today: date) -> Statute:
    """The law as the scenario would have it, from `base` and what was enacted; Invalid where the day does not fit."""
    now = amended(base, enacted)
    if asked.what == "stricter reading":
        strict = next(row for row in lookup.readings(now) if row.edge == "day-begins")
        return adopting(now, TERMINATION, strict.slug, counsel="assumed by this scenario", counsel_on=today)
    if asked.what == "no change":
        return now
    on = _scenario_day(asked, now, today)
    # Of what is enacted today the change that begins last holds.
    since = max([today, *(each.changes_from for each in enacted if each.enacted_on >= today)])
    moved = [(TERMINATION, "on", on)]
    if asked.what == "repealed":
        moved += [
            (slug, name, last)
            for slug, name in amendable(now)
            if name == "last" and now.instrument_of[slug] == lookup.SECTION
            if (last := _last_by(now, slug, on)) < (lookup.dated(now, slug, "last") or date.max)
        ]
    assumed = tuple(
        Amendment(slug, name, day, since, today, "other statute", "assumed by this scenario")
        for slug, name, day in moved
    )
    return amended(base, (*enacted, *assumed))


def said_of(asked: Scenario) -> str:
    """The scenario as a sentence."""
    return {
        "no change": "Nothing changes: the law as it stands.",
        "extended": f"Congress extends the section's own authority through {show_day(asked.on)}.",
        "repealed": f"Congress repeals the section; its authority would run through {show_day(asked.on)}.",
        "stricter reading": "Counsel adopts the stricter reading: the authority ends as its last day begins.",
        "amendment": "An amendment that was entered here takes effect.",
    }[asked.what]


def notes_of(asked: Scenario, statute: Statute) -> tuple[Note, ...]:
    """What has to be said with the answer."""
    reading = standing_label("our-reading", "", None)
    citation = statute.citation(TERMINATION)
    notes = [
        Note(
            "The end reaches the authority under the section alone. Work that rests on other law goes on by its own "
            "terms, whatever the scenario.",
            citation,
            reading,
        )
    ]
    if asked.what == "extended":
        notes.append(
            Note(
                "The years of reports and briefings are set apart from the authority: extending it adds none, unless "
                "Congress extends them too.",
                statute.citation("1253.f"),
                reading,
            )
        )
        notes.append(
            Note(
                "An act of Congress may also reach back over days that have gone by; entered as an amendment, it shows "
                "both readings of them.",
                citation,
                reading,
            )
        )
    if asked.what == "repealed":
        notes.append(
            Note(
                "A repeal of the whole section would take the later reports and briefings with it; they are shown as "
                "gone. A repeal of the authorities alone would leave them.",
                statute.citation("1253.f"),
                reading,
            )
        )
    return tuple(notes)


def named_amendment(asked: Scenario) -> int:
    """The number of the amendment that the scenario is about, or Invalid."""
    if asked.amendment is None:
        expected = "Expected the number of an amendment that was entered."
        raise Invalid("The scenario needs correcting.", mistakes=(Mistake("amendment", expected),))
    return asked.amendment


def _scenario_day(asked: Scenario, now: Statute, today: date) -> date:
    last_day = end_of(now).last_day or date.max
    enacted = now.instrument(TERMINATION).enacted or today
    furthest = today.replace(month=12, day=31, year=today.year + YEARS_AHEAD)
    if asked.what == "extended":
        first, last = min(last_day, furthest - timedelta(days=1)) + timedelta(days=1), furthest
        expected = f"Expected a day after {show_day(last_day)}, the last day now, by {show_day(furthest)}."
    else:
        first, last = enacted, min(last_day, furthest)
        expected = f"Expected a day from {show_day(first)}, the enactment, through {show_day(last)}."
    if asked.on is None or not first <= asked.on <= last:
        found = asked.on.isoformat() if asked.on else ""
        raise Invalid("The scenario needs correcting.", mistakes=(Mistake("on", expected, found),))
    return asked.on


def _last_by(statute: Statute, slug: str, on: date) -> date:
    """The last yearly date on or before a day; of a duty that would have none, a day in the year before its first."""
    first = lookup.day(statute, slug, "first")
    year = on.year if first.replace(year=on.year) <= on else on.year - 1
    return first.replace(year=max(year, first.year - 1))


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


def _not_later(day: date, today: date, where: str, sentence: str, citation: str) -> None:
    if day > today:
        raise Invalid(
            sentence,
            citation=citation,
            mistakes=(Mistake(where, f"Expected a day on or before {show_day(today)}.", day.isoformat()),),
        )
