"""What engagement takes, keeps and refuses, and who sees it."""

from datetime import timedelta

import pytest

from pipir.features.engagement import commands, queries
from pipir.kernel.command import commands_of
from pipir.kernel.errors import Invalid, NotFound, Refused, Stale
from tests.features.engagement.situations import (
    CONTRACTOR,
    ENTRY,
    HIDDEN,
    OFFICIAL,
    ON,
    PROMISE,
    TODAY,
    added,
    entered,
    promised,
    run,
)

OPEN = {"solicitation_open": True, "solicitation_number": "R-1", "reminder_acknowledged": True}


async def seen(db, number, reader=OFFICIAL):
    async with db.read() as session:
        return await queries.engagement(session, reader, number)


def test_every_command_goes_on_after_the_termination():
    assert {(each.permission, each.sunset) for each in commands_of(commands)} == {("engagement.change", "goes on")}


async def test_an_engagement_takes_the_next_code(db):
    first, second = await entered(db), await entered(db, name="Another")
    one, other = await seen(db, first), await seen(db, second)
    assert (one.code, other.code, one.state) == ("E-0001", "E-0002", "held")


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"objectives": []}, "objectives"),
        ({"ends_on": ON - timedelta(days=1)}, "ends_on"),
        ({"lead_office_id": 99}, "lead_office_id"),
        ({"solicitation_open": True, "solicitation_number": "R-1"}, "reminder_acknowledged"),
        ({"solicitation_number": "R-1"}, "solicitation_number"),
        ({"marking": "SECRET"}, "marking"),
    ],
)
async def test_a_mistake_names_its_field(db, more, where):
    with pytest.raises(Invalid) as wrong:
        await entered(db, **more)
    assert {each.where for each in wrong.value.mistakes} == {where}


async def test_who_enters_an_open_solicitation_has_read_the_reminder_on_a_day(db):
    """FAR 3.104"""
    number = await entered(db, **OPEN)
    view = await seen(db, number)
    assert (view.acknowledged_by, view.acknowledged_on) == ("pipir", TODAY)
    with pytest.raises(Invalid):
        body = commands.ReviseEngagement(
            **ENTRY | OPEN | {"reminder_acknowledged": False, "solicitation_number": "R-2"}
        )
        await run(db, commands.revise_engagement, number, body, version=1)
    await run(db, commands.revise_engagement, number, commands.ReviseEngagement(**ENTRY), version=1)
    view = await seen(db, number)
    assert (view.solicitation_open, view.acknowledged_by) == (False, None)


async def test_organizations_come_and_are_taken_out(db):
    number = await entered(db)
    company = await added(db, number, uei="abc123def456", cage=None)
    with pytest.raises(Invalid):
        await added(db, number, cage="IOIOI")
    out = commands.TakeOutOrganization("It sent nobody.")
    with pytest.raises(Stale):
        await run(db, commands.take_out_organization, company, out, version=9)
    await run(db, commands.take_out_organization, company, out, version=1)
    with pytest.raises(Refused, match="already"):
        await run(db, commands.take_out_organization, company, out, version=2)
    with pytest.raises(NotFound):
        await run(db, commands.take_out_organization, 99, out, version=1)
    (shown,) = (await seen(db, number)).organizations
    assert (shown.uei, shown.until, shown.ended_because) == ("ABC123DEF456", TODAY, "It sent nobody.")


async def test_a_promise_stands_in_the_calendar_until_it_is_kept(db):
    number = await entered(db, outcome="Held.")
    company = await added(db, number)
    ours = await promised(db, number)
    theirs = await promised(db, number, title="Figures", owed_by="the organization", organization_id=company)
    async with db.read() as session:
        found = {each.dated.slug: each for each in await queries.entries(session, OFFICIAL)}
    assert set(found) == {f"engagement-{number}", f"commitment-{ours}", f"commitment-{theirs}"}
    assert found[f"commitment-{theirs}"].note == "Owed by Castings Company."
    assert found[f"commitment-{ours}"].open
    kept = commands.SettleCommitment("kept", TODAY, "Letter of today.")
    await run(db, commands.settle_commitment, ours, kept, version=1)
    gone = commands.SettleCommitment("withdrawn", TODAY, "Both sides agreed.")
    await run(db, commands.settle_commitment, theirs, gone, version=1)
    async with db.read() as session:
        found = {each.dated.slug: each for each in await queries.entries(session, OFFICIAL)}
        (row,) = [each for each in await queries.summary(session, OFFICIAL) if each.engagements]
    assert not found[f"commitment-{ours}"].open
    assert f"commitment-{theirs}" not in found
    assert (row.objective, row.organizations, row.kept, row.withdrawn, row.open) == ("1253.b.2", 1, 1, 1, 0)
    with pytest.raises(Refused, match="kept"):
        await run(db, commands.settle_commitment, ours, gone, version=2)
    with pytest.raises(Refused, match="kept"):
        await run(db, commands.revise_commitment, ours, commands.ReviseCommitment(**PROMISE), version=2)


async def test_a_promise_that_is_late_is_owed_still(db):
    number = await entered(db)
    late = await promised(db, number, due_on=ON)
    with pytest.raises(Refused, match="nothing of it is late"):
        await run(db, commands.settle_commitment, late, commands.SettleCommitment("late", ON, "Not yet."), version=1)
    said = commands.SettleCommitment("late", TODAY, "The plant manager changed.")
    await run(db, commands.settle_commitment, late, said, version=1)
    async with db.read() as session:
        view = await queries.commitment(session, OFFICIAL, late)
        assert (view.outcome, view.overdue) == ("late", True)
        assert (await queries.list_commitments(session, OFFICIAL, overdue=True)).total == 1
        assert (await queries.list_commitments(session, OFFICIAL, outcomes=("open",))).total == 0
    await run(db, commands.revise_commitment, late, commands.ReviseCommitment(**PROMISE), version=2)


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"due_on": ON - timedelta(days=1)}, "due_on"),
        ({"owed_by": "the organization"}, "organization_id"),
        ({"organization_id": 99}, "organization_id"),
        ({"owner_office_id": 99}, "owner_office_id"),
        ({"owner_person_id": 99}, "owner_person_id"),
    ],
)
async def test_a_promise_with_a_mistake_names_its_field(db, more, where):
    number = await entered(db)
    with pytest.raises(Invalid) as wrong:
        await promised(db, number, **more)
    assert {each.where for each in wrong.value.mistakes} == {where}


async def test_a_promise_is_owed_by_an_organization_of_its_own_engagement(db):
    elsewhere = await added(db, await entered(db))
    with pytest.raises(Invalid):
        await promised(db, await entered(db), owed_by="the organization", organization_id=elsewhere)


async def test_a_cancelled_engagement_takes_nothing_more(db):
    number = await entered(db)
    await run(db, commands.cancel_engagement, number, commands.CancelEngagement("A storm."), version=1)
    for refused in (
        added(db, number),
        promised(db, number),
        run(db, commands.cancel_engagement, number, commands.CancelEngagement("Again."), version=2),
        run(db, commands.revise_engagement, number, commands.ReviseEngagement(**ENTRY), version=2),
    ):
        with pytest.raises(Refused, match="was cancelled"):
            await refused
    async with db.read() as session:
        assert await queries.entries(session, OFFICIAL) == ()
        assert not any(each.engagements for each in await queries.summary(session, OFFICIAL))


async def test_nobody_is_told_of_what_they_may_not_see(db):
    hidden = await entered(db, marking=HIDDEN)
    company, promise = await added(db, hidden), await promised(db, hidden)
    async with db.read() as session:
        assert (await queries.list_engagements(session, CONTRACTOR)).total == 0
        assert (await queries.list_commitments(session, CONTRACTOR)).total == 0
        assert await queries.entries(session, CONTRACTOR) == ()
        assert await queries.countries(session, CONTRACTOR) == ()
        assert not any(
            each.engagements + each.organizations + each.open for each in await queries.summary(session, CONTRACTOR)
        )
        for question in (
            queries.engagement(session, CONTRACTOR, hidden),
            queries.organization(session, CONTRACTOR, company),
            queries.commitment(session, CONTRACTOR, promise),
        ):
            with pytest.raises(NotFound):
                await question


@pytest.mark.parametrize(
    ("which", "count"),
    [
        ({"text": "castings"}, 1),
        ({"text": "nothing"}, 0),
        ({"kinds": ("event",)}, 1),
        ({"kinds": ("meeting",)}, 0),
        ({"states": ("held",)}, 1),
        ({"states": ("planned", "cancelled")}, 0),
        ({"organizations": ("industry",)}, 1),
        ({"organizations": ("academia",)}, 0),
        ({"country": "USA"}, 1),
        ({"objective": "1253.b.3"}, 0),
        ({"office_id": 1}, 1),
        ({"solicitation": True}, 0),
        ({"owed": True}, 1),
    ],
)
async def test_the_list_is_filtered(db, which, count):
    number = await entered(db)
    await added(db, number)
    await promised(db, number)
    async with db.read() as session:
        found = await queries.list_engagements(session, OFFICIAL, queries.EngagementFilter(**which))
    assert found.total == count


@pytest.mark.parametrize("sort", [*queries.SORTS, *(f"-{each}" for each in queries.SORTS)])
async def test_the_list_is_paged_in_every_order(db, sort):
    for number in range(3):
        await entered(db, name=f"Number {number}")
    async with db.read() as session:
        whole = await queries.every_engagement(session, OFFICIAL, queries.EngagementFilter(), sort=sort)
        first = await queries.list_engagements(session, OFFICIAL, sort=sort, limit=2)
        rest = await queries.list_engagements(session, OFFICIAL, sort=sort, limit=2, cursor=first.next_cursor)
    assert [each.id for each in whole] == [each.id for each in (*first.items, *rest.items)]
