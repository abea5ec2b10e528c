"""Reads a sheet of a workbook a row at a time out of its own XML, in memory that is bounded."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO, Final

from pipir.kernel.errors import Mistake
from pipir.sheets.inside import UNPACKED
from pipir.sheets.package import MOST_ROWS, Leaflet, NotAWorkbook, Package, opened, place_of
from pipir.sheets.read import Reading, Record, Sheet, place, shown

MOST_COLUMNS: Final = 2_500
# The texts that cells share are held whole: this much of them, in characters.
_SHARED: Final = 60_000_000
# Numbers of formats that mean a day, as the standard lists them.
_DAY: Final = -1
_DAYS: Final = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_HALF_A_CENT: Final = Decimal("0.005")
# In a format of one's own: what is quoted, escaped or in brackets says nothing of what the number is.
_ASIDE: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


def read_xlsx(
    source: bytes, name: str, *, columns: Sequence[str], optional: Sequence[str] = (), sheet: str | None = None
) -> Sheet:
    """One sheet of a workbook (the first unless named) as text cells: dates as 2027-03-01, numbers without an exponent.

    A formula counts as the value that the sender's program stored for it.
    """
    reading = Reading(name, columns, optional, pad=True)
    try:
        return reading.sheet(
            reading.rows(
                each
                for each in _records(io.BytesIO(source), name, unpacked=UNPACKED, sheet=sheet)
                if isinstance(each, Record)
            )
        )
    except NotAWorkbook as wrong:
        mistake = Mistake(place(name, 1, 1), "Expected a workbook (.xlsx) that can be read.", str(wrong))
        return Sheet(name, (), (), (mistake,), complete=False)


def records_of_xlsx(stream: BinaryIO, name: str, *, unpacked: int) -> Iterator[Record | Mistake]:
    """The rows of the first sheet with their row numbers; a formula's cell is a mistake beside its row.

    NotAWorkbook where the package is broken, holds more than `unpacked` bytes, or leaves open what a row says.
    """
    before: Record | Mistake | None = None
    for each in _records(stream, name, unpacked=unpacked):
        # Blanks are nothing, but in the row of a formula that was told of.
        if isinstance(each, Mistake) or isinstance(before, Mistake) or any(map(str.strip, each.cells)):
            yield each
        before = each


def other_sheets(stream: BinaryIO, *, unpacked: int) -> list[str]:
    """The names of the sheets beside the first that hold anything; NotAWorkbook where there is no telling."""
    with opened(stream, unpacked=unpacked) as package:
        return [each.name for each in package.sheets if each != package.first and _holds_anything(package, each)]


def _records(stream: BinaryIO, name: str, *, unpacked: int, sheet: str | None = None) -> Iterator[Record | Mistake]:
    with opened(stream, unpacked=unpacked) as package:
        yield from _rows(package, name, sheet)


def _holds_anything(package: Package, sheet: Leaflet) -> bool:
    main = package.main
    with closing(package.elements(sheet.part, "row")) as rows:
        return any(
            cell.find(f"{main}v") is not None or cell.find(f"{main}is") is not None
            for row in rows
            for cell in row.iterchildren(f"{main}c")
        )


def _rows(package: Package, name: str, sheet: str | None) -> Iterator[Record | Mistake]:
    main = package.main
    found = package.first if sheet is None else next((each for each in package.sheets if each.name == sheet), None)
    if found is None:
        raise NotAWorkbook(f"It has no sheet {sheet}." if sheet else "The workbook has no sheet.")
    shared, styles = _shared(package), _styles(package)
    number, first = 0, 0
    for element in package.elements(found.part, "row", "mergeCell"):
        if element.tag == f"{main}mergeCell":
            _check_merged(element.get("ref") or "", first, number)
            continue
        number = int(element.get("r") or number + 1)
        if not 0 < number <= MOST_ROWS:
            raise NotAWorkbook(f"A row of it says that it is row {shown(str(element.get('r')))}.")
        cells: list[str] = []
        told = False
        for cell in element.iterchildren(f"{main}c"):
            at = place_of(cell.get("r") or "")[1] or len(cells) + 1
            formula = cell.find(f"{main}f")
            text = _text(cell, package, shared, styles)
            if at > MOST_COLUMNS and not text and formula is None:
                # A format reaches to the right as far as a sheet goes; it says nothing.
                continue
            if at > MOST_COLUMNS:
                raise NotAWorkbook(f"Row {number} has more than {MOST_COLUMNS:,} columns.")
            cells += [""] * (at - len(cells) - 1)
            if formula is not None:
                given = shown("=" + (formula.text or "a shared formula"))
                expected = "Expected a value; this cell holds a formula. Paste it as a value."
                yield Mistake(place(name, number, at), expected, given)
                told = True
            if at <= len(cells):
                raise NotAWorkbook(f"Row {number} has two cells in one place.")
            cells.append(text)
        if told or any(cells):
            first = first or number
            yield Record(number, cells)


def _check_merged(ref: str, first: int, last: int) -> None:
    """Refuse cells that are merged below the titles: all but the first of them are blank, whatever they show."""
    row, _ = place_of(ref.partition(":")[0])
    until, _ = place_of(ref.partition(":")[2])
    if max(row, until) > first and row <= last:
        raise NotAWorkbook(
            f"Its cells {ref} are merged, so that one of them alone holds a value. Unmerge them and fill in each."
        )


def _text(cell: Any, package: Package, shared: list[str], styles: list[int]) -> str:
    kind, main = cell.get("t") or "n", package.main
    if kind == "inlineStr":
        return "".join(each.text or "" for each in cell.iter(f"{main}t"))
    value = cell.findtext(f"{main}v")
    if value is None:
        return ""
    if kind == "s":
        return shared[_index(value)]
    if kind == "b":
        return "true" if value == "1" else "false"
    if kind != "n":
        # Text, an error such as #REF!, or a day as ISO 8601 writes it.
        return str(value.removesuffix("T00:00:00"))
    style = _index(cell.get("s") or "0")
    shape = styles[style] if style < len(styles) else 0
    if shape == _DAY:
        try:
            day = package.zero + timedelta(days=float(value))
        except (ValueError, OverflowError):
            return str(value)
        if day.date() < date(1900, 3, 1) and package.zero.year == 1899:
            # Until then a program that took 1900 for a leap year counts one more.
            day += timedelta(days=1)
        return day.date().isoformat() if day.time() == datetime.min.time() else day.isoformat()
    # A line or a document of digits alone is shown with its zeros, and is meant as it is shown.
    number = _number(value)
    return number.zfill(shape) if number.isdigit() else number


def _index(text: str) -> int:
    number = int(text)
    if number < 0:
        raise IndexError(text)
    return number


def _number(value: str) -> str:
    """The number as it was typed: a binary fraction of 17 digits stands for the 15 that a sheet keeps.

    Where that would change an amount by a cent, each digit stays that a program wrote.
    """
    if value.isdigit() and len(value) <= 15:
        return value
    try:
        exact = Decimal(value)
    except InvalidOperation:
        return value
    if not exact.is_finite() or not -9 <= exact.adjusted() < 21:
        return value
    short = Decimal(format(exact, ".15g"))
    if abs(short - exact) >= _HALF_A_CENT:
        short = exact if exact == exact.to_integral_value() else Decimal(repr(float(exact)))
    return format(short.quantize(Decimal(1)) if short == short.to_integral_value() else short.normalize(), "f")


def _shared(package: Package) -> list[str]:
    found: list[str] = []
    if not package.has("xl/sharedStrings.xml"):
        return found
    size, main = 0, package.main
    for element in package.elements("xl/sharedStrings.xml", "si"):
        # Phonetic hints stand beside the text and are none of it.
        runs = (*element.iterfind(f"{main}t"), *element.iterfind(f"{main}r/{main}t"))
        text = "".join(each.text or "" for each in runs)
        size += len(text) + 50
        if size > _SHARED:
            raise NotAWorkbook("It holds more text than is read of a workbook. Save it as CSV.")
        found.append(text)
    return found


def _styles(package: Package) -> list[int]:
    """By style: how many digits a number is shown with at the least, 0 where that is not said, or _DAY."""
    if not package.has("xl/styles.xml"):
        return []
    styles, main = package.tree("xl/styles.xml"), package.main
    shapes = dict.fromkeys(_DAYS, _DAY)
    for each in styles.iterfind(f"{main}numFmts/{main}numFmt"):
        code = each.get("formatCode") or ""
        if re.search("[dmyDMY]", _ASIDE.sub("", code)):
            shapes[int(each.get("numFmtId") or 0)] = _DAY
        elif re.fullmatch("0{2,15}", code):
            shapes[int(each.get("numFmtId") or 0)] = len(code)
    return [shapes.get(int(each.get("numFmtId") or 0), 0) for each in styles.iterfind(f"{main}cellXfs/{main}xf")]
