"""What a load has changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipir.load.bundle import FILES
from pipir.sheets import Row


@dataclass
class FileCounts:
    """What became of the lines of one file."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True)
class LoadResult:
    """The counts by file, and one sentence for each line that added or changed a record."""

    files: Mapping[str, FileCounts] = field(default_factory=lambda: {name: FileCounts() for name in FILES})
    changes: list[str] = field(default_factory=list)

    def note(self, row: Row, name: str, what: Sequence[str] | None) -> None:
        """Count a line: None says that its record is new; else the fields that changed, if any."""
        counts = self.files[row.file]
        if what is None:
            counts.added += 1
            self.changes.append(f"{row.file}:{row.line}: {name} added.")
        elif what:
            counts.changed += 1
            self.changes.append(f"{row.file}:{row.line}: {name}: {', '.join(what)} changed.")
        else:
            counts.unchanged += 1
