"""A file as it came in: its bytes where they wait, what the sender calls it, and its hash."""

from dataclasses import dataclass
from typing import BinaryIO, Final

# 25 MB, as a mail system counts them.
LARGEST_FILE: Final = 25_000_000


@dataclass(frozen=True)
class Incoming:
    """The bytes stand in `body`, a file that only this process can open; `name` has no path and no controls."""

    body: BinaryIO
    name: str
    size: int
    sha256: str
