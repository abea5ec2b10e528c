"""How the pages stand: no heading, total, source line or paragraph alone; each defect is found where there is one."""

import pytest

from pipir.document import pdf, setting
from pipir.document.model import (
    Block,
    Callout,
    Column,
    Definition,
    DefinitionList,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Row,
    Table,
    Text,
    canonical,
    number,
)
from pipir.document.pdf_checks import bare, findings, printed
from pipir.document.pdf_layout import misplaced
from tests.document import examples

_KEPT = ("..rows.slice(0, rows.len() - b.last).flatten(),", "..rows.flatten(),")
_IN_FOOT = ("          ..rows.slice(rows.len() - b.last).flatten(),\n", "")
_REPEATED = ("table.header(repeat: b.repeat", "table.header(repeat: false")


def words(count: int) -> Paragraph:
    return Paragraph((Text("Words of a paragraph. " * count),))


def amounts(rows: int) -> Table:
    lines = tuple(Row(str(place), (f"Row {place}", f"{place}.00")) for place in range(rows))
    total = Row("total", ("Total", "9.00"), total=True)
    columns = (Column("what", "What"), Column("amount", "Amount", "money"))
    return Table("t", "Amounts", columns, (*lines, total), source=(Text("Source: the ledger."),))


def document(*blocks: Block) -> Document:
    return number(Document("Title", examples.FROZEN, "s", blocks=(Heading(1, "A", "a"), *blocks)))


def set_otherwise(whole: Document, *changes: tuple[str, str]) -> bytes:
    """The document set with another template than ours."""
    template = pdf._TEMPLATE.read_text(encoding="utf-8")
    for ours, other in changes:
        assert ours in template
        template = template.replace(ours, other)
    [content] = setting._set(pdf.Book(template, canonical(whole).decode()))
    return content


def rules(content: bytes, whole: Document) -> set[str]:
    return {finding.rule for finding in misplaced(content, whole)}


@pytest.mark.parametrize("rows", [41, 42])
def test_no_total_and_no_source_line_stands_alone(rows: int) -> None:
    """Of these lengths one leaves the total alone and one the source line, where nothing keeps them with the rows."""
    whole = document(words(4), amounts(rows))
    content = pdf.render_pdf(whole)
    assert misplaced(content, whole) == []
    assert findings(content) == []
    alone = {41: "A source line stands with its table", 42: "No last row stands alone on a page"}
    assert rules(set_otherwise(whole, _KEPT, _IN_FOOT), whole) == {alone[rows]}


def test_a_head_that_is_not_repeated_is_found() -> None:
    whole = document(amounts(60))
    assert misplaced(pdf.render_pdf(whole), whole) == []
    assert rules(set_otherwise(whole, _REPEATED), whole) == {"A table's head stands on each of its pages"}


def test_a_heading_and_a_paragraph_alone_on_their_pages_are_found() -> None:
    whole = document(PageBreak(), words(3), PageBreak(), words(40), Heading(2, "B", "b"), PageBreak(), amounts(2))
    assert rules(pdf.render_pdf(whole), whole) == {
        "A heading stands with what it heads",
        "No paragraph stands alone on a page",
    }


def test_a_short_remark_and_a_short_list_of_terms_are_not_parted() -> None:
    remark = Callout("basis", (Text("It begins here. " + "Words of a remark. " * 24 + "It ends here."),))
    terms = DefinitionList(tuple(Definition(f"Term {place}", (Text("What it is. " * 8),)) for place in range(6)))
    for lines in range(84, 100, 3):
        for block, first, last in ((remark, "Itbeginshere", "Itendshere"), (terms, "Term0", "Term5")):
            whole = document(words(lines * 2), block)
            pages = [bare(page) for page in printed(pdf.render_pdf(whole))]
            assert [first in page for page in pages] == [last in page for page in pages]


def test_a_table_of_many_columns_breaks_no_word_that_has_room() -> None:
    """A word is parted only where a line cannot hold one of each column."""
    titles = ("Vulnerability", "Countries", "Severity", "Confidence", "Mitigation", "Projects", "Status", "Review")
    columns = tuple(Column(title, title, "date" if title == "Review" else "text") for title in titles)
    cells = (
        "Qualified maker",
        "AUS, JPN",
        "moderate",
        "confirmed",
        "replacement",
        "P-0001",
        "mitigated",
        "May 1, 2028",
    )
    whole = document(Table("t", "Vulnerabilities", columns, (Row("1", cells),)))
    said = "".join(printed(pdf.render_pdf(whole)))
    assert "\u200b" not in said
    for word in (*titles, *" ".join(cells[:-1]).split()):
        assert word in said
