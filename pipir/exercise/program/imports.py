"""A source of files, and a file of payments that waits to be checked."""

import hashlib
import io
from datetime import date
from typing import Final

from sqlalchemy import select

from pipir.exercise.program.course import Act, Program
from pipir.features.imports import commands
from pipir.features.imports.rules import Column
from pipir.features.imports.tables import ImportSource
from pipir.features.ledger.tables import FundingDocument
from pipir.kernel.files import Incoming
from pipir.sheets import csv_bytes
from pipir.store.doors import WriteSession

_ENTERED_ON: Final = date(2028, 5, 15)
_CAME_ON: Final = date(2028, 6, 12)
_NAME: Final = "Payments of the paying office (exercise)"
_HEADER: Final = ("Type", "Amount", "Date", "Allotment", "Contract", "CLIN", "Voucher")


def plan_imports(program: Program) -> None:
    program.at(_ENTERED_ON, "comptroller", _enter_source)
    program.at(_CAME_ON, "comptroller", _upload())


async def _enter_source(session: WriteSession) -> None:
    body = commands.SetSource(
        name=_NAME,
        holds="What was paid in a month, by contract and line",
        date_format="MM/DD/YYYY",
        columns={
            "kind": Column("Type"),
            "amount": Column("Amount"),
            "effective_on": Column("Date"),
            "funding_document": Column("Allotment"),
            "names_document": Column("Contract"),
            "names_line": Column("CLIN"),
            "document_number": Column("Voucher"),
        },
        kinds={"PAY": "expenditure", "RFND": "refund"},
    )
    await commands.enter_source(session, body)


def _upload() -> Act:
    async def act(session: WriteSession) -> None:
        source = await session.scalar(select(ImportSource.id).where(ImportSource.exercise).limit(1))
        number = await session.scalar(
            select(FundingDocument.number)
            .where(FundingDocument.exercise, FundingDocument.until.is_(None))
            .order_by(FundingDocument.id.desc())
            .limit(1)
        )
        if source is None or number is None:
            return
        rows = [
            ("PAY", "1250.00", "05/22/2028", number, "EX-0001", "0001", "V-2028-0101"),
            ("PAY", "(310.40)", "05/23/2028", number, "EX-0001", "0002", "V-2028-0102"),
            ("PAY", "98.75", "2028-05-24", number, "EX-0002", "0001", "V-2028-0103"),
        ]
        content = csv_bytes(_HEADER, rows)
        file = Incoming(io.BytesIO(content), "payments-may.csv", len(content), hashlib.sha256(content).hexdigest())
        await commands.upload_file(
            session, commands.UploadFile(source_id=source), content=await commands.examined(file)
        )

    return act
