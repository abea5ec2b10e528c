"""Funding documents: list and file, one document, and its forms."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.ledger import commands, queries, rules
from pipir.features.ledger.pages.forms import (
    QUARTERS_SHOWN,
    STATES,
    Choices,
    Field,
    entry_choices,
    form_page,
    number_of,
)
from pipir.features.ledger.queries import Chosen
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import FundingDocumentId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.acts import words
from pipir.web.api import see_other
from pipir.web.exports import export_file, fields, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

_COLUMNS: Final = fields(
    "id", "number", "symbol", "account_title", "state", "title", "level_of_control", "source_of_authority",
    "source_citation", "through_on", "cr_amount", "order_law", "order_accepted_on",
    "order_method", "participant", "excepted_basis", "purpose",
    "period_from", "period_until", "received_on", "until", "ended_because", "authority", "committed",
    "obligated", "expended", "unliquidated", "available", "marking", "exercise",
)  # fmt: skip


@dataclass(frozen=True)
class _FundingListPage:
    list: ListView[queries.FundingView]
    statement: queries.Statement
    levels: Choices
    sources: Choices
    states: Choices
    account_choices: Choices
    may_post: bool


@dataclass(frozen=True)
class _FundingPage:
    funding: queries.FundingView
    state: str
    entries: tuple[queries.EntryView, ...]
    statement: queries.Statement
    history: tuple[TrailView, ...]
    binder: Binder
    may_post: bool
    end_form: Form[commands.EndFunding]


@get("/ledger/funding", opt=allow("ledger.read"))
async def fundings(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    level: FromQuery[str] = "",
    source: FromQuery[str] = "",
    availability: FromQuery[str] = "",
    expiring: FromQuery[bool] = False,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "number",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """The documents that give the program authority, and what is left of each."""
    account = number_of(request, "account", [])
    async with db.read() as session:
        found = await queries.list_funding(
            session,
            caller.reader,
            account_id=account,
            level=level or None,
            source=source or None,
            state=availability or None,
            expiring=expiring,
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
            chosen={
                "account": account,
                "level": level,
                "source": source,
                "availability": availability,
                "expiring": "true" if expiring else "",
                "ended": "true" if ended else "",
            },
            labels=dict(words((*rules.LEVELS, *rules.SOURCES)))
            | dict(accounts)
            | {"ended=true": "With ended documents", "expiring=true": "Expires with this fiscal year"},
            columns=_COLUMNS,
        )
        page = _FundingListPage(
            view,
            await queries.statement_of(session, caller.reader, Chosen(account_id=account)),
            words(rules.LEVELS),
            words(rules.SOURCES),
            words(rules.ACCOUNT_STATES),
            accounts,
            caller.may("ledger.post"),
        )
        return frame.show("ledger/fundings.html", page, now=session.now)


@get(file_paths("/ledger/funding/export"), opt=allow("ledger.read"))
async def export_funding(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    level: FromQuery[str] = "",
    source: FromQuery[str] = "",
    availability: FromQuery[str] = "",
    expiring: FromQuery[bool] = False,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "number",
) -> Response[bytes]:
    """The funding documents of the list as CSV."""
    account = number_of(request, "account", [])
    async with db.read() as session:
        found = await queries.every_funding(
            session,
            caller.reader,
            account_id=account,
            level=level or None,
            source=source or None,
            state=availability or None,
            expiring=expiring,
            ended=ended,
            sort=sort,
        )
    return await export_file(request, "funding-documents", _COLUMNS, found)


@get("/ledger/funding/new", opt=allow(commands.receive_funding))
async def new_funding(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The empty form of a funding document."""
    return await _funding_form(frame, db, caller, Form(commands.ReceiveFunding, {"marking": "CUI"}), None)


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
    return await _funding_form(frame, db, caller, form, None)


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
    return await _funding_form(frame, db, caller, Form.of(commands.ReviseFunding, view), view)


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
    return await _funding_form(frame, db, caller, form, view)


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
            session, caller.reader, Chosen(funding_document_id=document_id), limit=QUARTERS_SHOWN
        )
        page = _FundingPage(
            funding=view,
            state=STATES[view.state],
            entries=entries.items,
            statement=await queries.statement_of(session, caller.reader, Chosen(account_id=view.account_id)),
            history=await history(session, caller.reader, "funding_document", document_id),
            binder=await binder(session, caller, "funding_document", document_id),
            may_post=caller.may("ledger.post"),
            end_form=form,
        )
        return frame.show("ledger/funding.html", page, now=session.now, status=form.status, marking=view.marking)


async def _funding_form(
    frame: Frame, db: Database, caller: Caller, form: Form[Any], view: queries.FundingView | None
) -> Response[bytes]:
    async with db.read() as session:
        choices = await entry_choices(session, caller)
    of_new = (
        Field("select", "account_id", "Treasury account", required=True, options=choices["account"]),
        Field(
            "select",
            "level_of_control",
            "Level of control",
            "A target warns; every other level refuses.",
            required=True,
            options=words(rules.LEVELS),
        ),
        Field(
            "select",
            "source_of_authority",
            "Source of authority",
            "None: a lapse of appropriations.",
            required=True,
            options=words(rules.SOURCES),
        ),
        Field("money", "amount", "Authority that it gives", "Blank in a lapse. It becomes the document's first entry."),
        Field("date", "received_on", "Received on", required=True),
        Field(
            "select",
            "participant_id",
            "Partner advance: whose money it is",
            "What is obligated for a partner stays within what it made available itself.",
            options=choices["participant"],
        ),
    )
    fields = (
        Field("text", "number", "Number", required=True),
        Field("text", "title", "Title", required=True),
        *(of_new if view is None else ()),
        Field("area", "purpose", "Purpose", required=True),
        Field("date", "period_from", "Period from"),
        Field("date", "period_until", "Period until"),
        Field("text", "source_citation", "Act or resolution", "Its citation, where there is one."),
        Field("date", "through_on", "Continuing resolution: through"),
        Field("money", "cr_amount", "Continuing resolution: apportioned amount"),
        Field(
            "text",
            "order_law",
            "Reimbursable order or partner advance: its law",
            "Such as 31 U.S.C. 1535; of an advance the law that lets the Department credit it: 22 U.S.C. 2767(d).",
        ),
        Field("date", "order_accepted_on", "Reimbursable order: accepted on"),
        Field(
            "select",
            "order_method",
            "Reimbursable order: direct cite or reimbursable",
            "As a direct cite, contracts charge the requester's account; else the performer's, which is repaid.",
            options=words(rules.ORDER_METHODS),
        ),
        Field("text", "excepted_basis", "Lapse: excepted basis"),
        Field("text", "marking", "Marking", "Such as CUI or CUI//NOFORN.", required=True),
    )
    title = "Receive funding" if view is None else f"Change {view.number}"
    action = "/ledger/funding/new" if view is None else f"/ledger/funding/{view.id}/revise"
    back = "/ledger/funding" if view is None else f"/ledger/funding/{view.id}"
    lead = (
        "A document that gives the program authority."
        if view is None
        else "Amounts are entries: post authority received or withdrawn to change them."
    )
    return form_page(frame, form, title, lead, action, back, "Save", fields, version=view.version if view else None)


HANDLERS: Final = (
    fundings,
    export_funding,
    new_funding,
    receive_funding,
    funding,
    funding_to_revise,
    revise_funding,
    end_funding,
)
