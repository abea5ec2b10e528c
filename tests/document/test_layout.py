"""How the pages stand: no heading, total, source line or paragraph alone; each defect is found where there is one."""

from dataclasses import replace as change
from functools import partial

import pytest

from pipir.document import pdf
from pipir.document.model import Block, Callout, Column, Document, Heading, PageBreak, Paragraph, Row, Table, Text
from pipir.document.pdf_checks import findings
from pipir.document.pdf_layout import misplaced
from tests.document import examples

ALONE = {"A source line stands with its table", "No last row stands alone on a page"}


def words(count: int) -> Paragraph:
    return Paragraph((Text("Words of a paragraph. " * count),))


def amounts(rows: int) -> Table:
    lines = tuple(Row(str(place), (f"Row {place}", f"{place}.00")) for place in range(rows))
    total = Row("total", ("Total", "9.00"), total=True)
    columns = (Column("what", "What"), Column("amount", "Amount", "money"))
    return Table("t", "Amounts", columns, (*lines, total), source=(Text("Source: the ledger."),))


def document(*blocks: Block) -> Document:
    return Document("Title", examples.FROZEN, "s", blocks=(Heading(1, "A", "a"), *blocks))


def set_as(template: str, whole: Document, monkeypatch: pytest.MonkeyPatch, tmp_path) -> bytes:  # type: ignore[no-untyped-def]
    changed = tmp_path / "report.typ"
    changed.write_text(template, encoding="utf-8")
    monkeypatch.setattr(pdf, "_TEMPLATE", changed)
    return pdf.render_pdf(whole)


def rules(content: bytes, whole: Document) -> set[str]:
    return {finding.rule for finding in misplaced(content, whole)}


@pytest.mark.parametrize("rows", range(36, 43))
def test_no_total_and_no_source_line_stands_alone_however_many_rows_there_are(rows: int) -> None:
    whole = document(words(4), amounts(rows))
    content = pdf.render_pdf(whole)
    assert misplaced(content, whole) == []
    assert findings(content) == []
