"""Consent, sign-in by name, sign-out."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromQuery

from pipir.features.people import commands, queries
from pipir.kernel.access import ROLE_TITLES, Caller
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.ids import PersonId, RecordNumber
from pipir.store.doors import Database
from pipir.web.access import PUBLIC, SIGNED_IN, WHILE_SEEING_AS
from pipir.web.api import see_other
from pipir.web.assets import CONSENT_FILE, consent_blocks
from pipir.web.entry import cookie_name
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

CONSENT_SHA256: Final = hashlib.sha256(CONSENT_FILE.read_bytes()).hexdigest()
_CONSENT_COOKIE: Final = "pipir-consent"


@dataclass(frozen=True)
class SignInPolicy:
    """Whether persons may sign in by name (never in production), and whether cookies go over TLS only."""

    by_name: bool
    secure: bool


@dataclass(frozen=True)
class _ConsentPage:
    blocks: tuple[tuple[str, str], ...]
    action: str
    next: str
    accepted: bool


@dataclass(frozen=True)
class _Choice:
    id: str
    name: str
    office: str
    roles: tuple[str, ...]
    does: str


class _ChoosePerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    person: RecordNumber
    next: str = ""


class _Accept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    next: str = ""


@dataclass(frozen=True)
class _SignInPage:
    action: str
    next: str
    field: str
    persons: tuple[_Choice, ...]
    form: Form[_ChoosePerson]
    last_message: str


@get("/consent", opt=PUBLIC)
async def show_consent(
    request: Request[Any, Any, Any], frame: NamedDependency[Frame], next: FromQuery[str] = ""
) -> Response[bytes]:
    """The notice that stands before sign-in."""
    accepted = request.cookies.get(_CONSENT_COOKIE) == CONSENT_SHA256
    return frame.show("consent.html", _ConsentPage(consent_blocks(), "/consent", _local(next), accepted))


@post("/consent", opt=PUBLIC, status_code=303)
async def accept_consent(
    request: Request[Any, Any, Any], sign_in_policy: NamedDependency[SignInPolicy]
) -> Response[bytes]:
    """Note the consent in a cookie of this browser, and go on to sign-in."""
    form = await read_form(request, _Accept)
    answer = see_other(None, _with_next("/sign-in", str(form.values["next"])))
    answer.set_cookie(
        Cookie(
            key=_CONSENT_COOKIE,
            value=CONSENT_SHA256,
            httponly=True,
            samesite="lax",
            secure=sign_in_policy.secure,
            path="/",
        )
    )
    return answer


@get("/sign-in", opt=PUBLIC)
async def show_sign_in(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    sign_in_policy: NamedDependency[SignInPolicy],
    next: FromQuery[str] = "",
    signed_out: FromQuery[bool] = False,
) -> Response[bytes]:
    """Choose a named exercise person; a production installation says that sign-in is not set up."""
    if request.cookies.get(_CONSENT_COOKIE) != CONSENT_SHA256:
        return see_other(None, _with_next("/consent", next))
    message = "You are signed out." if signed_out else ""
    return await _sign_in_page(frame, db, sign_in_policy, Form(_ChoosePerson), _local(next), message)


@post("/sign-in", opt=PUBLIC, status_code=303)
async def sign_in(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    sign_in_policy: NamedDependency[SignInPolicy],
) -> Response[bytes]:
    """Open a session as the chosen person."""
    if not sign_in_policy.by_name:
        raise Refused(
            "In a production installation nobody signs in by name.",
            way_out="Sign-in by CAC or PIV card is configured by the administrator of the installation.",
        )
    if request.cookies.get(_CONSENT_COOKIE) != CONSENT_SHA256:
        return see_other(None, "/consent")
    form = await read_form(request, _ChoosePerson)
    with form:
        if not form.values["person"]:
            raise Invalid("Choose a person.", mistakes=(Mistake("person", "Choose the person that you act as."),))
        chosen = form.value()
        async with db.write(actor=chosen.person, command="people.sign-in") as session:
            secret = await commands.sign_in(session, PersonId(chosen.person), consent_sha256=CONSENT_SHA256)
        answer = see_other(None, _local(chosen.next) or "/")
        answer.set_cookie(
            Cookie(
                key=cookie_name(secure=sign_in_policy.secure),
                value=secret,
                httponly=True,
                samesite="lax",
                secure=sign_in_policy.secure,
                path="/",
            )
        )
        return answer
    return await _sign_in_page(frame, db, sign_in_policy, form, str(form.values["next"]), "", status=form.status)


@post("/sign-out", opt=SIGNED_IN | WHILE_SEEING_AS, status_code=303)
async def sign_out(
    db: NamedDependency[Database], caller: NamedDependency[Caller], sign_in_policy: NamedDependency[SignInPolicy]
) -> Response[bytes]:
    """End the session at once, and with it every request that still comes with its cookie."""
    if caller.session_id is not None:
        async with db.write(actor=caller.id, command="people.sign-out") as session:
            await commands.sign_out(session, caller.session_id)
    answer = see_other(None, "/sign-in?signed_out=true")
    answer.delete_cookie(cookie_name(secure=sign_in_policy.secure), path="/")
    return answer


async def _sign_in_page(
    frame: Frame,
    db: Database,
    policy: SignInPolicy,
    form: Form[_ChoosePerson],
    next_page: str,
    message: str,
    *,
    status: int = 200,
) -> Response[bytes]:
    persons: tuple[_Choice, ...] = ()
    if policy.by_name:
        async with db.read() as session:
            found = await queries.list_people(session, limit=100)
        persons = tuple(
            _Choice(
                str(each.id),
                each.name,
                each.office,
                tuple(_title(role) for role in each.roles),
                f"{each.title} (disabled)" if each.disabled else each.title,
            )
            for each in found.items
        )
    page = _SignInPage("/sign-in", next_page, "person", persons, form, message)
    return frame.show("sign_in.html", page, status=status)


def _title(role: str) -> str:
    return next((title for name, title in ROLE_TITLES.items() if name == role), role)


def _local(address: str) -> str:
    """An address of this service, or nothing: no sign-in sends a person to another site."""
    return (
        address if address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable() else ""
    )


def _with_next(path: str, address: str) -> str:
    return f"{path}?next={quote(_local(address), safe='')}" if _local(address) else path


HANDLERS: Final = (show_consent, accept_consent, show_sign_in, sign_in, sign_out)
