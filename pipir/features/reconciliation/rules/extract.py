"""Reads an extract of official accounting: CSV or XLSX, by the columns that its source is known to have."""

import io
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import chain, islice
from typing import Final

import msgspec

from pipir.features.ledger.rules import NotASymbol, parse_symbol
from pipir.features.reconciliation.rules.differences import Stage
from pipir.kernel.errors import Mistake
from pipir.kernel.money import Dollars, NotDollars, parse_dollars
from pipir.sheets import (
    TITLES_WITHIN,
    NotAWorkbook,
    Record,
    Row,
    cut_to_titles,
    listed,
    place,
    records_of_csv,
    records_of_xlsx,
    rows_of,
    shown,
    titled,
    without_midnight,
)

MOST_ROWS: Final = 200_000
# The fields of a source that name a column of its extract.
COLUMNS: Final = (
    *("document_column", "line_column", "stage_column"),
    *("amount_column", "date_column", "symbol_column"),
)
_MISTAKES: Final = 1_000
_LONGEST: Final = 200
_UNPACKED: Final = 200_000_000
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


def wrong_layout(
    *,
    symbols: Collection[str] = (),
    obligation_words: Collection[str] | None = None,
    expenditure_words: Collection[str] = (),
    columns: dict[str, str | None],
) -> list[Mistake]:
    """What is wrong in how a source's extract is said to be laid out; `obligation_words` is None where not known."""
    mistakes = []
    if columns.get("symbol_column") is None and len(set(symbols)) > 1:
        expected = "Expected the column that says which account, since there are several."
        mistakes.append(Mistake("symbol_column", expected))
    if obligation_words is not None and not obligation_words:
        mistakes.append(Mistake("obligation_words", "Expected how the source writes an obligation."))
    words = [each.casefold() for each in (*(obligation_words or ()), *expenditure_words)]
    if len(set(words)) < len(words):
        mistakes.append(Mistake("expenditure_words", "Expected each word once, for one stage."))
    named = [each for each in columns.values() if each is not None]
    if len(set(named)) < len(named):
        mistakes.append(Mistake("document_column", "Expected each column once, for one field."))
    return mistakes


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
        for each in rows_of(
            _records(source, name, mapping, is_book=is_book), name, columns=mapping.columns, pad=is_book
        ):
            if isinstance(each, Mistake):
                mistakes.append(each)
            else:
                yield each
    except NotAWorkbook as wrong:
        mistakes.append(Mistake(name, "Expected a workbook (.xlsx) or a file of comma-separated values.", str(wrong)))


def _records(source: bytes, name: str, mapping: Mapping, *, is_book: bool) -> Iterator[Record | Mistake]:
    """The records from the titles on, these as the mapping has them: reports have lines of their own above."""
    columns = mapping.columns
    wanted = {_titled(each): each for each in columns}
    records = (
        records_of_xlsx(io.BytesIO(source), name, unpacked=_UNPACKED)
        if is_book
        else records_of_csv(
            io.BytesIO(_plain(source)), name, titles=lambda cells: wanted.keys() <= set(map(_titled, cells))
        )
    )
    first: list[Record | Mistake] = []
    best, most = 0, 0
    for each in islice(records, TITLES_WITHIN):
        first.append(each)
        if isinstance(each, Mistake) or each.broken is not None:
            break
        there = len(wanted.keys() & set(map(_titled, each.cells)))
        if there > most:
            best, most = len(first) - 1, there
        if there == len(wanted):
            break
    width = line = 0
    amount: int | None = None
    for each in chain(first[best:], records):
        if isinstance(each, Mistake):
            yield each
            continue
        cells = each.cells
        if width and not is_book:
            cut_to_titles(cells, width, line, amount)
        else:
            line = len(cells)
            while len(cells) > width and not cells[-1].strip():
                cells.pop()
        if not width:
            titles = cells
            cells = [wanted.get(_titled(cell), cell) for cell in cells]
            # What nobody asked for may be there twice.
            cells = [
                f"{cell} {at}" if cell not in columns and cell in cells[:at] else cell for at, cell in enumerate(cells)
            ]
            width, amount = len(cells), cells.index(mapping.amount) if mapping.amount in cells else None
            lacking = [] if each.broken is not None else _lacking(name, each.line, columns, cells, titles)
            yield from lacking
            if lacking:
                return
        yield Record(each.line, cells, each.broken)


def _lacking(
    name: str, line: int, columns: Sequence[str], cells: Sequence[str], titles: Sequence[str]
) -> list[Mistake]:
    """The columns that a file lacks, each with the titles that it has, and what is done where they have changed."""
    has = listed([shown(titled(each)) for each in titles if each.strip()])
    said = f"The file has: {has}. Where its titles have changed, map the columns of its source anew."
    return [
        Mistake(place(name, line, 1, each), f"Expected a column {each}. {said}", "no such column")
        for each in columns
        if each not in cells
    ]


def _titled(text: str) -> str:
    return titled(text).casefold()


def _plain(source: bytes) -> bytes:
    """The text with line ends that a reader of CSV takes: old systems end a line with CR alone."""
    return source.replace(b"\r", b"\n") if b"\n" not in source else source


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
    # Accountants write what is taken back in parentheses, and some programs with the sign behind.
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1].strip()}"
    elif text.endswith("-") and not text.startswith("-"):
        text = f"-{text[:-1].strip()}"
    try:
        return parse_dollars(text)
    except NotDollars:
        mistakes.append(row.mistake(column, "Expected an amount such as 1,234.50, -1234.50 or (1,234.50)."))
        return None


def _day(row: Row, column: str, mistakes: list[Mistake]) -> date | None:
    text = row.cells.get(column, "").strip()
    if not text:
        return None
    day = without_midnight(text)
    found = _ISO_DAY.fullmatch(day) or _US_DAY.fullmatch(day)
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
