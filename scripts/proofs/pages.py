"""Every kind of page of the full exercise program is sound in a browser for each exercise person."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import _served
import _setup

from pipir import logs
from pipir.exercise.people import PERSONS
from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer
from proofs.finding import Finding, Work

WIDTHS = (1440, 390)
# More than there are kinds of pages: the walk ends where no link leads to a kind that it has not seen.
MOST = 200


async def _walked(url: str, name: str) -> dict[str, Any]:
    """Sign in as the named person and look at one page of each kind that the links lead to."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 -- of the tests' packages

    from tests.browser.walk import served, sign_in, walk  # noqa: PLC0415 -- beside the scripts
    from tests.web import gallery  # noqa: PLC0415

    doors = Database(url)
    try:
        async with async_playwright() as playwright, served(doors) as address:
            launch = playwright.chromium.launch
            browser = await launch(executable_path=gallery.CHROMIUM, args=gallery.CHROMIUM_FLAGS)
            context = await browser.new_context(viewport={"width": WIDTHS[0], "height": 900})
            found = await walk(await sign_in(context, address, name), address, widths=WIDTHS, most=MOST)
            await browser.close()
            return {"pages": len(found.visited), "wrong": found.wrong}
    finally:
        await doors.close()


def prove(work: Work) -> list[Finding]:
    sys.path.insert(0, str(_setup.CHECKOUT))
    logs.set_up("error")
    home = work.folder / "home"
    work.say("the exercise program ...")
    _served.must(_served.pipir(home, "exercise"))
    findings = []
    with EmbeddedServer.start(home) as server:
        for name, title, *_ in PERSONS:
            kept = Path(work.folder / f"{name.split(maxsplit=1)[0].lower()}.json")
            if not kept.exists():
                kept.write_text(json.dumps(asyncio.run(_walked(server.url("pipir_app", "pipir"), name))))
            told = json.loads(kept.read_text())
            wrong = told["wrong"]
            work.say(f"{name}: {told['pages']} pages, {len(wrong)} violations")
            findings.append(
                Finding(
                    f"pages that {name} ({title}) walked at {WIDTHS[0]} and {WIDTHS[1]} px, and violations",
                    f"{told['pages']} pages, {len(wrong)}{': ' + wrong[0][:160] if wrong else ''}",
                    "more than 15 pages, 0",
                    told["pages"] > 15 and not wrong,
                )
            )
    _served.remove(home)
    return findings
