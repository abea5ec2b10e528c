"""Makes the report from its snapshot: pure, so that the same snapshot gives the same document everywhere."""

from pipir.document.model import Document, number
from pipir.features.report.compose.annexes import annexes
from pipir.features.report.compose.elements import elements
from pipir.features.report.compose.facts import facts_of
from pipir.features.report.compose.front import cover, designation, front, title
from pipir.features.report.compose.lacking import completeness
from pipir.features.report.compose.prose import short_day
from pipir.features.report.compose.snapshot import Snapshot, canonical, digest
from pipir.features.report.compose.sources import sources_of
from pipir.statute.model import Statute

EXERCISE_RIBBON = "EXERCISE DATA"


def compose(snapshot: Snapshot, statute: Statute, year: int) -> Document:
    """The whole report of a year, numbered, ready to render."""
    if snapshot.year != year:
        raise ValueError(f"The snapshot is of the report of {snapshot.year}, not of {year}.")
    sha256 = digest(canonical(snapshot))
    lacks = completeness(snapshot, statute)
    facts = facts_of(snapshot, statute, lacks)
    names = frozenset(each.id for each in facts)
    return number(
        Document(
            title=title(snapshot),
            subtitle=f"Submitted under {statute.citation('1253.f.1').partition(',')[0]}, National Defense Authorization Act for "
            "Fiscal Year 2026, Public Law 119-60",
            running_title=f"Report to Congress: Partnership for Indo-Pacific Industrial Resilience, {year}",
            author="Department of Defense",
            marking=snapshot.marking,
            designation=designation(snapshot),
            status="DRAFT" if snapshot.stage == "draft" else "",
            ribbons=(EXERCISE_RIBBON,) if snapshot.exercise else (),
            cover=cover(snapshot, statute),
            frozen_at=snapshot.frozen_at,
            snapshot_id=sha256,
            as_of=(f"Money as of {short_day(snapshot.ledger.as_of)}, status as of {short_day(snapshot.status_as_of)}",),
            facts=facts,
            sources=sources_of(snapshot, statute),
            blocks=(
                *front(snapshot, statute, lacks),
                *elements(snapshot, statute, names),
                *annexes(snapshot, statute, facts, sha256),
            ),
        )
    )
