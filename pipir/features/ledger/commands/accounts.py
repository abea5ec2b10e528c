"""Treasury accounts: opened, corrected, closed by a determination."""

from datetime import date
from typing import Annotated

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import aliased

from pipir.features.ledger import rules
from pipir.features.ledger.tables import AccountId, FundingDocument, LedgerEntry, TreasuryAccount
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.text import Line, Reason, SourceText
from pipir.statute.load import the_statute
from pipir.store.doors import WriteSession

Symbol = Annotated[
    str, msgspec.Meta(min_length=1, max_length=60, description="097-2027/2028-0400-000 or 097-X-0360-000.")
]


class OpenAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Treasury account as entered; `listed_as_of` is the date of the Treasury list that does not hold its symbol."""

    symbol: Symbol
    title: Line
    source: SourceText
    listed_as_of: date | None = None


class ReviseAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be corrected of an account; its symbol stays."""

    title: Line
    source: SourceText
    listed_as_of: date | None = None


class CloseAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The determination that closes a no-year account: its day and why; other accounts close by law."""

    closed_on: date
    because: Reason


@command("account.open", permission="ledger.post", sunset="goes on")
async def open_account(session: WriteSession, body: OpenAccount) -> AccountId:
    """Enter a Treasury account."""
    try:
        symbol = rules.parse_symbol(body.symbol)
    except rules.NotASymbol as wrong:
        raise Invalid(wrong.detail, mistakes=(Mistake("symbol", wrong.detail, body.symbol[:60]),)) from None
    account = TreasuryAccount(
        symbol=str(symbol),
        allocation_agency=symbol.allocation_agency,
        agency=symbol.agency,
        begin_year=symbol.begin_year,
        end_year=symbol.end_year,
        availability=symbol.availability,
        main=symbol.main,
        sub=symbol.sub,
        title=body.title,
        source=body.source,
        listed_as_of=body.listed_as_of,
    )
    session.add(account)
    await session.flush()
    return AccountId(account.id)


@command("account.revise", permission="ledger.post", sunset="goes on")
async def revise_account(session: WriteSession, account_id: AccountId, body: ReviseAccount, *, version: int) -> None:
    """Correct an account's title, source, or the list that was looked at."""
    account = await _account(session, account_id, version)
    account.title, account.source, account.listed_as_of = body.title, body.source, body.listed_as_of
    await session.flush()


@command("account.close", permission="ledger.post", sunset="goes on")
async def close_account(session: WriteSession, account_id: AccountId, body: CloseAccount, *, version: int) -> None:
    """Record the determination that closes a no-year account."""
    account = await _account(session, account_id, version)
    moved_on = await _moved_on(session, account_id)
    rules.may_close(rules.parse_symbol(account.symbol), body.closed_on, session.today, the_statute(), moved_on=moved_on)
    account.closed_on, account.closed_because = body.closed_on, body.because
    await session.flush()


async def _moved_on(session: WriteSession, account_id: AccountId) -> date | None:
    """The day of the account's last disbursement; where none is recorded, of its first authority."""
    reversal = aliased(LedgerEntry)
    standing = (
        select(LedgerEntry.effective_on)
        .join(FundingDocument, FundingDocument.id == LedgerEntry.funding_document_id)
        .where(
            FundingDocument.account_id == account_id,
            ~select(reversal.id).where(reversal.reverses_entry_id == LedgerEntry.id).exists(),
        )
        .limit(1)
    )
    paid = standing.where(LedgerEntry.kind == "expenditure").order_by(LedgerEntry.effective_on.desc())
    received = standing.where(LedgerEntry.kind.in_(rules.GIVES)).order_by(LedgerEntry.effective_on)
    return await session.scalar(paid) or await session.scalar(received)


async def _account(session: WriteSession, account_id: AccountId, version: int) -> TreasuryAccount:
    account = await session.get(TreasuryAccount, account_id, with_for_update=True)
    if account is None:
        raise NotFound("There is no account with this number.")
    session.check_version(account, version, title=f"The account {account.symbol}")
    return account
