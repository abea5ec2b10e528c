"""The execution review with its charts, unliquidated balances by age, and obligations on which nothing is spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from pipir.document.charts import Chart, Measure, Period, Point, cumulative_line, horizontal_bars, period_bars
from pipir.features.execution import queries, rules
from pipir.features.ledger import queries as ledger
from pipir.features.ledger.pages.forms import pairs
from pipir.features.ledger.queries import Chosen
from pipir.kernel.access import Caller
from pipir.kernel.calendar import fiscal_quarter
from pipir.kernel.ids import RecordNumber
from pipir.kernel.money import Dollars, short_dollars
from pipir.kernel.paging import Limit, Page
from pipir.statute.load import the_statute
from pipir.statute.lookup import number
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import Options
from pipir.web.exports import EXERCISE, STATEMENT, Columns, Export, exercise, export_file, fields, file_paths, stating
from pipir.web.forms import read_filter
from pipir.web.pages import Frame, ListView

_BY: Final = (("document", "Funding document"), ("account", "Treasury account"), ("project", "Project"))
_QUARTERS: Final = 8
_QUARTERS_NARROW: Final = 4
_LARGEST_SHOWN: Final = 100
_UNITS: Final = (
    ("Millions of dollars", Decimal(1_000_000)),
    ("Thousands of dollars", Decimal(1_000)),
    ("Dollars", Decimal(1)),
)
_TITLES: Final = (
    "Name", "Second line", "Kind of appropriation", "Account is", "Authority", "Committed", "Obligated", "Expended",
    "Unobligated", "Unliquidated", "Obligation rate, percent", "Outlay rate, percent", "Funds left, percent",
    "Benchmark obligated, percent", "Benchmark expended, percent", "Plan", "Planned obligations", "Planned outlays",
    "Obligated of plan, percent", "Expended of plan, percent", "Forecast", "Forecast obligations", "Forecast outlays",
    "Period ends", "Period left, percent", "Days left", "Obligations of the last days", "Outlays of the last days",
    "Unobligated lasts until", "Unliquidated lasts until", EXERCISE,
)  # fmt: skip
_QUIET: Final = fields(
    "id", "document_number", "document_line", "effective_on", "funding_number", "project_code", "project_name",
    "obligated", "expended", "unliquidated", "last_expended_on", "quiet_since", "quiet_days", "exercise",
)  # fmt: skip


class _Asked(msgspec.Struct, frozen=True):
    """What the review is narrowed to."""

    as_of: date | None = None
    by: str = "document"
    account: RecordNumber | None = None
    funding: RecordNumber | None = None
    project: RecordNumber | None = None

    @property
    def kept(self) -> tuple[tuple[str, str], ...]:
        """The filters as an address says them."""
        return tuple((name, str(value)) for name in _Asked.__struct_fields__ if (value := getattr(self, name)))


@dataclass(frozen=True)
class _Drawn:
    chart: Chart
    narrow: Chart
    title: str
    unit: str


@dataclass(frozen=True)
class _ReviewPage:
    review: queries.Review
    shown: tuple[queries.Reviewed, ...]
    asked: _Asked
    total: queries.Stages
    by_choices: Options
    account_choices: Options
    funding_choices: Options
    project_choices: Options
    quarters: _Drawn | None
    countries: _Drawn | None
    stages: _Drawn | None
    burn: _Drawn | None
    export: Export
    quiet_days: int
    law: tuple[tuple[str, str, str], ...]
    year_end_law: tuple[tuple[str, str, str], ...]
    orders_law: tuple[tuple[str, str, str], ...]
    resolution_law: tuple[tuple[str, str, str], ...]
    end_law: tuple[tuple[str, str, str], ...]
    exercise: bool


class _Narrower(NamedTuple):
    """What may be chosen in place of more: `href` is "" for what names none, which no filter chooses."""

    label: str
    sub: str
    href: str
    entries: int
    unliquidated: Dollars
    exercise: bool


@dataclass(frozen=True)
class _BalancesPage:
    list: ListView[queries.OpenObligation]
    # Where too many entries would be read: how many, and what is unliquidated by what is to be chosen next.
    too_many: int
    narrower: tuple[_Narrower, ...]
    narrowed_by: str
    balances: queries.Balances | None
    as_of: date
    asked: _Asked
    account_choices: Options
    funding_choices: Options
    project_choices: Options
    quiet_days: int
    statement: ledger.Statement
    law: tuple[tuple[str, str, str], ...]


@get("/ledger/execution", opt=allow("ledger.read"))
async def review(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """How funds are executed as of a day: against plan, benchmark and period."""
    asked = _asked(request)
    async with db.read() as session:
        found = await _review(session, caller, asked)
        total = sum((each.figures for each in found.rows), queries.NONE)
        chosen = Chosen(
            account_id=asked.account,
            funding_document_id=asked.funding,
            project_id=asked.project,
            effective_on=asked.as_of,
        )
        choices = await _choices(session, caller)
        law = the_statute()
        page = _ReviewPage(
            review=found,
            shown=found.rows[:_LARGEST_SHOWN],
            asked=asked,
            total=total,
            by_choices=_BY,
            account_choices=choices[0],
            funding_choices=choices[1],
            project_choices=choices[2],
            quarters=await _quarters(session, caller, asked, found.as_of),
            countries=await _countries(session, caller, chosen),
            stages=_stages(total) if found.by != "project" else None,
            burn=await _burn(session, caller, asked, found),
            export=Export("/ledger/execution/export", (*_TITLES, STATEMENT), asked.kept),
            quiet_days=number(law, rules.REVIEW, "without-expenditure-days"),
            law=ledger.law_lines(rules.BENCHMARKS, rules.REVIEW),
            year_end_law=ledger.law_lines("account-life", "expired-account"),
            orders_law=ledger.law_lines("economy-act-deobligation"),
            resolution_law=ledger.law_lines("continuing-resolution"),
            end_law=ledger.law_lines("sunset"),
            exercise=bool(found.rows) and all(each.exercise for each in found.rows),
        )
        return frame.show("execution/review.html", page, now=session.now)


@get(file_paths("/ledger/execution/export"), opt=allow("ledger.read"))
async def export_review(
    request: Request[Any, Any, Any], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The rows of the review as a file."""
    async with db.read() as session:
        found = await _review(session, caller, _asked(request))
        said = (await ledger.statement_of(session, caller.reader)).says
    return await export_file(request, "execution-review", stating(Columns(_TITLES, _cells), said), found.rows)


@get("/ledger/execution/balances", opt=allow("ledger.read"))
async def balances(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "since",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """Unliquidated balances by age, and the obligations on which nothing was spent for long."""
    asked = _asked(request)
    where = queries.Where(asked.funding, asked.account, asked.project)
    async with db.read() as session:
        on = queries.day_of(session, asked.as_of)
        too_many = await queries.too_many(session, caller.reader, on, where)
        found: Page[queries.OpenObligation] = Page((), None, 0)
        if not too_many:
            found = await queries.quiet_obligations(
                session, caller.reader, on, where, sort=sort, cursor=cursor, limit=limit
            )
        choices = await _choices(session, caller)
        view = frame.list_view(
            found,
            noun=("obligation", "obligations"),
            sort=sort,
            sorts=("since", "unliquidated", "effective"),
            chosen={
                "as_of": asked.as_of,
                "account": asked.account,
                "funding": asked.funding,
                "project": asked.project,
            },
            labels={
                f"{name}={value}": label
                for name, options in zip(("account", "funding", "project"), choices, strict=True)
                for value, label in options
            },
            columns=_QUIET,
        )
        page = _BalancesPage(
            view,
            too_many,
            await _narrower(session, caller, on, asked) if too_many else (),
            _NARROWED[queries.narrower(where)],
            None if too_many else await queries.balances(session, caller.reader, on, where),
            on,
            asked,
            *choices,
            number(the_statute(), rules.REVIEW, "without-expenditure-days"),
            await ledger.statement_of(session, caller.reader),
            ledger.law_lines(rules.REVIEW),
        )
        return frame.show("execution/balances.html", page, now=session.now)


# What people call what is chosen next.
_NARROWED: Final[dict[ledger.Group, str]] = {
    "account": "Treasury account",
    "funding_document": "Funding document",
    "project": "Project",
}


async def _narrower(session: ReadSession, caller: Caller, on: date, asked: _Asked) -> tuple[_Narrower, ...]:
    """The accounts, documents or projects of what was chosen, each with the address that chooses it too."""
    where = queries.Where(asked.funding, asked.account, asked.project)
    by = queries.narrower(where)
    found = await ledger.totals(session, caller.reader, by, queries.chosen_of(where, on))

    def href(key: str) -> str:
        return f"/ledger/execution/balances?{urlencode([*asked.kept, (queries.FILTERS[by], key)])}"

    return tuple(
        _Narrower(
            each.label,
            each.sub,
            href(each.key) if each.key else "",
            each.figures.count,
            each.figures.unliquidated,
            each.exercise,
        )
        for each in found.rows
        if each.figures.obligated or each.figures.expended
    )


@get(file_paths("/ledger/execution/balances/export"), opt=allow("ledger.read"))
async def export_quiet(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "since",
) -> Response[bytes]:
    """The obligations of the list as a file."""
    asked = _asked(request)
    where = queries.Where(asked.funding, asked.account, asked.project)
    async with db.read() as session:
        on = queries.day_of(session, asked.as_of)
        found = await queries.every_quiet_obligation(session, caller.reader, on, where, sort=sort)
    return await export_file(request, "quiet-obligations", _QUIET, found)


def _asked(request: Request[Any, Any, Any]) -> _Asked:
    return read_filter(request, _Asked, one={name: name for name in _Asked.__struct_fields__})


async def _review(session: ReadSession, caller: Caller, asked: _Asked) -> queries.Review:
    return await queries.review(
        session,
        caller.reader,
        as_of=asked.as_of,
        by=asked.by,
        account_id=asked.account,
        document_id=asked.funding,
        project_id=asked.project,
    )


async def _choices(session: ReadSession, caller: Caller) -> tuple[Options, Options, Options]:
    return (
        pairs(await ledger.account_choices(session)),
        pairs(await ledger.funding_choices(session, caller.reader)),
        pairs(await ledger.project_choices(session, caller.reader)),
    )


def _cells(row: queries.Reviewed) -> list[Any]:
    plan, forecast, period = row.plan, row.forecast, row.period
    of_plan = [None] * 5 if plan is None else [
        plan.name, plan.obligations, plan.outlays, plan.obligated, plan.expended
    ]  # fmt: skip
    of_forecast = [None] * 3 if forecast is None else [forecast.name, forecast.obligations, forecast.outlays]
    of_period = [None] * 3 if period is None else [period.last, period.left, period.days_left]
    return [
        row.name,
        row.sub,
        row.kind_of_appropriation,
        row.state,
        row.figures.whole,
        row.figures.committed,
        row.figures.obligated,
        row.figures.expended,
        row.unobligated,
        row.unliquidated,
        row.obligation_rate,
        row.outlay_rate,
        row.funds_left,
        row.benchmark.obligated,
        row.benchmark.expended,
        *of_plan,
        *of_forecast,
        *of_period,
        row.recent_obligated,
        row.recent_expended,
        row.obligations_burn.on or row.obligations_burn.case,
        row.outlays_burn.on or row.outlays_burn.case,
        exercise(row),
    ]


# ---- charts


def _unit(amounts: Sequence[Dollars]) -> tuple[str, Decimal]:
    most = max((abs(each.amount) for each in amounts), default=Decimal(0))
    return next((unit, size) for unit, size in _UNITS if most >= size or size == 1)


async def _quarters(session: ReadSession, caller: Caller, asked: _Asked, on: date) -> _Drawn | None:
    """Obligations by quarter with a line across for the plan; of the planned documents alone where any is planned."""
    if asked.project is not None:
        return None
    found = {
        each.id: each.number
        for each in await queries.documents(session, caller.reader, on)
        if asked.funding in (None, each.id) and asked.account in (None, each.account_id)
    }
    versions = queries.whole_plans(
        tuple(each for each in await queries.signed(session, caller.reader, on) if each.funding_document_id in found)
    )
    planned = frozenset(each.funding_document_id for each in versions)
    here = fiscal_quarter(on)
    every = await queries.quarters(session, caller.reader, versions, planned or frozenset(found), on)
    # The running quarter stands before the last third, so that what is planned is seen beside what came.
    past = [each for each in every if (each.fiscal_year, each.quarter) <= here][-(_QUARTERS - 2) :]
    shown = [*past, *(each for each in every if (each.fiscal_year, each.quarter) > here)][:_QUARTERS]
    if not any(each.obligated or each.planned for each in shown):
        return None
    unit, size = _unit([amount for each in shown for amount in (each.obligated, each.planned) if amount is not None])
    periods = [
        Period(
            label=f"Q{each.quarter}",
            values=(each.obligated.amount / size,),
            group=f"FY{each.fiscal_year % 100:02d}",
            plan=each.planned.amount / size if each.planned is not None else None,
            part=(each.fiscal_year, each.quarter) == here,
        )
        for each in shown
    ]
    names = ", ".join(found[number] for number in sorted(planned, key=lambda each: found[each]))
    title = f"Obligations by fiscal quarter against plan: {names}" if names else "Obligations by fiscal quarter"
    near = max(len(past) - 3, 0)
    return _Drawn(
        period_bars("against-plan", title, ("Obligated",), periods, unit=unit, part="Part quarter"),
        period_bars(
            "against-plan-narrow",
            title,
            ("Obligated",),
            periods[near : near + _QUARTERS_NARROW],
            unit=unit,
            part="Part quarter",
            narrow=True,
        ),
        title,
        unit,
    )


async def _countries(session: ReadSession, caller: Caller, chosen: Chosen) -> _Drawn | None:
    totals = await ledger.totals(session, caller.reader, "country", chosen)
    rows = [row for row in totals.rows if row.figures.obligated]
    measures = [
        Measure(row.label, max(row.figures.obligated.amount, Decimal(0)), short_dollars(row.figures.obligated))
        for row in rows
    ]
    title = "Obligations by country"
    if not measures:
        return None
    wide, narrow = (
        horizontal_bars(key, title, measures, measure="Obligated", narrow=slim)
        for key, slim in (("by-country", False), ("by-country-narrow", True))
    )
    return _Drawn(wide, narrow, title, "Dollars")


def _stages(total: queries.Stages) -> _Drawn | None:
    """From authority to outlay: each stage against what was received."""
    if not total.whole:
        return None
    whole = max(total.whole.amount, total.obligated.amount, total.expended.amount, Decimal(0))
    stages = (
        ("Authority received", total.authority),
        *((("By orders and advances, never added", total.ordered),) if total.ordered else ()),
        ("Committed or obligated", total.committed + total.obligated),
        ("Obligated", total.obligated),
        ("Expended", total.expended),
    )
    measures = [
        Measure(name, max(amount.amount, Decimal(0)), short_dollars(amount), whole=whole) for name, amount in stages
    ]
    title = "From authority received to outlay"
    wide, narrow = (
        horizontal_bars(key, title, measures, measure="Amount", narrow=slim)
        for key, slim in (("stages", False), ("stages-narrow", True))
    )
    return _Drawn(wide, narrow, title, "Dollars")


async def _burn(session: ReadSession, caller: Caller, asked: _Asked, found: queries.Review) -> _Drawn | None:
    """One document's obligations over its period: the one that is chosen, else the largest that takes new ones."""
    documents = [
        each
        for each in await queries.documents(session, caller.reader, found.as_of)
        if each.figures.whole.amount > 0
        and asked.funding in (None, each.id)
        and asked.account in (None, each.account_id)
        and (asked.funding is not None or each.state == "available")
    ]
    if not documents or asked.project is not None or found.by == "project":
        return None
    document = max(documents, key=lambda each: (each.figures.whole, -each.id))
    versions = [
        each
        for each in await queries.signed(session, caller.reader, found.as_of)
        if each.funding_document_id == document.id and each.project_id is None
    ]
    plan = next((each for each in versions if each.kind == "plan"), versions[0] if versions else None)
    course = await queries.course(session, caller.reader, document, plan, found.as_of)
    unit, size = _unit([*course.obligated, *course.planned])
    days = [min(each, found.as_of) for each in course.months[: len(course.obligated)]]
    actual = [Point(on, amount.amount / size) for on, amount in zip(days, course.obligated, strict=True)]
    meant = [Point(on, amount.amount / size) for on, amount in zip(course.months, course.planned, strict=False)]
    title = f"Obligations of {document.number} over its period, against {course.by.lower() or 'nothing planned'}"
    wide, narrow = (
        cumulative_line(key, title, actual, meant, today=found.as_of, unit=unit, narrow=slim)
        for key, slim in (("burn", False), ("burn-narrow", True))
    )
    return _Drawn(wide, narrow, title, unit)


HANDLERS: Final = (review, export_review, balances, export_quiet)
