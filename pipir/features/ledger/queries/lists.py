"""The Treasury's list of account symbols: which one counts, and what it says of a symbol."""

from datetime import date

import msgspec
from sqlalchemy import func, or_, select

from pipir.features.ledger.tables import TreasuryList, TreasurySymbol
from pipir.kernel.calendar import show_day
from pipir.kernel.errors import NotFound
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.doors import ReadSession
from pipir.store.listing import Sorts, list_page


class ListView(msgspec.Struct, frozen=True):
    """A list as loaded: its date, its file, how many rows it has and how many are of the Department."""

    id: int
    version: int
    as_of: date
    filename: str
    sha256: str
    rows: int
    entered: int
    agencies: list[str]
    exercise: bool


class SymbolView(msgspec.Struct, frozen=True):
    """An account of a list."""

    id: int
    symbol: str
    title: str
    agency: str
    established_on: date | None
    ended_on: date | None
    exercise: bool


class Listed(msgspec.Struct, frozen=True):
    """What the latest list says of a symbol: the list's date (None: none is loaded), its title if it is in it."""

    as_of: date | None
    title: str | None = None

    @property
    def says(self) -> str:
        """In words, as an account's page shows it."""
        if self.as_of is None:
            return "no list is loaded here"
        return f"{'in' if self.title is not None else 'not in'} the list of {show_day(self.as_of)}"


async def lists(session: ReadSession) -> tuple[ListView, ...]:
    """Every list that was loaded, the one that counts first."""
    rows = await session.execute(
        select(*(getattr(TreasuryList, name) for name in ListView.__struct_fields__)).order_by(
            TreasuryList.as_of.desc()
        )
    )
    return tuple(ListView(*row) for row in rows)


async def one_list(session: ReadSession, list_id: int) -> ListView:
    """One list, or NotFound."""
    found = next((each for each in await lists(session) if each.id == list_id), None)
    if found is None:
        raise NotFound("There is no list of accounts with this number.")
    return found


async def listed(session: ReadSession, *symbols: str) -> dict[str, Listed]:
    """What the latest list says of each symbol."""
    latest = (
        await session.execute(select(TreasuryList.id, TreasuryList.as_of).order_by(TreasuryList.as_of.desc()).limit(1))
    ).one_or_none()
    if latest is None:
        return {symbol: Listed(None) for symbol in symbols}
    rows = await session.execute(
        select(TreasurySymbol.symbol, TreasurySymbol.title).where(
            TreasurySymbol.list_id == latest.id, TreasurySymbol.symbol.in_(symbols)
        )
    )
    titles = {row.symbol: row.title for row in rows}
    return {symbol: Listed(latest.as_of, titles.get(symbol)) for symbol in symbols}


_SORTS: Sorts = {
    "symbol": ((TreasurySymbol.symbol, str),),
    "title": ((func.lower(TreasurySymbol.title), str),),
}


async def list_symbols(
    session: ReadSession,
    *,
    text_in: str | None = None,
    sort: str = "symbol",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[SymbolView]:
    """The accounts of the latest list."""
    latest = select(TreasuryList.id).order_by(TreasuryList.as_of.desc()).limit(1).scalar_subquery()
    statement = select(*(getattr(TreasurySymbol, name) for name in SymbolView.__struct_fields__)).where(
        TreasurySymbol.list_id == latest
    )
    if text_in:
        statement = statement.where(
            or_(
                TreasurySymbol.symbol.icontains(text_in, autoescape=True),
                TreasurySymbol.title.icontains(text_in, autoescape=True),
            )
        )
    return await list_page(
        session,
        statement,
        row_id=TreasurySymbol.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: SymbolView(**{name: row[name] for name in SymbolView.__struct_fields__}),
    )
