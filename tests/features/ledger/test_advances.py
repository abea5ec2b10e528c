"""What a partner makes available in advance, and what is obligated of it for that partner."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from pipir.features.ledger import commands, queries, rules
from pipir.features.ledger.tables import AccountId, FundingDocument, TreasuryAccount
from pipir.features.people.tables import SERVICE
from pipir.features.report.compose.cuts import ledger_of
from pipir.features.report.queries import reading
from pipir.kernel.errors import Conflict, Invalid, Refused
from pipir.kernel.ids import FundingDocumentId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.statute.load import the_statute
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.imports import makers as imports
from tests.features.ledger.makers import (
    DAY,
    RECEIVED,
    entry,
    fold,
    make_participant,
    move,
    obligation,
    open_account,
    post,
    receive,
    reverse,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
US = Reader("us-government")
LAW = "22 U.S.C. 2767(d)"
LATER = DAY + timedelta(days=9)


async def advance(db: Database, account: int, country: int, amount: str = "400.00", **values: Any) -> int:
    """A funding document that holds what a country advanced."""
    given = {"number": "PA-1", "source_of_authority": "partner advance", "order_law": LAW, "participant_id": country}
    return await receive(db, account, amount=Dollars(amount), **(given | values))


async def refusal(making: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        await making
    return caught.value


async def test_what_a_partner_advanced_is_no_appropriation_and_stands_apart(db: Database, owner_url: str):
    """22 U.S.C. 2767(d), 31 U.S.C. 1501(b)"""
    account, country = await open_account(db), await make_participant(db)
    ours, theirs = await receive(db, account), await advance(db, account, country)
    await post(db, obligation(ours, "700.00"))
    await post(db, obligation(theirs, "300.00"))
    for folded in (False, True):
        if folded:
            await fold(owner_url)
        async with db.snapshot() as session:
            for way in (queries.ALL, queries.Chosen(effective_on=DAY), queries.Chosen(account_id=account)):
                found = await queries.total(session, US, way)
                assert (found.authority, found.ordered) == (Dollars(1000), Dollars(400))
                assert found.obligated == Dollars(1000)
            balances = (await queries.trial_balance(session)).rows
            assert {(row.control, row.balance) for row in balances} >= {(4119, Dollars(1000)), (4222, Dollars(400))}
            [first] = (await queries.list_entries(session, US, queries.chosen(kind="partner advance"))).items
            assert (first.amount, first.receipt_law, first.participant_id) == (Dollars(400), LAW, country)
            verified = await queries.verify(session)
            assert verified.holds, [each for each in verified.checks if each.wrong]
            lines = (await queries.for_report(session, US, first_year=2026, last_year=2026)).rows
            books = ledger_of(lines, as_of=LATER)
            rows = {each.key: (each.authority, each.obligated) for each in books.by_account}
            symbol = "097-2026/2027-0400-000"
            assert rows == {
                symbol: (Dollars(1000), Dollars(700)),
                f"{symbol}:advanced": (Dollars(0), Dollars(300)),
            }
            # The ledger's own total of the account holds both, and agrees with the two rows together.
            assert reading.tied(books, await reading.totals(session, US, LATER)) > 0


async def test_what_is_obligated_for_a_partner_stays_within_what_it_advanced(db: Database):
    """22 U.S.C. 2767(d): in advance of the time, and on every day from then on."""
    account, country = await open_account(db), await make_participant(db)
    await receive(db, account)
    document = await advance(db, account, country)
    # The appropriation of the same account does not pay for the partner.
    wrong = await refusal(post(db, obligation(document, "400.01")))
    assert wrong.citation == LAW
    assert "Up to $400.00 would pass" in wrong.way_out
    assert (await refusal(post(db, obligation(document, "1.00", effective_on=RECEIVED - timedelta(days=1))))).citation
    number = await post(db, obligation(document, "400.00"))
    more = entry(
        "partner advance",
        "100.00",
        funding_document_id=document,
        participant_id=country,
        receipt_law=LAW,
        effective_on=LATER,
    )
    await post(db, more)
    assert "$500.00" in (await refusal(post(db, obligation(document, "100.00")))).detail
    await post(db, obligation(document, "100.00", effective_on=LATER))
    async with db.read() as session:
        first = (await queries.list_entries(session, US, queries.chosen(kind="partner advance"))).items[-1]
    assert (await refusal(reverse(db, first.id))).citation == LAW
    await reverse(db, number)


@pytest.mark.parametrize(
    ("kind", "values", "says"),
    [
        ("authority received", {}, "entered as a partner advance"),
        ("reimbursable order", {}, "entered as a partner advance"),
        ("authority withdrawn", {}, "takes no authority withdrawn"),
        ("transfer out", {"transfer_law": "Sec. 8005", "outside_account": "019-X-0113-000"}, "takes no transfer out"),
    ],
)
async def test_an_advance_stays_what_it_is(db: Database, kind: Any, values: dict[str, Any], says: str):
    account, country = await open_account(db), await make_participant(db)
    document = await advance(db, account, country)
    wrong = await refusal(post(db, entry(kind, "1.00", funding_document_id=document, **values)))
    assert says in wrong.detail
    assert wrong.citation == LAW
    assert "partner" in wrong.way_out or "account outside" in wrong.way_out


async def test_an_advance_is_held_for_the_partner_that_made_it(db: Database):
    """22 U.S.C. 2767(d): each of the participants agrees to make its own share available."""
    account, country = await open_account(db), await make_participant(db)
    other = await make_participant(db, "Japan", "JPN")
    ours, theirs = await receive(db, account), await advance(db, account, country)
    more = {"receipt_law": LAW, "participant_id": other}
    assert (
        "another partner"
        in (await refusal(post(db, entry("partner advance", "1.00", funding_document_id=theirs, **more)))).detail
    )
    on_ours = await refusal(post(db, entry("partner advance", "1.00", funding_document_id=ours, **more)))
    assert "no partner advance" in on_ours.detail
    # Nor does it raise an appropriation under another name.
    raised = entry(
        "authority received", "1.00", funding_document_id=ours, **(more | {"receipt_law": "22 USC 2767 (d)"})
    )
    wrong = await refusal(post(db, raised))
    assert (wrong.citation, "source is a partner advance" in wrong.way_out) == (LAW, True)
    moved = await refusal(move(db, ours, theirs, "1.00"))
    assert "takes no reprogramming in" in moved.detail
    with pytest.raises(Invalid) as caught:
        await post(db, entry("partner advance", "1.00", funding_document_id=theirs))
    assert [each.where for each in caught.value.mistakes] == ["participant_id", "receipt_law"]


async def test_an_advance_pays_for_the_partner_that_made_it_alone(db: Database):
    """22 U.S.C. 2767(d): what is obligated for one is made available by it, and not by another."""
    account, country = await open_account(db), await make_participant(db)
    other = await make_participant(db, "Japan", "JPN")
    document = await advance(db, account, country)
    for kind in ("commitment", "obligation"):
        given = {"participant_id": other, "funding_document_id": document}
        act = (
            obligation(document, "1.00", participant_id=other) if kind == "obligation" else entry(kind, "1.00", **given)
        )
        wrong = await refusal(post(db, act))
        assert f"the advance of another partner than the one that this {kind} is for" in wrong.detail
        assert wrong.citation == LAW
    for who in (country, None):
        await post(db, obligation(document, "1.00", participant_id=who))
    # A customer's order and an appropriation are for whomever they are said to be for.
    await post(db, obligation(await receive(db, account), "1.00", participant_id=other))
    async with db.write(actor=SERVICE, command="ledger.record-incurred") as session:
        incurred = commands.RecordIncurred(
            kind="obligation",
            amount=Dollars("1.00"),
            effective_on=DAY,
            flag="potential violation: 1341/1517",
            evidence="The paying office's voucher",
            funding_document_id=document,
            participant_id=other,
            program_authority="1253.e.1",
        )
        number = await commands.record_incurred(session, incurred)
    async with db.read() as session:
        shown = (await queries.entry(session, US, number)).entry
    assert any("the advance of another partner" in each for each in shown.warnings)


async def test_an_advance_is_a_limit_of_law_at_every_level(db: Database):
    """A target only warns, in the rules and in the database alike."""
    account, country = await open_account(db), await make_participant(db)
    with pytest.raises(Invalid) as caught:
        await advance(db, account, country, level_of_control="target")
    assert [each.where for each in caught.value.mistakes] == ["level_of_control"]
    document = await advance(db, account, country)
    for column, value in (("level_of_control", "target"), ("participant_id", None), ("order_law", None)):
        with pytest.raises(Conflict):
            async with db.write(actor=SERVICE, command="test.funding") as session:
                found = await session.get(FundingDocument, document)
                assert found is not None
                setattr(found, column, value)
                await session.flush()


async def test_an_advance_pays_nothing_of_a_closed_account_and_is_cancelled_as_what_it_is(db: Database):
    """31 U.S.C. 1552, 1553(b)"""
    account, country = await open_account(db, "097-X-0360-000"), await make_participant(db)
    await advance(db, account, country)
    closed = date(2025, 12, 27)
    async with db.write(actor=SERVICE, command="test.close") as session:
        row = await session.get(TreasuryAccount, account)
        assert row is not None
        row.closed_on, row.closed_because = closed, "Purpose fulfilled"
    async with db.write(actor=SERVICE, command="ledger.close-balances") as session:
        await commands.close_balances(session, AccountId(account), commands.CloseBalances(because="Closed"))
    async with db.snapshot() as session:
        found = await queries.total(session, US)
        assert (found.authority, found.ordered) == (Dollars(0), Dollars(0))
        assert (await queries.verify(session)).holds
    charge = rules.Act("obligation", Dollars(1), LATER, closed=rules.ClosedAccount(_account(closed), "Purchases"))
    held = rules.Funding("PA-2", _account(None), "allotment", "partner advance", participant_id=country)
    refused = rules.judge_charge(charge, held, the_statute(), today=LATER).refusals
    assert any("pays nothing of closed account" in each.detail for each in refused)


def _account(closed: date | None) -> rules.Account:
    return rules.Account(rules.parse_symbol("097-X-0360-000"), closed)


async def test_an_advance_is_received_and_raised_by_form_and_shown_with_its_partner(service: Service):
    account, country = await open_account(service.db), await make_participant(service.db)
    browser = await service.browser("comptroller")
    typed = {
        "number": "PA-1",
        "account_id": str(account),
        "title": "Advance for the share",
        "level_of_control": "allotment",
        "source_of_authority": "partner advance",
        "purpose": "The partner's share",
        "received_on": RECEIVED.isoformat(),
        "amount": "400.00",
        "order_law": LAW,
        "marking": "CUI",
    }
    lacking = await browser.post("/ledger/funding/new", typed)
    assert lacking.status_code == 422
    assert "field-participant_id" in lacking.text
    made = await browser.post("/ledger/funding/new", typed | {"participant_id": str(country)})
    assert made.status_code == 303, made.text
    page = (await browser.get(made.headers["location"])).text
    for words in ("Partner advance", "Australia", LAW, "charges no appropriation"):
        assert words in page
    assert "by orders and advances" in (await browser.get("/ledger/totals")).text
    async with service.db.read() as session:
        document = int(made.headers["location"].rpartition("/")[2])
        view = await queries.funding(session, US, FundingDocumentId(document))
    assert (view.authority, view.participant) == (Dollars(400), "Australia")


async def test_an_advance_comes_in_by_file_under_the_same_rules(db: Database):
    account, country = await open_account(db), await make_participant(db)
    await make_participant(db, "Japan", "JPN")
    await advance(db, account, country)
    head = "kind,amount,effective_on,funding_document,participant,receipt_law\n"
    source = await imports.enter_source(db)
    bad = await imports.check(
        db,
        f"{head}partner advance,5.00,{DAY},PA-1,JPN,{LAW}\npartner advance,5.00,{DAY},PA-1,AUS,\n".encode(),
        source=source,
    )
    told = await imports.findings(db, bad.id)
    assert [(line, column) for line, _, column, *_ in told] == [(2, "effective_on"), (3, "receipt_law")]
    assert "another partner" in told[0][-1]
    good = await imports.check(db, f"{head}partner advance,5.00,{DAY},PA-1,AUS,{LAW}\n".encode(), source=source)
    assert (await imports.publish(db, good.id)).state == "published"
    async with db.read() as session:
        assert (await queries.total(session, US)).ordered == Dollars(405)


async def test_the_database_keeps_one_partners_advance_from_another_when_no_command_does(db: Database):
    """22 U.S.C. 2767(d)"""
    account, country = await open_account(db), await make_participant(db)
    other = await make_participant(db, "Japan", "JPN")
    document = await advance(db, account, country)
    by_hand = (
        "insert into ledger_entry (kind, amount, funding_document_id, participant_id, program_authority, receipt_law, "
        "effective_on, fiscal_year, new_start, incurred, warnings, posted_by, posted_at, audience) values (:kind, 1, "
        ":document, :participant, '1253.e.1', :law, '2025-12-20', 2026, false, false, '{}', 1, app.now(), 3)"
    )
    for kind in ("partner advance", "commitment", "obligation"):
        given = {"kind": kind, "document": document, "law": LAW if kind == "partner advance" else None}
        with pytest.raises(Refused, match="holds the advance of another partner"):
            async with db.write(actor=SERVICE, command="test.hand") as session:
                await session.execute(text(by_hand), given | {"participant": other})
        async with db.write(actor=SERVICE, command="test.hand") as session:
            await session.execute(text(by_hand), given | {"participant": country})
