"""Priorities and recommendations of reports."""

from typing import Any

import msgspec
from sqlalchemy import and_, select

from pipir.features.projects.tables import Project
from pipir.features.report.tables import ReportPoint
from pipir.kernel.errors import NotFound
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession


class PointView(msgspec.Struct, frozen=True):
    """A priority or a recommendation as shown; its project where the reader may see it."""

    id: int
    version: int
    year: int
    of: str
    place: int
    name: str
    words: str
    kind: str | None
    project_id: int | None
    project: str | None
    objective: str | None
    planned: Dollars | None
    clearance: str | None
    outcome: str | None
    outcome_because: str | None
    withdrawn_because: str | None
    exercise: bool


async def points(
    session: ReadSession, reader: Reader, years: tuple[int, ...], *, withdrawn: bool = False
) -> tuple[PointView, ...]:
    """The priorities and recommendations of years' reports in their order; withdrawn ones on request."""
    statement = _points(reader).where(ReportPoint.year.in_(years))
    if not withdrawn:
        statement = statement.where(ReportPoint.withdrawn_because.is_(None))
    rows = await session.execute(statement.order_by(ReportPoint.year, ReportPoint.of, ReportPoint.place))
    return tuple(PointView(**row) for row in rows.mappings())


async def point(session: ReadSession, reader: Reader, point_id: int) -> PointView:
    """One of them, or NotFound."""
    row = (await session.execute(_points(reader).where(ReportPoint.id == point_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no priority or recommendation with this number.")
    return PointView(**row)


def _points(reader: Reader) -> Any:
    own = [name for name in PointView.__struct_fields__ if name not in ("project_id", "project")]
    return (
        select(
            *(getattr(ReportPoint, name) for name in own),
            Project.id.label("project_id"),
            Project.code.label("project"),
        )
        .select_from(ReportPoint)
        .outerjoin(Project, and_(Project.id == ReportPoint.project_id, visible_to(reader, Project)))
    )
