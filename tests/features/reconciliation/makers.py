"""Makers for tests of reconciliation: a source, the bytes of its extract, and entries that they are compared with."""

import io
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from pipir.features.ledger import commands as ledger
from pipir.features.people.tables import SERVICE
from pipir.features.reconciliation import commands, queries
from pipir.features.reconciliation.tables import ExtractId, OfficialSource, SourceId
from pipir.kernel.files import Incoming
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.features.ledger.makers import DAY, entry, obligation, post

SYMBOL = "097-2026/2027-0400-000"
MONTH = date(2025, 12, 31)
HEAD = "Doc No,Line,Type,Amount,Posted,TAS,Clerk\r\n"
# What a test of the service finds: its clock stands on 5 January 2026.
DAY_AFTER = date(2026, 1, 5)


def source(**values: Any) -> commands.AddSource:
    """A source of one account, as many systems write it."""
    given: dict[str, Any] = {
        "name": "Exercise accounting",
        "holds": "Obligations and disbursements of the Department",
        "symbols": [SYMBOL],
        "document_column": "Doc No",
        "line_column": "Line",
        "stage_column": "Type",
        "amount_column": "Amount",
        "date_column": "Posted",
        "symbol_column": "TAS",
        "obligation_words": ["OBL", "Obligation"],
        "expenditure_words": ["DISB"],
    }
    return commands.AddSource(**(given | values))


def line(document: str, stage: str, amount: str, part: str = "0001", symbol: str = SYMBOL) -> str:
    """One line of an extract."""
    return f'{document},{part},{stage},"{amount}",12/22/2025,{symbol},AB\r\n'


def extract(*lines: str) -> bytes:
    """An extract of these lines."""
    return (HEAD + "".join(lines)).encode()


def incoming(content: bytes, name: str = "extract.csv") -> Incoming:
    """The bytes as a file that came in."""
    return Incoming(io.BytesIO(content), name, len(content), sha256(content).hexdigest())


async def add_source(db: Database, **values: Any) -> SourceId:
    """A source that is entered."""
    async with db.write(actor=SERVICE, command="test.source") as session:
        return await commands.add_source(session, source(**values))


async def read(db: Database, number: SourceId, content: bytes, as_of: date = MONTH, **values: Any) -> ExtractId:
    """An extract that was read."""
    async with db.read() as session:
        found = await session.scalar(select(OfficialSource).where(OfficialSource.id == number))
        assert found is not None
        mapping = queries.mapping_of(found)
    examined = await commands.examined_extract(incoming(content), mapping)
    async with db.write(actor=SERVICE, command="test.extract") as session:
        body = commands.ReadExtractIn(as_of, **values)
        return await commands.read_extract(session, number, body, content=examined)


async def obligate(db: Database, document: int, number: str, amount: str, part: str = "0001", **values: Any) -> int:
    """An obligation under a document number and line."""
    return await post(db, obligation(document, amount, document_number=number, document_line=part, **values))


async def pay(db: Database, names: int, amount: str, **values: Any) -> int:
    """An expenditure on an obligation."""
    return await post(db, entry("expenditure", amount, adjusts_entry_id=names, **values))


async def record_incurred(db: Database, document: int, flag: Any, amount: str = "40.00", **values: Any) -> int:
    """A liability or disbursement that has already happened."""
    given: dict[str, Any] = {"kind": "expenditure", "effective_on": DAY, "funding_document_id": document}
    async with db.write(actor=SERVICE, command="ledger.record-incurred") as session:
        body = ledger.RecordIncurred(
            amount=Dollars(amount), flag=flag, evidence="The voucher of the paying office", **(given | values)
        )
        return await ledger.record_incurred(session, body)
