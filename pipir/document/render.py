"""The files of a document and their manifest."""

import hashlib
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

import msgspec

from pipir.document import faces
from pipir.document.model import Document
from pipir.document.pdf import Process, Setters, begin_pdf, begin_pictures, end, finish_pdf
from pipir.document.volumes import MOST_PAGES, named

_PACKAGES = ("typst", "pikepdf", "python-docx", "lxml", "XlsxWriter", "Jinja2", "fonttools", "msgspec")


class Begun(NamedTuple):
    """A document of which the PDF and the pictures are being set, each in a process of its own."""

    document: Document
    pages: Process
    pictures: Process | None


def begin(document: Document, *, most_pages: int = MOST_PAGES, setters: Setters | None = None) -> Begun:
    """Start setting the pages, in volumes, and the pictures; finish() waits for them."""
    pages = begin_pdf(document, most=most_pages, process=setters and setters.pages)
    try:
        return Begun(document, pages, begin_pictures(document, process=setters and setters.pictures))
    except BaseException:
        end(pages)
        raise


def finish(begun: Begun) -> dict[str, bytes]:
    """File name to bytes for all five formats: the others are made while the PDF is being set."""
    try:
        from pipir.document.others import others  # noqa: PLC0415 - its libraries are loaded while the pages are set

        files = others(begun.document, begun.pictures)
    except BaseException:
        for process in (begun.pages, begun.pictures):
            if process is not None:
                end(process)
        raise
    files |= named(finish_pdf(begun.pages))
    return dict(sorted(files.items()))


def render_all(document: Document) -> dict[str, bytes]:
    """Both at once."""
    return finish(begin(document))


def versions() -> dict[str, Any]:
    """What the files were made with: packages by version, typefaces by hash, Python, and the machine's architecture."""
    found: dict[str, Any] = {
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
