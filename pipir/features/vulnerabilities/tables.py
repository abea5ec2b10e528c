"""What is stored of vulnerabilities: the register, the steps of severity and status, the projects that address them."""

from datetime import date
from typing import NewType

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from pipir.features.people.tables import Office, Person
from pipir.features.projects.tables import Project
from pipir.features.vulnerabilities.rules import CONFIDENCES, KINDS, SEVERITIES, STATUSES
from pipir.store.base import Marked, Record, check, exclude, one_of, unique

VulnerabilityId = NewType("VulnerabilityId", int)
LinkId = NewType("LinkId", int)

STEP_KINDS = ("severity", "status")


class Vulnerability(Record, Marked):
    """A weak point that industrial bases share; severity and status change only by steps, each with its reason."""

    number: Mapped[int]
    code: Mapped[str]
    title: Mapped[str]
    kind: Mapped[str]
    description: Mapped[str]
    objectives: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    # Codes of the country register, which participants have too.
    countries: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    # Product and service codes.
    articles: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    severity: Mapped[str]
    severity_rationale: Mapped[str]
    source: Mapped[str]
    confidence: Mapped[str]
    mitigation: Mapped[str]
    status: Mapped[str]
    status_because: Mapped[str]
    accepted_by: Mapped[str | None]
    accepted_on: Mapped[date | None]
    owner_office_id: Mapped[int] = mapped_column(ForeignKey(Office.id), index=True)
    owner_person_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    review_on: Mapped[date]

    __table_args__ = (
        unique("number", name="uq_vulnerability_number", sentence="Another one was entered just now; try again."),
        unique("code", name="uq_vulnerability_code", sentence="Another one was entered just now; try again."),
        one_of("kind", KINDS, name="ck_vulnerability_kind"),
        one_of("severity", SEVERITIES, name="ck_vulnerability_severity"),
        one_of("confidence", CONFIDENCES, name="ck_vulnerability_confidence"),
        one_of("status", STATUSES, name="ck_vulnerability_status"),
        check(
            "cardinality(objectives) >= 1 and cardinality(countries) >= 1",
            name="ck_vulnerability_named",
            sentence="A vulnerability names at least one objective and one country.",
        ),
        check(
            "num_nonnulls(accepted_by, accepted_on) in (0, 2) and (status <> 'accepted' or accepted_by is not null)",
            name="ck_vulnerability_accepted",
            sentence="What is accepted has who decided so, and the day.",
        ),
        Index("ix_vulnerability_review_on", "review_on", "id", postgresql_where=text("status <> 'closed'")),
    )


class VulnerabilityStep(Record):
    """A change of severity or status with its reason and the person who made it; never changed itself."""

    vulnerability_id: Mapped[int] = mapped_column(ForeignKey(Vulnerability.id), index=True)
    what: Mapped[str]
    value: Mapped[str]
    because: Mapped[str]
    on_day: Mapped[date]
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))

    __table_args__ = (one_of("what", STEP_KINDS, name="ck_vulnerability_step_what"),)


class VulnerabilityProject(Record):
    """That a project addresses a vulnerability, from a day until a day."""

    vulnerability_id: Mapped[int] = mapped_column(ForeignKey(Vulnerability.id), index=True)
    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id), index=True)
    since: Mapped[date]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        exclude(
            ("vulnerability_id", "="),
            ("project_id", "="),
            name="ex_vulnerability_project_once",
            where=text("until is null"),
            sentence="This project is linked already; end that link first.",
        ),
        check(
            "num_nonnulls(until, ended_because) in (0, 2) and (until is null or until >= since)",
            name="ck_vulnerability_project_end",
            sentence="A link ends on or after its first day, with a reason.",
        ),
    )
