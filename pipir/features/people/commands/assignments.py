"""The dated offices and roles of a person: moved, given, ended; nothing of what was is written over."""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.orm.attributes import flag_modified

from pipir.features.people import rules
from pipir.features.people.commands.signing import end_sign_ins
from pipir.features.people.tables import Office, Person, PersonOffice, RoleAssignment
from pipir.kernel.access import Role
from pipir.kernel.command import command
from pipir.kernel.errors import NotFound, Refused
from pipir.kernel.ids import PersonId, RecordNumber, RoleAssignmentId
from pipir.store.doors import WriteSession

_DAY = timedelta(days=1)


class MovePerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The office to which a person belongs from a day on."""

    office_id: RecordNumber
    since: date


class GiveRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role from a day and, where it is lent, until one."""

    role: Role
    since: date
    until: date | None = None


class EndRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of a role; yesterday ends it at once."""

    until: date


@command("people.move-person", permission="people.administer", sunset="goes on")
async def move_person(session: WriteSession, person_id: PersonId, body: MovePerson, *, version: int) -> None:
    """Let a person belong to another office from a day on; the time in the former one ends the day before."""
    person = await locked_person(session, person_id, version)
    rules.may_hold(body.since, None, here=(person.since, person.until))
    await set_office(session, person, body.office_id, body.since)
    await session.flush()


@command("people.give-role", permission="people.administer", sunset="goes on")
async def give_role(session: WriteSession, person_id: PersonId, body: GiveRole) -> RoleAssignmentId:
    """Give a person a role from a day on."""
    person = await locked_person(session, person_id)
    rules.may_hold(body.since, body.until, here=(person.since, person.until))
    rules.may_give_role(body.since, session.today)
    given = RoleAssignment(
        person_id=person_id, role=body.role, since=body.since, until=_sooner(body.until, person.until)
    )
    session.add(given)
    flag_modified(person, "name")
    await session.flush()
    return RoleAssignmentId(given.id)


@command("people.end-role", permission="people.administer", sunset="goes on")
async def end_role(session: WriteSession, assignment_id: RoleAssignmentId, body: EndRole, *, version: int) -> None:
    """Say the last day of a person's role; one that has ended opens no door, in a sign-in that is open neither."""
    known = await session.get(RoleAssignment, assignment_id)
    if known is None:
        raise NotFound("There is no role of a person with this number.")
    person = await locked_person(session, PersonId(known.person_id))
    await session.refresh(known, with_for_update=True)
    session.check_version(known, version, title=f"This role of {person.name}")
    rules.may_end_role(known.since, known.until, body.until, session.today)
    rules.may_hold(known.since, None, here=(person.since, person.until))
    if known.role == "administrator":
        await check_others_administer(session, PersonId(known.person_id))
    known.until = _sooner(body.until, person.until)
    flag_modified(person, "name")
    await session.flush()
    if body.until < session.today:
        await end_sign_ins(session, PersonId(known.person_id))


async def locked_person(session: WriteSession, person_id: PersonId, version: int | None = None) -> Person:
    """The person, locked, so that their dated rows change one after the other."""
    person = await session.get(Person, person_id, with_for_update={"of": Person})
    if person is None or person.kind != "person":
        raise NotFound("There is no person with this number.")
    if version is not None:
        session.check_version(person, version, title=f"The entry of {person.name}")
    return person


async def open_office_on(session: WriteSession, office_id: int, on: date) -> None:
    """Lock an office that somebody is to belong to, so that it is not closed meanwhile."""
    office = await session.get(Office, office_id, with_for_update=True)
    if office is None:
        raise NotFound("There is no office with this number.")
    rules.may_belong(on, office.until)


async def set_office(session: WriteSession, person: Person, office_id: int, on: date) -> None:
    """Let a person belong to an office from a day on, or from their first day where that lies ahead."""
    day = max(on, person.since)
    if person.until is not None:
        day = min(day, person.until)
    current = (
        await session.scalars(
            select(PersonOffice)
            .where(
                PersonOffice.person_id == person.id,
                PersonOffice.since <= day,
                or_(PersonOffice.until.is_(None), PersonOffice.until >= day),
            )
            .with_for_update()
        )
    ).one()
    if current.office_id == office_id:
        return
    await open_office_on(session, office_id, day)
    flag_modified(person, "name")
    until = current.until
    # What was entered for this very day never came to be: it is taken back, and stays as a row.
    current.until = day - _DAY
    await session.flush()
    session.add(PersonOffice(person_id=person.id, office_id=office_id, since=day, until=until))
    await session.flush()


async def set_roles(session: WriteSession, person: Person, roles: Sequence[Role]) -> None:
    """Let a person hold these roles from today on, or from their first day where that lies ahead, and no others."""
    day = max(session.today, person.since)
    known = list(
        await session.scalars(
            select(RoleAssignment)
            .where(
                RoleAssignment.person_id == person.id,
                or_(RoleAssignment.until.is_(None), RoleAssignment.until >= day),
            )
            .order_by(RoleAssignment.since, RoleAssignment.id)
            .with_for_update()
        )
    )
    held = {each.role: each for each in known if each.since <= day}
    if set(held) == set(roles):
        return
    if person.until is not None and person.until < day:
        raise Refused("This person's time here has ended; nobody holds a role after their last day.")
    if "administrator" in held and "administrator" not in roles:
        await check_others_administer(session, PersonId(person.id))
    for role, each in held.items():
        if role not in roles:
            each.until = day - _DAY
    await session.flush()
    for role in roles:
        if role not in held:
            later = min((each.since - _DAY for each in known if each.role == role), default=None)
            session.add(RoleAssignment(person_id=person.id, role=role, since=day, until=_sooner(later, person.until)))
    flag_modified(person, "name")
    await session.flush()
    await end_sign_ins(session, PersonId(person.id))


async def close_all(session: WriteSession, person: Person, until: date) -> None:
    """End a person's office and roles with a last day; a later last day than the one known before opens them again."""
    times = await session.scalars(select(PersonOffice).where(PersonOffice.person_id == person.id).with_for_update())
    roles = await session.scalars(select(RoleAssignment).where(RoleAssignment.person_id == person.id).with_for_update())
    for row in (*times, *roles):
        if row.until is None or row.until > until or row.until == person.until:
            row.until = max(until, row.since - _DAY)
    await session.flush()


async def check_others_administer(session: WriteSession, person_id: PersonId) -> None:
    """Refuse to take the role administrator from the last person who holds it without an end."""
    # Locked in one order, and then looked at anew: two who lay the role down at once are not both "not the last one".
    ever = select(RoleAssignment.person_id).where(RoleAssignment.role == "administrator")
    await session.execute(select(Person.id).where(Person.id.in_(ever)).order_by(Person.id).with_for_update())
    others = await session.scalars(
        select(RoleAssignment.person_id)
        .join(Person, Person.id == RoleAssignment.person_id)
        .where(
            RoleAssignment.role == "administrator",
            RoleAssignment.person_id != person_id,
            RoleAssignment.since <= session.today,
            RoleAssignment.until.is_(None),
            Person.since <= session.today,
            Person.until.is_(None),
        )
    )
    rules.may_lose_administrator(len(set(others)))


def _sooner(one: date | None, other: date | None) -> date | None:
    return min((each for each in (one, other) if each is not None), default=None)
