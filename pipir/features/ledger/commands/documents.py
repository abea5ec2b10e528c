"""Funding documents: received, corrected, ended."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from pipir.features.ledger import rules
from pipir.features.ledger.commands.batch import MarkingText, Posting
from pipir.features.ledger.commands.entries import post_entries
from pipir.features.ledger.commands.reading import facts
from pipir.features.ledger.rules import Act, Funding, Level, OrderMethod, Source
from pipir.features.ledger.tables import FundingDocument, LedgerEntry, TreasuryAccount
from pipir.features.participants.tables import Participant
from pipir.features.people.queries import reader_of
from pipir.kernel.calendar import show_day, washington_day
from pipir.kernel.clock import heard
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import FundingDocumentId, RecordNumber
from pipir.kernel.marking import Reader, read_marking
from pipir.kernel.money import Dollars
from pipir.kernel.parsing import whichever
from pipir.kernel.text import Line, Reason
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession


class ReceiveFunding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A funding document with the authority that it first gives; in a lapse (source: none) without an amount.

    A partner's advance names the participant and, as `order_law`, the law that lets the Department credit its money.
    """

    number: Line
    account_id: RecordNumber
    title: Line
    level_of_control: Level
    source_of_authority: Source
    purpose: Reason
    received_on: date
    amount: Dollars | None = None
    source_citation: Line | None = None
    through_on: date | None = None
    cr_amount: Dollars | None = None
    order_law: Line | None = None
    order_accepted_on: date | None = None
    order_method: OrderMethod | None = None
    participant_id: RecordNumber | None = None
    excepted_basis: Line | None = None
    period_from: date | None = None
    period_until: date | None = None
    marking: MarkingText = "CUI"

    @staticmethod
    def wrong_in(read: Mapping[str, Any], unread: Collection[str]) -> Iterable[Mistake]:
        """What a document of its source must state and does not, as far as it could be read."""
        if "source_of_authority" in unread:
            others = {*unread} - {"source_of_authority"}
            said = [ReceiveFunding.wrong_in({**read, "source_of_authority": each}, others) for each in rules.SOURCES]
            return whichever([list(each) for each in said])
        now, on = heard(), read.get("received_on")
        return (
            *_wrong_in_funding(read),
            *rules.check_first_authority(read["source_of_authority"], read.get("amount")),
            *(() if now is None or on is None else rules.check_received(on, washington_day(now))),
        )


def _wrong_in_funding(read: Mapping[str, Any]) -> list[Mistake]:
    """What a document of the source named in `read` must state and does not, as far as it could be read."""
    given = {name: read[name] for name in Funding.__struct_fields__ if name in read and name != "number"}
    level, source = read.get("level_of_control", ""), read["source_of_authority"]
    funding = Funding(number="", account=_NO_ACCOUNT, level=level, source=source, **given)
    return list(rules.check_funding(funding, read.get("order_method")))


_NO_ACCOUNT: Final = rules.Account(rules.parse_symbol("000-X-0000-000"))


class ReviseFunding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be corrected of a funding document; account, level, source and partner stay, and amounts are entries."""

    number: Line
    title: Line
    purpose: Reason
    source_citation: Line | None = None
    through_on: date | None = None
    cr_amount: Dollars | None = None
    order_law: Line | None = None
    order_accepted_on: date | None = None
    order_method: OrderMethod | None = None
    excepted_basis: Line | None = None
    period_from: date | None = None
    period_until: date | None = None
    marking: MarkingText = "CUI"

    @staticmethod
    def wrong_in(read: Mapping[str, Any], unread: Collection[str]) -> Iterable[Mistake]:
        """What of a correction is wrong for a document of any source: it does not say of which one it is."""
        return whichever([_wrong_in_funding({**read, "source_of_authority": each}) for each in rules.SOURCES])


class EndFunding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day on which a funding document takes new acts, and why."""

    until: date
    because: Reason


@command("funding.receive", permission="ledger.post", sunset="goes on")
async def receive_funding(session: WriteSession, body: ReceiveFunding) -> FundingDocumentId:
    """Enter a funding document, and the authority that it gives as its first entry."""
    account = await session.get(TreasuryAccount, body.account_id)
    if account is None:
        raise Invalid(
            "One thing needs correcting.",
            mistakes=(Mistake("account_id", "There is no account with this number.", str(body.account_id)),),
        )
    document = FundingDocument(
        number=body.number,
        account_id=body.account_id,
        level_of_control=body.level_of_control,
        source_of_authority=body.source_of_authority,
        received_on=body.received_on,
        participant_id=body.participant_id,
    )
    reader = await reader_of(session, session.actor)
    _fill(document, body, reader)
    mistakes = (
        *await _unknown_participant(session, body.participant_id, reader),
        *rules.check_funding(facts(document, account), body.order_method),
        *rules.check_first_authority(body.source_of_authority, body.amount),
        *rules.check_received(body.received_on, session.today),
    )
    if mistakes:
        raise Invalid("Some of what was sent needs correcting.", mistakes=mistakes)
    session.add(document)
    await session.flush()
    if body.amount is not None:
        posting = Posting(
            kind=rules.first_kind(body.source_of_authority),
            amount=body.amount,
            effective_on=body.received_on,
            funding_document_id=document.id,
            document_number=body.number,
            document_on=body.received_on,
            participant_id=body.participant_id,
            receipt_law=body.order_law if body.source_of_authority == "partner advance" else None,
        )
        await post_entries(session, [posting])
    return FundingDocumentId(document.id)


async def _unknown_participant(session: WriteSession, participant_id: int | None, reader: Reader) -> list[Mistake]:
    if participant_id is None:
        return []
    asked = select(Participant.id).where(Participant.id == participant_id, visible_to(reader, Participant))
    if await session.scalar(asked) is not None:
        return []
    return [Mistake("participant_id", "There is no participant with this number.", str(participant_id))]


@command("funding.revise", permission="ledger.post", sunset="goes on")
async def revise_funding(
    session: WriteSession, document_id: FundingDocumentId, body: ReviseFunding, *, version: int
) -> None:
    """Correct what is recorded of a funding document."""
    document, account = await _document(session, document_id, version)
    _fill(document, body, await reader_of(session, session.actor))
    mistakes = rules.check_funding(facts(document, account), body.order_method)
    if mistakes:
        raise Invalid("Some of what was sent needs correcting.", mistakes=mistakes)
    await _keep_entries_lawful(session, document, account)
    await session.flush()


@command("funding.end", permission="ledger.post", sunset="goes on")
async def end_funding(session: WriteSession, document_id: FundingDocumentId, body: EndFunding, *, version: int) -> None:
    """Say the last day on which a funding document takes new acts; liquidations go on."""
    document, account = await _document(session, document_id, version)
    if body.until < document.received_on:
        expected = f"Expected a day on or after {show_day(document.received_on)}, when it was received."
        raise Invalid(
            "The end lies before the beginning.", mistakes=(Mistake("until", expected, body.until.isoformat()),)
        )
    document.until, document.ended_because = body.until, body.because
    await _keep_entries_lawful(session, document, account)
    await session.flush()


async def _document(
    session: WriteSession, document_id: FundingDocumentId, version: int
) -> tuple[FundingDocument, TreasuryAccount]:
    reader = await reader_of(session, session.actor)
    row = (
        await session.execute(
            select(FundingDocument, TreasuryAccount)
            .join(TreasuryAccount, TreasuryAccount.id == FundingDocument.account_id)
            .where(FundingDocument.id == document_id, visible_to(reader, FundingDocument))
            .with_for_update(of=FundingDocument)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no funding document with this number.")
    document, account = row
    session.check_version(document, version, title=f"The funding document {document.number}")
    return document, account


async def _keep_entries_lawful(session: WriteSession, document: FundingDocument, account: TreasuryAccount) -> None:
    """Refuse a change under which an entry that stands could not have been posted; what was incurred is no measure."""
    reversal = aliased(LedgerEntry)
    rows = await session.execute(
        select(func.min(LedgerEntry.id), LedgerEntry.kind, LedgerEntry.effective_on, func.max(LedgerEntry.amount))
        .where(
            LedgerEntry.funding_document_id == document.id,
            LedgerEntry.kind.in_((*rules.GIVES, "commitment", "obligation")),
            ~LedgerEntry.incurred,
            ~select(reversal.id).where(reversal.reverses_entry_id == LedgerEntry.id).exists(),
        )
        .group_by(LedgerEntry.kind, LedgerEntry.effective_on)
        .order_by(func.min(LedgerEntry.id))
    )
    entries = [(number, Act(kind=kind, amount=amount, effective_on=on)) for number, kind, on, amount in rows]
    rules.may_change_funding(entries, facts(document, account), the_statute())


def _fill(document: FundingDocument, body: ReceiveFunding | ReviseFunding, reader: Reader) -> None:
    document.number, document.title, document.purpose = body.number, body.title, body.purpose
    document.source_citation = body.source_citation
    document.through_on, document.cr_amount = body.through_on, body.cr_amount
    document.order_law, document.order_accepted_on = body.order_law, body.order_accepted_on
    document.order_method = body.order_method
    document.excepted_basis = body.excepted_basis
    document.period_from, document.period_until = body.period_from, body.period_until
    document.mark(read_marking(body.marking, reader))
