"""What can be asked of duties."""

from datetime import date
from itertools import pairwise

import pytest

from pipir.features.duties import commands, queries
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Invalid, NotFound
from pipir.statute.amendments import amended
from pipir.statute.load import the_statute
from pipir.statute.model import Amendment
from pipir.store.doors import Database


async def test_every_date_of_the_statute_stands_in_the_list(db: Database) -> None:
    """Sec. 1253(c)(1), (f), (g): designation, five briefings, five reports, the end."""
    async with db.read() as session:
        found = await queries.list_duties(session)
    kinds = [view.kind for view in found.items]
    assert (found.total, kinds.count("briefing"), kinds.count("report")) == (12, 5, 5)
    assert found.items[-1].statutory_day == date(2031, 3, 1)
    assert found.items[-1].advised_day == date(2031, 2, 28)
    assert all(len(view.recipients) == 6 for view in found.items if view.kind in ("briefing", "report"))


async def test_nothing_recorded_shows_as_such(db: Database) -> None:
    """No row, no claim."""
    async with db.read() as session:
        view = await queries.duty(session, "report-2031")
    assert (view.id, view.version, view.status, view.owner_office) == (None, 0, None, None)


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"kind": "report"}, 5),
        ({"year": 2030}, 3),
        ({"status": "nothing recorded"}, 11),
        ({"status": "in work"}, 1),
        ({"kind": "briefing", "year": 2031}, 0),
    ],
)
async def test_the_list_is_filtered(db: Database, filters: dict[str, object], count: int) -> None:
    """Kind, status, year."""
    async with db.write(actor=SERVICE, command="duty.take-up") as session:
        await commands.take_up(session, commands.TakeUpDuty(slug="report-2027"))
    async with db.read() as session:
        found = await queries.list_duties(session, **filters)  # type: ignore[arg-type]
    assert (found.total, len(found.items)) == (count, count)


@pytest.mark.parametrize("wrong", [{"kind": "feast"}, {"status": "overdue"}, {"sort": "moon"}, {"cursor": "x"}])
async def test_an_unknown_filter_or_order_is_refused(db: Database, wrong: dict[str, str]) -> None:
    """No silent guess."""
    async with db.read() as session:
        with pytest.raises(Invalid):
            await queries.list_duties(session, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("sort", ["day", "-day", "kind", "-status", "what"])
async def test_pages_follow_each_other_there_and_back(db: Database, sort: str) -> None:
    """Keyset paging, to the last tie."""
    async with db.read() as session:
        whole = [view.slug for view in (await queries.list_duties(session, sort=sort)).items]
        first = await queries.list_duties(session, sort=sort, limit=5)
        second = await queries.list_duties(session, sort=sort, limit=5, cursor=first.next_cursor)
        third = await queries.list_duties(session, sort=sort, limit=5, cursor=second.next_cursor)
        back = await queries.list_duties(session, sort=sort, limit=5, cursor=second.previous_cursor)
    assert [view.slug for page in (first, second, third) for view in page.items] == whole
    assert (third.next_cursor, first.previous_cursor) == (None, None)
    assert back.items == first.items


@pytest.mark.parametrize("slug", ["no-such", "report-2032", "../etc", "a\0b", "<script>", "x" * 10_000])
async def test_an_unknown_name_is_not_found(db: Database, slug: str) -> None:
    """Also where it is none at all."""
    async with db.read() as session:
        with pytest.raises(NotFound):
            await queries.duty(session, slug)


async def test_the_next_duties_leave_out_what_is_done_or_unknown_and_past(db: Database) -> None:
    """What stands ahead, and what an entry keeps open."""
    async with db.write(actor=SERVICE, command="duty.take-up") as session:
        report = await commands.take_up(session, commands.TakeUpDuty(slug="briefing-2027"))
        await commands.take_up(session, commands.TakeUpDuty(slug="designation"))
        await commands.record_done(
            session, report, commands.RecordDone(done_on=date(2026, 1, 5), evidence="Held early."), version=1
        )
    async with db.read() as session:
        found = queries.next_of(await queries.all_duties(session), date(2027, 4, 1), 3)
    assert [view.slug for view in found] == ["designation", "report-2028", "briefing-2028"]


@pytest.mark.parametrize(
    ("today", "days", "ended", "says"),
    [
        (date(2025, 12, 18), 1839, False, "days left of the section's own authority"),
        (date(2030, 12, 30), 1, False, "day left of the section's own authority"),
        (date(2030, 12, 31), 0, False, "Last day"),
        (date(2031, 1, 1), 0, True, "has ended"),
    ],
)
def test_the_countdown_never_speaks_of_other_law(today: date, days: int, ended: bool, says: str) -> None:
    """Sec. 1253(g): authority under this section; nobody reads it as the end of the allies' work."""
    count = queries.countdown(the_statute(), today)
    assert (count.days, count.ended) == (days, ended)
    assert says in count.title
    assert "What rests on other law goes on" in count.text
    assert [reading.adopted for reading in count.readings] == [True, False]


def test_names_on_the_line_of_time_do_not_run_into_each_other() -> None:
    """Whatever the day."""
    for year in range(2026, 2031):
        moments = [each for each in queries.countdown(the_statute(), date(year, 4, 1)).moments if each.label]
        shares = [each.share for each in moments]
        assert all(b - a >= 0.12 for a, b in pairwise(shares)), moments


@pytest.mark.parametrize(
    ("on", "new_day", "figure", "says"),
    [
        (date(2031, 2, 15), date(2035, 12, 31), "0", "runs again from 1 March 2031 through 31 December 2035."),
        (date(2031, 2, 15), None, "0", "runs again from 1 March 2031. What"),
        (date(2031, 3, 1), date(2035, 12, 31), "1,766", "It runs through 31 December 2035 unless extended."),
        (date(2031, 3, 1), None, "No end", "The law as amended sets it no end."),
    ],
)
def test_days_of_a_gap_are_not_counted_as_days_left(on: date, new_day: date | None, figure: str, says: str) -> None:
    """Sec. 1253(g): an extension enacted in the gap that begins after it; until then acts are refused."""
    extension = Amendment("1253.g", "on", new_day, date(2031, 3, 1), date(2031, 2, 1), "other statute", "made up")
    count = queries.countdown(amended(the_statute(), (extension,)), on)
    assert count.figure == figure
    assert says in count.text
    assert ("not in force today" in count.title) is count.ended is (figure == "0")
