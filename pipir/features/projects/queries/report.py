"""What a report takes of projects."""

import msgspec

from pipir.features.projects.queries.record import (
    MilestoneView,
    PartnerView,
    ProjectView,
    milestone_view,
    partner_view,
    project_view,
    select_milestones,
    select_partners,
    select_projects,
)
from pipir.features.projects.tables import Project
from pipir.kernel.marking import Reader
from pipir.store.doors import ReadSession


class ReportedProject(msgspec.Struct, frozen=True):
    """A project with all that hangs on it, for a report."""

    project: ProjectView
    partners: tuple[PartnerView, ...]
    milestones: tuple[MilestoneView, ...]


async def all_for_report(session: ReadSession, reader: Reader) -> tuple[ReportedProject, ...]:
    """Every project that the reader may see, ended ones too, by code, with partners and milestones."""
    found = (await session.execute(select_projects(reader).order_by(Project.number))).mappings().all()
    parts: dict[int, list[PartnerView]] = {}
    for row in (await session.execute(select_partners(reader))).mappings():
        parts.setdefault(row["project_id"], []).append(partner_view(row))
    steps: dict[int, list[MilestoneView]] = {}
    for row in (await session.execute(select_milestones(reader))).mappings():
        steps.setdefault(row["project_id"], []).append(milestone_view(row, session.today))
    return tuple(
        ReportedProject(
            project_view(row, session.today), tuple(parts.get(row["id"], ())), tuple(steps.get(row["id"], ()))
        )
        for row in found
    )
