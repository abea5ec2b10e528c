"""Equitable shares of agreements against the ledger: table and file."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from pipir.features.execution import queries
from pipir.features.ledger import queries as ledger
from pipir.features.ledger.pages.forms import number_of
from pipir.kernel.access import Caller
from pipir.kernel.errors import Invalid, Mistake
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.exports import Export, export_file, fields, file_paths
from pipir.web.pages import Frame

_COLUMNS: Final = fields(
    "agreement_code", "agreement_name", "party", "kind", "agreed_shown", "agreed", "stated_shown", "stated", "ledger",
    "ledger_says", "expended", "difference", "exercise",
)  # fmt: skip


@dataclass(frozen=True)
class _SharesPage:
    found: queries.Shares
    agreement: int | None
    agreements: tuple[tuple[str, tuple[queries.ShareRow, ...]], ...]
    countries: tuple[tuple[str, str], ...]
    country: str
    export: Export
    law: tuple[tuple[str, str, str], ...]


@get("/ledger/shares", opt=allow("ledger.read"))
async def shares(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    country: FromQuery[str] = "",
) -> Response[bytes]:
    """What each party of an agreement was to bear, and what came."""
    agreement = _agreement(request)
    async with db.read() as session:
        found = await queries.shares(session, caller.reader, agreement_id=agreement, country=country or None)
        countries = tuple((code, name) for _, code, name in await ledger.country_choices(session, caller.reader))
        groups: dict[str, list[queries.ShareRow]] = {}
        for each in found.rows:
            groups.setdefault(f"{each.agreement_code} {each.agreement_name}", []).append(each)
        kept = tuple((name, str(value)) for name, value in (("agreement", agreement), ("country", country)) if value)
        page = _SharesPage(
            found,
            agreement,
            tuple((name, tuple(rows)) for name, rows in groups.items()),
            countries,
            country,
            Export("/ledger/shares/export", _COLUMNS.titles, kept),
            ledger.law_lines("10-usc-2350a", "miscellaneous-receipts"),
        )
        return frame.show("execution/shares.html", page, now=session.now)


@get(file_paths("/ledger/shares/export"), opt=allow("ledger.read"))
async def export_shares(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    country: FromQuery[str] = "",
) -> Response[bytes]:
    """The shares of the page as a file."""
    agreement = _agreement(request)
    async with db.read() as session:
        found = await queries.shares(session, caller.reader, agreement_id=agreement, country=country or None)
    return await export_file(request, "equitable-shares", _COLUMNS, (*found.rows, *found.apart))


def _agreement(request: Request[Any, Any, Any]) -> int | None:
    mistakes: list[Mistake] = []
    found = number_of(request, "agreement", mistakes)
    if mistakes:
        raise Invalid("The filter needs correcting.", mistakes=tuple(mistakes))
    return found


HANDLERS: Final = (shares, export_shares)
