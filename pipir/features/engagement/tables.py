"""What is stored of engagement: events and meetings, the organizations that came, and the promises of either side."""

from datetime import date
from typing import NewType

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from pipir.features.engagement.rules import KINDS, ORGANIZATION_KINDS, OUTCOMES, SIDES
from pipir.features.people.tables import Office, Person
from pipir.store.base import Marked, Record, check, one_of, unique

EngagementId = NewType("EngagementId", int)
OrganizationId = NewType("OrganizationId", int)
CommitmentId = NewType("CommitmentId", int)


class Engagement(Record, Marked):
    """An event or meeting with industry, capital providers, academia or others; no private persons are named."""

    number: Mapped[int]
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    place: Mapped[str]
    topic: Mapped[str]
    objectives: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    lead_office_id: Mapped[int] = mapped_column(ForeignKey(Office.id))
    outcome: Mapped[str | None]
    source: Mapped[str]
    solicitation_open: Mapped[bool]
    solicitation_number: Mapped[str | None]
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    acknowledged_on: Mapped[date | None]
    cancelled_because: Mapped[str | None]

    __table_args__ = (
        unique("number", name="uq_engagement_number", sentence="Another one was entered just now; try again."),
        unique("code", name="uq_engagement_code", sentence="Another one was entered just now; try again."),
        one_of("kind", KINDS, name="ck_engagement_kind"),
        check(
            "ends_on >= starts_on",
            name="ck_engagement_days",
            sentence="An engagement ends on or after the day it begins.",
        ),
        check(
            "cardinality(objectives) >= 1",
            name="ck_engagement_objectives",
            sentence="An engagement serves at least one objective.",
        ),
        check(
            "num_nonnulls(acknowledged_by_id, acknowledged_on) in (0, 2) and solicitation_open = "
            "(solicitation_number is not null) and (not solicitation_open or acknowledged_by_id is not null)",
            name="ck_engagement_solicitation",
            sentence="Where a solicitation is open it is named, and the reminder is acknowledged.",
        ),
        check(
            "outcome is null or cancelled_because is null",
            name="ck_engagement_held",
            sentence="What took place is not cancelled.",
        ),
        Index("ix_engagement_starts_on", "starts_on", "id"),
    )


class EngagementOrganization(Record):
    """An organization that takes part; its codes are checked for their form alone."""

    engagement_id: Mapped[int] = mapped_column(ForeignKey(Engagement.id), index=True)
    name: Mapped[str]
    kind: Mapped[str]
    country: Mapped[str]
    uei: Mapped[str | None]
    cage: Mapped[str | None]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        one_of("kind", ORGANIZATION_KINDS, name="ck_engagement_organization_kind"),
        check(
            "num_nonnulls(until, ended_because) in (0, 2)",
            name="ck_engagement_organization_end",
            sentence="An organization is taken out on a day, with a reason.",
        ),
    )


class EngagementCommitment(Record):
    """What one side promised at an engagement; `owed_by` says which."""

    engagement_id: Mapped[int] = mapped_column(ForeignKey(Engagement.id), index=True)
    title: Mapped[str]
    what: Mapped[str]
    owed_by: Mapped[str]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey(EngagementOrganization.id))
    made_on: Mapped[date]
    due_on: Mapped[date]
    owner_office_id: Mapped[int] = mapped_column(ForeignKey(Office.id))
    owner_person_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    outcome: Mapped[str] = mapped_column(server_default="open")
    settled_on: Mapped[date | None]
    evidence: Mapped[str | None]

    __table_args__ = (
        one_of("owed_by", SIDES, name="ck_engagement_commitment_owed_by"),
        one_of("outcome", OUTCOMES, name="ck_engagement_commitment_outcome"),
        check(
            "owed_by = 'the office' or organization_id is not null",
            name="ck_engagement_commitment_organization",
            sentence="A promise of an organization names it.",
        ),
        check(
            "due_on >= made_on",
            name="ck_engagement_commitment_days",
            sentence="A commitment is due on or after the day it was made.",
        ),
        check(
            "(outcome = 'open') = (settled_on is null) and (outcome = 'open') = (evidence is null)",
            name="ck_engagement_commitment_settled",
            sentence="What is kept, late or withdrawn has its day and its evidence.",
        ),
        Index(
            "ix_engagement_commitment_due_on",
            "due_on",
            "id",
            postgresql_where=text("outcome in ('open', 'late')"),
        ),
    )
