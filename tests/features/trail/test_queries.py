"""What the trail answers, and what a marking keeps back."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.features.trail import queries
from pipir.kernel.errors import Invalid
from pipir.kernel.marking import TRIGRAPHS, Reader
from tests.features.participants.situations import CONTRACTOR, HIDDEN, OFFICIAL, enter
from tests.features.trail.situations import LONG_AGO, SECRET, remark, some_changes


async def told(db, reader=OFFICIAL, **asked):
    async with db.read() as session:
        page = await queries.list_changes(session, reader, subject=asked.pop("subject", "participant"), **asked)
    assert page.total == len(page.items)
    return [row.told for row in page.items]


async def test_changes_are_told_newest_first(db):
    await some_changes(db)
    assert await told(db) == [
        "pipir changed until and ended reason of the participant Japan.",
        f"pipir entered the participant {SECRET}.",
        "pipir entered the participant Japan.",
    ]


async def test_the_filters_hold_together(db):
    made = await some_changes(db)
    async with db.read() as session:
        today = session.today
    day = timedelta(days=1)
    assert len(await told(db, subject_id=made["japan"])) == 2
    assert len(await told(db, command="participant.enter")) == 2
    assert len(await told(db, command="participant.enter", subject_id=made["japan"])) == 1
    assert len(await told(db, person_id=SERVICE)) == 3
    assert await told(db, person_id=999) == []
    assert await told(db, subject="project") == []
    assert len(await told(db, since=today, until=today)) == 3
    assert await told(db, since=today + day) == []
    assert await told(db, until=today - day) == []
    assert await told(db, since=LONG_AGO, until=LONG_AGO) == []


async def test_pages_hold_every_change_once(db):
    await some_changes(db)
    seen: list[int] = []
    cursor = None
    async with db.read() as session:
        while True:
            page = await queries.list_changes(session, OFFICIAL, cursor=cursor, limit=2)
            seen += [row.id for row in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert len(seen) == len(set(seen)) == page.total
    assert seen == sorted(seen, reverse=True)


async def test_an_unknown_order_is_named(db):
    with pytest.raises(Invalid, match="no such order"):
        await told(db, sort="who")


async def test_a_marking_hides_the_changes_of_its_record(db):
    """docs/releasability.md: lists and counts alike."""
    await some_changes(db)
    assert not any(SECRET in each for each in await told(db, CONTRACTOR))
    assert len(await told(db, CONTRACTOR)) == 2
    # The last country's bit is the largest number that the predicate compares.
    for country in ("JPN", TRIGRAPHS[-1]):
        assert await told(db, Reader("partner", country)) == []
    async with db.read() as session:
        rows = await queries.latest(session, CONTRACTOR)
        assert rows
        assert not any(SECRET in row.change.told for row in rows)
        assert "participant" not in await queries.kinds(session, Reader("partner", "JPN"))
        assert "participant.enter" not in await queries.command_names(session, Reader("partner", "JPN"))


async def test_a_change_of_marking_hides_what_was_before_a_relaxation(db):
    """The values from the stricter time stay hidden; what follows is shown."""
    number = await enter(db, name=SECRET, marking=HIDDEN)
    await remark(db, number, "CUI", version=1)
    await remark(db, number, "UNCLASSIFIED", version=2)
    assert await told(db, CONTRACTOR, subject_id=number) == [
        "pipir changed name and marking of the participant Renamed 2."
    ]
    async with db.read() as session:
        rows = await queries.history(session, CONTRACTOR, "participant", number)
        assert len(rows) == 1
        assert len(await queries.history(session, OFFICIAL, "participant", number)) == 3


async def test_a_stricter_marking_hides_what_was_told_before(db):
    """The record's marking now decides too: nothing of it is read by whom it excludes."""
    number = await enter(db)
    await remark(db, number, HIDDEN, version=1)
    assert await told(db, CONTRACTOR, subject_id=number) == []
    assert len(await told(db, OFFICIAL, subject_id=number)) == 2


async def test_rows_of_tables_without_a_marking_are_shown(db):
    await some_changes(db)
    async with db.read() as session:
        page = await queries.list_changes(session, CONTRACTOR, subject="office")
        assert page.total == len(page.items) > 0


async def test_what_hangs_on_a_hidden_record_is_hidden_with_it(db, owner_url):
    """A table without a marking of its own, followed under its parent."""
    engine = create_async_engine(owner_url)
    async with engine.begin() as connection:
        await connection.execute(text("create table remark (id bigint primary key, country bigint, words text)"))
        await connection.execute(
            text(
                "create trigger trail_remark after insert on remark for each row "
                "execute function app.follow_row('participant', 'country', '')"
            )
        )
        await connection.execute(text("grant insert on remark to pipir_app"))
    await engine.dispose()
    made = await some_changes(db)
    async with db.write(actor=SERVICE, command="test.remark") as session:
        for place, number in enumerate(made.values()):
            await session.execute(
                text("insert into remark values (:id, :country, 'words')"), {"id": place, "country": number}
            )
    assert len(await told(db, OFFICIAL, command="test.remark")) == 2
    async with db.read() as session:
        page = await queries.list_changes(session, CONTRACTOR, command="test.remark")
    assert [row.subject_id for row in page.items] == [made["japan"]]


async def test_whoever_changed_something_is_named(db):
    async with db.write(actor=SERVICE, command="test.people") as session:
        office = await people.open_office(
            session,
            people.OpenOffice(symbol="A", name="An office", department="Other", since=LONG_AGO),
        )
        person = await people.add_person(
            session, people.AddPerson(name="Never Wrote", title="Reader", office_id=office, since=LONG_AGO)
        )
    async with db.read() as session:
        found = dict(await queries.actors(session))
        assert SERVICE in found
        assert person not in found
        assert "test.people" in await queries.command_names(session, OFFICIAL)
        assert "person" in await queries.kinds(session, OFFICIAL)
