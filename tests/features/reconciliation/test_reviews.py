"""The periodic review of obligations that lie still."""

from datetime import date
from typing import Any

import pytest

from pipir.features.people.tables import SERVICE
from pipir.features.reconciliation import commands, queries
from pipir.features.reconciliation.queries import ReviewItemFilter
from pipir.features.reconciliation.tables import ReviewId, ReviewItemId
from pipir.kernel.errors import Invalid, Refused
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.ledger.makers import entry, make_project, post, receive, reverse
from tests.features.reconciliation.makers import obligate, pay

OURS = Reader("us-government")
TODAY = date(2026, 11, 20)


async def _open(db: Database, **values: Any) -> ReviewId:
    async with db.write(actor=SERVICE, command="test.review") as session:
        return await commands.open_review(session, commands.OpenReview(**({"title": "Autumn review"} | values)))


async def _items(db: Database, reader: Reader = OURS, **values: Any) -> dict[str, queries.ReviewItemView]:
    async with db.read() as session:
        found = await queries.list_review_items(session, reader, ReviewItemFilter(**values))
    return {each.document_number or "": each for each in found.items}


async def _answer(db: Database, item: queries.ReviewItemView, actor: int = SERVICE, **values: Any) -> None:
    given: dict[str, Any] = {
        "answer": "valid and needed",
        "because": "Delivery is due in March",
        "needed_until": date(2027, 3, 31),
        "evidence": "The contract's schedule",
    } | values
    async with db.write(actor=actor, command="test.answer") as session:
        await commands.answer_review(
            session, ReviewItemId(item.id), commands.AnswerReview(**given), version=item.version
        )


async def _look(db: Database, item: queries.ReviewItemView, looked: Any, actor: int, because: Any = None) -> None:
    async with db.write(actor=actor, command="test.look") as session:
        await commands.look_again(
            session, ReviewItemId(item.id), commands.LookAgain(looked, because), version=item.version
        )


async def test_a_review_asks_of_every_open_obligation_that_lies_still(db: Database) -> None:
    """DoD FMR vol. 3, ch. 8: without an expenditure for so many days, and not liquidated."""
    document = await receive(db)
    still = await obligate(db, document, "C-still", "100.00")
    await pay(db, still, "30.00")
    paid = await obligate(db, document, "C-paid", "50.00")
    await pay(db, paid, "50.00")
    moved = await obligate(db, document, "C-moved", "60.00")
    await pay(db, moved, "10.00", effective_on=date(2026, 11, 1))
    await obligate(db, document, "C-small", "1.00")
    number = await _open(db, least=Dollars("5.00"))
    found = await _items(db)
    assert set(found) == {"C-still"}
    item = found["C-still"]
    assert (item.obligated, item.unliquidated, item.state) == (Dollars("100.00"), Dollars("70.00"), "unanswered")
    assert (item.moved_on, item.still_days) == (date(2025, 12, 20), 335)
    async with db.read() as session:
        review = await queries.review(session, OURS, number)
        dated = await queries.review_entries(session, OURS)
    assert (review.days, review.due_on, review.asked, review.unanswered) == (120, date(2026, 12, 20), 1, 1)
    assert [(each.dated.due_on, each.dated.href) for each in dated] == [
        (review.due_on, f"/ledger/reviews/{number}?unanswered=true")
    ]


async def test_a_payment_that_was_taken_back_keeps_no_obligation_out_of_a_review(db: Database) -> None:
    """Reversed by the review's day; a review as of a day before counts it."""
    document = await receive(db)
    await obligate(db, document, "C-quiet", "5.00")
    still = await obligate(db, document, "C-still", "100.00")
    paid = await post(db, entry("expenditure", "30.00", adjusts_entry_id=still, effective_on=date(2026, 10, 1)))
    await reverse(db, paid, date(2026, 11, 1))
    await _open(db, as_of=date(2026, 10, 31))
    assert set(await _items(db)) == {"C-quiet"}
    number = await _open(db, title="Another", as_of=date(2026, 11, 1))
    found = await _items(db, review_id=number)
    assert set(found) == {"C-quiet", "C-still"}
    assert found["C-still"].moved_on == date(2025, 12, 20)


async def test_a_review_of_nothing_is_not_opened(db: Database) -> None:
    """And its days are days that can be."""
    await receive(db)
    with pytest.raises(Refused, match="No open obligation"):
        await _open(db)
    with pytest.raises(Invalid) as wrong:
        await _open(db, as_of=date(2026, 11, 21), due_on=date(2026, 11, 1))
    assert [each.where for each in wrong.value.mistakes] == ["as_of", "due_on"]
    with pytest.raises(Invalid):
        await _open(db, least=Dollars("0.00"))


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"needed_until": None, "evidence": None}, ["needed_until", "evidence"]),
        ({"needed_until": date(2026, 11, 19)}, ["needed_until"]),
        ({"deobligate": Dollars("1.00")}, ["deobligate"]),
        ({"answer": "deobligate"}, ["needed_until", "deobligate"]),
        ({"answer": "deobligate", "needed_until": None, "deobligate": Dollars("100.01")}, ["deobligate"]),
        ({"answer": "needs research"}, ["needed_until"]),
    ],
)
async def test_an_answer_states_what_its_kind_asks_for(db: Database, values: Any, fields: list[str]) -> None:
    """Every mistake at once."""
    document = await receive(db)
    await obligate(db, document, "C-1", "100.00")
    await _open(db)
    with pytest.raises(Invalid) as wrong:
        await _answer(db, (await _items(db))["C-1"], **values)
    assert [each.where for each in wrong.value.mistakes] == fields


async def test_the_second_look_is_another_persons(service: Service) -> None:
    """It agrees, or sends the answer back with a reason; what was agreed to stands."""
    db, other = service.db, service.people["comptroller"]
    document = await receive(db)
    await obligate(db, document, "C-1", "100.00")
    await _open(db)
    with pytest.raises(Refused, match="no answer yet"):
        await _look(db, (await _items(db))["C-1"], "agreed", other)
    await _answer(db, (await _items(db))["C-1"])
    with pytest.raises(Refused, match="their own answer"):
        await _look(db, (await _items(db))["C-1"], "agreed", SERVICE)
    with pytest.raises(Invalid):
        await _look(db, (await _items(db))["C-1"], "sent back", other)
    await _look(db, (await _items(db))["C-1"], "sent back", other, "Which delivery?")
    item = (await _items(db, unanswered=True))["C-1"]
    assert (item.state, item.look_because) == ("sent back", "Which delivery?")
    await _answer(db, item, because="The third delivery")
    await _look(db, (await _items(db))["C-1"], "agreed", other)
    item = (await _items(db))["C-1"]
    assert item.state == "agreed"
    with pytest.raises(Refused, match="agreed to"):
        await _answer(db, item)
    with pytest.raises(Refused):
        await _look(db, item, "agreed", other)


async def test_what_is_to_be_deobligated_is_shown_until_it_is_posted(service: Service) -> None:
    """In full: part of it is not enough, and what was posted before the answer does not count."""
    db, other = service.db, service.people["comptroller"]
    document = await receive(db)
    first = await obligate(db, document, "C-1", "100.00")
    await post(db, entry("deobligation", "5.00", adjusts_entry_id=first))
    await _open(db)
    await _answer(db, (await _items(db))["C-1"], answer="deobligate", needed_until=None, deobligate=Dollars("20.00"))
    await _look(db, (await _items(db))["C-1"], "agreed", other)
    await post(db, entry("deobligation", "15.00", adjusts_entry_id=first))
    item = (await _items(db, to_post=True))["C-1"]
    assert (item.state, item.posted) == ("to be posted", Dollars("15.00"))
    await post(db, entry("deobligation", "5.00", adjusts_entry_id=first))
    assert await _items(db, to_post=True) == {}
    assert (await _items(db))["C-1"].state == "agreed"


async def test_a_review_is_closed_with_a_reason_and_takes_no_answer_then(db: Database) -> None:
    """What was not answered stays so."""
    document = await receive(db)
    await obligate(db, document, "C-1", "100.00")
    number = await _open(db)
    async with db.write(actor=SERVICE, command="test.close") as session:
        await commands.close_review(session, number, commands.CloseReview("The next one is open"), version=1)
    with pytest.raises(Refused, match="closed"):
        await _answer(db, (await _items(db))["C-1"])
    async with db.read() as session:
        assert (await queries.list_reviews(session, OURS)).total == 0
        assert await queries.review_entries(session, OURS) == ()
        assert (await queries.list_reviews(session, OURS, closed=True)).items[0].unanswered == 1


async def test_another_office_or_person_may_be_asked(service: Service) -> None:
    """One of them at least."""
    db = service.db
    document = await receive(db)
    await obligate(db, document, "C-1", "100.00")
    await _open(db)
    item = (await _items(db))["C-1"]
    for body in (commands.AssignReview(), commands.AssignReview(office_id=9_999, person_id=9_999)):
        with pytest.raises(Invalid):
            async with db.write(actor=SERVICE, command="test.assign") as session:
                await commands.assign_review(session, ReviewItemId(item.id), body, version=item.version)
    async with db.write(actor=SERVICE, command="test.assign") as session:
        body = commands.AssignReview(person_id=service.people["program-office"])
        await commands.assign_review(session, ReviewItemId(item.id), body, version=item.version)
    assert (await _items(db))["C-1"].person_id == service.people["program-office"]


async def test_who_may_not_read_an_obligation_is_not_asked_about_it(db: Database) -> None:
    """Nor does the review's progress count it."""
    document = await receive(db)
    project = await make_project(db, marking="CUI//NOFORN")
    await obligate(db, document, "C-1", "100.00", project_id=project)
    number = await _open(db)
    stranger = Reader("us-government", "AUS")
    assert await _items(db, stranger) == {}
    async with db.read() as session:
        review = await queries.review(session, stranger, number)
        assert await queries.review_entries(session, stranger) == ()
    assert (review.asked, review.unanswered, review.unliquidated) == (0, 0, Dollars.zero())
