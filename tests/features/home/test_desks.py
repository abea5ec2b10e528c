"""The desk of each role: chosen among one's own, and every number is that of the list behind it."""

import re

import httpx
import pytest
from sqlalchemy import text

from pipir.features.people.tables import SERVICE
from pipir.kernel.access import ROLE_TITLES, ROLES, Role
from tests.conftest import Service
from tests.features.concurrence.makers import a_request
from tests.features.data_calls.makers import issue
from tests.features.home.situations import program
from tests.features.law.makers import a_determination, an_amendment
from tests.features.participants.situations import enter


def counted(page: httpx.Response) -> int:
    """How many records the page behind a number holds."""
    assert page.status_code == 200, page.text[:300]
    path = page.request.url.path
    if path == "/law/amendments":
        return page.text.count("waits for a second administrator")
    if path == "/inbox":
        found = re.search(r"(\d+) items? with a day</h2>", page.text)
        asked = page.text.partition('id="asks"')[2].partition("</section>")[0].count("<li>")
        return asked + page.text.count('class="inbox-item"') + (int(found[1]) if found else 0)
    if path.startswith("/reports/"):
        found = re.search(r"(\d+) of (\d+)", page.text.partition("Elements answered")[2])
        assert found
        return int(found[2]) - int(found[1])
    found = re.search(r"<strong>([\d,]+)</strong>", page.text.partition('id="results"')[2])
    assert found, path
    return int(found[1].replace(",", ""))


async def desk(service: Service, role: Role) -> dict[str, object]:
    async with service.api(role) as client:
        answer = await client.get("/api/v1/desk")
        assert answer.status_code == 200
        found: dict[str, object] = answer.json()
    return found


# The step that a country's present standing has to be.
_STEP = (
    "insert into participant_standing (version, participant_id, kind, step, value, since, source, recorded_by_id, "
    "recorded_on) select 1, id, 'process', steps, standing, standing_since, standing_source, 1, app.today() from moved"
)


async def some_record(service: Service) -> None:
    """Something behind as many numbers as there are."""
    await program(service.db)
    async with service.db.write(actor=SERVICE, command="test") as session:
        await session.execute(
            text(
                "with moved as (update participant set standing = 'coordination with State', steps = steps + 1, "
                "standing_since = '2026-05-01', standing_source = 'made up', version = 2 "
                f"where code in ('JPN', 'ITA') returning *) {_STEP}"
            )
        )
        office = await session.scalar(text("select id from office where symbol = 'TEST'"))
        await issue(session, office_ids=[office])
    async with service.api("program-office") as client:
        asked = await client.post("/api/v1/concurrence", json=a_request(concur=[office]))
        assert asked.status_code == 201, asked.text
    async with service.api("administrator") as client:
        assert (await client.post("/api/v1/law/amendments", json=an_amendment())).status_code == 201
    async with service.api("senior-official") as client:
        assert (await client.post("/api/v1/law/determinations", json=a_determination())).status_code == 201


@pytest.mark.parametrize("role", ROLES)
async def test_every_number_of_a_desk_is_that_of_the_list_behind_it(service: Service, role: Role) -> None:
    """A number on a card is the count of the list that it leads to."""
    await some_record(service)
    found = await desk(service, role)
    browser = await service.browser(role)
    home = (await browser.get("/")).text
    figures = [*found["figures"], *(each for card in found["cards"] for each in card["counts"])]  # type: ignore[misc,attr-defined]
    assert len(found["figures"]) == 4  # type: ignore[arg-type]
    assert sum(each["count"] for each in figures) > 0
    for each in figures:
        # The number of changes grows by looking: signing in is one.
        if not each["href"].startswith("/trail"):
            assert counted(await browser.get(each["href"])) == each["count"], each
            assert (each["value"] or f"{each['count']:,}") in home
        assert each["href"].replace("&", "&amp;") in home


async def test_the_numbers_are_those_of_the_reader(service: Service) -> None:
    """docs/releasability.md: counts too."""
    await enter(service.db)
    before = await desk(service, "state-liaison")
    async with service.db.write(actor=SERVICE, command="test") as session:
        await session.execute(
            text(
                "with moved as (update participant set standing = 'coordination with State', steps = steps + 1, "
                "standing_since = '2026-05-01', standing_source = 'x', marking = 'CUI//NOCON', audience = 1, "
                f"version = 9 returning *) {_STEP}"
            )
        )
        await session.execute(
            text("update person set reader_kind = 'contractor' where id = :id"),
            {"id": service.people["state-liaison"]},
        )
    after = await desk(service, "state-liaison")
    assert before["figures"][1]["count"] == after["figures"][1]["count"] == 0  # type: ignore[index]


async def test_who_holds_several_roles_chooses_among_their_own(service: Service) -> None:
    """`?as=`, of one's own roles only."""
    async with service.api("administrator") as client:
        view = await client.get(f"/api/v1/people/{service.people['comptroller']}")
        body = {"name": "P", "title": "T", "office_id": view.json()["office_id"], "roles": ["comptroller", "auditor"]}
        answer = await client.put(
            f"/api/v1/people/{service.people['comptroller']}", json=body, headers={"If-Match": view.headers["etag"]}
        )
        assert answer.status_code == 200, answer.text
    browser = await service.browser("comptroller")
    first = (await browser.get("/")).text
    assert "Your desk: Comptroller" in first
    assert 'href="/?as=auditor"' in first
    assert "Your desk: Auditor" in (await browser.get("/?as=auditor")).text
    for other in ("state-liaison", "<script>", "Auditor"):
        answer = await browser.get(f"/?as={other}")
        assert (answer.status_code, "a role that is your own" in answer.text) == (422, True)
        assert "<script>" not in answer.text.replace("<script defer", "")


async def test_the_liaison_sees_what_coordination_asks_of_the_office(service: Service) -> None:
    """Requests for State, in the figures, the card and the inbox alike."""
    await some_record(service)
    found = await desk(service, "state-liaison")
    waiting, *_, asked = found["figures"]  # type: ignore[misc,attr-defined]
    assert (asked["title"], asked["count"]) == ("Requests for your office", 1)
    assert waiting["count"] >= 1
    page = (await (await service.browser("state-liaison")).get("/")).text
    assert "Process of invitation, first version" in page


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_begins_with_its_own_desk(service: Service, role: Role) -> None:
    page = (await (await service.browser(role)).get("/")).text
    assert f"Your desk: {ROLE_TITLES[role]}" in page
    assert "Your other desks" not in page
    assert "own is noted in this record." in page
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


async def test_the_health_of_the_installation_leads_to_what_it_counts(service: Service) -> None:
    """Administrators see the lists of jobs and mails; others the figures alone."""
    admin, other = await service.browser("administrator"), await service.browser("comptroller")
    async with service.db.write(actor=SERVICE, command="test") as session:
        await session.execute(
            text(
                "insert into job (name, body, actor, state, message) values ('report.build', '{}', 1, 'failed', 'Odd.')"
            )
        )
    page = (await admin.get("/")).text
    for href in ("/jobs?status=failed", "/mails?status=failed"):
        assert f'href="{href}"' in page
        assert f'href="{href}"' not in (await other.get("/")).text
        assert (await other.get(href)).status_code == 403
        assert (await admin.get(href)).status_code == 200
    assert "Odd." in (await admin.get("/jobs?status=failed")).text
    assert "Odd." not in (await admin.get("/jobs?status=done")).text


async def test_a_list_is_skipped_to_and_says_of_whom_it_is_empty(service: Service) -> None:
    """Who sees less than the US government is told that what they may see is none, not that there is none."""
    paths = ("/projects", "/congress/promises", "/concurrence", "/documents", "/law/acts")
    government, contractor = await service.browser("program-office"), await service.browser("comptroller")
    async with service.db.write(actor=SERVICE, command="test") as session:
        await session.execute(
            text("update person set reader_kind = 'contractor', version = version + 1 where id = :id"),
            {"id": service.people["comptroller"]},
        )
    said = "Nothing of what you may see is recorded here."
    for path in paths:
        page, less = (await government.get(path)).text, (await contractor.get(path)).text
        assert '<a class="usa-skipnav" href="#results">Skip to results</a>' in page, path
        assert re.search(r'id="results"[^>]* tabindex="-1"', page), path
        assert (said in page, said in less) == (False, True), path
