"""What is stored of data calls: what was asked by when, and of each addressee the answer or the nil return."""

from datetime import date

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from pipir.features.data_calls.rules import RETURNS
from pipir.store.base import Marked, Record, check, one_of, unique


class DataCall(Record, Marked):
    """What offices and groups are asked for by a day, and for what; closed once, with a reason where any is missing."""

    title: Mapped[str]
    asked: Mapped[str]
    purpose: Mapped[str]
    report_year: Mapped[int | None]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    closed_on: Mapped[date | None]
    closed_because: Mapped[str | None]
    reopened_because: Mapped[str | None]

    __table_args__ = (
        unique(
            "title",
            "issued_on",
            name="uq_data_call_title_issued_on",
            sentence="A call with this title was issued on this day already.",
        ),
        check("due_on >= issued_on", name="ck_data_call_days", sentence="A call is due on or after the day of issue."),
        check(
            "closed_because is null or closed_on is not null",
            name="ck_data_call_closed",
            sentence="A reason for closing stands with the day of closing.",
        ),
        Index("ix_data_call_due_on", "due_on", "id"),
    )


class DataCallAddressee(Record):
    """One office or group that a call went to, and its return: an answer, an explicit nil, or nothing yet."""

    call_id: Mapped[int] = mapped_column(ForeignKey("data_call.id"), index=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("working_group.id"), index=True)
    returned: Mapped[str | None]
    answer: Mapped[str | None]
    nil_because: Mapped[str | None]
    answered_on: Mapped[date | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    released_because: Mapped[str | None]

    __table_args__ = (
        unique(
            "call_id",
            "office_id",
            name="uq_data_call_addressee_office",
            sentence="The call went to this office already.",
        ),
        unique(
            "call_id",
            "group_id",
            name="uq_data_call_addressee_group",
            sentence="The call went to this group already.",
        ),
        one_of("returned", RETURNS, name="ck_data_call_addressee_returned"),
        check(
            "num_nonnulls(office_id, group_id) = 1",
            name="ck_data_call_addressee_who",
            sentence="An addressee is an office or a group.",
        ),
        check(
            "(answer is not null) = (coalesce(returned, '') = 'answer') "
            "and (nil_because is not null) = (coalesce(returned, '') = 'nil') "
            "and num_nonnulls(returned, answered_on, answered_by_id) in (0, 3)",
            name="ck_data_call_addressee_return",
            sentence="A return is an answer or a nil with its reason, on a day, by a person.",
        ),
        check(
            "released_because is null or returned is null",
            name="ck_data_call_addressee_released",
            sentence="An addressee who has returned something is not released.",
        ),
    )
