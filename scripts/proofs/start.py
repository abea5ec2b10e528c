"""A fresh copy sets itself up, a second start serves its first page in seconds, and Ctrl-C leaves nothing behind."""

import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import time
from http import HTTPStatus
from pathlib import Path

import _served
import _setup

from proofs.finding import Finding, Work

RUNS = 5
BOUND = 5.0


def _environment() -> dict[str, str]:
    """Return an environment without any setting, so that the copy's own var/ is used."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PIPIR_") and name != "DATABASE_URL"}
    return {name: text for name, text in kept.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}


def _set_up(copy: Path, said: Path) -> float:
    """Clone the last commit and set it up as somebody would who has just fetched it; return the seconds of that."""
    shutil.rmtree(copy, ignore_errors=True)
    clone = ["git", "clone", "--quiet", "--no-hardlinks", str(_setup.CHECKOUT), str(copy)]
    subprocess.run(clone, check=True, capture_output=True)
    begun = time.monotonic()
    with said.open("wb") as out:
        done = subprocess.run(
            [str(copy / "scripts" / "run"), "--setup-only"], env=_environment(), stdout=out, stderr=out, check=False
        )
    if done.returncode:
        raise RuntimeError(f"scripts/run --setup-only ended with {done.returncode}: {said.read_text()[-800:]}")
    return time.monotonic() - begun


def _once(copy: Path, said: Path) -> tuple[float, float, list[int]]:
    """Start, wait for the sign-in page, press Ctrl-C; return both times and the processes that are left."""
    port = _served.free_port()
    begun = time.monotonic()
    with said.open("ab") as out:
        process = subprocess.Popen(
            [str(copy / "scripts" / "run"), "--port", str(port)],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    while _served.sign_in_page(port) != HTTPStatus.OK:
        if process.poll() is not None or time.monotonic() - begun > 120:
            raise RuntimeError(f"No page was served: {said.read_text()[-800:]}")
        time.sleep(0.01)
    served = time.monotonic() - begun
    group = os.getpgid(process.pid)
    begun = time.monotonic()
    os.killpg(group, signal.SIGINT)
    process.wait(60)
    ended = time.monotonic() - begun
    left = [] if _served.none_left(copy / "var", 2) else _served.postgres(copy / "var")
    return served, ended, left + _of_group(group)


def _of_group(group: int) -> list[int]:
    """Return the living processes of a process group."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, _, its_group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                found.append(int(entry.name))
    return found


def prove(work: Work) -> list[Finding]:
    copy = work.folder / "a fresh copy"
    kept = work.folder / "first.json"
    if not kept.exists():
        work.say("a clone of the last commit, set up from nothing ...")
        kept.write_text(json.dumps(_set_up(copy, work.folder / "first")))
    first = json.loads(kept.read_text())
    work.say(f"first set-up: {first:.0f} s")
    runs = []
    for number in range(1, RUNS + 1):
        runs.append(_once(copy, work.folder / "second"))
        work.say(f"start {number} of {RUNS}: served after {runs[-1][0]:.2f} s, ended {runs[-1][1]:.2f} s after Ctrl-C")
    times = [served for served, _, _ in runs]
    left = [pid for _, _, pids in runs for pid in pids]
    slowest_end = max(ended for _, ended, _ in runs)
    _served.remove(copy / "var")
    shutil.rmtree(copy)
    kept.unlink()
    return [
        Finding(
            "`scripts/run --setup-only` in a fresh clone, in a path that holds a space",
            f"done in {first:.0f} s",
            "it works; the packages' way over the network is in it",
            True,
        ),
        Finding(
            f"second start, `scripts/run` to the sign-in page: median and longest of {RUNS}",
            f"{statistics.median(times):.2f} s and {max(times):.2f} s",
            f"under {BOUND:.0f} s",
            max(times) < BOUND,
        ),
        Finding(
            "processes left after Ctrl-C, and the longest wait for the end",
            f"{len(left)}, {slowest_end:.1f} s",
            "0, under 10 s",
            not left and slowest_end < 10,
        ),
    ]
