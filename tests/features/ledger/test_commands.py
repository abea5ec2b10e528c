"""What the ledger's commands store and refuse, with the database's own guards behind them."""

import asyncio
import contextlib
import json
import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from sqlalchemy import text

from pipir.features.law import commands as law
from pipir.features.ledger import commands, queries, rules
from pipir.features.ledger.commands import Posting
from pipir.features.ledger.commands.holding import Held
from pipir.features.ledger.tables import AccountId
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.kernel.calendar import fiscal_year
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused, Stale
from pipir.kernel.ids import EntryId, FundingDocumentId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.conftest import Service, Template
from tests.features.ledger.makers import (
    DAY,
    RECEIVED,
    entry,
    funding,
    make_participant,
    make_project,
    obligation,
    open_account,
    post,
    receive,
    reverse,
)
from tests.makers import TODAY
from tests.rehearsals import Rehearsal, noon

pytestmark = pytest.mark.asyncio(loop_scope="session")
US = Reader("us-government")
LATER = date(2026, 1, 5)
LATER_YEAR = date(2027, 11, 20)


async def sums_equal_the_ledger(db: Database) -> None:
    """The derived sums are what the entries say, in plain Python."""
    grain = [
        "funding_document_id",
        "project_id",
        "participant_id",
        "program_authority",
        "fiscal_year",
        "quarter",
        "kind",
        "audience",
        "exercise",
    ]
    async with db.read() as session:
        entries = (await session.execute(text("select * from ledger_entry"))).mappings().all()
        sums = (await session.execute(text("select * from ledger_sum_now"))).mappings().all()
    amounts: defaultdict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    drawn: defaultdict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    counts: Counter[tuple[Any, ...]] = Counter()
    for row in entries:
        kind = row["reversed_kind"] or row["kind"]
        quarter = {10: 1, 11: 1, 12: 1, 1: 2, 2: 2, 3: 2, 4: 3, 5: 3, 6: 3, 7: 4, 8: 4, 9: 4}[row["effective_on"].month]
        key = tuple({**row, "kind": kind, "quarter": quarter}[name] for name in grain)
        signed = -row["amount"] if row["kind"] == "reversal" else row["amount"]
        amounts[key] += signed
        drawn[key] += signed if kind == "obligation" and row["adjusts_entry_id"] else 0
        counts[key] += 1
    found = {tuple(row[name] for name in grain): (Decimal(), Decimal(), 0) for row in sums}
    for row in sums:
        amount, drew, count = found[key := tuple(row[name] for name in grain)]
        found[key] = (amount + row["amount"], drew + row["drawn"], count + row["count"])
    assert found == {key: (amounts[key], drawn[key], counts[key]) for key in amounts}


async def refusal(act: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        await act
    return caught.value


async def mistakes(act: Any) -> list[str]:
    with pytest.raises(Invalid) as caught:
        await act
    return [each.where for each in caught.value.mistakes]


async def incur(db: Database, **values: Any) -> int:
    given: dict[str, Any] = {
        "kind": "expenditure",
        "amount": Dollars("100.00"),
        "effective_on": DAY,
        "flag": "unmatched disbursement",
        "evidence": "Voucher 17",
    }
    async with db.write(actor=SERVICE, command="ledger.record-incurred") as session:
        return await commands.record_incurred(session, commands.RecordIncurred(**(given | values)))


# ---- limits


async def test_an_obligation_stays_within_its_funding_document(db: Database):
    """31 U.S.C. 1517(a)(2)"""
    document = await receive(db)
    await post(db, obligation(document, "900.00"))
    wrong = await refusal(post(db, obligation(document, "100.01", effective_on=LATER)))
    assert "$1,000.01" in wrong.detail
    assert "5 Jan 2026" in wrong.detail
    assert wrong.citation == "31 U.S.C. 1514, 1517(a)(2)"
    assert "Up to $100.00 would pass." in wrong.way_out
    await post(db, obligation(document, "100.00", effective_on=LATER))


async def test_a_back_dated_entry_breaks_no_later_day(db: Database):
    """31 U.S.C. 1341(a)(1)(A)"""
    document = await receive(db)
    held = await post(db, obligation(document, "900.00", effective_on=LATER))
    wrong = await refusal(post(db, obligation(document, "200.00", effective_on=DAY)))
    assert "on 5 Jan 2026" in wrong.detail
    # The day itself would bear it; only the later one does not.
    await post(db, entry("deobligation", "500.00", adjusts_entry_id=held, effective_on=LATER))
    await post(db, obligation(document, "200.00", effective_on=DAY))
    await sums_equal_the_ledger(db)


async def test_authority_that_comes_later_does_not_cover_an_earlier_day(db: Database):
    document = await receive(db)
    await post(db, entry("authority received", "500.00", funding_document_id=document, effective_on=LATER))
    wrong = await refusal(post(db, obligation(document, "1200.00", effective_on=DAY)))
    assert "on 20 Dec 2025" in wrong.detail
    await post(db, obligation(document, "1200.00", effective_on=LATER))


async def test_authority_is_withdrawn_down_to_what_is_used(db: Database):
    document = await receive(db)
    await post(db, obligation(document, "600.00"))
    await post(db, entry("commitment", "300.00", funding_document_id=document))
    withdrawal = entry("authority withdrawn", "100.01", funding_document_id=document)
    assert "$900.00" in (await refusal(post(db, withdrawal))).detail
    await post(db, entry("authority withdrawn", "100.00", funding_document_id=document))
    await sums_equal_the_ledger(db)


async def test_a_commitment_stays_within_authority_and_an_obligation_within_the_commitment_it_draws(db: Database):
    document = await receive(db)
    reserved = await post(db, entry("commitment", "800.00", funding_document_id=document))
    assert await refusal(post(db, entry("commitment", "200.01", funding_document_id=document)))
    assert await refusal(post(db, obligation(document, "800.01", adjusts_entry_id=reserved)))
    drawn = await post(db, obligation(document, "500.00", adjusts_entry_id=reserved))
    assert await refusal(post(db, entry("decommitment", "300.01", adjusts_entry_id=reserved)))
    await post(db, entry("decommitment", "300.00", adjusts_entry_id=reserved))
    await post(db, entry("commitment", "500.00", funding_document_id=document))
    # Its reversal would reserve again what has been given to another commitment: a matter of management, not of law.
    await reverse(db, drawn)
    await sums_equal_the_ledger(db)


async def test_an_obligation_that_takes_what_others_have_reserved_warns_and_one_that_draws_does_not(db: Database):
    document = await receive(db)
    reserved = await post(db, entry("commitment", "900.00", funding_document_id=document))
    first = await post(db, obligation(document, "100.00"))
    above = await post(db, obligation(document, "0.01", document_number="C-2"))
    drawn = await post(db, obligation(document, "200.00", document_number="C-3", adjusts_entry_id=reserved))
    async with db.read() as session:
        rows = await session.execute(text("select id, warnings from ledger_entry where kind = 'obligation'"))
        kept = {row.id: row.warnings for row in rows}
    assert kept[first] == kept[drawn] == []
    [warning] = kept[above]
    assert "would leave $1,000.01 committed and obligated under FD-1 on 20 Dec 2025" in warning
    assert "$0.01 of what is committed can no longer be obligated" in warning


async def test_an_expenditure_stays_within_its_obligation_on_every_day(db: Database):
    document = await receive(db)
    root = await post(db, obligation(document, "300.00"))
    spent = await post(db, entry("expenditure", "200.00", adjusts_entry_id=root, effective_on=LATER))
    wrong = await refusal(post(db, entry("expenditure", "100.01", adjusts_entry_id=root)))
    assert "Up to $100.00 would pass." in wrong.way_out
    assert await refusal(post(db, entry("deobligation", "100.01", adjusts_entry_id=root, effective_on=LATER)))
    assert await refusal(post(db, entry("refund", "200.01", adjusts_entry_id=root, effective_on=LATER)))
    # A refund before the day of the outlay would make that day's outlays negative.
    assert await refusal(post(db, entry("refund", "10.00", adjusts_entry_id=root)))
    await post(db, entry("refund", "200.00", adjusts_entry_id=root, effective_on=LATER))
    await post(db, entry("deobligation", "300.00", adjusts_entry_id=root, effective_on=LATER))
    assert await refusal(reverse(db, spent, on=DAY))
    await sums_equal_the_ledger(db)


async def test_an_entry_takes_from_the_obligation_it_names_what_it_does_not_say(db: Database):
    document, project, country = await receive(db), await make_project(db), await make_participant(db)
    root = await post(db, obligation(document, project_id=project, participant_id=country))
    spent = await post(db, entry("expenditure", "1.00", adjusts_entry_id=root))
    async with db.read() as session:
        row = (await session.execute(text("select * from ledger_entry where id = :id"), {"id": spent})).mappings().one()
    assert (row["funding_document_id"], row["project_id"], row["participant_id"]) == (document, project, country)
    assert row["program_authority"] == "1253.e.1"
    other = await make_project(db, "Another")
    assert await mistakes(post(db, entry("expenditure", "1.00", adjusts_entry_id=root, project_id=other))) == [
        "project_id"
    ]


async def test_what_continues_is_paid_and_given_back_under_the_determination_of_its_obligation(
    db: Database, template: Template
):
    """Sec. 1253(g): liquidation, deobligation and in-scope adjustment go on, without a determination of their own."""
    document, project, on = await receive(db), await make_project(db), date(2026, 11, 20)
    made = law.Determine("project", "22-usc-2767", "Certified.", "Research money", "Opinion", on, LATER_YEAR, project)
    async with db.write(actor=template.people["program-office"], command="test.determine") as session:
        determination = await law.determine(session, made)
    async with db.write(actor=template.people["comptroller"], command="test.review") as session:
        await law.review_determination(session, determination, law.Confirm(), version=1)
    continuing = {"program_authority": "22-usc-2767", "continuation_id": determination, "project_id": project}
    root = await post(db, obligation(document, "300.00", effective_on=on, **continuing))
    numbers = [
        await post(db, entry(kind, "10.00", adjusts_entry_id=root, effective_on=on, **more))
        for kind, more in (
            ("expenditure", {}),
            ("refund", {}),
            ("deobligation", {}),
            ("upward adjustment", {"basis": "in-scope change"}),
        )
    ]
    numbers.append(await reverse(db, numbers[2], on=on))
    async with db.read() as session:
        taken = await session.scalars(
            text("select continuation_id from ledger_entry where id = any(:ids)"), {"ids": numbers}
        )
    assert list(taken) == [determination] * 5


async def test_an_upward_adjustment_stays_within_the_expired_balance(db: Database):
    """31 U.S.C. 1553(a)"""
    account = await open_account(db, "097-2026/2026-0100-000", "Operation and Maintenance, Defense-Wide")
    document = await receive(db, account)
    root = await post(db, obligation(document, "900.00", effective_on=date(2026, 9, 1)))
    late = date(2026, 10, 5)
    wrong = await refusal(post(db, obligation(document, "1.00", effective_on=late)))
    assert wrong.citation == "31 U.S.C. 1553(a)"
    adjustment = {"adjusts_entry_id": root, "effective_on": late, "basis": "price or rate"}
    assert await refusal(post(db, entry("upward adjustment", "100.01", **adjustment)))
    await post(db, entry("upward adjustment", "100.00", **adjustment))
    await sums_equal_the_ledger(db)


async def test_a_target_warns_and_the_warning_is_kept(db: Database):
    document = await receive(db, level_of_control="target")
    number = await post(db, obligation(document, "1000.01"))
    async with db.read() as session:
        kept = await session.scalar(text("select warnings from ledger_entry where id = :id"), {"id": number})
    assert kept is not None
    assert "target is a limit of management" in kept[0]


async def test_a_partner_contribution_charges_no_appropriation(db: Database):
    """22 U.S.C. 2767(d)"""
    document, country = await receive(db), await make_participant(db)
    await post(db, entry("partner contribution", "5000.00", participant_id=country))
    await post(db, obligation(document, "1000.00"))
    assert await mistakes(post(db, entry("partner contribution", "1.00"))) == ["participant_id"]
    await sums_equal_the_ledger(db)


async def test_what_a_document_says_of_signature_performance_and_receipt_is_kept(db: Database):
    document, country = await receive(db), await make_participant(db)
    services = {"signed_at": "Canberra", "performance_from": DAY, "performance_until": LATER}
    number = await post(db, obligation(document, **services))
    cash = {"funding_document_id": document, "participant_id": country}
    wrong = await refusal(post(db, entry("authority received", "10.00", **cash)))
    assert wrong.citation == "31 U.S.C. 3302(b)"
    received = await post(db, entry("authority received", "10.00", receipt_law="22 U.S.C. 2767(e)", **cash))
    given = await post(db, entry("partner contribution", "5.00", participant_id=country, contribution_kind="in kind"))
    await reverse(db, given)
    async with db.read() as session:
        rows = await session.execute(
            text(
                "select id, signed_at, performance_from, performance_until, contribution_kind, receipt_law "
                "from ledger_entry where id = any(:ids) order by id"
            ),
            {"ids": [number, received, given]},
        )
        assert rows.all() == [
            (number, "Canberra", DAY, LATER, None, None),
            (received, None, None, None, None, "22 U.S.C. 2767(e)"),
            (given, None, None, None, "in kind", None),
        ]
    await sums_equal_the_ledger(db)


# What each of these fields is for: of any other kind of entry it says nothing, and is not recorded with it.
_BELONGS: Final[dict[str, tuple[str, ...]]] = {
    "receipt_law": ("authority received", "partner advance"),
    "transfer_law": ("transfer out", "transfer in"),
    "outside_account": ("transfer out", "transfer in"),
    "approval": ("reprogramming out", "reprogramming in"),
    "order_law": ("obligation",),
    "contribution_kind": ("partner contribution",),
    "closed_document": ("obligation",),
    "basis": ("upward adjustment",),
}
_SAID: Final = {"contribution_kind": "cash", "basis": "price or rate", "outside_account": "019-X-0113-000"}


@pytest.mark.parametrize("kind", rules.KINDS)
async def test_what_means_nothing_of_a_kind_is_refused_with_a_sentence_for_each_field(service: Service, kind: str):
    document, country = await receive(service.db), await make_participant(service.db)
    fields = {name: _SAID.get(name, "A law") for name, kinds in _BELONGS.items() if kind not in kinds}
    body: dict[str, Any] = {"kind": kind, "amount": "1.00", "effective_on": DAY.isoformat()}
    named: dict[str, Any] = {"funding_document_id": document, "participant_id": country}
    async with service.api("comptroller") as api:
        answer = await api.post("/api/v1/ledger/entries", json=body | named | fields)
    told = {each["where"]: each["expected"] for each in answer.json()["mistakes"]}
    assert set(fields) <= set(told), (kind, told)
    browser = await service.browser("comptroller")
    typed = {name: str(value) for name, value in (body | named | fields).items()}
    page = await browser.post("/ledger/entries/new", typed)
    assert page.status_code == 422
    summary = page.text.partition('id="error-summary"')[2].partition("</ul>")[0]
    for name in fields:
        assert f"field-{name}" in summary, (kind, name)


async def test_the_law_of_a_receipt_is_that_of_a_countrys_cash(db: Database):
    """31 U.S.C. 3302(b)"""
    document = await receive(db)
    given = entry("authority received", "1.00", funding_document_id=document, receipt_law="22 U.S.C. 2767(e)")
    assert await mistakes(post(db, given)) == ["receipt_law"]


# ---- reversals


async def test_an_entry_is_reversed_once_and_a_reversal_never(db: Database):
    document = await receive(db)
    root = await post(db, obligation(document, "1000.00"))
    back = await reverse(db, root, on=LATER)
    assert f"was reversed by entry {back}" in (await refusal(reverse(db, root))).detail
    assert "a reversal is not reversed" in (await refusal(reverse(db, back))).detail
    await post(db, obligation(document, "1000.00", effective_on=LATER))
    assert (
        "was reversed"
        in (await refusal(post(db, entry("expenditure", "1.00", adjusts_entry_id=root, effective_on=LATER)))).detail
    )
    with pytest.raises(NotFound):
        await reverse(db, 10**12)
    await sums_equal_the_ledger(db)


async def test_a_reversal_passes_the_rules_as_a_new_entry_does(db: Database):
    document = await receive(db)
    root = await post(db, obligation(document, "800.00"))
    less = await post(db, entry("deobligation", "500.00", adjusts_entry_id=root))
    await post(db, obligation(document, "700.00"))
    assert "$1,500.00" in (await refusal(reverse(db, less))).detail
    paid = await post(db, entry("expenditure", "100.00", adjusts_entry_id=root))
    assert await refusal(reverse(db, root))
    assert "before the entry" in (await refusal(reverse(db, paid, on=RECEIVED))).detail
    received = await first_entry(db)
    assert await refusal(reverse(db, received))
    await sums_equal_the_ledger(db)


async def first_entry(db: Database) -> int:
    async with db.read() as session:
        number = await session.scalar(text("select min(id) from ledger_entry"))
    assert isinstance(number, int)
    return number


# ---- what was incurred already


async def test_what_was_incurred_is_recorded_flagged_and_counted(db: Database):
    """31 U.S.C. 1351, 1517(b)"""
    document = await receive(db)
    number = await incur(
        db,
        kind="obligation",
        amount=Dollars("1500.00"),
        flag="potential violation: 1341/1517",
        funding_document_id=document,
        program_authority="1253.e.1",
    )
    async with db.read() as session:
        row = (
            (await session.execute(text("select * from ledger_entry where id = :id"), {"id": number})).mappings().one()
        )
    assert (row["incurred"], row["flag"], row["evidence"]) == (True, "potential violation: 1341/1517", "Voucher 17")
    assert "$1,500.00" in row["warnings"][0]
    # It counts: nothing is left for an ordinary obligation, and its liquidation goes on.
    assert await refusal(post(db, obligation(document, "0.01")))
    await post(db, entry("expenditure", "1500.00", adjusts_entry_id=number))
    await sums_equal_the_ledger(db)


async def test_a_disbursement_above_its_obligation_or_without_one_is_recorded(db: Database):
    document = await receive(db)
    root = await post(db, obligation(document, "50.00"))
    await incur(db, flag="negative unliquidated obligation", adjusts_entry_id=root)
    await incur(db, funding_document_id=document)
    assert await refusal(post(db, entry("expenditure", "0.01", adjusts_entry_id=root)))
    assert await mistakes(post(db, entry("expenditure", "1.00", funding_document_id=document))) == ["adjusts_entry_id"]
    await sums_equal_the_ledger(db)


async def test_what_was_incurred_lies_neither_ahead_nor_on_what_was_reversed(db: Database):
    """Convention: even a record of what went wrong is a record of something that happened."""
    document = await receive(db)
    root = await post(db, obligation(document, "100.00", effective_on=LATER))
    over = {"flag": "negative unliquidated obligation", "adjusts_entry_id": root}
    ahead = incur(db, funding_document_id=document, effective_on=TODAY + timedelta(days=400))
    assert "lies after today" in (await refusal(ahead)).detail
    await reverse(db, root, on=LATER)
    told = await refusal(incur(db, effective_on=LATER, **over))
    assert "was reversed by" in told.detail
    assert told.way_out == "Name an entry that stands, or record an unmatched disbursement, which names none."
    await sums_equal_the_ledger(db)


async def test_a_disbursement_before_its_obligation_is_recorded_as_nothing_else_is(db: Database):
    """money.md, refuse or record: a disbursement has been made, too early or not."""
    document = await receive(db)
    root = await post(db, obligation(document, "100.00", effective_on=LATER))
    early = {"adjusts_entry_id": root, "effective_on": DAY}
    for refused in (
        post(db, entry("expenditure", "1.00", **early)),
        incur(db, kind="upward adjustment", basis="price or rate", flag="potential violation: 1341/1517", **early),
    ):
        assert "before the entry that it names" in (await refusal(refused)).detail
    number = await incur(db, flag="negative unliquidated obligation", **early)
    async with db.read() as session:
        said = await session.scalar(text("select warnings from ledger_entry where id = :id"), {"id": number})
    assert "before the entry that it names" in said[0]
    await sums_equal_the_ledger(db)


async def test_an_overspent_obligation_is_cured_step_by_step(db: Database):
    """31 U.S.C. 1351: what lowers the overrun is never refused for the overrun that it leaves."""
    document = await receive(db)
    root = await post(db, obligation(document, "100.00"))
    flag = {"flag": "negative unliquidated obligation", "adjusts_entry_id": root}
    first = await incur(db, amount=Dollars("200.00"), **flag)
    await incur(db, amount=Dollars("50.00"), **flag)
    await post(db, entry("refund", "20.00", adjusts_entry_id=root))
    assert await refusal(post(db, entry("deobligation", "0.01", adjusts_entry_id=root)))
    assert await refusal(post(db, entry("expenditure", "0.01", adjusts_entry_id=root)))
    assert "below zero" in (await refusal(post(db, entry("refund", "230.01", adjusts_entry_id=root)))).detail
    await reverse(db, first)
    await post(db, entry("expenditure", "70.00", adjusts_entry_id=root))
    await sums_equal_the_ledger(db)


# ---- many at once


def batch(document: int, count: int = 3) -> list[Posting]:
    """Obligations, each with an expenditure that names it by its place."""
    entries = []
    for number in range(count):
        entries += [
            Posting(
                kind="obligation",
                amount=Dollars("10.00"),
                effective_on=DAY,
                funding_document_id=document,
                program_authority="1253.e.1",
                document_number=f"D-{number}",
                document_on=DAY,
                need="Parts for this year",
            ),
            Posting(kind="expenditure", amount=Dollars("4.00"), effective_on=LATER, adjusts_place=2 * number),
        ]
    return entries


async def post_all(db: Database, entries: list[Posting]) -> tuple[int, ...]:
    async with db.write(actor=SERVICE, command="test.batch", exercise=True) as session:
        return await commands.post_entries(session, entries)


async def test_many_entries_are_one_statement_with_one_trail_row(db: Database):
    document = await receive(db)
    reversal = Posting(kind="reversal", effective_on=LATER, reverses_place=1, because="Twice")
    numbers = await post_all(db, [*batch(document), reversal])
    assert len(numbers) == 7
    async with db.read() as session:
        rows = await session.execute(
            text("select row_count, first_id, last_id from trail where command = 'test.batch'")
        )
        assert rows.all() == [(7, numbers[0], numbers[-1])]
        assert await session.scalar(
            text("select bool_and(exercise) from ledger_entry where id >= :id"), {"id": numbers[0]}
        )
    await sums_equal_the_ledger(db)
    assert await post_all(db, []) == ()


async def test_a_batch_is_held_to_what_it_comes_to_together_and_is_all_or_nothing(db: Database):
    document = await receive(db)
    assert "together" in (await refusal(post_all(db, batch(document, 101)))).detail
    assert await mistakes(
        post_all(
            db,
            [
                *batch(document, 1),
                Posting(kind="expenditure", amount=Dollars(1), effective_on=DAY, adjusts_place=9),
                Posting(kind="reversal", effective_on=DAY, reverses_place=9),
                Posting(kind="commitment", amount=Dollars(0), effective_on=DAY, funding_document_id=10**9),
            ],
        )
    ) == [
        "entries.2.adjusts_place",
        "entries.2.funding_document_id",
        "entries.2.adjusts_entry_id",
        "entries.3.reverses_entry_id",
        "entries.3.because",
        "entries.4.funding_document_id",
        "entries.4.amount",
    ]
    late = [*batch(document, 1), Posting(kind="reversal", effective_on=RECEIVED, reverses_place=0, because="No")]
    assert "Entry 3 of 3" in (await refusal(post_all(db, late))).detail
    async with db.read() as session:
        assert await session.scalar(text("select count(*) from ledger_entry")) == 1


# ---- the database's own guards


async def test_two_obligations_racing_for_the_last_dollar_one_wins(db: Database):
    document = await receive(db)
    start = asyncio.Barrier(6)

    async def race() -> int:
        async with db.write(actor=SERVICE, command="ledger.post") as session:
            await start.wait()
            return await commands.post_entry(session, obligation(document, "300.00"))

    results = await asyncio.gather(*(race() for _ in range(6)), return_exceptions=True)
    won = [each for each in results if isinstance(each, int)]
    assert len(won) == 3
    # Each loser waited for the winner and met the rule itself, with its figures; the trigger had nothing to catch.
    lost = [each for each in results if isinstance(each, Refused)]
    assert [each.citation for each in lost] == ["31 U.S.C. 1514, 1517(a)(2)"] * 3
    await sums_equal_the_ledger(db)


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger_entry set amount = 1",
        "delete from ledger_entry",
        "truncate ledger_entry",
        "update ledger_sum set amount = 1",
        "insert into ledger_sum (fiscal_year, quarter, kind, audience, exercise, amount, drawn, count) "
        "values (2026, 1, 'obligation', 1, false, 1, 0, 1)",
    ],
)
async def test_entries_and_sums_are_not_changed_by_hand(db: Database, statement: str):
    await receive(db)
    with pytest.raises(Exception, match=r"permission denied|never changed"):
        async with db.write(actor=SERVICE, command="test.hand") as session:
            await session.execute(text(statement))


INSERT = (
    "insert into ledger_entry (kind, reversed_kind, amount, funding_document_id, program_authority, effective_on, "
    "fiscal_year, adjusts_entry_id, reverses_entry_id, because, new_start, incurred, warnings, posted_by, posted_at, "
    "audience) values (:kind, :reversed_kind, :amount, :document, '1253.e.1', :on, :year, :adjusts, "
    ":reverses, 'x', false, false, '{}', 1, app.now(), 3)"
)


async def by_hand(db: Database, **values: Any) -> None:
    given = {
        "kind": "obligation",
        "reversed_kind": None,
        "amount": Decimal(1),
        "on": DAY,
        "year": fiscal_year(values.get("on", DAY)),
        "adjusts": None,
        "reverses": None,
    }
    async with db.write(actor=SERVICE, command="test.hand") as session:
        await session.execute(text(INSERT), given | values)


async def test_the_database_holds_the_limits_when_no_command_does(db: Database):
    document = await receive(db)
    other = await receive(db, await open_account(db, "097-X-0360-000"), number="FD-2")
    root = await post(db, obligation(document, "900.00"))
    await by_hand(db, document=document)
    for values, sentence in (
        ({"amount": Decimal(100)}, "would pass its authority"),
        ({"kind": "authority withdrawn", "amount": Decimal(100)}, "would pass its authority"),
        ({"kind": "expenditure", "adjusts": root, "amount": Decimal(901)}, "would pass it"),
        ({"kind": "deobligation", "adjusts": root, "amount": Decimal(901)}, "would pass it"),
        ({"kind": "expenditure", "adjusts": root, "document": other}, "of the same funding document"),
        ({"kind": "decommitment", "adjusts": root}, "names an obligation or commitment"),
        ({"kind": "reversal", "reversed_kind": "obligation", "reverses": root}, "repeats the entry"),
        (
            {"kind": "reversal", "reversed_kind": "commitment", "reverses": root, "amount": Decimal(900)},
            "repeats the entry",
        ),
    ):
        with pytest.raises(Refused, match=sentence):
            await by_hand(db, **({"document": document} | values))
    for values in (
        {"amount": Decimal(0)},
        {"amount": Decimal("NaN")},
        {"year": 2027},
        {"kind": "reversal"},
        {"kind": "expenditure"},
        {"document": None},
        {"kind": "nothing"},
        {"kind": "partner contribution"},
    ):
        with pytest.raises(Conflict):
            await by_hand(db, **({"document": document} | values))
    await sums_equal_the_ledger(db)


_ORDER = {"source_of_authority": "reimbursable order", "order_law": "31 U.S.C. 1535", "order_method": "reimbursable"}
_LAPSE = {"source_of_authority": "none", "amount": None}
_RESOLUTION = {
    "source_of_authority": "continuing resolution",
    "source_citation": "Pub. L. 119-99",
    "through_on": date(2026, 1, 30),
    "cr_amount": Dollars(1000),
}


@pytest.mark.parametrize(
    ("symbol", "document", "values", "sentence"),
    [
        ("097-2026/2027-0400-000", {}, {"on": date(2026, 11, 21)}, "after today"),
        ("097-2026/2027-0400-000", {}, {"kind": "authority received", "on": date(2026, 11, 21)}, "after today"),
        ("097-2025/2025-0100-000", {"received_on": date(2024, 12, 1)}, {}, "expired"),
        ("097-2025/2025-0100-000", {"received_on": date(2024, 12, 1)}, {"kind": "commitment"}, "expired"),
        ("097-2027/2028-0400-000", {}, {"on": date(2026, 9, 30)}, "not yet available"),
        ("097-2027/2028-0400-000", {}, {"kind": "commitment", "on": date(2026, 9, 30)}, "not yet available"),
        ("097-2026/2027-0400-000", {"period_from": date(2026, 1, 1)}, {}, "outside of the period"),
        ("097-2026/2027-0400-000", {"period_until": date(2025, 12, 19)}, {}, "outside of the period"),
        ("097-2026/2027-0400-000", _LAPSE, {}, "no excepted basis"),
        ("097-2026/2027-0400-000", _LAPSE, {"kind": "authority received"}, "no authority is received"),
        ("097-2026/2027-0400-000", _RESOLUTION, {"on": date(2026, 1, 31)}, "runs through"),
        ("097-2026/2027-0400-000", _ORDER | {"order_accepted_on": date(2025, 12, 21)}, {}, "was not accepted"),
        ("097-2026/2027-0400-000", _ORDER, {"kind": "authority received"}, "is not entered as authority received"),
        ("097-2026/2027-0400-000", {}, {"kind": "reimbursable order"}, "is not entered as reimbursable order"),
        ("097-2026/2027-0400-000", _ORDER, {"kind": "authority withdrawn"}, "neither moves nor is withdrawn"),
        ("097-2026/2027-0400-000", {}, {"kind": "closing", "on": date(2026, 11, 20)}, "are cancelled on the day"),
    ],
)
async def test_the_database_holds_what_time_and_the_document_allow_when_no_command_does(
    db: Database, symbol: str, document: dict[str, Any], values: dict[str, Any], sentence: str
):
    number = await receive(db, await open_account(db, symbol), **document)
    with pytest.raises(Refused, match=sentence):
        await by_hand(db, document=number, **values)
    await sums_equal_the_ledger(db)


async def test_the_database_takes_nothing_of_a_closed_account_and_nothing_new_of_an_ended_document(
    rehearsal: Rehearsal,
):
    """From the day after the account's last; a document takes what liquidates all the same."""
    db = rehearsal.db
    await rehearsal.move(noon(date(2025, 12, 21)))
    document = await receive(db)
    root = await post(db, obligation(document, "100.00"))
    async with db.write(actor=SERVICE, command="test.end") as session:
        view = await queries.funding(session, US, FundingDocumentId(document))
        body = commands.EndFunding(date(2025, 12, 20), "Spent")
        await commands.end_funding(session, FundingDocumentId(document), body, version=view.version)
    for kind in ("obligation", "authority received"):
        with pytest.raises(Refused, match="ended on"):
            await by_hand(db, document=document, kind=kind, on=date(2025, 12, 21))
    await by_hand(db, document=document, kind="expenditure", adjusts=root, on=date(2025, 12, 21))
    await rehearsal.move(noon(date(2032, 9, 30)))
    await by_hand(db, document=document, kind="expenditure", adjusts=root, on=date(2032, 9, 30))
    await rehearsal.move(noon(date(2032, 10, 1)))
    for on in (date(2032, 9, 30), date(2032, 10, 1)):
        with pytest.raises(Refused, match="closed with"):
            await by_hand(db, document=document, kind="expenditure", adjusts=root, on=on)
    with pytest.raises(Refused, match="are cancelled on the day"):
        await by_hand(db, document=document, kind="closing", adjusts=root, on=date(2032, 10, 1))
    await by_hand(db, document=document, kind="closing", adjusts=root, amount=Decimal(98), on=date(2032, 9, 30))


AT_ONCE = (
    "insert into ledger_entry (id, kind, reversed_kind, amount, funding_document_id, program_authority, effective_on, "
    "fiscal_year, adjusts_entry_id, reverses_entry_id, because, new_start, incurred, flag, evidence, warnings, "
    "posted_by, posted_at, audience) select id, kind, reversed, amount, :document, '1253.e.1', on_day, 2026, adjusts, "
    "reverses, case when reverses is not null then 'x' end, false, incurred, "
    "case when incurred then 'negative unliquidated obligation' end, case when incurred then 'x' end, '{}', 1, "
    "app.now(), 3 from jsonb_to_recordset(cast(:rows as jsonb)) r (id bigint, kind text, reversed text, "
    "amount numeric, on_day date, adjusts bigint, reverses bigint, incurred boolean)"
)
_DRAWS = {"expenditure": -1, "deobligation": -1, "upward adjustment": 1, "refund": 1}


def a_thread(chance: random.Random, first: int) -> list[dict[str, Any]]:
    """An obligation with what names it, in no order of days; the last is sometimes a reversal of one of them."""
    rows = [{"id": first, "kind": "obligation", "amount": chance.randint(1, 12)}]
    rows += [
        {"id": first + n, "kind": chance.choice(list(_DRAWS)), "amount": chance.randint(1, 9), "adjusts": first}
        for n in range(1, chance.randint(2, 6))
    ]
    for row in rows:
        incurred = row["kind"] == "expenditure" and chance.random() < 0.2
        row |= {"on_day": f"2026-01-0{chance.randint(1, 4)}", "incurred": incurred}
    if chance.random() < 0.3:
        one = chance.choice(rows)
        rows.append(
            one
            | {"id": first + 9, "kind": "reversal", "reversed": one["kind"], "reverses": one["id"]}
            | {"on_day": f"2026-01-0{chance.randint(1, 4)}", "incurred": False}
        )
    return rows


def overdrawn(rows: list[dict[str, Any]]) -> bool:
    """Whether on a day from the first draw on, that was not incurred, less than nothing is left."""
    moves = [
        (
            row["on_day"],
            row["amount"] * ({"obligation": 1} | _DRAWS)[row.get("reversed") or row["kind"]]
            * (-1 if "reversed" in row else 1),
            row["incurred"],
        )
        for row in rows
    ]  # fmt: skip
    since = min((day for day, amount, incurred in moves if amount < 0 and not incurred), default=None)
    days = {day for day, _, _ in moves if since and day >= since}
    return any(sum(amount for on, amount, _ in moves if on <= day) < 0 for day in days)


async def test_threads_that_come_in_one_statement_are_held_on_each_of_their_days(db: Database):
    """Many random threads, each whole or its obligation before the rest, against plain arithmetic."""
    document = await receive(db, amount=Dollars("100000.00"))
    chance, first, refused = random.Random(1253), 1_000, 0
    for _ in range(150):
        threads = [a_thread(chance, first := first + 10) for _ in range(chance.choice((1, 1, 2)))]
        wrong = any(map(overdrawn, threads))
        statements = [[row for rows in threads for row in rows]]
        if chance.random() < 0.4:
            statements = [[rows[0] for rows in threads], [row for rows in threads for row in rows[1:]]]
        write = db.write(actor=SERVICE, command="test.hand")
        with pytest.raises(Refused, match="would pass it") if wrong else contextlib.nullcontext():
            async with write as session:
                for rows in statements:
                    await session.execute(text(AT_ONCE), {"document": document, "rows": json.dumps(rows)})
        refused += wrong
    assert 30 < refused < 120
    await sums_equal_the_ledger(db)


async def test_the_database_knows_an_obligation_that_draws_on_a_commitment_by_its_reversal(db: Database):
    """What is reversed leaves nothing to spend, also where the obligation itself names another entry."""
    document = await receive(db)
    commitment = await post(db, entry("commitment", "300.00", funding_document_id=document))
    root = await post(db, obligation(document, "100.00", adjusts_entry_id=commitment))
    await post(db, entry("expenditure", "60.00", adjusts_entry_id=root))
    with pytest.raises(Refused, match="would pass it"):
        await by_hand(
            db, document=document, kind="reversal", reversed_kind="obligation", amount=Decimal(100), adjusts=commitment,
            reverses=root,
        )  # fmt: skip
    await sums_equal_the_ledger(db)


# ---- who may see


async def contractor(db: Database) -> int:
    async with db.write(actor=SERVICE, command="test.person") as session:
        office = await people.open_office(
            session, people.OpenOffice(symbol="CTR", name="Contractor", department="Other", since=RECEIVED)
        )
        body = people.AddPerson(
            name="A contractor",
            title="x",
            office_id=office,
            since=RECEIVED,
            roles=["comptroller"],
            reader_kind="contractor",
        )
        return await people.add_person(session, body)


async def test_who_may_not_see_a_record_may_not_post_to_it_nor_learn_that_it_exists(db: Database):
    hidden = await receive(db, marking="CUI//NOCON")
    open_document = await receive(db, await open_account(db, "097-X-0360-000"), number="FD-2")
    secret = await make_project(db, "Quiet", "CUI//NOCON")
    root = await post(db, obligation(hidden))
    actor = await contractor(db)
    assert await mistakes(post(db, obligation(hidden), actor=actor)) == ["funding_document_id"]
    assert await mistakes(post(db, obligation(open_document, project_id=secret), actor=actor)) == ["project_id"]
    spent = entry("expenditure", "1.00", funding_document_id=open_document, adjusts_entry_id=root)
    assert await mistakes(post(db, spent, actor=actor)) == ["adjusts_entry_id"]
    with pytest.raises(NotFound):
        async with db.write(actor=actor, command="ledger.reverse") as session:
            await commands.reverse_entry(
                session, EntryId(root), commands.ReverseEntry(effective_on=DAY, because="Twice")
            )
    with pytest.raises(NotFound):
        async with db.write(actor=actor, command="funding.end") as session:
            body = commands.EndFunding(until=DAY, because="Over")
            await commands.end_funding(session, FundingDocumentId(hidden), body, version=1)


async def test_nobody_marks_a_funding_document_out_of_their_own_sight(db: Database):
    account, actor = await open_account(db), await contractor(db)
    with pytest.raises(Invalid, match="could not read") as caught:
        async with db.write(actor=actor, command="funding.receive") as session:
            await commands.receive_funding(session, funding(account, marking="CUI//NOCON"))
    assert [each.where for each in caught.value.mistakes] == ["marking"]
    async with db.write(actor=actor, command="funding.receive") as session:
        document = await commands.receive_funding(session, funding(account))
    with pytest.raises(Invalid, match="could not read"):
        async with db.write(actor=actor, command="funding.revise") as session:
            body = commands.ReviseFunding(number="FD-1", title="x", purpose="Studies", marking="CUI//NOCON")
            await commands.revise_funding(session, document, body, version=1)


# ---- accounts and funding documents


async def test_an_account_is_entered_once_by_its_symbol(db: Database):
    await open_account(db, " 097-x-0360-000 ")
    with pytest.raises(Conflict, match="this symbol"):
        await open_account(db, "097-X-0360-000")
    assert await mistakes(open_account(db, "0400")) == ["symbol"]


async def test_an_account_is_corrected_and_closed_at_its_version(db: Database):
    account = AccountId(await open_account(db, "097-X-0360-000"))
    async with db.write(actor=SERVICE, command="account.revise") as session:
        body = commands.ReviseAccount(title="Purchases", source="The list", listed_as_of=DAY)
        await commands.revise_account(session, account, body, version=1)
    with pytest.raises(Stale):
        async with db.write(actor=SERVICE, command="account.revise") as session:
            await commands.revise_account(session, account, body, version=1)
    document = await receive(db, account, received_on=date(2022, 9, 30))
    async with db.write(actor=SERVICE, command="account.close") as session:
        closing = commands.CloseAccount(closed_on=DAY, because="Purpose fulfilled")
        await commands.close_account(session, account, closing, version=2)
    wrong = await refusal(post(db, obligation(document, effective_on=LATER)))
    assert wrong.citation == "31 U.S.C. 1555"
    with pytest.raises(NotFound):
        async with db.write(actor=SERVICE, command="account.close") as session:
            await commands.close_account(session, AccountId(10**9), closing, version=1)


async def test_a_no_year_account_is_not_closed_on_the_day_of_its_last_payment(db: Database):
    """31 U.S.C. 1555: two fiscal years without a disbursement come first; a reversed one was none."""
    account = AccountId(await open_account(db, "097-X-0360-000"))
    long_ago = date(2022, 9, 30)
    document = await receive(db, account, received_on=long_ago)
    root = await post(db, obligation(document, effective_on=long_ago, program_authority="10-usc-2350a"))
    paid = await post(db, entry("expenditure", "1.00", adjusts_entry_id=root, effective_on=DAY))

    async def close() -> None:
        async with db.write(actor=SERVICE, command="account.close") as session:
            closing = commands.CloseAccount(closed_on=DAY, because="Purpose fulfilled")
            await commands.close_account(session, account, closing, version=1)

    wrong = await refusal(close())
    assert wrong.citation == "31 U.S.C. 1555"
    assert "1 Oct 2028" in wrong.way_out
    await reverse(db, paid)
    await close()


async def test_an_obligation_near_a_years_end_is_recorded_with_the_warning_that_its_place_is_missing(db: Database):
    """money.md: it carries the place of signature; recorded, not refused."""
    document = await receive(db, await open_account(db, "097-X-0360-000"), received_on=date(2025, 9, 1))
    given = {"effective_on": date(2025, 9, 30), "program_authority": "10-usc-2350a"}
    for place, told in ((None, True), ("Canberra", False)):
        number = await post(db, obligation(document, "1.00", signed_at=place, **given))
        async with db.read() as session:
            kept = await session.scalar(text("select warnings from ledger_entry where id = :id"), {"id": number})
        assert any("names no place of signature" in each for each in kept) is told


async def close_account(db: Database, account: int, on: date, *, version: int = 1) -> None:
    """Record the determination that closes a no-year account."""
    async with db.write(actor=SERVICE, command="account.close") as session:
        closing = commands.CloseAccount(closed_on=on, because="Purpose fulfilled")
        await commands.close_account(session, AccountId(account), closing, version=version)


async def test_a_no_year_account_is_not_closed_before_an_entry_that_stands_in_it(db: Database):
    """31 U.S.C. 1555: on every day after its closing it holds what it held then, and takes no entry."""
    account = await open_account(db, "097-X-0360-000")
    document = await receive(db, account, received_on=date(2022, 9, 30))
    old = obligation(document, "5.00", effective_on=date(2022, 9, 30), program_authority="10-usc-2350a")
    early = await post(db, old)
    late = await post(db, obligation(document))
    before = DAY - timedelta(days=1)
    assert "20 Dec 2025" in (await refusal(close_account(db, account, before))).way_out
    # What was entered and taken back after the closing is nothing; what is taken back of before it is an entry.
    await reverse(db, late)
    await reverse(db, early)
    assert "20 Dec 2025" in (await refusal(close_account(db, account, before))).way_out
    await close_account(db, account, DAY)


async def test_what_was_entered_and_taken_back_after_its_closing_keeps_no_account_open(db: Database):
    account = await open_account(db, "097-X-0360-000")
    document = await receive(db, account, received_on=date(2022, 9, 30))
    await reverse(db, await post(db, obligation(document)))
    await close_account(db, account, DAY - timedelta(days=1))


async def test_a_no_year_account_is_closed_once(db: Database):
    """Its balances were cancelled as of its day: another determination does not take the place of the first."""
    account = await open_account(db, "097-X-0360-000")
    await receive(db, account, received_on=date(2022, 9, 30))
    await close_account(db, account, DAY)
    for day in (DAY, LATER, DAY - timedelta(days=9)):
        wrong = await refusal(close_account(db, account, day, version=2))
        assert "was closed by the determination of 20 Dec 2025" in wrong.detail
        assert wrong.citation == "31 U.S.C. 1555"


async def test_a_closing_waits_for_the_posts_that_are_under_way_and_sees_them(db: Database):
    """31 U.S.C. 1555: a payment of the moment counts among the disbursements that the years go without."""
    account = await open_account(db, "097-X-0360-000")
    long_ago = date(2022, 9, 30)
    document = await receive(db, account, received_on=long_ago)
    root = await post(db, obligation(document, effective_on=long_ago, program_authority="10-usc-2350a"))
    async with db.write(actor=SERVICE, command="ledger.post") as session:
        await commands.post_entry(session, entry("expenditure", "1.00", adjusts_entry_id=root))
        closes = asyncio.create_task(close_account(db, account, DAY - timedelta(days=1)))
        await asyncio.sleep(0.3)
        assert not closes.done()
    assert "full fiscal years" in (await refusal(closes)).detail


async def test_while_an_account_is_closed_a_post_to_it_is_told_to_come_again(db: Database):
    """It neither waits with locks that the closing needs nor passes beside it."""
    account = await open_account(db, "097-X-0360-000")
    document = await receive(db, account, received_on=date(2022, 9, 30))
    async with db.write(actor=SERVICE, command="account.close") as session:
        closing = commands.CloseAccount(closed_on=DAY, because="Purpose fulfilled")
        await commands.close_account(session, AccountId(account), closing, version=1)
        with pytest.raises(Held):
            await post(db, obligation(document, effective_on=LATER))
    assert (await refusal(post(db, obligation(document, effective_on=LATER)))).citation == "31 U.S.C. 1555"


@pytest.mark.parametrize("source", ["none", "regular act"])
async def test_a_funding_document_is_entered_once_it_was_received(db: Database, source: str):
    """One of a lapse too, which comes without an entry that would lie ahead."""
    account = await open_account(db)
    given: dict[str, Any] = {"source_of_authority": source, "amount": None if source == "none" else Dollars("5.00")}
    today = await today_of(db)
    ahead = receive(db, account, received_on=today + timedelta(days=1), **given)
    assert await mistakes(ahead) == ["received_on"]
    await receive(db, account, received_on=today, **given)


async def today_of(db: Database) -> date:
    """The day of the record."""
    async with db.read() as session:
        return session.today


async def test_contract_changes_add_up_over_the_account_and_the_fiscal_year(db: Database):
    """31 U.S.C. 1553(c)"""
    account = await open_account(db, "097-2024/2024-0100-000", "Operation and Maintenance, Defense-Wide")
    then, warned = date(2024, 1, 10), []
    roots = []
    for number in ("FD-1", "FD-2"):
        document = await receive(db, account, number=number, received_on=then, amount=Dollars(40_000_000))
        roots.append(await post(db, obligation(document, "1.00", effective_on=then, program_authority="10-usc-2350a")))
    for root, amount, on in (
        (roots[0], "3000000.00", date(2025, 9, 30)),
        (roots[0], "3000000.00", DAY),
        (roots[1], "1000000.00", DAY),
        (roots[1], "0.01", DAY),
        (roots[1], "21000000.00", LATER),
    ):
        more = entry("upward adjustment", amount, adjusts_entry_id=root, effective_on=on, basis="price or rate")
        number = await post(db, more)
        async with db.read() as session:
            kept = await session.scalar(text("select warnings from ledger_entry where id = :id"), {"id": number})
        assert kept is not None
        warned.append(len(kept))
    assert warned == [0, 0, 0, 1, 2]


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"amount": None}, ["amount"]),
        ({"amount": Dollars(0)}, ["amount"]),
        ({"source_of_authority": "none"}, ["amount"]),
        ({"source_of_authority": "continuing resolution"}, ["through_on", "cr_amount"]),
        ({"source_of_authority": "reimbursable order"}, ["order_law"]),
        ({"through_on": DAY}, ["through_on"]),
        ({"order_law": "31 U.S.C. 1535"}, ["order_law"]),
        ({"order_accepted_on": DAY}, ["order_accepted_on"]),
        ({"source_of_authority": "partner advance"}, ["order_law", "participant_id"]),
        (
            {"source_of_authority": "partner advance", "order_law": "22 U.S.C. 2767(d)", "participant_id": 10**9},
            ["participant_id"],
        ),
        ({"participant_id": 10**9}, ["participant_id", "participant_id"]),
        ({"order_method": "direct cite"}, ["order_method"]),
        ({"excepted_basis": "Safety"}, ["excepted_basis"]),
        ({"period_from": LATER, "period_until": DAY}, ["period_until"]),
        ({"account_id": 10**9}, ["account_id"]),
        ({"marking": "SECRET"}, ["marking"]),
    ],
)
async def test_a_funding_document_states_what_its_source_needs(db: Database, values: dict[str, Any], where: list[str]):
    account = await open_account(db)
    with pytest.raises(Invalid) as caught:
        async with db.write(actor=SERVICE, command="funding.receive") as session:
            await commands.receive_funding(session, funding(**({"account_id": account} | values)))
    assert [each.where for each in caught.value.mistakes] == where


async def test_a_funding_document_is_corrected_and_ended_at_its_version(db: Database):
    document = FundingDocumentId(await receive(db))
    async with db.write(actor=SERVICE, command="funding.revise") as session:
        body = commands.ReviseFunding(number="FD-1A", title="Better", purpose="Studies", period_until=LATER)
        await commands.revise_funding(session, document, body, version=1)
    with pytest.raises(Stale):
        async with db.write(actor=SERVICE, command="funding.revise") as session:
            await commands.revise_funding(session, document, body, version=1)
    with pytest.raises(Invalid, match="needs correcting"):
        async with db.write(actor=SERVICE, command="funding.revise") as session:
            bad = commands.ReviseFunding(number="FD-1A", title="x", purpose="Studies", through_on=DAY)
            await commands.revise_funding(session, document, bad, version=2)
    ending = commands.EndFunding(until=DAY, because="Spent")
    with pytest.raises(Invalid, match="before the beginning"):
        async with db.write(actor=SERVICE, command="funding.end") as session:
            early = commands.EndFunding(until=date(2025, 12, 17), because="Spent")
            await commands.end_funding(session, document, early, version=2)
    async with db.write(actor=SERVICE, command="funding.end") as session:
        await commands.end_funding(session, document, ending, version=2)
    assert "ended on" in (await refusal(post(db, obligation(document, effective_on=date(2025, 12, 21))))).detail
    with pytest.raises(Conflict, match="this number"):
        await receive(db, await open_account(db, "097-X-0360-000"), number="FD-1A")


async def revise(db: Database, document: int, version: int, **values: Any) -> None:
    given = {"number": "FD-1", "title": "Allotment", "purpose": "Studies"}
    async with db.write(actor=SERVICE, command="funding.revise") as session:
        body = commands.ReviseFunding(**(given | values))
        await commands.revise_funding(session, FundingDocumentId(document), body, version=version)


async def test_a_funding_document_changes_only_so_that_its_entries_still_meet_it(db: Database):
    """31 U.S.C. 1502(a)"""
    document = await receive(db)
    root = await post(db, obligation(document, effective_on=LATER))
    for period in ({"period_from": TODAY}, {"period_until": DAY}):
        wrong = await refusal(revise(db, document, 1, **period))
        assert f"entry {root} would break" in wrong.detail
        assert wrong.citation == "31 U.S.C. 1502(a)"
        assert "Reverse the entry" in wrong.way_out
    await revise(db, document, 1, title="Better", period_from=RECEIVED, period_until=LATER)
    ending = commands.EndFunding(until=DAY, because="Spent")

    async def end(version: int) -> None:
        async with db.write(actor=SERVICE, command="funding.end") as session:
            await commands.end_funding(session, FundingDocumentId(document), ending, version=version)

    assert "ended on 20 Dec 2025" in (await refusal(end(2))).detail
    await reverse(db, root, on=LATER)
    await end(2)


async def test_the_acceptance_of_an_order_is_recorded_and_not_taken_from_under_its_obligations(db: Database):
    law = "31 U.S.C. 1535"
    order = {"source_of_authority": "reimbursable order", "order_law": law}
    document = await receive(db, **order)
    await revise(db, document, 1, order_law=law, order_accepted_on=DAY)
    await post(db, obligation(document))
    for accepted in (None, LATER):
        wrong = await refusal(revise(db, document, 2, order_law=law, order_accepted_on=accepted))
        assert wrong.citation == law
    await revise(db, document, 2, order_law=law, order_accepted_on=RECEIVED)


async def test_an_order_says_whether_it_is_a_direct_cite(db: Database):
    law = "31 U.S.C. 1535"
    document = await receive(db, source_of_authority="reimbursable order", order_law=law, order_method="reimbursable")
    await revise(db, document, 1, order_law=law, order_method="direct cite")
    async with db.read() as session:
        kept = await queries.funding(session, Reader("us-government"), FundingDocumentId(document))
    assert kept.order_method == "direct cite"
    act = await receive(db, kept.account_id, number="FD-ACT")
    with pytest.raises((Invalid, Conflict), match="Only a reimbursable order"):
        async with db.write(actor=SERVICE, command="test") as session:
            await session.execute(
                text("update funding_document set order_method = 'direct cite' where id = :id"), {"id": act}
            )


async def test_the_excepted_basis_stays_while_an_obligation_rests_on_it(db: Database):
    """OMB A-11"""
    document = await receive(db, source_of_authority="none", amount=None, excepted_basis="Safety of life")
    root = await post(db, obligation(document))
    assert "no excepted basis" in (await refusal(revise(db, document, 1))).detail
    await reverse(db, root)
    await revise(db, document, 1)
