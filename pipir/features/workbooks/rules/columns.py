"""The sheets of a workbook of projects: their columns, and the one text that each value has in them."""

import hashlib
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from pipir.kernel.money import NotDollars, parse_dollars

Kind = Literal["project", "milestone"]
KINDS: Final[tuple[Kind, ...]] = ("project", "milestone")
SHEETS: Final[Mapping[Kind, str]] = {"project": "Projects", "milestone": "Milestones"}
_KEPT: Final = "(do not change)"
_SERIAL: Final = re.compile(r"\d{1,6}")


class Column(NamedTuple):
    """A column: the field that it holds, its title, and how its cells are read."""

    field: str
    title: str
    kind: Literal["kept", "text", "list", "day", "dollars", "yes", "name", "number", "remark"]


PROJECTS: Final = (
    Column("number", f"Number {_KEPT}", "kept"),
    Column("version", f"Version {_KEPT}", "kept"),
    Column("name", "Name", "text"),
    Column("kind", "Kind", "text"),
    Column("objectives", "Objectives", "list"),
    Column("classified_by", "Classified by", "text"),
    Column("source", "Source", "text"),
    Column("workstream_id", "Workstream", "name"),
    Column("announced_on", "Announced on", "day"),
    Column("description", "Description", "text"),
    Column("program_authority", "Program authority", "text"),
    Column("lead_office_id", "Lead office", "name"),
    Column("planned_total", "Planned total", "dollars"),
    Column("in_classified_annex", "In the classified annex", "yes"),
    Column("marking", "Marking", "text"),
)
MILESTONES: Final = (
    Column("number", f"Number {_KEPT}", "kept"),
    Column("version", f"Version {_KEPT}", "kept"),
    Column("project", f"Project {_KEPT}", "kept"),
    Column("name", "Name", "text"),
    Column("position", "Place", "number"),
    Column("planned_on", "Planned on", "day"),
    Column("forecast_on", "Forecast on", "day"),
    Column("actual_on", "Met on", "day"),
    Column("reason", "Reason for a changed day", "remark"),
)
DAYS: Final = frozenset(each.field for each in (*PROJECTS, *MILESTONES) if each.kind == "day")


def columns_of(kind: Kind) -> tuple[Column, ...]:
    """The columns of the sheet of a kind of record."""
    return PROJECTS if kind == "project" else MILESTONES


def canonical(column: Column, text: str, day_zero: date = date(1899, 12, 30)) -> str:
    """The one text of a value, however it was typed; what cannot be read stays as it was typed.

    A day is its date whether it was typed as such or stands there as the number of days since `day_zero`.
    """
    typed = text.replace("\r\n", "\n").replace("_x000D_", "").strip()
    if column.kind == "list":
        return ", ".join(sorted({part for part in re.split(r"[,;\s]+", typed) if part}))
    if column.kind == "day" and _SERIAL.fullmatch(typed):
        return (day_zero + timedelta(days=int(typed))).isoformat()
    if column.kind == "dollars" and typed:
        try:
            return str(parse_dollars(typed))
        except NotDollars:
            return typed
    if column.kind == "yes":
        low = typed.lower()
        return "yes" if low in ("yes", "true", "1") else "no" if low in ("", "no", "false", "0") else typed
    return typed


def fingerprint(kind: Kind, row: Mapping[str, str]) -> str:
    """The hash of what a row says: two rows that say the same have the same, whatever else was typed beside."""
    said = (row[column.field] for column in columns_of(kind) if column.field not in ("number", "version", "reason"))
    return hashlib.sha256("\x1f".join(said).encode()).hexdigest()


def changed_fields(kind: Kind, now: Mapping[str, str], then: Mapping[str, str]) -> tuple[Column, ...]:
    """The columns in which two rows differ."""
    return tuple(
        column
        for column in columns_of(kind)
        if column.kind not in ("kept", "remark") and now[column.field] != then[column.field]
    )
