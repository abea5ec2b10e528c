"""What is asked of projects: filters, orders, figures, and what a reader may not see."""

from datetime import date, timedelta

import pytest

from pipir.features.groups import commands as groups
from pipir.features.participants import commands as participants
from pipir.features.participants.queries import participant_choices
from pipir.features.people.tables import SERVICE
from pipir.features.projects import commands, queries
from pipir.features.projects.queries import ProjectFilter
from pipir.kernel.errors import Invalid, NotFound
from pipir.kernel.marking import Reader
from tests.features.projects.situations import CONTRACTOR, GOVERNMENT, STRICT, add, ground, plan, propose

PARTNER = Reader(kind="partner", nationality="JPN")


ALL = ProjectFilter()


async def listed(db, which=ALL, reader=GOVERNMENT, **more):
    async with db.read() as session:
        found = await queries.list_projects(session, reader, which, **more)
    return [line.name for line in found.items]


async def program(db):
    """Three projects: one with partners and a late milestone, one rated, one plain and strict."""
    at = await ground(db)
    async with db.read() as session:
        today = session.today
    radar = await propose(db, workstream_id=at.workstream, announced_on=date(2025, 5, 31), status="active")
    await add(db, radar, at.australia, lead=True)
    await add(db, radar, at.japan)
    await plan(db, radar, "Overdue", today - timedelta(days=10))
    await plan(db, radar, "Far", today + timedelta(days=400))
    motors = await propose(
        db, name="Motors", kind="co-production", objectives=["1253.b.1"], announced_on=date(2026, 3, 18)
    )
    await add(db, motors, at.japan)
    await plan(db, motors, "Soon", today + timedelta(days=5))
    async with db.write(actor=SERVICE, command="project.rate") as session:
        await commands.rate_project(
            session, motors, commands.RateProject("red", "Late.", today + timedelta(days=9)), version=1
        )
    await propose(db, name="Annex", objectives=["1253.b.4"], in_classified_annex=True, marking=STRICT)
    return at, radar, motors, today


@pytest.mark.parametrize(
    ("which", "names"),
    [
        (ProjectFilter(), ["Annex", "Motors", "Radar repair"]),
        (ProjectFilter(text="rAdAr"), ["Radar repair"]),
        (ProjectFilter(text="P-0002"), ["Motors"]),
        (ProjectFilter(text="100%_"), []),
        (ProjectFilter(statuses=("active",)), ["Radar repair"]),
        (ProjectFilter(statuses=("active", "exploratory")), ["Annex", "Motors", "Radar repair"]),
        (ProjectFilter(kinds=("co-production",)), ["Motors"]),
        (ProjectFilter(ratings=("red",)), ["Motors"]),
        (ProjectFilter(ratings=("none",)), ["Annex", "Radar repair"]),
        (ProjectFilter(ratings=("red", "none")), ["Annex", "Motors", "Radar repair"]),
        (ProjectFilter(ratings=("green",)), []),
        (ProjectFilter(country="JPN"), ["Motors", "Radar repair"]),
        (ProjectFilter(country="AUS"), ["Radar repair"]),
        (ProjectFilter(objective="1253.b.1"), ["Motors"]),
        (ProjectFilter(late=True), ["Radar repair"]),
        (ProjectFilter(country="JPN", ratings=("red",)), ["Motors"]),
    ],
)
async def test_a_filter_shows_what_fits_and_nothing_else(db, which, names):
    await program(db)
    assert await listed(db, which) == names


async def test_a_workstream_is_a_filter(db):
    at, *_ = await program(db)
    assert await listed(db, ProjectFilter(workstream_id=at.workstream)) == ["Radar repair"]
    assert await listed(db, ProjectFilter(workstream_id=999)) == []


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("code", ["Radar repair", "Motors", "Annex"]),
        ("-code", ["Annex", "Motors", "Radar repair"]),
        ("status", ["Annex", "Motors", "Radar repair"]),
        ("rating", ["Motors", "Annex", "Radar repair"]),
        ("milestone", ["Radar repair", "Motors", "Annex"]),
        ("announced", ["Annex", "Radar repair", "Motors"]),
        ("kind", ["Motors", "Annex", "Radar repair"]),
    ],
)
async def test_every_order_holds_from_page_to_page_and_back(db, sort, names):
    await program(db)
    assert await listed(db, sort=sort) == names
    async with db.read() as session:
        first = await queries.list_projects(session, GOVERNMENT, sort=sort, limit=2)
        second = await queries.list_projects(session, GOVERNMENT, sort=sort, limit=2, cursor=first.next_cursor)
        again = await queries.list_projects(session, GOVERNMENT, sort=sort, limit=2, cursor=second.previous_cursor)
    assert [line.name for line in (*first.items, *second.items)] == names
    assert again.items == first.items
    assert first.total == 3


async def test_an_unknown_order_and_a_foreign_cursor_are_mistakes(db):
    for more in ({"sort": "money"}, {"cursor": "abc"}):
        with pytest.raises(Invalid):
            await listed(db, **more)


async def test_a_line_shows_its_partners_lead_first_and_its_next_milestone(db):
    await program(db)
    async with db.read() as session:
        found = await queries.list_projects(session, GOVERNMENT, ProjectFilter(text="radar"))
    (line,) = found.items
    assert [(each.code, each.lead) for each in line.countries] == [("AUS", True), ("JPN", False)]
    assert (line.next_milestone.name, line.next_milestone.days_late) == ("Overdue", 10)
    assert line.workstream == "Sustainment"


async def test_an_ended_project_is_listed_only_when_asked_for(db):
    number = await propose(db, status="cancelled")
    async with db.write(actor=SERVICE, command="project.end") as session:
        body = commands.EndProject(until=session.today - timedelta(days=1), because="Over.")
        await commands.end_project(session, number, body, version=1)
    assert await listed(db) == []
    assert await listed(db, ProjectFilter(ended=True)) == ["Radar repair"]
    async with db.read() as session:
        assert (await queries.counts(session, GOVERNMENT)).projects == 0
        assert len(await queries.all_for_report(session, GOVERNMENT)) == 1


async def test_the_counts_speak_of_what_the_reader_may_see(db):
    await program(db)
    async with db.read() as session:
        all_of_it = await queries.counts(session, GOVERNMENT)
        some_of_it = await queries.counts(session, CONTRACTOR)
    assert (all_of_it.projects, some_of_it.projects) == (3, 2)
    assert {each.name: each.projects for each in all_of_it.by_status if each.projects} == {
        "active": 1,
        "exploratory": 2,
    }
    assert {each.name: each.projects for each in all_of_it.by_rating if each.projects} == {"red": 1, None: 2}
    assert {each.name: each.projects for each in all_of_it.by_workstream} == {"Sustainment": 1, None: 2}
    assert (all_of_it.milestones, all_of_it.milestones_met, all_of_it.milestones_late) == (3, 0, 1)
    assert all_of_it.on_time_share is None


async def test_the_share_on_time_counts_met_milestones_alone(db):
    number = await propose(db)
    for days in (0, 5):
        step = await plan(db, number, f"Step {days}", date(2026, 3, 1))
        async with db.write(actor=SERVICE, command="milestone.meet") as session:
            body = commands.MeetMilestone(date(2026, 3, 1) + timedelta(days=days))
            await commands.meet_milestone(session, step, body, version=1)
    await plan(db, number, "Open", date(2026, 3, 1))
    async with db.read() as session:
        found = await queries.counts(session, GOVERNMENT)
    assert (found.milestones_met, found.milestones_met_on_time, found.on_time_share) == (2, 1, 0.5)


async def test_the_coverage_map_keeps_its_empty_cells(db):
    """Sec. 1253(b)"""
    await program(db)
    async with db.read() as session:
        rows = {row.objective: row for row in await queries.coverage(session, GOVERNMENT)}
        countries = await queries.by_country(session, GOVERNMENT)
    assert list(rows) == [f"1253.b.{n}" for n in range(1, 8)]
    assert [(cell.code, cell.projects) for cell in rows["1253.b.2"].cells] == [("AUS", 1), ("JPN", 1)]
    assert [(cell.code, cell.projects) for cell in rows["1253.b.1"].cells] == [("AUS", 0), ("JPN", 1)]
    assert (rows["1253.b.4"].projects, rows["1253.b.7"].projects) == (1, 0)
    assert [(each.code, each.projects) for each in countries] == [("AUS", 1), ("JPN", 2)]


async def test_a_report_reads_every_project_with_what_hangs_on_it(db):
    await program(db)
    async with db.read() as session:
        found = await queries.all_for_report(session, GOVERNMENT)
    assert [each.project.code for each in found] == ["P-0001", "P-0002", "P-0003"]
    assert [(len(each.partners), len(each.milestones)) for each in found] == [(2, 2), (1, 1), (0, 0)]


async def test_an_export_reads_every_row_of_the_list(db):
    await program(db)
    async with db.read() as session:
        found = await queries.every_project(session, GOVERNMENT, ProjectFilter(), sort="code")
    assert [line.code for line in found] == ["P-0001", "P-0002", "P-0003"]


async def test_every_question_is_empty_for_a_reader_who_may_see_nothing(db):
    _, radar, _, _ = await program(db)
    async with db.read() as session:
        step = (await queries.milestones(session, GOVERNMENT, radar))[0].id
        part = (await queries.partners(session, GOVERNMENT, radar))[0].id
        assert (await queries.list_projects(session, PARTNER)).total == 0
        assert await queries.every_project(session, PARTNER, ProjectFilter()) == ()
        assert await queries.names(session, PARTNER) == ()
        assert await queries.partners(session, PARTNER, radar) == ()
        assert await queries.milestones(session, PARTNER, radar) == ()
        assert await queries.all_for_report(session, PARTNER) == ()
        assert await participant_choices(session, PARTNER) == ()
        assert await queries.by_country(session, PARTNER) == ()
        assert await queries.project_by_name(session, PARTNER, "Motors") is None
        found = await queries.counts(session, PARTNER)
        assert (found.projects, found.milestones) == (0, 0)
        assert {row.projects for row in await queries.coverage(session, PARTNER)} == {0}
        for question in (
            queries.project(session, PARTNER, radar),
            queries.milestone(session, PARTNER, step),
            queries.partner(session, PARTNER, part),
        ):
            with pytest.raises(NotFound):
                await question


async def test_a_workstream_that_is_hidden_leaves_no_name(db):
    at, radar, *_ = await program(db)
    async with db.write(actor=SERVICE, command="group.revise") as session:
        body = groups.ReviseGroup(
            name="Sustainment",
            kind="workstream",
            established_on=date(2024, 10, 8),
            source="A release",
            marking=STRICT,
        )
        await groups.revise_group(session, at.workstream, body, version=1)
    async with db.read() as session:
        view = await queries.project(session, CONTRACTOR, radar)
        assert (view.workstream_id, view.workstream) == (None, None)
        which = ProjectFilter(workstream_id=at.workstream)
        assert (await queries.list_projects(session, CONTRACTOR, which)).total == 0


async def test_a_country_that_is_hidden_stands_in_no_project(db):
    at, radar, *_ = await program(db)
    async with db.write(actor=SERVICE, command="participant.revise") as session:
        body = participants.ReviseParticipant(name="Australia", region="Indo-Pacific", marking=STRICT)
        await participants.revise_participant(session, at.australia, body, version=1)
    async with db.read() as session:
        found = await queries.list_projects(session, CONTRACTOR, ProjectFilter(text="radar"))
        assert [each.code for each in found.items[0].countries] == ["JPN"]
        assert [each.code for each in await queries.partners(session, CONTRACTOR, radar)] == ["JPN"]
        assert (await queries.list_projects(session, CONTRACTOR, ProjectFilter(country="AUS"))).total == 0
        assert [row.code for row in await queries.by_country(session, CONTRACTOR)] == ["JPN"]
    with pytest.raises(Invalid):
        async with db.write(actor=at.contractor, command="project.add-partner") as session:
            await commands.add_partner(session, radar, commands.AddPartner(participant_id=at.australia, role="host"))
