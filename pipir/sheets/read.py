"""Reads CSV strictly: every cell knows its line and column, every mistake is found in one pass."""

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from pipir.kernel.errors import Mistake
from pipir.sheets.lines import LONGEST_CELL, Lines

# A record longer than this is a lost quotation mark.
_LINES_IN_RECORD: Final = 500
# After this many a file is not worth reading on: it is of another kind.
_MISTAKES: Final = 1_000
_SHOWN: Final = 60
# So many names stand in one sentence.
_LISTED: Final = 20
# What may stand between cells where a reader takes more than commas.
_DELIMITERS: Final = ",;\t|"
# Whether the cells of a record are the titles of the columns.
Titles = Callable[[list[str]], bool]
# As far down as the titles of the columns are looked for, in records: reports have lines of their own above them.
TITLES_WITHIN: Final = 20
# A day of some programs has its midnight with it.
_MIDNIGHT: Final = re.compile(r"[ T]0?0:00(:00(\.0+)?)?\Z")
# An amount with a comma of thousands, where that comma stood between cells too: how it begins and how it goes on.
_BEGUN: Final = re.compile(r" *[-(]? *\$? *[0-9]{1,3} *")
_GOES_ON: Final = re.compile(r"[0-9]{3}(\.[0-9]*)? *[-)]? *")
_QUOTES: Final = "Expected a cell in a pair of quotation marks; a quotation mark inside of it is written twice."


@dataclass(frozen=True)
class Row:
    """One record: its cells by column name, the line on which it starts, and what of it could not be read.

    An unreadable cell holds what is left of it, and a row that is not whole the cells up to where it broke.
    """

    file: str
    line: int
    cells: Mapping[str, str]
    places: Mapping[str, int]
    unreadable: frozenset[str] = frozenset()
    whole: bool = True

    def where(self, column: str) -> str:
        """The cell's place as `file:line:column (name)`."""
        return place(self.file, self.line, self.places.get(column, 1), column)

    def mistake(self, column: str, expected: str) -> Mistake:
        """A mistake at one cell, with what was found in it."""
        return Mistake(self.where(column), expected, shown(self.cells.get(column, "")))


@dataclass(frozen=True)
class Sheet:
    """What was read of one file; `complete` is False where records were lost and their keys with them."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    mistakes: tuple[Mistake, ...]
    complete: bool


class Record(NamedTuple):
    """The cells of one record; of a broken one those up to the break, the last as far as it can be guessed."""

    line: int
    cells: list[str]
    broken: Mistake | None = None


def read_csv(source: Path | bytes, name: str, *, columns: Sequence[str], optional: Sequence[str] = ()) -> Sheet:
    """The whole file with all its mistakes; `columns` must be there, in any order, `optional` may be, no other."""
    reading = Reading(name, columns, optional)
    return reading.sheet(_from_csv(source, reading))


def rows_of(
    records: Iterator["Record | Mistake"], name: str, *, columns: Sequence[str], pad: bool = False
) -> Iterator[Row | Mistake]:
    """Rows and mistakes of records as they come, in constant memory; the first record has the titles.

    Columns beside those that must be there are left aside; `pad` says that blank cells at a row's end may be missing.
    """
    first = next(records, None)
    titles = first.cells if isinstance(first, Record) else ()
    others = tuple(dict.fromkeys(each for each in titles if each not in columns))
    start = () if first is None else (first,)
    return Reading(name, columns, others, pad=pad).rows(chain(start, records))


def records_of_csv(stream: BinaryIO, name: str, *, titles: Titles | None = None) -> Iterator[Record | Mistake]:
    """The records of an open file as they come, the header among them, for a reader that looks at the cells itself.

    Commas stand between cells; or if `titles` are asked for, whatever does in the line of the titles, and in each above
    it what it holds most of. A line of nothing but delimiters and blanks is then none: programs write one for each row
    that was once used.
    """
    return _records(Lines(stream, name), name, titles)


@cache
def _cell(delimiter: str) -> re.Pattern[str]:
    """One cell as RFC 4180 writes it, with what ends it; possessive, so that no text makes it slow."""
    between = re.escape(delimiter)
    return re.compile(rf'(?:"(?:[^"]++|"")*+"|[^"{between}\r\n]*+)(?:({between})|\r?\n|\Z)')


def _from_csv(source: Path | bytes, reading: "Reading") -> Iterator[Row | Mistake]:
    try:
        stream: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    except OSError as wrong:
        reading.complete = False
        yield Mistake(place(reading.name, 1, 1), "Expected a file that can be read.", wrong.strerror or "an error")
        return
    with stream:
        yield from reading.rows(_records(Lines(stream, reading.name), reading.name))


def place(name: str, line: int, number: int, column: str = "") -> str:
    """`file:line:column`, with the column's name where it is known."""
    return f"{name}:{line}:{number}" + (f" ({shown(column)})" if column else "")


def titled(text: str) -> str:
    """A column's title on one line, with single blanks: a sheet may break it where the column is narrow."""
    return " ".join(text.split())


def cut_to_titles(cells: list[str], titles: int, line: int, amount: int | None) -> None:
    """Take off the blank cells of a row of CSV that stand below the blank ones behind the last of the titles.

    `line` is how many cells the titles' line has with its blank ones, `amount` the place of an amount. No other row is
    made shorter: one comma of thousands without quotation marks moves whatever stands behind it, often a blank cell.
    """
    if len(cells) != line or any(cells[titles:]):
        return
    # A row that ends without the blank cells and has one comma too many may be as long as the titles' line.
    longer = amount is not None and amount + 1 < titles < len(cells)
    if amount is None or not (longer and _BEGUN.fullmatch(cells[amount]) and _GOES_ON.fullmatch(cells[amount + 1])):
        del cells[titles:]


def listed(names: Sequence[str]) -> str:
    """Names as a sentence tells them: the first of many, and how many more there are."""
    first = ", ".join(names[:_LISTED])
    return first if len(names) <= _LISTED else f"{first} and {len(names) - _LISTED:,} more"


def without_midnight(text: str) -> str:
    """A day as a file writes it, without the hour at which it begins."""
    return _MIDNIGHT.sub("", text)


def shown(text: str) -> str:
    """Text of a file as a message may hold it: cut, with signs in place of what cannot be printed."""
    if text == "":
        return "nothing"
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:_SHOWN])
    return clean + ("..." if len(text) > _SHOWN else "")


@dataclass
class Reading:
    """One pass over the records of a file: the header once it is read, and whether every record was kept."""

    name: str
    columns: Sequence[str]
    optional: Sequence[str]
    pad: bool = False
    header: tuple[str, ...] | None = None
    complete: bool = True

    def sheet(self, found: Iterator[Row | Mistake]) -> Sheet:
        """Everything that the pass finds."""
        rows: list[Row] = []
        mistakes: list[Mistake] = []
        for each in found:
            if isinstance(each, Row):
                rows.append(each)
            else:
                mistakes.append(each)
        return Sheet(self.name, self.header or (), tuple(rows), tuple(mistakes), self.complete)

    def rows(self, records: Iterator[Record | Mistake]) -> Iterator[Row | Mistake]:
        """Rows and mistakes in the order of the file, up to a number of mistakes that no file of this kind has."""
        count = 0
        for each in self._rows(records):
            yield each
            count += isinstance(each, Mistake)
            if count >= _MISTAKES:
                self.complete = False
                yield Mistake(self.name, f"The file was read no further after {_MISTAKES:,} mistakes.")
                return

    def _rows(self, records: Iterator[Record | Mistake]) -> Iterator[Row | Mistake]:
        places: dict[str, int] = {}
        for each in records:
            if isinstance(each, Mistake):
                self.complete = False
                yield each
            elif self.header is None:
                if each.broken is not None:
                    # Without its header no cell of the file has a name.
                    self.complete = False
                    yield each.broken
                    return
                yield from self._read_header(each)
                header: tuple[str, ...] = self.header or ()
                # Of a doubled column the first counts.
                places = {column: number for number, column in reversed(list(enumerate(header, 1)))}
            else:
                yield from self._row(each, places)
        if self.header is None and self.complete:
            self.complete = False
            expected = "Expected a first line with the columns " + ", ".join(self.columns) + "."
            yield Mistake(place(self.name, 1, 1), expected, "nothing")

    def _row(self, record: Record, places: dict[str, int]) -> Iterator[Row | Mistake]:
        header, cells = self.header or (), record.cells
        if self.pad:
            cells = _trimmed(cells, len(header))
            cells += [""] * (len(header) - len(cells))
        whole = record.broken is None and len(cells) == len(header)
        if record.broken is not None:
            yield record.broken
        elif not whole:
            number = min(len(cells), len(header)) + 1
            column = header[number - 1] if number <= len(header) else ""
            where = place(self.name, record.line, number, column)
            yield Mistake(where, f"Expected {len(header)} cells.", f"{len(cells)} cells")
        by_name = {column: cells[number - 1] for column, number in places.items() if number <= len(cells)}
        unreadable: set[str] = set()
        if record.broken is not None and len(cells) <= len(header):
            unreadable.update(header[len(cells) - 1 : len(cells)])
        for column, text in by_name.items():
            if column in unreadable:
                continue
            expected = _unreadable(text)
            if expected:
                unreadable.add(column)
                yield Mistake(place(self.name, record.line, places[column], column), expected, shown(text))
        yield Row(self.name, record.line, by_name, places, frozenset(unreadable), whole)

    def _read_header(self, record: Record) -> Iterator[Mistake]:
        cells = _trimmed(record.cells, 0) if self.pad else record.cells
        self.header = tuple(cells)
        known = (*self.columns, *self.optional)
        seen: set[str] = set()
        for number, column in enumerate(cells, 1):
            where = place(self.name, record.line, number)
            if column in seen:
                yield Mistake(where, "Expected each column once.", shown(column))
            elif column not in known:
                yield Mistake(where, "Expected one of the columns " + ", ".join(known) + ".", shown(column))
            seen.add(column)
        for number, column in enumerate(self.columns, 1):
            if column not in seen:
                where = place(self.name, record.line, number, column)
                yield Mistake(where, f"Expected a column {column}.", "no such column")


def _records(  # noqa: PLR0912 - the one path that every record takes
    lines: Lines, name: str, titles: Titles | None = None
) -> Iterator[Record | Mistake]:
    waiting: deque[tuple[int, str] | Mistake] = deque()
    blank = "" if titles is None else f"{_DELIMITERS} "
    delimiter = "," if titles is None else ""
    above: Counter[str] = Counter()

    def following() -> tuple[int, str] | Mistake | None:
        return waiting.popleft() if waiting else lines.next()

    while True:
        # As almost every line is: the cells need no more than to be told apart.
        while delimiter and not waiting and (block := lines.block()) is not None:
            for line, text in enumerate(block[1], block[0]):
                if text and (text[0] not in blank or text.strip(blank)):
                    yield Record(line, text.split(delimiter))
        each = following()
        if each is None:
            return
        if isinstance(each, Mistake):
            yield each
            continue
        line, text = each
        plain = text.removesuffix("\n").removesuffix("\r")
        if delimiter and '"' not in plain and "\r" not in plain and len(plain) <= LONGEST_CELL:
            if plain.strip(blank):
                yield Record(line, plain.split(delimiter))
            continue
        taken: list[tuple[int, str] | Mistake] = []
        while text.count('"') % 2 and len(taken) < _LINES_IN_RECORD:
            more = following()
            if more is None:
                break
            taken.append(more)
            if isinstance(more, Mistake):
                break
            text += more[1]
        if titles is not None and not delimiter:
            # A cell may be broken over lines: what stands between cells is in the record, not in its first line.
            record, between, delimiter = _above(text, line, name, titles)
            above[between] += any(each.strip(blank) for each in record.cells)
            if not delimiter and above.total() == TITLES_WITHIN:
                # Whoever reads on without titles finds the cells as most of these lines have them.
                delimiter = above.most_common(1)[0][0]
        else:
            record = _record(text, line, name, delimiter)
        if record.broken is not None:
            # One lost quotation mark costs its own line only: the next line is read as a record again.
            waiting.extendleft(reversed(taken))
        if record.broken is not None or any(each.strip(blank) for each in record.cells) or (record.cells and not blank):
            yield record


def _above(text: str, line: int, name: str, titles: Titles) -> tuple[Record, str, str]:
    """A record above the rows, what stands between its cells, and that again if they are the titles, else nothing."""
    bare = re.sub(r'"[^"]*"?', "", text)
    between = sorted(_DELIMITERS, key=bare.count, reverse=True)
    for each in between:
        record = _record(text, line, name, each)
        if record.broken is None and titles(record.cells):
            return record, each, each
    return _record(text, line, name, between[0]), between[0], ""


def _record(text: str, line: int, name: str, delimiter: str) -> Record:
    if text in ("\n", "\r\n", ""):
        return Record(line, [])
    number, at = 1, 0
    cell = _cell(delimiter)
    while True:
        match = cell.match(text, at)
        if match is None or (match[1] is None and match.end() != len(text)):
            before = next(csv.reader([text[: at - 1]], delimiter=delimiter), []) if number > 1 else []
            guess = re.split(rf"[{re.escape(delimiter)}\r\n]", text[at:], maxsplit=1)[0].replace('"', "")
            return Record(line, [*before, guess], _broken(text[at:], place(name, line, number), delimiter))
        at = match.end()
        if match[1] is None:
            break
        number += 1
    try:
        return Record(line, next(csv.reader([text], strict=True, delimiter=delimiter)))
    except csv.Error:
        return Record(line, [], Mistake(place(name, line, 1), "Expected cells of at most 131,072 characters."))


def _broken(rest: str, where: str, delimiter: str) -> Mistake:
    if not rest.startswith('"') and re.match(rf'[^"{re.escape(delimiter)}\r\n]*+\r(?!\n)', rest):
        return Mistake(where, "Expected lines that end with LF or CRLF.", "CR alone")
    return Mistake(where, _QUOTES, shown("".join(rest.splitlines()[:1])))


def _trimmed(cells: list[str], least: int) -> list[str]:
    """The cells without blank ones at the end, but not fewer than `least`."""
    count = len(cells)
    while count > least and not cells[count - 1]:
        count -= 1
    return cells[:count]


def _unreadable(text: str) -> str:
    if "\0" in text:
        return "Expected text without NUL."
    # A lone surrogate is what stands for a byte that is no UTF-8.
    if any("\ud800" <= c <= "\udfff" for c in text) if not text.isascii() else False:
        return "Expected text in UTF-8."
    return ""
