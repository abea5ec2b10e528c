"""Amendments: drafted by field, agreed, drafted anew, signed and merged in one write, or withdrawn."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import func, select

from pipir.features.agreements import rules
from pipir.features.agreements.commands.life import SignAgreement, judge_act, signed_by, state_papers
from pipir.features.agreements.commands.merging import merge_parts
from pipir.features.agreements.commands.shared import last_step, take_step, the_agreement
from pipir.features.agreements.queries.facts import amendment_of, codes_of, parts_by_id
from pipir.features.agreements.rules import AmendmentState, Change, FieldName, Kind
from pipir.features.agreements.tables import (
    Agreement,
    AgreementAmendment,
    AmendmentChange,
)
from pipir.features.concurrence.commands import permit
from pipir.features.concurrence.rules import typed_of
from pipir.features.law import queries as law
from pipir.kernel.command import command
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import AgreementAmendmentId, AgreementId
from pipir.kernel.text import Line, Prose, Reason
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
    agreement, amendment = await the_amendment(session, amendment_id, version)
    if amendment.state != "drafting":
        rules.may_step_amendment(state_of(amendment), "drafting")
    rules.may_amend(agreement.state, agreement.expires_on, session.today, agreement.code)  # type: ignore[arg-type]
    proposed = _proposed(body, agreement, session.today)
    amendment.state, amendment.agreed_on, amendment.drafted_on = "drafting", None, session.today
    amendment.title, amendment.because = body.title, body.because
    await session.flush()
    await _write_changes(session, amendment, proposed, present(agreement))
    await _compare_anew(session, amendment)


@command("agreement-amendment.agree", permission="agreements.change", sunset="goes on")
async def agree_amendment(
    session: WriteSession, amendment_id: AgreementAmendmentId, body: AgreeAmendment, *, version: int
) -> None:
    """Record that the parties agreed the text of an amendment."""
    agreement, amendment = await the_amendment(session, amendment_id, version)
    rules.may_step_amendment(state_of(amendment), "agreed")
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
    agreement, amendment = await the_amendment(session, amendment_id, version)
    rules.may_step_amendment(state_of(amendment), "signed")
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
    state_papers(agreement, body, on)
    because = f"Amendment {amendment.number}, {amendment.title}: signed by {signatory}, and merged."
    take_step(session, agreement, "amended", on, because[:2_000], body.document)
    # Before anything is read again: the database judges the extension by the papers of the same change.
    await session.flush()
    await merge_parts(session, agreement, amendment, proposed, on)


@command("agreement-amendment.withdraw", permission="agreements.change", sunset="goes on")
async def withdraw_amendment(
    session: WriteSession, amendment_id: AgreementAmendmentId, body: WithdrawAmendment, *, version: int
) -> None:
    """Withdraw an amendment that is not signed; it stays in the record."""
    _, amendment = await the_amendment(session, amendment_id, version)
    rules.may_step_amendment(state_of(amendment), "withdrawn")
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


async def _compare_anew(session: WriteSession, amendment: AgreementAmendment) -> None:
    """What is proposed of parties and shares stays when an amendment is drafted anew, against them as they stand."""
    now = (await parts_by_id(session, [amendment.agreement_id]))[amendment.agreement_id]
    rows = await session.scalars(select(AmendmentChange).where(AmendmentChange.amendment_id == amendment.id))
    for change in rows:
        if change.field not in rules.FIELDS:
            change.drafted = now.get(change.field)
    await session.flush()


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


def state_of(amendment: AgreementAmendment) -> AmendmentState:
    """How far an amendment has come."""
    return amendment.state  # type: ignore[return-value]


async def the_amendment(
    session: WriteSession, amendment_id: AgreementAmendmentId, version: int
) -> tuple[Agreement, AgreementAmendment]:
    """An amendment that changes with its agreement, both locked; NotFound where the actor may not see the agreement."""
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
