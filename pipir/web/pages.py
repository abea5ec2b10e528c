"""Draws pages: the environment of the templates, the frame around each page, and lists with their addresses."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from litestar import Request, Response

from pipir.kernel.access import ROLE_TITLES, Caller
from pipir.kernel.calendar import WASHINGTON, show_day
from pipir.kernel.countries import called
from pipir.kernel.marking import sees_all
from pipir.kernel.money import dollars, short_dollars
from pipir.kernel.paging import Page
from pipir.web.assets import asset_url
from pipir.web.exports import Columns, Export
from pipir.web.problems import ProblemDetails

T = TypeVar("T")
HTML = "text/html; charset=utf-8"
RIBBONS = {"production": "", "exercise": "Exercise installation", "rehearsal": "Rehearsal installation"}
DESIGNATION = (
    ("Controlled by", "the program office of this installation"),
    ("CUI category", "as marked on each record"),
    ("Distribution", "as marked on each record"),
    ("POC", "the program office of this installation"),
)
FOOTER = (
    ("Notice and consent", "/consent"),
    ("Accessibility (Section 508)", "/accessibility"),
    ("How to read this record", "/about"),
)


class NavItem(msgspec.Struct, frozen=True):
    """A place of the navigation, and the permission that shows it; `also` are places that lie within it elsewhere."""

    label: str
    href: str
    permission: str
    also: tuple[str, ...] = ()


class NavSection(msgspec.Struct, frozen=True):
    """Pages that lie together; where the caller may go to one of them alone, the section is that page."""

    label: str
    pages: tuple[NavItem, ...]


class _Link(msgspec.Struct, frozen=True):
    label: str
    href: str
    current: bool
    # How much waits there for the person; 0 is not shown.
    waiting: int = 0


class _User(msgspec.Struct, frozen=True):
    name: str
    office: str
    roles: tuple[str, ...]
    last_sign_in: str


class Site(msgspec.Struct, frozen=True):
    """What templates/base.html reads of every answer."""

    installation: str
    ribbon: str
    marking_banner: str
    designation: tuple[tuple[str, str], ...]
    user: _User | None
    nav: tuple[_Link, ...]
    # The pages of the section that one is in, where it has several; it leads them.
    section: str
    section_pages: tuple[_Link, ...]
    own: tuple[_Link, ...]
    footer_links: tuple[tuple[str, str], ...]
    csrf_token: str
    program_now: str
    path: str
    version: str
    fragment: bool
    seeing_as: str
    # Whether the reader sees less than the US government does: then what is empty is empty of what they may see.
    limited: bool


class ListView(msgspec.Struct, Generic[T], frozen=True):
    """A list as templates/_macros/tables.html reads it; every address is complete."""

    items: tuple[T, ...]
    count: int
    noun: str
    position: str
    chips: tuple[tuple[str, str], ...]
    clear_href: str
    sort: str
    descending: bool
    sort_hrefs: dict[str, str]
    previous_href: str
    next_href: str
    export: Export | None
    chosen: dict[str, Any]


class ErrorPage(msgspec.Struct, frozen=True):
    """What templates/error.html shows."""

    status: int
    title: str
    detail: str
    citation: str
    mistakes: tuple[Any, ...]
    way_out: str
    way_out_href: str
    back_href: str
    back_label: str
    incident: str


class Pages:
    """The templates of an app and what is the same on each of its pages."""

    def __init__(
        self, templates: Path, *, installation: str, version: str, nav: Sequence[NavSection], own: Sequence[NavItem]
    ) -> None:
        self.installation = installation
        self.version = version
        self.nav = tuple(nav)
        self.own = tuple(own)
        self.environment = Environment(
            loader=FileSystemLoader(templates),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            auto_reload=False,
        )
        self.environment.globals["asset_url"] = asset_url
        self.environment.globals["once_key"] = lambda: secrets.token_urlsafe(16)
        self.environment.filters.update(
            day=show_day, moment=show_moment, dollars=dollars, short_dollars=short_dollars, roles=show_roles, zip=zip
        )

    def frame(self, request: Request[Any, Any, Any], *, waiting: Mapping[str, int] | None = None) -> "Frame":
        """The frame of one answer; `waiting` says how much waits for the caller, by the address of the place."""
        return Frame(self, request, waiting or {})

    def error(self, request: Request[Any, Any, Any], details: ProblemDetails) -> bytes:
        """The error page as bytes; works without a session and without a database."""
        back = self._place(request, details.status)
        page = ErrorPage(
            status=details.status,
            title=details.title,
            detail=details.detail,
            citation=details.citation,
            mistakes=details.mistakes,
            way_out=details.way_out,
            way_out_href=details.way_out_href,
            back_href=back.href if back else "/",
            back_label=f"Go to {back.label}" if back else "Go to the first page",
            incident=details.incident,
        )
        return self.frame(request).draw("error.html", page)

    def _place(self, request: Request[Any, Any, Any], status: int) -> NavItem | None:
        """The place that a record was looked for in, where the person may go there."""
        caller, path = request.scope.get("user"), request.url.path
        if not isinstance(caller, Caller) or status == HTTPStatus.FORBIDDEN:
            return None
        places = [each for part in self.nav for each in part.pages if path != each.href and caller.may(each.permission)]
        return max((each for each in places if _reach(path, each)), key=lambda each: _reach(path, each), default=None)


class Frame:
    """One request's view of the pages: who asks, where, and whether htmx asked for the results alone."""

    def __init__(self, pages: Pages, request: Request[Any, Any, Any], waiting: Mapping[str, int]) -> None:
        self._pages, self._waiting = pages, waiting
        self.request = request

    def show(
        self,
        template: str,
        page: object,
        *,
        now: datetime | None = None,
        status: int = 200,
        marking: str = "CUI",
    ) -> Response[bytes]:
        """The page as an answer; `now` is the program's time that it was read at."""
        body = self.draw(template, page, now=now, marking=marking)
        headers = {"Vary": "HX-Request"}
        if self._is_fragment:
            # What is shown has an address: it can be sent to a colleague, and the way back leads through it.
            asked = [(name, text) for name, text in self.request.query_params.multi_items() if text]
            path = self.request.url.path
            headers["HX-Push-Url"] = f"{path}?{urlencode(asked)}" if asked else path
        return Response(body, status_code=status, media_type=HTML, headers=headers)

    def draw(self, template: str, page: object, *, now: datetime | None = None, marking: str = "CUI") -> bytes:
        """The page as bytes; its banner is never less than that of the installation's pages."""
        site = self._site(now, marking if marking.startswith("CUI") else "CUI")
        return self._pages.environment.get_template(template).render(site=site, page=page).encode()

    def list_view(
        self,
        found: Page[T],
        *,
        noun: tuple[str, str],
        sort: str,
        sorts: Sequence[str],
        chosen: Mapping[str, Any],
        labels: Mapping[str, str] | None = None,
        columns: Columns[Any] | None = None,
    ) -> ListView[T]:
        """A list with the addresses of its orders, pages and chips. `chosen` holds the filters in force by query name.

        `noun` is singular and plural; `labels` gives a value in force its name for people, as "value" or "name=value".
        With `columns` the list is offered as the files at `export.csv` and `export.xlsx` below its own address.
        """
        path, named = self.request.url.path, labels or {}
        filters = [(name, str(each)) for name, value in chosen.items() for each in _each(value)]
        total = found.total if found.total is not None else len(found.items)

        def href(more: Mapping[str, str | None], keep: Sequence[tuple[str, str]] = filters) -> str:
            query = urlencode([*keep, *((name, value) for name, value in more.items() if value)])
            return f"{path}?{query}" if query else path

        chips = tuple(
            (
                named.get(f"{name}={value}", named.get(value, value)),
                href({"sort": sort}, [pair for pair in filters if pair != (name, value)]),
            )
            for name, value in filters
        )
        key = sort.removeprefix("-")
        return ListView(
            items=found.items,
            count=total,
            noun=noun[0] if total == 1 else noun[1],
            position="" if len(found.items) == total else f"showing {len(found.items)}",
            chips=chips,
            clear_href=path,
            sort=key,
            descending=sort.startswith("-"),
            sort_hrefs={name: href({"sort": f"-{name}" if sort == name else name}) for name in sorts},
            previous_href=href({"sort": sort, "cursor": found.previous_cursor}) if found.previous_cursor else "",
            next_href=href({"sort": sort, "cursor": found.next_cursor}) if found.next_cursor else "",
            export=Export(f"{path}/export", columns.titles, (*filters, ("sort", sort))) if columns else None,
            chosen=dict(chosen),
        )

    @property
    def _is_fragment(self) -> bool:
        headers = self.request.headers
        return headers.get("hx-request") == "true" and headers.get("hx-history-restore-request") != "true"

    def _site(self, now: datetime | None, marking: str) -> Site:
        caller = self.request.scope.get("user")
        caller = caller if isinstance(caller, Caller) else None
        path = self.request.url.path
        sections = [(part, _links(part.pages, caller, path)) for part in self._pages.nav]
        here = next(((part.label, links) for part, links in sections if any(each.current for each in links)), ("", ()))
        return Site(
            installation=self._pages.installation,
            ribbon=RIBBONS[self._pages.installation],
            marking_banner=marking,
            designation=DESIGNATION,
            user=_user(caller) if caller else None,
            nav=tuple(_led_by(part, links) for part, links in sections if links),
            section=here[0],
            section_pages=here[1] if len(here[1]) > 1 else (),
            own=_links(self._pages.own, caller, path, self._waiting),
            footer_links=FOOTER,
            csrf_token=caller.csrf if caller else "",
            program_now=show_moment(now) if now is not None else "",
            path=path,
            version=self._pages.version,
            fragment=self._is_fragment,
            seeing_as=called(caller.seeing_as) if caller and caller.seeing_as else "",
            limited=caller is not None and not sees_all(caller.reader),
        )


def show_moment(instant: datetime) -> str:
    """An instant in Washington, with the zone's name."""
    local = instant.astimezone(WASHINGTON)
    return f"{local.day} {local:%b %Y, %H:%M} {local.tzname()}"


def show_roles(roles: Sequence[str]) -> str:
    """Roles by their titles."""
    titles: Mapping[str, str] = {str(role): title for role, title in ROLE_TITLES.items()}
    return ", ".join(titles.get(role, role) for role in roles) or "no role"


def _each(value: Any) -> Sequence[Any]:
    if value is None or value == "" or value is False:
        return ()
    if isinstance(value, bool):
        return ("true",)
    return value if isinstance(value, (list, tuple)) else (value,)


def _user(caller: Caller) -> _User:
    last = show_moment(caller.last_sign_in) if caller.last_sign_in is not None else ""
    return _User(caller.name, caller.office, tuple(ROLE_TITLES[role] for role in caller.roles), last)


def _links(
    items: Sequence[NavItem], caller: Caller | None, path: str, waiting: Mapping[str, int] | None = None
) -> tuple[_Link, ...]:
    """Those of the places that the caller may go to; of two that lie within each other the inner one is current."""
    nearest = max((_reach(path, item) for item in items), default=0)
    return tuple(
        _Link(item.label, item.href, 0 < _reach(path, item) == nearest, (waiting or {}).get(item.href, 0))
        for item in items
        if caller is not None and caller.may(item.permission)
    )


def _led_by(section: NavSection, pages: tuple[_Link, ...]) -> _Link:
    """The section's entry: it leads to its first page."""
    label = section.label if len(pages) > 1 else pages[0].label
    return _Link(label, pages[0].href, any(each.current for each in pages))


def _reach(path: str, item: NavItem) -> int:
    """How much of the path the place's address covers; 0: the path lies elsewhere."""
    return max((len(href) for href in (item.href, *item.also) if _is_at(path, href)), default=0)


def _is_at(path: str, href: str) -> bool:
    return path == href if href == "/" else path == href or path.startswith(href + "/")
