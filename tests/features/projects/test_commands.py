"""What changes in projects, against PostgreSQL."""

from datetime import date, timedelta

import pytest

from pipir.features.people.tables import SERVICE
from pipir.features.projects import commands, queries
from pipir.features.projects.tables import PartnerId
from pipir.features.trail.queries import history
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused, Stale
from pipir.kernel.ids import ProjectId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from tests.features.projects.situations import GOVERNMENT, STRICT, add, ground, plan, proposal, propose, read

PLAN = date(2026, 3, 1)


async def change(db, act, target, body, version, actor=SERVICE):
    async with db.write(actor=actor, command=act.name) as session:
        return await act(session, target, body, version=version)


def revised(**more):
    return commands.ReviseProject(**{k: v for k, v in proposal(**more).items() if k != "status"})


async def test_codes_follow_each_other_without_gaps(db):
    first = await propose(db)
    with pytest.raises(Conflict):
        await propose(db)
    second = await propose(db, name="Another")
    assert [(await read(db, each)).code for each in (first, second)] == ["P-0001", "P-0002"]


async def test_what_is_not_known_stays_unknown(db):
    view = await read(db, await propose(db))
    assert (view.planned_total, view.announced_on, view.workstream, view.rating, view.program_authority) == (None,) * 5
    assert view.objectives == ["1253.b.2", "1253.b.5"]
    assert view.marking == "CUI"
    assert not view.exercise


async def test_every_field_comes_back_as_it_was_given(db):
    at = await ground(db)
    view = await read(
        db,
        await propose(
            db,
            workstream_id=at.workstream,
            announced_on=date(2025, 5, 31),
            description="Two lines\nof text",
            program_authority="1253.e.1",
            planned_total=Dollars("1250000.50"),
            status="planned",
            marking="CUI//REL TO USA, JPN",
        ),
    )
    assert (view.workstream, view.announced_on, view.status) == ("Sustainment", date(2025, 5, 31), "planned")
    assert (view.planned_total, view.marking) == (Dollars("1250000.50"), "CUI//REL TO USA, JPN")


@pytest.mark.parametrize(
    "wrong",
    [
        {"objectives": []},
        {"planned_total": Dollars("-1")},
        {"program_authority": "no-such-law"},
        {"workstream_id": 999},
        {"lead_office_id": 999},
        {"marking": "TOP SECRET"},
        {"in_classified_annex": True, "description": "Detail"},
    ],
)
async def test_a_proposal_with_a_mistake_stores_nothing(db, wrong):
    with pytest.raises(Invalid):
        await propose(db, **wrong)
    async with db.read() as session:
        assert (await queries.list_projects(session, GOVERNMENT)).total == 0


async def test_a_project_is_revised_at_its_version_only(db):
    number = await propose(db)
    await change(db, commands.revise_project, number, revised(name="Radar repair in Australia"), 1)
    assert (await read(db, number)).name == "Radar repair in Australia"
    with pytest.raises(Stale):
        await change(db, commands.revise_project, number, revised(), 1)


async def test_a_revision_meets_the_same_rules_as_a_proposal(db):
    number = await propose(db)
    for wrong in ({"objectives": ["x"]}, {"marking": "?"}, {"program_authority": "x"}, {"workstream_id": 9}):
        with pytest.raises(Invalid):
            await change(db, commands.revise_project, number, revised(**wrong), 1)


async def test_a_status_changes_by_an_allowed_step_with_its_reason_in_the_history(db):
    number = await propose(db)
    body = commands.ChangeStatus(status="active", reason="The agreement was signed.")
    await change(db, commands.change_status, number, body, 1)
    view = await read(db, number)
    assert (view.status, view.status_reason) == ("active", "The agreement was signed.")
    with pytest.raises(Refused):
        await change(db, commands.change_status, number, commands.ChangeStatus(status="planned", reason="Back"), 2)
    async with db.read() as session:
        latest = (await history(session, Reader(kind="us-government"), "project", number))[0]
    assert {"status", "status reason"} <= {each.field for each in latest.changes}


async def test_a_rating_is_given_and_taken_back(db):
    number = await propose(db)
    async with db.read() as session:
        later = session.today + timedelta(days=30)
    await change(db, commands.rate_project, number, commands.RateProject("amber", "A part is late.", later), 1)
    assert (await read(db, number)).rating == "amber"
    await change(db, commands.rate_project, number, commands.RateProject(), 2)
    view = await read(db, number)
    assert (view.rating, view.rating_rationale, view.rating_review_on) == (None, None, None)
    with pytest.raises(Invalid):
        await change(db, commands.rate_project, number, commands.RateProject("green"), 3)


async def test_an_ended_project_no_longer_changes(db):
    at = await ground(db)
    number = await propose(db)
    step = await plan(db, number, "First article", PLAN)
    part = await add(db, number, at.japan)
    async with db.read() as session:
        today = session.today
    end = commands.EndProject(until=today, because="Nobody took it up.")
    with pytest.raises(Refused):
        await change(db, commands.end_project, number, end, 1)
    await change(db, commands.change_status, number, commands.ChangeStatus("cancelled", "No taker."), 1)
    await change(db, commands.end_project, number, end, 2)
    view = await read(db, number)
    assert (view.until, view.ended_because) == (today, "Nobody took it up.")
    refused = [
        change(db, commands.revise_project, number, revised(), 3),
        change(db, commands.change_status, number, commands.ChangeStatus("exploratory", "Again"), 3),
        change(db, commands.rate_project, number, commands.RateProject(), 3),
        change(db, commands.end_project, number, end, 3),
        change(db, commands.meet_milestone, step, commands.MeetMilestone(today), 1),
        change(db, commands.revise_milestone, step, commands.ReviseMilestone("Other", PLAN), 1),
        change(db, commands.cancel_milestone, step, commands.CancelMilestone("Not needed."), 1),
        change(db, commands.remove_partner, PartnerId(part), commands.RemovePartner(today, "Left."), 1),
        plan(db, number, "Late", PLAN),
        add(db, number, at.australia),
    ]
    for each in refused:
        with pytest.raises(Refused):
            await each


async def test_a_participant_has_one_part_at_a_time(db):
    at = await ground(db)
    number = await propose(db)
    part = PartnerId(await add(db, number, at.japan, role="lead", lead=True, since=date(2026, 1, 5)))
    with pytest.raises(Conflict):
        await add(db, number, at.japan)
    with pytest.raises(Invalid):
        await change(db, commands.remove_partner, part, commands.RemovePartner(date(2026, 1, 4), "Left."), 1)
    await change(db, commands.remove_partner, part, commands.RemovePartner(date(2026, 2, 1), "Left."), 1)
    with pytest.raises(Refused):
        await change(db, commands.remove_partner, part, commands.RemovePartner(date(2026, 2, 1), "Left."), 2)
    await add(db, number, at.japan)
    async with db.read() as session:
        now = await queries.partners(session, GOVERNMENT, number)
        ever = await queries.partners(session, GOVERNMENT, number, ended=True)
    assert [len(now), len(ever)] == [1, 2]


async def test_a_reported_role_keeps_its_source(db):
    at = await ground(db)
    number = await propose(db)
    with pytest.raises(Invalid):
        await add(db, number, at.japan, reported=True)
    await add(db, number, at.japan, reported=True, source="A newspaper")
    async with db.read() as session:
        (part,) = await queries.partners(session, GOVERNMENT, number)
    assert (part.reported, part.source, part.code) == (True, "A newspaper", "JPN")


async def test_a_part_needs_a_project_and_a_country(db):
    number = await propose(db)
    with pytest.raises(NotFound):
        await add(db, ProjectId(999), 1)
    with pytest.raises(Invalid):
        await add(db, number, 999)
    with pytest.raises(NotFound):
        await change(db, commands.remove_partner, PartnerId(999), commands.RemovePartner(PLAN, "None"), 1)


async def test_a_slipped_milestone_carries_its_reason(db):
    number = await propose(db)
    step = await plan(db, number, "First article", PLAN)
    later = commands.ReviseMilestone("First article", PLAN, date(2027, 3, 1))
    with pytest.raises(Invalid):
        await change(db, commands.revise_milestone, step, later, 1)
    reason = commands.ReviseMilestone("First article", PLAN, date(2027, 3, 1), reason="The furnace broke.")
    await change(db, commands.revise_milestone, step, reason, 1)
    with pytest.raises(Stale):
        await change(db, commands.revise_milestone, step, reason, 1)
    async with db.read() as session:
        view = await queries.milestone(session, GOVERNMENT, step)
    assert (view.forecast_on, view.date_reason, view.position) == (date(2027, 3, 1), "The furnace broke.", 1)
    assert view.days_late >= 365


async def test_a_milestone_is_met_corrected_and_not_cancelled_afterwards(db):
    number = await propose(db)
    step = await plan(db, number, "First article", PLAN)
    async with db.read() as session:
        today = session.today
    with pytest.raises(Invalid):
        await change(db, commands.meet_milestone, step, commands.MeetMilestone(today + timedelta(days=1)), 1)
    await change(db, commands.meet_milestone, step, commands.MeetMilestone(date(2026, 3, 5)), 1)
    with pytest.raises(Invalid):
        await change(db, commands.meet_milestone, step, commands.MeetMilestone(PLAN), 2)
    await change(db, commands.meet_milestone, step, commands.MeetMilestone(PLAN, "The protocol says so."), 2)
    with pytest.raises(Refused):
        await change(db, commands.cancel_milestone, step, commands.CancelMilestone("No."), 3)
    with pytest.raises(Refused):
        late = commands.ReviseMilestone("First article", date(2026, 4, 1), reason="Later")
        await change(db, commands.revise_milestone, step, late, 3)


async def test_a_cancelled_milestone_stays_with_its_reason(db):
    number = await propose(db)
    step = await plan(db, number, "First article", PLAN)
    await change(db, commands.cancel_milestone, step, commands.CancelMilestone("Bought instead."), 1)
    with pytest.raises(Refused):
        await change(db, commands.meet_milestone, step, commands.MeetMilestone(PLAN), 2)
    async with db.read() as session:
        (view,) = await queries.milestones(session, GOVERNMENT, number)
    assert (view.state, view.ended_because, view.days_late) == ("cancelled", "Bought instead.", None)


async def test_milestones_stand_in_the_order_of_their_plan(db):
    number = await propose(db)
    await plan(db, number, "Second", PLAN)
    await plan(db, number, "First", PLAN, position=1)
    await plan(db, number, "Third", PLAN)
    async with db.read() as session:
        found = await queries.milestones(session, GOVERNMENT, number)
    assert [(each.name, each.position) for each in found] == [("Second", 1), ("First", 1), ("Third", 2)]


async def test_a_project_of_the_annex_takes_no_partners_and_milestones(db):
    at = await ground(db)
    number = await propose(db, name="Neutral title", in_classified_annex=True)
    with pytest.raises(Refused):
        await plan(db, number, "Detail", PLAN)
    with pytest.raises(Refused):
        await add(db, number, at.japan)


async def test_a_project_that_shows_detail_does_not_move_to_the_annex(db):
    number = await propose(db)
    await plan(db, number, "First article", PLAN)
    with pytest.raises(Refused):
        await change(db, commands.revise_project, number, revised(in_classified_annex=True), 1)


async def test_what_a_writer_may_not_see_does_not_exist_for_them(db):
    at = await ground(db)
    hidden = await propose(db, marking=STRICT)
    step = await plan(db, hidden, "Step", PLAN)
    part = PartnerId(await add(db, hidden, at.japan))
    attempts = [
        (commands.revise_project, hidden, revised(), 1),
        (commands.change_status, hidden, commands.ChangeStatus("active", "Signed."), 1),
        (commands.rate_project, hidden, commands.RateProject(), 1),
        (commands.end_project, hidden, commands.EndProject(PLAN, "Over."), 1),
        (commands.revise_milestone, step, commands.ReviseMilestone("Step", PLAN), 1),
        (commands.meet_milestone, step, commands.MeetMilestone(PLAN), 9),
        (commands.cancel_milestone, step, commands.CancelMilestone("Over."), 9),
        (commands.remove_partner, part, commands.RemovePartner(PLAN, "Over."), 9),
    ]
    for act, target, body, version in attempts:
        with pytest.raises(NotFound) as unseen:
            await change(db, act, target, body, version, actor=at.contractor)
        with pytest.raises(NotFound) as absent:
            await change(db, act, type(target)(99_999), body, version, actor=at.contractor)
        assert unseen.value.detail == absent.value.detail
    visible = await propose(db, name="For all")
    with pytest.raises(Invalid):
        await change(db, commands.revise_project, visible, revised(name="x", marking=STRICT), 1, actor=at.contractor)


async def test_a_related_effort_is_entered_changed_and_ended(db):
    async with db.write(actor=SERVICE, command="related-effort.enter") as session:
        effort = await commands.enter_related_effort(
            session,
            commands.EnterRelatedEffort("A framework", "separate initiative", date(2024, 5, 20), "A weekly", "month"),
        )
    body = commands.ReviseRelatedEffort("The framework", "separate initiative", date(2024, 5, 20), "A weekly", "month")
    await change(db, commands.revise_related_effort, effort, body, 1)
    with pytest.raises(Stale):
        await change(db, commands.revise_related_effort, effort, body, 1)
    end = commands.EndRelatedEffort(date(2026, 1, 1), "It closed.")
    with pytest.raises(Invalid):
        await change(db, commands.end_related_effort, effort, commands.EndRelatedEffort(date(2020, 1, 1), "Odd."), 2)
    await change(db, commands.end_related_effort, effort, end, 2)
    with pytest.raises(Refused):
        await change(db, commands.end_related_effort, effort, end, 3)
    async with db.read() as session:
        view = await queries.related_effort(session, GOVERNMENT, effort)
        assert (await queries.list_related_efforts(session, GOVERNMENT)).total == 0
        assert (await queries.list_related_efforts(session, GOVERNMENT, ended=True)).total == 1
    assert (view.on_day, view.name, view.until) == (date(2024, 5, 1), "The framework", date(2026, 1, 1))


async def test_a_related_effort_is_read_by_whom_its_marking_lets_read(db):
    """docs/releasability.md: as of every record; a partner reads only what is REL TO its country."""
    body = commands.EnterRelatedEffort("A framework", "separate", date(2024, 5, 1), "A weekly", marking="CUI//NOCON")
    async with db.write(actor=SERVICE, command="related-effort.enter") as session:
        effort = await commands.enter_related_effort(session, body)
        with pytest.raises(Invalid):
            wrong = commands.EnterRelatedEffort("B", "separate", date(2024, 5, 1), "A weekly", marking="SECRET")
            await commands.enter_related_effort(session, wrong)
    async with db.read() as session:
        assert (await queries.related_effort(session, GOVERNMENT, effort)).marking == "CUI//NOCON"
        for reader in (Reader("contractor"), Reader("partner", "JPN")):
            with pytest.raises(NotFound):
                await queries.related_effort(session, reader, effort)
            assert (await queries.list_related_efforts(session, reader)).total == 0
            assert await queries.related_effort_by_name(session, reader, "A framework") is None
    shared = commands.ReviseRelatedEffort(
        "A framework", "separate", date(2024, 5, 1), "A weekly", marking="CUI//REL TO USA, JPN"
    )
    await change(db, commands.revise_related_effort, effort, shared, 1)
    async with db.read() as session:
        assert (await queries.list_related_efforts(session, Reader("partner", "JPN"))).total == 1
        assert (await queries.list_related_efforts(session, Reader("partner", "AUS"))).total == 0
