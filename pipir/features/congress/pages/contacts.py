"""Congressional contacts: list and file, one entry, and the forms of its changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.congress import commands, queries, rules
from pipir.features.congress.pages.shared import CHANGE, TRAIL, choices
from pipir.features.people.queries import office_choices
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import ContactId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.store.doors import Database, ReadSession
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Field, act_of, drawn
from pipir.web.api import see_other
from pipir.web.exports import Columns, exercise, export_file, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

_SORTS: Final = ("received", "due", "title", "from", "status")
_FIELDS: Final = (
    Field("kind", "Kind", "select", choices="kinds"),
    Field("title", "Title"),
    Field("asked", "What is asked, sent or held", "area"),
    Field("committee", "Committee", "select", choices="committees"),
    Field("member_office", "Member's office, or another committee", hint="An office, never a private person."),
    Field("tasking_number", "Tasking number"),
    Field(
        "received_on", "Received on", "date", "Of a hold the day it was placed; of a package the day it was delivered."
    ),
    Field("due_on", "Suspense", "date", "The day by which an answer is due; a question always has one."),
    Field("office_id", "Responsible office", "select", choices="offices"),
    Field("marking", "Marking", hint="Such as UNCLASSIFIED, CUI or CUI//NOFORN."),
)
_BECAUSE: Final = Field("because", "Why", "area", "Or what shows it, so that another person finds it.")
_ENTER: Final = Act(
    commands.enter_contact,
    "Enter a congressional contact",
    "Enter it",
    "A question, a question for the record, a notification package or an informal hold, between the reports.",
    _FIELDS,
)
_ACTS: Final[Mapping[str, Act]] = {
    "answer": Act(
        commands.answer_contact,
        "Record the answer",
        "Record it",
        "What Congress was told, and what shows it.",
        (
            Field("answered_on", "Answered on", "date"),
            Field("answer", "Answer", "area"),
            Field("evidence", "Evidence", "area", "What shows it, so that another person finds it."),
        ),
    ),
    "release": Act(
        commands.release_hold,
        "Record that the hold was released",
        "Record it",
        "Who placed the hold has lifted it.",
        (Field("released_on", "Released on", "date"), _BECAUSE),
    ),
    "revise": Act(commands.revise_contact, "Change the entry", "Save", "Only an open entry changes.", _FIELDS),
    "withdraw": Act(
        commands.withdraw_contact,
        "Record that it was withdrawn",
        "Record it",
        "Who asked has taken it back.",
        (Field("withdrawn_on", "Withdrawn on", "date"), _BECAUSE),
    ),
    "reopen": Act(
        commands.reopen_contact,
        "Reopen the entry",
        "Reopen it",
        "What stood before stays in the history.",
        (Field("because", "Why", "area"),),
    ),
}
_COLUMNS: Final = Columns[queries.ContactView](
    (
        "Id", "Kind", "Title", "Asked", "Asked by", "Tasking number", "Received on", "Due on", "Office", "Status",
        "State", "Answered on", "Answer", "Evidence", "Withdrawn on", "Withdrawn because", "Released on",
        "Released because", "Reopened because", "Marking", "Exercise data",
    ),
    lambda each: (
        each.id, each.kind, each.title, each.asked, each.asked_by, each.tasking_number, each.received_on, each.due_on,
        each.office, each.status, each.state.label, each.answered_on, each.answer, each.evidence, each.withdrawn_on,
        each.withdrawn_because, each.released_on, each.released_because, each.reopened_because, each.marking,
        exercise(each),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _ContactsPage:
    list: ListView[queries.ContactView]
    kinds: tuple[str, ...]
    statuses: tuple[str, ...]
    offices: tuple[tuple[str, str], ...]
    may_change: bool


@dataclass(frozen=True)
class _ContactPage:
    contact: queries.ContactView
    promises: tuple[queries.PromiseView, ...]
    acts: tuple[tuple[str, str], ...]
    history: tuple[TrailView, ...]
    binder: Binder
    may_change: bool


@get("/congress/contacts", opt=allow("congress.read"))
async def contacts(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    status: FromQuery[str] = "",
    office: FromQuery[int | None] = None,
    overdue: FromQuery[bool] = False,
    sort: FromQuery[str] = "-received",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Every congressional contact that was entered."""
    async with db.read() as session:
        found = await queries.list_contacts(
            session,
            caller.reader,
            text_in=q or None,
            kind=kind or None,
            status=status or None,
            office_id=office,
            overdue=overdue,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        known = await office_choices(session)
        view = frame.list_view(
            found,
            noun=("contact", "contacts"),
            sort=sort,
            sorts=_SORTS,
            chosen={"q": q, "kind": kind, "status": status, "office": office, "overdue": overdue},
            labels=dict(known) | {"true": "past the suspense"},
            columns=_COLUMNS,
        )
        page = _ContactsPage(view, rules.CONTACT_KINDS, rules.CONTACT_STATUSES, known, caller.may(CHANGE))
        return frame.show("congress/contacts.html", page, now=session.now)


@get(file_paths("/congress/contacts/export"), opt=allow("congress.read"))
async def export_contacts(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    status: FromQuery[str] = "",
    office: FromQuery[int | None] = None,
    overdue: FromQuery[bool] = False,
    sort: FromQuery[str] = "-received",
) -> Response[bytes]:
    """Exactly the contacts of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_contacts(
                session,
                caller.reader,
                text_in=q or None,
                kind=kind or None,
                status=status or None,
                office_id=office,
                overdue=overdue,
                sort=sort,
                cursor=cursor,
                limit=AT_ONCE,
            )
        )
    return await export_file(request, "contacts", _COLUMNS, found)


@get("/congress/contacts/new", opt=allow(commands.enter_contact))
async def new_contact(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The empty form of a congressional contact."""
    async with db.read() as session:
        return await _form(frame, session, caller, Form(commands.EnterContact, {"marking": "CUI"}), _ENTER)


@post("/congress/contacts/new", opt=allow(commands.enter_contact), status_code=303)
async def enter_contact(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a question, a notification package or an informal hold."""
    form = await read_form(request, commands.EnterContact)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.enter_contact.name, once=once) as session:
            number = await commands.enter_contact(session, body)
            answer = see_other(session, f"/congress/contacts/{number}")
        return answer
    async with db.read() as reading:
        return await _form(frame, reading, caller, form, _ENTER)


@get("/congress/contacts/{contact_id:int}", opt=allow("congress.read"))
async def contact(
    contact_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One congressional contact, what was promised in its answer, and its history."""
    number, may_change = ContactId(contact_id), caller.may(CHANGE)
    async with db.read() as session:
        view = await queries.contact(session, caller.reader, number)
        promised = await queries.list_promises(session, caller.reader, contact_id=number)
        page = _ContactPage(
            contact=view,
            promises=promised.items,
            acts=_acts(view) if may_change else (),
            history=await history(session, caller.reader, "congressional_contact", number),
            binder=await binder(session, caller, "congressional_contact", number),
            may_change=may_change,
        )
        return frame.show("congress/contact.html", page, now=session.now, marking=view.marking)


@get("/congress/contacts/{contact_id:int}/{act:str}", opt=allow(CHANGE))
async def contact_to_change(
    contact_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a contact."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.contact(session, caller.reader, ContactId(contact_id))
        return await _form(frame, session, caller, Form.of(chosen.command.body, view), chosen, view, act)


@post("/congress/contacts/{contact_id:int}/{act:str}", opt=allow(CHANGE), status_code=303)
async def change_contact(
    contact_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of a contact, and go back to it."""
    chosen = act_of(_ACTS, act)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, ContactId(contact_id), body, version=form.version)
        return see_other(None, f"/congress/contacts/{contact_id}")
    async with db.read() as reading:
        view = await queries.contact(reading, caller.reader, ContactId(contact_id))
        return await _form(frame, reading, caller, form, chosen, view, act)


async def _form(
    frame: Frame,
    session: ReadSession,
    caller: Caller,
    form: Form[Any],
    chosen: Act,
    view: queries.ContactView | None = None,
    act: str = "",
) -> Response[bytes]:
    every = "/congress/contacts"
    here = f"{every}/{view.id}" if view is not None else every
    page = ActPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, await choices(session, caller, chosen)),
        trail=(*TRAIL, ("Contacts", every), *(((view.title, here),) if view is not None else ())),
        action=f"{here}/{act}" if view is not None else f"{every}/new",
        cancel_href=here,
        version=view.version if view is not None else None,
        about="The entry" if view is not None else "",
        facts=(("Kind", view.kind), ("From", view.asked_by), ("Asked", view.asked)) if view is not None else (),
    )
    marking = view.marking if view is not None else "CUI"
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=marking)


def _acts(view: queries.ContactView) -> tuple[tuple[str, str], ...]:
    if view.status not in rules.PENDING_CONTACT:
        names: tuple[str, ...] = ("reopen",)
    elif view.kind == rules.HOLD:
        names = ("release", "revise")
    else:
        names = ("answer", "revise", "withdraw")
    return tuple((name, _ACTS[name].title) for name in names)


HANDLERS: Final = (
    contacts,
    export_contacts,
    new_contact,
    enter_contact,
    contact,
    contact_to_change,
    change_contact,
)
