"""The pages in a browser: no violation of the accessibility rules or of the policy, at desk and telephone width."""

import os
from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from tests.web import gallery

pytestmark = pytest.mark.browser
NAMES = [name for name, _ in gallery.pages()]


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    if not gallery.CHROMIUM and not os.environ.get("PIPIR_REQUIRE_BROWSER"):
        pytest.skip("There is no Chromium here: the browser tests are skipped.")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=gallery.CHROMIUM, args=gallery.CHROMIUM_FLAGS)
        yield launched
        await launched.close()


async def opened(browser: Browser, name: str, width: int, *, script: bool = True) -> tuple[Page, list[str]]:
    """The page at a width, and what the browser complained of while it loaded."""
    context = await browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", lambda answer: complaints.append(answer.url) if answer.status >= 400 else None)
    await gallery.serve_gallery(page)
    await page.goto(f"http://gallery.test/{name}", wait_until="load")
    return page, complaints


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", NAMES)
async def test_a_page_violates_no_accessibility_rule(browser: Browser, name: str, width: int) -> None:
    """29 U.S.C. 794d; WCAG 2.1 AA, and axe's best practices beside."""
    page, complaints = await opened(browser, name, width)
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert complaints == []
    await page.context.close()


@pytest.mark.parametrize("name", NAMES)
async def test_no_page_scrolls_sideways_at_320_pixels(browser: Browser, name: str) -> None:
    """WCAG 2.1, 1.4.10."""
    page, _ = await opened(browser, name, 320)
    # USWDS hides what runs over the body's edge, so each element is measured, but for those in a region that scrolls.
    wide = await page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter((e) =>
            e.getBoundingClientRect().right > 321 &&
            !e.closest(".table-scroll, svg, .usa-sr-only, .grid thead, [hidden]")
        ).map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert wide == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await page.context.close()


async def test_the_focus_goes_to_the_mistakes_of_a_form_that_came_back(browser: Browser) -> None:
    page, _ = await opened(browser, "form", 1440)
    assert await page.evaluate("document.activeElement.id") == "error-summary"
    await page.click("#error-summary a[href='#field-planned']")
    assert await page.evaluate("document.activeElement.id") == "field-planned"
    await page.context.close()


async def test_the_first_tab_reaches_the_way_past_the_navigation(browser: Browser) -> None:
    """WCAG 2.1, 2.4.1."""
    page, _ = await opened(browser, "dashboard", 1440)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Skip to main content"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"
    await page.context.close()


async def test_a_form_is_sent_once(browser: Browser) -> None:
    """A second press of the button, before the answer has come, sends nothing."""
    page, _ = await opened(browser, "form", 1440)
    sent = await page.evaluate(
        """() => {
            const form = document.querySelector("form[action='/projects/3']");
            const press = () => form.dispatchEvent(new Event("submit", {cancelable: true, bubbles: true}));
            return [press(), press()];
        }"""
    )
    assert sent == [True, False]
    await page.context.close()


async def test_navigation_and_filters_are_there_without_script(browser: Browser) -> None:
    page, _ = await opened(browser, "projects", 390, script=False)
    await page.click(".nav-narrow summary")
    assert await page.is_visible(".nav-narrow a[href='/ledger']")
    assert await page.is_visible(".filters button[type=submit]")
    assert not await page.is_visible("[data-print]")
    await page.context.close()


async def test_the_marking_repeats_on_each_printed_sheet(browser: Browser) -> None:
    """32 CFR 2002.20: what repeats in print are the head and foot group of a table; a fixed bar would cover text."""
    page, _ = await opened(browser, "dashboard", 1440)
    await page.emulate_media(media="print")
    display = "(name) => getComputedStyle(document.querySelector(name)).display"
    assert await page.evaluate(display, ".sheet-top") == "table-header-group"
    assert await page.evaluate(display, ".sheet-bottom") == "table-footer-group"
    assert await page.evaluate(display, ".designation-first") == "block"
    await page.context.close()
