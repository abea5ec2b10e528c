"""What a report gathers of agreements, engagement and assistance: of the period, of what its reader may see."""

from datetime import date

from msgspec import UNSET

from pipir.features.engagement import commands as engagement
from pipir.features.people.tables import SERVICE
from pipir.features.projects import commands as projects
from pipir.features.projects.tables import Project
from pipir.features.report import commands as report
from pipir.features.report import queries
from pipir.features.report.compose.snapshot import Activity, Snapshot, canonical, read
from pipir.features.report.queries.late import late_facts
from pipir.kernel.ids import ProjectId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.features.agreements import makers
from tests.features.assistance.situations import planned
from tests.features.engagement.situations import HIDDEN, ON, TODAY, added, entered, promised, run
from tests.features.execution.makers import record_budget
from tests.features.report.record import draft

US, CONTRACTOR = Reader("us-government"), Reader("contractor")


async def told(db: Database, reader: Reader = US, year: int = 2027) -> Activity:
    async with db.snapshot() as session:
        snapshot = await queries.gather(session, reader, year)
    assert snapshot.told is not None
    return snapshot.told


async def test_an_engagement_is_told_with_who_came_and_what_was_promised(db: Database) -> None:
    """Sec. 1253(e)(4)"""
    number = await entered(db)
    await added(db, number)
    out = await added(db, number, name="Another", kind="academia", uei=None, cage=None)
    await run(db, engagement.take_out_organization, out, engagement.TakeOutOrganization("It did not come."), version=1)
    await promised(db, number)
    await entered(db, name="Ahead", starts_on=date(2027, 1, 5), ends_on=date(2027, 1, 5))
    [found] = (await told(db)).engagements
    assert (found.code, found.organizations) == ("E-0001", ("industry",))
    assert [(each.made_on, each.outcome) for each in found.promises] == [(ON, "open")]


async def test_an_earlier_engagement_is_told_only_for_what_is_owed_or_was_kept(db: Database) -> None:
    """Sec. 1253(f)(1)(A): each report covers a fiscal year."""
    first, second = await entered(db), await entered(db, name="Settled")
    await promised(db, first)
    kept = await promised(db, second)
    settled = engagement.SettleCommitment("kept", TODAY, "A letter.")
    await run(db, engagement.settle_commitment, kept, settled, version=1)
    assert [each.name for each in (await told(db)).engagements] == ["Forum of suppliers", "Settled"]
    assert [each.name for each in (await told(db, year=2029)).engagements] == ["Forum of suppliers"]


async def test_assistance_is_told_by_partner_with_the_authority_that_it_uses(db: Database) -> None:
    """Sec. 1253(e)(3)"""
    await record_budget(db, 2029)
    await planned(db, planned_cost=Dollars("1250000.00"))
    [found] = (await told(db)).assistance
    assert (found.partner, found.uses, found.planned_cost) == ("Partner PHL", "10 U.S.C. 333", Dollars("1250000.00"))
    assert (found.status, found.begun_on) == ("planned", None)


async def test_no_planned_amount_beyond_the_submitted_budget_is_frozen_with_a_report(db: Database) -> None:
    """money.md: pre-decisional amounts are barred from transmittal, and the package holds its snapshot."""
    secret = Dollars("777123456.00")

    async def project(name: str, *steps: date, status: str = "exploratory") -> None:
        body = projects.ProposeProject(name, "co-production", ["1253.b.1"], "a test", "a test", planned_total=secret)
        number = ProjectId(await run(db, projects.propose_project, body))
        for place, day in enumerate(steps, 1):
            await run(db, projects.plan_milestone, number, projects.PlanMilestone(f"Step {place}", day))
        if status != "exploratory":
            async with db.write(actor=SERVICE, command="test.status") as session:
                row = await session.get(Project, number)
                assert row is not None
                row.status = status

    async def withheld() -> dict[str, bool]:
        async with db.snapshot() as session:
            snapshot = await queries.gather(session, US, 2027)
        assert snapshot.told is not None
        assert snapshot.read is not None
        rows = {
            **{each.name: (each.planned_total, each.withheld) for each in snapshot.projects},
            **{each.name: (each.planned_cost, each.withheld) for each in snapshot.told.assistance},
            **{each.name: (each.planned, each.withheld) for each in snapshot.read.points},
        }
        assert set(rows.values()) <= {(secret, UNSET), (None, True)}
        assert (str(secret.amount) in canonical(snapshot).decode()) == any(amount for amount, _ in rows.values())
        return {name: hidden is True for name, (_, hidden) in rows.items()}

    await project("Within", date(2027, 9, 30))
    await project("Beyond", date(2027, 3, 1), date(2028, 10, 1))
    await project("Undated")
    await project("Over", date(2030, 1, 1), status="completed")
    await planned(db, name="Assistance", planned_cost=secret)
    await run(db, report.open_report, report.OpenReport(2027))
    await run(db, report.enter_point, report.EnterPoint(2027, "priority", "Priority", planned=secret))
    every = {"Within", "Beyond", "Undated", "Over", "Assistance", "Priority"}
    assert await withheld() == dict.fromkeys(every, True)
    await record_budget(db, 2027)
    assert await withheld() == dict.fromkeys(every, True) | {"Within": False, "Over": False}
    await record_budget(db, 2028)
    assert await withheld() == dict.fromkeys(every, False) | {"Beyond": True, "Undated": True}
    await record_budget(db, 2029)
    assert await withheld() == dict.fromkeys(every, False) | {"Undated": True}


async def test_what_a_reader_may_not_see_is_in_no_report_of_theirs_and_marks_the_others(db: Database) -> None:
    """Derived marking"""
    await entered(db, marking=HIDDEN)
    await planned(db, marking=HIDDEN)
    of_theirs = await told(db, CONTRACTOR)
    assert (of_theirs.engagements, of_theirs.assistance) == ((), ())
    of_ours = await told(db)
    assert (len(of_ours.engagements), len(of_ours.assistance)) == (1, 1)
    async with db.snapshot() as session:
        assert (await queries.gather(session, US, 2027)).marking == HIDDEN


async def agreed(db: Database, reader: Reader = US, year: int = 2027) -> Snapshot:
    async with db.snapshot() as session:
        return await queries.gather(session, reader, year)


async def test_an_agreement_is_told_as_it_stands_on_the_day_of_the_freeze(db: Database) -> None:
    """Sec. 1253(e)(1): drafts too, each with its parties and the law that it rests on."""
    parties = await makers.countries(db)
    hand = await makers.Hand.enter(
        db, ("AUS", parties["AUS"]), ("JPN", parties["JPN"]), authority="10-usc-2350a", marking="UNCLASSIFIED"
    )
    [found] = (await agreed(db)).agreed or ()
    assert (found.name, found.state, found.signed_on) == ("Radar repair", "drafting", None)
    assert (found.parties, found.authority) == (("Australia", "Japan"), "10 U.S.C. 2350a")
    await hand.step("negotiating authority")
    assert [each.state for each in (await agreed(db)).agreed or ()] == ["negotiating authority"]


async def test_an_agreement_that_was_over_before_the_time_of_a_report_is_not_told(db: Database) -> None:
    """Sec. 1253(f)(1)(A): each report covers a fiscal year; one that ended in it is told as ended."""
    hand = await makers.Hand.enter(db)
    await hand.step("ended")
    assert [each.state for each in (await agreed(db)).agreed or ()] == ["ended"]
    assert (await agreed(db, year=2029)).agreed == ()


async def test_an_agreement_that_a_reader_may_not_see_is_in_no_report_of_theirs_and_marks_the_others(
    db: Database,
) -> None:
    """Derived marking"""
    await makers.Hand.enter(db, marking=HIDDEN)
    assert (await agreed(db, CONTRACTOR)).agreed == ()
    whole = await agreed(db)
    assert len(whole.agreed or ()) == 1
    assert whole.marking == HIDDEN


async def test_a_change_of_an_agreement_after_the_reading_is_told_as_late(db: Database) -> None:
    hand = await makers.Hand.enter(db, marking="UNCLASSIFIED")
    build_id = await draft(db)
    await hand.step("negotiating authority")
    async with db.snapshot() as session:
        snapshot = read(await queries.stored_snapshot(session, build_id))
        late = await late_facts(session, US, build_id, snapshot)
    assert [each.state for each in snapshot.agreed or ()] == ["drafting"]
    assert {each.subject for each in late.changes} == {"agreement"}
