"""Both doors of calendar feeds: each act once, each refusal once."""

import re

import pytest

from tests.conftest import Service

HOSTILE = "<script>alert(1)</script> {{ 7 * 7 }} \u202egnihtemos"


async def test_a_feed_is_made_listed_and_revoked_through_json(service: Service) -> None:
    """The address is told once; a second revocation changes nothing."""
    async with service.api("auditor") as client:
        made = await client.post("/api/v1/calendar-feeds", json={"name": "Desk", "kind": "statute"})
        (feed,) = (await client.get("/api/v1/calendar-feeds")).json()
        first = await client.post(f"/api/v1/calendar-feeds/{feed['id']}/revoke", json={})
        second = await client.post(f"/api/v1/calendar-feeds/{feed['id']}/revoke", json={})
    assert re.fullmatch(r"http://testserver/calendar/[\w-]{43}\.ics", made.json()["address"])
    assert (feed["name"], feed["kind"], feed["fetched_at"], feed["revoked_at"]) == ("Desk", "statute", None, None)
    assert first.json()[0]["revoked_at"] == second.json()[0]["revoked_at"] is not None
    assert "address" not in feed


async def test_a_repetition_of_the_request_keeps_no_secret(service: Service) -> None:
    """An answer that holds a secret is not stored under its key."""
    async with service.api("auditor") as client:
        first = await client.post("/api/v1/calendar-feeds", json={"name": "a"}, headers={"Idempotency-Key": "k"})
        second = await client.post("/api/v1/calendar-feeds", json={"name": "b"}, headers={"Idempotency-Key": "k"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() != second.json()


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": "a\0b"}, ["name"]),
        ({"name": "a", "kind": "all"}, ["kind"]),
        ({"name": "a", "kind": "office"}, ["office_id"]),
        ({"name": "a", "kind": "mine", "office_id": 2}, ["office_id"]),
        ({"name": "a", "office_id": 2**63}, ["office_id"]),
        ({"name": "", "kind": "all", "person_id": 1}, ["kind", "name", "person_id"]),
    ],
)
async def test_a_body_that_is_none_is_refused_with_every_mistake(
    service: Service, body: dict[str, object], where: list[str]
) -> None:
    """422, never 500."""
    async with service.api("auditor") as client:
        answer = await client.post("/api/v1/calendar-feeds", json=body)
    assert answer.status_code == 422
    assert sorted(each["where"] for each in answer.json()["mistakes"]) == where


async def test_what_is_not_there_is_not_found_and_what_is_anothers_is_refused(service: Service) -> None:
    """An office, a feed; a feed of somebody else."""
    async with service.api("auditor") as client:
        nowhere = await client.post(
            "/api/v1/calendar-feeds", json={"name": "a", "kind": "office", "office_id": 999_999}
        )
        nothing = await client.post("/api/v1/calendar-feeds/999999/revoke", json={})
        await client.post("/api/v1/calendar-feeds", json={"name": "Desk"})
        twice = await client.post("/api/v1/calendar-feeds", json={"name": "Desk"})
        (feed,) = (await client.get("/api/v1/calendar-feeds")).json()
    async with service.api("administrator") as client:
        anothers = await client.post(f"/api/v1/calendar-feeds/{feed['id']}/revoke", json={})
        assert (await client.get("/api/v1/calendar-feeds")).json() == []
    assert (nowhere.status_code, nothing.status_code) == (404, 404)
    assert (twice.status_code, anothers.status_code) == (409, 409)
    assert twice.json()["detail"].startswith("You have a feed of this name already")


async def test_a_feed_is_made_and_revoked_on_the_page(service: Service) -> None:
    """The page shows the address this once."""
    browser = await service.browser("auditor")
    made = await browser.post("/calendar-feeds", {"name": HOSTILE, "kind": "office", "office_id": "2"})
    assert made.status_code == 200
    found = re.search(r"http://testserver(/calendar/[\w-]{43}\.ics)", made.text)
    assert found is not None
    assert (await browser.client.get(found[1])).status_code == 200
    page = await browser.get("/calendar-feeds")
    assert found[1] not in page.text
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }}" in page.text
    assert "Dates of TEST" in page.text
    number = re.findall(r"/calendar-feeds/(\d+)/revoke", page.text)[0]
    assert (await browser.post(f"/calendar-feeds/{number}/revoke")).status_code == 303
    assert "revoked" in (await browser.get("/calendar-feeds")).text
    assert (await browser.client.get(found[1])).status_code == 410


async def test_a_form_with_mistakes_comes_back_whole(service: Service) -> None:
    """Every mistake at once; what was typed stays."""
    browser = await service.browser("auditor")
    wrong = await browser.post("/calendar-feeds", {"name": "", "kind": "office", "office_id": ""})
    assert wrong.status_code == 422
    assert re.search(r'value="office"[^>]* checked', wrong.text)
    wrong = await browser.post("/calendar-feeds", {"name": "Kept", "kind": "office", "office_id": ""})
    assert wrong.status_code == 422
    assert 'value="Kept"' in wrong.text
    assert "Choose the office whose dates it shows." in wrong.text
