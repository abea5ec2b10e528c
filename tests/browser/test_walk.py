"""Chromium walks through every page: axe, the policy, sideways scroll, for the roles that see most."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from pipir.exercise.people import enter_people
from pipir.exercise.program import enter_program
from pipir.load import PUBLIC_RECORD, load_bundle
from pipir.store.doors import Database
from tests.browser.walk import served, sign_in, walk
from tests.web import gallery

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, or one clear line."""
    if not gallery.CHROMIUM and not os.environ.get("PIPIR_REQUIRE_BROWSER"):
        pytest.skip("There is no Chromium here: the browser tests are skipped.")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=gallery.CHROMIUM, args=gallery.CHROMIUM_FLAGS)
        yield launched
        await launched.close()


# Together they see every kind of page; each walks only to kinds that the ones before did not meet. All persons
# walk the full exercise program in `scripts/prove pages`.
PERSONS = ("Robin Exercise", "Casey Exercise", "Taylor Exercise", "Morgan Exercise")


@pytest.mark.parametrize("program", [True, False], ids=["exercise", "public-record"])
async def test_every_page_is_sound_in_a_browser(
    db: Database, browser: Browser, program: bool, request: pytest.FixtureRequest
) -> None:
    """29 U.S.C. 794d; WCAG 2.1 AA at 1440 and 390 px, nothing sideways at 320, 768 or 1024, nothing against the policy.

    Here each page in one of the two widths, in `scripts/prove pages` in both.
    """
    await load_bundle(db, PUBLIC_RECORD)
    await enter_people(db)
    if program:
        await enter_program(db, projects=10, entries=300)
    folder = request.config.getoption("--pictures")
    pictures = Path(folder) / ("exercise" if program else "public-record") if folder else None
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    visited: set[str] = set()
    wrong: list[str] = []
    async with served(db) as address:
        for name in PERSONS if program else PERSONS[:1]:
            context = await browser.new_context(viewport={"width": 1440, "height": 900})
            page = await sign_in(context, address, name)
            found = await walk(
                page,
                address,
                widths=(1440, 390),
                most=150 if program else 14,
                pictures=pictures,
                known=visited,
                by_turns=pictures is None,
            )
            visited |= set(found.visited)
            wrong += found.wrong
            await context.close()
    assert not wrong, "\n".join(wrong)
    assert len(visited) > (40 if program else 12), visited
