"""Entries and exceptions, and what stands around one entry."""

from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, RowMapping, Select, case, exists, extract, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from pipir.features.ledger import rules
from pipir.features.ledger.queries.filters import ALL, Chosen, rests_on, serves
from pipir.features.ledger.tables import FundingDocument, LedgerEntry, ProjectAttribute, TreasuryAccount, may_see
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Person
from pipir.features.projects.tables import Project
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import EntryId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute.load import the_statute
from pipir.statute.model import short_citation
from pipir.store.base import Money
from pipir.store.doors import ReadSession
from pipir.store.listing import Sorts, list_page


class EntryView(msgspec.Struct, frozen=True):
    """An entry as shown; `signed` carries the sign that its kind gives it. An entry never changes: version 1."""

    id: int
    kind: str
    reversed_kind: str | None
    amount: Dollars
    signed: Dollars
    effective_on: date
    fiscal_year: int
    funding_document_id: int | None
    funding_number: str | None
    account_id: int | None
    symbol: str | None
    project_id: int | None
    project_code: str | None
    project_name: str | None
    participant_id: int | None
    country: str | None
    country_name: str | None
    program_authority: str | None
    authority_citation: str | None
    other_authority: str | None
    continues_under: str | None
    continuation_id: int | None
    late_because: str | None
    late_document: str | None
    document_number: str | None
    document_line: str | None
    document_on: date | None
    signed_at: str | None
    performance_from: date | None
    performance_until: date | None
    need: str | None
    basis: str | None
    adjusts_entry_id: int | None
    reverses_entry_id: int | None
    counter_entry_id: int | None
    transfer_law: str | None
    approval: str | None
    reversed_by: int | None
    because: str | None
    contribution_kind: str | None
    receipt_law: str | None
    new_start: bool
    incurred: bool
    flag: str | None
    evidence: str | None
    warnings: list[str]
    posted_by: int
    posted_by_name: str
    posted_at: datetime
    exercise: bool
    version: int = 1

    @property
    def authority_short(self) -> str | None:
        """The program authority's citation where the law is known from its surroundings."""
        return short_citation(self.authority_citation) if self.authority_citation else None


class EntryDetail(msgspec.Struct, frozen=True):
    """An entry with the entries around it, and where its obligation or commitment stands."""

    entry: EntryView
    named: EntryView | None
    reverses: EntryView | None
    thread: tuple[EntryView, ...]
    obligated: Dollars
    expended: Dollars
    unliquidated: Dollars
    version: int = 1


_PROJECT, _COUNTRY = aliased(Project), aliased(Participant)
_REVERSAL = aliased(LedgerEntry)
_MINUS = [kind for kinds in rules.MINUS.values() for kind in kinds]
_SIGNED = case(
    ((LedgerEntry.kind == rules.REVERSAL) & LedgerEntry.reversed_kind.not_in(_MINUS), -1),
    (LedgerEntry.kind.in_(_MINUS), -1),
    else_=1,
)
_ENTRY_SORTS: Sorts = {
    "effective": ((LedgerEntry.effective_on, date),),
    "amount": ((LedgerEntry.amount, Dollars),),
    "posted": ((LedgerEntry.id, int),),
    "kind": ((LedgerEntry.kind, str), (LedgerEntry.effective_on, date)),
}


async def list_entries(
    session: ReadSession,
    reader: Reader,
    chosen: Chosen = ALL,
    *,
    sort: str = "-effective",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[EntryView]:
    """Entries that the reader may see, newest first unless said otherwise."""
    return await list_page(
        session,
        entries(reader).where(*_of_entries(chosen)),
        row_id=LedgerEntry.id,
        sorts=_ENTRY_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=entry_view,
    )


async def exceptions(
    session: ReadSession,
    reader: Reader,
    *,
    sort: str = "-effective",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[EntryView]:
    """Liabilities and disbursements recorded although a rule did not allow them; a reversal alone clears none."""
    return await list_entries(session, reader, Chosen(exceptions=True), sort=sort, cursor=cursor, limit=limit)


async def entry(session: ReadSession, reader: Reader, entry_id: EntryId) -> EntryDetail:
    """One entry with what it names, what reverses it and its obligation's standing; or NotFound."""
    row = (await session.execute(entries(reader).where(LedgerEntry.id == entry_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no entry with this number.")
    view = entry_view(row)
    root = view.id
    if view.kind == rules.REVERSAL and view.adjusts_entry_id is None and view.reverses_entry_id is not None:
        root = view.reverses_entry_id
    elif view.adjusts_entry_id is not None and (view.reversed_kind or view.kind) != "obligation":
        root = view.adjusts_entry_id
    rows = await session.execute(
        entries(reader)
        .where(
            or_(
                LedgerEntry.id.in_([root, *(n for n in (view.adjusts_entry_id, view.reverses_entry_id) if n)]),
                LedgerEntry.adjusts_entry_id == root,
                LedgerEntry.reverses_entry_id.in_([root, view.id]),
            )
        )
        .order_by(LedgerEntry.effective_on, LedgerEntry.id)
    )
    around = tuple(entry_view(each) for each in rows.mappings())
    by_id = {each.id: each for each in around}
    thread = tuple(
        each
        for each in around
        if root in (each.id, each.reverses_entry_id)
        or (each.adjusts_entry_id == root and (each.reversed_kind or each.kind) != "obligation")
    )
    effects = [
        rules.effect(
            each.reversed_kind or each.kind,
            rules.cents(each.amount),
            reversal=each.kind == rules.REVERSAL,
            draws=each.adjusts_entry_id is not None,
        )
        for each in thread
    ]
    obligated = rules.from_cents(sum(each.obligated for each in effects))
    expended = rules.from_cents(sum(each.expended for each in effects))
    return EntryDetail(
        entry=view,
        named=by_id.get(view.adjusts_entry_id or 0),
        reverses=by_id.get(view.reverses_entry_id or 0),
        thread=thread,
        obligated=obligated,
        expended=expended,
        unliquidated=obligated - expended,
    )


def _of_entries(chosen: Chosen) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if chosen.fiscal_year is not None:
        wanted.append(LedgerEntry.fiscal_year == chosen.fiscal_year)
    if chosen.quarter is not None:
        # The fiscal year begins a calendar quarter early.
        wanted.append(func.mod(extract("quarter", LedgerEntry.effective_on), 4) + 1 == chosen.quarter)
    if chosen.kind is not None:
        wanted.append(LedgerEntry.kind == chosen.kind)
    if chosen.project_id is not None:
        wanted.append(LedgerEntry.project_id == chosen.project_id)
    if chosen.country is not None:
        wanted.append(_COUNTRY.code == chosen.country)
    if chosen.account_id is not None:
        wanted.append(FundingDocument.account_id == chosen.account_id)
    if chosen.funding_document_id is not None:
        wanted.append(LedgerEntry.funding_document_id == chosen.funding_document_id)
    if chosen.authority is not None:
        wanted.append(rests_on(LedgerEntry.program_authority, chosen.authority))
    if chosen.exceptions:
        wanted.append(LedgerEntry.incurred.is_(True))
    return [*wanted, *_of_entries_beside(chosen)]


def _of_entries_beside(chosen: Chosen) -> list[ColumnElement[bool]]:
    """The filters by document, by what the project was on the day, and by what counted or was known when."""
    wanted: list[ColumnElement[bool]] = []
    if chosen.document is not None:
        wanted.append(LedgerEntry.document_number.startswith(chosen.document, autoescape=True))
    if chosen.month is not None:
        after = (chosen.month + timedelta(days=31)).replace(day=1)
        wanted += [LedgerEntry.effective_on >= chosen.month, LedgerEntry.effective_on < after]
    if chosen.workstream_id is not None:
        wanted.append(_stood(ProjectAttribute.workstream_id == chosen.workstream_id))
    if chosen.objective is not None:
        wanted.append(_stood(serves(ProjectAttribute.served, chosen.objective)))
    if chosen.effective_on is not None:
        wanted.append(LedgerEntry.effective_on <= chosen.effective_on)
    if chosen.known_at is not None:
        wanted.append(LedgerEntry.posted_at <= chosen.known_at)
    return wanted


def _stood(what: ColumnElement[bool]) -> ColumnElement[bool]:
    """What held of the entry's project on the entry's day."""
    return exists(
        select(ProjectAttribute.project_id).where(
            ProjectAttribute.project_id == LedgerEntry.project_id,
            LedgerEntry.effective_on >= ProjectAttribute.from_on,
            LedgerEntry.effective_on < ProjectAttribute.until_on,
            what,
        )
    )


def entries(reader: Reader) -> Select[Any]:
    own = [name for name in EntryView.__struct_fields__ if hasattr(LedgerEntry, name)]
    return (
        select(
            *(getattr(LedgerEntry, name) for name in own),
            type_coerce(LedgerEntry.amount * _SIGNED, Money()).label("signed"),
            FundingDocument.number.label("funding_number"),
            FundingDocument.account_id,
            TreasuryAccount.symbol,
            _PROJECT.code.label("project_code"),
            _PROJECT.name.label("project_name"),
            _COUNTRY.code.label("country"),
            _COUNTRY.name.label("country_name"),
            _REVERSAL.id.label("reversed_by"),
            Person.name.label("posted_by_name"),
        )
        .select_from(LedgerEntry)
        .outerjoin(FundingDocument, FundingDocument.id == LedgerEntry.funding_document_id)
        .outerjoin(TreasuryAccount, TreasuryAccount.id == FundingDocument.account_id)
        .outerjoin(_PROJECT, _PROJECT.id == LedgerEntry.project_id)
        .outerjoin(_COUNTRY, _COUNTRY.id == LedgerEntry.participant_id)
        .outerjoin(_REVERSAL, _REVERSAL.reverses_entry_id == LedgerEntry.id)
        .join(Person, Person.id == LedgerEntry.posted_by)
        .where(may_see(reader))
    )


def entry_view(row: RowMapping) -> EntryView:
    law = the_statute()
    slug = row["program_authority"]
    citation = law.citation(slug) if slug in law.provisions else slug
    return EntryView(
        **{name: row[name] for name in EntryView.__struct_fields__ if name in row},
        authority_citation=citation,
        continues_under=citation if row["continuation_id"] is not None else None,
    )
