"""What the commands of groups, meetings and actions have in common: the record that changes, locked."""

from typing import Literal

from sqlalchemy import select

from pipir.features.groups.tables import Meeting, WorkingGroup
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import GroupId, MeetingId
from pipir.kernel.marking import Reader
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession

Part = Literal["co-chair", "member", "observer"]


async def the_group(session: WriteSession, group_id: GroupId, reader: Reader) -> WorkingGroup:
    """The group, locked; NotFound where the reader may not see it."""
    group = await session.scalar(
        select(WorkingGroup)
        .where(WorkingGroup.id == group_id, visible_to(reader, WorkingGroup))
        .with_for_update(of=WorkingGroup)
    )
    if group is None:
        raise NotFound("There is no group with this number.")
    return group


async def the_meeting(
    session: WriteSession, meeting_id: int, reader: Reader, missing: str = "There is no meeting with this number."
) -> Meeting:
    """The meeting, locked; NotFound where the reader may not see it."""
    meeting = await session.scalar(
        select(Meeting)
        .where(Meeting.id == MeetingId(meeting_id), visible_to(reader, Meeting))
        .with_for_update(of=Meeting)
    )
    if meeting is None:
        raise NotFound(missing)
    return meeting


async def check_delegation(
    session: WriteSession, reader: Reader, participant_id: int | None, office_id: int | None
) -> None:
    """Invalid where the country or the office is none of this record that the reader may see."""
    mistakes = []
    if participant_id is not None:
        seen = select(Participant.id).where(Participant.id == participant_id, visible_to(reader, Participant))
        if await session.scalar(seen) is None:
            mistakes.append(Mistake("participant_id", "Expected a country of this record.", str(participant_id)))
    if office_id is not None and await session.get(Office, office_id) is None:
        mistakes.append(Mistake("office_id", "Expected an office of this record.", str(office_id)))
    if mistakes:
        raise Invalid("There is no such delegation or office.", mistakes=tuple(mistakes))
