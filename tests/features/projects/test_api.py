"""The JSON door of projects: one happy path and every refusal."""

from datetime import date

import pytest
from sqlalchemy import text

from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from tests.features.participants.situations import contractor_api
from tests.features.participants.situations import enter as enter_country
from tests.features.projects.situations import STRICT, add, ground, plan, proposal, propose

READ_ROLES = ("senior-official", "state-liaison", "comptroller", "report-writer", "auditor", "administrator")


async def enter(api, **more):
    answer = await api.post("/api/v1/projects", json=proposal(**more))
    assert answer.status_code == 201, answer.text
    return answer


async def test_a_project_is_entered_read_changed_and_ended(service):
    api = service.api("program-office")
    made = await enter(api, planned_total="1250000.50")
    here = made.headers["location"]
    assert (made.json()["code"], made.json()["planned_total"], made.headers["etag"]) == ("P-0001", "1250000.50", '"1"')
    assert (await api.get(here)).json() == made.json()
    body = {key: value for key, value in proposal(name="Repair of radars").items() if key != "status"}
    changed = await api.put(here, json=body, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["name"], changed.headers["etag"]) == (200, "Repair of radars", '"2"')
    steps = [
        ("status", {"status": "cancelled", "reason": "No taker."}),
        ("rating", {"rating": "red", "rationale": "No taker.", "review_on": "2090-01-01"}),
        ("end", {"until": "2026-01-20", "because": "No taker."}),
    ]
    for version, (verb, change) in enumerate(steps, start=2):
        answer = await api.patch(f"{here}/{verb}", json=change, headers={"If-Match": f'"{version}"'})
        assert answer.status_code == 200, answer.text
    assert (await api.get(here)).json()["until"] == "2026-01-20"
    assert len((await api.get(f"{here}/history")).json()) == 5
    assert (await api.get("/api/v1/projects")).json()["items"] == []
    assert (await api.get("/api/v1/projects?ended=true")).json()["total"] == 1


async def test_partners_and_milestones_hang_on_their_project(service):
    at = await ground(service.db)
    api = service.api("program-office")
    here = (await enter(api)).headers["location"]
    part = await api.post(
        f"{here}/partners",
        json={"participant_id": at.japan, "role": "lead", "lead": True, "reported": True, "source": "A newspaper"},
    )
    assert (part.status_code, part.json()["code"]) == (201, "JPN")
    step = await api.post(f"{here}/milestones", json={"name": "First article", "planned_on": "2026-03-01"})
    assert (step.status_code, step.json()["state"]) == (201, "overdue")
    late = {"name": "First article", "planned_on": "2026-03-01", "forecast_on": "2027-03-01"}
    place = step.headers["location"]
    refused = await api.put(place, json=late, headers={"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["mistakes"][0]["where"]) == (422, "reason")
    moved = await api.put(place, json=late | {"reason": "The furnace broke."}, headers={"If-Match": '"1"'})
    assert moved.json()["days_late"] >= 365
    met = await api.patch(f"{place}/meet", json={"actual_on": "2026-03-04"}, headers={"If-Match": '"2"'})
    assert (met.json()["state"], met.json()["days_late"]) == ("met late", 3)
    assert (await api.get(place)).json() == met.json()
    other = (await api.post(f"{here}/milestones", json={"name": "Second", "planned_on": "2026-05-01"})).headers[
        "location"
    ]
    gone = await api.patch(f"{other}/cancel", json={"because": "Not needed."}, headers={"If-Match": '"1"'})
    assert gone.json()["state"] == "cancelled"
    assert [each["position"] for each in (await api.get(f"{here}/milestones")).json()] == [1, 2]
    ended = await api.patch(
        part.headers["location"] + "/end", json={"until": "2026-06-01", "because": "Left."}, headers={"If-Match": '"1"'}
    )
    assert ended.json()["until"] == "2026-06-01"
    assert (await api.get(f"{here}/partners")).json() == []
    assert len((await api.get(f"{here}/partners?ended=true")).json()) == 1
    assert (await api.get(part.headers["location"])).json() == ended.json()


async def test_a_related_effort_has_a_door_of_its_own(service):
    api = service.api("program-office")
    body = {
        "name": "A framework",
        "relation": "separate",
        "on_day": "2024-05-09",
        "precision": "month",
        "source": "A weekly",
    }
    made = await api.post("/api/v1/related-efforts", json=body)
    assert (made.status_code, made.json()["on_day"]) == (201, "2024-05-01")
    here = made.headers["location"]
    changed = await api.put(here, json=body | {"relation": "beside it"}, headers={"If-Match": '"1"'})
    assert changed.json()["relation"] == "beside it"
    ended = await api.patch(
        f"{here}/end", json={"until": "2026-01-01", "because": "Over."}, headers={"If-Match": '"2"'}
    )
    assert (await api.get(here)).json() == ended.json()
    assert (await api.get("/api/v1/related-efforts")).json()["total"] == 0
    assert (await api.get("/api/v1/related-efforts?ended=true")).json()["total"] == 1
    assert len((await api.get(f"{here}/history")).json()) == 3
    assert (await api.get("/api/v1/projects")).json()["total"] == 0


async def test_the_list_is_filtered_by_its_address(service):
    at = await ground(service.db)
    number = await propose(service.db, status="active", workstream_id=at.workstream)
    await add(service.db, number, at.japan)
    await propose(service.db, name="Other", kind="workforce")
    api = service.api("auditor")
    for query, total in (
        ("", 2),
        ("status=active", 1),
        ("status=active&status=exploratory", 2),
        ("kind=workforce", 1),
        ("rating=none", 2),
        ("rating=red&rating=green", 0),
        ("country=JPN", 1),
        ("objective=1253.b.2", 2),
        (f"workstream={at.workstream}", 1),
        ("q=other", 1),
        ("late=true", 0),
    ):
        answer = await api.get(f"/api/v1/projects?{query}")
        assert (query, answer.json()["total"]) == (query, total)


@pytest.mark.parametrize(
    "query",
    [
        "status=gone",
        "kind=x",
        "rating=blue",
        "workstream=99999999999999999999",
        "sort=money",
        "limit=0",
        "limit=-1",
        "cursor=x",
        "q=%00",
    ],
)
async def test_an_address_with_a_mistake_is_refused(service, query):
    answer = await service.api("auditor").get(f"/api/v1/projects?{query}")
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_figures_are_open_to_every_reader(service):
    await propose(service.db)
    api = service.api("auditor")
    assert (await api.get("/api/v1/projects/counts")).json()["projects"] == 1
    assert len((await api.get("/api/v1/projects/coverage")).json()) == 7


async def test_all_mistakes_of_a_proposal_come_at_once(service):
    api = service.api("program-office")
    answer = await api.post(
        "/api/v1/projects", json={"name": " ", "kind": "x", "objectives": [], "planned_total": 1.5, "more": 1}
    )
    wheres = {each["where"] for each in answer.json()["mistakes"]}
    assert answer.status_code == 422
    assert {"name", "kind", "planned_total", "more", "classified_by", "source"} <= wheres


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "with\u0000nul"},
        {"name": "x" * 10_000},
        {"source": "two\nlines"},
        {"planned_total": "NaN"},
        {"planned_total": "1e5"},
        {"planned_total": "0.005"},
        {"planned_total": "-1.00"},
        {"workstream_id": 2**63},
        {"workstream_id": 12},
        {"announced_on": "31 May 2025"},
        {"objectives": ["1253.b.99"]},
        {"program_authority": "s-2453.e.5"},
        {"marking": "SECRET//NOFORN"},
        {"in_classified_annex": True, "description": "Detail"},
    ],
)
async def test_a_proposal_with_one_mistake_is_refused(service, wrong):
    answer = await service.api("program-office").post("/api/v1/projects", json=proposal(**wrong))
    assert answer.status_code == 422, answer.text


async def test_hostile_text_comes_back_as_it_was_sent(service):
    api = service.api("program-office")
    name = "<script>alert(1)</script> \u202e right to left 'quoted' %s {{ 7*7 }}"
    made = await enter(api, name=name, description="<b>\n" + "y" * 10_000)
    assert (await api.get(made.headers["location"])).json()["name"] == name


async def test_the_same_request_twice_makes_one_project(service):
    api = service.api("program-office")
    key = {"Idempotency-Key": "one-and-the-same"}
    first = await api.post("/api/v1/projects", json=proposal(), headers=key)
    again = await api.post("/api/v1/projects", json=proposal(), headers=key)
    other = await api.post("/api/v1/projects", json=proposal(name="Other"), headers=key)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json() == again.json()
    taken = await api.post("/api/v1/projects", json=proposal())
    assert taken.status_code == 409


async def test_a_change_names_its_version(service):
    api = service.api("program-office")
    here = (await enter(api)).headers["location"]
    body = {"status": "active", "reason": "Signed."}
    assert (await api.patch(f"{here}/status", json=body)).status_code == 428
    assert (await api.patch(f"{here}/status", json=body, headers={"If-Match": '"9"'})).status_code == 412
    assert (await api.patch(f"{here}/status", json=body, headers={"If-Match": '"1"'})).status_code == 200
    forbidden = await api.patch(f"{here}/status", json=body, headers={"If-Match": '"2"'})
    assert forbidden.status_code == 409


@pytest.mark.parametrize("role", READ_ROLES)
async def test_only_the_program_office_changes_projects(service, role):
    number = await propose(service.db)
    step = await plan(service.db, number, "Step", date(2026, 3, 1))
    api = service.api(role)
    assert (await api.get(f"/api/v1/projects/{number}")).status_code == 200
    version = {"If-Match": '"1"'}
    for answer in (
        await api.post("/api/v1/projects", json=proposal(name="x")),
        await api.put(f"/api/v1/projects/{number}", json={}, headers=version),
        await api.patch(f"/api/v1/projects/{number}/status", json={}, headers=version),
        await api.patch(f"/api/v1/projects/{number}/rating", json={}, headers=version),
        await api.patch(f"/api/v1/projects/{number}/end", json={}, headers=version),
        await api.post(f"/api/v1/projects/{number}/partners", json={}),
        await api.patch("/api/v1/partners/1/end", json={}, headers=version),
        await api.post(f"/api/v1/projects/{number}/milestones", json={}),
        await api.put(f"/api/v1/milestones/{step}", json={}, headers=version),
        await api.patch(f"/api/v1/milestones/{step}/meet", json={}, headers=version),
        await api.patch(f"/api/v1/milestones/{step}/cancel", json={}, headers=version),
        await api.post("/api/v1/related-efforts", json={}),
        await api.put("/api/v1/related-efforts/1", json={}, headers=version),
        await api.patch("/api/v1/related-efforts/1/end", json={}, headers=version),
    ):
        assert answer.status_code == 403


async def test_nobody_reads_without_signing_in(service):
    for path in ("projects", "projects/1", "milestones/1", "partners/1", "related-efforts", "projects/coverage"):
        assert (await service.anonymous().get(f"/api/v1/{path}")).status_code == 401


async def test_a_hidden_project_looks_like_none_at_all(service):
    at = await ground(service.db)
    number = await propose(service.db, marking=STRICT)
    step = await plan(service.db, number, "Step", date(2026, 3, 1))
    part = await add(service.db, number, at.japan)
    admin = service.api("administrator")
    token = service.anonymous()
    token.headers["Authorization"] = f"Bearer {await issue(service, at.contractor)}"
    assert (await admin.get(f"/api/v1/projects/{number}")).status_code == 200
    assert (await token.get("/api/v1/projects")).json()["total"] == 0
    for path in ("", "/history", "/partners", "/milestones"):
        unseen = await token.get(f"/api/v1/projects/{number}{path}")
        absent = await token.get(f"/api/v1/projects/99999{path}")
        assert (unseen.status_code, unseen.json()["detail"]) == (404, absent.json()["detail"])
    version = {"If-Match": '"1"'}
    hidden = [
        await token.get(f"/api/v1/milestones/{step}"),
        await token.get(f"/api/v1/partners/{part}"),
        await token.patch(
            f"/api/v1/projects/{number}/status", json={"status": "active", "reason": "Mine."}, headers=version
        ),
        await token.patch(f"/api/v1/milestones/{step}/meet", json={"actual_on": "2026-03-01"}, headers=version),
        await token.post(f"/api/v1/projects/{number}/milestones", json={"name": "x", "planned_on": "2026-03-01"}),
        await token.post(f"/api/v1/projects/{number}/partners", json={"participant_id": at.japan, "role": "x"}),
    ]
    assert {answer.status_code for answer in hidden} == {404}


async def issue(service, person):
    async with service.db.write(actor=SERVICE, command="test.token") as session:
        return await people.issue_token(session, person, people.IssueToken(name="tests"))


async def test_a_projects_history_tells_of_no_partner_that_is_hidden(service):
    """docs/releasability.md: not even that there is one."""
    country = await enter_country(service.db, name="Australia", code="AUS")
    number = await propose(service.db)
    await add(service.db, number, country)
    await plan(service.db, number, "Tooling", date(2027, 3, 1))
    async with await contractor_api(service) as client:
        path = f"/api/v1/projects/{number}/history"
        assert len((await client.get(path)).json()) == 3
        async with service.db.write(actor=SERVICE, command="test.hide") as session:
            await session.execute(
                text("update participant set version = version + 1, marking = 'CUI//NOCON', audience = 1")
            )
        assert [each["change"] for each in (await client.get(path)).json()] == [
            "Milestone entered: Tooling",
            "Project entered: Radar repair",
        ]
