"""The workspace of a report in a browser: what is typed is kept, figures go to the cursor, axe finds nothing."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect
from sqlalchemy import select

from pipir.exercise.people import enter_people
from pipir.features.people.tables import Person
from pipir.features.workspace import commands
from pipir.store.doors import Database
from tests.browser.walk import served, sign_in
from tests.features.workspace.test_compare import two_reports
from tests.features.workspace.test_sections import section, write
from tests.web import gallery

pytestmark = pytest.mark.browser
HERE = "/reports/2028/sections/i"
_WIDE = """() => [...document.querySelectorAll("body *")].filter((e) =>
    e.getBoundingClientRect().right > window.innerWidth + 1 &&
    !e.closest(".table-scroll, svg, .usa-sr-only, .grid thead, [hidden]")
).map((e) => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, or one clear line."""
    if not gallery.CHROMIUM and not os.environ.get("PIPIR_REQUIRE_BROWSER"):
        pytest.skip("There is no Chromium here: the browser tests are skipped.")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=gallery.CHROMIUM, args=gallery.CHROMIUM_FLAGS)
        yield launched
        await launched.close()


async def sound(page: Page, name: str, folder: Path | None) -> list[str]:
    """What axe, the window's width and the eye (a picture, on request) find on the page."""
    wrong = []
    for width in (1440, 390):
        await page.set_viewport_size({"width": width, "height": 900})
        found = await Axe().run(page, options={"resultTypes": ["violations"]})
        for violation in found.response["violations"]:
            nodes = "; ".join(node["html"][:140] for node in violation["nodes"][:3])
            wrong.append(f"{name} at {width}: {violation['id']}: {nodes}")
        if folder is not None:
            await page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
    await page.set_viewport_size({"width": 320, "height": 900})
    wrong += [f"{name} at 320 runs over: {each}" for each in (await page.evaluate(_WIDE))[:3]]
    await page.set_viewport_size({"width": 1440, "height": 900})
    return wrong


async def test_what_one_types_is_kept_and_two_writers_lose_nothing(
    db: Database, browser: Browser, request: pytest.FixtureRequest
) -> None:
    """Autosave without lost updates; WCAG 2.1 AA at 1440 and 390 px, nothing sideways at 320."""
    folder = Path(request.config.getoption("--pictures")) if request.config.getoption("--pictures") else None
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    await enter_people(db)
    await two_reports(db)
    there = await section(db, "i", 2028)
    async with db.read() as session:
        sidney = await session.scalar(select(Person.id).where(Person.name == "Sidney Exercise"))
    async with db.write(actor=sidney or 0, command="section.comment") as session:
        await commands.comment(session, there.id or 0, commands.Comment("Name the site.", "sources"))
    wrong: list[str] = []
    async with served(db) as address:
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        page = await sign_in(context, address, "Morgan Exercise")
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        for path, name in (("/reports/2028/workspace", "workspace"), ("/reports/2028/compare", "compare")):
            await page.goto(address + path)
            if name == "compare":
                for fold in await page.locator("details.compare-table > summary").all():
                    await fold.click()
            wrong += await sound(page, name, folder)
        await page.goto(address + HERE)
        field = page.get_by_label("Text of the section")
        await field.focus()
        await page.keyboard.press("Control+End")
        await field.press_sequentially(" We know of ")
        await expect(page.get_by_text("Kept as your draft")).to_be_visible()
        await page.get_by_label("A figure of the report").select_option("projects")
        await page.get_by_role("button", name="Put the figure in").press("Enter")
        await expect(field).to_have_value("Second sources <b>were</b> named. We know of {projects}")
        await field.press_sequentially(".")
        await expect(page.locator("#draft-state input")).to_have_value("2")
        wrong += await sound(page, "section", folder)
        await page.reload()
        await expect(field).to_have_value("Second sources <b>were</b> named. We know of {projects}.")
        await write(db, "Somebody else's text.\n\nSecond sources <b>were</b> named.", year=2028)
        await page.get_by_role("button", name="Save the text").click()
        await expect(page.get_by_role("heading", name="Two texts")).to_be_visible()
        # The service answers that it is stale, and the browser says so of the page that it loads.
        wrong = [each for each in wrong if "412" not in each]
        wrong += await sound(page, "merge", folder)
        await context.close()
    assert (await section(db, "i", 2028)).narrative.startswith("Somebody else's text.")
    assert not [each for each in wrong if "412" not in each], "\n".join(wrong)
