"""Serves the app on a port and walks a browser through every kind of page that links lead to."""

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

import uvicorn
from axe_playwright_python.async_playwright import Axe
from lxml import html
from playwright.async_api import BrowserContext, Page

from pipir.app import Setup, create_app
from pipir.store.doors import Database

# Elements that run over the right edge, but for those in a region that scrolls by itself.
_WIDE = """() => {
    const scrolled = (e) => {
        for (let above = e.parentElement; above && above !== document.body; above = above.parentElement)
            if (["auto", "scroll"].includes(getComputedStyle(above).overflowX)) return true;
        return false;
    };
    return [...document.querySelectorAll("body *")].filter((e) =>
        e.getBoundingClientRect().right > window.innerWidth + 1 && e.checkVisibility() &&
        !e.closest("svg, .usa-sr-only, .grid thead, [hidden]") && !scrolled(e)
    ).map((e) => e.outerHTML.slice(0, 120));
}"""


# What is right is not described node by node, which on a long table takes most of the time.
_WRONG_ALONE: Final = {"resultTypes": ["violations"]}


class _Quiet(uvicorn.Server):
    """A server inside of a test run, which keeps its own signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(db: Database, kind: str = "exercise") -> AsyncIterator[str]:
    """The app at an address of this machine."""
    app = cast("Any", create_app(Setup(db=db, kind=kind)))
    server = _Quiet(uvicorn.Config(app, port=0, lifespan="off", log_config=None, access_log=False))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running


async def sign_in(context: BrowserContext, address: str, name: str) -> Page:
    """Accept the notice and sign in as the named person, as a person does."""
    page = await context.new_page()
    await page.goto(f"{address}/")
    await page.get_by_role("button", name="I accept and continue").click()
    await page.get_by_text(name, exact=True).click()
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{address}/")
    return page


@dataclass
class Walked:
    """What the walk met: pages by kind, and what was wrong with them."""

    visited: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def kind_of(path: str) -> str:
    """An address with its numbers and slugs taken out: one page of each kind is enough."""
    path = re.sub(r"/(duties|duty)/[^/]+", r"/\1/S", path)
    return re.sub(r"/trace/[^/]*\.[^/]*$", "/trace/S", re.sub(r"/\d+(?=/|$)", "/N", path))


async def walk(
    page: Page,
    address: str,
    *,
    widths: tuple[int, ...],
    most: int,
    pictures: Path | None = None,
    known: Collection[str] = (),
    by_turns: bool = False,
) -> Walked:
    """Follow links breadth first to one page of each kind; look at each with axe and for sideways scroll.

    Kinds that are `known` are asked for their links and not looked at again. `by_turns` each page is looked at in one
    of the widths, else in all.
    """
    found = Walked()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    waiting = ["/"]
    while waiting and len(found.visited) < most:
        path = waiting.pop(0)
        kind = kind_of(path)
        if kind in found.visited:
            continue
        found.visited[kind] = path
        if kind in known:
            answered = await page.request.get(address + path)
            if answered.status >= 400:
                found.wrong.append(f"{path}: answered {answered.status}")
            elif answered.headers.get("content-type", "").startswith("text/html"):
                waiting += _paths(html.fromstring(await answered.body()).xpath("//a/@href"))
            continue
        complaints.clear()
        answer = await page.goto(address + path, wait_until="load")
        if answer is None or answer.status >= 400:
            found.wrong.append(f"{path}: answered {answer.status if answer else 'nothing'}")
            continue
        turn = len(found.visited) % len(widths)
        for width in widths[turn : turn + 1] if by_turns else widths:
            await page.set_viewport_size({"width": width, "height": 900})
            result = await Axe().run(page, options=_WRONG_ALONE)
            for violation in result.response["violations"]:
                nodes = "; ".join(node["html"][:140] for node in violation["nodes"][:3])
                found.wrong.append(f"{path} at {width}: {violation['id']}: {nodes}")
            if pictures is not None:
                name = kind.strip("/").replace("/", "-") or "dashboard"
                await page.screenshot(path=pictures / f"{name}-{width}.png", full_page=True)
        # The narrowest phone, a tablet, and a window beside another.
        for width in (320, 768, 1024):
            await page.set_viewport_size({"width": width, "height": 900})
            found.wrong += [f"{path} at {width} runs over: {each}" for each in (await page.evaluate(_WIDE))[:3]]
        found.wrong += [f"{path}: the browser says: {each}" for each in complaints]
        await page.set_viewport_size({"width": widths[0], "height": 900})
        waiting += _paths(await page.eval_on_selector_all("a[href]", "links => links.map(a => a.getAttribute('href'))"))
    return found


def _paths(hrefs: Iterable[str]) -> Iterator[str]:
    """The pages that links lead to; files and other orders of the same list are no pages of their own."""
    for href in hrefs:
        parts = urlsplit(href)
        if (
            not parts.netloc
            and parts.path.startswith("/")
            and not re.search(r"\.\w{2,4}$|/files?/|/static/|/content$", parts.path)
        ):
            yield parts.path
