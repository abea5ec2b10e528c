"""The Treasury's list of account symbols as its publisher gives it out: bare CR line ends, padded cells and all."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

import msgspec

from pipir.features.ledger.rules.accounts import AccountSymbol, NotASymbol, read_parts
from pipir.kernel.errors import Mistake

# The agencies whose accounts the program's money may come from: Navy, Army, Air Force, Defense.
DOD: Final = ("017", "021", "057", "097")
_PARTS: Final = ("ATA", "AID", "BPOA", "EPOA", "A", "MAIN", "SUB")
_TITLE: Final = "GWA_TAS_NAME"
_SINCE: Final = "DT_TM_ESTAB"
_UNTIL: Final = "DT_END"
_NEEDED: Final = (*_PARTS, _TITLE, _SINCE, _UNTIL)
_LONGEST_TITLE: Final = 300
_MISTAKES: Final = 500
_SHOWN: Final = 60


class ListedSymbol(msgspec.Struct, frozen=True):
    """One account of a list: its symbol, title, and the days on which it was established and ended."""

    row: int
    symbol: AccountSymbol
    title: str
    established_on: date | None
    ended_on: date | None


class ReadList(msgspec.Struct, frozen=True):
    """A list as read: the accounts of the agencies asked for, how many rows there are, those of others by agency.

    `latest_on` is the last day on which any account of the file was established; `doubled` counts repetitions.
    """

    rows: int
    symbols: tuple[ListedSymbol, ...]
    others: Mapping[str, int]
    doubled: int
    latest_on: date | None
    mistakes: tuple[Mistake, ...]


def read_list(source: bytes, *, agencies: tuple[str, ...] = DOD) -> ReadList:
    """Read the whole list; every mistake is named by row and column, in rows of other agencies too."""
    mistakes: list[Mistake] = []
    found: dict[str, ListedSymbol] = {}
    others: Counter[str] = Counter()
    count, doubled = 0, 0
    latest: date | None = None
    for row, cells in _rows(source, mistakes):
        count += 1
        if len(mistakes) >= _MISTAKES:
            mistakes.append(Mistake("file", f"The file was read no further after {_MISTAKES} mistakes."))
            break
        listed = _listed(row, cells, mistakes)
        if listed is None:
            continue
        latest = max((day for day in (latest, listed.established_on) if day is not None), default=None)
        name = str(listed.symbol)
        if listed.symbol.agency not in agencies:
            others[listed.symbol.agency] += 1
        elif name not in found:
            found[name] = listed
        elif (found[name].title, found[name].ended_on) == (listed.title, listed.ended_on):
            doubled += 1
        else:
            mistakes.append(
                Mistake(f"row {row}", f"Expected another account than row {found[name].row}, or the same title.", name)
            )
    if not count and not mistakes:
        mistakes.append(Mistake("file", "Expected a list of account symbols with at least one row.", "nothing"))
    return ReadList(count, tuple(found.values()), dict(sorted(others.items())), doubled, latest, tuple(mistakes))


def _rows(source: bytes, mistakes: list[Mistake]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = source.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as wrong:
        row = source[: wrong.start].count(b"\r") + source[: wrong.start].count(b"\n") + 1
        mistakes.append(Mistake(f"row {row}", "Expected text in UTF-8.", source[wrong.start : wrong.start + 8].hex()))
        return
    if "\0" in text:
        mistakes.append(Mistake(f"row {text[: text.index(chr(0))].count(chr(13)) + 1}", "Expected text without NUL."))
        return
    # newline="": the csv module ends a record at CR, LF or both.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    try:
        for row, cells in enumerate(reader, 1):
            if row == 1:
                header = [cell.strip() for cell in cells]
                missing = [name for name in _NEEDED if name not in header]
                mistakes += [Mistake("row 1", f"Expected a column {name}.", "no such column") for name in missing]
                if missing:
                    return
            elif not any(cell.strip() for cell in cells):
                continue
            elif len(cells) != len(header):
                mistakes.append(Mistake(f"row {row}", f"Expected {len(header)} cells.", f"{len(cells)} cells"))
            else:
                yield row, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    except csv.Error as wrong:
        mistakes.append(Mistake(f"row {reader.line_num}", "Expected cells in pairs of quotation marks.", str(wrong)))


def _listed(row: int, cells: Mapping[str, str], mistakes: list[Mistake]) -> ListedSymbol | None:
    before = len(mistakes)
    symbol = None
    try:
        symbol = read_parts({part: cells[part] for part in _PARTS})
    except NotASymbol as wrong:
        mistakes += [Mistake(f"row {row}, column {each.where}", each.expected, each.found) for each in wrong.mistakes]
    title = " ".join(cells[_TITLE].split())
    if not title or len(title) > _LONGEST_TITLE or not title.isprintable():
        expected = f"Expected a title of at most {_LONGEST_TITLE} characters."
        mistakes.append(Mistake(f"row {row}, column {_TITLE}", expected, cells[_TITLE][:_SHOWN]))
    days = [_day(row, name, cells[name], mistakes) for name in (_SINCE, _UNTIL)]
    if symbol is None or len(mistakes) > before:
        return None
    return ListedSymbol(row, symbol, title, *days)


def _day(row: int, name: str, text: str, mistakes: list[Mistake]) -> date | None:
    """A day as the list writes it, 10/01/2011 00:00:00."""
    if not text:
        return None
    month, _, rest = text.partition(" ")[0].partition("/")
    day, _, year = rest.partition("/")
    try:
        if not (len(month) <= 2 and len(day) <= 2 and len(year) == 4 and (month + day + year).isascii()):
            raise ValueError
        return date(int(year), int(month), int(day))
    except ValueError:
        mistakes.append(Mistake(f"row {row}, column {name}", "Expected a day like 10/01/2016.", text[:_SHOWN]))
        return None
