"""What every part of the report is made from: the snapshot, the law, the figures and the order of the sources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipir.document.model import Block, Fact, FactRef, Run, Source, Text, source_line
from pipir.features.report.compose.facts import REGISTER, facts_of
from pipir.features.report.compose.lacking import completeness
from pipir.features.report.compose.prose import blocks_of
from pipir.features.report.compose.snapshot import Snapshot, canonical, digest
from pipir.features.report.compose.sources import source_id, sources_of
from pipir.features.report.rules import Completeness
from pipir.statute.model import Statute

_MOST_IN_A_LINE = 5


@dataclass(frozen=True)
class Material:
    """The snapshot with what follows from it and from the law; made once for a report."""

    snapshot: Snapshot
    statute: Statute
    completeness: Completeness
    facts: Mapping[str, Fact]
    sources: tuple[Source, ...]
    snapshot_sha256: str

    @classmethod
    def of(cls, snapshot: Snapshot, statute: Statute) -> "Material":
        """Everything that a report of the snapshot is made from."""
        lacks = completeness(snapshot, statute)
        return cls(
            snapshot,
            statute,
            lacks,
            {each.id: each for each in facts_of(snapshot, statute, lacks)},
            sources_of(snapshot, statute),
            digest(canonical(snapshot)),
        )

    def count(self, name: str) -> tuple[Run, ...]:
        """A count with its noun, in the number that the count needs: 1 project, 4 projects."""
        return (FactRef(name), Text(f" {self.facts[name].unit}"))

    def under(self, *texts: str | None, table: str = "", note: str = "", own: str = REGISTER) -> tuple[Run, ...]:
        """The source line of a table: the sources that its rows name, or the service's own where they are too many."""
        named = {source_id(text) for text in texts if text and text.strip()}
        ordered = [each.id for each in self.sources if each.id in named]
        if not ordered or len(ordered) > _MOST_IN_A_LINE:
            return source_line(own, table=table, note=note)
        return source_line(*ordered, table=table, note=note)


def withholding(m: Material) -> str:
    """Why amounts are withheld, by its provision."""
    rule = m.statute.provision("pre-decisional")
    return f"Withheld: {rule.statement.rstrip('.')} ({rule.standing_label})."


def written(m: Material, part: str) -> Iterator[Block]:
    """What the office wrote for a part before the elements; nothing where it wrote nothing."""
    section = m.snapshot.section(part)
    if section is not None:
        yield from blocks_of(section.narrative, m.facts)


def anchor(element: str) -> str:
    """The id of an element's heading."""
    return "element-" + element.rpartition(".")[2]
