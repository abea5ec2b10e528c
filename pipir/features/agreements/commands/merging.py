"""What a signed amendment makes of parties and agreed shares, in the write that merges it."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from pipir.features.agreements import rules
from pipir.features.agreements.queries.facts import facts_of
from pipir.features.agreements.tables import Agreement, AgreementAmendment, AgreementParty, AgreementShare
from pipir.features.law import queries as law
from pipir.store.doors import WriteSession


async def merge_parts(
    session: WriteSession,
    agreement: Agreement,
    amendment: AgreementAmendment,
    proposed: Mapping[str, str | None],
    on: date,
) -> None:
    """Make parties and agreed shares what a signed amendment proposes; what it replaces stays, as ended."""
    if all(field in rules.FIELDS for field in proposed):
        return
    because = f"Amendment {amendment.number}, {amendment.title}."
    parties = {
        each.participant_id: each
        for each in await session.scalars(
            select(AgreementParty).where(AgreementParty.agreement_id == agreement.id, AgreementParty.until.is_(None))
        )
    }
    shares = [
        each
        for each in await session.scalars(
            select(AgreementShare).where(
                AgreementShare.agreement_id == agreement.id,
                AgreementShare.stage == "agreed",
                AgreementShare.until.is_(None),
            )
        )
        if rules.share_field(each.participant_id, each.kind) not in proposed
    ]
    whose = [each.participant_id for each in shares]
    stands = set(parties)
    for field, value in proposed.items():
        number = rules.participant_of(field)
        if rules.is_party(field) and number is not None:
            stands = stands - {number} if value is None else stands | {number}
        elif rules.is_share(field) and value is not None:
            whose.append(number)
    rules.check_merged(stands, whose)
    for field, value in proposed.items():
        number = rules.participant_of(field)
        if rules.is_party(field) and number is not None:
            _merge_party(session, agreement, parties.get(number), number, value, on, because)
        elif rules.is_share(field):
            await _merge_share(session, agreement, number, field.rpartition(":")[2], value, on, because)
    await session.flush()
    rules.check(rules.before_shared(await facts_of(session, agreement), await law.law_of(session), on))


def _merge_party(
    session: WriteSession,
    agreement: Agreement,
    party: AgreementParty | None,
    participant_id: int,
    value: str | None,
    on: date,
    because: str,
) -> None:
    if value is None:
        if party is not None:
            party.until, party.ended_because = on, because
    elif party is not None:
        party.counterpart = rules.as_party(value).counterpart
    else:
        counterpart = rules.as_party(value).counterpart
        session.add(AgreementParty(agreement_id=agreement.id, participant_id=participant_id, counterpart=counterpart))


async def _merge_share(
    session: WriteSession,
    agreement: Agreement,
    participant_id: int | None,
    kind: str,
    value: str | None,
    on: date,
    because: str,
) -> None:
    replaced = await session.scalars(
        select(AgreementShare).where(
            AgreementShare.agreement_id == agreement.id,
            AgreementShare.participant_id.is_not_distinct_from(participant_id),
            AgreementShare.kind == kind,
            AgreementShare.stage == "agreed",
            AgreementShare.until.is_(None),
        )
    )
    for each in replaced.all():
        each.until, each.ended_because = on, because
    for share in rules.as_shares(value):
        worth = rules.worth(share.amount, share.currency, share.rate, share.rate_on, share.rate_source)
        session.add(
            AgreementShare(
                agreement_id=agreement.id,
                participant_id=participant_id,
                kind=kind,
                stage="agreed",
                description=share.description,
                currency=share.currency,
                amount=worth.amount,
                rate=worth.rate,
                rate_on=share.rate_on or on,
                rate_source=share.rate_source or "dollars",
                dollars=worth.dollars,
                as_of=on,
                source=share.source,
            )
        )
