"""The money of a report: the ledger as effective on its day, cut as its tables are and held against the totals."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec
from sqlalchemy import func, select

from pipir.features.ledger import queries as ledger
from pipir.features.ledger.rules import Line
from pipir.features.ledger.tables import FundingDocument, LedgerSum, LedgerTotal
from pipir.features.report.compose import snapshot as frozen
from pipir.features.report.compose.cuts import KEYS, cut, ledger_of
from pipir.features.report.compose.facts import ASSISTANCE
from pipir.features.report.compose.snapshot import Sums
from pipir.features.report.queries import reading
from pipir.kernel.calendar import fiscal_year
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.statute.load import the_statute
from pipir.statute.model import ReportPeriod
from pipir.store.base import holds, visible_to
from pipir.store.doors import ReadSession

# The ledger on the page, the sums of assistance, and what was read of the whole ledger.
Money = tuple[frozen.Ledger, tuple[Sums, ...], frozen.Reading | msgspec.UnsetType]


def _last_year(period: ReportPeriod) -> int:
    """The last fiscal year whose money the report holds."""
    return fiscal_year(period.after_money[1]) if period.after_money else period.money_as_of.year


async def money_of(session: ReadSession, reader: Reader, marks: set[str], period: ReportPeriod) -> Money:
    """The ledger as effective on the day of the money, cut as the report's tables are; assistance apart.

    Refused where a figure of a cut is not what the ledger's own totals have.
    """
    as_of = period.money_as_of
    of_ledger = await reading.totals(session, reader, as_of)
    accounts = await ledger.reconciled(session, reader)
    read = await reading.of(session, reader, period, marks)
    marked = select(FundingDocument.marking).where(visible_to(reader, FundingDocument)).distinct()
    documents = (await session.scalars(marked)).all()
    found = await ledger.for_report(session, reader, first_year=_FIRST_FISCAL_YEAR, last_year=_last_year(period))
    lines = tuple(line for line in found.rows if line.fiscal_year <= as_of.year)
    # Of the year that began after the day of the money only the quarters that the report still covers.
    later = tuple(line for line in found.rows if line.fiscal_year > as_of.year and line.quarter == 1)
    if found.rows:
        marks.update(documents)
    helping = [line for line in lines if line.program_authority == ASSISTANCE and (line.obligated or line.expended)]
    whole = ledger_of(
        lines,
        as_of=as_of,
        exceptions=tuple(
            frozen.LedgerException(
                each.id,
                f"E-{each.id}",
                each.flag or "",
                each.signed,
                each.effective_on,
                _rule(each.flag or ""),
                each.exercise,
            )
            for each in found.exceptions
            if each.effective_on <= period.covers_to
        ),
        system=found.statement.source_system,
        reconciled=said_with_share(found.statement, lines),
    )
    read = msgspec.structs.replace(
        read,
        lines=lines,
        later=later,
        checked=reading.tied(whole, of_ledger),
        accounts=accounts.accounts,
        accounts_signed=accounts.signed,
        confirmed=accounts.confirmed,
    )
    return whole, cut(helping, KEYS["by_country"]), read


def said_with_share(statement: ledger.Statement, rows: Sequence[Line]) -> str:
    """How far the money is reconciled, and what share of the obligations is confirmed line by line."""
    obligated = sum((row.obligated for row in rows), Dollars.zero())
    share = statement.confirmed.share_of(obligated) if statement.confirmed else None
    if share is None:
        return statement.reconciled
    return f"{statement.reconciled}; {min(share, Decimal(1)):.1%} of the obligations are confirmed by document and line"


async def whether_money(session: ReadSession, reader: Reader, marks: set[str], period: ReportPeriod) -> Money:
    """Whether the ledger holds a line up to the day, without its sums."""
    as_of = period.money_as_of
    found = await session.scalar(
        select(
            select(LedgerSum.fiscal_year)
            .where(
                *ledger.seen(reader),
                LedgerSum.fiscal_year.between(_FIRST_FISCAL_YEAR, as_of.year),
            )
            .exists()
        )
    )
    reconciled = (await ledger.statement_of(session, reader)).reconciled
    return frozen.Ledger(as_of, lines=int(bool(found)), reconciled=reconciled), (), msgspec.UNSET


# Before the first that the ledger may hold: an entry of any year up to the report's is read.
_FIRST_FISCAL_YEAR = 1900


def _rule(flag: str) -> str:
    law = the_statute()
    slugs = (
        ("antideficiency", "violation-report") if flag.startswith("potential violation") else ("obligation-evidence",)
    )
    return "; ".join(law.citation(slug) for slug in slugs)


async def ledger_audience(session: ReadSession, reader: Reader) -> int:
    """The mask of who may read every entry that the reader may: as posted, and as what it names is marked now."""
    mask = await session.scalar(
        select(func.bit_and(LedgerTotal.audience)).where(
            LedgerTotal.dimension == "all",
            LedgerTotal.posted_month == date.min,
            LedgerTotal.month == date.min,
            holds(LedgerTotal.audience, reader),
        )
    )
    return -1 if mask is None else int(mask)
