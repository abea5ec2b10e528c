"""The inbox and the calendar feeds of all that is dated: what each shows, to whom, and when it ends."""

import re
from datetime import timedelta
from typing import Any, cast

import httpx
import pytest
from icalendar import Calendar
from litestar import Request
from sqlalchemy import func, select, text, update

from pipir.features.duties import commands as duties
from pipir.features.groups import commands as groups
from pipir.features.home import queries
from pipir.features.home.pages.board import calendar
from pipir.features.home.pages.inbox import inbox
from pipir.features.notices.tables import CalendarFeed
from pipir.features.people.tables import SERVICE, Office, Person
from pipir.kernel.access import ROLES, Role
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from pipir.web.problems import loggable
from tests.conftest import Service
from tests.features.congress.makers import promise
from tests.features.data_calls.makers import issue
from tests.features.disclosure.situations import DECISION, sent
from tests.features.groups.makers import assign, record
from tests.features.law.makers import a_determination
from tests.makers import NOW, hold_roles

TODAY = NOW.date()
US = Reader(kind="us-government")
CONTRACTOR = Reader(kind="contractor")


async def an_item(db: Database, person: int | None, *, days: int = 7, title: str = "Send the list", **said: Any) -> int:
    """An action item due in some days, of a meeting that `said` describes."""
    async with db.write(actor=SERVICE, command="test") as session:
        meeting = await record(session, **{"name": f"Meeting of {title}", "marking": "UNCLASSIFIED", **said})
        return await assign(
            session,
            meeting,
            title=title,
            owner_person_id=person,
            owner_text=None if person else "Delegation of Australia",
            due_on=TODAY + timedelta(days),
        )


async def waits(service: Service, role: Role) -> list[str]:
    async with service.api(role) as client:
        answer = await client.get("/api/v1/inbox")
    assert answer.status_code == 200
    return [each["item"]["slug"] for each in answer.json()["items"]]


async def a_feed(service: Service, role: Role, **body: object) -> str:
    """The path of a new feed of the role's person."""
    async with service.api(role) as client:
        made = await client.post("/api/v1/calendar-feeds", json={"name": "Desk", **body})
    assert made.status_code == 201, made.text
    address = made.json()["address"]
    assert address.startswith("http://testserver/calendar/")
    return str(address.removeprefix("http://testserver"))


async def fetched(service: Service, path: str, **headers: str) -> httpx.Response:
    """What a calendar program gets, which has neither session nor token."""
    async with service.anonymous() as client:
        return await client.get(path, headers=headers)


async def uids(service: Service, path: str) -> list[str]:
    answer = await fetched(service, path)
    assert answer.status_code == 200, answer.text
    return [str(each["uid"]).removesuffix("@testserver") for each in Calendar.from_ical(answer.content).walk("VEVENT")]


async def test_open_duties_and_actions_are_dated_and_done_ones_are_not(db: Database) -> None:
    """One place collects what has a day."""
    item = await an_item(db, None)
    async with db.read() as session:
        slugs = [each.slug for each in await queries.dated(session, US)]
    assert slugs[:3] == ["duty-designation", f"action-{item}", "duty-briefing-2026"]
    assert "duty-termination" not in slugs
    async with db.write(actor=2, command="test") as session:
        await groups.report_action_done(
            session, item, groups.ReportActionDone(done_on=TODAY, evidence="Letter"), version=1
        )
        duty = await duties.take_up(session, duties.TakeUpDuty(slug="briefing-2026"))
        await duties.record_done(
            session, duty, duties.RecordDone(done_on=TODAY, evidence="Minutes of the briefing"), version=1
        )
    async with db.read() as session:
        left = {each.slug for each in await queries.dated(session, US)}
        every = {each.dated.slug: each for each in await queries.entries(session, US)}
    assert not {f"action-{item}", "duty-briefing-2026"} & left
    assert every[f"action-{item}"].done_on == every["duty-briefing-2026"].done_on == TODAY
    assert not every["duty-termination"].open


async def test_what_congress_and_a_data_call_await_is_dated(db: Database) -> None:
    """One place collects what has a day."""
    async with db.write(actor=SERVICE, command="test") as session:
        owed = await promise(session)
        call = await issue(session)
    async with db.read() as session:
        found = {each.slug: each.href for each in await queries.dated(session, US)}
    assert found[f"promise-{owed}"] == f"/congress/promises/{owed}"
    assert f"/data-calls/{call}" in found.values()


async def test_what_a_second_person_looks_at_is_asked_of_them_and_not_of_who_made_it(service: Service) -> None:
    """Continuation determinations and amendments carry nothing before the second person."""
    async with service.api("program-office") as client:
        made = await client.post("/api/v1/law/determinations", json=a_determination())
    assert made.status_code == 201, made.text
    href = f"/law/determinations/{made.json()['id']}"
    for role, asked in (("senior-official", True), ("program-office", False), ("auditor", False)):
        async with service.api(cast("Role", role)) as client:
            found = (await client.get("/api/v1/inbox")).json()["asks"]
            board = (await client.get("/api/v1/home")).json()
        assert (href in [each["href"] for each in found]) is asked, role
        assert (href in [each["href"] for each in board["waiting"]]) is asked, role
        assert board["waiting_total"] >= len(board["waiting"])


async def test_a_disclosure_waits_for_who_decides_and_a_spillage_for_the_second_administrator(service: Service) -> None:
    """One inbox of all that waits for a person; nobody is asked for what they entered themselves."""
    async with service.api("program-office") as client:
        made = await client.post("/api/v1/disclosure/decisions", json=sent(DECISION))
    assert made.status_code == 201, made.text
    async with service.api("administrator") as client:
        body = {"spilled_value": "Contract N00", "because": "Not public.", "met_where": "A letter"}
        assert (await client.post("/api/v1/spillages", json=body)).status_code == 201
    async with service.db.write(actor=SERVICE, command="test") as session:
        await hold_roles(session, service.people["auditor"], ["administrator"])
    disclosure, spillage = f"/disclosure/decisions/{made.json()['id']}", "/documents/spillage/1"
    for role, asked in (
        ("senior-official", [disclosure]),
        ("program-office", []),
        ("administrator", []),
        ("auditor", [spillage]),
    ):
        async with service.api(cast("Role", role)) as client:
            found = [each["href"] for each in (await client.get("/api/v1/inbox")).json()["asks"]]
        assert [each for each in (disclosure, spillage) if each in found] == asked, role
    async with service.api("senior-official") as client:
        decided = {"outcome": "granted", "decided_on": "2026-11-20"}
        answer = await client.patch(f"/api/v1{disclosure}/decision", json=decided, headers={"If-Match": '"1"'})
        assert answer.status_code == 200, answer.text
        assert disclosure not in str((await client.get("/api/v1/inbox")).json()["asks"])


async def test_a_dropped_action_has_no_day(db: Database) -> None:
    """Nobody is asked for it any more."""
    item = await an_item(db, None)
    async with db.write(actor=SERVICE, command="test") as session:
        await groups.drop_action(session, item, groups.DropAction(because="Not needed"), version=1)
    async with db.read() as session:
        assert f"action-{item}" not in {each.dated.slug for each in await queries.entries(session, US)}


async def test_what_a_reader_may_not_see_has_no_day_for_them(db: Database) -> None:
    """Releasability."""
    item = await an_item(db, None, marking="CUI//NOCON")
    async with db.read() as session:
        ours = {each.dated.slug for each in await queries.entries(session, US)}
        theirs = {each.dated.slug for each in await queries.entries(session, CONTRACTOR)}
    hidden = ours - theirs
    assert f"action-{item}" in hidden
    assert {each.partition("-")[0] for each in hidden} == {"action", "meeting"}


async def test_a_duty_says_its_day_and_the_advised_day_apart(db: Database) -> None:
    """Sec. 1253(f)(1): 1 March 2031 is a Saturday, and stays; the advice is a convention."""
    async with db.read() as session:
        found = {each.dated.slug: each for each in await queries.entries(session, US)}
    assert found["duty-report-2031"].note == (
        "Statutory day: Saturday, 1 March 2031; it stays as it is.\n"
        "Advised working day before it: Friday, 28 February 2031 (convention; the statute is silent)."
    )
    assert found["duty-report-2027"].note == "Statutory day: Monday, 1 March 2027; it stays as it is."
    assert found["duty-report-2027"].dated.citation == "Sec. 1253(f)(1)(A), Pub. L. 119-60 (statute)"


async def test_the_inbox_holds_what_is_mine_my_offices_or_nobodys(service: Service) -> None:
    """A duty that no office has taken up belongs to the program office."""
    mine = await an_item(service.db, service.people["auditor"])
    assert await waits(service, "auditor") == [f"action-{mine}"]
    assert await waits(service, "program-office") == ["duty-designation", "duty-briefing-2026"]
    async with service.db.write(actor=2, command="test") as session:
        office = await session.scalar(select(Office.id).where(Office.symbol == "TEST"))
        await duties.take_up(session, duties.TakeUpDuty(slug="briefing-2026", owner_office_id=office))
    assert await waits(service, "auditor") == [f"action-{mine}", "duty-briefing-2026"]


async def test_the_inbox_clears_itself(service: Service) -> None:
    """Derived from the record: there is nothing to tick."""
    mine = await an_item(service.db, service.people["auditor"])
    assert await waits(service, "auditor") == [f"action-{mine}"]
    async with service.db.write(actor=2, command="test") as session:
        await groups.report_action_done(
            session, mine, groups.ReportActionDone(done_on=TODAY, evidence="Letter"), version=1
        )
    assert await waits(service, "auditor") == []


@pytest.mark.parametrize(("days", "there"), [(22, False), (21, True), (-400, True)])
async def test_an_item_stands_in_the_inbox_from_its_first_reminder_on(service: Service, days: int, there: bool) -> None:
    """Convention: 21 days before."""
    await an_item(service.db, service.people["auditor"], days=days)
    assert bool(await waits(service, "auditor")) is there


async def test_the_inbox_tells_the_reminder_the_days_and_the_rule(service: Service) -> None:
    """The JSON door."""
    async with service.api("program-office") as client:
        found = (await client.get("/api/v1/inbox")).json()
    assert found["today"] == "2026-11-20"
    briefing = found["items"][1]
    assert briefing["rung"] == {"on": "2026-11-17", "before": 14}
    assert (briefing["days_left"], briefing["says"]) == (11, "Due in 11 days.")
    assert briefing["item"]["citation"] == "Sec. 1253(f)(2), Pub. L. 119-60 (statute)"


@pytest.mark.parametrize("role", ROLES)
async def test_every_role_has_an_inbox_and_feeds(service: Service, role: Role) -> None:
    """Permission notices.own."""
    browser = await service.browser(role)
    for path in ("/inbox", "/calendar-feeds"):
        page = await browser.get(path)
        assert page.status_code == 200
        assert f'href="{path}" aria-current="page"' in page.text


async def test_an_empty_inbox_says_so_in_words(service: Service) -> None:
    """No blank page."""
    page = (await (await service.browser("auditor")).get("/inbox")).text
    assert "Nothing waits for you" in page
    assert "within 21 days of its day" in page


async def test_the_page_shows_hostile_titles_as_text_and_never_says_late(service: Service) -> None:
    """What is typed is text; a day that has passed proves nothing."""
    await an_item(service.db, service.people["auditor"], days=-9, title="<script>alert(1)</script> {{ 7 * 7 }}")
    page = (await (await service.browser("auditor")).get("/inbox")).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }}" in page
    assert "The day passed 9 days ago; nothing recorded here says that it was done." in page
    assert not re.search(r"\blate\b", page)


async def test_a_stranger_has_no_inbox(service: Service) -> None:
    """Default deny."""
    async with service.anonymous() as client:
        assert (await client.get("/api/v1/inbox")).status_code == 401
        assert (await client.get("/api/v1/calendar-feeds")).status_code == 401


async def test_a_feed_shows_what_it_is_of(service: Service) -> None:
    """One's own, an office's, the statute's."""
    mine = await an_item(service.db, service.people["auditor"])
    others = await an_item(service.db, service.people["comptroller"], title="Another's")
    elsewhere = await an_item(service.db, None, title="Nobody's")
    async with service.db.write(actor=2, command="test") as session:
        office = await session.scalar(select(Office.id).where(Office.symbol == "TEST"))
        await duties.take_up(session, duties.TakeUpDuty(slug="briefing-2029", owner_office_id=office))
    own = await uids(service, await a_feed(service, "auditor", name="a"))
    of_office = await uids(service, await a_feed(service, "auditor", name="b", kind="office", office_id=office))
    of_statute = await uids(service, await a_feed(service, "auditor", name="c", kind="statute"))
    programs = await uids(service, await a_feed(service, "program-office"))
    assert own == [f"action-{mine}", "duty-briefing-2029"]
    assert of_office == [f"action-{mine}", f"action-{others}", "duty-briefing-2029"]
    assert len(of_statute) == 12
    assert "duty-termination" in of_statute
    assert not any(uid.startswith("action") for uid in of_statute)
    assert f"action-{elsewhere}" in programs
    assert "duty-report-2027" in programs


async def test_a_feed_is_a_calendar_that_may_be_asked_for_again(service: Service) -> None:
    """ETag and 304; another state of the record is another tag."""
    item = await an_item(service.db, service.people["auditor"])
    path = await a_feed(service, "auditor")
    first = await fetched(service, path)
    assert first.headers["content-type"] == "text/calendar; charset=utf-8"
    assert first.headers["cache-control"] == "private, no-cache"
    tag = first.headers["etag"]
    again = await fetched(service, path, **{"If-None-Match": f'W/"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    async with service.db.write(actor=2, command="test") as session:
        await groups.report_action_done(
            session, item, groups.ReportActionDone(done_on=TODAY, evidence="Letter"), version=1
        )
    changed = await fetched(service, path, **{"If-None-Match": tag})
    assert changed.status_code == 200
    event = Calendar.from_ical(changed.content).walk("VEVENT")[0]
    assert event["summary"] == "Done: Send the list"
    assert event["sequence"] == 2
    assert event["url"] == f"http://testserver/actions/{item}"


async def test_a_feed_shows_only_what_its_owner_may_read_now(service: Service) -> None:
    """Their reader, as it is at the moment of each fetch."""
    item = await an_item(service.db, service.people["auditor"], marking="CUI//NOCON")
    path = await a_feed(service, "auditor")
    assert await uids(service, path) == [f"action-{item}"]
    hidden = (await fetched(service, path)).text
    assert "Send the list" not in hidden
    assert "SUMMARY:CUI item" in hidden
    async with service.db.write(actor=SERVICE, command="test") as session:
        await session.execute(
            update(Person).where(Person.id == service.people["auditor"]).values(reader_kind="contractor")
        )
    assert await uids(service, path) == []


async def test_a_revoked_feed_is_gone(service: Service) -> None:
    """410 with a sentence, at once."""
    path = await a_feed(service, "auditor")
    async with service.api("auditor") as client:
        number = (await client.get("/api/v1/calendar-feeds")).json()[0]["id"]
        revoked = await client.post(f"/api/v1/calendar-feeds/{number}/revoke", json={})
    assert revoked.json()[0]["revoked_at"] is not None
    answer = await fetched(service, path)
    assert answer.status_code == 410
    assert "was revoked by the person who made it" in answer.text
    as_json = await fetched(service, path, Accept="application/json")
    assert as_json.json()["type"] == "/problems/gone"


@pytest.mark.parametrize("left", [True, False], ids=["left", "without roles"])
async def test_a_feed_ends_with_the_time_of_its_owner(service: Service, left: bool) -> None:
    """410: nobody reads on with what a person left behind."""
    path = await a_feed(service, "auditor")
    async with service.db.write(actor=SERVICE, command="test") as session:
        auditor = service.people["auditor"]
        if left:
            await session.execute(update(Person).where(Person.id == auditor).values(until=TODAY - timedelta(1)))
        else:
            await hold_roles(session, auditor, [])
    answer = await fetched(service, path)
    assert answer.status_code == 410
    assert "ended with the time of the person" in answer.text


async def test_a_feed_rests_while_its_owner_is_disabled(service: Service) -> None:
    """Whoever holds the address reads no more than who signs in; enabled, it goes on."""
    path = await a_feed(service, "auditor")
    for days, status in ((36, 409), (0, 200)):
        async with service.db.write(actor=SERVICE, command="test") as session:
            aged = update(Person).where(Person.id == service.people["auditor"])
            await session.execute(aged.values(enabled_at=func.clock_timestamp() - timedelta(days=days)))
        answer = await fetched(service, path)
        assert answer.status_code == status
        assert ("rests" in answer.text) is (status == 409)


@pytest.mark.parametrize(
    "name", ["A" * 43 + ".ics", "A" * 43, "x.ics", "A" * 44 + ".ics", "%00.ics", "..%2fhome", "A" * 42 + "%0a.ics"]
)
async def test_another_address_is_not_found(service: Service, name: str) -> None:
    """Never 500, and no word of what there is."""
    answer = await fetched(service, f"/calendar/{name}")
    assert answer.status_code in (400, 404)


async def test_only_the_hash_of_an_address_is_stored_and_none_of_it_is_in_the_trail(service: Service) -> None:
    """256 bits, shown once."""
    path = await a_feed(service, "auditor")
    secret = path.removeprefix("/calendar/").removesuffix(".ics")
    assert len(secret) == 43
    async with service.db.read() as session:
        stored = await session.scalar(text("select string_agg(to_jsonb(f)::text, ' ') from calendar_feed f"))
        trail = await session.scalar(text("select string_agg(after::text, ' ') from trail"))
        keys = await session.scalar(text("select count(*) from idempotency_key"))
        length = await session.scalar(select(func.length(CalendarFeed.token_hash)))
    assert secret not in f"{stored} {trail}"
    assert "token_hash" not in str(trail)
    assert (keys, length) == (0, 32)


async def test_the_last_fetch_is_noted_and_is_no_change_of_the_record(service: Service) -> None:
    """Real time; the trail tells of the making and of the end."""
    path = await a_feed(service, "auditor")
    async with service.db.read() as session:
        assert await session.scalar(select(CalendarFeed.fetched_at)) is None
    await fetched(service, path)
    async with service.db.read() as session:
        first = await session.scalar(select(CalendarFeed.fetched_at))
    await fetched(service, path)
    async with service.db.read() as session:
        second = await session.scalar(select(CalendarFeed.fetched_at))
        rows = await session.scalar(text("select count(*) from trail where table_name = 'calendar_feed'"))
    assert first is not None
    assert first == second
    assert rows == 1


def test_an_address_that_is_a_secret_never_enters_the_log() -> None:
    """Where a fetch fails the log names the kind of address."""
    scope: Any = {
        "type": "http",
        "path": "/calendar/s3cret.ics",
        "path_template": "/calendar/{name:str}",
        "headers": [],
    }
    assert loggable(Request({**scope, "route_handler": calendar})) == "/calendar/{name:str}"
    assert loggable(Request({**scope, "path": "/inbox", "route_handler": inbox})) == "/inbox"
