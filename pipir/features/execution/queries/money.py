"""The stages of money as of a day, by funding document or project: whole quarters from the sums, the rest by day.

Where no entry lies after the day, the sums say all of it and no entry is read for it.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Date, and_, case, cast, func, literal, literal_column, or_, select, type_coerce

from pipir.features.ledger import rules as ledger_rules
from pipir.features.ledger.queries.figures import net, outstanding, seen
from pipir.features.ledger.tables import LedgerEntry, LedgerSum, may_see
from pipir.kernel.calendar import fiscal_quarter
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.base import Money
from pipir.store.doors import ReadSession

By = Literal["document", "project"]
_ZERO = Dollars.zero()


class Stages(msgspec.Struct, frozen=True):
    """The stages of money, each net of what took it back; `committed` is what obligations have not drawn yet."""

    authority: Dollars = _ZERO
    committed: Dollars = _ZERO
    obligated: Dollars = _ZERO
    expended: Dollars = _ZERO

    def __add__(self, other: "Stages") -> "Stages":
        return Stages(
            self.authority + other.authority,
            self.committed + other.committed,
            self.obligated + other.obligated,
            self.expended + other.expended,
        )


NONE = Stages()


async def as_of(session: ReadSession, reader: Reader, on: date, by: By) -> Mapping[int | None, Stages]:
    """What stands at the end of a day, by funding document or by project, of what the reader may see."""
    key = LedgerSum.funding_document_id if by == "document" else LedgerSum.project_id
    statement = (
        select(
            key.label("key"),
            net("authority").label("authority"),
            outstanding().label("committed"),
            net("obligated").label("obligated"),
            net("expended").label("expended"),
        )
        .where(*seen(reader))
        .group_by(key)
    )
    year, quarter = fiscal_quarter(on)
    latest = await session.scalar(select(func.max(LedgerEntry.effective_on)))
    whole = latest is None or latest <= on
    if not whole:
        statement = statement.where(
            or_(LedgerSum.fiscal_year < year, and_(LedgerSum.fiscal_year == year, LedgerSum.quarter < quarter))
        )
    found = {row["key"]: _stages(row) for row in (await session.execute(statement)).mappings()}
    if not whole:
        for number, more in (await between(session, reader, _first_of_quarter(on), on, by)).items():
            found[number] = found.get(number, NONE) + more
    return found


async def between(session: ReadSession, reader: Reader, first: date, last: date, by: By) -> Mapping[int | None, Stages]:
    """What the entries of some days did, by funding document or by project; read by the index of their days."""
    key = LedgerEntry.funding_document_id if by == "document" else LedgerEntry.project_id
    rows = await session.execute(
        select(key.label("key"), *_moves())
        .where(LedgerEntry.effective_on.between(first, last), may_see(reader))
        .group_by(key)
    )
    return {row["key"]: _stages(row) for row in rows.mappings()}


async def by_month(
    session: ReadSession, reader: Reader, document_id: int, project_id: int | None, first: date, last: date
) -> Mapping[date, Stages]:
    """What the entries of one funding document, and of it one project, did in each month; by the document's index."""
    # PostgreSQL has to see one expression in both places: what stands for the month is text, not a parameter.
    month = cast(func.date_trunc(literal_column("'month'"), LedgerEntry.effective_on), Date)
    wanted = [
        LedgerEntry.funding_document_id == document_id,
        LedgerEntry.effective_on.between(first, last),
        may_see(reader),
    ]
    if project_id is not None:
        wanted.append(LedgerEntry.project_id == project_id)
    rows = await session.execute(select(month.label("key"), *_moves()).where(*wanted).group_by(month))
    return {row["key"]: _stages(row) for row in rows.mappings()}


def base_kind() -> ColumnElement[str]:
    """The kind that an entry counts as: of a reversal the kind that it reverses."""
    return func.coalesce(LedgerEntry.reversed_kind, LedgerEntry.kind)


def signed(measure: str) -> ColumnElement[Any]:
    """What an entry adds to a stage, with its sign."""
    amount = case((LedgerEntry.kind == ledger_rules.REVERSAL, -LedgerEntry.amount), else_=LedgerEntry.amount)
    plus, minus = ledger_rules.PLUS[measure], ledger_rules.MINUS[measure]
    whens: list[Any] = [(base_kind().in_(plus), amount)]
    if minus:
        whens.append((base_kind().in_(minus), -amount))
    return case(*whens, else_=literal(0))


def _moves() -> tuple[ColumnElement[Any], ...]:
    amount = case((LedgerEntry.kind == ledger_rules.REVERSAL, -LedgerEntry.amount), else_=LedgerEntry.amount)
    drawn = case(((base_kind() == "obligation") & LedgerEntry.adjusts_entry_id.is_not(None), amount), else_=literal(0))
    sums = {
        "authority": signed("authority"),
        "committed": signed("committed") - drawn,
        "obligated": signed("obligated"),
        "expended": signed("expended"),
    }
    return tuple(type_coerce(func.coalesce(func.sum(each), 0), Money()).label(name) for name, each in sums.items())


def _stages(row: Any) -> Stages:
    return Stages(row["authority"], row["committed"], row["obligated"], row["expended"])


def _first_of_quarter(on: date) -> date:
    return date(on.year, (on.month - 1) // 3 * 3 + 1, 1)


def since(on: date, days: int) -> date:
    """The first of the last `days` days, the day itself among them."""
    return on - timedelta(days=days - 1)
