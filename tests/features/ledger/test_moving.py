"""Authority that moves from document to document, and balances that closing cancels."""

from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import msgspec
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text

from pipir.features.execution.queries import money as execution
from pipir.features.ledger import commands, queries
from pipir.features.ledger.tables import AccountId, TreasuryAccount
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Invalid, NotFound, Refused
from pipir.kernel.ids import EntryId, FundingDocumentId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.imports import makers as imports
from tests.features.ledger.makers import (
    DAY,
    RECEIVED,
    entry,
    fold,
    obligation,
    open_account,
    post,
    receive,
    reverse,
    taken_out,
)
from tests.makers import NOW
from tests.rehearsals import Rehearsal, noon

pytestmark = pytest.mark.asyncio(loop_scope="session")
US = Reader("us-government")
PURCHASES = "Defense Production Act Purchases"


def movement(source: int, target: int | None, amount: str = "300.00", **values: Any) -> commands.MoveAuthority:
    """A movement of $300.00 on the day of the tests."""
    given: dict[str, Any] = {"amount": Dollars(amount), "effective_on": DAY}
    return commands.MoveAuthority(from_document_id=source, to_document_id=target, **(given | values))


async def move(db: Database, body: commands.MoveAuthority) -> tuple[EntryId, ...]:
    """Move authority."""
    async with db.write(actor=SERVICE, command="ledger.move-authority") as session:
        return await commands.move_authority(session, body)


async def test_a_reprogramming_is_two_entries_posted_together(db: Database):
    account = await open_account(db)
    source, target = await receive(db, account), await receive(db, account, number="FD-2")
    out, into = await move(db, movement(source, target, approval="DD 1415-3"))
    async with db.read() as session:
        shown = await queries.entry(session, US, out)
        assert shown.counter is not None
        assert (shown.entry.kind, shown.counter.id, shown.counter.kind) == (
            "reprogramming out",
            into,
            "reprogramming in",
        )
        assert (shown.entry.approval, shown.entry.new_start) == ("DD 1415-3", False)
        assert shown.moves == {"authority": Dollars(-300)}
        back = await queries.entry(session, US, into)
        assert back.counter is not None
        assert back.counter.id == out
        assert (await queries.total(session, US)).authority == Dollars(2000)


async def test_a_reprogramming_for_a_new_start_is_marked_at_both_ends(service: Service):
    """money.md: recorded apart with its approval; new starts are marked."""
    account = await open_account(service.db)
    source, target = await receive(service.db, account), await receive(service.db, account, number="FD-2")
    body = {
        "from_document_id": source,
        "to_document_id": target,
        "amount": "10.00",
        "effective_on": DAY.isoformat(),
        "approval": "DD 1415-3",
    }
    async with service.api("comptroller") as api:
        out = (await api.post("/api/v1/ledger/movements", json=body | {"new_start": True})).json()
        into = (await api.get(f"/api/v1/ledger/entries/{out['counter']['id']}")).json()
    assert [each["entry"]["new_start"] for each in (out, into)] == [True, True]
    browser = await service.browser("comptroller")
    typed = {name: str(value) for name, value in body.items()} | {"new_start": "true"}
    done = await browser.post("/ledger/movements/new", typed)
    assert "New start" in (await browser.get(done.headers["location"])).text


async def test_a_transfer_names_its_law_and_may_leave_for_another_agency(db: Database):
    """31 U.S.C. 1532"""
    source = await receive(db)
    purchases = await open_account(db, "097-X-0360-000", PURCHASES)
    target = await receive(db, purchases, number="FD-2")
    assert len(await move(db, movement(source, target, transfer_law="10 U.S.C. 2214"))) == 2
    away = {"transfer_law": "10 U.S.C. 2214", "outside_account": "019-2026/2027-0113-000"}
    assert len(await move(db, movement(source, None, "100.00", **away))) == 1
    async with db.read() as session:
        assert (await queries.total(session, US)).authority == Dollars(1900)
    with pytest.raises(Refused, match="within an account authority is reprogrammed"):
        await move(db, movement(source, await receive(db, 1, number="FD-3"), transfer_law="10 U.S.C. 2214"))
    with pytest.raises(Refused, match="by transfer only"):
        await move(db, movement(source, target, approval="DD 1415-3"))
    with pytest.raises(Refused, match="its authority that day"):
        await post(db, obligation(source, "601.00"))


async def test_a_movement_names_all_mistakes_where_the_form_asks(db: Database):
    source = await receive(db)
    with pytest.raises(Invalid) as wrong:
        await move(db, movement(source, source, "0.00"))
    assert sorted(each.where for each in wrong.value.mistakes) == ["amount", "to_document_id", "transfer_law"]
    with pytest.raises(Invalid) as wrong:
        await move(db, movement(source, 999, transfer_law="a law", approval="a paper"))
    assert sorted(each.where for each in wrong.value.mistakes) == ["to_document_id", "transfer_law"]
    with pytest.raises(Invalid) as wrong:
        await move(db, movement(998, None, approval="a paper"))
    assert sorted(each.where for each in wrong.value.mistakes) == ["from_document_id", "to_document_id"]
    async with db.read() as session:
        assert (await queries.total(session, US)).count == 1


ELSEWHERE = {"transfer_law": "10 U.S.C. 2214", "outside_account": " 019-x-0113-000"}


async def test_no_movement_is_posted_with_one_end(db: Database):
    """31 U.S.C. 1532: what leaves one account comes into another one, which is named where it is not kept here."""
    account = await open_account(db)
    source = await receive(db, account)
    await receive(db, account, number="FD-2")
    law = {"transfer_law": "10 U.S.C. 2214"}
    for kind, values, where in (
        ("reprogramming out", {"approval": "DD 1415-3"}, "kind"),
        ("reprogramming in", {"approval": "DD 1415-3"}, "kind"),
        ("transfer out", law, "outside_account"),
        ("transfer in", law, "outside_account"),
        ("transfer in", law | {"outside_account": "the Navy"}, "outside_account"),
        # An account that is kept here has documents that are the other end.
        ("transfer out", law | {"outside_account": " 097-2026/2027-0400-000"}, "outside_account"),
        ("authority received", {"outside_account": "019-2026/2027-0113-000"}, "outside_account"),
    ):
        with pytest.raises(Invalid) as wrong:
            await post(db, entry(kind, "10.00", funding_document_id=source, **values))
        assert [each.where for each in wrong.value.mistakes] == [where], (kind, values)
        assert "posts" in wrong.value.mistakes[0].expected or len(values) > 1 or kind == "authority received"
    with pytest.raises(Invalid) as wrong:
        await move(db, movement(source, 2, **ELSEWHERE))
    assert [each.where for each in wrong.value.mistakes] == ["outside_account"]
    with pytest.raises(Invalid) as wrong:
        await move(db, movement(source, None, **law))
    assert [each.where for each in wrong.value.mistakes] == ["outside_account"]
    # In a batch one end's partner stands beside it.
    async with db.write(actor=SERVICE, command="ledger.post") as session:
        given = {"amount": Dollars("5.00"), "effective_on": DAY, "approval": "DD 1415-3"}
        out = commands.Posting(kind="reprogramming out", funding_document_id=source, **given)
        into = commands.Posting(kind="reprogramming in", funding_document_id=2, counter_place=0, **given)
        with pytest.raises(Invalid, match="One thing"):
            await commands.post_entries(session, [out, out, msgspec.structs.replace(into, counter_place=1)])
    async with db.read() as session:
        assert (await queries.total(session, US)).count == 2


async def test_a_transfer_from_or_to_another_agency_names_its_account(service: Service):
    source = await receive(service.db)
    went, came = [
        await post(service.db, entry(kind, "10.00", funding_document_id=source, **ELSEWHERE))
        for kind in ("transfer out", "transfer in")
    ]
    await reverse(service.db, came)
    browser = await service.browser("comptroller")
    for number in (went, came):
        assert "019-X-0113-000" in (await browser.get(f"/ledger/entries/{number}")).text
    typed = {"from_document_id": str(source), "amount": "1.00", "effective_on": DAY.isoformat()}
    page = await browser.post("/ledger/movements/new", typed | {"transfer_law": "10 U.S.C. 2214"})
    assert page.status_code == 422
    assert "field-outside_account" in page.text
    done = await browser.post("/ledger/movements/new", typed | ELSEWHERE)
    assert done.status_code == 303
    for kind in ("reprogramming in", "transfer in"):
        values = {"kind": kind, "funding_document_id": str(source), "transfer_law": "", "approval": "x"}
        page = await browser.post("/ledger/entries/new", typed | values)
        assert page.status_code == 422


async def test_what_was_taken_out_is_brought_in_once(db: Database):
    """The same dollars never count twice: not by a second entry, and not by half of a correction."""
    account = await open_account(db)
    source, target = await receive(db, account), await receive(db, account, number="FD-2")
    out, into = await move(db, movement(source, target, approval="DD 1415-3"))
    again = entry("reprogramming in", "300.00", funding_document_id=target, approval="x", counter_entry_id=out)
    with pytest.raises(Refused, match=f"was brought in by entry {into} already"):
        await post(db, again)
    with pytest.raises(Refused, match=f"Entry {into} brings in what entry {out} took out"):
        await reverse(db, out)
    undone = await reverse(db, into)
    with pytest.raises(Refused, match="before the entry that it names"):
        await post(db, msgspec.structs.replace(again, effective_on=DAY - timedelta(days=1)))
    other = await post(db, again)
    await reverse(db, other)
    back = await reverse(db, out)
    with pytest.raises(Refused, match=f"was reversed by entry {back}"):
        await post(db, again)
    async with db.read() as session:
        assert (await queries.total(session, US)).authority == Dollars(2000)
    assert into < undone < other < back


@pytest.mark.parametrize("reversal", [False, True])
async def test_the_database_holds_movements_by_itself(db: Database, reversal: bool):
    """Whatever a program forgets to ask."""
    account = await open_account(db)
    source, target = await receive(db, account), await receive(db, account, number="FD-2")
    out, _ = await move(db, movement(source, target, approval="DD 1415-3"))
    copied = (
        "amount, funding_document_id, effective_on, fiscal_year, posted_by, posted_at, audience, new_start, incurred"
    )
    copied += ", warnings"
    with pytest.raises(Refused, match="would count twice"):
        async with db.write(actor=SERVICE, command="ledger.post") as session:
            if reversal:
                await session.execute(
                    text(
                        f"insert into ledger_entry (kind, reversed_kind, reverses_entry_id, because, {copied}) "
                        f"select 'reversal', kind, id, 'Half of it', {copied} from ledger_entry where id = :out"
                    ),
                    {"out": out},
                )
            else:
                await session.execute(
                    text(
                        f"insert into ledger_entry (kind, counter_entry_id, approval, {copied}) "
                        f"select 'reprogramming in', id, 'x', {copied} from ledger_entry where id = :out"
                    ),
                    {"out": out},
                )


async def two_accounts(db: Database) -> tuple[int, int]:
    """A document of research money and one of purchases."""
    purchases = await open_account(db, "097-X-0360-000", PURCHASES)
    return await receive(db), await receive(db, purchases, number="FD-2")


async def test_what_left_this_ledger_is_not_brought_into_it(db: Database):
    """31 U.S.C. 1532: the same dollars went to one account, which is not here."""
    source, target = await two_accounts(db)
    (out,) = await move(db, movement(source, None, **ELSEWHERE))
    law = {"transfer_law": "10 U.S.C. 2214", "counter_entry_id": out}
    with pytest.raises(Invalid) as wrong:
        await post(db, entry("transfer in", "300.00", funding_document_id=target, **law))
    assert [(each.where, each.found) for each in wrong.value.mistakes] == [("counter_entry_id", "019-X-0113-000")]


async def test_what_is_brought_in_moves_under_the_law_that_it_left_by(db: Database):
    """31 U.S.C. 1532: one movement rests on one law, however its points are written."""
    source, target = await two_accounts(db)
    out = await taken_out(db, source, target, "300.00", transfer_law="10 U.S.C. 2214", approval=None)
    given = entry("transfer in", "300.00", funding_document_id=target, counter_entry_id=out)
    with pytest.raises(Invalid) as wrong:
        await post(db, msgspec.structs.replace(given, transfer_law="22 U.S.C. 9999"))
    (mistake,) = wrong.value.mistakes
    assert (mistake.where, mistake.expected) == (
        "transfer_law",
        "Expected 10 U.S.C. 2214, under which it was taken out.",
    )
    await post(db, msgspec.structs.replace(given, transfer_law="10 USC 2214"))


@pytest.mark.parametrize("away", [False, True])
async def test_the_database_itself_holds_where_authority_went_and_its_law(db: Database, away: bool):
    source, target = await two_accounts(db)
    if away:
        (out,) = await move(db, movement(source, None, **ELSEWHERE))
    else:
        out = await taken_out(db, source, target, "300.00", transfer_law="10 U.S.C. 2214", approval=None)
    copied = (
        "amount, effective_on, fiscal_year, posted_by, posted_at, audience, new_start, incurred, warnings, "
        "funding_document_id"
    )
    insert = (
        f"insert into ledger_entry (kind, counter_entry_id, transfer_law, {copied}) "
        f"select 'transfer in', id, :law, {copied.replace('funding_document_id', ':target')} from ledger_entry "
        "where id = :out"
    )
    for law, passes in (("22 U.S.C. 9999", False), ("10 USC 2214", not away)):
        values = {"law": law, "target": target, "out": out}
        if passes:
            async with db.write(actor=SERVICE, command="test.insert") as session:
                await session.execute(text(insert), values)
        else:
            with pytest.raises(Refused, match="left for another account, or under another law"):
                async with db.write(actor=SERVICE, command="test.insert") as session:
                    await session.execute(text(insert), values)


CLOSED = date(2025, 12, 31)


async def spent(db: Database, symbol: str) -> tuple[int, int, int]:
    """An account with an obligation half paid, one paid, and a commitment left."""
    account = await open_account(db, symbol, PURCHASES)
    document = await receive(db, account)
    root = await post(db, obligation(document, "400.00"))
    await post(db, entry("expenditure", "150.00", adjusts_entry_id=root))
    whole = await post(db, obligation(document, "50.00"))
    await post(db, entry("expenditure", "50.00", adjusts_entry_id=whole))
    await post(db, entry("commitment", "20.00", funding_document_id=document))
    return account, document, root


async def closed(db: Database) -> tuple[int, int, int]:
    """A no-year account that a determination closed; the years before it are passed over."""
    account, document, root = await spent(db, "097-X-0360-000")
    async with db.write(actor=SERVICE, command="test.close") as session:
        row = await session.get(TreasuryAccount, account)
        assert row is not None
        row.closed_on, row.closed_because = CLOSED, "Purpose fulfilled"
        await session.flush()
    return account, document, root


async def test_what_a_closed_account_holds_is_cancelled_on_its_closing_day(rehearsal: Rehearsal):
    """31 U.S.C. 1552(a)"""
    db = rehearsal.db
    await rehearsal.move(noon(DAY))
    account, document, root = await spent(db, "097-2026/2026-0100-000")
    await rehearsal.move(noon(date(2031, 9, 30)))
    async with db.read() as session:
        assert not (await queries.closing(session, US, AccountId(account))).closed
    await rehearsal.move(noon(date(2031, 10, 1)))
    async with db.read() as session:
        found = await queries.closing(session, US, AccountId(account))
    assert [(each.funding_document_id, each.obligation_id, each.amount) for each in found.balances] == [
        (document, root, Dollars(250)),
        (document, None, Dollars(550)),
    ]
    assert (found.total, found.closes_on, "1552(a)" in found.citation) == (Dollars(800), date(2031, 9, 30), True)
    async with db.write(actor=SERVICE, command="ledger.close-balances") as session:
        numbers = await commands.close_balances(session, AccountId(account), commands.CloseBalances(because="Closed"))
    async with db.read() as session:
        total = await queries.total(session, US)
        assert (total.authority, total.obligated, total.expended) == (Dollars(200), Dollars(200), Dollars(200))
        shown = (await queries.entry(session, US, numbers[0])).entry
        assert (shown.effective_on, shown.adjusts_entry_id) == (date(2031, 9, 30), root)
        assert (await queries.closing(session, US, AccountId(account))).balances == ()
    with pytest.raises(Refused, match="holds no balance"):
        async with db.write(actor=SERVICE, command="ledger.close-balances") as session:
            await commands.close_balances(session, AccountId(account), commands.CloseBalances())


# Within a month, so that what is effective two days later takes these entries one by one.
EARLIER = date(2025, 12, 27)


async def closed_order(db: Database) -> tuple[int, int, tuple[int, ...]]:
    """An account that closed with $550.00 of an appropriation and $300.00 of an order, whose balances are cancelled."""
    account, _, _ = await spent(db, "097-X-0360-000")
    order = await receive(
        db,
        account,
        number="FD-2",
        source_of_authority="reimbursable order",
        order_law="31 U.S.C. 1535",
        order_accepted_on=RECEIVED,
        amount=Dollars(400),
    )
    root = await post(db, obligation(order, "100.00"))
    await post(db, entry("expenditure", "60.00", adjusts_entry_id=root))
    async with db.write(actor=SERVICE, command="test.close") as session:
        row = await session.get(TreasuryAccount, account)
        assert row is not None
        row.closed_on, row.closed_because = EARLIER, "Purpose fulfilled"
    async with db.write(actor=SERVICE, command="ledger.close-balances") as session:
        numbers = await commands.close_balances(session, AccountId(account), commands.CloseBalances(because="Closed"))
    return account, order, numbers


async def test_the_closing_of_a_customers_order_lowers_what_was_ordered(db: Database, owner_url: str):
    """31 U.S.C. 1535, 1552(a): what was ordered is never added to authority, nor taken from it."""
    account, order, numbers = await closed_order(db)
    left = {"authority": Dollars(200), "ordered": Dollars(60), "obligated": Dollars(260)}
    # Of the totals, of the finest sums, of entries of a part of a month, and of what was known; pending and folded.
    ways = (
        queries.Chosen(),
        queries.Chosen(account_id=account),
        queries.Chosen(effective_on=EARLIER + timedelta(days=2)),
        queries.Chosen(known_at=NOW + timedelta(days=1)),
    )
    for folded in (False, True):
        if folded:
            await fold(owner_url)
        async with db.snapshot() as session:
            for way in ways:
                found = await queries.total(session, US, way)
                assert {name: getattr(found, name) for name in left} == left, way
            for by, key in (
                ("funding_document", str(order)),
                ("account", str(account)),
                ("kind_of_appropriation", None),
            ):
                rows = (await queries.totals(session, US, by)).rows
                row = next(each for each in rows if key in (None, each.key))
                ordered = Dollars(0) if by == "funding_document" else Dollars(200)
                assert (row.figures.authority, row.figures.ordered) == (ordered, Dollars(60))
            closings = await queries.total(session, US, queries.Chosen(kind="closing"))
            assert (closings.authority, closings.ordered) == (Dollars(-800), Dollars(-340))
            assert (await queries.funding(session, US, FundingDocumentId(order))).authority == Dollars(60)
            for stage, sums_to in (("authority", 200), ("ordered", 60)):
                page = await queries.list_entries(session, US, queries.Chosen(stage=stage))
                assert sum((each.signed for each in page.items if each.signed), Dollars(0)) == Dollars(sums_to)
                assert page.total == len(page.items) == 3
            for stage, count in (("authority", 0), ("ordered", 3)):
                of_order = queries.Chosen(stage=stage, funding_document_id=order)
                assert len((await queries.list_entries(session, US, of_order)).items) == count
            shown = await queries.entry(session, US, EntryId(numbers[-1]))
            assert shown.moves == {"ordered": Dollars(-300)}
            lines = (await queries.for_report(session, US, first_year=2026, last_year=2026)).rows
            assert sum((each.authority for each in lines), Dollars(0)) == Dollars(200)
            stood = await execution.as_of(session, US, EARLIER + timedelta(days=2), "document")
            assert (stood[order].authority, stood[order].ordered) == (Dollars(0), Dollars(60))
            verified = await queries.verify(session)
            assert verified.holds, [each for each in verified.checks if each.wrong]
    await reverse(db, numbers[-1], EARLIER)
    async with db.read() as session:
        found = await queries.total(session, US)
    assert (found.authority, found.ordered) == (Dollars(200), Dollars(360))


async def test_authority_that_lies_in_no_document_is_said_and_stays_in_plain_sight(service: Service):
    """DoD FMR vol. 14: dollars that one end took out are nowhere until the other end is reversed too."""
    db = service.db
    account = await open_account(db)
    source, target = await receive(db, account), await receive(db, account, number="FD-2")
    await post(db, entry("transfer out", "1.00", funding_document_id=source, **ELSEWHERE))
    out, into = await move(db, movement(source, target, approval="DD 1415-3"))
    browser = await service.browser("comptroller")

    async def shown() -> list[int]:
        async with db.read() as session:
            found = await queries.left_out(session, US)
        page = (await browser.get("/ledger/exceptions")).text
        listed = page.partition('id="left-out"')[2].partition("</section>")[0]
        assert [f"/ledger/entries/{each.id}" in listed for each in found] == [True] * len(found)
        assert bool(listed) == bool(found)
        async with service.api("comptroller") as api:
            told = (await api.get("/api/v1/ledger/left-out")).json()
        assert [each["id"] for each in told] == [each.id for each in found]
        return [each.id for each in found]

    assert await shown() == []
    assert f"Entry {out} took the authority out" in (await browser.get(f"/ledger/entries/{into}/reverse")).text
    undone = await reverse(db, into)
    async with db.read() as session:
        [warning] = (await queries.entry(session, US, EntryId(undone))).entry.warnings
    assert warning.startswith(f"Entry {out}, which took this authority out, is not reversed with it: $300.00 lie in no")
    assert f'href="/ledger/entries/{out}"' in (await browser.get(f"/ledger/entries/{undone}")).text
    assert await shown() == [out]
    again = entry("reprogramming in", "300.00", funding_document_id=target, approval="x", counter_entry_id=out)
    other = await post(db, again)
    assert await shown() == []
    # By a file the same is said and recorded.
    content = f"kind,names_entry,effective_on,amount,because\nreversal,{other},{DAY},,Entered twice\n".encode()
    number = (await imports.check(db, content)).id
    assert (await imports.publish(db, number)).state == "published"
    assert f"Entry {out}, which took this authority out" in (await imports.entries(db))[-1].warnings[0]
    assert await shown() == [out]
    await reverse(db, out)
    assert await shown() == []
    async with db.read() as session:
        assert (await queries.total(session, US)).authority == Dollars(1999)


async def test_a_closing_cancels_what_an_adjustment_left_of_an_obligation_that_was_reversed(db: Database):
    """31 U.S.C. 1552(a): an adjustment that was not reversed with its obligation bars no closing."""
    account = await open_account(db, "097-X-0360-000")
    document = await receive(db, account)
    root = await post(db, obligation(document, "100.00"))
    more = {"adjusts_entry_id": root, "basis": "price or rate"}
    await post(db, entry("upward adjustment", "7.00", **more))
    await reverse(db, root)
    with pytest.raises(Refused, match="was reversed"):
        await post(db, entry("deobligation", "7.00", adjusts_entry_id=root))
    async with db.write(actor=SERVICE, command="test.close") as session:
        row = await session.get(TreasuryAccount, account)
        assert row is not None
        row.closed_on, row.closed_because = EARLIER, "Purpose fulfilled"
    async with db.write(actor=SERVICE, command="ledger.close-balances") as session:
        await commands.close_balances(session, AccountId(account), commands.CloseBalances())
    async with db.snapshot() as session:
        found = await queries.total(session, US)
        assert (found.authority, found.obligated, found.count) == (Dollars(0), Dollars(0), 6)
        assert (await queries.verify(session)).holds


async def test_closings_that_were_posted_before_are_told_of_their_orders_too(db: Database, owner_url: str):
    """The step of the database down to where each closing lowered authority, and up again."""
    steps = [
        import_module(f"migrations.versions.{name}")
        for name in ("0052_closed_orders", "0053_partner_advances", "0054_lines")
    ]
    await closed_order(db)
    await fold(owner_url)
    found = []
    for acts in ([each.downgrade for each in reversed(steps)], [each.upgrade for each in steps]):
        owner = Database(owner_url, size=1)
        async with owner.engine.begin() as connection:
            for act in acts:
                await connection.run_sync(_perform, act)
        await owner.close()
        async with db.snapshot() as session:
            total = await queries.total(session, US)
            wrong = [each.name for each in (await queries.verify(session)).checks if each.wrong]
        found.append((total.authority, total.ordered, len(wrong)))
    assert found == [(Dollars(-140), Dollars(400), 1), (Dollars(200), Dollars(60), 0)]


def _perform(connection: Connection, act: Callable[[], None]) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        act()


async def test_an_open_account_cancels_nothing(db: Database):
    """31 U.S.C. 1552(a), 1555"""
    for symbol, says in (("097-2026/2027-0400-000", "closes with"), ("097-X-0360-000", "stays open")):
        account = await open_account(db, symbol, PURCHASES)
        async with db.read() as session:
            assert (await queries.closing(session, US, AccountId(account))).balances == ()
        with pytest.raises(Refused, match=says):
            async with db.write(actor=SERVICE, command="ledger.close-balances") as session:
                await commands.close_balances(session, AccountId(account), commands.CloseBalances())
    with pytest.raises(NotFound):
        async with db.write(actor=SERVICE, command="ledger.close-balances") as session:
            await commands.close_balances(session, AccountId(999), commands.CloseBalances())
    with pytest.raises(NotFound):
        async with db.read() as session:
            await queries.closing(session, US, AccountId(999))


async def test_the_page_of_a_closed_account_first_shows_what_it_cancels(service: Service):
    account, _, root = await closed(service.db)
    browser = await service.browser("comptroller")
    address = f"/ledger/accounts/{account}/balances"
    assert address in (await browser.get(f"/ledger/accounts/{account}")).text
    page = (await browser.get(address)).text
    for words in ("31 U.S.C. 1555", f"/ledger/entries/{root}", "$250.00", "Never obligated", "$550.00", "$800.00"):
        assert words in page
    wrong = await browser.post(address, {"document_on": "yesterday"})
    assert wrong.status_code == 422
    assert 'value="yesterday"' in wrong.text
    done = await browser.post(address, {"document_number": "CL-1", "because": "Closed"})
    assert done.status_code == 303
    listed = (await browser.get(done.headers["location"])).text
    assert "CL-1" in listed
    assert "Nothing is left to cancel" in (await browser.get(address)).text
    assert (await browser.post(address, {})).status_code == 409
    reader = await service.browser("auditor")
    assert "Cancel the balances" not in (await reader.get(address)).text
    assert (await reader.post(address, {})).status_code == 403


async def test_the_json_door_moves_and_closes(service: Service):
    account, document, _ = await closed(service.db)
    later = await receive(service.db, await open_account(service.db), number="FD-2")
    async with service.api("comptroller") as api:
        path = f"/api/v1/ledger/accounts/{account}/balances"
        shown = await api.get(path)
        assert (shown.json()["total"], len(shown.json()["balances"])) == ("800.00", 2)
        made = await api.post(path, json={"because": "Closed"})
        assert (made.status_code, made.json()["balances"]) == (201, [])
        assert (await api.post(path, json={})).status_code == 409
        assert (await api.get("/api/v1/ledger/accounts/999/balances")).status_code == 404
        body = {"from_document_id": later, "amount": "10.00", "effective_on": DAY.isoformat()}
        wrong = await api.post("/api/v1/ledger/movements", json=body)
        assert [each["where"] for each in wrong.json()["mistakes"]] == ["transfer_law", "outside_account"]
        away = {"transfer_law": "10 U.S.C. 2214", "outside_account": "019-2026/2027-0113-000"}
        made = await api.post("/api/v1/ledger/movements", json=body | away)
        assert made.status_code == 201
        assert (made.json()["entry"]["kind"], made.json()["counter"]) == ("transfer out", None)
        refused = await api.post(
            "/api/v1/ledger/movements",
            json=body | {"transfer_law": "10 U.S.C. 2214", "to_document_id": document},
        )
        assert refused.status_code == 409
        assert "closed with" in refused.json()["detail"]
    async with service.api("auditor") as api:
        assert (await api.post("/api/v1/ledger/movements", json=body)).status_code == 403
        assert (await api.post(path, json={})).status_code == 403


async def test_the_form_of_a_movement_keeps_what_was_typed(service: Service):
    source = await receive(service.db)
    target = await receive(service.db, 1, number="FD-2")
    browser = await service.browser("comptroller")
    form = "/ledger/movements/new"
    assert form in (await browser.get("/ledger")).text
    assert f'value="{source}" selected' in (await browser.get(f"{form}?funding={source}")).text
    typed = {"from_document_id": str(source), "to_document_id": str(source), "amount": "12,5", "effective_on": ""}
    page = await browser.post(form, typed)
    assert page.status_code == 422
    assert 'value="12,5"' in page.text
    typed |= {"amount": "$250.00", "effective_on": DAY.isoformat()}
    page = await browser.post(form, typed)
    for field in ("to_document_id", "transfer_law"):
        assert f"field-{field}" in page.text.partition('id="error-summary"')[2].partition("</ul>")[0]
    done = await browser.post(form, typed | {"to_document_id": str(target), "approval": "DD 1415-3"})
    assert done.status_code == 303
    page = (await browser.get(done.headers["location"])).text
    for words in (
        "Reprogramming in",
        "DD 1415-3",
        "4610",
        "Allotments - Realized Resources",
        "4510",
        "by=month&amp;month=2025-12",
    ):
        assert words in page, words
    assert (await (await service.browser("auditor")).get(form)).status_code == 403
