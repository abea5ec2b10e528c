"""The JSON door of people."""

from litestar import Response, Router, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.people import commands, queries
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import OfficeId, PersonId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


@get("/people", opt=allow("people.read"))
async def list_people(
    db: NamedDependency[Database],
    q: FromQuery[str | None] = None,
    office: FromQuery[int | None] = None,
    role: FromQuery[str | None] = None,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "name",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.PersonView]:
    """People, a page at a time."""
    async with db.read() as session:
        return await queries.list_people(
            session, text_in=q, office_id=office, role=role, ended=ended, sort=sort, cursor=cursor, limit=limit
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


@get("/offices", opt=allow("people.read"))
async def list_offices(
    db: NamedDependency[Database],
    department: FromQuery[str | None] = None,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "symbol",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.OfficeView]:
    """Offices, a page at a time."""
    async with db.read() as session:
        return await queries.list_offices(
            session, department=department, ended=ended, sort=sort, cursor=cursor, limit=limit
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
            list_offices,
            open_office,
            show_office,
            office_history,
            revise_office,
            end_office,
        ],
    )
