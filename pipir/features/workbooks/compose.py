"""Writes the workbook of a list of projects: the sheets that are edited, and the hidden one that remembers the rest."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import msgspec

from pipir.features.projects.tables import KINDS as PROJECT_KINDS
from pipir.features.workbooks.rules import (
    RECORD,
    SHEETS,
    Column,
    canonical,
    columns_of,
    digest,
    fingerprint,
)
from pipir.features.workbooks.rules.columns import Kind
from pipir.kernel.money import Dollars
from pipir.sheets import Cell, Leaf, xlsx_bytes


class ProjectRow(msgspec.Struct, frozen=True):
    """A project as its row holds it; workstream and lead office by name and symbol."""

    id: int
    number: str
    version: int
    name: str
    kind: str
    objectives: list[str]
    classified_by: str
    source: str
    workstream_id: str | None
    announced_on: date | None
    description: str
    program_authority: str | None
    lead_office_id: str | None
    planned_total: Dollars | None
    in_classified_annex: bool
    marking: str


class MilestoneRow(msgspec.Struct, frozen=True):
    """A milestone as its row holds it, with the code of its project."""

    id: int
    number: str
    version: int
    project: str
    project_id: int
    name: str
    position: int
    planned_on: date
    forecast_on: date | None
    actual_on: date | None
    reason: str = ""


Row = ProjectRow | MilestoneRow


class Exported(msgspec.Struct, frozen=True):
    """What is exported: when, by whom, under which filter as the page's address has it, and the rows."""

    made_at: datetime
    made_by_id: int
    made_by: str
    asked: str
    projects: tuple[ProjectRow, ...]
    milestones: tuple[MilestoneRow, ...]


_READ_ME: Final = (
    "What this is",
    "A list of projects with their milestones, exported to be edited and imported again.",
    "How to edit it",
    "Change values in the sheets Projects and Milestones. Leave the gray columns, the header and the rows as they are; "
    "rows and columns may be sorted. Rows that do not change stay.",
    "Days are written as 2027-03-01 or as days of the spreadsheet. Objectives are written as 1253.b.2, 1253.b.5. "
    "A blank says that no public source states it.",
    "A changed day of a milestone needs a reason, in its row.",
    "Write values, no formulas: what a formula computes is nobody's statement.",
    "A project that is described in the classified annex carries no detail here: leave its description, its planned "
    "total and its milestones blank.",
    "What happens then",
    "The import shows each change field by field. A second person reviews it; until then nothing changes. A record "
    "that has changed since the export is not taken, and is named.",
    "How to handle it",
    "Each row of the sheet Projects carries its marking; the file is handled as the strictest of them.",
)  # fmt: skip


def workbook(exported: Exported) -> bytes:
    """The workbook as a file (.xlsx)."""
    leaves = [Leaf("Read me", ("Workbook of projects",), _read_me(exported), width=110)]
    marks: list[tuple[str, str, int, str]] = []
    for kind, rows in _parts(exported):
        columns = columns_of(kind)
        leaves.append(
            Leaf(
                SHEETS[kind],
                [column.title for column in columns],
                [[_cell(getattr(row, column.field)) for column in columns] for row in rows],
                kept=sum(column.kind == "kept" for column in columns),
                choices=_choices(columns),
            )
        )
        marks += [(kind, row.number, row.version, fingerprint(kind, texts_of(kind, row))) for row in rows]
    leaves.append(Leaf(RECORD, ("What", "Number", "Version", "Fingerprint"), _record(exported, marks), hidden=True))
    return xlsx_bytes(leaves)


def texts_of(kind: Kind, row: Row) -> dict[str, str]:
    """The row's values as one text each, as they come back when nobody has edited them."""
    return {column.field: canonical(column, _text(getattr(row, column.field))) for column in columns_of(kind)}


def _parts(exported: Exported) -> tuple[tuple[Kind, Sequence[Row]], ...]:
    return (("project", exported.projects), ("milestone", exported.milestones))


def _read_me(exported: Exported) -> list[tuple[str]]:
    made = f"Made {exported.made_at:%Y-%m-%d %H:%M} UTC by {exported.made_by}, of {len(exported.projects):,} projects."
    asked = f"Filter: {exported.asked}" if exported.asked else "Filter: none"
    return [(line,) for line in (made, asked, *_READ_ME)]


def _record(exported: Exported, marks: Sequence[tuple[str, str, int, str]]) -> list[tuple[Cell, ...]]:
    return [
        ("made at", exported.made_at.isoformat(), None, None),
        ("made by", str(exported.made_by_id), None, None),
        ("filter", exported.asked, None, None),
        ("sha256", digest(marks), None, None),
        *marks,
    ]


def _choices(columns: Sequence[Column]) -> dict[int, Sequence[str]]:
    offered = {"kind": PROJECT_KINDS, "in_classified_annex": ("yes", "no")}
    return {place: offered[column.field] for place, column in enumerate(columns) if column.field in offered}


def _cell(value: object) -> Cell:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if value is None or isinstance(value, (str, int, Dollars, date)):
        return value
    raise TypeError(f"A row of a workbook holds no {type(value).__name__}.")


def _text(value: object) -> str:
    cell = _cell(value)
    return "" if cell is None else cell.isoformat() if isinstance(cell, date) else str(cell)
