"""The JSON door of duties: one happy path for each route, and every refusal."""

from datetime import date

import httpx
import pytest

from tests.conftest import Service

BODY = {"slug": "designation", "status": "in work", "note": "With the front office."}
HOSTILE = "<script>alert(1)</script> \u202egnp.exe " + "x" * 10_000


async def taken_up(client: httpx.AsyncClient, office: int | None = None) -> dict[str, object]:
    answer = await client.post("/api/v1/duties", json=BODY | ({"owner_office_id": office} if office else {}))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def own_office(client: httpx.AsyncClient) -> int:
    found = (await client.get("/api/v1/offices")).json()["items"]
    return int(next(each["id"] for each in found if each["symbol"] == "TEST"))


async def test_the_list_and_the_countdown_are_read(service: Service) -> None:
    """Every role reads."""
    async with service.api("auditor") as client:
        found = (await client.get("/api/v1/duties", params={"kind": "report"})).json()
        count = (await client.get("/api/v1/countdown")).json()
    assert found["total"] == 5
    assert found["items"][0]["citation"] == "Sec. 1253(f)(1)(A), Pub. L. 119-60"
    assert len(found["items"][0]["recipients"]) == 6
    assert count["last_day"] == "2030-12-31"
    assert count["first_refused"] == "2031-01-01T05:00:00Z"


async def test_a_duty_goes_through_its_whole_life(service: Service) -> None:
    """Take up, revise, extension, late, done, reopen; each change names the version it changes."""
    async with service.api("program-office") as client:
        office = await own_office(client)
        await taken_up(client)
        steps: list[tuple[str, str, dict[str, object], str]] = [
            ("PUT", "", {"owner_office_id": office, "note": "Owned.", "status": "not started"}, "not started"),
            ("PATCH", "/extension", {"asked_by": "Program office", "asked_on": "2026-06-01"}, "extension pending"),
            ("PATCH", "/late", {"late_days": 2, "statement": "The instrument is unsigned."}, "late"),
            ("PATCH", "/done", {"done_on": "2026-06-20", "evidence": "Memorandum 26-114."}, "done"),
            ("PATCH", "/reopen", {"because": "It was withdrawn."}, "in work"),
        ]
        for version, (method, act, body, status) in enumerate(steps, 1):
            answer = await client.request(
                method, f"/api/v1/duties/designation{act}", json=body, headers={"If-Match": f'"{version}"'}
            )
            assert (answer.status_code, answer.json().get("status")) == (200, status), answer.text
            assert answer.headers["etag"] == f'"{version + 1}"'
        history = (await client.get("/api/v1/duties/designation/history")).json()
    assert len(history) == 6


async def test_a_notice_is_entered_and_ended(service: Service) -> None:
    """Sec. 1253(c)(2)."""
    body = {"event": "Designation of the senior official", "triggered_on": "2026-03-02"}
    async with service.api("program-office") as client:
        made = await client.post("/api/v1/duties/notices", json=body)
        again = await client.post("/api/v1/duties/notices", json=body)
        ended = await client.patch(
            made.headers["location"] + "/end",
            json={"ended_on": "2026-03-09", "because": "Entered in error."},
            headers={"If-Match": '"1"'},
        )
    assert (made.status_code, made.json()["statutory_day"]) == (201, "2026-04-01")
    assert (again.status_code, ended.status_code) == (409, 200)


async def test_a_repeated_first_entry_is_made_once(service: Service) -> None:
    """Idempotency-Key."""
    async with service.api("program-office") as client:
        first = await client.post("/api/v1/duties", json=BODY, headers={"Idempotency-Key": "k"})
        second = await client.post("/api/v1/duties", json=BODY, headers={"Idempotency-Key": "k"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("", {"note": "x"}),
        ("/done", {"done_on": "2026-06-20", "evidence": "Letter."}),
        ("/late", {"late_days": 1, "statement": "Yes."}),
        ("/extension", {"asked_by": "me", "asked_on": "2026-06-01"}),
        ("/reopen", {"because": "Why not."}),
        ("/end", {"ended_on": "2026-06-20", "because": "Why not."}),
    ],
)
async def test_each_change_has_its_refusals(service: Service, act: str, body: dict[str, object]) -> None:
    """Permission, version, existence, the form of the body, and a duty that nobody took up."""
    method = "PATCH" if act else "PUT"
    path = f"/api/v1/duties/designation{act}"

    async with service.api("auditor") as client:
        assert (await client.request(method, path, json=body, headers={"If-Match": '"1"'})).status_code == 403
    async with service.anonymous() as client:
        assert (await client.request(method, path, json=body, headers={"If-Match": '"1"'})).status_code == 401
    async with service.api("program-office") as client:
        untaken = await client.request(method, path, json=body, headers={"If-Match": '"0"'})
        assert (untaken.status_code, untaken.json()["way_out"]) == (409, "Take the duty up first.")
        await taken_up(client)
        assert (await client.request(method, path, json=body)).status_code == 428
        assert (await client.request(method, path, json=body, headers={"If-Match": '"7"'})).status_code == 412
        unknown = await client.request(method, path, json=body | {"x": 1}, headers={"If-Match": '"1"'})
        assert (unknown.status_code, unknown.json()["mistakes"][0]["where"]) == (422, "x")
        gone = await client.request(method, f"/api/v1/duties/no-such{act}", json=body, headers={"If-Match": '"1"'})
        assert gone.status_code == 404


async def test_rules_speak_with_their_citation(service: Service) -> None:
    """An error is a sentence for a person."""
    async with service.api("program-office") as client:
        await taken_up(client)
        late = await client.patch(
            "/api/v1/duties/designation/late",
            json={"late_days": 1, "statement": "Yes, it is."},
            headers={"If-Match": '"1"'},
        )
        end = await client.post("/api/v1/duties", json={"slug": "termination"})
        notice = await client.post("/api/v1/duties/notices", json={"event": "Change", "triggered_on": "2025-12-17"})
    assert (late.status_code, late.json()["citation"]) == (409, "Sec. 1253(c)(1), Pub. L. 119-60")
    assert (end.status_code, end.json()["citation"]) == (409, "Sec. 1253(g), Pub. L. 119-60")
    assert notice.status_code == 409
    assert "Sec. 1253(c)(2)" in notice.json()["citation"]


@pytest.mark.parametrize(
    "body",
    [
        BODY | {"note": "a\0b"},
        BODY | {"slug": "Report 2027"},
        BODY | {"slug": "<script>"},
        BODY | {"status": "done"},
        BODY | {"owner_office_id": 2**63},
        BODY | {"owner_office_id": 999_999},
        BODY | {"note": "x" * 20_001},
    ],
)
async def test_a_body_that_is_none_is_refused(service: Service, body: dict[str, object]) -> None:
    """Hostile and mistaken values get 422, never 500."""
    async with service.api("program-office") as client:
        assert (await client.post("/api/v1/duties", json=body)).status_code == 422


async def test_hostile_text_is_kept_as_text(service: Service) -> None:
    """What was written is what is read."""
    async with service.api("program-office") as client:
        made = await client.post("/api/v1/duties", json=BODY | {"note": HOSTILE})
    assert made.json()["note"] == HOSTILE


async def test_unknown_filters_are_refused(service: Service) -> None:
    """No silent guess."""
    async with service.api("auditor") as client:
        for query in ("kind=feast", "status=overdue", "sort=moon", "cursor=zzz", "limit=-1", "year=x"):
            assert (await client.get(f"/api/v1/duties?{query}")).status_code in (400, 422), query


async def test_a_passed_day_without_evidence_is_not_public(service: Service) -> None:
    """Sec. 1253(c)(1): the public record is silent on the designation."""
    async with service.api("auditor") as client:
        view = (await client.get("/api/v1/duties/designation")).json()
    if date.fromisoformat(view["statutory_day"]) < date.today():
        assert view["state"] == {
            "kind": "neutral",
            "label": "Not public",
            "says": "No evidence recorded here; not public.",
        }
