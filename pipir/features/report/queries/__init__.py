"""What can be asked of reports, and what a report is made from: everything that it prints, read in one state."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from sqlalchemy import RowMapping, and_, func, or_, select, text
from sqlalchemy.orm import aliased

from pipir.document.model import read as read_document
from pipir.features.agreements import queries as agreements
from pipir.features.assistance import queries as assistance
from pipir.features.duties import queries as duties
from pipir.features.engagement import queries as engagement
from pipir.features.groups.tables import ActionItem, Meeting, WorkingGroup
from pipir.features.law.queries import adopted, enacted, label_columns, label_of_row, law_of, official_on
from pipir.features.ledger import queries as ledger
from pipir.features.ledger.rules import Line
from pipir.features.ledger.tables import FundingDocument, LedgerSum, LedgerTotal
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office, Person
from pipir.features.projects import queries as projects
from pipir.features.projects.tables import RelatedEffort
from pipir.features.report import rules
from pipir.features.report.compose import snapshot as frozen
from pipir.features.report.compose.comparison import reduced
from pipir.features.report.compose.cuts import KEYS, cut, ledger_of
from pipir.features.report.compose.facts import ASSISTANCE
from pipir.features.report.compose.lacking import completeness
from pipir.features.report.compose.snapshot import Snapshot, Sums
from pipir.features.report.queries import reading
from pipir.features.report.queries.late import in_flight
from pipir.features.report.tables import Report, ReportBuild, ReportFile, ReportSection
from pipir.features.vulnerabilities import queries as vulnerabilities
from pipir.kernel.calendar import days_left, fiscal_year
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import ReportId
from pipir.kernel.marking import Reader, audience_of, combined
from pipir.kernel.money import Dollars
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.statute.model import ReportPeriod, Statute, short_citation
from pipir.store.base import Marked, holds, visible_to
from pipir.store.doors import ReadSession, meanwhile
from pipir.store.listing import AnySelect

S = TypeVar("S", bound=msgspec.Struct)
# What a page of builds holds; older ones stand on the next.
MOST_BUILDS = 20


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


class FileView(msgspec.Struct, frozen=True):
    """A file of a build, without its bytes."""

    name: str
    media_type: str
    sha256: str
    size: int


class BuildView(msgspec.Struct, frozen=True):
    """A build with its files; none while it is being rendered, or where that failed."""

    id: int
    report_id: int
    year: int
    version_no: int
    stage: str
    of_build_id: int | None
    snapshot_sha256: str
    frozen_at: datetime
    statute_digest: str
    built_by: str
    marking: str
    exercise: bool
    files: tuple[FileView, ...] = ()


class FileBody(msgspec.Struct, frozen=True):
    """A file as it is sent."""

    name: str
    media_type: str
    sha256: str
    body: bytes

    def saved_as(self, year: int, build_id: int) -> str:
        """The name under which it is saved: report-2027-build-4.pdf."""
        stem, _, ending = self.name.rpartition(".")
        return f"{stem}-{year}-build-{build_id}.{ending}"


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


async def builds(
    session: ReadSession, year: int, *, reader: Reader, before: int | None = None, limit: int = MOST_BUILDS
) -> tuple[BuildView, ...]:
    """The latest builds of a year's report that the reader may see, with their files; those `before` one on request."""
    statement = _builds(reader).where(Report.year == year).order_by(ReportBuild.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(ReportBuild.id < before)
    return await _with_files(session, (await session.execute(statement)).mappings().all())


async def count_builds(session: ReadSession, year: int, *, reader: Reader) -> int:
    """How many builds of the year's report the reader may see."""
    shown = _builds(reader).where(Report.year == year).subquery()
    return await session.scalar(select(func.count()).select_from(shown)) or 0


async def edition_of(session: ReadSession, build_id: int) -> int | None:
    """The number of the signed edition that was made of a frozen build and has its files; None: not made yet."""
    found: int | None = await session.scalar(
        select(func.min(ReportBuild.id)).where(
            ReportBuild.of_build_id == build_id,
            select(ReportFile.build_id).where(ReportFile.build_id == ReportBuild.id).exists(),
        )
    )
    return found


async def build(session: ReadSession, build_id: int, *, reader: Reader) -> BuildView:
    """One build, or NotFound where there is none that the reader may see."""
    rows = (await session.execute(_builds(reader).where(ReportBuild.id == build_id))).mappings().all()
    if not rows:
        raise NotFound("There is no build with this number.")
    return (await _with_files(session, rows))[0]


async def file(session: ReadSession, year: int, build_id: int, name: str, *, reader: Reader) -> FileBody:
    """A file with its bytes, or NotFound where there is none that the reader may see."""
    found = (
        await session.execute(
            select(ReportFile.name, ReportFile.media_type, ReportFile.sha256, ReportFile.body)
            .join(ReportBuild, ReportBuild.id == ReportFile.build_id)
            .join(Report, Report.id == ReportBuild.report_id)
            .where(
                Report.year == year,
                ReportFile.build_id == build_id,
                # What PostgreSQL cannot hold names no file of ours.
                ReportFile.name == name.replace("\0", ""),
                visible_to(reader, ReportBuild),
            )
        )
    ).one_or_none()
    if found is None:
        raise NotFound("There is no file of this name in the build.")
    return FileBody(*found)


async def files_of(session: ReadSession, build_id: int) -> dict[str, bytes]:
    """The files of a build with their bytes, by name."""
    rows = await session.execute(
        select(ReportFile.name, ReportFile.body).where(ReportFile.build_id == build_id).order_by(ReportFile.name)
    )
    return {row.name: row.body for row in rows}


async def stored_snapshot(session: ReadSession, build_id: int) -> bytes:
    """The bytes of a build's snapshot as they were frozen, or NotFound."""
    content = await session.scalar(select(ReportBuild.snapshot).where(ReportBuild.id == build_id))
    if content is None:
        raise NotFound("There is no build with this number.")
    return content


async def completeness_of(session: ReadSession, reader: Reader, year: int) -> rules.Completeness:
    """What the report of the year still lacks, as the record stands now."""
    found = await gather(session, reader, year, whole=False)
    current = next(iter(await versions(session, year)), None)
    # A snapshot is frozen before anybody signs; the page tells of a report that may be signed already.
    if current is not None and current.signatory and current.signed_by and current.signed_on:
        signature = frozen.Signature(current.signatory, current.signed_by, current.signed_on, current.delegation)
        found = msgspec.structs.replace(found, signature=signature)
    return completeness(found, the_statute())


# ---- what a report is made from


async def gather(
    session: ReadSession, reader: Reader, year: int, *, beside: ReadSession | None = None, whole: bool = True
) -> Snapshot:
    """Everything that the report of the year prints, as the reader may see it; ask inside of a snapshot.

    With `beside` (`Database.beside`) half of the money, which takes longest, is read while all else is. Without `whole`
    it is not cut into tables: enough to tell what is lacking, and quick on every page.
    """
    law = await law_of(session)
    period = lookup.report_period(law, year)
    marks: set[str] = set()

    async def lines(of: ReadSession, quarters: Sequence[int]) -> tuple[Line, ...]:
        return await ledger.report_lines(
            of, reader, first_year=_FIRST_FISCAL_YEAR, last_year=_last_year(period), quarters=quarters
        )

    def gathered(ask: Callable[[], Awaitable[_Gathered]]) -> Awaitable[Snapshot]:
        return _gathered(session, reader, law, period, marks, ask, whole=whole)

    if not whole:
        return await gathered(lambda: _whether_money(session, reader, marks, period))
    first, second = ledger.HALVES
    if beside is None:
        return await gathered(lambda: _money(session, reader, marks, period, lambda: lines(session, (*first, *second))))
    async with meanwhile(lines(beside, first)) as asked:

        async def both() -> tuple[Line, ...]:
            later = await lines(session, second)
            return (*await asked, *later)

        return await gathered(lambda: _money(session, reader, marks, period, both))


async def _gathered(
    session: ReadSession,
    reader: Reader,
    law: Statute,
    period: ReportPeriod,
    marks: set[str],
    ask: Callable[[], Awaitable["_Gathered"]],
    *,
    whole: bool,
) -> Snapshot:
    year, today = period.year, session.today
    current = next(iter(await versions(session, year)), None)
    participants = await _rows(session, reader, Participant, frozen.Participant, marks, Participant.name)
    groups = await _rows(session, reader, WorkingGroup, frozen.Group, marks, WorkingGroup.id)
    reported = await projects.all_for_report(session, reader)
    kept = [each for each in reported if each.project.until is None or each.project.until >= period.covers_from]
    marks.update(each.project.marking for each in kept)
    meetings = await _meetings(
        session, reader, marks, None if year == lookup.report_years(law)[0] else period.covers_from
    )
    related = await _related(session, reader, marks)
    weak = await vulnerabilities.every_vulnerability(session, reader, vulnerabilities.VulnerabilityFilter())
    marks.update(each.marking for each in weak)
    engaged = await engagement.for_report(session, reader, period.covers_from)
    helped = await assistance.for_report(session, reader, period.covers_from)
    agreed = await agreements.for_report(session, reader, period.covers_from)
    marks.update(each.marking for each in agreed)
    marks.update(each.engagement.marking for each in engaged)
    marks.update(each.marking for each in helped)
    last, last_audience = await _last(session, reader, year, marks, period.money_as_of) if whole else (None, -1)
    installation, earlier = await _installation(session), await _earlier(session, year)
    written = (*await front(session, year), *await sections(session, year))
    states = tuple(await _duties(session))
    official = await _official(session, today)
    amendments, adoptions = await enacted(session), await adopted(session)
    ledger_audience = await _ledger_audience(session, reader)
    # Last, since half of it is being read meanwhile.
    money, obligated, read = await ask()
    if not isinstance(read, msgspec.UnsetType):
        read = msgspec.structs.replace(
            read,
            quiet=tuple(
                frozen.Quiet(
                    each.project.code,
                    each.project.name,
                    each.project.updated_on,
                    each.project.stale,
                    each.project.exercise,
                )
                for each in kept
                if each.project.stale is not None
            ),
        )
    marking = combined(marks or {"UNCLASSIFIED"})
    audience = audience_of(marking) & ledger_audience & last_audience
    return Snapshot(
        year=year,
        version_no=current.version_no if current else 1,
        stage="draft",
        installation=installation,
        reader=_reader_label(reader),
        marking=marking.banner,
        audience=audience,
        frozen_at=session.now,
        covers_from=period.covers_from,
        covers_to=period.covers_to,
        status_as_of=today,
        upcoming_fiscal_year=period.upcoming_fiscal_year,
        statute_digest=the_statute().digest,
        ledger=money,
        supersedes=_supersedes(current),
        participants=tuple(participants),
        groups=tuple(groups),
        meetings=meetings,
        projects=tuple(_project(each) for each in kept),
        related=related,
        sections=tuple(
            frozen.Section(each.element, each.narrative, each.nothing_to_report, each.decided_because, each.exercise)
            for each in written
            if each.answered
        ),
        earlier=earlier,
        duties=states,
        cost=frozen.CostStatement(
            current.cost_labor, current.cost_expenses, current.cost_stated_on, current.cost_reference
        )
        if current
        else frozen.CostStatement(),
        official=official,
        amendments=amendments,
        adoptions=tuple(frozen.Adoption(*each) for each in adoptions),
        vulnerabilities=tuple(_vulnerability(each) for each in weak),
        activity=frozen.Activity(
            tuple(_engagement(each) for each in engaged), tuple(_assistance(each) for each in helped), obligated
        ),
        agreements=tuple(
            frozen.Agreement(**{name: getattr(each, name) for name in frozen.Agreement.__struct_fields__})
            for each in agreed
        ),
        reading=read,
        last=last if last is not None else msgspec.UNSET,
    )


async def _rows(
    session: ReadSession,
    reader: Reader,
    table: type[Marked],
    kind: type[S],
    marks: set[str],
    order: Any,
) -> list[S]:
    """The rows of a marked table that the reader may see and that have not ended, as `kind`; adds to `marks`."""
    names = [name for name in kind.__struct_fields__ if name != "label"]
    rows = await session.execute(
        select(*(getattr(table, name) for name in names), table.marking, *label_columns(table))
        .where(visible_to(reader, table), or_(table.until.is_(None), table.until >= session.today))  # type: ignore[attr-defined]
        .order_by(order, table.id)  # type: ignore[attr-defined]
    )
    found: list[S] = []
    for row in rows.mappings():
        marks.add(row["marking"])
        found.append(kind(**{name: row[name] for name in names}, label=label_of_row(row)))
    return found


async def _official(session: ReadSession, on: date) -> frozen.Official | None:
    found = await official_on(session, on)
    if found is None:
        return None
    return frozen.Official(**{name: getattr(found, name) for name in frozen.Official.__struct_fields__})


async def _meetings(
    session: ReadSession, reader: Reader, marks: set[str], since: date | None
) -> tuple[frozen.Meeting, ...]:
    """The meetings up to today that took place; earlier than `since` they stood in an earlier report."""
    items = select(func.count()).select_from(ActionItem).where(ActionItem.meeting_id == Meeting.id).correlate(Meeting)
    statement = (
        select(
            Meeting.id,
            WorkingGroup.name.label("group"),
            Meeting.name,
            Meeting.place,
            Meeting.starts_on,
            Meeting.ends_on,
            Meeting.outcome,
            items.scalar_subquery().label("actions"),
            items.where(ActionItem.state == "open").scalar_subquery().label("open_actions"),
            Meeting.source,
            Meeting.exercise,
            Meeting.marking,
        )
        .outerjoin(WorkingGroup, and_(WorkingGroup.id == Meeting.group_id, visible_to(reader, WorkingGroup)))
        .where(visible_to(reader, Meeting), Meeting.cancelled_because.is_(None), Meeting.starts_on <= session.today)
        .order_by(Meeting.starts_on, Meeting.id)
    )
    if since is not None:
        statement = statement.where(Meeting.ends_on >= since)
    rows = (await session.execute(statement)).mappings().all()
    marks.update(row["marking"] for row in rows)
    return tuple(frozen.Meeting(**{name: row[name] for name in frozen.Meeting.__struct_fields__}) for row in rows)


def _project(each: projects.ReportedProject) -> frozen.Project:
    view = each.project
    law = the_statute()
    own = ("partners", "milestones", "objectives", "program_authority")
    same = [name for name in frozen.Project.__struct_fields__ if name not in own]
    authority = view.program_authority
    return frozen.Project(
        **{name: getattr(view, name) for name in same},
        objectives=tuple(view.objectives),
        program_authority=law.citation(authority) if authority and authority in law.provisions else authority,
        partners=tuple(
            frozen.Partner(part.code, part.name, part.role, part.lead, part.reported, part.source)
            for part in each.partners
            if part.until is None
        ),
        milestones=tuple(
            frozen.Milestone(step.id, step.name, step.planned_on, step.forecast_on, step.actual_on, step.date_reason)
            for step in each.milestones
            if step.until is None
        ),
    )


def _vulnerability(each: vulnerabilities.VulnerabilityView) -> frozen.Vulnerability:
    same = [name for name in frozen.Vulnerability.__struct_fields__ if name not in ("countries", "projects")]
    return frozen.Vulnerability(
        **{name: getattr(each, name) for name in same},
        countries=tuple(each.countries),
        projects=tuple(link.code for link in each.projects),
    )


def _engagement(each: engagement.ReportedEngagement) -> frozen.Engagement:
    view = each.engagement
    joined = ("objectives", "organizations", "promises")
    same = [name for name in frozen.Engagement.__struct_fields__ if name not in joined]
    return frozen.Engagement(
        **{name: getattr(view, name) for name in same},
        objectives=tuple(view.objectives),
        organizations=tuple(one.kind for one in view.organizations if one.until is None),
        promises=tuple(frozen.Promise(one.made_on, one.outcome, one.settled_on) for one in each.commitments),
    )


def _assistance(view: assistance.AssistanceView) -> frozen.Assistance:
    same = [name for name in frozen.Assistance.__struct_fields__ if name != "uses"]
    return frozen.Assistance(**{name: getattr(view, name) for name in same}, uses=view.uses_citation)


async def _related(session: ReadSession, reader: Reader, marks: set[str]) -> tuple[frozen.RelatedEffort, ...]:
    names = frozen.RelatedEffort.__struct_fields__
    rows = await session.execute(
        select(*(getattr(RelatedEffort, name) for name in names), RelatedEffort.marking)
        .where(
            visible_to(reader, RelatedEffort),
            or_(RelatedEffort.until.is_(None), RelatedEffort.until >= session.today),
        )
        .order_by(RelatedEffort.id)
    )
    found = []
    for *said, marking in rows:
        marks.add(marking)
        found.append(frozen.RelatedEffort(*said))
    return tuple(found)


class _Texts(msgspec.Struct, frozen=True):
    """Of a stored snapshot only the texts."""

    sections: tuple[frozen.Section, ...] = ()


_texts = msgspec.json.Decoder(_Texts)


async def _earlier(session: ReadSession, year: int) -> frozen.EarlierPriorities | None:
    """The priorities of the latest report signed before the year, as they were signed."""
    row = (
        await session.execute(
            select(Report.year, ReportBuild.snapshot)
            .join(ReportBuild, ReportBuild.id == Report.frozen_build_id)
            .where(Report.year < year, Report.state.in_(rules.SEALED))
            .order_by(Report.year.desc(), Report.version_no.desc())
            .limit(1)
        )
    ).one_or_none()
    if row is None:
        return None
    stated = next((each for each in _texts.decode(row.snapshot).sections if each.element == _PRIORITIES), None)
    if stated is None:
        return frozen.EarlierPriorities(row.year, "")
    return frozen.EarlierPriorities(row.year, stated.narrative, stated.decided_because)


class _Kept(msgspec.Struct, frozen=True):
    """Of a stored snapshot what its rows allow, and its days."""

    marking: str
    audience: int
    frozen_at: datetime
    ledger: "_KeptLedger"


class _KeptLedger(msgspec.Struct, frozen=True):
    as_of: date


_kept = msgspec.json.Decoder(_Kept)


async def _last(
    session: ReadSession, reader: Reader, year: int, marks: set[str], as_of: date
) -> tuple[frozen.LastReport | None, int]:
    """The latest report signed before the year, and who may read it; none where the reader may not."""
    row = (
        await session.execute(
            select(
                Report.year,
                Report.version_no,
                ReportBuild.id,
                ReportBuild.snapshot,
                ReportBuild.snapshot_sha256,
                ReportFile.body,
            )
            .join(ReportBuild, ReportBuild.id == Report.frozen_build_id)
            .join(ReportFile, and_(ReportFile.build_id == ReportBuild.id, ReportFile.name == "report.json"))
            .where(Report.year < year, Report.state.in_(rules.SEALED), visible_to(reader, ReportBuild))
            .order_by(Report.year.desc(), Report.version_no.desc())
            .limit(1)
        )
    ).one_or_none()
    if row is None:
        return None, -1
    said = _kept.decode(row.snapshot)
    marks.add(said.marking)
    crossed = await ledger.bridge(
        session,
        reader,
        ledger.Known(said.ledger.as_of, said.frozen_at, await in_flight(session, row.id)),
        # What is not seen yet is not there for this reading.
        ledger.Known(as_of, session.now),
    )
    found = frozen.LastReport(
        year=row.year,
        version_no=row.version_no,
        snapshot_sha256=row.snapshot_sha256,
        frozen_at=said.frozen_at,
        money_as_of=said.ledger.as_of,
        document=reduced(read_document(row.body)),
        crossings=crossings_of(crossed),
    )
    return found, said.audience


def crossings_of(spans: Sequence[ledger.Span]) -> tuple[frozen.Crossing, ...]:
    """The ways of the ledger's measures; what continues under another authority is no part of what rests on one."""
    continuing = next(each for each in spans if each.stage == "obligated_continuing")
    found = []
    for each in spans:
        apart = continuing if each.stage == "obligated_other" else None
        found.append(
            frozen.Crossing(
                each.stage,
                each.new - apart.new if apart else each.new,
                each.corrected - apart.corrected if apart else each.corrected,
                each.reclassified - apart.reclassified if apart else each.reclassified,
                each.new_count + each.corrected_count + each.reclassified_count,
            )
        )
    return tuple(found)


_PRIORITIES = "1253.f.1.B.iv"


async def _duties(session: ReadSession) -> Iterable[frozen.DutyState]:
    """What is recorded of duties, but entries that were ended."""
    same = [name for name in frozen.DutyState.__struct_fields__ if name != "state"]
    return [
        frozen.DutyState(state=view.status, **{name: getattr(view, name) for name in same})
        for view in await duties.all_duties(session)
        if view.status is not None and view.ended_on is None
    ]


_Gathered = tuple[frozen.Ledger, tuple[Sums, ...], frozen.Reading | msgspec.UnsetType]


def _last_year(period: ReportPeriod) -> int:
    return fiscal_year(period.after_money[1]) if period.after_money else period.money_as_of.year


async def _money(
    session: ReadSession, reader: Reader, marks: set[str], period: ReportPeriod, lines_of: ledger.Lines
) -> _Gathered:
    """The ledger as effective on the day of the money, cut as the report's tables are; assistance apart.

    Its lines come from `lines_of`, after all else that is asked. Refused where a figure of a cut is not what the
    ledger's own totals have.
    """
    as_of = period.money_as_of
    of_ledger = await reading.totals(session, reader, as_of)
    accounts = await ledger.reconciled(session, reader)
    read = await reading.of(session, reader, period, marks)
    marked = select(FundingDocument.marking).where(visible_to(reader, FundingDocument)).distinct()
    documents = (await session.scalars(marked)).all()
    found = await ledger.for_report(
        session, reader, first_year=_FIRST_FISCAL_YEAR, last_year=_last_year(period), lines=lines_of
    )
    lines = tuple(line for line in found.rows if line.fiscal_year <= as_of.year)
    # Of the year that began after the day of the money only the quarters that the report still covers.
    later = tuple(line for line in found.rows if line.fiscal_year > as_of.year and line.quarter == 1)
    if found.rows:
        marks.update(documents)
    helping = [line for line in lines if line.program_authority == ASSISTANCE and (line.obligated or line.expended)]
    whole = ledger_of(
        lines,
        as_of=as_of,
        exceptions=tuple(
            frozen.LedgerException(
                each.id,
                f"E-{each.id}",
                each.flag or "",
                each.signed,
                each.effective_on,
                _rule(each.flag or ""),
                each.exercise,
            )
            for each in found.exceptions
            if each.effective_on <= period.covers_to
        ),
        system=found.statement.source_system,
        reconciled=said_with_share(found.statement, lines),
    )
    read = msgspec.structs.replace(
        read,
        lines=lines,
        later=later,
        checked=reading.tied(whole, of_ledger),
        accounts=accounts.accounts,
        accounts_signed=accounts.signed,
        confirmed=accounts.confirmed,
    )
    return whole, cut(helping, KEYS["by_country"]), read


def said_with_share(statement: ledger.Statement, rows: Sequence[Line]) -> str:
    """How far the money is reconciled, and what share of the obligations is confirmed line by line."""
    obligated = sum((row.obligated for row in rows), Dollars.zero())
    share = statement.confirmed.share_of(obligated) if statement.confirmed else None
    if share is None:
        return statement.reconciled
    return f"{statement.reconciled}; {min(share, Decimal(1)):.1%} of the obligations are confirmed by document and line"


async def _whether_money(session: ReadSession, reader: Reader, marks: set[str], period: ReportPeriod) -> _Gathered:
    """Whether the ledger holds a line up to the day, without its sums."""
    as_of = period.money_as_of
    found = await session.scalar(
        select(
            select(LedgerSum.fiscal_year)
            .where(
                *ledger.seen(reader),
                LedgerSum.fiscal_year.between(_FIRST_FISCAL_YEAR, as_of.year),
            )
            .exists()
        )
    )
    reconciled = (await ledger.statement_of(session, reader)).reconciled
    return frozen.Ledger(as_of, lines=int(bool(found)), reconciled=reconciled), (), msgspec.UNSET


_FIRST_FISCAL_YEAR = 1900


def _rule(flag: str) -> str:
    law = the_statute()
    slugs = (
        ("antideficiency", "violation-report") if flag.startswith("potential violation") else ("obligation-evidence",)
    )
    return "; ".join(law.citation(slug) for slug in slugs)


async def _ledger_audience(session: ReadSession, reader: Reader) -> int:
    """The mask of who may read every entry that the reader may: as posted, and as what it names is marked now."""
    mask = await session.scalar(
        select(func.bit_and(LedgerTotal.audience)).where(
            LedgerTotal.dimension == "all",
            LedgerTotal.posted_month == date.min,
            LedgerTotal.month == date.min,
            holds(LedgerTotal.audience, reader),
        )
    )
    return -1 if mask is None else int(mask)


async def _installation(session: ReadSession) -> str:
    kind = await session.scalar(text("select kind from app.installation"))
    return kind or "exercise"


def _supersedes(current: ReportView | None) -> str:
    if current is None or current.supersedes_because is None:
        return ""
    return f"supersedes version {current.version_no - 1}: {current.supersedes_because}"


def _reader_label(reader: Reader) -> str:
    if reader.nationality != "USA":
        return f"a reader of {reader.nationality}"
    return "the United States government" if reader.kind == "us-government" else "a contractor of the United States"


def _reports() -> AnySelect:
    return select(*(getattr(Report, name) for name in ReportView.__struct_fields__))


def _report_view(row: RowMapping) -> ReportView:
    return ReportView(**{name: row[name] for name in ReportView.__struct_fields__})


def _builds(reader: Reader) -> AnySelect:
    return (
        select(
            ReportBuild.id,
            ReportBuild.report_id,
            Report.year,
            Report.version_no,
            ReportBuild.stage,
            ReportBuild.of_build_id,
            ReportBuild.snapshot_sha256,
            ReportBuild.frozen_at,
            ReportBuild.statute_digest,
            Person.name.label("built_by"),
            ReportBuild.marking,
            ReportBuild.exercise,
        )
        .join(Report, Report.id == ReportBuild.report_id)
        .join(Person, Person.id == ReportBuild.built_by)
        .where(visible_to(reader, ReportBuild))
    )


async def _with_files(session: ReadSession, rows: Sequence[RowMapping]) -> tuple[BuildView, ...]:
    of: dict[int, list[FileView]] = {}
    for row in await session.execute(
        select(ReportFile.build_id, ReportFile.name, ReportFile.media_type, ReportFile.sha256, ReportFile.size)
        .where(ReportFile.build_id.in_([row["id"] for row in rows]))
        .order_by(ReportFile.build_id, ReportFile.name)
    ):
        of.setdefault(row.build_id, []).append(FileView(row.name, row.media_type, row.sha256, row.size))
    return tuple(BuildView(**row, files=tuple(of.get(row["id"], ()))) for row in rows)
