"""What can change in foreign disclosure: decisions by two persons, export bases, agreements, and releases."""

from datetime import date
from typing import Annotated, Any, TypeVar

import msgspec
from sqlalchemy import select

from pipir.features.disclosure import queries, rules
from pipir.features.disclosure.rules import ExportKind, Outcome, RecordKind, Subject
from pipir.features.disclosure.tables import DisclosureDecision, ExportBasis, Release, SecurityAgreement
from pipir.features.law import queries as law
from pipir.features.people.queries import reader_of
from pipir.kernel.command import command
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import DisclosureDecisionId, ExportBasisId, RecordNumber, ReleaseId, SecurityAgreementId
from pipir.kernel.marking import read_marking
from pipir.kernel.text import Line, Reason, SourceText
from pipir.store.doors import WriteSession

Code = Annotated[
    str,
    msgspec.Meta(
        min_length=3, max_length=3, pattern=r"^[A-Z]{3}$(?!\n)", description="A code of the register, such as AUS."
    ),
]
MarkingText = Annotated[str, msgspec.Meta(min_length=1, max_length=500, description="Such as CUI//NOFORN.")]
R = TypeVar("R", DisclosureDecision, ExportBasis, SecurityAgreement)


class EnterDisclosure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be disclosed to a country, by which office's authority; another person decides.

    A record is named by kind and number; without one the disclosure is general, within its words. `categories` are
    the CUI categories that it covers, separated by commas.
    """

    country: Code
    subject: Line
    authority_office: Line
    document: SourceText
    since: date
    until: date | None = None
    categories: Line | None = None
    conditions: Reason | None = None
    record_kind: RecordKind | None = None
    record_id: RecordNumber | None = None
    marking: MarkingText = "CUI"


class DecideDisclosure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The second person's decision, and its day."""

    outcome: Outcome
    decided_on: date


class EnterExportBasis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A license by its number, an exemption by its citation, or the reason why neither is required."""

    country: Code
    subject: Line
    kind: ExportKind
    document: SourceText
    since: date
    until: date | None = None
    reference: Line | None = None
    reason: Reason | None = None
    record_kind: RecordKind | None = None
    record_id: RecordNumber | None = None
    marking: MarkingText = "CUI"


class EnterAgreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An information-security agreement with a country, and the days on which it is in force."""

    country: Code
    title: Line
    source: SourceText
    since: date
    until: date | None = None
    marking: MarkingText = "UNCLASSIFIED"


class End(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day, and why."""

    until: date
    because: Reason


class RecordRelease(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What reached a country on a day: a record by kind and number, or words with their marking.

    A record is released under its own marking. The three records that it stands on may be named; else the latest that
    stand are taken.
    """

    country: Code
    released_on: date
    subject: Line | None = None
    record_kind: RecordKind | None = None
    record_id: RecordNumber | None = None
    marking: MarkingText | None = None
    means: Line | None = None
    decision_id: RecordNumber | None = None
    export_basis_id: RecordNumber | None = None
    agreement_id: RecordNumber | None = None


@command("disclosure.enter", permission="disclosure.change", sunset="goes on")
async def enter_disclosure(session: WriteSession, body: EnterDisclosure) -> DisclosureDecisionId:
    """Enter a disclosure for another person to decide."""
    rules.known_partner(body.country)
    rules.may_enter(body.since, body.until)
    categories = rules.categories_in(body.categories)
    reader = await reader_of(session, session.actor)
    await queries.record_marking(session, reader, body.record_kind, body.record_id)
    decision = DisclosureDecision(
        country=body.country,
        subject=body.subject,
        record_kind=body.record_kind,
        record_id=body.record_id,
        authority_office=body.authority_office,
        categories=list(categories),
        conditions=body.conditions,
        document=body.document,
        since=body.since,
        until=body.until,
        proposed_by_id=session.actor,
        proposed_on=session.today,
    )
    decision.mark(read_marking(body.marking, reader))
    session.add(decision)
    await session.flush()
    return DisclosureDecisionId(decision.id)


@command("disclosure.decide", permission="disclosure.decide", sunset="goes on")
async def decide_disclosure(
    session: WriteSession, decision_id: DisclosureDecisionId, body: DecideDisclosure, *, version: int
) -> None:
    """Grant or deny a disclosure that another person entered."""
    decision = await _kept(session, DisclosureDecision, decision_id, version)
    rules.may_decide(decision.outcome, decision.proposed_by_id, session.actor, body.decided_on, session.today)
    decision.outcome, decision.decided_on, decision.decided_by_id = body.outcome, body.decided_on, session.actor
    await session.flush()


@command("disclosure.end", permission="disclosure.change", sunset="goes on")
async def end_disclosure(session: WriteSession, decision_id: DisclosureDecisionId, body: End, *, version: int) -> None:
    """End a disclosure decision, today or later."""
    await _end(session, DisclosureDecision, decision_id, body, version, backwards=False)


@command("disclosure.enter-export-basis", permission="disclosure.change", sunset="goes on")
async def enter_export_basis(session: WriteSession, body: EnterExportBasis) -> ExportBasisId:
    """Enter an export license or exemption, or why none is required."""
    rules.known_partner(body.country)
    rules.may_enter(body.since, body.until)
    rules.may_enter_export(body.kind, body.reference, body.reason)
    reader = await reader_of(session, session.actor)
    await queries.record_marking(session, reader, body.record_kind, body.record_id)
    fields = {name: getattr(body, name) for name in body.__struct_fields__ if name != "marking"}
    basis = ExportBasis(**fields)
    basis.mark(read_marking(body.marking, reader))
    session.add(basis)
    await session.flush()
    return ExportBasisId(basis.id)


@command("disclosure.end-export-basis", permission="disclosure.change", sunset="goes on")
async def end_export_basis(session: WriteSession, basis_id: ExportBasisId, body: End, *, version: int) -> None:
    """Record that an export basis has ended or ends; what was released before stays as it was."""
    await _end(session, ExportBasis, basis_id, body, version, backwards=True)


@command("disclosure.enter-agreement", permission="disclosure.change", sunset="goes on")
async def enter_agreement(session: WriteSession, body: EnterAgreement) -> SecurityAgreementId:
    """Enter an information-security agreement with a country."""
    rules.known_partner(body.country)
    rules.may_enter(body.since, body.until)
    fields = {name: getattr(body, name) for name in body.__struct_fields__ if name != "marking"}
    marking = read_marking(body.marking, await reader_of(session, session.actor))
    agreement = SecurityAgreement(**fields)
    agreement.mark(marking)
    session.add(agreement)
    await session.flush()
    return SecurityAgreementId(agreement.id)


@command("disclosure.end-agreement", permission="disclosure.change", sunset="goes on")
async def end_agreement(session: WriteSession, agreement_id: SecurityAgreementId, body: End, *, version: int) -> None:
    """Record that an information-security agreement has ended or ends."""
    await _end(session, SecurityAgreement, agreement_id, body, version, backwards=True)


@command("disclosure.record-release", permission="disclosure.change", sunset="goes on")
async def record_release(session: WriteSession, body: RecordRelease) -> ReleaseId:
    """Record what reached a country; refused unless its marking and three records stand on the day."""
    country = rules.known_partner(body.country)
    rules.may_be_past(body.released_on, session.today)
    reader = await reader_of(session, session.actor)
    record = await queries.record_marking(session, reader, body.record_kind, body.record_id)
    rules.may_name(record is not None, body.subject, body.marking)
    if record is not None:
        title, marking = record
    else:
        title, marking = body.subject or "", read_marking(body.marking or "", reader)
    found = await queries.standing(
        session,
        reader,
        body.country,
        body.released_on,
        subject=Subject(body.record_kind, body.record_id),
        marking=marking,
        chosen=(body.decision_id, body.export_basis_id, body.agreement_id),
    )
    rules.may_release(found.answers, country, statute=await law.law_of(session))
    numbers = {each.need: each.paper_id for each in found.answers}
    release = Release(
        country=body.country,
        subject=body.subject or title,
        record_kind=body.record_kind,
        record_id=body.record_id,
        released_on=body.released_on,
        means=body.means,
        decision_id=numbers["decision"],
        export_basis_id=numbers["export"],
        agreement_id=numbers["agreement"],
        recorded_by_id=session.actor,
    )
    release.mark(marking)
    session.add(release)
    await session.flush()
    return ReleaseId(release.id)


async def _end(session: WriteSession, table: type[R], number: int, body: End, version: int, *, backwards: bool) -> None:
    kept = await _kept(session, table, number, version)
    rules.may_end(kept.since, kept.until, kept.ended_because, body.until, session.today, backwards=backwards)
    kept.until, kept.ended_because = body.until, body.because
    await session.flush()


async def _kept(session: WriteSession, table: type[R], number: int, version: int) -> R:
    reader = await reader_of(session, session.actor)
    statement: Any = select(table).where(table.id == number, queries.seen_by(reader, table)).with_for_update()
    kept: R | None = await session.scalar(statement)
    if kept is None:
        raise NotFound("There is no record of foreign disclosure with this number.")
    session.check_version(kept, version, title="The record")
    return kept
