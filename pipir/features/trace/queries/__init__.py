"""What can be asked of the trace: paragraphs with live evidence, what a record serves, how the bill differs."""

from pipir.features.trace.queries.evidence import QUESTIONS
from pipir.features.trace.queries.paragraphs import (
    INSTRUMENTS,
    BillRow,
    Compared,
    comparison,
    list_traced,
    narrowed,
    paragraph,
    sheet_of,
)
from pipir.features.trace.queries.records import RecordTrace, Served, served_by

__all__ = [
    "INSTRUMENTS",
    "QUESTIONS",
    "BillRow",
    "Compared",
    "RecordTrace",
    "Served",
    "comparison",
    "list_traced",
    "narrowed",
    "paragraph",
    "served_by",
    "sheet_of",
]
