"""What can change in engagement: engagements, their organizations, and the promises of either side."""

from datetime import date
from typing import Annotated, Any

import msgspec
from sqlalchemy import select

from pipir.features.engagement import rules
from pipir.features.engagement.rules import Kind, OrganizationKind, Settled, Side
from pipir.features.engagement.tables import (
    CommitmentId,
    Engagement,
    EngagementCommitment,
    EngagementId,
    EngagementOrganization,
    OrganizationId,
)
from pipir.features.law.queries import law_of
from pipir.features.people.queries import reader_of
from pipir.features.people.tables import Office, Person
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import read_marking
from pipir.kernel.text import Line, Prose, Reason, SourceText
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession
from pipir.store.numbers import next_number

Objectives = Annotated[list[str], msgspec.Meta(max_length=20, description="Slugs such as 1253.b.2.")]


class EnterEngagement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An engagement as entered; where a solicitation is open, its number and that the reminder was read."""

    name: Line
    kind: Kind
    starts_on: date
    ends_on: date
    place: Line
    topic: Prose
    objectives: Objectives
    lead_office_id: RecordNumber
    source: SourceText
    outcome: Prose | None = None
    solicitation_open: bool = False
    solicitation_number: Line | None = None
    reminder_acknowledged: bool = False
    marking: Line = "CUI"


class ReviseEngagement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of an engagement; its outcome is entered here too."""

    name: Line
    kind: Kind
    starts_on: date
    ends_on: date
    place: Line
    topic: Prose
    objectives: Objectives
    lead_office_id: RecordNumber
    source: SourceText
    outcome: Prose | None = None
    solicitation_open: bool = False
    solicitation_number: Line | None = None
    reminder_acknowledged: bool = False
    marking: Line = "CUI"


class CancelEngagement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an engagement does not take place."""

    because: Reason


class AddOrganization(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An organization that takes part; UEI and CAGE are checked for their form."""

    name: Line
    kind: OrganizationKind
    country: Line
    uei: Line | None = None
    cage: Line | None = None


class TakeOutOrganization(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an organization does not belong to an engagement after all."""

    because: Reason


class EnterCommitment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one side promised by a day; the owning office looks after it, also where the organization owes it."""

    title: Line
    what: Reason
    owed_by: Side
    made_on: date
    due_on: date
    owner_office_id: RecordNumber
    organization_id: RecordNumber | None = None
    owner_person_id: RecordNumber | None = None


class ReviseCommitment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a commitment that is owed still."""

    title: Line
    what: Reason
    owed_by: Side
    made_on: date
    due_on: date
    owner_office_id: RecordNumber
    organization_id: RecordNumber | None = None
    owner_person_id: RecordNumber | None = None


class SettleCommitment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of a commitment on a day, and what shows it; stated late, it is owed still."""

    outcome: Settled
    on_day: date
    evidence: Reason


@command("engagement.enter", permission="engagement.change", sunset="goes on")
async def enter_engagement(session: WriteSession, body: EnterEngagement) -> EngagementId:
    """Enter an engagement, planned or held."""
    marking = read_marking(body.marking, await reader_of(session, session.actor))
    await _checked(session, body)
    number = await next_number(session, Engagement.number)
    found = Engagement(**_fields(body), number=number, code=f"E-{number:04}")
    _acknowledge(session, found, body)
    found.mark(marking)
    session.add(found)
    await session.flush()
    return EngagementId(found.id)


@command("engagement.revise", permission="engagement.change", sunset="goes on")
async def revise_engagement(
    session: WriteSession, engagement_id: EngagementId, body: ReviseEngagement, *, version: int
) -> None:
    """Correct what is recorded of an engagement, or add its outcome."""
    found = await _kept(session, engagement_id, version)
    marking = read_marking(body.marking, await reader_of(session, session.actor))
    await _checked(session, body)
    same = found.solicitation_open and body.solicitation_number == found.solicitation_number
    for name, value in _fields(body).items():
        setattr(found, name, value)
    if not same or not body.solicitation_open:
        _acknowledge(session, found, body)
    found.mark(marking)
    await session.flush()


@command("engagement.cancel", permission="engagement.change", sunset="goes on")
async def cancel_engagement(
    session: WriteSession, engagement_id: EngagementId, body: CancelEngagement, *, version: int
) -> None:
    """Say why an engagement does not take place; it stays in the record."""
    found = await _kept(session, engagement_id, version)
    rules.may_cancel(found.code, found.cancelled_because, found.outcome)
    found.cancelled_because = body.because
    await session.flush()


@command("engagement.add-organization", permission="engagement.change", sunset="goes on")
async def add_organization(session: WriteSession, engagement_id: EngagementId, body: AddOrganization) -> OrganizationId:
    """Say that an organization takes part."""
    found = await _kept(session, engagement_id, None)
    country, uei, cage = (text.upper() if text else None for text in (body.country, body.uei, body.cage))
    rules.check_organization(country or "", uei, cage)
    organization = EngagementOrganization(
        engagement_id=found.id, name=body.name, kind=body.kind, country=country, uei=uei, cage=cage
    )
    session.add(organization)
    await session.flush()
    return OrganizationId(organization.id)


@command("engagement.take-out-organization", permission="engagement.change", sunset="goes on")
async def take_out_organization(
    session: WriteSession, organization_id: OrganizationId, body: TakeOutOrganization, *, version: int
) -> None:
    """Say that an organization does not belong to an engagement after all; it stays in the record."""
    missing = "There is no organization with this number."
    found = await session.get(EngagementOrganization, organization_id, with_for_update=True)
    if found is None:
        raise NotFound(missing)
    await _kept(session, EngagementId(found.engagement_id), None, missing)
    session.check_version(found, version, title=f"The organization {found.name}")
    rules.may_leave(found.until)
    found.until, found.ended_because = session.today, body.because
    await session.flush()


@command("commitment.enter", permission="engagement.change", sunset="goes on")
async def enter_commitment(session: WriteSession, engagement_id: EngagementId, body: EnterCommitment) -> CommitmentId:
    """Enter what one side promised at an engagement."""
    found = await _kept(session, engagement_id, None)
    await _check_commitment(session, found.id, body)
    commitment = EngagementCommitment(
        engagement_id=found.id, **{name: getattr(body, name) for name in body.__struct_fields__}
    )
    session.add(commitment)
    await session.flush()
    return CommitmentId(commitment.id)


@command("commitment.revise", permission="engagement.change", sunset="goes on")
async def revise_commitment(
    session: WriteSession, commitment_id: CommitmentId, body: ReviseCommitment, *, version: int
) -> None:
    """Change a commitment that is owed still."""
    found = await _commitment(session, commitment_id, version)
    rules.may_revise(found.outcome)
    await _check_commitment(session, found.engagement_id, body)
    for name in body.__struct_fields__:
        setattr(found, name, getattr(body, name))
    await session.flush()


@command("commitment.settle", permission="engagement.change", sunset="goes on")
async def settle_commitment(
    session: WriteSession, commitment_id: CommitmentId, body: SettleCommitment, *, version: int
) -> None:
    """Record that a commitment was kept or withdrawn, or is late, with what shows it."""
    found = await _commitment(session, commitment_id, version)
    rules.may_settle(found.outcome, body.outcome, found.made_on, found.due_on, body.on_day, session.today)
    found.outcome, found.settled_on, found.evidence = body.outcome, body.on_day, body.evidence
    await session.flush()


def _fields(body: EnterEngagement | ReviseEngagement) -> dict[str, Any]:
    """What is stored as it was sent."""
    names = [name for name in body.__struct_fields__ if name not in ("objectives", "reminder_acknowledged", "marking")]
    return {name: getattr(body, name) for name in names} | {"objectives": sorted(set(body.objectives))}


def _acknowledge(session: WriteSession, found: Engagement, body: EnterEngagement | ReviseEngagement) -> None:
    """Who enters an open solicitation has read the reminder, today."""
    is_open = body.solicitation_open
    found.acknowledged_by_id = session.actor if is_open else None
    found.acknowledged_on = session.today if is_open else None


async def _checked(session: WriteSession, body: EnterEngagement | ReviseEngagement) -> None:
    mistakes: list[Mistake] = []
    citation = ""
    law = await law_of(session)
    try:
        rules.check_entry(body.objectives, body.starts_on, body.ends_on, body.outcome, statute=law, today=session.today)
    except Invalid as wrong:
        mistakes += wrong.mistakes
    try:
        rules.check_solicitation(
            body.solicitation_open, body.solicitation_number, body.reminder_acknowledged, statute=law
        )
    except Invalid as wrong:
        mistakes += wrong.mistakes
        citation = wrong.citation
    if await session.get(Office, body.lead_office_id) is None:
        mistakes.append(Mistake("lead_office_id", "Expected an office of this record.", str(body.lead_office_id)))
    if mistakes:
        raise Invalid("The engagement needs correcting.", citation=citation, mistakes=tuple(mistakes))


async def _check_commitment(
    session: WriteSession, engagement_id: int, body: EnterCommitment | ReviseCommitment
) -> None:
    mistakes: list[Mistake] = []
    try:
        rules.check_commitment(body.owed_by, body.organization_id, body.made_on, body.due_on)
    except Invalid as wrong:
        mistakes += wrong.mistakes
    if body.organization_id is not None:
        owing = select(EngagementOrganization.id).where(
            EngagementOrganization.id == body.organization_id,
            EngagementOrganization.engagement_id == engagement_id,
            EngagementOrganization.until.is_(None),
        )
        if await session.scalar(owing) is None:
            expected = "Expected an organization of this engagement."
            mistakes.append(Mistake("organization_id", expected, str(body.organization_id)))
    if await session.get(Office, body.owner_office_id) is None:
        mistakes.append(Mistake("owner_office_id", "Expected an office of this record.", str(body.owner_office_id)))
    if body.owner_person_id is not None and await session.get(Person, body.owner_person_id) is None:
        mistakes.append(Mistake("owner_person_id", "Expected a person of this record.", str(body.owner_person_id)))
    if mistakes:
        raise Invalid("The commitment needs correcting.", mistakes=tuple(mistakes))


async def _kept(
    session: WriteSession,
    engagement_id: EngagementId,
    version: int | None,
    missing: str = "There is no engagement with this number.",
) -> Engagement:
    reader = await reader_of(session, session.actor)
    found = await session.scalar(
        select(Engagement).where(Engagement.id == engagement_id, visible_to(reader, Engagement)).with_for_update()
    )
    if found is None:
        raise NotFound(missing)
    if version is not None:
        session.check_version(found, version, title=f"The engagement {found.code}")
    rules.may_change(found.code, found.cancelled_because)
    return found


async def _commitment(session: WriteSession, commitment_id: CommitmentId, version: int) -> EngagementCommitment:
    missing = "There is no commitment with this number."
    found = await session.get(EngagementCommitment, commitment_id, with_for_update=True)
    if found is None:
        raise NotFound(missing)
    await _kept(session, EngagementId(found.engagement_id), None, missing)
    session.check_version(found, version, title=f"The commitment {found.title}")
    return found
