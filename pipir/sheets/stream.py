"""Reads a large workbook's first sheet a row at a time out of its own XML, in memory that is bounded."""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO, Final

from lxml import etree

from pipir.kernel.errors import Mistake
from pipir.sheets.read import Record, place, shown

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_OF: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError, NotImplementedError, RuntimeError,
    etree.XMLSyntaxError, ValueError, OverflowError,
)  # fmt: skip
# The texts that cells share are held whole: this much of them, in characters.
_SHARED: Final = 60_000_000
_MOST_COLUMNS: Final = 500
# Numbers of formats that mean a day, as the standard lists them.
_DAYS: Final = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
# In a format of one's own: what is quoted, escaped or in brackets says nothing of what the number is.
_ASIDE: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


class NotStreamed(ValueError):
    """The file is no workbook that is read here; the text says what is wrong with it and what to do."""


def records_of_xlsx(stream: BinaryIO, name: str, *, unpacked: int) -> Iterator[Record | Mistake]:
    """The rows of the first sheet with their row numbers; a formula's cell is a mistake beside its row.

    NotStreamed where the package is broken, or holds more than `unpacked` bytes.
    """
    try:
        yield from _records(stream, name, unpacked)
    except _BROKEN as wrong:
        if isinstance(wrong, NotStreamed):
            raise
        raise NotStreamed("It is no workbook (.xlsx), or it was cut off on its way.") from wrong


def _records(stream: BinaryIO, name: str, unpacked: int) -> Iterator[Record | Mistake]:
    with zipfile.ZipFile(stream) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > unpacked:
            raise NotStreamed(
                f"Unpacked it holds more than {unpacked // 1_000_000:,} MB. Save it as CSV, in parts where it must be."
            )
        book = _parsed(archive, "xl/workbook.xml")
        sheet = book.find(f"{_MAIN}sheets/{_MAIN}sheet")
        if sheet is None:
            raise NotStreamed("The workbook has no sheet.")
        targets = {
            each.get("Id"): _path(each.get("Target") or "") for each in _parsed(archive, "xl/_rels/workbook.xml.rels")
        }
        properties = book.find(f"{_MAIN}workbookPr")
        since_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        zero = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)  # noqa: DTZ001  a sheet has no zone
        shared, days = _shared(archive), _days(archive)
        number = 0
        with archive.open(targets[sheet.get(f"{_OF}id")]) as part:
            for _, element in _parse(part, f"{_MAIN}row"):
                number = int(element.get("r") or number + 1)
                cells: list[str] = []
                for cell in element:
                    if cell.tag != f"{_MAIN}c":
                        continue
                    at = _column(cell.get("r") or "") or len(cells) + 1
                    if at > _MOST_COLUMNS:
                        raise NotStreamed(f"Row {number} has more than {_MOST_COLUMNS} columns.")
                    cells += [""] * (at - len(cells) - 1)
                    formula = cell.find(f"{_MAIN}f")
                    text = _text(cell, shared, days, zero)
                    if formula is not None:
                        found = shown("=" + (formula.text or "a shared formula"))
                        expected = "Expected a value; this cell holds a formula. Paste it as a value."
                        yield Mistake(place(name, number, at), expected, found)
                    if at <= len(cells):
                        raise NotStreamed(f"Row {number} has two cells in one place.")
                    cells.append(text)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
                if any(cells):
                    yield Record(number, cells)


def _parse(part: Any, tag: str) -> Iterator[tuple[str, Any]]:
    yield from etree.iterparse(part, tag=tag, resolve_entities=False, no_network=True, huge_tree=False)


def _text(cell: Any, shared: list[str], days: list[bool], zero: datetime) -> str:
    kind = cell.get("t") or "n"
    if kind == "inlineStr":
        return "".join(each.text or "" for each in cell.iter(f"{_MAIN}t"))
    value = cell.findtext(f"{_MAIN}v")
    if value is None:
        return ""
    if kind == "s":
        return shared[int(value)]
    if kind == "b":
        return "true" if value == "1" else "false"
    if kind != "n":
        # Text, an error such as #REF!, or a day as ISO 8601 writes it.
        return str(value.removesuffix("T00:00:00"))
    style = int(cell.get("s") or 0)
    if style < len(days) and days[style]:
        day = zero + timedelta(days=float(value))
        if day.date() < date(1900, 3, 1) and zero.year == 1899:
            # Until then a program that took 1900 for a leap year counts one more.
            day += timedelta(days=1)
        return day.date().isoformat() if day.time() == datetime.min.time() else day.isoformat()
    return _number(value)


def _number(value: str) -> str:
    """The number as it was typed: a binary fraction of 17 digits stands for the 15 that a sheet keeps."""
    if value.isdigit() and len(value) <= 15:
        return value
    try:
        exact = Decimal(value)
    except InvalidOperation:
        return value
    if not exact.is_finite() or not -9 <= exact.adjusted() < 21:
        return value
    short = Decimal(format(exact, ".15g"))
    return format(short.quantize(Decimal(1)) if short == short.to_integral_value() else short.normalize(), "f")


def _shared(archive: zipfile.ZipFile) -> list[str]:
    found: list[str] = []
    if "xl/sharedStrings.xml" not in archive.namelist():
        return found
    size = 0
    with archive.open("xl/sharedStrings.xml") as part:
        for _, element in _parse(part, f"{_MAIN}si"):
            # Phonetic hints stand beside the text and are none of it.
            runs = (*element.iterfind(f"{_MAIN}t"), *element.iterfind(f"{_MAIN}r/{_MAIN}t"))
            text = "".join(each.text or "" for each in runs)
            size += len(text) + 50
            if size > _SHARED:
                raise NotStreamed("It holds more text than is read of a workbook. Save it as CSV.")
            found.append(text)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    return found


def _days(archive: zipfile.ZipFile) -> list[bool]:
    """Which styles of cells show a number as a day."""
    if "xl/styles.xml" not in archive.namelist():
        return []
    styles = _parsed(archive, "xl/styles.xml")
    own = {
        int(each.get("numFmtId") or 0)
        for each in styles.iterfind(f"{_MAIN}numFmts/{_MAIN}numFmt")
        if re.search("[dmyDMY]", _ASIDE.sub("", each.get("formatCode") or ""))
    }
    return [int(each.get("numFmtId") or 0) in _DAYS | own for each in styles.iterfind(f"{_MAIN}cellXfs/{_MAIN}xf")]


def _parsed(archive: zipfile.ZipFile, path: str) -> Any:
    if archive.getinfo(path).file_size > 20_000_000:
        raise NotStreamed("Its list of sheets or styles is larger than any that is read.")
    return etree.fromstring(archive.read(path), etree.XMLParser(resolve_entities=False, no_network=True))


def _path(target: str) -> str:
    return posixpath.normpath(target.lstrip("/") if target.startswith("/") else f"xl/{target}")


def _column(place_in_sheet: str) -> int:
    number = 0
    for letter in place_in_sheet.rstrip("0123456789"):
        number = number * 26 + ord(letter.upper()) - 64
    return number
