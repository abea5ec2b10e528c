"""The document as PDF/UA-1 and PDF/A-3a: asked of a short-lived process, `setting`, of which nothing is loaded here."""

from pathlib import Path

import msgspec

from pipir.document import checks
from pipir.document.apart import Process, give, ready, take
from pipir.document.model import Document, Figure, canonical, number
from pipir.document.text import printable
from pipir.document.volumes import MOST_PAGES, Volume

_TEMPLATE = Path(__file__).with_name("report.typ")


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


def render_pdf(document: Document) -> bytes:
    """The document as one PDF, the same bytes for the same document; characters no font has print as code points."""
    [content] = finish_pdf(begin_pdf(document))
    return content


def render_volumes(document: Document, *, most: int = MOST_PAGES) -> tuple[bytes, ...]:
    """The same in as many volumes as it takes, none of more than `most` pages."""
    return finish_pdf(begin_pdf(document, most=most))


def begin_pdf(document: Document, *, most: int | None = None, process: Process | None = None) -> Process:
    """Start setting the PDF beside this process, in one that is ready where there is one; finish_pdf() waits for it."""
    checks.require(document)
    order = Book(_TEMPLATE.read_text(encoding="utf-8"), canonical(number(document)).decode(), most)
    return _begin(order, process)


def finish_pdf(process: Process) -> tuple[bytes, ...]:
    """The volumes that begin_pdf() started, or Unavailable with what the setter said."""
    return _finish(process)


def begin_pictures(document: Document) -> Process | None:
    """Start drawing the document's figures beside this process; None where it has no figure."""
    svgs = tuple(printable(block.svg) for block in document.blocks if isinstance(block, Figure))
    return _begin(Pictures(svgs)) if svgs else None


def finish_pictures(process: Process | None) -> tuple[bytes, ...]:
    """Each figure of begin_pictures() as a PNG of 200 pixels an inch, for formats that cannot hold vector pictures."""
    return () if process is None else _finish(process)


def set_apart(part: Part) -> bytes:
    """One volume, set in a process of its own."""
    [content] = _finish(_begin(part))
    return content


def _begin(order: Order, process: Process | None = None) -> Process:
    # Typst keeps each compile's cache for the life of the process; a process per report gives it back.
    return give(process or ready("setting"), msgspec.json.encode(order))


def _finish(process: Process) -> tuple[bytes, ...]:
    return msgspec.msgpack.decode(take(process, "The PDF"), type=tuple[bytes, ...])
