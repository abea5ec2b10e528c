"""The partners of a project: their parts in it, and the end of these."""

from datetime import date

import msgspec

from pipir.features.law import queries as law
from pipir.features.law.rules import Act
from pipir.features.participants.tables import Participant
from pipir.features.people.queries import reader_of
from pipir.features.projects import rules
from pipir.features.projects.commands.shared import detailed_project, is_seen, visible_project
from pipir.features.projects.tables import (
    PartnerId,
    ProjectPartner,
)
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import ProjectId, RecordNumber
from pipir.kernel.text import Line, Reason, SourceText
from pipir.store.doors import WriteSession


class AddPartner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A participant's part in a project; `reported` says that no more than a report stands behind it."""

    participant_id: RecordNumber
    role: Line
    lead: bool = False
    reported: bool = False
    source: SourceText | None = None
    since: date | None = None
    continuation_id: RecordNumber | None = None
    late_because: Reason | None = None
    late_document: Line | None = None


class RemovePartner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of a participant's part in a project, and why."""

    until: date
    because: Reason


@command("project.add-partner", permission="projects.change", sunset="partner")
async def add_partner(session: WriteSession, project_id: ProjectId, body: AddPartner) -> PartnerId:
    """Record a participant's part in a project."""
    project = await detailed_project(session, project_id)
    rules.check_reported(body.reported, body.source)
    if not await is_seen(session, await reader_of(session, session.actor), Participant, body.participant_id):
        raise Invalid(
            "There is no participant with this number.",
            mistakes=(Mistake("participant_id", "Expected a participant of this record.", str(body.participant_id)),),
        )
    day = body.since or session.today
    widens = not body.reported and (rules.is_approved(project.status) or project.status == "suspended")
    if widens:
        act = Act(
            kind="partner",
            on=day,
            authority=project.program_authority,
            title=project.name,
            project_id=project_id,
            late_because=body.late_because,
            late_document=body.late_document,
        )
        await law.basis_of(session, act, continuation_id=body.continuation_id)
    partner = ProjectPartner(
        project_id=project_id,
        participant_id=body.participant_id,
        role=body.role,
        lead=body.lead,
        reported=body.reported,
        source=body.source,
        since=body.since,
        decided_on=day if widens else None,
        continuation_id=body.continuation_id,
        late_because=body.late_because,
        late_document=body.late_document,
    )
    session.add(partner)
    await session.flush()
    return PartnerId(partner.id)


@command("project.remove-partner", permission="projects.change", sunset="goes on")
async def remove_partner(session: WriteSession, partner_id: PartnerId, body: RemovePartner, *, version: int) -> None:
    """End a participant's part in a project; it stays in the record."""
    partner = await session.get(ProjectPartner, partner_id, with_for_update=True)
    if partner is None:
        raise NotFound("There is no part in a project with this number.")
    project = await visible_project(session, partner.project_id, "There is no part in a project with this number.")
    session.check_version(partner, version, title="This part in the project")
    rules.may_change(project.code, project.until)
    rules.may_end_part(partner.until)
    rules.not_before(body.until, partner.since, "until")
    partner.until, partner.ended_because = body.until, body.because
    await session.flush()
