"""The PDF: tagged, complete, marked on every page; and each own check catches the fault it is for."""

import io
import re

import pikepdf
import pytest
from msgspec.structs import replace

from pipir.document import faces, pdf, pdf_checks, setting
from pipir.document.model import Column, Document, Fact, FactRef, Heading, Paragraph, Row, Table, Text
from pipir.document.pdf_tree import children
from pipir.kernel.errors import Unavailable
from tests.document import examples


@pytest.fixture(scope="module")
def content() -> bytes:
    return pdf.render_pdf(examples.whole())


@pytest.fixture(scope="module")
def small() -> bytes:
    return pdf.render_pdf(examples.small())


def altered(content, change):
    with pikepdf.open(io.BytesIO(content)) as opened:
        change(opened)
        target = io.BytesIO()
        opened.save(target)
    return target.getvalue()


def first(opened, name):
    return next(element for element in pdf_checks._descendants(opened.Root.StructTreeRoot) if name == element.S)


def test_the_report_passes_every_own_check(content):
    """29 U.S.C. 794d; 36 CFR 1194: tags, order, alternatives, headings, table headers, language, title."""
    assert pdf_checks.findings(content, examples.whole()) == []


def test_the_report_has_the_pages_that_it_needs_and_no_blank_one(content):
    pages = pdf_checks.printed(content)
    assert 9 <= len(pages) <= 11
    for page in pages:
        assert len(page) > 250


def test_the_matrix_names_the_page_of_each_element(content):
    pages = pdf_checks.printed(content)
    titles = ("Projects and their standing", "Obligations and expenditures", "Milestones", "Risk and mitigation")
    found = [
        next(count for count, page in enumerate(pages, 1) if count > 2 and f"{place}{title}" in pdf_bare(page))
        for place, title in enumerate((title.replace(" ", "") for title in titles), 1)
    ]
    matrix = pdf_bare(pages[found[0] - 1])
    for place, page in enumerate(found, 1):
        assert f"Whatelement{place}musttellSection{place}{page}" in matrix


def pdf_bare(text):
    return pdf_checks.bare(text)


def test_the_source_line_stays_with_its_table(content):
    """A source line alone at the head of a page tells nothing."""
    for page in pdf_checks.printed(content):
        body = pdf_bare(page).split("EXERCISEDATA", 1)[-1]
        assert not body.startswith("Source")


def test_the_annex_repeats_its_header_on_each_page(content):
    pages = [page for page in pdf_checks.printed(content) if "X-0060" in page or "X-0010" in page]
    assert len(pages) == 2
    for page in pages:
        assert pdf_bare("Next milestone") in pdf_bare(page)


def test_no_byte_hangs_on_how_a_machine_compresses(content):
    """The setter compresses, which is of one version everywhere; what is packed together after it stays as it is."""
    packed = [
        content[max(0, each.start() - 200) : each.end() + 200]
        for each in re.finditer(rb"/Type /(?:ObjStm|XRef)", content)
    ]
    assert packed
    assert not [each for each in packed if b"/Filter" in each]


def test_the_same_document_gives_the_same_pdf(content):
    assert pdf.render_pdf(examples.whole()) == content


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda it: it.Root.MarkInfo.__setitem__("/Marked", False), "The file says that it is tagged"),
        (lambda it: it.Root.__delitem__("/Lang"), "The file names its language"),
        (lambda it: it.Root.__delitem__("/ViewerPreferences"), "The window shows the title"),
        (lambda it: it.Root.__delitem__("/Outlines"), "The file has bookmarks"),
        (lambda it: it.Root.__delitem__("/StructTreeRoot"), "The file has a structure tree"),
        (lambda it: first(it, "/Figure").__delitem__("/Alt"), "A figure has alternative text"),
        (lambda it: first(it, "/Figure").__delitem__("/A"), "A figure has its bounding box"),
        (lambda it: first(it, "/TH").__delitem__("/A"), "A header cell names its scope"),
        (lambda it: first(it, "/TR").K.__delitem__(0), "Every row of a table is as wide as the others"),
        (lambda it: first(it, "/H2").__setattr__("S", pikepdf.Name("/H4")), "Headings nest without a gap"),
        (lambda it: it.pages[1].Annots[0].__delitem__("/Contents"), "A link says where it leads"),
        (lambda it: it.pages[1].obj.__delitem__("/Tabs"), "Tab order follows the structure"),
        (lambda it: it.pages[1].contents_add(b"0 0 9 9 re f"), "All content is tagged or an artifact"),
        (lambda it: it.attachments.__delitem__("report.json"), "The document is attached as JSON"),
    ],
)
def test_each_check_catches_its_fault(small, change, rule):
    assert rule not in {finding.rule for finding in pdf_checks.findings(small, examples.small())}
    assert rule in {finding.rule for finding in pdf_checks.findings(altered(small, change), examples.small())}


def test_a_fact_that_is_not_printed_is_found(small):
    whole = examples.small()
    more = replace(whole, facts=(*whole.facts, Fact("never", "$999.9 billion", "999900000000.00")))
    assert "Every fact is printed: never" in [str(finding) for finding in pdf_checks.findings(small, more)]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"marking": "SECRET STUDY"}, "The marking stands at the top and the bottom of every page"),
        ({"ribbons": ("ANOTHER RIBBON",)}, "Every page carries its ribbons"),
        ({"designation": (("Controlled by", "Nobody at all"),)}, "The designation block stands on the first page"),
    ],
)
def test_a_mark_that_is_not_printed_is_found(small, changes, rule):
    """DoDI 5200.48: the banner on every page, the designation block on the first."""
    assert rule in {finding.rule for finding in pdf_checks.findings(small, replace(examples.small(), **changes))}


def test_a_row_begins_with_its_header(small):
    def unhead(opened):
        row = next(iter(children(first(opened, "/TBody"))))
        next(iter(children(row))).S = pikepdf.Name("/TD")
        del next(iter(children(row)))["/A"]

    assert "A row begins with its header" in {finding.rule for finding in pdf_checks.findings(altered(small, unhead))}


def test_hostile_text_stays_text():
    """A template, a script, a formula, NUL, a direction override, very long words: all printed, none obeyed."""
    content = pdf.render_pdf(examples.hostile())
    assert pdf_checks.findings(content, None) == []
    said = pdf_bare("".join(pdf_checks.printed(content)))
    for part in ("#letx=1#panic()", "<script>alert(1)</script>", '=cmd|"/cc"!A1'.replace('"/cc"', '"/ccalc"'),
                 "[U+0000]", "[U+202E]", "[U+6F22]", "\U0001f600", "{{7*7}}"):  # fmt: skip
        assert part in said


def test_a_word_of_ten_thousand_letters_is_broken_into_lines():
    letters = "w" * 10_000
    document = Document("Title", examples.FROZEN, "s", blocks=(Heading(1, "A", "a"), Paragraph((Text(letters),))))
    content = pdf.render_pdf(document)
    assert "".join(pdf_checks.printed(content)).count("w") >= 10_000
    assert 3 < len(pikepdf.open(io.BytesIO(content)).pages) < 12


@pytest.mark.parametrize("run", [Text("a", literal=True), FactRef("projects")])
def test_a_word_that_thousands_of_runs_make_is_broken_into_lines(run):
    """Marks that no space parts, as somebody may type them, stop no report."""
    facts = (Fact("projects", "25", "25", "project", "How many?", "Sec. 1", (), 25, ""),)
    runs = (Text("Begins "), *[run] * 20_000)
    document = Document("Title", examples.FROZEN, "s", facts=facts, blocks=(Heading(1, "A", "a"), Paragraph(runs)))
    content = pdf.render_pdf(document)
    said = "25" if isinstance(run, FactRef) else run.text
    assert pdf_bare("".join(pdf_checks.printed(content))).count(said) >= 20_000
    assert 2 < len(pikepdf.open(io.BytesIO(content)).pages) < 30


def test_a_table_taller_than_a_page_goes_on_to_the_next_and_is_never_printed_over_itself():
    long = "A plan that takes many words to tell and many lines to print. " * 40
    columns = (Column("a", "Project"), Column("b", "Plan"))
    table = Table("t", "Plans", columns, tuple(Row(str(place), (f"P-{place}", long)) for place in range(6)))
    document = Document("Title", examples.FROZEN, "s", blocks=(Heading(1, "A", "a"), table))
    pages = pdf_checks.printed(pdf.render_pdf(document))
    assert len({count for count, page in enumerate(pages) if re.search(r"P-[0-5]", page)}) >= 3


def test_a_wide_table_stands_on_a_turned_page_with_its_heading(content):
    with pikepdf.open(io.BytesIO(content)) as opened:
        turned = [count for count, page in enumerate(opened.pages) if page.mediabox[2] > page.mediabox[3]]
    assert len(turned) == 1
    said = pdf_bare(pdf_checks.printed(content)[turned[0]])
    assert "AppendixC.Widetable" in said
    assert "Table6." in said


def test_a_form_that_the_setter_cannot_set_is_told_and_not_hidden(monkeypatch):
    monkeypatch.setattr(pdf, "_TEMPLATE", pdf._TEMPLATE.with_name("report.css"))
    with pytest.raises(Unavailable, match="The PDF could not be made"):
        pdf.render_pdf(examples.small())


def test_every_character_that_the_faces_hold_prints_alone_and_under_a_mark():
    letters = "".join(chr(point) for point in sorted(faces.characters()) if point > 32)
    marked = "".join(f"{letter}\u0301\u0323 " for letter in letters[::7])
    document = Document(
        "Title", examples.FROZEN, "s", blocks=(Heading(1, "A", "a"), Paragraph((Text(letters), Text(marked))))
    )
    assert pdf_checks.findings(pdf.render_pdf(document)) == []


@pytest.mark.parametrize("letter", ["\u6f22", "\ue000"])
def test_a_letter_that_slips_through_is_printed_from_the_plain_form(letter):
    """The setter refuses a letter without a glyph, PDF/A one of the private area; the report still comes out."""
    template = '#set document(title: "T")\n#set text(lang: "en", font: "Public Sans")\n#json(bytes(sys.inputs.print))'
    forms = iter([{"print": f'"{letter}"'}, {"print": '"plain words"'}])
    assert "plain words" in "".join(pdf_checks.printed(setting._compiled(template, forms, 0)))


def test_a_picture_for_word_is_a_png():
    pictures = pdf.finish_pictures(pdf.begin_pictures(examples.whole()))
    assert len(pictures) == 2
    assert all(picture.startswith(b"\x89PNG\r\n") for picture in pictures)
    assert pdf.begin_pictures(replace(examples.small(), blocks=())) is None
