"""The HTML door of duties."""

import pytest

from tests.conftest import Browser, Service


async def version_on(browser: Browser, path: str) -> str:
    page = (await browser.get(path)).text
    return page.partition('name="_version" value="')[2].partition('"')[0]


async def test_the_list_shows_each_date_with_its_law_and_readings(service: Service) -> None:
    """Every line of law carries its kind."""
    browser = await service.browser("auditor")
    page = await browser.get("/duties")
    assert page.status_code == 200
    for words in ("Sec. 1253(f)(1)(A)", "statute", "our reading (counsel not yet named)", "rests on other law goes on"):
        assert words in page.text
    assert "No designation recorded here" in page.text
    assert "Enter a notice" not in page.text
    assert "late by" not in page.text.lower()


@pytest.mark.parametrize(
    "query", ["kind=report", "status=in+work", "year=2030", "ended=true", "sort=-day", "year=soon"]
)
async def test_the_list_is_filtered(service: Service, query: str) -> None:
    """The addresses that the page itself gives out."""
    browser = await service.browser("auditor")
    assert (await browser.get(f"/duties?{query}")).status_code == 200


async def test_the_list_is_a_file_too(service: Service) -> None:
    """Same filters; cells that would run as formulas do not."""
    browser = await service.browser("program-office")
    await browser.post("/duties/designation/take-up", {"status": "in work", "note": "", "owner_office_id": ""})
    version = await version_on(browser, "/duties/designation/done")
    done = {"done_on": "2026-06-16", "evidence": "=HYPERLINK(1)", "_version": version}
    assert (await browser.post("/duties/designation/done", done)).status_code == 303
    file = await browser.get("/duties/export.csv?year=2026")
    assert file.headers["content-type"].startswith("text/csv")
    lines = file.text.splitlines()
    assert len(lines) == 3
    assert "'=HYPERLINK" in lines[1]
    assert "nothing recorded" in lines[2]


@pytest.mark.parametrize("slug", ["report-2027", "report-2031", "briefing-2029", "designation", "termination"])
async def test_each_duty_has_a_page(service: Service, slug: str) -> None:
    """Recipients by name, both readings of (g), what is recorded."""
    browser = await service.browser("auditor")
    page = await browser.get(f"/duties/{slug}")
    assert page.status_code == 200
    assert "The stricter reading" in page.text
    assert ("Committee on Foreign Relations of the Senate" in page.text) == slug.startswith(("report", "briefing"))


async def test_the_report_after_the_end_says_that_it_stays_due(service: Service) -> None:
    """Sec. 1253(f)(1)(A), (g): two windows."""
    browser = await service.browser("auditor")
    assert "The duty stays" in (await browser.get("/duties/report-2031")).text
    assert "The duty stays" not in (await browser.get("/duties/report-2030")).text


async def test_a_person_takes_a_duty_up_and_changes_it(service: Service) -> None:
    """Every POST ends in 303; the page shows what was recorded and by whom."""
    browser = await service.browser("program-office")
    first = await browser.post(
        "/duties/designation/take-up",
        {"status": "in work", "note": "<script>alert(1)</script>", "owner_office_id": "2", "_key": "k1"},
    )
    assert (first.status_code, first.headers["location"]) == (303, "/duties/designation")
    steps: list[tuple[str, dict[str, str | list[str]]]] = [
        ("extension", {"asked_by": "Program office", "asked_on": "2026-06-01"}),
        ("late", {"late_days": "2", "statement": "The instrument is unsigned."}),
        ("reopen", {"because": "Signed after all."}),
        ("done", {"done_on": "2026-06-20", "evidence": "Memorandum 26-114."}),
        ("revise", {"status": "", "note": "Filed.", "owner_office_id": "2"}),
    ]
    for act, form in steps:
        assert (await browser.get(f"/duties/designation/{act}")).status_code == 200
        version = await version_on(browser, f"/duties/designation/{act}")
        answer = await browser.post(f"/duties/designation/{act}", {**form, "_version": version})
        assert answer.status_code == 303, answer.text
    page = (await browser.get("/duties/designation")).text
    assert "Memorandum 26-114." in page
    assert "Done 4 days after the statutory day." in page
    assert "<script>alert" not in page
    assert "Person Program office" in page


async def test_a_notice_is_entered_through_its_form(service: Service) -> None:
    """Sec. 1253(c)(2)."""
    browser = await service.browser("program-office")
    assert "4 committees" in (await browser.get("/duties/notices/new")).text
    wrong = await browser.post("/duties/notices/new", {"event": "", "triggered_on": "soon"})
    assert (wrong.status_code, "soon" in wrong.text) == (422, True)
    made = await browser.post("/duties/notices/new", {"event": "A change", "triggered_on": "2026-03-02"})
    assert made.headers["location"] == "/duties/notice-of-designation-2026-03-02"
    page = (await browser.get(made.headers["location"])).text
    assert "Set off by: A change" in page
    end = {"ended_on": "2026-03-09", "because": "In error.", "_version": "1"}
    assert (await browser.post(made.headers["location"] + "/end", end)).status_code == 303
    assert "ended 9 Mar 2026" in (await browser.get(made.headers["location"])).text


async def test_a_refused_form_gives_back_what_was_typed(service: Service) -> None:
    """All mistakes at once, nothing lost."""
    browser = await service.browser("program-office")
    await browser.post("/duties/designation/take-up", {"status": "in work"})
    empty = await browser.post("/duties/designation/done", {"done_on": "", "evidence": "", "_version": "1"})
    assert empty.status_code == 422
    assert empty.text.count("This field is required.") >= 2
    stale = await browser.post(
        "/duties/designation/done", {"done_on": "2026-06-20", "evidence": "Typed & kept", "_version": "9"}
    )
    assert (stale.status_code, "Typed &amp; kept" in stale.text) == (412, True)
    refused = await browser.post(
        "/duties/designation/late", {"late_days": "1", "statement": "It is late.", "_version": "1"}
    )
    assert (refused.status_code, "no owning office is recorded" in refused.text) == (409, True)
    again = await browser.post("/duties/designation/take-up", {"status": "in work"})
    assert (again.status_code, "recorded already" in again.text) == (409, True)


async def test_who_may_not_change_sees_no_form(service: Service) -> None:
    """Default deny."""
    browser = await service.browser("comptroller")
    assert "Take up this duty" not in (await browser.get("/duties/report-2027")).text
    assert (await browser.get("/duties/report-2027/take-up")).status_code == 403
    assert (await browser.post("/duties/report-2027/take-up", {"status": "in work"})).status_code == 403


@pytest.mark.parametrize(
    "path", ["/duties/no-such", "/duties/report-2027/dance", "/duties/%00", "/duties/%3Cscript%3E"]
)
async def test_an_unknown_address_is_not_found(service: Service, path: str) -> None:
    """A person never meets a dead end."""
    browser = await service.browser("program-office")
    assert (await browser.get(path)).status_code == 404


async def test_the_form_of_a_change_waits_for_the_first_entry(service: Service) -> None:
    """A row exists only once somebody recorded something."""
    browser = await service.browser("program-office")
    answer = await browser.get("/duties/report-2027/done")
    assert (answer.status_code, "Take the duty up first." in answer.text) == (409, True)
    assert (await browser.get("/duties/termination/take-up")).status_code == 409
