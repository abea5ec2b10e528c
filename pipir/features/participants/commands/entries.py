"""A country's entry: chosen from the register, corrected, ended."""

from datetime import date
from typing import Annotated

import msgspec
from sqlalchemy import select

from pipir.features.participants import rules
from pipir.features.participants.tables import Participant
from pipir.features.people.queries import reader_of
from pipir.kernel.command import command
from pipir.kernel.countries import Region
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import ParticipantId
from pipir.kernel.marking import read_marking
from pipir.kernel.text import Line, Reason
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession

Code = Annotated[
    str,
    msgspec.Meta(
        min_length=3, max_length=3, pattern=r"^[A-Z]{3}$(?!\n)", description="A code of the register, such as AUS."
    ),
]
MarkingText = Annotated[str, msgspec.Meta(min_length=1, max_length=500, description="Such as CUI//NOFORN.")]


class EnterParticipant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A country of the register; without a name or region it has those of the register.

    Its standings are recorded by commands of their own.
    """

    code: Code
    name: Line | None = None
    region: Region | None = None
    marking: MarkingText = "UNCLASSIFIED"


class ReviseParticipant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be corrected of a country; its code stays, since other records refer to it."""

    name: Line
    region: Region
    marking: MarkingText


class EndParticipant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of a country's entry, and why."""

    until: date
    because: Reason


@command("participant.enter", permission="participants.change", sunset="goes on")
async def enter_participant(session: WriteSession, body: EnterParticipant) -> ParticipantId:
    """Enter a country of the register; its standings are not public until they are recorded."""
    known = rules.known_country(body.code, body.name)
    marking = read_marking(body.marking, await reader_of(session, session.actor))
    participant = Participant(name=body.name or known.name, code=body.code, region=body.region or known.region)
    participant.mark(marking)
    session.add(participant)
    await session.flush()
    return ParticipantId(participant.id)


@command("participant.revise", permission="participants.change", sunset="goes on")
async def revise_participant(
    session: WriteSession, participant_id: ParticipantId, body: ReviseParticipant, *, version: int
) -> None:
    """Correct a country's name, region or marking."""
    participant = await the_participant(session, participant_id, version)
    rules.known_country(participant.code, body.name)
    marking = read_marking(body.marking, await reader_of(session, session.actor))
    participant.name, participant.region = body.name, body.region
    participant.mark(marking)
    await session.flush()


@command("participant.end", permission="participants.change", sunset="goes on")
async def end_participant(
    session: WriteSession, participant_id: ParticipantId, body: EndParticipant, *, version: int
) -> None:
    """Say the last day of a country's entry and why; it stays in the record."""
    participant = await the_participant(session, participant_id, version)
    rules.may_end(participant.standing_since, participant.forum_since, body.until)
    participant.until, participant.ended_because = body.until, body.because
    await session.flush()


async def the_participant(session: WriteSession, participant_id: ParticipantId, version: int | None) -> Participant:
    """The country, locked; NotFound where the writer may not see it, Stale where it has moved on."""
    reader = await reader_of(session, session.actor)
    participant = await session.scalar(
        select(Participant).where(Participant.id == participant_id, visible_to(reader, Participant)).with_for_update()
    )
    if participant is None:
        raise NotFound("There is no participant with this number.")
    if version is not None:
        session.check_version(participant, version, title=f"The entry of {participant.name}")
    return participant
