"""Sources and files: entered, uploaded, asked to be checked and published, abandoned."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from sqlalchemy import insert, select, text

from pipir.features.imports import rules
from pipir.features.imports.commands.checking import clear
from pipir.features.imports.rules import Column
from pipir.features.imports.tables import ImportId, ImportPart, ImportSource, LedgerImport, SourceId
from pipir.features.people.queries import reader_of
from pipir.kernel.command import command
from pipir.kernel.errors import Conflict, Invalid, Mistake, NotFound, TooLarge
from pipir.kernel.files import Incoming
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import read_marking
from pipir.kernel.text import Line, Reason
from pipir.sheets import NotAWorkbook, UnpacksTooLarge, check_package
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession
from pipir.store.jobs import job
from pipir.store.queue import enqueue

CHECK_JOB: Final = "import.check"
PUBLISH_JOB: Final = "import.publish"
_PART: Final = 1 << 20
_USUAL_DATES: Final = "YYYY-MM-DD"
DateFormat = Annotated[str, msgspec.Meta(max_length=20, description="One of: " + ", ".join(rules.DATE_FORMATS) + ".")]


class SetSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where files come from; `columns` says by field which column it is and what stands in for a blank cell.

    A field that is not named takes the column of its own name. `kinds` turns the source's words into kinds of entries.
    """

    name: Line
    holds: Reason
    date_format: DateFormat = _USUAL_DATES
    columns: dict[str, Column] = {}
    kinds: dict[str, str] = {}

    @staticmethod
    def wrong_in(read: Mapping[str, Any], unread: Collection[str]) -> Iterable[Mistake]:
        """What of a source's mapping could be read and is wrong."""
        return _wrong_mapping(read.get("date_format", _USUAL_DATES), read.get("columns", {}), read.get("kinds", {}))


class EndSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why nothing more comes from a source."""

    because: Reason


class UploadFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file and where it comes from; its marking is raised to that of everything its rows name."""

    source_id: RecordNumber
    marking: Line = "CUI"


class CheckImport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The wish that a file is checked; nothing is posted."""


class PublishImport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the whole file is published, or its good rows alone."""

    good_only: bool = False


class AbandonImport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a file is not imported."""

    because: Reason


@dataclass(frozen=True)
class Content:
    """A file that may be one of rows: its bytes where they wait."""

    file: Incoming


async def examined(file: Incoming) -> Content:
    """The file, where it may be read at all; Invalid or TooLarge with advice."""
    if file.size == 0:
        raise _wrong("The file is empty.")
    if file.size > rules.LARGEST_FILE:
        raise TooLarge("A file of an import holds at most 300 MB. Split it by fiscal year or by account.")
    name = file.name.lower()
    file.body.seek(0)
    start = file.body.read(8)
    file.body.seek(0)
    if name.endswith(".xlsx"):
        if not start.startswith(b"PK"):
            raise _wrong("Expected a workbook (.xlsx); these bytes are none. Save it anew, or as CSV.")
        # A list of many parts takes a while, in which others are served.
        await asyncio.to_thread(_check_workbook, file)
    elif name.endswith((".csv", ".txt")):
        if start.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
            raise _wrong("These bytes are a workbook or an archive, not CSV. Save it as CSV or as .xlsx.")
    else:
        raise _wrong("Expected a file that ends with .csv or .xlsx.")
    return Content(file)


def _check_workbook(file: Incoming) -> None:
    try:
        check_package(file.body, unpacked=rules.LARGEST_UNPACKED)
    except UnpacksTooLarge as wrong:
        said = "Unpacked the workbook holds more than 1 GB. Save it as CSV, in parts where it must be."
        raise TooLarge(said, mistakes=(Mistake("file", said),)) from wrong
    except NotAWorkbook as wrong:
        raise _wrong(f"Expected a whole workbook (.xlsx). {wrong}") from wrong
    finally:
        file.body.seek(0)


def _wrong(said: str) -> Invalid:
    return Invalid(said, mistakes=(Mistake("file", said),))


@command("import-source.enter", permission="ledger.import", sunset="goes on")
async def enter_source(session: WriteSession, body: SetSource) -> SourceId:
    """Enter a source of files with its mapping."""
    _check(body)
    source = ImportSource(
        name=body.name, holds=body.holds, date_format=body.date_format, columns=_plain(body.columns), kinds=body.kinds
    )
    session.add(source)
    await session.flush()
    return SourceId(source.id)


@command("import-source.revise", permission="ledger.import", sunset="goes on")
async def revise_source(session: WriteSession, source_id: SourceId, body: SetSource, *, version: int) -> None:
    """Change a source's mapping; files that were checked under the old one are checked anew."""
    _check(body)
    source = await _source(session, source_id, version)
    source.name, source.holds, source.date_format = body.name, body.holds, body.date_format
    source.columns, source.kinds = _plain(body.columns), body.kinds
    await session.flush()


@command("import-source.end", permission="ledger.import", sunset="goes on")
async def end_source(session: WriteSession, source_id: SourceId, body: EndSource, *, version: int) -> None:
    """Say that nothing more comes from a source."""
    source = await _source(session, source_id, version)
    source.ended_on, source.ended_because = session.today, body.because
    await session.flush()


@command("import.upload", permission="ledger.import", sunset="goes on")
async def upload_file(session: WriteSession, body: UploadFile, *, content: Content) -> ImportId:
    """Store a file that is to be imported; the very same file is taken once."""
    marking = read_marking(body.marking, await reader_of(session, session.actor))
    source = await session.get(ImportSource, body.source_id)
    if source is None or source.ended_on is not None:
        wrong = Mistake("source_id", "Expected a source that files still come from.", str(body.source_id))
        raise Invalid("One thing needs correcting.", mistakes=(wrong,))
    file = content.file
    await _refuse_known(session, file.sha256)
    found = LedgerImport(
        source_id=source.id,
        file_name=file.name,
        sha256=file.sha256,
        size=file.size,
        uploaded_by_id=session.actor,
        uploaded_at=session.now,
    )
    found.mark(marking)
    session.add(found)
    await session.flush()
    file.body.seek(0)
    place = 0
    while part := file.body.read(_PART):
        await session.execute(insert(ImportPart).values(import_id=found.id, place=place, body=part))
        place += 1
    return ImportId(found.id)


@command("import.ask-check", permission="ledger.import", sunset="goes on")
async def ask_check(session: WriteSession, import_id: ImportId, body: CheckImport) -> int:
    """Have a file checked by the worker: a dry run, which posts nothing. Returns the number of the job."""
    found = await _import(session, import_id)
    rules.may_check(found.state, running=await is_running(session, found))
    # A check that was stopped goes on at its next chunk.
    if found.state != "checking":
        found.state = "checking"
        found.judged_by = None
    found.job_id = await enqueue(session, CHECK_JOB, {"import_id": import_id})
    await session.flush()
    return found.job_id


@command("import.ask-publish", permission="ledger.import", sunset="goes on")
async def ask_publish(session: WriteSession, import_id: ImportId, body: PublishImport) -> int:
    """Have a checked file posted by the worker, in one transaction. Returns the number of the job."""
    await begin_publication(session, import_id, good_only=body.good_only)
    found = await _import(session, import_id)
    found.job_id = await enqueue(session, PUBLISH_JOB, {"import_id": import_id})
    await session.flush()
    return found.job_id


@command("import.abandon", permission="ledger.import", sunset="goes on")
async def abandon_import(session: WriteSession, import_id: ImportId, body: AbandonImport) -> None:
    """Give a file up; what was staged and its bytes go, and it may be uploaded again."""
    found = await _import(session, import_id)
    rules.may_abandon(found.state, running=await is_running(session, found))
    found.state, found.abandoned_because = "abandoned", body.because
    await session.flush()
    await clear(session, import_id)
    await session.execute(text("delete from import_part where import_id = :i"), {"i": import_id})


async def begin_publication(session: WriteSession, import_id: ImportId, *, good_only: bool) -> None:
    """Say that a checked file is being published; Refused where its rows do not allow it."""
    found = await _import(session, import_id)
    state = found.state
    if state == "publishing" and not await is_running(session, found):
        state = "checked"
    rules.may_publish(state, good=found.good or 0, bad=found.bad or 0, broken=found.broken, good_only=good_only)
    found.state, found.good_only = "publishing", good_only
    await session.flush()


async def is_running(session: WriteSession, found: LedgerImport) -> bool:
    """Whether a worker has the import, or will have it."""
    return found.job_id is not None and not (await job(session, found.job_id)).over


async def _refuse_known(session: WriteSession, sha256: str) -> None:
    known = (
        await session.execute(
            select(LedgerImport.id, LedgerImport.state, LedgerImport.file_name).where(
                LedgerImport.sha256 == sha256, LedgerImport.state != "abandoned"
            )
        )
    ).one_or_none()
    if known is not None:
        raise Conflict(
            f"This very file is import {known.id} already, which is {known.state}; nothing was changed.",
            way_out=f"Show import {known.id}.",
            way_out_href=f"/ledger/imports/{known.id}",
            mistakes=(Mistake("file", f"This very file is import {known.id} already."),),
        )


async def _import(session: WriteSession, import_id: ImportId) -> LedgerImport:
    reader = await reader_of(session, session.actor)
    found = await session.scalar(
        select(LedgerImport).where(LedgerImport.id == import_id, visible_to(reader, LedgerImport)).with_for_update()
    )
    if found is None:
        raise NotFound("There is no import with this number.")
    return found


async def _source(session: WriteSession, source_id: SourceId, version: int) -> ImportSource:
    source = await session.get(ImportSource, source_id, with_for_update=True)
    if source is None:
        raise NotFound("There is no source with this number.")
    session.check_version(source, version, title=f"The source {source.name}")
    return source


def _wrong_mapping(date_format: str, columns: Mapping[str, Column], kinds: Mapping[str, str]) -> list[Mistake]:
    wrong = list(rules.check_mapping(columns, kinds))
    if date_format not in rules.DATE_FORMATS:
        wrong.append(Mistake("date_format", "Expected one of: " + ", ".join(rules.DATE_FORMATS) + ".", date_format))
    return wrong


def _check(body: SetSource) -> None:
    if wrong := _wrong_mapping(body.date_format, body.columns, body.kinds):
        raise Invalid("Some of what was sent needs correcting.", mistakes=tuple(wrong))


def _plain(columns: dict[str, Column]) -> dict[str, dict[str, str]]:
    kept: dict[str, dict[str, str]] = {}
    for name, each in columns.items():
        said: Any = {"column": each.column.strip(), "default": each.default.strip()}
        if any(said.values()):
            kept[name] = {key: value for key, value in said.items() if value}
    return kept
