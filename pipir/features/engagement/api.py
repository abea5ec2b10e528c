"""The JSON door of engagement."""

from litestar import Response, Router, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.engagement import commands, queries
from pipir.features.engagement.rules import Kind, OrganizationKind, Outcome, State
from pipir.features.engagement.tables import CommitmentId, EngagementId, OrganizationId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown

READ = "engagement.read"


@get("/engagements", opt=allow(READ))
async def list_engagements(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    kind: FromQuery[list[Kind] | None] = None,
    status: FromQuery[list[State] | None] = None,
    organization: FromQuery[list[OrganizationKind] | None] = None,
    country: FromQuery[str | None] = None,
    objective: FromQuery[str | None] = None,
    office: FromQuery[RecordNumber | None] = None,
    solicitation: FromQuery[bool] = False,
    owed: FromQuery[bool] = False,
    sort: FromQuery[str] = "-starts",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.EngagementView]:
    """Engagements with industry, capital providers, academia and others, a page at a time."""
    which = queries.EngagementFilter(
        text=q,
        kinds=tuple(kind or ()),
        states=tuple(status or ()),
        organizations=tuple(organization or ()),
        country=country,
        objective=objective,
        office_id=office,
        solicitation=solicitation,
        owed=owed,
    )
    async with db.read() as session:
        return await queries.list_engagements(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)


@post("/engagements", opt=allow(commands.enter_engagement))
async def enter_engagement(
    data: JSONBody[commands.EnterEngagement],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.EngagementView]:
    """Enter an engagement; the service gives its code."""
    async with db.write(actor=caller.id, command=commands.enter_engagement.name, once=once) as session:
        number = await commands.enter_engagement(session, data)
        view = await queries.engagement(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/engagements/{number}")
    return answer


@get("/engagements/summary", opt=allow(READ))
async def engagement_summary(
    db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.ObjectiveSummary, ...]:
    """Each objective with its engagements, organizations and commitments."""
    async with db.read() as session:
        return await queries.summary(session, caller.reader)


@get("/engagements/{engagement_id:int}", opt=allow(READ))
async def show_engagement(
    engagement_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.EngagementView]:
    """One engagement with its organizations."""
    async with db.read() as session:
        return shown(await queries.engagement(session, caller.reader, EngagementId(engagement_id)))


@get("/engagements/{engagement_id:int}/history", opt=allow(READ))
async def engagement_history(
    engagement_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of an engagement, its organizations and commitments, newest first."""
    async with db.read() as session:
        await queries.engagement(session, caller.reader, EngagementId(engagement_id))
        return await history(session, caller.reader, "engagement", engagement_id)


@put("/engagements/{engagement_id:int}", opt=allow(commands.revise_engagement))
async def revise_engagement(
    engagement_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseEngagement],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.EngagementView]:
    """Correct what is recorded of an engagement, or add its outcome."""
    number = EngagementId(engagement_id)
    async with db.write(actor=caller.id, command=commands.revise_engagement.name) as session:
        await commands.revise_engagement(session, number, data, version=version)
        view = await queries.engagement(session, caller.reader, number)
    return changed(view)


@patch("/engagements/{engagement_id:int}/cancel", opt=allow(commands.cancel_engagement))
async def cancel_engagement(
    engagement_id: FromPath[RecordNumber],
    data: JSONBody[commands.CancelEngagement],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.EngagementView]:
    """Say why an engagement does not take place."""
    number = EngagementId(engagement_id)
    async with db.write(actor=caller.id, command=commands.cancel_engagement.name) as session:
        await commands.cancel_engagement(session, number, data, version=version)
        view = await queries.engagement(session, caller.reader, number)
    return changed(view)


@post("/engagements/{engagement_id:int}/organizations", opt=allow(commands.add_organization))
async def add_organization(
    engagement_id: FromPath[RecordNumber],
    data: JSONBody[commands.AddOrganization],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.OrganizationView]:
    """Say that an organization takes part."""
    async with db.write(actor=caller.id, command=commands.add_organization.name, once=once) as session:
        number = await commands.add_organization(session, EngagementId(engagement_id), data)
        view = await queries.organization(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/engagement-organizations/{number}")
    return answer


@get("/engagement-organizations/{organization_id:int}", opt=allow(READ))
async def show_organization(
    organization_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.OrganizationView]:
    """One organization of an engagement."""
    async with db.read() as session:
        return shown(await queries.organization(session, caller.reader, OrganizationId(organization_id)))


@patch("/engagement-organizations/{organization_id:int}/out", opt=allow(commands.take_out_organization))
async def take_out_organization(
    organization_id: FromPath[RecordNumber],
    data: JSONBody[commands.TakeOutOrganization],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.OrganizationView]:
    """Say that an organization does not belong to an engagement after all."""
    number = OrganizationId(organization_id)
    async with db.write(actor=caller.id, command=commands.take_out_organization.name) as session:
        await commands.take_out_organization(session, number, data, version=version)
        view = await queries.organization(session, caller.reader, number)
    return changed(view)


@get("/commitments", opt=allow(READ))
async def list_commitments(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    engagement: FromQuery[RecordNumber | None] = None,
    outcome: FromQuery[list[Outcome] | None] = None,
    office: FromQuery[RecordNumber | None] = None,
    overdue: FromQuery[bool] = False,
    sort: FromQuery[str] = "due",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.CommitmentView]:
    """What either side promised at engagements, a page at a time."""
    async with db.read() as session:
        return await queries.list_commitments(
            session,
            caller.reader,
            engagement_id=engagement,
            outcomes=tuple(outcome or ()),
            office_id=office,
            overdue=overdue,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@post("/engagements/{engagement_id:int}/commitments", opt=allow(commands.enter_commitment))
async def enter_commitment(
    engagement_id: FromPath[RecordNumber],
    data: JSONBody[commands.EnterCommitment],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.CommitmentView]:
    """Enter what one side promised at an engagement."""
    async with db.write(actor=caller.id, command=commands.enter_commitment.name, once=once) as session:
        number = await commands.enter_commitment(session, EngagementId(engagement_id), data)
        view = await queries.commitment(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/commitments/{number}")
    return answer


@get("/commitments/{commitment_id:int}", opt=allow(READ))
async def show_commitment(
    commitment_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.CommitmentView]:
    """One commitment; its changes stand in the history of its engagement."""
    async with db.read() as session:
        return shown(await queries.commitment(session, caller.reader, CommitmentId(commitment_id)))


@put("/commitments/{commitment_id:int}", opt=allow(commands.revise_commitment))
async def revise_commitment(
    commitment_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseCommitment],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.CommitmentView]:
    """Change a commitment that is owed still."""
    number = CommitmentId(commitment_id)
    async with db.write(actor=caller.id, command=commands.revise_commitment.name) as session:
        await commands.revise_commitment(session, number, data, version=version)
        view = await queries.commitment(session, caller.reader, number)
    return changed(view)


@patch("/commitments/{commitment_id:int}/outcome", opt=allow(commands.settle_commitment))
async def settle_commitment(
    commitment_id: FromPath[RecordNumber],
    data: JSONBody[commands.SettleCommitment],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.CommitmentView]:
    """Record that a commitment was kept or withdrawn, or is late."""
    number = CommitmentId(commitment_id)
    async with db.write(actor=caller.id, command=commands.settle_commitment.name) as session:
        await commands.settle_commitment(session, number, data, version=version)
        view = await queries.commitment(session, caller.reader, number)
    return changed(view)


def routes() -> Router:
    """Every JSON route of engagement."""
    return Router(
        path="/api/v1",
        tags=["engagement"],
        route_handlers=[
            list_engagements,
            enter_engagement,
            engagement_summary,
            show_engagement,
            engagement_history,
            revise_engagement,
            cancel_engagement,
            add_organization,
            show_organization,
            take_out_organization,
            list_commitments,
            enter_commitment,
            show_commitment,
            revise_commitment,
            settle_commitment,
        ],
    )
