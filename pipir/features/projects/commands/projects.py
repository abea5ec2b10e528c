"""A project itself: proposed, revised, moved on, rated, ended."""

from datetime import date
from functools import reduce
from operator import add
from typing import Annotated, cast

import msgspec
from sqlalchemy import func, select

from pipir.features.agreements.tables import Agreement
from pipir.features.concurrence.commands import permit
from pipir.features.concurrence.queries import Proposal
from pipir.features.concurrence.rules import Value, short, typed_of
from pipir.features.groups.tables import WorkingGroup
from pipir.features.law import queries as law
from pipir.features.law.rules import Act
from pipir.features.people.queries import reader_of
from pipir.features.people.tables import Office
from pipir.features.projects import rules
from pipir.features.projects.commands.shared import is_seen, visible_project
from pipir.features.projects.rules import Kind, Rating, Status
from pipir.features.projects.tables import (
    Milestone,
    Project,
    ProjectArticle,
    ProjectPartner,
    ProjectResult,
    ProjectRisk,
)
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.ids import ProjectId, RecordNumber
from pipir.kernel.marking import Reader, read_marking
from pipir.kernel.money import Dollars
from pipir.kernel.text import Line, Prose, Reason, SourceText
from pipir.statute.load import the_statute
from pipir.store.doors import WriteSession
from pipir.store.numbers import next_number

Objectives = Annotated[list[str], msgspec.Meta(max_length=20, description="Slugs such as 1253.b.2.")]


class ProposeProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A project as entered; a blank field says that it is not public."""

    name: Line
    kind: Kind
    objectives: Objectives
    classified_by: Line
    source: SourceText
    status: Status = "exploratory"
    workstream_id: RecordNumber | None = None
    agreement_id: RecordNumber | None = None
    announced_on: date | None = None
    description: Prose = ""
    program_authority: Line | None = None
    lead_office_id: RecordNumber | None = None
    planned_total: Dollars | None = None
    in_classified_annex: bool = False
    marking: Line = "CUI"
    decided_on: date | None = None
    continuation_id: RecordNumber | None = None
    late_because: Reason | None = None
    late_document: Line | None = None


class ReviseProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a project but its status, rating and end, which have verbs of their own."""

    name: Line
    kind: Kind
    objectives: Objectives
    classified_by: Line
    source: SourceText
    workstream_id: RecordNumber | None = None
    agreement_id: RecordNumber | None = None
    announced_on: date | None = None
    description: Prose = ""
    program_authority: Line | None = None
    lead_office_id: RecordNumber | None = None
    planned_total: Dollars | None = None
    in_classified_annex: bool = False
    marking: Line = "CUI"
    decided_on: date | None = None
    continuation_id: RecordNumber | None = None
    late_because: Reason | None = None
    late_document: Line | None = None


class ChangeStatus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The next status, and why."""

    status: Status
    reason: Reason
    # Of an approval: its day (blank: today), and its papers after the termination.
    decided_on: date | None = None
    continuation_id: RecordNumber | None = None
    late_because: Reason | None = None
    late_document: Line | None = None


class RateProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rating with its rationale and the day on which it is looked at again; all three blank: not rated."""

    rating: Rating | None = None
    rationale: Reason | None = None
    review_on: date | None = None


class EndProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of a project's record, and why."""

    until: date
    because: Reason


@command("project.propose", permission="projects.change", sunset="project")
async def propose_project(session: WriteSession, body: ProposeProject) -> ProjectId:
    """Enter a project under the next code."""
    reader = await reader_of(session, session.actor)
    rules.check_objectives(body.objectives, the_statute())
    rules.check_annex(body.in_classified_annex, body.description, body.planned_total)
    rules.check_planned_total(body.planned_total)
    # Of work that names no authority, the announcement is the only day that is known.
    day = body.decided_on or (body.announced_on if body.program_authority is None else None) or session.today
    rules.may_rest_on(body.program_authority, await law.law_of(session), body.decided_on or session.today)
    if rules.is_approved(body.status):
        act = _approval(body, body.program_authority, on=day, title=body.name)
        await law.basis_of(session, act, continuation_id=body.continuation_id)
        after = _proposed(body) | {"status": body.status}
        await permit(session, _to_approve(None, {}, after, body.name, body.marking, body))
    marking = read_marking(body.marking, reader)
    await _references(session, reader, body)
    number = await next_number(session, Project.number)
    project = Project(
        number=number,
        code=f"P-{number:04}",
        name=body.name,
        kind=body.kind,
        workstream_id=body.workstream_id,
        agreement_id=body.agreement_id,
        announced_on=body.announced_on,
        status=body.status,
        description=body.description,
        objectives=sorted(body.objectives),
        program_authority=body.program_authority,
        classified_by=body.classified_by,
        source=body.source,
        lead_office_id=body.lead_office_id,
        in_classified_annex=body.in_classified_annex,
        planned_total=body.planned_total,
    )
    if rules.is_approved(body.status):
        _state(project, body, day)
    project.mark(marking)
    session.add(project)
    await session.flush()
    return ProjectId(project.id)


@command("project.revise", permission="projects.change", sunset="project")
async def revise_project(session: WriteSession, project_id: ProjectId, body: ReviseProject, *, version: int) -> None:
    """Correct what is recorded of a project."""
    reader = await reader_of(session, session.actor)
    project = await _project(session, project_id, version)
    rules.check_objectives(body.objectives, the_statute())
    rules.check_annex(body.in_classified_annex, body.description, body.planned_total)
    rules.check_planned_total(body.planned_total)
    day = body.decided_on or session.today
    if body.program_authority != project.program_authority:
        rules.may_rest_on(body.program_authority, await law.law_of(session), day)
    widened = rules.is_widened(project.status, _extent(project), _extent(body))
    continued = body.continuation_id not in (None, project.continuation_id)
    if widened or continued:
        act = _approval(body, body.program_authority, on=day, title=body.name, project_id=project_id)
        await law.basis_of(session, act, continuation_id=body.continuation_id)
    if body.in_classified_annex and not project.in_classified_annex:
        rules.may_move_to_annex(await _details(session, project_id))
    marking = read_marking(body.marking, reader)
    if rules.is_approved(project.status):
        before, after = _proposed(project), _proposed(body)
        change = _to_approve(project_id, before, after, project.name, project.marking, body, act="project-change")
        await permit(session, change)
    await _references(session, reader, body)
    agreement_id = body.agreement_id
    if agreement_id is None and project.agreement_id is not None:
        # Who may not see the agreement was shown none, and takes none away.
        seen = await is_seen(session, reader, Agreement, project.agreement_id)
        agreement_id = None if seen else project.agreement_id
    if widened or continued:
        _state(project, body, day)
    project.name, project.kind, project.objectives = body.name, body.kind, sorted(body.objectives)
    project.classified_by, project.source = body.classified_by, body.source
    project.workstream_id, project.lead_office_id = body.workstream_id, body.lead_office_id
    project.agreement_id = agreement_id
    project.announced_on, project.description = body.announced_on, body.description
    project.program_authority, project.planned_total = body.program_authority, body.planned_total
    project.in_classified_annex = body.in_classified_annex
    project.mark(marking)
    await session.flush()


@command("project.change-status", permission="projects.change", sunset="project")
async def change_status(session: WriteSession, project_id: ProjectId, body: ChangeStatus, *, version: int) -> None:
    """Move a project to its next status, with the reason."""
    project = await _project(session, project_id, version)
    rules.may_step(cast("Status", project.status), body.status)
    if rules.is_approved(body.status) and not rules.is_approved(project.status):
        day = body.decided_on or session.today
        act = _approval(body, project.program_authority, on=day, title=project.name, project_id=project_id)
        await law.basis_of(session, act, continuation_id=body.continuation_id)
        known = _proposed(project)
        before, after = known | {"status": project.status}, known | {"status": body.status}
        await permit(session, _to_approve(project_id, before, after, project.name, project.marking, body))
        _state(project, body, day)
    project.status, project.status_reason = body.status, body.reason
    await session.flush()


@command("project.rate", permission="projects.change", sunset="goes on")
async def rate_project(session: WriteSession, project_id: ProjectId, body: RateProject, *, version: int) -> None:
    """Rate a project green, amber or red, with the rationale and the day of the next look; or take the rating back."""
    project = await _project(session, project_id, version)
    rules.check_rating(body.rating, body.rationale, body.review_on, session.today)
    project.rating, project.rating_rationale, project.rating_review_on = body.rating, body.rationale, body.review_on
    await session.flush()


@command("project.end", permission="projects.change", sunset="goes on")
async def end_project(session: WriteSession, project_id: ProjectId, body: EndProject, *, version: int) -> None:
    """Close the record of a project whose work is completed or cancelled; it stays readable."""
    project = await _project(session, project_id, version)
    rules.may_end(cast("Status", project.status), body.until, session.today)
    project.until, project.ended_because = body.until, body.because
    await session.flush()


def _approval(
    body: ProposeProject | ReviseProject | ChangeStatus,
    authority: str | None,
    *,
    on: date,
    title: str,
    project_id: ProjectId | None = None,
) -> Act:
    return Act(
        kind="project",
        on=on,
        authority=authority,
        record_id=project_id,
        title=title,
        late_because=body.late_because,
        late_document=body.late_document,
    )


def _proposed(of: Project | ProposeProject | ReviseProject) -> dict[str, str]:
    """What offices agree to of a project, as text by field."""
    return {
        "name": of.name,
        "kind": of.kind,
        "objectives": ", ".join(sorted(of.objectives)),
        "authority": of.program_authority or "",
        "planned total": str(of.planned_total) if of.planned_total is not None else "",
        "description": short(of.description),
        "classified annex": "yes" if of.in_classified_annex else "no",
        "marking": of.marking,
    }


def _to_approve(
    project_id: ProjectId | None,
    before: Value,
    after: Value,
    name: str,
    marking: str,
    body: ProposeProject | ReviseProject | ChangeStatus,
    *,
    act: str = "project-approval",
) -> Proposal:
    return Proposal(
        act=act,
        kind="project",
        number=project_id,
        title=f"{'Approve' if act == 'project-approval' else 'Change'} {name}"[:200],
        href=f"/projects/{project_id}" if project_id else "/projects",
        before=before,
        after=after,
        marking=marking,
        typed=typed_of(body),
    )


def _state(project: Project, body: ProposeProject | ReviseProject | ChangeStatus, on: date) -> None:
    """Write down what the act was stated with; the database judges it by this."""
    project.acts = (project.acts or 0) + 1
    project.decided_on, project.continuation_id = on, body.continuation_id
    project.late_because, project.late_document = body.late_because, body.late_document


def _extent(of: Project | ReviseProject) -> rules.Extent:
    return rules.Extent(tuple(of.objectives), of.planned_total, of.program_authority)


async def _project(session: WriteSession, project_id: ProjectId, version: int) -> Project:
    project = await visible_project(session, project_id)
    session.check_version(project, version, title=f"The project {project.code}")
    rules.may_change(project.code, project.until)
    return project


async def _references(session: WriteSession, reader: Reader, body: ProposeProject | ReviseProject) -> None:
    mistakes = []
    seen: tuple[tuple[str, type[WorkingGroup | Agreement], str], ...] = (
        ("workstream_id", WorkingGroup, "a group"),
        ("agreement_id", Agreement, "an agreement"),
    )
    for name, table, what in seen:
        number = getattr(body, name)
        if number is not None and not await is_seen(session, reader, table, number):
            mistakes.append(Mistake(name, f"Expected {what} of this record.", str(number)))
    if body.lead_office_id is not None and await session.get(Office, body.lead_office_id) is None:
        mistakes.append(Mistake("lead_office_id", "Expected an office of this record.", str(body.lead_office_id)))
    if mistakes:
        raise Invalid("The project refers to what is not recorded.", mistakes=tuple(mistakes))


async def _details(session: WriteSession, project_id: ProjectId) -> int:
    parts = (ProjectPartner, Milestone, ProjectArticle, ProjectRisk, ProjectResult)
    counted = [select(func.count()).where(part.project_id == project_id).scalar_subquery() for part in parts]
    return int(await session.scalar(select(reduce(add, counted))) or 0)
