"""The HTML door of participants, of the process of section 1253(d), and of national points of contact."""

from litestar import Router

from pipir.features.participants.pages import contacts, participants, process, standing

__all__ = ["routes"]


def routes() -> Router:
    """Every page of participants."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[*participants.HANDLERS, *standing.HANDLERS, *process.HANDLERS, *contacts.HANDLERS],
    )
