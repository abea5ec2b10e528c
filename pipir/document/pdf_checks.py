"""Own checks of a finished PDF: what PDF/UA-1 asks, and what no validator knows: whether every fact is printed."""

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pikepdf

from pipir.document.model import Document, canonical, number
from pipir.document.pdf_tree import children

_HEADING = re.compile(r"/H([1-6])")
_PAINTS = frozenset({"S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do", "Tj", "TJ", "'", '"', "INLINE IMAGE"})
_BF_CHAR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>")
_BF_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]*)>|\[([^\]]*)\])")


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong in the file: the rule, and where."""

    rule: str
    where: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.where}"


def findings(content: bytes, document: Document | None = None) -> list[Finding]:
    """Everything wrong with the PDF; with the document, also whether each of its facts and marks is printed."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        found = [
            *_catalog(pdf),
            *_structure(pdf),
            *_pages(pdf),
            *_fonts(pdf),
        ]
    return found if document is None else [*found, *said((content,), document)]


def said(volumes: Sequence[bytes], document: Document) -> list[Finding]:
    """What the document says and its volumes together do not print: facts, marks, ribbons, the document itself."""
    return list(_said(volumes, document))


def printed(content: bytes) -> list[str]:
    """The text of each page as a reader's program copies it, in the order of the content stream."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return [_page_text(page) for page in pdf.pages]


def _catalog(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    root = pdf.Root
    if "/MarkInfo" not in root or not bool(root.MarkInfo.get("/Marked", False)):
        yield Finding("The file says that it is tagged", "MarkInfo")
    if not str(root.get("/Lang", "")):
        yield Finding("The file names its language", "Lang")
    preferences = root.get("/ViewerPreferences", pikepdf.Dictionary())
    if not bool(preferences.get("/DisplayDocTitle", False)):
        yield Finding("The window shows the title", "ViewerPreferences.DisplayDocTitle")
    with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        if not metadata.get("dc:title"):
            yield Finding("The file has a title", "dc:title")
        if str(metadata.get("{http://www.aiim.org/pdfua/ns/id/}part")) != "1":
            yield Finding("The file says that it is PDF/UA-1", "pdfuaid:part")
        part = str(metadata.get("{http://www.aiim.org/pdfa/ns/id/}part"))
        if (part, str(metadata.get("{http://www.aiim.org/pdfa/ns/id/}conformance"))) != ("3", "A"):
            yield Finding("The file says that it is PDF/A-3a", "pdfaid")
    outlines = root.get("/Outlines")
    if outlines is None or "/First" not in outlines:
        yield Finding("The file has bookmarks", "Outlines")


def _structure(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    root = pdf.Root.get("/StructTreeRoot")
    if root is None:
        yield Finding("The file has a structure tree", "StructTreeRoot")
        return
    if not any(child.S == "/Document" for child in children(root)):
        yield Finding("The structure begins with a document", "StructTreeRoot")
    level = count = 0
    for place, element in enumerate(_descendants(root)):
        where = f"element {place}, {element.S}"
        heading = _HEADING.fullmatch(str(element.S))
        if heading:
            count += 1
            depth = int(heading.group(1))
            if depth > level + 1:
                yield Finding("Headings nest without a gap", where)
            level = depth
        elif element.S == "/Figure":
            if not str(element.get("/Alt", "")).strip():
                yield Finding("A figure has alternative text", where)
            if not any("/BBox" in attribute for attribute in _attributes(element)):
                yield Finding("A figure has its bounding box", where)
        elif element.S == "/TH":
            if not any(str(attribute.get("/Scope", "")) for attribute in _attributes(element)):
                yield Finding("A header cell names its scope", where)
        elif element.S == "/Table":
            yield from _table(where, element)
    if not count:
        yield Finding("The file has headings", "StructTreeRoot")


def _table(where: str, table: pikepdf.Object) -> Iterator[Finding]:
    rows = [row for row in _descendants(table) if row.S == "/TR"]
    held: dict[tuple[int, int], bool] = {}
    widths = set()
    headed = False
    for line, row in enumerate(rows):
        place = 0
        for cell in children(row):
            headed |= cell.S == "/TH"
            while held.get((line, place)):
                place += 1
            spans = dict.fromkeys(("/ColSpan", "/RowSpan"), 1)
            for attribute in _attributes(cell):
                spans |= {key: int(attribute[key]) for key in spans if key in attribute}
            for down in range(spans["/RowSpan"]):
                for across in range(spans["/ColSpan"]):
                    if held.get((line + down, place + across)):
                        yield Finding("Cells do not overlap", f"{where}, row {line}")
                    held[line + down, place + across] = True
            place += spans["/ColSpan"]
        widths.add(max((across + 1 for down, across in held if down == line), default=0))
    if len(widths) != 1:
        yield Finding("Every row of a table is as wide as the others", where)
    if not headed:
        yield Finding("A table has header cells", where)
    for body in (part for part in children(table) if part.S == "/TBody"):
        for line, row in enumerate(children(body)):
            first = next(iter(children(row)), None)
            scopes = [str(attribute.get("/Scope", "")) for attribute in _attributes(first)] if first is not None else []
            if "/Row" not in scopes:
                yield Finding("A row begins with its header", f"{where}, row {line}")


def _pages(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    for count, page in enumerate(pdf.pages, 1):
        annotations = list(page.obj.get("/Annots", []))
        for annotation in annotations:
            if annotation.get("/Subtype") == "/Link" and not str(annotation.get("/Contents", "")).strip():
                yield Finding("A link says where it leads", f"page {count}")
        if annotations and page.obj.get("/Tabs") != "/S":
            yield Finding("Tab order follows the structure", f"page {count}")
        depth: list[bool] = []
        for operands, name in _operations(page):
            if name in {"BDC", "BMC"}:
                tagged = str(operands[0]) == "/Artifact" or (
                    name == "BDC" and isinstance(operands[1], pikepdf.Dictionary) and "/MCID" in operands[1]
                )
                depth.append(tagged)
            elif name == "EMC":
                depth.pop()
            elif name in _PAINTS and not any(depth):
                yield Finding("All content is tagged or an artifact", f"page {count}, operator {name}")
                break


def _fonts(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    for font in pdf.objects:
        if not isinstance(font, pikepdf.Dictionary) or font.get("/Type") != "/Font":
            continue
        name = str(font.get("/BaseFont", "a font"))
        if font.get("/Subtype") in {"/Type0", "/TrueType", "/Type1", "/Type3"} and "/ToUnicode" not in font:
            yield Finding("A font tells its characters", name)
        descriptor = font.get("/FontDescriptor")
        if font.get("/Subtype") not in {"/Type0", "/Type3"} and (
            descriptor is None or not any(f"/FontFile{kind}" in descriptor for kind in ("", "2", "3"))
        ):
            yield Finding("A font is embedded", name)


def _said(volumes: Sequence[bytes], document: Document) -> Iterator[Finding]:
    whole = ""
    for place, content in enumerate(volumes, 1):
        volume = f"volume {place}, " if len(volumes) > 1 else ""
        pages = [bare(page) for page in printed(content)]
        whole += "".join(pages)
        for count, page in enumerate(pages, 1):
            if page.count(bare(document.marking)) < 2:
                yield Finding("The marking stands at the top and the bottom of every page", f"{volume}page {count}")
            for ribbon in (document.status, *document.ribbons):
                if ribbon and bare(ribbon) not in page:
                    yield Finding("Every page carries its ribbons", f"{volume}page {count}, {ribbon}")
        for term, words in document.designation:
            if bare(term) not in pages[0] or bare(words) not in pages[0]:
                yield Finding("The designation block stands on the first page", f"{volume}{term}")
    for fact in document.facts:
        if bare(fact.text) not in whole:
            yield Finding("Every fact is printed", fact.id)
    # The first volume carries it for all.
    with pikepdf.open(io.BytesIO(volumes[0])) as pdf:
        attached = pdf.attachments.get("report.json")
        if attached is None or attached.get_file().read_bytes() != canonical(number(document)):
            yield Finding("The document is attached as JSON", "report.json")


def bare(text: str) -> str:
    """The text without anything that may stand between its letters for the line's sake."""
    return re.sub(r"[\s\u200b\u00a0]+", "", text)


# --- reading ----------------------------------------------------------------------------------------------------------


def _descendants(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    waiting = list(children(element))[::-1]
    while waiting:
        child = waiting.pop()
        yield child
        waiting += list(children(child))[::-1]


def _attributes(element: pikepdf.Object) -> list[pikepdf.Object]:
    found = element.get("/A")
    return [] if found is None else list(found) if isinstance(found, pikepdf.Array) else [found]


def _operations(stream: Any) -> Iterator[tuple[Any, str]]:
    for instruction in pikepdf.parse_content_stream(stream):
        yield instruction.operands, str(instruction.operator)


def _page_text(page: pikepdf.Page) -> str:
    return "".join(_stream_text(page, page.obj.get("/Resources", pikepdf.Dictionary())))


def _stream_text(stream: Any, resources: pikepdf.Object) -> Iterator[str]:
    fonts = resources.get("/Font", pikepdf.Dictionary())
    forms = resources.get("/XObject", pikepdf.Dictionary())
    letters: dict[bytes, str] = {}
    for operands, name in _operations(stream):
        if name == "Tf":
            letters = _letters(fonts[str(operands[0])])
        elif name in {"Tj", "'", '"'}:
            yield _decoded(bytes(operands[-1]), letters)
        elif name == "TJ":
            yield "".join(_decoded(bytes(part), letters) for part in operands[0] if isinstance(part, pikepdf.String))
        elif name == "Do":
            form = forms.get(str(operands[0]))
            if form is not None and form.get("/Subtype") == "/Form":
                yield from _stream_text(form, form.get("/Resources", resources))
        elif name in {"ET", "T*", "Td", "TD", "Tm"}:
            yield " "


def _letters(font: pikepdf.Object) -> dict[bytes, str]:
    """Code to text of the font's ToUnicode map."""
    if "/ToUnicode" not in font:
        return {}
    cmap = font.ToUnicode.read_bytes()
    found: dict[bytes, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for code, text in _BF_CHAR.findall(block):
            found[bytes.fromhex(code.decode())] = bytes.fromhex(text.decode()).decode("utf-16-be", "replace")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for first, last, text, several in _BF_RANGE.findall(block):
            size, low, high = len(first) // 2, int(first, 16), int(last, 16)
            texts = re.findall(rb"<([0-9A-Fa-f]*)>", several)
            for step in range(high - low + 1):
                if texts:
                    shown = bytes.fromhex(texts[step].decode()).decode("utf-16-be", "replace")
                else:
                    base = bytes.fromhex(text.decode()).decode("utf-16-be", "replace")
                    shown = base[:-1] + chr(ord(base[-1]) + step)
                found[(low + step).to_bytes(size, "big")] = shown
    return found


def _decoded(codes: bytes, letters: dict[bytes, str]) -> str:
    size = len(next(iter(letters))) if letters else 1
    return "".join(letters.get(codes[place : place + size], "") for place in range(0, len(codes), size))
