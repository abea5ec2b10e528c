"""Totals by group and by quarter."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import func, literal_column, select

from pipir.features.ledger import rules
from pipir.features.ledger.queries.figures import Figures, Statement, figures_of, seen, statement_of, sums
from pipir.features.ledger.queries.filters import ALL, GROUPS, Chosen, Group
from pipir.features.ledger.tables import FundingDocument, LedgerSum, TreasuryAccount
from pipir.features.participants.tables import Participant
from pipir.features.projects.tables import Project
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.statute.load import the_statute
from pipir.store.doors import ReadSession


class TotalRow(msgspec.Struct, frozen=True):
    """The figures of one group; `key` filters to it, and `key` "" is what names none."""

    key: str
    label: str
    sub: str
    figures: Figures
    exercise: bool


class Totals(msgspec.Struct, frozen=True):
    """Totals by one group, the total of all once, and what they are."""

    by: str
    rows: tuple[TotalRow, ...]
    total: Figures
    statement: Statement


class QuarterTotal(msgspec.Struct, frozen=True):
    """What was obligated and expended within one fiscal quarter."""

    fiscal_year: int
    quarter: int
    obligated_1253: Dollars
    obligated_other: Dollars
    obligated: Dollars
    expended: Dollars
    exercise: bool


async def totals(session: ReadSession, reader: Reader, by: Group, chosen: Chosen = ALL) -> Totals:
    """The stages of money by one group: years and quarters in their order, the others by what was obligated."""
    if by not in GROUPS:
        raise Invalid(
            "The totals know no such group.",
            mistakes=(Mistake("by", "Expected one of: " + ", ".join(GROUPS) + ".", by[:60]),),
        )
    key, label, sub = _group(by)
    statement = (
        sums(reader, chosen)
        .add_columns(key.label("key"), func.max(label).label("label"), func.max(sub).label("sub"))
        .group_by(key)
    )
    rows = (await session.execute(statement)).mappings().all()
    found = [
        TotalRow(*_named(by, row["key"], row["label"], row["sub"]), figures_of(row), bool(row["exercise"]))
        for row in rows
    ]
    if by == "kind_of_appropriation":
        found = _merged(found)
    if by in ("fiscal_year", "quarter"):
        found.sort(key=lambda row: row.key)
    else:
        found.sort(key=lambda row: (-row.figures.obligated.amount, -row.figures.contributed.amount, row.label))
    return Totals(by, tuple(found), _sum_of(tuple(row.figures for row in found)), statement_of(session))


async def total(session: ReadSession, reader: Reader, chosen: Chosen = ALL) -> Figures:
    """The figures of everything that the filters let through."""
    row = (await session.execute(sums(reader, chosen))).mappings().one()
    return figures_of(row)


async def by_quarter(session: ReadSession, reader: Reader, chosen: Chosen = ALL) -> tuple[QuarterTotal, ...]:
    """Obligations and expenditures of each fiscal quarter that has any, in order."""
    rows = await session.execute(
        sums(reader, chosen)
        .add_columns(LedgerSum.fiscal_year, LedgerSum.quarter)
        .group_by(LedgerSum.fiscal_year, LedgerSum.quarter)
        .order_by(LedgerSum.fiscal_year, LedgerSum.quarter)
    )
    return tuple(
        QuarterTotal(
            row["fiscal_year"],
            row["quarter"],
            row["obligated_1253"],
            row["obligated"] - row["obligated_1253"],
            row["obligated"],
            row["expended"],
            bool(row["exercise"]),
        )
        for row in rows.mappings()
    )


async def fiscal_years(session: ReadSession, reader: Reader) -> tuple[int, ...]:
    """The fiscal years in which the reader sees an entry, latest first."""
    rows = await session.scalars(
        select(LedgerSum.fiscal_year).where(*seen(reader)).distinct().order_by(LedgerSum.fiscal_year.desc())
    )
    return tuple(rows)


_NONE: Final[Mapping[str, str]] = {
    "account": "No account: partner contributions",
    "funding_document": "No funding document: partner contributions",
    "country": "No country named",
    "project": "No project named",
    "authority": "No program authority named",
    "kind_of_appropriation": "No account: partner contributions",
    "fiscal_year": "",
    "quarter": "",
}


def _group(by: str) -> tuple[Any, Any, Any]:
    groups: dict[str, tuple[Any, Any, Any]] = {
        "fiscal_year": (LedgerSum.fiscal_year, LedgerSum.fiscal_year, LedgerSum.fiscal_year),
        # The ten stands in the text, not as a parameter: PostgreSQL has to see one expression in both places.
        "quarter": (LedgerSum.fiscal_year * literal_column("10") + LedgerSum.quarter,) * 3,
        "account": (TreasuryAccount.id, TreasuryAccount.symbol, TreasuryAccount.title),
        "funding_document": (FundingDocument.id, FundingDocument.number, FundingDocument.title),
        "country": (Participant.code, Participant.name, Participant.code),
        "project": (Project.id, Project.name, Project.code),
        "authority": (LedgerSum.program_authority,) * 3,
        "kind_of_appropriation": (TreasuryAccount.title,) * 3,
    }
    return groups[by]


def _named(by: str, key: Any, label: Any, sub: Any) -> tuple[str, str, str]:
    """A group's key, label and second line."""
    if key is None:
        return "", _NONE[by], ""
    if by == "fiscal_year":
        return str(key), f"FY{key}", ""
    if by == "quarter":
        year, quarter = divmod(key, 10)
        return f"{year}Q{quarter}", f"FY{year} Q{quarter}", ""
    if by == "authority":
        law = the_statute()
        if key in law.provisions:
            return key, law.citation(key), law.provision(key).title
        return key, key, ""
    return str(key), label, sub if sub != key else ""


def _merged(rows: list[TotalRow]) -> list[TotalRow]:
    """Accounts of one kind of appropriation together."""
    groups: dict[str, list[TotalRow]] = {}
    for row in rows:
        kind = rules.kind_of_appropriation(row.key) if row.key else row.label
        groups.setdefault(kind, []).append(row)
    return [
        TotalRow(kind, kind, "", _sum_of(tuple(row.figures for row in members)), any(row.exercise for row in members))
        for kind, members in groups.items()
    ]


def _sum_of(figures: tuple[Figures, ...]) -> Figures:
    names = [name for name in Figures.__struct_fields__ if name != "count"]
    zero = Dollars.zero()
    return Figures(
        **{name: sum((getattr(each, name) for each in figures), zero) for name in names},
        count=sum(each.count for each in figures),
    )
