"""This year's report against the report before, as builds print both; only builds that the reader may see."""

from datetime import date, datetime

import msgspec
from sqlalchemy import case, select

from pipir.document.compare import Comparison, compare
from pipir.document.model import Document
from pipir.document.model import read as read_document
from pipir.features.ledger import queries as ledger
from pipir.features.report.compose.comparison import BridgeLine, bridge_of
from pipir.features.report.compose.snapshot import LastReport
from pipir.features.report.queries import crossings_of, speaks_for
from pipir.features.report.queries.late import in_flight
from pipir.features.report.rules import SEALED
from pipir.features.report.tables import Report, ReportBuild, ReportFile
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars, decode_hook
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession


class Side(msgspec.Struct, frozen=True):
    """A build as one side of a comparison."""

    year: int
    version_no: int
    build_id: int
    stage: str
    state: str
    frozen_at: datetime
    money_as_of: date
    snapshot_sha256: str
    marking: str
    exercise: bool


class Compared(msgspec.Struct, frozen=True):
    """Both sides, what differs, and the way of each amount; `frozen` says that the way was stored with the build."""

    last: Side
    this: Side
    frozen: bool
    bridge: tuple[BridgeLine, ...]
    comparison: Comparison

    @property
    def adds_up(self) -> bool:
        """Whether entries explain every amount to the cent."""
        return all(each.unexplained == Dollars(0) for each in self.bridge)


class _KeptLedger(msgspec.Struct, frozen=True):
    as_of: date


class _Kept(msgspec.Struct, frozen=True):
    """Of a stored snapshot its days, and the report before as it was frozen with it."""

    ledger: _KeptLedger
    last: LastReport | msgspec.UnsetType = msgspec.UNSET


_kept = msgspec.json.Decoder(_Kept, dec_hook=decode_hook)


async def compared(session: ReadSession, reader: Reader, year: int) -> Compared | None:
    """The latest build of the year against the report before: the signed one, else its latest build; None without."""
    found = await documents(session, reader, year)
    if found is None:
        return None
    (last, last_document, _), (this, this_document, kept) = found
    before = kept.last
    frozen = before is not msgspec.UNSET and before.snapshot_sha256 == last.snapshot_sha256
    if before is msgspec.UNSET or not frozen:
        # Their way is asked of the ledger now, as known when each of the two was frozen.
        spans = await ledger.bridge(
            session,
            reader,
            ledger.Known(last.money_as_of, last.frozen_at, await in_flight(session, last.build_id)),
            ledger.Known(this.money_as_of, this.frozen_at, await in_flight(session, this.build_id)),
        )
        before = LastReport(
            last.year,
            last.version_no,
            last.snapshot_sha256,
            last.frozen_at,
            last.money_as_of,
            last_document,
            crossings_of(spans),
        )
    bridge = bridge_of(before, {fact.id: fact for fact in this_document.facts})
    return Compared(last, this, frozen, bridge, compare(last_document, this_document))


async def documents(
    session: ReadSession, reader: Reader, year: int
) -> tuple[tuple[Side, Document, _Kept], tuple[Side, Document, _Kept]] | None:
    """Both sides with what they print; None where the reader may see no build of one of them."""
    this = await _side(session, reader, Report.year == year, latest=True)
    if this is None:
        return None
    last = await _side(session, reader, Report.year < year, latest=False)
    return None if last is None else (last, this)


async def _side(
    session: ReadSession, reader: Reader, of: object, *, latest: bool
) -> tuple[Side, Document, _Kept] | None:
    """The build that speaks for a year: what was signed, or what was built last."""
    signed = case((Report.state.in_(SEALED) & speaks_for(), 0), else_=1)
    # Of what was frozen and the signed edition that was made of it, the edition is the newer one.
    newest = (Report.year.desc(), Report.version_no.desc(), ReportBuild.id.desc())
    row = (
        await session.execute(
            select(
                Report.year,
                Report.version_no,
                ReportBuild.id,
                ReportBuild.stage,
                Report.state,
                ReportBuild.frozen_at,
                ReportBuild.snapshot,
                ReportBuild.snapshot_sha256,
                ReportBuild.marking,
                ReportBuild.exercise,
                ReportFile.body,
            )
            .join(ReportBuild, ReportBuild.report_id == Report.id)
            .join(ReportFile, (ReportFile.build_id == ReportBuild.id) & (ReportFile.name == "report.json"))
            .where(of, visible_to(reader, ReportBuild))  # type: ignore[arg-type]
            .order_by(*(newest if latest else (signed, *newest)))
            .limit(1)
        )
    ).one_or_none()
    if row is None:
        return None
    kept = _kept.decode(row.snapshot)
    side = Side(
        row.year,
        row.version_no,
        row.id,
        row.stage,
        row.state,
        row.frozen_at,
        kept.ledger.as_of,
        row.snapshot_sha256,
        row.marking,
        row.exercise,
    )
    return side, read_document(row.body), kept
