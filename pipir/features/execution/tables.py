"""What is stored of execution: spend plans and forecasts by version and month, and which budgets were submitted."""

from datetime import date
from typing import NewType

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from pipir.features.execution.rules import KINDS, STATES
from pipir.features.ledger.tables import FundingDocument
from pipir.features.people.tables import Person
from pipir.features.projects.tables import Project
from pipir.kernel.money import Dollars
from pipir.store.base import Marked, Record, check, one_of, unique

PlanId = NewType("PlanId", int)


class SpendPlan(Record, Marked):
    """One version of what a funding document is to obligate and spend, month by month; a project narrows it to a part.

    The plan of a whole document and those of its projects are never added. Once signed, only the note that a later
    version superseded it is added; the database refuses the rest.
    """

    funding_document_id: Mapped[int] = mapped_column(ForeignKey(FundingDocument.id), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey(Project.id), index=True)
    kind: Mapped[str]
    number: Mapped[int] = mapped_column(Integer)
    as_of: Mapped[date]
    # The version that was signed last when this one was drafted: what each line is held against.
    follows_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("spend_plan.id"))
    tolerance: Mapped[Dollars]
    remark: Mapped[str | None]
    state: Mapped[str]
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    signed_on: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        one_of("kind", KINDS, name="ck_spend_plan_kind"),
        one_of("state", STATES, name="ck_spend_plan_state"),
        check(
            "tolerance >= 0 and tolerance <> 'NaN'",
            name="ck_spend_plan_tolerance",
            sentence="A tolerance is an amount of zero or more.",
        ),
        check(
            "(state in ('signed', 'superseded')) = (signed_by_id is not null) "
            "and (signed_by_id is null) = (signed_on is null)",
            name="ck_spend_plan_signed",
            sentence="A signed version has who signed it, and the day.",
        ),
        check(
            "(state = 'withdrawn') = (ended_because is not null)",
            name="ck_spend_plan_withdrawn",
            sentence="A version is withdrawn with a reason.",
        ),
        Index(
            "uq_spend_plan_number",
            "funding_document_id",
            "project_id",
            "kind",
            "number",
            unique=True,
            postgresql_nulls_not_distinct=True,
            info={"sentence": "Another version was drafted at the same moment; try again."},
        ),
        Index(
            "uq_spend_plan_draft",
            "funding_document_id",
            "project_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("state = 'draft'"),
            info={"sentence": "A draft is open already; sign it or withdraw it first."},
        ),
        Index(
            "uq_spend_plan_signed",
            "funding_document_id",
            "project_id",
            "kind",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("state = 'signed'"),
            info={"sentence": "Another version was signed at the same moment; read the plans again."},
        ),
    )


class SpendPlanLine(Record):
    """What a version plans for one month, by its first day; a month that is taken out plans nothing."""

    plan_id: Mapped[int] = mapped_column(ForeignKey(SpendPlan.id))
    month: Mapped[date]
    obligations: Mapped[Dollars]
    outlays: Mapped[Dollars]
    # Why it differs from the version before.
    because: Mapped[str | None]
    # The law on which work planned after the end of the Initiative would rest; None: none is named.
    other_authority: Mapped[str | None]

    __table_args__ = (
        unique(
            "plan_id",
            "month",
            name="uq_spend_plan_line_month",
            sentence="Somebody changed this draft at the same moment; read it again.",
        ),
        check(
            "extract(day from month) = 1",
            name="ck_spend_plan_line_month",
            sentence="A month is given by its first day.",
        ),
        check(
            "obligations <> 'NaN' and outlays <> 'NaN'",
            name="ck_spend_plan_line_amounts",
            sentence="A planned amount is a number.",
        ),
    )


class SubmittedBudget(Record):
    """A President's Budget that was submitted for a fiscal year: what is planned beyond the last is pre-decisional."""

    fiscal_year: Mapped[int] = mapped_column(Integer)
    submitted_on: Mapped[date]
    source: Mapped[str]

    __table_args__ = (
        unique(
            "fiscal_year",
            name="uq_submitted_budget_fiscal_year",
            sentence="The budget of this fiscal year is recorded already.",
        ),
        check(
            "fiscal_year between 2026 and 2200",
            name="ck_submitted_budget_fiscal_year",
            sentence="A fiscal year lies between 2026 and 2200.",
        ),
    )
