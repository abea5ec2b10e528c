"""This year's report against the report before: page, JSON, Word file; only what the reader may see."""

import io
from datetime import date

import docx
from docx.oxml.ns import qn

from pipir.features.people.tables import SERVICE
from pipir.features.report import commands as report
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.ledger.makers import make_project, obligation, post, receive, reverse
from tests.features.participants.situations import contractor_api, contractor_browser
from tests.features.report.record import complete, draft, edition, sign
from tests.features.workspace.test_sections import opened, write

HERE = "/reports/2028/compare"


async def two_reports(db: Database) -> None:
    """A signed report of 2027 and a draft of 2028, with money between them."""
    document = await receive(db)
    wrong = await post(db, obligation(document, "20.02", document_number="A", effective_on=date(2026, 1, 5)))
    await opened(db)
    await write(db, "Single sources <b>were</b> named.")
    signed = await complete(db)
    await sign(db, signed)
    await edition(db, signed)
    await reverse(db, wrong, date(2026, 1, 7))
    await post(db, obligation(document, "5.05", document_number="C", effective_on=date(2026, 10, 5)))
    await make_project(db)
    await opened(db, 2028)
    await write(db, "Second sources <b>were</b> named.", year=2028)
    await draft(db, 2028)


async def test_the_page_tells_of_the_money_the_figures_the_tables_and_the_texts(service: Service) -> None:
    """Compare: this year against last"""
    await two_reports(service.db)
    browser = await service.browser("auditor")
    page = (await browser.get(HERE)).text
    assert "Report of 2028 against 2027" in page
    assert "adds up" in page
    assert "Frozen with the build." in page
    assert "$5.05" in page
    assert "-$20.02" in page
    assert "(taken out: </span>Single" in page
    assert "&lt;b&gt;were&lt;/b&gt;" in page
    assert "<b>were" not in page
    assert f'href="{HERE}/redline.docx"' in page
    assert f'href="{HERE}"' in (await browser.get("/reports/2028")).text


async def test_the_json_adds_up_and_names_each_difference(service: Service) -> None:
    """As JSON"""
    await two_reports(service.db)
    async with service.api("auditor") as api:
        found = (await api.get(f"/api/v1{HERE}")).json()
        assert (await api.get("/api/v1/reports/2027/compare")).status_code == 404
        assert (await api.get("/api/v1/reports/2026/compare")).status_code == 422
        report = (await api.get("/api/v1/reports/2027")).json()
    assert found["frozen"]
    [signed] = [each for each in report["builds"] if each["stage"] == "signed"]
    assert {name: found["last"][name] for name in ("build_id", "stage", "snapshot_sha256")} == {
        "build_id": signed["id"],
        "stage": "signed",
        "snapshot_sha256": signed["snapshot_sha256"],
    }
    lines = {each["figure"]: each for each in found["bridge"]}
    whole = lines["money.obligated"]
    assert [whole[name] for name in ("last", "new", "corrected", "reclassified", "this", "unexplained")] == [
        "20.02",
        "5.05",
        "-20.02",
        "0.00",
        "5.05",
        "0.00",
    ]
    figures = {each["id"]: each for each in found["comparison"]["figures"]}
    assert (figures["projects"]["last"], figures["projects"]["this"], figures["projects"]["difference"]) == (
        "0",
        "1",
        "1",
    )


async def test_the_word_file_tracks_what_changed_under_our_name_and_the_day_of_the_freeze(service: Service) -> None:
    """Word redline"""
    await two_reports(service.db)
    browser = await service.browser("auditor")
    answer = await browser.get(f"{HERE}/redline.docx")
    assert answer.status_code == 200
    assert "redline-2028-build-" in answer.headers["content-disposition"]
    body = docx.Document(io.BytesIO(answer.content)).element.body
    put_in = [each.text for mark in body.iter(qn("w:ins")) for each in mark.iter(qn("w:t"))]
    taken_out = [each.text for each in body.iter(qn("w:delText"))]
    assert "Second " in put_in
    assert "Single " in taken_out
    assert {each.get(qn("w:author")) for each in body.iter(qn("w:ins"), qn("w:del"))} == {"pipir"}


async def test_without_a_report_before_the_page_says_so(service: Service) -> None:
    """The first report; a report without a build"""
    browser = await service.browser("auditor")
    assert "This is the first report." in (await browser.get("/reports/2027/compare")).text
    assert "No build of this report" in (await browser.get(HERE)).text
    await opened(service.db, 2028)
    await draft(service.db, 2028)
    assert "No build of an earlier report" in (await browser.get(HERE)).text
    assert (await browser.get(f"{HERE}/redline.docx")).status_code == 404
    assert (await browser.get("/reports/2026/compare")).status_code == 404


async def test_a_report_that_is_not_signed_is_compared_as_it_was_built_and_says_so(service: Service) -> None:
    """Convention."""
    await draft(service.db)
    async with service.db.write(actor=SERVICE, command="report.open") as session:
        await report.open_report(session, report.OpenReport(2028))
    await draft(service.db, 2028)
    page = (await (await service.browser("report-writer")).get(HERE)).text
    assert "The report of 2027 is not signed." in page
    assert "No amount stands in both reports" in page


async def test_a_signed_report_without_its_edition_is_compared_as_it_was_frozen_and_says_so(service: Service) -> None:
    """Convention."""
    build = await complete(service.db)
    await sign(service.db, build)
    await opened(service.db, 2028)
    await draft(service.db, 2028)
    browser = await service.browser("report-writer")
    assert "The signed edition of the report of 2027 is not made yet." in (await browser.get(HERE)).text
    await edition(service.db, build)
    assert "is not made yet" not in (await browser.get(HERE)).text


async def test_who_may_not_see_a_build_is_compared_nothing(service: Service) -> None:
    """trust.md: releasability"""
    db = service.db
    await make_project(db, "Hidden by name", "CUI//FED ONLY")
    await sign(db, await complete(db))
    await opened(db, 2028)
    await draft(db, 2028)
    assert "Report of 2028 against 2027" in (await (await service.browser("auditor")).get(HERE)).text
    browser = await contractor_browser(service)
    page = await browser.get(HERE)
    assert "No build of this report" in page.text
    assert "Hidden" not in page.text
    assert (await browser.get(f"{HERE}/redline.docx")).status_code == 404
    client = await contractor_api(service)
    assert (await client.get(f"/api/v1{HERE}")).status_code == 404
    assert "Hidden" not in (await client.get("/api/v1/reports/2028/figures")).text
