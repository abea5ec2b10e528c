"""The report's figures by name: each with its question, its provision, and the rows that it was computed from."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from pipir.document.model import Fact
from pipir.features.ledger.rules import Line
from pipir.features.report.compose.cuts import counts_in, lines_under, sums_of
from pipir.features.report.compose.prose import NOT_PUBLIC, money_in_prose
from pipir.features.report.compose.snapshot import (
    Activity,
    Agreement,
    Engagement,
    Ledger,
    Promise,
    PromiseMade,
    Reading,
    Snapshot,
    Sums,
    Vulnerability,
    digest_of,
)
from pipir.features.report.rules import PRIORITY, RECOMMENDATION, Completeness
from pipir.kernel.calendar import days_left, fiscal_year
from pipir.kernel.money import Dollars
from pipir.statute import lookup
from pipir.statute.model import Statute

REGISTER, LEDGER, LAW = "register", "ledger", "law"
AGREEMENTS, ASSISTANCE, ENGAGEMENT = "1253.e.1", "1253.e.3", "1253.e.4"
_IN_FORCE = ("in force", "amended")
LATE_DAYS = 90


class Figured(NamedTuple):
    """A figure with the rows that it was computed from, in the order in which they were hashed."""

    fact: Fact
    rows: Callable[[], Sequence[Any]]


def facts_of(snapshot: Snapshot, statute: Statute, completeness: Completeness) -> tuple[Fact, ...]:
    """Every figure that the report may quote; one that no source states is "not public" and never zero."""
    return tuple(each.fact for each in figures_of(snapshot, statute, completeness))


def figures_of(snapshot: Snapshot, statute: Statute, completeness: Completeness) -> tuple[Figured, ...]:
    """The same with the rows behind each."""
    elements = lookup.report_elements(statute)
    period = lookup.report_period(statute, snapshot.year)
    i, ii, iii, vi = (elements[place].short_citation for place in (0, 1, 2, 5))
    to_due = days_left(snapshot.status_as_of, period.due)
    late = [step for each in snapshot.projects for step in each.milestones if step.days_late(snapshot.status_as_of)]
    very_late = [step for step in late if step.days_late(snapshot.status_as_of) > LATE_DAYS]
    steps = [step for each in snapshot.projects for step in each.milestones]
    written = [each for each in snapshot.sections if any(each.element == one.slug for one in elements)]
    met = [step for step in steps if step.actual_on is not None and step.actual_on <= snapshot.status_as_of]
    with_role = sorted({part.code for each in snapshot.projects for part in each.partners})
    reported = [each for each in snapshot.participants if each.forum_standing is not None]
    in_statute = [each for each in snapshot.participants if each.standing == "named in statute"]
    decided = [each for each in snapshot.participants if each.standing not in (None, "named in statute")]
    workstreams = [each for each in snapshot.groups if each.kind == "workstream"]
    due = _count(
        "days.to-due",
        abs(to_due),
        "Days between the day of the data and the day the report is due",
        "day",
        period.short_citation,
        (),
        sources=(LAW,),
    )
    return (
        _count(
            "participants",
            len(snapshot.participants),
            "Countries on record, the United States among them",
            "country",
            ii,
            snapshot.participants,
            many="countries",
        ),
        _count(
            "participants.forum",
            len(reported),
            "Countries whose standing in the forum a source states",
            "country",
            ii,
            reported,
            many="countries",
        ),
        _count(
            "participants.named",
            len(in_statute),
            "Countries recorded as named in Sec. 1253(d), not thereby members",
            "country",
            ii,
            in_statute,
            many="countries",
        ),
        _count(
            "participants.decided",
            len(decided),
            "Countries with a step of the process under Sec. 1253(d) recorded",
            "country",
            ii,
            decided,
            many="countries",
        ),
        _count(
            "countries.with-role",
            len(with_role),
            "Countries with a part in a project, reported parts among them",
            "country",
            ii,
            with_role,
            many="countries",
        ),
        _count("workstreams", len(workstreams), "Workstreams on record", "workstream", ii, workstreams),
        _count(
            "groups.working",
            len(snapshot.groups) - len(workstreams),
            "Working groups on record",
            "working group",
            ii,
            [each for each in snapshot.groups if each.kind != "workstream"],
        ),
        _count(
            "meetings",
            len(snapshot.meetings),
            "Meetings on record up to the day of the data",
            "meeting",
            ii,
            snapshot.meetings,
        ),
        _count(
            "actions.open",
            sum(each.open_actions for each in snapshot.meetings),
            "Open action items of those meetings",
            "action item",
            ii,
            snapshot.meetings,
        ),
        _count(
            "projects",
            len(snapshot.projects),
            "Projects on record that have not ended",
            "project",
            iii,
            snapshot.projects,
        ),
        _count(
            "projects.joint",
            len(joint(snapshot)),
            "Projects of joint production, co-development or joint research",
            "project",
            iii,
            joint(snapshot),
        ),
        _count(
            "projects.annex",
            len(in_annex(snapshot)),
            "Projects described in the classified annex",
            "project",
            iii,
            in_annex(snapshot),
        ),
        _count("milestones", len(steps), "Milestones on record", "milestone", iii, steps),
        _count("milestones.met", len(met), "Milestones met by the day of the data", "milestone", iii, met),
        _count(
            "milestones.late",
            len(late),
            "Open milestones past or forecast past their planned day",
            "milestone",
            iii,
            late,
        ),
        _count(
            "vulnerabilities",
            len(snapshot.vulnerabilities),
            "Vulnerabilities on record that are not closed",
            "vulnerability",
            i,
            snapshot.vulnerabilities,
            many="vulnerabilities",
        ),
        _count(
            "vulnerabilities.severe",
            len(severe(snapshot)),
            "Those rated high or critical",
            "vulnerability",
            i,
            severe(snapshot),
            many="vulnerabilities",
        ),
        _count(
            "vulnerabilities.unreduced",
            len(unreduced(snapshot)),
            "Those that nothing on record reduces yet",
            "vulnerability",
            i,
            unreduced(snapshot),
            many="vulnerabilities",
        ),
        _count(
            "milestones.very-late",
            len(very_late),
            f"Open milestones more than {LATE_DAYS} days past their planned day",
            "milestone",
            iii,
            very_late,
        ),
        _count(
            "related", len(snapshot.related), "Efforts beside the Partnership on record", "effort", vi, snapshot.related
        ),
        _money(
            "obligated",
            snapshot,
            snapshot.ledger.total,
            "obligated",
            "Obligations of 31 U.S.C. 1501(a) under any authority, all fiscal years to the day of the money",
            vi,
        ),
        _money(
            "obligated.fy",
            snapshot,
            _reporting_year(snapshot),
            "obligated",
            "Obligations of the fiscal year that ended on the day of the money, under any authority",
            vi,
        ),
        _money(
            "expended",
            snapshot,
            snapshot.ledger.total,
            "expended",
            "Expenditures, all years and authorities",
            vi,
        ),
        _money(
            "expended.fy",
            snapshot,
            _reporting_year(snapshot),
            "expended",
            "Expenditures of that year, all authorities",
            vi,
        ),
        *(
            _money(
                f"{column}{suffix}.{whose}",
                snapshot,
                sums,
                f"{column}_{field}",
                f"{what} under {under}, {when}",
                vi,
            )
            for column, what in (("obligated", "Obligations"), ("expended", "Expenditures"))
            for suffix, sums, when in (
                ("", snapshot.ledger.total, "all fiscal years to the day of the money"),
                (".fy", _reporting_year(snapshot), "the fiscal year that ended on the day of the money"),
            )
            for whose, field, under in (
                ("section", "1253", "section 1253 itself"),
                ("other", "other", "another authority than section 1253"),
            )
        ),
        _money(
            "committed",
            snapshot,
            snapshot.ledger.total,
            "committed",
            "Commitments: administrative reservations, no obligations",
            vi,
        ),
        _money(
            "partner",
            snapshot,
            snapshot.ledger.total,
            "partner",
            "Partner contributions: no appropriation of the United States",
            vi,
        ),
        _count(
            "ledger.lines",
            snapshot.ledger.lines,
            "Lines of the ledger: quarter, project, country, account, authority",
            "line",
            vi,
            snapshot.read.lines if snapshot.read else (),
            sources=(LEDGER,),
            rows_sha256=snapshot.ledger.lines_sha256,
            rows_count=snapshot.ledger.lines,
        ),
        _count(
            "exceptions",
            len(snapshot.ledger.exceptions),
            "Exceptions of the ledger",
            "exception",
            vi,
            snapshot.ledger.exceptions,
            sources=(LEDGER,),
        ),
        _count(
            "elements",
            completeness.of,
            "Elements that the report must hold",
            "element",
            period.short_citation,
            elements,
            sources=(LAW,),
        ),
        _count(
            "elements.answered",
            completeness.answered,
            "Elements with a text or a decision that there is nothing to report",
            "element",
            period.short_citation,
            written,
        ),
        _count(
            "elements.missing",
            completeness.of - completeness.answered,
            "Elements with neither",
            "element",
            period.short_citation,
            written,
        ),
        _count(
            "lacking",
            len(completeness.lacking),
            "Things that this draft still lacks"
            if snapshot.stage == "draft"
            else "Things that this report could not state",
            "thing",
            period.short_citation,
            completeness.lacking,
        ),
        due,
        *_of_agreements(snapshot, statute),
        *(
            (*_of_activity(snapshot, snapshot.told, statute), *_of_reading(snapshot, statute))
            if snapshot.told is not None
            else ()
        ),
    )


def figure_names(statute: Statute, activity: Activity | UnsetType = Activity()) -> frozenset[str]:  # noqa: B008  frozen
    """The name of every figure that a report may quote: the same in every year, and whatever the record holds.

    Without `activity` those of a report from before engagement and assistance stood in it.
    """
    return frozenset(each.id for each in blank_facts(statute, activity))


def blank_facts(statute: Statute, activity: Activity | UnsetType = Activity()) -> tuple[Fact, ...]:  # noqa: B008  frozen
    """Every figure that a report may quote with its question, of a record that holds nothing."""
    year = lookup.report_years(statute)[0]
    period = lookup.report_period(statute, year)
    nothing = Snapshot(
        year=year,
        version_no=1,
        stage="draft",
        installation="production",
        reader="",
        marking="UNCLASSIFIED",
        audience=0,
        frozen_at=datetime(year, 1, 1, tzinfo=UTC),
        covers_from=period.covers_from,
        covers_to=period.covers_to,
        status_as_of=period.covers_to,
        upcoming_fiscal_year=period.upcoming_fiscal_year,
        statute_digest="",
        ledger=Ledger(period.money_as_of),
        activity=activity,
        agreements=UNSET if activity is UNSET else (),
    )
    return facts_of(nothing, statute, Completeness(0, 0, ()))


def severe(snapshot: Snapshot) -> tuple[Vulnerability, ...]:
    """The vulnerabilities that are rated high or critical."""
    return tuple(each for each in snapshot.vulnerabilities if each.severity in ("high", "critical"))


def unreduced(snapshot: Snapshot) -> tuple[Vulnerability, ...]:
    """The vulnerabilities that are open: nothing on record reduces them."""
    return tuple(each for each in snapshot.vulnerabilities if each.status == "open")


def held(snapshot: Snapshot, objective: str = "") -> list[Engagement]:
    """The engagements of the period, or those of them that serve an objective."""
    return [
        each
        for each in (snapshot.told or Activity()).engagements
        if each.ends_on >= snapshot.covers_from and (not objective or objective in each.objectives)
    ]


def promises(snapshot: Snapshot, objective: str = "") -> tuple[list[Promise], list[Promise], list[Promise]]:
    """The promises made in the period, those kept in it, and those owed still, the older ones' among the last two."""
    every = [
        one
        for each in (snapshot.told or Activity()).engagements
        if not objective or objective in each.objectives
        for one in each.promises
    ]
    since = snapshot.covers_from
    return (
        [each for each in every if each.made_on >= since],
        [each for each in every if each.outcome == "kept" and each.settled_on is not None and each.settled_on >= since],
        [each for each in every if each.outcome in ("open", "late")],
    )


def agreements_in_force(snapshot: Snapshot) -> list[Agreement]:
    """The agreements that are in force on the day of the data, those as amended among them."""
    return [each for each in snapshot.agreed or () if each.state in _IN_FORCE]


def agreements_signed(snapshot: Snapshot) -> list[Agreement]:
    """The agreements that were signed in the time of the report, whatever became of them."""
    within = (snapshot.covers_from, snapshot.covers_to)
    return [each for each in snapshot.agreed or () if each.signed_on and within[0] <= each.signed_on <= within[1]]


def joint(snapshot: Snapshot) -> list[Any]:
    """The projects that element (iii) is about."""
    return [each for each in snapshot.projects if each.kind in ("joint R&D", "co-development", "co-production")]


def in_annex(snapshot: Snapshot) -> list[Any]:
    """The projects whose description stands in the classified annex alone."""
    return [each for each in snapshot.projects if each.in_classified_annex]


def _of_agreements(snapshot: Snapshot, statute: Statute) -> Iterator[Figured]:
    """The figures of Sec. 1253(e)(1)."""
    if snapshot.agreed is None:
        return
    one, provision = "agreement", statute.short_citation(AGREEMENTS)
    for name, rows, question in (
        ("agreements", snapshot.agreed, "Agreements with participating countries on record, drafts among them"),
        ("agreements.in-force", agreements_in_force(snapshot), "Agreements in force"),
        ("agreements.signed", agreements_signed(snapshot), "Agreements signed in the time of the report"),
    ):
        yield _count(name, len(rows), question, one, provision, rows)


def _of_activity(snapshot: Snapshot, activity: Activity, statute: Statute) -> Iterator[Figured]:
    """The figures of Sec. 1253(e)(3) and (e)(4)."""
    assisting, engaging = (statute.short_citation(slug) for slug in (ASSISTANCE, ENGAGEMENT))
    begun = [each for each in activity.assistance if each.begun_on is not None]
    met = held(snapshot)
    made, kept, owed = promises(snapshot)
    one = "assistance effort"
    yield _count(
        "assistance", len(activity.assistance), "Assistance for partners on record", one, assisting, activity.assistance
    )
    yield _count("assistance.begun", len(begun), "Assistance that has begun", one, assisting, begun)
    yield _money(
        "obligated.assistance",
        snapshot,
        sums_of("total", "Total", _helping(snapshot))
        if snapshot.read and snapshot.read.lines
        else total_of(activity.obligated),
        "obligated",
        "Obligations under the authority for assistance, all fiscal years to the day of the money",
        assisting,
        rows=lambda: _helping(snapshot),
    )
    yield _count("engagements", len(met), "Engagements of the period", "engagement", engaging, met)
    yield _count(
        "engagements.organizations",
        sum(len(each.organizations) for each in met),
        "Organizations that took part in them, each counted in every engagement",
        "organization",
        engaging,
        met,
    )
    for name, rows, question in (
        ("made", made, "Commitments of either side made in the period"),
        ("kept", kept, "Commitments kept in the period"),
        ("open", owed, "Commitments owed still, late ones among them"),
    ):
        yield _count(f"commitments.{name}", len(rows), question, "commitment", engaging, rows)


def total_of(lines: Sequence[Sums]) -> Sums:
    """What lines of money come to together, with the hash of them all."""
    return Sums(
        "total",
        "Total",
        obligated=sum((each.obligated for each in lines), Dollars(0)),
        expended=sum((each.expended for each in lines), Dollars(0)),
        rows=sum(each.rows for each in lines),
        rows_sha256=digest_of(lines),
    )


def _reporting_year(snapshot: Snapshot) -> Sums:
    year = str(fiscal_year(snapshot.ledger.as_of))
    return next((each for each in snapshot.ledger.by_year if each.key == year), Sums(year, f"FY {year}"))


def _of_reading(snapshot: Snapshot, statute: Statute) -> Iterator[Figured]:
    """The figures of plans, of promises, of the record's own quality, and of work under other authority."""
    elements = lookup.report_elements(statute)
    iv, v, vi = (elements[place].short_citation for place in (3, 4, 5))
    read = snapshot.read or Reading()
    ahead = [each for each in read.planned if each.fiscal_year == snapshot.upcoming_fiscal_year]
    planned = sum((each.obligations for each in ahead), Dollars(0))
    yield Figured(
        Fact(
            id="money.planned.upcoming",
            text=money_in_prose(planned) if ahead else NOT_PUBLIC,
            value=str(planned) if ahead else "",
            unit="USD",
            question="Obligations that signed plans have for the upcoming fiscal year, within the submitted budget; a "
            "plan is no obligation",
            provision=iv,
            sources=(REGISTER,),
            rows=len(ahead),
            rows_sha256=digest_of(ahead),
        ),
        lambda: ahead,
    )
    share = read.confirmed.share_of(snapshot.ledger.total.obligated) if read.confirmed else None
    yield Figured(
        Fact(
            id="money.confirmed",
            text=f"{min(share, Decimal(1)):.1%}" if share is not None else NOT_PUBLIC,
            value=str(min(share, Decimal(1))) if share is not None else "",
            unit="percent",
            question="Share of the obligations that official accounting confirms by document and line, as signed",
            provision=statute.short_citation("statement-of-obligations"),
            sources=(LEDGER,),
            rows=snapshot.ledger.lines,
            rows_sha256=snapshot.ledger.lines_sha256,
        ),
        lambda: read.lines,
    )
    after = _money(
        "obligated.after",
        snapshot,
        sums_of("later", "Later", read.later),
        "obligated",
        "Obligations after the day of the money, to the end of the time that the report covers",
        vi,
        rows=lambda: read.later,
    )
    covered = snapshot.covers_to > snapshot.ledger.as_of
    yield (
        after
        if covered or not snapshot.ledger.lines
        else after._replace(fact=replace(after.fact, text="not covered", value=""))
    )
    for of, name, unit, provision in (
        (PRIORITY, "priorities", "priority", iv),
        (RECOMMENDATION, "recommendations", "recommendation", v),
    ):
        points = [each for each in read.points if each.of == of and each.year == snapshot.year]
        many = "priorities" if of == PRIORITY else ""
        yield _count(name, len(points), f"{name.capitalize()} of this report", unit, provision, points, many=many)
    kept, missed, owed = settled(read)
    past = [each for each in owed if days_past(each, snapshot.status_as_of)]
    for name, rows, question in (
        ("promises.kept", kept, "Promises to Congress that were kept, in the time of the report"),
        (
            "promises.missed",
            missed,
            "Promises to Congress dropped, kept after their day, or stated to be late",
        ),
        ("promises.open", owed, "Promises to Congress that are owed still, those past their day among them"),
        ("promises.past", past, "Promises to Congress that are owed still and whose day is past"),
    ):
        yield _count(name, len(rows), question, "promise", vi, rows)
    yield _count("calls", len(read.calls), "Data calls for this report", "data call", vi, read.calls)
    for name, unit in (("answered", "return"), ("nil", "nil return"), ("unanswered", "missing return")):
        count = sum(getattr(each, name) for each in read.calls)
        yield _count(f"calls.{name}", count, f"{unit.capitalize()}s of those data calls", unit, vi, read.calls)
    yield _count(
        "projects.quiet",
        len(read.quiet),
        "Projects that nobody has updated for as many days as the office keeps",
        "project",
        vi,
        read.quiet,
    )
    yield _count(
        "continuing",
        len(read.continuing),
        "Determinations under which work goes on under another authority",
        "determination",
        statute.short_citation("1253.g"),
        read.continuing,
    )


def settled(read: Reading) -> tuple[list[PromiseMade], list[PromiseMade], list[PromiseMade]]:
    """The promises to Congress that were kept on time, those missed, and those owed still: each once."""
    kept = [each for each in read.promises if each.outcome == "kept" and (each.kept_on or each.due_on) <= each.due_on]
    owed = [each for each in read.promises if each.outcome == "open"]
    return kept, [each for each in read.promises if each not in kept and each not in owed], owed


def days_past(promise: PromiseMade, on: date) -> int:
    """How many days the day of a promise that is owed still has passed; none of one that is settled or ahead."""
    return max((on - promise.due_on).days, 0) if promise.outcome == "open" else 0


def _helping(snapshot: Snapshot) -> tuple[Line, ...]:
    """The lines of the ledger under the authority for assistance."""
    lines = snapshot.read.lines if snapshot.read else ()
    return tuple(line for line in lines if line.program_authority == ASSISTANCE and (line.obligated or line.expended))


def _count(
    name: str,
    count: int,
    question: str,
    unit: str,
    provision: str,
    rows: Sequence[Any],
    *,
    many: str = "",
    sources: tuple[str, ...] = (REGISTER,),
    rows_sha256: str = "",
    rows_count: int | None = None,
) -> Figured:
    fact = Fact(
        id=name,
        text=f"{count:,}",
        value=str(count),
        unit=unit if count == 1 else many or f"{unit}s",
        question=question,
        provision=provision,
        sources=sources,
        rows=len(rows) if rows_count is None else rows_count,
        rows_sha256=rows_sha256 or digest_of(rows),
    )
    return Figured(fact, lambda: rows)


def _money(
    name: str,
    snapshot: Snapshot,
    sums: Sums,
    column: str,
    question: str,
    provision: str,
    *,
    rows: Callable[[], Sequence[Line]] | None = None,
) -> Figured:
    amount: Dollars = getattr(sums, column)
    known = snapshot.ledger.lines > 0
    part = None
    if rows is None:
        part = next((each for each in snapshot.ledger.parts if (each.measure, each.key) == (column, sums.key)), None)
    fact = Fact(
        id=f"money.{name}",
        text=money_in_prose(amount) if known else NOT_PUBLIC,
        value=str(amount) if known else "",
        unit="USD",
        question=question,
        provision=provision,
        sources=(LEDGER,),
        rows=(part or sums).rows,
        rows_sha256=(part or sums).rows_sha256,
    )
    return Figured(fact, rows or (lambda: _lines(snapshot, sums, column if part else "")))


def _lines(snapshot: Snapshot, sums: Sums, measure: str) -> Sequence[Line]:
    """The lines of all years, or of one, that have something in a measure; of no measure, all of them."""
    lines = snapshot.read.lines if snapshot.read else ()
    of_years = lines if sums.key == "total" else lines_under(lines, "by_year", sums.key)
    return tuple(line for line in of_years if counts_in(line, measure)) if measure else of_years
