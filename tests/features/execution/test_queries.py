"""The execution review as of a day, balances by age, shares, and what a reader may not see."""

from datetime import date
from decimal import Decimal

import pytest

from pipir.features.execution import queries
from pipir.features.execution.queries import money
from pipir.features.ledger import commands as ledger
from pipir.features.ledger import queries as ledger_queries
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Invalid
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from tests.features.execution.makers import TODAY, US, make_draft, month, record_budget, signed
from tests.features.ledger.makers import (
    entry,
    make_participant,
    make_project,
    obligation,
    open_account,
    post,
    receive,
    reverse,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
OTHER = Reader("us-government", "AUS")


async def review(db, reader=US, **asked):
    async with db.read() as session:
        return await queries.review(session, reader, **asked)


async def a_course(db) -> tuple[int, int]:
    """$1,000 of two-year research money: $400 obligated, $150 of it spent, in three months."""
    document = await receive(db)
    number = await post(db, obligation(document, "300.00", effective_on=date(2026, 1, 10)))
    await post(db, entry("expenditure", "100.00", adjusts_entry_id=number, effective_on=date(2026, 2, 1)))
    later = await post(db, obligation(document, "100.00", effective_on=date(2026, 10, 5)))
    await post(db, entry("expenditure", "50.00", adjusts_entry_id=later, effective_on=date(2026, 11, 1)))
    return document, number


async def test_a_document_is_held_against_plan_benchmark_period_and_burn(db):
    document, _ = await a_course(db)
    await signed(db, document, month(2026, 1, "200"), month(2026, 10, "300"), first_month=date(2026, 1, 1))
    found = await review(db)
    (row,) = found.rows
    assert (row.figures.authority, row.figures.obligated, row.figures.expended) == (
        Dollars(1000),
        Dollars(400),
        Dollars(150),
    )
    assert (row.unobligated, row.unliquidated) == (Dollars(600), Dollars(250))
    assert (row.obligation_rate, row.outlay_rate, row.funds_left) == (Decimal("40.0"), Decimal("15.0"), Decimal("60.0"))
    assert (row.plan.obligations, row.plan.obligated) == (Dollars(500), Decimal("80.0"))
    # Fifty-one days into the second year of research money: 90 percent after the first, 100 after the second.
    assert row.benchmark.obligated == Decimal("91.4")
    assert (row.period.last, row.period.days_left) == (date(2027, 9, 30), 314)
    # $100 in ninety days: $600 last 540 days.
    assert row.obligations_burn.on == date(2028, 5, 13)
    assert row.outlays_burn.on == date(2028, 2, 13)


async def test_the_review_as_of_a_past_day_knows_nothing_later(db):
    document, _ = await a_course(db)
    (row,) = (await review(db, as_of=date(2026, 1, 31))).rows
    assert (row.figures.obligated, row.figures.expended) == (Dollars(300), Dollars(0))
    assert row.outlays_burn.case == "no spending in 90 days"
    number = await signed(db, document, month(2026, 1, "200"))
    assert (await review(db, as_of=date(2026, 1, 31))).rows[0].plan is None
    assert (await review(db)).rows[0].plan.name == "Plan 1"
    assert number


async def test_what_is_dated_before_its_document_came_stands_in_the_review_of_its_day(db):
    """As in the totals: authority and an obligation dated into a day on which the document had not been received."""
    document = await receive(db, received_on=date(2026, 6, 1), amount=Dollars("300.00"))
    given = entry("authority received", "500.00", funding_document_id=document, effective_on=date(2026, 1, 5))
    await post(db, given)
    await post(db, obligation(document, "100.00", effective_on=date(2026, 1, 6)))
    await receive(db, number="FD-2", received_on=date(2026, 6, 1), account_id=await open_account(db, "097-X-0360-000"))
    for by in ("document", "account"):
        (row,) = (await review(db, as_of=date(2026, 3, 1), by=by)).rows
        assert (row.figures.authority, row.figures.obligated) == (Dollars(500), Dollars(100))
    assert [each.name for each in (await review(db, as_of=date(2026, 6, 1))).rows] == ["FD-1", "FD-2"]


async def test_the_course_of_a_document_that_came_after_the_day_begins_by_the_day(db):
    account = await open_account(db, "097-X-0360-000", "Defense Production Act Purchases")
    number = await receive(db, account, received_on=date(2026, 6, 1), amount=Dollars("300.00"))
    given = entry("authority received", "500.00", funding_document_id=number, effective_on=date(2026, 1, 5))
    await post(db, given)
    on = date(2026, 3, 1)
    async with db.read() as session:
        (document,) = await queries.documents(session, US, on)
        found = await queries.course(session, US, document, None, on)
    assert (found.months, found.obligated) == ((date(2026, 3, 31),), (Dollars(0),))


async def test_a_day_to_come_and_a_group_that_is_none_are_refused(db):
    with pytest.raises(Invalid):
        await review(db, as_of=date(2026, 11, 21))
    with pytest.raises(Invalid):
        await review(db, by="country")


async def test_sums_of_whole_quarters_and_single_days_come_to_the_same_as_all_entries(db):
    await a_course(db)
    async with db.read() as session:
        for on in (date(2025, 12, 31), date(2026, 1, 9), date(2026, 1, 10), date(2026, 10, 31), TODAY):
            by_sum = await money.as_of(session, US, on, "document")
            by_day = await money.between(session, US, date(2020, 1, 1), on, "document")
            assert {key: each for key, each in by_sum.items() if each != money.NONE} == dict(by_day)


async def test_an_account_is_the_sum_of_its_documents_and_a_project_has_no_authority(db):
    account = await open_account(db)
    project = await make_project(db)
    for number in ("FD-1", "FD-2"):
        document = await receive(db, account, number=number)
        await post(db, obligation(document, "25.00", project_id=project))
    by_account = await review(db, by="account")
    (row,) = by_account.rows
    assert (row.figures.authority, row.figures.obligated) == (Dollars(2000), Dollars(50))
    (row,) = (await review(db, by="project")).rows
    assert (row.figures.obligated, row.obligation_rate, row.obligations_burn.case) == (
        Dollars(50),
        None,
        "no authority of its own",
    )
    only = await review(db, document_id=document)
    assert [each.name for each in only.rows] == ["FD-2"]


async def test_what_expires_with_the_year_stands_in_the_year_end_list_with_what_is_left(db):
    account = await open_account(db, "097-2027/2027-0100-000", "Operation and Maintenance, Defense-Wide")
    await receive(db, account, number="OM", received_on=date(2026, 10, 2))
    await receive(db, number="RDTE")
    found = await review(db)
    # The research money of fiscal years 2026 and 2027 ends with this one as well.
    assert [(each.number, each.unobligated, each.days_left) for each in found.year_end] == [
        ("OM", Dollars(1000), 314),
        ("RDTE", Dollars(1000), 314),
    ]
    async with db.read() as session:
        slugs = [each.dated.slug for each in await queries.entries(session, US)]
    assert sorted(slugs) == ["funds-expire-1", "funds-expire-2"]


async def test_an_economy_act_order_stands_in_a_list_of_its_own_until_what_is_left_came_back(db):
    """31 U.S.C. 1535(d)"""
    document = await receive(db, received_on=date(2026, 1, 5))
    order = {"effective_on": date(2026, 2, 1), "order_law": "31 USC 1535(a)", "document_number": "MIPR-1"}
    root = await post(db, obligation(document, "300.00", **order))
    await post(db, obligation(document, "50.00", **(order | {"order_law": "10 U.S.C. 2571"})))
    await post(db, entry("expenditure", "100.00", adjusts_entry_id=root, effective_on=date(2026, 3, 1)))
    account = await open_account(db, "097-2026/2028-0300-000", "Procurement, Defense-Wide")
    received = await receive(
        db,
        account,
        number="ORDER-1",
        received_on=date(2026, 1, 5),
        source_of_authority="reimbursable order",
        order_law="31 U.S.C. 1535",
        order_accepted_on=date(2026, 1, 5),
        period_until=date(2026, 9, 30),
    )
    await post(db, obligation(received, "900.00", effective_on=date(2026, 2, 1)))
    found = await review(db)
    assert [(each.document, each.entry_id, each.left, each.last_on) for each in found.orders] == [
        ("ORDER-1", None, Dollars(100), date(2026, 9, 30)),
        ("MIPR-1", root, Dollars(200), date(2027, 9, 30)),
    ]
    assert (await review(db, OTHER)).orders == ()
    async with db.read() as session:
        dated = [each.dated for each in await queries.entries(session, US)]
    assert [(each.slug, each.citation) for each in dated if "order" in each.slug] == [
        (f"order-ends-{root}-{document}", "31 U.S.C. 1535(d)")
    ]
    await post(db, entry("deobligation", "200.00", adjusts_entry_id=root, effective_on=date(2026, 4, 1)))
    assert [each.document for each in (await review(db)).orders] == ["ORDER-1"]


async def test_a_resolution_tells_what_an_even_pace_lets_be_obligated_until_today(db):
    account = await open_account(db, "097-2027/2027-0100-000", "Operation and Maintenance, Defense-Wide")
    await receive(
        db,
        account,
        received_on=date(2026, 10, 2),
        source_of_authority="continuing resolution",
        through_on=date(2026, 12, 10),
        cr_amount=Dollars("700.00"),
        amount=Dollars("700.00"),
    )
    (under,) = (await review(db)).resolutions
    assert (under.pace.by_today, under.pace.left, under.pace.days_left) == (Dollars(500), Dollars(700), 20)
    async with db.read() as session:
        found = {each.dated.slug: each.dated.due_on for each in await queries.entries(session, US)}
    assert found["resolution-ends-1"] == date(2026, 12, 10)


async def test_funds_that_run_out_before_their_period_are_a_dated_item(db):
    document = await receive(db)
    await post(db, obligation(document, "900.00", effective_on=date(2026, 11, 1)))
    async with db.read() as session:
        found = {each.dated.slug: each.dated.due_on for each in await queries.entries(session, US)}
    assert found[f"funds-used-up-{document}"] == date(2026, 11, 30)


async def test_money_planned_after_the_end_without_another_authority_is_listed(db):
    """Sec. 1253(g): the version signed last counts, a month that names another authority does not."""
    document = await receive(db, await open_account(db, "097-X-0360-000", "Defense Production Act Purchases"))
    end = {"first_month": date(2030, 12, 1), "last_month": date(2031, 2, 1)}
    await signed(db, document, month(2031, 1, "900"), **end)
    named = month(2031, 2, "7", because="Goes on", other_authority="10-usc-2350a")
    lines = month(2030, 12, "5", because="Later"), month(2031, 1, "6", because="Less"), named
    await signed(db, document, *lines, kind="forecast", tolerance=Dollars("0.00"), **end)
    found = await review(db)
    assert [(each.name, each.month, each.obligations) for each in found.after_end] == [
        ("Forecast 1", date(2031, 1, 1), Dollars(6))
    ]


async def test_the_ages_of_balances_come_to_what_the_ledger_calls_unliquidated(db):
    document, number = await a_course(db)
    async with db.write(actor=SERVICE, command="test.incurred") as session:
        body = ledger.RecordIncurred(
            kind="expenditure",
            amount=Dollars("5.00"),
            effective_on=date(2026, 11, 2),
            flag="unmatched disbursement",
            evidence="Voucher 17",
            funding_document_id=document,
        )
        await ledger.record_incurred(session, body)
    async with db.read() as session:
        found = await queries.balances(session, US, TODAY)
        total = await ledger_queries.total(session, US)
    assert found.total == total.unliquidated == Dollars(245)
    held = {each.label: (each.unliquidated, each.count) for each in found.ages if each.count}
    assert held == {
        "0 to 90 days": (Dollars(50), 1),
        "181 to 365 days": (Dollars(200), 1),
        "on no obligation shown here": (Dollars(-5), 1),
    }
    assert number


async def test_a_reversed_obligation_has_no_balance(db):
    document = await receive(db)
    await reverse(db, await post(db, obligation(document, "30.00")), date(2026, 1, 5))
    async with db.read() as session:
        assert (await queries.balances(session, US, TODAY)).total == Dollars(0)
        assert (await queries.balances(session, US, date(2026, 1, 4))).total == Dollars(30)


async def test_obligations_on_which_nothing_was_spent_for_the_days_of_the_convention_are_listed(db):
    document, number = await a_course(db)
    async with db.read() as session:
        page = await queries.quiet_obligations(session, US, TODAY)
        (row,) = page.items
        assert (row.id, row.quiet_since, row.quiet_days, row.unliquidated) == (
            number,
            date(2026, 2, 1),
            292,
            Dollars(200),
        )
        assert (await queries.quiet_obligations(session, US, date(2026, 7, 30))).total == 0
        assert (await queries.quiet_obligations(session, US, date(2026, 7, 31))).total == 1
        assert (await queries.quiet_obligations(session, US, TODAY, queries.Where(document + 1))).total == 0
        assert (await queries.quiet_obligations(session, OTHER, TODAY)).total == 0


async def test_a_payment_that_was_taken_back_does_not_make_an_obligation_less_quiet(db):
    """Reversed by the day that is asked about; before that day it stood."""
    _, number = await a_course(db)
    paid = await post(db, entry("expenditure", "10.00", adjusts_entry_id=number, effective_on=date(2026, 3, 1)))
    await reverse(db, paid, date(2026, 9, 1))
    for on, since in ((date(2026, 8, 31), date(2026, 3, 1)), (date(2026, 9, 1), date(2026, 2, 1))):
        async with db.read() as session:
            (row,) = (await queries.quiet_obligations(session, US, on)).items
        assert (row.id, row.quiet_since, row.last_expended_on) == (number, since, since)
    # 179 days after the payment, which stood until then.
    async with db.read() as session:
        assert (await queries.quiet_obligations(session, US, date(2026, 8, 27))).total == 0


async def test_what_a_reader_may_not_see_is_in_no_figure_of_the_review(db):
    document, project = (
        await receive(db, marking="UNCLASSIFIED//REL TO USA, AUS"),
        await make_project(db, marking="CUI//NOFORN"),
    )
    await post(db, obligation(document, "100.00", project_id=project))
    await post(db, obligation(document, "11.00"))
    number = await make_draft(db, document, project_id=project, marking="UNCLASSIFIED//REL TO USA, AUS")
    assert number
    for on in (None, date(2025, 12, 31)):
        (row,) = (await review(db, OTHER, as_of=on)).rows
        assert row.figures.obligated == Dollars(11)
        assert (await review(db, OTHER, as_of=on, by="project")).rows == ()
    async with db.read() as session:
        assert (await queries.balances(session, OTHER, TODAY)).total == Dollars(11)


async def test_contributions_count_by_kind_and_a_reversal_by_the_kind_that_it_reverses(db):
    """A contribution under no agreement stands apart, and is lost from no sum."""
    country, project = await make_participant(db), await make_project(db)
    numbers = [
        await post(
            db,
            entry("partner contribution", amount, participant_id=country, project_id=project, contribution_kind=kind),
        )
        for amount, kind in (("70.00", "cash"), ("30.00", "in kind"), ("8.00", "cash"))
    ]
    await reverse(db, numbers[2])
    async with db.read() as session:
        found = await queries.shares(session, US)
        assert [(each.party, each.kind, each.ledger) for each in found.apart] == [
            ("Australia", "cost", Dollars(70)),
            ("Australia", "in kind", Dollars(30)),
        ]
        assert (await queries.shares(session, US, country="JPN")).apart == ()
        with pytest.raises(Invalid):
            await queries.shares(session, US, country="12")


async def test_quarters_stand_with_what_the_plan_has_for_them(db):
    document, _ = await a_course(db)
    await signed(db, document, month(2026, 10, "200"), month(2026, 11, "50"), month(2027, 1, "40"))
    async with db.read() as session:
        versions = await queries.signed(session, US, TODAY)
        found = await queries.quarters(session, US, versions, frozenset({document}), TODAY)
        past = await queries.quarters(session, US, (), frozenset({document}), date(2026, 1, 10))
    assert [(each.fiscal_year, each.quarter, each.obligated, each.planned) for each in found] == [
        (2026, 1, Dollars(0), None),
        (2026, 2, Dollars(300), None),
        (2027, 1, Dollars(100), Dollars(250)),
        (2027, 2, Dollars(0), Dollars(40)),
    ]
    assert [(each.fiscal_year, each.quarter, each.obligated) for each in past] == [
        (2026, 1, Dollars(0)),
        (2026, 2, Dollars(300)),
    ]


async def test_what_is_transmitted_leaves_out_what_lies_beyond_the_submitted_budget(db):
    """money.md (K): pre-decisional amounts are barred from transmittal."""
    document = await receive(db)
    lines = month(2027, 9, "5", "1"), month(2027, 10, "0", "4")
    await signed(db, document, *lines)
    await record_budget(db, 2027)
    async with db.read() as session:
        every = await queries.planned_by_year(session, US, transmitted=False)
        told = await queries.planned_by_year(session, US, transmitted=True)
    assert [(each.fiscal_year, each.outlays, each.pre_decisional) for each in every] == [
        (2027, Dollars(1), False),
        (2028, Dollars(4), True),
    ]
    assert [each.fiscal_year for each in told] == [2027]


async def test_the_last_days_are_read_from_the_sums_by_day_and_hide_what_is_hidden(db):
    """Of a document with a hidden entry the entries themselves are asked."""
    document = await receive(db, marking="UNCLASSIFIED//REL TO USA, AUS")
    project = await make_project(db, marking="CUI//NOFORN")
    await post(db, obligation(document, "90.00", effective_on=date(2026, 11, 1), project_id=project))
    await post(db, obligation(document, "9.00", effective_on=date(2026, 11, 2)))
    await post(db, obligation(document, "7.00", effective_on=date(2026, 8, 22)))
    async with db.read() as session:
        assert (await money.recent(session, US, TODAY, 90))[document].obligated == Dollars(99)
        assert (await money.recent(session, US, TODAY, 91))[document].obligated == Dollars(106)
        assert (await money.recent(session, OTHER, TODAY, 90))[document].obligated == Dollars(9)


async def test_ages_of_too_many_entries_are_asked_account_by_account(db):
    """A question that would take longer than a page may is told what to choose, before it is asked."""
    research, upkeep = await open_account(db), await open_account(db, "097-2026/2026-0100-000", "Operation")
    one, two = await receive(db, research, number="FD-1"), await receive(db, upkeep, number="FD-2")
    for document, amount in ((one, "10.00"), (one, "20.00"), (two, "30.00")):
        await post(db, obligation(document, amount))
    of_account = queries.Where(account_id=research)
    async with db.read() as session:
        assert await queries.too_many(session, US, TODAY, most=5) == 0
        assert await queries.too_many(session, US, TODAY, most=4) == 5
        assert await queries.too_many(session, US, TODAY, of_account, most=3) == 0
        with pytest.raises(Invalid, match="5 entries are too many"):
            await queries.balances(session, US, TODAY, most=4)
        assert (await queries.balances(session, US, TODAY, of_account, most=3)).total == Dollars(30)
        # Each choice leads to a narrower one, and the last one is read.
        assert queries.narrower(queries.EVERYWHERE) == "account"
        assert queries.narrower(of_account) == "funding_document"
        of_document = queries.Where(funding_document_id=one)
        assert queries.narrower(of_document) == queries.narrower(queries.Where(one, research)) == "project"
        assert await queries.too_many(session, US, TODAY, of_document, most=2) == 3
        project = await make_project(db)
        assert await queries.too_many(session, US, TODAY, queries.Where(one, project_id=project), most=0) == 0
