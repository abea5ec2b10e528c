"""The HTML door of agreements: the list, one agreement with its clocks, and a form for each act."""

from litestar import Router

from pipir.features.agreements.pages import acts, detail, listing

__all__ = ["routes"]


def routes() -> Router:
    """Every page of agreements."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[*listing.HANDLERS, *detail.HANDLERS, *acts.HANDLERS],
    )
