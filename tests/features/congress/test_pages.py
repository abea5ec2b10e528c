"""The HTML door of Congress."""

from typing import Any

import pytest

from pipir.features.people.tables import SERVICE
from tests.conftest import Service
from tests.features.congress.makers import (
    OFFICE,
    SASC,
    a_contact,
    a_hold,
    a_promise,
    enter_contact,
    give,
    prepare,
    promise,
)

PAGES = ("/congress", "/congress/briefings", "/congress/contacts", "/congress/promises")


def typed(body: dict[str, Any]) -> dict[str, str]:
    """A body as a form sends it."""
    return {name: "" if value is None else str(value) for name, value in {"marking": "CUI", **body}.items()}


async def test_an_empty_record_says_what_is_not_recorded_and_never_that_none_happened(service: Service) -> None:
    browser = await service.browser("report-writer")
    pages = [(await browser.get(path)).text for path in PAGES]
    assert "No package is recorded here." in pages[0]
    assert "No open contact is recorded here." in pages[0]
    for page, words in zip(
        pages[1:],
        ("No briefing is recorded", "No congressional contact is recorded", "No promise to Congress is"),
        strict=True,
    ):
        assert words in page
        assert "says nothing of" in page
    assert "Sec. 1253(f)(2), Pub. L. 119-60" in pages[0]
    assert "none happened" not in "".join(pages).lower()


async def test_a_briefing_from_the_first_page_to_an_answered_question(service: Service) -> None:
    """Sec. 1253(f)(2)"""
    browser = await service.browser("report-writer")
    assert "/congress/briefings/new?duty=briefing-2026" in (await browser.get("/congress")).text
    assert 'value="briefing-2026" selected' in (await browser.get("/congress/briefings/new?duty=briefing-2026")).text
    answer = await browser.post(
        "/congress/briefings/new",
        {
            "title": "Briefing of 2026",
            "duty": "briefing-2026",
            "office_id": str(OFFICE),
            "briefer_role": "ASD",
            "marking": "CUI",
        },
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/congress/briefings/1")
    page = (await browser.get("/congress/briefings/1")).text
    assert "Given to 0 of 6" in page
    assert page.count("Record as given") == 6
    plan = {"planned_on": "2026-11-25", "place": "Room 1", "_version": "1"}
    assert (await browser.post("/congress/committee-briefings/1/plan", plan)).status_code == 303
    given = {"given_on": "2026-11-18", "place": "Room 1", "attendees": "<b>Staff</b>", "_version": "2"}
    answer = await browser.post("/congress/committee-briefings/1/given", given)
    assert (answer.status_code, answer.headers["location"]) == (303, "/congress/briefings/1#committees")
    form = (await browser.get("/congress/briefings/1/question")).text
    assert f'value="{SASC}"' in form
    assert 'value="house-armed-services"' not in form
    asked = {"committee": SASC, "question": "How many <i>radars</i>?", "office_id": str(OFFICE), "due_on": "2026-12-15"}
    assert (await browser.post("/congress/briefings/1/question", asked)).status_code == 303
    done = {"answered_on": "2026-11-20", "answer": "Four.", "answering_office_id": str(OFFICE), "_version": "1"}
    assert (await browser.post("/congress/questions/1/answer", done)).status_code == 303
    page = (await browser.get("/congress/briefings/1")).text
    assert "Answered on 20 Nov 2026 by TEST: Four." in page
    assert "&lt;b&gt;Staff&lt;/b&gt;" in page
    assert "<i>radars" not in page
    assert (
        await browser.post("/congress/questions/1/reopen", {"because": "Five.", "_version": "2"})
    ).status_code == 303
    reopened = await browser.post("/congress/committee-briefings/1/reopen", {"because": "Wrong day.", "_version": "3"})
    assert reopened.status_code == 303


async def test_a_briefing_on_request_is_prepared_extended_and_called_off(service: Service) -> None:
    browser = await service.browser("program-office")
    body = {
        "title": "Radar",
        "requested_by": "Staff",
        "office_id": str(OFFICE),
        "briefer_role": "ASD",
        "marking": "CUI",
    }
    await browser.post("/congress/briefings/new", body)
    added = {"committee": "House Small Business"}
    assert (await browser.post("/congress/briefings/1/committee", added)).status_code == 303
    again = await browser.post("/congress/briefings/1/committee", added)
    assert again.status_code == 409
    assert "stands on the briefing already" in again.text
    revised = {"title": "Radars", "office_id": str(OFFICE), "briefer_role": "ASD", "marking": "CUI", "_version": "1"}
    assert (await browser.post("/congress/briefings/1/revise", revised)).status_code == 303
    assert (
        await browser.post("/congress/briefings/1/call-off", {"because": "No.", "_version": "2"})
    ).status_code == 303
    page = (await browser.get("/congress/briefings/1")).text
    assert "Called off" in page
    assert "Record as given" not in page


async def test_a_contact_is_entered_changed_answered_and_reopened(service: Service) -> None:
    browser = await service.browser("senior-official")
    answer = await browser.post("/congress/contacts/new", typed(a_contact()))
    assert (answer.status_code, answer.headers["location"]) == (303, "/congress/contacts/1")
    assert "Past its suspense" in (await browser.get("/congress/contacts/1")).text
    assert 'value="LA-26-001"' in (await browser.get("/congress/contacts/1/revise")).text
    revised = typed(a_contact(title="B")) | {"_version": "1"}
    assert (await browser.post("/congress/contacts/1/revise", revised)).status_code == 303
    done = {"answered_on": "2026-10-20", "answer": "Four.", "evidence": "Letter 1.", "_version": "2"}
    assert (await browser.post("/congress/contacts/1/answer", done)).status_code == 303
    assert (await browser.post("/congress/contacts/1/reopen", {"because": "Five.", "_version": "3"})).status_code == 303
    gone = {"withdrawn_on": "2026-11-01", "because": "By letter.", "_version": "4"}
    assert (await browser.post("/congress/contacts/1/withdraw", gone)).status_code == 303
    await browser.post("/congress/contacts/new", typed(a_hold()))
    page = (await browser.get("/congress/contacts/2")).text
    assert "No release is recorded here." in page
    free = {"released_on": "2026-11-01", "because": "By telephone.", "_version": "1"}
    assert (await browser.post("/congress/contacts/2/release", free)).status_code == 303
    assert "Released" in (await browser.get("/congress/contacts")).text


async def test_a_promise_is_entered_from_its_source_and_settled(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        briefing = await prepare(session)
    browser = await service.browser("report-writer")
    assert f"promises/new?briefing={briefing}" in (await browser.get(f"/congress/briefings/{briefing}")).text
    form = (await browser.get(f"/congress/promises/new?briefing={briefing}")).text
    assert 'value="briefing" selected' in form
    body = typed(a_promise(made_in="briefing", briefing_id=briefing, source=None))
    answer = await browser.post("/congress/promises/new", body)
    assert (answer.status_code, answer.headers["location"]) == (303, "/congress/promises/1")
    page = (await browser.get("/congress/promises/1")).text
    assert f'href="/congress/briefings/{briefing}"' in page
    assert "that alone proves nothing" in page
    assert "List of suppliers" in (await browser.get(f"/congress/briefings/{briefing}")).text
    late = {"late_days": "99", "statement": "Late.", "_version": "1"}
    refused = await browser.post("/congress/promises/1/late", late)
    assert refused.status_code == 422
    assert "Expected at most 20." in refused.text
    assert 'value="99"' in refused.text
    assert (await browser.post("/congress/promises/1/late", late | {"late_days": "20"})).status_code == 303
    assert "Late by 20 days" in (await browser.get("/congress")).text
    assert (await browser.post("/congress/promises/1/revise", body | {"_version": "2"})).status_code == 303
    # Saved without a change: the version is still the one before.
    kept = {"kept_on": "2026-11-20", "evidence": "Letter.", "_version": "2"}
    assert (await browser.post("/congress/promises/1/keep", kept)).status_code == 303
    assert (await browser.post("/congress/promises/1/reopen", {"because": "x", "_version": "3"})).status_code == 422
    again = {"because": "A page is missing.", "_version": "3"}
    assert (await browser.post("/congress/promises/1/reopen", again)).status_code == 303
    drop = {"dropped_on": "2026-11-20", "because": "Overtaken.", "told": "Staff.", "_version": "4"}
    assert (await browser.post("/congress/promises/1/drop", drop)).status_code == 303
    assert "Who was told" in (await browser.get("/congress/promises/1")).text


@pytest.mark.parametrize(
    ("path", "body", "count"),
    [
        ("/congress/briefings/new", {"title": "<script>", "marking": "SECRET"}, 1),
        ("/congress/contacts/new", {"title": "<script>", "received_on": "soon"}, 4),
        ("/congress/promises/new", {"title": "<script>", "words": "", "due_on": "2026-02-30"}, 5),
    ],
)
async def test_a_form_gives_back_what_was_typed_with_every_mistake(
    service: Service, path: str, body: dict[str, str], count: int
) -> None:
    browser = await service.browser("program-office")
    answer = await browser.post(path, body)
    assert answer.status_code == 422
    assert 'value="&lt;script&gt;"' in answer.text
    assert "<script>alert" not in answer.text
    assert f"{'One thing needs' if count == 1 else f'{count} things need'} correcting" in answer.text


async def test_a_stale_form_is_shown_again_with_what_was_typed(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await enter_contact(session)
    browser = await service.browser("program-office")
    done = {"answered_on": "2026-10-20", "answer": "Typed with care.", "evidence": "Letter 1.", "_version": "7"}
    answer = await browser.post("/congress/contacts/1/answer", done)
    assert answer.status_code == 412
    assert "Typed with care." in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "briefings/1/x",
        "committee-briefings/1/x",
        "questions/1/x",
        "contacts/1/x",
        "promises/1/x",
        "promises/99",
        "contacts/99",
    ],
)
async def test_what_is_no_change_of_a_record_is_not_found(service: Service, path: str) -> None:
    browser = await service.browser("program-office")
    assert (await browser.get(f"/congress/{path}")).status_code == 404


async def test_the_lists_go_out_as_files_under_their_filters(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await give(session, await prepare(session))
        await enter_contact(session, title="=1+1")
        await promise(session)
    browser = await service.browser("auditor")
    for path, words in (
        ("briefings/export.csv?status=pending", "Briefing of 2026"),
        ("contacts/export.csv?overdue=true", "Past its suspense"),
        ("promises/export.csv?outcome=open", "Past its day"),
    ):
        file = await browser.get(f"/congress/{path}")
        assert file.headers["content-type"].startswith("text/csv")
        assert words in file.text
    assert ",=1+1" not in (await browser.get("/congress/contacts/export.csv")).text


async def test_who_only_reads_is_shown_no_way_to_change(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await give(session, await prepare(session))
        await enter_contact(session)
        await promise(session)
    browser = await service.browser("auditor")
    for path in (*PAGES, "/congress/briefings/1", "/congress/contacts/1", "/congress/promises/1"):
        page = await browser.get(path)
        assert page.status_code == 200
        assert "/new" not in page.text
        assert "/revise" not in page.text
    for path in ("contacts/new", "contacts/1/answer", "promises/1/keep", "briefings/1/question"):
        assert (await browser.get(f"/congress/{path}")).status_code == 403
