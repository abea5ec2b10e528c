"""What is stored of notices: the outbox of reminder mails, and calendar feeds with the hash of their address."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from pipir.features.notices.rules import FEEDS, MANNERS, STATES
from pipir.store.base import Record, check, one_of, unique


class Message(Record):
    """The mail of one reminder to one person, from being queued to its end; `next_try` and `sent_at` are real time."""

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    item: Mapped[str]
    rung_on: Mapped[date]
    subject: Mapped[str]
    body: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="queued")
    tries: Mapped[int] = mapped_column(server_default="0")
    next_try: Mapped[datetime]
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        unique(
            "person_id",
            "item",
            "rung_on",
            name="uq_message_person_id_item_rung_on",
            sentence="This reminder has its mail to this person already.",
        ),
        one_of("state", STATES, name="ck_message_state"),
        check(
            "(state = 'sent') = (sent_at is not null)",
            name="ck_message_sent",
            sentence="A mail that was sent has the instant at which the mail server took it.",
        ),
        Index("ix_message_next_try", "next_try", "id", postgresql_where=text("state = 'queued'")),
    )


class CalendarFeed(Record):
    """A person's calendar feed; its address is a secret, of which only the hash is stored. It lives in real time."""

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    kind: Mapped[str]
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    # Groups stand above the notices; the database knows them by name.
    group_id: Mapped[int | None] = mapped_column(ForeignKey("working_group.id"))
    token_hash: Mapped[bytes] = mapped_column(BYTEA)
    made_at: Mapped[datetime]
    fetched_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_calendar_feed_token_hash", "token_hash", unique=True),
        one_of("kind", FEEDS, name="ck_calendar_feed_kind"),
        check(
            "(kind = 'office') = (office_id is not null)",
            name="ck_calendar_feed_office",
            sentence="A feed of an office names the office, and no other does.",
        ),
        check(
            "(kind = 'group') = (group_id is not null)",
            name="ck_calendar_feed_group",
            sentence="A feed of a group names the group, and no other does.",
        ),
        Index(
            "uq_calendar_feed_name",
            "person_id",
            "name",
            unique=True,
            postgresql_where=text("revoked_at is null"),
            info={"sentence": "You have a feed of this name already: name it otherwise, or revoke that one."},
        ),
    )


class MailPreference(Record):
    """How a person wishes to be told: each reminder at once, a digest a day at an hour of Washington, or no mail.

    Reminders that fell before `since` were told in another way, or were not wished for: none is sent of them.
    """

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    manner: Mapped[str]
    hour: Mapped[int] = mapped_column(Integer)
    muted: Mapped[list[str]]
    since: Mapped[date]

    __table_args__ = (
        unique(
            "person_id",
            name="uq_mail_preference_person_id",
            sentence="You have said this at the same moment elsewhere: load the page again.",
        ),
        one_of("manner", MANNERS, name="ck_mail_preference_manner"),
        check("hour between 0 and 23", name="ck_mail_preference_hour", sentence="An hour is 0 to 23."),
    )
