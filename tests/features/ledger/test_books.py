"""Legs, sums and totals: equal to a ledger in plain Python, and verified against the entries."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from pipir.features.ledger import queries, rules
from pipir.features.ledger.queries import Chosen
from pipir.features.ledger.tables import LedgerEntry
from pipir.features.people.tables import SERVICE
from pipir.features.projects import commands as projects
from pipir.kernel.errors import Invalid, Refused
from pipir.kernel.ids import FundingDocumentId, ProjectId
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.features.ledger.makers import (
    DAY,
    entry,
    fold,
    make_project,
    move,
    obligation,
    open_account,
    post,
    receive,
    reverse,
    taken_out,
)
from tests.features.ledger.walk import OFFICE, Walk
from tests.rehearsals import Rehearsal, noon


@pytest.mark.parametrize("seed", range(3))
async def test_the_ledger_equals_one_in_plain_python_to_the_cent(db: Database, seed: int):
    walk = await Walk.begin(db, seed)
    for number in range(1, 151):
        await walk.step()
        if number % 5 == 0:
            await walk.check_document()
        if number % 50 == 0:
            await walk.check()
    assert sum(walk.made.values()) > 60
    assert sum(walk.refused.values()) > 10


async def test_the_database_debits_and_credits_what_the_rules_say(db: Database):
    """USSGL, accounts of series 4000"""
    async with db.read() as session:
        found = {
            (row.kind, row.draws): rules.Sides(row.debit, row.credit)
            for row in await session.execute(text("select * from app.posting_rules()"))
        }
    assert found == {
        (kind, draws): sides
        for kind in rules.KINDS
        for draws in (False, True)
        if (sides := rules.sides(kind, draws=draws)) is not None
    }
    numbers = {each.number for each in rules.CONTROLS}
    assert {number for sides in found.values() for number in (sides.debit, sides.credit)} == numbers


async def test_the_trial_balance_adds_the_legs_up_by_account(db: Database):
    document = await receive(db)
    commitment = await post(db, entry("commitment", "300.00", funding_document_id=document))
    number = await post(db, obligation(document, "200.00", adjusts_entry_id=commitment))
    paid = await post(db, entry("expenditure", "50.00", adjusts_entry_id=number))
    await reverse(db, paid)
    await post(db, entry("expenditure", "80.00", adjusts_entry_id=number))
    async with db.snapshot() as session:
        found = await queries.trial_balance(session)
        before = await queries.trial_balance(session, effective_on=DAY - timedelta(days=1))
    assert {row.control: str(row.balance) for row in found.rows} == {
        4119: "1000.00",
        4610: "700.00",
        4700: "100.00",
        4801: "120.00",
        4902: "80.00",
    }
    assert found.debits == found.credits
    assert found.unbalanced == ()
    assert {row.control for row in before.rows} == {4119, 4610}


async def test_what_is_pending_counts_as_if_it_were_folded(db: Database, owner_url: str):
    document, project = await receive(db, amount=Dollars("100000.00")), await make_project(db)
    for _ in range(70):
        await post(db, obligation(document, "10.00", project_id=project))

    async def stands() -> tuple[Any, ...]:
        async with db.snapshot() as session:
            assert (await queries.verify(session)).holds
            pending = await session.scalar(text("select count(*) from ledger_pending"))
            found = [await queries.totals(session, OFFICE, by) for by in ("project", "month", "objective")]
            return (pending, *[(each.rows, each.total) for each in found])

    pending, *before = await stands()
    assert 0 < pending < 64
    assert str(before[0][1].obligated) == "700.00"
    await fold(owner_url)
    none, *after = await stands()
    assert (none, after) == (0, before)


async def test_who_works_beside_a_verification_sees_the_state_that_it_sees(db: Database):
    document = await receive(db)
    async with db.snapshot() as session:
        seen = await session.scalar(text("select count(*) from ledger_entry"))
        await post(db, obligation(document))
        async with db.beside(session) as another:
            assert await another.scalar(text("select count(*) from ledger_entry")) == seen
            found = await queries.verify(session, another)
    assert found.holds
    assert found.entries == seen
    assert len({each.name for each in found.checks}) == len(found.checks) == 6


@pytest.mark.parametrize(
    "harm",
    [
        "update ledger_leg set amount = amount + 1 where entry_id = {0} and credit",
        "update ledger_leg set control = 4902 where entry_id = {0} and credit",
        "update ledger_leg set account_id = account_id + 1 where entry_id = {0}",
        "delete from ledger_leg where entry_id = {0} and not credit",
        "insert into ledger_leg values (999999, true, 1, 4610, 5)",
        "update ledger_day set obligated = obligated + 1",
        "update ledger_sum set amount = amount + 1 where kind = 'obligation'",
        "update ledger_total set obligated = obligated + 1 where dimension = 'all' and month > '-infinity'",
        "update ledger_total set obligated_1253 = 0 where dimension = 'project' and month = '-infinity'",
        "update ledger_total set expended = expended + 1 where dimension = 'line'",
        "update ledger_total set key = replace(key, '|false|', '|true|') where dimension = 'line'",
        "update ledger_total set month = month - 90 where dimension = 'line'",
        "delete from ledger_total where dimension = 'line'",
        "update ledger_pending set amount = amount + 1",
        "update ledger_entry set amount = amount + 1 where id = {0}",
        "update ledger_entry set need = 'Another' where id = {0}",
        "update ledger_entry set order_method = 'direct cite' where id = {0}",
        "update ledger_sum set drawn = drawn + 1 where kind = 'obligation'",
        "update ledger_total set count = count + 1 where dimension = 'all' and month = '-infinity'",
        "delete from ledger_entry where id = {0}",
        "update ledger_entry set posted_at = posted_at + interval '2 months' where id = {0}",
        "update ledger_entry set posted_at = 'infinity' where id = {0}",
    ],
)
async def test_what_a_superuser_altered_is_found(db: Database, owner_url: str, harm: str):
    document = await receive(db)
    number = await post(db, obligation(document, order_law="31 U.S.C. 1535", order_method="reimbursable"))
    async with db.snapshot() as session:
        assert (await queries.verify(session)).holds
    if "pending" not in harm:
        await fold(owner_url)
    owner = Database(owner_url, size=1)
    async with owner.engine.begin() as connection:
        await connection.execute(text("alter table ledger_entry disable trigger user"))
        await connection.execute(text(harm.format(number)))
        await connection.execute(text("alter table ledger_entry enable trigger user"))
    await owner.close()
    async with db.snapshot() as session:
        found = await queries.verify(session)
    assert not found.holds
    assert any(each.examples for each in found.checks if each.wrong)


# The columns of an entry in the order of its text: what stands for nothing, and something to say.
_TEXT: dict[str, tuple[Any, Any]] = {
    "id": (7, 7),
    "exercise": ("f", "t"),
    "kind": ("obligation", "reversal"),
    "reversed_kind": ("", "closing"),
    "amount": ("12.50", "12.50"),
    "funding_document_id": (0, 11),
    "project_id": (0, 12),
    "participant_id": (0, 13),
    "program_authority": ("", "1253.b"),
    "other_authority": ("", "10 U.S.C. 2350a"),
    "continuation_id": (0, 14),
    "late_because": ("", "found | late"),
    "late_document": ("", "L-1"),
    "document_number": ("", "D-1"),
    "document_line": ("", "0001AA"),
    "document_on": ("infinity", "2027-01-31"),
    "signed_at": ("", "Tokyo"),
    "performance_from": ("infinity", "2027-02-01"),
    "performance_until": ("infinity", "2027-02-28"),
    "effective_on": ("2027-03-01", "2027-03-01"),
    "need": ("", "services"),
    "basis": ("", "contract"),
    "adjusts_entry_id": (0, 15),
    "reverses_entry_id": (0, 16),
    "counter_entry_id": (0, 17),
    "transfer_law": ("", "10 U.S.C. 2214"),
    "approval": ("", "FY27-01 PA"),
    "closed_account_id": (0, 18),
    "closed_document": ("", "C-1"),
    "order_law": ("", "31 U.S.C. 1535"),
    "because": ("", "typed twice"),
    "contribution_kind": ("", "in kind"),
    "receipt_law": ("", "22 U.S.C. 2767"),
    "new_start": ("f", "t"),
    "incurred": ("f", "t"),
    "flag": ("", "potential violation"),
    "evidence": ("", "E-1"),
    "warnings": ("", "late|large"),
    "posted_by": (19, 19),
    "posted_at": ("1800000000.000000", "1800000000.000000"),
    "audience": (1, 1),
}


# What has no place of its own: it follows another column, where it is said. The fiscal year is the day's.
_AFTER = {"order_method": ("order_law", "direct cite"), "outside_account": ("transfer_law", "097-2026/2027-0100-000")}


async def test_an_entry_is_hashed_as_all_that_it_says_and_does_not_say(db: Database):
    assert {*_TEXT, *_AFTER, "fiscal_year"} == {column.name for column in LedgerEntry.__table__.columns}
    cases = [set(), *({name} for name in (*_TEXT, *_AFTER)), set(_TEXT), {*_TEXT, *_AFTER}]
    asked = text("select app.entry_text(jsonb_populate_record(null::ledger_entry, cast(:row as jsonb)))")
    async with db.read() as session:
        for said in cases:
            row: dict[str, Any] = {"warnings": [], "posted_at": "2027-01-15T08:00:00Z"}
            for name, (nothing, something) in _TEXT.items():
                if name in said or nothing not in ("", 0, "infinity"):
                    row.setdefault(name, something if name in said else nothing)
            parts = {name: str(pair[name in said]) for name, pair in _TEXT.items()}
            if "warnings" in said:
                row["warnings"] = ["late", "large"]
            for name, (before, something) in _AFTER.items():
                if name in said:
                    row[name] = something
                    parts[before] += f"\x1f{something}"
            assert await session.scalar(asked, {"row": json.dumps(row)}) == "|".join(parts.values()), said


@pytest.mark.parametrize("place", range(3))
async def test_a_sum_that_was_altered_is_found_in_whatever_month_it_was_posted(rehearsal: Rehearsal, place: int):
    """The sums are compared month of posting by month; between these lie months in which nothing was posted."""
    db = rehearsal.db
    days = (DAY, date(2026, 3, 5), date(2026, 9, 30))
    await rehearsal.move(noon(DAY))
    document = await receive(db)
    for day in days:
        await rehearsal.move(noon(day))
        await post(db, obligation(document))
    await fold(rehearsal.owner_url)
    async with db.snapshot() as session:
        assert (await queries.verify(session)).holds
    owner = Database(rehearsal.owner_url, size=1)
    async with owner.engine.begin() as connection:
        altered = await connection.execute(
            text("update ledger_sum set amount = amount + 1 where kind = 'obligation' and posted_month = :month"),
            {"month": days[place].replace(day=1)},
        )
    await owner.close()
    assert altered.rowcount == 1
    async with db.snapshot() as session:
        found = await queries.verify(session)
    [wrong] = [each for each in found.checks if each.name == "The finest sums equal the entries"]
    assert (wrong.wrong, len(wrong.examples)) == (1, 1)


async def test_an_amount_counts_under_each_objective_that_its_project_served_that_day(db: Database):
    """1253(b): the table is not additive, and its total counts each amount once."""
    document, project = await receive(db), await make_project(db)
    await post(db, obligation(document, "100.00", project_id=project))
    await post(db, obligation(document, "7.00"))
    await _serve(db, project, "1253.b.2", "1253.b.3")
    # What was entered before today keeps what it counted under; an entry of today counts under what stands now.
    async with db.read() as session:
        today = session.today
    assert today > DAY
    await post(db, obligation(document, "30.00", project_id=project, effective_on=today, document_on=today))
    async with db.read() as session:
        found = await queries.totals(session, OFFICE, "objective")
    assert {row.key: str(row.figures.obligated) for row in found.rows} == {
        "1253.b.1": "100.00",
        "1253.b.2": "30.00",
        "1253.b.3": "30.00",
        "": "7.00",
    }
    assert not found.additive
    assert str(found.total.obligated) == "137.00"
    async with db.snapshot() as session:
        assert (await queries.verify(session)).holds


async def test_what_is_posted_today_before_a_project_serves_something_else_moves_with_it(db: Database):
    document, project = await receive(db), await make_project(db)
    async with db.read() as session:
        today = session.today
    await post(db, obligation(document, "30.00", project_id=project, effective_on=today, document_on=today))
    await _serve(db, project, "1253.b.4")
    async with db.read() as session:
        found = await queries.totals(session, OFFICE, "objective")
    assert {row.key: str(row.figures.obligated) for row in found.rows if row.figures.obligated} == {"1253.b.4": "30.00"}
    async with db.snapshot() as session:
        assert (await queries.verify(session)).holds


@pytest.mark.parametrize("by", ["fiscal_year", "month", "funding_document", "project"])
async def test_totals_as_effective_hold_each_day_to_its_end_around_the_ends_of_months(db: Database, by: Any):
    """The first and the last day of a month as well as any other, also of a fiscal year."""
    document = await receive(db, amount=Dollars("5000.00"))
    days = [date(2025, 12, day) for day in (18, 19, 30, 31)] + [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 31)]
    days += [date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1), date(2026, 9, 30)]
    for place, day in enumerate(days):
        await post(db, obligation(document, f"{2**place}.00", effective_on=day, document_on=day))
    async with db.read() as session:
        known = session.now
        for asked in sorted({each + timedelta(days=step) for each in days for step in (-1, 0, 1)}):
            for at in (None, known):
                found = await queries.totals(session, OFFICE, by, Chosen(effective_on=asked, known_at=at))
                expected = sum(2**place for place, day in enumerate(days) if day <= asked)
                assert found.total.obligated.amount == expected, (asked, at)


async def test_totals_as_known_leave_out_what_was_posted_later(db: Database):
    document = await receive(db)
    await post(db, obligation(document, "100.00"))
    async with db.read() as session:
        before = session.now
    await post(db, obligation(document, "7.00"))
    async with db.read() as session:
        known = await queries.total(session, OFFICE, Chosen(known_at=before))
        by_month = await queries.totals(session, OFFICE, "month", Chosen(known_at=before))
        now = await queries.total(session, OFFICE)
    assert (str(known.obligated), str(now.obligated)) == ("100.00", "107.00")
    assert str(by_month.total.obligated) == "100.00"


async def test_authority_moves_by_transfer_with_its_law_and_within_an_account_by_reprogramming(db: Database):
    """31 U.S.C. 1532"""
    research = await open_account(db)
    upkeep = await open_account(db, "097-2026/2026-0100-000", "Operation and Maintenance, Defense-Wide")
    one = await receive(db, research, number="FD-1")
    two = await receive(db, research, number="FD-2")
    three = await receive(db, upkeep, number="FD-3")
    with pytest.raises(Invalid):
        await post(db, entry("transfer out", "10.00", funding_document_id=one))
    law = {"transfer_law": "Sec. 8005", "approval": None}
    out = await taken_out(db, one, three, "10.00", **law)
    moved = entry("transfer in", "10.00", funding_document_id=three, transfer_law="Sec. 8005", counter_entry_id=out)
    with pytest.raises(Refused, match="reprogrammed"):
        await post(
            db,
            entry("transfer in", "10.00", funding_document_id=two, transfer_law="Sec. 8005", counter_entry_id=out),
        )
    with pytest.raises(Invalid):
        await post(
            db,
            entry("transfer in", "11.00", funding_document_id=three, transfer_law="Sec. 8005", counter_entry_id=out),
        )
    await post(db, moved)
    with pytest.raises(Invalid):
        await post(db, entry("reprogramming out", "20.00", funding_document_id=one))
    out = await taken_out(db, one, two, "20.00")
    with pytest.raises(Refused, match="by transfer only"):
        await post(
            db,
            entry("reprogramming in", "20.00", funding_document_id=three, approval="DD 1415-1", counter_entry_id=out),
        )
    await post(
        db, entry("reprogramming in", "20.00", funding_document_id=two, approval="DD 1415-1", counter_entry_id=out)
    )
    async with db.snapshot() as session:
        found = await queries.totals(session, OFFICE, "funding_document")
        assert (await queries.verify(session)).holds
    assert {row.label: str(row.figures.authority) for row in found.rows} == {
        "FD-1": "970.00",
        "FD-2": "1020.00",
        "FD-3": "1010.00",
    }


async def test_a_withdrawal_that_breaks_a_later_day_is_refused_and_names_that_day(db: Database):
    """31 U.S.C. 1517(a)(2): limits hold on every effective day from the entry's own on."""
    document = await receive(db)
    later = DAY + timedelta(days=10)
    await post(db, obligation(document, "900.00", effective_on=later, document_on=later))
    for kind, values in (
        ("authority withdrawn", {}),
        ("transfer out", {"transfer_law": "Sec. 8005", "outside_account": "019-2026/2027-0113-000"}),
    ):
        with pytest.raises(Refused, match="30 Dec 2025"):
            await post(db, entry(kind, "200.00", funding_document_id=document, **values))
    with pytest.raises(Refused, match="30 Dec 2025"):
        await move(db, document, await receive(db, 1, number="FD-2"), "200.00")


async def test_an_order_is_authority_of_its_document_and_no_part_of_what_was_received(db: Database):
    """31 U.S.C. 1535: the requester's obligation and the performer's authority are never added."""
    account = await open_account(db)
    await receive(db, account, number="FD-1")
    order = await receive(
        db,
        account,
        number="FD-2",
        source_of_authority="reimbursable order",
        order_law="31 U.S.C. 1535",
        order_accepted_on=date(2025, 12, 18),
        amount=Dollars("400.00"),
    )
    await post(db, obligation(order, "400.00"))
    async with db.read() as session:
        found = await queries.total(session, OFFICE)
    assert (str(found.authority), str(found.ordered), str(found.obligated)) == ("1000.00", "400.00", "400.00")
    with pytest.raises(Refused, match="reimbursable order"):
        await post(db, entry("authority received", "1.00", funding_document_id=order))


async def test_a_smaller_order_takes_the_place_of_the_larger_one(db: Database):
    """What is refused says so: withdrawn, it would be taken from appropriations, of which it never was a part."""
    order = await receive(
        db,
        source_of_authority="reimbursable order",
        order_law="31 U.S.C. 1535",
        order_accepted_on=date(2025, 12, 18),
        amount=Dollars("400.00"),
    )
    await post(db, obligation(order, "250.00"))
    with pytest.raises(Refused, match="takes no authority withdrawn") as refused:
        await post(db, entry("authority withdrawn", "150.00", funding_document_id=order))
    assert "reverse the entry of the larger one" in refused.value.way_out
    async with db.read() as session:
        [whole] = (await queries.list_entries(session, OFFICE, queries.chosen(kind="reimbursable order"))).items
    await post(db, entry("reimbursable order", "250.00", funding_document_id=order))
    await reverse(db, whole.id)
    async with db.read() as session:
        found = await queries.total(session, OFFICE)
        assert (await queries.funding(session, OFFICE, FundingDocumentId(order))).available == Dollars.zero()
    assert (str(found.authority), str(found.ordered)) == ("0.00", "250.00")


async def _serve(db: Database, project: int, *objectives: str) -> None:
    """The project serves other objectives from today on."""
    async with db.write(actor=SERVICE, command="test.serve") as session:
        body = projects.ReviseProject(
            name="Solid rocket motors",
            kind="co-production",
            objectives=list(objectives),
            classified_by="a test",
            source="a test",
        )
        await projects.revise_project(session, ProjectId(project), body, version=1)
