"""Reports that were signed before: what they stated, and the ways from their figures to those of now."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, and_, or_, select

from pipir.document.model import read as read_document
from pipir.features.ledger import queries as ledger
from pipir.features.report import rules
from pipir.features.report.compose import snapshot as frozen
from pipir.features.report.compose.comparison import reduced
from pipir.features.report.queries.late import in_flight
from pipir.features.report.tables import Report, ReportBuild, ReportFile, ReportPoint
from pipir.kernel.marking import Reader
from pipir.kernel.money import decode_hook
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession


class _Points(msgspec.Struct, frozen=True):
    points: tuple[frozen.Point, ...] = ()


class _Stated(msgspec.Struct, frozen=True):
    """Of a stored snapshot only what editors stated; one from before points were frozen has no reading."""

    sections: tuple[frozen.Section, ...] = ()
    reading: _Points = _Points()


_stated = msgspec.json.Decoder(_Stated, dec_hook=decode_hook)


_PRIORITIES = "1253.f.1.B.iv"


async def earlier_report(
    session: ReadSession, year: int
) -> tuple[frozen.EarlierPriorities | None, tuple[frozen.Point, ...]]:
    """The text on priorities of the latest report signed before the year, and its points with what became of them.

    Texts and points are as they were signed; without such a report there are none.
    """
    row = (
        await session.execute(
            select(Report.year, ReportBuild.snapshot)
            .join(ReportBuild, ReportBuild.id == Report.frozen_build_id)
            .where(Report.year < year, Report.state.in_(rules.SEALED))
            .order_by(Report.year.desc(), Report.version_no.desc())
            .limit(1)
        )
    ).one_or_none()
    if row is None:
        return None, ()
    signed = _stated.decode(row.snapshot)
    text = next((each for each in signed.sections if each.element == _PRIORITIES), None)
    priorities = frozen.EarlierPriorities(row.year, "")
    if text is not None:
        priorities = frozen.EarlierPriorities(row.year, text.narrative, text.decided_because)
    points = [each for each in signed.reading.points if each.year == row.year]
    outcomes = await session.execute(
        select(ReportPoint.id, ReportPoint.outcome, ReportPoint.outcome_because).where(
            ReportPoint.id.in_([each.id for each in points])
        )
    )
    became = {row.id: row for row in outcomes}
    return priorities, tuple(
        # Whoever built that report may have seen a project that this reader may not.
        replace(each, project=None, outcome=became[each.id].outcome, outcome_because=became[each.id].outcome_because)
        for each in points
    )


class _Kept(msgspec.Struct, frozen=True):
    """Of a stored snapshot what its rows allow, and its days."""

    marking: str
    audience: int
    frozen_at: datetime
    ledger: "_KeptLedger"


class _KeptLedger(msgspec.Struct, frozen=True):
    as_of: date


_kept = msgspec.json.Decoder(_Kept)


def speaks_for() -> ColumnElement[bool]:
    """Whether a build is what was frozen of its report, or the signed edition that was made of it."""
    return or_(ReportBuild.id == Report.frozen_build_id, ReportBuild.of_build_id == Report.frozen_build_id)


async def last_report(
    session: ReadSession, reader: Reader, year: int, marks: set[str], as_of: date
) -> tuple[frozen.LastReport | None, int]:
    """The latest report signed before the year as its signed edition prints it, and who may read it; none where the
    reader may not. Until the edition is made there is only what was frozen for it.
    """
    row = (
        await session.execute(
            select(
                Report.year,
                Report.version_no,
                ReportBuild.id,
                ReportBuild.stage,
                ReportBuild.snapshot,
                ReportBuild.snapshot_sha256,
                ReportFile.body,
            )
            .join(ReportBuild, speaks_for())
            .join(ReportFile, and_(ReportFile.build_id == ReportBuild.id, ReportFile.name == "report.json"))
            .where(Report.year < year, Report.state.in_(rules.SEALED), visible_to(reader, ReportBuild))
            # The edition is made after the build that was frozen.
            .order_by(Report.year.desc(), Report.version_no.desc(), ReportBuild.id.desc())
            .limit(1)
        )
    ).one_or_none()
    if row is None:
        return None, -1
    said = _kept.decode(row.snapshot)
    marks.add(said.marking)
    crossed = await ledger.bridge(
        session,
        reader,
        ledger.Known(said.ledger.as_of, said.frozen_at, await in_flight(session, row.id)),
        # What is not seen yet is not there for this reading.
        ledger.Known(as_of, session.now),
    )
    found = frozen.LastReport(
        year=row.year,
        version_no=row.version_no,
        snapshot_sha256=row.snapshot_sha256,
        frozen_at=said.frozen_at,
        money_as_of=said.ledger.as_of,
        document=reduced(read_document(row.body)),
        crossings=crossings_of(crossed),
        unsigned=msgspec.UNSET if row.stage == "signed" else True,
    )
    return found, said.audience


def crossings_of(spans: Sequence[ledger.Span]) -> tuple[frozen.Crossing, ...]:
    """The ways of the ledger's measures; what continues under another authority is no part of what rests on one."""
    continuing = next(each for each in spans if each.stage == "obligated_continuing")
    found = []
    for each in spans:
        apart = continuing if each.stage == "obligated_other" else None
        found.append(
            frozen.Crossing(
                each.stage,
                each.new - apart.new if apart else each.new,
                each.corrected - apart.corrected if apart else each.corrected,
                each.reclassified - apart.reclassified if apart else each.reclassified,
                each.new_count + each.corrected_count + each.reclassified_count,
            )
        )
    return tuple(found)
