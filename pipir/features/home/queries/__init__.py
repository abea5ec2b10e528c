"""What the first page and the inbox ask: the program's figures, what waits for a person, and each role's desk."""

from pipir.features.home.queries.board import (
    NOT_PUBLIC,
    Country,
    Dashboard,
    Inbox,
    Marks,
    Money,
    Quarter,
    dashboard,
    dated,
    entries,
    inbox,
    shown_in,
    waiting_for,
)
from pipir.features.home.queries.coverage import Coverage, Sums, coverage
from pipir.features.home.queries.desks import Desk, Health, desk_of, health_of

__all__ = [
    "NOT_PUBLIC",
    "Country",
    "Coverage",
    "Dashboard",
    "Desk",
    "Health",
    "Inbox",
    "Marks",
    "Money",
    "Quarter",
    "Sums",
    "coverage",
    "dashboard",
    "dated",
    "desk_of",
    "entries",
    "health_of",
    "inbox",
    "shown_in",
    "waiting_for",
]
