"""How a finished PDF stands on its pages: what a reader would call a defect and no validator looks for."""

import io
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pikepdf

from pipir.document import pdf_checks
from pipir.document.model import Document, Figure, Paragraph, Row, Table, leads, number
from pipir.document.pdf_checks import Finding, bare
from pipir.document.pdf_tree import children

_HEADING = re.compile(r"/H[1-6]")
# Letters in a row: one that is longer fills lines enough to stand on a page by itself.
_LONG_ROW = 300
# Letters in a paragraph: a longer one is no leftover.
_LEFTOVER = 700
# Letters in a head: a taller one is not repeated.
_TALL_HEAD = 200
_ROOT = ("/P", "/L", "/Table", "/Figure", "/TOC", "/Title", "/H1", "/H2", "/H3", "/H4", "/H5", "/H6")


def misplaced(content: bytes, document: Document) -> list[Finding]:
    """Every heading, row, source line or paragraph that stands alone, unrepeated head, and figure out of its place."""
    texts = [bare(page) for page in pdf_checks.printed(content)]
    tables = [block for block in number(document).blocks if isinstance(block, Table)]
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pages = _Pages(pdf)
        blocks = list(_blocks(pdf.Root.StructTreeRoot))
        shown = [block for block in blocks if block.S == "/Table"]
        found = [*_headings(pages, blocks), *_leftovers(pages, blocks, texts), *_leads(pages, blocks, document)]
        found += _figures(pages, blocks)
        if len(shown) != len(tables):
            return [*found, Finding("Each table stands in the structure", f"{len(shown)} of {len(tables)}")]
        for element, table in zip(shown, tables, strict=True):
            found += _table(pages, element, table, texts)
    return found


class _Pages:
    """On which pages an element's content stands, by count from one."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.numbers = {page.obj.objgen: count for count, page in enumerate(pdf.pages, 1)}

    def of(self, element: pikepdf.Object, page: int = 0) -> set[int]:
        own = element.get("/Pg")
        page = self.numbers[own.objgen] if own is not None else page
        inside = element.get("/K")
        found: set[int] = set()
        for part in list(inside) if isinstance(inside, pikepdf.Array) else [] if inside is None else [inside]:
            if isinstance(part, int):
                found.add(page)
            elif "/S" in part:
                found |= self.of(part, page)
            elif part.get("/Type") == "/MCR":
                at = part.get("/Pg")
                found.add(self.numbers[at.objgen] if at is not None else page)
        return found


def _blocks(root: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The pieces of the flow in their order: no piece inside of another."""
    for child in children(root):
        if str(child.S) in _ROOT:
            yield child
        else:
            yield from _blocks(child)


def _headings(pages: _Pages, blocks: list[pikepdf.Object]) -> Iterator[Finding]:
    for block, after in pairwise(blocks):
        stands, next_ = pages.of(block), pages.of(after)
        if _HEADING.fullmatch(str(block.S)) and stands and next_ and min(next_) != max(stands):
            yield Finding("A heading stands with what it heads", f"page {max(stands)}")


def _leftovers(pages: _Pages, blocks: list[pikepdf.Object], texts: list[str]) -> Iterator[Finding]:
    held: dict[int, list[Any]] = {}
    for block in blocks:
        for page in pages.of(block):
            held.setdefault(page, []).append(block)
    for page, some in sorted(held.items()):
        if page > 1 and [str(block.S) for block in some] == ["/P"] and len(texts[page - 1]) < _LEFTOVER:
            yield Finding("No paragraph stands alone on a page", f"page {page}")


def _leads(pages: _Pages, blocks: list[pikepdf.Object], document: Document) -> Iterator[Finding]:
    """Short words that lead to a table and end the page before it, and a figure farther off than the page after."""
    led = [
        (block, before is not None and leads(before, block), isinstance(before, Paragraph))
        for before, block in pairwise((None, *document.blocks))
        if isinstance(block, Table | Figure)
    ]
    shown = [place for place, block in enumerate(blocks) if block.S in {"/Table", "/Figure"}]
    # A table that goes on in another volume has other words before it.
    if len(led) != len(shown):
        return
    for place, (block, short, after_words) in zip(shown, led, strict=True):
        before, at = pages.of(blocks[place - 1]), pages.of(blocks[place])
        if short and before and at and max(before) != min(at):
            yield Finding("Words stand with the table that they lead to", f"page {max(before)}")
        if isinstance(block, Figure) and after_words and before and at and min(at) - max(before) not in {0, 1}:
            yield Finding("A figure stands on the page of its words or the next one", f"page {min(at)}")


def _figures(pages: _Pages, blocks: list[pikepdf.Object]) -> Iterator[Finding]:
    """Headings and tables that begin before the page of a figure that is told before them: it stands among them."""
    last = 0
    for block in blocks:
        at = pages.of(block)
        if block.S == "/Figure":
            last = max(at, default=last)
        elif at and min(at) < last and (block.S == "/Table" or _HEADING.fullmatch(str(block.S))):
            yield Finding("A figure stands in its own section and inside of no table", f"page {last}")
            last = 0


def _table(pages: _Pages, element: pikepdf.Object, table: Table, texts: list[str]) -> Iterator[Finding]:
    where = f"table {table.number}, {table.id}"
    parts: dict[str, pikepdf.Object] = {str(part.S): part for part in children(element)}
    rows = [pages.of(row) for row in children(parts["/TBody"])] if "/TBody" in parts else []
    if len(rows) != len(table.rows):
        yield Finding("Each row of a table stands in its body", f"{where}: {len(rows)} of {len(table.rows)}")
        return
    rows_on = [row or {0} for row in rows]
    if not rows_on:
        return
    last = max(rows_on[-1])
    for name, what in (("/Caption", "A caption stands with its table"), ("/THead", "A head stands with its rows")):
        if name in parts and (at := pages.of(parts[name])) and max(at) != min(rows_on[0]):
            yield Finding(what, f"{where}, page {max(at)}")
    if "/TFoot" in parts and (at := pages.of(parts["/TFoot"])) and min(at) != last:
        yield Finding("A source line stands with its table", f"{where}, page {min(at)}")
    here = [place for place, row in enumerate(rows_on) if min(row) == last]
    first = [place for place, row in enumerate(rows_on) if max(row) == min(rows_on[0])]
    if len(rows_on) > 2 and first == [0] and _letters(table.rows[0]) + _letters(table.rows[1]) < _LONG_ROW:
        yield Finding("No first row stands alone under its head", f"{where}, page {min(rows_on[0])}")
    alone = table.rows[-1].total and all(table.rows[place].total for place in here)
    short = _letters(table.rows[-1]) < _LONG_ROW
    if len(rows_on) > 1 and min(rows_on[0]) != last and (alone or (len(here) == 1 and short)):
        yield Finding("No last row stands alone on a page", f"{where}, page {last}")
    titles = [bare(column.title) for column in table.columns]
    if sum(map(len, titles)) < _TALL_HEAD:
        for page in sorted(set().union(*rows_on)):
            if not all(title in texts[page - 1] for title in titles):
                yield Finding("A table's head stands on each of its pages", f"{where}, page {page}")


def _letters(row: Row) -> int:
    return sum(len(str(getattr(cell, "text", cell))) for cell in row.cells)
