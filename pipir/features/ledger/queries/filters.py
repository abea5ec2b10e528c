"""The filters of entries and totals."""

from typing import Any, Final, Literal

import msgspec
from sqlalchemy import ColumnElement

from pipir.features.ledger import rules
from pipir.kernel.errors import Invalid, Mistake
from pipir.statute.load import the_statute

GROUPS: Final = (
    "fiscal_year",
    "quarter",
    "account",
    "funding_document",
    "country",
    "project",
    "authority",
    "kind_of_appropriation",
)
Group = Literal[
    "fiscal_year",
    "quarter",
    "account",
    "funding_document",
    "country",
    "project",
    "authority",
    "kind_of_appropriation",
]


class Chosen(msgspec.Struct, frozen=True):
    """The filters of entries and totals; None is any. `authority` is a slug, or "1253" for any paragraph of it."""

    fiscal_year: int | None = None
    quarter: int | None = None
    kind: str | None = None
    project_id: int | None = None
    country: str | None = None
    account_id: int | None = None
    funding_document_id: int | None = None
    authority: str | None = None
    exceptions: bool = False


ALL: Final = Chosen()


def chosen(
    *,
    fiscal_year: int | None = None,
    quarter: int | None = None,
    kind: str | None = None,
    project_id: int | None = None,
    country: str | None = None,
    account_id: int | None = None,
    funding_document_id: int | None = None,
    authority: str | None = None,
    exceptions: bool = False,
) -> Chosen:
    """The filters as they came through a door; Invalid names every one that cannot be."""
    mistakes = []
    if fiscal_year is not None and not _FIRST_YEAR <= fiscal_year <= _LAST_YEAR:
        mistakes.append(
            Mistake("fiscal_year", f"Expected a year from {_FIRST_YEAR} to {_LAST_YEAR}.", str(fiscal_year)[:60])
        )
    if quarter is not None and quarter not in range(1, 5):
        mistakes.append(Mistake("quarter", "Expected a fiscal quarter from 1 to 4.", str(quarter)[:60]))
    if kind is not None and kind not in rules.ALL_KINDS:
        mistakes.append(Mistake("kind", "Expected one of: " + ", ".join(rules.ALL_KINDS) + ".", kind[:60]))
    if country is not None and not (len(country) == _CODE and country.isascii() and country.isalpha()):
        mistakes.append(Mistake("country", "Expected three letters, such as AUS.", country[:60]))
    if authority is not None and authority != "1253" and authority not in the_statute().provisions:
        mistakes.append(Mistake("authority", "Expected 1253 or the slug of an authority.", authority[:60]))
    if mistakes:
        raise Invalid("Some of the filters need correcting.", mistakes=tuple(mistakes))
    return Chosen(
        fiscal_year,
        quarter,
        kind,
        project_id,
        country.upper() if country else None,
        account_id,
        funding_document_id,
        authority,
        exceptions,
    )


_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2200
_CODE: Final = 3


def rests_on(column: Any, authority: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.like("1253.%") if authority == "1253" else column == authority
    return found
