"""What can change in participants."""

from datetime import date
from typing import Annotated

import msgspec
from sqlalchemy import select

from pipir.features.concurrence.queries import Proposal, permit
from pipir.features.law import queries as law
from pipir.features.law.rules import Act
from pipir.features.participants import rules
from pipir.features.participants.rules import ForumStanding, Region, Standing
from pipir.features.participants.tables import Participant
from pipir.features.people.queries import reader_of
from pipir.kernel.command import command
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import ParticipantId, RecordNumber
from pipir.kernel.marking import read_marking
from pipir.kernel.text import Line, Reason, SourceText
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession

Code = Annotated[
    str,
    msgspec.Meta(
        min_length=3, max_length=3, pattern=r"^[A-Z]{3}$(?!\n)", description="Three capital letters, such as AUS."
    ),
]
MarkingText = Annotated[str, msgspec.Meta(min_length=1, max_length=500, description="Such as CUI//NOFORN.")]


class EnterParticipant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A country as entered; its standings are recorded by commands of their own."""

    name: Line
    code: Code
    region: Region
    marking: MarkingText = "UNCLASSIFIED"


class ReviseParticipant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be corrected of a country; its code stays, since other records refer to it."""

    name: Line
    region: Region
    marking: MarkingText


class RecordStanding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step of the invitation process of section 1253(d), with its day and source."""

    value: Standing
    since: date
    source: SourceText
    # Of an invitation: what it rests on where that is not section 1253(d), and its papers after the termination.
    program_authority: Line | None = None
    continuation_id: RecordNumber | None = None
    late_because: Reason | None = None
    late_document: Line | None = None


class RecordForumStanding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Participation in the forum as reported, with its day and source."""

    value: ForumStanding
    since: date
    source: SourceText


class EndParticipant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of a country's entry, and why."""

    until: date
    because: Reason


@command("participant.enter", permission="participants.change", sunset="goes on")
async def enter_participant(session: WriteSession, body: EnterParticipant) -> ParticipantId:
    """Enter a country; its standings are not public until they are recorded."""
    marking = read_marking(body.marking, await reader_of(session, session.actor))
    participant = Participant(name=body.name, code=body.code, region=body.region)
    participant.mark(marking)
    session.add(participant)
    await session.flush()
    return ParticipantId(participant.id)


@command("participant.revise", permission="participants.change", sunset="goes on")
async def revise_participant(
    session: WriteSession, participant_id: ParticipantId, body: ReviseParticipant, *, version: int
) -> None:
    """Correct a country's name, region or marking."""
    participant = await _participant(session, participant_id, version)
    marking = read_marking(body.marking, await reader_of(session, session.actor))
    participant.name, participant.region = body.name, body.region
    participant.mark(marking)
    await session.flush()


@command("participant.record-standing", permission="participants.change", sunset="invitation")
async def record_standing(
    session: WriteSession, participant_id: ParticipantId, body: RecordStanding, *, version: int
) -> None:
    """Record a country's standing under section 1253(d)."""
    participant = await _participant(session, participant_id, version)
    rules.may_change(participant.name, participant.until)
    rules.may_record_standing(
        participant.code,
        participant.standing,
        participant.standing_since,
        body.value,
        body.since,
        statute=await law.law_of(session),
    )
    if body.value == "invited":
        act = Act(
            kind="invitation",
            on=body.since,
            authority=body.program_authority,
            record_id=participant_id,
            title=participant.name,
            late_because=body.late_because,
            late_document=body.late_document,
        )
        await law.basis_of(session, act, continuation_id=body.continuation_id)
        await permit(session, _invitation(participant, body))
        participant.acts, participant.decided_on = participant.acts + 1, body.since
        participant.program_authority, participant.continuation_id = body.program_authority, body.continuation_id
        participant.late_because, participant.late_document = body.late_because, body.late_document
    participant.standing, participant.standing_since, participant.standing_source = body.value, body.since, body.source
    await session.flush()


@command("participant.record-forum-standing", permission="participants.change", sunset="records")
async def record_forum_standing(
    session: WriteSession, participant_id: ParticipantId, body: RecordForumStanding, *, version: int
) -> None:
    """Record a country's participation in the forum as reported."""
    participant = await _participant(session, participant_id, version)
    rules.may_change(participant.name, participant.until)
    rules.may_record_forum_standing(participant.forum_standing, participant.forum_since, body.value, body.since)
    participant.forum_standing, participant.forum_since = body.value, body.since
    participant.forum_source = body.source
    await session.flush()


@command("participant.end", permission="participants.change", sunset="goes on")
async def end_participant(
    session: WriteSession, participant_id: ParticipantId, body: EndParticipant, *, version: int
) -> None:
    """Say the last day of a country's entry and why; it stays in the record."""
    participant = await _participant(session, participant_id, version)
    rules.may_end(participant.standing_since, participant.forum_since, body.until)
    participant.until, participant.ended_because = body.until, body.because
    await session.flush()


def _invitation(participant: Participant, body: RecordStanding) -> Proposal:
    """The invitation as it is put to offices; its day is no part of what they agree to."""
    country = {"country": participant.code}
    rests = the_statute().provision(body.program_authority or rules.PROVISION).short_citation
    return Proposal(
        act="invitation",
        kind="participant",
        number=participant.id,
        title=f"Invite {participant.name}"[:200],
        href=f"/participants/{participant.id}",
        before=country | {"standing": participant.standing or "nothing recorded"} | _rested(participant),
        after=country | {"standing": "invited", "authority": rests},
        marking=participant.marking,
    )


def _rested(participant: Participant) -> dict[str, str]:
    """What an invitation that stands rests on, so that its day or source is corrected without asking anew."""
    if participant.standing != "invited":
        return {}
    return {"authority": the_statute().provision(participant.program_authority or rules.PROVISION).short_citation}


async def _participant(session: WriteSession, participant_id: ParticipantId, version: int) -> Participant:
    reader = await reader_of(session, session.actor)
    participant = await session.scalar(
        select(Participant).where(Participant.id == participant_id, visible_to(reader, Participant)).with_for_update()
    )
    if participant is None:
        raise NotFound("There is no participant with this number.")
    session.check_version(participant, version, title=f"The entry of {participant.name}")
    return participant
