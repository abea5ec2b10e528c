"""Reads an extract of official accounting: CSV or XLSX, by the columns that its source is known to have."""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

import msgspec

from pipir.features.ledger.rules import NotASymbol, parse_symbol
from pipir.features.reconciliation.rules.differences import Stage
from pipir.kernel.errors import Mistake
from pipir.kernel.money import Dollars, NotDollars, parse_dollars
from pipir.sheets import NotAWorkbook, Row, TooManyRows, first_of_xlsx, look_inside, read_xlsx, rows_of_csv

MOST_ROWS: Final = 200_000
_MISTAKES: Final = 1_000
_LONGEST: Final = 200
_FORMULAS_SHOWN: Final = 20
_ZIP: Final = b"PK\x03\x04"
_US_DAY: Final = re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})", re.ASCII)
_ISO_DAY: Final = re.compile(r"(?P<year>\d{4})-?(?P<month>\d{2})-?(?P<day>\d{2})", re.ASCII)
_TEXT: Final = re.compile(r"[^\x00-\x1f\x7f]*")


class Mapping(msgspec.Struct, frozen=True):
    """What the columns of a source's extract are called, and how it writes stages and accounts."""

    document: str
    stage: str
    amount: str
    line: str | None
    day: str | None
    symbol: str | None
    obligations: tuple[str, ...]
    expenditures: tuple[str, ...]
    symbols: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that an extract must have."""
        named = (self.document, self.line, self.stage, self.amount, self.day, self.symbol)
        return tuple(dict.fromkeys(each for each in named if each is not None))


class Line(msgspec.Struct, frozen=True):
    """One line of an extract; `document_line` is blank where there is none."""

    row: int
    symbol: str
    document: str
    document_line: str
    stage: Stage
    amount: Dollars
    day: date | None


class ReadExtract(msgspec.Struct, frozen=True):
    """The lines of an extract, or what is wrong with it, each by row and column."""

    lines: tuple[Line, ...]
    mistakes: tuple[Mistake, ...]


def read_extract(source: bytes, name: str, mapping: Mapping) -> ReadExtract:
    """The whole extract with all its mistakes; where there is one, no line counts."""
    mistakes: list[Mistake] = []
    lines: list[Line] = []
    symbols: dict[str, str] = {}
    words: dict[str, Stage] = {word.casefold(): "obligation" for word in mapping.obligations}
    words |= {word.casefold(): "expenditure" for word in mapping.expenditures}
    for row in _rows(source, name, mapping, mistakes):
        if len(mistakes) >= _MISTAKES:
            mistakes.append(Mistake(name, f"The file was read no further after {_MISTAKES:,} mistakes."))
            break
        if len(lines) >= MOST_ROWS:
            mistakes.append(
                Mistake(name, f"Expected at most {MOST_ROWS:,} rows; take an extract of fewer accounts or months.")
            )
            break
        if row.whole and not row.unreadable:
            line = _line(row, mapping, words, symbols, mistakes)
            if line is not None:
                lines.append(line)
    if not lines and not mistakes:
        mistakes.append(Mistake(name, "Expected at least one row below the columns.", "nothing"))
    return ReadExtract(() if mistakes else tuple(lines), tuple(mistakes))


def _rows(source: bytes, name: str, mapping: Mapping, mistakes: list[Mistake]) -> Iterator[Row]:
    is_book = source.startswith(_ZIP)
    try:
        header = _header_of_book(source) if is_book else _header_of_csv(source)
    except (NotAWorkbook, csv.Error) as wrong:
        mistakes.append(Mistake(name, "Expected a workbook (.xlsx) or a file of comma-separated values.", str(wrong)))
        return
    except TooManyRows:
        mistakes.append(
            Mistake(name, f"Expected at most {MOST_ROWS:,} rows; take an extract of fewer accounts or months.")
        )
        return
    # A source holds more than is asked for here: columns that nobody named are left aside.
    others = tuple(dict.fromkeys(each for each in header if each not in mapping.columns))
    found: Iterable[Row | Mistake]
    if is_book:
        sheet = read_xlsx(source, name, columns=mapping.columns, optional=others)
        found = (*sheet.mistakes, *sheet.rows)
        mistakes += _formulas(source, name)
    else:
        found = rows_of_csv(_plain(source), name, columns=mapping.columns, optional=others)
    for each in found:
        if isinstance(each, Mistake):
            mistakes.append(each)
        else:
            yield each


def _plain(source: bytes) -> bytes:
    """The text with line ends that a reader of CSV takes: old systems end a line with CR alone."""
    return source.replace(b"\r", b"\n") if b"\n" not in source else source


def _header_of_csv(source: bytes) -> list[str]:
    first = _plain(source[:100_000]).removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    return next(csv.reader([first.decode("utf-8", "replace").strip("\r")]), [])


def _header_of_book(source: bytes) -> list[str]:
    look_inside(source, most_rows=MOST_ROWS)
    return first_of_xlsx(source)


def _formulas(source: bytes, name: str) -> list[Mistake]:
    inside = look_inside(source, most_rows=MOST_ROWS)
    found = [each for each in inside.formulas if each.sheet == inside.first]
    return [
        Mistake(f"{name}:{each.row}:{each.column}", "Expected a value, not a formula.", f"={each.text}"[:60])
        for each in found[:_FORMULAS_SHOWN]
    ]


def _line(
    row: Row, mapping: Mapping, words: dict[str, Stage], symbols: dict[str, str], mistakes: list[Mistake]
) -> Line | None:
    before = len(mistakes)
    document = _text(row, mapping.document, mistakes)
    if not document and len(mistakes) == before:
        mistakes.append(row.mistake(mapping.document, "Expected a document number."))
    part = _text(row, mapping.line, mistakes) if mapping.line else ""
    stage = words.get(row.cells.get(mapping.stage, "").strip().casefold())
    if stage is None:
        expected = "Expected one of: " + ", ".join((*mapping.obligations, *mapping.expenditures)) + "."
        mistakes.append(row.mistake(mapping.stage, expected))
    amount = _amount(row, mapping.amount, mistakes)
    day = _day(row, mapping.day, mistakes) if mapping.day else None
    symbol = _symbol(row, mapping, symbols, mistakes)
    if len(mistakes) > before or stage is None or amount is None or symbol is None:
        return None
    return Line(row.line, symbol, document, part, stage, amount, day)


def _text(row: Row, column: str, mistakes: list[Mistake]) -> str:
    text = row.cells.get(column, "").strip()
    if len(text) > _LONGEST or _TEXT.fullmatch(text) is None:
        mistakes.append(row.mistake(column, f"Expected one line of at most {_LONGEST} characters."))
        return ""
    return text


def _amount(row: Row, column: str, mistakes: list[Mistake]) -> Dollars | None:
    text = row.cells.get(column, "").strip()
    # Accountants write what is taken back in parentheses.
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1].strip()}"
    try:
        return parse_dollars(text)
    except NotDollars:
        mistakes.append(row.mistake(column, "Expected an amount such as 1,234.50, -1234.50 or (1,234.50)."))
        return None


def _day(row: Row, column: str, mistakes: list[Mistake]) -> date | None:
    text = row.cells.get(column, "").strip()
    if not text:
        return None
    found = _ISO_DAY.fullmatch(text) or _US_DAY.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        mistakes.append(row.mistake(column, "Expected a day such as 2027-09-30 or 09/30/2027."))
        return None


def _symbol(row: Row, mapping: Mapping, symbols: dict[str, str], mistakes: list[Mistake]) -> str | None:
    if mapping.symbol is None:
        return mapping.symbols[0]
    text = row.cells.get(mapping.symbol, "").strip()
    if text not in symbols:
        try:
            symbols[text] = str(parse_symbol(text))
        except NotASymbol as wrong:
            mistakes.append(row.mistake(mapping.symbol, wrong.detail))
            return None
    if symbols[text] not in mapping.symbols:
        expected = "Expected one of the accounts of this source: " + ", ".join(mapping.symbols[:10]) + "."
        mistakes.append(row.mistake(mapping.symbol, expected))
        return None
    return symbols[text]
