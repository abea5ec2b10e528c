"""A long document in volumes: where it is divided, what each of them holds, and what its files are called."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from pipir.document import columns
from pipir.document.model import (
    Block,
    Bullets,
    Callout,
    DefinitionList,
    Document,
    Figure,
    Heading,
    Paragraph,
    Row,
    SourceList,
    Table,
    labels,
    strings,
)

# Of a printed volume: the most that the setter sets within four gigabytes, and that a binder holds.
MOST_PAGES: Final = 1200
CONTINUED: Final = " (continued)"
_PAGE: Final = {"portrait": 600.0, "landscape": 420.0}  # points that a page has for its text
_LETTER: Final = 0.56  # of the size: the width of a letter, rather more
_VOLUME: Final = re.compile(r"report-volume-([1-9][0-9]{0,3})\.pdf")


class Entry(msgspec.Struct, frozen=True):
    """A line of the contents: where the heading stands; `volume` 0 for the one that holds the contents."""

    level: int
    text: str
    to: str
    volume: int = 0
    page: int = 0


class Volume(msgspec.Struct, frozen=True):
    """A document as one volume prints it, with what it has to know of the others.

    `labels` are those of the whole document; `elsewhere` says which volume holds what is not in this one. `attached`
    is the whole document as JSON, which the first carries.
    """

    place: int
    of: int
    document: Document
    labels: dict[str, str]
    elsewhere: dict[str, int] = {}
    attached: str = ""
    contents: tuple[Entry, ...] = ()

    @property
    def lists_sources(self) -> bool:
        """Whether what it cites stands in it."""
        return any(isinstance(block, SourceList) for block in self.document.blocks)


def volumes(document: Document, attached: str, *, most: float | None) -> tuple[Volume, ...]:
    """The volumes of a numbered document, each of `most` pages by a rough count; one where there is no bound."""
    parts = [document.blocks] if most is None else divided(document.blocks, most)
    if len(parts) == 1:
        return (Volume(1, 1, document, labels(document), attached=attached),)
    named = labels(document)
    holds: dict[str, int] = {}
    for place, part in enumerate(parts, 1):
        for block in part:
            if block.id in named:
                holds.setdefault(block.id, place)
    found = []
    for place, part in enumerate(parts, 1):
        here = {block.id for block in part}
        which = f"Volume {place} of {len(parts)}"
        found.append(
            Volume(
                place,
                len(parts),
                replace(
                    document,
                    blocks=tuple(part),
                    contents=document.contents and place == 1,
                    running_title=f"{which}. {document.running_title or document.title}",
                    cover=replace(document.cover, lines=(f"{which}: {_span(part)}", *document.cover.lines)),
                ),
                named,
                {name: where for name, where in holds.items() if name not in here},
                attached=attached if place == 1 else "",
            )
        )
    return tuple(found)


def entries(volume: Volume, pages: Sequence[int] | None = None) -> tuple[Entry, ...]:
    """The lines of the contents for the headings of a volume; with the page of each, those of another volume."""
    found = [block for block in volume.document.blocks if isinstance(block, Heading)]
    on = [0] * len(found) if pages is None else pages
    return tuple(
        Entry(block.level, titled(block), block.id, volume.place if pages is not None else 0, page)
        for block, page in zip(found, on, strict=True)
        if block.level <= 2 and not block.text.endswith(CONTINUED)
    )


def titled(heading: Heading) -> str:
    """A heading with its number as it is listed."""
    numeral = f"Appendix {heading.number}." if heading.appendix and heading.level == 1 else heading.number
    return f"{numeral} {heading.text}".strip()


def named(contents: Sequence[bytes]) -> dict[str, bytes]:
    """The volumes by the names of their files: report.pdf where there is one."""
    if len(contents) == 1:
        return {"report.pdf": contents[0]}
    return dict(zip(names(len(contents)), contents, strict=True))


def names(count: int) -> list[str]:
    """The names of the files of so many volumes."""
    return [f"report-volume-{place}.pdf" for place in range(1, count + 1)]


def of_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those files that are volumes of a report, in their order."""
    if "report.pdf" in files:
        return {"report.pdf": files["report.pdf"]}
    found = sorted((int(match[1]), name) for name in files if (match := _VOLUME.fullmatch(name)))
    return {name: files[name] for _, name in found}


# ---- dividing


def divided(blocks: Sequence[Block], most: float) -> list[list[Block]]:
    """The blocks in parts of at most so many pages, by a rough count; parted at the strongest bound of a later half.

    A part that begins inside of a section repeats its headings; a table longer than a part is continued in the next.
    """
    units = [unit for block in blocks for unit in _units(block, most)]
    if sum(weight for _, weight in units) <= most:
        return [list(blocks)]
    parts: list[list[Block]] = []
    begun, weight = 0, 0.0
    for place, (_, more) in enumerate(units):
        if weight + more > most and place > begun:
            cut = _bound(units, begun, place)
            parts.append([block for block, _ in units[begun:cut]])
            begun, weight = cut, sum(each for _, each in units[cut:place])
        weight += more
    parts.append([block for block, _ in units[begun:]])
    return list(_opened(_joined(part) for part in parts))


def _bound(units: Sequence[tuple[Block, float]], begun: int, end: int) -> int:
    """Where a part is cut: before the highest heading of its second half, the last of several; else before the end."""
    half = sum(weight for _, weight in units[begun:end]) / 2
    best, level = end, 99
    before = 0.0
    for place in range(begun, end):
        block, weight = units[place]
        if isinstance(block, Heading) and before >= half and block.level <= level:
            best, level = place, block.level
        before += weight
    while best - 1 > begun and isinstance(units[best - 1][0], Heading):
        best -= 1
    return best


def _units(block: Block, most: float) -> Iterator[tuple[Block, float]]:
    """A block with its pages; a table that is longer than a part piece by piece."""
    if not isinstance(block, Table):
        yield block, _prose(block)
        return
    rows = [_height(block, row) for row in block.rows]
    if sum(rows) < most / 2:
        yield block, sum(rows) + 0.1
        return
    begun, weight = 0, 0.0
    for place, more in enumerate(rows):
        if weight + more > most / 4 and place > begun:
            yield replace(block, rows=block.rows[begun:place]), weight
            begun, weight = place, 0.0
        weight += more
    yield replace(block, rows=block.rows[begun:]), weight + 0.1


def _joined(part: Sequence[Block]) -> list[Block]:
    """A part with the pieces of a table put together again."""
    found: list[Block] = []
    for block in part:
        last = found[-1] if found else None
        if isinstance(block, Table) and isinstance(last, Table) and last.id == block.id:
            found[-1] = replace(last, rows=(*last.rows, *block.rows))
        else:
            found.append(block)
    return found


def _opened(parts: Iterator[list[Block]]) -> Iterator[list[Block]]:
    """Each part with the headings of the section that it begins in, and with its table said to be continued."""
    path: list[Heading] = []
    tables: set[str] = set()
    for part in parts:
        first = next((block for block in part if isinstance(block, Heading)), None)
        inside = [each for each in path if not (part and part[0] is first and first and each.level >= first.level)]
        opened: list[Block] = [replace(each, text=each.text + CONTINUED) for each in inside]
        for block in part:
            if isinstance(block, Heading):
                path = [*(each for each in path if each.level < block.level), block]
            if isinstance(block, Table):
                again = block.id in tables
                tables.add(block.id)
                opened.append(replace(block, caption=block.caption + CONTINUED) if again else block)
            else:
                opened.append(block)
        yield opened


def _span(part: Sequence[Block]) -> str:
    """What a volume holds, in the words of its first and its last section."""
    found = [block for block in part if isinstance(block, Heading) and block.level == 1]
    first, last = titled(found[0]), titled(found[-1])
    return first if first == last else f"{first} to {last}"


def _height(table: Table, row: Row) -> float:
    """About how many pages a row takes."""
    size = 8.3 if len(table.columns) <= 6 else 7.6
    asked = sum(column.width for column in table.columns)
    lines = 1.0
    for column, cell in zip(table.columns, row.cells, strict=True):
        room = max(columns.LINES[table.orientation] * column.width / asked - 11, 2 * size)
        letters = len(cell) if isinstance(cell, str) else sum(len(text) for _, text in strings(cell))
        lines = max(lines, letters * size * _LETTER // room + 1)
    return (lines * size * 1.35 + 6.5) / _PAGE[table.orientation]


def _prose(block: Block) -> float:
    match block:
        case Heading():
            return 0.06
        case Figure():
            return 0.5
        case Paragraph() | Bullets() | Callout() | DefinitionList():
            letters = sum(len(text) for _, text in strings(block))
            return (letters / 85 + 1.5) * 16.6 / _PAGE["portrait"]
    return 0.2
