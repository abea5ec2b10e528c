"""Turns the texts of a row into what the ordinary commands take."""

from collections.abc import Collection, Mapping
from typing import Any

from pipir.features.workbooks.rules.columns import Column, Kind, columns_of
from pipir.kernel.errors import Mistake

# What the columns hold that name a record, by field: what one is called -> its number.
Names = Mapping[str, Mapping[str, int]]
_CALLED = {"workstream_id": "a workstream of this record by its name", "lead_office_id": "an office by its symbol"}


def raw_of(
    kind: Kind, values: Mapping[str, str], names: Names, only: Collection[str] | None = None
) -> tuple[dict[str, Any], list[Mistake]]:
    """The fields of a row as a command's body is parsed from, of all columns or of `only` some; and what is wrong."""
    raw: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    for column in columns_of(kind):
        if column.kind == "kept" or (only is not None and column.field not in only):
            continue
        value = values[column.field]
        if column.kind == "yes":
            if value in ("yes", "no"):
                raw[column.field] = value == "yes"
            else:
                mistakes.append(Mistake(column.field, "Expected yes or no.", value[:60]))
        elif column.kind == "name":
            _take_name(raw, mistakes, column, value, names)
        elif column.kind == "list":
            raw[column.field] = value.split(", ") if value else []
        elif value != "":
            raw[column.field] = value
        elif column.field == "description":
            raw[column.field] = ""
    return raw, mistakes


def _take_name(raw: dict[str, Any], mistakes: list[Mistake], column: Column, value: str, names: Names) -> None:
    if value == "":
        raw[column.field] = None
    elif value in names[column.field]:
        raw[column.field] = names[column.field][value]
    else:
        mistakes.append(Mistake(column.field, f"Expected {_CALLED[column.field]}, or nothing.", value[:60]))
