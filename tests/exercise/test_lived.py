"""The life of the Partnership in one run, and what then stands in the whole record."""

import pytest
from sqlalchemy import text

from pipir.statute.load import the_statute
from pipir.statute.lookup import deadlines
from tests.exercise.lived import END, Life, at_the_end
from tests.rehearsals import Rehearsal


async def test_a_life_lived_to_march_2031_leaves_no_act_on_the_section_alone_after_its_end(
    rehearsal: Rehearsal, pytestconfig: pytest.Config
) -> None:
    """Sec. 1253(g): over the whole record; in the suite the last report alone is built with its files."""
    life = Life(rehearsal, lambda _: None, whole=bool(pytestconfig.getoption("--whole")))
    await life.live()
    await rehearsal.move(at_the_end())
    assert len(life.refused) == 12
    assert len(life.seen) >= 5

    # Every duty of the statute stood in the list on every look, was taken up and done.
    owed = {each.slug for each in deadlines(the_statute()) if each.kind != "termination"}
    assert all(owed <= set(slugs) for slugs in life.seen.values())
    rows = (await rehearsal.must("auditor", "GET", "/duties?limit=100"))["items"]
    notices = {
        "notice-of-designation-2026-04-01",
        "notice-of-designation-2028-03-01",
        "notice-of-designation-2028-03-02",
    }
    assert {row["slug"] for row in rows if row["status"] == "done"} == owed | notices
    late = await rehearsal.must("auditor", "GET", "/duties/briefing-2028")
    assert (late["late_days"], late["state"]["says"]) == (3, "Done 3 days after the statutory day.")
    states = {row["year"]: row["state"] for row in await rehearsal.must("auditor", "GET", "/reports")}
    assert set(states) == {2027, 2028, 2029, 2030, 2031}
    assert {year for year, state in states.items() if state == "signed"} == (set(states) if life.whole else {2031})

    async with rehearsal.db.read() as session:
        # The whole record: whatever is dated after the end names another law and its determination.
        alone = "coalesce(program_authority, '1253') like '1253%'"
        after = "(acted_on > (cast(:end as timestamptz) at time zone 'America/New_York')::date - 1)"
        counts = (
            await session.execute(
                text(
                    f"select count(*) filter (where {after}) as later, "
                    f"count(*) filter (where {after} and ({alone} or continuation_id is null)) as unlawful, "
                    "count(*) filter (where recorded_at >= :end and continuation_id is null and late_because is null) "
                    "as unexplained, count(*) filter (where late_because is not null) as late, count(*) as all "
                    "from covered_act"
                ),
                {"end": END},
            )
        ).one()
        assert (counts.later, counts.unlawful, counts.unexplained, counts.late) == (2, 0, 0, 1)
        assert counts.all == 16
        # And past the register, in the records themselves.
        for statement in (
            "select count(*) from ledger_entry where kind = 'obligation' and effective_on > '2030-12-31' and "
            "(program_authority like '1253%' or continuation_id is null)",
            "select count(*) from working_group where established_on > '2030-12-31'",
            "select count(*) from project_partner where since > '2030-12-31'",
            "select count(*) from designation where made_on > '2030-12-31'",
            "select count(*) from participant where standing = 'invited' and standing_since > '2030-12-31'",
            "select count(*) from project where decided_on > '2030-12-31' and continuation_id is null",
        ):
            assert await session.scalar(text(statement)) == 0, statement
