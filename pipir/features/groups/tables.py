"""What is stored of groups: who belongs to them, what their meetings decided, what was asked of whom, what followed."""

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from pipir.features.law.tables import Governed, late_whole
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office
from pipir.store.base import Marked, Record, check, one_of, unique

GROUP_KINDS = ("workstream", "working group")
PARTS = ("co-chair", "member", "observer")
MINUTES_STATES = ("draft", "agreed")
ACTION_STATES = ("open", "done", "verified", "dropped")


class WorkingGroup(Record, Marked, Governed):
    """A workstream of the forum or a working group, from the day it was established and until it ended."""

    name: Mapped[str]
    kind: Mapped[str]
    workstream_id: Mapped[int | None] = mapped_column(ForeignKey("working_group.id"), index=True)
    charter: Mapped[str | None]
    program_authority: Mapped[str | None]
    established_on: Mapped[date]
    source: Mapped[str]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        unique("name", name="uq_working_group_name", sentence="There is a group with this name already."),
        one_of("kind", GROUP_KINDS, name="ck_working_group_kind"),
        check(
            "workstream_id is null or kind <> 'workstream'",
            name="ck_working_group_workstream",
            sentence="A working group belongs to a workstream; a workstream belongs to no other.",
        ),
        check(
            "until is null or until >= established_on",
            name="ck_working_group_days",
            sentence="A group ends on or after the day it was established.",
        ),
        check(
            "(until is null) = (ended_because is null)",
            name="ck_working_group_end",
            sentence="A group that ends has a last day and a reason.",
        ),
        late_whole("working_group"),
    )


class GroupMember(Record):
    """A delegation or an office of ours in a group, by office or role and never by a person's name."""

    group_id: Mapped[int] = mapped_column(ForeignKey(WorkingGroup.id), index=True)
    part: Mapped[str]
    participant_id: Mapped[int | None] = mapped_column(ForeignKey(Participant.id), index=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey(Office.id), index=True)
    role: Mapped[str | None]
    since: Mapped[date]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        one_of("part", PARTS, name="ck_group_member_part"),
        check(
            "num_nonnulls(participant_id, office_id) = 1",
            name="ck_group_member_who",
            sentence="A member is a country's delegation or an office of ours, one of the two.",
        ),
        check(
            "part <> 'co-chair' or role is not null",
            name="ck_group_member_role",
            sentence="A co-chair is named by office or role.",
        ),
        check(
            "num_nonnulls(until, ended_because) in (0, 2)",
            name="ck_group_member_end",
            sentence="A membership that ends has a last day and a reason.",
        ),
        check(
            "until >= since",
            name="ck_group_member_days",
            sentence="A membership ends on or after the day it began.",
        ),
        Index(
            "uq_group_member_delegation",
            "group_id",
            "participant_id",
            "part",
            unique=True,
            postgresql_where=text("until is null and participant_id is not null"),
            info={"sentence": "This delegation has this part in the group already; end that one first."},
        ),
        Index(
            "uq_group_member_office",
            "group_id",
            "office_id",
            "part",
            unique=True,
            postgresql_where=text("until is null and office_id is not null"),
            info={"sentence": "This office has this part in the group already; end that one first."},
        ),
    )


class Meeting(Record, Marked):
    """A meeting of a group, or of the forum itself where no group is named.

    `minutes_because` says why minutes that were agreed are a draft again.
    """

    group_id: Mapped[int | None] = mapped_column(ForeignKey("working_group.id"), index=True)
    name: Mapped[str]
    place: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    outcome: Mapped[str | None]
    source: Mapped[str]
    cancelled_because: Mapped[str | None]
    minutes: Mapped[str | None]
    minutes_state: Mapped[str | None]
    minutes_agreed_on: Mapped[date | None]
    minutes_because: Mapped[str | None]

    __table_args__ = (
        one_of("minutes_state", MINUTES_STATES, name="ck_meeting_minutes_state"),
        check(
            "num_nonnulls(minutes, minutes_state) in (0, 2)",
            name="ck_meeting_minutes",
            sentence="Minutes are a draft or agreed.",
        ),
        check(
            "(minutes_state is not distinct from 'agreed') = (minutes_agreed_on is not null)",
            name="ck_meeting_minutes_agreed",
            sentence="Minutes that are agreed have the day on which they were.",
        ),
        unique(
            "name",
            "starts_on",
            name="uq_meeting_name_starts_on",
            sentence="There is a meeting with this name on this day already.",
        ),
        check(
            "ends_on >= starts_on",
            name="ck_meeting_days",
            sentence="A meeting ends on or after the day it began.",
        ),
        Index("ix_meeting_starts_on", "starts_on", "id"),
    )


class AgendaItem(Record):
    """A point of a meeting's agenda; what is withdrawn stays, with its reason."""

    meeting_id: Mapped[int] = mapped_column(ForeignKey(Meeting.id))
    position: Mapped[int]
    title: Mapped[str]
    presenter: Mapped[str | None]
    withdrawn_because: Mapped[str | None]

    __table_args__ = (
        check("position >= 1", name="ck_agenda_item_position", sentence="Positions of an agenda start at 1."),
        Index("ix_agenda_item_meeting_id_position", "meeting_id", "position", "id"),
    )


class Attendance(Record):
    """How many persons of a delegation or of an office of ours attended a meeting, and the office that led them."""

    meeting_id: Mapped[int] = mapped_column(ForeignKey(Meeting.id), index=True)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey(Participant.id), index=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey(Office.id), index=True)
    persons: Mapped[int]
    head: Mapped[str | None]
    withdrawn_because: Mapped[str | None]

    __table_args__ = (
        check(
            "num_nonnulls(participant_id, office_id) = 1",
            name="ck_attendance_who",
            sentence="Attendance is of a country's delegation or of an office of ours, one of the two.",
        ),
        check(
            "persons between 1 and 999",
            name="ck_attendance_persons",
            sentence="A delegation that attended has 1 to 999 persons.",
        ),
        Index(
            "uq_attendance_delegation",
            "meeting_id",
            "participant_id",
            unique=True,
            postgresql_where=text("withdrawn_because is null and participant_id is not null"),
            info={"sentence": "The attendance of this delegation is recorded already; correct that one."},
        ),
        Index(
            "uq_attendance_office",
            "meeting_id",
            "office_id",
            unique=True,
            postgresql_where=text("withdrawn_because is null and office_id is not null"),
            info={"sentence": "The attendance of this office is recorded already; correct that one."},
        ),
    )


class MeetingDecision(Record):
    """What a meeting decided, under its number (D-1, D-2 and so on), with who agreed by code of the register."""

    meeting_id: Mapped[int] = mapped_column(ForeignKey(Meeting.id))
    number: Mapped[int]
    code: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    objective: Mapped[str | None]
    agreed_by: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    withdrawn_because: Mapped[str | None]

    __table_args__ = (
        unique(
            "meeting_id",
            "number",
            name="uq_meeting_decision_number",
            sentence="Another decision of this meeting was recorded just now; try again.",
        ),
        check(
            "cardinality(agreed_by) >= 1",
            name="ck_meeting_decision_agreed_by",
            sentence="A decision names who agreed to it.",
        ),
    )


class ActionItem(Record):
    """What a meeting asked of somebody by a day; one person reports it done, a second verifies it."""

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    decision_id: Mapped[int | None] = mapped_column(ForeignKey(MeetingDecision.id), index=True)
    title: Mapped[str]
    owner_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    owner_text: Mapped[str | None]
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(server_default="open")
    done_on: Mapped[date | None]
    done_evidence: Mapped[str | None]
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    verified_on: Mapped[date | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    dropped_on: Mapped[date | None]
    dropped_because: Mapped[str | None]

    __table_args__ = (
        one_of("state", ACTION_STATES, name="ck_action_item_state"),
        check(
            "owner_person_id is not null or owner_text is not null",
            name="ck_action_item_owner",
            sentence="An action item has an owner: a person of this record, or somebody named in words.",
        ),
        check(
            "state not in ('done', 'verified') or "
            "(done_on is not null and done_evidence is not null and reported_by_id is not null)",
            name="ck_action_item_done",
            sentence="An action item that is done has a day, evidence and the person who reported it.",
        ),
        check(
            "(state = 'verified') = (verified_by_id is not null and verified_on is not null)",
            name="ck_action_item_verified",
            sentence="An action item that is verified has a day and the person who verified it.",
        ),
        check(
            "verified_by_id <> reported_by_id",
            name="ck_action_item_second_person",
            sentence="A second person verifies what the first has reported done.",
        ),
        check(
            "(state = 'dropped') = (dropped_because is not null and dropped_on is not null)",
            name="ck_action_item_dropped",
            sentence="An action item that is dropped has a day and a reason.",
        ),
        Index("ix_action_item_due_on", "due_on", "id", postgresql_where=text("state = 'open'")),
    )


class ActionChange(Record):
    """A record that a finished action changed, by kind (its name in the trail) and number, and what changed of it."""

    action_item_id: Mapped[int] = mapped_column(ForeignKey(ActionItem.id), index=True)
    record_kind: Mapped[str]
    record_id: Mapped[int] = mapped_column(BigInteger)
    what: Mapped[str]
    withdrawn_because: Mapped[str | None]

    __table_args__ = (
        Index("ix_action_change_record", "record_kind", "record_id"),
        Index(
            "uq_action_change_once",
            "action_item_id",
            "record_kind",
            "record_id",
            unique=True,
            postgresql_where=text("withdrawn_because is null"),
            info={"sentence": "This action names this record already."},
        ),
    )
