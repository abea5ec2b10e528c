"""Run the proofs of scripts/proofs at full size, keep their results, and write docs/proofs.md.

A proof is a module with a `prove(work)` function that returns findings; its docstring is what it proves. Results are
kept for each state of the tree, so that a stopped run goes on where it was.
"""

import argparse
import hashlib
import importlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import _setup

PROOFS = Path(__file__).resolve().parent / "proofs"
KEPT = _setup.CHECKOUT / "var" / "prove"
TABLE = _setup.CHECKOUT / "docs" / "proofs.md"
Result = dict[str, Any]


def names() -> list[str]:
    return sorted(path.stem for path in PROOFS.glob("*.py") if path.stem not in {"__init__", "finding"})


def files() -> Iterator[Path]:
    """Yield the tree's own files, without what is ignored and without the table that this writes."""
    git = shutil.which("git")
    command = [git or "git", "-C", str(_setup.CHECKOUT), "ls-files", "-z", "-c", "-o", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False) if git else None
    if listed is not None and listed.returncode == 0:
        found = [_setup.CHECKOUT / name for name in listed.stdout.split("\0") if name]
    else:
        # A tree unpacked from an archive, or a machine without git.
        ours = (path for path in _setup.CHECKOUT.rglob("*") if "__pycache__" not in path.parts)
        found = [path for path in ours if path.relative_to(_setup.CHECKOUT).parts[0] not in {".venv", "var", ".git"}]
    yield from sorted(path for path in found if path.is_file() and path != TABLE)


def tree() -> str:
    """Return one hash for the state of the tree, committed or not."""
    digest = hashlib.sha256()
    for path in files():
        digest.update(str(path.relative_to(_setup.CHECKOUT)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def kept(name: str) -> Result | None:
    path = KEPT / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def prove(name: str, state: str) -> Result:
    """Run one proof and keep its result."""
    from proofs.finding import Work  # noqa: PLC0415 -- the module lies beside the proofs and needs this folder's path

    module = importlib.import_module(f"proofs.{name}")
    folder = KEPT / f"{name}-{state[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    findings = module.prove(Work(folder, lambda line: _setup.say(f"  {line}")))
    result = {
        "tree": state,
        "proves": (module.__doc__ or "").strip().splitlines()[0],
        "seconds": round(time.monotonic() - started, 1),
        "machine": f"{os.cpu_count()} processors, {platform.system()} {platform.machine()}",
        "findings": [vars(finding) for finding in findings],
    }
    unfinished = KEPT / f"{name}.json.new"
    unfinished.write_text(json.dumps(result, indent=1))
    unfinished.rename(KEPT / f"{name}.json")
    return result


def write_table(state: str) -> None:
    """Write what is known of every proof, and which of it was measured on another state of the tree."""
    lines = ["# Proofs at full size", "", "Written by `scripts/prove`; `scripts/prove NAME` repeats one.", ""]
    lines += ["| Proof | What | Measured | Bound | Holds |", "|---|---|---|---|---|"]
    notes = []
    for name in names():
        result = kept(name)
        if result is None:
            lines.append(f"| {name} | not run yet | | | |")
            continue
        for finding in result["findings"]:
            holds = "yes" if finding["holds"] else "**no**"
            lines.append(f"| {name} | {finding['what']} | {finding['measured']} | {finding['bound']} | {holds} |")
        age = "" if result["tree"] == state else ", on an earlier state of the tree"
        notes.append(f"- {name}: {result['proves']} ({result['seconds']} s, {result['machine']}{age})")
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join([*lines, "", *notes]) + "\n")


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/prove", allow_abbrev=False, description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"proofs to run (all of: {', '.join(names())})")
    parser.add_argument("--again", action="store_true", help="run also what this state of the tree has a result for")
    options = parser.parse_args(words)
    unknown = sorted(set(options.names) - set(names()))
    if unknown:
        parser.error(f"there is no proof named {', '.join(unknown)}")
    _setup.set_up(tests=True)
    if Path(sys.prefix) != _setup.VENV:
        os.execv(_setup.PYTHON, [str(_setup.PYTHON), __file__, *words])
    state = tree()
    failed = []
    for name in options.names or names():
        result = kept(name)
        if result is None or result["tree"] != state or options.again:
            _setup.say(f"{name} ...")
            result = prove(name, state)
        holds = all(finding["holds"] for finding in result["findings"])
        _setup.say(f"{'ok' if holds else 'NO':<4}{name} ({result['seconds']} s)")
        failed += [] if holds else [name]
    write_table(state)
    _setup.say(f"The table stands in {TABLE.relative_to(_setup.CHECKOUT)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
