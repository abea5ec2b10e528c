"""Make the pictures of docs/screenshots anew: the exercise program and the public record, served and looked at."""

import argparse
import asyncio
import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import _setup

PICTURES = _setup.CHECKOUT / "docs" / "screenshots"
# What all pictures may weigh together, in bytes: they travel with every copy of the repository.
MOST = 1_750_000
# Text keeps its edges in so many colours; more only add weight.
COLOURS = 96
CONSENT = "/consent"
# Picture, address and width; "a project" is the first of the list that has milestones.
PROJECT = "a project"
EXERCISE = (
    ("consent", CONSENT, 1440),
    ("dashboard", "/", 1440),
    ("dashboard-390", "/", 390),
    ("projects", "/projects", 1440),
    ("project", PROJECT, 1440),
    ("ledger", "/ledger", 1440),
)
PUBLIC_RECORD = (("dashboard-public-record", "/", 1440),)
# Pages of the signed report of a year, each the first that holds such words, after the contents.
REPORT = 2028
PAGES = (
    ("report-cover", "REPORT TO CONGRESS"),
    ("report-minute", "Every figure comes from one snapshot"),
    ("report-element", "Milestones of the projects"),
    ("report-money", "U.S. obligations by fiscal quarter"),
    ("report-compared", "New entries"),
)
CONTENTS = 2
Wanted = tuple[tuple[str, str, int], ...]


def write(name: str, shot: bytes) -> None:
    """Keep a picture in few colours."""
    from PIL import Image  # noqa: PLC0415 -- of the virtual environment, which set_up may only now have made

    full = Image.open(io.BytesIO(shot)).convert("RGB")
    # The colours that fill most of the page stay what they are to the eye; a palette of averages would shift them.
    counted: list[tuple[int, tuple[int, ...]]] = full.getcolors(full.width * full.height)  # type: ignore[assignment]
    most = sorted(counted, reverse=True)[:COLOURS]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _, colour in most for part in colour])
    few = full.quantize(palette=palette, dither=Image.Dither.NONE)
    few.save(PICTURES / f"{name}.png", optimize=True)
    _setup.say(f"{name}.png, {(PICTURES / f'{name}.png').stat().st_size:,} bytes")


def pages(home: Path, folder: Path) -> None:
    """Build the report of a home and keep the wanted pages of it."""
    import _served  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    from pipir.document import pdf_checks  # noqa: PLC0415

    if shutil.which("pdftoppm") is None:
        _setup.fail("The pages need pdftoppm: ask for  sudo apt-get install -y poppler-utils")
    _served.must(_served.pipir(home, "report", "build", str(REPORT), "--out", str(folder)))
    report = folder / "report.pdf"
    said = [pdf_checks.bare(page) for page in pdf_checks.printed(report.read_bytes())]
    for name, words in PAGES:
        found = (count for count, page in enumerate(said, 1) if count != CONTENTS and pdf_checks.bare(words) in page)
        page = str(next(found))
        command = [
            "pdftoppm",
            "-r",
            "84",
            "-f",
            page,
            "-l",
            page,
            "-singlefile",
            "-png",
            str(report),
            str(folder / name),
        ]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        # A page is ink on paper, its one red word among few colours: here those that differ most are kept.
        full = Image.open(folder / f"{name}.png").convert("RGB")
        few = full.quantize(64, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(PICTURES / f"{name}.png", optimize=True)
        _setup.say(f"{name}.png, {(PICTURES / f'{name}.png').stat().st_size:,} bytes")


async def take(address: str, wanted: Wanted) -> None:
    """Sign in as the program office does and take the wanted pictures of a service."""
    from playwright.async_api import async_playwright  # noqa: PLC0415

    from tests.browser.walk import sign_in  # noqa: PLC0415
    from tests.web import gallery  # noqa: PLC0415

    if not gallery.CHROMIUM:
        _setup.fail("The pictures need Chromium: ask for  sudo apt-get install -y chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=gallery.CHROMIUM, args=gallery.CHROMIUM_FLAGS)
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        page = await context.new_page()
        for name, path, width in wanted:
            if path == CONSENT:
                await page.set_viewport_size({"width": width, "height": 900})
                await page.goto(f"{address}/")
                write(name, await page.screenshot(full_page=True))
        page = await sign_in(context, address, "Robin Exercise")
        for name, path, width in wanted:
            if path == CONSENT:
                continue
            await page.set_viewport_size({"width": width, "height": 900})
            await page.goto(f"{address}/projects" if path == PROJECT else address + path)
            if path == PROJECT:
                await page.locator("a.record").first.click()
                await page.wait_for_url("**/projects/*")
            write(name, await page.screenshot(full_page=True))
        await browser.close()


def main(words: list[str]) -> int:
    argparse.ArgumentParser(prog="scripts/screenshots", allow_abbrev=False, description=__doc__).parse_args(words)
    _setup.set_up(tests=True)
    if Path(sys.prefix) != _setup.VENV:
        os.execv(_setup.PYTHON, [str(_setup.PYTHON), __file__, *words])
    # The walker is the tests' own.
    sys.path.insert(0, str(_setup.CHECKOUT))
    import _served  # noqa: PLC0415 -- knows the command of the environment that runs it

    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pipir-screenshots-") as folder:
        for name, wanted, option in (("exercise", EXERCISE, ("--exercise",)), ("public", PUBLIC_RECORD, ())):
            home = Path(folder) / name
            home.mkdir()
            with _served.served(home, Path(folder) / f"{name}.log", *option) as service:
                asyncio.run(take(f"http://127.0.0.1:{service.port}", wanted))
            if option:
                pages(home, Path(folder) / "report")
            _served.remove(home)
    weight = sum(picture.stat().st_size for picture in PICTURES.glob("*.png"))
    _setup.say(f"All pictures together: {weight:,} bytes.")
    if weight > MOST:
        _setup.fail(f"The pictures may weigh {MOST:,} bytes together.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
