"""The law as it stands here: its files with the readings adopted and the confirmed amendments; its copy in SQL."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import text

from pipir.kernel.errors import Unavailable
from pipir.statute import amendments, lookup, model
from pipir.statute.load import the_statute
from pipir.statute.model import Statute
from pipir.store.doors import ReadSession

# In the order in which they hold, for whoever asks more by the same question; the columns of an amendment behind its
# number are model.Amendment's.
LAW_CHANGES: Final = """
    select array(select row(provision, reading, counsel, counsel_on) from reading_adoption
                 where confirmed_on is not null order by confirmed_on, id) as adopted,
           array(select row(id, provision, value, new_day, changes_from, enacted_on, enacted_in, citation)
                 from amendment where confirmed_on is not null order by id) as enacted
"""


async def law_of(session: ReadSession) -> Statute:
    """The law as it stands in this installation: its files, the readings adopted, the confirmed amendments."""
    return law_from(*await session.driver.fetchrow(LAW_CHANGES))


def law_from(adoptions: Sequence[Any], confirmed: Sequence[Any]) -> Statute:
    """The law of a row of LAW_CHANGES."""
    return amendments.amended(_adopting(adoptions), tuple(model.Amendment(*each[1:]) for each in confirmed))


async def read_law(session: ReadSession) -> Statute:
    """The law's files with the readings adopted here, before any amendment."""
    return _adopting(await adopted(session))


async def adopted(session: ReadSession) -> tuple[tuple[str, str, str, date], ...]:
    """The confirmed adoptions of readings, in order: (provision, reading, counsel, counsel's day)."""
    row = await session.driver.fetchrow(LAW_CHANGES)
    return tuple(tuple(each) for each in row["adopted"])


async def enacted(session: ReadSession, *, without: int | None = None) -> tuple[model.Amendment, ...]:
    """The confirmed amendments, in the order of their entry; `without` leaves one out."""
    row = await session.driver.fetchrow(LAW_CHANGES)
    return tuple(model.Amendment(*each[1:]) for each in row["enacted"] if each[0] != without)


def _adopting(adoptions: Sequence[Any]) -> Statute:
    statute = the_statute()
    for provision, reading, counsel, counsel_on in adoptions:
        statute = amendments.adopting(statute, provision, reading, counsel=counsel, counsel_on=counsel_on)
    return statute


async def check_copied_law(session: ReadSession) -> None:
    """Raise Unavailable where the database's copy of the law's windows is not that of the law's files."""
    rows = await session.execute(text("select slug, citation, since, until, ends_with, edge from app.law_window"))
    kinds = await session.execute(text("select slug, provision, record from app.law_act"))
    stored = ({tuple(row) for row in rows}, {tuple(row) for row in kinds})
    if stored != copied_law(the_statute()):
        raise Unavailable(
            "The database's copy of the law differs from the law's files; nothing can be judged by it.",
            way_out="Run pipir setup of the release that these files belong to; a changed file comes with a migration.",
        )


def copied_law(statute: Statute) -> tuple[set[tuple[Any, ...]], set[tuple[Any, ...]]]:
    """What the database holds of the law's files: windows of what an act may rest on, and the covered acts."""
    rest = [
        *(row.provision for row in statute.covered_acts.values()),
        *(row.slug for row in lookup.authorities(statute)),
    ]
    ends = {lookup.serving(statute, slug).slug for slug in rest}.difference(rest)
    slugs = dict.fromkeys([*rest, *sorted(ends)])
    windows = set()
    for slug in slugs:
        row = statute.provision(slug)
        since, until = lookup.window(statute, slug)
        ending = lookup.serving(statute, slug).slug
        ends_with = ending if ending != slug else None
        if slug in ends:
            until = lookup.day(statute, slug, "on")
        edge = next((each.edge for each in lookup.readings(statute, slug) if each.adopted), None)
        windows.add((slug, row.citation, since, None if ends_with else until, ends_with, edge))
    return windows, {(row.slug, row.provision, row.record) for row in statute.covered_acts.values()}
