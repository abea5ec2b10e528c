"""The HTML door of the ledger: totals with their charts, entries, funding documents, accounts, exceptions."""

from litestar import Router

from pipir.features.ledger.pages import accounts, entries, funding, overview, totals

__all__ = ["routes"]


def routes() -> Router:
    """Every page of the ledger."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[*accounts.HANDLERS, *entries.HANDLERS, *funding.HANDLERS, *overview.HANDLERS, *totals.HANDLERS],
    )
