"""What a document must hold before it is rendered: one test per mistake, each named by its place."""

import hashlib

import pytest
from msgspec.structs import replace

from pipir.document import faces, render
from pipir.document.checks import check, require
from pipir.document.model import (
    Cite,
    Column,
    Fact,
    FactRef,
    Figure,
    Heading,
    KeyFigure,
    KeyFigures,
    Link,
    PageRef,
    Paragraph,
    Ref,
    Row,
    Source,
    SourceList,
    Table,
    Text,
)
from pipir.kernel.errors import Invalid
from tests.document import examples

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><rect width="1" height="1"/></svg>'
HEAD = Heading(1, "Head", "head")
COLUMNS = (Column("a", "A"), Column("b", "B"))
ROWS = (Row("1", ("x", "y")),)
ELSEWHERE = '<use href="https://example.gov/x.svg"/><rect'


def document(*blocks, facts=(), sources=(), **changes):
    return replace(examples.whole(), blocks=blocks, facts=facts, sources=sources, cover=examples.Cover(), **changes)


def paragraph(run):
    return document(HEAD, Paragraph((run,)))


def table(columns=COLUMNS, rows=ROWS):
    return document(HEAD, Table("t", "T", columns, rows))


def figure(svg=SVG, alt="A square.", narrow=""):
    return document(HEAD, Figure("f", "F", svg, alt, narrow=narrow))


def test_the_example_has_no_mistake():
    assert check(examples.whole()) == ()


@pytest.mark.parametrize(
    ("wrong", "where", "found"),
    [
        (paragraph(FactRef("nothing")), "blocks.1.runs.0", "nothing"),
        (paragraph(Ref("nowhere")), "blocks.1.runs.0", "nowhere"),
        (paragraph(PageRef("nowhere")), "blocks.1.runs.0", "nowhere"),
        (paragraph(Cite("nobody")), "blocks.1.runs.0", "nobody"),
        (paragraph(Link("javascript:alert(1)", "x")), "blocks.1.runs.0", "javascript:alert(1)"),
        (document(HEAD, HEAD), "blocks", "head"),
        (document(HEAD, facts=(Fact("f", "1", "1"),) * 2), "facts", "f"),
        (document(HEAD, sources=(Source("s", "S"),) * 2), "sources", "s"),
        (document(HEAD, SourceList(), SourceList("more")), "blocks", "2"),
        (document(HEAD, KeyFigures((KeyFigure("nothing", "x"),))), "blocks.1.items.0", "nothing"),
        (document(Heading(2, "Too deep", "deep")), "blocks.0 (deep).level", "2"),
        (document(Heading(1, " ", "empty")), "blocks.0 (empty).text", ""),
        (document(Heading(1, "Words", "no spaces")), "blocks.0 (no spaces).id", "no spaces"),
        (table(rows=(Row("1", ("x",)),)), "blocks.1 (t).rows.0", "1"),
        (table(rows=(Row("1", ("x", "y")), Row("1", ("x", "y")))), "blocks.1 (t).rows", "1"),
        (table(columns=(Column("a", "A"), Column("b", ""))), "blocks.1 (t).columns.1.title", ""),
        (table(columns=(), rows=()), "blocks.1 (t).columns", ""),
        (figure(alt=" "), "blocks.1 (f).alt", ""),
        (figure(svg="<svg"), "blocks.1 (f).svg", None),
        (figure(svg=SVG.replace("<rect", "<script")), "blocks.1 (f).svg", None),
        (figure(narrow=SVG.replace("<rect", "<script")), "blocks.1 (f).narrow", None),
        (figure(svg=SVG.replace("<rect", '<rect onload="x()"')), "blocks.1 (f).svg", "rect onload"),
        (figure(svg=SVG.replace("<rect", '<rect style="fill:red"')), "blocks.1 (f).svg", "rect style"),
        (figure(svg=SVG.replace("<rect", ELSEWHERE)), "blocks.1 (f).svg", "use href"),
        (document(HEAD, title=" "), "title", ""),
        (document(HEAD, frozen_at=examples.FROZEN.replace(tzinfo=None)), "frozen_at", "2027-01-15T14:30:00"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_its_place(wrong, where, found):
    mistakes = check(wrong)
    assert where in [mistake.where for mistake in mistakes]
    if found is not None:
        assert (where, found) in [(mistake.where, mistake.found) for mistake in mistakes]
    with pytest.raises(Invalid) as refused:
        require(wrong)
    assert refused.value.mistakes


def test_a_citation_needs_a_list_of_sources_to_lead_to():
    wrong = document(HEAD, Paragraph((Cite("s"),)), sources=(Source("s", "S"),))
    assert [mistake.expected for mistake in check(wrong)] == ["a list of sources, for citations lead there"]


def test_a_character_that_no_font_holds_is_named_with_its_block():
    """A letter without a glyph would fail the whole PDF: it is told at entry and at freeze."""
    wrong = paragraph(Text("Plan \u6f22 and \x07"))
    assert [(mistake.where, mistake.found) for mistake in check(wrong)] == [
        ("blocks.1.runs.0.text", "U+6F22 CJK UNIFIED IDEOGRAPH-6F22"),
        ("blocks.1.runs.0.text", "U+0007 unnamed"),
    ]
    require(wrong)  # it can still be printed, the code point in its place


def test_a_character_of_the_fallback_faces_is_no_mistake():
    assert check(paragraph(Text("Żółw, Đà Nẵng, Владивосток, \U0001f600"))) == ()


def test_only_the_given_fonts_count():
    assert check(paragraph(Text("é")), frozenset(range(128)))


def test_a_broken_document_is_refused_before_anything_is_rendered():
    with pytest.raises(Invalid, match="cannot be rendered"):
        render.begin(paragraph(Ref("nowhere")))


def test_the_vendored_fonts_are_those_of_the_lock():
    for name, digest in faces.hashes().items():
        assert hashlib.sha256((faces.FOLDER / name).read_bytes()).hexdigest() == digest, name
    held = {
        path.relative_to(faces.FOLDER).as_posix()
        for path in faces.FOLDER.rglob("*")
        if path.suffix in {".ttf", ".woff2"}
    }
    assert held == set(faces.hashes())
    assert sum(path.stat().st_size for path in faces.FOLDER.rglob("*") if path.is_file()) < 3_000_000


def test_every_family_stands_with_its_licence():
    families = {path.name.split("-")[0] for path in faces.FOLDER.glob("*.ttf")}
    assert families == {path.name.split("-")[0] for path in faces.FOLDER.glob("*-OFL.txt")}
