"""The page that is read in a minute: five figures, and what stands behind them, each with where to read on."""

from collections.abc import Iterator, Sequence
from textwrap import shorten

from pipir.document.model import (
    Block,
    Bullets,
    Callout,
    FactRef,
    Heading,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Ref,
    Run,
    Strong,
    Text,
)
from pipir.features.report.compose.material import Material, anchor, written
from pipir.features.report.compose.points import points
from pipir.features.report.compose.prose import long_day, words
from pipir.features.report.compose.snapshot import Point, Snapshot
from pipir.features.report.rules import PRIORITY, RECOMMENDATION, SUMMARY
from pipir.statute import lookup

OWN_LEDGER = "the service's ledger"
_MOST_NAMES, _LONGEST_NAME = 3, 90
# What of last year's report stands beside this one's: the figure, and what it counts.
_AGAINST = (("projects", "projects"), ("money.obligated", "obligated in all"), ("milestones.late", "milestones late"))


def minute(m: Material) -> Iterator[Block]:
    """The first section."""
    snapshot, statute = m.snapshot, m.statute
    yield Heading(1, "The report in one minute", "minute", numbered=False)
    yield from written(m, SUMMARY)
    yield Paragraph(
        (
            Text("This report answers "),
            words(lookup.report_period(statute, snapshot.year).citation),
            Text(". It covers "),
            words(long_day(snapshot.covers_from)),
            Text(" to "),
            words(long_day(snapshot.covers_to)),
            Text(", shows money as effective on "),
            words(long_day(snapshot.ledger.as_of)),
            Text(" and everything else as it stood on "),
            words(long_day(snapshot.status_as_of)),
            Text("."),
        )
    )
    yield KeyFigures(
        (
            KeyFigure("participants", "Countries on record"),
            KeyFigure("projects", "Projects"),
            KeyFigure("workstreams", "Workstreams"),
            KeyFigure("money.obligated.fy.section", "U.S. obligations under the section, reporting fiscal year"),
            KeyFigure("milestones.late", "Milestones late")
            if snapshot.ledger.lines or _has_steps(snapshot)
            else KeyFigure("elements.missing", "Elements that still lack a text"),
        )
    )
    yield Bullets(tuple(_bullets(m)))
    yield Callout(
        "basis",
        (
            Text("Every figure comes from one snapshot of the record. "),
            Ref("integrity"),
            Text(" lists each figure with its question, its provision and a hash of the rows behind it. "),
            Text("Amounts are current-year dollars."),
        ),
        title="Basis of this report.",
    )


def _has_steps(snapshot: Snapshot) -> bool:
    return any(each.milestones for each in snapshot.projects)


def _bullets(m: Material) -> Iterator[tuple[Run, ...]]:
    snapshot = m.snapshot
    if snapshot.participants:
        yield (
            Strong("Participation. "),
            FactRef("participants.forum"),
            Text(" of "),
            *m.count("participants"),
            Text(" with a standing in the forum that a source states; named in the law's invitation process, "),
            Text("which makes no country a member: "),
            FactRef("participants.named"),
            Text(" ("),
            Ref("participants-table"),
            Text(")."),
        )
    else:
        yield (Strong("Participation. "), Text("No country is on record."))
    if snapshot.projects:
        yield (
            Strong("Projects. "),
            *m.count("projects"),
            Text(" on record, "),
            FactRef("projects.joint"),
            Text(" of joint production, co-development or joint research; "),
            *m.count("countries.with-role"),
            Text(" with a part in one ("),
            Ref("projects-table"),
            Text(")."),
        )
    else:
        yield (Strong("Projects. "), Text("No project is on record."))
    if snapshot.agreed:
        yield (
            Strong("Agreements. "),
            FactRef("agreements.in-force"),
            Text(" of "),
            *m.count("agreements"),
            Text(" on record in force; signed in the time of the report: "),
            FactRef("agreements.signed"),
            Text(" ("),
            Ref("agreements-table"),
            Text(")."),
        )
    if snapshot.ledger.lines:
        yield (
            Strong("Funds. "),
            FactRef("money.obligated.fy"),
            Text(" obligated in the reporting fiscal year and "),
            FactRef("money.obligated"),
            Text(" in all; "),
            FactRef("money.expended"),
            Text(" of it expended ("),
            Ref("money-years"),
            words(
                f"). Source: {snapshot.ledger.system or OWN_LEDGER}, as effective on "
                f"{long_day(snapshot.ledger.as_of)}; "
            ),
            *_confirmed(snapshot),
            Text("."),
        )
    else:
        yield (
            Strong("Funds. "),
            Text("Obligations are not public: the ledger holds nothing. That is no statement that there are none."),
        )
    if _has_steps(snapshot):
        yield (
            Strong("Schedule. "),
            FactRef("milestones.met"),
            Text(" of "),
            *m.count("milestones"),
            Text(" met; open ones past their plan, or forecast past it: "),
            FactRef("milestones.late"),
            Text(", by more than ninety days: "),
            FactRef("milestones.very-late"),
            *(
                (Text(" ("), Ref("late-table"), Text(")"))
                if any(step.days_late(snapshot.status_as_of) for each in snapshot.projects for step in each.milestones)
                else ()
            ),
            Text("."),
        )
    else:
        yield (Strong("Schedule. "), Text("No milestone of any project is public."))
    yield from _ahead(m)
    yield from _against_last(m)
    yield (
        Strong("Completeness. "),
        FactRef("elements.answered"),
        Text(" of "),
        *m.count("elements"),
        Text(" with a text or a decision that there is nothing to report"),
        *(
            (
                Text("; the draft lacks " if snapshot.stage == "draft" else "; what it could not state: "),
                *m.count("lacking"),
                Text(" ("),
                Ref("lacking-table"),
                Text(")"),
            )
            if m.completeness.lacking
            else ()
        ),
        Text("."),
    )


def _ahead(m: Material) -> Iterator[tuple[Run, ...]]:
    """What comes first in the fiscal year ahead, and what Congress is asked to change."""
    if m.snapshot.read is None:
        return
    ahead = f"for fiscal year {m.snapshot.upcoming_fiscal_year}"
    for title, of, fact, element, on in (
        ("Priorities. ", PRIORITY, "priorities", "iv", f" {ahead}"),
        ("Recommended changes. ", RECOMMENDATION, "recommendations", "v", ""),
    ):
        found = points(m, of, m.snapshot.year)
        said: tuple[Run, ...] = (FactRef(fact), words(f" on record{on}: {_called(found)}"))
        yield (
            Strong(title),
            *(said if found else (words(f"None is on record{on}"),)),
            Text(" ("),
            Ref(anchor(element)),
            Text(")."),
        )


def _called(found: Sequence[Point]) -> str:
    """The names of the first points, for who reads no further."""
    names = [shorten(each.name, _LONGEST_NAME, placeholder=" ...") for each in found[:_MOST_NAMES]]
    return "; ".join([*names, *([f"and {len(found) - _MOST_NAMES} more"] if len(found) > _MOST_NAMES else [])])


def _against_last(m: Material) -> Iterator[tuple[Run, ...]]:
    """What the report before stated of the same figures, as it was signed."""
    last = m.snapshot.before
    if last is None:
        return
    stated = {fact.id: fact.text for fact in last.document.facts}
    told = [f"{stated[name]} {of}" for name, of in _AGAINST if stated.get(name)]
    yield (
        # A year may have no signed report: the last one is then older.
        Strong("Against last year. " if last.year == m.snapshot.year - 1 else "Against the last report. "),
        words(f"The report of {last.year} stated {', '.join(told)} (" if told else "What changed stands in "),
        Ref("compared"),
        Text(")." if told else "."),
    )


def _confirmed(snapshot: Snapshot) -> tuple[Run, ...]:
    """How far the totals are reconciled, and what share of them official accounting confirms."""
    if snapshot.read is None or not snapshot.read.confirmed:
        return (words(snapshot.ledger.reconciled or "reconciliation not recorded"),)
    return (
        words(f"{snapshot.read.accounts_signed} of {snapshot.read.accounts} accounts reconciled, "),
        FactRef("money.confirmed"),
        Text(" of the obligations confirmed by document and line ("),
        Ref("confirmed-table"),
        Text(")"),
    )
