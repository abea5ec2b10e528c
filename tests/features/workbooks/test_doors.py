"""The doors of workbooks: export, import with every mistake in its place, review, and the reviewer's inbox."""

import pytest

from pipir.features.people.tables import SERVICE
from pipir.features.projects.tables import Project
from tests.conftest import Service
from tests.features.workbooks.makers import (
    MILESTONES,
    PROJECTS,
    Formula,
    bring,
    edited,
    export,
    ground,
    put,
    sent,
    upload,
)
from tests.makers import hold_roles

EDIT = put(PROJECTS, "P-0001", "Name", "<script>alert(1)</script>")


async def _two(service: Service) -> None:
    """Let the administrator be the second person of the program office."""
    async with service.db.write(actor=SERVICE, command="test") as session:
        await hold_roles(session, service.people["administrator"], ["program-office"])


async def test_a_workbook_goes_out_comes_back_and_is_taken_by_the_json_door(service: Service) -> None:
    made = await ground(service.db)
    await _two(service)
    async with service.api("program-office") as first, service.api("administrator") as second:
        out = await first.get("/api/v1/workbooks/export", params={"q": "Radar"})
        assert (out.status_code, out.headers["content-type"]) == (
            200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )  # fmt: skip
        back = await upload(first, edited(out.content, put(PROJECTS, "P-0001", "Name", "B")), remark="Please look.")
        assert (back.status_code, back.headers["location"]) == (201, "/api/v1/workbooks/1"), back.text
        assert (back.json()["waiting"], back.json()["asked"], back.json()["remark"]) == (1, "q=Radar", "Please look.")
        (change,) = (await second.get("/api/v1/workbooks/1/changes")).json()
        assert change["fields"] == [{"field": "name", "title": "Name", "before": "Radar repair", "after": "B"}]
        own = await first.post("/api/v1/workbooks/1/accept", json={"change_ids": [change["id"]]})
        assert own.status_code == 409
        taken = await second.post("/api/v1/workbooks/1/accept", json={"change_ids": [change["id"]]})
        assert (taken.status_code, taken.json()["accepted"]) == (200, 1), taken.text
        assert (await second.get("/api/v1/workbooks", params={"waiting": "true"})).json()["total"] == 0
        assert (await second.get("/api/v1/workbooks/1/history")).status_code == 200
        assert (await second.get("/api/v1/workbooks/9")).status_code == 404
    async with service.db.read() as session:
        assert (await session.get_one(Project, made.first)).name == "B"


async def test_changes_are_refused_and_withdrawn_by_the_json_door(service: Service) -> None:
    await ground(service.db)
    source = edited(await export(service.db), put(PROJECTS, "P-0001", "Name", "B"))
    number = await bring(service.db, source)
    async with service.api("program-office") as client:
        (change,) = (await client.get(f"/api/v1/workbooks/{number}/changes")).json()
        assert (await client.post(f"/api/v1/workbooks/{number}/refuse", json={"change_ids": [1]})).status_code == 422
        body = {"change_ids": [change["id"]], "because": "No need."}
        assert (await client.post(f"/api/v1/workbooks/{number}/refuse", json=body)).json()["refused"] == 1
        own = await upload(client, source)
        gone = await client.post(f"{own.headers['location']}/withdraw", json={"because": "A mistake."})
        assert (gone.status_code, gone.json()["waiting"]) == (200, 0)


async def test_every_mistake_is_told_with_its_place_by_the_json_door(service: Service) -> None:
    await ground(service.db)
    wrong = edited(
        await export(service.db),
        put(PROJECTS, "P-0001", "Name", ""),
        put(PROJECTS, "P-0002", "Version", 9),
        put(MILESTONES, "1", "Forecast on", Formula("=TODAY()", 46508)),
    )
    async with service.api("program-office") as client:
        answer = await upload(client, wrong)
        assert answer.status_code == 422
        where = [each["where"] for each in answer.json()["mistakes"]]
        assert [each.partition(" ")[0] for each in where] == [
            "Milestones:2:7", "Projects:3:2", "Projects:2:3", "Milestones:2:9",
        ], where  # fmt: skip
        nothing = await client.post("/api/v1/workbooks", data={"remark": "No file."}, files={"x": b""})
        assert nothing.status_code in (400, 422)


@pytest.mark.parametrize("role", ["auditor", "comptroller", "senior-official", "report-writer"])
async def test_who_does_not_change_projects_reads_workbooks_and_imports_none(service: Service, role: str) -> None:
    await ground(service.db)
    await _two(service)
    first = await service.browser("program-office")
    out = await first.get("/workbooks/projects.xlsx")
    assert (await sent(first, edited(out.content, EDIT), remark="Look.")).status_code == 303
    async with service.api(role) as client:  # type: ignore[arg-type]
        for path in ("/api/v1/workbooks", "/api/v1/workbooks/export", "/api/v1/workbooks/1"):
            assert (await client.get(path)).status_code == 200
        assert (await upload(client, await export(service.db))).status_code == 403
    browser = await service.browser(role)  # type: ignore[arg-type]
    assert (await browser.get("/workbooks/new")).status_code == 403
    assert "/workbooks/new" not in (await browser.get("/workbooks")).text
    page = (await browser.get("/workbooks/1")).text
    assert "/workbooks/1/review" not in page
    assert "/workbooks/1/withdraw" not in page
    assert "/workbooks/" not in (await browser.get("/projects")).text


async def test_a_workbook_is_reviewed_on_its_page_from_the_inbox(service: Service) -> None:
    made = await ground(service.db)
    await _two(service)
    first, second = await service.browser("program-office"), await service.browser("administrator")
    page = (await first.get("/projects?q=Radar")).text
    assert 'href="/workbooks/projects.xlsx?q=Radar&amp;sort=milestone"' in page
    out = await first.get("/workbooks/projects.xlsx?q=Radar&sort=milestone")
    answer = await sent(first, edited(out.content, EDIT), remark="Look.")
    assert (answer.status_code, answer.headers["location"]) == (303, "/workbooks/1")
    own = (await first.get("/workbooks/1")).text
    assert "Withdraw what waits" in own
    assert "<script>alert" not in own
    assert "Workbook 1 of" not in (await first.get("/inbox")).text
    assert "Workbook 1 of" in (await second.get("/inbox")).text
    review = (await second.get("/workbooks/1")).text
    assert "Decide those that are ticked" in review
    wrong = await second.post("/workbooks/1/review", {"decision": "refuse", "change_ids": ["1"], "because": ""})
    assert wrong.status_code == 422
    assert "Say why they are refused." in wrong.text
    nothing = await second.post("/workbooks/1/review", {"decision": "accept", "because": ""})
    assert nothing.status_code == 422
    taken = await second.post("/workbooks/1/review", {"decision": "accept", "change_ids": ["1"], "because": ""})
    assert taken.headers["location"] == "/workbooks/1"
    async with service.db.read() as session:
        assert (await session.get_one(Project, made.first)).name == "<script>alert(1)</script>"
    assert "Workbook 1 of" not in (await second.get("/inbox")).text
    for path in ("/workbooks", "/workbooks?waiting=true", "/workbooks/export.csv", "/workbooks/1"):
        assert (await second.get(path)).status_code == 200


async def test_a_stale_row_is_named_on_the_page_and_the_others_stay_ticked(service: Service) -> None:
    await ground(service.db)
    source = await export(service.db)
    await bring(service.db, edited(source, put(PROJECTS, "P-0001", "Name", "B"), put(PROJECTS, "P-0002", "Name", "C")))
    await bring(service.db, edited(source, put(PROJECTS, "P-0001", "Name", "D")))
    browser = await service.browser("program-office")
    both = {"decision": "accept", "change_ids": ["1", "2"], "because": ""}
    assert (await browser.post("/workbooks/2/review", {**both, "change_ids": ["3"]})).status_code == 303
    page = (await browser.get("/workbooks/1")).text
    assert 'value="1">' in page
    assert 'value="2" checked' in page
    stale = await browser.post("/workbooks/1/review", both)
    assert stale.status_code == 409
    assert "P-0001 D has changed since the export" in stale.text
    assert (await browser.post("/workbooks/1/review", {**both, "change_ids": ["2"]})).status_code == 303


async def test_mistakes_in_a_workbook_stand_on_the_page_by_sheet_row_and_column(service: Service) -> None:
    await ground(service.db)
    browser = await service.browser("program-office")
    wrong = edited(await export(service.db), put(PROJECTS, "P-0001", "Kind", "<script>"), EDIT)
    answer = await sent(browser, wrong, remark="Kept.")
    assert answer.status_code == 422
    assert "Kept." in answer.text
    assert "What needs correcting in the workbook" in answer.text
    assert '<td data-label="Sheet">Projects</td><td data-label="Row" class="num">2</td>' in answer.text
    assert "<script>alert" not in answer.text
    broken = await sent(browser, b"no workbook")
    assert broken.status_code == 422
    assert "Expected a workbook (.xlsx) that was exported here" in broken.text
    missing = await browser.client.post(
        "/workbooks/new",
        data={"_csrf": browser.csrf, "remark": ""},
        files={"file": ("", b"", "application/octet-stream")},
    )
    assert missing.status_code == 422


async def test_a_repeated_upload_is_done_once(service: Service) -> None:
    await ground(service.db)
    source = edited(await export(service.db), put(PROJECTS, "P-0001", "Name", "B"))
    async with service.api("program-office") as client:
        client.headers["Idempotency-Key"] = "the-same"
        first, again = await upload(client, source), await upload(client, source)
        assert first.json()["id"] == again.json()["id"]
        assert (await client.get("/api/v1/workbooks")).json()["total"] == 1
