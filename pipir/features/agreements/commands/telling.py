"""The certification's items, and what its addressees, committees and the Department of State are told."""

from datetime import date

import msgspec
from sqlalchemy import select

from pipir.features.agreements import rules
from pipir.features.agreements.commands.shared import the_agreement
from pipir.features.agreements.queries.facts import facts_of
from pipir.features.agreements.rules import NoticeKind
from pipir.features.agreements.tables import AgreementNotice, CertificationItem
from pipir.features.law import queries as law
from pipir.kernel.command import command
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import AgreementId, NoticeId
from pipir.kernel.text import Line, Reason, SourceText
from pipir.store.doors import WriteSession


class WriteItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the certification says to one of its items; written again it replaces what stood."""

    item: Line
    statement: Reason
    document: Line | None = None


class SendNotice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A certification, report or transmittal to one addressee: when it was sent (blank: today), how, which document."""

    what: NoticeKind
    addressee: Line
    means: Line
    document: SourceText
    sent_on: date | None = None


class RecordReceipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which an addressee received it, and what shows that; a recorded day changes with a reason."""

    received_on: date
    receipt: SourceText
    because: Reason | None = None


@command("agreement.write-item", permission="agreements.change", sunset="goes on")
async def write_item(session: WriteSession, agreement_id: AgreementId, body: WriteItem) -> int:
    """Write one item of the certification while its package is open."""
    agreement = await the_agreement(session, agreement_id)
    rules.may_write_item(await facts_of(session, agreement), body.item, await law.law_of(session))
    item = await session.scalar(
        select(CertificationItem)
        .where(CertificationItem.agreement_id == agreement_id, CertificationItem.item == body.item)
        .with_for_update()
    )
    if item is None:
        item = CertificationItem(agreement_id=agreement_id, item=body.item)
        session.add(item)
    item.statement, item.document = body.statement, body.document
    await session.flush()
    return item.id


@command("agreement.send-notice", permission="agreements.change", sunset="goes on")
async def send_notice(session: WriteSession, agreement_id: AgreementId, body: SendNotice) -> NoticeId:
    """Record that an addressee was sent a certification, report or transmittal of the present text."""
    agreement = await the_agreement(session, agreement_id)
    sent_on = body.sent_on or session.today
    facts = await facts_of(session, agreement)
    rules.may_send(body.what, facts, body.addressee, sent_on, await law.law_of(session), session.today)
    notice = AgreementNotice(
        agreement_id=agreement_id,
        what=body.what,
        text_no=agreement.text_no,
        addressee=body.addressee,
        sent_on=sent_on,
        means=body.means,
        document=body.document,
    )
    session.add(notice)
    await session.flush()
    return NoticeId(notice.id)


@command("agreement.record-receipt", permission="agreements.change", sunset="records")
async def record_receipt(session: WriteSession, notice_id: NoticeId, body: RecordReceipt, *, version: int) -> None:
    """Record the day on which an addressee received a notice, or correct it with a reason."""
    missing = NotFound("There is no notice with this number.")
    notice = await session.get(AgreementNotice, notice_id, with_for_update=True)
    if notice is None:
        raise missing
    try:
        await the_agreement(session, notice.agreement_id)
    except NotFound:
        raise missing from None
    session.check_version(notice, version, title="The notice")
    rules.may_receive(notice.sent_on, body.received_on, session.today, notice.received_on, body.because)
    if notice.received_on is not None:
        notice.corrected_because = body.because
    notice.received_on, notice.receipt = body.received_on, body.receipt
    await session.flush()
