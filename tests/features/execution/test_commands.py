"""Versions of plans and forecasts: drafted, filled, signed for good, superseded by the next."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from pipir.features.execution import commands, queries
from pipir.features.execution.tables import PlanId
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused, Stale
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.statute.load import load_statute
from pipir.statute.lookup import number as number_of
from tests.features.execution.makers import (
    US,
    draft,
    enter,
    make_draft,
    month,
    record_budget,
    sign,
    signed,
    version_of,
)
from tests.features.ledger.makers import make_project, obligation, post, receive

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def detail(db, number):
    async with db.read() as session:
        return await queries.plan_detail(session, US, number)


async def test_a_forecast_begins_as_the_version_signed_last_and_supersedes_the_one_of_its_kind(db):
    document = await receive(db)
    plan = await signed(db, document, month(2026, 10, "100"), month(2026, 11, "200"))
    first = await make_draft(db, document, kind="forecast")
    found = await detail(db, first)
    assert [(each.month.month, each.obligations) for each in found.lines] == [
        (10, Dollars(100)),
        (11, Dollars(200)),
        (12, Dollars(0)),
    ]
    assert (found.follows.id, found.plan.name) == (plan, "Forecast 1")
    await sign(db, first)
    second = await signed(db, document, month(2026, 10, "100"), month(2026, 11, "200"), kind="forecast")
    states = [(await detail(db, each)).plan.state for each in (plan, first, second)]
    # The plan stays what rates are held against: a forecast supersedes forecasts.
    assert states == ["signed", "superseded", "signed"]
    assert (await detail(db, second)).follows.id == first


async def test_a_signed_version_never_changes_by_any_command(db):
    document = await receive(db)
    number = await signed(db, document, month(2026, 10, "100"))
    with pytest.raises(Refused, match="never changes"):
        await enter(db, number, month(2026, 10, "999"))
    with pytest.raises(Refused, match="never changes"):
        await sign(db, number)
    with pytest.raises(Refused, match="never changes"):
        async with db.write(actor=SERVICE, command="plan.withdraw") as session:
            body = commands.WithdrawPlan("Not wanted")
            await commands.withdraw_plan(session, number, body, version=await version_of(db, number))


CHANGES = (
    "update spend_plan_line set obligations = 999, version = version + 1 where plan_id = :plan",
    "insert into spend_plan_line (version, plan_id, month, obligations, outlays) values (1, :plan, '2027-05-01', 1, 0)",
    "update spend_plan_line set plan_id = :draft, version = version + 1 where plan_id = :plan",
    "update spend_plan set tolerance = 999999, version = version + 1 where id = :plan",
    "update spend_plan set state = 'draft', signed_by_id = null, signed_on = null, version = version + 1 "
    "where id = :plan",
)


@pytest.mark.parametrize("change", CHANGES)
async def test_the_database_keeps_what_is_signed_whoever_writes(db, owner_url, change):
    """Removing the guard shows that it is the guard: the same statement passes without it."""
    document = await receive(db)
    plan = await signed(db, document, month(2026, 10, "100"))
    other = await make_draft(db, document, kind="forecast", first_month=date(2028, 1, 1), last_month=date(2028, 1, 1))
    asked = {"plan": plan, "draft": other} if ":draft" in change else {"plan": plan}
    engine = create_async_engine(owner_url, poolclass=NullPool)
    async with engine.connect() as owner:
        await owner.execute(text("select set_config('app.actor', '1', true), set_config('app.command', 't', true)"))
        with pytest.raises(DBAPIError, match="signed or withdrawn never change"):
            await owner.execute(text(change), asked)
        await owner.rollback()
        await owner.execute(text("drop trigger keep_signed_plan on spend_plan"))
        await owner.execute(text("drop trigger keep_signed_lines on spend_plan_line"))
        await owner.execute(text("drop index uq_spend_plan_draft"))
        await owner.execute(text("select set_config('app.actor', '1', true), set_config('app.command', 't', true)"))
        assert (await owner.execute(text(change), asked)).rowcount >= 1
        await owner.rollback()
    await engine.dispose()


async def test_a_line_that_moved_by_more_than_the_tolerance_is_signed_with_a_reason(db):
    document = await receive(db)
    await signed(db, document, month(2026, 10, "100"), month(2026, 11, "200"))
    number = await make_draft(db, document, kind="forecast", tolerance=Dollars("50.00"))
    moved = month(2026, 11, "251")
    await enter(db, number, month(2026, 10, "150"), moved)
    with pytest.raises(Invalid) as wrong:
        await sign(db, number)
    assert [each.where for each in wrong.value.mistakes] == ["lines.1.because"]
    await enter(db, number, month(2026, 10, "150"), month(2026, 11, "251", because="The award slipped"))
    await sign(db, number)
    assert (await detail(db, number)).lines[1].obligations_moved == Dollars("51.00")


async def test_a_tolerance_is_at_most_the_laws_number(db):
    """Convention: execution review; whoever drafts a version does not set what it has to explain."""
    document = await receive(db)
    for tolerance in ("10000.01", "999999999999.00"):
        with pytest.raises(Invalid) as wrong:
            await make_draft(db, document, kind="forecast", tolerance=Dollars(tolerance))
        (mistake,) = wrong.value.mistakes
        assert (mistake.where, mistake.found) == ("tolerance", tolerance)
        assert mistake.expected.startswith("Expected at most $10,000.00: what moves by more says why")
    number = await make_draft(db, document, kind="forecast", tolerance=Dollars("10000.00"))
    assert (await detail(db, number)).plan.tolerance == Dollars(
        number_of(load_statute(), "execution-review", "tolerance")
    )


async def test_a_version_that_plans_above_the_authority_is_told_so_and_may_be_signed(db):
    """31 U.S.C. 1341(a)(1)(A): a plan is no obligation, and more authority may come."""
    document = await receive(db, received_on=date(2025, 12, 18), amount=Dollars("1000.00"))
    await post(db, obligation(document, "300.00"))
    number = await make_draft(db, document)
    assert (await detail(db, number)).warnings == ()
    await enter(db, number, month(2026, 10, "700.00"))
    assert (await detail(db, number)).warnings == ()
    await enter(db, number, month(2026, 10, "700.00"), month(2026, 11, "0.01"))
    (said,) = (await detail(db, number)).warnings
    assert "Plan 1 plans obligations of $700.01, beside $300.00 obligated before its first month" in said
    assert "the authority of FD-1 is $1,000.00 today" in said
    assert "31 U.S.C. 1341(a)(1)(A)" in said
    await sign(db, number)
    found = await detail(db, number)
    assert (found.plan.state, found.warnings) == ("signed", (said,))


async def test_a_project_is_held_against_the_authority_of_its_document_alone(db):
    document, project = await receive(db), await make_project(db)
    await post(db, obligation(document, "300.00"))
    number = await make_draft(db, document, project_id=project)
    for planned, told in (("1000.00", 0), ("1000.01", 1)):
        await enter(db, number, month(2026, 10, planned))
        assert len((await detail(db, number)).warnings) == told


async def test_a_month_that_is_left_out_plans_nothing_from_then_on(db):
    document = await receive(db)
    number = await make_draft(db, document)
    await enter(db, number, month(2026, 10, "1"), month(2027, 1, "5"))
    await enter(db, number, month(2026, 10, "2"))
    lines = {each.month: each.obligations for each in (await detail(db, number)).lines}
    assert lines[date(2026, 10, 1)] == Dollars(2)
    assert lines[date(2027, 1, 1)] == Dollars(0)


async def test_two_who_fill_the_same_draft_do_not_write_over_each_other(db):
    document = await receive(db)
    number = await make_draft(db, document)
    version = await version_of(db, number)
    await enter(db, number, month(2026, 10, "1"))
    with pytest.raises(Stale):
        async with db.write(actor=SERVICE, command="plan.enter-months") as session:
            body = commands.EnterMonths([month(2026, 10, "7")])
            await commands.enter_months(session, number, body, version=version)


async def test_there_is_one_draft_at_a_time_for_a_document_and_for_each_of_its_projects(db):
    document, project = await receive(db), await make_project(db)
    number = await make_draft(db, document)
    await make_draft(db, document, project_id=project)
    with pytest.raises(Conflict, match="A draft is open already"):
        await make_draft(db, document, kind="forecast")
    async with db.write(actor=SERVICE, command="plan.withdraw") as session:
        body = commands.WithdrawPlan("Drafted by mistake")
        await commands.withdraw_plan(session, number, body, version=await version_of(db, number))
    assert (await detail(db, await make_draft(db, document))).plan.name == "Plan 2"


async def test_every_mistake_of_a_draft_is_named_at_once(db):
    await receive(db)
    body = draft(99, project_id=98, as_of=date(2027, 1, 1), last_month=date(2026, 9, 1), tolerance=Dollars("-1.00"))
    with pytest.raises(Invalid) as wrong:
        async with db.write(actor=SERVICE, command="plan.draft") as session:
            await commands.draft_plan(session, body)
    places = [each.where for each in wrong.value.mistakes]
    assert places == ["funding_document_id", "project_id", "as_of", "tolerance", "last_month"]


async def test_a_signature_is_confirmed_and_plans_something(db):
    document = await receive(db)
    number = await make_draft(db, document)
    with pytest.raises(Refused, match="plans nothing"):
        await sign(db, number)
    with pytest.raises(Invalid):
        async with db.write(actor=SERVICE, command="plan.sign") as session:
            await commands.sign_plan(session, number, commands.SignPlan(confirm=False), version=1)


async def test_a_plan_of_what_one_may_not_see_is_not_there(db):
    """A version is as hidden as its document and its project are."""
    document, project = await receive(db), await make_project(db, marking="CUI//NOFORN")
    number = await make_draft(db, document, project_id=project)
    own = await make_draft(db, document, marking="CUI//NOFORN")
    other = Reader("us-government", "AUS")
    async with db.read() as session:
        assert (await queries.list_plans(session, US)).total == 2
        assert (await queries.list_plans(session, other)).total == 0
        for each in (number, own):
            with pytest.raises(NotFound):
                await queries.plan_detail(session, other, PlanId(each))


async def test_months_beyond_the_submitted_budget_are_pre_decisional_and_their_sum_is_told(db):
    """money.md (K): planned amounts beyond the submitted President's Budget."""
    document = await receive(db)
    number = await make_draft(db, document)
    await enter(db, number, month(2027, 9, "1"), month(2027, 10, "2", "3"))
    assert (await detail(db, number)).plan.pre_decisional_obligations == Dollars(3)
    await record_budget(db, 2027)
    found = await detail(db, number)
    assert (found.budget, found.plan.pre_decisional_obligations, found.plan.pre_decisional_outlays) == (
        2027,
        Dollars(2),
        Dollars(3),
    )
    assert [each.pre_decisional for each in found.lines if each.obligations] == [False, True]
    with pytest.raises(Conflict):
        await record_budget(db, 2027)
    with pytest.raises(Invalid):
        async with db.write(actor=SERVICE, command="budget.record") as session:
            await commands.record_budget(session, commands.RecordBudget(2028, date(2027, 2, 2), "to come"))


async def test_a_month_is_held_against_what_the_ledger_has_of_it(db):
    document, project = await receive(db), await make_project(db)
    await post(db, obligation(document, "30.00", effective_on=date(2026, 10, 5), project_id=project))
    await post(db, obligation(document, "12.00", effective_on=date(2026, 11, 5)))
    whole = await make_draft(db, document)
    part = await make_draft(db, document, project_id=project)
    for number, expected in ((whole, ["30.00", "12.00", None]), (part, ["30.00", "0.00", None])):
        came = [each.actual_obligations for each in (await detail(db, number)).lines]
        assert came == [Dollars(each) if each else None for each in expected]
