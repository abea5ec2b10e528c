"""What is allowed in people: who may hold which role, how long a sign-in lasts."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, timedelta

from pipir.kernel.errors import Invalid, Mistake, Refused

# A sign-in ends after this long without use, and in any case after ABSOLUTE; administrators' sooner.
IDLE = timedelta(minutes=15)
IDLE_ADMINISTRATOR = timedelta(minutes=10)
ABSOLUTE = timedelta(hours=12)
# A use within this time of the last one noted is not noted again: not every request is a write.
NOTED_EVERY = timedelta(seconds=30)
TOKEN_DAYS_AT_MOST = 366


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


def may_end(since: date, until: date) -> None:
    """An end lies on or after the beginning."""
    if until < since:
        raise Invalid(
            "The end lies before the beginning.",
            mistakes=(Mistake("until", f"Expected a day on or after {since.isoformat()}.", until.isoformat()),),
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
