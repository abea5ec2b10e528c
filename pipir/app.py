"""Puts the app together from ready parts: database, pages, doors of every feature, guard, errors, headers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Router, get
from litestar.datastructures import MutableScopeHeaders
from litestar.di import NamedDependency, Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import Message, Scope

from pipir import VERSION
from pipir.features import feature_modules
from pipir.features.concurrence.queries import count_waiting
from pipir.features.people.pages import SignInPolicy
from pipir.features.people.queries import identify
from pipir.kernel.access import Caller, Credentials
from pipir.kernel.errors import Unavailable
from pipir.kernel.money import Dollars, decode_hook, encode_hook
from pipir.scanner import Scanner
from pipir.store.doors import Database
from pipir.web import problems
from pipir.web.access import PUBLIC, SIGNED_IN, deny_by_default, keep_pages_bounded
from pipir.web.api import Address, provide_once, provide_version
from pipir.web.assets import static_router
from pipir.web.entry import LARGEST_BODY, Entry
from pipir.web.pages import Frame, NavItem, NavSection, Pages

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
NAV = (
    NavSection("Dashboard", (NavItem("Dashboard", "/", "home.read"),)),
    NavSection(
        "Partners",
        (
            NavItem("Participants", "/participants", "participants.read"),
            NavItem("Foreign disclosure", "/disclosure", "disclosure.read"),
            NavItem("Agreements", "/agreements", "agreements.read", ("/agreement-parts",)),
            NavItem("Engagement", "/engagements", "engagement.read", ("/commitments", "/engagement-organizations")),
            NavItem("Assistance", "/assistance", "assistance.read", ("/assistance-units",)),
        ),
    ),
    NavSection(
        "Work",
        (
            NavItem(
                "Projects",
                "/projects",
                "projects.read",
                ("/related-efforts", "/milestones", "/partners", "/risks", "/results", "/articles"),
            ),
            NavItem(
                "Groups",
                "/groups",
                "groups.read",
                ("/meetings", "/actions", "/decisions", "/group-members", "/meeting-parts", "/action-changes"),
            ),
            NavItem("Exchanges", "/exchanges", "groups.read"),
            NavItem("Vulnerabilities", "/vulnerabilities", "vulnerabilities.read", ("/vulnerability-links",)),
            NavItem("Coverage", "/coverage", "ledger.read"),
            NavItem("Workbooks", "/workbooks", "workbooks.read"),
        ),
    ),
    NavSection(
        "Ledger",
        (
            NavItem("Ledger", "/ledger", "ledger.read"),
            NavItem("Totals", "/ledger/totals", "ledger.read"),
            NavItem("Execution", "/ledger/execution", "ledger.read"),
            NavItem("Plans", "/ledger/plans", "ledger.read", ("/ledger/budgets",)),
            NavItem("Shares", "/ledger/shares", "ledger.read"),
            NavItem(
                "Reconciliation",
                "/ledger/reconciliation",
                "ledger.read",
                ("/ledger/reviews", "/ledger/review-items"),
            ),
            NavItem("Exceptions", "/ledger/exceptions", "ledger.read", ("/ledger/cases",)),
            NavItem("Imports", "/ledger/imports", "ledger.import", ("/ledger/import-sources",)),
        ),
    ),
    NavSection(
        "Law",
        (
            NavItem("Law", "/law", "law.read"),
            NavItem("Duties", "/duties", "duties.read"),
            NavItem("Trace", "/trace", "duties.read"),
        ),
    ),
    NavSection(
        "Congress",
        (
            NavItem("Congress", "/congress", "congress.read"),
            NavItem("Data calls", "/data-calls", "calls.read"),
            NavItem("Reports", "/reports", "reports.read"),
        ),
    ),
    NavSection("Coordination", (NavItem("Coordination", "/concurrence", "concurrence.read"),)),
    NavSection("Documents", (NavItem("Documents", "/documents", "documents.read"),)),
    NavSection("People", (NavItem("People", "/people", "people.read", ("/offices",)),)),
    NavSection("Trail", (NavItem("Trail", "/trail", "trail.read"),)),
)
# What stands beside a person's name: what is theirs alone.
OWN = (
    NavItem("Inbox", "/inbox", "notices.own"),
    NavItem("Calendar feeds", "/calendar-feeds", "notices.own"),
    NavItem("Preferences", "/preferences", "notices.own"),
    NavItem("See as", "/see-as", "people.see-as"),
)
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Setup:
    """What an app is made of. `kind` is the installation's; `secure` says that TLS stands in front.

    `url` is the service's address where it is told; else each request's own is taken, whose host is one of ours.
    Without `scanner` documents are stored as not scanned.
    """

    db: Database
    kind: str
    secure: bool = False
    url: str = ""
    allowed_hosts: Sequence[str] = ("localhost", "127.0.0.1", "testserver")
    scanner: Scanner | None = None
    templates: Path = TEMPLATES


def create_app(setup: Setup) -> Litestar:
    """The service, ready to serve; it opens and closes nothing itself, so that tests need no lifespan."""
    pages = Pages(setup.templates, installation=setup.kind, version=VERSION, nav=NAV, own=OWN)

    async def who(credentials: Credentials) -> Caller | None:
        return await identify(setup.db, credentials)

    async def provide_frame(request: Request[Any, Any, Any]) -> Frame:
        caller = request.scope.get("user")
        if not isinstance(caller, Caller) or not caller.may("notices.own"):
            return pages.frame(request)
        async with setup.db.read() as session:
            return pages.frame(request, waiting={"/inbox": await count_waiting(session, caller)})

    def provide_address(request: Request[Any, Any, Any]) -> Address:
        return Address(setup.url or str(request.base_url).rstrip("/"))

    def provide_caller(request: Request[Any, Any, Any]) -> Caller:
        caller = request.scope.get("user")
        assert isinstance(caller, Caller)
        return caller

    return Litestar(
        route_handlers=[static_router(), healthy, ready, *feature_routes()],
        dependencies={
            "db": Provide(lambda: setup.db, sync_to_thread=False),
            "frame": Provide(provide_frame),
            "address": Provide(provide_address, sync_to_thread=False),
            "caller": Provide(provide_caller, sync_to_thread=False),
            "version": Provide(provide_version),
            "once": Provide(provide_once),
            "scanner": Provide(lambda: setup.scanner, sync_to_thread=False),
            "sign_in_policy": Provide(
                lambda: SignInPolicy(by_name=setup.kind != "production", secure=setup.secure), sync_to_thread=False
            ),
        },
        middleware=[Entry(who, secure=setup.secure, hosts=setup.allowed_hosts)],
        guards=[deny_by_default, keep_pages_bounded],
        exception_handlers=problems.handlers(pages.error, sign_in="/sign-in"),
        before_send=[_set_headers(secure=setup.secure)],
        request_max_body_size=LARGEST_BODY,
        type_encoders={Dollars: encode_hook},
        type_decoders=[(lambda kind: kind is Dollars, decode_hook)],
        openapi_config=OpenAPIConfig(
            title="pipir",
            version=VERSION,
            description="The program's record: participants, projects, groups, ledger, duties, reports.",
            openapi_router=Router(path="/api/v1/schema", route_handlers=[], opt=SIGNED_IN),
            render_plugins=[JsonRenderPlugin()],
            components=Components(
                security_schemes={
                    "token": SecurityScheme(type="http", scheme="bearer", description="pipir token create")
                }
            ),
            security=[{"token": []}],
        ),
        logging_config=None,
        debug=False,
    )


def feature_routes() -> list[Router]:
    """The doors of every feature."""
    return [module.routes() for name in ("api", "pages") for module in feature_modules(name)]


@get("/healthy", opt=PUBLIC, include_in_schema=False)
async def healthy() -> dict[str, str]:
    """The process lives."""
    return {"status": "healthy"}


@get("/ready", opt=PUBLIC, include_in_schema=False)
async def ready(db: NamedDependency[Database]) -> dict[str, str]:
    """The database answers too; 503 where it does not."""
    try:
        async with db.read():
            return {"status": "ready"}
    except Unavailable:
        raise
    except Exception as wrong:
        raise Unavailable("The database does not answer.") from wrong


def _set_headers(*, secure: bool) -> Any:
    """The security headers, on every answer, errors too."""

    async def set_headers(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message)
        # A download brings a stricter one of its own.
        headers.setdefault("Content-Security-Policy", _CSP)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        if secure:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if not scope["path"].startswith("/static/"):
            headers.setdefault("Cache-Control", "no-store")

    return set_headers
