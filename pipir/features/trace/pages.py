"""The HTML door of the trace: by paragraph, one paragraph, what a record serves, beside the bill, the sheet."""

import asyncio
from dataclasses import dataclass
from typing import Final, get_args

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.document.pdf import render_pdf
from pipir.features.trace import queries, rules
from pipir.features.trace.rules import Traced
from pipir.kernel.access import Caller
from pipir.kernel.paging import Page
from pipir.statute.load import the_statute
from pipir.statute.lookup import SECTION
from pipir.statute.model import Difference, Instrument, Kind
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.files import attachment
from pipir.web.pages import Frame, ListView

_SHEET: Final = "statute-trace.pdf"


@dataclass(frozen=True)
class _TracePage:
    list: ListView[Traced]
    instrument: Instrument
    instruments: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]
    states: tuple[str, ...]
    pills: dict[rules.State, str]
    counts: tuple[tuple[rules.State, int], ...]


@dataclass(frozen=True)
class _ParagraphPage:
    row: Traced
    instrument: Instrument
    pills: dict[rules.State, str]
    differences: tuple[tuple[Difference, str, str], ...]


@dataclass(frozen=True)
class _ServedPage:
    record: queries.RecordTrace


@dataclass(frozen=True)
class _ComparePage:
    rows: tuple[queries.Compared, ...]
    bill: Instrument
    section: Instrument


@get("/trace", opt=allow("duties.read"))
async def trace(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    instrument: FromQuery[str] = SECTION,
    kind: FromQuery[str] = "",
    status: FromQuery[str] = "",
) -> Response[bytes]:
    """The paragraphs of an instrument, each with its state and what keeps it."""
    law = the_statute()
    async with db.read() as session:
        every = await queries.list_traced(session, caller.reader, instrument=instrument)
        found = queries.narrowed(every, kind=kind or None, status=status or None)
        instruments = tuple((slug, law.instruments[slug].citation) for slug in queries.INSTRUMENTS)
        of_section = "" if instrument == SECTION else instrument
        view = frame.list_view(
            Page(items=found, total=len(found), next_cursor=None, previous_cursor=None),
            noun=("paragraph", "paragraphs"),
            sort="",
            sorts=(),
            chosen={"instrument": of_section, "kind": kind, "status": status},
            labels=dict(instruments) | {kind: kind.replace("-", " ")},
        )
        counts = tuple((each, sum(row.state == each for row in every)) for each in rules.STATES)
        page = _TracePage(
            list=view,
            instrument=law.instruments[instrument],
            instruments=instruments,
            kinds=tuple((each, each.replace("-", " ")) for each in get_args(Kind)),
            states=rules.STATES,
            pills=rules.PILLS,
            counts=counts,
        )
        return frame.show("trace/trace.html", page, now=session.now)


@get("/trace/compare", opt=allow("duties.read"))
async def compare(frame: NamedDependency[Frame], db: NamedDependency[Database]) -> Response[bytes]:
    """Section 1253 beside the bill before it."""
    law = the_statute()
    async with db.read() as session:
        page = _ComparePage(queries.comparison(), law.instruments["s-2453"], law.instruments[SECTION])
        return frame.show("trace/compare.html", page, now=session.now)


@get("/trace/sheet.pdf", opt=allow("duties.read"))
async def compliance_sheet(db: NamedDependency[Database], caller: NamedDependency[Caller]) -> Response[bytes]:
    """The sheet for counsel as a PDF, of what the reader may see."""
    async with db.snapshot() as session:
        document = await queries.sheet_of(session, caller.reader)
    # Setting the pages takes a second in a process of its own; nobody else waits for it.
    return attachment(_SHEET, await asyncio.to_thread(render_pdf, document), "application/pdf")


@get("/trace/{slug:str}", opt=allow("duties.read"))
async def paragraph(
    slug: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One paragraph in full."""
    law = the_statute()
    async with db.read() as session:
        row = await queries.paragraph(session, caller.reader, slug)
        differences = tuple(
            (each, law.citation(each.other), law.provision(each.other).standing_label)
            for each in law.differences
            if slug in (each.governing, each.other)
        )
        page = _ParagraphPage(row, law.instruments[row.instrument], rules.PILLS, differences)
        return frame.show("trace/paragraph.html", page, now=session.now)


@get("/trace/records/{kind:str}/{key:str}", opt=allow("duties.read"))
async def served_by(
    kind: FromPath[str],
    key: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The paragraphs that a record serves."""
    async with db.read() as session:
        record = await queries.served_by(session, caller.reader, kind, key)
        return frame.show("trace/served.html", _ServedPage(record), now=session.now, marking=record.marking)


def routes() -> Router:
    """Every page of the trace."""
    return Router(
        path="/", include_in_schema=False, route_handlers=[trace, compare, compliance_sheet, paragraph, served_by]
    )
