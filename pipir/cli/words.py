"""What a command says while it works, and what it looks at before: words for people go to the error stream."""

import sys
import tempfile
from pathlib import Path

from pipir.kernel.errors import Invalid, Mistake


class Bar:
    """Progress of a long step: a bar on a terminal, plain lines elsewhere."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._last = ""

    async def __call__(self, done: int, total: int, message: str) -> None:
        """Show step `done` of `total`."""
        share = done / total if total else 0.0
        if sys.stderr.isatty():
            filled = int(share * 30)
            end = "\n" if done >= total else ""
            sys.stderr.write(f"\r{self._title} [{'#' * filled}{'.' * (30 - filled)}] {share:4.0%} {message:40.40}{end}")
            sys.stderr.flush()
        elif message != self._last:
            self._last = message
            say(f"{self._title}: {message} ({done} of {total})")


def say(line: str) -> None:
    """Say a line to whoever called the command."""
    print(line, file=sys.stderr, flush=True)


def require_writable(folder: Path, name: str = "--out") -> None:
    """Refuse before anything is made: half a minute of work is not lost to a folder that cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as wrong:
        raise Invalid(
            f"The folder {folder} cannot be written: {wrong.strerror}.",
            mistakes=(Mistake(name, "Expected a folder that can be written.", str(folder)),),
        ) from wrong
