"""The JSON door of notes."""

import pytest

from tests.features.participants.situations import HIDDEN, contractor_api
from tests.features.search.situations import a_meeting, a_project, found


async def write(client, record_id, **more):
    """Ask for a note on a project."""
    body = {"kind": "project", "record_id": record_id, "text": "Ask Australia for the gallium figures."} | more
    return await client.post("/api/v1/notes", json=body)


async def test_a_note_is_written_read_revised_and_ended(service):
    project = await a_project(service.db, name="Gallium")
    async with service.api("program-office") as client:
        made = await write(client, project)
        assert made.status_code == 201
        at = made.headers["location"]
        assert made.json()["record"] == "P-0001 Gallium"
        assert made.json()["record_href"] == f"/projects/{project}"
        revised = await client.put(at, json={"text": "Asked."}, headers={"If-Match": made.headers["etag"]})
        assert (revised.status_code, revised.json()["text"]) == (200, "Asked.")
        assert revised.json()["revised_at"] is not None
        ended = await client.patch(f"{at}/end", json={"because": "Answered"}, headers={"If-Match": '"2"'})
        assert (ended.status_code, ended.json()["ended_because"]) == (200, "Answered")
        told = [row["change"] for row in (await client.get(f"{at}/history")).json()]
        assert [each.partition(" ")[0] for each in told] == ["Note"] * 3


async def test_the_notes_of_a_record_come_newest_first_and_the_ended_stay(service):
    project = await a_project(service.db, name="Gallium")
    async with service.api("program-office") as client:
        first, second = [(await write(client, project, text=text)).json() for text in ("First", "Second")]
        await client.patch(f"/api/v1/notes/{first['id']}/end", json={"because": "Done"}, headers={"If-Match": '"1"'})
        notes = (await client.get(f"/api/v1/notes/of/project/{project}")).json()
    assert [each["id"] for each in notes] == [second["id"], first["id"]]


async def test_a_note_is_revised_by_its_writer_alone_and_ended_by_any_who_write(service):
    project = await a_project(service.db, name="Gallium")
    async with service.api("program-office") as client:
        note = (await write(client, project)).json()
    async with service.api("comptroller") as client:
        at = f"/api/v1/notes/{note['id']}"
        refused = await client.put(at, json={"text": "Mine"}, headers={"If-Match": '"1"'})
        assert refused.status_code == 409
        assert "the person who wrote it" in refused.text
        assert (
            await client.patch(f"{at}/end", json={"because": "Old"}, headers={"If-Match": '"1"'})
        ).status_code == 200
        again = await client.patch(f"{at}/end", json={"because": "Old"}, headers={"If-Match": '"2"'})
        assert again.status_code == 409


async def test_a_note_is_not_wider_than_its_record(service):
    """docs/releasability.md"""
    project = await a_project(service.db, name="Gallium", marking=HIDDEN)
    async with service.api("program-office") as client:
        refused = await write(client, project, marking="CUI")
        assert refused.status_code == 422
        assert refused.json()["mistakes"][0]["where"] == "marking"
        assert (await write(client, project, marking=HIDDEN)).status_code == 201


async def test_a_note_goes_out_of_sight_with_its_record(service):
    """docs/releasability.md: also where the note itself was marked when the record was open."""
    meeting, item = await a_meeting(service.db, action="Send figures")
    async with service.api("program-office") as office, await contractor_api(service) as contractor:
        note = (await write(office, item, kind="action_item")).json()
        at = f"/api/v1/notes/{note['id']}"
        trail = f"/api/v1/trail?kind=note&record={note['id']}"
        assert (await contractor.get(at)).status_code == 200
        assert (await contractor.get(trail)).json()["total"] == 1
        held = await office.get(f"/api/v1/meetings/{meeting}")
        body = {k: held.json()[k] for k in ("name", "place", "starts_on", "ends_on", "source")} | {"marking": HIDDEN}
        await office.put(f"/api/v1/meetings/{meeting}", json=body, headers={"If-Match": held.headers["etag"]})
        assert (await contractor.get(at)).status_code == 404
        assert (await contractor.get(f"/api/v1/notes/of/action_item/{item}")).status_code == 404
        assert (await contractor.get(trail)).json()["total"] == 0
        refused = await contractor.patch(f"{at}/end", json={"because": "Old"}, headers={"If-Match": '"1"'})
        assert refused.status_code == 404
        assert (await office.get(at)).status_code == 200


async def test_a_note_is_found_by_its_words(service):
    project = await a_project(service.db, name="Radar")
    async with service.api("program-office") as client:
        note = (await write(client, project)).json()
    (hit,) = (await found(service, "gallium figures"))["items"]
    assert (hit["kind"], hit["href"]) == ("note", f"/notes/{note['id']}")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "note", "record_id": 1}, 422),
        ({"kind": "sign_in", "record_id": 1}, 422),
        ({"kind": "provision", "record_id": 1}, 422),
        ({"record_id": 999_999}, 404),
        ({"text": "a\x00b"}, 422),
        ({"text": " "}, 422),
        ({"marking": "SECRET"}, 422),
        ({"record_id": 2**63}, 422),
    ],
)
async def test_what_cannot_be_a_note_is_refused(service, body, status):
    project = await a_project(service.db, name="Gallium")
    async with service.api("program-office") as client:
        assert (await write(client, **({"record_id": project} | body))).status_code == status


async def test_an_auditor_reads_notes_and_writes_none(service):
    project = await a_project(service.db, name="Gallium")
    async with service.api("auditor") as client:
        assert (await client.get(f"/api/v1/notes/of/project/{project}")).json() == []
        assert (await write(client, project)).status_code == 403
    async with service.anonymous() as client:
        assert (await client.get(f"/api/v1/notes/of/project/{project}")).status_code == 401
