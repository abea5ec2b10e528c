"""The HTML door of home: the dashboard, its figures as a file, and how to read this record."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.document.charts import Chart, Period, period_bars
from pipir.features.duties import queries as duties
from pipir.features.home import queries
from pipir.features.notices.commands import note_fetch
from pipir.features.notices.compose import calendar_of
from pipir.features.notices.queries import feed_behind
from pipir.features.participants.rules import HOME
from pipir.kernel.access import Caller
from pipir.kernel.calendar import WASHINGTON
from pipir.kernel.errors import NotFound
from pipir.kernel.money import Dollars
from pipir.sheets import Cell
from pipir.statute.load import the_statute
from pipir.statute.lookup import SECTION
from pipir.statute.model import Provision, Standing
from pipir.store.doors import Database
from pipir.web.access import PUBLIC, SECRET_PATH, allow
from pipir.web.api import Address
from pipir.web.exports import EXERCISE, Columns, Export, export_file, file_paths
from pipir.web.pages import Frame

_MILLION: Final = Decimal(1_000_000)
_WIDE, _NARROW = 8, 5
_CALENDAR: Final = "text/calendar"  # the framework adds the charset
_FEED: Final = re.compile(r"([A-Za-z0-9_-]{43})\.ics")
_SHADES: Final = 4
_STANDINGS: Final[tuple[tuple[Standing, str], ...]] = (
    ("statute", "What an enacted law says, told in our own words beside its citation."),
    ("regulation", "What a rule under a law says."),
    ("convention", "How offices do it. Nobody is bound by it."),
    (
        "our-reading",
        "How this installation reads a text that leaves room: whose reading, and of which day, stands with it.",
    ),
    ("bill", "A text that was not enacted. It is shown where it differs, and governs nothing."),
    ("pattern", "An instrument of another partnership that this one may learn from. It is not law of the Partnership."),
)
_COLUMNS: Final = Columns[tuple[Cell, ...]](("Section", "Figure", "Value", "Unit", "As of", "Source", EXERCISE))


@dataclass(frozen=True)
class _Tile:
    trigraph: str
    name: str
    href: str
    number: str
    level: int


@dataclass(frozen=True)
class _DashboardPage:
    board: queries.Dashboard
    # None through a partner's eyes: a desk, the money and what waits are the office's own business.
    desk: queries.Desk | None
    health: queries.Health | None
    may_see_money: bool
    chart: Chart | None
    chart_narrow: Chart | None
    calendars: tuple[Chart, ...]
    regions: tuple[tuple[str, tuple[_Tile, ...]], ...]
    map: tuple[tuple[str, int], ...]
    shades: tuple[tuple[str, str], ...]
    other_authority: bool
    obligation: Provision
    export: Export


@dataclass(frozen=True)
class _AboutPage:
    standings: tuple[tuple[str, str, Provision | None], ...]
    release: str
    title: str
    citation: str


@dataclass(frozen=True)
class _AccessibilityPage:
    law: Provision
    contact: str


@get("/", opt=allow("home.read"))
async def home(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The desk of a role of the caller's, and the program at a glance."""
    async with db.read() as session:
        own = caller.seeing_as is None or caller.seeing_as.nationality == HOME
        desk = await queries.desk_of(session, caller, request.query_params.get("as") or None) if own else None
        health = await queries.health_of(session, caller) if own else None
        board, every = await queries.dashboard(session, caller)
    step = _step(board.countries)
    tiles = tuple(
        (
            region,
            tuple(
                _Tile(
                    each.code,
                    each.name,
                    f"/participants/{each.id}",
                    str(each.projects or "none"),
                    _level(each.projects, step),
                )
                for each in board.countries
                if each.region == region
            ),
        )
        for region in dict.fromkeys(each.region for each in board.countries)
    )
    page = _DashboardPage(
        board=board,
        desk=desk,
        health=health,
        may_see_money=caller.may("ledger.read"),
        chart=_chart(board.money, narrow=False),
        chart_narrow=_chart(board.money, narrow=True),
        calendars=duties.calendars(every, board.today, 2),
        regions=tiles,
        map=(
            (HOME, 0),
            *((each.code, _level(each.projects, step)) for each in board.countries if _level(each.projects, step)),
        ),
        shades=_shades(step),
        other_authority=board.money is not None and bool(board.money.figures.obligated_other),
        obligation=the_statute().provision("obligation-evidence"),
        export=Export("/export", _COLUMNS.titles),
    )
    return frame.show("home/dashboard.html", page, now=board.as_of)


@get(file_paths("/export"), opt=allow("home.read"))
async def export_home(
    request: Request[Any, Any, Any], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The dashboard's figures as a file, each with its source and day."""
    async with db.read() as session:
        board, _ = await queries.dashboard(session, caller)
    return await export_file(request, "dashboard", _COLUMNS, _figures(board))


@get("/about", opt=PUBLIC)
async def about(frame: NamedDependency[Frame]) -> Response[bytes]:
    """How to read this record."""
    law = the_statute()
    instrument = law.instrument("1253.g")
    # An example of each kind is taken from the law as loaded, so that none is made up.
    examples: dict[str, Provision] = {}
    for row in sorted(
        law.provisions.values(), key=lambda row: (law.instrument_of[row.slug] != SECTION, row.sureness != "text")
    ):
        examples.setdefault(row.standing, row)
    page = _AboutPage(
        standings=tuple((name.replace("-", " "), says, examples.get(name)) for name, says in _STANDINGS),
        release=instrument.release_note,
        title=instrument.title,
        citation=instrument.full_citation,
    )
    return frame.show("home/about.html", page)


@get("/accessibility", opt=PUBLIC)
async def accessibility(frame: NamedDependency[Frame]) -> Response[bytes]:
    """What was done so that everybody can use the pages, and what to do where somebody cannot."""
    return frame.show(
        "home/accessibility.html",
        _AccessibilityPage(the_statute().provision("section-508"), "the program office of this installation"),
    )


@get("/calendar/{name:str}", opt=PUBLIC | SECRET_PATH)
async def calendar(
    name: FromPath[str],
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    address: NamedDependency[Address],
) -> Response[bytes]:
    """A calendar feed: whoever holds its secret address reads it, as the person who made it may read now."""
    found = _FEED.fullmatch(name)
    if found is None:
        raise NotFound("There is no calendar feed at this address.")
    async with db.read() as session:
        feed = await feed_behind(session, found[1])
        entries = await queries.shown_in(session, feed)
        now = session.now
    async with db.write(actor=feed.owner.id, command="notices.fetch-feed") as writing:
        await note_fetch(writing, feed.id)
    # Weak: the same dates, made out at another time.
    tag = f'W/"{sha256(msgspec.json.encode((feed.title, address, entries))).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in (each.strip() for each in request.headers.get("if-none-match", "").split(",")):
        return Response(b"", status_code=304, headers=headers)
    content = calendar_of(entries, title=f"pipir: {feed.title}", address=address, at=now)
    return Response(content, media_type=_CALENDAR, headers=headers)


def _chart(money: queries.Money | None, *, narrow: bool) -> Chart | None:
    """Obligations by quarter, the two kinds of authority apart where both were used; None where nothing is recorded."""
    if money is None:
        return None
    both = bool(money.figures.obligated_other)
    shown = money.quarters[-(_NARROW if narrow else _WIDE) :]
    periods = [
        Period(
            f"Q{each.quarter}",
            tuple(_millions(value) for value in ((each.under_1253, each.under_other) if both else (each.under_1253,))),
            f"FY{each.fiscal_year % 100:02}",
            part=each.part,
        )
        for each in shown
    ]
    return period_bars(
        f"obligations-{'narrow' if narrow else 'wide'}",
        "Obligations by quarter",
        ("Under section 1253", "Under other authority") if both else ("Obligated",),
        periods,
        unit="Millions of dollars",
        part="Part quarter",
        narrow=narrow,
    )


def _millions(value: Dollars) -> Decimal:
    return (value.amount / _MILLION).quantize(Decimal("0.1"))


def _step(countries: tuple[queries.Country, ...]) -> int:
    """How many projects make a shade darker, so that the most lies in the darkest."""
    return max(-(-max((each.projects for each in countries), default=0) // _SHADES), 1)


def _level(projects: int, step: int) -> int:
    return min(-(-projects // step), _SHADES)


def _shades(step: int) -> tuple[tuple[str, str], ...]:
    """The legend of the shades, as many as are in use."""
    ranges = [(step * place + 1, step * (place + 1)) for place in range(_SHADES)]
    names = [str(low) if low == high else f"{low} to {high}" for low, high in ranges]
    plural = ["project" if name == "1" else "projects" for name in names]
    return (
        ("0", "United States"),
        *((str(n), f"{name} {noun}") for n, (name, noun) in enumerate(zip(names, plural, strict=True), 1)),
    )


def _figures(board: queries.Dashboard) -> Iterator[tuple[Cell, ...]]:
    """The rows of the file: what is not known says so in its cell."""
    as_of = board.as_of.astimezone(WASHINGTON).isoformat(timespec="seconds")
    record = "pipir, the program's record; of what you may see"
    count = board.countdown
    yield ("clock", count.title, count.days, "days", as_of, f"{count.citation} ({count.standing})", "")
    money = board.money
    source = (
        f"{money.statement.source_system}; {money.statement.reconciled}; {money.statement.of_what}" if money else record
    )
    mark = _mark(money is not None and money.exercise)
    for name in (
        "authority",
        "committed",
        "obligated",
        "obligated_1253",
        "obligated_other",
        "expended",
        "unliquidated",
    ):
        value: Cell = getattr(money.figures, name) if money else queries.NOT_PUBLIC
        yield ("money", name.replace("_", " "), value, "US dollars", as_of, source, mark)
    for each in money.quarters if money else ():
        label = f"obligated in FY{each.fiscal_year} Q{each.quarter}" + (" (part quarter)" if each.part else "")
        yield ("money by quarter", label, each.under_1253 + each.under_other, "US dollars", as_of, source, mark)
    counts = board.projects
    mark = _mark(board.exercise.projects)
    yield ("projects", "all", counts.projects if counts else queries.NOT_PUBLIC, "projects", as_of, record, mark)
    for group, rows in (("status", counts.by_status), ("workstream", counts.by_workstream)) if counts else ():
        for row in rows:
            if row.projects:
                yield (
                    f"projects by {group}",
                    row.name or queries.NOT_PUBLIC,
                    row.projects,
                    "projects",
                    as_of,
                    record,
                    mark,
                )
    mark = _mark(board.exercise.milestones)
    met = counts.milestones_met if counts and counts.milestones_met else None
    for name, number in (
        ("met", met),
        ("met on time", counts.milestones_met_on_time if counts and met else None),
        ("behind plan", counts.milestones_late if counts and counts.milestones else None),
    ):
        yield (
            "milestones",
            name,
            number if number is not None else queries.NOT_PUBLIC,
            "milestones",
            as_of,
            record,
            mark,
        )
    mark = _mark(board.exercise.participants)
    for standing, number in board.by_standing:
        yield ("participants by standing", standing or queries.NOT_PUBLIC, number, "countries", as_of, record, mark)
    mark = _mark(board.exercise.projects)
    for country in board.countries:
        yield (
            "projects by country",
            country.name,
            country.projects or "none recorded",
            "projects",
            as_of,
            record,
            mark,
        )
    for duty in board.next_duties:
        yield (
            "duties",
            f"{duty.what}: {duty.state.label}",
            duty.statutory_day,
            "statutory day",
            as_of,
            f"{duty.citation} ({duty.standing})",
            _mark(duty.exercise),
        )


def _mark(exercise: bool) -> str:
    return "EXERCISE DATA" if exercise else ""


HANDLERS: Final = (home, export_home, calendar, about, accessibility)
