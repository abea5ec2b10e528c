"""What can change of briefings, contacts and promises, and what the database holds by itself."""

from datetime import date

import msgspec
import pytest
from sqlalchemy import text, update

from pipir.features.congress import commands, queries
from pipir.features.congress.tables import CongressionalContact
from pipir.features.law import commands as law
from pipir.features.people.tables import SERVICE, Person
from pipir.features.trail.queries import history
from pipir.kernel.command import commands_of
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused, Stale
from pipir.kernel.ids import BriefingQuestionId, CommitteeBriefingId, ContactId, PromiseId
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.congress.makers import (
    OFFICE,
    SASC,
    a_contact,
    a_hold,
    a_promise,
    another_office,
    committee_of,
    enter_contact,
    give,
    office_number,
    on_request,
    prepare,
    promise,
)

US = Reader(kind="us-government")


def test_every_command_of_congress_needs_its_permission() -> None:
    found = commands_of(commands)
    assert len(found) == 24
    assert {each.permission for each in found} == {"congress.change"}


async def test_the_office_of_the_makers_is_that_of_the_persons(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        assert await office_number(session) == OFFICE


async def test_a_statutory_package_begins_with_every_addressee(db: Database) -> None:
    """Sec. 1253(f)(2)"""
    async with db.write(actor=SERVICE, command="test") as session:
        number = await prepare(session)
        view = await queries.briefing(session, US, number)
        assert (view.committees, view.given, view.statutory_day) == (6, 0, date(2026, 12, 1))
        with pytest.raises(Refused, match="not an addressee"):
            await commands.add_committee(session, number, commands.AddCommittee("house-small-business"))
        with pytest.raises(Refused, match="called off"):
            await commands.call_off_briefing(session, number, commands.CallOffBriefing("No time."), version=1)


async def test_a_package_outlives_an_amendment_that_asks_for_its_briefing_no_more(service: Service) -> None:
    """Sec. 1253(f)(2) as an act of Congress might amend it."""
    async with service.db.write(actor=service.people["administrator"], command="test") as session:
        number = await prepare(session, duty="briefing-2030")
        body = law.EnterAmendment(
            citation="Made up",
            enacted_in="other statute",
            enacted_on=date(2026, 10, 1),
            provision="1253.f.2",
            value="last",
            new_day=date(2028, 12, 1),
            changes_from=date(2026, 10, 1),
            effect="Ends the briefings with that of 2028.",
            source="Made up for this test",
        )
        amendment = await law.enter_amendment(session, body)
    async with service.db.write(actor=SERVICE, command="test") as session:
        assert (await queries.briefing(session, US, number)).statutory_day == date(2030, 12, 1)
        await law.confirm_amendment(session, amendment, law.Confirm(), version=1)
        view = await queries.briefing(session, US, number)
        assert (view.duty, view.statutory_day) == ("briefing-2030", None)
        assert len(await queries.briefings_of_the_statute(session, US)) == 3
        with pytest.raises(Invalid):
            await prepare(session, duty="briefing-2029")
        with pytest.raises(Refused, match="not an addressee"):
            await commands.add_committee(session, number, commands.AddCommittee("house-small-business"))
        await commands.call_off_briefing(session, number, commands.CallOffBriefing("Asked for no more."), version=1)
    browser = await service.browser("auditor")
    assert "asks for it no more" in (await browser.get(f"/congress/briefings/{number}")).text


async def test_a_statutory_briefing_has_one_package(db: Database) -> None:
    with pytest.raises(Conflict, match="has its package already"):
        async with db.write(actor=SERVICE, command="test") as session:
            await prepare(session)
            await prepare(session)


async def test_a_committee_stands_once_on_a_briefing(db: Database) -> None:
    with pytest.raises(Conflict, match="stands on the briefing already"):
        async with db.write(actor=SERVICE, command="test") as session:
            await commands.add_committee(session, await prepare(session), commands.AddCommittee(SASC))


async def test_a_committee_is_planned_briefed_and_its_day_taken_back(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        briefing = await prepare(session)
        number = await committee_of(session, briefing)
        await commands.plan_committee(session, number, commands.PlanCommittee(date(2026, 11, 25), "Room 2"), version=1)
        given = commands.RecordGiven(date(2026, 11, 19), "Room 3", "Staff.")
        await commands.record_given(session, number, given, version=2)
        with pytest.raises(Refused):
            await commands.plan_committee(session, number, commands.PlanCommittee(), version=3)
        with pytest.raises(Refused):
            await commands.record_given(session, number, given, version=3)
        await commands.reopen_committee(session, number, commands.ReopenCommittee("Wrong day."), version=3)
        view = await queries.committee_briefing(session, US, number)
        assert (view.given_on, view.attendees, view.reopened_because) == (None, None, "Wrong day.")
        with pytest.raises(Refused):
            await commands.reopen_committee(session, number, commands.ReopenCommittee("Again."), version=4)
        assert len(await history(session, US, "briefing", briefing)) == 10


async def test_a_day_that_has_not_come_is_no_given_day(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        briefing = await prepare(session)
        with pytest.raises(Invalid, match="has not come"):
            await give(session, briefing, date(2026, 12, 1))


async def test_a_briefing_on_request_is_called_off_and_stays(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        number = await commands.prepare_briefing(session, msgspec.convert(on_request(), commands.PrepareBriefing))
        row = await commands.add_committee(session, number, commands.AddCommittee("House Committee on Small Business"))
        await commands.call_off_briefing(session, number, commands.CallOffBriefing("Not needed."), version=1)
        for attempt in (
            commands.revise_briefing(
                session, number, commands.ReviseBriefing("B", OFFICE, briefer_role="A"), version=2
            ),
            commands.add_committee(session, number, commands.AddCommittee(SASC)),
            commands.plan_committee(session, row, commands.PlanCommittee(), version=1),
            commands.take_question(session, number, commands.TakeQuestion(SASC, "Why?", OFFICE)),
            commands.call_off_briefing(session, number, commands.CallOffBriefing("Again."), version=2),
        ):
            with pytest.raises(Refused, match="called off"):
                await attempt
        assert (await queries.list_briefings(session, US)).total == 0
        assert (await queries.list_briefings(session, US, state="called off")).total == 1


async def test_a_question_is_taken_answered_and_reopened(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        briefing = await prepare(session)
        asked = commands.TakeQuestion(SASC, "How many?", OFFICE, date(2026, 12, 15))
        with pytest.raises(Refused, match="not recorded as given"):
            await commands.take_question(session, briefing, asked)
        await give(session, briefing)
        number = await commands.take_question(session, briefing, asked)
        revised = commands.ReviseQuestion(SASC, "How many radars?", OFFICE)
        await commands.revise_question(session, number, revised, version=1)
        with pytest.raises(Invalid, match="before what it follows"):
            early = commands.AnswerQuestion(date(2026, 11, 17), "Four.", OFFICE)
            await commands.answer_question(session, number, early, version=2)
        answer = commands.AnswerQuestion(date(2026, 11, 20), "Four.", OFFICE)
        await commands.answer_question(session, number, answer, version=2)
        with pytest.raises(Refused):
            await commands.answer_question(session, number, answer, version=3)
        with pytest.raises(Refused):
            await commands.revise_question(session, number, revised, version=3)
        await commands.reopen_question(session, number, commands.ReopenQuestion("Five."), version=3)
        withdrawn = commands.WithdrawQuestion(date(2026, 11, 20), "Settled by telephone.")
        await commands.withdraw_question(session, number, withdrawn, version=4)
        view = await queries.question(session, US, number)
        assert (view.answer, view.state.label) == (None, "Withdrawn")


async def test_a_contact_is_entered_answered_reopened_and_withdrawn(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        number = await enter_contact(session)
        revised = msgspec.convert(a_contact(title="B"), commands.ReviseContact)
        await commands.revise_contact(session, number, revised, version=1)
        answer = commands.AnswerContact(date(2026, 10, 20), "Four.", "Letter 1.")
        await commands.answer_contact(session, number, answer, version=2)
        with pytest.raises(Refused):
            await commands.revise_contact(session, number, revised, version=3)
        await commands.reopen_contact(session, number, commands.ReopenContact("Five."), version=3)
        back = commands.WithdrawContact(date(2026, 11, 1), "By letter.")
        await commands.withdraw_contact(session, number, back, version=4)
        view = await queries.contact(session, US, number)
        assert (view.title, view.status, view.answer, view.reopened_because) == ("B", "withdrawn", None, "Five.")
        assert len(await history(session, US, "congressional_contact", number)) == 5


async def test_a_hold_is_placed_and_released(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        number = await commands.enter_contact(session, msgspec.convert(a_hold(), commands.EnterContact))
        with pytest.raises(Refused, match="does not become"):
            other = msgspec.convert(a_contact(), commands.ReviseContact)
            await commands.revise_contact(session, number, other, version=1)
        released = commands.ReleaseHold(date(2026, 11, 1), "By telephone.")
        await commands.release_hold(session, number, released, version=1)
        assert (await queries.contact(session, US, number)).status == "released"
        await commands.reopen_contact(session, number, commands.ReopenContact("Placed again."), version=2)
        assert (await queries.contact(session, US, number)).status == "placed"


async def test_a_tasking_number_stands_once(db: Database) -> None:
    with pytest.raises(Conflict, match="tasking number"):
        async with db.write(actor=SERVICE, command="test") as session:
            await enter_contact(session)
            await enter_contact(session)


async def test_a_promise_is_kept_and_a_statement_of_lateness_stays(service: Service) -> None:
    db, writer = service.db, service.people["report-writer"]
    async with db.write(actor=writer, command="test") as session:
        number = await promise(session)
        late = commands.StatePromiseLate(20, "The list is not whole yet.")
        await commands.state_promise_late(session, number, late, version=1)
        moved = msgspec.convert(a_promise(due_on="2026-12-31"), commands.RevisePromise)
        with pytest.raises(Refused, match="stated"):
            await commands.revise_promise(session, number, moved, version=2)
        await commands.keep_promise(session, number, commands.KeepPromise(date(2026, 11, 20), "Letter."), version=2)
        view = await queries.promise(session, US, number)
        assert (view.outcome, view.late_days, view.late_stated_by) == ("kept", 20, "Person Report writer")
        await commands.reopen_promise(session, number, commands.ReopenPromise("A page is missing."), version=3)
        await commands.revise_promise(session, number, moved, version=4)
        dropped = commands.DropPromise(date(2026, 11, 20), "Overtaken.", "Staff of the committee, by letter.")
        await commands.drop_promise(session, number, dropped, version=5)
        with pytest.raises(Refused):
            await commands.keep_promise(session, number, commands.KeepPromise(date(2026, 11, 20), "No."), version=6)
        view = await queries.promise(session, US, number)
        assert (view.outcome, view.late_days, view.told) == ("dropped", None, "Staff of the committee, by letter.")


async def test_lateness_is_stated_by_the_owner_alone(service: Service) -> None:
    async with service.db.write(actor=service.people["report-writer"], command="test") as session:
        number = await promise(session, office_id=await another_office(session))
        with pytest.raises(Refused, match="another office"):
            await commands.state_promise_late(session, number, commands.StatePromiseLate(1, "Late."), version=1)


@pytest.mark.parametrize("where", ["briefing_id", "contact_id"])
async def test_a_promise_names_a_source_that_its_writer_may_see(service: Service, where: str) -> None:
    writer = service.people["report-writer"]
    async with service.db.write(actor=SERVICE, command="test") as session:
        number = await (prepare if where == "briefing_id" else enter_contact)(session, marking="CUI//FED ONLY")
        await session.execute(update(Person).where(Person.id == writer).values(reader_kind="contractor"))
    said = {"made_in": where.removesuffix("_id"), "source": None, where: number}
    with pytest.raises(Invalid) as wrong:
        async with service.db.write(actor=writer, command="test") as session:
            await promise(session, **said)
    assert [each.where for each in wrong.value.mistakes] == [where]


async def test_what_is_not_there_is_not_found(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        for attempt in (
            commands.reopen_committee(session, CommitteeBriefingId(9), commands.ReopenCommittee("No."), version=1),
            commands.reopen_question(session, BriefingQuestionId(9), commands.ReopenQuestion("No."), version=1),
            commands.reopen_contact(session, ContactId(9), commands.ReopenContact("No."), version=1),
            commands.reopen_promise(session, PromiseId(9), commands.ReopenPromise("No."), version=1),
        ):
            with pytest.raises(NotFound):
                await attempt


async def test_a_stale_version_is_refused(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        number = await enter_contact(session)
        with pytest.raises(Stale):
            await commands.answer_contact(
                session, number, commands.AnswerContact(date(2026, 10, 20), "Four.", "Letter."), version=7
            )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("update briefing set requested_by = 'x'", "a duty of the statute, or on a request"),
        ("update briefing set briefer_role = null", "names who briefs"),
        ("update briefing set called_off_on = '2026-11-01'", "on a day and for a reason"),
        ("update committee_briefing set given_on = '2026-11-01'", "its place or form, and who attended"),
        ("update congressional_contact set status = 'answered'", "What is answered"),
        ("update congressional_contact set status = 'placed'", "A hold is placed"),
        ("update congressional_contact set committee = null", "names the committee"),
        ("update promise set outcome = 'kept'", "kept on a day"),
        ("update promise set outcome = 'late'", "late by a number of days"),
        ("update promise set outcome = 'dropped'", "who was told"),
        ("update promise set report_year = 2027", "the one place"),
    ],
)
async def test_the_database_holds_the_rules_by_itself(db: Database, change: str, sentence: str) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        await prepare(session)
        await enter_contact(session)
        await promise(session)
    with pytest.raises(Conflict, match=sentence):
        async with db.write(actor=SERVICE, command="test") as session:
            await session.execute(text(change))


async def test_a_writer_does_not_mark_a_record_out_of_sight(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        with pytest.raises(Invalid, match="level"):
            await enter_contact(session, marking="SECRET")
        assert await session.get(CongressionalContact, 1) is None
