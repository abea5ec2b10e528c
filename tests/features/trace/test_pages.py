"""The HTML door of the trace, and the sheet for counsel."""

import pytest
from sqlalchemy import text

from pipir.document.model import Bullets
from pipir.document.pdf_checks import findings, printed
from pipir.features.people.tables import SERVICE
from pipir.features.trace import queries
from pipir.kernel.access import ROLES
from pipir.kernel.marking import Reader
from pipir.load import PUBLIC_RECORD, load_bundle
from pipir.statute.load import the_statute
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.home.situations import program

US = Reader(kind="us-government")


@pytest.mark.parametrize("role", ROLES)
async def test_every_role_reads_the_trace(service: Service, role: object) -> None:
    """duties.read"""
    browser = await service.browser(role)  # type: ignore[arg-type]
    for path in (
        "/trace",
        "/trace?instrument=ipef",
        "/trace?status=by+law&kind=limit",
        "/trace/1253.c.2",
        "/trace/compare",
    ):
        assert (await browser.get(path)).status_code == 200, path


async def test_each_traced_paragraph_has_a_page_of_its_own(service: Service) -> None:
    """The section, the bill, the pattern."""
    browser = await service.browser("auditor")
    for slug, row in the_statute().traces.items():
        page = await browser.get(f"/trace/{slug}")
        assert page.status_code == 200, slug
        assert row.says.replace("'", "&#39;") in page.text
        of = the_statute().instrument(slug)
        assert ("Not law of the Partnership." in page.text) == (of.status != "law")


async def test_the_list_says_state_keeper_and_evidence(service: Service, db: Database) -> None:
    """Words, not colour alone."""
    await load_bundle(db, PUBLIC_RECORD)
    browser = await service.browser("auditor")
    page = (await browser.get("/trace")).text
    assert "<strong>33</strong> paragraphs" in page
    for words in ("kept", "due", "not yet", "no evidence recorded here", "structure only", "by law"):
        assert words in page
    assert "EXERCISE DATA" not in page
    none = (await browser.get("/trace?kind=notice&status=kept")).text
    assert "Nothing matches" in none


async def test_the_bill_is_said_to_be_no_law(service: Service) -> None:
    """S. 2453 was not enacted as such."""
    page = (await (await service.browser("auditor")).get("/trace/compare")).text
    assert "The bill is not law." in page
    assert "S. 2453, 119th Cong. (fifth authority; paragraph not known here)" in page
    assert "bill, not law; to be confirmed by counsel" in page
    assert page.count("not known here</span>") >= 62


async def test_every_record_leads_to_the_paragraphs_that_it_serves(service: Service, db: Database) -> None:
    """One include on each detail page of the program's record."""
    await program(db)
    browser = await service.browser("comptroller")
    async with db.read() as session:
        ids = {
            table: await session.scalar(text(f"select min(id) from {table}"))
            for table in ("project", "working_group", "participant", "ledger_entry", "funding_document")
        }
    for page, link in (
        (f"/projects/{ids['project']}", f"project/{ids['project']}"),
        (f"/groups/{ids['working_group']}", f"group/{ids['working_group']}"),
        (f"/participants/{ids['participant']}", f"participant/{ids['participant']}"),
        (f"/ledger/entries/{ids['ledger_entry']}", f"ledger-entry/{ids['ledger_entry']}"),
        (f"/ledger/funding/{ids['funding_document']}", f"funding-document/{ids['funding_document']}"),
        ("/duties/briefing-2026", "duty/briefing-2026"),
        ("/reports/2027", "report/2027"),
    ):
        assert f'href="/trace/records/{link}"' in (await browser.get(page)).text, page
        served = await browser.get(f"/trace/records/{link}")
        assert served.status_code == 200
        assert f'href="{page}"' in served.text


async def test_hostile_text_stands_as_text(service: Service, db: Database) -> None:
    """Everything is escaped."""
    await program(db)
    async with db.write(actor=SERVICE, command="test.name") as session:
        number = await session.scalar(
            text(
                "update project set name = '<script>alert(1)</script>', version = version + 1 "
                "where id = (select min(id) from project) returning id"
            )
        )
    page = (await (await service.browser("auditor")).get(f"/trace/records/project/{number}")).text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("path", ["/trace/1253.h", "/trace/records/person/1", "/trace/records/project/77"])
async def test_what_is_not_there_is_not_found(service: Service, path: str) -> None:
    """404"""
    assert (await (await service.browser("auditor")).get(path)).status_code == 404


async def test_a_filter_that_cannot_be_is_refused(service: Service) -> None:
    """422"""
    page = await (await service.browser("auditor")).get("/trace?status=late")
    assert page.status_code == 422
    assert "Expected one of: kept, due" in page.text


async def test_the_sheet_for_counsel_passes_the_same_gate_as_the_report(service: Service, db: Database) -> None:
    """29 U.S.C. 794d; one row for each paragraph, the marking on every page, EXERCISE where rows are."""
    await program(db)
    answer = await (await service.browser("auditor")).get("/trace/sheet.pdf")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert 'filename="statute-trace.pdf"' in answer.headers["content-disposition"]
    async with db.snapshot() as session:
        document = await queries.sheet_of(session, US)
    assert findings(answer.content) == []
    assert document.ribbons == ("EXERCISE DATA",)
    table = next(block for block in document.blocks if getattr(block, "id", "") == "trace")
    assert [row.key for row in table.rows] == [  # type: ignore[union-attr]
        slug for slug, of in the_statute().instrument_of.items() if of == "1253"
    ]
    # Lines break where the columns end.
    said = "".join("".join(printed(answer.content)).split())
    for words in ("EXERCISE DATA", "CUI", "Sec. 1253(f)(1)(B)(vi)", "Text release: 18 Dec 2025", "Open questions"):
        assert words.replace(" ", "") in said, words


async def test_the_sheet_of_an_empty_record_is_not_marked_as_exercise(db: Database) -> None:
    """Never the mark where no row was invented; what is not known stands among the questions."""
    async with db.snapshot() as session:
        document = await queries.sheet_of(session, US)
    assert document.ribbons == ()
    questions = str(next(block for block in document.blocks if isinstance(block, Bullets)))
    assert "Whether a senior official has been designated" in questions
    assert "counsel not yet named" in questions
    assert "Sec. 1253(e)(2)" in questions
