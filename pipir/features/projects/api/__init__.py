"""The JSON door of projects: the project with all that hangs on it, and related efforts."""

from litestar import Router

from pipir.features.projects.api import parts, record, related

__all__ = ["routes"]


def routes() -> Router:
    """Every JSON route of projects."""
    return Router(
        path="/api/v1", tags=["projects"], route_handlers=[*record.HANDLERS, *parts.HANDLERS, *related.HANDLERS]
    )
