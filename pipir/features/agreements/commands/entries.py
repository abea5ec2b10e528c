"""Agreements are entered, taken over, changed while they are negotiated, and given their parties."""

from datetime import date

import msgspec
from sqlalchemy import select

from pipir.features.agreements import rules
from pipir.features.agreements.commands.shared import append_step, known_participant, the_agreement
from pipir.features.agreements.rules import CountryClass, Kind, State
from pipir.features.agreements.tables import Agreement, AgreementParty
from pipir.features.law import queries as law
from pipir.features.people.queries import reader_of
from pipir.features.people.tables import Office
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound, Refused
from pipir.kernel.ids import AgreementId, PartyId, RecordNumber
from pipir.kernel.marking import Marking, Reader, read_marking
from pipir.kernel.text import Line, Prose, Reason, SourceText
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession
from pipir.store.numbers import next_number


class EnterAgreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An agreement that is drafted; a blank field says that it is not public. `authority` is what it is to rest on."""

    name: Line
    kind: Kind
    source: SourceText
    authority: Line | None = None
    also_authority: Line | None = None
    purpose: Prose = ""
    lead_office_id: RecordNumber | None = None
    parent_id: RecordNumber | None = None
    expires_on: date | None = None
    begun_on: date | None = None
    marking: Line = "CUI"


class TakeOverAgreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An agreement that was signed before the section was enacted, as it stands."""

    name: Line
    kind: Kind
    source: SourceText
    signed_on: date
    signatory: Line
    in_force_on: date | None = None
    expires_on: date | None = None
    authority: Line | None = None
    also_authority: Line | None = None
    purpose: Prose = ""
    lead_office_id: RecordNumber | None = None
    parent_id: RecordNumber | None = None
    marking: Line = "CUI"


class ReviseAgreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of an agreement without a step: all of it while negotiated, who keeps it at any time."""

    name: Line
    kind: Kind
    source: SourceText
    authority: Line | None = None
    also_authority: Line | None = None
    purpose: Prose = ""
    lead_office_id: RecordNumber | None = None
    parent_id: RecordNumber | None = None
    expires_on: date | None = None
    marking: Line = "CUI"


class AddParty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A participant that is a party, through its counterpart: the ministry or agency that signs."""

    participant_id: RecordNumber
    counterpart: Line


class ClassifyParty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The class of the party's country under 10 U.S.C. 2350a, as counsel's office determined it on a day."""

    country_class: CountryClass
    classified_by: Line
    classified_on: date
    class_source: SourceText


class RemoveParty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a party is taken out of an agreement that is still negotiated."""

    because: Reason


@command("agreement.enter", permission="agreements.change", sunset="goes on")
async def enter_agreement(session: WriteSession, body: EnterAgreement) -> AgreementId:
    """Enter an agreement that is drafted, under the next code; what it rests on is judged when it is signed."""
    begun_on = body.begun_on or session.today
    rules.not_after(begun_on, session.today, "begun_on")
    statute = await law.law_of(session)
    rules.may_rest_on(body.authority, statute, begun_on)
    rules.may_rest_also_on(body.authority, body.also_authority, statute, begun_on)
    agreement = await _begun(session, body)
    append_step(session, agreement, None, begun_on, "Entered.", None)
    await session.flush()
    return AgreementId(agreement.id)


@command("agreement.take-over", permission="agreements.change", sunset="records")
async def take_over_agreement(session: WriteSession, body: TakeOverAgreement) -> AgreementId:
    """Enter an agreement as it stands that was signed before the section was enacted."""
    statute = await law.law_of(session)
    enacted = statute.instrument("1253.e.1").enacted
    assert enacted is not None
    rules.may_take_over(body.signed_on, body.in_force_on, body.expires_on, enacted, session.today)
    state: State = "signed" if body.in_force_on is None else "in force"
    if body.authority == "1253.e.1":
        raise Invalid(
            "An agreement that is older than the section does not rest on it.",
            mistakes=(Mistake("authority", "Expected other law, or nothing where it is not public.", body.authority),),
        )
    rules.may_rest_on(body.authority, statute, body.signed_on)
    rules.may_rest_also_on(body.authority, body.also_authority, statute, body.signed_on)
    agreement = await _begun(session, body, state)
    on = body.in_force_on or body.signed_on
    append_step(session, agreement, None, on, f"Taken over as it stands; signed by {body.signatory}.", body.source)
    await session.flush()
    return AgreementId(agreement.id)


@command("agreement.revise", permission="agreements.change", sunset="goes on")
async def revise_agreement(
    session: WriteSession, agreement_id: AgreementId, body: ReviseAgreement, *, version: int
) -> None:
    """Change what an agreement says while it is negotiated, and who keeps it at any time."""
    agreement = await the_agreement(session, agreement_id, version)
    said = (body.name, body.kind, body.purpose, body.expires_on, body.authority, body.also_authority)
    stands = (
        agreement.name,
        agreement.kind,
        agreement.purpose,
        agreement.expires_on,
        agreement.program_authority,
        agreement.also_authority,
    )
    if said != stands:
        rules.may_change_text(_state(agreement), agreement.code)
    statute = await law.law_of(session)
    if body.authority != agreement.program_authority:
        rules.may_rest_on(body.authority, statute, session.today)
    if said[4:] != stands[4:]:
        rules.may_rest_also_on(body.authority, body.also_authority, statute, session.today)
    marking = await _references(session, body, agreement.id)
    agreement.name, agreement.kind, agreement.purpose, agreement.expires_on = said[:4]
    agreement.program_authority, agreement.also_authority = body.authority, body.also_authority
    agreement.lead_office_id, agreement.parent_id, agreement.source = body.lead_office_id, body.parent_id, body.source
    agreement.mark(marking)
    await session.flush()


@command("agreement.add-party", permission="agreements.change", sunset="goes on")
async def add_party(session: WriteSession, agreement_id: AgreementId, body: AddParty) -> PartyId:
    """Enter a participant as a party, while the agreement is negotiated or where it was taken over."""
    agreement = await the_agreement(session, agreement_id)
    if agreement.text_no or agreement.signed_on is None:
        rules.may_change_text(_state(agreement), agreement.code)
    participant = await known_participant(session, body.participant_id)
    party = AgreementParty(agreement_id=agreement_id, participant_id=participant.id, counterpart=body.counterpart)
    session.add(party)
    await session.flush()
    return PartyId(party.id)


@command("agreement.classify-party", permission="agreements.change", sunset="goes on")
async def classify_party(session: WriteSession, party_id: PartyId, body: ClassifyParty, *, version: int) -> None:
    """Record the class of a party's country, as counsel determined it."""
    party = await _party(session, party_id, version)
    rules.not_after(body.classified_on, session.today, "classified_on")
    party.country_class, party.classified_by = body.country_class, body.classified_by
    party.classified_on, party.class_source = body.classified_on, body.class_source
    await session.flush()


@command("agreement.remove-party", permission="agreements.change", sunset="goes on")
async def remove_party(session: WriteSession, party_id: PartyId, body: RemoveParty, *, version: int) -> None:
    """Take a party out of an agreement that is still negotiated; it stays in the record."""
    party = await _party(session, party_id, version)
    agreement = await the_agreement(session, party.agreement_id)
    rules.may_change_text(_state(agreement), agreement.code)
    party.until, party.ended_because = session.today, body.because
    await session.flush()


async def _begun(
    session: WriteSession, body: EnterAgreement | TakeOverAgreement, state: State = "drafting"
) -> Agreement:
    marking = await _references(session, body, None)
    number = await next_number(session, Agreement.number)
    agreement = Agreement(
        number=number,
        code=f"A-{number:04}",
        name=body.name,
        kind=body.kind,
        program_authority=body.authority,
        also_authority=body.also_authority,
        state=state,
        steps=1,
        lead_office_id=body.lead_office_id,
        parent_id=body.parent_id,
        expires_on=body.expires_on,
        purpose=body.purpose,
        source=body.source,
    )
    if isinstance(body, TakeOverAgreement):
        agreement.signed_on, agreement.in_force_on = body.signed_on, body.in_force_on
        agreement.signatory = body.signatory
    agreement.mark(marking)
    session.add(agreement)
    await session.flush()
    return agreement


async def _references(
    session: WriteSession, body: EnterAgreement | TakeOverAgreement | ReviseAgreement, agreement_id: int | None
) -> Marking:
    reader = await reader_of(session, session.actor)
    mistakes = []
    if body.lead_office_id is not None and await session.get(Office, body.lead_office_id) is None:
        mistakes.append(Mistake("lead_office_id", "Expected an office of this record.", str(body.lead_office_id)))
    if body.parent_id is not None and not await _may_stand_under(session, reader, body.parent_id, agreement_id):
        expected = "Expected another agreement of this record that does not stand under this one."
        mistakes.append(Mistake("parent_id", expected, str(body.parent_id)))
    if mistakes:
        raise Invalid("The agreement refers to what is not recorded.", mistakes=tuple(mistakes))
    return read_marking(body.marking, reader)


async def _may_stand_under(session: WriteSession, reader: Reader, parent_id: int, agreement_id: int | None) -> bool:
    parent = await session.scalar(select(Agreement.id).where(Agreement.id == parent_id, visible_to(reader, Agreement)))
    above: int | None = parent
    while above is not None and above != agreement_id:
        above = await session.scalar(select(Agreement.parent_id).where(Agreement.id == above))
    return parent is not None and (above is None or above != agreement_id)


async def _party(session: WriteSession, party_id: PartyId, version: int) -> AgreementParty:
    missing = NotFound("There is no party with this number.")
    party = await session.get(AgreementParty, party_id, with_for_update=True)
    if party is None:
        raise missing
    try:
        await the_agreement(session, party.agreement_id)
        await known_participant(session, party.participant_id)
    except (NotFound, Invalid):
        raise missing from None
    session.check_version(party, version, title="The party")
    if party.until is not None:
        raise Refused("This party was taken out of the agreement already.")
    return party


def _state(agreement: Agreement) -> State:
    return agreement.state  # type: ignore[return-value]
