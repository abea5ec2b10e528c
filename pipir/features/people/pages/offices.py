"""The list of offices, an office's page, and the forms that change an office."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.people import commands, queries
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import OfficeId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Field, act_of, choices_of, drawn
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

DEPARTMENTS: Final = ("Department of Defense", "Department of State", "Other")
_ADMINISTER: Final = "people.administer"
_ACTS: Final = {
    "rename": Act(
        commands.rename_office,
        "Record a new name",
        "Record the new name",
        "The former name stays with its days. A slip of the pen is corrected with Change instead.",
        (
            Field("symbol", "New symbol"),
            Field("name", "New name"),
            Field("on", "From", "date", "The first day under the new name; no day that lies ahead."),
            Field("source", "Source", hint="Where the new name is published."),
        ),
    ),
    "end": Act(
        commands.end_office,
        "Record the last day",
        "Record the last day",
        "An office ends empty: move its people from the day after first. It stays in the record.",
        (
            Field("until", "Last day of the office", "date"),
            Field("successor_id", "Succeeded by", "select", choices="offices"),
        ),
    ),
}
# What an office owes stands on the pages of those who keep it: the address that shows this office's, by permission.
_OWES: Final = (
    ("Projects that it leads", "/projects?office={symbol}", "projects.read"),
    ("Promises to Congress", "/congress/promises?office={id}", "congress.read"),
    ("Contacts with Congress", "/congress/contacts?office={id}", "congress.read"),
    ("Data calls to it", "/data-calls?office={id}", "calls.read"),
    ("Dates of the statute, with their offices", "/duties", "duties.read"),
    ("Delegations", "/law/delegations?office={id}", "law.read"),
)


@dataclass(frozen=True)
class _OfficesPage:
    list: ListView[queries.OfficeView]
    departments: tuple[str, ...]
    may_change: bool


@dataclass(frozen=True)
class _OfficePage:
    office: queries.OfficeView
    on: date
    today: date
    people: tuple[queries.Member, ...]
    away: tuple[queries.PersonView, ...]
    names: tuple[queries.FormerName, ...]
    predecessors: tuple[tuple[int, str, date], ...]
    owes: tuple[tuple[str, str], ...]
    history: tuple[TrailView, ...]
    may_change: bool
    acts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _OfficeFormPage:
    form: Form[Any]
    office: queries.OfficeView | None
    departments: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str


@get("/offices", opt=allow("people.read"))
async def offices(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    department: FromQuery[str] = "",
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "symbol",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """The offices that keep the record, found by their names or by their people."""
    async with db.read() as session:
        found = await queries.list_offices(
            session,
            text_in=q or None,
            department=department or None,
            ended=ended,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        view = frame.list_view(
            found,
            noun=("office", "offices"),
            sort=sort,
            sorts=("symbol", "name", "department"),
            chosen={"q": q, "department": department, "ended": ended},
            labels={"true": "with closed offices"},
        )
        page = _OfficesPage(view, DEPARTMENTS, caller.may(_ADMINISTER))
        return frame.show("people/offices.html", page, now=session.now)


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
    on: FromQuery[date | None] = None,
) -> Response[bytes]:
    """One office: its people on a day, its names, what it owes, its history."""
    async with db.read() as session:
        view = await queries.office(session, OfficeId(office_id))
        day = on or session.today
        away = await queries.list_people(session, office_id=office_id, status="away", limit=200)
        page = _OfficePage(
            office=view,
            on=day,
            today=session.today,
            people=await queries.members_of(session, office_id, day),
            away=away.items,
            names=await queries.names_of(session, office_id),
            predecessors=await queries.predecessors_of(session, office_id),
            owes=tuple(
                (title, href.format(symbol=quote(view.symbol, safe=""), id=view.id))
                for title, href, permission in _OWES
                if caller.may(permission)
            ),
            history=await history(session, caller.reader, "office", office_id),
            may_change=caller.may(_ADMINISTER),
            acts=tuple((name, each.title) for name, each in _ACTS.items() if name != "end" or view.until is None)
            if caller.may(_ADMINISTER)
            else (),
        )
        return frame.show("people/office.html", page, now=session.now)


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
    """Correct an office."""
    form = await read_form(request, commands.ReviseOffice)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_office.name) as session:
            await commands.revise_office(session, OfficeId(office_id), body, version=form.version)
        return see_other(None, f"/offices/{office_id}")
    async with db.read() as session:
        view = await queries.office(session, OfficeId(office_id))
    return _office_form(frame, form, view)


@get("/offices/{office_id:int}/{act:str}", opt=allow(_ADMINISTER))
async def office_to_change(
    office_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
) -> Response[bytes]:
    """The form of one change of an office."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.office(session, OfficeId(office_id))
        return await _act_form(frame, session, Form(chosen.command.body), chosen, view, act)


@post("/offices/{office_id:int}/{act:str}", opt=allow(_ADMINISTER), status_code=303)
async def change_office(
    office_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of an office, and go back to it."""
    chosen = act_of(_ACTS, act)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, OfficeId(office_id), body, version=form.version)
        return see_other(None, f"/offices/{office_id}")
    async with db.read() as reading:
        view = await queries.office(reading, OfficeId(office_id))
        return await _act_form(frame, reading, form, chosen, view, act)


def _office_form(frame: Frame, form: Form[Any], view: queries.OfficeView | None) -> Response[bytes]:
    page = _OfficeFormPage(
        form=form,
        office=view,
        departments=tuple((each, each) for each in DEPARTMENTS),
        action=f"/offices/{view.id}/revise" if view else "/offices/new",
        cancel_href=f"/offices/{view.id}" if view else "/offices",
    )
    return frame.show("people/office_form.html", page, status=form.status)


async def _act_form(
    frame: Frame, session: ReadSession, form: Form[Any], chosen: Act, view: queries.OfficeView, act: str
) -> Response[bytes]:
    here = f"/offices/{view.id}"
    offices = await queries.office_choices(session) if choices_of(chosen.fields) else ()
    others = tuple((number, called) for number, called in offices if number != str(view.id))
    page = ActPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, {"offices": others}),
        trail=(("Offices", "/offices"), (view.symbol, here)),
        action=f"{here}/{act}",
        cancel_href=here,
        version=view.version,
        about=view.symbol,
        facts=(("Name", view.name), ("Department", view.department)),
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status)


HANDLERS: Final = (
    offices,
    new_office,
    open_office,
    office,
    office_to_revise,
    revise_office,
    office_to_change,
    change_office,
)
