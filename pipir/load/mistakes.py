"""All mistakes of a bundle as one refusal, in the order of its files."""

import re
from collections.abc import Sequence
from typing import Final

from pipir.kernel.errors import Invalid, Mistake, Problem
from pipir.load.bundle import FILES

_PLACE: Final = re.compile(r":(\d+):(\d+)")


def refusal_of(mistakes: Sequence[Mistake]) -> Invalid:
    """What refuses a bundle with these mistakes, at least one."""
    order = list(FILES)

    def by_place(mistake: Mistake) -> tuple[int, int, int]:
        name = next((file for file in order if mistake.where.startswith(file)), "")
        found = _PLACE.match(mistake.where, len(name))
        line, column = (int(found[1]), int(found[2])) if found else (0, 0)
        return (order.index(name) if name else -1, line, column)

    count = len(mistakes)
    return Invalid(
        f"The bundle has {count:,} mistakes; nothing was written."
        if count != 1
        else "The bundle has one mistake; nothing was written.",
        mistakes=tuple(sorted(mistakes, key=by_place)),
    )


def sentence(problem: Problem) -> str:
    """What a command refused, with the provision that it named."""
    return f"{problem.detail} {problem.citation.rstrip('.')}." if problem.citation else problem.detail
