"""The clocks of an agreement: each follows from its events and the law's data alone, so that none can be lost."""

from datetime import date, timedelta
from typing import Final, Literal

import msgspec

from pipir.features.agreements.rules.life import (
    COOPERATIVE_PROJECT,
    COOPERATIVE_RD,
    INTERNATIONAL,
    OTHER_FRIENDLY,
    OVER,
    Facts,
    listed,
)
from pipir.kernel.calendar import days_after, show_day
from pipir.statute.lookup import advised_day, number
from pipir.statute.model import Addressee, ClockRule, Statute

ClockState = Literal["running", "waiting for its start", "over", "not applicable"]
EXPIRY: Final = "expiry"
_NEGOTIATED: Final = ("drafting", "negotiating authority", "negotiating")


class Clock(msgspec.Struct, frozen=True):
    """One clock on a day: what starts it, when it ends, and what it holds until then.

    `ends_on` is the last of its calendar days; `first_day` the first on which what it holds may happen; `advised_on`
    the last working day on or before its end. A clock that holds nothing is a due day: `done_on` says when it was met,
    and `late` that it was not, or after its end.
    """

    slug: str
    title: str
    provision: str
    citation: str
    standing: str
    state: ClockState
    says: str
    counting: str
    holds: str = ""
    days: int | None = None
    started_on: date | None = None
    ends_on: date | None = None
    first_day: date | None = None
    advised_on: date | None = None
    done_on: date | None = None
    late: bool = False


def clocks(facts: Facts, statute: Statute, today: date) -> tuple[Clock, ...]:
    """Every clock of an agreement as it stands on a day, in the order of the law's files; its own expiry last."""
    return (*(_clock(rule, facts, statute, today) for rule in statute.clocks), _expiry(facts, today))


def clock_of(slug: str, facts: Facts, statute: Statute, today: date) -> Clock:
    """One of the clocks."""
    return next(each for each in clocks(facts, statute, today) if each.slug == slug)


def addressed(statute: Statute, rule: str) -> tuple[Addressee, ...]:
    """Whom a notice of a kind goes to: those of the provision of its clock."""
    provision = next(each.provision for each in statute.clocks if each.slug == rule)
    return tuple(each for each in statute.addressees if each.provision == provision)


def addressees(statute: Statute, rule: str) -> tuple[tuple[str, str], ...]:
    """The same by slug and name."""
    return tuple((each.slug, each.name) for each in addressed(statute, rule))


def untold(what: str, facts: Facts, statute: Statute) -> tuple[str, ...]:
    """The addressees who were not sent a notice of the present text."""
    told = facts.told(what)
    return tuple(name for slug, name in addressees(statute, what) if slug not in told)


def unreceived(what: str, facts: Facts, statute: Statute) -> tuple[str, ...]:
    """The addressees whose receipt of the present text is not recorded."""
    told = facts.told(what)
    return tuple(
        name
        for slug, name in addressees(statute, what)
        if (found := told.get(slug)) is None or found.received_on is None
    )


def _clock(rule: ClockRule, facts: Facts, statute: Statute, today: date) -> Clock:
    row = statute.provision(rule.provision)
    days = number(statute, rule.provision, rule.value)
    clock = Clock(
        slug=rule.slug,
        title=rule.title,
        provision=rule.provision,
        citation=row.citation,
        standing=row.standing_label,
        state="not applicable",
        says="",
        counting=f"Our reading (counsel not yet named): {rule.counting[0].lower()}{rule.counting[1:]}",
        holds=rule.holds,
        days=days,
    )
    unasked = _unasked(rule, facts)
    if unasked:
        return msgspec.structs.replace(clock, says=unasked)
    waits = _waits(rule, facts, statute)
    if waits:
        return msgspec.structs.replace(clock, state="waiting for its start", says=waits)
    start = _start(rule, facts)
    assert start is not None
    ends_on = days_after(start, days)
    clock = msgspec.structs.replace(
        clock,
        started_on=start,
        ends_on=ends_on,
        first_day=days_after(ends_on, 1) if rule.holds else None,
        advised_on=advised_day(ends_on),
    )
    return _held(clock, today) if rule.holds else _due(clock, facts, statute, today)


def _unasked(rule: ClockRule, facts: Facts) -> str:
    """Why the law does not ask for the clock; blank where it does."""
    if facts.taken_over:
        return "It was signed before this record followed it."
    if facts.state in OVER and facts.signed_on is None:
        return "It ended before it was signed."
    if rule.slug == "certification" and not facts.rests_on(COOPERATIVE_PROJECT):
        return "It does not rest on the provision that asks for a certification."
    if rule.slug == "report":
        if not facts.rests_on(COOPERATIVE_RD):
            return "It does not rest on the provision that asks for a report."
        classes = {each.country_class for each in facts.parties}
        if facts.parties and None not in classes and OTHER_FRIENDLY not in classes:
            return "No party is of the class that the report is about."
    if rule.slug == "transmittal" and facts.character not in (None, INTERNATIONAL):
        return (
            f"Counsel determined it to be {_article(str(facts.character))}; only an international agreement starts it."
        )
    return ""


def _waits(rule: ClockRule, facts: Facts, statute: Statute) -> str:
    """What the clock waits for; blank where it has started."""
    if rule.slug == "transmittal":
        if facts.character is None:
            return "No counsel's office has determined its legal character; nothing starts before that."
        return "" if facts.signed_on is not None else "It starts with the signature."
    if rule.slug == "report":
        unknown = [each.name for each in facts.parties if each.country_class is None]
        if not facts.parties or (unknown and all(each.country_class != OTHER_FRIENDLY for each in facts.parties)):
            whose = listed(unknown) or "the parties"
            return f"Counsel has not recorded the class of {whose}; whether a report is owed follows from it."
    if facts.text_no == 0:
        return "No text is agreed yet."
    if facts.state in _NEGOTIATED:
        return "The text is negotiated again; what was told of the former one counts no more."
    missing = unreceived(rule.slug, facts, statute)
    return f"Not recorded as received by: {listed(missing)}." if missing else ""


def _start(rule: ClockRule, facts: Facts) -> date | None:
    if rule.starts == "signature":
        return facts.signed_on
    return max(each.received_on for each in facts.told(rule.slug).values() if each.received_on is not None)


def _held(clock: Clock, today: date) -> Clock:
    assert clock.ends_on is not None
    if today > clock.ends_on:
        return msgspec.structs.replace(
            clock, state="over", says=f"Held {clock.holds} through {show_day(clock.ends_on)}."
        )
    says = f"Holds {clock.holds} through {show_day(clock.ends_on)}; the first day is {show_day(clock.first_day)}."
    return msgspec.structs.replace(clock, state="running", says=says)


def _due(clock: Clock, facts: Facts, statute: Statute, today: date) -> Clock:
    assert clock.ends_on is not None
    told = facts.told(clock.slug)
    if not untold(clock.slug, facts, statute):
        done = max(each.sent_on for each in told.values())
        late = done > clock.ends_on
        says = f"Sent on {show_day(done)}" + (f", {_days((done - clock.ends_on).days)} late." if late else ", in time.")
        return msgspec.structs.replace(clock, state="over", says=says, done_on=done, late=late)
    if today > clock.ends_on:
        says = f"Due on {show_day(clock.ends_on)}, and not recorded as sent."
        return msgspec.structs.replace(clock, state="over", says=says, late=True)
    says = f"Due by {show_day(clock.ends_on)}; advised by {show_day(clock.advised_on)}."
    return msgspec.structs.replace(clock, state="running", says=says)


def _expiry(facts: Facts, today: date) -> Clock:
    clock = Clock(
        slug=EXPIRY,
        title="Expiry",
        provision="",
        citation="The agreement's own terms",
        standing="convention",
        state="not applicable",
        says="No day of its expiry is recorded.",
        counting="From the day of its expiry on it is no longer in force; the day before is its last.",
        started_on=facts.in_force_on,
    )
    if facts.expires_on is None:
        return clock
    if facts.state == "ended":
        return msgspec.structs.replace(clock, says="It ended before it would expire.")
    last = facts.expires_on - timedelta(days=1)
    clock = msgspec.structs.replace(clock, ends_on=last, advised_on=advised_day(last))
    if facts.in_force_on is None:
        return msgspec.structs.replace(clock, state="waiting for its start", says="It is not in force yet.")
    if today >= facts.expires_on:
        return msgspec.structs.replace(clock, state="over", says=f"It expired on {show_day(facts.expires_on)}.")
    return msgspec.structs.replace(clock, state="running", says=f"In force through {show_day(last)} by its own terms.")


def _days(count: int) -> str:
    return f"{count:,} day" if count == 1 else f"{count:,} days"


def _article(character: str) -> str:
    return "a contract" if character == "contract" else character
