"""The HTML door of the trail."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from pipir.features.trail import queries, rules
from pipir.features.trail.queries import TrailView
from pipir.kernel.access import Caller
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.paging import Limit, Page
from pipir.sheets import Cell
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.exports import Columns, export_file, file_paths
from pipir.web.files import attachment
from pipir.web.pages import Frame, ListView

LARGEST_EXPORT: Final = 20_000
_COLUMNS: Final = Columns[tuple[Cell, ...]](
    (
        "Number", "When (Washington)", "Who", "Command", "Kind of record", "Record", "Change", "Field", "Before",
        "After",
    )
)  # fmt: skip


@dataclass(frozen=True)
class _Line:
    """A change, and its record: what it is, and its address, "" where it has no page."""

    change: TrailView
    noun: str
    href: str


@dataclass(frozen=True)
class _TrailPage:
    list: ListView[TrailView]
    lines: tuple[_Line, ...]
    people: tuple[tuple[str, str], ...]
    offices: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]
    commands: tuple[str, ...]
    json_href: str


@dataclass(frozen=True)
class _Asked:
    """The filters as typed; blank is none."""

    person: str
    office: str
    kind: str
    record: str
    command: str
    since: str
    until: str

    async def of(
        self, session: ReadSession, caller: Caller, *, sort: str, cursor: str | None, limit: int
    ) -> Page[TrailView]:
        """The changes under these filters, or Invalid with every filter that cannot be read."""
        mistakes: list[Mistake] = []
        person, record = _number("person", self.person, mistakes), _number("record", self.record, mistakes)
        office = _number("office", self.office, mistakes)
        since, until = _day("since", self.since, mistakes), _day("until", self.until, mistakes)
        if mistakes:
            raise Invalid("The filters cannot be read.", mistakes=tuple(mistakes))
        return await queries.list_changes(
            session,
            caller.reader,
            person_id=person,
            office_id=office,
            subject=self.kind or None,
            subject_id=record,
            command=self.command or None,
            since=since,
            until=until,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@get("/trail", opt=allow("trail.read"))
async def trail(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    person: FromQuery[str] = "",
    office: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    record: FromQuery[str] = "",
    command: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    sort: FromQuery[str] = "-at",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Who changed what, when, under which command."""
    asked = _Asked(person, office, kind, record, command, since, until)
    async with db.read() as session:
        found = await asked.of(session, caller, sort=sort, cursor=cursor, limit=limit)
        people = tuple((str(number), name) for number, name in await queries.actors(session))
        offices = tuple((str(number), symbol) for number, symbol in await queries.offices(session))
        kinds = tuple((each, rules.noun_of(each)) for each in await queries.kinds(session, caller.reader))
        view = frame.list_view(
            found,
            noun=("change", "changes"),
            sort=sort,
            sorts=("at",),
            chosen={
                "person": person,
                "office": office,
                "kind": kind,
                "record": record,
                "command": command,
                "since": since,
                "until": until,
            },
            labels={f"person={number}": name for number, name in people}
            | {f"office={number}": symbol for number, symbol in offices}
            | dict(kinds),
            columns=_COLUMNS,
        )
        page = _TrailPage(
            list=view,
            lines=tuple(
                _Line(each, rules.noun_of(each.subject), rules.address(each.subject, each.subject_id))
                for each in found.items
            ),
            people=people,
            offices=offices,
            json_href=f"/trail/export.json?{urlencode(view.export.fields if view.export else ())}",
            kinds=kinds,
            commands=await queries.command_names(session, caller.reader),
        )
        return frame.show("trail/trail.html", page, now=session.now)


@get(file_paths("/trail/export"), opt=allow("trail.read"))
async def export(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    person: FromQuery[str] = "",
    office: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    record: FromQuery[str] = "",
    command: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    sort: FromQuery[str] = "-at",
) -> Response[bytes]:
    """The changes under the same filters, one line for each changed field."""
    found = await _whole(db, caller, _Asked(person, office, kind, record, command, since, until), sort)
    rows = [
        (each.id, each.at, each.who, each.command, each.subject, each.subject_id or "", each.told, *field)
        for each in found
        for field in ([(one.field, one.before, one.after) for one in each.changes] or [("", "", "")])
    ]
    return await export_file(request, "trail", _COLUMNS, rows)


@get("/trail/export.json", opt=allow("trail.read"))
async def export_json(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    person: FromQuery[str] = "",
    office: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    record: FromQuery[str] = "",
    command: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    sort: FromQuery[str] = "-at",
) -> Response[bytes]:
    """The changes under the same filters as JSON, each as the page tells it."""
    found = await _whole(db, caller, _Asked(person, office, kind, record, command, since, until), sort)
    return attachment("trail.json", msgspec.json.encode(found), "application/json")


async def _whole(db: Database, caller: Caller, asked: _Asked, sort: str) -> tuple[TrailView, ...]:
    """Every change under the filters, or Refused where a file cannot hold them."""
    async with db.read() as session:
        found = await asked.of(session, caller, sort=sort, cursor=None, limit=LARGEST_EXPORT)
    if found.next_cursor is not None:
        raise Refused(
            f"A file holds at most {LARGEST_EXPORT:,} changes; these filters find {found.total:,}.",
            way_out="Narrow the list, for example to fewer days.",
        )
    return found.items


def _number(name: str, typed: str, mistakes: list[Mistake]) -> int | None:
    if not typed:
        return None
    if typed.isascii() and typed.isdigit() and 1 <= len(typed) <= 18:
        return int(typed)
    mistakes.append(Mistake(name, "Expected a whole number.", typed[:60]))
    return None


def _day(name: str, typed: str, mistakes: list[Mistake]) -> date | None:
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        mistakes.append(Mistake(name, "Expected a date such as 2027-03-01.", typed[:60]))
        return None


def routes() -> Router:
    """Every page of the trail."""
    return Router(path="/", include_in_schema=False, route_handlers=[trail, export, export_json])
