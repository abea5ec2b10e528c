"""The HTML door of briefings, congressional contacts and promises."""

from litestar import Router

from pipir.features.congress.pages import briefings, contacts, overview, promises

__all__ = ["routes"]


def routes() -> Router:
    """Every page of Congress."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[*overview.HANDLERS, *briefings.HANDLERS, *contacts.HANDLERS, *promises.HANDLERS],
    )
