"""What can be asked of groups, and by whom."""

from datetime import date

import pytest

from pipir.features.groups import commands, queries
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Invalid, NotFound
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from tests.features.groups.makers import assign, establish, record

US = Reader(kind="us-government")
NOBODY = Reader(kind="partner", nationality="MDV")


async def test_a_reader_who_may_see_nothing_sees_nothing_and_counts_nothing(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        group_id = await establish(session, kind="workstream", marking="CUI//NOFORN")
        meeting_id = await record(session, group_id=group_id, marking="CUI//NOFORN")
        action_id = await assign(session, meeting_id)
    async with db.read() as session:
        assert await queries.workstreams(session, NOBODY) == ()
        assert (await queries.list_groups(session, NOBODY)).total == 0
        assert (await queries.list_meetings(session, NOBODY)).total == 0
        assert (await queries.list_actions(session, NOBODY)).total == 0
        assert await queries.actions_of(session, NOBODY, meeting_id) == ()
        assert await queries.open_actions(session, NOBODY) == ()
        assert await queries.actions_to_verify(session, NOBODY, person_id=99) == ()
        assert await queries.count_actions(session, NOBODY) == queries.ActionCounts(0, 0, 0)
        for attempt in (
            queries.group(session, NOBODY, group_id),
            queries.meeting(session, NOBODY, meeting_id),
            queries.action(session, NOBODY, action_id),
        ):
            with pytest.raises(NotFound):
                await attempt


async def test_a_meeting_does_not_tell_of_a_group_that_its_reader_may_not_see(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        group_id = await establish(session, marking="CUI//NOFORN")
        meeting_id = await record(session, group_id=group_id, marking="CUI//REL TO USA, MDV")
    async with db.read() as session:
        view = await queries.meeting(session, NOBODY, meeting_id)
        assert (view.group, view.group_id) == (None, None)
        assert (await queries.meeting(session, US, meeting_id)).group_id == group_id


async def test_a_group_counts_only_what_its_reader_may_see(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        group_id = await establish(session, marking="CUI//REL TO USA, MDV")
        await assign(session, await record(session, group_id=group_id, marking="CUI//NOFORN"))
    async with db.read() as session:
        seen, all_of_it = await queries.group(session, NOBODY, group_id), await queries.group(session, US, group_id)
        assert (seen.meetings, seen.open_actions) == (0, 0)
        assert (all_of_it.meetings, all_of_it.open_actions) == (1, 1)


async def test_ended_groups_are_left_out_unless_asked_for(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        group_id = await establish(session, kind="workstream")
        end = commands.EndGroup(session.today.replace(day=1), "Done.")
        body = commands.ReviseGroup("Old", "workstream", date(2024, 1, 1), "S")
        await commands.revise_group(session, group_id, body, version=1)
        await commands.end_group(session, group_id, commands.EndGroup(date(2024, 2, 1), end.because), version=2)
    async with db.read() as session:
        assert await queries.workstreams(session, US) == ()
        assert [each.name for each in await queries.workstreams(session, US, ended=True)] == ["Old"]
        assert (await queries.list_groups(session, US)).total == 0
        assert (await queries.list_groups(session, US, ended=True)).total == 1


async def test_open_items_past_their_day_are_overdue_by_the_programs_day(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        meeting_id = await record(session)
        await assign(session, meeting_id, title="On its day", due_on=session.today)
        late = await assign(session, meeting_id, title="Late", due_on=date(2020, 1, 1))
        done = await assign(session, meeting_id, title="Done", due_on=date(2020, 1, 1))
        await commands.report_action_done(session, done, commands.ReportActionDone(session.today, "Letter."), version=1)
    async with db.read() as session:
        assert [each.id for each in (await queries.list_actions(session, US, overdue=True)).items] == [late]
        assert [each.title for each in await queries.open_actions(session, US)] == ["Late", "On its day"]
        assert await queries.count_actions(session, US) == queries.ActionCounts(open=2, overdue=1, to_verify=1)
        assert await queries.actions_to_verify(session, US, person_id=SERVICE) == ()
        assert [each.id for each in await queries.actions_to_verify(session, US, person_id=99)] == [done]


async def test_lists_filter_sort_and_page_to_the_last_tie(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        group_id = await establish(session)
        for number in range(7):
            meeting_id = await record(session, name=f"M{number}", group_id=group_id if number % 2 else None)
            await assign(session, meeting_id, title=f"A{number} 100%")
    async with db.read() as session:
        seen: list[str] = []
        cursor = None
        while True:
            page = await queries.list_meetings(session, US, sort="-starts", cursor=cursor, limit=3)
            seen += [each.name for each in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == [f"M{number}" for number in reversed(range(7))]
        assert (await queries.list_meetings(session, US, group_id=group_id)).total == 3
        assert (await queries.list_meetings(session, US, text_in="%")).total == 0
        assert (await queries.list_meetings(session, US, since=date(2026, 1, 11))).total == 0
        assert (await queries.list_meetings(session, US, until=date(2026, 1, 10))).total == 7
        assert (await queries.list_actions(session, US, text_in="0%", group_id=group_id)).total == 3
        for sort in ("due", "title", "owner", "state", "-owner"):
            assert len((await queries.list_actions(session, US, sort=sort)).items) == 7
        for sort in ("name", "kind", "established"):
            assert len((await queries.list_groups(session, US, sort=sort)).items) == 1
        with pytest.raises(Invalid):
            await queries.list_groups(session, US, sort="marking")
