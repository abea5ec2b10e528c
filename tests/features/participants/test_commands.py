"""What each command stores, and what the database itself refuses."""

from datetime import date

import pytest
from sqlalchemy import text

from pipir.features.participants import commands, queries
from pipir.features.people.tables import SERVICE
from pipir.features.trail.queries import history
from pipir.kernel.command import commands_of
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused, Stale
from pipir.kernel.ids import ParticipantId
from tests.features.participants.situations import ENACTED, OFFICIAL, enter, joined, named


async def run(db, command, number, body, *, version):
    async with db.write(actor=SERVICE, command=command.name) as session:
        await command(session, number, body, version=version)


async def view_of(db, number):
    async with db.read() as session:
        return await queries.participant(session, OFFICIAL, number)


def test_the_commands_of_participants_are_these():
    assert [(each.name, each.permission) for each in commands_of(commands)] == [
        (f"participant.{verb}", "participants.change")
        for verb in (
            "end",
            "end-contact",
            "end-process",
            "enter",
            "enter-contact",
            "make-process",
            "record-coordination",
            "record-forum-standing",
            "record-standing",
            "revise",
            "revise-contact",
            "take-back-step",
        )
    ]


async def test_a_country_is_entered_with_nothing_recorded_of_its_standings(db):
    view = await view_of(db, await enter(db))
    assert (view.name, view.code, view.region, view.marking) == ("Japan", "JPN", "Indo-Pacific", "UNCLASSIFIED")
    assert view.standing is view.standing_since is view.standing_source is None
    assert view.forum_standing is view.forum_since is view.forum_source is None
    assert (view.version, view.exercise) == (1, False)


async def test_what_the_exercise_program_enters_carries_its_mark(db):
    assert (await view_of(db, await enter(db, exercise=True))).exercise


@pytest.mark.parametrize("more", [{"name": "Nippon"}, {"code": "KOR", "name": "Nihon"}])
async def test_a_name_and_a_code_are_each_entered_once(db, more):
    await enter(db, name="Nihon")
    with pytest.raises(Conflict, match="entered already"):
        await enter(db, **more)


async def test_a_correction_keeps_the_code(db):
    number = await enter(db)
    body = commands.ReviseParticipant(name="Japan (corrected)", region="Other", marking="CUI//NOFORN")
    await run(db, commands.revise_participant, number, body, version=1)
    view = await view_of(db, number)
    assert (view.name, view.code, view.region, view.marking, view.version) == (
        "Japan (corrected)", "JPN", "Other", "CUI//NOFORN", 2,
    )  # fmt: skip


async def test_the_two_standings_are_recorded_apart(db):
    """Sec. 1253(d); the forum is another thing."""
    number = await enter(db)
    await run(db, commands.record_standing, number, named(), version=1)
    view = await view_of(db, number)
    assert (view.standing, view.standing_since, view.forum_standing) == ("named in statute", ENACTED, None)
    await run(db, commands.record_forum_standing, number, joined(), version=2)
    view = await view_of(db, number)
    assert (view.standing, view.forum_standing) == ("named in statute", "joined the forum (press)")
    assert view.standing_source != view.forum_source


@pytest.mark.parametrize(
    ("command", "body"),
    [
        (commands.record_standing, named(value="participating")),
        (commands.record_forum_standing, joined(value="left the forum (press)")),
    ],
)
async def test_a_refused_step_stores_nothing(db, command, body):
    number = await enter(db)
    with pytest.raises(Refused):
        await run(db, command, number, body, version=1)
    assert (await view_of(db, number)).version == 1


async def test_an_entry_ends_with_a_reason_and_stays(db):
    number = await enter(db)
    await run(db, commands.record_standing, number, named(), version=1)
    with pytest.raises(Invalid, match="before a standing"):
        await run(
            db, commands.end_participant, number, commands.EndParticipant(date(2025, 1, 1), "A mistake."), version=2
        )
    body = commands.EndParticipant(date(2026, 1, 1), "Entered twice under two names.")
    await run(db, commands.end_participant, number, body, version=2)
    view = await view_of(db, number)
    assert (view.until, view.ended_because) == (date(2026, 1, 1), "Entered twice under two names.")
    for command, step in ((commands.record_standing, named()), (commands.record_forum_standing, joined())):
        with pytest.raises(Refused, match="ended on"):
            await run(db, command, number, step, version=3)


@pytest.mark.parametrize(
    ("command", "body"),
    [
        (commands.revise_participant, commands.ReviseParticipant("Japan", "Other", "CUI")),
        (commands.record_standing, named()),
        (commands.record_forum_standing, joined()),
        (commands.end_participant, commands.EndParticipant(date(2027, 1, 1), "It ended.")),
    ],
)
async def test_a_change_names_the_version_and_the_country_that_it_changes(db, command, body):
    number = await enter(db)
    with pytest.raises(Stale, match="now at version 1"):
        await run(db, command, number, body, version=2)
    with pytest.raises(NotFound):
        await run(db, command, ParticipantId(number + 1), body, version=1)


async def test_a_marking_that_cannot_stand_is_refused(db):
    with pytest.raises(Invalid):
        await enter(db, marking="SECRET")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("code = 'jpn'", "three capital letters"),
        ("region = 'Atlantis'", "not one of the list"),
        ("standing = 'member', standing_since = '2026-01-01', standing_source = 'x'", "not one of the list"),
        ("forum_standing = 'member', forum_since = '2026-01-01', forum_source = 'x'", "not one of the list"),
        ("standing = 'invited'", "with its day and its source"),
        ("forum_since = '2026-01-01'", "with its day and its source"),
        ("until = '2026-01-01'", "for a reason"),
        (
            "until = '2026-01-01', ended_because = 'x', forum_standing = 'convening country', "
            "forum_since = '2026-01-02', forum_source = 'x'",
            "on or after the day of each",
        ),
    ],
)
async def test_the_database_itself_holds_the_constraints(db, change, constraint):
    number = await enter(db)
    with pytest.raises(Conflict, match=constraint):
        async with db.write(actor=SERVICE, command="test.write") as session:
            await session.execute(text(f"update participant set {change} where id = :id"), {"id": number})


async def test_every_change_stands_in_the_history(db):
    number = await enter(db)
    await run(db, commands.record_standing, number, named(), version=1)
    async with db.read() as session:
        rows = await history(session, OFFICIAL, "participant", number)
    # The step itself, and what it made of the country.
    assert [row.command for row in rows] == [*["participant.record-standing"] * 2, "participant.enter"]
    assert rows[1].told == ("pipir changed standing, standing since and standing source of the participant Japan.")
