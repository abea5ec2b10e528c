"""What an amendment proposes of parties and agreed shares, one part at a time while it is drafted."""

from datetime import date

import msgspec
from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from pipir.features.agreements import rules
from pipir.features.agreements.commands.amendments import state_of, the_amendment
from pipir.features.agreements.commands.shared import known_participant
from pipir.features.agreements.commands.shares import Amount, Code
from pipir.features.agreements.queries.facts import parts_by_id
from pipir.features.agreements.rules import AsShare, ShareKind
from pipir.features.agreements.tables import Agreement, AgreementAmendment, AmendmentChange
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.ids import AgreementAmendmentId, RecordNumber
from pipir.kernel.text import Line, SourceText
from pipir.store.doors import WriteSession


class ProposeParty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A participant that an amendment makes a party, through its counterpart; blank: it is a party no longer."""

    participant_id: RecordNumber
    counterpart: Line | None = None


class ProposeShare(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an amendment makes the agreed share of a kind of a party (blank: the United States); no amount: none."""

    kind: ShareKind
    source: SourceText
    participant_id: RecordNumber | None = None
    description: Line | None = None
    currency: Code | None = None
    amount: Amount | None = None
    rate: Amount | None = None
    rate_on: date | None = None
    rate_source: SourceText | None = None


class LeaveOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The change that an amendment makes no longer, by its field."""

    field: Line


@command("agreement-amendment.propose-party", permission="agreements.change", sunset="goes on")
async def propose_party(
    session: WriteSession, amendment_id: AgreementAmendmentId, body: ProposeParty, *, version: int
) -> None:
    """Propose that a participant becomes a party, acts through another counterpart, or is a party no longer."""
    agreement, amendment = await the_amendment(session, amendment_id, version)
    participant = await known_participant(session, body.participant_id)
    proposed = rules.party_text(body.counterpart) if body.counterpart is not None else None
    await _propose(session, agreement, amendment, rules.party_field(participant.id), proposed, "counterpart")


@command("agreement-amendment.propose-share", permission="agreements.change", sunset="goes on")
async def propose_share(
    session: WriteSession, amendment_id: AgreementAmendmentId, body: ProposeShare, *, version: int
) -> None:
    """Propose what a party's agreed share of a kind becomes; it replaces what was agreed of that kind."""
    agreement, amendment = await the_amendment(session, amendment_id, version)
    if body.participant_id is not None:
        await known_participant(session, body.participant_id)
    if body.rate_on is not None:
        rules.not_after(body.rate_on, session.today, "rate_on")
    proposed = rules.shares_text(() if body.amount is None else (_as_share(body),))
    await _propose(session, agreement, amendment, rules.share_field(body.participant_id, body.kind), proposed, "amount")


@command("agreement-amendment.leave-out", permission="agreements.change", sunset="goes on")
async def leave_out(session: WriteSession, amendment_id: AgreementAmendmentId, body: LeaveOut, *, version: int) -> None:
    """Take a change out of an amendment that is drafted; it stays in the record."""
    _, amendment = await the_amendment(session, amendment_id, version)
    rules.may_propose(state_of(amendment), "", None, "field")
    change = await _change(session, amendment, body.field)
    if change is None or change.taken_back:
        raise Invalid(
            "The amendment has no such change.",
            mistakes=(Mistake("field", "Expected a change of this amendment.", body.field[:60]),),
        )
    change.taken_back = True
    _touch(amendment, session)
    await session.flush()


async def _propose(
    session: WriteSession,
    agreement: Agreement,
    amendment: AgreementAmendment,
    field: str,
    proposed: str | None,
    where: str,
) -> None:
    """Write a change of a party or share, with what it is drafted against."""
    now = (await parts_by_id(session, [agreement.id]))[agreement.id].get(field)
    rules.may_propose(state_of(amendment), now, proposed, where)
    change = await _change(session, amendment, field) or AmendmentChange(
        amendment_id=amendment.id, agreement_id=amendment.agreement_id, field=field
    )
    change.drafted, change.proposed, change.taken_back = now, proposed, False
    session.add(change)
    _touch(amendment, session)
    await session.flush()


async def _change(session: WriteSession, amendment: AgreementAmendment, field: str) -> AmendmentChange | None:
    found: AmendmentChange | None = await session.scalar(
        select(AmendmentChange).where(AmendmentChange.amendment_id == amendment.id, AmendmentChange.field == field)
    )
    return found


def _as_share(body: ProposeShare) -> AsShare:
    """The share as it is compared: its amount and rate read, and written without zeros at their end."""
    mistakes = [
        Mistake(name, expected)
        for name, expected in (("description", "Say what the share is."), ("currency", "Say in which currency."))
        if getattr(body, name) is None
    ]
    if mistakes or body.amount is None or body.currency is None or body.description is None:
        raise Invalid("The share needs correcting.", mistakes=tuple(mistakes))
    worth = rules.worth(body.amount, body.currency, body.rate, body.rate_on, body.rate_source)
    told = (body.description, body.currency, rules.plain(worth.amount), body.source)
    if body.rate is None:
        return AsShare(*told)
    return AsShare(*told, rules.plain(worth.rate), body.rate_on, body.rate_source)


def _touch(amendment: AgreementAmendment, session: WriteSession) -> None:
    """Another version of the amendment: who read it before its changes changed reads it again."""
    amendment.drafted_on = session.today
    flag_modified(amendment, "drafted_on")
