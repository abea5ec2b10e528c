"""How the pages stand: no heading, total, source line or paragraph alone; each defect is found where there is one."""

import io
from collections.abc import Iterator

import pikepdf
import pytest
from msgspec.structs import replace

from pipir.document import columns, faces, pdf, setting
from pipir.document.model import (
    Block,
    Callout,
    Column,
    Definition,
    DefinitionList,
    Document,
    Fact,
    Figure,
    Heading,
    KeyFigure,
    KeyFigures,
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
from pipir.document.pdf_tree import children
from pipir.document.volumes import volumes
from tests.document import examples

_TOGETHER = ("      ..if b.first { (table.header(level: 2, repeat: false, ..rows.first()),) },\n", "")
_ALL_ROWS = ("rows.slice(if b.first { 1 } else { 0 }, ", "rows.slice(0, ")
_LEADING = ("if b.sticky { block(spacing: 0.95em, sticky: true, ", "if b.sticky { block(spacing: 0.95em, ")
_KEPT = ("{ 0 }, rows.len() - b.last).flatten(),", "{ 0 }).flatten(),")
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


def test_no_head_stands_over_a_single_row() -> None:
    """Of these lengths one leaves room for one row, where nothing keeps it with the next."""
    alone = set()
    for count in (160, 163, 166, 169):
        whole = document(words(count), amounts(60))
        content = pdf.render_pdf(whole)
        assert misplaced(content, whole) == []
        assert findings(content) == []
        alone |= rules(set_otherwise(whole, _TOGETHER, _ALL_ROWS), whole)
    assert alone == {"No first row stands alone under its head"}


def test_a_row_that_was_set_with_the_head_is_a_row_of_the_body() -> None:
    """ISO 14289-1: the structure says what the table means, not how it was kept together."""
    with pikepdf.open(io.BytesIO(pdf.render_pdf(document(amounts(60))))) as file:
        [table] = [each for each in _below(file.Root.StructTreeRoot) if each.S == "/Table"]
        parts = {str(part.S): list(children(part)) for part in children(table)}
    assert [len(parts[name]) for name in ("/THead", "/TBody", "/TFoot")] == [1, 61, 1]
    for row in parts["/TBody"]:
        assert [str(cell.S) for cell in children(row)] == ["/TH", "/TD"]
        scopes = [str(each["/Scope"]) for cell in children(row) for each in cell.get("/A", []) if "/Scope" in each]
        assert scopes == ["/Row"]


def _below(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    for child in children(element):
        yield child
        yield from _below(child)


def test_a_heading_and_its_sentence_stand_with_the_table_that_they_lead_to() -> None:
    parted = set()
    for count in (130, 136, 148, 160):
        whole = document(words(count), Heading(2, "B", "b"), words(2), amounts(5))
        content = pdf.render_pdf(whole)
        assert misplaced(content, whole) == []
        parted |= rules(set_otherwise(whole, _LEADING), whole)
    assert parted == {"Words stand with the table that they lead to"}


def test_a_figure_without_room_stands_on_the_next_page_and_what_follows_fills_this_one() -> None:
    """A tall figure took its sentence along and left half a page empty."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 468 330"><rect width="468" height="330"/></svg>'
    figure = Figure("f", "A tall figure", svg, "A picture.", source=(Text("Source: the ledger."),))
    after = Paragraph((Text("What follows the figure. " * 12),))

    def places(content: bytes) -> tuple[int, int]:
        """How many pages after its sentence the figure stands, and what follows it."""
        pages = [bare(page) for page in printed(content)]
        named, stands, follows = (
            next(place for place, page in enumerate(pages) if bare(words) in page)
            for words in ("It is shown.", "A tall figure", "What follows the figure.")
        )
        return stands - named, follows - named

    seen, otherwise = set(), set()
    for count in (4, 60, 100, 118, 80):
        whole = document(words(count), Paragraph((Text("It is shown."),)), figure, after, words(2), amounts(60))
        content = pdf.render_pdf(whole)
        assert misplaced(content, whole) == []
        assert findings(content, whole) == []
        seen.add(places(content))
        otherwise.add(places(set_otherwise(whole, ("if left < measure", "if false and left < measure"))))
    # What stands after a figure that has its room may well be on the next page.
    assert (1, 0) in seen
    assert (1, 1) not in seen
    assert (1, 1) in otherwise
    assert (1, 0) not in otherwise
    far = ("place(top, float: true, clearance: 16pt, drawn(0pt))", "pagebreak() + pagebreak() + drawn(0pt)")
    assert rules(set_otherwise(whole, far), whole) == {"A figure stands on the page of its words or the next one"}


def test_a_figure_stands_in_its_own_section_and_inside_of_no_table() -> None:
    """At the head of the next page it parted the table that had begun, or stood behind the next heading."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 468 330"><rect width="468" height="330"/></svg>'
    figure = Figure("f", "A tall figure", svg, "A picture.")
    after = Paragraph((Text("What follows the figure. " * 12),))
    begun: dict[str, set[str]] = {"words": set(), "nothing": set()}
    for count in (100, 118):
        for next_ in ((amounts(60),), (Heading(1, "B", "b"), words(60))):
            for name, between in (("words", (after,)), ("nothing", ())):
                whole = document(words(count), Paragraph((Text("It is shown."),)), figure, *between, *next_)
                content = pdf.render_pdf(whole)
                assert misplaced(content, whole) == []
                assert findings(content, whole) == []
                begun[name] |= rules(set_otherwise(whole, ("{ place.flush() }", "{}")), whole)
    found = {"A figure stands in its own section and inside of no table"}
    assert begun == {"words": found, "nothing": found}


def test_the_terms_of_a_project_stand_with_its_table() -> None:
    terms = DefinitionList(tuple(Definition(f"Term {place}", (Text("What it is. " * 8),)) for place in range(6)))

    def parted(content: bytes) -> bool:
        pages = [bare(page) for page in printed(content)]
        return [page for page in pages if "Term5" in page] != [page for page in pages if "Amounts" in page]

    wholes = [document(words(count), terms, amounts(5)) for count in range(80, 140, 15)]
    assert not any(parted(pdf.render_pdf(whole)) for whole in wholes)
    assert any(parted(set_otherwise(whole, (" sticky: b.sticky, terms(", " terms("))) for whole in wholes)


def test_a_figure_breaks_no_line_where_all_of_them_fit() -> None:
    """The other figures of the line give way, for what stands below them needs less."""
    facts = tuple(Fact(str(place), text, "1", "USD", "What?", "Sec. 1", (), 1, "") for place, text in
                  enumerate(("6", "25", "2", "$238.6 million", "0")))  # fmt: skip
    items = tuple(KeyFigure(fact.id, "U.S. obligations under the section") for fact in facts)
    whole = replace(document(KeyFigures(items)), facts=facts)
    shown = setting._Printer(volumes(whole, "", most=None)[0], faces.characters()).block(whole.blocks[-1])
    for item in shown["items"]:
        assert faces.width(item["value"], item["size"]) <= item["width"]
    assert sum(item["width"] for item in shown["items"]) == pytest.approx(468 - 14 * 4)


def test_a_column_gives_room_that_it_does_not_fill_to_one_whose_cells_break() -> None:
    columns_ = (Column("code", "No."), Column("name", "Project"), Column("day", "Day", "date"))
    name = "A name of a project that is longer than the share that its column asks for"
    table = Table("t", "Projects", columns_, (Row("1", ("P-0001", name, "May 1, 2028")),))
    code, given, day = columns.widths(table, 8.3, 468, str)
    assert given >= faces.width(name, 8.3) + columns.INSET
    assert code >= faces.width("P-0001", 8.3) + columns.INSET
    assert day >= faces.width("May 1, 2028", 8.3) + columns.INSET
    assert code + given + day == pytest.approx(468, abs=0.01)
    # Where no cell breaks, each has what it asks for.
    short = replace(table, rows=(Row("1", ("P-0001", "A name", "May 1, 2028")),))
    assert columns.widths(short, 8.3, 468, str) == pytest.approx([156, 156, 156], abs=0.01)


def test_of_columns_whose_cells_break_the_one_that_lacks_least_has_its_room_first() -> None:
    """A citation stays whole beside prose that fills lines anyway; a title keeps room for its two lines."""
    columns_ = (Column("no", "Statutory day of it"), Column("law", "Provision"), Column("what", "Duty"))
    law, prose = "Sec. 1253(f)(1)(A), Public Law 119-60, division A", "Words of a duty. " * 40
    table = Table("t", "Duties", columns_, (Row("1", ("P", law, prose)),))
    title, given, _ = columns.widths(table, 8.3, 468, str)
    assert given == pytest.approx(faces.width(law, 8.3) + columns.INSET, abs=0.01)
    assert title >= 0.6 * faces.width("Statutory day of it", 8.3) + columns.INSET - 0.01


def holds_breaks(content: bytes) -> bool:
    """Whether a zero-width space is in what a reader's program copies: among the letters or in the text for them."""
    with pikepdf.open(io.BytesIO(content)) as file:
        said = [
            str(each.get("/ActualText", ""))
            for page in file.pages
            for instruction in pikepdf.parse_content_stream(page)
            for each in instruction.operands
            if isinstance(each, pikepdf.Dictionary)
        ]
    return any("\u200b" in each for each in (*said, *printed(content)))


def test_a_word_that_has_its_room_holds_no_break() -> None:
    """A zero-width space stays in what is copied: the word is not found again, and a hash is another."""
    kinds = ("co-development", "exploratory", "negative unliquidated obligation", "E-13793", "OUSD(A&S)")
    columns_ = tuple(Column(str(place), kind, width=0.3 + place) for place, kind in enumerate(kinds))
    rows = (Row("1", kinds), Row("t", ("Total", *["106,144,100.53"] * 4), total=True))
    digest = "a6ff145d2ad0203464b482d9c26a9fbf5d209d8b9be27fe203291196fe55112c"
    hashed = Definition("Snapshot", (Text(f"sha256 {digest}"),))
    whole = document(Table("t", "Kinds", columns_, rows), DefinitionList((hashed,)))
    content = pdf.render_pdf(replace(whole, as_of=(f"Snapshot {digest}",)))
    assert not holds_breaks(content)
    # On the cover, at the foot of both other pages, and in the list.
    assert "".join(printed(content)).count(digest) == 4
    broken = Paragraph((Text("wide" * 40),))
    assert holds_breaks(pdf.render_pdf(document(broken)))


def test_a_word_is_broken_by_the_face_and_the_size_that_it_is_set_in() -> None:
    word = "industrialization"
    room = faces.width(word, 10, "regular")
    assert room < faces.width(word, 10, "semibold") < faces.width(word, 10, "bold")
    assert faces.width("2026", 10, "serif") < faces.width("2026", 10, "regular")
    assert faces.breaking(word, 10, room, "regular") == word
    assert faces.breaking(word, 10, room - 1, "regular") == "industrializatio\u200bn"
    assert faces.breaking(word, 10, room, "bold") == "industrializatio\u200bn"
    # The setter breaks after a hyphen between letters, and after no other.
    part = faces.width("development", 10, "regular")
    assert faces.breaking("co-development", 10, part, "regular") == "co-development"
    assert faces.breaking("E-13793", 10, faces.width("E-1379", 10, "regular"), "regular") == "E-1379\u200b3"


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
