"""The standalone page in a real browser: no accessibility violation, no sideways scroll, its own policy kept."""

import pytest

from pipir.document import html
from tests.document import examples
from tests.web.gallery import CHROMIUM, CHROMIUM_FLAGS

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium for browser tests")]

PHONE = 640
# Each table that is wider than the screen, scrolled to its end: how many there are, and those whose name or whose rows'
# names are no longer on the screen.
_SCROLLED = """() => {
  const wide = [...document.querySelectorAll('.doc-scroll')].filter(each => each.scrollWidth > each.clientWidth);
  const outside = element => {
    const box = element.getBoundingClientRect();
    return box.left < 0 || box.right > document.documentElement.clientWidth;
  };
  const lost = wide.filter(each => {
    each.scrollLeft = each.scrollWidth;
    return [...each.querySelectorAll('caption span, thead th:first-child, tbody th')].some(outside);
  });
  return [wide.length, lost.map(each => each.querySelector('table').id)];
}"""


@pytest.mark.parametrize(("example", "widths"), [("whole", (1440, 390)), ("hostile", (320,))])
async def test_the_page_has_no_violation_at_any_width(tmp_path, example, widths):
    """WCAG 2.1 A and AA; 36 CFR 1194."""
    from axe_playwright_python.async_playwright import Axe  # noqa: PLC0415 - a development package of browser tests
    from playwright.async_api import async_playwright  # noqa: PLC0415 - the same

    target = tmp_path / "report.html"
    target.write_bytes(html.render_html(getattr(examples, example)()))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        try:
            for width in widths:
                said: list[str] = []
                # The page's own policy keeps the checker out; a second visit without it lets the checker in.
                page = await browser.new_page(viewport={"width": width, "height": 900})
                page.on("console", lambda message, said=said: said.append(message.text))
                await page.goto(target.as_uri())
                assert said == []
                assert await page.evaluate("document.fonts.ready.then(f => f.check('700 16px \\'Public Sans\\''))")
                assert await page.evaluate("document.documentElement.scrollWidth") == width
                if width > PHONE:
                    # A key figure such as $120.8 million stands on one line.
                    lines = (
                        "[...document.querySelectorAll('.doc-key-figures dd > *')].map(e => e.getClientRects().length)"
                    )
                    assert set(await page.evaluate(lines)) == {1}
                if width < PHONE:
                    scrolled, lost = await page.evaluate(_SCROLLED)
                    assert scrolled > 0
                    assert lost == []
                await page.close()
                open_page = await browser.new_page(viewport={"width": width, "height": 900}, bypass_csp=True)
                await open_page.goto(target.as_uri())
                found = await Axe().run(open_page)
                assert found.response["violations"] == []
                await open_page.close()
        finally:
            await browser.close()
