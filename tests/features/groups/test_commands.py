"""What can change in groups, and what the database holds by itself."""

from datetime import date

import pytest
from sqlalchemy import select, text, update

from pipir.features.groups import commands, queries
from pipir.features.groups.tables import ActionItem
from pipir.features.people.tables import SERVICE, Person
from pipir.features.trail.queries import history
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused, Stale
from pipir.kernel.ids import GroupId
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.groups.makers import DAY, assign, establish, record

US = Reader(kind="us-government")


async def test_a_group_is_established_revised_and_ended_and_the_trail_follows(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        group_id = await establish(session)
        body = commands.ReviseGroup(
            name="Radar", kind="workstream", established_on=DAY, source="S", charter="C", marking="UNCLASSIFIED"
        )
        await commands.revise_group(session, group_id, body, version=1)
        await commands.end_group(session, group_id, commands.EndGroup(DAY, "Its work is done."), version=2)
    async with db.read() as session:
        view = await queries.group(session, US, group_id)
        assert (view.name, view.kind, view.until, view.ended_because) == (
            "Radar",
            "workstream",
            DAY,
            "Its work is done.",
        )
        assert len(await history(session, Reader(kind="us-government"), "working_group", group_id)) == 3


async def test_a_group_name_stands_once(db: Database) -> None:
    with pytest.raises(Conflict, match="group with this name"):
        async with db.write(actor=SERVICE, command="test") as session:
            await establish(session)
            await establish(session)


async def test_a_meeting_name_stands_once_on_a_day(db: Database) -> None:
    with pytest.raises(Conflict, match="meeting with this name on this day"):
        async with db.write(actor=SERVICE, command="test") as session:
            await record(session)
            await record(session, starts_on=date(2026, 2, 10), ends_on=date(2026, 2, 10))
            await record(session)


async def test_a_stale_version_is_refused(db: Database) -> None:
    with pytest.raises(Stale):
        async with db.write(actor=SERVICE, command="test") as session:
            group_id = await establish(session)
            await commands.end_group(session, group_id, commands.EndGroup(DAY, "Done."), version=7)


async def test_a_group_under_an_authority_not_in_force_is_refused_and_nothing_is_stored(db: Database) -> None:
    """Sec. 1253(g)"""
    with pytest.raises(Refused):
        async with db.write(actor=SERVICE, command="test") as session:
            await establish(session, name="Before")
            await establish(session, program_authority="1253.e.2", established_on=date(2024, 10, 8))
    async with db.read() as session:
        assert (await queries.list_groups(session, US)).total == 0


async def test_correcting_a_word_does_not_judge_the_authority_again(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        group_id = await establish(session, program_authority="1253.e.2")
        body = commands.ReviseGroup(
            name="Radar",
            kind="working group",
            established_on=date(2026, 1, 5),
            source="S",
            program_authority="1253.e.2",
        )
        await commands.revise_group(session, group_id, body, version=1)
        with pytest.raises(Refused):
            moved = commands.ReviseGroup(
                name="Radar",
                kind="working group",
                established_on=date(2024, 1, 5),
                source="S",
                program_authority="1253.e.2",
            )
            await commands.revise_group(session, group_id, moved, version=2)


async def test_a_meeting_of_no_known_group_is_invalid(db: Database) -> None:
    with pytest.raises(Invalid) as wrong:
        async with db.write(actor=SERVICE, command="test") as session:
            await record(session, group_id=GroupId(99))
    assert wrong.value.mistakes[0].where == "group_id"


async def test_a_cancelled_meeting_changes_no_more_and_asks_for_nothing(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        meeting_id = await record(session)
        await commands.cancel_meeting(session, meeting_id, commands.CancelMeeting("Storm."), version=1)
        for attempt in (
            commands.cancel_meeting(session, meeting_id, commands.CancelMeeting("Again."), version=2),
            commands.revise_meeting(session, meeting_id, commands.ReviseMeeting("A", "B", DAY, DAY, "S"), version=2),
            assign(session, meeting_id),
        ):
            with pytest.raises(Refused):
                await attempt


async def test_an_action_item_is_reported_by_one_and_verified_by_another(service: Service) -> None:
    first, second = service.people["program-office"], service.people["administrator"]
    async with service.db.write(actor=first, command="test") as session:
        action_id = await assign(session, await record(session))
        done = commands.ReportActionDone(session.today, "Letter on file.")
        await commands.report_action_done(session, action_id, done, version=1)
        with pytest.raises(Refused, match="second person"):
            await commands.verify_action(session, action_id, commands.VerifyAction(), version=2)
    async with service.db.write(actor=second, command="test") as session:
        await commands.verify_action(session, action_id, commands.VerifyAction(), version=2)
    async with service.db.read() as session:
        view = await queries.action(session, US, action_id)
        assert (view.state, view.reported_by_id, view.verified_by_id) == ("verified", first, second)
        assert view.verified_on == session.today


async def test_the_database_itself_refuses_that_one_person_verifies(db: Database) -> None:
    """The second pair of eyes is no matter of the code above it."""
    with pytest.raises(Conflict, match="second person"):
        async with db.write(actor=SERVICE, command="test") as session:
            action_id = await assign(session, await record(session))
            await session.execute(
                update(ActionItem)
                .where(ActionItem.id == action_id)
                .values(
                    state="verified",
                    done_on=DAY,
                    done_evidence="E",
                    reported_by_id=SERVICE,
                    verified_on=DAY,
                    verified_by_id=SERVICE,
                )
            )


@pytest.mark.parametrize("state", ["done", "verified", "dropped", "lost"])
async def test_the_database_itself_refuses_a_state_without_its_facts(db: Database, state: str) -> None:
    with pytest.raises(Conflict):
        async with db.write(actor=SERVICE, command="test") as session:
            action_id = await assign(session, await record(session))
            await session.execute(update(ActionItem).where(ActionItem.id == action_id).values(state=state))


async def test_a_dropped_action_says_why_and_when(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        action_id = await assign(session, await record(session))
        await commands.drop_action(session, action_id, commands.DropAction("Overtaken."), version=1)
        view = await queries.action(session, US, action_id)
        assert (view.state, view.dropped_on, view.dropped_because) == ("dropped", session.today, "Overtaken.")


async def test_an_owner_is_a_known_person(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        meeting_id = await record(session)
        for unknown in (999, SERVICE):
            with pytest.raises(Invalid):
                await assign(session, meeting_id, owner_person_id=unknown)


async def test_who_may_not_see_a_record_cannot_change_it_nor_learn_of_it(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        group_id = await establish(session, marking="CUI//FED ONLY")
        meeting_id = await record(session, marking="CUI//FED ONLY")
        action_id = await assign(session, meeting_id)
        reader = service.people["program-office"]
        await session.execute(update(Person).where(Person.id == reader).values(reader_kind="contractor"))
    async with service.db.write(actor=reader, command="test") as session:
        for attempt in (
            commands.end_group(session, group_id, commands.EndGroup(DAY, "Done."), version=9),
            commands.cancel_meeting(session, meeting_id, commands.CancelMeeting("Storm."), version=9),
            commands.drop_action(session, action_id, commands.DropAction("Why."), version=9),
            assign(session, meeting_id),
        ):
            with pytest.raises(NotFound):
                await attempt
        with pytest.raises(Invalid):
            await record(session, group_id=group_id, name="Another")


async def test_every_change_of_an_action_stands_in_the_history_of_its_meeting(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        meeting_id = await record(session)
        await assign(session, meeting_id)
    async with db.read() as session:
        assert [row.change for row in await history(session, Reader(kind="us-government"), "meeting", meeting_id)] == [
            "Action item entered: Send the list of parts",
            "Meeting entered: Spring meeting",
        ]


async def test_rows_written_by_the_exercise_program_are_marked(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test", exercise=True) as session:
        await assign(session, await record(session, group_id=await establish(session)))
    async with db.read() as session:
        for table in ("working_group", "meeting", "action_item"):
            assert await session.scalar(text(f"select bool_and(exercise) from {table}"))
        assert await session.scalar(select(ActionItem.state)) == "open"
