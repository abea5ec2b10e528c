"""Entries: posted one by one or many as one statement, reversed, or recorded as what has already happened."""

from collections.abc import Sequence
from datetime import date

import msgspec
from sqlalchemy import select

from pipir.features.ledger import rules
from pipir.features.ledger.commands.batch import Batch, Posting
from pipir.features.ledger.commands.judging import hold_limits, judge, warn_of_contract_changes
from pipir.features.ledger.commands.storing import store
from pipir.features.ledger.rules import Basis, Contribution, Flag, Kind, OrderMethod
from pipir.features.ledger.tables import LedgerEntry, may_see
from pipir.features.people.queries import reader_of
from pipir.kernel.command import command
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import EntryId, RecordNumber
from pipir.kernel.money import Dollars
from pipir.kernel.text import Line, Prose, Reason
from pipir.store.doors import WriteSession


class PostEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of any kind; the kind gives the sign, so the amount lies above zero.

    What names an obligation or commitment (`adjusts_entry_id`) takes its funding document, project, participant and
    authority from it. An obligation that pays a closed account's debt (31 U.S.C. 1553(b)) names that account and the
    document and line in it. Authority moves with both its ends, by ledger.move-authority; only a transfer whose other
    end lies outside of this ledger is one entry, which names the account there (`outside_account`).
    """

    kind: Kind
    amount: Dollars
    effective_on: date
    funding_document_id: RecordNumber | None = None
    adjusts_entry_id: RecordNumber | None = None
    project_id: RecordNumber | None = None
    participant_id: RecordNumber | None = None
    program_authority: Line | None = None
    other_authority: Line | None = None
    continuation_id: RecordNumber | None = None
    late_because: Reason | None = None
    late_document: Line | None = None
    document_number: Line | None = None
    document_line: Line | None = None
    document_on: date | None = None
    signed_at: Line | None = None
    performance_from: date | None = None
    performance_until: date | None = None
    need: Reason | None = None
    basis: Basis | None = None
    contribution_kind: Contribution | None = None
    receipt_law: Line | None = None
    counter_entry_id: RecordNumber | None = None
    transfer_law: Line | None = None
    approval: Line | None = None
    outside_account: Line | None = None
    closed_account_id: RecordNumber | None = None
    closed_document: Line | None = None
    order_law: Line | None = None
    order_method: OrderMethod | None = None
    new_start: bool = False
    because: Prose | None = None


class ReverseEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The reversal of an entry: its own day, and why."""

    effective_on: date
    because: Reason


class RecordIncurred(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A liability or disbursement that has already happened, with its flag and evidence, whatever the rules say."""

    kind: Kind
    amount: Dollars
    effective_on: date
    flag: Flag
    evidence: Reason
    funding_document_id: RecordNumber | None = None
    adjusts_entry_id: RecordNumber | None = None
    project_id: RecordNumber | None = None
    participant_id: RecordNumber | None = None
    program_authority: Line | None = None
    other_authority: Line | None = None
    continuation_id: RecordNumber | None = None
    late_because: Reason | None = None
    late_document: Line | None = None
    document_number: Line | None = None
    document_line: Line | None = None
    document_on: date | None = None
    signed_at: Line | None = None
    performance_from: date | None = None
    performance_until: date | None = None
    closed_account_id: RecordNumber | None = None
    closed_document: Line | None = None
    order_law: Line | None = None
    order_method: OrderMethod | None = None
    need: Reason | None = None
    basis: Basis | None = None
    because: Prose | None = None


@command("ledger.post", permission="ledger.post", sunset="obligation")
async def post_entry(session: WriteSession, body: PostEntry) -> EntryId:
    """Post one entry; refused before the act where a rule of money does not allow it."""
    return (await post_entries(session, [Posting(**msgspec.structs.asdict(body))]))[0]


@command("ledger.reverse", permission="ledger.post", sunset="goes on")
async def reverse_entry(session: WriteSession, entry_id: EntryId, body: ReverseEntry) -> EntryId:
    """Reverse an entry: once, with its own day and reason, under every rule that a new entry meets."""
    await _visible_entry(session, entry_id)
    posting = Posting(
        kind=rules.REVERSAL, reverses_entry_id=entry_id, effective_on=body.effective_on, because=body.because
    )
    return (await post_entries(session, [posting]))[0]


@command("ledger.record-incurred", permission="ledger.record-incurred", sunset="records")
async def record_incurred(session: WriteSession, body: RecordIncurred) -> EntryId:
    """Record a liability or disbursement that has already happened; it counts in every total and is an exception."""
    return (await post_entries(session, [Posting(**msgspec.structs.asdict(body))]))[0]


async def post_entries(session: WriteSession, entries: Sequence[Posting]) -> tuple[EntryId, ...]:
    """Post many entries as one statement, all or none; the rules hold for what they come to together on every day.

    Returns their numbers in the same order. Invalid names every mistake by its place (`entries.3.need`).
    """
    if not entries:
        return ()
    batch = Batch(session, entries)
    await batch.read()
    judge(batch)
    await warn_of_contract_changes(batch)
    await hold_limits(batch)
    await store(batch)
    return tuple(EntryId(known.number) for known in batch.made)


async def _visible_entry(session: WriteSession, entry_id: EntryId) -> None:
    reader = await reader_of(session, session.actor)
    if await session.scalar(select(LedgerEntry.id).where(LedgerEntry.id == entry_id, may_see(reader))) is None:
        raise NotFound("There is no entry with this number.")
