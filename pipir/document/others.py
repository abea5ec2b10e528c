"""What a short-lived process does: it makes the formats beside the PDF."""

import gc
import sys

import msgspec

from pipir.document.docx import render_docx
from pipir.document.html import render_html
from pipir.document.json import render_json
from pipir.document.model import Document, read
from pipir.document.pdf import begin_pictures
from pipir.document.xlsx import render_xlsx
from pipir.kernel.errors import Unavailable


def others(document: Document) -> dict[str, bytes]:
    """File name to bytes; the pictures are drawn meanwhile, and waited for last."""
    drawing = begin_pictures(document)
    return {
        "report.html": render_html(document),
        "report.xlsx": render_xlsx(document),
        "report.json": render_json(document),
        "report.docx": render_docx(document, drawing=drawing),
    }


def main() -> int:
    """Read a document from standard input and write its files to standard output."""
    # The libraries go with the process: they need not be looked through for what could go.
    gc.freeze()
    document = read(sys.stdin.buffer.read())
    try:
        files = others(document)
    except Unavailable as problem:
        # From the process that draws the pictures, which has said it all.
        sys.stderr.write(str(problem))
        return 1
    sys.stdout.buffer.write(msgspec.msgpack.encode(files))
    return 0


if __name__ == "__main__":
    sys.exit(main())
