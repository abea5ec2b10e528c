"""The HTML door of duties, and of what lies ahead of the termination."""

from litestar import Router

from pipir.features.duties.pages import dates, outlook

__all__ = ["routes"]


def routes() -> Router:
    """Every page of duties."""
    return Router(path="/", include_in_schema=False, route_handlers=[*dates.HANDLERS, *outlook.HANDLERS])
