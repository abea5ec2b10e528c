"""The first page, its file, and the pages that say how to read the record."""

import csv
import io
import re

import pytest

from pipir.features.people.tables import SERVICE
from pipir.features.projects import commands as projects
from pipir.kernel.access import ROLES, Role
from tests.conftest import Service
from tests.features.home.situations import program


@pytest.mark.parametrize("role", ROLES)
async def test_every_role_sees_the_first_page(service: Service, role: Role) -> None:
    """Permission home.read."""
    browser = await service.browser(role)
    page = await browser.get("/")
    assert page.status_code == 200
    assert "Program dashboard" in page.text


async def test_an_empty_record_says_not_public_and_never_zero(service: Service) -> None:
    """What is not known is said to be not known."""
    browser = await service.browser("program-office")
    page = (await browser.get("/")).text
    assert page.count("Not public") >= 5
    assert "$0" not in page
    assert "EXERCISE DATA" not in page
    assert "no evidence recorded here" in page


async def test_the_clock_speaks_of_the_section_alone(service: Service) -> None:
    """Sec. 1253(g): nobody reads it as the allies' work becoming unlawful at midnight."""
    browser = await service.browser("auditor")
    page = (await browser.get("/")).text
    assert "left of the section&#39;s own authority" in page
    assert "What rests on other law goes on by its own terms." in page


async def test_generated_amounts_stand_with_the_exercise_mark(service: Service) -> None:
    """Exercise amounts never stand near real countries without the mark; every total says what it is."""
    await program(service.db)
    browser = await service.browser("program-office")
    page = (await browser.get("/")).text
    assert page.count("EXERCISE DATA") >= 6
    assert "not reconciled with official accounting" in page
    assert "of what you may see" in page
    assert "Obligations by quarter" in page
    assert page.count('class="chart"') >= 2
    assert 'href="/participants/' in page
    assert "behind plan" in page
    assert "200 ledger entry rows posted" in page


async def test_the_ids_of_the_page_are_its_own(service: Service) -> None:
    """WCAG: an id stands once."""
    await program(service.db)
    browser = await service.browser("program-office")
    ids = re.findall(r'\sid="([^"]+)"', (await browser.get("/")).text)
    assert len(ids) == len(set(ids))


async def test_hostile_names_are_shown_as_text(service: Service) -> None:
    """No script runs."""
    await program(service.db)
    async with service.db.write(actor=SERVICE, command="project.propose") as session:
        body = projects.ProposeProject(
            name="<script>alert(1)</script>",
            kind="co-production",
            objectives=["1253.b.2"],
            classified_by="x",
            source="x",
        )
        await projects.propose_project(session, body)
    browser = await service.browser("program-office")
    assert "<script>alert" not in (await browser.get("/")).text


async def test_the_figures_are_a_file_with_source_and_mark(service: Service) -> None:
    """Every figure with its day and where it comes from."""
    browser = await service.browser("auditor")
    empty = await browser.get("/export.csv")
    assert empty.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(empty.text)))
    assert {row["Value"] for row in rows if row["Section"] == "money"} == {"not public"}
    await program(service.db)
    rows = list(csv.DictReader(io.StringIO((await browser.get("/export.csv")).text)))
    money = {row["Figure"]: row for row in rows if row["Section"] == "money"}
    assert money["authority"]["Value"] == "3200000000.00"
    assert all(row["Exercise data"] == "EXERCISE DATA" and "not reconciled" in row["Source"] for row in money.values())
    assert {row["Section"] for row in rows} >= {"clock", "projects by status", "participants by standing", "duties"}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/about", ("our reading", "pattern, not law of the Partnership", "It certifies no funds", "EXERCISE DATA")),
        ("/accessibility", ("29 U.S.C. 794d", "regulation", "tagged PDF")),
    ],
)
async def test_how_to_read_the_record_is_open_to_all(service: Service, path: str, words: tuple[str, ...]) -> None:
    """Public pages, before anyone is signed in."""
    async with service.anonymous() as client:
        page = await client.get(path)
    assert page.status_code == 200
    for each in words:
        assert each in page.text


@pytest.mark.parametrize("path", ["/", "/export.csv"])
async def test_a_stranger_is_sent_to_sign_in(service: Service, path: str) -> None:
    """Default deny."""
    async with service.anonymous() as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in")
