"""Makers for tests of the ledger: an account, a funding document, a project, and entries that pass every rule."""

from datetime import date
from typing import Any

from sqlalchemy import text

from pipir.features.ledger import commands
from pipir.features.participants import commands as participants
from pipir.features.people.tables import SERVICE
from pipir.features.projects import commands as projects
from pipir.kernel.ids import EntryId
from pipir.kernel.money import Dollars
from pipir.store.doors import Database

DAY = date(2025, 12, 20)
RECEIVED = date(2025, 12, 18)


async def open_account(db: Database, symbol: str = "097-2026/2027-0400-000", title: str = "") -> int:
    """An account; research money of fiscal years 2026 and 2027 unless said otherwise."""
    async with db.write(actor=SERVICE, command="test.account") as session:
        body = commands.OpenAccount(
            symbol=symbol, title=title or "Research, Development, Test and Evaluation, Defense-Wide", source="a test"
        )
        return await commands.open_account(session, body)


def funding(account_id: int, **values: Any) -> commands.ReceiveFunding:
    """A funding document of $1,000.00."""
    given: dict[str, Any] = {
        "number": "FD-1",
        "account_id": account_id,
        "title": "Allotment for tests",
        "level_of_control": "allotment",
        "source_of_authority": "regular act",
        "purpose": "Co-production studies",
        "received_on": RECEIVED,
        "amount": Dollars("1000.00"),
    }
    return commands.ReceiveFunding(**(given | values))


async def receive(db: Database, account_id: int | None = None, **values: Any) -> int:
    """A funding document with its authority entered."""
    account = account_id or await open_account(db)
    async with db.write(actor=SERVICE, command="test.funding") as session:
        return await commands.receive_funding(session, funding(account, **values))


def obligation(document: int | None, amount: str = "100.00", **values: Any) -> commands.PostEntry:
    """An obligation on section 1253(e)(1)."""
    given: dict[str, Any] = {
        "kind": "obligation",
        "amount": Dollars(amount),
        "effective_on": DAY,
        "funding_document_id": document,
        "program_authority": "1253.e.1",
        "document_number": "HQ0034-26-C-0001",
        "need": "Studies of this year's production line",
    }
    given |= values
    return commands.PostEntry(**({"document_on": given["effective_on"]} | given))


def entry(kind: Any, amount: str, **values: Any) -> commands.PostEntry:
    """An entry of any other kind."""
    given: dict[str, Any] = {"kind": kind, "amount": Dollars(amount), "effective_on": DAY}
    return commands.PostEntry(**(given | values))


async def post(db: Database, body: commands.PostEntry, *, actor: int = SERVICE) -> int:
    """Post one entry."""
    async with db.write(actor=actor, command="ledger.post") as session:
        return await commands.post_entry(session, body)


async def reverse(db: Database, number: int, on: date = DAY, because: str = "Entered twice") -> int:
    """Reverse one entry."""
    async with db.write(actor=SERVICE, command="ledger.reverse") as session:
        return await commands.reverse_entry(
            session, EntryId(number), commands.ReverseEntry(effective_on=on, because=because)
        )


async def move(db: Database, source: int, target: int | None, amount: str, **values: Any) -> tuple[int, ...]:
    """Move authority from one document to another, under an approval unless said otherwise."""
    given = {"approval": "DD 1415-3"} | values
    async with db.write(actor=SERVICE, command="ledger.move-authority") as session:
        body = commands.MoveAuthority(
            from_document_id=source,
            to_document_id=target,
            **({"amount": Dollars(amount), "effective_on": DAY} | given),
        )
        return await commands.move_authority(session, body)


async def taken_out(db: Database, source: int, target: int, amount: str, **values: Any) -> int:
    """Authority that was taken out and not brought in yet: its entry, which another one did bring in."""
    out, into = await move(db, source, target, amount, **values)
    await reverse(db, into)
    return out


async def make_project(db: Database, name: str = "Solid rocket motors", marking: str = "CUI") -> int:
    """A project."""
    async with db.write(actor=SERVICE, command="test.project") as session:
        return await projects.propose_project(
            session,
            projects.ProposeProject(
                name=name,
                kind="co-production",
                objectives=["1253.b.1"],
                classified_by="a test",
                source="a test",
                marking=marking,
            ),
        )


async def make_participant(db: Database, name: str = "Australia", code: str = "AUS") -> int:
    """A country."""
    async with db.write(actor=SERVICE, command="test.participant") as session:
        return await participants.enter_participant(
            session, participants.EnterParticipant(name=name, code=code, region="Indo-Pacific")
        )


async def fold(owner_url: str) -> None:
    """Fold what is pending into the sums, as the sixty-fourth posting does."""
    owner = Database(owner_url, size=1)
    async with owner.engine.begin() as connection:
        await connection.execute(text("select app.fold_ledger()"))
    await owner.close()
