"""Funding documents with their figures."""

from datetime import date
from typing import Any

import msgspec
from sqlalchemy import RowMapping, Select, and_, func, or_, select, true

from pipir.features.ledger import rules
from pipir.features.ledger.queries.choices import Choice
from pipir.features.ledger.queries.figures import net, seen
from pipir.features.ledger.tables import FundingDocument, LedgerSum, TreasuryAccount
from pipir.features.participants.tables import Participant
from pipir.kernel.calendar import fiscal_year, fiscal_year_bounds
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import FundingDocumentId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AT_ONCE, Sorts, every_row, list_page


class FundingView(msgspec.Struct, frozen=True):
    """A funding document with its figures as they stand; `committed` is what obligations have not drawn yet."""

    id: int
    version: int
    number: str
    account_id: int
    symbol: str
    account_title: str
    state: str
    title: str
    level_of_control: str
    source_of_authority: str
    source_citation: str | None
    through_on: date | None
    cr_amount: Dollars | None
    order_law: str | None
    order_accepted_on: date | None
    order_method: str | None
    participant_id: int | None
    participant: str | None
    excepted_basis: str | None
    purpose: str
    period_from: date | None
    period_until: date | None
    received_on: date
    until: date | None
    ended_because: str | None
    marking: str
    exercise: bool
    authority: Dollars
    committed: Dollars
    obligated: Dollars
    expended: Dollars
    unliquidated: Dollars
    available: Dollars


_FUNDING_SORTS: Sorts = {
    "number": ((func.lower(FundingDocument.number), str),),
    "received": ((FundingDocument.received_on, date),),
    "symbol": ((TreasuryAccount.symbol, str), (func.lower(FundingDocument.number), str)),
}


async def list_funding(
    session: ReadSession,
    reader: Reader,
    *,
    account_id: int | None = None,
    level: str | None = None,
    source: str | None = None,
    state: str | None = None,
    expiring: bool = False,
    ended: bool = False,
    sort: str = "number",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[FundingView]:
    """Funding documents that the reader may see, each with its figures; ended ones only where asked for.

    `state` is that of their account today; `expiring` leaves those whose account expires with this fiscal year.
    """
    if state is not None and state not in rules.ACCOUNT_STATES:
        expected = "Expected one of: " + ", ".join(rules.ACCOUNT_STATES) + "."
        raise Invalid("An account has no such state.", mistakes=(Mistake("state", expected, state[:60]),))
    statement = _fundings(reader)
    if account_id is not None:
        statement = statement.where(FundingDocument.account_id == account_id)
    if level is not None:
        statement = statement.where(FundingDocument.level_of_control == level)
    if source is not None:
        statement = statement.where(FundingDocument.source_of_authority == source)
    if state is not None or expiring:
        statement = statement.where(FundingDocument.account_id.in_(await _accounts(session, state, expiring)))
    if not ended:
        statement = statement.where(or_(FundingDocument.until.is_(None), FundingDocument.until >= session.today))
    return await list_page(
        session,
        statement,
        row_id=FundingDocument.id,
        sorts=_FUNDING_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _funding_view(row, session.today),
    )


async def funding(session: ReadSession, reader: Reader, document_id: FundingDocumentId) -> FundingView:
    """One funding document, or NotFound."""
    row = (await session.execute(_fundings(reader).where(FundingDocument.id == document_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no funding document with this number.")
    return _funding_view(row, session.today)


async def funding_choices(session: ReadSession, reader: Reader) -> tuple[Choice, ...]:
    """Every funding document that the reader may see, for a form."""
    rows = await session.execute(
        select(FundingDocument.id, FundingDocument.number, FundingDocument.title)
        .where(visible_to(reader, FundingDocument))
        .order_by(func.lower(FundingDocument.number))
    )
    return tuple(Choice(str(row.id), f"{row.number}: {row.title}") for row in rows)


async def every_funding(session: ReadSession, reader: Reader, **filters: Any) -> tuple[FundingView, ...]:
    """Every funding document of a list, for a file; the filters are those of list_funding."""
    return await every_row(lambda cursor: list_funding(session, reader, **filters, cursor=cursor, limit=AT_ONCE))


async def _accounts(session: ReadSession, state: str | None, expiring: bool) -> list[int]:
    """The accounts in a state today, and of these those that expire with this fiscal year where asked for."""
    law, today = the_statute(), session.today
    _, last = fiscal_year_bounds(fiscal_year(today))
    rows = await session.execute(select(TreasuryAccount.id, TreasuryAccount.symbol, TreasuryAccount.closed_on))
    found = []
    for row in rows:
        known = rules.Account(rules.parse_symbol(row.symbol), row.closed_on)
        now = rules.state_of(known, today, law)
        ends = now == "available" and rules.life(known, law).available_until == last
        if (state is None or now == state) and (ends or not expiring):
            found.append(row.id)
    return found


def _fundings(reader: Reader) -> Select[Any]:
    # The figures of a document are those of all its entries that the reader may see, from the sums.
    figures = (
        select(
            # A document has one or the other: what was received, or a customer's order or a partner's advance.
            (net("authority") + net("ordered")).label("authority"),
            net("committed").label("committed"),
            net("obligated").label("obligated"),
            net("expended").label("expended"),
        )
        .where(LedgerSum.funding_document_id == FundingDocument.id, *seen(reader))
        .lateral("figures")
    )
    names = [name for name in FundingView.__struct_fields__ if hasattr(FundingDocument, name)]
    return (
        select(
            *(getattr(FundingDocument, name) for name in names),
            TreasuryAccount.symbol,
            TreasuryAccount.title.label("account_title"),
            TreasuryAccount.closed_on,
            Participant.name.label("participant"),
            figures.c.authority,
            figures.c.committed,
            figures.c.obligated,
            figures.c.expended,
        )
        .join(TreasuryAccount, TreasuryAccount.id == FundingDocument.account_id)
        .join(figures, true())
        .outerjoin(Participant, and_(Participant.id == FundingDocument.participant_id, visible_to(reader, Participant)))
        .where(visible_to(reader, FundingDocument))
    )


def _funding_view(row: RowMapping, today: date) -> FundingView:
    known = rules.Account(rules.parse_symbol(row["symbol"]), row["closed_on"])
    return FundingView(
        **{name: row[name] for name in FundingView.__struct_fields__ if name in row},
        state=rules.state_of(known, today, the_statute()),
        unliquidated=row["obligated"] - row["expended"],
        available=row["authority"] - row["obligated"] - row["committed"],
    )
