"""The rules and the database's triggers judge alike: every answer of one is the answer of the other."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from pipir.features.law.rules import Act, Determination, judge
from pipir.kernel.calendar import end_of_day, start_of_day, washington_day
from pipir.kernel.errors import Problem
from pipir.statute.amendments import adopting, amended
from pipir.statute.load import the_statute
from pipir.statute.model import Amendment, Statute

SEED = 1253
CASES = 100
DAYS = tuple(
    date.fromisoformat(day)
    for day in (
        "2025-12-17", "2025-12-18", "2026-06-01", "2026-09-30", "2026-10-01", "2028-12-31", "2029-01-01", "2030-12-30",
        "2030-12-31", "2031-01-01", "2031-03-14", "2031-03-15", "2032-06-01", "2035-12-31", "2036-01-01",
    )
)  # fmt: skip
LAWS = {
    "as enacted": (),
    "extended in time": (("2035-12-31", "2030-11-01", "2030-11-01"),),
    "extended after a gap": (("2035-12-31", "2031-03-15", "2031-03-15"),),
    "extended after a gap, for the gap too": (("2035-12-31", "2030-12-31", "2031-03-15"),),
    "repealed": (("2028-12-31", "2029-01-01", "2028-10-01"),),
    "repealed, then restored without an end": (
        ("2028-12-31", "2029-01-01", "2028-10-01"),
        (None, "2031-01-01", "2030-12-01"),
    ),
    "to be extended later, then repealed before": (
        ("2035-12-31", "2031-01-01", "2028-06-01"),
        ("2030-12-30", "2028-10-01", "2028-10-01"),
    ),
    "the Defense Production Act extended after a gap": (("2031-09-30", "2026-10-01", "2027-06-01", "50-usc-4564"),),
}
KINDS = {"group": "working_group", "project": "project", "partner": "project_partner", "obligation": "ledger_entry",
         "invitation": "participant", "designation": "designation"}  # fmt: skip
SUBJECTS = {"group": "group", "project": "project", "partner": "project", "obligation": "project",
            "invitation": "participant", "designation": "designation"}  # fmt: skip


def _law(name: str, edge: str) -> Statute:
    statute = the_statute()
    if edge == "day-begins":
        statute = adopting(statute, "1253.g", "as-the-day-begins", counsel="OGC", counsel_on=date(2030, 1, 1))
    found = [
        Amendment(
            of[0] if of else "1253.g",
            "on",
            date.fromisoformat(new_day) if new_day else None,
            date.fromisoformat(since),
            date.fromisoformat(enacted),
            "other statute",
            "made up for this test",
        )
        for new_day, since, enacted, *of in LAWS[name]
    ]
    return amended(statute, found)


def _cases(chance: random.Random) -> Iterator[tuple[Act, datetime]]:
    for _ in range(CASES):
        on, today = sorted((chance.choice(DAYS), chance.choice(DAYS)))
        kind = chance.choice(list(KINDS))
        authority = chance.choice((None, "1253.e.1", "1253.e.2", "10-usc-2350a", "10-usc-333", "50-usc-4533"))
        subject_id = chance.choice((1, 1, 2, None))
        determination = Determination(
            id=1,
            subject_kind=chance.choice((SUBJECTS[kind], SUBJECTS[kind], "project", "funding document", "group")),
            subject_id=subject_id,
            subject_title=chance.choice(("A", "B")),
            authority=chance.choice(("10-usc-2350a", "10-usc-2350a", "10-usc-333", "50-usc-4533")),
            effective_from=(begins := chance.choice(DAYS)),
            reviewed_on=chance.choice((None, begins, begins, begins + timedelta(days=9))),
            authority_from=chance.choice((None, None, begins)),
            authority_until=chance.choice((None, None, begins + timedelta(days=900))),
            until=chance.choice((None, None, None, begins + timedelta(days=500))),
        )
        of_record = KINDS[kind] not in ("project_partner", "ledger_entry")
        late = chance.random() < 0.5
        act = Act(
            kind=kind,
            on=on,
            authority=determination.authority if chance.random() < 0.6 else authority,
            other_authority=chance.choice((None, None, None, "10-usc-333", "50-usc-4533")),
            record_id=1 if of_record else None,
            title="A",
            project_id=None if of_record else 1,
            funding_document_id=1 if kind == "obligation" else None,
            determination=determination if chance.random() < 0.7 else None,
            late_because="Came later." if late else None,
            late_document="W1" if late else None,
        )
        yield act, chance.choice((start_of_day(today), end_of_day(today) - timedelta(microseconds=1)))


@pytest.mark.parametrize("edge", ["day-ends", "day-begins"])
@pytest.mark.parametrize("name", list(LAWS))
async def test_both_judges_give_the_same_answer(owner_url: str, name: str, edge: str) -> None:
    """Sec. 1253(g): the pair of authority and determination, by every law and reading, to the microsecond."""
    statute = _law(name, edge)
    engine = create_async_engine(owner_url, poolclass=NullPool)
    answers: Counter[bool] = Counter()
    async with engine.connect() as connection:
        await _set_up(connection, name, edge)
        for act, now in _cases(random.Random(f"{SEED} {name} {edge}")):
            try:
                judge(act, statute, today=washington_day(now))
                allowed = True
            except Problem:
                allowed = False
            assert await _stored(connection, act, now) is allowed, (act, now)
            answers[allowed] += 1
    await engine.dispose()
    assert min(answers[True], answers[False]) > CASES / 10


async def _set_up(connection: AsyncConnection, name: str, edge: str) -> None:
    """A rehearsal whose clock this connection moves, and the law's records as a restore would bring them back."""
    for statement in (
        "set check_function_bodies = off",
        "alter table app.installation disable trigger keep_installation",
        "alter table covered_act drop constraint fk_covered_act_continuation_id",
        "update app.installation set kind = 'rehearsal'",
        "select set_config('app.actor', '1', false), set_config('app.command', 'test', false)",
    ):
        await connection.execute(text(statement))
    for new_day, since, enacted, *of in LAWS[name]:
        await connection.execute(
            text(
                "insert into amendment (version, citation, enacted_in, enacted_on, provision, value, new_day, "
                "changes_from, effect, source, entered_by_id, entered_on, confirmed_by_id, confirmed_on) values "
                "(1, 'made up', 'other statute', cast(:enacted as date), :of, 'on', cast(:new_day as date), "
                "cast(:since as date), 'test', 'test', 1, '2026-01-01', 2, '2026-01-01')"
            ),
            {
                "enacted": date.fromisoformat(enacted),
                "new_day": date.fromisoformat(new_day) if new_day else None,
                "since": date.fromisoformat(since),
                "of": of[0] if of else "1253.g",
            },
        )
    if edge == "day-begins":
        await connection.execute(
            text(
                "insert into reading_adoption (version, provision, reading, edge, counsel, counsel_on, opinion, "
                "entered_by_id, entered_on, confirmed_by_id, confirmed_on) values (1, '1253.g', 'as-the-day-begins', "
                "'day-begins', 'OGC', '2030-01-01', 'test', 1, '2026-01-01', 2, '2026-01-01')"
            )
        )


async def _stored(connection: AsyncConnection, act: Act, now: datetime) -> bool:
    """Whether the register's trigger lets the act in."""
    nested = await connection.begin_nested()
    try:
        await connection.execute(text("update app.installation set clock_frozen_at = :now"), {"now": now})
        found = act.determination
        if found is not None:
            await connection.execute(text("set local check_function_bodies = off"))
            await connection.execute(
                text(
                    "insert into continuation_determination (id, version, marking, audience, subject_kind, subject_id, "
                    "subject_title, authority, authority_from, authority_until, conditions_met, funding_source, "
                    "opinion, determined_by_id, determined_on, reviewed_by_id, reviewed_on, effective_from, review_on, "
                    "until, ended_because) values (1, 1, 'CUI', -1, :kind, :id, :title, :authority, :first, :last, "
                    "'met', 'funds', 'opinion', 1, '2025-01-01', case when cast(:reviewed as date) is not null then 2 "
                    "end, :reviewed, :effective, '2099-01-01', :until, case when cast(:until as date) is not null "
                    "then 'over' end)"
                ),
                {
                    "kind": found.subject_kind,
                    "id": found.subject_id,
                    "title": found.subject_title,
                    "authority": found.authority,
                    "first": found.authority_from,
                    "last": found.authority_until,
                    "reviewed": found.reviewed_on,
                    "effective": found.effective_from,
                    "until": found.until,
                },
            )
        await connection.execute(text("set local check_function_bodies = on"))
        await connection.execute(
            text(
                "insert into covered_act (exercise, audience, act, table_name, record_id, title, first_id, last_id, "
                "count, project_id, funding_document_id, program_authority, other_authority, acted_on, actor, "
                "continuation_id, late_because, late_document, incurred) values (false, -1, :act, :table, :record, "
                ":title, 1, 1, 1, :project, :funding, :authority, :other, :on, 1, :continuation, :because, :document, "
                "false)"
            ),
            {
                "act": act.kind,
                "table": KINDS[act.kind],
                "record": 1,
                "title": act.title,
                "project": act.project_id,
                "funding": act.funding_document_id,
                "authority": act.authority,
                "other": act.other_authority,
                "on": act.on,
                "continuation": found.id if found else None,
                "because": act.late_because,
                "document": act.late_document,
            },
        )
    except IntegrityError:
        return False
    else:
        return True
    finally:
        await nested.rollback()
