"""The standalone page in a real browser: no accessibility violation, no sideways scroll, its own policy kept."""

import pytest
from msgspec.structs import replace

from pipir.document import html
from pipir.document.model import Column, Marker, Row, Table
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
# The days and the states of tables that stand on more than one line, a state with its shape beside it.
_PARTED = """() => {
  const day = /\\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \\d+, \\d{4}/g;
  const lines = range => new Set([...range.getClientRects()].filter(each => each.width).map(each => each.top)).size;
  const found = [];
  for (const cell of document.querySelectorAll('.doc td, .doc tbody th')) {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const each of texts.currentNode.data.matchAll(day)) {
        const range = document.createRange();
        range.setStart(texts.currentNode, each.index);
        range.setEnd(texts.currentNode, each.index + each[0].length);
        if (lines(range) > 1) found.push(each[0]);
      }
    }
  }
  for (const marker of document.querySelectorAll('.doc-marker')) {
    const range = document.createRange();
    range.selectNode(marker.lastChild);
    const shape = marker.querySelector('svg').getBoundingClientRect();
    const first = range.getClientRects()[0];
    const long = marker.textContent.length > 18;
    if ((lines(range) > 1 && !long) || shape.bottom <= first.top || shape.right > first.left) {
      found.push(marker.textContent);
    }
  }
  return found;
}"""
# The pictures that are drawn, by the figure that they stand in, and the height of their smallest letters.
_DRAWN = """() => [...document.querySelectorAll('figure')].map(figure => {
  const drawn = [...figure.querySelectorAll('svg')].filter(each => each.getClientRects().length);
  const scale = drawn[0].getBoundingClientRect().width / drawn[0].viewBox.baseVal.width;
  const letters = [...drawn[0].querySelectorAll('text')].map(each => scale * each.getAttribute('font-size'));
  return [drawn.length, Math.min(...letters)];
})"""
_SIDEWAYS = """() => [...document.querySelectorAll('.doc-scroll')]
  .filter(each => each.scrollWidth > each.clientWidth).map(each => each.querySelector('table').id)"""


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


@pytest.mark.parametrize(("width", "sideways"), [(1280, ["wide"]), (390, ["annex", "facts", "wide", "tight"])])
async def test_days_states_and_pictures_can_be_read_at_any_width(tmp_path, width, sideways):
    """A state stood a line under its shape, and a chart drawn for paper had letters of five pixels on a telephone."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 - a development package of browser tests

    target = tmp_path / "report.html"
    whole = examples.whole()
    columns = tuple(Column(name, name) for name in ("meeting", "outcome", "state", "next", "more"))
    said = (
        "M-1",
        "Held on Aug 19, 2027; " * 9,
        Marker("Notwithstanding what was said", "watch"),
        *["Words. " * 30] * 2,
    )
    tight = Table("tight", "Meetings", columns, (Row("1", said),))
    target.write_bytes(html.render_html(replace(whole, blocks=(*whole.blocks, tight))))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        try:
            page = await browser.new_page(viewport={"width": width, "height": 900})
            await page.goto(target.as_uri())
            await page.evaluate("document.fonts.ready")
            assert await page.evaluate(_PARTED) == []
            drawn = await page.evaluate(_DRAWN)
            # What is not drawn is not told either: a reader's program meets each picture once.
            assert [count for count, _ in drawn] == [1, 1]
            assert min(letters for _, letters in drawn) >= 9
            # Only where the words of its columns have no room beside each other.
            assert await page.evaluate(_SIDEWAYS) == sideways
        finally:
            await browser.close()
