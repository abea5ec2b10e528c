"""What the tests of foreign disclosure share: a country for which everything stands, and parts of it."""

from datetime import date
from typing import Any

from pipir.features.disclosure import commands
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from tests.makers import TODAY

OFFICIAL = Reader("us-government")
SINCE = date(2026, 1, 5)
HIDDEN = "CUI//NOCON"
RELEASABLE = "CUI//PROCURE//REL TO USA, JPN"
DECISION = {
    "country": "JPN",
    "subject": "Radar repair data",
    "authority_office": "Disclosure office",
    "document": "Memorandum 26-1",
    "since": SINCE,
    "categories": "PROCURE, SP-EXPT",
}
EXPORT = {
    "country": "JPN",
    "subject": "Radar repair data",
    "kind": "license",
    "reference": "DSP-5 050123456",
    "document": "License of the day",
    "since": SINCE,
}
AGREEMENT = {"country": "JPN", "title": "Security agreement with Japan", "source": "Treaty series", "since": SINCE}
RELEASE = {"country": "JPN", "subject": "Repair manual", "marking": RELEASABLE, "released_on": SINCE}


def sent(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as a program or a browser sends them."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}


async def second_person(db: Database) -> int:
    """Somebody else than who enters."""
    async with db.write(actor=SERVICE, command="test.people") as session:
        body = people.AddPerson(
            name="Second person", title="Official", office_id=2, since=TODAY, roles=["senior-official"]
        )
        return await people.add_person(session, body)


async def decided(db: Database, outcome: str = "granted", *, on: date = SINCE, **more: Any) -> int:
    """A disclosure that one person entered and another decided."""
    other = await second_person(db)
    async with db.write(actor=SERVICE, command=commands.enter_disclosure.name) as session:
        number = await commands.enter_disclosure(session, commands.EnterDisclosure(**DECISION | more))
    async with db.write(actor=other, command=commands.decide_disclosure.name) as session:
        await commands.decide_disclosure(session, number, commands.DecideDisclosure(outcome, on), version=1)
    return number


async def exported(db: Database, **more: Any) -> int:
    """An export license."""
    async with db.write(actor=SERVICE, command=commands.enter_export_basis.name) as session:
        return await commands.enter_export_basis(session, commands.EnterExportBasis(**EXPORT | more))


async def agreed(db: Database, **more: Any) -> int:
    """An information-security agreement."""
    async with db.write(actor=SERVICE, command=commands.enter_agreement.name) as session:
        return await commands.enter_agreement(session, commands.EnterAgreement(**AGREEMENT | more))


async def everything(db: Database) -> tuple[int, int, int]:
    """The three records on which a release to Japan stands."""
    return await decided(db), await exported(db), await agreed(db)


async def released(db: Database, **more: Any) -> int:
    """A release, recorded through the command."""
    async with db.write(actor=SERVICE, command=commands.record_release.name) as session:
        return await commands.record_release(session, commands.RecordRelease(**RELEASE | more))
