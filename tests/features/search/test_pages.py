"""The HTML door of search."""

from urllib.parse import urlencode

import pytest

from tests.features.search.situations import a_project


async def test_every_page_has_the_search_and_it_works_without_script(service):
    browser = await service.browser("auditor")
    for path in ("/", "/projects", "/search"):
        page = (await browser.get(path)).text
        assert '<form class="search" role="search" action="/search" method="get">' in page
        assert 'name="q"' in page
    assert 'role="search"' not in (await service.anonymous().get("/sign-in")).text


async def test_what_was_found_stands_under_its_kind_with_the_words_marked(service):
    number = await a_project(service.db, name="Gallium supply", description="Gallium from Australia.")
    browser = await service.browser("auditor")
    page = (await browser.get("/search?q=gall")).text
    assert f'<a href="/projects/{number}">P-0001 <mark>Gallium</mark> supply</a>' in page
    assert "<mark>Gallium</mark> from Australia." in page
    assert 'value="gall"' in page


async def test_a_kind_that_holds_more_leads_to_all_of_it_a_page_at_a_time(service):
    for number in range(7):
        await a_project(service.db, name=f"Gallium {number}")
    browser = await service.browser("auditor")
    page = (await browser.get("/search?q=gallium")).text
    assert page.count('class="hit-title"') == 5
    assert 'href="/search?q=gallium&amp;kind=project"' in page
    page = (await browser.get("/search?q=gallium&kind=project&limit=4")).text
    assert page.count('class="hit-title"') == 4
    following = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert (await browser.get(following)).text.count('class="hit-title"') == 3


async def test_nothing_found_and_nothing_asked_are_said_in_words(service):
    browser = await service.browser("auditor")
    assert "Type what you look for" in (await browser.get("/search")).text
    assert "Nothing found" in (await browser.get("/search?q=zzzzzzqqqq")).text
    await a_project(service.db, name="Gallium")
    page = (await browser.get("/search?q=galium")).text
    assert "spelled nearly so" in page
    assert "<mark>Gallium</mark>" in page


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}"])
async def test_hostile_text_is_shown_as_text(service, typed):
    await a_project(service.db, name=typed)
    browser = await service.browser("auditor")
    answer = await browser.get("/search?" + urlencode({"q": typed}))
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert ">49<" not in answer.text


async def test_a_record_known_by_its_number_alone_has_a_way_to_its_page(service):
    async with service.api("program-office") as client:
        made = (await client.post("/api/v1/duties", json={"slug": "report-2028"})).json()
    browser = await service.browser("auditor")
    answer = await browser.get(f"/records/duty/{made['id']}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/duties/report-2028")
    assert (await browser.get("/records/duty/999")).status_code == 404
    assert (await browser.get("/records/sign_in/1")).status_code == 404
