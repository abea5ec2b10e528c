"""Treasury accounts: opened, corrected, closed by a determination."""

from datetime import date
from typing import Annotated

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from pipir.features.ledger import rules
from pipir.features.ledger.commands.holding import hold_accounts
from pipir.features.ledger.queries.lists import listed
from pipir.features.ledger.tables import AccountId, FundingDocument, LedgerEntry, TreasuryAccount
from pipir.kernel.calendar import show_day
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.text import Line, Reason, SourceText
from pipir.statute.load import the_statute
from pipir.store.doors import WriteSession

_LONGEST_TITLE = 200
Symbol = Annotated[
    str, msgspec.Meta(min_length=1, max_length=60, description="097-2027/2028-0400-000 or 097-X-0360-000.")
]


class OpenAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Treasury account as entered; `listed_as_of` is the date of the Treasury list that does not hold its symbol.

    Left blank, the title is the one that the loaded list gives the symbol, and the source that list.
    """

    symbol: Symbol
    title: Line | None = None
    source: SourceText | None = None
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
    title, source, listed_as_of = await _from_list(session, str(symbol), body)
    account = TreasuryAccount(
        symbol=str(symbol),
        allocation_agency=symbol.allocation_agency,
        agency=symbol.agency,
        begin_year=symbol.begin_year,
        end_year=symbol.end_year,
        availability=symbol.availability,
        main=symbol.main,
        sub=symbol.sub,
        title=title,
        source=source,
        listed_as_of=listed_as_of,
    )
    session.add(account)
    await session.flush()
    return AccountId(account.id)


async def _from_list(session: WriteSession, symbol: str, body: OpenAccount) -> tuple[str, str, date | None]:
    """Title, source, and the date of the list that lacks the symbol: as typed, else as the loaded list has them."""
    found = (await listed(session, symbol))[symbol]
    in_list = found.title is not None and found.as_of is not None
    title = body.title or (found.title or "")[:_LONGEST_TITLE]
    source = body.source or (f"Treasury list of account symbols of {show_day(found.as_of)}" if in_list else "")
    because = "" if found.as_of is None else f" The list of {show_day(found.as_of)} does not hold this symbol."
    mistakes = [
        Mistake(name, f"Expected {what}.{because}")
        for name, what, value in (
            ("title", "the title of the account", title),
            ("source", "where the account stands", source),
        )
        if not value
    ]
    if mistakes:
        raise Invalid("The account needs correcting.", mistakes=tuple(mistakes))
    return title, source, body.listed_as_of if found.as_of is None else None if in_list else found.as_of


@command("account.revise", permission="ledger.post", sunset="goes on")
async def revise_account(session: WriteSession, account_id: AccountId, body: ReviseAccount, *, version: int) -> None:
    """Correct an account's title, source, or the list that was looked at."""
    account = await _account(session, account_id, version)
    account.title, account.source, account.listed_as_of = body.title, body.source, body.listed_as_of
    await session.flush()


@command("account.close", permission="ledger.post", sunset="goes on")
async def close_account(session: WriteSession, account_id: AccountId, body: CloseAccount, *, version: int) -> None:
    """Record the determination that closes a no-year account; posts that are under way end first."""
    # Held before its row is locked, as a posting does it: what is read from then on is all that is charged to it.
    known = await session.scalars(select(TreasuryAccount.id).where(TreasuryAccount.id == account_id))
    await hold_accounts(session, known.all())
    account = await _account(session, account_id, version)
    rules.may_close(
        rules.Account(rules.parse_symbol(account.symbol), account.closed_on),
        body.closed_on,
        session.today,
        the_statute(),
        moved_on=await _moved_on(session, account_id),
        last_on=await _last_on(session, account_id, body.closed_on),
    )
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


async def _last_on(session: WriteSession, account_id: AccountId, closed_on: date) -> date | None:
    """The day of the account's last entry after a day, without what was entered and reversed after it."""
    reversal, target = aliased(LedgerEntry), aliased(LedgerEntry)
    return await session.scalar(
        select(func.max(LedgerEntry.effective_on))
        .join(FundingDocument, FundingDocument.id == LedgerEntry.funding_document_id)
        .where(
            FundingDocument.account_id == account_id,
            LedgerEntry.effective_on > closed_on,
            ~select(reversal.id).where(reversal.reverses_entry_id == LedgerEntry.id).exists(),
            # A reversal stands where what it takes back stands before the closing.
            ~select(target.id)
            .where(target.id == LedgerEntry.reverses_entry_id, target.effective_on > closed_on)
            .exists(),
        )
    )


async def _account(session: WriteSession, account_id: AccountId, version: int) -> TreasuryAccount:
    account = await session.get(TreasuryAccount, account_id, with_for_update=True)
    if account is None:
        raise NotFound("There is no account with this number.")
    session.check_version(account, version, title=f"The account {account.symbol}")
    return account
