"""What the register takes, keeps and refuses."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from pipir.features.people.tables import SERVICE
from pipir.features.projects import commands as projects
from pipir.features.vulnerabilities import commands, queries
from pipir.features.vulnerabilities.tables import VulnerabilityId
from pipir.kernel.command import commands_of
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused, Stale
from tests.features.projects.situations import propose
from tests.features.vulnerabilities.situations import (
    CONTRACTOR,
    DAY,
    ENTRY,
    HIDDEN,
    OFFICIAL,
    REVIEW,
    change,
    entered,
    seen,
)

REVISED = {name: value for name, value in ENTRY.items() if name != "severity"}


def test_every_command_is_the_program_offices_and_goes_on():
    found = commands_of(commands)
    assert {each.permission for each in found} == {"vulnerabilities.change"}
    assert {each.sunset for each in found} == {"goes on"}


async def test_an_entry_takes_the_next_code_and_is_open(db):
    first, second = await entered(db), await entered(db, title="Another")
    one, other = await seen(db, first), await seen(db, second)
    assert (one.code, other.code) == ("V-0001", "V-0002")
    assert (one.status, one.countries, one.articles) == ("open", ["AUS", "JPN"], ["1310", "6810"])
    async with db.read() as session:
        steps = await queries.steps(session, OFFICIAL, first)
    assert [(each.what, each.value) for each in steps] == [("status", "open"), ("severity", "high")]


async def test_a_refused_entry_takes_no_code(db):
    with pytest.raises(Invalid):
        await entered(db, countries=["XXX"])
    assert (await seen(db, await entered(db))).code == "V-0001"


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"objectives": []}, "objectives"),
        ({"countries": ["Japan"]}, "countries"),
        ({"articles": ["0000"]}, "articles"),
        ({"owner_office_id": 999}, "owner_office_id"),
        ({"owner_person_id": 999}, "owner_person_id"),
        ({"review_on": DAY}, "review_on"),
        ({"marking": "SECRET"}, "marking"),
    ],
)
async def test_an_entry_with_a_mistake_names_its_field(db, more, where):
    with pytest.raises(Invalid) as wrong:
        await entered(db, **more)
    assert {each.where for each in wrong.value.mistakes} == {where}
    number = await entered(db)
    with pytest.raises(Invalid) as wrong:
        await change(
            db, commands.revise_vulnerability, number, commands.ReviseVulnerability(**REVISED | more), version=1
        )
    assert {each.where for each in wrong.value.mistakes} == {where}


async def test_every_step_has_its_reason_and_stays(db):
    number = await entered(db, mitigation="A second maker is being qualified.")
    body = commands.RateVulnerability("critical", "The maker has stopped.")
    await change(db, commands.rate_vulnerability, number, body, version=1)
    for place, (status, why) in enumerate(
        [("being mitigated", "Work began."), ("mitigated", "Qualified."), ("closed", "Two makers deliver.")]
    ):
        step = commands.ChangeVulnerabilityStatus(status, why)
        await change(db, commands.change_status, number, step, version=place + 2)
    view = await seen(db, number)
    assert (view.severity, view.severity_rationale) == ("critical", "The maker has stopped.")
    assert (view.status, view.status_because, view.overdue) == ("closed", "Two makers deliver.", False)
    async with db.read() as session:
        steps = await queries.steps(session, OFFICIAL, number)
    assert [each.value for each in steps] == ["closed", "mitigated", "being mitigated", "critical", "open", "high"]
    assert {each.on_day for each in steps} == {DAY}
    for act, body in (
        (commands.rate_vulnerability, commands.RateVulnerability("low", "It is small.")),
        (commands.revise_vulnerability, commands.ReviseVulnerability(**REVISED)),
        (commands.change_status, commands.ChangeVulnerabilityStatus("mitigated", "Again.")),
    ):
        with pytest.raises(Refused):
            await change(db, act, number, body, version=5)
    await change(
        db, commands.change_status, number, commands.ChangeVulnerabilityStatus("open", "It is back."), version=5
    )


async def test_the_database_keeps_steps_as_they_were(db):
    await entered(db)
    with pytest.raises(Exception, match="permission denied"):
        async with db.write(actor=SERVICE, command="test") as session:
            await session.execute(text("update vulnerability_step set because = 'Other', version = 2"))


async def test_an_acceptance_has_who_decided_and_goes_with_the_next_step(db):
    number = await entered(db)
    accept = commands.ChangeVulnerabilityStatus("accepted", "The cost is out of proportion.", "Director", DAY)
    await change(db, commands.change_status, number, accept, version=1)
    view = await seen(db, number)
    assert (view.accepted_by, view.accepted_on) == ("Director", DAY)
    await change(db, commands.change_status, number, commands.ChangeVulnerabilityStatus("open", "Anew."), version=2)
    assert (await seen(db, number)).accepted_by is None


async def test_a_project_addresses_it_from_a_day_until_a_day(db):
    number, project = await entered(db), await propose(db)
    with pytest.raises(Refused, match="Nothing on record"):
        await change(
            db,
            commands.change_status,
            number,
            commands.ChangeVulnerabilityStatus("being mitigated", "Work."),
            version=1,
        )
    link = await change(db, commands.link_project, number, commands.LinkProject(project))
    await change(
        db, commands.change_status, number, commands.ChangeVulnerabilityStatus("being mitigated", "Work."), version=1
    )
    with pytest.raises(Conflict, match="linked already"):
        await change(db, commands.link_project, number, commands.LinkProject(project))
    with pytest.raises(Stale):
        await change(db, commands.unlink_project, link, commands.UnlinkProject(DAY, "Over."), version=9)
    await change(db, commands.unlink_project, link, commands.UnlinkProject(DAY, "The project ended."), version=1)
    with pytest.raises(Refused, match="already"):
        await change(db, commands.unlink_project, link, commands.UnlinkProject(DAY, "Again."), version=2)
    assert [(each.until, each.ended_because) for each in (await seen(db, number)).projects] == [
        (DAY, "The project ended.")
    ]
    await change(db, commands.link_project, number, commands.LinkProject(project))
    with pytest.raises(NotFound):
        await change(db, commands.unlink_project, 999, commands.UnlinkProject(DAY, "Over."), version=1)
    for wrong in (commands.LinkProject(999), commands.LinkProject(project, DAY + timedelta(days=1))):
        with pytest.raises(Invalid):
            await change(db, commands.link_project, number, wrong)


async def test_nobody_is_told_of_what_they_may_not_see(db):
    hidden = await entered(db, marking=HIDDEN)
    open_one, project = await entered(db, title="Open"), await propose(db, marking=HIDDEN)
    await change(db, commands.link_project, open_one, commands.LinkProject(project))
    async with db.read() as session:
        found = await queries.list_vulnerabilities(session, CONTRACTOR)
        assert (found.total, [each.title for each in found.items]) == (1, ["Open"])
        assert found.items[0].projects == ()
        which = queries.VulnerabilityFilter(project_id=project)
        assert (await queries.list_vulnerabilities(session, CONTRACTOR, which)).total == 0
        assert (await queries.list_vulnerabilities(session, OFFICIAL, which)).total == 1
        assert sum(each.count for each in await queries.matrix(session, CONTRACTOR)) == 1
        assert (await queries.counts(session, CONTRACTOR)).living == 1
        assert len(await queries.entries(session, CONTRACTOR)) == 1
        assert await queries.steps(session, CONTRACTOR, hidden) == ()
        with pytest.raises(NotFound):
            await queries.vulnerability(session, CONTRACTOR, VulnerabilityId(hidden))
        with pytest.raises(NotFound):
            await queries.link(session, CONTRACTOR, 1)


async def test_a_review_stands_in_the_calendar_until_it_is_closed(db):
    number = await entered(db, owner_person_id=1)
    async with db.read() as session:
        (entry,) = await queries.entries(session, OFFICIAL)
    assert (entry.dated.due_on, entry.dated.href, entry.open) == (REVIEW, f"/vulnerabilities/{number}", True)
    assert (entry.dated.office_id, entry.dated.person_id) == (1, 1)
    await change(
        db, commands.change_status, number, commands.ChangeVulnerabilityStatus("closed", "In error."), version=1
    )
    async with db.read() as session:
        assert await queries.entries(session, OFFICIAL) == ()


@pytest.mark.parametrize(
    ("which", "count"),
    [
        ({"text": "propellant"}, 1),
        ({"text": "V-0001"}, 1),
        ({"text": "nothing"}, 0),
        ({"kinds": ("single source",)}, 1),
        ({"kinds": ("cyber",)}, 0),
        ({"severities": ("high", "low")}, 1),
        ({"confidences": ("doubtful",)}, 0),
        ({"statuses": ("open",)}, 1),
        ({"statuses": ("closed",)}, 0),
        ({"country": "JPN"}, 1),
        ({"country": "KOR"}, 0),
        ({"article": "1310"}, 1),
        ({"objective": "1253.b.4"}, 0),
        ({"office_id": 1}, 1),
        ({"overdue": True}, 0),
        ({"closed": True}, 1),
    ],
)
async def test_the_register_is_filtered(db, which, count):
    await entered(db)
    async with db.read() as session:
        found = await queries.list_vulnerabilities(session, OFFICIAL, queries.VulnerabilityFilter(**which))
    assert found.total == count


@pytest.mark.parametrize("sort", [*queries.SORTS, *(f"-{each}" for each in queries.SORTS)])
async def test_the_register_is_paged_in_every_order(db, sort):
    for number in range(3):
        await entered(db, title=f"Number {number}", review_on=REVIEW + timedelta(days=number % 2))
    async with db.read() as session:
        whole = await queries.every_vulnerability(session, OFFICIAL, queries.VulnerabilityFilter(), sort=sort)
        first = await queries.list_vulnerabilities(session, OFFICIAL, sort=sort, limit=2)
        rest = await queries.list_vulnerabilities(session, OFFICIAL, sort=sort, limit=2, cursor=first.next_cursor)
    assert [each.id for each in whole] == [each.id for each in (*first.items, *rest.items)]
    assert len(whole) == 3


async def test_an_ended_project_is_no_link(db):
    number, project = await entered(db), await propose(db, status="announced")
    async with db.write(actor=SERVICE, command="test") as session:
        await projects.change_status(session, project, projects.ChangeStatus("cancelled", "Over."), version=1)
    await change(db, commands.link_project, number, commands.LinkProject(project))
    assert [each.project_id for each in (await seen(db, number)).projects] == [project]
