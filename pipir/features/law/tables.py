"""What is stored of the law: amendments, adopted readings, designations, delegations, determinations, covered acts."""

from datetime import date, datetime
from typing import Final, NewType

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, func, literal_column, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from pipir.features.people.tables import Person
from pipir.store.base import Base, Marked, Record, check, exclude, one_of

AmendmentId = NewType("AmendmentId", int)
AdoptionId = NewType("AdoptionId", int)
DesignationId = NewType("DesignationId", int)
DelegationId = NewType("DelegationId", int)
DeterminationId = NewType("DeterminationId", int)

ENACTED_IN: Final = ("defense authorization act", "appropriations act", "other statute")
EDGES: Final = ("day-ends", "day-begins")
SUBJECT_KINDS: Final = (
    "participant",
    "group",
    "project",
    "funding document",
    "designation",
    "agreement",
    "assistance",
)
FUNCTIONS: Final = (
    "sign the annual report",
    "give the briefing",
    "notify a designation",
    "sign an agreement",
    "approve a project",
    "charter a group",
    "invite a country",
    "certify",
    "begin assistance",
    "obligate funds",
)


class _Confirmed:
    """Entered by one person and confirmed by another; withdrawn only while it is not confirmed."""

    @declared_attr
    def entered_by_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey(Person.id))

    entered_on: Mapped[date]

    @declared_attr
    def confirmed_by_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey(Person.id))

    confirmed_on: Mapped[date | None]
    withdrawn_on: Mapped[date | None]
    withdrawn_because: Mapped[str | None]


def _two_persons(table: str) -> tuple[object, ...]:
    return (
        check(
            "confirmed_by_id <> entered_by_id",
            name=f"ck_{table}_second_person",
            sentence="A change of the law is confirmed by another person than the one who entered it.",
        ),
        check(
            "num_nonnulls(confirmed_by_id, confirmed_on) in (0, 2)",
            name=f"ck_{table}_confirmed",
            sentence="A confirmation has its person and its day.",
        ),
        check(
            "num_nonnulls(withdrawn_on, withdrawn_because) in (0, 2) and "
            "(withdrawn_on is null or confirmed_on is null)",
            name=f"ck_{table}_withdrawn",
            sentence="What is withdrawn has a day and a reason, and was never confirmed.",
        ),
    )


class Amendment(Record, _Confirmed):
    """An enacted amendment of one dated value of a paragraph, from a day on; `new_day` None: no end any more."""

    citation: Mapped[str]
    enacted_in: Mapped[str]
    enacted_on: Mapped[date]
    provision: Mapped[str]
    value: Mapped[str]
    new_day: Mapped[date | None]
    changes_from: Mapped[date]
    # What it does, in our own words.
    effect: Mapped[str]
    source: Mapped[str]

    __table_args__ = (
        one_of("enacted_in", ENACTED_IN, name="ck_amendment_enacted_in"),
        *_two_persons("amendment"),
    )


class ReadingAdoption(Record, _Confirmed):
    """The adoption of one reading of the instant at which a paragraph ends, with counsel's opinion."""

    provision: Mapped[str]
    reading: Mapped[str]
    edge: Mapped[str]
    counsel: Mapped[str]
    counsel_on: Mapped[date]
    opinion: Mapped[str]

    __table_args__ = (
        one_of("edge", EDGES, name="ck_reading_adoption_edge"),
        *_two_persons("reading_adoption"),
    )


class ContinuationDetermination(Record, Marked):
    """That a record's work goes on under another authority after the termination; never retroactive.

    `subject_id` None: the record is not entered yet and is known by its title. `authority_from` and `authority_until`
    are those of the other authority as counsel states them, beside what the law's files know.
    """

    subject_kind: Mapped[str]
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    subject_title: Mapped[str]
    authority: Mapped[str]
    authority_from: Mapped[date | None]
    authority_until: Mapped[date | None]
    conditions_met: Mapped[str]
    funding_source: Mapped[str]
    opinion: Mapped[str]
    determined_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    determined_on: Mapped[date]
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    reviewed_on: Mapped[date | None]
    effective_from: Mapped[date]
    review_on: Mapped[date]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        one_of("subject_kind", SUBJECT_KINDS, name="ck_continuation_determination_subject_kind"),
        check(
            "reviewed_by_id <> determined_by_id",
            name="ck_continuation_determination_second_person",
            sentence="A continuation determination is reviewed by another person than the one who made it.",
        ),
        check(
            "num_nonnulls(reviewed_by_id, reviewed_on) in (0, 2)",
            name="ck_continuation_determination_reviewed",
            sentence="A review has its person and its day.",
        ),
        check(
            "effective_from >= determined_on",
            name="ck_continuation_determination_never_retroactive",
            sentence="A continuation determination is never retroactive.",
        ),
        check(
            "review_on > effective_from",
            name="ck_continuation_determination_review_on",
            sentence="A continuation determination is looked at again after it takes effect.",
        ),
        check(
            "authority_until >= authority_from",
            name="ck_continuation_determination_window",
            sentence="The other authority ends on or after the day it begins.",
        ),
        check(
            "authority not like '1253%'",
            name="ck_continuation_determination_other_law",
            sentence="A continuation determination names an authority other than section 1253.",
        ),
        check(
            "num_nonnulls(until, ended_because) in (0, 2)",
            name="ck_continuation_determination_end",
            sentence="A determination that ends has a last day and a reason.",
        ),
        Index("ix_continuation_determination_subject", "subject_kind", "subject_id"),
    )


class Governed:
    """A record that a covered act changes: what was stated for the latest of them.

    `acts` counts them: an update that counts one more states its own day, determination and papers; one that does not
    is judged by the database as of today and without any.
    """

    acts: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    decided_on: Mapped[date | None]

    @declared_attr
    def continuation_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey(ContinuationDetermination.id))

    late_because: Mapped[str | None]
    late_document: Mapped[str | None]


def late_whole(table: str) -> object:
    """The constraint that a late recording has both its reason and its document."""
    return check(
        "num_nonnulls(late_because, late_document) in (0, 2)",
        name=f"ck_{table}_late",
        sentence="A late recording has its reason and its document.",
    )


class Designation(Record, Governed):
    """The senior civilian official of section 1253(c): at most one on any day."""

    official: Mapped[str]
    office_held: Mapped[str]
    rank: Mapped[str]
    acting: Mapped[bool]
    # The day on which the Secretary made it, from which the notice is counted; it may take effect later.
    made_on: Mapped[date]
    since: Mapped[date]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]
    # Whether the Secretary ended it, which is a change that Congress is told of; a resignation is none.
    ended_by_change: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    # The day on which the Secretary made the change, from which the notice is counted; the last day may come later.
    changed_on: Mapped[date | None]
    instrument: Mapped[str]
    source: Mapped[str]
    program_authority: Mapped[str | None]
    # Why what was entered of it was corrected last.
    corrected_because: Mapped[str | None]

    __table_args__ = (
        check(
            "until >= since", name="ck_designation_days", sentence="A designation ends on or after the day it begins."
        ),
        check(
            "num_nonnulls(until, ended_because) in (0, 2)",
            name="ck_designation_end",
            sentence="A designation that ends has a last day and a reason.",
        ),
        check(
            "not ended_by_change or until is not null",
            name="ck_designation_change",
            sentence="Only a designation that has ended was ended by a change.",
        ),
        check(
            "ended_by_change = (changed_on is not null) and changed_on >= made_on and changed_on <= until",
            name="ck_designation_changed_on",
            sentence="A change of a designation has its day, from the designation to the last day in office.",
        ),
        late_whole("designation"),
        exclude(
            (func.daterange(literal_column("since"), literal_column("until"), literal_column("'[]'")), "&&"),
            name="ex_designation_one_on_any_day",
            sentence="Another official is designated on one of these days; at most one is on any day. "
            "End that designation on the day before first.",
        ),
    )


class Delegation(Record):
    """Who may do what for whom, by which instrument, with which limits, from when and until when."""

    function: Mapped[str]
    from_office: Mapped[str]
    to_office: Mapped[str]
    to_person_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id), index=True)
    citation: Mapped[str]
    instrument: Mapped[str]
    instrument_on: Mapped[date]
    limits: Mapped[str | None]
    since: Mapped[date]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        one_of("function", FUNCTIONS, name="ck_delegation_function"),
        check("until >= since", name="ck_delegation_days", sentence="A delegation ends on or after the day it begins."),
        check(
            "since >= instrument_on",
            name="ck_delegation_after_instrument",
            sentence="A delegation begins on or after the day of its instrument.",
        ),
        check(
            "num_nonnulls(until, ended_because) in (0, 2) or ended_because is null",
            name="ck_delegation_end",
            sentence="A delegation that was ended has a last day.",
        ),
        exclude(
            ("function", "="),
            ("to_office", "="),
            (func.daterange(literal_column("since"), literal_column("until"), literal_column("'[]'")), "&&"),
            name="ex_delegation_once",
            sentence="This office holds a delegation of this function on one of these days already.",
        ),
    )


class CoveredAct(Base):
    """The register of acts that the termination reaches; written by the triggers of what they change, never by hand."""

    __tablename__ = "covered_act"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    exercise: Mapped[bool]
    audience: Mapped[int] = mapped_column(BigInteger)
    act: Mapped[str]
    table_name: Mapped[str]
    record_id: Mapped[int | None] = mapped_column(BigInteger)
    title: Mapped[str]
    first_id: Mapped[int] = mapped_column(BigInteger)
    last_id: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int] = mapped_column(BigInteger)
    project_id: Mapped[int | None] = mapped_column(BigInteger)
    funding_document_id: Mapped[int | None] = mapped_column(BigInteger)
    program_authority: Mapped[str | None]
    other_authority: Mapped[str | None]
    acted_on: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("app.now()"))
    actor: Mapped[int] = mapped_column(BigInteger)
    continuation_id: Mapped[int | None] = mapped_column(ForeignKey(ContinuationDetermination.id), index=True)
    late_because: Mapped[str | None]
    late_document: Mapped[str | None]
    incurred: Mapped[bool]

    __table_args__ = (
        Index("ix_covered_act_act", "act", "acted_on", "id"),
        Index("ix_covered_act_record", "table_name", "record_id"),
        Index("ix_covered_act_late", "id", postgresql_where=text("late_because is not null")),
    )
