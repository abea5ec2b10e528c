"""What the whole record says at the end, as claims that hold or do not."""

from collections import Counter
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, or_, select

from pipir.features.agreements.tables import Agreement
from pipir.features.assistance.tables import Assistance
from pipir.features.congress.tables import CommitteeBriefing, Promise
from pipir.features.data_calls.tables import DataCall, DataCallAddressee
from pipir.features.duties import queries as duties
from pipir.features.duties.tables import Duty
from pipir.features.groups.tables import WorkingGroup
from pipir.features.law import queries as law
from pipir.features.law import rules as law_rules
from pipir.features.law.tables import CoveredAct
from pipir.features.ledger import queries as ledger
from pipir.features.ledger.tables import LedgerEntry
from pipir.features.notices import rules as notices
from pipir.features.participants.tables import Participant
from pipir.features.projects.tables import Project
from pipir.features.report.tables import Report, ReportBuild, ReportFile
from pipir.features.trail.tables import TrailRow
from pipir.kernel.calendar import fiscal_year, washington_day
from pipir.kernel.money import Dollars, dollars
from pipir.statute import lookup
from pipir.store.doors import ReadSession
from tests.exercise.lived.after import CONTINUED, FIRST_REFUSED, GIVEN_BACK, PROJECT_LAW, TERMINATION, attempts
from tests.exercise.lived.life import US, Life
from tests.exercise.lived.office import LAST_DESIGNATION, LATE_BRIEFING, SIGN
from tests.exercise.lived.partners import FRAMEWORK, HELPED, NEVER_BEGUN, NEVER_SIGNED
from tests.exercise.lived.reports import BY_DELEGATE, YEARS
from tests.exercise.lived.work import COUNTRIES, LATE_COUNTRY


class Claim(NamedTuple):
    """What is claimed of the record, what was found, what has to be found, and whether it was."""

    what: str
    found: str
    expected: str
    holds: bool


async def judge(life: Life, *, editions: int) -> tuple[Claim, ...]:
    """Every claim about the record, from one unmoving state of it."""
    async with life.db.snapshot() as session:
        return (
            *await _of_duties(life, session),
            await _of_officials(session),
            *await _of_reports(session, editions),
            _of_editions(life, editions),
            await _of_congress(session),
            await _of_calls(session),
            await _of_standings(session),
            await _of_partners(session),
            *await _of_acts(life, session),
            *await _of_money(life, session),
            await _of_trail(life, session),
        )


async def _of_duties(life: Life, session: ReadSession) -> tuple[Claim, ...]:
    """Every dated duty of the law, and every notice that was set off, is done by its day or stated late."""
    statute = await law.law_of(session)
    views = {view.slug: view for view in await duties.all_duties(session)}
    owed = {row.slug: row.statutory_day for row in lookup.deadlines(statute) if row.kind != "termination"}
    owed |= {each.deadline.slug: each.deadline.statutory_day for each in await duties.triggers(session, statute)}
    taken_up = {row[0]: row[1] for row in await session.execute(select(Duty.slug, Duty.owner_office_id))}
    lacking, late = [], []
    for slug, day in owed.items():
        view = views[slug]
        whole = view.status == "done" and view.evidence and view.done_on and taken_up.get(slug) is not None
        if not whole or view.statutory_day != day or view.done_on is None:
            lacking.append(slug)
        elif view.done_on > day:
            late.append(slug)
            if view.late_days is None or view.late_statement is None:
                lacking.append(slug)
    steps = notices.ladder(statute, session.today).before
    unseen = []
    for slug, day in owed.items():
        done_on = views[slug].done_on
        assert done_on is not None
        since = views[slug].triggered_on or date.min
        expected = {before for before in steps if since <= date.fromordinal(day.toordinal() - before) <= done_on}
        if not expected or life.rungs[slug] != expected:
            unseen.append(slug)
    kinds = Counter(views[slug].kind for slug in owed)
    ended = law_rules.last_day(statute)
    outliving = [(slug, day, views[slug].done_on) for slug, day in owed.items() if day > ended]
    notice = next(each for each in outliving if views[each[0]].kind == "notice")
    return (
        Claim(
            "dated duties taken up by an office and done with evidence, December 2025 to March 2031",
            f"{len(owed) - len(lacking)} of {len(owed)}: " + ", ".join(f"{n} {kind}" for kind, n in kinds.items()),
            "all: 1 designation, 5 briefings, 5 reports, 6 notices",
            not lacking and kinds == {"designation": 1, "briefing": 5, "report": 5, "notice": 6},
        ),
        Claim(
            "duties done after their day, each stated late by its owner",
            ", ".join(late) or "none",
            f"briefing-{LATE_BRIEFING}",
            late == [f"briefing-{LATE_BRIEFING}"],
        ),
        Claim(
            "the notice that the designation of 15 December 2030 set off: due, and done, after the end",
            f"{notice[1]}; {notice[2]}",
            "2031-01-14; by that day",
            len(outliving) == 2
            and notice[:2] == (f"notice-of-designation-{LAST_DESIGNATION}", date(2031, 1, 14))
            and notice[2] is not None
            and ended < notice[2] <= notice[1],
        ),
        Claim(
            "reminders on which a duty waited for its office and nobody else, before it was done",
            f"{sum(map(len, life.rungs.values()))}, of {len(owed) - len(unseen)} duties, in {life.looks} looks",
            "every reminder of the ladder before each",
            not unseen,
        ),
    )


async def _of_officials(session: ReadSession) -> Claim:
    register = await law.register(session)
    official = await law.official_on(session, session.today)
    delegated = await law.delegations(session, function=SIGN)
    return Claim(
        "officials designated, acting ones among them; days without one; delegations to sign",
        f"{len(register.designations)} ({sum(each.acting for each in register.designations)} acting); "
        f"{sum((each.last - each.first).days + 1 for each in register.vacancies)}; {len(delegated)}",
        "4 (1 acting); 2; 2",
        len(register.designations) == 4
        and official is not None
        and [(each.first, each.last) for each in register.vacancies] == [(date(2029, 9, 15), date(2029, 9, 16))]
        and len(delegated) == 2,
    )


async def _of_reports(session: ReadSession, editions: int) -> tuple[Claim, ...]:
    rows = (await session.execute(select(Report).order_by(Report.year))).scalars().all()
    files = (
        await session.execute(
            select(Report.year, ReportBuild.snapshot_sha256, func.count(ReportFile.id))
            .join(ReportBuild, ReportBuild.report_id == Report.id)
            .join(ReportFile, ReportFile.build_id == ReportBuild.id)
            .where(ReportBuild.stage == "signed")
            .group_by(Report.year, ReportBuild.snapshot_sha256)
        )
    ).all()
    due = {row.slug: row.statutory_day for row in lookup.deadlines(await law.law_of(session))}
    wrong = []
    for row in rows:
        on = row.signed_on
        delegated = (
            next(iter(await law.delegations(session, function=SIGN, on=on)), None)
            if on and row.year in BY_DELEGATE
            else None
        )
        named = delegated is not None and row.delegation is not None and delegated.instrument in row.delegation
        if (
            on is None
            or row.state != "signed"
            or on > due[f"report-{row.year}"]
            or named != (row.year in BY_DELEGATE)
            or (row.delegation is not None) != named
        ):
            wrong.append(row.year)
    ended = law_rules.last_day(await law.law_of(session))
    after = [row.year for row in rows if row.signed_on and row.signed_on > ended]
    return (
        Claim(
            "annual reports signed in time; of these by the delegate, on the delegation that stood in the register",
            f"{len(rows) - len(wrong)}; {sum(row.delegation is not None for row in rows)}",
            f"{len(YEARS)}; {len(BY_DELEGATE)}",
            [row.year for row in rows] == list(YEARS) and not wrong,
        ),
        Claim(
            "signed editions with their files; reports signed after the authority had ended",
            f"{len(files)}, of {min((row[2] for row in files), default=0)} files; {after}",
            f"{editions}, of 8 files; [2031]",
            len(files) == editions and {row[2] for row in files} == {8} and after == [2031],
        ),
    )


async def _of_congress(session: ReadSession) -> Claim:
    given = await session.scalar(
        select(func.count(CommitteeBriefing.id)).where(CommitteeBriefing.given_on.is_not(None))
    )
    promises = [
        tuple(row) for row in await session.execute(select(Promise.outcome, Promise.late_days).order_by(Promise.id))
    ]
    return Claim(
        "committees briefed in five years; promises kept, and how many days late by their owner",
        f"{given}; " + ", ".join(f"{outcome} ({days or 0})" for outcome, days in promises),
        "30; one in time, one 6 days late",
        given == 30 and promises == [("kept", None), ("kept", 6)],
    )


def _of_editions(life: Life, editions: int) -> Claim:
    """Sec. 1253(f)(1): each edition verified with nothing but its files, its pages and its sentences judged."""
    wrong = [f"{year}: {each}" for year, found in life.editions.items() for each in found]
    return Claim(
        "signed editions that verify without a database, stand well on their pages and say what their rows hold",
        "; ".join(wrong) or ", ".join(map(str, life.editions)),
        ", ".join(map(str, YEARS[-editions:])),
        not wrong and sorted(life.editions) == list(YEARS[-editions:]),
    )


async def _of_calls(session: ReadSession) -> Claim:
    closed = await session.scalar(select(func.count(DataCall.id)).where(DataCall.closed_on.is_not(None)))
    returned = Counter(await session.scalars(select(DataCallAddressee.returned)))
    return Claim(
        "data calls closed; what their addressees returned",
        f"{closed}; " + ", ".join(f"{count} {name}" for name, count in sorted(returned.items())),
        "5; 5 answer, 5 nil",
        closed == 5 and returned == {"answer": 5, "nil": 5},
    )


async def _of_standings(session: ReadSession) -> Claim:
    """Sec. 1253(d), (g): participation that exists is not ended by the termination."""
    found = {row[0]: row[1] for row in await session.execute(select(Participant.code, Participant.standing))}
    open_groups = await session.scalar(select(func.count(WorkingGroup.id)).where(WorkingGroup.until.is_(None)))
    statuses = Counter(await session.scalars(select(Project.status)))
    return Claim(
        "countries that participate after the end; one invited in time that accepts after it; groups that stay open; "
        "projects by status",
        f"{sum(value == 'participating' for value in found.values())}; {found[LATE_COUNTRY[1]]}; {open_groups}; "
        + ", ".join(f"{count} {status}" for status, count in sorted(statuses.items())),
        f"{len(COUNTRIES)}; accepted; 2; all active but one completed and one never approved",
        all(found[code] == "participating" for _, code in COUNTRIES)
        and found[LATE_COUNTRY[1]] == "accepted"
        and open_groups == 2
        and statuses["completed"] == statuses["exploratory"] == 1
        and statuses["active"] == statuses.total() - 2,
    )


async def _of_partners(session: ReadSession) -> Claim:
    """Sec. 1253(e)(1), (e)(3), (g): what was signed and begun in time goes on; what was not stays as it was."""
    states = dict((await session.execute(select(Agreement.name, Agreement.state))).all())
    helped = dict((await session.execute(select(Assistance.name, Assistance.status))).all())
    return Claim(
        "agreements and assistance after the end: signed and begun under the section in its time, and too late",
        f"{states[FRAMEWORK]}, {states[NEVER_SIGNED]}; {helped[HELPED]}, {helped[NEVER_BEGUN]}",
        "in force, coordination; begun, planned",
        (states[FRAMEWORK], states[NEVER_SIGNED]) == ("in force", "coordination")
        and (helped[HELPED], helped[NEVER_BEGUN]) == ("begun", "planned"),
    )


async def _of_acts(life: Life, session: ReadSession) -> tuple[Claim, ...]:
    """Sec. 1253(g): the register of covered acts around the last day of the authority."""
    statute = await law.law_of(session)
    last = law_rules.last_day(statute)
    acts = (await session.scalars(select(CoveredAct).order_by(CoveredAct.id))).all()
    after = [act for act in acts if act.acted_on > last]
    resting = await session.scalar(
        select(func.count(CoveredAct.id)).where(
            CoveredAct.acted_on > last,
            or_(CoveredAct.program_authority.is_(None), CoveredAct.program_authority.like("1253%")),
        )
    )
    known = await law.determinations_by_number(session, {act.continuation_id for act in after if act.continuation_id})
    carried = [
        act
        for act in after
        if act.continuation_id is not None
        and law_rules.is_determined(known[act.continuation_id], act.acted_on, statute)
    ]
    late = [act for act in acts if act.acted_on <= last < washington_day(act.recorded_at)]
    papers = [act for act in late if act.late_because and act.late_document]
    ended = [each for each in life.refused if TERMINATION in each.citation]
    at_once = [each for each in ended if each.at == FIRST_REFUSED]
    tables = {act.slug for act in statute.covered_acts.values() if act.table}
    return (
        Claim(
            "covered acts recorded up to the last day, by kind",
            f"{len(acts) - len(after)}: "
            + ", ".join(f"{n} {kind}" for kind, n in sorted(Counter(act.act for act in acts).items())),
            "every covered act that has a table",
            {act.act for act in acts} == tables,
        ),
        Claim(
            "acts dated after the last day that rest on section 1253",
            str(resting),
            "0",
            resting == 0,
        ),
        Claim(
            "acts dated after the last day, each with a determination in force on its day",
            f"{len(carried)} of {len(after)}: " + ", ".join(sorted(act.act for act in after)),
            "3 of 3: group, obligation, project",
            sorted(act.act for act in carried)
            == sorted(act.act for act in after)
            == ["group", "obligation", "project"],
        ),
        Claim(
            "acts recorded late, each with its reason and its document",
            f"{len(papers)} of {len(late)}",
            "1 of 1",
            len(papers) == len(late) == 1,
        ),
        Claim(
            "commands that perform a covered act, tried at the first refused instant with the section alone behind "
            "them; refusals after the end that cite the termination",
            f"{len(at_once)} refused, {len({each.sunset for each in at_once})} kinds of act; {len(ended)}",
            f"{len(attempts(life))}, {len(tables)} kinds: each that has a table; {len(attempts(life)) + 5}",
            sorted(each.command for each in at_once) == sorted(attempts(life))
            and {each.sunset for each in at_once} == tables
            and len(ended) == len(attempts(life)) + 5,
        ),
        Claim(
            "refusals of the rules of money on the way (expired and closed accounts)",
            str(len(life.refused) - len(ended)),
            "8: 5 expired, 1 closed by law, 2 of a no-year account",
            len(life.refused) - len(ended) == 8,
        ),
    )


async def _of_money(life: Life, session: ReadSession) -> tuple[Claim, ...]:
    figures = await ledger.total(session, US)
    continued = Dollars(CONTINUED - GIVEN_BACK)
    rows = await session.execute(
        select(LedgerEntry.kind, LedgerEntry.fiscal_year, LedgerEntry.program_authority, LedgerEntry.amount)
    )
    mine = {"1253": Dollars.zero(), "other": Dollars.zero()}
    years: Counter[tuple[str, int]] = Counter()
    signs = {"obligation": 1, "upward adjustment": 1, "deobligation": -1}
    for kind, year, authority, amount in rows:
        years[kind, year] += 1
        if kind in signs:
            side = "1253" if str(authority).startswith("1253") else "other"
            mine[side] = mine[side] + amount if signs[kind] > 0 else mine[side] - amount
    other = figures.obligated_other - figures.obligated_continuing
    missing = [
        (kind, year)
        for kind in ("obligation", "expenditure")
        for year in range(2026, fiscal_year(session.today) + 1)
        if not years[kind, year]
    ]
    return (
        Claim(
            "the totals keep what continues under other authority apart from the Initiative's",
            f"{dollars(figures.obligated_1253)} under the section, {dollars(other)} under other law, "
            f"{dollars(figures.obligated_continuing)} continuing",
            f"{dollars(continued)} continuing; the others as the entries add up",
            figures.obligated_continuing == continued
            and figures.obligated_1253 == mine["1253"]
            and figures.obligated_other == mine["other"]
            and figures.obligated == mine["1253"] + mine["other"],
        ),
        Claim(
            "ledger entries; fiscal years without an obligation or an expenditure",
            f"{figures.count:,}; {missing}",
            "none of 2026 to 2031",
            not missing and PROJECT_LAW in {row.key for row in (await ledger.totals(session, US, "authority")).rows},
        ),
    )


async def _of_trail(life: Life, session: ReadSession) -> Claim:
    """Every command that was run stands in the trail, under its own name."""
    named = set(await session.scalars(select(TrailRow.command).distinct()))
    lacking = sorted(set(life.done) - named)
    count = await session.scalar(select(func.count(TrailRow.id)))
    return Claim(
        "commands run by their persons, of how many kinds; rows of the trail",
        f"{sum(life.done.values()):,} of {len(life.done)}; {count:,}",
        "each kind in the trail",
        not lacking,
    )
