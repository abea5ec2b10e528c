"""What a current account pays of a closed one: its purpose, its papers, and its share."""

import asyncio
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from pipir.features.ledger import commands, queries
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Invalid, Refused
from pipir.kernel.ids import EntryId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.statute.load import load_statute
from pipir.statute.lookup import number
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.ledger.makers import DAY, RECEIVED, entry, obligation, open_account, post, receive, reverse

pytestmark = pytest.mark.asyncio(loop_scope="session")
US = Reader("us-government")
CLOSED = "097-2010/2011-0400-000"
LATER = date(2025, 12, 22)


async def charge(db: Database, document: int, closed: int, amount: str = "10.00", **values: Any) -> int:
    """A debt of the closed account, paid from a current one."""
    given = {"closed_account_id": closed, "closed_document": "HQ0034-11-C-0007 line 0002"} | values
    return await post(db, obligation(document, amount, **given))


async def ground(db: Database, closed: str = CLOSED, **values: Any) -> tuple[int, int]:
    """A document of $1,000.00 in a current account, and a closed account of the same purpose."""
    return await receive(db, **values), await open_account(db, closed)


async def test_a_current_account_pays_one_percent_of_closed_debts_and_not_a_cent_more(db: Database):
    """31 U.S.C. 1553(b)"""
    document, closed = await ground(db)
    number = await charge(db, document, closed, "6.00")
    with pytest.raises(Refused) as wrong:
        await charge(db, document, closed, "4.01")
    assert "1 percent of the $1,000.00 appropriated to it is $10.00" in wrong.value.detail
    assert "$10.01 of charges to closed accounts" in wrong.value.detail
    assert (wrong.value.citation, wrong.value.way_out) == ("31 U.S.C. 1553(b)", "Up to $4.00 would pass.")
    await charge(db, document, closed, "4.00")
    async with db.read() as session:
        shown = (await queries.entry(session, US, EntryId(number))).entry
    assert (shown.closed_account_id, shown.closed_symbol) == (closed, CLOSED)
    assert shown.closed_document == "HQ0034-11-C-0007 line 0002"


async def test_what_names_the_charge_belongs_to_it_and_counts_with_it(db: Database):
    document, closed = await ground(db)
    root = await charge(db, document, closed, "8.00", document_on=date(2011, 3, 1))
    with pytest.raises(Refused, match=r"\$10.01 of charges to closed accounts"):
        await post(db, entry("upward adjustment", "2.01", adjusts_entry_id=root, basis="price or rate"))
    up = await post(db, entry("upward adjustment", "2.00", adjusts_entry_id=root, basis="price or rate"))
    with pytest.raises(Refused):
        await charge(db, document, closed, "0.01")
    down = await post(db, entry("deobligation", "5.00", adjusts_entry_id=root))
    paid = await post(db, entry("expenditure", "3.00", adjusts_entry_id=root))
    await charge(db, document, closed, "5.00", effective_on=LATER)
    with pytest.raises(Refused, match="of charges to closed accounts on 22 Dec 2025"):
        await reverse(db, down)
    async with db.read() as session:
        for each in (up, down, paid):
            assert (await queries.entry(session, US, EntryId(each))).entry.closed_account_id == closed


async def test_the_share_holds_on_every_later_day(db: Database):
    """A back-dated charge, and authority that is taken away, are held to the days after them."""
    document, closed = await ground(db)
    await charge(db, document, closed, "9.00", effective_on=LATER)
    with pytest.raises(Refused, match="on 22 Dec 2025"):
        await charge(db, document, closed, "2.00")
    with pytest.raises(Refused) as wrong:
        await post(db, entry("authority withdrawn", "100.01", funding_document_id=document))
    assert "on 22 Dec 2025" in wrong.value.detail
    assert wrong.value.way_out == "Up to $100.00 would pass."
    await post(db, entry("authority withdrawn", "100.00", funding_document_id=document))


async def test_the_share_is_of_the_account_and_not_of_one_document(db: Database):
    account = await open_account(db)
    first, second = await receive(db, account), await receive(db, account, number="FD-2")
    closed = await open_account(db, CLOSED)
    await charge(db, first, closed, "20.00")
    with pytest.raises(Refused):
        await charge(db, second, closed, "0.01")


async def test_only_a_closed_account_of_the_same_purpose_is_paid_for(db: Database):
    document, closed = await ground(db)
    open_one = await open_account(db, "097-2022/2023-0400-000")
    purchases = await open_account(db, "097-2010/2012-0300-000", "Procurement, Defense-Wide")
    other = await open_account(db, "021-2010/2011-2040-000", "Research, Development, Test and Evaluation, Army")
    with pytest.raises(Refused, match="is expired on 20 Dec 2025"):
        await charge(db, document, open_one)
    with pytest.raises(Refused, match="was for Procurement and 097-2026/2027-0400-000 is for RDT&E"):
        await charge(db, document, purchases)
    # Two accounts whose titles say no kind are for the same only where they are the same main account.
    threats, health = "Cooperative Threat Reduction Account, Defense", "Defense Health Program, Defense"
    reducing = await receive(db, await open_account(db, "097-2026/2028-0134-000", threats), number="FD-4")
    with pytest.raises(Refused, match="was for what main account 097-0130 is for and 097-2026/2028-0134-000 is for"):
        await charge(db, reducing, await open_account(db, "097-2010/2012-0130-000", health))
    await charge(db, reducing, await open_account(db, "097-2010/2012-0134-000", threats))
    number = await charge(db, document, other)
    async with db.read() as session:
        shown = (await queries.entry(session, US, EntryId(number))).entry
    assert "confirm that it is available for the same purpose" in shown.warnings[0]
    order = await receive(
        db,
        shown.account_id,
        number="FD-3",
        source_of_authority="reimbursable order",
        order_law="31 U.S.C. 1535",
        order_accepted_on=RECEIVED,
    )
    with pytest.raises(Refused, match="is an order of a customer and no appropriation"):
        await charge(db, order, closed)


async def test_a_charge_names_the_account_and_the_document_and_is_an_obligation(db: Database):
    document, closed = await ground(db)
    for values, where in (
        ({"closed_account_id": closed}, "closed_document"),
        ({"closed_document": "C-1"}, "closed_account_id"),
        ({"closed_account_id": 999, "closed_document": "C-1"}, "closed_account_id"),
    ):
        with pytest.raises(Invalid) as wrong:
            await post(db, obligation(document, **values))
        assert [each.where for each in wrong.value.mistakes] == [where]
    for kind in ("commitment", "authority withdrawn"):
        with pytest.raises(Invalid) as wrong:
            values = {"closed_account_id": closed, "closed_document": "C-1"}
            await post(db, entry(kind, "1.00", funding_document_id=document, **values))
        assert [each.where for each in wrong.value.mistakes] == ["closed_account_id", "closed_document"]


async def test_a_charge_that_was_made_already_is_recorded_with_its_flag(db: Database):
    document, closed = await ground(db)
    async with db.write(actor=SERVICE, command="ledger.record-incurred") as session:
        number = await commands.record_incurred(
            session,
            commands.RecordIncurred(
                kind="obligation",
                amount=Dollars("11.00"),
                effective_on=DAY,
                flag="potential violation: 1341/1517",
                evidence="The paying office's voucher",
                funding_document_id=document,
                program_authority="1253.e.1",
                closed_account_id=closed,
                closed_document="HQ0034-11-C-0007",
            ),
        )
    async with db.read() as session:
        shown = (await queries.entry(session, US, number)).entry
    assert any("Up to" not in each and "31 U.S.C. 1553(b)" in each for each in shown.warnings)
    with pytest.raises(Refused):
        await charge(db, document, closed, "0.01")


async def test_of_two_charges_for_the_last_cent_the_second_waits_and_is_told_the_figures(db: Database):
    """Different documents of one account: the account is locked before its charges are added up."""
    account = await open_account(db)
    closed = await open_account(db, CLOSED)
    first, second = await receive(db, account), await receive(db, account, number="FD-2")
    async with db.write(actor=SERVICE, command="ledger.post") as session:
        named = {"closed_account_id": closed, "closed_document": "C-1"}
        await commands.post_entry(session, obligation(first, "15.00", **named))
        waits = asyncio.create_task(charge(db, second, closed, "5.01"))
        while not waits.done():
            if await _somebody_waits(db):
                break
        assert not waits.done()
    with pytest.raises(Refused) as wrong:
        await waits
    assert wrong.value.way_out == "Up to $5.00 would pass."
    await charge(db, second, closed, "5.00")


async def _somebody_waits(db: Database) -> bool:
    async with db.read() as session:
        return bool(
            await session.scalar(
                text(
                    "select exists (select from pg_stat_activity where datname = current_database() "
                    "and wait_event_type = 'Lock')"
                )
            )
        )


async def test_the_database_itself_holds_the_share(db: Database):
    document, closed = await ground(db)
    await charge(db, document, closed, "9.00", effective_on=LATER)
    insert = (
        "insert into ledger_entry (id, kind, amount, funding_document_id, program_authority, effective_on, "
        "fiscal_year, new_start, incurred, warnings, posted_by, posted_at, audience, "
        "closed_account_id, closed_document) select "
        "nextval('ledger_entry_id_seq'), :kind, cast(:amount as numeric), :document, '1253.e.1', '2025-12-20', 2026, "
        "false, false, '{}', :actor, now(), -1, cast(:closed as bigint), cast(:paper as text)"
    )
    charged = {"closed": closed, "paper": "C-1"}
    for kind, amount, values, passes in (
        ("obligation", "1.01", charged, False),
        ("obligation", "1.00", charged, True),
        ("authority withdrawn", "0.01", {"closed": None, "paper": None}, False),
        ("obligation", "0.01", charged | {"paper": None}, False),
        ("commitment", "0.01", charged, False),
    ):
        given = {"kind": kind, "amount": amount, "document": document, "actor": SERVICE} | values
        if passes:
            async with db.write(actor=SERVICE, command="test.insert") as session:
                await session.execute(text(insert), given)
        else:
            with pytest.raises(Exception, match="closed"):
                async with db.write(actor=SERVICE, command="test.insert") as session:
                    await session.execute(text(insert), given)


async def test_the_share_is_the_laws(db: Database):
    async with db.read() as session:
        body = await session.scalar(text("select pg_get_functiondef('app.hold_closed_share()'::regprocedure)"))
    percent = number(load_statute(), "closed-account-payment", "percent")
    assert f"r.appropriated * {percent} " in body


async def test_the_form_offers_closed_accounts_and_the_page_names_the_one_paid(service: Service):
    document, closed = await ground(service.db)
    browser = await service.browser("comptroller")
    assert CLOSED in (await browser.get("/ledger/entries/new")).text
    number = await charge(service.db, document, closed)
    page = (await browser.get(f"/ledger/entries/{number}")).text
    assert CLOSED in page
    assert "HQ0034-11-C-0007 line 0002" in page
    async with service.api("comptroller") as api:
        assert (await api.get(f"/api/v1/ledger/entries/{number}")).json()["entry"]["closed_symbol"] == CLOSED
