"""The JSON door of technical assistance."""

from litestar import Response, Router, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.assistance import commands, queries
from pipir.features.assistance.rules import Condition, Status
from pipir.features.assistance.tables import AssistanceId, UnitId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown

READ = "assistance.read"


@get("/assistance", opt=allow(READ))
async def list_assistance(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    status: FromQuery[list[Status] | None] = None,
    uses: FromQuery[str | None] = None,
    country: FromQuery[str | None] = None,
    objective: FromQuery[str | None] = None,
    project: FromQuery[RecordNumber | None] = None,
    office: FromQuery[RecordNumber | None] = None,
    sort: FromQuery[str] = "-starts",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.AssistanceView]:
    """Technical assistance, a page at a time."""
    which = queries.AssistanceFilter(
        text=q,
        statuses=tuple(status or ()),
        uses=uses,
        country=country,
        objective=objective,
        project_id=project,
        office_id=office,
    )
    async with db.read() as session:
        return await queries.list_assistance(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)


@post("/assistance", opt=allow(commands.plan_assistance))
async def plan_assistance(
    data: JSONBody[commands.PlanAssistance],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.AssistanceView]:
    """Plan assistance under an authority of title 10; the service gives its code."""
    async with db.write(actor=caller.id, command=commands.plan_assistance.name, once=once) as session:
        number = await commands.plan_assistance(session, data)
        view = await queries.assistance(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/assistance/{number}")
    return answer


@get("/assistance/{assistance_id:int}", opt=allow(READ))
async def show_assistance(
    assistance_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.AssistanceView]:
    """One assistance."""
    async with db.read() as session:
        return shown(await queries.assistance(session, caller.reader, AssistanceId(assistance_id)))


@get("/assistance/{assistance_id:int}/history", opt=allow(READ))
async def assistance_history(
    assistance_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of assistance, its conditions and units, newest first."""
    async with db.read() as session:
        await queries.assistance(session, caller.reader, AssistanceId(assistance_id))
        return await history(session, caller.reader, "assistance", assistance_id)


@get("/assistance/{assistance_id:int}/conditions", opt=allow(READ))
async def assistance_conditions(
    assistance_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[Condition, ...]:
    """The conditions of the authority that it uses: as of its beginning, or of today while it is planned."""
    async with db.read() as session:
        view = await queries.assistance(session, caller.reader, AssistanceId(assistance_id))
        return await queries.conditions(session, caller.reader, assistance_id, view.begun_on or session.today)


@post("/assistance/{assistance_id:int}/conditions", opt=allow(commands.record_condition))
async def record_condition(
    assistance_id: FromPath[RecordNumber],
    data: JSONBody[commands.RecordCondition],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.AssistanceView]:
    """Record what shows that a condition is met."""
    number = AssistanceId(assistance_id)
    async with db.write(actor=caller.id, command=commands.record_condition.name, once=once) as session:
        await commands.record_condition(session, number, data)
        view = await queries.assistance(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/assistance/{number}")
    return answer


@get("/assistance/{assistance_id:int}/units", opt=allow(READ))
async def list_units(
    assistance_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.UnitView, ...]:
    """The units that are helped, with their vetting."""
    async with db.read() as session:
        await queries.assistance(session, caller.reader, AssistanceId(assistance_id))
        return await queries.units(session, assistance_id)


@post("/assistance/{assistance_id:int}/units", opt=allow(commands.name_unit))
async def name_unit(
    assistance_id: FromPath[RecordNumber],
    data: JSONBody[commands.NameUnit],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.UnitView]:
    """Name a unit that is to be helped."""
    async with db.write(actor=caller.id, command=commands.name_unit.name, once=once) as session:
        number = await commands.name_unit(session, AssistanceId(assistance_id), data)
        view = await queries.unit(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/assistance-units/{number}")
    return answer


@get("/assistance-units/{unit_id:int}", opt=allow(READ))
async def show_unit(
    unit_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.UnitView]:
    """One unit with its vetting."""
    async with db.read() as session:
        return shown(await queries.unit(session, caller.reader, UnitId(unit_id)))


@patch("/assistance-units/{unit_id:int}/vetting", opt=allow(commands.vet_unit))
async def vet_unit(
    unit_id: FromPath[RecordNumber],
    data: JSONBody[commands.VetUnit],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.UnitView]:
    """Record what the vetting of a unit came to."""
    async with db.write(actor=caller.id, command=commands.vet_unit.name) as session:
        await commands.vet_unit(session, UnitId(unit_id), data, version=version)
        view = await queries.unit(session, caller.reader, UnitId(unit_id))
    return changed(view)


@patch("/assistance-units/{unit_id:int}/out", opt=allow(commands.take_out_unit))
async def take_out_unit(
    unit_id: FromPath[RecordNumber],
    data: JSONBody[commands.TakeOutUnit],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.UnitView]:
    """Say that a unit is not helped, or no longer."""
    async with db.write(actor=caller.id, command=commands.take_out_unit.name) as session:
        await commands.take_out_unit(session, UnitId(unit_id), data, version=version)
        view = await queries.unit(session, caller.reader, UnitId(unit_id))
    return changed(view)


@put("/assistance/{assistance_id:int}", opt=allow(commands.revise_assistance))
async def revise_assistance(
    assistance_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseAssistance],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AssistanceView]:
    """Correct what is recorded of assistance."""
    number = AssistanceId(assistance_id)
    async with db.write(actor=caller.id, command=commands.revise_assistance.name) as session:
        await commands.revise_assistance(session, number, data, version=version)
        view = await queries.assistance(session, caller.reader, number)
    return changed(view)


@patch("/assistance/{assistance_id:int}/begin", opt=allow(commands.begin_assistance))
async def begin_assistance(
    assistance_id: FromPath[RecordNumber],
    data: JSONBody[commands.BeginAssistance],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AssistanceView]:
    """Begin assistance, once every condition is met."""
    number = AssistanceId(assistance_id)
    async with db.write(actor=caller.id, command=commands.begin_assistance.name) as session:
        await commands.begin_assistance(session, number, data, version=version)
        view = await queries.assistance(session, caller.reader, number)
    return changed(view)


@patch("/assistance/{assistance_id:int}/status", opt=allow(commands.change_status))
async def change_assistance_status(
    assistance_id: FromPath[RecordNumber],
    data: JSONBody[commands.ChangeAssistanceStatus],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AssistanceView]:
    """Suspend, take up again, complete or end assistance."""
    number = AssistanceId(assistance_id)
    async with db.write(actor=caller.id, command=commands.change_status.name) as session:
        await commands.change_status(session, number, data, version=version)
        view = await queries.assistance(session, caller.reader, number)
    return changed(view)


def routes() -> Router:
    """Every JSON route of technical assistance."""
    return Router(
        path="/api/v1",
        tags=["assistance"],
        route_handlers=[
            list_assistance,
            plan_assistance,
            show_assistance,
            assistance_history,
            assistance_conditions,
            record_condition,
            list_units,
            name_unit,
            show_unit,
            vet_unit,
            take_out_unit,
            revise_assistance,
            begin_assistance,
            change_assistance_status,
        ],
    )
