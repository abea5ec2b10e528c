"""Efforts that are not Partnership projects."""

from datetime import date

import msgspec
from sqlalchemy import RowMapping, func, or_, select

from pipir.features.projects.tables import RelatedEffort, RelatedEffortId
from pipir.kernel.errors import NotFound
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page


class RelatedEffortView(msgspec.Struct, frozen=True):
    """An effort that is not a Partnership project; with the precision "month", `on_day` is the first of it."""

    id: int
    version: int
    name: str
    relation: str
    on_day: date
    precision: str
    description: str
    source: str
    until: date | None
    ended_because: str | None
    marking: str
    exercise: bool


_RELATED_SORTS: Sorts = {
    "name": ((func.lower(RelatedEffort.name), str),),
    "day": ((RelatedEffort.on_day, date), (func.lower(RelatedEffort.name), str)),
}


async def list_related_efforts(
    session: ReadSession,
    reader: Reader,
    *,
    ended: bool = False,
    sort: str = "-day",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[RelatedEffortView]:
    """Efforts that are not Partnership projects, without those that have ended unless `ended`."""
    statement = _related(reader)
    if not ended:
        statement = statement.where(or_(RelatedEffort.until.is_(None), RelatedEffort.until >= session.today))
    return await list_page(
        session,
        statement,
        row_id=RelatedEffort.id,
        sorts=_RELATED_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_related_view,
    )


async def related_effort(session: ReadSession, reader: Reader, effort_id: RelatedEffortId) -> RelatedEffortView:
    """One related effort, or NotFound."""
    row = (await session.execute(_related(reader).where(RelatedEffort.id == effort_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no related effort with this number.")
    return _related_view(row)


async def related_effort_by_name(session: ReadSession, reader: Reader, name: str) -> RelatedEffortView | None:
    """The related effort of that name, if there is one."""
    row = (await session.execute(_related(reader).where(RelatedEffort.name == name))).mappings().one_or_none()
    return _related_view(row) if row is not None else None


def _related(reader: Reader) -> AnySelect:
    names = RelatedEffortView.__struct_fields__
    return select(*(getattr(RelatedEffort, name) for name in names)).where(visible_to(reader, RelatedEffort))


def _related_view(row: RowMapping) -> RelatedEffortView:
    return RelatedEffortView(**{name: row[name] for name in RelatedEffortView.__struct_fields__})
