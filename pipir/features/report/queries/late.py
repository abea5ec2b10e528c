"""What came after a report's reading of the record, and what the ledger came to in it."""

from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Text, and_, cast, func, literal, literal_column, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.types import UserDefinedType

from pipir.features.ledger.queries.entries import EntryView, entries, entry_view
from pipir.features.ledger.tables import LedgerEntry
from pipir.features.report import rules
from pipir.features.report.compose.snapshot import Snapshot
from pipir.features.report.tables import Report, ReportBuild, ReportTotal
from pipir.features.trail.queries import TrailView, changes_where
from pipir.features.trail.tables import TrailRow
from pipir.kernel.errors import NotFound
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession


class _Snapshot(UserDefinedType[str]):
    """PostgreSQL's note of which transactions were visible."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name in SQL."""
        return "PG_SNAPSHOT"


# The records of which a report tells; what is changed of another is no fact of it.
_TOLD_OF = (
    *("participant", "working_group", "meeting", "project", "vulnerability", "engagement", "assistance"),
    *("agreement", "related_effort", "duty", "promise", "data_call", "continuation_determination", "report_point"),
)
MOST = 200


class LateFacts(msgspec.Struct, frozen=True):
    """What is not in a report, for it came after the reading: entries effective in its time, and changes of records.

    Without `noted` the build is from before readings were noted, and nobody can say.
    """

    build_id: int
    year: int
    covers_to: str
    entries: tuple[EntryView, ...]
    entry_count: int
    changes: tuple[TrailView, ...]
    change_count: int
    noted: bool


class KnownTotal(msgspec.Struct, frozen=True):
    """What the ledger came to under a key and a fiscal year when the build was frozen."""

    key: str
    label: str
    fiscal_year: int
    authority: Dollars
    committed: Dollars
    obligated: Dollars
    obligated_1253: Dollars
    obligated_continuing: Dollars
    expended: Dollars
    contributed: Dollars
    lines: int


async def late_facts(session: ReadSession, reader: Reader, build_id: int, snapshot: Snapshot) -> LateFacts:
    """What a build does not hold, as the reader may see it; the latest first, MOST of each kind."""
    draft = aliased(ReportBuild)
    # A signed edition is of the reading of the build that was frozen.
    noted = (
        await session.execute(
            select(func.coalesce(draft.seen, ReportBuild.seen), func.coalesce(draft.trail_id, ReportBuild.trail_id))
            .select_from(ReportBuild)
            .outerjoin(draft, draft.id == ReportBuild.of_build_id)
            .where(ReportBuild.id == build_id)
        )
    ).one()
    if noted[0] is None:
        return LateFacts(build_id, snapshot.year, snapshot.covers_to.isoformat(), (), 0, (), 0, noted=False)
    after = _after(*noted)
    appended = (
        select(TrailRow.id)
        .where(
            after,
            TrailRow.table_name == LedgerEntry.__tablename__,
            LedgerEntry.id.between(TrailRow.first_id, TrailRow.last_id),
            # Numbers of two transactions may lie between each other: then the entry's own transaction decides.
            or_(
                TrailRow.row_count == TrailRow.last_id - TrailRow.first_id + 1,
                cast(cast(literal_column("ledger_entry.xmin"), Text), BigInteger)
                == cast(cast(TrailRow.xid, Text), BigInteger) % literal(2**32, BigInteger),
            ),
        )
        .exists()
    )
    first = await session.scalar(
        select(func.min(TrailRow.first_id)).where(after, TrailRow.table_name == LedgerEntry.__tablename__)
    )
    late = (
        entries(reader).where(LedgerEntry.id >= first, LedgerEntry.effective_on <= snapshot.covers_to, appended)
        if first is not None
        else None
    )
    found: list[Any] = []
    count = 0
    if late is not None:
        rows = await session.execute(late.order_by(LedgerEntry.effective_on.desc(), LedgerEntry.id.desc()).limit(MOST))
        found = list(rows.mappings())
        count = await session.scalar(select(func.count()).select_from(late.subquery())) or 0
    changes, changed = await changes_where(session, reader, and_(after, TrailRow.subject.in_(_TOLD_OF)), limit=MOST)
    return LateFacts(
        build_id,
        snapshot.year,
        snapshot.covers_to.isoformat(),
        tuple(entry_view(row) for row in found),
        count,
        changes,
        changed,
        noted=True,
    )


async def known_totals(
    session: ReadSession,
    reader: Reader,
    year: int,
    build_id: int,
    dimension: rules.Dimension,
    *,
    fiscal_year: int | None = None,
) -> tuple[KnownTotal, ...]:
    """What the ledger came to by a dimension when the build was frozen, from what the freeze stored."""
    build = (
        await session.execute(
            select(ReportBuild.id, ReportBuild.of_build_id)
            .join(Report, Report.id == ReportBuild.report_id)
            .where(ReportBuild.id == build_id, Report.year == year, visible_to(reader, ReportBuild))
        )
    ).one_or_none()
    if build is None:
        raise NotFound("There is no build with this number.")
    names = KnownTotal.__struct_fields__
    statement = (
        select(*(getattr(ReportTotal, name) for name in names))
        .where(ReportTotal.build_id == (build.of_build_id or build.id), ReportTotal.dimension == dimension)
        .order_by(ReportTotal.key, ReportTotal.fiscal_year)
    )
    if fiscal_year is not None:
        statement = statement.where(ReportTotal.fiscal_year == fiscal_year)
    return tuple(KnownTotal(*row) for row in await session.execute(statement))


def _after(seen: str, trail_id: int) -> ColumnElement[bool]:
    """The rows of the trail that were not visible: those after the last one seen, and those in flight before it.

    The numbers of transactions begin anew where a record is restored; those of the trail go on.
    """
    noted = cast(literal(seen, Text), _Snapshot())
    return or_(
        TrailRow.id > trail_id,
        and_(
            TrailRow.xid >= func.pg_snapshot_xmin(noted, type_=TrailRow.xid.type),
            ~func.pg_visible_in_snapshot(TrailRow.xid, noted),
        ),
    )
