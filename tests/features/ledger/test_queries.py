"""What the ledger answers, and to whom."""

from datetime import date

import pytest

from pipir.features.ledger import commands, queries
from pipir.features.ledger.queries import Chosen
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Invalid, NotFound
from pipir.kernel.ids import EntryId, FundingDocumentId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.features.ledger.makers import (
    DAY,
    entry,
    fold,
    make_participant,
    make_project,
    obligation,
    open_account,
    post,
    receive,
    reverse,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
US = Reader("us-government")
CONTRACTOR = Reader("contractor")
JAPAN = Reader("partner", "JPN")
NEXT_YEAR = date(2026, 10, 5)


async def test_totals_net_what_was_taken_back_and_keep_section_1253_apart(db: Database):
    document, project, country = await receive(db), await make_project(db), await make_participant(db)
    named = {"project_id": project, "participant_id": country}
    root = await post(db, obligation(document, "200.00", **named))
    other = await post(
        db, obligation(document, "50.00", program_authority="10-usc-2350a", effective_on=NEXT_YEAR, **named)
    )
    await post(db, entry("deobligation", "20.00", adjusts_entry_id=root))
    paid = await post(db, entry("expenditure", "30.00", adjusts_entry_id=root))
    await reverse(db, paid)
    await post(db, entry("expenditure", "5.00", adjusts_entry_id=other, effective_on=NEXT_YEAR))
    await post(db, entry("partner contribution", "7.00", participant_id=country))
    async with db.read() as session:
        total = await queries.total(session, US)
        assert (total.authority, total.obligated, total.expended) == (Dollars(1000), Dollars(230), Dollars(5))
        assert (total.obligated_1253, total.obligated_other) == (Dollars(180), Dollars(50))
        assert (total.unliquidated, total.contributed, total.count) == (Dollars(225), Dollars(7), 8)
        for by in queries.GROUPS:
            found = await queries.totals(session, US, by)
            assert found.total == total, by
        assert (
            await queries.total(session, US, Chosen(fiscal_year=2027))
            == (await queries.totals(session, US, "account", Chosen(fiscal_year=2027))).total
        )
        quarters = await queries.by_quarter(session, US)
        assert [(each.fiscal_year, each.quarter, each.obligated) for each in quarters] == [
            (2026, 1, Dollars(180)),
            (2027, 1, Dollars(50)),
        ]
        [row] = [each for each in (await queries.totals(session, US, "project")).rows if each.key]
        assert (row.key, row.figures.obligated) == (str(project), Dollars(230))
        assert await queries.fiscal_years(session, US) == (2027, 2026)
        [row] = (await queries.totals(session, US, "authority", Chosen(authority="1253"))).rows
        assert (row.label, row.figures.obligated) == ("Sec. 1253(e)(1), Pub. L. 119-60", Dollars(180))
        report = await queries.for_report(session, US, first_year=2026, last_year=2026)
        assert sum((row.obligated for row in report.rows), Dollars(0)) == Dollars(180)
        assert sum((row.contributed for row in report.rows), Dollars(0)) == Dollars(7)
        assert report.statement.reconciled == "not reconciled with official accounting"
        with pytest.raises(Invalid):
            await queries.totals(session, US, "nothing")  # type: ignore[arg-type]


async def test_a_reports_lines_stand_in_one_order_by_quarter_and_by_all_that_they_name(db: Database, owner_url: str):
    """The report's hash rests on it. What waits to be folded stands in them too, and a part of a key may be blank."""
    document, project, country = await receive(db), await make_project(db), await make_participant(db)
    for amount, on, of in (("30.00", NEXT_YEAR, None), ("20.00", date(2026, 5, 4), project), ("10.00", DAY, project)):
        await post(db, obligation(document, amount, effective_on=on, project_id=of))
    await post(db, entry("partner contribution", "7.00", participant_id=country, project_id=project))
    years = {"first_year": 1900, "last_year": 2027}
    async with db.read() as session:
        pending = await queries.for_report(session, US, **years)
    await fold(owner_url)
    async with db.read() as session:
        folded = await queries.for_report(session, US, **years)
    assert folded.rows == pending.rows
    obligated = [(row.fiscal_year, row.quarter, row.project_id, row.obligated) for row in folded.rows if row.obligated]
    assert obligated == [
        (2026, 1, project, Dollars(10)),
        (2026, 3, project, Dollars(20)),
        (2027, 1, None, Dollars(30)),
    ]
    [given] = [row for row in folded.rows if row.contributed]
    assert (given.symbol, given.program_authority, given.country_name) == (None, None, "Australia")
    assert {row.program_authority for row in folded.rows if row.obligated} == {"1253.e.1"}


async def test_a_funding_document_shows_what_is_left(db: Database):
    document = await receive(db)
    reserved = await post(db, entry("commitment", "300.00", funding_document_id=document))
    root = await post(db, obligation(document, "100.00", adjusts_entry_id=reserved))
    await post(db, entry("expenditure", "40.00", adjusts_entry_id=root))
    async with db.read() as session:
        view = await queries.funding(session, US, FundingDocumentId(document))
        assert (view.authority, view.committed, view.obligated) == (Dollars(1000), Dollars(200), Dollars(100))
        assert (view.expended, view.unliquidated, view.available) == (Dollars(40), Dollars(60), Dollars(700))
        account = (await queries.list_accounts(session, US)).items[0]
        assert (account.state, account.closes_on, account.documents) == ("available", date(2032, 9, 30), 1)
        assert account.kind_of_appropriation == "RDT&E"


async def test_an_entry_shows_what_it_names_and_what_reverses_it(db: Database):
    document = await receive(db)
    root = await post(db, obligation(document))
    paid = await post(db, entry("expenditure", "30.00", adjusts_entry_id=root))
    back = await reverse(db, paid)
    async with db.read() as session:
        shown = await queries.entry(session, US, EntryId(paid))
        assert shown.named is not None
        assert (shown.named.id, shown.entry.reversed_by) == (root, back)
        assert [each.id for each in shown.thread] == [root, paid, back]
        assert (shown.obligated, shown.expended) == (Dollars(100), Dollars(0))
        shown = await queries.entry(session, US, EntryId(back))
        assert shown.reverses is not None
        assert (shown.reverses.id, shown.entry.signed) == (paid, Dollars(-30))
        assert [each.id for each in shown.thread] == [root, paid, back]
        with pytest.raises(NotFound):
            await queries.entry(session, US, EntryId(10**12))


async def test_entries_are_filtered_and_sorted(db: Database):
    document, project, country = await receive(db), await make_project(db), await make_participant(db)
    first = await post(db, obligation(document, "200.00", project_id=project, participant_id=country))
    second = await post(db, obligation(document, "50.00", program_authority="10-usc-2350a", effective_on=NEXT_YEAR))
    received = first - 1
    async with db.read() as session:
        for chosen, expected in (
            (Chosen(), [second, first, received]),
            (Chosen(fiscal_year=2027), [second]),
            (Chosen(kind="obligation"), [second, first]),
            (Chosen(project_id=project), [first]),
            (Chosen(country="AUS"), [first]),
            (Chosen(country="JPN"), []),
            (Chosen(account_id=1), [second, first, received]),
            (Chosen(account_id=2), []),
            (Chosen(funding_document_id=document), [second, first, received]),
            (Chosen(authority="1253"), [first]),
            (Chosen(authority="10-usc-2350a"), [second]),
            (Chosen(exceptions=True), []),
        ):
            found = await queries.list_entries(session, US, chosen)
            assert [each.id for each in found.items] == expected, chosen
            assert found.total == len(expected)
        seen = []
        cursor: str | None = None
        while True:
            page = await queries.list_entries(session, US, sort="amount", cursor=cursor, limit=1)
            seen += [each.id for each in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == [second, first, received]
        with pytest.raises(Invalid):
            await queries.list_entries(session, US, sort="nothing")
        with pytest.raises(Invalid) as wrong:
            queries.chosen(fiscal_year=1, kind="x", country="AUSTRALIA", authority="nothing")
        assert [each.where for each in wrong.value.mistakes] == ["fiscal_year", "kind", "country", "authority"]


async def test_sums_hold_only_what_the_reader_may_see_and_say_so(db: Database):
    """A marking hides an entry, its project's name, and its money in every total."""
    open_document = await receive(db)
    hidden = await receive(db, await open_account(db, "097-X-0360-000"), number="FD-2", marking="CUI//NOCON")
    secret = await make_project(db, "Quiet", "CUI//NOCON")
    await post(db, obligation(open_document, "10.00"))
    quiet = await post(db, obligation(open_document, "20.00", project_id=secret))
    await post(db, obligation(hidden, "40.00"))
    async with db.read() as session:
        for reader, obligated, entries, documents in ((US, 70, 5, 2), (CONTRACTOR, 10, 2, 1), (JAPAN, 0, 0, 0)):
            assert (await queries.total(session, reader)).obligated == Dollars(obligated)
            assert (await queries.list_entries(session, reader)).total == entries
            assert (await queries.list_funding(session, reader)).total == documents
            assert len(await queries.funding_choices(session, reader)) == documents
            for by in queries.GROUPS:
                assert (await queries.totals(session, reader, by)).total.obligated == Dollars(obligated)
            report = await queries.for_report(session, reader, first_year=2026, last_year=2026)
            assert sum((row.obligated for row in report.rows), Dollars(0)) == Dollars(obligated)
            assert report.statement.of_what == "of what you may see"
        for reader in (CONTRACTOR, JAPAN):
            with pytest.raises(NotFound):
                await queries.entry(session, reader, EntryId(quiet))
            with pytest.raises(NotFound):
                await queries.funding(session, reader, FundingDocumentId(hidden))
        seen = await queries.funding(session, CONTRACTOR, FundingDocumentId(open_document))
        assert seen.obligated == Dollars(10)


@pytest.mark.parametrize("folded", [False, True])
async def test_a_marking_made_stricter_hides_what_was_posted_before(db: Database, owner_url: str, folded: bool):
    document = await receive(db)
    number = await post(db, obligation(document))
    if folded:
        await fold(owner_url)
    async with db.read() as session:
        assert (await queries.entry(session, CONTRACTOR, EntryId(number))).entry.id == number
    async with db.write(actor=SERVICE, command="funding.revise") as session:
        body = commands.ReviseFunding(number="FD-1", title="x", purpose="Studies", marking="CUI//NOCON")
        await commands.revise_funding(session, FundingDocumentId(document), body, version=1)
    async with db.read() as session:
        assert (await queries.total(session, CONTRACTOR)).count == 0
        assert (await queries.list_entries(session, CONTRACTOR)).total == 0
        with pytest.raises(NotFound):
            await queries.entry(session, CONTRACTOR, EntryId(number))
        assert (await queries.total(session, US)).count == 2


@pytest.mark.parametrize("folded", [False, True])
async def test_a_marking_made_looser_does_not_open_what_was_posted_under_the_stricter(
    db: Database, owner_url: str, folded: bool
):
    document = await receive(db, marking="CUI//NOCON")
    if folded:
        await fold(owner_url)
    async with db.write(actor=SERVICE, command="funding.revise") as session:
        body = commands.ReviseFunding(number="FD-1", title="x", purpose="Studies", marking="CUI")
        await commands.revise_funding(session, FundingDocumentId(document), body, version=1)
    await post(db, obligation(document))
    async with db.read() as session:
        assert (await queries.total(session, CONTRACTOR)).count == 1
        assert (await queries.list_entries(session, CONTRACTOR)).total == 1


async def test_an_exception_stays_listed_after_its_reversal(db: Database):
    """31 U.S.C. 1351"""
    document = await receive(db)
    async with db.write(actor=SERVICE, command="ledger.record-incurred") as session:
        number = await commands.record_incurred(
            session,
            commands.RecordIncurred(
                kind="expenditure",
                amount=Dollars(5),
                effective_on=DAY,
                flag="unmatched disbursement",
                evidence="Voucher 17",
                funding_document_id=document,
            ),
        )
    await reverse(db, number)
    async with db.read() as session:
        [shown] = (await queries.exceptions(session, US)).items
        assert (shown.id, shown.flag) == (number, "unmatched disbursement")
        assert shown.reversed_by is not None
        assert (await queries.total(session, US)).expended == Dollars(0)
        [reported] = (await queries.for_report(session, US, first_year=2026, last_year=2026)).exceptions
        assert reported.id == number
        assert (await queries.exceptions(session, JAPAN)).total == 0


async def test_a_list_is_sorted_by_what_has_no_index_only_where_it_is_short():
    assert "amount" in queries.sorts_of(queries.COUNTED_TO - 1)
    assert queries.sorts_of(queries.COUNTED_TO) == queries.sorts_of(None) == ("effective", "posted")
