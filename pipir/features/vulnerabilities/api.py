"""The JSON door of the register of vulnerabilities."""

from litestar import Response, Router, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.trail.queries import TrailView, history
from pipir.features.vulnerabilities import commands, queries
from pipir.features.vulnerabilities.rules import Confidence, Kind, Severity, Status
from pipir.features.vulnerabilities.tables import LinkId, VulnerabilityId
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown

READ = "vulnerabilities.read"


@get("/vulnerabilities", opt=allow(READ))
async def list_vulnerabilities(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    kind: FromQuery[list[Kind] | None] = None,
    severity: FromQuery[list[Severity] | None] = None,
    confidence: FromQuery[list[Confidence] | None] = None,
    status: FromQuery[list[Status] | None] = None,
    country: FromQuery[str | None] = None,
    article: FromQuery[str | None] = None,
    objective: FromQuery[str | None] = None,
    office: FromQuery[RecordNumber | None] = None,
    project: FromQuery[RecordNumber | None] = None,
    overdue: FromQuery[bool] = False,
    closed: FromQuery[bool] = False,
    sort: FromQuery[str] = "severity",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.VulnerabilityView]:
    """The register of vulnerabilities, a page at a time."""
    which = queries.VulnerabilityFilter(
        text=q,
        kinds=tuple(kind or ()),
        severities=tuple(severity or ()),
        confidences=tuple(confidence or ()),
        statuses=tuple(status or ()),
        country=country,
        article=article,
        objective=objective,
        office_id=office,
        project_id=project,
        overdue=overdue,
        closed=closed,
    )
    async with db.read() as session:
        return await queries.list_vulnerabilities(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)


@post("/vulnerabilities", opt=allow(commands.enter_vulnerability))
async def enter_vulnerability(
    data: JSONBody[commands.EnterVulnerability],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.VulnerabilityView]:
    """Enter a vulnerability; the service gives its code."""
    async with db.write(actor=caller.id, command=commands.enter_vulnerability.name, once=once) as session:
        number = await commands.enter_vulnerability(session, data)
        view = await queries.vulnerability(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/vulnerabilities/{number}")
    return answer


@get("/vulnerabilities/matrix", opt=allow(READ))
async def vulnerability_matrix(
    db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.MatrixCell, ...]:
    """How many vulnerabilities that are not closed there are of each kind and severity."""
    async with db.read() as session:
        return await queries.matrix(session, caller.reader)


@get("/vulnerabilities/{vulnerability_id:int}", opt=allow(READ))
async def show_vulnerability(
    vulnerability_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.VulnerabilityView]:
    """One vulnerability with the projects that address it."""
    async with db.read() as session:
        return shown(await queries.vulnerability(session, caller.reader, VulnerabilityId(vulnerability_id)))


@get("/vulnerabilities/{vulnerability_id:int}/steps", opt=allow(READ))
async def vulnerability_steps(
    vulnerability_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.VulnerabilityStepView, ...]:
    """Every step of severity and status with its reason, the latest first."""
    async with db.read() as session:
        await queries.vulnerability(session, caller.reader, VulnerabilityId(vulnerability_id))
        return await queries.steps(session, caller.reader, VulnerabilityId(vulnerability_id))


@get("/vulnerabilities/{vulnerability_id:int}/history", opt=allow(READ))
async def vulnerability_history(
    vulnerability_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a vulnerability and its links, newest first."""
    async with db.read() as session:
        await queries.vulnerability(session, caller.reader, VulnerabilityId(vulnerability_id))
        return await history(session, caller.reader, "vulnerability", vulnerability_id)


@put("/vulnerabilities/{vulnerability_id:int}", opt=allow(commands.revise_vulnerability))
async def revise_vulnerability(
    vulnerability_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseVulnerability],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.VulnerabilityView]:
    """Correct what is recorded of a vulnerability, or move its review."""
    number = VulnerabilityId(vulnerability_id)
    async with db.write(actor=caller.id, command=commands.revise_vulnerability.name) as session:
        await commands.revise_vulnerability(session, number, data, version=version)
        view = await queries.vulnerability(session, caller.reader, number)
    return changed(view)


@patch("/vulnerabilities/{vulnerability_id:int}/severity", opt=allow(commands.rate_vulnerability))
async def rate_vulnerability(
    vulnerability_id: FromPath[RecordNumber],
    data: JSONBody[commands.RateVulnerability],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.VulnerabilityView]:
    """Change the severity with its rationale."""
    number = VulnerabilityId(vulnerability_id)
    async with db.write(actor=caller.id, command=commands.rate_vulnerability.name) as session:
        await commands.rate_vulnerability(session, number, data, version=version)
        view = await queries.vulnerability(session, caller.reader, number)
    return changed(view)


@patch("/vulnerabilities/{vulnerability_id:int}/status", opt=allow(commands.change_status))
async def change_vulnerability_status(
    vulnerability_id: FromPath[RecordNumber],
    data: JSONBody[commands.ChangeVulnerabilityStatus],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.VulnerabilityView]:
    """Move a vulnerability to its next status, with the reason."""
    number = VulnerabilityId(vulnerability_id)
    async with db.write(actor=caller.id, command=commands.change_status.name) as session:
        await commands.change_status(session, number, data, version=version)
        view = await queries.vulnerability(session, caller.reader, number)
    return changed(view)


@post("/vulnerabilities/{vulnerability_id:int}/projects", opt=allow(commands.link_project))
async def link_project(
    vulnerability_id: FromPath[RecordNumber],
    data: JSONBody[commands.LinkProject],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.VulnerabilityLink]:
    """Say that a project addresses a vulnerability."""
    async with db.write(actor=caller.id, command=commands.link_project.name, once=once) as session:
        link_id = await commands.link_project(session, VulnerabilityId(vulnerability_id), data)
        view = await queries.link(session, caller.reader, link_id)
        answer = created(session, view, f"/api/v1/vulnerability-links/{link_id}")
    return answer


@get("/vulnerability-links/{link_id:int}", opt=allow(READ))
async def show_link(
    link_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.VulnerabilityLink]:
    """One link of a vulnerability to a project."""
    async with db.read() as session:
        return shown(await queries.link(session, caller.reader, LinkId(link_id)))


@patch("/vulnerability-links/{link_id:int}/end", opt=allow(commands.unlink_project))
async def unlink_project(
    link_id: FromPath[RecordNumber],
    data: JSONBody[commands.UnlinkProject],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.VulnerabilityLink]:
    """Say that a project no longer addresses a vulnerability, and why."""
    async with db.write(actor=caller.id, command=commands.unlink_project.name) as session:
        await commands.unlink_project(session, LinkId(link_id), data, version=version)
        view = await queries.link(session, caller.reader, LinkId(link_id))
    return changed(view)


def routes() -> Router:
    """Every JSON route of vulnerabilities."""
    return Router(
        path="/api/v1",
        tags=["vulnerabilities"],
        route_handlers=[
            list_vulnerabilities,
            enter_vulnerability,
            vulnerability_matrix,
            show_vulnerability,
            vulnerability_steps,
            vulnerability_history,
            revise_vulnerability,
            rate_vulnerability,
            change_vulnerability_status,
            link_project,
            show_link,
            unlink_project,
        ],
    )
