"""Which paragraphs a record serves, and why."""

from typing import Final

import msgspec
from sqlalchemy import func, select

from pipir.features.agreements import queries as agreements
from pipir.features.assistance import queries as assistance
from pipir.features.assistance.tables import AssistanceId
from pipir.features.congress import queries as congress
from pipir.features.data_calls import queries as data_calls
from pipir.features.duties import queries as duties
from pipir.features.engagement import queries as engagement
from pipir.features.engagement.tables import EngagementId
from pipir.features.groups import queries as groups
from pipir.features.law import queries as law_queries
from pipir.features.law.tables import DesignationId, DeterminationId
from pipir.features.ledger import queries as ledger
from pipir.features.ledger.tables import LedgerEntry, may_see
from pipir.features.participants import queries as participants
from pipir.features.projects import queries as projects
from pipir.features.report import queries as report
from pipir.features.report.rules import check_year
from pipir.features.trace.rules import counted
from pipir.features.vulnerabilities import queries as vulnerabilities
from pipir.features.vulnerabilities.tables import VulnerabilityId
from pipir.kernel.calendar import show_day
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import (
    AgreementId,
    BriefingId,
    ContactId,
    DataCallId,
    EntryId,
    FundingDocumentId,
    GroupId,
    ParticipantId,
    ProjectId,
    PromiseId,
)
from pipir.kernel.marking import Reader
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.store.doors import ReadSession

_LONGEST_NUMBER: Final = 18
_REPORT: Final = "1253.f.1.A"
_SHARED: Final = "1253.f.1.B.i"
_BRIEFING: Final = "1253.f.2"
_DESIGNATION: Final = "1253.c.1"


class Served(msgspec.Struct, frozen=True):
    """One paragraph that a record serves, and why."""

    slug: str
    citation: str
    standing: str
    title: str
    because: str
    # Other law that a record may rest on has no page of its own.
    traced: bool


class RecordTrace(msgspec.Struct, frozen=True):
    """A record with the paragraphs that it serves."""

    kind: str
    title: str
    href: str
    marking: str
    exercise: bool
    paragraphs: tuple[Served, ...]


async def served_by(session: ReadSession, reader: Reader, kind: str, key: str) -> RecordTrace:
    """The paragraphs that a record serves; NotFound where there is no such record, or the reader may not see it."""
    if kind == "duty":
        return await _of_duty(session, key)
    if kind not in _OF_NUMBERED:
        raise NotFound(f"Records of this kind are not traced; these are: duty, {', '.join(_OF_NUMBERED)}.")
    if not (key.isascii() and key.isdigit() and len(key) <= _LONGEST_NUMBER and int(key) > 0):
        raise NotFound("There is no record with this number.")
    return await _OF_NUMBERED[kind](session, reader, int(key))


async def _of_project(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await projects.project(session, reader, ProjectId(number))
    paragraphs = [_served(slug, "An objective that the project names.") for slug in view.objectives]
    if view.program_authority:
        paragraphs.append(_served(view.program_authority, "The authority that the project rests on."))
    return RecordTrace(
        "project", f"{view.code} {view.name}", f"/projects/{number}", view.marking, view.exercise, tuple(paragraphs)
    )


async def _of_agreement(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await agreements.agreement(session, reader, AgreementId(number))
    paragraphs = [_served("1253.e.1", "An agreement with the counterpart of a participating country.")]
    if view.program_authority and view.program_authority != "1253.e.1":
        paragraphs.append(_served(view.program_authority, "The law that the agreement rests on."))
    return RecordTrace(
        "agreement", f"{view.code} {view.name}", f"/agreements/{number}", view.marking, view.exercise, tuple(paragraphs)
    )


async def _of_group(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await groups.group(session, reader, GroupId(number))
    named = view.program_authority
    paragraphs = (_served(named, "The authority that the group rests on."),) if named else ()
    return RecordTrace("group", view.name, f"/groups/{number}", view.marking, view.exercise, paragraphs)


async def _of_participant(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await participants.participant(session, reader, ParticipantId(number))
    named = view.code in the_statute().provision("1253.d").countries
    because = "Its standing in the process; " + (
        "the paragraph names it, which makes it no member." if named else "the paragraph does not name it."
    )
    return RecordTrace(
        "participant",
        view.name,
        f"/participants/{number}",
        view.marking,
        view.exercise,
        (_served("1253.d", because), _served("1253.a", "A country of the Initiative's record.")),
    )


async def _of_vulnerability(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await vulnerabilities.vulnerability(session, reader, VulnerabilityId(number))
    paragraphs = [_served(slug, "An objective that the vulnerability touches.") for slug in view.objectives]
    paragraphs.append(_served(_SHARED, "The element of the report that is made from the register."))
    return RecordTrace(
        "vulnerability",
        f"{view.code} {view.title}",
        f"/vulnerabilities/{number}",
        view.marking,
        view.exercise,
        tuple(paragraphs),
    )


async def _of_engagement(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await engagement.engagement(session, reader, EngagementId(number))
    paragraphs = [_served(slug, "An objective that the engagement serves.") for slug in view.objectives]
    paragraphs.append(_served("1253.e.4", "The authority for engagement."))
    return RecordTrace(
        "engagement",
        f"{view.code} {view.name}",
        f"/engagements/{number}",
        view.marking,
        view.exercise,
        tuple(paragraphs),
    )


async def _of_assistance(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await assistance.assistance(session, reader, AssistanceId(number))
    paragraphs = [_served(slug, "An objective that the assistance serves.") for slug in view.objectives]
    paragraphs.append(_served(view.program_authority or "1253.e.3", "The authority that the assistance rests on."))
    paragraphs.append(_served(view.uses, "The authority of title 10 that it uses."))
    return RecordTrace(
        "assistance",
        f"{view.code} {view.name}",
        f"/assistance/{number}",
        view.marking,
        view.exercise,
        tuple(paragraphs),
    )


async def _of_entry(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = (await ledger.entry(session, reader, EntryId(number))).entry
    paragraphs = []
    if view.program_authority:
        paragraphs.append(_served(view.program_authority, "The program authority that the entry names."))
    if view.project_id is not None:
        through = await projects.project(session, reader, ProjectId(view.project_id))
        paragraphs += [_served(slug, f"An objective of its project {through.code}.") for slug in through.objectives]
    return RecordTrace(
        "ledger-entry", f"Ledger entry {number}", f"/ledger/entries/{number}", "CUI", view.exercise, tuple(paragraphs)
    )


async def _of_funding(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await ledger.funding(session, reader, FundingDocumentId(number))
    rows = await session.execute(
        select(LedgerEntry.program_authority, func.count())
        .where(may_see(reader), LedgerEntry.funding_document_id == number)
        .group_by(LedgerEntry.program_authority)
        .order_by(LedgerEntry.program_authority)
    )
    return RecordTrace(
        "funding-document",
        view.number,
        f"/ledger/funding/{number}",
        view.marking,
        view.exercise,
        tuple(
            _served(slug, f"{counted(count, 'entry', 'entries')} charged to it name it as their authority.")
            for slug, count in rows
            if slug is not None
        ),
    )


async def _of_report(session: ReadSession, reader: Reader, year: int) -> RecordTrace:
    law = the_statute()
    check_year(law, year)
    current = next(iter(await report.versions(session, year)), None)
    return RecordTrace(
        "report",
        f"Report of {year}",
        f"/reports/{year}",
        "CUI",
        current.exercise if current else False,
        (
            _served(_REPORT, "The report that the paragraph asks for in this year."),
            *(_served(each.slug, "An element of the report.") for each in lookup.report_elements(law)),
        ),
    )


async def _of_duty(session: ReadSession, slug: str) -> RecordTrace:
    view = await duties.duty(session, slug)
    return RecordTrace(
        "duty",
        f"{view.what}, {show_day(view.statutory_day)}",
        f"/duties/{slug}",
        "CUI",
        view.exercise,
        (_served(view.provision, "The paragraph that sets the day."),),
    )


async def _of_briefing(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await congress.briefing(session, reader, BriefingId(number))
    because = "The briefing that the paragraph asks for in this year."
    paragraphs = (_served(_BRIEFING, because),) if view.duty else ()
    return RecordTrace("briefing", view.title, f"/congress/briefings/{number}", view.marking, view.exercise, paragraphs)


async def _of_contact(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    # The section asks for no register of what Congress asks between the reports.
    view = await congress.contact(session, reader, ContactId(number))
    return RecordTrace("contact", view.title, f"/congress/contacts/{number}", view.marking, view.exercise, ())


async def _of_promise(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await congress.promise(session, reader, PromiseId(number))
    paragraphs = []
    if view.report_year is not None:
        paragraphs.append(_served(_REPORT, f"A statement of the report of {view.report_year}."))
    if view.briefing_id is not None:
        through = await congress.briefing(session, reader, BriefingId(view.briefing_id))
        if through.duty:
            paragraphs.append(_served(_BRIEFING, f"A statement of {through.title}."))
    return RecordTrace(
        "promise", view.title, f"/congress/promises/{number}", view.marking, view.exercise, tuple(paragraphs)
    )


async def _of_call(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await data_calls.call(session, reader, DataCallId(number))
    because = f"It gathers what the report of {view.report_year} says."
    paragraphs = (_served(_REPORT, because),) if view.report_year else ()
    return RecordTrace("data-call", view.title, f"/data-calls/{number}", view.marking, view.exercise, paragraphs)


async def _of_designation(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await law_queries.designation(session, DesignationId(number))
    paragraphs = (
        _served(_DESIGNATION, "The designation that the paragraph asks for."),
        _served("1253.c.2", "It sets off a notification, and so does its change."),
    )
    return RecordTrace(
        "designation",
        f"{view.official}, {view.office_held}",
        f"/law/designations/{number}",
        "CUI",
        view.exercise,
        paragraphs,
    )


async def _of_determination(session: ReadSession, reader: Reader, number: int) -> RecordTrace:
    view = await law_queries.determination(session, reader, DeterminationId(number))
    paragraphs = (
        _served("1253.g", "It says under which other authority work goes on after the termination."),
        _served(view.authority, "The other authority that it cites."),
    )
    return RecordTrace(
        "determination", view.subject_title, f"/law/determinations/{number}", view.marking, view.exercise, paragraphs
    )


_OF_NUMBERED: Final = {
    "agreement": _of_agreement,
    "project": _of_project,
    "group": _of_group,
    "participant": _of_participant,
    "vulnerability": _of_vulnerability,
    "engagement": _of_engagement,
    "assistance": _of_assistance,
    "ledger-entry": _of_entry,
    "funding-document": _of_funding,
    "report": _of_report,
    "briefing": _of_briefing,
    "contact": _of_contact,
    "promise": _of_promise,
    "data-call": _of_call,
    "designation": _of_designation,
    "determination": _of_determination,
}


def _served(slug: str, because: str) -> Served:
    law = the_statute()
    row = law.provisions.get(slug)
    if row is None:
        # An entry stays as it was posted, also where the law's files have moved on.
        return Served(slug, slug, "not in the law's files", slug, because, traced=False)
    return Served(slug, row.short_citation, row.standing_label, row.title, because, traced=slug in law.traces)
