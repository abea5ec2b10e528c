"""National points of contact: the office of a country that is spoken to, from when and until when."""

from datetime import date
from typing import Annotated

import msgspec
from sqlalchemy import select

from pipir.features.participants import rules
from pipir.features.participants.commands.entries import MarkingText, the_participant
from pipir.features.participants.tables import PointOfContact
from pipir.features.people.queries import reader_of
from pipir.kernel.command import command
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import ParticipantId, PointOfContactId
from pipir.kernel.marking import read_marking
from pipir.kernel.text import Line, MailAddress, Reason
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession

Phone = Annotated[
    str,
    msgspec.Meta(max_length=40, pattern=r"^\+?[0-9][0-9 ()./-]{2,38}$(?!\n)", description="Such as +81 3 0000 0000."),
]


class EnterContact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An office and its function; the person behind it stands on its pages only, and in no file, report or feed."""

    office: Line
    function: Line
    since: date
    person_name: Line | None = None
    mail: MailAddress | None = None
    phone: Phone | None = None
    marking: MarkingText = "CUI"


class ReviseContact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be corrected of a point of contact; another office is an entry of its own."""

    office: Line
    function: Line
    person_name: Line | None = None
    mail: MailAddress | None = None
    phone: Phone | None = None
    marking: MarkingText = "CUI"


class EndContact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of a point of contact, and why."""

    until: date
    because: Reason


@command("participant.enter-contact", permission="participants.change", sunset="goes on")
async def enter_contact(session: WriteSession, participant_id: ParticipantId, body: EnterContact) -> PointOfContactId:
    """Enter a country's point of contact."""
    participant = await the_participant(session, participant_id, None)
    rules.may_change(participant.name, participant.until)
    contact = PointOfContact(participant_id=participant_id, since=body.since)
    await _fill(session, contact, body)
    session.add(contact)
    await session.flush()
    return PointOfContactId(contact.id)


@command("participant.revise-contact", permission="participants.change", sunset="goes on")
async def revise_contact(
    session: WriteSession, contact_id: PointOfContactId, body: ReviseContact, *, version: int
) -> None:
    """Correct a point of contact, or name another person in its office."""
    contact = await _contact(session, contact_id, version)
    await _fill(session, contact, body)
    await session.flush()


@command("participant.end-contact", permission="participants.change", sunset="goes on")
async def end_contact(session: WriteSession, contact_id: PointOfContactId, body: EndContact, *, version: int) -> None:
    """Say the last day of a point of contact; the person behind it leaves the record with that day."""
    contact = await _contact(session, contact_id, version)
    rules.may_end_on(contact.since, contact.until, body.until, "The point of contact")
    contact.until, contact.ended_because = body.until, body.because
    contact.person_name = contact.mail = contact.phone = None
    await session.flush()


async def _fill(session: WriteSession, contact: PointOfContact, body: EnterContact | ReviseContact) -> None:
    marking = read_marking(body.marking, await reader_of(session, session.actor))
    contact.office, contact.function = body.office, body.function
    contact.person_name, contact.mail, contact.phone = body.person_name, body.mail, body.phone
    contact.mark(marking)


async def _contact(session: WriteSession, contact_id: PointOfContactId, version: int) -> PointOfContact:
    reader = await reader_of(session, session.actor)
    contact = await session.scalar(
        select(PointOfContact)
        .where(PointOfContact.id == contact_id, visible_to(reader, PointOfContact))
        .with_for_update()
    )
    if contact is None:
        raise NotFound("There is no point of contact with this number.")
    await the_participant(session, ParticipantId(contact.participant_id), None)
    session.check_version(contact, version, title=f"The point of contact {contact.office}")
    return contact
