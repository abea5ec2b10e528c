"""What the tests of engagement share: a valid entry, an organization, a promise."""

from datetime import date
from typing import Any

from pipir.features.engagement import commands
from pipir.features.engagement.tables import CommitmentId, EngagementId, OrganizationId
from pipir.features.people.tables import SERVICE
from pipir.kernel.marking import Reader
from pipir.store.doors import Database

OFFICIAL = Reader("us-government")
CONTRACTOR = Reader("contractor")
HIDDEN = "CUI//FED ONLY"
TODAY = date(2026, 11, 20)
ON = date(2026, 10, 6)
ENTRY = {
    "name": "Forum of suppliers",
    "kind": "event",
    "starts_on": ON,
    "ends_on": ON,
    "place": "Huntsville",
    "topic": "Second shifts",
    "objectives": ["1253.b.2"],
    "lead_office_id": 1,
    "source": "Invitation",
}
COMPANY = {"name": "Castings Company", "kind": "industry", "country": "USA", "uei": "ABC123DEF456", "cage": "1ABC2"}
PROMISE = {
    "title": "List of tests",
    "what": "The office sends the list.",
    "owed_by": "the office",
    "made_on": ON,
    "due_on": date(2026, 12, 4),
    "owner_office_id": 1,
}


def sent(body: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A body as a program sends it."""
    return {name: each.isoformat() if isinstance(each, date) else each for name, each in (body | more).items()}


async def run(db: Database, command: Any, *said: Any, actor: int = SERVICE, **named: Any) -> Any:
    """One command, as the service itself gives it."""
    async with db.write(actor=actor, command=command.name) as session:
        return await command(session, *said, **named)


async def entered(db: Database, **more: Any) -> EngagementId:
    """An engagement."""
    return await run(db, commands.enter_engagement, commands.EnterEngagement(**ENTRY | more))


async def added(db: Database, number: EngagementId, **more: Any) -> OrganizationId:
    """An organization of an engagement."""
    return await run(db, commands.add_organization, number, commands.AddOrganization(**COMPANY | more))


async def promised(db: Database, number: EngagementId, **more: Any) -> CommitmentId:
    """A promise made at an engagement."""
    return await run(db, commands.enter_commitment, number, commands.EnterCommitment(**PROMISE | more))
