"""The HTML door of home: the dashboard, the inbox, the coverage map, and how to read this record."""

from litestar import Router

from pipir.features.home.pages import board, coverage, inbox


def routes() -> Router:
    """Every page of home."""
    return Router(
        path="/", include_in_schema=False, route_handlers=[*board.HANDLERS, *coverage.HANDLERS, *inbox.HANDLERS]
    )
