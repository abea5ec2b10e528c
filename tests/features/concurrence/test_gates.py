"""What a policy in force puts to offices passes with their agreement to the same value, and with no other."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import select, text

from pipir.features.concurrence import commands, queries
from pipir.features.concurrence.rules import read_lines
from pipir.features.documents import commands as documents
from pipir.features.participants import commands as participants
from pipir.features.participants.tables import Participant
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.features.projects import commands as projects
from pipir.features.projects.tables import Project
from pipir.kernel.errors import Refused
from pipir.kernel.ids import ParticipantId, ProjectId
from pipir.kernel.parsing import parse
from pipir.store.doors import Database
from tests.features.concurrence.makers import DUE, TODAY, US, Room, a_room
from tests.features.participants.situations import enter
from tests.features.projects.situations import propose
from tests.makers import NOW
from tests.rehearsals import Rehearsal


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
    said["typed"] = json.loads(said.get("typed", "{}"))
    return {**said, "subject_id": int(said["subject_id"])}


async def test_without_a_policy_in_force_nothing_is_asked(room: Room) -> None:
    country = await enter(room.db)
    await policy(room, "invitation", since="2020-01-01", until="2026-01-01")
    await invite(room, country)


async def test_an_invitation_waits_for_the_agreement_to_the_same_value(room: Room) -> None:
    """Sec. 1253(d) asks for coordination on the process; a gate on each invitation is office policy."""
    country = await enter(room.db)
    await policy(room, "invitation")
    with pytest.raises(Refused, match=r"put to other offices first: STATE \(concur\)\.") as wrong:
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


async def test_an_agreement_is_used_up_by_its_act(room: Room) -> None:
    """Each invitation is coordinated by itself; docs/decisions/0012-an-agreement-is-to-one-act.md."""
    country = await enter(room.db)
    await policy(room, "invitation")
    with pytest.raises(Refused) as wrong:
        await invite(room, country)
    number = await room.ask(**asked_by(wrong.value))
    await room.answer(number, "STATE", "concur")
    assert (await room.view(number)).act_href == f"/participants/{country}/standing?coordination={number}"
    await invite(room, country)
    view = await room.view(number)
    assert (view.state, view.used_on, view.allowed, view.act_href) == ("agreed", TODAY, False, "")
    with pytest.raises(Refused, match="used up once"):
        async with room.as_("asker") as session:
            await session.execute(text("update concurrence_round set used_on = '2026-01-02', version = version + 1"))
    with pytest.raises(Refused, match="used up"):
        again = commands.ReopenRequest("Once more.", TODAY)
        await room.change(commands.reopen, number, again)
    await invite(room, country, value="withdrawn", because="They declined.")
    with pytest.raises(Refused, match="asked anew") as wrong:
        await invite(room, country)
    assert wrong.value.way_out == "Ask for coordination."
    second = await room.ask(**asked_by(wrong.value))
    await room.answer(second, "STATE", "concur")
    await invite(room, country)


async def test_an_act_that_fails_uses_no_agreement_up(room: Room) -> None:
    country = await enter(room.db)
    await policy(room, "invitation")
    with pytest.raises(Refused) as wrong:
        await invite(room, country)
    number = await room.ask(**asked_by(wrong.value))
    await room.answer(number, "STATE", "concur")
    with pytest.raises(RuntimeError):
        async with room.as_("asker") as session:
            body = participants.RecordStanding("invited", TODAY, "Letter")
            await participants.record_standing(session, country, body, version=1)
            raise RuntimeError("The rest of the transaction fails.")
    assert (await room.view(number)).used_on is None
    await invite(room, country)


async def test_an_act_settles_the_request_that_nothing_holds_up_any_more(room: Room) -> None:
    country = await enter(room.db)
    await policy(room, "invitation")
    with pytest.raises(Refused) as wrong:
        await invite(room, country)
    number = await room.ask(**asked_by(wrong.value), consult=[room.offices["LA"]])
    await room.answer(number, "STATE", "concur")
    assert (await room.view(number)).state == "open"
    await invite(room, country)
    assert (await room.view(number)).state == "agreed"


async def test_without_a_policy_the_act_uses_up_what_was_agreed_of_itself(room: Room) -> None:
    country = await enter(room.db)
    after = {"country": "JPN", "standing": "invited", "authority": "Sec. 1253(d)"}
    about = {"act": "invitation", "subject_kind": "participant", "subject_id": country}
    number = await room.ask(**about, subject_href=f"/participants/{country}", after=after)
    await room.answer(number, "STATE", "concur")
    async with room.db.read() as session:
        assert [each.id for each in (await queries.waiting_for(session, room.caller("asker"))).ready] == [number]
    await invite(room, country)
    async with room.db.read() as session:
        assert (await queries.waiting_for(session, room.caller("asker"))).ready == ()


async def test_an_address_carries_what_was_typed_within_its_bounds(room: Room) -> None:
    proposal = queries.Proposal(
        "project-change", "project", 1, "Change it", "/projects/1", {}, {"name": "A"}, "CUI",
        typed={"name": "A", "description": "word " * 4_000},
    )  # fmt: skip
    wrong = Refused("No.", way_out_href=queries.address_to_ask(proposal))
    assert asked_by(wrong)["typed"] == {"name": "A"}
    assert len(wrong.way_out_href) < 8_000


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


async def test_no_answer_counts_for_a_value_of_which_a_spillage_removed_a_part(room: Room) -> None:
    """No answer counts for a changed value: the offices were asked about another one than what stands there now."""
    country = await enter(room.db)
    await policy(room, "invitation")
    with pytest.raises(Refused) as wrong:
        await invite(room, country)
    said = asked_by(wrong.value)
    agreed, waiting = await room.ask(**said), await room.ask(**said)
    await room.answer(agreed, "STATE", "concur")
    await remove_everywhere(room, said["after"]["authority"])
    for number in (agreed, waiting):
        view = await room.view(number)
        assert (view.allowed, "removed under a spillage" in view.says) == (False, True)
    with pytest.raises(Refused, match="another value"):
        await invite(room, country)
    with pytest.raises(Refused, match="has changed since"):
        await room.answer(waiting, "STATE", "concur")
    # Asked anew in another round, it is what is shown that is agreed to.
    await room.change(
        commands.revise,
        waiting,
        parse(
            commands.ReviseProposal,
            {
                "after": said["after"],
                "due_on": DUE.isoformat(),
                "because": "The value was removed.",
                "concur": [room.offices["STATE"]],
                "policy_citation": "Memorandum 12",
            },
        ),
    )
    await room.answer(waiting, "STATE", "concur")
    await invite(room, country)


async def remove_everywhere(room: Room, value: str) -> None:
    """Replace a value by two administrators."""
    both = []
    async with room.db.write(actor=SERVICE, command="test.people") as session:
        for name in ("First", "Second"):
            body = people.AddPerson(
                name=name, title="Tester", office_id=room.offices["GC"], since=TODAY, roles=["administrator"]
            )
            both.append(await people.add_person(session, body))
    proposal = documents.ProposeReplacement(value, "It is not public.", "A request")
    async with room.db.write(actor=both[0], command="spillage.propose") as session:
        number = await documents.propose_replacement(session, proposal)
    async with room.db.write(actor=both[1], command="spillage.confirm") as session:
        await documents.confirm_replacement(session, number, documents.ConfirmReplacement(value), version=1)


async def test_an_office_that_has_ended_is_asked_in_its_successor(rehearsal: Rehearsal) -> None:
    """A policy outlives an office: its successor answers, and the request that asked the former one opens nothing."""
    await rehearsal.move(NOW)
    room = await a_room(rehearsal.db)
    country = await enter(room.db)
    await policy(room, "invitation", coordinate=[room.offices["GC"]])
    with pytest.raises(Refused) as wrong:
        await invite(room, country)
    both = {"concur": [room.offices["STATE"]], "coordinate": [room.offices["GC"]]}
    former = await room.ask(**asked_by(wrong.value), **both)
    await room.answer(former, "STATE", "concur")
    async with room.db.write(actor=SERVICE, command="test.end") as session:
        await session.execute(
            text("update office set version = version + 1, until = :day, successor_id = :next where symbol = 'GC'"),
            {"day": TODAY, "next": room.offices["LA"]},
        )
    await rehearsal.move(NOW + timedelta(days=1))
    async with room.db.read() as session:
        asked = await queries.offices_to_ask(session, "invitation")
    assert {(each.office, each.role) for each in asked} == {("STATE", "concur"), ("LA", "coordinate")}
    with pytest.raises(Refused, match="asks LA, and the request does not"):
        await invite(room, country)
    number = await room.ask(**asked_by(wrong.value), concur=[room.offices["STATE"]], coordinate=[room.offices["LA"]])
    for office in ("STATE", "LA"):
        await room.answer(number, office, "concur")
    await invite(room, country)


async def test_asking_anew_goes_around_no_office_that_did_not_concur(rehearsal: Rehearsal) -> None:
    """A non-concurrence under coordinate waits for the decision maker; silence on a second request undoes it not."""
    await rehearsal.move(NOW)
    room = await a_room(rehearsal.db)
    country = await enter(room.db)
    await policy(room, "invitation", role="coordinate")
    with pytest.raises(Refused) as wrong:
        await invite(room, country)
    coordinate = {"concur": [], "coordinate": [room.offices["STATE"]]}
    first = await room.ask(**asked_by(wrong.value), **coordinate, decider_id=room.people["decider"])
    await room.answer(first, "STATE", "non-concur", comment="Not yet.")
    second = await room.ask(**asked_by(wrong.value), **coordinate, due_on=TODAY.isoformat())
    await rehearsal.move(NOW + timedelta(days=2))
    async with room.db.read() as session:
        assert (await queries.request(session, US, second)).allowed
    with pytest.raises(Refused, match=f"did not concur with this on request {first}"):
        await invite(room, country)
    await room.decide(first, "proceed")
    await invite(room, country)
