"""Extracts of official accounting beside the ledger: what agrees, what differs, and what becomes of a difference."""

import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import text

from pipir.features.ledger import queries as ledger
from pipir.features.people.tables import SERVICE
from pipir.features.reconciliation import commands, queries
from pipir.features.reconciliation.queries import ItemFilter
from pipir.features.reconciliation.tables import ItemId
from pipir.features.report.queries import said_with_share
from pipir.kernel.errors import Conflict, Invalid, Refused
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.sheets import Leaf, xlsx_bytes
from pipir.store.doors import Database
from tests.features.ledger.makers import (
    DAY,
    entry,
    fold,
    make_project,
    obligation,
    open_account,
    post,
    receive,
    reverse,
)
from tests.features.reconciliation.makers import (
    MONTH,
    SYMBOL,
    add_source,
    extract,
    line,
    obligate,
    pay,
    read,
)
from tests.rehearsals import Rehearsal

OURS = Reader("us-government")


async def _items(db: Database, **values: Any) -> dict[tuple[str, str], tuple[str, str, str]]:
    async with db.read() as session:
        found = await queries.list_items(session, OURS, ItemFilter(**values))
    return {(each.document_number, each.stage): (each.kind, str(each.difference), each.status) for each in found.items}


async def _extract(db: Database, number: int) -> queries.ExtractView:
    async with db.read() as session:
        return await queries.extract(session, OURS, number)  # type: ignore[arg-type]


async def test_lines_agree_by_document_line_and_stage_net_of_what_took_them_back(db: Database) -> None:
    """Obligations net of adjustments and reversals, expenditures net of refunds."""
    document = await receive(db)
    first = await obligate(db, document, "C-1", "100.00")
    await post(db, entry("upward adjustment", "20.00", adjusts_entry_id=first, basis="in-scope change"))
    await post(db, entry("deobligation", "5.00", adjusts_entry_id=first, document_number="M-7"))
    await pay(db, first, "50.00", document_number="V-1")
    await post(db, entry("refund", "10.00", adjusts_entry_id=first, document_number="V-2"))
    wrong = await obligate(db, document, "C-2", "30.00")
    await reverse(db, wrong)
    number = await add_source(db)
    found = await _extract(
        db, await read(db, number, extract(line("C-1", "OBL", "115.00"), line("C-1", "disb", "40.00")))
    )
    # What was entered and wholly reversed is nothing, on both sides.
    assert (found.matched, found.differing, found.only_ledger, found.only_official) == (3, 0, 0, 0)
    assert (found.obligated, found.obligated_official) == (Dollars("115.00"), Dollars("115.00"))
    assert (found.expended, found.expended_official) == (Dollars("40.00"), Dollars("40.00"))
    assert await _items(db) == {}


async def test_a_source_may_keep_payments_under_their_vouchers(db: Database) -> None:
    """Then a payment is looked for by its own document."""
    document = await receive(db)
    first = await obligate(db, document, "C-1", "100.00")
    await pay(db, first, "50.00", document_number="V-1", document_line="0001")
    number = await add_source(db, expenditures_under="the payment")
    found = await _extract(
        db, await read(db, number, extract(line("C-1", "OBL", "100.00"), line("V-1", "DISB", "50.00")))
    )
    assert (found.matched, found.differing + found.only_ledger + found.only_official) == (2, 0)


async def test_each_difference_is_an_exception_until_a_later_extract_agrees(db: Database) -> None:
    """It has its kind, its amount, an owner and an age; what is settled keeps its history."""
    document = await receive(db)
    await obligate(db, document, "C-1", "100.00")
    await obligate(db, document, "C-2", "30.00")
    number = await add_source(db)
    first = await read(db, number, extract(line("C-1", "OBL", "90.00"), line("C-3", "OBL", "(7.50)")))
    assert await _items(db) == {
        ("C-1", "obligation"): ("amount differs", "10.00", "open"),
        ("C-2", "obligation"): ("only in the ledger", "30.00", "open"),
        ("C-3", "obligation"): ("only in official accounting", "7.50", "open"),
    }
    found = await _extract(db, first)
    assert (found.matched, found.differing, found.only_ledger, found.only_official) == (0, 1, 1, 1)
    async with db.read() as session:
        item = (await queries.list_items(session, OURS, ItemFilter(text="C-2"))).items[0]
    assert (item.owner_person_id, item.age) == (SERVICE, 0)
    async with db.write(actor=SERVICE, command="test.answer") as session:
        body = commands.AnswerItem(answer="timing", explanation="Booked there in January")
        await commands.answer_item(session, ItemId(item.id), body, version=item.version)
    second = await read(db, number, extract(line("C-1", "OBL", "100.00"), line("C-3", "OBL", "-7.50")))
    # The answer stands as long as the amounts do; what agrees now is settled and still to be found.
    assert await _items(db) == {
        ("C-2", "obligation"): ("only in the ledger", "30.00", "timing"),
        ("C-3", "obligation"): ("only in official accounting", "7.50", "open"),
    }
    assert (await _items(db, settled=True))["C-1", "obligation"][2] == "settled"
    assert (await _extract(db, second)).settled == 1


async def test_a_changed_amount_opens_its_difference_again(db: Database) -> None:
    """An answer is an answer to one amount."""
    document = await receive(db)
    await obligate(db, document, "C-1", "100.00")
    number = await add_source(db)
    last = await read(db, number, extract(line("C-1", "OBL", "90.00")))
    async with db.read() as session:
        item = (await queries.list_items(session, OURS)).items[0]
    async with db.write(actor=SERVICE, command="test.answer") as session:
        body = commands.AnswerItem(answer="error in the source", explanation="They know")
        await commands.answer_item(session, ItemId(item.id), body, version=item.version)
    await obligate(db, document, "C-1", "5.00")
    view = await _extract(db, last)
    async with db.write(actor=SERVICE, command="test.again") as session:
        await commands.match_again(session, last, commands.MatchAgain(), version=view.version)
    assert await _items(db) == {("C-1", "obligation"): ("amount differs", "15.00", "open")}


async def test_an_extract_is_read_whole_or_not_at_all(db: Database) -> None:
    """Every mistake has its row, its column, what was found and what is expected."""
    await open_account(db)
    number = await add_source(db)
    content = extract(
        line("", "OBL", "1.00"), line("C-1", "LOAN", "1.00"), line("C-1", "OBL", "1.005"),
        line("C-1", "OBL", "1.00", symbol="097-X-0360-000"), line("C-1", "OBL", "1.00"),
    ).replace(b"12/22/2025,097-2026/2027-0400-000,AB\r\n", b"22.12.2025,097-2026/2027-0400-000,AB\r\n", 1)  # fmt: skip
    with pytest.raises(Invalid) as wrong:
        await read(db, number, content)
    told = [str(each) for each in wrong.value.mistakes]
    assert len(told) == 5
    assert any("extract.csv:2:1 (Doc No)" in each and "document number" in each for each in told)
    assert any("extract.csv:2:5 (Posted)" in each and "22.12.2025" in each for each in told)
    assert any("extract.csv:3:3 (Type)" in each and "OBL, Obligation, DISB" in each for each in told)
    assert any("extract.csv:4:4 (Amount)" in each and "1.005" in each for each in told)
    assert any("extract.csv:5:6 (TAS)" in each and SYMBOL in each for each in told)
    async with db.read() as session:
        assert (await queries.list_extracts(session, OURS)).total == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Expected a first line with the columns"),
        (
            b"Doc No,Line\r\nC-1,1\r\n",
            "Expected a column Type. The file has: Doc No, Line. Where its titles have changed",
        ),
        (
            xlsx_bytes([Leaf("S", ("Doc", "Line"), [("C-1", "1")])]),
            "Expected a column Doc No. The file has: Doc, Line.",
        ),
        (b"PK\x03\x04 this is no workbook", "Expected a workbook"),
        (extract(), "at least one row"),
        (extract(line("C-1", "OBL", "1.00")).replace(b"C-1", b"C-\xff"), "UTF-8"),
        (extract(line("C-1", "OBL", "1.00")).replace(b"C-1", b"C-\x00"), "NUL"),
        (extract(line("C-1", "OBL", "1E+99")), "1E+99"),
        (extract(line("C-1", "OBL", "1.00"))[:-20], "Expected 7 cells."),
    ],
)
async def test_a_broken_file_is_told_what_is_wrong_with_it(db: Database, content: bytes, told: str) -> None:
    """Truncated, of another kind, in another encoding."""
    await open_account(db)
    number = await add_source(db)
    with pytest.raises(Invalid) as wrong:
        await read(db, number, content)
    assert any(told in str(each) for each in wrong.value.mistakes), wrong.value.mistakes


async def test_old_line_ends_and_a_byte_order_mark_are_read(db: Database) -> None:
    """CR alone, as old systems write it."""
    document = await receive(db, amount=Dollars("9000.00"))
    await obligate(db, document, "C-1", "1234.50")
    number = await add_source(db)
    content = b"\xef\xbb\xbf" + extract(line("C-1", "OBL", "$1,234.50")).replace(b"\r\n", b"\r")
    assert (await _extract(db, await read(db, number, content))).matched == 1


async def test_an_extract_is_read_as_reports_come(db: Database) -> None:
    """Lines above the titles, other delimiters, blank rows, broken titles, a sign behind its amount, a midnight."""
    document = await receive(db)
    await obligate(db, document, "C-1", "100.00")
    number = await add_source(db)
    body = extract(line("C-1", "OBL", "120.00"), line("C-1", "OBL", "20.00-")).decode()
    body = body.replace("Doc No", '"DOC\nno "').replace("12/22/2025", "12/22/2025 00:00:00").replace(",", "\t")
    content = f"Funds Status, May; 2027\r\n\r\n{body}\t\t\t\t\t\t\r\n".encode()
    found = await _extract(db, await read(db, number, content))
    assert (found.rows, found.matched, found.differing) == (2, 1, 0)


@pytest.mark.parametrize("behind", ["", ","])
async def test_an_amount_of_an_extract_with_a_comma_of_thousands_is_no_other_amount(db: Database, behind: str) -> None:
    """Of 1,234.50 without quotation marks 1.00 is not taken for official, also where the row ends with a blank cell."""
    await receive(db)
    number = await add_source(db)
    titles, row = extract(line("C-1", "OBL", "1,234.50")).decode().replace('"', "").split("\r\n")[:2]
    titles, row = f"{titles},Remark{behind}\r\n", f"{row},\r\n"
    with pytest.raises(Invalid) as wrong:
        await read(db, number, (titles + row).encode())
    assert [(each.expected, each.found) for each in wrong.value.mistakes] == [("Expected 8 cells.", "9 cells")]
    good = row.replace("1,234.50", '"1,234.50"')
    assert (await _extract(db, await read(db, number, (titles + good + good[:-2] + behind).encode()))).rows == 2


async def test_the_same_file_changes_nothing_and_an_older_extract_is_refused(db: Database) -> None:
    """What was settled is not opened by what was known before."""
    document = await receive(db)
    await obligate(db, document, "C-1", "100.00")
    number = await add_source(db)
    content = extract(line("C-1", "OBL", "100.00"))
    await read(db, number, content)
    with pytest.raises(Conflict, match="read already"):
        await read(db, number, content)
    with pytest.raises(Refused, match="was read already"):
        await read(db, number, extract(line("C-1", "OBL", "90.00")), date(2025, 11, 30))
    with pytest.raises(Invalid):
        await read(db, number, extract(line("C-1", "OBL", "90.00")), date(2199, 1, 31))


async def test_a_source_is_entered_with_all_its_mistakes_at_once(db: Database) -> None:
    """Accounts that are not open here, words for both stages, columns twice."""
    with pytest.raises(Invalid) as wrong:
        await add_source(
            db, symbols=["nowhere", "else"], symbol_column=None, expenditure_words=["obl"], line_column="Doc No"
        )
    assert [each.where for each in wrong.value.mistakes] == [
        *("symbols", "symbols", "symbol_column", "expenditure_words", "document_column")
    ]


async def test_an_answer_names_the_entry_that_corrects_an_error_here_and_no_other_does(db: Database) -> None:
    """Timing, an error in the ledger (corrected by an entry), an error in the source."""
    document = await receive(db)
    first = await obligate(db, document, "C-1", "100.00")
    number = await add_source(db)
    await read(db, number, extract(line("C-1", "OBL", "90.00")))
    async with db.read() as session:
        item = (await queries.list_items(session, OURS)).items[0]
    assert (item.entry_id, item.amount, item.official_amount) == (first, Dollars("100.00"), Dollars("90.00"))
    for answer, corrected in (("error in the ledger", None), ("timing", first), ("error in the ledger", 999_999)):
        with pytest.raises(Invalid) as wrong:
            async with db.write(actor=SERVICE, command="test.answer") as session:
                body = commands.AnswerItem(answer, "Because", corrected)  # type: ignore[arg-type]
                await commands.answer_item(session, ItemId(item.id), body, version=item.version)
        assert [each.where for each in wrong.value.mistakes] == ["corrected_by_entry_id"]
    fixed = await post(db, entry("deobligation", "10.00", adjusts_entry_id=first))
    async with db.write(actor=SERVICE, command="test.answer") as session:
        body = commands.AnswerItem("error in the ledger", "Booked too high here", fixed)
        await commands.answer_item(session, ItemId(item.id), body, version=item.version)
    assert (await _items(db))["C-1", "obligation"][2] == "error in the ledger"


async def test_who_may_not_read_an_entry_finds_no_difference_of_it(db: Database) -> None:
    """Nor the extract that was compared with it."""
    document = await receive(db)
    project = await make_project(db, marking="CUI//NOFORN")
    await obligate(db, document, "C-1", "100.00", project_id=project)
    number = await add_source(db)
    await read(db, number, extract(line("C-2", "OBL", "90.00")))
    stranger = Reader("us-government", "AUS")
    async with db.read() as session:
        assert (await queries.list_items(session, stranger)).total == 0
        assert (await queries.list_extracts(session, stranger)).total == 0
        assert (await queries.sources(session, stranger))[0].open == 0
        assert (await queries.list_items(session, OURS)).total == 2


# ---- the signature of a month


async def _sign(db: Database, number: int, account: int, difference: str, **values: Any) -> int:
    async with db.write(actor=SERVICE, command="test.sign") as session:
        given: dict[str, Any] = {"month_on": MONTH} | values
        body = commands.SignMonth(account_id=account, difference=Dollars(difference), **given)
        return await commands.sign_month(session, number, body)  # type: ignore[arg-type]


async def _says(db: Database, account: int | None = None) -> str:
    async with db.read() as session:
        return (await ledger.statement_of(session, OURS, ledger.Chosen(account_id=account))).reconciled


async def test_a_month_is_signed_with_its_difference_and_every_total_says_so(db: Database) -> None:
    """What is signed stays; a later signature supersedes it with a reason."""
    account = await open_account(db)
    document = await receive(db, account)
    await obligate(db, document, "C-1", "100.00")
    await obligate(db, document, "C-2", "30.00")
    assert await _says(db) == ledger.NOT_RECONCILED
    number = await add_source(db)
    with pytest.raises(Refused, match="No extract"):
        await _sign(db, number, account, "0.00")
    await read(db, number, extract(line("C-1", "OBL", "90.00"), line("C-2", "OBL", "40.00")))
    # Ten too many there and ten too few here make twenty, not nothing.
    with pytest.raises(Invalid, match=r"signature") as wrong:
        await _sign(db, number, account, "0.00", because="No signature stands")
    assert {each.where for each in wrong.value.mistakes} == {"difference", "because"}
    first = await _sign(db, number, account, "20.00", remark="Two lines, both known")
    assert await _says(db) == (
        "reconciled with Exercise accounting through 31 Dec 2025; difference $20.00 in 2 document lines"
    )
    await obligate(db, document, "C-3", "1.00")
    async with db.read() as session:
        month = await queries.month(session, OURS, first)
    assert (month.posted_after, month.obligated_matched, month.superseded) == (1, Dollars.zero(), False)
    # Nor do totals go on saying that what came later was looked at.
    assert (await _says(db)).endswith(
        "in 2 document lines, but 1 entry of the signed months was posted after the signature"
    )
    with pytest.raises(Invalid) as again:
        await _sign(db, number, account, "21.00")
    assert [each.where for each in again.value.mistakes] == ["because"]
    second = await _sign(db, number, account, "21.00", because="One entry came later")
    async with db.read() as session:
        assert (await queries.month(session, OURS, first)).superseded
        assert [each.id for each in (await queries.list_months(session, OURS)).items] == [second]
        assert (await queries.list_months(session, OURS, superseded=True)).total == 2
    assert (await _says(db)).endswith("difference $21.00 in 3 document lines")


async def test_what_came_after_the_signature_counts_once_in_whatever_month(rehearsal: Rehearsal) -> None:
    """Entries of the signature's own month are read, later ones are in the sums; those of other days are neither."""
    db = rehearsal.db
    await rehearsal.move(datetime(2026, 1, 20, 12, tzinfo=UTC))
    account = await open_account(db)
    document = await receive(db, account)
    await obligate(db, document, "C-1", "100.00")
    number = await add_source(db)
    await read(db, number, extract(line("C-1", "OBL", "100.00")))
    await _sign(db, number, account, "0.00")
    await obligate(db, document, "C-2", "1.00")
    for month in (2, 4):
        await rehearsal.move(datetime(2026, month, 10, 12, tzinfo=UTC))
        await obligate(db, document, f"C-{month}", "1.00")
        await post(db, obligation(document, "1.00", effective_on=date(2026, 1, 1), document_number=f"D-{month}"))
    for folded in (False, True):
        if folded:
            await fold(rehearsal.owner_url)
        assert "no difference, but 3 entries of the signed months were posted after" in await _says(db, account)


async def test_a_total_says_which_of_its_accounts_are_reconciled(db: Database) -> None:
    """And of one account alone where a filter names it."""
    account = await open_account(db)
    document = await receive(db, account)
    await obligate(db, document, "C-1", "100.00")
    other = await open_account(db, "097-X-0360-000", "Defense Production Act Purchases")
    await receive(db, other, number="FD-2")
    number = await add_source(db)
    await read(db, number, extract(line("C-1", "OBL", "100.00")))
    await _sign(db, number, account, "0.00")
    assert await _says(db, account) == "reconciled with Exercise accounting through 31 Dec 2025; no difference"
    assert await _says(db, other) == ledger.NOT_RECONCILED
    assert (await _says(db)).startswith("1 of 2 accounts reconciled with Exercise accounting")
    async with db.read() as session:
        statement = await ledger.statement_of(session, OURS)
    assert statement.confirmed == Dollars("100.00")


async def test_a_month_is_signed_to_its_last_day_for_an_account_of_the_source(db: Database) -> None:
    """Nor before it is over."""
    account = await open_account(db)
    document = await receive(db, account)
    await obligate(db, document, "C-1", "100.00")
    other = await open_account(db, "097-X-0360-000", "Defense Production Act Purchases")
    number = await add_source(db)
    await read(db, number, extract(line("C-1", "OBL", "100.00")), DAY)
    for given, field in (({"account": other}, "account_id"), ({"month_on": DAY}, "month_on")):
        with pytest.raises(Invalid) as wrong:
            await _sign(db, number, **({"account": account, "difference": "0.00"} | given))  # type: ignore[arg-type]
        assert [each.where for each in wrong.value.mistakes] == [field]


async def test_what_is_signed_is_changed_by_no_hand_of_the_service(db: Database) -> None:
    """The application's role has no right to."""
    account = await open_account(db)
    document = await receive(db, account)
    await obligate(db, document, "C-1", "100.00")
    number = await add_source(db)
    await read(db, number, extract(line("C-1", "OBL", "100.00")))
    await _sign(db, number, account, "0.00")
    for statement in ("update reconciled_month set difference = 1", "delete from reconciled_month"):
        with pytest.raises(Exception, match="permission denied"):
            async with db.write(actor=SERVICE, command="test.change") as session:
                await session.execute(text(statement))


async def test_a_workbook_is_read_as_a_file_of_values_and_a_formula_is_told(db: Database) -> None:
    """XLSX: the first sheet, with its dates and amounts as cells."""
    document = await receive(db)
    await obligate(db, document, "C-1", "90.50")
    number = await add_source(db)
    columns = ("Doc No", "Line", "Type", "Amount", "Posted", "TAS")
    row = ("C-1", "0001", "OBL", Dollars("90.50"), date(2025, 12, 22), SYMBOL)
    book = xlsx_bytes([Leaf("Extract", columns, [row])])
    found = await _extract(db, await read(db, number, book))
    assert (found.matched, found.rows, found.differing) == (1, 1, 0)
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as other:
        page = other.add_worksheet()
        page.write_row(0, 0, columns)
        page.write_row(1, 0, ("C-1", "0001", "OBL"))
        page.write_formula(1, 3, "=1+1", value=2)
        page.write_row(1, 4, ("2025-12-22", SYMBOL))
    with pytest.raises(Invalid) as wrong:
        await read(db, number, made.getvalue(), date(2026, 1, 31))
    assert [(each.where, each.found) for each in wrong.value.mistakes] == [("extract.csv:2:4", "=1+1")]


@pytest.mark.parametrize(("value", "shown", "part"), [(1, None, "1"), (1.0, "0.0", "1"), (1, "0000", "0001")])
async def test_a_line_that_a_workbook_holds_as_a_number_is_the_line_that_it_shows(
    db: Database, value: float, shown: str | None, part: str
) -> None:
    """A line is text in official accounting; a workbook makes a number of it, whatever zeros it shows before it."""
    document = await receive(db)
    await obligate(db, document, "C-1", "90.50", part)
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ("Doc No", "Line", "Type", "Amount", "Posted", "TAS"))
        page.write_row(1, 0, ("C-1", "", "OBL", 90.5, "2025-12-22", SYMBOL))
        page.write_number(1, 1, value, book.add_format({"num_format": shown}) if shown else None)
    found = await _extract(db, await read(db, await add_source(db), made.getvalue()))
    assert (found.matched, found.differing) == (1, 0)


async def test_what_of_the_obligations_is_confirmed_stands_with_every_total(db: Database) -> None:
    """The report says which share of them agrees line by line."""
    account = await open_account(db)
    document = await receive(db, account)
    await obligate(db, document, "C-1", "75.00")
    await obligate(db, document, "C-2", "25.00")
    number = await add_source(db)
    await read(db, number, extract(line("C-1", "OBL", "75.00"), line("C-2", "OBL", "24.00")))
    await _sign(db, number, account, "1.00")
    async with db.read() as session:
        found = await ledger.for_report(session, OURS, first_year=2026, last_year=2026)
    assert found.statement.confirmed == Dollars("75.00")
    assert said_with_share(found.statement, found.rows) == (
        "reconciled with Exercise accounting through 31 Dec 2025; difference $1.00 in 1 document line; "
        "75.0% of the obligations are confirmed by document and line"
    )
