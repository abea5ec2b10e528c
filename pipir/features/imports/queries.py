"""What can be asked of imports: sources, files, what is said of their rows, and the rows that are given back."""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from itertools import chain, islice
from typing import Any, BinaryIO, Final, cast

import msgspec
from sqlalchemy import Integer, RowMapping, func, select

from pipir.features.imports.rules import BAD, FIELDS, LARGEST_UNPACKED, Column, are_titles
from pipir.features.imports.tables import ImportFinding, ImportId, ImportPart, ImportSource, LedgerImport, SourceId
from pipir.features.people.tables import Person
from pipir.kernel.errors import Mistake, NotFound, Refused
from pipir.kernel.marking import Reader
from pipir.kernel.paging import Page
from pipir.sheets import (
    TITLES_WITHIN,
    Leaf,
    NotAWorkbook,
    Record,
    records_of_csv,
    records_of_xlsx,
    xlsx_bytes,
)
from pipir.store.base import visible_to
from pipir.store.doors import Database, ReadSession
from pipir.store.jobs import JobView, job
from pipir.store.listing import Sorts, list_page

SHOWN: Final = 100
WORDS: Final = {
    "mistake": "to correct",
    "rule": "a rule does not allow it",
    "limit": "above a limit",
    "names": "names a row that is not taken",
    "exception": "recorded as an exception",
    "duplicate": "looks like a double",
    "unread": "not read",
}
_TITLES: Final = {each.name: each.title for each in FIELDS}


class SourceView(msgspec.Struct, frozen=True):
    """A source with its mapping."""

    id: int
    version: int
    name: str
    holds: str
    date_format: str
    columns: dict[str, Column]
    kinds: dict[str, str]
    ended_on: date | None
    ended_because: str | None
    exercise: bool


class KindSum(msgspec.Struct, frozen=True):
    """The rows of one kind that are posted: how many, and their sum."""

    kind: str
    count: int
    amount: str


class ImportedFile(msgspec.Struct, frozen=True):
    """An import as a person follows it; `stage` says it in words, `job` is who works on it."""

    id: int
    version: int
    source_id: int
    source: str
    file_name: str
    sha256: str
    size: int
    state: str
    uploaded_by: str
    uploaded_at: datetime
    rows: int | None
    good: int | None
    bad: int | None
    exceptions: int | None
    notices: int | None
    by_kind: tuple[KindSum, ...]
    broken: str | None
    checked_at: datetime | None
    good_only: bool
    published_at: datetime | None
    entries: int | None
    first_entry_id: int | None
    last_entry_id: int | None
    abandoned_because: str | None
    job_id: int | None
    marking: str
    exercise: bool


class FindingView(msgspec.Struct, frozen=True):
    """What is said of a row: its line in the file, the column, what was found, and what is expected."""

    line: int
    what: str
    column: str
    found: str
    expected: str


_SORTS: Sorts = {
    "number": ((LedgerImport.id, int),),
    "file": ((func.lower(LedgerImport.file_name), str),),
    "state": ((LedgerImport.state, str),),
    "rows": ((func.coalesce(LedgerImport.rows, 0).cast(Integer), int),),
}


async def list_sources(session: ReadSession, *, ended: bool = False) -> tuple[SourceView, ...]:
    """The sources by name; those that have ended where asked."""
    statement = select(ImportSource).order_by(func.lower(ImportSource.name), ImportSource.id)
    if not ended:
        statement = statement.where(ImportSource.ended_on.is_(None))
    return tuple(_source(row) for row in await session.scalars(statement))


async def one_source(session: ReadSession, source_id: SourceId) -> SourceView:
    """One source, or NotFound."""
    found = await session.get(ImportSource, source_id, populate_existing=True)
    if found is None:
        raise NotFound("There is no source with this number.")
    return _source(found)


def _source(row: ImportSource) -> SourceView:
    return SourceView(
        id=row.id,
        version=row.version,
        name=row.name,
        holds=row.holds,
        date_format=row.date_format,
        columns=msgspec.convert(row.columns, dict[str, Column]),
        kinds=row.kinds,
        ended_on=row.ended_on,
        ended_because=row.ended_because,
        exercise=row.exercise,
    )


def _statement(reader: Reader) -> Any:
    of = LedgerImport
    return (
        select(
            of.id, of.version, of.source_id, ImportSource.name.label("source"), of.file_name, of.sha256, of.size,
            of.state, Person.name.label("uploaded_by"), of.uploaded_at, of.rows, of.good, of.bad, of.exceptions,
            of.notices, of.by_kind, of.broken, of.checked_at, of.good_only, of.published_at, of.entries,
            of.first_entry_id, of.last_entry_id, of.abandoned_because, of.job_id, of.marking, of.exercise,
        )
        .join(ImportSource, ImportSource.id == of.source_id)
        .join(Person, Person.id == of.uploaded_by_id)
        .where(visible_to(reader, of))
    )  # fmt: skip


async def list_imports(
    session: ReadSession,
    reader: Reader,
    *,
    text_in: str | None = None,
    state: str | None = None,
    sort: str = "-number",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ImportedFile]:
    """The files that the reader may see, a page at a time."""
    statement = _statement(reader)
    if text_in:
        statement = statement.where(
            LedgerImport.file_name.icontains(text_in, autoescape=True)
            | ImportSource.name.icontains(text_in, autoescape=True)
        )
    if state:
        statement = statement.where(LedgerImport.state == state)
    return await list_page(
        session,
        statement,
        row_id=LedgerImport.id,
        sorts=_SORTS,
        sort=sort,
        view=_imported,
        cursor=cursor,
        limit=limit,
    )


async def one_import(session: ReadSession, reader: Reader, import_id: ImportId) -> ImportedFile:
    """One import, or NotFound."""
    row = (await session.execute(_statement(reader).where(LedgerImport.id == import_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no import with this number.")
    return _imported(row)


def _imported(row: RowMapping) -> ImportedFile:
    kinds = tuple(KindSum(**each) for each in row["by_kind"] or ())
    values = {name: row[name] for name in ImportedFile.__struct_fields__}
    return ImportedFile(**values | {"by_kind": kinds})


async def job_of(session: ReadSession, view: ImportedFile) -> JobView | None:
    """The job that works on an import, where one does."""
    if view.job_id is None:
        return None
    found = await job(session, view.job_id)
    return None if found.over and found.state != "failed" else found


async def findings_of(
    session: ReadSession, import_id: ImportId, *, what: str | None = None, limit: int = SHOWN
) -> tuple[tuple[FindingView, ...], int]:
    """What is said of the rows of an import, what keeps rows out first, and how much there is of it."""
    mine = ImportFinding.import_id == import_id
    if what is not None:
        mine &= ImportFinding.what == what
    rows = await session.scalars(
        select(ImportFinding)
        .where(mine)
        .order_by(ImportFinding.what.not_in(BAD), ImportFinding.line, ImportFinding.id)
        .limit(limit)
    )
    count = await session.scalar(select(func.count()).select_from(ImportFinding).where(mine)) or 0
    return tuple(_finding(row) for row in rows), count


def _finding(row: ImportFinding) -> FindingView:
    return FindingView(row.line, row.what, _TITLES.get(row.column, row.column), row.found, row.expected)


async def findings_workbook(db: Database, reader: Reader, import_id: ImportId) -> bytes:
    """Everything that is said of an import's rows, as a workbook."""
    async with db.read() as session:
        await one_import(session, reader, import_id)
        rows, _ = await findings_of(session, import_id, limit=1_000_000)
    leaf = Leaf(
        "What is said of the rows",
        ("Row", "What", "Column", "Found", "Expected"),
        ((each.line, WORDS[each.what], each.column, each.found, each.expected) for each in rows),
    )
    return await asyncio.to_thread(xlsx_bytes, [leaf])


async def rest_workbook(db: Database, reader: Reader, import_id: ImportId) -> bytes:
    """The rows that are not taken, as they came, each with its reason: to be corrected and imported again."""
    async with db.read() as session:
        view = await one_import(session, reader, import_id)
        columns = (await one_source(session, SourceId(view.source_id))).columns
        found = await session.scalars(
            select(ImportFinding)
            .where(ImportFinding.import_id == import_id, ImportFinding.what.in_(BAD))
            .order_by(ImportFinding.line, ImportFinding.id)
        )
        reasons: defaultdict[int, list[str]] = defaultdict(list)
        for each in found:
            column = _TITLES.get(each.column, each.column)
            reasons[each.line].append(f"{column}: {each.expected}" if column else each.expected)
    with tempfile.SpooledTemporaryFile(max_size=1 << 20) as file:
        place = 0
        while True:
            async with db.read() as session:
                body = await session.scalar(
                    select(ImportPart.body).where(ImportPart.import_id == import_id, ImportPart.place == place)
                )
            if body is None:
                break
            file.write(body)
            place += 1
        if not place:
            raise NotFound("The file of this import is no longer here: every row of it was taken, or it was given up.")
        file.seek(0)
        return await asyncio.to_thread(_rest, cast("BinaryIO", file), view.file_name, columns, reasons)


def _rest(file: BinaryIO, name: str, columns: dict[str, Column], reasons: dict[int, list[str]]) -> bytes:
    workbook = name.lower().endswith(".xlsx")
    records = (
        records_of_xlsx(file, name, unpacked=LARGEST_UNPACKED)
        if workbook
        else records_of_csv(file, name, titles=lambda cells: are_titles(cells, columns))
    )
    header: list[str] = []
    passed: list[Record | Mistake] = []

    def rows() -> Iterator[tuple[str, ...]]:
        try:
            for each in chain(passed, records):
                if isinstance(each, Record) and each.line in reasons:
                    cells = [*each.cells, *[""] * (len(header) - len(each.cells))][: len(header)]
                    yield (*cells, " ".join(reasons[each.line]))
        except NotAWorkbook:
            return

    try:
        for each in islice(records, TITLES_WITHIN):
            passed.append(each)
            if isinstance(each, Record) and are_titles(each.cells, columns):
                header = each.cells
                break
        if not header:
            # The source was given other columns since.
            header = next((each.cells for each in passed if isinstance(each, Record)), [])
    except NotAWorkbook as wrong:
        raise Refused(
            f"The file of this import cannot be read: {wrong}", way_out="Upload a file that is whole."
        ) from None
    return xlsx_bytes([Leaf("Rows that are not taken", (*header, "Reason"), rows())])
