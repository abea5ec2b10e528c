"""What is stored of technical assistance: its plan and life, what shows its conditions, the units that are helped."""

from datetime import date
from typing import NewType

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from pipir.features.assistance.rules import RESULTS, STATUSES
from pipir.features.law.tables import Governed, late_whole
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office, Person
from pipir.features.projects.tables import Project
from pipir.kernel.money import Dollars
from pipir.store.base import Marked, Record, check, one_of, unique

AssistanceId = NewType("AssistanceId", int)
UnitId = NewType("UnitId", int)


class Assistance(Record, Marked, Governed):
    """Help for a partner; `uses` is the title 10 authority, `program_authority` what it rests on (None: 1253(e)(3))."""

    number: Mapped[int]
    code: Mapped[str]
    name: Mapped[str]
    participant_id: Mapped[int] = mapped_column(ForeignKey(Participant.id), index=True)
    purpose: Mapped[str]
    objectives: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    uses: Mapped[str]
    program_authority: Mapped[str | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    planned_cost: Mapped[Dollars | None]
    project_id: Mapped[int | None] = mapped_column(ForeignKey(Project.id), index=True)
    lead_office_id: Mapped[int] = mapped_column(ForeignKey(Office.id))
    status: Mapped[str]
    status_because: Mapped[str | None]
    status_on: Mapped[date | None]
    begun_on: Mapped[date | None]
    source: Mapped[str]

    __table_args__ = (
        unique("number", name="uq_assistance_number", sentence="Another one was entered just now; try again."),
        unique("code", name="uq_assistance_code", sentence="Another one was entered just now; try again."),
        one_of("status", STATUSES, name="ck_assistance_status"),
        check(
            "ends_on >= starts_on",
            name="ck_assistance_days",
            sentence="Assistance ends on or after the day it begins.",
        ),
        check(
            "cardinality(objectives) >= 1",
            name="ck_assistance_objectives",
            sentence="Assistance serves at least one objective.",
        ),
        check(
            "planned_cost <> 'NaN' and planned_cost >= 0",
            name="ck_assistance_planned_cost",
            sentence="A planned cost is an amount of zero or more.",
        ),
        check(
            "uses like '10-usc-%'",
            name="ck_assistance_uses",
            sentence="Assistance always names the authority of title 10 that it uses.",
        ),
        check(
            "case status when 'planned' then begun_on is null when 'ended' then true else begun_on is not null end",
            name="ck_assistance_begun",
            sentence="Assistance that has begun has its day.",
        ),
        late_whole("assistance"),
        Index("ix_assistance_starts_on", "starts_on", "id"),
    )


class AssistanceCondition(Record):
    """What shows that a condition of the authority is met; one that was replaced stays with the day of that."""

    assistance_id: Mapped[int] = mapped_column(ForeignKey(Assistance.id))
    condition: Mapped[str]
    met_on: Mapped[date]
    evidence: Mapped[str]
    document: Mapped[str | None]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    recorded_on: Mapped[date]
    replaced_on: Mapped[date | None]

    __table_args__ = (
        Index(
            "uq_assistance_condition_standing",
            "assistance_id",
            "condition",
            unique=True,
            postgresql_where=text("replaced_on is null"),
            info={"sentence": "Somebody recorded this condition at the same time; look again."},
        ),
    )


class AssistanceUnit(Record):
    """A unit of the partner that is helped, with its vetting (10 U.S.C. 362)."""

    assistance_id: Mapped[int] = mapped_column(ForeignKey(Assistance.id), index=True)
    name: Mapped[str]
    result: Mapped[str]
    vetted_on: Mapped[date | None]
    reference: Mapped[str | None]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        one_of("result", RESULTS, name="ck_assistance_unit_result"),
        check(
            "(result = 'pending') = (vetted_on is null)",
            name="ck_assistance_unit_vetted",
            sentence="The result of a vetting has its day.",
        ),
        check(
            "num_nonnulls(until, ended_because) in (0, 2)",
            name="ck_assistance_unit_end",
            sentence="A unit is taken out on a day, with a reason.",
        ),
    )
