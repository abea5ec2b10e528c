"""Treasury accounts with their state on a day."""

from datetime import date
from typing import Any

import msgspec
from sqlalchemy import RowMapping, Select, func, or_, select

from pipir.features.ledger import rules
from pipir.features.ledger.queries.choices import Choice
from pipir.features.ledger.queries.lists import listed
from pipir.features.ledger.tables import AccountId, FundingDocument, TreasuryAccount
from pipir.kernel.calendar import show_day
from pipir.kernel.errors import NotFound
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import Sorts, list_page


class AccountView(msgspec.Struct, frozen=True):
    """An account as shown, with its state on a day, today unless another was asked about, and the days of its life."""

    id: int
    version: int
    symbol: str
    title: str
    kind_of_appropriation: str
    source: str
    listed_as_of: date | None
    # What the latest Treasury list says of the symbol.
    in_list: str
    state: str
    state_on: date
    available_from: date | None
    available_until: date | None
    closes_on: date | None
    closed_on: date | None
    closed_because: str | None
    note: str | None
    documents: int
    exercise: bool


_ACCOUNT_SORTS: Sorts = {
    "symbol": ((TreasuryAccount.symbol, str),),
    "title": ((func.lower(TreasuryAccount.title), str),),
}


async def list_accounts(
    session: ReadSession,
    reader: Reader,
    *,
    text_in: str | None = None,
    on: date | None = None,
    sort: str = "symbol",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[AccountView]:
    """Accounts with their state on a day, today unless said, and how many of their documents the reader may see."""
    statement = _accounts(reader)
    if text_in:
        statement = statement.where(
            or_(
                TreasuryAccount.symbol.icontains(text_in, autoescape=True),
                TreasuryAccount.title.icontains(text_in, autoescape=True),
            )
        )
    page = await list_page(
        session,
        statement,
        row_id=TreasuryAccount.id,
        sorts=_ACCOUNT_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _account_view(row, on or session.today),
    )
    return msgspec.structs.replace(page, items=await _looked_up(session, page.items))


async def account(
    session: ReadSession, reader: Reader, account_id: AccountId, *, on: date | None = None
) -> AccountView:
    """One account with its state on a day, today unless said; or NotFound."""
    row = (await session.execute(_accounts(reader).where(TreasuryAccount.id == account_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no account with this number.")
    return (await _looked_up(session, (_account_view(row, on or session.today),)))[0]


async def _looked_up(session: ReadSession, views: tuple[AccountView, ...]) -> tuple[AccountView, ...]:
    """The accounts with what the latest list says of each; where none is loaded, what was noted by hand."""
    found = await listed(session, *(each.symbol for each in views))
    return tuple(
        msgspec.structs.replace(each, in_list=found[each.symbol].says)
        if found[each.symbol].as_of is not None or each.listed_as_of is None
        else msgspec.structs.replace(each, in_list=f"not in the list of {show_day(each.listed_as_of)}")
        for each in views
    )


async def account_choices(session: ReadSession) -> tuple[Choice, ...]:
    """Every account, by symbol, for a form."""
    rows = await session.execute(
        select(TreasuryAccount.id, TreasuryAccount.symbol, TreasuryAccount.title).order_by(TreasuryAccount.symbol)
    )
    return tuple(Choice(str(row.id), f"{row.symbol} {row.title}") for row in rows)


async def closed_choices(session: ReadSession) -> tuple[Choice, ...]:
    """The accounts that are closed today, by symbol, for a form."""
    law = the_statute()
    rows = await session.execute(
        select(TreasuryAccount.id, TreasuryAccount.symbol, TreasuryAccount.title, TreasuryAccount.closed_on).order_by(
            TreasuryAccount.symbol
        )
    )
    return tuple(
        Choice(str(row.id), f"{row.symbol} {row.title}")
        for row in rows
        if rules.state_of(rules.Account(rules.parse_symbol(row.symbol), row.closed_on), session.today, law) == "closed"
    )


def _accounts(reader: Reader) -> Select[Any]:
    documents = (
        select(func.count())
        .select_from(FundingDocument)
        .where(FundingDocument.account_id == TreasuryAccount.id, visible_to(reader, FundingDocument))
        .scalar_subquery()
    )
    return select(
        TreasuryAccount.id,
        TreasuryAccount.version,
        TreasuryAccount.symbol,
        TreasuryAccount.title,
        TreasuryAccount.source,
        TreasuryAccount.listed_as_of,
        TreasuryAccount.closed_on,
        TreasuryAccount.closed_because,
        TreasuryAccount.exercise,
        documents.label("documents"),
    )


def _account_view(row: RowMapping, on: date) -> AccountView:
    law = the_statute()
    known = rules.Account(rules.parse_symbol(row["symbol"]), row["closed_on"])
    days = rules.life(known, law)
    return AccountView(
        **{name: row[name] for name in AccountView.__struct_fields__ if name in row},
        in_list="",
        kind_of_appropriation=rules.kind_of_appropriation(row["title"]),
        state=rules.state_of(known, on, law),
        state_on=on,
        available_from=days.available_from,
        available_until=days.available_until,
        closes_on=days.closes_on,
        note=rules.usual_life(known.symbol, law),
    )
