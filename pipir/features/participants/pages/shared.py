"""What the pages of participants share: a day in an address, the banner, a country as the reader may see it."""

from datetime import date
from typing import Final

from pipir.features.participants import queries
from pipir.features.participants.queries import ParticipantView
from pipir.kernel.access import Caller
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.ids import ParticipantId
from pipir.store.doors import Database

TRAIL: Final = ("Participants", "/participants")


def day_in(name: str, typed: str) -> date | None:
    """A day of an address, None where it is left blank."""
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise Invalid(
            "The record cannot be asked for that day.",
            mistakes=(Mistake(name, "Expected a date such as 2027-03-01.", typed[:60]),),
        ) from None


async def seen(db: Database, caller: Caller, participant_id: int) -> ParticipantView:
    """The country of an address, or NotFound."""
    async with db.read() as session:
        return await queries.participant(session, caller.reader, ParticipantId(participant_id))
