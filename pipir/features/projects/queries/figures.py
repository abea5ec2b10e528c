"""Counts of projects, and what each covers of the objectives and countries."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from pipir.features.groups.tables import WorkingGroup
from pipir.features.participants.queries import participant_choices
from pipir.features.participants.tables import Participant
from pipir.features.projects.queries.law import objectives
from pipir.features.projects.queries.listing import goes_on, is_late, is_stale, seen_workstream, stale_days
from pipir.features.projects.tables import RATINGS, STATUSES, Milestone, Project, ProjectFreshness, ProjectPartner
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession


class ProjectCount(msgspec.Struct, frozen=True):
    """How many projects fall under a name; None stands for "not public" or "not rated"."""

    name: str | None
    projects: int


class StaleCount(msgspec.Struct, frozen=True):
    """How many projects were without an update for so many days."""

    days: int
    projects: int


class ProjectCounts(msgspec.Struct, frozen=True):
    """Figures of the projects that have not ended, of what the reader may see."""

    projects: int
    by_status: tuple[ProjectCount, ...]
    by_rating: tuple[ProjectCount, ...]
    by_workstream: tuple[ProjectCount, ...]
    milestones: int
    milestones_met: int
    milestones_met_on_time: int
    milestones_late: int
    # From 0 to 1; None where no milestone was met yet.
    on_time_share: float | None
    stale: tuple[StaleCount, ...]


class CoverageCell(msgspec.Struct, frozen=True):
    """How many projects serve an objective with a country; 0 is an empty cell of the map."""

    code: str
    name: str
    projects: int


class CoverageRow(msgspec.Struct, frozen=True):
    """One objective of section 1253(b) against every country."""

    objective: str
    citation: str
    title: str
    projects: int
    cells: tuple[CoverageCell, ...]


class Covered(msgspec.Struct, frozen=True):
    """What a project covers: the objectives that it serves, the codes of its countries, and what is planned for it."""

    id: int
    objectives: tuple[str, ...]
    countries: tuple[str, ...]
    planned_total: Dollars | None
    exercise: bool


async def counts(session: ReadSession, reader: Reader) -> ProjectCounts:
    """Projects by status, rating and workstream, and how their milestones were met."""
    rows = (
        await session.execute(
            select(
                Project.status, Project.rating, WorkingGroup.name.label("workstream"), func.count().label("projects")
            )
            .outerjoin(WorkingGroup, seen_workstream(reader))
            .where(visible_to(reader, Project), goes_on(session.today))
            .group_by(Project.status, Project.rating, WorkingGroup.name)
        )
    ).all()
    met = Milestone.actual_on.is_not(None)
    steps = (
        await session.execute(
            select(
                func.count(),
                func.count().filter(met),
                func.count().filter(met, Milestone.actual_on <= Milestone.planned_on),
                func.count().filter(is_late(session.today)),
            )
            .join(Project, Project.id == Milestone.project_id)
            .where(visible_to(reader, Project), goes_on(session.today), Milestone.until.is_(None))
        )
    ).one()

    days = stale_days(session)
    stale = (
        await session.execute(
            select(*(func.count().filter(is_stale(each, session.today)) for each in days))
            .select_from(Project)
            .join(ProjectFreshness, ProjectFreshness.project_id == Project.id)
            .where(visible_to(reader, Project), goes_on(session.today))
        )
    ).one()

    def by(column: str, order: Sequence[str | None]) -> tuple[ProjectCount, ...]:
        found: dict[str | None, int] = dict.fromkeys(order, 0)
        for row in rows:
            name = row._mapping[column]
            found[name] = found.get(name, 0) + row.projects
        return tuple(ProjectCount(name, count) for name, count in found.items())

    workstreams = sorted({row.workstream for row in rows if row.workstream is not None})
    return ProjectCounts(
        projects=sum(row.projects for row in rows),
        by_status=by("status", STATUSES),
        by_rating=by("rating", (*RATINGS, None)),
        by_workstream=by("workstream", workstreams),
        milestones=steps[0],
        milestones_met=steps[1],
        milestones_met_on_time=steps[2],
        milestones_late=steps[3],
        on_time_share=steps[2] / steps[1] if steps[1] else None,
        stale=tuple(StaleCount(each, count) for each, count in zip(days, stale, strict=True)),
    )


async def by_country(session: ReadSession, reader: Reader) -> tuple[CoverageCell, ...]:
    """How many projects each country has a part in, all countries, by name."""
    part = and_(ProjectPartner.participant_id == Participant.id, ProjectPartner.until.is_(None))
    seen = and_(Project.id == ProjectPartner.project_id, visible_to(reader, Project), goes_on(session.today))
    rows = await session.execute(
        select(Participant.code, Participant.name, func.count(Project.id.distinct()))
        .outerjoin(ProjectPartner, part)
        .outerjoin(Project, seen)
        .where(visible_to(reader, Participant), Participant.until.is_(None))
        .group_by(Participant.id)
        .order_by(Participant.name, Participant.id)
    )
    return tuple(CoverageCell(*row) for row in rows)


async def coverage(session: ReadSession, reader: Reader) -> tuple[CoverageRow, ...]:
    """Every objective against every country, the empty cells too."""
    served = func.unnest(Project.objectives).column_valued("served", joins_implicitly=True)
    shown = (visible_to(reader, Project), goes_on(session.today))
    per_objective = await session.execute(
        select(served, func.count(Project.id.distinct())).where(*shown).group_by(served)
    )
    per_cell = await session.execute(
        select(served, Participant.code, func.count(Project.id.distinct()))
        .select_from(Project)
        .join(ProjectPartner, and_(ProjectPartner.project_id == Project.id, ProjectPartner.until.is_(None)))
        .join(Participant, and_(Participant.id == ProjectPartner.participant_id, visible_to(reader, Participant)))
        .where(*shown)
        .group_by(served, Participant.code)
    )
    totals = {row[0]: row[1] for row in per_objective}
    cells = {(row[0], row[1]): row[2] for row in per_cell}
    countries = await participant_choices(session, reader)
    return tuple(
        CoverageRow(
            objective=line.slug,
            citation=line.citation,
            title=line.title,
            projects=totals.get(line.slug, 0),
            cells=tuple(CoverageCell(code, name, cells.get((line.slug, code), 0)) for _, code, name in countries),
        )
        for line in objectives()
    )


async def covered(session: ReadSession, reader: Reader) -> tuple[Covered, ...]:
    """Each project that has not ended, with what it covers, as far as the reader may see it."""
    code = func.array_agg(aggregate_order_by(Participant.code, Participant.code)).filter(Participant.code.is_not(None))
    rows = await session.execute(
        select(Project.id, Project.objectives, code.label("countries"), Project.planned_total, Project.exercise)
        .outerjoin(ProjectPartner, and_(ProjectPartner.project_id == Project.id, ProjectPartner.until.is_(None)))
        .outerjoin(Participant, and_(Participant.id == ProjectPartner.participant_id, visible_to(reader, Participant)))
        .where(visible_to(reader, Project), goes_on(session.today))
        .group_by(Project.id)
        .order_by(Project.id)
    )
    return tuple(
        Covered(row.id, tuple(row.objectives), tuple(row.countries or ()), row.planned_total, row.exercise)
        for row in rows
    )
