"""The JSON door of participants, of the process of section 1253(d), and of national points of contact."""

from litestar import Router

from pipir.features.participants.api import contacts, participants, process

__all__ = ["routes"]


def routes() -> Router:
    """Every JSON route of participants."""
    return Router(
        path="/api/v1",
        tags=["participants"],
        route_handlers=[*participants.HANDLERS, *process.HANDLERS, *contacts.HANDLERS],
    )
