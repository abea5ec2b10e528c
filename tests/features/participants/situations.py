"""What the tests of participants share: an entered country, a reader who may not see it."""

from datetime import date
from typing import Any

import httpx

from pipir.features.participants import commands
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.kernel.ids import ParticipantId
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from tests.conftest import Browser, Service
from tests.makers import TODAY

ENACTED = date(2025, 12, 18)
OFFICIAL = Reader("us-government")
CONTRACTOR = Reader("contractor")
HIDDEN = "CUI//NOCON"


def entered(**more: Any) -> commands.EnterParticipant:
    """A country as it is entered."""
    return commands.EnterParticipant(**{"name": "Japan", "code": "JPN", "region": "Indo-Pacific"} | more)


def named(**more: Any) -> commands.RecordStanding:
    """The standing that the law itself gives."""
    fields = {"value": "named in statute", "since": ENACTED, "source": "Pub. L. 119-60 sec. 1253(d)"}
    return commands.RecordStanding(**fields | more)


def joined(**more: Any) -> commands.RecordForumStanding:
    """A report of joining the forum."""
    fields = {"value": "joined the forum (press)", "since": date(2026, 3, 18), "source": "Press, 20 March 2026"}
    return commands.RecordForumStanding(**fields | more)


async def enter(db: Database, **more: Any) -> ParticipantId:
    """Enter a country; `exercise=True` as the exercise program does."""
    exercise = more.pop("exercise", False)
    async with db.write(actor=SERVICE, command="participant.enter", exercise=exercise) as session:
        return await commands.enter_participant(session, entered(**more))


async def _contractor(service: Service) -> tuple[int, str]:
    async with service.db.write(actor=SERVICE, command="test.people") as session:
        person = people.AddPerson(
            name="Contractor",
            title="Tester",
            office_id=2,
            since=TODAY,
            roles=["program-office", "auditor"],
            reader_kind="contractor",
        )
        number = await people.add_person(session, person)
        return number, await people.issue_token(session, number, people.IssueToken(name="tests"))


async def contractor_api(service: Service) -> httpx.AsyncClient:
    """A program's client that reads as a contractor, with the roles program office and auditor."""
    _, token = await _contractor(service)
    client = service.anonymous()
    client.headers["Authorization"] = f"Bearer {token}"
    return client


async def contractor_browser(service: Service) -> Browser:
    """A browser that reads as a contractor."""
    number, _ = await _contractor(service)
    client = service.anonymous()
    await client.post("/consent", data={"next": ""})
    await client.post("/sign-in", data={"person": str(number), "next": ""})
    page = await client.get("/people")
    return Browser(client, page.text.partition('name="_csrf" value="')[2].partition('"')[0])
