"""Entries: posted one by one or many as one statement, reversed, or recorded as what has already happened."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec
from sqlalchemy import select

from pipir.features.ledger import rules
from pipir.features.ledger.commands.batch import TAKEN, Batch, Posting, act_of
from pipir.features.ledger.commands.judging import hold_limits, judge, warn_of_contract_changes
from pipir.features.ledger.commands.storing import store
from pipir.features.ledger.rules import Basis, Contribution, Flag, Kind, OrderMethod
from pipir.features.ledger.tables import LedgerEntry, may_see
from pipir.features.people.queries import reader_of
from pipir.kernel.command import command
from pipir.kernel.errors import Mistake, NotFound
from pipir.kernel.ids import EntryId, RecordNumber
from pipir.kernel.money import Dollars
from pipir.kernel.parsing import whichever
from pipir.kernel.text import Line, Prose, Reason
from pipir.statute.load import the_statute
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

    @staticmethod
    def wrong_in(read: Mapping[str, Any], unread: Collection[str]) -> Iterable[Mistake]:
        """What an entry must state and does not, as far as it could be read."""
        return wrong_in_entry(read, unread)


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

    @staticmethod
    def wrong_in(read: Mapping[str, Any], unread: Collection[str]) -> Iterable[Mistake]:
        """What the entry must state and does not, as far as it could be read."""
        return wrong_in_entry(read, unread)


def wrong_in_entry(read: Mapping[str, Any], unread: Collection[str]) -> list[Mistake]:
    """What an entry must state and does not, of the fields that could be read; `unread` are those that could not."""
    for name, choices in (("kind", rules.KINDS), ("flag", rules.FLAGS)):
        if name in unread:
            others = {*unread} - {name}
            return whichever([wrong_in_entry({**read, name: each}, others) for each in choices])
    posting = Posting(**{"effective_on": _SOME_DAY, "amount": _SOME_AMOUNT, **read})
    values = {name: read.get(name) for name in TAKEN}
    names = "adjusts_entry_id" in unread or posting.adjusts_entry_id is not None
    counts = "counter_entry_id" in unread or posting.counter_entry_id is not None
    # What it names is not looked up: it is taken for what it should be, and for what gives the entry what it lacks.
    act = msgspec.structs.replace(
        act_of(posting, values, None, None),
        names=rules.MAY_NAME.get(posting.kind) if names else None,
        counter=rules.COUNTERS.get(posting.kind) if counts else None,
        alone=not counts,
        has_funding=names or values["funding_document_id"] is not None,
        has_participant=values["participant_id"] is not None or "participant_id" in unread,
    )
    taken = {name for name in TAKEN if names and values[name] is None}
    return [each for each in rules.missing(act, the_statute()) if each.where not in taken]


_SOME_DAY: Final = date(2000, 1, 1)
_SOME_AMOUNT: Final = Dollars("1.00")


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
