"""How a check and a publication are run: by the worker as jobs, and by the command line in one go."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from sqlalchemy import func, select

from pipir.features.imports import rules
from pipir.features.imports.commands.checking import Progress, check_file
from pipir.features.imports.commands.publishing import publish_file
from pipir.features.imports.commands.uploads import UploadFile, begin_publication, examined, upload_file
from pipir.features.imports.tables import ImportFinding, ImportId, ImportSource, LedgerImport
from pipir.kernel.errors import NotFound, Unavailable
from pipir.kernel.files import Incoming
from pipir.store.doors import Database
from pipir.store.jobs import Run

# How often, and how long apart in seconds, a database that went away is asked again.
_TRIES: Final = 60
_APART: Final = 2.0
_SHOWN: Final = 20


async def check_job(run: Run) -> str:
    """Check the import that the job names."""
    number = ImportId(run.body["import_id"])
    await _through(lambda: check_file(run.db, number, actor=run.actor, progress=run.progress))
    return f"/ledger/imports/{number}"


async def publish_job(run: Run) -> str:
    """Publish the import that the job names; one that is published already stays as it is."""
    number = ImportId(run.body["import_id"])
    await _through(lambda: publish_file(run.db, number, actor=run.actor, progress=run.progress))
    return f"/ledger/imports/{number}"


async def _through(work: Callable[[], Awaitable[None]]) -> None:
    """Go on where it stood each time that the database has come back."""
    for left in reversed(range(_TRIES)):
        try:
            await work()
        except Unavailable:
            if not left:
                raise
            await asyncio.sleep(_APART)
        else:
            return


@dataclass(frozen=True)
class Outcome:
    """What became of a file: what to tell of it, and whether it was wholly good."""

    lines: tuple[str, ...]
    good: bool


async def import_file(
    db: Database, path: Path, *, source: str, actor: int, publish: bool, good_only: bool, progress: Progress
) -> Outcome:
    """Upload, check and, where asked, publish a file; one that was begun before goes on where it stood."""
    number = await _uploaded(db, path, source, actor)
    async with db.read() as session:
        state = await session.scalar(select(LedgerImport.state).where(LedgerImport.id == number))
    if state == "published":
        return Outcome((f"This very file is import {number} already, which is published; nothing was changed.",), True)
    if state != "publishing":
        await check_file(db, number, actor=actor, progress=progress)
    if publish:
        async with db.read() as session:
            found = await session.get(LedgerImport, number)
            assert found is not None
            ready = found.state == "publishing" or (
                not found.broken and bool(found.good) and (good_only or not found.bad)
            )
        if ready:
            async with db.write(actor=actor, command="import.ask-publish") as session:
                await begin_publication(session, number, good_only=good_only)
            await publish_file(db, number, actor=actor, progress=progress)
    return await _told(db, number, asked=publish)


async def _uploaded(db: Database, path: Path, source: str, actor: int) -> ImportId:
    try:
        stream = path.open("rb")
    except OSError as wrong:
        raise NotFound(f"The file {path} cannot be read: {wrong.strerror}.") from wrong
    with stream:
        sha256 = await asyncio.to_thread(lambda: hashlib.file_digest(stream, "sha256").hexdigest())
        size = stream.tell()
        async with db.read() as session:
            known = await session.scalar(
                select(LedgerImport.id).where(LedgerImport.sha256 == sha256, LedgerImport.state != "abandoned")
            )
            source_id = await session.scalar(
                select(ImportSource.id).where(ImportSource.name == source, ImportSource.ended_on.is_(None))
            )
            names = list(await session.scalars(select(ImportSource.name).order_by(ImportSource.name)))
        if known is not None:
            return ImportId(known)
        if source_id is None:
            there = f"the sources are: {', '.join(names)}" if names else "enter one on the page of imports"
            raise NotFound(f"There is no source {source!r}; {there}.")
        content = await examined(Incoming(cast("BinaryIO", stream), path.name, size, sha256))
        async with db.write(actor=actor, command=upload_file.name) as session:
            return await upload_file(session, UploadFile(source_id=source_id), content=content)


async def _told(db: Database, number: ImportId, *, asked: bool) -> Outcome:
    async with db.read() as session:
        found = await session.get(LedgerImport, number)
        assert found is not None
        wrong = list(
            await session.scalars(
                select(ImportFinding)
                .where(ImportFinding.import_id == number)
                .order_by(ImportFinding.what.not_in(rules.BAD), ImportFinding.line, ImportFinding.id)
                .limit(_SHOWN)
            )
        )
        count = await session.scalar(
            select(func.count()).select_from(ImportFinding).where(ImportFinding.import_id == number)
        )
    lines = [
        f"Import {number}: {found.rows or 0:,} rows, {found.good or 0:,} good, {found.bad or 0:,} not, "
        f"{found.exceptions or 0:,} exceptions, {found.notices or 0:,} that look like doubles."
    ]
    lines += [f"{each['kind']}: {each['count']:,} rows, ${each['amount']}" for each in found.by_kind or ()]
    lines += [f"row {each.line}, {each.column or 'whole row'}: found {each.found}; {each.expected}" for each in wrong]
    if count and count > len(wrong):
        lines.append(f"... and {count - len(wrong):,} more, on /ledger/imports/{number}")
    if found.broken:
        lines.append(found.broken)
    if found.state == "published":
        lines.append(
            f"Published, number of entries: {found.entries:,}, from {found.first_entry_id} to {found.last_entry_id}."
        )
    else:
        lines.append("Nothing was posted." if not asked else "Nothing was posted: the file is not good as a whole.")
    return Outcome(tuple(lines), found.state == "published" if asked else not found.bad and not found.broken)
