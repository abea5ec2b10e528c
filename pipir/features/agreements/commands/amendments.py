"""Amendments: drafted by field, agreed, drafted anew, signed and merged in one write, or withdrawn."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm.attributes import flag_modified

from pipir.features.agreements import rules
from pipir.features.agreements.commands.life import SignAgreement, judge_act, signed_by, state_papers
from pipir.features.agreements.commands.shared import known_participant, last_step, take_step, the_agreement
from pipir.features.agreements.commands.shares import Amount, Code
from pipir.features.agreements.queries.facts import amendment_of, codes_of, facts_of, parts_by_id
from pipir.features.agreements.rules import AmendmentState, AsShare, Change, FieldName, Kind, ShareKind
from pipir.features.agreements.tables import (
    Agreement,
    AgreementAmendment,
    AgreementParty,
    AgreementShare,
    AmendmentChange,
)
from pipir.features.concurrence.commands import permit
from pipir.features.concurrence.rules import typed_of
from pipir.features.law import queries as law
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import AgreementAmendmentId, AgreementId, RecordNumber
from pipir.kernel.text import Line, Prose, Reason, SourceText
from pipir.statute.load import the_statute
from pipir.store.doors import WriteSession


class DraftAmendment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fields that an amendment proposes (`fields`), each with its value; a blank value proposes none."""

    title: Line
    because: Reason
    fields: list[FieldName]
    name: Line | None = None
    kind: Kind | None = None
    purpose: Prose | None = None
    expires_on: date | None = None
    rests_on: Line | None = None
    also_rests_on: Line | None = None


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


class AgreeAmendment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which the parties agreed its text (blank: today)."""

    agreed_on: date | None = None


class SignAmendment(SignAgreement, frozen=True, forbid_unknown_fields=True):
    """Who signed an amendment on which day (blank: today); after the termination its papers."""


class WithdrawAmendment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an amendment is not pursued."""

    because: Reason


@command("agreement-amendment.draft", permission="agreements.change", sunset="goes on")
async def draft_amendment(
    session: WriteSession, agreement_id: AgreementId, body: DraftAmendment
) -> AgreementAmendmentId:
    """Draft an amendment against an agreement as it stands."""
    agreement = await the_agreement(session, agreement_id)
    rules.may_amend(agreement.state, agreement.expires_on, session.today, agreement.code)  # type: ignore[arg-type]
    proposed = _proposed(body, agreement, session.today)
    last = await session.scalar(
        select(func.max(AgreementAmendment.number)).where(AgreementAmendment.agreement_id == agreement_id)
    )
    amendment = AgreementAmendment(
        agreement_id=agreement_id,
        number=(last or 0) + 1,
        title=body.title,
        state="drafting",
        because=body.because,
        drafted_on=session.today,
    )
    session.add(amendment)
    await session.flush()
    await _write_changes(session, amendment, proposed, present(agreement))
    return AgreementAmendmentId(amendment.id)


@command("agreement-amendment.redraft", permission="agreements.change", sunset="goes on")
async def redraft_amendment(
    session: WriteSession, amendment_id: AgreementAmendmentId, body: DraftAmendment, *, version: int
) -> None:
    """Draft an amendment anew against the agreement as it stands now; it has to be agreed again."""
    agreement, amendment = await _amendment(session, amendment_id, version)
    if amendment.state != "drafting":
        rules.may_step_amendment(_state(amendment), "drafting")
    rules.may_amend(agreement.state, agreement.expires_on, session.today, agreement.code)  # type: ignore[arg-type]
    proposed = _proposed(body, agreement, session.today)
    amendment.state, amendment.agreed_on, amendment.drafted_on = "drafting", None, session.today
    amendment.title, amendment.because = body.title, body.because
    await session.flush()
    await _write_changes(session, amendment, proposed, present(agreement))
    await _compare_anew(session, amendment)


@command("agreement-amendment.propose-party", permission="agreements.change", sunset="goes on")
async def propose_party(
    session: WriteSession, amendment_id: AgreementAmendmentId, body: ProposeParty, *, version: int
) -> None:
    """Propose that a participant becomes a party, acts through another counterpart, or is a party no longer."""
    agreement, amendment = await _amendment(session, amendment_id, version)
    participant = await known_participant(session, body.participant_id)
    proposed = rules.party_text(body.counterpart) if body.counterpart is not None else None
    await _propose(session, agreement, amendment, rules.party_field(participant.id), proposed, "counterpart")


@command("agreement-amendment.propose-share", permission="agreements.change", sunset="goes on")
async def propose_share(
    session: WriteSession, amendment_id: AgreementAmendmentId, body: ProposeShare, *, version: int
) -> None:
    """Propose what a party's agreed share of a kind becomes; it replaces what was agreed of that kind."""
    agreement, amendment = await _amendment(session, amendment_id, version)
    if body.participant_id is not None:
        await known_participant(session, body.participant_id)
    if body.rate_on is not None:
        rules.not_after(body.rate_on, session.today, "rate_on")
    proposed = rules.shares_text(() if body.amount is None else (_as_share(body),))
    await _propose(session, agreement, amendment, rules.share_field(body.participant_id, body.kind), proposed, "amount")


@command("agreement-amendment.leave-out", permission="agreements.change", sunset="goes on")
async def leave_out(session: WriteSession, amendment_id: AgreementAmendmentId, body: LeaveOut, *, version: int) -> None:
    """Take a change out of an amendment that is drafted; it stays in the record."""
    _, amendment = await _amendment(session, amendment_id, version)
    rules.may_propose(_state(amendment), "", None, "field")
    change = await _change(session, amendment, body.field)
    if change is None or change.taken_back:
        raise Invalid(
            "The amendment has no such change.",
            mistakes=(Mistake("field", "Expected a change of this amendment.", body.field[:60]),),
        )
    change.taken_back = True
    _touch(amendment, session)
    await session.flush()


@command("agreement-amendment.agree", permission="agreements.change", sunset="goes on")
async def agree_amendment(
    session: WriteSession, amendment_id: AgreementAmendmentId, body: AgreeAmendment, *, version: int
) -> None:
    """Record that the parties agreed the text of an amendment."""
    agreement, amendment = await _amendment(session, amendment_id, version)
    rules.may_step_amendment(_state(amendment), "agreed")
    rules.may_agree([each.field for each in await changes_of(session, agreement, amendment.id)])
    on = body.agreed_on or session.today
    rules.check_day(on, amendment.drafted_on, session.today, "agreed_on")
    amendment.state, amendment.agreed_on = "agreed", on
    await session.flush()


@command("agreement-amendment.sign", permission="agreements.change", sunset="agreement")
async def sign_amendment(
    session: WriteSession, amendment_id: AgreementAmendmentId, body: SignAmendment, *, version: int
) -> None:
    """Record the signature of an amendment, and merge it into its agreement in the same write."""
    agreement, amendment = await _amendment(session, amendment_id, version)
    rules.may_step_amendment(_state(amendment), "signed")
    on = body.signed_on or session.today
    last = await last_step(session, agreement)
    assert amendment.agreed_on is not None
    rules.may_amend(agreement.state, agreement.expires_on, on, agreement.code)  # type: ignore[arg-type]
    rules.check_day(on, max(last.on_day, amendment.agreed_on), session.today, "signed_on")
    changes = await changes_of(session, agreement, amendment.id)
    rules.may_merge(changes, amendment.number)
    proposed = {each.field: each.proposed for each in changes}
    statute = await law.law_of(session)
    if "expires_on" in proposed:
        rules.check_expiry(proposed["expires_on"], on)
    authority = proposed.get("program_authority", agreement.program_authority)
    await judge_act(session, agreement, body, on, authority)
    signatory = await signed_by(session, body.signatory, body.delegation, on, statute)
    proposal = amendment_of(agreement, amendment.id, amendment.number, changes)
    await permit(session, msgspec.structs.replace(proposal, typed=typed_of(body)))
    amendment.state, amendment.signed_on, amendment.document = "signed", on, body.document
    for field in rules.FIELDS:
        if field in proposed:
            setattr(agreement, field, _typed(field, proposed[field]))
    await _merge_parts(session, agreement, amendment, proposed, on)
    state_papers(agreement, body, on)
    because = f"Amendment {amendment.number}, {amendment.title}: signed by {signatory}, and merged."
    take_step(session, agreement, "amended", on, because[:2_000], body.document)
    await session.flush()


@command("agreement-amendment.withdraw", permission="agreements.change", sunset="goes on")
async def withdraw_amendment(
    session: WriteSession, amendment_id: AgreementAmendmentId, body: WithdrawAmendment, *, version: int
) -> None:
    """Withdraw an amendment that is not signed; it stays in the record."""
    _, amendment = await _amendment(session, amendment_id, version)
    rules.may_step_amendment(_state(amendment), "withdrawn")
    amendment.state, amendment.ended_because = "withdrawn", body.because
    await session.flush()


def present(agreement: Agreement) -> dict[str, str | None]:
    """The fields of an agreement that an amendment may change, as amendments store them."""
    found = {field: getattr(agreement, field) for field in rules.FIELDS}
    return {field: value.isoformat() if isinstance(value, date) else value for field, value in found.items()}


async def changes_of(session: WriteSession, agreement: Agreement, amendment_id: int) -> tuple[Change, ...]:
    """An amendment field by field, against the agreement as it stands."""
    rows = await session.scalars(
        select(AmendmentChange).where(
            AmendmentChange.amendment_id == amendment_id, AmendmentChange.taken_back.is_(False)
        )
    )
    now = {**(await parts_by_id(session, [agreement.id]))[agreement.id], **present(agreement)}
    found = {row.field: row for row in rows}
    codes = await codes_of(session, found)
    return tuple(
        Change(
            field,
            found[field].drafted,
            now.get(field),
            found[field].proposed,
            codes.get(rules.participant_of(field) or 0, ""),
        )
        for field in (*rules.FIELDS, *sorted(set(found) - set(rules.FIELDS)))
        if field in found
    )


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
    rules.may_propose(_state(amendment), now, proposed, where)
    change = await _change(session, amendment, field) or AmendmentChange(
        amendment_id=amendment.id, agreement_id=amendment.agreement_id, field=field
    )
    change.drafted, change.proposed, change.taken_back = now, proposed, False
    session.add(change)
    _touch(amendment, session)
    await session.flush()


async def _compare_anew(session: WriteSession, amendment: AgreementAmendment) -> None:
    """What is proposed of parties and shares stays when an amendment is drafted anew, against them as they stand."""
    now = (await parts_by_id(session, [amendment.agreement_id]))[amendment.agreement_id]
    rows = await session.scalars(select(AmendmentChange).where(AmendmentChange.amendment_id == amendment.id))
    for change in rows:
        if change.field not in rules.FIELDS:
            change.drafted = now.get(change.field)
    await session.flush()


async def _change(session: WriteSession, amendment: AgreementAmendment, field: str) -> AmendmentChange | None:
    found: AmendmentChange | None = await session.scalar(
        select(AmendmentChange).where(AmendmentChange.amendment_id == amendment.id, AmendmentChange.field == field)
    )
    return found


async def _merge_parts(
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


async def _write_changes(
    session: WriteSession,
    amendment: AgreementAmendment,
    proposed: Mapping[FieldName, str | None],
    now: Mapping[str, str | None],
) -> None:
    """The fields of a draft, with what they are drafted against; a field that is left out again is taken back."""
    rows = await session.scalars(select(AmendmentChange).where(AmendmentChange.amendment_id == amendment.id))
    known = {row.field: row for row in rows}
    for field, row in known.items():
        if field in rules.FIELDS and field not in proposed:
            row.taken_back = True
    for field, value in proposed.items():
        row = known.get(field) or AmendmentChange(
            amendment_id=amendment.id, agreement_id=amendment.agreement_id, field=field
        )
        row.drafted, row.proposed, row.taken_back = now[field], value, False
        session.add(row)
    await session.flush()


def _proposed(body: DraftAmendment, agreement: Agreement, on: date) -> dict[FieldName, str | None]:
    typed: dict[FieldName, Any] = {
        "name": body.name,
        "kind": body.kind,
        "purpose": body.purpose,
        "expires_on": body.expires_on.isoformat() if body.expires_on is not None else None,
        "program_authority": body.rests_on,
        "also_authority": body.also_rests_on,
    }
    statute = the_statute()
    proposed = {field: rules.read_field(field, typed[field], statute) for field in dict.fromkeys(body.fields)}
    rules.check_changes(proposed, present(agreement))
    merged = present(agreement)
    merged.update({str(field): value for field, value in proposed.items()})
    if {"program_authority", "also_authority"} & set(proposed):
        rules.may_rest_also_on(merged["program_authority"], merged["also_authority"], statute, on)
    return proposed


def _typed(field: str, value: str | None) -> date | str | None:
    return date.fromisoformat(value) if field == "expires_on" and value is not None else value


def _state(amendment: AgreementAmendment) -> AmendmentState:
    return amendment.state  # type: ignore[return-value]


async def _amendment(
    session: WriteSession, amendment_id: AgreementAmendmentId, version: int
) -> tuple[Agreement, AgreementAmendment]:
    missing = NotFound("There is no amendment of an agreement with this number.")
    number = await session.scalar(select(AgreementAmendment.agreement_id).where(AgreementAmendment.id == amendment_id))
    if number is None:
        raise missing
    try:
        # The agreement first: two amendments of one agreement are merged one after the other.
        agreement = await the_agreement(session, number)
    except NotFound:
        raise missing from None
    amendment = await session.get_one(AgreementAmendment, amendment_id, with_for_update=True)
    session.check_version(amendment, version, title="The amendment")
    return agreement, amendment
