"""What the tests of the trail share: a few changes, and one record whose marking hides it."""

from datetime import date

from pipir.features.participants import commands
from pipir.features.people.tables import SERVICE
from pipir.store.doors import Database
from tests.features.participants.situations import HIDDEN, enter

SECRET = "Hidden country"
ENDED = date(2027, 1, 1)


async def some_changes(db: Database) -> dict[str, int]:
    """Japan entered and ended; a country entered under a marking that no contractor reads."""
    japan, hidden = await enter(db), await enter(db, name=SECRET, code="XKS", marking=HIDDEN)
    async with db.write(actor=SERVICE, command="participant.end") as session:
        await commands.end_participant(session, japan, commands.EndParticipant(ENDED, "Entered twice."), version=1)
    return {"japan": japan, "hidden": hidden}


async def remark(db: Database, number: int, marking: str, *, version: int) -> None:
    """Give a country another marking."""
    async with db.write(actor=SERVICE, command="participant.revise") as session:
        body = commands.ReviseParticipant(f"Renamed {version}", "Other", marking)
        await commands.revise_participant(session, number, body, version=version)


LONG_AGO = date(2000, 1, 1)
