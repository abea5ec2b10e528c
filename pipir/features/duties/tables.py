"""What is stored of duties: what somebody recorded about a date of the statute; the date itself stands in the law."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from pipir.store.base import Record, check, one_of, unique

STATUSES = ("not started", "in work", "done", "late", "extension pending", "not public")


class Duty(Record):
    """What is recorded about one dated duty, by the slug of the statute's deadline or of a notice that was set off."""

    slug: Mapped[str]
    # Of a notice only: the deadline that the law counts in days, the event, and its day; the day due follows from them.
    notice: Mapped[str | None]
    event: Mapped[str | None]
    triggered_on: Mapped[date | None]
    status: Mapped[str]
    owner_office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    note: Mapped[str | None]
    done_on: Mapped[date | None]
    evidence: Mapped[str | None]
    late_days: Mapped[int | None]
    late_statement: Mapped[str | None]
    late_stated_on: Mapped[date | None]
    late_stated_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    extension_asked_by: Mapped[str | None]
    extension_asked_on: Mapped[date | None]
    reopened_because: Mapped[str | None]
    ended_on: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        unique("slug", name="uq_duty_slug", sentence="This duty is recorded already; change its entry."),
        one_of("status", STATUSES, name="ck_duty_status"),
        check(
            "num_nonnulls(notice, event, triggered_on) in (0, 3)",
            name="ck_duty_notice",
            sentence="A notice names the duty, the event that set it off, and the event's day.",
        ),
        check(
            "(status = 'done') = (num_nonnulls(done_on, evidence) = 2) and num_nonnulls(done_on, evidence) <> 1",
            name="ck_duty_done",
            sentence="A duty is done on a day and with evidence, or it is not done.",
        ),
        check(
            "num_nonnulls(late_days, late_statement, late_stated_on, late_stated_by_id) in (0, 4) "
            "and (status <> 'late' or late_days is not null) and (late_days is null or late_days > 0)",
            name="ck_duty_late",
            sentence="A duty is late by a number of days that its owner has stated, on a day and in words.",
        ),
        check(
            "num_nonnulls(extension_asked_by, extension_asked_on) in (0, 2) "
            "and (status <> 'extension pending' or extension_asked_on is not null)",
            name="ck_duty_extension",
            sentence="An extension is pending where it is recorded who asked for it, and when.",
        ),
        check(
            "num_nonnulls(ended_on, ended_because) in (0, 2)",
            name="ck_duty_end",
            sentence="An entry ends on a day and for a reason.",
        ),
    )
