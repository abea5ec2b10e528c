"""The files of a document and their manifest."""

import hashlib
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pipir.document import faces
from pipir.document.apart import Process, end, give, ready, take
from pipir.document.model import Document, canonical
from pipir.document.pdf import begin_pdf, finish_pdf
from pipir.document.volumes import MOST_PAGES, named

_PROGRAM = Path(__file__).resolve().parents[1]
_TEXTS = frozenset({".py", ".typ", ".j2", ".css"})
_PACKAGES = ("typst", "pikepdf", "python-docx", "lxml", "XlsxWriter", "Jinja2", "fonttools", "msgspec")


class Makers(NamedTuple):
    """Processes that are ready to make a report: its pages, and its other formats."""

    pages: Process
    others: Process


@contextmanager
def makers() -> Iterator[Makers]:
    """Processes that make themselves ready for begin(), and do not outlive the block."""
    made = Makers(ready("setting"), ready("others"))
    try:
        yield made
    finally:
        for process in made:
            if process.poll() is None:
                end(process)


class Begun(NamedTuple):
    """A document of which the files are being made."""

    document: Document
    pages: Process
    others: Process


def begin(document: Document, *, most_pages: int = MOST_PAGES, by: Makers | None = None) -> Begun:
    """Start making the pages, in volumes, and the other formats, side by side; finish() waits for them."""
    pages = begin_pdf(document, most=most_pages, process=by and by.pages)
    try:
        return Begun(document, pages, give(by.others if by else ready("others"), canonical(document)))
    except BaseException:
        end(pages)
        raise


def finish(begun: Begun) -> dict[str, bytes]:
    """File name to bytes for all five formats."""
    try:
        files = msgspec.msgpack.decode(take(begun.others, "The report beside its PDF"), type=dict[str, bytes])
    except BaseException:
        end(begun.pages)
        raise
    files |= named(finish_pdf(begun.pages))
    return dict(sorted(files.items()))


def versions() -> dict[str, Any]:
    """What the files were made with: this program, packages, typefaces, Python, and the machine's architecture."""
    found: dict[str, Any] = {
        "program": program(),
        "fonts": faces.hashes(),
        "python": platform.python_version(),
        "architecture": f"{sys.platform} {platform.machine()}",
    }
    for name in ("pipir", *_PACKAGES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed as a package"
    return found


@cache
def program() -> str:
    """The sha256 of this program's own text: a version stands for many states of it, this for one."""
    whole = hashlib.sha256()
    for path in sorted(each for each in _PROGRAM.rglob("*") if each.suffix in _TEXTS):
        content = path.read_bytes()
        whole.update(f"{path.relative_to(_PROGRAM).as_posix()} {len(content)}\n".encode() + content)
    return whole.hexdigest()


def manifest(files: dict[str, bytes], versions: dict[str, Any], document: Document) -> bytes:
    """Canonical JSON: each file's sha256 and size, what they were made with, and from which snapshot."""
    entries = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)} for name, content in files.items()
    }
    whole = {
        "title": document.title,
        "snapshot_id": document.snapshot_id,
        "frozen_at": document.frozen_at,
        "marking": document.marking,
        "status": document.status,
        "ribbons": document.ribbons,
        "files": entries,
        "versions": versions,
    }
    return msgspec.json.format(msgspec.json.encode(whole, order="sorted"), indent=1) + b"\n"
