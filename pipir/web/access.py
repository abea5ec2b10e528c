"""The guard that denies by default, and how a route says who may come in."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from pipir.kernel.access import PERMISSIONS, ROLE_TITLES, ROLES, Caller, Credentials
from pipir.kernel.command import Command
from pipir.kernel.countries import called
from pipir.kernel.errors import Invalid, Mistake, NotAllowed, NotSignedIn, ThroughOtherEyes
from pipir.kernel.paging import LARGEST_LIMIT

LEAVE: Final = "Return to your own view first, by the button at the top of the page."

Identify = Callable[[Credentials], Awaitable[Caller | None]]


def allow(needed: str | Command[..., Any], *, upload: bool = False) -> dict[str, Any]:
    """The `opt` of a route: the permission, or the command whose permission it is.

    A route with `upload` takes a file as multipart/form-data in place of a form or JSON, and reads it itself with
    uploads.reading, which checks the form's token: nothing of the body is read before the permission is known.
    """
    permission = needed.permission if isinstance(needed, Command) else needed
    if not any(permission in held for held in PERMISSIONS.values()):
        raise ValueError(f"No role holds the permission {permission!r}; say in PERMISSIONS who does.")
    return {"permission": permission, **({"upload": True} if upload else {})}


# The short list of routes that need no sign-in says so in the same place as the others say their permission.
PUBLIC: Final[dict[str, Any]] = {"public": True}
# The address itself is the credential: it never enters a log.
SECRET_PATH: Final[dict[str, Any]] = {"secret_path": True}
# Open to everybody who is signed in, whatever their roles.
SIGNED_IN: Final[dict[str, Any]] = {"signed_in": True}
# The few writes that a person makes while they look through another reader's eyes: to leave them, and to sign out.
WHILE_SEEING_AS: Final[dict[str, Any]] = {"while_seeing_as": True}


# Guards are coroutines although they wait for nothing: one that is not would take a thread with every request.
async def deny_by_default(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let a request pass only where its route is public or the caller holds the route's permission."""
    if handler.opt.get("public") is True:
        return
    caller = connection.scope.get("user")
    if not isinstance(caller, Caller):
        raise NotSignedIn("This page is for people who are signed in.")
    if handler.opt.get("signed_in") is True:
        return
    permission = handler.opt.get("permission")
    if caller.seeing_as is not None and not caller.may(permission or ""):
        raise ThroughOtherEyes(
            f"You are seeing the record as {called(caller.seeing_as)}, who is not shown this page.",
            way_out=LEAVE,
        )
    if permission is None or not caller.may(permission):
        titles = [ROLE_TITLES[role] for role in ROLES if permission in PERMISSIONS[role]]
        who = f" It is open to: {', '.join(titles)}." if titles else ""
        own = ", ".join(ROLE_TITLES[role] for role in caller.roles)
        raise NotAllowed(
            f"Your roles do not hold the permission for this.{who}",
            way_out=f"You are here as: {own or 'no role'}. Ask a colleague who holds one of those roles."
            if titles
            else "",
        )


async def keep_pages_bounded(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse a page of more rows than `Limit` allows; Litestar does not read the bounds of a query parameter's type."""
    given = connection.query_params.get("limit")
    if given is None:
        return
    if not (given.isascii() and given.isdigit() and len(given) <= 9 and 1 <= int(given) <= LARGEST_LIMIT):
        expected = f"Expected a whole number from 1 to {LARGEST_LIMIT}."
        raise Invalid("The page cannot be that large.", mistakes=(Mistake("limit", expected, given[:60]),))
