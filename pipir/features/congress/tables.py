"""What is stored of Congress: briefings with their committees and questions, contacts, promises."""

from datetime import date

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from pipir.features.congress.rules import CONTACT_KINDS, CONTACT_STATUSES, OUTCOMES, PROMISE_SOURCES
from pipir.store.base import Marked, Record, check, one_of, unique


class Briefing(Record, Marked):
    """The package of one briefing: of a statutory duty, by its slug (briefing-2026), or of one given on request."""

    duty: Mapped[str | None]
    requested_by: Mapped[str | None]
    title: Mapped[str]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    briefer_role: Mapped[str | None]
    briefer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    called_off_on: Mapped[date | None]
    called_off_because: Mapped[str | None]

    __table_args__ = (
        unique("duty", name="uq_briefing_duty", sentence="This briefing has its package already; change that one."),
        check(
            "num_nonnulls(duty, requested_by) = 1",
            name="ck_briefing_basis",
            sentence="A briefing rests on a duty of the statute, or on a request that names who made it.",
        ),
        check(
            "num_nonnulls(briefer_role, briefer_id) >= 1",
            name="ck_briefing_briefer",
            sentence="A briefing names who briefs: a role of the office, or a person.",
        ),
        check(
            "num_nonnulls(called_off_on, called_off_because) in (0, 2)",
            name="ck_briefing_called_off",
            sentence="A briefing is called off on a day and for a reason.",
        ),
    )


class CommitteeBriefing(Record):
    """One committee of a briefing: the day planned, the day given, where or in which form, and who attended."""

    briefing_id: Mapped[int] = mapped_column(ForeignKey("briefing.id"), index=True)
    # A slug of the statute's recipients, or a committee's name in words where the statute names no such one.
    committee: Mapped[str]
    planned_on: Mapped[date | None]
    place: Mapped[str | None]
    given_on: Mapped[date | None]
    attendees: Mapped[str | None]
    reopened_because: Mapped[str | None]

    __table_args__ = (
        unique(
            "briefing_id",
            "committee",
            name="uq_committee_briefing_committee",
            sentence="This committee stands on the briefing already; change its entry.",
        ),
        check(
            "(given_on is null) = (attendees is null) and (given_on is null or place is not null)",
            name="ck_committee_briefing_given",
            sentence="A briefing that was given has its day, its place or form, and who attended.",
        ),
    )


class BriefingQuestion(Record):
    """A question that a committee asked in a briefing, by when an answer is due, and the answer that was given."""

    briefing_id: Mapped[int] = mapped_column(ForeignKey("briefing.id"), index=True)
    committee: Mapped[str]
    question: Mapped[str]
    due_on: Mapped[date | None]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    answered_on: Mapped[date | None]
    answer: Mapped[str | None]
    answering_office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    withdrawn_on: Mapped[date | None]
    withdrawn_because: Mapped[str | None]
    reopened_because: Mapped[str | None]

    __table_args__ = (
        check(
            "num_nonnulls(answered_on, answer, answering_office_id) in (0, 3)",
            name="ck_briefing_question_answered",
            sentence="A question that is answered has a day, an answer and the office that gave it.",
        ),
        check(
            "num_nonnulls(withdrawn_on, withdrawn_because) in (0, 2) and num_nonnulls(withdrawn_on, answered_on) <= 1",
            name="ck_briefing_question_withdrawn",
            sentence="A question that is withdrawn has a day and a reason, and no answer.",
        ),
        Index(
            "ix_briefing_question_due_on",
            "due_on",
            "id",
            postgresql_where=text("answered_on is null and withdrawn_on is null"),
        ),
    )


class CongressionalContact(Record, Marked):
    """What came from Congress, or went to it, between reports: a question, a package, or an informal hold."""

    kind: Mapped[str]
    title: Mapped[str]
    asked: Mapped[str]
    committee: Mapped[str | None]
    member_office: Mapped[str | None]
    tasking_number: Mapped[str | None]
    received_on: Mapped[date]
    due_on: Mapped[date | None]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    status: Mapped[str]
    answered_on: Mapped[date | None]
    answer: Mapped[str | None]
    evidence: Mapped[str | None]
    withdrawn_on: Mapped[date | None]
    withdrawn_because: Mapped[str | None]
    released_on: Mapped[date | None]
    released_because: Mapped[str | None]
    reopened_because: Mapped[str | None]

    __table_args__ = (
        unique(
            "tasking_number",
            name="uq_congressional_contact_tasking_number",
            sentence="There is an entry with this tasking number already.",
        ),
        one_of("kind", CONTACT_KINDS, name="ck_congressional_contact_kind"),
        one_of("status", CONTACT_STATUSES, name="ck_congressional_contact_status"),
        check(
            "num_nonnulls(committee, member_office) >= 1",
            name="ck_congressional_contact_from",
            sentence="An entry names the committee or the member's office.",
        ),
        check(
            "(kind = 'informal hold') = (status in ('placed', 'released'))",
            name="ck_congressional_contact_hold",
            sentence="A hold is placed or released; anything else is open, answered or withdrawn.",
        ),
        check(
            "due_on >= received_on",
            name="ck_congressional_contact_days",
            sentence="A suspense lies on or after the day of receipt.",
        ),
        check(
            "num_nonnulls(answered_on, answer, evidence) = case status when 'answered' then 3 else 0 end",
            name="ck_congressional_contact_answered",
            sentence="What is answered has a day, an answer and evidence.",
        ),
        check(
            "num_nonnulls(withdrawn_on, withdrawn_because) = case status when 'withdrawn' then 2 else 0 end",
            name="ck_congressional_contact_withdrawn",
            sentence="What is withdrawn has a day and a reason.",
        ),
        check(
            "num_nonnulls(released_on, released_because) = case status when 'released' then 2 else 0 end",
            name="ck_congressional_contact_released",
            sentence="A hold that is released has a day and a reason.",
        ),
        Index("ix_congressional_contact_received_on", "received_on", "id"),
        Index("ix_congressional_contact_due_on", "due_on", "id", postgresql_where=text("status in ('open', 'placed')")),
    )


class Promise(Record, Marked):
    """A forward statement made to Congress: its words, where it was made, who owes it by when, what became of it."""

    title: Mapped[str]
    words: Mapped[str]
    made_in: Mapped[str]
    report_year: Mapped[int | None]
    briefing_id: Mapped[int | None] = mapped_column(ForeignKey("briefing.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("congressional_contact.id"), index=True)
    source: Mapped[str | None]
    made_on: Mapped[date]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    due_on: Mapped[date]
    outcome: Mapped[str]
    kept_on: Mapped[date | None]
    evidence: Mapped[str | None]
    late_days: Mapped[int | None]
    late_statement: Mapped[str | None]
    late_stated_on: Mapped[date | None]
    late_stated_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    dropped_on: Mapped[date | None]
    dropped_because: Mapped[str | None]
    told: Mapped[str | None]
    reopened_because: Mapped[str | None]

    __table_args__ = (
        one_of("made_in", PROMISE_SOURCES, name="ck_promise_made_in"),
        one_of("outcome", OUTCOMES, name="ck_promise_outcome"),
        check(
            "(made_in = 'report') = (report_year is not null) and (made_in = 'briefing') = (briefing_id is not null) "
            "and (made_in = 'contact') = (contact_id is not null) and (made_in <> 'other' or source is not null)",
            name="ck_promise_source",
            sentence="A promise names the one place where it was made.",
        ),
        check(
            "due_on >= made_on", name="ck_promise_days", sentence="A promise is due on or after the day it was made."
        ),
        check(
            "num_nonnulls(kept_on, evidence) = case outcome when 'kept' then 2 else 0 end",
            name="ck_promise_kept",
            sentence="A promise is kept on a day and with evidence.",
        ),
        check(
            "num_nonnulls(late_days, late_statement, late_stated_on, late_stated_by_id) in (0, 4) "
            "and (outcome <> 'late' or late_days is not null) and (late_days is null or late_days > 0)",
            name="ck_promise_late",
            sentence="A promise is late by a number of days that its owner has stated, on a day and in words.",
        ),
        check(
            "num_nonnulls(dropped_on, dropped_because, told) = case outcome when 'dropped' then 3 else 0 end",
            name="ck_promise_dropped",
            sentence="A promise that is dropped has a day, a reason, and who was told.",
        ),
        Index("ix_promise_due_on", "due_on", "id", postgresql_where=text("outcome in ('open', 'late')")),
    )
