"""The HTML door of search."""

from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.search import queries
from pipir.features.search.queries import Found, Hit
from pipir.features.search.rules import KINDS
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.paging import Limit
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.pages import Frame


@dataclass(frozen=True)
class _Choice:
    """A kind as a filter: its count, where it leads, and whether it is the one in force."""

    label: str
    count: int
    href: str
    current: bool


@dataclass(frozen=True)
class _Group:
    """Hits of one kind; `all_href` "" where every one of them is shown."""

    label: str
    count: int
    hits: tuple[Hit, ...]
    all_href: str


@dataclass(frozen=True)
class _SearchPage:
    found: Found
    choices: tuple[_Choice, ...]
    groups: tuple[_Group, ...]
    next_href: str
    previous_href: str


@get("/search", opt=allow("search.use"))
async def search(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """What the words typed into the header find."""
    async with db.read() as session:
        found = await queries.search(session, caller, q, kind=kind or None, cursor=cursor, limit=limit)

        def href(**more: str | None) -> str:
            return "/search?" + urlencode({"q": found.q} | {name: text for name, text in more.items() if text})

        counts = {each.kind: each.count for each in found.kinds}
        groups = tuple(
            _Group(
                KINDS[name].many, counts[name], hits, "" if found.kind or len(hits) == counts[name] else href(kind=name)
            )
            for name, hits in ((name, tuple(each)) for name, each in groupby(found.items, key=lambda hit: hit.kind))
        )
        page = _SearchPage(
            found=found,
            choices=(
                _Choice("Everything", found.total, href(), not found.kind),
                *(
                    _Choice(each.label, each.count, href(kind=each.kind), each.kind == found.kind)
                    for each in found.kinds
                ),
            ),
            groups=groups,
            next_href=href(kind=found.kind, cursor=found.next_cursor) if found.next_cursor else "",
            previous_href=href(kind=found.kind, cursor=found.previous_cursor) if found.previous_cursor else "",
        )
        return frame.show("search/search.html", page, now=session.now)


@get("/records/{kind:str}/{number:int}", opt=allow("search.use"))
async def lead_to_record(
    kind: FromPath[str],
    number: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Lead to the page of a record that is known by its number alone."""
    async with db.read() as session:
        return see_other(None, (await queries.record(session, caller.reader, kind, number)).href)


def routes() -> Router:
    """Every page of search."""
    return Router(path="/", include_in_schema=False, route_handlers=[search, lead_to_record])
