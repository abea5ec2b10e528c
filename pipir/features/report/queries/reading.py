"""What a report takes beside its tables: how the record was read, and what tells of its own quality."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType
from sqlalchemy import func, select, text

from pipir.features.congress import queries as congress
from pipir.features.data_calls import queries as data_calls
from pipir.features.execution import queries as execution
from pipir.features.law import queries as law
from pipir.features.ledger import queries as ledger
from pipir.features.report import rules
from pipir.features.report.compose import snapshot as frozen
from pipir.features.report.compose.cuts import ADVANCED
from pipir.features.report.queries.points import points
from pipir.features.trail.tables import TrailRow
from pipir.kernel.calendar import fiscal_year_bounds
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.statute import lookup
from pipir.statute.model import ReportPeriod
from pipir.store.doors import ReadSession
from pipir.store.listing import AT_ONCE, every_row

# The ledger's own groups that hold each line once, each with the cut that it is held against.
_GROUPS: tuple[tuple[ledger.Group, str], ...] = (
    ("fiscal_year", "by_year"),
    ("country", "by_country"),
    ("account", "by_account"),
    ("project", "by_project"),
    ("authority", "by_authority"),
)
_MEASURES = (
    ("authority", "authority"),
    ("committed", "committed"),
    ("obligated", "obligated"),
    ("obligated_1253", "obligated_1253"),
    ("obligated_continuing", "obligated_continuing"),
    ("expended", "expended"),
    ("contributed", "partner"),
)


Totals = Mapping[ledger.Group, Mapping[str, ledger.Figures]]


class Seen(NamedTuple):
    """PostgreSQL's own note of which transactions were visible, and the last row of the trail that was.

    It is no part of the snapshot: two databases with the same rows number their transactions each by itself.
    """

    transactions: str
    trail_id: int


async def seen_by(session: ReadSession) -> Seen:
    """What is visible to the session, by which later what came after it is known; ask inside of a snapshot."""
    noted = await session.scalar(text("select pg_current_snapshot()::text"))
    last = await session.scalar(select(func.coalesce(func.max(TrailRow.id), 0)))
    return Seen(noted, last or 0)


async def of(session: ReadSession, reader: Reader, period: ReportPeriod, marks: set[str]) -> frozen.Reading:
    """What the record tells of plans, calls, promises and itself; adds to `marks`."""
    calls = await _calls(session, reader, period, marks)
    promises = await _promises(session, reader, period, marks)
    continuing = await _continuing(session, reader, marks)
    return frozen.Reading(
        planned=tuple(
            frozen.Planned(each.fiscal_year, each.obligations, each.outlays)
            for each in await execution.planned_by_year(session, reader, transmitted=True)
        ),
        calls=calls,
        promises=promises,
        continuing=continuing,
    )


def tellable(
    planned: Dollars | None, until: date | None, budget: int | None
) -> tuple[Dollars | None, bool | UnsetType]:
    """An amount planned up to a day as a report may tell it, and whether it is withheld: then it is not frozen either.

    The package holds the snapshot, so that what it does not hold is in no transmittal.
    """
    if planned is None or rules.may_tell_plan(until, budget):
        return planned, UNSET
    return None, True


async def stated(session: ReadSession, reader: Reader, year: int) -> tuple[frozen.Point, ...]:
    """The points of a year's report as they are frozen; each is planned for its fiscal year ahead."""
    in_force, budget = await law.law_of(session), await execution.covered(session)
    same = [name for name in frozen.Point.__struct_fields__ if name not in ("planned", "withheld")]
    ahead = fiscal_year_bounds(lookup.report_period(in_force, year).upcoming_fiscal_year)
    found = []
    for each in await points(session, reader, (year,)):
        planned, withheld = tellable(each.planned, ahead[0], budget)
        found.append(frozen.Point(**{name: getattr(each, name) for name in same}, planned=planned, withheld=withheld))
    return tuple(found)


async def totals(session: ReadSession, reader: Reader, as_of: date) -> Totals:
    """The ledger's own totals up to a day, group by group and key by key: what the cuts of a report must agree with."""
    chosen = ledger.Chosen(effective_on=as_of)
    return {
        group: {_key(group, row): row.figures for row in (await ledger.totals(session, reader, group, chosen)).rows}
        for group, _ in _GROUPS
    }


def tied(books: frozen.Ledger, of_ledger: Totals) -> int:
    """How many figures agree with the ledger's own totals to the cent; refused with both where one does not."""
    found: list[frozen.Tie] = []
    checked = 0
    for group, name in _GROUPS:
        ours: defaultdict[str, list[frozen.Sums]] = defaultdict(list)
        for each in getattr(books, name):
            # The ledger's group holds what partners advanced of an account with the account.
            ours[each.key.removesuffix(ADVANCED)].append(each)
        theirs = of_ledger[group]
        for key in sorted({*ours, *theirs}):
            for measure, column in _MEASURES:
                mine = sum((getattr(each, column) for each in ours.get(key, ())), Dollars.zero())
                other = getattr(theirs[key], measure) if key in theirs else Dollars.zero()
                checked += 1
                if mine != other:
                    found.append(frozen.Tie(f"{group.replace('_', ' ')} {key}", measure, mine, other))
    rules.check_tied([(each.where, each.measure, each.ours, each.ledger) for each in found])
    return checked


def _key(group: str, row: ledger.TotalRow) -> str:
    """A group's key as the cuts have it."""
    if not row.key:
        return "none"
    if group == "account":
        return row.label
    return row.sub or row.label if group == "project" else row.key


async def _calls(
    session: ReadSession, reader: Reader, period: ReportPeriod, marks: set[str]
) -> tuple[frozen.Call, ...]:
    """The data calls of the report, or of no report and answered within its time."""
    found = []
    for each in await _every(data_calls.list_calls, session, reader):
        of_time = each.report_year is None and period.covers_from <= each.due_on <= session.today
        if each.issued_on <= session.today and (each.report_year == period.year or of_time):
            marks.add(each.marking)
            found.append(frozen.Call(**{name: getattr(each, name) for name in frozen.Call.__struct_fields__}))
    return tuple(sorted(found, key=lambda each: (each.due_on, each.id)))


async def _promises(
    session: ReadSession, reader: Reader, period: ReportPeriod, marks: set[str]
) -> tuple[frozen.PromiseMade, ...]:
    """What Congress was promised: what is owed still, and what was made or settled in the time of the report."""
    found = []
    for each in await _every(congress.list_promises, session, reader):
        settled = each.kept_on or each.dropped_on
        if each.made_on <= session.today and (settled is None or max(settled, each.made_on) >= period.covers_from):
            marks.add(each.marking)
            found.append(
                frozen.PromiseMade(**{name: getattr(each, name) for name in frozen.PromiseMade.__struct_fields__})
            )
    return tuple(sorted(found, key=lambda each: (each.due_on, each.id)))


async def _continuing(session: ReadSession, reader: Reader, marks: set[str]) -> tuple[frozen.Continuing, ...]:
    """The work that goes on under another authority today."""
    found = []
    for each in await _every(law.list_determinations, session, reader):
        if each.in_force:
            marks.add(each.marking)
            found.append(
                frozen.Continuing(
                    each.id,
                    each.subject_kind,
                    each.subject_title,
                    each.citation,
                    each.funding_source,
                    each.effective_from,
                    each.authority_until,
                    each.review_on,
                    each.exercise,
                )
            )
    return tuple(sorted(found, key=lambda each: (each.subject_kind, each.subject, each.id)))


async def _every(listed: Any, session: ReadSession, reader: Reader) -> tuple[Any, ...]:
    return await every_row(lambda cursor: listed(session, reader, cursor=cursor, limit=AT_ONCE))
