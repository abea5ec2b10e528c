"""An entry that others name, and the columns of which it is read."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from pipir.features.ledger.tables import LedgerEntry
from pipir.kernel.money import Dollars


class Known(msgspec.Struct, frozen=True):
    """An entry that others name: one that is stored, or one of the batch; of a row of a file, minus its line."""

    number: int
    kind: str
    reversed_kind: str | None
    amount: Dollars
    funding_document_id: int | None
    project_id: int | None
    participant_id: int | None
    program_authority: str | None
    other_authority: str | None
    continuation_id: int | None
    adjusts_entry_id: int | None
    effective_on: date
    incurred: bool
    closed_account_id: int | None = None
    counter_entry_id: int | None = None
    transfer_law: str | None = None
    # Of one that is stored: of two ends that come together the one that says it has the mistake.
    outside_account: str | None = None

    @property
    def base_kind(self) -> str:
        return self.reversed_kind or self.kind

    @property
    def label(self) -> str:
        return f"{self.kind} {self.number}" if self.number > 0 else f"the {self.kind} of row {-self.number}"


KNOWN_COLUMNS = (
    LedgerEntry.id,
    LedgerEntry.kind,
    LedgerEntry.reversed_kind,
    LedgerEntry.amount,
    LedgerEntry.funding_document_id,
    LedgerEntry.project_id,
    LedgerEntry.participant_id,
    LedgerEntry.program_authority,
    LedgerEntry.other_authority,
    LedgerEntry.continuation_id,
    LedgerEntry.adjusts_entry_id,
    LedgerEntry.effective_on,
    LedgerEntry.incurred,
    LedgerEntry.closed_account_id,
    LedgerEntry.counter_entry_id,
    LedgerEntry.transfer_law,
    LedgerEntry.outside_account,
)

_IDS = ARRAY(BigInteger())


def among(column: Any, ids: Iterable[int | None]) -> Any:
    """`column` is one of `ids`; one parameter, however many there are."""
    # Unnested: compared with a parameter as a whole, a prepared statement would search the array again for each row.
    given = bindparam(None, sorted(each for each in ids if each is not None), type_=_IDS)
    return column.in_(select(func.unnest(given)))
