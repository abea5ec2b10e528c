"""The JSON door of the trail."""

import pytest

from tests.features.participants.situations import contractor_api
from tests.features.trail.situations import SECRET, some_changes


async def test_the_trail_is_read_under_filters(service):
    made = await some_changes(service.db)
    async with service.api("auditor") as client:
        page = (await client.get("/api/v1/trail?kind=participant&limit=1")).json()
        assert page["total"] == 3
        assert [row["command"] for row in page["items"]] == ["participant.end"]
        following = await client.get(f"/api/v1/trail?kind=participant&limit=2&cursor={page['next_cursor']}")
        assert len(following.json()["items"]) == 2
        one = await client.get(f"/api/v1/trail?kind=participant&record={made['japan']}&command=participant.enter")
        assert [row["told"] for row in one.json()["items"]] == ["pipir entered the participant Japan."]
        (first,) = page["items"]
        assert {"field": "until", "before": "nothing", "after": "1 Jan 2027"} in first["changes"]


@pytest.mark.parametrize("role", ["program-office", "state-liaison", "comptroller", "report-writer"])
async def test_the_trail_is_closed_to_roles_without_its_permission(service, role):
    async with service.api(role) as client:
        assert (await client.get("/api/v1/trail")).status_code == 403
    async with service.anonymous() as client:
        assert (await client.get("/api/v1/trail")).status_code == 401


async def test_no_door_changes_the_trail(service):
    async with service.api("administrator") as client:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert (await client.request(method, "/api/v1/trail", json={})).status_code in (404, 405)


async def test_a_marking_hides_in_the_trail_too(service):
    """docs/releasability.md"""
    made = await some_changes(service.db)
    async with await contractor_api(service) as client:
        answer = await client.get("/api/v1/trail?kind=participant")
        assert answer.json()["total"] == 2
        assert SECRET not in answer.text
        assert (await client.get(f"/api/v1/trail?kind=participant&record={made['hidden']}")).json()["total"] == 0


async def test_no_secret_stands_in_the_trail(service):
    async with service.api("auditor") as client:
        text = (await client.get("/api/v1/trail?limit=200")).text
    assert "token_hash" not in text
    assert "csrf" not in text


@pytest.mark.parametrize(
    "query",
    [
        "person=x", "person=9223372036854775808", "since=today", "until=2027-13-01", "until=9999-12-31",
        "sort=who", "cursor=nonsense", "limit=0", "limit=201", "limit=many", "command=%00",
    ],
)  # fmt: skip
async def test_what_cannot_be_read_is_said_and_never_an_error_of_ours(service, query):
    async with service.api("auditor") as client:
        assert (await client.get(f"/api/v1/trail?{query}")).status_code == 422


@pytest.mark.parametrize("query", ["person=0", "record=-1"])
async def test_a_number_that_names_nothing_finds_nothing(service, query):
    async with service.api("auditor") as client:
        answer = await client.get(f"/api/v1/trail?{query}")
        assert (answer.status_code, answer.json()["total"]) == (200, 0)
