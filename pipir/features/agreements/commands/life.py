"""The steps of an agreement, its signature, and what counsel determines it to be."""

from datetime import date
from typing import Literal

import msgspec
from sqlalchemy import select

from pipir.features.agreements import rules
from pipir.features.agreements.commands.shared import last_step, take_step, the_agreement
from pipir.features.agreements.queries.facts import facts_of, signature_of
from pipir.features.agreements.rules import Character, PaperKind, State, Step
from pipir.features.agreements.tables import Agreement, AgreementPaper, AgreementStep, LegalDetermination
from pipir.features.concurrence.commands import permit
from pipir.features.concurrence.queries import concurred
from pipir.features.concurrence.rules import typed_of
from pipir.features.law import queries as law
from pipir.features.law.rules import Act
from pipir.kernel.calendar import show_day
from pipir.kernel.command import command
from pipir.kernel.errors import Refused
from pipir.kernel.ids import AgreementId, RecordNumber
from pipir.kernel.text import Line, Reason, SourceText
from pipir.statute.model import Statute
from pipir.store.doors import WriteSession

STATE_DEPARTMENT = "Department of State"


class TakeStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The next state, the day of the event (blank: today), why, and its document."""

    state: Step
    because: Reason
    on: date | None = None
    document: Line | None = None


class SignAgreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signed on which day (blank: today), and where; after the termination its papers."""

    signatory: Literal["Secretary of Defense", "an official on a delegation"]
    document: Line
    delegation: Line | None = None
    signed_on: date | None = None
    continuation_id: RecordNumber | None = None
    late_because: Reason | None = None
    late_document: Line | None = None


class DetermineCharacter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a named counsel's office determined on a day; a later determination says why."""

    character: Character
    counsel: Line
    determined_on: date
    opinion: SourceText
    because: Reason | None = None


class RecordPaper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A written determination, or a step of the transmittal: who made it, on which day, in which document."""

    kind: PaperKind
    made_by: Line
    made_on: date
    document: SourceText
    statement: Reason


@command("agreement.step", permission="agreements.change", sunset="goes on")
async def step_agreement(session: WriteSession, agreement_id: AgreementId, body: TakeStep, *, version: int) -> None:
    """Record the next step of an agreement's life; what the law asks before it is asked here."""
    agreement = await the_agreement(session, agreement_id, version)
    on = body.on or session.today
    last = await last_step(session, agreement)
    facts = await facts_of(session, agreement)
    before = await _before_suspension(session, agreement)
    rules.may_step(facts.state, body.state, expires_on=facts.expires_on, on=on, before=before)
    rules.check_day(on, last.on_day, session.today)
    _by_its_own_verb(facts.state, body.state)
    statute = await law.law_of(session)
    if body.state == "certified":
        rules.check(rules.before_certified(facts, statute))
    if body.state == "in force" and facts.state == "signed":
        rules.check(rules.before_effect(facts, statute, on))
        agreement.in_force_on = on
    if body.state == "text agreed":
        agreement.text_no, agreement.text_agreed_on = agreement.text_no + 1, on
    take_step(session, agreement, body.state, on, body.because, body.document)
    await session.flush()


@command("agreement.sign", permission="agreements.change", sunset="agreement")
async def sign_agreement(
    session: WriteSession, agreement_id: AgreementId, body: SignAgreement, *, version: int
) -> None:
    """Record the signature of an agreement: by law, by the office's policy, and by the section's own end."""
    agreement = await the_agreement(session, agreement_id, version)
    on = body.signed_on or session.today
    last = await last_step(session, agreement)
    facts = await facts_of(session, agreement)
    rules.may_step(facts.state, "signed", expires_on=facts.expires_on, on=on)
    rules.check_day(on, last.on_day, session.today, "signed_on")
    await judge_act(session, agreement, body, on, agreement.program_authority)
    statute = await law.law_of(session)
    proposal = msgspec.structs.replace(await signature_of(session, agreement), typed=typed_of(body))
    concurs = await concurred(session, proposal, STATE_DEPARTMENT)
    rules.check(rules.before_signature(facts, statute, on, state_concurs=concurs))
    signatory = await signed_by(session, body.signatory, body.delegation, on, statute)
    await permit(session, proposal)
    agreement.signed_on, agreement.signatory = on, signatory
    state_papers(agreement, body, on)
    take_step(session, agreement, "signed", on, f"Signed by {signatory}.", body.document)
    await session.flush()


@command("agreement.determine-character", permission="agreements.change", sunset="records")
async def determine_character(
    session: WriteSession, agreement_id: AgreementId, body: DetermineCharacter, *, version: int
) -> None:
    """Record what counsel determined an agreement to be in law; the latest determination stands."""
    agreement = await the_agreement(session, agreement_id, version)
    rules.not_after(body.determined_on, session.today, "determined_on")
    latest = await session.scalar(
        select(LegalDetermination)
        .where(LegalDetermination.agreement_id == agreement_id)
        .order_by(LegalDetermination.id.desc())
        .limit(1)
    )
    rules.needs_reason(latest is None, body.because)
    session.add(
        LegalDetermination(
            agreement_id=agreement_id,
            character=body.character,
            counsel=body.counsel,
            determined_on=body.determined_on,
            opinion=body.opinion,
            supersedes_id=latest.id if latest is not None else None,
            because=body.because if latest is not None else None,
        )
    )
    agreement.character = body.character
    await session.flush()


@command("agreement.record-paper", permission="agreements.change", sunset="records")
async def record_paper(session: WriteSession, agreement_id: AgreementId, body: RecordPaper) -> int:
    """Record a paper that a law asks of an agreement; a later one of its kind stands beside it."""
    await the_agreement(session, agreement_id)
    rules.not_after(body.made_on, session.today, "made_on")
    paper = AgreementPaper(
        agreement_id=agreement_id,
        kind=body.kind,
        made_by=body.made_by,
        made_on=body.made_on,
        document=body.document,
        statement=body.statement,
    )
    session.add(paper)
    await session.flush()
    return paper.id


async def judge_act(
    session: WriteSession, agreement: Agreement, body: SignAgreement, on: date, authority: str | None
) -> None:
    """Judge a signature or an amendment by the section's own end."""
    act = Act(
        kind="agreement",
        on=on,
        authority=authority,
        record_id=agreement.id,
        title=agreement.name,
        late_because=body.late_because,
        late_document=body.late_document,
    )
    await law.basis_of(session, act, continuation_id=body.continuation_id)


def state_papers(agreement: Agreement, body: SignAgreement, on: date) -> None:
    """What the latest covered act states of itself."""
    agreement.acts, agreement.decided_on = agreement.acts + 1, on
    agreement.continuation_id = body.continuation_id
    agreement.late_because, agreement.late_document = body.late_because, body.late_document


async def signed_by(session: WriteSession, signatory: str, delegation: str | None, on: date, statute: Statute) -> str:
    """Who signs, in words, by the register of delegations of the day."""
    held = await law.delegations(session, function="sign an agreement", on=on)
    known = tuple(
        f"{each.instrument} of {show_day(each.instrument_on)} ({each.citation}), to {each.to_office}" for each in held
    )
    return rules.may_sign_as(signatory, known, delegation, statute)


async def _before_suspension(session: WriteSession, agreement: Agreement) -> State | None:
    """What a suspended agreement was before."""
    if agreement.state != "suspended":
        return None
    return await session.scalar(  # type: ignore[no-any-return]
        select(AgreementStep.was)
        .where(AgreementStep.agreement_id == agreement.id, AgreementStep.state == "suspended")
        .order_by(AgreementStep.step.desc())
        .limit(1)
    )


def _by_its_own_verb(state: State, wanted: Step) -> None:
    if wanted == "amended" and state != "suspended":
        raise Refused(
            "An agreement is amended by the signature of an amendment, which merges it.",
            way_out="Draft an amendment, have it agreed, and sign it.",
        )
