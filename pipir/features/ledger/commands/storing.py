"""Writes a batch as one statement."""

from pipir.features.ledger.commands.batch import Batch
from pipir.features.ledger.commands.known import Known
from pipir.kernel.calendar import fiscal_year

_STORED_COLUMNS = [
    *("id", "kind", "reversed_kind", "amount", "funding_document_id", "project_id", "participant_id"),
    *(
        "program_authority",
        "other_authority",
        "continuation_id",
        "late_because",
        "late_document",
        "document_number",
        "document_line",
        "document_on",
    ),
    *("signed_at", "performance_from", "performance_until", "contribution_kind", "receipt_law", "effective_on"),
    *(
        "fiscal_year",
        "need",
        "basis",
        "adjusts_entry_id",
        "reverses_entry_id",
        "counter_entry_id",
        "because",
        "new_start",
        "incurred",
    ),
    *("transfer_law", "approval"),
    *("flag", "evidence", "warnings", "posted_by", "posted_at", "audience"),
]


async def store(batch: Batch) -> None:
    now, actor = batch.session.now, batch.session.actor
    records = []
    for place, (entry, known) in enumerate(zip(batch.entries, batch.made, strict=True)):
        records.append(
            (
                known.number,
                known.kind,
                known.reversed_kind,
                known.amount.amount,
                known.funding_document_id,
                known.project_id,
                known.participant_id,
                known.program_authority,
                known.other_authority,
                known.continuation_id,
                entry.late_because,
                entry.late_document,
                entry.document_number,
                entry.document_line,
                entry.document_on,
                entry.signed_at,
                entry.performance_from,
                entry.performance_until,
                entry.contribution_kind,
                entry.receipt_law,
                known.effective_on,
                fiscal_year(known.effective_on),
                entry.need,
                entry.basis,
                known.adjusts_entry_id,
                batch.reversed_number(place),
                batch.counter_number(place),
                entry.because or None,
                entry.new_start,
                known.incurred,
                entry.transfer_law,
                entry.approval,
                entry.flag,
                entry.evidence,
                batch.warnings[place],
                actor,
                now,
                _audience(batch, known),
            )
        )
    connection = await (await batch.session.connection()).get_raw_connection()
    driver = connection.driver_connection
    assert driver is not None
    # One statement for one entry or fifty thousand: one trail row, one pass of the trigger that keeps the sums.
    await driver.copy_records_to_table("ledger_entry", records=records, columns=_STORED_COLUMNS)


def _audience(batch: Batch, known: Known) -> int:
    # Whoever may read the entry may read its project, its participant and its document.
    mask = -1
    for name, number in (
        ("funding", known.funding_document_id),
        ("project", known.project_id),
        ("participant", known.participant_id),
    ):
        if number is not None:
            mask &= batch.audiences[name, number]
    return mask
