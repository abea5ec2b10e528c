"""What is posted into a month after it was signed against official accounting says so, however it comes."""

from datetime import date
from typing import Any

from pipir.features.ledger import commands as ledger
from pipir.features.ledger import queries as entries
from pipir.features.people.tables import SERVICE
from pipir.features.reconciliation import commands
from pipir.features.reconciliation.tables import SourceId
from pipir.kernel.calendar import show_day, washington_day
from pipir.kernel.ids import EntryId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.imports import makers as files
from tests.features.ledger.makers import DAY, entry, obligation, open_account, post, receive, reverse
from tests.features.reconciliation.makers import (
    MONTH,
    SYMBOL,
    add_source,
    extract,
    line,
    obligate,
    read,
    record_incurred,
)
from tests.makers import NOW

OURS = Reader(kind="us-government")
SIGNED_ON = show_day(washington_day(NOW))
TOLD = f"December 2025 of account {SYMBOL} was signed against Exercise accounting on {SIGNED_ON} by TEST"
DIFFERS = "the sign-off now stands beside a difference"
JANUARY = date(2026, 1, 2)


async def sign(db: Database, source: SourceId, account: int, *, actor: int = SERVICE, **values: Any) -> int:
    """December, signed with the difference that is given, or none."""
    given: dict[str, Any] = {"month_on": MONTH, "difference": Dollars.zero()} | values
    async with db.write(actor=actor, command="test.sign") as session:
        return await commands.sign_month(session, source, commands.SignMonth(account_id=account, **given))


async def signed(db: Database, actor: int, **values: Any) -> tuple[int, int, SourceId]:
    """An account, a document with an obligation that agrees, and their source, which signed December."""
    account = await open_account(db)
    document = await receive(db, account)
    await obligate(db, document, "C-1", "100.00")
    source = await add_source(db)
    await read(db, source, extract(line("C-1", "OBL", "100.00")), **values)
    await sign(db, source, account, actor=actor)
    return account, document, source


async def told(db: Database, number: int) -> list[str]:
    """What is recorded with an entry of signatures."""
    async with db.read() as session:
        found = (await entries.entry(session, OURS, EntryId(number))).entry.warnings
    return [each for each in found if "signed against" in each]


async def test_a_posting_into_a_signed_month_says_who_signed_it_and_when(service: Service) -> None:
    db, office = service.db, service.people["comptroller"]
    _, document, _ = await signed(db, office)
    root = await post(db, obligation(document, "5.00", document_number="C-2"))
    [said] = await told(db, root)
    assert said.startswith(TOLD)
    assert DIFFERS in said
    # So does whatever else moves what was signed: a payment, its reversal, and what already happened.
    paid = await post(db, entry("expenditure", "1.00", adjusts_entry_id=root))
    back = await reverse(db, paid)
    incurred = await record_incurred(db, document, "unmatched disbursement", effective_on=date(2025, 11, 30))
    for number in (paid, back, incurred):
        assert [DIFFERS in each for each in await told(db, number)] == [True]
    # What was signed is of obligations and outlays.
    [said] = await told(db, await post(db, entry("commitment", "1.00", funding_document_id=document)))
    assert (TOLD in said, DIFFERS in said) == (True, False)
    # Nothing is said of what is dated after the month, or charged to another account.
    later = await post(db, obligation(document, "1.00", effective_on=JANUARY, document_number="C-3"))
    other = await receive(db, await open_account(db, "097-2026/2026-0100-000"), number="FD-9")
    assert [await told(db, each) for each in (later, await post(db, obligation(other, "1.00")))] == [[], []]
    # A batch is told of each of its entries by its own day.
    async with db.write(actor=SERVICE, command="ledger.post") as session:
        given = [
            ledger.Posting(kind="commitment", amount=Dollars("1.00"), effective_on=on, funding_document_id=document)
            for on in (JANUARY, DAY)
        ]
        numbers = await ledger.post_entries(session, given)
    assert [len(await told(db, each)) for each in numbers] == [0, 1]


async def test_of_several_signatures_the_one_that_stands_is_told(service: Service) -> None:
    """A later signature supersedes an earlier one; what is dated before several months is told of the first."""
    db, office = service.db, service.people["comptroller"]
    account, document, source = await signed(db, office)
    await post(db, obligation(document, "5.00", document_number="C-2"))
    await sign(db, source, account, actor=office, difference=Dollars("5.00"), because="One came after it")
    assert len(await told(db, await post(db, obligation(document, "1.00", document_number="C-3")))) == 1


async def test_a_signature_is_told_to_nobody_who_may_not_read_it(service: Service) -> None:
    """What is recorded with an entry is read with it."""
    db = service.db
    _, document, _ = await signed(db, service.people["comptroller"], marking="CUI//FED ONLY")
    assert await told(db, await post(db, obligation(document, "5.00", document_number="C-2"))) == []


async def test_the_answer_and_the_page_of_a_posting_tell_of_the_signature(service: Service) -> None:
    db, office = service.db, service.people["comptroller"]
    _, document, _ = await signed(db, office)
    body = {"kind": "commitment", "amount": "1.00", "effective_on": "2025-12-20", "funding_document_id": document}
    async with service.api("comptroller") as client:
        answer = await client.post("/api/v1/ledger/entries", json=body, headers={"Idempotency-Key": "signed-month"})
    assert answer.status_code == 201, answer.text
    [said] = answer.json()["entry"]["warnings"]
    assert TOLD in said
    browser = await service.browser("comptroller")
    done = await browser.post("/ledger/entries/new", {each: str(value) for each, value in body.items()})
    assert done.status_code == 303, done.text
    assert TOLD in (await browser.get(done.headers["location"])).text


async def test_a_file_tells_of_signatures_whether_they_came_before_it_was_checked_or_after(service: Service) -> None:
    db, office = service.db, service.people["comptroller"]
    account = await open_account(db)
    document = await receive(db, account)
    await obligate(db, document, "C-1", "100.00")
    source = await add_source(db)
    await read(db, source, extract(line("C-1", "OBL", "100.00")))
    rows = [files.row(document_number=f"D-{n}") for n in range(3)]
    rows.append(files.row(document_number="D-4", effective_on="2026-01-02", document_on="2026-01-02"))
    checked = await files.check(db, files.csv_of(*rows))
    assert (checked.good, checked.bad) == (4, 0)
    await sign(db, source, account, actor=office)
    published = await files.publish(db, checked.id)
    if published.state == "checked":
        published = await files.publish(db, checked.id)
    assert published.state == "published"
    found = [[TOLD in each and DIFFERS in each for each in row.warnings] for row in (await files.entries(db))[-4:]]
    assert found == [[True], [True], [True], []]
