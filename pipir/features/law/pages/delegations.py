"""The register of delegations: which is in force on a day, and the forms that record and end."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, get_args

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.law import commands, queries
from pipir.features.law.tables import DelegationId
from pipir.features.people import queries as people
from pipir.features.people.queries import list_people
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.ids import OfficeId, PersonId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import LARGEST_LIMIT
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.acts import words
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

_FUNCTIONS: Final = words(get_args(commands.Function))


@dataclass(frozen=True)
class _RegisterPage:
    # Whose delegations they are, in words, and what the filters carry on of it; blank and none: of everybody.
    about: str
    kept: tuple[tuple[str, str], ...]
    delegations: tuple[queries.DelegationView, ...]
    functions: tuple[tuple[str, str], ...]
    function: str
    on: date | None
    may_change: bool


@dataclass(frozen=True)
class _DelegationPage:
    delegation: queries.DelegationView
    history: tuple[TrailView, ...]
    open: bool
    may_change: bool
    end_form: Form[commands.EndDelegation]


@dataclass(frozen=True)
class _FormPage:
    form: Form[commands.Delegate]
    functions: tuple[tuple[str, str], ...]
    people: tuple[tuple[str, str], ...]


@get("/law/delegations", opt=allow("law.read"))
async def delegations(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    function: FromQuery[str] = "",
    on: FromQuery[str] = "",
    person: FromQuery[RecordNumber | None] = None,
    office: FromQuery[RecordNumber | None] = None,
) -> Response[bytes]:
    """Every delegation, or those in force on a day, to a person, from or to an office."""
    day = _day(on)
    async with db.read() as session:
        about, names = "", []
        if person is not None:
            about = f"to {(await people.person(session, PersonId(person))).name}"
        if office is not None:
            view = await people.office(session, OfficeId(office))
            former = await people.names_of(session, office)
            about = f"{about} from or to {view.symbol}".strip()
            names = [view.symbol, view.name, *(name for each in former for name in (each.symbol, each.name))]
        page = _RegisterPage(
            about=about,
            kept=tuple((name, str(each)) for name, each in (("person", person), ("office", office)) if each),
            delegations=await queries.delegations(
                session, function=function or None, on=day, person_id=person, offices=names
            ),
            functions=_FUNCTIONS,
            function=function,
            on=day,
            may_change=caller.may(commands.delegate.permission),
        )
        return frame.show("law/delegations.html", page, now=session.now)


@get("/law/delegations/new", opt=allow(commands.delegate))
async def new_delegation(frame: NamedDependency[Frame], db: NamedDependency[Database]) -> Response[bytes]:
    """The empty form of a delegation."""
    return await _form(frame, db, Form(commands.Delegate, {"citation": commands.DELEGATED_BY}))


@post("/law/delegations/new", opt=allow(commands.delegate), status_code=303)
async def record_delegation(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Record a delegation."""
    form = await read_form(request, commands.Delegate)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.delegate.name, once=once) as session:
            made = await commands.delegate(session, body)
            answer = see_other(session, f"/law/delegations/{made}")
        return answer
    return await _form(frame, db, form)


@get("/law/delegations/{delegation_id:int}", opt=allow("law.read"))
async def delegation(
    delegation_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One delegation with its limits and history."""
    return await _page(frame, db, caller, DelegationId(delegation_id))


@post("/law/delegations/{delegation_id:int}/end", opt=allow(commands.end_delegation), status_code=303)
async def end_delegation(
    delegation_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """End a delegation."""
    form = await read_form(request, commands.EndDelegation)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.end_delegation.name) as session:
            await commands.end_delegation(session, DelegationId(delegation_id), body, version=form.version)
        return see_other(None, f"/law/delegations/{delegation_id}")
    return await _page(frame, db, caller, DelegationId(delegation_id), form)


async def _page(
    frame: Frame,
    db: Database,
    caller: Caller,
    delegation_id: DelegationId,
    end_form: Form[commands.EndDelegation] | None = None,
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.delegation(session, delegation_id)
        page = _DelegationPage(
            delegation=view,
            history=await history(session, caller.reader, "delegation", delegation_id),
            open=view.until is None or view.until > session.today,
            may_change=caller.may(commands.end_delegation.permission),
            end_form=end_form or Form(commands.EndDelegation),
        )
        status = end_form.status if end_form is not None else 200
        return frame.show("law/delegation.html", page, now=session.now, status=status)


async def _form(frame: Frame, db: Database, form: Form[commands.Delegate]) -> Response[bytes]:
    async with db.read() as session:
        people = await list_people(session, limit=LARGEST_LIMIT)
        page = _FormPage(
            form=form,
            functions=_FUNCTIONS,
            people=tuple((str(each.id), f"{each.name}, {each.title}") for each in people.items),
        )
        return frame.show("law/delegation_form.html", page, now=session.now, status=form.status)


def _day(typed: str) -> date | None:
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise Invalid(
            "The register cannot be asked for that day.",
            mistakes=(Mistake("on", "Expected a date such as 2027-03-01.", typed[:60]),),
        ) from None


HANDLERS: Final = (
    delegations,
    new_delegation,
    record_delegation,
    delegation,
    end_delegation,
)
