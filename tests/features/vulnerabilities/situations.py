"""What the tests of vulnerabilities share: a valid entry, and how it is entered."""

from datetime import date
from typing import Any

from pipir.features.people.tables import SERVICE
from pipir.features.vulnerabilities import commands, queries
from pipir.features.vulnerabilities.tables import VulnerabilityId
from pipir.kernel.marking import Reader
from pipir.store.doors import Database

OFFICIAL = Reader("us-government")
CONTRACTOR = Reader("contractor")
HIDDEN = "CUI//FED ONLY"
DAY = date(2026, 11, 20)
REVIEW = date(2027, 2, 1)
ENTRY = {
    "title": "One maker of propellant",
    "kind": "single source",
    "objectives": ["1253.b.3"],
    "countries": ["JPN", "AUS"],
    "articles": ["1310, 6810"],
    "severity": "high",
    "severity_rationale": "No other maker is qualified.",
    "source": "Study of 2026",
    "confidence": "probable",
    "owner_office_id": 1,
    "review_on": REVIEW,
}


def sent(**more: Any) -> dict[str, Any]:
    """The entry as a program sends it."""
    body = ENTRY | more
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in body.items()}


async def entered(db: Database, *, actor: int = SERVICE, **more: Any) -> VulnerabilityId:
    """A vulnerability in the register."""
    async with db.write(actor=actor, command=commands.enter_vulnerability.name) as session:
        return await commands.enter_vulnerability(session, commands.EnterVulnerability(**ENTRY | more))


async def change(db: Database, command: Any, number: int, body: Any, *, version: int | None = None) -> Any:
    """One change of a vulnerability as the service itself makes it."""
    async with db.write(actor=SERVICE, command=command.name) as session:
        named = {} if version is None else {"version": version}
        return await command(session, number, body, **named)


async def seen(db: Database, number: int, reader: Reader = OFFICIAL) -> queries.VulnerabilityView:
    """The vulnerability as a reader sees it."""
    async with db.read() as session:
        return await queries.vulnerability(session, reader, VulnerabilityId(number))
