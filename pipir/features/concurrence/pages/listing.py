"""The list of requests, its file, and how long each office takes."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from pipir.features.concurrence import commands, queries, rules
from pipir.kernel.access import Caller
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database, ReadSession
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.exports import Columns, Export, exercise, export_file, fields, file_paths
from pipir.web.pages import Frame, ListView

_SHOWS: Final = (
    ("open", "Open"),
    ("waiting", "Waiting for my office"),
    ("mine", "Asked by me"),
    ("settled", "Settled"),
    ("all", "All, with those withdrawn"),
)
_COLUMNS: Final = Columns[queries.RequestView](
    (
        "Request", "Act", "Subject", "State", "Asked by", "Office", "Round", "Asked on", "Due on", "Days past due",
        "Offices and answers", "How it stands", "Value sha256", "Marking", "Exercise data",
    ),
    lambda each: (
        each.id,
        each.act_title,
        each.title,
        each.state,
        each.asked_by,
        each.office,
        each.round,
        each.asked_on,
        each.due_on,
        each.days_past_due,
        "; ".join(f"{asked.office} ({asked.role}): {asked.answer or 'no answer'}" for asked in each.offices),
        each.says,
        each.value_hash,
        each.marking,
        exercise(each),
    ),
)  # fmt: skip
_DAYS: Final = fields(
    "office", "asked", "answered", "median_days", "longest_days", "median_working_days", "longest_working_days",
    "waiting", "waiting_days", "past_due",
)  # fmt: skip


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.RequestView]
    shows: tuple[tuple[str, str], ...]
    acts: tuple[tuple[str, str], ...]
    may_ask: bool


@dataclass(frozen=True)
class _DaysPage:
    offices: tuple[queries.OfficeDays, ...]
    export: Export


@get("/concurrence", opt=allow("concurrence.read"))
async def requests(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    show: FromQuery[str] = "",
    act: FromQuery[str] = "",
    sort: FromQuery[str] = "due",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Requests for coordination: what is open, unless something else is asked for."""
    async with db.read() as session:
        found = await _found(session, caller, q, show, act, sort, cursor, limit)
        acts = tuple((each.slug, each.title) for each in rules.ACTS.values())
        view = frame.list_view(
            found,
            noun=("request", "requests"),
            sort=sort,
            sorts=tuple(queries.SORTS),
            chosen={"q": q, "show": show, "act": act},
            labels=dict(_SHOWS) | dict(acts),
            columns=_COLUMNS,
        )
        page = _ListPage(view, _SHOWS, acts, caller.may(commands.ask.permission))
        return frame.show("concurrence/requests.html", page, now=session.now)


@get(file_paths("/concurrence/export"), opt=allow("concurrence.read"))
async def export_requests(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    show: FromQuery[str] = "",
    act: FromQuery[str] = "",
    sort: FromQuery[str] = "due",
) -> Response[bytes]:
    """Exactly the requests of the list."""
    async with db.read() as session:
        found = await every_row(lambda cursor: _found(session, caller, q, show, act, sort, cursor, AT_ONCE))
    return await export_file(request, "coordination", _COLUMNS, found)


@get("/concurrence/days", opt=allow("concurrence.read"))
async def days(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """How long each office takes."""
    async with db.read() as session:
        page = _DaysPage(
            await queries.days_by_office(session, caller.reader), Export("/concurrence/days/export", _DAYS.titles)
        )
        return frame.show("concurrence/days.html", page, now=session.now)


@get(file_paths("/concurrence/days/export"), opt=allow("concurrence.read"))
async def export_days(
    request: Request[Any, Any, Any], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The same table as a file."""
    async with db.read() as session:
        found = await queries.days_by_office(session, caller.reader)
    return await export_file(request, "coordination-days", _DAYS, found)


async def _found(
    session: ReadSession,
    caller: Caller,
    q: str,
    show: str,
    act: str,
    sort: str,
    cursor: str | None,
    limit: int,
) -> Page[queries.RequestView]:
    states = {"settled": rules.SETTLED, "all": (), "mine": ()}.get(show, ("open", "sent back"))
    waits_for = tuple(await queries.offices_of(session, caller.id)) if show == "waiting" else None
    return await queries.list_requests(
        session,
        caller.reader,
        text_in=q or None,
        states=states,
        act=act or None,
        asked_by=caller.id if show == "mine" else None,
        waits_for=waits_for,
        sort=sort,
        cursor=cursor,
        limit=limit,
    )


HANDLERS: Final = (requests, export_requests, days, export_days)
