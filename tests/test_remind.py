"""Reminders by mail, from the record to a mail server and back: each reminder once, to whom it concerns."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from pipir.cli.installation import Addresses
from pipir.cli.serve import run_worker
from pipir.features.groups import commands as groups
from pipir.features.groups.tables import ActionItem
from pipir.features.notices import commands, rules
from pipir.features.notices.tables import Message
from pipir.features.people.tables import SERVICE, Person
from pipir.kernel.calendar import WASHINGTON
from pipir.kernel.ids import ActionItemId
from pipir.mail import MailServer
from pipir.remind import Post, keep_reminding, remind, send_waiting
from pipir.settings import Settings
from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer
from pipir.store.jobs import JobView, job
from pipir.store.migrate import Installation
from pipir.store.queue import enqueue
from tests.conftest import Template
from tests.features.groups.makers import assign, record
from tests.makers import NOW
from tests.rehearsals import Rehearsal
from tests.smtp import MailBox, listening

HERE = Installation("exercise", datetime(2026, 11, 20, tzinfo=UTC), keeps_real_time=False)
TODAY = NOW.date()
TO = "comptroller@office.example"


def post(box: MailBox) -> Post:
    server = MailServer(host="127.0.0.1", port=box.port, sender="pipir@office.example", starttls=False)
    return Post(server, "https://pipir.example", HERE)


async def an_item(db: Database, template: Template, days: int, **said: object) -> ActionItemId:
    """An action item of the comptroller, who has a mail address, due in some days."""
    async with db.write(actor=SERVICE, command="test") as session:
        await session.execute(update(Person).where(Person.id == template.people["comptroller"]).values(email=TO))
        meeting = await record(session, **{"name": f"Meeting {days}", "marking": "UNCLASSIFIED", **said})
        return await assign(
            session,
            meeting,
            title="Send the list",
            owner_person_id=template.people["comptroller"],
            owner_text=None,
            due_on=TODAY + timedelta(days),
        )


async def outbox(db: Database) -> list[Message]:
    async with db.read() as session:
        return list(await session.scalars(select(Message).order_by(Message.id)))


async def bring_forward(db: Database) -> None:
    """As if the time until the next try had gone by."""
    async with db.write(actor=SERVICE, command="test") as session:
        await session.execute(update(Message).values(next_try=func.clock_timestamp()))


async def test_a_reminder_is_one_mail_however_often_the_worker_looks(db: Database, template: Template) -> None:
    """Once for each person and rung."""
    await an_item(db, template, 7)
    async with listening(MailBox()) as box:
        assert await remind(db, post(box)) == 1
        assert await send_waiting(db, post(box)) == 1
        for _ in range(3):
            assert await remind(db, post(box)) == 0
            assert await send_waiting(db, post(box)) == 0
    assert [mail["To"] for mail in box.arrived] == [TO]
    mail = box.arrived[0]
    assert mail["Subject"] == "Exercise: Send the list: Due in 7 days"
    assert "https://pipir.example/actions/" in mail.get_content()
    (kept,) = await outbox(db)
    assert (kept.state, kept.tries, kept.last_error, kept.rung_on) == ("sent", 1, None, TODAY)
    assert kept.sent_at is not None


@pytest.mark.parametrize(("days", "count"), [(22, 0), (21, 1), (3, 1), (0, 1), (-30, 1)])
async def test_of_an_item_only_the_latest_reminder_is_sent(
    db: Database, template: Template, days: int, count: int
) -> None:
    """A worker that was asleep, or an item entered late: no rung that was missed is made up for."""
    await an_item(db, template, days)
    async with listening(MailBox()) as box:
        assert await remind(db, post(box)) == count
        await send_waiting(db, post(box))
    assert len(box.arrived) == count


async def test_after_the_day_the_mail_says_what_is_known_and_no_more(db: Database, template: Template) -> None:
    """Late is said by an owner alone."""
    await an_item(db, template, -9)
    async with listening(MailBox()) as box:
        await remind(db, post(box))
        await send_waiting(db, post(box))
    said = box.arrived[0].get_content()
    assert "The day passed 9 days ago; nothing recorded here says that it was done." in said
    assert "late" not in f"{box.arrived[0]['Subject']} {said}".lower()


async def test_a_new_day_of_an_item_is_a_new_reminder(db: Database, template: Template) -> None:
    """The rung follows the day."""
    item = await an_item(db, template, 7)
    async with listening(MailBox()) as box:
        await remind(db, post(box))
        async with db.write(actor=SERVICE, command="test") as session:
            await session.execute(update(ActionItem).where(ActionItem.id == item).values(due_on=TODAY + timedelta(6)))
        assert await remind(db, post(box)) == 1
        await send_waiting(db, post(box))
    assert len(box.arrived) == 1
    assert [each.state for each in await outbox(db)] == ["withdrawn", "sent"]


async def test_what_is_done_before_its_mail_went_is_withdrawn(db: Database, template: Template) -> None:
    """A mail says nothing that is no longer so."""
    item = await an_item(db, template, 7)
    async with listening(MailBox()) as box:
        await remind(db, post(box))
        async with db.write(actor=template.people["comptroller"], command="test") as session:
            done = groups.ReportActionDone(done_on=TODAY, evidence="Letter of today")
            await groups.report_action_done(session, item, done, version=1)
        assert await remind(db, post(box)) == 0
        assert await send_waiting(db, post(box)) == 0
    assert box.arrived == []
    assert [each.state for each in await outbox(db)] == ["withdrawn"]


async def test_a_text_that_has_aged_in_the_queue_is_written_anew(db: Database, template: Template) -> None:
    """The days left are those of the day on which it is sent."""
    await an_item(db, template, 7)
    async with listening(MailBox()) as box:
        await remind(db, post(box))
        async with db.write(actor=SERVICE, command="test") as session:
            await session.execute(update(Message).values(subject="Due in 99 days", body="old"))
        await remind(db, post(box))
        await send_waiting(db, post(box))
    assert box.arrived[0]["Subject"] == "Exercise: Send the list: Due in 7 days"


async def test_without_an_address_or_a_time_here_nobody_is_mailed(db: Database, template: Template) -> None:
    """No address: inbox only."""
    await an_item(db, template, 7)
    async with listening(MailBox()) as box:
        for gone in ({"email": None}, {"email": TO, "until": TODAY - timedelta(1)}):
            async with db.write(actor=SERVICE, command="test") as session:
                await session.execute(update(Person).where(Person.id == template.people["comptroller"]).values(**gone))
            assert await remind(db, post(box)) == 0
        assert await send_waiting(db, post(box)) == 0
    assert box.arrived == []


async def test_who_is_disabled_is_not_mailed(db: Database, template: Template) -> None:
    """Disabled after 35 idle days: nobody here reads what the mail says, and what was queued is withdrawn."""
    await an_item(db, template, 7)
    async with listening(MailBox()) as box:
        assert await remind(db, post(box)) == 1
        async with db.write(actor=SERVICE, command="test") as session:
            aged = update(Person).where(Person.id == template.people["comptroller"])
            await session.execute(aged.values(enabled_at=func.clock_timestamp() - timedelta(days=36)))
        assert await remind(db, post(box)) == 0
        assert await send_waiting(db, post(box)) == 0
    assert [each.state for each in await outbox(db)] == ["withdrawn"]


async def test_who_may_not_read_an_item_is_not_told_of_it(db: Database, template: Template) -> None:
    """Releasability: the owner of an item who is a contractor, and its meeting NOCON."""
    await an_item(db, template, 7, marking="CUI//NOCON")
    async with db.write(actor=SERVICE, command="test") as session:
        await session.execute(
            update(Person).where(Person.id == template.people["comptroller"]).values(reader_kind="contractor")
        )
    async with listening(MailBox()) as box:
        assert await remind(db, post(box)) == 0
        async with db.write(actor=SERVICE, command="test") as session:
            await session.execute(
                update(Person).where(Person.id == template.people["comptroller"]).values(reader_kind="us-government")
            )
        assert await remind(db, post(box)) == 1
        await send_waiting(db, post(box))
    assert "Send the list" not in box.arrived[0].as_string()
    assert box.arrived[0]["Subject"] == "Exercise: An item waits in your inbox"


async def test_two_workers_send_a_reminder_once(db: Database, template: Template) -> None:
    """Row locks, skip locked; both look and send at the same moment."""
    for days in (1, 7, 14, 21):
        await an_item(db, template, days)
    async with listening(MailBox()) as box:
        queued = await asyncio.gather(*(remind(db, post(box)) for _ in range(3)))
        sent = await asyncio.gather(*(send_waiting(db, post(box)) for _ in range(3)))
    assert sum(queued) == 4
    assert sum(sent) == 4
    assert len(box.arrived) == len({mail["Message-ID"] for mail in box.arrived}) == 4


async def test_a_mail_that_is_taken_up_is_nobody_elses(db: Database, template: Template) -> None:
    """While one worker speaks to the server, another finds nothing to send."""
    await an_item(db, template, 7)
    async with listening(MailBox()) as box:
        await remind(db, post(box))
    async with db.write(actor=SERVICE, command="test") as one, db.write(actor=SERVICE, command="test") as other:
        assert await commands.take_up(one) is not None
        assert await commands.take_up(other) is None
    async with db.write(actor=SERVICE, command="test") as later:
        assert await commands.take_up(later) is None


async def test_a_mailbox_that_is_refused_for_good_is_not_tried_again(db: Database, template: Template) -> None:
    """RFC 5321: 550."""
    await an_item(db, template, 7)
    async with listening(MailBox(refuse={"RCPT": "550 no such mailbox"})) as box:
        await remind(db, post(box))
        assert await send_waiting(db, post(box)) == 0
        await bring_forward(db)
        box.refuse.clear()
        assert await remind(db, post(box)) == 0
        assert await send_waiting(db, post(box)) == 0
    (kept,) = await outbox(db)
    assert (kept.state, kept.tries) == ("failed", 1)
    assert kept.last_error == "The mail server answered 550: no such mailbox"


async def test_a_server_that_comes_back_gets_the_mail_once(db: Database, template: Template) -> None:
    """Down, then up: retry with backoff in real time."""
    await an_item(db, template, 7)
    async with listening(MailBox()) as box:
        await remind(db, post(box))
    assert await send_waiting(db, post(box)) == 0
    (kept,) = await outbox(db)
    assert (kept.state, kept.tries) == ("queued", 1)
    assert kept.last_error is not None
    async with db.read() as session:
        rest = await session.scalar(select(Message.next_try - func.clock_timestamp()))
    assert rest is not None
    assert timedelta(minutes=4) < rest <= rules.AGAIN[0]
    async with listening(box):
        assert await send_waiting(db, post(box)) == 0, "its turn has not come"
        await bring_forward(db)
        assert await send_waiting(db, post(box)) == 1
        await bring_forward(db)
        assert await send_waiting(db, post(box)) == 0
    assert len(box.arrived) == 1


async def test_after_the_last_try_a_mail_has_failed(db: Database, template: Template) -> None:
    """Tries end."""
    await an_item(db, template, 7)
    async with listening(MailBox(refuse={"RCPT": "450 busy"})) as box:
        await remind(db, post(box))
        for tries in range(1, len(rules.AGAIN) + 1):
            assert [(each.state, each.tries) for each in await outbox(db)] == [("queued", tries - 1)]
            await send_waiting(db, post(box))
            await bring_forward(db)
    assert [(each.state, each.tries) for each in await outbox(db)] == [("failed", len(rules.AGAIN))]


async def test_what_is_nobodys_goes_to_the_program_office(db: Database, template: Template) -> None:
    """A statutory date that no office has taken up: the briefing of 1 December 2026."""
    async with db.write(actor=SERVICE, command="test") as session:
        for role in ("program-office", "auditor"):
            await session.execute(
                update(Person).where(Person.id == template.people[role]).values(email=f"{role}@office.example")
            )
    async with listening(MailBox()) as box:
        await remind(db, post(box))
        await send_waiting(db, post(box))
    assert {mail["To"] for mail in box.arrived} == {"program-office@office.example"}
    # A long subject begins on a line of its own; what stands before it belongs to the fold.
    subjects = sorted(mail["Subject"].strip() for mail in box.arrived)
    assert subjects == [
        "Exercise: Briefing on progress toward the objectives, 2026: Due in 11 days",
        "Exercise: Designate the senior civilian official, 2026: its day has passed",
    ]


async def test_the_worker_reminds_until_it_is_told_to_stop(db: Database, template: Template) -> None:
    """It looks at once, and ends without waiting for its next look."""
    await an_item(db, template, 7)
    stop = asyncio.Event()
    async with listening(MailBox()) as box, asyncio.timeout(20):
        working = asyncio.create_task(keep_reminding(db, post(box), stop))
        while not any([each.state == "sent" for each in await outbox(db)]):  # noqa: C419 - awaits between the looks
            pass
        stop.set()
        await working
    assert len(box.arrived) == 1


async def test_a_worker_reminds_where_a_mail_server_is_named_and_works_without_one(
    db: Database, template: Template, server: EmbeddedServer, database: str
) -> None:
    """PIPIR_SMTP_HOST."""
    await an_item(db, template, 7)
    addresses = Addresses(server.url("pipir_app", database), server.url("pipir_owner", database), None, embedded=True)
    async with listening(MailBox()) as box, asyncio.timeout(30):
        for mail in (None, post(box).server):
            stop = asyncio.Event()
            settings = Settings(home=Path("nowhere"), url="https://pipir.example", mail=mail)
            working = asyncio.create_task(run_worker(settings, addresses, stop))
            async with db.write(actor=SERVICE, command="test") as session:
                job_id = await enqueue(session, "no.such.job", {})
            while not (await _job(db, job_id)).over or (mail is not None and not box.arrived):
                assert not working.done()
            stop.set()
            await working
            assert len(box.arrived) == (mail is not None)


async def _job(db: Database, job_id: int) -> JobView:
    async with db.read() as session:
        return await job(session, job_id)


async def test_the_trail_says_that_the_service_reminded(db: Database, template: Template) -> None:
    """Nothing changes unsigned."""
    await an_item(db, template, 7)
    async with listening(MailBox()) as box:
        await remind(db, post(box))
        await send_waiting(db, post(box))
    async with db.read() as session:
        rows = (
            await session.execute(
                text("select actor, command, operation from trail where table_name = 'message' order by id")
            )
        ).all()
    assert [tuple(row) for row in rows] == [
        (SERVICE, "notices.queue", "insert"),
        (SERVICE, "notices.send", "update"),
        (SERVICE, "notices.send", "update"),
    ]


async def wishes(db: Database, template: Template, **said: Any) -> None:
    """What the comptroller says of mail."""
    async with db.write(actor=template.people["comptroller"], command=commands.prefer.name) as session:
        await commands.prefer(session, commands.Prefer(**said))


async def test_a_digest_is_one_mail_a_day_whatever_number_of_workers(db: Database, template: Template) -> None:
    """Once per day and person; through the same outbox."""
    for days in (1, 7, -30):
        await an_item(db, template, days)
    await wishes(db, template, manner="daily", hour=0)
    async with listening(MailBox()) as box:
        queued = await asyncio.gather(*(remind(db, post(box)) for _ in range(3)))
        sent = await asyncio.gather(*(send_waiting(db, post(box)) for _ in range(3)))
        await an_item(db, template, 3)
        assert await remind(db, post(box)) == 0, "what comes later is told tomorrow"
        assert await send_waiting(db, post(box)) == 0
    assert (sum(queued), sum(sent)) == (1, 1)
    (mail,) = box.arrived
    assert mail["Subject"] == "Exercise: 3 items wait for you, 2 reminders today"
    assert mail.get_content().count("https://pipir.example/actions/") == 3


async def test_a_digest_comes_anew_on_another_day(rehearsal: Rehearsal) -> None:
    """The program's day; one that did not go out on its day is withdrawn."""
    async with rehearsal.db.write(actor=SERVICE, command="test") as session:
        await session.execute(
            update(Person)
            .where(Person.id == rehearsal.cast.numbers["program-office"])
            .values(email="office@office.example")
        )
    await rehearsal.must("program-office", "PUT", "/preferences", {"manner": "daily", "hour": 9})
    async with listening(MailBox()) as box:
        for day, hour, queued, sent in ((18, 8, 0, 0), (18, 9, 1, 1), (18, 23, 0, 0), (19, 8, 0, 0), (19, 10, 1, 1)):
            await rehearsal.move(datetime(2026, 11, day, hour, tzinfo=WASHINGTON))
            assert await remind(rehearsal.db, post(box)) == queued, (day, hour)
            assert await send_waiting(rehearsal.db, post(box)) == sent
        await rehearsal.move(datetime(2026, 11, 20, 9, tzinfo=WASHINGTON))
        assert await remind(rehearsal.db, post(box)) == 1
        await rehearsal.move(datetime(2026, 11, 21, 1, tzinfo=WASHINGTON))
        assert await remind(rehearsal.db, post(box)) == 0
        assert await send_waiting(rehearsal.db, post(box)) == 0
    assert len(box.arrived) == 2
    assert [each.state for each in await outbox(rehearsal.db)] == ["sent", "sent", "withdrawn"]


async def test_who_wishes_no_mail_is_sent_none_and_what_was_queued_is_withdrawn(
    db: Database, template: Template
) -> None:
    """Inbox only."""
    await an_item(db, template, 7)
    async with listening(MailBox()) as box:
        assert await remind(db, post(box)) == 1
        await wishes(db, template, manner="none")
        assert await remind(db, post(box)) == 0
        assert await send_waiting(db, post(box)) == 0
    assert box.arrived == []
    assert [each.state for each in await outbox(db)] == ["withdrawn"]


async def test_a_kind_that_is_not_ticked_is_not_mailed(db: Database, template: Template) -> None:
    """Which kinds."""
    await an_item(db, template, 7)
    await wishes(db, template, manner="at once", kinds=["data call"])
    async with listening(MailBox()) as box:
        assert await remind(db, post(box)) == 0
        await wishes(db, template, manner="at once")
        assert await remind(db, post(box)) == 1
