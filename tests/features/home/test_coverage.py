"""The coverage map: its cells, its empty cells, and sums that tie to the lists and to the ledger."""

import csv
import io

from sqlalchemy import text

from pipir.features.home import queries
from pipir.features.ledger import queries as ledger
from pipir.features.people.tables import SERVICE
from pipir.features.projects import queries as projects
from pipir.features.projects.commands import ChangeStatus, EndProject, change_status, end_project
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.home.situations import program
from tests.features.projects.situations import CONTRACTOR, GOVERNMENT, STRICT, add, ground, propose


async def mapped(db: Database, reader=GOVERNMENT) -> queries.Coverage:
    async with db.read() as session:
        return await queries.coverage(session, reader)


def cell(found: queries.Coverage, code: str, objective: str) -> queries.Sums:
    row = next(each for each in found.rows if each.code == code)
    return next(each.sums for each in row.cells if each.objective == objective)


async def test_a_project_stands_in_the_cell_of_each_of_its_pairs_and_in_each_sum_once(db: Database) -> None:
    """Sec. 1253(b)"""
    at = await ground(db)
    both = await propose(db, planned_total=Dollars("100.00"))
    await add(db, both, at.japan)
    await add(db, both, at.australia)
    alone = await propose(db, name="Alone", objectives=["1253.b.2"])
    found = await mapped(db)
    assert [each.code for each in found.rows] == ["AUS", "JPN", ""]
    for code in ("AUS", "JPN"):
        for objective in ("1253.b.2", "1253.b.5"):
            assert cell(found, code, objective).projects == 1
            assert cell(found, code, objective).planned == Dollars("100.00")
        assert cell(found, code, "1253.b.1").projects == 0
    assert cell(found, "", "1253.b.2").projects == 1
    assert cell(found, "", "1253.b.2").unplanned == 1
    assert (found.total.projects, found.total.planned, found.total.unplanned) == (2, Dollars("100.00"), 1)
    row = found.rows[0]
    assert (row.sums.projects, row.again.projects, row.again.planned) == (1, 1, Dollars("100.00"))
    assert found.empty == 2 * 5
    async with db.write(actor=SERVICE, command="test.end") as session:
        await change_status(session, alone, ChangeStatus("cancelled", "No taker."), version=1)
        await end_project(session, alone, EndProject(session.today, "No taker."), version=2)
    # It ends with its last day.
    assert (await mapped(db)).total.projects == 2


async def test_the_sums_tie_to_their_cells_to_the_lists_and_to_the_ledger(db: Database) -> None:
    await program(db)
    async with db.write(actor=SERVICE, command="test.plan", exercise=True) as session:
        await session.execute(
            text("update project set planned_total = number * 1000, objectives = '{1253.b.2,1253.b.5}', "
                 "version = version + 1 where number % 2 = 0")
        )  # fmt: skip
    found = await mapped(db)
    names = ("projects", "planned", "obligated", "unplanned")
    for row in found.rows:
        for name in names:
            cells = [getattr(each.sums, name) for each in row.cells]
            assert sum(cells[1:], cells[0]) == getattr(row.sums, name) + getattr(row.again, name)
    for place, each in enumerate(found.objectives):
        for name in names:
            cells = [getattr(row.cells[place].sums, name) for row in found.rows]
            assert sum(cells[1:], cells[0]) == getattr(each.sums, name) + getattr(each.again, name)
    async with db.read() as session:
        listed = await projects.list_projects(session, GOVERNMENT)
        assert listed.total == found.total.projects
        for row in found.rows[:-1]:
            for each in row.cells:
                which = projects.ProjectFilter(country=row.code, objective=each.objective)
                assert (await projects.list_projects(session, GOVERNMENT, which)).total == each.sums.projects
        total = await ledger.total(session, GOVERNMENT)
    assert found.ledger_total == total.obligated == found.total.obligated + found.elsewhere
    assert found.total.exercise
    assert found.empty == sum(not each.sums.projects for row in found.rows[:-1] for each in row.cells)


async def test_what_a_reader_may_not_see_is_in_no_cell_and_no_sum(db: Database) -> None:
    at = await ground(db)
    hidden = await propose(db, marking=STRICT, planned_total=Dollars("100.00"))
    await add(db, hidden, at.japan)
    found = await mapped(db, CONTRACTOR)
    assert (found.total.projects, found.total.planned) == (0, Dollars.zero())
    assert not any(each.sums.projects for row in found.rows for each in row.cells)
    assert (await mapped(db)).total.projects == 1


async def test_an_empty_cell_leads_to_the_form_of_a_project_that_fills_it(service: Service) -> None:
    at = await ground(service.db)
    await add(service.db, await propose(service.db), at.japan)
    page = (await (await service.browser("program-office")).get("/coverage")).text
    assert 'href="/projects/new?objective=1253.b.1&amp;country=JPN"' in page
    assert 'href="/projects?objective=1253.b.2&amp;country=JPN"' in page
    assert 'href="/projects/new?objective=1253.b.2&amp;country=JPN"' not in page
    assert "/projects/new" not in (await (await service.browser("auditor")).get("/coverage")).text
    assert "/coverage" in (await (await service.browser("auditor")).get("/projects")).text


async def test_the_map_is_told_as_json_and_in_files(service: Service) -> None:
    at = await ground(service.db)
    await add(service.db, await propose(service.db, planned_total=Dollars("100.00")), at.japan)
    api = service.api("auditor")
    told = (await api.get("/api/v1/coverage")).json()
    assert (told["total"]["projects"], told["total"]["planned"], len(told["objectives"])) == (1, "100.00", 7)
    browser = await service.browser("auditor")
    rows = list(csv.DictReader(io.StringIO((await browser.get("/coverage/export.csv")).text)))
    assert len(rows) == 3 * (7 + 2) + 7 * 2 + 1
    assert rows[-1]["Planned"] == "100.00"
    assert sum(row["Counts"] == "empty" for row in rows) == told["empty"] + 7
    book = await browser.get("/coverage/export.xlsx")
    assert (book.status_code, book.content[:2]) == (200, b"PK")
    assert (await service.anonymous().get("/api/v1/coverage")).status_code == 401
