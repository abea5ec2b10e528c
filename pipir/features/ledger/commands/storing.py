"""Writes a batch as one statement."""

from typing import Any, Final

import msgspec

from pipir.features.ledger import rules
from pipir.features.ledger.commands.batch import Batch
from pipir.features.ledger.commands.known import Known
from pipir.kernel.calendar import fiscal_year

# What stands in a row as it was sent, and what the posting itself makes of it.
_SENT: Final = (
    *("late_because", "late_document", "document_number", "document_line", "document_on", "signed_at"),
    *("performance_from", "performance_until", "contribution_kind", "receipt_law", "need", "basis", "new_start"),
    *("transfer_law", "approval", "closed_document", "order_law", "order_method", "flag", "evidence"),
)
_MADE: Final = (
    *("id", "kind", "reversed_kind", "amount", "funding_document_id", "project_id", "participant_id"),
    *("program_authority", "other_authority", "continuation_id", "effective_on", "fiscal_year", "adjusts_entry_id"),
    *("reverses_entry_id", "counter_entry_id", "because", "incurred", "warnings", "posted_by", "posted_at", "audience"),
    "closed_account_id",
    "outside_account",
)
_COLUMNS: Final = ", ".join((*_SENT, *_MADE))
# One statement for one entry or fifty thousand: one trail row, one pass of the trigger that keeps the sums.
_STORE: Final = (
    f"insert into ledger_entry ({_COLUMNS}) "
    f"select {_COLUMNS} from jsonb_populate_recordset(null::ledger_entry, $1::jsonb) order by id"
)


async def store(batch: Batch) -> None:
    now, actor = batch.session.now, batch.session.actor
    rows: list[dict[str, Any]] = []
    for place, (entry, known) in enumerate(zip(batch.entries, batch.made, strict=True)):
        row: dict[str, Any] = {name: getattr(entry, name) for name in _SENT}
        row |= {
            "id": known.number,
            "kind": known.kind,
            "reversed_kind": known.reversed_kind,
            "amount": known.amount.amount,
            "funding_document_id": known.funding_document_id,
            "project_id": known.project_id,
            "participant_id": known.participant_id,
            "program_authority": known.program_authority,
            "other_authority": known.other_authority,
            "continuation_id": known.continuation_id,
            "effective_on": known.effective_on,
            "fiscal_year": fiscal_year(known.effective_on),
            "adjusts_entry_id": known.adjusts_entry_id,
            "outside_account": rules.read_symbol(entry.outside_account),
            "reverses_entry_id": batch.reversed_number(place),
            "counter_entry_id": batch.counter_number(place),
            "because": entry.because or None,
            "incurred": known.incurred,
            "warnings": batch.warnings[place],
            "posted_by": actor,
            "posted_at": now,
            "audience": _audience(batch, known),
            "closed_account_id": known.closed_account_id,
        }
        rows.append(row)
    await batch.session.driver.execute(_STORE, msgspec.json.encode(rows).decode())


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
