"""Workbooks are read a row at a time: whatever one holds costs a sentence, never the process."""

import io
import resource
import zipfile
from contextlib import suppress

import pytest

from pipir.sheets import (
    MOST_COLUMNS,
    NotAWorkbook,
    check_package,
    look_inside,
    other_sheets,
    read_xlsx,
    records_of_xlsx,
)
from tests.sheets.makers import STRICT, book_of, row_of

HEAD = row_of(["code", "name"])
GOOD = row_of(["JPN", "Japan"])
_ROWS = 1_000_000_000


def said_of(book: bytes) -> str:
    """What is wrong with a workbook."""
    sheet = read_xlsx(book, "f.xlsx", columns=("code", "name"))
    return " ".join(f"{each.expected} {each.found}" for each in sheet.mistakes)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', "Row 1048576 has more than"),
        ('<row r="4294967295"><c r="A4294967295"><v>1</v></c></row>', "row 4294967295"),
        ('<row r="-5"><c><v>1</v></c></row>', "row -5"),
        ('<row r="3"><c r="ZZZZZZ3"><v>1</v></c></row>', "no workbook"),
        ('<row r="3"><c r="\u00df3"><f>1</f><v>1</v></c></row>', "no workbook"),
        ('<row r="x"><c r="A3"><v>1</v></c></row>', "no workbook"),
        ('<row r="3"><c r="A99999999999999999999"><f>1</f><v>1</v></c></row>', "no workbook"),
        ('<row r="3"><c r="A3" t="s"><v>7</v></c></row>', "no workbook"),
        ('<row r="3"><c r="A3" t="s"><v>-1</v></c></row>', "no workbook"),
        ('<row r="3"><c r="A3"><v>1</v></c><c r="A3"><v>2</v></c></row>', "two cells in one place"),
    ],
)
def test_what_no_program_writes_is_one_mistake(row: str, said: str) -> None:
    """Two cells far apart, numbers that are none, a text that is not there."""
    book = book_of(HEAD, GOOD, row, shared="a text")
    assert said in said_of(book)
    with suppress(NotAWorkbook):
        look_inside(book, most_rows=10)


def test_a_format_that_reaches_to_the_right_says_nothing() -> None:
    """Programs write a cell for each format, also where it is blank."""
    assert said_of(book_of(HEAD, '<row><c t="inlineStr"><is><t>JPN</t></is></c><c r="XFD2" s="1"/></row>')) == ""
    assert f"more than {MOST_COLUMNS:,} columns" in said_of(book_of(HEAD, '<row><c r="XFD2"><v>1</v></c></row>'))


def test_a_workbook_of_the_strict_standard_is_read() -> None:
    """Its name spaces are others."""
    sheet = read_xlsx(book_of(HEAD, GOOD, main=STRICT), "f.xlsx", columns=("code", "name"))
    assert [dict(each.cells) for each in sheet.rows] == [{"code": "JPN", "name": "Japan"}]


@pytest.mark.parametrize(
    ("ref", "refused"), [("A1:B1", False), ("A2:A3", True), ("A1:A2", True), ("A9:B9", False), ("A3", True)]
)
def test_merged_cells_below_the_titles_are_refused(ref: str, refused: bool) -> None:
    """All of them show the value that one of them holds."""
    book = book_of(HEAD, GOOD, GOOD, after=f'<mergeCells><mergeCell ref="{ref}"/></mergeCells>')
    assert (f"cells {ref} are merged" in said_of(book)) is refused


def test_texts_that_a_workbook_declares_are_refused() -> None:
    """Neither read as blank nor looked up."""
    before = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/hostname">]>'
    assert "texts of its own" in said_of(book_of(HEAD, row_of(["&a;", "&b;"]), before=before))


def test_sheets_that_hold_something_and_are_not_read_are_known() -> None:
    """The first one is read."""
    assert other_sheets(io.BytesIO(book_of(HEAD, sheets=3)), unpacked=_ROWS) == ["S2", "S3"]
    assert other_sheets(io.BytesIO(book_of(HEAD)), unpacked=_ROWS) == []
    assert other_sheets(io.BytesIO(book_of('<row><c r="A1" s="1"/></row>', sheets=2)), unpacked=_ROWS) == []


@pytest.mark.parametrize("flood", [f"<row>{'<c/>' * 15_000_000}</row>", "<x/>" * 15_000_000])
def test_a_row_without_an_end_takes_no_memory(flood: str) -> None:
    """60 MB of empty elements, which pack into less than 100 KB."""
    book = book_of(HEAD, flood)
    del flood
    before = _resident()
    with pytest.raises(NotAWorkbook, match="holds more than 4 MB"):
        list(records_of_xlsx(io.BytesIO(book), "f.xlsx", unpacked=_ROWS))
    with pytest.raises(NotAWorkbook, match="holds more than 4 MB"):
        look_inside(book, most_rows=10)
    # What a tree of all of it would take is counted in gigabytes.
    assert _resident() - before < 500_000


def test_a_list_of_more_parts_than_a_workbook_has_is_not_read() -> None:
    """Each part that is listed takes memory, whatever it holds."""
    target = io.BytesIO(book_of(HEAD, GOOD))
    with zipfile.ZipFile(target, "a") as archive:
        for number in range(20_000):
            archive.writestr(f"{'a' * 200}{number}", b"")
    with pytest.raises(NotAWorkbook):
        look_inside(target.getvalue(), most_rows=10)
    with pytest.raises(NotAWorkbook):
        check_package(target, unpacked=_ROWS)
    check_package(io.BytesIO(book_of(HEAD, GOOD)), unpacked=_ROWS)


def _resident() -> int:
    """The most memory that this process has held so far, in KB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("1234.0999999999999", "1234.1"),
        ("0.30000000000000004", "0.3"),
        ("1.2E+3", "1200"),
        ("1234567890123.45", "1234567890123.45"),
        # A sheet keeps 15 digits of what is typed; other programs write more, and each of them counts.
        ("12345678901234.56", "12345678901234.56"),
        ("-12345678901234.56", "-12345678901234.56"),
        ("12345678901234.561", "12345678901234.56"),
        ("12345678901234.5", "12345678901234.5"),
        ("1234567890123456", "1234567890123456"),
        ("12345678901234567", "12345678901234567"),
        ("1.23456789012345E+16", "12345678901234500"),
        # What is no amount of cents is not made one.
        ("12345678901234.559", "12345678901234.559"),
    ],
)
def test_a_number_has_the_digits_that_were_typed_and_loses_no_cent(stored: str, read: str) -> None:
    book = book_of(HEAD, f'<row r="2"><c r="A2"><v>{stored}</v></c></row>')
    sheet = read_xlsx(book, "f.xlsx", columns=("code", "name"))
    assert [row.cells["code"] for row in sheet.rows] == [read]
