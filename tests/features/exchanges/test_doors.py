"""The two doors of technical exchanges: what each takes, and how each refuses."""

from tests.features.exchanges.situations import HIDDEN, a_group, entered, sent
from tests.features.projects.situations import propose


async def test_a_program_enters_revises_cancels_and_reads(service):
    group = await a_group(service.db)
    async with service.api("program-office") as client:
        made = await client.post("/api/v1/exchanges", json=sent(group_id=group))
        assert (made.status_code, made.headers["location"], made.headers["etag"]) == (
            201, "/api/v1/exchanges/1", '"1"',
        )  # fmt: skip
        body = sent(group_id=group, place="Tokyo")
        answer = await client.put("/api/v1/exchanges/1", json=body, headers={"If-Match": '"1"'})
        assert (answer.status_code, answer.json()["place"]) == (200, "Tokyo")
        assert [each["id"] for each in (await client.get(f"/api/v1/exchanges?group={group}")).json()["items"]] == [1]
        cancelled = await client.patch(
            "/api/v1/exchanges/1/cancel", json={"because": "Storm."}, headers={"If-Match": '"2"'}
        )
        assert cancelled.json()["state"] == "cancelled"
        assert len((await client.get("/api/v1/exchanges/1/history")).json()) == 3


async def test_the_json_door_refuses_with_a_reason(service):
    hidden = await entered(service.db, marking=HIDDEN)
    async with service.api("program-office") as client:
        answer = await client.post("/api/v1/exchanges", json=sent(delegations=["XXX"]))
        assert {each["where"] for each in answer.json()["mistakes"]} == {"group_id", "delegations"}
        refused = await client.post("/api/v1/exchanges", json=sent(group_id=1, nothing_disclosed_because=None))
        assert refused.status_code == 409
        assert refused.json()["citation"]
        for version, status in (('"9"', 412), (None, 428)):
            headers = {"If-Match": version} if version else {}
            answer = await client.put(f"/api/v1/exchanges/{hidden}", json=sent(group_id=1), headers=headers)
            assert answer.status_code == status
        assert (await client.get("/api/v1/exchanges/99")).status_code == 404
        key = {"Idempotency-Key": "once"}
        twice = [await client.post("/api/v1/exchanges", json=sent(group_id=1), headers=key) for _ in range(2)]
        assert [each.headers["location"] for each in twice] == ["/api/v1/exchanges/2"] * 2
    async with service.api("auditor") as client:
        assert (await client.post("/api/v1/exchanges", json=sent(group_id=1))).status_code == 403


async def test_from_the_form_to_the_outcome(service):
    browser = await service.browser("program-office")
    group = await a_group(service.db)
    assert f'value="{group}" selected' in (await browser.get(f"/exchanges/new?group={group}")).text
    typed = sent(group_id=str(group), delegations="JPN, USA")
    answer = await browser.post("/exchanges/new", typed)
    assert (answer.status_code, answer.headers["location"]) == (303, "/exchanges/1")
    assert "No outcome recorded" in (await browser.get("/exchanges/1")).text
    assert 'value="JPN, USA"' in (await browser.get("/exchanges/1/revise")).text
    answer = await browser.post("/exchanges/1/revise", typed | {"outcome": "The depot is able.", "_version": "1"})
    assert answer.status_code == 303, answer.text
    page = (await browser.get("/exchanges/1")).text
    assert "The depot is able." in page
    assert "Only public material" in page
    assert "/exchanges/1/cancel" not in page
    shown = (await browser.get(f"/groups/{group}")).text
    assert "X-0001 Visit to the depot" in shown
    assert f"/exchanges?group={group}" in shown
    assert "Visit to the depot" in (await browser.get("/exchanges")).text


async def test_a_project_names_the_exchanges_that_hang_on_it(service):
    browser = await service.browser("program-office")
    project = await propose(service.db)
    await entered(service.db, project_id=project)
    assert "X-0001 Visit to the depot" in (await browser.get(f"/projects/{project}")).text
    cancel = {"because": "A storm.", "_version": "1"}
    assert (await browser.get("/exchanges/1/cancel")).status_code == 200
    assert (await browser.post("/exchanges/1/cancel", cancel)).status_code == 303
    assert (await browser.get("/exchanges/1/revise")).status_code == 409
    assert (await browser.get("/exchanges/1/nothing")).status_code == 404


async def test_a_form_gives_back_what_was_typed_with_every_mistake(service):
    browser = await service.browser("program-office")
    typed = sent(title="<script>", delegations="XXX", starts_on="soon")
    answer = await browser.post("/exchanges/new", typed)
    assert answer.status_code == 422
    for said in ('value="&lt;script&gt;"', 'value="XXX"', 'value="soon"'):
        assert said in answer.text
    await entered(service.db)
    answer = await browser.post("/exchanges/1/cancel", {"because": "Typed again", "_version": "9"})
    assert answer.status_code == 412
    assert "Typed again" in answer.text


async def test_a_file_holds_the_rows_of_the_list_and_no_formula(service):
    await entered(service.db, title="=1+1")
    browser = await service.browser("auditor")
    assert "/exchanges/new" not in (await browser.get("/exchanges")).text
    assert "'=1+1" in (await browser.get("/exchanges/export.csv?kind=visit")).text
    assert len((await browser.get("/exchanges/export.csv?kind=workshop")).text.splitlines()) == 1
    assert (await browser.get("/exchanges?status=gone")).status_code == 422
    assert (await browser.get("/exchanges/1/revise")).status_code == 403
