"""What is stored of groups: workstreams and working groups, meetings, action items."""

from datetime import date

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from pipir.features.law.tables import Governed, late_whole
from pipir.store.base import Marked, Record, check, one_of, unique

GROUP_KINDS = ("workstream", "working group")
ACTION_STATES = ("open", "done", "verified", "dropped")


class WorkingGroup(Record, Marked, Governed):
    """A workstream of the forum or a working group, from the day it was established and until it ended."""

    name: Mapped[str]
    kind: Mapped[str]
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


class Meeting(Record, Marked):
    """A meeting of a group, or of the forum itself where no group is named."""

    group_id: Mapped[int | None] = mapped_column(ForeignKey("working_group.id"), index=True)
    name: Mapped[str]
    place: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    outcome: Mapped[str | None]
    source: Mapped[str]
    cancelled_because: Mapped[str | None]

    __table_args__ = (
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


class ActionItem(Record):
    """What a meeting asked of somebody by a day; one person reports it done, a second verifies it."""

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
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
