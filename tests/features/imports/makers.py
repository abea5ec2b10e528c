"""Makers for tests of imports: a source, a file of rows, and the way from one to the other."""

import csv
import hashlib
import io
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from pipir.features.imports import commands
from pipir.features.imports.tables import ImportId, LedgerImport
from pipir.features.people.tables import SERVICE
from pipir.kernel.files import Incoming
from pipir.store.doors import Database

HEADER = (
    *("kind", "amount", "effective_on", "funding_document", "project", "program_authority", "document_number"),
    *("document_line", "document_on", "need", "names_document", "names_line", "names_entry", "basis"),
)


def row(**values: str) -> dict[str, str]:
    """An obligation of $10.00 on FD-1, or what is said instead."""
    given = {
        "kind": "obligation",
        "amount": "10.00",
        "effective_on": "2025-12-20",
        "funding_document": "FD-1",
        "program_authority": "1253.e.1",
        "document_number": "C-1",
        "document_line": "1",
        "document_on": "2025-12-20",
        "need": "Studies of this year",
    }
    return given | values


def paid(amount: str, document: str = "C-1", line: str = "1", **values: str) -> dict[str, str]:
    """An expenditure of an obligation by its document and line."""
    given = {"kind": "expenditure", "amount": amount, "effective_on": "2025-12-21"}
    return given | {"names_document": document, "names_line": line, "document_number": "V-1"} | values


def csv_of(*rows: dict[str, str], header: Sequence[str] = HEADER) -> bytes:
    """The rows as CSV, every field that is not given blank."""
    out = io.StringIO()
    writer = csv.DictWriter(out, header, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


async def enter_source(db: Database, name: str = "Books", **values: Any) -> int:
    """A source whose files have the fields' own names."""
    async with db.write(actor=SERVICE, command="test.source") as session:
        given: dict[str, Any] = {"name": name, "holds": "Obligations and payments"}
        return await commands.enter_source(session, commands.SetSource(**(given | values)))


async def upload(db: Database, content: bytes, *, source: int | None = None, name: str = "books.csv") -> ImportId:
    """A file that waits to be checked."""
    number = source or await enter_source(db)
    file = Incoming(io.BytesIO(content), name, len(content), hashlib.sha256(content).hexdigest())
    examined = await commands.examined(file)
    async with db.write(actor=SERVICE, command="import.upload") as session:
        return await commands.upload_file(session, commands.UploadFile(source_id=number), content=examined)


async def check(db: Database, content: bytes, **values: Any) -> LedgerImport:
    """A file that was checked."""
    number = await upload(db, content, **values)
    await commands.check_file(db, number, actor=SERVICE)
    return await one(db, number)


async def publish(db: Database, number: int, *, good_only: bool = False) -> LedgerImport:
    """What was checked, published."""
    async with db.write(actor=SERVICE, command="import.ask-publish") as session:
        await commands.begin_publication(session, ImportId(number), good_only=good_only)
    await commands.publish_file(db, ImportId(number), actor=SERVICE)
    return await one(db, number)


async def one(db: Database, number: int) -> LedgerImport:
    """An import as it stands."""
    async with db.read() as session:
        found = await session.get(LedgerImport, number)
    assert found is not None
    return found


async def findings(db: Database, number: int) -> list[tuple[int, str, str, str, str]]:
    """What is said of an import: line, what, column, found, expected."""
    async with db.read() as session:
        rows = await session.execute(
            text(
                'select line, what, "column", found, expected from import_finding where import_id = :i '
                "order by line, id"
            ),
            {"i": number},
        )
        return [tuple(row) for row in rows]


async def entries(db: Database) -> list[Any]:
    """The entries of the ledger, in their order."""
    async with db.read() as session:
        rows = await session.execute(text("select * from ledger_entry order by id"))
        return list(rows)
