"""What higher features hold of an entry: the frozen reports that count it, and the file that it came by."""

from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, Boolean, DateTime, Integer, Text, column, select, table

from pipir.features.law.queries import law_of
from pipir.features.ledger.queries.entries import EntryDetail, FrozenIn, ImportedBy
from pipir.features.ledger.tables import LedgerEntry
from pipir.kernel.access import Caller
from pipir.statute.lookup import report_period, report_years
from pipir.store.base import holds
from pipir.store.doors import ReadSession

# Reports and imports stand above the ledger; all that is asked of them is which of theirs hold an entry.
_report = table(
    "report",
    column("id", BigInteger),
    column("year", Integer),
    column("version_no", Integer),
    column("state", Text),
    column("frozen_build_id", BigInteger),
)
_build = table(
    "report_build",
    column("id", BigInteger),
    column("report_id", BigInteger),
    column("stage", Text),
    column("frozen_at", DateTime(timezone=True)),
    column("audience", BigInteger),
    column("exercise", Boolean),
)
_import = table(
    "ledger_import",
    column("id", BigInteger),
    column("file_name", Text),
    column("state", Text),
    column("published_at", DateTime(timezone=True)),
    column("published_by_id", BigInteger),
    column("first_entry_id", BigInteger),
    column("last_entry_id", BigInteger),
    column("audience", BigInteger),
)
_MOST = 50


async def with_holders(session: ReadSession, caller: Caller, detail: EntryDetail) -> EntryDetail:
    """The entry with the frozen reports that count it and its import, where the caller's roles read those."""
    return msgspec.structs.replace(
        detail,
        reports=await _reports(session, caller, detail) if caller.may("reports.read") else None,
        imported=await _imported(session, caller, detail) if caller.may("ledger.import") else None,
    )


async def _reports(session: ReadSession, caller: Caller, detail: EntryDetail) -> tuple[FrozenIn, ...]:
    """The builds whose money holds the entry: effective until their day, posted before they were read, and seen.

    A build is open to those who may read every entry of it: one that is open to others did not count this one.
    """
    law = await law_of(session)
    day = detail.entry.effective_on
    years = [year for year in report_years(law) if day <= report_period(law, year).money_as_of]
    if not years:
        return ()
    mask = select(LedgerEntry.audience).where(LedgerEntry.id == detail.entry.id).scalar_subquery()
    rows = await session.execute(
        select(
            _build.c.id,
            _report.c.year,
            _report.c.version_no,
            _build.c.stage,
            _report.c.state,
            (_report.c.frozen_build_id == _build.c.id).label("is_frozen"),
            _build.c.frozen_at,
            _build.c.exercise,
        )
        .join(_report, _report.c.id == _build.c.report_id)
        .where(
            _report.c.year.in_(years),
            _build.c.frozen_at >= detail.entry.posted_at,
            _build.c.audience.bitwise_and(mask) == _build.c.audience,
            holds(_build.c.audience, caller.reader),
        )
        .order_by(_build.c.id.desc())
        .limit(_MOST)
    )
    return tuple(
        FrozenIn(
            build_id=row.id,
            year=row.year,
            version_no=row.version_no,
            stage=row.stage,
            # Of the build that was frozen, how far its report has gone; every other one is a draft that was read.
            state=row.state if row.is_frozen or row.stage == "signed" else "draft",
            frozen_at=row.frozen_at,
            href=f"/reports/{row.year}",
            exercise=row.exercise,
        )
        for row in rows
    )


async def _imported(session: ReadSession, caller: Caller, detail: EntryDetail) -> ImportedBy | None:
    """The import that posted the entry: within its numbers, at its time, by its publisher."""
    entry = detail.entry
    posted_at: datetime = entry.posted_at
    row = (
        await session.execute(
            select(_import.c.id, _import.c.file_name).where(
                _import.c.state == "published",
                _import.c.first_entry_id <= entry.id,
                _import.c.last_entry_id >= entry.id,
                _import.c.published_at == posted_at,
                _import.c.published_by_id == entry.posted_by,
                holds(_import.c.audience, caller.reader),
            )
        )
    ).one_or_none()
    return None if row is None else ImportedBy(row.id, row.file_name, f"/ledger/imports/{row.id}")
