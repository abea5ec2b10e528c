"""Efforts that are no Partnership projects: entered, corrected, ended."""

from datetime import date

import msgspec
from sqlalchemy import select

from pipir.features.people.queries import reader_of
from pipir.features.projects import rules
from pipir.features.projects.rules import Precision
from pipir.features.projects.tables import (
    RelatedEffort,
    RelatedEffortId,
)
from pipir.kernel.command import command
from pipir.kernel.errors import NotFound
from pipir.kernel.marking import read_marking
from pipir.kernel.text import Line, Prose, Reason, SourceText
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession


class EnterRelatedEffort(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An effort that is not a Partnership project; `precision` says whether its day is known or its month only."""

    name: Line
    relation: Line
    on_day: date
    source: SourceText
    precision: Precision = "day"
    description: Prose = ""
    marking: Line = "CUI"


class ReviseRelatedEffort(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a related effort."""

    name: Line
    relation: Line
    on_day: date
    source: SourceText
    precision: Precision = "day"
    description: Prose = ""
    marking: Line = "CUI"


class EndRelatedEffort(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of a related effort, and why."""

    until: date
    because: Reason


@command("related-effort.enter", permission="projects.change", sunset="goes on")
async def enter_related_effort(session: WriteSession, body: EnterRelatedEffort) -> RelatedEffortId:
    """Enter an effort beside the Partnership that is not one of its projects."""
    marking = read_marking(body.marking, await reader_of(session, session.actor))
    effort = RelatedEffort(
        name=body.name,
        relation=body.relation,
        on_day=rules.to_precision(body.on_day, body.precision),
        precision=body.precision,
        description=body.description,
        source=body.source,
    )
    effort.mark(marking)
    session.add(effort)
    await session.flush()
    return RelatedEffortId(effort.id)


@command("related-effort.revise", permission="projects.change", sunset="goes on")
async def revise_related_effort(
    session: WriteSession, effort_id: RelatedEffortId, body: ReviseRelatedEffort, *, version: int
) -> None:
    """Correct what is recorded of a related effort."""
    effort = await _effort(session, effort_id, version)
    marking = read_marking(body.marking, await reader_of(session, session.actor))
    effort.name, effort.relation, effort.source = body.name, body.relation, body.source
    effort.on_day, effort.precision = rules.to_precision(body.on_day, body.precision), body.precision
    effort.description = body.description
    effort.mark(marking)
    await session.flush()


@command("related-effort.end", permission="projects.change", sunset="goes on")
async def end_related_effort(
    session: WriteSession, effort_id: RelatedEffortId, body: EndRelatedEffort, *, version: int
) -> None:
    """Say when a related effort ended, and why; it stays in the record."""
    effort = await _effort(session, effort_id, version)
    rules.not_before(body.until, effort.on_day, "until")
    effort.until, effort.ended_because = body.until, body.because
    await session.flush()


async def _effort(session: WriteSession, effort_id: RelatedEffortId, version: int) -> RelatedEffort:
    reader = await reader_of(session, session.actor)
    effort = await session.scalar(
        select(RelatedEffort).where(RelatedEffort.id == effort_id, visible_to(reader, RelatedEffort)).with_for_update()
    )
    if effort is None:
        raise NotFound("There is no related effort with this number.")
    session.check_version(effort, version, title=f"The related effort {effort.name}")
    rules.may_change_effort(effort.name, effort.until)
    return effort
