"""CSV and XLSX in and out: sheets of text cells, mistakes with file, line and column."""

from pipir.sheets.inside import Formula, Inside, NotAWorkbook, TooManyRows, look_inside
from pipir.sheets.read import DELIMITERS, Record, Row, Sheet, read_csv, read_xlsx, records_of_csv, rows_of_csv, shown
from pipir.sheets.stream import NotStreamed, records_of_xlsx
from pipir.sheets.write import Cell, Leaf, csv_bytes, csv_lines, xlsx_bytes

__all__ = [
    "DELIMITERS",
    "Cell",
    "Formula",
    "Inside",
    "Leaf",
    "NotAWorkbook",
    "NotStreamed",
    "Record",
    "Row",
    "Sheet",
    "TooManyRows",
    "csv_bytes",
    "csv_lines",
    "look_inside",
    "read_csv",
    "read_xlsx",
    "records_of_csv",
    "records_of_xlsx",
    "rows_of_csv",
    "shown",
    "xlsx_bytes",
]
