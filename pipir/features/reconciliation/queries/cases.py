"""Cases with their entries and steps; how many are open."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Date, RowMapping, case, cast, func, literal, or_, select
from sqlalchemy.orm import aliased

from pipir.features.ledger.tables import FundingDocument, LedgerEntry, may_see
from pipir.features.notices.rules import Entry
from pipir.features.people.tables import Person
from pipir.features.reconciliation import rules
from pipir.features.reconciliation.tables import CaseId, CaseStep, LedgerCase
from pipir.kernel.dated import Dated
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute.load import the_statute
from pipir.store.doors import ReadSession
from pipir.store.listing import AT_ONCE, AnySelect, Sorts, every_row, list_page

CASE_KIND: Final = "Case of an exception"
_REVERSAL = aliased(LedgerEntry)


class CaseView(msgspec.Struct, frozen=True):
    """A case as shown: its entry, who looks after it, until when, and whether that day has passed."""

    id: int
    version: int
    code: str
    kind: str
    state: str
    opened_on: date
    due_on: date
    overdue: bool
    age: int
    owner_person_id: int
    owner: str
    facts: str
    entry_id: int
    entry_kind: str
    amount: Dollars
    effective_on: date
    document_number: str | None
    funding_number: str | None
    reversed_by: int | None
    matched_entry_id: int | None
    exercise: bool


class StepView(msgspec.Struct, frozen=True):
    """A step of a case as it was taken."""

    state: str
    on_day: date
    findings: str
    document: str | None
    by: str


class CaseFilter(msgspec.Struct, frozen=True):
    """Which cases are asked for; closed ones only where asked for."""

    text: str | None = None
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    owner_id: RecordNumber | None = None
    entry_id: RecordNumber | None = None
    overdue: bool = False
    closed: bool = False


# The day by which a case is due where none was set: as many days after its opening as its kind has.
def _due() -> Any:
    days: Mapping[str, int] = {
        kind: (rules.case_due(kind, _FIRST, the_statute()) - _FIRST).days for kind in rules.CASE_STEPS
    }
    return cast(func.coalesce(LedgerCase.due_on, LedgerCase.opened_on + case(days, value=LedgerCase.kind)), Date)


_FIRST: Final = date(2000, 1, 1)
_DUE: Final = _due()
_SORTS: Sorts = {
    "opened": ((LedgerCase.opened_on, date),),
    "due": ((_DUE, date),),
    "amount": ((LedgerEntry.amount, Dollars),),
    "state": (
        (
            case(
                {name: place for place, name in enumerate(rules.CASE_STATES)},
                value=LedgerCase.state,
                else_=len(rules.CASE_STATES),
            ),
            int,
        ),
        (LedgerCase.opened_on, date),
    ),
    "kind": ((LedgerCase.kind, str), (LedgerCase.opened_on, date)),
}
CASE_SORTS: Final = tuple(_SORTS)


async def list_cases(
    session: ReadSession,
    reader: Reader,
    which: CaseFilter = CaseFilter(),  # noqa: B008  a frozen struct is a value, as a string is
    *,
    sort: str = "due",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[CaseView]:
    """Cases of entries that the reader may see, the one due first first."""
    return await list_page(
        session,
        _cases(reader).where(*_of_cases(which, session.today)),
        row_id=LedgerCase.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _view(row, session.today),
    )


async def every_case(
    session: ReadSession, reader: Reader, which: CaseFilter, *, sort: str = "due"
) -> tuple[CaseView, ...]:
    """All cases under the filters, for a file."""
    return await every_row(lambda cursor: list_cases(session, reader, which, sort=sort, cursor=cursor, limit=AT_ONCE))


async def one_case(session: ReadSession, reader: Reader, case_id: CaseId) -> CaseView:
    """One case, or NotFound."""
    row = (await session.execute(_cases(reader).where(LedgerCase.id == case_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no case with this number.")
    return _view(row, session.today)


async def cases_of(session: ReadSession, reader: Reader, entries: tuple[int, ...]) -> dict[int, CaseView]:
    """The cases of these entries, by the entry."""
    rows = await session.execute(_cases(reader).where(LedgerCase.entry_id.in_(entries)))
    return {row["entry_id"]: _view(row, session.today) for row in rows.mappings()}


async def open_cases(session: ReadSession, reader: Reader) -> tuple[tuple[str, int], ...]:
    """How many cases of each kind are not closed, of what the reader may see; every kind is named."""
    rows = await session.execute(
        select(LedgerCase.kind, func.count())
        .join(LedgerEntry, LedgerEntry.id == LedgerCase.entry_id)
        .where(LedgerCase.state.not_in(rules.OVER), may_see(reader))
        .group_by(LedgerCase.kind)
    )
    counted = {row[0]: row[1] for row in rows}
    return tuple((kind, counted.get(kind, 0)) for kind in rules.CASE_STEPS)


async def steps_of(session: ReadSession, reader: Reader, case_id: CaseId) -> tuple[StepView, ...]:
    """The steps of a case in their order; NotFound where the reader may not see it."""
    await one_case(session, reader, case_id)
    rows = await session.execute(
        select(CaseStep.state, CaseStep.on_day, CaseStep.findings, CaseStep.document, Person.name.label("by"))
        .join(Person, Person.id == CaseStep.person_id)
        .where(CaseStep.case_id == case_id)
        .order_by(CaseStep.id)
    )
    return tuple(StepView(**row) for row in rows.mappings())


async def case_entries(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """Open cases on the day that they are due, as a calendar shows them."""
    rows = await session.execute(
        _cases(reader).where(LedgerCase.state.not_in(rules.OVER)).order_by(LedgerCase.id).limit(_MOST)
    )
    views = [_view(row, session.today) for row in rows.mappings()]
    return tuple(
        Entry(
            Dated(
                kind=CASE_KIND,
                slug=f"ledger-case-{each.id}",
                title=f"Case {each.code}: {each.kind}",
                due_on=each.due_on,
                office_id=None,
                person_id=each.owner_person_id,
                href=f"/ledger/cases/{each.id}",
                citation=the_statute().citation("violation-report"),
                marking="CUI",
                exercise=each.exercise,
            ),
            sequence=each.version,
        )
        for each in views
    )


_MOST: Final = 500
_OF_CASE: Final = (
    *("id", "version", "code", "kind", "state", "opened_on", "owner_person_id", "facts", "entry_id"),
    *("matched_entry_id", "exercise"),
)
_OTHERS: Final = (
    *("owner", "entry_kind", "amount", "effective_on", "document_number", "funding_number", "reversed_by", "due_on"),
)


def _cases(reader: Reader) -> AnySelect:
    return (
        select(
            *(getattr(LedgerCase, name) for name in _OF_CASE),
            Person.name.label("owner"),
            LedgerEntry.kind.label("entry_kind"),
            LedgerEntry.amount,
            LedgerEntry.effective_on,
            LedgerEntry.document_number,
            FundingDocument.number.label("funding_number"),
            _REVERSAL.id.label("reversed_by"),
            _DUE.label("due_on"),
        )
        .join(LedgerEntry, LedgerEntry.id == LedgerCase.entry_id)
        .join(Person, Person.id == LedgerCase.owner_person_id)
        .outerjoin(FundingDocument, FundingDocument.id == LedgerEntry.funding_document_id)
        .outerjoin(_REVERSAL, _REVERSAL.reverses_entry_id == LedgerEntry.id)
        .where(may_see(reader))
    )


def _view(row: RowMapping, today: date) -> CaseView:
    over = row["state"] in rules.OVER
    return CaseView(
        **{name: row[name] for name in (*_OF_CASE, *_OTHERS)},
        overdue=not over and row["due_on"] < today,
        age=max((today - row["opened_on"]).days, 0),
    )


def _of_cases(which: CaseFilter, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if not which.closed and not set(rules.OVER) & set(which.states):
        found.append(LedgerCase.state.not_in(rules.OVER))
    if which.text:
        found.append(
            or_(
                LedgerCase.code.icontains(which.text, autoescape=True),
                LedgerCase.facts.icontains(which.text, autoescape=True),
                LedgerEntry.document_number.icontains(which.text, autoescape=True),
            )
        )
    if which.kinds:
        found.append(LedgerCase.kind.in_(which.kinds))
    if which.states:
        found.append(LedgerCase.state.in_(which.states))
    if which.owner_id is not None:
        found.append(LedgerCase.owner_person_id == which.owner_id)
    if which.entry_id is not None:
        found.append(LedgerCase.entry_id == which.entry_id)
    if which.overdue:
        found += [LedgerCase.state.not_in(rules.OVER), literal(today) > _DUE]
    return found
