"""A killed process loses nothing and doubles nothing; who publishes keeps others off its accounts and no other."""

import asyncio
import sys

import pytest
from sqlalchemy import text

from pipir.features.imports import commands
from pipir.features.imports.tables import ImportId
from pipir.features.ledger.commands import post_entry
from pipir.features.ledger.commands.holding import Held, announce, hold_accounts
from pipir.features.people.tables import SERVICE
from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer
from tests.conftest import Service
from tests.features.imports import makers
from tests.features.imports.makers import csv_of, paid, row
from tests.features.ledger.makers import obligation, open_account, post, receive

ROWS = 22_000


def large() -> bytes:
    """Three chunks: obligations, and payments that name rows of another chunk."""
    made = [row(document_number=f"C-{n}", amount="0.02") for n in range(ROWS - 2_000)]
    return csv_of(*made, *(paid("0.01", f"C-{n}") for n in range(2_000)))


async def kill_at(url: str, what: str, number: int, words: str) -> None:
    """Start the work elsewhere, and kill its process when it says these words."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.features.imports.in_another_process", url, what, str(number),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while words not in (line := (await process.stdout.readline()).decode()):
            assert line, "It ended before it could be killed."
    process.kill()
    await process.wait()


async def count(db: Database, table: str) -> int:
    async with db.read() as session:
        return int(await session.scalar(text(f"select count(*) from {table}")) or 0)


async def test_a_check_that_was_killed_goes_on_at_its_next_chunk(
    db: Database, server: EmbeddedServer, database: str
) -> None:
    """Resumable by number."""
    await receive(db)
    number = await makers.upload(db, large())
    await kill_at(server.url("pipir_app", database), "check", number, "20,000 rows read")
    stood = await count(db, "import_chunk")
    assert stood >= 1
    async with db.read() as session:
        first = list(await session.scalars(text("select xmin::text from import_chunk order by number")))
    await commands.check_file(db, number, actor=SERVICE)
    found = await makers.one(db, number)
    assert (found.state, found.rows, found.good, found.bad) == ("checked", ROWS, ROWS, 0)
    async with db.read() as session:
        then = list(await session.scalars(text("select xmin::text from import_chunk order by number")))
        assert then[:stood] == first
        named = await session.scalar(text("select count(*) from import_row where adjusts_place is not null"))
    assert named == 2_000
    assert await count(db, "import_row") == ROWS


async def test_a_publication_that_was_killed_has_posted_nothing_and_is_done_once(
    db: Database, server: EmbeddedServer, database: str
) -> None:
    """One transaction."""
    document = await receive(db)
    found = await makers.check(db, large())
    async with db.write(actor=SERVICE, command="test") as session:
        await commands.begin_publication(session, ImportId(found.id), good_only=False)
    await kill_at(server.url("pipir_app", database), "publish", found.id, "Posting")
    async with asyncio.timeout(20):
        while await post_or_held(db, document):  # noqa: ASYNC110 - the server notices the dead process by itself
            await asyncio.sleep(0.1)
    assert await count(db, "ledger_entry") in (2, 2 + ROWS)
    for _ in range(2):
        await commands.publish_file(db, ImportId(found.id), actor=SERVICE)
    assert await count(db, "ledger_entry") == 2 + ROWS
    async with db.read() as session:
        twice = await session.scalar(
            text(
                "select count(*) from (select document_number from ledger_entry where kind = 'obligation' "
                "group by 1 having count(*) > 1) d"
            )
        )
    assert twice == 0
    assert (await makers.one(db, found.id)).state == "published"
    assert await count(db, "import_row") == 0


async def post_or_held(db: Database, document: int) -> bool:
    """Post one entry; whether an account was held."""
    try:
        await post(db, obligation(document, "1.00", document_number="OTHER"))
    except Held:
        return True
    return False


async def test_posts_to_an_account_that_is_published_to_are_told_to_come_again_and_others_pass(
    service: Service,
) -> None:
    """503 with Retry-After and the import's name."""
    db = service.db
    mine = await open_account(db)
    held = await receive(db, mine)
    other = await receive(db, await open_account(db, "097-2026/2028-0300-000", "Procurement"), number="FD-2")
    async with db.write(actor=SERVICE, command="test") as session:
        await announce(session, [mine], "Import 7 (books.csv)")
    async with db.write(actor=SERVICE, command="test") as session:
        await hold_accounts(session, [mine])
        async with service.api("comptroller") as client:
            body = {
                "kind": "obligation", "amount": "1.00", "effective_on": "2025-12-20", "document_on": "2025-12-20",
                "program_authority": "1253.e.1", "document_number": "C", "need": "Studies", "funding_document_id": held,
            }  # fmt: skip
            answer = await client.post("/api/v1/ledger/entries", json=body)
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "10"
            assert "Import 7 (books.csv) is being published to this account" in answer.json()["detail"]
            passed = await client.post("/api/v1/ledger/entries", json=body | {"funding_document_id": other})
            assert passed.status_code == 201
    await post(db, obligation(held, "1.00"))


async def test_a_hold_that_ends_while_a_post_is_read_never_makes_its_document_an_unknown_one(db: Database) -> None:
    """Held or posted; that there is no such document would be untrue."""
    account = await open_account(db)
    document = await receive(db, account)
    done = asyncio.Event()

    async def hold_again_and_again() -> None:
        while not done.is_set():
            async with db.write(actor=SERVICE, command="test") as session:
                await hold_accounts(session, [account])
                await asyncio.sleep(0.003)
            await asyncio.sleep(0.003)

    holds = asyncio.create_task(hold_again_and_again())
    try:
        held = [await post_or_held(db, document) for _ in range(150)]
    finally:
        done.set()
        await holds
    assert {*held} == {True, False}


@pytest.mark.parametrize("good_only", [False, True])
async def test_a_publication_waits_for_posts_that_are_under_way(db: Database, good_only: bool) -> None:
    """And is judged with what they posted."""
    document = await receive(db)
    found = await makers.check(db, csv_of(row(amount="600")))
    async with db.write(actor=SERVICE, command="test") as session:
        await post_entry(session, obligation(document, "300.00"))
        running = asyncio.create_task(makers.publish(db, found.id, good_only=good_only))
        await asyncio.sleep(0.3)
        assert not running.done()
    done = await running
    assert (done.state, done.entries) == ("published", 1)
