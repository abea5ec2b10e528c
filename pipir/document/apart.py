"""A piece of a document's work in a process of its own: it works beside the others, and its memory goes with it."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pipir.kernel.errors import Unavailable

_SECONDS = 900
_ROOT = Path(__file__).resolve().parents[2]
Process = subprocess.Popen[bytes]


def ready(module: Literal["setting", "others"]) -> Process:
    """A process that makes itself ready for the order that give() hands it: one, which it answers and ends."""
    return subprocess.Popen(  # noqa: S603 -- two modules of this package
        [sys.executable, "-m", f"pipir.document.{module}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": os.defpath, "PYTHONPATH": str(_ROOT), "TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"},
    )


def give(process: Process, order: bytes) -> Process:
    """Hand a process what it is to do; take() waits for the answer."""
    assert process.stdin is not None
    try:
        process.stdin.write(order)
        process.stdin.close()
    except BrokenPipeError:
        pass  # take() tells what the process said before it ended
    process.stdin = None
    return process


def take(process: Process, what: str) -> bytes:
    """What the process answers, or Unavailable with what it said; `what` is its subject: "The PDF"."""
    try:
        output, said = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        end(process)
        raise Unavailable(f"{what} could not be made within {_SECONDS} seconds.") from None
    if process.returncode != 0:
        last = said.decode(errors="replace").strip()[-2000:]
        raise Unavailable(f"{what} could not be made: {last or 'the process ended without a word'}.")
    return output


def end(process: Process) -> None:
    """End a process whose work is not wanted any more, though another thread may be waiting for it still."""
    process.kill()
    with suppress(OSError, ValueError):  # the other thread has closed what is read here
        process.communicate()
    process.wait()
