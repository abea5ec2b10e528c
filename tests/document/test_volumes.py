"""A long document comes in volumes: each whole by itself, none too long, and the first lists the pages of all."""

import io
import shutil

import pikepdf
import pytest
from msgspec.structs import replace

from pipir import package, verification
from pipir.document import pdf, pdf_checks, pdf_tree, volumes
from pipir.document.model import Column, Document, Fact, Heading, PageRef, Paragraph, Ref, Row, Table, Text, number
from tests.document import examples, test_verapdf
from tests.features.report.snapshots import with_lines

MOST = 4


@pytest.fixture(scope="module")
def contents() -> tuple[bytes, ...]:
    return pdf.render_volumes(examples.whole(), most=MOST)


def long_table(rows: int, *, caption: str = "Long") -> Document:
    columns = (Column("a", "First"), Column("b", "Second", "number"))
    table = Table("long", caption, columns, tuple(Row(str(n), (f"Row {n}", f"{n:,}")) for n in range(rows)))
    before = Paragraph((Text("See "), Ref("end"), Text(" on "), PageRef("end")))
    blocks = (Heading(1, "Begin", "begin"), before, Heading(2, "Within", "within"), table, Heading(1, "End", "end"))
    return Document("Title", examples.FROZEN, "s", blocks=(*blocks, Paragraph((Ref("long"), Text(" ends.")))))


def test_no_volume_is_longer_than_it_may_be_and_each_is_whole_by_itself(contents):
    assert len(contents) > 1
    assert all(pdf_tree.pages(content) <= MOST for content in contents)
    assert [pdf_checks.findings(content) for content in contents] == [[] for _ in contents]


def test_the_volumes_together_print_every_figure_and_the_first_carries_the_document(contents):
    assert pdf_checks.said(contents, examples.whole()) == []
    never = Fact("never", "1,234,567,890", "1234567890")
    more = replace(examples.whole(), facts=(*examples.whole().facts, never))
    assert "Every fact is printed: never" in [str(each) for each in pdf_checks.said(contents, more)]
    attached = []
    for content in contents:
        with pikepdf.open(io.BytesIO(content)) as opened:
            attached.append("report.json" in opened.attachments)
    assert attached == [True] + [False] * (len(contents) - 1)


def test_each_title_page_says_which_volume_it_is_and_each_page_too(contents):
    for place, content in enumerate(contents, 1):
        first, *others = pdf_checks.printed(content)
        which = pdf_checks.bare(f"Volume {place} of {len(contents)}")
        assert which in pdf_checks.bare(first)
        assert all(which in pdf_checks.bare(page) for page in others)


def test_the_contents_of_all_stand_in_the_first_with_the_pages_where_they_are(contents):
    """What is listed of another volume is found there, on that page."""
    listed = pdf_checks.bare(pdf_checks.printed(contents[0])[1])
    assert listed.count("Contents") == 1
    for place, content in enumerate(contents[1:], 2):
        printed = [pdf_checks.bare(page) for page in pdf_checks.printed(content)]
        with pikepdf.open(io.BytesIO(content)) as opened, opened.open_outline() as outline:
            titles = [pdf_checks.bare(item.title) for item in outline.root]
            pages = [opened.pages.index(pikepdf.Page(item.destination[0])) + 1 for item in outline.root]
        assert "Contents" not in titles
        for title, page in zip(titles, pages, strict=True):
            assert title in printed[page - 1]
            if not title.endswith("(continued)"):
                assert f"Volume{place},{page}" in listed.split(title, 1)[1]


def test_the_same_document_gives_the_same_volumes(contents):
    assert pdf.render_volumes(examples.whole(), most=MOST) == contents


def test_a_document_within_the_bound_is_one_file_as_without_one():
    assert pdf.render_volumes(examples.small()) == (pdf.render_pdf(examples.small()),)
    assert list(volumes.named((b"one",))) == ["report.pdf"]


def test_a_table_longer_than_a_volume_goes_on_in_the_next_under_its_headings():
    """Also where what was counted was too little: the volumes are parted anew until none is too long."""
    document = long_table(400)
    contents = pdf.render_volumes(document, most=5)
    assert len(contents) > 2
    assert all(pdf_tree.pages(content) <= 5 for content in contents)
    assert [pdf_checks.findings(content) for content in contents] == [[] for _ in contents]
    said = "".join(pdf_checks.bare(page) for content in contents for page in pdf_checks.printed(content))
    assert all(f"Row{n}" in said for n in range(400))
    second = pdf_checks.bare("".join(pdf_checks.printed(contents[1])))
    assert "Table1.Long(continued)" in second
    assert "1.1Within(continued)" in second


def test_what_stands_in_another_volume_is_named_with_it():
    contents = pdf.render_volumes(long_table(400), most=5)
    first, last = (pdf_checks.bare("".join(pdf_checks.printed(contents[place]))) for place in (0, -1))
    assert f"SeeSection2(volume{len(contents)})onSection2(volume{len(contents)})" in first
    assert "ends." in last


def test_a_part_begins_at_the_highest_heading_of_the_later_half():
    words = Paragraph((Text("word " * 400),))
    blocks = number(
        Document(
            "T",
            examples.FROZEN,
            "s",
            blocks=(
                Heading(1, "A", "a"),
                words,
                Heading(2, "Aa", "aa"),
                words,
                Heading(1, "B", "b"),
                words,
                Heading(2, "Bb", "bb"),
                words,
                words,
            ),
        )
    ).blocks
    first, second = volumes.divided(blocks, 2.5)
    assert [block.id for block in first if isinstance(block, Heading)] == ["a", "aa"]
    assert second[0] == blocks[4]


def test_a_package_of_several_volumes_is_verified_whole(tmp_path):
    snapshot = with_lines()
    files = package.files_of(snapshot, most_pages=8)
    names = list(volumes.of_files(files))
    assert len(names) > 1
    assert "report.pdf" not in files
    package.write_out(files, tmp_path)
    found = verification.verify(tmp_path, most_pages=8)
    assert (found.wrong, found.not_repeated) == ((), ())
    assert any(all(name in line for name in names) for line in found.checked)
    altered = bytearray(files[names[-1]])
    altered[len(altered) // 2] ^= 1
    (tmp_path / names[-1]).write_bytes(bytes(altered))
    assert any(names[-1] in line for line in verification.verify(tmp_path, most_pages=8).wrong)


@pytest.mark.skipif(shutil.which("java") is None or shutil.which("javac") is None, reason="no JDK here")
def test_every_volume_is_valid_by_the_engine_too(contents, tmp_path):
    files = [tmp_path / f"{place}.pdf" for place in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    verdicts, said = test_verapdf.judged(*files)
    assert set(verdicts.values()) == {"passed"}, said
