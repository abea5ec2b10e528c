"""The HTML door of reconciliation: sources, extracts, differences, signed months, reviews, cases, exceptions."""

from litestar import Router

from pipir.features.reconciliation.pages import cases, differences, reviews, sources

__all__ = ["routes"]


def routes() -> Router:
    """Every page of reconciliation."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[*sources.HANDLERS, *differences.HANDLERS, *reviews.HANDLERS, *cases.HANDLERS],
    )
