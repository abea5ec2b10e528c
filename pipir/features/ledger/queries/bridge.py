"""What lies between a figure as it was known once and the figure now: new, corrected and reclassified entries."""

from datetime import date, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, and_, case, false, func, literal_column, not_, or_, select, type_coerce
from sqlalchemy.orm import aliased

from pipir.features.ledger import rules
from pipir.features.ledger.queries import stages
from pipir.features.ledger.queries.filters import Stage
from pipir.features.ledger.tables import LedgerEntry, may_see
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.base import Money
from pipir.store.doors import ReadSession

BRIDGED: Final[tuple[Stage, ...]] = (
    "obligated",
    "obligated_1253",
    "obligated_other",
    "obligated_continuing",
    "expended",
    "committed",
    "contributed",
)


class Known(msgspec.Struct, frozen=True):
    """The last effective day that counts, and the moment until which entries count as recorded.

    `unseen` are first and last numbers of entries that were posted by then, but in transactions that ended later.
    """

    effective_on: date
    at: datetime
    unseen: tuple[tuple[int, int], ...] = ()

    def holds(self, entry: Any) -> ColumnElement[bool]:
        """Whether an entry was recorded in this state."""
        in_flight = (entry.id.between(first, last) for first, last in self.unseen)
        return and_(entry.posted_at <= self.at, not_(or_(false(), *in_flight)))


class Span(msgspec.Struct, frozen=True):
    """What became of a figure, and by how many entries.

    New: effective after the earlier day. Corrected: effective by then but recorded since, or a reversal of what stood
    in the earlier figure. Reclassified: such a reversal together with the entry that posts the same line, kind and
    amount anew under another project, country, account or authority.
    """

    stage: Stage
    new: Dollars
    new_count: int
    corrected: Dollars
    corrected_count: int
    reclassified: Dollars
    reclassified_count: int

    @property
    def whole(self) -> Dollars:
        """All of it: the later figure less the earlier one."""
        return self.new + self.corrected + self.reclassified


async def bridge(session: ReadSession, reader: Reader, last: Known, this: Known) -> tuple[Span, ...]:
    """The way of each figure from one state of the ledger to a later one, from the entries that the reader may see."""
    entry, reversed_ = LedgerEntry, aliased(LedgerEntry)
    since = and_(
        entry.effective_on <= this.effective_on,
        this.holds(entry),
        or_(entry.effective_on > last.effective_on, not_(last.holds(entry))),
        may_see(reader),
    )
    stood = and_(reversed_.effective_on <= last.effective_on, last.holds(reversed_))
    line = (
        reversed_.document_number,
        func.coalesce(reversed_.document_line, ""),
        reversed_.kind,
        reversed_.amount,
    )
    taken_back = (
        select(
            entry.id,
            *(part.label(f"part_{place}") for place, part in enumerate(line)),
            func.row_number().over(partition_by=line, order_by=entry.id).label("place"),
        )
        .join(reversed_, reversed_.id == entry.reverses_entry_id)
        .where(since, stood)
        .cte("taken_back")
    )
    own = (entry.document_number, func.coalesce(entry.document_line, ""), entry.kind, entry.amount)
    again = (
        select(
            entry.id,
            *(part.label(f"part_{place}") for place, part in enumerate(own)),
            func.row_number().over(partition_by=own, order_by=entry.id).label("place"),
        )
        .where(
            since,
            entry.kind != rules.REVERSAL,
            # What was posted anew and taken back once more replaces nothing.
            entry.id.not_in(select(reversed_.reverses_entry_id).where(reversed_.reverses_entry_id.is_not(None))),
            entry.document_number.in_(select(taken_back.c.part_0)),
        )
        .cte("again")
    )
    pairs = (
        select(taken_back.c.id.label("from_id"), again.c.id.label("to_id"))
        .join(
            again,
            and_(
                again.c.place == taken_back.c.place,
                *(again.c[f"part_{place}"] == taken_back.c[f"part_{place}"] for place in range(4)),
            ),
        )
        .cte("pairs")
    )
    moved = or_(entry.id.in_(select(pairs.c.from_id)), entry.id.in_(select(pairs.c.to_id)))
    why: ColumnElement[str] = case(
        (moved, literal_column("'reclassified'")),
        (
            or_(entry.id.in_(select(taken_back.c.id)), entry.effective_on <= last.effective_on),
            literal_column("'corrected'"),
        ),
        else_=literal_column("'new'"),
    )
    columns = [
        column
        for stage in BRIDGED
        for column in (
            type_coerce(func.coalesce(func.sum(stages.signed(stage)).filter(stages.is_of(stage)), 0), Money()).label(
                stage
            ),
            func.count().filter(stages.is_of(stage)).label(f"{stage}_count"),
        )
    ]
    rows = {
        row["why"]: row
        for row in (await session.execute(select(why.label("why"), *columns).where(since).group_by(why))).mappings()
    }

    def of(kind: str, name: str) -> Dollars:
        return rows[kind][name] if kind in rows else Dollars.zero()

    def count(kind: str, name: str) -> int:
        return int(rows[kind][f"{name}_count"]) if kind in rows else 0

    return tuple(
        Span(
            stage,
            of("new", stage),
            count("new", stage),
            of("corrected", stage),
            count("corrected", stage),
            of("reclassified", stage),
            count("reclassified", stage),
        )
        for stage in BRIDGED
    )
