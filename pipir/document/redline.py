"""This year's document against last year's as a DOCX with tracked changes: Word shows, takes and rejects each."""

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from pipir.document import checks
from pipir.document.columns import without_pages
from pipir.document.docx import _Writer, row_of, table_before
from pipir.document.model import (
    Bullets,
    Callout,
    Cell,
    Cite,
    DefinitionList,
    Document,
    FactRef,
    Figure,
    Heading,
    KeyFigures,
    Link,
    Marker,
    PageRef,
    Paragraph,
    Ref,
    Run,
    SourceList,
    Strong,
    Table,
    Text,
    label,
    labels,
    number,
)
from pipir.document.text import printable
from pipir.document.wordml import made, markup, quoted, words
from pipir.document.xlsx import stored
from pipir.kernel import merging

_FIGURES = frozenset({"money", "number", "percent"})


class _Line(NamedTuple):
    """A paragraph: its style, and its words as its own year prints them."""

    style: str
    words: str


class _Section(NamedTuple):
    """What stands from a heading to the next."""

    id: str
    items: list["_Line | Table"]


def render_redline(last: Document, this: Document, *, author: str, at: datetime) -> bytes:
    """The DOCX of this document, with what it changes of the last one tracked under a name and an instant."""
    for document in (last, this):
        checks.require(document)
    last, this = number(last), number(this)
    writer = _Redline(last, this, author=author, at=at)
    writer.write_changes()
    target = io.BytesIO()
    writer.word.save(target)
    return stored(target.getvalue())


class _Printed:
    """How a document prints its runs and cells."""

    def __init__(self, document: Document) -> None:
        self.facts = {fact.id: fact.text for fact in document.facts}
        self.labels = labels(document)
        self.sources = {source.id: source.label for source in document.sources}
        self.document = document

    def runs(self, runs: Sequence[Run]) -> str:
        return "".join(self.cell(run) for run in runs)

    def cell(self, cell: Cell) -> str:
        match cell:
            case str():
                return printable(cell)
            case Text(text=text) | Strong(text=text) | Marker(text=text):
                return printable(text)
            case Link(text=text, url=url):
                return printable(text if text == url else f"{text} ({url})")
            case FactRef(fact=fact):
                return printable(self.facts[fact])
            case Ref(target=target) | PageRef(target=target):
                return printable(self.labels[target])
            case Cite(source=source):
                return f"[{self.sources[source]}]"

    def lines(self, block: object) -> Iterator["_Line | Table"]:
        match block:
            case Heading(level=level, text=text, number=numeral):
                yield _Line(f"Heading {min(level, 6)}", f"{numeral}  {printable(text)}" if numeral else printable(text))
            case Paragraph(runs=runs):
                yield _Line("Normal", self.runs(runs))
            case Callout(title=title, runs=runs):
                yield _Line("Remark", f"{printable(title)} {self.runs(runs)}".strip())
            case Bullets(items=items):
                yield from (_Line("List Bullet", self.runs(item)) for item in items)
            case KeyFigures(items=items):
                yield from (_Line("Normal", f"{self.facts[each.fact]}  {printable(each.label)}") for each in items)
            case DefinitionList(items=items):
                yield from (_Line("Normal", f"{printable(each.term)}  {self.runs(each.runs)}") for each in items)
            case Figure() as figure:
                # A picture is drawn from the table of its data, and that table's changes are tracked.
                yield _Line("Caption", printable(f"{label(figure)}. {figure.caption}"))
            case SourceList():
                for source in self.document.sources:
                    parts = (source.publisher, source.title, source.dated, source.note, source.url)
                    words = ". ".join(part for part in parts if part)
                    yield _Line("Normal", printable(f"{source.label}  {words}"))
            case Table() as table:
                yield without_pages(table)

    def sections(self) -> list[_Section]:
        found = [_Section("", [])]
        for block in self.document.blocks:
            if isinstance(block, Heading):
                found.append(_Section(block.id, []))
            found[-1].items.extend(self.lines(block))
        return found


class _Redline(_Writer):
    def __init__(self, last: Document, this: Document, *, author: str, at: datetime) -> None:
        # Pictures are not set: their tables tell what changed.
        super().__init__(replace(this, blocks=tuple(each for each in this.blocks if not isinstance(each, Figure))))
        self.labels = labels(this)
        self.last, self.this = _Printed(last), _Printed(this)
        self.by = {
            "author": author,
            "date": at.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z",
        }

    def write_changes(self) -> None:
        self._styles()
        self._properties()
        self._page()
        self._cover()
        self._break()
        now, before = self.this.sections(), self.last.sections()
        there = {section.id: section for section in before}
        ids = [section.id for section in now]
        gone: dict[str, list[_Section]] = {}
        after = ""
        for section in before:
            if section.id in ids:
                after = section.id
            else:
                gone.setdefault(after, []).append(section)
        for section in now:
            was = there.get(section.id)
            self._items(was.items if was else [], section.items)
            for each in gone.get(section.id, ()):
                self._items(each.items, [])

    def _items(self, before: list[_Line | Table], now: list[_Line | Table]) -> None:
        """What stands under a heading, in this year's order; what is gone stands where it stood."""
        steps = merging.steps([_key(each) for each in before], [_key(each) for each in now])
        for kind, a1, a2, b1, b2 in steps:
            old, new = before[a1:a2], now[b1:b2]
            # A paragraph that was rewritten stands against the one that it replaced, in the order of both.
            pairs = list(zip(old, new, strict=True)) if kind == "equal" else _paired(old, new)
            for was, is_ in pairs:
                self._item(was, is_)

    def _item(self, was: _Line | Table | None, now: _Line | Table | None) -> None:
        if isinstance(was, Table) or isinstance(now, Table):
            self._tracked_table(was if isinstance(was, Table) else None, now if isinstance(now, Table) else None)
            return
        line = now or was
        assert line is not None
        paragraph = self.word.add_paragraph(style=line.style)
        self._append(paragraph, *self._tracked(was.words if was else "", now.words if now else ""))
        if was is None or now is None:
            # The paragraph's own end is tracked too, so that rejecting leaves no blank line.
            mark = markup("w:rPr", self._mark("w:ins" if was is None else "w:del"))
            paragraph._p.get_or_add_pPr().append(made(mark))

    def _tracked(self, was: str, now: str, *, bold: bool = False) -> list[str]:
        found = []
        for piece in merging.changes(was, now):
            if piece.kind == "same":
                found.append(words(piece.text, bold=bold))
            elif piece.kind == "added":
                found.append(self._mark("w:ins", words(piece.text, bold=bold)))
            else:
                gone = f'<w:delText xml:space="preserve">{quoted(piece.text)}</w:delText>'
                found.append(self._mark("w:del", markup("w:r", gone)))
        return found

    def _mark(self, tag: str, *inside: str) -> str:
        self.count += 1
        return markup(tag, *inside, id=str(self.count), **self.by)

    def _tracked_table(self, was: Table | None, now: Table | None) -> None:
        table = now or was
        assert table is not None
        self._item(
            _Line("Caption", printable(f"{label(was)}. {was.caption}")) if was else None,
            _Line("Caption", printable(f"{label(now)}. {now.caption}")) if now else None,
        )
        whole = sum(column.width for column in table.columns)
        widths = [max(int(1440 * 6.5 * column.width / whole), 1) for column in table.columns]
        right = [column.kind in _FIGURES for column in table.columns]
        element = made(markup("w:tbl", table_before(widths)))
        old_titles = {column.key: column.title for column in was.columns} if was else {}
        head = [
            self._tracked(old_titles.get(column.key, "") if was else "", column.title if now else "", bold=True)
            for column in table.columns
        ]
        element.append(self._row(head, widths, right, header=True, only="" if was and now else "ins" if now else "del"))
        old_rows = {row.key: row for row in was.rows} if was else {}
        places = {column.key: place for place, column in enumerate(was.columns)} if was else {}

        def old_cell(key: str, row: Any) -> str:
            return self.last.cell(row.cells[places[key]]) if key in places else ""

        for row in now.rows if now else ():
            old = old_rows.get(row.key)
            cells = [
                self._tracked(
                    old_cell(column.key, old) if old else "", self.this.cell(cell), bold=row.total or place == 0
                )
                for place, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True))
            ]
            element.append(self._row(cells, widths, right, only="" if old else "ins"))
        kept = {row.key for row in now.rows} if now else set()
        for row in was.rows if was else ():
            if row.key not in kept:
                cells = [self._tracked(old_cell(column.key, row), "") for column in table.columns]
                element.append(self._row(cells, widths, right, only="del"))
        self.end.addprevious(element)
        self._item(
            _Line("Source Line", self.last.runs(was.source)) if was else None,
            _Line("Source Line", self.this.runs(now.source)) if now else None,
        )

    def _row(
        self, cells: list[list[str]], widths: list[int], right: list[bool], *, header: bool = False, only: str = ""
    ) -> Any:
        """A row; `only` says that one year alone has it: "ins" or "del"."""
        drawn = (
            self._cell("".join(inside), width, right=aligned, fill="EEF1F7" if header else "")
            for inside, width, aligned in zip(cells, widths, right, strict=True)
        )
        properties = [*([markup("w:tblHeader")] if header else ()), *([self._mark(f"w:{only}")] if only else ())]
        return made(row_of(drawn, *properties))


def _key(item: _Line | Table) -> str:
    return f"table {item.id}" if isinstance(item, Table) else f"{item.style} {item.words}"


def _paired(
    old: list[_Line | Table], new: list[_Line | Table]
) -> list[tuple[_Line | Table | None, _Line | Table | None]]:
    """What replaced what: paragraphs of one style in their order, tables never."""
    pairs: list[tuple[_Line | Table | None, _Line | Table | None]] = []
    left = list(old)
    for each in new:
        match: _Line | Table | None = None
        if isinstance(each, _Line) and left and isinstance(left[0], _Line) and left[0].style == each.style:
            match = left.pop(0)
        pairs.append((match, each))
    return [*pairs, *((each, None) for each in left)]
