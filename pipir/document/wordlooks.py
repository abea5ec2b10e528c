"""How a Word document looks: its styles, and the faces that go with the file."""

import uuid
from functools import lru_cache
from typing import Any

from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.ns import qn
from docx.shared import Inches, Pt, RGBColor
from lxml import etree

from pipir.document import faces
from pipir.document.wordml import made, markup

_NAVY, _BLUE, _GREY = RGBColor(0x16, 0x2E, 0x51), RGBColor(0x1F, 0x4E, 0x8C), RGBColor(0x56, 0x5C, 0x65)
_TABLE_SIZE = 8.5
_FONT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/font"
_HIDDEN_FONT = "application/vnd.openxmlformats-officedocument.obfuscatedFont"
# The faces that go with the file, and what a program takes that does not read them.
_FACES = (
    ("Public Sans", "Arial", "swiss", (("w:embedRegular", "PublicSans-Regular"), ("w:embedBold", "PublicSans-Bold"))),
    (
        "Source Serif 4",
        "Georgia",
        "roman",
        (("w:embedRegular", "SourceSerif4-Regular"), ("w:embedBold", "SourceSerif4-Bold")),
    ),
)


def dress(word: Word, *, lang: str) -> None:
    """Give a document its styles, its language and its faces."""
    styles = word.styles
    defaults = styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    defaults.append(made(markup("w:lang", val=lang, eastAsia=lang, bidi="ar-SA")))
    _embed(word)
    _face(styles["Normal"], "Source Serif 4", 10.5)
    styles["Normal"].paragraph_format.space_after = Pt(7)
    styles["Normal"].paragraph_format.line_spacing = 1.15
    for level, size in ((1, 18), (2, 13), (3, 11), (4, 10.5), (5, 10.5), (6, 10.5)):
        style = styles[f"Heading {level}"]
        _face(style, "Public Sans", size, _NAVY, bold=True)
        style.paragraph_format.space_before = Pt(20 if level == 1 else 14)
        style.paragraph_format.space_after = Pt(8)
        if level == 1:
            border = made(markup("w:pBdr", markup("w:bottom", val="single", sz="12", space="4", color="162E51")))
            # The schema orders a paragraph's properties: a border stands before the spacing.
            style.element.get_or_add_pPr().find(qn("w:spacing")).addprevious(border)
    _face(styles["Title"], "Public Sans", 34, _NAVY, bold=True)
    for old in styles["Title"].element.get_or_add_pPr().findall(qn("w:pBdr")):
        styles["Title"].element.pPr.remove(old)
    _face(styles["Caption"], "Public Sans", 9, _BLUE, bold=True)
    styles["Caption"].paragraph_format.keep_with_next = True
    _face(styles["List Bullet"], "Source Serif 4", 10.5)
    for name, size, color, before, after in (
        ("Table Text", _TABLE_SIZE, None, 2, 2),
        ("Source Line", 8, _GREY, 3, 10),
        ("Remark", 9, None, 0, 10),
        ("Key Figure", 15, _NAVY, 4, 0),
        ("Key Label", 7.5, _GREY, 0, 4),
        ("Contents", 18, _NAVY, 0, 12),
        ("toc 1", 9.5, _NAVY, 6, 2),
        ("toc 2", 9, None, 0, 2),
    ):
        # Word knows those of the contents by name.
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name.startswith("toc"))
        style.base_style = styles["Normal"]
        bold = name in {"Key Figure", "Contents", "toc 1"}
        _face(style, "Public Sans", size, color, bold=bold)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        style.paragraph_format.line_spacing = 1.05
        if name.startswith("toc"):
            style.paragraph_format.left_indent = Pt(14 if name == "toc 2" else 0)
            style.paragraph_format.tab_stops.add_tab_stop(Inches(6.5), WD_TAB_ALIGNMENT.RIGHT)
    style = styles.add_style("Definition", WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = styles["Normal"]
    style.paragraph_format.left_indent, style.paragraph_format.first_line_indent = Pt(14), Pt(-14)
    style.paragraph_format.space_after = Pt(4)
    style.paragraph_format.keep_together = True
    link = styles.add_style("Hyperlink", WD_STYLE_TYPE.CHARACTER)
    link.font.color.rgb = _BLUE
    link.font.underline = True


def _embed(word: Word) -> None:
    """Put the faces into the file, so that it looks alike where they are not installed."""
    table = word.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    listed = etree.fromstring(table.blob)
    for name, other, family, files in _FACES:
        embedded = []
        for tag, file in files:
            key = uuid.uuid5(uuid.NAMESPACE_URL, file)
            hidden = PackURI(f"/word/fonts/{file}.odttf")
            part = Part(hidden, _HIDDEN_FONT, _hidden(file, key), word.part.package)
            relation = table.relate_to(part, _FONT)
            embedded.append(f'<{tag} r:id="{relation}" w:fontKey="{{{str(key).upper()}}}"/>')
        listed.append(
            made(
                markup(
                    "w:font",
                    markup("w:altName", val=other),
                    markup("w:charset", val="00"),
                    markup("w:family", val=family),
                    markup("w:pitch", val="variable"),
                    *embedded,
                    name=name,
                )
            )
        )
    table._blob = etree.tostring(listed, xml_declaration=True, encoding="UTF-8", standalone=True)
    settings = word.settings.element
    settings.find(qn("w:zoom")).addnext(made(markup("w:embedTrueTypeFonts")))


@lru_cache(maxsize=8)
def _hidden(file: str, key: uuid.UUID) -> bytes:
    """A face as the format wants it: its first bytes under the key, so that no program installs it by accident."""
    content = (faces.FOLDER / f"{file}.ttf").read_bytes()
    mask = key.bytes[::-1] * 2
    return bytes(byte ^ under for byte, under in zip(content, mask, strict=False)) + content[len(mask) :]


def _face(style: Any, name: str, size: float, color: RGBColor | None = None, *, bold: bool = False) -> None:
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
