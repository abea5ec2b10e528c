"""The two doors of engagement: what each takes, and how each refuses."""

from tests.features.engagement.situations import COMPANY, ENTRY, HIDDEN, ON, PROMISE, added, entered, promised, sent

FIRST = {"If-Match": '"1"'}


async def test_a_program_enters_adds_promises_settles_and_reads(service):
    async with service.api("program-office") as client:
        made = await client.post("/api/v1/engagements", json=sent(ENTRY))
        assert (made.status_code, made.headers["location"]) == (201, "/api/v1/engagements/1")
        company = await client.post("/api/v1/engagements/1/organizations", json=COMPANY)
        assert company.status_code == 201
        promise = await client.post("/api/v1/engagements/1/commitments", json=sent(PROMISE))
        assert promise.json()["owner_office"] == "pipir"
        for verb, path, body in (
            ("PUT", "/engagements/1", sent(ENTRY, place="Tokyo")),
            ("PUT", "/commitments/1", sent(PROMISE, title="Other")),
            ("PATCH", "/engagement-organizations/1/out", {"because": "It sent nobody."}),
        ):
            answer = await client.request(verb, f"/api/v1{path}", json=body, headers=FIRST)
            assert (answer.status_code, answer.headers["etag"]) == (200, '"2"'), answer.text
        kept = {"outcome": "kept", "on_day": ON.isoformat(), "evidence": "Letter."}
        answer = await client.patch("/api/v1/commitments/1/outcome", json=kept, headers={"If-Match": '"2"'})
        assert answer.json()["outcome"] == "kept"
        assert (await client.get("/api/v1/commitments?outcome=kept&engagement=1")).json()["total"] == 1
        assert (await client.get("/api/v1/engagement-organizations/1")).json()["until"]
        assert (await client.get("/api/v1/commitments/1")).json()["engagement_code"] == "E-0001"
        rows = (await client.get("/api/v1/engagements/summary")).json()
        assert [each["kept"] for each in rows if each["engagements"]] == [1]
        assert len((await client.get("/api/v1/engagements/1/history")).json()) == 7
        answer = await client.patch(
            "/api/v1/engagements/1/cancel", json={"because": "No."}, headers={"If-Match": '"2"'}
        )
        assert answer.json()["state"] == "cancelled"
        assert (await client.get("/api/v1/engagements?status=cancelled")).json()["total"] == 1


async def test_the_json_door_refuses_with_a_reason(service):
    await entered(service.db, marking=HIDDEN)
    async with service.api("program-office") as client:
        answer = await client.post("/api/v1/engagements", json=sent(ENTRY, solicitation_open=True, objectives=[]))
        assert {each["where"] for each in answer.json()["mistakes"]} == {
            "objectives", "solicitation_number", "reminder_acknowledged",
        }  # fmt: skip
        assert "2101-2107" in answer.json()["citation"]
        wrong = await client.post("/api/v1/engagements/1/organizations", json={**COMPANY, "uei": "O", "cage": "I"})
        assert {each["where"] for each in wrong.json()["mistakes"]} == {"uei", "cage"}
        for version, status in (('"9"', 412), (None, 428)):
            headers = {"If-Match": version} if version else {}
            assert (await client.put("/api/v1/engagements/1", json=sent(ENTRY), headers=headers)).status_code == status
        for path in ("engagements/99", "commitments/99", "engagement-organizations/99"):
            assert (await client.get(f"/api/v1/{path}")).status_code == 404
        key = {"Idempotency-Key": "once"}
        twice = [await client.post("/api/v1/engagements", json=sent(ENTRY), headers=key) for _ in range(2)]
        assert [each.headers["location"] for each in twice] == ["/api/v1/engagements/2"] * 2
    async with service.api("auditor") as client:
        assert (await client.post("/api/v1/engagements", json=sent(ENTRY))).status_code == 403
        assert (await client.post("/api/v1/engagements/1/commitments", json=sent(PROMISE))).status_code == 403


async def test_from_the_form_to_the_kept_promise(service):
    browser = await service.browser("program-office")
    page = (await browser.get("/engagements/new")).text
    assert "41 U.S.C. 2101-2107" in page
    assert "to be confirmed by counsel" in page
    answer = await browser.post("/engagements/new", sent(ENTRY))
    assert (answer.status_code, answer.headers["location"]) == (303, "/engagements/1")
    for act, form in (
        ("organizations", COMPANY),
        ("commitments", sent(PROMISE)),
        ("revise", sent(ENTRY, outcome="Four makers came.", _version="1")),
    ):
        assert (await browser.get(f"/engagements/1/{act}")).status_code == 200
        answer = await browser.post(f"/engagements/1/{act}", form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/engagements/1"), answer.text
    page = (await browser.get("/engagements/1")).text
    for said in ("Four makers came.", "ABC123DEF456", "1ABC2", "List of tests", "Sec. 1253(e)(4)"):
        assert said in page
    assert "List of tests" in (await browser.get("/engagements")).text
    assert (await browser.get("/commitments/1/revise")).status_code == 200
    kept = {"outcome": "kept", "on_day": ON.isoformat(), "evidence": "Letter.", "_version": "1"}
    assert (await browser.get("/commitments/1/settle")).status_code == 200
    assert (await browser.post("/commitments/1/settle", kept)).headers["location"] == "/commitments/1"
    assert "Letter." in (await browser.get("/commitments/1")).text
    assert (await browser.get("/commitments/1/settle")).status_code == 409
    out = {"because": "It sent nobody.", "_version": "1"}
    assert (await browser.get("/engagement-organizations/1/out")).status_code == 200
    assert (await browser.post("/engagement-organizations/1/out", out)).status_code == 303
    assert "Taken out" in (await browser.get("/engagements/1")).text
    assert "1253(b)(2)" in (await browser.get("/engagements/summary")).text
    assert "1253.b.2" in (await browser.get("/engagements/summary.csv")).text
    assert "Sec. 1253(e)(4)" in (await browser.get("/trace/records/engagement/1")).text


async def test_an_open_solicitation_is_not_entered_without_the_reminder(service):
    """FAR 3.104"""
    browser = await service.browser("program-office")
    form = sent(ENTRY, solicitation_open="true", solicitation_number="R-1")
    answer = await browser.post("/engagements/new", form)
    assert answer.status_code == 422
    assert "Read the reminder and acknowledge it" in answer.text
    answer = await browser.post("/engagements/new", form | {"reminder_acknowledged": "true"})
    assert answer.status_code == 303
    page = (await browser.get("/engagements/1")).text
    assert "Solicitation R-1 is open." in page
    assert "Person Program office on 20 Nov 2026" in page


async def test_a_form_gives_back_what_was_typed_with_every_mistake(service):
    browser = await service.browser("program-office")
    answer = await browser.post("/engagements/new", sent(ENTRY, name="<script>", starts_on="soon", lead_office_id=""))
    assert answer.status_code == 422
    for said in ('value="&lt;script&gt;"', 'value="soon"'):
        assert said in answer.text
    number = await entered(service.db)
    await added(service.db, number)
    await promised(service.db, number)
    for path, form in (
        ("/engagements/1/cancel", {"because": "Typed again", "_version": "9"}),
        ("/engagement-organizations/1/out", {"because": "Typed again", "_version": "9"}),
        (
            "/commitments/1/settle",
            {"outcome": "kept", "on_day": ON.isoformat(), "evidence": "Typed again", "_version": "9"},
        ),
    ):
        answer = await browser.post(path, form)
        assert answer.status_code == 412, path
        assert "Typed again" in answer.text
    assert (await browser.get("/engagements/1/nothing")).status_code == 404
    assert (await browser.post("/engagements/1/cancel", {"because": "A storm.", "_version": "1"})).status_code == 303
    assert (await browser.get("/engagements/1/revise")).status_code == 409


async def test_a_file_holds_the_rows_of_the_list_and_no_formula(service):
    await entered(service.db, name="=1+1")
    browser = await service.browser("auditor")
    assert "/engagements/new" not in (await browser.get("/engagements")).text
    assert "'=1+1" in (await browser.get("/engagements/export.csv?kind=event")).text
    assert len((await browser.get("/engagements/export.csv?kind=meeting")).text.splitlines()) == 1
    assert (await browser.get("/engagements?status=gone")).status_code == 422
    assert (await browser.get("/engagements/1/revise")).status_code == 403


async def test_a_promise_waits_in_the_inbox_of_who_looks_after_it(service):
    number = await entered(service.db)
    person = service.people["program-office"]
    await promised(service.db, number, owner_person_id=person, due_on=ON.replace(month=11, day=21))
    browser = await service.browser("program-office")
    assert "List of tests" in (await browser.get("/inbox")).text
