"""What a draft still lacks: elements without a text, figures that are none, texts that no font can print, and facts
that no source states."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from pipir.document import faces
from pipir.document.model import strings
from pipir.document.text import missing, named
from pipir.features.report.compose.duties import designation_of
from pipir.features.report.compose.facts import figure_names, joint
from pipir.features.report.compose.prose import unknown_facts
from pipir.features.report.compose.snapshot import Activity, Point, Reading, Snapshot, canonical_row, law_of
from pipir.features.report.rules import FRONT, PRIORITY, RECOMMENDATION, Completeness, Lack, nearest
from pipir.kernel.marking import parse_marking
from pipir.statute import lookup
from pipir.statute.model import Statute

_MOST_LETTERS: Final = 10
# What names a record, the first that it has.
_NUMBERS: Final = ("code", "key", "id", "slug", "element", "provision")
_NAMES: Final = ("name", "title", "subject", "label")


def completeness(snapshot: Snapshot, statute: Statute) -> Completeness:
    """How many elements are answered, and everything that is lacking, elements first."""
    statute = law_of(snapshot, statute)
    known = figure_names(statute, snapshot.activity if snapshot.told is None else Activity())
    elements = lookup.report_elements(statute)
    answered = sum(is_answered(snapshot, each.slug) for each in elements)
    lacks = (
        *_elements(snapshot, statute),
        *_figures(snapshot, statute, known),
        *_letters(snapshot, statute),
        *_facts(snapshot, statute),
    )
    return Completeness(answered, len(elements), lacks)


def is_answered(snapshot: Snapshot, element: str) -> bool:
    """Whether an editor wrote a text for the element or decided that there is nothing to report."""
    section = snapshot.section(element)
    return section is not None and bool(section.nothing_to_report or section.narrative.strip())


def _elements(snapshot: Snapshot, statute: Statute) -> Iterator[Lack]:
    for each in lookup.report_elements(statute):
        section = snapshot.section(each.slug)
        if not is_answered(snapshot, each.slug):
            yield Lack(
                "element",
                f"Element {each.number}, {each.title.lower()}",
                "No text, and no decision that there is nothing to report.",
                each.citation,
                each.slug,
            )
        elif section is not None and section.nothing_to_report and each.slug.endswith(".iii") and joint(snapshot):
            yield Lack(
                "contradiction",
                f"Element {each.number}, {each.title.lower()}",
                "It says that there is nothing to report, and the register holds joint projects.",
                each.citation,
                each.slug,
            )
        elif section is not None and section.nothing_to_report and _stated(snapshot, each.slug):
            yield Lack(
                "contradiction",
                f"Element {each.number}, {each.title.lower()}",
                "It says that there is nothing to report, and the record holds priorities or recommendations for it.",
                each.citation,
                each.slug,
            )


def _stated(snapshot: Snapshot, element: str) -> list[Point]:
    """The priorities of this report for element (iv), its recommendations for element (v); none for another."""
    of = {"iv": PRIORITY, "v": RECOMMENDATION}.get(element.rpartition(".")[2])
    points = snapshot.read.points if snapshot.read else ()
    return [each for each in points if each.of == of and each.year == snapshot.year]


def _figures(snapshot: Snapshot, statute: Statute, known: Collection[str]) -> Iterator[Lack]:
    elements = lookup.report_elements(statute)
    parts = [(each.slug, f"element {each.number}", each.citation) for each in elements]
    whole = statute.citation("1253.f.1.B")
    for slug, called, citation in (*((each.slug, each.title, whole) for each in FRONT), *parts):
        section = snapshot.section(slug)
        for name in unknown_facts(section.narrative, known) if section is not None else ():
            yield Lack(
                "figure",
                f"The figure {{{name}}} in {called}",
                f"The report has no figure of this name; the nearest is {{{nearest(name, known)}}}.",
                citation,
                slug,
            )


def _letters(snapshot: Snapshot, statute: Statute) -> Iterator[Lack]:
    """Every field of a record with a character that would be printed as its number, for no font has it."""
    fonts = faces.characters()
    for noun, rows in _records(snapshot):
        for row in rows:
            encoded = canonical_row(row)
            # Most of a hundred thousand texts are plain: what is escaped or no ASCII is looked at letter by letter.
            if encoded.isascii() and b"\\" not in encoded and b"\x7f" not in encoded:
                continue
            for path, text in strings(row):
                if found := missing(text, fonts):
                    more = len(found) - _MOST_LETTERS
                    yield Lack(
                        "letters",
                        f"{_called(noun, row, fonts)}, {_field(path)}",
                        "No font of the report has: "
                        + "; ".join(named(each) for each in found[:_MOST_LETTERS])
                        + (f"; and {more:,} more." if more > 0 else "."),
                        statute.citation("1253.f.1.B"),
                    )


def _records(snapshot: Snapshot) -> Iterator[tuple[str, Sequence[Any]]]:
    """What somebody typed and the report prints, by what a record of it is called.

    The lines of the ledger are printed as its totals; of the report signed before nothing can be corrected.
    """
    told, read, ledger = snapshot.told or Activity(), snapshot.read or Reading(), snapshot.ledger
    yield "Country", snapshot.participants
    yield "Group", snapshot.groups
    yield "Meeting", snapshot.meetings
    yield "Project", snapshot.projects
    yield "Related effort", snapshot.related
    yield "Vulnerability", snapshot.vulnerabilities
    yield "Agreement", snapshot.agreed or ()
    yield "Engagement", told.engagements
    yield "Assistance", told.assistance
    yield "Account", ledger.by_account
    yield "Authority", ledger.by_authority
    yield "Exception of the ledger", ledger.exceptions
    yield "Ledger", (ledger.system, ledger.reconciled)
    yield "Data call", read.calls
    yield "Promise", read.promises
    yield "Determination", read.continuing
    yield "Point", read.points
    yield "Section", snapshot.sections
    yield "Duty", snapshot.duties
    yield "Senior official", (snapshot.official,)
    yield "Amendment", snapshot.amendments
    yield "Adopted reading", snapshot.adoptions
    yield "Cost statement", (snapshot.cost,)
    yield "Why this version supersedes another", (snapshot.supersedes,)


def _called(noun: str, row: Any, fonts: frozenset[int]) -> str:
    """What a record is called: its code or its number, and its name where that can be printed."""
    if isinstance(row, str):
        return noun
    number = next((found for name in _NUMBERS if (found := getattr(row, name, None))), "")
    name = next((found for name in _NAMES if (found := getattr(row, name, None))), "")
    numbered = f"{noun} {number}".rstrip()
    return f"{numbered} ({name})" if name and not missing(name, fonts) else numbered


def _field(path: str) -> str:
    """A field in words: milestones.2.reason is the reason of the third milestone, "milestones 3 reason"."""
    parts = (str(int(part) + 1) if part.isdigit() else part.replace("_", " ") for part in path.split("."))
    return " ".join(parts) or "text"


def _facts(snapshot: Snapshot, statute: Statute) -> Iterator[Lack]:
    recorded, stands = designation_of(snapshot, statute)
    if snapshot.official is None:
        yield Lack(
            "fact",
            "The designated senior official" if recorded is None or recorded.state != "done" else "The official's name",
            "No designation is recorded here; the public record is silent on it."
            if recorded is None
            else f"The duty to designate: {stands.rstrip('.')}. No name is recorded here for the status day.",
            statute.citation("1253.c.1"),
        )
    if not any(each.standing not in (None, "named in statute") for each in snapshot.participants):
        yield Lack(
            "fact",
            "The list of member countries",
            "No step of the invitation process is recorded for any country; the full list is not public.",
            statute.citation("1253.d"),
        )
    if any(each.forum_standing is None for each in snapshot.participants):
        yield Lack(
            "fact",
            "Standing in the forum, country by country",
            "For some countries no public source states it.",
            statute.citation("1253.f.1.B.ii"),
        )
    if not snapshot.ledger.lines:
        yield Lack(
            "fact",
            "Obligations, expenditures and costs",
            "The ledger holds nothing up to the day of the money; the amounts are not public.",
            statute.citation("statement-of-obligations"),
        )
    elif not snapshot.ledger.reconciled or snapshot.ledger.reconciled.startswith("not reconciled"):
        yield Lack(
            "fact",
            "Reconciliation with official accounting",
            "No reconciliation of the ledger is recorded for the day of the money.",
            statute.citation("statement-of-obligations"),
        )
    projects = snapshot.projects
    if projects and any(each.lead_office is None for each in projects):
        yield Lack(
            "fact",
            "Leads of projects and workstreams",
            "For some projects no lead office is recorded; the leads are not public.",
            statute.citation("1253.f.1.B.iii"),
        )
    if projects and any(not each.milestones and not each.in_classified_annex for each in projects):
        yield Lack(
            "fact",
            "Milestones of projects",
            "For some projects no milestone is recorded.",
            statute.citation("1253.f.1.B.iii"),
        )
    if any(each.planned_total is None and not each.withheld and not each.in_classified_annex for each in projects):
        yield Lack(
            "fact",
            "Planned totals of projects",
            "For some projects no plan of cost is recorded.",
            statute.citation("1253.f.1.B.iv"),
        )
    uncleared = [each for each in _stated(snapshot, "v") if each.kind == "legislative" and each.clearance != "cleared"]
    if uncleared:
        yield Lack(
            "fact",
            "Clearance of legislative recommendations",
            "Not cleared on record: " + "; ".join(each.name for each in uncleared) + ".",
            statute.citation("legislative-clearance"),
        )
    marking = parse_marking(snapshot.marking)
    if marking.level == "CUI" and not marking.categories:
        yield Lack(
            "fact",
            "The CUI category",
            "The report is controlled, and no row that it tells of is marked with a category, such as CUI//PROCURE.",
            statute.citation("cui"),
        )
    cost = snapshot.cost
    if None in (cost.labor, cost.expenses, cost.stated_on, cost.reference):
        yield Lack(
            "fact",
            "The cost statement of this report",
            "Its amounts, its date and its reference are not all stated.",
            statute.citation("cost-statement"),
        )
    if snapshot.signature is None:
        yield Lack(
            "fact",
            "The signatory",
            "It is not decided who signs: the Secretary, or an official with a recorded delegation.",
            statute.citation("signatory"),
        )
