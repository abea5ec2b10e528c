"""The document as DOCX for coordination: every figure a locked content control, every block a bookmark."""

import hashlib
import io
import re
from collections.abc import Callable, Iterable
from datetime import UTC
from functools import lru_cache
from itertools import zip_longest
from typing import Any

import docx
from docx.document import Document as Word
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.shared import Emu, Inches, Pt, RGBColor

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
    KeyFigure,
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
from pipir.document.wordml import made, markup, words
from pipir.document.xlsx import stored

_NAVY, _BLUE, _GREY, _RED = RGBColor(0x16, 0x2E, 0x51), RGBColor(0x1F, 0x4E, 0x8C), RGBColor(0x56, 0x5C, 0x65), "A3201D"
_FIGURES = frozenset({"money", "number", "percent"})
_FILLS = {
    "required-by": ("EEF1F7", "1F4E8C", "left"),
    "basis": ("FFFFFF", "1F4E8C", "box"),
    "missing": ("FDF6E7", "8A5A00", "dashed"),
    "exercise": ("FDF1F0", "A3201D", "left"),
    "note": ("EEF1F7", "EEF1F7", "left"),
}
SHAPES = {"good": "\u25cf", "watch": "\u25b2", "bad": "\u25c6", "none": "\u25cb", "missing": "\u25a1"}
ADDRESSED = "Submitted to"
_TABLE_SIZE = 8.5
# A reader without our faces sees wider ones: columns have room for them.
_TABLE_ROOM = 10.0
_TAB = markup("w:r", markup("w:tab"))
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


def table_before(widths: list[int], *properties: str) -> str:
    """What stands before the rows of a table: its looks, and its columns in twentieths of a point."""
    looks = markup(
        "w:tblPr",
        markup("w:tblW", w=str(sum(widths)), type="dxa"),
        markup("w:tblBorders", markup("w:bottom", val="single", sz="8", space="0", color="162E51"),
               markup("w:insideH", val="single", sz="4", space="0", color="C3C8D1")),
        markup("w:tblLayout", type="fixed"),
        markup("w:tblLook", val="06A0", firstRow="1", firstColumn="1", noHBand="1", noVBand="1"),
        *properties,
    )  # fmt: skip
    return looks + markup("w:tblGrid", *(markup("w:gridCol", w=str(width)) for width in widths))


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

    # --- the whole

    def write(self) -> None:
        self._styles()
        self._properties()
        self._page()
        self._cover()
        if self.document.contents:
            self._contents()
        before = False
        blocks = self.document.blocks
        for block, after, wide in zip_longest(blocks, blocks[1:], turned(blocks)):
            if wide != before:
                self._turn(landscape=wide)
            before = wide
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

    def _styles(self) -> None:
        styles = self.word.styles
        defaults = styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
        for old in defaults.findall(qn("w:lang")):
            defaults.remove(old)
        defaults.append(made(markup("w:lang", val=self.document.lang, eastAsia=self.document.lang, bidi="ar-SA")))
        self._face(styles["Normal"], "Source Serif 4", 10.5)
        styles["Normal"].paragraph_format.space_after = Pt(7)
        styles["Normal"].paragraph_format.line_spacing = 1.15
        for level, size in ((1, 18), (2, 13), (3, 11), (4, 10.5), (5, 10.5), (6, 10.5)):
            style = styles[f"Heading {level}"]
            self._face(style, "Public Sans", size, _NAVY, bold=True)
            style.paragraph_format.space_before = Pt(20 if level == 1 else 14)
            style.paragraph_format.space_after = Pt(8)
            if level == 1:
                border = made(markup("w:pBdr", markup("w:bottom", val="single", sz="12", space="4", color="162E51")))
                # The schema orders a paragraph's properties: a border stands before the spacing.
                style.element.get_or_add_pPr().find(qn("w:spacing")).addprevious(border)
        self._face(styles["Title"], "Public Sans", 34, _NAVY, bold=True)
        for old in styles["Title"].element.get_or_add_pPr().findall(qn("w:pBdr")):
            styles["Title"].element.pPr.remove(old)
        self._face(styles["Caption"], "Public Sans", 9, _BLUE, bold=True)
        styles["Caption"].paragraph_format.keep_with_next = True
        self._face(styles["List Bullet"], "Source Serif 4", 10.5)
        for name, size, color in (("Table Text", _TABLE_SIZE, None), ("Source Line", 8, _GREY), ("Remark", 9, None)):
            style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            style.base_style = styles["Normal"]
            self._face(style, "Public Sans", size, color)
            style.paragraph_format.space_after = Pt(2 if name == "Table Text" else 10)
            style.paragraph_format.line_spacing = 1.05
        link = styles.add_style("Hyperlink", WD_STYLE_TYPE.CHARACTER)
        link.font.color.rgb = _BLUE
        link.font.underline = True

    def _face(self, style: Any, name: str, size: float, color: RGBColor | None = None, *, bold: bool = False) -> None:
        style.font.name = name
        style.font.size = Pt(size)
        if color is not None:
            style.font.color.rgb = color
        if bold:
            style.font.bold = True
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for old in list(fonts.attrib):
            del fonts.attrib[old]
        for script in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{script}"), name)

    def _page(self) -> None:
        section = self.word.sections[0]
        section.page_width, section.page_height = Inches(8.5), Inches(11)
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Inches(1)
        section.header_distance = section.footer_distance = Inches(0.45)
        mark = {"bold": True, "color": "162E51", "size": 8.0, "font": "Public Sans"}
        small = {"color": "565C65", "size": 7.5, "font": "Public Sans"}
        head, foot = section.header, section.footer
        self._centred(head.paragraphs[0], self._of_document(lambda each: each.marking, **mark))
        line = head.add_paragraph()
        line.style = self.word.styles["Source Line"]
        line.paragraph_format.tab_stops.add_tab_stop(Inches(6.5), WD_TAB_ALIGNMENT.RIGHT)
        self._append(
            line,
            self._of_document(lambda each: (each.running_title or each.title)[:90], **small),
            _TAB,
            self._of_document(ribbons_of, bold=True, color=_RED, size=7.5, font="Public Sans"),
        )
        below = foot.paragraphs[0]
        below.style = self.word.styles["Source Line"]
        below.paragraph_format.tab_stops.add_tab_stop(Inches(6.5), WD_TAB_ALIGNMENT.RIGHT)
        said = self._of_document(
            lambda each: ". ".join([*each.as_of[:1], f"Snapshot {each.snapshot_id[:12]}"]), **small
        )
        page = markup("w:fldSimple", words("1"), instr=" PAGE ")
        self._append(below, said, _TAB, page)
        self._centred(foot.add_paragraph(), self._of_document(lambda each: each.marking, **mark))

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
        if ribbons := ribbons_of(document):
            self._paragraph("Remark", words(ribbons, bold=True, color=_RED, size=10))
        if cover.eyebrow:
            self._paragraph("Remark", words(cover.eyebrow.upper(), bold=True, color="1F4E8C", size=10.5))
        self._paragraph("Title", words(document.title, size=34 if len(document.title) <= 130 else 16))
        if document.subtitle:
            self._paragraph("Normal", words(document.subtitle, size=12.5))
        for line in (*cover.lines, *document.as_of):
            self._paragraph("Remark", words(line, size=10))
        if cover.addressees:
            self._paragraph("Remark", words(ADDRESSED, bold=True, color="565C65"))
            for line in cover.addressees:
                self._paragraph("List Bullet", words(line, size=9.5))
        if cover.notice:
            self._boxed("note", self._runs(cover.notice))
        if cover.cost_statement:
            self._boxed("basis", self._runs(cover.cost_statement))
        for term, said in document.designation:
            self._paragraph("Remark", words(f"{term}: ", bold=True), words(said))

    def _contents(self) -> None:
        self._break()
        self._paragraph("Remark", words("Contents", bold=True, color="162E51", size=18))
        for block in self.document.blocks:
            if isinstance(block, Heading) and block.level <= 2:
                spaced = markup("w:spacing", after="60") + markup("w:ind", left=str(360 * (block.level - 1)))
                self._paragraph("Remark", self._anchored(bookmark(block.id), numbered(block)), more=spaced)
        self._break()

    def _break(self) -> None:
        self._paragraph("Normal", markup("w:r", markup("w:br", type="page")))

    # --- pieces

    def _paragraph(self, style: str, *children: str, block_id: str = "", more: str = "") -> Any:
        """Add a paragraph; `more` are properties, in the order of the schema after its style and what keeps it."""
        named = markup("w:pStyle", val=self._style(style)) if style != "Normal" else ""
        kept = markup("w:keepNext") if self.leading else ""
        styled = markup("w:pPr", named, kept, more) if named or kept or more else ""
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
        fill, color, form = _FILLS[kind]
        sides = ("left",) if form == "left" else ("top", "left", "bottom", "right")
        style, width = ("dashed", "8") if form == "dashed" else ("single", "24" if form == "left" else "6")
        borders = markup(
            "w:pBdr", *(markup(f"w:{side}", val=style, sz=width, space="6", color=color) for side in sides)
        )
        kept = markup("w:keepNext") if kind == "required-by" else ""
        shade = markup("w:shd", val="clear", color="auto", fill=fill)
        self._paragraph("Remark", children, block_id=block_id, more=f"{kept}{borders}{shade}")

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
            case Bullets() | KeyFigures() | DefinitionList():
                self._lines(block)
            case Table():
                self._table(block)
            case Figure():
                self._figure(block)
            case SourceList():
                self._sources()
            case PageBreak():
                self._break()

    def _lines(self, block: Bullets | KeyFigures | DefinitionList) -> None:
        """A paragraph a line, each with a bookmark of its own."""
        style = "List Bullet" if isinstance(block, Bullets) else "Normal"
        items: tuple[Any, ...] = block.items
        for place, item in enumerate(items):
            match item:
                case KeyFigure():
                    figure = self._fact(item.fact, bold=True, size=15, color="162E51")
                    shown = figure + words(f"  {item.label}", color="565C65", size=9)
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

    def _turn(self, *, landscape: bool) -> None:
        section = self.word.add_section()
        section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        short, long = Inches(8.5), Inches(11)
        section.page_width, section.page_height = (long, short) if landscape else (short, long)

    def _table(self, table: Table) -> None:
        self._paragraph("Caption", words(f"{label(table)}. {table.caption}"), block_id=table.id)
        line = 648.0 if table.orientation == "landscape" else 468.0
        # In twentieths of a point, as Word counts.
        widths = [max(int(20 * width), 1) for width in columns.widths(table, _TABLE_ROOM, line, self._said)]
        right = [column.kind in _FIGURES for column in table.columns]
        head = (
            self._cell(words(column.title, bold=True, color="162E51"), width, right=aligned, fill="EEF1F7")
            for column, width, aligned in zip(table.columns, widths, right, strict=True)
        )
        caption = markup("w:tblCaption", val=printable(f"{label(table)}. {table.caption}")[:250])
        written = [table_before(widths, caption), row_of(head, markup("w:tblHeader"))]
        last = len(table.rows) - last_rows(table)
        for line_place, row in enumerate(table.rows):
            cells = (
                self._cell(self._run(cell, bold=row.total or place == 0), width, right=aligned, keep=line_place >= last)
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
