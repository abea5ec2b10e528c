"""The two doors of the register: what each takes, and how each refuses."""

import re

import pytest

from tests.features.projects.situations import propose
from tests.features.vulnerabilities.situations import HIDDEN, REVIEW, entered, sent

REVISED = {name: value for name, value in sent().items() if name != "severity"}
TYPED = {name: ", ".join(value) if name in ("countries", "articles") else value for name, value in sent().items()}


async def test_a_program_enters_rates_steps_links_and_reads(service):
    async with service.api("program-office") as client:
        made = await client.post("/api/v1/vulnerabilities", json=sent())
        assert (made.status_code, made.headers["location"], made.headers["etag"]) == (
            201, "/api/v1/vulnerabilities/1", '"1"',
        )  # fmt: skip
        project = await propose(service.db)
        link = await client.post("/api/v1/vulnerabilities/1/projects", json={"project_id": project})
        assert link.status_code == 201
        ended = {"until": link.json()["since"], "because": "The project ended."}
        for verb, path, body, version in (
            ("PUT", "", {**REVISED, "title": "Two makers"}, 1),
            ("PATCH", "/severity", {"severity": "low", "because": "A second one delivers."}, 2),
            ("PATCH", "/status", {"status": "being mitigated", "because": "Work began."}, 3),
        ):
            answer = await client.request(
                verb, f"/api/v1/vulnerabilities/1{path}", json=body, headers={"If-Match": f'"{version}"'}
            )
            assert (answer.status_code, answer.json()["version"]) == (200, version + 1), answer.text
        found = (await client.get("/api/v1/vulnerabilities?severity=low&country=JPN")).json()
        assert [each["title"] for each in found["items"]] == ["Two makers"]
        assert [each["project_id"] for each in found["items"][0]["projects"]] == [project]
        assert len((await client.get("/api/v1/vulnerabilities/1/steps")).json()) == 4
        assert len((await client.get("/api/v1/vulnerabilities/1/history")).json()) > 4
        cells = (await client.get("/api/v1/vulnerabilities/matrix")).json()
        assert {(each["kind"], each["severity"]) for each in cells if each["count"]} == {("single source", "low")}
        answer = await client.patch("/api/v1/vulnerability-links/1/end", json=ended, headers={"If-Match": '"1"'})
        assert answer.json()["ended_because"] == "The project ended."
        assert (await client.get("/api/v1/vulnerability-links/1")).headers["etag"] == '"2"'


async def test_the_json_door_refuses_with_a_reason(service):
    await entered(service.db, marking=HIDDEN)
    async with service.api("program-office") as client:
        answer = await client.post("/api/v1/vulnerabilities", json=sent(countries=["XXX"], articles=["0"]))
        assert {each["where"] for each in answer.json()["mistakes"]} == {"countries", "articles"}
        assert (await client.post("/api/v1/vulnerabilities", json={**sent(), "more": 1})).status_code == 422
        for version, status in (('"9"', 412), (None, 428)):
            headers = {"If-Match": version} if version else {}
            assert (await client.put("/api/v1/vulnerabilities/1", json=REVISED, headers=headers)).status_code == status
        assert (await client.get("/api/v1/vulnerabilities/99")).status_code == 404
        assert (await client.get("/api/v1/vulnerabilities?sort=secret")).status_code == 422
        key = {"Idempotency-Key": "once"}
        twice = [await client.post("/api/v1/vulnerabilities", json=sent(), headers=key) for _ in range(2)]
        assert [each.headers["location"] for each in twice] == ["/api/v1/vulnerabilities/2"] * 2
    async with service.api("auditor") as client:
        assert (await client.get("/api/v1/vulnerabilities/1")).status_code == 200
        assert (await client.post("/api/v1/vulnerabilities", json=sent())).status_code == 403


async def test_from_the_form_to_the_closed_vulnerability(service):
    browser = await service.browser("program-office")
    assert "None named" not in (await browser.get("/vulnerabilities")).text
    answer = await browser.post("/vulnerabilities/new", TYPED)
    assert (answer.status_code, answer.headers["location"]) == (303, "/vulnerabilities/1")
    project = await propose(service.db)
    for act, form in (
        ("projects", {"project_id": str(project), "_version": ""}),
        ("rate", {"severity": "critical", "because": "It stopped.", "_version": "1"}),
        ("revise", {**{k: v for k, v in TYPED.items() if k != "severity"}, "title": "Renamed", "_version": "2"}),
        ("status", {"status": "being mitigated", "because": "Work began.", "_version": "3"}),
    ):
        assert (await browser.get(f"/vulnerabilities/1/{act}")).status_code == 200
        answer = await browser.post(f"/vulnerabilities/1/{act}", form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/vulnerabilities/1"), answer.text
    page = (await browser.get("/vulnerabilities/1")).text
    for said in ("Renamed", "Critical", "It stopped.", "1310", "Sec. 1253(f)(1)(B)(i)", "Work began."):
        assert said in page
    end = {"until": "2026-11-20", "because": "Done.", "_version": "1"}
    assert (await browser.get("/vulnerability-links/1/end")).status_code == 200
    assert (await browser.post("/vulnerability-links/1/end", end)).status_code == 303
    assert (await browser.post("/vulnerability-links/1/end", end | {"_version": "2"})).status_code == 409
    close = {"status": "closed", "because": "Two makers deliver.", "_version": "4"}
    assert (await browser.post("/vulnerabilities/1/status", close)).status_code == 303
    assert (await browser.get("/vulnerabilities/1/revise")).status_code == 409
    assert "Renamed" not in (await browser.get("/vulnerabilities")).text
    assert "Renamed" in (await browser.get("/vulnerabilities?closed=closed")).text
    assert "Paragraphs served by V-0001" in (await browser.get("/trace/records/vulnerability/1")).text


async def test_a_form_gives_back_what_was_typed_with_every_mistake(service):
    browser = await service.browser("program-office")
    typed = {**TYPED, "title": "<script>", "countries": "JPN, XXX", "articles": "0000", "review_on": "2026-01-01"}
    answer = await browser.post("/vulnerabilities/new", typed)
    assert answer.status_code == 422
    assert "3 things need correcting" in answer.text
    for said in ('value="&lt;script&gt;"', 'value="JPN, XXX"', 'value="0000"'):
        assert said in answer.text
    await entered(service.db)
    stale = {"severity": "low", "because": "Typed again", "_version": "9"}
    answer = await browser.post("/vulnerabilities/1/rate", stale)
    assert answer.status_code == 412
    assert "Typed again" in answer.text
    refused = {"status": "mitigated", "because": "Typed again", "_version": "1"}
    assert (await browser.post("/vulnerabilities/1/status", refused)).status_code == 409
    assert (await browser.get("/vulnerabilities/1/nothing")).status_code == 404


async def test_the_list_has_a_matrix_a_file_and_no_change_for_who_may_not(service):
    await entered(service.db, title="=1+1", severity="critical", kind="cyber")
    browser = await service.browser("auditor")
    page = (await browser.get("/vulnerabilities")).text
    assert "/vulnerabilities?kind=cyber&amp;severity=critical" in page
    assert "/vulnerabilities/new" not in page
    assert "/vulnerabilities/1/revise" not in (await browser.get("/vulnerabilities/1")).text
    assert (await browser.get("/vulnerabilities/1/revise")).status_code == 403
    found = await browser.get("/vulnerabilities/export.csv?severity=critical")
    assert "'=1+1" in found.text
    assert len((await browser.get("/vulnerabilities/export.csv?severity=low")).text.splitlines()) == 1


@pytest.mark.parametrize("path", ["/vulnerabilities?office=x", "/vulnerabilities?severity=huge"])
async def test_a_filter_that_cannot_be_is_refused(service, path):
    browser = await service.browser("auditor")
    assert (await browser.get(path)).status_code == 422


async def test_the_review_stands_in_the_inbox_of_its_owner(service):
    office = service.people["program-office"]
    await entered(service.db, owner_person_id=office, review_on=REVIEW.replace(year=2026, month=11, day=21))
    browser = await service.browser("program-office")
    assert re.search(r"Review V-0001", (await browser.get("/inbox")).text)
    assert "One maker of" in (await browser.get("/search?q=propellant")).text
