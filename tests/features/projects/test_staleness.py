"""A project is stale by its trail: so many days without a person's act on it, or on what hangs on it."""

from datetime import date, timedelta

import pytest

from pipir.features.people.tables import SERVICE
from pipir.features.projects import commands, queries
from pipir.kernel.errors import Invalid
from pipir.kernel.ids import ProjectId
from tests.features.projects.situations import GOVERNMENT, proposal, read
from tests.rehearsals import Rehearsal, noon

BEGUN = date(2026, 2, 2)


async def listed(rehearsal: Rehearsal, days: int | None = None) -> list[tuple[date, int | None]]:
    """The days of the last update and of staleness in the list, under the filter."""
    async with rehearsal.db.read() as session:
        which = queries.ProjectFilter(stale=days)
        found = await queries.list_projects(session, GOVERNMENT, which, sort="updated")
        counts = await queries.counts(session, GOVERNMENT)
    if days is not None:
        assert {each.days: each.projects for each in counts.stale}[days] == found.total
    return [(each.updated_on, each.stale) for each in found.items]


async def entered(rehearsal: Rehearsal) -> ProjectId:
    await rehearsal.move(noon(BEGUN))
    answer = await rehearsal.must("program-office", "POST", "/projects", proposal())
    return ProjectId(answer["id"])


async def test_a_project_is_stale_after_sixty_days_and_again_after_a_hundred_and_twenty(rehearsal: Rehearsal) -> None:
    """Office convention"""
    project = await entered(rehearsal)
    for days, stale in ((59, None), (60, 60), (119, 60), (120, 120)):
        await rehearsal.move(noon(BEGUN + timedelta(days=days)))
        view = await read(rehearsal.db, project)
        assert (view.updated_on, view.stale) == (BEGUN, stale), days
        assert len(await listed(rehearsal, 60)) == (days >= 60)
        assert len(await listed(rehearsal, 120)) == (days >= 120)
        assert await listed(rehearsal) == [(BEGUN, stale)]


async def test_an_act_on_what_hangs_on_it_is_an_update_if_a_person_does_it(rehearsal: Rehearsal) -> None:
    project = await entered(rehearsal)
    later = BEGUN + timedelta(days=100)
    await rehearsal.move(noon(later))
    async with rehearsal.db.write(actor=SERVICE, command="test.service") as session:
        await commands.plan_milestone(session, project, commands.PlanMilestone("First", later))
    assert (await read(rehearsal.db, project)).stale == 60
    article = {"title": "Fuze", "source": "Letter", "psc": "1390"}
    await rehearsal.must("program-office", "POST", f"/projects/{project}/articles", article)
    view = await read(rehearsal.db, project)
    assert (view.updated_on, view.stale) == (later, None)
    assert await listed(rehearsal, 60) == []
    answer = await rehearsal.must("program-office", "GET", "/projects?stale=60")
    assert answer["total"] == 0


async def test_that_the_service_entered_a_project_begins_its_time(rehearsal: Rehearsal) -> None:
    await rehearsal.move(noon(BEGUN))
    async with rehearsal.db.write(actor=SERVICE, command="test.service") as session:
        project = await commands.propose_project(session, commands.ProposeProject(**proposal()))
    await rehearsal.move(noon(BEGUN + timedelta(days=200)))
    assert (await read(rehearsal.db, project)).stale == 120


async def test_a_closed_project_is_not_stale(rehearsal: Rehearsal) -> None:
    project = await entered(rehearsal)
    body = {"status": "cancelled", "reason": "No taker."}
    await rehearsal.must("program-office", "PATCH", f"/projects/{project}/status", body, version=1)
    await rehearsal.move(noon(BEGUN + timedelta(days=200)))
    assert (await read(rehearsal.db, project)).stale is None
    assert await listed(rehearsal, 60) == []


async def test_the_office_keeps_its_own_numbers_of_days(rehearsal: Rehearsal) -> None:
    async with rehearsal.db.read() as session:
        assert queries.stale_days(session) == (60, 120)
    with pytest.raises(Invalid):
        await listed(rehearsal, 61)
    assert (await rehearsal.ask("program-office", "GET", "/projects?stale=61")).status_code == 422
