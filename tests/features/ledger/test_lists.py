"""The Treasury's list of account symbols, with the oddities of the real one."""

from datetime import date
from pathlib import Path

import pytest

from pipir.features.ledger import commands, queries, rules
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Conflict, Invalid
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.ledger.makers import open_account
from tests.features.reconciliation.makers import incoming

HEAD = "ACCT_NUM,ATA,AID,BPOA,EPOA,A,MAIN,SUB,GWA_TAS_NAME,DT_TM_ESTAB,DT_END"
ROWS = (
    '1, ,000,2012,2012, ,0100,000,"Compensation of Members, Senate",10/01/2011 00:00:00,',
    "2, ,097,2016,2017, ,0400,000,Research and Development   " + " " * 200 + ",10/01/2015 00:00:00,",
    "3, ,097, , ,X,0360,000,Defense Production Act Purchases,10/01/1987 00:00:00,",
    "4,019,097, , ,X,0040,000,Allocated to State,10/01/2016 00:00:00,09/30/2020 00:00:00",
    "5, ,021,2016,2016, ,2020,000,Operation and Maintenance Army,10/01/2015 00:00:00,",
)
OURS = Reader("us-government")


def a_list(*rows: str) -> bytes:
    """A list with bare CR line ends, as its publisher writes it."""
    return "\r".join((HEAD, *(rows or ROWS))).encode()


async def _load(db: Database, content: bytes, as_of: date | None = None) -> int:
    examined = await commands.examined_list(incoming(content, "tas.csv"))
    async with db.write(actor=SERVICE, command="test.list") as session:
        return await commands.load_list(session, commands.LoadList(as_of), content=examined)


def test_the_departments_accounts_are_read_out_of_the_whole_list():
    """Padding, bare CR line ends, accounts of others and of allocated funds."""
    read = rules.read_list(a_list())
    assert read.mistakes == ()
    assert [str(each.symbol) for each in read.symbols] == [
        "097-2016/2017-0400-000",
        "097-X-0360-000",
        "019-097-X-0040-000",
        "021-2016/2016-2020-000",
    ]
    assert (read.rows, read.others, read.latest_on) == (5, {"000": 1}, date(2016, 10, 1))
    assert read.symbols[0].title == "Research and Development"
    assert read.symbols[2].ended_on == date(2020, 9, 30)


def test_a_row_of_blank_cells_is_none():
    read = rules.read_list(a_list(ROWS[0], "," * HEAD.count(","), "  ", ROWS[1]))
    assert (read.rows, read.mistakes) == (2, ())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_other_line_ends_and_a_byte_order_mark_read_the_same(end: str):
    """Whatever a program made of the file on its way."""
    other = b"\xef\xbb\xbf" + a_list().replace(b"\r", end.encode())
    assert rules.read_list(other).symbols == rules.read_list(a_list()).symbols


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("6, ,97,2016,2016, ,2020,000,T,10/01/2015,", "row 7, column AID: Expected 3 digits. (found: 97)"),
        ("6, ,097,2017,2016, ,2020,000,T,10/01/2015,", "row 7, column EPOA"),
        ("6, ,097,2016,2016,X,2020,000,T,10/01/2015,", "row 7, column BPOA: Expected nothing"),
        ("6, ,097, , ,F,2020,000,T,10/01/2015,", "row 7, column A: Expected X"),
        ("6, ,097, , , ,2020,000,T,10/01/2015,", "row 7, column BPOA: Expected 4 digits."),
        ("6, ,097,2016,2016, ,20,0,T,10/01/2015,", "row 7, column SUB"),
        ("6, ,097,2016,2016, ,2020,000, ,10/01/2015,", "row 7, column GWA_TAS_NAME"),
        ("6, ,097,2016,2016, ,2020,000,T,13/41/2015,", "row 7, column DT_TM_ESTAB"),
        ("6, ,097,2016,2016, ,2020,000,T", "row 7: Expected 11 cells. (found: 9 cells)"),
        ("6, ,097, , ,X,0360,000,Another title,10/01/2015,", "row 7: Expected another account than row 4"),
    ],
)
def test_every_mistake_is_named_by_row_and_column(row: str, told: str):
    """And what was found."""
    found = rules.read_list(a_list(*ROWS, row))
    assert any(str(each).startswith(told) for each in found.mistakes), found.mistakes


def test_what_is_no_list_says_so():
    """Other encodings, missing columns, nothing at all."""
    for content, told in (
        (b"", "at least one row"),
        (b"ATA,AID\r1,2", "Expected a column BPOA."),
        (a_list().replace(b"Senate", b"S\xe9nate"), "UTF-8"),
        (a_list().replace(b"Senate", b"S\x00nate"), "NUL"),
        (a_list() + b'\r"', "quotation"),
    ):
        assert any(told in str(each) for each in rules.read_list(content).mistakes), (content[:20], told)


async def test_a_list_is_loaded_once_and_a_newer_one_takes_its_place(db: Database) -> None:
    """Nothing of a list with a mistake is stored."""
    first = await _load(db, a_list())
    assert await _load(db, a_list()) == first
    with pytest.raises(Invalid, match="nothing of it was stored"):
        await _load(db, a_list("6, ,97,2016,2016, ,2020,000,T,10/01/2015,"))
    with pytest.raises(Conflict, match="this date"):
        await _load(db, a_list(*ROWS[:2]), date(2016, 10, 1))
    with pytest.raises(Invalid):
        await _load(db, a_list(), date(2199, 1, 1))
    newer = await _load(db, a_list(*ROWS[:2]), date(2025, 9, 30))
    async with db.read() as session:
        loaded = await queries.lists(session)
        assert [each.id for each in loaded] == [newer, first]
        assert (loaded[1].as_of, loaded[1].rows, loaded[1].entered) == (date(2016, 10, 1), 5, 4)
        said = await queries.listed(session, "097-X-0360-000", "097-2016/2017-0400-000")
        assert (await queries.list_symbols(session)).total == 1
    assert said["097-X-0360-000"].says == "not in the list of 30 Sep 2025"
    assert said["097-2016/2017-0400-000"].says == "in the list of 30 Sep 2025"


async def test_an_account_takes_its_title_from_the_list_and_says_where_it_is_not_in_it(db: Database) -> None:
    """An account that the list lacks is opened with its source."""
    number = await open_account(db, "097-X-0361-000", "Before any list")
    async with db.read() as session:
        assert (await queries.account(session, OURS, number)).in_list == "no list is loaded here"  # type: ignore[arg-type]
    await _load(db, a_list())
    async with db.write(actor=SERVICE, command="test.open") as session:
        listed = await commands.open_account(session, commands.OpenAccount("097-X-0360-000"))
    with pytest.raises(Invalid) as wrong:
        async with db.write(actor=SERVICE, command="test.open") as session:
            await commands.open_account(session, commands.OpenAccount("097-2026/2027-0400-000"))
    assert [each.where for each in wrong.value.mistakes] == ["title", "source"]
    assert "does not hold this symbol" in wrong.value.mistakes[0].expected
    async with db.read() as session:
        view = await queries.account(session, OURS, listed)
        other = await queries.account(session, OURS, number)  # type: ignore[arg-type]
    assert (view.title, view.in_list) == ("Defense Production Act Purchases", "in the list of 1 Oct 2016")
    assert view.source == "Treasury list of account symbols of 1 Oct 2016"
    assert other.in_list == "not in the list of 1 Oct 2016"


async def test_the_command_line_says_what_became_of_the_rest(db: Database, tmp_path: Path) -> None:
    """The rest is reported, not entered."""
    path = tmp_path / "tas.csv"
    path.write_bytes(a_list())
    assert (await commands.load_list_file(db, path, None)).lines() == (
        "List of 2016-10-01: 5 rows; 4 of the Department entered.",
        "1 row of other agencies is not entered: 000 1.",
    )
    again = await commands.load_list_file(db, path, None)
    assert "in the record already; nothing was changed" in again.lines()[0]
    with pytest.raises(Invalid):
        await commands.load_list_file(db, tmp_path / "nothing.csv", None)


async def test_a_list_comes_by_both_doors(service: Service) -> None:
    """With its mistakes where they are, and for who may post alone."""
    file = {"file": ("tas.csv", a_list(), "text/csv")}
    async with service.api("comptroller") as api:
        answer = await api.post("/api/v1/ledger/lists", data={"as_of": "2017-09-30"}, files=file)
        assert answer.status_code == 201, answer.text
        assert answer.json()["entered"] == 4
        broken = {"file": ("tas.csv", a_list("6, ,97,2016,2016, ,2020,000,T,10/01/2015,"), "text/csv")}
        answer = await api.post("/api/v1/ledger/lists", files=broken)
        assert answer.status_code == 422
        assert answer.json()["mistakes"][0]["where"] == "row 2, column AID"
        assert (await api.get("/api/v1/ledger/lists")).json()[0]["as_of"] == "2017-09-30"
        assert (await api.get("/api/v1/ledger/lists/symbols?q=production")).json()["total"] == 1
    async with service.api("auditor") as api:
        assert (await api.post("/api/v1/ledger/lists", files=file)).status_code == 403
    browser = await service.browser("comptroller")
    for address, told in (
        ("/ledger/lists", "in the list of 30 Sep 2017"),
        ("/ledger/lists/new", "Load the Treasury"),
        ("/ledger/lists/export.csv", "097-X-0360-000"),
        ("/ledger/accounts/new?symbol=097-X-0360-000", "Defense Production Act Purchases"),
    ):
        page = await browser.get(address)
        assert page.status_code == 200
        assert told in page.text, address
