"""The document as DOCX for coordination: every figure a locked content control, every block a bookmark."""

import hashlib
import io
import re
from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import UTC
from functools import lru_cache
from itertools import zip_longest
from typing import Any

import docx
from docx.document import Document as Word
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.shared import Emu, Inches

from pipir.document import checks, columns
from pipir.document.apart import Process
from pipir.document.model import (
    Bullets,
    Callout,
    Cell,
    Cite,
    Definition,
    DefinitionList,
    Document,
    FactRef,
    Figure,
    Heading,
    KeyFigures,
    Link,
    Marker,
    PageBreak,
    PageRef,
    Paragraph,
    Ref,
    Run,
    Source,
    SourceList,
    Strong,
    Table,
    Text,
    label,
    labels,
    last_rows,
    leads,
    number,
    turned,
)
from pipir.document.pdf import begin_pictures, finish_pictures
from pipir.document.text import printable
from pipir.document.wordlooks import dress
from pipir.document.wordml import made, markup, words
from pipir.document.xlsx import stored

_RED = "A3201D"
_FILLS = {
    "required-by": ("EEF1F7", "1F4E8C", "left"),
    "basis": ("FFFFFF", "1F4E8C", "box"),
    "missing": ("FDF6E7", "8A5A00", "dashed"),
    "exercise": ("FDF1F0", "A3201D", "left"),
    "note": ("EEF1F7", "EEF1F7", "left"),
    "designation": ("FFFFFF", "1B1B1B", "box"),
}
SHAPES = {"good": "\u25cf", "watch": "\u25b2", "bad": "\u25c6", "none": "\u25cb", "missing": "\u25a1"}
ADDRESSED = "Submitted to"
# A reader without our faces sees wider ones: columns have room for them.
ROOM = 10.0
_TAB = markup("w:r", markup("w:tab"))
# A table of no more rows stays on one page, as it does in the PDF.
_WHOLE_TABLE = 12
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


def render_docx(document: Document, *, drawing: Process | None = None) -> bytes:
    """The DOCX of the document, its parts stored and dated alike; `drawing` is what begin_pictures() gave."""
    checks.require(document)
    document = number(document)
    writer = _Writer(document, finish_pictures(drawing or begin_pictures(document)))
    writer.write()
    target = io.BytesIO()
    writer.word.save(target)
    return stored(target.getvalue())


def bookmark(block_id: str) -> str:
    """The bookmark of a block: its id where the format allows it, else a stable short form."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", block_id)
    if plain == block_id and _PLAIN_NAME.fullmatch(plain):
        return plain
    return f"{plain[:28]}_{hashlib.sha256(block_id.encode()).hexdigest()[:10]}"


@lru_cache(maxsize=1024)
def _cell_before(width: int, style: str, *, right: bool, fill: str, keep: bool) -> str:
    """A cell up to what stands in its paragraph."""
    shade = markup("w:shd", val="clear", color="auto", fill=fill) if fill else ""
    properties = markup("w:tcPr", markup("w:tcW", w=str(width), type="dxa"), shade)
    kept = markup("w:keepNext") if keep else ""
    styled = markup("w:pPr", markup("w:pStyle", val=style), kept, markup("w:jc", val="right") if right else "")
    return f"<w:tc>{properties}<w:p>{styled}"


def table_before(widths: list[int], *properties: str, top: bool = False) -> str:
    """What stands before the rows of a table: its looks, and its columns in twentieths of a point."""
    above = markup("w:top", val="single", sz="8", space="0", color="162E51") if top else ""
    looks = markup(
        "w:tblPr",
        markup("w:tblW", w=str(sum(widths)), type="dxa"),
        markup("w:tblBorders", above, markup("w:bottom", val="single", sz="8", space="0", color="162E51"),
               markup("w:insideH", val="single", sz="4", space="0", color="C3C8D1")),
        markup("w:tblLayout", type="fixed"),
        markup("w:tblLook", val="06A0", firstRow="1", firstColumn="1", noHBand="1", noVBand="1"),
        *properties,
    )  # fmt: skip
    return looks + markup("w:tblGrid", *(markup("w:gridCol", w=str(width)) for width in widths))


@lru_cache(maxsize=8)
def box(kind: str) -> str:
    """The properties of a paragraph that stands in a box of its kind."""
    fill, color, form = _FILLS[kind]
    sides = ("left",) if form == "left" else ("top", "left", "bottom", "right")
    style, width = ("dashed", "8") if form == "dashed" else ("single", "24" if form == "left" else "6")
    drawn = markup("w:pBdr", *(markup(f"w:{side}", val=style, sz=width, space="6", color=color) for side in sides))
    # Paragraphs of one box follow each other closely, and no box runs over the margins.
    spaced = markup("w:spacing", after="40") if kind == "designation" else ""
    shade = markup("w:shd", val="clear", color="auto", fill=fill)
    return drawn + shade + spaced + markup("w:ind", left="140", right="140")


def kept_rows(rows: int, last: int) -> list[bool]:
    """Which rows stay with what follows: all of a short table, the first of a long one, and so many at its end."""
    return [rows <= _WHOLE_TABLE or place == 0 or place >= rows - last for place in range(rows)]


def row_of(cells: Iterable[str], *properties: str) -> str:
    """A row that no page break divides."""
    return markup("w:tr", markup("w:trPr", markup("w:cantSplit"), *properties), *cells)


class _Writer:
    def __init__(self, document: Document, pictures: tuple[bytes, ...] = ()) -> None:
        self.document = document
        self.word: Word = docx.Document()
        # Whatever is added stands before the last section's properties.
        self.end = self.word.element.body.sectPr
        self.style_ids: dict[str, str] = {}
        self.labels = labels(document)
        self.facts = {fact.id: fact for fact in document.facts}
        self.sources = {source.id: source.label for source in document.sources}
        figures = [block for block in document.blocks if isinstance(block, Figure)]
        self.pictures = dict(zip((block.id for block in figures), pictures, strict=True))
        self.count = 0
        # Whether what is written leads to the block after it, and stays with it.
        self.leading = False
        # Whether the next paragraph begins a page; whether pages are turned, and the running lines of each way.
        self.breaking = False
        self.wide = False
        self.running: dict[bool, list[Any]] = {}

    # --- the whole

    def write(self) -> None:
        dress(self.word, lang=self.document.lang)
        self._properties()
        self._page()
        self._cover()
        self._break()
        if self.document.contents:
            self._contents()
        blocks = self.document.blocks
        for block, after, wide in zip_longest(blocks, blocks[1:], turned(blocks)):
            if isinstance(block, PageBreak):
                # Only noted: where the pages are turned a new one begins all the same.
                self._break()
                continue
            if wide != self.wide:
                self._turn(landscape=wide)
            self.leading = leads(block, after)
            self._block(block)

    def _properties(self) -> None:
        document, properties = self.document, self.word.core_properties
        frozen = document.frozen_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        properties.title = printable(document.title)[:255]
        properties.subject = printable(document.subtitle)[:255]
        properties.author = printable(document.author)[:255]
        properties.last_modified_by = properties.author
        properties.keywords = f"snapshot {printable(document.snapshot_id)}"[:255]
        properties.comments = ""
        properties.language = document.lang
        properties.category = printable(document.marking)[:255]
        properties.revision = 1
        properties.created = properties.modified = frozen

    def _page(self) -> None:
        section = self.word.sections[0]
        section.page_width, section.page_height = Inches(8.5), Inches(11)
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Inches(1)
        section.header_distance = section.footer_distance = Inches(0.45)
        self._running(section, line=6.5)
        # The cover names the report itself.
        section.different_first_page_header_footer = True
        for part in (section.first_page_header, section.first_page_footer):
            self._centred(part.paragraphs[0], self._marking())

    def _running(self, section: Any, *, line: float) -> None:
        """What stands above and below on every page whose line has so many inches."""
        small = {"color": "565C65", "size": 7.5, "font": "Public Sans"}
        head, foot = section.header, section.footer
        head.is_linked_to_previous = foot.is_linked_to_previous = False
        self._centred(head.paragraphs[0], self._marking())
        above, below = head.add_paragraph(), foot.paragraphs[0]
        for each in (above, below):
            each.style = self.word.styles["Source Line"]
            each.paragraph_format.tab_stops.add_tab_stop(Inches(line), WD_TAB_ALIGNMENT.RIGHT)
        self._append(
            above,
            self._of_document(lambda each: (each.running_title or each.title)[:90], **small),
            _TAB,
            self._of_document(ribbons_of, bold=True, color=_RED, size=7.5, font="Public Sans"),
        )
        said = self._of_document(
            lambda each: ". ".join([*each.as_of[:1], f"Snapshot {each.snapshot_id[:12]}"]), **small
        )
        page = markup("w:fldSimple", words("1"), instr=" PAGE ")
        self._append(below, said, _TAB, page)
        self._centred(foot.add_paragraph(), self._marking())

    def _marking(self) -> str:
        return self._of_document(lambda each: each.marking, bold=True, color="162E51", size=8.0, font="Public Sans")

    def _of_document(self, said: Callable[[Document], str], **looks: Any) -> str:
        """Runs of what a document says on every page."""
        return words(said(self.document), **looks)

    def _centred(self, paragraph: Any, runs: str) -> None:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._append(paragraph, runs)

    def _append(self, paragraph: Any, *runs: str) -> None:
        paragraph._p.extend(list(made(markup("w:p", *runs))))

    def _cover(self) -> None:
        document, cover = self.document, self.document.cover
        self._rule("162E51", "40", "260")
        if ribbons := ribbons_of(document):
            self._paragraph("Remark", words(ribbons, bold=True, color=_RED, size=10))
        if cover.eyebrow:
            self._paragraph("Remark", words(cover.eyebrow.upper(), bold=True, color="1F4E8C", size=10.5))
        self._paragraph("Title", words(document.title, size=34 if len(document.title) <= 130 else 16))
        if document.subtitle:
            self._paragraph("Normal", words(document.subtitle, size=12.5))
        self._rule("B0751A", "8", "120", right="7400")
        for line in (*cover.lines, *document.as_of):
            self._paragraph("Remark", words(line, size=10), more=markup("w:spacing", after="60"))
        if cover.addressees:
            self._paragraph(
                "Remark",
                words(ADDRESSED, bold=True, color="565C65"),
                more=markup("w:spacing", before="240", after="60"),
            )
            for line in cover.addressees:
                self._paragraph("List Bullet", words(line, size=9.5), more=markup("w:spacing", after="20"))
        self._rule("FFFFFF", "4", "120")
        if cover.notice:
            self._boxed("note", self._runs(cover.notice))
        if cover.cost_statement:
            self._boxed("basis", self._runs(cover.cost_statement))
        for term, said in document.designation:
            self._boxed("designation", words(f"{term}: ", bold=True) + words(said))

    def _rule(self, color: str, size: str, after: str, *, right: str = "0") -> None:
        """A line across the page, or to so many twentieths of a point before its edge."""
        line = markup("w:pBdr", markup("w:bottom", val="single", sz=size, space="1", color=color))
        self._paragraph("Remark", more=line + markup("w:spacing", after=after) + markup("w:ind", right=right))

    def _contents(self) -> None:
        self._paragraph("Contents", words("Contents"))
        for block in self.document.blocks:
            if isinstance(block, Heading) and block.level <= 2:
                entry = words(numbered(block)) + self._paged(block.id)
                self._paragraph(f"toc {block.level}", self._leading_to(block.id, entry))
        self._break()

    def _leading_to(self, block_id: str, runs: str) -> str:
        return markup("w:hyperlink", runs, anchor=bookmark(block_id), history="1")

    def _paged(self, block_id: str, tracked: Callable[[str], str] = str) -> str:
        """The page of a block at the end of the line; blank until the reader's program has set pages."""
        return tracked(
            _TAB
            + markup("w:r", markup("w:fldChar", fldCharType="begin"))
            + f'<w:r><w:instrText xml:space="preserve"> PAGEREF {bookmark(block_id)} \\h </w:instrText></w:r>'
            + markup("w:r", markup("w:fldChar", fldCharType="separate"))
            + words("")
            + markup("w:r", markup("w:fldChar", fldCharType="end"))
        )

    def _break(self) -> None:
        """Begin a page with what is written next."""
        self.breaking = True

    # --- pieces

    def _paragraph(self, style: str, *children: str, block_id: str = "", more: str = "") -> Any:
        """Add a paragraph; `more` are properties that the schema orders after its style and what holds it on a page."""
        named = markup("w:pStyle", val=self._style(style)) if style != "Normal" else ""
        kept = markup("w:keepNext") if self.leading else ""
        begun = markup("w:pageBreakBefore") if self.breaking else ""
        self.breaking = False
        styled = markup("w:pPr", named, kept, begun, more) if named or kept or begun or more else ""
        start, end = self._bookmark(block_id) if block_id else ("", "")
        element = made(markup("w:p", styled, start, *children, end))
        self.end.addprevious(element)
        return docx.text.paragraph.Paragraph(element, self.word._body)  # type: ignore[attr-defined]

    def _style(self, name: str) -> str:
        """The id of a style; the library looks through all of them each time that it is asked."""
        if name not in self.style_ids:
            self.style_ids[name] = self.word.styles[name].style_id
        return self.style_ids[name]

    def _bookmark(self, block_id: str) -> tuple[str, str]:
        self.count += 1
        return (
            markup("w:bookmarkStart", id=str(self.count), name=bookmark(block_id)),
            markup("w:bookmarkEnd", id=str(self.count)),
        )

    def _anchored(self, name: str, text: str) -> str:
        return markup("w:hyperlink", words(text, style="Hyperlink"), anchor=name, history="1")

    def _fact(self, fact: str, *, bold: bool = False, size: float = 0, color: str = "") -> str:
        """The figure as a run-level content control: its tag names the fact, its content cannot be edited."""
        self.count += 1
        name = printable(fact)[:64]
        properties = markup(
            "w:sdtPr",
            markup("w:alias", val=name),
            markup("w:tag", val=name),
            markup("w:id", val=str(self.count)),
            markup("w:lock", val="sdtContentLocked"),
            markup("w:text"),
        )
        run = words(self.facts[fact].text, bold=bold, size=size, color=color)
        return markup("w:sdt", properties, markup("w:sdtContent", run))

    def _run(self, run: Run | Cell, *, bold: bool = False, brackets: bool = True) -> str:
        match run:
            case str():
                return words(run, bold=bold)
            case Text(text=text):
                return words(text, bold=bold)
            case Strong(text=text):
                return words(text, bold=True)
            case FactRef(fact=fact):
                return self._fact(fact, bold=bold)
            case Ref(target=target):
                return self._anchored(bookmark(target), self.labels[target])
            case PageRef(target=target):
                # The label stands until the reader's program sets pages and the field is brought up to date.
                shown = words(self.labels[target], style="Hyperlink")
                return markup("w:fldSimple", shown, instr=f" PAGEREF {bookmark(target)} \\h ")
            case Cite(source=source):
                label = self.sources[source]
                return self._anchored(bookmark(f"source-{source}"), f"[{label}]" if brackets else label)
            case Link(url=url, text=text):
                relation = self.word.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
                shown = words(text, style="Hyperlink")
                return f'<w:hyperlink w:history="1" r:id="{relation}">{shown}</w:hyperlink>'
            case Marker(text=text, tone=tone):
                return words(f"{SHAPES[tone]} {text}", bold=bold)

    def _runs(self, runs: tuple[Run, ...], *, brackets: bool = True) -> str:
        return "".join([self._run(run, brackets=brackets) for run in runs])

    def _source(self, runs: tuple[Run, ...]) -> None:
        if runs:
            self._paragraph("Source Line", self._runs(runs, brackets=False))

    def _boxed(self, kind: str, children: str, block_id: str = "") -> None:
        led, self.leading = self.leading, kind == "required-by"
        self._paragraph("Remark", children, block_id=block_id, more=box(kind))
        self.leading = led

    # --- blocks

    def _block(self, block: Any) -> None:
        match block:
            case Heading():
                self._paragraph(f"Heading {min(block.level, 6)}", words(numbered(block)), block_id=block.id)
            case Paragraph():
                self._paragraph("Normal", self._runs(block.runs), block_id=block.id)
            case Callout():
                title = words(f"{block.title} ", bold=True) if block.title else ""
                self._boxed(block.kind, title + self._runs(block.runs), block.id)
            case KeyFigures():
                self._key_figures(block)
            case Bullets() | DefinitionList():
                self._lines(block)
            case Table():
                self._table(block)
            case Figure():
                self._figure(block)
            case SourceList():
                self._sources()

    def _key_figures(self, block: KeyFigures) -> None:
        """Side by side, the words that say what each counts below it."""
        size, rooms = columns.side_by_side([self.facts[item.fact].text for item in block.items])
        # With the insets of the cells, which are the gutters here.
        widths = [int(20 * room) + 280 for room in rooms]
        style, label_ = self._style("Key Figure"), self._style("Key Label")
        cells = []
        for place, (item, width) in enumerate(zip(block.items, widths, strict=True)):
            start, end = self._bookmark(f"{block.id}.{place}" if place else block.id)
            kept = markup("w:pPr", markup("w:pStyle", val=style), markup("w:keepNext"))
            figure = markup("w:p", kept, start, self._fact(item.fact, size=size), end)
            said = markup("w:p", markup("w:pPr", markup("w:pStyle", val=label_)), words(item.label))
            cells.append(markup("w:tc", markup("w:tcPr", markup("w:tcW", w=str(width), type="dxa")), figure, said))
        self.end.addprevious(made(markup("w:tbl", table_before(widths, top=True), row_of(cells))))
        self._paragraph("Key Label")

    def _lines(self, block: Bullets | DefinitionList) -> None:
        """A paragraph a line, each with a bookmark of its own."""
        style = "List Bullet" if isinstance(block, Bullets) else "Definition"
        items: tuple[Any, ...] = block.items
        for place, item in enumerate(items):
            match item:
                case Definition():
                    shown = words(f"{item.term}  ", bold=True, color="162E51") + self._runs(item.runs)
                case _:
                    shown = self._runs(item)
            self._paragraph(style, shown, block_id=f"{block.id}.{place}" if place else block.id)

    def _sources(self) -> None:
        for source in self.document.sources:
            shown = words(f"{source.label}  ", bold=True, color="162E51") + words(said_of(source))
            if source.url:
                shown += self._run(Link(source.url, source.url))
            self._paragraph("Normal", shown, block_id=f"source-{source.id}")

    def _figure(self, figure: Figure) -> None:
        caption = f"{label(figure)}. {figure.caption}"
        self._paragraph("Caption", words(caption), block_id=figure.id)
        paragraph = self._paragraph("Normal")
        paragraph.paragraph_format.keep_with_next = bool(figure.source)
        picture = paragraph.add_run().add_picture(io.BytesIO(self.pictures[figure.id]), width=Inches(6.5))
        tallest = Inches(8)
        if picture.height > tallest:
            picture.width, picture.height = Emu(int(picture.width * tallest / picture.height)), tallest
        named = picture._inline.docPr
        named.set("name", label(figure))
        named.set("descr", printable(figure.alt))
        self._source(figure.source)

    @property
    def _line(self) -> float:
        """The points of a line, on upright or on turned pages."""
        return columns.LINES["landscape" if self.wide else "portrait"]

    def _turn(self, *, landscape: bool) -> None:
        if not self.running:
            self.running[False] = _references(self.word.sections[0])
        section = self.word.add_section()
        section.different_first_page_header_footer = False
        section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        short, long = Inches(8.5), Inches(11)
        section.page_width, section.page_height = (long, short) if landscape else (short, long)
        if landscape not in self.running:
            self._running(section, line=9)
            self.running[landscape] = _references(section)
        else:
            for each in _references(section):
                section._sectPr.remove(each)
            for each in reversed(self.running[landscape]):
                section._sectPr.insert(0, deepcopy(each))
        self.wide = landscape
        # A turned page is a new one.
        self.breaking = False

    def _table(self, table: Table) -> None:
        self._paragraph("Caption", words(f"{label(table)}. {table.caption}"), block_id=table.id)
        # In twentieths of a point, as Word counts.
        widths = [max(int(20 * width), 1) for width in columns.widths(table, ROOM, self._line, self._said)]
        right = [column.figures for column in table.columns]
        head = (
            self._cell(words(column.title, bold=True, color="162E51"), width, right=aligned, fill="EEF1F7", keep=True)
            for column, width, aligned in zip(table.columns, widths, right, strict=True)
        )
        caption = markup("w:tblCaption", val=printable(f"{label(table)}. {table.caption}")[:250])
        written = [table_before(widths, caption), row_of(head, markup("w:tblHeader"))]
        kept = kept_rows(len(table.rows), last_rows(table))
        for line_place, row in enumerate(table.rows):
            cells = (
                self._cell(self._run(cell, bold=row.total or place == 0), width, right=aligned, keep=kept[line_place])
                for place, (cell, width, aligned) in enumerate(zip(row.cells, widths, right, strict=True))
            )
            written.append(row_of(cells))
        self.end.addprevious(made(markup("w:tbl", *written)))
        if table.source:
            self._source(table.source)
        else:
            self._paragraph("Source Line")

    def _said(self, cell: Cell) -> str:
        """What a cell prints, for the width of its column."""
        match cell:
            case str():
                return cell
            case FactRef(fact=fact):
                return self.facts[fact].text
            case Ref(target=target) | PageRef(target=target):
                return self.labels[target]
            case Cite(source=source):
                return self.sources[source]
            case _:
                return cell.text

    def _cell(self, inside: str, width: int, *, right: bool, fill: str = "", keep: bool = False) -> str:
        before = _cell_before(width, self._style("Table Text"), right=right, fill=fill, keep=keep)
        return f"{before}{inside}</w:p></w:tc>"


def _references(section: Any) -> list[Any]:
    """What leads from a section to the lines that stand above and below on its pages."""
    return [each for name in ("w:headerReference", "w:footerReference") for each in section._sectPr.findall(qn(name))]


def ribbons_of(document: Document) -> str:
    """What a document is, in one line: its status and its ribbons."""
    return "  ·  ".join([*((document.status,) if document.status else ()), *document.ribbons])


def said_of(source: Source) -> str:
    """What is said of a source before its address."""
    return ". ".join(part for part in (source.publisher, source.title, source.dated, source.note) if part) + ". "


def numbered(heading: Heading) -> str:
    """A heading with its number."""
    if not heading.number:
        return heading.text
    before = f"Appendix {heading.number}." if heading.appendix and heading.level == 1 else heading.number
    return f"{before}  {heading.text}"
