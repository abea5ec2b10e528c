"""What is allowed of briefings, congressional contacts and promises, and how the state of a promise is said."""

from collections.abc import Collection
from datetime import date
from typing import Final, Literal

import msgspec

from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.statute import lookup
from pipir.statute.model import Deadline, Statute

CONTACT_KINDS: Final = ("congressional question", "question for the record", "notification package", "informal hold")
CONTACT_STATUSES: Final = ("open", "answered", "withdrawn", "placed", "released")
PROMISE_SOURCES: Final = ("report", "briefing", "contact", "other")
OUTCOMES: Final = ("open", "kept", "late", "dropped")
HOLD: Final = "informal hold"
# The paragraph that asks for the briefings.
PROVISION: Final = "1253.f.2"
# What a suspense or a promise's day is still awaited of.
PENDING_CONTACT: Final = ("open", "placed")
PENDING_PROMISE: Final = ("open", "late")
OWN_WORD: Final = "Practice of the program office"

PillKind = Literal["ok", "watch", "late", "neutral", "done", "waiting"]


class State(msgspec.Struct, frozen=True):
    """How something stands in words: the pill's kind and label."""

    kind: PillKind
    label: str


def briefing_deadlines(statute: Statute) -> tuple[Deadline, ...]:
    """The briefings that the section asks for, by day."""
    return tuple(row for row in lookup.deadlines(statute) if row.kind == "briefing")


def briefing_duty(statute: Statute, slug: str | None) -> Deadline | None:
    """The briefing of that slug, or None for one on request and for one that the law as amended asks for no more."""
    return next((row for row in briefing_deadlines(statute) if row.slug == slug), None)


def may_prepare(statute: Statute, slug: str | None) -> None:
    """A package is of a briefing that the law asks for, or of none."""
    if slug is not None and briefing_duty(statute, slug) is None:
        known = [row.slug for row in briefing_deadlines(statute)]
        raise Invalid(
            "The statute asks for no briefing of this name.",
            citation=statute.citation(PROVISION),
            mistakes=(Mistake("duty", "Expected one of: " + ", ".join(known) + "; or none.", slug[:60]),),
        )


def committee_name(statute: Statute, committee: str) -> str:
    """A committee's name by its slug, or the words that it was entered under."""
    known = statute.recipients.get(committee)
    return known.name if known is not None else committee


def known_committee(statute: Statute, committee: str | None) -> None:
    """A committee is named by the slug of a recipient of the statute; any other asker is named in words."""
    if committee is not None and committee not in statute.recipients:
        raise Invalid(
            "The committee is not known here.",
            mistakes=(
                Mistake(
                    "committee", "Expected one of: " + ", ".join(statute.recipients) + "; or none.", committee[:60]
                ),
            ),
        )


def has_basis(duty: str | None, requested_by: str | None) -> None:
    """A briefing rests on a duty of the statute or on a request, not on both."""
    if (duty is None) == (requested_by is None):
        expected = "Expected a briefing of the statute, or who asked for the briefing; one of the two."
        raise Invalid(
            "A briefing rests on a duty of the statute or on a request.",
            mistakes=(Mistake("duty", expected), Mistake("requested_by", expected)),
        )


def has_briefer(role: str | None, person: int | None) -> None:
    """A briefing names who briefs."""
    if role is None and person is None:
        expected = "Name the role of who briefs, or choose a person."
        raise Invalid("A briefing names who briefs.", mistakes=(Mistake("briefer_role", expected),))


def may_change_briefing(called_off_on: date | None) -> None:
    """A briefing that was called off stays as it is."""
    if called_off_on is not None:
        raise Refused(f"The briefing was called off on {show_day(called_off_on)}; nothing of it changes any more.")


def may_call_off(duty: Deadline | None, *, given: bool) -> None:
    """Only a briefing on request is called off, and only while no committee has had it."""
    if duty is not None:
        raise Refused(
            "A briefing that the statute asks for is not called off by an entry.",
            citation=duty.citation,
            way_out="Only an enacted amendment moves or removes it.",
        )
    if given:
        raise Refused("The briefing was given to a committee, so it took place.")


def may_address(statute: Statute, duty: str | None, committee: str) -> None:
    """A statutory briefing goes to the addressees of its provision."""
    addressees = lookup.recipients(statute, PROVISION)
    if duty is None or committee in {each.slug for each in addressees}:
        return
    raise Refused(
        "The committee is not an addressee of this provision.",
        citation=statute.citation(PROVISION),
        way_out="Enter a briefing on request for it. The addressees are: "
        + "; ".join(each.name for each in addressees)
        + ".",
    )


def may_replan(given_on: date | None) -> None:
    """What was given is not planned any more."""
    if given_on is not None:
        raise Refused(
            f"The briefing was given to this committee on {show_day(given_on)}.",
            way_out="Reopen the entry with a reason where the day was recorded by mistake.",
        )


def may_record_given(given: date | None, given_on: date, today: date, *, since: date | None, citation: str) -> None:
    """A briefing is given once to a committee, on a day that has come, and not before the law that asks for it."""
    may_replan(given)
    _not_later(given_on, today, "given_on", "A briefing on a day that has not come was not given.")
    if since is not None and given_on < since:
        raise Invalid(
            "The briefing cannot have been given before the law that asks for it.",
            citation=citation,
            mistakes=(Mistake("given_on", f"Expected a day on or after {show_day(since)}.", given_on.isoformat()),),
        )


def may_reopen_given(given_on: date | None) -> None:
    """Only what was recorded as given is opened again."""
    if given_on is None:
        raise Refused("No given day is recorded of this committee; there is nothing to reopen.")


def may_take_question(committees: Collection[str], given_on: date | None, committee: str, due_on: date | None) -> None:
    """A question is taken from a committee that had the briefing, and its answer is due after that."""
    if committee not in committees:
        raise Invalid(
            "This committee does not stand on the briefing.",
            mistakes=(Mistake("committee", "Expected one of: " + ", ".join(committees) + ".", committee[:60]),),
        )
    if given_on is None:
        raise Refused(
            "The briefing is not recorded as given to this committee, so it asked nothing in it.",
            way_out="Record the day on which it was given first, or enter the question as a congressional contact.",
        )
    if due_on is not None and due_on < given_on:
        raise Invalid(
            "The answer would be due before the question was asked.",
            mistakes=(Mistake("due_on", f"Expected a day on or after {show_day(given_on)}.", due_on.isoformat()),),
        )


def may_change_question(answered_on: date | None, withdrawn_on: date | None) -> None:
    """Only an open question is changed, answered or withdrawn."""
    if answered_on is not None:
        raise Refused(
            f"The question was answered on {show_day(answered_on)}.", way_out="Reopen it with a reason first."
        )
    if withdrawn_on is not None:
        raise Refused(
            f"The question was withdrawn on {show_day(withdrawn_on)}.", way_out="Reopen it with a reason first."
        )


def may_reopen_question(answered_on: date | None, withdrawn_on: date | None) -> None:
    """Only what was answered or withdrawn is opened again."""
    if answered_on is None and withdrawn_on is None:
        raise Refused("The question is open; there is nothing to reopen.")


def happened_between(where: str, day: date, *, since: date | None, today: date) -> None:
    """A recorded act lies between what it follows and today."""
    _not_later(day, today, where, "Nothing is recorded of a day that has not come.")
    if since is not None and day < since:
        raise Invalid(
            "The day lies before what it follows.",
            mistakes=(Mistake(where, f"Expected a day on or after {show_day(since)}.", day.isoformat()),),
        )


def check_contact(
    kind: str, committee: str | None, member_office: str | None, received_on: date, due_on: date | None, today: date
) -> None:
    """A contact has come, from somebody, with a suspense that lies after it; Invalid names every mistake."""
    mistakes = []
    if committee is None and member_office is None:
        mistakes.append(Mistake("member_office", "Name the committee, or the member's office."))
    if received_on > today:
        mistakes.append(
            Mistake("received_on", f"Expected a day on or before {show_day(today)}.", received_on.isoformat())
        )
    if due_on is not None and due_on < received_on:
        mistakes.append(Mistake("due_on", f"Expected a day on or after {show_day(received_on)}.", due_on.isoformat()))
    if due_on is None and kind.endswith(("question", "record")):
        mistakes.append(Mistake("due_on", "A question has a suspense: the day by which its answer is due."))
    if mistakes:
        raise Invalid("The entry cannot stand like this.", mistakes=tuple(mistakes))


def may_keep_kind(before: str, after: str) -> None:
    """A hold does not become a question, nor a question a hold."""
    if (before == HOLD) != (after == HOLD):
        raise Refused(
            f"This entry is of the kind {before} and does not become a {after}.",
            way_out="Withdraw or release it with a reason, and enter the other one.",
        )


def may_change_contact(status: str) -> None:
    """Only what is open, or a hold that is placed, is changed or settled."""
    if status not in PENDING_CONTACT:
        raise Refused(f"The entry is {status}; it stays as it is.", way_out="Reopen it with a reason first.")


def may_answer_contact(kind: str, status: str) -> None:
    """What is open is answered; a hold is released."""
    may_change_contact(status)
    if kind == HOLD:
        raise Refused("A hold is not answered.", way_out="Record its release, with the day and the reason.")


def may_withdraw_contact(kind: str, status: str) -> None:
    """What is open is withdrawn by who asked; a hold is released."""
    may_change_contact(status)
    if kind == HOLD:
        raise Refused("A hold is not withdrawn.", way_out="Record its release, with the day and the reason.")


def may_release_hold(kind: str, status: str) -> None:
    """Only a hold is released, once."""
    if kind != HOLD:
        raise Refused(f"Only a hold is released; this is a {kind}.", way_out="Answer it, or record its withdrawal.")
    may_change_contact(status)


def may_reopen_contact(status: str) -> None:
    """Only what was settled is opened again."""
    if status in PENDING_CONTACT:
        raise Refused(f"The entry is {status}; there is nothing to reopen.")


def check_promise(
    statute: Statute,
    *,
    made_in: str,
    report_year: int | None,
    briefing_id: int | None,
    contact_id: int | None,
    source: str | None,
    made_on: date,
    due_on: date,
    today: date,
) -> None:
    """A promise names the one place where it was made, and is due after that; Invalid names every mistake."""
    named = {"report_year": report_year, "briefing_id": briefing_id, "contact_id": contact_id}
    needed = {"report": "report_year", "briefing": "briefing_id", "contact": "contact_id"}.get(made_in)
    mistakes = [
        Mistake(name, f"Expected nothing here: the promise was made in another place ({made_in}).", str(value))
        for name, value in named.items()
        if value is not None and name != needed
    ]
    if needed is not None and named[needed] is None:
        mistakes.append(Mistake(needed, "Say which one the promise was made in."))
    if needed is None and source is None:
        mistakes.append(Mistake("source", "Say where the promise was made."))
    years = lookup.report_years(statute)
    if made_in == "report" and report_year is not None and report_year not in years:
        mistakes.append(Mistake("report_year", f"Expected a year from {years[0]} to {years[-1]}.", str(report_year)))
    if made_on > today:
        mistakes.append(Mistake("made_on", f"Expected a day on or before {show_day(today)}.", made_on.isoformat()))
    if due_on < made_on:
        mistakes.append(Mistake("due_on", f"Expected a day on or after {show_day(made_on)}.", due_on.isoformat()))
    if mistakes:
        raise Invalid("The promise cannot stand like this.", mistakes=tuple(mistakes))


def may_change_promise(outcome: str) -> None:
    """Only what is still owed is changed, kept or dropped."""
    if outcome not in PENDING_PROMISE:
        raise Refused(f"The promise is {outcome}; it stays as it is.", way_out="Reopen it with a reason first.")


def may_move_due_day(outcome: str, before: date, after: date) -> None:
    """The day of a promise that its owner has stated late does not move under the statement."""
    if outcome == "late" and before != after:
        raise Refused(
            "The owner has stated that the promise is late against its day.",
            way_out="Reopen the promise with a reason, then change its day.",
        )


def may_state_late(
    outcome: str, days: int, due_on: date, today: date, *, owner_office: int, stating_office: int
) -> None:
    """The office that owes the promise states lateness, once its day has passed, with no more days than have passed."""
    may_change_promise(outcome)
    if owner_office != stating_office:
        raise Refused(
            "Lateness is stated by the promise's owner; you belong to another office.",
            citation=f"{OWN_WORD} (convention)",
            way_out="Ask a person of the owning office to state it.",
        )
    passed = (today - due_on).days
    if passed < 1:
        raise Refused(
            "The day of the promise has not passed; nothing can be late yet.", citation=f"{OWN_WORD} (convention)"
        )
    if days > passed:
        raise Invalid(
            "The statement names more days than have passed.",
            mistakes=(Mistake("late_days", f"Expected at most {passed}.", str(days)),),
        )


def may_reopen_promise(outcome: str) -> None:
    """Only what was settled or stated late is opened again."""
    if outcome == "open":
        raise Refused("The promise is open; there is nothing to reopen.")


def promise_state(outcome: str, due_on: date, late_days: int | None, today: date) -> State:
    """How a promise stands; only the owner's statement says late, never the calendar."""
    if outcome == "late":
        return State("late", f"Late by {late_days:,} {'day' if late_days == 1 else 'days'}")
    if outcome == "open":
        return State("watch", "Past its day") if due_on < today else State("waiting", "Open")
    return State("ok" if outcome == "kept" else "neutral", outcome.capitalize())


def contact_state(status: str, due_on: date | None, today: date) -> State:
    """How a contact stands; an open one may be past its suspense."""
    if status in PENDING_CONTACT and due_on is not None and due_on < today:
        return State("watch", "Past its suspense")
    return State(
        {"open": "waiting", "placed": "watch", "answered": "ok", "withdrawn": "neutral", "released": "done"}[status],  # type: ignore[arg-type]
        status.capitalize(),
    )


def question_state(answered_on: date | None, withdrawn_on: date | None, due_on: date | None, today: date) -> State:
    """How a question of a briefing stands."""
    if answered_on is not None:
        return State("ok", "Answered")
    if withdrawn_on is not None:
        return State("neutral", "Withdrawn")
    return State("watch", "Past its day") if due_on is not None and due_on < today else State("waiting", "Open")


def _not_later(day: date, today: date, where: str, sentence: str) -> None:
    if day > today:
        raise Invalid(
            sentence,
            mistakes=(Mistake(where, f"Expected a day on or before {show_day(today)}.", day.isoformat()),),
        )
