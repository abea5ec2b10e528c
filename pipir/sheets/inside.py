"""Looks into a workbook's own XML for what its values do not tell: formulas, how many rows, from when days count."""

import io
import posixpath
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date
from typing import Final

from lxml import etree

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_OF: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_UNPACKED: Final = 200_000_000
# The day 0 of a workbook's numbers, as programs have counted since the first one took 1900 for a leap year.
_SINCE_1900: Final = date(1899, 12, 30)
_SINCE_1904: Final = date(1904, 1, 1)
# What a package that is cut off, encrypted or packed in an unknown way is met with.
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError, NotImplementedError, RuntimeError,
    etree.XMLSyntaxError,
)  # fmt: skip


class NotAWorkbook(ValueError):
    """The bytes are no workbook, or one that is cut off; the text says what is wrong with it."""


class TooManyRows(ValueError):
    """A sheet holds more rows than are read; the text is the sheet's name."""


@dataclass(frozen=True)
class Formula:
    """A cell whose value a program computed: sheet, row and column from 1, and the formula."""

    sheet: str
    row: int
    column: int
    text: str


@dataclass(frozen=True)
class Inside:
    """The names of a workbook's sheets in order, its formulas, and the day from which its numbers count days."""

    sheets: tuple[str, ...]
    formulas: tuple[Formula, ...]
    day_zero: date


def look_inside(source: bytes, *, most_rows: int) -> Inside:
    """What stands in the XML of a workbook (.xlsx); NotAWorkbook or TooManyRows where it is not read."""
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _UNPACKED:
                raise NotAWorkbook("it is too large when unpacked")
            book = _parsed(archive, "xl/workbook.xml")
            targets = {
                each.get("Id"): _path(each.get("Target") or "")
                for each in _parsed(archive, "xl/_rels/workbook.xml.rels")
            }
            properties = book.find(f"{_MAIN}workbookPr")
            since_1904 = properties is not None and properties.get("date1904") in ("1", "true")
            names, formulas = [], []
            for each in book.iterfind(f"{_MAIN}sheets/{_MAIN}sheet"):
                name = each.get("name") or ""
                names.append(name)
                path = targets.get(each.get(f"{_OF}id"))
                if path is None:
                    raise NotAWorkbook(f"its sheet {name} is missing")
                formulas += _formulas(archive, path, name, most_rows)
    except _BROKEN as wrong:
        raise NotAWorkbook("it is no workbook (.xlsx), or it was cut off on its way") from wrong
    return Inside(tuple(names), tuple(formulas), _SINCE_1904 if since_1904 else _SINCE_1900)


def _formulas(archive: zipfile.ZipFile, path: str, name: str, most_rows: int) -> list[Formula]:
    found = []
    row = 0
    with archive.open(path) as stream:
        for _, element in etree.iterparse(
            stream, tag=(f"{_MAIN}c", f"{_MAIN}row"), resolve_entities=False, no_network=True, huge_tree=False
        ):
            if element.tag == f"{_MAIN}row":
                row += 1
                if row > most_rows + 1:
                    raise TooManyRows(name)
                element.clear()
                continue
            formula = element.find(f"{_MAIN}f")
            if formula is not None:
                place = element.get("r") or ""
                letters = place.rstrip("0123456789")
                line = place[len(letters) :]
                found.append(Formula(name, int(line) if line else row + 1, _column(letters), formula.text or "shared"))
    return found


def _parsed(archive: zipfile.ZipFile, path: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(archive.read(path), parser)


def _path(target: str) -> str:
    return posixpath.normpath(target.lstrip("/") if target.startswith("/") else f"xl/{target}")


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter.upper()) - 64
    return max(number, 1)
