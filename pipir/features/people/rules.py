"""What is allowed in people: offices, roles and absences with their days, sign-ins, sight through other eyes."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import msgspec

from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, NotAllowed, Refused
from pipir.kernel.marking import HOME, NotAReader, Reader, ReaderKind
from pipir.statute import lookup
from pipir.statute.model import Statute

# A sign-in ends after this long without use, and in any case after ABSOLUTE; administrators' sooner.
IDLE = timedelta(minutes=15)
IDLE_ADMINISTRATOR = timedelta(minutes=10)
ABSOLUTE = timedelta(hours=12)
# A use within this time of the last one noted is not noted again: not every request is a write.
NOTED_EVERY = timedelta(seconds=30)
TOKEN_DAYS_AT_MOST = 366
# The convention that says after how many days without a sign-in a person is disabled.
IDLE_PERSONS: Final = "idle-persons"
WAY_BACK: Final = "An administrator enables the person again, on the person's page and with a reason."


def idle_limit(roles: Sequence[str]) -> timedelta:
    """How long a sign-in with these roles may rest."""
    return IDLE_ADMINISTRATOR if "administrator" in roles else IDLE


def new_secret() -> str:
    """256 random bits as 43 characters for an address or a cookie."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> bytes:
    """What is stored of a secret; 256 random bits need no salt."""
    return hashlib.sha256(secret.encode()).digest()


def check_roles(roles: Sequence[str], known: Sequence[str]) -> None:
    """Refuse unknown and doubled roles."""
    mistakes = [
        Mistake(f"roles.{i}", "Expected one of: " + ", ".join(known) + ".", role[:60])
        for i, role in enumerate(roles)
        if role not in known
    ]
    if len(set(roles)) != len(roles):
        mistakes.append(Mistake("roles", "Each role is named once."))
    if mistakes:
        raise Invalid("The roles need correcting.", mistakes=tuple(mistakes))


def day_before(day: date) -> date:
    """The day before: as the last day of a role or an absence it ends it at once."""
    return day - timedelta(days=1)


def is_here(since: date, until: date | None, today: date) -> bool:
    """Whether a person's time here has begun and not ended."""
    return since <= today and (until is None or until >= today)


def may_end(since: date, until: date) -> None:
    """An end lies on or after the beginning."""
    if until < since:
        raise Invalid(
            "The end lies before the beginning.",
            mistakes=(Mistake("until", f"Expected a day on or after {show_day(since)}.", until.isoformat()),),
        )


def may_issue_token(actor: int, person: int, *, service: int) -> None:
    """A token acts as its person, so each person makes their own; at the server's command line the service makes it."""
    if actor not in (person, service):
        raise Refused(
            "A token acts as its person in every trail, so only that person makes it.",
            way_out="Let the person make it, or make it at the server: pipir token create --person NAME.",
        )


def may_end_token(actor: int, person: int, *, service: int, administers: bool) -> None:
    """One's own token, and for an administrator anybody's: to end one gives nobody a power."""
    if actor not in (person, service) and not administers:
        raise Refused("Only its person or an administrator ends a token.")


def may_lose_administrator(others: int) -> None:
    """An installation keeps at least one administrator, or nobody could let anyone in."""
    if others == 0:
        raise Refused(
            "This person is the last administrator; the installation would be locked.",
            way_out="Give another person the role administrator first.",
        )


def idle_days(statute: Statute, on: date) -> int:
    """After how many days without a sign-in a person is disabled: a convention of the law's files."""
    return lookup.number(statute, IDLE_PERSONS, "days", on)


def may_sign_in(name: str, days: int, *, disabled: bool) -> None:
    """Refuse a person who has not signed in for too long."""
    if disabled:
        raise Refused(disabled_sentence(name, days), way_out=WAY_BACK)


def disabled_sentence(name: str, days: int) -> str:
    """Why a disabled person does not come in."""
    return f"{name} is disabled: {days} days without a sign-in."


def may_enable(*, disabled: bool) -> None:
    """There is nothing to enable where nothing is disabled; the days are not begun anew in advance."""
    if not disabled:
        raise Refused("This person is not disabled.")


def may_change_own_sight(actor: int, person: int, *, changed: bool) -> None:
    """Nobody decides as whom they read themselves."""
    if changed and actor == person:
        raise Refused(
            "As whom you read, and with which nationality, is changed by another administrator.",
            way_out="Ask another administrator to change your entry.",
        )


def check_nationality(kind: ReaderKind, nationality: str) -> Reader:
    """The reader that kind and nationality make; Invalid where the country is not in the list."""
    try:
        return Reader(kind=kind, nationality=nationality)
    except NotAReader as wrong:
        raise Invalid(
            wrong.detail,
            mistakes=(
                Mistake("nationality", "Expected USA or a partner's country code such as JPN.", nationality[:60]),
            ),
        ) from None


def may_see_as(own: Reader, chosen: Reader, *, session: bool) -> Reader:
    """As whom a person then reads: the chosen reader, never wider than the person's own sight."""
    if not session:
        raise Refused(
            "Only a browser's sign-in sees as another reader; a token always reads as its person.",
            way_out="Sign in with a browser and open See as.",
        )
    if chosen.kind == "us-government" and chosen.nationality == HOME:
        raise Refused(
            "Nobody sees as a reader of the US government: it is what you are already, or wider than your own sight.",
            way_out="Choose a contractor or a partner.",
        )
    return msgspec.structs.replace(chosen, within=own)


def may_hold(since: date, until: date | None, *, here: tuple[date, date | None]) -> None:
    """Days in an office or with a role lie within the person's own days here."""
    begins, ends = here
    mistakes = []
    if since < begins or (ends is not None and since > ends):
        expected = f"Expected a day from {show_day(begins)}" + (f" to {show_day(ends)}." if ends else " on.")
        mistakes.append(Mistake("since", expected, since.isoformat()))
    if until is not None and until < since:
        mistakes.append(Mistake("until", f"Expected a day on or after {show_day(since)}.", until.isoformat()))
    elif until is not None and ends is not None and until > ends:
        mistakes.append(Mistake("until", f"Expected a day on or before {show_day(ends)}.", until.isoformat()))
    if mistakes:
        raise Invalid("The days need correcting.", mistakes=tuple(mistakes))


def may_give_role(since: date, today: date) -> None:
    """A role is given from today or a later day: nobody held yesterday what was given today."""
    if since < today:
        expected = f"Expected {show_day(today)} or a later day."
        raise Invalid(
            "A role is not given for days that have passed.",
            mistakes=(Mistake("since", expected, since.isoformat()),),
        )


def may_end_role(since: date, until: date | None, last: date, today: date) -> None:
    """A role ends yesterday, which is at once, or on a later day; one that has ended stays as it was."""
    if until is not None and until < today:
        raise Refused("This role has ended already.")
    earliest = day_before(max(today, since))
    if last < earliest:
        expected = f"Expected {show_day(earliest)}, which ends it at once, or a later day."
        raise Invalid(
            "A role does not end in the past.",
            mistakes=(Mistake("until", expected, last.isoformat()),),
        )


def may_belong(since: date, closed: date | None) -> None:
    """Nobody joins an office that has ended; its first day is too seldom known to be held against anybody."""
    if closed is not None and since > closed:
        expected = f"Expected an office that is there; this one ended on {show_day(closed)}."
        raise Invalid("The office needs correcting.", mistakes=(Mistake("office_id", expected),))


def may_end_office(staying: int) -> None:
    """An office ends empty: its people have another one from the day after."""
    if staying:
        many = f"{staying} people belong" if staying > 1 else "One person belongs"
        raise Refused(
            f"{many} to this office after that day.",
            way_out="Move them to another office from the day after, then record the last day.",
        )


def may_rename(on: date, since: date | None, *, renamed: date | None, today: date) -> None:
    """A new name holds from a day that has come, after the office began and after its last new name."""
    earliest = max((each + timedelta(days=1) for each in (since, renamed) if each is not None), default=None)
    if on > today or (earliest is not None and on < earliest):
        expected = f"Expected a day {f'from {show_day(earliest)} ' if earliest else ''}to {show_day(today)}."
        raise Invalid("The day needs correcting.", mistakes=(Mistake("on", expected, on.isoformat()),))


def may_record_absence(actor: int, person: int, *, service: int, administers: bool) -> None:
    """One's own absence, and for an administrator anybody's: who falls ill cannot record it."""
    if actor not in (person, service) and not administers:
        raise NotAllowed("An absence is recorded by the person or by an administrator.")


class Substitute(msgspec.Struct, frozen=True):
    """What decides whether somebody may stand in: their days, their office's department, whether they are away."""

    since: date
    until: date | None
    department: str
    away: bool
    stands_in_for: str | None


def may_be_absent(
    since: date, until: date, today: date, absent: Substitute, stand_in: Substitute, *, same: bool
) -> None:
    """Who stands in belongs to the same department, is here on all of the days, and is not away themselves.

    A stand-in acts with their own roles and reads with their own eyes; what they gain is to answer for the office.
    """
    mistakes = []
    if since < today:
        mistakes.append(Mistake("since", f"Expected {show_day(today)} or a later day.", since.isoformat()))
    if until < since:
        mistakes.append(Mistake("until", f"Expected a day on or after {show_day(since)}.", until.isoformat()))
    if same:
        mistakes.append(Mistake("stand_in_id", "Expected another person."))
    elif stand_in.department != absent.department:
        expected = "Expected a person of the same department: no office answers for another department's."
        mistakes.append(Mistake("stand_in_id", expected, stand_in.department))
    elif stand_in.since > since or (stand_in.until is not None and stand_in.until < until):
        mistakes.append(Mistake("stand_in_id", "Expected a person who is here on all of these days."))
    elif stand_in.away:
        mistakes.append(Mistake("stand_in_id", "Expected a person who is not away themselves on these days."))
    if absent.stands_in_for is not None:
        expected = f"Expected other days: you stand in for {absent.stands_in_for} on some of these."
        mistakes.append(Mistake("since", expected, since.isoformat()))
    if mistakes:
        raise Invalid("The absence needs correcting.", mistakes=tuple(mistakes))


def may_end_absence(since: date, until: date, last: date, today: date) -> None:
    """An absence is cut short from today on, or called off before it began; it grows only by a new one."""
    if until < today:
        raise Refused("This absence is over.")
    earliest = max(since, today) - timedelta(days=1)
    if not earliest <= last <= until:
        expected = f"Expected a day from {show_day(earliest)}, which ends it at once, to {show_day(until)}."
        raise Invalid("The day needs correcting.", mistakes=(Mistake("until", expected, last.isoformat()),))
