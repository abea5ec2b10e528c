"""Differences with official accounting: the list, one of them, its answer and owner."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.reconciliation import commands, queries, rules
from pipir.features.reconciliation.pages.shared import READ, RECONCILE, Place, act_page, change, law_of
from pipir.features.reconciliation.tables import ItemId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.money import dollars
from pipir.kernel.paging import Limit
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.acts import Act, Field, Options, act_of, words
from pipir.web.exports import export_file, fields, file_paths
from pipir.web.forms import Form, read_filter
from pipir.web.pages import Frame, ListView

_HERE: Final = "/ledger/reconciliation/differences"
_TRAIL: Final = (("Reconciliation", "/ledger/reconciliation"), ("Differences", _HERE))
PILLS: Final = {
    "open": "late",
    "timing": "waiting",
    "error in the ledger": "watch",
    "error in the source": "watch",
    "settled": "done",
}
_COLUMNS: Final = fields(
    "id", "source", "symbol", "document_number", "document_line", "stage", "kind", "amount", "official_amount",
    "difference", "status", "explanation", "corrected_by_entry_id", "owner", "found_on", "age", "settled_on",
    "exercise",
)  # fmt: skip
_ACTS: Final[Mapping[str, Act]] = {
    "answer": Act(
        commands.answer_item,
        "Answer the difference",
        "Answer",
        "It stays open until an extract agrees; the answer says what it is.",
        (
            Field("answer", "What it is", "select", choices="answers"),
            Field("explanation", "Explanation", "area"),
            Field("corrected_by_entry_id", "Entry that corrects it", hint="Of an error here alone."),
        ),
    ),
    "assign": Act(
        commands.assign_item,
        "Give it to somebody",
        "Give it",
        "Who looks after the difference.",
        (Field("owner_person_id", "Person", "select", choices="people"),),
    ),
}


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.ItemView]
    pills: dict[str, str]
    choices: dict[str, Options]
    may: bool


@dataclass(frozen=True)
class _Page:
    item: queries.ItemView
    pill: str
    acts: tuple[tuple[str, str], ...]
    law: tuple[tuple[str, str, str], ...]
    history: tuple[TrailView, ...]


@get(_HERE, opt=allow(READ))
async def differences(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "found",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """Document lines in which the ledger and official accounting differ."""
    which = _which(request)
    async with db.read() as session:
        found = await queries.list_items(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)
        sources = await queries.sources(session, caller.reader)
        choices = {
            "sources": tuple((str(each.id), each.name) for each in sources),
            "symbols": words(sorted({symbol for each in sources for symbol in each.symbols})),
            "kinds": words(rules.DIFFERENCES),
            "statuses": words(rules.ITEM_STATUSES),
        }
        labels = {f"source={each.id}": each.name for each in sources}
        labels |= dict(choices["kinds"]) | dict(choices["statuses"]) | {"settled=settled": "With settled ones"}
        view = frame.list_view(
            found,
            noun=("difference", "differences"),
            sort=sort,
            sorts=queries.ITEM_SORTS,
            chosen=_chosen(which),
            labels=labels,
            columns=_COLUMNS,
        )
        page = _ListPage(view, PILLS, choices, caller.may(RECONCILE))
        return frame.show("reconciliation/differences.html", page, now=session.now)


@get(file_paths(f"{_HERE}/export"), opt=allow(READ))
async def export_differences(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "found",
) -> Response[bytes]:
    """Exactly the differences of the list."""
    async with db.read() as session:
        found = await queries.every_item(session, caller.reader, _which(request), sort=sort)
    return await export_file(request, "differences", _COLUMNS, found)


@get(f"{_HERE}/{{item_id:int}}", opt=allow(READ))
async def difference(
    item_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One difference: both amounts, its age, its owner, the answer."""
    async with db.read() as session:
        view = await queries.item(session, caller.reader, ItemId(item_id))
        may = caller.may(RECONCILE) and view.settled_on is None
        page = _Page(
            view,
            PILLS[view.status],
            tuple((name, act.title) for name, act in _ACTS.items()) if may else (),
            law_of("reconciliation"),
            await history(session, caller.reader, "reconciliation_item", item_id),
        )
        return frame.show("reconciliation/difference.html", page, now=session.now)


@get(f"{_HERE}/{{item_id:int}}/{{act:str}}", opt=allow(RECONCILE))
async def difference_to_change(
    item_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a difference."""
    chosen = act_of(_ACTS, act)
    return await _form(frame, db, caller, ItemId(item_id), Form(chosen.command.body), chosen, act)


@post(f"{_HERE}/{{item_id:int}}/{{act:str}}", opt=allow(RECONCILE), status_code=303)
async def change_difference(
    item_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of a difference."""
    chosen = act_of(_ACTS, act)
    return await change(
        request,
        db,
        caller,
        None,
        chosen,
        ItemId(item_id),
        f"{_HERE}/{item_id}",
        lambda form: _form(frame, db, caller, ItemId(item_id), form, chosen, act),
    )


async def _form(
    frame: Frame, db: Database, caller: Caller, item_id: ItemId, form: Form[Any], act: Act, name: str
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.item(session, caller.reader, item_id)
        here = f"{_HERE}/{view.id}"
        place = Place(
            (*_TRAIL, (view.document_number or "No document", here)),
            here,
            f"{here}/{name}",
            view.version,
            about="The difference",
            facts=(
                ("In the ledger", dollars(view.amount)),
                (f"In {view.source}", dollars(view.official_amount)),
                ("Difference", dollars(view.difference)),
            ),
        )
        return await act_page(frame, session, form, act, place, {"answers": words(rules.ANSWERED)})


def _which(request: Request[Any, Any, Any]) -> queries.ItemFilter:
    return read_filter(
        request,
        queries.ItemFilter,
        many={"kinds": "kind", "statuses": "status"},
        one={
            "text": "q",
            "source_id": "source",
            "extract_id": "extract",
            "owner_id": "owner",
            "symbol": "account",
        },
        checks=("settled",),
    )


def _chosen(which: queries.ItemFilter) -> dict[str, Any]:
    return {
        "q": which.text or "",
        "source": str(which.source_id or ""),
        "extract": str(which.extract_id or ""),
        "owner": str(which.owner_id or ""),
        "account": which.symbol or "",
        "kind": list(which.kinds),
        "status": list(which.statuses),
        "settled": "settled" if which.settled else "",
    }


HANDLERS: Final = (differences, export_differences, difference, difference_to_change, change_difference)
