"""The JSON door of people."""

from datetime import date

import msgspec
from litestar import Response, Router, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.people import commands, queries
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.countries import called
from pipir.kernel.ids import AbsenceId, OfficeId, PersonId, RecordNumber, RoleAssignmentId
from pipir.kernel.marking import Reader
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import WHILE_SEEING_AS, allow
from pipir.web.api import changed, created, shown


class Eyes(msgspec.Struct, frozen=True):
    """As whom a sign-in reads now."""

    kind: str
    nationality: str
    called: str
    seeing_as: bool


@get("/people", opt=allow("people.read"))
async def list_people(
    db: NamedDependency[Database],
    q: FromQuery[str | None] = None,
    office: FromQuery[int | None] = None,
    role: FromQuery[str | None] = None,
    reader: FromQuery[str | None] = None,
    status: FromQuery[str | None] = None,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "name",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.PersonView]:
    """People, a page at a time."""
    async with db.read() as session:
        return await queries.list_people(
            session,
            text_in=q,
            office_id=office,
            role=role,
            reader=reader,
            status=status,
            ended=ended,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@post("/people", opt=allow(commands.add_person))
async def add_person(
    data: JSONBody[commands.AddPerson],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.PersonView]:
    """Enter a person."""
    async with db.write(actor=caller.id, command=commands.add_person.name, once=once) as session:
        person_id = await commands.add_person(session, data)
        answer = created(session, await queries.person(session, person_id), f"/api/v1/people/{person_id}")
    return answer


@get("/people/{person_id:int}", opt=allow("people.read"))
async def show_person(person_id: FromPath[RecordNumber], db: NamedDependency[Database]) -> Response[queries.PersonView]:
    """One person."""
    async with db.read() as session:
        return shown(await queries.person(session, PersonId(person_id)))


@get("/people/{person_id:int}/history", opt=allow("people.read"))
async def person_history(
    person_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a person's entry, newest first."""
    async with db.read() as session:
        await queries.person(session, PersonId(person_id))
        return await history(session, caller.reader, "person", person_id)


@put("/people/{person_id:int}", opt=allow(commands.revise_person))
async def revise_person(
    person_id: FromPath[RecordNumber],
    data: JSONBody[commands.RevisePerson],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PersonView]:
    """Change a person."""
    async with db.write(actor=caller.id, command=commands.revise_person.name) as session:
        await commands.revise_person(session, PersonId(person_id), data, version=version)
        view = await queries.person(session, PersonId(person_id))
    return changed(view)


@patch("/people/{person_id:int}/end", opt=allow(commands.end_person))
async def end_person(
    person_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndPerson],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PersonView]:
    """Say a person's last day."""
    async with db.write(actor=caller.id, command=commands.end_person.name) as session:
        await commands.end_person(session, PersonId(person_id), data, version=version)
        view = await queries.person(session, PersonId(person_id))
    return changed(view)


@patch("/people/{person_id:int}/office", opt=allow(commands.move_person))
async def move_person(
    person_id: FromPath[RecordNumber],
    data: JSONBody[commands.MovePerson],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PersonView]:
    """Let a person belong to another office from a day on."""
    async with db.write(actor=caller.id, command=commands.move_person.name) as session:
        await commands.move_person(session, PersonId(person_id), data, version=version)
        view = await queries.person(session, PersonId(person_id))
    return changed(view)


@patch("/people/{person_id:int}/enable", opt=allow(commands.enable_person))
async def enable_person(
    person_id: FromPath[RecordNumber],
    data: JSONBody[commands.EnablePerson],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PersonView]:
    """Let a disabled person come in again."""
    async with db.write(actor=caller.id, command=commands.enable_person.name) as session:
        await commands.enable_person(session, PersonId(person_id), data, version=version)
        view = await queries.person(session, PersonId(person_id))
    return changed(view)


@get("/people/{person_id:int}/offices", opt=allow("people.read"))
async def person_offices(
    person_id: FromPath[RecordNumber], db: NamedDependency[Database]
) -> tuple[queries.TimeInOffice, ...]:
    """A person's times in offices, the latest first."""
    async with db.read() as session:
        await queries.person(session, PersonId(person_id))
        return await queries.offices_of(session, person_id)


@get("/people/{person_id:int}/roles", opt=allow("people.read"))
async def person_roles(
    person_id: FromPath[RecordNumber], db: NamedDependency[Database]
) -> tuple[queries.RoleView, ...]:
    """A person's roles with their days."""
    async with db.read() as session:
        await queries.person(session, PersonId(person_id))
        return await queries.roles_of(session, person_id)


@post("/people/{person_id:int}/roles", opt=allow(commands.give_role))
async def give_role(
    person_id: FromPath[RecordNumber],
    data: JSONBody[commands.GiveRole],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.PersonView]:
    """Give a person a role from a day on."""
    async with db.write(actor=caller.id, command=commands.give_role.name, once=once) as session:
        await commands.give_role(session, PersonId(person_id), data)
        view = await queries.person(session, PersonId(person_id))
        answer = created(session, view, f"/api/v1/people/{person_id}")
    return answer


@patch("/people/{person_id:int}/roles/{assignment_id:int}/end", opt=allow(commands.end_role))
async def end_role(
    person_id: FromPath[RecordNumber],
    assignment_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndRole],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> tuple[queries.RoleView, ...]:
    """Say the last day of a person's role; If-Match names the role's version."""
    async with db.write(actor=caller.id, command=commands.end_role.name) as session:
        await commands.end_role(session, RoleAssignmentId(assignment_id), data, version=version)
        return await queries.roles_of(session, person_id)


@get("/people/{person_id:int}/absences", opt=allow("people.read"))
async def person_absences(
    person_id: FromPath[RecordNumber], db: NamedDependency[Database]
) -> tuple[queries.AbsenceView, ...]:
    """The absences of a person, and those in which they stand in."""
    async with db.read() as session:
        await queries.person(session, PersonId(person_id))
        return await queries.absences_of(session, person_id)


@post("/people/{person_id:int}/absences", opt=allow(commands.record_absence))
async def record_absence(
    person_id: FromPath[RecordNumber],
    data: JSONBody[commands.RecordAbsence],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.AbsenceView]:
    """Record that a person is away, and who stands in."""
    async with db.write(actor=caller.id, command=commands.record_absence.name, once=once) as session:
        number = await commands.record_absence(session, PersonId(person_id), data)
        view = next(each for each in await queries.absences_of(session, person_id) if each.id == number)
        answer = created(session, view, f"/api/v1/people/{person_id}/absences")
    return answer


@patch("/people/{person_id:int}/absences/{absence_id:int}/end", opt=allow(commands.end_absence))
async def end_absence(
    person_id: FromPath[RecordNumber],
    absence_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndAbsence],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> tuple[queries.AbsenceView, ...]:
    """Cut an absence short, or call it off; If-Match names the absence's version."""
    async with db.write(actor=caller.id, command=commands.end_absence.name) as session:
        await commands.end_absence(session, AbsenceId(absence_id), data, version=version)
        return await queries.absences_of(session, person_id)


@get("/see-as", opt=allow("people.see-as"))
async def show_see_as(caller: NamedDependency[Caller]) -> Eyes:
    """As whom this sign-in reads."""
    return _eyes(caller)


@put("/see-as", opt=allow("people.see-as"))
async def see_as(
    data: JSONBody[commands.SeeAs], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Eyes:
    """Look through another reader's eyes: a browser's sign-in alone can, no token."""
    async with db.write(actor=caller.id, command="people.see-as") as session:
        await commands.see_as(session, caller.session_id, data)
    chosen = Reader(kind=data.kind, nationality=data.nationality)
    return Eyes(chosen.kind, chosen.nationality, called(chosen), seeing_as=True)


@delete("/see-as", opt=allow("people.see-as") | WHILE_SEEING_AS, status_code=200)
async def stop_seeing_as(db: NamedDependency[Database], caller: NamedDependency[Caller]) -> Eyes:
    """Look with one's own eyes again."""
    if caller.session_id is not None:
        async with db.write(actor=caller.id, command="people.stop-seeing-as") as session:
            await commands.stop_seeing_as(session, caller.session_id)
    own = caller.reader.within or caller.reader
    return Eyes(own.kind, own.nationality, called(own), seeing_as=False)


def _eyes(caller: Caller) -> Eyes:
    reader = caller.reader
    return Eyes(reader.kind, reader.nationality, called(reader), seeing_as=caller.seeing_as is not None)


@get("/offices", opt=allow("people.read"))
async def list_offices(
    db: NamedDependency[Database],
    q: FromQuery[str | None] = None,
    department: FromQuery[str | None] = None,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "symbol",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.OfficeView]:
    """Offices, a page at a time."""
    async with db.read() as session:
        return await queries.list_offices(
            session, text_in=q, department=department, ended=ended, sort=sort, cursor=cursor, limit=limit
        )


@post("/offices", opt=allow(commands.open_office))
async def open_office(
    data: JSONBody[commands.OpenOffice],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.OfficeView]:
    """Enter an office."""
    async with db.write(actor=caller.id, command=commands.open_office.name, once=once) as session:
        office_id = await commands.open_office(session, data)
        answer = created(session, await queries.office(session, office_id), f"/api/v1/offices/{office_id}")
    return answer


@get("/offices/{office_id:int}", opt=allow("people.read"))
async def show_office(office_id: FromPath[RecordNumber], db: NamedDependency[Database]) -> Response[queries.OfficeView]:
    """One office."""
    async with db.read() as session:
        return shown(await queries.office(session, OfficeId(office_id)))


@get("/offices/{office_id:int}/history", opt=allow("people.read"))
async def office_history(
    office_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of an office, newest first."""
    async with db.read() as session:
        await queries.office(session, OfficeId(office_id))
        return await history(session, caller.reader, "office", office_id)


@put("/offices/{office_id:int}", opt=allow(commands.revise_office))
async def revise_office(
    office_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseOffice],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.OfficeView]:
    """Change an office."""
    async with db.write(actor=caller.id, command=commands.revise_office.name) as session:
        await commands.revise_office(session, OfficeId(office_id), data, version=version)
        view = await queries.office(session, OfficeId(office_id))
    return changed(view)


@patch("/offices/{office_id:int}/end", opt=allow(commands.end_office))
async def end_office(
    office_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndOffice],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.OfficeView]:
    """Close an office on a day."""
    async with db.write(actor=caller.id, command=commands.end_office.name) as session:
        await commands.end_office(session, OfficeId(office_id), data, version=version)
        view = await queries.office(session, OfficeId(office_id))
    return changed(view)


@get("/offices/{office_id:int}/people", opt=allow("people.read"))
async def office_people(
    office_id: FromPath[RecordNumber], db: NamedDependency[Database], on: FromQuery[date | None] = None
) -> tuple[queries.Member, ...]:
    """Who belongs to an office on a day, or today."""
    async with db.read() as session:
        await queries.office(session, OfficeId(office_id))
        return await queries.members_of(session, office_id, on or session.today)


@get("/offices/{office_id:int}/names", opt=allow("people.read"))
async def office_names(
    office_id: FromPath[RecordNumber], db: NamedDependency[Database]
) -> tuple[queries.FormerName, ...]:
    """The former names of an office."""
    async with db.read() as session:
        await queries.office(session, OfficeId(office_id))
        return await queries.names_of(session, office_id)


@patch("/offices/{office_id:int}/name", opt=allow(commands.rename_office))
async def rename_office(
    office_id: FromPath[RecordNumber],
    data: JSONBody[commands.RenameOffice],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.OfficeView]:
    """Give an office the name that it bears from a day on."""
    async with db.write(actor=caller.id, command=commands.rename_office.name) as session:
        await commands.rename_office(session, OfficeId(office_id), data, version=version)
        view = await queries.office(session, OfficeId(office_id))
    return changed(view)


def routes() -> Router:
    """Every JSON route of people."""
    return Router(
        path="/api/v1",
        tags=["people"],
        route_handlers=[
            list_people,
            add_person,
            show_person,
            person_history,
            revise_person,
            end_person,
            move_person,
            enable_person,
            person_offices,
            person_roles,
            give_role,
            end_role,
            person_absences,
            record_absence,
            end_absence,
            show_see_as,
            see_as,
            stop_seeing_as,
            list_offices,
            open_office,
            show_office,
            office_history,
            revise_office,
            end_office,
            office_people,
            office_names,
            rename_office,
        ],
    )
