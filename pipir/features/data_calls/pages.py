"""The HTML door of data calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.data_calls import commands, queries, rules
from pipir.features.groups.queries import group_choices
from pipir.features.law.queries import law_of
from pipir.features.people.queries import office_choices
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import AddresseeId, DataCallId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.statute.model import Provision
from pipir.store.doors import Database, ReadSession
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Field, Options, act_of, choices_of, drawn
from pipir.web.api import see_other
from pipir.web.exports import export_file, fields, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

_SORTS: Final = ("due", "issued", "title", "purpose")
_FIELDS: Final = (
    Field("title", "Title"),
    Field("asked", "What is asked", "area"),
    Field("purpose", "For what", hint="Such as the report of 2027, or a briefing."),
    Field("report_year", "Report that it is for", "select", choices="years"),
    Field("issued_on", "Issued on", "date"),
    Field("due_on", "Due on", "date"),
    Field("marking", "Marking", hint="Such as UNCLASSIFIED, CUI or CUI//NOFORN."),
)
_BECAUSE: Final = (Field("because", "Why", "area"),)
_ISSUE: Final = Act(
    commands.issue_call,
    "Issue a data call",
    "Issue it",
    "What offices and workstream leads are asked for by a day. Each answers, or says that there is nothing to return.",
    (
        *_FIELDS,
        Field("office_ids", "Offices", "checks", "Each answers for itself.", choices="offices"),
        Field("group_ids", "Groups", "checks", "The program office enters what their leads return.", choices="groups"),
    ),
)
_ACTS: Final[Mapping[str, Act]] = {
    "revise": Act(commands.revise_call, "Change the call", "Save", "Only an open call changes.", _FIELDS),
    "addressee": Act(
        commands.add_addressee,
        "Add an addressee",
        "Add it",
        "One more office or group that the call goes to.",
        (
            Field("office_id", "Office", "select", choices="offices"),
            Field("group_id", "Group", "select", choices="groups"),
        ),
    ),
    "close": Act(
        commands.close_call,
        "Close the call",
        "Close it",
        "A closed call takes no more returns. Where any is missing, say why it is closed without.",
        (Field("because", "Why it is closed without the missing returns", "area"),),
    ),
    "reopen": Act(
        commands.reopen_call, "Reopen the call", "Reopen it", "It takes returns again, against the same day.", _BECAUSE
    ),
}
_RETURNS: Final[Mapping[str, Act]] = {
    "answer": Act(
        commands.answer_call,
        "Answer the call",
        "Answer",
        "It counts as given today, and replaces what was returned before; the former stays in the history.",
        (Field("answer", "Answer", "area"),),
    ),
    "nil": Act(
        commands.return_nil,
        "Return nil",
        "Return nil",
        "There is nothing to return, said explicitly and with the reason; that is not the same as no answer.",
        (Field("because", "Why there is nothing to return", "area"),),
    ),
}
_RELEASE: Final = Act(
    commands.release_addressee,
    "Release the addressee",
    "Release it",
    "This addressee need not return anything. The entry stays in the record.",
    _BECAUSE,
)
_COLUMNS: Final = fields(
    "title", "purpose", "report_year", "issued_on", "due_on", "addressees", "answered", "nil", "unanswered",
    "days_past_due", "closed_on", "closed_because", "marking", "exercise",
)  # fmt: skip


@dataclass(frozen=True)
class _CallsPage:
    list: ListView[queries.CallView]
    years: tuple[tuple[str, str], ...]
    offices: tuple[tuple[str, str], ...]
    law: Provision
    stale_after: int
    may_issue: bool


@dataclass(frozen=True)
class _CallPage:
    call: queries.CallView
    addressees: tuple[tuple[queries.AddresseeView, tuple[tuple[str, str], ...]], ...]
    law: Provision
    stale_after: int
    acts: tuple[tuple[str, str], ...]
    history: tuple[TrailView, ...]
    binder: Binder


@get("/data-calls", opt=allow("calls.read"))
async def calls(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    report: FromQuery[int | None] = None,
    office: FromQuery[int | None] = None,
    overdue: FromQuery[bool] = False,
    pending: FromQuery[bool] = False,
    stale: FromQuery[bool] = False,
    sort: FromQuery[str] = "-due",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Every data call that was issued."""
    async with db.read() as session:
        found = await queries.list_calls(
            session,
            caller.reader,
            text_in=q or None,
            report_year=report,
            office_id=office,
            closed=not pending,
            overdue=overdue,
            stale=stale,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        law, stale_after = rules.staleness(the_statute(), session.today)
        offices, years = await office_choices(session), await _years(session)
        view = frame.list_view(
            found,
            noun=("data call", "data calls"),
            sort=sort,
            sorts=_SORTS,
            chosen={
                "q": q,
                "report": report,
                "office": office,
                "overdue": overdue,
                "pending": pending,
                "stale": stale,
            },
            labels=dict(offices)
            | dict(years)
            | {
                "overdue=true": "past the due day with returns missing",
                "pending=true": "not closed",
                "stale=true": "with an answer that has become stale",
            },
            columns=_COLUMNS,
        )
        page = _CallsPage(view, years, offices, law, stale_after, caller.may(commands.issue_call.permission))
        return frame.show("data_calls/calls.html", page, now=session.now)


@get(file_paths("/data-calls/export"), opt=allow("calls.read"))
async def export_calls(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    report: FromQuery[int | None] = None,
    office: FromQuery[int | None] = None,
    overdue: FromQuery[bool] = False,
    pending: FromQuery[bool] = False,
    stale: FromQuery[bool] = False,
    sort: FromQuery[str] = "-due",
) -> Response[bytes]:
    """Exactly the calls of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_calls(
                session,
                caller.reader,
                text_in=q or None,
                report_year=report,
                office_id=office,
                closed=not pending,
                overdue=overdue,
                stale=stale,
                sort=sort,
                cursor=cursor,
                limit=AT_ONCE,
            )
        )
    return await export_file(request, "data-calls", _COLUMNS, found)


@get("/data-calls/new", opt=allow(commands.issue_call))
async def new_call(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The empty form of a call."""
    async with db.read() as session:
        filled = {"marking": "CUI", "issued_on": session.today.isoformat()}
        return await _issue_form(frame, session, caller, Form(commands.IssueCall, filled))


@post("/data-calls/new", opt=allow(commands.issue_call), status_code=303)
async def issue_call(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Ask offices and groups for something by a day."""
    form = await read_form(request, commands.IssueCall)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.issue_call.name, once=once) as session:
            number = await commands.issue_call(session, body)
            answer = see_other(session, f"/data-calls/{number}")
        return answer
    async with db.read() as reading:
        return await _issue_form(frame, reading, caller, form)


@get("/data-calls/{call_id:int}", opt=allow("calls.read"))
async def call(
    call_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One call, what each addressee has returned, and its history."""
    number = DataCallId(call_id)
    async with db.read() as session:
        view = await queries.call(session, caller.reader, number)
        law, stale_after = rules.staleness(the_statute(), session.today)
        page = _CallPage(
            call=view,
            addressees=tuple(
                (each, _returns(each, caller)) for each in await queries.addressees_of(session, caller.reader, number)
            ),
            law=law,
            stale_after=stale_after,
            acts=_acts(view) if caller.may(commands.issue_call.permission) else (),
            history=await history(session, caller.reader, "data_call", number),
            binder=await binder(session, caller, "data_call", number),
        )
        return frame.show("data_calls/call.html", page, now=session.now, marking=view.marking)


@get("/data-calls/{call_id:int}/{act:str}", opt=allow(commands.issue_call))
async def call_to_change(
    call_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a call."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.call(session, caller.reader, DataCallId(call_id))
        return await _act_form(frame, session, caller, Form.of(chosen.command.body, view), view, act)


@post("/data-calls/{call_id:int}/{act:str}", opt=allow(commands.issue_call), status_code=303)
async def change_call(
    call_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Make one change of a call, and go back to it."""
    chosen, number = act_of(_ACTS, act), DataCallId(call_id)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        more = {"version": form.version} if chosen.command.versioned else {}
        async with db.write(actor=caller.id, command=chosen.command.name, once=once) as session:
            await chosen.command(session, number, body, **more)
            answer = see_other(session, f"/data-calls/{number}")
        return answer
    async with db.read() as reading:
        view = await queries.call(reading, caller.reader, number)
        return await _act_form(frame, reading, caller, form, view, act)


@get("/data-calls/addressees/{number:int}/release", opt=allow(commands.release_addressee))
async def addressee_to_release(
    number: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of a release."""
    async with db.read() as session:
        view = await queries.addressee(session, caller.reader, AddresseeId(number))
        return _addressee_form(frame, session, Form(_RELEASE.command.body), view, _RELEASE, "release")


@post("/data-calls/addressees/{number:int}/release", opt=allow(commands.release_addressee), status_code=303)
async def release_addressee(
    number: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say why an addressee need not return anything."""
    return await _change_addressee(request, frame, db, caller, number, _RELEASE, "release")


@get("/data-calls/addressees/{number:int}/{act:str}", opt=allow(commands.answer_call))
async def return_to_enter(
    number: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of an answer or of a nil return."""
    chosen = act_of(_RETURNS, act)
    async with db.read() as session:
        view = await queries.addressee(session, caller.reader, AddresseeId(number))
        form: Form[Any] = Form.of(chosen.command.body, view)
        if act == "nil":
            form.values["because"] = view.nil_because or ""
        return _addressee_form(frame, session, form, view, chosen, act)


@post("/data-calls/addressees/{number:int}/{act:str}", opt=allow(commands.answer_call), status_code=303)
async def enter_return(
    number: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Answer a call or return nil, for one's own office."""
    return await _change_addressee(request, frame, db, caller, number, act_of(_RETURNS, act), act)


async def _change_addressee(
    request: Request[Any, Any, Any],
    frame: Frame,
    db: Database,
    caller: Caller,
    number: int,
    chosen: Act,
    act: str,
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.addressee(session, caller.reader, AddresseeId(number))
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, AddresseeId(number), body, version=form.version)
        return see_other(None, f"/data-calls/{view.call_id}#addressees")
    async with db.read() as reading:
        return _addressee_form(frame, reading, form, view, chosen, act)


async def _issue_form(
    frame: Frame, session: ReadSession, caller: Caller, form: Form[commands.IssueCall]
) -> Response[bytes]:
    page = ActPage(
        form=form,
        title=_ISSUE.title,
        lead=_ISSUE.lead,
        button=_ISSUE.button,
        fields=drawn(_ISSUE, await _choices(session, caller, _ISSUE)),
        trail=(("Data calls", "/data-calls"),),
        action="/data-calls/new",
        cancel_href="/data-calls",
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status)


async def _act_form(
    frame: Frame, session: ReadSession, caller: Caller, form: Form[Any], view: queries.CallView, act: str
) -> Response[bytes]:
    chosen, here = _ACTS[act], f"/data-calls/{view.id}"
    missing = [
        each.addressee
        for each in await queries.addressees_of(session, caller.reader, DataCallId(view.id))
        if each.returned is None and each.released_because is None
    ]
    page = ActPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, await _choices(session, caller, chosen)),
        trail=(("Data calls", "/data-calls"), (view.title, here)),
        action=f"{here}/{act}",
        cancel_href=here,
        version=view.version if chosen.command.versioned else None,
        about="The call",
        facts=(
            ("Title", view.title),
            ("Answered", str(view.answered)),
            ("Nil returns", str(view.nil)),
            ("Nothing returned yet", ", ".join(missing) or "nobody; every return has come"),
        ),
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


def _addressee_form(
    frame: Frame, session: ReadSession, form: Form[Any], view: queries.AddresseeView, chosen: Act, act: str
) -> Response[bytes]:
    here = f"/data-calls/{view.call_id}"
    page = ActPage(
        form=form,
        title=f"{chosen.title}: {view.addressee}",
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, {}),
        trail=(("Data calls", "/data-calls"), (view.call, here)),
        action=f"/data-calls/addressees/{view.id}/{act}",
        cancel_href=f"{here}#addressees",
        version=view.version,
        about="The call",
        facts=(("Title", view.call), ("What is asked", view.asked), ("Addressee", view.addressee)),
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


async def _choices(session: ReadSession, caller: Caller, act: Act) -> Mapping[str, Options]:
    needed = choices_of(act.fields)
    found: dict[str, Options] = {"years": await _years(session)}
    if "offices" in needed:
        found["offices"] = await office_choices(session)
    if "groups" in needed:
        groups = await group_choices(session, caller.reader)
        found["groups"] = tuple((str(number), f"{name} ({kind})") for number, name, kind in groups)
    return found


async def _years(session: ReadSession) -> Options:
    return tuple((str(each), f"Report of {each}") for each in lookup.report_years(await law_of(session)))


def _acts(view: queries.CallView) -> tuple[tuple[str, str], ...]:
    names = ("reopen",) if view.closed_on is not None else ("close", "addressee", "revise")
    return tuple((name, _ACTS[name].title) for name in names)


def _returns(view: queries.AddresseeView, caller: Caller) -> tuple[tuple[str, str], ...]:
    """What the caller may enter for this addressee, as (act, label)."""
    if view.closed or view.released_because is not None:
        return ()
    found: list[tuple[str, str]] = []
    own = "program-office" in caller.roles if view.group_id is not None else view.addressee == caller.office
    if own and caller.may(commands.answer_call.permission):
        found = [("answer", "Answer" if view.returned is None else "Revise the answer"), ("nil", "Return nil")]
    if view.returned is None and caller.may(commands.release_addressee.permission):
        found.append(("release", "Release"))
    return tuple(found)


def routes() -> Router:
    """Every page of data calls."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[
            calls,
            export_calls,
            new_call,
            issue_call,
            call,
            call_to_change,
            change_call,
            addressee_to_release,
            release_addressee,
            return_to_enter,
            enter_return,
        ],
    )
