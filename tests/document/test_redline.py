"""This year's document against last year's: figures by id, tables by key, prose; and as tracked changes in Word."""

import io
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from pipir.document import faces
from pipir.document.compare import compare
from pipir.document.docx import render_docx
from pipir.document.model import (
    Bullets,
    Column,
    Cover,
    Document,
    Fact,
    FactRef,
    Heading,
    Marker,
    PageRef,
    Paragraph,
    Row,
    Strong,
    Table,
    Text,
)
from pipir.document.redline import render_redline
from pipir.kernel import merging

AT = datetime(2028, 2, 4, 22, 0, tzinfo=UTC)


def a_document(year: int, *blocks: Any, projects: str = "4", money: str = "10.00") -> Document:
    return Document(
        title=f"Report of {year}",
        frozen_at=datetime(year, 2, 1, tzinfo=UTC),
        snapshot_id=f"{year}" * 16,
        facts=(
            Fact("projects", projects, projects, "project", "Projects"),
            Fact("money", f"${money}", money, "USD", "Obligations"),
            *((Fact("only-now", "1", "1"),) if year == 2028 else (Fact("only-then", "2", "2"),)),
        ),
        blocks=blocks,
    )


def table(*rows: Row, id: str = "t") -> Table:
    return Table(id, "Projects", (Column("code", "No."), Column("name", "Name"), Column("sum", "Sum", "money")), rows)


LAST = a_document(
    2027,
    Heading(1, "Efforts", "efforts"),
    Paragraph((Text("We know of "), FactRef("projects"), Text("."))),
    Paragraph((Text("Single sources were named."),)),
    Bullets(((Text("one"),), (Text("two"),))),
    table(Row("p1", ("P1", "Repair", "1.00")), Row("p2", ("P2", "Magnets", "2.00"))),
    Heading(1, "Gone", "gone"),
    Paragraph((Text("This part ended."),)),
)
THIS = a_document(
    2028,
    Heading(1, "Efforts", "efforts"),
    Paragraph((Text("We know of "), FactRef("projects"), Text("."))),
    Paragraph((Text("Second sources were "), Strong("named"), Text(" <b>&amp;</b>."))),
    Bullets(((Text("one"),), (Text("three"),))),
    table(Row("p2", ("P2", "Magnets", "2.50")), Row("p3", ("P3", "Batteries", "9.00"))),
    Heading(1, "Begun", "begun"),
    Paragraph((Text("This part is new."),)),
    projects="5",
    money="12.50",
)


def text_of(body: Any) -> list[str]:
    """The words of each paragraph as a reader of the plain document sees them."""
    return [
        "".join(each.text or "" for each in paragraph.iter(qn("w:t"), qn("w:delText")))
        for paragraph in body.iter(qn("w:p"))
    ]


def settled(body: Any, keep: str) -> list[str]:
    """The paragraphs once every change is taken (w:ins) or rejected (w:del), by what the marks say."""
    body = deepcopy(body)
    drop = qn("w:del") if keep == "w:ins" else qn("w:ins")
    for row in list(body.iter(qn("w:tr"))):
        properties = row.find(qn("w:trPr"))
        if properties is not None and properties.find(drop) is not None:
            row.getparent().remove(row)
    for paragraph in list(body.iter(qn("w:p"))):
        mark = paragraph.find(f"{qn('w:pPr')}/{qn('w:rPr')}/{drop}")
        if mark is not None:
            paragraph.getparent().remove(paragraph)
    for change in list(body.iter(drop)):
        change.getparent().remove(change)
    return text_of(body)


def test_figures_are_compared_by_id_whatever_their_order() -> None:
    """report.md: compare facts by id"""
    found = compare(LAST, THIS)
    assert [(each.id, each.change, each.last, each.this, each.difference) for each in found.figures] == [
        ("projects", "changed", "4", "5", "1"),
        ("money", "changed", "$10.00", "$12.50", "2.50"),
        ("only-now", "new", None, "1", None),
        ("only-then", "gone", "2", None, None),
    ]
    assert compare(THIS, THIS).figures == ()
    assert compare(THIS, THIS).same_figures == 3


def test_what_became_known_is_no_difference() -> None:
    """No information is not zero"""
    unknown = a_document(2027, money="10.00")
    unknown = Document(
        **{name: getattr(unknown, name) for name in unknown.__struct_fields__ if name != "facts"},
        facts=(Fact("money", "not public", "", "USD"),),
    )
    [money] = [each for each in compare(unknown, THIS).figures if each.id == "money"]
    assert (money.last, money.difference) == ("not public", None)


def test_tables_are_compared_by_the_keys_of_rows_and_columns() -> None:
    """report.md: tables by row and column key"""
    [found] = compare(LAST, THIS).tables
    assert [(row.key, row.change) for row in found.rows] == [("p2", "changed"), ("p3", "new"), ("p1", "gone")]
    assert [(cell.column, cell.last, cell.this) for cell in found.rows[0].cells] == [("sum", "2.00", "2.50")]
    assert found.same == 0


def test_a_figure_alone_changes_no_words() -> None:
    """report.md: prose with facts shown by id"""
    found = {each.id: each for each in compare(LAST, THIS).prose}
    assert set(found) == {"efforts", "gone", "begun"}
    said = "".join(each.text for each in found["efforts"].pieces if each.kind == "same")
    assert "We know of {projects}." in said
    assert (found["gone"].change, found["begun"].change) == ("gone", "new")


def test_every_change_is_tracked_under_its_name_and_instant() -> None:
    """Word redline"""
    content = render_redline(LAST, THIS, author="pipir", at=AT)
    assert content == render_redline(LAST, THIS, author="pipir", at=AT)
    word = docx.Document(io.BytesIO(content))
    body = word.element.body
    marks = [*body.iter(qn("w:ins")), *body.iter(qn("w:del"))]
    assert marks
    assert {(each.get(qn("w:author")), each.get(qn("w:date"))) for each in marks} == {("pipir", "2028-02-04T22:00:00Z")}
    numbers = [each.get(qn("w:id")) for each in marks]
    assert len(numbers) == len(set(numbers))
    assert all(each.getparent().tag == qn("w:r") for each in body.iter(qn("w:delText")))
    assert all(any(up.tag == qn("w:del") for up in each.iterancestors()) for each in body.iter(qn("w:delText")))


def test_taking_every_change_gives_this_year_and_rejecting_them_last_year() -> None:
    """Word redline"""
    body = docx.Document(io.BytesIO(render_redline(LAST, THIS, author="pipir", at=AT))).element.body
    taken, rejected = settled(body, "w:ins"), settled(body, "w:del")
    for words in (
        "We know of 5.",
        "Second sources were named <b>&amp;</b>.",
        "three",
        "2.50",
        "Batteries",
        "This part is new.",
    ):
        assert words in taken, words
        assert words not in rejected, words
    for words in ("We know of 4.", "Single sources were named.", "two", "2.00", "Repair", "This part ended."):
        assert words in rejected, words
        assert words not in taken, words


def test_each_side_of_a_redline_is_its_whole_report_in_its_own_order() -> None:
    """Word redline: the cover, rows and sections that moved, and tables whose columns changed"""

    def year(number: int, *blocks: Any, title: str) -> Document:
        cover = Cover(eyebrow=f"Of {number}", lines=(f"Due {number}",), addressees=("A committee",) * (number - 2026))
        return replace(a_document(number, *blocks), title=title, cover=cover, designation=(("POC", str(number)),))

    rows = [Row(f"r{place}", (f"R{place}", f"Name {place}", f"{place}.00")) for place in range(6)]
    total = Row("total", ("Total", "", "15.00"), total=True)
    more = Table("more", "More", (Column("code", "No."), Column("day", "Day")), (Row("a", ("A", "Monday")),))
    other = replace(more, columns=(Column("code", "No."), Column("place", "Place")), rows=(Row("a", ("A", "Manila")),))
    first, second = Heading(1, "First", "first"), Heading(1, "Second", "second")
    mark = Paragraph((Marker("late", "bad"), Text(" still")))
    last = year(2027, first, table(*rows, total), mark, second, more, title="Report, 2027")
    moved = [rows[4], Row("r9", ("R9", "New", "9.00")), *rows[:2], rows[5], rows[3], total]
    this = year(2028, second, other, first, table(*moved), mark, title="Report, 2028")
    word = docx.Document(io.BytesIO(render_redline(last, this, author="pipir", at=AT)))
    for side, keep in ((this, "w:ins"), (last, "w:del")):
        plain = docx.Document(io.BytesIO(render_docx(side)))
        for part in ("body", "header", "footer"):
            drawn, told = (
                each.element.body if part == "body" else getattr(each.sections[0], part)._element
                for each in (word, plain)
            )
            assert [each for each in settled(drawn, keep) if each] == [each for each in text_of(told) if each], part


def test_a_redline_lists_its_contents_and_tracks_them() -> None:
    """Both years' headings, each leading to where it stands; what is taken or rejected takes its page along."""
    word = docx.Document(io.BytesIO(render_redline(LAST, THIS, author="pipir", at=AT)))
    entries = [each._p for each in word.paragraphs if each.style and each.style.name == "toc 1"]
    names = [each.get(qn("w:name")) for each in word.element.body.iter(qn("w:bookmarkStart"))]
    assert len(names) == len(set(names))
    found = {each.get(qn("w:anchor")): entry for entry in entries for each in entry.iter(qn("w:hyperlink"))}
    assert set(found) == {"efforts", "gone", "begun"} <= set(names)
    for to, mark in (("efforts", ""), ("gone", qn("w:del")), ("begun", qn("w:ins"))):
        fields = list(found[to].iter(qn("w:fldChar")))
        assert len(fields) == 3
        for field in fields:
            around = [each.tag for each in field.iterancestors() if each.tag in {qn("w:ins"), qn("w:del")}]
            assert around == ([mark] if mark else [])


def test_the_columns_of_a_redline_hold_the_words_of_both_years() -> None:
    """A number such as P-0001 broke after its hyphen where shares alone set the width."""
    wide = Column("name", "Name", width=12)
    last, this = (
        a_document(year, Table("t", "T", (Column("code", "No."), wide), (Row("p", (code, "A name")),)))
        for year, code in ((2027, "P1"), (2028, "P-0001-2345-6789"))
    )
    for pair in ((last, this), (this, last)):
        [table] = docx.Document(io.BytesIO(render_redline(*pair, author="pipir", at=AT))).tables
        first = int(next(table._tbl.iter(qn("w:gridCol"))).get(qn("w:w")))
        assert first > 20 * faces.width("P-0001-2345-6789", 8.5)


def test_lists_of_names_are_set_side_by_side_in_the_order_of_both() -> None:
    assert list(merging.paired("abc", "abc")) == [(0, 0), (1, 1), (2, 2)]
    assert list(merging.paired("", "a")) == [(None, 0)]
    assert list(merging.paired("abc", "cab")) == [(None, 0), (0, 1), (1, 2), (2, None)]


@given(st.permutations(range(7)), st.integers(0, 7), st.integers(0, 7))
def test_a_list_set_beside_another_is_whole_and_in_its_order(order: list[int], first: int, most: int) -> None:
    old, new = [str(each) for each in range(first, 7)], [str(each) for each in order[:most]]
    found = list(merging.paired(old, new))
    assert [a for a, _ in found if a is not None] == list(range(len(old)))
    assert [b for _, b in found if b is not None] == list(range(len(new)))
    assert all(old[a] == new[b] for a, b in found if a is not None and b is not None)


def test_a_comparison_has_no_column_of_pages_which_are_those_of_neither_year() -> None:
    contents = Table(
        "contents",
        "Contents",
        (Column("name", "Name"), Column("page", "Page", "number")),
        (Row("gone", ("The part that ended", PageRef("gone"))),),
    )
    last, this = (replace(each, blocks=(*each.blocks, contents)) for each in (LAST, LAST))
    tables = docx.Document(io.BytesIO(render_redline(last, this, author="Robin Exercise", at=AT))).tables
    assert [[cell.text for cell in row.cells] for row in tables[-1].rows] == [["Name"], ["The part that ended"]]


def test_hostile_words_stay_words_in_tracked_changes() -> None:
    """report.md: hostile text stays text"""
    hostile = a_document(2028, Paragraph((Text("</w:t><w:br/> \x0b \u202e & ]]>"),)))
    content = render_redline(a_document(2027), hostile, author="\"R\" <\x0b> & 'E'", at=AT)
    body = docx.Document(io.BytesIO(content)).element.body
    assert any("</w:t><w:br/> [U+000B] [U+202E] & ]]>" in each for each in text_of(body))
    assert {each.get(qn("w:author")) for each in body.iter(qn("w:ins"))} == {"\"R\" <[U+000B]> & 'E'"}
    etree.fromstring(etree.tostring(body))


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "text", "conflicts"),
    [
        ("a\nb\nc\nd", "a\nB\nc\nd", "a\nb\nc\nD", "a\nB\nc\nD", 0),
        ("a\nb", "a\nb\nmine", "theirs\na\nb", "theirs\na\nb\nmine", 0),
        ("a\nb\nc", "a\nc", "a\nb\nc\nd", "a\nc\nd", 0),
        ("a", "same", "same", "same", 0),
        ("", "mine", "", "mine", 0),
        ("a", "m", "t", "<<<<<<< your text\nm\n=======\nt\n>>>>>>> saved meanwhile", 1),
        ("a", "", "t", "<<<<<<< your text\n=======\nt\n>>>>>>> saved meanwhile", 1),
    ],
)
def test_two_texts_merge_line_by_line(base: str, mine: str, theirs: str, text: str, conflicts: int) -> None:
    """Nothing lost: what only one writer changed stands"""
    found = merging.merge(base, mine, theirs)
    assert (found.text, found.conflicts) == (text, conflicts)


@pytest.mark.parametrize(
    ("before", "after"), [("w " * 30_000, "w " * 29_999 + "x"), ("a\n" * 30_000, "b\na\n" * 15_000)]
)
def test_changes_join_again_to_both_texts_however_long(before: str, after: str) -> None:
    """Hostile text: a word, thousands of times"""
    found = merging.changes(before, after)
    assert "".join(each.text for each in found if each.kind != "added") == before
    assert "".join(each.text for each in found if each.kind != "removed") == after
