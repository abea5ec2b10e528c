"""What a proof is given and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Work:
    """A folder that outlives a stopped run of the same tree, and a way to say one line of progress."""

    folder: Path
    say: Callable[[str], None]


@dataclass(frozen=True)
class Finding:
    """One measured claim: what, how much, against which bound, and whether it holds."""

    what: str
    measured: str
    bound: str
    holds: bool
