"""Cases: every flagged entry opens one, whichever way it comes, and a reversal alone clears none."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from pipir.features.people.tables import SERVICE
from pipir.features.reconciliation import commands, queries, rules
from pipir.features.reconciliation.queries import CaseFilter
from pipir.features.reconciliation.tables import CaseId
from pipir.kernel.errors import Invalid, NotFound, Refused
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from tests.features.ledger.makers import DAY, make_project, obligation, post, receive, reverse
from tests.features.reconciliation.makers import pay, record_incurred

OURS = Reader("us-government")
TODAY = date(2026, 11, 20)
VIOLATION, NEGATIVE, UNMATCHED = rules.CASE_STEPS


async def _of(db: Database, entry: int, reader: Reader = OURS) -> queries.CaseView:
    async with db.read() as session:
        found = await queries.list_cases(session, reader, CaseFilter(entry_id=entry, closed=True))
    assert found.total == 1
    return found.items[0]


async def _step(db: Database, entry: int, state: Any, **values: Any) -> queries.CaseView:
    case = await _of(db, entry)
    given: dict[str, Any] = {"on_day": TODAY, "findings": "As found by the office"} | values
    async with db.write(actor=SERVICE, command="test.step") as session:
        await commands.take_step(session, CaseId(case.id), commands.TakeStep(state, **given), version=case.version)
    return await _of(db, entry)


@pytest.mark.parametrize("flag", rules.CASE_STEPS)
async def test_a_flagged_entry_opens_its_case_in_the_same_transaction(db: Database, flag: str) -> None:
    """31 U.S.C. 1351, 1517(b)."""
    document = await receive(db)
    values: dict[str, Any] = {}
    if flag == VIOLATION:
        values = {"kind": "obligation", "program_authority": "1253.e.1", "document_number": "C-9",
                  "document_on": DAY, "need": "Of this year"}  # fmt: skip
    if flag == NEGATIVE:
        values = {"adjusts_entry_id": await post(db, obligation(document, "10.00"))}
    entry = await record_incurred(db, document, flag, **values)
    case = await _of(db, entry)
    assert (case.kind, case.state, case.code, case.opened_on) == (flag, "opened", f"X-{entry}", TODAY)
    assert case.facts == "The voucher of the paying office"
    assert case.due_on > case.opened_on
    assert not case.overdue


async def test_no_path_misses_a_case(db: Database, owner_url: str) -> None:
    """Rows that arrive as one statement, as an import writes them, have theirs too; the rest has none."""
    document = await receive(db)
    plain = await post(db, obligation(document, "10.00"))
    entry = await record_incurred(db, document, UNMATCHED)
    async with db.write(actor=SERVICE, command="test.copy") as session:
        columns = "kind, amount, funding_document_id, effective_on, fiscal_year, new_start, incurred, flag, evidence"
        rest = "warnings, posted_by, posted_at, audience"
        await session.execute(
            text(
                f"insert into ledger_entry ({columns}, {rest}) select {columns}, {rest} from ledger_entry, "
                "generate_series(1, 3) where id = :entry"
            ),
            {"entry": entry},
        )
    async with db.read() as session:
        found = await queries.list_cases(session, OURS)
        assert found.total == 4
        assert (await queries.list_cases(session, OURS, CaseFilter(entry_id=plain))).total == 0


async def test_a_refused_write_leaves_no_case(db: Database) -> None:
    """The case stands or falls with its entry."""
    document = await receive(db)
    with pytest.raises(RuntimeError):
        async with db.write(actor=SERVICE, command="test.undone") as session:
            await session.execute(
                text(
                    "insert into ledger_entry (kind, amount, funding_document_id, effective_on, fiscal_year, "
                    "new_start, incurred, flag, evidence, warnings, posted_by, posted_at, audience) "
                    "values ('expenditure', 1, :document, '2025-12-20', 2026, false, true, "
                    "'unmatched disbursement', 'x', '{}', 1, app.now(), -1)"
                ),
                {"document": document},
            )
            raise RuntimeError
    async with db.read() as session:
        assert (await queries.list_cases(session, OURS)).total == 0


async def test_a_potential_violation_goes_the_way_of_the_law(db: Database) -> None:
    """Preliminary review, formal investigation, determination, the letters."""
    document = await receive(db)
    entry = await record_incurred(db, document, VIOLATION, kind="obligation", amount="5000.00",
                                  program_authority="1253.e.1", document_number="C-9", document_on=DAY,
                                  need="Of this year")  # fmt: skip
    with pytest.raises(Refused, match="does not become reported"):
        await _step(db, entry, "reported", document="Letters")
    await _step(db, entry, "preliminary review")
    await _step(db, entry, "formal investigation")
    with pytest.raises(Invalid) as wrong:
        await _step(db, entry, "violation determined")
    assert [each.where for each in wrong.value.mistakes] == ["document"]
    await _step(db, entry, "violation determined", document="Determination 1")
    # The reversal of the entry changes nothing of it.
    await reverse(db, entry)
    with pytest.raises(Refused):
        await _step(db, entry, "closed")
    await _step(db, entry, "reported", document="Letters of today")
    done = await _step(db, entry, "closed")
    assert (done.state, done.reversed_by is not None) == ("closed", True)
    async with db.read() as session:
        steps = await queries.steps_of(session, OURS, CaseId(done.id))
        assert (await queries.list_cases(session, OURS)).total == 0
    assert [each.state for each in steps] == [
        *("preliminary review", "formal investigation", "violation determined", "reported", "closed")
    ]


async def test_an_unmatched_disbursement_is_matched_by_the_obligation_that_took_it(db: Database) -> None:
    """Corrected by a reversal and a new entry, not by a reversal alone."""
    document = await receive(db)
    entry = await record_incurred(db, document, UNMATCHED, "40.00")
    took = await post(db, obligation(document, "100.00"))
    await _step(db, entry, "research")
    for matched in (None, entry):
        with pytest.raises(Invalid) as wrong:
            await _step(db, entry, "matched", matched_entry_id=matched)
        assert [each.where for each in wrong.value.mistakes] == ["matched_entry_id"]
    with pytest.raises(Refused, match="does not stand"):
        await _step(db, entry, "matched", matched_entry_id=took)
    await reverse(db, entry)
    with pytest.raises(Refused, match="does not stand"):
        await _step(db, entry, "matched", matched_entry_id=took)
    await pay(db, took, "40.00")
    matched_case = await _step(db, entry, "matched", matched_entry_id=took)
    assert matched_case.matched_entry_id == took
    assert (await _step(db, entry, "closed")).state == "closed"


async def test_a_step_is_dated_in_its_order(db: Database) -> None:
    """Not before the last one, not after today."""
    document = await receive(db)
    entry = await record_incurred(db, document, UNMATCHED)
    for day in (date(2026, 11, 19), date(2026, 11, 21)):
        with pytest.raises(Invalid) as wrong:
            await _step(db, entry, "research", on_day=day)
        assert [each.where for each in wrong.value.mistakes] == ["on_day"]


async def test_a_case_has_an_owner_and_a_day(db: Database) -> None:
    """Both may be changed; a day that has passed is overdue."""
    document = await receive(db)
    case = await _of(db, await record_incurred(db, document, UNMATCHED))
    async with db.write(actor=SERVICE, command="test.assign") as session:
        body = commands.AssignCase(SERVICE, case.opened_on)
        await commands.assign_case(session, CaseId(case.id), body, version=case.version)
    for body in (commands.AssignCase(99_999), commands.AssignCase(SERVICE, date(2020, 1, 1))):
        with pytest.raises(Invalid):
            async with db.write(actor=SERVICE, command="test.assign") as session:
                await commands.assign_case(session, CaseId(case.id), body, version=case.version + 1)
    async with db.read() as session:
        found = await queries.one_case(session, OURS, CaseId(case.id))
        dated = await queries.case_entries(session, OURS)
    assert found.due_on == case.opened_on
    assert [each.dated.due_on for each in dated] == [case.opened_on]


async def test_who_may_not_read_the_entry_finds_no_case(db: Database) -> None:
    """Not in a list, not by its number, not in a calendar."""
    document = await receive(db)
    project = await make_project(db, marking="CUI//NOFORN")
    case = await _of(db, await record_incurred(db, document, UNMATCHED, project_id=project))
    stranger = Reader("us-government", "AUS")
    async with db.read() as session:
        assert (await queries.list_cases(session, stranger)).total == 0
        assert await queries.case_entries(session, stranger) == ()
        with pytest.raises(NotFound):
            await queries.one_case(session, stranger, CaseId(case.id))
        with pytest.raises(NotFound):
            await queries.steps_of(session, stranger, CaseId(case.id))
