"""One place that turns every error into RFC 9457 problem details, or into a page that a person can read."""

import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.types import ExceptionHandlersMap

from pipir.kernel.errors import (
    Invalid,
    Mistake,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Problem,
    TooLarge,
    Unavailable,
    Unreadable,
    WrongType,
)
from pipir.kernel.once import Replayed
from pipir.kernel.parsing import parse, plain

log = structlog.get_logger("pipir.web")

ShowError = Callable[[Request[Any, Any, Any], "ProblemDetails"], bytes]


class ProblemDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457 problem details; `type` is a slug under /problems/, `mistakes` names each thing to correct."""

    type: str
    title: str
    status: int
    detail: str
    citation: str = ""
    way_out: str = ""
    way_out_href: str = ""
    mistakes: tuple[Mistake, ...] = ()
    incident: str = ""

    @property
    def slug(self) -> str:
        """The last part of the type."""
        return self.type.rpartition("/")[2]


def details_of(problem: Problem, incident: str = "") -> ProblemDetails:
    """What goes out for a Problem."""
    return ProblemDetails(
        type=f"/problems/{problem.slug}",
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        citation=problem.citation,
        way_out=problem.way_out,
        way_out_href=problem.way_out_href,
        mistakes=problem.mistakes,
        incident=incident,
    )


class _MethodNotAllowed(Problem):
    status = 405
    slug = "method-not-allowed"
    title = "This address does not take that method"


def handlers(show_error: ShowError, *, sign_in: str) -> ExceptionHandlersMap:
    """Exception handlers for the app; `show_error` draws the page, `sign_in` is where a signed-out person is sent."""

    def handle(request: Request[Any, Any, Any], wrong: Exception) -> Response[Any]:
        if isinstance(wrong, Replayed):
            answer = wrong.answer
            headers = {**answer.headers, "Idempotency-Replayed": "true"}
            return Response(answer.body, status_code=answer.status, media_type=answer.media_type, headers=headers)
        problem = _problem(request, wrong)
        incident = ""
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            incident = secrets.token_hex(6)
            # The inside of an error goes to the log under the incident's id; the answer holds the id alone.
            if isinstance(problem, Unavailable):
                # Every request fails alike while the database is away: a line each, and no inside to look for.
                log.warning(
                    "unavailable", incident=incident, path=loggable(request), cause=str(wrong.__cause__ or wrong)[:200]
                )
            else:
                log.error("request failed", incident=incident, path=loggable(request), exc_info=wrong)
        details = details_of(problem, incident)
        headers = {"Retry-After": str(problem.retry_after_seconds)} if isinstance(problem, Unavailable) else {}
        if _wants_json(request):
            if problem.status == HTTPStatus.UNAUTHORIZED:
                headers["WWW-Authenticate"] = 'Bearer realm="pipir"'
            return Response(
                msgspec.json.encode(details),
                status_code=problem.status,
                media_type="application/problem+json",
                headers=headers,
            )
        if isinstance(problem, NotSignedIn) and request.method in ("GET", "HEAD"):
            return Response(b"", status_code=303, headers={"Location": f"{sign_in}?next={_safe_next(request)}"})
        return Response(
            show_error(request, details),
            status_code=problem.status,
            media_type="text/html; charset=utf-8",
            headers=headers,
        )

    return {Exception: handle}


_BY_STATUS: Final[dict[int, Callable[[], Problem]]] = {
    400: lambda: Unreadable("The request cannot be read: its address or its body is malformed."),
    401: lambda: NotSignedIn("Sign in first."),
    403: lambda: NotAllowed("Your roles do not allow this."),
    404: lambda: NotFound("There is no page or record at this address, or you may not see it."),
    405: lambda: _MethodNotAllowed("This address exists, but does not take that method."),
    413: lambda: TooLarge("What was sent is larger than this address takes."),
    415: lambda: WrongType("This media type is not accepted here."),
}


# How Litestar says, as an error of the server, that a sender went away in the middle of a body.
_GONE: Final = "client disconnected prematurely"


def _problem(request: Request[Any, Any, Any], wrong: Exception) -> Problem:
    if isinstance(wrong, Problem):
        return wrong
    if isinstance(wrong, ValidationException):
        return _invalid(request, wrong)
    if isinstance(wrong, SerializationException):
        return Unreadable("The body is not well-formed JSON.")
    if isinstance(wrong, HTTPException) and wrong.status_code in _BY_STATUS:
        if wrong.status_code == HTTPStatus.BAD_REQUEST and isinstance(wrong.__cause__, SerializationException):
            return Unreadable("The body is not well-formed JSON.")
        return _BY_STATUS[wrong.status_code]()
    if isinstance(wrong, HTTPException) and wrong.detail == _GONE:
        return Unreadable("The sender went away before the whole body had arrived.")
    return Problem("Something went wrong on our side; nothing of your request was stored.")


def _invalid(request: Request[Any, Any, Any], wrong: ValidationException) -> Problem:
    """All mistakes of the body, where the parser stopped at the first one."""
    field = request.route_handler.parsed_data_field
    body = getattr(request, "_body", None)
    kind = field.annotation if field is not None else None
    if isinstance(body, bytes) and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        try:
            parse(kind, msgspec.json.decode(body))
        except Invalid as invalid:
            return invalid
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return Unreadable("The body is not well-formed JSON.")
    extra = wrong.extra if isinstance(wrong.extra, list) else []
    mistakes = tuple(
        Mistake(where=str(each.get("key", "request")), expected=plain(str(each.get("message", ""))))
        for each in extra
        if isinstance(each, dict)
    )
    return Invalid("Some of what was sent needs correcting.", mistakes=mistakes)


def _wants_json(request: Request[Any, Any, Any]) -> bool:
    return request.url.path.startswith("/api/") or request.headers.get("accept", "").startswith("application/json")


def loggable(request: Request[Any, Any, Any]) -> str:
    """The path for the log; where the address is a credential, the route's pattern in its place."""
    handler = request.scope.get("route_handler")
    secret = handler is not None and handler.opt.get("secret_path") is True
    return request.scope["path_template"] if secret else request.url.path


def _safe_next(request: Request[Any, Any, Any]) -> str:

    query = f"?{request.url.query}" if request.url.query else ""
    return quote(request.url.path + query, safe="")
