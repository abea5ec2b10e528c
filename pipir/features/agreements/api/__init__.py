"""The JSON door of agreements: their life, clocks, parties, certification, notices, amendments and shares."""

from litestar import Router

from pipir.features.agreements.api import agreements, parts

__all__ = ["routes"]


def routes() -> Router:
    """Every JSON route of agreements."""
    return Router(path="/api/v1", tags=["agreements"], route_handlers=[*agreements.HANDLERS, *parts.HANDLERS])
