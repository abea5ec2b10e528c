"""The JSON door of groups: the happy path and every refusal."""

from typing import Any

import pytest
from sqlalchemy import update

from pipir.features.people.tables import SERVICE, Person
from tests.conftest import Service
from tests.features.groups.makers import a_group, a_meeting, an_action, assign, establish, record
from tests.makers import hold_roles


async def test_a_meetings_action_goes_from_assigned_to_verified(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await hold_roles(session, service.people["administrator"], ["administrator", "program-office"])
    async with service.api("program-office") as first, service.api("administrator") as second:
        group = await first.post("/api/v1/groups", json=a_group(program_authority="1253.e.2"))
        assert (group.status_code, group.headers["etag"]) == (201, '"1"')
        meeting = await first.post("/api/v1/meetings", json=a_meeting(group_id=group.json()["id"]))
        action = await first.post(meeting.headers["location"] + "/actions", json=an_action())
        place = action.headers["location"]
        done = await first.patch(
            f"{place}/done", json={"done_on": "2024-11-20", "evidence": "Letter on file."}, headers={"If-Match": '"1"'}
        )
        assert done.json()["state"] == "done", done.text
        own = await first.patch(f"{place}/verified", json={}, headers={"If-Match": '"2"'})
        assert (own.status_code, own.json()["type"].rpartition("/")[2]) == (409, "refused")
        verified = await second.patch(f"{place}/verified", json={}, headers={"If-Match": '"2"'})
        assert verified.json()["verified_by"] == "Person Administrator"
        assert (await first.get("/api/v1/actions", params={"status": "verified"})).json()["total"] == 1
        history = await first.get(meeting.headers["location"] + "/history")
        assert [row["command"] for row in history.json()][:2] == ["action.verify", "action.report-done"]


async def test_groups_and_meetings_are_changed_and_ended(service: Service) -> None:
    async with service.api("program-office") as client:
        await client.post("/api/v1/groups", json=a_group())
        changed = await client.put("/api/v1/groups/1", json=a_group(name="B"), headers={"If-Match": '"1"'})
        assert (changed.json()["name"], changed.headers["etag"]) == ("B", '"2"')
        ended = await client.patch(
            "/api/v1/groups/1/end", json={"until": "2026-02-01", "because": "Done."}, headers={"If-Match": '"2"'}
        )
        assert ended.json()["until"] == "2026-02-01"
        assert (await client.get("/api/v1/groups/1/history")).json()[0]["command"] == "group.end"
        await client.post("/api/v1/meetings", json=a_meeting())
        moved = await client.put("/api/v1/meetings/1", json=a_meeting(place="Tokyo"), headers={"If-Match": '"1"'})
        assert moved.json()["place"] == "Tokyo"
        gone = await client.patch("/api/v1/meetings/1/cancel", json={"because": "Storm."}, headers={"If-Match": '"2"'})
        assert gone.json()["cancelled_because"] == "Storm."
        assert (await client.get("/api/v1/meetings", params={"cancelled": "false"})).json()["total"] == 0


async def test_an_open_action_is_changed_and_dropped(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await assign(session, await record(session))
    async with service.api("program-office") as client:
        changed = await client.put("/api/v1/actions/1", json=an_action(title="B"), headers={"If-Match": '"1"'})
        assert changed.json()["title"] == "B"
        dropped = await client.patch(
            "/api/v1/actions/1/dropped", json={"because": "Overtaken."}, headers={"If-Match": '"2"'}
        )
        assert dropped.json()["state"] == "dropped"
        assert (await client.get("/api/v1/actions/1")).headers["etag"] == '"3"'


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("/api/v1/groups", {}, {"name", "kind", "established_on", "source"}),
        ("/api/v1/groups", a_group(kind="club", extra=1, name=" "), {"kind", "extra", "name"}),
        ("/api/v1/groups", a_group(name="A\x00B"), {"name"}),
        ("/api/v1/groups", a_group(name="x" * 10_000), {"name"}),
        ("/api/v1/groups", a_group(marking="SECRET"), {"marking"}),
        ("/api/v1/groups", a_group(program_authority="1253.z"), {"program_authority"}),
        ("/api/v1/groups", a_group(established_on="2026-02-30"), {"established_on"}),
        ("/api/v1/meetings", a_meeting(ends_on="2026-01-09"), {"ends_on"}),
        ("/api/v1/meetings", a_meeting(group_id=99), {"group_id"}),
        ("/api/v1/meetings", a_meeting(group_id=2**63), {"group_id"}),
        ("/api/v1/meetings/1/actions", an_action(owner_text=None), {"owner_text"}),
        ("/api/v1/meetings/1/actions", an_action(owner_person_id=99), {"owner_person_id"}),
    ],
)
async def test_every_mistake_of_a_body_is_named_by_its_field(
    service: Service, path: str, body: dict[str, Any], fields: set[str]
) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await record(session)
    async with service.api("program-office") as client:
        answer = await client.post(path, json=body)
        assert answer.status_code == 422, answer.text
        assert {mistake["where"] for mistake in answer.json()["mistakes"]} == fields


async def test_hostile_text_is_kept_as_it_is(service: Service) -> None:
    name = "<script>alert(1)</script> \u202eright to left' or 1=1 --"
    async with service.api("program-office") as client:
        await client.post("/api/v1/groups", json=a_group(name=name))
        assert (await client.get("/api/v1/groups/1")).json()["name"] == name


async def test_a_group_rests_on_an_authority_in_force(service: Service) -> None:
    """Sec. 1253(e)(2), (g)"""
    async with service.api("program-office") as client:
        body = a_group(program_authority="1253.e.2", established_on="2031-01-01")
        answer = await client.post("/api/v1/groups", json=body)
        assert answer.status_code == 409
        assert "1253(g)" in answer.json()["citation"]
        assert "continuation determination" in answer.json()["way_out"]


async def test_a_change_names_its_version(service: Service) -> None:
    async with service.api("program-office") as client:
        await client.post("/api/v1/groups", json=a_group())
        assert (await client.put("/api/v1/groups/1", json=a_group())).status_code == 428
        stale = await client.put("/api/v1/groups/1", json=a_group(), headers={"If-Match": '"7"'})
        assert stale.status_code == 412


async def test_a_repeated_request_establishes_one_group(service: Service) -> None:
    async with service.api("program-office") as client:
        key = {"Idempotency-Key": "k1"}
        first = await client.post("/api/v1/groups", json=a_group(), headers=key)
        again = await client.post("/api/v1/groups", json=a_group(), headers=key)
        assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
        other = await client.post("/api/v1/groups", json=a_group(name="B"), headers=key)
        assert other.status_code == 422
        assert (await client.get("/api/v1/groups")).json()["total"] == 1


async def test_every_role_reads_and_only_the_program_office_changes(service: Service) -> None:
    async with service.api("auditor") as client:
        assert (await client.get("/api/v1/groups")).status_code == 200
        assert (await client.get("/api/v1/meetings")).status_code == 200
        assert (await client.get("/api/v1/actions")).status_code == 200
        for path in ("/api/v1/groups", "/api/v1/meetings", "/api/v1/meetings/1/actions"):
            assert (await client.post(path, json={})).status_code == 403
    async with service.anonymous() as client:
        assert (await client.get("/api/v1/groups")).status_code == 401


async def test_what_a_reader_may_not_see_is_not_found(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await establish(session, marking="CUI//FED ONLY")
        await assign(session, await record(session, marking="CUI//FED ONLY"))
        await session.execute(
            update(Person).where(Person.id == service.people["program-office"]).values(reader_kind="contractor")
        )
    async with service.api("program-office") as client:
        for path in ("groups/1", "groups/1/history", "meetings/1", "meetings/1/history", "actions/1", "groups/99"):
            assert (await client.get(f"/api/v1/{path}")).status_code == 404
        match = {"If-Match": '"1"'}
        assert (await client.put("/api/v1/groups/1", json=a_group(), headers=match)).status_code == 404
        assert (await client.put("/api/v1/meetings/1", json=a_meeting(), headers=match)).status_code == 404
        assert (await client.put("/api/v1/actions/1", json=an_action(), headers=match)).status_code == 404
        assert (await client.get("/api/v1/groups")).json()["total"] == 0


async def test_a_list_is_filtered_by_what_the_address_says(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await assign(session, await record(session), due_on=session.today)
    async with service.api("auditor") as client:
        for address, total in (
            ("actions?status=open", 1),
            ("actions?status=done", 0),
            ("actions?overdue=true", 0),
            ("actions?owner=1", 0),
            ("meetings?since=2026-01-11", 0),
            ("meetings?q=spring", 1),
            ("groups?kind=workstream", 0),
        ):
            assert (await client.get(f"/api/v1/{address}")).json()["total"] == total, address
        for address in ("actions?limit=0", "meetings?since=soon", "groups?sort=marking", "groups?cursor=x"):
            assert (await client.get(f"/api/v1/{address}")).status_code == 422, address
