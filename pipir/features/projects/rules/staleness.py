"""When a project counts as stale: so many days without an act of a person on it or on anything that hangs on it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from pipir.features.projects.rules import CLOSED
from pipir.kernel.errors import Invalid, Mistake
from pipir.statute import lookup
from pipir.statute.model import Statute

STALENESS: Final = "project-staleness"


def stale_steps(statute: Statute, on: date) -> tuple[int, ...]:
    """The numbers of days that the office keeps on a day, the least first (a convention in the law's files)."""
    names = [value.name for value in statute.provision(STALENESS).value]
    return tuple(sorted({lookup.number(statute, STALENESS, name, on) for name in names}))


def last_fresh_day(days: int, today: date) -> date:
    """A project whose last update lies on this day or before it has been without one for that many days."""
    return today - timedelta(days=days)


def stale_for(updated_on: date, status: str, until: date | None, today: date, steps: Sequence[int]) -> int | None:
    """The most days of the steps that a project has been without an update; None where it is fresh, closed or ended."""
    if status in CLOSED or until is not None:
        return None
    return max((days for days in steps if updated_on <= last_fresh_day(days, today)), default=None)


def check_step(days: int, steps: Sequence[int]) -> None:
    """A list is filtered by a number of days that the office keeps."""
    if days not in steps:
        expected = "Expected one of: " + ", ".join(map(str, steps)) + "."
        raise Invalid("The office keeps no such number of days.", mistakes=(Mistake("stale", expected, str(days)),))
