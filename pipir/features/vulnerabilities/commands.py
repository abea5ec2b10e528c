"""What can change in the register of vulnerabilities."""

from datetime import date
from typing import Annotated, cast

import msgspec
from sqlalchemy import exists, select

from pipir.features.law.queries import law_of
from pipir.features.people.queries import reader_of
from pipir.features.people.tables import Office, Person
from pipir.features.projects.tables import Project
from pipir.features.vulnerabilities import rules
from pipir.features.vulnerabilities.rules import Confidence, Kind, Severity, Status
from pipir.features.vulnerabilities.tables import (
    LinkId,
    Vulnerability,
    VulnerabilityId,
    VulnerabilityProject,
    VulnerabilityStep,
)
from pipir.kernel.articles import check_articles
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Reader, read_marking
from pipir.kernel.text import Line, Prose, Reason, SourceText
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession
from pipir.store.numbers import next_number

Objectives = Annotated[list[str], msgspec.Meta(max_length=20, description="Slugs such as 1253.b.3.")]
Codes = Annotated[list[str], msgspec.Meta(max_length=60, description="Codes one by one, or several in a text.")]


class EnterVulnerability(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vulnerability as entered: countries by the codes of the register, articles by product and service codes."""

    title: Line
    kind: Kind
    objectives: Objectives
    countries: Codes
    severity: Severity
    severity_rationale: Reason
    source: SourceText
    confidence: Confidence
    owner_office_id: RecordNumber
    review_on: date
    description: Prose = ""
    articles: Codes = []
    mitigation: Prose = ""
    owner_person_id: RecordNumber | None = None
    marking: Line = "CUI"


class ReviseVulnerability(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a vulnerability but its severity and status, which have steps of their own."""

    title: Line
    kind: Kind
    objectives: Objectives
    countries: Codes
    severity_rationale: Reason
    source: SourceText
    confidence: Confidence
    owner_office_id: RecordNumber
    review_on: date
    description: Prose = ""
    articles: Codes = []
    mitigation: Prose = ""
    owner_person_id: RecordNumber | None = None
    marking: Line = "CUI"


class RateVulnerability(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another severity, and its rationale."""

    severity: Severity
    because: Reason


class ChangeVulnerabilityStatus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The next status and why; an acceptance also has who decided it, and the day."""

    status: Status
    because: Reason
    accepted_by: Line | None = None
    accepted_on: date | None = None


class LinkProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A project that addresses the vulnerability, from a day on (blank: today)."""

    project_id: RecordNumber
    since: date | None = None


class UnlinkProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day on which the project addresses the vulnerability, and why."""

    until: date
    because: Reason


@command("vulnerability.enter", permission="vulnerabilities.change", sunset="goes on")
async def enter_vulnerability(session: WriteSession, body: EnterVulnerability) -> VulnerabilityId:
    """Enter a vulnerability under the next code; it is open."""
    reader = await reader_of(session, session.actor)
    countries, articles = await _checked(session, body)
    marking = read_marking(body.marking, reader)
    number = await next_number(session, Vulnerability.number)
    fields = {name: getattr(body, name) for name in body.__struct_fields__ if name not in _DERIVED}
    found = Vulnerability(
        **fields,
        number=number,
        code=f"V-{number:04}",
        objectives=sorted(set(body.objectives)),
        countries=list(countries),
        articles=list(articles),
        status="open",
        status_because="As entered.",
    )
    found.mark(marking)
    session.add(found)
    await session.flush()
    session.add(_step(session, found.id, "severity", body.severity, body.severity_rationale))
    session.add(_step(session, found.id, "status", "open", "As entered."))
    await session.flush()
    return VulnerabilityId(found.id)


@command("vulnerability.revise", permission="vulnerabilities.change", sunset="goes on")
async def revise_vulnerability(
    session: WriteSession, vulnerability_id: VulnerabilityId, body: ReviseVulnerability, *, version: int
) -> None:
    """Correct what is recorded of a vulnerability, or move its review."""
    reader = await reader_of(session, session.actor)
    found = await _kept(session, vulnerability_id, reader, version)
    rules.may_change(found.code, found.status)
    countries, articles = await _checked(session, body)
    marking = read_marking(body.marking, reader)
    for name in body.__struct_fields__:
        if name not in _DERIVED:
            setattr(found, name, getattr(body, name))
    found.objectives, found.countries, found.articles = sorted(set(body.objectives)), list(countries), list(articles)
    found.mark(marking)
    await session.flush()


@command("vulnerability.rate", permission="vulnerabilities.change", sunset="goes on")
async def rate_vulnerability(
    session: WriteSession, vulnerability_id: VulnerabilityId, body: RateVulnerability, *, version: int
) -> None:
    """Change the severity with its rationale; the one before stays in the history."""
    found = await _kept(session, vulnerability_id, await reader_of(session, session.actor), version)
    rules.may_change(found.code, found.status)
    rules.may_rate(found.severity, body.severity)
    found.severity, found.severity_rationale = body.severity, body.because
    session.add(_step(session, found.id, "severity", body.severity, body.because))
    await session.flush()


@command("vulnerability.change-status", permission="vulnerabilities.change", sunset="goes on")
async def change_status(
    session: WriteSession, vulnerability_id: VulnerabilityId, body: ChangeVulnerabilityStatus, *, version: int
) -> None:
    """Move a vulnerability to its next status with the reason; the one before stays in the history."""
    found = await _kept(session, vulnerability_id, await reader_of(session, session.actor), version)
    linked = await session.scalar(
        select(exists().where(VulnerabilityProject.vulnerability_id == found.id, VulnerabilityProject.until.is_(None)))
    )
    rules.may_step(
        cast("Status", found.status),
        body.status,
        reduced_by=bool(linked) or bool(found.mitigation.strip()),
        accepted_by=body.accepted_by,
        accepted_on=body.accepted_on,
        today=session.today,
    )
    found.status, found.status_because = body.status, body.because
    found.accepted_by, found.accepted_on = body.accepted_by, body.accepted_on
    session.add(_step(session, found.id, "status", body.status, body.because))
    await session.flush()


@command("vulnerability.link-project", permission="vulnerabilities.change", sunset="goes on")
async def link_project(session: WriteSession, vulnerability_id: VulnerabilityId, body: LinkProject) -> LinkId:
    """Say that a project addresses a vulnerability."""
    reader = await reader_of(session, session.actor)
    found = await _kept(session, vulnerability_id, reader, None)
    rules.may_change(found.code, found.status)
    since = body.since or session.today
    rules.may_link_since(since, session.today)
    seen = select(Project.id).where(Project.id == body.project_id, visible_to(reader, Project))
    if await session.scalar(seen) is None:
        expected = "Expected the number of a project in this record."
        raise Invalid("There is no such project.", mistakes=(Mistake("project_id", expected, str(body.project_id)),))
    link = VulnerabilityProject(vulnerability_id=found.id, project_id=body.project_id, since=since)
    session.add(link)
    await session.flush()
    return LinkId(link.id)


@command("vulnerability.unlink-project", permission="vulnerabilities.change", sunset="goes on")
async def unlink_project(session: WriteSession, link_id: LinkId, body: UnlinkProject, *, version: int) -> None:
    """Say that a project no longer addresses a vulnerability, and why; the link stays in the record."""
    reader = await reader_of(session, session.actor)
    link = await session.scalar(
        select(VulnerabilityProject)
        .join(Project, Project.id == VulnerabilityProject.project_id)
        .join(Vulnerability, Vulnerability.id == VulnerabilityProject.vulnerability_id)
        .where(VulnerabilityProject.id == link_id, visible_to(reader, Project), visible_to(reader, Vulnerability))
        .with_for_update(of=VulnerabilityProject)
    )
    if link is None:
        raise NotFound("There is no link of a vulnerability to a project with this number.")
    session.check_version(link, version, title="The link")
    rules.may_unlink(link.since, link.until, body.until, session.today)
    link.until, link.ended_because = body.until, body.because
    await session.flush()


# What is not stored as it was sent.
_DERIVED = ("objectives", "countries", "articles", "marking")


async def _checked(
    session: WriteSession, body: EnterVulnerability | ReviseVulnerability
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The countries and articles of an entry, by their codes; Invalid with all that is wrong of it."""
    mistakes: list[Mistake] = []
    countries: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    law = await law_of(session)
    try:
        named = rules.split(body.countries)
        countries = rules.check_entry(body.objectives, named, body.review_on, law, session.today)
    except Invalid as wrong:
        mistakes += wrong.mistakes
    try:
        articles = check_articles(rules.split(body.articles))
    except Invalid as wrong:
        mistakes += wrong.mistakes
    if await session.get(Office, body.owner_office_id) is None:
        mistakes.append(Mistake("owner_office_id", "Expected an office of this record.", str(body.owner_office_id)))
    if body.owner_person_id is not None and await session.get(Person, body.owner_person_id) is None:
        mistakes.append(Mistake("owner_person_id", "Expected a person of this record.", str(body.owner_person_id)))
    if mistakes:
        raise Invalid("The vulnerability needs correcting.", mistakes=tuple(mistakes))
    return countries, articles


async def _kept(
    session: WriteSession, vulnerability_id: VulnerabilityId, reader: Reader, version: int | None
) -> Vulnerability:
    found = await session.scalar(
        select(Vulnerability)
        .where(Vulnerability.id == vulnerability_id, visible_to(reader, Vulnerability))
        .with_for_update()
    )
    if found is None:
        raise NotFound("There is no vulnerability with this number.")
    if version is not None:
        session.check_version(found, version, title=f"The vulnerability {found.code}")
    return found


def _step(session: WriteSession, number: int, what: str, value: str, because: str) -> VulnerabilityStep:
    return VulnerabilityStep(
        vulnerability_id=number,
        what=what,
        value=value,
        because=because,
        on_day=session.today,
        person_id=session.actor,
    )
