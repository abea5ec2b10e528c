"""What a workbook of projects holds, how one is read, and what is allowed of its review; pure functions."""

from pipir.features.workbooks.rules.columns import (
    KINDS,
    MILESTONES,
    PROJECTS,
    SHEETS,
    Column,
    canonical,
    changed_fields,
    columns_of,
    fingerprint,
)
from pipir.features.workbooks.rules.reading import MOST_ROWS, RECORD, ReadBook, ReadRow, Told, digest, read_book
from pipir.features.workbooks.rules.review import (
    STATES,
    Field,
    because,
    may_review,
    may_withdraw,
    named,
    stale,
    ticked,
)

__all__ = [
    "KINDS",
    "MILESTONES",
    "MOST_ROWS",
    "PROJECTS",
    "RECORD",
    "SHEETS",
    "STATES",
    "Column",
    "Field",
    "ReadBook",
    "ReadRow",
    "Told",
    "because",
    "canonical",
    "changed_fields",
    "columns_of",
    "digest",
    "fingerprint",
    "may_review",
    "may_withdraw",
    "named",
    "read_book",
    "stale",
    "ticked",
]
