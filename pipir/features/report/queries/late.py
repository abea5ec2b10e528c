"""What came after a report's reading of the record, and what the ledger came to in it."""

from datetime import date, datetime
from typing import Any, NamedTuple

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
from pipir.kernel.paging import Page
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import Sorts, list_page


class _Snapshot(UserDefinedType[str]):
    """PostgreSQL's note of which transactions were visible."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name in SQL."""
        return "PG_SNAPSHOT"


# The records of which a report tells; what is changed of another is no fact of it.
TOLD_OF = (
    *("participant", "working_group", "meeting", "project", "vulnerability", "engagement", "assistance"),
    *("agreement", "related_effort", "duty", "promise", "data_call", "continuation_determination", "designation"),
    *("amendment", "reading_adoption", "treasury_account", "reconciled_month", "spend_plan", "submitted_budget"),
)
# What editors state, each of one report. A report's own row changes at every step: of those, only its cost is printed.
STATED = ("report_section", "report_point")
_COST = "report.state-cost"
_SORTS: Sorts = {"effective": ((LedgerEntry.effective_on, date),)}
MOST = 200


class LateFacts(msgspec.Struct, frozen=True):
    """What is not in a report, for it came after the reading: entries effective in its time, and changes of records.

    Without `noted` the build is from before readings were noted, and nobody can say. `next_entries` and `next_changes`
    ask for those that follow; without one there are no more.
    """

    build_id: int
    year: int
    covers_to: str
    entries: tuple[EntryView, ...]
    entry_count: int
    changes: tuple[TrailView, ...]
    change_count: int
    noted: bool
    next_entries: str | None = None
    next_changes: str | None = None


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


async def late_facts(
    session: ReadSession,
    reader: Reader,
    build_id: int,
    snapshot: Snapshot,
    *,
    entries_after: str | None = None,
    changes_after: str | None = None,
    limit: int = MOST,
) -> LateFacts:
    """What a build does not hold, as the reader may see it; the latest first, so many of each kind at once."""
    noted = await _noted(session, build_id)
    if noted is None:
        return LateFacts(build_id, snapshot.year, snapshot.covers_to.isoformat(), (), 0, (), 0, noted=False)
    after = _after(noted)
    first = await _first(session, after)
    found: Page[EntryView] = Page(items=(), total=0)
    if first is not None:
        found = await list_page(
            session,
            entries(reader).where(
                LedgerEntry.id >= first, LedgerEntry.effective_on <= snapshot.covers_to, _appended(after)
            ),
            row_id=LedgerEntry.id,
            sorts=_SORTS,
            sort="-effective",
            cursor=entries_after,
            limit=limit,
            view=entry_view,
        )
    changes = await changes_where(session, reader, and_(after, _told_in(snapshot)), cursor=changes_after, limit=limit)
    return LateFacts(
        build_id,
        snapshot.year,
        snapshot.covers_to.isoformat(),
        found.items,
        found.total or 0,
        changes.items,
        changes.total or 0,
        noted=True,
        next_entries=found.next_cursor,
        next_changes=changes.next_cursor,
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


async def in_flight(session: ReadSession, build_id: int) -> tuple[tuple[int, int], ...]:
    """First and last numbers of the entries that were posted before a build's reading and ended after it, unseen."""
    noted = await _noted(session, build_id)
    if noted is None:
        return ()
    after = _after(noted)
    first = await _first(session, after)
    if first is None:
        return ()
    place = func.row_number().over(order_by=LedgerEntry.id)
    numbers = (
        select(LedgerEntry.id, (LedgerEntry.id - place).label("run"))
        .where(LedgerEntry.id >= first, LedgerEntry.posted_at <= noted.frozen_at, _appended(after))
        .subquery()
    )
    runs = select(func.min(numbers.c.id), func.max(numbers.c.id)).group_by(numbers.c.run)
    return tuple((row[0], row[1]) for row in await session.execute(runs.order_by(func.min(numbers.c.id))))


class _Noted(NamedTuple):
    seen: str
    trail_id: int
    frozen_at: datetime


async def _noted(session: ReadSession, build_id: int) -> _Noted | None:
    """What a build's reading noted of itself; a signed edition is of the reading of the build that was frozen."""
    draft = aliased(ReportBuild)
    row = (
        await session.execute(
            select(
                func.coalesce(draft.seen, ReportBuild.seen),
                func.coalesce(draft.trail_id, ReportBuild.trail_id),
                func.coalesce(draft.frozen_at, ReportBuild.frozen_at),
            )
            .select_from(ReportBuild)
            .outerjoin(draft, draft.id == ReportBuild.of_build_id)
            .where(ReportBuild.id == build_id)
        )
    ).one()
    return None if row[0] is None else _Noted(*row)


def _told_in(snapshot: Snapshot) -> ColumnElement[bool]:
    """The rows of the trail on what the report tells of: of sections, points and costs, those of its own year."""
    year, earlier = str(snapshot.year), snapshot.earlier
    of_year = TrailRow.after["year"].astext
    return or_(
        TrailRow.subject.in_(TOLD_OF),
        and_(TrailRow.subject.in_(STATED), of_year == year),
        # What became of the points of the report before is told in this one.
        and_(TrailRow.subject == "report_point", of_year == (str(earlier.year) if earlier else year)),
        and_(TrailRow.command == _COST, of_year == year),
    )


def _appended(after: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether an entry was appended by one of these rows of the trail."""
    return (
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


async def _first(session: ReadSession, after: ColumnElement[bool]) -> int | None:
    """The least number of an entry that these rows of the trail append."""
    first: int | None = await session.scalar(
        select(func.min(TrailRow.first_id)).where(after, TrailRow.table_name == LedgerEntry.__tablename__)
    )
    return first


def _after(noted: _Noted) -> ColumnElement[bool]:
    """The rows of the trail that were not visible: those after the last one seen, and those in flight before it.

    The numbers of transactions begin anew where a record is restored; those of the trail go on.
    """
    seen = cast(literal(noted.seen, Text), _Snapshot())
    return or_(
        TrailRow.id > noted.trail_id,
        and_(
            TrailRow.xid >= func.pg_snapshot_xmin(seen, type_=TrailRow.xid.type),
            ~func.pg_visible_in_snapshot(TrailRow.xid, seen),
        ),
    )
