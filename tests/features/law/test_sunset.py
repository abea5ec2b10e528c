"""The end of the authority, generated from the law's list of covered acts: to the microsecond, through each door."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from pipir.cli import act as cli
from pipir.features.law.rules import WAY_OUT
from pipir.kernel.errors import Problem, Refused
from pipir.kernel.parsing import parse
from pipir.statute.load import the_statute
from pipir.statute.lookup import sunset
from pipir.store.conflicts import problem_of
from pipir.store.embedded import EmbeddedServer
from pipir.store.jobs import Run, job
from pipir.store.queue import enqueue, work
from tests.features.law.acts import (
    ENTRIES,
    OTHER,
    PREPARED,
    Entry,
    Ground,
    Stated,
    Subject,
    determined,
    ground,
    obligation_body,
    project_body,
    project_of,
)
from tests.rehearsals import Cast, Doors, Rehearsal, a_rehearsal, noon

DOORS = ("HTTP", "pipir act", "SQL")
ZONES = ("UTC", "Pacific/Honolulu", "Asia/Tokyo")
FIRST_REFUSED = sunset(the_statute())
INSTANTS = (FIRST_REFUSED - timedelta(microseconds=1), FIRST_REFUSED)
LAST_DAY, LATE_DAY = date(2030, 12, 31), date(2030, 12, 30)
CITATION = "Sec. 1253(g), Pub. L. 119-60"
ENTRY = {entry.command: entry for entry in ENTRIES}
ALLOWED = "allowed"
ENDED = "refused by (g), and told of a determination"
LATE = "refused by (g), and told of late recording"
# In the suite every act is judged on a server that keeps UTC, and one act in each of the other zones.
SAMPLED = {"Pacific/Honolulu": "project.propose", "Asia/Tokyo": "ledger.post"}


def test_the_instant_is_the_one_that_the_design_names() -> None:
    """Our reading of Sec. 1253(g): the first refused instant."""
    assert datetime(2031, 1, 1, 5, tzinfo=UTC) == FIRST_REFUSED


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every act on every server; in the suite the other zones are sampled."""
    if "zone" in metafunc.fixturenames:
        whole = metafunc.config.getoption("--whole")
        cases = [
            (entry, zone)
            for zone in ZONES
            for entry in ENTRIES
            if whole or zone == "UTC" or SAMPLED[zone] == entry.command
        ]
        metafunc.parametrize(("entry", "zone"), cases, ids=[f"{entry.command} on {zone}" for entry, zone in cases])


async def test_a_covered_act_ends_with_its_authority_through_every_door(
    entry: Entry,
    zone: str,
    server: EmbeddedServer,
    superuser: AsyncConnection,
    cast: Cast,
    shared_rehearsal: tuple[Doors, Litestar],
) -> None:
    """Sec. 1253(g): allowed to the last microsecond; afterwards only under a determination in force."""
    async with a_rehearsal(server, superuser, cast, shared_rehearsal, zone=zone) as rehearsal:
        cases = await _prepared(rehearsal, entry)
        answers, expected = {}, {}
        for at in INSTANTS:
            await rehearsal.move(at)
            for (instant, continues, door), (subject, determination) in cases.items():
                if instant != at:
                    continue
                stated = Stated(_washington(at), determination)
                key = (at.isoformat(), "determination in force" if continues else "section alone", door)
                answers[key] = await through(rehearsal, door, entry, subject, stated)
                # A group's revision is an act of the day on which the group was established.
                refused = LATE if entry.command == "group.revise" and door != "SQL" else ENDED
                expected[key] = ALLOWED if continues or at < FIRST_REFUSED else refused
        assert answers == expected


async def _prepared(rehearsal: Rehearsal, entry: Entry) -> dict[tuple[datetime, bool, str], tuple[Subject, int | None]]:
    on = await ground(rehearsal)
    cases: dict[tuple[datetime, bool, str], tuple[Subject, int | None]] = {}
    for at in INSTANTS:
        for continues in (False, True):
            for door in DOORS:
                subject = await entry.prepare(rehearsal, on, f"Subject {len(cases)}", continues)
                cases[at, continues, door] = (
                    subject,
                    await determined(rehearsal, entry, subject) if continues else None,
                )
    return cases


async def through(rehearsal: Rehearsal, door: str, entry: Entry, subject: Subject, stated: Stated) -> str:
    """What a door answers to an act: allowed and entered in the register once, or refused and nothing stored."""
    before = await _registered(rehearsal)
    answer = await {"HTTP": by_request, "pipir act": by_act, "SQL": by_hand}[door](rehearsal, entry, subject, stated)
    counted = await _registered(rehearsal) - before
    if entry.cleared_by:
        async with rehearsal.owner() as connection:
            await connection.execute(
                text("select set_config('app.actor', '1', true), set_config('app.command', 'clear', true)")
            )
            await connection.execute(text(entry.cleared_by))
    if answer is None:
        return ALLOWED if counted == 1 else f"passed, with {counted} rows in the register"
    if counted:
        return "refused, and in the register all the same"
    # The program refuses in its own words before the database has to.
    ended, late = (
        ("A continuation determination", "recorded late")
        if door == "SQL"
        else (WAY_OUT, "State why it is recorded late")
    )
    if "1253(g)" in answer.citation and late in answer.way_out:
        return LATE
    if "1253(g)" in answer.citation and ended.lower() in answer.way_out.lower():
        return ENDED
    return f"{answer.detail} [{answer.citation}] {answer.way_out}"


async def by_request(rehearsal: Rehearsal, entry: Entry, subject: Subject, stated: Stated) -> Problem | None:
    """Through the JSON door."""
    method, path = entry.request
    answer = await rehearsal.ask(
        entry.person,
        method,
        path.format(record=subject.record),
        entry.body(subject, stated),
        version=subject.version if entry.versioned else None,
    )
    if answer.is_success:
        return None
    said = answer.json()
    return Problem(
        f"{answer.status_code} {said['detail']}", citation=said.get("citation", ""), way_out=said.get("way_out", "")
    )


async def by_act(rehearsal: Rehearsal, entry: Entry, subject: Subject, stated: Stated) -> Problem | None:
    """Through the command line, by the function that it runs."""
    chosen = cli.known_commands()[entry.command]
    body = parse(chosen.body, entry.body(subject, stated))
    target = (subject.record,) if entry.targeted else ()
    named = {"version": subject.version} if entry.versioned else {}
    try:
        await cli.act(rehearsal.db, rehearsal.cast.numbers[entry.person], chosen, *target, body, **named)
    except Problem as problem:
        return problem
    return None


async def by_hand(rehearsal: Rehearsal, entry: Entry, subject: Subject, stated: Stated) -> Problem | None:
    """Past the program: a statement of the service's own role."""
    known: dict[str, Any] = {
        "record": subject.record,
        "name": subject.name,
        "on": stated.on,
        "authority": stated.authority,
        "determination": stated.determination,
        "because": stated.papers.get("late_because"),
        "document": stated.papers.get("late_document"),
        "country": subject.ground.country,
        "funding": subject.ground.funding,
        "person": rehearsal.cast.numbers[entry.person],
    }
    statement = text(entry.statement)
    try:
        async with rehearsal.application(entry.person) as connection:
            await connection.execute(statement, {name: known[name] for name in statement.compile().params})
    except DBAPIError as wrong:
        problem = problem_of(wrong)
        if problem is None:
            raise
        return problem
    return None


async def _registered(rehearsal: Rehearsal) -> int:
    async with rehearsal.db.read() as session:
        return int(await session.scalar(text("select count(*) from covered_act")) or 0)


def _washington(at: datetime) -> date:
    return (at - timedelta(hours=5)).date()


# ---- nothing is forgotten


def test_every_covered_act_with_a_table_is_in_the_generated_test() -> None:
    """An issue that brings a covered act adds its entry to tests/features/law/acts.py."""
    with_table = {slug for slug, each in the_statute().covered_acts.items() if each.table}
    assert {entry.act for entry in ENTRIES} == with_table


def test_every_command_that_performs_a_covered_act_is_in_the_generated_test() -> None:
    """A command's `sunset` names what the termination does to it; the generated test knows each covered one."""
    covered = set(the_statute().covered_acts)
    known = cli.known_commands()
    assert {name for name, each in known.items() if each.sunset not in covered | {"goes on", "records"}} == set()
    assert {name: known[name].sunset for name in known if known[name].sunset in covered} == {
        entry.command: entry.act for entry in ENTRIES
    }


def test_a_command_that_takes_an_authority_performs_a_covered_act() -> None:
    """What states an authority or a determination is judged by it; what was incurred is recorded and flagged."""
    covered = set(the_statute().covered_acts)
    stating = {
        name
        for name, each in cli.known_commands().items()
        if {"program_authority", "continuation_id"} & set(each.body.__struct_fields__) and each.sunset not in covered
    }
    assert stating == {"ledger.record-incurred"}


async def test_the_tables_of_covered_acts_and_their_register_are_guarded_always(rehearsal: Rehearsal) -> None:
    """A replica's session and a restore's switches leave them on: ENABLE ALWAYS."""
    tables = {each.table for each in the_statute().covered_acts.values() if each.table}
    async with rehearsal.owner() as connection:
        rows = await connection.execute(
            text(
                "select c.relname, t.tgname, t.tgenabled::text from pg_trigger t join pg_class c on c.oid = t.tgrelid "
                "where not t.tgisinternal and (t.tgname like 'sunset_%' or c.relname = 'covered_act')"
            )
        )
        found = {(table, name): enabled for table, name, enabled in rows}
    assert set(found.values()) == {"A"}
    assert {table for table, _ in found} == tables | {"covered_act"}
    assert {name for table, name in found if table == "covered_act"} == {
        "judge_covered_act",
        "judge_covered_act_again",
        "covered_act_kept",
    }


async def test_the_register_is_written_by_no_hand(rehearsal: Rehearsal) -> None:
    """The service's role may read it and nothing else."""
    for statement in ("delete from covered_act", "update covered_act set late_because = 'x'", "truncate covered_act"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with rehearsal.application() as connection:
                await connection.execute(text(statement))


# ---- the end overtakes what is under way


@pytest.mark.parametrize("command", ["group.establish", "ledger.post"])
async def test_a_transaction_open_across_midnight_is_refused_at_its_commit(rehearsal: Rehearsal, command: str) -> None:
    """Sec. 1253(g): the statement came before the end, the commit after it; the deferred check judges the commit."""
    entry = ENTRY[command]
    subject = await entry.prepare(rehearsal, await ground(rehearsal), "Subject 1", False)
    await rehearsal.move(INSTANTS[0])
    chosen = cli.known_commands()[command]
    body = parse(chosen.body, entry.body(subject, Stated(LAST_DAY)))
    with pytest.raises(Refused) as refused:
        async with rehearsal.db.write(actor=rehearsal.cast.numbers[entry.person], command=command) as session:
            await chosen(session, body)
            assert await session.scalar(text("select count(*) from covered_act")) >= 1
            await rehearsal.move(INSTANTS[1])
    assert refused.value.citation == CITATION
    assert "recorded late" in refused.value.way_out
    async with rehearsal.db.read() as session:
        assert await session.scalar(text("select count(*) from ledger_entry where kind = 'obligation'")) == 0
        assert await session.scalar(text("select count(*) from working_group")) == 0


async def test_a_job_queued_before_the_end_and_run_after_it_is_judged_when_it_writes(rehearsal: Rehearsal) -> None:
    """Sec. 1253(g): neither the day of the request nor the queue carries an act over the end."""
    entry = ENTRY["ledger.post"]
    subject = await entry.prepare(rehearsal, await ground(rehearsal), "Subject 1", False)
    chosen = cli.known_commands()[entry.command]

    async def obligate(run: Run) -> str:
        async with run.db.write(actor=run.actor, command=chosen.name) as session:
            body = parse(chosen.body, entry.body(subject, Stated(session.today)))
            return f"/ledger/entries/{await chosen(session, body)}"

    await rehearsal.move(INSTANTS[0])
    async with rehearsal.db.write(actor=rehearsal.cast.numbers[entry.person], command="test.ask") as session:
        number = await enqueue(session, "obligate", {})
    await rehearsal.move(INSTANTS[1])
    stop = asyncio.Event()
    working = asyncio.create_task(work(rehearsal.db, rehearsal.application_url, {"obligate": obligate}, stop=stop))
    try:
        async with asyncio.timeout(20):
            while True:
                async with rehearsal.db.read() as session:
                    view = await job(session, number)
                if view.over:
                    break
                await asyncio.sleep(0.02)
    finally:
        stop.set()
        await asyncio.wait_for(working, 20)
    assert view.state == "failed"
    assert "authority ended with 31 Dec 2030" in view.message


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.command)
async def test_an_act_dated_before_the_end_is_recorded_after_it_with_reason_and_document_only(
    entry: Entry, rehearsal: Rehearsal
) -> None:
    """Late recording goes on, is labelled, and stays listed for counsel; half of its papers is none."""
    on = await ground(rehearsal)
    papers = {"late_because": "The paper came in January.", "late_document": "Memorandum 7"}
    cases = {
        "nothing stated": ({}, LATE),
        "the reason alone": ({"late_because": papers["late_because"]}, "refused"),
        "the document alone": ({"late_document": papers["late_document"]}, "refused"),
        "both": (papers, ALLOWED),
    }
    subjects = {
        (door, name): await entry.prepare(rehearsal, on, f"Subject {place}", False)
        for place, (door, name) in enumerate((door, name) for door in DOORS for name in cases)
    }
    await rehearsal.move(FIRST_REFUSED + timedelta(days=1))
    wrong = {}
    for (door, name), subject in subjects.items():
        given, expected = cases[name]
        answer = await through(rehearsal, door, entry, subject, Stated(LATE_DAY, papers=given))
        held = answer == ALLOWED if expected == ALLOWED else answer != ALLOWED and not answer.startswith("passed")
        if not held or (expected == LATE and answer != expected):
            wrong[door, name] = answer
    assert wrong == {}
    listed = await rehearsal.must("auditor", "GET", "/law/acts?late=true")
    assert listed["total"] == len(DOORS)
    assert {row["label"] for row in listed["items"]} == {"late recording"}


async def test_what_was_stated_for_an_earlier_act_carries_no_later_one(rehearsal: Rehearsal) -> None:
    """Late papers stand in a row for the act that they were stated for; a bare update is judged as of today."""
    on = await ground(rehearsal)
    subject = await project_of("exploratory")(rehearsal, on, "Subject 1", False)
    await rehearsal.move(FIRST_REFUSED + timedelta(days=1))
    stated = Stated(LATE_DAY, papers={"late_because": "The paper came in January.", "late_document": "Memorandum 7"})
    assert await through(rehearsal, "HTTP", ENTRY["project.change-status"], subject, stated) == ALLOWED
    # Nor do papers make an act of after the end an earlier one.
    partner, after = ENTRY["project.add-partner"], Stated(date(2031, 1, 2), papers=stated.papers)
    assert [await through(rehearsal, door, partner, subject, after) for door in DOORS] == [ENDED] * 3
    # Nor does another law carry it without a determination, whatever papers are stated.
    project, named = ENTRY["project.propose"], Stated(after.on, papers=stated.papers, under=OTHER)
    answers = [await through(rehearsal, door, project, Subject(f"New {door}", on), named) for door in DOORS]
    assert answers == [ENDED] * 3
    with pytest.raises(DBAPIError, match="does not reach that day"):
        async with rehearsal.application() as connection:
            await connection.execute(text("update project set objectives = '{1253.b.2,1253.b.3}'"))


# ---- the pair: authority in force, determination in force

OBLIGATION = "ledger.post"


async def _project_under(rehearsal: Rehearsal, on: Ground, name: str, authority: str | None) -> Subject:
    body = {**project_body(name), "status": "exploratory", "program_authority": authority}
    made = await rehearsal.must("program-office", "POST", "/projects", body)
    return Subject(name, on, made["id"])


def _determination(subject: Subject, **more: Any) -> dict[str, Any]:
    return {
        "subject_kind": "project",
        "subject_id": subject.record,
        "subject_title": subject.name,
        "authority": OTHER,
        "conditions_met": "Certified.",
        "funding_source": "FY2031",
        "opinion": "Opinion 1",
        "effective_from": PREPARED.isoformat(),
        "review_on": "2031-12-01",
        **more,
    }


async def test_the_pair_decides_in_all_its_combinations(rehearsal: Rehearsal) -> None:
    """Continuation determination: the authority and the determination in force, both, on the day of the act."""
    # Made while the Defense Production Act's authority still ran; the determination has no end of its own.
    dead = Subject("Dead law", Ground(0, 0))
    await rehearsal.move(noon(date(2026, 6, 1)))
    made = await rehearsal.must(
        "program-office",
        "POST",
        "/law/determinations",
        _determination(
            dead, subject_id=None, authority="50-usc-4533", effective_from="2026-06-01", review_on="2027-06-01"
        ),
    )
    await rehearsal.must("comptroller", "PATCH", f"/law/determinations/{made['id']}/reviewed", {}, version=1)
    on = await ground(rehearsal)
    subject = await _project_under(rehearsal, on, "Live law", OTHER)

    async def determine(review: bool = True, **more: Any) -> int:
        found = await rehearsal.must("program-office", "POST", "/law/determinations", _determination(subject, **more))
        if review:
            await rehearsal.must("comptroller", "PATCH", f"/law/determinations/{found['id']}/reviewed", {}, version=1)
        return int(found["id"])

    in_force = await determine()
    unreviewed = await determine(review=False)
    expired = await determine(authority_until="2031-01-15")
    later = await determine(effective_from="2031-03-01")
    ended = await determine()
    await rehearsal.must(
        "program-office",
        "PATCH",
        f"/law/determinations/{ended}/end",
        {"until": "2031-01-20", "because": "The work ends."},
        version=2,
    )
    await rehearsal.move(noon(date(2031, 2, 3)))
    made_now = await determine(effective_from="2031-02-03")
    entry = ENTRY[OBLIGATION]
    day, before = date(2031, 2, 3), date(2031, 1, 10)
    expected: dict[str, tuple[int | None, str | None, date, str]] = {
        "authority in force, determination in force": (in_force, OTHER, day, ALLOWED),
        "authority in force, no determination": (None, OTHER, day, CITATION),
        "authority ended, determination stands": (made["id"], "50-usc-4533", day, "50 U.S.C. 4533 is not in force"),
        "authority ended, no determination": (None, "50-usc-4533", day, "50 U.S.C. 4533 is not in force"),
        "section alone": (None, "1253.e.1", day, CITATION),
        "not reviewed": (unreviewed, OTHER, day, "has not been reviewed"),
        "expired with its authority": (expired, OTHER, day, "is not in force on 3 Feb 2031"),
        "not yet effective": (later, OTHER, day, "is not in force on 3 Feb 2031"),
        "ended": (ended, OTHER, day, "is not in force on 3 Feb 2031"),
        "retroactive": (made_now, OTHER, before, "is not in force on 10 Jan 2031"),
        "of another authority than the act names": (in_force, "10-usc-2350a", day, "is under 22 U.S.C. 2767"),
    }
    answers = {}
    for name, (number, authority, act_on, _) in expected.items():
        body = {**obligation_body(subject, Stated(act_on, number)), "program_authority": authority}
        answer = await rehearsal.ask("comptroller", "POST", entry.request[1], body)
        said = answer.json()
        by_rules = ALLOWED if answer.is_success else f"{said['detail']} [{said['citation']}]"
        statement = text(
            "insert into ledger_entry (kind, amount, effective_on, fiscal_year, funding_document_id, project_id, "
            "program_authority, continuation_id, new_start, incurred, warnings, posted_by, posted_at, audience) "
            "values ('obligation', 10, :on, 2031, :funding, :project, :authority, :number, false, false, '{}', 1, "
            "app.now(), -1)"
        )
        try:
            async with rehearsal.application("comptroller") as connection:
                await connection.execute(
                    statement,
                    {
                        "on": act_on,
                        "funding": on.funding,
                        "project": subject.record,
                        "authority": authority,
                        "number": number,
                    },
                )
            by_database = True
        except DBAPIError:
            by_database = False
        assert by_database is answer.is_success, name
        answers[name] = by_rules
    for name, (_, _, _, words) in expected.items():
        assert words in answers[name], name


async def test_a_determination_is_reviewed_by_a_second_person_also_by_hand(rehearsal: Rehearsal) -> None:
    """The two persons are held by the program and by the database."""
    subject = await _project_under(rehearsal, await ground(rehearsal), "Live law", OTHER)
    made = await rehearsal.must("senior-official", "POST", "/law/determinations", _determination(subject))
    own = await rehearsal.ask("senior-official", "PATCH", f"/law/determinations/{made['id']}/reviewed", {}, version=1)
    assert (own.status_code, "a second person reviews it" in own.json()["detail"]) == (409, True)
    for reviewer in ("senior-official", "comptroller"):
        # By the maker's own hand, and by the maker's hand in another's name.
        with pytest.raises(DBAPIError, match=r"second_person|second person, who acts"):
            async with rehearsal.application("senior-official") as connection:
                await connection.execute(
                    text("update continuation_determination set reviewed_by_id = :by, reviewed_on = app.today()"),
                    {"by": rehearsal.cast.numbers[reviewer]},
                )


async def test_a_determination_is_never_retroactive_also_by_hand(rehearsal: Rehearsal) -> None:
    """Never retroactive, never the default."""
    subject = await _project_under(rehearsal, await ground(rehearsal), "Live law", OTHER)
    await rehearsal.move(noon(date(2031, 2, 3)))
    body = _determination(subject, effective_from="2031-01-02")
    refused = await rehearsal.ask("program-office", "POST", "/law/determinations", body)
    assert (refused.status_code, refused.json()["mistakes"][0]["where"]) == (422, "effective_from")
    with pytest.raises(DBAPIError, match="never_retroactive"):
        async with rehearsal.application() as connection:
            await connection.execute(
                text(
                    "insert into continuation_determination (version, marking, audience, subject_kind, subject_title, "
                    "authority, conditions_met, funding_source, opinion, determined_by_id, determined_on, "
                    "effective_from, review_on) values (1, 'CUI', -1, 'project', 'Live law', '22-usc-2767', 'met', "
                    "'funds', 'opinion', :by, app.today(), '2031-01-02', '2032-01-01')"
                ),
                {"by": rehearsal.cast.numbers["program-office"]},
            )


# ---- what goes on


async def test_what_the_termination_leaves_alone_goes_on(rehearsal: Rehearsal) -> None:
    """Liquidation, deobligation, in-scope adjustment, reversal, ending, notices and the report of 2031."""
    on = await ground(rehearsal)
    subject = await project_of("planned")(rehearsal, on, "Work begun before", False)
    partner = await rehearsal.must(
        "program-office",
        "POST",
        f"/projects/{subject.record}/partners",
        {"participant_id": on.country, "role": "maker", "since": PREPARED.isoformat()},
    )
    group = await rehearsal.must(
        "program-office",
        "POST",
        "/groups",
        {"name": "Group", "kind": "working group", "established_on": PREPARED.isoformat(), "source": "Minutes"},
    )
    obligations = [
        (await rehearsal.must("comptroller", "POST", "/ledger/entries", obligation_body(subject, Stated(PREPARED))))[
            "entry"
        ]["id"]
        for _ in range(2)
    ]
    await rehearsal.move(noon(date(2030, 12, 15)))
    designation = ENTRY["designation.record"]
    await rehearsal.must(
        "program-office",
        *designation.request,
        designation.body(Subject("Assistant Secretary", on), Stated(date(2030, 12, 15))),
    )
    await rehearsal.move(FIRST_REFUSED + timedelta(days=5))
    today = "2031-01-06"
    of = {"effective_on": today, "adjusts_entry_id": obligations[0]}
    for body in (
        {"kind": "upward adjustment", "amount": "4.00", "basis": "in-scope change", **of},
        {"kind": "expenditure", "amount": "6.00", **of},
        {"kind": "refund", "amount": "1.00", **of},
        {"kind": "deobligation", "amount": "2.00", **of},
    ):
        await rehearsal.must("comptroller", "POST", "/ledger/entries", body)
    await rehearsal.must(
        "comptroller",
        "POST",
        f"/ledger/entries/{obligations[1]}/reversal",
        {"effective_on": today, "because": "Entered twice"},
    )
    await rehearsal.must(
        "program-office", "PATCH", f"/partners/{partner['id']}/end", {"until": today, "because": "Done."}, version=1
    )
    for status, version in (("suspended", 1), ("completed", 2)):
        await rehearsal.must(
            "program-office",
            "PATCH",
            f"/projects/{subject.record}/status",
            {"status": status, "reason": "The work ends."},
            version=version,
        )
    await rehearsal.must(
        "program-office",
        "PATCH",
        f"/projects/{subject.record}/end",
        {"until": today, "because": "The work has ended."},
        version=3,
    )
    await rehearsal.must(
        "program-office", "PATCH", f"/groups/{group['id']}/end", {"until": today, "because": "Closed."}, version=1
    )
    notice = await rehearsal.must("program-office", "GET", "/duties/notice-of-designation-2030-12-15")
    assert notice["statutory_day"] == "2031-01-14"
    await rehearsal.must("program-office", "POST", "/duties", {"slug": "notice-of-designation-2030-12-15"})
    await rehearsal.must(
        "program-office",
        "PATCH",
        "/duties/notice-of-designation-2030-12-15/done",
        {"done_on": today, "evidence": "Letter of 6 January 2031"},
        version=1,
    )
    await rehearsal.must("report-writer", "POST", "/reports", {"year": 2031})
    assert (await rehearsal.must("auditor", "GET", "/law/acts"))["total"] == 6


async def test_a_project_that_is_explored_is_no_covered_act(rehearsal: Rehearsal) -> None:
    """Approval is the act; a thought that nobody has approved rests on no authority."""
    await rehearsal.move(FIRST_REFUSED + timedelta(days=5))
    made = await rehearsal.must("program-office", "POST", "/projects", project_body("A thought"))
    assert (await rehearsal.must("auditor", "GET", "/law/acts"))["total"] == 0
    approved = await rehearsal.ask(
        "program-office",
        "PATCH",
        f"/projects/{made['id']}/status",
        {"status": "planned", "reason": "Approved"},
        version=1,
    )
    assert (approved.status_code, approved.json()["citation"]) == (409, CITATION)


async def test_a_total_that_was_cleared_and_set_higher_widens_the_project(rehearsal: Rehearsal) -> None:
    """Sec. 1253(g): an approved project comes to no more by way of a blank."""
    await rehearsal.move(noon(PREPARED))
    body = {**project_body("A factory"), "planned_total": "1000000.00"}
    made = await rehearsal.must("program-office", "POST", "/projects", {**body, "status": "planned"})
    await rehearsal.move(FIRST_REFUSED + timedelta(days=5))
    place = f"/projects/{made['id']}"
    await rehearsal.must("program-office", "PUT", place, {**body, "planned_total": None}, version=1)
    higher = await rehearsal.ask("program-office", "PUT", place, {**body, "planned_total": "9000000.00"}, version=2)
    assert (higher.status_code, higher.json()["citation"]) == (409, CITATION)
    with pytest.raises(DBAPIError) as refused:
        async with rehearsal.application("program-office") as connection:
            await connection.execute(
                text("update project set version = version + 1, planned_total = 9000000 where id = :number"),
                {"number": made["id"]},
            )
    problem = problem_of(refused.value)
    assert problem is not None
    assert problem.citation == CITATION


# ---- amendments


def _extension(changes_from: str, enacted_on: str, new_day: str | None = "2035-12-31") -> dict[str, Any]:
    return {
        "citation": "Sec. 1201, Pub. L. 121-1",
        "enacted_in": "defense authorization act",
        "enacted_on": enacted_on,
        "provision": "1253.g",
        "value": "on",
        "new_day": new_day,
        "changes_from": changes_from,
        "effect": "The authority runs on.",
        "source": "The act as enacted",
    }


async def _confirmed(rehearsal: Rehearsal, body: dict[str, Any]) -> int:
    made = await rehearsal.must("administrator", "POST", "/law/amendments", body)
    await rehearsal.must("second administrator", "PATCH", f"/law/amendments/{made['id']}/confirmed", {}, version=1)
    return int(made["id"])


@pytest.mark.parametrize("entered", [date(2030, 12, 10), LAST_DAY], ids=["before", "on the last day"])
async def test_an_extension_in_time_lets_the_authority_run_on(rehearsal: Rehearsal, entered: date) -> None:
    """Congress may extend: from the confirmation on the act is allowed, not a moment before."""
    entry = ENTRY["project.propose"]
    on = await ground(rehearsal)
    await rehearsal.move(noon(entered))
    made = await rehearsal.must(
        "administrator", "POST", "/law/amendments", _extension(LAST_DAY.isoformat(), entered.isoformat())
    )
    await rehearsal.move(FIRST_REFUSED)
    stated = Stated(date(2031, 1, 1))
    answers = [await through(rehearsal, door, entry, Subject(f"Before {door}", on), stated) for door in DOORS]
    assert answers == [ENDED] * 3
    await rehearsal.must("second administrator", "PATCH", f"/law/amendments/{made['id']}/confirmed", {}, version=1)
    assert [await through(rehearsal, door, entry, Subject(f"After {door}", on), stated) for door in DOORS] == [
        ALLOWED
    ] * 3


@pytest.mark.parametrize(
    ("changes_from", "gap"),
    [(LAST_DAY, ALLOWED), (date(2031, 3, 15), ENDED)],
    ids=["for the gap too", "from its enactment"],
)
async def test_an_extension_after_a_gap_reaches_back_only_where_congress_says_so(
    rehearsal: Rehearsal, changes_from: date, gap: str
) -> None:
    """An extension, also retroactive after a gap."""
    entry = ENTRY["project.propose"]
    on = await ground(rehearsal)
    await rehearsal.move(noon(date(2031, 3, 16)))
    await _confirmed(rehearsal, _extension(changes_from.isoformat(), "2031-03-15"))
    for door in DOORS:
        in_gap = Stated(date(2031, 2, 3), papers={})
        assert await through(rehearsal, door, entry, Subject(f"In the gap {door}", on), in_gap) == gap
        assert await through(rehearsal, door, entry, Subject(f"Now {door}", on), Stated(date(2031, 3, 16))) == ALLOWED


async def test_an_amendment_is_confirmed_by_a_second_person_also_by_hand(rehearsal: Rehearsal) -> None:
    """The database requires that confirmer and enterer differ."""
    await rehearsal.move(noon(date(2031, 1, 6)))
    made = await rehearsal.must("administrator", "POST", "/law/amendments", _extension("2030-12-31", "2031-01-05"))
    own = await rehearsal.ask("administrator", "PATCH", f"/law/amendments/{made['id']}/confirmed", {}, version=1)
    assert (own.status_code, "another administrator" in own.json()["detail"]) == (409, True)
    numbers = rehearsal.cast.numbers
    for confirmer in ("administrator", "second administrator"):
        with pytest.raises(DBAPIError, match=r"second_person|by the person who acts"):
            async with rehearsal.application("administrator") as connection:
                await connection.execute(
                    text("update amendment set confirmed_by_id = :by, confirmed_on = app.today()"),
                    {"by": numbers[confirmer]},
                )
    # Entered as if it had been confirmed already.
    with pytest.raises(DBAPIError, match="entered by the person who acts"):
        async with rehearsal.application("administrator") as connection:
            await connection.execute(
                text(
                    "insert into amendment (version, citation, enacted_in, enacted_on, provision, value, new_day, "
                    "changes_from, effect, source, entered_by_id, entered_on, confirmed_by_id, confirmed_on) select 1, "
                    "citation, enacted_in, enacted_on, provision, value, new_day, changes_from, effect, source, "
                    ":by, entered_on, :other, app.today() from amendment"
                ),
                {"by": numbers["administrator"], "other": numbers["second administrator"]},
            )
