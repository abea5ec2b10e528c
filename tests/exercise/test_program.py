"""The exercise program as entered: at a small size, after the public record, through the commands."""

import asyncio
import json
import os
import secrets
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from pipir.build import build_report
from pipir.exercise import words
from pipir.exercise.days import START, TODAY
from pipir.exercise.program import enter_program
from pipir.features.backups.tables import BackupRun
from pipir.features.congress.tables import Briefing, CommitteeBriefing, CongressionalContact, Promise
from pipir.features.data_calls.tables import DataCallAddressee
from pipir.features.groups.tables import ActionItem, Meeting, WorkingGroup
from pipir.features.home import queries as home
from pipir.features.ledger import rules as money
from pipir.features.ledger.tables import FundingDocument, LedgerEntry, TreasuryAccount
from pipir.features.notices.tables import MailPreference
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import SERVICE
from pipir.features.projects.rules import MilestoneDates, lateness
from pipir.features.projects.tables import Milestone, Project
from pipir.features.report import commands as report
from pipir.features.report.tables import Report, ReportBuild, ReportFile, ReportSection
from pipir.features.trail.tables import TrailRow
from pipir.kernel.calendar import washington_day
from pipir.kernel.dated import KINDS
from pipir.kernel.errors import Invalid, Refused
from pipir.kernel.ids import ReportId
from pipir.kernel.marking import Reader
from pipir.load import PUBLIC_RECORD, load_bundle
from pipir.statute.load import load_statute
from pipir.store.base import Base
from pipir.store.doors import JOB, Database
from pipir.store.embedded import EmbeddedServer
from pipir.store.migrate import Clock, make_installation, migrate
from tests.exercise.rows import REAL_TIME, hashes

PROJECTS, ENTRIES = 8, 400
ROOT = Path(__file__).resolve().parents[2]
STATUTE = load_statute()


@dataclass(frozen=True)
class Entered:
    """A program that was entered, and what it said meanwhile."""

    db: Database
    said: list[tuple[int, int, str]]
    before: dict[str, str]


@asynccontextmanager
async def installation(server: EmbeddedServer, superuser: AsyncConnection, clock: datetime) -> AsyncIterator[str]:
    """The name of a new exercise installation that holds nothing, and whose clock starts at the instant."""
    name = f"t_{secrets.token_hex(6)}"
    await superuser.execute(text(f"create database {name} template template0 owner pipir_owner"))
    owner = server.url("pipir_owner", name)
    await migrate(owner)
    await make_installation(owner, "exercise", Clock(clock))
    yield name
    await superuser.execute(text(f"drop database {name} with (force)"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def entered(server: EmbeddedServer, superuser: AsyncConnection) -> AsyncIterator[Entered]:
    """One small program for the module; its tests read only."""
    async with installation(server, superuser, START) as name:
        db = Database(server.url("pipir_app", name), limits=JOB, size=3)
        yield await enter_small(db)
        await db.close()


async def enter_small(db: Database) -> Entered:
    """The record, then the program."""
    await load_bundle(db, PUBLIC_RECORD)
    before = await record_rows(db)
    said: list[tuple[int, int, str]] = []

    async def progress(done: int, total: int, message: str) -> None:
        said.append((done, total, message))

    await enter_program(db, projects=PROJECTS, entries=ENTRIES, progress=progress)
    return Entered(db, said, before)


async def record_rows(db: Database) -> dict[str, str]:
    """The rows without the exercise mark, by table."""
    found = {}
    async with db.read() as session:
        for table in Base.metadata.sorted_tables:
            if "exercise" in table.c and table.name not in REAL_TIME:
                found[table.name] = str(
                    await session.scalar(
                        text(f"select jsonb_agg(to_jsonb(r) order by r.id) from {table.name} r where not r.exercise")
                    )
                )
    return found


async def rows(db: Database, *columns: Any, where: Any = None) -> list[Any]:
    """Rows of a select in the order of their ids."""
    query = select(*columns)
    if where is not None:
        query = query.where(where)
    async with db.read() as session:
        return list((await session.execute(query)).all())


@pytest.mark.parametrize("count", [1, 4, 5])
async def test_a_program_of_few_projects_is_entered_too(
    server: EmbeddedServer, superuser: AsyncConnection, count: int
) -> None:
    """A meeting of a group that is called off was not announced before the group stood."""
    async with installation(server, superuser, START) as name:
        db = Database(server.url("pipir_app", name), limits=JOB, size=3)
        await enter_program(db, projects=count, entries=100)
        assert len(await rows(db, Project.id)) == count
        await db.close()


async def test_the_installation_shows_its_upkeep(entered: Entered) -> None:
    """Backups, a drill and preferences, each with the mark: no file and no mail stands behind them."""
    runs = await rows(entered.db, BackupRun.kind, BackupRun.exercise)
    assert Counter(runs) == {("backup", True): 2, ("drill", True): 1}
    assert await rows(entered.db, MailPreference.manner) == [("daily",), ("daily",), ("at once",)]


async def test_every_row_written_carries_the_exercise_mark(entered: Entered) -> None:
    """Never an invented amount beside a real country without the mark; the record itself is untouched."""
    assert await record_rows(entered.db) == entered.before
    assert await rows(entered.db, LedgerEntry.id, where=~LedgerEntry.exercise) == []
    assert await rows(entered.db, ReportBuild.id, where=~ReportBuild.exercise) == []


async def test_there_are_sixteen_participants_seven_of_them_invented(entered: Entered) -> None:
    """Between the invented ones the process of section 1253(d) has come to seven different steps."""
    found = await rows(entered.db, Participant.exercise, Participant.standing)
    assert Counter(row.exercise for row in found) == {False: 9, True: 7}
    assert len({row.standing for row in found if row.exercise}) == 7


async def test_projects_have_every_status_and_one_milestone_in_five_is_late(entered: Entered) -> None:
    """As the projects' own rule counts on the program's day."""
    found = await rows(entered.db, Project.id, Project.status, Project.planned_total, where=Project.exercise)
    assert len(found) == PROJECTS
    assert len({row.status for row in found}) == 7
    assert all(row.planned_total is not None for row in found)
    steps = await rows(
        entered.db,
        Milestone.project_id,
        Milestone.planned_on,
        Milestone.forecast_on,
        Milestone.actual_on,
        where=Milestone.exercise,
    )
    late = sum(lateness(MilestoneDates(*row[1:]), TODAY) > 0 for row in steps)
    assert late * 5 == len(steps)
    counts = Counter(row.project_id for row in steps)
    assert set(counts) == {row.id for row in found}
    assert all(3 <= count <= 8 for count in counts.values())


async def test_no_plan_lies_below_what_was_obligated_under_it(entered: Entered) -> None:
    """Planned totals are never less than the obligations of their project."""
    async with entered.db.read() as session:
        found = await session.execute(
            select(Project.planned_total, func.sum(LedgerEntry.amount))
            .join(LedgerEntry, LedgerEntry.project_id == Project.id)
            .where(LedgerEntry.kind == "obligation")
            .group_by(Project.id)
        )
        for planned, obligated in found:
            assert planned is not None
            assert obligated <= planned


async def test_workstreams_meet_and_their_action_items_end_in_every_way(entered: Entered) -> None:
    """Open, done, verified by a second person, dropped, and overdue."""
    meetings = await rows(entered.db, Meeting.id, WorkingGroup.name, where=Meeting.group_id == WorkingGroup.id)
    assert min(Counter(row.name for row in meetings).values()) >= 2
    actions = await rows(
        entered.db, ActionItem.state, ActionItem.due_on, ActionItem.reported_by_id, ActionItem.verified_by_id
    )
    assert {row.state for row in actions} == {"open", "done", "verified", "dropped"}
    assert any(row.state == "open" and row.due_on < TODAY for row in actions)
    assert all(row.reported_by_id != row.verified_by_id for row in actions if row.state == "verified")


async def test_the_ledger_keeps_the_rules_of_money_entry_by_entry(entered: Entered) -> None:
    """Judged again, each by itself: only what is recorded as already incurred may be refused."""
    found = await rows(entered.db, LedgerEntry)
    assert len(found) == ENTRIES
    known = {row[0].id: row[0] for row in found}
    funding = await funding_facts(entered.db)
    for (entry,) in found:
        named = known.get(entry.adjusts_entry_id)
        reverses = known.get(entry.reverses_entry_id)
        earlier = reverses or named
        act = money.Act(
            kind=entry.reversed_kind or entry.kind,
            amount=entry.amount,
            effective_on=entry.effective_on,
            reversal=entry.kind == money.REVERSAL,
            program_authority=entry.program_authority,
            other_authority=entry.other_authority,
            document_number=entry.document_number,
            document_on=entry.document_on,
            need=entry.need,
            basis=entry.basis,
            transfer_law=entry.transfer_law,
            approval=entry.approval,
            order_law=entry.order_law,
            names=named.kind if named else None,
            named_on=earlier.effective_on if earlier else None,
            has_funding=entry.funding_document_id is not None,
            has_participant=entry.participant_id is not None,
            flag=entry.flag,
            evidence=entry.evidence,
        )
        assert money.missing(act, STATUTE) == (), entry.id
        judged = money.judge(
            act, funding.get(entry.funding_document_id), STATUTE, today=TODAY, recorded_on=entry.effective_on
        )
        assert entry.incurred or judged.refusals == (), entry.id
        assert washington_day(entry.posted_at) >= entry.effective_on


async def test_no_limit_is_passed_on_any_day(entered: Entered) -> None:
    """31 U.S.C. 1341, 1517: added up here once more, without what is recorded as already incurred."""
    authority: defaultdict[int, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
    obligation: defaultdict[int, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
    commitment: defaultdict[int, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
    free = {
        "authority received": 1,
        "reimbursable order": 1,
        "authority withdrawn": -1,
        "transfer in": 1,
        "transfer out": -1,
        "reprogramming in": 1,
        "reprogramming out": -1,
        "obligation": -1,
        "upward adjustment": -1,
    }
    free |= {"deobligation": 1, "commitment": -1, "decommitment": 1}
    unpaid = {"obligation": 1, "upward adjustment": 1, "deobligation": -1, "expenditure": -1, "refund": 1}
    for (entry,) in await rows(entered.db, LedgerEntry):
        if entry.incurred or entry.kind == "partner contribution":
            continue
        kind = entry.reversed_kind or entry.kind
        cents = money.cents(entry.amount) * (-1 if entry.kind == money.REVERSAL else 1)
        day = entry.effective_on
        authority[entry.funding_document_id][day] += free.get(kind, 0) * cents
        if kind == "obligation" and entry.adjusts_entry_id:
            # What draws on a commitment was reserved before.
            authority[entry.funding_document_id][day] += cents
            commitment[entry.adjusts_entry_id][day] -= cents
        if kind in unpaid:
            obligation[entry.id if kind == "obligation" else entry.adjusts_entry_id][day] += unpaid[kind] * cents
        if kind == "commitment":
            commitment[entry.id][day] += cents
        if kind == "decommitment":
            commitment[entry.adjusts_entry_id][day] -= cents
    for sums in (authority, obligation, commitment):
        assert sums
        for number, days in sums.items():
            assert min(accumulate(days[day] for day in sorted(days))) >= 0, number


async def test_one_account_has_expired_and_is_adjusted_and_paid_properly(entered: Entered) -> None:
    """31 U.S.C. 1553(a): after its last day only what adjusts or liquidates."""
    facts = await funding_facts(entered.db)
    expired = {
        number: each for number, each in facts.items() if money.state_of(each.account, TODAY, STATUTE) == "expired"
    }
    assert len({str(each.account.symbol) for each in expired.values()}) == 1
    after = {
        entry.kind
        for (entry,) in await rows(entered.db, LedgerEntry)
        if entry.funding_document_id in expired
        and money.state_of(expired[entry.funding_document_id].account, entry.effective_on, STATUTE) == "expired"
    }
    assert {"upward adjustment", "deobligation", "expenditure", "refund"} <= after
    assert not after & {"commitment", "obligation"}


async def test_authority_moves_once_by_transfer_and_once_by_reprogramming_and_one_order_is_placed(
    entered: Entered,
) -> None:
    """31 U.S.C. 1532, 1535: each movement by two entries, the one naming the other."""
    found = {row[0].id: row[0] for row in await rows(entered.db, LedgerEntry)}
    facts = await funding_facts(entered.db)
    moved = [entry for entry in found.values() if entry.counter_entry_id is not None]
    assert sorted(entry.kind for entry in moved) == ["reprogramming in", "transfer in"]
    for entry in moved:
        out = found[entry.counter_entry_id]
        accounts = {str(facts[each.funding_document_id].account.symbol) for each in (entry, out)}
        assert (out.amount, len(accounts)) == (entry.amount, 2 if entry.kind == "transfer in" else 1)
    assert [entry.kind for entry in found.values() if entry.order_law] == ["obligation"]
    assert sum(entry.kind == "reimbursable order" for entry in found.values()) == 1


async def test_exceptions_and_one_correction_stand_in_the_ledger(entered: Entered) -> None:
    """A liability incurred, an obligation overpaid, a disbursement unmatched; a reversal, then the right entry."""
    found = [row[0] for row in await rows(entered.db, LedgerEntry)]
    assert Counter(entry.flag for entry in found if entry.flag) == dict.fromkeys(money.FLAGS, 1)
    assert all(entry.evidence for entry in found if entry.incurred)
    (violation,) = [entry for entry in found if entry.flag == "potential violation: 1341/1517"]
    assert any("authority that day is $2,000,000.00" in warning for warning in violation.warnings)
    (reversal,) = [entry for entry in found if entry.kind == money.REVERSAL]
    known = {entry.id: entry for entry in found}
    wrong = known[reversal.reverses_entry_id]
    again = [
        entry
        for entry in found
        if entry.id > reversal.id and entry.kind == wrong.kind and entry.adjusts_entry_id == wrong.adjusts_entry_id
    ]
    assert len(again) == 1
    assert again[0].amount != wrong.amount


async def test_accounts_and_authorities_are_of_every_sort(entered: Entered) -> None:
    """One, two, three years and no year; paragraphs of section 1253(e) and other law."""
    accounts = await rows(entered.db, TreasuryAccount.begin_year, TreasuryAccount.end_year)
    assert {None if end is None else end - begin + 1 for begin, end in accounts} == {None, 1, 2, 3}
    named = {row[0] for row in await rows(entered.db, LedgerEntry.program_authority) if row[0]}
    assert any(slug.startswith("1253.e") for slug in named)
    assert any(not slug.startswith("1253") for slug in named)
    years = {row[0] for row in await rows(entered.db, FundingDocument.number)}
    assert {number[:5] for number in years} == {"EX-26", "EX-27", "EX-28"}


async def test_two_reports_are_signed_as_whole_builds(entered: Entered) -> None:
    """Section 1253(f)(1): one by the Secretary, one on a delegation; every element answered, files stored, in time."""
    found = await rows(
        entered.db,
        *(Report.year, Report.state, Report.signed_on, Report.delegation, ReportBuild.frozen_at),
        where=Report.frozen_build_id == ReportBuild.id,
    )
    assert [(row.year, row.state, row.delegation is None) for row in sorted(found)] == [
        (2027, "signed", True),
        (2028, "signed", False),
    ]
    for row in found:
        assert date(row.year, 1, 1) <= washington_day(row.frozen_at) <= row.signed_on < date(row.year, 3, 1)
    every = await rows(entered.db, ReportSection.element, ReportSection.narrative, ReportSection.nothing_to_report)
    sections = [(narrative, nothing) for element, narrative, nothing in every if element in words.NARRATIVES]
    assert len(sections) == 12
    assert all(bool(narrative) != nothing for narrative, nothing in sections)
    assert sum(nothing for _, nothing in sections) == 1
    files = await rows(entered.db, ReportFile.build_id, ReportFile.name)
    assert len(files) == 16


async def test_congress_is_briefed_answered_and_promised_and_a_call_returns_an_answer_and_a_nil(
    entered: Entered,
) -> None:
    """Sec. 1253(f)(2): each committee is briefed before the statutory day."""
    given = await rows(
        entered.db, Briefing.duty, CommitteeBriefing.given_on, where=Briefing.id == CommitteeBriefing.briefing_id
    )
    assert Counter(row.duty for row in given) == {"briefing-2026": 6, "briefing-2027": 6}
    assert all(row.given_on < date(int(row.duty[-4:]), 12, 1) for row in given)
    assert [row.status for row in await rows(entered.db, CongressionalContact.status)] == ["answered"]
    assert sorted(row.outcome for row in await rows(entered.db, Promise.outcome)) == ["kept", "open"]
    returned = await rows(entered.db, DataCallAddressee.returned)
    assert Counter(row.returned for row in returned) == {"answer": 1, "nil": 1, None: 1}


async def test_it_moves_on_and_says_how_far_it_is(entered: Entered) -> None:
    """The bar of `scripts/run` is fed at each step and ends full."""
    counts = [done for done, _, _ in entered.said]
    assert counts == sorted(counts)
    assert len({total for _, total, _ in entered.said}) <= 2
    assert any(
        (done, message) == (total, "The exercise program is in the record") for done, total, message in entered.said
    )


async def test_a_second_call_changes_nothing_and_other_sizes_are_refused(entered: Entered) -> None:
    """An installation holds one program."""
    said: list[str] = []

    async def progress(done: int, total: int, message: str) -> None:
        said.append(message)

    before = (await rows(entered.db, func.max(TrailRow.id)))[0]
    await enter_program(entered.db, projects=PROJECTS, entries=ENTRIES, progress=progress)
    assert said == ["The exercise program is in the record already; nothing was changed"]
    for other in ({"projects": 9}, {"entries": 401}, {"seed": 1}):
        sizes: dict[str, int] = {"projects": PROJECTS, "entries": ENTRIES, **other}
        with pytest.raises(Refused, match="8 projects and 400 entries"):
            await enter_program(entered.db, **sizes)  # type: ignore[arg-type]
    assert (await rows(entered.db, func.max(TrailRow.id)))[0] == before


async def test_the_same_seed_gives_the_same_rows_also_after_interruptions(
    entered: Entered, server: EmbeddedServer, superuser: AsyncConnection
) -> None:
    """In another process, time zone, hash seed and year of the clock, interrupted twice: the same rows to the byte."""
    async with installation(server, superuser, datetime(2031, 2, 3, tzinfo=UTC)) as name:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.exercise.in_another_process"),
            *(server.url("pipir_app", name), str(PROJECTS), str(ENTRIES)),
            cwd=ROOT,
            env={**os.environ, "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7"},
            stdout=asyncio.subprocess.PIPE,
        )
        answer, _ = await process.communicate()
        assert process.returncode == 0
        assert json.loads(answer) == await hashes(entered.db)


async def test_another_seed_gives_another_program_and_the_record_may_be_absent(db: Database) -> None:
    """Where the public record was not loaded, its countries are entered with the exercise mark."""

    async def progress(done: int, total: int, message: str) -> None:
        if done == 12:
            raise KeyError(message)

    with pytest.raises(KeyError):
        await enter_program(db, projects=1, entries=100, seed=2, progress=progress)
    found = await rows(db, Participant.exercise)
    assert Counter(row.exercise for row in found) == {True: 16}


@pytest.mark.parametrize(("count", "entries"), [(0, 400), (2_001, 400), (8, 99), (8, 2_000_001)])
async def test_sizes_out_of_reason_are_refused(db: Database, count: int, entries: int) -> None:
    """1 to 2,000 projects, 100 to 2,000,000 entries."""
    with pytest.raises(Invalid):
        await enter_program(db, projects=count, entries=entries)


def test_the_clock_is_started_in_washington() -> None:
    """The morning of 15 June 2028."""
    assert datetime(2028, 6, 15, 13, tzinfo=UTC) == START


async def funding_facts(db: Database) -> dict[int, money.Funding]:
    """The documents as the rules know them."""
    return {
        document.id: money.Funding(
            number=document.number,
            account=money.Account(money.parse_symbol(account.symbol), account.closed_on),
            level=document.level_of_control,
            source=document.source_of_authority,
            through_on=document.through_on,
            cr_amount=document.cr_amount,
            order_law=document.order_law,
            order_accepted_on=document.order_accepted_on,
            received_on=document.received_on,
            until=document.until,
        )
        for document, account in await rows(
            db, FundingDocument, TreasuryAccount, where=FundingDocument.account_id == TreasuryAccount.id
        )
    }


async def test_a_draft_that_stands_there_becomes_the_exercises_own(db: Database) -> None:
    """Somebody built the report from the public record before: the program writes on, under its mark."""
    async with db.write(actor=SERVICE, command="test") as session:
        await report.open_report(session, report.OpenReport(2027))
    await enter_program(db, projects=2, entries=100)
    async with db.read() as session:
        rows = (await session.execute(select(Report.year, Report.state, Report.exercise).order_by(Report.year))).all()
    assert [tuple(row) for row in rows] == [(2027, "signed", True), (2028, "signed", True)]


async def test_a_program_is_not_begun_beside_a_report_that_is_frozen(db: Database) -> None:
    """Refused before anything is written; half a program would be worse than none."""
    made = await build_report(db, 2027, actor=SERVICE, reader=Reader(kind="us-government"))
    async with db.write(actor=SERVICE, command="test") as session:
        version = await session.scalar(select(Report.version).where(Report.id == made.report_id))
        assert version is not None
        body = report.FreezeReport(made.id)
        await report.freeze_report(session, ReportId(made.report_id), body, version=version)
    with pytest.raises(Refused, match="frozen or signed already"):
        await enter_program(db, projects=2, entries=100)
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Project)) == 0


async def test_every_kind_of_dated_item_is_one_that_people_choose_mail_for(entered: Entered) -> None:
    """pipir/kernel/dated.py: a kind that is not listed there could not be unticked among the preferences."""
    async with entered.db.read() as session:
        found = {each.dated.kind for each in await home.entries(session, Reader(kind="us-government"))}
    assert found
    assert found <= set(KINDS)
