"""Cases of flagged entries, and the one page that shows everything out of order in plain sight."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.ledger import queries as ledger
from pipir.features.reconciliation import commands, queries, rules
from pipir.features.reconciliation.pages.differences import PILLS as ITEM_PILLS
from pipir.features.reconciliation.pages.shared import READ, RECONCILE, Place, act_page, change, law_of
from pipir.features.reconciliation.tables import CaseId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_day
from pipir.kernel.ids import RecordNumber
from pipir.kernel.money import dollars
from pipir.kernel.paging import Limit
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.acts import Act, Field, Options, act_of, words
from pipir.web.exports import export_file, fields, file_paths
from pipir.web.forms import Form, read_filter
from pipir.web.pages import Frame, ListView

_HERE: Final = "/ledger/cases"
_TRAIL: Final = ("Cases", _HERE)
_LAW: Final = ("violation-report", "liability-recorded", "reversal")
_CLOCKS: Final = ("violation-review", "unmatched-research")
_SHOWN: Final = 10
_PILLS: Final = {
    "opened": "late",
    "research": "watch",
    "preliminary review": "watch",
    "formal investigation": "watch",
    "violation determined": "late",
    "reported": "waiting",
    "no violation found": "ok",
    "matched": "ok",
    "corrected": "ok",
    "closed": "done",
}
_COLUMNS: Final = fields(
    "code", "kind", "state", "opened_on", "age", "due_on", "overdue", "owner", "entry_id", "entry_kind", "amount",
    "effective_on", "document_number", "funding_number", "reversed_by", "matched_entry_id", "facts", "exercise",
)  # fmt: skip
_ACTS: Final[Mapping[str, Act]] = {
    "step": Act(
        commands.take_step,
        "Take the next step",
        "Record it",
        "Each step has its day and what was found; some need a document. A reversal alone clears none.",
        (
            Field("state", "Next step", "select", choices="states"),
            Field("on_day", "Day", "date"),
            Field("findings", "What was found", "area"),
            Field("document", "Document", hint="Its number and date; needed of a determination, a finding, a letter."),
            Field("matched_entry_id", "Obligation that took it", hint="Of a match alone: the number of its entry."),
        ),
    ),
    "assign": Act(
        commands.assign_case,
        "Give it to somebody",
        "Save",
        "Who looks after the case, and another day for it where one is needed.",
        (
            Field("owner_person_id", "Person", "select", choices="people"),
            Field("due_on", "Due on", "date", "Left blank: the day that follows from the rules."),
        ),
    ),
}


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.CaseView]
    pills: dict[str, str]
    choices: dict[str, Options]
    may: bool


@dataclass(frozen=True)
class _Page:
    case: queries.CaseView
    pill: str
    steps: tuple[queries.StepView, ...]
    next: tuple[str, ...]
    acts: tuple[tuple[str, str], ...]
    law: tuple[tuple[str, str, str], ...]
    history: tuple[TrailView, ...]
    binder: Binder
    may_post: bool


@dataclass(frozen=True)
class _ExceptionsPage:
    list: ListView[ledger.EntryView]
    cases: dict[int, queries.CaseView]
    pills: dict[str, str]
    counts: tuple[tuple[str, int, str], ...]
    items: tuple[queries.ItemView, ...]
    item_pills: dict[str, str]
    differences: int
    left_out: tuple[ledger.EntryView, ...]
    statement: ledger.Statement
    law: tuple[tuple[str, str, str], ...]
    may_record: bool


@get("/ledger/exceptions", opt=allow(READ))
async def exceptions(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "-effective",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Everything that is out of order: flagged entries with their cases, and differences with official accounting."""
    reader = caller.reader
    async with db.read() as session:
        found = await ledger.exceptions(session, reader, sort=sort, cursor=cursor, limit=limit)
        view = frame.list_view(
            found,
            noun=("exception", "exceptions"),
            sort=sort,
            sorts=("effective", "amount", "posted", "kind"),
            chosen={},
        )
        cases = await queries.cases_of(session, reader, tuple(each.id for each in found.items))
        items = await queries.list_items(session, reader, limit=_SHOWN)
        to_post = await queries.list_review_items(session, reader, queries.ReviewItemFilter(to_post=True), limit=1)
        left_out = await ledger.left_out(session, reader)
        counts = (
            *(
                (kind.capitalize(), count, f"{_HERE}?kind={kind.replace(' ', '+').replace('/', '%2F')}")
                for kind, count in await queries.open_cases(session, reader)
            ),
            ("Differences", items.total or 0, "/ledger/reconciliation/differences"),
            ("Authority in no document", len(left_out), "#left-out"),
            ("To be deobligated", to_post.total or 0, "/ledger/reviews"),
        )
        page = _ExceptionsPage(
            view,
            cases,
            _PILLS,
            counts,
            items.items,
            ITEM_PILLS,
            items.total or 0,
            left_out,
            await ledger.statement_of(session, reader),
            law_of(*_LAW),
            caller.may("ledger.record-incurred"),
        )
        return frame.show("reconciliation/exceptions.html", page, now=session.now)


@get(_HERE, opt=allow(READ))
async def cases(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "due",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """Cases of flagged entries, the one due first first."""
    which = _which(request)
    async with db.read() as session:
        found = await queries.list_cases(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)
        choices = {"kinds": words(rules.CASE_STEPS), "states": words(rules.CASE_STATES)}
        labels = dict(choices["kinds"]) | dict(choices["states"])
        view = frame.list_view(
            found,
            noun=("case", "cases"),
            sort=sort,
            sorts=queries.CASE_SORTS,
            chosen=_chosen(which),
            labels=labels | {"overdue=overdue": "Overdue only", "closed=closed": "With closed ones"},
            columns=_COLUMNS,
        )
        return frame.show(
            "reconciliation/cases.html", _ListPage(view, _PILLS, choices, caller.may(RECONCILE)), now=session.now
        )


@get(file_paths(f"{_HERE}/export"), opt=allow(READ))
async def export_cases(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "due",
) -> Response[bytes]:
    """Exactly the cases of the list."""
    async with db.read() as session:
        found = await queries.every_case(session, caller.reader, _which(request), sort=sort)
    return await export_file(request, "cases", _COLUMNS, found)


@get(f"{_HERE}/{{case_id:int}}", opt=allow(READ))
async def one_case(
    case_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One case: the facts, the steps, what may follow."""
    number = CaseId(case_id)
    async with db.read() as session:
        view = await queries.one_case(session, caller.reader, number)
        may = caller.may(RECONCILE)
        page = _Page(
            view,
            _PILLS[view.state],
            await queries.steps_of(session, caller.reader, number),
            rules.CASE_STEPS[view.kind].get(view.state, ()),
            tuple((name, act.title) for name, act in _ACTS.items()) if may else (),
            law_of(*_LAW, *_CLOCKS),
            await history(session, caller.reader, "ledger_case", case_id),
            await binder(session, caller, "ledger_case", case_id),
            caller.may("ledger.post"),
        )
        return frame.show("reconciliation/case.html", page, now=session.now)


@get(f"{_HERE}/{{case_id:int}}/{{act:str}}", opt=allow(RECONCILE))
async def case_to_change(
    case_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of a step, or of another owner."""
    chosen = act_of(_ACTS, act)
    return await _form(frame, db, caller, CaseId(case_id), Form(chosen.command.body), chosen, act)


@post(f"{_HERE}/{{case_id:int}}/{{act:str}}", opt=allow(RECONCILE), status_code=303)
async def change_case(
    case_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Take a step of a case, or give it to somebody."""
    chosen, number = act_of(_ACTS, act), CaseId(case_id)
    return await change(
        request,
        db,
        caller,
        None,
        chosen,
        number,
        f"{_HERE}/{case_id}",
        lambda form: _form(frame, db, caller, number, form, chosen, act),
    )


async def _form(
    frame: Frame, db: Database, caller: Caller, case_id: CaseId, form: Form[Any], act: Act, name: str
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.one_case(session, caller.reader, case_id)
        here = f"{_HERE}/{view.id}"
        place = Place(
            (_TRAIL, (view.code, here)),
            here,
            f"{here}/{name}",
            view.version,
            about="The case",
            facts=(
                ("Kind", view.kind.capitalize()),
                ("Entry", f"{view.entry_id}, {dollars(view.amount)}, {show_day(view.effective_on)}"),
                ("Reversed", f"by entry {view.reversed_by}" if view.reversed_by else "no"),
                ("Stands at", view.state),
            ),
            law=law_of(*_LAW, *_CLOCKS),
        )
        choices = {"states": words(rules.CASE_STEPS[view.kind].get(view.state, ()))}
        return await act_page(frame, session, form, act, place, choices)


def _which(request: Request[Any, Any, Any]) -> queries.CaseFilter:
    return read_filter(
        request,
        queries.CaseFilter,
        many={"kinds": "kind", "states": "at"},
        one={"text": "q", "owner_id": "owner", "entry_id": "entry"},
        checks=("overdue", "closed"),
    )


def _chosen(which: queries.CaseFilter) -> dict[str, Any]:
    return {
        "q": which.text or "",
        "kind": list(which.kinds),
        "at": list(which.states),
        "owner": str(which.owner_id or ""),
        "entry": str(which.entry_id or ""),
        "overdue": "overdue" if which.overdue else "",
        "closed": "closed" if which.closed else "",
    }


HANDLERS: Final = (exceptions, cases, export_cases, one_case, case_to_change, change_case)
