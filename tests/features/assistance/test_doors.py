"""The two doors of assistance: what each takes, and how each refuses."""

import re
from datetime import timedelta
from html import unescape

from pipir.features.concurrence import commands as concurrence
from pipir.features.concurrence.tables import AskedId
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from tests.features.assistance.situations import (
    HIDDEN,
    SINCE,
    TODAY,
    a_partner,
    planned,
    recorded,
    sent,
    state_answers,
)
from tests.features.concurrence.test_doors import fields_of
from tests.features.projects.situations import propose

FIRST = {"If-Match": '"1"'}
NOTICE = {"condition": "notice", "met_on": (TODAY - timedelta(days=15)).isoformat(), "evidence": "Letters."}
CLEARED = {"result": "cleared", "vetted_on": TODAY.isoformat(), "reference": "Case 1"}


async def test_a_program_plans_records_vets_begins_and_reads(service):
    partner = await a_partner(service.db)
    async with service.api("program-office") as client:
        made = await client.post("/api/v1/assistance", json=sent(participant_id=partner, planned_cost="10.00"))
        assert (made.status_code, made.headers["location"]) == (201, "/api/v1/assistance/1")
        assert made.json()["uses_citation"] == "10 U.S.C. 333"
        refused = await client.patch("/api/v1/assistance/1/begin", json={}, headers=FIRST)
        assert (refused.status_code, len(refused.json()["mistakes"])) == (409, 3)
        assert (await client.post("/api/v1/assistance/1/conditions", json=NOTICE)).status_code == 201
        unit = await client.post("/api/v1/assistance/1/units", json={"name": "First battalion"})
        assert unit.headers["location"] == "/api/v1/assistance-units/1"
        vetted = await client.patch("/api/v1/assistance-units/1/vetting", json=CLEARED, headers=FIRST)
        assert vetted.json()["result"] == "cleared"
        await state_answers(service.db, 1)
        assert all(each["met"] for each in (await client.get("/api/v1/assistance/1/conditions")).json())
        begun = await client.patch("/api/v1/assistance/1/begin", json={}, headers=FIRST)
        assert (begun.status_code, begun.json()["status"]) == (200, "begun"), begun.text
        body = sent(participant_id=partner, name="Renamed")
        answer = await client.put("/api/v1/assistance/1", json=body, headers={"If-Match": '"2"'})
        assert answer.json()["name"] == "Renamed"
        over = {"status": "completed", "on_day": TODAY.isoformat(), "because": "Both units keep their radars."}
        answer = await client.patch("/api/v1/assistance/1/status", json=over, headers={"If-Match": '"3"'})
        assert answer.json()["status"] == "completed"
        assert (await client.get("/api/v1/assistance?status=completed&country=PHL")).json()["total"] == 1
        assert [each["name"] for each in (await client.get("/api/v1/assistance/1/units")).json()] == ["First battalion"]
        assert (await client.get("/api/v1/assistance-units/1")).headers["etag"] == '"2"'
        assert len((await client.get("/api/v1/assistance/1/history")).json()) == 7
        acts = (await client.get("/api/v1/law/acts?act=assistance")).json()
        assert [each["title"] for each in acts["items"]] == ["Training of a battalion"]


async def test_the_json_door_refuses_with_a_reason(service):
    await planned(service.db, marking=HIDDEN)
    async with service.api("program-office") as client:
        answer = await client.post("/api/v1/assistance", json=sent(participant_id=1, uses="1253.e.3", objectives=[]))
        assert {each["where"] for each in answer.json()["mistakes"]} == {"uses", "objectives"}
        wrong = await client.post("/api/v1/assistance/1/conditions", json={**NOTICE, "condition": "vetting"})
        assert {each["where"] for each in wrong.json()["mistakes"]} == {"condition"}
        for version, status in (('"9"', 412), (None, 428)):
            headers = {"If-Match": version} if version else {}
            answer = await client.put("/api/v1/assistance/1", json=sent(participant_id=1), headers=headers)
            assert answer.status_code == status
        for path in ("assistance/99", "assistance-units/99"):
            assert (await client.get(f"/api/v1/{path}")).status_code == 404
        key = {"Idempotency-Key": "once"}
        twice = [await client.post("/api/v1/assistance", json=sent(participant_id=1), headers=key) for _ in range(2)]
        assert [each.headers["location"] for each in twice] == ["/api/v1/assistance/2"] * 2
        assert (await client.post("/api/v1/assistance/1/units", json={"name": "One"})).status_code == 201
        out = {"because": "It is not helped."}
        assert (await client.patch("/api/v1/assistance-units/1/out", json=out, headers=FIRST)).json()["until"]
    async with service.api("auditor") as client:
        assert (await client.post("/api/v1/assistance", json=sent(participant_id=1))).status_code == 403
        assert (await client.patch("/api/v1/assistance/1/begin", json={}, headers=FIRST)).status_code == 403


async def test_what_was_typed_into_a_refused_beginning_goes_with_the_question_and_comes_back_to_do_it_now(service):
    """Decision 12: the form of the act opens as it was typed, and the act uses the concurrence up."""
    number = await planned(service.db, uses="10-usc-2350l", participant_id=await a_partner(service.db))
    await recorded(service.db, number, "direct-costs", TODAY, "The host bears them.")
    async with service.db.write(actor=SERVICE, command="test.state") as session:
        opened = people.OpenOffice(symbol="PM", name="PM", department="Department of State", since=SINCE)
        office = await people.open_office(session, opened)
        liaison = people.AddPerson(name="L", title="L", office_id=office, since=SINCE, roles=["state-liaison"])
        person = await people.add_person(session, liaison)
    browser = await service.browser("program-office")
    typed = {"begun_on": TODAY.isoformat(), "late_because": "", "late_document": "", "_version": "1"}
    refused = await browser.post("/assistance/1/begin", typed)
    assert refused.status_code == 409
    link = re.search(r'href="(/concurrence/new\?[^"]+)"', refused.text)
    asked = fields_of((await browser.get(unescape(link[1]))).text)
    asked |= {"question": "Do you concur?", "due_on": (TODAY + timedelta(days=30)).isoformat()}
    asked |= {"concur": [str(office)], "provision": "10-usc-2350l"}
    made = await browser.post("/concurrence/new", asked)
    assert made.status_code == 303, made.text
    href = "/assistance/1/begin?coordination=1"
    assert href not in (await browser.get("/inbox")).text
    async with service.db.write(actor=person, command="concurrence.answer") as session:
        await concurrence.answer(session, AskedId(1), concurrence.Answer("concur"))
    assert f'<a href="{href}">Do it now: Begin Training of a battalion</a>' in (await browser.get("/inbox")).text
    assert f'href="{href}"' in (await browser.get(made.headers["location"])).text
    form = fields_of((await browser.get(href)).text)
    assert form["begun_on"] == TODAY.isoformat()
    assert (await browser.get("/assistance/1/begin?coordination=99")).status_code == 404
    assert (await browser.post("/assistance/1/begin", form)).status_code == 303
    assert href not in (await browser.get(made.headers["location"])).text


async def test_from_the_plan_to_the_beginning_by_form(service):
    browser = await service.browser("program-office")
    partner, project = await a_partner(service.db), await propose(service.db)
    typed = sent(participant_id=str(partner), project_id=str(project), planned_cost="$1,250,000.00")
    assert "10 U.S.C. 333" in (await browser.get("/assistance/new")).text
    answer = await browser.post("/assistance/new", typed)
    assert (answer.status_code, answer.headers["location"]) == (303, "/assistance/1")
    page = (await browser.get("/assistance/1")).text
    assert "0 of 3" in page
    assert "/concurrence/new?act=assistance-beginning" in page
    refused = await browser.post("/assistance/1/begin", {"_version": "1"})
    assert refused.status_code == 409
    for said in ("Nothing on record shows it.", "No unit is named.", "10 U.S.C. 362"):
        assert said in refused.text
    for act, form in (("conditions", NOTICE), ("units", {"name": "First battalion"})):
        assert (await browser.get(f"/assistance/1/{act}")).status_code == 200
        assert (await browser.post(f"/assistance/1/{act}", form)).status_code == 303
    assert (await browser.get("/assistance-units/1/vet")).status_code == 200
    answer = await browser.post("/assistance-units/1/vet", CLEARED | {"_version": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/assistance/1#units")
    await state_answers(service.db, 1)
    assert (await browser.get("/assistance/1/begin")).status_code == 200
    assert (await browser.post("/assistance/1/begin", {"_version": "1"})).status_code == 303
    page = (await browser.get("/assistance/1")).text
    for said in ("3 of 3", "Begun", "$1,250,000.00", "Sec. 1253(e)(3)", "First battalion"):
        assert said in page
    assert "T-0001 Training of a battalion" in (await browser.get(f"/projects/{project}")).text
    over = {"status": "suspended", "on_day": TODAY.isoformat(), "because": "A storm.", "_version": "2"}
    assert (await browser.get("/assistance/1/status")).status_code == 200
    assert (await browser.post("/assistance/1/status", over)).status_code == 303
    assert (await browser.get("/assistance/1/revise")).status_code == 200
    out = {"because": "It is not helped.", "_version": "2"}
    assert (await browser.post("/assistance-units/1/out", out)).status_code == 303
    assert "A storm." in (await browser.get("/assistance/1")).text
    assert "10 U.S.C. 333" in (await browser.get("/trace/records/assistance/1")).text


async def test_a_form_gives_back_what_was_typed_with_every_mistake(service):
    browser = await service.browser("program-office")
    answer = await browser.post("/assistance/new", sent(name="<script>", starts_on="soon", planned_cost="much"))
    assert answer.status_code == 422
    for said in ('value="&lt;script&gt;"', 'value="soon"', 'value="much"'):
        assert said in answer.text
    await planned(service.db)
    stale = {"status": "ended", "on_day": TODAY.isoformat(), "because": "Typed again", "_version": "9"}
    answer = await browser.post("/assistance/1/status", stale)
    assert answer.status_code == 412
    assert "Typed again" in answer.text
    assert (await browser.get("/assistance/1/nothing")).status_code == 404
    assert (await browser.get("/assistance-units/1/vet")).status_code == 404


async def test_a_file_holds_the_rows_of_the_list_and_no_formula(service):
    await planned(service.db, name="=1+1")
    browser = await service.browser("auditor")
    assert "/assistance/new" not in (await browser.get("/assistance")).text
    assert "'=1+1" in (await browser.get("/assistance/export.csv?uses=10-usc-333")).text
    assert len((await browser.get("/assistance/export.csv?status=begun")).text.splitlines()) == 1
    assert (await browser.get("/assistance?status=gone")).status_code == 422
    assert (await browser.get("/assistance/1/begin")).status_code == 403
