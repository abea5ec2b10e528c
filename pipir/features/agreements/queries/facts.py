"""What the rules need to know of agreements, read for many at once."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import select

from pipir.features.agreements import rules
from pipir.features.agreements.rules import Facts, Notice, Paper, Party, Share
from pipir.features.agreements.tables import (
    Agreement,
    AgreementNotice,
    AgreementPaper,
    AgreementParty,
    AgreementShare,
    CertificationItem,
)
from pipir.features.concurrence.queries import Proposal
from pipir.features.concurrence.rules import short
from pipir.features.participants.tables import Participant
from pipir.kernel.currencies import HOME
from pipir.kernel.marking import Reader
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect

SIGNATURE: Final = "agreement-signature"
AMENDMENT: Final = "amendment-signature"
_OWN: Final = ("state", "character", "text_no", "text_agreed_on", "signed_on", "in_force_on", "expires_on")


async def facts_by_id(session: ReadSession, rows: Sequence[Any], reader: Reader | None = None) -> dict[int, Facts]:
    """The facts of agreements (rows with their columns), by number; with a reader of the countries that they may see.

    Commands judge by all of them.
    """
    numbers = [row.id for row in rows]
    if not numbers:
        return {}
    parties = (
        select(
            AgreementParty.agreement_id, AgreementParty.participant_id, Participant.name, AgreementParty.country_class
        )
        .join(Participant, Participant.id == AgreementParty.participant_id)
        .where(AgreementParty.agreement_id.in_(numbers), AgreementParty.until.is_(None))
        .order_by(Participant.name, AgreementParty.id)
    )
    shares = (
        select(
            AgreementShare.agreement_id,
            AgreementShare.participant_id,
            AgreementShare.kind,
            AgreementShare.stage,
            AgreementShare.dollars,
        )
        .outerjoin(Participant, Participant.id == AgreementShare.participant_id)
        .where(AgreementShare.agreement_id.in_(numbers), AgreementShare.until.is_(None))
    )
    if reader is not None:
        parties = parties.where(visible_to(reader, Participant))
        shares = shares.where(AgreementShare.participant_id.is_(None) | visible_to(reader, Participant))
    notices = select(
        AgreementNotice.agreement_id,
        AgreementNotice.what,
        AgreementNotice.text_no,
        AgreementNotice.addressee,
        AgreementNotice.sent_on,
        AgreementNotice.received_on,
    ).where(AgreementNotice.agreement_id.in_(numbers))
    papers = select(AgreementPaper.agreement_id, AgreementPaper.kind, AgreementPaper.made_on).where(
        AgreementPaper.agreement_id.in_(numbers)
    )
    items = select(CertificationItem.agreement_id, CertificationItem.item).where(
        CertificationItem.agreement_id.in_(numbers)
    )

    async def by_agreement(statement: AnySelect) -> dict[int, list[tuple[Any, ...]]]:
        found: dict[int, list[tuple[Any, ...]]] = {}
        for number, *said in await session.execute(statement):
            found.setdefault(number, []).append(tuple(said))
        return found

    of_parties, of_shares = await by_agreement(parties), await by_agreement(shares)
    of_notices, of_papers = await by_agreement(notices), await by_agreement(papers)
    of_items = await by_agreement(items)
    return {
        row.id: Facts(
            **{name: getattr(row, name) for name in _OWN},
            authority=row.program_authority,
            also=row.also_authority,
            parties=tuple(Party(*each) for each in of_parties.get(row.id, ())),
            notices=tuple(Notice(*each) for each in of_notices.get(row.id, ())),
            papers=tuple(Paper(*each) for each in of_papers.get(row.id, ())),
            items=tuple(each[0] for each in of_items.get(row.id, ())),
            shares=tuple(Share(*each) for each in of_shares.get(row.id, ())),
        )
        for row in rows
    }


async def parts_by_id(session: ReadSession, numbers: Sequence[int]) -> dict[int, dict[str, str]]:
    """The parties and agreed shares of agreements as amendments name and store them, by the agreement's number."""
    found: dict[int, dict[str, str]] = {number: {} for number in numbers}
    parties = select(AgreementParty).where(AgreementParty.agreement_id.in_(numbers), AgreementParty.until.is_(None))
    for party in await session.scalars(parties):
        found[party.agreement_id][rules.party_field(party.participant_id)] = rules.party_text(party.counterpart)
    stated: dict[tuple[int, str], list[rules.AsShare]] = {}
    shares = select(AgreementShare).where(
        AgreementShare.agreement_id.in_(numbers), AgreementShare.stage == "agreed", AgreementShare.until.is_(None)
    )
    for share in await session.scalars(shares):
        field = rules.share_field(share.participant_id, share.kind)
        stated.setdefault((share.agreement_id, field), []).append(_as_share(share))
    for (number, field), of_field in stated.items():
        found[number][field] = rules.shares_text(of_field) or ""
    return found


def _as_share(share: AgreementShare) -> rules.AsShare:
    said = (share.description, share.currency, rules.plain(share.amount), share.source)
    if share.currency == HOME:
        return rules.AsShare(*said)
    return rules.AsShare(*said, rules.plain(share.rate), share.rate_on, share.rate_source)


async def codes_of(session: ReadSession, fields: Iterable[str], reader: Reader | None = None) -> dict[int, str]:
    """The codes of the countries that changes are about, by number; with a reader of those that they may see."""
    numbers = {number for field in fields if (number := rules.participant_of(field)) is not None}
    wanted = select(Participant.id, Participant.code).where(Participant.id.in_(numbers))
    if reader is not None:
        wanted = wanted.where(visible_to(reader, Participant))
    return {row.id: row.code for row in await session.execute(wanted)} if numbers else {}


async def facts_of(session: ReadSession, agreement: Any, reader: Reader | None = None) -> Facts:
    """The facts of one agreement."""
    return (await facts_by_id(session, [agreement], reader))[agreement.id]


async def signature_of(session: ReadSession, agreement: Agreement) -> Proposal:
    """The signature of an agreement as it is put to offices: what it says, without the day on which it is signed."""
    codes = await session.scalars(
        select(Participant.code)
        .join(AgreementParty, AgreementParty.participant_id == Participant.id)
        .where(AgreementParty.agreement_id == agreement.id, AgreementParty.until.is_(None))
        .order_by(Participant.code)
    )
    value = {
        "agreement": agreement.code,
        "title": short(agreement.name),
        "kind": agreement.kind,
        "authority": _cited(agreement.program_authority)
        + (f" and {_cited(agreement.also_authority)}" if agreement.also_authority else ""),
        "character": agreement.character or "not determined",
        "parties": ", ".join(codes) or "none",
        "text": f"number {agreement.text_no}",
        "purpose": short(agreement.purpose),
        "expires": agreement.expires_on.isoformat() if agreement.expires_on else "not stated",
    }
    return Proposal(
        act=SIGNATURE,
        kind="agreement",
        number=agreement.id,
        title=f"Sign {agreement.code}: {agreement.name}"[:200],
        href=f"/agreements/{agreement.id}",
        before=value | {"state": agreement.state},
        after=value | {"state": "signed"},
        marking=agreement.marking,
    )


def amendment_of(agreement: Agreement, amendment_id: int, number: int, changes: Sequence[rules.Change]) -> Proposal:
    """The signature of an amendment as it is put to offices."""
    value = {"agreement": agreement.code, "amendment": str(number)}
    return Proposal(
        act=AMENDMENT,
        kind="agreement_amendment",
        number=amendment_id,
        title=f"Sign amendment {number} of {agreement.code}",
        href=f"/agreement-parts/amendments/{amendment_id}",
        before=value | {each.title: short(each.words(each.now)) for each in changes},
        after=value | {each.title: short(each.words(each.proposed)) for each in changes},
        marking=agreement.marking,
    )


def _cited(authority: str | None) -> str:
    return the_statute().provision(authority).short_citation if authority is not None else "not public"
