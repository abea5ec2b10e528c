"""Treasury accounts: list, one account, and its forms."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.ledger import commands, queries
from pipir.features.ledger.pages.filters import day_of
from pipir.features.ledger.pages.forms import STATES, Field, form_page
from pipir.features.ledger.queries import Chosen
from pipir.features.ledger.tables import AccountId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_day
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.store.doors import Database
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.exports import export_file, fields, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView
from pipir.web.uploading import UploadPage, wrong_of
from pipir.web.uploads import reading

_SYMBOL_COLUMNS: Final = fields("symbol", "title", "agency", "established_on", "ended_on", "exercise")


@dataclass(frozen=True)
class _AccountsPage:
    list: ListView[queries.AccountView]
    states: dict[str, str]
    state_on: str
    statement: queries.Statement
    lists: tuple[queries.ListView, ...]
    may_post: bool


@dataclass(frozen=True)
class _ListsPage:
    list: ListView[queries.SymbolView]
    lists: tuple[queries.ListView, ...]
    may_load: bool


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
class _BalancesPage:
    closing: queries.ClosingView
    law: tuple[tuple[str, str, str], ...]
    statement: queries.Statement
    may_post: bool
    form: Form[commands.CloseBalances]


@get("/ledger/accounts", opt=allow("ledger.read"))
async def accounts(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    sort: FromQuery[str] = "symbol",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """The Treasury accounts that pay, with their state on a day, today unless said."""
    on = day_of(request, "on")
    async with db.read() as session:
        found = await queries.list_accounts(
            session, caller.reader, text_in=q or None, on=on, sort=sort, cursor=cursor, limit=limit
        )
        view = frame.list_view(
            found,
            noun=("account", "accounts"),
            sort=sort,
            sorts=("symbol", "title"),
            chosen={"q": q, "on": on.isoformat() if on else ""},
            labels={f"on={on}": f"State on {show_day(on)}"} if on else {},
        )
        statement = await queries.statement_of(session, caller.reader)
        page = _AccountsPage(
            view,
            STATES,
            f"State on {show_day(on)}" if on else "State today",
            statement,
            await queries.lists(session),
            caller.may("ledger.post"),
        )
        return frame.show("ledger/accounts.html", page, now=session.now)


@get("/ledger/accounts/new", opt=allow(commands.open_account))
async def new_account(
    frame: NamedDependency[Frame], db: NamedDependency[Database], symbol: FromQuery[str] = ""
) -> Response[bytes]:
    """The form of an account; of a symbol that the Treasury's list holds with its title."""
    given = {"symbol": symbol[:60]}
    if symbol:
        async with db.read() as session:
            found = (await queries.listed(session, symbol[:60]))[symbol[:60]]
        if found.title is not None:
            given |= {"title": found.title, "source": f"Treasury list of account symbols of {show_day(found.as_of)}"}
    return _account_form(frame, Form(commands.OpenAccount, given), None)


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


@get("/ledger/lists", opt=allow("ledger.read"))
async def lists(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    sort: FromQuery[str] = "symbol",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """The accounts of the Treasury's latest list that are the Department's."""
    async with db.read() as session:
        found = await queries.list_symbols(session, text_in=q or None, sort=sort, cursor=cursor, limit=limit)
        view = frame.list_view(
            found,
            noun=("account", "accounts"),
            sort=sort,
            sorts=("symbol", "title"),
            chosen={"q": q},
            columns=_SYMBOL_COLUMNS,
        )
        page = _ListsPage(view, await queries.lists(session), caller.may("ledger.post"))
        return frame.show("ledger/lists.html", page, now=session.now)


@get(file_paths("/ledger/lists/export"), opt=allow("ledger.read"))
async def export_symbols(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    q: FromQuery[str] = "",
    sort: FromQuery[str] = "symbol",
) -> Response[bytes]:
    """Exactly the accounts of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_symbols(session, text_in=q or None, sort=sort, cursor=cursor, limit=AT_ONCE)
        )
    return await export_file(request, "treasury-accounts", _SYMBOL_COLUMNS, found)


@get("/ledger/lists/new", opt=allow(commands.load_list))
async def new_list(frame: NamedDependency[Frame]) -> Response[bytes]:
    """The form that loads a list."""
    return _upload(frame, Form(commands.LoadList))


@post("/ledger/lists/new", opt=allow(commands.load_list, upload=True), status_code=303, request_max_body_size=None)
async def load_list(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Load a list; the same one again changes nothing."""
    async with reading(request, commands.LoadList) as upload:
        form = upload.form
        with form:
            body, content = await upload.read(commands.examined_list)
            async with db.write(actor=caller.id, command=commands.load_list.name, once=upload.once) as session:
                await commands.load_list(session, body, content=content)
                answer = see_other(session, "/ledger/lists")
            return answer
    return _upload(frame, form)


def _upload(frame: Frame, form: Form[Any]) -> Response[bytes]:
    mistakes, count = wrong_of(form)
    page = UploadPage(
        form=form,
        title="Load the Treasury's list",
        lead="Of the list the Department's accounts are taken; a newer list takes the place of an older one.",
        taken="CSV as the Treasury gives it out, with the columns ATA, AID, BPOA, EPOA, A, MAIN, SUB and GWA_TAS_NAME.",
        button="Load it",
        trail=(
            ("Dashboard", "/"),
            ("Ledger", "/ledger"),
            ("Treasury accounts", "/ledger/accounts"),
            ("Treasury's list", "/ledger/lists"),
            ("Load", ""),
        ),
        action="/ledger/lists/new",
        cancel_href="/ledger/lists",
        marked=False,
        required=False,
        mistakes=mistakes,
        count=count,
        law=(),
    )
    return frame.show("_layouts/upload.html", page, status=form.status)


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
    account_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The filled form of an account."""
    async with db.read() as session:
        view = await queries.account(session, caller.reader, AccountId(account_id))
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
        view = await queries.account(session, caller.reader, AccountId(account_id))
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


@get("/ledger/accounts/{account_id:int}/balances", opt=allow("ledger.read"))
async def balances(
    account_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """What closing an account cancels, and what it cites, before anything is posted."""
    return await _balances_page(frame, db, caller, AccountId(account_id), Form(commands.CloseBalances))


@post("/ledger/accounts/{account_id:int}/balances", opt=allow(commands.close_balances), status_code=303)
async def close_balances(
    account_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Cancel the balances of a closed account."""
    form = await read_form(request, commands.CloseBalances)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.close_balances.name, once=once) as session:
            await commands.close_balances(session, AccountId(account_id), body)
            answer = see_other(session, f"/ledger?account={account_id}&kind=closing")
        return answer
    return await _balances_page(frame, db, caller, AccountId(account_id), form)


async def _balances_page(
    frame: Frame, db: Database, caller: Caller, account_id: AccountId, form: Form[commands.CloseBalances]
) -> Response[bytes]:
    async with db.read() as session:
        found = await queries.closing(session, caller.reader, account_id)
        page = _BalancesPage(
            closing=found,
            law=queries.law_lines("account-closing", "no-year-closing", "closed-account-payment"),
            statement=await queries.statement_of(session, caller.reader, Chosen(account_id=account_id)),
            may_post=caller.may("ledger.post"),
            form=form,
        )
        return frame.show("ledger/balances.html", page, now=session.now, status=form.status)


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
        view = await queries.account(session, caller.reader, account_id)
        documents = await queries.list_funding(session, caller.reader, account_id=account_id, ended=True, limit=200)
        page = _AccountPage(
            account=view,
            state=STATES[view.state],
            documents=documents.items,
            statement=await queries.statement_of(session, caller.reader, Chosen(account_id=account_id)),
            history=await history(session, caller.reader, "treasury_account", account_id),
            may_post=caller.may("ledger.post"),
            close_form=form,
        )
        return frame.show("ledger/account.html", page, now=session.now, status=form.status)


def _account_form(frame: Frame, form: Form[Any], view: queries.AccountView | None) -> Response[bytes]:
    symbol = Field(
        "text",
        "symbol",
        "Symbol",
        "Such as 097-2027/2028-0400-000, or 097-X-0360-000 for a no-year account.",
        required=True,
    )
    drawn = (
        *((symbol,) if view is None else ()),
        Field(
            "text",
            "title",
            "Title",
            "The Treasury's words, which tell the kind of appropriation: RDT&E, O&M, Procurement."
            + (" Left blank: as the loaded Treasury list has it." if view is None else ""),
            required=view is not None,
        ),
        Field(
            "text",
            "source",
            "Source",
            "Where the account stands: the act, the list, the funding document."
            + (" Left blank: the loaded Treasury list, where it holds the symbol." if view is None else ""),
            required=view is not None,
        ),
        Field(
            "date",
            "listed_as_of",
            "Not in the list of",
            "The date of the Treasury list that does not hold the symbol; blank where it is listed.",
        ),
    )
    title = "Open an account" if view is None else f"Change {view.symbol}"
    action = "/ledger/accounts/new" if view is None else f"/ledger/accounts/{view.id}/revise"
    back = "/ledger/accounts" if view is None else f"/ledger/accounts/{view.id}"
    return form_page(
        frame,
        form,
        title,
        "The symbol itself says when an account is available.",
        action,
        back,
        "Save",
        drawn,
        version=view.version if view else None,
    )


HANDLERS: Final = (
    accounts,
    new_account,
    open_account,
    account,
    account_to_revise,
    revise_account,
    close_account,
    lists,
    export_symbols,
    new_list,
    load_list,
    balances,
    close_balances,
)
