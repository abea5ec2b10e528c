"""A chunk of rows as it is staged: the columns, and how PostgreSQL's COPY writes them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

# What a row says for itself; then what it has in common with others: what kind of entry it is on which day and by what
# authority, what it is charged to and whom it is for, what is said of it. Together the columns of the stage.
OWN: Final = (
    "import_id", "chunk", "place", "line", "amount", "document_number", "document_line", "need", "because", "signed_at",
    "late_because", "late_document", "receipt_law", "adjusts_entry_id", "adjusts_place", "flag", "evidence",
    "reversed_kind", "reverses_entry_id", "reverses_place", "movement", "counter_entry_id", "transfer_law", "approval",
    "closed_document", "order_law", "order_method", "outside_account",
)  # fmt: skip
FORM: Final = (
    "kind", "program_authority", "other_authority", "continuation_id", "document_on", "performance_from",
    "performance_until", "effective_on", "basis", "contribution_kind", "new_start", "closed_account_id",
)  # fmt: skip
STAGED: Final = (*OWN, *FORM, "funding_document_id", "project_id", "participant_id", "warnings", "seen_by")
NULL: Final = "\\N"
# The last of its own columns, which a row of an ordinary kind leaves blank.
BLANK: Final = "\t".join([NULL] * len(OWN[OWN.index("reversed_kind") :]))
_ESCAPED: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Finding(NamedTuple):
    """What is said of a row: its place among the rows, its line in the file, and which column it is about."""

    place: int
    line: int
    what: str
    column: str
    found: str
    expected: str


@dataclass
class Chunk:
    """A chunk as it is staged: lines in the form that PostgreSQL copies, and what is said of its rows."""

    number: int
    lines: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0
    bad: int = 0


def copied(value: object) -> str:
    """A value as COPY reads it."""
    if value is None:
        return NULL
    if value is True or value is False:
        return "t" if value else "f"
    return str(value).translate(_ESCAPED)


def copied_texts(texts: Iterable[str]) -> str:
    """Several texts as COPY reads an array."""
    inside = ",".join('"' + each.replace("\\", "\\\\").replace('"', '\\"') + '"' for each in texts)
    return "{" + inside.translate(_ESCAPED) + "}"
