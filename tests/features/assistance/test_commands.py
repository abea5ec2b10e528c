"""What assistance takes, when it begins, and who sees it."""

from datetime import timedelta

import pytest

from pipir.features.assistance import commands, queries
from pipir.features.concurrence import commands as concurrence
from pipir.features.concurrence.tables import ConcurrenceRequest
from pipir.features.people.tables import SERVICE
from pipir.kernel.command import commands_of
from pipir.kernel.errors import Invalid, NotFound, Refused, Stale
from pipir.kernel.marking import parse_marking
from pipir.kernel.money import Dollars
from tests.features.assistance.situations import (
    CONTRACTOR,
    ENTRY,
    HIDDEN,
    OFFICIAL,
    TODAY,
    a_partner,
    conditions,
    planned,
    recorded,
    run,
    seen,
    state_answers,
    vetted,
)
from tests.features.projects.situations import propose

NOTICED = TODAY - timedelta(days=15)


async def begin(db, number, *, version=1, **more):
    await run(db, commands.begin_assistance, number, commands.BeginAssistance(**more), version=version)


async def revise(db, number, *, version=1, **more):
    await run(db, commands.revise_assistance, number, commands.ReviseAssistance(**ENTRY | more), version=version)


async def ready(db, **more):
    """Assistance under section 333 of which every condition is met."""
    number = await planned(db, **more)
    await recorded(db, number, "notice", NOTICED)
    await vetted(db, number)
    await state_answers(db, number)
    return number


def test_the_beginning_is_the_covered_act():
    """Sec. 1253(g)"""
    found = {each.name: each.sunset for each in commands_of(commands)}
    assert found.pop("assistance.begin") == "assistance"
    assert set(found.values()) == {"goes on"}


async def test_assistance_under_333_begins_when_each_of_its_conditions_is_met(db):
    """10 U.S.C. 333 and 362"""
    number = await planned(db)
    with pytest.raises(Refused, match="3 of 3") as refused:
        await begin(db, number)
    assert {each.where for each in refused.value.mistakes} == {"state-concurrence", "notice", "vetting"}
    assert refused.value.way_out_href.startswith("/concurrence/new?act=assistance-beginning")
    await recorded(db, number, "notice", NOTICED)
    await vetted(db, number)
    with pytest.raises(Refused, match="1 of 3") as refused:
        await begin(db, number)
    assert "asked to concur" in refused.value.mistakes[0].expected
    await state_answers(db, number)
    assert all(met for met, _ in (await conditions(db, number)).values())
    await begin(db, number)
    view = await seen(db, number)
    assert (view.status, view.begun_on, view.program_authority) == ("begun", TODAY, None)
    with pytest.raises(Refused, match="only what is planned"):
        await begin(db, number, version=2)


async def test_notice_given_too_late_holds_the_beginning_up_to_the_day(db):
    number = await ready(db)
    await recorded(db, number, "notice", NOTICED + timedelta(days=1), "A later letter.")
    with pytest.raises(Refused, match="1 of 3") as refused:
        await begin(db, number)
    assert "21 Nov 2026 or later" in refused.value.mistakes[0].expected
    async with db.read() as session:
        found = await queries.evidence(session, number)
    assert [(each.evidence, each.replaced_on) for each in found] == [("A later letter.", None), ("A letter.", TODAY)]


@pytest.mark.parametrize("answer", ["non-concur", None])
async def test_no_concurrence_is_no_consent(db, answer):
    number = await planned(db)
    request = await state_answers(db, number, answer)
    met, says = (await conditions(db, number))["state-concurrence"]
    assert not met
    assert ("no consent" if answer is None else "non-concur") in says
    with pytest.raises(Refused) as refused:
        await begin(db, number)
    assert refused.value.way_out_href == f"/concurrence/{request}"


async def test_a_concurrence_counts_for_the_plan_that_was_asked_about_alone(db):
    number = await ready(db)
    partner = (await seen(db, number)).participant_id
    await revise(db, number, participant_id=partner, planned_cost=Dollars("5.00"))
    met, says = (await conditions(db, number))["state-concurrence"]
    assert (met, "another plan" in says) == (False, True)


async def test_a_request_that_a_reader_may_not_see_is_none_to_them(db):
    number = await planned(db)
    request = await state_answers(db, number)
    async with db.write(actor=SERVICE, command="test.mark") as session:
        found = await session.get_one(ConcurrenceRequest, request)
        found.mark(parse_marking(HIDDEN))
    async with db.read() as session:
        assert (await queries.agreed(session, OFFICIAL, number)).stands
        assert "asked to concur" in (await queries.agreed(session, CONTRACTOR, number)).says


async def test_a_withdrawn_request_is_none(db):
    number = await planned(db)
    request = await state_answers(db, number, None)
    await run(db, concurrence.withdraw, request, concurrence.WithdrawRequest("In error."), version=1)
    assert "asked to concur" in (await conditions(db, number))["state-concurrence"][1]


async def test_a_unit_that_is_not_cleared_is_taken_out_first(db):
    """10 U.S.C. 362"""
    number = await ready(db)
    barred = await vetted(db, number, "Second battalion", "not cleared")
    with pytest.raises(Refused, match="1 of 3") as refused:
        await begin(db, number)
    assert "Second battalion" in refused.value.mistakes[0].expected
    out = commands.TakeOutUnit("It is not helped.")
    with pytest.raises(Stale):
        await run(db, commands.take_out_unit, barred, out, version=9)
    await run(db, commands.take_out_unit, barred, out, version=2)
    await begin(db, number)
    with pytest.raises(Refused):
        await vetted(db, number, "Third")


async def test_332_asks_for_the_word_of_counsel_and_2350l_for_concurrence_and_costs(db):
    partner = await a_partner(db)
    advisers = await planned(db, uses="10-usc-332", participant_id=partner)
    assert set(await conditions(db, advisers)) == {"counsel-confirms"}
    await recorded(db, advisers, "counsel-confirms", TODAY, "Opinion 26-1")
    await begin(db, advisers)
    firing = await planned(db, uses="10-usc-2350l", participant_id=partner)
    await recorded(db, firing, "direct-costs", TODAY, "$850,000, borne by the partner.")
    with pytest.raises(Refused, match="1 of 2 conditions"):
        await begin(db, firing)
    await state_answers(db, firing)
    await begin(db, firing)


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"uses": "1253.e.3"}, "uses"),
        ({"uses": "22-usc-2767"}, "uses"),
        ({"objectives": []}, "objectives"),
        ({"participant_id": 99}, "participant_id"),
        ({"project_id": 99}, "project_id"),
        ({"lead_office_id": 99}, "lead_office_id"),
        ({"marking": "SECRET"}, "marking"),
    ],
)
async def test_a_plan_with_a_mistake_names_its_field(db, more, where):
    """Sec. 1253(e)(3): always under an authority of title 10"""
    with pytest.raises(Invalid) as wrong:
        await planned(db, **more)
    assert {each.where for each in wrong.value.mistakes} == {where}


async def test_a_beginning_lies_in_no_day_to_come(db):
    number = await ready(db)
    with pytest.raises(Invalid, match="not come"):
        await begin(db, number, begun_on=TODAY + timedelta(days=1))
    with pytest.raises(Stale):
        await begin(db, number, version=9)
    with pytest.raises(NotFound):
        await begin(db, 99)


async def test_assistance_is_suspended_taken_up_and_completed(db):
    number = await ready(db)
    await begin(db, number)
    for place, status in enumerate(("suspended", "begun", "completed")):
        body = commands.ChangeAssistanceStatus(status, TODAY, f"It is {status}.")
        await run(db, commands.change_status, number, body, version=place + 2)
    view = await seen(db, number)
    assert (view.status, view.status_because, view.begun_on) == ("completed", "It is completed.", TODAY)
    async with db.read() as session:
        (entry,) = await queries.entries(session, OFFICIAL)
    assert (entry.done_on, entry.open) == (TODAY, False)
    with pytest.raises(Refused, match="completed"):
        await revise(db, number, version=5, participant_id=view.participant_id)
    body = commands.ChangeAssistanceStatus("begun", TODAY, "Again.")
    with pytest.raises(Refused, match="does not become"):
        await run(db, commands.change_status, number, body, version=5)


async def test_a_plan_that_is_dropped_ends_and_leaves_the_calendar(db):
    number = await planned(db)
    async with db.read() as session:
        (entry,) = await queries.entries(session, OFFICIAL)
    assert (entry.dated.due_on, entry.open) == (ENTRY["starts_on"], True)
    body = commands.ChangeAssistanceStatus("ended", TODAY, "The partner declined.")
    await run(db, commands.change_status, number, body, version=1)
    async with db.read() as session:
        assert await queries.entries(session, OFFICIAL) == ()


async def test_assistance_is_as_hidden_as_its_partner_and_its_project(db):
    open_one = await planned(db)
    hidden = await planned(db, marking=HIDDEN, participant_id=1)
    below = await planned(db, participant_id=await a_partner(db, marking=HIDDEN, code="JPN"))
    behind = await planned(db, participant_id=1, project_id=await propose(db, marking=HIDDEN))
    unit = await vetted(db, below)
    async with db.read() as session:
        found = await queries.list_assistance(session, CONTRACTOR)
        assert [each.id for each in found.items] == [open_one]
        assert len(await queries.entries(session, CONTRACTOR)) == 1
        with pytest.raises(NotFound):
            await queries.unit(session, CONTRACTOR, unit)
        for number in (hidden, below, behind):
            with pytest.raises(NotFound):
                await queries.assistance(session, CONTRACTOR, number)


@pytest.mark.parametrize(
    ("which", "count"),
    [
        ({"text": "battalion"}, 1),
        ({"text": "partner phl"}, 1),
        ({"text": "nothing"}, 0),
        ({"statuses": ("planned",)}, 1),
        ({"statuses": ("begun",)}, 0),
        ({"uses": "10-usc-333"}, 1),
        ({"country": "PHL"}, 1),
        ({"objective": "1253.b.3"}, 0),
        ({"project_id": 1}, 0),
        ({"office_id": 1}, 1),
    ],
)
async def test_the_list_is_filtered(db, which, count):
    await planned(db)
    async with db.read() as session:
        found = await queries.list_assistance(session, OFFICIAL, queries.AssistanceFilter(**which))
    assert found.total == count


@pytest.mark.parametrize("sort", [*queries.SORTS, *(f"-{each}" for each in queries.SORTS)])
async def test_the_list_is_paged_in_every_order(db, sort):
    partner = await a_partner(db)
    for number in range(3):
        await planned(db, name=f"Number {number}", participant_id=partner)
    async with db.read() as session:
        whole = await queries.every_assistance(session, OFFICIAL, queries.AssistanceFilter(), sort=sort)
        first = await queries.list_assistance(session, OFFICIAL, sort=sort, limit=2)
        rest = await queries.list_assistance(session, OFFICIAL, sort=sort, limit=2, cursor=first.next_cursor)
    assert [each.id for each in whole] == [each.id for each in (*first.items, *rest.items)]
