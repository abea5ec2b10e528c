"""What can be asked of briefings, contacts and promises, and by whom."""

from datetime import date

import pytest

from pipir.features.congress import commands, queries
from pipir.features.people.tables import SERVICE
from pipir.kernel.dated import Dated
from pipir.kernel.errors import Invalid, NotFound
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from tests.features.congress.makers import OFFICE, SASC, committee_of, enter_contact, give, prepare, promise

US = Reader(kind="us-government")
NOBODY = Reader(kind="partner", nationality="MDV")


async def test_a_reader_who_may_see_nothing_sees_nothing_and_counts_nothing(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        briefing = await prepare(session)
        committee = await give(session, briefing)
        asked = commands.TakeQuestion(SASC, "How many?", OFFICE, date(2026, 12, 15))
        question = await commands.take_question(session, briefing, asked)
        contact = await enter_contact(session)
        number = await promise(session)
    async with db.read() as session:
        assert (await queries.list_briefings(session, NOBODY)).total == 0
        assert (await queries.list_contacts(session, NOBODY)).total == 0
        assert (await queries.list_promises(session, NOBODY)).total == 0
        assert await queries.committees_of(session, NOBODY, briefing) == ()
        assert await queries.questions_of(session, NOBODY, briefing) == ()
        assert await queries.dated(session, NOBODY) == ()
        assert await queries.count(session, NOBODY) == queries.Counts(0, 0, 0, 0, 0, 0)
        assert {package for _, package in await queries.briefings_of_the_statute(session, NOBODY)} == {None}
        for attempt in (
            queries.briefing(session, NOBODY, briefing),
            queries.committee_briefing(session, NOBODY, committee),
            queries.question(session, NOBODY, question),
            queries.contact(session, NOBODY, contact),
            queries.promise(session, NOBODY, number),
        ):
            with pytest.raises(NotFound):
                await attempt


async def test_a_promise_does_not_tell_of_a_source_that_its_reader_may_not_see(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        contact = await enter_contact(session)
        said = {"made_in": "contact", "contact_id": contact, "source": None, "marking": "CUI//REL TO USA, MDV"}
        number = await promise(session, **said)
    async with db.read() as session:
        hidden, shown = await queries.promise(session, NOBODY, number), await queries.promise(session, US, number)
        assert (hidden.contact_id, hidden.href, hidden.made_at) == (None, "", "a source that you may not see")
        assert (shown.contact_id, shown.href) == (contact, f"/congress/contacts/{contact}")
        assert (await queries.list_promises(session, NOBODY, contact_id=contact)).total == 0
        assert (await queries.list_promises(session, US, contact_id=contact)).total == 1


async def test_every_open_item_with_a_day_is_listed_once_and_settled_ones_are_not(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        briefing = await prepare(session)
        await give(session, briefing)
        planned = await committee_of(session, briefing, "house-armed-services")
        await commands.plan_committee(session, planned, commands.PlanCommittee(date(2026, 11, 30)), version=1)
        asked = commands.TakeQuestion(SASC, "How many?", OFFICE, date(2026, 12, 15))
        question = await commands.take_question(session, briefing, asked)
        contact = await enter_contact(session)
        answered = await enter_contact(session, tasking_number=None)
        done = commands.AnswerContact(date(2026, 10, 2), "Four.", "Letter.")
        await commands.answer_contact(session, answered, done, version=1)
        number = await promise(session, due_on="2026-11-01")
        kept = await promise(session)
        await commands.keep_promise(session, kept, commands.KeepPromise(date(2026, 11, 1), "Letter."), version=1)
    async with db.read() as session:
        found = await queries.dated(session, US)
        settled = {each.dated.slug: each.done_on for each in await queries.entries(session, US) if not each.open}
    assert (settled[f"contact-{answered}"], settled[f"promise-{kept}"]) == (date(2026, 10, 2), date(2026, 11, 1))
    assert [each.slug for each in found] == [
        f"contact-{contact}",
        f"promise-{number}",
        f"committee-briefing-{planned}",
        f"briefing-question-{question}",
    ]
    assert found[1] == Dated(
        kind="promise to Congress",
        slug=f"promise-{number}",
        title="List of suppliers",
        due_on=date(2026, 11, 1),
        office_id=OFFICE,
        person_id=None,
        href=f"/congress/promises/{number}",
        marking="CUI",
    )
    assert found[2].citation == "Sec. 1253(f)(2), Pub. L. 119-60 (statute)"


async def test_lists_are_filtered_and_every_order_is_total(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        await give(session, await prepare(session))
        await prepare(session, duty="briefing-2027", title="Briefing of 2027")
        for number in range(3):
            await enter_contact(session, tasking_number=f"T-{number}")
            await promise(session)
    async with db.read() as session:
        for said, total in (
            ({"basis": "statute"}, 2),
            ({"basis": "request"}, 0),
            ({"state": "pending"}, 2),
            ({"state": "given"}, 0),
            ({"text_in": "2027"}, 1),
        ):
            assert (await queries.list_briefings(session, US, **said)).total == total, said  # type: ignore[arg-type]
        for said, total in (
            ({"kind": "informal hold"}, 0),
            ({"status": "open"}, 3),
            ({"office_id": 99}, 0),
            ({"overdue": True}, 3),
            ({"pending": True}, 3),
            ({"text_in": "t-1"}, 1),
        ):
            assert (await queries.list_contacts(session, US, **said)).total == total, said  # type: ignore[arg-type]
        for said, total in (
            ({"outcome": "open"}, 3),
            ({"made_in": "report"}, 0),
            ({"past": True}, 3),
            ({"owed": True}, 3),
            ({"office_id": OFFICE, "text_in": "suppliers"}, 3),
        ):
            assert (await queries.list_promises(session, US, **said)).total == total, said  # type: ignore[arg-type]
        for name in ("day", "title", "office", "-day"):
            first = await queries.list_briefings(session, US, sort=name, limit=1)
            second = await queries.list_briefings(session, US, sort=name, limit=1, cursor=first.next_cursor)
            assert first.items[0].id != second.items[0].id
        for name in ("received", "due", "title", "from", "status"):
            first_contacts = await queries.list_contacts(session, US, sort=name, limit=2)
            rest = await queries.list_contacts(session, US, sort=name, limit=2, cursor=first_contacts.next_cursor)
            assert len({each.id for each in (*first_contacts.items, *rest.items)}) == 3
        for name in ("due", "made", "title", "office", "outcome"):
            first_promises = await queries.list_promises(session, US, sort=name, limit=2)
            after = await queries.list_promises(session, US, sort=name, limit=2, cursor=first_promises.next_cursor)
            assert len({each.id for each in (*first_promises.items, *after.items)}) == 3
        with pytest.raises(Invalid):
            await queries.list_promises(session, US, sort="marking")


async def test_the_first_page_counts_what_is_open_and_what_is_past(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        await enter_contact(session)
        await enter_contact(session, kind="informal hold", tasking_number=None, due_on=None)
        await promise(session)
        await promise(session, due_on="2027-01-01")
    async with db.read() as session:
        assert await queries.count(session, US) == queries.Counts(1, 1, 1, 0, 2, 1)
