"""Builds a report: freezes a snapshot, stores it, composes, renders, stores the files with their hashes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from datetime import datetime

import msgspec
from msgspec.structs import replace

from pipir.document.render import Makers, makers
from pipir.features.people.queries import reader_of
from pipir.features.report import commands, queries, rules
from pipir.features.report.compose.snapshot import Signature, Snapshot, digest, read
from pipir.features.report.queries.reading import seen_by
from pipir.kernel.ids import ReportId
from pipir.kernel.marking import Reader
from pipir.package import SNAPSHOT, begin, finish
from pipir.statute.load import the_statute
from pipir.store.doors import Database, meanwhile
from pipir.store.jobs import Run

_STEPS = 5

Progress = Callable[[int, int, str], Awaitable[None]]


class Build(msgspec.Struct, frozen=True):
    """A build that is stored: its numbers, its hash, and its files by name."""

    id: int
    report_id: int
    year: int
    version_no: int
    stage: str
    snapshot_sha256: str
    frozen_at: datetime
    files: Mapping[str, bytes]


async def build_report(
    db: Database,
    year: int,
    *,
    actor: int,
    reader: Reader,
    progress: Progress | None = None,
    by: Makers | None = None,
) -> Build:
    """Build the report of a year as it stands: a new draft, or what was frozen or signed, which never changes.

    A year whose report was not opened yet is opened; a frozen report gives its frozen build; a signed one its signed
    edition, made from the frozen snapshot once. `by` makes the files where something is getting ready for it already.
    """

    async def step(done: int, message: str) -> None:
        if progress is not None:
            await progress(done, _STEPS, message)

    rules.check_year(the_statute(), year)
    async with db.read() as session:
        current = next(iter(await queries.versions(session, year)), None)
    if current is None:
        async with db.write(actor=actor, command=commands.open_report.name) as session:
            report_id = await commands.open_report(session, commands.OpenReport(year))
            current = await queries.report(session, report_id)
    if current.state in rules.FROZEN:
        assert current.frozen_build_id is not None
        return await _stored(db, current.frozen_build_id, reader)
    await step(1, "Reading the record in one unmoving state")
    of_build_id = current.frozen_build_id if current.state in rules.SEALED else None
    if of_build_id is not None:
        async with db.read() as session:
            await queries.build(session, of_build_id, reader=reader)
            edition = await queries.edition_of(session, of_build_id)
        if edition is not None:
            return await _stored(db, edition, reader)
    # What makes the files gets ready while the record is read, and makes them while the snapshot is stored.
    with nullcontext(by) if by else makers() as ready:
        seen = None
        if of_build_id is None:
            async with db.snapshot() as session:
                snapshot = await queries.gather(session, reader, year)
                seen = await seen_by(session)
        else:
            async with db.read() as session:
                snapshot = _signed(read(await queries.stored_snapshot(session, of_build_id)), current)
        begun = await asyncio.to_thread(begin, snapshot, by=ready)
        async with meanwhile(asyncio.to_thread(finish, begun)) as making:
            await step(2, "Storing the snapshot")
            async with db.write(actor=actor, command=commands.BUILD, exercise=current.exercise) as session:
                build_id = await commands.store_build(
                    session, ReportId(current.id), snapshot, seen=seen, of_build_id=of_build_id
                )
            await step(3, "Setting the pages")
            files = await making
    await step(4, "Storing the files")
    async with db.write(actor=actor, command=commands.BUILD, exercise=current.exercise) as session:
        await commands.store_files(session, build_id, files)
    await step(5, "Done")
    return Build(
        build_id,
        current.id,
        year,
        current.version_no,
        snapshot.stage,
        digest(files[SNAPSHOT]),
        snapshot.frozen_at,
        files,
    )


async def build_job(run: Run) -> str:
    """The job "report.build": builds for the person who asked, as that person reads; gives the page of the report."""
    year = int(run.body["year"])
    async with run.db.read() as session:
        reader = await reader_of(session, run.actor)
    build = await build_report(run.db, year, actor=run.actor, reader=reader, progress=run.progress)
    return f"/reports/{year}#build-{build.id}"


def _signed(snapshot: Snapshot, current: queries.ReportView) -> Snapshot:
    """The frozen snapshot with its signature: nothing else of it differs."""
    assert current.signatory is not None
    assert current.signed_by is not None
    assert current.signed_on is not None
    return replace(
        snapshot,
        stage="signed",
        signature=Signature(current.signatory, current.signed_by, current.signed_on, current.delegation),
    )


async def _stored(db: Database, build_id: int, reader: Reader) -> Build:
    async with db.read() as session:
        view = await queries.build(session, build_id, reader=reader)
        files = await queries.files_of(session, build_id)
    return Build(
        view.id, view.report_id, view.year, view.version_no, view.stage, view.snapshot_sha256, view.frozen_at, files
    )
