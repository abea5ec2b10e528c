"""Who may do what: roles, permissions, the caller of a request, and the guard that denies by default."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from pipir.kernel.command import Command
from pipir.kernel.errors import NotAllowed, NotSignedIn
from pipir.kernel.marking import Reader

Role = Literal[
    "program-office",
    "senior-official",
    "state-liaison",
    "comptroller",
    "report-writer",
    "auditor",
    "administrator",
]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

ROLE_TITLES: Final[Mapping[Role, str]] = {
    "program-office": "Program office",
    "senior-official": "Senior official",
    "state-liaison": "State Department liaison",
    "comptroller": "Comptroller",
    "report-writer": "Report writer",
    "auditor": "Auditor",
    "administrator": "Administrator",
}

_READ = frozenset(
    {"participants.read", "groups.read", "projects.read", "ledger.read", "duties.read", "reports.read", "home.read"}
)
# One table: what each role may do. Every role reads the record; what a marking hides stays hidden.
PERMISSIONS: Final[Mapping[Role, frozenset[str]]] = {
    "program-office": _READ
    | {"participants.change", "groups.change", "projects.change", "duties.change", "reports.build", "people.read"},
    "senior-official": _READ | {"duties.change", "reports.build", "people.read", "trail.read"},
    "state-liaison": _READ | {"participants.change", "people.read"},
    "comptroller": _READ | {"ledger.post", "ledger.record-incurred", "reports.build", "people.read"},
    "report-writer": _READ | {"reports.build", "reports.write", "duties.change", "people.read"},
    "auditor": _READ | {"people.read", "trail.read"},
    "administrator": _READ | {"people.read", "people.administer", "trail.read"},
}


@dataclass(frozen=True)
class Caller:
    """The person behind a request, as known when it came in."""

    id: int
    name: str
    office: str
    roles: tuple[Role, ...]
    reader: Reader
    via: Literal["session", "token"]
    # Of a browser session only: its row's id, and the token that each of its forms carries.
    session_id: int | None = None
    csrf: str = ""
    last_sign_in: str = ""

    @property
    def permissions(self) -> frozenset[str]:
        """The union of what the roles hold."""
        return frozenset[str]().union(*(PERMISSIONS[role] for role in self.roles))

    def may(self, permission: str) -> bool:
        """Whether any of the roles holds the permission."""
        return any(permission in PERMISSIONS[role] for role in self.roles)


@dataclass(frozen=True)
class Credentials:
    """What a request brought: a session cookie, or an API token; never both."""

    cookie: str | None
    token: str | None


Identify = Callable[[Credentials], Awaitable[Caller | None]]


def allow(needed: str | Command[..., Any]) -> dict[str, Any]:
    """The `opt` of a route: the permission, or the command whose permission it is."""
    permission = needed.permission if isinstance(needed, Command) else needed
    if not any(permission in held for held in PERMISSIONS.values()):
        raise ValueError(f"No role holds the permission {permission!r}; say in PERMISSIONS who does.")
    return {"permission": permission}


# The short list of routes that need no sign-in says so in the same place as the others say their permission.
PUBLIC: Final[dict[str, Any]] = {"public": True}
# Open to everybody who is signed in, whatever their roles.
SIGNED_IN: Final[dict[str, Any]] = {"signed_in": True}


def deny_by_default(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let a request pass only where its route is public or the caller holds the route's permission."""
    if handler.opt.get("public") is True:
        return
    caller = connection.scope.get("user")
    if not isinstance(caller, Caller):
        raise NotSignedIn("This page is for people who are signed in.")
    if handler.opt.get("signed_in") is True:
        return
    permission = handler.opt.get("permission")
    if permission is None or not caller.may(permission):
        titles = [ROLE_TITLES[role] for role in ROLES if permission in PERMISSIONS[role]]
        who = f" It is open to: {', '.join(titles)}." if titles else ""
        raise NotAllowed(f"Your roles do not hold the permission for this.{who}")
