"""The HTML door of people: consent, sign-in, sign-out, persons and offices."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.people import commands, queries
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import ROLE_TITLES, ROLES, Caller
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.ids import OfficeId, PersonId, RecordNumber, TokenId
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.store.doors import Database
from pipir.web.access import PUBLIC, SIGNED_IN, allow
from pipir.web.api import see_other
from pipir.web.assets import CONSENT_FILE, consent_blocks
from pipir.web.entry import cookie_name
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

CONSENT_SHA256: Final = hashlib.sha256(CONSENT_FILE.read_bytes()).hexdigest()
_CONSENT_COOKIE: Final = "pipir-consent"
DEPARTMENTS: Final = ("Department of Defense", "Department of State", "Other")


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


@dataclass(frozen=True)
class _PeoplePage:
    list: ListView[queries.PersonView]
    offices: tuple[queries.OfficeView, ...]
    roles: tuple[tuple[str, str], ...]
    may_change: bool


@dataclass(frozen=True)
class _OfficesPage:
    list: ListView[queries.OfficeView]
    departments: tuple[str, ...]
    may_change: bool


@dataclass(frozen=True)
class _PersonPage:
    person: queries.PersonView
    tokens: tuple[queries.TokenView, ...]
    history: tuple[TrailView, ...]
    may_change: bool
    own: bool
    new_token: str
    token_form: Form[commands.IssueToken]
    end_form: Form[commands.EndPerson]


@dataclass(frozen=True)
class _OfficePage:
    office: queries.OfficeView
    people: tuple[queries.PersonView, ...]
    history: tuple[TrailView, ...]
    may_change: bool
    end_form: Form[commands.EndOffice]


@dataclass(frozen=True)
class _PersonFormPage:
    form: Form[Any]
    person: queries.PersonView | None
    offices: tuple[tuple[str, str], ...]
    roles: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str


@dataclass(frozen=True)
class _OfficeFormPage:
    form: Form[Any]
    office: queries.OfficeView | None
    departments: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str


# ---- consent and sign-in


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


@post("/sign-out", opt=SIGNED_IN, status_code=303)
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
            _Choice(str(each.id), each.name, each.office, tuple(_title(role) for role in each.roles), each.title)
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


# ---- persons


@get("/people", opt=allow("people.read"))
async def people(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    office: FromQuery[int | None] = None,
    role: FromQuery[str] = "",
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "name",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Everybody who works with the record."""
    async with db.read() as session:
        found = await queries.list_people(
            session,
            text_in=q or None,
            office_id=office,
            role=role or None,
            ended=ended,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        offices = await queries.list_offices(session, limit=200)
        view = frame.list_view(
            found,
            noun=("person", "people"),
            sort=sort,
            sorts=("name", "office", "since"),
            chosen={"q": q, "office": office, "role": role, "ended": ended},
            labels={str(each.id): each.symbol for each in offices.items}
            | dict(ROLE_TITLES)
            | {"true": "with those who left"},
        )
        page = _PeoplePage(view, offices.items, tuple(ROLE_TITLES.items()), caller.may("people.administer"))
        return frame.show("people/people.html", page, now=session.now)


@get("/people/new", opt=allow(commands.add_person))
async def new_person(frame: NamedDependency[Frame], db: NamedDependency[Database]) -> Response[bytes]:
    """The empty form of a person."""
    return await _person_form(frame, db, Form(commands.AddPerson), None)


@post("/people/new", opt=allow(commands.add_person), status_code=303)
async def add_person(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a person."""
    form = await read_form(request, commands.AddPerson)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.add_person.name, once=once) as session:
            person_id = await commands.add_person(session, body)
            answer = see_other(session, f"/people/{person_id}")
        return answer
    return await _person_form(frame, db, form, None)


@get("/people/{person_id:int}", opt=allow("people.read"))
async def person(
    person_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One person, their tokens and their history."""
    return await _person_page(frame, db, caller, PersonId(person_id))


@get("/people/{person_id:int}/revise", opt=allow(commands.revise_person))
async def person_to_revise(
    person_id: FromPath[RecordNumber], frame: NamedDependency[Frame], db: NamedDependency[Database]
) -> Response[bytes]:
    """The filled form of a person."""
    async with db.read() as session:
        view = await queries.person(session, PersonId(person_id))
    return await _person_form(frame, db, Form.of(commands.RevisePerson, view), view)


@post("/people/{person_id:int}/revise", opt=allow(commands.revise_person), status_code=303)
async def revise_person(
    person_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Change a person."""
    form = await read_form(request, commands.RevisePerson)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_person.name) as session:
            await commands.revise_person(session, PersonId(person_id), body, version=form.version)
        return see_other(None, f"/people/{person_id}")
    async with db.read() as session:
        view = await queries.person(session, PersonId(person_id))
    return await _person_form(frame, db, form, view)


@post("/people/{person_id:int}/end", opt=allow(commands.end_person), status_code=303)
async def end_person(
    person_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say a person's last day."""
    form = await read_form(request, commands.EndPerson)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.end_person.name) as session:
            await commands.end_person(session, PersonId(person_id), body, version=form.version)
        return see_other(None, f"/people/{person_id}")
    return await _person_page(frame, db, caller, PersonId(person_id), end_form=form, status=form.status)


@post("/people/{person_id:int}/tokens", opt=allow(commands.issue_token), status_code=200)
async def issue_token(
    person_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make a token and show it this once."""
    form = await read_form(request, commands.IssueToken)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.issue_token.name) as session:
            secret = await commands.issue_token(session, PersonId(person_id), body)
        return await _person_page(frame, db, caller, PersonId(person_id), new_token=secret)
    return await _person_page(frame, db, caller, PersonId(person_id), token_form=form, status=form.status)


@post("/people/{person_id:int}/tokens/{token_id:int}/revoke", opt=allow(commands.revoke_token), status_code=303)
async def revoke_token(
    person_id: FromPath[RecordNumber],
    token_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """End a token now."""
    async with db.write(actor=caller.id, command=commands.revoke_token.name) as session:
        await commands.revoke_token(session, TokenId(token_id), commands.RevokeToken())
    return see_other(None, f"/people/{person_id}#tokens")


async def _person_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    person_id: PersonId,
    *,
    new_token: str = "",
    token_form: Form[commands.IssueToken] | None = None,
    end_form: Form[commands.EndPerson] | None = None,
    status: int = 200,
) -> Response[bytes]:
    async with db.read() as session:
        page = _PersonPage(
            person=await queries.person(session, person_id),
            tokens=await queries.tokens_of(session, person_id),
            history=await history(session, caller.reader, "person", person_id),
            may_change=caller.may("people.administer"),
            own=caller.id == person_id,
            new_token=new_token,
            token_form=token_form or Form(commands.IssueToken, {"days": "90"}),
            end_form=end_form or Form(commands.EndPerson),
        )
        return frame.show("people/person.html", page, now=session.now, status=status)


async def _person_form(frame: Frame, db: Database, form: Form[Any], view: queries.PersonView | None) -> Response[bytes]:
    async with db.read() as session:
        offices = await queries.list_offices(session, limit=200)
        page = _PersonFormPage(
            form=form,
            person=view,
            offices=tuple((str(each.id), f"{each.symbol}: {each.name}") for each in offices.items),
            roles=tuple((role, ROLE_TITLES[role]) for role in ROLES),
            action=f"/people/{view.id}/revise" if view else "/people/new",
            cancel_href=f"/people/{view.id}" if view else "/people",
        )
        return frame.show("people/person_form.html", page, now=session.now, status=form.status)


# ---- offices


@get("/offices", opt=allow("people.read"))
async def offices(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    department: FromQuery[str] = "",
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "symbol",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """The offices that keep the record."""
    async with db.read() as session:
        found = await queries.list_offices(
            session, department=department or None, ended=ended, sort=sort, cursor=cursor, limit=limit
        )
        view = frame.list_view(
            found,
            noun=("office", "offices"),
            sort=sort,
            sorts=("symbol", "name", "department"),
            chosen={"department": department, "ended": ended},
            labels={"true": "with closed offices"},
        )
        return frame.show(
            "people/offices.html", _OfficesPage(view, DEPARTMENTS, caller.may("people.administer")), now=session.now
        )


@get("/offices/new", opt=allow(commands.open_office))
async def new_office(frame: NamedDependency[Frame]) -> Response[bytes]:
    """The empty form of an office."""
    return _office_form(frame, Form(commands.OpenOffice), None)


@post("/offices/new", opt=allow(commands.open_office), status_code=303)
async def open_office(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter an office."""
    form = await read_form(request, commands.OpenOffice)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.open_office.name, once=once) as session:
            office_id = await commands.open_office(session, body)
            answer = see_other(session, f"/offices/{office_id}")
        return answer
    return _office_form(frame, form, None)


@get("/offices/{office_id:int}", opt=allow("people.read"))
async def office(
    office_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One office, its people and its history."""
    return await _office_page(frame, db, caller, OfficeId(office_id))


@get("/offices/{office_id:int}/revise", opt=allow(commands.revise_office))
async def office_to_revise(
    office_id: FromPath[RecordNumber], frame: NamedDependency[Frame], db: NamedDependency[Database]
) -> Response[bytes]:
    """The filled form of an office."""
    async with db.read() as session:
        view = await queries.office(session, OfficeId(office_id))
    return _office_form(frame, Form.of(commands.ReviseOffice, view), view)


@post("/offices/{office_id:int}/revise", opt=allow(commands.revise_office), status_code=303)
async def revise_office(
    office_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Change an office."""
    form = await read_form(request, commands.ReviseOffice)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_office.name) as session:
            await commands.revise_office(session, OfficeId(office_id), body, version=form.version)
        return see_other(None, f"/offices/{office_id}")
    async with db.read() as session:
        view = await queries.office(session, OfficeId(office_id))
    return _office_form(frame, form, view)


@post("/offices/{office_id:int}/end", opt=allow(commands.end_office), status_code=303)
async def end_office(
    office_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Close an office on a day."""
    form = await read_form(request, commands.EndOffice)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.end_office.name) as session:
            await commands.end_office(session, OfficeId(office_id), body, version=form.version)
        return see_other(None, f"/offices/{office_id}")
    return await _office_page(frame, db, caller, OfficeId(office_id), end_form=form, status=form.status)


async def _office_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    office_id: OfficeId,
    *,
    end_form: Form[commands.EndOffice] | None = None,
    status: int = 200,
) -> Response[bytes]:
    async with db.read() as session:
        people = await queries.list_people(session, office_id=office_id, limit=200)
        page = _OfficePage(
            office=await queries.office(session, office_id),
            people=people.items,
            history=await history(session, caller.reader, "office", office_id),
            may_change=caller.may("people.administer"),
            end_form=end_form or Form(commands.EndOffice),
        )
        return frame.show("people/office.html", page, now=session.now, status=status)


def _office_form(frame: Frame, form: Form[Any], view: queries.OfficeView | None) -> Response[bytes]:
    page = _OfficeFormPage(
        form=form,
        office=view,
        departments=tuple((each, each) for each in DEPARTMENTS),
        action=f"/offices/{view.id}/revise" if view else "/offices/new",
        cancel_href=f"/offices/{view.id}" if view else "/offices",
    )
    return frame.show("people/office_form.html", page, status=form.status)


def routes() -> Router:
    """Every page of people."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[
            show_consent,
            accept_consent,
            show_sign_in,
            sign_in,
            sign_out,
            people,
            new_person,
            add_person,
            person,
            person_to_revise,
            revise_person,
            end_person,
            issue_token,
            revoke_token,
            offices,
            new_office,
            open_office,
            office,
            office_to_revise,
            revise_office,
            end_office,
        ],
    )
