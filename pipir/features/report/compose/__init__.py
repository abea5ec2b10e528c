"""Makes the report from its snapshot: pure, so that the same snapshot gives the same document everywhere."""

from msgspec.structs import replace

from pipir.document.model import Document, number
from pipir.features.report.compose.annexes import annexes
from pipir.features.report.compose.comparison import comparison
from pipir.features.report.compose.elements import elements
from pipir.features.report.compose.front import cover, designation, front, title
from pipir.features.report.compose.material import Material
from pipir.features.report.compose.places import placed
from pipir.features.report.compose.prose import short_day
from pipir.features.report.compose.snapshot import Snapshot, law_of
from pipir.statute.model import Statute

EXERCISE_RIBBON = "EXERCISE DATA"


def compose(snapshot: Snapshot, statute: Statute, year: int) -> Document:
    """The whole report of a year, numbered, ready to render."""
    if snapshot.year != year:
        raise ValueError(f"The snapshot is of the report of {snapshot.year}, not of {year}.")
    statute = law_of(snapshot, statute)
    m = Material.of(snapshot, statute)
    document = number(
        Document(
            title=title(snapshot),
            subtitle=f"Submitted under {statute.short_citation('1253.f.1')}, National "
            f"Defense Authorization Act for "
            "Fiscal Year 2026, Public Law 119-60",
            running_title=f"Report to Congress: Partnership for Indo-Pacific Industrial Resilience, {year}",
            author="Department of Defense",
            marking=snapshot.banner,
            designation=designation(snapshot),
            status="DRAFT" if snapshot.stage == "draft" else "",
            ribbons=(EXERCISE_RIBBON,) if snapshot.exercise else (),
            cover=cover(snapshot, statute),
            frozen_at=snapshot.frozen_at,
            snapshot_id=m.snapshot_sha256,
            as_of=(f"Money as of {short_day(snapshot.ledger.as_of)}, status as of {short_day(snapshot.status_as_of)}",),
            facts=tuple(m.facts.values()),
            sources=m.sources,
            blocks=(
                *front(m),
                *elements(m),
                *annexes(m),
            ),
        )
    )
    if snapshot.before is not None:
        document = number(replace(document, blocks=(*document.blocks, *comparison(snapshot.before, document))))
    return placed(document)
