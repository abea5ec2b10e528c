"""What can be asked of the workspace: sections with owner and state, drafts, comments, merges, last year's text."""

from datetime import datetime

import msgspec
from sqlalchemy import Integer, func, select
from sqlalchemy.orm import aliased

from pipir.document.model import Fact
from pipir.features.law.queries import law_of
from pipir.features.notices.rules import Entry
from pipir.features.people.tables import Person
from pipir.features.report import queries as report
from pipir.features.report.compose.facts import blank_facts, facts_of
from pipir.features.report.compose.lacking import completeness
from pipir.features.report.compose.snapshot import Section, Snapshot, read
from pipir.features.report.compose.snapshot import law_of as law_when_frozen
from pipir.features.report.queries import SectionView
from pipir.features.report.rules import FRONT, OPEN, SEALED
from pipir.features.report.tables import Report, ReportBuild, ReportSection
from pipir.features.trail.tables import TrailRow
from pipir.features.workspace.tables import SectionComment, SectionDraft
from pipir.kernel import merging
from pipir.kernel.dated import Dated
from pipir.kernel.errors import NotFound
from pipir.kernel.marking import Reader
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession

DATED_KIND = "Section of a report"


class Row(msgspec.Struct, frozen=True):
    """A section as the workspace lists it; `state` says what stands of it, `drafting` who has a draft that is open."""

    section: SectionView
    state: str
    comments: int
    open_comments: int
    drafting: tuple[str, ...]
    overdue: bool


class Workspace(msgspec.Struct, frozen=True):
    """A year's sections: how many are answered, of those that the law asks for, and what waits."""

    year: int
    answered: int
    of: int
    overdue: int
    open_comments: int
    rows: tuple[Row, ...]


class CommentView(msgspec.Struct, frozen=True):
    """A comment as shown."""

    id: int
    version: int
    section_id: int
    passage: str | None
    text: str
    made_by: str
    made_at: datetime
    resolved_by: str | None
    resolved_at: datetime | None
    resolution: str | None
    exercise: bool


class DraftView(msgspec.Struct, frozen=True):
    """One's own open draft."""

    version: int
    base_version: int
    narrative: str
    kept_at: datetime


class MergeView(msgspec.Struct, frozen=True):
    """Two texts of a section and what both began from; `text` holds every word of both. No `base`: it is not known."""

    base_version: int
    version: int
    base: str | None
    mine: str
    theirs: str
    theirs_by: str
    theirs_at: datetime | None
    text: str
    conflicts: int
    parts: tuple[merging.Part, ...]


class LastText(msgspec.Struct, frozen=True):
    """What the report before said in the same section, whether it was signed, and what has become of it."""

    year: int
    signed: bool
    narrative: str
    nothing_because: str | None
    changes: tuple[merging.Piece, ...]


class FigureView(msgspec.Struct, frozen=True):
    """A figure that a text may name, what it counts, and how the latest build that the reader may see prints it."""

    name: str
    question: str
    printed: str | None = None


def state_of(section: SectionView) -> str:
    """What stands of a section: "no information" is not "nothing to report"."""
    if section.nothing_to_report:
        return "nothing to report"
    if section.answered:
        return "written"
    return "no information" if section.is_element else "left blank"


async def workspace(session: ReadSession, year: int) -> Workspace:
    """Every section of a year's report, the parts before the elements first."""
    sections = (*await report.front(session, year), *await report.sections(session, year))
    numbers = [each.id for each in sections if each.id is not None]
    comments = {
        row[0]: (row[1], row[2])
        for row in await session.execute(
            select(
                SectionComment.section_id,
                func.count(),
                func.count().filter(SectionComment.resolved_at.is_(None)),
            )
            .where(SectionComment.section_id.in_(numbers))
            .group_by(SectionComment.section_id)
        )
    }
    drafting: dict[int, list[str]] = {}
    for row in await session.execute(
        select(SectionDraft.section_id, Person.name)
        .join(Person, Person.id == SectionDraft.person_id)
        .where(SectionDraft.section_id.in_(numbers), SectionDraft.open)
        .order_by(Person.name, Person.id)
    ):
        drafting.setdefault(row[0], []).append(row[1])
    rows = tuple(
        Row(
            each,
            state_of(each),
            *comments.get(each.id or 0, (0, 0)),
            tuple(drafting.get(each.id or 0, ())),
            each.due_on is not None and each.due_on < session.today and not each.answered,
        )
        for each in sections
    )
    elements = [row for row in rows if row.section.is_element]
    return Workspace(
        year,
        sum(row.section.answered for row in elements),
        len(elements),
        sum(row.overdue for row in rows),
        sum(row.open_comments for row in rows),
        rows,
    )


async def comments(session: ReadSession, section_id: int) -> tuple[CommentView, ...]:
    """What was said about a section, open comments first, each in the order of their time."""
    maker, resolver = aliased(Person), aliased(Person)
    rows = await session.execute(
        select(
            SectionComment.id,
            SectionComment.version,
            SectionComment.section_id,
            SectionComment.passage,
            SectionComment.text,
            maker.name.label("made_by"),
            SectionComment.made_at,
            resolver.name.label("resolved_by"),
            SectionComment.resolved_at,
            SectionComment.resolution,
            SectionComment.exercise,
        )
        .join(maker, maker.id == SectionComment.made_by_id)
        .outerjoin(resolver, resolver.id == SectionComment.resolved_by_id)
        .where(SectionComment.section_id == section_id)
        .order_by(SectionComment.resolved_at.is_not(None), SectionComment.id)
    )
    return tuple(CommentView(**row) for row in rows.mappings())


async def comment(session: ReadSession, comment_id: int) -> CommentView:
    """One comment, or NotFound."""
    section_id = await session.scalar(select(SectionComment.section_id).where(SectionComment.id == comment_id))
    if section_id is None:
        raise NotFound("There is no comment with this number.")
    return next(each for each in await comments(session, section_id) if each.id == comment_id)


async def own_draft(session: ReadSession, section_id: int, person_id: int) -> DraftView | None:
    """A person's open draft of a section; nobody else's is ever shown."""
    row = (
        await session.execute(
            select(SectionDraft.version, SectionDraft.base_version, SectionDraft.narrative, SectionDraft.kept_at).where(
                SectionDraft.section_id == section_id, SectionDraft.person_id == person_id, SectionDraft.open
            )
        )
    ).one_or_none()
    return None if row is None else DraftView(*row)


async def others_drafting(session: ReadSession, section_id: int, person_id: int) -> tuple[tuple[str, datetime], ...]:
    """Who else has an open draft of the section, and since when it stands as it does."""
    rows = await session.execute(
        select(Person.name, SectionDraft.kept_at)
        .join(Person, Person.id == SectionDraft.person_id)
        .where(SectionDraft.section_id == section_id, SectionDraft.person_id != person_id, SectionDraft.open)
        .order_by(Person.name, Person.id)
    )
    return tuple((row[0], row[1]) for row in rows)


async def merged(session: ReadSession, section_id: int, mine: str, *, base_version: int) -> MergeView:
    """What a text that began from an earlier version comes to with what was saved since; nothing of either is lost."""
    _, section = await report.section(session, section_id)
    base, _, _ = await _saved(session, section_id, base_version)
    _, by, at = await _saved(session, section_id, section.version)
    theirs = section.narrative
    found = merging.merge(base or "", mine, theirs)
    return MergeView(
        base_version, section.version, base, mine, theirs, by, at, found.text, found.conflicts, found.parts
    )


def merged_windows(base: str, mine: str, draft: DraftView, section: SectionView) -> MergeView:
    """The same of two windows of one writer: what was typed here, and the draft that the other kept."""
    found = merging.merge(base, mine, draft.narrative)
    return MergeView(
        draft.base_version,
        section.version,
        base,
        mine,
        draft.narrative,
        "yourself, in another window",
        draft.kept_at,
        found.text,
        found.conflicts,
        found.parts,
    )


async def text_of(session: ReadSession, section_id: int, version: int) -> str | None:
    """The text of a section at a version, as the trail holds it; None where it does not."""
    return (await _saved(session, section_id, version))[0]


async def _saved(session: ReadSession, section_id: int, version: int) -> tuple[str | None, str, datetime | None]:
    """The text, who saved it, and when."""
    row = (
        await session.execute(
            select(TrailRow.after["narrative"].astext, Person.name, TrailRow.at)
            .outerjoin(Person, Person.id == TrailRow.actor)
            .where(
                TrailRow.table_name == "report_section",
                TrailRow.record_id == section_id,
                TrailRow.after["version"].astext.cast(Integer) == version,
            )
            .order_by(TrailRow.id)
            .limit(1)
        )
    ).one_or_none()
    return (None, "", None) if row is None else (row[0], row[1] or "", row[2])


class _Texts(msgspec.Struct, frozen=True):
    """Of a stored snapshot only the texts."""

    sections: tuple[Section, ...] = ()


_texts = msgspec.json.Decoder(_Texts)


async def last_text(session: ReadSession, reader: Reader, year: int, section: SectionView) -> LastText | None:
    """The same section in the report before: as signed where the reader may see that build, else as it stands there."""
    row = (
        await session.execute(
            select(Report.year, ReportBuild.snapshot)
            .join(ReportBuild, ReportBuild.id == Report.frozen_build_id)
            .where(Report.year < year, Report.state.in_(SEALED), visible_to(reader, ReportBuild))
            .order_by(Report.year.desc(), Report.version_no.desc())
            .limit(1)
        )
    ).one_or_none()
    if row is not None and row.year == year - 1:
        said = next((each for each in _texts.decode(row.snapshot).sections if each.element == section.element), None)
        text, because = (said.narrative, said.decided_because) if said is not None else ("", None)
        return LastText(row.year, True, text, because, merging.changes(text, section.narrative))
    if year - 1 not in lookup.report_years(the_statute()):
        return None
    before = (*await report.front(session, year - 1), *await report.sections(session, year - 1))
    same = next(each for each in before if each.element == section.element)
    if same.id is None:
        return None
    return LastText(
        year - 1,
        False,
        same.narrative,
        same.decided_because,
        merging.changes(same.narrative, section.narrative),
    )


async def figures(session: ReadSession, reader: Reader, year: int) -> tuple[FigureView, ...]:
    """Every figure that a text may name, by name, with what the latest build prints for it."""
    builds = await report.builds(session, year, reader=reader, limit=1)
    printed: dict[str, str] = {}
    if builds:
        snapshot = read(await report.stored_snapshot(session, builds[0].id))
        printed = {each.id: each.text for each in _facts(snapshot)}
    return tuple(
        FigureView(each.id, each.question, printed.get(each.id))
        for each in sorted(blank_facts(the_statute()), key=lambda each: each.id)
    )


def _facts(snapshot: Snapshot) -> tuple[Fact, ...]:
    law = law_when_frozen(snapshot, the_statute())
    return facts_of(snapshot, law, completeness(snapshot, the_statute()))


async def entries(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """The sections of open reports that have a day, as a calendar shows them; done once they are answered."""
    law = await law_of(session)
    titles = {each.slug: f"({each.slug.rpartition('.')[2]}) {each.title}" for each in lookup.report_elements(law)}
    titles |= {each.slug: each.title for each in FRONT}
    state = (
        select(Report.state)
        .where(Report.year == ReportSection.year)
        .order_by(Report.version_no.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(ReportSection, state.label("state"))
        .where(ReportSection.due_on.is_not(None))
        .order_by(ReportSection.due_on, ReportSection.id)
    )
    found = []
    for row, stands in rows:
        answered = row.nothing_to_report or bool(row.narrative.strip())
        number = row.element.rpartition(".")[2]
        found.append(
            Entry(
                Dated(
                    kind=DATED_KIND,
                    slug=f"section-{row.id}",
                    title=f"Text of the report of {row.year}: {titles.get(row.element, row.element)}",
                    due_on=row.due_on,
                    office_id=row.owner_office_id,
                    person_id=row.owner_person_id,
                    href=f"/reports/{row.year}/sections/{number}",
                    citation=law.short_citation(row.element) if row.element in law.provisions else "",
                    exercise=row.exercise,
                ),
                owed=stands in OPEN and not answered,
                sequence=row.version,
            )
        )
    return tuple(found)
