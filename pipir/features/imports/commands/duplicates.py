"""Tells of rows that stand in the file before, or in the ledger already, by their kind, document and line."""

from typing import Final

from sqlalchemy import BigInteger, Integer, func, insert, literal, select, text, true

from pipir.features.imports.rules import MOST_FINDINGS, WHOLE
from pipir.features.imports.tables import ImportFinding, ImportRow
from pipir.features.ledger.tables import LedgerEntry, may_see
from pipir.kernel.marking import Reader
from pipir.store.doors import WriteSession

_IN_FILE: Final = """
    insert into import_finding (import_id, chunk, place, line, what, "column", found, expected)
    select :i, :whole, r.place, r.line, 'duplicate', 'document_number',
           left(concat_ws(' ', r.document_number, r.document_line), 60),
           'Row ' || d.first || ' has this kind, document and line too.'
    from (select kind, document_number, coalesce(document_line, '') as document_line, min(line) as first
          from import_row where import_id = :i and document_number is not null
          group by 1, 2, 3 having count(*) > 1) d
    join import_row r on r.import_id = :i and r.kind = d.kind and r.document_number = d.document_number
         and coalesce(r.document_line, '') = d.document_line and r.line > d.first
    order by r.place limit :most
"""


async def notice_duplicates(session: WriteSession, import_id: int, reader: Reader) -> None:
    """Tell of them as findings, which leave no row out; of entries that the reader may not see nothing is said."""
    await session.execute(text(_IN_FILE), {"i": import_id, "whole": WHOLE, "most": MOST_FINDINGS})
    # Each document is looked for by the ledger's index, and a row only where the ledger knows its document: joined
    # freely, the whole ledger would be read for each file. The limits within keep the planner from that.
    numbers = (
        select(ImportRow.document_number)
        .where(ImportRow.import_id == import_id, ImportRow.document_number.is_not(None))
        .distinct()
        .subquery()
    )
    stands = (
        select(literal(1).label("one"))
        .where(LedgerEntry.document_number == numbers.c.document_number)
        .limit(1)
        .lateral()
    )
    known = select(numbers.c.document_number).join(stands, true()).cte("known")
    documents = select(ImportRow.funding_document_id).where(ImportRow.import_id == import_id).distinct()
    first = (
        select(func.min(LedgerEntry.id).label("id"))
        .where(
            LedgerEntry.document_number == ImportRow.document_number,
            LedgerEntry.kind == ImportRow.kind,
            func.coalesce(LedgerEntry.document_line, "") == func.coalesce(ImportRow.document_line, ""),
            LedgerEntry.funding_document_id.in_(documents),
            may_see(reader),
        )
        .lateral()
    )
    found = (
        select(
            literal(import_id, BigInteger),
            literal(WHOLE, Integer),
            ImportRow.place,
            ImportRow.line,
            literal("duplicate"),
            literal("document_number"),
            func.left(func.concat_ws(" ", ImportRow.document_number, ImportRow.document_line), 60),
            func.concat("Entry ", first.c.id, " has this kind, document and line already."),
        )
        .join(known, known.c.document_number == ImportRow.document_number)
        .join(first, first.c.id.is_not(None))
        .where(ImportRow.import_id == import_id)
        .order_by(ImportRow.place)
        .limit(MOST_FINDINGS)
    )
    columns = ["import_id", "chunk", "place", "line", "what", "column", "found", "expected"]
    await session.execute(insert(ImportFinding).from_select(columns, found))
