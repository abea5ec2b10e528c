"""Builds of a report and their files, as far as the reader may see them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import RowMapping, func, select

from pipir.features.people.tables import Person
from pipir.features.report.tables import Report, ReportBuild, ReportFile
from pipir.kernel.errors import NotFound
from pipir.kernel.marking import Reader
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect

# What a page of builds holds; older ones stand on the next.
MOST_BUILDS = 20


class FileView(msgspec.Struct, frozen=True):
    """A file of a build, without its bytes."""

    name: str
    media_type: str
    sha256: str
    size: int


class BuildView(msgspec.Struct, frozen=True):
    """A build with its files; none while it is being rendered, or where that failed."""

    id: int
    report_id: int
    year: int
    version_no: int
    stage: str
    of_build_id: int | None
    snapshot_sha256: str
    frozen_at: datetime
    statute_digest: str
    built_by: str
    marking: str
    exercise: bool
    files: tuple[FileView, ...] = ()


class FileBody(msgspec.Struct, frozen=True):
    """A file as it is sent."""

    name: str
    media_type: str
    sha256: str
    body: bytes

    def saved_as(self, year: int, build_id: int) -> str:
        """The name under which it is saved: report-2027-build-4.pdf."""
        stem, _, ending = self.name.rpartition(".")
        return f"{stem}-{year}-build-{build_id}.{ending}"


async def builds(
    session: ReadSession, year: int, *, reader: Reader, before: int | None = None, limit: int = MOST_BUILDS
) -> tuple[BuildView, ...]:
    """The latest builds of a year's report that the reader may see, with their files; those `before` one on request."""
    statement = _builds(reader).where(Report.year == year).order_by(ReportBuild.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(ReportBuild.id < before)
    return await _with_files(session, (await session.execute(statement)).mappings().all())


async def count_builds(session: ReadSession, year: int, *, reader: Reader) -> int:
    """How many builds of the year's report the reader may see."""
    shown = _builds(reader).where(Report.year == year).subquery()
    return await session.scalar(select(func.count()).select_from(shown)) or 0


async def edition_of(session: ReadSession, build_id: int) -> int | None:
    """The number of the signed edition that was made of a frozen build and has its files; None: not made yet."""
    found: int | None = await session.scalar(
        select(func.min(ReportBuild.id)).where(
            ReportBuild.of_build_id == build_id,
            select(ReportFile.build_id).where(ReportFile.build_id == ReportBuild.id).exists(),
        )
    )
    return found


async def build(session: ReadSession, build_id: int, *, reader: Reader) -> BuildView:
    """One build, or NotFound where there is none that the reader may see."""
    rows = (await session.execute(_builds(reader).where(ReportBuild.id == build_id))).mappings().all()
    if not rows:
        raise NotFound("There is no build with this number.")
    return (await _with_files(session, rows))[0]


async def file(session: ReadSession, year: int, build_id: int, name: str, *, reader: Reader) -> FileBody:
    """A file with its bytes, or NotFound where there is none that the reader may see."""
    found = (
        await session.execute(
            select(ReportFile.name, ReportFile.media_type, ReportFile.sha256, ReportFile.body)
            .join(ReportBuild, ReportBuild.id == ReportFile.build_id)
            .join(Report, Report.id == ReportBuild.report_id)
            .where(
                Report.year == year,
                ReportFile.build_id == build_id,
                # What PostgreSQL cannot hold names no file of ours.
                ReportFile.name == name.replace("\0", ""),
                visible_to(reader, ReportBuild),
            )
        )
    ).one_or_none()
    if found is None:
        raise NotFound("There is no file of this name in the build.")
    return FileBody(*found)


async def files_of(session: ReadSession, build_id: int) -> dict[str, bytes]:
    """The files of a build with their bytes, by name."""
    rows = await session.execute(
        select(ReportFile.name, ReportFile.body).where(ReportFile.build_id == build_id).order_by(ReportFile.name)
    )
    return {row.name: row.body for row in rows}


async def stored_snapshot(session: ReadSession, build_id: int) -> bytes:
    """The bytes of a build's snapshot as they were frozen, or NotFound."""
    content = await session.scalar(select(ReportBuild.snapshot).where(ReportBuild.id == build_id))
    if content is None:
        raise NotFound("There is no build with this number.")
    return content


def _builds(reader: Reader) -> AnySelect:
    return (
        select(
            ReportBuild.id,
            ReportBuild.report_id,
            Report.year,
            Report.version_no,
            ReportBuild.stage,
            ReportBuild.of_build_id,
            ReportBuild.snapshot_sha256,
            ReportBuild.frozen_at,
            ReportBuild.statute_digest,
            Person.name.label("built_by"),
            ReportBuild.marking,
            ReportBuild.exercise,
        )
        .join(Report, Report.id == ReportBuild.report_id)
        .join(Person, Person.id == ReportBuild.built_by)
        .where(visible_to(reader, ReportBuild))
    )


async def _with_files(session: ReadSession, rows: Sequence[RowMapping]) -> tuple[BuildView, ...]:
    of: dict[int, list[FileView]] = {}
    for row in await session.execute(
        select(ReportFile.build_id, ReportFile.name, ReportFile.media_type, ReportFile.sha256, ReportFile.size)
        .where(ReportFile.build_id.in_([row["id"] for row in rows]))
        .order_by(ReportFile.build_id, ReportFile.name)
    ):
        of.setdefault(row.build_id, []).append(FileView(row.name, row.media_type, row.sha256, row.size))
    return tuple(BuildView(**row, files=tuple(of.get(row["id"], ()))) for row in rows)
