"""One entry, what posts and reverses it, and the exceptions."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.law.queries import papers_for
from pipir.features.ledger import commands, queries, rules
from pipir.features.ledger.pages.filters import GROUPS, STAGES, address, row_of
from pipir.features.ledger.pages.forms import Choices, Field, entry_choices, form_page
from pipir.features.ledger.queries import Chosen
from pipir.kernel.access import Caller
from pipir.kernel.ids import EntryId, RecordNumber
from pipir.kernel.money import Dollars, dollars
from pipir.kernel.once import Once
from pipir.statute.load import the_statute
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.acts import words
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

# What a determination concerns that carries an obligation.
_CARRIED: Final = ("project", "funding document")


@dataclass(frozen=True)
class _EntryPage:
    detail: queries.EntryDetail
    law: tuple[tuple[str, str, str], ...]
    statement: queries.Statement
    may_post: bool
    adjustments: Choices
    # What the entry adds to each figure, and by group the rows of the totals that count it.
    moves: tuple[tuple[str, Dollars], ...]
    counted_in: tuple[tuple[str, Choices], ...]
    chart_source: str
    binder: Binder


@get("/ledger/entries/{entry_id:int}", opt=allow("ledger.read"))
async def entry(
    entry_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One entry with what it names, what reverses it, and where its obligation stands."""
    async with db.read() as session:
        found = await queries.entry(session, caller.reader, EntryId(entry_id))
        detail = await queries.with_holders(session, caller, found)
        shown = detail.entry
        adjustments: Choices = ()
        if shown.kind == "obligation" and shown.reversed_by is None:
            adjustments = words(("expenditure", "upward adjustment", "deobligation", "refund"))
        elif shown.kind == "commitment" and shown.reversed_by is None:
            adjustments = words(("obligation", "decommitment"))
        page = _EntryPage(
            detail=detail,
            law=queries.law_lines(*(slug for slug in _provisions(shown) if slug)),
            statement=await queries.statement_of(session, caller.reader, Chosen(account_id=shown.account_id)),
            may_post=caller.may("ledger.post"),
            adjustments=adjustments,
            moves=tuple((dict(STAGES)[name], amount) for name, amount in detail.moves.items()),
            counted_in=_counted_in(detail),
            chart_source=rules.CHART_SOURCE,
            binder=await binder(session, caller, "ledger_entry", entry_id),
        )
        return frame.show("ledger/entry.html", page, now=session.now)


def _provisions(entry: queries.EntryView) -> tuple[str | None, ...]:
    """What the entry rests on, and what the law says of a debt of a closed account and of an order."""
    return (
        entry.program_authority,
        entry.other_authority,
        "closed-account-payment" if entry.closed_account_id else None,
        "economy-act-deobligation" if rules.is_economy_act(entry.order_law, the_statute()) else None,
    )


def _counted_in(detail: queries.EntryDetail) -> tuple[tuple[str, Choices], ...]:
    """The groups of the totals, each with the rows that count the entry and the ways there."""
    found: dict[str, Choices] = {}
    for each in detail.counted_in:
        href = address("/ledger/totals", {"by": each.by}, row_of(each.by, each.key))
        group = dict(GROUPS)[each.by]
        found[group] = (*found.get(group, ()), (each.label, href))
    return tuple(found.items())


@get("/ledger/entries/new", opt=allow(commands.post_entry))
async def new_entry(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    kind: FromQuery[str] = "",
    adjusts: FromQuery[str] = "",
    funding: FromQuery[str] = "",
    amount: FromQuery[str] = "",
) -> Response[bytes]:
    """The form of an entry, with what the page before it knows."""
    given = {"kind": kind[:60], "adjusts_entry_id": adjusts[:20], "funding_document_id": funding[:20]}
    form = Form(commands.PostEntry, given | {"amount": amount[:30]})
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
        async with db.write(actor=caller.id, command=commands.post_entry.name, once=once, timed=False) as session:
            entry_id = await commands.post_entry(session, body)
            answer = see_other(session, f"/ledger/entries/{entry_id}")
        return answer
    return await _entry_form(frame, db, caller, form)


@get("/ledger/movements/new", opt=allow(commands.move_authority))
async def new_movement(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    funding: FromQuery[str] = "",
) -> Response[bytes]:
    """The form of a transfer or a reprogramming."""
    return await _movement_form(frame, db, caller, Form(commands.MoveAuthority, {"from_document_id": funding[:20]}))


@post("/ledger/movements/new", opt=allow(commands.move_authority), status_code=303)
async def move_authority(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Move authority out of one document and into another."""
    form = await read_form(request, commands.MoveAuthority)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.move_authority.name, once=once) as session:
            entry_id = (await commands.move_authority(session, body))[0]
            answer = see_other(session, f"/ledger/entries/{entry_id}")
        return answer
    return await _movement_form(frame, db, caller, form)


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


def _entry_fields(choices: dict[str, Choices]) -> tuple[Field, ...]:
    return (
        Field("date", "effective_on", "Effective day", "The day on which the act took effect.", required=True),
        Field(
            "select",
            "funding_document_id",
            "Funding document",
            "The document that is charged.",
            options=choices["funding"],
        ),
        Field(
            "text",
            "adjusts_entry_id",
            "Obligation or commitment that it names",
            "Its entry number. An expenditure, adjustment, deobligation, refund or decommitment names one; an "
            "obligation may "
            "name the commitment that it draws on.",
        ),
        Field("select", "project_id", "Project", options=choices["project"]),
        Field("select", "participant_id", "Country", options=choices["participant"]),
        Field(
            "select",
            "program_authority",
            "Program authority",
            "What the act rests on. An obligation names it.",
            options=choices["authority"],
        ),
        Field(
            "select",
            "other_authority",
            "Authority that it works through",
            "For assistance under section 1253(e)(3): the title 10 authority.",
            options=choices["authority"],
        ),
        Field("text", "document_number", "Document number", "The binding document. An obligation names it."),
        Field("text", "document_line", "Document line"),
        Field("date", "document_on", "Date of the document", "An obligation needs it."),
        Field(
            "text",
            "signed_at",
            "Place of signature",
            "Within a day of 30 September it tells in which fiscal year the document binds.",
        ),
        Field("date", "performance_from", "Performed from", "The period of performance of severable services."),
        Field("date", "performance_until", "Performed until"),
        Field("area", "need", "Need of the period", "What the obligation is for, in the period that pays for it."),
        Field("select", "basis", "Basis of an upward adjustment", options=words(rules.BASES)),
        Field(
            "text",
            "order_law",
            "Law of an order",
            "Of an order placed with another agency, such as 31 U.S.C. 1535: what its performer has not obligated when "
            "the funds expire is deobligated.",
        ),
        Field(
            "select",
            "order_method",
            "The order is",
            "As a direct cite, the other agency's contract charges this account; else that agency's, which is repaid.",
            options=words(rules.ORDER_METHODS),
        ),
        Field(
            "select",
            "closed_account_id",
            "Pays for a closed account",
            "A valid charge to a closed account, paid from a current one of the same purpose.",
            options=choices["closed"],
        ),
        Field("text", "closed_document", "Its document there", "The number and line of the closed account's document."),
    )


async def _entry_form(frame: Frame, db: Database, caller: Caller, form: Form[commands.PostEntry]) -> Response[bytes]:
    async with db.read() as session:
        choices = await entry_choices(session, caller)
        papers = await papers_for(session, caller, *_CARRIED, entered=True)
    fields = (
        Field("select", "kind", "Kind", required=True, options=words(rules.KINDS)),
        Field("money", "amount", "Amount", "Above zero; the kind gives the sign.", required=True),
        *_entry_fields(choices),
        Field("select", "contribution_kind", "A partner contribution is", options=words(rules.CONTRIBUTIONS)),
        Field(
            "text",
            "receipt_law",
            "Law of the receipt",
            "Authority received from a country, or its advance: the law that lets the Department credit its cash.",
        ),
        Field(
            "text",
            "counter_entry_id",
            "Entry that took the authority out",
            "Of a transfer in or reprogramming in: its entry number. Move authority posts both at once.",
        ),
        Field("text", "transfer_law", "Law of a transfer"),
        Field(
            "text",
            "outside_account",
            "Account outside of this ledger",
            "Where a transfer leaves this ledger or comes into it: its symbol.",
        ),
        Field("text", "approval", "Approval of a reprogramming"),
        Field(
            "check",
            "new_start",
            "A new start",
            "Work that was not funded before; marked under a continuing resolution.",
        ),
        Field("area", "because", "Reason", "Where the document does not say it."),
    )
    return form_page(
        frame,
        form,
        "Post an entry",
        "A rule that does not allow it refuses before the act, with the figures.",
        "/ledger/entries/new",
        "/ledger",
        "Post the entry",
        fields,
        papers=papers,
    )


async def _movement_form(
    frame: Frame, db: Database, caller: Caller, form: Form[commands.MoveAuthority]
) -> Response[bytes]:
    async with db.read() as session:
        choices = await entry_choices(session, caller)
    fields = (
        Field("select", "from_document_id", "Out of", required=True, options=choices["funding"]),
        Field(
            "select",
            "to_document_id",
            "Into",
            "Blank where a transfer leaves this ledger.",
            options=choices["funding"],
        ),
        Field("money", "amount", "Amount", required=True),
        Field("date", "effective_on", "Effective day", required=True),
        Field(
            "text",
            "transfer_law",
            "Law of the transfer",
            "From one account to another, authority moves only under a law that names the transfer.",
        ),
        Field(
            "text",
            "approval",
            "Approval of the reprogramming",
            "Within one account: the document of the approval and its day. One of the two is needed.",
        ),
        Field(
            "text",
            "outside_account",
            "Account outside of this ledger",
            "Where a transfer leaves this ledger: its symbol.",
        ),
        Field("check", "new_start", "A new start", "It pays for work that was not funded before."),
        Field("text", "document_number", "Document number"),
        Field("date", "document_on", "Date of the document"),
        Field("area", "because", "Reason"),
    )
    return form_page(
        frame,
        form,
        "Move authority",
        "A transfer or a reprogramming is two entries, one out and one in, posted together or not at all.",
        "/ledger/movements/new",
        "/ledger",
        "Move the authority",
        fields,
    )


async def _incurred_form(
    frame: Frame, db: Database, caller: Caller, form: Form[commands.RecordIncurred]
) -> Response[bytes]:
    async with db.read() as session:
        choices = await entry_choices(session, caller)
        papers = await papers_for(session, caller, *_CARRIED, entered=True)
    fields = (
        Field("select", "flag", "What it is", required=True, options=words(rules.FLAGS)),
        Field("area", "evidence", "Evidence", "What shows that the liability was incurred.", required=True),
        Field(
            "select",
            "kind",
            "Kind",
            required=True,
            options=words(("commitment", "obligation", "upward adjustment", "expenditure")),
        ),
        Field("money", "amount", "Amount", required=True),
        *_entry_fields(choices),
        Field("area", "because", "Remark"),
    )
    return form_page(
        frame,
        form,
        "Record what was incurred",
        "A liability or disbursement that has already happened. It counts in every total and stays an exception.",
        "/ledger/exceptions/new",
        "/ledger/exceptions",
        "Record it",
        fields,
        papers=papers,
    )


async def _reverse_form(
    frame: Frame, db: Database, caller: Caller, entry_id: EntryId, form: Form[commands.ReverseEntry]
) -> Response[bytes]:
    async with db.read() as session:
        shown = (await queries.entry(session, caller.reader, entry_id)).entry
    lead = f"{shown.kind.capitalize()} of {dollars(shown.amount)}, effective {shown.effective_on.day} "
    f"{shown.effective_on:%b %Y}. It stays in the record; the reversal takes it out of the totals from its own day on."
    if shown.counter_entry_id is not None:
        lead += (
            f" Entry {shown.counter_entry_id} took the authority out and is not reversed with it: reverse that one "
            "too, or bring the authority in anew; until then it stands among the exceptions."
        )
    fields = (
        Field("date", "effective_on", "Effective day of the reversal", required=True),
        Field("area", "because", "Why it is reversed", required=True),
    )
    return form_page(
        frame,
        form,
        f"Reverse entry {entry_id}",
        lead,
        f"/ledger/entries/{entry_id}/reverse",
        f"/ledger/entries/{entry_id}",
        "Reverse the entry",
        fields,
    )


HANDLERS: Final = (
    entry,
    new_entry,
    post_entry,
    new_movement,
    move_authority,
    entry_to_reverse,
    reverse_entry,
    new_exception,
    record_incurred,
)
