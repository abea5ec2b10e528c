"""The results of projects: how far each has come, by the values that were read."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

import msgspec
from sqlalchemy import RowMapping, SQLColumnExpression, and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from pipir.features.projects.queries.listing import goes_on
from pipir.features.projects.rules import results as rules
from pipir.features.projects.rules.results import Measure, Progress
from pipir.features.projects.tables import Project, ProjectResult, ResultActual, ResultId
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import ProjectId, RecordNumber
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, LARGEST_LIMIT, Page
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page


class ResultFilter(msgspec.Struct, frozen=True):
    """Which results are asked for; several filters all hold."""

    text: str | None = None
    project_id: RecordNumber | None = None
    past: bool = False
    ended: bool = False


class ActualView(msgspec.Struct, frozen=True):
    """A value as it was read on a day; `counts` says that none of the same day took its place."""

    value: str
    on_day: date
    source: str
    because: str | None
    exercise: bool
    progress: Progress
    counts: bool


class ResultView(msgspec.Struct, frozen=True):
    """A result with its latest value; numbers are text, so that none is rounded. None: no value was read yet."""

    id: int
    version: int
    project_id: int
    project_code: str
    project: str
    indicator: str
    unit: str
    direction: str
    baseline: str
    baseline_on: date
    target: str
    target_on: date
    source: str
    changed_because: str | None
    until: date | None
    ended_because: str | None
    marking: str
    exercise: bool
    actual: str | None
    actual_on: date | None
    progress: Progress | None
    # The target's day has come, and the target is not reached.
    missed: bool


_indicator = (func.lower(ProjectResult.indicator), str)
_SORTS: Sorts = {
    "indicator": (_indicator,),
    "target": ((ProjectResult.target_on, date), _indicator),
    "project": ((func.lower(Project.name), str), _indicator),
}
RESULT_SORTS: Final = tuple(_SORTS)


async def list_results(
    session: ReadSession,
    reader: Reader,
    which: ResultFilter = ResultFilter(),  # noqa: B008  a frozen struct is a value, as a string is
    *,
    sort: str = "target",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ResultView]:
    """The results of projects with the latest value of each, without those that are no longer pursued."""
    page: Page[RowMapping] = await list_page(
        session,
        _results(reader).where(*_conditions(which, session.today)),
        row_id=ProjectResult.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: row,
    )
    return Page(
        items=await _with_latest(session, page.items),
        next_cursor=page.next_cursor,
        previous_cursor=page.previous_cursor,
        total=page.total,
    )


async def results_of(session: ReadSession, reader: Reader, project_id: ProjectId) -> tuple[ResultView, ...]:
    """The results of a project by the day of their target, those no longer pursued last."""
    which = ResultFilter(project_id=project_id, ended=True)
    found = await list_results(session, reader, which, limit=LARGEST_LIMIT)
    return tuple(sorted(found.items, key=lambda each: each.until is not None))


async def result(session: ReadSession, reader: Reader, result_id: ResultId) -> ResultView:
    """One result, or NotFound."""
    rows = (await session.execute(_results(reader).where(ProjectResult.id == result_id))).mappings().all()
    if not rows:
        raise NotFound("There is no result of a project with this number.")
    return (await _with_latest(session, rows))[0]


async def actuals(session: ReadSession, reader: Reader, result_id: ResultId) -> tuple[ActualView, ...]:
    """Every value that was read, by day, the latest first; of a day the one recorded last counts."""
    rows = (
        await session.execute(
            select(
                ResultActual.value,
                ResultActual.on_day,
                ResultActual.source,
                ResultActual.because,
                ResultActual.exercise,
                *(getattr(ProjectResult, name) for name in Measure.__struct_fields__),
            )
            .join(ProjectResult, ProjectResult.id == ResultActual.result_id)
            .join(Project, and_(Project.id == ResultActual.project_id, visible_to(reader, Project)))
            .where(ResultActual.result_id == result_id)
            .order_by(ResultActual.on_day.desc(), ResultActual.id.desc())
        )
    ).mappings()
    found: list[ActualView] = []
    for row in rows:
        counts = not found or found[-1].on_day != row["on_day"]
        found.append(
            ActualView(
                value=rules.written(row["value"]),
                on_day=row["on_day"],
                source=row["source"],
                because=row["because"],
                exercise=row["exercise"],
                progress=rules.progress(measure_of(row), row["value"]),
                counts=counts,
            )
        )
    return tuple(found)


def measure_of(row: RowMapping) -> Measure:
    return Measure(**{name: row[name] for name in Measure.__struct_fields__})


def _results(reader: Reader) -> AnySelect:
    joined = {"project_code": Project.code, "project": Project.name, "marking": Project.marking}
    return select(
        *(joined[name].label(name) if name in joined else getattr(ProjectResult, name) for name in _STORED)
    ).join(Project, and_(Project.id == ProjectResult.project_id, visible_to(reader, Project)))


def _conditions(which: ResultFilter, today: date) -> list[SQLColumnExpression[bool]]:
    found: list[SQLColumnExpression[bool]] = []
    if not which.ended:
        found.append(ProjectResult.until.is_(None))
    if which.project_id is not None:
        found.append(ProjectResult.project_id == which.project_id)
    elif not which.ended:
        found.append(goes_on(today))
    if which.past:
        found.append(ProjectResult.target_on < today)
    if which.text:
        columns = (ProjectResult.indicator, ProjectResult.unit, Project.name, Project.code)
        found.append(or_(*(each.icontains(which.text, autoescape=True) for each in columns)))
    return found


async def _with_latest(session: ReadSession, rows: Sequence[RowMapping]) -> tuple[ResultView, ...]:
    """Each result with the latest value that was read, in one statement for all."""
    read = await session.execute(
        select(ResultActual.result_id, ResultActual.value, ResultActual.on_day)
        .ext(distinct_on(ResultActual.result_id))
        .where(ResultActual.result_id.in_([row["id"] for row in rows]))
        .order_by(ResultActual.result_id, ResultActual.on_day.desc(), ResultActual.id.desc())
    )
    latest = {each.result_id: (each.value, each.on_day) for each in read}
    return tuple(_view(row, latest.get(row["id"]), session.today) for row in rows)


_DERIVED: Final = ("actual", "actual_on", "progress", "missed")
_STORED: Final = tuple(name for name in ResultView.__struct_fields__ if name not in _DERIVED)


def _view(row: RowMapping, latest: tuple[Decimal, date] | None, today: date) -> ResultView:
    numbers = {name: rules.written(row[name]) for name in ("baseline", "target")}
    progress = rules.progress(measure_of(row), latest[0]) if latest else None
    return ResultView(
        **({name: row[name] for name in _STORED} | numbers),
        actual=rules.written(latest[0]) if latest else None,
        actual_on=latest[1] if latest else None,
        progress=progress,
        missed=row["until"] is None and row["target_on"] < today and not (progress is not None and progress.reached),
    )
