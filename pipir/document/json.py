"""The document as JSON: the model itself, in its canonical form."""

from pipir.document import checks
from pipir.document.model import Document, canonical, number


def render_json(document: Document) -> bytes:
    """The numbered document as canonical JSON."""
    checks.require(document)
    return canonical(number(document))
