"""Holds what a current account pays of closed ones within the share of it that the law allows."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Final

from sqlalchemy import case, func, select

from pipir.features.ledger import rules
from pipir.features.ledger.commands.batch import Batch
from pipir.features.ledger.rules import Effect, Findings
from pipir.features.ledger.tables import FundingDocument, LedgerDay, LedgerEntry, TreasuryAccount
from pipir.store.doors import WriteSession

# Day, what was appropriated and what was charged of closed accounts, in cents.
ShareDays = list[tuple[date, int, int]]
CHARGES: Final = ("obligation", "upward adjustment", "deobligation")


async def hold_closed_share(
    batch: Batch, effects: Sequence[Effect], checked: Collection[int], settle: Callable[[Batch, int, Findings], None]
) -> None:
    """Refuse what would bring the charges to closed accounts above their share of the account that pays."""
    harmful: defaultdict[str, list[int]] = defaultdict(list)
    for place in checked:
        known, each = batch.made[place], effects[place]
        charges = each.obligated > 0 and known.closed_account_id is not None
        if charges or (each.authority < 0 and known.kind != "closing"):
            harmful[_symbol(batch, known.funding_document_id)].append(place)
    if not harmful:
        return
    stored = await share_days(batch.session, harmful)
    for known, each in zip(batch.made, effects, strict=True):
        symbol = _symbol(batch, known.funding_document_id)
        if symbol in harmful:
            funding = batch.fundings[known.funding_document_id or 0]
            stored[symbol].append(
                (
                    known.effective_on,
                    0 if funding.source in rules.NO_APPROPRIATION else each.authority,
                    0 if known.closed_account_id is None else each.obligated,
                )
            )
    for symbol, places in harmful.items():
        if not any(charged for _, _, charged in stored[symbol]):
            continue
        charging = [place for place in places if effects[place].obligated > 0]
        kept = charging or places
        kinds = {batch.made[place].base_kind for place in kept}
        found = rules.within_closed_share(
            symbol,
            stored[symbol],
            since=min(batch.made[place].effective_on for place in places),
            asked=sum(rules.cents(batch.made[place].amount) for place in kept),
            what=f"the {kinds.pop()}" if len(kept) == 1 else f"the batch's {len(kept)} entries, together",
            statute=batch.law,
            charges=bool(charging),
        )
        settle(batch, kept[-1], found)


async def share_days(session: WriteSession, symbols: Collection[str]) -> defaultdict[str, ShareDays]:
    """What is stored of these accounts by day: appropriations (no order or advance is one) and charges to closed ones.

    The accounts are locked until the transaction ends: two charges to different documents of one see each other.
    """
    found: defaultdict[str, ShareDays] = defaultdict(list)
    locked = await session.execute(
        select(TreasuryAccount.id, TreasuryAccount.symbol)
        .where(TreasuryAccount.symbol.in_(sorted(symbols)))
        .order_by(TreasuryAccount.id)
        .with_for_update(key_share=True)
    )
    accounts = {row.id: row.symbol for row in locked}
    base = func.coalesce(LedgerEntry.reversed_kind, LedgerEntry.kind)
    sign = case((base == "deobligation", -1), else_=1) * case((LedgerEntry.kind == rules.REVERSAL, -1), else_=1)
    charged = await session.execute(
        select(FundingDocument.account_id, LedgerEntry.effective_on, func.sum(LedgerEntry.amount * sign))
        .join(FundingDocument, FundingDocument.id == LedgerEntry.funding_document_id)
        .where(LedgerEntry.closed_account_id.is_not(None), base.in_(CHARGES), FundingDocument.account_id.in_(accounts))
        .group_by(FundingDocument.account_id, LedgerEntry.effective_on)
    )
    for account, on, amount in charged:
        found[accounts[account]].append((on, 0, rules.cents(amount)))
    appropriated = await session.execute(
        select(FundingDocument.account_id, LedgerDay.effective_on, func.sum(LedgerDay.authority))
        .join(FundingDocument, FundingDocument.id == LedgerDay.funding_document_id)
        .where(
            FundingDocument.account_id.in_(accounts), FundingDocument.source_of_authority.not_in(rules.NO_APPROPRIATION)
        )
        .group_by(FundingDocument.account_id, LedgerDay.effective_on)
    )
    for account, on, amount in appropriated:
        found[accounts[account]].append((on, rules.cents(amount), 0))
    return found


def _symbol(batch: Batch, document: int | None) -> str:
    funding = batch.fundings.get(document or 0)
    return str(funding.account.symbol) if funding is not None else ""
