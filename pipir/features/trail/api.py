"""The JSON door of the trail."""

from datetime import date

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from pipir.features.trail import queries
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow


@get("/trail", opt=allow("trail.read"))
async def list_changes(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    person: FromQuery[RecordNumber | None] = None,
    office: FromQuery[RecordNumber | None] = None,
    kind: FromQuery[str | None] = None,
    record: FromQuery[RecordNumber | None] = None,
    command: FromQuery[str | None] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    sort: FromQuery[str] = "-at",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.TrailView]:
    """The changes of the record, newest first; days are Washington days of the program clock."""
    async with db.read() as session:
        return await queries.list_changes(
            session,
            caller.reader,
            person_id=person,
            office_id=office,
            subject=kind,
            subject_id=record,
            command=command,
            since=since,
            until=until,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


def routes() -> Router:
    """Every JSON route of the trail."""
    return Router(path="/api/v1", tags=["trail"], route_handlers=[list_changes])
