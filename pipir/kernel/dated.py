"""Dated items: what is due on a day, whichever feature keeps it."""

from datetime import date
from typing import Final

import msgspec

# Every kind that a feature tells of: people choose among them which they are told of by mail.
KINDS: Final = (
    "Statutory date",
    "Action item",
    "Meeting",
    "data call",
    "briefing of a committee",
    "question of a briefing",
    "promise to Congress",
    "congressional question",
    "question for the record",
    "notification package",
    "informal hold",
    "Coordination",
    "Condition",
    "Agreement",
    "Review of a vulnerability",
    "Technical exchange",
    "Engagement",
    "Commitment of an engagement",
    "Technical assistance",
    "Review of a risk",
    "Target of a result",
    "Execution review",
    "Review of obligations",
    "Case of an exception",
    "Section of a report",
)


class Dated(msgspec.Struct, frozen=True):
    """Something due on a day; `slug` is unique and stable, such as promise-12.

    Where neither an office nor a person is named it belongs to the people of the program office.
    """

    kind: str
    slug: str
    title: str
    due_on: date
    office_id: int | None
    person_id: int | None
    href: str
    citation: str = ""
    marking: str = "UNCLASSIFIED"
    # Whether the exercise program made it; then it says so wherever it is shown.
    exercise: bool = False
