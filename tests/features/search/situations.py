"""What the tests of search share: records with the words that they look for, and the question."""

from datetime import date
from typing import Any

from pipir.features.groups import commands as groups
from pipir.features.people.tables import SERVICE
from pipir.features.projects import commands as projects
from pipir.store.doors import Database
from tests.conftest import Service


def proposed(**more: Any) -> projects.ProposeProject:
    """A project as it is proposed."""
    fields = {"kind": "supply chain", "objectives": ["1253.b.2"], "classified_by": "Program office", "source": "Memo"}
    return projects.ProposeProject(**fields | more)


async def a_project(db: Database, **more: Any) -> int:
    """Enter a project."""
    async with db.write(actor=SERVICE, command="project.propose") as session:
        return await projects.propose_project(session, proposed(**more))


async def a_meeting(db: Database, *, name: str = "Meeting of workstream one", action: str) -> tuple[int, int]:
    """Enter a meeting with one action item; both numbers."""
    async with db.write(actor=SERVICE, command="meeting.record") as session:
        day = date(2026, 3, 18)
        meeting = await groups.record_meeting(
            session, groups.RecordMeeting(name=name, place="Honolulu", starts_on=day, ends_on=day, source="Minutes")
        )
        item = await groups.assign_action(
            session, meeting, groups.AssignAction(title=action, due_on=date(2026, 6, 1), owner_text="DASD")
        )
        return meeting, item


async def found(service: Service, typed: str, **more: Any) -> Any:
    """What the program office finds."""
    query = {"q": typed} | {name: value for name, value in more.items() if value is not None}
    async with service.api("program-office") as client:
        answer = await client.get("/api/v1/search", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def titles(service: Service, typed: str) -> list[str]:
    """The titles of the records that are found as typed, without the law's paragraphs."""
    answer = await found(service, typed)
    return [
        "".join(text for text, _ in hit["title"])
        for hit in answer["items"]
        if hit["kind"] != "provision" and not answer["similar"]
    ]
