"""The JSON door of projects, their partners and milestones."""

from typing import Final

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.projects import commands, queries
from pipir.features.projects.rules import Kind, Status
from pipir.features.projects.tables import PartnerId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import MilestoneId, ProjectId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


@get("/projects", opt=allow("projects.read"))
async def list_projects(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    status: FromQuery[list[Status] | None] = None,
    kind: FromQuery[list[Kind] | None] = None,
    rating: FromQuery[list[queries.RatingFilter] | None] = None,
    workstream: FromQuery[RecordNumber | None] = None,
    agreement: FromQuery[RecordNumber | None] = None,
    country: FromQuery[str | None] = None,
    objective: FromQuery[str | None] = None,
    late: FromQuery[bool] = False,
    stale: FromQuery[int | None] = None,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "name",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.ProjectLine]:
    """Projects, a page at a time."""
    which = queries.ProjectFilter(
        text=q,
        statuses=tuple(status or ()),
        kinds=tuple(kind or ()),
        ratings=tuple(rating or ()),
        workstream_id=workstream,
        agreement_id=agreement,
        country=country,
        objective=objective,
        late=late,
        stale=stale,
        ended=ended,
    )
    async with db.read() as session:
        return await queries.list_projects(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)


@post("/projects", opt=allow(commands.propose_project))
async def propose_project(
    data: JSONBody[commands.ProposeProject],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ProjectView]:
    """Enter a project; the service gives its code."""
    async with db.write(actor=caller.id, command=commands.propose_project.name, once=once) as session:
        project_id = await commands.propose_project(session, data)
        view = await queries.project(session, caller.reader, project_id)
        answer = created(session, view, f"/api/v1/projects/{project_id}")
    return answer


@get("/projects/counts", opt=allow("projects.read"))
async def project_counts(db: NamedDependency[Database], caller: NamedDependency[Caller]) -> queries.ProjectCounts:
    """Projects by status, rating and workstream, and how their milestones were met."""
    async with db.read() as session:
        return await queries.counts(session, caller.reader)


@get("/projects/coverage", opt=allow("projects.read"))
async def project_coverage(
    db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.CoverageRow, ...]:
    """Every objective against every country, with how many projects serve the pair."""
    async with db.read() as session:
        return await queries.coverage(session, caller.reader)


@get("/projects/{project_id:int}", opt=allow("projects.read"))
async def show_project(
    project_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ProjectView]:
    """One project."""
    async with db.read() as session:
        return shown(await queries.project(session, caller.reader, ProjectId(project_id)))


@get("/projects/{project_id:int}/history", opt=allow("projects.read"))
async def project_history(
    project_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a project, its partners and milestones, newest first."""
    async with db.read() as session:
        await queries.project(session, caller.reader, ProjectId(project_id))
        return await history(session, caller.reader, "project", project_id)


@put("/projects/{project_id:int}", opt=allow(commands.revise_project))
async def revise_project(
    project_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseProject],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ProjectView]:
    """Correct what is recorded of a project."""
    async with db.write(actor=caller.id, command=commands.revise_project.name) as session:
        await commands.revise_project(session, ProjectId(project_id), data, version=version)
        view = await queries.project(session, caller.reader, ProjectId(project_id))
    return changed(view)


@patch("/projects/{project_id:int}/status", opt=allow(commands.change_status))
async def change_status(
    project_id: FromPath[RecordNumber],
    data: JSONBody[commands.ChangeStatus],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ProjectView]:
    """Move a project to its next status, with the reason."""
    async with db.write(actor=caller.id, command=commands.change_status.name) as session:
        await commands.change_status(session, ProjectId(project_id), data, version=version)
        view = await queries.project(session, caller.reader, ProjectId(project_id))
    return changed(view)


@patch("/projects/{project_id:int}/rating", opt=allow(commands.rate_project))
async def rate_project(
    project_id: FromPath[RecordNumber],
    data: JSONBody[commands.RateProject],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ProjectView]:
    """Rate a project, or take its rating back."""
    async with db.write(actor=caller.id, command=commands.rate_project.name) as session:
        await commands.rate_project(session, ProjectId(project_id), data, version=version)
        view = await queries.project(session, caller.reader, ProjectId(project_id))
    return changed(view)


@patch("/projects/{project_id:int}/end", opt=allow(commands.end_project))
async def end_project(
    project_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndProject],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ProjectView]:
    """Close the record of a project."""
    async with db.write(actor=caller.id, command=commands.end_project.name) as session:
        await commands.end_project(session, ProjectId(project_id), data, version=version)
        view = await queries.project(session, caller.reader, ProjectId(project_id))
    return changed(view)


# ---- partners


@get("/projects/{project_id:int}/partners", opt=allow("projects.read"))
async def list_partners(
    project_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    ended: FromQuery[bool] = False,
) -> tuple[queries.PartnerView, ...]:
    """The partners of a project, the lead first."""
    async with db.read() as session:
        await queries.project(session, caller.reader, ProjectId(project_id))
        return await queries.partners(session, caller.reader, ProjectId(project_id), ended=ended)


@post("/projects/{project_id:int}/partners", opt=allow(commands.add_partner))
async def add_partner(
    project_id: FromPath[RecordNumber],
    data: JSONBody[commands.AddPartner],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.PartnerView]:
    """Record a participant's part in a project."""
    async with db.write(actor=caller.id, command=commands.add_partner.name, once=once) as session:
        partner_id = await commands.add_partner(session, ProjectId(project_id), data)
        view = await queries.partner(session, caller.reader, partner_id)
        answer = created(session, view, f"/api/v1/partners/{partner_id}")
    return answer


@get("/partners/{partner_id:int}", opt=allow("projects.read"))
async def show_partner(
    partner_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.PartnerView]:
    """One participant's part in a project."""
    async with db.read() as session:
        return shown(await queries.partner(session, caller.reader, PartnerId(partner_id)))


@patch("/partners/{partner_id:int}/end", opt=allow(commands.remove_partner))
async def remove_partner(
    partner_id: FromPath[RecordNumber],
    data: JSONBody[commands.RemovePartner],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PartnerView]:
    """End a participant's part in a project."""
    async with db.write(actor=caller.id, command=commands.remove_partner.name) as session:
        await commands.remove_partner(session, PartnerId(partner_id), data, version=version)
        view = await queries.partner(session, caller.reader, PartnerId(partner_id))
    return changed(view)


# ---- milestones


@get("/projects/{project_id:int}/milestones", opt=allow("projects.read"))
async def list_milestones(
    project_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.MilestoneView, ...]:
    """The milestones of a project in their order."""
    async with db.read() as session:
        await queries.project(session, caller.reader, ProjectId(project_id))
        return await queries.milestones(session, caller.reader, ProjectId(project_id))


@post("/projects/{project_id:int}/milestones", opt=allow(commands.plan_milestone))
async def plan_milestone(
    project_id: FromPath[RecordNumber],
    data: JSONBody[commands.PlanMilestone],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.MilestoneView]:
    """Add a milestone to a project's plan."""
    async with db.write(actor=caller.id, command=commands.plan_milestone.name, once=once) as session:
        milestone_id = await commands.plan_milestone(session, ProjectId(project_id), data)
        view = await queries.milestone(session, caller.reader, milestone_id)
        answer = created(session, view, f"/api/v1/milestones/{milestone_id}")
    return answer


@get("/milestones/{milestone_id:int}", opt=allow("projects.read"))
async def show_milestone(
    milestone_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.MilestoneView]:
    """One milestone."""
    async with db.read() as session:
        return shown(await queries.milestone(session, caller.reader, MilestoneId(milestone_id)))


@put("/milestones/{milestone_id:int}", opt=allow(commands.revise_milestone))
async def revise_milestone(
    milestone_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseMilestone],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.MilestoneView]:
    """Change a milestone; a changed date needs a reason."""
    async with db.write(actor=caller.id, command=commands.revise_milestone.name) as session:
        await commands.revise_milestone(session, MilestoneId(milestone_id), data, version=version)
        view = await queries.milestone(session, caller.reader, MilestoneId(milestone_id))
    return changed(view)


@patch("/milestones/{milestone_id:int}/meet", opt=allow(commands.meet_milestone))
async def meet_milestone(
    milestone_id: FromPath[RecordNumber],
    data: JSONBody[commands.MeetMilestone],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.MilestoneView]:
    """Record the day on which a milestone was met."""
    async with db.write(actor=caller.id, command=commands.meet_milestone.name) as session:
        await commands.meet_milestone(session, MilestoneId(milestone_id), data, version=version)
        view = await queries.milestone(session, caller.reader, MilestoneId(milestone_id))
    return changed(view)


@patch("/milestones/{milestone_id:int}/cancel", opt=allow(commands.cancel_milestone))
async def cancel_milestone(
    milestone_id: FromPath[RecordNumber],
    data: JSONBody[commands.CancelMilestone],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.MilestoneView]:
    """Drop a milestone from the plan."""
    async with db.write(actor=caller.id, command=commands.cancel_milestone.name) as session:
        await commands.cancel_milestone(session, MilestoneId(milestone_id), data, version=version)
        view = await queries.milestone(session, caller.reader, MilestoneId(milestone_id))
    return changed(view)


HANDLERS: Final = (
    list_projects,
    propose_project,
    project_counts,
    project_coverage,
    show_project,
    project_history,
    revise_project,
    change_status,
    rate_project,
    end_project,
    list_partners,
    add_partner,
    show_partner,
    remove_partner,
    list_milestones,
    plan_milestone,
    show_milestone,
    revise_milestone,
    meet_milestone,
    cancel_milestone,
)
