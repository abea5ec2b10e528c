"""CSV and XLSX in and out: sheets of text cells, mistakes with file, line and column."""

from pipir.sheets.read import Row, Sheet, read_csv, read_xlsx, rows_of_csv
from pipir.sheets.write import Cell, Leaf, csv_bytes, csv_lines, xlsx_bytes

__all__ = [
    "Cell",
    "Leaf",
    "Row",
    "Sheet",
    "csv_bytes",
    "csv_lines",
    "read_csv",
    "read_xlsx",
    "rows_of_csv",
    "xlsx_bytes",
]
