"""Reads a workbook that comes back, and finds every mistake of form: sheets, columns, formulas, numbers, versions."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from pipir.features.workbooks.rules.columns import KINDS, SHEETS, Kind, canonical, columns_of
from pipir.kernel.errors import Invalid, Mistake
from pipir.sheets import NotAWorkbook, Row, Sheet, TooManyRows, look_inside, read_xlsx
from pipir.sheets.read import place, shown

MOST_ROWS: Final = 200_000
# The sheet that no person reads: what was exported, by number, version and fingerprint.
RECORD: Final = "record"
_RECORD_COLUMNS: Final = ("What", "Number", "Version", "Fingerprint")
_HEAD: Final = ("made at", "made by", "filter", "sha256")
_AS_EXPORTED: Final = "Expected the hidden sheet of the workbook as it was exported; export the list anew."
_LONGEST_FILTER: Final = 2_000

Key = tuple[Kind, str]


@dataclass(frozen=True)
class Told:
    """What the hidden sheet tells: when and by whom the workbook was made, under which filter, and which rows."""

    made_at: datetime
    made_by_id: int
    asked: str
    versions: Mapping[Key, int]
    fingerprints: Mapping[Key, str]


@dataclass(frozen=True)
class ReadRow:
    """A row as it came back: its record by kind and number, the version it carries, and its values as one text each."""

    kind: Kind
    number: str
    version: int
    values: Mapping[str, str]
    row: Row

    def mistake(self, name: str, expected: str) -> Mistake:
        """A mistake in the cell of a field, with its place and what was found."""
        title = next((column.title for column in columns_of(self.kind) if column.field == name), name)
        return self.row.mistake(title, expected)


@dataclass(frozen=True)
class ReadBook:
    """A workbook as far as it can be read, with the mistakes found so far."""

    told: Told
    rows: tuple[ReadRow, ...]
    mistakes: tuple[Mistake, ...] = field(default=())


def digest(pairs: Iterable[tuple[str, str, int, str]]) -> str:
    """The sha256 over what was exported: kind, number, version and fingerprint of each row, in their order."""
    lines = sorted(f"{kind} {number} {version} {mark}" for kind, number, version, mark in pairs)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read_book(source: bytes) -> ReadBook:
    """The workbook with all mistakes of its form; Invalid where it cannot be read at all."""
    try:
        inside = look_inside(source, most_rows=MOST_ROWS)
    except NotAWorkbook as wrong:
        raise _unreadable(Mistake("file", f"Expected a workbook (.xlsx) that was exported here. {wrong}")) from None
    except TooManyRows as wrong:
        expected = (
            f"Expected at most {MOST_ROWS:,} rows in a sheet. Narrow the list by its filters and edit it in parts."
        )
        raise _unreadable(Mistake(str(wrong), expected, f"more than {MOST_ROWS:,} rows")) from None
    missing = [name for name in (*SHEETS.values(), RECORD) if name not in inside.sheets]
    if missing:
        raise _unreadable(
            *(
                Mistake(name, _AS_EXPORTED if name == RECORD else f"Expected a sheet {name}.", "no such sheet")
                for name in missing
            )
        )
    told = _told(read_xlsx(source, RECORD, columns=_RECORD_COLUMNS, sheet=RECORD))
    mistakes = [
        Mistake(
            place(each.sheet, each.row, each.column),
            "Expected a value; what a formula computes is nobody's statement.",
            shown(f"={each.text}"),
        )
        for each in inside.formulas
    ]
    rows: list[ReadRow] = []
    for kind in KINDS:
        sheet = read_xlsx(source, SHEETS[kind], columns=[each.title for each in columns_of(kind)], sheet=SHEETS[kind])
        mistakes += sheet.mistakes
        if sheet.complete and not _lacks_columns(kind, sheet):
            found, faults = _rows(kind, sheet, told, inside.day_zero)
            rows += found
            mistakes += faults
    return ReadBook(told, tuple(rows), tuple(mistakes))


def _unreadable(*mistakes: Mistake) -> Invalid:
    return Invalid("The workbook cannot be read; nothing of it was stored.", mistakes=mistakes)


def _told(sheet: Sheet) -> Told:
    head: dict[str, str] = {}
    versions: dict[Key, int] = {}
    marks: dict[Key, str] = {}
    try:
        if sheet.mistakes:
            raise ValueError("the hidden sheet is damaged")
        for row in sheet.rows:
            what, number, version, mark = (row.cells[name] for name in _RECORD_COLUMNS)
            if what in _HEAD:
                head[what] = number
                continue
            key = (_kind(what), number)
            versions[key], marks[key] = int(version), mark
        pairs = ((kind, number, versions[kind, number], marks[kind, number]) for kind, number in versions)
        if digest(pairs) != head["sha256"]:
            raise ValueError("the hidden sheet was changed")
        made_at = datetime.fromisoformat(head["made at"])
        if made_at.tzinfo is None:
            raise ValueError("an instant has its zone")
        return Told(made_at, int(head["made by"]), head.get("filter", "")[:_LONGEST_FILTER], versions, marks)
    except (KeyError, ValueError, OverflowError):
        raise _unreadable(Mistake(RECORD, _AS_EXPORTED)) from None


def _kind(text: str) -> Kind:
    for kind in KINDS:
        if text == kind:
            return kind
    raise ValueError("no kind of record of a workbook")


def _lacks_columns(kind: Kind, sheet: Sheet) -> bool:
    return bool({each.title for each in columns_of(kind)} - set(sheet.columns))


def _rows(kind: Kind, sheet: Sheet, told: Told, day_zero: date) -> tuple[list[ReadRow], list[Mistake]]:
    columns = columns_of(kind)
    titles = {column.field: column.title for column in columns}
    found: list[ReadRow] = []
    mistakes: list[Mistake] = []
    seen: dict[str, int] = {}
    for row in sheet.rows:
        number = row.cells.get(titles["number"], "").strip()
        version = told.versions.get((kind, number))
        if version is None:
            expected = "Expected a number that was exported. What is new is entered on its page, not here."
            mistakes.append(row.mistake(titles["number"], expected))
            continue
        if number in seen:
            expected = f"Expected each number once; it stands in row {seen[number]} already."
            mistakes.append(row.mistake(titles["number"], expected))
            continue
        seen[number] = row.line
        if row.cells.get(titles["version"], "").strip() != str(version):
            mistakes.append(row.mistake(titles["version"], f"Expected {version}, as it was exported."))
        values = {column.field: canonical(column, row.cells.get(column.title, ""), day_zero) for column in columns}
        found.append(ReadRow(kind, number, version, values, row))
    mistakes += [
        Mistake(
            SHEETS[kind], f"Expected the row of {number}, which was exported; what does not change stays.", "no row"
        )
        for each, number in told.versions
        if each == kind and number not in seen
    ]
    return found, mistakes
