"""What is stored of coordination: requests, their rounds, who is asked, answers, conditions, decisions, policies."""

from datetime import date
from typing import Any, NewType

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from pipir.features.concurrence.rules import ANSWERS, CONDITION_STATES, DECISIONS, ROLES, STATES
from pipir.store.base import Marked, Record, check, one_of, unique

RequestId = NewType("RequestId", int)
AskedId = NewType("AskedId", int)
EscalationId = NewType("EscalationId", int)
ConditionId = NewType("ConditionId", int)
PolicyId = NewType("PolicyId", int)

STANDINGS = ("statute", "regulation", "office policy")


class ConcurrenceRequest(Record, Marked):
    """One act on one subject, put to offices; its rounds hold the values that were asked about, one after another."""

    subject_kind: Mapped[str]
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    title: Mapped[str]
    subject_href: Mapped[str]
    act: Mapped[str]
    question: Mapped[str]
    provision: Mapped[str | None]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(server_default="open")
    state_since: Mapped[date]
    state_because: Mapped[str | None]

    __table_args__ = (
        one_of("state", STATES, name="ck_concurrence_request_state"),
        Index("ix_concurrence_request_subject", "subject_kind", "subject_id", "act"),
        Index("ix_concurrence_request_state", "state", "id"),
    )


class ConcurrenceRound(Record):
    """One value that is asked about from a day until a day; the one without an end is in force."""

    request_id: Mapped[int] = mapped_column(ForeignKey("concurrence_request.id"))
    number: Mapped[int]
    began: Mapped[str]
    because: Mapped[str | None]
    asked_on: Mapped[date]
    due_on: Mapped[date]
    value_before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    value_after: Mapped[dict[str, Any]] = mapped_column(JSONB)
    value_hash: Mapped[str]
    # What was typed into the act's form, by field, so that nobody types it again once the value is agreed.
    typed: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    # The act is done once by one agreement: from this day on it stands for no other.
    used_on: Mapped[date | None]
    # How the round left the request when it was settled; what the undoing of a reopening brings back.
    settled: Mapped[str | None]
    settled_on: Mapped[date | None]
    ended: Mapped[str | None]
    ended_on: Mapped[date | None]

    __table_args__ = (
        unique(
            "request_id",
            "number",
            name="uq_concurrence_round_number",
            sentence="Somebody began a new round of this request at the same time.",
        ),
        # What an answer refers to: the round together with the value that it asks about.
        unique("id", "value_hash", name="uq_concurrence_round_value", sentence="A round asks about one value."),
        one_of("began", ("asked", "revised", "reopened"), name="ck_concurrence_round_began"),
        one_of("ended", ("revised", "reopened", "undone", "withdrawn"), name="ck_concurrence_round_ended"),
        one_of("settled", ("agreed", "refused"), name="ck_concurrence_round_settled"),
        check("due_on >= asked_on", name="ck_concurrence_round_days", sentence="An answer is due on or after the day."),
        check(
            "num_nonnulls(ended, ended_on) in (0, 2) and num_nonnulls(settled, settled_on) in (0, 2)",
            name="ck_concurrence_round_end",
            sentence="What ends or settles a round has a day.",
        ),
        check(
            "used_on is null or (settled = 'agreed' and ended_on is null)",
            name="ck_concurrence_round_used",
            sentence="An agreement is used up by its act, and stays as it was then.",
        ),
        check(
            "value_hash ~ '^[0-9a-f]{64}$'",
            name="ck_concurrence_round_hash",
            sentence="A value is known by its sha256.",
        ),
        Index(
            "uq_concurrence_round_in_force",
            "request_id",
            unique=True,
            postgresql_where=text("ended_on is null"),
            info={"sentence": "A request has one round in force."},
        ),
    )


class ConcurrenceAsked(Record):
    """An office that a round asks, in the role that law or policy gives it."""

    request_id: Mapped[int] = mapped_column(ForeignKey("concurrence_request.id"), index=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("concurrence_round.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    role: Mapped[str]
    citation: Mapped[str]
    standing: Mapped[str]

    __table_args__ = (
        unique(
            "round_id",
            "office_id",
            name="uq_concurrence_asked_office",
            sentence="A round asks each office once.",
        ),
        # What an answer refers to: the office as asked, together with its round.
        unique("id", "round_id", name="uq_concurrence_asked_round", sentence="An office is asked in one round."),
        one_of("role", ROLES, name="ck_concurrence_asked_role"),
        one_of("standing", STANDINGS, name="ck_concurrence_asked_standing"),
    )


class ConcurrenceAnswer(Record):
    """What an office answered about a value; one that was replaced by a later one stays, void."""

    request_id: Mapped[int] = mapped_column(ForeignKey("concurrence_request.id"), index=True)
    round_id: Mapped[int] = mapped_column(BigInteger)
    asked_id: Mapped[int] = mapped_column(BigInteger)
    value_hash: Mapped[str]
    answer: Mapped[str]
    comment: Mapped[str | None]
    answered_on: Mapped[date]
    answered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    replaced_on: Mapped[date | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["asked_id", "round_id"],
            ["concurrence_asked.id", "concurrence_asked.round_id"],
            name="fk_concurrence_answer_asked",
            info={"sentence": "An answer is given by an office that its round asked."},
        ),
        ForeignKeyConstraint(
            ["round_id", "value_hash"],
            ["concurrence_round.id", "concurrence_round.value_hash"],
            name="fk_concurrence_answer_value",
            info={"sentence": "An answer counts for the value that its round asked about."},
        ),
        one_of("answer", ANSWERS, name="ck_concurrence_answer_answer"),
        check(
            "comment is not null or answer not in ('concur with comment', 'non-concur')",
            name="ck_concurrence_answer_comment",
            sentence="A comment and a non-concurrence say what the office has to say.",
        ),
        Index(
            "uq_concurrence_answer_in_force",
            "asked_id",
            unique=True,
            postgresql_where=text("replaced_on is null"),
            info={"sentence": "An office has one answer in force in a round."},
        ),
    )


class ConcurrenceCondition(Record):
    """A condition of a concurrence: what is owed, by whom, by when; met with evidence or waived with a reason."""

    request_id: Mapped[int] = mapped_column(ForeignKey("concurrence_request.id"), index=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("concurrence_answer.id"), index=True)
    title: Mapped[str]
    owner_office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    owner_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(server_default="open")
    closed_on: Mapped[date | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    evidence: Mapped[str | None]
    waived_because: Mapped[str | None]

    __table_args__ = (
        one_of("state", CONDITION_STATES, name="ck_concurrence_condition_state"),
        check(
            "num_nonnulls(owner_office_id, owner_person_id) = 1",
            name="ck_concurrence_condition_owner",
            sentence="A condition is owned by an office or a person.",
        ),
        check(
            "(state = 'met') = (evidence is not null) and (state = 'waived') = (waived_because is not null) "
            "and (state = 'open') = (num_nonnulls(closed_on, closed_by_id) = 0) "
            "and num_nonnulls(closed_on, closed_by_id) <> 1",
            name="ck_concurrence_condition_closed",
            sentence="A condition is met with evidence or waived with a reason, on a day, by a person.",
        ),
    )


class ConcurrenceEscalation(Record):
    """The non-concurrence of an office that coordinates, the decision maker named for it, and the decision."""

    request_id: Mapped[int] = mapped_column(ForeignKey("concurrence_request.id"), index=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("concurrence_answer.id"))
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    escalated_on: Mapped[date]
    decision: Mapped[str | None]
    reason: Mapped[str | None]
    decided_on: Mapped[date | None]

    __table_args__ = (
        unique("answer_id", name="uq_concurrence_escalation_answer", sentence="This answer is escalated already."),
        one_of("decision", DECISIONS, name="ck_concurrence_escalation_decision"),
        check(
            "num_nonnulls(decision, reason, decided_on) in (0, 3) and (decision is null or decider_id is not null)",
            name="ck_concurrence_escalation_decided",
            sentence="A decision has a decision maker, a day and a reason.",
        ),
    )


class ConcurrenceSendBack(Record):
    """A request sent back by an asked office or the decision maker: which fields, and why."""

    request_id: Mapped[int] = mapped_column(ForeignKey("concurrence_request.id"), index=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("concurrence_round.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    fields: Mapped[list[str]]
    reasons: Mapped[list[str]]
    note: Mapped[str | None]
    sent_on: Mapped[date]
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (
        check(
            "cardinality(fields) > 0 and cardinality(reasons) > 0",
            name="ck_concurrence_send_back_why",
            sentence="What is sent back names fields and reasons.",
        ),
    )


class ConcurrencePolicy(Record):
    """An office policy: from a day until a day an act needs certain offices, but for fields that are low-risk."""

    act: Mapped[str]
    title: Mapped[str]
    citation: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]
    low_risk: Mapped[list[str]]

    __table_args__ = (
        check(
            "until is null or until >= since",
            name="ck_concurrence_policy_days",
            sentence="A policy ends on or after the day it began.",
        ),
        unique("act", "since", "title", name="uq_concurrence_policy", sentence="This policy is entered already."),
    )


class ConcurrencePolicyOffice(Record):
    """An office that a policy asks, and in which role."""

    policy_id: Mapped[int] = mapped_column(ForeignKey("concurrence_policy.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    role: Mapped[str]

    __table_args__ = (
        unique(
            "policy_id",
            "office_id",
            name="uq_concurrence_policy_office",
            sentence="A policy asks each office once.",
        ),
        one_of("role", ROLES, name="ck_concurrence_policy_office_role"),
    )
