"""The files of a document and their manifest."""

import hashlib
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec

from pipir.document import faces
from pipir.document.model import Document
from pipir.document.pdf import Setters, begin_pdf, begin_pictures, end, finish_pdf
from pipir.document.volumes import MOST_PAGES, named

_PACKAGES = ("typst", "pikepdf", "python-docx", "lxml", "XlsxWriter", "Jinja2", "fonttools", "msgspec")


def render_all(document: Document, *, most_pages: int = MOST_PAGES, setters: Setters | None = None) -> dict[str, bytes]:
    """File name to bytes for all five formats; the PDF is set in its own process beside the others, in volumes."""
    begun = [begin_pdf(document, most=most_pages, process=setters and setters.pages)]
    try:
        drawing = begin_pictures(document, process=setters and setters.pictures)
        if drawing is not None:
            begun.append(drawing)
        from pipir.document.others import others  # noqa: PLC0415 - its libraries are loaded while the pages are set

        files = others(document, drawing)
    except BaseException:
        for process in begun:
            end(process)
        raise
    files |= named(finish_pdf(begun[0]))
    return dict(sorted(files.items()))


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
