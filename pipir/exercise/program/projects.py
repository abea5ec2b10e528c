"""The course of each project: proposed, changed, rated, its milestones revised and met."""

from pipir.exercise import words
from pipir.exercise.program.course import PRIME, Act, Program, version_of
from pipir.exercise.program.record import agreement_of, phase_of, plan_record
from pipir.exercise.projects import PlannedProject
from pipir.features.ledger.rules import from_cents
from pipir.features.projects import commands as projects
from pipir.features.projects.tables import Milestone, Project
from pipir.kernel.ids import MilestoneId, ProjectId
from pipir.store.doors import WriteSession


def plan_project(program: Program, place: int, project: PlannedProject) -> None:
    name = project.name
    program.at(project.proposed_on, "office", _propose(program, place, project))
    for step in project.steps:
        program.at(step.on, "office", _change_status(program, name, projects.ChangeStatus(step.status, step.reason)))
    if project.rating is not None and project.rating_on is not None:
        body = projects.RateProject(project.rating, project.rationale, project.review_on)
        program.at(project.rating_on, "office", _rate(program, name, body))
    for at, each in enumerate(project.milestones):
        if each.forecast_set_on is not None:
            phase = phase_of(project.kind, at, len(project.milestones))
            revised = projects.ReviseMilestone(
                each.name, each.planned_on, each.forecast_on, phase=phase, reason=each.reason
            )
            program.at(each.forecast_set_on, "office", _forecast(program, name, revised))
        if each.actual_on is not None:
            met = projects.MeetMilestone(each.actual_on, each.reason)
            program.at(each.actual_on, "office", _meet(program, name, each.name, met))
    plan_record(program, place, project)


def _propose(program: Program, place_in_plan: int, project: PlannedProject) -> Act:
    obligated = program.money.obligated.get(place_in_plan, 0)
    # A plan covers what was obligated under it.
    step = 10_000_000
    planned = max(project.planned_total * 100, -(-int(obligated * 1.05) // step) * step)

    async def act(session: WriteSession) -> None:
        body = projects.ProposeProject(
            name=project.name,
            kind=project.kind,
            objectives=list(project.objectives),
            classified_by="Exercise program",
            source=words.SOURCE,
            workstream_id=program.groups[project.workstream],
            agreement_id=await agreement_of(session, project.kind),
            announced_on=project.announced_on,
            description=project.description,
            program_authority=project.authority,
            lead_office_id=program.offices[PRIME],
            planned_total=from_cents(planned),
            marking=project.marking,
        )
        number = await projects.propose_project(session, body)
        program.project_ids[project.name] = number
        for part in project.parts:
            added = projects.AddPartner(
                participant_id=program.countries[part.code], role=part.role, lead=part.lead, since=project.proposed_on
            )
            await projects.add_partner(session, number, added)
        for place, each in enumerate(project.milestones, 1):
            plan = projects.PlanMilestone(
                name=each.name,
                planned_on=each.planned_on,
                forecast_on=None if each.forecast_set_on else each.forecast_on,
                position=place,
                phase=phase_of(project.kind, place - 1, len(project.milestones)),
            )
            program.milestones[number, each.name] = await projects.plan_milestone(session, number, plan)

    return act


def _change_status(program: Program, name: str, body: projects.ChangeStatus) -> Act:
    async def act(session: WriteSession) -> None:
        number = ProjectId(program.project_ids[name])
        await projects.change_status(session, number, body, version=await version_of(session, Project, number))

    return act


def _rate(program: Program, name: str, body: projects.RateProject) -> Act:
    async def act(session: WriteSession) -> None:
        number = ProjectId(program.project_ids[name])
        await projects.rate_project(session, number, body, version=await version_of(session, Project, number))

    return act


def _forecast(program: Program, name: str, body: projects.ReviseMilestone) -> Act:
    async def act(session: WriteSession) -> None:
        number = MilestoneId(program.milestones[program.project_ids[name], body.name])
        await projects.revise_milestone(session, number, body, version=await version_of(session, Milestone, number))

    return act


def _meet(program: Program, name: str, milestone: str, body: projects.MeetMilestone) -> Act:
    async def act(session: WriteSession) -> None:
        number = MilestoneId(program.milestones[program.project_ids[name], milestone])
        await projects.meet_milestone(session, number, body, version=await version_of(session, Milestone, number))

    return act
