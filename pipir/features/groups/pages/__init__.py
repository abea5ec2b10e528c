"""The HTML door of groups, meetings and action items."""

from litestar import Router

from pipir.features.groups.pages import actions, acts, decisions, groups, meetings

__all__ = ["routes"]


def routes() -> Router:
    """Every page of groups."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[*actions.HANDLERS, *acts.HANDLERS, *decisions.HANDLERS, *groups.HANDLERS, *meetings.HANDLERS],
    )
