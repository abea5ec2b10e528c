"""The document as PDF/UA-1 and PDF/A-3a: asked of a short-lived process, `setting`, of which nothing is loaded here."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from pipir.document import checks
from pipir.document.model import Document, Figure, canonical, number
from pipir.document.text import printable
from pipir.document.volumes import MOST_PAGES, Volume
from pipir.kernel.errors import Unavailable

_TEMPLATE = Path(__file__).with_name("report.typ")
_SECONDS = 900
Process = subprocess.Popen[bytes]


class Book(msgspec.Struct, tag="book"):
    """What the short-lived process is asked to set: a document, in volumes where it is longer than `most` pages."""

    template: str
    document: str
    most: int | None = None


class Part(msgspec.Struct, tag="part"):
    """One volume, which is set in a process of its own: the memory of each goes with it."""

    template: str
    volume: Volume


class Pictures(msgspec.Struct, tag="pictures"):
    """Pictures as pixels."""

    svgs: tuple[str, ...]


Order = Book | Part | Pictures


class Setters(NamedTuple):
    """Processes that are ready to set a report: its pages, and its pictures for formats that need pixels."""

    pages: Process
    pictures: Process


def render_pdf(document: Document) -> bytes:
    """The document as one PDF, the same bytes for the same document; characters no font has print as code points."""
    [content] = finish_pdf(begin_pdf(document))
    return content


def render_volumes(document: Document, *, most: int = MOST_PAGES) -> tuple[bytes, ...]:
    """The same in as many volumes as it takes, none of more than `most` pages."""
    return finish_pdf(begin_pdf(document, most=most))


@contextmanager
def setters() -> Iterator[Setters]:
    """Processes that make themselves ready for begin_pdf() and begin_pictures(), and do not outlive the block."""
    ready = Setters(_process(), _process())
    try:
        yield ready
    finally:
        for process in ready:
            if process.poll() is None:
                end(process)


def end(process: Process) -> None:
    """End a process whose work is not wanted any more, though another thread may be waiting for it still."""
    process.kill()
    with suppress(OSError, ValueError):  # the other thread has closed what is read here
        process.communicate()


def begin_pdf(document: Document, *, most: int | None = None, process: Process | None = None) -> Process:
    """Start setting the PDF beside this process, in that of setters() where there is one; finish_pdf() waits for it."""
    checks.require(document)
    order = Book(_TEMPLATE.read_text(encoding="utf-8"), canonical(number(document)).decode(), most)
    return _start(order, process)


def finish_pdf(process: Process) -> tuple[bytes, ...]:
    """The volumes that begin_pdf() started, or Unavailable with what the setter said."""
    return _finish(process)


def begin_pictures(document: Document, *, process: Process | None = None) -> Process | None:
    """Start drawing the document's figures, in that of setters() where there is one; None where it has no figure."""
    svgs = tuple(printable(block.svg) for block in document.blocks if isinstance(block, Figure))
    return _start(Pictures(svgs), process) if svgs else None


def finish_pictures(process: Process | None) -> tuple[bytes, ...]:
    """Each figure of begin_pictures() as a PNG of 200 pixels an inch, for formats that cannot hold vector pictures."""
    return () if process is None else _finish(process)


def set_apart(part: Part) -> bytes:
    """One volume, set in a process of its own."""
    [content] = _finish(_start(part))
    return content


def _process() -> Process:
    # Typst keeps each compile's cache for the life of the process; a process per report gives it back.
    root = str(Path(__file__).resolve().parents[2])
    return subprocess.Popen(
        [sys.executable, "-m", "pipir.document.setting"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": os.defpath, "PYTHONPATH": root, "TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"},
    )


def _start(order: Order, process: Process | None = None) -> Process:
    process = process or _process()
    assert process.stdin is not None
    try:
        process.stdin.write(msgspec.json.encode(order))
        process.stdin.close()
    except BrokenPipeError:
        pass  # _finish() tells what the process said before it ended
    process.stdin = None
    return process


def _finish(process: Process) -> tuple[bytes, ...]:
    try:
        output, said = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        end(process)
        raise Unavailable(f"The PDF was not ready after {_SECONDS} seconds.") from None
    if process.returncode != 0:
        last = said.decode(errors="replace").strip()[-2000:]
        raise Unavailable(f"The PDF could not be set: {last or 'the setting process ended without a word'}.")
    return msgspec.msgpack.decode(output, type=tuple[bytes, ...])
