"""The product and service codes, by which articles are named; a product's code is its Federal Supply Class."""

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pipir.kernel.errors import Invalid, Mistake

_FILE: Final = Path(__file__).parents[1] / "data" / "psc_codes.csv"
SOURCE: Final = (
    "Product and Service Codes of the General Services Administration, as published with USAspending (public domain), "
    "read on 22 November 2026. The list gives some classes an end in 2011 that are in use still; none is refused"
)


@cache
def articles() -> Mapping[str, str]:
    """The name of each code of the list with the end that the list gives it, in the order of the codes."""
    with _FILE.open(encoding="utf-8", newline="") as lines:
        return MappingProxyType(
            {
                row["code"]: row["name"] + (f" (in the list until {row['until']})" if row["until"] else "")
                for row in csv.DictReader(lines)
            }
        )


def check_articles(codes: Iterable[str], field: str = "articles") -> tuple[str, ...]:
    """The codes in order, each once; Invalid names those that are not in the list."""
    named = sorted(set(codes))
    wrong = [code for code in named if code not in articles()]
    if wrong:
        expected = "Expected product or service codes of four characters, such as 1310."
        raise Invalid(
            "An article is named by a code that is not in the list.",
            mistakes=tuple(Mistake(field, expected, code[:60]) for code in wrong[:5]),
        )
    return tuple(named)
