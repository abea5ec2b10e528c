"""The annual report is built in seconds, its PDF passes both gates, and the same snapshot gives the same bytes."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import _served
import _setup

from pipir.document import pdf_checks, pdf_layout
from pipir.document.model import read as read_document
from pipir.features.report import queries
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer
from proofs.finding import Finding, Work

BOUND = 10.0
# The public record; the signed edition of a year; and a draft that also gathers all rows of the exercise program.
BUILDS = (
    ("public record", "public", 2027),
    ("exercise program", "exercise", 2027),
    ("exercise program", "exercise", 2029),
)
# Runs in a process of its own: reads the snapshot beside it, and writes the files into a folder beside it.
_AGAIN = """
import pathlib
from pipir import package
from pipir.features.report.compose.snapshot import read
files = package.files_of(read(pathlib.Path("snapshot.json").read_bytes()))
package.write_out(files, pathlib.Path("the same again"))
"""
_ELSEWHERE = {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7", "LC_ALL": "C", "PYTHONPATH": str(_setup.CHECKOUT)}


def _hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


async def _snapshot(url: str, year: int) -> bytes:
    """Return the snapshot of the newest draft of a year as it was frozen."""
    doors = Database(url, size=1)
    try:
        async with doors.read() as session:
            made = await queries.builds(session, year, reader=Reader(kind="us-government"))
            return await queries.stored_snapshot(session, max(each.id for each in made if each.of_build_id is None))
    finally:
        await doors.close()


def _judged(pdf: Path) -> str:
    """Return what the veraPDF engine says: passed, failed with its words, or that it is not here."""
    sys.path.insert(0, str(_setup.CHECKOUT))
    from tests.document import test_verapdf  # noqa: PLC0415 -- the tests stand outside of the scripts' path

    if shutil.which("java") is None or shutil.which("javac") is None:
        return "not judged: there is no JDK here"
    verdicts, said = test_verapdf.judged(pdf)
    return "passed" if set(verdicts.values()) == {"passed"} else f"failed: {said[-300:]}"


def _build(work: Work, name: str, year: int) -> dict[str, float]:
    """Build once for each state of the tree, in a process of its own; return the seconds."""
    out = work.folder / f"{name}-{year}"
    kept = work.folder / f"{name}-{year}.seconds"
    if not kept.exists():
        home = work.folder / name
        words = [str(_served.PIPIR), "report", "build", str(year), "--out", str(out)]
        seconds, of_processor = _served.measured(words, _served.environment(home))
        kept.write_text(json.dumps({"seconds": seconds, "of processor": of_processor, "load": os.getloadavg()[0]}))
    told: dict[str, float] = json.loads(kept.read_text())
    work.say(f"{name} {year}: {told['seconds']:.1f} s, {told['of processor']:.1f} s of processor")
    return told


def _again(work: Work, name: str, year: int) -> int:
    """Make the files of a draft once more somewhere else; return how many of them differ."""
    elsewhere = work.folder / f"else where {name} {year}"
    elsewhere.mkdir(exist_ok=True)
    home = work.folder / name
    with EmbeddedServer.start(home) as server:
        snapshot = asyncio.run(_snapshot(server.url("pipir_app", "pipir"), year))
    (elsewhere / "snapshot.json").write_bytes(snapshot)
    command = [sys.executable, "-c", _AGAIN]
    subprocess.run(command, cwd=elsewhere, env={**os.environ, **_ELSEWHERE}, check=True)
    here, there = _hashes(work.folder / f"{name}-{year}"), _hashes(elsewhere / "the same again")
    return len([file for file in here.keys() | there.keys() if here.get(file) != there.get(file)])


def prove(work: Work) -> list[Finding]:
    for name, words in (("public", ["setup"]), ("exercise", ["exercise"])):
        work.say(f"setting up: {name} ...")
        _served.must(_served.pipir(work.folder / name, *words))
    findings = []
    for what, name, year in BUILDS:
        told = _build(work, name, year)
        out = work.folder / f"{name}-{year}"
        findings.append(
            Finding(
                f"`pipir report build {year}` on the {what}, a fresh process with its database's start",
                f"{told['seconds']:.1f} s ({told['of processor']:.1f} s of processor, load {told['load']:.1f} before)",
                f"under {BOUND:.0f} s",
                told["seconds"] < BOUND,
            )
        )
        document = read_document((out / "report.json").read_bytes())
        pages = (out / "report.pdf").read_bytes()
        found = [*pdf_checks.findings(pages, document), *pdf_layout.misplaced(pages, document)]
        verdict = _judged(out / "report.pdf")
        findings.append(
            Finding(
                f"its PDF ({what}, {year}) through our checks, those of its pages too, and the veraPDF engine",
                f"{len(found)} findings; {verdict}",
                "0 findings; PDF/A-3a and PDF/UA-1 passed",
                not found and verdict == "passed",
            )
        )
    for what, name, year in BUILDS:
        if (name, year) == ("exercise", 2027):
            continue  # the signed edition is the frozen snapshot with a signature; the draft's snapshot stands alone
        different = _again(work, name, year)
        findings.append(
            Finding(
                f"files that differ when the snapshot ({what}, {year}) is set again in another process, folder, time "
                "zone and hash seed",
                str(different),
                "0",
                different == 0,
            )
        )
    for name in ("public", "exercise"):
        _served.remove(work.folder / name)
    return findings
