"""What is shown of coordination."""

from datetime import date

import msgspec

from pipir.features.concurrence import rules
from pipir.statute.model import Role


class ConditionView(msgspec.Struct, frozen=True):
    """A condition as shown, with its request and its owner by name."""

    id: int
    version: int
    request_id: int
    title: str
    request: str
    office: str
    office_id: int
    owner: str
    owner_office_id: int | None
    owner_person_id: int | None
    due_on: date
    state: str
    overdue: bool
    closed_on: date | None
    closed_by: str | None
    evidence: str | None
    waived_because: str | None
    # Whether its concurrence still counts; a condition of a former round is history.
    in_force: bool
    marking: str
    exercise: bool


class EscalationView(msgspec.Struct, frozen=True):
    """The way of a non-concurrence to its decision maker."""

    id: int
    version: int
    decider_id: int | None
    decider: str | None
    escalated_on: date
    decision: str | None
    reason: str | None
    decided_on: date | None


class AskedView(msgspec.Struct, frozen=True):
    """An office as asked in a round: its role with what gives it, its answer, and the days that it took.

    `days` and `working_days` run from the day of asking to the first answer, to the round's end, or until today.
    """

    id: int
    request_id: int
    round_id: int
    office_id: int
    office: str
    role: Role
    citation: str
    standing: str
    answer: str | None
    comment: str | None
    answered_on: date | None
    answered_by: str | None
    answered_by_id: int | None
    days: int
    working_days: int
    # Past the due day without an answer; that is never consent.
    no_answer: bool
    escalation: EscalationView | None
    exercise: bool


class FormerAnswerView(msgspec.Struct, frozen=True):
    """An answer that the office itself replaced by a later one."""

    office: str
    answer: str
    comment: str | None
    answered_on: date
    answered_by: str
    replaced_on: date


class SendBackView(msgspec.Struct, frozen=True):
    """Who sent a request back, which fields, and why."""

    office: str
    fields: list[str]
    reasons: list[str]
    note: str | None
    sent_on: date
    sent_by: str


class RoundView(msgspec.Struct, frozen=True):
    """A round as shown: the value it asks about, the offices asked, what came back."""

    id: int
    number: int
    began: str
    because: str | None
    asked_on: date
    due_on: date
    value_before: dict[str, str]
    value_after: dict[str, str]
    value_hash: str
    settled: str | None
    settled_on: date | None
    used_on: date | None
    ended: str | None
    ended_on: date | None
    offices: tuple[AskedView, ...]
    former: tuple[FormerAnswerView, ...]
    sent_back: tuple[SendBackView, ...]


class RequestView(msgspec.Struct, frozen=True):
    """A request with its round in force (of a withdrawn one the last); `says` tells how it stands."""

    id: int
    version: int
    subject_kind: str
    subject_id: int | None
    title: str
    subject_href: str
    act: str
    act_title: str
    question: str
    provision: str | None
    asked_by: str
    asked_by_id: int
    office: str
    office_id: int
    decider_id: int | None
    decider: str | None
    state: str
    state_since: date
    state_because: str | None
    round: int
    began: str
    asked_on: date
    due_on: date
    days_past_due: int
    value_before: dict[str, str]
    value_after: dict[str, str]
    value_hash: str
    typed: dict[str, str]
    # The day on which the act was done; the agreement stands for no other.
    used_on: date | None
    offices: tuple[AskedView, ...]
    allowed: bool
    says: str
    missing: tuple[str, ...]
    marking: str
    exercise: bool

    @property
    def act_href(self) -> str:
        """The form that does the act as it is agreed; blank while it may not be done, or where no form here does it."""
        if not self.allowed:
            return ""
        return rules.address_of_act(self.act, self.subject_id, self.subject_href, self.id)

    @property
    def fields(self) -> tuple[tuple[str, str, str], ...]:
        """Every field of the value as (name, before, after)."""
        names = sorted({*self.value_before, *self.value_after})
        return tuple((name, self.value_before.get(name, ""), self.value_after.get(name, "")) for name in names)


class PolicyOfficeView(msgspec.Struct, frozen=True):
    """An office that a policy asks."""

    office_id: int
    office: str
    role: Role


class PolicyView(msgspec.Struct, frozen=True):
    """An office policy as shown; `in_force` by the program's day."""

    id: int
    version: int
    act: str
    act_title: str
    title: str
    citation: str
    since: date
    until: date | None
    ended_because: str | None
    low_risk: list[str]
    offices: tuple[PolicyOfficeView, ...]
    in_force: bool
    exercise: bool


class Standing(msgspec.Struct, frozen=True):
    """Whether an act may be done with a value: the sentence, the request that says so, the offices that hold it up."""

    allowed: bool
    says: str
    request_id: int | None = None
    missing: tuple[str, ...] = ()
    citation: str = ""


class OfficeDays(msgspec.Struct, frozen=True):
    """How long an office takes: what it answered and what it has not, in calendar and working days."""

    office_id: int
    office: str
    asked: int
    answered: int
    median_days: int | None
    longest_days: int | None
    median_working_days: int | None
    longest_working_days: int | None
    waiting: int
    waiting_days: int | None
    past_due: int


class ToAnswer(msgspec.Struct, frozen=True):
    """A request that waits for an office that the person speaks for."""

    request: RequestView
    asked: AskedView


class SentBack(msgspec.Struct, frozen=True):
    """A request that was sent back to the person who asks."""

    request: RequestView
    sent_back: tuple[SendBackView, ...]


class WaitingFor(msgspec.Struct, frozen=True):
    """All of coordination that waits for a person."""

    answers: tuple[ToAnswer, ...] = ()
    decisions: tuple[ToAnswer, ...] = ()
    sent_back: tuple[SentBack, ...] = ()
    conditions: tuple[ConditionView, ...] = ()
    # Agreed to as the person asked, and not done yet.
    ready: tuple[RequestView, ...] = ()

    @property
    def count(self) -> int:
        """How many items wait."""
        return len(self.answers) + len(self.decisions) + len(self.sent_back) + len(self.conditions) + len(self.ready)
