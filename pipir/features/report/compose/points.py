"""Priorities and recommendations: those of the report, and what became of those of the report before."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from pipir.document.model import (
    Block,
    Callout,
    Column,
    FactRef,
    Heading,
    Marker,
    Paragraph,
    Ref,
    Row,
    Table,
    Text,
    source_line,
)
from pipir.features.law.rules import is_under_section
from pipir.features.report.compose.facts import REGISTER
from pipir.features.report.compose.material import Material, withholding
from pipir.features.report.compose.prose import (
    OF_THOSE_GIVEN,
    long_day,
    money_in_table,
    plan_in_table,
    points_of,
    short_day,
    words,
)
from pipir.features.report.compose.snapshot import Point, Project
from pipir.features.report.rules import PRIORITY, RECOMMENDATION
from pipir.statute import lookup

NONE_STATED = "none stated"
_OVER = ("completed", "cancelled")
_TONES = {"met": "good", "adopted": "good", "partly met": "watch", "partly adopted": "watch", "goes on": "watch"}


def points(m: Material, of: str, year: int) -> tuple[Point, ...]:
    """The priorities or recommendations of a report year, in their order."""
    read = m.snapshot.read
    return tuple(each for each in (read.points if read else ()) if each.of == of and each.year == year)


def priorities(m: Material) -> Iterator[Block]:
    """Element (iv): each priority with its project and what is planned for it, which is no obligation."""
    found = points(m, PRIORITY, m.snapshot.year)
    ahead = f"fiscal year {m.snapshot.upcoming_fiscal_year}"
    if not found:
        yield Paragraph(
            (words(f"No priority initiative for {ahead} is on record. That is no statement that there is none."),)
        )
    else:
        one = len(found) == 1
        yield Paragraph(
            (
                words(f"Priority initiatives for {ahead} on record: "),
                FactRef("priorities"),
                Text(". "),
                Ref("priorities-table"),
                Text(" gives it with its project" if one else " gives each with its project"),
                Text(" and the amount that is planned. A plan is no obligation."),
            )
        )
        hidden = any(each.withheld for each in found)
        of = OF_THOSE_GIVEN if hidden else ""
        amounts = [each.planned.amount for each in found if each.planned is not None]
        yield Table(
            "priorities-table",
            f"Priority initiatives for {ahead}, as of {long_day(m.snapshot.status_as_of)} "
            "(dollars; plans, not obligations)",
            (
                Column("place", "No.", "number", 0.5),
                Column("name", "Priority", "text", 2.6),
                Column("project", "Project", "text", 0.9),
                Column("objective", "Objective", "text", 1.0),
                Column("planned", "Planned", "money", 1.4),
            ),
            (
                *(
                    Row(
                        f"priority.{each.id}",
                        (
                            f"{each.place}",
                            f"{each.name}: {each.words}" if each.words else each.name,
                            each.project or NONE_STATED,
                            _objective(m, each),
                            plan_in_table(each.planned, each.withheld, NONE_STATED),
                        ),
                    )
                    for each in found
                ),
                *(
                    [Row("total", ("Total", of, "", "", f"{sum(amounts, Decimal(0)):,.2f}"), total=True)]
                    if amounts
                    else []
                ),
            ),
            source=source_line(
                REGISTER,
                note=withholding(m) if hidden else "Amounts beyond the submitted budget are pre-decisional.",
            ),
        )
    yield from _planned(m)
    yield from _earlier_priorities(m)


def recommendations(m: Material) -> Iterator[Block]:
    """Element (v): each recommendation with its type, the objective that it serves and how far it is cleared."""
    clearance = m.statute.provision("legislative-clearance")
    found = points(m, RECOMMENDATION, m.snapshot.year)
    if not found:
        yield Paragraph((Text("No recommendation is on record. That is no statement that no change is needed."),))
    else:
        one = len(found) == 1
        yield Paragraph(
            (
                Text("Recommendations on record: "),
                FactRef("recommendations"),
                Text(". "),
                Ref("recommendations-table"),
                Text(" gives it" if one else " gives each"),
                Text(" with its type, the objective that it serves and its clearance."),
            )
        )
        yield Table(
            "recommendations-table",
            f"Recommendations by type, as of {long_day(m.snapshot.status_as_of)}",
            (
                Column("name", "Recommendation", "text", 3.0),
                Column("type", "Type", "text", 1.0),
                Column("objective", "Objective", "text", 1.0),
                Column("clearance", "Clearance", "text", 1.3),
            ),
            tuple(
                Row(
                    f"recommendation.{each.id}",
                    (
                        f"{each.name}: {each.words}" if each.words else each.name,
                        each.kind or NONE_STATED,
                        _objective(m, each),
                        each.clearance or NONE_STATED,
                    ),
                )
                for each in sorted(found, key=lambda each: (_TYPES.index(each.kind), each.place))
            ),
            source=source_line(REGISTER),
        )
    yield Callout(
        "note",
        (words(f"{clearance.statement} {clearance.citation} ({clearance.standing_label})."),),
        title="Clearance.",
    )
    yield from _became(m, RECOMMENDATION, "Recommendation")


_TYPES = ("legislative", "regulatory", "policy", "resourcing", None)


def close_out(m: Material) -> Iterator[Block]:
    """What is to be closed out after the end of the authority, in the report that comes after it."""
    snapshot, statute = m.snapshot, m.statute
    if snapshot.year != lookup.report_years(statute)[-1]:
        return
    end = lookup.deadline(statute, "termination").statutory_day
    ends = "ended" if snapshot.status_as_of > end else "ends"
    going_on = {each.subject for each in (snapshot.read.continuing if snapshot.read else ())}
    open_still = [
        each for each in snapshot.projects if each.status not in _OVER and not each.label and each.name not in going_on
    ]
    section = {None, *(each.citation for slug, each in statute.provisions.items() if is_under_section(slug))}
    under = [each for each in open_still if each.program_authority in section]
    yield Heading(2, "Close-out and continuing work", "close-out")
    yield Paragraph(
        (
            words(f"The authority of the section {ends} on {long_day(end)} ({statute.short_citation('1253.g')}). "),
            Text("No initiative can be a priority under the section itself after it. "),
            Text("Work goes on only under another authority, each with its determination: "),
            FactRef("continuing"),
            *((Text(" ("), Ref("continuing-table"), Text(")")) if going_on else ()),
            Text("."),
        )
    )
    if under:
        yield _left(
            m,
            "close-out-table",
            "Projects to close out",
            Column("steps", "Open milestones", "number", 1.0),
            {each.code: f"{sum(step.actual_on is None for step in each.milestones):,}" for each in under},
            under,
            "Neither completed nor cancelled, and under no other authority on record.",
        )
    elif snapshot.projects:
        yield Paragraph((Text("No project on record is left to close out."),))
    else:
        yield Paragraph((Text("No project is on record. That is no statement that none is left to close out."),))
    others = [each for each in open_still if each.program_authority not in section]
    if others:
        yield _left(
            m,
            "other-authority-table",
            "Projects that rest on another authority than the section",
            Column("authority", "Authority", "text", 1.4),
            {each.code: each.program_authority or "" for each in others},
            others,
            "Neither completed nor cancelled. Their authority does not end with the section; no determination on "
            "record names them.",
        )


def _left(
    m: Material, name: str, title: str, last: Column, said: Mapping[str, str], found: Sequence[Project], note: str
) -> Table:
    """Projects that are not over, each with what `said` has of it in the last column."""
    return Table(
        name,
        f"{title}, as of {long_day(m.snapshot.status_as_of)}",
        (
            Column("code", "No.", "text", 0.8),
            Column("name", "Project", "text", 3.0),
            Column("status", "Status", "text", 1.2),
            last,
        ),
        tuple(Row(each.code, (each.code, each.name, each.status, said[each.code])) for each in found),
        source=source_line(REGISTER, note=note),
    )


def _planned(m: Material) -> Iterator[Block]:
    """What signed plans have by fiscal year, within the submitted budget."""
    read = m.snapshot.read
    if read is None:
        return
    if not read.planned:
        yield Paragraph((Text("No signed plan within a submitted budget is on record."),))
        return
    yield Table(
        "planned-years",
        f"Signed plans by fiscal year as of {long_day(m.snapshot.status_as_of)}, within the submitted budget "
        "(dollars; plans, not obligations)",
        (
            Column("year", "Fiscal year", "text", 2.0),
            Column("obligations", "Planned obligations", "money", 1.5),
            Column("outlays", "Planned outlays", "money", 1.5),
        ),
        tuple(
            Row(
                str(each.fiscal_year),
                (f"FY {each.fiscal_year}", money_in_table(each.obligations), money_in_table(each.outlays)),
            )
            for each in read.planned
        ),
        source=source_line(
            REGISTER,
            note="Years beyond the submitted budget are pre-decisional and are not given. Nothing of it is owed.",
        ),
    )


def _earlier_priorities(m: Material) -> Iterator[Block]:
    """The priorities of the report before, with their outcome: from the record, or from the text that was signed."""
    snapshot, earlier = m.snapshot, m.snapshot.earlier
    if snapshot.year == lookup.report_years(m.statute)[0]:
        yield Paragraph(
            (Text("This is the first report: there are no earlier priorities whose outcome it could state."),)
        )
        return
    if earlier is None:
        yield Paragraph(
            (Text("No earlier report is signed here, so its priorities and their outcome are not recorded here."),)
        )
        return
    if points(m, PRIORITY, earlier.year):
        yield from _became(m, PRIORITY, "Priority")
        return
    stated = points_of(earlier.narrative)
    if not stated:
        why = f"nothing to report. {earlier.nothing_because}" if earlier.nothing_because else "no text."
        yield Paragraph((words(f"The report of {earlier.year} stated for its priorities: {why}"),))
        return
    yield Table(
        "earlier-priorities",
        f"Priorities as the report of {earlier.year} stated them, with their outcome as of "
        f"{long_day(snapshot.status_as_of)}",
        (
            Column("priority", f"Priority stated in {earlier.year}", "text", 4.0),
            Column("outcome", "Outcome", "marker", 2.0),
        ),
        tuple(
            Row(f"priority.{place}", (each, Marker("outcome: not recorded here", "missing")))
            for place, each in enumerate(stated, 1)
        ),
        source=source_line(REGISTER),
    )


def _became(m: Material, of: str, title: str) -> Iterator[Block]:
    """What became of those of the report signed before; one without an outcome says that none is recorded."""
    many = "recommendations" if of == RECOMMENDATION else "priorities"
    if m.snapshot.year == lookup.report_years(m.statute)[0]:
        return
    if m.snapshot.earlier is None:
        yield Paragraph((words(f"No earlier report is signed here, so its {many} are not recorded here."),))
        return
    year = m.snapshot.earlier.year
    found = points(m, of, year)
    if not found:
        yield Paragraph((words(f"No {many} of the report of {year} are on record."),))
        return
    yield Table(
        f"earlier-{many}",
        f"What became of the {many} of the report of {year}, as of {long_day(m.snapshot.status_as_of)}",
        (
            Column("name", f"{title} stated in {year}", "text", 2.6),
            Column("outcome", "Outcome", "marker", 1.2),
            Column("because", "Why", "text", 2.4),
        ),
        tuple(
            Row(
                f"{of}.{each.id}",
                (
                    each.name,
                    Marker(each.outcome, _TONES.get(each.outcome, "none"))  # type: ignore[arg-type]
                    if each.outcome
                    else Marker("not recorded here", "missing"),
                    each.outcome_because or "",
                ),
            )
            for each in found
        ),
        source=source_line(REGISTER),
    )


def _objective(m: Material, point: Point) -> str:
    return m.statute.short_citation(point.objective) if point.objective else NONE_STATED


def continuing(m: Material) -> Iterator[Block]:
    """Work that goes on under another authority: a table of its own, and in no total of the Initiative."""
    snapshot = m.snapshot
    if snapshot.read is None:
        return
    found = snapshot.read.continuing
    yield Heading(2, "Work that continues under other authority", "continuing")
    if not found:
        yield Paragraph((Text("No determination on record lets work go on under another authority."),))
        return
    yield Paragraph(
        (
            Text("Determinations in force: "),
            FactRef("continuing"),
            Text(". What they carry is no work of the Initiative and stands in none of its totals."),
        )
    )
    yield Table(
        "continuing-table",
        f"Work that continues under other authority, as of {long_day(snapshot.status_as_of)}",
        (
            Column("subject", "Work", "text", 2.4),
            Column("kind", "Kind", "text", 0.9),
            Column("authority", "Authority", "text", 1.4),
            Column("funding", "Paid from", "text", 1.5),
            Column("from", "From", "date", 1.0),
            Column("until", "Authority until", "date", 1.0),
            Column("review", "Review", "date", 1.0),
        ),
        tuple(
            Row(
                f"determination.{each.id}",
                (
                    each.subject,
                    each.subject_kind.replace("_", " "),
                    each.citation,
                    each.funding_source,
                    short_day(each.effective_from),
                    short_day(each.authority_until, "no end"),
                    short_day(each.review_on),
                ),
            )
            for each in found
        ),
        source=source_line(REGISTER),
    )
