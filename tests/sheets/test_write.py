"""Writing CSV and XLSX: nothing runs when it is opened, and the same rows give the same bytes."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipir.kernel.money import Dollars
from pipir.sheets import csv_bytes, read_csv, read_xlsx, xlsx_bytes
from pipir.sheets.write import Leaf


def test_a_csv_file_is_utf8_without_a_mark_and_with_crlf() -> None:
    assert csv_bytes(("a", "b"), [("é", None)]) == "a,b\r\né,\r\n".encode()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_would_run_as_a_formula_has_an_apostrophe_in_front(start: str) -> None:
    row = csv_bytes(("a", "b"), [(start + "1", "x")]).split(b"\r\n", 1)[1]
    assert row.lstrip(b'"').startswith(b"'" + start.encode())


def test_a_negative_amount_stays_a_number() -> None:
    assert csv_bytes(("a", "b", "c"), [(Dollars("-5.00"), -5, Decimal("-0.5"))]) == b"a,b,c\r\n-5.00,-5,-0.5\r\n"


def test_a_row_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        csv_bytes(("a",), [("b", "c")])
    with pytest.raises(ValueError, match="2 cells"):
        xlsx_bytes([Leaf("S", ("a",), [("b", "c")])])


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=5))
def test_what_is_written_is_read_again(rows: list[tuple[str, str]]) -> None:
    sheet = read_csv(csv_bytes(("a", "b"), rows), "f.csv", columns=("a", "b"))
    assert sheet.mistakes == ()
    assert len(sheet.rows) == len(rows)


def _parts(book: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml"))


def test_a_workbook_holds_no_formula_and_no_link() -> None:
    xml = _parts(xlsx_bytes([Leaf("S", ("a", "b"), [("=1+1", "https://example.test/"), ("{=SUM(A1)}", "+1")])]))
    assert "<f>" not in xml
    assert "hyperlink" not in xml


def test_the_same_rows_give_the_same_workbook() -> None:
    leaf = Leaf("S", ("a", "b"), [("x", Dollars("1.50")), (date(2027, 3, 1), True)])
    assert xlsx_bytes([leaf]) == xlsx_bytes([leaf])
    assert "2025-12-18T00:00:00Z" in _parts(xlsx_bytes([leaf]))


def test_hostile_text_and_sheet_names_give_a_workbook_that_opens() -> None:
    book = xlsx_bytes([Leaf("a/b:[c]*?'" + "x" * 40, ("a",), [("\0\x01\ud800",), ("x" * 40_000,), ("<script>",)])])
    sheet = read_xlsx(book, "f.xlsx", columns=("a",))
    assert sheet.rows[2].cells["a"] == "<script>"
    assert len(sheet.rows[1].cells["a"]) == 32_767


def test_an_amount_too_large_for_the_format_stays_exact_as_text() -> None:
    book = xlsx_bytes([Leaf("S", ("a", "b"), [(Dollars("9999999999999999.99"), 2**60)])])
    assert dict(read_xlsx(book, "f.xlsx", columns=("a", "b")).rows[0].cells) == {
        "a": "9999999999999999.99",
        "b": str(2**60),
    }
