"""Reports and their sections: the statutory years, the versions of each, and what stands in its sections."""

from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import RowMapping, func, or_, select
from sqlalchemy.orm import aliased

from pipir.features.law.queries import law_of
from pipir.features.people.tables import Office, Person
from pipir.features.report import rules
from pipir.features.report.tables import Report, ReportSection
from pipir.kernel.calendar import days_left
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import ReportId
from pipir.kernel.money import Dollars
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.statute.model import short_citation
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect


class YearView(msgspec.Struct, frozen=True):
    """A statutory report year: when it is due, and how far its latest version has come; `state` None: not opened."""

    year: int
    due: date
    advised: date
    days_left: int
    citation: str
    report_id: int | None
    version_no: int | None
    state: str | None
    answered: int
    elements: int
    exercise: bool


class SectionView(msgspec.Struct, frozen=True):
    """An element of a year's report with its text; `id` None where no report of the year was opened."""

    id: int | None
    version: int
    element: str
    number: str
    citation: str
    standing: str
    title: str
    statement: str
    narrative: str
    nothing_to_report: bool
    decided_because: str | None
    exercise: bool
    decided_by: str | None = None
    decided_at: datetime | None = None
    owner_office_id: int | None = None
    owner_office: str | None = None
    owner_person_id: int | None = None
    owner_person: str | None = None
    due_on: date | None = None

    @property
    def is_element(self) -> bool:
        """Whether the law asks for it; a part before the elements may stay blank."""
        return not any(each.slug == self.element for each in rules.FRONT)

    @property
    def called(self) -> str:
        """What it is called where it stands alone: (ii) Efforts among participants."""
        return f"({self.number}) {self.title}" if self.is_element else self.title

    @property
    def short_citation(self) -> str:
        """The citation where the law is known from its surroundings."""
        return short_citation(self.citation)

    @property
    def answered(self) -> bool:
        """Whether it holds a text or a decision."""
        return self.nothing_to_report or bool(self.narrative.strip())


class ReportView(msgspec.Struct, frozen=True):
    """One version of a report."""

    id: int
    version: int
    year: int
    version_no: int
    state: rules.State
    supersedes_id: int | None
    supersedes_because: str | None
    frozen_build_id: int | None
    returned_because: str | None
    signatory: str | None
    signed_by: str | None
    signed_on: date | None
    delegation: str | None
    cost_labor: Dollars | None
    cost_expenses: Dollars | None
    cost_stated_on: date | None
    cost_reference: str | None
    exercise: bool


async def years(session: ReadSession) -> tuple[YearView, ...]:
    """The five statutory years with their latest version."""
    # The last version of a year wins its place.
    rows = await session.execute(
        select(Report.id, Report.year, Report.version_no, Report.state, Report.exercise).order_by(
            Report.year, Report.version_no
        )
    )
    latest = {row.year: row for row in rows}
    counts = await session.execute(
        select(ReportSection.year, func.count())
        .where(
            or_(ReportSection.nothing_to_report, ReportSection.narrative != ""),
            ReportSection.element.not_in([each.slug for each in rules.FRONT]),
        )
        .group_by(ReportSection.year)
        .order_by(ReportSection.year)
    )
    answered = {row[0]: row[1] for row in counts}
    law = await law_of(session)
    elements = len(lookup.report_elements(law))
    found = []
    for year in lookup.report_years(law):
        due = lookup.deadline(law, f"report-{year}")
        row = latest.get(year)
        found.append(
            YearView(
                year=year,
                due=due.statutory_day,
                advised=due.advised_day,
                days_left=days_left(session.today, due.statutory_day),
                citation=due.citation,
                report_id=row.id if row else None,
                version_no=row.version_no if row else None,
                state=row.state if row else None,
                answered=answered.get(year, 0),
                elements=elements,
                exercise=row.exercise if row else False,
            )
        )
    return tuple(found)


async def report(session: ReadSession, report_id: ReportId) -> ReportView:
    """One version of a report, or NotFound."""
    row = (await session.execute(_reports().where(Report.id == report_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no report with this number.")
    return _report_view(row)


async def versions(session: ReadSession, year: int) -> tuple[ReportView, ...]:
    """Every version of a year's report, the latest first."""
    rows = await session.execute(_reports().where(Report.year == year).order_by(Report.version_no.desc()))
    return tuple(_report_view(row) for row in rows.mappings())


async def sections(session: ReadSession, year: int) -> tuple[SectionView, ...]:
    """The elements of a year's report in the law's order; refuses a year in which none is due."""
    law = the_statute()
    rules.check_year(law, year)
    rows = await _written(session, year)
    return tuple(
        SectionView(
            element=each.slug,
            number=each.slug.rpartition(".")[2],
            citation=each.citation,
            standing=each.standing_label,
            title=each.title,
            statement=each.statement,
            **rows.get(each.slug, _UNWRITTEN),
        )
        for each in lookup.report_elements(law)
    )


async def front(session: ReadSession, year: int) -> tuple[SectionView, ...]:
    """The parts of a year's report that stand before its elements."""
    rows = await _written(session, year)
    return tuple(
        SectionView(
            element=each.slug,
            number=each.number,
            citation="",
            standing="convention",
            title=each.title,
            statement=each.statement,
            **rows.get(each.slug, _UNWRITTEN),
        )
        for each in rules.FRONT
    )


_UNWRITTEN = {
    "id": None,
    "version": 0,
    "narrative": "",
    "nothing_to_report": False,
    "decided_because": None,
    "exercise": False,
}


async def _written(session: ReadSession, year: int) -> dict[str, dict[str, Any]]:
    """What stands of each section, by its slug."""
    decider, owner = aliased(Person), aliased(Person)
    rows = await session.execute(
        select(
            ReportSection.element,
            ReportSection.id,
            ReportSection.version,
            ReportSection.narrative,
            ReportSection.nothing_to_report,
            ReportSection.decided_because,
            ReportSection.exercise,
            decider.name.label("decided_by"),
            ReportSection.decided_at,
            ReportSection.owner_office_id,
            Office.symbol.label("owner_office"),
            ReportSection.owner_person_id,
            owner.name.label("owner_person"),
            ReportSection.due_on,
        )
        .outerjoin(decider, decider.id == ReportSection.decided_by_id)
        .outerjoin(owner, owner.id == ReportSection.owner_person_id)
        .outerjoin(Office, Office.id == ReportSection.owner_office_id)
        .where(ReportSection.year == year)
    )
    return {row["element"]: {name: row[name] for name in row if name != "element"} for row in rows.mappings()}


async def section(session: ReadSession, section_id: int) -> tuple[int, SectionView]:
    """The year and the section, an element or a part before them, or NotFound."""
    found = (
        await session.execute(select(ReportSection.year, ReportSection.element).where(ReportSection.id == section_id))
    ).one_or_none()
    if found is None:
        raise NotFound("There is no section with this number.")
    every = (*await front(session, found.year), *await sections(session, found.year))
    return found.year, next(each for each in every if each.element == found.element)


def _reports() -> AnySelect:
    return select(*(getattr(Report, name) for name in ReportView.__struct_fields__))


def _report_view(row: RowMapping) -> ReportView:
    return ReportView(**{name: row[name] for name in ReportView.__struct_fields__})
