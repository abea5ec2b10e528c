"""How the state of a paragraph is said: from what the record holds of it, never from the calendar alone."""

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal, get_args

import msgspec

from pipir.statute.model import Trace

State = Literal["kept", "due", "not yet", "no evidence recorded here", "structure only", "by law"]
STATES: Final[tuple[State, ...]] = get_args(State)
PILLS: Final[dict[State, str]] = {
    "kept": "ok",
    "due": "waiting",
    "not yet": "neutral",
    "no evidence recorded here": "watch",
    "structure only": "neutral",
    "by law": "info",
}


class Evidence(msgspec.Struct, frozen=True):
    """What one question finds of a paragraph, of what the reader may see; `last_on` None: no day is recorded."""

    question: str
    says: str
    count: int
    last_on: date | None
    state: State
    # (label, address) of the lists and records that were counted.
    links: tuple[tuple[str, str], ...]
    exercise: bool


class DutyDay(msgspec.Struct, frozen=True):
    """One statutory day of a duty: when it was done, None where that is not recorded."""

    day: date
    done_on: date | None


class Traced(msgspec.Struct, frozen=True):
    """One paragraph in full: our statement, who owes it to whom, what keeps it, and what the record holds of it."""

    slug: str
    instrument: str
    citation: str
    short_citation: str
    kind: str
    standing: str
    title: str
    statement: str
    note: str
    owed_by: str
    offices: tuple[str, ...]
    recipients: tuple[str, ...]
    days: tuple[date, ...]
    says: str
    rule: str
    page: str
    section: str
    state: State
    evidence: tuple[Evidence, ...]
    exercise: bool


def of_use(count: int) -> State:
    """The state of a paragraph that is kept by records: nothing recorded is not the same as nothing done."""
    return "kept" if count else "no evidence recorded here"


def of_days(days: Sequence[DutyDay], today: date) -> State:
    """The state of a duty with statutory days: kept where every day that has passed has its evidence."""
    if not days:
        return "not yet"
    if any(each.day < today and each.done_on is None for each in days):
        return "no evidence recorded here"
    return "kept" if any(each.done_on is not None for each in days) else "due"


def of_element(answered: bool | None) -> State:
    """The state of a report's element in the latest report that was opened; None where none was."""
    if answered is None:
        return "not yet"
    return "kept" if answered else "due"


def state_of(trace: Trace, evidence: Sequence[Evidence]) -> State:
    """The state that the first question of a paragraph gives; one of which nothing is kept is structure only."""
    return "structure only" if trace.structure_only else evidence[0].state


def counted(count: int, one: str, many: str) -> str:
    """A number with its noun, such as "1 project" or "2,000 projects"."""
    return f"{count:,} {one if count == 1 else many}"
