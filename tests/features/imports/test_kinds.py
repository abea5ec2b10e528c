"""Rows of every kind: reversals, authority that moves, closings, and what a current account pays of a closed one."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, text

from pipir.features.imports import commands
from pipir.features.imports.commands import checking, reading
from pipir.features.imports.tables import ImportSource, LedgerImport
from pipir.features.ledger.tables import TreasuryAccount
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Refused
from pipir.store.doors import Database
from tests.features.imports import makers
from tests.features.imports.makers import HEADER, csv_of, paid, row
from tests.features.ledger.makers import entry, obligation, open_account, post, receive, reverse, taken_out

WIDE = (
    *HEADER,
    "movement",
    "transfer_law",
    "approval",
    "outside_account",
    "closed_account",
    "closed_document",
    "order_law",
    "order_method",
    "contribution_kind",
    "receipt_law",
    "because",
)
Said = list[tuple[int, str, str, str, str]]


def wide(*rows: dict[str, str]) -> bytes:
    """The rows with the columns that few rows fill."""
    return csv_of(*rows, header=WIDE)


def moved(kind: str, document: str, amount: str = "100.00", **values: str) -> dict[str, str]:
    """One end of a movement of authority."""
    given = {"kind": kind, "amount": amount, "effective_on": "2025-12-20", "funding_document": document}
    return given | {"movement": "M-1"} | values


def reversal(**values: str) -> dict[str, str]:
    """A reversal of what is named."""
    return {"kind": "reversal", "effective_on": "2025-12-22", "because": "Entered twice"} | values


async def checked(db: Database, content: bytes) -> LedgerImport:
    """A file of a source of its own."""
    async with db.read() as session:
        count = await session.scalar(select(func.count()).select_from(ImportSource))
    return await makers.check(db, content, source=await makers.enter_source(db, f"Books {count}"))


async def said(db: Database, content: bytes) -> Said:
    """What is said of the rows, but what looks like a double."""
    found = await checked(db, content)
    return [each for each in await makers.findings(db, found.id) if each[1] != "duplicate"]


async def published(db: Database) -> list[Any]:
    """The entries that the good rows of the last file become."""
    before = len(await makers.entries(db))
    async with db.read() as session:
        number = await session.scalar(select(func.max(LedgerImport.id)))
    assert number is not None
    await makers.publish(db, number, good_only=True)
    return (await makers.entries(db))[before:]


async def made(db: Database, content: bytes) -> list[Any]:
    """The entries that a good file becomes."""
    before = len(await makers.entries(db))
    found = await checked(db, content)
    assert await makers.findings(db, found.id) == []
    await makers.publish(db, found.id)
    return (await makers.entries(db))[before:]


async def test_a_reversal_names_its_entry_by_number_or_by_document_and_line(db: Database) -> None:
    """money.md: a mistake is reversed by an entry that names the one it reverses and why."""
    document = await receive(db)
    first = await post(db, obligation(document, "10.00", document_number="C-1", document_line="1"))
    second = await post(db, obligation(document, "20.00", document_number="C-2"))
    await post(db, entry("expenditure", "5.00", adjusts_entry_id=second, document_number="V-1"))
    entries = await made(
        db,
        wide(
            reversal(names_document="C-1", names_line="1"),
            reversal(names_document="V-1", amount="5"),
            reversal(names_entry=str(second)),
        ),
    )
    assert [(each.kind, each.reversed_kind, str(each.amount)) for each in entries] == [
        ("reversal", "obligation", "10.00"),
        ("reversal", "expenditure", "5.00"),
        ("reversal", "obligation", "20.00"),
    ]
    assert [(each.reverses_entry_id, each.adjusts_entry_id) for each in entries] == [
        (first, None),
        (second + 1, second),
        (second, None),
    ]
    async with db.read() as session:
        obligated = await session.scalar(text("select sum(obligated) from ledger_day"))
    assert not obligated


async def test_what_is_wrong_with_a_reversal_has_its_place(db: Database) -> None:
    document = await receive(db)
    root = await post(db, obligation(document, "10.00", document_number="C-1"))
    down = await post(db, entry("deobligation", "4.00", adjusts_entry_id=root))
    undone = await reverse(db, down)
    found = await said(
        db,
        wide(
            reversal(),
            reversal(names_document="C-9"),
            reversal(names_entry=str(root), amount="9.00", because=""),
            reversal(names_entry=str(down)),
            reversal(names_entry=str(undone)),
            reversal(names_entry=str(root), funding_document="FD-9"),
        ),
    )
    assert [(line, what, column, was) for line, what, column, was, _ in found] == [
        (2, "mistake", "names_entry", "nothing"),
        (3, "mistake", "names_document", "C-9"),
        (4, "mistake", "because", "nothing"),
        (4, "mistake", "amount", "9.00"),
        (5, "rule", "names_document", f"deobligation {down}"),
        (6, "rule", "names_entry", f"reversal {undone}"),
        (7, "mistake", "funding_document", "FD-9"),
    ]
    assert found[3][4] == f"Expected what obligation {root} has, 10.00, or nothing."


async def test_an_entry_is_reversed_once_also_within_a_file(db: Database) -> None:
    document = await receive(db)
    root = await post(db, obligation(document, "10.00", document_number="C-1"))
    found = await said(
        db,
        wide(
            reversal(names_entry=str(root)),
            reversal(names_entry=str(root)),
            row(kind="deobligation", names_document="C-1", document_number="M-1", effective_on="2025-12-23"),
            paid("1.00", document="C-1", line="", effective_on="2025-12-23", funding_document="FD-1"),
        ),
    )
    assert [(line, what) for line, what, *_ in found] == [(3, "rule"), (4, "rule"), (5, "exception")]
    assert "A row before it reverses the same entry" in found[0][4]


async def test_a_reversal_that_breaks_a_limit_is_left_out(db: Database) -> None:
    """On every later day the limits hold, whichever way an entry came."""
    document = await receive(db)
    root = await post(db, obligation(document, "1000.00", document_number="C-1"))
    await post(db, entry("expenditure", "600.00", adjusts_entry_id=root))
    down = await post(db, entry("deobligation", "400.00", adjusts_entry_id=root))
    await post(db, obligation(document, "400.00", document_number="C-2"))
    found = await said(
        db, wide(reversal(names_entry=str(root)), reversal(names_entry=str(down)), reversal(names_entry="1"))
    )
    assert [(line, what) for line, what, *_ in found] == [(2, "limit"), (3, "limit"), (4, "limit")]
    by_line = {line: expected for line, *_, expected in found}
    assert "would leave obligation 2 with" in by_line[2]
    assert "would bring obligations under FD-1 to" in by_line[3]


async def test_a_row_reverses_an_earlier_row_of_its_file(db: Database) -> None:
    """money.md: a reversal names one entry, carries its own date, and its thread is what the entry's was."""
    await receive(db)
    found = await checked(
        db,
        wide(
            row(kind="commitment", document_number="R-1", need=""),
            row(names_document="R-1", names_line="1"),
            paid("4.00"),
            reversal(names_document="V-1"),
            reversal(names_document="C-1", names_line="1", amount="10", effective_on="2025-12-23"),
            row(document_number="C-1", amount="12.00", effective_on="2025-12-24"),
            paid("12.00", document_number="V-2", effective_on="2025-12-24"),
        ),
    )
    assert [each[:2] for each in await makers.findings(db, found.id)] == [(7, "duplicate")]
    await makers.publish(db, found.id)
    entries = (await makers.entries(db))[1:]
    first = entries[0].id
    assert [
        (each.kind, each.reversed_kind, str(each.amount), each.reverses_entry_id, each.adjusts_entry_id, each.flag)
        for each in entries[2:]
    ] == [
        ("expenditure", None, "4.00", None, first + 1, None),
        ("reversal", "expenditure", "4.00", first + 2, first + 1, None),
        ("reversal", "obligation", "10.00", first + 1, first, None),
        ("obligation", None, "12.00", None, None, None),
        ("expenditure", None, "12.00", None, first + 5, None),
    ]
    assert [each.effective_on.isoformat() for each in entries[3:5]] == ["2025-12-22", "2025-12-23"]
    async with db.read() as session:
        left = await session.execute(text("select sum(committed), sum(obligated), sum(expended) from ledger_day"))
        assert [int(each) for each in left.one()] == [10, 12, 12]


async def test_a_row_is_reversed_once_and_what_names_it_after_that_is_told(db: Database) -> None:
    await receive(db)
    found = await said(
        db,
        wide(
            row(),
            reversal(names_document="C-1", names_line="1", document_number="X-1"),
            reversal(names_document="C-1", names_line="1"),
            reversal(names_document="X-1"),
            row(kind="deobligation", amount="1.00", names_document="C-1", names_line="1", document_number="M-1"),
            reversal(names_document="C-2", names_line="1"),
            row(document_number="C-2"),
            row(document_number="C-3", amount="x"),
            reversal(names_document="C-3", names_line="1", amount="10.00"),
        ),
    )
    assert [(line, what, column) for line, what, column, *_ in found] == [
        (4, "rule", "names_document"),
        (5, "mistake", "names_document"),
        (6, "rule", "names_document"),
        (7, "mistake", "names_document"),
        (9, "mistake", "amount"),
        (10, "names", "names_document"),
    ]
    assert found[0][4] == "A row before it reverses what has this document and line; name one that stands."
    assert found[1][4] == "There is no entry with this document and line that stands in the ledger or before this row."


async def test_the_amount_tells_which_row_of_a_document_is_reversed(db: Database) -> None:
    await receive(db)
    rows = row(), paid("4.00", document_number="C-1", document_line="1")
    (told,) = await said(db, wide(*rows, reversal(names_document="C-1", names_line="1", amount="3")))
    assert told[4].startswith("Expected the amount that tells which is reversed: row 2, row 3 have this document")
    *_, entry = await made(db, wide(*rows, reversal(names_document="C-1", names_line="1", amount="4")))
    assert entry.reversed_kind == "expenditure"


async def test_a_reversal_within_a_file_breaks_no_day(db: Database) -> None:
    """On every effective day the limits hold: what was paid keeps its obligation."""
    await receive(db)
    found = await said(
        db,
        wide(
            row(),
            paid("4.00", effective_on="2025-12-28"),
            reversal(names_document="C-1", names_line="1", effective_on="2025-12-22"),
            row(document_number="C-2"),
            reversal(names_document="C-2", names_line="1", effective_on="2025-12-19"),
            row(kind="obligation", amount="5000.00", document_number="C-3"),
            reversal(names_document="C-3", names_line="1"),
        ),
    )
    assert [(line, what, column) for line, what, column, *_ in found] == [
        (4, "limit", "amount"),
        (6, "rule", "effective_on"),
        (7, "limit", "amount"),
        (8, "names", "names_document"),
    ]
    assert "would leave obligation of row 2 with" in found[0][4]


async def test_a_payment_that_is_an_exception_is_reversed_within_its_file(db: Database) -> None:
    """A disbursement is never rejected, and neither is what takes it back."""
    await receive(db)
    found = await checked(
        db,
        wide(
            row(),
            paid("40.00"),
            reversal(names_document="V-1"),
            paid("7.00", document="C-9", document_number="V-2", funding_document="FD-1"),
            reversal(names_document="V-2"),
        ),
    )
    assert (found.good, found.bad, found.exceptions) == (5, 0, 2)
    await makers.publish(db, found.id)
    entries = (await makers.entries(db))[1:]
    assert [(each.kind, each.flag, each.incurred) for each in entries] == [
        ("obligation", None, False),
        ("expenditure", "negative unliquidated obligation", True),
        ("reversal", None, False),
        ("expenditure", "unmatched disbursement", True),
        ("reversal", None, False),
    ]


async def test_a_payment_before_its_obligation_is_an_exception_and_no_rejected_row(db: Database) -> None:
    """money.md, refuse or record: until its obligation that one is overspent; also within a file."""
    document = await receive(db)
    root = await post(db, obligation(document, "100.00", document_number="S-1", effective_on=date(2025, 12, 21)))
    early = {"effective_on": "2025-12-18"}
    found = await checked(
        db,
        wide(
            row(),
            paid("5.00", **early),
            paid("6.00", document="S-1", line="", **early),
            paid("7.00", document="", line="", names_entry=str(root), **early),
            paid("8.00"),
            reversal(names_document="V-1", amount="6.00"),
        ),
    )
    assert (found.good, found.bad, found.exceptions) == (6, 0, 3)
    told = [each for each in await makers.findings(db, found.id) if each[1] == "exception"]
    assert [(line, column, was) for line, _, column, was, _ in told] == [
        (line, "effective_on", "2025-12-18") for line in (3, 4, 5)
    ]
    assert told[0][4].startswith(
        "Recorded as a negative unliquidated obligation: The entry is dated 18 Dec 2025, before the entry that it names"
    )
    # What the rows are by themselves they stay where their limits are looked at anew.
    await post(db, obligation(document, "1.00", document_number="C-2", document_line="1"))
    await makers.publish(db, found.id)
    entries = (await makers.entries(db))[-6:]
    over = "negative unliquidated obligation"
    assert [(each.kind, each.flag) for each in entries] == [
        ("obligation", None),
        *[("expenditure", over)] * 3,
        ("expenditure", None),
        ("reversal", None),
    ]
    assert [each.adjusts_entry_id for each in entries[1:5]] == [entries[0].id, root, root, entries[0].id]
    assert entries[1].evidence == f"Import {found.id}, books.csv, row 3"
    assert "before the entry that it names" in entries[1].warnings[0]


async def test_the_limits_are_looked_at_anew_and_a_payment_stays_the_exception_that_it_is(db: Database) -> None:
    """What the limits say of rows comes and goes; what a row says of itself does not."""
    document = await receive(db)
    found = await checked(db, wide(row(), paid("5.00", effective_on="2025-12-18"), paid("40.00")))
    assert (found.good, found.exceptions) == (3, 2)
    await post(db, obligation(document, "1.00", document_number="C-2", document_line="1"))
    await makers.publish(db, found.id)
    assert [each.flag for each in (await makers.entries(db))[-2:]] == ["negative unliquidated obligation"] * 2


async def test_a_payment_whose_name_stands_for_nothing_is_unmatched_and_keeps_it(db: Database) -> None:
    """money.md, refuse or record: an entry that is not there, that is no obligation, or that was reversed."""
    document = await receive(db)
    authority = (await makers.entries(db))[0].id
    root = await post(db, obligation(document, "100.00", document_number="S-1"))
    await reverse(db, root)
    undone = await post(db, obligation(document, "30.00", document_number="S-2"))
    nothing = {"document": "", "line": "", "funding_document": "FD-1"}
    found = await checked(
        db,
        wide(
            paid("1.00", names_entry="999999", **nothing),
            paid("2.00", names_entry=str(authority), **nothing),
            # What it does not say is as it was with the obligation.
            paid("3.00", document="", line="", names_entry=str(root)),
            paid("4.00", document="C-9", line="7", funding_document="FD-1"),
            reversal(names_entry=str(undone)),
            paid("5.00", document="", line="", names_entry=str(undone), effective_on="2025-12-22"),
            paid("6.00", names_entry="999998", document="", line=""),
            paid("7.00", names_entry="C-9", document="", line=""),
        ),
    )
    assert (found.good, found.bad, found.exceptions) == (6, 2, 5)
    said = await makers.findings(db, found.id)
    assert [(line, column) for line, what, column, *_ in said if what == "mistake"] == [
        (8, "funding_document"),
        (9, "names_entry"),
    ]
    await makers.publish(db, found.id, good_only=True)
    entries = [each for each in await makers.entries(db) if each.kind == "expenditure"]
    named = ("entry 999999", f"entry {authority}", f"entry {root}", "C-9 7", f"entry {undone}")
    assert [each.evidence.partition(", which names ")[2] for each in entries] == list(named)
    assert {(each.flag, each.adjusts_entry_id, each.funding_document_id) for each in entries} == {
        ("unmatched disbursement", None, document)
    }
    assert [each.program_authority for each in entries] == [None, None, "1253.e.1", None, "1253.e.1"]


async def test_a_payment_whose_obligation_is_reversed_since_the_check_is_unmatched(db: Database) -> None:
    """And so is what takes it back."""
    document = await receive(db)
    root = await post(db, obligation(document, "100.00", document_number="C-1"))
    content = wide(
        paid("4.00", line=""),
        paid("5.00", line="", document_number="V-2"),
        reversal(names_document="V-2"),
        row(kind="deobligation", amount="1.00", names_document="C-1", document_number="M-1"),
    )
    found = await checked(db, content)
    assert (found.good, found.exceptions) == (4, 0)
    await reverse(db, root)
    await makers.publish(db, found.id, good_only=True)
    entries = (await makers.entries(db))[-3:]
    assert [(each.kind, each.flag, each.adjusts_entry_id) for each in entries] == [
        ("expenditure", "unmatched disbursement", None),
        ("expenditure", "unmatched disbursement", None),
        ("reversal", None, None),
    ]
    assert entries[0].evidence == f"Import {found.id}, books.csv, row 2, which names entry {root}"
    assert [(line, what) for line, what, *_ in await makers.findings(db, found.id)] == [
        (2, "exception"),
        (3, "exception"),
        (5, "rule"),
    ]


async def test_a_payment_from_an_account_that_takes_no_entry_is_an_exception(db: Database) -> None:
    """31 U.S.C. 1555; matched or not, and whatever rows stand before it."""
    account = await open_account(db, "097-X-0360-000", "Defense Production Act Purchases")
    document = await receive(db, account)
    root = await post(db, obligation(document, "400.00", document_number="C-1"))
    async with db.write(actor=SERVICE, command="test.close") as session:
        found = await session.get(TreasuryAccount, account)
        assert found is not None
        found.closed_on, found.closed_because = date(2025, 12, 20), "Purpose fulfilled"
        await session.flush()
    loose = {"document": "C-9", "funding_document": "FD-1"}
    other = await receive(db, number="FD-2")
    await post(db, obligation(other, "50.00", document_number="C-2"))
    # A row of an open account that is judged alike gives the others no leave, nor does one that is an exception.
    rows = (paid("5.00", document="C-2", line=""), paid("1.00", **loose), paid("2.00", line=""))
    mixed = await checked(db, wide(*rows))
    assert [(line, what) for line, what, *_ in await makers.findings(db, mixed.id) if what != "duplicate"] == [
        (3, "exception"),
        (4, "exception"),
    ]
    content = wide(paid("1.00", **loose), paid("2.00", line=""), paid("3.00", line=""), row(), paid("4.00", **loose))
    told = await said(db, content)
    assert [(line, what) for line, what, *_ in told] == [
        (2, "exception"),
        (3, "exception"),
        (4, "exception"),
        (5, "rule"),
        (6, "exception"),
    ]
    assert told[1][4].startswith("Recorded as a potential violation: 1341/1517: Account 097-X-0360-000 closed with")
    entries = await published(db)
    assert [(each.flag, each.adjusts_entry_id) for each in entries] == [
        ("unmatched disbursement", None),
        ("potential violation: 1341/1517", root),
        ("potential violation: 1341/1517", root),
        ("unmatched disbursement", None),
    ]
    assert all("closed with" in each.warnings[0] for each in entries)


# A transfer whose other end lies outside of the ledger.
AWAY = {"transfer_law": "10 U.S.C. 2214", "outside_account": "019-2026/2027-0113-000"}


async def test_a_movement_is_not_reversed_within_its_file(db: Database) -> None:
    await receive(db)
    out = moved("transfer out", "FD-1", "7", movement="", document_number="T-1", **AWAY)
    (told,) = await said(db, wide(out, reversal(names_document="T-1")))
    assert told[1:3] == ("rule", "names_document")
    assert told[4].startswith("Reverse it in a later file, by its entry's number")


async def test_a_check_that_goes_on_knows_what_the_rows_before_have_reversed(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (checking, reading):
        monkeypatch.setattr(module, "CHUNK", 3)
    document = await receive(db)
    await post(db, obligation(document, "10.00", document_number="S-1", document_line="1"))
    back = reversal(names_document="C-1", names_line="1")
    rows = (row(), back, reversal(names_document="S-1", names_line="1"), back, row(), paid("3.00"), back)

    async def stop(done: int, total: int, message: str) -> None:
        if message == "6 rows read":
            raise RuntimeError(message)

    number = await makers.upload(db, wide(*rows))
    with pytest.raises(RuntimeError):
        await commands.check_file(db, number, actor=SERVICE, progress=stop)
    assert (await makers.one(db, number)).state == "checking"
    await commands.check_file(db, number, actor=SERVICE)
    found = await makers.one(db, number)
    told = [each for each in await makers.findings(db, number) if each[1] != "duplicate"]
    # The second row of the document is what the payment and the last reversal mean, which the payment bars.
    assert [(line, what) for line, what, *_ in told] == [(5, "rule"), (8, "limit")]
    assert (found.rows, found.good) == (7, 5)


async def test_a_field_that_means_nothing_of_its_row_is_told_with_its_column(db: Database) -> None:
    await receive(db)
    laws = {"receipt_law": "22 U.S.C. 2767(e)", "transfer_law": "10 U.S.C. 2214", "approval": "DD 1415-3"}
    other = {"outside_account": "019-X-0113-000", "contribution_kind": "cash"}
    # Of a reversal they are those of the entry that it reverses.
    ordered = {"order_law": "31 U.S.C. 1535", "order_method": "direct cite", "basis": "price or rate"}
    back = reversal(names_document="C-1", names_line="1")
    found = await said(
        db,
        wide(row(document_number="C-2") | laws | other, row() | ordered | {"basis": ""}, back | laws | other | ordered),
    )
    assert {(line, column) for line, _, column, *_ in found} == {
        *((2, name) for name in (*laws, *other)),
        *((4, name) for name in (*laws, *other, *ordered)),
    }


async def test_an_order_with_another_agency_names_its_law(db: Database) -> None:
    """31 U.S.C. 1535(d): what an order obligated is deobligated to what was performed; the law is what tells it."""
    await receive(db)
    order = {"order_law": "31 U.S.C. 1535"}
    entries = await made(
        db,
        wide(row() | order, row(document_number="C-2"), row(document_number="C-3", order_method="direct cite") | order),
    )
    assert [each.order_law for each in entries] == ["31 U.S.C. 1535", None, "31 U.S.C. 1535"]
    assert [each.order_method for each in entries] == [None, None, "direct cite"]
    method = {"order_method": "direct cite"}
    found = await said(db, wide(row(document_number="C-4") | method))
    assert [(what, column, was) for _, what, column, was, _ in found] == [("mistake", "order_method", "direct cite")]
    found = await said(db, wide(paid("1.00", document="C-1", line="1", effective_on="2025-12-23") | order))
    assert [(what, column, was) for _, what, column, was, _ in found] == [("mistake", "order_law", "31 U.S.C. 1535")]


async def test_authority_moves_by_two_rows_of_one_reference(db: Database) -> None:
    """31 U.S.C. 1532"""
    account = await open_account(db)
    await receive(db, account)
    await receive(db, account, number="FD-2")
    await receive(db, await open_account(db, "097-X-0360-000", "Defense Production Act Purchases"), number="FD-3")
    law = {"transfer_law": "10 U.S.C. 2214"}
    entries = await made(
        db,
        wide(
            moved("reprogramming in", "FD-2", approval="DD 1415-3"),
            moved("transfer out", "FD-1", "50", movement="M-2", **law),
            moved("reprogramming out", "FD-1", approval="DD 1415-3"),
            moved("transfer in", "FD-3", "50", movement="M-2", **law),
            moved("transfer out", "FD-1", "7", movement="", **AWAY),
            row(funding_document="FD-2", amount="1100.00"),
        ),
    )
    numbers = [each.id for each in entries]
    assert [each.counter_entry_id for each in entries] == [numbers[2], None, None, numbers[1], None, None]
    assert [each.approval for each in entries[:3]] == ["DD 1415-3", None, "DD 1415-3"]
    assert [each.transfer_law for each in entries[1:4]] == ["10 U.S.C. 2214", None, "10 U.S.C. 2214"]


async def test_a_row_that_moves_authority_alone_names_the_account_elsewhere(db: Database) -> None:
    await receive(db)
    law = {"transfer_law": "10 U.S.C. 2214", "movement": ""}
    found = await said(
        db,
        wide(
            moved("transfer in", "FD-1", **law),
            moved("transfer out", "FD-1", **law, outside_account="the Navy"),
            moved("transfer out", "FD-1", **law, outside_account=" 097-2026/2027-0400-000"),
            moved("reprogramming out", "FD-1", movement="", approval="x", outside_account="019-2026/2027-0113-000"),
            row(outside_account="019-2026/2027-0113-000"),
        ),
    )
    assert [(line, column) for line, _, column, *_ in found] == [(line, "outside_account") for line in range(2, 7)]
    (entry_,) = await made(db, wide(moved("transfer in", "FD-1", **law, outside_account="019-x-0113-000")))
    assert entry_.outside_account == "019-X-0113-000"


async def test_a_file_brings_in_once_what_was_taken_out(db: Database) -> None:
    """The same dollars never count twice: neither with the ledger nor within the file."""
    account = await open_account(db)
    source = await receive(db, account)
    target = await receive(db, account, number="FD-2")
    out, free, gone = [await taken_out(db, source, target, "100.00") for _ in range(3)]
    approved = {"approval": "DD 1415-3", "movement": ""}
    (into,) = await made(db, wide(moved("reprogramming in", "FD-2", names_entry=str(out), **approved)))
    await reverse(db, gone)
    found = await said(
        db,
        wide(
            moved("reprogramming in", "FD-2", names_entry=str(out), **approved),
            moved("reprogramming in", "FD-2", names_entry=str(free), **approved),
            moved("reprogramming in", "FD-2", names_entry=str(free), **approved),
            moved("reprogramming in", "FD-2", names_entry=str(gone), **approved),
            moved("reprogramming in", "FD-2", names_entry=str(free), **approved) | {"effective_on": "2025-12-19"},
            reversal(names_entry=str(out)),
        ),
    )
    assert [(line, what) for line, what, *_ in found] == [
        (2, "rule"), (4, "rule"), (5, "rule"), (6, "rule"), (7, "rule"),
    ]  # fmt: skip
    assert [each[4].split(":")[0].split(";")[0] for each in (found[0], found[1], found[4])] == [
        "The movement that it names was brought in already",
        "The movement that it names was brought in already",
        "Another entry brings in what the entry that it reverses took out",
    ]
    entries = await made(db, wide(reversal(names_entry=str(into.id)), reversal(names_entry=str(out))))
    assert [each.reverses_entry_id for each in entries] == [into.id, out]


async def test_a_file_brings_in_under_its_law_and_nothing_that_left_this_ledger(db: Database) -> None:
    """31 U.S.C. 1532"""
    source = await receive(db)
    target = await receive(db, await open_account(db, "097-X-0360-000", "Purchases"), number="FD-2")
    law, other = {"transfer_law": "10 U.S.C. 2214"}, {"transfer_law": "22 U.S.C. 9999"}
    away = await post(db, entry("transfer out", "100.00", funding_document_id=source, **AWAY))
    out = await taken_out(db, source, target, "100.00", approval=None, **law)
    found = await said(
        db,
        wide(
            moved("transfer in", "FD-2", movement="", names_entry=str(away), **law),
            moved("transfer in", "FD-2", movement="", names_entry=str(out), **other),
            moved("transfer out", "FD-1", "5", **law),
            moved("transfer in", "FD-2", "5", **other),
        ),
    )
    assert [(line, column, was) for line, _, column, was, _ in found] == [
        (2, "names_entry", AWAY["outside_account"]),
        (3, "transfer_law", "22 U.S.C. 9999"),
        (4, "movement", "row 5"),
        (5, "transfer_law", "22 U.S.C. 9999"),
    ]
    again = moved("transfer in", "FD-2", movement="", names_entry=str(out), transfer_law="10 USC 2214")
    (entry_,) = await made(db, wide(again))
    assert entry_.counter_entry_id == out


async def test_what_is_wrong_with_a_movement_has_its_place(db: Database) -> None:
    account = await open_account(db)
    await receive(db, account)
    await receive(db, account, number="FD-2")
    approved, law = {"approval": "DD 1415-3"}, {"transfer_law": "10 U.S.C. 2214"}
    found = await said(
        db,
        wide(
            moved("reprogramming out", "FD-1", movement=""),
            moved("reprogramming out", "FD-1", movement="", **approved),
            moved("reprogramming out", "FD-1", movement="M-2", **approved),
            moved("reprogramming in", "FD-2", "99", movement="M-2", effective_on="2025-12-21", **approved),
            moved("transfer out", "FD-1", movement="M-3", **law),
            moved("transfer in", "FD-2", movement="M-3", **law),
            moved("transfer in", "FD-2", movement="M-4", **law),
            moved("transfer out", "FD-1", movement="", **approved),
        ),
    )
    assert [(line, what, column, was) for line, what, column, was, _ in found] == [
        (2, "mistake", "approval", "nothing"),
        (3, "mistake", "movement", "nothing"),
        (4, "names", "movement", "row 5"),
        (5, "mistake", "effective_on", "2025-12-21"),
        (5, "mistake", "amount", "$99.00"),
        (6, "names", "movement", "row 7"),
        (7, "rule", "movement", "M-3"),
        (8, "mistake", "movement", "M-4"),
        (9, "mistake", "transfer_law", "nothing"),
        (9, "mistake", "approval", "DD 1415-3"),
        (9, "mistake", "outside_account", "nothing"),
    ]
    assert "there are 1 transfer in." in found[7][4]
    assert "within an account authority is reprogrammed" in found[6][4]


async def test_authority_that_is_not_there_moves_nowhere(db: Database) -> None:
    """Both ends or neither: what comes in by a row that is left out carries nothing."""
    account = await open_account(db)
    await receive(db, account)
    await receive(db, account, number="FD-2")
    approved = {"approval": "DD 1415-3"}
    found = await said(
        db,
        wide(
            moved("reprogramming out", "FD-1", "1000.01", **approved),
            moved("reprogramming in", "FD-2", "1000.01", **approved),
            row(funding_document="FD-2", amount="1000.01"),
        ),
    )
    assert [(line, what) for line, what, *_ in found] == [(2, "limit"), (3, "names"), (4, "limit")]
    assert "its authority that day is -$0.01" in found[0][4]


async def test_balances_of_a_closed_account_are_cancelled_from_a_file(db: Database) -> None:
    """31 U.S.C. 1555"""
    account = await open_account(db, "097-X-0360-000", "Defense Production Act Purchases")
    document = await receive(db, account)
    root = await post(db, obligation(document, "400.00", document_number="C-1"))
    await post(db, entry("expenditure", "150.00", adjusts_entry_id=root))
    day = {"effective_on": "2025-12-20", "kind": "closing"}
    rows = (
        {"amount": "250.00", "names_document": "C-1"} | day,
        {"amount": "600.00", "funding_document": "FD-1"} | day,
    )
    assert {what for _, what, *_ in await said(db, wide(*rows, row(need="")))} == {"rule", "mistake"}
    async with db.write(actor=SERVICE, command="test.close") as session:
        found = await session.get(TreasuryAccount, account)
        assert found is not None
        found.closed_on, found.closed_because = date(2025, 12, 20), "Purpose fulfilled"
        await session.flush()
    over = ({"amount": "0.01", "names_document": "C-1"} | day, {"amount": "0.01", "funding_document": "FD-1"} | day)
    assert [line for line, *_ in await said(db, wide(*rows, *over))] == [4, 5]
    entries = await made(db, wide(*rows))
    assert [(each.kind, each.adjusts_entry_id) for each in entries] == [("closing", root), ("closing", None)]


async def test_a_current_account_pays_its_percent_of_closed_debts_from_a_file(db: Database) -> None:
    """31 U.S.C. 1553(b)"""
    await receive(db)
    await open_account(db, "097-2010/2011-0400-000")
    charge = {"closed_account": "097-2010/2011-0400-000", "closed_document": "OLD-1"}
    rows = [row(amount="6", **charge), row(amount="5", document_number="C-2", **charge)]
    found = await said(db, wide(*rows, paid("1", document="C-2"), row(amount="1", closed_account="097-X-0001-000")))
    assert [(line, what) for line, what, *_ in found] == [(3, "limit"), (4, "names"), (5, "mistake")]
    assert "1 percent of the $1,000.00 appropriated to it is $10.00" in found[0][4]
    withdrawn = {"kind": "authority withdrawn", "effective_on": "2025-12-21", "funding_document": "FD-1"}
    entries = await made(db, wide(rows[0], paid("1"), withdrawn | {"amount": "400"}))
    assert [each.closed_account_id for each in entries] == [2, 2, None]
    assert entries[0].closed_document == "OLD-1"
    found = await said(db, wide(withdrawn | {"amount": "0.01"}))
    assert [(line, what) for line, what, *_ in found] == [(2, "limit")]


async def test_a_movement_that_is_reversed_while_its_file_is_read_is_not_brought_in(db: Database) -> None:
    """Each row was read by then; the limits are what is still to come."""
    account = await open_account(db)
    source = await receive(db, account)
    out = await taken_out(db, source, await receive(db, account, number="FD-2"), "100.00")
    into = moved("reprogramming in", "FD-2", names_entry=str(out), approval="DD 1415-3", movement="")
    number = await makers.upload(db, wide(into))

    async def meanwhile(_done: int, _of: int, message: str) -> None:
        if message.startswith("Holding the rows"):
            await reverse(db, out)

    await commands.check_file(db, number, actor=SERVICE, progress=meanwhile)
    (told,) = await makers.findings(db, number)
    assert (told[1], told[4]) == ("rule", "The movement that it brings in was reversed; name one that stands.")


async def test_a_reversal_since_the_check_counts_at_the_publication(db: Database) -> None:
    document = await receive(db)
    root = await post(db, obligation(document, "10.00", document_number="C-1"))
    await post(db, entry("expenditure", "5.00", adjusts_entry_id=root))
    refund = await post(db, entry("refund", "1.00", adjusts_entry_id=root))
    found = await makers.check(db, wide(reversal(names_entry=str(refund))))
    assert found.good == 1
    await reverse(db, refund)
    with pytest.raises(Refused, match="One row of the file is not good"):
        await makers.publish(db, found.id)
    (told,) = await makers.findings(db, found.id)
    assert told[1] == "rule"
    assert "was reversed already" in told[4]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
async def test_other_signs_between_the_cells_are_found_out(db: Database, delimiter: str) -> None:
    await receive(db)
    content = csv_of(row(need="Studies, of this year"), row(kind="oblig", document_number="C-2"))
    other = content.replace(b'"Studies, of this year"', b"Studies# of this year").replace(b",", delimiter.encode())
    found = await makers.check(db, other.replace(b"#", b","))
    assert [(line, column, was) for line, _, column, was, _ in await makers.findings(db, found.id)] == [
        (3, "kind", "oblig")
    ]
    published = await makers.publish(db, found.id, good_only=True)
    assert published.entries == 1
    assert (await makers.entries(db))[1].need == "Studies, of this year"
