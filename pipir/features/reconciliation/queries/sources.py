"""Sources, their extracts, the differences that they found, and the months that were signed."""

from datetime import date, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, ColumnElement, and_, case, func, not_, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from pipir.features.ledger.queries import standing
from pipir.features.ledger.tables import FundingDocument, LedgerEntry, ReconciledMonth, TreasuryAccount, may_see
from pipir.features.people.tables import Person
from pipir.features.projects.tables import Project
from pipir.features.reconciliation import rules
from pipir.features.reconciliation.queries.compare import Extract
from pipir.features.reconciliation.rules import Mapping
from pipir.features.reconciliation.tables import (
    ExtractId,
    ItemId,
    OfficialExtract,
    OfficialLine,
    OfficialSource,
    ReconciliationItem,
    SourceId,
)
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.base import Money, holds, visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AT_ONCE, AnySelect, Sorts, every_row, list_page

_FOUND, _LAST_SEEN = aliased(OfficialExtract), aliased(OfficialExtract)
_OWNER = aliased(Person)


class SourceView(msgspec.Struct, frozen=True):
    """A source as shown, with the day of its latest extract and how many differences are open."""

    id: int
    version: int
    name: str
    holds: str
    symbols: list[str]
    document_column: str
    line_column: str | None
    stage_column: str
    amount_column: str
    date_column: str | None
    symbol_column: str | None
    obligation_words: list[str]
    expenditure_words: list[str]
    expenditures_under: str
    owner_person_id: int
    owner: str
    until: date | None
    ended_because: str | None
    exercise: bool
    latest_on: date | None = None
    open: int = 0


class ExtractView(msgspec.Struct, frozen=True):
    """An extract as read, and how it compared with the ledger."""

    id: int
    version: int
    source_id: int
    source: str
    as_of: date
    filename: str
    sha256: str
    rows: int
    matched: int
    differing: int
    only_ledger: int
    only_official: int
    settled: int
    obligated: Dollars
    obligated_official: Dollars
    expended: Dollars
    expended_official: Dollars
    uploaded_by: str
    uploaded_at: datetime
    marking: str
    exercise: bool


class ItemView(msgspec.Struct, frozen=True):
    """A difference as shown: how far the ledger stands above the source, and its age in days."""

    id: int
    version: int
    source_id: int
    source: str
    extract_id: int
    symbol: str
    document_number: str
    document_line: str
    stage: str
    kind: str
    amount: Dollars
    official_amount: Dollars
    difference: Dollars
    entry_id: int | None
    found_on: date
    age: int
    owner_person_id: int
    owner: str
    status: str
    explanation: str | None
    corrected_by_entry_id: int | None
    settled_on: date | None
    exercise: bool


class MonthView(msgspec.Struct, frozen=True):
    """A signed month as shown; `posted_after` counts the entries of it that were posted after the signature."""

    id: int
    version: int
    account_id: int
    symbol: str
    source_id: int
    source: str
    extract_id: int
    month_on: date
    obligated: Dollars
    obligated_official: Dollars
    obligated_matched: Dollars
    expended: Dollars
    expended_official: Dollars
    difference: Dollars
    differences: int
    remark: str | None
    signed_by: str
    signed_at: datetime
    supersedes_id: int | None
    because: str | None
    superseded: bool
    posted_after: int
    marking: str
    exercise: bool


class ItemFilter(msgspec.Struct, frozen=True):
    """Which differences are asked for; those that are settled only where asked for."""

    text: str | None = None
    source_id: RecordNumber | None = None
    extract_id: RecordNumber | None = None
    owner_id: RecordNumber | None = None
    symbol: str | None = None
    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    settled: bool = False


def mapping_of(source: OfficialSource | SourceView) -> Mapping:
    """How an extract of the source is read."""
    return Mapping(
        document=source.document_column,
        stage=source.stage_column,
        amount=source.amount_column,
        line=source.line_column,
        day=source.date_column,
        symbol=source.symbol_column,
        obligations=tuple(source.obligation_words),
        expenditures=tuple(source.expenditure_words),
        symbols=tuple(source.symbols),
    )


def what_of(
    source: OfficialSource | SourceView, extract: OfficialExtract | ExtractView, symbols: tuple[str, ...]
) -> Extract:
    """What is compared of an extract."""
    return Extract(
        source=source.id,
        extract=extract.id,
        as_of=extract.as_of,
        symbols=symbols,
        own_payments=source.expenditures_under == "the payment",
        lines=source.line_column is not None,
    )


async def sources(session: ReadSession, reader: Reader) -> tuple[SourceView, ...]:
    """Every source, those that are read still first; with what the reader may see of each."""
    items = (
        select(ReconciliationItem.source_id, func.count().label("open"))
        .where(item_seen(reader), ReconciliationItem.settled_on.is_(None))
        .group_by(ReconciliationItem.source_id)
        .subquery()
    )
    extracts = (
        select(OfficialExtract.source_id, func.max(OfficialExtract.as_of).label("latest_on"))
        .where(visible_to(reader, OfficialExtract))
        .group_by(OfficialExtract.source_id)
        .subquery()
    )
    own = [name for name in SourceView.__struct_fields__ if hasattr(OfficialSource, name)]
    rows = await session.execute(
        select(
            *(getattr(OfficialSource, name) for name in own),
            _OWNER.name.label("owner"),
            extracts.c.latest_on,
            func.coalesce(items.c.open, 0).label("open"),
        )
        .join(_OWNER, _OWNER.id == OfficialSource.owner_person_id)
        .outerjoin(items, items.c.source_id == OfficialSource.id)
        .outerjoin(extracts, extracts.c.source_id == OfficialSource.id)
        .order_by(OfficialSource.until.is_not(None), func.lower(OfficialSource.name), OfficialSource.id)
    )
    return tuple(SourceView(**row) for row in rows.mappings())


async def source(session: ReadSession, reader: Reader, source_id: SourceId) -> SourceView:
    """One source, or NotFound."""
    found = next((each for each in await sources(session, reader) if each.id == source_id), None)
    if found is None:
        raise NotFound("There is no source with this number.")
    return found


_EXTRACT_SORTS: Sorts = {
    "as_of": ((OfficialExtract.as_of, date),),
    "read": ((OfficialExtract.id, int),),
}


async def list_extracts(
    session: ReadSession,
    reader: Reader,
    *,
    source_id: int | None = None,
    sort: str = "-as_of",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ExtractView]:
    """The extracts that were read, the latest first."""
    statement = _extracts(reader)
    if source_id is not None:
        statement = statement.where(OfficialExtract.source_id == source_id)
    return await list_page(
        session,
        statement,
        row_id=OfficialExtract.id,
        sorts=_EXTRACT_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: ExtractView(**{name: row[name] for name in ExtractView.__struct_fields__}),
    )


async def extract(session: ReadSession, reader: Reader, extract_id: ExtractId) -> ExtractView:
    """One extract, or NotFound."""
    row = (await session.execute(_extracts(reader).where(OfficialExtract.id == extract_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no extract with this number.")
    return ExtractView(**row)


def _extracts(reader: Reader) -> AnySelect:
    own = [name for name in ExtractView.__struct_fields__ if name not in ("source", "uploaded_by")]
    return (
        select(
            *(getattr(OfficialExtract, name) for name in own),
            OfficialSource.name.label("source"),
            Person.name.label("uploaded_by"),
        )
        .join(OfficialSource, OfficialSource.id == OfficialExtract.source_id)
        .join(Person, Person.id == OfficialExtract.uploaded_by)
        .where(visible_to(reader, OfficialExtract))
    )


def item_seen(reader: Reader) -> ColumnElement[bool]:
    """Who reads a difference: who may read its extracts and every entry that it adds up, as they are marked today."""
    shown = select(OfficialExtract.id).where(visible_to(reader, OfficialExtract))
    hidden = {
        column: type_coerce(
            func.array(select(table.id).where(~visible_to(reader, table)).scalar_subquery()), ARRAY(BigInteger())
        )
        for column, table in (
            (ReconciliationItem.document_ids, FundingDocument),
            (ReconciliationItem.project_ids, Project),
        )
    }
    return and_(
        holds(ReconciliationItem.audience, reader),
        ReconciliationItem.found_extract_id.in_(shown),
        ReconciliationItem.extract_id.in_(shown),
        *(not_(column.overlap(ids)) for column, ids in hidden.items()),
        or_(
            ReconciliationItem.entry_id.is_(None),
            select(LedgerEntry.id).where(LedgerEntry.id == ReconciliationItem.entry_id, may_see(reader)).exists(),
        ),
    )


_DIFFERENCE: Final = ReconciliationItem.amount - ReconciliationItem.official_amount
_ITEM_SORTS: Sorts = {
    "found": ((ReconciliationItem.found_on, date),),
    "difference": ((type_coerce(func.abs(_DIFFERENCE), Money()), Dollars),),
    "document": ((ReconciliationItem.document_number, str), (ReconciliationItem.document_line, str)),
    "status": (
        (
            case(
                {name: place for place, name in enumerate(rules.ITEM_STATUSES)},
                value=ReconciliationItem.status,
                else_=len(rules.ITEM_STATUSES),
            ),
            int,
        ),
        (ReconciliationItem.found_on, date),
    ),
}
ITEM_SORTS: Final = tuple(_ITEM_SORTS)


async def list_items(
    session: ReadSession,
    reader: Reader,
    which: ItemFilter = ItemFilter(),  # noqa: B008  a frozen struct is a value, as a string is
    *,
    sort: str = "found",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ItemView]:
    """Differences that the reader may see, the oldest first."""
    return await list_page(
        session,
        _items(reader).where(*_of_items(which)),
        row_id=ReconciliationItem.id,
        sorts=_ITEM_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _item_view(row, session.today),
    )


async def every_item(
    session: ReadSession, reader: Reader, which: ItemFilter, *, sort: str = "found"
) -> tuple[ItemView, ...]:
    """All differences under the filters, for a file."""
    return await every_row(lambda cursor: list_items(session, reader, which, sort=sort, cursor=cursor, limit=AT_ONCE))


async def item(session: ReadSession, reader: Reader, item_id: ItemId) -> ItemView:
    """One difference, or NotFound."""
    row = (await session.execute(_items(reader).where(ReconciliationItem.id == item_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no difference with this number.")
    return _item_view(row, session.today)


_OF_ITEM: Final = tuple(
    name for name in ItemView.__struct_fields__ if name not in ("source", "difference", "age", "owner")
)


def _items(reader: Reader) -> AnySelect:
    return (
        select(
            *(getattr(ReconciliationItem, name) for name in _OF_ITEM),
            OfficialSource.name.label("source"),
            _OWNER.name.label("owner"),
        )
        .join(OfficialSource, OfficialSource.id == ReconciliationItem.source_id)
        .join(_OWNER, _OWNER.id == ReconciliationItem.owner_person_id)
        .where(item_seen(reader))
    )


def _item_view(row: Any, today: date) -> ItemView:
    fields = {name: row[name] for name in (*_OF_ITEM, "source", "owner")}
    age = ((row["settled_on"] or today) - row["found_on"]).days
    return ItemView(**fields, difference=row["amount"] - row["official_amount"], age=max(age, 0))


def _of_items(which: ItemFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if not which.settled and "settled" not in which.statuses:
        found.append(ReconciliationItem.settled_on.is_(None))
    if which.text:
        found.append(ReconciliationItem.document_number.icontains(which.text, autoescape=True))
    for column, value in (
        (ReconciliationItem.source_id, which.source_id),
        (ReconciliationItem.extract_id, which.extract_id),
        (ReconciliationItem.owner_person_id, which.owner_id),
        (ReconciliationItem.symbol, which.symbol),
    ):
        if value is not None:
            found.append(column == value)
    for column, values in ((ReconciliationItem.kind, which.kinds), (ReconciliationItem.status, which.statuses)):
        if values:
            found.append(column.in_(values))
    return found


class LineView(msgspec.Struct, frozen=True):
    """One line of an extract."""

    id: int
    row_number: int
    symbol: str
    document_number: str
    document_line: str
    stage: str
    amount: Dollars
    recorded_on: date | None
    exercise: bool


_LINE_SORTS: Sorts = {
    "row": ((OfficialLine.row_number, int),),
    "document": ((OfficialLine.document_number, str), (OfficialLine.document_line, str)),
    "amount": ((OfficialLine.amount, Dollars),),
}


async def list_lines(
    session: ReadSession,
    reader: Reader,
    extract_id: ExtractId,
    *,
    text_in: str | None = None,
    sort: str = "row",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[LineView]:
    """The lines of an extract; NotFound where the reader may not see it."""
    await extract(session, reader, extract_id)
    statement = select(*(getattr(OfficialLine, name) for name in LineView.__struct_fields__)).where(
        OfficialLine.extract_id == extract_id
    )
    if text_in:
        statement = statement.where(OfficialLine.document_number.icontains(text_in, autoescape=True))
    return await list_page(
        session,
        statement,
        row_id=OfficialLine.id,
        sorts=_LINE_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: LineView(**{name: row[name] for name in LineView.__struct_fields__}),
    )


_MONTH_SORTS: Sorts = {
    "month": ((ReconciledMonth.month_on, date), (TreasuryAccount.symbol, str)),
    "symbol": ((TreasuryAccount.symbol, str), (ReconciledMonth.month_on, date)),
    "difference": ((ReconciledMonth.difference, Dollars),),
    "signed": ((ReconciledMonth.id, int),),
}
MONTH_SORTS: Final = tuple(_MONTH_SORTS)


async def list_months(
    session: ReadSession,
    reader: Reader,
    *,
    account_id: int | None = None,
    source_id: int | None = None,
    superseded: bool = False,
    sort: str = "-month",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[MonthView]:
    """The months that were signed, the latest first; those that were superseded only where asked for."""
    statement = _months(reader)
    if account_id is not None:
        statement = statement.where(ReconciledMonth.account_id == account_id)
    if source_id is not None:
        statement = statement.where(ReconciledMonth.source_id == source_id)
    if not superseded:
        statement = statement.where(standing(reader))
    return await list_page(
        session,
        statement,
        row_id=ReconciledMonth.id,
        sorts=_MONTH_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_month_view,
    )


async def month(session: ReadSession, reader: Reader, month_id: int) -> MonthView:
    """One signature, or NotFound."""
    row = (await session.execute(_months(reader).where(ReconciledMonth.id == month_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no signed month with this number.")
    return _month_view(row)


_OF_MONTH: Final = tuple(
    name
    for name in MonthView.__struct_fields__
    if name not in ("symbol", "source", "signed_by", "superseded", "posted_after")
)


def _months(reader: Reader) -> AnySelect:
    first = func.date_trunc("month", ReconciledMonth.month_on)
    after = (
        select(func.count())
        .select_from(LedgerEntry)
        .join(FundingDocument, FundingDocument.id == LedgerEntry.funding_document_id)
        .where(
            FundingDocument.account_id == ReconciledMonth.account_id,
            LedgerEntry.effective_on >= first,
            LedgerEntry.effective_on <= ReconciledMonth.month_on,
            LedgerEntry.id > ReconciledMonth.last_entry_id,
            may_see(reader),
        )
        .scalar_subquery()
    )
    return (
        select(
            *(getattr(ReconciledMonth, name) for name in _OF_MONTH),
            TreasuryAccount.symbol,
            ReconciledMonth.source_name.label("source"),
            Person.name.label("signed_by"),
            standing(reader).label("stands"),
            after.label("posted_after"),
        )
        .join(TreasuryAccount, TreasuryAccount.id == ReconciledMonth.account_id)
        .join(Person, Person.id == ReconciledMonth.signed_by)
        .where(visible_to(reader, ReconciledMonth))
    )


def _month_view(row: Any) -> MonthView:
    fields = {name: row[name] for name in (*_OF_MONTH, "symbol", "source", "signed_by", "posted_after")}
    return MonthView(**fields, superseded=not row["stands"])
