"""Reviews of obligations that lie still: what is asked, how far the answers are, what waits to be posted."""

from datetime import date, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, RowMapping, and_, case, func, literal, or_, select, text, type_coerce
from sqlalchemy.orm import aliased

from pipir.features.ledger.tables import FundingDocument, LedgerEntry, may_see
from pipir.features.notices.rules import Entry
from pipir.features.people.tables import Office, Person
from pipir.features.projects.tables import Project
from pipir.features.reconciliation import rules
from pipir.features.reconciliation.tables import ObligationReview, ReviewId, ReviewItem, ReviewItemId
from pipir.kernel.dated import Dated
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute.load import the_statute
from pipir.store.base import Money
from pipir.store.doors import ReadSession, WriteSession
from pipir.store.listing import AT_ONCE, AnySelect, Sorts, every_row, list_page

REVIEW_KIND: Final = "Review of obligations"
_ANSWERER, _LOOKER, _ASKED = aliased(Person), aliased(Person), aliased(Person)
_MOVES: Final = """
    select e.id, e.effective_on,
           case when coalesce(e.reversed_kind, e.kind) = 'obligation' then coalesce(e.reverses_entry_id, e.id)
                else e.adjusts_entry_id end as root,
           coalesce(e.reversed_kind, e.kind) as base,
           case when e.kind = 'reversal' then -e.amount else e.amount end as amount, e.kind
    from ledger_entry e
    where coalesce(e.reversed_kind, e.kind) in
          ('obligation', 'upward adjustment', 'deobligation', 'expenditure', 'refund', 'closing')
"""
_STANDS: Final = """
    sum(case when m.base in ('obligation', 'upward adjustment') then m.amount
             when m.base in ('deobligation', 'closing') then -m.amount else 0 end) as obligated,
    sum(case when m.base = 'expenditure' then m.amount when m.base = 'refund' then -m.amount else 0 end) as expended
"""
_DORMANT: Final = text(f"""
    with moves as ({_MOVES} and e.effective_on <= :as_of),
    taken_back as (
        select e.reverses_entry_id as id from ledger_entry e
        where e.reversed_kind = 'expenditure' and e.effective_on <= :as_of
    ),
    stood as (
        select m.root, {_STANDS},
               max(m.effective_on) filter (where m.kind = 'expenditure' and t.id is null) as paid_on
        from moves m left join taken_back t on t.id = m.id where m.root is not null group by m.root
    )
    select s.root as obligation_id, s.obligated, s.obligated - s.expended as unliquidated,
           coalesce(s.paid_on, o.effective_on) as moved_on, p.lead_office_id as office_id, o.audience, o.project_id
    from stood s join ledger_entry o on o.id = s.root left join project p on p.id = o.project_id
    where s.obligated - s.expended >= :least and coalesce(s.paid_on, o.effective_on) <= :still_since
    order by s.root
""")  # noqa: S608  constants of this module
_UNLIQUIDATED: Final = text(f"""
    with moves as ({_MOVES} and (e.id = :obligation or e.reverses_entry_id = :obligation
                                 or e.adjusts_entry_id = :obligation))
    select coalesce(s.obligated - s.expended, 0) from (select {_STANDS} from moves m where m.root = :obligation) s
""")  # noqa: S608  constants of this module


class ReviewView(msgspec.Struct, frozen=True):
    """A review with its progress, of what the reader may see."""

    id: int
    version: int
    title: str
    as_of: date
    days: int
    least: Dollars
    due_on: date
    opened_by: str
    closed_on: date | None
    closed_because: str | None
    exercise: bool
    asked: int
    unanswered: int
    unliquidated: Dollars
    overdue: bool


class ReviewItemView(msgspec.Struct, frozen=True):
    """An obligation of a review as shown; `posted` is what was deobligated since the answer."""

    id: int
    version: int
    review_id: int
    review: str
    due_on: date
    closed: bool
    obligation_id: int
    document_number: str | None
    document_line: str | None
    funding_number: str | None
    project_id: int | None
    project: str | None
    obligated: Dollars
    unliquidated: Dollars
    moved_on: date
    still_days: int
    office_id: int | None
    office: str | None
    person_id: int | None
    person: str | None
    answer: str | None
    needed_until: date | None
    deobligate: Dollars | None
    because: str | None
    evidence: str | None
    answered_by_id: int | None
    answered_by: str | None
    answered_on: date | None
    looked: str | None
    looked_by: str | None
    looked_on: date | None
    look_because: str | None
    posted: Dollars
    state: str
    overdue: bool
    exercise: bool


class ReviewItemFilter(msgspec.Struct, frozen=True):
    """Which obligations of reviews are asked for."""

    text: str | None = None
    review_id: RecordNumber | None = None
    office_id: RecordNumber | None = None
    person_id: RecordNumber | None = None
    answers: tuple[str, ...] = ()
    unanswered: bool = False
    to_post: bool = False


def after(day: date, days: int) -> date:
    """So many days after a day."""
    return day + timedelta(days=days)


async def dormant(session: WriteSession, *, as_of: date, days: int, least: Dollars) -> list[dict[str, Any]]:
    """Every open obligation without an expenditure for so many days, whoever may see it; asked by a command alone."""
    given = {"as_of": as_of, "still_since": as_of - timedelta(days=days), "least": least.amount}
    rows = (await session.execute(_DORMANT, given)).mappings()
    return [
        {**row, "obligated": Dollars(row["obligated"]), "unliquidated": Dollars(row["unliquidated"])} for row in rows
    ]


async def unliquidated(session: ReadSession, obligation_id: int) -> Dollars:
    """What of an obligation is not spent yet, as it stands."""
    return Dollars(await session.scalar(_UNLIQUIDATED, {"obligation": obligation_id}) or 0)


def _posted() -> Any:
    entry = aliased(LedgerEntry)
    signed = case((entry.kind == "reversal", -entry.amount), else_=entry.amount)
    return type_coerce(
        select(func.coalesce(func.sum(signed), 0))
        .where(
            entry.adjusts_entry_id == ReviewItem.obligation_id,
            func.coalesce(entry.reversed_kind, entry.kind) == "deobligation",
            entry.id > ReviewItem.last_entry_id,
        )
        .scalar_subquery(),
        Money(),
    )


_POSTED: Final = _posted()
_REVIEW_SORTS: Sorts = {
    "due": ((ObligationReview.due_on, date),),
    "as_of": ((ObligationReview.as_of, date),),
    "title": ((func.lower(ObligationReview.title), str),),
}
REVIEW_SORTS: Final = tuple(_REVIEW_SORTS)


async def list_reviews(
    session: ReadSession,
    reader: Reader,
    *,
    closed: bool = False,
    sort: str = "-as_of",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ReviewView]:
    """Reviews with their progress, the latest first; closed ones only where asked for."""
    statement = _reviews(reader)
    if not closed:
        statement = statement.where(ObligationReview.closed_on.is_(None))
    return await list_page(
        session,
        statement,
        row_id=ObligationReview.id,
        sorts=_REVIEW_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _review_view(row, session.today),
    )


async def review(session: ReadSession, reader: Reader, review_id: ReviewId) -> ReviewView:
    """One review, or NotFound."""
    row = (await session.execute(_reviews(reader).where(ObligationReview.id == review_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no review with this number.")
    return _review_view(row, session.today)


def _reviews(reader: Reader) -> AnySelect:
    asked = (
        select(
            ReviewItem.review_id,
            func.count().label("asked"),
            func.count().filter(_open_item()).label("unanswered"),
            func.sum(ReviewItem.unliquidated).label("unliquidated"),
        )
        .join(LedgerEntry, LedgerEntry.id == ReviewItem.obligation_id)
        .where(may_see(reader))
        .group_by(ReviewItem.review_id)
        .subquery()
    )
    own = [name for name in ReviewView.__struct_fields__ if hasattr(ObligationReview, name) and name != "opened_by"]
    return (
        select(
            *(getattr(ObligationReview, name) for name in own),
            Person.name.label("opened_by"),
            func.coalesce(asked.c.asked, 0).label("asked"),
            func.coalesce(asked.c.unanswered, 0).label("unanswered"),
            type_coerce(func.coalesce(asked.c.unliquidated, 0), Money()).label("unliquidated"),
        )
        .join(Person, Person.id == ObligationReview.opened_by)
        .outerjoin(asked, asked.c.review_id == ObligationReview.id)
    )


def _review_view(row: RowMapping, today: date) -> ReviewView:
    fields = {name: row[name] for name in ReviewView.__struct_fields__ if name != "overdue"}
    late = row["closed_on"] is None and row["unanswered"] > 0 and row["due_on"] < today
    return ReviewView(**fields, overdue=late)


_ITEM_SORTS: Sorts = {
    "still": ((ReviewItem.moved_on, date),),
    "unliquidated": ((ReviewItem.unliquidated, Dollars),),
    "document": ((func.coalesce(LedgerEntry.document_number, ""), str),),
    "answer": ((func.coalesce(ReviewItem.answer, ""), str), (ReviewItem.moved_on, date)),
}
REVIEW_ITEM_SORTS: Final = tuple(_ITEM_SORTS)


async def list_review_items(
    session: ReadSession,
    reader: Reader,
    which: ReviewItemFilter = ReviewItemFilter(),  # noqa: B008  a frozen struct is a value, as a string is
    *,
    sort: str = "still",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ReviewItemView]:
    """Obligations of reviews that the reader may see, the one that has lain still the longest first."""
    return await list_page(
        session,
        _items(reader).where(*_of_items(which)),
        row_id=ReviewItem.id,
        sorts=_ITEM_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _item_view(row, session.today),
    )


async def every_review_item(
    session: ReadSession, reader: Reader, which: ReviewItemFilter, *, sort: str = "still"
) -> tuple[ReviewItemView, ...]:
    """All of them under the filters, for a file."""
    return await every_row(
        lambda cursor: list_review_items(session, reader, which, sort=sort, cursor=cursor, limit=AT_ONCE)
    )


async def review_item(session: ReadSession, reader: Reader, item_id: ReviewItemId) -> ReviewItemView:
    """One obligation of a review, or NotFound."""
    row = (await session.execute(_items(reader).where(ReviewItem.id == item_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no obligation of a review with this number.")
    return _item_view(row, session.today)


async def review_entries(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """What each office has to answer for in a review that is open, on its day, as a calendar shows it."""
    rows = await session.execute(
        select(
            ObligationReview.id,
            ObligationReview.version,
            ObligationReview.title,
            ObligationReview.due_on,
            ReviewItem.office_id,
            ReviewItem.person_id,
            func.count().label("count"),
            func.bool_or(ReviewItem.exercise).label("exercise"),
        )
        .join(ReviewItem, ReviewItem.review_id == ObligationReview.id)
        .join(LedgerEntry, LedgerEntry.id == ReviewItem.obligation_id)
        .where(ObligationReview.closed_on.is_(None), _open_item(), may_see(reader))
        .group_by(ObligationReview.id, ReviewItem.office_id, ReviewItem.person_id)
        .order_by(ObligationReview.id, ReviewItem.office_id, ReviewItem.person_id)
    )
    return tuple(
        Entry(
            Dated(
                kind=REVIEW_KIND,
                slug=f"obligation-review-{row['id']}-{row['office_id'] or 0}-{row['person_id'] or 0}",
                title=f"{row['count']:,} obligation{'' if row['count'] == 1 else 's'} to answer for: {row['title']}",
                due_on=row["due_on"],
                office_id=row["office_id"],
                person_id=row["person_id"],
                href=f"/ledger/reviews/{row['id']}?unanswered=true"
                + (f"&office={row['office_id']}" if row["office_id"] else ""),
                citation=the_statute().citation("dormant-review"),
                marking="CUI",
                exercise=row["exercise"],
            ),
            sequence=row["version"],
        )
        for row in rows.mappings()
    )


def _open_item() -> ColumnElement[bool]:
    return or_(ReviewItem.answer.is_(None), ReviewItem.looked == "sent back")


_OF_ITEM: Final = (
    *("id", "version", "review_id", "obligation_id", "obligated", "unliquidated", "moved_on", "office_id"),
    *("person_id", "answer", "needed_until", "deobligate", "because", "evidence", "answered_on", "looked"),
    *("looked_on", "look_because", "exercise"),
)
_OTHERS: Final = (
    *("review", "due_on", "document_number", "document_line", "funding_number", "project_id", "project", "office"),
    *("person", "answered_by_id", "answered_by", "looked_by", "posted"),
)


def _items(reader: Reader) -> AnySelect:
    return (
        select(
            *(getattr(ReviewItem, name) for name in _OF_ITEM),
            ObligationReview.title.label("review"),
            ObligationReview.due_on,
            ObligationReview.closed_on,
            LedgerEntry.document_number,
            LedgerEntry.document_line,
            FundingDocument.number.label("funding_number"),
            LedgerEntry.project_id,
            Project.name.label("project"),
            Office.symbol.label("office"),
            _ASKED.name.label("person"),
            ReviewItem.answered_by.label("answered_by_id"),
            _ANSWERER.name.label("answered_by"),
            _LOOKER.name.label("looked_by"),
            _POSTED.label("posted"),
        )
        .join(ObligationReview, ObligationReview.id == ReviewItem.review_id)
        .join(LedgerEntry, LedgerEntry.id == ReviewItem.obligation_id)
        .outerjoin(FundingDocument, FundingDocument.id == LedgerEntry.funding_document_id)
        .outerjoin(Project, Project.id == LedgerEntry.project_id)
        .outerjoin(Office, Office.id == ReviewItem.office_id)
        .outerjoin(_ASKED, _ASKED.id == ReviewItem.person_id)
        .outerjoin(_ANSWERER, _ANSWERER.id == ReviewItem.answered_by)
        .outerjoin(_LOOKER, _LOOKER.id == ReviewItem.looked_by)
        .where(may_see(reader))
    )


def _item_view(row: RowMapping, today: date) -> ReviewItemView:
    state = rules.state_of(row["answer"], row["looked"], row["deobligate"], row["posted"])
    closed = row["closed_on"] is not None
    return ReviewItemView(
        **{name: row[name] for name in (*_OF_ITEM, *_OTHERS)},
        closed=closed,
        still_days=max((today - row["moved_on"]).days, 0),
        state=state,
        overdue=not closed and state in ("unanswered", "sent back") and row["due_on"] < today,
    )


def _of_items(which: ReviewItemFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if which.text:
        found.append(
            or_(
                LedgerEntry.document_number.icontains(which.text, autoescape=True),
                Project.name.icontains(which.text, autoescape=True),
            )
        )
    for column, value in (
        (ReviewItem.review_id, which.review_id),
        (ReviewItem.office_id, which.office_id),
        (ReviewItem.person_id, which.person_id),
    ):
        if value is not None:
            found.append(column == literal(value))
    if which.answers:
        found.append(ReviewItem.answer.in_(which.answers))
    if which.unanswered:
        found.append(_open_item())
    if which.to_post:
        found.append(and_(ReviewItem.deobligate.is_not(None), ReviewItem.deobligate > _POSTED))
    return found
