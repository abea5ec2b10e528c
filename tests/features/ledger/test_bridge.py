"""The way of a figure from one state of the ledger to a later one, to the cent."""

from datetime import date

import pytest

from pipir.features.ledger.queries import chosen, total
from pipir.features.ledger.queries.bridge import Known, Span, bridge
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.features.ledger.makers import DAY, entry, make_participant, make_project, obligation, post, receive, reverse

US = Reader(kind="us-government")
LAST, THIS = DAY, date(2025, 12, 31)
LATER = date(2025, 12, 26)
_FIGURES = ("obligated", "obligated_1253", "obligated_other", "expended", "committed", "contributed")


async def known(db: Database, day: date) -> Known:
    """What is known now, of what is effective by a day."""
    async with db.read() as session:
        return Known(day, session.now)


async def figures(db: Database, state: Known) -> dict[str, Dollars]:
    async with db.read() as session:
        found = await total(session, US, chosen(effective_on=state.effective_on, known_at=state.at))
    return {name: getattr(found, name) for name in _FIGURES}


async def spans(db: Database, last: Known, this: Known, reader: Reader = US) -> dict[str, Span]:
    async with db.read() as session:
        return {each.stage: each for each in await bridge(session, reader, last, this)}


async def test_new_entries_corrections_and_reclassification_add_up_to_the_cent(db: Database) -> None:
    """Last figure + new + corrections + reclassified = this figure"""
    document, country, project = await receive(db), await make_participant(db), await make_project(db)
    wrong = await post(db, obligation(document, "10.01", document_number="A"))
    moved = await post(db, obligation(document, "20.02", document_number="B"))
    await post(db, obligation(document, "40.04", document_number="C"))
    first = await post(db, obligation(document, "50.05", document_number="D"))
    last = await known(db, LAST)
    # Effective later.
    await post(db, obligation(document, "1.11", document_number="E", effective_on=LATER))
    await post(db, entry("expenditure", "3.33", adjusts_entry_id=first, effective_on=LATER))
    # Effective by the earlier day, and recorded since.
    await post(db, obligation(document, "2.22", document_number="F"))
    # A mistake, reversed and not entered again.
    await reverse(db, wrong, LATER)
    # The same line under another project, country and authority.
    await reverse(db, moved, LATER, "Another project's")
    await post(
        db,
        obligation(
            document,
            "20.02",
            document_number="B",
            project_id=project,
            participant_id=country,
            program_authority="22-usc-2767",
            effective_on=LATER,
        ),
    )
    # New, and taken back in the same year: nothing comes of it.
    undone = await post(db, obligation(document, "7.77", document_number="G", effective_on=LATER))
    await reverse(db, undone, LATER)
    this = await known(db, THIS)
    before, now, found = await figures(db, last), await figures(db, this), await spans(db, last, this)
    for name in _FIGURES:
        assert before[name] + found[name].whole == now[name], name
    whole = found["obligated"]
    assert (whole.new, whole.corrected, whole.reclassified) == (Dollars("1.11"), Dollars("-7.79"), Dollars("0.00"))
    assert (whole.new_count, whole.corrected_count, whole.reclassified_count) == (3, 2, 2)
    assert found["obligated_1253"].reclassified == Dollars("-20.02")
    assert found["obligated_other"].reclassified == Dollars("20.02")
    assert found["expended"].new == Dollars("3.33")


async def test_what_was_known_later_than_this_state_is_not_in_its_way(db: Database) -> None:
    """As known at a report's freeze"""
    document = await receive(db)
    await post(db, obligation(document, "10.00", document_number="A"))
    last = await known(db, LAST)
    await post(db, obligation(document, "1.00", document_number="B", effective_on=LATER))
    this = await known(db, THIS)
    await post(db, obligation(document, "5.00", document_number="C", effective_on=LATER))
    assert (await spans(db, last, this))["obligated"].whole == Dollars("1.00")
    assert (await spans(db, last, await known(db, LAST)))["obligated"].whole == Dollars("0.00")
    assert (await spans(db, last, await known(db, THIS)))["obligated"].whole == Dollars("6.00")


@pytest.mark.parametrize("again", ["20.01", "20.02"])
async def test_another_amount_is_a_correction_and_the_same_amount_a_reclassification(db: Database, again: str) -> None:
    """Reclassified: the same line, kind and amount under another key"""
    document, project = await receive(db), await make_project(db)
    number = await post(db, obligation(document, "20.02", document_number="B"))
    last = await known(db, LAST)
    await reverse(db, number, LATER)
    await post(db, obligation(document, again, document_number="B", project_id=project, effective_on=LATER))
    found = (await spans(db, last, await known(db, THIS)))["obligated"]
    assert found.reclassified_count == (2 if again == "20.02" else 0)
    assert found.whole == Dollars(again) - Dollars("20.02")


async def test_a_reader_is_shown_the_way_of_what_they_may_see_alone(db: Database) -> None:
    """trust.md: releasability"""
    document = await receive(db)
    hidden = await make_project(db, "Hidden", "CUI//NOFORN")
    last = await known(db, LAST)
    await post(db, obligation(document, "9.00", project_id=hidden, effective_on=LATER))
    this = await known(db, THIS)
    assert (await spans(db, last, this))["obligated"].whole == Dollars("9.00")
    australian = Reader(kind="partner", nationality="AUS")
    assert (await spans(db, last, this, australian))["obligated"].whole == Dollars("0.00")
