"""Priorities and recommendations of a year's report."""

from typing import Any

import msgspec
from sqlalchemy import func, select

from pipir.features.people.queries import reader_of
from pipir.features.projects.tables import Project
from pipir.features.report import rules
from pipir.features.report.commands.texts import check_letters
from pipir.features.report.tables import Report, ReportPoint
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound, Refused
from pipir.kernel.ids import RecordNumber
from pipir.kernel.money import Dollars
from pipir.kernel.text import Line, Prose, Reason
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession


class EnterPoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A priority or a recommendation: of which report, in which words, and what belongs to it."""

    year: int
    of: rules.Of
    name: Line
    words: Prose = ""
    kind: rules.RecommendationKind | None = None
    project_id: RecordNumber | None = None
    objective: Line | None = None
    planned: Dollars | None = None
    clearance: rules.Clearance | None = None


class RevisePoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same of one that stands."""

    name: Line
    words: Prose = ""
    kind: rules.RecommendationKind | None = None
    project_id: RecordNumber | None = None
    objective: Line | None = None
    planned: Dollars | None = None
    clearance: rules.Clearance | None = None


class StateOutcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of it, and why."""

    outcome: rules.Outcome
    because: Reason


class WithdrawPoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is withdrawn."""

    because: Reason


@command("report.enter-point", permission="reports.write", sunset="goes on")
async def enter_point(session: WriteSession, body: EnterPoint) -> int:
    """Enter a priority or a recommendation of the year's open report."""
    rules.check_year(the_statute(), body.year)
    await _open_report(session, body.year)
    await _check_point(session, body.of, body)
    if body.project_id is not None:
        await _check_project(session, body.project_id)
    last = await session.scalar(
        select(func.max(ReportPoint.place)).where(ReportPoint.year == body.year, ReportPoint.of == body.of)
    )
    point = ReportPoint(place=(last or 0) + 1, **_fields(body))
    session.add(point)
    await session.flush()
    return point.id


@command("report.revise-point", permission="reports.write", sunset="goes on")
async def revise_point(session: WriteSession, point_id: int, body: RevisePoint, *, version: int) -> None:
    """Change a priority or a recommendation while its report is open."""
    point = await _point(session, point_id, version)
    await _open_report(session, point.year)
    # A project that the writer may not see stands in their form as none; it is not theirs to take away.
    if body.project_id is None and point.project_id is not None and not await _sees_project(session, point.project_id):
        body = msgspec.structs.replace(body, project_id=point.project_id)
    elif body.project_id is not None:
        await _check_project(session, body.project_id)
    await _check_point(session, point.of, body)
    for name, value in _fields(body).items():
        setattr(point, name, value)
    await session.flush()


@command("report.state-outcome", permission="reports.write", sunset="goes on")
async def state_outcome(session: WriteSession, point_id: int, body: StateOutcome, *, version: int) -> None:
    """State what became of a priority or a recommendation of a signed report."""
    point = await _point(session, point_id, version)
    state = await session.scalar(
        select(Report.state).where(Report.year == point.year).order_by(Report.version_no.desc()).limit(1)
    )
    rules.may_state_outcome(point.of, state, point.year, body.outcome)  # type: ignore[arg-type]
    check_letters("because", body.because)
    point.outcome, point.outcome_because = body.outcome, body.because
    await session.flush()


@command("report.withdraw-point", permission="reports.write", sunset="goes on")
async def withdraw_point(session: WriteSession, point_id: int, body: WithdrawPoint, *, version: int) -> None:
    """Withdraw a priority or a recommendation while its report is open; it stays in the record."""
    point = await _point(session, point_id, version)
    await _open_report(session, point.year)
    point.withdrawn_because = body.because
    await session.flush()


async def _open_report(session: WriteSession, year: int) -> None:
    """Hold the year's report, so that no freeze passes in between; refused where it is not open."""
    report = await session.scalar(
        select(Report).where(Report.year == year).order_by(Report.version_no.desc()).limit(1).with_for_update()
    )
    rules.may_write(report.state if report else None, year, the_statute())  # type: ignore[arg-type]
    if report is not None and report.state == "tasked":
        report.state = "draft"


async def _point(session: WriteSession, point_id: int, version: int) -> ReportPoint:
    point = await session.get(ReportPoint, point_id, with_for_update=True)
    if point is None:
        raise NotFound("There is no priority or recommendation with this number.")
    session.check_version(point, version, title=f"“{point.name}”")
    if point.withdrawn_because is not None:
        raise Refused(f"“{point.name}” is withdrawn; it stays as it is.", way_out="Enter it anew.")
    return point


async def _check_point(session: WriteSession, of: str, body: EnterPoint | RevisePoint) -> None:
    rules.check_point(
        of, kind=body.kind, clearance=body.clearance, project=body.project_id is not None, planned=body.planned
    )
    if body.objective is not None:
        wrong = lookup.objective_mistakes([body.objective], the_statute())
        if wrong:
            raise Invalid(
                "The objective needs correcting.",
                mistakes=tuple(Mistake("objective", each.expected, body.objective) for each in wrong),
            )
    for field, text in (("name", body.name), ("words", body.words)):
        check_letters(field, text)


async def _check_project(session: WriteSession, project_id: int) -> None:
    # One that the writer may not see is as one that is not there.
    if not await _sees_project(session, project_id):
        raise Invalid(
            "The project needs correcting.",
            mistakes=(Mistake("project_id", "Expected the number of a project.", str(project_id)),),
        )


async def _sees_project(session: WriteSession, project_id: int) -> bool:
    reader = await reader_of(session, session.actor)
    seen = select(Project.id).where(Project.id == project_id, visible_to(reader, Project))
    return await session.scalar(seen) is not None


def _fields(body: EnterPoint | RevisePoint) -> dict[str, Any]:
    return {name: getattr(body, name) for name in body.__struct_fields__}
