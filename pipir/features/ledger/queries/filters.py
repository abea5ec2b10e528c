"""The filters of entries and totals."""

from datetime import UTC, date, datetime
from typing import Any, Final, Literal, cast, get_args

import msgspec
from sqlalchemy import ColumnElement, select

from pipir.features.ledger import rules
from pipir.features.ledger.tables import FundingDocument, LedgerSum
from pipir.features.participants.tables import Participant
from pipir.kernel.errors import Invalid, Mistake
from pipir.statute.load import the_statute
from pipir.statute.lookup import objective_names

GROUPS: Final = (
    "fiscal_year",
    "quarter",
    "month",
    "account",
    "funding_document",
    "country",
    "project",
    "workstream",
    "objective",
    "authority",
    "kind_of_appropriation",
)
Group = Literal[
    "fiscal_year",
    "quarter",
    "month",
    "account",
    "funding_document",
    "country",
    "project",
    "workstream",
    "objective",
    "authority",
    "kind_of_appropriation",
]


# The figures of queries.Figures by their names there: an entry is of each that it moves.
Stage = Literal[
    "authority",
    "ordered",
    "committed",
    "obligated",
    "obligated_1253",
    "obligated_other",
    "obligated_continuing",
    "expended",
    "unliquidated",
    "contributed",
]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
# The groups of which an entry may name none.
Nameless = Literal["account", "funding_document", "country", "project", "workstream", "objective", "authority"]
NAMELESS: Final[tuple[Nameless, ...]] = get_args(Nameless)


class Chosen(msgspec.Struct, frozen=True):
    """The filters of entries and totals; None is any.

    `authority` is a slug, or "1253" for any paragraph of it; `month` its first day; `objective` a slug, served on the
    entry's day. `effective_on` is the last effective day that counts, and `known_at` the moment until which entries
    count as recorded.
    """

    fiscal_year: int | None = None
    quarter: int | None = None
    kind: str | None = None
    project_id: int | None = None
    country: str | None = None
    account_id: int | None = None
    funding_document_id: int | None = None
    authority: str | None = None
    exceptions: bool = False
    month: date | None = None
    workstream_id: int | None = None
    objective: str | None = None
    effective_on: date | None = None
    known_at: datetime | None = None
    # Of entries only: how their document numbers begin.
    document: str | None = None
    # Of entries only: the figure that they make up, the group in which they name nothing, the kind of appropriation.
    stage: Stage | None = None
    without: Nameless | None = None
    appropriation: str | None = None


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
    month: str | None = None,
    workstream_id: int | None = None,
    objective: str | None = None,
    effective_on: date | None = None,
    known_at: datetime | None = None,
    document: str | None = None,
    stage: str | None = None,
    without: str | None = None,
    appropriation: str | None = None,
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
    first_day = _month(month, mistakes)
    if objective is not None and objective not in dict(objective_names(the_statute())):
        mistakes.append(Mistake("objective", "Expected the slug of an objective, such as 1253.b.1.", objective[:60]))
    if known_at is not None and known_at.tzinfo is None:
        mistakes.append(Mistake("known_at", "Expected a moment with its offset, such as 2027-02-01T12:00:00Z.", ""))
    mistakes += [
        Mistake(name, f"Expected a day of the years {_FIRST_YEAR} to {_LAST_DAYS}.", day.isoformat())
        for name, day in (("effective_on", effective_on), ("known_at", known_at))
        if day is not None and not _FIRST_YEAR <= day.year <= _LAST_DAYS
    ]
    if stage is not None and stage not in STAGES:
        mistakes.append(Mistake("stage", "Expected one of: " + ", ".join(STAGES) + ".", stage[:60]))
    if without is not None and without not in NAMELESS:
        mistakes.append(Mistake("without", "Expected one of: " + ", ".join(NAMELESS) + ".", without[:60]))
    if appropriation is not None and appropriation not in rules.APPROPRIATIONS:
        expected = "Expected one of: " + ", ".join(rules.APPROPRIATIONS) + "."
        mistakes.append(Mistake("appropriation", expected, appropriation[:60]))
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
        first_day,
        workstream_id,
        objective,
        effective_on,
        known_at,
        document,
        cast("Stage | None", stage),
        cast("Nameless | None", without),
        appropriation,
    )


def _month(typed: str | None, mistakes: list[Mistake]) -> date | None:
    if typed is None:
        return None
    try:
        found = date.fromisoformat(f"{typed}-01")
    except ValueError:
        found = date.min
    if _FIRST_YEAR <= found.year <= _LAST_YEAR:
        return found
    mistakes.append(Mistake("month", "Expected a month such as 2027-02.", typed[:60]))
    return None


_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2200
# Until when a day may lie that bounds what counts: one after it stands in no calendar at last.
_LAST_DAYS: Final = 9000
_CODE: Final = 3


def rests_on(column: Any, authority: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.like("1253.%") if authority == "1253" else column == authority
    return found


def of_place(each: Any, chosen: Chosen) -> list[ColumnElement[bool]]:
    """The filters that sums and entries answer by columns of the same names: what an amount is charged to, and for."""
    wanted: list[ColumnElement[bool]] = []
    if chosen.project_id is not None:
        wanted.append(each.project_id == chosen.project_id)
    if chosen.country is not None:
        named = select(Participant.id).where(Participant.code == chosen.country).scalar_subquery()
        wanted.append(each.participant_id == named)
    if chosen.account_id is not None:
        of_account = select(FundingDocument.id).where(FundingDocument.account_id == chosen.account_id)
        wanted.append(each.funding_document_id.in_(of_account))
    if chosen.funding_document_id is not None:
        wanted.append(each.funding_document_id == chosen.funding_document_id)
    if chosen.authority is not None:
        wanted.append(rests_on(each.program_authority, chosen.authority))
    return wanted


def of_sums(chosen: Chosen) -> list[ColumnElement[bool]]:
    """The filters of the finest sums."""
    wanted = of_place(LedgerSum, chosen)
    for column, value in (
        (LedgerSum.fiscal_year, chosen.fiscal_year),
        (LedgerSum.quarter, chosen.quarter),
        (LedgerSum.month, chosen.month),
        (LedgerSum.kind, chosen.kind),
        (LedgerSum.workstream_id, chosen.workstream_id),
    ):
        if value is not None:
            wanted.append(column == value)
    if chosen.objective is not None:
        wanted.append(serves(LedgerSum.served, chosen.objective))
    return wanted


def bit_of(objective: str) -> int:
    """The bit of an objective in the mask of what a project served; the first has bit 0."""
    return int(objective.rsplit(".", 1)[1]) - 1


def serves(mask: Any, objective: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = mask.bitwise_and(1 << bit_of(objective)) > 0
    return found


def month_of(moment: datetime) -> datetime:
    """The beginning of a moment's month, as the sums count months of posting."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
