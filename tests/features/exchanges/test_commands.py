"""What exchanges take, keep and refuse, and who sees them."""

import pytest
from msgspec.structs import asdict

from pipir.features.exchanges import commands, queries
from pipir.features.people.tables import SERVICE
from pipir.kernel.command import commands_of
from pipir.kernel.errors import Invalid, NotFound, Refused, Stale
from tests.features.disclosure.situations import decided
from tests.features.exchanges.situations import (
    CONTRACTOR,
    ENTRY,
    FIRST,
    HIDDEN,
    LAST,
    OFFICIAL,
    a_group,
    entered,
    seen,
)
from tests.features.projects.situations import propose


async def revise(db, number, *, version=1, **more):
    async with db.write(actor=SERVICE, command=commands.revise_exchange.name) as session:
        await commands.revise_exchange(session, number, commands.ReviseExchange(**ENTRY | more), version=version)


async def cancel(db, number, *, version=1):
    async with db.write(actor=SERVICE, command=commands.cancel_exchange.name) as session:
        await commands.cancel_exchange(session, number, commands.CancelExchange("A storm."), version=version)


def test_the_commands_are_those_who_keep_groups():
    assert {each.permission for each in commands_of(commands)} == {"groups.change"}


async def test_an_exchange_hangs_on_a_group_or_a_project(db):
    of_group = await entered(db)
    project = await propose(db)
    of_project = await entered(db, project_id=project, title="Another")
    one, other = await seen(db, of_group), await seen(db, of_project)
    assert (one.code, one.hangs_on, one.href) == ("X-0001", "Group CUI", f"/groups/{one.group_id}")
    assert (other.code, other.href) == ("X-0002", f"/projects/{project}")
    assert one.delegations == ["JPN", "USA"]
    with pytest.raises(Invalid):
        await entered(db, group_id=one.group_id, project_id=project)


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"group_id": 99}, "group_id"),
        ({"project_id": 99}, "project_id"),
        ({"lead_office_id": 99}, "lead_office_id"),
        ({"decision_ids": [99], "nothing_disclosed_because": None}, "decision_ids"),
        ({"delegations": ["XXX"]}, "delegations"),
        ({"marking": "SECRET"}, "marking"),
    ],
)
async def test_what_is_not_in_the_record_is_invalid(db, more, where):
    with pytest.raises(Invalid) as wrong:
        await entered(db, **more)
    assert {each.where for each in wrong.value.mistakes} == {where}


async def test_a_partner_is_shown_nothing_without_a_decision(db):
    with pytest.raises(Refused, match="Japan"):
        await entered(db, nothing_disclosed_because=None)
    decision = await decided(db, since=FIRST, on=FIRST)
    number = await entered(
        db, nothing_disclosed_because=None, decision_ids=[decision], group_id=await a_group(db, marking="UNCLASSIFIED")
    )
    view = await seen(db, number)
    assert [each.decision_id for each in view.disclosed_under] == [decision]
    with pytest.raises(Refused, match="granted and in force"):
        await revise(db, number, group_id=view.group_id, nothing_disclosed_because=None, decision_ids=[])
    await revise(db, number, group_id=view.group_id)
    assert (await seen(db, number)).disclosed_under == ()
    await revise(db, number, group_id=view.group_id, nothing_disclosed_because=None, decision_ids=[decision], version=2)
    assert (await seen(db, number)).decision_ids == [decision]


async def test_an_outcome_is_owed_and_settles_the_exchange(db):
    number = await entered(db)
    view = await seen(db, number)
    assert view.state == "no outcome recorded"
    async with db.read() as session:
        (entry,) = await queries.entries(session, OFFICIAL)
    assert (entry.dated.due_on, entry.open) == (LAST, True)
    with pytest.raises(Stale):
        await revise(db, number, group_id=view.group_id, version=9)
    await revise(db, number, group_id=view.group_id, outcome="The depot is able.")
    async with db.read() as session:
        (entry,) = await queries.entries(session, OFFICIAL)
    assert (entry.done_on, entry.open, (await seen(db, number)).state) == (LAST, False, "held")
    with pytest.raises(Refused, match="not cancelled"):
        await cancel(db, number, version=2)


async def test_a_cancelled_exchange_stays_as_it_is(db):
    number = await entered(db)
    await cancel(db, number)
    with pytest.raises(Refused, match="was cancelled"):
        await cancel(db, number, version=2)
    with pytest.raises(Refused, match="was cancelled"):
        await revise(db, number, version=2, group_id=(await seen(db, number)).group_id)
    async with db.read() as session:
        assert await queries.entries(session, OFFICIAL) == ()


async def test_an_exchange_is_as_hidden_as_what_it_hangs_on(db):
    group = await a_group(db, marking=HIDDEN)
    below = await entered(db, group_id=group, marking="CUI")
    hidden = await entered(db, marking=HIDDEN)
    open_one = await entered(db, project_id=await propose(db))
    async with db.read() as session:
        found = await queries.list_exchanges(session, CONTRACTOR)
        assert [each.id for each in found.items] == [open_one]
        assert len(await queries.entries(session, CONTRACTOR)) == 1
        for number in (below, hidden):
            with pytest.raises(NotFound):
                await queries.exchange(session, CONTRACTOR, number)


@pytest.mark.parametrize(
    ("which", "count"),
    [
        ({"text": "Sagami"}, 1),
        ({"text": "x-0001"}, 1),
        ({"text": "nothing"}, 0),
        ({"kinds": ("visit",)}, 1),
        ({"kinds": ("workshop",)}, 0),
        ({"states": ("no outcome recorded", "held")}, 1),
        ({"states": ("planned", "cancelled")}, 0),
        ({"country": "JPN"}, 1),
        ({"country": "AUS"}, 0),
        ({"group_id": 1}, 1),
        ({"project_id": 1}, 0),
    ],
)
async def test_the_list_is_filtered(db, which, count):
    await entered(db)
    async with db.read() as session:
        found = await queries.list_exchanges(session, OFFICIAL, queries.ExchangeFilter(**which))
    assert found.total == count


@pytest.mark.parametrize("sort", [*queries.SORTS, *(f"-{each}" for each in queries.SORTS)])
async def test_the_list_is_paged_in_every_order(db, sort):
    group = await a_group(db)
    for number in range(3):
        await entered(db, title=f"Number {number}", group_id=group)
    async with db.read() as session:
        whole = await queries.every_exchange(session, OFFICIAL, queries.ExchangeFilter(), sort=sort)
        first = await queries.list_exchanges(session, OFFICIAL, sort=sort, limit=2)
        rest = await queries.list_exchanges(session, OFFICIAL, sort=sort, limit=2, cursor=first.next_cursor)
    assert [each.id for each in whole] == [each.id for each in (*first.items, *rest.items)]
    assert all("title" in asdict(each) for each in whole)
