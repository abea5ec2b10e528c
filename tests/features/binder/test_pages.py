"""What lies with a record stands on its page, wherever it has one."""

import pytest

from pipir.features.documents import commands as documents
from pipir.features.search.rules import KINDS, href
from pipir.features.trail.rules import address
from tests.features.participants.situations import enter
from tests.features.search.situations import a_meeting, a_project


async def test_a_records_page_shows_its_notes_and_the_form_to_add_one(service):
    project = await a_project(service.db, name="Gallium")
    browser = await service.browser("program-office")
    page = (await browser.get(f"/projects/{project}")).text
    assert "No note stands on this record." in page
    assert f'action="/notes/of/project/{project}"' in page
    await browser.post(f"/notes/of/project/{project}", {"text": "Ask <i>Australia</i>.", "marking": "CUI"})
    page = (await browser.get(f"/projects/{project}")).text
    assert "Ask &lt;i&gt;Australia&lt;/i&gt;." in page
    await browser.post("/notes/1/end", {"because": "Answered", "_version": "1"})
    page = (await browser.get(f"/projects/{project}")).text
    assert "Ask &lt;i&gt;" not in page.partition('id="history"')[0]
    assert "All notes, 1 ended" in page


async def test_documents_and_requests_stand_on_the_page_with_the_ways_to_add(service):
    project = await a_project(service.db, name="Gallium")
    async with service.db.write(actor=service.people["program-office"], command="test.papers") as session:
        paper = documents.content_of("minutes.txt", b"Minutes")
        body = documents.AttachDocument("Minutes of May", "project", project, "A meeting")
        number = await documents.attach_document(session, body, content=paper)
    browser = await service.browser("program-office")
    page = (await browser.get(f"/projects/{project}")).text
    assert f'<a href="/documents/{number}">Minutes of May</a>' in page
    assert "version 1" in page
    assert f'href="/documents/of/project/{project}"' in page
    asking = page.partition('href="/concurrence/new?')[2].partition('"')[0].replace("&amp;", "&")
    assert f"subject_kind=project&subject_id={project}" in asking
    assert "P-0001 Gallium" in (await browser.get(f"/concurrence/new?{asking}")).text
    page = (await (await service.browser("auditor")).get(f"/projects/{project}")).text
    assert f'<a href="/documents/{number}">Minutes of May</a>' in page
    assert "/documents/of/project" not in page
    assert "/concurrence/new" not in page


async def test_who_may_not_write_is_offered_no_form(service):
    project = await a_project(service.db, name="Gallium")
    page = (await (await service.browser("auditor")).get(f"/projects/{project}")).text
    assert "No note stands on this record." in page
    assert "/notes/of/project" in page
    assert f'action="/notes/of/project/{project}"' not in page


async def test_records_of_every_part_have_a_binder_or_lead_to_one(service):
    meeting, item = await a_meeting(service.db, action="Send figures")
    country = await enter(service.db)
    async with service.api("program-office") as client:
        duty = (await client.post("/api/v1/duties", json={"slug": "report-2028"})).json()["id"]
    browser = await service.browser("program-office")
    page = (await browser.get(f"/participants/{country}")).text
    assert f'action="/notes/of/participant/{country}"' in page
    page = (await browser.get("/duties/report-2028")).text
    assert f'action="/notes/of/duty/{duty}"' in page
    assert "/notes/of/duty" not in (await browser.get("/duties/report-2029")).text
    assert f'action="/notes/of/meeting/{meeting}"' in (await browser.get(f"/meetings/{meeting}")).text
    assert f'href="/binder/action_item/{item}"' in (await browser.get(f"/actions/{item}")).text
    assert f'action="/notes/of/action_item/{item}"' in (await browser.get(f"/binder/action_item/{item}")).text


@pytest.mark.parametrize("path", ["/binder/project/999", "/binder/sign_in/1", "/binder/provision/1"])
async def test_a_binder_of_nothing_is_not_there(service, path):
    assert (await (await service.browser("auditor")).get(path)).status_code == 404


def test_every_kind_of_record_is_reached_by_its_number():
    """One list of kinds: whoever names a record by kind and number leads to its page."""
    for kind, each in KINDS.items():
        assert href(kind, "7").startswith("/"), kind
        assert each.place or address(kind, 7), kind
