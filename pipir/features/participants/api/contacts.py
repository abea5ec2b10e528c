"""National points of contact: programs are told the office, never the person behind it."""

from typing import Final

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.participants import commands, queries
from pipir.kernel.access import Caller
from pipir.kernel.ids import ParticipantId, PointOfContactId, RecordNumber
from pipir.kernel.once import Once
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


@get("/participants/contacts", opt=allow("participants.read"))
async def list_contacts(
    db: NamedDependency[Database], caller: NamedDependency[Caller], ended: FromQuery[bool] = False
) -> tuple[queries.ContactView, ...]:
    """The points of contact of every country."""
    async with db.read() as session:
        return await queries.contacts(session, caller.reader, ended=ended)


@post("/participants/{participant_id:int}/contacts", opt=allow(commands.enter_contact))
async def enter_contact(
    participant_id: FromPath[RecordNumber],
    data: JSONBody[commands.EnterContact],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ContactView]:
    """Enter a country's point of contact."""
    async with db.write(actor=caller.id, command=commands.enter_contact.name, once=once) as session:
        contact_id = await commands.enter_contact(session, ParticipantId(participant_id), data)
        view = await queries.contact(session, caller.reader, contact_id)
        answer = created(session, view, f"/api/v1/participants/contacts/{contact_id}")
    return answer


@get("/participants/contacts/{contact_id:int}", opt=allow("participants.read"))
async def show_contact(
    contact_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ContactView]:
    """One point of contact."""
    async with db.read() as session:
        return shown(await queries.contact(session, caller.reader, PointOfContactId(contact_id)))


@put("/participants/contacts/{contact_id:int}", opt=allow(commands.revise_contact))
async def revise_contact(
    contact_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseContact],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ContactView]:
    """Correct a point of contact."""
    target = PointOfContactId(contact_id)
    async with db.write(actor=caller.id, command=commands.revise_contact.name) as session:
        await commands.revise_contact(session, target, data, version=version)
        view = await queries.contact(session, caller.reader, target)
    return changed(view)


@patch("/participants/contacts/{contact_id:int}/end", opt=allow(commands.end_contact))
async def end_contact(
    contact_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndContact],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ContactView]:
    """Say the last day of a point of contact, and why."""
    target = PointOfContactId(contact_id)
    async with db.write(actor=caller.id, command=commands.end_contact.name) as session:
        await commands.end_contact(session, target, data, version=version)
        view = await queries.contact(session, caller.reader, target)
    return changed(view)


HANDLERS: Final = (list_contacts, enter_contact, show_contact, revise_contact, end_contact)
