"""The HTML door of the ledger: totals with their charts, entries, funding documents, accounts, exceptions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.document.charts import Chart, Period, period_bars
from pipir.features.ledger import commands, queries, rules
from pipir.features.ledger.queries import Chosen
from pipir.features.ledger.tables import AccountId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.calendar import fiscal_quarter
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.ids import EntryId, FundingDocumentId, RecordNumber
from pipir.kernel.marking import parse_marking
from pipir.kernel.money import Dollars, dollars, short_dollars
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.sheets import csv_bytes
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

LARGEST_EXPORT: Final = 100_000
_QUARTERS_SHOWN: Final = 12
_BARS_SHOWN: Final = 8
_QUARTERS_NARROW: Final = 5
_Choices = tuple[tuple[str, str], ...]
_STATES: Final = {"available": "ok", "expired": "watch", "closed": "done", "not yet available": "waiting"}


@dataclass(frozen=True)
class _Bar:
    label: str
    text: str
    share: float
    note: str
    href: str
    exercise: bool


@dataclass(frozen=True)
class _LedgerPage:
    list: ListView[queries.EntryView]
    total: queries.Figures
    statement: queries.Statement
    law: tuple[tuple[str, str, str], ...]
    exercise: bool
    exceptions: int
    chart: Chart | None
    narrow: Chart | None
    unit: str
    quarters: tuple[queries.QuarterTotal, ...]
    countries: tuple[_Bar, ...]
    projects: tuple[_Bar, ...]
    year_choices: _Choices
    kind_choices: _Choices
    country_choices: _Choices
    project_choices: _Choices
    account_choices: _Choices
    funding_choices: _Choices
    authority_choices: _Choices
    may_post: bool
    may_record: bool


@dataclass(frozen=True)
class _EntryPage:
    detail: queries.EntryDetail
    law: tuple[tuple[str, str, str], ...]
    statement: queries.Statement
    may_post: bool
    adjustments: _Choices


@dataclass(frozen=True)
class _FundingListPage:
    list: ListView[queries.FundingView]
    statement: queries.Statement
    levels: _Choices
    sources: _Choices
    account_choices: _Choices
    may_post: bool


@dataclass(frozen=True)
class _FundingPage:
    funding: queries.FundingView
    state: str
    entries: tuple[queries.EntryView, ...]
    statement: queries.Statement
    history: tuple[TrailView, ...]
    may_post: bool
    end_form: Form[commands.EndFunding]


@dataclass(frozen=True)
class _AccountsPage:
    list: ListView[queries.AccountView]
    states: dict[str, str]
    statement: queries.Statement
    may_post: bool


@dataclass(frozen=True)
class _AccountPage:
    account: queries.AccountView
    state: str
    documents: tuple[queries.FundingView, ...]
    statement: queries.Statement
    history: tuple[TrailView, ...]
    may_post: bool
    close_form: Form[commands.CloseAccount]


@dataclass(frozen=True)
class _ExceptionsPage:
    list: ListView[queries.EntryView]
    statement: queries.Statement
    law: tuple[tuple[str, str, str], ...]
    may_record: bool


@dataclass(frozen=True)
class _Field:
    """A field of a form by the macro that draws it."""

    kind: Literal["text", "area", "date", "money", "select", "check"]
    name: str
    label: str
    hint: str = ""
    required: bool = False
    options: _Choices = ()


@dataclass(frozen=True)
class _FormPage:
    form: Form[Any]
    title: str
    lead: str
    crumbs: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str
    submit: str
    fields: tuple[_Field, ...]
    version: int | None
    certifies: str


# ---- totals and entries


@get("/ledger", opt=allow("ledger.read"))
async def ledger(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "-effective",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """What was received, obligated and spent, and the entries that say so."""
    chosen = _chosen(request)
    # A stage of money is no part of the others: the totals show all stages, whatever kinds the list is narrowed to.
    summed = msgspec.structs.replace(chosen, kind=None, exceptions=False)
    reader = caller.reader
    async with db.read() as session:
        found = await queries.list_entries(session, reader, chosen, sort=sort, cursor=cursor, limit=limit)
        total = await queries.total(session, reader, summed)
        quarters = await queries.by_quarter(session, reader, summed)
        countries = await queries.totals(session, reader, "country", summed)
        projects = await queries.totals(session, reader, "project", summed)
        flagged = await queries.exceptions(session, reader, limit=1)
        choices = await _entry_choices(session, caller)
        years = tuple((str(year), f"FY{year}") for year in await queries.fiscal_years(session, reader))
        current = {
            "fiscal_year": chosen.fiscal_year,
            "kind": chosen.kind,
            "project": chosen.project_id,
            "country": chosen.country,
            "account": chosen.account_id,
            "funding": chosen.funding_document_id,
            "authority": chosen.authority,
            "exceptions": chosen.exceptions,
        }
        view = frame.list_view(
            found,
            noun=("entry", "entries"),
            sort=sort,
            sorts=("effective", "amount", "posted", "kind"),
            chosen=current,
            labels=_labels(choices, years, current),
            export="/ledger/export.csv",
        )
        chart, narrow, unit = _quarter_charts(quarters, session.today)
        page = _LedgerPage(
            list=view,
            total=total,
            statement=queries.statement_of(session),
            law=queries.law_lines("statement-of-obligations"),
            exercise=any(each.exercise for each in quarters),
            exceptions=flagged.total or 0,
            chart=chart,
            narrow=narrow,
            unit=unit,
            quarters=quarters,
            countries=_bars(countries, "country"),
            projects=_bars(projects, "project"),
            year_choices=years,
            kind_choices=_words(rules.ALL_KINDS),
            country_choices=choices["country"],
            project_choices=choices["project"],
            account_choices=choices["account"],
            funding_choices=choices["funding"],
            authority_choices=(("1253", "Section 1253, any paragraph"), *choices["authority"]),
            may_post=caller.may("ledger.post"),
            may_record=caller.may("ledger.record-incurred"),
        )
        return frame.show("ledger/ledger.html", page, now=session.now)


@get("/ledger/export.csv", opt=allow("ledger.read"))
async def export_entries(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "",
) -> Response[bytes]:
    """The entries of the list as CSV, oldest first."""
    async with db.read() as session:
        found = await queries.export_entries(session, caller.reader, _chosen(request), limit=LARGEST_EXPORT + 1)
    if len(found) > LARGEST_EXPORT:
        raise Invalid(
            f"The list holds more than {LARGEST_EXPORT:,} entries; narrow it by a filter and export again.",
            mistakes=(Mistake("fiscal_year", "Expected a narrower list."),),
        )
    return _file("ledger-entries.csv", queries.EntryView, found)


def _file(name: str, kind: type[msgspec.Struct], rows: Sequence[object]) -> Response[bytes]:
    """Views as a CSV file, a column for each field."""
    columns = [field for field in kind.__struct_fields__ if field != "version"]
    body = csv_bytes(
        columns,
        ([_cell(getattr(each, column)) for column in columns] for each in rows),
    )
    return Response(
        body,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@get("/ledger/entries/{entry_id:int}", opt=allow("ledger.read"))
async def entry(
    entry_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One entry with what it names, what reverses it, and where its obligation stands."""
    async with db.read() as session:
        detail = await queries.entry(session, caller.reader, EntryId(entry_id))
        shown = detail.entry
        adjustments: _Choices = ()
        if shown.kind == "obligation" and shown.reversed_by is None:
            adjustments = _words(("expenditure", "upward adjustment", "deobligation", "refund"))
        elif shown.kind == "commitment" and shown.reversed_by is None:
            adjustments = _words(("obligation", "decommitment"))
        page = _EntryPage(
            detail=detail,
            law=queries.law_lines(*(slug for slug in (shown.program_authority, shown.other_authority) if slug)),
            statement=queries.statement_of(session),
            may_post=caller.may("ledger.post"),
            adjustments=adjustments,
        )
        return frame.show("ledger/entry.html", page, now=session.now)


@get("/ledger/entries/new", opt=allow(commands.post_entry))
async def new_entry(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    kind: FromQuery[str] = "",
    adjusts: FromQuery[str] = "",
    funding: FromQuery[str] = "",
) -> Response[bytes]:
    """The form of an entry, with what the page before it knows."""
    form = Form(
        commands.PostEntry, {"kind": kind[:60], "adjusts_entry_id": adjusts[:20], "funding_document_id": funding[:20]}
    )
    return await _entry_form(frame, db, caller, form)


@post("/ledger/entries/new", opt=allow(commands.post_entry), status_code=303)
async def post_entry(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Post an entry."""
    form = await read_form(request, commands.PostEntry)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.post_entry.name, once=once) as session:
            entry_id = await commands.post_entry(session, body)
            answer = see_other(session, f"/ledger/entries/{entry_id}")
        return answer
    return await _entry_form(frame, db, caller, form)


@get("/ledger/entries/{entry_id:int}/reverse", opt=allow(commands.reverse_entry))
async def entry_to_reverse(
    entry_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of a reversal."""
    return await _reverse_form(frame, db, caller, EntryId(entry_id), Form(commands.ReverseEntry))


@post("/ledger/entries/{entry_id:int}/reverse", opt=allow(commands.reverse_entry), status_code=303)
async def reverse_entry(
    entry_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Reverse an entry."""
    form = await read_form(request, commands.ReverseEntry)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.reverse_entry.name, once=once) as session:
            reversal_id = await commands.reverse_entry(session, EntryId(entry_id), body)
            answer = see_other(session, f"/ledger/entries/{reversal_id}")
        return answer
    return await _reverse_form(frame, db, caller, EntryId(entry_id), form)


# ---- exceptions


@get("/ledger/exceptions", opt=allow("ledger.read"))
async def exceptions(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "-effective",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """What was recorded although a rule did not allow it."""
    async with db.read() as session:
        found = await queries.exceptions(session, caller.reader, sort=sort, cursor=cursor, limit=limit)
        view = frame.list_view(
            found,
            noun=("exception", "exceptions"),
            sort=sort,
            sorts=("effective", "amount", "posted", "kind"),
            chosen={},
        )
        page = _ExceptionsPage(
            view,
            queries.statement_of(session),
            queries.law_lines("violation-report", "liability-recorded", "reversal"),
            caller.may("ledger.record-incurred"),
        )
        return frame.show("ledger/exceptions.html", page, now=session.now)


@get("/ledger/exceptions/new", opt=allow(commands.record_incurred))
async def new_exception(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The form of a liability already incurred."""
    return await _incurred_form(frame, db, caller, Form(commands.RecordIncurred))


@post("/ledger/exceptions/new", opt=allow(commands.record_incurred), status_code=303)
async def record_incurred(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Record a liability already incurred."""
    form = await read_form(request, commands.RecordIncurred)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.record_incurred.name, once=once) as session:
            entry_id = await commands.record_incurred(session, body)
            answer = see_other(session, f"/ledger/entries/{entry_id}")
        return answer
    return await _incurred_form(frame, db, caller, form)


# ---- funding documents


@get("/ledger/funding", opt=allow("ledger.read"))
async def fundings(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    level: FromQuery[str] = "",
    source: FromQuery[str] = "",
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "number",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """The documents that give the program authority, and what is left of each."""
    account = _number(request, "account", [])
    async with db.read() as session:
        found = await queries.list_funding(
            session,
            caller.reader,
            account_id=account,
            level=level or None,
            source=source or None,
            ended=ended,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        accounts = tuple((each.value, each.label) for each in await queries.account_choices(session))
        view = frame.list_view(
            found,
            noun=("funding document", "funding documents"),
            sort=sort,
            sorts=("number", "received", "symbol"),
            chosen={"account": account, "level": level, "source": source, "ended": "true" if ended else ""},
            labels=dict(_words((*rules.LEVELS, *rules.SOURCES))) | dict(accounts) | {"true": "With ended documents"},
            export="/ledger/funding/export.csv",
        )
        page = _FundingListPage(
            view,
            queries.statement_of(session),
            _words(rules.LEVELS),
            _words(rules.SOURCES),
            accounts,
            caller.may("ledger.post"),
        )
        return frame.show("ledger/fundings.html", page, now=session.now)


@get("/ledger/funding/export.csv", opt=allow("ledger.read"))
async def export_funding(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    level: FromQuery[str] = "",
    source: FromQuery[str] = "",
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "number",
) -> Response[bytes]:
    """The funding documents of the list as CSV."""
    account = _number(request, "account", [])
    async with db.read() as session:
        found = await queries.every_funding(
            session,
            caller.reader,
            account_id=account,
            level=level or None,
            source=source or None,
            ended=ended,
            sort=sort,
        )
    return _file("funding-documents.csv", queries.FundingView, found)


@get("/ledger/funding/new", opt=allow(commands.receive_funding))
async def new_funding(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The empty form of a funding document."""
    return await _funding_form(frame, db, Form(commands.ReceiveFunding, {"marking": "CUI"}), None)


@post("/ledger/funding/new", opt=allow(commands.receive_funding), status_code=303)
async def receive_funding(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a funding document."""
    form = await read_form(request, commands.ReceiveFunding)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.receive_funding.name, once=once) as session:
            document_id = await commands.receive_funding(session, body)
            answer = see_other(session, f"/ledger/funding/{document_id}")
        return answer
    return await _funding_form(frame, db, form, None)


@get("/ledger/funding/{document_id:int}", opt=allow("ledger.read"))
async def funding(
    document_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One funding document with its figures, entries and history."""
    return await _funding_page(frame, db, caller, FundingDocumentId(document_id))


@get("/ledger/funding/{document_id:int}/revise", opt=allow(commands.revise_funding))
async def funding_to_revise(
    document_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The filled form of a funding document."""
    async with db.read() as session:
        view = await queries.funding(session, caller.reader, FundingDocumentId(document_id))
    return await _funding_form(frame, db, Form.of(commands.ReviseFunding, view), view)


@post("/ledger/funding/{document_id:int}/revise", opt=allow(commands.revise_funding), status_code=303)
async def revise_funding(
    document_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Correct a funding document."""
    form = await read_form(request, commands.ReviseFunding)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_funding.name) as session:
            await commands.revise_funding(session, FundingDocumentId(document_id), body, version=form.version)
        return see_other(None, f"/ledger/funding/{document_id}")
    async with db.read() as session:
        view = await queries.funding(session, caller.reader, FundingDocumentId(document_id))
    return await _funding_form(frame, db, form, view)


@post("/ledger/funding/{document_id:int}/end", opt=allow(commands.end_funding), status_code=303)
async def end_funding(
    document_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say the last day of a funding document."""
    form = await read_form(request, commands.EndFunding)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.end_funding.name) as session:
            await commands.end_funding(session, FundingDocumentId(document_id), body, version=form.version)
        return see_other(None, f"/ledger/funding/{document_id}")
    return await _funding_page(frame, db, caller, FundingDocumentId(document_id), end_form=form)


# ---- accounts


@get("/ledger/accounts", opt=allow("ledger.read"))
async def accounts(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    sort: FromQuery[str] = "symbol",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """The Treasury accounts that pay, with their state today."""
    async with db.read() as session:
        found = await queries.list_accounts(session, text_in=q or None, sort=sort, cursor=cursor, limit=limit)
        view = frame.list_view(
            found, noun=("account", "accounts"), sort=sort, sorts=("symbol", "title"), chosen={"q": q}
        )
        page = _AccountsPage(view, _STATES, queries.statement_of(session), caller.may("ledger.post"))
        return frame.show("ledger/accounts.html", page, now=session.now)


@get("/ledger/accounts/new", opt=allow(commands.open_account))
async def new_account(frame: NamedDependency[Frame]) -> Response[bytes]:
    """The empty form of an account."""
    return _account_form(frame, Form(commands.OpenAccount), None)


@post("/ledger/accounts/new", opt=allow(commands.open_account), status_code=303)
async def open_account(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter an account."""
    form = await read_form(request, commands.OpenAccount)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.open_account.name, once=once) as session:
            account_id = await commands.open_account(session, body)
            answer = see_other(session, f"/ledger/accounts/{account_id}")
        return answer
    return _account_form(frame, form, None)


@get("/ledger/accounts/{account_id:int}", opt=allow("ledger.read"))
async def account(
    account_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One account with its life, its funding documents and its history."""
    return await _account_page(frame, db, caller, AccountId(account_id))


@get("/ledger/accounts/{account_id:int}/revise", opt=allow(commands.revise_account))
async def account_to_revise(
    account_id: FromPath[RecordNumber], frame: NamedDependency[Frame], db: NamedDependency[Database]
) -> Response[bytes]:
    """The filled form of an account."""
    async with db.read() as session:
        view = await queries.account(session, AccountId(account_id))
    return _account_form(frame, Form.of(commands.ReviseAccount, view), view)


@post("/ledger/accounts/{account_id:int}/revise", opt=allow(commands.revise_account), status_code=303)
async def revise_account(
    account_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Correct an account."""
    form = await read_form(request, commands.ReviseAccount)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_account.name) as session:
            await commands.revise_account(session, AccountId(account_id), body, version=form.version)
        return see_other(None, f"/ledger/accounts/{account_id}")
    async with db.read() as session:
        view = await queries.account(session, AccountId(account_id))
    return _account_form(frame, form, view)


@post("/ledger/accounts/{account_id:int}/close", opt=allow(commands.close_account), status_code=303)
async def close_account(
    account_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Record the determination that closes a no-year account."""
    form = await read_form(request, commands.CloseAccount)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.close_account.name) as session:
            await commands.close_account(session, AccountId(account_id), body, version=form.version)
        return see_other(None, f"/ledger/accounts/{account_id}")
    return await _account_page(frame, db, caller, AccountId(account_id), close_form=form)


# ---- how the pages are made


async def _funding_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    document_id: FundingDocumentId,
    *,
    end_form: Form[commands.EndFunding] | None = None,
) -> Response[bytes]:
    form = end_form or Form(commands.EndFunding)
    async with db.read() as session:
        view = await queries.funding(session, caller.reader, document_id)
        entries = await queries.list_entries(
            session, caller.reader, Chosen(funding_document_id=document_id), limit=_QUARTERS_SHOWN
        )
        page = _FundingPage(
            funding=view,
            state=_STATES[view.state],
            entries=entries.items,
            statement=queries.statement_of(session),
            history=await history(session, caller.reader, "funding_document", document_id),
            may_post=caller.may("ledger.post"),
            end_form=form,
        )
        banner = parse_marking(view.marking).banner
        marking = banner if banner.startswith("CUI") else "CUI"
        return frame.show("ledger/funding.html", page, now=session.now, status=form.status, marking=marking)


async def _account_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    account_id: AccountId,
    *,
    close_form: Form[commands.CloseAccount] | None = None,
) -> Response[bytes]:
    form = close_form or Form(commands.CloseAccount)
    async with db.read() as session:
        view = await queries.account(session, account_id)
        documents = await queries.list_funding(session, caller.reader, account_id=account_id, ended=True, limit=200)
        page = _AccountPage(
            account=view,
            state=_STATES[view.state],
            documents=documents.items,
            statement=queries.statement_of(session),
            history=await history(session, caller.reader, "treasury_account", account_id),
            may_post=caller.may("ledger.post"),
            close_form=form,
        )
        return frame.show("ledger/account.html", page, now=session.now, status=form.status)


async def _entry_choices(session: ReadSession, caller: Caller) -> dict[str, _Choices]:
    countries = await queries.country_choices(session, caller.reader)
    return {
        "funding": _pairs(await queries.funding_choices(session, caller.reader)),
        "account": _pairs(await queries.account_choices(session)),
        "project": _pairs(await queries.project_choices(session, caller.reader)),
        "country": tuple((code, name) for _, code, name in countries),
        "participant": tuple((str(number), f"{code} {name}") for number, code, name in countries),
        "authority": _pairs(queries.authority_choices()),
    }


def _entry_fields(choices: dict[str, _Choices]) -> tuple[_Field, ...]:
    return (
        _Field("date", "effective_on", "Effective day", "The day on which the act took effect.", required=True),
        _Field(
            "select",
            "funding_document_id",
            "Funding document",
            "The document that is charged.",
            options=choices["funding"],
        ),
        _Field(
            "text",
            "adjusts_entry_id",
            "Obligation or commitment that it names",
            "Its entry number. An expenditure, adjustment, deobligation, refund or decommitment names one; an "
            "obligation may "
            "name the commitment that it draws on.",
        ),
        _Field("select", "project_id", "Project", options=choices["project"]),
        _Field("select", "participant_id", "Country", options=choices["participant"]),
        _Field(
            "select",
            "program_authority",
            "Program authority",
            "What the act rests on. An obligation names it.",
            options=choices["authority"],
        ),
        _Field(
            "select",
            "other_authority",
            "Authority that it works through",
            "For assistance under section 1253(e)(3): the title 10 authority.",
            options=choices["authority"],
        ),
        _Field("text", "document_number", "Document number", "The binding document. An obligation names it."),
        _Field("text", "document_line", "Document line"),
        _Field("date", "document_on", "Date of the document", "Required within a day of 30 September."),
        _Field("area", "need", "Need of the period", "What the obligation is for, in the period that pays for it."),
        _Field("select", "basis", "Basis of an upward adjustment", options=_words(rules.BASES)),
    )


async def _entry_form(frame: Frame, db: Database, caller: Caller, form: Form[commands.PostEntry]) -> Response[bytes]:
    async with db.read() as session:
        choices = await _entry_choices(session, caller)
    fields = (
        _Field("select", "kind", "Kind", required=True, options=_words(rules.KINDS)),
        _Field("money", "amount", "Amount", "Above zero; the kind gives the sign.", required=True),
        *_entry_fields(choices),
        _Field(
            "check",
            "new_start",
            "A new start",
            "Work that was not funded before; marked under a continuing resolution.",
        ),
        _Field("area", "because", "Reason", "Where the document does not say it."),
    )
    return _form(
        frame,
        form,
        "Post an entry",
        "A rule that does not allow it refuses before the act, with the figures.",
        "/ledger/entries/new",
        "/ledger",
        "Post the entry",
        fields,
    )


async def _incurred_form(
    frame: Frame, db: Database, caller: Caller, form: Form[commands.RecordIncurred]
) -> Response[bytes]:
    async with db.read() as session:
        choices = await _entry_choices(session, caller)
    fields = (
        _Field("select", "flag", "What it is", required=True, options=_words(rules.FLAGS)),
        _Field("area", "evidence", "Evidence", "What shows that the liability was incurred.", required=True),
        _Field(
            "select",
            "kind",
            "Kind",
            required=True,
            options=_words(("commitment", "obligation", "upward adjustment", "expenditure")),
        ),
        _Field("money", "amount", "Amount", required=True),
        *_entry_fields(choices),
        _Field("area", "because", "Remark"),
    )
    return _form(
        frame,
        form,
        "Record what was incurred",
        "A liability or disbursement that has already happened. It counts in every total and stays an exception.",
        "/ledger/exceptions/new",
        "/ledger/exceptions",
        "Record it",
        fields,
    )


async def _reverse_form(
    frame: Frame, db: Database, caller: Caller, entry_id: EntryId, form: Form[commands.ReverseEntry]
) -> Response[bytes]:
    async with db.read() as session:
        shown = (await queries.entry(session, caller.reader, entry_id)).entry
    lead = f"{shown.kind.capitalize()} of {dollars(shown.amount)}, effective {shown.effective_on.day} "
    f"{shown.effective_on:%b %Y}. It stays in the record; the reversal takes it out of the totals from its own day on."
    fields = (
        _Field("date", "effective_on", "Effective day of the reversal", required=True),
        _Field("area", "because", "Why it is reversed", required=True),
    )
    return _form(
        frame,
        form,
        f"Reverse entry {entry_id}",
        lead,
        f"/ledger/entries/{entry_id}/reverse",
        f"/ledger/entries/{entry_id}",
        "Reverse the entry",
        fields,
    )


async def _funding_form(
    frame: Frame, db: Database, form: Form[Any], view: queries.FundingView | None
) -> Response[bytes]:
    async with db.read() as session:
        choices = _pairs(await queries.account_choices(session))
    of_new = (
        _Field("select", "account_id", "Treasury account", required=True, options=choices),
        _Field(
            "select",
            "level_of_control",
            "Level of control",
            "A target warns; every other level refuses.",
            required=True,
            options=_words(rules.LEVELS),
        ),
        _Field(
            "select",
            "source_of_authority",
            "Source of authority",
            "None: a lapse of appropriations.",
            required=True,
            options=_words(rules.SOURCES),
        ),
        _Field(
            "money", "amount", "Authority that it gives", "Blank in a lapse. It becomes the document's first entry."
        ),
        _Field("date", "received_on", "Received on", required=True),
    )
    fields = (
        _Field("text", "number", "Number", required=True),
        _Field("text", "title", "Title", required=True),
        *(of_new if view is None else ()),
        _Field("area", "purpose", "Purpose", required=True),
        _Field("date", "period_from", "Period from"),
        _Field("date", "period_until", "Period until"),
        _Field("text", "source_citation", "Act or resolution", "Its citation, where there is one."),
        _Field("date", "through_on", "Continuing resolution: through"),
        _Field("money", "cr_amount", "Continuing resolution: apportioned amount"),
        _Field("text", "order_law", "Reimbursable order: its law", "Such as 31 U.S.C. 1535."),
        _Field("date", "order_accepted_on", "Reimbursable order: accepted on"),
        _Field("text", "excepted_basis", "Lapse: excepted basis"),
        _Field("text", "marking", "Marking", "Such as CUI or CUI//NOFORN.", required=True),
    )
    title = "Receive funding" if view is None else f"Change {view.number}"
    action = "/ledger/funding/new" if view is None else f"/ledger/funding/{view.id}/revise"
    back = "/ledger/funding" if view is None else f"/ledger/funding/{view.id}"
    lead = (
        "A document that gives the program authority."
        if view is None
        else "Amounts are entries: post authority received or withdrawn to change them."
    )
    return _form(frame, form, title, lead, action, back, "Save", fields, version=view.version if view else None)


def _account_form(frame: Frame, form: Form[Any], view: queries.AccountView | None) -> Response[bytes]:
    symbol = _Field(
        "text",
        "symbol",
        "Symbol",
        "Such as 097-2027/2028-0400-000, or 097-X-0360-000 for a no-year account.",
        required=True,
    )
    fields = (
        *((symbol,) if view is None else ()),
        _Field("text", "title", "Title", required=True),
        _Field(
            "text",
            "source",
            "Source",
            "Where the account stands: the act, the list, the funding document.",
            required=True,
        ),
        _Field(
            "date",
            "listed_as_of",
            "Not in the list of",
            "The date of the Treasury list that does not hold the symbol; blank where it is listed.",
        ),
    )
    title = "Open an account" if view is None else f"Change {view.symbol}"
    action = "/ledger/accounts/new" if view is None else f"/ledger/accounts/{view.id}/revise"
    back = "/ledger/accounts" if view is None else f"/ledger/accounts/{view.id}"
    return _form(
        frame,
        form,
        title,
        "The symbol itself says when an account is available.",
        action,
        back,
        "Save",
        fields,
        version=view.version if view else None,
    )


def _form(
    frame: Frame,
    form: Form[Any],
    title: str,
    lead: str,
    action: str,
    back: str,
    submit: str,
    fields: tuple[_Field, ...],
    *,
    version: int | None = None,
) -> Response[bytes]:
    page = _FormPage(
        form=form,
        title=title,
        lead=lead,
        crumbs=(("Dashboard", "/"), ("Ledger", "/ledger"), (title, "")),
        action=action,
        cancel_href=back,
        submit=submit,
        fields=fields,
        version=version,
        certifies=queries.CERTIFIES,
    )
    return frame.show("ledger/form.html", page, status=form.status)


def _quarter_charts(quarters: tuple[queries.QuarterTotal, ...], today: date) -> tuple[Chart | None, Chart | None, str]:
    """Obligations by quarter, wide and narrow, and the unit that they are drawn in."""
    shown = quarters[-_QUARTERS_SHOWN:]
    if not any(each.obligated for each in shown):
        return None, None, ""
    highest = max(abs(each.obligated.amount) for each in shown)
    unit, size = next(
        (unit, size)
        for unit, size in (
            ("Millions of dollars", Decimal(1_000_000)),
            ("Thousands of dollars", Decimal(1_000)),
            ("Dollars", Decimal(1)),
        )
        if highest >= size or size == 1
    )
    two = any(each.obligated_other for each in shown)
    series = ("Under section 1253", "Under another authority") if two else ("Obligated under section 1253",)
    periods = tuple(
        Period(
            label=f"Q{each.quarter}",
            values=tuple(
                amount.amount / size
                for amount in ((each.obligated_1253, each.obligated_other) if two else (each.obligated_1253,))
            ),
            group=f"FY{each.fiscal_year % 100:02d}",
            part=(each.fiscal_year, each.quarter) == fiscal_quarter(today),
        )
        for each in shown
    )
    title = "Obligations by fiscal quarter"
    wide = period_bars("obligations", title, series, periods, unit=unit, part="Part quarter")
    # A phone has room for the figures of five pairs of bars.
    narrow = period_bars(
        "obligations-narrow", title, series, periods[-_QUARTERS_NARROW:], unit=unit, part="Part quarter", narrow=True
    )
    return wide, narrow, unit


def _bars(found: queries.Totals, name: str) -> tuple[_Bar, ...]:
    rows = [row for row in found.rows if row.figures.obligated][:_BARS_SHOWN]
    most = max((row.figures.obligated.amount for row in rows), default=Decimal(0))
    return tuple(
        _Bar(
            row.label,
            short_dollars(row.figures.obligated),
            float(max(row.figures.obligated.amount, Decimal(0)) / most) if most > 0 else 0.0,
            row.sub,
            f"/ledger?{name}={row.key}" if row.key else "",
            row.exercise,
        )
        for row in rows
    )


def _chosen(request: Request[Any, Any, Any]) -> Chosen:
    """The filters as a form sends them: a blank one is none."""
    mistakes: list[Mistake] = []

    def text(name: str) -> str | None:
        return str(request.query_params.get(name, "")).strip() or None

    numbers = {name: _number(request, name, mistakes) for name in ("fiscal_year", "project", "account", "funding")}
    if mistakes:
        raise Invalid("Some of the filters need correcting.", mistakes=tuple(mistakes))
    return queries.chosen(
        fiscal_year=numbers["fiscal_year"],
        kind=text("kind"),
        project_id=numbers["project"],
        country=text("country"),
        account_id=numbers["account"],
        funding_document_id=numbers["funding"],
        authority=text("authority"),
        exceptions=text("exceptions") is not None,
    )


def _number(request: Request[Any, Any, Any], name: str, mistakes: list[Mistake]) -> int | None:
    typed = str(request.query_params.get(name, "")).strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS):
        mistakes.append(Mistake(name, "Expected a whole number.", typed[:60]))
        return None
    return int(typed)


_DIGITS: Final = 18


def _labels(choices: dict[str, _Choices], years: _Choices, current: dict[str, Any]) -> dict[str, str]:
    labels = dict(_words(rules.ALL_KINDS)) | dict(choices["country"]) | dict(choices["authority"]) | dict(years)
    # Numbers of a project, an account and a document may be the same: only those in force are named.
    for name in ("project", "account", "funding"):
        number = str(current[name] or "")
        labels |= {value: label for value, label in choices[name] if value == number}
    return labels | {"1253": "Section 1253, any paragraph", "true": "Exceptions only"}


def _words(values: Sequence[str]) -> _Choices:
    return tuple((value, value[0].upper() + value[1:]) for value in values)


def _pairs(choices: tuple[queries.Choice, ...]) -> _Choices:
    return tuple((each.value, each.label) for each in choices)


def _cell(value: Any) -> Any:
    if isinstance(value, Dollars):
        return value.amount
    return "; ".join(value) if isinstance(value, list) else value


def routes() -> Router:
    """Every page of the ledger."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[
            ledger,
            export_entries,
            entry,
            new_entry,
            post_entry,
            entry_to_reverse,
            reverse_entry,
            exceptions,
            new_exception,
            record_incurred,
            fundings,
            export_funding,
            new_funding,
            receive_funding,
            funding,
            funding_to_revise,
            revise_funding,
            end_funding,
            accounts,
            new_account,
            open_account,
            account,
            account_to_revise,
            revise_account,
            close_account,
        ],
    )
