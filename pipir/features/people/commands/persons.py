"""Persons: entered, changed, enabled again, ended."""

from datetime import date
from typing import Literal

import msgspec
from sqlalchemy import func, update

from pipir.features.people import rules
from pipir.features.people.commands.assignments import (
    check_others_administer,
    close_all,
    locked_person,
    open_office_on,
    set_office,
    set_roles,
)
from pipir.features.people.commands.signing import end_sign_ins
from pipir.features.people.queries import is_disabled, real_now
from pipir.features.people.tables import ApiToken, Person, PersonOffice, RoleAssignment
from pipir.kernel.access import ROLES, Role
from pipir.kernel.command import command
from pipir.kernel.ids import PersonId, RecordNumber
from pipir.kernel.marking import HOME
from pipir.kernel.text import Line, MailAddress, Reason
from pipir.store.doors import WriteSession

EmployerKind = Literal["us-government", "contractor"]


class AddPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person as entered; roles decide what they may do, kind and nationality what they may read."""

    name: Line
    title: Line
    office_id: RecordNumber
    since: date
    roles: list[Role] = []
    reader_kind: EmployerKind = "us-government"
    nationality: Line = HOME
    email: MailAddress | None = None


class RevisePerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a person; another office and other roles hold from today on."""

    name: Line
    title: Line
    office_id: RecordNumber
    roles: list[Role] = []
    reader_kind: EmployerKind = "us-government"
    nationality: Line = HOME
    email: MailAddress | None = None


class EnablePerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a person who was disabled comes in again."""

    because: Reason


class EndPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day on which a person may sign in."""

    until: date


@command("people.add-person", permission="people.administer", sunset="goes on")
async def add_person(session: WriteSession, body: AddPerson) -> PersonId:
    """Enter a person with their office and roles, from their first day on."""
    rules.check_roles(body.roles, ROLES)
    rules.check_nationality(body.reader_kind, body.nationality)
    await open_office_on(session, body.office_id, body.since)
    person = Person(
        name=body.name,
        title=body.title,
        reader_kind=body.reader_kind,
        nationality=body.nationality,
        email=body.email,
        since=body.since,
        enabled_at=await real_now(session),
    )
    session.add(person)
    await session.flush()
    session.add(PersonOffice(person_id=person.id, office_id=body.office_id, since=body.since))
    session.add_all(RoleAssignment(person_id=person.id, role=role, since=body.since) for role in body.roles)
    await session.flush()
    return PersonId(person.id)


@command("people.revise-person", permission="people.administer", sunset="goes on")
async def revise_person(session: WriteSession, person_id: PersonId, body: RevisePerson, *, version: int) -> None:
    """Change a person's name, title, office, roles, reader or mail address; where roles change their sign-ins end."""
    rules.check_roles(body.roles, ROLES)
    rules.check_nationality(body.reader_kind, body.nationality)
    person = await locked_person(session, person_id, version)
    rules.may_change_own_sight(
        session.actor,
        person_id,
        changed=(person.reader_kind, person.nationality) != (body.reader_kind, body.nationality),
    )
    await set_office(session, person, body.office_id, session.today)
    await set_roles(session, person, body.roles)
    person.name, person.title, person.email = body.name, body.title, body.email
    person.reader_kind, person.nationality = body.reader_kind, body.nationality
    await session.flush()


@command("people.enable-person", permission="people.administer", sunset="goes on")
async def enable_person(session: WriteSession, person_id: PersonId, body: EnablePerson, *, version: int) -> None:
    """Let a disabled person come in again; the days without a sign-in are counted anew from now on."""
    person = await locked_person(session, person_id, version)
    rules.may_enable(disabled=await is_disabled(session, person_id))
    now = await real_now(session)
    person.enabled_at, person.enabled_because = now, body.because
    await session.flush()


@command("people.end-person", permission="people.administer", sunset="goes on")
async def end_person(session: WriteSession, person_id: PersonId, body: EndPerson, *, version: int) -> None:
    """Say a person's last day; office, roles, sign-ins and tokens end with it."""
    person = await locked_person(session, person_id, version)
    rules.may_end(person.since, body.until)
    if "administrator" in person.roles:
        await check_others_administer(session, person_id)
    await close_all(session, person, body.until)
    person.until = body.until
    await session.flush()
    if body.until < session.today:
        await end_sign_ins(session, person_id)
        await session.execute(
            update(ApiToken)
            .where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
            .values(revoked_at=func.clock_timestamp())
        )
