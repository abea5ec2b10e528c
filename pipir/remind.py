"""Reminds by mail: a step of the worker that queues what the program's day asks for, and sends what waits."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from pipir.features.home import queries as home
from pipir.features.notices import commands, rules
from pipir.features.notices.queries import preferences, subscribers
from pipir.features.people.tables import SERVICE
from pipir.kernel.dated import Dated
from pipir.kernel.errors import Problem
from pipir.kernel.marking import Reader
from pipir.mail import MailServer, NotTaken, hand_over, written
from pipir.store.doors import Database
from pipir.store.migrate import Installation

log = structlog.get_logger("pipir.remind")
QUEUE: Final = "notices.queue"
SEND: Final = "notices.send"
_EVERY_SECONDS: Final = 60


@dataclass(frozen=True)
class Post:
    """Where mail goes, and what stands in it: the service's address, and the installation that it comes from.

    `trust` says which certificates of mail servers are believed; without it those that the system believes.
    """

    server: MailServer
    address: str
    installation: Installation
    trust: ssl.SSLContext | None = None


async def keep_reminding(db: Database, post: Post, stop: asyncio.Event) -> None:
    """Remind every minute until `stop` is set, through every failure of the database."""
    while not stop.is_set():
        try:
            await remind(db, post)
            await send_waiting(db, post)
        except Problem as problem:
            log.warning("reminding failed and is tried again", cause=problem.detail)
        except Exception:
            log.exception("reminding failed and is tried again")
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _EVERY_SECONDS)


async def remind(db: Database, post: Post) -> int:
    """Queue the mails that are due by now, as each person wishes them, in one transaction; returns how many were new.

    Where the worker was asleep for days only the latest reminder of an item, or the digest of today, is queued.
    """
    async with db.write(actor=SERVICE, command=QUEUE) as session:
        wanted: dict[commands.Reminder, tuple[str, str]] = {}
        # What may be seen is asked once for each kind of reader, not once for each person.
        seen: dict[Reader, tuple[Dated, ...]] = {}
        wishes = await preferences(session)
        for person in await subscribers(session, with_mail=True):
            if person.reader not in seen:
                seen[person.reader] = await home.dated(session, person.reader)
            waits = home.waiting_for(person, seen[person.reader], session.today)
            mails = rules.told_by_mail(waits, wishes.get(person.id, rules.Preference()), session.now, post.address)
            wanted |= {commands.Reminder(person.id, *which): words for which, words in mails.items()}
        return await commands.queue(session, wanted)


async def send_waiting(db: Database, post: Post) -> int:
    """Send every mail whose turn has come, and return how many the server took.

    No transaction is open while the server is spoken to: a mail is taken up in one, and settled in another.
    """
    sent = 0
    while True:
        async with db.write(actor=SERVICE, command=SEND) as session:
            posting = await commands.take_up(session)
        if posting is None:
            return sent
        message = written(
            sender=post.server.sender,
            to=posting.to,
            subject=_marked(post.installation, posting.subject),
            body=posting.body,
            number=posting.id,
            at=posting.at,
            installation=f"{post.installation.made_at:%Y%m%d%H%M%S}",
        )
        try:
            await asyncio.to_thread(hand_over, post.server, message, trust=post.trust)
        except NotTaken as refused:
            log.warning("a mail was not taken", message=posting.id, cause=refused.sentence)
            async with db.write(actor=SERVICE, command=SEND) as session:
                await commands.settle_not_taken(session, posting.id, refused.sentence, for_good=refused.for_good)
        else:
            async with db.write(actor=SERVICE, command=SEND) as session:
                await commands.settle_sent(session, posting.id)
            sent += 1


def _marked(installation: Installation, subject: str) -> str:
    """Nobody takes an exercise for the record: its mail says what it is where mail is listed."""
    return subject if installation.kind == "production" else f"{installation.kind.capitalize()}: {subject}"
