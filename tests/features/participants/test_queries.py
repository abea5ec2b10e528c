"""What can be asked, and that a marking hides in every answer."""

from datetime import date

import pytest

from pipir.features.participants import commands, queries
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Invalid, NotFound
from tests.features.participants.situations import CONTRACTOR, HIDDEN, OFFICIAL, enter, joined, named


@pytest.fixture
async def four(db):
    """Japan named and reported, Australia named, Thailand reported, Fiji with nothing recorded."""
    numbers = {
        "JPN": await enter(db),
        "AUS": await enter(db, name="Australia", code="AUS"),
        "THA": await enter(db, name="Thailand", code="THA"),
        "FJI": await enter(db, name="fiji", code="FJI", region="Other"),
    }
    async with db.write(actor=SERVICE, command="test.standings") as session:
        await commands.record_standing(session, numbers["JPN"], named(), version=1)
        await commands.record_forum_standing(session, numbers["JPN"], joined(), version=2)
        await commands.record_standing(session, numbers["AUS"], named(since=date(2025, 12, 19)), version=1)
        await commands.record_forum_standing(session, numbers["THA"], joined(), version=1)
    return numbers


async def codes(db, reader=OFFICIAL, **asked):
    async with db.read() as session:
        page = await queries.list_participants(session, reader, **asked)
    assert page.total == len(page.items)
    return [each.code for each in page.items]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["AUS", "FJI", "JPN", "THA"]),
        ({"sort": "-name"}, ["THA", "JPN", "FJI", "AUS"]),
        ({"sort": "code"}, ["AUS", "FJI", "JPN", "THA"]),
        ({"sort": "region"}, ["AUS", "JPN", "THA", "FJI"]),
        ({"sort": "since"}, ["THA", "FJI", "JPN", "AUS"]),
        ({"text_in": "apa"}, ["JPN"]),
        ({"text_in": "fji"}, ["FJI"]),
        ({"text_in": "%"}, []),
        ({"region": "Other"}, ["FJI"]),
        ({"standing": "named in statute"}, ["AUS", "JPN"]),
        ({"standing": "not public"}, ["FJI", "THA"]),
        ({"forum_standing": "joined the forum (press)"}, ["JPN", "THA"]),
        ({"forum_standing": "not public", "standing": "not public"}, ["FJI"]),
        ({"standing": "member"}, []),
    ],
)
async def test_a_list_keeps_to_its_filters_and_order(db, four, asked, found):
    assert await codes(db, **asked) == found


@pytest.mark.parametrize("sort", ["name", "-since", "region", "code"])
async def test_pages_hold_every_country_once(db, four, sort):
    seen: list[str] = []
    cursor = None
    async with db.read() as session:
        while True:
            page = await queries.list_participants(session, OFFICIAL, sort=sort, cursor=cursor, limit=1)
            seen += [each.code for each in page.items]
            assert page.total == 4
            cursor = page.next_cursor
            if cursor is None:
                break
    assert sorted(seen) == sorted(four)


async def test_an_unknown_order_is_named(db):
    with pytest.raises(Invalid, match="no such order"):
        await codes(db, sort="size")


async def test_an_ended_entry_is_found_only_when_asked_for(db, four):
    async with db.write(actor=SERVICE, command="test.end") as session:
        body = commands.EndParticipant(date(2026, 1, 1), "It ended.")
        await commands.end_participant(session, four["FJI"], body, version=1)
    assert "FJI" not in await codes(db)
    assert "FJI" in await codes(db, ended=True)
    async with db.read() as session:
        assert "FJI" in await queries.by_codes(session, OFFICIAL, ["FJI"])


async def test_other_features_ask_by_code(db, four):
    async with db.read() as session:
        found = await queries.by_codes(session, OFFICIAL, ["JPN", "XXX", "AUS"])
        assert {code: view.name for code, view in found.items()} == {"JPN": "Japan", "AUS": "Australia"}
        assert await queries.by_codes(session, OFFICIAL, []) == {}


async def test_a_marking_hides_a_country_from_every_question(db):
    """docs/releasability.md"""
    number = await enter(db, marking=HIDDEN)
    assert await codes(db) == ["JPN"]
    assert await codes(db, CONTRACTOR) == []
    async with db.read() as session:
        assert (await queries.participant(session, OFFICIAL, number)).code == "JPN"
        with pytest.raises(NotFound):
            await queries.participant(session, CONTRACTOR, number)
        assert await queries.by_codes(session, CONTRACTOR, ["JPN"]) == {}
