"""What a report gathers of engagement and assistance: of the period, of what its reader may see."""

from datetime import date

from pipir.features.engagement import commands as engagement
from pipir.features.report import queries
from pipir.features.report.compose.snapshot import Activity
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.features.assistance.situations import planned
from tests.features.engagement.situations import HIDDEN, ON, TODAY, added, entered, promised, run

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
    await planned(db, planned_cost=Dollars("1250000.00"))
    [found] = (await told(db)).assistance
    assert (found.partner, found.uses, found.planned_cost) == ("Partner PHL", "10 U.S.C. 333", Dollars("1250000.00"))
    assert (found.status, found.begun_on) == ("planned", None)


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
