"""The JSON door of efforts that are no Partnership projects."""

from typing import Final

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.projects import commands, queries
from pipir.features.projects.tables import RelatedEffortId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


@get("/related-efforts", opt=allow("projects.read"))
async def list_related_efforts(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "-day",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.RelatedEffortView]:
    """Efforts that are not Partnership projects, a page at a time."""
    async with db.read() as session:
        return await queries.list_related_efforts(
            session, caller.reader, ended=ended, sort=sort, cursor=cursor, limit=limit
        )


@post("/related-efforts", opt=allow(commands.enter_related_effort))
async def enter_related_effort(
    data: JSONBody[commands.EnterRelatedEffort],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.RelatedEffortView]:
    """Enter an effort that is not a Partnership project."""
    async with db.write(actor=caller.id, command=commands.enter_related_effort.name, once=once) as session:
        effort_id = await commands.enter_related_effort(session, data)
        view = await queries.related_effort(session, caller.reader, effort_id)
        answer = created(session, view, f"/api/v1/related-efforts/{effort_id}")
    return answer


@get("/related-efforts/{effort_id:int}", opt=allow("projects.read"))
async def show_related_effort(
    effort_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.RelatedEffortView]:
    """One related effort."""
    async with db.read() as session:
        return shown(await queries.related_effort(session, caller.reader, RelatedEffortId(effort_id)))


@get("/related-efforts/{effort_id:int}/history", opt=allow("projects.read"))
async def related_effort_history(
    effort_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a related effort, newest first."""
    async with db.read() as session:
        await queries.related_effort(session, caller.reader, RelatedEffortId(effort_id))
        return await history(session, caller.reader, "related_effort", effort_id)


@put("/related-efforts/{effort_id:int}", opt=allow(commands.revise_related_effort))
async def revise_related_effort(
    effort_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseRelatedEffort],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.RelatedEffortView]:
    """Correct what is recorded of a related effort."""
    async with db.write(actor=caller.id, command=commands.revise_related_effort.name) as session:
        await commands.revise_related_effort(session, RelatedEffortId(effort_id), data, version=version)
        view = await queries.related_effort(session, caller.reader, RelatedEffortId(effort_id))
    return changed(view)


@patch("/related-efforts/{effort_id:int}/end", opt=allow(commands.end_related_effort))
async def end_related_effort(
    effort_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndRelatedEffort],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.RelatedEffortView]:
    """Say when a related effort ended, and why."""
    async with db.write(actor=caller.id, command=commands.end_related_effort.name) as session:
        await commands.end_related_effort(session, RelatedEffortId(effort_id), data, version=version)
        view = await queries.related_effort(session, caller.reader, RelatedEffortId(effort_id))
    return changed(view)


HANDLERS: Final = (
    list_related_efforts,
    enter_related_effort,
    show_related_effort,
    related_effort_history,
    revise_related_effort,
    end_related_effort,
)
