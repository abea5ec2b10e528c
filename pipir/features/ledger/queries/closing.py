"""What a closed account still holds: the balances that the law cancels."""

from datetime import date
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, case, func, literal_column, select, type_coerce

from pipir.features.ledger import rules
from pipir.features.ledger.queries import stages
from pipir.features.ledger.queries.figures import net, seen
from pipir.features.ledger.tables import (
    AccountId,
    FundingDocument,
    LedgerEntry,
    LedgerSum,
    TreasuryAccount,
    may_see,
)
from pipir.kernel.errors import NotFound
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.statute.load import the_statute
from pipir.store.base import Money, visible_to
from pipir.store.doors import ReadSession


class CancelledBalance(msgspec.Struct, frozen=True):
    """A balance that closing cancels: what an obligation never paid, or (it names none) what was never obligated."""

    funding_document_id: int
    funding_number: str
    obligation_id: int | None
    document_number: str | None
    amount: Dollars


class ClosingView(msgspec.Struct, frozen=True):
    """An account's closing: its day, whether that has passed, the law, and what is left to cancel.

    Of obligations and documents that the reader may see.
    """

    account_id: int
    version: int
    symbol: str
    title: str
    closes_on: date | None
    closed: bool
    citation: str
    balances: tuple[CancelledBalance, ...]
    total: Dollars
    exercise: bool


async def closing(session: ReadSession, reader: Reader, account_id: AccountId) -> ClosingView:
    """What closing an account cancels, or NotFound."""
    account = (
        await session.execute(
            select(
                TreasuryAccount.version,
                TreasuryAccount.symbol,
                TreasuryAccount.title,
                TreasuryAccount.closed_on,
                TreasuryAccount.exercise,
            ).where(TreasuryAccount.id == account_id)
        )
    ).one_or_none()
    if account is None:
        raise NotFound("There is no account with this number.")
    law = the_statute()
    days = rules.life(rules.Account(rules.parse_symbol(account.symbol), account.closed_on), law)
    closed = days.closes_on is not None and session.today > days.closes_on
    balances = await _balances(session, reader, account_id) if closed else ()
    return ClosingView(
        account_id=account_id,
        version=account.version,
        symbol=account.symbol,
        title=account.title,
        closes_on=days.closes_on,
        closed=closed,
        citation=law.citation("no-year-closing" if days.available_from is None else "account-closing"),
        balances=balances,
        total=sum((each.amount for each in balances), Dollars.zero()),
        exercise=account.exercise,
    )


async def _balances(session: ReadSession, reader: Reader, account_id: AccountId) -> tuple[CancelledBalance, ...]:
    documents = (
        await session.execute(
            select(FundingDocument.id, FundingDocument.number)
            .where(FundingDocument.account_id == account_id, visible_to(reader, FundingDocument))
            .order_by(FundingDocument.number)
        )
    ).all()
    found: list[CancelledBalance] = []
    for document in documents:
        rows = await session.execute(_unliquidated(document.id, reader))
        found += [CancelledBalance(document.id, document.number, *row) for row in rows]
        rest = await session.scalar(_unobligated(document.id, reader))
        if rest is not None and rest > Dollars.zero():
            found.append(CancelledBalance(document.id, document.number, None, None, rest))
    return tuple(found)


def _unliquidated(document_id: int, reader: Reader) -> Any:
    """The obligations of a document that were not paid whole: number, document number, rest."""
    root: ColumnElement[int] = case(
        (stages.KIND == "obligation", func.coalesce(LedgerEntry.reverses_entry_id, LedgerEntry.id)),
        else_=LedgerEntry.adjusts_entry_id,
    )
    rest = func.sum(stages.signed("unliquidated"))
    kinds = ("obligation", *(kind for kind, named in rules.MAY_NAME.items() if named == "obligation"))
    left = (
        select(root.label("id"), rest.label("rest"))
        .where(LedgerEntry.funding_document_id == document_id, stages.KIND.in_(kinds), may_see(reader))
        .group_by(root)
        .having(rest > literal_column("0"))
        .subquery()
    )
    return (
        select(LedgerEntry.id, LedgerEntry.document_number, type_coerce(left.c.rest, Money()))
        .join(left, left.c.id == LedgerEntry.id)
        .where(may_see(reader))
        .order_by(LedgerEntry.id)
    )


def _unobligated(document_id: int, reader: Reader) -> Any:
    rest = net("authority") + net("ordered") - net("obligated")
    return select(type_coerce(rest, Money())).where(LedgerSum.funding_document_id == document_id, *seen(reader))
