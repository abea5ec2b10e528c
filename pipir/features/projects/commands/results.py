"""The results of a project: set, changed, read, ended."""

from datetime import date
from typing import Annotated, cast

import msgspec
from sqlalchemy import func, select

from pipir.features.projects import rules
from pipir.features.projects.commands.shared import detailed_project, part_to_change
from pipir.features.projects.rules import results
from pipir.features.projects.rules.results import Direction, Measure
from pipir.features.projects.tables import ProjectResult, ResultActual, ResultId
from pipir.kernel.command import command
from pipir.kernel.ids import ProjectId
from pipir.kernel.text import Line, Reason, SourceText
from pipir.store.doors import WriteSession

# Text, so that no number is rounded on the way; the rules read it.
NumberText = Annotated[
    str, msgspec.Meta(min_length=1, max_length=40, description="A number as text, such as 1250 or 12.5.")
]
_MISSING = "There is no result of a project with this number."


class SetResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An indicator from its baseline to its target, and which way is better."""

    indicator: Line
    unit: Line
    direction: Direction
    baseline: NumberText
    baseline_on: date
    target: NumberText
    target_on: date
    source: SourceText


class ReviseResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a result; another baseline, target or day of theirs needs a reason."""

    indicator: Line
    unit: Line
    direction: Direction
    baseline: NumberText
    baseline_on: date
    target: NumberText
    target_on: date
    source: SourceText
    reason: Reason | None = None


class RecordActual(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value as it was read on a day; a second one of the day says why it takes the place of the first."""

    value: NumberText
    on_day: date
    source: SourceText
    because: Reason | None = None


class EndResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day on which a result is pursued, and why."""

    until: date
    because: Reason


@command("result.set", permission="projects.change", sunset="goes on")
async def set_result(session: WriteSession, project_id: ProjectId, body: SetResult) -> ResultId:
    """Say what a project is to come to."""
    await detailed_project(session, project_id)
    measure = _measure(body, session.today)
    result = ProjectResult(
        project_id=project_id,
        indicator=body.indicator,
        unit=body.unit,
        direction=measure.direction,
        baseline=measure.baseline,
        baseline_on=measure.baseline_on,
        target=measure.target,
        target_on=measure.target_on,
        source=body.source,
    )
    session.add(result)
    await session.flush()
    return ResultId(result.id)


@command("result.revise", permission="projects.change", sunset="goes on")
async def revise_result(session: WriteSession, result_id: ResultId, body: ReviseResult, *, version: int) -> None:
    """Change what a project is to come to; a changed number or day needs a reason."""
    result = await _result(session, result_id, version)
    before, after = measure_of(result), _measure(body, session.today)
    read = await session.scalar(select(func.count()).where(ResultActual.result_id == result_id))
    other_unit = body.unit != result.unit
    if results.may_remeasure(before, after, other_unit, actuals=read or 0, reason=body.reason):
        result.direction, result.changed_because = after.direction, body.reason
        result.baseline, result.baseline_on = after.baseline, after.baseline_on
        result.target, result.target_on = after.target, after.target_on
    result.indicator, result.unit, result.source = body.indicator, body.unit, body.source
    await session.flush()


@command("result.record", permission="projects.change", sunset="goes on")
async def record_actual(session: WriteSession, result_id: ResultId, body: RecordActual) -> None:
    """Record a value of an indicator as it was read on a day; nothing of the former values changes."""
    result = await _result(session, result_id, None)
    value = results.number(body.value, "value")
    same_day = select(ResultActual.id).where(ResultActual.result_id == result_id, ResultActual.on_day == body.on_day)
    recorded = await session.scalar(same_day.limit(1)) is not None
    results.may_record(measure_of(result), body.on_day, recorded=recorded, because=body.because, today=session.today)
    session.add(
        ResultActual(
            project_id=result.project_id,
            result_id=result_id,
            value=value,
            on_day=body.on_day,
            source=body.source,
            because=body.because,
        )
    )
    await session.flush()


@command("result.end", permission="projects.change", sunset="goes on")
async def end_result(session: WriteSession, result_id: ResultId, body: EndResult, *, version: int) -> None:
    """Say from when on a result is no longer pursued, and why; it stays in the record."""
    result = await _result(session, result_id, version)
    rules.not_after(body.until, session.today, "until")
    result.until, result.ended_because = body.until, body.because
    await session.flush()


def measure_of(result: ProjectResult) -> Measure:
    return Measure(
        result.baseline, result.baseline_on, result.target, result.target_on, cast("Direction", result.direction)
    )


def _measure(body: SetResult | ReviseResult, today: date) -> Measure:
    return results.measure(
        direction=body.direction,
        baseline=body.baseline,
        baseline_on=body.baseline_on,
        target=body.target,
        target_on=body.target_on,
        today=today,
    )


async def _result(session: WriteSession, result_id: ResultId, version: int | None) -> ProjectResult:
    result, _ = await part_to_change(session, ProjectResult, result_id, version, missing=_MISSING, title="The result")
    results.may_change_result(result.indicator, result.until)
    return result
