"""The HTML door of the law."""

import re
from typing import Any

import pytest

from tests.conftest import Browser, Service
from tests.features.law.makers import (
    TODAY,
    a_delegation,
    a_designation,
    a_determination,
    a_reading,
    an_amendment,
    give_roles,
    make_contractor,
)
from tests.features.projects.situations import proposal

HOSTILE = "<script>x</script>"


def typed(body: dict[str, Any], **more: str) -> dict[str, str | list[str]]:
    """A body as a browser types it."""
    return {name: str(value) for name, value in body.items()} | more


def amendment(**said: Any) -> dict[str, str | list[str]]:
    """An amendment as the page types it: one choice for the paragraph and its value."""
    body = an_amendment(**said)
    return typed({name: value for name, value in body.items() if name != "value"}, provision="1253.g on")


async def test_the_page_of_the_law_says_what_is_known_and_what_is_not(service: Service) -> None:
    """Every line carries its kind and citation; what is not known is said to be not known."""
    page = await (await service.browser("auditor")).get("/law")
    assert page.status_code == 200
    for words in (
        "Sec. 1253(g), Pub. L. 119-60",
        "our reading (counsel not yet named)",
        "The stricter reading, shown beside it",
        "No designation recorded here; not public.",
        "as released on 18 Dec 2025",
        "start not known here",
        "Not known to this record",
        "No delegation is recorded here",
    ):
        assert words in page.text, words
    assert "late by" not in page.text.lower()
    assert '<a href="/law" aria-current="page">Law</a>' in page.text


async def test_a_designation_is_recorded_and_ended_by_form(service: Service) -> None:
    """Sec. 1253(c)(1), (2)"""
    browser = await service.browser("program-office")
    empty = (await browser.get("/law/designations")).text
    assert "No designation recorded here; not public." in empty
    assert "not of the level asked for" in (await browser.get("/law/designations/new")).text
    made = await browser.post("/law/designations/new", typed(a_designation(), acting="true"))
    assert (made.status_code, made.headers["location"]) == (303, "/law/designations/1")
    page = (await browser.get("/law/designations/1")).text
    assert "yes, by Memorandum 26-2" in page
    end = {"until": "2026-06-30", "because": "Left.", "by_change": "true", "_version": "1"}
    assert (await browser.post("/law/designations/1/end", end | {"changed_on": "2026-07-01"})).status_code == 422
    assert (await browser.post("/law/designations/1/end", end)).status_code == 303
    assert "yes, made on 30 Jun 2026" in (await browser.get("/law/designations/1")).text
    overlap = await browser.post("/law/designations/new", typed(a_designation(official="B", since="2026-06-30")))
    assert overlap.status_code == 409
    assert "at most one is on any day" in overlap.text
    assert 'value="B"' in overlap.text
    later = await browser.post("/law/designations/new", typed(a_designation(official="B", since="2026-08-01")))
    assert later.status_code == 303
    register = (await browser.get("/law/designations")).text
    assert "1 Jul 2026 to 31 Jul 2026" in register
    assert "acting" in register
    assert "Of the days before 4 May 2026 nothing is recorded here; not public." in register


async def test_a_designation_is_corrected_by_form(service: Service) -> None:
    """Sec. 1253(c)(1), (2)"""
    browser = await service.browser("program-office")
    assert (await browser.post("/law/designations/new", typed(a_designation()))).status_code == 303
    assert 'href="/law/designations/1/correct"' in (await browser.get("/law/designations/1")).text
    assert "/correct" not in (await (await service.browser("auditor")).get("/law/designations/1")).text
    form = (await browser.get("/law/designations/1/correct")).text
    assert 'value="Official A"' in form
    sent = typed(a_designation(official=HOSTILE), _version="1")
    refused = await browser.post("/law/designations/1/correct", sent)
    assert (refused.status_code, HOSTILE in refused.text) == (422, False)
    assert "&lt;script&gt;" in refused.text
    done = await browser.post("/law/designations/1/correct", sent | {"because": "The name was misread."})
    assert (done.status_code, done.headers["location"]) == (303, "/law/designations/1")
    page = (await browser.get("/law/designations/1")).text
    assert "The name was misread." in page
    assert HOSTILE not in page
    stale = await browser.post("/law/designations/1/correct", sent | {"because": "Again."})
    assert stale.status_code == 412
    assert "Saving it now replaces what was changed meanwhile." in stale.text


async def test_a_delegation_is_recorded_found_by_day_and_ended_by_form(service: Service) -> None:
    browser = await service.browser("program-office")
    assert "No delegation recorded here; not public." in (await browser.get("/law/delegations")).text
    assert 'value="10 U.S.C. 113(d)"' in (await browser.get("/law/delegations/new")).text
    made = await browser.post("/law/delegations/new", typed(a_delegation(), citation="10 U.S.C. 113(d)"))
    assert made.headers["location"] == "/law/delegations/1"
    assert "Sign the annual report</a>" in (await browser.get("/law/delegations?on=2026-11-20")).text
    assert "Sign the annual report</a>" not in (await browser.get("/law/delegations?on=2026-06-14")).text
    assert (await browser.get("/law/delegations?on=soon")).status_code == 422
    assert "Sign the annual report" in (await browser.get("/law")).text
    end = {"until": TODAY, "because": "Withdrawn.", "_version": "1"}
    assert (await browser.post("/law/delegations/1/end", end)).status_code == 303
    assert "End the delegation" not in (await browser.get("/law/delegations/1")).text


async def test_an_amendment_shows_what_it_would_change_before_another_confirms_it(service: Service) -> None:
    """Two-person rule for changes of the law (convention)"""
    await give_roles(service, "auditor", "administrator")
    first, second = await service.browser("administrator"), await service.browser("auditor")
    assert (
        "Sec. 1253(g), Pub. L. 119-60 (Termination): the day on which the authority ends"
        in (await first.get("/law/amendments/new")).text
    )
    made = await first.post("/law/amendments/new", amendment(changes_from="2026-10-01"))
    assert (made.status_code, made.headers["location"]) == (303, "/law/amendments/1")
    own = (await first.get("/law/amendments/1")).text
    assert "What it would change" in own
    assert "31 Dec 2035" in own
    assert "1 Oct 2026 to 9 Nov 2026" in own
    assert "You entered this." in own
    refused = await first.post("/law/amendments/1/confirm", {"_version": "1"})
    assert (refused.status_code, "another administrator confirms it" in refused.text) == (409, True)
    assert "You are the second person" in (await second.get("/law/amendments/1")).text
    assert (await second.post("/law/amendments/1/confirm", {"_version": "1"})).status_code == 303
    law = (await first.get("/law")).text
    assert "31 Dec 2035" in law
    assert "Last day" in law
    late = await first.post("/law/amendments/1/withdraw", {"because": "Error.", "_version": "2"})
    assert (late.status_code, "it stays in the record" in late.text) == (409, True)


async def test_an_amendment_without_its_paragraph_is_asked_for_it_once(service: Service) -> None:
    browser = await service.browser("administrator")
    answer = await browser.post("/law/amendments/new", {**amendment(), "provision": "", "citation": HOSTILE})
    assert answer.status_code == 422
    assert "One thing needs correcting" in answer.text
    assert '<a href="#field-provision">' in answer.text
    assert 'value="&lt;script&gt;x&lt;/script&gt;"' in answer.text
    wrong = await browser.post("/law/amendments/new", amendment(new_day="2020-01-01"))
    assert wrong.status_code == 422
    assert 'value="1253.g on" selected' in wrong.text


async def test_a_reading_is_adopted_by_two_persons_by_form(service: Service) -> None:
    """Our reading (counsel, date)"""
    await give_roles(service, "auditor", "administrator")
    first, second = await service.browser("administrator"), await service.browser("auditor")
    made = await first.post("/law/readings/new", typed(a_reading(), provision="1253.g"))
    assert made.headers["location"] == "/law/readings/1"
    assert "31 Dec 2030, 00:00 EST" in (await first.get("/law/readings/1")).text
    assert (await first.post("/law/readings/1/confirm", {"_version": "1"})).status_code == 409
    assert (await second.post("/law/readings/1/confirm", {"_version": "1"})).status_code == 303
    law = (await first.get("/law")).text
    assert "our reading (Office of General Counsel, 1 Oct 2026)" in law
    assert "The other reading, shown beside it" in law
    await first.post("/law/readings/new", typed(a_reading(reading="through-the-day"), provision="1253.g"))
    gone = await first.post("/law/readings/2/withdraw", {"because": "Typed twice.", "_version": "1"})
    assert gone.status_code == 303
    assert "Typed twice." in (await first.get("/law/readings/2")).text
    empty = await first.post("/law/readings/new", {"provision": "1253.g"})
    assert (empty.status_code, "4 things need correcting" in empty.text) == (422, True)


async def test_a_determination_goes_from_a_records_link_to_its_review_and_end(service: Service) -> None:
    """Sec. 1253(g): never retroactive, never the default"""
    browser, second = await service.browser("program-office"), await service.browser("comptroller")
    async with service.api("program-office") as client:
        await client.post("/api/v1/projects", json=proposal(name="Radar"))
    chooser = (await browser.get("/law/determinations/new")).text
    assert 'name="kind"' in chooser
    form = (await browser.get("/law/determinations/new?kind=project&id=1&title=Radar")).text
    assert '<option value="1" selected>1: Radar</option>' in form
    body = {name: value for name, value in a_determination(subject_id=1).items() if name != "subject_title"}
    made = await browser.post("/law/determinations/new", typed(body, marking="CUI", subject_title=""))
    assert (made.status_code, made.headers["location"]) == (303, "/law/determinations/1")
    page = (await browser.get("/law/determinations/1")).text
    for words in ("nobody yet: it carries no act", '<a href="/projects/1">Radar</a>', "Opinion 26-7", "097 0400"):
        assert words in page, words
    assert "continues under other authority (10 U.S.C. 2350a)" in page
    assert "Radar" in (await browser.get("/law")).text
    assert "continues under other authority" not in (await browser.get("/law/determinations")).text
    assert "You are the second person" in (await second.get("/law/determinations/1")).text
    assert (await second.post("/law/determinations/1/review", {"_version": "1"})).status_code == 303
    assert "in force" in (await browser.get("/law/determinations?kind=project")).text
    assert "continues under other authority" in (await browser.get("/law/determinations")).text
    early = await browser.post("/law/determinations/1/end", {"until": "2026-11-19", "because": "Why.", "_version": "2"})
    assert (early.status_code, "20 Nov 2026 or later" in early.text) == (422, True)
    end = {"until": TODAY, "because": "Finished.", "_version": "2"}
    assert (await browser.post("/law/determinations/1/end", end)).status_code == 303


async def test_a_maker_who_may_review_is_told_to_find_a_second_person(service: Service) -> None:
    browser = await service.browser("senior-official")
    assert (await browser.post("/law/determinations/new", typed(a_determination(), marking="CUI"))).status_code == 303
    assert "Another person reviews it" in (await browser.get("/law/determinations/1")).text
    refused = await browser.post("/law/determinations/1/review", {"_version": "1"})
    assert (refused.status_code, "a second person reviews it" in refused.text) == (409, True)


async def test_a_determination_gives_back_what_was_typed_with_every_mistake(service: Service) -> None:
    browser = await service.browser("program-office")
    body = typed(a_determination(effective_from="2026-01-01", review_on="2025-01-01", subject_title=HOSTILE))
    answer = await browser.post("/law/determinations/new", {**body, "marking": "CUI"})
    assert answer.status_code == 422
    assert "2 things need correcting" in answer.text
    assert HOSTILE not in answer.text
    assert "097 0400" in answer.text


async def test_the_register_of_acts_is_a_list_and_a_file(service: Service) -> None:
    browser = await service.browser("program-office")
    await browser.post("/law/designations/new", typed(a_designation(office_held="=1+1")))
    page = (await browser.get("/law/acts?act=designation")).text
    assert 'href="/law/designations/1"' in page
    assert "Sec. 1253(c)(1)" in page
    file = await browser.get("/law/acts/export.csv?act=designation")
    assert file.headers["content-type"].startswith("text/csv")
    assert "'=1+1" in file.text
    assert "No act" in (await browser.get("/law/acts?late=true")).text
    assert "late recordings" in (await browser.get("/law/acts?late=true")).text
    assert (await browser.get("/law/acts?act=talk")).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/law/designations/new",
        "/law/delegations/new",
        "/law/determinations/new",
        "/law/amendments/new",
        "/law/readings/new",
    ],
)
async def test_who_may_only_read_is_offered_no_form(service: Service, path: str) -> None:
    browser = await service.browser("report-writer")
    assert (await browser.get(path)).status_code == 403
    assert path not in (await browser.get(path.rpartition("/")[0].replace("readings", "amendments"))).text
    assert (await browser.post(path, {})).status_code == 403


async def _filled(service: Service, browser: Browser, **more: str) -> None:
    """One of each record, by forms."""
    await give_roles(service, "program-office", "administrator")
    posts = (
        ("/law/designations/new", typed(a_designation(), **({"official": more["text"]} if more else {}))),
        (
            "/law/delegations/new",
            typed(a_delegation(), citation="10 U.S.C. 113(d)", **({"limits": more["text"]} if more else {})),
        ),
        ("/law/amendments/new", {**amendment(), **({"effect": more["text"]} if more else {})}),
        ("/law/readings/new", typed(a_reading(), provision="1253.g", **({"counsel": more["text"]} if more else {}))),
        (
            "/law/determinations/new",
            typed(a_determination(), marking="CUI", **({"conditions_met": more["text"]} if more else {})),
        ),
    )
    for path, form in posts:
        assert (await browser.post(path, form)).status_code == 303, path


PAGES = (
    "/law",
    "/law/designations",
    "/law/designations/1",
    "/law/delegations",
    "/law/delegations/1",
    "/law/amendments",
    "/law/amendments/1",
    "/law/readings/1",
    "/law/determinations",
    "/law/determinations/1",
    "/law/acts",
)


async def test_hostile_text_stands_on_every_page_as_text(service: Service) -> None:
    browser = await service.browser("program-office")
    await _filled(service, browser, text=HOSTILE)
    for path in PAGES:
        page = await browser.get(path)
        assert page.status_code == 200, path
        assert HOSTILE not in page.text, path


async def test_a_page_names_each_id_once_and_refers_to_none_that_is_missing(service: Service) -> None:
    browser = await service.browser("program-office")
    await _filled(service, browser)
    forms = tuple(f"/law/{each}/new" for each in ("designations", "delegations", "amendments", "readings"))
    for path in (*PAGES, *forms, "/law/determinations/new", "/law/determinations/new?kind=project"):
        page = (await browser.get(path)).text
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert sorted(ids) == sorted(set(ids)), path
        referred = set(re.findall(r'\sfor="([^"]+)"', page)) | set(re.findall(r'href="#([^"]+)"', page))
        assert referred <= set(ids), (path, referred - set(ids))


async def test_what_a_reader_may_not_see_is_on_no_page(service: Service) -> None:
    browser = await service.browser("program-office")
    body = typed(a_determination(subject_title="Hidden work"), marking="CUI//FED ONLY")
    assert (await browser.post("/law/determinations/new", body)).status_code == 303
    await make_contractor(service, "program-office")
    assert (await browser.get("/law/determinations/1")).status_code == 404
    for path in ("/law", "/law/determinations", "/law/acts", "/law/acts/export.csv"):
        assert "Hidden work" not in (await browser.get(path)).text


async def test_the_register_of_delegations_is_that_of_a_person_or_an_office(service: Service) -> None:
    """The pages of persons and offices lead to theirs; an official's title stands for the office that it heads."""
    person = service.people["senior-official"]
    async with service.api("program-office") as client:
        made = await client.post("/api/v1/law/delegations", json=a_delegation(to_person_id=person))
        assert made.status_code == 201, made.text
        to_office = made.json()["to_office"]
    async with service.api("administrator") as client:
        said = {"name": "Office", "department": "Other", "since": "2026-01-01"}
        for symbol, name in (("X&Y", f"Office of the {to_office}"), ("Z", f"Office of the Deputy {to_office}")):
            assert (
                await client.post("/api/v1/offices", json=said | {"symbol": symbol, "name": name})
            ).status_code == 201
        offices = {each["symbol"]: each["id"] for each in (await client.get("/api/v1/offices")).json()["items"]}
    browser = await service.browser("program-office")
    row = 'href="/law/delegations/1"'
    for address, found in (
        (f"?person={person}", True), (f"?person={person + 1}", False),
        (f"?office={offices['X&Y']}", True), (f"?office={offices['Z']}", False),
    ):  # fmt: skip
        page = await browser.get(f"/law/delegations{address}")
        assert (page.status_code, row in page.text) == (200, found), address
    assert f'href="/law/delegations?person={person}"' in (await browser.get(f"/people/{person}")).text
    office = (await browser.get(f"/offices/{offices['X&Y']}")).text
    assert f'href="/law/delegations?office={offices["X&Y"]}"' in office
    # A symbol may hold what an address means otherwise.
    assert 'href="/projects?office=X%26Y"' in office
    assert (await browser.get("/law/delegations?person=9999")).status_code == 404
