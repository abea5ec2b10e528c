"""How far the accounts are reconciled with official accounting, from the months that were signed."""

from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Date, Select, and_, cast, func, or_, select, true
from sqlalchemy.orm import aliased

from pipir.features.ledger.queries.filters import ALL, Chosen, month_of
from pipir.features.ledger.tables import FundingDocument, LedgerEntry, LedgerTotal, ReconciledMonth, may_see
from pipir.kernel.calendar import show_day
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars, dollars
from pipir.store.base import holds, visible_to
from pipir.store.doors import ReadSession

NOT_RECONCILED: Final = "not reconciled with official accounting"
_LATER = aliased(ReconciledMonth)
_PAST_ANY_MONTH: Final = timedelta(days=32)


class Reconciled(msgspec.Struct, frozen=True):
    """What a total says of its reconciliation, and how much of what is obligated is confirmed line by line."""

    says: str
    confirmed: Dollars = Dollars.zero()
    accounts: int = 0
    signed: int = 0


class _Signed(msgspec.Struct, frozen=True):
    """The latest signed month of one account."""

    id: int
    source: str
    month_on: date
    difference: Dollars
    differences: int
    matched: Dollars
    last_entry_id: int
    signed_at: datetime


async def reconciled(session: ReadSession, reader: Reader, chosen: Chosen = ALL) -> Reconciled:
    """The latest signature of each account that the filters leave, of what the reader may see."""
    rows = (await session.execute(_latest(reader, chosen))).all()
    signed = [_Signed(*row[1:]) for row in rows if row[1] is not None]
    confirmed = sum((each.matched for each in signed), Dollars.zero())
    posted_after = await _posted_after(session, reader, signed)
    return Reconciled(_sentence(signed, len(rows), posted_after), confirmed, len(rows), len(signed))


async def _posted_after(session: ReadSession, reader: Reader, signed: list[_Signed]) -> int:
    """How many entries were posted into what is signed after its signature, of those that the reader may see.

    The sums know by the month of posting what came later; entries are read only of the months of the signatures.
    """
    if not signed:
        return 0
    of = ReconciledMonth.id.in_([each.id for each in signed])
    signed_in = _posting_month(ReconciledMonth.signed_at)
    months = {month_of(each.signed_at) for each in signed}
    of_those_months = or_(
        *(
            and_(LedgerEntry.posted_at >= month, LedgerEntry.posted_at < month_of(month + _PAST_ANY_MONTH))
            for month in months
        )
    )
    # Apart, so that the index of the days of posting is what is read, however much the accounts hold.
    lately = (
        select(LedgerEntry.id, LedgerEntry.funding_document_id, LedgerEntry.effective_on, LedgerEntry.posted_at)
        .where(of_those_months, LedgerEntry.id > min(each.last_entry_id for each in signed), may_see(reader))
        .cte("lately")
        .prefix_with("materialized")
    )
    soon = (
        select(func.count())
        .select_from(lately)
        .join(FundingDocument, FundingDocument.id == lately.c.funding_document_id)
        .join(ReconciledMonth, ReconciledMonth.account_id == FundingDocument.account_id)
        .where(
            of,
            lately.c.id > ReconciledMonth.last_entry_id,
            lately.c.effective_on <= ReconciledMonth.month_on,
            _posting_month(lately.c.posted_at) == signed_in,
        )
    )
    later = (
        select(func.coalesce(func.sum(LedgerTotal.count), 0))
        .join(ReconciledMonth, ReconciledMonth.account_id == LedgerTotal.account_id)
        .where(
            of,
            LedgerTotal.dimension == "all",
            LedgerTotal.posted_month > signed_in,
            LedgerTotal.month > date.min,
            LedgerTotal.month <= ReconciledMonth.month_on,
            holds(LedgerTotal.audience, reader),
        )
    )
    found = (await session.execute(select(soon.scalar_subquery(), later.scalar_subquery()))).one()
    return int(found[0]) + int(found[1])


def _posting_month(moment: Any) -> ColumnElement[date]:
    return cast(func.date_trunc("month", func.timezone("UTC", moment)), Date)


def _sentence(signed: list[_Signed], accounts: int, posted_after: int) -> str:
    """In words: with whom, through which month at the least, by how much they differ, and what came after it."""
    if not signed:
        return NOT_RECONCILED
    sources = " and ".join(sorted({each.source for each in signed}))
    through = show_day(min(each.month_on for each in signed))
    difference = sum((each.difference for each in signed), Dollars.zero())
    lines = sum(each.differences for each in signed)
    found = f"reconciled with {sources} through {through}; " + (
        f"difference {dollars(difference)} in {lines:,} document line{'' if lines == 1 else 's'}"
        if lines
        else "no difference"
    )
    if posted_after:
        entries, were = ("entry", "was") if posted_after == 1 else ("entries", "were")
        found += f", but {posted_after:,} {entries} of the signed months {were} posted after the signature"
    left = accounts - len(signed)
    if left:
        found = f"{len(signed)} of {accounts} accounts {found}; the other {left} {NOT_RECONCILED}"
    return found


def standing(reader: Reader) -> Any:
    """The signatures that the reader may see and no later one supersedes, as far as the reader may see."""
    return (
        visible_to(reader, ReconciledMonth)
        & ~select(_LATER.id).where(_LATER.supersedes_id == ReconciledMonth.id, holds(_LATER.audience, reader)).exists()
    )


def _latest(reader: Reader, chosen: Chosen) -> Select[Any]:
    accounts = select(FundingDocument.account_id).where(visible_to(reader, FundingDocument)).distinct()
    if chosen.account_id is not None:
        accounts = accounts.where(FundingDocument.account_id == chosen.account_id)
    if chosen.funding_document_id is not None:
        accounts = accounts.where(FundingDocument.id == chosen.funding_document_id)
    of = accounts.subquery("accounts")
    latest = (
        select(
            ReconciledMonth.id,
            ReconciledMonth.source_name,
            ReconciledMonth.month_on,
            ReconciledMonth.difference,
            ReconciledMonth.differences,
            ReconciledMonth.obligated_matched,
            ReconciledMonth.last_entry_id,
            ReconciledMonth.signed_at,
        )
        .where(ReconciledMonth.account_id == of.c.account_id, standing(reader))
        .order_by(ReconciledMonth.month_on.desc(), ReconciledMonth.id.desc())
        .limit(1)
        .lateral("latest")
    )
    return select(of.c.account_id, *latest.c).select_from(of.outerjoin(latest, true()))
