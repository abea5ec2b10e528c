"""The HTML door: pages, forms that give back what was typed, files."""

import re
from datetime import UTC, datetime

import httpx
import pytest

from tests.conftest import Service
from tests.features.participants.situations import HIDDEN, contractor_browser, enter

ENTER = {"name": "Japan", "code": "JPN", "region": "Indo-Pacific", "marking": "UNCLASSIFIED"}
STANDING = {"value": "named in statute", "since": "2025-12-18", "source": "Pub. L. 119-60 sec. 1253(d)"}
FORUM = {"value": "joined the forum (press)", "since": "2026-03-18", "source": "Press"}


async def test_a_country_is_kept_through_its_pages(service):
    browser = await service.browser("program-office")
    assert (await browser.get("/participants/new")).status_code == 200
    answer = await browser.post("/participants/new", ENTER)
    assert answer.status_code == 303
    address = answer.headers["location"]
    page = (await browser.get(address)).text
    assert page.count("not public") >= 4

    assert (await browser.get(f"{address}/standing")).status_code == 200
    answer = await browser.post(f"{address}/standing", STANDING | {"_version": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{address}#standing")
    assert (await browser.get(f"{address}/forum-standing")).status_code == 200
    answer = await browser.post(f"{address}/forum-standing", FORUM | {"_version": "2"})
    assert answer.status_code == 303
    revised = await browser.get(f"{address}/revise")
    assert 'value="Japan"' in revised.text
    answer = await browser.post(
        f"{address}/revise", {"name": "Japan", "region": "Other", "marking": "CUI", "_version": "3"}
    )
    assert answer.status_code == 303
    answer = await browser.post(f"{address}/end", {"until": "2027-01-01", "because": "It ended.", "_version": "4"})
    assert answer.status_code == 303
    page = (await browser.get(address)).text
    for words in ("until 1 Jan 2027", "It ended.", "named in statute", "joined the forum (press)", "Source: Press"):
        assert words in page
    assert f'href="{address}/standing"' not in page


async def test_named_in_statute_is_never_shown_without_what_it_means(service):
    """Sec. 1253(d): within the invitation process, not thereby a member; the line carries its kind."""
    number = await enter(service.db)
    browser = await service.browser("program-office")
    await browser.post(f"/participants/{number}/standing", STANDING | {"_version": "1"})
    for path in (f"/participants/{number}", "/participants"):
        page = (await browser.get(path)).text
        assert re.search("not thereby a member", page, re.IGNORECASE)
        assert "Sec. 1253(d), Pub. L. 119-60" in page
        assert '<span class="law-standing">statute</span>' in page


async def test_the_united_states_is_shown_outside_of_the_process(service):
    """Sec. 1253(d) speaks of allies and partners."""
    number = await enter(service.db, name="United States", code="USA", region="Western Hemisphere")
    browser = await service.browser("program-office")
    assert "outside of the process" in (await browser.get("/participants")).text
    page = (await browser.get(f"/participants/{number}")).text
    assert "the United States has no standing in it" in page
    assert f"/participants/{number}/standing" not in page
    answer = await browser.post(f"/participants/{number}/standing", STANDING | {"value": "invited", "_version": "1"})
    assert answer.status_code == 409


async def test_a_decision_of_others_after_the_termination_is_recorded_and_flagged(rehearsal):
    """Sec. 1253(g)"""
    await rehearsal.move(datetime(2031, 1, 2, 15, tzinfo=UTC))
    number = await enter(rehearsal.db)
    browser = await service_of(rehearsal).browser("program-office")
    answer = await browser.post(
        f"/participants/{number}/standing",
        STANDING | {"value": "under consideration", "since": "2031-01-01", "_version": "1"},
    )
    assert answer.status_code == 303
    assert "Dated after the authority ended" in (await browser.get(f"/participants/{number}")).text


def service_of(rehearsal):
    """The rehearsal's app, as the tests of an exercise know theirs."""
    transport = httpx.ASGITransport(app=rehearsal.app, raise_app_exceptions=False)
    return Service(rehearsal.db, transport, rehearsal.cast.numbers, rehearsal.cast.tokens)


async def test_a_country_links_to_its_projects_and_entries(service):
    number = await enter(service.db)
    page = (await (await service.browser("auditor")).get(f"/participants/{number}")).text
    assert 'href="/projects?country=JPN"' in page
    assert 'href="/ledger?country=JPN"' in page


async def test_exercise_data_is_marked_wherever_it_stands(service):
    number = await enter(service.db, exercise=True)
    browser = await service.browser("auditor")
    for path in ("/participants", f"/participants/{number}", "/participants/export.csv"):
        assert "EXERCISE DATA" in (await browser.get(path)).text


async def test_the_tiles_stand_by_region_and_lead_to_the_countries(service):
    number = await enter(service.db)
    await enter(service.db, name="United Kingdom", code="GBR", region="Euro-Atlantic")
    page = (await (await service.browser("auditor")).get("/participants?region=Other")).text
    assert f'<a class="tile tile-0" href="/participants/{number}"' in page
    assert page.index("Indo-Pacific</h3>") < page.index("Euro-Atlantic</h3>")
    assert "Nothing matches" in page


async def test_the_empty_filters_of_a_form_are_no_filters(service):
    await enter(service.db)
    browser = await service.browser("auditor")
    answer = await browser.get("/participants?q=&region=&standing=&forum=")
    assert answer.status_code == 200
    assert "<strong>1</strong> country" in answer.text


async def test_a_form_gives_back_what_was_typed_with_every_mistake(service):
    browser = await service.browser("program-office")
    text = "<script>alert(1)</script>\u202e"
    answer = await browser.post("/participants/new", {"name": text, "code": "japan", "region": "Moon", "marking": "X"})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    for field in ("code", "region"):
        assert f'href="#field-{field}"' in answer.text
    answer = await browser.post("/participants/new", ENTER | {"marking": "SECRET"})
    assert answer.status_code == 422
    assert 'href="#field-marking"' in answer.text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("standing", STANDING | {"value": "participating"}),
        ("forum-standing", FORUM | {"value": "left the forum (press)"}),
        ("end", {"until": "1 January", "because": ""}),
        ("revise", {"name": "", "region": "Other", "marking": "CUI"}),
    ],
)
async def test_a_refused_form_comes_back(service, path, form):
    number = await enter(service.db)
    browser = await service.browser("program-office")
    answer = await browser.post(f"/participants/{number}/{path}", form | {"_version": "1"})
    assert answer.status_code in (409, 422)
    assert 'id="error-summary"' in answer.text
    answer = await browser.post(f"/participants/{number}/{path}", form)
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("standing", STANDING),
        ("forum-standing", FORUM),
        ("end", {"until": "2027-01-01", "because": "It ended."}),
        ("revise", {"name": "Japan", "region": "Other", "marking": "CUI"}),
    ],
)
async def test_a_form_of_an_older_version_changes_nothing(service, path, form):
    number = await enter(service.db)
    browser = await service.browser("program-office")
    answer = await browser.post(f"/participants/{number}/{path}", form | {"_version": "9"})
    assert answer.status_code == 412
    assert "version 1" in answer.text


async def test_the_same_form_sent_twice_enters_one_country(service):
    browser = await service.browser("program-office")
    answers = [await browser.post("/participants/new", ENTER | {"_key": "once"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]


async def test_who_may_only_read_sees_no_forms(service):
    number = await enter(service.db)
    browser = await service.browser("auditor")
    page = (await browser.get(f"/participants/{number}")).text
    assert "/revise" not in page
    assert '<form method="post" action="/participants' not in page
    for path in ("new", f"{number}/revise", f"{number}/standing", f"{number}/forum-standing"):
        assert (await browser.get(f"/participants/{path}")).status_code == 403
        assert (await browser.post(f"/participants/{path}", ENTER)).status_code == 403
    assert (await browser.post(f"/participants/{number}/end", {})).status_code == 403


async def test_what_a_marking_hides_stands_on_no_page(service):
    """docs/releasability.md"""
    number = await enter(service.db, name="Hidden country", marking=HIDDEN)
    browser = await contractor_browser(service)
    for path in ("/participants", "/participants/export.csv"):
        answer = await browser.get(path)
        assert answer.status_code == 200
        assert "Hidden country" not in answer.text
    for path in ("", "/revise", "/standing", "/forum-standing"):
        assert (await browser.get(f"/participants/{number}{path}")).status_code == 404
    for path, form in (("standing", STANDING), ("forum-standing", FORUM), ("end", {}), ("revise", ENTER)):
        answer = await browser.post(f"/participants/{number}/{path}", form | {"_version": "1"})
        assert answer.status_code in (404, 422)
        assert "Hidden country" not in answer.text
    official = await service.browser("auditor")
    page = (await official.get(f"/participants/{number}")).text
    assert "Hidden country" in page
    assert page.count(HIDDEN) >= 3


async def test_a_file_holds_the_list_under_its_filters(service):
    await enter(service.db, name="=1+1", code="ABW")
    await enter(service.db, name="United Kingdom", code="GBR", region="Euro-Atlantic")
    browser = await service.browser("auditor")
    answer = await browser.get("/participants/export.csv?region=Indo-Pacific&sort=code")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    lines = answer.text.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("'=1+1,ABW,,,Indo-Pacific,")
    listed = (await browser.get("/participants?region=Indo-Pacific")).text
    assert 'action="/participants/export.csv"' in listed
    for name, value in (("region", "Indo-Pacific"), ("sort", "name")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in listed


async def test_the_summary_of_mistakes_calls_the_fields_as_the_page_does(service):
    """Also where the form stands at the side, below the summary."""
    browser = await service.browser("program-office")
    japan = await enter(service.db)
    empty = (await browser.post(f"/participants/{japan}/standing", {"_version": "1"})).text
    assert '<a href="#field-value">Standing: This field is required.</a>' in empty
    assert '<a href="#field-source">Source or document: This field is required.</a>' in empty
    ended = (await browser.post(f"/participants/{japan}/end", {"_version": "1"})).text
    assert '<a href="#field-because">Why: This field is required.</a>' in ended
