"""Builds: the snapshot as it was frozen, and the files that were made from it."""

import hashlib
from collections.abc import Mapping
from typing import Final

from sqlalchemy import insert

from pipir.features.report import rules
from pipir.features.report.compose.cuts import counted, totals_of, untied
from pipir.features.report.compose.snapshot import Snapshot, canonical, digest
from pipir.features.report.queries.reading import Seen
from pipir.features.report.tables import Report, ReportBuild, ReportFile, ReportTotal
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import ReportId
from pipir.kernel.marking import parse_marking
from pipir.store.doors import WriteSession

MEDIA_TYPES: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "sha256": "text/plain; charset=utf-8",
}


# The job that builds, and the name under which its writes stand in the trail.
BUILD = "report.build"


async def store_build(
    session: WriteSession,
    report_id: ReportId,
    snapshot: Snapshot,
    *,
    seen: Seen | None = None,
    exercise: bool | None = None,
    of_build_id: int | None = None,
) -> int:
    """Store a snapshot as it was frozen; the first build of a tasked report makes it a draft. Returns its number.

    `seen` is what was visible to the reading; a signed edition is of a reading that its draft noted. Refused where its
    tables do not tie. Who may read it is narrowed below what its marking says, to those who may read
    every row of it.
    """
    lines = counted(snapshot.read.lines if snapshot.read else ())
    rules.check_tied([(each.where, each.measure, each.ours, each.ledger) for each in untied(snapshot, lines)])
    report = await session.get(Report, report_id, with_for_update=True)
    if report is None:
        raise NotFound("There is no report with this number.")
    if report.state == "tasked":
        report.state = "draft"
    content = canonical(snapshot)
    build = ReportBuild(
        report_id=report_id,
        stage=snapshot.stage,
        of_build_id=of_build_id,
        snapshot=content,
        snapshot_sha256=digest(content),
        frozen_at=snapshot.frozen_at,
        statute_digest=snapshot.statute_digest,
        built_by=session.actor,
        exercise=snapshot.exercise if exercise is None else exercise,
        seen=seen.transactions if seen else None,
        trail_id=seen.trail_id if seen else None,
    )
    build.mark(parse_marking(snapshot.banner))
    build.audience &= snapshot.audience
    session.add(build)
    await session.flush()
    # A signed edition is of the build that was frozen, and so are its totals.
    if lines and of_build_id is None:
        await session.execute(
            insert(ReportTotal),
            [
                {
                    "build_id": build.id,
                    "dimension": dimension,
                    "key": key,
                    "label": label,
                    "fiscal_year": year,
                    "lines": sums.rows,
                    "contributed": sums.partner,
                    **{name: getattr(sums, name) for name in _SUMMED},
                }
                for dimension, key, label, year, sums in totals_of(lines)
            ],
        )
    return build.id


_SUMMED: Final = ("authority", "committed", "obligated", "obligated_1253", "obligated_continuing", "expended")


async def store_files(session: WriteSession, build_id: int, files: Mapping[str, bytes]) -> None:
    """Store the files of a build; it has none before, or the database refuses."""
    for name, content in files.items():
        session.add(
            ReportFile(
                build_id=build_id,
                name=name,
                media_type=MEDIA_TYPES[name.rpartition(".")[2]],
                sha256=hashlib.sha256(content).hexdigest(),
                size=len(content),
                body=content,
            )
        )
    await session.flush()
