"""National points of contact: the file of all, and the forms that enter, correct and end one."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.participants import commands, queries
from pipir.features.participants.pages.shared import TRAIL, seen
from pipir.kernel.access import Caller
from pipir.kernel.ids import ParticipantId, PointOfContactId, RecordNumber
from pipir.kernel.once import Once
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Field, act_of, drawn
from pipir.web.api import see_other
from pipir.web.exports import Columns, exercise, export_file, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

CONTACTS: Final = Columns[queries.ContactView](
    (
        "Country", "Code", "Office", "Function", "Since", "Until", "Ended because", "Marking", "Exercise data",
    ),
    lambda each: (
        each.country,
        each.code,
        each.office,
        each.function,
        each.since,
        each.until or "",
        each.ended_because or "",
        each.marking,
        exercise(each),
    ),
)  # fmt: skip
_OFFICE: Final = (
    Field("office", "Office", hint="Such as Acquisition, Technology and Logistics Agency."),
    Field("function", "Function", hint="What the office is spoken to about."),
)
_PERSON: Final = (
    Field("person_name", "Person", hint="Stands on the country's page only: in no file, report, feed or trail."),
    Field("mail", "Mail"),
    Field("phone", "Telephone"),
    Field("marking", "Marking", hint="Such as UNCLASSIFIED, CUI or CUI//NOFORN."),
)
_ENTER: Final = Act(
    commands.enter_contact,
    "Enter a point of contact",
    "Enter it",
    "The office of the country that is spoken to. Files and reports show the office only.",
    (*_OFFICE, Field("since", "Since", "date"), *_PERSON),
)
_REVISE: Final = Act(
    commands.revise_contact,
    "Change the point of contact",
    "Save",
    "Another office is an entry of its own.",
    (*_OFFICE, *_PERSON),
)
_END: Final = Act(
    commands.end_contact,
    "End the point of contact",
    "Record the end",
    "The office stays in the record; the person behind it is taken out of it.",
    (Field("until", "Last day", "date"), Field("because", "Why", "area")),
)
_ACTS: Final = {"revise": _REVISE, "end": _END}


@get(file_paths("/participants/contacts"), opt=allow("participants.read"))
async def export_contacts(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    ended: FromQuery[bool] = False,
) -> Response[bytes]:
    """The points of contact of every country as a file: offices, no persons."""
    async with db.read() as session:
        found = await queries.contacts(session, caller.reader, ended=ended)
    return await export_file(request, "points-of-contact", CONTACTS, found)


@get("/participants/{participant_id:int}/contacts/new", opt=allow(commands.enter_contact))
async def new_contact(
    participant_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The empty form of a point of contact."""
    return await _new_page(frame, db, caller, participant_id, Form(commands.EnterContact, {"marking": "CUI"}))


@post("/participants/{participant_id:int}/contacts/new", opt=allow(commands.enter_contact), status_code=303)
async def enter_contact(
    participant_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a country's point of contact."""
    form = await read_form(request, commands.EnterContact)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.enter_contact.name, once=once) as session:
            await commands.enter_contact(session, ParticipantId(participant_id), body)
            answer = see_other(session, f"/participants/{participant_id}#contacts")
        return answer
    return await _new_page(frame, db, caller, participant_id, form)


@get("/participants/contacts/{contact_id:int}/{act:str}", opt=allow(commands.revise_contact))
async def contact_to_change(
    contact_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a point of contact."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.contact(session, caller.reader, PointOfContactId(contact_id))
        form: Form[Any] = Form(chosen.command.body)
        if act == "revise":
            persons = await queries.persons_behind(session, caller.reader, ParticipantId(view.participant_id))
            form = Form.of(chosen.command.body, view)
            form.values |= Form.of(chosen.command.body, persons[view.id]).values | {
                name: form.values[name] for name in ("office", "function", "marking")
            }
        return _act_page(frame, session, form, view, act)


@post("/participants/contacts/{contact_id:int}/{act:str}", opt=allow(commands.revise_contact), status_code=303)
async def change_contact(
    contact_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of a point of contact, and go back to its country."""
    chosen, number = act_of(_ACTS, act), PointOfContactId(contact_id)
    async with db.read() as session:
        view = await queries.contact(session, caller.reader, number)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, number, body, version=form.version)
        return see_other(None, f"/participants/{view.participant_id}#contacts")
    async with db.read() as reading:
        return _act_page(frame, reading, form, view, act)


async def _new_page(
    frame: Frame, db: Database, caller: Caller, participant_id: int, form: Form[Any]
) -> Response[bytes]:
    view = await seen(db, caller, participant_id)
    page = ActPage(
        form=form,
        title=f"{_ENTER.title} of {view.name}",
        lead=_ENTER.lead,
        button=_ENTER.button,
        fields=drawn(_ENTER, {}),
        trail=(TRAIL, (view.name, f"/participants/{view.id}")),
        action=f"/participants/{view.id}/contacts/new",
        cancel_href=f"/participants/{view.id}",
    )
    async with db.read() as session:
        return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


def _act_page(
    frame: Frame, session: ReadSession, form: Form[Any], view: queries.ContactView, act: str
) -> Response[bytes]:
    chosen, address = act_of(_ACTS, act), f"/participants/{view.participant_id}"
    page = ActPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, {}),
        trail=(TRAIL, (view.country, address)),
        action=f"/participants/contacts/{view.id}/{act}",
        cancel_href=address,
        version=view.version,
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


HANDLERS: Final = (export_contacts, new_contact, enter_contact, contact_to_change, change_contact)
