"""What of a check runs beside the loop: reading and judging, never a question."""

import gc
import re
from collections.abc import Callable, Generator, Iterator
from itertools import islice
from typing import BinaryIO, Final, TypeVar

from msgspec.structs import replace

from pipir.features.imports import rules
from pipir.features.imports.commands.names import Name, Named, key_of
from pipir.features.imports.commands.rows import RowReader
from pipir.features.imports.commands.staging import Chunk, Finding
from pipir.features.imports.rules import CHUNK, Column, Layout
from pipir.features.ledger.rules import REVERSAL
from pipir.kernel.errors import Mistake
from pipir.sheets import (
    MOST_COLUMNS,
    TITLES_WITHIN,
    Record,
    listed,
    other_sheets,
    records_of_csv,
    records_of_xlsx,
)

T = TypeVar("T")
# An entry's number has fewer digits.
_LONGEST_NUMBER: Final = 19
# In characters, the rows of a chunk together.
_LARGEST_CHUNK: Final = 100_000_000
_WHERE: Final = re.compile(r".*?:(?P<line>[0-9]+):(?P<column>[0-9]+)(?: \((?P<name>.*)\))?", re.DOTALL)


class Broken(Exception):
    """The file cannot be read to its end; the text says why and what to do."""


def uncollected(function: Callable[..., T], *given: object) -> T:
    """What a function returns, called without a search for reference cycles meanwhile.

    Rows are made of nothing that refers back, and each of many thousand small objects would bring the search nearer: it
    took two thirds of the time of reading them.
    """
    gc.disable()
    try:
        return function(*given)
    finally:
        gc.enable()


def records_of(file: BinaryIO, name: str, columns: dict[str, Column], *, workbook: bool) -> Iterator[Record | Mistake]:
    """The records of a file as they come, its first line among them."""
    if workbook:
        return records_of_xlsx(file, name, unpacked=rules.LARGEST_UNPACKED)
    return records_of_csv(file, name, titles=lambda cells: rules.are_titles(cells, columns))


def header_of(records: Iterator[Record | Mistake], columns: dict[str, Column]) -> tuple[Layout, list[Finding]]:
    """Which fields the columns stand for, what is wrong with their titles, and which columns are not read.

    The titles are the first record, or where those do not fit one of the next few: reports have lines of their own
    above them. Where none fits it is told of the one that comes nearest.
    """
    empty = Layout((), {}, {})
    best: tuple[int, Layout, list[Finding]] | None = None
    first = 0
    for each in islice(records, TITLES_WITHIN):
        broken = each if isinstance(each, Mistake) else each.broken
        if broken is not None:
            best = best or (0, empty, [_finding(broken, 0)])
            break
        assert isinstance(each, Record)
        first = first or each.line
        cells = list(each.cells)
        while cells and not cells[-1].strip():
            cells.pop()
        if len(cells) > MOST_COLUMNS:
            said = f"Expected at most {MOST_COLUMNS:,} columns."
            best = best or (0, empty, [Finding(0, each.line, "mistake", "", f"{len(cells):,} columns", said)])
            break
        layout, wrong = rules.layout_of(cells, columns)
        unread = [title for at, title in enumerate(layout.header) if title and at not in layout.places.values()]
        found = [
            Finding(0, each.line, "mistake", mistake.where, mistake.found or "no such column", mistake.expected)
            for mistake in wrong
        ]
        if each.line > first:
            rows = f"Rows {first} to {each.line - 1}" if each.line > first + 1 else f"Row {first}"
            found.append(Finding(0, each.line, "unread", "", rows, "They stand above the titles of the columns."))
        if unread:
            found.append(Finding(0, each.line, "unread", "", listed(unread), "No field of the source is in them."))
        layout = replace(layout, cells=len(each.cells))
        if not wrong:
            return layout, found
        if best is None or len(wrong) < best[0]:
            best = len(wrong), layout, found
    if best is None:
        said = "Expected a first line with the titles of the columns."
        return empty, [Finding(0, 1, "mistake", "", "nothing", said)]
    return best[1:]


def sheets_unread(file: BinaryIO) -> list[Finding]:
    """That more than one sheet of a workbook holds something, where that is so."""
    names = other_sheets(file, unpacked=rules.LARGEST_UNPACKED)
    said = "The first sheet alone is read. Import each as a file of its own."
    return [Finding(0, 0, "unread", "", f"Sheets: {listed(names)}", said)] if names else []


def names_in(records: Iterator[Record | Mistake], rows: RowReader) -> set[int]:
    """The hashes of what rows name: only such obligations of the file are kept in mind."""
    wanted: set[int] = set()
    for each in islice(records, rules.MOST_ROWS + 1):
        if isinstance(each, Record) and rows.is_whole(each.cells):
            name = rows.named(each.cells)
            if name is not None:
                wanted.add(hash(key_of(*name)))
                rows.own.reverses |= name[0] == REVERSAL
    return wanted


def close(records: Iterator[Record | Mistake]) -> None:
    """Let go of what a reader of records holds open."""
    if isinstance(records, Generator):
        records.close()


def skip(records: Iterator[Record | Mistake], count: int, rows: RowReader, bad: set[int]) -> None:
    """Pass the rows that are staged already; of those that were not taken it is kept what they were called."""
    for place, each in enumerate(islice((each for each in records if isinstance(each, Record)), count), 1):
        if place in bad and rows.is_whole(each.cells):
            rows.remember_refused(each.cells, each.line)


def take(records: Iterator[Record | Mistake]) -> list[Record | Mistake]:
    """The next records, a chunk of them, and the mistakes that stand before each."""
    taken: list[Record | Mistake] = []
    rows = size = 0
    for each in records:
        taken.append(each)
        if isinstance(each, Record):
            rows += 1
            size += sum(map(len, each.cells))
            if size > _LARGEST_CHUNK:
                raise Broken(
                    f"The {rows:,} rows up to row {each.line:,} hold more than {_LARGEST_CHUNK // 1_000_000} MB, and "
                    "no entry is that long. Leave out the columns that are not imported."
                )
            if len(each.cells) > MOST_COLUMNS:
                raise Broken(f"Row {each.line} has more than {MOST_COLUMNS:,} columns.")
        if rows == CHUNK:
            break
    return taken


def named_by(rows: RowReader, batch: list[Record | Mistake]) -> tuple[set[Name], set[int]]:
    """What the rows of a batch name, by document and line and by number."""
    names: set[Name] = set()
    numbers: set[int] = set()
    for each in batch if rows.names else ():
        if isinstance(each, Record) and each.broken is None and rows.is_whole(each.cells):
            entry = rows.judge.cell(each.cells, "names_entry")
            if entry.isascii() and entry.isdigit() and len(entry) < _LONGEST_NUMBER:
                numbers.add(int(entry))
            elif (name := rows.named(each.cells)) is not None and name[1].isprintable():
                names.add(name)
    return names, numbers


def chunk_of(rows: RowReader, number: int, before: int, batch: list[Record | Mistake], named: Named) -> Chunk:
    """The rows of a batch, read; the first of them comes after `before` others."""
    chunk = Chunk(number)
    place = before
    waiting: list[Mistake] = []
    for each in batch:
        if isinstance(each, Mistake):
            waiting.append(each)
            continue
        place += 1
        if waiting or each.broken is not None:
            # What cannot be read makes its row a bad one: a formula's cell, a lost quotation mark.
            chunk.rows, chunk.bad = chunk.rows + 1, chunk.bad + 1
            wrong = [*waiting, *([each.broken] if each.broken is not None else [])]
            chunk.findings += [_finding(mistake, place, rows.layout.header) for mistake in wrong]
            waiting = []
            continue
        rows.read(chunk, place, each.line, each.cells, named)
    if waiting:
        # At the end of the file: a line that is none.
        chunk.rows, chunk.bad = chunk.rows + 1, chunk.bad + 1
        chunk.findings += [_finding(mistake, place + 1, rows.layout.header) for mistake in waiting]
    return chunk


def _finding(mistake: Mistake, place: int, header: tuple[str, ...] = ()) -> Finding:
    found = _WHERE.fullmatch(mistake.where)
    line, number = (int(found["line"]), int(found["column"])) if found else (0, 0)
    column = header[number - 1] if 0 < number <= len(header) else f"column {number}"
    return Finding(place, line, "mistake", column, mistake.found, mistake.expected)
