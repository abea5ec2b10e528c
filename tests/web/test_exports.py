"""Every list's files at once: the same cells in both, the columns that were asked for, exactly the rows shown."""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal, InvalidOperation
from typing import Final
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from lxml import html
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pipir.app import Setup, create_app, feature_routes
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.kernel.access import ROLES
from pipir.sheets import read_xlsx
from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer
from pipir.web.exports import KEPT, STATEMENT
from tests.conftest import Doors
from tests.makers import TODAY
from tests.web.hostile import Record

_FILLED: Final = {
    "{kind:str}": "decisions",
    "{participant_id:int}": "1",
    "{plan_id:int}": "1",
    "{extract_id:int}": "1",
    "{review_id:int}": "1",
    "{year:int}": "2027",
    "{build_id:int}": "1",
    "{name:str}": "projects",
}
# Where a file is offered that is not of the list above its address.
_PLACES: Final = {
    "/disclosure/decisions/export": "/disclosure",
    "/engagements/summary": "/engagements/summary",
    "/groups/members": "/groups/1",
    "/ledger/plans/1/export": "/ledger/plans/1",
    "/ledger/reconciliation/extracts/1/export": "/ledger/reconciliation/extracts/1",
    "/ledger/reviews/1/export": "/ledger/reviews/1",
    "/participants/1/steps": "/participants/1",
    "/participants/contacts": "/participants/1",
    "/reports/2027/builds/1/figures/projects/rows": "/reports/2027/builds/1/figures/projects",
}


def _addresses() -> Iterator[str]:
    """Every file that comes in both forms, from the routes themselves, so that a new list joins by standing there."""
    paths = {route.path for router in feature_routes() for route in router.routes}
    for path in sorted(paths):
        address = path.removesuffix(".csv")
        if path.endswith(".csv") and f"{address}.xlsx" in paths:
            for name, value in _FILLED.items():
                address = address.replace(name, value)
            yield address


ADDRESSES: Final = tuple(_addresses())
_NO_LISTS: Final = (
    *("/export", "/concurrence/days/export", "/coverage/export", "/law/outliving/export"),
    *("/ledger/execution/export", "/ledger/reconciliation/export", "/ledger/shares/export"),
)
# The exercise has no list of the Treasury's.
_NO_ROWS: Final = ("/ledger/lists/export",)
# A plan's months come back as they went: no column of theirs is left out.
_WHOLE: Final = ("/ledger/plans/1/export",)
LISTS: Final = tuple(each for each in ADDRESSES if each.endswith("/export") and each not in (*_NO_LISTS, *_PLACES))
every_file = pytest.mark.parametrize("address", ADDRESSES)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(server: EmbeddedServer, superuser: AsyncConnection) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may open every list, over a small exercise program."""
    doors = Doors()
    record = Record(server, superuser, doors)
    app = create_app(Setup(db=doors, kind="exercise"))
    try:
        await record.enter()
        db = Database(server.url("pipir_app", record.name), size=1)
        async with db.write(actor=SERVICE, command="test.person") as session:
            office = await session.scalar(text("select min(id) from office"))
            body = people.AddPerson(name="Reader of all", title="Reader", office_id=office, since=TODAY, roles=[*ROLES])
            token = await people.issue_token(
                session, await people.add_person(session, body), people.IssueToken(name="tests")
            )
        await db.close()
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers) as client:
            yield client
    finally:
        await record.end()


def _length(title: str) -> int | None:
    """How much of a cell stays from request to request: each has its own instant."""
    return 10 if title in ("As of", STATEMENT) else None


def test_every_file_of_a_list_is_here() -> None:
    """No file of a list comes in one form alone, or by another way."""
    paths = {route.path for router in feature_routes() for route in router.routes if ".csv" in route.path}
    assert len(ADDRESSES) == len(paths) >= 35


@every_file
async def test_both_forms_say_the_same_cells(desk: httpx.AsyncClient, address: str) -> None:
    """Dates as dates, money as numbers; what looks like a formula is text in both."""
    titles, rows = await _csv(desk, f"{address}.csv")
    assert len(set(titles)) == len(titles)
    assert rows or address in _NO_ROWS, "the exercise has no row of it"
    answer = await desk.get(f"{address}.xlsx")
    sheet = read_xlsx(answer.content, "file.xlsx", columns=titles)
    assert (sheet.columns, sheet.mistakes) == (tuple(titles), ())
    assert len(sheet.rows) == len(rows)
    for line, row in zip(rows, sheet.rows, strict=True):
        for title, cell in zip(titles, line, strict=True):
            length = _length(title)
            assert _same(cell[:length], row.cells[title][:length]), (title, cell, row.cells[title])


@every_file
async def test_the_columns_asked_for_come_in_their_order(desk: httpx.AsyncClient, address: str) -> None:
    """And with them the marking and the mark of generated rows, whatever is asked for."""
    titles, rows = await _csv(desk, f"{address}.csv")
    asked = [each for each in titles if each not in KEPT][::-2]
    chosen, cells = await _csv(desk, f"{address}.csv?{urlencode([('column', each) for each in (*asked, asked[0])])}")
    assert chosen == [*asked, *(each for each in KEPT if each in titles)]
    places = [titles.index(each) for each in chosen]
    for line, row in zip(cells, rows, strict=True):
        for title, cell, place in zip(chosen, line, places, strict=True):
            assert cell[: _length(title)] == row[place][: _length(title)]


@every_file
async def test_an_unknown_column_is_refused(desk: httpx.AsyncClient, address: str) -> None:
    """By its name, with those that there are."""
    titles, _ = await _csv(desk, f"{address}.csv")
    for ending in ("csv", "xlsx"):
        answer = await desk.get(f"{address}.{ending}?column=Nobody&column={titles[0]}")
        assert answer.status_code == 422
        told = html.fromstring(answer.content).text_content()
        assert "Nobody" in told
        assert f"Expected one of: {', '.join(titles)}." in told


@pytest.mark.parametrize("address", [each for each in ADDRESSES if each not in _WHOLE])
async def test_a_page_offers_every_column(desk: httpx.AsyncClient, address: str) -> None:
    """All of them ticked, and both forms, in a form that works without script."""
    titles, _ = await _csv(desk, f"{address}.csv")
    page = html.fromstring((await desk.get(_place(address))).content)
    (form,) = page.xpath(f'//form[@action="{address}.csv"]')
    assert [value for name, value in _sent(form) if name == "column"] == titles
    assert form.xpath(".//button/@formaction") == [f"{address}.xlsx"]


@pytest.mark.parametrize("address", LISTS)
async def test_the_file_holds_exactly_the_rows_shown(desk: httpx.AsyncClient, address: str) -> None:
    """Under no filter, and under each filter of the list, in its order; the page itself says what it sends along."""
    place = _place(address)
    page = html.fromstring((await desk.get(place)).content)
    for query in ((), *_filters(page)):
        shown = html.fromstring((await desk.get(f"{place}?{urlencode(query)}")).content)
        (count,) = shown.xpath('//p[@class="count"]/strong/text()')
        (form,) = shown.xpath(f'//form[@action="{address}.csv"]')
        _, rows = await _csv(desk, f"{address}.csv?{urlencode(_sent(form))}")
        # The trail has a row for each changed field.
        found = len({row[0] for row in rows}) if address == "/trail/export" else len(rows)
        assert found == int(count.replace(",", "")), query


def _place(address: str) -> str:
    return _PLACES.get(address, address.removesuffix("/export") or "/")


def _filters(page: html.HtmlElement) -> Iterator[tuple[tuple[str, str], ...]]:
    """The first real choice of each field of the filter column."""
    (form,) = page.xpath('//form[@class="filters"]')
    for field in form.xpath(".//select"):
        yield from [((field.name, value),) for value in field.xpath("./option/@value")[1:2]]
    for name in dict.fromkeys(form.xpath('.//input[@type="checkbox"]/@name')):
        yield ((name, form.xpath(f'.//input[@name="{name}"]/@value')[0]),)
    for name in form.xpath('.//input[@type="search"]/@name'):
        if name == "q":
            yield (("q", "a"),)
            yield (("q", "no record says this"),)


def _sent(form: html.HtmlElement) -> list[tuple[str, str]]:
    """What a browser sends of the form."""
    fields = form.xpath('.//input[@type="hidden" or @checked]')
    return [(each.get("name"), each.get("value")) for each in fields]


async def _csv(desk: httpx.AsyncClient, path: str) -> tuple[list[str], list[list[str]]]:
    answer = await desk.get(path)
    assert answer.status_code == 200, answer.text
    titles, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    return titles, rows


def _same(one: str, other: str) -> bool:
    """The same cell; only the one form needs a sign in front of what looks like a formula."""
    if one == other or (one.startswith("'") and one[1:] == other):
        return True
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False
