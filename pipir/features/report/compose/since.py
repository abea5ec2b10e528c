"""What editors saved after a build had read the record, so that the build does not hold it."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from pipir.features.report.compose.snapshot import CostStatement, Point, Section, Snapshot, law_of
from pipir.features.report.rules import FRONT
from pipir.statute import lookup
from pipir.statute.model import Statute


def saved_since(
    snapshot: Snapshot, sections: Sequence[Section], points: Sequence[Point], cost: CostStatement, statute: Statute
) -> Iterator[str]:
    """What stands otherwise now than in the snapshot, each in words: sections, points of its own year, the cost."""
    called = {each.slug: f"“{each.title}”" for each in FRONT} | {
        each.slug: f"element {each.number}" for each in lookup.report_elements(law_of(snapshot, statute))
    }
    before, now = ({each.element: _said(each) for each in some} for some in (snapshot.sections, sections))
    for element, words in called.items():
        if before.get(element) != now.get(element):
            yield words
    read = snapshot.read
    stood, stands = (
        {each.id: _stated(each) for each in some if each.year == snapshot.year}
        for some in (read.points if read else (), points)
    )
    for each in (*stands.values(), *(old for number, old in stood.items() if number not in stands)):
        if stood.get(each.id) != stands.get(each.id):
            yield f"the {each.of} “{each.name}”"
    if snapshot.cost != cost:
        yield "the cost statement"


def _said(section: Section) -> tuple[str, bool, str | None]:
    return section.narrative, section.nothing_to_report, section.decided_because


def _stated(point: Point) -> Point:
    """A point as it is stated; what became of it is said in the report after."""
    return replace(point, outcome=None, outcome_because=None, exercise=False)
