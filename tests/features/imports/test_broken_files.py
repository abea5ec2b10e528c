"""Files as they come from elsewhere: what is wrong with each is told with its row, and nothing is taken for another."""

import pytest

from pipir.features.imports.rules import too_many
from pipir.store.doors import Database
from tests.features.imports import makers
from tests.features.imports.makers import csv_of, paid, row
from tests.features.ledger.makers import receive

GOOD = csv_of(row())
HEAD, LINE = GOOD.split(b"\r\n")[:2]


@pytest.mark.parametrize(
    ("content", "line", "column", "found", "expected"),
    [
        (GOOD.replace(b"\r\n", b"\r"), 1, "column", "CR alone", "LF or CRLF"),
        (GOOD.decode().encode("utf-16"), 1, "column 1", "UTF-16", "UTF-8"),
        (b"\r\n\r\n", 1, "", "nothing", "titles of the columns"),
        (GOOD.replace(b"amount", b"sum"), 1, "amount", "no such column", "a column for the amount"),
        (HEAD.replace(b"need", b"kind") + b"\r\n" + LINE, 1, "kind", "column 10 again", "each column once"),
        (GOOD.replace(b"Studies", b"St\0dies"), 2, "need", "St\ufffddies", "without NUL"),
        (GOOD.replace(b"Studies", b"St\xfcdies"), 2, "need", "St\ufffddies", "in UTF-8"),
        (GOOD.replace(b"Studies", b'"Studies'), 2, "need", "Studies", "quotation marks"),
        (GOOD[: len(HEAD) + 30], 2, "", "4 cells", "Expected 14 cells"),
        (GOOD.replace(b"10.00", b'"1.234,50"'), 2, "amount", "1.234,50", "an amount like"),
        (GOOD.replace(b"10.00", b'"12,34"'), 2, "amount", "12,34", "an amount like"),
        (GOOD.replace(b"10.00", b"(10.00)"), 2, "amount", "(10.00)", "without brackets"),
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
        (2, "mistake"),
        (3, "exception"),
        (4, "mistake"),
    ]


async def test_a_mistake_of_one_row_costs_no_other_row(db: Database) -> None:
    """A lost quotation mark ends with its line."""
    await receive(db)
    content = csv_of(row(document_number='C"1'), row(document_number="C-2")).replace(b'"C""1"', b'"C1')
    checked = await makers.check(db, content)
    assert (checked.rows, checked.good, checked.bad) == (2, 1, 1)


def test_a_file_of_too_many_rows_is_refused_with_advice() -> None:
    """1,000,000 rows, and 200,000 of a workbook."""
    assert too_many(1_000_000, workbook=False) is None
    assert "Split it by fiscal year" in (too_many(1_000_001, workbook=False) or "")
    assert "Save it as CSV" in (too_many(200_001, workbook=True) or "")
