"""The states of an import, how large a file may be, and what may be done in which state."""

from typing import Final

from pipir.kernel.errors import Refused

STATES: Final = ("uploaded", "checking", "checked", "publishing", "published", "abandoned")
# What keeps a row out of the ledger, then what only has to be told of it.
BAD: Final = ("mistake", "rule", "limit", "names")
FINDINGS: Final = (*BAD, "exception", "duplicate", "unread")
LARGEST_FILE: Final = 300_000_000
ADVICE: Final = "Split it by fiscal year or by account."
LARGEST_UNPACKED: Final = 1_000_000_000
MOST_ROWS: Final = 1_000_000
MOST_ROWS_OF_WORKBOOK: Final = 200_000
# Rows that are staged at a time; a chunk that stands is not read again.
CHUNK: Final = 10_000
# A file with more is of another kind, or its mapping is: it is read no further.
MOST_FINDINGS: Final = 100_000
# The chunk of a finding that is told of the file as a whole.
WHOLE: Final = -1
_HOUSE: Final = "The house rule of imports"


def too_many(rows: int, *, workbook: bool) -> str | None:
    """What to say of a file with this many rows where it is too long; None where it is not."""
    most = MOST_ROWS_OF_WORKBOOK if workbook else MOST_ROWS
    if rows <= most:
        return None
    advice = "Save it as CSV, which takes 1,000,000 rows" if workbook else "Split it by fiscal year or by account"
    return f"The file has more than {most:,} rows. {advice}, and import each part."


def may_check(state: str, *, running: bool) -> None:
    """A file is checked as often as somebody likes, until it is published or abandoned; one check at a time."""
    if running or state not in ("uploaded", "checking", "checked"):
        raise Refused(f"An import that is {state} is not checked again.", citation=_HOUSE)


def may_publish(state: str, *, good: int, bad: int, broken: str | None, good_only: bool) -> None:
    """What was checked is published whole, or its good rows where somebody says so."""
    if state != "checked":
        raise Refused(f"An import that is {state} is not published.", citation=_HOUSE, way_out="Check the file first.")
    if broken:
        raise Refused(
            f"The file could not be read to its end: {broken}", citation=_HOUSE, way_out="Upload a file that is whole."
        )
    if bad and not good_only:
        rows = "One row of the file is" if bad == 1 else f"{bad:,} rows of the file are"
        raise Refused(
            f"{rows} not good, and the file is published whole or not at all.",
            citation=_HOUSE,
            way_out="Correct the file and upload it again, or publish the good rows and take the rest as a workbook.",
        )
    if not good:
        raise Refused("No row of the file is good; there is nothing to publish.", citation=_HOUSE)


def may_abandon(state: str, *, running: bool) -> None:
    """An import is abandoned until it is published; one that a worker has is waited for."""
    if running or state in ("published", "abandoned"):
        raise Refused(f"An import that is {state} is not abandoned.", citation=_HOUSE)
