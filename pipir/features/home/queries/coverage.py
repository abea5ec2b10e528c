"""The coverage map: objectives against countries, with the projects and dollars of each pair, the empty ones too."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from pipir.features.ledger import queries as ledger
from pipir.features.participants.queries import participant_choices
from pipir.features.participants.rules import HOME
from pipir.features.projects import queries as projects
from pipir.features.projects.queries import Covered
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import ReadSession

# The line of projects in which no country on record has a part; the code of no country.
NO_COUNTRY: Final = ""


class Sums(msgspec.Struct, frozen=True):
    """How many projects, and what is planned for and obligated on them, each counted once.

    `unplanned` counts those for which no planned total is public: the planned sum says nothing of them.
    """

    projects: int
    planned: Dollars
    obligated: Dollars
    unplanned: int
    exercise: bool


class Cell(msgspec.Struct, frozen=True):
    """An objective against a country; no projects: an empty cell."""

    objective: str
    sums: Sums


class CountryRow(msgspec.Struct, frozen=True):
    """A country against every objective. `sums` counts each project once, `again` what the cells count beyond that."""

    code: str
    name: str
    cells: tuple[Cell, ...]
    sums: Sums
    again: Sums


class Objective(msgspec.Struct, frozen=True):
    """An objective over all countries: each project once, and what the cells of its column count beyond that."""

    slug: str
    citation: str
    title: str
    sums: Sums
    again: Sums


class Coverage(msgspec.Struct, frozen=True):
    """The whole map; `elsewhere` is what is obligated on no project of it: on ended ones, or on none that is named.

    The ledger's total is the map's obligated sum and `elsewhere` together.
    """

    objectives: tuple[Objective, ...]
    rows: tuple[CountryRow, ...]
    total: Sums
    elsewhere: Dollars
    ledger_total: Dollars
    empty: int
    statement: ledger.Statement


class _Project(msgspec.Struct, frozen=True):
    covered: Covered
    # Without the United States, which is no partner of itself.
    partners: frozenset[str]
    obligated: Dollars
    exercise: bool


async def coverage(session: ReadSession, reader: Reader) -> Coverage:
    """The map of what the reader may see, with the dollars that are planned and obligated."""
    money = await ledger.totals(session, reader, "project")
    on = {row.key: row for row in money.rows}
    zero = Dollars.zero()
    every = tuple(
        _Project(
            each,
            frozenset(each.countries) - {HOME},
            row.figures.obligated if (row := on.get(str(each.id))) else zero,
            each.exercise or (row is not None and row.exercise),
        )
        for each in await projects.covered(session, reader)
    )
    objectives = projects.objectives()
    countries = [
        *((code, name) for _, code, name in await participant_choices(session, reader) if code != HOME),
        (NO_COUNTRY, "No country on record"),
    ]
    rows = tuple(
        _row(code, name, [line.slug for line in objectives], [each for each in every if _takes_part(each, code)])
        for code, name in countries
    )
    total = _sums(every)
    return Coverage(
        objectives=tuple(
            _objective(line, [row.cells[place].sums for row in rows], [e for e in every if _serves(e, line.slug)])
            for place, line in enumerate(objectives)
        ),
        rows=rows,
        total=total,
        elsewhere=money.total.obligated - total.obligated,
        ledger_total=money.total.obligated,
        empty=sum(not cell.sums.projects for row in rows if row.code for cell in row.cells),
        statement=money.statement,
    )


def _row(code: str, name: str, slugs: Sequence[str], held: Sequence[_Project]) -> CountryRow:
    cells = tuple(Cell(slug, _sums([each for each in held if _serves(each, slug)])) for slug in slugs)
    once = _sums(held)
    return CountryRow(code, name, cells, once, _beyond([cell.sums for cell in cells], once))


def _objective(line: projects.ProjectLaw, cells: Sequence[Sums], held: Sequence[_Project]) -> Objective:
    once = _sums(held)
    return Objective(line.slug, line.citation, line.title, once, _beyond(cells, once))


def _takes_part(project: _Project, code: str) -> bool:
    return code in project.partners if code else not project.partners


def _serves(project: _Project, slug: str) -> bool:
    return slug in project.covered.objectives


def _sums(held: Iterable[_Project]) -> Sums:
    held = tuple(held)
    zero = Dollars.zero()
    return Sums(
        projects=len(held),
        planned=sum((each.covered.planned_total or zero for each in held), zero),
        obligated=sum((each.obligated for each in held), zero),
        unplanned=sum(each.covered.planned_total is None for each in held),
        exercise=any(each.exercise for each in held),
    )


def _beyond(cells: Sequence[Sums], once: Sums) -> Sums:
    """What cells together count beyond each project once: a project stands in a cell of each of its pairs."""
    zero = Dollars.zero()
    return Sums(
        projects=sum(each.projects for each in cells) - once.projects,
        planned=sum((each.planned for each in cells), zero) - once.planned,
        obligated=sum((each.obligated for each in cells), zero) - once.obligated,
        unplanned=sum(each.unplanned for each in cells) - once.unplanned,
        exercise=once.exercise,
    )
