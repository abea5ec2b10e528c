"""Decisions of meetings: list and file, and one with what came of it."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.groups import queries
from pipir.features.groups.pages.shared import (
    STATE_NAMES,
    group_choices,
)
from pipir.kernel.access import Caller
from pipir.kernel.ids import DecisionId, RecordNumber
from pipir.kernel.paging import Limit
from pipir.statute.load import the_statute
from pipir.statute.lookup import objective_names
from pipir.statute.model import Provision
from pipir.store.doors import Database
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.exports import export_file, fields, file_paths
from pipir.web.pages import Frame, ListView

_SORTS: Final = ("day", "title", "objective", "meeting")
_COLUMNS: Final = fields(
    "code", "title", "text", "decided_on", "meeting", "group", "objective", "agreed_by", "actions", "open_actions",
    "withdrawn_because", "marking", "exercise",
)  # fmt: skip


@dataclass(frozen=True)
class _DecisionsPage:
    list: ListView[queries.DecisionView]
    groups: tuple[tuple[str, str], ...]
    objectives: tuple[tuple[str, str], ...]
    objective_names: dict[str, str]


@dataclass(frozen=True)
class _DecisionPage:
    decision: queries.DecisionView
    objective: Provision | None
    actions: tuple[queries.ActionView, ...]
    changes: tuple[queries.ChangeView, ...]
    states: dict[str, str]
    may_change: bool


@get("/decisions", opt=allow("groups.read"))
async def decisions(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    group: FromQuery[int | None] = None,
    objective: FromQuery[str] = "",
    country: FromQuery[str] = "",
    idle: FromQuery[bool] = False,
    withdrawn: FromQuery[bool] = False,
    sort: FromQuery[str] = "-day",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """What the meetings decided, and what came of it."""
    async with db.read() as session:
        found = await queries.list_decisions(
            session,
            caller.reader,
            text_in=q or None,
            group_id=group,
            objective=objective or None,
            country=country or None,
            without_action=idle,
            withdrawn=withdrawn,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        groups, objectives = await group_choices(session, caller), objective_names(the_statute())
        view = frame.list_view(
            found,
            noun=("decision", "decisions"),
            sort=sort,
            sorts=_SORTS,
            chosen={
                "q": q,
                "group": group,
                "objective": objective,
                "country": country,
                "idle": idle,
                "withdrawn": withdrawn,
            },
            labels=dict(groups)
            | dict(objectives)
            | {"idle=true": "without an action", "withdrawn=true": "with withdrawn ones"},
            columns=_COLUMNS,
        )
        page = _DecisionsPage(view, groups, objectives, dict(objectives))
        return frame.show("groups/decisions.html", page, now=session.now)


@get(file_paths("/decisions/export"), opt=allow("groups.read"))
async def export_decisions(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    group: FromQuery[int | None] = None,
    objective: FromQuery[str] = "",
    country: FromQuery[str] = "",
    idle: FromQuery[bool] = False,
    withdrawn: FromQuery[bool] = False,
    sort: FromQuery[str] = "-day",
) -> Response[bytes]:
    """Exactly the decisions of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_decisions(
                session,
                caller.reader,
                text_in=q or None,
                group_id=group,
                objective=objective or None,
                country=country or None,
                without_action=idle,
                withdrawn=withdrawn,
                sort=sort,
                cursor=cursor,
                limit=AT_ONCE,
            )
        )
    return await export_file(request, "decisions", _COLUMNS, found)


@get("/decisions/{decision_id:int}", opt=allow("groups.read"))
async def decision(
    decision_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One decision, the actions that came from it, and what these changed."""
    number = DecisionId(decision_id)
    async with db.read() as session:
        view = await queries.decision(session, caller.reader, number)
        found = await queries.list_actions(session, caller.reader, decision_id=number, limit=100)
        page = _DecisionPage(
            decision=view,
            objective=the_statute().provision(view.objective) if view.objective else None,
            actions=found.items,
            changes=await queries.changes(session, caller.reader, decision_id=number),
            states=STATE_NAMES,
            may_change=caller.may("groups.change"),
        )
        return frame.show("groups/decision.html", page, now=session.now, marking=view.marking)


HANDLERS: Final = (decisions, export_decisions, decision)
