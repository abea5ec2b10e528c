"""The objectives and authorities that a project may name."""

import msgspec

from pipir.features.projects import rules
from pipir.statute import lookup
from pipir.statute.load import the_statute


class ProjectLaw(msgspec.Struct, frozen=True):
    """A provision as a page shows it: citation, standing, our sentence."""

    slug: str
    citation: str
    standing: str
    title: str
    statement: str


def objectives() -> tuple[ProjectLaw, ...]:
    """The objectives that a project may serve."""
    return tuple(law_line(row.slug) for row in lookup.objectives(the_statute()))


def authorities() -> tuple[ProjectLaw, ...]:
    """The authorities that a project may name."""
    return tuple(law_line(row.slug) for row in rules.authorities(the_statute()))


def law_line(slug: str) -> ProjectLaw:
    """One provision with its citation and standing."""
    row = the_statute().provision(slug)
    return ProjectLaw(row.slug, row.citation, row.standing_label, row.title, row.statement)
