"""What the short-lived process does: it sets a document by Typst, and gives the rows of its tables their headers."""

import gc
import io
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from typing import Any, Final, NamedTuple

import msgspec
import pikepdf
import typst
from msgspec.structs import replace

from pipir.document import columns, faces
from pipir.document.model import (
    Bullets,
    Callout,
    Cell,
    Cite,
    DefinitionList,
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
    SourceList,
    Strong,
    Table,
    Text,
    last_rows,
    leads,
    read,
    turned,
)
from pipir.document.pdf import Book, Order, Part, Pictures, set_apart
from pipir.document.pdf_tree import bookmarks, children, pages
from pipir.document.text import printable, within
from pipir.document.volumes import Entry, Volume, entries, volumes
from pipir.kernel.errors import Unavailable

_WHOLE_TABLE = 330.0  # points; a table no taller stays on one page
_TALLEST_HEAD = 160.0  # points; a taller head is not repeated
_LONG_REMARK = 1500  # letters; a longer one may break over pages
_TALLEST_LAST = 150.0  # points; taller last rows, or first ones, may stand alone
_BREAKS = (" ", "\u200b")
_SHORT_LIST = 1200  # letters; a list of definitions no longer stays on one page
_PICTURES = (
    "#let all = json(bytes(sys.inputs.svgs))\n"
    "#set page(width: 6.5in, height: auto, margin: 0pt)\n"
    "#for (place, svg) in all.enumerate() { if place > 0 { pagebreak() }\n"
    ' image(bytes(svg), format: "svg", width: 100%) }\n'
)


class _Line(NamedTuple):
    """Where words are set: points of a line, less what stands before them, the size of their letters and their face."""

    room: float
    size: float
    face: faces.Face

    @property
    def strong(self) -> "_Line":
        return self._replace(face=_STRONG.get(self.face, self.face))


_FACES: Final[tuple[faces.Face, ...]] = ("regular", "semibold", "bold", "serif")
_STRONG: Final[dict[faces.Face, faces.Face]] = {"regular": "bold", "semibold": "bold", "serif": "serif bold"}
# As report.typ sets them; letters that it sets apart from each other are measured at a size so much larger.
_PROSE = _Line(440, 10.4, "serif")
_REMARK = _Line(440, 8.4, "regular")
_BASIS = _Line(440, 9.6, "serif")
_TERM = _Line(440, 9.4, "bold")
_UNDER = _Line(460, 7.4, "regular")
_CAPTION = _Line(468, 8.6, "bold")
_HEADINGS = {1: _Line(400, 18.5, "bold"), 2: _Line(420, 12.8, "bold")}
_MINOR_HEADING = _Line(420, 10.4, "bold")
_CONTENTS = _Line(400, 9.4, "bold")
_SOURCES = _Line(440, 9.4, "serif")
_RUNNING = _Line(275, 7.2, "regular")
_FOOT = _Line(430, 7.2, "regular")
_MARKING = _Line(468, 8.2, "bold")
_RIBBON = _Line(430, 9.4, "bold")
_EYEBROW = _Line(468, 15, "bold")
_SUBTITLE = _Line(468, 12, "serif")
_COVER = _Line(468, 9.6, "regular")
_ADDRESSEE = _Line(440, 8.8, "regular")
_NOTICE = _Line(446, 8, "regular")
_BOX = _Line(208, 7.8, "regular")


# --- what is printed ------------------------------------------------------------------------------------------------


class _Printer:
    """The document as the layout prints it: references resolved, every character one that the given fonts hold."""

    def __init__(self, volume: Volume, characters: frozenset[int]) -> None:
        document = volume.document
        self.volume = volume
        self.document = document
        self.characters = characters
        self.labels = volume.labels
        self.facts = {fact.id: fact.text for fact in document.facts}
        self.sources = {source.id: source.label for source in document.sources}
        self.cites = volume.of == 1 or volume.lists_sources

    def _elsewhere(self, target: str, shown: str) -> dict[str, str]:
        """What stands in another volume is named with it: nothing leads from one file into another."""
        return {"t": "t", "v": self.words(f"{shown} (volume\u00a0{self.volume.elsewhere[target]})")}

    def words(self, text: str, line: _Line = _PROSE) -> str:
        return faces.breaking(within(text, self.characters), line.size, line.room, line.face)

    def run(self, run: Cell, line: _Line = _PROSE) -> dict[str, str]:
        match run:
            case str():
                return {"t": "t", "v": self.words(run, line)}
            case Text(text=text):
                return {"t": "t", "v": self.words(text, line)}
            case Strong(text=text):
                return {"t": "s", "v": self.words(text, line.strong)}
            case FactRef(fact=fact):
                return {"t": "t", "v": self.words(self.facts[fact], line)}
            case Ref(target=target):
                shown = (
                    self.labels[target].replace(" ", "\u00a0", 1)
                    if len(self.labels[target]) < 24
                    else self.labels[target]
                )
                if target in self.volume.elsewhere:
                    return self._elsewhere(target, shown)
                return {"t": "r", "to": target, "v": self.words(shown, line)}
            case PageRef(target=target):
                if target in self.volume.elsewhere:
                    return self._elsewhere(target, self.labels[target])
                return {"t": "p", "to": target}
            case Cite(source=source):
                to = f"source:{source}" if self.cites else ""
                return {"t": "c", "to": to, "v": self.sources[source]}
            case Link(url=url, text=text):
                return {"t": "l", "to": url, "v": self.words(text, line)}
            case Marker(text=text, tone=tone):
                return {"t": "m", "tone": tone, "v": self.words(text, line._replace(room=line.room - line.size * 1.2))}

    def runs(self, runs: tuple[Any, ...], line: _Line = _PROSE) -> list[dict[str, str]]:
        shown = [self.run(run, line) for run in runs]
        # Each run breaks its own long words; runs that no space parts may come to a word without an end all the same.
        joined = 0.0
        for run in shown:
            words = run.get("v", "")
            first, last = (faces.width(part, line.size, line.strong.face) for part in _ends(words))
            if joined and joined + first > line.room:
                run["v"], joined = f"\u200b{words}", 0.0
            joined = last if any(map(words.count, _BREAKS)) else joined + last
        return shown

    def source_line(self, runs: tuple[Any, ...]) -> list[dict[str, str]]:
        """The line under a table or a figure, where a label stands without brackets."""
        return [{**run, "t": "k"} if run["t"] == "c" else run for run in self.runs(runs, _UNDER)]

    def table(self, table: Table) -> dict[str, Any]:
        size = 8.3 if len(table.columns) <= 6 else 7.6
        widths = columns.widths(
            table, size, columns.LINES[table.orientation], lambda cell: self.run(cell).get("v", "0000")
        )
        rooms = [max(width - columns.INSET, 2 * size) for width in widths]
        lines = [_Line(room, size, "regular" if place else "semibold") for place, room in enumerate(rooms)]
        head = self._height([column.title for column in table.columns], rooms, size)
        heights = [self._height(row.cells, rooms, size) for row in table.rows]
        breakable = head + sum(heights) > _WHOLE_TABLE
        last = _last(table, heights) if breakable else 0
        return {
            "type": "table",
            "id": table.id,
            "caption": self.words(f"Table {table.number}. {table.caption}", _CAPTION),
            "breakable": breakable,
            "first": breakable and head <= _TALLEST_HEAD and _first(heights, last),
            "last": last,
            "repeat": head <= _TALLEST_HEAD,
            "size": size,
            "inset": 3.6 if len(table.rows) <= 60 else 3.1,
            "columns": [
                {"title": self.words(column.title, line.strong), "width": width, "right": column.figures}
                for column, line, width in zip(table.columns, lines, widths, strict=True)
            ],
            "rows": [
                {
                    "total": row.total,
                    "under": "end" if after is None else "none" if after.total else "row",
                    "cells": [
                        self.run(cell, line.strong if row.total else line)
                        for cell, line in zip(row.cells, lines, strict=True)
                    ],
                }
                for row, after in zip_longest(table.rows, table.rows[1:])
            ],
            "source": self.source_line(table.source),
        }

    def _height(self, cells: Sequence[Cell], rooms: list[float], size: float) -> float:
        """About how many points a row takes, rather more than fewer."""
        lines = max(
            (
                faces.width(self.run(cell, _Line(1e9, size, "bold")).get("v", ""), size) // room + 1
                for cell, room in zip(cells, rooms, strict=True)
            ),
            default=1.0,
        )
        return lines * size * 1.35 + 2 * 3.6

    def block(self, block: Any) -> dict[str, Any]:
        match block:
            case Heading():
                return {
                    "type": "heading",
                    "id": block.id,
                    "level": block.level,
                    "number": f"Appendix {block.number}." if _lettered(block) else block.number,
                    "text": self.words(block.text, _HEADINGS.get(block.level, _MINOR_HEADING)),
                }
            case Paragraph(runs=runs):
                return {"type": "paragraph", "runs": self.runs(runs)}
            case Bullets(items=items):
                return {"type": "bullets", "items": [self.runs(item) for item in items]}
            case Callout():
                line = _BASIS if block.kind == "basis" else _REMARK
                shown = self.runs(block.runs, line)
                return {
                    "type": "callout",
                    "kind": block.kind,
                    "breakable": sum(len(run.get("v", "")) for run in shown) + len(block.title) > _LONG_REMARK,
                    "title": self.words(block.title, line.strong),
                    "runs": shown,
                }
            case KeyFigures(items=items):
                size, rooms = columns.side_by_side([self.facts[item.fact] for item in items])
                return {
                    "type": "key-figures",
                    "breakable": max((len(item.label) for item in items), default=0) > 120,
                    "items": [
                        {
                            "value": self.words(self.facts[item.fact], _Line(room, size, "bold")),
                            "label": self.words(item.label, _Line(room, 7.4, "regular")),
                            "size": size,
                            "width": room,
                        }
                        for item, room in zip(items, rooms, strict=True)
                    ],
                }
            case Table():
                return self.table(block)
            case Figure():
                return {
                    "type": "figure",
                    "id": block.id,
                    "caption": self.words(f"Figure {block.number}. {block.caption}", _CAPTION),
                    "breakable": len(block.caption) > _LONG_REMARK // 2,
                    "svg": within(block.svg, self.characters),
                    "alt": printable(block.alt),
                    "source": self.source_line(block.source),
                }
            case DefinitionList(items=items):
                return {
                    "type": "definitions",
                    "breakable": sum(len(run.text) for item in items for run in item.runs if isinstance(run, Text))
                    > _SHORT_LIST,
                    "items": [{"term": self.words(item.term, _TERM), "runs": self.runs(item.runs)} for item in items],
                }
            case SourceList():
                return {"type": "sources"}
            case PageBreak():
                return {"type": "page-break"}
        raise AssertionError(f"no layout for {type(block).__name__}")

    def blocks(self) -> Iterator[dict[str, Any]]:
        """The blocks in order; those on turned pages as one."""
        shown: list[dict[str, Any]] = []
        blocks = self.document.blocks
        waits = False
        for before, block, after in zip((None, *blocks), blocks, (*blocks[1:], None), strict=False):
            shown.append(self.block(block))
            if isinstance(block, Paragraph | DefinitionList):
                shown[-1]["sticky"] = leads(block, after)
            if isinstance(block, Figure):
                # A heading has to stand with what it heads; words may be left by their figure.
                waits = shown[-1]["after-words"] = isinstance(before, Paragraph)
            elif waits and isinstance(block, Heading | Table):
                shown[-1]["flush"], waits = True, False
        flags = iter(turned(self.document.blocks))
        for wide, some in groupby(shown, lambda _: next(flags)):
            if wide:
                yield {"type": "landscape", "blocks": list(some)}
            else:
                yield from some

    def source(self, place: int) -> dict[str, Any]:
        source = self.document.sources[place]
        parts = [part for part in (source.publisher, source.title, source.dated, source.note) if part]
        runs: list[dict[str, str]] = [{"t": "t", "v": self.words(". ".join(parts) + ".", _SOURCES)}]
        if source.url:
            runs += [{"t": "t", "v": " "}, {"t": "l", "to": source.url, "v": self.words(source.url, _SOURCES)}]
        return {"to": f"source:{source.id}", "runs": runs}

    def whole(self) -> dict[str, Any]:
        document, cover = self.document, self.document.cover
        language, _, region = document.lang.partition("-")
        ribbons = [
            self.words(ribbon, _RIBBON) for ribbon in ((document.status,) if document.status else ()) + document.ribbons
        ]
        foot = ". ".join([*document.as_of[:1], f"Snapshot {document.snapshot_id[:12]}"])
        return {
            "title": self.words(document.title, _Line(468, _title_size(document.title), "bold")),
            "subtitle": self.words(document.subtitle, _SUBTITLE),
            "author": self.words(document.author),
            "description": self.words(document.subtitle),
            "keywords": [self.words(f"snapshot {document.snapshot_id}")],
            "lang": language,
            "region": region or None,
            "sans": faces.SANS,
            "serif": faces.SERIF,
            "marking": self.words(document.marking, _MARKING),
            "status": self.words(document.status, _MARKING),
            "ribbons": ribbons,
            "running": self.words(_shortened(document.running_title or document.title, 76), _RUNNING),
            "foot": self.words(foot, _FOOT),
            "designation": [
                [self.words(term, _BOX.strong), self.words(words, _BOX)] for term, words in document.designation
            ],
            "contents": document.contents and any(isinstance(block, Heading) for block in document.blocks),
            "listed": [
                {
                    "level": each.level,
                    "text": self.words(each.text, _CONTENTS),
                    "to": each.to if not each.volume else "",
                    "where": f"Volume {each.volume}, {each.page}" if each.volume else "",
                }
                for each in self.volume.contents
            ],
            "words": {"contents": "Contents", "addressees": "Submitted to"},
            "cover": {
                "eyebrow": self.words(cover.eyebrow, _EYEBROW),
                "size": _title_size(document.title),
                "lines": [self.words(line, _COVER) for line in (*cover.lines, *document.as_of)],
                "addressees": [self.words(line, _ADDRESSEE) for line in cover.addressees],
                "notice": self.runs(cover.notice, _NOTICE),
                "cost": [self.run(run, _BOX) for run in cover.cost_statement],
            },
            "sources": [self.source(place) for place in range(len(document.sources))],
            "blocks": list(self.blocks()),
        }


def _last(table: Table, heights: list[float]) -> int:
    """How many rows at a table's end stay together, so that no total and no source line stands alone on a page."""
    rows = last_rows(table)
    # A table of one column could not tell such a row from the source line (see _whole_body).
    fits = len(table.columns) > 1 and rows < len(table.rows) and sum(heights[-rows:]) <= _TALLEST_LAST
    return rows if fits else 0


def _ends(words: str) -> tuple[str, str]:
    """What stands before the first place where a line may break, and after the last; all of it where there is none."""
    parts = re.split("|".join(_BREAKS), words)
    return parts[0], parts[-1]


def _first(heights: list[float], last: int) -> bool:
    """Whether a table's first row stays with the one after it, so that no head stands over a single row."""
    return len(heights) - last > 1 and sum(heights[:2]) <= _TALLEST_LAST


def _lettered(heading: Heading) -> bool:
    return heading.appendix and heading.level == 1


def _title_size(title: str) -> float:
    return 37 if len(title) <= 80 else 29 if len(title) <= 130 else 20 if len(title) <= 400 else 11


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


# --- setting --------------------------------------------------------------------------------------------------------


def _set(order: Order) -> tuple[bytes, ...]:
    match order:
        case Pictures(svgs=svgs):
            inputs = {"svgs": msgspec.json.encode(svgs).decode()}
            found = typst.compile(_PICTURES.encode(), font_paths=_fonts(), format="png", ppi=200, sys_inputs=inputs)
            return (found,) if isinstance(found, bytes) else tuple(found)
        case Part(template=template, volume=volume):
            return (_volume(template, volume),)
        case Book():
            return _book(order)


def _book(order: Book) -> tuple[bytes, ...]:
    """Every volume, the last first: the first lists the pages of all. Divided anew where one came out too long."""
    document = read(order.document.encode())
    bound: float | None = order.most
    while True:
        parts = volumes(document, order.document, most=bound)
        if len(parts) == 1:
            contents = [_volume(order.template, parts[0])]
        else:
            contents = []
            listed: tuple[Entry, ...] = ()
            for part in reversed(parts):
                if part.place == 1:
                    part = replace(part, contents=(*entries(part), *listed))  # noqa: PLW2901 - the same volume
                contents.insert(0, set_apart(Part(order.template, part)))
                listed = (*entries(part, bookmarks(contents[0])), *listed) if part.place > 1 else ()
                if order.most is not None and pages(contents[0]) > order.most:
                    break
        longest = max(pages(content) for content in contents)
        if order.most is None or bound is None or longest <= order.most:
            return tuple(contents)
        bound *= 0.95 * order.most / longest


def _volume(template: str, volume: Volume) -> bytes:
    """One volume with its rows headed."""

    def forms() -> Iterator[dict[str, str]]:
        # A second net under faces.characters(): a cluster may need two faces at once, a letter may be one that the
        # archive format forbids. Latin letters and code points always print.
        for characters in (faces.characters(), faces.latin()):
            shown = msgspec.json.encode(_Printer(volume, characters).whole(), order="sorted").decode()
            yield {"print": shown} | ({"json": volume.attached} if volume.attached else {})

    return _with_row_headers(_compiled(template, forms(), int(volume.document.frozen_at.timestamp())))


def _compiled(template: str, forms: Iterator[dict[str, str]], seconds: int) -> bytes:
    """The first of the forms of what is printed that the setter has letters for."""
    fonts = _fonts()
    for inputs in forms:
        try:
            found = typst.compile(
                template.encode(),
                font_paths=fonts,
                sys_inputs=inputs,
                pdf_standards=["a-3a", "ua-1"],
                timestamp=seconds,
            )
        except typst.TypstError as problem:
            if not any(words in problem.message for words in ("could not be displayed", "codepoint")):
                raise
            refused = problem
            continue
        assert isinstance(found, bytes)
        return found
    raise refused


def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(faces.FOLDER)])


def _with_row_headers(content: bytes) -> bytes:
    """The PDF with the first cell of each body row tagged as the row's header, and column-only links dropped."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for table in _tagged(pdf.Root.StructTreeRoot, "/Table"):
            _whole_body(table)
            for body in _tagged(table, "/TBody"):
                for row in _tagged(body, "/TR"):
                    first = True
                    for cell in children(row):
                        _head(pdf, cell, row=first)
                        first = False
        target = io.BytesIO()
        # Tens of thousands of small objects, most of them of the tree, are written together in half the time. Nothing
        # is compressed here: that would be done by the machine's own library, and other machines' give other bytes.
        pdf.save(
            target,
            deterministic_id=True,
            fix_metadata_version=False,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
    return target.getvalue()


def _whole_body(table: pikepdf.Object) -> None:
    """Take back into the table's body the rows that were set with its head and its foot to be kept together there."""
    parts = {str(part.S): part for part in children(table)}
    if "/TBody" not in parts:
        return
    body = parts["/TBody"]
    headed = list(children(parts["/THead"])) if "/THead" in parts else []
    first = headed[1:]
    for row in first:
        for cell in children(row):
            cell.S = pikepdf.Name.TD
            cell.A = pikepdf.Array([each for each in cell.A if each.get("/O") != "/Table"])
    rows = list(children(parts["/TFoot"])) if "/TFoot" in parts else []
    last = [row for row in rows if len(list(children(row))) > 1]
    if first:
        parts["/THead"].K = pikepdf.Array(headed[:1])
    for row in (*first, *last):
        row.P = body
    body.K = pikepdf.Array([*first, *children(body), *last])
    kept = rows[len(last) :]
    if kept:
        parts["/TFoot"].K = pikepdf.Array(kept)
    elif rows:
        table.K = pikepdf.Array([part for part in children(table) if part.S != "/TFoot"])


def _head(pdf: pikepdf.Pdf, cell: pikepdf.Object, *, row: bool) -> None:
    if row:
        cell.S = pikepdf.Name.TH
    attributes = cell.get("/A")
    several = [] if attributes is None else list(attributes) if isinstance(attributes, pikepdf.Array) else [attributes]
    kept = []
    for attribute in several:
        if attribute.get("/O") == "/Table" and "/Headers" in attribute:
            del attribute["/Headers"]
        if len(attribute.keys()) > 1:
            kept.append(attribute)
    if row:
        kept.append(pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=pikepdf.Name.Row))
    if kept:
        cell.A = pikepdf.Array(kept)
    elif attributes is not None:
        del cell["/A"]


def _tagged(element: pikepdf.Object, name: str) -> Iterator[pikepdf.Object]:
    waiting = list(children(element))[::-1]
    while waiting:
        child = waiting.pop()
        kind = child.S
        if kind == name:
            yield child
        elif kind not in _OF_WORDS:
            waiting += list(children(child))[::-1]


# Elements that hold words, and never a table or a part of one: most of a tree.
_OF_WORDS: Final = frozenset(
    ("/Lbl", "/Link", "/P", "/Reference", "/Span", "/Strong", "/TOC", "/H1", "/H2", "/H3", "/H4", "/H5", "/H6")
)


def main() -> int:
    """Read an order from standard input and write what was set to standard output."""
    # What is made here goes with the process; until then nothing needs to be looked through for what could go.
    gc.disable()
    # Read from the faces before there is something to set: whoever starts this early waits the less.
    faces.characters()
    for face in _FACES:
        faces.width("", 1, face)
    order: Order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    try:
        contents = _set(order)
    except Unavailable as problem:
        # From the process of a volume, which has said it all.
        sys.stderr.write(str(problem))
        return 1
    except typst.TypstError as problem:
        sys.stderr.write(f"{problem.message}\n{problem.diagnostic}\n")
        return 1
    sys.stdout.buffer.write(msgspec.msgpack.encode(contents))
    return 0


if __name__ == "__main__":
    sys.exit(main())
