"""What is stored of people: offices, persons, sign-ins, API tokens."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from pipir.store.base import Base, Record, check, one_of, unique

# The person under whose name the service itself writes: loading the public record, migrations, exercise programs.
SERVICE = 1


class Office(Record):
    """An office of the Department of Defense, the Department of State or another body, from a day and until one."""

    symbol: Mapped[str]
    name: Mapped[str]
    department: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]

    __table_args__ = (
        unique("symbol", name="uq_office_symbol", sentence="There is an office with this symbol already."),
        check(
            "until is null or until >= since",
            name="ck_office_days",
            sentence="An office ends on or after the day it began.",
        ),
        one_of("department", ("Department of Defense", "Department of State", "Other"), name="ck_office_department"),
    )


class Person(Record):
    """A person who works with the record; ended persons stay, since the trail names them."""

    name: Mapped[str]
    title: Mapped[str]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    kind: Mapped[str] = mapped_column(server_default="person")
    reader_kind: Mapped[str] = mapped_column(server_default="us-government")
    nationality: Mapped[str] = mapped_column(server_default="USA")
    email: Mapped[str | None]
    since: Mapped[date]
    until: Mapped[date | None]

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

    __table_args__ = (Index("uq_sign_in_token_hash", "token_hash", unique=True),)


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
