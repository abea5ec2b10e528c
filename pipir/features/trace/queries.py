"""What can be asked of the trace: paragraphs with live evidence, what a record serves, how the bill differs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, get_args

import msgspec
from sqlalchemy import func, or_, select, text

from pipir.document.model import Document
from pipir.features.duties import queries as duties
from pipir.features.groups import queries as groups
from pipir.features.groups.tables import WorkingGroup
from pipir.features.law.queries import designations, law_of
from pipir.features.ledger import queries as ledger
from pipir.features.ledger.tables import LedgerEntry, may_see
from pipir.features.participants import queries as participants
from pipir.features.participants.rules import STANDINGS
from pipir.features.participants.tables import Participant
from pipir.features.projects import queries as projects
from pipir.features.projects.tables import Project
from pipir.features.report import queries as report
from pipir.features.report.rules import check_year
from pipir.features.report.tables import Report, ReportBuild, ReportSection
from pipir.features.trace import rules
from pipir.features.trace.compose import sheet
from pipir.features.trace.rules import DutyDay, Evidence, Traced
from pipir.features.trail.tables import TrailRow
from pipir.kernel.calendar import show_day, washington_day
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import EntryId, FundingDocumentId, GroupId, ParticipantId, ProjectId
from pipir.kernel.marking import Reader
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.statute.model import Kind, Provision, Statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession

Found = Mapping[str, Evidence]
Question = Callable[[ReadSession, Reader, Statute], Awaitable[Found]]

# What is traced: the section, the bill before it, the pattern beside it.
INSTRUMENTS: Final = (lookup.SECTION, "s-2453", "ipef")
RECORDS: Final = ("project", "group", "participant", "ledger-entry", "funding-document", "duty", "report")
_LONGEST_NUMBER: Final = 18
_NAMED: Final = "named in statute"


class Served(msgspec.Struct, frozen=True):
    """One paragraph that a record serves, and why."""

    slug: str
    citation: str
    standing: str
    title: str
    because: str
    # Other law that a record may rest on has no page of its own.
    traced: bool


class RecordTrace(msgspec.Struct, frozen=True):
    """A record with the paragraphs that it serves."""

    kind: str
    title: str
    href: str
    marking: str
    exercise: bool
    paragraphs: tuple[Served, ...]


class Compared(msgspec.Struct, frozen=True):
    """A paragraph of the section beside what is known of the bill; no `bill`: nothing of it is known here."""

    slug: str
    citation: str
    title: str
    statement: str
    bill: tuple["BillRow", ...]


class BillRow(msgspec.Struct, frozen=True):
    """What the bill said, and what changed."""

    citation: str
    standing: str
    statement: str
    difference: str


async def list_traced(
    session: ReadSession,
    reader: Reader,
    *,
    instrument: str = lookup.SECTION,
    kind: str | None = None,
    status: str | None = None,
) -> tuple[Traced, ...]:
    """The paragraphs of an instrument in its own order, with the evidence that the reader may see."""
    _check("instrument", instrument, INSTRUMENTS)
    slugs = [slug for slug, of in the_statute().instrument_of.items() if of == instrument]
    return narrowed(await _traced(session, reader, slugs), kind=kind, status=status)


def narrowed(rows: tuple[Traced, ...], *, kind: str | None, status: str | None) -> tuple[Traced, ...]:
    """The rows of a kind and a state; None is any."""
    _check("kind", kind, get_args(Kind))
    _check("status", status, rules.STATES)
    return tuple(each for each in rows if (kind is None or each.kind == kind) and status in (None, each.state))


async def paragraph(session: ReadSession, reader: Reader, slug: str) -> Traced:
    """One paragraph by its slug, or NotFound."""
    if slug not in the_statute().traces:
        raise NotFound("No paragraph that is traced here has this name.")
    return (await _traced(session, reader, [slug]))[0]


def comparison() -> tuple[Compared, ...]:
    """Each paragraph of the section with what is known of the bill before it."""
    law = the_statute()
    return tuple(
        Compared(
            slug=slug,
            citation=law.short_citation(slug),
            title=law.provision(slug).title,
            statement=law.provision(slug).statement,
            bill=tuple(
                BillRow(row.citation, row.standing_label, row.statement, each.statement)
                for each in lookup.differences(law, slug)
                for row in [law.provision(each.other)]
                if law.instrument(row.slug).status == "bill"
            ),
        )
        for slug, of in law.instrument_of.items()
        if of == lookup.SECTION
    )


async def sheet_of(session: ReadSession, reader: Reader) -> Document:
    """The compliance sheet of the section, of what the reader may see."""
    rows = await list_traced(session, reader)
    installation = await session.scalar(text("select kind from app.installation"))
    return sheet(rows, await law_of(session), installation=installation or "exercise", now=session.now)


async def _traced(session: ReadSession, reader: Reader, slugs: Sequence[str]) -> tuple[Traced, ...]:
    law = await law_of(session)
    traces = law.traces
    asked = dict.fromkeys(name for slug in slugs for name in traces[slug].evidence)
    answers = {name: await QUESTIONS[name](session, reader, law) for name in asked}
    return tuple(_view(law, slug, tuple(answers[name][slug] for name in traces[slug].evidence)) for slug in slugs)


def _view(law: Statute, slug: str, evidence: tuple[Evidence, ...]) -> Traced:
    row, trace = law.provision(slug), law.traces[slug]
    return Traced(
        slug=slug,
        instrument=law.instrument_of[slug],
        citation=row.citation,
        short_citation=row.short_citation,
        kind=row.kind,
        standing=row.standing_label,
        title=row.title,
        statement=row.statement,
        note=row.note,
        owed_by=row.owed_by,
        offices=tuple(f"{each.office} ({each.role})" for each in row.office),
        recipients=tuple(each.name for each in lookup.recipients(law, slug)),
        days=_days(law, row),
        says=trace.says,
        rule=trace.rule,
        page=trace.page,
        section=trace.section,
        state=rules.state_of(trace, evidence),
        evidence=evidence,
        exercise=any(each.exercise for each in evidence),
    )


def _days(law: Statute, row: Provision) -> tuple[date, ...]:
    own = lookup.deadlines(law, law.instrument_of[row.slug])
    return tuple(each.statutory_day for each in own if each.provision == row.slug)


# ---- the questions, each answered for every paragraph that asks it


async def _initiative(session: ReadSession, reader: Reader, law: Statute) -> Found:
    today = session.today

    def of(table: Any, *days: Any) -> Any:
        goes_on = or_(table.until.is_(None), table.until >= today)
        return (
            select(func.count(), func.max(func.greatest(*days)), func.coalesce(func.bool_or(table.exercise), False))
            .select_from(table)
            .where(visible_to(reader, table), goes_on)
        )

    # A union keeps the order of its parts only where each says its own.
    parts = [
        ("countries", "/participants", of(Participant, Participant.standing_since, Participant.forum_since)),
        ("groups", "/groups", of(WorkingGroup, WorkingGroup.established_on)),
        ("projects", "/projects", of(Project, Project.announced_on)),
    ]
    rows = [(name, href, (await session.execute(query)).one()) for name, href, query in parts]
    count = sum(row[0] for _, _, row in rows)
    return {
        "1253.a": Evidence(
            question="initiative",
            says=", ".join(f"{row[0]:,} {name}" for name, _, row in rows) + " go on in this record.",
            count=count,
            last_on=max((row[1] for _, _, row in rows if row[1] is not None), default=None),
            state=rules.of_use(count),
            links=tuple((name.capitalize(), href) for name, href, _ in rows),
            exercise=any(row[2] for _, _, row in rows),
        )
    }


async def _objectives(session: ReadSession, reader: Reader, law: Statute) -> Found:
    served = func.unnest(Project.objectives).column_valued("served", joins_implicitly=True)
    changed = (
        select(TrailRow.subject_id, func.max(TrailRow.at).label("at"))
        .where(TrailRow.subject == "project")
        .group_by(TrailRow.subject_id)
        .subquery()
    )
    rows = {
        row[0]: row
        for row in await session.execute(
            select(served, func.count(Project.id), func.max(changed.c.at), func.bool_or(Project.exercise))
            .select_from(Project)
            .outerjoin(changed, changed.c.subject_id == Project.id)
            .where(visible_to(reader, Project), or_(Project.until.is_(None), Project.until >= session.today))
            .group_by(served)
        )
    }
    found = {}
    for each in lookup.objectives(law):
        row = rows.get(each.slug)
        count = row[1] if row else 0
        found[each.slug] = Evidence(
            question="objectives",
            says=f"{_counted(count, 'project serves', 'projects serve')} it; the day is that of the last change.",
            count=count,
            last_on=washington_day(row[2]) if row and row[2] else None,
            state=rules.of_use(count),
            links=(("Projects that serve it", f"/projects?objective={each.slug}"),) if count else (),
            exercise=bool(row and row[3]),
        )
    return found


async def _standings(session: ReadSession, reader: Reader, law: Statute) -> Found:
    rows = {
        row[0]: row
        for row in await session.execute(
            select(
                Participant.standing,
                func.count(),
                func.max(Participant.standing_since),
                func.bool_or(Participant.exercise),
            )
            .where(
                visible_to(reader, Participant), or_(Participant.until.is_(None), Participant.until >= session.today)
            )
            .group_by(Participant.standing)
        )
    }
    steps = [rows[standing] for standing in STANDINGS if standing in rows]
    # Being named is the statute's own doing; only a further step shows the process in use.
    taken = [row for row in steps if row[0] != _NAMED]
    unknown = rows[None][1] if None in rows else 0
    told = [f"{row[1]:,} {row[0]}" for row in steps] + ([f"{unknown:,} not public"] if unknown else [])
    return {
        "1253.d": Evidence(
            question="standings",
            says=f"Countries by standing: {', '.join(told)}." if told else "No country is recorded here.",
            count=sum(row[1] for row in taken),
            last_on=max((row[2] for row in steps if row[2] is not None), default=None),
            state=rules.of_use(len(taken)),
            links=tuple((row[0].capitalize(), f"/participants?standing={row[0].replace(' ', '+')}") for row in steps),
            exercise=any(row[3] for row in rows.values()),
        )
    }


async def _authorities(session: ReadSession, reader: Reader, law: Statute) -> Found:
    projects_of = (
        select(Project.program_authority, func.count(), func.max(Project.announced_on), func.bool_or(Project.exercise))
        .where(visible_to(reader, Project), Project.program_authority.is_not(None))
        .group_by(Project.program_authority)
    )
    groups_of = (
        select(
            WorkingGroup.program_authority,
            func.count(),
            func.max(WorkingGroup.established_on),
            func.bool_or(WorkingGroup.exercise),
        )
        .where(visible_to(reader, WorkingGroup), WorkingGroup.program_authority.is_not(None))
        .group_by(WorkingGroup.program_authority)
    )
    entries_of = (
        select(
            LedgerEntry.program_authority,
            func.count(),
            func.max(LedgerEntry.effective_on),
            func.bool_or(LedgerEntry.exercise),
        )
        .where(may_see(reader), LedgerEntry.program_authority.is_not(None))
        .group_by(LedgerEntry.program_authority)
    )
    counted = [
        ("project", "projects", {row[0]: row for row in await session.execute(projects_of)}),
        ("group", "groups", {row[0]: row for row in await session.execute(groups_of)}),
        ("ledger entry", "ledger entries", {row[0]: row for row in await session.execute(entries_of)}),
    ]
    hrefs = {"project": "/projects", "group": "/groups", "ledger entry": "/ledger?authority={}"}
    found = {}
    for each in lookup.authorities(law):
        if law.instrument_of[each.slug] != lookup.SECTION:
            continue
        rows = [(one, many, by[each.slug]) for one, many, by in counted if each.slug in by]
        told = ", ".join(_counted(row[1], one, many) for one, many, row in rows)
        count = sum(row[1] for _, _, row in rows)
        found[each.slug] = Evidence(
            question="authorities",
            says=f"{told} name it as their authority." if told else "Nothing recorded here rests on it.",
            count=count,
            last_on=max((row[2] for _, _, row in rows if row[2] is not None), default=None),
            state=rules.of_use(count),
            links=tuple((many.capitalize(), hrefs[one].format(each.slug)) for one, many, _ in rows),
            exercise=any(row[3] for _, _, row in rows),
        )
    return found


async def _duties(session: ReadSession, reader: Reader, law: Statute) -> Found:
    today = session.today
    every = [each for each in await duties.all_duties(session) if each.ended_on is None]
    found = {}
    for slug in ("1253.c.1", "1253.c.2", "1253.f.1.A", "1253.f.2"):
        own = [each for each in every if each.provision == slug]
        done = [each for each in own if each.done_on is not None]
        passed = [each for each in own if each.statutory_day < today]
        ahead = next((each for each in own if each.statutory_day >= today), None)
        told = [
            f"{len(done)} of {_counted(len(own), 'statutory day', 'statutory days')} recorded as done; "
            f"{len(passed)} passed."
        ]
        told += [each.state.says for each in passed if each.done_on is None and each.state.says][:1]
        told += [f"The next is {show_day(ahead.statutory_day)}."] if ahead else []
        if not own:
            told = ["No designation recorded here; not public. Each one that is entered sets off a notice."]
        links = tuple((show_day(each.statutory_day), f"/duties/{each.slug}") for each in own)
        found[slug] = Evidence(
            question="duties",
            says=" ".join(told),
            count=len(done),
            last_on=max((each.done_on for each in done if each.done_on is not None), default=None),
            state=rules.of_days([DutyDay(each.statutory_day, each.done_on) for each in own], today),
            links=links,
            exercise=any(each.exercise for each in own),
        )
    return found


async def _designations(session: ReadSession, reader: Reader, law: Statute) -> Found:
    found = await designations(session)
    own = [each for each in await duties.all_duties(session) if each.provision == "1253.c.1"]
    today = next((each for each in found if each.since <= session.today <= (each.until or session.today)), None)
    told = f"{_counted(len(found), 'designation', 'designations')} recorded."
    if found:
        told += (
            f" Today: {today.office_held}{', acting' if today.acting else ''}." if today else " Today: none recorded."
        )
    else:
        told = "No designation recorded here; not public."
    return {
        "1253.c.1": Evidence(
            question="designations",
            says=told,
            count=len(found),
            last_on=max((each.made_on for each in found), default=None),
            state="kept"
            if found
            else rules.of_days([DutyDay(each.statutory_day, each.done_on) for each in own], session.today),
            links=tuple((show_day(each.statutory_day), f"/duties/{each.slug}") for each in own),
            exercise=any(each.exercise for each in found),
        )
    }


async def _reports(session: ReadSession, reader: Reader, law: Statute) -> Found:
    rows = (
        await session.execute(
            select(
                Report.year, func.count(ReportBuild.id), func.max(ReportBuild.frozen_at), func.bool_or(Report.exercise)
            )
            .select_from(Report)
            .outerjoin(ReportBuild, (ReportBuild.report_id == Report.id) & visible_to(reader, ReportBuild))
            .group_by(Report.year)
            .order_by(Report.year)
        )
    ).all()
    states = {each.year: each.state for each in await report.years(session)}
    builds = sum(row[1] for row in rows)
    told = ", ".join(f"{row[0]} {states[row[0]]}" for row in rows)
    return {
        "1253.f.1.A": Evidence(
            question="reports",
            says=f"Reports: {told}; {_counted(builds, 'build', 'builds')} of them."
            if rows
            else "No report was opened.",
            count=builds,
            last_on=max((washington_day(row[2]) for row in rows if row[2] is not None), default=None),
            state=rules.of_use(builds),
            links=tuple((f"Report of {row[0]}", f"/reports/{row[0]}") for row in rows),
            exercise=any(row[3] for row in rows),
        )
    }


async def _elements(session: ReadSession, reader: Reader, law: Statute) -> Found:
    opened = (await session.scalars(select(Report.year).distinct().order_by(Report.year))).all()
    rows = (
        await session.execute(
            select(ReportSection.year, ReportSection.element, ReportSection.exercise)
            .where(or_(ReportSection.nothing_to_report, ReportSection.narrative != ""))
            .order_by(ReportSection.year)
        )
    ).all()
    found = {}
    for each in lookup.report_elements(law):
        years = [row.year for row in rows if row.element == each.slug]
        number = each.slug.rpartition(".")[2]
        if not opened:
            told = "No report was opened."
        elif not years:
            told = f"The report of {opened[-1]} is open and has no text of it."
        else:
            told = "Answered in the report of " + " and ".join(str(year) for year in years) + "."
        found[each.slug] = Evidence(
            question="elements",
            says=told,
            count=len(years),
            last_on=None,
            state=rules.of_element(opened[-1] in years if opened else None),
            links=tuple((f"({number}) in {year}", f"/reports/{year}/sections/{number}") for year in opened),
            exercise=any(row.exercise for row in rows if row.element == each.slug),
        )
    return found


async def _countdown(session: ReadSession, reader: Reader, law: Statute) -> Found:
    counted = duties.countdown(law, session.today)
    title = counted.title if counted.ended else f"{counted.days:,} {counted.title}"
    return {
        "1253.g": Evidence(
            question="countdown",
            says=f"{title}. {counted.text}",
            count=0,
            last_on=None,
            state="by law",
            links=(("Both readings, and what ends", "/duties"),),
            exercise=False,
        )
    }


# By the names that the law's files use.
QUESTIONS: Final[Mapping[str, Question]] = {
    "initiative": _initiative,
    "objectives": _objectives,
    "standings": _standings,
    "authorities": _authorities,
    "designations": _designations,
    "duties": _duties,
    "reports": _reports,
    "elements": _elements,
    "countdown": _countdown,
}


# ---- which paragraphs a record serves


async def served_by(session: ReadSession, reader: Reader, kind: str, key: str) -> RecordTrace:
    """The paragraphs that a record serves; NotFound where there is no such record, or the reader may not see it."""
    if kind not in RECORDS:
        raise NotFound(f"Records of this kind are not traced; these are: {', '.join(RECORDS)}.")
    if kind == "duty":
        return await _of_duty(session, key)
    if not (key.isascii() and key.isdigit() and len(key) <= _LONGEST_NUMBER and int(key) > 0):
        raise NotFound("There is no record with this number.")
    return await _OF_NUMBERED[kind](session, reader, int(key))


async def _of_project(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await projects.project(session, reader, ProjectId(number))
    paragraphs = [_served(slug, "An objective that the project names.") for slug in view.objectives]
    if view.program_authority:
        paragraphs.append(_served(view.program_authority, "The authority that the project rests on."))
    return RecordTrace(
        "project", f"{view.code} {view.name}", f"/projects/{number}", view.marking, view.exercise, tuple(paragraphs)
    )


async def _of_group(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await groups.group(session, reader, GroupId(number))
    named = view.program_authority
    paragraphs = (_served(named, "The authority that the group rests on."),) if named else ()
    return RecordTrace("group", view.name, f"/groups/{number}", view.marking, view.exercise, paragraphs)


async def _of_participant(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await participants.participant(session, reader, ParticipantId(number))
    named = view.code in the_statute().provision("1253.d").countries
    because = "Its standing in the process; " + (
        "the paragraph names it, which makes it no member." if named else "the paragraph does not name it."
    )
    return RecordTrace(
        "participant",
        view.name,
        f"/participants/{number}",
        view.marking,
        view.exercise,
        (_served("1253.d", because), _served("1253.a", "A country of the Initiative's record.")),
    )


async def _of_entry(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = (await ledger.entry(session, reader, EntryId(number))).entry
    paragraphs = []
    if view.program_authority:
        paragraphs.append(_served(view.program_authority, "The program authority that the entry names."))
    if view.project_id is not None:
        through = await projects.project(session, reader, ProjectId(view.project_id))
        paragraphs += [_served(slug, f"An objective of its project {through.code}.") for slug in through.objectives]
    return RecordTrace(
        "ledger-entry", f"Ledger entry {number}", f"/ledger/entries/{number}", "CUI", view.exercise, tuple(paragraphs)
    )


async def _of_funding(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await ledger.funding(session, reader, FundingDocumentId(number))
    rows = await session.execute(
        select(LedgerEntry.program_authority, func.count())
        .where(may_see(reader), LedgerEntry.funding_document_id == number)
        .group_by(LedgerEntry.program_authority)
        .order_by(LedgerEntry.program_authority)
    )
    return RecordTrace(
        "funding-document",
        view.number,
        f"/ledger/funding/{number}",
        view.marking,
        view.exercise,
        tuple(
            _served(slug, f"{_counted(count, 'entry', 'entries')} charged to it name it as their authority.")
            for slug, count in rows
            if slug is not None
        ),
    )


async def _of_report(session: ReadSession, reader: Reader, year: int) -> RecordTrace:
    law = the_statute()
    check_year(law, year)
    current = next(iter(await report.versions(session, year)), None)
    return RecordTrace(
        "report",
        f"Report of {year}",
        f"/reports/{year}",
        "CUI",
        current.exercise if current else False,
        (
            _served("1253.f.1.A", "The report that the paragraph asks for in this year."),
            *(_served(each.slug, "An element of the report.") for each in lookup.report_elements(law)),
        ),
    )


async def _of_duty(session: ReadSession, slug: str) -> RecordTrace:
    view = await duties.duty(session, slug)
    return RecordTrace(
        "duty",
        f"{view.what}, {show_day(view.statutory_day)}",
        f"/duties/{slug}",
        "CUI",
        view.exercise,
        (_served(view.provision, "The paragraph that sets the day."),),
    )


_OF_NUMBERED: Final = {
    "project": _of_project,
    "group": _of_group,
    "participant": _of_participant,
    "ledger-entry": _of_entry,
    "funding-document": _of_funding,
    "report": _of_report,
}


def _served(slug: str, because: str) -> Served:
    law = the_statute()
    row = law.provisions.get(slug)
    if row is None:
        # An entry stays as it was posted, also where the law's files have moved on.
        return Served(slug, slug, "not in the law's files", slug, because, traced=False)
    return Served(slug, row.short_citation, row.standing_label, row.title, because, traced=slug in law.traces)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _check(name: str, value: str | None, known: Sequence[str]) -> None:
    if value is not None and value not in known:
        raise Invalid(
            f"The trace cannot be filtered by that {name}.",
            mistakes=(Mistake(name, "Expected one of: " + ", ".join(known) + ".", value[:60]),),
        )
