"""What no cell of a bundle shows alone: keys, days, objectives, references, and what the law says of a country."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Final

from pipir.features.participants.rules import may_record_standing
from pipir.kernel.errors import Invalid, Mistake, Problem
from pipir.load.bundle import day_of, named_objectives, objective_slugs
from pipir.load.mistakes import sentence
from pipir.sheets import Row, Sheet
from pipir.sheets.read import shown
from pipir.statute.load import the_statute

_CODE: Final = re.compile(r"[A-Z]{3}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class Checks:
    """What the files say together; mistakes join those of the reading."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = mistakes

    def check(self, sheets: Mapping[str, Sheet | None]) -> None:
        """Everything that no cell shows alone: codes, keys, days, objectives, references, the law."""
        for name, each in (
            ("participants.csv", self._code),
            ("participants.csv", self._standing),
            ("meetings.csv", self._days),
            ("projects.csv", self._objectives),
            ("role_reports.csv", self._code),
            ("related.csv", self._day),
        ):
            sheet = sheets[name]
            for row in sheet.rows if sheet else ():
                if row.whole:
                    each(row)
        self._keys(sheets)
        self._references(sheets)

    def _keys(self, sheets: Mapping[str, Sheet | None]) -> None:
        reported: set[tuple[str, int]] = set()
        for name, columns in (
            ("offices.csv", ("symbol",)),
            ("participants.csv", ("code",)),
            ("participants.csv", ("country",)),
            ("workstreams.csv", ("name",)),
            ("meetings.csv", ("name", "starts")),
            ("projects.csv", ("name",)),
            ("role_reports.csv", ("code", "project")),
            ("related.csv", ("name",)),
        ):
            sheet = sheets[name]
            first: dict[tuple[str, ...], int] = {}
            for row in sheet.rows if sheet else ():
                key = tuple(_cell(row, column) for column in columns)
                if not all(key):
                    continue
                if key in first and (name, row.line) not in reported:
                    expected = f"Expected each {' and '.join(columns)} once; line {first[key]} holds the same."
                    self.mistakes.append(row.mistake(columns[0], expected))
                    reported.add((name, row.line))
                first.setdefault(key, row.line)

    def _code(self, row: Row) -> None:
        code = _cell(row, "code")
        # A control character or too much text has been reported already.
        if code and not _CODE.fullmatch(code) and not _CONTROL.search(code) and len(code) <= 200:
            self.mistakes.append(row.mistake("code", "Expected three capital letters, such as AUS."))

    def _days(self, row: Row) -> None:
        try:
            starts, ends = day_of(_cell(row, "starts"))[0], day_of(_cell(row, "ends"))[0]
        except ValueError:
            return
        if ends < starts:
            self.mistakes.append(row.mistake("ends", f"Expected a day on or after {starts.isoformat()}."))

    def _standing(self, row: Row) -> None:
        code = _cell(row, "code")
        if _cell(row, "standing") != "named in statute" or not _CODE.fullmatch(code):
            return
        try:
            since = day_of(_cell(row, "since"))[0]
        except ValueError:
            since = date.max
        try:
            may_record_standing(code, None, None, "named in statute", since, statute=the_statute())
        except Invalid as wrong:
            self.mistakes.extend(row.mistake("since", mistake.expected) for mistake in wrong.mistakes)
        except Problem as wrong:
            self.mistakes.append(row.mistake("standing", sentence(wrong)))

    def _objectives(self, row: Row) -> None:
        known = objective_slugs()
        cell = _cell(row, "objectives")
        if not cell or _CONTROL.search(cell) or len(cell) > 200:
            return
        named = named_objectives(cell)
        wrong = [each for each in named if each not in known]
        expected = f"Expected objectives from {next(iter(known))} to {list(known)[-1]}, separated by semicolons."
        for each in wrong:
            self.mistakes.append(Mistake(row.where("objectives"), expected, shown(each)))
        if not wrong and len(set(named)) != len(named):
            self.mistakes.append(row.mistake("objectives", "Expected each objective once."))

    def _day(self, row: Row) -> None:
        cell = _cell(row, "date")
        if not cell or _CONTROL.search(cell) or len(cell) > 200:
            return
        try:
            day_of(cell)
        except ValueError:
            expected = "Expected a date such as 2024-05-31, or a month such as 2024-05."
            self.mistakes.append(row.mistake("date", expected))

    def _references(self, sheets: Mapping[str, Sheet | None]) -> None:
        for name, column, target, key in (
            ("projects.csv", "workstream", "workstreams.csv", "name"),
            ("role_reports.csv", "code", "participants.csv", "code"),
            ("role_reports.csv", "project", "projects.csv", "name"),
        ):
            sheet, other = sheets[name], sheets[target]
            known = _known(other, key)
            if sheet is None or known is None:
                # Where the other file's keys were lost, its own mistakes say so.
                continue
            for row in sheet.rows:
                cell = _cell(row, column)
                if not row.whole or not cell or cell in known.read or (column == "code" and not _CODE.fullmatch(cell)):
                    continue
                # A key that could not be read well may be the one that is meant; its own mistake says so.
                if not get_close_matches(cell, known.guessed, 1, 0.8):
                    self.mistakes.append(row.mistake(column, f"Expected a {key} that stands in {target}."))


@dataclass(frozen=True)
class _Keys:
    """The keys of a file: those that were read, and what is left of those that were not."""

    read: frozenset[str]
    guessed: tuple[str, ...]


def _cell(row: Row, column: str) -> str:
    return "" if column in row.unreadable else row.cells.get(column, "").strip()


def _known(sheet: Sheet | None, key: str) -> _Keys | None:
    """The keys of a file, or None where they cannot be known at all."""
    if sheet is None or not sheet.complete or key not in sheet.columns:
        return None
    broken = (row.cells.get(key, "") for row in sheet.rows if key in row.unreadable)
    return _Keys(
        read=frozenset(_cell(row, key) for row in sheet.rows),
        guessed=tuple("".join(c for c in text if c.isprintable()) for text in broken),
    )
