"""The JSON door of the ledger."""

from datetime import date, datetime
from typing import Any

from litestar import Request, Response, Router, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.ledger import commands, queries
from pipir.features.ledger.tables import AccountId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import EntryId, FundingDocumentId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown
from pipir.web.uploads import reading

# ---- accounts


@get("/ledger/accounts", opt=allow("ledger.read"))
async def list_accounts(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    on: FromQuery[date | None] = None,
    sort: FromQuery[str] = "symbol",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.AccountView]:
    """Treasury accounts with their state on a day, today unless said."""
    async with db.read() as session:
        return await queries.list_accounts(
            session, caller.reader, text_in=q, on=on, sort=sort, cursor=cursor, limit=limit
        )


@post("/ledger/accounts", opt=allow(commands.open_account))
async def open_account(
    data: JSONBody[commands.OpenAccount],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.AccountView]:
    """Enter a Treasury account."""
    async with db.write(actor=caller.id, command=commands.open_account.name, once=once) as session:
        account_id = await commands.open_account(session, data)
        view = await queries.account(session, caller.reader, account_id)
        answer = created(session, view, f"/api/v1/ledger/accounts/{account_id}")
    return answer


@get("/ledger/accounts/{account_id:int}", opt=allow("ledger.read"))
async def show_account(
    account_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    on: FromQuery[date | None] = None,
) -> Response[queries.AccountView]:
    """One account with its state on a day, today unless said."""
    async with db.read() as session:
        return shown(await queries.account(session, caller.reader, AccountId(account_id), on=on))


@get("/ledger/accounts/{account_id:int}/history", opt=allow("ledger.read"))
async def account_history(
    account_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of an account, newest first."""
    async with db.read() as session:
        await queries.account(session, caller.reader, AccountId(account_id))
        return await history(session, caller.reader, "treasury_account", account_id)


@put("/ledger/accounts/{account_id:int}", opt=allow(commands.revise_account))
async def revise_account(
    account_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseAccount],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AccountView]:
    """Correct an account."""
    async with db.write(actor=caller.id, command=commands.revise_account.name) as session:
        await commands.revise_account(session, AccountId(account_id), data, version=version)
        view = await queries.account(session, caller.reader, AccountId(account_id))
    return changed(view)


@patch("/ledger/accounts/{account_id:int}/closing", opt=allow(commands.close_account))
async def close_account(
    account_id: FromPath[RecordNumber],
    data: JSONBody[commands.CloseAccount],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AccountView]:
    """Record the determination that closes a no-year account."""
    async with db.write(actor=caller.id, command=commands.close_account.name) as session:
        await commands.close_account(session, AccountId(account_id), data, version=version)
        view = await queries.account(session, caller.reader, AccountId(account_id))
    return changed(view)


# ---- the Treasury's list of accounts


@get("/ledger/lists", opt=allow("ledger.read"))
async def list_lists(db: NamedDependency[Database]) -> tuple[queries.ListView, ...]:
    """The Treasury's lists of account symbols that were loaded, the one that counts first."""
    async with db.read() as session:
        return await queries.lists(session)


@post("/ledger/lists", opt=allow(commands.load_list, upload=True), request_max_body_size=None)
async def load_list(
    request: Request[Any, Any, Any], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ListView]:
    """Load a list: multipart/form-data, its date as_of where the file does not tell it, then the file in `file`."""
    async with reading(request, commands.LoadList) as upload:
        body, content = await upload.read(commands.examined_list)
        async with db.write(actor=caller.id, command=commands.load_list.name, once=upload.once) as session:
            number = await commands.load_list(session, body, content=content)
            view = await queries.one_list(session, number)
            answer = created(session, view, "/api/v1/ledger/lists")
    return answer


@get("/ledger/lists/symbols", opt=allow("ledger.read"))
async def list_symbols(
    db: NamedDependency[Database],
    q: FromQuery[str | None] = None,
    sort: FromQuery[str] = "symbol",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.SymbolView]:
    """The accounts of the latest list, a page at a time."""
    async with db.read() as session:
        return await queries.list_symbols(session, text_in=q, sort=sort, cursor=cursor, limit=limit)


# ---- funding documents


@get("/ledger/funding", opt=allow("ledger.read"))
async def list_funding(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    account: FromQuery[RecordNumber | None] = None,
    level: FromQuery[str | None] = None,
    source: FromQuery[str | None] = None,
    availability: FromQuery[str | None] = None,
    expiring: FromQuery[bool] = False,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "number",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.FundingView]:
    """Funding documents with what was received, committed, obligated, expended and is left."""
    async with db.read() as session:
        return await queries.list_funding(
            session,
            caller.reader,
            account_id=account,
            level=level,
            source=source,
            state=availability,
            expiring=expiring,
            ended=ended,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@post("/ledger/funding", opt=allow(commands.receive_funding))
async def receive_funding(
    data: JSONBody[commands.ReceiveFunding],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.FundingView]:
    """Enter a funding document with the authority that it gives."""
    async with db.write(actor=caller.id, command=commands.receive_funding.name, once=once) as session:
        document_id = await commands.receive_funding(session, data)
        view = await queries.funding(session, caller.reader, document_id)
        answer = created(session, view, f"/api/v1/ledger/funding/{document_id}")
    return answer


@get("/ledger/funding/{document_id:int}", opt=allow("ledger.read"))
async def show_funding(
    document_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.FundingView]:
    """One funding document."""
    async with db.read() as session:
        return shown(await queries.funding(session, caller.reader, FundingDocumentId(document_id)))


@get("/ledger/funding/{document_id:int}/history", opt=allow("ledger.read"))
async def funding_history(
    document_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a funding document, newest first."""
    async with db.read() as session:
        await queries.funding(session, caller.reader, FundingDocumentId(document_id))
        return await history(session, caller.reader, "funding_document", document_id)


@put("/ledger/funding/{document_id:int}", opt=allow(commands.revise_funding))
async def revise_funding(
    document_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseFunding],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.FundingView]:
    """Correct a funding document."""
    async with db.write(actor=caller.id, command=commands.revise_funding.name) as session:
        await commands.revise_funding(session, FundingDocumentId(document_id), data, version=version)
        view = await queries.funding(session, caller.reader, FundingDocumentId(document_id))
    return changed(view)


@patch("/ledger/funding/{document_id:int}/end", opt=allow(commands.end_funding))
async def end_funding(
    document_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndFunding],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.FundingView]:
    """Say the last day on which a funding document takes new acts."""
    async with db.write(actor=caller.id, command=commands.end_funding.name) as session:
        await commands.end_funding(session, FundingDocumentId(document_id), data, version=version)
        view = await queries.funding(session, caller.reader, FundingDocumentId(document_id))
    return changed(view)


# ---- entries and totals


@get("/ledger/entries", opt=allow("ledger.read"))
async def list_entries(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    fiscal_year: FromQuery[int | None] = None,
    quarter: FromQuery[int | None] = None,
    month: FromQuery[str | None] = None,
    kind: FromQuery[str | None] = None,
    stage: FromQuery[queries.Stage | None] = None,
    project: FromQuery[RecordNumber | None] = None,
    workstream: FromQuery[RecordNumber | None] = None,
    objective: FromQuery[str | None] = None,
    country: FromQuery[str | None] = None,
    account: FromQuery[RecordNumber | None] = None,
    appropriation: FromQuery[str | None] = None,
    funding: FromQuery[RecordNumber | None] = None,
    authority: FromQuery[str | None] = None,
    without: FromQuery[queries.Nameless | None] = None,
    document: FromQuery[str | None] = None,
    exceptions: FromQuery[bool] = False,
    effective_on: FromQuery[date | None] = None,
    known_at: FromQuery[datetime | None] = None,
    sort: FromQuery[str] = "-effective",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.EntryView]:
    """Entries, a page at a time; authority 1253 stands for every paragraph of the section.

    `stage` lists the entries that make up a figure of the totals, each `signed` as it stands in it; `without` those
    that name none of a group; `document` those whose document number begins so. `total` is null where counting costs
    too much.
    """
    chosen = queries.chosen(
        fiscal_year=fiscal_year,
        quarter=quarter,
        month=month,
        kind=kind,
        stage=stage,
        project_id=project,
        workstream_id=workstream,
        objective=objective,
        country=country,
        account_id=account,
        appropriation=appropriation,
        funding_document_id=funding,
        authority=authority,
        without=without,
        document=document,
        exceptions=exceptions,
        effective_on=effective_on,
        known_at=known_at,
    )
    async with db.read() as session:
        return await queries.list_entries(session, caller.reader, chosen, sort=sort, cursor=cursor, limit=limit)


@post("/ledger/movements", opt=allow(commands.move_authority))
async def move_authority(
    data: JSONBody[commands.MoveAuthority],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.EntryDetail]:
    """Transfer or reprogram authority; answers with the entry that takes it out, whose counter brings it in."""
    async with db.write(actor=caller.id, command=commands.move_authority.name, once=once) as session:
        entry_id = (await commands.move_authority(session, data))[0]
        view = await queries.entry(session, caller.reader, entry_id)
        answer = created(session, view, f"/api/v1/ledger/entries/{entry_id}")
    return answer


@get("/ledger/accounts/{account_id:int}/balances", opt=allow("ledger.read"))
async def show_balances(
    account_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ClosingView]:
    """What closing the account cancels, and under which law; nothing before it has closed."""
    async with db.read() as session:
        return shown(await queries.closing(session, caller.reader, AccountId(account_id)))


@post("/ledger/accounts/{account_id:int}/balances", opt=allow(commands.close_balances))
async def close_balances(
    account_id: FromPath[RecordNumber],
    data: JSONBody[commands.CloseBalances],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ClosingView]:
    """Cancel the balances of a closed account; answers with what is left."""
    async with db.write(actor=caller.id, command=commands.close_balances.name, once=once) as session:
        await commands.close_balances(session, AccountId(account_id), data)
        view = await queries.closing(session, caller.reader, AccountId(account_id))
        answer = created(session, view, f"/api/v1/ledger/accounts/{account_id}/balances")
    return answer


@post("/ledger/entries", opt=allow(commands.post_entry))
async def post_entry(
    data: JSONBody[commands.PostEntry],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.EntryDetail]:
    """Post an entry."""
    async with db.write(actor=caller.id, command=commands.post_entry.name, once=once, timed=False) as session:
        entry_id = await commands.post_entry(session, data)
        view = await queries.entry(session, caller.reader, entry_id, just_posted=True)
        answer = created(session, view, f"/api/v1/ledger/entries/{entry_id}")
    return answer


@get("/ledger/entries/{entry_id:int}", opt=allow("ledger.read"))
async def show_entry(
    entry_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.EntryDetail]:
    """One entry, what it names, what reverses it, and where its obligation stands."""
    async with db.read() as session:
        found = await queries.entry(session, caller.reader, EntryId(entry_id))
        return shown(await queries.with_holders(session, caller, found))


@post("/ledger/entries/{entry_id:int}/reversal", opt=allow(commands.reverse_entry))
async def reverse_entry(
    entry_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReverseEntry],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.EntryDetail]:
    """Reverse an entry."""
    async with db.write(actor=caller.id, command=commands.reverse_entry.name, once=once) as session:
        reversal_id = await commands.reverse_entry(session, EntryId(entry_id), data)
        view = await queries.entry(session, caller.reader, reversal_id, just_posted=True)
        answer = created(session, view, f"/api/v1/ledger/entries/{reversal_id}")
    return answer


@get("/ledger/exceptions", opt=allow("ledger.read"))
async def list_exceptions(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "-effective",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.EntryView]:
    """Liabilities and disbursements that were recorded although a rule did not allow them."""
    async with db.read() as session:
        return await queries.exceptions(session, caller.reader, sort=sort, cursor=cursor, limit=limit)


@get("/ledger/left-out", opt=allow("ledger.read"))
async def list_left_out(
    db: NamedDependency[Database], caller: NamedDependency[Caller], limit: FromQuery[Limit] = 50
) -> tuple[queries.EntryView, ...]:
    """Authority that was taken out of a funding document and that nothing brings in, the oldest first."""
    async with db.read() as session:
        return await queries.left_out(session, caller.reader, limit=limit)


@post("/ledger/exceptions", opt=allow(commands.record_incurred))
async def record_incurred(
    data: JSONBody[commands.RecordIncurred],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.EntryDetail]:
    """Record what has already happened, with its evidence."""
    async with db.write(actor=caller.id, command=commands.record_incurred.name, once=once) as session:
        entry_id = await commands.record_incurred(session, data)
        view = await queries.entry(session, caller.reader, entry_id, just_posted=True)
        answer = created(session, view, f"/api/v1/ledger/entries/{entry_id}")
    return answer


@get("/ledger/totals", opt=allow("ledger.read"))
async def show_totals(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    by: FromQuery[queries.Group] = "fiscal_year",
    fiscal_year: FromQuery[int | None] = None,
    quarter: FromQuery[int | None] = None,
    month: FromQuery[str | None] = None,
    kind: FromQuery[str | None] = None,
    project: FromQuery[RecordNumber | None] = None,
    workstream: FromQuery[RecordNumber | None] = None,
    objective: FromQuery[str | None] = None,
    country: FromQuery[str | None] = None,
    account: FromQuery[RecordNumber | None] = None,
    funding: FromQuery[RecordNumber | None] = None,
    authority: FromQuery[str | None] = None,
    effective_on: FromQuery[date | None] = None,
    known_at: FromQuery[datetime | None] = None,
) -> queries.Totals:
    """Totals by one group, of what the caller may see: as effective on a day and as known at a moment where asked.

    By objective they are not additive: an amount counts in full under each; `total` counts it once.
    """
    chosen = queries.chosen(
        fiscal_year=fiscal_year,
        quarter=quarter,
        month=month,
        kind=kind,
        project_id=project,
        workstream_id=workstream,
        objective=objective,
        country=country,
        account_id=account,
        funding_document_id=funding,
        authority=authority,
        effective_on=effective_on,
        known_at=known_at,
    )
    async with db.read() as session:
        return await queries.totals(session, caller.reader, by, chosen)


def routes() -> Router:
    """Every JSON route of the ledger."""
    return Router(
        path="/api/v1",
        tags=["ledger"],
        route_handlers=[
            list_accounts,
            open_account,
            show_account,
            account_history,
            revise_account,
            close_account,
            list_lists,
            load_list,
            list_symbols,
            list_funding,
            receive_funding,
            show_funding,
            funding_history,
            revise_funding,
            end_funding,
            list_entries,
            move_authority,
            show_balances,
            close_balances,
            post_entry,
            show_entry,
            reverse_entry,
            list_exceptions,
            list_left_out,
            record_incurred,
            show_totals,
        ],
    )
