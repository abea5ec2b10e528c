"""The page of totals, its file, and the ledger's list with every filter."""

from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import html
from sqlalchemy import text

from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Invalid
from tests.conftest import Browser, Service
from tests.features.ledger.makers import entry, make_participant, make_project, obligation, open_account, post, receive
from tests.features.ledger.test_drill import filled

pytestmark = pytest.mark.asyncio(loop_scope="session")
EARLY = date(27, 2, 3)
GROUPS = (
    *("fiscal_year", "quarter", "month", "account", "kind_of_appropriation", "funding_document", "country"),
    *("project", "workstream", "objective", "authority"),
)


def rows(page: str) -> dict[str, list[Any]]:
    """The rows of the table by their heading: the links of each."""
    tree = html.fromstring(page)
    return {row.xpath("string(./th)").strip(): row.xpath(".//a") for row in tree.xpath("//table//tbody/tr")}


async def test_every_figure_of_the_page_leads_to_entries_that_come_to_it(service: Service):
    await filled(service.db)
    browser = await service.browser("auditor")
    for by in GROUPS:
        await _follow(browser, by)


async def _follow(browser: Browser, by: str) -> None:
    answer = await browser.get(f"/ledger/totals?by={by}&effective_on=&known_on=")
    assert answer.status_code == 200
    for words in ("not reconciled with official accounting", "of what you may see", "it certifies no funds"):
        assert words in answer.text
    assert ("not additive" in answer.text) is (by == "objective")
    found = rows(answer.text)
    assert len(found) > 1
    for links in [*list(found.values())[:1], *list(found.values())[-2:]]:
        for link in links:
            query = parse_qs(urlsplit(link.get("href")).query)
            page = await browser.get(link.get("href"))
            assert page.status_code == 200, link.get("href")
            if "stage" in query:
                assert f"They come to <strong>{link.text_content()}</strong>" in page.text, link.get("href")
            else:
                count, noun = link.text_content().split()
                assert f"<strong>{count}</strong> {noun}" in page.text, link.get("href")


async def test_a_day_of_a_mistyped_year_takes_no_page_down(service: Service):
    """None is posted any more; what was stands in the ledger for good, and so do the pages that show it."""
    document = await receive(service.db, await open_account(service.db, "097-X-0360-000"))
    with pytest.raises(Invalid) as wrong:
        await post(service.db, entry("authority received", "5.00", effective_on=EARLY, funding_document_id=document))
    assert [each.where for each in wrong.value.mistakes] == ["effective_on"]
    with pytest.raises(Invalid) as wrong:
        await receive(service.db, await open_account(service.db, "097-X-0400-000"), number="FD-2", received_on=EARLY)
    assert [each.where for each in wrong.value.mistakes] == ["received_on"]
    async with service.db.write(actor=SERVICE, command="test.hand") as session:
        await session.execute(
            text(
                "insert into ledger_entry (kind, amount, funding_document_id, effective_on, fiscal_year, new_start, "
                "incurred, warnings, posted_by, posted_at, audience) values ('authority received', 5, :document, "
                ":early, 27, false, false, '{}', 1, app.now(), 3)"
            ),
            {"document": document, "early": EARLY},
        )
    browser = await service.browser("auditor")
    for path in ("/", "/ledger", *(f"/ledger/totals?by={by}" for by in ("fiscal_year", "quarter", "month"))):
        assert (await browser.get(path)).status_code == 200, path
    async with service.api("auditor") as api:
        for by, key in (("quarter", "0027Q2"), ("month", "0027-02")):
            assert (await api.get(f"/api/v1/ledger/totals?by={by}")).json()["rows"][0]["key"] == key


async def test_the_totals_are_as_effective_and_as_known_on_a_day(service: Service):
    """A day of what was known ends with it in Washington."""
    document = await receive(service.db)
    await post(service.db, obligation(document, "200.00"))
    browser = await service.browser("auditor")
    for asked, authority, obligated in (
        ("effective_on=2025-12-19", "$1,000.00", "$0.00"),
        ("effective_on=2025-12-20", "$1,000.00", "$200.00"),
        ("known_on=2999-01-01", "$1,000.00", "$200.00"),
    ):
        page = html.fromstring((await browser.get(f"/ledger/totals?{asked}")).text)
        cells = page.xpath("//tbody/tr[last()]/td")
        assert [cells[0].text_content().strip(), cells[2].text_content().strip()] == [authority, obligated], asked
    assert "No entry" not in (await browser.get("/ledger/totals")).text
    early = (await browser.get("/ledger/totals?known_on=2025-01-01")).text
    assert "Nothing matches" in early
    assert "As known on 1 Jan 2025" in early


async def test_a_wrong_question_names_every_mistake(service: Service):
    browser = await service.browser("auditor")
    wrong = await browser.get("/ledger/totals?by=nothing&effective_on=yesterday&known_on=x&project=y")
    assert wrong.status_code == 422
    for name in ("effective_on", "known_on", "project"):
        assert name in wrong.text
    wrong = await browser.get("/ledger/totals?by=nothing&stage=obligated&kind=closing")
    assert wrong.status_code == 422
    for name in ("by", "stage", "kind"):
        assert f"{name}" in wrong.text
    assert (await browser.get("/ledger?stage=spent")).status_code == 422
    assert (await browser.get("/ledger?month=2027-13")).status_code == 422


async def test_the_file_holds_every_row_and_figure(service: Service):
    await filled(service.db)
    browser = await service.browser("auditor")
    lines = (await browser.get("/ledger/totals/export.csv?by=project")).text.splitlines()
    assert lines[0].startswith("Key,Group,Also called,Entries,Authority,Ordered,Committed,Obligated,")
    assert len(lines) == 4
    # Each row says what its figures are, whatever columns are asked for, and where they may not be added, the total.
    lines = (
        await browser.get("/ledger/totals/export.csv?by=objective&column=Group&column=Obligated")
    ).text.splitlines()
    assert lines[0] == "Group,Obligated,What the figures are,Exercise data"
    assert all("Not additive" in line and "not reconciled" in line for line in lines[1:])
    assert all("as of 20" in line and "what you may see" in line for line in lines[1:])
    assert lines[-1].startswith('"Total, each amount once",')
    assert (await browser.get("/ledger/totals/export.xlsx?by=objective&fiscal_year=2026")).status_code == 200
    assert (await browser.get("/ledger/totals/export.csv?by=x")).status_code == 422
    # The file of a figure's entries.
    lines = (await browser.get("/ledger/export.csv?stage=committed&column=Signed")).text.splitlines()
    amounts = [line.partition(",")[0] for line in lines[1:]]
    assert sum(map(float, amounts)) == 150.0
    assert "-200.00" in amounts


async def test_the_json_doors_take_every_filter(service: Service):
    document, project = await receive(service.db), await make_project(service.db)
    country = await make_participant(service.db)
    number = await post(service.db, obligation(document, "200.00", project_id=project, participant_id=country))
    async with service.api("auditor") as api:
        given = {
            "month": "2025-12",
            "objective": "1253.b.1",
            "effective_on": "2025-12-31",
            "known_at": "2999-01-01T00:00:00Z",
            "project": project,
            "country": "AUS",
        }
        found = (await api.get("/api/v1/ledger/totals", params=given | {"by": "month"})).json()
        assert [(row["key"], row["figures"]["obligated"]) for row in found["rows"]] == [("2025-12", "200.00")]
        more = {"stage": "obligated", "document": "HQ0034", "appropriation": "RDT&E"}
        listed = (await api.get("/api/v1/ledger/entries", params=given | more)).json()
        assert [each["id"] for each in listed["items"]] == [number]
        assert listed["total"] == 1
        listed = (await api.get("/api/v1/ledger/entries", params={"without": "project"})).json()
        assert [each["kind"] for each in listed["items"]] == ["authority received"]
        assert (await api.get("/api/v1/ledger/entries", params={"workstream": 1})).json()["items"] == []
        for wrong in ({"stage": "spent"}, {"without": "kind"}, {"known_at": "2027-01-01T00:00:00"}, {"month": "x"}):
            assert (await api.get("/api/v1/ledger/entries", params=wrong)).status_code in (400, 422), wrong
        assert (await api.get("/api/v1/ledger/totals", params={"objective": "x"})).status_code == 422
        shown = (await api.get(f"/api/v1/ledger/entries/{number}")).json()
        assert [(leg["side"], leg["control"], leg["amount"]) for leg in shown["legs"]] == [
            ("debit", 4610, "200.00"),
            ("credit", 4801, "200.00"),
        ]
        assert shown["moves"] == {"obligated": "200.00"}
        assert [each["by"] for each in shown["counted_in"]] == [
            *("fiscal_year", "quarter", "month", "account", "kind_of_appropriation", "funding_document", "project"),
            *("country", "authority", "objective"),
        ]
        assert [each["key"] for each in shown["counted_in"] if each["by"] == "kind_of_appropriation"] == ["RDT&E"]
