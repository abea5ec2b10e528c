"""What can change of data calls, what can be asked of them, and what the database holds by itself."""

from datetime import date

import msgspec
import pytest
from sqlalchemy import text, update

from pipir.features.data_calls import commands, queries
from pipir.features.data_calls.tables import DataCallAddressee
from pipir.features.people.tables import SERVICE, Person
from pipir.features.trail.queries import history
from pipir.kernel.command import commands_of
from pipir.kernel.dated import Dated
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused, Stale
from pipir.kernel.ids import AddresseeId, DataCallId
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.data_calls.makers import OFFICE, a_call, addressees, another_office, issue
from tests.features.groups.makers import establish

US = Reader(kind="us-government")
NOBODY = Reader(kind="partner", nationality="MDV")


def test_calls_are_issued_and_answered_under_two_permissions() -> None:
    assert [(each.name, each.permission) for each in commands_of(commands)] == [
        ("call.add-addressee", "calls.issue"),
        ("call.answer", "calls.answer"),
        ("call.close", "calls.issue"),
        ("call.issue", "calls.issue"),
        ("call.release-addressee", "calls.issue"),
        ("call.reopen", "calls.issue"),
        ("call.return-nil", "calls.answer"),
        ("call.revise", "calls.issue"),
    ]


async def test_an_answer_is_revised_and_the_trail_keeps_the_former(service: Service) -> None:
    async with service.db.write(actor=service.people["comptroller"], command="test") as session:
        call = await issue(session)
        (number,) = await addressees(session, call)
        await commands.return_nil(session, number, commands.ReturnNil("Nothing was met."), version=1)
        view = await queries.addressee(session, US, number)
        assert (view.returned, view.answer, view.nil_because) == ("nil", None, "Nothing was met.")
        await commands.answer_call(session, number, commands.AnswerCall("Four milestones."), version=2)
        view = await queries.addressee(session, US, number)
        assert (view.returned, view.answer, view.nil_because) == ("answer", "Four milestones.", None)
        assert (view.answered_on, view.answered_by) == (date(2026, 11, 20), "Person Comptroller")
        former = (await history(session, US, "data_call", call))[0]
        assert "Nothing was met." in {each.before for each in former.changes}


async def test_nobody_answers_for_another_office_and_only_the_program_office_for_a_group(service: Service) -> None:
    people = service.people
    async with service.db.write(actor=SERVICE, command="test") as session:
        other, group = await another_office(session), await establish(session)
        call = await issue(session, office_ids=[other], group_ids=[group])
        of_office, of_group = await addressees(session, call)
    answer, nil = commands.AnswerCall("Four."), commands.ReturnNil("None.")
    async with service.db.write(actor=people["comptroller"], command="test") as session:
        for attempt in (
            commands.answer_call(session, of_office, answer, version=1),
            commands.return_nil(session, of_office, nil, version=1),
            commands.answer_call(session, of_group, answer, version=1),
        ):
            with pytest.raises(Refused) as wrong:
                await attempt
            assert wrong.value.way_out
    async with service.db.write(actor=people["program-office"], command="test") as session:
        with pytest.raises(Refused, match="own office"):
            await commands.answer_call(session, of_office, answer, version=1)
        await commands.answer_call(session, of_group, answer, version=1)
        assert (await queries.addressee(session, US, of_group)).answer == "Four."


async def test_closing_lists_the_unanswered_by_name_and_needs_a_reason(service: Service) -> None:
    async with service.db.write(actor=service.people["program-office"], command="test") as session:
        other, group = await another_office(session), await establish(session)
        call = await issue(session, office_ids=[OFFICE, other], group_ids=[group])
        own = (await addressees(session, call))[0]
        await commands.answer_call(session, own, commands.AnswerCall("Four."), version=1)
        with pytest.raises(Invalid, match="Nothing has come from: OTHER, Working group on radar"):
            await commands.close_call(session, call, commands.CloseCall(), version=1)
        await commands.close_call(session, call, commands.CloseCall("The report is due."), version=1)
        view = await queries.call(session, US, call)
        assert (view.closed_on, view.unanswered, view.days_past_due) == (date(2026, 11, 20), 2, 0)
        revised = msgspec.convert({k: v for k, v in a_call().items() if k != "office_ids"}, commands.ReviseCall)
        for attempt in (
            commands.answer_call(session, own, commands.AnswerCall("Five."), version=2),
            commands.release_addressee(session, own, commands.ReleaseAddressee("No."), version=2),
            commands.add_addressee(session, call, commands.AddAddressee(group_id=group)),
            commands.revise_call(session, call, revised, version=2),
            commands.close_call(session, call, commands.CloseCall(), version=2),
        ):
            with pytest.raises(Refused, match="was closed"):
                await attempt
        await commands.reopen_call(session, call, commands.ReopenCall("More came."), version=2)
        await commands.answer_call(session, own, commands.AnswerCall("Five."), version=2)
        with pytest.raises(Refused, match="is open"):
            await commands.reopen_call(session, call, commands.ReopenCall("Again."), version=3)


async def test_a_call_that_everybody_answered_is_closed_without_a_reason(service: Service) -> None:
    async with service.db.write(actor=service.people["program-office"], command="test") as session:
        other = await another_office(session)
        call = await issue(session, office_ids=[OFFICE, other])
        own, released = await addressees(session, call)
        await commands.return_nil(session, own, commands.ReturnNil("Nothing."), version=1)
        await commands.release_addressee(session, released, commands.ReleaseAddressee("By mistake."), version=1)
        with pytest.raises(Refused, match="released already"):
            await commands.release_addressee(session, released, commands.ReleaseAddressee("Again."), version=2)
        await commands.close_call(session, call, commands.CloseCall(), version=1)
        view = await queries.call(session, US, call)
        assert (view.addressees, view.nil, view.closed_because) == (1, 1, None)


async def test_an_addressee_is_named_once(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        call = await issue(session)
    with pytest.raises(Conflict, match="went to this office already"):
        async with db.write(actor=SERVICE, command="test") as session:
            await commands.add_addressee(session, call, commands.AddAddressee(office_id=OFFICE))


async def test_a_call_is_issued_once_on_a_day(db: Database) -> None:
    with pytest.raises(Conflict, match="issued on this day already"):
        async with db.write(actor=SERVICE, command="test") as session:
            await issue(session)
            await issue(session)


async def test_an_answer_grows_stale_after_the_days_of_the_convention(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        call = await issue(session)
        (number,) = await addressees(session, call)
        for answered_on, days, stale in ((date(2026, 8, 22), 90, False), (date(2026, 8, 21), 91, True)):
            await session.execute(
                update(DataCallAddressee).values(
                    returned="answer", answer="Four.", answered_on=answered_on, answered_by_id=SERVICE
                )
            )
            view = await queries.addressee(session, US, number)
            assert (view.days_since, view.stale, view.days_past_due) == (days, stale, 0)
        await session.execute(update(DataCallAddressee).values(returned="nil", answer=None, nil_because="None."))
        assert (await queries.addressee(session, US, number)).stale is False


async def test_what_an_open_call_awaits_is_listed_with_its_day(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        group = await establish(session)
        call = await issue(session, group_ids=[group])
        first, second = await addressees(session, call)
        closed = await issue(session, title="Closed")
        await commands.close_call(session, closed, commands.CloseCall("Not needed."), version=1)
    async with db.read() as session:
        assert await queries.dated(session, US) == tuple(
            Dated(
                kind="data call",
                slug=f"data-call-return-{number}",
                title=f"{name}: Milestones and money of the year",
                due_on=date(2026, 11, 10),
                office_id=office,
                person_id=None,
                href=f"/data-calls/{call}",
                marking="CUI",
            )
            for number, name, office in ((first, "TEST", OFFICE), (second, "Working group on radar", None))
        )
        assert len(await queries.entries(session, US)) == 2
        assert [each.days_past_due for each in await queries.addressees_of(session, US, call)] == [10, 10]
        assert (await queries.call(session, US, call)).days_past_due == 10


async def test_a_reader_who_may_see_nothing_sees_nothing_and_counts_nothing(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        call = await issue(session)
        (number,) = await addressees(session, call)
    async with db.read() as session:
        assert (await queries.list_calls(session, NOBODY)).total == 0
        assert await queries.addressees_of(session, NOBODY, call) == ()
        assert await queries.dated(session, NOBODY) == ()
        for attempt in (queries.call(session, NOBODY, call), queries.addressee(session, NOBODY, number)):
            with pytest.raises(NotFound):
                await attempt


async def test_a_call_does_not_tell_of_a_group_that_its_reader_may_not_see(service: Service) -> None:
    writer = service.people["program-office"]
    async with service.db.write(actor=SERVICE, command="test") as session:
        group = await establish(session, marking="CUI//FED ONLY")
        call = await issue(session, office_ids=[], group_ids=[group])
        (number,) = await addressees(session, call)
        await session.execute(update(Person).where(Person.id == writer).values(reader_kind="contractor"))
    contractor = Reader(kind="contractor")
    async with service.db.write(actor=writer, command="test") as session:
        assert await queries.addressees_of(session, contractor, call) == ()
        assert (await queries.call(session, contractor, call)).unanswered == 0
        assert await queries.dated(session, contractor) == ()
        with pytest.raises(NotFound):
            await commands.answer_call(session, number, commands.AnswerCall("Four."), version=1)
        with pytest.raises(Invalid, match="a group that you may not see"):
            await commands.close_call(session, call, commands.CloseCall(), version=1)
        with pytest.raises(Invalid, match="no group"):
            await issue(session, group_ids=[group])


async def test_lists_are_filtered_and_every_order_is_total(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        for title in ("A", "B", "C"):
            await issue(session, title=title)
        closed = await issue(session, title="D", report_year=None)
        await commands.close_call(session, closed, commands.CloseCall("Not needed."), version=1)
    async with db.read() as session:
        for said, total in (
            ({}, 4),
            ({"closed": False}, 3),
            ({"overdue": True}, 3),
            ({"report_year": 2027}, 3),
            ({"office_id": OFFICE}, 4),
            ({"office_id": 99}, 0),
            ({"text_in": "obligated"}, 4),
        ):
            assert (await queries.list_calls(session, US, **said)).total == total, said  # type: ignore[arg-type]
        for name in ("due", "issued", "title", "purpose"):
            first = await queries.list_calls(session, US, sort=name, limit=2)
            rest = await queries.list_calls(session, US, sort=name, limit=2, cursor=first.next_cursor)
            assert len({each.id for each in (*first.items, *rest.items)}) == 4


async def test_a_stale_version_is_refused_and_what_is_not_there_is_not_found(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        call = await issue(session)
        for attempt, kind in (
            (commands.close_call(session, call, commands.CloseCall("x y z"), version=7), Stale),
            (commands.close_call(session, DataCallId(9), commands.CloseCall(), version=1), NotFound),
            (commands.answer_call(session, AddresseeId(9), commands.AnswerCall("Four."), version=1), NotFound),
        ):
            with pytest.raises(kind):
                await attempt


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("update data_call set due_on = '2026-01-01'", "on or after the day of issue"),
        ("update data_call set closed_because = 'x'", "stands with the day of closing"),
        ("update data_call_addressee set office_id = null", "an office or a group"),
        ("update data_call_addressee set returned = 'answer'", "an answer or a nil"),
        (
            "update data_call_addressee set returned = 'nil', nil_because = 'x', answered_on = '2026-11-01', "
            "answered_by_id = 1, released_because = 'x'",
            "is not released",
        ),
    ],
)
async def test_the_database_holds_the_rules_by_itself(db: Database, change: str, sentence: str) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        await issue(session)
    with pytest.raises(Conflict, match=sentence):
        async with db.write(actor=SERVICE, command="test") as session:
            await session.execute(text(change))
