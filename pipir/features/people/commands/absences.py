"""Absences and who stands in."""

from datetime import date

import msgspec
from sqlalchemy import select

from pipir.features.people import rules
from pipir.features.people.tables import SERVICE, Absence, Office, Person
from pipir.kernel.command import command
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import AbsenceId, PersonId, RecordNumber
from pipir.store.doors import WriteSession


class RecordAbsence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The days on which a person is away, and who stands in."""

    stand_in_id: RecordNumber
    since: date
    until: date


class EndAbsence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of an absence that ends sooner; the day before it began calls it off."""

    until: date


@command("people.record-absence", permission="absences.own", sunset="goes on")
async def record_absence(session: WriteSession, person_id: PersonId, body: RecordAbsence) -> AbsenceId:
    """Record that a person is away, and who answers for their office and finds their inbox meanwhile."""
    await _check_actor(session, person_id)
    # In one order: two who name each other at once do not both stand in while they are away.
    for number in sorted({int(person_id), body.stand_in_id}):
        locked = await session.get(Person, number, with_for_update={"of": Person})
        if locked is None or locked.kind != "person":
            raise NotFound("There is no person with this number.")
    absent = await _substitute(session, person_id, body)
    stand_in = await _substitute(session, body.stand_in_id, body)
    rules.may_be_absent(
        body.since, body.until, session.today, absent, stand_in, same=int(person_id) == body.stand_in_id
    )
    absence = Absence(person_id=person_id, stand_in_id=body.stand_in_id, since=body.since, until=body.until)
    session.add(absence)
    await session.flush()
    return AbsenceId(absence.id)


@command("people.end-absence", permission="absences.own", sunset="goes on")
async def end_absence(session: WriteSession, absence_id: AbsenceId, body: EndAbsence, *, version: int) -> None:
    """Cut an absence short, or call it off."""
    absence = await session.get(Absence, absence_id, with_for_update=True)
    if absence is None:
        raise NotFound("There is no absence with this number.")
    await _check_actor(session, absence.person_id)
    session.check_version(absence, version, title="This absence")
    rules.may_end_absence(absence.since, absence.until, body.until, session.today)
    absence.until = body.until
    await session.flush()


async def _check_actor(session: WriteSession, person_id: int) -> None:
    actor = await session.get(Person, session.actor)
    administers = actor is not None and "administrator" in actor.roles
    rules.may_record_absence(session.actor, person_id, service=SERVICE, administers=administers)


async def _substitute(session: WriteSession, person_id: int, body: RecordAbsence) -> rules.Substitute:
    row = (
        await session.execute(
            select(Person.since, Person.until, Office.department)
            .select_from(Person)
            .join(Office, Office.id == Person.office_id)
            .where(Person.id == person_id)
        )
    ).one()
    overlapping = (Absence.since <= body.until, Absence.until >= body.since, Absence.until >= Absence.since)
    away = await session.scalar(select(Absence.id).where(Absence.person_id == person_id, *overlapping).limit(1))
    stood_in_for = await session.scalar(
        select(Person.name)
        .join(Absence, Absence.person_id == Person.id)
        .where(Absence.stand_in_id == person_id, *overlapping)
        .order_by(Absence.since)
        .limit(1)
    )
    return rules.Substitute(row.since, row.until, row.department, away is not None, stood_in_for)
