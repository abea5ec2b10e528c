"""The questions that find evidence of a paragraph, each answered for every paragraph that asks it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from pipir.features.agreements.tables import Agreement
from pipir.features.assistance.tables import Assistance
from pipir.features.congress import queries as congress
from pipir.features.duties import queries as duties
from pipir.features.engagement.tables import Engagement
from pipir.features.exchanges.tables import TechnicalExchange
from pipir.features.groups.tables import WorkingGroup
from pipir.features.law.queries import designations
from pipir.features.ledger.tables import LedgerEntry, may_see
from pipir.features.participants.rules import STANDINGS
from pipir.features.participants.tables import Participant
from pipir.features.projects.tables import Project
from pipir.features.report import queries as report
from pipir.features.report.tables import Report, ReportBuild, ReportSection
from pipir.features.trace import rules
from pipir.features.trace.rules import DutyDay, Evidence, counted
from pipir.features.trail.tables import TrailRow
from pipir.features.vulnerabilities.tables import Vulnerability, VulnerabilityStep
from pipir.kernel.calendar import show_day, washington_day
from pipir.kernel.ids import BriefingId
from pipir.kernel.marking import Reader
from pipir.statute import lookup
from pipir.statute.model import Statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.records import may_see as may_see_record

Found = Mapping[str, Evidence]
Question = Callable[[ReadSession, Reader, Statute], Awaitable[Found]]

_NAMED: Final = "named in statute"


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
            says=f"{counted(count, 'project serves', 'projects serve')} it; the day is that of the last change.",
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
    agreements_of = (
        select(
            Agreement.program_authority, func.count(), func.max(Agreement.signed_on), func.bool_or(Agreement.exercise)
        )
        .where(visible_to(reader, Agreement), Agreement.program_authority.is_not(None))
        .group_by(Agreement.program_authority)
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
    tables = [
        ("agreement", "agreements", {row[0]: row for row in await session.execute(agreements_of)}),
        ("project", "projects", {row[0]: row for row in await session.execute(projects_of)}),
        ("group", "groups", {row[0]: row for row in await session.execute(groups_of)}),
        ("ledger entry", "ledger entries", {row[0]: row for row in await session.execute(entries_of)}),
    ]
    hrefs = {
        "agreement": "/agreements?authority={}",
        "project": "/projects",
        "group": "/groups",
        "ledger entry": "/ledger?authority={}",
    }
    found = {}
    for each in lookup.authorities(law):
        if law.instrument_of[each.slug] != lookup.SECTION:
            continue
        rows = [(one, many, by[each.slug]) for one, many, by in tables if each.slug in by]
        told = ", ".join(counted(row[1], one, many) for one, many, row in rows)
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


async def _vulnerabilities(session: ReadSession, reader: Reader, law: Statute) -> Found:
    weak = (
        await session.execute(
            select(
                func.count(),
                func.count().filter(Vulnerability.status.in_(("being mitigated", "mitigated", "closed"))),
                func.max(VulnerabilityStep.on_day),
                func.coalesce(func.bool_or(Vulnerability.exercise), False),
            )
            .select_from(Vulnerability)
            .join(VulnerabilityStep, VulnerabilityStep.vulnerability_id == Vulnerability.id)
            .where(visible_to(reader, Vulnerability), _is_latest_step())
        )
    ).one()
    count, reduced, last_on, exercise = weak
    says = (
        f"{counted(count, 'vulnerability', 'vulnerabilities')} in the register, of them worked on or over: {reduced:,}."
    )
    return {
        slug: Evidence(
            question="vulnerabilities",
            says=says if count else "The register of vulnerabilities holds none.",
            count=count,
            last_on=last_on,
            state=rules.of_use(count),
            links=(("Vulnerabilities", "/vulnerabilities"),),
            exercise=exercise,
        )
        for slug in ("1253.b.3", "1253.f.1.B.i")
    }


def _is_latest_step() -> ColumnElement[bool]:
    later = aliased(VulnerabilityStep)
    return ~exists().where(later.vulnerability_id == Vulnerability.id, later.id > VulnerabilityStep.id)


async def _exchanges(session: ReadSession, reader: Reader, law: Statute) -> Found:
    table = TechnicalExchange
    shown = and_(may_see_record(reader, "technical_exchange", table.id), table.cancelled_because.is_(None))
    row = (await session.execute(_use_of(table, table.starts_on).where(shown))).one()
    said = f"{counted(row[0], 'technical exchange', 'technical exchanges')} on record"
    return {"1253.e.2": _used("exchanges", said, row, ("Technical exchanges", "/exchanges"))}


async def _assistance(session: ReadSession, reader: Reader, law: Statute) -> Found:
    shown = and_(may_see_record(reader, "assistance", Assistance.id), Assistance.begun_on.is_not(None))
    row = (await session.execute(_use_of(Assistance, Assistance.begun_on).where(shown))).one()
    said = f"{counted(row[0], 'plan of assistance', 'plans of assistance')} begun under an authority of title 10"
    return {"1253.e.3": _used("assistance", said, row, ("Technical assistance", "/assistance"))}


async def _engagement(session: ReadSession, reader: Reader, law: Statute) -> Found:
    shown = and_(visible_to(reader, Engagement), Engagement.cancelled_because.is_(None))
    row = (await session.execute(_use_of(Engagement, Engagement.starts_on).where(shown))).one()
    said = f"{counted(row[0], 'engagement', 'engagements')} on record"
    return {"1253.e.4": _used("engagement", said, row, ("Engagement", "/engagements"))}


def _use_of(table: Any, day: Any) -> Any:
    """How many rows, the latest day, and whether any of them is of the exercise."""
    return select(func.count(), func.max(day), func.coalesce(func.bool_or(table.exercise), False)).select_from(table)


def _used(question: str, said: str, row: Any, link: tuple[str, str]) -> Evidence:
    return Evidence(
        question=question,
        says=f"{said}." if row[0] else "None is recorded here.",
        count=row[0],
        last_on=row[1],
        state=rules.of_use(row[0]),
        links=(link,),
        exercise=row[2],
    )


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
            f"{len(done)} of {counted(len(own), 'statutory day', 'statutory days')} recorded as done; "
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
    told = f"{counted(len(found), 'designation', 'designations')} recorded."
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
            says=f"Reports: {told}; {counted(builds, 'build', 'builds')} of them." if rows else "No report was opened.",
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


async def _briefings(session: ReadSession, reader: Reader, law: Statute) -> Found:
    """Packages of the briefings that the section asks for; one on request is courtesy, and no evidence of it."""
    packages = [each for _, each in await congress.briefings_of_the_statute(session, reader) if each is not None]
    given = [
        (package, committee)
        for package in packages
        for committee in await congress.committees_of(session, reader, BriefingId(package.id))
        if committee.given_on is not None
    ]
    held = len({package.id for package, _ in given})
    told = (
        f"{counted(len(packages), 'package', 'packages')} recorded; {counted(held, 'briefing', 'briefings')} given, "
        f"to {counted(len(given), 'committee', 'committees')} counted each time."
        if packages
        else "No package of a briefing is recorded here."
    )
    return {
        "1253.f.2": Evidence(
            question="briefings",
            says=told,
            count=len(given),
            last_on=max((each.given_on for _, each in given if each.given_on is not None), default=None),
            state=rules.of_use(len(given)),
            links=tuple((each.title, f"/congress/briefings/{each.id}") for each in packages),
            exercise=any(each.exercise for each in packages),
        )
    }


# By the names that the law's files use.
QUESTIONS: Final[Mapping[str, Question]] = {
    "initiative": _initiative,
    "objectives": _objectives,
    "standings": _standings,
    "authorities": _authorities,
    "vulnerabilities": _vulnerabilities,
    "exchanges": _exchanges,
    "assistance": _assistance,
    "engagement": _engagement,
    "designations": _designations,
    "duties": _duties,
    "briefings": _briefings,
    "reports": _reports,
    "elements": _elements,
    "countdown": _countdown,
}
