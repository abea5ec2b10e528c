"""Reads a plan's months from a workbook or CSV file: every mistake with row, column, what was found and expected."""

import re
from datetime import date
from typing import Final

import msgspec

from pipir.features.execution.rules.plans import MOST_MONTHS, PlanLine
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.money import Dollars, NotDollars, parse_dollars
from pipir.kernel.parsing import parse
from pipir.kernel.text import Line, Reason
from pipir.sheets import Row, Sheet, read_csv, read_xlsx

COLUMNS: Final = ("Month", "Obligations", "Outlays")
# What a file that was exported here says besides is not read again.
OPTIONAL: Final = ("Reason", "Other authority", "Pre-decisional", "Marking", "Exercise data")
_MONTH: Final = re.compile(r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])(-01)?")
_WORKBOOK: Final = b"PK\x03\x04"


class _Words(msgspec.Struct, frozen=True):
    because: Reason | None = None
    other_authority: Line | None = None


def read_months(content: bytes, name: str) -> tuple[PlanLine, ...]:
    """The months of a file, an .xlsx workbook or CSV; Invalid with every mistake in it."""
    read = read_xlsx if content.startswith(_WORKBOOK) else read_csv
    sheet: Sheet = read(content, name, columns=COLUMNS, optional=OPTIONAL)
    mistakes = list(sheet.mistakes)
    lines: list[PlanLine] = []
    seen: dict[date, int] = {}
    for row in sheet.rows:
        if not any(text.strip() for text in row.cells.values()):
            continue
        line = _line(row, mistakes)
        if line is None:
            continue
        if line.month in seen:
            mistakes.append(
                row.mistake("Month", f"Expected each month once; it stands in line {seen[line.month]} too.")
            )
        seen.setdefault(line.month, row.line)
        lines.append(line)
    if len(lines) > MOST_MONTHS:
        mistakes.append(Mistake(name, f"Expected at most {MOST_MONTHS} months.", f"{len(lines)} months"))
    if not lines and not mistakes:
        mistakes.append(Mistake(f"{name}:2:1 (Month)", "Expected at least one month.", "nothing"))
    if mistakes:
        count = len(mistakes)
        raise Invalid(
            f"{'One thing needs' if count == 1 else f'{count:,} things need'} correcting in the file; nothing of it "
            "was stored.",
            mistakes=tuple(mistakes),
        )
    return tuple(lines)


def _line(row: Row, mistakes: list[Mistake]) -> PlanLine | None:
    """A row as a month; None where something in it cannot be read, with its mistakes."""
    if not row.whole or row.unreadable:
        return None
    before = len(mistakes)
    month = _MONTH.fullmatch(row.cells["Month"].strip()) if "Month" in row.cells else None
    if "Month" in row.cells and (month is None or int(month["year"]) == 0):
        mistakes.append(row.mistake("Month", "Expected a month such as 2027-10, or its first day."))
        month = None
    amounts = [_amount(row, column, mistakes) for column in ("Obligations", "Outlays")]
    words = {}
    for column, name in (("Reason", "because"), ("Other authority", "other_authority")):
        text = row.cells.get(column, "").strip()
        if text:
            try:
                parse(_Words, {name: text})
                words[name] = text
            except Invalid as wrong:
                mistakes += [row.mistake(column, each.expected) for each in wrong.mistakes]
    if len(mistakes) > before or month is None or amounts[0] is None or amounts[1] is None:
        return None
    return PlanLine(date(int(month["year"]), int(month["month"]), 1), amounts[0], amounts[1], **words)


def _amount(row: Row, column: str, mistakes: list[Mistake]) -> Dollars | None:
    if column not in row.cells:
        return None
    text = row.cells[column].strip()
    try:
        return parse_dollars(text) if text else Dollars.zero()
    except NotDollars as wrong:
        mistakes.append(row.mistake(column, str(wrong.detail)))
        return None
