"""The process of section 1253(d) as a record: its versions, their coordination with State, their end."""

from datetime import date

import msgspec
from sqlalchemy import func, select

from pipir.features.participants import rules
from pipir.features.participants.commands.entries import MarkingText
from pipir.features.participants.tables import InvitationProcess
from pipir.features.people.queries import reader_of
from pipir.kernel.command import command
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import ProcessId
from pipir.kernel.marking import read_marking
from pipir.kernel.text import Line, Reason, SourceText
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession


class MakeProcess(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The next version of the process by which countries are invited, in our own summary, with its document."""

    title: Line
    summary: Reason
    document: SourceText
    made_on: date
    in_force_from: date
    coordinated_on: date | None = None
    coordinated_by: SourceText | None = None
    marking: MarkingText = "CUI"


class RecordCoordination(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which a version was coordinated with the Secretary of State, and the document that shows it."""

    coordinated_on: date
    coordinated_by: SourceText


class EndProcess(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day on which a version is in force, and why."""

    until: date
    because: Reason


@command("participant.make-process", permission="participants.change", sunset="records")
async def make_process(session: WriteSession, body: MakeProcess) -> ProcessId:
    """Enter the next version of the process; the one before it gives way on the day from which this one is in force."""
    rules.may_make_process(body.made_on, body.in_force_from, body.coordinated_on, body.coordinated_by, session.today)
    marking = read_marking(body.marking, await reader_of(session, session.actor))
    latest = await session.scalar(select(func.coalesce(func.max(InvitationProcess.number), 0)))
    process = InvitationProcess(
        number=(latest or 0) + 1,
        title=body.title,
        summary=body.summary,
        document=body.document,
        made_on=body.made_on,
        in_force_from=body.in_force_from,
        coordinated_on=body.coordinated_on,
        coordinated_by=body.coordinated_by,
    )
    process.mark(marking)
    session.add(process)
    await session.flush()
    return ProcessId(process.id)


@command("participant.record-coordination", permission="participants.change", sunset="records")
async def record_coordination(
    session: WriteSession, process_id: ProcessId, body: RecordCoordination, *, version: int
) -> None:
    """Record that a version of the process was coordinated with the Secretary of State."""
    process = await _process(session, process_id, version)
    rules.may_coordinate(process.coordinated_on, body.coordinated_on, session.today)
    process.coordinated_on, process.coordinated_by = body.coordinated_on, body.coordinated_by
    await session.flush()


@command("participant.end-process", permission="participants.change", sunset="records")
async def end_process(session: WriteSession, process_id: ProcessId, body: EndProcess, *, version: int) -> None:
    """Say the last day on which a version is in force; it stays in the record."""
    process = await _process(session, process_id, version)
    rules.may_end_on(process.in_force_from, process.until, body.until, f"Version {process.number} of the process")
    process.until, process.ended_because = body.until, body.because
    await session.flush()


async def _process(session: WriteSession, process_id: ProcessId, version: int) -> InvitationProcess:
    reader = await reader_of(session, session.actor)
    process = await session.scalar(
        select(InvitationProcess)
        .where(InvitationProcess.id == process_id, visible_to(reader, InvitationProcess))
        .with_for_update()
    )
    if process is None:
        raise NotFound("There is no version of the process with this number.")
    session.check_version(process, version, title=f"Version {process.number} of the process")
    return process
