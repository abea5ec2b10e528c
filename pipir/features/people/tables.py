"""What is stored of people: offices, persons with dated offices, roles and absences, sign-ins, API tokens."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    Identity,
    Index,
    and_,
    func,
    inspect,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, aggregate_order_by
from sqlalchemy.orm import Mapped, column_property, mapped_column
from sqlalchemy.types import Text

from pipir.kernel.access import ROLES
from pipir.store.base import Base, Record, check, exclude, one_of, unique

# The person under whose name the service itself writes: loading the public record, migrations, exercise programs.
SERVICE = 1
# Both days count; what was taken back on the day it was given ends the day before, and was never in force.
_DAYS = (func.daterange(literal_column("since"), literal_column("until + 1")), "&&")


class Office(Record):
    """An office of the Department of Defense, the Department of State or another body, from a day and until one."""

    symbol: Mapped[str]
    name: Mapped[str]
    department: Mapped[str]
    # None: not known, which is said so; an office is older than the sources that name it.
    since: Mapped[date | None]
    until: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    source: Mapped[str | None]

    __table_args__ = (
        unique("symbol", name="uq_office_symbol", sentence="There is an office with this symbol already."),
        check(
            "until is null or until >= since",
            name="ck_office_days",
            sentence="An office ends on or after the day it began.",
        ),
        one_of("department", ("Department of Defense", "Department of State", "Other"), name="ck_office_department"),
        check(
            "successor_id is null or (until is not null and successor_id <> id)",
            name="ck_office_successor",
            sentence="Another office succeeds one that has ended.",
        ),
    )


class OfficeName(Record):
    """What an office was called before, until the day before it took its next name."""

    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    symbol: Mapped[str]
    name: Mapped[str]
    since: Mapped[date | None]
    until: Mapped[date]

    __table_args__ = (
        exclude(
            ("office_id", "="),
            _DAYS,
            name="ex_office_name_one_on_any_day",
            sentence="The office had another name on one of these days already.",
        ),
    )


class Person(Record):
    """A person who works with the record; ended persons stay, since the trail names them.

    `office_id` and `roles` are no columns: they are read from the dated rows of PersonOffice and RoleAssignment.
    """

    if TYPE_CHECKING:
        office_id: Mapped[int]
        roles: Mapped[list[str]]

    name: Mapped[str]
    title: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="person")
    reader_kind: Mapped[str] = mapped_column(server_default="us-government")
    nationality: Mapped[str] = mapped_column(server_default="USA")
    email: Mapped[str | None]
    since: Mapped[date]
    until: Mapped[date | None]
    # Real time: since when days without a sign-in are counted; an administrator may begin them anew, and says why.
    enabled_at: Mapped[datetime]
    enabled_because: Mapped[str | None]

    __table_args__ = (
        check(
            "until is null or until >= since",
            name="ck_person_days",
            sentence="A person's time ends on or after the day it began.",
        ),
        one_of("kind", ("person", "service"), name="ck_person_kind"),
        check(
            r"""email ~ '^[^\s@<>,;:"]+@[^\s@<>,;:"]+$' and length(email) <= 254""",
            name="ck_person_email",
            sentence="A mail address has one @ with a name before it and a host after it.",
        ),
        one_of("reader_kind", ("us-government", "contractor"), name="ck_person_reader_kind"),
    )


class PersonOffice(Record):
    """A person's time in an office; on each of their days here a person belongs to one."""

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    since: Mapped[date]
    until: Mapped[date | None]

    __table_args__ = (
        check(
            "until is null or until >= since - 1",
            name="ck_person_office_days",
            sentence="A time in an office ends on or after the day it began.",
        ),
        exclude(
            ("person_id", "="),
            _DAYS,
            name="ex_person_office_one_on_any_day",
            sentence="The person belongs to another office on one of these days; at most one is on any day.",
        ),
    )


class RoleAssignment(Record):
    """A role that a person holds from a day and until one; the roles of today decide what opens."""

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]

    __table_args__ = (
        check(
            "until is null or until >= since - 1",
            name="ck_role_assignment_days",
            sentence="A role ends on or after the day it was given.",
        ),
        one_of("role", ROLES, name="ck_role_assignment_role"),
        exclude(
            ("person_id", "="),
            ("role", "="),
            _DAYS,
            name="ex_role_assignment_once",
            sentence="The person holds this role on one of these days already.",
        ),
    )


class Absence(Record):
    """Days on which a person is away, and who stands in; one that is called off ends the day before."""

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    stand_in_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    since: Mapped[date]
    until: Mapped[date]

    __table_args__ = (
        check(
            "until >= since - 1",
            name="ck_absence_days",
            sentence="An absence ends on or after the day it began.",
        ),
        check("stand_in_id <> person_id", name="ck_absence_stand_in", sentence="Another person stands in."),
        exclude(
            ("person_id", "="),
            _DAYS,
            name="ex_absence_one_on_any_day",
            sentence="An absence of this person is recorded for one of these days already.",
        ),
    )


class SignIn(Base):
    """A browser session, made at sign-in only: the cookie holds the token, this row its hash. It lives in real time."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(BYTEA)
    csrf: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    consent_sha256: Mapped[str]
    # Through whose eyes the person looks at the record for the time being.
    see_as_kind: Mapped[str | None]
    see_as_nationality: Mapped[str | None]

    __table_args__ = (
        Index("uq_sign_in_token_hash", "token_hash", unique=True),
        check(
            "(see_as_kind is null) = (see_as_nationality is null)",
            name="ck_sign_in_see_as",
            sentence="A reader has a kind and a nationality.",
        ),
        one_of("see_as_kind", ("contractor", "partner"), name="ck_sign_in_see_as_kind"),
    )


class ApiToken(Base):
    """A program's credential, acting as a person; the row holds the token's hash."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(BYTEA)
    name: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_api_token_hash", "token_hash", unique=True),
        Index(
            "uq_api_token_name",
            "person_id",
            "name",
            unique=True,
            postgresql_where=text("revoked_at is null"),
            info={"sentence": "This person holds a token of this name already: name it otherwise, or end that one."},
        ),
    )


def _in_force(table: type[PersonOffice | RoleAssignment], day: ColumnElement[date]) -> ColumnElement[bool]:
    return and_(table.person_id == Person.id, table.since <= day, or_(table.until.is_(None), table.until >= day))


# The office of today; of who left that of their last day, of who is to come that of their first.
_day_here = func.least(
    func.greatest(func.app.today(), Person.since), func.coalesce(Person.until, literal_column("date 'infinity'"))
)
inspect(Person).add_property(
    "office_id",
    column_property(
        select(PersonOffice.office_id)
        .where(_in_force(PersonOffice, _day_here))
        .correlate_except(PersonOffice)
        .scalar_subquery()
    ),
)
# The roles of today alone: one that ended yesterday opens no door.
inspect(Person).add_property(
    "roles",
    column_property(
        func.coalesce(
            select(func.array_agg(aggregate_order_by(RoleAssignment.role, RoleAssignment.id)))
            .where(_in_force(RoleAssignment, func.app.today()))
            .correlate_except(RoleAssignment)
            .scalar_subquery(),
            literal_column("'{}'::text[]", ARRAY(Text())),
            type_=ARRAY(Text()),
        )
    ),
)
