"""What a policy in force puts to offices passes with their agreement to the same value, and with no other."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import select

from pipir.features.concurrence import commands, queries
from pipir.features.concurrence.rules import read_lines
from pipir.features.participants import commands as participants
from pipir.features.participants.tables import Participant
from pipir.features.projects import commands as projects
from pipir.features.projects.tables import Project
from pipir.kernel.errors import Refused
from pipir.kernel.ids import ParticipantId, ProjectId
from pipir.kernel.parsing import parse
from pipir.store.doors import Database
from tests.features.concurrence.makers import TODAY, Room, a_room
from tests.features.participants.situations import enter
from tests.features.projects.situations import propose


@pytest_asyncio.fixture(loop_scope="session")
async def room(db: Database) -> Room:
    """Offices with a person each."""
    return await a_room(db)


async def policy(room: Room, act: str, *, role: str = "concur", **more: Any) -> int:
    """A policy in force that asks STATE."""
    said = {"title": "Coordination", "citation": "Memorandum 12", "since": TODAY.isoformat(), **more}
    async with room.as_("asker") as session:
        body = parse(commands.EnterPolicy, {"act": act, role: [room.offices["STATE"]], **said})
        return await commands.enter_policy(session, body)


async def invite(room: Room, country: ParticipantId, **said: Any) -> None:
    async with room.as_("asker") as session:
        version = await session.scalar(select(Participant.version).where(Participant.id == country))
        body = participants.RecordStanding(**{"value": "invited", "since": TODAY, "source": "Letter"} | said)
        await participants.record_standing(session, country, body, version=version)


def asked_by(wrong: Refused) -> dict[str, Any]:
    """The request that the way out of a refusal leads to, as its form would send it."""
    said: dict[str, Any] = {name: each[0] for name, each in parse_qs(urlsplit(wrong.way_out_href).query).items()}
    said["before"], said["after"] = (read_lines(said.get(name, ""), name) for name in ("before", "after"))
    return {**said, "subject_id": int(said["subject_id"])}


async def test_without_a_policy_in_force_nothing_is_asked(room: Room) -> None:
    country = await enter(room.db)
    await policy(room, "invitation", since="2020-01-01", until="2026-01-01")
    await invite(room, country)


async def test_an_invitation_waits_for_the_agreement_to_the_same_value(room: Room) -> None:
    """Sec. 1253(d) asks for coordination on the process; a gate on each invitation is office policy."""
    country = await enter(room.db)
    await policy(room, "invitation")
    with pytest.raises(Refused, match="put to other offices first") as wrong:
        await invite(room, country)
    assert wrong.value.citation == "Memorandum 12 (office policy)"
    assert wrong.value.way_out == "Ask for coordination."
    number = await room.ask(**asked_by(wrong.value))
    with pytest.raises(Refused, match="concurrence of STATE is missing") as wrong:
        await invite(room, country)
    assert wrong.value.way_out_href == f"/concurrence/{number}"
    await room.answer(number, "STATE", "concur")
    with pytest.raises(Refused, match="another value"):
        await invite(room, country, program_authority="22-usc-2767")
    await invite(room, country)
    async with room.db.read() as session:
        assert await session.scalar(select(Participant.standing)) == "invited"
    # The same standing again corrects its day: nothing that the offices agreed to changes.
    await invite(room, country, source="Letter of the day", because="The letter was named wrongly")


async def test_a_request_that_asks_less_than_the_policy_opens_nothing(room: Room) -> None:
    country = await enter(room.db)
    await policy(room, "invitation")
    with pytest.raises(Refused) as wrong:
        await invite(room, country)
    asked = asked_by(wrong.value)
    number = await room.ask(**asked, concur=[], consult=[room.offices["STATE"]])
    await room.answer(number, "STATE", "concur")
    with pytest.raises(Refused, match="asks for less"):
        await invite(room, country)


async def test_the_approval_of_a_project_waits_and_low_risk_changes_do_not(room: Room) -> None:
    project = await propose(room.db)
    await policy(room, "project-approval")
    await policy(room, "project-change", low_risk=["name", "marking"])

    async def approve() -> None:
        async with room.as_("asker") as session:
            row = await session.get_one(Project, project)
            body = projects.ChangeStatus("active", "The agreement is there.")
            await projects.change_status(session, ProjectId(project), body, version=row.version)

    async def revise(**said: Any) -> None:
        async with room.as_("asker") as session:
            row = await session.get_one(Project, project)
            known = {
                each: getattr(row, each) for each in projects.ReviseProject.__struct_fields__ if hasattr(row, each)
            }
            body = msgspec.convert({**known, **said}, projects.ReviseProject, from_attributes=True)
            await projects.revise_project(session, ProjectId(project), body, version=row.version)

    await revise(kind="co-production")
    with pytest.raises(Refused) as wrong:
        await approve()
    number = await room.ask(**asked_by(wrong.value))
    await room.answer(number, "STATE", "concur")
    await approve()
    await revise(name="A better name")
    with pytest.raises(Refused, match="Change an approved project"):
        await revise(name="A better name", kind="co-development")


async def test_standing_answers_by_the_hash_of_the_value(room: Room) -> None:
    await policy(room, "invitation-process", role="coordinate")
    number = await room.ask(concur=[], coordinate=[room.offices["STATE"]])
    view = await room.view(number)
    async with room.db.read() as session:
        found = await queries.standing(session, "process", None, "invitation-process", view.value_hash)
        assert (found.allowed, found.request_id, found.missing) == (False, number, ("STATE",))
        assert not (await queries.standing(session, "process", None, "invitation-process", "0" * 64)).allowed
        assert (await queries.standing(session, "project", 1, "project-approval", "0" * 64)).allowed
    await room.change(commands.withdraw, number, commands.WithdrawRequest("Moot."))
    async with room.db.read() as session:
        found = await queries.standing(session, "process", None, "invitation-process", view.value_hash)
    assert (found.allowed, found.request_id) == (False, None)
