"""The HTML door of notices: calendar feeds and preferences of the person who is signed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.notices import commands, queries, rules
from pipir.features.people.queries import office_choices
from pipir.kernel.access import Caller
from pipir.kernel.dated import KINDS
from pipir.kernel.ids import CalendarFeedId, RecordNumber
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.acts import words
from pipir.web.api import Address, see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

_KINDS: Final = {
    "mine": "What is yours or your office's, as in your inbox",
    "office": "The dates of one office and its people",
    "statute": "Every date of section 1253",
    "group": "The meetings and action items of one group",
}


_MANNERS: Final = (
    ("at once", "Each reminder at once"),
    ("daily", "One digest a day, where anything waits"),
    ("none", "No mail: the inbox only"),
)
_HOURS: Final = tuple((str(hour), f"{hour:02}:00") for hour in range(24))


@dataclass(frozen=True)
class _FeedsPage:
    feeds: tuple[queries.FeedView, ...]
    form: Form[commands.MakeFeed]
    kinds: Mapping[str, str]
    offices: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, str], ...]
    made: str


@dataclass(frozen=True)
class _PreferencesPage:
    form: Form[commands.Prefer]
    email: str | None
    manners: tuple[tuple[str, str], ...]
    hours: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]
    stored: bool


@dataclass(frozen=True)
class _MailsPage:
    mails: tuple[queries.MailLine, ...]
    state: str
    states: tuple[tuple[str, str], ...]


@get("/calendar-feeds", opt=allow(commands.make_feed))
async def feeds(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    group: FromQuery[int | None] = None,
) -> Response[bytes]:
    """The feeds that one has made, and the form for a new one: of the group whose page led here, if one did."""
    filled: dict[str, str | list[str]] = {"kind": "group", "group_id": str(group)} if group else {"kind": "mine"}
    return await _feeds_page(frame, db, caller, Form(commands.MakeFeed, filled))


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


@get("/preferences", opt=allow(commands.prefer))
async def preferences(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    stored: FromQuery[bool] = False,
) -> Response[bytes]:
    """How one is told by mail."""
    async with db.read() as session:
        view = await queries.preference(session, caller.id)
    return await _preferences_page(frame, db, caller, Form.of(commands.Prefer, view), stored=stored)


@post("/preferences", opt=allow(commands.prefer), status_code=303)
async def prefer(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say how one is told by mail."""
    form = await read_form(request, commands.Prefer)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.prefer.name) as session:
            await commands.prefer(session, body)
        return see_other(None, "/preferences?stored=true")
    return await _preferences_page(frame, db, caller, form)


async def _preferences_page(
    frame: Frame, db: Database, caller: Caller, form: Form[commands.Prefer], *, stored: bool = False
) -> Response[bytes]:
    async with db.read() as session:
        page = _PreferencesPage(
            form=form,
            email=(await queries.preference(session, caller.id)).email,
            manners=_MANNERS,
            hours=_HOURS,
            kinds=tuple((kind, f"{kind[:1].upper()}{kind[1:]}") for kind in KINDS),
            stored=stored,
        )
        return frame.show("notices/preferences.html", page, now=session.now, status=form.status)


async def _feeds_page(
    frame: Frame, db: Database, caller: Caller, form: Form[commands.MakeFeed], *, made: str = ""
) -> Response[bytes]:
    async with db.read() as session:
        offices = await office_choices(session)
        page = _FeedsPage(
            feeds=await queries.feeds_of(session, caller.reader, caller.id),
            form=form,
            kinds=_KINDS,
            offices=offices,
            groups=tuple((str(number), name) for number, name in await queries.groups(session, caller.reader)),
            made=made,
        )
        return frame.show("notices/feeds.html", page, now=session.now, status=form.status)


@get("/mails", opt=allow("people.administer"))
async def mails(
    frame: NamedDependency[Frame], db: NamedDependency[Database], status: FromQuery[str] = ""
) -> Response[bytes]:
    """The mails of the outbox, the latest first: to whom, and how each goes."""
    async with db.read() as session:
        found = await queries.list_mails(session, state=status or None)
        states = words(rules.STATES)
        return frame.show("notices/mails.html", _MailsPage(found, status, states), now=session.now)


def routes() -> Router:
    """Every page of notices."""
    return Router(
        path="/", include_in_schema=False, route_handlers=[feeds, make_feed, revoke_feed, preferences, prefer, mails]
    )
