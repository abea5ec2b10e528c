"""Looks into a workbook's own XML for what its values do not tell: formulas, how many rows, from when days count."""

import io
from dataclasses import dataclass
from datetime import date
from typing import Final

from pipir.sheets.package import Leaflet, Package, TooManyRows, opened, place_of

UNPACKED: Final = 200_000_000


@dataclass(frozen=True)
class Formula:
    """A cell whose value a program computed: sheet, row and column from 1, and the formula."""

    sheet: str
    row: int
    column: int
    text: str


@dataclass(frozen=True)
class Inside:
    """The names of a workbook's sheets in order and of the first that is seen, its formulas, and its day zero."""

    sheets: tuple[str, ...]
    first: str
    formulas: tuple[Formula, ...]
    day_zero: date


def look_inside(source: bytes, *, most_rows: int) -> Inside:
    """What stands in the XML of a workbook (.xlsx); NotAWorkbook or TooManyRows where it is not read."""
    with opened(io.BytesIO(source), unpacked=UNPACKED) as package:
        formulas = [each for sheet in package.sheets for each in _formulas(package, sheet, most_rows)]
        first = package.first.name if package.first else ""
        return Inside(tuple(sheet.name for sheet in package.sheets), first, tuple(formulas), package.zero.date())


def _formulas(package: Package, sheet: Leaflet, most_rows: int) -> list[Formula]:
    found: list[Formula] = []
    for number, row in enumerate(package.elements(sheet.part, "row"), 1):
        if number > most_rows + 1:
            raise TooManyRows(sheet.name)
        for at, cell in enumerate(row.iterchildren(f"{package.main}c"), 1):
            formula = cell.find(f"{package.main}f")
            if formula is not None:
                line, column = place_of(cell.get("r") or "")
                found.append(Formula(sheet.name, line or number, column or at, formula.text or "shared"))
    return found
