"""What stands before a certification, a signature and the entry into force, each with its law and the way out."""

from datetime import date
from typing import Final

from pipir.features.agreements.rules.clocks import clock_of, unreceived, untold
from pipir.features.agreements.rules.life import (
    COOPERATIVE_PROJECT,
    COOPERATIVE_RD,
    INTERNATIONAL,
    TEST_FACILITIES,
    TRANSPARENCY,
    Facts,
    Lack,
    NoticeKind,
    State,
    listed,
)
from pipir.features.agreements.rules.shares import lacking_shares
from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.statute.model import Statute

OWN_READING: Final = "our reading; to be confirmed by counsel"
# The papers of which a transmittal consists besides the text.
TRANSMITTAL_PAPERS: Final = ("prior consultation", "legal memorandum", "translation")


def missing_items(facts: Facts, statute: Statute) -> tuple[str, ...]:
    """The titles of the items that the certification still lacks."""
    return tuple(each.title for each in statute.certification_items if each.slug not in facts.items)


def may_write_item(facts: Facts, item: str, statute: Statute) -> None:
    """An item of the certification is written once the text is agreed, and stays once the package was sent."""
    citation = statute.citation(COOPERATIVE_PROJECT)
    known = [each.slug for each in statute.certification_items]
    if item not in known:
        expected = "Expected one of: " + ", ".join(known) + "."
        raise Invalid("There is no such item.", mistakes=(Mistake("item", expected, item[:60]),))
    if not facts.rests_on(COOPERATIVE_PROJECT):
        raise Refused(
            "The agreement does not rest on the provision that asks for a certification.",
            citation=citation,
            way_out="Name that provision as its authority while the text is negotiated.",
        )
    if facts.state not in ("text agreed", "coordination"):
        raise Refused(
            f"The certification package is open while the text is agreed and not certified; the agreement is "
            f"{facts.state}.",
            citation=citation,
            way_out="Record the agreed text first; a certified text changes by being negotiated again.",
        )
    if facts.told("certification"):
        raise Refused(
            "The certification of this text was sent; what it states stays as it was sent.",
            citation=citation,
            way_out="Where it has to change, record the step back to negotiating, and send it anew with the new text.",
        )


def may_send(what: NoticeKind, facts: Facts, addressee: str, on: date, statute: Statute, today: date) -> None:
    """A notice goes to an addressee of the law's list, of an agreed text, whole, and not before what it tells of."""
    rule = next(each for each in statute.clocks if each.slug == what)
    citation = statute.citation(rule.provision)
    clock = clock_of(what, facts, statute, today)
    if clock.state == "not applicable":
        raise Refused(f"No {what} is owed: {clock.says}", citation=citation)
    known = {each.slug: each.name for each in statute.addressees if each.provision == rule.provision}
    mistakes = []
    if addressee not in known:
        expected = "Expected one of: " + ", ".join(known) + "."
        mistakes.append(Mistake("addressee", expected, addressee[:60]))
    first = facts.signed_on if what == "transmittal" else facts.text_agreed_on
    if on > today:
        mistakes.append(Mistake("sent_on", f"Expected a day up to {show_day(today)}, today.", on.isoformat()))
    elif first is not None and on < first:
        event = "the signature" if what == "transmittal" else "the agreed text"
        mistakes.append(
            Mistake("sent_on", f"Expected {show_day(first)}, the day of {event}, or later.", on.isoformat())
        )
    if mistakes:
        raise Invalid("The notice needs correcting.", mistakes=tuple(mistakes))
    if addressee in facts.told(what):
        raise Refused(
            f"{known[addressee]} was sent it on {show_day(facts.told(what)[addressee].sent_on)}, of the present text.",
            citation=citation,
            way_out="Record its receipt; a changed text is sent anew.",
        )
    if what == "certification":
        _may_certify(facts, statute)
    if what == "report" and facts.state not in ("text agreed", "coordination", "signed"):
        raise Refused(
            f"A report tells of an agreed text; the agreement is {facts.state}.",
            citation=citation,
            way_out="Record the agreed text first.",
        )
    if what == "transmittal":
        _may_transmit(facts, statute, on)


def may_receive(sent_on: date, received_on: date, today: date, before: date | None, because: str | None) -> None:
    """A receipt comes from the day of sending to today; its day once recorded changes only with a reason."""
    expected = ""
    if received_on > today:
        expected = f"Expected a day up to {show_day(today)}, today."
    elif received_on < sent_on:
        expected = f"Expected {show_day(sent_on)}, the day of sending, or later."
    mistakes = [Mistake("received_on", expected, received_on.isoformat())] if expected else []
    if before is not None and before != received_on and because is None:
        mistakes.append(Mistake("because", "Say why the recorded day of the receipt changes."))
    if mistakes:
        raise Invalid("The receipt needs correcting.", mistakes=tuple(mistakes))


def before_certified(facts: Facts, statute: Statute) -> tuple[Lack, ...]:
    """What stands before the step to certified: the provision, every item, every addressee."""
    citation = statute.citation(COOPERATIVE_PROJECT)
    if not facts.rests_on(COOPERATIVE_PROJECT):
        return (
            Lack(
                "Nothing is certified: the agreement does not rest on the provision that asks for it.",
                citation,
                "Go from coordination to signature.",
            ),
        )
    found = []
    if missing := missing_items(facts, statute):
        found.append(Lack(f"The certification lacks: {listed(missing)}.", citation, "Write each of its items first."))
    if names := untold("certification", facts, statute):
        found.append(
            Lack(
                f"The certification of the present text was not sent to: {listed(names)}.",
                citation,
                "Send it to each addressee, and record the days of their receipts.",
            )
        )
    return tuple(found)


def before_signature(facts: Facts, statute: Statute, on: date, *, state_concurs: bool) -> tuple[Lack, ...]:
    """What stands before a signature of a day by law; office policy and the sunset are asked beside it."""
    found: list[Lack] = []
    if not facts.parties:
        found.append(
            Lack("No party is recorded.", statute.citation("1253.e.1"), "Enter the participant and its counterpart.")
        )
    transparency = statute.citation(TRANSPARENCY)
    if facts.character is None:
        found.append(
            Lack(
                "No counsel's office has determined what the instrument is in law, so whether State is consulted "
                f"before signature is not known ({OWN_READING}).",
                transparency,
                "Record counsel's determination: international agreement, non-binding, or contract.",
            )
        )
    if facts.character == INTERNATIONAL and facts.paper("prior consultation", on) is None:
        found.append(
            Lack(
                f"No consultation with the Secretary of State by {show_day(on)} is recorded; an international "
                "agreement is signed after it.",
                transparency,
                "Record the consultation with its day and document.",
            )
        )
    if facts.rests_on(COOPERATIVE_PROJECT):
        found += _certified(facts, statute, on)
    if facts.rests_on(COOPERATIVE_RD) and facts.paper("conventional defense capability", on) is None:
        found.append(
            Lack(
                "No determination is recorded that the project improves conventional defense capability.",
                statute.citation(COOPERATIVE_RD),
                "Record the determination: who made it, on which day, in which document.",
            )
        )
    if facts.rests_on(TEST_FACILITIES):
        citation = statute.citation(TEST_FACILITIES)
        if not state_concurs:
            found.append(
                Lack(
                    "The Department of State has not concurred with the agreement as it stands.",
                    citation,
                    "Ask an office of the Department of State to concur, in coordination.",
                )
            )
        if facts.paper("direct costs", on) is None:
            found.append(
                Lack(
                    "How direct costs are charged is not recorded.",
                    citation,
                    "Record what the agreement says of direct costs, with its document.",
                )
            )
    return tuple(found)


def before_effect(facts: Facts, statute: Statute, on: date) -> tuple[Lack, ...]:
    """What stands before an entry into force on a day, by law."""
    if not facts.rests_on(COOPERATIVE_RD):
        return ()
    citation = statute.citation(COOPERATIVE_RD)
    found: list[Lack] = []
    clock = clock_of("report", facts, statute, on)
    if clock.state == "waiting for its start":
        found.append(
            Lack(
                f"The report's waiting days have not started. {clock.says}",
                citation,
                "Record counsel's class of each country, and where a report is owed its sending and each receipt.",
            )
        )
    if clock.state == "running":
        found.append(
            Lack(
                f"With another friendly foreign country the agreement takes effect on {show_day(clock.first_day)} or "
                f"later; {show_day(on)} lies within the waiting days. {clock.counting}",
                citation,
                f"Wait until {show_day(clock.first_day)}.",
            )
        )
    return (*found, *before_shared(facts, statute, on))


def before_shared(facts: Facts, statute: Statute, on: date) -> tuple[Lack, ...]:
    """What stands before agreed shares hold by law: that they are equal, or determined to be unequal by a day."""
    if not facts.rests_on(COOPERATIVE_RD):
        return ()
    citation = statute.citation(COOPERATIVE_RD)
    return tuple(Lack(each, citation, way_out) for each, way_out in lacking_shares(facts, statute, on))


def check(lacks: tuple[Lack, ...]) -> None:
    """Refuse with the first of what is lacking, if anything is."""
    if lacks:
        raise lacks[0].refusal()


def may_sign_as(signatory: str, delegations: tuple[str, ...], named: str | None, statute: Statute) -> str:
    """By whom an agreement is signed, in words: the Secretary, or an official on one delegation that is recorded."""
    citation = statute.citation("10-usc-113-d")
    if signatory == "Secretary of Defense":
        if named is not None:
            raise Invalid(
                "The Secretary signs on no delegation.",
                mistakes=(Mistake("delegation", "Leave it blank where the Secretary signs.", named[:60]),),
            )
        return signatory
    if named is not None and named not in delegations:
        expected = "Expected a delegation to sign agreements that is in force on the day: " + ("; ".join(delegations))
        raise Invalid(
            "The delegation is not in the register.",
            citation=citation,
            mistakes=(Mistake("delegation", f"{expected or 'none is recorded'}.", named[:60]),),
        )
    if not delegations:
        raise Refused(
            "An official who is not the Secretary signs only on a delegation, and none to sign agreements is in force "
            "on that day.",
            citation=citation,
            way_out="Record the delegation in the register: its instrument, its day and its limits.",
        )
    if named is None and len(delegations) > 1:
        raise Invalid(
            "Several delegations to sign agreements are in force on that day.",
            citation=citation,
            mistakes=(Mistake("delegation", "Expected one of: " + "; ".join(delegations) + "."),),
        )
    return f"An official on {named or delegations[0]}"


def _certified(facts: Facts, statute: Statute, on: date) -> list[Lack]:
    citation = statute.citation(COOPERATIVE_PROJECT)
    lacks = list(before_certified(facts, statute))
    clock = clock_of("certification", facts, statute, on)
    if lacks:
        return lacks
    if clock.state == "waiting for its start":
        names = unreceived("certification", facts, statute)
        return [
            Lack(
                f"The waiting days have not started: {listed(names)} did not receive the certification of the present "
                "text, as far as it is recorded.",
                citation,
                "Record the day of each receipt; the last of them starts the days.",
            )
        ]
    if clock.state == "running":
        return [
            Lack(
                f"The agreement is signed on {show_day(clock.first_day)} or later; {show_day(on)} lies within the "
                f"{clock.days} days before signature. {clock.counting}",
                citation,
                f"Wait until {show_day(clock.first_day)}.",
            )
        ]
    if facts.state in _BEFORE_CERTIFIED:
        return [Lack("The certification is not recorded as complete.", citation, "Record the step to certified first.")]
    return []


_BEFORE_CERTIFIED: Final[tuple[State, ...]] = ("text agreed", "coordination")


def _may_certify(facts: Facts, statute: Statute) -> None:
    citation = statute.citation(COOPERATIVE_PROJECT)
    if facts.state not in _BEFORE_CERTIFIED:
        raise Refused(
            f"A certification is sent of an agreed text; the agreement is {facts.state}.",
            citation=citation,
            way_out="Record the agreed text first.",
        )
    if missing := missing_items(facts, statute):
        raise Refused(
            f"A certification is sent whole; it lacks: {listed(missing)}.",
            citation=citation,
            way_out="Write each of its items first.",
        )


def _may_transmit(facts: Facts, statute: Statute, on: date) -> None:
    citation = statute.citation(TRANSPARENCY)
    if facts.signed_on is None:
        raise Refused(
            "The text is transmitted after the signature.", citation=citation, way_out="Record the signature."
        )
    if facts.character != INTERNATIONAL:
        raise Refused(
            "No counsel's office has determined that it is an international agreement.",
            citation=citation,
            way_out="Record counsel's determination first.",
        )
    missing = [each for each in TRANSMITTAL_PAPERS if facts.paper(each, on) is None]
    if missing:
        raise Refused(
            f"The transmittal lacks by {show_day(on)}: {listed(missing)}.",
            citation=citation,
            way_out="Record each with its day and document; a text authentic in English alone says so as its "
            "translation.",
        )
