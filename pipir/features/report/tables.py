"""What is stored of reports: versions of each year's report, texts of elements, frozen builds and their files."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Integer
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from pipir.features.people.tables import Office, Person
from pipir.features.projects.tables import Project
from pipir.features.report.rules import (
    CLEARANCES,
    DIMENSIONS,
    POINTS,
    RECOMMENDATION_KINDS,
    SEALED,
    SIGNATORIES,
    STAGES,
    STATES,
)
from pipir.kernel.money import Dollars
from pipir.store.base import Base, Marked, Record, check, one_of, unique

_SEALED = ", ".join(f"'{state}'" for state in SEALED)


class Report(Record):
    """One version of a year's report; once it is signed nothing of it changes but how far it has gone."""

    year: Mapped[int] = mapped_column(Integer)
    version_no: Mapped[int] = mapped_column(Integer)
    state: Mapped[str]
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("report.id"))
    supersedes_because: Mapped[str | None]
    frozen_build_id: Mapped[int | None] = mapped_column(
        # Deferred: report and build name each other, and a restore brings them in any order.
        ForeignKey(
            "report_build.id", name="fk_report_frozen_build_id", use_alter=True, deferrable=True, initially="DEFERRED"
        )
    )
    returned_because: Mapped[str | None]
    signatory: Mapped[str | None]
    signed_by: Mapped[str | None]
    signed_on: Mapped[date | None]
    delegation: Mapped[str | None]
    cost_labor: Mapped[Dollars | None]
    cost_expenses: Mapped[Dollars | None]
    cost_stated_on: Mapped[date | None]
    cost_reference: Mapped[str | None]

    __table_args__ = (
        unique(
            "year",
            "version_no",
            name="uq_report_year_version_no",
            sentence="Somebody opened this version of the report just now.",
        ),
        one_of("state", STATES, name="ck_report_state"),
        one_of("signatory", SIGNATORIES, name="ck_report_signatory"),
        check(
            "version_no >= 1 and (version_no = 1) = (supersedes_id is null) "
            "and (supersedes_id is null) = (supersedes_because is null)",
            name="ck_report_version_no",
            sentence="A version after the first names the one that it supersedes, and says why.",
        ),
        check(
            "(state in ('tasked', 'draft')) = (frozen_build_id is null)",
            name="ck_report_frozen",
            sentence="A report that is frozen names its build, and a draft names none.",
        ),
        check(
            f"(state in ({_SEALED})) = (num_nonnulls(signatory, signed_by, signed_on) = 3) "
            "and num_nonnulls(signatory, signed_by, signed_on) in (0, 3)",
            name="ck_report_signed",
            sentence="A signed report names its signatory, the person and the day, and no other does.",
        ),
        check(
            "(delegation is not null) = (coalesce(signatory, '') = 'official with a recorded delegation')",
            name="ck_report_delegation",
            sentence="An official who is not the Secretary signs on a recorded delegation.",
        ),
        check(
            "cost_labor >= 0 and cost_labor <> 'NaN'",
            name="ck_report_cost_labor",
            sentence="A cost is an amount of zero or more.",
        ),
        check(
            "cost_expenses >= 0 and cost_expenses <> 'NaN'",
            name="ck_report_cost_expenses",
            sentence="A cost is an amount of zero or more.",
        ),
    )


class ReportSection(Record):
    """What an editor wrote for a section of a year's report, or the decision that there is nothing to report.

    A section is an element of the law or a part before them; it has an owner and a day where somebody gave it one.
    """

    year: Mapped[int] = mapped_column(Integer)
    element: Mapped[str]
    narrative: Mapped[str]
    nothing_to_report: Mapped[bool]
    decided_because: Mapped[str | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    decided_at: Mapped[datetime | None]
    owner_office_id: Mapped[int | None] = mapped_column(ForeignKey(Office.id))
    owner_person_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    due_on: Mapped[date | None]

    __table_args__ = (
        unique(
            "year",
            "element",
            name="uq_report_section_year_element",
            sentence="This element has its section already.",
        ),
        check(
            "nothing_to_report = (decided_because is not null) and not (nothing_to_report and narrative <> '')",
            name="ck_report_section_decided",
            sentence="Nothing to report is a decision with a reason, and stands without a text.",
        ),
        check(
            "(decided_by_id is null) = (decided_at is null) and (decided_by_id is null or nothing_to_report)",
            name="ck_report_section_decided_by",
            sentence="Who decided, and when, stands with the decision that there is nothing to report.",
        ),
        check(
            "owner_office_id is not null or num_nonnulls(owner_person_id, due_on) = 0",
            name="ck_report_section_owner",
            sentence="A section with a person or a day has an office that owns it.",
        ),
    )


class ReportPoint(Record):
    """A priority or a recommendation of a year's report, and what became of it; withdrawn, never deleted."""

    year: Mapped[int] = mapped_column(Integer)
    of: Mapped[str]
    place: Mapped[int] = mapped_column(Integer)
    name: Mapped[str]
    words: Mapped[str]
    kind: Mapped[str | None]
    project_id: Mapped[int | None] = mapped_column(ForeignKey(Project.id), index=True)
    objective: Mapped[str | None]
    planned: Mapped[Dollars | None]
    clearance: Mapped[str | None]
    outcome: Mapped[str | None]
    outcome_because: Mapped[str | None]
    withdrawn_because: Mapped[str | None]

    __table_args__ = (
        one_of("of", POINTS, name="ck_report_point_of"),
        one_of("kind", RECOMMENDATION_KINDS, name="ck_report_point_kind"),
        one_of("clearance", CLEARANCES, name="ck_report_point_clearance"),
        unique("year", "of", "place", name="uq_report_point_place", sentence="Somebody entered one here just now."),
        check(
            "(of = 'recommendation') = (kind is not null) and (of = 'recommendation' or clearance is null)",
            name="ck_report_point_type",
            sentence="A recommendation has a type, and a priority has neither type nor clearance.",
        ),
        check(
            "planned is null or planned >= 0 and planned <> 'NaN' and of = 'priority'",
            name="ck_report_point_planned",
            sentence="What is planned for a priority is an amount of zero or more.",
        ),
        check(
            "(outcome is null) = (outcome_because is null)",
            name="ck_report_point_outcome",
            sentence="An outcome is stated with its reason.",
        ),
    )


class ReportBuild(Base, Marked):
    """A frozen snapshot of the record for a version of a report; it is appended and never changes."""

    __tablename__ = "report_build"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey(Report.id), index=True)
    stage: Mapped[str]
    of_build_id: Mapped[int | None] = mapped_column(ForeignKey("report_build.id"))
    snapshot: Mapped[bytes] = mapped_column(BYTEA, deferred=True)
    snapshot_sha256: Mapped[str]
    frozen_at: Mapped[datetime]
    statute_digest: Mapped[str]
    built_by: Mapped[int] = mapped_column(ForeignKey(Person.id))
    exercise: Mapped[bool]
    # What was visible to the reading that the snapshot came from: PostgreSQL's note, and the last row of the trail.
    seen: Mapped[str | None]
    trail_id: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        one_of("stage", STAGES, name="ck_report_build_stage"),
        check(
            "snapshot_sha256 = encode(sha256(snapshot), 'hex')",
            name="ck_report_build_sha256",
            sentence="A build carries the hash of its own snapshot.",
        ),
        check(
            "(stage = 'signed') = (of_build_id is not null)",
            name="ck_report_build_of",
            sentence="A signed edition names the frozen build that was signed.",
        ),
        check(
            "(seen is null) = (trail_id is null)",
            name="ck_report_build_seen",
            sentence="What was visible to a reading is noted with the last row of the trail, or not at all.",
        ),
    )


class ReportTotal(Base):
    """What the ledger came to when a build was frozen, by one dimension and fiscal year; never changed.

    Derived from the snapshot of the build: what was known then is answered from here and not from the entries.
    """

    __tablename__ = "report_total"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    build_id: Mapped[int] = mapped_column(ForeignKey(ReportBuild.id, ondelete="CASCADE"))
    dimension: Mapped[str]
    key: Mapped[str]
    label: Mapped[str]
    fiscal_year: Mapped[int] = mapped_column(Integer)
    authority: Mapped[Dollars]
    committed: Mapped[Dollars]
    obligated: Mapped[Dollars]
    obligated_1253: Mapped[Dollars]
    obligated_continuing: Mapped[Dollars]
    expended: Mapped[Dollars]
    contributed: Mapped[Dollars]
    lines: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        one_of("dimension", DIMENSIONS, name="ck_report_total_dimension"),
        unique(
            "build_id",
            "dimension",
            "key",
            "fiscal_year",
            name="uq_report_total_key",
            sentence="The build has this total already.",
        ),
    )


class ReportFile(Base):
    """A file of a build as it was rendered; it is appended and never changes."""

    __tablename__ = "report_file"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    build_id: Mapped[int] = mapped_column(ForeignKey(ReportBuild.id), index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes] = mapped_column(BYTEA, deferred=True)

    __table_args__ = (
        unique("build_id", "name", name="uq_report_file_build_id_name", sentence="The build has this file already."),
        check(
            "sha256 = encode(sha256(body), 'hex') and size = octet_length(body)",
            name="ck_report_file_sha256",
            sentence="A file carries its own hash and size.",
        ),
    )
