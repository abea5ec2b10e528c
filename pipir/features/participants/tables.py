"""What is stored of participants."""

from datetime import date
from typing import Final

from sqlalchemy import ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from pipir.features.law.tables import Governed, late_whole
from pipir.features.participants.rules import FORUM_STANDINGS, KINDS, REGIONS, STANDINGS
from pipir.features.people.tables import Person
from pipir.store.base import Marked, Record, check, one_of, unique


class Participant(Record, Marked, Governed):
    """A country; what no source states of its two standings is NULL and shown as not public.

    The standings here are those of the latest steps, set by the command that appends a step; the database refuses a
    commit after which they differ. `steps` counts the rows of ParticipantStanding, so that each makes a new version.
    """

    name: Mapped[str]
    code: Mapped[str]
    region: Mapped[str]
    standing: Mapped[str | None]
    standing_since: Mapped[date | None]
    standing_source: Mapped[str | None]
    # What the latest invitation rests on where that is not section 1253(d).
    program_authority: Mapped[str | None]
    forum_standing: Mapped[str | None]
    forum_since: Mapped[date | None]
    forum_source: Mapped[str | None]
    steps: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        unique("name", name="uq_participant_name", sentence="A country of this name is entered already."),
        unique("code", name="uq_participant_code", sentence="A country with this code is entered already."),
        check(
            "code ~ '^[A-Z]{3}$'",
            name="ck_participant_code",
            sentence="A country's code is three capital letters, such as AUS.",
        ),
        one_of("region", REGIONS, name="ck_participant_region"),
        one_of("standing", STANDINGS, name="ck_participant_standing"),
        one_of("forum_standing", FORUM_STANDINGS, name="ck_participant_forum_standing"),
        check(
            "num_nulls(standing, standing_since, standing_source) in (0, 3)",
            name="ck_participant_standing_source",
            sentence="A standing is recorded with its day and its source.",
        ),
        check(
            "num_nulls(forum_standing, forum_since, forum_source) in (0, 3)",
            name="ck_participant_forum_source",
            sentence="A standing in the forum is recorded with its day and its source.",
        ),
        check(
            "num_nulls(until, ended_because) in (0, 2)",
            name="ck_participant_end",
            sentence="An entry ends on a day and for a reason.",
        ),
        check(
            "until >= greatest(standing_since, forum_since)",
            name="ck_participant_days",
            sentence="An entry ends on or after the day of each of its standings.",
        ),
        late_whole("participant"),
    )


class InvitationProcess(Record, Marked):
    """A version of the process that section 1253(d) asks for, and its coordination; the record is not the process."""

    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[str]
    summary: Mapped[str]
    document: Mapped[str]
    made_on: Mapped[date]
    in_force_from: Mapped[date]
    coordinated_on: Mapped[date | None]
    coordinated_by: Mapped[str | None]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        unique(
            "number", name="uq_invitation_process_number", sentence="This version of the process is entered already."
        ),
        check(
            "in_force_from >= made_on",
            name="ck_invitation_process_days",
            sentence="A process is in force on or after the day it was made.",
        ),
        check(
            "num_nonnulls(coordinated_on, coordinated_by) in (0, 2)",
            name="ck_invitation_process_coordinated",
            sentence="Coordination with State has its day and its document.",
        ),
        check(
            "num_nonnulls(until, ended_because) in (0, 2) and (until is null or until >= in_force_from)",
            name="ck_invitation_process_end",
            sentence="A process ends on or after the day from which it is in force, and for a reason.",
        ),
    )


_VALUES: Final = ", ".join(f"'{value}'" for value in STANDINGS)
_FORUM_VALUES: Final = ", ".join(f"'{value}'" for value in FORUM_STANDINGS)


class ParticipantStanding(Record):
    """A step of a country in the process or in the forum; appended, and corrected by a later row of the same `step`.

    `value` None: the row that it supersedes never happened. `recorded_on` is the day on which the record came to know.
    """

    participant_id: Mapped[int] = mapped_column(ForeignKey(Participant.id))
    kind: Mapped[str]
    step: Mapped[int] = mapped_column(Integer)
    value: Mapped[str | None]
    since: Mapped[date]
    source: Mapped[str]
    decided_by_office: Mapped[str | None]
    decided_by: Mapped[str | None]
    process_id: Mapped[int | None] = mapped_column(ForeignKey(InvitationProcess.id))
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("participant_standing.id"))
    because: Mapped[str | None]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    recorded_on: Mapped[date]

    __table_args__ = (
        one_of("kind", KINDS, name="ck_participant_standing_kind"),
        check(
            f"value is null or (kind = 'process' and value in ({_VALUES})) "
            f"or (kind = 'forum' and value in ({_FORUM_VALUES}))",
            name="ck_participant_standing_value",
            sentence="The standing is not one of the list.",
        ),
        check(
            "num_nonnulls(supersedes_id, because) in (0, 2) and (value is not null or supersedes_id is not null)",
            name="ck_participant_standing_correction",
            sentence="A correction names the step that it corrects, and its reason.",
        ),
        check(
            "process_id is null or (kind = 'process' and value = 'invited')",
            name="ck_participant_standing_process",
            sentence="Only an invitation names the version of the process.",
        ),
        unique(
            "supersedes_id",
            name="uq_participant_standing_supersedes_id",
            sentence="This step has been corrected already; correct the later one.",
        ),
        Index(
            "uq_participant_standing_step",
            "participant_id",
            "step",
            unique=True,
            postgresql_where=text("supersedes_id is null"),
            info={"sentence": "Another step was recorded at the same moment; read the country again."},
        ),
        Index("ix_participant_standing_participant_id", "participant_id", "kind", "since"),
        Index("ix_participant_standing_process_id", "process_id", postgresql_where=text("process_id is not null")),
    )


class PointOfContact(Record, Marked):
    """An office of a country that is spoken to, for a function; the person behind it is for its pages only."""

    participant_id: Mapped[int] = mapped_column(ForeignKey(Participant.id), index=True)
    office: Mapped[str]
    function: Mapped[str]
    person_name: Mapped[str | None]
    mail: Mapped[str | None]
    phone: Mapped[str | None]
    since: Mapped[date]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        check(
            "num_nonnulls(until, ended_because) in (0, 2) and (until is null or until >= since)",
            name="ck_point_of_contact_end",
            sentence="A point of contact ends on or after its first day, and for a reason.",
        ),
    )
