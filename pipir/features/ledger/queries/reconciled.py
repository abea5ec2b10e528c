"""How far the accounts are reconciled with official accounting, from the months that were signed."""

from datetime import date
from typing import Any, Final

import msgspec
from sqlalchemy import Select, select, true
from sqlalchemy.orm import aliased

from pipir.features.ledger.queries.filters import ALL, Chosen
from pipir.features.ledger.tables import FundingDocument, ReconciledMonth
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

    source: str
    month_on: date
    difference: Dollars
    differences: int
    matched: Dollars


async def reconciled(session: ReadSession, reader: Reader, chosen: Chosen = ALL) -> Reconciled:
    """The latest signature of each account that the filters leave, of what the reader may see."""
    rows = (await session.execute(_latest(reader, chosen))).all()
    signed = [_Signed(*row[1:]) for row in rows if row[1] is not None]
    confirmed = sum((each.matched for each in signed), Dollars.zero())
    return Reconciled(sentence(signed, len(rows)), confirmed, len(rows), len(signed))


def sentence(signed: list[_Signed], accounts: int) -> str:
    """In words: with whom, through which month at the least, and by how much they differ."""
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
            ReconciledMonth.source_name,
            ReconciledMonth.month_on,
            ReconciledMonth.difference,
            ReconciledMonth.differences,
            ReconciledMonth.obligated_matched,
        )
        .where(ReconciledMonth.account_id == of.c.account_id, standing(reader))
        .order_by(ReconciledMonth.month_on.desc(), ReconciledMonth.id.desc())
        .limit(1)
        .lateral("latest")
    )
    return select(of.c.account_id, *latest.c).select_from(of.outerjoin(latest, true()))
