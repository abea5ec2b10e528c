"""Versions of the process of section 1253(d)."""

from typing import Final

from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from pipir.features.participants import commands, queries
from pipir.kernel.access import Caller
from pipir.kernel.ids import ProcessId, RecordNumber
from pipir.kernel.once import Once
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


@get("/participants/process", opt=allow("participants.read"))
async def list_processes(
    db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.ProcessView, ...]:
    """Every version of the process, the latest first."""
    async with db.read() as session:
        return await queries.processes(session, caller.reader)


@post("/participants/process", opt=allow(commands.make_process))
async def make_process(
    data: JSONBody[commands.MakeProcess],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ProcessView]:
    """Enter the next version of the process."""
    async with db.write(actor=caller.id, command=commands.make_process.name, once=once) as session:
        process_id = await commands.make_process(session, data)
        view = await queries.process(session, caller.reader, process_id)
        answer = created(session, view, f"/api/v1/participants/process/{process_id}")
    return answer


@get("/participants/process/{process_id:int}", opt=allow("participants.read"))
async def show_process(
    process_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ProcessView]:
    """One version of the process."""
    async with db.read() as session:
        return shown(await queries.process(session, caller.reader, ProcessId(process_id)))


@patch("/participants/process/{process_id:int}/coordination", opt=allow(commands.record_coordination))
async def record_coordination(
    process_id: FromPath[RecordNumber],
    data: JSONBody[commands.RecordCoordination],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ProcessView]:
    """Record the coordination of a version with the Secretary of State."""
    target = ProcessId(process_id)
    async with db.write(actor=caller.id, command=commands.record_coordination.name) as session:
        await commands.record_coordination(session, target, data, version=version)
        view = await queries.process(session, caller.reader, target)
    return changed(view)


@patch("/participants/process/{process_id:int}/end", opt=allow(commands.end_process))
async def end_process(
    process_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndProcess],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ProcessView]:
    """Say the last day of a version, and why."""
    target = ProcessId(process_id)
    async with db.write(actor=caller.id, command=commands.end_process.name) as session:
        await commands.end_process(session, target, data, version=version)
        view = await queries.process(session, caller.reader, target)
    return changed(view)


HANDLERS: Final = (list_processes, make_process, show_process, record_coordination, end_process)
