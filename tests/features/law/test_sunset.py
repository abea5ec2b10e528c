"""The end of the authority, generated from the law's own list of covered acts: to the microsecond, through each door."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from pipir import cli
from pipir.kernel.errors import Problem
from pipir.kernel.parsing import parse
from pipir.statute.load import the_statute
from pipir.statute.lookup import sunset
from pipir.store.conflicts import problem_of
from pipir.store.embedded import EmbeddedServer
from tests.features.law.acts import ENTRIES, Entry, Stated, Subject, determined, ground
from tests.rehearsals import Cast, Doors, Rehearsal, a_rehearsal

DOORS = ("HTTP", "pipir act", "SQL")
ZONES = ("UTC", "Pacific/Honolulu", "Asia/Tokyo")
FIRST_REFUSED = sunset(the_statute())
INSTANTS = (FIRST_REFUSED - timedelta(microseconds=1), FIRST_REFUSED)
ALLOWED = "allowed"
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
                expected[key] = ALLOWED if continues or at < FIRST_REFUSED else "refused by (g), with the way out"
        assert answers == expected


async def _prepared(
    rehearsal: Rehearsal, entry: Entry
) -> dict[tuple[datetime, bool, str], tuple[Subject, int | None]]:
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
            await connection.execute(text("select set_config('app.actor', '1', true), set_config('app.command', 'clear', true)"))
            await connection.execute(text(entry.cleared_by))
    if answer is None:
        return ALLOWED if counted == 1 else f"passed, with {counted} rows in the register"
    if counted:
        return "refused, and in the register all the same"
    way_out = "determination" in answer.way_out or "late_because" in answer.way_out or "recorded late" in answer.way_out
    if "1253(g)" in answer.citation and way_out:
        return "refused by (g), with the way out"
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
    return Problem(f"{answer.status_code} {said['detail']}", citation=said.get("citation", ""), way_out=said.get("way_out", ""))


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
