"""What lies with a record stands on its page, wherever it has one."""

import pytest

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
    assert "1 ended." in page


async def test_who_may_not_write_is_offered_no_form(service):
    project = await a_project(service.db, name="Gallium")
    page = (await (await service.browser("auditor")).get(f"/projects/{project}")).text
    assert "No note stands on this record." in page
    assert "/notes/of/project" in page
    assert f'action="/notes/of/project/{project}"' not in page


async def test_records_of_every_part_have_a_binder_or_lead_to_one(service):
    meeting, item = await a_meeting(service.db, action="Send figures")
    country = await enter(service.db, name="Freedonia", code="FRE")
    async with service.api("program-office") as client:
        duty = (await client.post("/api/v1/duties", json={"slug": "report-2028"})).json()["id"]
    browser = await service.browser("program-office")
    page = (await browser.get(f"/participants/{country}")).text
    assert f'action="/notes/of/participant/{country}"' in page
    page = (await browser.get("/duties/report-2028")).text
    assert f'action="/notes/of/duty/{duty}"' in page
    assert "/notes/of/duty" not in (await browser.get("/duties/report-2029")).text
    for kind, number, path in (("meeting", meeting, "meetings"), ("action_item", item, "actions")):
        assert f'href="/binder/{kind}/{number}"' in (await browser.get(f"/{path}/{number}")).text
        assert f'action="/notes/of/{kind}/{number}"' in (await browser.get(f"/binder/{kind}/{number}")).text


@pytest.mark.parametrize("path", ["/binder/project/999", "/binder/sign_in/1", "/binder/provision/1"])
async def test_a_binder_of_nothing_is_not_there(service, path):
    assert (await (await service.browser("auditor")).get(path)).status_code == 404


def test_every_kind_of_record_is_reached_by_its_number():
    """One list of kinds: whoever names a record by kind and number leads to its page."""
    for kind, each in KINDS.items():
        assert href(kind, "7").startswith("/"), kind
        assert each.place or address(kind, 7), kind
