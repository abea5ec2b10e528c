"""The calendar of a group: its meetings and action items, as the person who made the feed may see them now."""

import re
from datetime import date

from icalendar import Calendar
from sqlalchemy import update

from pipir.features.groups.tables import WorkingGroup
from pipir.features.people.tables import SERVICE, Person
from pipir.kernel.marking import audience_of, parse_marking
from tests.conftest import Service
from tests.features.groups.makers import assign, establish, record


async def _events(service: Service, address: str) -> tuple[str, list[tuple[str, date, date | None]]]:
    async with service.anonymous() as client:
        answer = await client.get(re.sub(r"^http://testserver", "", address))
    assert answer.status_code == 200, answer.text
    calendar = Calendar.from_ical(answer.content)
    found = [
        (str(each["summary"]), each["dtstart"].dt, each["dtend"].dt if "dtend" in each else None)
        for each in calendar.walk("VEVENT")
    ]
    return str(calendar["x-wr-calname"]), sorted(found, key=lambda each: each[1])


async def test_a_groups_feed_shows_its_meetings_and_action_items_alone(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        group = await establish(session, name="Radar", marking="UNCLASSIFIED")
        met = await record(
            session, name="Of the group", group_id=group, marking="UNCLASSIFIED", ends_on=date(2026, 1, 12)
        )
        await assign(session, met)
        await record(session, name="Of the forum", marking="UNCLASSIFIED")
    async with service.api("auditor") as client:
        made = await client.post("/api/v1/calendar-feeds", json={"name": "Radar", "kind": "group", "group_id": group})
        assert made.status_code == 201, made.text
        (feed,) = (await client.get("/api/v1/calendar-feeds")).json()
        assert feed["group"] == "Radar"
        for wrong, status in (
            ({"name": "A", "kind": "group"}, 422),
            ({"name": "A", "kind": "mine", "group_id": group}, 422),
            ({"name": "A", "kind": "group", "group_id": 999}, 404),
        ):
            assert (await client.post("/api/v1/calendar-feeds", json=wrong)).status_code == status
    title, events = await _events(service, made.json()["address"])
    assert title == "pipir: Dates of Radar"
    # The end of an all-day event is the day after its last.
    assert events == [
        ("Done: Of the group", date(2026, 1, 10), date(2026, 1, 13)),
        ("Send the list of parts", date(2026, 2, 1), None),
    ]


async def test_a_group_that_its_maker_may_not_see_any_more_leaves_the_feed_empty(service: Service) -> None:
    """Releasability: the name of the group is not told by the feed either."""
    async with service.db.write(actor=SERVICE, command="test") as session:
        group = await establish(session, name="Radar")
        await record(session, name="Of the group", group_id=group)
        await session.execute(
            update(Person)
            .where(Person.id == service.people["auditor"])
            .values(reader_kind="contractor", version=Person.version + 1)
        )
    async with service.api("auditor") as client:
        made = await client.post("/api/v1/calendar-feeds", json={"name": "Radar", "kind": "group", "group_id": group})
    async with service.db.write(actor=SERVICE, command="test") as session:
        strict = parse_marking("CUI//FED ONLY")
        await session.execute(
            update(WorkingGroup).values(
                marking=strict.banner, audience=audience_of(strict), version=WorkingGroup.version + 1
            )
        )
    assert await _events(service, made.json()["address"]) == ("pipir: Dates of a group", [])
    async with service.api("auditor") as client:
        (feed,) = (await client.get("/api/v1/calendar-feeds")).json()
        assert feed["group"] is None


async def test_the_page_of_a_group_leads_to_its_feed(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await establish(session, name="Radar")
    browser = await service.browser("program-office")
    page = (await browser.get("/calendar-feeds?group=1")).text
    assert re.search(r'value="group"[^>]* checked', page)
    assert re.search(r'<option value="1" selected>Radar', page)
    made = await browser.post("/calendar-feeds", {"name": "Desk", "kind": "group", "office_id": "", "group_id": "1"})
    assert made.status_code == 200
    assert "Dates of Radar" in made.text
