"""The HTML door of reports."""

import pytest
from sqlalchemy import text

from pipir.features.people.tables import SERVICE
from pipir.features.report import commands, queries
from pipir.kernel.marking import audience_of, parse_marking
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.home.situations import program
from tests.features.report.record import change, complete, draft, enter, sign


def version_in(page: str, action: str) -> str:
    """The version that the form with this action carries."""
    form = page.partition(f'action="{action}"')[2].partition("</form>")[0]
    return form.partition('name="_version" value="')[2].partition('"')[0]


async def test_the_five_years_stand_with_due_dates_and_states(service: Service) -> None:
    """Sec. 1253(f)(1)(A)"""
    browser = await service.browser("auditor")
    page = await browser.get("/reports")
    assert page.status_code == 200
    for year in range(2027, 2032):
        assert f'href="/reports/{year}"' in page.text
    assert "no working day; advised 28 Feb 2031" in page.text
    assert page.text.count("not opened") == 5


@pytest.mark.parametrize(
    "path", ["/reports/2026", "/reports/2032", "/reports/2027/sections/vii", "/reports/2027/builds/1/x.pdf"]
)
async def test_what_does_not_exist_is_not_found(service: Service, path: str) -> None:
    """404"""
    browser = await service.browser("report-writer")
    assert (await browser.get(path)).status_code == 404


async def test_a_year_that_was_not_opened_says_so_and_shows_what_is_missing(service: Service) -> None:
    """reports.md: no information is not none"""
    browser = await service.browser("auditor")
    page = (await browser.get("/reports/2027")).text
    assert "not opened yet" in page
    assert "The designated senior official" in page
    assert "Build the draft" not in page
    section = (await browser.get("/reports/2027/sections/i")).text
    assert "No report of 2027 was opened." in section
    assert (await (await service.browser("report-writer")).get("/reports/2027/cost")).status_code == 404


async def test_a_writer_opens_writes_decides_and_states_the_cost(service: Service) -> None:
    """Sec. 1253(f)(1)(B)"""
    browser = await service.browser("report-writer")
    assert (await browser.post("/reports/2027/open", {"_key": "k"})).headers["location"] == "/reports/2027"
    page = (await browser.get("/reports/2027/sections/ii")).text
    action = "/reports/2027/sections/ii"
    wrote = await browser.post(
        action, {"narrative": "A <script>alert()</script> text.", "_version": version_in(page, action)}
    )
    assert wrote.headers["location"] == "/reports/2027#element-ii"
    page = (await browser.get("/reports/2027/sections/ii")).text
    assert "&lt;script&gt;alert()" in page
    assert "<script>alert()" not in page
    action = "/reports/2027/sections/ii/nothing"
    assert (await browser.post(action, {"because": "", "_version": version_in(page, action)})).status_code == 422
    decided = await browser.post(action, {"because": "The office looked.", "_version": version_in(page, action)})
    assert decided.status_code == 303
    assert "nothing to report" in (await browser.get("/reports/2027")).text
    form = (await browser.get("/reports/2027/cost")).text
    bad = await browser.post(
        "/reports/2027/cost", {"labor": "much", "_version": version_in(form, "/reports/2027/cost")}
    )
    assert bad.status_code == 422
    assert 'value="much"' in bad.text
    good = {"labor": "$38,000", "expenses": "3,000.50", "stated_on": "2027-01-10", "reference": "0-X"}
    assert (
        await browser.post("/reports/2027/cost", {**good, "_version": version_in(form, "/reports/2027/cost")})
    ).status_code == 303
    page = (await browser.get("/reports/2027")).text
    assert "$38,000.00" in page
    assert "$3,000.50" in page


async def test_a_stale_text_comes_back_with_what_was_typed(service: Service) -> None:
    """412"""
    browser = await service.browser("report-writer")
    await browser.post("/reports/2027/open")
    await browser.post("/reports/2027/sections/i", {"narrative": "first", "_version": "1"})
    again = await browser.post("/reports/2027/sections/i", {"narrative": "my own words", "_version": "1"})
    assert again.status_code == 412
    assert "my own words" in again.text


async def test_a_letter_that_cannot_be_printed_is_named_beside_the_field(service: Service) -> None:
    """report.md: coverage at entry"""
    browser = await service.browser("report-writer")
    await browser.post("/reports/2027/open")
    refused = await browser.post("/reports/2027/sections/i", {"narrative": "a \u202e b", "_version": "1"})
    assert refused.status_code == 422
    assert "U+202E" in refused.text


async def test_the_button_asks_for_a_job_and_twice_the_same_key_asks_once(service: Service) -> None:
    """The button."""
    browser = await service.browser("report-writer")
    first = await browser.post("/reports/2027/build", {"_key": "one"})
    again = await browser.post("/reports/2027/build", {"_key": "one"})
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    assert first.headers["location"].startswith("/jobs/")
    assert (await browser.get(first.headers["location"])).status_code == 200
    assert (await browser.post("/reports/2026/build")).status_code == 422


async def test_a_build_is_shown_with_its_hash_and_its_files_go_out_as_attachments(service: Service) -> None:
    """trust.md"""
    build = await draft(service.db)
    browser = await service.browser("auditor")
    page = (await browser.get("/reports/2027")).text
    assert f'id="build-{build}"' in page
    assert f"/reports/2027/builds/{build}/report.json" in page
    file = await browser.get(f"/reports/2027/builds/{build}/report.json")
    assert file.headers["Content-Disposition"].startswith("attachment;")
    assert file.headers["Content-Security-Policy"].startswith("sandbox;")


async def test_the_latest_builds_are_listed_and_the_older_ones_on_the_next_page(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is bounded."""
    monkeypatch.setattr(queries, "MOST_BUILDS", 2)
    made = [await draft(service.db) for _ in range(3)]
    browser = await service.browser("program-office")
    page = (await browser.get("/reports/2027")).text
    assert [f'id="build-{each}"' in page for each in made] == [False, True, True]
    assert f'href="/reports/2027?before={made[1]}#builds"' in page
    assert page.count("Freeze the report as this build") == 1
    older = (await browser.get(f"/reports/2027?before={made[1]}")).text
    assert [f'id="build-{each}"' in older for each in made] == [True, False, False]
    assert "Older builds" not in older
    assert "Freeze the report as this build" not in older


async def test_a_report_is_frozen_returned_frozen_again_and_signed(service: Service) -> None:
    """reports.md: life of a report"""
    build = await complete(service.db)
    browser = await service.browser("program-office")
    page = (await browser.get("/reports/2027")).text
    action = "/reports/2027/freeze"
    frozen = await browser.post(action, {"build_id": str(build), "_version": version_in(page, action)})
    assert frozen.status_code == 303
    page = (await browser.get("/reports/2027")).text
    assert "Build the draft" not in page
    assert "Record the signature" in page
    begun = await browser.post(
        "/reports/2027/coordination", {"_version": version_in(page, "/reports/2027/coordination")}
    )
    assert begun.status_code == 303
    page = (await browser.get("/reports/2027")).text
    action = "/reports/2027/draft"
    blank = await browser.post(action, {"because": "", "_version": version_in(page, action)})
    assert blank.status_code == 422
    assert (await browser.post(action, {"because": "A gap.", "_version": version_in(page, action)})).status_code == 303
    page = (await browser.get("/reports/2027")).text
    assert "A gap." in page
    await browser.post(
        "/reports/2027/freeze", {"build_id": str(build), "_version": version_in(page, "/reports/2027/freeze")}
    )
    form = (await browser.get("/reports/2027/sign")).text
    action = "/reports/2027/sign"
    typed = {
        "build_id": str(build),
        "signatory": "official with a recorded delegation",
        "name": "Person Two",
        "_version": version_in(form, action),
    }
    async with service.db.read() as session:
        typed["signed_on"] = session.today.isoformat()
    refused = await browser.post(action, dict(typed))
    assert refused.status_code == 409
    assert "10 U.S.C. 113(d)" in refused.text
    assert 'value="Person Two"' in refused.text
    signed = await browser.post(action, {**typed, "delegation": "Memorandum of 1 May 2026"})
    assert signed.headers["location"].startswith("/jobs/")
    page = (await browser.get("/reports/2027")).text
    assert "Person Two, official with a recorded delegation" in page
    assert "Build the signed edition" in page


async def test_a_signed_report_is_corrected_by_a_new_version(service: Service) -> None:
    """Convention: corrections"""
    await sign(service.db, await complete(service.db))
    browser = await service.browser("program-office")
    page = (await browser.get("/reports/2027")).text
    assert 'href="/congress/promises/new?report=2027"' in page
    assert "It is not decided who signs" not in page
    action = "/reports/2027/supersede"
    assert (await browser.post(action, {"because": "", "_version": version_in(page, action)})).status_code == 422
    assert (
        await browser.post(action, {"because": "A total was wrong.", "_version": version_in(page, action)})
    ).status_code == 303
    page = (await browser.get("/reports/2027")).text
    assert "Version 2 supersedes version 1." in page


async def test_a_closed_report_shows_its_texts_without_a_form(service: Service) -> None:
    """reports.md: frozen"""
    build = await draft(service.db)
    await change(service.db, commands.freeze_report, commands.FreezeReport(build))
    browser = await service.browser("report-writer")
    page = (await browser.get("/reports/2027/sections/i")).text
    assert "The report is frozen." in page
    assert 'name="narrative"' not in page
    assert 'name="due_on"' not in page
    assert (await browser.post("/reports/2027/sections/i", {"narrative": "x", "_version": "1"})).status_code == 409


@pytest.mark.parametrize(
    "path",
    [
        "build",
        "open",
        "freeze",
        "coordination",
        "draft",
        "sign",
        "supersede",
        "cost",
        "sections/i",
        "sections/i/nothing",
    ],
)
async def test_who_only_reads_changes_nothing(service: Service, path: str) -> None:
    """Default deny"""
    browser = await service.browser("auditor")
    assert (await browser.post(f"/reports/2027/{path}")).status_code == 403


async def test_what_a_build_counts_is_hidden_from_who_may_not_see_it(service: Service) -> None:
    """DoDI 5200.48"""
    await enter(service.db, marking=parse_marking("CUI//FED ONLY"))
    build = await draft(service.db)
    browser = await service.browser("auditor")
    assert f'id="build-{build}"' in (await browser.get("/reports/2027")).text
    async with service.db.write(actor=1, command="test.reader") as session:
        await session.execute(
            text("update person set reader_kind = 'contractor', version = version + 1 where id = :id"),
            {"id": service.people["auditor"]},
        )
    assert f'id="build-{build}"' not in (await browser.get("/reports/2027")).text
    assert (await browser.get(f"/reports/2027/builds/{build}/report.json")).status_code == 404


async def test_what_is_lacking_tells_nothing_of_money_that_is_hidden_by_now(service: Service, db: Database) -> None:
    """Entered when everyone might see its papers: what hides those later hides that there is money."""
    await program(db)
    hidden = parse_marking("CUI//FED ONLY")
    async with db.write(actor=SERVICE, command="test.hide") as session:
        await session.execute(
            text("update person set reader_kind = 'contractor', version = version + 1 where id = :id"),
            {"id": service.people["auditor"]},
        )
    auditor = await service.browser("auditor")
    assert "Reconciliation with official accounting" in (await auditor.get("/reports/2027")).text
    async with db.write(actor=SERVICE, command="test.hide") as session:
        await session.execute(
            text("update funding_document set marking = :marking, audience = :mask, version = version + 1"),
            {"marking": hidden.banner, "mask": audience_of(hidden)},
        )
    page = (await auditor.get("/reports/2027")).text
    assert "Reconciliation with official accounting" not in page
    assert "The ledger holds nothing up to the day of the money" in page
