"""Writes CSV and XLSX that say the same on every machine and never run anything when they are opened."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from pipir.kernel.money import Dollars

Cell = str | int | Decimal | Dollars | date | datetime | bool | None
# What a spreadsheet program would read as the start of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_FIXED: Final = datetime(2025, 12, 18)  # noqa: DTZ001  the format holds no zone; the day of enactment
_LONGEST: Final = 32_767
# As far down as a list of values is offered in a sheet that is edited.
_OFFERED: Final = 10_000
_EXACT: Final = Decimal(10) ** 13
_SHEET_NAME: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f']")
_NOT_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Leaf:
    """One sheet of a workbook: its name, the columns' titles, its rows.

    For a sheet that is edited: how many of the first columns stay as they are, and the values of those that offer a
    list; `hidden` is for what no person reads.
    """

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    kept: int = 0
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)
    hidden: bool = False
    width: int = 22


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 without a mark, CRLF; text that a spreadsheet program would run as a formula has an apostrophe in front."""
    return b"".join(csv_lines(columns, rows))


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The same a record at a time, for answers that are sent as they are read."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_safe(column) for column in columns])
    yield _taken(out)
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"A row has {len(row)} cells; the header has {len(columns)}.")
        writer.writerow([_safe(_plain(cell)) if isinstance(cell, str) else _plain(cell) for cell in row])
        yield _taken(out)


def xlsx_bytes(sheets: Sequence[Leaf]) -> bytes:
    """A workbook without formulas or links, the same bytes for the same rows; one row is held at a time."""
    import xlsxwriter  # noqa: PLC0415 - most who read sheets write none

    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    # Closed in any case: it holds a file for the rows that have gone by.
    with closing(book):
        book.set_properties({"created": _FIXED})
        formats = {
            "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
            "kept": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DCDEE0"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            "money": book.add_format({"num_format": "#,##0.00"}),
        }
        for leaf in sheets:
            _write_leaf(book.add_worksheet(_sheet_name(leaf.name)), leaf, formats)
    return target.getvalue()


def _write_leaf(page: Any, leaf: Leaf, formats: Mapping[str, Any]) -> None:
    page.freeze_panes(1, leaf.kept)
    page.set_column(0, max(len(leaf.columns) - 1, 0), leaf.width)
    if leaf.hidden:
        page.very_hidden()
    for number, values in leaf.choices.items():
        # A value that is not of the list is told of on import, with its place.
        page.data_validation(
            1, number, _OFFERED, number, {"validate": "list", "source": list(values), "show_error": False}
        )
    for number, column in enumerate(leaf.columns):
        page.write_string(0, number, _cell(column), formats["kept" if number < leaf.kept else "head"])
    for line, row in enumerate(leaf.rows, 1):
        if len(row) != len(leaf.columns):
            raise ValueError(f"A row has {len(row)} cells; the header has {len(leaf.columns)}.")
        for number, cell in enumerate(row):
            if cell is None or cell == "":
                continue
            # What the format cannot hold exactly goes as text: larger numbers, days before 1900, times.
            if isinstance(cell, date) and not isinstance(cell, datetime) and cell.year > 1900:
                page.write_datetime(line, number, datetime(cell.year, cell.month, cell.day), formats["day"])  # noqa: DTZ001
            elif isinstance(cell, Dollars) and abs(cell.amount) < _EXACT:
                page.write_number(line, number, float(cell.amount), formats["money"])
            elif isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) < _EXACT:
                page.write_number(line, number, cell)
            else:
                page.write_string(line, number, _cell(_plain(cell)))


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (date, datetime)):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return format(cell, "f")
    # NUL ends a text in most programs that read CSV, and a lone surrogate has no UTF-8.
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", str(cell)) if isinstance(cell, str) else str(cell)


def _safe(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA) else text


def _cell(text: str) -> str:
    clean = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
    return clean if len(clean) <= _LONGEST else clean[: _LONGEST - 3] + "..."


def _sheet_name(name: str) -> str:
    return _SHEET_NAME.sub(" ", name).strip()[:31] or "Sheet"


def _taken(out: io.StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode()
