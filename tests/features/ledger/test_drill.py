"""From a figure to its entries: what is listed adds up to what was shown."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from pipir.features.ledger import queries
from pipir.features.ledger.queries import Chosen
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Invalid
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.ledger.makers import (
    DAY,
    entry,
    make_participant,
    make_project,
    move,
    obligation,
    open_account,
    post,
    receive,
    reverse,
)
from tests.rehearsals import transaction

pytestmark = pytest.mark.asyncio(loop_scope="session")
US = Reader("us-government")
NEXT_YEAR = date(2026, 10, 5)


async def filled(db: Database) -> None:
    """Entries of every kind that a figure knows, with reversals, draws, and entries that name nothing."""
    account = await open_account(db)
    document, second = await receive(db, account), await receive(db, account, number="FD-2")
    project, country = await make_project(db), await make_participant(db)
    other = await make_project(db, "Casting capacity")
    named = {"project_id": project, "participant_id": country}
    reserved = await post(db, entry("commitment", "400.00", funding_document_id=document, project_id=project))
    await post(db, entry("decommitment", "50.00", adjusts_entry_id=reserved))
    root = await post(db, obligation(document, "200.00", adjusts_entry_id=reserved, project_id=project))
    drawn = await post(db, obligation(document, "30.00", adjusts_entry_id=reserved, project_id=project))
    await reverse(db, drawn)
    await post(db, entry("upward adjustment", "15.00", adjusts_entry_id=root, basis="price or rate"))
    await post(db, entry("deobligation", "20.00", adjusts_entry_id=root))
    await post(db, entry("expenditure", "90.00", adjusts_entry_id=root))
    paid = await post(db, entry("expenditure", "11.00", adjusts_entry_id=root, effective_on=DAY + timedelta(days=40)))
    await reverse(db, paid, on=DAY + timedelta(days=41))
    await post(db, entry("refund", "5.00", adjusts_entry_id=root, effective_on=DAY + timedelta(days=50)))
    law = {"program_authority": "10-usc-2350a"}
    await post(db, obligation(second, "60.00", effective_on=NEXT_YEAR, project_id=other, **law))
    await post(db, obligation(second, "7.00", **named))
    await post(db, entry("authority withdrawn", "100.00", funding_document_id=second))
    await move(db, second, document, "33.00")
    purchases = await open_account(db, "097-X-0360-000", "Defense Production Act Purchases")
    order = {"source_of_authority": "reimbursable order", "order_law": "31 U.S.C. 1535", "order_accepted_on": DAY}
    await receive(db, purchases, number="RO-1", **order)
    await post(db, entry("partner contribution", "70.00", participant_id=country))


def row_filters(by: str, key: str) -> dict[str, Any]:
    """The filters that a row of the totals stands for."""
    if key == "" or (by == "kind_of_appropriation" and key.startswith("No account")):
        return {"without": "account" if by == "kind_of_appropriation" else by}
    match by:
        case "quarter":
            return {"fiscal_year": int(key[:4]), "quarter": int(key[-1])}
        case "fiscal_year":
            return {by: int(key)}
        case "account" | "funding_document" | "project" | "workstream":
            return {f"{by}_id": int(key)}
        case "kind_of_appropriation":
            return {"appropriation": key}
    return {by: key}


LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "asked", [{}, {"effective_on": date(2026, 1, 15)}, {"known_at": LATER}], ids=["now", "effective", "known"]
)
async def test_the_entries_of_a_figure_add_up_to_it(db: Database, asked: dict[str, Any]):
    """Every row of every group, every stage: the listed amounts as signed there, and how many there are."""
    await filled(db)
    async with db.read() as session:
        for by in queries.GROUPS:
            found = await queries.totals(session, US, by, Chosen(**asked))
            assert found.rows
            moved = set()
            for row in found.rows:
                filters = asked | row_filters(by, row.key)
                whole = await queries.list_entries(session, US, queries.chosen(**filters), limit=200)
                assert (whole.total, len(whole.items)) == (row.figures.count, row.figures.count), row
                for stage in queries.STAGES:
                    chosen = queries.chosen(**filters, stage=stage)
                    page = await queries.list_entries(session, US, chosen, limit=200)
                    figure = getattr(row.figures, stage)
                    assert sum((each.signed for each in page.items), Dollars(0)) == figure, (row.label, stage)
                    assert page.total == len(page.items), (row.label, stage)
                    assert await queries.sums_of(session, US, chosen) == row.figures, (row.label, stage)
                    if page.items:
                        moved.add(stage)
            hidden = {"obligated_other"} if "effective_on" in asked else set()
            assert moved == set(queries.STAGES) - {"obligated_continuing"} - hidden


async def test_a_kind_lists_its_reversals_too_as_the_sums_count_them(db: Database):
    await filled(db)
    async with db.read() as session:
        for kind in ("obligation", "expenditure", "authority received", "reversal"):
            page = await queries.list_entries(session, US, Chosen(kind=kind), limit=200)
            assert page.total == len(page.items) > 0
            assert {each.reversed_kind or each.kind for each in page.items} == {kind} or kind == "reversal"
        assert (await queries.sums_of(session, US, Chosen(kind="obligation"))) is None


async def test_filters_that_cannot_be_are_named_together(db: Database):
    with pytest.raises(Invalid) as wrong:
        queries.chosen(month="2027-13", objective="x", stage="spent", without="kind", appropriation="nothing")
    assert [each.where for each in wrong.value.mistakes] == ["month", "objective", "stage", "without", "appropriation"]


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
async def test_a_day_at_the_end_of_the_calendar_is_no_filter(service: Service, day: str):
    """After its last day there is no next one, and before its first none in another zone."""
    asked = {"effective_on": day, "month": day[:7]}
    async with service.api("auditor") as client:
        for path in ("entries", "totals"):
            for known in (f"{day}T23:59:59-23:59", f"{day}T00:00:00+23:59"):
                said = await client.get(f"/api/v1/ledger/{path}", params=asked | {"known_at": known})
                assert said.status_code == 422
                assert all(f'"{name}"' in said.text for name in ("effective_on", "known_at", "month")), said.text
    browser = await service.browser("auditor")
    for name in ("effective_on", "known_on"):
        assert (await browser.get(f"/ledger/totals?{name}={day}")).status_code == 422


async def test_a_long_list_is_counted_by_its_sums_and_sorted_by_what_an_index_orders(db: Database, owner_url: str):
    """What no index orders is sorted in a list of fewer than 100,000 entries only, and the refusal says so."""
    document = await receive(db)
    async with transaction(owner_url) as owner:
        await owner.execute(
            text("select set_config('app.actor', :actor, true), set_config('app.command', 'test.entries', true)"),
            {"actor": str(SERVICE)},
        )
        await owner.execute(
            text(
                "insert into ledger_entry (kind, amount, effective_on, fiscal_year, funding_document_id, new_start, "
                "incurred, warnings, posted_by, posted_at, audience) select 'commitment', 0.01, :on, 2026, :document, "
                "false, false, '{}', :actor, app.now(), -1 from generate_series(1, 99999)"
            ),
            {"on": DAY, "document": document, "actor": SERVICE},
        )
    async with db.read() as session:
        page = await queries.list_entries(session, US, limit=50)
        assert (page.total, len(page.items)) == (100_000, 50)
        for sort in ("posted", "-posted", "effective"):
            assert len((await queries.list_entries(session, US, sort=sort)).items) == 50
        for sort in ("amount", "-kind"):
            with pytest.raises(Invalid, match="100,000 entries or more") as wrong:
                await queries.list_entries(session, US, sort=sort)
            assert [each.where for each in wrong.value.mistakes] == ["sort"]
            assert len((await queries.list_entries(session, US, Chosen(kind="commitment"), sort=sort)).items) == 50
        # What no sum tells is counted as far as that.
        found = await queries.list_entries(session, US, Chosen(document="HQ"))
        assert found.total == 0
