"""The HTML door of the trail."""

import csv
import io

import pytest

from tests.features.participants.situations import contractor_browser, enter
from tests.features.trail.situations import SECRET, some_changes


async def test_each_change_is_a_sentence_with_its_values(service):
    made = await some_changes(service.db)
    browser = await service.browser("auditor")
    page = (await browser.get("/trail?kind=participant")).text
    assert "pipir changed until and ended reason of the participant Japan." in page
    assert "until: nothing → 1 Jan 2027" in page
    assert f'<a href="/participants/{made["japan"]}">participant {made["japan"]}</a>' in page
    assert "<strong>3</strong> changes" in page


async def test_the_empty_filters_of_a_form_are_no_filters(service):
    browser = await service.browser("auditor")
    answer = await browser.get("/trail?person=&kind=&record=&command=&since=&until=")
    assert answer.status_code == 200
    assert "Remove filter" not in answer.text


async def test_filters_are_offered_by_name_and_shown_as_chips(service):
    await some_changes(service.db)
    browser = await service.browser("auditor")
    page = (await browser.get("/trail?person=1&kind=participant&command=participant.enter")).text
    assert "<strong>2</strong> changes" in page
    assert "</span>pipir" in page
    assert '<option value="participant.enter" selected>' in page
    assert '<option value="1" selected>pipir</option>' in page


@pytest.mark.parametrize("path", ["/trail", "/trail/export.csv"])
async def test_a_filter_that_cannot_be_read_is_named(service, path):
    browser = await service.browser("auditor")
    answer = await browser.get(f"{path}?person=x&record=1.5&since=yesterday&until=<script>")
    assert answer.status_code == 422
    for name in ("person", "record", "since", "until"):
        assert name in answer.text
    assert "<script>" not in answer.text.replace("<script defer", "")


@pytest.mark.parametrize("path", ["/trail", "/trail/export.csv"])
async def test_the_trail_is_closed_to_roles_without_its_permission(service, path):
    browser = await service.browser("program-office")
    assert (await browser.get(path)).status_code == 403
    assert 'href="/trail"' not in (await browser.get("/people")).text


async def test_a_file_holds_one_line_for_each_changed_field(service):
    await some_changes(service.db)
    await enter(service.db, name="=cmd()", code="ABW")
    browser = await service.browser("auditor")
    answer = await browser.get("/trail/export.csv?kind=participant")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 3 + 2
    changed = {row["Field"]: (row["Before"], row["After"]) for row in rows if row["Field"]}
    assert changed["until"] == ("nothing", "1 Jan 2027")
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


async def test_hostile_text_is_shown_as_text(service):
    await enter(service.db, name="<script>alert(1)</script>")
    page = (await (await service.browser("auditor")).get("/trail?kind=participant")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


async def test_a_marking_hides_on_the_page_and_in_the_file(service):
    """docs/releasability.md"""
    await some_changes(service.db)
    browser = await contractor_browser(service)
    page = (await browser.get("/trail?kind=participant")).text
    assert "<strong>2</strong> changes" in page
    assert SECRET not in page
    assert SECRET not in (await browser.get("/trail/export.csv")).text
