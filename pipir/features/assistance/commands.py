"""What can change in technical assistance."""

from datetime import date
from typing import Annotated, Any, cast

import msgspec
from sqlalchemy import select

from pipir.features.assistance import queries, rules
from pipir.features.assistance.rules import Result, Status, Step
from pipir.features.assistance.tables import (
    Assistance,
    AssistanceCondition,
    AssistanceId,
    AssistanceUnit,
    UnitId,
)
from pipir.features.concurrence.commands import permit
from pipir.features.concurrence.rules import typed_of
from pipir.features.law import queries as law
from pipir.features.law.rules import Act
from pipir.features.participants.tables import Participant
from pipir.features.people.queries import reader_of
from pipir.features.people.tables import Office
from pipir.features.projects.tables import Project
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Reader, read_marking
from pipir.kernel.money import Dollars
from pipir.kernel.text import Line, Prose, Reason, SourceText
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession
from pipir.store.numbers import next_number
from pipir.store.records import may_see

Objectives = Annotated[list[str], msgspec.Meta(max_length=20, description="Slugs such as 1253.b.2.")]


class PlanAssistance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Assistance as planned; `uses` is the authority of title 10, always named."""

    name: Line
    participant_id: RecordNumber
    purpose: Prose
    objectives: Objectives
    uses: Line
    starts_on: date
    ends_on: date
    lead_office_id: RecordNumber
    source: SourceText
    planned_cost: Dollars | None = None
    project_id: RecordNumber | None = None
    marking: Line = "CUI"


class ReviseAssistance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of assistance; its partner and authority only while it is planned."""

    name: Line
    participant_id: RecordNumber
    purpose: Prose
    objectives: Objectives
    uses: Line
    starts_on: date
    ends_on: date
    lead_office_id: RecordNumber
    source: SourceText
    planned_cost: Dollars | None = None
    project_id: RecordNumber | None = None
    marking: Line = "CUI"


class RecordCondition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What shows that a condition is met, and since when; of a notice, the day on which it was given."""

    condition: Line
    met_on: date
    evidence: Reason
    document: Line | None = None


class NameUnit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit that is to be helped; its vetting is pending."""

    name: Line


class VetUnit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the vetting of a unit came to, on which day, and where that stands."""

    result: Result
    vetted_on: date | None = None
    reference: Line | None = None


class TakeOutUnit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a unit is not helped, or no longer."""

    because: Reason


class BeginAssistance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which assistance begins (blank: today), and after the termination what it rests on."""

    begun_on: date | None = None
    program_authority: Line | None = None
    continuation_id: RecordNumber | None = None
    late_because: Reason | None = None
    late_document: Line | None = None


class ChangeAssistanceStatus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The next status, its day, and why."""

    status: Step
    on_day: date
    because: Reason


@command("assistance.plan", permission="assistance.change", sunset="goes on")
async def plan_assistance(session: WriteSession, body: PlanAssistance) -> AssistanceId:
    """Plan assistance for a partner under an authority of title 10."""
    reader = await reader_of(session, session.actor)
    await _checked(session, reader, body)
    marking = read_marking(body.marking, reader)
    number = await next_number(session, Assistance.number)
    found = Assistance(**_fields(body), number=number, code=f"T-{number:04}", status="planned")
    found.mark(marking)
    session.add(found)
    await session.flush()
    return AssistanceId(found.id)


@command("assistance.revise", permission="assistance.change", sunset="goes on")
async def revise_assistance(
    session: WriteSession, assistance_id: AssistanceId, body: ReviseAssistance, *, version: int
) -> None:
    """Correct what is recorded of assistance."""
    reader = await reader_of(session, session.actor)
    found = await _kept(session, reader, assistance_id, version)
    ground = (body.participant_id, body.uses) != (found.participant_id, found.uses)
    rules.may_revise(found.code, found.status, changes_ground=ground)
    await _checked(session, reader, body)
    marking = read_marking(body.marking, reader)
    for name, value in _fields(body).items():
        setattr(found, name, value)
    found.mark(marking)
    await session.flush()


@command("assistance.record-condition", permission="assistance.change", sunset="goes on")
async def record_condition(session: WriteSession, assistance_id: AssistanceId, body: RecordCondition) -> None:
    """Record what shows that a condition of the authority is met; what stood before stays, as replaced."""
    found = await _kept(session, await reader_of(session, session.actor), assistance_id, None)
    statute = await law.law_of(session)
    rules.may_record(body.condition, found.status, statute, found.uses, body.met_on, session.today)
    standing = await session.scalar(
        select(AssistanceCondition).where(
            AssistanceCondition.assistance_id == found.id,
            AssistanceCondition.condition == body.condition,
            AssistanceCondition.replaced_on.is_(None),
        )
    )
    if standing is not None:
        standing.replaced_on = session.today
        await session.flush()
    session.add(
        AssistanceCondition(
            assistance_id=found.id,
            condition=body.condition,
            met_on=body.met_on,
            evidence=body.evidence,
            document=body.document,
            recorded_by_id=session.actor,
            recorded_on=session.today,
        )
    )
    await session.flush()


@command("assistance.name-unit", permission="assistance.change", sunset="goes on")
async def name_unit(session: WriteSession, assistance_id: AssistanceId, body: NameUnit) -> UnitId:
    """Name a unit that is to be helped."""
    found = await _kept(session, await reader_of(session, session.actor), assistance_id, None)
    rules.may_add_unit(found.status)
    unit = AssistanceUnit(assistance_id=found.id, name=body.name, result="pending")
    session.add(unit)
    await session.flush()
    return UnitId(unit.id)


@command("assistance.vet-unit", permission="assistance.change", sunset="goes on")
async def vet_unit(session: WriteSession, unit_id: UnitId, body: VetUnit, *, version: int) -> None:
    """Record what the vetting of a unit came to."""
    found, unit = await _unit(session, unit_id, version)
    rules.may_vet(found.status, unit.until, body.result, body.vetted_on, session.today)
    unit.result, unit.vetted_on, unit.reference = body.result, body.vetted_on, body.reference
    await session.flush()


@command("assistance.take-out-unit", permission="assistance.change", sunset="goes on")
async def take_out_unit(session: WriteSession, unit_id: UnitId, body: TakeOutUnit, *, version: int) -> None:
    """Say that a unit is not helped, or no longer; it stays in the record."""
    found, unit = await _unit(session, unit_id, version)
    rules.may_take_out(found.status, unit.until)
    unit.until, unit.ended_because = session.today, body.because
    await session.flush()


@command("assistance.begin", permission="assistance.change", sunset="assistance")
async def begin_assistance(
    session: WriteSession, assistance_id: AssistanceId, body: BeginAssistance, *, version: int
) -> None:
    """Begin assistance, once every condition of the authority that it uses is met."""
    reader = await reader_of(session, session.actor)
    found = await _kept(session, reader, assistance_id, version)
    on = body.begun_on or session.today
    if on > session.today:
        expected = "Expected a day up to today; the beginning is recorded once it has happened."
        raise Invalid("The day has not come yet.", mistakes=(Mistake("begun_on", expected, on.isoformat()),))
    act = Act(
        kind="assistance",
        on=on,
        authority=body.program_authority,
        other_authority=found.uses,
        record_id=found.id,
        title=found.name,
        late_because=body.late_because,
        late_document=body.late_document,
    )
    await law.basis_of(session, act, continuation_id=body.continuation_id)
    statute = await law.law_of(session)
    proposal = msgspec.structs.replace(await queries.proposal(session, found.id), typed=typed_of(body))
    needed = await queries.conditions(session, reader, found.id, on, wanted=proposal)
    rules.may_begin(found.status, needed, statute, found.uses)
    await permit(session, proposal)
    found.status, found.begun_on, found.program_authority = "begun", on, body.program_authority
    found.status_on, found.status_because = on, None
    found.acts, found.decided_on = found.acts + 1, on
    found.continuation_id = body.continuation_id
    found.late_because, found.late_document = body.late_because, body.late_document
    await session.flush()


@command("assistance.change-status", permission="assistance.change", sunset="goes on")
async def change_status(
    session: WriteSession, assistance_id: AssistanceId, body: ChangeAssistanceStatus, *, version: int
) -> None:
    """Suspend, take up again, complete or end assistance, with the reason."""
    found = await _kept(session, await reader_of(session, session.actor), assistance_id, version)
    rules.may_step(cast("Status", found.status), body.status, found.begun_on, body.on_day, session.today)
    found.status, found.status_because, found.status_on = body.status, body.because, body.on_day
    await session.flush()


def _fields(body: PlanAssistance | ReviseAssistance) -> dict[str, Any]:
    """What is stored as it was sent."""
    names = [name for name in body.__struct_fields__ if name not in ("objectives", "marking")]
    return {name: getattr(body, name) for name in names} | {"objectives": sorted(set(body.objectives))}


async def _checked(session: WriteSession, reader: Reader, body: PlanAssistance | ReviseAssistance) -> None:
    mistakes: list[Mistake] = []
    try:
        rules.check_plan(
            body.objectives,
            body.uses,
            body.starts_on,
            body.ends_on,
            body.planned_cost,
            statute=await law.law_of(session),
        )
    except Invalid as wrong:
        mistakes += wrong.mistakes
    partner = select(Participant.id).where(Participant.id == body.participant_id, visible_to(reader, Participant))
    if await session.scalar(partner) is None:
        expected = "Expected a participant of this record."
        mistakes.append(Mistake("participant_id", expected, str(body.participant_id)))
    project = select(Project.id).where(Project.id == body.project_id, visible_to(reader, Project))
    if body.project_id is not None and await session.scalar(project) is None:
        mistakes.append(Mistake("project_id", "Expected a project of this record.", str(body.project_id)))
    if await session.get(Office, body.lead_office_id) is None:
        mistakes.append(Mistake("lead_office_id", "Expected an office of this record.", str(body.lead_office_id)))
    if mistakes:
        raise Invalid("The assistance needs correcting.", mistakes=tuple(mistakes))


async def _kept(
    session: WriteSession,
    reader: Reader,
    assistance_id: AssistanceId,
    version: int | None,
    missing: str = "There is no assistance with this number.",
) -> Assistance:
    found = await session.scalar(
        select(Assistance)
        .where(Assistance.id == assistance_id, may_see(reader, "assistance", Assistance.id))
        .with_for_update()
    )
    if found is None:
        raise NotFound(missing)
    if version is not None:
        session.check_version(found, version, title=f"The assistance {found.code}")
    return found


async def _unit(session: WriteSession, unit_id: UnitId, version: int) -> tuple[Assistance, AssistanceUnit]:
    missing = "There is no unit with this number."
    unit = await session.get(AssistanceUnit, unit_id, with_for_update=True)
    if unit is None:
        raise NotFound(missing)
    reader = await reader_of(session, session.actor)
    found = await _kept(session, reader, AssistanceId(unit.assistance_id), None, missing)
    session.check_version(unit, version, title=f"The unit {unit.name}")
    return found, unit
