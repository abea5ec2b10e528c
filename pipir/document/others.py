"""The formats beside the PDF."""

from pipir.document.docx import render_docx
from pipir.document.html import render_html
from pipir.document.json import render_json
from pipir.document.model import Document
from pipir.document.pdf import Process
from pipir.document.xlsx import render_xlsx


def others(document: Document, drawing: Process | None) -> dict[str, bytes]:
    """File name to bytes; the pictures, which begin_pictures() has begun, are waited for last."""
    return {
        "report.html": render_html(document),
        "report.xlsx": render_xlsx(document),
        "report.json": render_json(document),
        "report.docx": render_docx(document, drawing=drawing),
    }
