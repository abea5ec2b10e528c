"""Reading CSV and XLSX: every mistake has its place, and no file makes anything but rows and mistakes."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from pipir.kernel.errors import Mistake
from pipir.sheets import Row, cut_to_titles, read_csv, read_xlsx, records_of_csv, rows_of, xlsx_bytes
from pipir.sheets.write import Leaf

_COLUMNS = ("code", "name")


def _read(text: str | bytes, *optional: str) -> tuple[list[dict[str, str]], list[tuple[str, str]]]:
    raw = text.encode() if isinstance(text, str) else text
    sheet = read_csv(raw, "f.csv", columns=_COLUMNS, optional=optional)
    return [dict(row.cells) for row in sheet.rows], [(each.where, each.found) for each in sheet.mistakes]


def _are_titles(cells: list[str]) -> bool:
    return tuple(cells) == _COLUMNS


def test_cells_come_by_the_name_of_their_column_in_any_order() -> None:
    assert _read("name,code\nJapan,JPN\n") == ([{"code": "JPN", "name": "Japan"}], [])


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_byte_order_mark_and_either_line_end_are_read(start: bytes, end: bytes) -> None:
    assert _read(start + b"code,name" + end + b"JPN,Japan" + end + end) == ([{"code": "JPN", "name": "Japan"}], [])


def test_a_cell_in_quotation_marks_may_span_lines_and_the_next_row_knows_its_own_line() -> None:
    sheet = read_csv(b'code,name\nJPN,"Ja,\n""pan"""\nKOR,Korea\n', "f.csv", columns=_COLUMNS)
    assert [(row.line, row.cells["name"]) for row in sheet.rows] == [(2, 'Ja,\n"pan"'), (4, "Korea")]
    assert sheet.rows[1].where("name") == "f.csv:4:2 (name)"
    assert sheet.mistakes == ()
    assert sheet.complete


@pytest.mark.parametrize(
    ("text", "where", "found"),
    [
        (b"", "f.csv:1:1", "nothing"),
        (b"code,name,code\nA,B,C\n", "f.csv:1:3", "code"),
        (b"code,name,regoin\nA,B,C\n", "f.csv:1:3", "regoin"),
        (b"code\nA\n", "f.csv:1:2 (name)", "no such column"),
        (b"code,name\nA\n", "f.csv:2:2 (name)", "1 cells"),
        (b"code,name\nA,B,C\n", "f.csv:2:3", "3 cells"),
        (b"code,name\nA,B\x00C\n", "f.csv:2:2 (name)", "B\N{REPLACEMENT CHARACTER}C"),
        (b"code,name\nA,Br\xfcssel\n", "f.csv:2:2 (name)", "Br\N{REPLACEMENT CHARACTER}ssel"),
        (b'code,name\nA,"B\nC,D\n', "f.csv:2:2", '"B'),
        (b'code,name\nA,B"\nC,D\n', "f.csv:2:2", 'B"'),
        (b'code,name\nA,"B"x\nC,D\n', "f.csv:2:2", '"B"x'),
        (b"code,name\rA,B\r", "f.csv:1:2", "CR alone"),
        (b"code,name\nA,B\rC,D\n", "f.csv:2:2", "CR alone"),
        ("code,name\n".encode("utf-16"), "f.csv:1:1", "UTF-16"),
        (b"code,name\nA," + b"x" * 140_000 + b"\n", "f.csv:2:1", ""),
        (b"code,name\nA," + b"x" * 1_100_000 + b"\nB,C\n", "f.csv:2:1", ""),
    ],
)
def test_a_mistake_says_its_line_and_column_and_what_was_found(text: bytes, where: str, found: str) -> None:
    assert _read(text)[1] == [(where, found)]


def test_a_lost_quotation_mark_costs_its_own_line_only() -> None:
    rows, mistakes = _read('code,name\nA,"B\nC,"D"\nE,F\n')
    assert rows == [{"code": "A", "name": "B"}, {"code": "C", "name": "D"}, {"code": "E", "name": "F"}]
    assert [where for where, _ in mistakes] == ["f.csv:2:2"]


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    sheet = read_csv(tmp_path / "none.csv", "none.csv", columns=_COLUMNS)
    assert [each.where for each in sheet.mistakes] == ["none.csv:1:1"]
    assert not sheet.complete


def test_a_file_of_another_kind_is_not_read_to_its_end() -> None:
    sheet = read_csv(b"code,name\n" + b"x\n" * 5_000, "f.csv", columns=_COLUMNS)
    assert len(sheet.mistakes) == 1_001
    assert not sheet.complete


def test_an_optional_column_may_be_there() -> None:
    assert _read("code,name,note\nA,B,C\n", "note") == ([{"code": "A", "name": "B", "note": "C"}], [])


def test_rows_come_one_by_one_from_a_file_larger_than_what_is_held(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("code,name\n" + "A,B\n" * 3)
    with path.open("rb") as stream:
        found = rows_of(records_of_csv(stream, "long.csv"), "long.csv", columns=_COLUMNS)
        assert isinstance(next(found), Row)
        assert sum(1 for _ in found) == 2


def _rows(raw: bytes) -> Iterator[Row | Mistake]:
    return rows_of(records_of_csv(io.BytesIO(raw), "f.csv", titles=_are_titles), "f.csv", columns=_COLUMNS)


@pytest.mark.parametrize("between", [",", ";", "\t", "|"])
@pytest.mark.parametrize("titles", ["code#name", '"code"#name', 'code#"name"'])
def test_what_stands_between_cells_is_what_stands_between_the_titles(between: str, titles: str) -> None:
    """A line above them is told apart by itself, and a row below them holds what it will."""
    text = "\n" * 30 + f"Status, of; funds, May\n{titles}\nA#one, two; three| four\t\n".replace("#", between)
    records = list(records_of_csv(io.BytesIO(text.encode()), "f.csv", titles=_are_titles))
    assert [each.cells for each in records if not isinstance(each, Mistake)] == [
        ["Status", " of; funds", " May"],
        ["code", "name"],
        *[line.split(between) for line in text.splitlines()[32:]],
    ]


def test_without_titles_cells_are_told_apart_as_in_most_of_the_first_lines() -> None:
    lines = "a,b\n" + "a;b,c;d\n" * 30 + "a,b,c\n"
    records = list(records_of_csv(io.BytesIO(lines.encode()), "f.csv", titles=_are_titles))
    assert [each.cells for each in records if not isinstance(each, Mistake)] == [
        ["a", "b"], *[["a", "b,c", "d"]] * 30, ["a,b,c"],
    ]  # fmt: skip


@given(st.binary(max_size=200))
def test_any_bytes_give_rows_and_mistakes_and_nothing_else(raw: bytes) -> None:
    for each in _rows(b"code,name\n" + raw):
        assert isinstance(each, (Row, Mistake))


@given(st.text(alphabet='a",\r\n=\x00é', max_size=60))
def test_any_arrangement_of_quotation_marks_is_read_to_its_end(text: str) -> None:
    for each in _rows(b"code,name\n" + text.encode()):
        assert isinstance(each, (Row, Mistake))


def test_a_workbook_is_read_as_text_with_its_lines() -> None:
    book = xlsx_bytes([Leaf("S", ("code", "name"), [("JPN", 3), ("", None), ("KOR", date(2027, 3, 1))])])
    sheet = read_xlsx(book, "f.xlsx", columns=_COLUMNS)
    assert [(row.line, dict(row.cells)) for row in sheet.rows] == [
        (2, {"code": "JPN", "name": "3"}),
        (4, {"code": "KOR", "name": "2027-03-01"}),
    ]
    assert sheet.mistakes == ()


def test_a_workbook_that_begins_lower_keeps_its_line_numbers() -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    page = book.add_worksheet()
    page.write_row(2, 0, ["code", "name"])
    page.write_row(3, 0, ["JPN"])
    book.close()
    sheet = read_xlsx(target.getvalue(), "f.xlsx", columns=_COLUMNS)
    assert [(row.line, dict(row.cells)) for row in sheet.rows] == [(4, {"code": "JPN", "name": ""})]


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"code,name\n", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_workbook_is_one_mistake(raw: bytes) -> None:
    assert [each.where for each in read_xlsx(raw, "f.xlsx", columns=_COLUMNS).mistakes] == ["f.xlsx:1:1"]


def test_a_workbook_without_the_named_sheet_is_a_mistake() -> None:
    book = xlsx_bytes([Leaf("S", ("code", "name"), [])])
    assert "no sheet" in read_xlsx(book, "f.xlsx", columns=_COLUMNS, sheet="T").mistakes[0].found


def test_a_lost_quotation_mark_is_looked_for_in_a_bounded_number_of_lines() -> None:
    """A record that never ends must not take the whole file into memory."""
    stream = io.BytesIO(b'A,B\n"A\n' + b"B,C\n" * 500_000)
    records = records_of_csv(stream, "f.csv")
    assert next(records) == (1, ["A", "B"], None)
    next(records)
    assert stream.tell() < 1_000_000


@given(
    st.text(alphabet="a,\r\n", max_size=60),
    st.sampled_from([b"", b'"', b"\xff", b"\r", b"x" * 131_073]),
    st.integers(0, 3),
)
def test_a_block_of_lines_is_read_as_its_lines_are(around: str, odd: bytes, lines: int) -> None:
    """Whatever stands further down sends a block to be read line by line: with the same records."""
    plain = around.encode()
    whole = b"code,name\n" + plain + b"\n" * lines
    alone = list(records_of_csv(io.BytesIO(whole), "f.csv"))
    followed = list(records_of_csv(io.BytesIO(whole + b"\n" + odd + b"\n"), "f.csv"))
    assert followed[: len(alone)] == alone


@pytest.mark.parametrize(
    ("row", "line", "read"),
    [
        ("A,5.00,x", 3, "A,5.00,x"),
        # Blank cells below blank titles: nothing stands in them.
        ("A,5.00,x,,", 5, "A,5.00,x"),
        ("A,5,234.56,,", 5, None),
        ("A,$5,234,,", 5, None),
        ("A,(5,234.56),,", 5, None),
        ("A,5.00,234.56,,", 5, "A,5.00,234.56"),
        ("A,5,0234,,", 5, "A,5,0234"),
        ("A,5,,,", 5, "A,5,"),
        # More or fewer than the titles' line has: something moved.
        ("A,1,234.56,", 3, None),
        ("A,1,234.56,", 5, None),
        ("A,1,234.56,,,", 5, None),
        ("A,5.00,x,,y", 5, None),
        ("A,5.00,x,", 3, None),
        ("A,5.00,x,", 5, None),
        ("A,5.00,x,,,", 5, None),
    ],
)
def test_a_row_is_cut_to_its_titles_only_where_their_line_has_the_same_blank_cells(
    row: str, line: int, read: str | None
) -> None:
    """A comma of thousands without quotation marks pushes a blank cell over the end, and makes another amount."""
    cells = row.split(",")
    cut_to_titles(cells, 3, line, 1)
    assert ",".join(cells) == (row if read is None else read)


def test_a_row_without_an_amount_of_its_own_is_cut_by_its_length() -> None:
    """What stands in for a blank cell may be every row's amount."""
    cells = ["A", "5", "234", "", ""]
    cut_to_titles(cells, 3, 5, None)
    assert cells == ["A", "5", "234"]
