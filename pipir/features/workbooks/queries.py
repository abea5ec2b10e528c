"""What can be asked of workbooks: the rows of an export, the imports that came back, and what they change."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import ColumnElement, RowMapping, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from pipir.features.groups.tables import WorkingGroup
from pipir.features.people.tables import Office, Person
from pipir.features.projects import queries as projects
from pipir.features.projects.queries import ProjectFilter
from pipir.features.projects.tables import Milestone, Project
from pipir.features.workbooks.compose import Exported, MilestoneRow, ProjectRow
from pipir.features.workbooks.rules import Field
from pipir.features.workbooks.tables import WorkbookChange, WorkbookId, WorkbookImport
from pipir.kernel.access import Caller
from pipir.kernel.calendar import washington_day
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, LARGEST_LIMIT, Page
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page


class ImportView(msgspec.Struct, frozen=True):
    """A workbook that came back, with how many of its changes wait, were taken or were not, of those that one sees."""

    id: int
    version: int
    filename: str
    sha256: str
    exported_at: datetime
    exported_by: str
    asked: str
    uploaded_by_id: int
    uploaded_by: str
    uploaded_at: datetime
    remark: str | None
    changes: int
    waiting: int
    accepted: int
    refused: int
    marking: str
    exercise: bool


class ChangeView(msgspec.Struct, frozen=True):
    """What a workbook changes of one record; `stale` where the record has moved on since it was exported."""

    id: int
    version: int
    import_id: int
    kind: str
    record_id: RecordNumber
    project_id: int
    code: str
    name: str
    href: str
    record_version: int
    version_now: int
    stale: bool
    line: int
    fields: tuple[Field, ...]
    said: str | None
    state: str
    decided_by: str | None
    decided_at: datetime | None
    because: str | None
    marking: str
    exercise: bool


class Waiting(msgspec.Struct, frozen=True):
    """A workbook that waits for a second person, since a day."""

    id: int
    title: str
    since: date


_Uploader = aliased(Person)
_Exporter = aliased(Person)
_Decider = aliased(Person)
_SORTS: Sorts = {
    # They are numbered as they come.
    "number": ((WorkbookImport.id, int),),
    "file": ((func.lower(WorkbookImport.filename), str),),
    "person": ((func.lower(_Uploader.name), str),),
}


async def exported(
    session: ReadSession,
    reader: Reader,
    by: tuple[int, str],
    which: ProjectFilter,
    *,
    sort: str = "name",
    asked: str = "",
) -> Exported:
    """The projects of a list that have not ended, in its order, with the milestones that were not cancelled.

    `by` is who exports them: number and name.
    """
    lines = await projects.every_project(session, reader, which, sort=sort)
    order = {line.id: place for place, line in enumerate(lines) if line.until is None}
    found = await project_rows(session, reader, order)
    return Exported(
        made_at=session.now,
        made_by_id=by[0],
        made_by=by[1],
        asked=asked,
        projects=tuple(sorted(found, key=lambda row: order[row.id])),
        milestones=tuple(
            sorted(
                await milestone_rows(session, reader, projects=order),
                key=lambda row: (order[row.project_id], row.position, row.id),
            )
        ),
    )


async def project_rows(session: ReadSession, reader: Reader, ids: Iterable[int]) -> tuple[ProjectRow, ...]:
    """The rows of those of the projects that the reader may see and that have not ended."""
    rows = await session.execute(
        select(
            Project.id,
            Project.code.label("number"),
            Project.version,
            Project.name,
            Project.kind,
            Project.objectives,
            Project.classified_by,
            Project.source,
            WorkingGroup.name.label("workstream_id"),
            Project.announced_on,
            Project.description,
            Project.program_authority,
            Office.symbol.label("lead_office_id"),
            Project.planned_total,
            Project.in_classified_annex,
            Project.marking,
        )
        .outerjoin(WorkingGroup, and_(WorkingGroup.id == Project.workstream_id, visible_to(reader, WorkingGroup)))
        .outerjoin(Office, Office.id == Project.lead_office_id)
        .where(Project.id.in_(list(ids)), Project.until.is_(None), visible_to(reader, Project))
    )
    return tuple(ProjectRow(**row) for row in rows.mappings())


async def milestone_rows(
    session: ReadSession,
    reader: Reader,
    *,
    projects: Iterable[int] | None = None,
    ids: Iterable[int] | None = None,
) -> tuple[MilestoneRow, ...]:
    """The rows of milestones that were not cancelled: of some projects, or those with these numbers."""
    statement = (
        select(
            Milestone.id,
            Milestone.version,
            Project.code.label("project"),
            Milestone.project_id,
            Milestone.name,
            Milestone.position,
            Milestone.planned_on,
            Milestone.forecast_on,
            Milestone.actual_on,
        )
        .join(Project, and_(Project.id == Milestone.project_id, visible_to(reader, Project)))
        .where(Milestone.until.is_(None), Project.until.is_(None))
    )
    if projects is not None:
        statement = statement.where(Milestone.project_id.in_(list(projects)))
    if ids is not None:
        statement = statement.where(Milestone.id.in_(list(ids)))
    rows = await session.execute(statement)
    return tuple(MilestoneRow(**row, number=str(row["id"])) for row in rows.mappings())


async def ids_of_codes(session: ReadSession, reader: Reader, codes: Iterable[str]) -> dict[str, int]:
    """The numbers of the projects with these codes, of those that the reader may see."""
    rows = await session.execute(
        select(Project.code, Project.id).where(Project.code.in_(list(codes)), visible_to(reader, Project))
    )
    return {row.code: row.id for row in rows}


async def names(session: ReadSession, reader: Reader) -> dict[str, dict[str, int]]:
    """What the columns that name a record may hold, by field: workstreams by name and offices by symbol."""
    streams = await session.execute(
        select(WorkingGroup.name, WorkingGroup.id).where(
            WorkingGroup.kind == "workstream", visible_to(reader, WorkingGroup)
        )
    )
    offices = await session.execute(select(Office.symbol, Office.id).where(Office.symbol != "pipir"))
    return {
        "workstream_id": {row.name: row.id for row in streams},
        "lead_office_id": {row.symbol: row.id for row in offices},
    }


async def list_imports(
    session: ReadSession,
    reader: Reader,
    *,
    text_in: str | None = None,
    waiting: bool = False,
    sort: str = "-number",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ImportView]:
    """The workbooks that came back, the latest first; `waiting` leaves those with a change that waits."""
    statement = _imports(reader)
    if text_in:
        statement = statement.where(
            or_(
                WorkbookImport.filename.icontains(text_in, autoescape=True),
                _Uploader.name.icontains(text_in, autoescape=True),
            )
        )
    if waiting:
        statement = statement.where(_has_waiting(reader))
    return await list_page(
        session,
        statement,
        row_id=WorkbookImport.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_import_view,
    )


async def one_import(session: ReadSession, reader: Reader, import_id: WorkbookId) -> ImportView:
    """One workbook, or NotFound."""
    row = (await session.execute(_imports(reader).where(WorkbookImport.id == import_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no workbook with this number.")
    return _import_view(row)


async def changes_of(session: ReadSession, reader: Reader, import_id: WorkbookId) -> tuple[ChangeView, ...]:
    """What a workbook changes, of the projects that the reader may see, in the order of its rows."""
    rows = await session.execute(
        _changes(reader)
        .where(WorkbookChange.import_id == import_id)
        .order_by(WorkbookChange.kind.desc(), WorkbookChange.line, WorkbookChange.id)
    )
    return tuple(_change_view(row) for row in rows.mappings())


async def waiting_for(session: ReadSession, caller: Caller) -> tuple[Waiting, ...]:
    """The workbooks of others that wait for a second person who may review them."""
    if not caller.may("workbooks.change"):
        return ()
    found = await list_imports(session, caller.reader, waiting=True, sort="number", limit=LARGEST_LIMIT)
    return tuple(
        Waiting(
            each.id,
            f"Workbook {each.id} of {each.uploaded_by}: {each.waiting:,} change{'s' if each.waiting != 1 else ''}",
            washington_day(each.uploaded_at),
        )
        for each in found.items
        if each.uploaded_by_id != caller.id
    )


def _counted(reader: Reader, *states: str) -> ColumnElement[int]:
    statement = (
        select(func.count())
        .select_from(WorkbookChange)
        .join(Project, Project.id == WorkbookChange.project_id)
        .where(WorkbookChange.import_id == WorkbookImport.id, visible_to(reader, Project))
    )
    if states:
        statement = statement.where(WorkbookChange.state.in_(states))
    return statement.correlate(WorkbookImport).scalar_subquery()


def _has_waiting(reader: Reader) -> ColumnElement[bool]:
    return exists(
        select(WorkbookChange.id)
        .join(Project, Project.id == WorkbookChange.project_id)
        .where(
            WorkbookChange.import_id == WorkbookImport.id,
            WorkbookChange.state == "waiting",
            visible_to(reader, Project),
        )
    )


def _imports(reader: Reader) -> AnySelect:
    return (
        select(
            WorkbookImport.id,
            WorkbookImport.version,
            WorkbookImport.filename,
            WorkbookImport.sha256,
            WorkbookImport.exported_at,
            _Exporter.name.label("exported_by"),
            WorkbookImport.asked,
            WorkbookImport.uploaded_by_id,
            _Uploader.name.label("uploaded_by"),
            WorkbookImport.uploaded_at,
            WorkbookImport.remark,
            _counted(reader).label("changes"),
            _counted(reader, "waiting").label("waiting"),
            _counted(reader, "accepted").label("accepted"),
            _counted(reader, "refused", "withdrawn").label("refused"),
            WorkbookImport.marking,
            WorkbookImport.exercise,
        )
        .where(visible_to(reader, WorkbookImport))
        .join(_Uploader, _Uploader.id == WorkbookImport.uploaded_by_id)
        .join(_Exporter, _Exporter.id == WorkbookImport.exported_by_id)
    )


def _changes(reader: Reader) -> AnySelect:
    of_project = WorkbookChange.kind == "project"
    return (
        select(
            WorkbookChange.id,
            WorkbookChange.version,
            WorkbookChange.import_id,
            WorkbookChange.kind,
            WorkbookChange.record_id,
            WorkbookChange.project_id,
            Project.code,
            case((of_project, Project.name), else_=Milestone.name).label("name"),
            WorkbookChange.record_version,
            case((of_project, Project.version), else_=Milestone.version).label("version_now"),
            WorkbookChange.line,
            WorkbookChange.fields,
            WorkbookChange.said,
            WorkbookChange.state,
            _Decider.name.label("decided_by"),
            WorkbookChange.decided_at,
            WorkbookChange.because,
            Project.marking,
            WorkbookChange.exercise,
        )
        .join(Project, and_(Project.id == WorkbookChange.project_id, visible_to(reader, Project)))
        .outerjoin(Milestone, and_(WorkbookChange.kind == "milestone", Milestone.id == WorkbookChange.record_id))
        .outerjoin(_Decider, _Decider.id == WorkbookChange.decided_by_id)
    )


def _import_view(row: RowMapping) -> ImportView:
    return ImportView(**{name: row[name] for name in ImportView.__struct_fields__})


def _change_view(row: RowMapping) -> ChangeView:
    given = {name: row[name] for name in ChangeView.__struct_fields__ if name in row and name != "fields"}
    return ChangeView(
        **given,
        href=f"/projects/{row['project_id']}",
        stale=row["state"] == "waiting" and row["version_now"] != row["record_version"],
        fields=_fields(row["fields"]),
    )


def _fields(stored: Sequence[object]) -> tuple[Field, ...]:
    return tuple(msgspec.convert(each, Field) for each in stored)
