"""The parties' shares, agreed and actual, each in its own currency."""

from datetime import date
from typing import Annotated

import msgspec
from sqlalchemy import select

from pipir.features.agreements import rules
from pipir.features.agreements.commands.shared import known_participant, the_agreement
from pipir.features.agreements.rules import ShareKind, Stage
from pipir.features.agreements.tables import AgreementParty, AgreementShare
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound, Refused
from pipir.kernel.ids import AgreementId, RecordNumber, ShareId
from pipir.kernel.text import Line, Reason, SourceText
from pipir.store.doors import WriteSession

Code = Annotated[str, msgspec.Meta(min_length=3, max_length=3, description="A code of ISO 4217, such as JPY.")]
Amount = Annotated[
    str, msgspec.Meta(min_length=1, max_length=40, description="A decimal number as text, such as 1250000.")
]


class RecordShare(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a party bears or receives: no participant is the United States; dollars have no rate."""

    kind: ShareKind
    stage: Stage
    description: Line
    currency: Code
    amount: Amount
    source: SourceText
    participant_id: RecordNumber | None = None
    rate: Amount | None = None
    rate_on: date | None = None
    rate_source: SourceText | None = None
    as_of: date | None = None


class EndShare(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a share counts no longer: corrected by another, or agreed otherwise."""

    because: Reason


@command("agreement.record-share", permission="agreements.change", sunset="goes on")
async def record_share(session: WriteSession, agreement_id: AgreementId, body: RecordShare) -> ShareId:
    """Record a party's share with its worth in dollars."""
    await the_agreement(session, agreement_id)
    if body.participant_id is not None:
        await known_participant(session, body.participant_id)
        party = await session.scalar(
            select(AgreementParty.id).where(
                AgreementParty.agreement_id == agreement_id,
                AgreementParty.participant_id == body.participant_id,
                AgreementParty.until.is_(None),
            )
        )
        if party is None:
            found = (Mistake("participant_id", "Expected a party to the agreement.", str(body.participant_id)),)
            raise Invalid("A share is borne by a party.", mistakes=found)
    as_of = body.as_of or session.today
    rules.not_after(as_of, session.today, "as_of")
    if body.rate_on is not None:
        rules.not_after(body.rate_on, session.today, "rate_on")
    worth = rules.worth(body.amount, body.currency, body.rate, body.rate_on, body.rate_source)
    share = AgreementShare(
        agreement_id=agreement_id,
        participant_id=body.participant_id,
        kind=body.kind,
        stage=body.stage,
        description=body.description,
        currency=body.currency,
        amount=worth.amount,
        rate=worth.rate,
        rate_on=body.rate_on or as_of,
        rate_source=body.rate_source or "dollars",
        dollars=worth.dollars,
        as_of=as_of,
        source=body.source,
    )
    session.add(share)
    await session.flush()
    return ShareId(share.id)


@command("agreement.end-share", permission="agreements.change", sunset="goes on")
async def end_share(session: WriteSession, share_id: ShareId, body: EndShare, *, version: int) -> None:
    """Take a share out of the figures; it stays in the record."""
    missing = NotFound("There is no share with this number.")
    share = await session.get(AgreementShare, share_id, with_for_update=True)
    if share is None:
        raise missing
    try:
        await the_agreement(session, share.agreement_id)
        if share.participant_id is not None:
            await known_participant(session, share.participant_id)
    except (NotFound, Invalid):
        raise missing from None
    session.check_version(share, version, title="The share")
    if share.until is not None:
        raise Refused("This share was taken out already.")
    share.until, share.ended_because = session.today, body.because
    await session.flush()
