"""What a form offers besides accounts and documents: projects, countries, authorities."""

import msgspec
from sqlalchemy import select

from pipir.features.participants.tables import Participant
from pipir.features.projects.tables import Project
from pipir.kernel.marking import Reader
from pipir.statute.load import the_statute
from pipir.statute.lookup import authorities
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession


class Choice(msgspec.Struct, frozen=True):
    """One choice of a form or filter."""

    value: str
    label: str


async def project_choices(session: ReadSession, reader: Reader) -> tuple[Choice, ...]:
    """Every project that the reader may see, for a form."""
    rows = await session.execute(
        select(Project.id, Project.code, Project.name).where(visible_to(reader, Project)).order_by(Project.code)
    )
    return tuple(Choice(str(row.id), f"{row.code} {row.name}") for row in rows)


async def country_choices(session: ReadSession, reader: Reader) -> tuple[tuple[int, str, str], ...]:
    """Every participant that the reader may see: number, code, name."""
    rows = await session.execute(
        select(Participant.id, Participant.code, Participant.name)
        .where(visible_to(reader, Participant))
        .order_by(Participant.name)
    )
    return tuple((row.id, row.code, row.name) for row in rows)


def authority_choices() -> tuple[Choice, ...]:
    """Every authority that an act may rest on, by citation."""
    return tuple(Choice(row.slug, f"{row.citation}: {row.title}") for row in authorities(the_statute()))


def law_lines(*slugs: str) -> tuple[tuple[str, str, str], ...]:
    """Provisions as a page shows them: citation, standing, our own sentence."""
    law = the_statute()
    rows = [law.provision(slug) for slug in slugs if slug in law.provisions]
    return tuple((row.citation, row.standing_label, row.statement) for row in rows)
