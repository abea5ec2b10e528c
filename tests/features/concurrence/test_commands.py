"""What can change in the coordination room, and what the database holds by itself."""

from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select, text

from pipir.features.concurrence import commands, queries
from pipir.features.concurrence.rules import hash_of
from pipir.features.concurrence.tables import AskedId, ConditionId
from pipir.features.participants.tables import Participant
from pipir.features.people.commands import AddPerson, add_person
from pipir.features.people.tables import SERVICE, Person
from pipir.features.trail.queries import history
from pipir.kernel.command import commands_of
from pipir.kernel.errors import Invalid, NotFound, Refused, Stale
from pipir.kernel.marking import Reader, parse_marking
from pipir.kernel.parsing import parse
from pipir.store.base import holds
from pipir.store.doors import Database
from pipir.store.records import entry
from tests.features.concurrence.makers import DUE, US, Room, a_room, revised
from tests.features.participants.situations import enter
from tests.makers import NOW

TODAY = NOW.date()
CONTRACTOR = Reader(kind="contractor")
CONDITION = {"title": "Send the paper to the Bureau.", "due_on": DUE.isoformat()}


@pytest_asyncio.fixture(loop_scope="session")
async def room(db: Database) -> Room:
    """Offices with a person each."""
    return await a_room(db)


def test_the_commands_stand_under_four_permissions() -> None:
    assert {each.permission for each in commands_of(commands)} == {
        "concurrence.ask",
        "concurrence.answer",
        "concurrence.decide",
        "concurrence.policy",
    }
    assert {each.sunset for each in commands_of(commands)} == {"goes on"}


async def test_a_concurrence_settles_the_request_and_the_trail_tells_of_it(room: Room) -> None:
    number = await room.ask()
    await room.answer(number, "STATE", "concur")
    view = await room.view(number)
    assert (view.state, view.allowed, view.missing) == ("agreed", True, ())
    async with room.db.read() as session:
        told = [each.command for each in await history(session, US, "concurrence_request", number)]
        changes = [each.change for each in await history(session, US, "concurrence_request", number)]
    assert set(told) == {"test"}
    assert any(each.startswith("Answer given: “concur” about ") for each in changes)


async def test_a_missing_concurrence_blocks_and_the_passing_of_the_day_is_no_consent(room: Room) -> None:
    number = await room.ask(due_on=TODAY.isoformat(), consult=[room.offices["GC"]])
    async with room.db.write(actor=SERVICE, command="test") as session:
        session.now += timedelta(days=30)
        view = await queries.request(session, US, number)
    state = next(each for each in view.offices if each.office == "STATE")
    assert (view.state, view.allowed, view.missing) == ("open", False, ("STATE",))
    assert (state.no_answer, state.answer) == (True, None)
    assert "no consent" in view.says
    with pytest.raises(Refused, match="missing"):
        await room.change(commands.settle, number, commands.SettleRequest())


async def test_a_coordinating_office_has_until_the_day_and_no_answer_is_none(room: Room) -> None:
    """Sec. 1253(a): in coordination with is not with the concurrence of."""
    number = await room.ask(concur=[], coordinate=[room.offices["STATE"]], consult=[room.offices["GC"]])
    assert (await room.view(number)).missing == ("STATE",)
    async with room.db.write(actor=SERVICE, command="test") as session:
        session.now += timedelta(days=30)
        view = await queries.request(session, US, number)
        assert (view.state, view.allowed) == ("open", True)
        assert "No answer from STATE and GC" in view.says


async def test_who_is_notified_only_acknowledges_also_after_the_others_have_settled(room: Room) -> None:
    number = await room.ask(notify=[room.offices["LA"]])
    with pytest.raises(Invalid):
        await room.answer(number, "LA", "concur")
    with pytest.raises(Invalid):
        await room.answer(number, "STATE", "acknowledged")
    await room.answer(number, "STATE", "concur")
    assert (await room.view(number)).state == "agreed"
    await room.answer(number, "LA", "acknowledged")
    assert {each.answer for each in (await room.view(number)).offices} == {"concur", "acknowledged"}


async def test_a_non_concurrence_of_a_concurring_office_refuses(room: Room) -> None:
    number = await room.ask()
    with pytest.raises(Invalid):
        await room.answer(number, "STATE", "non-concur")
    await room.answer(number, "STATE", "non-concur", comment="The timing is wrong.")
    view = await room.view(number)
    assert (view.state, view.allowed) == ("refused", False)


@pytest.mark.parametrize(
    ("decision", "state"), [("proceed", "agreed"), ("do not proceed", "refused"), ("change", "sent back")]
)
async def test_a_non_concurrence_under_coordinate_waits_for_the_named_decision_maker(
    room: Room, decision: str, state: str
) -> None:
    number = await room.ask(concur=[], coordinate=[room.offices["STATE"]], decider_id=room.people["decider"])
    await room.answer(number, "STATE", "non-concur", comment="The timing is wrong.")
    view = await room.view(number)
    assert (view.state, view.allowed, view.offices[0].escalation.decider) == ("open", False, "Person of SO")  # type: ignore[union-attr]
    with pytest.raises(Refused, match="Only the decision maker"):
        await room.decide(number, decision, who="GC")
    await room.decide(number, decision)
    assert (await room.view(number)).state == state
    with pytest.raises(Refused):
        await room.decide(number, "proceed")


async def test_the_decision_maker_is_named_later_and_is_another_person(room: Room) -> None:
    number = await room.ask(concur=[], coordinate=[room.offices["STATE"], room.offices["SO"]])
    await room.answer(number, "STATE", "non-concur", comment="The timing is wrong.")
    for wrong in ("GC", "asker"):
        with pytest.raises(Invalid):
            await room.change(commands.name_decider, number, commands.NameDecider(room.people[wrong]))
    await room.change(commands.name_decider, number, commands.NameDecider(room.people["decider"]))
    # Who decides for the request may have a word of their own: nobody judges their own non-concurrence.
    room.people["SO"] = room.people["decider"]
    await room.answer(number, "SO", "non-concur", comment="Neither do we.")
    deciders = {
        each.office: each.escalation.decider_id for each in (await room.view(number)).offices if each.escalation
    }
    assert deciders == {"STATE": room.people["decider"], "SO": None}
    with pytest.raises(Invalid):
        await room.change(commands.name_decider, number, commands.NameDecider(room.people["decider"]))


async def test_conditions_are_owed_by_an_owner_and_met_with_evidence_or_waived_with_a_reason(room: Room) -> None:
    number = await room.ask()
    for wrong in ([], [{**CONDITION}], [{**CONDITION, "owner_office_id": 99}]):
        with pytest.raises(Invalid):
            await room.answer(number, "STATE", "concur with conditions", conditions=wrong)
    owned = {"owner_office_id": room.offices["GC"]}
    both = [{**CONDITION, **owned}, {**CONDITION, "title": "Tell them.", "owner_person_id": room.people["asker"]}]
    await room.answer(number, "STATE", "concur with conditions", conditions=both)
    assert (await room.view(number)).state == "agreed"
    async with room.db.read() as session:
        first, second = await queries.conditions_of(session, US, number)
        assert {each.slug for each in await queries.dated(session, US)} == {
            f"condition-{n.id}" for n in (first, second)
        }
    assert (first.owner, second.owner) == ("GC", "Person of ASK")
    with pytest.raises(Refused):
        async with room.as_("LA") as session:
            await commands.meet_condition(session, ConditionId(first.id), commands.MeetCondition("Done."), version=1)
    with pytest.raises(Refused):
        async with room.as_("GC") as session:
            await commands.waive_condition(session, ConditionId(first.id), commands.WaiveCondition("No."), version=1)
    async with room.as_("GC") as session:
        await commands.meet_condition(session, ConditionId(first.id), commands.MeetCondition("Letter 4."), version=1)
    async with room.as_("STATE") as session:
        await commands.waive_condition(session, ConditionId(second.id), commands.WaiveCondition("Moot."), version=1)
    async with room.db.read() as session:
        assert [each.state for each in await queries.conditions_of(session, US, number)] == ["met", "waived"]
        assert await queries.dated(session, US) == ()
        calendar = {each.dated.slug: each for each in await queries.entries(session, US)}
    # What was answered and met stays in the calendar, as done; what was waived is owed by nobody.
    assert {slug: each.done_on for slug, each in calendar.items()} == {
        f"coordination-{await room.asked(number, 'STATE')}": TODAY,
        f"condition-{first.id}": TODAY,
    }
    assert not any(each.open for each in calendar.values())


async def test_a_changed_value_voids_the_answers_and_keeps_them_as_history(room: Room) -> None:
    number = await room.ask(concur=[room.offices["STATE"], room.offices["GC"]])
    former = await room.asked(number, "GC")
    await room.answer(number, "STATE", "concur")
    change = parse(commands.ReviseProposal, revised(concur=[room.offices["STATE"], room.offices["GC"]]))
    await room.change(commands.revise, number, change)
    view = await room.view(number)
    assert (view.round, view.state, view.missing) == (2, "open", ("GC", "STATE"))
    assert view.value_hash == hash_of(change.after)
    async with room.db.read() as session:
        second, first = await queries.rounds_of(session, US, number)
    assert (first.ended, [each.answer for each in first.offices]) == ("revised", [None, "concur"])
    assert [each.answer for each in second.offices] == [None, None]
    with pytest.raises(Refused, match="has changed since"):
        async with room.as_("GC") as session:
            await commands.answer(session, former, commands.Answer("concur"))
    with pytest.raises(Invalid, match="asked already"):
        await room.change(commands.revise, number, change)


async def test_a_request_is_sent_back_for_fields_and_reasons_and_revised(room: Room) -> None:
    number = await room.ask()
    asked = await room.asked(number, "STATE")
    for wrong in (
        commands.SendBack([], ["incomplete"]),
        commands.SendBack(["color"], ["incomplete"]),
        commands.SendBack(["steps"], ["dislike"]),
    ):
        with pytest.raises(Invalid):
            async with room.as_("STATE") as session:
                await commands.send_back(session, asked, wrong)
    async with room.as_("STATE") as session:
        await commands.send_back(session, asked, commands.SendBack(["steps"], ["incomplete"], "A step is missing."))
    async with room.db.read() as session:
        waits = await queries.waiting_for(session, room.caller("asker", "program-office"))
    assert [each.request.id for each in waits.sent_back] == [number]
    assert waits.sent_back[0].sent_back[0].reasons == ["Something is missing"]
    with pytest.raises(Refused):
        await room.answer(number, "STATE", "concur")
    change = parse(commands.ReviseProposal, revised(concur=[room.offices["STATE"]]))
    await room.change(commands.revise, number, change)
    assert (await room.view(number)).state == "open"


async def test_a_reopening_voids_the_answers_and_its_undoing_brings_them_back(room: Room) -> None:
    number = await room.ask()
    await room.answer(number, "STATE", "concur")
    reopened = commands.ReopenRequest("A fact came to light.", DUE)
    await room.change(commands.reopen, number, reopened)
    assert ((await room.view(number)).state, (await room.view(number)).allowed) == ("open", False)
    await room.change(commands.undo_reopening, number, commands.UndoReopening())
    view = await room.view(number)
    assert (view.state, view.round, view.offices[0].answer, view.allowed) == ("agreed", 1, "concur", True)
    await room.change(commands.reopen, number, reopened)
    await room.answer(number, "STATE", "non-concur", comment="Not any more.")
    with pytest.raises(Refused):
        await room.change(commands.undo_reopening, number, commands.UndoReopening())
    await room.change(commands.reopen, number, reopened)
    await room.change(commands.undo_reopening, number, commands.UndoReopening())
    view = await room.view(number)
    assert (view.state, view.round) == ("refused", 3)
    change = parse(commands.ReviseProposal, revised(concur=[room.offices["STATE"]]))
    await room.change(commands.reopen, number, reopened)
    await room.change(commands.revise, number, change)
    assert (await room.view(number)).round == 6
    with pytest.raises(Refused, match="no reopening"):
        await room.change(commands.undo_reopening, number, commands.UndoReopening())


async def test_an_office_replaces_its_own_answer_while_the_request_is_open(room: Room) -> None:
    number = await room.ask(concur=[room.offices["STATE"], room.offices["GC"]])
    await room.answer(number, "STATE", "non-concur", comment="The timing is wrong.")
    assert (await room.view(number)).state == "open"
    await room.answer(number, "STATE", "concur")
    async with room.db.read() as session:
        (round_,) = await queries.rounds_of(session, US, number)
    assert [each.answer for each in round_.former] == ["non-concur"]
    await room.answer(number, "GC", "concur")
    assert (await room.view(number)).state == "agreed"


async def test_only_its_office_answers_and_never_the_person_who_asks(room: Room) -> None:
    number = await room.ask(concur=[room.offices["STATE"], room.offices["ASK"]])
    asked = await room.asked(number, "STATE")
    with pytest.raises(Refused, match="answers for it"):
        async with room.as_("GC") as session:
            await commands.answer(session, asked, commands.Answer("concur"))
    room.people["ASK"] = room.people["asker"]
    with pytest.raises(Refused, match="Who asks"):
        await room.answer(number, "ASK", "concur")
    with pytest.raises(NotFound):
        async with room.as_("GC") as session:
            await commands.answer(session, AskedId(999), commands.Answer("concur"))


async def test_a_withdrawn_request_asks_nothing_and_only_its_office_changes_it(room: Room) -> None:
    number = await room.ask()
    with pytest.raises(Refused, match="ASK"):
        await room.change(commands.withdraw, number, commands.WithdrawRequest("Moot."), who="GC")
    with pytest.raises(Stale):
        async with room.as_("asker") as session:
            await commands.withdraw(session, number, commands.WithdrawRequest("Moot."), version=9)
    await room.change(commands.withdraw, number, commands.WithdrawRequest("Moot."))
    assert (await room.view(number)).state == "withdrawn"
    with pytest.raises(Refused):
        await room.answer(number, "STATE", "concur")
    with pytest.raises(Refused):
        await room.change(commands.withdraw, number, commands.WithdrawRequest("Twice."))


async def test_many_are_answered_at_once_or_none_with_each_that_cannot_be_named(room: Room) -> None:
    first, second = await room.ask(title="First"), await room.ask(title="Second")
    numbers = [await room.asked(each, "STATE") for each in (first, second)]
    await room.answer(second, "STATE", "concur")
    with pytest.raises(Invalid) as wrong:
        async with room.as_("STATE") as session:
            await commands.answer_many(session, commands.AnswerMany([*numbers, 999], "concur"))
    assert [each.expected.partition(":")[0] for each in wrong.value.mistakes] == ["Second", "Number 999"]
    assert (await room.view(first)).state == "open"
    third = await room.asked(await room.ask(title="Third"), "STATE")
    async with room.as_("STATE") as session:
        await commands.answer_many(session, commands.AnswerMany([numbers[0], third], "concur with comment", "Fine."))
    assert (await room.view(first)).state == "agreed"


async def test_the_role_of_an_office_is_what_law_or_policy_gives_it(room: Room) -> None:
    """10 U.S.C. 2350l asks for the concurrence of the Secretary of State; Sec. 1253(d) for coordination."""
    by_law = await room.ask(provision="10-usc-2350l", policy_citation=None)
    assert [(each.citation, each.standing) for each in (await room.view(by_law)).offices] == [
        ("10 U.S.C. 2350l", "statute")
    ]
    number = await room.ask(
        provision="1253.d", concur=[], coordinate=[room.offices["STATE"]], consult=[room.offices["GC"]]
    )
    found = {each.office: (each.citation, each.standing) for each in (await room.view(number)).offices}
    assert found == {
        "STATE": ("Sec. 1253(d), Pub. L. 119-60", "statute"),
        "GC": ("Memorandum of the program office, 1 November 2026", "office policy"),
    }
    with pytest.raises(Invalid, match="offices to ask") as wrong:
        await room.ask(provision="10-usc-2350l", concur=[], consult=[room.offices["STATE"]])
    assert {each.where for each in wrong.value.mistakes} == {"consult"}
    with pytest.raises(Invalid) as wrong:
        await room.ask(provision=None, policy_citation=None)
    assert {each.where for each in wrong.value.mistakes} == {"policy_citation"}


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({"act": "conquest"}, {"act"}),
        ({"act": "invitation"}, {"subject_kind"}),
        ({"subject_href": "//evil.example"}, {"subject_href"}),
        ({"due_on": "2020-01-01"}, {"due_on"}),
        ({"after": {}}, {"after"}),
        ({"after": {"a:b": "c"}}, {"after"}),
        ({"after": {"a": "b\x00"}}, {"after"}),
        ({"concur": []}, {"coordinate"}),
        ({"concur": [99]}, {"concur"}),
        ({"provision": "1253.b"}, {"provision"}),
        ({"decider_id": 99}, {"decider_id"}),
        ({"marking": "SECRET"}, {"marking"}),
        ({"subject_id": 99}, {"subject_id"}),
    ],
)
async def test_every_mistake_of_a_request_is_named_by_its_field(
    room: Room, said: dict[str, Any], fields: set[str]
) -> None:
    with pytest.raises(Invalid) as wrong:
        await room.ask(**said)
    assert {each.where for each in wrong.value.mistakes} == fields


async def test_a_request_is_seen_by_nobody_who_may_not_see_its_subject(room: Room) -> None:
    country = await enter(room.db, marking="CUI//NOCON")
    said: dict[str, Any] = {
        "act": "invitation",
        "subject_kind": "participant",
        "subject_id": country,
        "subject_href": f"/participants/{country}",
    }
    with pytest.raises(Invalid) as wrong:
        await room.ask(**said, marking="CUI")
    assert {each.where for each in wrong.value.mistakes} == {"marking"}
    number = await room.ask(**said, marking="CUI//NOCON")
    async with room.db.write(actor=SERVICE, command="test") as session:
        asker = await session.get_one(Person, room.people["asker"])
        asker.reader_kind = "contractor"
    told = []
    for hidden in (country, 99):
        with pytest.raises(Invalid) as wrong:
            await room.ask(**said | {"subject_id": hidden}, marking="CUI")
        told.append(wrong.value.mistakes)
    assert told[0] == told[1]
    async with room.db.read() as session:
        assert len(await queries.of_record(session, US, "participant", country)) == 1
        assert await queries.of_record(session, CONTRACTOR, "participant", country) == ()
        assert (await queries.list_requests(session, CONTRACTOR)).total == 0
        assert await queries.dated(session, CONTRACTOR) == ()
        assert await queries.days_by_office(session, CONTRACTOR) == ()
        with pytest.raises(NotFound):
            await queries.request(session, CONTRACTOR, number)


async def test_a_request_follows_its_subject_where_that_is_marked_anew(room: Room) -> None:
    """Asked while everyone might see the country: what hides it later takes the request and its answers along."""
    country = await enter(room.db, marking="CUI")
    number = await room.ask(
        act="invitation",
        subject_kind="participant",
        subject_id=country,
        subject_href=f"/participants/{country}",
        marking="CUI",
    )
    async with room.as_("STATE") as session:
        await commands.answer(session, await room.asked(number, "STATE"), commands.Answer("concur"))
    hidden = parse_marking("CUI//NOCON")
    for marking, seen in ((None, 1), (hidden, 0), (parse_marking("CUI"), 1)):
        if marking is not None:
            async with room.db.write(actor=SERVICE, command="test.mark") as session:
                subject = await session.get_one(Participant, country)
                subject.mark(marking)
        async with room.db.read() as session:
            assert len(await queries.of_record(session, US, "participant", country)) == 1
            assert len(await queries.of_record(session, CONTRACTOR, "participant", country)) == seen
            assert (await queries.list_requests(session, CONTRACTOR)).total == seen
            assert len(await queries.days_by_office(session, CONTRACTOR)) == seen
            indexed = select(entry.c.kind).where(
                entry.c.kind.startswith("concurrence_"), holds(entry.c.audience, CONTRACTOR)
            )
            assert bool((await session.scalars(indexed)).all()) is bool(seen)


async def test_the_days_in_each_office_are_measured_in_calendar_and_working_days(room: Room) -> None:
    number = await room.ask(concur=[room.offices["STATE"], room.offices["GC"]])
    asked = await room.asked(number, "STATE")
    async with room.as_("STATE") as session:
        session.now += timedelta(days=7)
        await commands.answer(session, asked, commands.Answer("concur"))
    async with room.db.read() as session:
        session.now += timedelta(days=20)
        gc, state = await queries.days_by_office(session, US)
    # 20 November 2026 is a Friday; Thanksgiving lies between.
    assert (state.answered, state.median_days, state.median_working_days) == (1, 7, 4)
    assert (gc.waiting, gc.waiting_days, gc.past_due) == (1, 20, 1)


@pytest.mark.parametrize(
    "statement",
    [
        "update concurrence_answer set answer = 'non-concur', comment = 'no'",
        "update concurrence_round set value_after = '{}'",
        "update concurrence_round set ended = null, ended_on = null where ended = 'revised'",
        "update concurrence_request set state = 'withdrawn' where state = 'agreed'",
        "update concurrence_answer set value_hash = repeat('0', 64)",
        "insert into concurrence_answer (version, request_id, round_id, asked_id, value_hash, answer, answered_on, "
        "answered_by_id) select 1, request_id, round_id, asked_id, value_hash, 'concur', answered_on, answered_by_id "
        "from concurrence_answer",
    ],
)
async def test_the_database_itself_lets_no_answer_count_for_a_changed_value(room: Room, statement: str) -> None:
    number = await room.ask()
    await room.answer(number, "STATE", "concur")
    await room.change(commands.reopen, number, commands.ReopenRequest("A fact came to light.", DUE))
    await room.change(commands.revise, number, parse(commands.ReviseProposal, revised(concur=[room.offices["STATE"]])))
    await room.answer(number, "STATE", "concur")
    with pytest.raises(Refused):
        async with room.as_("STATE") as session:
            await session.execute(text(statement))


async def test_the_decision_maker_is_another_person_in_the_database_too(room: Room) -> None:
    number = await room.ask(concur=[], coordinate=[room.offices["STATE"]], decider_id=room.people["decider"])
    await room.answer(number, "STATE", "non-concur", comment="No.")
    for statement in (
        f"update concurrence_escalation set decider_id = {room.people['STATE']}",
        "update concurrence_escalation set decision = 'proceed', reason = 'so', decided_on = escalated_on",
    ):
        with pytest.raises(Refused):
            async with room.as_("STATE") as session:
                await session.execute(text(statement))


async def test_a_policy_has_a_day_an_end_and_offices(room: Room) -> None:
    async with room.as_("asker") as session:
        body = commands.EnterPolicy(
            act="invitation",
            title="Coordination of invitations",
            citation="Memorandum 12",
            since=TODAY,
            coordinate=[room.offices["STATE"]],
            low_risk=["name", "marking"],
        )
        number = await commands.enter_policy(session, body)
        view = await queries.policy(session, number)
        assert (view.in_force, view.offices[0].office, view.low_risk) == (True, "STATE", ["marking", "name"])
        with pytest.raises(Invalid):
            await commands.end_policy(session, number, commands.EndPolicy(date(2020, 1, 1), "Error."), version=1)
        await commands.end_policy(session, number, commands.EndPolicy(TODAY, "Done."), version=1)
        with pytest.raises(Refused):
            await commands.end_policy(session, number, commands.EndPolicy(TODAY, "Twice."), version=2)
    for wrong in ({"act": "conquest"}, {"until": date(2020, 1, 1)}, {"coordinate": []}):
        said: dict[str, Any] = {"act": "invitation", "title": "T", "citation": "C", "since": TODAY, "coordinate": [2]}
        with pytest.raises(Invalid):
            async with room.as_("asker") as session:
                await commands.enter_policy(session, commands.EnterPolicy(**{**said, **wrong}))


async def test_what_was_sent_back_to_who_has_left_waits_for_the_asking_office(room: Room) -> None:
    """One inbox of all that waits for a person: nothing waits for nobody."""
    async with room.db.write(actor=SERVICE, command="test") as session:
        body = AddPerson(
            name="Colleague", title="Tester", office_id=room.offices["ASK"], since=TODAY, roles=["auditor"]
        )
        room.people["colleague"] = await add_person(session, body)
    number = await room.ask()
    async with room.as_("STATE") as session:
        await commands.send_back(
            session, await room.asked(number, "STATE"), commands.SendBack(["steps"], ["incomplete"])
        )

    async def waits() -> dict[str, bool]:
        found = {}
        async with room.db.read() as session:
            for name in ("asker", "colleague", "STATE"):
                waiting = await queries.waiting_for(session, room.caller(name, "program-office"))
                assert await queries.count_waiting(session, room.caller(name, "program-office")) == waiting.count
                found[name] = [each.request.id for each in waiting.sent_back] == [number]
            (item,) = [each for each in await queries.dated(session, US) if each.slug == f"sent-back-{number}"]
            found["office"] = item.office_id == room.offices["ASK"]
        return found

    assert await waits() == {"asker": True, "colleague": False, "STATE": False, "office": False}
    async with room.db.write(actor=SERVICE, command="test") as session:
        await session.execute(
            text("update person set version = version + 1, since = :day, until = :day where id = :id"),
            {"day": TODAY - timedelta(days=1), "id": room.people["asker"]},
        )
    assert await waits() == {"asker": True, "colleague": True, "STATE": False, "office": True}
