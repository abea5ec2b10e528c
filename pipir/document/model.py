"""The document: what a report says, once, before any format; five renderers read only this."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from msgspec.structs import force_setattr, replace

from pipir.kernel.errors import Mistake

# --- runs: the pieces of a sentence -----------------------------------------------------------------------------------


class Text(msgspec.Struct, frozen=True, tag="text"):
    """Plain words; `literal` allows digits that are not figures (citations, dates, names)."""

    text: str
    literal: bool = False


class Strong(msgspec.Struct, frozen=True, tag="strong"):
    """Words that carry weight; `literal` as for Text."""

    text: str
    literal: bool = False


class FactRef(msgspec.Struct, frozen=True, tag="fact"):
    """A figure, printed as its Fact prints it."""

    fact: str


class Ref(msgspec.Struct, frozen=True, tag="ref"):
    """A pointer to a heading, table or figure; prints its label, such as "Table 3"."""

    target: str


class PageRef(msgspec.Struct, frozen=True, tag="page"):
    """A pointer that prints the page number where pages exist, else the label."""

    target: str


class Cite(msgspec.Struct, frozen=True, tag="cite"):
    """A pointer to a source; prints its label, such as "S1"."""

    source: str


class Link(msgspec.Struct, frozen=True, tag="link"):
    """A web address with its words."""

    url: str
    text: str


class Marker(msgspec.Struct, frozen=True, tag="marker"):
    """A state in a table cell: always words, with a shape beside them so that colour is never alone."""

    text: str
    tone: Literal["good", "watch", "bad", "none", "missing"] = "none"


Run = Text | Strong | FactRef | Ref | PageRef | Cite | Link
Cell = str | Text | Strong | FactRef | Ref | PageRef | Cite | Link | Marker

# --- blocks -----------------------------------------------------------------------------------------------------------


class Heading(msgspec.Struct, frozen=True, tag="heading"):
    """A section's title; `number` is set by number(); `appendix` letters it instead."""

    level: int
    text: str
    id: str
    numbered: bool = True
    appendix: bool = False
    number: str = ""


class Paragraph(msgspec.Struct, frozen=True, tag="paragraph"):
    runs: tuple[Run, ...]
    id: str = ""


class Bullets(msgspec.Struct, frozen=True, tag="bullets"):
    items: tuple[tuple[Run, ...], ...]
    id: str = ""


class Callout(msgspec.Struct, frozen=True, tag="callout"):
    """A boxed remark; `title` stands before the runs in strong type, for example "Required by section ...:"."""

    kind: Literal["required-by", "basis", "missing", "exercise", "note"]
    runs: tuple[Run, ...]
    title: str = ""
    id: str = ""


class KeyFigure(msgspec.Struct, frozen=True):
    fact: str
    label: str


class KeyFigures(msgspec.Struct, frozen=True, tag="key-figures"):
    """A row of up to five figures in large type, each with its label."""

    items: tuple[KeyFigure, ...]
    id: str = ""


class Column(msgspec.Struct, frozen=True):
    """A table's column; `width` is its share of the line, `key` is stable from year to year."""

    key: str
    title: str
    kind: Literal["text", "money", "number", "date", "percent", "marker"] = "text"
    width: float = 1.0

    def __post_init__(self) -> None:
        # A whole number given as int would print otherwise than the same share read back.
        force_setattr(self, "width", float(self.width))

    @property
    def figures(self) -> bool:
        """Whether its cells are figures, which stand at its right."""
        return self.kind in ("money", "number", "percent")


class Row(msgspec.Struct, frozen=True):
    """A table's row; its first cell is the row's header; `key` is stable from year to year."""

    key: str
    cells: tuple[Cell, ...]
    total: bool = False


class Table(msgspec.Struct, frozen=True, tag="table"):
    """A table with caption and source line; every row has one cell per column."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    source: tuple[Run, ...] = ()
    orientation: Literal["portrait", "landscape"] = "portrait"
    number: str = ""


class Figure(msgspec.Struct, frozen=True, tag="figure"):
    """A picture (SVG of charts.py) with alternative text and, where there is one, the table of its data.

    `narrow` is the same drawn for telephones; without it they show the wide one.
    """

    id: str
    caption: str
    svg: str
    alt: str
    table: str = ""
    source: tuple[Run, ...] = ()
    number: str = ""
    narrow: str = ""


class Definition(msgspec.Struct, frozen=True):
    term: str
    runs: tuple[Run, ...]


class DefinitionList(msgspec.Struct, frozen=True, tag="definitions"):
    items: tuple[Definition, ...]
    id: str = ""


class SourceList(msgspec.Struct, frozen=True, tag="sources"):
    """The place where the document's sources are listed; citations lead here."""

    id: str = "sources-list"


class PageBreak(msgspec.Struct, frozen=True, tag="page-break"):
    id: str = ""


Block = Heading | Paragraph | Bullets | Callout | KeyFigures | Table | Figure | DefinitionList | SourceList | PageBreak

# --- the whole --------------------------------------------------------------------------------------------------------


class Source(msgspec.Struct, frozen=True):
    """Where something is known from; `label` ("S1") is set by number()."""

    id: str
    title: str
    publisher: str = ""
    url: str = ""
    dated: str = ""
    note: str = ""
    label: str = ""


class Fact(msgspec.Struct, frozen=True):
    """A figure with its origin: `text` as printed, `value` canonical, the rows it was computed from and their hash."""

    id: str
    text: str
    value: str
    unit: str = ""
    question: str = ""
    provision: str = ""
    sources: tuple[str, ...] = ()
    rows: int = 0
    rows_sha256: str = ""


class Cover(msgspec.Struct, frozen=True):
    """The first page: line above the title, lines under it, addressees, a boxed notice, the cost statement."""

    eyebrow: str = "Report to Congress"
    lines: tuple[str, ...] = ()
    addressees: tuple[str, ...] = ()
    notice: tuple[Run, ...] = ()
    cost_statement: tuple[Run, ...] = ()


class Document(msgspec.Struct, frozen=True):
    """All that a report says; renderers add no words of the subject to it."""

    title: str
    frozen_at: datetime
    snapshot_id: str
    subtitle: str = ""
    running_title: str = ""
    lang: str = "en-US"
    author: str = ""
    marking: str = "UNCLASSIFIED"
    designation: tuple[tuple[str, str], ...] = ()
    status: Literal["DRAFT", ""] = ""
    ribbons: tuple[str, ...] = ()
    cover: Cover = Cover()
    contents: bool = True
    as_of: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    blocks: tuple[Block, ...] = ()
    sources: tuple[Source, ...] = ()


def source_line(*sources: str, table: str = "", note: str = "") -> tuple[Run, ...]:
    """The line under a table or figure: its sources, the table of its data, and a note."""
    runs: list[Run] = []
    if sources:
        runs.append(Text("Source: " if len(sources) == 1 else "Sources: "))
        for position, source in enumerate(sources):
            runs += [Text(", "), Cite(source)] if position else [Cite(source)]
        runs.append(Text(". "))
    if table:
        runs += [Text("Data: "), Ref(table), Text(". ")]
    if note:
        runs.append(Text(note, literal=True))
    return tuple(runs)


def last_rows(table: Table) -> int:
    """How many rows at a table's end belong together on paper: its totals, with two rows before them."""
    totals = 0
    while totals < len(table.rows) and table.rows[-1 - totals].total:
        totals += 1
    return min(totals + 2, len(table.rows))


_LEADS = 900


def leads(block: Block, after: Block | None) -> bool:
    """Whether a block are words, short enough to stand on the page of the table that they lead to.

    A figure may stand on the next page: it has a number, and what would go there with it would leave a page half empty.
    """
    if not isinstance(block, Paragraph | DefinitionList) or not isinstance(after, Table):
        return False
    items = (block.runs,) if isinstance(block, Paragraph) else tuple(item.runs for item in block.items)
    return sum(len(getattr(run, "text", "")) for runs in items for run in runs) <= _LEADS


def turned(blocks: Sequence[Block]) -> list[bool]:
    """Which blocks stand on turned pages: each landscape table, with the heading and the words right before it."""
    found: list[bool] = []
    before = 0
    for block in blocks:
        wide = isinstance(block, Table) and block.orientation == "landscape"
        if wide:
            found[len(found) - before :] = [True] * before
        found.append(wide)
        waits = isinstance(block, Heading) or (before and isinstance(block, Paragraph | DefinitionList))
        before = before + 1 if waits else 0
    return found


# The table that says what each figure rests on; figures lead to it.
FACTS = "facts"


def facts_table(
    facts: tuple[Fact, ...],
    *,
    id: str = FACTS,
    caption: str = "Every figure quoted",
    places: Mapping[str, str] | None = None,
) -> Table:
    """The table of every quoted figure: its question, provision, row count and the hash of the rows.

    With `places` also the sections where each stands; one that is in none of them is not quoted.
    """
    stands = () if places is None else (Column("stands", "Stands in", "text", 2.2),)
    return Table(
        id=id,
        caption=caption,
        columns=(
            Column("fact", "Figure", "text", 2.2),
            Column("printed", "As printed", "number", 1.4),
            Column("question", "What it counts", "text", 3.0),
            Column("provision", "Provision", "text", 2.5 if places is None else 1.7),
            *stands,
            Column("rows", "Rows", "number", 0.8),
            Column("hash", "Hash of rows", "text", 1.6),
        ),
        rows=tuple(
            Row(
                fact.id,
                (
                    fact.id,
                    FactRef(fact.id),
                    fact.question,
                    fact.provision,
                    *(() if places is None else (places.get(fact.id, "not quoted"),)),
                    f"{fact.rows:,}",
                    fact.rows_sha256[:12] or "none",
                ),
            )
            for fact in facts
        ),
    )


# --- numbering --------------------------------------------------------------------------------------------------------


def number(document: Document) -> Document:
    """Set section, table and figure numbers, source labels and missing block ids; numbering twice changes nothing."""
    sections = [0] * 6
    letters = 0
    tables = figures = unnamed = 0
    section, appendix = "front", ""
    blocks: list[Block] = []
    for block in document.blocks:
        named = block
        if isinstance(block, Heading):
            depth = min(max(block.level, 1), 6)
            numeral = ""
            if depth == 1:
                appendix = ""
                if block.appendix:
                    letters += 1
                    appendix = chr(ord("A") + (letters - 1) % 26)
            if block.numbered or block.appendix:
                if depth > 1 or not appendix:
                    sections[depth - 1] += 1
                sections[depth:] = [0] * (6 - depth)
                inner = sections[1:depth]
                numeral = ".".join(
                    [appendix or str(sections[0]), *(str(part) for part in inner)],
                )
            section, unnamed = block.id, 0
            named = replace(block, number=numeral)
        elif isinstance(block, Table):
            tables += 1
            named = replace(block, number=str(tables))
        elif isinstance(block, Figure):
            figures += 1
            named = replace(block, number=str(figures))
        elif not block.id or block.id.startswith(f"{section}--"):
            unnamed += 1
            named = replace(block, id=f"{section}--{unnamed}")
        blocks.append(named)
    sources = tuple(replace(source, label=f"S{place}") for place, source in enumerate(document.sources, 1))
    return replace(document, blocks=tuple(blocks), sources=sources)


def label(block: Block) -> str:
    """What a reference to the block prints; needs number()."""
    match block:
        case Heading(number=numeral) if numeral:
            return f"{'Appendix' if numeral[0].isalpha() else 'Section'} {numeral}"
        case Heading(text=text):
            return text
        case Table(number=numeral):
            return f"Table {numeral}"
        case Figure(number=numeral):
            return f"Figure {numeral}"
    return block.id


def labels(document: Document) -> dict[str, str]:
    """Block id to printed label, for every block that a reference may name."""
    return {block.id: label(block) for block in document.blocks if isinstance(block, Heading | Table | Figure)}


def narrative(document: Document) -> Iterator[tuple[str, tuple[Run, ...]]]:
    """Every run of prose with the path where it stands: paragraphs, bullets, callouts, definitions."""
    for place, block in enumerate(document.blocks):
        where = f"blocks.{place}" + (f" ({block.id})" if block.id else "")
        match block:
            case Paragraph(runs=runs) | Callout(runs=runs):
                yield where, runs
            case Bullets(items=items):
                for line, runs in enumerate(items):
                    yield f"{where}.items.{line}", runs
            case DefinitionList(items=items):
                for line, definition in enumerate(items):
                    yield f"{where}.items.{line}", definition.runs


_DIGIT = re.compile(r"\d")


def digits_in_prose(document: Document) -> list[Mistake]:
    """Every digit typed into prose; figures are facts, and citations, dates and names are marked literal."""
    return [
        Mistake(
            where=f"{where}.runs.{place}",
            expected="a figure in prose is a fact; mark citations, dates and names as literal",
            found=run.text[:80],
        )
        for where, runs in narrative(document)
        for place, run in enumerate(runs)
        if isinstance(run, Text | Strong) and not run.literal and _DIGIT.search(run.text)
    ]


# --- canonical form ---------------------------------------------------------------------------------------------------


def canonical(document: Document) -> bytes:
    """The document as JSON with sorted keys, its instant in UTC: the same document gives the same bytes."""
    fixed = replace(document, frozen_at=document.frozen_at.astimezone(UTC))
    return msgspec.json.encode(fixed, order="sorted") + b"\n"


def read(content: bytes) -> Document:
    """The document from its canonical form."""
    return msgspec.json.decode(content, type=Document)


def strings(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a struct with its path, for checks that look at characters."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from strings(getattr(value, field), f"{where}.{field}" if where else field)
    elif isinstance(value, tuple):
        for place, part in enumerate(value):
            yield from strings(part, f"{where}.{place}")
