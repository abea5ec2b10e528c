"""What can be asked of the ledger: accounts, funding documents, entries, and totals that say what they are."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.orm import aliased

from pipir.features.ledger import rules
from pipir.features.ledger.tables import (
    AccountId,
    FundingDocument,
    LedgerEntry,
    LedgerSum,
    TreasuryAccount,
    may_see,
)
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Person
from pipir.features.projects.tables import Project
from pipir.kernel.calendar import washington_day
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import EntryId, FundingDocumentId
from pipir.kernel.marking import Reader, reader_bit
from pipir.kernel.money import Dollars
from pipir.kernel.paging import DEFAULT_LIMIT, LARGEST_LIMIT, Page
from pipir.statute.load import the_statute
from pipir.statute.lookup import authorities, sunset
from pipir.store.base import Money, visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import Sorts, list_page

SOURCE_SYSTEM: Final = "pipir, the program's record"
RECONCILED: Final = "not reconciled with official accounting"
CERTIFIES: Final = "The program's record, made to be reconciled to official accounting; it certifies no funds."
OF_WHAT: Final = "of what you may see"
GROUPS: Final = (
    "fiscal_year",
    "quarter",
    "account",
    "funding_document",
    "country",
    "project",
    "authority",
    "kind_of_appropriation",
)
Group = Literal[
    "fiscal_year",
    "quarter",
    "account",
    "funding_document",
    "country",
    "project",
    "authority",
    "kind_of_appropriation",
]


class Statement(msgspec.Struct, frozen=True):
    """What stands with every total: where it comes from, as of when, whether reconciled, and for whom it is whole."""

    source_system: str
    as_of: datetime
    reconciled: str
    of_what: str
    certifies: str = CERTIFIES


class Figures(msgspec.Struct, frozen=True):
    """The stages of money, each net of what took it back; `unliquidated` is obligated less expended.

    `obligated_1253` rests on section 1253, `obligated_other` on another authority; partner money stands apart.
    """

    authority: Dollars
    committed: Dollars
    obligated: Dollars
    obligated_1253: Dollars
    obligated_other: Dollars
    expended: Dollars
    unliquidated: Dollars
    contributed: Dollars
    count: int


class TotalRow(msgspec.Struct, frozen=True):
    """The figures of one group; `key` filters to it, and `key` "" is what names none."""

    key: str
    label: str
    sub: str
    figures: Figures
    exercise: bool


class Totals(msgspec.Struct, frozen=True):
    """Totals by one group, the total of all once, and what they are."""

    by: str
    rows: tuple[TotalRow, ...]
    total: Figures
    statement: Statement


class QuarterTotal(msgspec.Struct, frozen=True):
    """What was obligated and expended within one fiscal quarter."""

    fiscal_year: int
    quarter: int
    obligated_1253: Dollars
    obligated_other: Dollars
    obligated: Dollars
    expended: Dollars
    exercise: bool


class AccountView(msgspec.Struct, frozen=True):
    """An account as shown, with its state today and the days of its life."""

    id: int
    version: int
    symbol: str
    title: str
    kind_of_appropriation: str
    source: str
    listed_as_of: date | None
    state: str
    available_from: date | None
    available_until: date | None
    closes_on: date | None
    closed_on: date | None
    closed_because: str | None
    note: str | None
    documents: int
    exercise: bool


class FundingView(msgspec.Struct, frozen=True):
    """A funding document with its figures as they stand; `committed` is what obligations have not drawn yet."""

    id: int
    version: int
    number: str
    account_id: int
    symbol: str
    account_title: str
    state: str
    title: str
    level_of_control: str
    source_of_authority: str
    source_citation: str | None
    through_on: date | None
    cr_amount: Dollars | None
    order_law: str | None
    order_accepted_on: date | None
    excepted_basis: str | None
    purpose: str
    period_from: date | None
    period_until: date | None
    received_on: date
    until: date | None
    ended_because: str | None
    marking: str
    exercise: bool
    authority: Dollars
    committed: Dollars
    obligated: Dollars
    expended: Dollars
    unliquidated: Dollars
    available: Dollars


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
    document_number: str | None
    document_line: str | None
    document_on: date | None
    need: str | None
    basis: str | None
    adjusts_entry_id: int | None
    reverses_entry_id: int | None
    reversed_by: int | None
    because: str | None
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


class ReportRow(msgspec.Struct, frozen=True):
    """Money of one project, country, account and authority in one fiscal quarter: the grain that a report asks for."""

    fiscal_year: int
    quarter: int
    project_id: int | None
    project_code: str | None
    project_name: str | None
    country: str | None
    country_name: str | None
    symbol: str | None
    account_title: str | None
    kind_of_appropriation: str | None
    program_authority: str | None
    authority_citation: str | None
    under_1253: bool
    authority: Dollars
    committed: Dollars
    obligated: Dollars
    expended: Dollars
    contributed: Dollars
    exercise: bool


class ReportMoney(msgspec.Struct, frozen=True):
    """What a report takes from the ledger; only `obligated` may stand in a statement of obligations."""

    first_year: int
    last_year: int
    rows: tuple[ReportRow, ...]
    exceptions: tuple[EntryView, ...]
    statement: Statement


class Chosen(msgspec.Struct, frozen=True):
    """The filters of entries and totals; None is any. `authority` is a slug, or "1253" for any paragraph of it."""

    fiscal_year: int | None = None
    kind: str | None = None
    project_id: int | None = None
    country: str | None = None
    account_id: int | None = None
    funding_document_id: int | None = None
    authority: str | None = None
    exceptions: bool = False


ALL: Final = Chosen()


class Choice(msgspec.Struct, frozen=True):
    """One choice of a form or filter."""

    value: str
    label: str


def chosen(
    *,
    fiscal_year: int | None = None,
    kind: str | None = None,
    project_id: int | None = None,
    country: str | None = None,
    account_id: int | None = None,
    funding_document_id: int | None = None,
    authority: str | None = None,
    exceptions: bool = False,
) -> Chosen:
    """The filters as they came through a door; Invalid names every one that cannot be."""
    mistakes = []
    if fiscal_year is not None and not _FIRST_YEAR <= fiscal_year <= _LAST_YEAR:
        mistakes.append(
            Mistake("fiscal_year", f"Expected a year from {_FIRST_YEAR} to {_LAST_YEAR}.", str(fiscal_year)[:60])
        )
    if kind is not None and kind not in rules.ALL_KINDS:
        mistakes.append(Mistake("kind", "Expected one of: " + ", ".join(rules.ALL_KINDS) + ".", kind[:60]))
    if country is not None and not (len(country) == _CODE and country.isascii() and country.isalpha()):
        mistakes.append(Mistake("country", "Expected three letters, such as AUS.", country[:60]))
    if authority is not None and authority != "1253" and authority not in the_statute().provisions:
        mistakes.append(Mistake("authority", "Expected 1253 or the slug of an authority.", authority[:60]))
    if mistakes:
        raise Invalid("Some of the filters need correcting.", mistakes=tuple(mistakes))
    return Chosen(
        fiscal_year,
        kind,
        project_id,
        country.upper() if country else None,
        account_id,
        funding_document_id,
        authority,
        exceptions,
    )


_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2200
_CODE: Final = 3

# ---- accounts

_ACCOUNT_SORTS: Sorts = {
    "symbol": ((TreasuryAccount.symbol, str),),
    "title": ((func.lower(TreasuryAccount.title), str),),
}


async def list_accounts(
    session: ReadSession,
    *,
    text_in: str | None = None,
    sort: str = "symbol",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[AccountView]:
    """Accounts with their state today."""
    statement = _accounts()
    if text_in:
        statement = statement.where(
            or_(
                TreasuryAccount.symbol.icontains(text_in, autoescape=True),
                TreasuryAccount.title.icontains(text_in, autoescape=True),
            )
        )
    return await list_page(
        session,
        statement,
        row_id=TreasuryAccount.id,
        sorts=_ACCOUNT_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _account_view(row, session.today),
    )


async def account(session: ReadSession, account_id: AccountId) -> AccountView:
    """One account, or NotFound."""
    row = (await session.execute(_accounts().where(TreasuryAccount.id == account_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no account with this number.")
    return _account_view(row, session.today)


async def account_choices(session: ReadSession) -> tuple[Choice, ...]:
    """Every account, by symbol, for a form."""
    rows = await session.execute(
        select(TreasuryAccount.id, TreasuryAccount.symbol, TreasuryAccount.title).order_by(TreasuryAccount.symbol)
    )
    return tuple(Choice(str(row.id), f"{row.symbol} {row.title}") for row in rows)


# ---- funding documents

_FUNDING_SORTS: Sorts = {
    "number": ((func.lower(FundingDocument.number), str),),
    "received": ((FundingDocument.received_on, date),),
    "symbol": ((TreasuryAccount.symbol, str), (func.lower(FundingDocument.number), str)),
}


async def list_funding(
    session: ReadSession,
    reader: Reader,
    *,
    account_id: int | None = None,
    level: str | None = None,
    source: str | None = None,
    ended: bool = False,
    sort: str = "number",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[FundingView]:
    """Funding documents that the reader may see, each with its figures; ended ones only where asked for."""
    statement = _fundings(reader)
    if account_id is not None:
        statement = statement.where(FundingDocument.account_id == account_id)
    if level is not None:
        statement = statement.where(FundingDocument.level_of_control == level)
    if source is not None:
        statement = statement.where(FundingDocument.source_of_authority == source)
    if not ended:
        statement = statement.where(or_(FundingDocument.until.is_(None), FundingDocument.until >= session.today))
    return await list_page(
        session,
        statement,
        row_id=FundingDocument.id,
        sorts=_FUNDING_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _funding_view(row, session.today),
    )


async def funding(session: ReadSession, reader: Reader, document_id: FundingDocumentId) -> FundingView:
    """One funding document, or NotFound."""
    row = (await session.execute(_fundings(reader).where(FundingDocument.id == document_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no funding document with this number.")
    return _funding_view(row, session.today)


async def funding_choices(session: ReadSession, reader: Reader) -> tuple[Choice, ...]:
    """Every funding document that the reader may see, for a form."""
    rows = await session.execute(
        select(FundingDocument.id, FundingDocument.number, FundingDocument.title)
        .where(visible_to(reader, FundingDocument))
        .order_by(func.lower(FundingDocument.number))
    )
    return tuple(Choice(str(row.id), f"{row.number}: {row.title}") for row in rows)


async def project_choices(session: ReadSession, reader: Reader) -> tuple[Choice, ...]:
    """Every project that the reader may see, for a form."""
    rows = await session.execute(
        select(Project.id, Project.code, Project.name).where(visible_to(reader, Project)).order_by(Project.code)
    )
    return tuple(Choice(str(row.id), f"{row.code} {row.name}") for row in rows)


async def country_choices(session: ReadSession, reader: Reader) -> tuple[tuple[int, str, str], ...]:
    """Every participant that the reader may see: number, code, name."""
    rows = await session.execute(
        select(Participant.id, Participant.code, Participant.name)
        .where(visible_to(reader, Participant))
        .order_by(Participant.name)
    )
    return tuple((row.id, row.code, row.name) for row in rows)


def authority_choices() -> tuple[Choice, ...]:
    """Every authority that an act may rest on, by citation."""
    return tuple(Choice(row.slug, f"{row.citation}: {row.title}") for row in authorities(the_statute()))


async def every_funding(session: ReadSession, reader: Reader, **filters: Any) -> tuple[FundingView, ...]:
    """Every funding document of a list, for a file; the filters are those of list_funding."""
    found: list[FundingView] = []
    cursor: str | None = None
    while True:
        page = await list_funding(session, reader, **filters, cursor=cursor, limit=LARGEST_LIMIT)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return tuple(found)


# ---- entries

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
        _entries(reader).where(*_of_entries(chosen)),
        row_id=LedgerEntry.id,
        sorts=_ENTRY_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_entry_view,
    )


async def export_entries(session: ReadSession, reader: Reader, chosen: Chosen, *, limit: int) -> tuple[EntryView, ...]:
    """The first `limit` entries of a list, oldest first, for a file."""
    rows = await session.execute(
        _entries(reader).where(*_of_entries(chosen)).order_by(LedgerEntry.effective_on, LedgerEntry.id).limit(limit)
    )
    return tuple(_entry_view(row) for row in rows.mappings())


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
    row = (await session.execute(_entries(reader).where(LedgerEntry.id == entry_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no entry with this number.")
    view = _entry_view(row)
    root = view.id
    if view.kind == rules.REVERSAL and view.adjusts_entry_id is None and view.reverses_entry_id is not None:
        root = view.reverses_entry_id
    elif view.adjusts_entry_id is not None and (view.reversed_kind or view.kind) != "obligation":
        root = view.adjusts_entry_id
    rows = await session.execute(
        _entries(reader)
        .where(
            or_(
                LedgerEntry.id.in_([root, *(n for n in (view.adjusts_entry_id, view.reverses_entry_id) if n)]),
                LedgerEntry.adjusts_entry_id == root,
                LedgerEntry.reverses_entry_id.in_([root, view.id]),
            )
        )
        .order_by(LedgerEntry.effective_on, LedgerEntry.id)
    )
    around = tuple(_entry_view(each) for each in rows.mappings())
    by_id = {each.id: each for each in around}
    thread = tuple(
        each
        for each in around
        if root in (each.id, each.reverses_entry_id)
        or (each.adjusts_entry_id == root and (each.reversed_kind or each.kind) != "obligation")
    )
    effects = [
        rules.effect(each.reversed_kind or each.kind, rules.cents(each.amount), reversal=each.kind == rules.REVERSAL)
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


# ---- totals


async def totals(session: ReadSession, reader: Reader, by: Group, chosen: Chosen = ALL) -> Totals:
    """The stages of money by one group: years and quarters in their order, the others by what was obligated."""
    if by not in GROUPS:
        raise Invalid(
            "The totals know no such group.",
            mistakes=(Mistake("by", "Expected one of: " + ", ".join(GROUPS) + ".", by[:60]),),
        )
    key, label, sub = _group(by)
    statement = (
        _sums(reader, chosen)
        .add_columns(key.label("key"), func.max(label).label("label"), func.max(sub).label("sub"))
        .group_by(key)
    )
    rows = (await session.execute(statement)).mappings().all()
    found = [
        TotalRow(*_named(by, row["key"], row["label"], row["sub"]), _figures(row), bool(row["exercise"]))
        for row in rows
    ]
    if by == "kind_of_appropriation":
        found = _merged(found)
    if by in ("fiscal_year", "quarter"):
        found.sort(key=lambda row: row.key)
    else:
        found.sort(key=lambda row: (-row.figures.obligated.amount, -row.figures.contributed.amount, row.label))
    return Totals(by, tuple(found), _sum_of(tuple(row.figures for row in found)), statement_of(session))


async def total(session: ReadSession, reader: Reader, chosen: Chosen = ALL) -> Figures:
    """The figures of everything that the filters let through."""
    row = (await session.execute(_sums(reader, chosen))).mappings().one()
    return _figures(row)


async def by_quarter(session: ReadSession, reader: Reader, chosen: Chosen = ALL) -> tuple[QuarterTotal, ...]:
    """Obligations and expenditures of each fiscal quarter that has any, in order."""
    rows = await session.execute(
        _sums(reader, chosen)
        .add_columns(LedgerSum.fiscal_year, LedgerSum.quarter)
        .group_by(LedgerSum.fiscal_year, LedgerSum.quarter)
        .order_by(LedgerSum.fiscal_year, LedgerSum.quarter)
    )
    return tuple(
        QuarterTotal(
            row["fiscal_year"],
            row["quarter"],
            row["obligated_1253"],
            row["obligated"] - row["obligated_1253"],
            row["obligated"],
            row["expended"],
            bool(row["exercise"]),
        )
        for row in rows.mappings()
    )


async def for_report(session: ReadSession, reader: Reader, *, first_year: int, last_year: int) -> ReportMoney:
    """Everything that a report says of money in fiscal years `first_year` to `last_year`, in one fixed order."""
    keys = (
        LedgerSum.fiscal_year,
        LedgerSum.quarter,
        LedgerSum.project_id,
        Project.code,
        Project.name,
        Participant.code,
        Participant.name,
        TreasuryAccount.symbol,
        TreasuryAccount.title,
        LedgerSum.program_authority,
    )
    names = [
        "fiscal_year",
        "quarter",
        "project_id",
        "project_code",
        "project_name",
        "country",
        "country_name",
        "symbol",
        "account_title",
        "program_authority",
    ]
    labelled = [key.label(name) for key, name in zip(keys, names, strict=True)]
    rows = await session.execute(
        _sums(reader, Chosen())
        .add_columns(*labelled)
        .where(LedgerSum.fiscal_year.between(first_year, last_year))
        .group_by(*keys)
        .order_by(*keys)
    )
    law = the_statute()
    found = []
    for row in rows.mappings():
        slug = row["program_authority"]
        found.append(
            ReportRow(
                **{name: row[name] for name in names},
                kind_of_appropriation=rules.kind_of_appropriation(row["account_title"]) if row["symbol"] else None,
                authority_citation=law.citation(slug) if slug in law.provisions else slug,
                under_1253=rules.is_under_1253(slug),
                authority=row["authority"],
                committed=row["committed"],
                obligated=row["obligated"],
                expended=row["expended"],
                contributed=row["contributed"],
                exercise=bool(row["exercise"]),
            )
        )
    flagged = await session.execute(
        _entries(reader)
        .where(LedgerEntry.incurred, LedgerEntry.fiscal_year.between(first_year, last_year))
        .order_by(LedgerEntry.effective_on, LedgerEntry.id)
    )
    return ReportMoney(
        first_year,
        last_year,
        tuple(found),
        tuple(_entry_view(row) for row in flagged.mappings()),
        statement_of(session),
    )


async def fiscal_years(session: ReadSession, reader: Reader) -> tuple[int, ...]:
    """The fiscal years in which the reader sees an entry, latest first."""
    rows = await session.scalars(
        select(LedgerSum.fiscal_year).where(*_seen(reader)).distinct().order_by(LedgerSum.fiscal_year.desc())
    )
    return tuple(rows)


def law_lines(*slugs: str) -> tuple[tuple[str, str, str], ...]:
    """Provisions as a page shows them: citation, standing, our own sentence."""
    law = the_statute()
    rows = [law.provision(slug) for slug in slugs if slug in law.provisions]
    return tuple((row.citation, row.standing_label, row.statement) for row in rows)


def statement_of(session: ReadSession) -> Statement:
    """What stands with totals asked for now."""
    return Statement(SOURCE_SYSTEM, session.now, RECONCILED, OF_WHAT)


# ---- how the rows are made


def _net(measure: str) -> ColumnElement[Dollars]:
    plus, minus = rules.PLUS[measure], rules.MINUS[measure]
    signed = case(
        (LedgerSum.kind.in_(plus), LedgerSum.amount),
        *([(LedgerSum.kind.in_(minus), -LedgerSum.amount)] if minus else []),
        else_=literal(0),
    )
    return type_coerce(func.coalesce(func.sum(signed), 0), Money())


def _outstanding() -> ColumnElement[Dollars]:
    # What obligations drew from commitments is no longer reserved.
    signed = case(
        (LedgerSum.kind == "commitment", LedgerSum.amount),
        (LedgerSum.kind == "decommitment", -LedgerSum.amount),
        else_=-LedgerSum.drawn,
    )
    return type_coerce(func.coalesce(func.sum(signed), 0), Money())


def _under_1253() -> ColumnElement[Dollars]:
    plus, minus = rules.PLUS["obligated"], rules.MINUS["obligated"]
    rests = LedgerSum.program_authority.like("1253.%")
    signed = case(
        (rests & LedgerSum.kind.in_(plus), LedgerSum.amount),
        (rests & LedgerSum.kind.in_(minus), -LedgerSum.amount),
        else_=literal(0),
    )
    return type_coerce(func.coalesce(func.sum(signed), 0), Money())


def _sums(reader: Reader, chosen: Chosen) -> Select[Any]:
    """The figures over the sums that the reader may see and the filters let through."""
    return (
        select(
            _net("authority").label("authority"),
            _net("committed").label("committed"),
            _net("obligated").label("obligated"),
            _under_1253().label("obligated_1253"),
            _net("expended").label("expended"),
            _net("contributed").label("contributed"),
            func.coalesce(func.sum(LedgerSum.count), 0).label("count"),
            func.bool_or(LedgerSum.exercise).label("exercise"),
        )
        .select_from(LedgerSum)
        .outerjoin(FundingDocument, FundingDocument.id == LedgerSum.funding_document_id)
        .outerjoin(TreasuryAccount, TreasuryAccount.id == FundingDocument.account_id)
        .outerjoin(Project, Project.id == LedgerSum.project_id)
        .outerjoin(Participant, Participant.id == LedgerSum.participant_id)
        .where(*_seen(reader), *_of_sums(chosen))
    )


def _seen(reader: Reader) -> tuple[ColumnElement[bool], ...]:
    """The sums whose entries the reader may see: their own mask, and the markings as they stand today."""

    def open_to(column: Any, table: Any) -> ColumnElement[bool]:
        return or_(column.is_(None), column.not_in(select(table.id).where(~visible_to(reader, table))))

    return (
        LedgerSum.audience.bitwise_and(reader_bit(reader)) != 0,
        open_to(LedgerSum.funding_document_id, FundingDocument),
        open_to(LedgerSum.project_id, Project),
        open_to(LedgerSum.participant_id, Participant),
    )


def _of_sums(chosen: Chosen) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if chosen.fiscal_year is not None:
        wanted.append(LedgerSum.fiscal_year == chosen.fiscal_year)
    if chosen.kind is not None:
        wanted.append(LedgerSum.kind == chosen.kind)
    if chosen.project_id is not None:
        wanted.append(LedgerSum.project_id == chosen.project_id)
    if chosen.country is not None:
        wanted.append(Participant.code == chosen.country)
    if chosen.account_id is not None:
        wanted.append(FundingDocument.account_id == chosen.account_id)
    if chosen.funding_document_id is not None:
        wanted.append(LedgerSum.funding_document_id == chosen.funding_document_id)
    if chosen.authority is not None:
        wanted.append(_rests_on(LedgerSum.program_authority, chosen.authority))
    return wanted


def _of_entries(chosen: Chosen) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if chosen.fiscal_year is not None:
        wanted.append(LedgerEntry.fiscal_year == chosen.fiscal_year)
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
        wanted.append(_rests_on(LedgerEntry.program_authority, chosen.authority))
    if chosen.exceptions:
        wanted.append(LedgerEntry.incurred.is_(True))
    return wanted


def _rests_on(column: Any, authority: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.like("1253.%") if authority == "1253" else column == authority
    return found


_NONE: Final[Mapping[str, str]] = {
    "account": "No account: partner contributions",
    "funding_document": "No funding document: partner contributions",
    "country": "No country named",
    "project": "No project named",
    "authority": "No program authority named",
    "kind_of_appropriation": "No account: partner contributions",
    "fiscal_year": "",
    "quarter": "",
}


def _group(by: str) -> tuple[Any, Any, Any]:
    groups: dict[str, tuple[Any, Any, Any]] = {
        "fiscal_year": (LedgerSum.fiscal_year, LedgerSum.fiscal_year, LedgerSum.fiscal_year),
        # The ten stands in the text, not as a parameter: PostgreSQL has to see one expression in both places.
        "quarter": (LedgerSum.fiscal_year * literal_column("10") + LedgerSum.quarter,) * 3,
        "account": (TreasuryAccount.id, TreasuryAccount.symbol, TreasuryAccount.title),
        "funding_document": (FundingDocument.id, FundingDocument.number, FundingDocument.title),
        "country": (Participant.code, Participant.name, Participant.code),
        "project": (Project.id, Project.name, Project.code),
        "authority": (LedgerSum.program_authority,) * 3,
        "kind_of_appropriation": (TreasuryAccount.title,) * 3,
    }
    return groups[by]


def _named(by: str, key: Any, label: Any, sub: Any) -> tuple[str, str, str]:
    """A group's key, label and second line."""
    if key is None:
        return "", _NONE[by], ""
    if by == "fiscal_year":
        return str(key), f"FY{key}", ""
    if by == "quarter":
        year, quarter = divmod(key, 10)
        return f"{year}Q{quarter}", f"FY{year} Q{quarter}", ""
    if by == "authority":
        law = the_statute()
        if key in law.provisions:
            return key, law.citation(key), law.provision(key).title
        return key, key, ""
    return str(key), label, sub if sub != key else ""


def _merged(rows: list[TotalRow]) -> list[TotalRow]:
    """Accounts of one kind of appropriation together."""
    groups: dict[str, list[TotalRow]] = {}
    for row in rows:
        kind = rules.kind_of_appropriation(row.key) if row.key else row.label
        groups.setdefault(kind, []).append(row)
    return [
        TotalRow(kind, kind, "", _sum_of(tuple(row.figures for row in members)), any(row.exercise for row in members))
        for kind, members in groups.items()
    ]


def _figures(row: RowMapping) -> Figures:
    return Figures(
        authority=row["authority"],
        committed=row["committed"],
        obligated=row["obligated"],
        obligated_1253=row["obligated_1253"],
        obligated_other=row["obligated"] - row["obligated_1253"],
        expended=row["expended"],
        unliquidated=row["obligated"] - row["expended"],
        contributed=row["contributed"],
        count=int(row["count"]),
    )


def _sum_of(figures: tuple[Figures, ...]) -> Figures:
    names = [name for name in Figures.__struct_fields__ if name != "count"]
    zero = Dollars.zero()
    return Figures(
        **{name: sum((getattr(each, name) for each in figures), zero) for name in names},
        count=sum(each.count for each in figures),
    )


def _accounts() -> Select[Any]:
    documents = (
        select(func.count())
        .select_from(FundingDocument)
        .where(FundingDocument.account_id == TreasuryAccount.id)
        .scalar_subquery()
    )
    return select(
        TreasuryAccount.id,
        TreasuryAccount.version,
        TreasuryAccount.symbol,
        TreasuryAccount.title,
        TreasuryAccount.source,
        TreasuryAccount.listed_as_of,
        TreasuryAccount.closed_on,
        TreasuryAccount.closed_because,
        TreasuryAccount.exercise,
        documents.label("documents"),
    )


def _account_view(row: RowMapping, today: date) -> AccountView:
    law = the_statute()
    known = rules.Account(rules.parse_symbol(row["symbol"]), row["closed_on"])
    days = rules.life(known, law)
    return AccountView(
        **{name: row[name] for name in AccountView.__struct_fields__ if name in row},
        kind_of_appropriation=rules.kind_of_appropriation(row["title"]),
        state=rules.state_of(known, today, law),
        available_from=days.available_from,
        available_until=days.available_until,
        closes_on=days.closes_on,
        note=rules.usual_life(known.symbol, law),
    )


def _fundings(reader: Reader) -> Select[Any]:
    # The figures of a document are those of all its entries that the reader may see, from the sums.
    figures = (
        select(
            _net("authority").label("authority"),
            _outstanding().label("committed"),
            _net("obligated").label("obligated"),
            _net("expended").label("expended"),
        )
        .where(LedgerSum.funding_document_id == FundingDocument.id, *_seen(reader))
        .lateral("figures")
    )
    names = [name for name in FundingView.__struct_fields__ if hasattr(FundingDocument, name)]
    return (
        select(
            *(getattr(FundingDocument, name) for name in names),
            TreasuryAccount.symbol,
            TreasuryAccount.title.label("account_title"),
            TreasuryAccount.closed_on,
            figures.c.authority,
            figures.c.committed,
            figures.c.obligated,
            figures.c.expended,
        )
        .join(TreasuryAccount, TreasuryAccount.id == FundingDocument.account_id)
        .join(figures, true())
        .where(visible_to(reader, FundingDocument))
    )


def _funding_view(row: RowMapping, today: date) -> FundingView:
    known = rules.Account(rules.parse_symbol(row["symbol"]), row["closed_on"])
    return FundingView(
        **{name: row[name] for name in FundingView.__struct_fields__ if name in row},
        state=rules.state_of(known, today, the_statute()),
        unliquidated=row["obligated"] - row["expended"],
        available=row["authority"] - row["obligated"] - row["committed"],
    )


def _entries(reader: Reader) -> Select[Any]:
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


def _entry_view(row: RowMapping) -> EntryView:
    law = the_statute()
    slug = row["program_authority"]
    citation = law.citation(slug) if slug in law.provisions else slug
    ended = washington_day(sunset(law))
    continues = slug is not None and not rules.is_under_1253(slug) and row["effective_on"] >= ended
    return EntryView(
        **{name: row[name] for name in EntryView.__struct_fields__ if name in row},
        authority_citation=citation,
        continues_under=citation if continues else None,
    )
