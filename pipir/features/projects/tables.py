"""What is stored of projects and of all that hangs on them, and of efforts that are no Partnership projects."""

from datetime import date, datetime
from decimal import Decimal
from typing import NewType

from sqlalchemy import BigInteger, ForeignKey, Index, Numeric, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from pipir.features.agreements.tables import Agreement
from pipir.features.groups.tables import WorkingGroup
from pipir.features.law.tables import Governed, late_whole
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office, Person
from pipir.features.projects.rules.results import DIRECTIONS
from pipir.features.projects.rules.risks import RISK_STATUSES
from pipir.kernel.money import Dollars
from pipir.store.base import Base, Marked, Record, check, exclude, one_of, unique

PartnerId = NewType("PartnerId", int)
RelatedEffortId = NewType("RelatedEffortId", int)
ArticleId = NewType("ArticleId", int)
RiskId = NewType("RiskId", int)
ResultId = NewType("ResultId", int)

KINDS = (
    "joint R&D",
    "co-development",
    "co-production",
    "co-sustainment",
    "standardization",
    "supply chain",
    "workforce",
)
STATUSES = ("exploratory", "announced", "planned", "active", "suspended", "completed", "cancelled")
RATINGS = ("green", "amber", "red")
PRECISIONS = ("day", "month")


class Project(Record, Marked, Governed):
    """A project of the Partnership; what no public source states is NULL, never zero."""

    number: Mapped[int]
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    workstream_id: Mapped[int | None] = mapped_column(ForeignKey(WorkingGroup.id), index=True)
    # The agreement that the work is done under; None: not public.
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey(Agreement.id), index=True)
    announced_on: Mapped[date | None]
    status: Mapped[str]
    # None where the status stands as first entered.
    status_reason: Mapped[str | None]
    rating: Mapped[str | None]
    rating_rationale: Mapped[str | None]
    rating_review_on: Mapped[date | None]
    description: Mapped[str]
    objectives: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    program_authority: Mapped[str | None]
    classified_by: Mapped[str]
    source: Mapped[str]
    lead_office_id: Mapped[int | None] = mapped_column(ForeignKey(Office.id), index=True)
    in_classified_annex: Mapped[bool] = mapped_column(server_default=text("false"))
    planned_total: Mapped[Dollars | None]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        unique("number", name="uq_project_number", sentence="Another project was entered just now; try again."),
        unique("code", name="uq_project_code", sentence="Another project was entered just now; try again."),
        unique("name", name="uq_project_name", sentence="This name is taken by a project; choose another."),
        one_of("kind", KINDS, name="ck_project_kind"),
        one_of("status", STATUSES, name="ck_project_status"),
        one_of("rating", RATINGS, name="ck_project_rating"),
        check(
            "(rating is null) = (rating_rationale is null) and (rating is null) = (rating_review_on is null)",
            name="ck_project_rating_whole",
            sentence="A rating has a rationale and a day on which it is looked at again.",
        ),
        check(
            "cardinality(objectives) >= 1",
            name="ck_project_objectives",
            sentence="A project serves at least one objective.",
        ),
        check(
            "planned_total <> 'NaN' and planned_total >= 0",
            name="ck_project_planned_total",
            sentence="A planned total is an amount of zero or more.",
        ),
        check(
            "not in_classified_annex or (description = '' and planned_total is null)",
            name="ck_project_annex",
            sentence="A project described in the classified annex carries no detail here.",
        ),
        check(
            "(until is null) = (ended_because is null)",
            name="ck_project_end",
            sentence="A project that ends has a last day and a reason.",
        ),
        late_whole("project"),
        # The order of the list by announcement.
        # What lists mostly ask for, so that their rows are counted without being read.
        Index("ix_project_status", "status", "rating", "until", "audience"),
        # The order of the list by announcement.
        Index("ix_project_announced", text("coalesce(announced_on, '-infinity'::date)"), "number", "id"),
    )


class ProjectPartner(Record, Governed):
    """A participant's part in a project; a role that is only reported is neither standing nor membership."""

    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id), index=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey(Participant.id), index=True)
    role: Mapped[str]
    lead: Mapped[bool]
    reported: Mapped[bool]
    source: Mapped[str | None]
    since: Mapped[date | None]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        exclude(
            ("project_id", "="),
            ("participant_id", "="),
            name="ex_project_partner_once",
            where=text("until is null"),
            sentence="This participant has a part in the project already; end that one first.",
        ),
        check(
            "not reported or source is not null",
            name="ck_project_partner_source",
            sentence="A reported role names its source.",
        ),
        check(
            "until is null or since is null or until >= since",
            name="ck_project_partner_days",
            sentence="A part in a project ends on or after the day it began.",
        ),
        check(
            "(until is null) = (ended_because is null)",
            name="ck_project_partner_end",
            sentence="A part in a project that ends has a last day and a reason.",
        ),
        late_whole("project_partner"),
    )


class Milestone(Record):
    """A step of a project with its plan, forecast and actual day; a cancelled one stays, with its reason."""

    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id))
    position: Mapped[int]
    # The phase of its project that it stands in, by name.
    phase: Mapped[str | None]
    name: Mapped[str]
    planned_on: Mapped[date]
    forecast_on: Mapped[date | None]
    actual_on: Mapped[date | None]
    date_reason: Mapped[str | None]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        check("position >= 1", name="ck_milestone_position", sentence="Positions of milestones start at 1."),
        check(
            "until is null or actual_on is null",
            name="ck_milestone_met_or_cancelled",
            sentence="A milestone that was met is not cancelled.",
        ),
        check(
            "(until is null) = (ended_because is null)",
            name="ck_milestone_end",
            sentence="A cancelled milestone has a day and a reason.",
        ),
        Index("ix_milestone_project_id_position", "project_id", "position", "id"),
    )


class RelatedEffort(Record, Marked):
    """An effort beside the Partnership that is not one of its projects."""

    name: Mapped[str]
    relation: Mapped[str]
    on_day: Mapped[date]
    precision: Mapped[str]
    description: Mapped[str]
    source: Mapped[str]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        unique("name", name="uq_related_effort_name", sentence="There is a related effort with this name already."),
        one_of("precision", PRECISIONS, name="ck_related_effort_precision"),
        check(
            "precision = 'day' or extract(day from on_day) = 1",
            name="ck_related_effort_month",
            sentence="A day known to the month only stands as the first of it.",
        ),
        check(
            "(until is null) = (ended_because is null)",
            name="ck_related_effort_end",
            sentence="A related effort that ends has a last day and a reason.",
        ),
    )


class ProjectArticle(Record):
    """A defense article of a project: its code, stock number, and the tag of its export control, no determination."""

    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id), index=True)
    title: Mapped[str]
    psc: Mapped[str] = mapped_column(index=True)
    # Thirteen digits; the first four are the class.
    nsn: Mapped[str | None]
    usml: Mapped[str | None]
    eccn: Mapped[str | None]
    source: Mapped[str]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        exclude(
            ("project_id", "="),
            ("title", "="),
            name="ex_project_article_once",
            where=text("until is null"),
            sentence="The project has an article of this name already.",
        ),
        check(
            "nsn ~ '^[0-9]{13}$' and left(nsn, 4) = psc",
            name="ck_project_article_nsn",
            sentence="A stock number has 13 digits, of which the first four are the article's code.",
        ),
        check(
            "num_nonnulls(usml, eccn) <= 1",
            name="ck_project_article_tag",
            sentence="An article is tagged by one list of export control, not by both.",
        ),
        check(
            "(until is null) = (ended_because is null)",
            name="ck_project_article_end",
            sentence="An article that is no longer of the project has a last day and a reason.",
        ),
    )


class ProjectRisk(Record):
    """A risk of a project as last judged; each judgment stays, with its reason."""

    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id), index=True)
    title: Mapped[str]
    likelihood: Mapped[int]
    impact: Mapped[int]
    status: Mapped[str]
    mitigation: Mapped[str]
    owner_office_id: Mapped[int] = mapped_column(ForeignKey(Office.id), index=True)
    owner_person_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    review_on: Mapped[date]

    __table_args__ = (
        check(
            "likelihood between 1 and 5 and impact between 1 and 5",
            name="ck_project_risk_levels",
            sentence="Likelihood and impact are levels from 1 to 5.",
        ),
        one_of("status", RISK_STATUSES, name="ck_project_risk_status"),
    )


class RiskAssessment(Record):
    """One judgment of a risk; it is never changed."""

    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id), index=True)
    risk_id: Mapped[int] = mapped_column(ForeignKey(ProjectRisk.id), index=True)
    likelihood: Mapped[int]
    impact: Mapped[int]
    status: Mapped[str]
    review_on: Mapped[date]
    because: Mapped[str]
    on_day: Mapped[date]
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))

    __table_args__ = (
        check(
            "likelihood between 1 and 5 and impact between 1 and 5",
            name="ck_risk_assessment_levels",
            sentence="Likelihood and impact are levels from 1 to 5.",
        ),
        one_of("status", RISK_STATUSES, name="ck_risk_assessment_status"),
    )


class ProjectResult(Record):
    """What a project is to come to: an indicator from its baseline to its target."""

    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id), index=True)
    indicator: Mapped[str]
    unit: Mapped[str]
    direction: Mapped[str]
    baseline: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    baseline_on: Mapped[date]
    target: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    target_on: Mapped[date]
    source: Mapped[str]
    # Why the baseline or the target was changed last.
    changed_because: Mapped[str | None]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        exclude(
            ("project_id", "="),
            ("indicator", "="),
            name="ex_project_result_once",
            where=text("until is null"),
            sentence="The project has a result with this indicator already.",
        ),
        one_of("direction", DIRECTIONS, name="ck_project_result_direction"),
        check(
            "baseline <> 'NaN' and target <> 'NaN' and case direction when 'more' then target > baseline "
            "else target < baseline end and target_on > baseline_on",
            name="ck_project_result_way",
            sentence="A target lies on the better side of the baseline, on a later day.",
        ),
        check(
            "(until is null) = (ended_because is null)",
            name="ck_project_result_end",
            sentence="A result that is no longer pursued has a last day and a reason.",
        ),
    )


class ResultActual(Record):
    """A value of an indicator as it was read on a day; it is never changed, a later one of the day takes its place."""

    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id), index=True)
    result_id: Mapped[int] = mapped_column(ForeignKey(ProjectResult.id))
    value: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    on_day: Mapped[date]
    source: Mapped[str]
    because: Mapped[str | None]

    __table_args__ = (
        check("value <> 'NaN'", name="ck_result_actual_value", sentence="A value is a number."),
        Index("ix_result_actual_result_id_on_day", "result_id", "on_day", "id"),
    )


class ProjectFreshness(Base):
    """When a person last changed a project or what hangs on it; a trigger of the trail derives it, nobody writes it."""

    __tablename__ = "project_freshness"

    project_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(Project.id), primary_key=True, autoincrement=False)
    updated_at: Mapped[datetime] = mapped_column(index=True)
