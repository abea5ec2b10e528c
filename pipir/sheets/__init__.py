"""CSV and XLSX in and out: sheets of text cells, mistakes with file, line and column."""

from pipir.sheets.inside import Formula, Inside, look_inside
from pipir.sheets.package import NotAWorkbook, TooManyRows, UnpacksTooLarge, check_package
from pipir.sheets.read import (
    TITLES_WITHIN,
    Record,
    Row,
    Sheet,
    cut_to_titles,
    listed,
    place,
    read_csv,
    records_of_csv,
    rows_of,
    shown,
    titled,
    without_midnight,
)
from pipir.sheets.stream import MOST_COLUMNS, other_sheets, read_xlsx, records_of_xlsx
from pipir.sheets.write import Cell, Leaf, csv_bytes, csv_lines, xlsx_bytes

__all__ = [
    "MOST_COLUMNS",
    "TITLES_WITHIN",
    "Cell",
    "Formula",
    "Inside",
    "Leaf",
    "NotAWorkbook",
    "Record",
    "Row",
    "Sheet",
    "TooManyRows",
    "UnpacksTooLarge",
    "check_package",
    "csv_bytes",
    "csv_lines",
    "cut_to_titles",
    "listed",
    "look_inside",
    "other_sheets",
    "place",
    "read_csv",
    "read_xlsx",
    "records_of_csv",
    "records_of_xlsx",
    "rows_of",
    "shown",
    "titled",
    "without_midnight",
    "xlsx_bytes",
]
