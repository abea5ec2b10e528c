"""What the first page asks."""

from datetime import date

from sqlalchemy import text

from pipir.features.duties import commands as duties
from pipir.features.home import queries
from pipir.features.people.tables import SERVICE
from pipir.kernel.access import Caller, Role
from pipir.kernel.marking import Reader, audience_of, parse_marking
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.features.home.situations import program


def caller(kind: str = "us-government", role: Role = "program-office", office: str = "pipir") -> Caller:
    return Caller(id=SERVICE, name="x", office=office, roles=(role,), reader=Reader(kind=kind), via="token")  # type: ignore[arg-type]


async def read(db: Database, who: Caller) -> queries.Dashboard:
    async with db.read() as session:
        return (await queries.dashboard(session, who))[0]


async def test_an_empty_record_knows_nothing(db: Database) -> None:
    """None, not zero."""
    board = await read(db, caller())
    assert (board.money, board.projects, board.participants, board.countries) == (None, None, None, ())
    assert board.dates == 12


async def test_the_figures_are_those_of_the_features(db: Database) -> None:
    """Each from the feature that keeps it."""
    await program(db)
    board = await read(db, caller())
    async with db.read() as session:
        obligated = await session.scalar(text("select sum(amount) from ledger_entry where kind = 'obligation'"))
    assert board.money is not None
    assert board.projects is not None
    assert board.money.figures.obligated == Dollars(obligated)
    assert sum((each.under_1253 + each.under_other for each in board.money.quarters), Dollars.zero()) == Dollars(
        obligated
    )
    assert board.money.exercise
    assert (board.projects.projects, board.participants) == (12, 16)
    assert dict(board.by_standing) == {"participating": 2, None: 14}
    assert board.late
    assert all(line.days_late > 0 and line.obligated is not None for line in board.late)
    assert [each.part for each in board.money.quarters].count(True) == 1


async def test_a_reader_who_may_see_nothing_is_told_nothing(db: Database) -> None:
    """Counts, sums, tiles, milestones and changes alike."""
    await program(db)
    hidden = {"marking": "CUI//NOFORN", "audience": audience_of(parse_marking("CUI//FED ONLY"))}
    async with db.write(actor=SERVICE, command="test.mark") as session:
        for table in ("project", "participant", "working_group", "funding_document"):
            await session.execute(
                text(f"update {table} set marking = 'CUI//FED ONLY', audience = :a"), {"a": hidden["audience"]}
            )
    board = await read(db, caller("contractor"))
    assert (board.money, board.projects, board.participants, board.countries, board.late) == (None, None, None, (), ())
    assert board.exercise == queries.Marks(projects=False, participants=False, milestones=False)
    assert all("roject" not in each.title and "articipant" not in each.title for each in board.happenings)
    whole = await read(db, caller())
    assert whole.projects is not None


async def test_duties_near_their_day_wait_for_their_office(db: Database) -> None:
    """A duty of the office, or one that no office has taken up; nothing for who may not change it."""
    async with db.write(actor=SERVICE, command="duty.take-up") as session:
        await duties.take_up(session, duties.TakeUpDuty(slug="designation", owner_office_id=1))
    assert "designation" in " ".join(each.href for each in (await read(db, caller())).waiting)
    assert "designation" not in " ".join(each.href for each in (await read(db, caller(office="OTHER"))).waiting)
    assert (await read(db, caller(role="auditor"))).waiting == ()


async def test_a_passed_day_with_nothing_recorded_is_listed_apart(db: Database) -> None:
    """Sec. 1253(c)(1): no evidence recorded here; not public."""
    board = await read(db, caller())
    passed = [view.slug for view in board.without_evidence]
    assert ("designation" in passed) == (date(2026, 6, 16) < board.today)
    assert all(view.slug not in passed for view in board.next_duties)


async def test_the_same_change_of_many_records_is_told_once(db: Database) -> None:
    """News, not a log."""
    await program(db)
    titles = [each.title for each in (await read(db, caller())).happenings]
    assert "Funding document entered (8 times)" in titles
    assert "200 ledger entry rows posted" in titles
    # The rows looked at end within the milestones: their number is not claimed.
    assert any(title.startswith("Milestone entered (at least ") for title in titles)
