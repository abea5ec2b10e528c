"""What can change in people."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from sqlalchemy import func, select, update

from pipir.features.people import rules
from pipir.features.people.tables import SERVICE, ApiToken, Office, Person, SignIn
from pipir.kernel.access import ROLES, Role
from pipir.kernel.command import command
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import OfficeId, PersonId, RecordNumber, TokenId
from pipir.kernel.text import Line, MailAddress
from pipir.store.doors import WriteSession

Department = Literal["Department of Defense", "Department of State", "Other"]


class OpenOffice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An office as it is entered."""

    symbol: Line
    name: Line
    department: Department
    since: date


class ReviseOffice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of an office."""

    symbol: Line
    name: Line
    department: Department


class EndOffice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of an office."""

    until: date


class AddPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person as entered; roles decide what they may do."""

    name: Line
    title: Line
    office_id: RecordNumber
    since: date
    roles: list[Role] = []
    reader_kind: Literal["us-government", "contractor"] = "us-government"
    email: MailAddress | None = None


class RevisePerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a person."""

    name: Line
    title: Line
    office_id: RecordNumber
    roles: list[Role] = []
    reader_kind: Literal["us-government", "contractor"] = "us-government"
    email: MailAddress | None = None


class EndPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day on which a person may sign in."""

    until: date


class IssueToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token for a program that acts as a person; it ends after `days`."""

    name: Line
    days: Annotated[int, msgspec.Meta(ge=1, le=rules.TOKEN_DAYS_AT_MOST)] = 90


class RevokeToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing but the wish to end a token now."""


@command("people.open-office", permission="people.administer", sunset="goes on")
async def open_office(session: WriteSession, body: OpenOffice) -> OfficeId:
    """Enter an office."""
    office = Office(symbol=body.symbol, name=body.name, department=body.department, since=body.since)
    session.add(office)
    await session.flush()
    return OfficeId(office.id)


@command("people.revise-office", permission="people.administer", sunset="goes on")
async def revise_office(session: WriteSession, office_id: OfficeId, body: ReviseOffice, *, version: int) -> None:
    """Correct an office's symbol, name or department."""
    office = await _office(session, office_id, version)
    office.symbol, office.name, office.department = body.symbol, body.name, body.department
    await session.flush()


@command("people.end-office", permission="people.administer", sunset="goes on")
async def end_office(session: WriteSession, office_id: OfficeId, body: EndOffice, *, version: int) -> None:
    """Close an office on a day; it stays in the record."""
    office = await _office(session, office_id, version)
    rules.may_end(office.since, body.until)
    office.until = body.until
    await session.flush()


@command("people.add-person", permission="people.administer", sunset="goes on")
async def add_person(session: WriteSession, body: AddPerson) -> PersonId:
    """Enter a person with their office and roles."""
    rules.check_roles(body.roles, ROLES)
    await _existing_office(session, body.office_id)
    person = Person(
        name=body.name,
        title=body.title,
        office_id=body.office_id,
        roles=list(body.roles),
        reader_kind=body.reader_kind,
        email=body.email,
        since=body.since,
    )
    session.add(person)
    await session.flush()
    return PersonId(person.id)


@command("people.revise-person", permission="people.administer", sunset="goes on")
async def revise_person(session: WriteSession, person_id: PersonId, body: RevisePerson, *, version: int) -> None:
    """Change a person's name, title, office, roles or mail address; their open sign-ins end where the roles change."""
    rules.check_roles(body.roles, ROLES)
    person = await _person(session, person_id, version)
    await _existing_office(session, body.office_id)
    if "administrator" in person.roles and "administrator" not in body.roles:
        rules.may_lose_administrator(await _other_administrators(session, person_id))
    if set(person.roles) != set(body.roles):
        await _end_sign_ins(session, person_id)
    person.name, person.title, person.office_id = body.name, body.title, body.office_id
    person.roles, person.reader_kind = list(body.roles), body.reader_kind
    person.email = body.email
    await session.flush()


@command("people.end-person", permission="people.administer", sunset="goes on")
async def end_person(session: WriteSession, person_id: PersonId, body: EndPerson, *, version: int) -> None:
    """Say a person's last day; sign-ins and tokens end with it."""
    person = await _person(session, person_id, version)
    rules.may_end(person.since, body.until)
    if "administrator" in person.roles:
        rules.may_lose_administrator(await _other_administrators(session, person_id))
    person.until = body.until
    if body.until < session.today:
        await _end_sign_ins(session, person_id)
        await session.execute(
            update(ApiToken)
            .where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
            .values(revoked_at=func.clock_timestamp())
        )
    await session.flush()


@command("people.issue-token", permission="tokens.own", sunset="goes on")
async def issue_token(session: WriteSession, person_id: PersonId, body: IssueToken) -> str:
    """Make an API token that acts as a person, and return it: it is shown this once and stored as a hash only."""
    person = await session.get(Person, person_id)
    if person is None or person.kind != "person":
        raise NotFound("There is no person with this number.")
    rules.may_issue_token(session.actor, person_id, service=SERVICE)
    secret = rules.new_secret()
    now = await _real_now(session)
    session.add(
        ApiToken(
            token_hash=rules.hash_of("pipir_" + secret),
            name=body.name,
            person_id=person_id,
            made_at=now,
            ends_at=now + timedelta(days=body.days),
        )
    )
    await session.flush()
    return "pipir_" + secret


@command("people.revoke-token", permission="tokens.own", sunset="goes on")
async def revoke_token(session: WriteSession, token_id: TokenId, body: RevokeToken) -> None:
    """End a token now."""
    token = await session.get(ApiToken, token_id, with_for_update=True)
    if token is None:
        raise NotFound("There is no token with this number.")
    actor = await session.get(Person, session.actor)
    administers = actor is not None and "administrator" in actor.roles
    rules.may_end_token(session.actor, token.person_id, service=SERVICE, administers=administers)
    if token.revoked_at is None:
        token.revoked_at = await _real_now(session)
    await session.flush()


async def sign_in(session: WriteSession, person_id: PersonId, *, consent_sha256: str) -> str:
    """Open a browser session and return the cookie's secret; only its hash is stored."""
    person = await session.get(Person, person_id)
    if person is None or person.kind != "person" or (person.until is not None and person.until < session.today):
        raise NotFound("There is no such person, or their time here has ended.")
    secret = rules.new_secret()
    now = await _real_now(session)
    session.add(
        SignIn(
            token_hash=rules.hash_of(secret),
            csrf=rules.new_secret(),
            person_id=person_id,
            made_at=now,
            last_seen_at=now,
            ends_at=now + rules.ABSOLUTE,
            consent_sha256=consent_sha256,
        )
    )
    await session.flush()
    return secret


async def sign_out(session: WriteSession, sign_in_id: int) -> None:
    """End a browser session at once."""
    await session.execute(
        update(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.revoked_at.is_(None))
        .values(revoked_at=func.clock_timestamp())
    )


async def _office(session: WriteSession, office_id: OfficeId, version: int) -> Office:
    office = await session.get(Office, office_id, with_for_update=True)
    if office is None:
        raise NotFound("There is no office with this number.")
    session.check_version(office, version, title=f"The office {office.symbol}")
    return office


async def _existing_office(session: WriteSession, office_id: int) -> None:
    if await session.get(Office, office_id) is None:
        raise NotFound("There is no office with this number.")


async def _person(session: WriteSession, person_id: PersonId, version: int) -> Person:
    person = await session.get(Person, person_id, with_for_update=True)
    if person is None or person.kind != "person":
        raise NotFound("There is no person with this number.")
    session.check_version(person, version, title=f"The entry of {person.name}")
    return person


async def _other_administrators(session: WriteSession, person_id: PersonId) -> int:
    # All administrators are locked, in one order: two who lay the role down at once are not both "not the last one".
    found = await session.execute(
        select(Person.id, Person.since, Person.until)
        .where(Person.roles.contains(["administrator"]))
        .order_by(Person.id)
        .with_for_update()
    )
    return sum(
        number != person_id and since <= session.today and (until is None or until >= session.today)
        for number, since, until in found
    )


async def _end_sign_ins(session: WriteSession, person_id: PersonId) -> None:
    await session.execute(
        update(SignIn)
        .where(SignIn.person_id == person_id, SignIn.revoked_at.is_(None))
        .values(revoked_at=func.clock_timestamp())
    )


async def _real_now(session: WriteSession) -> datetime:
    # Sign-ins and tokens live in real time: a program clock moved years ahead ends nobody's session.
    now = await session.scalar(select(func.clock_timestamp()))
    assert isinstance(now, datetime)
    return now
