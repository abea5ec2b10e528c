"""What is stored of technical exchanges, and of the disclosure decisions that stand behind them."""

from datetime import date
from typing import NewType

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from pipir.features.disclosure.tables import DisclosureDecision
from pipir.features.exchanges.rules import KINDS
from pipir.features.groups.tables import WorkingGroup
from pipir.features.people.tables import Office
from pipir.features.projects.tables import Project
from pipir.store.base import Marked, Record, check, one_of, unique

ExchangeId = NewType("ExchangeId", int)


class TechnicalExchange(Record, Marked):
    """A visit or an exchange of experts; who took part is named by delegations and offices, never by persons."""

    number: Mapped[int]
    code: Mapped[str]
    title: Mapped[str]
    kind: Mapped[str]
    group_id: Mapped[int | None] = mapped_column(ForeignKey(WorkingGroup.id), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey(Project.id), index=True)
    place: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    topic: Mapped[str]
    # Codes of the country register.
    delegations: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    offices: Mapped[str | None]
    lead_office_id: Mapped[int] = mapped_column(ForeignKey(Office.id))
    nothing_disclosed_because: Mapped[str | None]
    outcome: Mapped[str | None]
    cancelled_because: Mapped[str | None]
    source: Mapped[str]

    __table_args__ = (
        unique("number", name="uq_technical_exchange_number", sentence="Another one was entered just now; try again."),
        unique("code", name="uq_technical_exchange_code", sentence="Another one was entered just now; try again."),
        one_of("kind", KINDS, name="ck_technical_exchange_kind"),
        check(
            "num_nonnulls(group_id, project_id) = 1",
            name="ck_technical_exchange_of",
            sentence="An exchange hangs on a group or on a project, one of the two.",
        ),
        check(
            "ends_on >= starts_on",
            name="ck_technical_exchange_days",
            sentence="An exchange ends on or after the day it begins.",
        ),
        check(
            "cardinality(delegations) >= 1",
            name="ck_technical_exchange_delegations",
            sentence="An exchange names at least one delegation.",
        ),
        check(
            "outcome is null or cancelled_because is null",
            name="ck_technical_exchange_held",
            sentence="What took place is not cancelled.",
        ),
        Index("ix_technical_exchange_starts_on", "starts_on", "id"),
    )


class ExchangeDisclosure(Record):
    """That a disclosure decision stands behind an exchange; `until` None: it is named still."""

    exchange_id: Mapped[int] = mapped_column(ForeignKey(TechnicalExchange.id), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey(DisclosureDecision.id), index=True)
    until: Mapped[date | None]
