"""Files as they come from elsewhere: what is wrong with each is told with its row, and nothing is taken for another."""

import io
from contextlib import suppress

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from pipir.features.imports import commands, queries
from pipir.features.imports.rules import Column, too_many
from pipir.features.imports.tables import ImportId
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Invalid, Refused
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.features.imports import makers
from tests.features.imports.makers import HEADER, csv_of, paid, row
from tests.features.ledger.makers import receive
from tests.sheets.makers import book_of, row_of

GOOD = csv_of(row())
HEAD, LINE = GOOD.split(b"\r\n")[:2]
BOOK = (row_of(HEADER), row_of([row().get(each, "") for each in HEADER]))


@pytest.mark.parametrize(
    ("content", "line", "column", "found", "expected"),
    [
        (GOOD.replace(b"\r\n", b"\r"), 1, "column", "CR alone", "LF or CRLF"),
        (GOOD.decode().encode("utf-16"), 1, "column 1", "UTF-16", "UTF-8"),
        (GOOD.decode().encode("utf-16-le"), 1, "column 1", "UTF-16", "UTF-8"),
        (b"\r\n\r\n", 1, "", "nothing", "titles of the columns"),
        (HEAD + b"," * 2_500 + b"x\r\n" + LINE, 1, "", "2,514 columns", "at most 2,500 columns"),
        (GOOD.replace(b"amount", b"sum"), 1, "amount", "no such column", "a column for the amount"),
        (GOOD.replace(b"amount", b"sum"), 1, "amount", "no such column", "The file has: kind, sum, effective_on, fund"),
        (GOOD.replace(b"amount", b"sum"), 1, "amount", "no such column", "map the columns of the source anew"),
        (HEAD.replace(b"need", b"kind") + b"\r\n" + LINE, 1, "kind", "column 10 again", "each column once"),
        (GOOD.replace(b"Studies", b"St\0dies"), 2, "need", "St\ufffddies", "without NUL"),
        (GOOD.replace(b"Studies", b"St\xfcdies"), 2, "need", "St\ufffddies", "in UTF-8"),
        (GOOD.replace(b"Studies", b'"Studies'), 2, "need", "Studies", "quotation marks"),
        (GOOD[: len(HEAD) + 30], 2, "", "4 cells", "Expected 14 cells"),
        (GOOD.replace(b"10.00", b'"1.234,50"'), 2, "amount", "1.234,50", "an amount like"),
        (GOOD.replace(b"10.00", b'"12,34"'), 2, "amount", "12,34", "an amount like"),
        (GOOD.replace(b"10.00", b"(10.00)"), 2, "amount", "(10.00)", "without brackets"),
        (GOOD.replace(b"10.00", b"10.00-"), 2, "amount", "10.00-", "nothing behind it"),
        (GOOD.replace(b"10.00", b"10.00 CR"), 2, "amount", "10.00 CR", "nothing behind it"),
        (GOOD.replace(b"10.00", b"10.005"), 2, "amount", "10.005", "at most two decimals"),
        (GOOD.replace(b"10.00", b"1E+99"), 2, "amount", "1E+99", "an amount like"),
        (GOOD.replace(b"10.00", b"NaN"), 2, "amount", "NaN", "an amount like"),
        (GOOD.replace(b"10.00", b"=5+5"), 2, "amount", "=5+5", "an amount like"),
        (GOOD.replace(b"2025-12-20,FD", b"20.12.2025,FD"), 2, "effective_on", "20.12.2025", "YYYY-MM-DD"),
        (GOOD.replace(b"2025-12-20,FD", b"2025-02-30,FD"), 2, "effective_on", "2025-02-30", "YYYY-MM-DD"),
    ],
)
async def test_each_mistake_has_its_place(
    db: Database, content: bytes, line: int, column: str, found: str, expected: str
) -> None:
    """Row, column, found, expected."""
    await receive(db)
    checked = await makers.check(db, content)
    assert checked.state == "checked"
    assert not checked.good
    said = await makers.findings(db, checked.id)
    first = said[0]
    assert first[:2] == (line, "mistake")
    assert column in first[2]
    assert found in first[3]
    assert expected in first[4]


async def test_what_is_only_unusual_is_read(db: Database) -> None:
    """A byte order mark, lines that end with LF, blanks around cells, thousands with commas, no line end at the end."""
    await receive(db)
    content = b"\xef\xbb\xbf" + GOOD.replace(b"\r\n", b"\n").replace(b"10.00", b'" $1,0.00"').rstrip()
    content = content.replace(b'" $1,0.00"', b'" $100.00 "').replace(b"FD-1", b" FD-1 ")
    content = content.replace(b"2025-12-20,FD", b"2025-12-20 00:00:00,FD").replace(
        b"2025-12-20, FD", b"2025-12-20T00:00:00, FD"
    )
    checked = await makers.check(db, content)
    assert (checked.good, await makers.findings(db, checked.id)) == (1, [])


async def test_bytes_that_are_no_text_are_told_wherever_they_stand(db: Database) -> None:
    """In a name, in what a row names, in the title of a column."""
    await receive(db)
    content = csv_of(
        row(funding_document="FD#1"), paid("1.00", "C#1", funding_document="FD-1"), row(document_number="D#1")
    )
    checked = await makers.check(db, content.replace(b"#", b"\xfc").replace(b"basis", b"b\xfcsis"))
    assert (checked.rows, checked.bad) == (3, 2)
    assert [(line, what) for line, what, *_ in await makers.findings(db, checked.id)] == [
        (1, "unread"),
        (2, "mistake"),
        (3, "exception"),
        (4, "mistake"),
    ]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        # The cell behind the last title is blank as the remark was, and says nothing of what moved.
        ("obligation,2025-12-20,FD-1,1253.e.1,C-1,1,2025-12-20,Studies of this year,1,234.56,", "11 cells"),
        ("obligation,2025-12-20,FD-1,1253.e.1,C-1,1,2025-12-20,Studies of this year,1,234.56,,", "12 cells"),
    ],
)
@pytest.mark.parametrize("behind", ["", ",", ",,"])
async def test_an_amount_with_a_comma_of_thousands_is_no_other_amount(
    db: Database, line: str, cells: str, behind: str
) -> None:
    """Of $1,234.56 without quotation marks neither $1.00 is taken nor anything else, whatever the titles end with."""
    await receive(db)
    titles = ",".join((*HEADER[:1], *HEADER[2:4], *HEADER[5:10], "amount", "because"))
    found = await makers.check(db, f"{titles}{behind}\r\n{line}\r\n".encode())
    assert (found.rows, found.good) == (1, 0)
    ((row, what, _, was, expected),) = await makers.findings(db, found.id)
    assert (row, what, was) == (2, "mistake", cells)
    assert expected == (
        "Expected 10 cells, as the titles have. An amount with commas stands in quotation marks, and one below a "
        "thousand has its cents."
    )


@pytest.mark.parametrize("amount", ["1.00", '"1,234.56"', "1"])
async def test_blank_cells_behind_the_titles_are_nothing_where_the_rows_have_them_too(
    db: Database, amount: str
) -> None:
    await receive(db, amount=Dollars("9000.00"))
    titles = ",".join((*HEADER[:1], *HEADER[2:4], *HEADER[5:10], "amount", "because"))
    line = f"obligation,2025-12-20,FD-1,1253.e.1,C-1,1,2025-12-20,Studies of this year,{amount},remark"
    found = await makers.check(db, f"{titles},,\r\n{line},,\r\n{line.replace('C-1', 'C-2')}\r\n".encode())
    assert (found.good, await makers.findings(db, found.id)) == (2, [])


async def test_a_mistake_of_one_row_costs_no_other_row(db: Database) -> None:
    """A lost quotation mark ends with its line."""
    await receive(db)
    content = csv_of(row(document_number='C"1'), row(document_number="C-2")).replace(b'"C""1"', b'"C1')
    checked = await makers.check(db, content)
    assert (checked.rows, checked.good, checked.bad) == (2, 1, 1)


async def test_what_is_left_aside_of_a_file_is_said(db: Database) -> None:
    """A column that no field of the source is in may be a title with a slip in it."""
    await receive(db)
    lines = GOOD.replace(b"project", b"projekt").split(b"\r\n")
    content = b"\r\n".join((lines[0] + b",Vendor,", lines[1] + b",ACME,", b""))
    checked = await makers.check(db, content)
    said = (1, "unread", "", "projekt, Vendor", "No field of the source is in them.")
    assert (checked.good, await makers.findings(db, checked.id)) == (1, [said])
    await commands.check_file(db, checked.id, actor=SERVICE)
    assert await makers.findings(db, checked.id) == [said]


@pytest.mark.parametrize(
    ("between", "above"),
    [
        (",", "Funds Status Report\r\nRun on,12/20/2025,,\r\n\r\n"),
        (";", "sep=;\r\n"),
        ("\t", '"Funds Status; Report"\r\n\r\n'),
        ("|", ""),
        # What stands between cells of one line says nothing of the next.
        (";", "Status of funds, May 2027\r\n\r\n"),
        ("\t", "Status of funds, May 2027\r\nPaid; not paid\r\n"),
        ("|", '"Status, of funds", 2027\r\n'),
        (",", "Paid; May; 2027\r\n"),
    ],
)
async def test_lines_above_the_titles_are_passed_over_and_told_of(db: Database, between: str, above: str) -> None:
    """What systems write above the titles of their reports, and what stands between cells."""
    await receive(db)
    body = csv_of(row(), row(document_number="C-2", amount="x")).decode().replace(",", between)
    checked = await makers.check(db, above.encode() + body.encode())
    assert (checked.rows, checked.good) == (2, 1)
    *told, wrong = await makers.findings(db, checked.id)
    titles = above.count("\r\n") + 1
    assert (wrong[0], wrong[2]) == (titles + 2, "amount")
    rows = "Row 1" if titles == 2 else f"Rows 1 to {titles - 1}"
    assert told == ([(titles, "unread", "", rows, "They stand above the titles of the columns.")] if above else [])
    rest = await queries.rest_workbook(db, Reader("us-government"), ImportId(checked.id))
    (first, second) = CalamineWorkbook.from_filelike(io.BytesIO(rest)).get_sheet_by_index(0).to_python()
    assert first == [*HEADER, "Reason"]
    assert second[:2] == ["obligation", "x"]


async def test_titles_that_do_not_fit_are_told_where_they_come_nearest(db: Database) -> None:
    await receive(db)
    checked = await makers.check(db, b"A report\r\n\r\n" + GOOD.replace(b"amount", b"sum"))
    assert [each[:3] for each in await makers.findings(db, checked.id)] == [
        (3, "mistake", "amount"),
        (3, "unread", ""),
        (3, "unread", ""),
    ]


async def test_titles_are_the_same_with_other_blanks(db: Database) -> None:
    """A narrow column breaks its title over two lines."""
    await receive(db)
    source = await makers.enter_source(db, columns={"need": Column("The  bona fide need")})
    content = GOOD.replace(b",need,", ',"the bona\nfide\u00a0need",'.encode())
    checked = await makers.check(db, content, source=source)
    assert (checked.good, await makers.findings(db, checked.id)) == (1, [])


async def test_rows_of_blank_cells_are_none(db: Database) -> None:
    """As a sheet has them below what was filled in once."""
    await receive(db)
    blank = b"," * (len(HEADER) - 1)
    content = GOOD + blank + b"\r\n  \r\n" + b'"",' + blank[1:] + b"\r\n" + LINE.replace(b"C-1", b"C-2") + b"\r\n"
    checked = await makers.check(db, content + blank)
    assert (checked.rows, checked.good, await makers.findings(db, checked.id)) == (2, 2, [])
    cells = [row(document_number="C-3").get(each, "") for each in HEADER]
    book = book_of(BOOK[0], row_of(["  ", ""]), row_of(cells))
    number = await makers.upload(db, book, source=checked.source_id, name="books.xlsx")
    await commands.check_file(db, number, actor=SERVICE)
    assert ((await makers.one(db, number)).rows, await makers.findings(db, number)) == (1, [])


async def test_columns_without_a_title_are_nobodys(db: Database) -> None:
    """Also where a field of the source has no column, only what stands in for a blank cell."""
    await receive(db)
    source = await makers.enter_source(db, columns={"signed_at": Column(default="Canberra")})
    checked = await makers.check(db, GOOD.replace(b"project,", b",").replace(b"names_line", b""), source=source)
    assert (checked.good, await makers.findings(db, checked.id)) == (1, [])


async def test_sheets_after_the_first_are_said_to_be_left_aside(db: Database) -> None:
    """Nothing of a workbook disappears without a word."""
    await receive(db)
    content = book_of(*BOOK, sheets=2)
    checked = await makers.check(db, content, name="books.xlsx")
    said = (0, "unread", "", "Sheets: S2", "The first sheet alone is read. Import each as a file of its own.")
    assert (checked.good, await makers.findings(db, checked.id)) == (1, [said])


async def test_a_sheet_that_nobody_sees_is_not_read_in_place_of_one_that_is_seen(db: Database) -> None:
    await receive(db)
    checked = await makers.check(db, book_of(*BOOK, sheets=2, hidden=1), name="books.xlsx")
    assert checked.good == 1
    assert [each[3] for each in await makers.findings(db, checked.id)] == ["Sheets: S1"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (book_of(*BOOK, after='<mergeCells><mergeCell ref="D2:D3"/></mergeCells>'), "Its cells D2:D3 are merged"),
        (book_of(*BOOK, row_of(["obligation"], 10**12)), f"row {10**12}"),
        (book_of(*BOOK, '<row><c t="s"><v>7</v></c></row>'), "no workbook"),
        (csv_of(), "It has no row below the titles of its columns."),
        (csv_of(row()) + b"," * 2_500 + b"x\r\n", "Row 3 has more than 2,500 columns."),
    ],
)
async def test_what_cannot_be_read_to_its_end_is_never_published(db: Database, content: bytes, said: str) -> None:
    """Not even its good rows: there is no telling what they leave out."""
    await receive(db)
    checked = await makers.check(db, content, name="books.csv" if content.startswith(b"kind") else "books.xlsx")
    assert (checked.state, said in (checked.broken or "")) == ("checked", True)
    with pytest.raises(Refused, match="could not be read to its end"):
        await makers.publish(db, checked.id, good_only=True)
    with suppress(Refused):
        assert await queries.rest_workbook(db, Reader("us-government"), ImportId(checked.id))


async def test_a_workbook_without_its_parts_is_refused_as_it_comes(db: Database) -> None:
    """Its list of sheets leads nowhere: there is nothing to keep."""
    content = book_of(*BOOK)[:-200] + book_of(*BOOK)[-200:].replace(b"xl/", b"xy/")
    with pytest.raises(Invalid, match="Expected a whole workbook"):
        await makers.check(db, content, name="books.xlsx")


def test_a_file_of_too_many_rows_is_refused_with_advice() -> None:
    """1,000,000 rows, and 200,000 of a workbook."""
    assert too_many(1_000_000, workbook=False) is None
    assert "Split it by fiscal year" in (too_many(1_000_001, workbook=False) or "")
    assert "Save it as CSV" in (too_many(200_001, workbook=True) or "")


@pytest.mark.parametrize(("shown", "part"), [(None, "1"), ("0.0", "1"), ("0000", "0001")])
async def test_a_line_that_a_workbook_holds_as_a_number_is_the_line_that_it_shows(
    db: Database, shown: str | None, part: str
) -> None:
    """A line is text in official accounting: 1 and 0001 are two of them, 1 and 1.0 in a workbook one."""
    await receive(db)
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADER)
        page.write_row(1, 0, [row().get(each, "") for each in HEADER])
        style = book.add_format({"num_format": shown}) if shown else None
        page.write_number(1, HEADER.index("document_line"), 1.0, style)
    checked = await makers.check(db, made.getvalue(), name="books.xlsx")
    assert (checked.good, await makers.findings(db, checked.id)) == (1, [])
    await makers.publish(db, checked.id)
    assert (await makers.entries(db))[-1].document_line == part
