"""The JSON door of notices: the calendar feeds of the caller."""

import msgspec
from litestar import Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from pipir.features.notices import commands, queries
from pipir.kernel.access import Caller
from pipir.kernel.ids import CalendarFeedId, RecordNumber
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import Address


class MadeFeed(msgspec.Struct, frozen=True):
    """The secret address of a feed, told this once."""

    address: str


@get("/calendar-feeds", opt=allow(commands.make_feed))
async def list_feeds(db: NamedDependency[Database], caller: NamedDependency[Caller]) -> tuple[queries.FeedView, ...]:
    """The feeds that the caller has made, those in force first."""
    async with db.read() as session:
        return await queries.feeds_of(session, caller.reader, caller.id)


@post("/calendar-feeds", opt=allow(commands.make_feed))
async def make_feed(
    data: JSONBody[commands.MakeFeed],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    address: NamedDependency[Address],
) -> MadeFeed:
    """Make a feed; a repetition makes another one, since an answer that holds a secret is not kept."""
    async with db.write(actor=caller.id, command=commands.make_feed.name) as session:
        secret = await commands.make_feed(session, data)
    return MadeFeed(f"{address}/calendar/{secret}.ics")


@post("/calendar-feeds/{feed_id:int}/revoke", opt=allow(commands.revoke_feed), status_code=200)
async def revoke_feed(
    feed_id: FromPath[RecordNumber],
    data: JSONBody[commands.RevokeFeed],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> tuple[queries.FeedView, ...]:
    """End a feed now; gives the feeds as they stand."""
    async with db.write(actor=caller.id, command=commands.revoke_feed.name) as session:
        await commands.revoke_feed(session, CalendarFeedId(feed_id), data)
        found = await queries.feeds_of(session, caller.reader, caller.id)
    return found


@get("/preferences", opt=allow(commands.prefer))
async def show_preferences(db: NamedDependency[Database], caller: NamedDependency[Caller]) -> queries.PreferenceView:
    """How the caller is told by mail."""
    async with db.read() as session:
        return await queries.preference(session, caller.id)


@put("/preferences", opt=allow(commands.prefer))
async def prefer(
    data: JSONBody[commands.Prefer], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> queries.PreferenceView:
    """Say how the caller is told by mail; without `kinds` of every kind."""
    async with db.write(actor=caller.id, command=commands.prefer.name) as session:
        await commands.prefer(session, data)
        return await queries.preference(session, caller.id)


def routes() -> Router:
    """Every JSON route of notices."""
    return Router(
        path="/api/v1", tags=["notices"], route_handlers=[list_feeds, make_feed, revoke_feed, show_preferences, prefer]
    )
