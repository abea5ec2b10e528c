"""What can change in notices: reminder mails are queued, tried and settled; calendar feeds are made and revoked."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal, NamedTuple

import msgspec
from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from pipir.features.notices import rules
from pipir.features.notices.queries import GROUP
from pipir.features.notices.tables import CalendarFeed, MailPreference, Message
from pipir.features.people.queries import reader_of
from pipir.features.people.rules import hash_of, new_secret
from pipir.features.people.tables import Office, Person
from pipir.kernel.command import command
from pipir.kernel.dated import KINDS
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import CalendarFeedId, RecordNumber
from pipir.kernel.text import Line
from pipir.store.doors import WriteSession
from pipir.store.records import may_see


class MakeFeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A calendar feed: of what is one's own (mine), of an office, of a group, or of the dates of the statute."""

    name: Line
    kind: Literal["mine", "office", "statute", "group"] = "mine"
    office_id: RecordNumber | None = None
    group_id: RecordNumber | None = None


class RevokeFeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing but the wish to end a feed now."""


class Prefer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one is told by mail, and of which kinds of items; the hour is that of a daily digest, in Washington."""

    manner: rules.Manner
    hour: Annotated[int, msgspec.Meta(ge=0, le=23)] = 8
    kinds: list[Line] | None = None


class Reminder(NamedTuple):
    """Which reminder a mail is for: the person, the item's slug, the day of the rung."""

    person_id: int
    item: str
    rung_on: date


class Posting(NamedTuple):
    """A mail that was taken up to be sent, and the real time of it."""

    id: int
    to: str
    subject: str
    body: str
    at: datetime


@command("notices.make-feed", permission="notices.own", sunset="goes on")
async def make_feed(session: WriteSession, body: MakeFeed) -> str:
    """Make a calendar feed of one's own, and return its secret: it is shown this once and stored as a hash only."""
    rules.check_feed(body.kind, body.office_id, body.group_id)
    if body.office_id is not None and await session.get(Office, body.office_id) is None:
        raise NotFound("There is no office with this number.")
    if body.group_id is not None:
        reader = await reader_of(session, session.actor)
        if not await session.scalar(select(may_see(reader, GROUP, body.group_id))):
            raise NotFound("There is no group with this number.")
    secret = new_secret()
    session.add(
        CalendarFeed(
            person_id=session.actor,
            name=body.name,
            kind=body.kind,
            office_id=body.office_id,
            group_id=body.group_id,
            token_hash=hash_of(secret),
            made_at=await _real_now(session),
        )
    )
    await session.flush()
    return secret


@command("notices.revoke-feed", permission="notices.own", sunset="goes on")
async def revoke_feed(session: WriteSession, feed_id: CalendarFeedId, body: RevokeFeed) -> None:
    """End a feed now: its address answers that it is gone."""
    feed = await session.get(CalendarFeed, feed_id, with_for_update=True)
    if feed is None:
        raise NotFound("There is no calendar feed with this number.")
    rules.may_end_feed(session.actor, feed.person_id)
    if feed.revoked_at is None:
        feed.revoked_at = await _real_now(session)
    await session.flush()


@command("notices.prefer", permission="notices.own", sunset="goes on")
async def prefer(session: WriteSession, body: Prefer) -> None:
    """Say how one is told by mail; the inbox shows everything all the same."""
    kinds = KINDS if body.kinds is None else body.kinds
    rules.check_kinds(body.manner, kinds)
    muted = [kind for kind in KINDS if kind not in kinds]
    known = await session.scalar(
        select(MailPreference).where(MailPreference.person_id == session.actor).with_for_update()
    )
    if known is None:
        known = MailPreference(person_id=session.actor, since=session.today)
        session.add(known)
    elif known.manner != body.manner:
        known.since = session.today
    known.manner, known.hour, known.muted = body.manner, body.hour, muted
    await session.flush()


async def note_fetch(session: WriteSession, feed_id: CalendarFeedId) -> None:
    """Note that a feed was fetched, unless that was noted a moment ago."""
    now = func.clock_timestamp()
    rested = or_(CalendarFeed.fetched_at.is_(None), CalendarFeed.fetched_at < now - rules.NOTED_EVERY)
    await session.execute(
        update(CalendarFeed).where(CalendarFeed.id == feed_id, rested).values(fetched_at=now),
        execution_options={"synchronize_session": False},
    )


async def queue(session: WriteSession, wanted: Mapping[Reminder, tuple[str, str]]) -> int:
    """Bring the outbox to what is to be reminded of now, as subject and text; returns how many mails were queued.

    One that waits and is no longer wanted is withdrawn, since what it says is no longer so; one whose text has aged
    gets the new one. What was sent stays as it was sent, and is never queued again.
    """
    # What another worker holds at this moment is looked at again in a minute.
    waiting = await session.scalars(
        select(Message).where(Message.state == "queued").order_by(Message.id).with_for_update(skip_locked=True)
    )
    for message in waiting:
        words = wanted.get(Reminder(message.person_id, message.item, message.rung_on))
        if words is None:
            message.state = "withdrawn"
        else:
            message.subject, message.body = words
    await session.flush()
    first = min((each.rung_on for each in wanted), default=session.today)
    known = await session.execute(
        select(Message.person_id, Message.item, Message.rung_on).where(Message.rung_on >= first)
    )
    new = wanted.keys() - {Reminder(*row) for row in known}
    if not new:
        return 0
    now = await _real_now(session)
    made = await session.execute(
        # Another worker may queue the same reminder at the same moment: one of the two finds it there.
        insert(Message)
        .values(
            [
                {**each._asdict(), "version": 1, "subject": wanted[each][0], "body": wanted[each][1], "next_try": now}
                for each in sorted(new)
            ]
        )
        .on_conflict_do_nothing(constraint="uq_message_person_id_item_rung_on")
        .returning(Message.id)
    )
    return len(made.all())


async def take_up(session: WriteSession) -> Posting | None:
    """Take up the next mail whose turn has come, or None; nobody else gets it until its next try is due.

    Real time: a frozen program clock must not keep a mail server from being asked again.
    """
    now = await _real_now(session)
    found = (
        await session.execute(
            select(Message, Person.email)
            .join(Person, Person.id == Message.person_id)
            .where(Message.state == "queued", Message.next_try <= now, Person.email.is_not(None))
            .order_by(Message.next_try, Message.id)
            .limit(1)
            .with_for_update(of=Message, skip_locked=True)
        )
    ).one_or_none()
    if found is None:
        return None
    message, to = found
    assert to is not None
    message.tries += 1
    message.next_try = now + rules.wait_after(message.tries)
    await session.flush()
    return Posting(message.id, to, message.subject, message.body, now)


async def settle_sent(session: WriteSession, message_id: int) -> None:
    """Record that the mail server took a mail."""
    message = await _message(session, message_id)
    message.state, message.sent_at, message.last_error = "sent", await _real_now(session), None
    await session.flush()


async def settle_not_taken(session: WriteSession, message_id: int, error: str, *, for_good: bool) -> None:
    """Record why a mail was not taken; after the last try, or where none is of use, it has failed."""
    message = await _message(session, message_id)
    message.last_error = error
    if message.state == "queued" and (for_good or rules.was_last(message.tries)):
        message.state = "failed"
    await session.flush()


async def _message(session: WriteSession, message_id: int) -> Message:
    return await session.get_one(Message, message_id, with_for_update=True)


async def _real_now(session: WriteSession) -> datetime:
    now = await session.scalar(select(func.clock_timestamp()))
    assert isinstance(now, datetime)
    return now
