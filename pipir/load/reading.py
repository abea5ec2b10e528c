"""Reads the files of a bundle into typed lines, or names every mistake."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.parsing import parse
from pipir.load.bundle import (
    FILES,
    OPTIONAL,
    Bundle,
    Entry,
    MeetingRow,
    OfficeRow,
    ParticipantRow,
    ProjectRow,
    R,
    RelatedRow,
    RoleRow,
    WorkstreamRow,
)
from pipir.load.checks import Checks
from pipir.load.mistakes import refusal_of
from pipir.sheets import Sheet, read_csv
from pipir.sheets.read import place, shown

_READMES: Final = ("README.md", "README.txt", "README")


def read_bundle(folder: Path) -> Bundle:
    """The folder as typed lines, or Invalid with every mistake of every file."""
    if not folder.is_dir():
        raise Invalid(
            "There is no such folder.", mistakes=(Mistake(shown(str(folder)), "Expected a folder with a bundle."),)
        )
    reading = _Reading()
    reading.strangers(folder)
    sheets = {name: reading.sheet(folder / name, name, columns) for name, (columns, _) in FILES.items()}
    bundle = Bundle(
        offices=reading.entries(sheets["offices.csv"], OfficeRow),
        participants=reading.entries(sheets["participants.csv"], ParticipantRow),
        workstreams=reading.entries(sheets["workstreams.csv"], WorkstreamRow),
        meetings=reading.entries(sheets["meetings.csv"], MeetingRow),
        projects=reading.entries(sheets["projects.csv"], ProjectRow),
        roles=reading.entries(sheets["role_reports.csv"], RoleRow),
        related=reading.entries(sheets["related.csv"], RelatedRow),
    )
    Checks(reading.mistakes).check(sheets)
    if reading.mistakes:
        raise refusal_of(reading.mistakes)
    return bundle


class _Reading:
    """One pass over all files, each for itself; mistakes gather here."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def strangers(self, folder: Path) -> None:
        """Report what does not belong to a bundle; hidden files of desktops are let pass."""
        for found in sorted(folder.iterdir()):
            if found.name not in FILES and found.name not in _READMES and not found.name.startswith("."):
                expected = "This is no file of a bundle; expected are: " + ", ".join(FILES) + "."
                self.mistakes.append(Mistake(place(shown(found.name), 1, 1), expected))

    def sheet(self, path: Path, name: str, columns: Sequence[str]) -> Sheet | None:
        """One file, or None where it is not there."""
        if not path.exists():
            if name in OPTIONAL:
                return None
            self.mistakes.append(Mistake(place(name, 1, 1), "Expected this file in the bundle.", "no such file"))
            return None
        sheet = read_csv(path, name, columns=columns)
        self.mistakes.extend(sheet.mistakes)
        return sheet

    def entries(self, sheet: Sheet | None, kind: type[R]) -> tuple[Entry[R], ...]:
        """The lines that are right in themselves."""
        if sheet is None:
            return ()
        required = {each.name for each in msgspec.structs.fields(kind) if each.required}
        found: list[Entry[R]] = []
        for row in sheet.rows:
            if not row.whole:
                continue
            wrong = set(row.unreadable)
            asked = [column for column in kind.__struct_fields__ if column in row.cells and column not in wrong]
            raw = {column: row.cells[column].strip() for column in asked}
            for column in [column for column, cell in raw.items() if cell == ""]:
                del raw[column]
                if column in required:
                    wrong.add(column)
                    self.mistakes.append(row.mistake(column, "Expected a value; this cell may not be blank."))
            try:
                value = parse(kind, raw, lenient=True)
            except Invalid as invalid:
                for mistake in invalid.mistakes:
                    # What is unreadable, blank or without a column has been reported already.
                    if mistake.where not in wrong and mistake.where in raw:
                        self.mistakes.append(row.mistake(mistake.where, mistake.expected))
                continue
            if not wrong:
                found.append(Entry(row, value))
        return tuple(found)
