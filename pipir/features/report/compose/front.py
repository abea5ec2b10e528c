"""The report's first pages: cover, one minute, where each element is answered, what it speaks of, what it lacks."""

from collections.abc import Iterator

from pipir.document.model import (
    Block,
    Column,
    Cover,
    Definition,
    DefinitionList,
    FactRef,
    Heading,
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
from pipir.features.report.compose.material import Material, anchor, written
from pipir.features.report.compose.minute import minute
from pipir.features.report.compose.prose import ended, long_day, money_in_prose, words
from pipir.features.report.compose.snapshot import CostStatement, Snapshot
from pipir.features.report.rules import ABOUT, SECRETARY
from pipir.kernel.marking import parse_marking
from pipir.kernel.money import Dollars
from pipir.statute import lookup
from pipir.statute.model import Statute

_INSTALLATIONS = {"exercise": "an exercise installation", "rehearsal": "a rehearsal installation"}
_NOT_STATED = "not stated"
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
        cost_statement=_cost(snapshot.cost, "not stated yet" if snapshot.stage == "draft" else "not stated"),
    )


def front(m: Material) -> Iterator[Block]:
    """The pages before the first element."""
    yield from minute(m)
    yield from _matrix(m.snapshot, m.statute)
    yield from _about(m)
    if m.completeness.lacking:
        yield from _lacking(m)


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


def _cost(cost: CostStatement, lacking: str) -> tuple[Run, ...]:
    """The Department's sentence on what the report cost; what was not stated says so, and once."""
    runs: list[Run] = []
    if cost.labor is None and cost.expenses is None:
        runs.append(Strong(f"What preparing this report cost the Department of Defense is {lacking}."))
    else:
        runs.append(Text("The cost to the Department of Defense of preparing this report is "))
        if cost.labor is not None and cost.expenses is not None:
            runs += [Text("approximately "), words(money_in_prose(cost.labor + cost.expenses)), Text(": ")]
        runs += [*_amount(cost.labor, lacking), Text(" in labor and ")]
        runs += [*_amount(cost.expenses, lacking), Text(" in other expenses.")]
        blank = [name for name, said in (("day", cost.stated_on), ("reference number", cost.reference)) if not said]
        if blank:
            runs.append(Strong(f" Its {' and '.join(blank)} {'is' if len(blank) == 1 else 'are'} {lacking}."))
    if cost.stated_on:
        runs += [Text(" Stated on: "), words(long_day(cost.stated_on)), Text(".")]
    if cost.reference:
        runs += [Text(" RefID: "), words(cost.reference), Text(".")]
    return tuple(runs)


def _amount(value: Dollars | None, lacking: str) -> tuple[Run, ...]:
    return (words(money_in_prose(value)),) if value is not None else (Strong(lacking),)


def state_of(snapshot: Snapshot, element: str) -> Marker:
    """The state of an element in words and shape."""
    section = snapshot.section(element)
    if section is not None and section.nothing_to_report:
        return Marker("nothing to report", "none")
    return Marker("answered", "good") if is_answered(snapshot, element) else Marker("text missing", "missing")


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
