"""Runs tests at full size for a proof, and tells how each ended."""

import subprocess
import sys
import xml.etree.ElementTree as Xml
from pathlib import Path

import _setup
from proofs.finding import Work


def outcomes(work: Work, path: str) -> list[tuple[str, str]]:
    """Run a file's tests with --whole, once for each state of the tree; return each test's name and outcome."""
    out = work.folder / f"{Path(path).parent.name}-{Path(path).stem}.xml"
    if not out.exists():
        work.say(f"{path} ...")
        command = [sys.executable, "-m", "pytest", "-q", "--whole", f"--junitxml={out}", path]
        subprocess.run(command, cwd=_setup.CHECKOUT, check=False, stdout=subprocess.DEVNULL)
    cases = Xml.parse(out).getroot().iter("testcase")
    return [(case.get("name", ""), "passed" if len(case) == 0 else case[0].tag) for case in cases]
