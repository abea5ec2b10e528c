"""The report's first pages: cover, one minute, where each element is answered, what it speaks of, what it lacks."""

from collections.abc import Iterator, Sequence
from textwrap import shorten

from pipir.document.model import (
    Block,
    Bullets,
    Callout,
    Column,
    Cover,
    Definition,
    DefinitionList,
    FactRef,
    Heading,
    KeyFigure,
    KeyFigures,
    Marker,
    PageRef,
    Paragraph,
    Ref,
    Row,
    Run,
    Strong,
    Table,
    Text,
    source_line,
)
from pipir.features.report.compose.duties import designation_of
from pipir.features.report.compose.facts import LAW
from pipir.features.report.compose.lacking import is_answered
from pipir.features.report.compose.material import Material
from pipir.features.report.compose.points import points
from pipir.features.report.compose.prose import blocks_of, ended, long_day, money_in_prose, words
from pipir.features.report.compose.snapshot import CostStatement, Point, Snapshot
from pipir.features.report.rules import ABOUT, PRIORITY, RECOMMENDATION, SECRETARY, SUMMARY
from pipir.kernel.marking import parse_marking
from pipir.kernel.money import Dollars
from pipir.statute import lookup
from pipir.statute.model import Statute

NOT_STATED = "not stated yet"
_MOST_NAMES, _LONGEST_NAME = 3, 90
_INSTALLATIONS = {"exercise": "an exercise installation", "rehearsal": "a rehearsal installation"}
_NOT_STATED = "not stated"
OWN_LEDGER = "the service's ledger"
_OFFICE = "the program office of this installation"


def designation(snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """The designation indicator block, where the report is controlled at all: from the report's own marking."""
    marking = parse_marking(snapshot.banner)
    if marking.level != "CUI":
        return ()
    limits = [*marking.dissemination, *(["REL TO " + ", ".join(marking.rel_to)] if marking.rel_to else [])]
    return (
        ("Controlled by", _OFFICE),
        ("CUI category", ", ".join(marking.categories) or _NOT_STATED),
        ("Distribution", ", ".join(limits) or _NOT_STATED),
        ("POC", _OFFICE),
    )


def title(snapshot: Snapshot) -> str:
    """The report's title; its year is the year in which it is due."""
    return f"Annual Report on the Partnership for Indo-Pacific Industrial Resilience, {snapshot.year}"


def cover(snapshot: Snapshot, statute: Statute) -> Cover:
    """The first page."""
    period = lookup.report_period(statute, snapshot.year)
    lines = [
        f"Covers {long_day(snapshot.covers_from)} to {long_day(snapshot.covers_to)}; due {long_day(period.due)}",
        "Prepared by the Department of Defense",
    ]
    if snapshot.supersedes:
        lines.append(f"Version {snapshot.version_no}; {snapshot.supersedes}")
    return Cover(
        lines=tuple(lines),
        addressees=tuple(each.name for each in lookup.recipients(statute, "1253.f.1.A")),
        notice=_notice(snapshot),
        cost_statement=_cost(snapshot.cost),
    )


def front(m: Material) -> Iterator[Block]:
    """The pages before the first element."""
    yield from _minute(m)
    yield from _matrix(m.snapshot, m.statute)
    yield from _about(m)
    if m.completeness.lacking:
        yield from _lacking(m)


def written(m: Material, part: str) -> Iterator[Block]:
    """What the office wrote for a part before the elements; nothing where it wrote nothing."""
    section = m.snapshot.section(part)
    if section is not None:
        yield from blocks_of(section.narrative, m.facts)


def _notice(snapshot: Snapshot) -> tuple[Run, ...]:
    runs: list[Run] = []
    if snapshot.exercise:
        runs += [Strong("EXERCISE DATA. "), Text("Rows of this report are invented for an exercise. ")]
    elif snapshot.installation != "production":
        runs += [
            Strong(f"Made in {_INSTALLATIONS[snapshot.installation]}. "),
            Text("It holds no invented row. "),
        ]
    if snapshot.stage == "draft":
        runs += [
            Strong("DRAFT. "),
            Text(
                "Not signed and not transmitted. What no source states is given as not public, never as zero or none."
            ),
        ]
    return tuple(runs)


def _cost(cost: CostStatement) -> tuple[Run, ...]:
    """The Department's sentence on what the report cost; what was not stated says so."""

    def amount(value: Dollars | None) -> Run:
        return words(money_in_prose(value)) if value is not None else Strong(NOT_STATED)

    total = cost.labor + cost.expenses if cost.labor is not None and cost.expenses is not None else None
    return (
        Text("The cost to the Department of Defense of preparing this report is approximately "),
        amount(total),
        Text(": "),
        amount(cost.labor),
        Text(" in labor and "),
        amount(cost.expenses),
        Text(" in other expenses. Stated on: "),
        words(long_day(cost.stated_on)) if cost.stated_on else Strong(NOT_STATED),
        Text(". RefID: "),
        words(cost.reference) if cost.reference else Strong(NOT_STATED),
        Text("."),
    )


def _minute(m: Material) -> Iterator[Block]:
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
        Strong("Against last year. "),
        words(f"The report of {last.year} stated {', '.join(told)} (" if told else "What changed stands in "),
        Ref("compared"),
        Text(")." if told else "."),
    )


_AGAINST = (("projects", "projects"), ("money.obligated", "obligated in all"), ("milestones.late", "milestones late"))


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


def state_of(snapshot: Snapshot, element: str) -> Marker:
    """The state of an element in words and shape."""
    section = snapshot.section(element)
    if section is not None and section.nothing_to_report:
        return Marker("nothing to report", "none")
    return Marker("answered", "good") if is_answered(snapshot, element) else Marker("text missing", "missing")


def anchor(element: str) -> str:
    """The id of an element's heading."""
    return "element-" + element.rpartition(".")[2]


def _matrix(snapshot: Snapshot, statute: Statute) -> Iterator[Block]:
    yield Heading(1, "Where each element is answered", "matrix-heading", numbered=False)
    yield Table(
        "matrix",
        "The elements that the law requires, and where this report answers them",
        (
            Column("paragraph", "Paragraph", "text", 1.75),
            Column("asks", "What it asks, in our words", "text", 3.1),
            Column("section", "Answered in", "text", 1.15),
            Column("page", "Page", "number", 0.5),
            Column("state", "State", "marker", 1.3),
        ),
        tuple(
            Row(
                each.slug,
                (
                    each.short_citation,
                    each.statement,
                    Ref(anchor(each.slug)),
                    PageRef(anchor(each.slug)),
                    state_of(snapshot, each.slug),
                ),
            )
            for each in lookup.report_elements(statute)
        ),
        source=source_line(LAW, note="The law's own text governs; it is not quoted here."),
    )


def _about(m: Material) -> Iterator[Block]:
    snapshot, statute = m.snapshot, m.statute
    period = lookup.report_period(statute, snapshot.year)
    due = lookup.deadline(statute, f"report-{snapshot.year}")
    yield Heading(1, "What this report speaks of", "about", numbered=False)
    yield from written(m, ABOUT)
    items = [
        Definition(
            "Coverage",
            (
                words(f"{long_day(snapshot.covers_from)} to {long_day(snapshot.covers_to)}"),
                words(f"; {period.standing_label}."),
                *_short_of_the_period(snapshot),
            ),
        ),
        Definition(
            "Money",
            (
                Text("As effective on "),
                words(long_day(snapshot.ledger.as_of)),
                Text(", the end of the fiscal year before."),
                *_after_money(snapshot),
            ),
        ),
        Definition(
            "Status",
            (
                Text("Standing, projects and milestones as of "),
                words(long_day(snapshot.status_as_of)),
                Text(", the day the snapshot was frozen."),
            ),
        ),
        Definition(
            "Due",
            (
                words(long_day(period.due)),
                *(
                    (
                        Text("; the last working day before it is "),
                        words(long_day(due.advised_day)),
                        Text(", which is advice and no law"),
                    )
                    if due.advised_day != period.due
                    else ()
                ),
                Text(". Frozen "),
                *m.count("days.to-due"),
                Text(
                    " before it was due." if snapshot.status_as_of <= period.due else " after it was due: it is late."
                ),
            ),
        ),
        Definition("Submitted by", _signatory(snapshot, statute)),
        Definition(
            "Addressees",
            (
                words("; ".join(each.name for each in lookup.recipients(statute, "1253.f.1.A"))),
                Text(" ("),
                words(statute.groups["six-addressees"].citation),
                Text(")."),
            ),
        ),
        Definition("Senior official", _official(snapshot, statute)),
        Definition(
            "Classified annex",
            (
                words(statute.provision("classified-annex").statement),
                Text(" Projects described in it alone: "),
                FactRef("projects.annex"),
                Text("."),
            ),
        ),
        Definition(
            "Publication",
            (
                words(f"{statute.provision('public-posting').statement} ({statute.citation('public-posting')}). "),
                words(
                    f"Publishing Office portal: excluded, "
                    f"{statute.citation('publishing-office-exclusion')}; a voluntary submission would "
                    f"be a recorded decision."
                ),
            ),
        ),
    ]
    if snapshot.version_no > 1:
        items.insert(0, Definition("Version", (words(f"{snapshot.version_no}; {snapshot.supersedes}"),)))
    yield DefinitionList(tuple(items), "about-list")


def _after_money(snapshot: Snapshot) -> tuple[Run, ...]:
    if snapshot.covers_to <= snapshot.ledger.as_of:
        return ()
    return (words(f" What came after it, to {long_day(snapshot.covers_to)}, stands by itself under the last element."),)


def _short_of_the_period(snapshot: Snapshot) -> tuple[Run, ...]:
    if snapshot.status_as_of >= snapshot.covers_to:
        return ()
    return (Text(" The period was still running when this snapshot was frozen."),)


def _signatory(snapshot: Snapshot, statute: Statute) -> tuple[Run, ...]:
    signature = snapshot.signature
    if signature is None:
        return (
            Strong("Not decided. "),
            words(
                f"{statute.provision('signatory').statement} ({statute.citation('signatory')}, "
                f"{statute.provision('signatory').standing_label})."
            ),
        )
    said = f"{signature.name}, {signature.signatory}, signed on {long_day(signature.signed_on)}."
    if signature.signatory != SECRETARY:
        said += f" Delegation: {signature.delegation}"
    return (words(said),)


def _official(snapshot: Snapshot, statute: Statute) -> tuple[Run, ...]:
    recorded, stands = designation_of(snapshot, statute)
    citation = f"({statute.citation('1253.c.1')})."
    if snapshot.official is not None:
        found = snapshot.official
        acting = ", acting" if found.acting else ""
        return (
            words(f"{found.official}, {found.office_held}{acting}, since {long_day(found.since)} {citation} "),
            words(f"Instrument: {found.instrument}"),
        )
    if recorded is None:
        return (words(f"No designation is recorded here; not public {citation}"),)
    evidence = f" Evidence on record: {ended(recorded.evidence)}." if recorded.evidence else ""
    return (
        words(f"The duty to designate: {stands.rstrip('.')}.{evidence}"),
        words(f" No official is recorded here for the status day {citation}"),
    )


def _lacking(m: Material) -> Iterator[Block]:
    snapshot = m.snapshot
    name = "What this draft still lacks" if snapshot.stage == "draft" else "What this report could not state"
    yield Heading(1, name, "lacking", numbered=False)
    yield Paragraph(
        (
            Text(
                "This list is made from the record, and nothing leaves it by hand: an element leaves "
                "it when an editor writes a "
            ),
            Text(
                "text or decides that there is nothing to report, and a fact when its record is entered with a source."
            ),
        )
    )
    yield Table(
        "lacking-table",
        "What is missing, with the provision that asks for it",
        (
            Column("what", "Missing", "text", 2.1),
            Column("why", "Why", "text", 3.3),
            Column("provision", "Provision", "text", 1.7),
        ),
        tuple(
            Row(f"{each.kind}.{place}", (each.what, each.why, each.short_provision))
            for place, each in enumerate(m.completeness.lacking, 1)
        ),
    )
