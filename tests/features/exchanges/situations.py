"""What the tests of technical exchanges share: a group, a valid entry, and how it is entered."""

from datetime import date
from typing import Any

from pipir.features.exchanges import commands, queries
from pipir.features.exchanges.tables import ExchangeId
from pipir.features.groups import commands as groups
from pipir.features.people.tables import SERVICE
from pipir.kernel.marking import Reader
from pipir.store.doors import Database

OFFICIAL = Reader("us-government")
CONTRACTOR = Reader("contractor")
HIDDEN = "CUI//FED ONLY"
FIRST, LAST = date(2026, 2, 3), date(2026, 2, 5)
ENTRY = {
    "title": "Visit to the depot",
    "kind": "visit",
    "place": "Sagami",
    "starts_on": FIRST,
    "ends_on": LAST,
    "topic": "Repair of engines",
    "delegations": ["USA, JPN"],
    "lead_office_id": 1,
    "source": "Trip report",
    "nothing_disclosed_because": "Only public material is shown.",
}


def sent(**more: Any) -> dict[str, Any]:
    """The entry as a program sends it."""
    body = ENTRY | more
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in body.items()}


async def a_group(db: Database, *, marking: str = "CUI") -> int:
    """A group on which exchanges hang."""
    async with db.write(actor=SERVICE, command="test.group") as session:
        body = groups.EstablishGroup(f"Group {marking}", "working group", date(2026, 1, 5), "Minutes", marking=marking)
        return await groups.establish_group(session, body)


async def entered(db: Database, **more: Any) -> ExchangeId:
    """An exchange, of a new group where nothing else is said."""
    if "group_id" not in more and "project_id" not in more:
        more["group_id"] = await a_group(db)
    async with db.write(actor=SERVICE, command=commands.enter_exchange.name) as session:
        return await commands.enter_exchange(session, commands.EnterExchange(**ENTRY | more))


async def seen(db: Database, number: int, reader: Reader = OFFICIAL) -> queries.ExchangeView:
    """The exchange as a reader sees it."""
    async with db.read() as session:
        return await queries.exchange(session, reader, ExchangeId(number))
