"""The two doors of foreign disclosure: each happy path, who may do what, and what a page says."""

import pytest
from sqlalchemy import text

from pipir.features.people.tables import SERVICE
from tests.features.disclosure.situations import (
    AGREEMENT,
    DECISION,
    EXPORT,
    HIDDEN,
    RELEASE,
    agreed,
    decided,
    everything,
    exported,
    released,
    sent,
)
from tests.features.groups.makers import establish
from tests.features.participants.situations import contractor_api, contractor_browser, enter
from tests.features.projects.situations import propose

PATHS = [("decisions", DECISION), ("export-bases", EXPORT), ("agreements", AGREEMENT)]
END = {"until": "2999-01-01", "because": "It was replaced."}


async def test_a_release_goes_its_whole_way_through_the_json_door(service):
    async with service.api("program-office") as office, service.api("senior-official") as official:
        made = {}
        for path, body in PATHS:
            answer = await office.post(f"/api/v1/disclosure/{path}", json=sent(body))
            assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
            made[path] = answer.headers["location"]
            assert (await office.get(made[path])).json() == answer.json()
        decide = {"outcome": "granted", "decided_on": "2026-01-05"}
        path = f"{made['decisions']}/decision"
        refused = await office.patch(path, json=decide, headers={"If-Match": '"1"'})
        assert refused.status_code == 403
        answer = await official.patch(path, json=decide, headers={"If-Match": '"1"'})
        assert (answer.status_code, answer.json()["outcome"]) == (200, "granted")
        standing = (await official.get("/api/v1/disclosure/standing?country=JPN&on=2026-01-05")).json()
        assert (standing["possible"], len(standing["answers"])) == (True, 3)
        answer = await office.post("/api/v1/disclosure/releases", json=sent(RELEASE))
        assert answer.status_code == 201
        assert (await office.get(answer.headers["location"])).json() == answer.json()
        assert (await office.get("/api/v1/disclosure/releases?country=JPN")).json() == [answer.json()]
        for path in made.values():
            version = (await office.get(path)).headers["etag"]
            ended = await office.patch(f"{path}/end", json=END, headers={"If-Match": version})
            assert (ended.status_code, ended.json()["ended_because"]) == (200, END["because"])


async def test_a_refused_release_names_each_missing_thing_with_its_way_out(service):
    """A marking alone authorizes nothing."""
    async with service.api("program-office") as client:
        answer = await client.post("/api/v1/disclosure/releases", json=sent(RELEASE))
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/refused")
        assert len(answer.json()["mistakes"]) == 3
        assert (await client.get("/api/v1/disclosure/standing?country=USA")).status_code == 422
        assert (await client.get("/api/v1/disclosure/standing")).status_code == 422


@pytest.mark.parametrize("role", ["auditor", "comptroller", "senior-official"])
async def test_who_may_not_enter_enters_nothing(service, role):
    async with service.api(role) as client:
        for path, body in (*PATHS, ("releases", RELEASE)):
            assert (await client.post(f"/api/v1/disclosure/{path}", json=sent(body))).status_code == 403
            assert (await client.get(f"/api/v1/disclosure/{path}")).status_code == 200
    async with service.anonymous() as client:
        assert (await client.get("/api/v1/disclosure/releases")).status_code == 401


async def test_a_change_names_its_version(service):
    number = await agreed(service.db)
    async with service.api("program-office") as client:
        path = f"/api/v1/disclosure/agreements/{number}/end"
        assert (await client.patch(path, json=END)).status_code == 428
        assert (await client.patch(path, json=END, headers={"If-Match": '"9"'})).status_code == 412


async def test_what_a_marking_hides_is_as_if_it_were_not_there(service):
    """docs/releasability.md"""
    number = await agreed(service.db, title="Closed agreement", marking=HIDDEN)
    async with await contractor_api(service) as client:
        assert (await client.get(f"/api/v1/disclosure/agreements/{number}")).status_code == 404
        assert (await client.get("/api/v1/disclosure/agreements")).json() == []
        path = f"/api/v1/disclosure/agreements/{number}/end"
        assert (await client.patch(path, json=END, headers={"If-Match": '"1"'})).status_code == 404
    browser = await contractor_browser(service)
    for path in ("/disclosure?country=JPN", "/disclosure/agreements/export.csv"):
        answer = await browser.get(path)
        assert (answer.status_code, "Closed agreement" in answer.text) == (200, False)


async def test_the_pages_lead_from_the_first_entry_to_the_release(service):
    office, official = await service.browser("program-office"), await service.browser("senior-official")
    made = {}
    for path, body in PATHS:
        assert (await office.get(f"/disclosure/{path}/new?country=JPN")).status_code == 200
        answer = await office.post(f"/disclosure/{path}/new", sent(body) | {"marking": "CUI"})
        assert answer.status_code == 303
        made[path] = answer.headers["location"]
    assert "/decide" not in (await office.get(made["decisions"])).text
    assert "waits for a decision" in (await office.get(made["decisions"])).text
    assert f"{made['decisions']}/decide" in (await official.get(made["decisions"])).text
    assert (await official.get(f"{made['decisions']}/decide")).status_code == 200
    decide = {"outcome": "granted", "decided_on": "2026-01-05", "_version": "1"}
    assert (await office.post(f"{made['decisions']}/decide", decide)).status_code == 403
    assert (await official.post(f"{made['decisions']}/decide", decide)).status_code == 303
    assert (await office.get("/disclosure/releases/new?country=JPN")).status_code == 200
    answer = await office.post("/disclosure/releases/new", sent(RELEASE))
    assert answer.status_code == 303
    page = (await office.get(answer.headers["location"])).text
    assert "A marking alone authorizes nothing" in page
    assert made["decisions"] in page
    page = (await office.get("/disclosure?country=JPN&on=2026-01-05")).text
    assert "a release to Japan is possible within what the records below cover" in page
    assert (await office.get(f"{made['agreements']}/end")).status_code == 200
    assert (await office.post(f"{made['agreements']}/end", END | {"_version": "1"})).status_code == 303


async def test_a_refused_form_comes_back_with_what_was_typed(service):
    browser = await service.browser("program-office")
    answer = await browser.post("/disclosure/releases/new", sent(RELEASE) | {"subject": "<script>alert(1)</script>"})
    assert answer.status_code == 409
    assert "&lt;script&gt;alert(1)" in answer.text
    for field in ("decision_id", "export_basis_id", "agreement_id"):
        assert f'href="#field-{field}"' in answer.text
    number = await decided(service.db)
    answer = await browser.post(f"/disclosure/decisions/{number}/end", {"until": "", "because": "", "_version": "2"})
    assert answer.status_code == 422


async def test_the_country_page_says_whether_anything_may_be_released(service):
    number = await enter(service.db)
    browser = await service.browser("auditor")
    page = (await browser.get(f"/participants/{number}")).text
    assert "May anything be released to Japan?" in page
    assert "Nothing may be released to Japan on" in page
    await everything(service.db)
    page = (await browser.get(f"/participants/{number}?on=2026-01-05")).text
    assert "a release to Japan is possible" in page
    assert "A marking alone authorizes nothing" in page


@pytest.mark.parametrize("kind", ["decisions", "export-bases", "agreements", "releases"])
async def test_each_register_is_a_file(service, kind):
    await everything(service.db)
    await released(service.db, subject="=cmd()")
    browser = await service.browser("auditor")
    answer = await browser.get(f"/disclosure/{kind}/export.csv?country=JPN")
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(answer.text.splitlines()) == 2
    assert ",=cmd()" not in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/disclosure/secrets/new", 404),
        ("/disclosure/secrets/export.csv", 404),
        ("/disclosure/releases/1", 404),
        ("/disclosure/decisions/1/approve", 404),
        ("/disclosure?on=yesterday", 422),
        ("/disclosure?country=ZZZ", 422),
    ],
)
async def test_an_address_that_names_nothing_is_not_an_error_of_ours(service, path, status):
    browser = await service.browser("program-office")
    assert (await browser.get(path)).status_code == status


async def test_papers_and_releases_are_as_hidden_as_the_record_that_they_name(service):
    """docs/releasability.md: also where the record is marked anew, in lists, details, the country's answer, search."""
    project = await propose(service.db, marking="CUI//PROCURE//REL TO USA, JPN", name="Radar repair")
    about = {"record_kind": "project", "record_id": project}
    group = await decided(service.db, subject="Papers of the group", **await a_group_of(service))
    await decided(service.db, **about)
    await exported(service.db, **about)
    await agreed(service.db)
    number = await released(service.db, **about, marking=None, subject=None)
    places = [f"/api/v1/disclosure/{each}" for each in ("decisions", "export-bases", "releases")]
    async with await contractor_api(service) as client:
        for place in places:
            assert "Radar repair" in (await client.get(place)).text
        assert (await client.get("/api/v1/disclosure/standing?country=JPN&on=2026-01-05")).json()["possible"] is True
        assert (await client.get("/api/v1/search?q=radar%20repair")).json()["total"] == 4
        async with service.db.write(actor=SERVICE, command="test.hide") as session:
            for table in ("project", "working_group"):
                await session.execute(
                    text(f"update {table} set version = version + 1, marking = 'CUI//NOCON', audience = 1")
                )
        for place in places:
            assert (await client.get(place)).json() == []
        for path in (f"decisions/{group}", f"releases/{number}"):
            assert (await client.get(f"/api/v1/disclosure/{path}")).status_code == 404
        assert (await client.get("/api/v1/disclosure/standing?country=JPN&on=2026-01-05")).json()["possible"] is False
        assert (await client.get("/api/v1/search?q=radar%20repair")).json()["total"] == 0
        ended = await client.patch(f"/api/v1/disclosure/decisions/{group}/end", json=END, headers={"If-Match": '"2"'})
        assert ended.status_code == 404
    async with service.api("program-office") as client:
        assert len((await client.get("/api/v1/disclosure/decisions")).json()) == 2


async def test_a_release_is_as_hidden_as_the_papers_on_which_it_stands(service):
    """docs/releasability.md: it names them by their numbers."""
    await decided(service.db)
    await exported(service.db)
    await agreed(service.db, marking=HIDDEN)
    number = await released(service.db)
    async with await contractor_api(service) as client:
        assert (await client.get("/api/v1/disclosure/releases")).json() == []
        assert (await client.get(f"/api/v1/disclosure/releases/{number}")).status_code == 404
        assert "Repair manual" not in (await client.get("/api/v1/search?q=repair%20manual")).text
    async with service.api("auditor") as client:
        assert len((await client.get("/api/v1/disclosure/releases")).json()) == 1


async def a_group_of(service):
    """A working group as the record of a paper."""
    async with service.db.write(actor=SERVICE, command="test.group") as session:
        return {"record_kind": "group", "record_id": await establish(session, marking="CUI")}
