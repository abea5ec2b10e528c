"""The HTML door of the coordination room."""

from litestar import Router

from pipir.features.concurrence.pages import answers, listing, policies, requests


def routes() -> Router:
    """Every page of the coordination room."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[*listing.HANDLERS, *policies.HANDLERS, *answers.HANDLERS, *requests.HANDLERS],
    )
