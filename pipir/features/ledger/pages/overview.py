"""The ledger itself: totals, the quarters' chart, entries by the filters, and the file of them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from pipir.document.charts import Chart, Measure, Period, horizontal_bars, period_bars
from pipir.features.ledger import queries
from pipir.features.ledger.pages.filters import (
    STAGES,
    FilterChoices,
    filter_choices,
    in_address,
    labels_of,
    read_chosen,
)
from pipir.features.ledger.pages.forms import QUARTERS_SHOWN
from pipir.features.ledger.queries import Chosen
from pipir.kernel.access import Caller
from pipir.kernel.calendar import fiscal_quarter
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.money import Dollars, short_dollars
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.exports import export_file, fields, file_paths
from pipir.web.pages import Frame, ListView

LARGEST_EXPORT: Final = 100_000
_BARS_SHOWN: Final = 8
_QUARTERS_NARROW: Final = 5
_COLUMNS: Final = fields(
    "id", "kind", "reversed_kind", "amount", "signed", "effective_on", "fiscal_year", "funding_number",
    "symbol", "project_code", "project_name", "country", "country_name", "program_authority",
    "authority_citation", "other_authority", "continues_under", "continuation_id", "late_because",
    "late_document", "document_number", "document_line", "document_on", "signed_at", "performance_from",
    "performance_until", "need", "basis", "adjusts_entry_id", "reverses_entry_id", "reversed_by",
    "counter_entry_id", "transfer_law", "approval", "outside_account", "closed_symbol", "closed_document", "order_law",
    "order_method", "because", "contribution_kind", "receipt_law", "new_start", "incurred", "flag", "evidence",
    "warnings",
    "posted_by_name", "posted_at", "exercise",
)  # fmt: skip


@dataclass(frozen=True)
class _Bar:
    label: str
    text: str
    share: float
    note: str
    href: str
    exercise: bool


@dataclass(frozen=True)
class _LedgerPage:
    list: ListView[queries.EntryView]
    total: queries.Figures
    statement: queries.Statement
    law: tuple[tuple[str, str, str], ...]
    exercise: bool
    exceptions: int
    chart: Chart | None
    narrow: Chart | None
    unit: str
    stages: Chart | None
    stages_narrow: Chart | None
    quarters: tuple[queries.QuarterTotal, ...]
    countries: tuple[_Bar, ...]
    projects: tuple[_Bar, ...]
    choices: FilterChoices
    may_post: bool
    may_record: bool


@dataclass(frozen=True)
class _DrillPage:
    list: ListView[queries.EntryView]
    figure: str
    amount: Dollars | None
    statement: queries.Statement
    choices: FilterChoices


@get("/ledger", opt=allow("ledger.read"))
async def ledger(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "-effective",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """What was received, obligated and spent, and the entries that say so."""
    chosen = read_chosen(request)
    # A stage of money is no part of the others: the totals show all stages, whatever kinds the list is narrowed to.
    summed = msgspec.structs.replace(chosen, kind=None, exceptions=False, document=None)
    reader = caller.reader
    async with db.read() as session:
        found = await queries.list_entries(session, reader, chosen, sort=sort, cursor=cursor, limit=limit)
        if chosen.stage or chosen.without or chosen.appropriation:
            return await _drill(request, frame, session, caller, chosen, found, sort)
        total = await queries.total(session, reader, summed)
        quarters = await queries.by_quarter(session, reader, summed)
        countries = await queries.totals(session, reader, "country", summed)
        projects = await queries.totals(session, reader, "project", summed)
        flagged = await queries.exceptions(session, reader, limit=1)
        choices = await filter_choices(session, caller)
        view = _listed(frame, found, sort, in_address(request, chosen), choices)
        chart, narrow, unit = _quarter_charts(quarters, session.today)
        stages, stages_narrow = _stage_charts(total)
        page = _LedgerPage(
            list=view,
            total=total,
            statement=await queries.statement_of(session, reader, summed),
            law=queries.law_lines("statement-of-obligations"),
            exercise=any(each.exercise for each in quarters),
            exceptions=flagged.total or 0,
            chart=chart,
            narrow=narrow,
            unit=unit,
            stages=stages,
            stages_narrow=stages_narrow,
            quarters=quarters,
            countries=_bars(countries, "country"),
            projects=_bars(projects, "project"),
            choices=choices,
            may_post=caller.may("ledger.post"),
            may_record=caller.may("ledger.record-incurred"),
        )
        return frame.show("ledger/ledger.html", page, now=session.now)


async def _drill(
    request: Request[Any, Any, Any],
    frame: Frame,
    session: ReadSession,
    caller: Caller,
    chosen: Chosen,
    found: Page[queries.EntryView],
    sort: str,
) -> Response[bytes]:
    """The entries of one figure, with the figure and without what is drawn of all."""
    choices = await filter_choices(session, caller)
    current = in_address(request, chosen)
    sums = await queries.sums_of(session, caller.reader, chosen)
    page = _DrillPage(
        list=_listed(frame, found, sort, current, choices),
        figure=dict(STAGES)[chosen.stage] if chosen.stage else "",
        amount=getattr(sums, chosen.stage) if sums is not None and chosen.stage else None,
        statement=await queries.statement_of(session, caller.reader, chosen),
        choices=choices,
    )
    return frame.show("ledger/drill.html", page, now=session.now)


def _listed(
    frame: Frame, found: Page[queries.EntryView], sort: str, current: dict[str, Any], choices: FilterChoices
) -> ListView[queries.EntryView]:
    view = frame.list_view(
        found,
        noun=("entry", "entries"),
        sort=sort,
        sorts=queries.sorts_of(found.total),
        chosen=current,
        labels=labels_of(choices, current),
        columns=_COLUMNS,
    )
    if found.total is not None:
        return view
    return msgspec.structs.replace(view, position=f"of more than {queries.COUNTED_TO:,}")


@get(file_paths("/ledger/export"), opt=allow("ledger.read"))
async def export_entries(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "-effective",
) -> Response[bytes]:
    """Exactly the entries of the list."""
    async with db.read() as session:
        found = await queries.list_entries(
            session, caller.reader, read_chosen(request), sort=sort, limit=LARGEST_EXPORT
        )
    if found.next_cursor is not None:
        raise Invalid(
            f"The list holds more than {LARGEST_EXPORT:,} entries; narrow it by a filter and export again.",
            mistakes=(Mistake("fiscal_year", "Expected a narrower list."),),
        )
    return await export_file(request, "ledger-entries", _COLUMNS, found.items)


def _quarter_charts(quarters: tuple[queries.QuarterTotal, ...], today: date) -> tuple[Chart | None, Chart | None, str]:
    """Obligations by quarter, wide and narrow, and the unit that they are drawn in."""
    shown = quarters[-QUARTERS_SHOWN:]
    if not any(each.obligated for each in shown):
        return None, None, ""
    highest = max(abs(each.obligated.amount) for each in shown)
    unit, size = next(
        (unit, size)
        for unit, size in (
            ("Millions of dollars", Decimal(1_000_000)),
            ("Thousands of dollars", Decimal(1_000)),
            ("Dollars", Decimal(1)),
        )
        if highest >= size or size == 1
    )
    two = any(each.obligated_other for each in shown)
    series = ("Under section 1253", "Under another authority") if two else ("Obligated under section 1253",)
    periods = tuple(
        Period(
            label=f"Q{each.quarter}",
            values=tuple(
                amount.amount / size
                for amount in ((each.obligated_1253, each.obligated_other) if two else (each.obligated_1253,))
            ),
            group=f"FY{each.fiscal_year % 100:02d}",
            part=(each.fiscal_year, each.quarter) == fiscal_quarter(today),
        )
        for each in shown
    )
    title = "Obligations by fiscal quarter"
    wide = period_bars("obligations", title, series, periods, unit=unit, part="Part quarter")
    # A phone has room for the figures of five pairs of bars.
    narrow = period_bars(
        "obligations-narrow", title, series, periods[-_QUARTERS_NARROW:], unit=unit, part="Part quarter", narrow=True
    )
    return wide, narrow, unit


def _stage_charts(total: queries.Figures) -> tuple[Chart | None, Chart | None]:
    """From authority to outlay, each stage within what was received or ordered; None where nothing was."""
    whole = total.authority + total.ordered
    if not whole:
        return None, None
    stages = (
        ("Authority received", total.authority),
        *((("By orders and advances, never added", total.ordered),) if total.ordered else ()),
        ("Committed or obligated", total.committed + total.obligated),
        ("Obligated", total.obligated),
        ("Expended", total.expended),
    )
    longest = max(whole.amount, *(amount.amount for _, amount in stages))
    measures = [
        Measure(name, max(amount.amount, Decimal(0)), short_dollars(amount), whole=longest) for name, amount in stages
    ]
    title = "From authority received to outlay"
    wide = horizontal_bars("stages", title, measures, measure="Amount")
    return wide, horizontal_bars("stages-narrow", title, measures, measure="Amount", narrow=True)


def _bars(found: queries.Totals, name: str) -> tuple[_Bar, ...]:
    rows = [row for row in found.rows if row.figures.obligated][:_BARS_SHOWN]
    most = max((row.figures.obligated.amount for row in rows), default=Decimal(0))
    return tuple(
        _Bar(
            row.label,
            short_dollars(row.figures.obligated),
            float(max(row.figures.obligated.amount, Decimal(0)) / most) if most > 0 else 0.0,
            row.sub,
            f"/ledger?{name}={row.key}" if row.key else "",
            row.exercise,
        )
        for row in rows
    )


HANDLERS: Final = (
    ledger,
    export_entries,
)
