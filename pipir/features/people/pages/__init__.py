"""The HTML door of people: sign-in, persons, offices, absences, sight through another reader's eyes."""

from litestar import Router

from pipir.features.people.pages import offices, persons, see_as, signing
from pipir.features.people.pages.signing import SignInPolicy

__all__ = ["SignInPolicy", "routes"]


def routes() -> Router:
    """Every page of people."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[*signing.HANDLERS, *persons.HANDLERS, *offices.HANDLERS, *see_as.HANDLERS],
    )
