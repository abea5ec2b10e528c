"""The project that a command changes, or that what it changes hangs on."""

from typing import TypeVar

from sqlalchemy import select

from pipir.features.agreements.tables import Agreement
from pipir.features.groups.tables import WorkingGroup
from pipir.features.participants.tables import Participant
from pipir.features.people.queries import reader_of
from pipir.features.people.tables import Office, Person
from pipir.features.projects import rules
from pipir.features.projects.tables import Project, ProjectArticle, ProjectResult, ProjectRisk
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import ProjectId
from pipir.kernel.marking import Reader
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession

Part = TypeVar("Part", ProjectArticle, ProjectRisk, ProjectResult)


async def visible_project(
    session: WriteSession, project_id: int, missing: str = "There is no project with this number."
) -> Project:
    """The project, locked, as far as the actor may see it; NotFound in the words of what was asked for."""
    reader = await reader_of(session, session.actor)
    project = await session.scalar(
        select(Project).where(Project.id == project_id, visible_to(reader, Project)).with_for_update()
    )
    if project is None:
        raise NotFound(missing)
    return project


async def locked_project(session: WriteSession, project_id: ProjectId) -> Project:
    """The project of a child that changes: locked, so that it does not end meanwhile."""
    project = await visible_project(session, project_id)
    rules.may_change(project.code, project.until)
    return project


async def detailed_project(session: WriteSession, project_id: ProjectId) -> Project:
    """The same of a project that shows detail: none stands here of one described in the classified annex."""
    project = await locked_project(session, project_id)
    rules.may_detail(project.in_classified_annex)
    return project


async def part_to_change(
    session: WriteSession, table: type[Part], number: int, version: int | None, *, missing: str, title: str
) -> tuple[Part, Project]:
    """What hangs on a project, in the version that was read if one is asked for, with its project, or NotFound."""
    part = await session.get(table, number, with_for_update=True)
    if part is None:
        raise NotFound(missing)
    project = await visible_project(session, part.project_id, missing)
    if version is not None:
        session.check_version(part, version, title=title)
    rules.may_change(project.code, project.until)
    return part, project


async def is_seen(
    session: WriteSession, reader: Reader, table: type[WorkingGroup | Participant | Agreement], number: int
) -> bool:
    """Whether a group, country or agreement is there for the reader."""
    return await session.scalar(select(table.id).where(table.id == number, visible_to(reader, table))) is not None


async def check_owner(session: WriteSession, office_id: int, person_id: int | None) -> None:
    """An owner is an office of this record, and perhaps a person of it."""
    mistakes = []
    if await session.get(Office, office_id) is None:
        mistakes.append(Mistake("owner_office_id", "Expected an office of this record.", str(office_id)))
    if person_id is not None and await session.get(Person, person_id) is None:
        mistakes.append(Mistake("owner_person_id", "Expected a person of this record.", str(person_id)))
    if mistakes:
        raise Invalid("The owner is not recorded.", mistakes=tuple(mistakes))
