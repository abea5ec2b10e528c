"""Forms that take a file, and what a file that was refused is told: row, column, found, expected."""

import re
from dataclasses import dataclass
from typing import Any, Final

from pipir.kernel.errors import Mistake
from pipir.web.acts import LawLine
from pipir.web.forms import Form

_PLACE: Final = re.compile(r".*?:(?P<row>\d+):(?P<column>\d+)(?: \((?P<name>.*)\))?")
_SHOWN: Final = 200


@dataclass(frozen=True)
class Wrong:
    """A mistake of a file by its place; row and column are blank for the whole of it."""

    row: str
    column: str
    found: str
    expected: str


@dataclass(frozen=True)
class UploadPage:
    """What _layouts/upload.html reads; `marked` asks for a marking, `required` for the day."""

    form: Form[Any]
    title: str
    lead: str
    taken: str
    button: str
    trail: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str
    marked: bool
    required: bool
    mistakes: tuple[Wrong, ...]
    count: int
    law: tuple[LawLine, ...]


def wrong_of(form: Form[Any]) -> tuple[tuple[Wrong, ...], int]:
    """The mistakes of a file that was refused, those of the form's own fields left out; and how many there are."""
    mistakes = form.problem.mistakes if form.problem is not None else ()
    names = {*form.values, "file", "as_of", "marking"}
    told = [each for each in mistakes if each.where not in names]
    return tuple(_wrong(each) for each in told[:_SHOWN]), len(told)


def _wrong(mistake: Mistake) -> Wrong:
    found = _PLACE.fullmatch(mistake.where)
    if found is not None:
        return Wrong(found["row"], found["name"] or found["column"], mistake.found, mistake.expected)
    row, _, column = mistake.where.partition(", column ")
    return Wrong(row.removeprefix("row ") if row.startswith("row ") else "", column, mistake.found, mistake.expected)
