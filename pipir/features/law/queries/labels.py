"""The label of a governed record: under which authority its work continues, or that it was recorded late."""

from typing import Any, Final

from sqlalchemy import RowMapping, select

from pipir.features.law import rules
from pipir.features.law.tables import (
    ContinuationDetermination,
)
from pipir.statute.load import the_statute

# What a governed record's view has of `label_columns`; its late papers are not named as an act's: a form asks anew.
LABEL_FIELDS: Final = ("label", "recorded_late", "recorded_late_document")


def label_columns(table: Any) -> tuple[Any, Any, Any]:
    """What a view's label and late papers are read from: the other authority of a row's work, and why it is late."""
    continues = (
        select(ContinuationDetermination.authority)
        .where(ContinuationDetermination.id == table.continuation_id)
        .scalar_subquery()
    )
    return (
        continues.label("continues"),
        table.late_because.label("recorded_late"),
        table.late_document.label("recorded_late_document"),
    )


def label_of_row(row: RowMapping) -> str:
    """The label of a governed record's latest act; blank where it rests on the section."""
    return label(row["continues"], row["recorded_late"])


def labels_of_row(row: RowMapping) -> dict[str, Any]:
    """The fields LABEL_FIELDS of a governed record's view."""
    return {name: row[name] for name in LABEL_FIELDS if name != "label"} | {"label": label_of_row(row)}


def label(continues: str | None, late_because: str | None) -> str:
    """The words for an authority under which work continues, or for a late recording."""
    if continues is not None:
        return rules.continues_label(continues, the_statute())
    return "late recording" if late_because else ""
