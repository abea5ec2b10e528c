"""Totals by group and by quarter."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import msgspec
from sqlalchemy import RowMapping, func, literal_column, select, type_coerce

from pipir.features.groups.tables import WorkingGroup
from pipir.features.ledger import rules
from pipir.features.ledger.queries.figures import Figures, Statement, figures_of, statement_of
from pipir.features.ledger.queries.filters import ALL, GROUPS, Chosen, Group
from pipir.features.ledger.queries.lines import MEASURES, lines
from pipir.features.ledger.tables import FundingDocument, LedgerTotal, TreasuryAccount
from pipir.features.participants.tables import Participant
from pipir.features.projects.tables import Project
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.statute.load import the_statute
from pipir.statute.lookup import objectives
from pipir.store.base import Money, holds
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
    additive: bool = True


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
    """The stages of money by one group: spans of time in their order, the others by what was obligated.

    `additive` is False by objective: an amount counts in full under each objective that its project served on the
    entry's day. The total counts it once.
    """
    if by not in GROUPS:
        raise Invalid(
            "The totals know no such group.",
            mistakes=(Mistake("by", "Expected one of: " + ", ".join(GROUPS) + ".", by[:60]),),
        )
    found = lines(reader, chosen, by)
    amounts = select(found.c.key, *_summed(found)).group_by(found.c.key).subquery("amounts")
    statement = select(amounts)
    table = _LABELS.get(by)
    if table is not None:
        key, label, sub = table
        statement = statement.add_columns(label.label("label"), sub.label("sub")).outerjoin(
            key.class_, key == amounts.c.key
        )
        if by == "country":
            statement = statement.add_columns(Participant.code.label("code"))
    rows = [row for row in (await session.execute(statement)).mappings() if row["count"]]
    shown = [TotalRow(*_named(by, row), figures_of(row), bool(row["exercise"])) for row in rows]
    if by == "kind_of_appropriation":
        shown = _merged(shown)
    if by in _TIMES:
        shown.sort(key=lambda row: row.key)
    elif by == "objective":
        shown.sort(key=lambda row: (row.key == "", row.key))
    else:
        shown.sort(key=lambda row: (-row.figures.obligated.amount, -row.figures.contributed.amount, row.label))
    additive = by != "objective"
    once = _sum_of(tuple(row.figures for row in shown)) if additive else await total(session, reader, chosen)
    return Totals(by, tuple(shown), once, await statement_of(session, reader, chosen), additive)


async def total(session: ReadSession, reader: Reader, chosen: Chosen = ALL) -> Figures:
    """The figures of everything that the filters let through."""
    row = (await session.execute(select(*_summed(lines(reader, chosen, None))))).mappings().one()
    return figures_of(row)


async def by_quarter(session: ReadSession, reader: Reader, chosen: Chosen = ALL) -> tuple[QuarterTotal, ...]:
    """Obligations and expenditures of each fiscal quarter that has any, in order."""
    found = await totals(session, reader, "quarter", chosen)
    return tuple(
        QuarterTotal(
            int(row.key[:4]),
            int(row.key[-1]),
            row.figures.obligated_1253,
            row.figures.obligated_other,
            row.figures.obligated,
            row.figures.expended,
            row.exercise,
        )
        for row in found.rows
    )


def _summed(found: Any) -> list[Any]:
    # Whole cents add up fast; a hundredth of their sum is exact.
    return [
        *(
            type_coerce(func.coalesce(func.sum(found.c[name]), 0) * literal_column("0.01"), Money()).label(name)
            for name in MEASURES
        ),
        func.coalesce(func.sum(found.c.count), 0).label("count"),
        func.bool_or(found.c.exercise).label("exercise"),
    ]


async def fiscal_years(session: ReadSession, reader: Reader) -> tuple[int, ...]:
    """The fiscal years in which the reader sees an entry, latest first."""
    rows = await session.scalars(
        select(LedgerTotal.fiscal_year)
        .where(
            LedgerTotal.dimension == "all",
            LedgerTotal.posted_month == date.min,
            LedgerTotal.month == date.min,
            LedgerTotal.count > 0,
            holds(LedgerTotal.audience, reader),
        )
        .distinct()
        .order_by(LedgerTotal.fiscal_year.desc())
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
    "month": "",
    "workstream": "No workstream named",
    "objective": "No objective: no project named",
}


# What names a key: the column that it is, its label and a second line.
_LABELS: Final[Mapping[str, tuple[Any, Any, Any]]] = {
    "account": (TreasuryAccount.id, TreasuryAccount.symbol, TreasuryAccount.title),
    "kind_of_appropriation": (TreasuryAccount.id, TreasuryAccount.title, TreasuryAccount.symbol),
    "funding_document": (FundingDocument.id, FundingDocument.number, FundingDocument.title),
    "country": (Participant.id, Participant.name, Participant.code),
    "project": (Project.id, Project.name, Project.code),
    "workstream": (WorkingGroup.id, WorkingGroup.name, WorkingGroup.name),
}
_TIMES: Final = ("fiscal_year", "quarter", "month")


def _named(by: str, row: RowMapping) -> tuple[str, str, str]:
    """A group's key, label and second line."""
    key = row["key"]
    if key is None:
        return "", _NONE[by], ""
    law = the_statute()
    match by:
        case "fiscal_year":
            return str(key), f"FY{key}", ""
        case "quarter":
            year, quarter = divmod(key, 10)
            # Four digits whatever the year: keys are taken apart and sorted by their places.
            return f"{year:04d}Q{quarter}", f"FY{year} Q{quarter}", ""
        case "month":
            return key.isoformat()[:7], f"{key:%B %Y}", ""
        case "authority":
            if key in law.provisions:
                return key, law.citation(key), law.provision(key).title
            return key, key, ""
        case "objective":
            objective = objectives(law)[key - 1]
            return objective.slug, objective.title, law.citation(objective.slug)
        case "country":
            return row["code"], row["label"], ""
        case "kind_of_appropriation":
            return row["label"], row["label"], ""
    return str(key), row["label"] or str(key), row["sub"] if row["sub"] not in (None, row["label"]) else ""


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
