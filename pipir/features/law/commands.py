"""What can change in the law as recorded here: amendments, readings, determinations, delegations, designations."""

from datetime import date
from typing import Final, Literal

import msgspec
from sqlalchemy import select

from pipir.features.law import queries, rules
from pipir.features.law.rules import Act
from pipir.features.law.tables import (
    AdoptionId,
    Amendment,
    AmendmentId,
    ContinuationDetermination,
    Delegation,
    DelegationId,
    Designation,
    DesignationId,
    DeterminationId,
    ReadingAdoption,
)
from pipir.features.people.queries import reader_of
from pipir.features.people.tables import Person
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import read_marking
from pipir.kernel.text import Line, Prose, Reason, SourceText
from pipir.statute.load import the_statute
from pipir.statute.model import EnactedIn
from pipir.store.doors import WriteSession

SubjectKind = Literal["participant", "group", "project", "funding document", "designation", "agreement", "assistance"]
Function = Literal[
    "sign the annual report",
    "give the briefing",
    "notify a designation",
    "sign an agreement",
    "approve a project",
    "charter a group",
    "invite a country",
    "certify",
    "begin assistance",
    "obligate funds",
]


# What a delegation rests on where its record names no other law.
DELEGATED_BY: Final = "10 U.S.C. 113(d)"


class EnterAmendment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An act of Congress that moves a dated value of a paragraph; without `new_day` the value ends no more.

    `value` is its name in the law's files: `on` of the termination, `first` and `last` of a yearly duty, `until`.
    """

    citation: Line
    enacted_in: EnactedIn
    enacted_on: date
    provision: Line
    value: Line
    changes_from: date
    effect: Reason
    source: SourceText
    new_day: date | None = None


class AdoptReading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The reading that this installation adopts, with counsel's office, day and opinion."""

    reading: Line
    counsel: Line
    counsel_on: date
    opinion: SourceText
    provision: Line = rules.TERMINATION


class Confirm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing but the word of the second person."""


class Withdraw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why what was entered is not confirmed."""

    because: Reason


class Determine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That a record's work goes on under another authority.

    The record is named by its number and keeps its own title; one that is still to be entered is known by its title.
    """

    subject_kind: SubjectKind
    authority: Line
    conditions_met: Reason
    funding_source: SourceText
    opinion: SourceText
    effective_from: date
    review_on: date
    subject_id: RecordNumber | None = None
    subject_title: Line | None = None
    authority_from: date | None = None
    authority_until: date | None = None
    marking: Line = "CUI"


class EndDetermination(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of a determination, and why it ends."""

    until: date
    because: Reason


class RecordDesignation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The designation of the senior official: `made_on` is the day of the instrument, from which the notice counts."""

    official: Line
    office_held: Line
    rank: Line
    made_on: date
    since: date
    instrument: SourceText
    source: SourceText
    acting: bool = False
    program_authority: Line | None = None
    continuation_id: RecordNumber | None = None
    late_because: Reason | None = None
    late_document: Line | None = None


class CorrectDesignation(RecordDesignation, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A designation as it should have been entered, and why it is corrected.

    What it rests on is stated anew where its day changes; otherwise it stays as it is.
    """

    because: Reason


class EndDesignation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day in office, and why; `by_change` where the Secretary changed the designation.

    `changed_on` is the day of that change, from which the notice is counted; left out it is the last day in office, or
    today where that day is still to come.
    """

    until: date
    because: Reason
    by_change: bool = False
    changed_on: date | None = None


class Delegate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may do what for whom, by which instrument and with which limits."""

    function: Function
    from_office: Line
    to_office: Line
    instrument: SourceText
    instrument_on: date
    since: date
    citation: Line = DELEGATED_BY
    to_person_id: RecordNumber | None = None
    limits: Prose | None = None
    until: date | None = None


class EndDelegation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of a delegation, and why."""

    until: date
    because: Reason


@command("amendment.enter", permission="law.amend", sunset="goes on")
async def enter_amendment(session: WriteSession, body: EnterAmendment) -> AmendmentId:
    """Enter an enacted amendment; it changes nothing until another administrator confirms it."""
    rules.may_amend(
        body.provision,
        body.value,
        body.enacted_on,
        body.changes_from,
        body.new_day,
        await queries.law_of(session),
        session.today,
    )
    amendment = Amendment(
        citation=body.citation,
        enacted_in=body.enacted_in,
        enacted_on=body.enacted_on,
        provision=body.provision,
        value=body.value,
        new_day=body.new_day,
        changes_from=body.changes_from,
        effect=body.effect,
        source=body.source,
        entered_by_id=session.actor,
        entered_on=session.today,
    )
    session.add(amendment)
    await session.flush()
    return AmendmentId(amendment.id)


@command("amendment.confirm", permission="law.amend", sunset="goes on")
async def confirm_amendment(session: WriteSession, amendment_id: AmendmentId, body: Confirm, *, version: int) -> None:
    """Confirm, as another administrator, that the amendment is what Congress enacted; from then on it is the law."""
    found = await _amendment(session, amendment_id, version)
    # Others may have been confirmed since it was entered: it has to fit the law as it stands now.
    rules.may_amend(
        found.provision,
        found.value,
        found.enacted_on,
        found.changes_from,
        found.new_day,
        await queries.law_of(session),
        session.today,
    )
    await _confirm(session, found)


@command("amendment.withdraw", permission="law.amend", sunset="goes on")
async def withdraw_amendment(session: WriteSession, amendment_id: AmendmentId, body: Withdraw, *, version: int) -> None:
    """Withdraw an amendment that nobody has confirmed; it stays in the record."""
    await _withdraw(session, await _amendment(session, amendment_id, version), body.because)


@command("reading.adopt", permission="law.amend", sunset="goes on")
async def adopt_reading(session: WriteSession, body: AdoptReading) -> AdoptionId:
    """Enter the reading that counsel adopts for the end of the authority; another administrator confirms it."""
    edge = rules.may_adopt(body.provision, body.reading, body.counsel_on, the_statute(), session.today)
    adoption = ReadingAdoption(
        provision=body.provision,
        reading=body.reading,
        edge=edge,
        counsel=body.counsel,
        counsel_on=body.counsel_on,
        opinion=body.opinion,
        entered_by_id=session.actor,
        entered_on=session.today,
    )
    session.add(adoption)
    await session.flush()
    return AdoptionId(adoption.id)


@command("reading.confirm", permission="law.amend", sunset="goes on")
async def confirm_reading(session: WriteSession, adoption_id: AdoptionId, body: Confirm, *, version: int) -> None:
    """Confirm, as another administrator, the reading that counsel has adopted."""
    await _confirm(session, await _adoption(session, adoption_id, version))


@command("reading.withdraw", permission="law.amend", sunset="goes on")
async def withdraw_reading(session: WriteSession, adoption_id: AdoptionId, body: Withdraw, *, version: int) -> None:
    """Withdraw the adoption of a reading that nobody has confirmed."""
    await _withdraw(session, await _adoption(session, adoption_id, version), body.because)


@command("determination.make", permission=queries.MAKES_DETERMINATIONS, sunset="goes on")
async def determine(session: WriteSession, body: Determine) -> DeterminationId:
    """Determine that work continues under another authority; it carries acts once a second person has reviewed it."""
    reader = await reader_of(session, session.actor)
    marking = read_marking(body.marking, reader)
    title = await queries.title_of_subject(session, reader, body.subject_kind, body.subject_id, body.subject_title)
    rules.may_determine(
        body.authority,
        body.effective_from,
        body.review_on,
        await queries.law_of(session),
        session.today,
        authority_from=body.authority_from,
        authority_until=body.authority_until,
    )
    determination = ContinuationDetermination(
        subject_kind=body.subject_kind,
        subject_id=body.subject_id,
        subject_title=title,
        authority=body.authority,
        authority_from=body.authority_from,
        authority_until=body.authority_until,
        conditions_met=body.conditions_met,
        funding_source=body.funding_source,
        opinion=body.opinion,
        determined_by_id=session.actor,
        determined_on=session.today,
        effective_from=body.effective_from,
        review_on=body.review_on,
    )
    determination.mark(marking)
    session.add(determination)
    await session.flush()
    return DeterminationId(determination.id)


@command("determination.review", permission="law.review", sunset="goes on")
async def review_determination(
    session: WriteSession, determination_id: DeterminationId, body: Confirm, *, version: int
) -> None:
    """Confirm, as the second person, that a determination stands; it takes effect then, and never backwards."""
    found = await _determination(session, determination_id, version)
    rules.may_review(found.determined_by_id, found.reviewed_on, found.until, session.actor)
    found.reviewed_by_id, found.reviewed_on = session.actor, session.today
    await session.flush()


@command("determination.end", permission="law.change", sunset="goes on")
async def end_determination(
    session: WriteSession, determination_id: DeterminationId, body: EndDetermination, *, version: int
) -> None:
    """End a determination, today or later; what was done under it stays lawful."""
    found = await _determination(session, determination_id, version)
    rules.may_end_determination(body.until, session.today, found.until)
    found.until, found.ended_because = body.until, body.because
    await session.flush()


@command("designation.record", permission="law.change", sunset="designation")
async def record_designation(session: WriteSession, body: RecordDesignation) -> DesignationId:
    """Record who the senior official is; the 30 days of the notice to the four committees begin with its day."""
    law = await queries.law_of(session)
    rules.may_designate(body.rank, body.made_on, body.since, law, session.today)
    await queries.basis_of(session, _designating(body), continuation_id=body.continuation_id)
    designation = Designation(
        official=body.official,
        office_held=body.office_held,
        rank=body.rank,
        acting=body.acting,
        made_on=body.made_on,
        since=body.since,
        instrument=body.instrument,
        source=body.source,
        program_authority=body.program_authority,
        continuation_id=body.continuation_id,
        late_because=body.late_because,
        late_document=body.late_document,
    )
    session.add(designation)
    await session.flush()
    return DesignationId(designation.id)


@command("designation.correct", permission="law.change", sunset="designation")
async def correct_designation(
    session: WriteSession, designation_id: DesignationId, body: CorrectDesignation, *, version: int
) -> None:
    """Correct what was entered of a designation; another day is judged as an act that is stated anew."""
    found = await _designation(session, designation_id, version)
    law = await queries.law_of(session)
    rules.may_correct_designation(
        body.rank, body.made_on, body.since, law, session.today, until=found.until, changed_on=found.changed_on
    )
    stated = (
        body.made_on != found.made_on
        or body.program_authority not in (None, found.program_authority)
        or body.continuation_id not in (None, found.continuation_id)
        or (found.continuation_id is not None and body.office_held != found.office_held)
    )
    if stated:
        await queries.basis_of(session, _designating(body), continuation_id=body.continuation_id)
        found.acts, found.decided_on = found.acts + 1, body.made_on
        found.program_authority, found.continuation_id = body.program_authority, body.continuation_id
        found.late_because, found.late_document = body.late_because, body.late_document
    found.official, found.office_held, found.rank, found.acting = (
        body.official,
        body.office_held,
        body.rank,
        body.acting,
    )
    found.made_on, found.since = body.made_on, body.since
    found.instrument, found.source = body.instrument, body.source
    found.corrected_because = body.because
    await session.flush()


@command("designation.end", permission="law.change", sunset="records")
async def end_designation(
    session: WriteSession, designation_id: DesignationId, body: EndDesignation, *, version: int
) -> None:
    """Record the last day of an official in office; a change by the Secretary is notified like a designation."""
    found = await _designation(session, designation_id, version)
    rules.may_end_designation(
        found.made_on,
        found.since,
        found.until,
        body.until,
        session.today,
        by_change=body.by_change,
        changed_on=body.changed_on,
    )
    changed_on = (body.changed_on or min(body.until, session.today)) if body.by_change else None
    found.until, found.ended_because = body.until, body.because
    found.ended_by_change, found.changed_on = body.by_change, changed_on
    await session.flush()


@command("delegation.record", permission="law.change", sunset="records")
async def delegate(session: WriteSession, body: Delegate) -> DelegationId:
    """Record a delegation: who may do what, by which instrument, from when and until when."""
    rules.may_delegate(body.instrument_on, body.since, body.until, session.today)
    if body.to_person_id is not None and await session.get(Person, body.to_person_id) is None:
        raise Invalid(
            "The person is not known.",
            mistakes=(Mistake("to_person_id", "Expected the number of a person.", str(body.to_person_id)),),
        )
    delegation = Delegation(
        function=body.function,
        from_office=body.from_office,
        to_office=body.to_office,
        to_person_id=body.to_person_id,
        citation=body.citation,
        instrument=body.instrument,
        instrument_on=body.instrument_on,
        limits=body.limits or None,
        since=body.since,
        until=body.until,
    )
    session.add(delegation)
    await session.flush()
    return DelegationId(delegation.id)


@command("delegation.end", permission="law.change", sunset="records")
async def end_delegation(
    session: WriteSession, delegation_id: DelegationId, body: EndDelegation, *, version: int
) -> None:
    """End a delegation, today or later."""
    found = await session.get(Delegation, delegation_id, with_for_update=True)
    if found is None:
        raise NotFound("There is no delegation with this number.")
    session.check_version(found, version, title="The delegation")
    rules.may_end_delegation(found.since, found.until, body.until, session.today)
    found.until, found.ended_because = body.until, body.because
    await session.flush()


async def _confirm(session: WriteSession, found: Amendment | ReadingAdoption) -> None:
    rules.may_confirm(found.entered_by_id, found.confirmed_on, found.withdrawn_on, session.actor)
    found.confirmed_by_id, found.confirmed_on = session.actor, session.today
    await session.flush()


async def _withdraw(session: WriteSession, found: Amendment | ReadingAdoption, because: str) -> None:
    rules.may_withdraw(found.confirmed_on, found.withdrawn_on)
    found.withdrawn_on, found.withdrawn_because = session.today, because
    await session.flush()


async def _amendment(session: WriteSession, amendment_id: AmendmentId, version: int) -> Amendment:
    found = await session.get(Amendment, amendment_id, with_for_update=True)
    if found is None:
        raise NotFound("There is no amendment with this number.")
    session.check_version(found, version, title=f"The amendment by {found.citation}")
    return found


async def _adoption(session: WriteSession, adoption_id: AdoptionId, version: int) -> ReadingAdoption:
    found = await session.get(ReadingAdoption, adoption_id, with_for_update=True)
    if found is None:
        raise NotFound("There is no adoption of a reading with this number.")
    session.check_version(found, version, title="The adoption of the reading")
    return found


async def _determination(
    session: WriteSession, determination_id: DeterminationId, version: int
) -> ContinuationDetermination:
    reader = await reader_of(session, session.actor)
    found = await session.scalar(
        select(ContinuationDetermination)
        .where(ContinuationDetermination.id == determination_id, queries.seen_by(reader))
        .with_for_update()
    )
    if found is None:
        raise NotFound("There is no continuation determination with this number.")
    session.check_version(found, version, title=f"Continuation determination {found.id}")
    return found


def _designating(body: RecordDesignation) -> Act:
    return Act(
        kind="designation",
        on=body.made_on,
        authority=body.program_authority,
        title=body.office_held,
        late_because=body.late_because,
        late_document=body.late_document,
    )


async def _designation(session: WriteSession, designation_id: DesignationId, version: int) -> Designation:
    found = await session.get(Designation, designation_id, with_for_update=True)
    if found is None:
        raise NotFound("There is no designation with this number.")
    session.check_version(found, version, title=f"The designation of {found.official}")
    return found
