"""The frame of every request: who may come in, what is refused before any route runs."""

import pytest

from tests.conftest import Service


async def test_an_unknown_address_is_a_page_that_says_so(service: Service) -> None:
    """A person never meets a dead end."""
    async with service.anonymous() as client:
        answer = await client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no page or record at this address" in answer.text


async def test_an_unknown_address_of_the_api_is_problem_details(service: Service) -> None:
    """RFC 9457."""
    async with service.anonymous() as client:
        answer = await client.get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/not-found"


async def test_a_page_sends_a_stranger_to_sign_in_and_back(service: Service) -> None:
    """Default deny."""
    async with service.anonymous() as client:
        answer = await client.get("/people?sort=name")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fpeople%3Fsort%3Dname"


async def test_the_api_refuses_a_stranger(service: Service) -> None:
    """Default deny."""
    async with service.anonymous() as client:
        answer = await client.get("/api/v1/people")
    assert answer.status_code == 401


async def test_a_person_signs_in_and_out(service: Service) -> None:
    """Own session rows; sign-out kills."""
    browser = await service.browser("program-office")
    assert (await browser.get("/people")).status_code == 200
    assert (await browser.post("/sign-out")).status_code == 303
    assert (await browser.get("/people")).status_code == 303


async def test_every_mistake_of_a_body_is_named_at_once(service: Service) -> None:
    """Bad input gets all mistakes, where they are and what is expected."""
    async with service.api("administrator") as client:
        answer = await client.post(
            "/api/v1/people", json={"name": "", "office_id": 0, "since": "soon", "roles": ["king"], "x": 1}
        )
    assert answer.status_code == 422
    places = {each["where"] for each in answer.json()["mistakes"]}
    assert places == {"name", "title", "office_id", "since", "roles.0", "x"}


async def test_a_repeated_post_is_done_once(service: Service) -> None:
    """Idempotency-Key."""
    body = {"symbol": "USD(P)", "name": "Policy", "department": "Department of Defense", "since": "2026-01-01"}
    async with service.api("administrator") as client:
        first = await client.post("/api/v1/offices", json=body, headers={"Idempotency-Key": "k1"})
        second = await client.post("/api/v1/offices", json=body, headers={"Idempotency-Key": "k1"})
        other = await client.post("/api/v1/offices", json=body | {"symbol": "X"}, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, second.status_code, other.status_code) == (201, 201, 422)
    assert first.content == second.content
    assert second.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(("header", "status"), [(None, 428), ('"9"', 412), ("nonsense", 412), ('"1"', 200)])
async def test_a_change_names_the_version_that_it_changes(service: Service, header: str | None, status: int) -> None:
    """If-Match."""
    async with service.api("administrator") as client:
        person = service.people["auditor"]
        view = (await client.get(f"/api/v1/people/{person}")).json()
        body = {key: view[key] for key in ("title", "office_id", "roles", "reader_kind")} | {"name": "New Name"}
        answer = await client.put(
            f"/api/v1/people/{person}", json=body, headers={} if header is None else {"If-Match": header}
        )
    assert answer.status_code == status, answer.text


async def test_the_contract_is_served_to_programs(service: Service) -> None:
    """OpenAPI 3.1, for whoever is signed in."""
    async with service.api("auditor") as client:
        answer = await client.get("/api/v1/schema/openapi.json")
    async with service.anonymous() as stranger:
        closed = await stranger.get("/api/v1/schema/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")
    assert closed.status_code == 401
