"""How far the accounts are reconciled with official accounting, from the months that were signed."""

from datetime import date
from typing import Any, Final

import msgspec
from sqlalchemy import Select, func, select, true
from sqlalchemy.orm import aliased

from pipir.features.ledger.queries.filters import ALL, Chosen
from pipir.features.ledger.tables import FundingDocument, LedgerEntry, ReconciledMonth, may_see
from pipir.kernel.calendar import show_day
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars, dollars
from pipir.store.base import holds, visible_to
from pipir.store.doors import ReadSession

NOT_RECONCILED: Final = "not reconciled with official accounting"
_LATER = aliased(ReconciledMonth)


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


async def reconciled(session: ReadSession, reader: Reader, chosen: Chosen = ALL) -> Reconciled:
    """The latest signature of each account that the filters leave, of what the reader may see."""
    rows = (await session.execute(_latest(reader, chosen))).all()
    signed = [_Signed(*row[1:]) for row in rows if row[1] is not None]
    confirmed = sum((each.matched for each in signed), Dollars.zero())
    posted_after = await _posted_after(session, reader, signed)
    return Reconciled(_sentence(signed, len(rows), posted_after), confirmed, len(rows), len(signed))


async def _posted_after(session: ReadSession, reader: Reader, signed: list[_Signed]) -> int:
    """How many entries were posted into what is signed after its signature, of those that the reader may see."""
    if not signed:
        return 0
    return (
        await session.scalar(
            select(func.count())
            .select_from(LedgerEntry)
            .join(FundingDocument, FundingDocument.id == LedgerEntry.funding_document_id)
            .join(ReconciledMonth, ReconciledMonth.account_id == FundingDocument.account_id)
            .where(
                ReconciledMonth.id.in_([each.id for each in signed]),
                # So that only what was posted since the first of the signatures is looked at.
                LedgerEntry.id > min(each.last_entry_id for each in signed),
                LedgerEntry.id > ReconciledMonth.last_entry_id,
                LedgerEntry.effective_on <= ReconciledMonth.month_on,
                may_see(reader),
            )
        )
        or 0
    )


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
        )
        .where(ReconciledMonth.account_id == of.c.account_id, standing(reader))
        .order_by(ReconciledMonth.month_on.desc(), ReconciledMonth.id.desc())
        .limit(1)
        .lateral("latest")
    )
    return select(of.c.account_id, *latest.c).select_from(of.outerjoin(latest, true()))
