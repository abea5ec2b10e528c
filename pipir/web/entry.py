"""What every request passes before its route: who asks, whether from our own pages, whether in a form we take."""

import hmac
import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from pipir.kernel.access import Caller, Credentials
from pipir.kernel.clock import one_time
from pipir.kernel.countries import called
from pipir.kernel.errors import NotAllowed, NotSignedIn, ThroughOtherEyes, TooLarge, Unreadable, WrongType
from pipir.web.access import LEAVE, Identify

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
DEEPEST: Final = 32
LARGEST_BODY: Final = 1_000_000
MOST_FIELDS: Final = 1_000
CSRF_FIELD: Final = "_csrf"
CSRF_HEADER: Final = "x-csrf-token"
_TOKEN: Final = re.compile(r"pipir_[A-Za-z0-9_-]{43}")
_COOKIE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def cookie_name(*, secure: bool) -> str:
    """The session cookie's name; over plain http (loopback only) a browser refuses the __Host- prefix."""
    return "__Host-pipir" if secure else "pipir"


async def posted_fields(request: Request[Any, Any, Any]) -> list[tuple[str, str]]:
    """The posted form's fields in their order, or Unreadable.

    Litestar's own reading puts U+FFFD where a body is no UTF-8, so that what nobody typed would be stored; and it
    keeps the last thousand bodies in memory.
    """
    try:
        text = (await request.body()).decode()
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as wrong:
        raise Unreadable(
            f"The form cannot be read: it is not UTF-8 text, or has more than {MOST_FIELDS:,} fields."
        ) from wrong


class Entry(ASGIMiddleware):
    """Finds the caller, and refuses writes that come from elsewhere or in another form than the route takes."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, identify: Identify, *, secure: bool, hosts: Sequence[str]) -> None:
        self._identify = identify
        self._secure = secure
        self._hosts = frozenset(host.strip("[]").lower() for host in hosts)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Set the scope's user to the caller, or to None; raise the Problem that stops the request."""
        with one_time():
            await self._handle(scope, receive, send, next_app)

    async def _handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        self._check_host(request)
        if b"=&" in scope["query_string"] or scope["query_string"].endswith(b"="):
            scope["query_string"] = _without_blanks(scope["query_string"])
        opt = scope["route_handler"].opt
        scope["user"] = None
        if opt.get("public") is not True:
            scope["user"] = await self._identify(self._credentials(request))
            if scope["user"] is None and request.method != "OPTIONS":
                # Before anything of the request is looked at: a stranger learns nothing from how it is refused.
                raise NotSignedIn("This is for people who are signed in.")
        if request.method not in SAFE_METHODS:
            await self._check_write(request, scope["user"], upload=opt.get("upload") is True)
            if scope["user"] is not None and opt.get("while_seeing_as") is not True:
                refuse_while_seeing_as(scope["user"])
        await next_app(scope, receive, send)

    def _check_host(self, request: Request[Any, Any, Any]) -> None:
        """Any other name than ours is refused: addresses made from it would lead elsewhere."""
        try:
            name = urlsplit("//" + request.headers.get("host", "")).hostname or ""
        except ValueError:
            name = ""
        if name not in self._hosts:
            raise Unreadable("This service is not known under that host name.")

    def _credentials(self, request: Request[Any, Any, Any]) -> Credentials:
        header = request.headers.get("authorization")
        if header is not None:
            scheme, _, token = header.partition(" ")
            if scheme.lower() != "bearer" or _TOKEN.fullmatch(token) is None:
                raise NotSignedIn("The Authorization header does not carry a token of this service.")
            return Credentials(cookie=None, token=token)
        cookie = request.cookies.get(cookie_name(secure=self._secure))
        if cookie is not None and _COOKIE.fullmatch(cookie) is None:
            cookie = None
        return Credentials(cookie=cookie, token=None)

    async def _check_write(self, request: Request[Any, Any, Any], caller: Caller | None, *, upload: bool) -> None:
        if upload:
            _check_upload(request, caller)
        elif caller is not None and caller.via == "token":
            _check_json(request)
        elif is_api(request):
            _check_json(request)
            _check_same_origin(request)
            check_csrf_header(request, caller)
        else:
            _check_same_origin(request)
            media_type = _media_type(request)
            if media_type != "application/x-www-form-urlencoded":
                raise WrongType("This page takes forms as application/x-www-form-urlencoded.")
            if caller is not None:
                check_csrf_field(dict(await posted_fields(request)).get(CSRF_FIELD, ""), caller)
        if is_api(request) and not upload:
            _check_depth(await request.body())


def refuse_while_seeing_as(caller: Caller) -> None:
    """Nobody writes through another reader's eyes: what one cannot see, one would overwrite or double."""
    if caller.seeing_as is not None:
        raise ThroughOtherEyes(
            f"You are seeing as {called(caller.seeing_as)}; leave it first. Nothing was done.", way_out=LEAVE
        )


def _without_blanks(query: bytes) -> bytes:
    """The query without the fields that a filter form left blank; a blank filter is no filter."""
    pairs = parse_qsl(query.decode("latin-1"), encoding="latin-1")
    return urlencode(pairs, encoding="latin-1").encode("latin-1")


def is_api(request: Request[Any, Any, Any]) -> bool:
    """Whether the request came by the JSON door."""
    return request.url.path.startswith("/api/")


def _media_type(request: Request[Any, Any, Any]) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _check_json(request: Request[Any, Any, Any]) -> None:
    empty = request.headers.get("content-length") in (None, "0") and "transfer-encoding" not in request.headers
    if not (request.method == "DELETE" and empty) and _media_type(request) != "application/json":
        raise WrongType("Send the body as application/json.")
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > LARGEST_BODY:
        raise TooLarge(f"A body here holds at most {LARGEST_BODY:,} bytes.")


def _check_same_origin(request: Request[Any, Any, Any]) -> None:
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        ours = site in ("same-origin", "none")
    else:
        ours = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not ours:
        raise NotAllowed("The request was sent by a page of another site; nothing was done.")


def _check_depth(body: bytes) -> None:
    """Refuse nesting past 32 levels before any parser recurses into it; brackets inside of strings do not count."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return
    depth = 0
    for bracket in re.findall(rb"[\[\]{}]", re.sub(rb'"(?:[^"\\]|\\.)*"', b"", body)):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST:
            raise Unreadable(f"The body nests deeper than {DEEPEST} levels.")


def check_csrf_field(given: str, caller: Caller) -> None:
    """Refuse a form that does not carry the token of the caller's session."""
    if not _same(given, caller.csrf):
        raise NotAllowed(
            "The form is older than your sign-in, or does not come from this service. "
            "Go back, load the page again and send it once more."
        )


def check_csrf_header(request: Request[Any, Any, Any], caller: Caller | None) -> None:
    """Refuse a write of the JSON door with a session whose token it does not carry."""
    if caller is not None and not _same(request.headers.get(CSRF_HEADER, ""), caller.csrf):
        raise NotAllowed("A write with a session cookie carries the X-CSRF-Token of its page; this one does not.")


def _check_upload(request: Request[Any, Any, Any], caller: Caller | None) -> None:
    """What can be said of an upload before its body is read; a form's token is checked as it arrives."""
    if caller is None or caller.via != "token":
        _check_same_origin(request)
        if is_api(request):
            check_csrf_header(request, caller)
    if _media_type(request) != "multipart/form-data":
        raise WrongType("Send the file and its fields as multipart/form-data.")


def _same(given: str, kept: str) -> bool:
    return bool(kept) and hmac.compare_digest(given.encode(), kept.encode())
