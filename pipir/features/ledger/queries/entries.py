"""Entries and exceptions, and what stands around one entry."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import (
    BigInteger,
    Dialect,
    Integer,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    case,
    cast,
    literal_column,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from pipir.features.groups.tables import WorkingGroup
from pipir.features.ledger import rules
from pipir.features.ledger.queries import stages
from pipir.features.ledger.queries.filters import ALL, Chosen, Group, Stage
from pipir.features.ledger.queries.narrowed import COUNTED_TO, accounts_of, conditions, counting, spans
from pipir.features.ledger.tables import (
    FundingDocument,
    LedgerEntry,
    LedgerLeg,
    ProjectAttribute,
    TreasuryAccount,
    may_see,
    may_see_beside,
)
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Person
from pipir.features.projects.tables import Project
from pipir.kernel.calendar import fiscal_quarter
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import EntryId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute.load import the_statute
from pipir.statute.lookup import objectives
from pipir.statute.model import short_citation
from pipir.store.base import Money, visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import Sorts, list_page, sort_keys


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
    outside_account: str | None
    closed_account_id: int | None
    closed_symbol: str | None
    closed_document: str | None
    order_law: str | None
    order_method: str | None
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

    @property
    def works_through(self) -> str | None:
        """The other authority's citation; its own words where the law's files do not hold it."""
        law, slug = the_statute(), self.other_authority
        return law.citation(slug) if slug is not None and slug in law.provisions else slug


class LegView(msgspec.Struct, frozen=True):
    """One of an entry's two legs: the control account that it debits or credits."""

    side: Literal["debit", "credit"]
    control: int
    title: str
    amount: Dollars


class CountedIn(msgspec.Struct, frozen=True):
    """A row of the totals that counts an entry: its group, its key, and its name there."""

    by: Group
    key: str
    label: str


class FrozenIn(msgspec.Struct, frozen=True):
    """A build of a report whose frozen money counts an entry; `state` says how far the report has gone with it."""

    build_id: int
    year: int
    version_no: int
    stage: str
    state: str
    frozen_at: datetime
    href: str
    exercise: bool


class ImportedBy(msgspec.Struct, frozen=True):
    """The import that an entry came by."""

    id: int
    file_name: str
    href: str


class EntryDetail(msgspec.Struct, frozen=True):
    """An entry with the entries around it, its legs, where its obligation or commitment stands, and what counts it.

    `counter` is the other end of a movement of authority; `moves` says what the entry adds to each figure. `reports` is
    None where the caller's roles read no reports or they were not asked for; `imported` likewise, or where it came by
    no import.
    """

    entry: EntryView
    named: EntryView | None
    reverses: EntryView | None
    counter: EntryView | None
    legs: tuple[LegView, ...]
    moves: dict[str, Dollars]
    counted_in: tuple[CountedIn, ...]
    thread: tuple[EntryView, ...]
    obligated: Dollars
    expended: Dollars
    unliquidated: Dollars
    reports: tuple[FrozenIn, ...] | None = None
    imported: ImportedBy | None = None
    version: int = 1


_PROJECT, _COUNTRY = aliased(Project), aliased(Participant)
_SIDES: Final[dict[Literal["debit", "credit"], Any]] = {"debit": aliased(LedgerLeg), "credit": aliased(LedgerLeg)}
_REVERSAL = aliased(LedgerEntry)
_CLOSED = aliased(TreasuryAccount)
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


_INDEXED: Final = ("effective", "posted")


def sorts_of(total: int | None) -> tuple[str, ...]:
    """What so many entries may be sorted by: beyond COUNTED_TO, where None counts them, by what has an index alone."""
    return tuple(_ENTRY_SORTS) if total is not None and total < COUNTED_TO else _INDEXED


async def list_entries(
    session: ReadSession,
    reader: Reader,
    chosen: Chosen = ALL,
    *,
    sort: str = "-effective",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
    counted: bool = True,
) -> Page[EntryView]:
    """Entries that the reader may see, newest first unless said otherwise.

    With a stage, `signed` is what an entry adds to that figure. The total comes from the sums; it is None where they do
    not tell it and there are more than COUNTED_TO, or where not `counted`. Invalid where so many are to be sorted by
    what no index orders.
    """
    sort_keys(_ENTRY_SORTS, sort)
    accounts = await accounts_of(session, chosen.appropriation)
    unordered = sort.removeprefix("-") not in _INDEXED
    # A project or a document has few entries, and their days in order; anything else is looked for kind by kind.
    by_kind = chosen.stage is not None and chosen.project_id is None and chosen.funding_document_id is None
    count = counting(reader, chosen, accounts)
    total = await session.scalar(count) if unordered else None
    if unordered and sort.removeprefix("-") not in sorts_of(total):
        raise Invalid(
            f"The list holds {COUNTED_TO:,} entries or more; so many are sorted by day or by number only.",
            mistakes=(Mistake("sort", "Expected effective or posted, or filters that narrow the list.", sort[:60]),),
        )
    return await list_page(
        session,
        _listed(reader, chosen, accounts, await spans(session, chosen, accounts)),
        row_id=LedgerEntry.id,
        sorts=_ENTRY_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=entry_view,
        total=total,
        count=count if counted else _UNCOUNTED,
        parts=_parts(chosen.stage) if chosen.stage is not None and by_kind and not unordered else (),
    )


_UNCOUNTED: Final = select(cast(null(), Integer))


@lru_cache(maxsize=128)
def _listed(reader: Reader, chosen: Chosen, accounts: tuple[int, ...], within: tuple[date, date] | None) -> Select[Any]:
    found = entries(reader, chosen.stage).where(*conditions(chosen, accounts))
    if within is None:
        return found
    return found.where(LedgerEntry.effective_on >= within[0], LedgerEntry.effective_on < within[1])


# The same objects each time: a page is known again by them.
_parts = lru_cache(stages.parts)


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


async def entry(session: ReadSession, reader: Reader, entry_id: EntryId, *, just_posted: bool = False) -> EntryDetail:
    """One entry with what it names, what reverses it and its obligation's standing; or NotFound.

    What was `just_posted` by this session nothing names yet: where it names nothing itself, it stands alone.
    """
    found = await session.driver.fetchrow(_one(reader, session.get_bind().dialect), entry_id)
    if found is None:
        raise NotFound("There is no entry with this number.")
    # Every number of this row that has decimals is money.
    row = {name: Dollars(value) if isinstance(value, Decimal) else value for name, value in found.items()}
    view = entry_view(row)
    root = view.id
    if view.kind == rules.REVERSAL and view.adjusts_entry_id is None and view.reverses_entry_id is not None:
        root = view.reverses_entry_id
    elif view.adjusts_entry_id is not None and (view.reversed_kind or view.kind) != "obligation":
        root = view.adjusts_entry_id
    named = {name: number for name in _NAMED if (number := getattr(view, name)) is not None}
    around = (view,) if just_posted and not named else await _read_around(session, reader, view.id, root, named)
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
        counter=next((each for each in around if _moved_with(view, each)), None),
        legs=_legs(row),
        moves={name: row[f"moves_{name}"] for name in _MOVED if row[f"moves_{name}"]},
        counted_in=_counted_in(view, row),
        thread=thread,
        obligated=obligated,
        expended=expended,
        unliquidated=obligated - expended,
    )


async def _read_around(
    session: ReadSession, reader: Reader, entry_id: int, root: int, named: Mapping[str, int]
) -> tuple[EntryView, ...]:
    asked = {"entry": entry_id, "root": root} | {name: named.get(name, root) for name in _NAMED}
    rows = await session.execute(_around(reader), asked)
    return tuple(entry_view(each) for each in rows.mappings())


def _moved_with(view: EntryView, each: EntryView) -> bool:
    counter = each.counter_entry_id == view.id or each.id == view.counter_entry_id
    return counter and each.reverses_entry_id is None


# Asked with every posting, so it goes to the driver as text: SQLAlchemy takes longer over it than the database.
@lru_cache(maxsize=128)
def _one(reader: Reader, dialect: Dialect) -> str:
    """The entry $1 with its legs, what it adds to each figure, and what its project was on its day."""
    figures = (type_coerce(stages.signed(name), Money()).label(f"moves_{name}") for name in _MOVED)
    found = _entries()
    for side, leg in _SIDES.items():
        found = found.add_columns(leg.control.label(f"{side}_control"), leg.amount.label(f"{side}_amount")).outerjoin(
            leg, and_(leg.entry_id == LedgerEntry.id, leg.credit.is_(side == "credit"))
        )
    asked = (
        found.add_columns(
            *figures,
            TreasuryAccount.title.label("account_title"),
            ProjectAttribute.served,
            WorkingGroup.id.label("group"),
            WorkingGroup.name.label("group_name"),
        )
        .outerjoin(
            ProjectAttribute,
            and_(
                ProjectAttribute.project_id == LedgerEntry.project_id,
                ProjectAttribute.from_on <= LedgerEntry.effective_on,
                ProjectAttribute.until_on > LedgerEntry.effective_on,
            ),
        )
        .outerjoin(
            WorkingGroup,
            and_(WorkingGroup.id == ProjectAttribute.workstream_id, visible_to(reader, WorkingGroup)),
        )
        .where(
            LedgerEntry.id == literal_column("$1", BigInteger),
            may_see_beside(reader, FundingDocument, _PROJECT, _COUNTRY),
        )
    )
    return str(asked.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


_NAMED: Final = ("adjusts_entry_id", "reverses_entry_id", "counter_entry_id")


@lru_cache(maxsize=128)
def _around(reader: Reader) -> Select[Any]:
    """The entries that name the entry or its root, that it names itself, and the other end of its movement."""
    this, root, *named = (bindparam(name, type_=BigInteger) for name in ("entry", "root", *_NAMED))
    return (
        entries(reader)
        .where(
            or_(
                LedgerEntry.id.in_([root, *named]),
                LedgerEntry.adjusts_entry_id == root,
                LedgerEntry.reverses_entry_id == root,
                LedgerEntry.reverses_entry_id == this,
                LedgerEntry.counter_entry_id == this,
            )
        )
        .order_by(LedgerEntry.effective_on, LedgerEntry.id)
    )


def _legs(row: Mapping[str, Any]) -> tuple[LegView, ...]:
    return tuple(
        LegView(side, row[f"{side}_control"], _TITLES.get(row[f"{side}_control"], ""), row[f"{side}_amount"])
        for side in _SIDES
        if row[f"{side}_control"] is not None
    )


_TITLES: Final = {each.number: each.title for each in rules.CONTROLS}


_MOVED: Final[tuple[Stage, ...]] = ("authority", "ordered", "committed", "obligated", "expended", "contributed")


def _counted_in(view: EntryView, stood: Mapping[str, Any]) -> tuple[CountedIn, ...]:
    """The rows of the totals that count an entry, by what its project was on its day."""
    law = the_statute()
    quarter = fiscal_quarter(view.effective_on)[1]
    found = [
        CountedIn("fiscal_year", str(view.fiscal_year), f"FY{view.fiscal_year}"),
        CountedIn("quarter", f"{view.fiscal_year}Q{quarter}", f"FY{view.fiscal_year} Q{quarter}"),
        CountedIn("month", f"{view.effective_on:%Y-%m}", f"{view.effective_on:%B %Y}"),
    ]
    title = stood["account_title"]
    kind = None if title is None else rules.kind_of_appropriation(title)
    named: tuple[tuple[Group, object, str | None], ...] = (
        ("account", view.account_id, view.symbol),
        ("kind_of_appropriation", kind, kind),
        ("funding_document", view.funding_document_id, view.funding_number),
        ("project", view.project_id, view.project_name),
        ("country", view.country, view.country_name),
        ("authority", view.program_authority, view.authority_citation),
    )
    found += [CountedIn(by, str(key), label or str(key)) for by, key, label in named if key is not None]
    if stood["group"] is not None:
        found.append(CountedIn("workstream", str(stood["group"]), stood["group_name"]))
    served = stood["served"] or 0
    found += [
        CountedIn("objective", each.slug, each.title)
        for place, each in enumerate(objectives(law))
        if served & (1 << place)
    ]
    return tuple(found)


# What a row brings of a view, in the view's order; the rest is made of it.
_CITED, _CONTINUED = (EntryView.__struct_fields__.index(name) for name in ("authority_citation", "continues_under"))
_READ: Final = [
    name for name in EntryView.__struct_fields__ if name not in ("authority_citation", "continues_under", "version")
]
_NAMES: Final[dict[str, SQLColumnExpression[Any]]] = {
    "funding_number": FundingDocument.number,
    "account_id": FundingDocument.account_id,
    "symbol": TreasuryAccount.symbol,
    "project_code": _PROJECT.code,
    "project_name": _PROJECT.name,
    "country": _COUNTRY.code,
    "country_name": _COUNTRY.name,
    "closed_symbol": _CLOSED.symbol,
    "reversed_by": _REVERSAL.id,
    "posted_by_name": Person.name,
}


async def left_out(session: ReadSession, reader: Reader, *, limit: int = DEFAULT_LIMIT) -> tuple[EntryView, ...]:
    """Authority that was taken out of a document and that nothing brings in, the oldest first.

    What left for an account outside of this ledger is there.
    """
    into, back = aliased(LedgerEntry), aliased(LedgerEntry)
    brought_in = (
        select(into.id)
        .outerjoin(back, back.reverses_entry_id == into.id)
        .where(into.counter_entry_id == LedgerEntry.id, into.kind != rules.REVERSAL, back.id.is_(None))
    )
    rows = await session.execute(
        entries(reader)
        .where(
            stages.KIND.in_(tuple(rules.COUNTERS.values())),
            LedgerEntry.kind != rules.REVERSAL,
            LedgerEntry.outside_account.is_(None),
            _REVERSAL.id.is_(None),
            ~brought_in.exists(),
        )
        .order_by(LedgerEntry.effective_on, LedgerEntry.id)
        .limit(limit)
    )
    return tuple(entry_view(row) for row in rows.mappings())


def entries(reader: Reader, stage: Stage | None = None) -> Select[Any]:
    """The entries that the reader may see, with the columns of a view first."""
    return _entries(stage).where(may_see(reader))


def _entries(stage: Stage | None = None) -> Select[Any]:
    signed = type_coerce(LedgerEntry.amount * _SIGNED if stage is None else stages.signed(stage), Money())
    named = {**_NAMES, "signed": signed}
    return (
        select(*((named[name] if name in named else getattr(LedgerEntry, name)).label(name) for name in _READ))
        .select_from(LedgerEntry)
        .outerjoin(FundingDocument, FundingDocument.id == LedgerEntry.funding_document_id)
        .outerjoin(TreasuryAccount, TreasuryAccount.id == FundingDocument.account_id)
        .outerjoin(_PROJECT, _PROJECT.id == LedgerEntry.project_id)
        .outerjoin(_COUNTRY, _COUNTRY.id == LedgerEntry.participant_id)
        .outerjoin(_CLOSED, _CLOSED.id == LedgerEntry.closed_account_id)
        .outerjoin(_REVERSAL, _REVERSAL.reverses_entry_id == LedgerEntry.id)
        .join(Person, Person.id == LedgerEntry.posted_by)
    )


def entry_view(row: Mapping[Any, Any]) -> EntryView:
    """A row of `entries` as a view."""
    law = the_statute()
    slug = row["program_authority"]
    citation = law.citation(slug) if slug in law.provisions else slug
    # By their places: fifty rows are asked for often, and each has as many columns.
    values: list[Any] = list(row.values())[: len(_READ)]
    values.insert(_CITED, citation)
    values.insert(_CONTINUED, citation if row["continuation_id"] is not None else None)
    return EntryView(*values)
