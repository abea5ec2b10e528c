"""The files of a document and their manifest."""

import hashlib
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec

from pipir.document import faces
from pipir.document.docx import render_docx
from pipir.document.html import render_html
from pipir.document.json import render_json
from pipir.document.model import Document
from pipir.document.pdf import begin_pdf, finish_pdf
from pipir.document.volumes import MOST_PAGES, named
from pipir.document.xlsx import render_xlsx

_PACKAGES = ("typst", "pikepdf", "python-docx", "lxml", "XlsxWriter", "Jinja2", "fonttools", "msgspec")


def render_all(
    document: Document, *, most_pages: int = MOST_PAGES, setter: "subprocess.Popen[bytes] | None" = None
) -> dict[str, bytes]:
    """File name to bytes for all five formats; the PDF is set in its own process beside the others, in volumes."""
    setting = begin_pdf(document, most=most_pages, process=setter)
    try:
        files = {
            "report.html": render_html(document),
            "report.xlsx": render_xlsx(document),
            "report.json": render_json(document),
            "report.docx": render_docx(document),
        }
    except BaseException:
        setting.kill()
        setting.communicate()
        raise
    files |= named(finish_pdf(setting))
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
