"""The HTML door of notices: the calendar feeds of the person who is signed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.features.notices import commands, queries
from pipir.features.people.queries import list_offices
from pipir.kernel.access import Caller
from pipir.kernel.ids import CalendarFeedId, RecordNumber
from pipir.kernel.paging import LARGEST_LIMIT
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import Address, see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

_KINDS: Final = {
    "mine": "What is yours or your office's, as in your inbox",
    "office": "The dates of one office and its people",
    "statute": "Every date of section 1253",
}


@dataclass(frozen=True)
class _FeedsPage:
    feeds: tuple[queries.FeedView, ...]
    form: Form[commands.MakeFeed]
    kinds: Mapping[str, str]
    offices: tuple[tuple[str, str], ...]
    made: str


@get("/calendar-feeds", opt=allow(commands.make_feed))
async def feeds(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The feeds that one has made, and the form for a new one."""
    return await _feeds_page(frame, db, caller, Form(commands.MakeFeed, {"kind": "mine"}))


@post("/calendar-feeds", opt=allow(commands.make_feed), status_code=200)
async def make_feed(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    address: NamedDependency[Address],
) -> Response[bytes]:
    """Make a feed and show its address this once."""
    form = await read_form(request, commands.MakeFeed)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.make_feed.name) as session:
            secret = await commands.make_feed(session, body)
        empty = Form(commands.MakeFeed, {"kind": "mine"})
        return await _feeds_page(frame, db, caller, empty, made=f"{address}/calendar/{secret}.ics")
    return await _feeds_page(frame, db, caller, form)


@post("/calendar-feeds/{feed_id:int}/revoke", opt=allow(commands.revoke_feed), status_code=303)
async def revoke_feed(
    feed_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """End a feed now."""
    async with db.write(actor=caller.id, command=commands.revoke_feed.name) as session:
        await commands.revoke_feed(session, CalendarFeedId(feed_id), commands.RevokeFeed())
    return see_other(None, "/calendar-feeds")


async def _feeds_page(
    frame: Frame, db: Database, caller: Caller, form: Form[commands.MakeFeed], *, made: str = ""
) -> Response[bytes]:
    async with db.read() as session:
        offices = await list_offices(session, limit=LARGEST_LIMIT)
        page = _FeedsPage(
            feeds=await queries.feeds_of(session, caller.id),
            form=form,
            kinds=_KINDS,
            offices=tuple((str(each.id), f"{each.symbol}: {each.name}") for each in offices.items),
            made=made,
        )
        return frame.show("notices/feeds.html", page, now=session.now, status=form.status)


def routes() -> Router:
    """Every page of notices."""
    return Router(path="/", include_in_schema=False, route_handlers=[feeds, make_feed, revoke_feed])
