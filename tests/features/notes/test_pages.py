"""The HTML door of notes."""

import pytest

from tests.features.search.situations import a_project


async def test_a_note_is_written_on_the_records_page_of_notes_and_leads_back(service):
    project = await a_project(service.db, name="Gallium")
    browser = await service.browser("program-office")
    at = f"/notes/of/project/{project}"
    assert "No note stands on this record." in (await browser.get(at)).text
    answer = await browser.post(at, {"text": "Ask <b>Australia</b>.", "marking": "CUI"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/projects/{project}#notes")
    page = (await browser.get(at)).text
    assert "Ask &lt;b&gt;Australia&lt;/b&gt;." in page
    assert "<b>Australia" not in page


async def test_every_mistake_comes_at_once_and_what_was_typed_comes_back(service):
    project = await a_project(service.db, name="Gallium")
    browser = await service.browser("program-office")
    answer = await browser.post(f"/notes/of/project/{project}", {"text": "Typed", "marking": "SECRET"})
    assert answer.status_code == 422
    assert "Typed" in answer.text
    assert 'href="#field-marking"' in answer.text


async def test_a_note_is_revised_and_ended_on_its_page(service):
    project = await a_project(service.db, name="Gallium")
    browser = await service.browser("program-office")
    await browser.post(f"/notes/of/project/{project}", {"text": "Ask Australia.", "marking": "CUI"})
    answer = await browser.post("/notes/1/revise", {"text": "Asked.", "marking": "CUI", "_version": "1"})
    assert answer.status_code == 303
    stale = await browser.post("/notes/1/end", {"because": "Answered", "_version": "1"})
    assert stale.status_code == 412
    assert "Answered" in stale.text
    assert (await browser.post("/notes/1/end", {"because": "Answered", "_version": "2"})).status_code == 303
    page = (await browser.get("/notes/1")).text
    assert "Answered" in page
    assert "/notes/1/revise" not in page


async def test_only_the_writer_is_offered_to_revise(service):
    project = await a_project(service.db, name="Gallium")
    writer, other = await service.browser("program-office"), await service.browser("comptroller")
    await writer.post(f"/notes/of/project/{project}", {"text": "Ask Australia.", "marking": "CUI"})
    page = (await other.get("/notes/1")).text
    assert "/notes/1/revise" not in page
    assert "/notes/1/end" in page
    assert "/notes/1/end" not in (await (await service.browser("auditor")).get("/notes/1")).text


@pytest.mark.parametrize("path", ["/notes/1", "/notes/of/project/999", "/notes/of/sign_in/1"])
async def test_what_is_not_there_is_said(service, path):
    assert (await (await service.browser("program-office")).get(path)).status_code == 404
