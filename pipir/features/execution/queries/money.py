"""The stages of money as of a day, by funding document or project: whole months from the totals, the rest by day.

Where no entry lies after the day, the totals say all of it and no entry is read for it.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import ColumnElement, Integer, case, func, literal, select, type_coerce

from pipir.features.ledger import rules as ledger_rules
from pipir.features.ledger.queries.figures import moves, net, on_order, seen
from pipir.features.ledger.tables import LedgerDay, LedgerEntry, LedgerSum, LedgerTotal, may_see
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.base import Money, holds
from pipir.store.doors import ReadSession

By = Literal["document", "project"]
_ZERO: Final = Dollars.zero()
_MEASURES: Final = ("authority", "ordered", "committed", "obligated", "expended")


class Stages(msgspec.Struct, frozen=True):
    """The stages of money, each net of what took it back; `committed` is what obligations have not drawn yet.

    `ordered` is authority by customers' orders and partners' advances: the document's, and never added to what was
    received.
    """

    authority: Dollars
    ordered: Dollars
    committed: Dollars
    obligated: Dollars
    expended: Dollars

    def __add__(self, other: "Stages") -> "Stages":
        return Stages(*(getattr(self, name) + getattr(other, name) for name in _MEASURES))

    @property
    def whole(self) -> Dollars:
        """What a document may obligate in all: received, or by order."""
        return self.authority + self.ordered


NONE: Final = Stages(*(_ZERO for _ in _MEASURES))


async def as_of(session: ReadSession, reader: Reader, on: date, by: By) -> Mapping[int | None, Stages]:
    """What stands at the end of a day, by funding document or by project, of what the reader may see."""
    columns = [func.sum(getattr(LedgerTotal, name)).label(name) for name in _MEASURES]
    statement = (
        select(LedgerTotal.key, *columns)
        .where(*monthly(by), holds(LedgerTotal.audience, reader))
        .group_by(LedgerTotal.key)
    )
    whole = await is_whole(session, on)
    if not whole:
        statement = statement.where(LedgerTotal.month < on.replace(day=1))
    found: dict[int | None, Stages] = {}
    for row in (await session.execute(statement)).mappings():
        amounts = (ledger_rules.from_cents(int(row[name])) for name in _MEASURES)
        found[int(row["key"]) if row["key"] else None] = Stages(*amounts)
    if not whole:
        for number, more in (await between(session, reader, on.replace(day=1), on, by)).items():
            found[number] = found.get(number, NONE) + more
    return found


def monthly(by: By) -> tuple[ColumnElement[bool], ...]:
    """The totals of a dimension by effective month, each amount once: not those of years, nor those by posting."""
    return LedgerTotal.dimension == by, LedgerTotal.quarter > 0, LedgerTotal.posted_month == _NO_MONTH


# In the database -infinity.
_NO_MONTH: Final = date.min


async def is_whole(session: ReadSession, on: date) -> bool:
    """Whether no entry lies after the day."""
    latest: date | None = await session.scalar(select(func.max(LedgerEntry.effective_on)))
    return latest is None or latest <= on


async def between(session: ReadSession, reader: Reader, first: date, last: date, by: By) -> Mapping[int | None, Stages]:
    """What the entries of some days did, by funding document or by project; read by the index of their days."""
    key = LedgerEntry.funding_document_id if by == "document" else LedgerEntry.project_id
    rows = await session.execute(
        select(key.label("key"), *_of_entries())
        .where(LedgerEntry.effective_on.between(first, last), may_see(reader))
        .group_by(key)
    )
    return {row["key"]: _stages(row) for row in rows.mappings()}


async def recent(session: ReadSession, reader: Reader, on: date, days: int) -> Mapping[int | None, Stages]:
    """What the last days, `on` among them, obligated and spent by funding document.

    From the sums by day; of a document with anything hidden from the reader from the entries, by its index.
    """
    first = on - timedelta(days=days - 1)
    hidden = (
        select(LedgerTotal.key)
        .where(
            *monthly("document"),
            LedgerTotal.key != "",
            ~holds(LedgerTotal.audience, reader),
        )
        .distinct()
    )
    numbers = [int(key) for key in await session.scalars(hidden)]
    rows = await session.execute(
        select(
            LedgerDay.funding_document_id.label("key"),
            func.sum(LedgerDay.obligated).label("obligated"),
            func.sum(LedgerDay.expended).label("expended"),
        )
        .where(LedgerDay.effective_on.between(first, on), LedgerDay.funding_document_id.not_in(numbers))
        .group_by(LedgerDay.funding_document_id)
    )
    found: dict[int | None, Stages] = {
        row["key"]: Stages(_ZERO, _ZERO, _ZERO, row["obligated"], row["expended"]) for row in rows.mappings()
    }
    if numbers:
        rows = await session.execute(
            select(LedgerEntry.funding_document_id.label("key"), *_of_entries())
            .where(
                LedgerEntry.funding_document_id.in_(numbers),
                LedgerEntry.effective_on.between(first, on),
                may_see(reader),
            )
            .group_by(LedgerEntry.funding_document_id)
        )
        found |= {row["key"]: _stages(row) for row in rows.mappings()}
    return found


async def by_month(
    session: ReadSession, reader: Reader, document_id: int, project_id: int | None, last: date
) -> Mapping[date, Stages]:
    """What one funding document, and of it one project, did in each month until a day; by the document's index."""
    running = last.replace(day=1)
    sums = [net(name).label(name) for name in _MEASURES]
    statement = (
        select(LedgerSum.month.label("key"), *sums)
        .where(LedgerSum.funding_document_id == document_id, LedgerSum.month < running, *seen(reader))
        .group_by(LedgerSum.month)
    )
    days = select(*_of_entries(), func.count().label("count")).where(
        LedgerEntry.funding_document_id == document_id,
        LedgerEntry.effective_on.between(running, last),
        may_see(reader),
    )
    if project_id is not None:
        statement = statement.where(LedgerSum.project_id == project_id)
        days = days.where(LedgerEntry.project_id == project_id)
    found = {row["key"]: _stages(row) for row in (await session.execute(statement)).mappings()}
    row = (await session.execute(days)).mappings().one()
    if row["count"]:
        found[running] = _stages(row)
    return found


def base_kind() -> ColumnElement[str]:
    """The kind that an entry counts as: of a reversal the kind that it reverses."""
    return func.coalesce(LedgerEntry.reversed_kind, LedgerEntry.kind)


def signed(measure: str) -> ColumnElement[Any]:
    """What an entry adds to a stage, with its sign."""
    amount = case((LedgerEntry.kind == ledger_rules.REVERSAL, -LedgerEntry.amount), else_=LedgerEntry.amount)
    drawn = case((LedgerEntry.adjusts_entry_id.is_not(None), amount), else_=literal(0, Integer))
    return moves(measure, base_kind(), amount, drawn, on_order(LedgerEntry.funding_document_id))


def _of_entries() -> tuple[ColumnElement[Any], ...]:
    return tuple(type_coerce(func.coalesce(func.sum(signed(name)), 0), Money()).label(name) for name in _MEASURES)


def _stages(row: Any) -> Stages:
    return Stages(*(row[name] for name in _MEASURES))
