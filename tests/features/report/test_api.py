"""The JSON door of reports."""

import hashlib

import httpx
import pytest

from tests.conftest import Service
from tests.features.report.record import complete, draft, sign


async def opened(writer: httpx.AsyncClient, year: int = 2027) -> dict[str, object]:
    answer = await writer.post("/api/v1/reports", json={"year": year})
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def test_five_years_are_listed_before_anything_is_opened(service: Service) -> None:
    """Sec. 1253(f)(1)(A)"""
    async with service.api("auditor") as reader:
        years = (await reader.get("/api/v1/reports")).json()
    assert [(each["year"], each["due"]) for each in years][::4] == [(2027, "2027-03-01"), (2031, "2031-03-01")]
    assert years[4]["advised"] == "2031-02-28"


async def test_a_report_goes_from_opening_to_a_text(service: Service) -> None:
    """Sec. 1253(f)(1)(B)"""
    async with service.api("report-writer") as writer:
        view = await opened(writer)
        whole = (await writer.get("/api/v1/reports/2027")).json()
        section = whole["sections"][0]
        wrote = await writer.put(
            f"/api/v1/report-sections/{section['id']}", json={"narrative": "A text."}, headers={"If-Match": '"1"'}
        )
        assert (wrote.status_code, wrote.headers["ETag"]) == (200, '"2"')
        decided = await writer.patch(
            f"/api/v1/report-sections/{section['id']}/nothing",
            json={"because": "None found."},
            headers={"If-Match": '"2"'},
        )
        assert decided.json()["nothing_to_report"] is True
        lacks = (await writer.get("/api/v1/reports/2027/completeness")).json()
        assert (lacks["answered"], lacks["of"]) == (1, 6)
        version = await writer.get(f"/api/v1/report-versions/{view['id']}")
        cost = await writer.put(
            f"/api/v1/report-versions/{view['id']}/cost",
            json={"labor": "10.00"},
            headers={"If-Match": version.headers["ETag"]},
        )
        assert cost.json()["cost_labor"] == "10.00"
        assert len((await writer.get(f"/api/v1/report-versions/{view['id']}/history")).json()) == 3
        assert len((await writer.get(f"/api/v1/report-sections/{section['id']}/history")).json()) == 3


async def test_a_repeated_opening_is_done_once(service: Service) -> None:
    """Idempotency-Key"""
    async with service.api("report-writer") as writer:
        answers = [
            await writer.post("/api/v1/reports", json={"year": 2028}, headers={"Idempotency-Key": "one"})
            for _ in range(2)
        ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content


async def test_a_build_is_asked_for_and_followed(service: Service) -> None:
    """The job."""
    async with service.api("report-writer") as writer:
        asked = [
            await writer.post("/api/v1/reports/2027/builds", json={}, headers={"Idempotency-Key": "b"})
            for _ in range(2)
        ]
        assert [answer.status_code for answer in asked] == [202, 202]
        assert asked[0].json() == asked[1].json()
        assert (await writer.get(asked[0].json()["href"])).json()["state"] == "waiting"
        assert (await writer.post("/api/v1/reports/2026/builds", json={})).status_code == 422


async def test_a_report_is_frozen_coordinated_signed_and_superseded(service: Service) -> None:
    """reports.md: life of a report"""
    build = await complete(service.db)
    async with service.api("senior-official") as official:
        async with service.db.read() as session:
            today = session.today.isoformat()
        view = (await official.get("/api/v1/reports/2027")).json()["versions"][0]
        path = f"/api/v1/report-versions/{view['id']}"

        async def act(verb: str, body: dict[str, object], state: str) -> None:
            etag = (await official.get(path)).headers["ETag"]
            answer = await official.patch(f"{path}/{verb}", json=body, headers={"If-Match": etag})
            assert answer.status_code == 200, answer.text
            assert answer.json()["state"] == state

        await act("freeze", {"build_id": build}, "frozen")
        await act("coordination", {}, "in coordination")
        await act("draft", {"because": "A gap."}, "draft")
        await act("freeze", {"build_id": build}, "frozen")
        name = {"build_id": build, "signatory": "Secretary of Defense", "name": "Person One", "signed_on": today}
        await act("signature", name, "signed")
        etag = (await official.get(path)).headers["ETag"]
        successor = await official.post(
            f"{path}/successor", json={"because": "A total was wrong."}, headers={"If-Match": etag}
        )
        assert (successor.status_code, successor.json()["version_no"]) == (201, 2)


async def test_a_file_goes_out_as_an_attachment_without_rights_of_this_origin(service: Service) -> None:
    """trust.md"""
    build = await complete(service.db)
    async with service.api("auditor") as reader:
        answer = await reader.get(f"/api/v1/reports/2027/builds/{build}/files/report.json")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="report-2027-build-{build}.json"'
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'


REFUSED = (
    ("auditor", "post", "/api/v1/reports", {"year": 2027}, 403),
    ("auditor", "post", "/api/v1/reports/2027/builds", {}, 403),
    ("program-office", "put", "/api/v1/report-sections/1", {"narrative": "x"}, 403),
    ("report-writer", "post", "/api/v1/reports", {"year": 2026}, 422),
    ("report-writer", "post", "/api/v1/reports", {"year": "soon"}, 422),
    ("report-writer", "post", "/api/v1/reports", {"year": 2027, "extra": 1}, 422),
    ("report-writer", "get", "/api/v1/reports/2026", None, 422),
    ("report-writer", "get", "/api/v1/reports/2026/completeness", None, 422),
    ("report-writer", "get", "/api/v1/report-versions/999", None, 404),
    ("report-writer", "get", "/api/v1/report-versions/999/history", None, 404),
    ("report-writer", "get", "/api/v1/report-sections/999/history", None, 404),
    ("report-writer", "get", "/api/v1/reports/2027/builds/999/files/report.pdf", None, 404),
    ("report-writer", "get", "/api/v1/reports/2027/builds/1/files/..%2Fetc%2Fpasswd", None, 404),
    ("report-writer", "get", f"/api/v1/report-versions/{10**30}", None, 422),
)


@pytest.mark.parametrize(("role", "method", "path", "body", "status"), REFUSED)
async def test_what_the_door_refuses(
    service: Service, role: str, method: str, path: str, body: dict[str, object] | None, status: int
) -> None:
    """Default deny, and 4xx for what cannot be."""
    async with service.api(role) as client:  # type: ignore[arg-type]
        headers = {"If-Match": '"1"'} if method in ("put", "patch") else {}
        answer = await client.request(method, path, json=body, headers=headers)
    assert answer.status_code == status, answer.text


async def test_nobody_reads_reports_without_signing_in(service: Service) -> None:
    """Default deny."""
    async with service.anonymous() as nobody:
        assert (await nobody.get("/api/v1/reports")).status_code == 401


async def test_a_change_names_its_version(service: Service) -> None:
    """If-Match"""
    async with service.api("report-writer") as writer:
        view = await opened(writer)
        path = f"/api/v1/report-versions/{view['id']}/cost"
        assert (await writer.put(path, json={})).status_code == 428
        assert (await writer.put(path, json={}, headers={"If-Match": '"7"'})).status_code == 412


@pytest.mark.parametrize("bad", ["\x00", "x" * 60_001, "\u202e", 7])
async def test_hostile_text_is_refused_with_a_sentence(service: Service, bad: object) -> None:
    """422, never 500"""
    async with service.api("report-writer") as writer:
        await opened(writer)
        section = (await writer.get("/api/v1/reports/2027")).json()["sections"][0]
        answer = await writer.put(
            f"/api/v1/report-sections/{section['id']}", json={"narrative": bad}, headers={"If-Match": '"1"'}
        )
    assert answer.status_code == 422, answer.text


async def test_a_signed_report_refuses_with_its_citation_and_the_way_out(service: Service) -> None:
    """Convention: corrections"""
    await sign(service.db, await complete(service.db))
    async with service.api("report-writer") as writer:
        section = (await writer.get("/api/v1/reports/2027")).json()["sections"][0]
        answer = await writer.put(
            f"/api/v1/report-sections/{section['id']}", json={"narrative": "x"}, headers={"If-Match": '"1"'}
        )
    assert answer.status_code == 409
    assert "supersedes" in answer.json()["way_out"]


async def test_older_builds_are_asked_for_by_the_one_that_follows_them(service: Service) -> None:
    """A list is bounded."""
    made = [await draft(service.db) for _ in range(2)]
    async with service.api("auditor") as caller:
        answer = await caller.get(f"/api/v1/reports/2027?before={made[1]}")
    assert [each["id"] for each in answer.json()["builds"]] == [made[0]]
