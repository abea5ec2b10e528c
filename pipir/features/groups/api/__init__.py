"""The JSON door of groups, meetings and action items."""

from litestar import Router

from pipir.features.groups.api import actions, groups, meetings

__all__ = ["routes"]


def routes() -> Router:
    """Every JSON route of groups."""
    return Router(
        path="/api/v1",
        tags=["groups"],
        route_handlers=[*groups.HANDLERS, *meetings.HANDLERS, *actions.HANDLERS],
    )
