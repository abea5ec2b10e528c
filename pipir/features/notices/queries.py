"""What can be asked of notices: one's calendar feeds, the feed behind an address, who is reminded by mail."""

from datetime import date, datetime
from typing import Final, cast

import msgspec
from sqlalchemy import and_, func, not_, or_, select

from pipir.features.notices import rules
from pipir.features.notices.tables import CalendarFeed, MailPreference, Message
from pipir.features.people.queries import disabled, is_disabled
from pipir.features.people.rules import WAY_BACK, hash_of
from pipir.features.people.tables import Office, Person
from pipir.kernel.dated import KINDS
from pipir.kernel.errors import Gone, NotFound, Refused
from pipir.kernel.ids import CalendarFeedId
from pipir.kernel.marking import Reader, ReaderKind
from pipir.store.base import holds
from pipir.store.doors import ReadSession
from pipir.store.records import entry, is_entry_of

# Groups stand above the notices; the index of records knows their names.
GROUP: Final = "working_group"


class FeedView(msgspec.Struct, frozen=True):
    """A calendar feed without its address; the instants are real time. `group` None: none, or not to be seen."""

    id: int
    version: int
    name: str
    kind: str
    office_id: int | None
    office: str | None
    group_id: int | None
    group: str | None
    made_at: datetime
    fetched_at: datetime | None
    revoked_at: datetime | None


class Subscriber(msgspec.Struct, frozen=True):
    """A person whose items are asked for: where they belong, what they may do, and as whom they read."""

    id: int
    office_id: int
    roles: tuple[str, ...]
    reader: Reader
    email: str | None


class Feed(msgspec.Struct, frozen=True):
    """A feed that is fetched: what it shows, for whom; `members` are the people of its office."""

    id: CalendarFeedId
    kind: str
    title: str
    office_id: int | None
    group_id: int | None
    members: frozenset[int]
    owner: Subscriber


class PreferenceView(msgspec.Struct, frozen=True):
    """How a person is told by mail, and of which kinds; `email` None: there is nowhere to mail to."""

    manner: rules.Manner
    hour: int
    kinds: tuple[str, ...]
    email: str | None


async def preference(session: ReadSession, person_id: int) -> PreferenceView:
    """How a person is told by mail: as they said, or as everybody is who said nothing."""
    wish = (await preferences(session, person_id=person_id)).get(person_id, rules.Preference())
    email = await session.scalar(select(Person.email).where(Person.id == person_id))
    return PreferenceView(wish.manner, wish.hour, tuple(kind for kind in KINDS if kind not in wish.muted), email)


async def preferences(session: ReadSession, *, person_id: int | None = None) -> dict[int, rules.Preference]:
    """What was said of mail, by person; who is not there has said nothing."""
    statement = select(MailPreference)
    if person_id is not None:
        statement = statement.where(MailPreference.person_id == person_id)
    return {
        row.person_id: rules.Preference(cast("rules.Manner", row.manner), row.hour, frozenset(row.muted), row.since)
        for row in await session.scalars(statement)
    }


async def count_mails(session: ReadSession, state: str) -> int:
    """How many mails of the outbox are in a state."""
    return await session.scalar(select(func.count()).select_from(Message).where(Message.state == state)) or 0


class MailLine(msgspec.Struct, frozen=True):
    """A mail of the outbox as a list shows it: to whom, and how it goes; what it says stays between the two."""

    id: int
    person_id: int
    person: str
    rung_on: date
    state: str
    tries: int
    last_error: str


async def list_mails(session: ReadSession, *, state: str | None = None, limit: int = 200) -> tuple[MailLine, ...]:
    """The mails of the outbox, the latest first; those in a state where one is named."""
    statement = (
        select(Message.id, Message.person_id, Person.name, Message.rung_on, Message.state, Message.tries,
               func.coalesce(Message.last_error, ""))
        .join(Person, Person.id == Message.person_id)
        .order_by(Message.id.desc())
        .limit(limit)
    )  # fmt: skip
    if state is not None:
        statement = statement.where(Message.state == state)
    return tuple(MailLine(*row) for row in await session.execute(statement))


async def feeds_of(session: ReadSession, reader: Reader, person_id: int) -> tuple[FeedView, ...]:
    """The calendar feeds of a person, those in force first, then newest first; groups as the reader may see them."""
    rows = await session.execute(
        select(
            CalendarFeed.id,
            CalendarFeed.version,
            CalendarFeed.name,
            CalendarFeed.kind,
            CalendarFeed.office_id,
            Office.symbol,
            CalendarFeed.group_id,
            entry.c.title,
            CalendarFeed.made_at,
            CalendarFeed.fetched_at,
            CalendarFeed.revoked_at,
        )
        .outerjoin(Office, Office.id == CalendarFeed.office_id)
        .outerjoin(entry, and_(is_entry_of(GROUP, CalendarFeed.group_id), holds(entry.c.audience, reader)))
        .where(CalendarFeed.person_id == person_id)
        .order_by(CalendarFeed.revoked_at.is_not(None), CalendarFeed.id.desc())
    )
    return tuple(FeedView(*row) for row in rows)


async def feed_behind(session: ReadSession, secret: str) -> Feed:
    """The feed that a secret address leads to; NotFound where there never was one, Gone where it has ended."""
    row = (
        await session.execute(
            select(CalendarFeed, Office.symbol)
            .outerjoin(Office, Office.id == CalendarFeed.office_id)
            .where(CalendarFeed.token_hash == hash_of(secret))
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no calendar feed at this address.")
    feed, symbol = row
    if feed.revoked_at is not None:
        raise Gone(
            "This calendar feed was revoked by the person who made it.",
            way_out="Remove it from your calendar program; a new one is made on the page Calendar feeds.",
        )
    owner = next(iter(await subscribers(session, person_id=feed.person_id)), None)
    if owner is None:
        raise Gone(
            "This calendar feed has ended with the time of the person who made it.",
            way_out="Remove it from your calendar program.",
        )
    if await is_disabled(session, owner.id):
        raise Refused("This calendar feed rests: its person is disabled.", way_out=WAY_BACK)
    members: frozenset[int] = frozenset()
    if feed.office_id is not None:
        members = frozenset(await session.scalars(select(Person.id).where(Person.office_id == feed.office_id)))
    named = {"mine": "Your dates", "office": f"Dates of {symbol}", "statute": "Dates of section 1253"}
    # A group that its maker no longer sees is not told of by the feed's name either.
    group = dict(await groups(session, owner.reader)).get(feed.group_id or 0)
    title = named.get(feed.kind) or (f"Dates of {group}" if group else "Dates of a group")
    return Feed(CalendarFeedId(feed.id), feed.kind, title, feed.office_id, feed.group_id, members, owner)


async def groups(session: ReadSession, reader: Reader) -> tuple[tuple[int, str], ...]:
    """(number, name) of each group that the reader may see, by name."""
    rows = await session.execute(
        select(entry.c.record_id, entry.c.title)
        .where(entry.c.kind == GROUP, holds(entry.c.audience, reader))
        .order_by(func.lower(entry.c.title), entry.c.record_id)
    )
    return tuple((row.record_id, row.title) for row in rows)


async def subscribers(
    session: ReadSession, *, person_id: int | None = None, with_mail: bool = False
) -> tuple[Subscriber, ...]:
    """The persons who are here today, by number: one of them, or those who have a mail address."""
    today: date = session.today
    statement = select(
        Person.id, Person.office_id, Person.roles, Person.reader_kind, Person.nationality, Person.email
    ).where(
        Person.kind == "person",
        Person.since <= today,
        or_(Person.until.is_(None), Person.until >= today),
        func.cardinality(Person.roles) > 0,
    )
    if person_id is not None:
        statement = statement.where(Person.id == person_id)
    if with_mail:
        # Who is disabled comes in no more; their mail may be read by nobody, or by somebody else.
        statement = statement.where(Person.email.is_not(None), not_(disabled(today)))
    return tuple(
        Subscriber(
            row.id,
            row.office_id,
            tuple(row.roles),
            Reader(kind=cast("ReaderKind", row.reader_kind), nationality=row.nationality),
            row.email,
        )
        for row in await session.execute(statement.order_by(Person.id))
    )
