"""The JSON and the HTML door of data calls: the happy path and every refusal."""

from typing import Any

import pytest
from sqlalchemy import update

from pipir.features.people.tables import SERVICE, Person
from tests.conftest import Service
from tests.features.data_calls.makers import OFFICE, a_call, another_office, issue
from tests.features.groups.makers import establish

CALLS, ADDRESSEES = "/api/v1/data-calls", "/api/v1/data-call-addressees"


def match(version: int) -> dict[str, str]:
    """The header of a change."""
    return {"If-Match": f'"{version}"'}


def without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    """A body without some of its fields."""
    return {name: value for name, value in body.items() if name not in names}


async def test_a_call_from_issue_to_its_end(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        other = await another_office(session)
    async with service.api("report-writer") as writer, service.api("comptroller") as answering:
        made = await writer.post(CALLS, json=a_call())
        assert (made.status_code, made.headers["location"]) == (201, f"{CALLS}/1")
        revised = await writer.put(f"{CALLS}/1", json=without(a_call(title="B"), "office_ids"), headers=match(1))
        assert revised.json()["title"] == "B"
        added = await writer.post(f"{CALLS}/1/addressees", json={"office_id": other})
        assert (added.status_code, added.json()["addressee"]) == (201, "OTHER")
        gone = await writer.patch(f"{ADDRESSEES}/2/released", json={"because": "By mistake."}, headers=match(1))
        assert gone.json()["released_because"] == "By mistake."
        answer = await answering.patch(f"{ADDRESSEES}/1/answered", json={"answer": "Four."}, headers=match(1))
        assert (answer.json()["returned"], answer.json()["stale"]) == ("answer", False)
        nil = await answering.patch(f"{ADDRESSEES}/1/nil", json={"because": "None after all."}, headers=match(2))
        assert (nil.json()["returned"], nil.json()["answer"]) == ("nil", None)
        closed = await writer.patch(f"{CALLS}/1/closed", json={}, headers=match(2))
        assert closed.json()["closed_on"] == "2026-11-20"
        late = await answering.patch(f"{ADDRESSEES}/1/answered", json={"answer": "Five."}, headers=match(3))
        assert late.status_code == 409
        opened = await writer.patch(f"{CALLS}/1/reopened", json={"because": "More came."}, headers=match(3))
        assert opened.json()["closed_on"] is None
        assert [row["addressee"] for row in (await writer.get(f"{CALLS}/1/addressees")).json()] == ["OTHER", "TEST"]
        assert (await writer.get(f"{ADDRESSEES}/1")).headers["etag"] == '"3"'
        assert (await writer.get(f"{CALLS}/1/history")).json()[0]["command"] == "call.reopen"
        assert (await writer.get(f"{CALLS}?overdue=true&year=2027")).json()["total"] == 0


async def test_closing_without_a_return_names_who_is_missing(service: Service) -> None:
    async with service.api("program-office") as client:
        await client.post(CALLS, json=a_call())
        answer = await client.patch(f"{CALLS}/1/closed", json={}, headers=match(1))
        assert answer.status_code == 422
        assert "TEST" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        (CALLS, {}, {"title", "asked", "purpose", "issued_on", "due_on"}),
        (CALLS, a_call(office_ids=[]), {"office_ids"}),
        (CALLS, a_call(office_ids=[OFFICE, OFFICE]), {"office_ids"}),
        (CALLS, a_call(office_ids=[99]), {"office_ids"}),
        (CALLS, a_call(group_ids=[99]), {"group_ids"}),
        (CALLS, a_call(due_on="2026-09-01", report_year=2026), {"due_on", "report_year"}),
        (CALLS, a_call(issued_on="2026-12-01", due_on="2026-12-02"), {"issued_on"}),
        (CALLS, a_call(title="A\x00B", marking="CUI", extra=1), {"title", "extra"}),
        (CALLS, a_call(marking="SECRET"), {"marking"}),
        (f"{CALLS}/1/addressees", {}, {"office_id", "group_id"}),
        (f"{CALLS}/1/addressees", {"office_id": 99}, {"office_id"}),
        (f"{CALLS}/1/addressees", {"group_id": 2**63}, {"group_id"}),
    ],
)
async def test_every_mistake_of_a_body_is_named_by_its_field(
    service: Service, path: str, body: dict[str, Any], fields: set[str]
) -> None:
    async with service.api("program-office") as client:
        await client.post(CALLS, json=a_call(title="First"))
        answer = await client.post(path, json=body)
        assert answer.status_code == 422, answer.text
        assert {mistake["where"] for mistake in answer.json()["mistakes"]} == fields


async def test_every_role_reads_some_answer_and_two_issue(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await issue(session)
    for role, issues, answers in (
        ("auditor", 403, 403),
        ("administrator", 403, 403),
        ("state-liaison", 403, 428),
        ("senior-official", 403, 428),
        ("report-writer", 422, 428),
    ):
        async with service.api(role) as client:  # type: ignore[arg-type]
            assert (await client.get(CALLS)).status_code == 200
            assert (await client.post(CALLS, json={})).status_code == issues
            assert (await client.patch(f"{ADDRESSEES}/1/answered", json={"answer": "Four."})).status_code == answers
    async with service.anonymous() as client:
        assert (await client.get(CALLS)).status_code == 401


async def test_what_a_reader_may_not_see_is_not_found(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await issue(session, marking="CUI//FED ONLY")
        await session.execute(
            update(Person).where(Person.id == service.people["program-office"]).values(reader_kind="contractor")
        )
    async with service.api("program-office") as client:
        for path in (f"{CALLS}/1", f"{CALLS}/1/history", f"{CALLS}/1/addressees", f"{ADDRESSEES}/1"):
            assert (await client.get(path)).status_code == 404, path
        assert (await client.patch(f"{ADDRESSEES}/1/nil", json={"because": "No."}, headers=match(1))).status_code == 404
        assert (await client.get(f"{CALLS}?year={10**20}")).status_code == 422


async def test_an_empty_record_says_that_no_call_is_recorded(service: Service) -> None:
    page = (await (await service.browser("auditor")).get("/data-calls")).text
    assert "No data call is recorded here" in page
    assert "not known here" in page
    assert "convention" in page


async def test_a_call_is_issued_answered_and_closed_by_form(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        group = await establish(session)
    browser = await service.browser("program-office")
    form: dict[str, str | list[str]] = {
        **{name: str(value) for name, value in without(a_call(), "office_ids").items()},
        "office_ids": [str(OFFICE)],
        "group_ids": [str(group)],
        "marking": "CUI",
    }
    answer = await browser.post("/data-calls/new", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/data-calls/1")
    page = (await browser.get("/data-calls/1")).text
    assert "10 days past due" in page
    assert "Working group on radar" in page
    said = {"answer": "<b>Four</b>", "_version": "1"}
    assert (await browser.post("/data-calls/addressees/1/answer", said)).status_code == 303
    assert "&lt;b&gt;Four&lt;/b&gt;" in (await browser.get("/data-calls/1")).text
    assert "&lt;b&gt;Four&lt;/b&gt;" in (await browser.get("/data-calls/addressees/1/answer")).text
    refused = await browser.post("/data-calls/1/close", {"because": "", "_version": "1"})
    assert refused.status_code == 422
    assert "Say why the call is closed without: Working group on radar." in refused.text
    nil = {"because": "The group did not meet.", "_version": "1"}
    assert (await browser.post("/data-calls/addressees/2/nil", nil)).status_code == 303
    assert "Nothing to return: The group did not meet." in (await browser.get("/data-calls/1")).text
    assert (await browser.post("/data-calls/1/close", {"because": "", "_version": "1"})).status_code == 303
    assert "every return had come" in (await browser.get("/data-calls/1")).text
    assert (await browser.post("/data-calls/1/reopen", {"because": "More.", "_version": "2"})).status_code == 303
    file = await browser.get("/data-calls/export.csv?report=2027")
    assert "Milestones and money of the year" in file.text


async def test_a_call_is_changed_extended_and_an_addressee_released_by_form(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        other = await another_office(session)
        await issue(session)
    browser = await service.browser("report-writer")
    form = {name: str(value) for name, value in without(a_call(title="B"), "office_ids").items()} | {"marking": "CUI"}
    assert (await browser.post("/data-calls/1/revise", form | {"_version": "1"})).status_code == 303
    assert (await browser.post("/data-calls/1/addressee", {"office_id": str(other)})).status_code == 303
    page = (await browser.get("/data-calls/1")).text
    assert "/data-calls/addressees/1/answer" in page
    assert "/data-calls/addressees/2/answer" not in page
    foreign = await browser.post("/data-calls/addressees/2/answer", {"answer": "For them.", "_version": "1"})
    assert foreign.status_code == 409
    assert "own office" in foreign.text
    assert "For them." in foreign.text
    gone = {"because": "By mistake.", "_version": "1"}
    assert (await browser.post("/data-calls/addressees/2/release", gone)).status_code == 303
    assert "Released: By mistake." in (await browser.get("/data-calls/1")).text
    for path in ("1/x", "addressees/1/x", "addressees/9/answer", "9"):
        assert (await browser.get(f"/data-calls/{path}")).status_code == 404, path


async def test_a_form_gives_back_what_was_typed_with_every_mistake(service: Service) -> None:
    browser = await service.browser("program-office")
    answer = await browser.post("/data-calls/new", {"title": "<script>", "issued_on": "soon", "marking": "CUI"})
    assert answer.status_code == 422
    assert "4 things need correcting" in answer.text
    assert 'value="&lt;script&gt;"' in answer.text
    assert 'value="soon"' in answer.text


async def test_who_only_reads_is_shown_no_way_to_change(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await issue(session)
    browser = await service.browser("auditor")
    page = (await browser.get("/data-calls/1")).text
    assert "nothing to enter" in page
    assert "/answer" not in page
    for path in ("new", "1/close", "addressees/1/answer", "addressees/1/release"):
        assert (await browser.get(f"/data-calls/{path}")).status_code == 403
