"""Spillage: one administrator proposes to replace a value everywhere, another confirms; the value is never shown."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.documents import commands, queries, rules
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber, SpillageId
from pipir.kernel.paging import Limit
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

_STATES: Final = {
    "proposed": ("waiting", "waits for a second administrator"),
    "confirmed": ("waiting", "confirmed"),
    "replaced": ("done", "replaced"),
    "withdrawn": ("neutral", "withdrawn"),
}


@dataclass(frozen=True)
class _SpillagesPage:
    list: ListView[queries.SpillageView]
    states: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class _ProposePage:
    form: Form[commands.ProposeReplacement]
    shortest: int


@dataclass(frozen=True)
class _SpillagePage:
    spillage: queries.SpillageView
    state: tuple[str, str]
    is_proposer: bool
    confirm_form: Form[commands.ConfirmReplacement]
    withdraw_form: Form[commands.WithdrawReplacement]
    history: tuple[TrailView, ...]


@get("/documents/spillage", opt=allow("documents.replace-spilled"))
async def spillages(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    sort: FromQuery[str] = "-number",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Replacements that are proposed and that were carried out."""
    async with db.read() as session:
        found = await queries.list_spillages(session, sort=sort, cursor=cursor, limit=limit)
        view = frame.list_view(found, noun=("spillage", "spillages"), sort=sort, sorts=("number",), chosen={})
        return frame.show("documents/spillages.html", _SpillagesPage(view, _STATES), now=session.now)


@get("/documents/spillage/new", opt=allow(commands.propose_replacement))
async def new_spillage(frame: NamedDependency[Frame]) -> Response[bytes]:
    """The empty proposal."""
    page = _ProposePage(Form(commands.ProposeReplacement), rules.SHORTEST_VALUE)
    return frame.show("documents/spillage_form.html", page)


@post("/documents/spillage/new", opt=allow(commands.propose_replacement), status_code=303)
async def propose_replacement(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Propose to replace a value everywhere."""
    form = await read_form(request, commands.ProposeReplacement)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.propose_replacement.name) as session:
            spillage_id = await commands.propose_replacement(session, body)
        return see_other(None, f"/documents/spillage/{spillage_id}")
    return frame.show(
        "documents/spillage_form.html", _ProposePage(_unsaid(form), rules.SHORTEST_VALUE), status=form.status
    )


@get("/documents/spillage/{spillage_id:int}", opt=allow("documents.replace-spilled"))
async def spillage(
    spillage_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One replacement: what was found, who proposed and confirmed it."""
    return await _page(frame, db, caller, SpillageId(spillage_id))


@post("/documents/spillage/{spillage_id:int}/confirm", opt=allow(commands.confirm_replacement), status_code=303)
async def confirm_replacement(
    spillage_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Confirm as the second administrator, and replace the value everywhere."""
    form = await read_form(request, commands.ConfirmReplacement)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.confirm_replacement.name) as session:
            await commands.confirm_replacement(session, SpillageId(spillage_id), body, version=form.version)
        return see_other(None, f"/documents/spillage/{spillage_id}")
    return await _page(frame, db, caller, SpillageId(spillage_id), confirm_form=_unsaid(form), status=form.status)


@post("/documents/spillage/{spillage_id:int}/withdraw", opt=allow(commands.withdraw_replacement), status_code=303)
async def withdraw_replacement(
    spillage_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say why a proposal is not carried out."""
    form = await read_form(request, commands.WithdrawReplacement)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.withdraw_replacement.name) as session:
            await commands.withdraw_replacement(session, SpillageId(spillage_id), body, version=form.version)
        return see_other(None, f"/documents/spillage/{spillage_id}")
    return await _page(frame, db, caller, SpillageId(spillage_id), withdraw_form=form, status=form.status)


async def _page(
    frame: Frame,
    db: Database,
    caller: Caller,
    spillage_id: SpillageId,
    *,
    confirm_form: Form[commands.ConfirmReplacement] | None = None,
    withdraw_form: Form[commands.WithdrawReplacement] | None = None,
    status: int = 200,
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.spillage(session, spillage_id)
        page = _SpillagePage(
            spillage=view,
            state=_STATES[view.state],
            is_proposer=view.proposed_by_id == caller.id,
            confirm_form=confirm_form or Form(commands.ConfirmReplacement),
            withdraw_form=withdraw_form or Form(commands.WithdrawReplacement),
            history=await history(session, caller.reader, "spillage", spillage_id),
        )
        return frame.show("documents/spillage.html", page, now=session.now, status=status)


def _unsaid(form: Form[Any]) -> Form[Any]:
    """The form without the value: what must not stand in the record is not sent back either."""
    form.values["spilled_value"] = ""
    return form


HANDLERS: Final = (
    spillages,
    new_spillage,
    propose_replacement,
    spillage,
    confirm_replacement,
    withdraw_replacement,
)
