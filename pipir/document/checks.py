"""What must hold before a document is rendered: every reference leads somewhere, tables are regular, letters exist."""

import re
from collections.abc import Iterator

from lxml import etree

from pipir.document import faces
from pipir.document.model import (
    Cell,
    Cite,
    Document,
    FactRef,
    Figure,
    Heading,
    KeyFigures,
    Link,
    PageRef,
    Ref,
    Run,
    SourceList,
    Table,
    narrative,
    strings,
)
from pipir.document.text import missing, named
from pipir.kernel.errors import Invalid, Mistake

_ID = re.compile(r"[A-Za-z][A-Za-z0-9._:-]{0,119}")
_ADDRESS = re.compile(r"(https?://|mailto:)[^\s\x00-\x1f\"'<>\\]+")
_SVG_NAMES = frozenset(
    {"svg", "title", "desc", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}
    | {"text", "tspan", "defs", "pattern", "clipPath", "use"}
)
_SVG = "{http://www.w3.org/2000/svg}"


def check(document: Document, fonts: frozenset[int] | None = None) -> tuple[Mistake, ...]:
    """Every mistake of the document, those of letters too; `fonts` are the code points that can be printed."""
    return (*broken(document), *unprintable(document, faces.characters() if fonts is None else fonts))


def broken(document: Document) -> tuple[Mistake, ...]:
    """The mistakes that no renderer can print around: references, ids, tables, pictures."""
    return tuple(_broken(document))


def unprintable(document: Document, fonts: frozenset[int]) -> tuple[Mistake, ...]:
    """Every text that holds a character which the fonts lack or which cannot be printed, by block or field."""
    found: list[Mistake] = []
    for where, text in _texts(document):
        for character in missing(text, fonts):
            found.append(  # noqa: PERF401 - the nested form reads worse
                Mistake(where=where, expected="a character that the report's fonts can print", found=named(character))
            )
    return tuple(found)


def require(document: Document) -> None:
    """Refuse a document that cannot be rendered, with every mistake."""
    mistakes = broken(document)
    if mistakes:
        raise Invalid("The document cannot be rendered; its mistakes are listed.", mistakes=mistakes)


def _texts(document: Document) -> Iterator[tuple[str, str]]:
    for field in document.__struct_fields__:
        if field != "blocks":
            yield from strings(getattr(document, field), field)
    for place, block in enumerate(document.blocks):
        where = f"blocks.{place}" + (f" ({block.id})" if block.id else "")
        for path, text in strings(block):
            yield f"{where}.{path}", text


def _broken(document: Document) -> Iterator[Mistake]:
    if document.frozen_at.tzinfo is None:
        yield Mistake("frozen_at", "an instant with its time zone", document.frozen_at.isoformat())
    if not document.title.strip():
        yield Mistake("title", "a title")
    yield from _twice("facts", [fact.id for fact in document.facts])
    yield from _twice("sources", [source.id for source in document.sources])
    yield from _twice("blocks", [block.id for block in document.blocks if block.id])
    yield from _dangling(document)
    yield from _misplaced(document)
    for place, block in enumerate(document.blocks):
        where = f"blocks.{place}" + (f" ({block.id})" if block.id else "")
        if block.id and not _ID.fullmatch(block.id):
            yield Mistake(f"{where}.id", "a letter, then letters, digits and . _ : -, up to 120", block.id[:80])
        if isinstance(block, Table):
            yield from _irregular(where, block)
        if isinstance(block, Figure):
            if not block.alt.strip():
                yield Mistake(f"{where}.alt", "what the picture shows, in words")
            yield from _foreign(f"{where}.svg", block.svg)
            if block.narrow:
                yield from _foreign(f"{where}.narrow", block.narrow)


def _dangling(document: Document) -> Iterator[Mistake]:
    """References that lead nowhere: to facts, blocks, sources, addresses."""
    facts = {fact.id for fact in document.facts}
    sources = {source.id for source in document.sources}
    targets = {block.id for block in document.blocks if isinstance(block, Heading | Table | Figure)}

    def aimed(where: str, run: Run | Cell) -> Iterator[Mistake]:
        match run:
            case FactRef() if run.fact not in facts:
                yield Mistake(where, "the id of one of the document's facts", run.fact)
            case Ref() | PageRef() if run.target not in targets:
                yield Mistake(where, "the id of a heading, table or figure", run.target)
            case Cite() if run.source not in sources:
                yield Mistake(where, "the id of one of the document's sources", run.source)
            case Link() if not _ADDRESS.fullmatch(run.url):
                yield Mistake(where, "an http, https or mailto address", run.url[:80])

    for where, run in _runs(document):
        yield from aimed(where, run)
    for place, block in enumerate(document.blocks):
        where = f"blocks.{place}" + (f" ({block.id})" if block.id else "")
        if isinstance(block, KeyFigures):
            for position, item in enumerate(block.items):
                yield from aimed(f"{where}.items.{position}", FactRef(item.fact))
        if isinstance(block, Figure) and block.table:
            yield from aimed(f"{where}.table", Ref(block.table))
    for place, fact in enumerate(document.facts):
        for name in fact.sources:
            yield from aimed(f"facts.{place}.sources", Cite(name))
    for place, source in enumerate(document.sources):
        if source.url:
            yield from aimed(f"sources.{place}.url", Link(source.url, ""))


def _misplaced(document: Document) -> Iterator[Mistake]:
    """Headings that skip a level or are empty, and citations without a list of sources to lead to."""
    level = 0
    for place, block in enumerate(document.blocks):
        if isinstance(block, Heading):
            where = f"blocks.{place} ({block.id})"
            if not 1 <= block.level <= min(level + 1, 6):
                yield Mistake(f"{where}.level", f"a level from 1 to {min(level + 1, 6)}", str(block.level))
            if not block.text.strip():
                yield Mistake(f"{where}.text", "a heading in words")
            if not block.id:
                yield Mistake(f"{where}.id", "an id that references can name")
            level = block.level
        if isinstance(block, Table | Figure) and not block.id:
            yield Mistake(f"blocks.{place}.id", "an id that references can name")
    lists = sum(isinstance(block, SourceList) for block in document.blocks)
    if lists > 1:
        yield Mistake("blocks", "one list of sources", str(lists))
    if not lists and any(isinstance(run, Cite) for _, run in _runs(document)):
        yield Mistake("blocks", "a list of sources, for citations lead there")


def _twice(where: str, ids: list[str]) -> Iterator[Mistake]:
    for name in sorted({name for name in ids if ids.count(name) > 1} if len(ids) != len(set(ids)) else ()):
        yield Mistake(where, "each id once", name)


def _irregular(where: str, table: Table) -> Iterator[Mistake]:
    if not table.columns:
        yield Mistake(f"{where}.columns", "at least one column")
    yield from _twice(f"{where}.columns", [column.key for column in table.columns])
    yield from _twice(f"{where}.rows", [row.key for row in table.rows])
    for place, column in enumerate(table.columns):
        if not column.title.strip():
            yield Mistake(f"{where}.columns.{place}.title", "a column title; a header cell is never empty")
        if not 0 < column.width < 1000:
            yield Mistake(f"{where}.columns.{place}.width", "a share above 0", str(column.width))
    for place, row in enumerate(table.rows):
        if len(row.cells) != len(table.columns):
            yield Mistake(f"{where}.rows.{place}", f"{len(table.columns)} cells", str(len(row.cells)))


def _foreign(where: str, svg: str) -> Iterator[Mistake]:
    try:
        root = etree.fromstring(svg.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError) as problem:
        yield Mistake(where, "a well-formed SVG picture", str(problem)[:80])
        return
    if "<!" in svg:
        yield Mistake(where, "an SVG picture without document type, comment or CDATA", "<!")
    for element in root.iter():
        name = element.tag.removeprefix(_SVG) if isinstance(element.tag, str) else "comment"
        if name not in _SVG_NAMES:
            yield Mistake(where, "shapes and text only", name[:80])
            continue
        for key, value in element.attrib.items():
            inside = str(key).endswith("href") and not str(value).startswith("#")
            if str(key) == "style" or str(key).lower().startswith("on") or inside:
                yield Mistake(where, "presentation attributes only", f"{name} {key!s}"[:80])


def _runs(document: Document) -> Iterator[tuple[str, Run | Cell]]:
    for where, runs in narrative(document):
        yield from ((f"{where}.runs.{place}", run) for place, run in enumerate(runs))
    for name in ("notice", "cost_statement"):
        yield from ((f"cover.{name}.{place}", run) for place, run in enumerate(getattr(document.cover, name)))
    for place, block in enumerate(document.blocks):
        where = f"blocks.{place}" + (f" ({block.id})" if block.id else "")
        if isinstance(block, Table | Figure):
            yield from ((f"{where}.source.{position}", run) for position, run in enumerate(block.source))
        if isinstance(block, Table):
            for line, row in enumerate(block.rows):
                yield from ((f"{where}.rows.{line}.{position}", cell) for position, cell in enumerate(row.cells))
