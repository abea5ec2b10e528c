"""The other formats, the manifest, and the promise that the same document gives the same bytes anywhere."""

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from datetime import date
from itertools import pairwise
from pathlib import Path

import docx
import pikepdf
import pytest
import python_calamine
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from lxml import etree, html
from msgspec.structs import replace

from pipir.document import apart, faces, render, wordml, xlsx
from pipir.document import docx as word
from pipir.document import html as pages
from pipir.document import json as plain
from pipir.document.docx import render_docx
from pipir.document.model import (
    Cover,
    Definition,
    DefinitionList,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Row,
    Table,
    Text,
    number,
    read,
    turned,
)
from pipir.document.pdf import render_pdf
from pipir.kernel.errors import Unavailable
from tests.document import examples

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return render.finish(render.begin(examples.whole()))


def parts(archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {entry.filename: (entry, opened.read(entry)) for entry in opened.infolist()}


def test_all_five_formats_are_made(files):
    assert set(files) == {"report.html", "report.pdf", "report.docx", "report.xlsx", "report.json"}


def test_the_same_document_gives_the_same_bytes_in_another_process_folder_zone_and_locale(files, tmp_path):
    """The report is a function: same snapshot, same bytes."""
    script = (
        "import hashlib, json\n"
        "from pipir.document import render\n"
        "from tests.document import examples\n"
        "files = render.finish(render.begin(examples.whole()))\n"
        "print(json.dumps({name: hashlib.sha256(content).hexdigest() for name, content in files.items()}))\n"
    )
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "4242",
        "HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def test_the_manifest_names_each_file_by_hash_and_size(files):
    found = json.loads(render.manifest(files, render.versions(), examples.whole()))
    for name, content in files.items():
        assert found["files"][name] == {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    assert {"typst", "pikepdf", "pipir", "program", "fonts"} <= set(found["versions"])
    assert found["snapshot_id"] == examples.whole().snapshot_id
    assert (found["status"], found["ribbons"]) == ("DRAFT", ["EXERCISE DATA"])


def test_the_json_is_the_document_itself(files):
    assert read(files["report.json"]) == number(examples.whole())
    assert read(plain.render_json(examples.hostile())) == number(examples.hostile())


# --- HTML


def test_the_page_is_whole_without_script_or_anything_fetched(files):
    text = files["report.html"].decode()
    page = html.document_fromstring(text.split("?>")[-1])
    assert page.get("lang") == "en-US"
    assert not page.xpath("//script | //link | //iframe | //object | //*[@style] | //@onclick")
    assert all(address.startswith(("#", "https://")) for address in page.xpath("//a/@href"))
    assert not page.xpath("//*[@src]")
    assert "default-src 'none'" in page.xpath("//meta[@http-equiv]/@content")[0]


def test_every_link_of_the_page_leads_to_an_id_that_stands_once(files):
    page = html.document_fromstring(files["report.html"].decode())
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    for address in page.xpath("//a/@href[starts-with(., '#')]"):
        assert address[1:] in ids


def test_the_page_has_one_title_and_headings_without_a_gap(files):
    page = html.document_fromstring(files["report.html"].decode())
    levels = [int(heading.tag[1]) for heading in page.xpath("//h1 | //h2 | //h3 | //h4 | //h5 | //h6")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_table_of_the_page_has_caption_and_headers(files):
    page = html.document_fromstring(files["report.html"].decode())
    tables = page.xpath("//table")
    assert len(tables) == 6
    for table in tables:
        assert table.xpath("caption")
        assert len(table.xpath("thead/tr/th[@scope='col']")) == len(table.xpath("tbody/tr[1]/*"))
        assert len(table.xpath("tbody/tr/th[@scope='row']")) == len(table.xpath("tbody/tr"))


def test_the_marking_stands_above_and_below_the_page(files):
    page = html.document_fromstring(files["report.html"].decode())
    assert [banner.text for banner in page.xpath("//*[contains(@class, 'banner')]")] == ["CUI", "CUI"]


def test_the_fragment_has_no_style_of_its_own():
    fragment = pages.render_html_fragment(examples.whole())
    assert fragment.startswith('<article class="doc"')
    assert "<style" not in fragment
    assert " style=" not in fragment
    assert "<script" not in fragment


def test_hostile_text_stays_text_on_the_page():
    page = html.document_fromstring(pages.render_html(examples.hostile()).decode())
    assert not page.xpath("//script")
    for paragraph in ("//h1", "//h2[@id='h']", "//caption", "//dl[@class='doc-definitions']/dt", "//figcaption"):
        said = page.xpath(paragraph)[0].text_content()
        assert "<script>alert(1)</script>" in said
        assert "{{ 7*7 }}" in said
        assert "[U+202E]" in said


# --- DOCX


def xml(files, name="word/document.xml"):
    return etree.fromstring(parts(files["report.docx"])[name][1])


def test_every_figure_in_word_is_a_locked_control_that_names_its_fact(files):
    """A copy that returns from coordination is read back by fact id."""
    facts = {fact.id: fact.text for fact in examples.whole().facts}
    controls = xml(files).findall(f".//{W}sdt")
    assert {control.find(f".//{W}tag").get(f"{W}val") for control in controls} == set(facts)
    for control in controls:
        assert control.find(f".//{W}lock").get(f"{W}val") == "sdtContentLocked"
        said = "".join(text.text for text in control.iter(f"{W}t"))
        assert said == facts[control.find(f".//{W}tag").get(f"{W}val")]


def test_every_block_in_word_is_bookmarked_once(files):
    names = [mark.get(f"{W}name") for mark in xml(files).iter(f"{W}bookmarkStart")]
    assert len(names) == len(set(names))
    assert all(len(name) <= 40 for name in names)
    for block in number(examples.whole()).blocks:
        if type(block).__name__ not in {"PageBreak", "SourceList"}:
            assert word.bookmark(block.id) in names, block.id
    for link in xml(files).iter(f"{W}hyperlink"):
        anchor = link.get(f"{W}anchor")
        assert anchor is None or anchor in names


def test_word_gets_headings_header_rows_language_and_alternative_text(files):
    opened = docx.Document(io.BytesIO(files["report.docx"]))
    styles = [paragraph.style.name for paragraph in opened.paragraphs]
    assert styles.count("Heading 1") == sum(
        isinstance(block, Heading) and block.level == 1 for block in examples.whole().blocks
    )
    for table in opened.tables:
        # Key figures are no table to a reader: each cell says its figure and what it counts.
        side_by_side = table.cell(0, 0).paragraphs[0].style.name == "Key Figure"
        assert (table._tbl.find(f".//{W}tblHeader") is None) == side_by_side
    assert opened.core_properties.title == examples.whole().title
    assert opened.core_properties.created.isoformat() == "2027-01-15T14:30:00+00:00"
    assert b'w:val="en-US"' in parts(files["report.docx"])["word/styles.xml"][1]
    pictures = xml(files).findall(".//{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr")
    assert len(pictures) == 2
    assert all(picture.get("descr") for picture in pictures)


def test_word_keeps_a_total_with_rows_and_the_source_line(files):
    """No total and no source line alone on a page: the last rows are kept with what follows them."""
    body = docx.Document(io.BytesIO(files["report.docx"])).element.body
    [table] = [table for table in body.iter(qn("w:tbl")) if _totalled(table)]
    rows = table.findall(qn("w:tr"))[1:]
    kept = [all(cell.find(f".//{qn('w:keepNext')}") is not None for cell in row.iter(qn("w:tc"))) for row in rows]
    assert kept == word.kept_rows(len(rows), 3)


def test_word_keeps_short_words_with_the_table_that_they_lead_to():
    """A sentence, or the facts of a project, do not end the page before their table; long words may."""
    table = Table("t", "T", (examples.Column("c", "C"),), (Row("r", ("x",)),))
    terms = examples.DefinitionList(tuple(examples.Definition(f"Term {n}", (Text("What it is."),)) for n in (1, 2)))
    long = examples.Paragraph((Text("Long words. " * 100),))
    short = examples.Paragraph((Text("Short words."),))
    alone = examples.Paragraph((Text("Before words."),))
    blocks = (Heading(1, "H", "h"), alone, short, table, terms, replace(table, id="t2"), long, replace(table, id="t3"))
    whole = Document("Title", examples.FROZEN, "s", blocks=blocks, cover=Cover())
    paragraphs = docx.Document(io.BytesIO(word.render_docx(whole))).paragraphs
    kept = {each.text.split(".")[0].strip(): each.paragraph_format.keep_with_next for each in paragraphs}
    assert kept["Short words"]
    assert kept["Term 1  What it is"]
    assert kept["Term 2  What it is"]
    assert not kept["Before words"]
    assert not kept["Long words"]


def _totalled(table):
    return "".join(word.text or "" for word in table.findall(qn("w:tr"))[-1].iter(qn("w:t"))).startswith("Total")


def test_word_lists_its_contents_with_pages(files):
    """Each entry leads to its heading and ends with the field of its page."""
    opened = docx.Document(io.BytesIO(files["report.docx"]))
    entries = [each for each in opened.paragraphs if each.style.name.startswith("toc ")]
    headings = [block for block in number(examples.whole()).blocks if isinstance(block, Heading) and block.level <= 2]
    assert [each.text.strip() for each in entries] == [word.numbered(block) for block in headings]
    for entry, heading in zip(entries, headings, strict=True):
        assert entry.style.name == f"toc {heading.level}"
        [link] = entry._p.iter(f"{W}hyperlink")
        assert link.get(f"{W}anchor") == word.bookmark(heading.id)
        assert [field.text for field in link.iter(f"{W}instrText")] == [f" PAGEREF {word.bookmark(heading.id)} \\h "]


def test_word_carries_its_faces(files):
    """A reader without our typefaces saw others, whose lines and columns are wider."""
    found = parts(files["report.docx"])
    listed = etree.fromstring(found["word/fontTable.xml"][1])
    led = etree.fromstring(found["word/_rels/fontTable.xml.rels"][1])
    targets = {each.get("Id"): each.get("Target") for each in led}
    shown = set()
    for face in listed:
        for kept in (*face.iterfind(f"{W}embedRegular"), *face.iterfind(f"{W}embedBold")):
            relation = kept.get("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id")
            hidden = found[f"word/{targets[relation]}"][1]
            key = bytes.fromhex(kept.get(f"{W}fontKey").strip("{}").replace("-", ""))[::-1] * 2
            plain = bytes(a ^ b for a, b in zip(hidden, key, strict=False)) + hidden[32:]
            name = targets[relation].removeprefix("fonts/").removesuffix(".odttf")
            assert plain == (faces.FOLDER / f"{name}.ttf").read_bytes()
            shown.add(name)
    assert shown == {"PublicSans-Regular", "PublicSans-Bold", "SourceSerif4-Regular", "SourceSerif4-Bold"}
    assert xml(files, "word/settings.xml").find(f"{W}embedTrueTypeFonts") is not None


def test_word_carries_the_marking_above_and_below(files):
    names = [name for name in parts(files["report.docx"]) if name.startswith(("word/header", "word/footer"))]
    assert len(names) == 6
    for name in names:
        assert "CUI" in [text.text for text in xml(files, name).iter(f"{W}t")]


def test_hostile_text_stays_text_in_word():
    content = word.render_docx(examples.hostile())
    opened = docx.Document(io.BytesIO(content))
    said = "\n".join(paragraph.text for paragraph in opened.paragraphs)
    assert "<script>alert(1)</script>" in said
    assert "[U+0000]" in said


def test_a_turned_table_takes_its_heading_along_and_leaves_no_empty_page():
    """Two landscape tables stand on turned pages one after the other, in the PDF and in Word."""
    columns = (examples.Column("a", "A", "text"),)
    first, second, small = (Table(name, name, columns, (Row("r", ("x",)),)) for name in ("first", "second", "small"))
    words = DefinitionList((Definition("Term", (Text("said"),)),), "list")
    blocks = (
        Heading(1, "Before", "before"), Paragraph((Text("Upright."),)), small,
        Heading(1, "Annex", "annex"), Paragraph((Text("Turned."),)), words, replace(first, orientation="landscape"),
        replace(second, orientation="landscape"),
        Heading(1, "After", "after"), Paragraph((Text("Upright again."),)),
    )  # fmt: skip
    assert turned(blocks) == [False] * 3 + [True] * 5 + [False] * 2
    document = Document("Title", examples.FROZEN, "s", blocks=blocks, cover=Cover(), contents=False)
    with pikepdf.open(io.BytesIO(render_pdf(document))) as pdf:
        assert [page.mediabox[2] > page.mediabox[3] for page in pdf.pages] == [False, False, True, False]
    word = docx.Document(io.BytesIO(render_docx(document)))
    assert [section.orientation for section in word.sections] == [
        WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE, WD_ORIENT.PORTRAIT,
    ]  # fmt: skip
    said = [[item.text for item in section.iter_inner_content() if hasattr(item, "text")] for section in word.sections]
    assert "Annex" in "".join(said[1])
    assert "After" in "".join(said[2])


def test_a_page_break_before_or_after_turned_pages_leaves_no_empty_page():
    columns = (examples.Column("a", "A", "text"),)
    wide = Table("wide", "wide", columns, (Row("r", ("x",)),), orientation="landscape")
    begun = (PageBreak(), Heading(1, "Annex", "annex"), wide, PageBreak(), Heading(1, "After", "after"), PageBreak())
    blocks = (Heading(1, "Before", "before"), *begun, Heading(1, "Last", "last"))
    document = Document("Title", examples.FROZEN, "s", blocks=blocks, cover=Cover(), contents=False)
    opened = docx.Document(io.BytesIO(render_docx(document)))
    begins = {each.text: each.paragraph_format.page_break_before for each in opened.paragraphs if each.text}
    assert {each for each in begins if begins[each]} == {"1  Before", "4  Last"}
    assert not [each for each in opened.element.body.iter(qn("w:br")) if each.get(qn("w:type")) == "page"]
    assert [bool(list(section.iter_inner_content())) for section in opened.sections] == [True] * 3


def test_what_runs_above_and_below_ends_at_the_edge_of_turned_pages_too():
    columns = (examples.Column("a", "A", "text"),)
    wide = Table("wide", "wide", columns, (Row("r", ("x",)),), orientation="landscape")
    blocks = (Heading(1, "A", "a"), wide, Heading(1, "B", "b"), replace(wide, id="other"), Heading(1, "C", "c"),
              Paragraph((Text("Upright."),)))  # fmt: skip
    document = Document("Title", examples.FROZEN, "s", blocks=blocks, cover=Cover(), marking="CUI", contents=False)
    content = render_docx(document)
    opened = docx.Document(io.BytesIO(content))
    ways = [section.orientation for section in opened.sections]
    assert ways == [WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE, WD_ORIENT.PORTRAIT]
    for section in opened.sections:
        line = section.page_width - section.left_margin - section.right_margin
        for part, tabbed, marked in ((section.header, 1, 0), (section.footer, 0, 1)):
            assert [stop.position for stop in part.paragraphs[tabbed].paragraph_format.tab_stops] == [line]
            assert part.paragraphs[marked].text == "CUI"
    # Upright pages share their lines; the cover has the marking alone.
    assert len([name for name in parts(content) if name.startswith("word/header")]) == 3
    assert [section.different_first_page_header_footer for section in opened.sections] == [True, False, False]
    first = opened.sections[0]
    assert [each.text for each in first.first_page_header.paragraphs] == ["CUI"]
    assert [each.text for each in first.first_page_footer.paragraphs] == ["CUI"]


def test_word_keeps_a_short_table_whole_and_the_first_row_of_a_long_one():
    assert word.kept_rows(3, 1) == [True] * 3
    assert word.kept_rows(20, 3) == [True] + [False] * 16 + [True] * 3


# --- XLSX


def test_every_table_is_a_sheet_with_figures_as_numbers(files):
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(files["report.xlsx"]))
    assert book.sheet_names == ["Report", "Facts", *(f"Table {place}" for place in range(1, 7)), "Sources"]
    rows = book.get_sheet_by_name("Table 2").to_python()
    assert ["FY 2026", 238.6, 131.2, 35.5] in [row[:4] for row in rows]
    facts = {row[0]: row for row in book.get_sheet_by_name("Facts").to_python() if row}
    for fact in examples.whole().facts:
        assert facts[fact.id][1] == fact.text
    assert [cell for cell in book.get_sheet_by_name("Table 1").to_python(skip_empty_area=False)[0] if cell] == ["CUI"]


def test_figures_and_days_of_a_workbook_are_numbers_and_dates():
    """A reader adds up and sorts what it holds; what the format would round stays as it is printed."""
    kinds = ("text", "money", "number", "date", "text")
    columns = tuple(examples.Column(f"c{place}", f"C{place}", kind) for place, kind in enumerate(kinds))
    rows = (
        Row("a", ("Jan 2, 2028", "9,401,719,896.24", "-3", "Mar 4, 2019", "1,000")),
        Row("b", ("Feb 30", "98,765,432,109,401,719.24", "none", "Feb 30, 2028", "12")),
        Row("c", ("total", "1.50", "", "no end stated", "Mar 4, 2019"), total=True),
    )
    facts = (examples.Fact("sum", "$1.2 million", "1234567.80", "USD"), examples.Fact("open", "not public", "", "USD"))
    document = Document(
        "T", examples.FROZEN, "s", blocks=(Heading(1, "H", "h"), Table("t", "T", columns, rows)), facts=facts,
        cover=Cover(),
    )  # fmt: skip
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(xlsx.render_xlsx(document)))
    told = {row[-1]: row[:-1] for row in book.get_sheet_by_name("Table 1").to_python()}
    assert told["t:a"] == ["Jan 2, 2028", 9401719896.24, -3.0, date(2019, 3, 4), "1,000"]
    assert told["t:b"] == ["Feb 30", "98,765,432,109,401,719.24", "none", "Feb 30, 2028", "12"]
    assert told["t:c"] == ["total", 1.5, "", "no end stated", "Mar 4, 2019"]
    assert [row[:3] for row in book.get_sheet_by_name("Facts").to_python() if row[0] in ("sum", "open")] == [
        ["sum", "$1.2 million", 1234567.8],
        ["open", "not public", ""],
    ]


def test_a_fact_in_a_table_keeps_its_id_in_the_workbook(files):
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(files["report.xlsx"]))
    rows = book.get_sheet_by_name("Table 5").to_python()
    assert any("obligated.fy" in str(row[-1]) for row in rows)


def test_a_row_without_a_figure_is_named_by_its_table_and_its_key(files):
    """By that name the service says why, and a comparison with last year finds the same row."""
    document = examples.whole()
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(files["report.xlsx"]))
    tables = [block for block in document.blocks if isinstance(block, Table)]
    for place, table in enumerate(tables, 1):
        named = [row[-1] for row in book.get_sheet_by_name(f"Table {place}").to_python() if row[-1]]
        assert named[0] == "Fact ids"
        for name, row in zip(named[1:], table.rows, strict=True):
            quoted = [cell.fact for cell in row.cells if isinstance(cell, examples.FactRef)]
            assert name == (" ".join(quoted) or f"{table.id}:{row.key}")


def test_many_tables_of_the_same_columns_share_a_sheet_with_their_names_in_the_first_column():
    columns = (examples.Column("step", "Step", "text"), examples.Column("sum", "Sum", "number"))
    tables = tuple(
        Table(f"t{n}", f"Steps of P-{n}", columns, (Row("r", ("First", f"{n}.5")), Row("s", ("Second", "1"))))
        for n in range(1, 11)
    )
    other = Table("other", "Another", columns[:1], (Row("r", ("Alone",)),))
    document = Document(
        "Title", examples.FROZEN, "s", blocks=(Heading(1, "H", "h"), *tables[:5], other, *tables[5:]), cover=Cover()
    )
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(xlsx.render_xlsx(document)))
    assert book.sheet_names == ["Report", "Facts", "Table 1 and alike", "Table 6", "Sources"]
    rows = book.get_sheet_by_name("Table 1 and alike").to_python()
    assert ["Table", "Step", "Sum", "Fact ids"] in rows
    assert [row[3] for row in rows if row[1] == "First"] == [f"t{n}:r" for n in range(1, 11)]
    assert [row[0] for row in rows if row[1] == "First"] == [
        f"Table {n if n < 6 else n + 1}. Steps of P-{n}" for n in range(1, 11)
    ]
    assert [row[2] for row in rows if row[1] == "First"] == [n + 0.5 for n in range(1, 11)]


def test_no_cell_of_the_workbook_is_a_formula():
    """Text that begins with = stays text."""
    bad = ("=1+1", "@x", "+1", "-1", "=cmd|'/c calc'!A1")
    table = Table("t", "=T", tuple(examples.Column(f"c{i}", f"=C{i}", "number") for i in range(5)), (Row("r", bad),))
    document = Document(
        "=Title", examples.FROZEN, "=s", blocks=(Heading(1, "=H", "h"), table), cover=Cover(notice=(Text("=N"),))
    )
    for name, (_, content) in parts(xlsx.render_xlsx(document)).items():
        assert b"<f>" not in content, name
    for name, (_, content) in parts(xlsx.render_xlsx(examples.hostile())).items():
        assert b"<f>" not in content, name


@pytest.mark.parametrize("name", ["report.docx", "report.xlsx"])
def test_office_files_hold_their_parts_stored_and_dated_alike(files, name):
    """Another compression library would give other bytes; stored parts stay the same for years."""
    for entry, _ in parts(files[name]).values():
        assert entry.compress_type == zipfile.ZIP_STORED
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)


def test_other_formats_that_cannot_be_made_are_told_and_end_the_pages():
    """Nobody waits for pages of a report that has lost its other files."""
    begun = render.begin(examples.whole())
    begun.others.kill()
    with pytest.raises(Unavailable, match="The report beside its PDF could not be made"):
        render.finish(begun)
    assert begun.pages.returncode == -signal.SIGKILL


def test_what_a_process_said_before_it_ended_is_told():
    """An error of the process is no silence."""
    process = apart.give(apart.ready("others"), b"{}")
    with pytest.raises(Unavailable, match="missing required field"):
        apart.take(process, "The report")


def test_a_word_table_may_have_more_letters_than_its_library_reads_at_once() -> None:
    row = wordml.markup("w:tr", wordml.markup("w:tc", wordml.markup("w:p", wordml.words("letters " * 2_000))))
    table = wordml.made(wordml.markup("w:tbl", *[row] * 700))
    assert len(table) == 700
    assert len(wordml.made(wordml.markup("w:p", wordml.words("x" * 10_000_001))).xpath("string()")) == 10_000_001
