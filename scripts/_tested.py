"""Runs tests at full size for a proof, and tells how each ended."""

import subprocess
import sys
import xml.etree.ElementTree as Xml
from pathlib import Path

import _setup
from proofs.finding import Work


def outcomes(work: Work, path: str) -> list[tuple[str, str]]:
    """Run a file's tests with --whole, once for each state of the tree; return each test's name and outcome."""
    return [(case.get("name", ""), _outcome(case)) for case in _cases(work, path)]


def told(work: Work, path: str) -> dict[str, dict[str, str]]:
    """Run a file's tests in the same way; return by its name what each test recorded of itself, and its outcome."""
    return {
        case.get("name", ""): {
            **{each.get("name", ""): each.get("value", "") for each in case.iter("property")},
            "outcome": _outcome(case),
        }
        for case in _cases(work, path)
    }


def _cases(work: Work, path: str) -> list[Xml.Element]:
    out = work.folder / f"{Path(path).parent.name}-{Path(path).stem}.xml"
    if not out.exists():
        work.say(f"{path} ...")
        command = [sys.executable, "-m", "pytest", "-q", "--whole", f"--junitxml={out}", path]
        subprocess.run(command, cwd=_setup.CHECKOUT, check=False, stdout=subprocess.DEVNULL)
    return list(Xml.parse(out).getroot().iter("testcase"))


def _outcome(case: Xml.Element) -> str:
    return next((each.tag for each in case if each.tag in {"failure", "error", "skipped"}), "passed")
